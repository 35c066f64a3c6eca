"""The endpoints that a bot needs to trade futures: candles, tickers, balances, positions, orders and their plans.

The shapes are those of Bitget's pages, named at each endpoint; `book` has the market and what happens in it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from . import classic, contracts, unified
from .book import MAINTENANCE, Book, HoldSide, Order, Position, Side, leverage_of, price, text
from .contracts import Contract
from .routes import Call, margin_mode, private, public
from .state import Refusal

_MINUTE = 60_000
_INTERVALS = {
    **{f"{minutes}m": minutes * _MINUTE for minutes in (1, 3, 5, 15, 30)},
    **{f"{hours}H": hours * 60 * _MINUTE for hours in (1, 2, 4, 6, 12)},
    **{name: days * 24 * 60 * _MINUTE for name, days in {"1D": 1, "3D": 3, "1W": 7, "1M": 30}.items()},
}


# -- the market -------------------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/contract/market/Get-Candle-Data
@public("/api/v2/mix/market/candles")
def candles(call: Call) -> Any:
    return _candles(call, _listed(call), call.text("granularity"), longest=1000)


# https://www.bitget.com/api-doc/contract/market/Get-History-Candle-Data
@public("/api/v2/mix/market/history-candles")
def history_candles(call: Call) -> Any:
    return _candles(call, _listed(call), call.text("granularity"), longest=200)


# https://www.bitget.com/api-doc/contract/market/Get-History-Mark-Candle-Data
@public("/api/v2/mix/market/history-mark-candles")
def history_mark_candles(call: Call) -> Any:
    return history_candles(call)


# https://www.bitget.com/api-doc/uta/public/Get-Candle-Data
@public("/api/v3/market/candles")
def unified_candles(call: Call) -> Any:
    return _candles(call, _unified_listed(call), call.text("interval"), longest=1000)


# https://www.bitget.com/api-doc/uta/public/Get-History-Candle-Data
@public("/api/v3/market/history-candles")
def unified_history_candles(call: Call) -> Any:
    return _candles(call, _unified_listed(call), call.text("interval"), longest=100)


# https://www.bitget.com/api-doc/contract/market/Get-Ticker
@public("/api/v2/mix/market/ticker")
def ticker(call: Call) -> Any:
    return [_ticker(_listed(call), call.now)]


# https://www.bitget.com/api-doc/contract/market/Get-All-Symbol-Ticker
@public("/api/v2/mix/market/tickers")
def tickers(call: Call) -> Any:
    return [_ticker(each, call.now) for each in contracts.listed(classic.find_product_type(call))]


# https://www.bitget.com/api-doc/uta/public/Tickers
@public("/api/v3/market/tickers")
def unified_tickers(call: Call) -> Any:
    if call.text("symbol") is not None:
        return [_unified_ticker(_unified_listed(call), call.now)]
    return [_unified_ticker(each, call.now) for each in contracts.listed(call.required("category").upper())]


# https://www.bitget.com/api-doc/contract/market/Get-Merge-Depth
@public("/api/v2/mix/market/merge-depth")
def merge_depth(call: Call) -> Any:
    bids, asks = _depth(price(_listed(call), call.now))
    scale = {"scale": "0.1", "precision": "scale0", "isMaxPrecision": "NO"}
    return {"asks": asks, "bids": bids, "ts": str(call.now), **scale}


# https://www.bitget.com/api-doc/uta/public/OrderBook
@public("/api/v3/market/orderbook")
def unified_order_book(call: Call) -> Any:
    bids, asks = _depth(price(_unified_listed(call), call.now))
    return {"a": asks, "b": bids, "ts": str(call.now)}


# https://www.bitget.com/api-doc/uta/public/Get-Position-Tier-Data
@public("/api/v3/market/position-tier")
def unified_tiers(call: Call) -> Any:
    return [
        {
            "tier": row["level"],
            "minTierValue": row["startUnit"],
            "maxTierValue": row["endUnit"],
            "leverage": row["leverage"],
            "mmr": row["keepMarginRate"],
        }
        for row in _unified_listed(call).tiers()
    ]


# Nothing is paid here, so nothing was ever paid: a bot that asks what funding has cost is told nothing.
# https://www.bitget.com/api-doc/contract/market/Get-History-Funding-Rate
@public("/api/v2/mix/market/history-fund-rate")
def funding_rates(call: Call) -> Any:
    return []


# https://www.bitget.com/api-doc/uta/public/Get-History-Funding-Rate
@public("/api/v3/market/history-fund-rate")
def unified_funding_rates(call: Call) -> Any:
    return {"resultList": []}


# https://www.bitget.com/api-doc/contract/account/Get-Account-Bill
@private("GET", "/api/v2/mix/account/bill")
def bill(call: Call) -> Any:
    return {"bills": [], "endId": None}


# https://www.bitget.com/api-doc/uta/account/Get-Account-Financial-Records
@private("GET", "/api/v3/account/financial-records")
def financial_records(call: Call) -> Any:
    return {"list": [], "cursor": None}


# -- money and positions ----------------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/contract/account/Get-Account-List
@private("GET", "/api/v2/mix/account/accounts")
def account_list(call: Call) -> Any:
    product_type = classic.find_product_type(call)
    _book(call)
    coins = dict.fromkeys(each.settle for each in contracts.listed(product_type))
    return [{**classic.balance(call, coin), "assetList": []} for coin in coins]


# https://www.bitget.com/api-doc/uta/account/Get-Account
@private("GET", "/api/v3/account/assets", per_second=20)
def assets(call: Call) -> Any:
    book = _book(call)
    # the coins that were ever used, and the one that everybody begins with
    coins = {"USDT": None} | dict.fromkeys(book.wallets)
    rows = []
    for coin in coins:
        gain = book.gain(coin, call.now)
        rows.append(
            {
                "coin": coin,
                "equity": text(book.wallet(coin) + gain),
                "usdValue": text(book.wallet(coin) + gain),
                "balance": text(book.wallet(coin)),
                "available": text(book.available(coin)),
                "debt": "0",
                "locked": text(book.locked(coin)),
                "bonus": "0",
            }
        )
    total, profit = rows[0]["equity"], text(book.gain("USDT", call.now))
    return {
        "accountEquity": total,
        "usdtEquity": total,
        "btcEquity": "0.1",
        "unrealisedPnl": profit,
        "usdtUnrealisedPnl": profit,
        "effEquity": total,
        "mmr": "0",
        "imr": "0",
        "assets": rows,
    }


# https://www.bitget.com/api-doc/contract/position/get-all-position
@private("GET", "/api/v2/mix/position/all-position", per_second=5)
def all_position(call: Call) -> Any:
    product_type, book = classic.find_product_type(call), _book(call)
    coin = (call.text("marginCoin") or "").upper()
    rows = []
    for (kind, symbol), setting in call.account.settings(product_type).items():
        contract = contracts.CONTRACTS[kind, symbol]
        if coin in ("", contract.settle) and setting.position:
            rows += _positions(call, book, contract)
    return rows


# https://www.bitget.com/api-doc/contract/position/get-single-position
@private("GET", "/api/v2/mix/position/single-position")
def single_position(call: Call) -> Any:
    contract = classic.find_contract(call)
    held = call.account.setting(contract.product_type, contract.symbol).position
    return _positions(call, _book(call), contract) if held else []


# https://www.bitget.com/api-doc/uta/position/Get-Position
@private("GET", "/api/v3/position/current-position", per_second=20)
def current_position(call: Call) -> Any:
    category, symbol = call.required("category").upper(), call.text("symbol")
    held = _book(call).open_positions(category)
    return {"list": [_unified_position(call, each) for each in held if symbol in (None, each.contract.symbol)]}


# -- orders of a classic account --------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/contract/trade/Place-Order
@private("POST", "/api/v2/mix/order/place-order")
def place_order(call: Call) -> Any:
    contract, book = classic.find_contract(call), _book(call)
    hedged = call.account.position_mode(contract.product_type) == "hedge_mode"
    side, hold_side = _side(call), None
    if hedged:
        if call.text("tradeSide") not in ("open", "close", "Open", "Close"):
            # https://github.com/germangar/whook/issues/13
            raise Refusal("40774", "The order type for unilateral position must also be the unilateral position type.")
        closes = call.required("tradeSide").lower() == "close"
        # In hedge mode `side` names the position, buy for long: closing a long one is `buy` and `close`.
        # https://www.bitget.com/api-doc/contract/trade/Place-Order
        hold_side = _position_of(side)
        side = _opposite(side) if closes else side
    else:
        closes = (call.text("reduceOnly") or "").upper() == "YES"
    order = _order(call, book, contract, side, hold_side, closes, call.required("size"), call.text("force"))
    return _ids(book.place(call.account, order, call.now))


# https://www.bitget.com/api-doc/contract/trade/Get-Order-Details
@private("GET", "/api/v2/mix/order/detail")
def order_detail(call: Call) -> Any:
    order = _named(call, _book(call))
    row = _order_row(call, order)
    # here, and only here, the status is called state
    return {**row, "state": row.pop("status")}


# https://www.bitget.com/api-doc/contract/trade/Cancel-Order
@private("POST", "/api/v2/mix/order/cancel-order")
def cancel_order(call: Call) -> Any:
    return _cancel(call, plan=False)


# https://www.bitget.com/api-doc/contract/trade/Get-Orders-Pending
@private("GET", "/api/v2/mix/order/orders-pending")
def orders_pending(call: Call) -> Any:
    return _listing(call, lambda each: each.plan is None and each.is_live, _order_row)


# https://www.bitget.com/api-doc/contract/trade/Get-Orders-History
@private("GET", "/api/v2/mix/order/orders-history")
def orders_history(call: Call) -> Any:
    return _listing(call, lambda each: each.plan is None and not each.is_live, _order_row)


# https://www.bitget.com/api-doc/contract/trade/Get-Order-Fills
@private("GET", "/api/v2/mix/order/fills")
def fills(call: Call) -> Any:
    filled = [each for each in _chosen(call, classic.find_product_type(call)) if each.filled]
    return {"fillList": [_fill_row(call, each) for each in filled], "endId": filled[-1].id if filled else None}


# https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order
@private("POST", "/api/v2/mix/order/place-tpsl-order")
def place_tpsl_order(call: Call) -> Any:
    contract, book = classic.find_contract(call), _book(call)
    plan, holds = call.required("planType"), call.required("holdSide")
    if plan not in ("pos_loss", "pos_profit", "loss_plan", "profit_plan") or holds not in _HOLD_SIDES:
        raise Refusal("400172", "Parameter verification failed")
    return _plan(
        call, book, contract, _HOLD_SIDES[holds], plan, _number(call, 'triggerPrice'), _number(call, 'executePrice'),
        _number(call, 'size'), call.text('triggerType') or 'mark_price',
    )  # fmt: skip


# https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending
@private("GET", "/api/v2/mix/order/orders-plan-pending")
def plans_pending(call: Call) -> Any:
    kinds = _plan_kinds(call)
    return _listing(call, lambda each: each.plan in kinds and each.is_live, _plan_row)


# https://www.bitget.com/api-doc/contract/plan/orders-plan-history
@private("GET", "/api/v2/mix/order/orders-plan-history")
def plans_history(call: Call) -> Any:
    kinds = _plan_kinds(call)
    return _listing(call, lambda each: each.plan in kinds and not each.is_live, _plan_row)


# https://www.bitget.com/api-doc/contract/plan/Cancel-Plan-Order
@private("POST", "/api/v2/mix/order/cancel-plan-order")
def cancel_plan_order(call: Call) -> Any:
    book, listed = _book(call), call.params.get("orderIdList")
    product_type, kinds = classic.find_product_type(call), _plan_kinds(call)
    wanted = {each.get("orderId") for each in listed if isinstance(each, dict)} if isinstance(listed, list) else None
    found = [
        each for each in book.orders.values()
        if each.plan in kinds and each.is_live and each.contract.product_type == product_type
        and (wanted is None or each.id in wanted)
    ]  # fmt: skip
    for order in found:
        book.cancel(call.account, order, call.now)
    missed = (wanted or set()) - {each.id for each in found}
    return {
        "successList": [_ids(each) for each in found],
        "failureList": [{"orderId": each, "clientOid": "", "errorMsg": "Plan order does not exist"} for each in missed],
    }


# -- orders of a unified account --------------------------------------------------------------------------------------


# https://www.bitget.com/api-doc/uta/trade/Place-Order
@private("POST", "/api/v3/trade/place-order")
def unified_place_order(call: Call) -> Any:
    contract, book = unified.find_contract(call), _book(call)
    side, hold_side = _side(call), None
    closes = (call.text("reduceOnly") or "").lower() == "yes"
    if call.account.position_mode(contract.product_type) == "hedge_mode":
        if call.text("posSide") not in ("long", "short"):
            # https://www.itouyu.top/api-doc/uta/error-code/websocket
            raise Refusal("25236", "Incorrect position open type")
        # in hedge mode `side` is what is done, `posSide` to which position
        hold_side = cast(HoldSide, call.required("posSide"))
        closes = _position_of(side) != hold_side
    order = _order(call, book, contract, side, hold_side, closes, call.required("qty"), call.text("timeInForce"))
    return _ids(book.place(call.account, order, call.now))


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Details
@private("GET", "/api/v3/trade/order-info", per_second=20)
def unified_order_info(call: Call) -> Any:
    return _unified_order_row(call, _named(call, _book(call)))


# https://www.bitget.com/api-doc/uta/trade/Cancel-Order
@private("POST", "/api/v3/trade/cancel-order")
def unified_cancel_order(call: Call) -> Any:
    return _cancel(call, plan=False)


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Pending
@private("GET", "/api/v3/trade/unfilled-orders", per_second=20)
def unified_unfilled_orders(call: Call) -> Any:
    return _unified_listing(call, lambda each: each.plan is None and each.is_live, _unified_order_row)


# https://www.bitget.com/api-doc/uta/trade/Get-Order-History
@private("GET", "/api/v3/trade/history-orders", per_second=20)
def unified_history_orders(call: Call) -> Any:
    return _unified_listing(call, lambda each: each.plan is None and not each.is_live, _unified_order_row)


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Fills
@private("GET", "/api/v3/trade/fills", per_second=20)
def unified_fills(call: Call) -> Any:
    return _unified_listing(call, lambda each: bool(each.filled), _unified_fill_row)


# https://www.bitget.com/api-doc/uta/strategy/Place-Strategy-Order
@private("POST", "/api/v3/trade/place-strategy-order")
def unified_place_strategy_order(call: Call) -> Any:
    contract, book = unified.find_contract(call), _book(call)
    kind = "sl" if call.text("stopLoss") else "tp"
    trigger = _number(call, "stopLoss" if kind == "sl" else "takeProfit")
    hold_side = call.required("posSide")
    if hold_side not in ("long", "short"):
        raise Refusal("400172", "Parameter verification failed")
    by = "fill_price" if call.text(f"{kind}TriggerBy") == "market" else "mark_price"
    return _plan(
        call, book, contract, cast(HoldSide, hold_side), 'loss_plan' if kind == 'sl' else 'profit_plan', trigger,
        _number(call, f'{kind}LimitPrice'), _number(call, 'qty'), by,
    )  # fmt: skip


# https://www.bitget.com/api-doc/uta/strategy/Get-Unfilled-Strategy-Orders
@private("GET", "/api/v3/trade/unfilled-strategy-orders")
def unified_unfilled_strategy_orders(call: Call) -> Any:
    # a bare list, unlike the other listings
    # https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (fetch_open_orders)
    return _unified_listing(call, lambda each: each.plan is not None and each.is_live, _strategy_row)["list"]


# https://www.bitget.com/api-doc/uta/strategy/Get-History-Strategy-Orders
@private("GET", "/api/v3/trade/history-strategy-orders")
def unified_history_strategy_orders(call: Call) -> Any:
    return _unified_listing(call, lambda each: each.plan is not None and not each.is_live, _strategy_row)


# https://www.bitget.com/api-doc/uta/strategy/Cancel-Strategy-Order
@private("POST", "/api/v3/trade/cancel-strategy-order")
def unified_cancel_strategy_order(call: Call) -> None:
    _cancel(call, plan=True)


# -- reading a request ------------------------------------------------------------------------------------------------

# A plan's holdSide is buy or sell in one-way mode, and means the position's direction.
# https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order
_HOLD_SIDES: dict[str, HoldSide] = {"long": "long", "short": "short", "buy": "long", "sell": "short"}

# https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending (planType profit_loss)
_PROFIT_LOSS = ("pos_loss", "pos_profit", "loss_plan", "profit_plan")


def _book(call: Call) -> Book:
    """The account's book, brought up to this moment."""
    book = call.account.part(Book)
    book.settle(call.account, call.now)
    return book


