"""What an order does, read from the request that ccxt builds for it."""

from __future__ import annotations

from typing import Any

import pytest

from bitget_leverage_ext.api import classic, unified
from bitget_leverage_ext.rules.modes import LONG, SHORT
from bitget_leverage_ext.rules.order_modes import OrderShape

MARKET, LIMIT = {"orderType": "market"}, {"orderType": "limit"}
OPEN, CLOSE = {"tradeSide": "Open"}, {"tradeSide": "Close"}


def shape(side: Any, words: str = "") -> OrderShape:
    """Return the shape of an order that has a field for the margin mode, and of which *words* are true."""
    true = dict.fromkeys(words.split(), True)
    kind = {"hedged": False, "closes": False, "waits": False, "market": False, **true}
    return OrderShape(side, **kind, has_margin_mode=True)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"side": "buy", **MARKET}, shape(LONG, "market")), ({"side": "sell", **MARKET}, shape(SHORT, "market")),
        ({"side": "BUY", **LIMIT}, shape(LONG)),
        ({"side": "sell", "reduceOnly": "YES", **MARKET}, shape(LONG, "closes market")),
        ({"side": "buy", "reduceOnly": "true", **LIMIT}, shape(SHORT, "closes")),
        ({"side": "sell", "reduceOnly": "NO", **MARKET}, shape(SHORT, "market")),
        # in hedge mode the side is that of the position
        ({"side": "buy", **OPEN, **MARKET}, shape(LONG, "hedged market")),
        ({"side": "buy", **CLOSE, **MARKET}, shape(LONG, "hedged closes market")),
        ({"side": "sell", **CLOSE, **LIMIT}, shape(SHORT, "hedged closes")),
        ({"side": "buy", "planType": "normal_plan", **MARKET}, shape(LONG, "waits")),
        ({"side": "buy", "planType": "track_plan", **MARKET}, shape(LONG, "waits")), ({**MARKET}, None),
        ({"side": "both", **MARKET}, None),
    ],
)  # fmt: skip
def test_orders_of_a_classic_account(fields: dict[str, str], expected: OrderShape | None) -> None:
    assert classic.read_order(fields, protects=False) == expected


@pytest.mark.parametrize(
    ("hold_side", "expected"),
    [
        ("long", (LONG, True)), ("short", (SHORT, True)), ("buy", (LONG, False)), ("SELL", (SHORT, False)),
        ("both", None),
    ],
)  # fmt: skip
def test_stops_of_a_classic_account(hold_side: str, expected: Any) -> None:
    """They name the position's side; in one-way mode by the order that opened it."""
    found = classic.read_order({"holdSide": hold_side, **MARKET}, protects=True)
    shape = OrderShape(*expected, closes=True, waits=True, has_margin_mode=False, market=False) if expected else None
    assert found == shape
    assert classic.read_order(MARKET, protects=True) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"side": "buy", **MARKET}, shape(LONG, "market")), ({"side": "Sell", **LIMIT}, shape(SHORT)),
        ({"side": "sell", "reduceOnly": "yes", **MARKET}, shape(LONG, "closes market")),
        ({"side": "buy", "posSide": "long", **MARKET}, shape(LONG, "hedged market")),
        ({"side": "sell", "posSide": "long", **MARKET}, shape(LONG, "hedged closes market")),
        ({"side": "buy", "posSide": "short", **LIMIT}, shape(SHORT, "hedged closes")),
        ({"side": "sell", "posSide": "both", **MARKET}, shape(SHORT, "market")), ({"posSide": "long", **MARKET}, None),
    ],
)  # fmt: skip
def test_orders_of_a_unified_account(fields: dict[str, str], expected: OrderShape | None) -> None:
    assert unified.read_order(fields, protects=False) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"side": "sell"}, shape(LONG, "closes waits")), ({"side": "buy"}, shape(SHORT, "closes waits")),
        ({"side": "sell", "posSide": "short"}, shape(SHORT, "hedged closes waits")),
        ({"posSide": "long"}, shape(LONG, "hedged closes waits")), ({}, None),
    ],
)  # fmt: skip
def test_stops_of_a_unified_account(fields: dict[str, str], expected: OrderShape | None) -> None:
    assert unified.read_order(fields, protects=True) == expected
