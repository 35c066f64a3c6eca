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
        return Modes(self.margin or other.margin, self.position or other.position)

    def contradicts(self, other: Modes) -> bool:
        """Whether both know a mode and differ about it."""
        return any(
            mine is not None and its is not None and mine != its
            for mine, its in ((self.margin, other.margin), (self.position, other.position))
        )

    def __str__(self) -> str:
        words = {CROSSED: "crossed", ISOLATED: "isolated", ONE_WAY: "one-way", HEDGE: "hedge"}
        return ", ".join(words[mode] for mode in (self.margin, self.position) if mode) or "unknown modes"


@dataclass(frozen=True)
class InForce:
    """What a reply or a read says an account holds; ``None`` where it says nothing."""

    modes: Modes
    cross: int | float | None = None
    long: int | float | None = None
    short: int | float | None = None

    def __str__(self) -> str:
        if self.modes.margin == CROSSED:
            return f"in force: {self.modes}, leverage {_shown(self.cross)}"
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
    return next((word for word in known if word == str(value).lower()), None)


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


def unified_row(settings: object, category: str, symbol: str, margin: str | None = None) -> Mapping[str, Any]:
    """The symbol's row of ``GET /api/v3/account/settings``, rather that of *margin* mode where there are several;
    empty where the symbol was never touched.

    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
    """
    rows = _mapping(settings).get("symbolConfigList")
    mine = [
        row
        for row in (rows if isinstance(rows, list) else ())
        if _mapping(row).get("category") == category and row.get("symbol") == symbol
    ]
    return next((row for row in mine if row.get("marginMode") == margin), mine[0] if mine else {})


def read_unified(settings: object, category: str, symbol: str, margin: str | None = None) -> InForce:
    """What the ``data`` of ``GET /api/v3/account/settings`` says of one symbol.

    A row has one ``leverage`` field, which in isolated hedge mode cannot speak for both sides: there it is left out
    unless the row names the sides.
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
    """
    row = unified_row(settings, category, symbol, margin)
    modes = Modes(
        _one_of(row.get("marginMode"), CROSSED, ISOLATED),
        _one_of(_mapping(settings).get("holdMode"), ONE_WAY, HEDGE),
    )
    figure = _figure(row.get("leverage"))
    of_side = None if modes.position == HEDGE else figure
    return InForce(
        modes,
        cross=figure,
        long=_figure(row.get("longLeverage")) or of_side,
        short=_figure(row.get("shortLeverage")) or of_side,
    )
