"""Margin mode, position mode, hold side, and the leverages that an account holds, in Bitget's own words."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeVar

W = TypeVar("W", bound="Word")


class Word(str, Enum):
    """A word of Bitget's requests and replies; it is written, formatted and sent as that word."""

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def parse(cls: type[W], value: object) -> W | None:
        """Return the member for *value* in any case, None for anything else."""
        return _WORDS[cls].get(str(value).lower())  # type: ignore[return-value]


class MarginMode(Word):
    """The margin mode of a contract, an order or a position."""

    CROSSED = "crossed"
    ISOLATED = "isolated"

    other: MarginMode
    in_ccxt: str  # 'cross' or 'isolated'


class PositionMode(Word):
    """The position mode of a product type (classic accounts) or of an account (unified accounts)."""

    ONE_WAY = "one_way_mode"
    HEDGE = "hedge_mode"


class Side(Word):
    """A hold side: the side of a position, not of an order."""

    LONG = "long"
    SHORT = "short"
    BOTH = "both"

    other: Side  # of long and short only


CROSSED, ISOLATED = MarginMode.CROSSED, MarginMode.ISOLATED
ONE_WAY, HEDGE = PositionMode.ONE_WAY, PositionMode.HEDGE
LONG, SHORT, BOTH = Side.LONG, Side.SHORT, Side.BOTH
SIDES = (LONG, SHORT)

CROSSED.other, ISOLATED.other = ISOLATED, CROSSED
CROSSED.in_ccxt, ISOLATED.in_ccxt = "cross", "isolated"
LONG.other, SHORT.other = SHORT, LONG

_WORDS: dict[type[Word], dict[str, Word]] = {
    cls: {str(word): word for word in cls} for cls in (MarginMode, PositionMode, Side)
}
_TEXT: dict[Word, str] = {CROSSED: "crossed", ISOLATED: "isolated", ONE_WAY: "one-way", HEDGE: "hedge"}


class Modes(NamedTuple):
    """The two modes that decide the format of a set-leverage request; None where a mode is not known."""

    margin: MarginMode | None = None
    position: PositionMode | None = None

    def over(self, other: Modes) -> Modes:
        """Return these modes, completed from *other*."""
        return Modes(self.margin or other.margin, self.position or other.position)

    def contradicts(self, other: Modes) -> bool:
        """Return whether both know a mode and differ about it."""
        margins = self.margin and other.margin and self.margin is not other.margin
        positions = self.position and other.position and self.position is not other.position
        return bool(margins or positions)

    def __str__(self) -> str:
        return ", ".join(_TEXT[mode] for mode in (self.margin, self.position) if mode) or "unknown modes"


class LeverageSnapshot(NamedTuple):
    """What a reply or a read says that an account holds; None where it says nothing.

    :ivar long: isolated, as the leverage of the short side is
    :ivar one_side: the isolated leverage of one of the two sides, where the exchange does not say which
    """

    modes: Modes = Modes()
    cross: float | None = None
    long: float | None = None
    short: float | None = None
    one_side: float | None = None

    def of_side(self, side: Side) -> float | None:
        return self.long if side is LONG else self.short

    def over(self, other: LeverageSnapshot) -> LeverageSnapshot:
        """Return this snapshot, completed from *other*."""
        leverages = (b if a is None else a for a, b in zip(self[1:], other[1:], strict=True))
        return LeverageSnapshot(self.modes.over(other.modes), *leverages)

    def __str__(self) -> str:
        if self.modes.margin is CROSSED:
            return f"in force: {self.modes}, leverage {times(self.cross)}"
        if self.one_side is not None and self.long is None and self.short is None:
            return f"in force: {self.modes}, {times(self.one_side)} on one of the sides"
        return f"in force: {self.modes}, long {times(self.long)}, short {times(self.short)}"


def times(leverage: float | None) -> str:
    """Return a leverage for a message, such as ``7x``."""
    return "unknown" if leverage is None else f"{leverage}x"


def parse_number(value: object) -> float | None:
    """Return a leverage as Bitget writes it: a number or a string; None for ``""``, ``null`` and absent (all seen).

    https://github.com/ccxt/ccxt/pull/15035, https://github.com/ccxt/ccxt/pull/21576
    """
    try:
        number = float(str(value))
        return int(number) if number == int(number) else number
    except (ValueError, OverflowError):
        return None


def common_value(leverages: list[float | None]) -> float | None:
    """Return the one value that all known *leverages* have, None where they differ or none is known."""
    known = {leverage for leverage in leverages if leverage is not None}
    return known.pop() if len(known) == 1 else None
