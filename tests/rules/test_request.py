"""What callers write: accepted as they mean it, or refused with the value and the way out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from bitget_leverage_ext.rules.account import Modes
from bitget_leverage_ext.rules.errors import BadInput, MissingInput, Refusal
from bitget_leverage_ext.rules.plan import Wish
from bitget_leverage_ext.rules.products import Contract
from bitget_leverage_ext.rules.request import (
    Options,
    check_limits,
    parse_ask,
    parse_entry,
    parse_leverage,
    parse_margin_coin,
    parse_margin_mode,
    parse_position_mode,
)


class Whole:
    """A whole number of another library, as numpy's are."""

    def __index__(self) -> int:
        return 12


class Mute:
    """An object that cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError

    __str__ = __repr__


class Beyond:
    """A whole number that says no when it is asked for it."""

    def __index__(self) -> int:
        raise ValueError


@pytest.mark.parametrize(
    ("value", "figure"),
    [
        (10, 10),
        (10.0, 10),
        ("10", 10),
        ("10.0", 10),
        (Decimal(10), 10),
        (Decimal("1E+1"), 10),
        (1, 1),
        (1_000_000, 1_000_000),
        (Whole(), 12),
        (Fraction(10), 10),
    ],
)
def test_leverage(value: object, figure: int) -> None:
    """An int, a whole float, a digit string, a Decimal."""
    assert parse_leverage("leverage", value) == figure


@pytest.mark.parametrize(
    "value",
    [
        *(0, -5, 3.7, "3.7", Decimal("3.7"), True, False, float("nan"), float("inf"), Decimal("NaN"), None, "", "ten"),
        *("1e1", " 10", "-5", "+5", "\u0663", b"10", [10], {}, 10j, 10**5000, -(10**5000), "9" * 5000, 0.5),
        *(Decimal("sNaN"), Decimal("Infinity"), Mute(), Beyond(), Fraction(15, 2), Fraction(10**400), object(), int),
        *(Decimal("3.9999999999999999999999"), "3.9999999999999999999999"),
        *(Decimal("1E+999999"), Decimal("1E-999999"), Decimal("-1E+999999"), 1e300, 1_000_001),
    ],
    ids=lambda value: type(value).__name__,
)
def test_not_a_leverage(value: object) -> None:
    """Anything but a whole positive number is refused."""
    with pytest.raises(BadInput, match=r"^leverage "):
        parse_leverage("leverage", value)


@pytest.mark.parametrize(
    ("value", "figure"),
    [
        (3.7, 3),
        ("3.7", 3),
        (Decimal("3.999"), 3),
        (Decimal("3.9999999999999999999999"), 3),
        (1.5, 1),
        (7, 7),
        (Fraction(15, 2), 7),
        (Whole(), 12),
    ],
)
def test_floor(value: object, figure: int) -> None:
    """Under 'floor' a fraction goes down, never up."""
    assert parse_leverage("leverage", value, "floor") == figure


@pytest.mark.parametrize("value", [0.7, -3.7, "0.2", float("nan"), Fraction(1, 2), Decimal("1E-999999")])
def test_floor_has_a_floor(value: object) -> None:
    """Below 1 there is no leverage to go down to."""
    with pytest.raises(BadInput):
        parse_leverage("leverage", value, "floor")


@pytest.mark.parametrize(
    ("leverage", "params", "wish"),
    [
        (10, {}, Wish(10, 10)),
        (10, {"holdSide": None}, Wish(10, 10)),
        (10, {"holdSide": "LONG"}, Wish(10, None, "long")),
        (10, {"posSide": "Short"}, Wish(None, 10, "short")),
        (10, {"positionSide": "both"}, Wish(10, 10, "both")),
        (10, {"holdSide": "long", "posSide": "LONG"}, Wish(10, None, "long")),
        (None, {"longLeverage": 20, "shortLeverage": "5"}, Wish(20, 5, "both")),
        (None, {"longLeverage": 20}, Wish(20, None, "long")),
        (None, {"shortLeverage": 5.0}, Wish(None, 5, "short")),
        (7, {"longLeverage": 20, "shortLeverage": 5}, Wish(20, 5, "both")),
        (None, {"longLeverage": 20, "holdSide": "long"}, Wish(20, None, "long")),
        (None, {"longLeverage": 20, "shortLeverage": 20, "holdSide": "both"}, Wish(20, 20, "both")),
    ],
)
def test_wish(leverage: Any, params: dict[str, Any], wish: Wish) -> None:
    """A leverage and a side, or a figure a side."""
    before = dict(params)
    assert parse_ask(leverage, "X", params, None).wish == wish
    assert params == before, "params are never changed"


@pytest.mark.parametrize(
    ("leverage", "params", "message"),
    [
        (10, {"holdSide": "buy"}, "'long', 'short' or 'both'.*opens the long side"),
        (10, {"posSide": "sell"}, "'long', 'short' or 'both'.*opens the short side"),
        (10, {"holdSide": "sideways"}, "^holdSide 'sideways' is not a hold side; use 'long', 'short' or 'both'$"),
        (10, {"holdSide": ""}, "holdSide ''"),
        (10, {"holdSide": 1}, "holdSide 1"),
        (10, {"holdSide": "long", "posSide": "short"}, "holdSide 'long' and posSide 'short' disagree"),
        (10, {"posSide": "long", "positionSide": "both"}, "disagree"),
        (None, {"longLeverage": 20, "holdSide": "short"}, "disagrees with longLeverage"),
        (None, {"longLeverage": 20, "shortLeverage": 5, "holdSide": "long"}, "disagrees"),
        (None, {"longLeverage": 0, "shortLeverage": 5}, "longLeverage 0"),
        (None, {"shortLeverage": 2.5}, "shortLeverage 2.5"),
        (None, {}, "leverage is missing"),
        (None, {"holdSide": "long"}, "leverage is missing"),
        (10, {"marginMode": "portfolio"}, "'cross' or 'isolated', or on a unified account 'both'"),
        (10, {"hedged": "yes"}, "hedged 'yes'"),
        (10, {"hedged": 1}, "hedged 1"),
        (10, {"productType": "FUTURES"}, "USDT-FUTURES.*SCOIN-FUTURES"),
        (10, {"verify": "maybe"}, "'reply' or 'read' or False"),
        (10, {"verify": True}, "verify True"),
        (10, {"fractional": "round"}, "'reject' or 'floor'"),
        (10, {"skipUnchanged": "no"}, "skipUnchanged 'no'"),
        (10, {"leverage": 50}, "leverage"),
        (10, {"symbol": "ETHUSDT"}, "symbol"),
        ("abc", {"longLeverage": 20, "shortLeverage": 5}, "leverage 'abc'"),
        (-5, {"longLeverage": 20}, "leverage -5"),
        (10, "long", "^params must be a dict, not 'long'$"),
        (10, None, "^params must be a dict, not None$"),
        (3.7, {}, "leverage 3.7 is not whole, .*fractional='floor' for 3"),
        (3.7, {"longLeverage": 20}, "leverage 3.7 is not whole"),
        (None, {"longLeverage": 20.5}, "longLeverage 20.5 is not whole"),
        (10, {"category": "FUTURES"}, "productType 'FUTURES' is unknown"),
    ],
)
def test_bad_params(leverage: Any, params: Any, message: str) -> None:
    """What cannot be meant is refused, and the message says what can."""
    with pytest.raises(BadInput, match=message):
        parse_ask(leverage, "X", params, None)


@pytest.mark.parametrize(
    ("parse", "message"),
    [
        (lambda: parse_margin_mode("x"), "marginMode 'x' is unknown; use 'cross' or 'isolated'"),
        (lambda: parse_margin_mode("both"), "marginMode 'both' is unknown; use 'cross' or 'isolated'"),
        (
            lambda: parse_margin_mode(5, both=True),
            "marginMode 5 is unknown; use 'cross' or 'isolated', or on a unified account 'both'",
        ),
        (lambda: parse_margin_coin(5), "marginCoin 5 is not the name of a coin; give one such as 'USDT'"),
        (lambda: parse_margin_coin(""), "marginCoin '' is not the name of a coin; give one such as 'USDT'"),
        (lambda: parse_position_mode("yes"), "hedged 'yes' is not a bool; True means hedge mode, False one-way mode"),
    ],
)
def test_the_message_names_value_and_way_out(parse: Any, message: str) -> None:
    """In full, once for each."""
    with pytest.raises(BadInput) as caught:
        parse()
    assert str(caught.value) == message


@pytest.mark.parametrize("symbol", [None, ""])
def test_no_symbol(symbol: object) -> None:
    """Leverage is a symbol's."""
    with pytest.raises(MissingInput, match="symbol"):
        parse_ask(10, symbol, {}, None)


