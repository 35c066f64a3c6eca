"""The arguments of ``set_leverage`` and its options: checked and parsed before anything is sent."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, NamedTuple, TypeVar

from .change import RequestedLeverage
from .contracts import Contract, parse_product_type
from .modes import BOTH, CROSSED, HEDGE, ISOLATED, LONG, ONE_WAY, SHORT, MarginMode, Modes, PositionMode, Side
from .refusals import AboveMaximum, BadInput, MissingInput, shown

T = TypeVar("T")

# One meaning under four names, because the exchanges that ccxt serves name it differently:
# https://www.bitget.com/api-doc/contract/account/Change-Leverage (holdSide),
# https://www.bitget.com/api-doc/uta/account/Change-Leverage (posSide), https://docs.ccxt.com (positionSide)
SIDE_NAMES = ("holdSide", "posSide", "positionSide", "side")
MARGIN_MODES = {"cross": CROSSED, "crossed": CROSSED, "isolated": ISOLATED}

# The words of one entry of set_leverages, or of a file of leverages, and the param that each word stands for.
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

    :ivar hold_side: what an isolated-hedge call without a side means: None (it is refused) or a side
    :ivar same_other_side: where the exchange takes both sides together only and the other side's leverage is not
        known, it gets the same leverage (``otherSide='same'``)
    :ivar margin_mode: unified accounts: whose leverage is set where nothing names it; ``BOTH`` for both modes
    :ivar ensure_orders: set a missing leverage before an order opens (``orders='ensure'``); False leaves orders to ccxt
    :ivar fractional: ``'reject'`` or ``'floor'`` (3.7 becomes 3, never up)
    :ivar verify: ``'reply'``, ``'read'`` (read back after writing) or False
    :ivar skip_unchanged: read first, and write only what differs
    :ivar deadline: seconds for the whole call; None for the default
    """

    hold_side: Side | None = None
    same_other_side: bool = False
    margin_mode: MarginMode | Side | None = None
    ensure_orders: bool = True
    fractional: str = "reject"
    verify: str | bool = "reply"
    skip_unchanged: bool = False
    deadline: float | None = None

    def seconds(self, default: float) -> float:
        """Return the deadline, *default* where none is set."""
        return default if self.deadline is None else self.deadline


DEFAULTS = Options()
_PER_CALL = frozenset({"fractional", "verify", "skipUnchanged"})
_OPTION_NAMES = "holdSide, otherSide, marginMode, orders, fractional, verify, skipUnchanged and deadline"


class SetLeverageArgs(NamedTuple):
    """One checked call of ``set_leverage``.

    :ivar modes: the margin mode and the position mode that the call names
    :ivar both_margins: the call means both margin modes of a unified account
    :ivar extra: params that are passed on untouched
    :ivar uta: the caller's ``uta``, None where it is not given
    :ivar rounded: what was written, and the whole number that it became
    :ivar repeated_symbol: ``params['symbol']``, which must name the same contract
    """

    requested: RequestedLeverage
    modes: Modes
    both_margins: bool
    options: Options
    product_type: str | None
    margin_coin: str | None
    uta: bool | None
    extra: Mapping[str, Any]
    rounded: Mapping[str, int]
    repeated_symbol: object


def parse_args(leverage: object, symbol: object, params: object, options: object) -> SetLeverageArgs:
    """Check the arguments of ``set_leverage``: each value, and two that disagree."""
    if not isinstance(params, Mapping):
        raise BadInput(f"params must be a dict, not {shown(params)}")
    rest: dict[str, Any] = dict(params)
    same_symbol, same = rest.pop("symbol", None), rest.pop("leverage", None)
    if leverage is None:
        leverage = same
    elif same is not None and _number("leverage", leverage) != _number("leverage", same):
        raise BadInput(
            f"params['leverage'] is {shown(same)}, but the argument leverage is {shown(leverage)}; give it once"
        )
    if symbol is None or symbol == "":
        raise MissingInput("setLeverage() requires a symbol argument, for example 'BTC/USDT:USDT'")
    chosen = parse_options(options, rest)
    side = _parse_side_params(rest) if rest else None
    long, short = rest.pop("longLeverage", None), rest.pop("shortLeverage", None)
    rounded: dict[str, int] | None = {} if chosen.fractional == "floor" else None
    if long is None and short is None:
        value = parse_leverage("leverage", leverage, rounded)
        requested = RequestedLeverage(None if side is SHORT else value, None if side is LONG else value, side)
    else:
        requested = _requested_by_side(leverage, {LONG: long, SHORT: short}, side, rounded)
    margin = pop_parsed(rest, "marginMode", parse_margin_modes)
    position = pop_parsed(rest, "hedged", parse_position_mode)
    product_type = rest.pop("productType", None) or rest.pop("category", None)
    return SetLeverageArgs(
        requested=requested,
        modes=Modes(margin if isinstance(margin, MarginMode) else None, position),
        both_margins=margin is BOTH,
        options=chosen,
        product_type=None if product_type is None else parse_product_type(product_type),
        margin_coin=pop_parsed(rest, "marginCoin", parse_margin_coin),
        uta=rest.pop("uta", None),
        extra=rest,
        rounded=rounded or {},
        repeated_symbol=same_symbol,
    )


