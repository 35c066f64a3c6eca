"""The orders of classic accounts, v2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..book import PROFIT_LOSS, EmulatedOrder
from ..prices import price
from ..replies.order_rows import fill_row, ids, order_row, plan_row
from ..state import ApiRefusal, HoldSide
from . import classic_account
from .order_requests import (
    attach,
    cancel,
    close,
    each_of,
    is_named,
    live,
    live_orders,
    named,
    new_order,
    no_order,
    number,
    opposite,
    place,
    protect,
    renew,
    renew_plan,
    replace_params,
    selected,
    side_of,
)  # fmt: skip
from .table import RequestContext, invalid, margin_mode, private

# A plan's holdSide is buy or sell in one-way mode, and means the position's direction.
# https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order
_HOLD_SIDES: dict[str, HoldSide] = {"long": "long", "short": "short", "buy": "long", "sell": "short"}


# https://www.bitget.com/api-doc/contract/trade/Place-Order, https://www.bitget.com/api-doc/contract/plan/Place-Plan-Order
_ATTACHED = {
    "loss_plan": ("presetStopLossPrice", "presetStopLossExecutePrice"),
    "profit_plan": ("presetStopSurplusPrice", "presetStopSurplusExecutePrice"),
}
_ATTACHED_TO_PLANS = {
    "loss_plan": ("stopLossTriggerPrice", "stopLossExecutePrice"),
    "profit_plan": ("stopSurplusTriggerPrice", "stopSurplusExecutePrice"),
}


# -- placing ----------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/contract/trade/Place-Order
@private("POST", "/api/v2/mix/order/place-order")
def place_order(context: RequestContext) -> Any:
    order = _order(context)
    attach(context, order, _ATTACHED)
    return place(context, order)


# The margin mode is that of the whole batch.
# https://www.bitget.com/api-doc/contract/trade/Batch-Order
@private("POST", "/api/v2/mix/order/batch-place-order", per_second=5)
def batch_place_order(context: RequestContext) -> Any:
    shared = {name: context.params.get(name) for name in ("symbol", "productType", "marginCoin", "marginMode")}

    def one(entry: RequestContext) -> Any:
        return place_order(replace_params(entry, {**entry.params, **shared}))

    return _lists(each_of(context, context.params.get("orderList"), one))


# https://www.bitget.com/api-doc/contract/trade/Modify-Order
@private("POST", "/api/v2/mix/order/modify-order")
def modify_order(context: RequestContext) -> Any:
    return renew(context, size="newSize", price="newPrice", client_id="newClientOid")


# https://www.bitget.com/api-doc/contract/trade/Flash-Close-Position
@private("POST", "/api/v2/mix/order/close-positions", per_second=1)
def close_positions(context: RequestContext) -> Any:
    closed = close(context, classic_account.find_product_type(context), "holdSide")
    return {"successList": [ids(each) for each in closed], "failureList": [], "result": False}


# https://www.bitget.com/api-doc/contract/plan/Place-Plan-Order
@private("POST", "/api/v2/mix/order/place-plan-order")
def place_plan_order(context: RequestContext) -> Any:
    plan = context.one_of("planType", "normal_plan", "track_plan")
    trigger, callback = number(context, "triggerPrice"), number(context, "callbackRatio")
    if trigger is None or (plan == "track_plan" and callback is None):
        raise ApiRefusal("40019", f"Parameter {'callbackRatio' if trigger else 'triggerPrice'} cannot be empty")
    order = _order(context)
    order.plan, order.trigger, order.trigger_by = plan, trigger, context.text("triggerType") or "mark_price"
    if plan == "track_plan" and callback is not None:
        # per cent; a sale trails what has risen
        order.callback, order.falling = callback / 100, order.side == "buy"
    else:
        attach(context, order, _ATTACHED_TO_PLANS)
        order.limit = number(context, "executePrice") or order.limit
        order.falling = trigger < price(order.contract, context.now)
    return place(context, order)


# https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order
@private("POST", "/api/v2/mix/order/place-tpsl-order")
def place_tpsl_order(context: RequestContext) -> Any:
    contract = classic_account.find_contract(context)
    plan, holds = context.one_of("planType", *PROFIT_LOSS), context.one_of("holdSide", *_HOLD_SIDES)
    return protect(
        context, contract, _HOLD_SIDES[holds], plan, number(context, 'triggerPrice'), number(context, 'executePrice'),
        number(context, 'size'), context.text('triggerType') or 'mark_price',
    )  # fmt: skip


# https://www.bitget.com/api-doc/contract/plan/Place-Pos-Tpsl-Order
@private("POST", "/api/v2/mix/order/place-pos-tpsl")
def place_pos_tpsl(context: RequestContext) -> Any:
    contract, side = classic_account.find_contract(context), _HOLD_SIDES[context.one_of("holdSide", *_HOLD_SIDES)]
    placed = []
    for plan, name in (("pos_profit", "stopSurplus"), ("pos_loss", "stopLoss")):
        trigger, limit = number(context, f"{name}TriggerPrice"), number(context, f"{name}ExecutePrice")
        if trigger is not None:
            by = context.text(f"{name}TriggerType") or "mark_price"
            one = replace_params(context, {"clientOid": context.text(f"{name}ClientOid")})
            placed.append({"orderId": protect(one, contract, side, plan, trigger, limit, None, by)["orderId"]})
    if not placed:
        raise invalid()
    return placed


# https://www.bitget.com/api-doc/contract/plan/Modify-Plan-Order
@private("POST", "/api/v2/mix/order/modify-plan-order")
def modify_plan_order(context: RequestContext) -> Any:
    return renew_plan(context, size="newSize", trigger="newTriggerPrice", limit="newPrice")


# https://www.bitget.com/api-doc/contract/plan/Modify-Tpsl-Order
@private("POST", "/api/v2/mix/order/modify-tpsl-order")
def modify_tpsl_order(context: RequestContext) -> Any:
    return renew_plan(context, size="size", trigger="triggerPrice", limit="executePrice")


# -- cancelling -------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/contract/trade/Cancel-Order
@private("POST", "/api/v2/mix/order/cancel-order")
def cancel_order(context: RequestContext) -> Any:
    return cancel(context, live(context))


# https://www.bitget.com/api-doc/contract/trade/Batch-Cancel-Orders
@private("POST", "/api/v2/mix/order/batch-cancel-orders")
def batch_cancel_orders(context: RequestContext) -> Any:
    return _cancel_each(context, lambda each: each.plan is None)


# https://www.bitget.com/api-doc/contract/plan/Cancel-Plan-Order
@private("POST", "/api/v2/mix/order/cancel-plan-order")
def cancel_plan_order(context: RequestContext) -> Any:
    kinds = _plan_kinds(context) if context.text("planType") else None
    return _cancel_each(context, lambda each: each.plan is not None and (kinds is None or each.plan in kinds))


def _cancel_each(context: RequestContext, wanted: Callable[[EmulatedOrder], bool]) -> dict[str, Any]:
    """Cancel the orders of a list, or, without one, every order of the symbol or the product type."""
    here = live_orders(context, classic_account.find_product_type(context), wanted)
    if "orderIdList" not in context.params:
        return _lists((cancel(context, each), None) for each in here)

    def one(entry: RequestContext) -> dict[str, str]:
        found = next((each for each in here if is_named(entry, each)), None)
        if found is None:
            raise no_order(context)
        return cancel(context, found)

    return _lists(each_of(context, context.params["orderIdList"], one))


# -- listing ----------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/contract/trade/Get-Order-Details
@private("GET", "/api/v2/mix/order/detail")
def order_detail(context: RequestContext) -> Any:
    row = order_row(context, named(context))
    # here, and only here, the status is called state
    return {**row, "state": row.pop("status")}


# https://www.bitget.com/api-doc/contract/trade/Get-Orders-Pending
@private("GET", "/api/v2/mix/order/orders-pending")
def orders_pending(context: RequestContext) -> Any:
    return _listing(context, lambda each: each.plan is None and each.is_live, order_row)


# https://www.bitget.com/api-doc/contract/trade/Get-Orders-History
@private("GET", "/api/v2/mix/order/orders-history")
def orders_history(context: RequestContext) -> Any:
    return _listing(context, lambda each: each.plan is None and not each.is_live, order_row)


# https://www.bitget.com/api-doc/contract/trade/Get-Order-Fills
@private("GET", "/api/v2/mix/order/fills")
def fills(context: RequestContext) -> Any:
    filled = [each for each in selected(context, classic_account.find_product_type(context)) if each.filled]
    return {"fillList": [fill_row(context, each) for each in filled], "endId": filled[-1].id if filled else None}


# https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending
@private("GET", "/api/v2/mix/order/orders-plan-pending")
def plans_pending(context: RequestContext) -> Any:
    kinds = _plan_kinds(context)
    return _listing(context, lambda each: each.plan in kinds and each.is_live, plan_row)


# https://www.bitget.com/api-doc/contract/plan/orders-plan-history
@private("GET", "/api/v2/mix/order/orders-plan-history")
def plans_history(context: RequestContext) -> Any:
    kinds = _plan_kinds(context)
    return _listing(context, lambda each: each.plan in kinds and not each.is_live, plan_row)


# -- reading a request, writing an answer -----------------------------------------------------------------------------


def _order(context: RequestContext) -> EmulatedOrder:
    contract = classic_account.find_contract(context)
    # Compulsory, seen live; whether it may differ from the symbol's is a quirk.
    # https://www.bitget.com/api-doc/contract/trade/Place-Order
    if context.text("marginMode") is None:
        raise ApiRefusal("400172", "The margin mode cannot be empty")
    mode, side = margin_mode(context.required("marginMode")), side_of(context)
    hold_side: HoldSide | None = None
    if context.account.position_mode(contract.product_type) == "hedge_mode":
        if context.text("tradeSide") not in ("open", "close", "Open", "Close"):
            raise _other_position_mode()
        closes = context.required("tradeSide").lower() == "close"
        # In hedge mode `side` names the position, buy for long: closing a long one is `buy` and `close`.
        # https://www.bitget.com/api-doc/contract/trade/Place-Order
        hold_side = "long" if side == "buy" else "short"
        side = opposite(side) if closes else side
    elif context.text("tradeSide") is not None:
        # seen live, 2026-08
        raise _other_position_mode()
    else:
        closes = (context.text("reduceOnly") or "").upper() == "YES"
    return new_order(context, contract, side, hold_side, closes, mode, number(context, "size"))


def _other_position_mode() -> ApiRefusal:
    # https://github.com/germangar/whook/issues/13
    return ApiRefusal("40774", "The order type for unilateral position must also be the unilateral position type.")


def _plan_kinds(context: RequestContext) -> tuple[str, ...]:
    kind = context.text("planType")
    return PROFIT_LOSS if kind in (None, "profit_loss") else (str(kind),)


def _listing(
    context: RequestContext,
    wanted: Callable[[EmulatedOrder], bool],
    row: Callable[[RequestContext, EmulatedOrder], dict[str, Any]],
) -> dict[str, Any]:
    found = [each for each in selected(context, classic_account.find_product_type(context)) if wanted(each)]
    # An empty list is null here.
    # https://www.bitget.com/api-doc/contract/trade/Get-Orders-Pending
    return {"entrustedList": [row(context, each) for each in found] or None, "endId": found[-1].id if found else None}


def _lists(outcomes: Any) -> dict[str, Any]:
    # https://www.bitget.com/api-doc/contract/trade/Batch-Order
    done, failed = [], []
    for entry, no in outcomes:
        if no is None:
            done.append(entry)
        else:
            failed.append({**entry, "errorMsg": no.msg, "errorCode": no.code})
    return {"successList": done, "failureList": failed}
