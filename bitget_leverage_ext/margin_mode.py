"""The companions of ``set_leverage``: fetch_leverage(s), fetch_margin_mode, set_margin_mode and set_position_mode.

They work on both account types. What they read and set is remembered for ``set_leverage`` and for orders.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import ccxt

from . import errors
from ._exchange import Exchange
from ._retry import Deadline, take_lock
from ._runner import Gather
from .account_type import account_type, with_account_type_retry
from .api.base import AccountApi, send
from .api.classic import ACCOUNT_LIMIT, ClassicApi, parse_account
from .api.fields import CATEGORY, SYMBOL, SYMBOL_CONFIG_LIST
from .api.unified import UnifiedApi, shared_settings
from .markets import contract_for_account, load_markets, resolve_contract
from .requested import next_number
from .rules.arguments import parse_margin_coin, parse_margin_mode, parse_options, parse_position_mode, pop_parsed
from .rules.contracts import DEMO, Contract, any_contract, parse_product_type, product_type_of_symbol, symbol_of
from .rules.modes import CROSSED, LeverageSnapshot, MarginMode, Modes
from .rules.refusals import BadInput, MissingInput, NotApplied, shown
from .set_leverage import DEADLINE
from .state import UNIFIED, ReadCache

T = TypeVar("T")


class _Companion:
    """One call of a companion: its params, its deadline, its reads."""

    def __init__(self, exchange: Exchange, params: Any, cache: ReadCache | None = None) -> None:
        if not isinstance(params, (Mapping, type(None))):
            raise BadInput(f"params must be a dict, not {shown(params)}")
        rest = dict(params or {})
        self.exchange, self.extra, self.uta = exchange, rest, rest.pop("uta", None)
        self.product_type = pop_parsed(rest, "productType", parse_product_type)
        self.margin_coin = pop_parsed(rest, "marginCoin", parse_margin_coin)
        self.deadline = Deadline(parse_options(exchange.options.get("setLeverage")).seconds(DEADLINE))
        self.cache = cache or ReadCache(exchange.account_state)

    async def contract(self, symbol: Any) -> Contract:
        return await resolve_contract(
            self.exchange, symbol, self.product_type, self.margin_coin, self.uta, self.cache, self.deadline
        )

    async def on_account(self, demo: str, run: Callable[[bool], Awaitable[T]]) -> T:
        """Return what *run* returns for the account's type; *demo* names the S-coin product that the call is about."""
        unified = await account_type(self.exchange, self.cache, self.deadline, self.uta, demo=bool(demo))
        return await with_account_type_retry(self.exchange, unified, self.uta, run, demo)

    async def on_contract(self, symbol: Any, run: Callable[[AccountApi], Awaitable[T]]) -> T:
        """Return what *run* returns for the API of the account's type, and for the contract."""
        contract = await self.contract(symbol)

        async def run_for(unified: bool) -> T:
            nonlocal contract
            if self.uta is None:
                contract = await contract_for_account(self.exchange, contract, unified)
            return await run(self.api(contract, unified))

        return await self.on_account(contract.symbol if contract.demo else "", run_for)

    def api(self, contract: Contract, unified: bool) -> AccountApi:
        """Return the API; on a unified account for the margin mode that the program chose."""
        chosen = self.exchange.account_state.contract(contract.symbol).chosen
        expected = Modes(chosen[0]) if unified and chosen else Modes()
        cls = UnifiedApi if unified else ClassicApi
        return cls(self.exchange, contract, self.cache, self.deadline, expected, self.extra)


# --- reading ---------------------------------------------------------------------------------------------------------


async def _structure(parse: str, api: AccountApi) -> dict[str, Any]:
    """Return ccxt's leverage structure, or the margin mode structure that is a part of it.

    :param parse: ccxt's parser of it, for classic accounts
    """
    reading = await api.reading()
    if not isinstance(api, UnifiedApi):
        market = api.exchange.markets[api.contract.symbol]
        structure: dict[str, Any] = getattr(api.exchange, parse)(reading.raw.get("data") or {}, market)
        return structure
    snapshot = reading.snapshot
    margin = api.expected.margin or snapshot.modes.margin or CROSSED
    structure = {"info": api.row(reading.raw, margin), "symbol": api.contract.symbol, "marginMode": margin.in_ccxt}
    if parse == "parse_leverage":
        known = snapshot if snapshot.modes.margin is margin else LeverageSnapshot()
        structure["longLeverage"] = known.cross if margin is CROSSED else known.long
        structure["shortLeverage"] = known.cross if margin is CROSSED else known.short
    return structure