def _listed(call: Call) -> Contract:
    product_type, symbol = classic.find_product_type(call), call.required("symbol")
    contract = contracts.CONTRACTS.get((product_type, symbol.upper()))
    if contract is None:
        raise Refusal("40034", f"Parameter {symbol} does not exist")
    return contract


def _unified_listed(call: Call) -> Contract:
    contract = contracts.CONTRACTS.get((call.required("category").upper(), call.required("symbol").upper()))
    # what is removed from trading is still looked at
    return contract if contract and contract.status == "off" else unified.find_contract(call)


def _number(call: Call, name: str) -> Decimal | None:
    text = call.text(name)
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(0)
    if not (number.is_finite() and number > 0):
        raise Refusal("40017", f"Parameter verification failed {name}")
    return number


def _side(call: Call) -> Side:
    side = call.required("side").lower()
    if side not in ("buy", "sell"):
        raise Refusal("400172", "Parameter verification failed")
    return cast(Side, side)


def _opposite(side: Side) -> Side:
    return "sell" if side == "buy" else "buy"


def _position_of(side: Side) -> HoldSide:
    return "long" if side == "buy" else "short"


def _order(
    call: Call, book: Book, contract: Contract, side: Side, hold_side: HoldSide | None, closes: bool, size: str,
    force: str | None,
) -> Order:  # fmt: skip
    kind = call.required("orderType")
    if kind not in ("limit", "market"):
        raise Refusal("400172", "Parameter verification failed")
    limit = _number(call, "price") if kind == "limit" else None
    if kind == "limit" and limit is None:
        raise Refusal("40019", "Parameter price cannot be empty")
    amount = _number(call, "size") or _number(call, "qty") or Decimal(size)
    row = contract.row()
    worthless = contract.settle != contract.base and amount * price(contract, call.now) < Decimal(row["minTradeUSDT"])
    if amount < Decimal(row["minTradeNum"]) or worthless:
        # observed: https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (45110)
        raise Refusal("45110", f"less than the minimum amount {row['minTradeUSDT']} {contract.settle}")
    target = hold_side or _position_of(_opposite(side) if closes else side)
    held = book.held(contract, target)
    if closes and held is None:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("22002", "No position to close")
    # The order says the margin mode of the position that it opens; without it a unified order is crossed.
    # https://www.bitget.com/api-doc/contract/trade/Place-Order, https://www.bitget.com/api-doc/uta/trade/Place-Order
    mode = margin_mode(call.text("marginMode") or "crossed")
    leverage = leverage_of(call.account, contract, mode, target)
    number = book.new_id()
    return Order(
        number, call.text('clientOid') or number, contract, side, amount, call.now, hold_side, closes,
        mode, leverage, limit, (force or 'gtc').lower(),
    )  # fmt: skip


