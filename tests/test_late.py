"""A write that went unanswered may still arrive: who sets another figure meanwhile is told, in three clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext import account as remembered
from bitget_leverage_ext.emulator import Emulator, Fault

S, P, ID = "BTC/USDT:USDT", "USDT-FUTURES", "BTCUSDT"


@pytest.fixture
def unanswered(connect: Callable[..., Any], emulator: Emulator) -> Callable[..., Any]:
    """A client whose writes of some figures went unanswered, one try each."""

    def ask(*figures: int, symbol: str = S) -> Any:
        client = connect(timeout=150, options={"uta": emulator.account.unified, "setLeverage": {"deadline": 0}})
        for figure in figures:
            emulator.fail(Fault("stall", seconds=3600))
            with pytest.raises(ccxt.RequestTimeout):
                client.set_leverage(figure, symbol)
        client.exchange.timeout = 20_000
        return client

    return ask


def warnings(caplog: Any) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize("unified", [False, True])
def test_a_late_copy_is_told(emulator: Emulator, unanswered: Any, unified: bool, caplog: Any) -> None:
    """The warning names the older figure, which the account then indeed has."""
    emulator.account.unified = unified
    client = unanswered(54)
    assert client.set_leverage(47, S)["longLeverage"] == 47
    [warning] = warnings(caplog)
    assert "an earlier request for 54x went unanswered" in warning
    assert "fetch_leverage" in warning
    assert emulator.account.figures(P, ID).cross == 47
    emulator.release()
    assert emulator.account.figures(P, ID).cross == 54


def test_every_late_copy_is_told(emulator: Emulator, unanswered: Any, caplog: Any) -> None:
    """The latest is not the only one that may still arrive; the figure that is being set is no other."""
    client = unanswered(54, 60)
    client.set_leverage(47, S)
    assert "for 54x and another for 60x went" in warnings(caplog)[-1]
    caplog.clear()
    client.set_leverage(60, S)
    assert "for 54x went" in warnings(caplog)[-1]


@pytest.mark.parametrize("kind", ["async", "pro"])
def test_a_late_copy_of_a_cancelled_call_is_told(emulator: Emulator, client: Any, caplog: Any) -> None:
    """Whoever gave up waiting, with a time limit of his own for example, has a request under way as well."""

    async def cancelled() -> None:
        call = asyncio.ensure_future(client.exchange.set_leverage(54, S))
        while not emulator.writes:
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])

    emulator.fail(Fault("stall", seconds=3600))
    client.run(cancelled())
    client.set_leverage(47, S)
    assert "an earlier request for 54x went unanswered" in warnings(caplog)[-1]
    emulator.release()
    assert emulator.account.figures(P, ID).cross == 54


def test_what_cannot_arrive_is_not_told(emulator: Emulator, unanswered: Any, caplog: Any, monkeypatch: Any) -> None:
    """What was turned away; another contract; the same figure; after the time for which its timestamp is good."""
    client = unanswered()
    emulator.fail(Fault("too_many"))
    with pytest.raises(ccxt.DDoSProtection):
        client.set_leverage(33, S)
    client = unanswered(54)
    client.set_leverage(47, "ETH/USDT:USDT")
    client.set_leverage(54, S)
    monkeypatch.setattr(remembered, "LATE", 0.0)
    client.set_leverage(47, S)
    assert warnings(caplog) == []
