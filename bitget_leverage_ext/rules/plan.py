"""The hold-side table: what a wish means on an account, decided by margin mode and position mode.

                 no side     one side     both, same   both, different
crossed          one figure  one figure   one figure   refused
isolated one-way one figure  one figure   one figure   refused
isolated hedge   refused     that side    both sides   both sides

https://www.bitget.com/api-doc/contract/account/Change-Leverage, https://github.com/ccxt/ccxt/issues/24700

Crossed margin has one figure and isolated one-way has one position, so a side is dropped there. In isolated hedge
mode the two sides are separate bets: without a side the call is refused rather than guessed. How a plan is written
down for the exchange is in ``forms``.
"""

from __future__ import annotations

from dataclasses import dataclass

from .account import CROSSED, HEDGE, ISOLATED, ONE_WAY, Modes
from .errors import BadInput, MissingInput

LONG, SHORT, BOTH = "long", "short", "both"

# The cells that are sent: one figure in crossed margin or in one-way mode, one side or both in isolated hedge mode.
ONE_CROSSED, ONE_ISOLATED, ONE_SIDE, BOTH_SIDES = "crossed", "isolated one-way", "one side", "both sides"


@dataclass(frozen=True)
class Wish:
    """Which leverage is wanted on which side; a side that is not meant is ``None``.

    ``side`` is what the caller named: ``None`` (nothing; both figures are then the one leverage), ``'long'``,
    ``'short'`` or ``'both'``.
    """

    long: int | None
    short: int | None
    side: str | None = None

    @property
    def single(self) -> int | None:
        """The one figure of the wish, ``None`` where the sides differ."""
        if self.long is None or self.short is None:
            return self.long or self.short
        return self.long if self.long == self.short else None

    @property
    def figures(self) -> tuple[int, ...]:
        """Every figure that is asked for."""
        return tuple(figure for figure in (self.long, self.short) if figure is not None)

    @property
    def divided(self) -> bool:
        """Whether it tells the sides apart: one of them is named, or the two figures differ."""
        return self.side in (LONG, SHORT) or self.single is None


@dataclass(frozen=True)
class Plan:
    """What the account must hold afterwards; ``None`` for a side that is not to be touched.

    ``dropped`` is the side that the caller named where the account has no sides.
    """

    cell: str
    long: int | None
    short: int | None
    dropped: str | None = None

    @property
    def side(self) -> str | None:
        """The one side that is to be changed; ``None`` where there is one figure, or both sides are."""
        return None if self.cell != ONE_SIDE else LONG if self.short is None else SHORT

    def completed(self, other: int | None) -> Plan:
        """The same plan, with the figure that the side which is not to be changed has already."""
        long, short = (other if figure is None else figure for figure in (self.long, self.short))
        return Plan(self.cell, long, short, self.dropped)

    def __str__(self) -> str:
        if self.long == self.short:
            return f"{self.long}x"
        sides = ((LONG, self.long), (SHORT, self.short))
        return ", ".join(f"{side} {figure}x" for side, figure in sides if figure is not None)


def plan(modes: Modes, wish: Wish, symbol: str, default_side: str | None = None) -> Plan:
    """What *wish* means on an account in *modes*, which must be decisive.

    :raises BadInput: two figures where the account has one.
    :raises MissingInput: no side in isolated hedge mode, and no *default_side*.
    """
    if modes.margin == CROSSED or modes.position == ONE_WAY:
        if wish.single is None:
            why = "crossed margin has one figure" if modes.margin == CROSSED else "one-way mode has one position"
            raise BadInput(
                f"{symbol}: long {wish.long} and short {wish.short} cannot both be set, {why} ({modes}); "
                "give one leverage, or switch the account to isolated margin and hedge mode"
            )
        cell = ONE_CROSSED if modes.margin == CROSSED else ONE_ISOLATED
        return Plan(cell, wish.single, wish.single, dropped=wish.side)
    side = wish.side or default_side
    if side is None:
        raise MissingInput(
            f"{symbol} is in isolated margin and hedge mode, where long and short have a leverage each: name "
            "params={'holdSide': 'long'}, 'short' or 'both' (or set options['setLeverage']['holdSide'] = 'both')"
        )
    cell = BOTH_SIDES if side == BOTH else ONE_SIDE
    return Plan(cell, None if side == SHORT else wish.long, None if side == LONG else wish.short)


def doubtful(modes: Modes, wish: Wish, chosen: bool) -> bool:
    """Whether memory of *modes* would do silent harm if it were wrong, so that they must be read first.

    A wish that tells the sides apart goes out without a side where the account is taken for crossed or one-way; an
    account that has become isolated hedge since could take that figure for both sides.

    :param chosen: the margin mode is sent with the request, so that it cannot be wrong, and the reply tells nothing
        (unified accounts): two figures for an account that has become one-way would not be noticed
    """
    if chosen:
        return modes.margin == ISOLATED and (wish.single is None or (wish.divided and modes.position != HEDGE))
    return wish.divided and modes != Modes(ISOLATED, HEDGE)
