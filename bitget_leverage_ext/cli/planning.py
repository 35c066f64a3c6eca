"""``plan``: the request that ``set`` would send, found by doing what ``set`` does, up to the first write of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ccxt

from bitget_leverage_ext.account import UNIFIED
from bitget_leverage_ext.rules.account import CROSSED, Modes
from bitget_leverage_ext.rules.plan import BOTH, Wish
from bitget_leverage_ext.rules.request import parse_ask, parse_margin_mode, parse_position_mode

from . import connection, output
from .orders import Orders
from .output import console, print_json, table, trouble
from .setting import NOT_REACHED, carry_out, not_reached
from .watch import Client

# What a unified account tells of a leverage beforehand: the margin that positions then need, and what can be opened.
# https://www.bitget.com/api-doc/uta/account/Pre-Set-Leverage
_ADVICE = {"requiredMargin": "margin needed", "marginChange": "change of margin", "estMaxOpen": "can still be opened"}


@dataclass(frozen=True)
class Planned:
    """The first request for a symbol, why it is that one, and what the exchange says of it beforehand."""

    symbol: str
    path: str
    body: dict[str, Any]
    why: str
    advice: dict[str, str] | None


def plans(exchange: Client, orders: Orders, as_json: bool, demo: bool) -> int:
    """Show what would be sent, and give the exit code."""
    exchange.watch.planning = True
    outcomes, _ = carry_out(exchange, orders, dict(orders.params), as_json)
    rows = [_row(exchange, orders, symbol, outcomes.get(symbol), demo) for symbol in orders.leverages]
    if as_json:
        print_json({"plans": rows})
    else:
        _show(rows, exchange.watch.halted)
    good = all(row["status"] in ("planned", "unchanged") for row in rows)
    left = any(row["status"] == NOT_REACHED for row in rows)
    return output.exit_code(good, left and exchange.watch.interrupted)


def _planned(exchange: Client, orders: Orders, symbol: str, path: str, body: dict[str, Any]) -> Planned:
    leverage, params = orders.of(symbol)
    name = exchange.market(symbol)["symbol"]
    advice = _advice(exchange, body) if path.startswith("v3/") else None
    # The margin mode is in the body, or asserted.
    wish = parse_ask(leverage, symbol, {**params, "marginMode": None}, None).wish
    return Planned(name, f"/api/{path}", body, why(wish, _modes(exchange, params, body), body), advice)


def _modes(exchange: Client, params: dict[str, Any], body: dict[str, Any]) -> Modes:
    """The modes that the request was made for, as far as they were told or read."""
    watch, margin, hedged = exchange.watch, params.get("marginMode"), params.get("hedged")
    position = None if hedged is None else parse_position_mode(hedged)
    if "productType" not in body:
        return Modes(body["marginMode"], position or watch.positions.get(UNIFIED))
    product_type = body["productType"]
    return Modes(
        watch.margins.get((product_type, body["symbol"])) or (margin and parse_margin_mode(margin)),
        position or watch.positions.get(product_type),
    )


def _advice(exchange: Client, body: dict[str, Any]) -> dict[str, str] | None:
    """What the exchange says of a unified leverage beforehand; nothing depends on it."""
    fields = ("category", "marginMode", "symbol", "coin", "leverage", "longLeverage", "shortLeverage")
    asked = {name: body[name] for name in fields if name in body}
    try:
        # https://www.bitget.com/api-doc/uta/account/Pre-Set-Leverage
        told = connection.read(exchange, "v3/account/pre-set-leverage", asked)
    except ccxt.BaseError:
        return None
    found = told if isinstance(told, dict) else {}
    return {name: str(found[name]) for name in _ADVICE if found.get(name) not in (None, "")} or None


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


def _row(exchange: Client, orders: Orders, symbol: str, outcome: Any, demo: bool) -> dict[str, Any]:
    if isinstance(outcome, tuple):
        planned = _planned(exchange, orders, symbol, *outcome)
        request = {"method": "POST", "path": planned.path, "body": planned.body}
        row = {"symbol": planned.symbol, "status": "planned", "request": request, "why": planned.why}
        return row if planned.advice is None else {**row, "advice": planned.advice}
    if not_reached(outcome):
        return {"symbol": symbol, "status": NOT_REACHED}
    if isinstance(outcome, ccxt.BaseError):
        return {"symbol": symbol, "status": "refused", "error": trouble(outcome, demo)}
    # skipUnchanged
    return {"symbol": outcome["symbol"], "status": "unchanged"}


def _show(rows: list[dict[str, Any]], halted: str) -> None:
    planned = [row for row in rows if "request" in row]
    words = {NOT_REACHED: f"{NOT_REACHED}: {halted or 'nothing was asked for it'}", "unchanged": "it holds already"}
    unplanned = [(row["symbol"], row.get("error") or words[row["status"]]) for row in rows if "request" not in row]
    if planned:
        made = table("symbol", "request", "why")
        for row in planned:
            body = "\n".join(f"  {name} = {value}" for name, value in row["request"]["body"].items())
            advice = "".join(f"\n{_ADVICE[name]}: {value}" for name, value in row.get("advice", {}).items())
            made.add_row(row["symbol"], f"POST {row['request']['path']}\n{body}", row["why"] + advice)
        console().print(made)
    if unplanned:
        console().print(output.troubled("no request", "why", unplanned))
    console().print("Nothing was sent but reads.")
    if planned:
        console().print(
            "This is the first request of each; should the exchange refuse its form, the next would depend on the "
            "answer."
        )
