"""Does what is in force match what was asked?"""

from __future__ import annotations

import pytest

from bitget_leverage_ext.rules.account import InForce, Modes
from bitget_leverage_ext.rules.plan import BOTH_SIDES, ONE_SIDE, Plan
from bitget_leverage_ext.rules.replies import agrees, holds, strayed

X, I = Modes("crossed"), Modes("isolated")  # noqa: E741
BOTH = Plan(BOTH_SIDES, 10, 10)
LONG, SHORT = Plan(ONE_SIDE, 10, None), Plan(ONE_SIDE, None, 10)


@pytest.mark.parametrize(
    ("force", "todo", "verdict"),
    [
        (InForce(X, cross=10), BOTH, True),
        (InForce(X, cross=20), BOTH, False),
        # The isolated figures of an earlier day do not count in crossed margin.
        (InForce(X, cross=10, long=5, short=5), BOTH, True),
        (InForce(X, cross=20, long=10, short=10), BOTH, False),
        (InForce(X, long=10, short=10), BOTH, None),
        (InForce(X, cross=10), LONG, True),
        (InForce(X, cross=10), SHORT, True),
        (InForce(X, cross=9), SHORT, False),
        (InForce(X, cross=9), LONG, False),
        (InForce(I, cross=20, long=10, short=10), BOTH, True),
        (InForce(I, cross=10, long=10, short=5), BOTH, False),
        (InForce(I, long=10), BOTH, None),
        (InForce(I, short=5), BOTH, False),
        (InForce(I, long=10, short=5), LONG, True),
        (InForce(I, long=5, short=10), LONG, False),
        (InForce(I, long=20, short=10), SHORT, True),
        (InForce(I, long=20, short=5), Plan(BOTH_SIDES, 20, 5), True),
        (InForce(I, long=5, short=20), Plan(BOTH_SIDES, 20, 5), False),
        (InForce(Modes(), cross=10, long=10, short=10), BOTH, None),
        # one figure that is not said to be of a side: it can refute both, and prove nothing
        (InForce(I, either=10), BOTH, None),
        (InForce(I, either=9), BOTH, False),
        (InForce(I, either=5), Plan(BOTH_SIDES, 20, 5), None),
        (InForce(I, either=9), LONG, None),
    ],
)
def test_agrees(force: InForce, todo: Plan, verdict: bool | None) -> None:
    """Only the figure that governs the margin mode counts, and only where it is told."""
    assert agrees(force, todo) is verdict


@pytest.mark.parametrize(
    ("force", "modes", "verdict"),
    [
        (InForce(X, cross=10), Modes("crossed", "one_way_mode"), True),
        (InForce(X, cross=10), Modes("isolated", "one_way_mode"), False),
        (InForce(Modes(None, "hedge_mode"), cross=10), Modes("crossed", "one_way_mode"), False),
        (InForce(Modes(), cross=10), Modes("crossed"), True),
        (InForce(X, cross=10), Modes(None, "one_way_mode"), True),
        (InForce(Modes(), cross=9), Modes("crossed"), False),
        (InForce(Modes()), Modes("crossed"), None),
    ],
)
def test_holds(force: InForce, modes: Modes, verdict: bool | None) -> None:
    """In other modes than it was planned for nothing holds; where no mode is told, the planned one is meant."""
    assert holds(force, BOTH, modes) is verdict


@pytest.mark.parametrize(
    ("before", "now", "todo", "verdict"),
    [
        (InForce(I, long=4, short=5), InForce(I, long=10, short=10), LONG, True),
        (InForce(I, long=4, short=5), InForce(I, long=10, short=10), SHORT, True),
        (InForce(I, long=4, short=5), InForce(I, long=10, short=5), LONG, False),
        (InForce(I, long=4, short=10), InForce(I, long=10, short=10), LONG, False),  # it had the figure already
        (InForce(I, long=4, short=5), InForce(I, long=10, short=7), LONG, False),  # somebody else's doing
        (InForce(I, long=4), InForce(I, long=10, short=10), LONG, False),
        (InForce(I, long=4, short=5), InForce(I, long=10), LONG, False),
        (InForce(I, long=4, short=5), InForce(I, long=10, short=10), BOTH, False),
        (InForce(I, long=4, short=5), InForce(I, long=4, short=10), SHORT, False),
        (InForce(I, long=10, short=5), InForce(I, long=10, short=10), SHORT, False),
        (None, InForce(I, long=10, short=10), LONG, False),
    ],
)
def test_strayed(before: InForce | None, now: InForce, todo: Plan, verdict: bool) -> None:
    """The side that was not asked for took our figure: that was our own write."""
    assert strayed(before, now, todo) is verdict
