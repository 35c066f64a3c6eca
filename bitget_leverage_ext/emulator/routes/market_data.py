"""Public market data: candles, tickers, order books, tiers, funding. Each endpoint names the page of its shape."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .. import contracts
from ..contracts import EmulatedContract
from ..prices import price, text
from ..state import ApiRefusal
from . import classic_account, unified_account
from .table import RequestContext, invalid, public

_MINUTE = 60_000
_INTERVALS = {
    **{f"{minutes}m": minutes * _MINUTE for minutes in (1, 3, 5, 15, 30)},
    **{f"{hours}H": hours * 60 * _MINUTE for hours in (1, 2, 4, 6, 12)},
    **{name: days * 24 * 60 * _MINUTE for name, days in {"1D": 1, "3D": 3, "1W": 7, "1M": 30}.items()},
}


# https://www.bitget.com/api-doc/contract/market/Get-Candle-Data
@public("/api/v2/mix/market/candles")
def candles(context: RequestContext) -> Any:
    return _candles(context, _listed(context), context.text("granularity"), longest=1000)


# https://www.bitget.com/api-doc/contract/market/Get-History-Candle-Data
@public("/api/v2/mix/market/history-candles")
def history_candles(context: RequestContext) -> Any:
    return _candles(context, _listed(context), context.text("granularity"), longest=200)


# https://www.bitget.com/api-doc/contract/market/Get-History-Mark-Candle-Data
@public("/api/v2/mix/market/history-mark-candles")
def history_mark_candles(context: RequestContext) -> Any:
    return history_candles(context)


# https://www.bitget.com/api-doc/uta/public/Get-Candle-Data
@public("/api/v3/market/candles")
def unified_candles(context: RequestContext) -> Any:
    return _candles(context, _unified_listed(context), context.text("interval"), longest=1000)


# https://www.bitget.com/api-doc/uta/public/Get-History-Candle-Data
@public("/api/v3/market/history-candles")
def unified_history_candles(context: RequestContext) -> Any:
    return _candles(context, _unified_listed(context), context.text("interval"), longest=100)


# https://www.bitget.com/api-doc/contract/market/Get-Ticker
@public("/api/v2/mix/market/ticker")
def ticker(context: RequestContext) -> Any:
    return [_ticker(_listed(context), context.now)]


# https://www.bitget.com/api-doc/contract/market/Get-All-Symbol-Ticker
@public("/api/v2/mix/market/tickers")
def tickers(context: RequestContext) -> Any:
    return [
        _ticker(each, context.now) for each in contracts.listed(classic_account.find_product_type(context), "classic")
    ]


# https://www.bitget.com/api-doc/uta/public/Tickers
@public("/api/v3/market/tickers")
def unified_tickers(context: RequestContext) -> Any:
    if context.text("symbol") is not None:
        return [_unified_ticker(_unified_listed(context), context.now)]
    return [
        _unified_ticker(each, context.now) for each in contracts.listed(context.required("category").upper(), "unified")
    ]


# https://www.bitget.com/api-doc/contract/market/Get-Merge-Depth
@public("/api/v2/mix/market/merge-depth")
def merge_depth(context: RequestContext) -> Any:
    bids, asks = _depth(price(_listed(context), context.now))
    scale = {"scale": "0.1", "precision": "scale0", "isMaxPrecision": "NO"}
    return {"asks": asks, "bids": bids, "ts": str(context.now), **scale}


# https://www.bitget.com/api-doc/uta/public/OrderBook
@public("/api/v3/market/orderbook")
def unified_order_book(context: RequestContext) -> Any:
    bids, asks = _depth(price(_unified_listed(context), context.now))
    return {"a": asks, "b": bids, "ts": str(context.now)}


# https://www.bitget.com/api-doc/uta/public/Get-Position-Tier-Data
@public("/api/v3/market/position-tier")
def unified_tiers(context: RequestContext) -> Any:
    return [
        {
            "tier": row["level"],
            "minTierValue": row["startUnit"],
            "maxTierValue": row["endUnit"],
            "leverage": row["leverage"],
            "mmr": row["keepMarginRate"],
        }
        for row in _unified_listed(context).tiers()
    ]


# No funding is paid, so its history is empty.
# https://www.bitget.com/api-doc/contract/market/Get-History-Funding-Rate
@public("/api/v2/mix/market/history-fund-rate")
def funding_rates(context: RequestContext) -> Any:
    return []


# https://www.bitget.com/api-doc/uta/public/Get-History-Funding-Rate
@public("/api/v3/market/history-fund-rate")
def unified_funding_rates(context: RequestContext) -> Any:
    return {"resultList": []}


def _listed(context: RequestContext) -> EmulatedContract:
    product_type, symbol = classic_account.find_product_type(context), context.required("symbol")
    contract = contracts.find(product_type, symbol, "classic")
    if contract is None:
        raise ApiRefusal("40034", f"Parameter {symbol} does not exist")
    return contract


def _unified_listed(context: RequestContext) -> EmulatedContract:
    contract = contracts.find(context.required("category"), context.required("symbol"), "unified")
    # what is removed from trading is still looked at
    return contract if contract and contract.status == "off" else unified_account.find_contract(context)


def _candles(
    context: RequestContext, contract: EmulatedContract, interval: str | None, longest: int
) -> list[list[str]]:
    # 1Dutc and 1D differ by the time zone of their first hour only
    step = _INTERVALS.get((interval or "").removesuffix("utc").removesuffix("UTC"))
    if step is None:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise invalid()
    count = min(context.time("limit") or 100, longest)
    end = min(context.time("endTime") or context.now, context.now)
    last = end - end % step
    first = max(last - (count - 1) * step, context.time("startTime") or 0)
    # ascending, up to the current one
    return [_candle(contract, start, step, context.now) for start in range(first + -first % step, last + 1, step)]


def _candle(contract: EmulatedContract, start: int, step: int, now: int) -> list[str]:
    end = min(start + step, now)
    quarters = [price(contract, start + (end - start) * part // 4) for part in range(5)]
    volume = Decimal(step) / _MINUTE
    values = [quarters[0], max(quarters), min(quarters), quarters[-1], volume, volume * quarters[-1]]
    return [str(start), *map(text, values)]


def _ticker(contract: EmulatedContract, now: int) -> dict[str, Any]:
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


def _unified_ticker(contract: EmulatedContract, now: int) -> dict[str, Any]:
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
