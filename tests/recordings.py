"""The recordings of our own emulator: one behaviour a cassette, shared by the three clients.

It proves our wiring, not Bitget. The steps of a scenario go through one exchange object. The account type is known
to it beforehand, except where finding it out is the behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import ccxt

from bitget_leverage_ext import LeverageNotApplied
from bitget_leverage_ext.emulator import Emulator, Fault, Quirks

Outcome = dict[str, Any] | type[Exception] | None


@dataclass(frozen=True)
class Step:
    """One call: the method and its arguments, and what the result must contain, or the class that is raised."""

    method: str
    arguments: tuple[Any, ...]
    outcome: Outcome = None


@dataclass(frozen=True)
class Scenario:
    """Calls, one after the other, each with its result or error.

    :ivar path: the cassette, below ``cassettes/``, without its ending
    :ivar arrange: prepares the emulator; ``None`` where nothing is to prepare
    :ivar config: of the exchange object, beside its credentials
    """

    path: str
    steps: tuple[Step, ...]
    arrange: Callable[[Emulator], object] | None = None
    config: dict[str, Any] = field(default_factory=dict)


PRODUCTS = {
    "USDT-FUTURES": ("BTC/USDT:USDT", "BTCUSDT"),
    "COIN-FUTURES": ("BTC/USD:BTC", "BTCUSD"),
    "USDC-FUTURES": ("BTC/USDC:USDC", "BTCPERP"),
    "SUSDT-FUTURES": ("SBTC/SUSDT:SUSDT", "SBTCSUSDT"),
    "SCOIN-FUTURES": ("SBTC/SUSD:SBTC", "SBTCSUSD"),
    "SUSDC-FUTURES": ("SBTC/SUSDC:SUSDC", "SBTCSPERP"),
}
S, ID, USDT = "BTC/USDT:USDT", "BTCUSDT", "USDT-FUTURES"
CLASSIC: dict[str, Any] = {"options": {"uta": False}}
UNIFIED: dict[str, Any] = {"options": {"uta": True}}
BOTH = {"longLeverage": 10, "shortLeverage": 7}
ISOLATED = {"marginMode": "isolated"}


def leverage(value: Any, outcome: Outcome = None, symbol: str = S, **params: Any) -> Step:
    return Step("set_leverage", (value, symbol, params), outcome)


def leverages(long: Any, short: Any, **more: Any) -> dict[str, Any]:
    return {"longLeverage": long, "shortLeverage": short, **more}


def account(
    margin: str = "crossed",
    position: str = "hedge_mode",
    product_type: str = USDT,
    unified: bool = False,
    faults: Sequence[Fault] = (),
    position_open: bool = False,
    **quirks: Any,
) -> Callable[[Emulator], None]:
    """An account in these modes, 20x everywhere; with a position where *position_open*."""

    def arrange(emulator: Emulator) -> None:
        it, id = emulator.account, PRODUCTS[product_type][1]
        emulator.quirks = Quirks(**quirks)
        it.unified = unified
        it.set_position_mode(product_type, position)
        it.set_margin_mode(product_type, id, cast(Any, margin))
        it.set_leverages(product_type, id, cross=20, long=20, short=20)
        it.busy(product_type, id, position=position_open)
        for fault in faults:
            emulator.fail(fault)

    return arrange


# --- the hold-side table: one recording for each request, result or refusal that differs -----------------------------

MODES = {
    "crossed": ("crossed", "one_way_mode"),
    "isolated": ("isolated", "one_way_mode"),
    "isolated-hedge": ("isolated", "hedge_mode"),
}
SIDES: dict[str, tuple[int | None, dict[str, Any]]] = {
    "no-side": (10, {}),
    "long": (10, {"holdSide": "long"}),
    "both": (10, {"holdSide": "both"}),
    "two-leverages": (None, BOTH),
}
CELLS: dict[tuple[str, str, str], Outcome] = {
    ("classic", "crossed", "no-side"): leverages(10, 10),
    ("classic", "crossed", "long"): leverages(10, 10),
    ("classic", "crossed", "two-leverages"): ccxt.BadRequest,
    ("classic", "isolated", "no-side"): leverages(10, 10),
    ("classic", "isolated-hedge", "no-side"): ccxt.ArgumentsRequired,
    ("classic", "isolated-hedge", "long"): leverages(10, 20),
    ("classic", "isolated-hedge", "both"): leverages(10, 10),
    ("classic", "isolated-hedge", "two-leverages"): leverages(10, 7),
    ("unified", "crossed", "no-side"): leverages(10, 10),
    ("unified", "crossed", "long"): leverages(10, 10),
    ("unified", "isolated", "no-side"): leverages(10, 10),
    ("unified", "isolated", "two-leverages"): ccxt.BadRequest,
    ("unified", "isolated-hedge", "no-side"): ccxt.ArgumentsRequired,
    # the reply of a unified account does not show the side that was not asked for
    ("unified", "isolated-hedge", "long"): ccxt.ArgumentsRequired,
    ("unified", "isolated-hedge", "both"): leverages(10, 10),
    ("unified", "isolated-hedge", "two-leverages"): leverages(10, 7),
}


def _cell(kind: str, modes: str, side: str) -> Scenario:
    unified, (margin, position), (value, params) = kind == "unified", MODES[modes], SIDES[side]
    chosen = ISOLATED if unified and margin == "isolated" else {}
    step = leverage(value, CELLS[kind, modes, side], **params, **chosen)
    arrange = account(margin, position, unified=unified)
    return Scenario(f"emulator/table/{kind}/{modes}-{side}", (step,), arrange, UNIFIED if unified else CLASSIC)


def _product(product_type: str, unified: bool) -> Scenario:
    symbol, _ = PRODUCTS[product_type]
    chosen = ISOLATED if unified else {}
    step = leverage(None, leverages(10, 7, symbol=symbol, marginMode="isolated"), symbol, **BOTH, **chosen)
    arrange = account("isolated", product_type=product_type, unified=unified)
    kind = "unified" if unified else "classic"
    return Scenario(f"emulator/products/{kind}-{product_type}", (step,), arrange, UNIFIED if unified else CLASSIC)


TABLE = [_cell(*cell) for cell in CELLS]
PRODUCT_TYPES = [
    # USDT-FUTURES is in the table
    *(_product(product_type, unified=False) for product_type in list(PRODUCTS)[1:]),
    _product("COIN-FUTURES", unified=True),
]

# --- request formats: those of a scope, where the first one is refused ----------------------------------------------

_ONE = {"holdSide": "long", **ISOLATED}
_TWO = leverage(None, leverages(10, 7), **BOTH, **ISOLATED)


def _format(name: str, *steps: Step, position: str = "hedge_mode", **arranged: Any) -> Scenario:
    arrange = account("isolated", position, unified=True, **arranged)
    return Scenario(f"emulator/formats/unified-{name}", steps, arrange, UNIFIED)


FORMATS = [
    Scenario(
        "emulator/formats/classic-sides-one-by-one",
        (leverage(None, leverages(10, 7), **BOTH), leverage(None, leverages(9, 8), longLeverage=9, shortLeverage=8)),
        account("isolated", dialect="2025-03"),
        CLASSIC,
    ),
    *(
        _format(
            f"one-way-{quirk}", leverage(10, leverages(10, 10), **ISOLATED), position="one_way_mode", **{name: quirk}
        )
        for name, quirk in (("unified_one_way", "refuses_side"), ("unified_one_way", "wants_side"))
    ),
    _format(
        "one-way-per_side-remembered",
        leverage(10, leverages(10, 10), **ISOLATED),
        leverage(12, leverages(12, 12), **ISOLATED),
        position="one_way_mode",
        unified_one_way="per_side",
    ),
    *(_format(f"both-sides-{quirk}", _TWO, unified_hedge=quirk) for quirk in ("all", "all_one_side", "documentation")),
    _format(
        "both-sides-remembered", _TWO, leverage(5, leverages(5, 5), holdSide="both", **ISOLATED), unified_hedge="all"
    ),
    _format("one-side-documentation", leverage(10, {"longLeverage": 10}, **_ONE), unified_hedge="documentation"),
    _format("one-side-from-row", leverage(10, leverages(10, 20), **_ONE), unified_row="list"),
    _format("one-side-all", leverage(10, leverages(10, 20), **_ONE), unified_row="list", unified_hedge="all"),
    _format(
        "one-side-from-position", leverage(10, leverages(20, 10), holdSide="short", **ISOLATED), position_open=True
    ),
]

# --- refusals of the exchange, by the class that the caller gets ----------------------------------------------------

REFUSALS: dict[str, tuple[type[Exception], dict[str, str]]] = {
    "too-high": (
        ccxt.BadRequest,
        {
            "40797": "Exceeded the maximum settable leverage",
            "43050": "Leverage exceeds the effective range",
            "45044": "The leverage is not within the suitable range after adjustment",
            "45045": "Exceeds the maximum possible leverage",
            "25223": "Exceeds Max. leverage",
        },
    ),
    "margin-coin": (
        ccxt.BadRequest,
        {
            "40778": "Coin pair BTCUSDT does not support SUSDT currency as margin",
            "45025": "The currency pair does not support the currency as a margin",
        },
    ),
    "too-little-margin": (
        ccxt.InsufficientFunds,
        {"40893": "there is not enough margin!", "25228": "insufficient margin!"},
    ),
    "locked": (
        ccxt.OperationRejected,
        {
            "40730": "currently a commission or planned commission",
            "45097": "an order or a limit order",
            "40880": "leverage cannot be adjusted",
            "40869": "leverage cannot be adjusted",
            "45089": "leverage cannot be adjusted",
            "45117": "Currently holding positions or orders",
            "40920": "Position or order exists",
            "25107": "There is currently a position, please close the position",
            "40731": "This product does not support copy trading",
            "40126": "The current account type is not allowed to perform this operation",
        },
    ),
    "symbol": (
        ccxt.BadSymbol,
        {
            "40034": "Parameter BTCUSDT does not exist",
            "40072": "symbol BTCUSDT is Invalid",
            "40102": "Symbol does not exist",
            "40309": "The symbol has been removed",
            "25100": "Trading pair BTCUSDT does not exist",
        },
    ),
    "key": (
        ccxt.AuthenticationError,
        {
            "40006": "Invalid ACCESS_KEY",
            "40037": "Apikey does not exist",
            "40009": "sign signature error",
            "40012": "apikey/password is incorrect",
            "40018": "Invalid IP",
            "40099": "exchange environment is incorrect",
        },
    ),
    "permission": (ccxt.PermissionDenied, {"40014": "Incorrect permissions, need future pos write permissions"}),
}


def _refused(name: str) -> Scenario:
    error, texts = REFUSALS[name]
    faults = [Fault("refuse", code=code, msg=text) for code, text in texts.items()]
    steps = tuple(leverage(10, error, marginMode="cross") for _ in texts)
    return Scenario(f"emulator/refusals/{name}", steps, account(faults=faults), CLASSIC)


ERRORS = [_refused(name) for name in REFUSALS]

# --- replies, and the account read back ------------------------------------------------------------------------------

_READ = {"verify": "read"}
_ROWS = ("last", "list", "missing", "stale")  # "long" and "number" are read like "last"
REPLIES = [
    Scenario(
        "emulator/replies/no-change",
        (leverage(20, leverages(20, 20, marginMode="cross")),),
        account(same_leverage="refused"),
        CLASSIC,
    ),
    Scenario(
        "emulator/replies/stale-reply", (leverage(10, leverages(10, 10)),), account(faults=[Fault("stale")]), CLASSIC
    ),
    Scenario(
        "emulator/replies/no-cross-leverage",
        (leverage(10, leverages(10, 10)),),
        account(cross_figure="absent"),
        CLASSIC,
    ),
    Scenario("emulator/replies/read-back", (leverage(10, leverages(10, 10), **_READ),), account(), CLASSIC),
    Scenario(
        "emulator/replies/not-applied",
        (leverage(10, LeverageNotApplied, **_READ),),
        account(faults=[Fault("lie", times=None)]),
        CLASSIC,
    ),
    Scenario(
        "emulator/replies/skip-unchanged",
        (leverage(20, leverages(20, 20), skipUnchanged=True),),
        account(),
        CLASSIC,
    ),
    *(
        Scenario(
            f"emulator/replies/unified-row-{row}",
            (
                leverage(10, LeverageNotApplied if row == "stale" else None, **_READ),
                leverage(
                    None, leverages(10, 7) if row == "list" else leverages(None, None), **BOTH, **ISOLATED, **_READ
                ),
            ),
            account(unified=True, unified_row=row),
            UNIFIED,
        )
        for row in _ROWS
    ),
    Scenario(
        "emulator/replies/unified-position-shows",
        (leverage(12, {"longLeverage": 12}, holdSide="both", **ISOLATED, **_READ),),
        account("isolated", unified=True, unified_row="missing", position_open=True),
        UNIFIED,
    ),
    Scenario(
        "emulator/replies/unified-both-margin-modes",
        (leverage(10, leverages(10, 10, marginMode="cross"), marginMode="both"),),
        account(unified=True),
        UNIFIED,
    ),
]

# --- account type and environment -----------------------------------------------------------------------------------


def _demo_key(emulator: Emulator) -> None:
    emulator.account.environment = "demo"


ACCOUNTS = [
    Scenario("emulator/accounts/found-classic", (leverage(10, leverages(10, 10)),)),
    Scenario("emulator/accounts/found-unified", (leverage(10, leverages(10, 10)),), account(unified=True)),
    Scenario("emulator/accounts/demo-key", (leverage(10, leverages(10, 10)),), _demo_key, {**CLASSIC, "sandbox": True}),
    Scenario(
        "emulator/accounts/s-coins-in-sandbox-mode",
        (leverage(10, leverages(10, 10), PRODUCTS["SUSDT-FUTURES"][0]),),
        account(product_type="SUSDT-FUTURES"),
        {"sandbox": True},
    ),
]

# --- companions, many symbols, orders, faults ----------------------------------------------------------------------


def _companions(kind: str) -> list[Scenario]:
    unified = kind == "unified"
    steps = {
        "fetch-leverage": Step("fetch_leverage", (S,), leverages(20, 20)),
        "fetch-leverages": Step("fetch_leverages", ([S],), {S: leverages(20, 20)}),
        "fetch-margin-mode": Step("fetch_margin_mode", (S,), {"marginMode": "cross"}),
        "set-margin-mode": Step("set_margin_mode", ("isolated", S), {"code": "00000"}),
        "set-position-mode": Step("set_position_mode", (False, S), {"code": "00000"}),
    }
    config = UNIFIED if unified else CLASSIC
    return [
        Scenario(f"emulator/companions/{kind}-{name}", (step,), account(unified=unified), config)
        for name, step in steps.items()
    ]


def _many(kind: str) -> Scenario:
    unified = kind == "unified"
    symbols = [S, "ETH/USDT:USDT"]
    step = Step("set_leverages", (dict.fromkeys(symbols, 10),), {symbol: leverages(10, 10) for symbol in symbols})
    config = UNIFIED if unified else CLASSIC
    arrange = account(position="one_way_mode", unified=unified)
    return Scenario(f"emulator/many/{kind}", (step,), arrange, config)


def _order(side: str, **params: Any) -> Step:
    return Step("create_order", (S, "market", side, 0.01, None, {"hedged": True, "clientOrderId": side, **params}))


def _orders(kind: str) -> list[Scenario]:
    unified, config = kind == "unified", UNIFIED if kind == "unified" else CLASSIC
    chosen = Step("set_margin_mode", ("isolated", S))
    opened = (chosen, leverage(10, leverages(10, 10), holdSide="both"), _order("buy"))
    closed = _order("sell", reduceOnly=True)
    other = (*opened, Step("set_margin_mode", ("cross", S)), closed) if unified else (*opened, closed)
    return [
        Scenario(f"emulator/orders/{kind}-open", opened, account(unified=unified), config),
        Scenario(f"emulator/orders/{kind}-close", other, account(unified=unified), config),
    ]


COMPANIONS = [*_companions("classic"), *_companions("unified")]
MANY = [_many("classic"), _many("unified")]
ORDERS = [*_orders("classic"), *_orders("unified")]
FAULTS = [
    Scenario("emulator/faults/429", (leverage(10, leverages(10, 10)),), account(faults=[Fault("too_many")]), CLASSIC),
    Scenario(
        "emulator/faults/502", (leverage(10, leverages(10, 10)),), account(faults=[Fault("page", status=502)]), CLASSIC
    ),
    Scenario(
        "emulator/faults/half-an-answer", (leverage(10, ccxt.BadResponse),), account(faults=[Fault("cut")]), CLASSIC
    ),
]

EMULATOR = [
    *TABLE, *PRODUCT_TYPES, *FORMATS, *ERRORS, *REPLIES, *ACCOUNTS, *COMPANIONS, *MANY, *ORDERS, *FAULTS,
]  # fmt: skip
