"""Two demo worlds that do not mix: S-coins with an ordinary key, and a demo key with the header."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext.emulator import Emulator, Quirks

DEMO = [
    ("SBTC/SUSDT:SUSDT", "SUSDT-FUTURES", "SBTCSUSDT"),
    ("SBTC/SUSD:SBTC", "SCOIN-FUTURES", "SBTCSUSD"),
    ("SETH/SUSD:SETH", "SCOIN-FUTURES", "SETHSUSD"),
    ("SETH/SUSDC:SUSDC", "SUSDC-FUTURES", "SETHSPERP"),
]
ORDINARY = [
    ("BTC/USDT:USDT", "USDT-FUTURES", "BTCUSDT"),
    ("BTC/USD:BTC", "COIN-FUTURES", "BTCUSD"),
    ("BTC/USDC:USDC", "USDC-FUTURES", "BTCPERP"),
]


def headed(emulator: Emulator) -> set[bool]:
    return {"paptrading" in request.headers for request in emulator.requests}


@pytest.mark.parametrize("sandbox", [False, True])
@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize(("symbol", "product_type", "id"), DEMO)
def test_s_coins(
    emulator: Emulator, connect: Callable[..., Any], symbol: str, product_type: str, id: str, sandbox: bool, by_id: bool
) -> None:
    """An ordinary key, no header on any request of the flow, no probe; also in sandbox mode, from the first call on."""
    client = connect(cold=True)
    client.exchange.set_sandbox_mode(sandbox)
    name = id if by_id else symbol
    emulator.account.set_position_mode(product_type, "hedge_mode")
    client.set_margin_mode("isolated", name)
    result = client.set_leverage(10, name, {"holdSide": "long", "verify": "read"})
    assert (result["symbol"], result["longLeverage"], result["marginMode"]) == (symbol, 10, "isolated")
    assert client.fetch_leverage(name)["longLeverage"] == 10
    assert client.fetch_margin_mode(name)["marginMode"] == "isolated"
    client.set_position_mode(False, name)
    assert emulator.account.figures(product_type, id).long == 10
    assert emulator.account.position_mode(product_type) == "one_way_mode"
    assert headed(emulator) == {False}
    assert "/api/v3/account/settings" not in {request.path for request in emulator.requests}


@pytest.mark.parametrize(("symbol", "product_type", "id"), ORDINARY)
def test_demo_key(emulator: Emulator, connect: Callable[..., Any], symbol: str, product_type: str, id: str) -> None:
    """A demo key: the header on every request, ordinary products."""
    account = emulator.add_account(environment="demo")
    client = connect(account, cold=True)
    client.exchange.set_sandbox_mode(True)
    client.set_leverage(10, symbol)
    assert account.figures(product_type, id).cross == 10
    bare = [request for request in emulator.requests if "paptrading" not in request.headers]
    assert {request.query["productType"] for request in bare} <= {"SUSDT-FUTURES", "SCOIN-FUTURES", "SUSDC-FUTURES"}


def test_flows_do_not_disturb_each_other(emulator: Emulator, connect: Callable[..., Any]) -> None:
    """After an S-coin call in sandbox mode, an ordinary one carries the header again."""
    client = connect()
    client.exchange.set_sandbox_mode(True)
    client.set_leverage(10, "SBTC/SUSDT:SUSDT")
    emulator.clear()
    with pytest.raises(ccxt.AuthenticationError):
        client.set_leverage(10, "BTC/USDT:USDT")
    assert headed(emulator) == {True}


@pytest.mark.parametrize(
    ("environment", "sandbox", "symbol"),
    [
        ("live", True, "BTC/USDT:USDT"),
        ("demo", False, "BTC/USDT:USDT"),
        ("demo", True, "SBTC/SUSDT:SUSDT"),
        ("demo", False, "SBTC/SUSDT:SUSDT"),
    ],
)
def test_wrong_pairing(
    emulator: Emulator, connect: Callable[..., Any], environment: Any, sandbox: bool, symbol: str
) -> None:
    """40099 becomes an error that says which key and which products go together."""
    client = connect(emulator.add_account(environment=environment), cold=True)
    client.exchange.set_sandbox_mode(sandbox)
    with pytest.raises(ccxt.AuthenticationError, match=r"40099.*demo key needs set_sandbox_mode\(True\).*ordinary key"):
        client.set_leverage(10, symbol)
    assert all(write.code != "00000" for write in emulator.writes)


def test_real_coin_with_the_id_of_an_s_coin(emulator: Emulator, connect: Callable[..., Any]) -> None:
    """SANTOSUSDT ends like an S-coin's id; the loaded market says that it is none, and a demo key trades it."""
    account = emulator.add_account(environment="demo")
    client = connect(account, cold=True)
    client.exchange.set_sandbox_mode(True)
    client.set_leverage(10, "SANTOSUSDT")
    assert account.figures("USDT-FUTURES", "SANTOSUSDT").cross == 10
    assert "paptrading" in emulator.writes[-1].headers


@pytest.mark.parametrize(("symbol", "product_type", "id"), DEMO)
def test_s_coins_gone(emulator: Emulator, client: Any, symbol: str, product_type: str, id: str) -> None:
    """Should Bitget stop serving them: BadSymbol."""
    emulator.quirks = Quirks(s_products="gone")
    with pytest.raises(ccxt.BadSymbol, match="40034"):
        client.set_leverage(10, symbol)


def test_demo_contracts_may_have_no_limits(emulator: Emulator, client: Any) -> None:
    """Without a local limit the exchange's own answer decides."""
    assert client.exchange.markets["SBTC/SUSDT:SUSDT"]["limits"]["leverage"] == {"min": None, "max": None}
    assert client.set_leverage(125, "SBTC/SUSDT:SUSDT")["longLeverage"] == 125
    with pytest.raises(ccxt.BadRequest, match="400172.*lower the leverage"):
        client.set_leverage(900, "SBTC/SUSDT:SUSDT")


@pytest.mark.parametrize("sandbox", [False, True])
def test_position_mode_of_s_products_by_name(emulator: Emulator, connect: Callable[..., Any], sandbox: bool) -> None:
    """Named by productType alone: no probe, no header."""
    client = connect(cold=True)
    client.exchange.set_sandbox_mode(sandbox)
    client.set_position_mode(False, None, {"productType": "SUSDC-FUTURES"})
    assert [request.path for request in emulator.requests] == ["/api/v2/mix/account/set-position-mode"]
    assert headed(emulator) == {False}
    assert emulator.account.position_mode("SUSDC-FUTURES") == "one_way_mode"
