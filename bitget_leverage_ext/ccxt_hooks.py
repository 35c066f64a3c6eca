"""Every hook into ccxt: the methods that we override, and the ones that we rely on, each with the reason.

A test compares this list with ccxt; at run time, a hook that a newer ccxt has moved is one WARNING.
"""

from __future__ import annotations

import functools
import logging

log = logging.getLogger("bitget_leverage_ext")

OVERRIDDEN = {
    "set_leverage": "the reason for this package",
    "fetch_leverage": "unified accounts",
    "fetch_margin_mode": "unified accounts",
    "set_margin_mode": "unified accounts, which declare it",
    "set_position_mode": "unified accounts",
    "create_order": "the margin mode of an order, and the leverage before it opens",
    "create_orders": "the same for a batch",
    "close_position": "the position that was known is closed",
    "close_all_positions": "the same for all of a product type",
    "load_markets": "finds the account type out: up to ccxt 4.5.63 every private method calls it",
    "set_markets": "leaves out a second market of one symbol or id",
    "parse_position": "sees each position that ccxt parses",
    "sign": "no demo header on the requests of S-coins",
    "handle_errors": "corrects the account type; redacts what an error shows; odd rows of market lists",
    "handle_http_status_code": "redacts what an error shows",
    "check_required_credentials": "checks credentials before they are signed",
    "describe": "fetchLeverages",
}
# In some versions or clients only.
OVERRIDDEN_WHERE_PRESENT = {
    "handle_uta_and_params": "finds the account type out, from ccxt 4.5.64 on",
    "throttle": "our own requests do not wait in ccxt's queue (asynchronous clients)",
    "parse_ws_position": "sees each position of the websocket (pro)",
}
RELIED_ON = {
    "request": "sends our own requests",
    "create_order_request": "builds a classic order without I/O, so that its shape is known",
    "create_uta_order_request": "builds a unified order without I/O",
    "handle_option_and_params": "ccxt's order of looking for an option",
    "handle_product_type_and_params": "the default product type of set_position_mode",
    "parse_leverage": "the structure of fetch_leverage on classic accounts",
    "parse_margin_mode": "the structure of fetch_margin_mode on classic accounts",
    "market": "what a market id means",
}


@functools.cache
def check_hooks(cls: type) -> list[str]:
    """Return the hooks that ccxt's class does not have (any more); log them once."""
    missing = [name for name in (*OVERRIDDEN, *RELIED_ON) if not callable(getattr(cls, name, None))]
    if missing:
        log.warning(
            "ccxt's %s has no %s: what this package does there is switched off; use a ccxt version that it supports",
            cls.__name__, ", ".join(missing),
        )  # fmt: skip
    return missing
