"""What freqtrade needs of the class, without freqtrade: whole numbers, and a product type that it cannot name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest

import bitget_leverage_ext
from bitget_leverage_ext import freqtrade
from bitget_leverage_ext.emulator import Emulator
from bitget_leverage_ext.installing import install_with

NAMES = ("ccxt", "ccxt.async_support", "ccxt.pro")


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    install_with(freqtrade.ForFreqtrade)
    yield
    bitget_leverage_ext.uninstall()


@pytest.mark.parametrize("name", NAMES)
def test_fractions_are_rounded_down_unless_the_configuration_says_otherwise(name: str) -> None:
    cls = sys.modules[name].__dict__["bitget"]
    assert cls({}).options["setLeverage"] == {"fractional": "floor"}
    own = cls({"options": {"setLeverage": {"fractional": "reject", "verify": False}}})
    assert own.options["setLeverage"] == {"fractional": "reject", "verify": False}
    assert freqtrade.ForFreqtrade.defaults == {"fractional": "floor"}


def test_a_fraction_goes_out_as_a_whole_number(emulator: Emulator) -> None:
    """As freqtrade calls it: by keyword, with a float. A fraction is never rounded up."""
    exchange = ccxt.bitget(emulator.config(enableRateLimit=False))
    exchange.set_leverage(leverage=3.7, symbol="BTC/USDT:USDT")
    assert [write.body["leverage"] for write in emulator.writes if write.body] == ["3"]


def product_types(emulator: Emulator) -> list[Any]:
    requests = [each for each in emulator.requests if "/mix/account/" in each.path or "/mix/position/" in each.path]
    return [{**each.query, **(each.body or {})}.get("productType") for each in requests]


@pytest.mark.parametrize(("default", "expected"), [(None, "USDT-FUTURES"), ("SUSDT-FUTURES", "SUSDT-FUTURES")])
def test_the_default_product_type(emulator: Emulator, default: str | None, expected: str) -> None:
    """For what freqtrade asks without naming one: position mode, balance, positions."""
    options = {"defaultType": "swap", **({"defaultProductType": default} if default else {})}
    exchange = ccxt.bitget(emulator.config(enableRateLimit=False, options=options))
    exchange.set_position_mode(False)
    exchange.fetch_balance()
    exchange.fetch_positions()
    assert set(product_types(emulator)) == {expected}
    assert len(product_types(emulator)) >= 3


@pytest.mark.parametrize("params", [{"productType": "USDC-FUTURES"}, {"category": "USDC-FUTURES"}])
def test_what_is_named_wins_over_the_default(emulator: Emulator, params: dict[str, str]) -> None:
    """A product type in the params, and that of a market."""
    exchange = ccxt.bitget(
        emulator.config(enableRateLimit=False, options={"defaultType": "swap", "defaultProductType": "SUSDT-FUTURES"})
    )
    assert exchange.handle_product_type_and_params(None, params)[0] == "USDC-FUTURES"
    exchange.load_markets()
    assert exchange.handle_product_type_and_params(exchange.market("BTC/USDT:USDT"), {})[0] == "USDT-FUTURES"


def test_importing_the_launcher_installs_nothing() -> None:
    bitget_leverage_ext.uninstall()
    assert ccxt.bitget.__module__ == "ccxt.bitget"
