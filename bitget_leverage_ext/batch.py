"""``set_leverages``: many leverages in one batch, with shared reads, at the rate that the exchange allows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import ccxt
from ccxt.base.errors import BaseError

from ._exchange import Exchange
from ._retry import Deadline, is_transient
from ._runner import ExchangeCall, Gather
from .account_type import account_type
from .api.classic import ClassicApi
from .api.unified import UnifiedApi
from .errors import raise_with, to_ccxt
from .markets import contract_of, load_markets
from .rules.arguments import SetLeverageArgs, parse_args, parse_entry, parse_options
from .rules.contracts import looks_demo
from .rules.refusals import BadInput, Refusal, shown
from .set_leverage import BATCH_DEADLINE, Leverage, LeverageResult, keep_request, set_leverage, why_refused
from .state import ReadCache

log = logging.getLogger("bitget_leverage_ext")

# Where the exchange is down for one symbol it is down for all: after so many deadlines in a row nothing is begun.
_GIVE_UP_AFTER = 3
# So many symbols run at the same time for each write that a second allows: at a round trip of 350 ms, one that reads,
# writes and reads back takes more than a second.
_AT_ONCE = 2

Leverages = Mapping[str, Leverage | Mapping[str, Any]]
Outcome: TypeAlias = LeverageResult | BaseError
Progress = Callable[[int, int, str, Outcome], object]


async def set_leverages(
    exchange: Exchange, leverages: Any, params: Any, progress: Progress | None
) -> dict[str, Outcome]:
    """Set many leverages, at the rate that the exchange allows (5 a second on classic, 10 on unified accounts).

    Only what is needed is read: one read for a product type on a one-way account, one in all on a unified account.
    In the asynchronous clients the symbols run side by side. After three symbols in a row that ran into their
    deadline, the rest is reported as not attempted.

    :param dict leverages: symbol to a leverage, or to a mapping with ``leverage``, ``longLeverage`` (``long``),
        ``shortLeverage`` (``short``), ``holdSide`` (``side``), ``marginMode``, ``marginCoin``, ``hedged``,
        ``productType``, ``uta``, ``skipUnchanged``, ``verify`` or ``fractional``; copied when the call begins
    :param dict params: as in :meth:`set_leverage`, for every symbol
    :param callable progress: called after each as ``progress(done, total, symbol, outcome)``
    :returns dict: in the same order, symbol to its result, or to the ccxt error that this symbol met
    :raises ccxt.BadRequest: *leverages* is not a mapping, has an unknown word, or names one contract twice; nothing
        was sent
    :raises ccxt.NetworkError: the markets or the account type could not be read, so nothing was begun
    """
    if not isinstance(leverages, Mapping):
        raise BadInput(f"leverages must map symbols to leverages, not be {type(leverages).__name__}")
    if not isinstance(params, Mapping):
        raise BadInput(f"params must be a dict, not {shown(params)}")
    wanted: dict[Any, tuple[object, dict[str, Any]]] = {}
    for symbol, entry in list(leverages.items()):
        leverage, own = parse_entry(entry)
        wanted[symbol] = leverage, {**params, **own}
    if not wanted:
        return {}
    cache, uta = ReadCache(exchange.account_state), params.get("uta")
    demo = all(looks_demo(symbol, None) for symbol in wanted)
    options = parse_options(exchange.options.get("setLeverage"))
    deadline = Deadline(options.seconds(BATCH_DEADLINE))
    batch = _Batch(exchange, wanted, cache, progress)
    try:
        await load_markets(exchange, demo, uta, cache, deadline)
        _refuse_two_names(exchange, wanted)
        unified = not demo and await account_type(exchange, cache, deadline, uta)
        limit = (UnifiedApi if unified else ClassicApi).set_leverage_limit
        await Gather([batch.one(symbol) for symbol in wanted], limit.calls * _AT_ONCE)
    except BaseException as error:
        for symbol in wanted:
            batch.keep(symbol, error)
        if options.ensure_orders and isinstance(error, ccxt.BaseError) and why_refused(error) is None:
            raise_with(error, "each leverage stays asked for: it is set before the next order that opens there")
        raise
    return batch.outcomes


def _refuse_two_names(exchange: Exchange, wanted: Mapping[Any, Any]) -> None:
    """Refuse two names of one contract: both would be reported in force, while only the last one sent is."""
    named: dict[str, Any] = {}
    for symbol in wanted:
        try:
            contract = contract_of(exchange, symbol)
        except Refusal:
            continue  # the symbol's own call refuses it
        if contract.symbol in named:
            raise BadInput(f"{shown(named[contract.symbol])} and {shown(symbol)} name one contract; give it once")
        named[contract.symbol] = symbol


class _Batch:
    """The calls of one batch: their shared reads, their outcomes, and whether the exchange still answers."""

    def __init__(self, exchange: Exchange, wanted: dict[Any, Any], cache: ReadCache, progress: Progress | None) -> None:
        self.exchange, self.wanted, self.cache, self.progress = exchange, wanted, cache, progress
        self.outcomes: dict[Any, Any] = dict.fromkeys(wanted)
        self.done = self.failed_in_a_row = 0
        # The calls that have not begun and are not refused locally, with their numbers.
        self.waiting: dict[Any, tuple[int, SetLeverageArgs]] = {}
        for symbol, (leverage, params) in wanted.items():
            with suppress(Refusal):
                args = parse_args(leverage, symbol, params, exchange.options.get("setLeverage"))
                self.waiting[symbol] = cache.state.begin_call(symbol, args.requested), args

    async def one(self, symbol: Any) -> None:
        """Set one leverage, and record its outcome."""
        if self.failed_in_a_row >= _GIVE_UP_AFTER:
            outcome: Any = ccxt.NetworkError(
                f"bitget: not attempted, nothing was sent: {self.failed_in_a_row} symbols in a row ran into their "
                "deadlines; the exchange or the network is down"
            )
            self.keep(symbol, outcome)
        else:
            outcome = await self._set(symbol)
            self.failed_in_a_row = self.failed_in_a_row + 1 if is_transient(outcome) else 0
        self.outcomes[symbol] = outcome
        self.done += 1
        if self.progress is not None:
            try:
                self.progress(self.done, len(self.outcomes), symbol, outcome)
            except Exception:
                log.exception("progress() raised an exception; the leverages are set all the same")

    def keep(self, symbol: Any, error: BaseException) -> None:
        """Keep what a call that is not attempted asks for: it is set before the next order that opens."""
        if symbol in self.waiting:
            number, args = self.waiting.pop(symbol)
            del self.cache.state.under_way[number]
            keep_request(self.exchange, symbol, args, error)

    async def _set(self, symbol: Any) -> Any:
        leverage, params = self.wanted[symbol]
        number, _ = self.waiting.pop(symbol, (0, None))
        try:
            if overrides_set_leverage(self.exchange):
                self.cache.state.under_way.pop(number, None)  # it may place an order, which must not wait for it
                return await ExchangeCall(self.exchange.set_leverage, (leverage, symbol, params))
            return await set_leverage(self.exchange, leverage, symbol, params, BATCH_DEADLINE, self.cache)
        except ccxt.BaseError as error:
            return error
        except Refusal as refusal:
            return to_ccxt(refusal)
        finally:  # until then an order that began after the batch waits for it
            self.cache.state.under_way.pop(number, None)


def overrides_set_leverage(exchange: Exchange) -> bool:
    """Return whether a subclass of ours has a ``set_leverage`` of its own, which its user expects to be called."""
    home = next(cls for cls in type(exchange).__mro__ if "set_leverage" in vars(cls))
    return not home.__module__.startswith(f"{__package__}.")
