"""The calls that meet a published reply of the real exchange, each with its result or error.

A cassette names the address, what was published there, and what is ours.
"""

from __future__ import annotations

from typing import Any

import ccxt
from recordings import CLASSIC, ISOLATED, UNIFIED, S, Scenario, Step, leverage, leverages

# What ccxt makes of a code that this package leaves to it; it differs with the version.
AS_CCXT: dict[str, type[Exception]] = ccxt.bitget().exceptions["exact"]
CROSS = {"marginMode": "cross"}
CLOSE: dict[str, Any] = {"hedged": True, "reduceOnly": True, "clientOrderId": "close"}


def _observed(name: str, *steps: Step, config: dict[str, Any] = CLASSIC) -> Scenario:
    return Scenario(f"observed/{name}", steps, None, config)


OBSERVED = [
    _observed("set-leverage-crossed", leverage(25, leverages(25, 25, code="00000", marginMode="cross"), **CROSS)),
    _observed("set-leverage-documentation", leverage(20, leverages(20, 20, code="00000", marginMode="cross"), **CROSS)),
    _observed(
        "set-leverage-one-side",
        leverage(2, {"longLeverage": 2, "code": "00000"}, holdSide="long"),
        leverage(2, {"longLeverage": 2, "code": "00000"}, holdSide="long"),
    ),
    _observed("set-leverage-unified", leverage(20, {"data": "success", "longLeverage": 20}, **CROSS), config=UNIFIED),
    _observed("hold-side-is-null", leverage(20, ccxt.ArgumentsRequired, **CROSS)),
    _observed("side-mismatch", leverage(20, ccxt.ArgumentsRequired, **CROSS)),
    _observed("above-the-limit", leverage(126, ccxt.BadRequest, **CROSS)),
    _observed("copy-trading", leverage(20, ccxt.OperationRejected, **CROSS)),
    _observed("sub-account", leverage(20, ccxt.OperationRejected, **CROSS)),
    _observed("invalid-ip", leverage(20, ccxt.AuthenticationError, **CROSS)),
    _observed("permission-classic", leverage(20, ccxt.PermissionDenied, **CROSS)),
    _observed("permission-unified", Step("fetch_leverage", (S,), ccxt.PermissionDenied), config=UNIFIED),
    _observed("classic-account", leverage(20, leverages(20, 20), **CROSS), config={}),
    _observed(
        "unified-account",
        Step("set_leverage", (20, S, {"uta": False, **CROSS}), AS_CCXT.get("40085", ccxt.ExchangeError)),
    ),
    _observed(
        "environment",
        Step("set_position_mode", (False, None, {"productType": "SUSDT-FUTURES"}), ccxt.AuthenticationError),
    ),
    _observed("set-margin-mode", Step("set_margin_mode", ("isolated", S), {"code": "00000"})),
    _observed(
        "margin-mode-locked",
        Step("set_margin_mode", ("isolated", S), {"code": "00000"}),
        Step("set_margin_mode", ("cross", S), ccxt.OperationRejected),
    ),
    _observed("hold-mode-locked", Step("set_position_mode", (False, S), ccxt.OperationRejected), config=UNIFIED),
    _observed("account", Step("fetch_leverage", (S,), leverages(20, 20, marginMode="cross"))),
    _observed("account-isolated", Step("fetch_leverage", (S,), leverages(7, 7, marginMode="isolated"))),
    _observed("settings", Step("fetch_leverage", (S,), leverages(10, 10, marginMode="cross")), config=UNIFIED),
    _observed("settings-after-set-leverage", leverage(5, leverages(5, 5), verify="read"), config=UNIFIED),
    _observed(
        "settings-stale",
        leverage(10, leverages(None, None), holdSide="both", verify="read", **ISOLATED),
        config=UNIFIED,
    ),
    _observed("double-side-hold", leverage(10, ccxt.ArgumentsRequired, holdSide="long", **ISOLATED), config=UNIFIED),
    _observed(
        "single-side-hold",
        leverage(10, leverages(10, 10), holdSide="both", **ISOLATED),
        leverage(12, leverages(12, 12), holdSide="both", **ISOLATED),
        config=UNIFIED,
    ),
    _observed(
        "no-position-to-close",
        Step("create_order", (S, "market", "sell", 0.01, None, CLOSE), {"id": "1"}),
    ),
    _observed(
        "no-position-available-to-close",
        Step("create_order", (S, "market", "sell", 0.01, None, CLOSE), {"id": "1"}),
        config=UNIFIED,
    ),
]
