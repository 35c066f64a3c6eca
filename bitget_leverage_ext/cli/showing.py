"""``show``: what an account holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import ccxt
from rich.text import Text

from bitget_leverage_ext import errors
from bitget_leverage_ext.account import UNIFIED
from bitget_leverage_ext.drive import Flow, blocking
from bitget_leverage_ext.flows import speaks_ccxt
from bitget_leverage_ext.rules.account import CROSSED, HEDGE, InForce, Modes, read_unified
from bitget_leverage_ext.rules.products import BY_QUOTE, DEMO, PRODUCT_TYPES, Contract
from bitget_leverage_ext.wires import (
    DEADLINE,
    Classic,
    Unified,
    account_type,
    contract_of,
    read_settings,
    request,
    routed,
)

from .output import console, explained, print_json, table
from .setting import figure

# Not there for this account or this key, which is no failure to read.
_NOT_OFFERED = (ccxt.NotSupported, ccxt.BadSymbol)
_WORDS = {CROSSED: "cross", "isolated": "isolated", "one_way_mode": "one-way", HEDGE: "hedge", None: "?"}


@dataclass(frozen=True)
class Look:
    """One contract as the account has it."""

    contract: Contract
    unified: bool
    modes: Modes
    force: InForce

    def as_json(self) -> dict[str, Any]:
        """For scripts, and for the table."""
        crossed, force = self.modes.margin == CROSSED, self.force
        low, high = self.contract.min_leverage, self.contract.max_leverage
        return {
            "symbol": self.contract.symbol,
            "productType": self.contract.product_type,
            "marginMode": _WORDS[self.modes.margin],
            "positionMode": _WORDS[self.modes.position],
            "longLeverage": force.cross if crossed else force.long,
            "shortLeverage": force.cross if crossed else force.short,
            "minLeverage": None if low is None else int(low),
            "maxLeverage": None if high is None else int(high),
        }


@speaks_ccxt
def look(exchange: Any, symbol: str) -> Flow[Look]:
    """Read what the account holds for *symbol*."""
    contract = yield from contract_of(exchange, symbol, None, None)

    def run(unified: bool, contract: Contract | None) -> Flow[Look]:
        assert contract is not None
        wire = (Unified if unified else Classic)(exchange, contract, Modes(), {}, DEADLINE)
        seen = wire.at_hand()
        if seen is None:
            try:
                seen = yield from wire.read()
            except ccxt.BaseError as error:
                errors.reraise(error)
        return Look(contract, unified, wire.planned(seen[0]), seen[0])

    return (yield from routed(exchange, contract, {}, run))


def sample(exchange: Any, product_type: str) -> str | None:
    """A contract of *product_type*: position modes are read through one."""
    for market in exchange.markets.values():
        if market["swap"] and market["active"] and BY_QUOTE.get(market["quoteId"]) == product_type:
            return str(market["symbol"])
    return None


def position_modes(exchange: Any) -> dict[str, str | ccxt.BaseError]:
    """The position mode of each product type, or why it cannot be told; a unified account has one for all."""
    exchange.load_markets()
    if is_unified(exchange):
        answer = blocking(exchange, read_settings(exchange._memory, DEADLINE))
        return {UNIFIED: _WORDS[read_unified(answer["data"], "", "").modes.position]}
    found: dict[str, str | ccxt.BaseError] = {}
    for product_type in PRODUCT_TYPES:
        if _foreign(exchange, product_type):
            found[product_type] = ccxt.NotSupported("S-coins are for live keys; a demo key trades ordinary products")
            continue
        symbol = sample(exchange, product_type)
        if symbol is None:
            found[product_type] = ccxt.BadSymbol("no contract of it is listed for this environment")
            continue
        try:
            found[product_type] = _WORDS[blocking(exchange, look(exchange, symbol)).modes.position]
        except ccxt.BaseError as error:
            found[product_type] = error
    return found


def _foreign(exchange: Any, product_type: str) -> bool:
    # The two demo worlds are not interchangeable. https://github.com/ccxt/ccxt/pull/25541
    return product_type in DEMO and bool(exchange.options.get("sandboxMode"))


def is_unified(exchange: Any) -> bool:
    """The account's type; asked once."""
    unified, _ = blocking(exchange, account_type(exchange, {}, "setLeverage"))
    return unified


