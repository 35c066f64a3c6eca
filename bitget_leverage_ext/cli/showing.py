"""``show``: what an account holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ccxt
from rich.text import Text

from bitget_leverage_ext.account import UNIFIED
from bitget_leverage_ext.rules.account import CROSSED, HEDGE
from bitget_leverage_ext.rules.products import BY_QUOTE, DEMO, PRODUCT_TYPES

from . import connection, output
from .output import console, explained, print_json, table, trouble
from .setting import NOT_REACHED, figure, not_reached
from .watch import Client, products_of

# Not there for this account or this key, which is no failure to read.
_NOT_OFFERED = (ccxt.NotSupported, ccxt.BadSymbol)
_WORDS = {CROSSED: "cross", "isolated": "isolated", "one_way_mode": "one-way", HEDGE: "hedge"}


def look(exchange: Client, symbol: str) -> dict[str, Any]:
    """Read what the account holds for *symbol*.

    :raises ccxt.BaseError: not a contract, or it could not be read
    """
    told = exchange.fetch_leverage(symbol)
    market = exchange.market(told["symbol"])
    product_type = BY_QUOTE[market["quoteId"]]
    bounds = market["limits"]["leverage"]
    return {
        "symbol": told["symbol"],
        "productType": product_type,
        "marginMode": told["marginMode"] or "?",
        "positionMode": _position(exchange, UNIFIED if is_unified(exchange) else product_type),
        "longLeverage": told["longLeverage"],
        "shortLeverage": told["shortLeverage"],
        "minLeverage": None if bounds["min"] is None else int(bounds["min"]),
        "maxLeverage": None if bounds["max"] is None else int(bounds["max"]),
    }


def _position(exchange: Client, product_type: str) -> str:
    """The position mode that the last read told."""
    return _WORDS.get(exchange.watch.positions.get(product_type, ""), "?")


def sample(exchange: Client, product_type: str) -> str | None:
    """A contract of *product_type*: position modes are read through one."""
    for market in exchange.markets.values():
        if market["swap"] and market["active"] and BY_QUOTE.get(market["quoteId"]) == product_type:
            return str(market["symbol"])
    return None


def position_modes(exchange: Client) -> dict[str, str | ccxt.BaseError]:
    """The position mode of each product type, or why it cannot be told; a unified account has one for all."""
    exchange.load_markets()
    if is_unified(exchange):
        connection.read(exchange, "v3/account/settings")
        return {UNIFIED: _position(exchange, UNIFIED)}
    found: dict[str, str | ccxt.BaseError] = {}
    for product_type in PRODUCT_TYPES:
        try:
            found[product_type] = _position_mode(exchange, product_type)
        except ccxt.BaseError as error:
            found[product_type] = error
        exchange.watch.done(found[product_type])
    return found


def _position_mode(exchange: Client, product_type: str) -> str:
    if _foreign(exchange, product_type):
        raise ccxt.NotSupported("S-coins are for live keys; a demo key trades ordinary products")
    symbol = sample(exchange, product_type)
    if symbol is None:
        raise ccxt.BadSymbol("no contract of it is listed for this environment")
    exchange.fetch_leverage(symbol)
    return _position(exchange, product_type)


def _foreign(exchange: Client, product_type: str) -> bool:
    # The two demo worlds are not interchangeable. https://github.com/ccxt/ccxt/pull/25541
    return product_type in DEMO and bool(exchange.options.get("sandboxMode"))


def is_unified(exchange: Client) -> bool:
    """The account's type; asked once."""
    unified, _ = exchange.handle_uta_and_params({}, "setLeverage")
    return bool(unified)


def touched(exchange: Client, modes: dict[str, str | ccxt.BaseError]) -> list[str]:
    """The symbols that a reader without a symbol means: a unified account lists those whose leverage was ever set;
    of a classic one, those with an open position. What cannot be read is put in the place of its mode in *modes*."""
    if is_unified(exchange):
        rows = connection.read(exchange, "v3/account/settings").get("symbolConfigList") or []
        named = [(row.get("category"), row.get("symbol")) for row in rows]
    else:
        named = []
        for product_type in [name for name, mode in modes.items() if isinstance(mode, str)]:
            try:
                named += _positions(exchange, product_type)
            except ccxt.BaseError as error:
                modes[product_type] = error
    found: dict[str, None] = {}
    for product_type, market_id in named:
        for market in exchange.markets_by_id.get(market_id, ()):
            if market["contract"] and BY_QUOTE.get(market["quoteId"]) == product_type:
                found[market["symbol"]] = None
    return list(found)


