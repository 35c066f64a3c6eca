"""The hold-side table: what the account must hold for a requested leverage, by margin mode and position mode.

                 no side       one side                  both, same    both, different
crossed          one leverage  one leverage              one leverage  refused
isolated one-way one leverage  one leverage              one leverage  refused
isolated hedge   refused       that side                 both sides    both sides

https://www.bitget.com/api-doc/contract/account/Change-Leverage, https://github.com/ccxt/ccxt/issues/24700

Crossed margin has one leverage and isolated one-way has one position, so a hold side is dropped there. In isolated
hedge mode the two sides are separate: a call without a side is refused. How a change is written in a request is in
``formats``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from .modes import BOTH, CROSSED, HEDGE, ISOLATED, LONG, ONE_WAY, SHORT, Modes, Side
from .refusals import BadInput, MissingInput


class Scope(Enum):
    """What one change covers: the rows of the table that are sent."""

    CROSSED = "crossed"
    ONE_WAY = "isolated one-way"
    ONE_SIDE = "isolated hedge, one side"
    BOTH_SIDES = "isolated hedge, both sides"


class RequestedLeverage(NamedTuple):
    """The leverage that a caller wants on each side; None for a side that is not meant.

    :ivar side: the side that the caller named; None where nothing was named, both leverages are the same then
    """

    long: int | None
    short: int | None
    side: Side | None = None

    @property
    def single(self) -> int | None:
        """The one leverage of the request, None where the sides differ."""
        if self.long is None or self.short is None:
            return self.long or self.short
        return self.long if self.long == self.short else None

    def __str__(self) -> str:
        if self.single is not None:
            return f"{self.single}x"
        return f"{self.long}x long and {self.short}x short"


@dataclass
class LeverageChange:
    """What the account must hold afterwards; None for a side that must not change.

    :ivar dropped: the side that the caller named where the account has one leverage
    :ivar by_side: the leverages that hold afterwards, by side
    """

    scope: Scope
    long: int | None
    short: int | None
    dropped: Side | None = None
    by_side: dict[Side, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.by_side = {}
        if self.long is not None:
            self.by_side[LONG] = self.long
        if self.short is not None:
            self.by_side[SHORT] = self.short

    @property
    def side(self) -> Side | None:
        """The one side that changes; None where the contract has one leverage, or both sides are sent."""
        return next(iter(self.by_side)) if len(self.by_side) == 1 else None

    def completed(self, other_side: int) -> LeverageChange:
        """Return this change with the leverage that the other side holds already."""
        long, short = (other_side if value is None else value for value in (self.long, self.short))
        return LeverageChange(self.scope, long, short)

    def __str__(self) -> str:
        if self.long == self.short:
            return f"{self.long}x"
        return ", ".join(f"{side} {value}x" for side, value in self.by_side.items())


def has_one_leverage(modes: Modes) -> bool:
    """Return whether the contract has one leverage: in crossed margin, or in one-way mode."""
    return modes.margin is CROSSED or modes.position is ONE_WAY


def is_decisive(modes: Modes) -> bool:
    """Return whether *modes* decide the row of the table."""
    return has_one_leverage(modes) or None not in (modes.margin, modes.position)


def resolve_change(
    modes: Modes, requested: RequestedLeverage, symbol: str, default_side: Side | None = None
) -> LeverageChange:
    """Return what *requested* means on an account in *modes*, which must be decisive.

    :raises BadInput: two leverages where the account has one
    :raises MissingInput: no side in isolated hedge mode, and no *default_side*
    """
    if has_one_leverage(modes):
        single = requested.single
        if single is None:
            why = "crossed margin has one leverage" if modes.margin is CROSSED else "one-way mode has one position"
            raise BadInput(
                f"{symbol}: long {requested.long} and short {requested.short} cannot both be set, {why} ({modes}); "
                "give one leverage, or switch the account to isolated margin and hedge mode"
            )
        scope = Scope.CROSSED if modes.margin is CROSSED else Scope.ONE_WAY
        return LeverageChange(scope, single, single, dropped=requested.side)
    side = requested.side or default_side
    if side is None:
        raise MissingInput(
            f"{symbol} is in isolated margin and hedge mode, where long and short have a leverage each: name "
            "params={'holdSide': 'long'}, 'short' or 'both' (or set options['setLeverage']['holdSide'] = 'both')"
        )
    scope = Scope.BOTH_SIDES if side is BOTH else Scope.ONE_SIDE
    return LeverageChange(scope, None if side is SHORT else requested.long, None if side is LONG else requested.short)


def must_read_modes_first(modes: Modes, requested: RequestedLeverage, unified: bool) -> bool:
    """Return whether a fresh read is needed: *modes* do not decide, or would do silent harm if they were wrong.

    A request that names a side goes out without it where the account is remembered as crossed or one-way. An account
    that is isolated hedge by now could apply that leverage to both sides.

    :param unified: the margin mode is sent with the request, so it cannot be wrong; two leverages for an account that
        has become one-way would not be noticed
    """
    if not is_decisive(modes):
        return True
    if requested.side is None:
        return False  # it means both sides, whatever the modes
    differ = requested.single is None
    sides_differ = requested.side in (LONG, SHORT) or differ
    if unified:
        return modes.margin is ISOLATED and (differ or (sides_differ and modes.position is not HEDGE))
    return sides_differ and modes != Modes(ISOLATED, HEDGE)
