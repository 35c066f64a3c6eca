"""The orders of a unified account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from . import unified
from .book import HoldSide, Order, book_of
from .order_rows import ids, strategy_row, unified_fill_row, unified_order_row
from .orders import (
    cancel,
    chosen,
    close,
    each_of,
    live,
    named,
    new_order,
    number,
    place,
    protect,
    renew,
    side_of,
)  # fmt: skip
from .routes import Call, margin_mode, private
from .state import MARGIN_MODES, Refusal

# -- placing ----------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/uta/trade/Place-Order
@private("POST", "/api/v3/trade/place-order")
def place_order(call: Call) -> Any:
    contract = unified.find_contract(call)
    side, hold_side = side_of(call), cast("HoldSide | None", call.text("posSide"))
    closes = (call.text("reduceOnly") or "").lower() == "yes"
    if closes and hold_side is not None:
        # The code was seen live, its text was not.
        # https://github.com/huohuo4434/MoonX-Genesis
        raise Refusal("25238", "posSide and reduceOnly cannot be sent together")
    hedged = call.account.position_mode(contract.product_type) == "hedge_mode"
    if hedged != (hold_side in ("long", "short")) or hold_side not in (None, "long", "short"):
        # seen live for a side in one-way mode
        # https://www.itouyu.top/api-doc/uta/error-code/websocket
        raise Refusal("25236", "Incorrect position open type")
    if hold_side is not None:
        # in hedge mode `side` is what is done, `posSide` to which position
        closes = (side == "buy") != (hold_side == "long")
    # Without a margin mode the order is crossed, whatever the settings row says.
    # https://github.com/tiagosiebler/bitget-api
    mode = call.text("marginMode") or "crossed"
    if mode not in MARGIN_MODES:
        # observed, 2026-09
        # https://github.com/freqtrade/freqtrade/issues/13576
        raise Refusal("40034", f"Parameter {mode} does not exist")
    return place(call, new_order(call, contract, side, hold_side, closes, margin_mode(mode), number(call, "qty")))


# https://www.bitget.com/api-doc/uta/trade/Place-Batch
@private("POST", "/api/v3/trade/place-batch", per_second=5)
def place_batch(call: Call) -> Any:
    return _outcomes(call, place_order)


# https://www.bitget.com/api-doc/uta/trade/Modify-Order
@private("POST", "/api/v3/trade/modify-order")
def modify_order(call: Call) -> Any:
    return renew(call, size="qty", price="price", client_id="newClientOid")


# https://www.bitget.com/api-doc/uta/trade/Close-All-Positions
@private("POST", "/api/v3/trade/close-positions", per_second=5)
def close_positions(call: Call) -> Any:
    category, symbol = unified.find_category(call), (call.text("symbol") or "").upper()
    hedged = call.account.position_mode(category) == "hedge_mode"
    side = call.text("posSide") if hedged else None
    found = [
        each for each in book_of(call.account, call.now).open_positions(category)
        if symbol in ("", each.contract.symbol) and side in (None, each.side)
    ]  # fmt: skip
    return {"list": [ids(each) for each in close(call, found)]}


# It has no margin mode, and needs posSide in both position modes.
# https://www.bitget.com/api-doc/uta/strategy/Place-Strategy-Order
@private("POST", "/api/v3/trade/place-strategy-order")
def place_strategy_order(call: Call) -> Any:
    contract, hold_side = unified.find_contract(call), cast(HoldSide, call.one_of("posSide", "long", "short"))
    kind, name, plan = ("sl", "stopLoss", "loss_plan") if call.text("stopLoss") else ("tp", "takeProfit", "profit_plan")
    by = "fill_price" if call.text(f"{kind}TriggerBy") == "market" else "mark_price"
    return protect(
        call, contract, hold_side, plan, number(call, name), number(call, f'{kind}LimitPrice'), number(call, 'qty'), by,
    )  # fmt: skip


# -- cancelling -------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/uta/trade/Cancel-Order
@private("POST", "/api/v3/trade/cancel-order")
def cancel_order(call: Call) -> Any:
    return cancel(call, live(call))


# https://www.bitget.com/api-doc/uta/trade/Cancel-Batch
@private("POST", "/api/v3/trade/cancel-batch", per_second=5)
def cancel_batch(call: Call) -> Any:
    return _outcomes(call, cancel_order)


# https://www.bitget.com/api-doc/uta/trade/Cancel-All-Order
@private("POST", "/api/v3/trade/cancel-symbol-order", per_second=5)
def cancel_symbol_order(call: Call) -> Any:
    category, symbol = unified.find_category(call), (call.text("symbol") or "").upper()
    found = [
        each for each in book_of(call.account, call.now).orders.values()
        if each.plan is None and each.is_live and each.contract.product_type == category
        and symbol in ("", each.contract.symbol)
    ]  # fmt: skip
    return {"list": [cancel(call, each) for each in found]}


# https://www.bitget.com/api-doc/uta/strategy/Cancel-Strategy-Order
@private("POST", "/api/v3/trade/cancel-strategy-order")
def cancel_strategy_order(call: Call) -> None:
    cancel(call, live(call, plan=True))


# -- listing ----------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Details
@private("GET", "/api/v3/trade/order-info", per_second=20)
def order_info(call: Call) -> Any:
    return unified_order_row(call, named(call))


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Pending
@private("GET", "/api/v3/trade/unfilled-orders", per_second=20)
def unfilled_orders(call: Call) -> Any:
    return _listing(call, lambda each: each.plan is None and each.is_live, unified_order_row)


# https://www.bitget.com/api-doc/uta/trade/Get-Order-History
@private("GET", "/api/v3/trade/history-orders", per_second=20)
def history_orders(call: Call) -> Any:
    return _listing(call, lambda each: each.plan is None and not each.is_live, unified_order_row)


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Fills
@private("GET", "/api/v3/trade/fills", per_second=20)
def fills(call: Call) -> Any:
    return _listing(call, lambda each: bool(each.filled), unified_fill_row)


# https://www.bitget.com/api-doc/uta/strategy/Get-Unfilled-Strategy-Orders
@private("GET", "/api/v3/trade/unfilled-strategy-orders")
def unfilled_strategy_orders(call: Call) -> Any:
    # a bare list, unlike the other listings
    # https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (fetch_open_orders)
    return _listing(call, lambda each: each.plan is not None and each.is_live, strategy_row)["list"]


# https://www.bitget.com/api-doc/uta/strategy/Get-History-Strategy-Orders
@private("GET", "/api/v3/trade/history-strategy-orders")
def history_strategy_orders(call: Call) -> Any:
    return _listing(call, lambda each: each.plan is not None and not each.is_live, strategy_row)


def _listing(
    call: Call, wanted: Callable[[Order], bool], row: Callable[[Call, Order], dict[str, Any]]
) -> dict[str, Any]:
    # Without a category, those of all: ccxt asks so for the trades of every contract.
    # https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (fetch_my_trades)
    category = call.text("category")
    found = [each for each in chosen(call, category and category.upper()) if wanted(each)]
    return {"list": [row(call, each) for each in found], "cursor": found[-1].id if found else None}


def _outcomes(call: Call, act: Callable[[Call], dict[str, str]]) -> list[dict[str, str]]:
    # The body is a bare list, and so is the answer: ids, with a code and a text where one was refused.
    # https://www.bitget.com/api-doc/uta/trade/Place-Batch
    outcomes = each_of(call, call.batch, act)
    return [entry if no is None else {**entry, "code": no.code, "msg": no.msg} for entry, no in outcomes]
