"""Batches on an exchange that is down, and with arguments that change or cannot be shown, in three clients."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest
from clients import perpetuals

from bitget_leverage_ext.emulator import Emulator, Fault

P = "USDT-FUTURES"


@pytest.mark.parametrize("fault", ["drop", "page", "empty"])
@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.usefixtures("no_waiting")
def test_an_exchange_that_is_down(emulator: Emulator, connect: Any, kind: str, fault: str, unified: bool) -> None:
    """After three deadlines in a row the rest is not attempted: nothing is sent for it, and its errors say so."""
    emulator.account.unified = unified
    emulator.account.set_position_mode(P, "one_way_mode")
    client = connect(options={"uta": unified, "setLeverage": {"deadline": 0.05}})
    symbols = perpetuals(client, 40)
    emulator.fail(Fault(fault, path="set-leverage", times=None))
    outcomes = client.set_leverages(dict.fromkeys(symbols, 7))
    attempted = {write.body["symbol"] for write in emulator.writes}
    under_way = 0 if kind == "sync" else (10 if unified else 5) - 1  # when the third is given up
    assert 3 <= len(attempted) <= 3 + under_way
    assert len(emulator.writes) > len(attempted)  # each until its deadline
    for symbol, error in outcomes.items():
        assert isinstance(error, ccxt.OperationFailed)
        tried = client.exchange.markets[symbol]["id"] in attempted
        assert ("no better within 0.05 s" in str(error)) is tried
        assert ("not attempted, nothing was sent" in str(error)) is not tried


def test_an_exchange_that_answers_now_and_then(emulator: Emulator, connect: Any, kind: str) -> None:
    """Two deadlines and a reply are not three in a row: every symbol is attempted."""
    if kind != "sync":
        pytest.skip("with several under way, what comes in a row is chance")
    client = connect(options={"uta": False, "setLeverage": {"deadline": 0}})
    symbols = perpetuals(client, 12)
    for passed in range(4):
        emulator.fail(Fault("drop", times=2, after=passed))
    outcomes = client.set_leverages(dict.fromkeys(symbols, 7))
    assert [isinstance(outcome, ccxt.NetworkError) for outcome in outcomes.values()] == [True, True, False] * 4
    assert len(emulator.writes) == 12


# --- callers ---


def test_a_mapping_that_changes(emulator: Emulator, client: Any) -> None:
    """A mapping that the caller changes meanwhile does not change the batch."""
    account = emulator.account
    leverages: dict[str, Any] = {"BTC/USDT:USDT": 7, "ETH/USDT:USDT": {"leverage": 8}}

    def change(done: int, total: int, symbol: str, outcome: Any) -> None:
        leverages["XRP/USDT:USDT"] = 9
        if "ETH/USDT:USDT" in leverages:
            leverages.pop("ETH/USDT:USDT")["leverage"] = 99

    outcomes = client.set_leverages(leverages, {}, change)
    assert [outcome["longLeverage"] for outcome in outcomes.values()] == [7, 8]
    assert (account.figures(P, "ETHUSDT").cross, account.figures(P, "XRPUSDT").cross) == (8, 20)


class Unprintable:
    """An object without a text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def test_a_key_that_cannot_be_shown(emulator: Emulator, client: Any) -> None:
    """A symbol or a leverage without a text is an error of its own entry alone."""
    key = Unprintable()
    outcomes = client.set_leverages({key: 5, "BTC/USDT:USDT": Unprintable(), 5: 5, "ETH/USDT:USDT": 8})
    assert type(outcomes[key]) is type(outcomes[5]) is ccxt.BadSymbol
    assert type(outcomes["BTC/USDT:USDT"]) is ccxt.BadRequest
    assert outcomes["ETH/USDT:USDT"]["longLeverage"] == 8
    assert [write.body["symbol"] for write in emulator.writes] == ["ETHUSDT"]


def test_set_leverage_of_a_subclass(emulator: Emulator, client: Any, kind: str) -> None:
    """A batch calls the set_leverage of a subclass with the entry's arguments; its errors become ccxt errors."""
    calls = []
    ours = type(client.exchange)

    class Sync(ours):  # type: ignore[misc,valid-type]
        def set_leverage(self, leverage: Any, symbol: Any = None, params: Any = {}) -> Any:  # noqa: B006
            calls.append((leverage, symbol, params))
            if symbol == "ETH/USDT:USDT":
                raise ZeroDivisionError("of the subclass")
            return ours.set_leverage(self, min(leverage, 3), symbol, params)

    class Async(Sync):
        async def set_leverage(self, *args: Any) -> Any:
            return await super().set_leverage(*args)

    client.exchange.__class__ = Sync if kind == "sync" else Async
    outcomes = client.set_leverages({"BTC/USDT:USDT": {"leverage": 9, "side": "long"}, "ETH/USDT:USDT": 9})
    assert sorted(calls, key=str) == [(9, "BTC/USDT:USDT", {"holdSide": "long"}), (9, "ETH/USDT:USDT", {})]
    assert outcomes["BTC/USDT:USDT"]["longLeverage"] == 3
    assert isinstance(outcomes["ETH/USDT:USDT"], ccxt.ExchangeError)
    assert [write.body["leverage"] for write in emulator.writes] == ["3"]
