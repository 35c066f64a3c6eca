"""The rules as tables: what each input means, without exchange, client or clock.

The hold-side table and the margin mode of orders are tested by the scenarios.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from bitget_leverage_ext.rules.arguments import (
    Options,
    check_limits,
    parse_args,
    parse_entry,
    parse_leverage,
    parse_options,
)
from bitget_leverage_ext.rules.change import LeverageChange, RequestedLeverage, Scope
from bitget_leverage_ext.rules.contracts import (
    Contract,
    any_contract,
    find_contract,
    looks_demo,
    parse_product_type,
    product_type_of_symbol,
    symbol_of,
)
from bitget_leverage_ext.rules.formats import (
    BOTH_LEVERAGES,
    LEVERAGE,
    RequestBody,
    RequestFormat,
    build_bodies,
    is_about_format,
    side_of,
)
from bitget_leverage_ext.rules.matching import matches, other_side_changed
from bitget_leverage_ext.rules.modes import (
    BOTH,
    CROSSED,
    HEDGE,
    ISOLATED,
    LONG,
    ONE_WAY,
    SHORT,
    SIDES,
    LeverageSnapshot,
    Modes,
    common_value,
    parse_number,
)
from bitget_leverage_ext.rules.order_modes import refuses_to_close
from bitget_leverage_ext.rules.refusals import AboveMaximum, BadInput, MissingInput, NotAContract, shown

S = "BTC/USDT:USDT"
NO_SIDE = RequestedLeverage(7, 7)
LONG_ONLY, SHORT_ONLY = RequestedLeverage(7, None, LONG), RequestedLeverage(None, 7, SHORT)
SAME, DIFFERENT = RequestedLeverage(7, 7, BOTH), RequestedLeverage(7, 9, BOTH)


# --- request formats -------------------------------------------------------------------------------------------------

ONE, BOTH_SIDES = LeverageChange(Scope.ONE_SIDE, 7, None), LeverageChange(Scope.BOTH_SIDES, 7, 9)
SEVEN_NINE = {LONG: 7, SHORT: 9}


SIDED = RequestFormat(leverage=True, side="holdSide")


def sided(leverage: int, side: Any, **more: Any) -> RequestBody:
    return RequestBody(leverage, side, **{"sets": {side: leverage}, "side_field": "holdSide", **more})


@pytest.mark.parametrize(
    ("fmt", "change", "bodies"),
    [
        (LEVERAGE, LeverageChange(Scope.CROSSED, 7, 7), [RequestBody(7, sets={LONG: 7, SHORT: 7})]),
        (SIDED, LeverageChange(Scope.ONE_WAY, 7, 7), [sided(7, each) for each in SIDES]),
        (SIDED, ONE, [sided(7, LONG)]),
        (SIDED, LeverageChange(Scope.ONE_SIDE, None, 9), [sided(9, SHORT)]),
        (SIDED, BOTH_SIDES, [sided(7, LONG), sided(9, SHORT)]),
        (BOTH_LEVERAGES, BOTH_SIDES, [RequestBody(long=7, short=9, sets=SEVEN_NINE)]),
        (BOTH_LEVERAGES, ONE.completed(20), [RequestBody(long=7, short=20, sets={LONG: 7, SHORT: 20})]),
        (
            replace(SIDED, both_leverages=True),
            BOTH_SIDES,
            [sided(value, side, long=7, short=9, sets=SEVEN_NINE) for side, value in SEVEN_NINE.items()],
        ),
    ],
)  # fmt: skip
def test_bodies_of_a_format(fmt: Any, change: LeverageChange, bodies: list[RequestBody]) -> None:
    assert list(build_bodies(fmt, change)) == bodies


@pytest.mark.parametrize(
    ("fields", "side"), [({"holdSide": "short"}, "short"), ({"posSide": "long"}, "long"), ({"side": "buy"}, None)]
)
def test_the_side_of_a_request(fields: dict[str, str], side: str | None) -> None:
    assert side_of(fields) == side


# --- words of refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hold side is null", True), ("Parameter holdSide cannot be empty", True),
        ("The holdSide parameter is not allowed", True), ("side mismatch", True), ("SINGLE_SIDE_HOLD", True),
        ("DOUBLE_SIDE_HOLD afterLongLeverage none validation error", True), ("Incorrect position open type", True),
        ("posSide must be long or short", True), ("leverage is required", True), ("longLeverage is unexpected", True),
        ("leverage 不能为空", True), ("Exceeded the maximum settable leverage", False),
        ("leverage must not exceed the limit", False), ("Leverage ratio exceeded the set limit", False),
        ("leverage should be in the range 1 to 125", False), ("leverage cannot be adjusted", False),
        ("there is not enough margin!", False), ("Invalid leverage", False), ("a parameter is missing", False),
        ("Parameter verification failed", False), ("", False),
    ],
)  # fmt: skip
def test_refusals_about_the_format(text: str, expected: bool) -> None:
    assert is_about_format(text) is expected


# --- reply against account -------------------------------------------------------------------------------------------

HEDGED, CROSS = Modes(ISOLATED, HEDGE), Modes(CROSSED, HEDGE)
CROSS_7, SHORT_7 = LeverageChange(Scope.CROSSED, 7, 7), LeverageChange(Scope.ONE_SIDE, None, 7)


@pytest.mark.parametrize(
    ("snapshot", "change", "modes", "expected"),
    [
        (LeverageSnapshot(CROSS, cross=7, long=3, short=4), CROSS_7, CROSS, True),
        (LeverageSnapshot(CROSS, cross=8), CROSS_7, CROSS, False),
        (LeverageSnapshot(CROSS, long=7, short=7), CROSS_7, CROSS, None),
        (LeverageSnapshot(HEDGED, cross=7), CROSS_7, CROSS, False), (LeverageSnapshot(cross=7), CROSS_7, CROSS, True),
        (LeverageSnapshot(HEDGED, long=7, short=20), ONE, HEDGED, True),
        (LeverageSnapshot(HEDGED, long=20, short=7), ONE, HEDGED, False),
        (LeverageSnapshot(HEDGED, short=7), ONE, HEDGED, None),
        (LeverageSnapshot(HEDGED, long=7, short=9), BOTH_SIDES, HEDGED, True),
        (LeverageSnapshot(HEDGED, long=7), BOTH_SIDES, HEDGED, None),
        (LeverageSnapshot(HEDGED, long=8), BOTH_SIDES, HEDGED, False),
        (LeverageSnapshot(HEDGED, one_side=9), BOTH_SIDES, HEDGED, None),
        (LeverageSnapshot(HEDGED, one_side=20), BOTH_SIDES, HEDGED, False),
        (LeverageSnapshot(HEDGED, one_side=20), ONE, HEDGED, None),
        (LeverageSnapshot(Modes(ISOLATED, ONE_WAY), long=7, short=7), ONE, HEDGED, False),
        (LeverageSnapshot(cross=7), CROSS_7, Modes(), None),
    ],
)  # fmt: skip
def test_reply_against_what_was_asked(
    snapshot: LeverageSnapshot, change: LeverageChange, modes: Modes, expected: bool | None
) -> None:
    assert matches(snapshot, change, modes) is expected


@pytest.mark.parametrize(
    ("before", "now", "change", "expected"),
    [
        (LeverageSnapshot(HEDGED, long=20, short=20), LeverageSnapshot(HEDGED, long=7, short=7), ONE, True),
        (LeverageSnapshot(HEDGED, long=20, short=20), LeverageSnapshot(HEDGED, long=7, short=20), ONE, False),
        (LeverageSnapshot(HEDGED, long=20, short=20), LeverageSnapshot(HEDGED, long=7, short=9), ONE, False),
        (LeverageSnapshot(HEDGED, long=20, short=7), LeverageSnapshot(HEDGED, long=7, short=7), ONE, False),
        (LeverageSnapshot(HEDGED, long=20), LeverageSnapshot(HEDGED, long=7, short=7), ONE, False),
        (LeverageSnapshot(HEDGED, long=20, short=20), LeverageSnapshot(HEDGED, long=7, short=9), BOTH_SIDES, False),
        (LeverageSnapshot(HEDGED, 7, 7, 20), LeverageSnapshot(HEDGED, long=7, short=7), SHORT_7, False),
        (LeverageSnapshot(HEDGED, 7, 20, 20), LeverageSnapshot(HEDGED, long=7, short=7), SHORT_7, True),
        (None, LeverageSnapshot(HEDGED, long=7, short=7), ONE, False),
    ],
)  # fmt: skip
def test_our_write_changed_the_other_side(before: Any, now: Any, change: Any, expected: bool) -> None:
    assert other_side_changed(before, now, change) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7), (7, 7), ("7.0", 7), ("7.5", 7.5), ("", None), (None, None), ("null", None), ("inf", None),
        ("nan", None),
    ],
)  # fmt: skip
def test_leverages_of_replies(value: object, expected: Any) -> None:
    assert parse_number(value) == expected


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("22002", "", True), ("25227", "", True), (31008, "", True), ("1", "No position to close", True),
        ("1", "no position available to close", True), ("40762", "The order amount exceeds the balance", False),
    ],
)  # fmt: skip
def test_no_position_to_close(code: object, text: str, expected: bool) -> None:
    assert refuses_to_close(code, text) is expected


# --- arguments -------------------------------------------------------------------------------------------------------


class BrokenIndex:
    def __index__(self) -> int:
        raise RuntimeError


class BrokenRepr:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7), ("7", 7), ("7.0", 7), (7.0, 7), (Decimal(7), 7), (Fraction(7), 7), (1_000_000, 1_000_000),
        (None, "leverage is missing"), (0, "leverage 0 is below 1"), (-5, "leverage -5 is below 1"),
        (0.5, "leverage 0.5 is below 1"), (3.7, "leverage 3.7 is not whole.*fractional='floor'"),
        ("", "leverage '' is not a number"), (" 7", "leverage ' 7' is not a number"),
        ("1e2", "leverage '1e2' is not a number"), ("\u0667", "is not a number"),
        (True, "leverage True is not a number"), (float("nan"), "leverage nan is not a number"),
        (float("inf"), "leverage inf is not a number"), (Decimal("NaN"), "is not a number"),
        (Decimal("1E+999999"), "above a million"), (1_000_001, "leverage 1000001 is above a million"),
        (10**10_000, "leverage <int> is above a million|leverage 1000.* is above a million"),
        ([7], r"leverage \[7\] is not a number"), ("x" * 59, rf"leverage '{'x' * 56}\.\.\. is not a number"),
        (BrokenIndex(), "leverage .* is not a number"), (Fraction(10**400), "leverage .* is not a number"),
        ("x" * 58, rf"leverage '{'x' * 58}' is not a number"), (BrokenRepr(), "leverage <BrokenRepr> is not a number"),
    ],
    # pytest finds no test by a name with a backslash in it, which it also writes for other letters than ASCII
    ids=lambda value: shown(value)[:20].replace("\\", "").encode("ascii", "ignore").decode(),
)  # fmt: skip
def test_leverages_of_callers(value: object, expected: Any) -> None:
    if isinstance(expected, int):
        assert parse_leverage("leverage", value) == expected
    else:
        with pytest.raises(BadInput, match=expected):
            parse_leverage("leverage", value)


@pytest.mark.parametrize(("value", "expected"), [(3.7, 3), ("3.99", 3), (Decimal("1.5"), 1), (7, 7)])
def test_floor(value: object, expected: int) -> None:
    assert parse_leverage("leverage", value, {}) == expected
    with pytest.raises(BadInput, match="below 1"):
        parse_leverage("leverage", 0.99, {})


@pytest.mark.parametrize(
    ("leverage", "params", "expected"),
    [
        (7, {}, RequestedLeverage(7, 7)), (7, {"holdSide": "long"}, LONG_ONLY), (7, {"posSide": "SHORT"}, SHORT_ONLY),
        (7, {"positionSide": "both"}, SAME), (7, {"side": "long", "holdSide": "LONG"}, LONG_ONLY),
        (7, {"holdSide": None}, NO_SIDE), (None, {"leverage": "7"}, NO_SIDE),
        (7, {"leverage": 7.0, "symbol": S}, NO_SIDE), (None, {"longLeverage": 7}, LONG_ONLY),
        (None, {"longLeverage": 7, "shortLeverage": 9}, DIFFERENT),
        (20, {"longLeverage": 7, "shortLeverage": 9, "holdSide": "both"}, DIFFERENT),
        (7, {"leverage": 8}, r"params\['leverage'\] is 8, but the argument leverage is 7"),
        (7, {"holdSide": "long", "posSide": "short"}, "holdSide 'long' and posSide 'short' disagree"),
        (7, {"side": "buy"}, "side 'buy' is not a hold side.*'long'"),
        (7, {"side": "sell"}, "side 'sell' is not a hold side.*short side"),
        (7, {"holdSide": 1}, "holdSide 1 is not a hold side"),
        (None, {"longLeverage": 7, "holdSide": "short"}, "holdSide 'short' disagrees with longLeverage"),
        (None, {"longLeverage": 7, "shortLeverage": 9, "holdSide": "long"}, "longLeverage and shortLeverage"),
        ("x", {"longLeverage": 7}, "leverage 'x' is not a number"),
        (7, {"longLeverage": 0}, "longLeverage 0 is below 1"), (7.5, {"longLeverage": 7}, "^leverage 7.5 is not whole"),
        (7, {"holdSide": "up"}, "holdSide 'up' is not a hold side; use 'long', 'short' or 'both'$"),
        (7, {"marginMode": "moon"}, "'moon' is unknown; use 'cross' or 'isolated', or on a unified account 'both'"),
        (7, {"hedged": 1}, "hedged 1 is not a bool"), (7, {"marginMode": 5}, "marginMode 5 is unknown"), (7, {"productType": "SPOT"}, "productType 'SPOT' is unknown"), (7, {"productType": 5}, "productType 5 is unknown"),
        (7, {"marginCoin": 5}, "marginCoin 5 is not the name of a coin"),
        (7, {"verify": True}, "verify True is unknown"), (7, {"skipUnchanged": 1}, "skipUnchanged 1 is unknown"),
        (7, [], r"params must be a dict, not \[\]"), ("x", {"leverage": 7}, "leverage 'x' is not a number"),
        (7, {"leverage": "x"}, "^leverage 'x' is not a number"),
        (None, {"longLeverage": 7.5, "shortLeverage": 5}, "longLeverage 7.5 is not whole"),
    ],
)  # fmt: skip
def test_params(leverage: object, params: Any, expected: Any) -> None:
    if isinstance(expected, RequestedLeverage):
        assert parse_args(leverage, S, params, None).requested == expected
    else:
        with pytest.raises(BadInput, match=expected):
            parse_args(leverage, S, params, None)


def test_fractions_are_rounded_down_where_that_is_asked_for() -> None:
    """Each is named as it was written, for a warning; what is whole is not."""
    floor = {"fractional": "floor"}
    assert parse_args(7.5, S, {}, floor).rounded == {"7.5": 7}
    assert parse_args(7.0, S, {}, floor).rounded == {}
    assert parse_args(7.5, S, {"longLeverage": 7, "shortLeverage": 5}, floor).requested == RequestedLeverage(7, 5, BOTH)
    by_side = parse_args(None, S, {"longLeverage": 7.5, "shortLeverage": "5.25"}, floor)
    assert (by_side.requested, by_side.rounded) == (RequestedLeverage(7, 5, BOTH), {"7.5": 7, "'5.25'": 5})


def test_params_are_passed_on_and_not_changed() -> None:
    params = {"marginMode": "Cross", "marginCoin": "usdt", "productType": "umcbl", "uta": True, "other": 1}
    args = parse_args(7, S, params, {"holdSide": "both", "deadline": 3})
    assert (args.modes.margin, args.margin_coin, args.product_type, args.uta) == (CROSSED, "USDT", "USDT-FUTURES", True)
    assert (args.extra, len(params)) == ({"other": 1}, 5)
    assert args.options == Options(hold_side=BOTH, deadline=3.0)


@pytest.mark.parametrize("symbol", [None, ""])
def test_no_symbol(symbol: object) -> None:
    with pytest.raises(MissingInput, match="symbol"):
        parse_args(7, symbol, {}, None)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"otherSide": "same"}, Options(same_other_side=True)), ({"orders": "ccxt"}, Options(ensure_orders=False)),
        ({"marginMode": "both"}, Options(margin_mode=BOTH)),
        ({"verify": False, "skipUnchanged": True}, Options(verify=False, skip_unchanged=True)),
        ({"deadline": 0}, Options(deadline=0.0)), ({"deadline": 86_400}, Options(deadline=86_400.0)), ({"deadline": None, "holdSide": None, "uta": True}, Options()),
        ("both", "must be a dict, not 'both'"),
        ({"holdside": "both"}, r"unknown options\['setLeverage'\] 'holdside'; it takes holdSide"),
        ({"deadline": True}, "deadline True is not a number of seconds"), ({"deadline": -1}, "deadline -1 is not"),
        ({"deadline": float("nan")}, "deadline nan is not"), ({"deadline": 86_401}, "from 0 to 86400"),
        ({"otherSide": "none"}, "otherSide 'none' is unknown"), ({"deadline": "soon"}, "deadline 'soon' is not"),
        ({"orders": "stop"}, "orders 'stop' is unknown; use 'ensure' or 'ccxt'"),
        ({"holdSide": "sell"}, "holdSide 'sell' is not a hold side"),
        ({"fractional": "round"}, "fractional 'round' is unknown"), ({"verify": "maybe"}, "verify 'maybe' is unknown"),
        ({"skipUnchanged": "no"}, "skipUnchanged 'no' is unknown"), ([], "must be a dict"),
    ],
)  # fmt: skip
def test_options(options: Any, expected: Any) -> None:
    if isinstance(expected, Options):
        assert parse_options(options) == expected
    else:
        with pytest.raises(BadInput, match=expected):
            parse_options(options)


def test_entries_of_a_batch() -> None:
    assert parse_entry(7) == (7, {})
    assert parse_entry({"leverage": 7, "margin-mode": "cross", "side": "long"}) == (
        7, {"marginMode": "cross", "holdSide": "long"},
    )  # fmt: skip
    for entry, words in (
        ({"lever": 7}, "unknown key 'lever'"),
        ({"long": 7, "longLeverage": 8}, "longLeverage repeats"),
    ):
        with pytest.raises(BadInput, match=words):
            parse_entry(entry)


# --- contracts -------------------------------------------------------------------------------------------------------


def market(symbol: str, id: str, **more: Any) -> dict[str, Any]:
    base, _, rest = symbol.partition("/")
    quote, _, settle = rest.partition(":")
    limits = {"leverage": {"min": 1, "max": 125}}
    usual = {"contract": bool(settle), "swap": bool(settle), "baseId": base, "quoteId": quote, "settleId": settle}
    return {"symbol": symbol, "id": id, "limits": limits, "info": {}, **usual, **more}


ROWS = [
    market("BTC/USDT", "BTCUSDT"),
    market(S, "BTCUSDT", info={"supportMarginCoins": ["USDT"]}),
    market("BTC/USD:BTC", "BTCUSD", info={"supportMarginCoins": ["BTC", "ETH"], "category": "COIN-FUTURES"}),
    market("SBTC/SUSDT:SUSDT", "SBTCSUSDT"),
    market("DOGE/EUR:EUR", "DOGEEUR"),
    *(market("X/USDT:USDT", "X"), market("X/USDC:USDC", "X")),
]
MARKETS = {row["symbol"]: row for row in ROWS}
BY_ID: dict[str, Any] = {row["id"]: [each for each in ROWS if each["id"] == row["id"]] for row in ROWS}


@pytest.mark.parametrize(
    ("symbol", "product_type", "coin", "expected"),
    [
        (S, None, None, Contract(S, "BTCUSDT", "USDT-FUTURES", "USDT", 1, 125)),
        ("BTCUSDT", None, None, Contract(S, "BTCUSDT", "USDT-FUTURES", "USDT", 1, 125)),
        ("BTC/USD:BTC", "COIN-FUTURES", "ETH", Contract("BTC/USD:BTC", "BTCUSD", "COIN-FUTURES", "ETH", 1, 125, True)),
        ("SBTCSUSDT", None, None, Contract("SBTC/SUSDT:SUSDT", "SBTCSUSDT", "SUSDT-FUTURES", "SUSDT", 1, 125, demo=True)),
        ("X", None, None, Contract("X/USDT:USDT", "X", "USDT-FUTURES", "USDT", 1, 125)),
        ("X", "USDC-FUTURES", None, Contract("X/USDC:USDC", "X", "USDC-FUTURES", "USDC", 1, 125)),
        ("BTC/USDT", None, None, f"'BTC/USDT' is not a futures contract; did you mean {S}?"),
        ("BTCUSDT_UMCBL", None, None, f"is not a symbol Bitget lists; did you mean {S}?"),
        ("btc/usdt:usdt", None, None, f"did you mean {S}?"),
        ("NOPE", None, None, "'NOPE' is not a symbol Bitget lists; contracts are written like"),
        (5, None, None, "symbol 5 is not a str"),
        ("DOGE/EUR:EUR", None, None, "quoted in EUR"),
        (S, "COIN-FUTURES", None, f"{S} is USDT-FUTURES, not COIN-FUTURES; drop productType, or name a COIN-FUTURES"),
        (S, None, "BTC", f"marginCoin 'BTC' does not fit {S}, which takes USDT; drop marginCoin"),
    ],
)  # fmt: skip
def test_contracts(symbol: object, product_type: str | None, coin: str | None, expected: Any) -> None:
    if isinstance(expected, Contract):
        assert find_contract(MARKETS, BY_ID, symbol, product_type, coin) == expected
    else:
        with pytest.raises(BadInput) as caught:
            find_contract(MARKETS, BY_ID, symbol, product_type, coin)
        assert expected in str(caught.value)
        assert isinstance(caught.value, NotAContract) == (product_type is None and coin is None)


def test_some_contract_of_a_product_type() -> None:
    """One that is traded, to ask for what belongs to the product type."""
    markets = {"old": market("OLD/USDT:USDT", "OLDUSDT", active=False), **MARKETS}
    found = [any_contract(markets, kind) for kind in ("USDT-FUTURES", "COIN-FUTURES", "SUSDC-FUTURES")]
    assert [each and each.symbol for each in found] == [S, "BTC/USD:BTC", None]
    assert [symbol_of(BY_ID, "USDT-FUTURES", id) for id in ("BTCUSDT", "BTCUSD", "NOPE")] == [S, None, None]


@pytest.mark.parametrize(
    ("leverage", "unified", "expected"),
    [
        (125, False, None), (2, False, None),
        (126, False, (AboveMaximum, f"leverage 126 is outside {S}'s limits; it takes 2 to 125 (40797 Exceeded the ")),
        (126, True, (AboveMaximum, "(25223 Exceeded the maximum settable leverage)")),
        (1, False, (BadInput, "it takes 2 to 125")),
    ],
)  # fmt: skip
def test_limits(leverage: int, unified: bool, expected: Any) -> None:
    contract = Contract(S, "BTCUSDT", "USDT-FUTURES", "USDT", 2, 125, unified)
    for requested in (RequestedLeverage(leverage, None, LONG), RequestedLeverage(50, leverage, BOTH)):
        if expected is None:
            check_limits(requested, contract)
            continue
        with pytest.raises(BadInput) as caught:
            check_limits(requested, contract)
        assert type(caught.value) is expected[0]
        assert expected[1] in str(caught.value)
    with pytest.raises(BadInput, match="it takes 2 to the exchange maximum"):
        check_limits(RequestedLeverage(1, 1), Contract(S, "BTCUSDT", "USDT-FUTURES", "USDT", 2, None))
    check_limits(RequestedLeverage(1, 9_999), Contract(S, "BTCUSDT", "USDT-FUTURES", "USDT", None, None))


@pytest.mark.parametrize(
    ("symbol", "product_type", "expected"),
    [
        ("SBTCSUSDT", None, True), ("SBTCSUSDH27", None, True), ("SBTC/SUSD:SBTC", None, True),
        (S, "SUSDT-FUTURES", True),
        ("SYSUSDT", None, False),  # the coin SYS
        ("BTCUSDT", None, False), (S, None, False), ("SBTCSUSDT", "USDT-FUTURES", False), (None, None, False),
    ],
)  # fmt: skip
def test_s_coins(symbol: object, product_type: str | None, expected: bool) -> None:
    assert looks_demo(symbol, product_type) is expected


@pytest.mark.parametrize(
    ("name", "expected"), [("usdt-futures", "USDT-FUTURES"), ("SDMCBL", "SCOIN-FUTURES"), ("cmcbl", "USDC-FUTURES")]
)
def test_product_types(name: str, expected: str) -> None:
    assert parse_product_type(name) == expected


@pytest.mark.parametrize(
    ("symbol", "expected"), [(S, "USDT-FUTURES"), ("BTC/USD:BTC-270326", "COIN-FUTURES"), ("BTC/USDT", None)]
)
def test_product_types_of_symbols(symbol: str, expected: str | None) -> None:
    assert product_type_of_symbol(symbol) == expected


def test_common_value_and_completed_modes() -> None:
    assert [common_value(values) for values in ([7, None], [7, 7], [7, 9], [None])] == [7, 7, None, None]
    assert Modes(None, HEDGE).over(Modes(ISOLATED, ONE_WAY)) == Modes(ISOLATED, HEDGE)


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (LeverageSnapshot(Modes(CROSSED, HEDGE), cross=7, long=9), "in force: crossed, hedge, leverage 7x"),
        (LeverageSnapshot(HEDGED, long=7, one_side=5), "in force: isolated, hedge, long 7x, short unknown"),
        (LeverageSnapshot(HEDGED, short=9, one_side=5), "in force: isolated, hedge, long unknown, short 9x"),
        (LeverageSnapshot(HEDGED), "in force: isolated, hedge, long unknown, short unknown"),
        (LeverageSnapshot(HEDGED, one_side=7), "in force: isolated, hedge, 7x on one of the sides"),
    ],
)
def test_snapshots_in_words(snapshot: LeverageSnapshot, words: str) -> None:
    assert str(snapshot) == words