def _plan(
    call: Call, book: Book, contract: Contract, hold_side: HoldSide, plan: str, trigger: Decimal | None,
    limit: Decimal | None, size: Decimal | None, by: str,
) -> dict[str, str]:  # fmt: skip
    if trigger is None:
        raise Refusal("40019", "Parameter triggerPrice cannot be empty")
    held = book.held(contract, hold_side)
    if held is None:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("43023", "Insufficient position, can not set profit or stop loss")
    mark = price(contract, call.now)
    below = (hold_side == "long") == ("loss" in plan)
    if "loss" in plan and (trigger >= mark if below else trigger <= mark):
        # observed: https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (40917, 45122)
        if hold_side == "long":
            raise Refusal("40917", f"Stop price for long positions please < mark price {mark}")
        raise Refusal("45122", f"Short position stop loss price please > mark price {mark}")
    number, side = book.new_id(), _opposite("buy" if hold_side == "long" else "sell")
    order = Order(
        number, call.text('clientOid') or number, contract, side, size or held.size, call.now, hold_side, True,
        held.margin_mode, held.leverage, limit, 'gtc', plan, trigger, by,
    )  # fmt: skip
    return _ids(book.place(call.account, order, call.now))


def _plan_kinds(call: Call) -> tuple[str, ...]:
    kind = call.text("planType")
    return _PROFIT_LOSS if kind in (None, "profit_loss") else (str(kind),)


