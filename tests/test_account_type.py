"""Classic or unified: one probe, nothing remembered but an answer, and corrected where the account has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext.emulator import Emulator, Fault

S = "BTC/USDT:USDT"
SETTINGS = "/api/v3/account/settings"

FAULTS = {
    "time-out": (Fault("stall", path=SETTINGS, seconds=30), ccxt.RequestTimeout),
    "429": (Fault("too_many", path=SETTINGS), ccxt.DDoSProtection),
    "502": (Fault("page", path=SETTINGS, status=502), ccxt.ExchangeNotAvailable),
    "40099": (
        Fault("refuse", path=SETTINGS, code="40099", msg="exchange environment is incorrect"),
        ccxt.AuthenticationError,
    ),
    # more than once: aiohttp itself repeats a GET whose kept-alive connection is gone
    "dropped": (Fault("drop", path=SETTINGS, times=None), ccxt.NetworkError),
    "half a body": (Fault("cut", path=SETTINGS), ccxt.BadResponse),
    "empty": (Fault("empty", path=SETTINGS), ccxt.BadResponse),
}


def probes(emulator: Emulator) -> int:
    return sum(request.path == SETTINGS for request in emulator.requests)


# Where the probe of a classic account is answered at all, that answer says classic.
@pytest.mark.parametrize(
    ("name", "unified"),
    [(name, True) for name in FAULTS] + [(name, False) for name in ("time-out", "429", "502", "dropped")],
)
def test_fault_on_the_probe(emulator: Emulator, connect: Callable[..., Any], name: str, unified: bool) -> None:
    """A fault is no answer: it raises, is not remembered, and the next call asks again and is right."""
    emulator.account.unified = unified
    client = connect(cold=True, timeout=300 if name == "time-out" else 10_000)
    fault, error = FAULTS[name]
    emulator.fail(fault)
    with pytest.raises(error):
        client.set_leverage(10, S)
    assert client.exchange.options["uta"] is None
    assert emulator.writes == []
    emulator.heal()
    client.exchange.timeout = 10_000
    client.set_leverage(10, S)
    assert client.exchange.options["uta"] is unified
    assert emulator.account.figures("USDT-FUTURES", "BTCUSDT").cross == 10


@pytest.mark.parametrize(("code", "unified"), [("40084", False), ("25245", False)])
def test_codes_of_a_classic_account(emulator: Emulator, cold: Any, code: str, unified: bool) -> None:
    """Two codes mean classic."""
    emulator.fail(Fault("refuse", path=SETTINGS, code=code, msg="not unified"))
    cold.set_leverage(10, S)
    assert cold.exchange.options["uta"] is unified


@pytest.mark.parametrize("unified", [False, True])
def test_one_probe(emulator: Emulator, cold: Any, unified: bool) -> None:
    """Asked once, and on a unified account the answer also spares the read."""
    emulator.account.unified = unified
    cold.set_leverage(10, S)
    assert probes(emulator) == 1


def test_other_methods_do_not_mistake_a_time_out_either(emulator: Emulator, connect: Callable[..., Any]) -> None:
    """Every ccxt method that asks for the account type asks through the same probe."""
    client = connect(cold=True, timeout=300)
    emulator.fail(Fault("stall", path=SETTINGS, seconds=30))
    with pytest.raises(ccxt.RequestTimeout):
        client.load_markets()
    assert client.exchange.options["uta"] is None


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("symbol", [S, "BTC/USD:BTC"])
def test_account_changes_type_between_two_calls(emulator: Emulator, cold: Any, before: bool, symbol: str) -> None:
    """Followed in either direction, with one repetition."""
    product_type, id = (
        ("USDT-FUTURES", "BTCUSDT") if symbol == S else ("COIN-FUTURES", "BTCUSD" if before else "BTCUSD_CM")
    )
    emulator.account.unified = before
    cold.set_leverage(10, symbol)
    emulator.account.unified = not before
    emulator.clear()
    result = cold.set_leverage(12, symbol)
    assert (result["marginMode"], result["longLeverage"]) == ("cross", 12)
    assert emulator.account.figures(product_type, id).cross == 12
    assert cold.exchange.options["uta"] is not before
    assert [write.code for write in emulator.writes if write.code != "00000"] in ([], ["40084"], ["40085"])


@pytest.mark.parametrize("before", [False, True])
def test_other_methods_follow_too(emulator: Emulator, cold: Any, before: bool) -> None:
    """A ccxt method that asks for the account type is repeated once for the other type."""
    emulator.account.unified = before
    cold.load_markets()
    emulator.account.unified = not before
    emulator.clear()
    cold.fetch_balance({"type": "swap"})
    assert [request.code for request in emulator.requests] == ["40084" if before else "40085", "00000"]
    assert cold.exchange.options["uta"] is not before


@pytest.mark.parametrize(("uta", "code"), [(True, "40084"), (False, "40085")])
def test_what_the_call_asserts_stays_asserted(emulator: Emulator, cold: Any, uta: bool, code: str) -> None:
    """params['uta'] is the caller's word for this call; the exchange's contradiction is raised."""
    emulator.account.unified = not uta
    cold.load_markets()
    with pytest.raises(ccxt.ExchangeError, match=code):
        cold.set_leverage(10, S, {"uta": uta})
    assert emulator.account.figures("USDT-FUTURES", "BTCUSDT").cross == 20


@pytest.mark.parametrize("symbol", ["SBTC/SUSDT:SUSDT", "SBTC/SUSD:SBTC", "SBTCSPERP"])
@pytest.mark.parametrize("known", ["by probe", "by option", "not yet"])
def test_s_products_on_a_unified_account(
    emulator: Emulator, connect: Callable[..., Any], symbol: str, known: str
) -> None:
    """They exist on classic accounts only: NotSupported, which says why and what to do."""
    emulator.account.unified = True
    client = connect(cold=True, options={"uta": True} if known == "by option" else {})
    if known == "by probe":
        client.load_markets()
    with pytest.raises(ccxt.NotSupported, match=r"classic accounts only.*set_sandbox_mode"):
        client.set_leverage(10, symbol)
    assert all(write.code != "00000" for write in emulator.writes)


def test_real_coin_that_looks_like_an_s_coin(emulator: Emulator, connect: Callable[..., Any]) -> None:
    """SANTOSUSDT is the coin SANTOS, on a unified account as well."""
    emulator.account.unified = True
    client = connect(cold=True, options={"uta": True})
    client.set_leverage(10, "SANTOSUSDT")
    assert emulator.account.figures("USDT-FUTURES", "SANTOSUSDT").cross == 10


def test_position_mode_of_s_products_on_a_unified_account(emulator: Emulator, cold: Any) -> None:
    """Named by product type alone, the error names that."""
    emulator.account.unified = True
    cold.load_markets()
    with pytest.raises(ccxt.NotSupported, match="SUSDT-FUTURES is an S-coin"):
        cold.set_position_mode(False, None, {"productType": "SUSDT-FUTURES"})


def test_s_products_after_a_downgrade(emulator: Emulator, cold: Any) -> None:
    """Markets loaded for a unified account have no S products; once the account is classic they are listed anew."""
    emulator.account.unified = True
    cold.set_leverage(10, S)
    emulator.account.unified = False
    cold.set_leverage(11, S)
    cold.set_leverage(12, "SBTC/SUSDT:SUSDT")
    assert emulator.account.figures("SUSDT-FUTURES", "SBTCSUSDT").cross == 12


def test_what_only_memory_says_of_a_downgrade_is_no_ground_for_refusing(emulator: Emulator, client: Any) -> None:
    """An S-coin, and two figures, on an account that is remembered as unified: it is asked once more."""
    emulator.account.unified = True
    client.set_leverage(10, S)
    emulator.account.unified = False
    emulator.account.set_margin_mode("USDT-FUTURES", "BTCUSDT", "isolated")
    client.set_leverage(None, S, {"longLeverage": 11, "shortLeverage": 12})
    assert emulator.account.figures("USDT-FUTURES", "BTCUSDT").long == 11
    client.exchange.options["uta"] = True
    client.set_leverage(12, "SBTC/SUSDT:SUSDT")
    assert emulator.account.figures("SUSDT-FUTURES", "SBTCSUSDT").cross == 12
    assert client.exchange.options["uta"] is False
