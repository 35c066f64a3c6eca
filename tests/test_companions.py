"""fetch_leverage, fetch_margin_mode, set_margin_mode, set_position_mode: on both account types, of one mind."""

from __future__ import annotations

import itertools
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext.emulator import Emulator, Fault, Quirks

S, P, ID = "BTC/USDT:USDT", "USDT-FUTURES", "BTCUSDT"


@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.parametrize(("margin", "hedged"), list(itertools.product(("cross", "isolated"), (False, True))))
def test_agree_with_each_other(emulator: Emulator, client: Any, unified: bool, margin: str, hedged: bool) -> None:
    """What is set is what is fetched, and what the account holds."""
    account = emulator.account
    account.unified = unified
    client.set_position_mode(hedged, S)
    client.set_margin_mode(margin, S)
    client.set_leverage(9, S, {"holdSide": "both"})
    leverage = client.fetch_leverage(S)
    assert client.fetch_margin_mode(S)["marginMode"] == leverage["marginMode"] == margin
    assert (leverage["symbol"], bool(leverage["info"])) == (S, True)
    told = (leverage["longLeverage"], leverage["shortLeverage"])
    # A unified account's settings have one figure, which is no side's in isolated hedge mode.
    assert told == ((None, None) if unified and hedged and margin == "isolated" else (9, 9))
    figures = account.figures(P, ID)
    assert (figures.cross if margin == "cross" else figures.long) == 9
    assert account.position_mode(P) == ("hedge_mode" if hedged else "one_way_mode")


def test_unified_without_a_row(emulator: Emulator, client: Any) -> None:
    """A symbol that was never touched: the exchange's default mode, and no figure that nobody told."""
    emulator.account.unified = True
    assert client.fetch_margin_mode(S)["marginMode"] == "cross"
    leverage = client.fetch_leverage(S)
    assert (leverage["marginMode"], leverage["longLeverage"], leverage["shortLeverage"]) == ("cross", None, None)
    client.set_margin_mode("isolated", S)
    assert client.fetch_margin_mode(S)["marginMode"] == client.fetch_leverage(S)["marginMode"] == "isolated"


def test_unified_margin_mode_is_a_declaration(emulator: Emulator, client: Any) -> None:
    """No endpoint: one read, no write; every later leverage carries it, for this symbol alone, until another is declared."""
    emulator.account.unified = True
    emulator.account.set_position_mode(P, "one_way_mode")
    client.fetch_leverage(S)
    emulator.clear()
    answer = client.set_margin_mode("isolated", S)
    assert (answer["code"], answer["data"]["marginMode"]) == ("00000", "isolated")
    assert [request.method for request in emulator.requests] == ["GET"]
    for symbol, mode in ((S, "isolated"), (S, "isolated"), ("ETH/USDT:USDT", "crossed")):
        client.set_leverage(9, symbol)
        assert emulator.writes[-1].body["marginMode"] == mode
    client.set_margin_mode("CROSS", S)
    client.set_leverage(8, S)
    assert emulator.writes[-1].body["marginMode"] == "crossed"
    assert emulator.account.figures(P, ID).cross == 8


@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.parametrize("mode", ["portfolio", "", None, 1])
def test_unknown_margin_mode(emulator: Emulator, client: Any, unified: bool, mode: Any) -> None:
    """Refused before anything is sent, on both account types."""
    emulator.account.unified = unified
    with pytest.raises(ccxt.BadRequest, match="'cross' or 'isolated'"):
        client.set_margin_mode(mode, S)
    assert emulator.requests == []


def test_margin_mode_wants_a_symbol(emulator: Emulator, client: Any) -> None:
    """As in ccxt."""
    with pytest.raises(ccxt.ArgumentsRequired, match="symbol"):
        client.set_margin_mode("cross")


@pytest.mark.parametrize("symbol", ["BTC/USDT", "NOPE"])
@pytest.mark.parametrize("unified", [False, True])
def test_margin_mode_of_no_contract(emulator: Emulator, client: Any, unified: bool, symbol: str) -> None:
    """A declaration is checked as a request is."""
    emulator.account.unified = unified
    with pytest.raises(ccxt.BadSymbol):
        client.set_margin_mode("cross", symbol)


@pytest.mark.parametrize("switch", ["position", "orders", "same mode refused"])
def test_locked_margin_mode(emulator: Emulator, client: Any, switch: str) -> None:
    """45117: success if the mode is already the one asked for, OperationRejected with the mode in force otherwise."""
    account = emulator.account
    account.set_margin_mode(P, ID, "isolated")
    emulator.quirks = Quirks(same_margin_mode="refused")
    if switch != "same mode refused":
        account.busy(P, ID, **{switch: True})
        with pytest.raises(ccxt.OperationRejected, match=r"45117.*stays in isolated"):
            client.set_margin_mode("cross", S)
        assert account.margin_mode(P, ID) == "isolated"
    assert client.set_margin_mode("isolated", S)["code"] == "00000"
    assert account.margin_mode(P, ID) == "isolated"


