"""What is replayed of the real exchange: which call meets a published reply, and what comes of it.

The address stands in the cassette, with what was published there and what is ours.
"""

from __future__ import annotations

from typing import Any

import ccxt
from recordings import CLASSIC, ISOLATED, UNIFIED, S, Scenario, Step, figures, leverage

# What ccxt makes of a code that this package leaves to it; it differs with the version.
AS_CCXT: dict[str, type[Exception]] = ccxt.bitget().exceptions["exact"]
CROSS = {"marginMode": "cross"}
CLOSE: dict[str, Any] = {"hedged": True, "reduceOnly": True, "clientOrderId": "close"}


def _seen(name: str, *steps: Step, config: dict[str, Any] = CLASSIC) -> Scenario:
    return Scenario(f"observed/{name}", steps, None, config)


OBSERVED = [
    _seen("set-leverage-crossed", leverage(25, figures(25, 25, code="00000", marginMode="cross"), hedged=False)),
    _seen("set-leverage-documentation", leverage(20, figures(20, 20, code="00000", marginMode="cross"), **CROSS)),
    _seen(
        "set-leverage-one-side",
        leverage(2, {"longLeverage": 2, "code": "00000"}, holdSide="long"),
        leverage(2, {"longLeverage": 2, "code": "00000"}, holdSide="long"),
    ),
    _seen("set-leverage-unified", leverage(20, {"data": "success", "longLeverage": 20}, **CROSS), config=UNIFIED),
    _seen("hold-side-is-null", leverage(20, ccxt.ArgumentsRequired, **CROSS)),
    _seen("side-mismatch", leverage(20, ccxt.ArgumentsRequired, **CROSS)),
    _seen("above-the-limit", leverage(126, ccxt.BadRequest, **CROSS)),
    _seen("copy-trading", leverage(20, ccxt.OperationRejected, **CROSS)),
    _seen("sub-account", leverage(20, ccxt.OperationRejected, **CROSS)),
    _seen("invalid-ip", leverage(20, ccxt.AuthenticationError, **CROSS)),
    _seen("permission-classic", leverage(20, ccxt.PermissionDenied, **CROSS)),
    _seen("permission-unified", Step("fetch_leverage", (S,), ccxt.PermissionDenied), config=UNIFIED),
    _seen("classic-account", leverage(20, figures(20, 20), **CROSS), config={}),
    _seen(
        "unified-account",
        Step("set_leverage", (20, S, {"uta": False, **CROSS}), AS_CCXT.get("40085", ccxt.ExchangeError)),
    ),
    _seen(
        "environment",
        Step("set_position_mode", (False, None, {"productType": "SUSDT-FUTURES"}), ccxt.AuthenticationError),
    ),
    _seen("set-margin-mode", Step("set_margin_mode", ("isolated", S), {"code": "00000"})),
    _seen(
        "margin-mode-locked",
        Step("set_margin_mode", ("isolated", S), {"code": "00000"}),
        Step("set_margin_mode", ("cross", S), ccxt.OperationRejected),
    ),
    _seen("hold-mode-locked", Step("set_position_mode", (False, S), ccxt.OperationRejected), config=UNIFIED),
    _seen("account", Step("fetch_leverage", (S,), figures(20, 20, marginMode="cross"))),
    _seen("account-isolated", Step("fetch_leverage", (S,), figures(7, 7, marginMode="isolated"))),
    _seen("settings", Step("fetch_leverage", (S,), figures(10, 10, marginMode="cross")), config=UNIFIED),
    _seen("settings-after-set-leverage", leverage(5, figures(5, 5), verify="read"), config=UNIFIED),
    _seen(
        "settings-stale", leverage(10, figures(None, None), holdSide="both", verify="read", **ISOLATED), config=UNIFIED
    ),
    _seen("double-side-hold", leverage(10, ccxt.ArgumentsRequired, holdSide="long", **ISOLATED), config=UNIFIED),
    _seen(
        "single-side-hold",
        leverage(10, figures(10, 10), holdSide="both", **ISOLATED),
        leverage(12, figures(12, 12), holdSide="both", **ISOLATED),
        config=UNIFIED,
    ),
    _seen(
        "no-position-to-close",
        Step("create_order", (S, "market", "sell", 0.01, None, CLOSE), {"id": "1"}),
    ),
    _seen(
        "no-position-available-to-close",
        Step("create_order", (S, "market", "sell", 0.01, None, CLOSE), {"id": "1"}),
        config=UNIFIED,
    ),
]
