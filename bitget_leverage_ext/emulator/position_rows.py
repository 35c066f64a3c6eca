"""Balances and positions as a classic and as a unified account show them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .book import MAINTENANCE, Book, Position, leverage_of
from .contracts import Contract
from .prices import price, text
from .routes import Call
from .state import Account


def balance(call: Call, coin: str) -> dict[str, Any]:
    book, now = call.account.part(Book), call.now
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


def positions(call: Call, book: Book, contract: Contract) -> list[dict[str, Any]]:
    """The positions in a contract; one that was only claimed, with `Account.busy`, is shown with plausible figures."""
    held = book.holding(contract)
    return [_position_row(call, each) for each in held] or [_claimed_row(call.account, contract)]


def unified_positions(call: Call, book: Book, contract: Contract) -> list[dict[str, Any]]:
    """The same for a unified account."""
    held = book.holding(contract) or [_claimed(call.account, contract)]
    return [_unified_row(call, each) for each in held]


def _claimed(account: Account, contract: Contract) -> Position:
    """A position that is there because a test said so, with `Account.busy`."""
    mode = account.margin_mode(contract.product_type, contract.symbol)
    leverage = leverage_of(account, contract, mode, "long")
    # a time and a price that stay: recordings shall not differ by them
    return Position(contract, "long", mode, leverage, 1_790_000_000_000, size=Decimal("0.001"), entry=Decimal(100_000))


def _claimed_row(account: Account, contract: Contract) -> dict[str, Any]:
    held = _claimed(account, contract)
    return {
        "marginCoin": contract.settle,
        "symbol": contract.symbol,
        "holdSide": held.side,
        "openDelegateSize": "0",
        "marginSize": "5",
        "available": text(held.size),
        "locked": "0",
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
        "totalFee": "",
        "deductedFee": "0.06",
        "grant": "",
        "assetMode": "single",
        "autoMargin": "off",
        "takeProfit": "",
        "stopLoss": "",
        "takeProfitId": "",
        "stopLossId": "",
        "cTime": str(held.opened),
        "uTime": str(held.opened),
    }


def _position_row(call: Call, held: Position) -> dict[str, Any]:
    mark = price(held.contract, call.now)
    return _claimed_row(call.account, held.contract) | {
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


def _unified_row(call: Call, held: Position) -> dict[str, Any]:
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
