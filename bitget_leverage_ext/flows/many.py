"""Many leverages: one batch, with one view of the account, at the pace that the exchange allows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import ccxt
from ccxt.base.errors import BaseError

from ..account import View
from ..drive import Call, Flow, Together
from ..faults import is_transient
from ..rules.errors import BadInput, Refusal, shown
from ..rules.products import find_contract, looks_demo
from ..rules.request import parse_entry
from ..wires import CLASSIC_WRITES, MANY_DEADLINE, UNIFIED_WRITES
from . import speaks_ccxt
from .leverage import Leverage, set_leverage, set_one
from .routing import account_type, load_markets
from .setting import LeverageResult

log = logging.getLogger("bitget_leverage_ext")

# Where the exchange is down for one symbol it is down for all: so many deadlines in a row, and the rest is not tried.
GIVE_UP_AFTER = 3

Leverages = Mapping[str, Leverage | Mapping[str, Any]]
Outcome: TypeAlias = LeverageResult | BaseError
Progress = Callable[[int, int, str, Outcome], object]


@speaks_ccxt
def set_leverages(exchange: Any, leverages: Any, params: Any, progress: Progress | None) -> Flow[dict[str, Outcome]]:
    """Set many leverages, at the pace the exchange allows (5 a second on classic, 10 on unified accounts).

    Reads only what is needed: one read a product type on a one-way account, one in all on a unified account; where
    hedge mode makes a read a symbol necessary, reads and writes overlap in the asynchronous clients. An exchange that
    is down is not asked for every symbol: after three deadlines in a row the rest is reported as not attempted.

    :param dict leverages: symbol to a leverage, or to a mapping with ``leverage``, ``longLeverage`` (``long``),
        ``shortLeverage`` (``short``), ``holdSide`` (``side``), ``marginMode``, ``marginCoin``, ``hedged``,
        ``productType``, ``uta``, ``skipUnchanged``, ``verify`` or ``fractional``; copied when the call begins
    :param dict params: as in :meth:`set_leverage`, for every symbol
    :param callable progress: called after each as ``progress(done, total, symbol, outcome)``
    :returns dict: in the same order, symbol to its result, or to the ccxt error that this symbol met
    :raises ccxt.BadRequest: *leverages* is not a mapping, or names one contract twice; nothing was sent
    :raises ccxt.NetworkError: the markets or the account type could not be read, so nothing was begun
    """
    wanted = _copied(leverages)
    if not isinstance(params, Mapping):
        raise BadInput(f"params must be a dict, not {shown(params)}")
    if not wanted:
        return {}
    view = View()
    unified = yield from _prepare(exchange, wanted, params, view)
    batch = _Batch(exchange, wanted, dict(params), view, progress)
    abreast = (UNIFIED_WRITES if unified else CLASSIC_WRITES).calls
    yield Together([batch.one(symbol) for symbol in wanted], abreast)
    return batch.outcomes


def _copied(leverages: Any) -> dict[Any, Any]:
    if not isinstance(leverages, Mapping):
        raise BadInput(f"leverages must map symbols to leverages, not be {type(leverages).__name__}")
    return {symbol: dict(entry) if isinstance(entry, Mapping) else entry for symbol, entry in list(leverages.items())}


def _prepare(exchange: Any, symbols: Mapping[Any, Any], params: Any, view: View) -> Flow[bool]:
    """Load the markets, refuse what they show to be wrong, and learn whether the account is unified."""
    demo = all(looks_demo(symbol, None) for symbol in symbols)
    yield from load_markets(exchange, demo, params.get("uta"), MANY_DEADLINE, view)
    _refuse_twins(exchange, symbols)
    if demo:
        return False
    unified, _ = yield from account_type(exchange, params, "setLeverage", view=view)
    return unified


def _refuse_twins(exchange: Any, wanted: Mapping[Any, Any]) -> None:
    """Two names of one contract would both be reported in force, while the last to be sent is."""
    named: dict[tuple[str, str], Any] = {}
    for symbol in wanted:
        try:
            key = find_contract(exchange.markets, exchange.markets_by_id or {}, symbol, None, None).key
        except Refusal:
            continue  # its own call says what is wrong with it
        if key in named:
            raise BadInput(f"{shown(named[key])} and {shown(symbol)} name one contract; give it once")
        named[key] = symbol


class _Batch:
    """What the calls of one batch share: the view, the outcomes, and whether the exchange still answers."""

    def __init__(
        self, exchange: Any, wanted: dict[Any, Any], params: dict[str, Any], view: View, progress: Progress | None
    ) -> None:
        self.exchange, self.wanted, self.params = exchange, wanted, params
        self.view, self.progress = view, progress
        self.outcomes: dict[Any, Any] = dict.fromkeys(wanted)
        self.done = self.down = 0

    def one(self, symbol: Any) -> Flow[None]:
        """Set one, and note how it went."""
        try:
            outcome: Any = (yield from self._set(symbol)) if self.down < GIVE_UP_AFTER else _not_attempted(self.down)
        except ccxt.BaseError as error:
            outcome = error
        if not _is_not_attempted(outcome):
            self.down = self.down + 1 if is_transient(outcome) else 0
        self.outcomes[symbol] = outcome
        self.done += 1
        if self.progress is not None:
            try:
                self.progress(self.done, len(self.outcomes), symbol, outcome)
            except Exception:
                log.exception("progress raised; the leverages are set all the same")

    @speaks_ccxt
    def _set(self, symbol: Any) -> Flow[LeverageResult]:
        leverage, own = parse_entry(self.wanted[symbol])
        params = {**self.params, **own}
        if getattr(type(self.exchange).set_leverage, "flow", None) is not set_leverage:
            # somebody's own set_leverage over ours: it is what they expect to be called
            result: LeverageResult = yield Call("set_leverage", (leverage, symbol, params))
            return result
        return (yield from set_one(self.exchange, leverage, symbol, params, MANY_DEADLINE, self.view))


def _not_attempted(down: int) -> ccxt.BaseError:
    error = ccxt.NetworkError(
        f"bitget: not attempted, nothing was sent: {down} symbols before it ran into their deadlines one after the "
        "other; the exchange, or the way to it, is down"
    )
    error.not_attempted = True
    return error


def _is_not_attempted(outcome: Any) -> bool:
    return getattr(outcome, "not_attempted", False) is True
