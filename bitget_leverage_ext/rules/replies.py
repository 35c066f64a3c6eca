"""Does what is in force match what was asked?

Only the figure that governs the margin mode counts: a crossed reply can carry the isolated figures of an earlier
day beside it. A governing figure that is absent, ``null`` or ``""`` proves nothing.
https://github.com/ccxt/ccxt/pull/15035, https://www.bitget.com/api-doc/contract/account/Change-Leverage
"""

from __future__ import annotations

from dataclasses import replace

from .account import CROSSED, ISOLATED, InForce, Modes
from .plan import Plan


def agrees(force: InForce, plan: Plan) -> bool | None:
    """True: the account holds what the plan sets. False: it holds something else. None: that is not known."""
    if force.modes.margin == CROSSED:
        pairs = [(plan.long if plan.long is not None else plan.short, force.cross)]
    elif force.modes.margin == ISOLATED:
        pairs = [(plan.long, force.long), (plan.short, force.short)]
    else:
        return None
    verdicts = [None if held is None else held == asked for asked, held in pairs if asked is not None]
    # A figure that is of one of two sides, both of which were set, and is neither's.
    foreign = force.either is not None and len(verdicts) == 2 and force.either not in (plan.long, plan.short)
    if False in verdicts or (foreign and verdicts == [None, None]):
        return False
    return None if None in verdicts else True


def holds(force: InForce, plan: Plan, modes: Modes) -> bool | None:
    """Whether the account holds what the plan sets, in the *modes* it was made for; ``None`` where that is not told."""
    if force.modes.contradicts(modes):
        return False
    return agrees(force if force.modes.margin else replace(force, modes=modes), plan)


def strayed(before: InForce | None, force: InForce, plan: Plan) -> bool:
    """Whether our own write changed the side that was not asked for: it now has the figure that was asked."""
    if before is None or plan.side is None:
        return False
    other = "short" if plan.side == "long" else "long"
    was, now = before.of_side(other), force.of_side(other)
    asked = plan.long if plan.side == "long" else plan.short
    return was is not None and was != now and now == asked
