"""``plan``: the request that ``set`` would send, found by running the very flow of ``set`` up to its first write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ccxt
from rich.text import Text

from bitget_leverage_ext import flows, wires
from bitget_leverage_ext.account import UNIFIED
from bitget_leverage_ext.drive import Call, Flow, blocking
from bitget_leverage_ext.rules.account import CROSSED, Modes
from bitget_leverage_ext.rules.plan import BOTH, Wish
from bitget_leverage_ext.rules.request import parse_ask

from .orders import Orders
from .output import console, explained, print_json, table


@dataclass(frozen=True)
class Planned:
    """The first request for a symbol, and why it is that one."""

    symbol: str
    path: str
    body: dict[str, Any]
    modes: Modes
    why: str


def plans(exchange: Any, orders: Orders, as_json: bool, demo: bool) -> bool:
    """Show what would be sent, and say whether nothing was refused."""
    outcomes: dict[str, Planned | ccxt.BaseError] = {}
    for symbol in orders.leverages:
        leverage, params = orders.of(symbol)
        try:
            outcomes[symbol] = plan(exchange, leverage, symbol, params)
        except ccxt.BaseError as error:
            outcomes[symbol] = error
    if as_json:
        print_json({"plans": [_row(symbol, outcome, demo) for symbol, outcome in outcomes.items()]})
    else:
        _show(outcomes, demo)
    return not any(isinstance(each, ccxt.BaseError) for each in outcomes.values())


def plan(exchange: Any, leverage: Any, symbol: str, params: dict[str, Any]) -> Planned:
    """Run ``set_leverage`` up to its first write, which is not sent.

    :raises ccxt.BaseError: what ``set_leverage`` would raise before its first write
    """
    # `set` reads back afterwards, which changes nothing about what it sends.
    write: Call = blocking(exchange, until_write(flows.set_leverage(exchange, leverage, symbol, params)))
    path, _, _, body = write.args
    # Found before, and parsed before: neither can fail now.
    contract = blocking(exchange, wires.contract_of(exchange, symbol, None, None))
    ask = parse_ask(leverage, symbol, params, None)
    memory = exchange._memory
    if path.startswith("v3/"):
        modes = Modes(body["marginMode"], ask.asserted.position or memory.positions.get(UNIFIED))
    else:
        modes = ask.asserted.over(memory.modes(contract))
    return Planned(contract.symbol, f"/api/{path}", body, modes, why(ask.wish, modes, body))


def until_write(flow: Flow[Any]) -> Flow[Call]:
    """*flow* up to its first write: reads go through, the write is returned instead of made."""
    advance: Callable[[Any], Any] = flow.send
    value: Any = None
    try:
        while True:
            step = advance(value)
            if step.method == "request" and step.args[2] == "POST":
                return step  # type: ignore[no-any-return]
            try:
                value, advance = (yield step), flow.send
            except Exception as error:
                advance, value = flow.throw, error
    finally:
        flow.close()


def why(wish: Wish, modes: Modes, body: dict[str, Any]) -> str:
    """The cell of the hold-side table that *body* comes from; the table is in ``rules.plan``."""
    sides = {None: "no side", BOTH: "both sides"}.get(wish.side, f"the {wish.side} side")
    if "longLeverage" in body:
        form = "a figure for each side, in one request"
    elif "holdSide" in body or "posSide" in body:
        form = "the leverage with its side"
    elif wish.side is None:
        form = "the leverage alone"
    else:
        reason = "crossed margin has one figure" if modes.margin == CROSSED else "one-way mode has one position"
        form = f"the leverage alone, the side is dropped: {reason}"
    return f"{modes}; {sides} named: {form}"


def _row(symbol: str, outcome: Planned | ccxt.BaseError, demo: bool) -> dict[str, Any]:
    if isinstance(outcome, ccxt.BaseError):
        error = {"class": type(outcome).__name__, "message": explained(outcome, demo)}
        return {"symbol": symbol, "status": "refused", "error": error}
    request = {"method": "POST", "path": outcome.path, "body": outcome.body}
    return {"symbol": outcome.symbol, "status": "planned", "request": request, "why": outcome.why}


def _show(outcomes: dict[str, Planned | ccxt.BaseError], demo: bool) -> None:
    made = table("symbol", "request", "why")
    for symbol, outcome in outcomes.items():
        row = _row(symbol, outcome, demo)
        if "error" in row:
            why_not = Text(row["error"]["class"], "yellow") + Text(f": {row['error']['message']}")
            made.add_row(row["symbol"], Text("none", "yellow"), why_not)
        else:
            body = "\n".join(f"  {name} = {value}" for name, value in row["request"]["body"].items())
            made.add_row(row["symbol"], f"POST {row['request']['path']}\n{body}", row["why"])
    console().print(made)
    console().print("Nothing was sent but reads.")
    if any(isinstance(outcome, Planned) for outcome in outcomes.values()):
        console().print(
            "This is the first request of each; should the exchange refuse its form, the next would depend on the "
            "answer."
        )
