"""Everything else is ccxt's own: each of its methods sends what it sends, and makes of each reply what it makes.

Which methods there are, and their arguments, is read from ccxt's class, of whatever version; its own published cases
are not in its wheel.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import ccxt
from clients import Client
from offline import COIN, NOW, SPOT, STOCK, SWAP, Offline, well

from bitget_leverage_ext.emulator import Emulator

# What is another, and why; its own tests hold it to the README and the reference.
DIFFERENT = {
    "set_leverage": "right every time: what the package is for",
    "fetch_leverage": "on unified accounts too",
    "fetch_margin_mode": "on unified accounts too",
    "set_margin_mode": "on unified accounts a declaration, and remembered",
    "set_position_mode": "takes a bool and nothing else, and is remembered",
    "fetch_markets": "a list without markets is a BadResponse, not every symbol unknown from then on",
    "fetch_default_markets": "the same",
    "fetch_uta_markets": "the same",
    "create_order": "carries the margin mode that was chosen: test_parity_orders",
    "create_orders": "the same",
    "create_uta_orders": "the same",
    "handle_uta_and_params": "no fault is taken for an answer: scenarios/account_type.txt",
}
# One row that has whatever a method may look for, https://www.bitget.com/api-doc/
FIGURES = """
    accountEquity achievedProfits actualDepositAmount amount ask1Price ask1Size askPr askSz assetBalance available
    avgPrice basePriceAvg baseVolume bid1Price bid1Size bidPr bidSz bonus borrow breakEvenPrice close closeAvgPrice
    closeFee closeFundingFee closeTotalPos cnvtPrice cost cumExecQty cumExecValue dailyInterestRate deductedFee
    deltaAmount endUnit enterPointSource execPrice execQty execValue fee feeRate filledQty fillPrice fillSize freeze
    fromCoinSize frozen fundingRate fundingRateInterval high24h highPrice24h holding initialMargin interestAmount
    interestRate keepMarginRate lastPr lastPrice leverage limit liqAmount liqFee liqPrice liquidationPrice locked
    longRatio low24h lowPrice24h makerFee makerFeeRate margin marginSize markPrice maxBorrowableAmount maxTierValue
    minTierValue mmr netProfit netValue newSize open24h openAvgPrice openFee openInterest openPrice24h openPriceAvg
    openTotalPos pnl price priceAvg qty quoteVolume realizedAmount repayAmount settleFee shortRatio size sizePnl
    startUnit takerFee takerFeeRate toCoinSize toSize total totalAmount totalFee totalFunding tradeFee tradePrice
    transferAmount turnover24h unrealisedPnl unrealizedPL usdtVolume volume volume24h xmr
"""
TIMES = """
    cTime createdTime createTime ctime fundingRateTimestamp fundingTime nextFundingTime nextUpdate ts uTime utime
"""
WORDS = {
    "category": "USDT-FUTURES", "productType": "USDT-FUTURES", "symbol": "BTCUSDT", "coin": "USDT",
    "marginCoin": "USDT", "feeCoin": "USDT", "baseCoin": "BTC", "quoteCoin": "USDT", "fromCoin": "USDT",
    "toCoin": "BTC", "interestCoin": "USDT", "loanCoin": "USDT", "orderId": "11", "clientOid": "mine",
    "clientId": "mine", "tradeId": "12", "execId": "12", "execLinkId": "mine", "billId": "13", "id": "14",
    "traceId": "quote", "transferId": "15", "recordId": "16", "txId": "hash", "address": "somewhere", "chain": "TRC20",
    "status": "live", "planStatus": "live", "orderStatus": "live", "side": "buy", "tradeSide": "open",
    "posSide": "long", "holdSide": "long", "posMode": "hedge_mode", "holdMode": "hedge_mode", "marginMode": "isolated",
    "orderType": "limit", "force": "gtc", "timeInForce": "gtc", "tradeScope": "taker", "execType": "normal",
    "businessType": "buy", "type": "deposit", "fromType": "spot", "toType": "usdt_futures", "reduceOnly": "NO",
    "message": "success",
}  # fmt: skip
ROW: dict[str, Any] = {**dict.fromkeys(FIGURES.split(), "2"), **dict.fromkeys(TIMES.split(), str(NOW)), **WORDS}
LISTS = """
    assets chains dataList entrustedList failureList fillList fundList list openInterestList orderInfoList orderList
    resultList successList