def test_assertions_and_the_rest() -> None:
    """Modes in any of their spellings, v1 product names, coins in capitals; the rest is passed on untouched."""
    params = {
        "marginMode": "Cross",
        "hedged": True,
        "productType": "sumcbl",
        "marginCoin": "susdt",
        "x": [1],
        "uta": False,
    }
    ask = parse_ask(10, "X", params, None)
    assert ask.asserted == Modes("crossed", "hedge_mode")
    assert (ask.product_type, ask.margin_coin) == ("SUSDT-FUTURES", "SUSDT")
    assert ask.extra == {"x": [1], "uta": False}


def test_what_is_taken_out_of_the_params() -> None:
    """Every word of ours, a side that is None as well; a unified account's word for the product type means the same."""
    ask = parse_ask(10, "X", {"category": "coin-futures", "holdSide": None, "posSide": None, "x": None}, None)
    assert (ask.product_type, dict(ask.extra), ask.margin, ask.position) == ("COIN-FUTURES", {"x": None}, None, None)
    ask = parse_ask(3.7, "X", {"longLeverage": 20.5, "fractional": "floor"}, None)
    assert (ask.wish, ask.rounded) == (Wish(20, None, "long"), {"20.5": 20})


def test_options() -> None:
    """A call's own word goes before the option."""
    options = {"holdSide": "BOTH", "fractional": "floor", "verify": False, "skipUnchanged": True, "deadline": 3}
    assert parse_ask(3.7, "X", {}, options).options == Options("both", "floor", False, True, 3)
    ask = parse_ask(3, "X", {"fractional": "reject", "verify": "read", "skipUnchanged": False}, options)
    assert ask.options == Options("both", "reject", "read", False, 3)
    assert ask.extra == {}
    assert parse_ask(3, "X", {}, {"uta": True}).options == Options()
    assert [parse_ask(3, "X", {}, {"deadline": most}).options.deadline for most in (0, 86_400)] == [0, 86_400]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"holdside": "both"}, "holdside.*holdSide"),
        ({"holdSide": "all"}, "holdSide 'all'"),
        ({"deadline": "soon"}, "deadline 'soon'"),
        ({"deadline": -1}, "deadline -1"),
        ({"deadline": 86_401}, "deadline 86401"),
        ({"deadline": float("nan")}, "deadline nan"),
        ({"deadline": float("inf")}, "deadline inf"),
        ({"deadline": True}, "deadline True"),
        ({"deadline": 10**400}, "deadline"),
        ({"deadline": Decimal(1)}, "deadline Decimal"),
        ({"marginMode": "portfolio"}, "marginMode 'portfolio'"),
        ({"marginMode": 1}, "marginMode 1"),
        ({"verify": 1}, "verify 1"),
        ({"verify": 0}, "verify 0"),
        ({"skipUnchanged": 1}, "skipUnchanged 1"),
        ({"skipUnchanged": float("nan")}, "skipUnchanged nan"),
        ({"fractional": ["floor"]}, "fractional"),
        ({"holdSide": ["long"]}, "holdSide"),
        ({Mute(): 1}, "<Mute>"),
        ("both", r"^options\['setLeverage'\] must be a dict, not 'both'$"),
        ([], r"^options\['setLeverage'\] must be a dict, not \[\]$"),
        (0, "must be a dict"),
    ],
)
def test_bad_options(options: Any, message: str) -> None:
    """A misspelt option would silently do nothing."""
    with pytest.raises(BadInput, match=message):
        parse_ask(10, "X", {}, options)


