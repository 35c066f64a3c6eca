"""What a program has asked for, and what it can know: chapter 7 of the specification, without the package's code.

Where the specification leaves more than one outcome open, `Story` keeps several models, and an outcome is right if it
is right for one of them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

CROSS, ISOLATED = "cross", "isolated"
MODES = (CROSS, ISOLATED)
LONG, SHORT = "long", "short"
SIDES = (LONG, SHORT)
Slot = tuple[str, str]  # margin mode and side


def other(side: str) -> str:
    return SHORT if side == LONG else LONG


@dataclass
class Model:
    """One contract, as a program sees it.

    :ivar asked: leverage, number of the call, and whether it was asked for while the other margin mode was meant
    :ivar acked: the last write of our own, and whether its outcome is known
    :ivar foreign: slots that somebody else, or a late request, has changed since our last write
    :ivar divided: two different leverages of one call, and its number
    :ivar refused: the leverages of the last call, if it was refused
    :ivar known: the margin mode of the positions that the program opened or saw
    :ivar last: the same, of positions that may be closed
    :ivar entries: the same, of orders that wait, or may have opened a position
    """

    asked: dict[Slot, tuple[int, int, bool]] = field(default_factory=dict)
    chosen: tuple[str, int] | None = None
    decided: tuple[str, int] | None = None
    acked: dict[Slot, tuple[int, bool]] = field(default_factory=dict)
    foreign: frozenset[Slot] = frozenset()
    refused: tuple[int, ...] = ()
    divided: tuple[int, int, int] | None = None
    known: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    warned: frozenset[tuple[str, str, int, int]] = frozenset()

    def copy(self) -> Model:
        made = copy.copy(self)
        made.asked, made.acked = dict(self.asked), dict(self.acked)
        made.known, made.last, made.entries = dict(self.known), dict(self.last), dict(self.entries)
        return made

    def unacknowledged(self) -> Model:
        """Return a copy that knows of no write of its own."""
        made = self.copy()
        made.acked.clear()
        return made

    # -- asked for ----------------------------------------------------------------------------------------------------

    def ask(self, values: dict[str, int], number: int, mode: str | None, only: bool, own: bool = False) -> None:
        """:param mode: for which the call was decided; None where that was not known
        :param own: what was asked for in an unknown mode counts as asked for in both, rather than as inherited"""
        divided = len(set(values.values())) > 1
        if divided:
            self.divided = values[LONG], values[SHORT], number
        for each in MODES:
            inherited = each != mode
            if (divided and each == CROSS) or (only and inherited):
                continue
            for side, value in values.items():
                if inherited and mode is not None and self._is_own(each, side):
                    continue
                self.asked[each, side] = value, number, inherited and not (own and mode is None)
        self.refused = ()

    def _is_own(self, mode: str, side: str) -> bool:
        """Return whether something was asked for there; crossed margin has one leverage for both sides."""
        slots = [(mode, each) for each in SIDES if mode == CROSS or each == side]
        return any(slot in self.asked and not self.asked[slot][2] for slot in slots)

    def wanted(self, mode: str, side: str, hedged: bool) -> int | None:
        """Return the leverage that was asked for last."""
        if hedged and mode == ISOLATED:
            return self.asked[mode, side][0] if (mode, side) in self.asked else None
        found = [self.asked[mode, each] for each in SIDES if (mode, each) in self.asked]
        if not found:
            return None
        if len({each[1] for each in found}) > 1:  # what was asked for in this mode itself counts more
            found = [each for each in found if not each[2]] or found
        last = max(each[1] for each in found)
        values = {each[0] for each in found if each[1] == last}
        return values.pop() if len(values) == 1 else None

    def divided_for(self, mode: str, hedged: bool) -> tuple[int, int] | None:
        """Return the two leverages of the last call, where an order in a margin mode has one."""
        numbers = [self.asked[mode, side][1] for side in SIDES if (mode, side) in self.asked]
        if self.divided is None or (hedged and mode == ISOLATED) or max(numbers, default=0) > self.divided[2]:
            return None
        return self.divided[:2]

    @property
    def mode(self) -> str | None:
        """The margin mode chosen, or decided, last."""
        found = [each for each in (self.chosen, self.decided) if each]
        return max(found, key=lambda each: each[1])[0] if found else None

    def is_acked(self, mode: str, side: str, value: int) -> bool:
        return self.acked.get((mode, side)) == (value, True)

    def convert(self) -> None:
        self.acked.clear()
        self.foreign = frozenset()
        self.chosen = self.chosen or self.decided

    # -- positions ----------------------------------------------------------------------------------------------------

    def see(self, side: str, mode: str, hedged: bool) -> None:
        if not hedged:
            self.known.pop(other(side), None)
        self.known[side] = self.last[side] = mode


def distinct(models: list[Model]) -> list[Model]:
    """Return the models without the equal ones."""
    found: list[Model] = []
    for each in models:
        if each not in found:
            found.append(each)
    return found