_leverage = functools.partial(_structure, "parse_leverage")
_margin_mode = functools.partial(_structure, "parse_margin_mode")


async def fetch_leverage(exchange: Exchange, symbol: Any, params: Any) -> dict[str, Any]:
    """Return the leverage in force, on classic and unified accounts.

    https://www.bitget.com/api-doc/contract/account/Get-Single-Account,
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting (lists only symbols that were touched, and one
    leverage, which in isolated hedge mode names no side; what is not known is None)

    :param str symbol: a unified contract symbol or a market id
    :param dict params: ``productType``, ``marginCoin``, ``uta``
    :returns dict: ccxt's leverage structure
    :raises ccxt.BadSymbol: not a futures contract
    """
    return await _Companion(exchange, params).on_contract(symbol, _leverage)


async def fetch_leverages(exchange: Exchange, symbols: Any, params: Any) -> dict[str, Any]:
    """Return the leverages in force of many contracts: one read on a unified account, one a symbol on a classic one.

    https://www.bitget.com/api-doc/contract/account/Get-Single-Account,
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting

    :param list symbols: unified symbols or market ids; without them, on a unified account, every contract whose
        leverage was ever set
    :param dict params: ``productType``, ``marginCoin``, ``uta``
    :returns dict: ccxt's leverage structures by unified symbol
    :raises ccxt.ArgumentsRequired: no symbols on a classic account, which has no list of them
    :raises ccxt.BadSymbol: not a futures contract
    """
    if not isinstance(symbols, (list, tuple, set, frozenset, type(None))):
        raise BadInput(f"symbols {shown(symbols)} must be a list of symbols")
    companion = _Companion(exchange, params)
    if symbols is None:  # the contracts that a unified account has settings of
        cache, deadline = companion.cache, companion.deadline
        await load_markets(exchange, False, companion.uta, cache, deadline)
        if not await account_type(exchange, cache, deadline, companion.uta):
            raise MissingInput("fetchLeverages() requires a symbols argument on a classic account, which lists none")
        rows = (await shared_settings(exchange, cache, deadline))["data"].get(SYMBOL_CONFIG_LIST) or []
        known = (symbol_of(exchange.markets_by_id, row.get(CATEGORY), row.get(SYMBOL)) for row in rows)
        symbols = dict.fromkeys(symbol for symbol in known if symbol is not None)
    found: dict[str, Any] = {}

    async def one(symbol: Any) -> None:
        structure = await _Companion(exchange, params, companion.cache).on_contract(symbol, _leverage)
        found[structure["symbol"]] = structure

    await Gather([one(symbol) for symbol in symbols], ACCOUNT_LIMIT.calls)
    return found


async def fetch_margin_mode(exchange: Exchange, symbol: Any, params: Any) -> dict[str, Any]:
    """Return the margin mode in force, on classic and unified accounts.

    https://www.bitget.com/api-doc/contract/account/Get-Single-Account,
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting

    :param str symbol: a unified contract symbol or a market id
    :param dict params: ``productType``, ``marginCoin``, ``uta``
    :returns dict: ccxt's margin mode structure; on a unified account the mode that the program chose, else that of
        the settings row, else cross
    :raises ccxt.BadSymbol: not a futures contract
    """
    return await _Companion(exchange, params).on_contract(symbol, _margin_mode)


# --- setting ---------------------------------------------------------------------------------------------------------


