"""State that an account keeps for each contract, the words for its modes, and the refusal that any route can raise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

MarginMode = Literal["crossed", "isolated"]
PositionMode = Literal["one_way_mode", "hedge_mode"]
HoldSide = Literal["long", "short"]
Environment = Literal["live", "demo"]
Role = Literal["ordinary", "copy"]
# https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
AccountLevel = Literal["basic", "advanced", "isolated", "delta"]

MARGIN_MODES = ("crossed", "isolated")
POSITION_MODES = ("one_way_mode", "hedge_mode")
PERMISSIONS = ("read", "trade")

_MARGIN_MODE_WORDS: dict[str, MarginMode] = {"crossed": "crossed", "cross": "crossed", "isolated": "isolated"}
_POSITION_MODE_WORDS: dict[str, PositionMode] = {
    "one_way_mode": "one_way_mode",
    "one-way": "one_way_mode",
    "one_way": "one_way_mode",
    "hedge_mode": "hedge_mode",
    "hedge": "hedge_mode",
}


class ApiRefusal(Exception):  # noqa: N818  # a reply of the exchange, not an error of the emulator
    """A business error of the exchange: its code, its text and its HTTP status."""

    # Business errors come with HTTP 400: so did every one that was published with its status.
    # https://github.com/BitgetLimited/agent_hub
    def __init__(self, code: str, msg: str, status: int = 400) -> None:
        super().__init__(f"{code} {msg}")
        self.code = code
        self.msg = msg
        self.status = status


@dataclass(frozen=True)
class Leverages:
    """The stored leverages of one contract: one for crossed margin, one for each side of isolated margin."""

    cross: int
    long: int
    short: int

    def of(self, margin_mode: MarginMode, side: HoldSide) -> int:
        """Return the leverage that a position on *side* in *margin_mode* has."""
        if margin_mode == "crossed":
            return self.cross
        return self.long if side == "long" else self.short

    def changed(self, cross: int | None = None, long: int | None = None, short: int | None = None) -> Leverages:
        """Return a copy with the given leverages; `None` keeps a leverage."""
        return Leverages(
            self.cross if cross is None else cross,
            self.long if long is None else long,
            self.short if short is None else short,
        )


@dataclass
class SymbolSettings:
    """The settings of one contract in one account."""

    # Each margin mode keeps leverages of its own; 20 is what an untouched symbol showed.
    # https://www.bitget.com/api-doc/contract/account/Get-Single-Account
    leverages: Leverages = Leverages(20, 20, 20)
    margin_mode: MarginMode = "crossed"
    last_side: HoldSide = "long"
    touched: bool = False
    # the settings after the first write
    first: SymbolSettings | None = None
    position: bool = False
    orders: bool = False

    @property
    def busy(self) -> bool:
        return self.position or self.orders

    def touch(self) -> None:
        self.touched = True
        self.first = self.first or replace(self)


def parse_margin_mode(word: str) -> MarginMode:
    """Return Bitget's word for a margin mode.

    :raises ValueError: neither Bitget's nor ccxt's word for one.
    """
    if word not in _MARGIN_MODE_WORDS:
        raise ValueError(f"margin mode {word!r}: use 'crossed' (in ccxt 'cross') or 'isolated'")
    return _MARGIN_MODE_WORDS[word]


def parse_position_mode(word: str) -> PositionMode:
    """Return Bitget's word for a position mode.

    :raises ValueError: neither Bitget's word nor a short one.
    """
    if word not in _POSITION_MODE_WORDS:
        raise ValueError(f"position mode {word!r}: use 'one_way_mode' (or 'one-way'), 'hedge_mode' (or 'hedge')")
    return _POSITION_MODE_WORDS[word]
