"""``set``: one leverage or many, and a table of what is in force and what failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ccxt
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from bitget_leverage_ext.account import UNIFIED
from bitget_leverage_ext.rules.account import HEDGE, ISOLATED

from .orders import Orders
from .output import console, explained, print_json, table


def set_leverages(exchange: Any, orders: Orders, as_json: bool, demo: bool) -> bool:
    """Set them, show the outcome, and say whether all succeeded."""
    # What is in force is read from the account rather than from the reply: a person will act on the table.
    params = {"verify": "read", **orders.params}
    outcomes: dict[str, Any] = {}
    interrupted = False
    with _bar(len(orders.leverages), hidden=as_json) as bar:

        def progress(done: int, total: int, symbol: str, outcome: Any) -> None:
            outcomes[symbol] = outcome
            bar.update(bar.task_ids[0], completed=done, description=symbol)

        try:
            exchange.set_leverages(orders.leverages, params, progress)
        except KeyboardInterrupt:
            # What was set stays set, so say what that is.
            interrupted = True
    # A unified account tells one figure a contract, which in isolated hedge mode is no side's.
    untold = exchange.options.get("uta") is True and exchange._memory.positions.get(UNIFIED) == HEDGE
    rows = [_row(symbol, outcomes.get(symbol), untold, demo) for symbol in orders.leverages]
    if as_json:
        print_json({"leverages": rows})
    else:
        _show(rows)
    return not interrupted and all(row["status"] == "set" for row in rows)


@contextmanager
def _bar(total: int, hidden: bool) -> Iterator[Progress]:
    shown = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=shown, transient=True, disable=hidden or not shown.is_terminal) as bar:
        bar.add_task("markets", total=total)
        yield bar


def _row(symbol: str, outcome: Any, untold: bool, demo: bool) -> dict[str, Any]:
    if outcome is None:
        return {"symbol": symbol, "status": "not reached"}
    if isinstance(outcome, ccxt.BaseError):
        error = {"class": type(outcome).__name__, "message": explained(outcome, demo)}
        return {"symbol": symbol, "status": "failed", "error": error}
    names = ("symbol", "marginMode", "longLeverage", "shortLeverage")
    seen = not (untold and outcome["marginMode"] == ISOLATED)
    return {**{name: outcome[name] for name in names}, "status": "set", "readBack": seen}


def _show(rows: list[dict[str, Any]]) -> None:
    done = [row for row in rows if row["status"] == "set"]
    if done:
        made = table("in force", "margin mode", "long", "short")
        for row in done:
            mark = "" if row["readBack"] else "*"
            long, short = figure(row["longLeverage"]), figure(row["shortLeverage"])
            made.add_row(row["symbol"] + mark, row["marginMode"], long, short)
        if not all(row["readBack"] for row in done):
            made.caption = "* acknowledged by Bitget; a unified account does not tell the figures of the two sides."
            made.caption_justify = "left"
        console().print(made)
    undone = [row for row in rows if row["status"] != "set"]
    if undone:
        made = table("not set", "why")
        for row in undone:
            error = row.get("error")
            why = Text(error["class"], "yellow") + Text(f": {error['message']}") if error else Text("not reached")
            made.add_row(row["symbol"], why)
        console().print(made)
    console().print(f"{len(done)} of {len(rows)} set")


def figure(value: Any) -> str:
    """A leverage, or a sign that it is not told."""
    return "?" if value is None else f"{value}x"
