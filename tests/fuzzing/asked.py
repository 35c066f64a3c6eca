"""What a call asks for, and what an account holds that has it.

Nothing here knows the package's rules; they are written down once more, from Bitget's page:
https://www.bitget.com/api-doc/contract/account/Change-Leverage
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fuzzing.cases import NAMES, Held

CROSSED, ISOLATED, BOTH = "crossed", "isolated", "both"
MARGINS = {"cross": CROSSED, "crossed": CROSSED, "isolated": ISOLATED, "both": BOTH}
SIDES = ("long", "short")
ENTRY_WORDS = {"long": "longLeverage", "short": "shortLeverage", "side": "holdSide"}


@dataclass
class Done:
    """One call of the exchange object, with the moments at which it began and ended."""

    method: str
    args: tuple[Any, ...]
    start: int
    end: int
    outcome: Any
    ends: Mapping[str, int] = field(default_factory=dict)  # of a batch, by symbol
    mutated: bool = False
    closable: bool = False  # there was a position that an order is to close


@dataclass
class Setting:
    """One leverage that was asked for, in a call of its own or in a batch."""

    symbol: str
    figures: dict[str, int]
    named: str | None
    params: Mapping[str, Any]
    start: int
    end: int
    outcome: Any

    def asked(self, held: Held, margin: str, default: str | None) -> dict[str, int] | None:
        """Which figures the account must have; ``None`` where the wish has no meaning on it."""
        one = next(iter(self.figures.values())) if len(set(self.figures.values())) == 1 else None
        if margin == CROSSED:
            return None if one is None else {"cross": one}
        if not held.hedge:
            return None if one is None else dict.fromkeys(SIDES, one)
        named = self.named or default
        if named is None:
            return None
        return {side: figure for side, figure in self.figures.items() if named in (side, BOTH)}


def symbol_of(name: Any) -> str:
    """The unified symbol of a contract, whichever of its names was used."""
    return next((symbol for of in NAMES.values() for symbol, (_, id) in of.items() if name in (symbol, id)), str(name))


def setting_of(leverage: Any, name: Any, params: Mapping[str, Any], start: int, end: int, outcome: Any) -> Setting:
    """What a call of ``set_leverage`` asks for."""
    side = next((params[name].lower() for name in ("holdSide", "posSide", "positionSide") if params.get(name)), None)
    figures = {of: params[f"{of}Leverage"] for of in SIDES if params.get(f"{of}Leverage") is not None}
    if figures:
        side = BOTH if len(figures) == 2 else next(iter(figures))
    else:
        figures = {of: leverage for of in SIDES if side in (None, BOTH, of)}
    whole = {of: int(float(figure)) for of, figure in figures.items()}
    return Setting(symbol_of(name), whole, side, params, start, end, outcome)


def settings_of(done: Done) -> Iterator[Setting]:
    """The leverages that a call asks for; none where it was refused as a whole."""
    if done.method == "set_leverage":
        leverage, name, params = done.args
        yield setting_of(leverage, name, params, done.start, done.end, done.outcome)
    elif done.method == "set_leverages" and isinstance(done.outcome, dict):
        for name, entry in done.args[0].items():
            own = (
                {ENTRY_WORDS.get(word, word): value for word, value in entry.items()} if isinstance(entry, dict) else {}
            )
            leverage = own.pop("leverage", None) if isinstance(entry, dict) else entry
            params = {**done.args[1], **own}
            end = done.ends.get(name, done.end)
            yield setting_of(leverage, name, params, done.start, end, done.outcome[name])
