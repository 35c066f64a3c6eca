"""The decision table of a reply or a read against what was asked for: matches, differs, or not known.

Only the leverage that governs the margin mode counts: a crossed reply can carry isolated leverages of an earlier day.
A governing leverage that is absent, ``null`` or ``""`` proves nothing.
https://github.com/ccxt/ccxt/pull/15035, https://www.bitget.com/api-doc/contract/account/Change-Leverage

==================  ====================================  =======================================
margin mode shown   compared                              not known
==================  ====================================  =======================================
other than planned  nothing: it differs
crossed             ``cross`` with the leverage           ``cross`` is missing
isolated            ``long``, ``short``, where they are   one of these is missing
                    asked for; ``one_side`` with both
==================  ====================================  =======================================
"""

from __future__ import annotations

from .change import LeverageChange, Scope
from .modes import CROSSED, LeverageSnapshot, Modes


def matches(snapshot: LeverageSnapshot, change: LeverageChange, modes: Modes) -> bool | None:
    """Return whether the account holds *change* in the *modes* it was resolved for; None where that is not known."""
    if snapshot.modes.contradicts(modes):
        return False
    margin = snapshot.modes.margin or modes.margin
    if margin is None:
        return None
    if margin is CROSSED:
        return None if snapshot.cross is None else snapshot.cross == change.long
    shown = [(value, snapshot.of_side(side)) for side, value in change.by_side.items()]
    if any(held is not None and held != asked for asked, held in shown):
        return False
    unknown = [asked for asked, held in shown if held is None]
    if change.scope is Scope.BOTH_SIDES and len(unknown) == 2 and snapshot.one_side not in (None, *unknown):
        return False  # the leverage of one of two sides, and neither was set to it
    return None if unknown else True


def other_side_changed(before: LeverageSnapshot | None, now: LeverageSnapshot, change: LeverageChange) -> bool:
    """Return whether our own write changed the side that was not asked for: that side has the asked leverage now."""
    if before is None or change.side is None:
        return False
    other = change.side.other
    was, held = before.of_side(other), now.of_side(other)
    return was is not None and was != held and held == change.by_side[change.side]
