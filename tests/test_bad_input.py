"""Bad input, in three clients: the class, a message with value, limit and way out, and nothing on the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext.emulator import Emulator

S = "BTC/USDT:USDT"


@pytest.mark.parametrize(
    ("leverage", "symbol", "params", "error", "message"),
    [
        (0, S, {}, ccxt.BadRequest, "leverage 0 .*1"),
        (-5, S, {}, ccxt.BadRequest, "leverage -5"),
        (151, S, {}, ccxt.BadRequest, "leverage 151 .*1 to 150"),
        (6, "BTW/USDT:USDT", {}, ccxt.BadRequest, "leverage 6 .*1 to 5"),
        (None, S, {"longLeverage": 10, "shortLeverage": 151}, ccxt.BadRequest, "leverage 151 .*1 to 150"),
        (3.7, S, {}, ccxt.BadRequest, r"leverage 3.7 .*fractional='floor'"),
        (True, S, {}, ccxt.BadRequest, "leverage True"),
        (float("nan"), S, {}, ccxt.BadRequest, "leverage nan"),
        (float("inf"), S, {}, ccxt.BadRequest, "leverage inf"),
        (None, S, {}, ccxt.BadRequest, "leverage is missing"),
        ("ten", S, {}, ccxt.BadRequest, "leverage 'ten'"),
        (10, S, {"holdSide": "sideways"}, ccxt.BadRequest, "'long', 'short' or 'both'"),
        (10, S, {"holdSide": "buy"}, ccxt.BadRequest, "'long', 'short' or 'both'"),
        (10, S, {"holdSide": "long", "posSide": "short"}, ccxt.BadRequest, "disagree"),
        (10, S, {"productType": "SUSDT-FUTURES"}, ccxt.BadRequest, "SBTC/SUSDT:SUSDT"),
        (10, S, {"marginCoin": "susdt"}, ccxt.BadRequest, "SBTC/SUSDT:SUSDT"),
        (10, "BTC/USD:BTC", {"marginCoin": "DOGE"}, ccxt.BadRequest, "takes BTC"),
        (10, "BTC/USDT", {}, ccxt.BadSymbol, "did you mean BTC/USDT:USDT"),
        (10, "NOPE/USDT:USDT", {}, ccxt.BadSymbol, "NOPE/USDT:USDT"),
        (10, "BTCUSDT_UMCBL", {}, ccxt.BadSymbol, "did you mean BTC/USDT:USDT"),
        (10, None, {}, ccxt.ArgumentsRequired, "symbol"),
        (10, S, {"marginMode": "portfolio"}, ccxt.BadRequest, "'cross' or 'isolated'"),
        (10, S, {"hedged": "no"}, ccxt.BadRequest, "hedged 'no'"),
    ],
)
def test_bad_input(
    emulator: Emulator, client: Any, leverage: Any, symbol: Any, params: Any, error: type[Exception], message: str
) -> None:
    """Refused locally: neither a read nor a write goes out."""
    client.load_markets()
    emulator.clear()
    with pytest.raises(error, match=message) as caught:
        client.set_leverage(leverage, symbol, params)
    assert type(caught.value) is error
    assert emulator.requests == []


def test_bad_option(emulator: Emulator, connect: Callable[..., Any]) -> None:
    """A misspelt option is told, not ignored."""
    client = connect(options={"setLeverage": {"holdsides": "both"}})
    with pytest.raises(ccxt.BadRequest, match="holdsides"):
        client.set_leverage(10, S)
    assert emulator.requests == []


def test_rounding_down_is_told(emulator: Emulator, connect: Callable[..., Any], caplog: Any) -> None:
    """Whoever asked for 3.7 goes on reckoning with 3.7, unless the log says 3."""
    client = connect(options={"setLeverage": {"fractional": "floor"}})
    with caplog.at_level("WARNING", "bitget_leverage_ext"):
        client.set_leverage(3.7, S)
        client.set_leverage(4.0, S)
    assert [record.getMessage() for record in caplog.records] == [
        "BTC/USDT:USDT: leverage 3.7 is rounded down to 3; reckon with that"
    ]


def test_dropped_side_is_told(emulator: Emulator, client: Any, caplog: Any) -> None:
    """A side that crossed margin has no use for is dropped, and the log says so."""
    with caplog.at_level("INFO", "bitget_leverage_ext"):
        client.set_leverage(4, S, {"holdSide": "short"})
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "holdSide short is dropped" in caplog.text


def test_unchanged_config_and_params(emulator: Emulator, connect: Callable[..., Any]) -> None:
    """Neither params nor the config's options are ever changed."""
    account = emulator.account
    account.set_position_mode("USDT-FUTURES", "hedge_mode")
    account.set_margin_mode("USDT-FUTURES", "BTCUSDT", "isolated")
    options = {"setLeverage": {"holdSide": "both", "verify": "read"}}
    params = {"fractional": "floor", "marginCoin": "usdt", "productType": "usdt-futures", "custom": "1"}
    client = connect(options=options)
    client.set_leverage(7.9, S, params)
    assert account.figures("USDT-FUTURES", "BTCUSDT").long == account.figures("USDT-FUTURES", "BTCUSDT").short == 7
    assert options == {"setLeverage": {"holdSide": "both", "verify": "read"}}
    assert params == {"fractional": "floor", "marginCoin": "usdt", "productType": "usdt-futures", "custom": "1"}
    assert emulator.writes[-1].body == {
        "symbol": "BTCUSDT",
        "productType": "USDT-FUTURES",
        "marginCoin": "USDT",
        "longLeverage": "7",
        "shortLeverage": "7",
        "custom": "1",
    }
