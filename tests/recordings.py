"""What is recorded: one scenario a cassette, shared by the three clients.

``emulator`` scenarios are recorded from our own emulator, and prove our wiring, not Bitget. ``observed`` ones carry
replies that somebody published, each with its address. The same ``emulator`` scenarios can be recorded from Bitget
itself with a demo key (``--live``); what cannot be arranged there, such as a refusal, is left out then.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ccxt

from bitget_leverage_ext import LeverageNotApplied
from bitget_leverage_ext.emulator import Emulator, Fault, Quirks

PRODUCTS = {
    "USDT-FUTURES": ("BTC/USDT:USDT", "BTCUSDT"),
    "COIN-FUTURES": ("BTC/USD:BTC", "BTCUSD"),
    "USDC-FUTURES": ("BTC/USDC:USDC", "BTCPERP"),
    "SUSDT-FUTURES": ("SBTC/SUSDT:SUSDT", "SBTCSUSDT"),
    "SCOIN-FUTURES": ("SBTC/SUSD:SBTC", "SBTCSUSD"),
    "SUSDC-FUTURES": ("SBTC/SUSDC:SUSDC", "SBTCSPERP"),
}
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
    "two-figures": (None, {"longLeverage": 10, "shortLeverage": 7}),
}
ERRORS = {
    "40797": ("Exceeded the maximum settable leverage", ccxt.BadRequest),
    "43050": ("Leverage exceeds the effective range", ccxt.BadRequest),
    "45044": ("The leverage is not within the suitable range after adjustment", ccxt.BadRequest),
    "45045": ("Exceeds the maximum possible leverage", ccxt.BadRequest),
    "25223": ("Exceeds Max. leverage", ccxt.BadRequest),
    "40778": ("Coin pair BTCUSDT does not support SUSDT currency as margin", ccxt.BadRequest),
    "45025": ("The currency pair does not support the currency as a margin", ccxt.BadRequest),
    "40808": ("Parameter verification exception double fixed, hold side is null", ccxt.ArgumentsRequired),
    "40019": ("Parameter holdSide cannot be empty", ccxt.ArgumentsRequired),
    "400172": ("side mismatch", ccxt.ArgumentsRequired),
    "40893": ("there is not enough margin!", ccxt.InsufficientFunds),
    "25228": ("insufficient margin!", ccxt.InsufficientFunds),
    "40730": ("currently a commission or planned commission", ccxt.OperationRejected),
    "45097": ("an order or a limit order", ccxt.OperationRejected),
    "40880": ("leverage cannot be adjusted", ccxt.OperationRejected),
    "40869": ("leverage cannot be adjusted", ccxt.OperationRejected),
    "45089": ("leverage cannot be adjusted", ccxt.OperationRejected),
    "45117": ("Currently holding positions or orders", ccxt.OperationRejected),
    "40920": ("Position or order exists", ccxt.OperationRejected),
    "40034": ("Parameter BTCUSDT does not exist", ccxt.BadSymbol),
    "40072": ("symbol BTCUSDT is Invalid", ccxt.BadSymbol),
    "40102": ("Symbol does not exist", ccxt.BadSymbol),
    "40309": ("The symbol has been removed", ccxt.BadSymbol),
    "25100": ("Trading pair BTCUSDT does not exist", ccxt.BadSymbol),
    "40099": ("exchange environment is incorrect", ccxt.AuthenticationError),
}


@dataclass(frozen=True)
class Scenario:
    """One call and what comes of it.

    :ivar path: the cassette, below ``cassettes/``, without its ending
    :ivar call: the method, its arguments, and its keyword arguments
    :ivar outcome: what the result must contain, or the class that is raised
    :ivar arrange: prepares the emulator; ``None`` where nothing is to prepare
    :ivar live: margin and position mode to set first where Bitget itself is recorded; ``None`` where it cannot be
    """

    path: str
    call: tuple[str, tuple[Any, ...]]
    outcome: dict[str, Any] | type[Exception]
    arrange: Callable[[Emulator], object] | None = None
    live: tuple[str, str] | None = None
    config: dict[str, Any] = field(default_factory=dict)


def _cell(product_type: str, modes: str, ask: str, unified: bool) -> Scenario:
    symbol, id = PRODUCTS[product_type]
    margin, position = MODES[modes]
    leverage, params = ASKS[ask]

    def arrange(emulator: Emulator) -> None:
        account = emulator.account
        account.unified = unified
        account.set_position_mode(product_type, position)
        account.set_margin_mode(product_type, id, margin)
        account.set_figures(product_type, id, cross=20, long=20, short=20)

    outcome: dict[str, Any] | type[Exception]
    hedge = modes == "isolated-hedge"
    if hedge and ask == "no-side":
        outcome = ccxt.ArgumentsRequired
    elif not hedge and ask == "two-figures":
        outcome = ccxt.BadRequest
    else:
        untouched = None if unified else 20
        outcome = {
            "symbol": symbol,
            "marginMode": margin.replace("crossed", "cross"),
            "longLeverage": untouched if hedge and ask == "short" else 10,
            "shortLeverage": 7 if ask == "two-figures" else untouched if hedge and ask == "long" else 10,
        }
    kind = "unified" if unified else "classic"
    return Scenario(
        f"emulator/{kind}/{product_type}/{modes}-{ask}",
        ("set_leverage", (leverage, symbol, params)),
        outcome,
        arrange,
        None if product_type.startswith("S") else (margin, position),
    )


def _error(code: str) -> Scenario:
    text, error = ERRORS[code]
    arrange = lambda emulator: emulator.fail(Fault("refuse", code=code, msg=text, times=None))  # noqa: E731
    call = ("set_leverage", (10, "BTC/USDT:USDT", {}))
    return Scenario(f"emulator/errors/{code}", call, error, arrange)


def _hedge(emulator: Emulator, **quirks: Any) -> None:
    emulator.quirks = Quirks(**quirks)
    emulator.account.set_position_mode("USDT-FUTURES", "hedge_mode")
    emulator.account.set_margin_mode("USDT-FUTURES", "BTCUSDT", "isolated")


_BTC = "BTC/USDT:USDT"
_BOTH: tuple[str, tuple[Any, ...]] = ("set_leverage", (None, _BTC, {"longLeverage": 10, "shortLeverage": 7}))

EMULATOR = [
    *(_cell(*cell, unified=False) for cell in itertools.product(PRODUCTS, MODES, ASKS)),
    *(_cell(*cell, unified=True) for cell in itertools.product(list(PRODUCTS)[:3], MODES, ASKS)),
    *(_error(code) for code in ERRORS),
    Scenario(
        "emulator/replies/no-change",
        ("set_leverage", (20, _BTC, {})),
        {"longLeverage": 20, "marginMode": "cross"},
        lambda emulator: setattr(emulator, "quirks", Quirks(same_leverage="refused")),
    ),
    Scenario(
        "emulator/replies/stale-figure",
        ("set_leverage", (10, _BTC, {})),
        {"longLeverage": 10},
        lambda emulator: emulator.fail(Fault("stale")),
    ),
    Scenario(
        "emulator/replies/not-applied",
        ("set_leverage", (10, _BTC, {"verify": "read"})),
        LeverageNotApplied,
        lambda emulator: emulator.fail(Fault("lie")),
    ),
    Scenario(
        "emulator/dialects/2025-03-two-figures",
        _BOTH,
        {"longLeverage": 10, "shortLeverage": 7},
        lambda emulator: _hedge(emulator, dialect="2025-03"),
    ),
    Scenario(
        "emulator/faults/429",
        ("set_leverage", (10, _BTC, {})),
        {"longLeverage": 10},
        lambda emulator: emulator.fail(Fault("too_many")),
    ),
    Scenario(
        "emulator/faults/502",
        ("set_leverage", (10, _BTC, {})),
        {"longLeverage": 10},
        lambda emulator: emulator.fail(Fault("page", status=502)),
    ),
    Scenario("emulator/companions/fetch-leverage", ("fetch_leverage", (_BTC,)), {"longLeverage": 20}),
    Scenario("emulator/companions/fetch-margin-mode", ("fetch_margin_mode", (_BTC,)), {"marginMode": "cross"}),
    Scenario("emulator/companions/set-margin-mode", ("set_margin_mode", ("isolated", _BTC)), {"code": "00000"}),
    Scenario("emulator/companions/set-position-mode", ("set_position_mode", (False, _BTC)), {"code": "00000"}),
]

# Replies that were published verbatim; the address stands in the cassette.
OBSERVED = [
    Scenario(
        "observed/set-leverage-crossed",
        ("set_leverage", (25, _BTC, {"uta": False, "hedged": False})),
        {"code": "00000", "marginMode": "cross", "longLeverage": 25, "shortLeverage": 25},
    ),
    Scenario(
        "observed/set-leverage-documentation",
        ("set_leverage", (20, _BTC, {"uta": False, "marginMode": "cross"})),
        {"code": "00000", "marginMode": "cross", "longLeverage": 20, "shortLeverage": 20},
    ),
    Scenario(
        "observed/set-leverage-unified",
        ("set_leverage", (20, _BTC, {"uta": True, "marginMode": "cross"})),
        {"code": "00000", "data": "success", "longLeverage": 20},
    ),
    Scenario(
        "observed/hold-side-is-null",
        ("set_leverage", (20, _BTC, {"uta": False, "marginMode": "cross"})),
        ccxt.ArgumentsRequired,
    ),
    Scenario(
        "observed/side-mismatch",
        ("set_leverage", (20, _BTC, {"uta": False, "marginMode": "cross"})),
        ccxt.ArgumentsRequired,
    ),
    Scenario(
        "observed/unified-account",
        ("set_leverage", (20, _BTC, {"uta": False, "marginMode": "cross"})),
        ccxt.bitget().exceptions["exact"].get("40085", ccxt.ExchangeError),
    ),
    Scenario(
        "observed/environment",
        ("set_position_mode", (False, None, {"uta": False, "productType": "SUSDT-FUTURES"})),
        ccxt.AuthenticationError,
    ),
    Scenario("observed/set-margin-mode", ("set_margin_mode", ("isolated", _BTC, {"uta": False})), {"code": "00000"}),
    Scenario(
        "observed/account",
        ("fetch_leverage", (_BTC, {"uta": False})),
        {"marginMode": "cross", "longLeverage": 20, "shortLeverage": 20},
    ),
]

SCENARIOS = EMULATOR + OBSERVED
