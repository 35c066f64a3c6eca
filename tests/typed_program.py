"""A program of a user; only type-checked, see test_typing."""

from decimal import Decimal
from typing import Any

from typing_extensions import assert_type

import bitget_leverage_ext
from bitget_leverage_ext import LeverageNotApplied, LeverageResult, OrderNotSent, async_support, pro

S = "BTC/USDT:USDT"


def synchronous() -> None:
    with bitget_leverage_ext.install(options={"holdSide": "both"}):
        exchange = bitget_leverage_ext.bitget({"apiKey": "…"})
    for leverage in (10, 10.0, "10", Decimal(10), None):
        result = exchange.set_leverage(leverage, S, {"holdSide": "long"})
    assert_type(result, LeverageResult)
    assert_type(result["symbol"], str)
    assert_type(result["marginMode"], str | None)
    assert_type(result["longLeverage"], int | float | None)
    assert_type(result["shortLeverage"], int | float | None)
    assert_type(exchange.fetch_leverage(S), dict[str, Any])
    assert_type(exchange.fetch_leverages([S]), dict[str, dict[str, Any]])
    assert_type(exchange.set_margin_mode("isolated", S), dict[str, Any])
    assert_type(exchange.set_position_mode(True), dict[str, Any])
    try:
        exchange.create_order(S, "market", "buy", 0.01)
    except OrderNotSent as error:
        refused: LeverageNotApplied = error
        print(refused)
    exchange.set_leverage([10], S)  # type: ignore[arg-type]
    exchange.set_leverage(10, S, "long")  # type: ignore[arg-type]
    exchange.set_leverage()  # type: ignore[call-arg]
    result["longLeverage"] + 1  # type: ignore[operator]
    result["leverage"]  # type: ignore[typeddict-item]


def many() -> None:
    exchange = bitget_leverage_ext.bitget()

    def progress(done: int, total: int, symbol: str, outcome: LeverageResult | Exception) -> None: ...

    for symbol, outcome in exchange.set_leverages({S: 10, "ETH/USDT:USDT": {"long": 7}}, {}, progress).items():
        assert_type(symbol, str)
        if isinstance(outcome, LeverageNotApplied):
            continue
        if not isinstance(outcome, Exception):
            print(outcome["longLeverage"])
    exchange.set_leverages([S])  # type: ignore[arg-type]
    exchange.set_leverages({S: [10]})  # type: ignore[dict-item]


async def asynchronous() -> None:
    async with async_support.bitget({}) as exchange:
        assert_type(exchange, async_support.bitget)
        assert_type(await exchange.set_leverage(10, S), LeverageResult)
        outcomes = await exchange.set_leverages({S: 10})
        if not isinstance(outcome := outcomes[S], Exception):
            print(outcome["longLeverage"])
    async with pro.bitget({}) as streaming:
        assert_type(streaming, pro.bitget)
        assert_type(await streaming.set_leverage(10, S), LeverageResult)
        await streaming.set_leverage([10], S)  # type: ignore[arg-type]