def pop_parsed(params: dict[str, Any], name: str, parse: Callable[[Any], T]) -> T | None:
    """Remove a param and return what *parse* makes of it, None where it is missing or None."""
    value = params.pop(name, None)
    return None if value is None else parse(value)


def parse_options(options: object, params: dict[str, Any] | None = None) -> Options:
    """Return ``options['setLeverage']``, with what *params* says for this call (removed from *params*)."""
    if (options is None or options == {}) and _PER_CALL.isdisjoint(params or ()):
        return DEFAULTS
    if options is not None and not isinstance(options, Mapping):
        raise BadInput(f"options['setLeverage'] must be a dict, not {shown(options)}")
    of_call = {name: params.pop(name) for name in _PER_CALL if name in params} if params else {}
    given = {name: value for each in (options or {}, of_call) for name, value in each.items() if value is not None}
    given.pop("uta", None)  # ccxt reads this one itself
    if not given:
        return DEFAULTS
    chosen = Options(
        pop_parsed(given, "holdSide", lambda value: parse_side("holdSide", value)),
        _choice("otherSide", given.pop("otherSide", None), None, "same") == "same",
        pop_parsed(given, "marginMode", parse_margin_modes),
        _choice("orders", given.pop("orders", "ensure"), "ensure", "ccxt") == "ensure",
        _choice("fractional", given.pop("fractional", "reject"), "reject", "floor"),
        _choice("verify", given.pop("verify", "reply"), "reply", "read", False),
        _choice("skipUnchanged", given.pop("skipUnchanged", False), True, False),
        pop_parsed(given, "deadline", _parse_deadline),
    )
    if given:
        raise BadInput(f"unknown options['setLeverage'] {', '.join(map(shown, given))}; it takes {_OPTION_NAMES}")
    return chosen


def parse_entry(wanted: object) -> tuple[object, dict[str, Any]]:
    """Return the leverage and the params of one entry of many: a leverage, or a mapping in :data:`VOCABULARY`."""
    if not isinstance(wanted, Mapping):
        return wanted, {}
    params: dict[str, Any] = {}
    for word, value in wanted.items():
        name = VOCABULARY.get(word) if isinstance(word, str) else None
        if name is None:
            raise BadInput(f"unknown key {shown(word)}; use {', '.join(VOCABULARY)}")
        if name in params:
            raise BadInput(f"{word} repeats {name}; give it once")
        params[name] = value
    return params.pop("leverage", None), params


def _choice(name: str, value: Any, *allowed: object) -> Any:
    if not any(value is choice or (isinstance(value, str) and value == choice) for choice in allowed):
        raise BadInput(f"{name} {shown(value)} is unknown; use {' or '.join(map(repr, allowed))}")
    return value


# Seconds, a day: nobody waits longer for one leverage, and absurd numbers do not fit into a float.
_LONGEST = 86_400


