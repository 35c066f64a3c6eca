"""A program of a user who lets mypy read ccxt's own annotations; only type-checked, see test_typing."""

from ccxt.base.errors import BaseError
from ccxt.base.types import Ticker
from ccxt.bitget import bitget as stock
from typing_extensions import assert_type

from bitget_leverage_ext import LeverageResult, async_support, bitget

S = "BTC/USDT:USDT"


def synchronous() -> None:
    exchange = bitget({})
    as_ccxts: stock = exchange
    assert_type(as_ccxts.fetch_ticker(S), Ticker)
    assert_type(exchange.fetch_ticker(S), Ticker)
    assert_type(exchange.set_leverage(10, S), LeverageResult)
    assert_type(exchange.set_leverages({S: 10}), dict[str, LeverageResult | BaseError])
    exchange.set_leverag(10, S)  # type: ignore[attr-defined]


async def asynchronous() -> None:
    async with async_support.bitget({}) as exchange:
        assert_type(await exchange.set_leverages({S: 10}), dict[str, LeverageResult | BaseError])
        assert_type(await exchange.fetch_ticker(S), Ticker)
        await exchange.set_leverag(10, S)  # type: ignore[attr-defined]
