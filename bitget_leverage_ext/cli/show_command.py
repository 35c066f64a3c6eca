"""`show`: what an account holds: its modes, leverages and limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ccxt
from rich.text import Text

from bitget_leverage_ext.api.fields import CATEGORY, SYMBOL, SYMBOL_CONFIG_LIST
from bitget_leverage_ext.api.unified import SETTINGS_LIMIT
from bitget_leverage_ext.rules.contracts import BY_QUOTE, DEMO, PRODUCT_TYPES, any_contract, symbol_of
from bitget_leverage_ext.rules.modes import HEDGE, ONE_WAY
from bitget_leverage_ext.state import UNIFIED

from . import connection, output
from .client import Client, products_of
from .messages import explained
from .output import console, error_json, print_json, table
from .set_command import NOT_REACHED, NOT_REPORTED, leverage_text, not_reached

# Not there for this account or this key, which is not a failure to read.
_NOT_OFFERED = (ccxt.NotSupported, ccxt.BadSymbol)
_WORDS = {ONE_WAY: "one-way", HEDGE: "hedge"}


# --- reading ---------------------------------------------------------------------------------------------------


def look(exchange: Client, symbol: str) -> dict[str, Any]:
    """Read what the account holds for *symbol*.

    :raises ccxt.BaseError: not a contract, or it could not be read
    """
    leverage = exchange.fetch_leverage(symbol)
    market = exchange.market(leverage["symbol"])
    product_type = BY_QUOTE[market["quoteId"]]
    limits = market["limits"]["leverage"]
    return {
        "symbol": leverage["symbol"],
        "productType": product_type,
        "marginMode": leverage["marginMode"] or "?",
        "positionMode": _position_mode(exchange, product_type),
        "longLeverage": leverage["longLeverage"],
        "shortLeverage": leverage["shortLeverage"],
        "minLeverage": None if limits["min"] is None else int(limits["min"]),
        "maxLeverage": None if limits["max"] is None else int(limits["max"]),
    }


def _position_mode(exchange: Client, product_type: str) -> str:
    """Return the position mode that was read last."""
    mode = exchange.account_state.position_modes.get(UNIFIED if connection.is_unified(exchange) else product_type)
    return "?" if mode is None else _WORDS[mode]


def position_modes(exchange: Client) -> dict[str, str | ccxt.BaseError]:
    """Return the position mode of each product type, or why it is not known; a unified account has one for all."""
    exchange.load_markets()
    if connection.is_unified(exchange):
        exchange.fetch_leverages()
        return {UNIFIED: _position_mode(exchange, "")}
    found: dict[str, str | ccxt.BaseError] = {}
    for product_type in PRODUCT_TYPES:
        try:
            found[product_type] = _classic_position_mode(exchange, product_type)
        except ccxt.BaseError as error:
            found[product_type] = error
        exchange.run.done(found[product_type])
    return found


def _classic_position_mode(exchange: Client, product_type: str) -> str:
    # The two demo worlds are not interchangeable. https://github.com/ccxt/ccxt/pull/25541
    if product_type in DEMO and exchange.options.get("sandboxMode"):
        raise ccxt.NotSupported("S-coins are for live keys; a demo key trades ordinary contracts")
    contract = any_contract(exchange.markets, product_type)  # the position mode is read through any
    if contract is None:
        raise ccxt.BadSymbol("no contract of it is listed for this environment")
    return str(look(exchange, contract.symbol)["positionMode"])


def touched(exchange: Client, modes: dict[str, str | ccxt.BaseError]) -> list[str]:
    """Return the symbols that `show` means without symbols.

    A unified account lists those whose leverage was ever set; of a classic one, those with an open position. A failed
    read replaces the mode in *modes*.
    """
    if connection.is_unified(exchange):
        rows = connection.read(exchange, SETTINGS_LIMIT.path).get(SYMBOL_CONFIG_LIST) or []
        named = [(row.get(CATEGORY), row.get(SYMBOL)) for row in rows]
    else:
        named = []
        for product_type in [name for name, mode in modes.items() if isinstance(mode, str)]:
            try:
                # https://www.bitget.com/api-doc/contract/position/get-all-position
                fields = {"productType": product_type}
                rows = connection.read(exchange, "v2/mix/position/all-position", fields)
            except ccxt.BaseError as error:
                modes[product_type] = error
                continue
            named += [(product_type, row["symbol"]) for row in rows or ()]
    found = (symbol_of(exchange.markets_by_id, product_type, market_id) for product_type, market_id in named)
    return list(dict.fromkeys(symbol for symbol in found if symbol is not None))


# --- showing ---------------------------------------------------------------------------------------------------


def show(exchange: Client, symbols: list[str], as_json: bool, demo: bool) -> int:
    """Show the account, and return the exit code.

    :raises ccxt.AuthenticationError: nothing could be read, because of the key
    """
    run = exchange.run
    run.products = frozenset().union(*map(products_of, symbols)) if symbols else None
    exchange.load_markets()
    modes = {} if symbols else position_modes(exchange)
    _raise_if_all_unauthorized(mode for mode in modes.values() if not isinstance(mode, _NOT_OFFERED))
    looks = _looks(exchange, symbols or touched(exchange, modes), as_json)
    _raise_if_all_unauthorized(looks.values())
    rows = [_row(symbol, each, demo) for symbol, each in looks.items()]
    unread = any(isinstance(mode, ccxt.BaseError) and not isinstance(mode, _NOT_OFFERED) for mode in modes.values())
    kind, environment = "unified" if connection.is_unified(exchange) else "classic", "demo" if demo else "live"
    shown_modes = {name: _mode(mode, demo) for name, mode in modes.items()}
    if as_json:
        account = {"type": kind, "environment": environment, **({"positionModes": shown_modes} if modes else {})}
        # An empty list would say that there are none.
        print_json({"account": account, "contracts": None if unread and not rows else rows})
    else:
        console().print(f"{kind} account, {environment} environment")
        _show(shown_modes, rows, run.halted)
        what = "whose leverage was ever set" if kind == "unified" else "with an open position"
        if unread:
            console().print(f"Contracts {what}: not all could be read.")
        elif not symbols:
            console().print(f"Contracts {what}: {len(rows)}. Name symbols to see others.")
    left = any(not_reached(each) for each in (*modes.values(), *looks.values()))
    return output.exit_code(not unread and all("marginMode" in row for row in rows), left and run.interrupted)


def _looks(exchange: Client, symbols: list[str], hidden: bool) -> dict[str, dict[str, Any] | ccxt.BaseError]:
    """Read each contract under a progress bar; a read that failed gives its error."""
    found: dict[str, dict[str, Any] | ccxt.BaseError] = {}
    with output.bar(len(symbols), hidden) as advance:
        for symbol in symbols:
            try:
                found[symbol] = look(exchange, symbol)
            except ccxt.BaseError as error:
                found[symbol] = error
            exchange.run.done(found[symbol])
            advance(symbol)
    return found


def _raise_if_all_unauthorized(outcomes: Iterable[Any]) -> None:
    answers = list(outcomes)
    if answers and all(isinstance(each, ccxt.AuthenticationError) for each in answers):
        raise answers[0]


def _mode(mode: str | ccxt.BaseError, demo: bool) -> dict[str, str]:
    if not isinstance(mode, ccxt.BaseError):
        return {"positionMode": mode}
    return {"error": f"{NOT_REACHED}: {mode}" if not_reached(mode) else explained(mode, demo)}


def _row(symbol: str, found: dict[str, Any] | ccxt.BaseError, demo: bool) -> dict[str, Any]:
    if not_reached(found):
        return {"symbol": symbol, "status": NOT_REACHED}
    return {"symbol": symbol, "error": error_json(found, demo)} if isinstance(found, ccxt.BaseError) else found


def _show(modes: dict[str, dict[str, str]], rows: list[dict[str, Any]], halted: str) -> None:
    if modes:
        made = table("product type", "position mode")
        for name, mode in modes.items():
            made.add_row("all" if name == UNIFIED else name, mode.get("positionMode") or Text(mode["error"], "yellow"))
        console().print(made)
    good = [row for row in rows if "marginMode" in row]
    if good:
        made = table("symbol", "margin mode", "position mode", "long", "short", "limits")
        for row in good:
            low, high = row["minLeverage"] or 1, row["maxLeverage"] or "?"
            made.add_row(
                row["symbol"], row["marginMode"], row["positionMode"],
                leverage_text(row["longLeverage"]), leverage_text(row["shortLeverage"]), f"{low} to {high}",
            )  # fmt: skip
        console().print(made)
    bad = [(row["symbol"], row.get("error") or f"{NOT_REACHED}: {halted}") for row in rows if row not in good]
    if bad:
        console().print(output.error_table("symbol", "why it cannot be shown", bad))
    if any(None in (row["longLeverage"], row["shortLeverage"]) for row in good):
        console().print(
            f"{NOT_REPORTED}: a unified account lists only contracts whose leverage was ever set. In isolated hedge "
            "mode it may report one leverage without its side."
        )
