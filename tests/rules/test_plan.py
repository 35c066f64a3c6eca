"""Every cell of the hold-side table."""

from __future__ import annotations

import pytest

from bitget_leverage_ext.rules.account import Modes
from bitget_leverage_ext.rules.errors import BadInput, MissingInput
from bitget_leverage_ext.rules.plan import Wish, plan

NO_SIDE, LONG, SHORT = Wish(10, 10), Wish(10, None, "long"), Wish(None, 10, "short")
SAME, DIFFERENT = Wish(10, 10, "both"), Wish(20, 5, "both")
PLAIN = {"leverage": "10"}
TWO_SAME = {"longLeverage": "10", "shortLeverage": "10"}
TWO = {"longLeverage": "20", "shortLeverage": "5"}

ONE_FIGURE = [
    Modes("crossed", "one_way_mode"),
    Modes("crossed", "hedge_mode"),
    Modes("crossed", None),
    Modes("isolated", "one_way_mode"),
    Modes(None, "one_way_mode"),
]
HEDGE = Modes("isolated", "hedge_mode")


@pytest.mark.parametrize("modes", ONE_FIGURE, ids=str)
@pytest.mark.parametrize(
    ("wish", "dropped"),
    [(NO_SIDE, None), (LONG, "long"), (SHORT, "short"), (SAME, "both")],
)
def test_one_figure(modes: Modes, wish: Wish, dropped: str | None) -> None:
    """Crossed margin and one-way mode have one figure: it is sent alone, and a side is dropped."""
    todo = plan(modes, wish, "X")
    assert todo.fields("holdSide") == PLAIN
    assert (todo.long, todo.short) == (10, 10)
    assert todo.dropped == dropped


@pytest.mark.parametrize("modes", ONE_FIGURE, ids=str)
def test_two_figures_where_there_is_one(modes: Modes) -> None:
    """Two figures for one are refused, never half applied: longLeverage would take effect in crossed margin."""
    with pytest.raises(BadInput, match="long 20 and short 5"):
        plan(modes, DIFFERENT, "X")


@pytest.mark.parametrize(
    ("wish", "fields", "held"),
    [
        (LONG, {"leverage": "10", "holdSide": "long"}, (10, None)),
        (SHORT, {"leverage": "10", "holdSide": "short"}, (None, 10)),
        (SAME, TWO_SAME, (10, 10)),
        (DIFFERENT, TWO, (20, 5)),
    ],
)
def test_isolated_hedge(wish: Wish, fields: dict[str, str], held: tuple[int | None, int | None]) -> None:
    """Isolated hedge mode has a figure a side: one side with its name, both in one request."""
    todo = plan(HEDGE, wish, "X")
    assert todo.fields("holdSide") == fields
    assert (todo.long, todo.short) == held
    assert todo.dropped is None


def test_isolated_hedge_without_a_side() -> None:
    """Long and short are separate bets: without a side the call is refused, and the message names the ways out."""
    with pytest.raises(MissingInput, match=r"'long'.*'short' or 'both'.*options\['setLeverage'\]"):
        plan(HEDGE, NO_SIDE, "X")


@pytest.mark.parametrize(("side", "fields"), [("both", TWO_SAME), ("long", {"leverage": "10", "posSide": "long"})])
def test_default_side(side: str, fields: dict[str, str]) -> None:
    """A framework that cannot name a side sets one as an option; it counts only where a side is needed."""
    todo = plan(HEDGE, NO_SIDE, "X", side)
    assert todo.fields("posSide") == fields
    assert (todo.long, todo.short) == ((10, 10) if side == "both" else (10, None))
    assert plan(ONE_FIGURE[0], NO_SIDE, "X", side).fields("posSide") == PLAIN


def test_other_words() -> None:
    """The same wish, one request a side."""
    first, second = plan(HEDGE, DIFFERENT, "X").one_by_one()
    assert first.fields("holdSide") == {"leverage": "20", "holdSide": "long"}
    assert second.fields("holdSide") == {"leverage": "5", "holdSide": "short"}
    assert plan(ONE_FIGURE[3], LONG, "X").both_sides().fields("posSide") == TWO_SAME


@pytest.mark.parametrize(
    ("modes", "decisive"),
    [(mode, True) for mode in [*ONE_FIGURE, HEDGE]]
    + [(Modes(), False), (Modes("isolated", None), False), (Modes(None, "hedge_mode"), False)],
)
def test_decisive(modes: Modes, decisive: bool) -> None:
    """A read is needed exactly where the table cannot be entered."""
    assert modes.decisive is decisive
