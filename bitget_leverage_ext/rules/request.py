"""What a caller writes -> a checked :class:`Ask`; what can be refused without the exchange is refused here."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

from .account import CROSSED, HEDGE, ISOLATED, ONE_WAY, Modes
from .errors import BadInput, MissingInput, shown
from .plan import BOTH, LONG, SHORT, Wish
from .products import Contract, parse_product_type

# One meaning under three names, because the exchanges ccxt serves name it differently:
# https://www.bitget.com/api-doc/contract/account/Change-Leverage (holdSide),
# https://www.bitget.com/api-doc/uta/account/Change-Leverage (posSide), https://docs.ccxt.com (positionSide)
SIDE_NAMES = ("holdSide", "posSide", "positionSide")
MARGIN_MODES = {"cross": CROSSED, "crossed": CROSSED, "isolated": ISOLATED}

# What an entry of set_leverages, or of a file of leverages, may say of one symbol, and the param that it is.
VOCABULARY = {
    **{name: name for name in ("leverage", "longLeverage", "shortLeverage", *SIDE_NAMES, "marginMode", "marginCoin")},
    **{name: name for name in ("hedged", "productType", "uta", "skipUnchanged", "verify", "fractional")},
    "long": "longLeverage",
    "short": "shortLeverage",
    "side": "holdSide",
    "margin-mode": "marginMode",
    "margin_mode": "marginMode",
    "margin-coin": "marginCoin",
    "margin_coin": "marginCoin",
}


@dataclass(frozen=True)
class Options:
    """``options['setLeverage']`` and its per-call form.

    :ivar hold_side: what an isolated-hedge call without a side means: ``None`` (it is refused) or a side
    :ivar fractional: ``'reject'`` or ``'floor'`` (3.7 becomes 3, never up)
    :ivar verify: ``'reply'``, ``'read'`` (read back after writing) or ``False``
    :ivar skip_unchanged: read first, and write only if the figure differs
    :ivar deadline: seconds that faults and 429 are waited out for; ``None`` for the default
    :ivar margin_mode: unified accounts: whose leverage is set where nothing names it; ``'both'`` for both modes'
    """

    hold_side: str | None = None
    fractional: str = "reject"
    verify: str | bool = "reply"
    skip_unchanged: bool = False
    deadline: float | None = None
    margin_mode: str | None = None


DEFAULTS = Options()


@dataclass(frozen=True)
class Ask:
    """One checked call of ``set_leverage``: what is wished, what the caller asserts, what is passed on untouched.

    :ivar margin: the margin mode that the call names, ``'both'`` included; classic accounts assert it
    """

    wish: Wish
    margin: str | None
    position: str | None
    options: Options
    product_type: str | None
    margin_coin: str | None
    extra: Mapping[str, Any]
    rounded: Mapping[str, int] = field(default_factory=dict)  # what was written, and the whole number it became

    @property
    def asserted(self) -> Modes:
        """What a classic account must be in.

        :raises BadInput: both margin modes at once, which a classic account cannot have.
        """
        if self.margin == BOTH:
            raise BadInput(
                "marginMode 'both' is for unified accounts, which keep a leverage for each; this account is classic, "
                "and a contract is in one margin mode: use 'cross' or 'isolated', or leave it out"
            )
        return Modes(self.margin, self.position)


def parse_ask(leverage: object, symbol: object, params: object, options: object) -> Ask:
    """Check the arguments of ``set_leverage``.

    :raises BadInput: a value that is not allowed, or two that disagree.
    :raises MissingInput: no symbol.
    """
    if symbol is None or symbol == "":
        raise MissingInput("setLeverage() requires a symbol argument, for example 'BTC/USDT:USDT'")
    if not isinstance(params, Mapping):
        raise BadInput(f"params must be a dict, not {shown(params)}")
    rest = {str(name): value for name, value in params.items()}
    choices = parse_options(options, rest)
    side = _side(rest)
    figures = {LONG: rest.pop("longLeverage", None), SHORT: rest.pop("shortLeverage", None)}
    wish = _wish(leverage, side, figures, choices.fractional)
    written = [value for value in figures.values() if value is not None] or [leverage]
    if leverage is not None and leverage not in written:
        parse_leverage("leverage", leverage, choices.fractional)  # the figures win over it, but it is no nonsense
    margin_mode, hedged = rest.pop("marginMode", None), rest.pop("hedged", None)
    product_type = rest.pop("productType", None) or rest.pop("category", None)
    margin_coin = rest.pop("marginCoin", None)
    for name in ("symbol", "leverage"):
        if name in rest:
            raise BadInput(f"params[{name!r}] would replace the argument {name}; give it once, as the argument")
    return Ask(
        wish=wish,
        margin=None if margin_mode is None else parse_margin_mode(margin_mode, both=True),
        position=None if hedged is None else parse_position_mode(hedged),
        options=choices,
        product_type=None if product_type is None else parse_product_type(product_type),
        margin_coin=None if margin_coin is None else parse_margin_coin(margin_coin),
        extra=rest,
        rounded=_rounded(written, choices.fractional),
    )


def parse_options(options: object, params: dict[str, Any] | None = None) -> Options:
    """``options['setLeverage']``, with what *params* says for this call (taken out of *params*).

    :raises BadInput: not a mapping, an unknown key, or a value that is not allowed.
    """
    if options is not None and not isinstance(options, Mapping):
        raise BadInput(f"options['setLeverage'] must be a dict, not {shown(options)}")
    given = {name: value for name, value in (options or {}).items() if value is not None}
    given.pop("uta", None)  # ccxt reads this one itself
    params = {} if params is None else params
    for name in ("fractional", "verify", "skipUnchanged"):
        value = params.pop(name, None)
        if value is not None:
            given[name] = value
    if not given:
        return DEFAULTS
    hold_side, margin_mode = given.pop("holdSide", None), given.pop("marginMode", None)
    chosen = Options(
        None if hold_side is None else parse_side("holdSide", hold_side),
        _choice("fractional", given.pop("fractional", "reject"), "reject", "floor"),
        _choice("verify", given.pop("verify", "reply"), "reply", "read", False),
        _choice("skipUnchanged", given.pop("skipUnchanged", False), True, False),
        _seconds("deadline", given.pop("deadline", None)),
        None if margin_mode is None else parse_margin_mode(margin_mode, both=True),
    )
    if given:
        raise BadInput(
            f"options['setLeverage'] has no {', '.join(map(shown, given))}; it takes holdSide, marginMode, fractional, "
            "verify, skipUnchanged and deadline"
        )
    return chosen


def parse_entry(wanted: object) -> tuple[object, dict[str, Any]]:
    """What one entry of many says of its symbol -> the leverage, and the params of ``set_leverage``.

    :param wanted: a leverage, or a mapping of the words in :data:`VOCABULARY`
    :raises BadInput: a word that is none of them, or two words for one thing.
    """
    if not isinstance(wanted, Mapping):
        return wanted, {}
    params: dict[str, Any] = {}
    for word, value in wanted.items():
        name = VOCABULARY.get(word) if isinstance(word, str) else None
        if name is None:
            raise BadInput(
                f"{shown(word)} has no meaning for one of many; use leverage, long, short, side, marginMode, "
                "marginCoin, hedged, productType, uta, skipUnchanged, verify or fractional"
            )
        if name in params:
            raise BadInput(f"{word} says once more what {name} says; give it once")
        params[name] = value
    return params.pop("leverage", None), params


def _choice(name: str, value: Any, *allowed: object) -> Any:
    if not any(value is choice or (isinstance(value, str) and value == choice) for choice in allowed):
        raise BadInput(f"{name} {shown(value)} is unknown; use {' or '.join(map(repr, allowed))}")
    return value


# Seconds, a day: nobody waits longer for one leverage, and absurd figures do not fit into a float.
_LONGEST = 86_400


def _seconds(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LONGEST:
        raise BadInput(
            f"{name} {shown(value)} is not a number of seconds; give one from 0 to {_LONGEST}, or None for the default"
        )
    return float(value)


def parse_side(name: str, value: object) -> str:
    """A hold side in any case.

    :raises BadInput: anything but long, short and both; the sides of an order are told apart from those of a position.
    """
    side = value.lower() if isinstance(value, str) else ""
    if side in (LONG, SHORT, BOTH):
        return side
    hint = {"buy": " (a buy opens the long side)", "sell": " (a sell opens the short side)"}.get(side, "")
    raise BadInput(f"{name} {shown(value)} is not a hold side; use 'long', 'short' or 'both'{hint}")


def _side(params: dict[str, Any]) -> str | None:
    given = {name: params.pop(name) for name in SIDE_NAMES if params.get(name) is not None}
    for name in SIDE_NAMES:
        params.pop(name, None)
    sides = {parse_side(name, value) for name, value in given.items()}
    if len(sides) > 1:
        raise BadInput(
            f"{' and '.join(f'{name} {shown(value)}' for name, value in given.items())} disagree; name one side"
        )
    return sides.pop() if sides else None


def _rounded(written: list[object], fractional: str) -> dict[str, int]:
    """What was written -> the whole number that it became, where that is another."""
    if fractional != "floor":
        return {}
    taken = [(value, parse_leverage("leverage", value, fractional)) for value in written]
    return {shown(value): figure for value, figure in taken if _number("leverage", value) != figure}


def _wish(leverage: object, side: str | None, figures: Mapping[str, object], fractional: str) -> Wish:
    named = {of: value for of, value in figures.items() if value is not None}
    if not named:
        figure = parse_leverage("leverage", leverage, fractional)
        return Wish(None if side == SHORT else figure, None if side == LONG else figure, side)
    # A figure for a side wins over `leverage`: https://www.bitget.com/api-doc/contract/account/Change-Leverage
    parsed = {of: parse_leverage(f"{of}Leverage", value, fractional) for of, value in named.items()}
    of = BOTH if len(parsed) == 2 else next(iter(parsed))
    if side is not None and side != of:
        raise BadInput(
            f"holdSide {side!r} disagrees with {' and '.join(f'{of}Leverage' for of in parsed)}; "
            "drop holdSide, or give the figures of just the sides it names"
        )
    return Wish(parsed.get(LONG), parsed.get(SHORT), of)


def parse_leverage(name: str, value: object, fractional: str = "reject") -> int:
    """A leverage as callers write it: an int, a whole float, a digit string or a Decimal.

    :raises BadInput: missing, not a whole positive number, bool, NaN or infinite.
    """
    number = _number(name, value)
    if number > 1_000_000:  # before anything is reckoned with it: int(Decimal('1E+999999')) takes half a minute
        raise BadInput(f"{name} is above a million, which no contract allows; give a whole number up to its maximum")
    if number < 1:
        raise BadInput(f"{name} {shown(value)} is below 1, the lowest leverage there is")
    whole = int(number)
    if whole != number and fractional == "reject":
        raise BadInput(
            f"{name} {shown(value)} is not whole, and Bitget's leverages are; round it, or pass fractional='floor' "
            f"for {whole}"
        )
    return whole


def _number(name: str, value: object) -> int | float | Decimal:
    if value is None:
        raise BadInput(f"{name} is missing; give a whole number from 1 to the contract's maximum")
    number: int | float | Decimal | None = None
    if isinstance(value, Decimal):
        number = value if value.is_finite() else None
    elif isinstance(value, float) or (isinstance(value, Real) and not isinstance(value, (bool, Integral))):
        number = _finite(value)
    elif isinstance(value, str):
        number = Decimal(value) if re.fullmatch(r"[0-9]{1,30}(\.[0-9]{1,30})?", value) else None
    elif not isinstance(value, bool):
        try:
            number = operator.index(value)  # type: ignore[arg-type]  # numpy's whole numbers as well
        except Exception:  # not a number, or one of somebody's that raises as it likes
            number = None
    if number is None:
        raise BadInput(f"{name} {shown(value)} is not a number; give a whole number from 1 to the contract's maximum")
    return number


def _finite(value: Any) -> float | None:
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # a fraction beyond every float
        return None


def check_limits(wish: Wish, contract: Contract) -> None:
    """Hold every figure against the contract's own limits; a demo contract may have none.

    https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts (minLever, maxLever)

    :raises BadInput: outside; the message has the limits.
    """
    low, high = contract.min_leverage, contract.max_leverage
    for figure in wish.figures:
        if (low is not None and figure < low) or (high is not None and figure > high):
            limits = f"{1 if low is None else low:g} to {'the exchange maximum' if high is None else f'{high:g}'}"
            raise BadInput(f"leverage {figure} is outside {contract.symbol}'s limits; it takes {limits}")


def parse_margin_mode(value: object, both: bool = False) -> str:
    """``cross``, ``crossed`` or ``isolated`` in any case -> Bitget's word; ``both`` where *both* may be meant.

    :raises BadInput: anything else.
    """
    word = value.lower() if isinstance(value, str) else ""
    mode = BOTH if both and word == BOTH else MARGIN_MODES.get(word)
    if mode is None:
        more = ", or on a unified account 'both'" if both else ""
        raise BadInput(f"marginMode {shown(value)} is unknown; use 'cross' or 'isolated'{more}")
    return mode


def parse_margin_coin(value: object) -> str:
    """A margin coin in any case -> its name in capitals.

    :raises BadInput: not a name.
    """
    if not isinstance(value, str) or not value:
        raise BadInput(f"marginCoin {shown(value)} is not the name of a coin; give one such as 'USDT'")
    return value.upper()


def parse_position_mode(hedged: object) -> str:
    """``hedged`` as ccxt has it -> Bitget's word.

    :raises BadInput: not a bool.
    """
    if not isinstance(hedged, bool):
        raise BadInput(f"hedged {shown(hedged)} is not a bool; True means hedge mode, False one-way mode")
    return HEDGE if hedged else ONE_WAY