def _named(call: Call, book: Book) -> Order:
    number, client = call.text("orderId"), call.text("clientOid")
    for order in book.orders.values():
        if order.plan is None and (order.id == number if number else order.client_id == client):
            return order
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    raise Refusal("40109", "The data of the order cannot be found, please confirm the order number")


def _cancel(call: Call, plan: bool) -> dict[str, str]:
    book, number, client = _book(call), call.text("orderId"), call.text("clientOid")
    for order in book.orders.values():
        found = order.id == number if number else order.client_id == client
        if found and order.is_live and (order.plan is not None) == plan:
            book.cancel(call.account, order, call.now)
            return _ids(order)
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    raise Refusal("43025", "Plan order does not exist") if plan else Refusal("40768", "Order does not exist")


def _chosen(call: Call, product_type: str | None) -> list[Order]:
    """The orders that a listing asks for, the newest first."""
    symbol, start, end = call.text("symbol"), call.text("startTime"), call.text("endTime")
    number, client = call.text("orderId"), call.text("clientOid")
    return [
        each for each in reversed(_book(call).orders.values())
        if product_type in (None, each.contract.product_type)
        and symbol in (None, each.contract.symbol)
        and number in (None, each.id)
        and client in (None, each.client_id)
        and int(start or 0) <= each.created <= int(end or each.created)
    ]  # fmt: skip