CONTRACT = Contract("X", "XUSDT", "USDT-FUTURES", "USDT", 2.0, 75.0)
DEMO = Contract("SX", "SXSUSDT", "SUSDT-FUTURES", "SUSDT", None, None)


@pytest.mark.parametrize(
    ("wish", "contract"),
    [(Wish(2, 2), CONTRACT), (Wish(75, 75), CONTRACT), (Wish(None, 75), CONTRACT), (Wish(999, 1), DEMO)],
)
def test_within_limits(wish: Wish, contract: Contract) -> None:
    """The limits themselves are allowed; a demo contract may have none."""
    check_limits(wish, contract)


@pytest.mark.parametrize("wish", [Wish(1, 1), Wish(76, 76), Wish(10, 76), Wish(76, None)])
def test_outside_limits(wish: Wish) -> None:
    """One figure outside is enough, and the message has the limits."""
    with pytest.raises(BadInput, match="X's limits; it takes 2 to 75"):
        check_limits(wish, CONTRACT)


@pytest.mark.parametrize(
    ("low", "high", "wish", "limits"),
    [(None, 75.0, Wish(76, 76), "1 to 75"), (2.0, None, Wish(None, 1), "2 to the exchange maximum")],
)
def test_limits_that_a_contract_does_not_tell(low: Any, high: Any, wish: Wish, limits: str) -> None:
    """The message says what is known."""
    with pytest.raises(BadInput) as caught:
        check_limits(wish, Contract("X", "XUSDT", "USDT-FUTURES", "USDT", low, high))
    assert str(caught.value) == f"leverage {wish.figures[0]} is outside X's limits; it takes {limits}"


