"""An account's modes and figures, as the exchange tells them."""

from __future__ import annotations

from typing import Any

import pytest

from bitget_leverage_ext.rules.account import (
    InForce,
    Modes,
    read_classic,
    read_positions,
    read_reply,
    read_unified,
    unified_row,
)

X, I, O, H = "crossed", "isolated", "one_way_mode", "hedge_mode"  # noqa: E741
P, ID = "USDT-FUTURES", "BTCUSDT"


@pytest.mark.parametrize(
    ("modes", "decisive"),
    [
        *((Modes(margin, position), True) for margin in (X, I) for position in (O, H)),
        (Modes(X), True),
        (Modes(None, O), True),
        (Modes(), False),
        (Modes(I), False),
        (Modes(None, H), False),
    ],
    ids=str,
)
def test_decisive(modes: Modes, decisive: bool) -> None:
    """A read is needed exactly where the table cannot be entered."""
    assert modes.decisive is decisive


@pytest.mark.parametrize(
    ("one", "other", "contradicts", "over"),
    [
        (Modes(), Modes(I, H), False, Modes(I, H)),
        (Modes(I), Modes(I, H), False, Modes(I, H)),
        (Modes(X), Modes(I, H), True, Modes(X, H)),
        (Modes(I, O), Modes(None, H), True, Modes(I, O)),
        (Modes(None, O), Modes(I, H), True, Modes(I, O)),
        (Modes(X), Modes(None, H), False, Modes(X, H)),
    ],
)
def test_two_opinions(one: Modes, other: Modes, contradicts: bool, over: Modes) -> None:
    """They contradict each other only where both know a mode; the first goes before the second."""
    assert (one.contradicts(other), other.contradicts(one)) == (contradicts, contradicts)
    assert one.over(other) == over


def test_in_force_over() -> None:
    """Figures of one answer are filled up from another; a figure that is told is never replaced."""
    one = InForce(Modes(I), long=4)
    other = InForce(Modes(I, H), cross=3, long=9, short=5, either=9)
    assert one.over(other) == InForce(Modes(I, H), 3, 4, 5, 9)


@pytest.mark.parametrize(
    ("force", "text"),
    [
        (InForce(Modes(X, H), cross=3, long=4), "in force: crossed, hedge, leverage 3x"),
        (InForce(Modes(X)), "in force: crossed, leverage unknown"),
        (InForce(Modes(I, H), long=4), "in force: isolated, hedge, long 4x, short unknown"),
        (InForce(Modes()), "in force: unknown modes, long unknown, short unknown"),
        (InForce(Modes(I, H), either=7), "in force: isolated, hedge, 7x on one of the sides"),
        (InForce(Modes(I, H), long=4, either=7), "in force: isolated, hedge, long 4x, short unknown"),
        (InForce(Modes(I, H), short=4, either=7), "in force: isolated, hedge, long unknown, short 4x"),
    ],
)
def test_shown(force: InForce, text: str) -> None:
    """What a message says of it."""
    assert str(force) == text


@pytest.mark.parametrize("nothing", [None, "", "abc", "NaN", "inf", [], {}, "absent"])
def test_figures_that_prove_nothing(nothing: Any) -> None:
    """Absent, null and "" were seen; whatever else is no number is treated alike."""
    data = {"marginMode": "crossed", "longLeverage": "25", "shortLeverage": 20, "crossMarginLeverage": nothing}
    if nothing == "absent":
        del data["crossMarginLeverage"]
    assert read_reply(data) == InForce(Modes(X), None, 25, 20)


@pytest.mark.parametrize("data", [None, "success", [], {}, {"marginMode": "fixed"}, {"marginMode": None}])
def test_replies_that_say_nothing(data: Any) -> None:
    """A reply of another shape is no reply about leverage."""
    assert read_reply(data) == read_classic(data) == InForce(Modes())


def test_account_read() -> None:
    """The account's own names, and numbers where the reply has strings."""
    data = {
        "crossedMarginLeverage": 14,
        "isolatedLongLever": "15",
        "isolatedShortLever": 16.5,
        "marginMode": "isolated",
        "posMode": "hedge_mode",
    }
    assert read_classic(data) == InForce(Modes(I, H), 14, 15, 16.5)


def rows(*rows: dict[str, Any], hold: str = O) -> dict[str, Any]:
    return {"holdMode": hold, "symbolConfigList": list(rows)}


ROW = {"category": P, "symbol": ID, "marginMode": "isolated", "leverage": "7"}


def row(leverage: Any, mode: str = I, **more: Any) -> dict[str, Any]:
    return {**ROW, "marginMode": mode, "leverage": leverage, **more}


