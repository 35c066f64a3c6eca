"""Does what is in force match what was asked?

Only the figure that governs the margin mode counts: a crossed reply can carry the isolated figures of an earlier
day beside it. A governing figure that is absent, ``null`` or ``""`` proves nothing.
https://github.com/ccxt/ccxt/pull/15035, https://www.bitget.com/api-doc/contract/account/Change-Leverage
"""

from __future__ import annotations

from .account import CROSSED, ISOLATED, InForce
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
    if False in verdicts:
        return False
    return None if None in verdicts else True