@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.parametrize("hedged", [False, True])
def test_the_same_position_mode_with_a_position_open(
    emulator: Emulator, client: Any, unified: bool, hedged: bool
) -> None:
    """40920 for the mode that is in force already is success: a bot that is started again says it each time."""
    account = emulator.account
    account.unified = unified
    account.set_position_mode(P, "hedge_mode" if hedged else "one_way_mode")
    account.busy(P, ID, position=True)
    assert client.set_position_mode(hedged)["code"] == "00000"
    refused = [request.code for request in emulator.requests if request.method == "POST"][-1]
    assert refused == ("25107" if unified else "40920")


@pytest.mark.parametrize("unified", [False, True])
def test_locked_position_mode(emulator: Emulator, client: Any, unified: bool) -> None:
    """40920 is an OperationRejected, and is not remembered as done."""
    account = emulator.account
    account.unified = unified
    account.set_position_mode(P, "hedge_mode")
    account.busy(P, ID, position=True)
    with pytest.raises(ccxt.OperationRejected, match="25107" if unified else "40920"):
        client.set_position_mode(False, S)
    assert account.position_mode(P) == "hedge_mode"
    with pytest.raises(ccxt.ArgumentsRequired):
        client.set_leverage(9, S, {"marginMode": "isolated"} if unified else {}) if unified else (
            account.set_margin_mode(P, ID, "isolated"),
            client.set_leverage(9, S),
        )


@pytest.mark.parametrize(
    ("args", "product_type"),
    [
        ((True,), "USDT-FUTURES"),
        ((True, None, {"productType": "COIN-FUTURES"}), "COIN-FUTURES"),
        ((True, None, {"productType": "cmcbl"}), "USDC-FUTURES"),
        ((True, "SBTC/SUSD:SBTC"), "SCOIN-FUTURES"),
        ((True, None, {"productType": "susdt-futures"}), "SUSDT-FUTURES"),
        ((True, None, {"subType": "inverse"}), "COIN-FUTURES"),
    ],
)
def test_position_mode_is_a_product_types(
    emulator: Emulator, client: Any, args: tuple[Any, ...], product_type: str
) -> None:
    """Named by the symbol, by productType, or ccxt's default."""
    for name in ("USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES", "SUSDT-FUTURES", "SCOIN-FUTURES"):
        emulator.account.set_position_mode(name, "one_way_mode")
    client.set_position_mode(*args)
    assert emulator.requests[-1].body == {"posMode": "hedge_mode", "productType": product_type}
    assert emulator.account.position_mode(product_type) == "hedge_mode"


@pytest.mark.parametrize("method", ["fetch_leverage", "fetch_margin_mode"])
@pytest.mark.parametrize("unified", [False, True])
def test_fetch_errors(emulator: Emulator, client: Any, method: str, unified: bool) -> None:
    """A spot symbol, an S product on a unified account, a fault that stays: ccxt errors."""
    emulator.account.unified = unified
    with pytest.raises(ccxt.BadSymbol, match="BTC/USDT:USDT"):
        getattr(client, method)("BTC/USDT")
    if unified:
        with pytest.raises(ccxt.NotSupported):
            getattr(client, method)("SBTC/SUSDT:SUSDT")
        assert client.exchange.options["uta"] is True
    getattr(client, method)(S)
    path = "settings" if unified else "account/account"
    emulator.fail(Fault("refuse", path=path, code="40309", msg="The symbol has been removed", times=None))
    with pytest.raises(ccxt.BadSymbol, match="40309"):
        getattr(client, method)(S)


@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.parametrize(("product", "symbol"), [("COIN-FUTURES", "BTC/USD:BTC"), ("USDC-FUTURES", "BTC/USDC:USDC")])
def test_other_products(emulator: Emulator, client: Any, unified: bool, product: str, symbol: str) -> None:
    """The companions on the other product types."""
    emulator.account.unified = unified
    client.set_position_mode(False, symbol)
    client.set_margin_mode("isolated", symbol)
    client.set_leverage(9, symbol)
    assert client.fetch_leverage(symbol)["shortLeverage"] == 9
    assert emulator.writes[-1].body["category" if unified else "productType"] == product


@pytest.mark.usefixtures("no_second_looks")
def test_unified_read_back(emulator: Emulator, client: Any) -> None:
    """verify='read' reads the settings: another figure is an error, a row of the other mode or none tells nothing."""
    from bitget_leverage_ext import LeverageNotApplied

    account = emulator.account
    account.unified = True
    account.set_position_mode(P, "one_way_mode")
    assert client.set_leverage(9, S, {"verify": "read"})["longLeverage"] == 9
    emulator.fail(Fault("lie", times=None))
    with pytest.raises(LeverageNotApplied, match=r"crossed.*9x"):
        client.set_leverage(11, S, {"verify": "read"})
    for symbol, params in ((S, {"marginMode": "isolated"}), ("ETH/USDT:USDT", {})):
        told = client.set_leverage(11, symbol, {"verify": "read", **params})
        assert (told["longLeverage"], told["shortLeverage"]) == (None, None)
    assert client.set_leverage(11, S)["longLeverage"] == 11  # what the reply alone can tell
