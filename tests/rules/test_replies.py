"""What a reply proves, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from bitget_leverage_ext.rules.account import InForce, Modes, read_classic, read_reply, read_unified
from bitget_leverage_ext.rules.plan import Plan
from bitget_leverage_ext.rules.replies import agrees

ALL = Plan(None, 10, 10)


@pytest.mark.parametrize(
    ("force", "todo", "verdict"),
    [
        (InForce(Modes("crossed"), cross=10), ALL, True),
        (InForce(Modes("crossed"), cross=20), ALL, False),
        # The isolated figures of an earlier day do not count in crossed margin.
        (InForce(Modes("crossed"), cross=10, long=5, short=5), ALL, True),
        (InForce(Modes("crossed"), cross=20, long=10, short=10), ALL, False),
        (InForce(Modes("crossed"), long=10, short=10), ALL, None),
        (InForce(Modes("isolated"), cross=20, long=10, short=10), ALL, True),
        (InForce(Modes("isolated"), cross=10, long=10, short=5), ALL, False),
        (InForce(Modes("isolated"), long=10), ALL, None),
        (InForce(Modes("isolated"), short=5), ALL, False),
        (InForce(Modes("isolated"), long=10, short=5), Plan("long", 10, None), True),
        (InForce(Modes("isolated"), long=5, short=10), Plan("long", 10, None), False),
        (InForce(Modes("isolated"), long=20, short=10), Plan("short", None, 10), True),
        (InForce(Modes("isolated"), long=20, short=5), Plan("both", 20, 5), True),
        (InForce(Modes("isolated"), long=5, short=20), Plan("both", 20, 5), False),
        (InForce(Modes(), cross=10, long=10, short=10), ALL, None),
    ],
)
def test_agrees(force: InForce, todo: Plan, verdict: bool | None) -> None:
    """Only the figure that governs the margin mode counts, and only where it is told."""
    assert agrees(force, todo) is verdict


@pytest.mark.parametrize("nothing", [None, "", "abc", "NaN", "inf", [], {}, "absent"])
def test_figures_that_prove_nothing(nothing: Any) -> None:
    """Absent, null and "" were seen; whatever else is no whole number is treated alike."""
    data = {"marginMode": "crossed", "longLeverage": "25", "shortLeverage": 20, "crossMarginLeverage": nothing}
    if nothing == "absent":
        del data["crossMarginLeverage"]
    assert read_reply(data) == InForce(Modes("crossed"), None, 25, 20)


@pytest.mark.parametrize("data", [None, "success", [], {}, {"marginMode": "fixed"}])
def test_replies_that_say_nothing(data: Any) -> None:
    """A reply of another shape is no reply about leverage."""
    assert read_reply(data) == InForce(Modes())


def test_account_read() -> None:
    """The account's own names, and numbers where the reply has strings."""
    data = {
        "crossedMarginLeverage": 14,
        "isolatedLongLever": "15",
        "isolatedShortLever": 16.0,
        "marginMode": "isolated",
        "posMode": "hedge_mode",
    }
    assert read_classic(data) == InForce(Modes("isolated", "hedge_mode"), 14, 15, 16)


def rows(*rows: dict[str, str], hold: str = "one_way_mode") -> dict[str, Any]:
    return {"holdMode": hold, "symbolConfigList": list(rows)}


ROW = {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginMode": "isolated", "leverage": "7"}


@pytest.mark.parametrize(
    ("settings", "force"),
    [
        (rows(ROW), InForce(Modes("isolated", "one_way_mode"), 7, 7, 7)),
        (rows(ROW, hold="hedge_mode"), InForce(Modes("isolated", "hedge_mode"), 7, None, None)),
        (rows(ROW | {"longLeverage": "9"}, hold="hedge_mode"), InForce(Modes("isolated", "hedge_mode"), 7, 9, None)),
        (rows(ROW | {"symbol": "ETHUSDT"}), InForce(Modes(None, "one_way_mode"))),
        (rows(ROW | {"category": "COIN-FUTURES"}), InForce(Modes(None, "one_way_mode"))),
        ({"holdMode": "hedge_mode", "symbolConfigList": None}, InForce(Modes(None, "hedge_mode"))),
        ({}, InForce(Modes())),
    ],
)
def test_settings(settings: Any, force: InForce) -> None:
    """A symbol that was never touched has no row; one figure is no side's in hedge mode."""
    assert read_unified(settings, "USDT-FUTURES", "BTCUSDT") == force
