"""ccxt's own class works with the emulator unchanged."""

from __future__ import annotations

from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest
from emulator_client import USDT

from bitget_leverage_ext.emulator import Emulator

# unified symbol -> id, margin coin, product type
SYMBOLS = {
    "BTC/USDT:USDT": ("BTCUSDT", "USDT", "USDT-FUTURES"),
    "BTC/USDC:USDC": ("BTCPERP", "USDC", "USDC-FUTURES"),
    "BTC/USD:BTC": ("BTCUSD", "BTC", "COIN-FUTURES"),
    "BTC/USD:BTC-270326": ("BTCUSDH27", "BTC", "COIN-FUTURES"),
    "SBTC/SUSDT:SUSDT": ("SBTCSUSDT", "SUSDT", "SUSDT-FUTURES"),
    "SBTC/SUSDC:SUSDC": ("SBTCSPERP", "SUSDC", "SUSDC-FUTURES"),
    "SBTC/SUSD:SBTC": ("SBTCSUSD", "SBTC", "SCOIN-FUTURES"),
    "SETH/SUSD:SETH": ("SETHSUSD", "SETH", "SCOIN-FUTURES"),
    "SBTC/SUSD:SBTC-270326": ("SBTCSUSDH27", "SBTC", "SCOIN-FUTURES"),
}


def account_type(unified: bool) -> dict[str, Any]:
    """Return the options that name the account type to an older ccxt, which does not ask the exchange."""
    return {} if hasattr(ccxt.bitget, "handle_uta_and_params") else {"uta": unified}


def test_classic(emulator: Emulator) -> None:
    exchange = ccxt.bitget(emulator.config(enableRateLimit=False))
    exchange.load_markets()
    assert len([each for each in exchange.markets.values() if each["swap"]]) > 100
    for symbol, (id, coin, product_type) in SYMBOLS.items():
        exchange.set_leverage(7, symbol)
        sent = {"symbol": id, "leverage": "7", "marginCoin": coin, "productType": product_type}
        assert emulator.writes[-1].body == sent
        assert exchange.fetch_leverage(symbol)["longLeverage"] == 7
    assert exchange.options["uta"] is False
    assert exchange.market("SBTC/SUSDT:SUSDT")["limits"]["leverage"]["max"] is None
    assert exchange.market("BTC/USDT:USDT")["limits"]["leverage"] == {"min": 1, "max": 150}
    exchange.set_position_mode(True, "BTC/USDT:USDT")
    exchange.set_margin_mode("isolated", "BTC/USDT:USDT")
    with pytest.raises(ccxt.InvalidOrder, match="hold side is null"):
        exchange.set_leverage(7, "BTC/USDT:USDT")
    assert exchange.fetch_positions() == []


def test_unified(emulator: Emulator) -> None:
    emulator.account.unified = True
    exchange = ccxt.bitget(emulator.config(enableRateLimit=False, options=account_type(True)))
    exchange.load_markets()
    exchange.set_leverage(7, "BTC/USDT:USDT")
    assert exchange.options["uta"] is True
    assert emulator.account.leverages(*USDT).cross == 7
    exchange.set_position_mode(False)
    assert emulator.account.position_mode("USDT-FUTURES") == "one_way_mode"
    with pytest.raises(ccxt.ExchangeError, match="40085"):
        exchange.set_margin_mode("isolated", "BTC/USDT:USDT")


def test_a_clock_of_its_own() -> None:
    """A client that adjusts for the time difference works with any clock of the emulator."""
    with Emulator(clock=lambda: 1_700_000_000_000) as emulator:
        exchange = ccxt.bitget(
            emulator.config(enableRateLimit=False, options={"adjustForTimeDifference": True, "uta": False})
        )
        reply = exchange.set_leverage(7, "BTC/USDT:USDT")
        assert int(reply["requestTime"]) == 1_700_000_000_000  # a text in an older ccxt


@pytest.mark.parametrize("is_unified", [False, True])
def test_trades(emulator: Emulator, is_unified: bool) -> None:
    """Trades name their order, cost and fee, for every product type."""
    emulator.account.unified = is_unified
    exchange = ccxt.bitget(emulator.config(enableRateLimit=False, options=account_type(is_unified)))
    for symbol in ("BTC/USDT:USDT", "BTC/USDC:USDC", "BTC/USD:BTC"):
        order = exchange.create_order(symbol, "market", "buy", 0.01, None, {"hedged": True})
        since = exchange.fetch_order(order["id"], symbol)["timestamp"] - 5000
        trade = exchange.fetch_my_trades(symbol, since)[0]
        assert (trade["order"], trade["symbol"], trade["amount"]) == (order["id"], symbol, 0.01)
        assert trade["cost"]
        assert trade["fee"]["cost"]