"""
WHOLE = {
    **ROW,
    **{name: [ROW] for name in LISTS.split()},
    "feeDetail": [{"feeCoin": "USDT", "fee": "-0.1", "totalFee": "-0.1"}],
    **{side: [["100", "2"], ["101", "3"]] for side in ("asks", "a", "bids", "b")},
}
CANDLES = [[str(NOW), "1", "3", "0.5", "2", "100", "200", "200"]]
REPLIES = {"an object": well(WHOLE), "a list": well([WHOLE]), "candles": well(CANDLES)}
REFUSAL = {"code": "40762", "msg": "The order amount exceeds the balance", "requestTime": NOW, "data": None}
ARGUMENTS: dict[str, Any] = {
    "amount": 1, "address": "somewhere", "code": "USDT", "codes": ["USDT"], "cost": 100, "fromAccount": "spot",
    "fromCode": "USDT", "id": "1", "ids": ["1", "2"], "limit": 5, "price": 90000, "side": "buy",
    "since": NOW - 86_400_000, "timeframe": "1h", "toAccount": "swap", "toCode": "BTC", "type": "limit",
}  # fmt: skip
PARAMS: list[dict[str, Any]] = [
    {},
    {"trigger": True, "planType": "normal_plan", "until": NOW},
    {"marginMode": "isolated", "symbol": "BTCUSDT"},
    {"type": "swap", "productType": "USDT-FUTURES", "holdSide": "long", "tag": "memo", "network": "TRC20"},
    {"price": 2, "toAmount": 3, "subAccountId": "1", "anything": "else"},
]


def methods() -> dict[str, Any]:
    """The methods of ccxt's bitget that talk to the exchange."""
    asynchronous = vars(ccxt.async_support.bitget)
    return {
        name: method
        for name, method in vars(ccxt.bitget).items()
        if inspect.iscoroutinefunction(asynchronous.get(name)) and name == method.__name__ and name not in DIFFERENT
    }


def arguments(method: Any) -> Iterator[tuple[Any, ...]]:
    """What a method is called with: as little as it takes, and all that it takes, about each kind of symbol."""
    named = list(inspect.signature(method).parameters.values())[1:]
    of_symbols = any(parameter.name in ("symbol", "symbols") for parameter in named)
    for symbol in (SPOT, SWAP, COIN) if of_symbols else (SWAP,):
        values = {**ARGUMENTS, "symbol": symbol, "symbols": [symbol]}
        yield tuple(values[each.name] for each in named if each.default is inspect.Parameter.empty)
        for params in PARAMS:
            yield tuple(values.get(each.name, params) for each in named)


METHODS = methods()
CALLS = [(name, args) for name, method in METHODS.items() for args in arguments(method)]
CALLS.append(("reduce_margin", (SWAP, -1, {"holdSide": "long"})))


def reply_to(url: str, shape: str) -> Any:
    """A reply in which whatever was asked for can be found; a list of markets, and candles, have one shape each."""
    if "candle" in url:
        return REPLIES["candles"]
    return REPLIES["a list" if "/market/contracts" in url or "/market/instruments" in url else shape]


def test_requests_and_results(offline: Callable[..., Offline]) -> None:
    """The same url, method, headers, body, and result or error as ccxt's own class."""
    ours, stock = offline(), offline(STOCK)
    parsed = set()
    for shape, (name, args) in itertools.product(("an object", "a list"), CALLS):
        ours.answer = stock.answer = functools.partial(reply_to, shape=shape)
        mine, theirs = ours(name, *args), stock(name, *args)
        assert mine == theirs, (name, args)
        if len(theirs) > 1 and not isinstance(theirs[-1][1], tuple):
            parsed.add(name)
    assert METHODS.keys() == parsed, "the replies say something to each"


def test_refusals(offline: Callable[..., Offline]) -> None:
    """The same error, of the same class, with the same text."""
    ours, stock = offline(), offline(STOCK)
    ours.answer = stock.answer = lambda _: REFUSAL
    for name, args in CALLS:
        mine, theirs = ours(name, *args), stock(name, *args)
        assert mine == theirs, (name, args)


def test_markets(kind: str, unified: bool, emulator: Emulator, markets: Any, unified_markets: Any) -> None:
    """The same markets and currencies from the same lists."""
    client = Client(kind, emulator.config(options={"uta": unified}))
    try:
        client.load_markets()
        for name, theirs in (unified_markets if unified else markets).items():
            assert getattr(client.exchange, name) == theirs, name
    finally:
        client.close()
