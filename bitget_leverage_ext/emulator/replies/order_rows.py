"""Rows of orders, plans and fills, as classic and unified accounts show them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..book import EmulatedOrder
from ..prices import text
from ..routes.table import RequestContext


def ids(order: EmulatedOrder) -> dict[str, str]:
    return {"orderId": order.id, "clientOid": order.client_id}


def _shown_side(context: RequestContext, order: EmulatedOrder) -> tuple[str, str, str]:
    """`side`, `posSide` and `tradeSide` as a classic account shows them."""
    if context.account.position_mode(order.contract.product_type) == "hedge_mode":
        hold_side = order.position_side
        return "buy" if hold_side == "long" else "sell", hold_side, "close" if order.closes else "open"
    return order.side, "net", f"{order.side}_single"


# https://www.bitget.com/api-doc/contract/trade/Get-Order-Details
def order_row(context: RequestContext, order: EmulatedOrder) -> dict[str, Any]:
    side, hold_side, trade_side = _shown_side(context, order)
    # No feeDetail: it is not one of this page's fields, and ccxt takes it for a text with JSON in it.
    return {
        "symbol": order.contract.symbol,
        "size": text(order.size),
        **ids(order),
        "baseVolume": text(order.filled),
        "fee": text(-order.fee),
        "price": "" if order.limit is None else text(order.limit),
        "priceAvg": text(order.average) if order.filled else "",
        "status": order.state,
        "side": side,
        "force": order.force,
        "totalProfits": text(order.profit),
        "posSide": hold_side,
        "marginCoin": order.contract.settle,
        "presetStopSurplusPrice": "",
        "presetStopLossPrice": "",
        "quoteVolume": text(order.filled * order.average),
        "orderType": "market" if order.limit is None else "limit",
        "leverage": str(order.leverage),
        "marginMode": order.margin_mode,
        "reduceOnly": "YES" if order.closes else "NO",
        "enterPointSource": "API",
        "tradeSide": trade_side,
        "posMode": context.account.position_mode(order.contract.product_type),
        "orderSource": "market" if order.limit is None else "normal",
        "cancelReason": "normal_cancel" if order.state == "canceled" else "",
        "cTime": str(order.created),
        "uTime": str(order.updated),
    }


# https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending
def plan_row(context: RequestContext, order: EmulatedOrder) -> dict[str, Any]:
    row = order_row(context, order)
    # the side of a plan is what it will do, in both position modes
    return {key: row[key] for key in row if key not in ("status", "fee", "priceAvg", "quoteVolume", "totalProfits")} | {
        "planType": order.plan,
        "planStatus": "cancelled" if order.state == "canceled" else order.state,
        "side": order.side,
        "price": "",
        "callbackRatio": "",
        "triggerPrice": text(order.trigger or Decimal(0)),
        "triggerType": order.trigger_by,
        "executePrice": "" if order.limit is None else text(order.limit),
        "executeOrderId": "",
        "stopSurplusTriggerPrice": text(order.trigger) if order.trigger and "profit" in str(order.plan) else "",
        "stopSurplusExecutePrice": "",
        "stopSurplusTriggerType": "fill_price",
        "stopLossTriggerPrice": text(order.trigger) if order.trigger and "loss" in str(order.plan) else "",
        "stopLossExecutePrice": "",
        "stopLossTriggerType": "fill_price",
    }


def fill_row(context: RequestContext, order: EmulatedOrder) -> dict[str, Any]:
    side, _, trade_side = _shown_side(context, order)
    return {
        "tradeId": order.id,
        "symbol": order.contract.symbol,
        "orderId": order.id,
        "price": text(order.average),
        "baseVolume": text(order.filled),
        "feeDetail": [
            {
                "deduction": "no",
                "feeCoin": order.contract.settle,
                "totalDeductionFee": None,
                "totalFee": text(-order.fee),
            }
        ],
        "side": side,
        "quoteVolume": text(order.filled * order.average),
        "profit": text(order.profit),
        "enterPointSource": "api",
        "tradeSide": trade_side,
        "posMode": context.account.position_mode(order.contract.product_type),
        "tradeScope": "taker",
        "cTime": str(order.updated),
    }


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Details
def unified_order_row(context: RequestContext, order: EmulatedOrder) -> dict[str, Any]:
    return {
        **ids(order),
        'category': order.contract.product_type,
        'symbol': order.contract.symbol,
        'orderType': 'market' if order.limit is None else 'limit',
        'side': order.side,
        'price': text(order.limit or Decimal(0)),
        'qty': text(order.size),
        'amount': '0',
        'cumExecQty': text(order.filled),
        'cumExecValue': text(order.filled * order.average),
        'avgPrice': text(order.average),
        'timeInForce': order.force,
        'orderStatus': 'cancelled' if order.state == 'canceled' else order.state,
        'posSide': order.position_side,
        'holdMode': context.account.position_mode(order.contract.product_type),
        'marginMode': order.margin_mode,
        'reduceOnly': 'YES' if order.closes else 'NO',
        # a cost, and so without the sign that a classic account's fee has
        'feeDetail': [{'feeCoin': order.contract.settle, 'fee': text(order.fee)}],
        'createdTime': str(order.created),
        'updatedTime': str(order.updated),
        'cancelReason': 'normal_cancel' if order.state == 'canceled' else '',
        'execType': 'normal',
        'stpMode': 'none',
        **dict.fromkeys(
            ('tpTriggerBy', 'slTriggerBy', 'takeProfit', 'stopLoss', 'tpOrderType', 'slOrderType', 'tpLimitPrice',
             'slLimitPrice')
        ),
    }  # fmt: skip


def unified_fill_row(context: RequestContext, order: EmulatedOrder) -> dict[str, Any]:
    return {
        "execId": order.id,
        "orderId": order.id,
        "category": order.contract.product_type,
        "symbol": order.contract.symbol,
        "orderType": "market" if order.limit is None else "limit",
        "side": order.side,
        "execPrice": text(order.average),
        "execQty": text(order.filled),
        "execValue": text(order.filled * order.average),
        "tradeScope": "taker",
        "feeDetail": [{"feeCoin": order.contract.settle, "fee": text(order.fee)}],
        "createdTime": str(order.updated),
        "updatedTime": str(order.updated),
        "execPnl": text(order.profit),
    }


# https://www.bitget.com/api-doc/uta/strategy/Get-Unfilled-Strategy-Orders
def strategy_row(context: RequestContext, order: EmulatedOrder) -> dict[str, Any]:
    loss = "loss" in str(order.plan)
    trigger, limit = text(order.trigger or Decimal(0)), "" if order.limit is None else text(order.limit)
    kind, by = "market" if order.limit is None else "limit", "market" if order.trigger_by == "fill_price" else "mark"
    # none of the published rows says a status
    return {
        **ids(order),
        "symbol": order.contract.symbol,
        "category": order.contract.product_type,
        "qty": text(order.size),
        "posSide": order.hold_side,
        "tpTriggerBy": "market" if loss else by,
        "slTriggerBy": by if loss else "market",
        "takeProfit": "" if loss else trigger,
        "stopLoss": trigger if loss else "",
        "tpOrderType": "market" if loss else kind,
        "slOrderType": kind if loss else "market",
        "tpLimitPrice": "" if loss else limit,
        "slLimitPrice": limit if loss else "",
        "createdTime": str(order.created),
        "updatedTime": str(order.updated),
    }
