"""What a sequence is made of, and what is noted while it is played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from soak import CLASSIC, UNIFIED

NAMES = {unified: {row[0]: (row[1], row[2]) for row in rows} for unified, rows in ((False, CLASSIC), (True, UNIFIED))}
SYMBOLS = tuple(NAMES[False])
SET_LEVERAGE = "account/set-leverage"
MODES = ("account/set-margin-mode", "account/set-position-mode", "account/set-hold-mode")
ORDERS = ("order/place-order", "order/batch-place-order", "trade/place-order", "trade/place-batch")
NO_CHANGE = "45054"


@dataclass(frozen=True)
class Setup:
    """The account, the exchange's answers, and the options of the object that is put before them."""

    unified: bool
    symbols: tuple[str, ...]
    hedge: Mapping[str, bool]  # by product type; a unified account has that of the first symbol
    margins: Mapping[str, str]
    figures: Mapping[str, tuple[int, int, int]]
    quirks: Mapping[str, str]
    options: Mapping[str, Any]
    uta: bool | None = None


@dataclass(frozen=True)
class Op:
    """One operation, and what strikes while it runs: at which of its requests, and what."""

    name: str
    args: tuple[Any, ...] = ()
    strikes: tuple[tuple[int, str, Any], ...] = ()


@dataclass(frozen=True)
class Case:
    """One sequence, whole: what it prints as can be pasted."""

    client: str
    setup: Setup
    ops: tuple[Op, ...]


@dataclass(frozen=True)
class Held:
    """What the account holds of one contract."""

    unified: bool
    margin: str
    hedge: bool
    cross: int
    long: int
    short: int

    def differences(self, other: Held) -> dict[str, int]:
        """The figures of *other* that are not these."""
        return {
            name: getattr(other, name)
            for name in ("cross", "long", "short")
            if getattr(self, name) != getattr(other, name)
        }


@dataclass(frozen=True)
class Moment:
    """The account right after something was done to it: ``own`` requests, ``late`` copies of them, or ``foreign``."""

    who: str
    held: Mapping[str, Held]


@dataclass
class Sent:
    """One request as it met the account."""

    method: str
    path: str
    params: Mapping[str, Any]
    symbol: str | None
    before: Mapping[str, Held]
    after: Mapping[str, Held]
    code: str | None = None
    fault: str | None = None
    place: int = 0  # of the moment after it
