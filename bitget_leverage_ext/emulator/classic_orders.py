"""The orders of a classic account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import classic
from .book import PROFIT_LOSS, HoldSide, Order, book_of
from .order_rows import fill_row, ids, order_row, plan_row
from .orders import (
    cancel,
    chosen,
    close,
    each_of,
    is_named,
    live,
    named,
    new_order,
    number,
    opposite,
    place,
    protect,
    renew,
    replace_params,
    side_of,
)  # fmt: skip
from .prices import price
from .routes import Call, margin_mode, private
from .state import Refusal

# A plan's holdSide is buy or sell in one-way mode, and means the position's direction.
# https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order
_HOLD_SIDES: dict[str, HoldSide] = {"long": "long", "short": "short", "buy": "long", "sell": "short"}


# -- placing ----------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/contract/trade/Place-Order
@private("POST", "/api/v2/mix/order/place-order")
def place_order(call: Call) -> Any:
    return place(call, _order(call))


# The margin mode is that of the whole batch.
# https://www.bitget.com/api-doc/contract/trade/Batch-Order
@private("POST", "/api/v2/mix/order/batch-place-order", per_second=5)
def batch_place_order(call: Call) -> Any:
    shared = {name: call.params.get(name) for name in ("symbol", "productType", "marginCoin", "marginMode")}

    def one(entry: Call) -> Any:
        return place_order(replace_params(entry, {**entry.params, **shared}))

    return _lists(each_of(call, call.params.get("orderList"), one))


# https://www.bitget.com/api-doc/contract/trade/Modify-Order
@private("POST", "/api/v2/mix/order/modify-order")
def modify_order(call: Call) -> Any:
    return renew(call, size="newSize", price="newPrice", client_id="newClientOid")


# https://www.bitget.com/api-doc/contract/trade/Flash-Close-Position
@private("POST", "/api/v2/mix/order/close-positions", per_second=1)
def close_positions(call: Call) -> Any:
    product_type, symbol = classic.find_product_type(call), (call.text("symbol") or "").upper()
    hedged = call.account.position_mode(product_type) == "hedge_mode"
    # in one-way mode the side is ignored
    side = call.text("holdSide") if hedged else None
    found = [
        each for each in book_of(call.account, call.now).open_positions(product_type)
        if symbol in ("", each.contract.symbol) and side in (None, each.side)
    ]  # fmt: skip
    return {"successList": [ids(each) for each in close(call, found)], "failureList": [], "result": False}


# https://www.bitget.com/api-doc/contract/plan/Place-Plan-Order
@private("POST", "/api/v2/mix/order/place-plan-order")
def place_plan_order(call: Call) -> Any:
    plan = call.one_of("planType", "normal_plan", "track_plan")
    trigger, callback = number(call, "triggerPrice"), number(call, "callbackRatio")
    if trigger is None or (plan == "track_plan" and callback is None):
        raise Refusal("40019", f"Parameter {'callbackRatio' if trigger else 'triggerPrice'} cannot be empty")
    order = _order(call)
    order.plan, order.trigger, order.trigger_by = plan, trigger, call.text("triggerType") or "mark_price"
    if plan == "track_plan" and callback is not None:
        # per cent; a sale trails what has risen
        order.callback, order.falling = callback / 100, order.side == "buy"
    else:
        order.limit = number(call, "executePrice") or order.limit
        order.falling = trigger < price(order.contract, call.now)
    return place(call, order)


# https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order
@private("POST", "/api/v2/mix/order/place-tpsl-order")
def place_tpsl_order(call: Call) -> Any:
    contract = classic.find_contract(call)
    plan, holds = call.one_of("planType", *PROFIT_LOSS), call.one_of("holdSide", *_HOLD_SIDES)
    return protect(
        call, contract, _HOLD_SIDES[holds], plan, number(call, 'triggerPrice'), number(call, 'executePrice'),
        number(call, 'size'), call.text('triggerType') or 'mark_price',
    )  # fmt: skip


# https://www.bitget.com/api-doc/contract/plan/Place-Pos-Tpsl-Order
@private("POST", "/api/v2/mix/order/place-pos-tpsl")
def place_pos_tpsl(call: Call) -> Any:
    contract, side = classic.find_contract(call), _HOLD_SIDES[call.one_of("holdSide", *_HOLD_SIDES)]
    placed = []
    for plan, name in (("pos_profit", "stopSurplus"), ("pos_loss", "stopLoss")):
        trigger, limit = number(call, f"{name}TriggerPrice"), number(call, f"{name}ExecutePrice")
        if trigger is not None:
            by = call.text(f"{name}TriggerType") or "mark_price"
            one = replace_params(call, {"clientOid": call.text(f"{name}ClientOid")})
            placed.append({"orderId": protect(one, contract, side, plan, trigger, limit, None, by)["orderId"]})
    if not placed:
        raise Refusal("400172", "Parameter verification failed")
    return placed


# -- cancelling -------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/contract/trade/Cancel-Order
@private("POST", "/api/v2/mix/order/cancel-order")
def cancel_order(call: Call) -> Any:
    return cancel(call, live(call))


# https://www.bitget.com/api-doc/contract/trade/Batch-Cancel-Orders
@private("POST", "/api/v2/mix/order/batch-cancel-orders")
def batch_cancel_orders(call: Call) -> Any:
    return _cancel_each(call, lambda each: each.plan is None)


# https://www.bitget.com/api-doc/contract/plan/Cancel-Plan-Order
@private("POST", "/api/v2/mix/order/cancel-plan-order")
def cancel_plan_order(call: Call) -> Any:
    kinds = _plan_kinds(call) if call.text("planType") else None
    return _cancel_each(call, lambda each: each.plan is not None and (kinds is None or each.plan in kinds))


def _cancel_each(call: Call, wanted: Callable[[Order], bool]) -> dict[str, Any]:
    """Those of a list, or, without one, all there are of the symbol or the product type."""
    product_type, symbol = classic.find_product_type(call), (call.text("symbol") or "").upper()
    here = [
        each for each in book_of(call.account, call.now).orders.values()
        if each.is_live and wanted(each) and each.contract.product_type == product_type
        and symbol in ("", each.contract.symbol)
    ]  # fmt: skip
    if "orderIdList" not in call.params:
        return _lists((cancel(call, each), None) for each in here)

    def one(entry: Call) -> dict[str, str]:
        found = next((each for each in here if is_named(entry, each)), None)
        if found is None:
            # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
            raise Refusal("40768", "Order does not exist")
        return cancel(call, found)

    return _lists(each_of(call, call.params["orderIdList"], one))


# -- listing ----------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/contract/trade/Get-Order-Details
@private("GET", "/api/v2/mix/order/detail")
def order_detail(call: Call) -> Any:
    row = order_row(call, named(call))
    # here, and only here, the status is called state
    return {**row, "state": row.pop("status")}


# https://www.bitget.com/api-doc/contract/trade/Get-Orders-Pending
@private("GET", "/api/v2/mix/order/orders-pending")
def orders_pending(call: Call) -> Any:
    return _listing(call, lambda each: each.plan is None and each.is_live, order_row)


# https://www.bitget.com/api-doc/contract/trade/Get-Orders-History
@private("GET", "/api/v2/mix/order/orders-history")
def orders_history(call: Call) -> Any:
    return _listing(call, lambda each: each.plan is None and not each.is_live, order_row)


# https://www.bitget.com/api-doc/contract/trade/Get-Order-Fills
@private("GET", "/api/v2/mix/order/fills")
def fills(call: Call) -> Any:
    filled = [each for each in chosen(call, classic.find_product_type(call)) if each.filled]
    return {"fillList": [fill_row(call, each) for each in filled], "endId": filled[-1].id if filled else None}


# https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending
@private("GET", "/api/v2/mix/order/orders-plan-pending")
def plans_pending(call: Call) -> Any:
    kinds = _plan_kinds(call)
    return _listing(call, lambda each: each.plan in kinds and each.is_live, plan_row)


# https://www.bitget.com/api-doc/contract/plan/orders-plan-history
@private("GET", "/api/v2/mix/order/orders-plan-history")
def plans_history(call: Call) -> Any:
    kinds = _plan_kinds(call)
    return _listing(call, lambda each: each.plan in kinds and not each.is_live, plan_row)


# -- reading a request, writing an answer -----------------------------------------------------------------------------


def _order(call: Call) -> Order:
    contract = classic.find_contract(call)
    # Compulsory, seen live; whether it may differ from the symbol's is a question.
    # https://www.bitget.com/api-doc/contract/trade/Place-Order
    if call.text("marginMode") is None:
        raise Refusal("400172", "The margin mode cannot be empty")
    mode, side = margin_mode(call.required("marginMode")), side_of(call)
    hold_side: HoldSide | None = None
    if call.account.position_mode(contract.product_type) == "hedge_mode":
        if call.text("tradeSide") not in ("open", "close", "Open", "Close"):
            # https://github.com/germangar/whook/issues/13
            raise Refusal("40774", "The order type for unilateral position must also be the unilateral position type.")
        closes = call.required("tradeSide").lower() == "close"
        # In hedge mode `side` names the position, buy for long: closing a long one is `buy` and `close`.
        # https://www.bitget.com/api-doc/contract/trade/Place-Order
        hold_side = "long" if side == "buy" else "short"
        side = opposite(side) if closes else side
    else:
        closes = (call.text("reduceOnly") or "").upper() == "YES"
    return new_order(call, contract, side, hold_side, closes, mode, number(call, "size"))


def _plan_kinds(call: Call) -> tuple[str, ...]:
    kind = call.text("planType")
    return PROFIT_LOSS if kind in (None, "profit_loss") else (str(kind),)


def _listing(
    call: Call, wanted: Callable[[Order], bool], row: Callable[[Call, Order], dict[str, Any]]
) -> dict[str, Any]:
    found = [each for each in chosen(call, classic.find_product_type(call)) if wanted(each)]
    # An empty list is null here.
    # https://www.bitget.com/api-doc/contract/trade/Get-Orders-Pending
    return {"entrustedList": [row(call, each) for each in found] or None, "endId": found[-1].id if found else None}


def _lists(outcomes: Any) -> dict[str, Any]:
    # https://www.bitget.com/api-doc/contract/trade/Batch-Order
    done, failed = [], []
    for entry, no in outcomes:
        if no is None:
            done.append(entry)
        else:
            failed.append({**entry, "errorMsg": no.msg, "errorCode": no.code})
    return {"successList": done, "failureList": failed}