def _parse_deadline(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LONGEST:
        raise BadInput(f"deadline {shown(value)} is not a number of seconds; give one from 0 to {_LONGEST}, or None")
    return float(value)


def parse_side(name: str, value: object) -> Side:
    """Return a hold side, written in any case; the sides of an order are not hold sides."""
    word = value.lower() if isinstance(value, str) else ""
    side = Side.parse(word)
    if side is not None:
        return side
    hint = {"buy": " (a buy opens the long side)", "sell": " (a sell opens the short side)"}.get(word, "")
    raise BadInput(f"{name} {shown(value)} is not a hold side; use 'long', 'short' or 'both'{hint}")


def _parse_side_params(params: dict[str, Any]) -> Side | None:
    given = {name: params.pop(name) for name in SIDE_NAMES if name in params}
    sides = {name: parse_side(name, value) for name, value in given.items() if value is not None}
    if len(set(sides.values())) > 1:
        named = " and ".join(f"{name} {shown(given[name])}" for name in sides)
        raise BadInput(f"{named} disagree; name one side")
    return next(iter(sides.values()), None)


def _requested_by_side(
    leverage: object, by_side: Mapping[Side, object], side: Side | None, rounded: dict[str, int] | None
) -> RequestedLeverage:
    if leverage is not None:
        # the leverages by side win, but it must be valid
        parse_leverage("leverage", leverage, None if rounded is None else {})
    # A leverage for a side wins over `leverage`: https://www.bitget.com/api-doc/contract/account/Change-Leverage
    parsed = {of: parse_leverage(f"{of}Leverage", value, rounded) for of, value in by_side.items() if value is not None}
    of = BOTH if len(parsed) == 2 else next(iter(parsed))
    if side is not None and side is not of:
        raise BadInput(
            f"holdSide {side.value!r} disagrees with {' and '.join(f'{of}Leverage' for of in parsed)}; "
            "drop holdSide, or give the leverages of just the sides it names"
        )
    return RequestedLeverage(parsed.get(LONG), parsed.get(SHORT), of)


def parse_leverage(name: str, value: object, rounded: dict[str, int] | None = None) -> int:
    """Return a leverage that callers write as an int, a whole float, a digit string or a Decimal.

    :param rounded: gets a fraction as it was written, and what it is rounded down to; None refuses fractions
    """
    number = _number(name, value)
    if number > 1_000_000:  # before it is converted: int(Decimal('1E+999999')) takes half a minute
        raise BadInput(
            f"{name} {shown(value)} is above a million, which no contract allows; give a whole number up to its maximum"
        )
    if number < 1:
        raise BadInput(f"{name} {shown(value)} is below 1, the lowest leverage there is")
    whole = int(number)
    if whole != number:
        if rounded is None:
            raise BadInput(
                f"{name} {shown(value)} is not whole, and Bitget's leverages are; round it, or pass fractional='floor' "
                f"for {whole}"
            )
        rounded[shown(value)] = whole
    return whole


def _number(name: str, value: object) -> int | float | Decimal:
    if value is None:
        raise BadInput(f"{name} is missing; give a whole number from 1 to the contract's maximum")
    number: int | float | Decimal | None = None
    try:
        if isinstance(value, Decimal):
            number = value if value.is_finite() else None
        elif isinstance(value, str):
            number = Decimal(value) if re.fullmatch(r"[0-9]{1,30}(\.[0-9]{1,30})?", value) else None
        elif hasattr(value, "__index__"):  # numpy's whole numbers as well
            number = None if isinstance(value, bool) else operator.index(value)
        elif isinstance(value, Real):
            number = float(value) if math.isfinite(value) else None
    except Exception:  # a fraction beyond every float, or an object whose __index__ raises
        number = None
    if number is None:
        raise BadInput(f"{name} {shown(value)} is not a number; give a whole number from 1 to the contract's maximum")
    return number


def check_limits(requested: RequestedLeverage, contract: Contract) -> None:
    """Check every requested leverage against the contract's own limits; a demo contract may have none.

    Above the maximum, the message has the words and the code with which the exchange would refuse it, because programs
    fall back to a lower leverage on these words (seen in live programs until 2026-08).
    https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts (minLever, maxLever)
    """
    low, high = contract.min_leverage or 1, contract.max_leverage or math.inf
    for value in (requested.long, requested.short):
        if value is None or low <= value <= high:
            continue
        highest = "the exchange maximum" if high == math.inf else f"{high:g}"
        text = f"leverage {value} is outside {contract.symbol}'s limits; it takes {low:g} to {highest}"
        if value > high:
            # https://www.bitget.com/api-doc/contract/error-code/restapi, https://www.bitget.com/api-doc/uta/error-code/restapi
            code = "25223" if contract.unified else "40797"
            raise AboveMaximum(f"{text} ({code} Exceeded the maximum settable leverage)")
        raise BadInput(text)


def parse_margin_mode(value: object, more: str = "") -> MarginMode:
    """Return the margin mode for ``cross``, ``crossed`` or ``isolated``, in any case.

    :param more: what the message names besides
    """
    mode = MARGIN_MODES.get(value.lower() if isinstance(value, str) else "")
    if mode is None:
        raise BadInput(f"marginMode {shown(value)} is unknown; use 'cross' or 'isolated'{more}")
    return mode


def parse_margin_modes(value: object) -> MarginMode | Side:
    """Return one margin mode, or ``BOTH`` for ``both``, which unified accounts know."""
    if isinstance(value, str) and value.lower() == BOTH:
        return BOTH
    return parse_margin_mode(value, ", or on a unified account 'both'")


def parse_margin_coin(value: object) -> str:
    """Return a margin coin, written in any case, in capitals."""
    if not (isinstance(value, str) and value):
        raise BadInput(f"marginCoin {shown(value)} is not the name of a coin; give one such as 'USDT'")
    return value.upper()


def parse_position_mode(hedged: object) -> PositionMode:
    """Return Bitget's word for ccxt's ``hedged``."""
    if not isinstance(hedged, bool):
        raise BadInput(f"hedged {shown(hedged)} is not a bool; True means hedge mode, False one-way mode")
    return HEDGE if hedged else ONE_WAY