async def set_margin_mode(exchange: Exchange, margin_mode: Any, symbol: Any, params: Any) -> dict[str, Any]:
    """Set the margin mode of a contract; on a unified account, declare it for the leverage and the orders that follow.

    A leverage that was asked for before is set in the new mode before the next order opens.
    https://www.bitget.com/api-doc/contract/account/Change-Margin-Mode,
    https://www.bitget.com/api-doc/uta/account/Change-Leverage (parameter marginMode)

    :param str margin_mode: ``'cross'`` or ``'isolated'``
    :param str symbol: a unified contract symbol or a market id
    :param dict params: ``productType``, ``marginCoin``, ``uta``; the rest is passed on
    :returns dict: the raw reply; where the mode was in force already, the account's own answer
    :raises ccxt.BadRequest: an unknown mode
    :raises ccxt.ArgumentsRequired: no symbol
    :raises ccxt.OperationRejected: a position or order locks another mode
    """
    if symbol is None:
        raise MissingInput("setMarginMode() requires a symbol argument, for example 'BTC/USDT:USDT'")
    wanted = parse_margin_mode(margin_mode)
    companion = _Companion(exchange, params)

    async def run(api: AccountApi) -> Any:
        record = api.cache.state.contract(api.contract.symbol)
        if api.unified:
            before = record.chosen
            # Before the read: a set_leverage that runs at the same time, in a program that starts both, must see it.
            record.choose(wanted, next_number())
            try:
                await api.reading()
            except ccxt.BaseError:
                record.chosen = before
                raise
            return await api.set_margin_mode(wanted)
        # In turn with set_leverage, whose request means another leverage before and after the switch.
        with await take_lock(exchange.flow_locks, api.contract.symbol, companion.deadline, api.contract.symbol):
            known = api.known_modes().margin
            answer = await switch_margin_mode(api, wanted)
            record.choose(wanted, next_number())
            if known is wanted.other:
                record.no_position_in(known)  # with one, the exchange refuses the switch
        return answer

    state = exchange.account_state
    number = state.begin_call(symbol)
    try:
        return await companion.on_contract(symbol, run)
    finally:
        del state.under_way[number]


async def switch_margin_mode(api: AccountApi, wanted: MarginMode) -> Any:
    """Switch a classic contract to *wanted*; return the raw reply."""
    try:
        answer = await api.set_margin_mode(wanted)
    except ccxt.BaseError as error:
        if errors.code_of(error) not in errors.MARGIN_MODE_LOCKED:
            raise
        reading = await api.reading()
        if reading.snapshot.modes.margin is not wanted:
            stays = f"{api.contract.symbol} stays in {reading.snapshot.modes}"
            errors.raise_with(error, stays, ccxt.OperationRejected)
        answer = reading.raw
    shown_mode = parse_account(answer.get("data")).modes.margin
    if shown_mode is not None and shown_mode is not wanted:
        raise NotApplied(f"{api.contract.symbol}: asked for {wanted} margin, in force: {shown_mode}")
    api.cache.state.margin_modes[api.contract.symbol] = wanted
    return answer


async def set_position_mode(exchange: Exchange, hedged: Any, symbol: Any, params: Any) -> Any:
    """Set the position mode: per product type on classic accounts, one for all on unified ones.

    What was acknowledged before no longer counts: a leverage that was asked for is set anew before the next order.
    https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode,
    https://www.bitget.com/api-doc/uta/account/Change-Position-Mode

    :param bool hedged: ``True`` for hedge mode, ``False`` for one-way mode, and nothing else
    :param str symbol: names the product type; without it ``params.productType``, else ccxt's default (USDT-FUTURES)
    :param dict params: ``productType``, ``uta``; the rest is passed on
    :returns dict: the raw reply; where the mode was in force already, the account's own answer
    :raises ccxt.BadRequest: not a bool
    :raises ccxt.OperationRejected: a position or order locks the mode
    """
    wanted = parse_position_mode(hedged)
    companion = _Companion(exchange, params)
    product_type = companion.product_type
    if symbol is not None:
        product_type = (await companion.contract(symbol)).product_type
    elif product_type is None:
        product_type, companion.extra = exchange.handle_product_type_and_params(None, companion.extra)
    kind, state = str(product_type), exchange.account_state

    async def run(unified: bool) -> Any:
        key = UNIFIED if unified else kind
        api = UnifiedApi if unified else ClassicApi
        request = api.position_mode_request(kind, wanted, companion.extra)
        state.position_modes.pop(key, None)  # unknown until there is an answer
        try:
            answer = await send(exchange, request, companion.deadline, state)
        except ccxt.BaseError as error:
            if errors.code_of(error) not in errors.POSITION_MODE_LOCKED:
                raise
            await load_markets(exchange, kind in DEMO, unified, companion.cache, companion.deadline)
            contract = any_contract(exchange.markets, kind)
            reading = None if contract is None else await companion.api(contract, unified).reading()
            if reading is None or reading.snapshot.modes.position is not wanted:
                raise
            answer = reading.raw
        finally:
            for contract_symbol, record in list(state.contracts.items()):
                if unified or product_type_of_symbol(contract_symbol) == kind:
                    record.reset_acknowledged()
        state.position_modes[key] = wanted
        return answer

    return await companion.on_account(kind if kind in DEMO else "", run)
