"""The recordings of our own emulator: one behaviour a cassette, shared by the three clients.

It proves our wiring, not Bitget. The steps of a scenario go through one exchange object. The account type is known
to it beforehand, except where finding it out is the behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import ccxt
from refusals import REFUSALS

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


def _scenario(name: str, *steps: Step, **arranged: Any) -> Scenario:
    config = UNIFIED if arranged.get("unified") else CLASSIC
    return Scenario(f"emulator/{name}", steps, account(**arranged), config)


def _cell(kind: str, modes: str, side: str) -> Scenario:
    unified, (margin, position), (value, params) = kind == "unified", MODES[modes], SIDES[side]
    chosen = ISOLATED if unified and margin == "isolated" else {}
    step = leverage(value, CELLS[kind, modes, side], **params, **chosen)
    return _scenario(f"table/{kind}/{modes}-{side}", step, margin=margin, position=position, unified=unified)


def _product(product_type: str, unified: bool) -> Scenario:
    symbol, _ = PRODUCTS[product_type]
    outcome = leverages(10, 7, symbol=symbol, marginMode="isolated")
    step = leverage(None, outcome, symbol, **BOTH, **(ISOLATED if unified else {}))
    name = f"products/{'unified' if unified else 'classic'}-{product_type}"
    return _scenario(name, step, margin="isolated", product_type=product_type, unified=unified)


TABLE = [_cell(*cell) for cell in CELLS]
# USDT-FUTURES is in the table
PRODUCT_TYPES = [
    *(_product(each, unified=False) for each in list(PRODUCTS)[1:]),
    _product("COIN-FUTURES", unified=True),
]

# --- request formats: those of a scope, where the first one is refused ----------------------------------------------

_ONE = {"holdSide": "long", **ISOLATED}
_TWO = leverage(None, leverages(10, 7), **BOTH, **ISOLATED)
_TEN = leverage(10, leverages(10, 10), **ISOLATED)


def _format(name: str, *steps: Step, position: str = "hedge_mode", **arranged: Any) -> Scenario:
    return _scenario(f"formats/unified-{name}", *steps, margin="isolated", position=position, unified=True, **arranged)


FORMATS = [
    _scenario(
        "formats/classic-sides-one-by-one",
        leverage(None, leverages(10, 7), **BOTH), leverage(None, leverages(9, 8), longLeverage=9, shortLeverage=8),
        margin="isolated", dialect="2025-03",
    ),
    *(_format(f"one-way-{quirk}", _TEN, position="one_way_mode", unified_one_way=quirk)
      for quirk in ("refuses_side", "wants_side")),
    _format(
        "one-way-per_side-remembered", _TEN, leverage(12, leverages(12, 12), **ISOLATED),
        position="one_way_mode", unified_one_way="per_side",
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
]  # fmt: skip

# --- refusals of the exchange, by the class that the caller gets ----------------------------------------------------

_CLASSES = (ccxt.BadRequest, ccxt.InsufficientFunds, ccxt.OperationRejected, ccxt.BadSymbol, ccxt.AuthenticationError,
            ccxt.PermissionDenied)  # fmt: skip


def _refused(error: type[Exception]) -> Scenario:
    texts = {code: text for code, text, cls, *_ in REFUSALS if cls is error}
    faults = [Fault("refuse", code=code, msg=text) for code, text in texts.items()]
    steps = [leverage(10, error, marginMode="cross") for _ in texts]
    return _scenario(f"refusals/{error.__name__}", *steps, faults=faults)


ERRORS = [_refused(error) for error in _CLASSES]

# --- replies, and the account read back ------------------------------------------------------------------------------

_READ = {"verify": "read"}
_TEN_CROSS = leverage(10, leverages(10, 10))


def _row(row: str) -> Scenario:
    two = leverages(10, 7) if row == "list" else leverages(None, None)
    steps = (
        leverage(10, LeverageNotApplied if row == "stale" else None, **_READ),
        leverage(None, two, **BOTH, **ISOLATED, **_READ),
    )
    return _scenario(f"replies/unified-row-{row}", *steps, unified=True, unified_row=row)


REPLIES = [
    _scenario("replies/no-change", leverage(20, leverages(20, 20, marginMode="cross")), same_leverage="refused"),
    _scenario("replies/stale-reply", _TEN_CROSS, faults=[Fault("stale")]),
    _scenario("replies/no-cross-leverage", _TEN_CROSS, cross_figure="absent"),
    _scenario("replies/read-back", leverage(10, leverages(10, 10), **_READ)),
    _scenario("replies/not-applied", leverage(10, LeverageNotApplied, **_READ), faults=[Fault("lie", times=None)]),
    _scenario("replies/skip-unchanged", leverage(20, leverages(20, 20), skipUnchanged=True)),
    *map(_row, ("last", "list", "missing", "stale")),  # "long" and "number" are read like "last"
    _scenario(
        "replies/unified-position-shows",
        leverage(12, {"longLeverage": 12}, holdSide="both", **ISOLATED, **_READ),
        margin="isolated", unified=True, unified_row="missing", position_open=True,
    ),
    _scenario(
        "replies/unified-both-margin-modes",
        leverage(10, leverages(10, 10, marginMode="cross"), marginMode="both"), unified=True,
    ),
]  # fmt: skip

# --- account type and environment -----------------------------------------------------------------------------------


def _demo_key(emulator: Emulator) -> None:
    emulator.account.environment = "demo"


ACCOUNTS = [
    Scenario("emulator/accounts/found-classic", (_TEN_CROSS,)),
    Scenario("emulator/accounts/found-unified", (_TEN_CROSS,), account(unified=True)),
    Scenario("emulator/accounts/demo-key", (_TEN_CROSS,), _demo_key, {**CLASSIC, "sandbox": True}),
    Scenario(
        "emulator/accounts/s-coins-in-sandbox-mode",
        (leverage(10, leverages(10, 10), PRODUCTS["SUSDT-FUTURES"][0]),),
        account(product_type="SUSDT-FUTURES"), {"sandbox": True},
    ),
]  # fmt: skip

# --- companions, many symbols, orders, faults ----------------------------------------------------------------------


def _companions(kind: str) -> list[Scenario]:
    steps = {
        "fetch-leverage": Step("fetch_leverage", (S,), leverages(20, 20)),
        "fetch-leverages": Step("fetch_leverages", ([S],), {S: leverages(20, 20)}),
        "fetch-margin-mode": Step("fetch_margin_mode", (S,), {"marginMode": "cross"}),
        "set-margin-mode": Step("set_margin_mode", ("isolated", S), {"code": "00000"}),
        "set-position-mode": Step("set_position_mode", (False, S), {"code": "00000"}),
    }
    return [_scenario(f"companions/{kind}-{name}", step, unified=kind == "unified") for name, step in steps.items()]


def _many(kind: str) -> Scenario:
    symbols = [S, "ETH/USDT:USDT"]
    step = Step("set_leverages", (dict.fromkeys(symbols, 10),), {symbol: leverages(10, 10) for symbol in symbols})
    return _scenario(f"many/{kind}", step, position="one_way_mode", unified=kind == "unified")


def _order(side: str, **params: Any) -> Step:
    return Step("create_order", (S, "market", side, 0.01, None, {"hedged": True, "clientOrderId": side, **params}))


def _orders(kind: str) -> list[Scenario]:
    unified = kind == "unified"
    chosen = Step("set_margin_mode", ("isolated", S))
    opened = (chosen, leverage(10, leverages(10, 10), holdSide="both"), _order("buy"))
    closed = _order("sell", reduceOnly=True)
    other = (*opened, Step("set_margin_mode", ("cross", S)), closed) if unified else (*opened, closed)
    return [
        _scenario(f"orders/{kind}-open", *opened, unified=unified),
        _scenario(f"orders/{kind}-close", *other, unified=unified),
    ]


COMPANIONS = [*_companions("classic"), *_companions("unified")]
MANY = [_many("classic"), _many("unified")]
ORDERS = [*_orders("classic"), *_orders("unified")]
FAULTS = [
    _scenario("faults/429", _TEN_CROSS, faults=[Fault("too_many")]),
    _scenario("faults/502", _TEN_CROSS, faults=[Fault("page", status=502)]),
    _scenario("faults/half-an-answer", leverage(10, ccxt.BadResponse), faults=[Fault("cut")]),
]
EMULATOR = [
    *TABLE, *PRODUCT_TYPES, *FORMATS, *ERRORS, *REPLIES, *ACCOUNTS, *COMPANIONS, *MANY, *ORDERS, *FAULTS
]  # fmt: skip