def _positions(exchange: Client, product_type: str) -> list[tuple[str, str]]:
    # https://www.bitget.com/api-doc/contract/position/get-all-position
    rows = connection.read(exchange, "v2/mix/position/all-position", {"productType": product_type})
    return [(product_type, row["symbol"]) for row in rows or ()]


def show(exchange: Client, symbols: list[str], as_json: bool, demo: bool) -> int:
    """Show it, and give the exit code.

    :raises ccxt.AuthenticationError: nothing could be read, because of who asks
    """
    watch = exchange.watch
    watch.products = frozenset().union(*map(products_of, symbols)) if symbols else None
    exchange.load_markets()
    modes = {} if symbols else position_modes(exchange)
    _hold_let_in(mode for mode in modes.values() if not isinstance(mode, _NOT_OFFERED))
    seen = _looks(exchange, symbols or touched(exchange, modes), as_json)
    _hold_let_in(seen.values())
    rows = [_row(symbol, each, demo) for symbol, each in seen.items()]
    unread = any(isinstance(mode, ccxt.BaseError) and not isinstance(mode, _NOT_OFFERED) for mode in modes.values())
    kind = "unified" if is_unified(exchange) else "classic"
    told = {name: _mode(mode, demo) for name, mode in modes.items()}
    if as_json:
        account = {"type": kind, "environment": _environment(demo), **({"positionModes": told} if modes else {})}
        # An empty list would say that there are none.
        print_json({"account": account, "contracts": None if unread and not rows else rows})
    else:
        console().print(f"{kind} account, {_environment(demo)} environment")
        _show(told, rows, watch.halted)
        what = "whose leverage was ever set" if kind == "unified" else "with an open position"
        if unread:
            console().print(f"Contracts {what}: not all could be read.")
        elif not symbols:
            console().print(f"Contracts {what}: {len(rows)}. Name symbols to see others.")
    left = any(not_reached(each) for each in (*modes.values(), *seen.values()))
    return output.exit_code(not unread and all("marginMode" in row for row in rows), left and watch.interrupted)


def _environment(demo: bool) -> str:
    return "demo" if demo else "live"


def _looks(exchange: Client, symbols: list[str], hidden: bool) -> dict[str, dict[str, Any] | ccxt.BaseError]:
    """A look at each, or why there is none, under a progress bar."""
    seen: dict[str, dict[str, Any] | ccxt.BaseError] = {}
    with output.bar(len(symbols), hidden) as advance:
        for symbol in symbols:
            try:
                seen[symbol] = look(exchange, symbol)
            except ccxt.BaseError as error:
                seen[symbol] = error
            exchange.watch.done(seen[symbol])
            advance(symbol)
    return seen


def _hold_let_in(outcomes: Iterable[Any]) -> None:
    answers = list(outcomes)
    if answers and all(isinstance(each, ccxt.AuthenticationError) for each in answers):
        raise answers[0]


def _mode(mode: str | ccxt.BaseError, demo: bool) -> dict[str, str]:
    if not isinstance(mode, ccxt.BaseError):
        return {"positionMode": mode}
    return {"error": f"{NOT_REACHED}: {mode}" if not_reached(mode) else explained(mode, demo)}


def _row(symbol: str, seen: dict[str, Any] | ccxt.BaseError, demo: bool) -> dict[str, Any]:
    if not_reached(seen):
        return {"symbol": symbol, "status": NOT_REACHED}
    return {"symbol": symbol, "error": trouble(seen, demo)} if isinstance(seen, ccxt.BaseError) else seen


def _show(modes: dict[str, dict[str, str]], rows: list[dict[str, Any]], halted: str) -> None:
    if modes:
        made = table("product type", "position mode")
        for name, mode in modes.items():
            shown = mode.get("positionMode") or Text(mode["error"], "yellow")
            made.add_row("all" if name == UNIFIED else name, shown)
        console().print(made)
    good = [row for row in rows if "marginMode" in row]
    if good:
        made = table("symbol", "margin mode", "position mode", "long", "short", "limits")
        for row in good:
            low, high = row["minLeverage"] or 1, row["maxLeverage"] or "?"
            made.add_row(
                row["symbol"], row["marginMode"], row["positionMode"],
                figure(row["longLeverage"]), figure(row["shortLeverage"]), f"{low} to {high}",
            )  # fmt: skip
        console().print(made)
    bad = [(row["symbol"], row.get("error") or f"{NOT_REACHED}: {halted}") for row in rows if row not in good]
    if bad:
        console().print(output.troubled("symbol", "why it cannot be shown", bad))
    if any(None in (row["longLeverage"], row["shortLeverage"]) for row in good):
        console().print(
            "not told: a unified account lists only contracts whose leverage was ever set, and one figure each, which "
            "in isolated hedge mode is no side's."
        )