@pytest.mark.parametrize(
    ("settings", "force"),
    [
        # text, number, list: one-way has one figure, and so has crossed margin
        (rows(row("7")), InForce(Modes(I, O), 7, 7, 7)),
        (rows(row(7)), InForce(Modes(I, O), 7, 7, 7)),
        (rows(row(["7"])), InForce(Modes(I, O), 7, 7, 7)),
        (rows(row([{"leverage": "7"}])), InForce(Modes(I, O), 7, 7, 7)),
        (rows(row("7", X), hold=H), InForce(Modes(X, H), 7, 7, 7)),
        (rows(row(None, X, longLeverage="4", shortLeverage="4")), InForce(Modes(X, O), 4, 4, 4)),
        (rows(row(None, X, longLeverage="4", shortLeverage="5")), InForce(Modes(X, O), None, 4, 5)),
        (rows(row("7", X, longLeverage="4", shortLeverage="4")), InForce(Modes(X, O), 7, 4, 4)),
        (rows(row("7", longLeverage="4")), InForce(Modes(I, O), 7, 4, 7)),
        # in isolated hedge mode one figure is no side's
        (rows(row("7"), hold=H), InForce(Modes(I, H), either=7)),
        (rows(row(7), hold=H), InForce(Modes(I, H), either=7)),
        (rows(row(["7"]), hold=H), InForce(Modes(I, H), either=7)),
        # a figure a side: in a list, by key, by a side beside it, in a row a side
        (rows(row(["7", "9"]), hold=H), InForce(Modes(I, H), long=7, short=9)),
        (rows(row(None, longLeverage="7", shortLeverage="9"), hold=H), InForce(Modes(I, H), long=7, short=9)),
        (rows(row("7", posSide="short"), hold=H), InForce(Modes(I, H), short=7, either=7)),
        (rows(row("7", posSide="long"), row("9", posSide="short"), hold=H), InForce(Modes(I, H), None, 7, 9, 7)),
        (
            rows(row([{"posSide": "short", "leverage": "9"}, {"posSide": "long", "leverage": "7"}]), hold=H),
            InForce(Modes(I, H), long=7, short=9),
        ),
        (rows(row("7", holdSide="long"), hold=H), InForce(Modes(I, H), long=7, either=7)),
        (rows(row("7", holdSide="long", posSide="short"), hold=H), InForce(Modes(I, H), short=7, either=7)),
        (rows(row(["7", "7"]), hold=H), InForce(Modes(I, H), None, 7, 7, 7)),
        # nothing
        (rows(row(None)), InForce(Modes(I, O))),
        (rows(row("")), InForce(Modes(I, O))),
        (rows(row([])), InForce(Modes(I, O))),
        (rows(ROW | {"symbol": "ETHUSDT"}), InForce(Modes(None, O))),
        (rows(ROW | {"category": "COIN-FUTURES"}), InForce(Modes(None, O))),
        ({"holdMode": H, "symbolConfigList": None}, InForce(Modes(None, H))),
        ({"holdMode": H, "symbolConfigList": ["x", None]}, InForce(Modes(None, H))),
        ({}, InForce(Modes())),
        (None, InForce(Modes())),
    ],
)
def test_settings(settings: Any, force: InForce) -> None:
    """Rows of every shape; a symbol that was never touched has none."""
    assert read_unified(settings, P, ID) == force


def test_rows_of_both_margin_modes() -> None:
    """Where there is a row a mode, the one that is asked about is read, and the other lends it nothing."""
    settings = rows(row("20", X), row(None, I, longLeverage="7", shortLeverage="9"), hold=H)
    assert read_unified(settings, P, ID, X).cross == 20
    assert read_unified(settings, P, ID, I) == InForce(Modes(I, H), long=7, short=9)
    assert unified_row(settings, P, ID, I)["longLeverage"] == "7"
    assert unified_row(settings, P, ID)["marginMode"] == X
    assert unified_row(settings, P, "ETHUSDT") == {}


def position(mode: str, side: str | None, leverage: Any, symbol: str = ID) -> dict[str, Any]:
    return {"symbol": symbol, "marginMode": mode, "posSide": side, "leverage": leverage}


@pytest.mark.parametrize(
    ("positions", "modes", "force"),
    [
        ([position(X, "long", "7")], Modes(X, H), InForce(Modes(X, H), cross=7)),
        ([position(X, "long", "7"), position(X, "short", "8")], Modes(X, H), InForce(Modes(X, H))),
        ([position(I, "long", "7")], Modes(X, H), InForce(Modes(X, H))),
        ([position(I, "long", "7")], Modes(I, H), InForce(Modes(I, H), long=7)),
        ([position(I, "short", 9)], Modes(I, H), InForce(Modes(I, H), short=9)),
        ([position(I, "long", 7), position(I, "short", 9)], Modes(I, H), InForce(Modes(I, H), long=7, short=9)),
        ([position(I, "short", "7")], Modes(I, O), InForce(Modes(I, O), long=7, short=7)),
        ([position(I, "long", "7", "ETHUSDT")], Modes(I, H), InForce(Modes(I, H))),
        ([position(I, "long", "")], Modes(I, H), InForce(Modes(I, H))),
        ([], Modes(I, H), InForce(Modes(I, H))),
        ([None, "x"], Modes(I, H), InForce(Modes(I, H))),
    ],
)
def test_positions(positions: list[Any], modes: Modes, force: InForce) -> None:
    """An open position tells its own side's figure in its own margin mode, and nothing else."""
    assert read_positions({"list": positions}, ID, modes) == force
    assert read_positions(positions, ID, modes) == force
    assert read_positions(None, ID, modes) == InForce(modes)
