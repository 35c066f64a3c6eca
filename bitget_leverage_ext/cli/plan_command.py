"""`plan`: the request that `set` would send, found by doing what `set` does up to the first write of each contract."""

from __future__ import annotations

from typing import Any

import ccxt

from bitget_leverage_ext.api import fields as name
from bitget_leverage_ext.rules.arguments import parse_margin_mode, parse_position_mode
from bitget_leverage_ext.rules.formats import side_of
from bitget_leverage_ext.rules.modes import CROSSED, MarginMode, Modes
from bitget_leverage_ext.state import UNIFIED

from . import connection, output
from .batch_args import BatchArgs
from .client import AsyncClient, Client
from .output import console, error_json, print_json, table
from .set_command import NOT_REACHED, carry_out, not_reached

# What a unified account says of a leverage beforehand. The page names no units.
# https://www.bitget.com/api-doc/uta/account/Pre-Set-Leverage
_PREVIEW = {
    "requiredMargin": "margin needed (margin coin)",
    "marginChange": "change of margin (margin coin)",
    "estMaxOpen": "maximum size to open (estimate)",
}
_PREVIEW_FIELDS = ("category", "marginMode", "symbol", "coin", "leverage", "longLeverage", "shortLeverage")
# https://github.com/metricky/gainium_exchange-connector-sh (specs/027), and three other reports of 2026
_KNOWN_REFUSED = (
    "known to be refused: Bitget answered this format with 25200 in four reports of 2026; then both sides are needed: "
    "{advice}"
)


def plans(exchange: AsyncClient, reader: Client, batch: BatchArgs, as_json: bool, demo: bool) -> int:
    """Show what would be sent, and return the exit code.

    :param reader: reads what a unified account says of the leverages beforehand
    """
    exchange.run.planning = True
    outcomes, _ = carry_out(exchange, batch, dict(batch.params), as_json)
    reader.run = exchange.run
    rows = [_row(exchange, reader, batch, symbol, outcomes.get(symbol), demo) for symbol in batch.leverages]
    if as_json:
        print_json({"plans": rows})
    else:
        _show(rows, exchange.run.halted)
    good = all(row["status"] in ("planned", "unchanged") for row in rows)
    left = any(row["status"] == NOT_REACHED for row in rows)
    return output.exit_code(good, left and exchange.run.interrupted)


def _row(
    exchange: AsyncClient, reader: Client, batch: BatchArgs, symbol: str, outcome: Any, demo: bool
) -> dict[str, Any]:
    if isinstance(outcome, tuple):
        path, body = outcome
        name = exchange.market(symbol)["symbol"]
        row = {
            "symbol": name,
            "status": "planned",
            "request": {"method": "POST", "path": f"/api/{path}", "body": body},
            "why": why(batch.side_of(symbol), _modes(exchange, name, batch.of(symbol)[1], body), body),
        }
        refused, preview = known_refused(path, body), _preview(reader, path, body)
        return {**row, **({"knownRefused": refused} if refused else {}), **({"advice": preview} if preview else {})}
    if not_reached(outcome):
        return {"symbol": symbol, "status": NOT_REACHED}
    if isinstance(outcome, ccxt.BaseError):
        return {"symbol": symbol, "status": "refused", "error": error_json(outcome, demo)}
    return {"symbol": outcome["symbol"], "status": "unchanged"}  # skipUnchanged


def _modes(exchange: AsyncClient, symbol: str, params: dict[str, Any], body: dict[str, Any]) -> Modes:
    """Return the modes that the request was built for, as far as they were read or named."""
    state, margin, hedged = exchange.account_state, params.get("marginMode"), params.get("hedged")
    position = None if hedged is None else parse_position_mode(hedged)
    if name.PRODUCT_TYPE not in body:
        return Modes(MarginMode.parse(body[name.MARGIN_MODE]), state.position_modes.get(UNIFIED) or position)
    read = Modes(state.margin_modes.get(symbol), state.position_modes.get(body[name.PRODUCT_TYPE]))
    return read.over(Modes(parse_margin_mode(margin) if margin else None, position))


def _preview(reader: Client, path: str, body: dict[str, Any]) -> dict[str, str] | None:
    """Return what a unified account says of the leverage beforehand; None where it says nothing."""
    if not path.startswith("v3/"):
        return None
    try:
        # https://www.bitget.com/api-doc/uta/account/Pre-Set-Leverage
        fields = {field: body[field] for field in _PREVIEW_FIELDS if field in body}
        answer = connection.read(reader, "v3/account/pre-set-leverage", fields)
    except ccxt.BaseError:
        return None
    found = answer if isinstance(answer, dict) else {}
    return {field: str(found[field]) for field in _PREVIEW if found.get(field) not in (None, "")} or None


def known_refused(path: str, body: dict[str, Any]) -> str | None:
    """Return a warning where the real exchange is known to refuse the format of a request."""
    own = side_of(body)
    if not path.startswith("v3/") or own is None or name.LONG_LEVERAGE in body:
        return None
    other = "short" if own == "long" else "long"
    return _KNOWN_REFUSED.format(advice=f"--{own} {body[name.LEVERAGE]} --{other} N")


def why(side: str | None, modes: Modes, body: dict[str, Any]) -> str:
    """Return the row of the hold-side table that a request comes from."""
    sides = {None: "no side", "both": "both sides"}.get(side, f"the {side} side")
    if name.LONG_LEVERAGE in body:
        form = "a leverage for each side, in one request"
    elif side_of(body) is not None:
        form = "the leverage with its side"
    elif side is None:
        form = "the leverage alone"
    else:
        reason = "crossed margin has one leverage" if modes.margin == CROSSED else "one-way mode has one position"
        form = f"the leverage alone, the side is dropped: {reason}"
    return f"{modes}; {sides} named: {form}"


def _show(rows: list[dict[str, Any]], halted: str) -> None:
    planned = [row for row in rows if "request" in row]
    if planned:
        made = table("symbol", "request", "why")
        for row in planned:
            path, body = row["request"]["path"], row["request"]["body"]
            lines = [f"POST {path}", *(f"  {name} = {value}" for name, value in body.items())]
            preview = [f"{_PREVIEW[name]}: {value}" for name, value in row.get("advice", {}).items()]
            reasons = [row["why"], *([row["knownRefused"]] if "knownRefused" in row else []), *preview]
            made.add_row(row["symbol"], "\n".join(lines), "\n".join(reasons))
        made.columns[1].no_wrap = True
        console().print(made)
    words = {NOT_REACHED: f"{NOT_REACHED}: {halted or 'nothing was asked for it'}", "unchanged": "it holds already"}
    others = [(row["symbol"], row.get("error") or words[row["status"]]) for row in rows if "request" not in row]
    if others:
        console().print(output.error_table("no request", "why", others))
    console().print("Nothing was sent but reads.")
    if planned:
        console().print("Only the first request is shown. If Bitget refuses its format, `set` tries another.")
