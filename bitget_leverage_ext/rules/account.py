"""An account, as far as leverage depends on it: margin mode, position mode and the figures in force.

Bitget's own words are kept: margin mode ``crossed``/``isolated``, position mode ``one_way_mode``/``hedge_mode``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CROSSED, ISOLATED = "crossed", "isolated"
ONE_WAY, HEDGE = "one_way_mode", "hedge_mode"


@dataclass(frozen=True)
class Modes:
    """The two modes that decide what a set-leverage request looks like; ``None`` where nothing is known yet."""

    margin: str | None = None
    position: str | None = None

    @property
    def decisive(self) -> bool:
        """Whether this is enough to plan: cross has one figure in either position mode, one-way in either margin mode.

        https://www.bitget.com/api-doc/contract/account/Change-Leverage
        """
        return self.margin == CROSSED or self.position == ONE_WAY or None not in (self.margin, self.position)

    def over(self, other: Modes) -> Modes:
        """These modes, with *other* where nothing is known."""
        if self.margin is None and self.position is None:
            return other
        return Modes(self.margin or other.margin, self.position or other.position)

    def contradicts(self, other: Modes) -> bool:
        """Whether both know a mode and differ about it."""
        return _differ(self.margin, other.margin) or _differ(self.position, other.position)

    def __str__(self) -> str:
        words = {CROSSED: "crossed", ISOLATED: "isolated", ONE_WAY: "one-way", HEDGE: "hedge"}
        return ", ".join(words[mode] for mode in (self.margin, self.position) if mode) or "unknown modes"


def _differ(mine: str | None, its: str | None) -> bool:
    return mine is not None and its is not None and mine != its


@dataclass(frozen=True)
class InForce:
    """What a reply or a read says an account holds; ``None`` where it says nothing.

    ``either`` is the figure of one of the two sides, where it is not said of which.
    """

    modes: Modes
    cross: int | float | None = None
    long: int | float | None = None
    short: int | float | None = None
    either: int | float | None = None

    def of_side(self, side: str) -> int | float | None:
        """The isolated figure of a side."""
        return self.long if side == "long" else self.short

    def over(self, other: InForce) -> InForce:
        """These figures, with *other*'s where nothing is known."""
        mine = (self.cross, self.long, self.short, self.either)
        its = (other.cross, other.long, other.short, other.either)
        return InForce(self.modes.over(other.modes), *(b if a is None else a for a, b in zip(mine, its, strict=True)))

    def __str__(self) -> str:
        if self.modes.margin == CROSSED:
            return f"in force: {self.modes}, leverage {_shown(self.cross)}"
        if self.either is not None and self.long is None and self.short is None:
            return f"in force: {self.modes}, {_shown(self.either)} on one of the sides"
        return f"in force: {self.modes}, long {_shown(self.long)}, short {_shown(self.short)}"


def _shown(figure: int | float | None) -> str:
    return "unknown" if figure is None else f"{figure}x"


def _figure(value: object) -> int | float | None:
    """A figure as Bitget writes it: a number, a string, ``""``, ``null`` or absent (all were seen).

    https://github.com/ccxt/ccxt/pull/15035, https://github.com/ccxt/ccxt/pull/21576
    """
    try:
        number = float(str(value))
        return int(number) if number == int(number) else number
    except (ValueError, OverflowError):
        return None


def _one_of(value: object, *known: str) -> str | None:
    word = str(value).lower()
    return word if word in known else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def read_reply(data: object) -> InForce:
    """The ``data`` of a classic set-leverage or set-margin-mode reply; it carries no position mode.

    https://www.bitget.com/api-doc/contract/account/Change-Leverage (response; its table misspells shortLeverage)
    """
    row = _mapping(data)
    return InForce(
        Modes(margin=_one_of(row.get("marginMode"), CROSSED, ISOLATED)),
        cross=_figure(row.get("crossMarginLeverage")),
        long=_figure(row.get("longLeverage")),
        short=_figure(row.get("shortLeverage")),
    )


def read_classic(data: object) -> InForce:
    """The ``data`` of ``GET /api/v2/mix/account/account``.

    https://www.bitget.com/api-doc/contract/account/Get-Single-Account
    """
    row = _mapping(data)
    return InForce(
        Modes(_one_of(row.get("marginMode"), CROSSED, ISOLATED), _one_of(row.get("posMode"), ONE_WAY, HEDGE)),
        cross=_figure(row.get("crossedMarginLeverage")),
        long=_figure(row.get("isolatedLongLever")),
        short=_figure(row.get("isolatedShortLever")),
    )


