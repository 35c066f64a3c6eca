"""The hold-side table: what goes over the wire for a wish, decided by margin mode and position mode.

                 no side      one side            both, same       both, different
crossed          leverage     leverage            leverage         refused
isolated one-way leverage     leverage            leverage         refused
isolated hedge   refused      leverage, holdSide  long-, shortLev. long-, shortLev.

https://www.bitget.com/api-doc/contract/account/Change-Leverage, https://github.com/ccxt/ccxt/issues/24700

Crossed margin has one figure and isolated one-way has one position, so a side is dropped there. In crossed margin
``longLeverage`` would take effect on the one cross figure (the cross trap), so it is never sent there. In isolated
hedge mode the two sides are separate bets: without a side the call is refused rather than guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from .account import CROSSED, ONE_WAY, Modes
from .errors import BadInput, MissingInput

LONG, SHORT, BOTH = "long", "short", "both"


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


@dataclass(frozen=True)
class Plan:
    """One set-leverage request: its figures, and what the account must hold on each side afterwards.

    ``side`` is the hold side that is sent, ``None`` where none is, ``'both'`` where the two figures are sent.
    """

    side: str | None
    long: int | None
    short: int | None
    dropped: str | None = None

    def fields(self, side_name: str) -> dict[str, str]:
        """The request's fields; *side_name* is ``holdSide`` on classic and ``posSide`` on unified accounts."""
        if self.side == BOTH:
            return {"longLeverage": str(self.long), "shortLeverage": str(self.short)}
        figure = self.long if self.long is not None else self.short
        return {"leverage": str(figure)} | ({side_name: self.side} if self.side else {})

    def one_by_one(self) -> tuple[Plan, Plan]:
        """The same as one request a side, for an exchange that does not know the two-figure form."""
        return Plan(LONG, self.long, None), Plan(SHORT, None, self.short)

    def both_sides(self) -> Plan:
        """The same figures in the two-figure form, for an exchange that asks a one-way account for a side."""
        return Plan(BOTH, self.long, self.short, self.dropped)


def plan(modes: Modes, wish: Wish, symbol: str, default_side: str | None = None) -> Plan:
    """The request for *wish* on an account in *modes*, which must be decisive.

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
        return Plan(None, wish.single, wish.single, dropped=wish.side)
    side = wish.side or default_side
    if side is None:
        raise MissingInput(
            f"{symbol} is in isolated margin and hedge mode, where long and short have a leverage each: name "
            "params={'holdSide': 'long'}, 'short' or 'both' (or set options['setLeverage']['holdSide'] = 'both')"
        )
    return Plan(side, None if side == SHORT else wish.long, None if side == LONG else wish.short)
