"""`set`: one leverage or many, and a table of what is in force and what failed."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt

from . import output
from .batch_args import BatchArgs
from .client import AsyncClient, NotBegun, contract_of
from .output import console, error_json, print_json, table

# The outcomes of a symbol.
SET, FAILED, UNKNOWN, NOT_REACHED = "set", "failed", "unknown", "not reached"
_MAYBE_APPLIED = "unknown: its request was in progress and may or may not have been applied; see `bitget-leverage show`"
# https://www.bitget.com/api-doc/contract/trade/Place-Order, and seen live: an order without a margin mode is crossed
_FOR_ORDERS = (
    "Isolated: an order uses this leverage only if it names isolated margin; without a margin mode it is crossed. A "
    "bot must set margin mode or leverage itself, after each start and before its first order."
)


def set_leverages(exchange: AsyncClient, batch: BatchArgs, as_json: bool, demo: bool) -> int:
    """Set the leverages, show the outcome, and return the exit code."""
    # The account is read back: a person acts on the table.
    outcomes, in_progress = carry_out(exchange, batch, {"verify": "read", **batch.params}, as_json)
    rows = [_row(symbol, outcomes.get(symbol), symbol in in_progress, demo) for symbol in batch.leverages]
    if as_json:
        print_json({"leverages": rows})
    else:
        _show(rows, exchange.run.halted)
    left = any(row["status"] in (UNKNOWN, NOT_REACHED) for row in rows)
    return output.exit_code(all(row["status"] == SET for row in rows), left and exchange.run.interrupted)


def carry_out(
    exchange: AsyncClient, batch: BatchArgs, params: dict[str, Any], hidden: bool
) -> tuple[dict[str, Any], list[str]]:
    """Run the batch under a progress bar.

    :returns: the outcome of each symbol, and the symbols whose write was cut off. A write that `plan` kept back is
        the outcome of its symbol, as path and body
    """
    run = exchange.run
    run.products = batch.products
    outcomes: dict[str, Any] = {}
    with output.bar(len(batch.leverages), hidden) as advance:

        def progress(done: int, total: int, symbol: str, outcome: Any) -> None:
            contract = contract_of(exchange, symbol)
            outcomes[symbol] = outcome if contract is None else run.planned.get(contract, outcome)
            run.done(outcome, contract)
            advance(symbol)

        try:
            asyncio.run(_set_all(exchange, batch, params, progress))
        except NotBegun:
            pass  # not even the markets were loaded
        except (KeyboardInterrupt, asyncio.CancelledError):
            run.interrupted = True
    undone = [symbol for symbol in batch.leverages if symbol not in outcomes]
    return outcomes, [symbol for symbol in undone if contract_of(exchange, symbol) in run.writing]


async def _set_all(exchange: AsyncClient, batch: BatchArgs, params: dict[str, Any], progress: Any) -> None:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    exchange.run.cancel = lambda: loop.call_soon_threadsafe(task.cancel)
    try:
        await exchange.set_leverages(batch.leverages, params, progress)
    finally:
        exchange.run.cancel = None
        await exchange.close()


def not_reached(outcome: Any) -> bool:
    """Return whether nothing was begun for a symbol."""
    return outcome is None or isinstance(outcome, NotBegun) or "not attempted, nothing was sent" in str(outcome)


def _row(symbol: str, outcome: Any, in_progress: bool, demo: bool) -> dict[str, Any]:
    if in_progress:
        return {"symbol": symbol, "status": UNKNOWN}
    if not_reached(outcome):
        return {"symbol": symbol, "status": NOT_REACHED}
    if isinstance(outcome, ccxt.BaseError):
        return {"symbol": symbol, "status": FAILED, "error": error_json(outcome, demo)}
    names = ("symbol", "marginMode", "longLeverage", "shortLeverage")
    read_back = outcome["longLeverage"] is not None and outcome["shortLeverage"] is not None
    return {**{name: outcome[name] for name in names}, "status": SET, "readBack": read_back}


def _show(rows: list[dict[str, Any]], halted: str) -> None:
    done = [row for row in rows if row["status"] == SET]
    if done:
        made = table("in force", "margin mode", "long", "short")
        for row in done:
            long, short = leverage_text(row["longLeverage"]), leverage_text(row["shortLeverage"])
            made.add_row(row["symbol"], row["marginMode"] or NOT_REPORTED, long, short)
        if not all(row["readBack"] for row in done):
            made.caption = f"{NOT_REPORTED}: Bitget accepted it, but does not report what the account holds now."
            made.caption_justify = "left"
        console().print(made)
        if any(row["marginMode"] == "isolated" for row in done):
            console().print(_FOR_ORDERS)
    words = {UNKNOWN: _MAYBE_APPLIED, NOT_REACHED: f"{NOT_REACHED}: {halted or 'nothing was sent for it'}"}
    undone = [(row["symbol"], row.get("error") or words[row["status"]]) for row in rows if row["status"] != SET]
    if undone:
        console().print(output.error_table("not set", "why", undone))
    console().print(f"{len(done)} of {len(rows)} set")


NOT_REPORTED = "not reported"


def leverage_text(value: Any) -> str:
    """Return a leverage for a table."""
    return NOT_REPORTED if value is None else f"{value}x"
