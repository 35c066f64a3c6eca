"""Faults of the network and the exchange: repeated, and then success or the ccxt error; never anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext.emulator import Emulator, Fault

S = "BTC/USDT:USDT"
SET = "set-leverage"

FAULTS: dict[str, dict[str, Any]] = {
    "drop": {},
    "drop_after": {},
    "stall": {"seconds": 30},
    "stall_after": {"seconds": 30},
    "page": {"status": 502},
    "page 500": {"status": 500},
    "page 503": {"status": 503},
    "page 504": {"status": 504},
    "page 524": {"status": 524},
    "too_many": {},
    "truncate": {},
    "cut": {},
    "empty": {},
    "text": {},
    "refuse": {"code": "50000", "msg": "system error", "status": 500},
}


pytestmark = pytest.mark.usefixtures("no_waiting")


# ccxt's default; a busy machine may take its time for a reply that is on its way.
PATIENT = 10_000


def fault(name: str, **more: Any) -> Fault:
    return Fault(name.split()[0], **{"path": SET, **FAULTS[name], **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.parametrize("name", FAULTS)
def test_passing_fault(emulator: Emulator, connect: Callable[..., Any], name: str, unified: bool) -> None:
    """One fault, before or after the write took effect: repeated, and the account has what was asked."""
    emulator.account.unified = unified
    client = connect()
    client.set_leverage(7, S)
    client.exchange.timeout = 300 if "stall" in name else PATIENT
    emulator.clear()
    emulator.fail(fault(name))
    result = client.set_leverage(10, S)
    assert result["longLeverage"] == 10
    assert emulator.account.figures("USDT-FUTURES", "BTCUSDT").cross == 10
    assert len(emulator.writes) == 2


@pytest.mark.parametrize("name", FAULTS)
def test_lasting_fault(emulator: Emulator, connect: Callable[..., Any], name: str) -> None:
    """A fault that stays is raised as ccxt raises it, at the deadline: its cause in one line, and what is not known."""
    client = connect(options={"setLeverage": {"deadline": 0.05}})
    client.set_leverage(7, S)
    client.exchange.timeout = 100 if "stall" in name else PATIENT
    emulator.clear()
    emulator.fail(fault(name, times=None))
    with pytest.raises(ccxt.ExchangeError if name == "refuse" else ccxt.OperationFailed) as caught:
        client.set_leverage(10, S)
    assert type(caught.value.__cause__) is type(caught.value)
    assert "\n" not in str(caught.value)
    assert "no better within 0.05 s" in str(caught.value)
    # a 429 was turned away; whatever else happened to a write, it may have happened after it took effect
    assert ("may or may not have been applied" in str(caught.value)) is (name != "too_many")
    assert len(emulator.writes) > 1


@pytest.mark.parametrize("name", ["drop", "page", "too_many", "empty", "cut"])
def test_fault_on_the_read(emulator: Emulator, client: Any, name: str) -> None:
    """The read of the account is repeated as well."""
    client.load_markets()
    emulator.fail(fault(name, path="account/account"))
    assert client.set_leverage(10, S)["longLeverage"] == 10
    assert [request.path.rsplit("/", 1)[1] for request in emulator.requests][-3:] == [
        "account",
        "account",
        "set-leverage",
    ]


@pytest.mark.parametrize("deadline", [0, 0.0])
def test_no_patience(emulator: Emulator, connect: Callable[..., Any], deadline: float) -> None:
    """A deadline of 0 means one try."""
    client = connect(options={"setLeverage": {"deadline": deadline}})
    client.set_leverage(7, S)
    emulator.clear()
    emulator.fail(fault("drop"))
    with pytest.raises(ccxt.NetworkError):
        client.set_leverage(10, S)
    assert len(emulator.writes) == 1


@pytest.mark.parametrize("name", ["drop", "page", "too_many", "empty", "cut", "text"])
def test_passing_fault_while_loading_markets(emulator: Emulator, connect: Callable[..., Any], name: str) -> None:
    """A list of contracts that is none is not taken for an empty one: it is asked for again."""
    client = connect(cold=True)
    emulator.fail(fault(name, path="/market/contracts"))
    client.set_leverage(10, S)
    assert emulator.account.figures("USDT-FUTURES", "BTCUSDT").cross == 10


@pytest.mark.parametrize("name", ["drop", "stall", "page", "too_many", "empty", "cut"])
def test_fault_while_loading_markets(emulator: Emulator, connect: Callable[..., Any], name: str) -> None:
    """Loading the markets is ccxt's own; whatever it meets, only a ccxt error comes out, and nothing is written."""
    client = connect(cold=True, timeout=200 if name == "stall" else PATIENT, options={"setLeverage": {"deadline": 0.2}})
    emulator.fail(fault(name, path="/market/contracts", times=None))
    with pytest.raises(ccxt.OperationFailed):
        client.set_leverage(10, S)
    assert emulator.writes == []


@pytest.mark.parametrize("wrong", ["top\nsecret", "top\u4e2dsecret"])
@pytest.mark.parametrize("name", ["apiKey", "password"])
def test_keys_that_no_header_may_carry(emulator: Emulator, connect: Callable[..., Any], name: str, wrong: str) -> None:
    """A stray character in a key is told at once, without the key; it is no fault of the network."""
    client = connect(**{name: wrong})
    with pytest.raises(ccxt.AuthenticationError, match=f"check {name} for stray characters") as caught:
        client.set_leverage(10, S)
    error = caught.value
    for shown in (error, error.__cause__, error.__context__):
        assert "top" not in repr(shown)
    assert emulator.writes == []