def touched(exchange: Any, modes: dict[str, str | ccxt.BaseError]) -> list[str]:
    """The symbols that a reader without a symbol means: a unified account lists those whose leverage was ever set;
    of a classic one, those with an open position. What cannot be read is put in the place of its mode in *modes*."""
    if is_unified(exchange):
        answer = blocking(exchange, read_settings(exchange._memory, DEADLINE))
        rows = answer["data"].get("symbolConfigList") or []
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


def _positions(exchange: Any, product_type: str) -> list[tuple[str, str]]:
    # https://www.bitget.com/api-doc/contract/position/get-all-position
    answer = blocking(exchange, _one(request("GET", "v2/mix/position/all-position", {"productType": product_type})))
    return [(product_type, row["symbol"]) for row in answer["data"] or ()]


def _one(call: Any) -> Flow[Any]:
    return (yield call)


def show(exchange: Any, symbols: list[str], as_json: bool, demo: bool) -> bool:
    """Show it, and say whether everything could be read.

    :raises ccxt.AuthenticationError: nothing could be, because of who asks
    """
    exchange.load_markets()
    modes = {} if symbols else position_modes(exchange)
    _hold_let_in(mode for mode in modes.values() if not isinstance(mode, _NOT_OFFERED))
    seen: dict[str, Look | ccxt.BaseError] = {}
    for symbol in symbols or touched(exchange, modes):
        try:
            seen[symbol] = blocking(exchange, look(exchange, symbol))
        except ccxt.BaseError as error:
            seen[symbol] = error
    _hold_let_in(seen.values())
    rows = [_row(symbol, each, demo) for symbol, each in seen.items()]
    unread = any(isinstance(mode, ccxt.BaseError) and not isinstance(mode, _NOT_OFFERED) for mode in modes.values())
    kind = "unified" if is_unified(exchange) else "classic"
    told = {
        name: {"error": explained(mode, demo)} if isinstance(mode, ccxt.BaseError) else {"positionMode": mode}
        for name, mode in modes.items()
    }
    if as_json:
        environment = "demo" if demo else "live"
        account = {"type": kind, "environment": environment, **({"positionModes": told} if modes else {})}
        # An empty list would say that there are none.
        print_json({"account": account, "contracts": None if unread and not rows else rows})
    else:
        console().print(f"{kind} account, {'demo' if demo else 'live'} environment")
        _show(told, rows)
        what = "whose leverage was ever set" if kind == "unified" else "with an open position"
        if unread:
            console().print(f"Contracts {what}: not all could be read.")
        elif not symbols:
            console().print(f"Contracts {what}: {len(rows)}. Name symbols to see others.")
    return not unread and not any("error" in row for row in rows)


def _hold_let_in(outcomes: Iterable[Any]) -> None:
    answers = list(outcomes)
    if answers and all(isinstance(each, ccxt.AuthenticationError) for each in answers):
        raise answers[0]


def _row(symbol: str, seen: Look | ccxt.BaseError, demo: bool) -> dict[str, Any]:
    if isinstance(seen, Look):
        return seen.as_json()
    return {"symbol": symbol, "error": {"class": type(seen).__name__, "message": explained(seen, demo)}}


def _show(modes: dict[str, dict[str, str]], rows: list[dict[str, Any]]) -> None:
    if modes:
        made = table("product type", "position mode")
        for name, mode in modes.items():
            shown = mode.get("positionMode") or Text(mode["error"], "yellow")
            made.add_row("all" if name == UNIFIED else name, shown)
        console().print(made)
    good = [row for row in rows if "error" not in row]
    if good:
        made = table("symbol", "margin mode", "position mode", "long", "short", "limits")
        for row in good:
            low, high = row["minLeverage"] or 1, row["maxLeverage"] or "?"
            made.add_row(
                row["symbol"], row["marginMode"], row["positionMode"],
                figure(row["longLeverage"]), figure(row["shortLeverage"]), f"{low} to {high}",
            )  # fmt: skip
        console().print(made)
    bad = [row for row in rows if "error" in row]
    if bad:
        made = table("symbol", "why it cannot be shown")
        for row in bad:
            made.add_row(row["symbol"], Text(row["error"]["class"], "yellow") + Text(f": {row['error']['message']}"))
        console().print(made)
    if any(None in (row["longLeverage"], row["shortLeverage"]) for row in good):
        console().print(
            "?: the exchange does not tell. A unified account lists only contracts whose leverage was ever set, and "
            "one figure each, which in isolated hedge mode is no side's."
        )
