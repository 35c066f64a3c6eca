"""``set``: one leverage or many, and a table of what is in force and what failed."""

from __future__ import annotations

from typing import Any

import ccxt

from bitget_leverage_ext.rules.products import BY_QUOTE

from . import output
from .orders import Orders
from .output import console, print_json, table, trouble
from .watch import Client, NotBegun

# What became of a symbol.
SET, FAILED, UNKNOWN, NOT_REACHED = "set", "failed", "unknown", "not reached"
_IN_DOUBT = "unknown: its request was under way and may or may not have been applied; `bitget-leverage show` tells"


def set_leverages(exchange: Client, orders: Orders, as_json: bool, demo: bool) -> int:
    """Set them, show the outcome, and give the exit code."""
    # What is in force is read from the account rather than from the reply: a person will act on the table.
    outcomes, doubtful = carry_out(exchange, orders, {"verify": "read", **orders.params}, as_json)
    rows = [_row(symbol, outcomes.get(symbol), symbol in doubtful, demo) for symbol in orders.leverages]
    if as_json:
        print_json({"leverages": rows})
    else:
        _show(rows, exchange.watch.halted)
    left = any(row["status"] in (UNKNOWN, NOT_REACHED) for row in rows)
    return output.exit_code(all(row["status"] == SET for row in rows), left and exchange.watch.interrupted)


def carry_out(
    exchange: Client, orders: Orders, params: dict[str, Any], hidden: bool
) -> tuple[dict[str, Any], list[str]]:
    """Run the batch under a progress bar: what became of each symbol, and the symbols of which that is not known."""
    watch = exchange.watch
    watch.products = orders.products
    outcomes: dict[str, Any] = {}
    with output.bar(len(orders.leverages), hidden) as advance:

        def progress(done: int, total: int, symbol: str, outcome: Any) -> None:
            outcomes[symbol], watch.kept = watch.kept or outcome, None
            watch.done(outcome)
            advance(symbol)

        try:
            exchange.set_leverages(orders.leverages, params, progress)
        except NotBegun:
            pass  # not even the markets
        except KeyboardInterrupt:
            watch.interrupted = True
    undone = [symbol for symbol in orders.leverages if symbol not in outcomes]
    return outcomes, [symbol for symbol in undone if _under_way(exchange, symbol)]


def _under_way(exchange: Client, symbol: str) -> bool:
    """Whether the last write is one for *symbol*."""
    body = exchange.watch.under_way
    if body is None:
        return False
    try:
        market = exchange.market(symbol)
    except ccxt.BaseError:
        return False
    told = body.get("productType", body.get("category"))
    return bool(market["id"] == body["symbol"] and BY_QUOTE.get(market["quoteId"]) == told)


def not_reached(outcome: Any) -> bool:
    """Whether nothing was begun for a symbol."""
    return outcome is None or isinstance(outcome, NotBegun) or getattr(outcome, "not_attempted", False) is True


def _row(symbol: str, outcome: Any, doubtful: bool, demo: bool) -> dict[str, Any]:
    if doubtful:
        return {"symbol": symbol, "status": UNKNOWN}
    if not_reached(outcome):
        return {"symbol": symbol, "status": NOT_REACHED}
    if isinstance(outcome, ccxt.BaseError):
        return {"symbol": symbol, "status": FAILED, "error": trouble(outcome, demo)}
    names = ("symbol", "marginMode", "longLeverage", "shortLeverage")
    told = outcome["longLeverage"] is not None and outcome["shortLeverage"] is not None
    return {**{name: outcome[name] for name in names}, "status": SET, "readBack": told}


def _show(rows: list[dict[str, Any]], halted: str) -> None:
    done = [row for row in rows if row["status"] == SET]
    if done:
        made = table("in force", "margin mode", "long", "short")
        for row in done:
            long, short = figure(row["longLeverage"]), figure(row["shortLeverage"])
            made.add_row(row["symbol"], row["marginMode"] or "not told", long, short)
        if not all(row["readBack"] for row in done):
            made.caption = "not told: Bitget acknowledged it, and does not tell what the account then holds."
            made.caption_justify = "left"
        console().print(made)
    words: dict[str, str] = {UNKNOWN: _IN_DOUBT, NOT_REACHED: f"{NOT_REACHED}: {halted or 'nothing was sent for it'}"}
    undone = [(row["symbol"], row.get("error") or words[row["status"]]) for row in rows if row["status"] != SET]
    if undone:
        console().print(output.troubled("not set", "why", undone))
    console().print(f"{len(done)} of {len(rows)} set")


def figure(value: Any) -> str:
    """A leverage, or a word for one that is not told."""
    return "not told" if value is None else f"{value}x"
