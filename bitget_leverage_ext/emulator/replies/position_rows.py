"""Rows of balances and positions, as classic and unified accounts show them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..account import EmulatedAccount
from ..book import MAINTENANCE, Book, EmulatedPosition
from ..contracts import EmulatedContract
from ..prices import price, text
from ..routes.table import RequestContext

_EVERY_POSITION = {
    "openDelegateSize": "0",
    "locked": "0",
    "totalFee": "",
    "grant": "",
    "assetMode": "single",
    "autoMargin": "off",
    "takeProfit": "",
    "stopLoss": "",
    "takeProfitId": "",
    "stopLossId": "",
}


def balance(context: RequestContext, coin: str) -> dict[str, Any]:
    book, now = context.account.book, context.now
    gain, crossed = book.gain(coin, now), book.gain(coin, now, "crossed")
    available, equity = text(book.available(coin)), text(book.wallet(coin) + gain)
    return {
        "marginCoin": coin,
        "locked": text(book.locked(coin)),
        **dict.fromkeys(("available", "crossedMaxAvailable", "isolatedMaxAvailable", "maxTransferOut"), available),
        **dict.fromkeys(("accountEquity", "usdtEquity"), equity),
        "btcEquity": "0.1",
        "crossedRiskRate": "0",
        "unrealizedPL": text(gain),
        "crossedUnrealizedPL": text(crossed),
        "isolatedUnrealizedPL": text(gain - crossed),
        "coupon": "0",
        "grant": "",
        "assetMode": "single",
        "isolatedMargin": None,
        "crossedMargin": None,
    }


def positions(context: RequestContext, book: Book, contract: EmulatedContract) -> list[dict[str, Any]]:
    """Return the rows of a contract; a position that was only claimed, with `busy`, has a plausible one."""
    held = book.holding(contract)
    return [_position_row(context, each) for each in held] or [_claimed_row(context.account, contract)]


def unified_positions(context: RequestContext, book: Book, contract: EmulatedContract) -> list[dict[str, Any]]:
    """Return the rows of a contract of a unified account."""
    held = book.holding(contract) or [_claimed(context.account, contract)]
    return [_unified_row(context, each) for each in held]


def _claimed(account: EmulatedAccount, contract: EmulatedContract) -> EmulatedPosition:
    """Return a plausible position for one that a test only claimed, with `busy`."""
    mode = account.margin_mode(*contract.key)
    leverage = account.leverages(*contract.key).of(mode, "long")
    # with a fixed time and price, so that recordings do not differ
    return EmulatedPosition(
        contract, "long", mode, leverage, 1_790_000_000_000, size=Decimal("0.001"), entry=Decimal(100_000)
    )


def _claimed_row(account: EmulatedAccount, contract: EmulatedContract) -> dict[str, Any]:
    held = _claimed(account, contract)
    return _EVERY_POSITION | {
        "marginCoin": contract.settle,
        "symbol": contract.symbol,
        "holdSide": held.side,
        "marginSize": "5",
        "available": text(held.size),
        "total": text(held.size),
        "leverage": str(held.leverage),
        "achievedProfits": "0",
        "openPriceAvg": text(held.entry),
        "marginMode": held.margin_mode,
        "posMode": account.position_mode(contract.product_type),
        "unrealizedPL": "0",
        "liquidationPrice": "50000",
        "keepMarginRate": str(MAINTENANCE),
        "markPrice": "100000",
        "marginRatio": "0.01",
        "breakEvenPrice": "100120",
        "deductedFee": "0.06",
        "cTime": str(held.opened),
        "uTime": str(held.opened),
    }


def _position_row(context: RequestContext, held: EmulatedPosition) -> dict[str, Any]:
    mark = price(held.contract, context.now)
    return _claimed_row(context.account, held.contract) | {
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


def _unified_row(context: RequestContext, held: EmulatedPosition) -> dict[str, Any]:
    mark = price(held.contract, context.now)
    return {
        "category": held.contract.product_type,
        "symbol": held.contract.symbol,
        "marginCoin": held.contract.settle,
        "holdMode": context.account.position_mode(held.contract.product_type),
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
