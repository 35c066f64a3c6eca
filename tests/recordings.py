"""What is recorded from our own emulator: one behaviour a cassette, shared by the three clients.

It proves our wiring, not Bitget. The steps of a scenario go through one exchange object. The account type is known
to it beforehand, except where finding it out is the behaviour.
"""

from __future__ import annotations

import itertools
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
    """Calls, one after the other, and what comes of each.

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


def leverage(figure: Any, outcome: Outcome = None, symbol: str = S, **params: Any) -> Step:
    return Step("set_leverage", (figure, symbol, params), outcome)


def figures(long: Any, short: Any, **more: Any) -> dict[str, Any]:
    return {"longLeverage": long, "shortLeverage": short, **more}


def account(
    margin: str = "crossed",
    position: str = "hedge_mode",
    product_type: str = USDT,
    unified: bool = False,
    faults: Sequence[Fault] = (),
    held: bool = False,
    **quirks: Any,
) -> Callable[[Emulator], None]:
    """An account in these modes, 20x everywhere; with a long position where *held*."""

    def arrange(emulator: Emulator) -> None:
        it, id = emulator.account, PRODUCTS[product_type][1]
        emulator.quirks = Quirks(**quirks)
        it.unified = unified
        it.set_position_mode(product_type, position)
        it.set_margin_mode(product_type, id, cast(Any, margin))
        it.set_figures(product_type, id, cross=20, long=20, short=20)
        it.busy(product_type, id, position=held)
        for fault in faults:
            emulator.fail(fault)

    return arrange


# --- the hold-side table: margin and position mode, and what the caller says of the sides --------------------------

MODES = {
    "crossed": ("crossed", "one_way_mode"),
    "crossed-hedge": ("crossed", "hedge_mode"),
    "isolated": ("isolated", "one_way_mode"),
    "isolated-hedge": ("isolated", "hedge_mode"),
}
ASKS: dict[str, tuple[int | None, dict[str, Any]]] = {
    "no-side": (10, {}),
    "long": (10, {"holdSide": "long"}),
    "short": (10, {"holdSide": "short"}),
    "both": (10, {"holdSide": "both"}),
    "two-figures": (None, BOTH),
}


def _told(modes: str, ask: str, unified: bool) -> Outcome:
    """What the table says; an untouched side is told by the reply of a classic account only."""
    if modes != "isolated-hedge":
        return ccxt.BadRequest if ask == "two-figures" else figures(10, 10)
    if ask == "no-side" or (unified and ask in ("long", "short")):
        return ccxt.ArgumentsRequired
    return {
        "long": figures(10, 20),
        "short": figures(20, 10),
        "both": figures(10, 10),
        "two-figures": figures(10, 7),
    }[ask]


def _cell(kind: str, modes: str, ask: str) -> Scenario:
    unified, (margin, position), (figure, params) = kind == "unified", MODES[modes], ASKS[ask]
    chosen = ISOLATED if unified and margin == "isolated" else {}
    step = leverage(figure, _told(modes, ask, unified), **params, **chosen)
    arrange = account(margin, position, unified=unified)
    return Scenario(f"emulator/table/{kind}/{modes}-{ask}", (step,), arrange, UNIFIED if unified else CLASSIC)


def _product(product_type: str, unified: bool) -> Scenario:
    symbol, _ = PRODUCTS[product_type]
    chosen = ISOLATED if unified else {}
    step = leverage(None, figures(10, 7, symbol=symbol, marginMode="isolated"), symbol, **BOTH, **chosen)
    arrange = account("isolated", product_type=product_type, unified=unified)
    kind = "unified" if unified else "classic"
    return Scenario(f"emulator/products/{kind}-{product_type}", (step,), arrange, UNIFIED if unified else CLASSIC)


TABLE = [
    _cell(kind, modes, ask)
    for kind, modes, ask in itertools.product(("classic", "unified"), MODES, ASKS)
    # two figures for the crossed margin of a unified account are refused before anything is sent
    if not (kind == "unified" and modes.startswith("crossed") and ask == "two-figures")
]
PRODUCT_TYPES = [
    *(_product(product_type, unified=False) for product_type in PRODUCTS),
    *(_product(product_type, unified=True) for product_type in list(PRODUCTS)[1:3]),
]

# --- forms: how a cell goes over the wire, where the first is refused ----------------------------------------------

_ONE = {"holdSide": "long", **ISOLATED}
_TWO = leverage(None, figures(10, 7), **BOTH, **ISOLATED)


def _form(name: str, *steps: Step, position: str = "hedge_mode", **arranged: Any) -> Scenario:
    arrange = account("isolated", position, unified=True, **arranged)
    return Scenario(f"emulator/forms/unified-{name}", steps, arrange, UNIFIED)


FORMS = [
    Scenario(
        "emulator/forms/classic-sides-one-by-one",
        (leverage(None, figures(10, 7), **BOTH), leverage(None, figures(9, 8), longLeverage=9, shortLeverage=8)),
        account("isolated", dialect="2025-03"),
        CLASSIC,
    ),
    *(
        _form(f"one-way-{quirk}", leverage(10, figures(10, 10), **ISOLATED), position="one_way_mode", **{name: quirk})
        for name, quirk in (("unified_one_way", "refuses_side"), ("unified_one_way", "wants_side"))
    ),
    _form(
        "one-way-per_side-remembered",
        leverage(10, figures(10, 10), **ISOLATED),
        leverage(12, figures(12, 12), **ISOLATED),
        position="one_way_mode",
        unified_one_way="per_side",
    ),
    *(_form(f"both-sides-{quirk}", _TWO, unified_hedge=quirk) for quirk in ("all", "all_one_side", "documentation")),
    _form("both-sides-remembered", _TWO, leverage(5, figures(5, 5), holdSide="both", **ISOLATED), unified_hedge="all"),
    _form("one-side-documentation", leverage(10, {"longLeverage": 10}, **_ONE), unified_hedge="documentation"),
    _form("one-side-told-by-row", leverage(10, figures(10, 20), **_ONE), unified_row="list"),
    _form("one-side-all", leverage(10, figures(10, 20), **_ONE), unified_row="list", unified_hedge="all"),
    _form("one-side-told-by-position", leverage(10, figures(20, 10), holdSide="short", **ISOLATED), held=True),
]

# --- what the exchange refuses, by what the caller is told ---------------------------------------------------------

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

# --- what is in force: replies, and the account read back ----------------------------------------------------------

_READ = {"verify": "read"}
_ROWS = ("last", "long", "number", "list", "missing", "stale")
REPLIES = [
    Scenario(
        "emulator/replies/no-change",
        (leverage(20, figures(20, 20, marginMode="cross")),),
        account(same_leverage="refused"),
        CLASSIC,
    ),
    Scenario(
        "emulator/replies/stale-figure", (leverage(10, figures(10, 10)),), account(faults=[Fault("stale")]), CLASSIC
    ),
    Scenario(
        "emulator/replies/no-cross-figure", (leverage(10, figures(10, 10)),), account(cross_figure="absent"), CLASSIC
    ),
    Scenario("emulator/replies/read-back", (leverage(10, figures(10, 10), **_READ),), account(), CLASSIC),
    Scenario(
        "emulator/replies/not-applied",
        (leverage(10, LeverageNotApplied, **_READ),),
        account(faults=[Fault("lie", times=None)]),
        CLASSIC,
    ),
    Scenario(
        "emulator/replies/skip-unchanged",
        (leverage(20, figures(20, 20), skipUnchanged=True),),
        account(),
        CLASSIC,
    ),
    *(
        Scenario(
            f"emulator/replies/unified-row-{row}",
            (
                leverage(10, LeverageNotApplied if row == "stale" else None, **_READ),
                leverage(None, figures(10, 7) if row == "list" else figures(None, None), **BOTH, **ISOLATED, **_READ),
            ),
            account(unified=True, unified_row=row),
            UNIFIED,
        )
        for row in _ROWS
    ),
    Scenario(
        "emulator/replies/unified-position-tells",
        (leverage(12, {"longLeverage": 12}, holdSide="both", **ISOLATED, **_READ),),
        account("isolated", unified=True, unified_row="missing", held=True),
        UNIFIED,
    ),
    Scenario(
        "emulator/replies/unified-both-margin-modes",
        (leverage(10, figures(10, 10, marginMode="cross"), marginMode="both"),),
        account(unified=True),
        UNIFIED,
    ),
]

# --- which account, which environment ------------------------------------------------------------------------------


def _demo_key(emulator: Emulator) -> None:
    emulator.account.environment = "demo"


ACCOUNTS = [
    Scenario("emulator/accounts/found-classic", (leverage(10, figures(10, 10)),)),
    Scenario("emulator/accounts/found-unified", (leverage(10, figures(10, 10)),), account(unified=True)),
    Scenario(
        "emulator/accounts/classic-that-became-unified",
        (leverage(10, figures(10, 10)),),
        account(unified=True),
        CLASSIC,
    ),
    Scenario("emulator/accounts/unified-that-became-classic", (leverage(10, figures(10, 10)),), account(), UNIFIED),
    Scenario("emulator/accounts/demo-key", (leverage(10, figures(10, 10)),), _demo_key, {**CLASSIC, "sandbox": True}),
    Scenario(
        "emulator/accounts/s-coins-in-sandbox-mode",
        (leverage(10, figures(10, 10), PRODUCTS["SUSDT-FUTURES"][0]),),
        account(product_type="SUSDT-FUTURES"),
        {"sandbox": True},
    ),
]

# --- companions, many symbols, orders, faults ----------------------------------------------------------------------


def _companions(kind: str) -> list[Scenario]:
    unified = kind == "unified"
    steps = {
        "fetch-leverage": Step("fetch_leverage", (S,), figures(20, 20)),
        "fetch-leverages": Step("fetch_leverages", ([S],), {S: figures(20, 20)}),
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
    step = Step("set_leverages", (dict.fromkeys(symbols, 10),), {symbol: figures(10, 10) for symbol in symbols})
    config = UNIFIED if unified else CLASSIC
    arrange = account(position="one_way_mode", unified=unified)
    return Scenario(f"emulator/many/{kind}", (step,), arrange, config)


def _order(side: str, **params: Any) -> Step:
    return Step("create_order", (S, "market", side, 0.01, None, {"hedged": True, "clientOrderId": side, **params}))


def _orders(kind: str) -> list[Scenario]:
    unified, config = kind == "unified", UNIFIED if kind == "unified" else CLASSIC
    chosen = Step("set_margin_mode", ("isolated", S))
    opened = (chosen, leverage(10, figures(10, 10), holdSide="both"), _order("buy"))
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
    Scenario("emulator/faults/429", (leverage(10, figures(10, 10)),), account(faults=[Fault("too_many")]), CLASSIC),
    Scenario(
        "emulator/faults/502", (leverage(10, figures(10, 10)),), account(faults=[Fault("page", status=502)]), CLASSIC
    ),
    Scenario(
        "emulator/faults/half-an-answer", (leverage(10, figures(10, 10)),), account(faults=[Fault("cut")]), CLASSIC
    ),
]

EMULATOR = [
    *TABLE,
    *PRODUCT_TYPES,
    *FORMS,
    *ERRORS,
    *REPLIES,
    *ACCOUNTS,
    *COMPANIONS,
    *MANY,
    *ORDERS,
    *FAULTS,
]
