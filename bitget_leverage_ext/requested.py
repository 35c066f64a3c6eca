"""Requested leverages: asked for and acknowledged, per contract, margin mode and hold side. Data and rules, no I/O.

*Asked for* is the leverage of the last ``set_leverage`` with valid arguments that was not refused for its value or for
the state of the account, and the margin mode that was chosen last. *Acknowledged* is what our own writes and their
replies have confirmed; what is merely seen never changes it. A *slot* is one margin mode and hold side.

A leverage that was asked for without a margin mode counts for the mode for which the call was decided, and for the
other mode as long as nothing was asked for there. Crossed margin and one-way mode have one leverage: there the one
asked for last counts, whatever its side.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter, itemgetter
from typing import NamedTuple

from .rules.arguments import SetLeverageArgs
from .rules.change import RequestedLeverage
from .rules.modes import CROSSED, HEDGE, ISOLATED, LONG, SHORT, SIDES, MarginMode, Modes, Side

Slot = tuple[MarginMode, Side]
MODES = (CROSSED, ISOLATED)

# Returns a number for an event of this process; a later event has a higher one.
next_number = itertools.count(1).__next__


class Asked(NamedTuple):
    """A leverage that was asked for in the call of that number.

    :ivar own: asked for in this margin mode; else the other mode was meant, or the mode was not known, and it counts
        until something is asked for here
    """

    leverage: int
    number: int
    own: bool = True


class Confirmed(NamedTuple):
    """What our own writes left in a slot.

    :ivar leverage: None where the account was seen to hold something else than it had acknowledged
    :ivar acknowledged: False where the outcome of the write is unknown
    """

    leverage: int | None
    acknowledged: bool = True


@dataclass(frozen=True)
class KnownPosition:
    """A position that was opened or seen through an object, or that a read has just shown.

    :ivar leverage: None where it is not known
    :ivar amount: its size in contracts, which are units of the base coin on Bitget; None where it is not known
    :ivar is_read: whether the exchange has just shown it
    :ivar is_open: False once an exit was filled or found no position, or the exchange showed none; its mode is kept,
        so that a second exit is not sent in the other one
    :ivar number: that of the event in which it was opened, or seen first; 0 before it is recorded
    """

    side: Side
    margin: MarginMode
    leverage: float | None = None
    amount: float | None = None
    is_read: bool = False
    is_open: bool = True
    number: int = 0


@dataclass
class Refused:
    """A call that was refused for its value or for the state of the account: it has asked for nothing.

    :ivar margin: the margin mode for which it was decided, None where that was not known
    :ivar is_named: whether a warning has named it before an order that opens a position
    :ivar is_mentioned: whether one has before an order of which it is not known whether it opens one
    """

    requested: RequestedLeverage
    margin: MarginMode | None
    reason: str
    number: int
    is_named: bool = False
    is_mentioned: bool = False


@dataclass
class ContractLeverage:
    """What one program wants for one contract, what is acknowledged, and the positions that are known.

    :ivar chosen: the margin mode that was chosen last, and the number of that call
    :ivar decided: the margin mode for which the last ``set_leverage`` was decided, and the number of that call
    :ivar entries: the margin mode of the last order, by side, that may open a position later, or may have opened one
    :ivar divided: two different leverages of one call, and its number: they count for isolated hedge only
    :ivar warned: leverages of positions that a WARNING has named, since the last write that was acknowledged
    :ivar failures: the last attempt to set a missing leverage before an order, where it failed: its number, and the
        text, which orders that waited for it share
    """

    asked: dict[Slot, Asked] = field(default_factory=dict)
    confirmed: dict[Slot, Confirmed] = field(default_factory=dict)
    chosen: tuple[MarginMode, int] | None = None
    decided: tuple[MarginMode, int] | None = None
    divided: tuple[RequestedLeverage, int] | None = None
    refused: list[Refused] = field(default_factory=list)
    positions: dict[Side, KnownPosition] = field(default_factory=dict)
    entries: dict[Side, MarginMode] = field(default_factory=dict)
    failures: dict[Slot, tuple[int, str]] = field(default_factory=dict)
    warned: dict[Slot, set[float]] = field(default_factory=dict)

    # -- asked for ----------------------------------------------------------------------------------------------------

    def record_call(
        self, args: SetLeverageArgs, number: int, modes: Modes, refused: str | None, both_modes: bool = False
    ) -> None:
        """Record what a call asks for.

        :param number: the number of the call in the order of events
        :param modes: the modes for which it was decided
        :param refused: why it was refused: then it has asked for nothing
        :param both_modes: both margin modes of a unified account are meant
        """
        requested, named, default = args.requested, args.modes.margin, args.options.hold_side
        margin = named or modes.margin
        if refused is not None:
            self.refuse(requested, margin, refused, number)
            return
        if both_modes or args.both_margins:
            for mode in MODES:
                self.ask(requested, number, mode, only=True)
            return
        if requested.side is None and default in SIDES and modes == Modes(ISOLATED, HEDGE):
            long, short = (requested.long, None) if default is LONG else (None, requested.short)
            requested = RequestedLeverage(long, short, default)
        self.ask(requested, number, margin, only=named is not None)
        if named is not None:
            self.choose(named, number)
        if margin is not None and (self.decided is None or self.decided[1] < number):
            self.decided = margin, number

    def ask(self, requested: RequestedLeverage, number: int, margin: MarginMode | None, only: bool) -> None:
        """Record a leverage that was asked for.

        :param margin: the margin mode for which the call was decided, None where it is not known
        :param only: the call named that margin mode, so that the leverage does not count for the other one
        """
        divided = None not in (requested.long, requested.short) and requested.long != requested.short
        if divided:
            self.divided = requested, number
        for mode in MODES:
            own = mode is margin
            if (divided and mode is CROSSED) or (only and not own):
                continue
            for side, value in ((LONG, requested.long), (SHORT, requested.short)):
                here = self.asked.get((mode, side))
                # crossed margin has one leverage for both sides
                beside = self.asked.get((mode, side.other)) if mode is CROSSED else None
                if value is None or (here is not None and here.number > number):
                    continue
                asked_here = (here is not None and here.own) or (beside is not None and beside.own)
                if own or margin is None or not asked_here:
                    self.asked[mode, side] = Asked(value, number, own)

    def asked_for(self, mode: MarginMode, side: Side, hedged: bool) -> int | None:
        """Return the leverage that was asked for on a side, None where none was."""
        if hedged and mode is ISOLATED:
            found = self.asked.get((mode, side))
        else:
            long, short = self.asked.get((mode, LONG)), self.asked.get((mode, SHORT))
            if long and short and long.number == short.number and long.leverage != short.leverage:
                return None  # two leverages of one call count for isolated hedge only
            # one leverage: what was asked for in this mode itself, else what was asked for last
            found = max(filter(None, (long, short)), key=attrgetter("own", "number"), default=None)
        return found.leverage if found else None

    def divided_for(self, mode: MarginMode, hedged: bool) -> RequestedLeverage | None:
        """Return the two leverages of the last call, where an order in *mode* has one leverage."""
        if self.divided is None or (hedged and mode is ISOLATED):
            return None
        requested, number = self.divided
        newer = any(asked.number > number for (each, _), asked in self.asked.items() if each is mode)
        return None if newer else requested

    def refuse(self, requested: RequestedLeverage, margin: MarginMode | None, reason: str, number: int) -> None:
        """Record a call that was refused: what was asked for before stays, and the next opening order warns."""
        others = [each for each in self.refused if (each.requested.side, each.margin) != (requested.side, margin)]
        self.refused = [*others, Refused(requested, margin, reason, number)]

    def refusals_to_name(self, mode: MarginMode, side: Side, hedged: bool, opens: bool) -> list[Refused]:
        """Return the refused calls of which an order warns: those that nothing asked for since has replaced.

        One of another side or margin mode is named by the next order, and again by the order that it is about.

        :param opens: whether it is known that the order opens a position; else they are named once, and stay for one
            that does
        """
        one_leverage, found = mode is CROSSED or not hedged, []
        for refused in list(self.refused):
            value = refused.requested.long if side is LONG else refused.requested.short
            is_about = refused.margin in (None, mode) and (one_leverage or value is not None)
            is_replaced = any(
                asked.number > refused.number
                for (margin, at), asked in list(self.asked.items())
                if not is_about or (margin is mode and (one_leverage or at is side))
            )
            if is_replaced or (refused.is_named and not is_about) or (refused.is_mentioned and not opens):
                continue
            found.append(refused)
            if opens and is_about:
                self.refused = [each for each in self.refused if each is not refused]
            elif opens:
                refused.is_named = True
            else:
                refused.is_mentioned = True
        return found

    # -- the margin mode ----------------------------------------------------------------------------------------------

    def choose(self, margin: MarginMode, number: int) -> None:
        """Record that the program chose a margin mode."""
        if self.chosen is None or self.chosen[1] < number:
            self.chosen = margin, number

    @property
    def last_mode(self) -> tuple[MarginMode | None, int]:
        """The margin mode that was chosen last, or decided last, whichever is later; and the number of that call."""
        return max(filter(None, (self.chosen, self.decided)), key=itemgetter(1), default=(None, 0))

    def chosen_since(self, position: KnownPosition) -> bool:
        """Return whether the program has chosen another margin mode since *position* was opened or seen."""
        mode, number = self.last_mode
        return mode is not None and mode is not position.margin and number > position.number

    # -- acknowledged -------------------------------------------------------------------------------------------------

    def acknowledge(self, margin: MarginMode, values: Mapping[Side, int]) -> None:
        """Record that our own write was acknowledged."""
        for side, value in values.items():
            self.confirmed[margin, side] = Confirmed(value)
            self.warned.pop((margin, side), None)

    def outcome_unknown(self, margin: MarginMode, values: Mapping[Side, int]) -> None:
        """Record that our own write may or may not have been applied."""
        for side, value in values.items():
            self.confirmed[margin, side] = Confirmed(value, acknowledged=False)

    def acknowledged(self, margin: MarginMode, side: Side) -> int | None:
        """Return the leverage that was acknowledged, None where none was."""
        confirmed = self.confirmed.get((margin, side))
        return confirmed.leverage if confirmed and confirmed.acknowledged else None

    def missing(self, margin: MarginMode, side: Side, hedged: bool) -> int | None:
        """Return the leverage that was asked for and is not acknowledged, None where nothing is missing."""
        wanted = self.asked_for(margin, side, hedged)
        return None if wanted == self.acknowledged(margin, side) else wanted

    def repeats_own_write(self, margin: MarginMode, side: Side, leverage: int) -> bool:
        """Return whether setting *leverage* would repeat our own write whose outcome is unknown."""
        return self.confirmed.get((margin, side)) == Confirmed(leverage, acknowledged=False)

    def not_acknowledged(self, margin: MarginMode | None) -> None:
        """Forget what was acknowledged in one margin mode, None for both: the account holds something else there.

        That it was written stays known: a settings row that shows another leverage may be older than the write.
        """
        for mode in MODES if margin is None else (margin,):
            self.confirmed.update({(mode, side): Confirmed(None) for side in (LONG, SHORT)})

    def reset_acknowledged(self) -> None:
        """Forget what was acknowledged: the account or its position mode has changed."""
        self.confirmed.clear()
        self.failures.clear()

    def account_converted(self) -> None:
        """Keep what was asked for on an account that has changed its type; nothing is acknowledged there yet."""
        self.reset_acknowledged()
        self.chosen = self.chosen or self.decided  # the mode that was in use stays in use

    # -- positions ----------------------------------------------------------------------------------------------------

    def opened(self, side: Side, margin: MarginMode, amount: float | None, hedged: bool) -> None:
        """Record an order that opened a position."""
        if not hedged:
            self.closed(side.other)
        known = self.open_position(side)
        if known is not None and known.margin is margin:
            amount = None if known.amount is None or amount is None else known.amount + amount
        self.positions[side] = KnownPosition(side, margin, amount=amount, number=next_number())
        self.entries.pop(side, None)

    def seen(self, position: KnownPosition, hedged: bool | None = None) -> None:
        """Record an open position that the exchange showed."""
        side = position.side
        if hedged is False:
            self.closed(side.other)
        known = self.open_position(side)
        number = known.number if known is not None and known.margin is position.margin else next_number()
        self.positions[side] = replace(position, is_read=False, number=number)

    def may_open(self, side: Side, margin: MarginMode, waits: bool = True) -> None:
        """Record an order that may open a position later, or may have opened one.

        :param waits: False for a limit order: an exit in its mode that finds no position comes too late, and a
            position in the other mode is somebody else's
        """
        self.entries[side] = margin
        if not waits and self.open_position(side) is None:
            self.positions[side] = KnownPosition(side, margin, is_open=False)

    def reduced(self, side: Side, amount: float | None) -> None:
        """Record an exit that was filled."""
        known = self.open_position(side)
        rest = 0.0 if known is None or known.amount is None or amount is None else known.amount - amount
        if known is not None and rest > 1e-9:
            self.positions[side] = replace(known, amount=rest)
        else:
            self.closed(side)

    def closed(self, side: Side) -> None:
        """Record that there is no position on *side* (any more)."""
        if side in self.positions:
            self.positions[side] = replace(self.positions[side], is_open=False)

    def no_position_in(self, margin: MarginMode) -> None:
        """Record that there is no position in *margin* (any more)."""
        for side, known in list(self.positions.items()):
            if known.margin is margin:
                self.closed(side)

    def open_position(self, side: Side) -> KnownPosition | None:
        """Return the position on *side* that was opened or seen and not closed since."""
        known = self.positions.get(side)
        return known if known is not None and known.is_open else None

    def open_positions(self) -> list[KnownPosition]:
        """Return the positions that were opened or seen and not closed since."""
        return [known for side in SIDES if (known := self.open_position(side)) is not None]