Row = Callable[[Call, Order], dict[str, Any]]


def _listing(call: Call, wanted: Callable[[Order], bool], row: Row) -> dict[str, Any]:
    found = [each for each in _chosen(call, classic.find_product_type(call)) if wanted(each)]
    # An empty list is null here.
    # https://www.bitget.com/api-doc/contract/trade/Get-Orders-Pending
    return {"entrustedList": [row(call, each) for each in found] or None, "endId": found[-1].id if found else None}


def _unified_listing(call: Call, wanted: Callable[[Order], bool], row: Row) -> dict[str, Any]:
    # Without a category, those of all: ccxt asks so for the trades of every contract.
    # https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (fetch_my_trades)
    category = call.text("category")
    found = [each for each in _chosen(call, category and category.upper()) if wanted(each)]
    return {"list": [row(call, each) for each in found], "cursor": found[-1].id if found else None}


# -- writing an answer ------------------------------------------------------------------------------------------------


def _ids(order: Order) -> dict[str, str]:
    return {"orderId": order.id, "clientOid": order.client_id}


def _candles(call: Call, contract: Contract, interval: str | None, longest: int) -> list[list[str]]:
    # 1Dutc and 1D differ by the time zone of their first hour only
    step = _INTERVALS.get((interval or "").removesuffix("utc").removesuffix("UTC"))
    if step is None:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("400172", "Parameter verification failed")
    count = min(int(call.text("limit") or 100), longest)
    end = min(int(call.text("endTime") or call.now), call.now)
    last = end - end % step
    first = max(last - (count - 1) * step, int(call.text("startTime") or 0))
    # ascending, the one that is still growing included
    return [_candle(contract, start, step, call.now) for start in range(first + -first % step, last + 1, step)]


