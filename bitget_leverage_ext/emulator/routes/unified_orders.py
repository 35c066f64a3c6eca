"""The orders of unified accounts, v3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ..book import EmulatedOrder
from ..prices import price
from ..replies.order_rows import ids, strategy_row, unified_fill_row, unified_order_row
from ..state import MARGIN_MODES, ApiRefusal, HoldSide, MarginMode
from . import unified_account
from .order_requests import (
    attach,
    cancel,
    close,
    each_of,
    live,
    live_orders,
    named,
    new_order,
    number,
    place,
    protect,
    renew,
    renew_plan,
    selected,
    side_of,
)  # fmt: skip
from .table import RequestContext, margin_mode, private

# https://www.bitget.com/api-doc/uta/trade/Place-Order
_ATTACHED = {"loss_plan": ("stopLoss", "slLimitPrice"), "profit_plan": ("takeProfit", "tpLimitPrice")}


# -- placing ----------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/uta/trade/Place-Order
@private("POST", "/api/v3/trade/place-order")
def place_order(context: RequestContext) -> Any:
    contract = unified_account.find_contract(context)
    side, hold_side = side_of(context), cast("HoldSide | None", context.text("posSide"))
    closes = (context.text("reduceOnly") or "").lower() == "yes"
    if closes and hold_side is not None:
        # The code was seen live, its text was not.
        # https://github.com/huohuo4434/MoonX-Genesis
        raise ApiRefusal("25238", "posSide and reduceOnly cannot be sent together")
    hedged = context.account.position_mode(contract.product_type) == "hedge_mode"
    if hedged != (hold_side in ("long", "short")) or hold_side not in (None, "long", "short"):
        # seen live for a side in one-way mode
        # https://www.itouyu.top/api-doc/uta/error-code/websocket
        raise ApiRefusal("25236", "Incorrect position open type")
    if hold_side is not None:
        # in hedge mode `side` is what is done, `posSide` to which position
        closes = (side == "buy") != (hold_side == "long")
    order = new_order(context, contract, side, hold_side, closes, _margin_mode(context), number(context, "qty"))
    attach(context, order, _ATTACHED)
    trigger = number(context, "triggerPrice")
    if trigger is not None and context.quirks.unified_trigger == "waits":
        order.plan, order.trigger, order.falling = "trigger", trigger, trigger < price(contract, context.now)
    elif trigger is not None:
        order.limit = None  # executed at once, at the market
    return place(context, order)


def _margin_mode(context: RequestContext) -> MarginMode:
    # Without a margin mode an order is crossed, whatever the settings row says.
    # https://github.com/tiagosiebler/bitget-api
    mode = context.text("marginMode") or "crossed"
    if mode not in MARGIN_MODES:
        # observed, 2026-09
        # https://github.com/freqtrade/freqtrade/issues/13576
        raise ApiRefusal("40034", f"Parameter {mode} does not exist")
    return margin_mode(mode)


# https://www.bitget.com/api-doc/uta/trade/Place-Batch
@private("POST", "/api/v3/trade/place-batch", per_second=5)
def place_batch(context: RequestContext) -> Any:
    return _outcomes(context, place_order)


# https://www.bitget.com/api-doc/uta/trade/Modify-Order
@private("POST", "/api/v3/trade/modify-order")
def modify_order(context: RequestContext) -> Any:
    return renew(context, size="qty", price="price", client_id="newClientOid")


# https://www.bitget.com/api-doc/uta/trade/Close-All-Positions
@private("POST", "/api/v3/trade/close-positions", per_second=5)
def close_positions(context: RequestContext) -> Any:
    closed = close(context, unified_account.find_category(context), "posSide")
    return {"list": [ids(each) for each in closed]}


# It needs posSide in both position modes.
# https://www.bitget.com/api-doc/uta/strategy/Place-Strategy-Order
@private("POST", "/api/v3/trade/place-strategy-order")
def place_strategy_order(context: RequestContext) -> Any:
    contract = unified_account.find_contract(context)
    hold_side = cast(HoldSide, context.one_of("posSide", "long", "short"))
    kind, name, plan = (
        ("sl", "stopLoss", "loss_plan") if context.text("stopLoss") else ("tp", "takeProfit", "profit_plan")
    )
    by = "fill_price" if context.text(f"{kind}TriggerBy") == "market" else "mark_price"
    mode = _margin_mode(context) if context.quirks.strategy_mode == "read" else None
    trigger, limit, size = (number(context, each) for each in (name, f"{kind}LimitPrice", "qty"))
    return protect(context, contract, hold_side, plan, trigger, limit, size, by, mode)


# https://www.bitget.com/api-doc/uta/strategy/Modify-Strategy-Order
@private("POST", "/api/v3/trade/modify-strategy-order")
def modify_strategy_order(context: RequestContext) -> Any:
    loss = context.text("stopLoss") is not None
    trigger, limit = ("stopLoss", "slLimitPrice") if loss else ("takeProfit", "tpLimitPrice")
    return renew_plan(context, size="qty", trigger=trigger, limit=limit)


# -- cancelling -------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/uta/trade/Cancel-Order
@private("POST", "/api/v3/trade/cancel-order")
def cancel_order(context: RequestContext) -> Any:
    return cancel(context, live(context))


# https://www.bitget.com/api-doc/uta/trade/Cancel-Batch
@private("POST", "/api/v3/trade/cancel-batch", per_second=5)
def cancel_batch(context: RequestContext) -> Any:
    return _outcomes(context, cancel_order)


# https://www.bitget.com/api-doc/uta/trade/Cancel-All-Order
@private("POST", "/api/v3/trade/cancel-symbol-order", per_second=5)
def cancel_symbol_order(context: RequestContext) -> Any:
    found = live_orders(context, unified_account.find_category(context), lambda each: each.plan is None)
    return {"list": [cancel(context, each) for each in found]}


# https://www.bitget.com/api-doc/uta/strategy/Cancel-Strategy-Order
@private("POST", "/api/v3/trade/cancel-strategy-order")
def cancel_strategy_order(context: RequestContext) -> None:
    cancel(context, live(context, plan=True))


# -- listing ----------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Details
@private("GET", "/api/v3/trade/order-info", per_second=20)
def order_info(context: RequestContext) -> Any:
    return unified_order_row(context, named(context))


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Pending
@private("GET", "/api/v3/trade/unfilled-orders", per_second=20)
def unfilled_orders(context: RequestContext) -> Any:
    return _listing(context, lambda each: each.plan is None and each.is_live, unified_order_row)


# https://www.bitget.com/api-doc/uta/trade/Get-Order-History
@private("GET", "/api/v3/trade/history-orders", per_second=20)
def history_orders(context: RequestContext) -> Any:
    return _listing(context, lambda each: each.plan is None and not each.is_live, unified_order_row)


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Fills
@private("GET", "/api/v3/trade/fills", per_second=20)
def fills(context: RequestContext) -> Any:
    return _listing(context, lambda each: bool(each.filled), unified_fill_row)


# https://www.bitget.com/api-doc/uta/strategy/Get-Unfilled-Strategy-Orders
@private("GET", "/api/v3/trade/unfilled-strategy-orders")
def unfilled_strategy_orders(context: RequestContext) -> Any:
    # a bare list, unlike the other listings
    # https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (fetch_open_orders)
    return _listing(context, lambda each: each.plan is not None and each.is_live, strategy_row)["list"]


# https://www.bitget.com/api-doc/uta/strategy/Get-History-Strategy-Orders
@private("GET", "/api/v3/trade/history-strategy-orders")
def history_strategy_orders(context: RequestContext) -> Any:
    return _listing(context, lambda each: each.plan is not None and not each.is_live, strategy_row)


def _listing(
    context: RequestContext,
    wanted: Callable[[EmulatedOrder], bool],
    row: Callable[[RequestContext, EmulatedOrder], dict[str, Any]],
) -> dict[str, Any]:
    # Without a category, those of all: ccxt asks so for the trades of every contract.
    # https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (fetch_my_trades)
    category = context.text("category")
    found = [each for each in selected(context, category and category.upper()) if wanted(each)]
    return {"list": [row(context, each) for each in found], "cursor": found[-1].id if found else None}


def _outcomes(context: RequestContext, act: Callable[[RequestContext], dict[str, str]]) -> list[dict[str, str]]:
    # The body is a bare list, and so is the answer: ids, with a code and a text where one was refused.
    # https://www.bitget.com/api-doc/uta/trade/Place-Batch
    outcomes = each_of(context, context.batch, act)
    return [entry if no is None else {**entry, "code": no.code, "msg": no.msg} for entry, no in outcomes]