def unified_rows(settings: object, category: str, symbol: str) -> list[Mapping[str, Any]]:
    """A symbol's rows of ``GET /api/v3/account/settings``; none where the symbol was never touched.

    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
    """
    rows = _mapping(settings).get("symbolConfigList")
    return [
        _mapping(row)
        for row in (rows if isinstance(rows, list) else ())
        if _mapping(row).get("category") == category and _mapping(row).get("symbol") == symbol
    ]


def unified_row(settings: object, category: str, symbol: str, margin: str | None = None) -> Mapping[str, Any]:
    """The one of a symbol's rows that is about *margin* mode, else the first; empty where there is none."""
    mine = unified_rows(settings, category, symbol)
    return next((row for row in mine if row.get("marginMode") == margin), mine[0] if mine else {})


def read_unified(settings: object, category: str, symbol: str, margin: str | None = None) -> InForce:
    """What the ``data`` of ``GET /api/v3/account/settings`` says of one symbol, rather in *margin* mode.

    Seen live: no row, a row with one string. The page's table says Array of that field, and other clients accept a
    number. One figure cannot speak for two sides: in isolated hedge mode it is left out.
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting, https://github.com/msei99/pbgui
    """
    row = unified_row(settings, category, symbol, margin)
    modes = Modes(
        _one_of(row.get("marginMode"), CROSSED, ISOLATED),
        _one_of(_mapping(settings).get("holdMode"), ONE_WAY, HEDGE),
    )
    told = [_row_sides(other) for other in unified_rows(settings, category, symbol) if _same_mode(other, row)]
    long, short = (next((sides[side] for sides in told if sides[side] is not None), None) for side in _SIDES)
    if modes.margin == CROSSED or modes.position == ONE_WAY:
        one = _agreed(_listed_figures(row.get("leverage")))
        long, short = (one if figure is None else figure for figure in (long, short))
        return InForce(modes, cross=one if one is not None else _agreed([long, short]), long=long, short=short)
    return InForce(modes, long=long, short=short, either=_agreed(_listed_figures(row.get("leverage"))))


_SIDES = ("long", "short")


def _same_mode(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return row.get("marginMode") == other.get("marginMode")


def _listed_figures(value: object) -> list[int | float | None]:
    figures = value if isinstance(value, (list, tuple)) else [value]
    return [_figure(_mapping(figure).get("leverage", figure)) for figure in figures]


def _agreed(figures: list[int | float | None]) -> int | float | None:
    known = {figure for figure in figures if figure is not None}
    return known.pop() if len(known) == 1 else None


def _row_sides(row: Mapping[str, Any]) -> dict[str, int | float | None]:
    """A figure a side, where a row names the sides: by key, by a side beside the figure, or as a list of the two."""
    value = row.get("leverage")
    sides: dict[str, int | float | None] = {side: _figure(row.get(f"{side}Leverage")) for side in _SIDES}
    entries = value if isinstance(value, list) else [row]
    for number, entry in enumerate(entries):
        named = _mapping(entry)
        side = _one_of(named.get("posSide", named.get("holdSide")), *_SIDES)
        if side is not None:
            sides[side] = _figure(named.get("leverage"))
        elif len(entries) == 2 and not isinstance(entry, Mapping):
            # long before short, the order in which every page and reply of Bitget has the two
            sides[_SIDES[number]] = _figure(entry)
    return sides


def read_positions(data: object, symbol: str, modes: Modes) -> InForce:
    """What the open positions of a unified account say of one symbol's leverage in ``modes.margin``.

    A position carries the leverage that is in force for it, where a settings row was seen to go stale.
    https://www.bitget.com/api-doc/uta/position/Get-Position
    """
    rows = _mapping(data).get("list", data)
    held: dict[str | None, int | float | None] = {}
    for row in map(_mapping, rows if isinstance(rows, list) else ()):
        if row.get("symbol") == symbol and _one_of(row.get("marginMode"), CROSSED, ISOLATED) == modes.margin:
            held[_one_of(row.get("posSide"), *_SIDES)] = _figure(row.get("leverage"))
    if modes.margin == CROSSED:
        return InForce(modes, cross=_agreed(list(held.values())))
    if modes.position == ONE_WAY:
        one = _agreed(list(held.values()))
        return InForce(modes, long=one, short=one)
    return InForce(modes, long=held.get("long"), short=held.get("short"))