def _candle(contract: Contract, start: int, step: int, now: int) -> list[str]:
    end = min(start + step, now)
    quarters = [price(contract, start + (end - start) * part // 4) for part in range(5)]
    volume = Decimal(step) / _MINUTE
    values = [quarters[0], max(quarters), min(quarters), quarters[-1], volume, volume * quarters[-1]]
    return [str(start), *map(text, values)]


def _ticker(contract: Contract, now: int) -> dict[str, Any]:
    last = price(contract, now)
    day = _candle(contract, now - 24 * 3600 * 1000, 24 * 3600 * 1000, now)
    return {
        "symbol": contract.symbol,
        "lastPr": str(last),
        "askPr": str(last),
        "bidPr": str(last),
        "bidSz": "10",
        "askSz": "10",
        "high24h": day[2],
        "low24h": day[3],
        "ts": str(now),
        "change24h": text(last / Decimal(day[1]) - 1),
        "baseVolume": day[5],
        "quoteVolume": day[6],
        "usdtVolume": day[6],
        "openUtc": day[1],
        "changeUtc24h": "0",
        "indexPrice": str(last),
        "fundingRate": "0",
        "holdingAmount": "1000",
        "deliveryStartTime": None,
        "deliveryTime": None if contract.delivery is None else str(contract.delivery),
        "deliveryStatus": "" if contract.delivery is None else "delivery_normal",
        "open24h": day[1],
        "markPrice": str(last),
    }


def _unified_ticker(contract: Contract, now: int) -> dict[str, Any]:
    row = _ticker(contract, now)
    names = {
        'symbol': 'symbol', 'ts': 'ts', 'lastPrice': 'lastPr', 'openPrice24h': 'open24h', 'highPrice24h': 'high24h',
        'lowPrice24h': 'low24h', 'ask1Price': 'askPr', 'bid1Price': 'bidPr', 'bid1Size': 'bidSz', 'ask1Size': 'askSz',
        'price24hPcnt': 'change24h', 'volume24h': 'baseVolume', 'turnover24h': 'quoteVolume',
        'indexPrice': 'indexPrice', 'markPrice': 'markPrice', 'fundingRate': 'fundingRate',
        'openInterest': 'holdingAmount',
    }  # fmt: skip
    return {"category": contract.product_type, **{new: row[old] for new, old in names.items()}}


def _depth(last: Decimal) -> tuple[list[list[str]], list[list[str]]]:
    steps = [Decimal(step) / 10 for step in range(15)]
    return [[str(last - step), "10"] for step in steps], [[str(last + step), "10"] for step in steps]


def _positions(call: Call, book: Book, contract: Contract) -> list[dict[str, Any]]:
    """The positions in a contract; one that was only claimed, with `Account.busy`, is shown with plausible figures."""
    held = book.holding(contract)
    return [_position_row(call, each) for each in held] or [classic.claimed_position(call.account, contract)]


def _position_row(call: Call, held: Position) -> dict[str, Any]:
    mark = price(held.contract, call.now)
    return classic.claimed_position(call.account, held.contract) | {
        "holdSide": held.side,
        "marginSize": text(held.margin),
        "available": text(held.size),
        "total": text(held.size),
        "leverage": str(held.leverage),
        "achievedProfits": text(held.profit),
        "openPriceAvg": text(held.entry),
        "marginMode": held.margin_mode,
        "unrealizedPL": text(held.gain(mark)),
        "liquidationPrice": text(held.liquidation),
        "keepMarginRate": str(MAINTENANCE),
        "markPrice": str(mark),
        "breakEvenPrice": text(held.entry),
        "deductedFee": text(held.fees),
        "cTime": str(held.opened),
        "uTime": str(held.opened),
    }


def _unified_position(call: Call, held: Position) -> dict[str, Any]:
    mark = price(held.contract, call.now)
    return {
        "category": held.contract.product_type,
        "symbol": held.contract.symbol,
        "marginCoin": held.contract.settle,
        "holdMode": call.account.position_mode(held.contract.product_type),
        "posSide": held.side,
        "marginMode": held.margin_mode,
        "positionBalance": text(held.margin),
        "available": text(held.size),
        "frozen": "0",
        "total": text(held.size),
        "leverage": str(held.leverage),
        "curRealisedPnl": text(held.profit),
        "avgPrice": text(held.entry),
        "positionStatus": "normal",
        "unrealisedPnl": text(held.gain(mark)),
        "liquidationPrice": text(held.liquidation),
        "mmr": str(MAINTENANCE),
        "profitRate": text(held.gain(mark) / held.margin),
        "markPrice": str(mark),
        "breakEvenPrice": text(held.entry),
        "totalFunding": "0",
        "openFeeTotal": text(-held.fees),
        "closeFeeTotal": "0",
        "createdTime": str(held.opened),
        "updatedTime": str(held.opened),
    }


def _shown_side(call: Call, order: Order) -> tuple[str, str, str]:
    """`side`, `posSide` and `tradeSide` as a classic account shows them."""
    if call.account.position_mode(order.contract.product_type) == "hedge_mode":
        hold_side = order.hold_side or _position_of(order.side)
        return "buy" if hold_side == "long" else "sell", hold_side, "close" if order.closes else "open"
    return order.side, "net", f"{order.side}_single"


# https://www.bitget.com/api-doc/contract/trade/Get-Order-Details
def _order_row(call: Call, order: Order) -> dict[str, Any]:
    side, hold_side, trade_side = _shown_side(call, order)
    # No feeDetail: it is not one of this page's fields, and ccxt takes it for a text with JSON in it.
    return {
        "symbol": order.contract.symbol,
        "size": text(order.size),
        **_ids(order),
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
        "posMode": call.account.position_mode(order.contract.product_type),
        "orderSource": "market" if order.limit is None else "normal",
        "cancelReason": "normal_cancel" if order.state == "canceled" else "",
        "cTime": str(order.created),
        "uTime": str(order.updated),
    }


# https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending
def _plan_row(call: Call, order: Order) -> dict[str, Any]:
    row = _order_row(call, order)
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


def _fill_row(call: Call, order: Order) -> dict[str, Any]:
    side, _, trade_side = _shown_side(call, order)
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
        "posMode": call.account.position_mode(order.contract.product_type),
        "tradeScope": "taker",
        "cTime": str(order.updated),
    }


# https://www.bitget.com/api-doc/uta/trade/Get-Order-Details
def _unified_order_row(call: Call, order: Order) -> dict[str, Any]:
    return {
        **_ids(order),
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
        'posSide': order.hold_side or _position_of(order.side),
        'holdMode': call.account.position_mode(order.contract.product_type),
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


def _unified_fill_row(call: Call, order: Order) -> dict[str, Any]:
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
def _strategy_row(call: Call, order: Order) -> dict[str, Any]:
    loss = "loss" in str(order.plan)
    trigger, limit = text(order.trigger or Decimal(0)), "" if order.limit is None else text(order.limit)
    kind, by = "market" if order.limit is None else "limit", "market" if order.trigger_by == "fill_price" else "mark"
    # none of the published rows says a status
    return {
        **_ids(order),
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