def test_every_refusal_has_a_ccxt_class() -> None:
    """A rule added without saying what it becomes would leave our methods as itself."""
    from bitget_leverage_ext.errors import REFUSALS

    def kinds(of: type) -> set[type]:
        return {of} | {kind for below in of.__subclasses__() for kind in kinds(below)}

    assert kinds(Refusal) - {Refusal} == set(REFUSALS)


def test_margin_mode_of_the_call_and_of_the_options() -> None:
    """'both' is a unified account's: a classic one is told so when it is asserted."""
    ask = parse_ask(10, "X", {"marginMode": "BOTH"}, {"marginMode": "isolated"})
    assert (ask.margin, ask.options.margin_mode) == ("both", "isolated")
    with pytest.raises(BadInput, match="this account is classic"):
        _ = ask.asserted
    assert parse_ask(10, "X", {}, {"marginMode": "both"}).asserted == Modes()
    assert parse_ask(10, "X", {}, {"marginMode": "cross"}).options.margin_mode == "crossed"


@pytest.mark.parametrize(
    ("value", "fractional", "rounded"),
    [
        (3.7, "floor", {"3.7": 3}),
        (4.0, "floor", {}),
        (Fraction(15, 2), "floor", {"Fraction(15, 2)": 7}),
        (4, "reject", {}),
    ],
)
def test_rounding_is_told(value: Any, fractional: str, rounded: dict[str, int]) -> None:
    """What was written, and what it became, where that is another number."""
    assert parse_ask(value, "X", {"fractional": fractional}, None).rounded == rounded


@pytest.mark.parametrize(
    ("entry", "leverage", "params"),
    [
        (10, 10, {}),
        (None, None, {}),
        ("abc", "abc", {}),
        ({"leverage": 10, "side": "long"}, 10, {"holdSide": "long"}),
        ({"long": 20, "short": 5}, None, {"longLeverage": 20, "shortLeverage": 5}),
        ({"longLeverage": 20, "shortLeverage": 5}, None, {"longLeverage": 20, "shortLeverage": 5}),
        ({"leverage": 1, "margin-mode": "cross", "margin_coin": "x"}, 1, {"marginMode": "cross", "marginCoin": "x"}),
        ({"leverage": 1, "posSide": "long", "verify": False}, 1, {"posSide": "long", "verify": False}),
    ],
)
def test_entry_of_many(entry: Any, leverage: Any, params: dict[str, Any]) -> None:
    """One vocabulary, for a mapping and for a file."""
    assert parse_entry(entry) == (leverage, params)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"leverage": 1, "lev": 2}, "'lev' has no meaning"),
        ({"Leverage": 1}, "'Leverage' has no meaning"),
        ({"leverage": 1, 5: 2}, "5 has no meaning"),
        ({"leverage": 1, Mute(): 2}, "<Mute> has no meaning"),
        ({"leverage": 1, "deadline": 2}, "'deadline' has no meaning"),
        ({"long": 1, "longLeverage": 2}, "longLeverage says once more"),
        ({"side": "long", "holdSide": "long"}, "holdSide says once more"),
    ],
)
def test_words_that_mean_nothing(entry: Any, message: str) -> None:
    """A misspelt word would otherwise be passed on, and do nothing."""
    with pytest.raises(BadInput, match=message):
        parse_entry(entry)
