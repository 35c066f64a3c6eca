"""The hold-side table, whole: every account, every wish."""

from __future__ import annotations

import pytest

from bitget_leverage_ext.rules.account import Modes
from bitget_leverage_ext.rules.errors import BadInput, MissingInput
from bitget_leverage_ext.rules.plan import BOTH_SIDES, ONE_CROSSED, ONE_ISOLATED, ONE_SIDE, Plan, Wish, doubtful, plan

X, I, O, H = "crossed", "isolated", "one_way_mode", "hedge_mode"  # noqa: E741
CELLS = {
    Modes(X, O): ONE_CROSSED,
    Modes(X, H): ONE_CROSSED,
    Modes(X): ONE_CROSSED,
    Modes(I, O): ONE_ISOLATED,
    Modes(None, O): ONE_ISOLATED,
}
HEDGE = Modes(I, H)


@pytest.mark.parametrize("modes", CELLS, ids=str)
@pytest.mark.parametrize(
    ("wish", "dropped"),
    [
        (Wish(10, 10), None),
        (Wish(10, None, "long"), "long"),
        (Wish(None, 10, "short"), "short"),
        (Wish(10, 10, "both"), "both"),
    ],
)
def test_one_figure(modes: Modes, wish: Wish, dropped: str | None) -> None:
    """In crossed margin and in one-way mode there is one figure, and a side is dropped."""
    todo = plan(modes, wish, "X")
    assert todo == Plan(CELLS[modes], 10, 10, dropped)
    assert todo.side is None
    assert str(todo) == "10x"


@pytest.mark.parametrize(
    ("modes", "why"),
    [(modes, "one-way mode has one position" if modes.margin != X else "crossed margin has one") for modes in CELLS],
    ids=str,
)
def test_two_figures_where_there_is_one(modes: Modes, why: str) -> None:
    """Two figures cannot both hold there; the message says why."""
    with pytest.raises(BadInput, match=rf"X: long 20 and short 5 cannot both be set, {why}"):
        plan(modes, Wish(20, 5, "both"), "X")


@pytest.mark.parametrize(
    ("wish", "todo", "side"),
    [
        (Wish(10, None, "long"), Plan(ONE_SIDE, 10, None), "long"),
        (Wish(None, 10, "short"), Plan(ONE_SIDE, None, 10), "short"),
        (Wish(10, 10, "both"), Plan(BOTH_SIDES, 10, 10), None),
        (Wish(20, 5, "both"), Plan(BOTH_SIDES, 20, 5), None),
    ],
)
def test_isolated_hedge(wish: Wish, todo: Plan, side: str | None) -> None:
    """A named side alone, or both, each with its own figure."""
    assert plan(HEDGE, wish, "X") == todo
    assert todo.side == side


def test_no_side_in_isolated_hedge_is_refused() -> None:
    """The two sides are separate bets: nothing is guessed, and the message says what to write."""
    with pytest.raises(MissingInput, match="holdSide.*'long'.*'both'"):
        plan(HEDGE, Wish(10, 10), "X")


@pytest.mark.parametrize(
    ("default", "todo"),
    [
        ("both", Plan(BOTH_SIDES, 10, 10)),
        ("long", Plan(ONE_SIDE, 10, None)),
        ("short", Plan(ONE_SIDE, None, 10)),
    ],
)
def test_default_side(default: str, todo: Plan) -> None:
    """options['setLeverage']['holdSide'] says what no side means, in isolated hedge mode only."""
    assert plan(HEDGE, Wish(10, 10), "X", default) == todo
    assert plan(HEDGE, Wish(7, None, "long"), "X", default) == Plan(ONE_SIDE, 7, None)
    for modes, cell in CELLS.items():
        assert plan(modes, Wish(10, 10), "X", default) == Plan(cell, 10, 10)


@pytest.mark.parametrize(
    ("todo", "other", "completed", "text"),
    [
        (Plan(ONE_SIDE, 10, None), 4, Plan(ONE_SIDE, 10, 4), "long 10x"),
        (Plan(ONE_SIDE, None, 10), 4, Plan(ONE_SIDE, 4, 10), "short 10x"),
        (Plan(BOTH_SIDES, 20, 5), 4, Plan(BOTH_SIDES, 20, 5), "long 20x, short 5x"),
        (Plan(ONE_SIDE, None, 10, "both"), 4, Plan(ONE_SIDE, 4, 10, "both"), "short 10x"),
    ],
)
def test_completed(todo: Plan, other: int, completed: Plan, text: str) -> None:
    """The figure of the other side fills the gap, and nothing else."""
    assert todo.completed(other) == completed
    assert str(todo) == text


@pytest.mark.parametrize("modes", [Modes(X, O), Modes(X, H), Modes(X), Modes(I, O), Modes(None, O)], ids=str)
@pytest.mark.parametrize(
    ("wish", "harm"),
    [
        (Wish(10, 10), False),
        (Wish(10, 10, "both"), False),
        (Wish(10, None, "long"), True),
        (Wish(None, 10, "short"), True),
        (Wish(20, 5, "both"), True),
    ],
)
def test_memory_that_could_do_silent_harm(modes: Modes, wish: Wish, harm: bool) -> None:
    """A wish that tells the sides apart needs a fresh read, where memory says that there are no sides."""
    assert doubtful(modes, wish, chosen=False) is harm
    assert doubtful(HEDGE, wish, chosen=False) is False, "there the request itself names the side"


def test_a_chosen_margin_mode_is_no_memory() -> None:
    """On a unified account crossed goes out with the request: no side can be touched by it."""
    for wish in (Wish(10, None, "long"), Wish(20, 5, "both")):
        assert doubtful(Modes(X), wish, chosen=True) is False
        assert doubtful(Modes(I, O), wish, chosen=True) is True
