"""What the rows of a unified account say of a leverage, in each form that Bitget documents or was seen to send."""

from __future__ import annotations

from typing import Any

import pytest

from bitget_leverage_ext.api.unified import parse_settings, position_snapshot
from bitget_leverage_ext.requested import KnownPosition
from bitget_leverage_ext.rules.modes import CROSSED, HEDGE, ISOLATED, LONG, ONE_WAY, SHORT, Modes

OF = {"category": "USDT-FUTURES", "symbol": "BTCUSDT"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], (None, None, None)), ([{"leverage": "7"}], (None, None, 7)), ([{"leverage": 7}], (None, None, 7)),
        ([{"leverage": ["7", "5"]}], (7, 5, None)), ([{"leverage": ["7"]}], (None, None, 7)),
        ([{"leverage": "7", "longLeverage": "7", "shortLeverage": "5"}], (7, 5, 7)),
        # a row of the other margin mode, or of another contract, is none
        ([{"leverage": ["7", "5"]}, {"marginMode": "crossed", "leverage": ["3", "4"]}], (7, 5, None)),
        ([{"leverage": ["3", "4"], "symbol": "ETHUSDT"}, {"leverage": ["7", "5"]}], (7, 5, None)),
        ([{"leverage": ["3", "4"], "category": "COIN-FUTURES"}, {"leverage": ["7", "5"]}], (7, 5, None)),
    ],
)  # fmt: skip
def test_settings_rows_in_isolated_hedge_mode(rows: Any, expected: tuple[Any, Any, Any]) -> None:
    """The leverages of long and short, and the one that names no side."""
    settings = {
        "holdMode": "hedge_mode",
        "symbolConfigList": [{**OF, "marginMode": "isolated", **row} for row in rows],
    }
    snapshot = parse_settings(settings, *OF.values(), ISOLATED)
    assert (snapshot.long, snapshot.short, snapshot.one_side) == expected


POSITIONS = [
    KnownPosition(LONG, ISOLATED, 7, 1.0),
    KnownPosition(SHORT, ISOLATED, 5, 1.0),
    KnownPosition(LONG, CROSSED, 3, 1.0),
]


@pytest.mark.parametrize(
    ("modes", "expected"),
    [
        (Modes(ISOLATED, HEDGE), (None, 7, 5)), (Modes(CROSSED, HEDGE), (3, None, None)),
        (Modes(CROSSED, ONE_WAY), (3, None, None)),
    ],
)  # fmt: skip
def test_open_positions_tell_the_leverage_of_their_margin_mode(modes: Modes, expected: tuple[Any, Any, Any]) -> None:
    """Crossed margin has one leverage, isolated hedge mode one for each side."""
    snapshot = position_snapshot(POSITIONS, modes)
    assert (snapshot.cross, snapshot.long, snapshot.short) == expected


def test_a_position_of_one_way_mode_tells_the_one_leverage() -> None:
    snapshot = position_snapshot(POSITIONS[1:], Modes(ISOLATED, ONE_WAY))
    assert (snapshot.cross, snapshot.long, snapshot.short) == (None, 5, 5)
