"""Markets: loading them for a call, and finding the contract that the call is about."""

from __future__ import annotations

import ccxt

from ._exchange import Exchange
from ._retry import Deadline, RetryState, as_ccxt, take_lock
from ._runner import ExchangeCall, set_inside
from .account_type import account_type, live_only, not_on_unified, probe_account_type, uta_override
from .market_rows import explain_left_out
from .rules.contracts import DEMO, Contract, find_contract, looks_demo, product_type_of_symbol
from .rules.refusals import NotAContract, Refusal
from .state import ReadCache


async def load_markets(exchange: Exchange, demo: bool, uta: object, cache: ReadCache, deadline: Deadline) -> None:
    """Load the markets where they are not loaded yet.

    The account type is found out first, by this call rather than by ccxt, so that its answer is a read of this call.
    For S-coins it is not asked for: it must be classic.
    """
    if exchange.markets:
        return
    if not demo:
        await account_type(exchange, cache, deadline, uta)
    unified = uta_override(exchange, uta) is True
    args = (False, {"uta": False}) if demo and not unified else ()
    retry = RetryState("load_markets", deadline)
    # In turn: in ccxt's asynchronous clients, a task that is cancelled while it loads takes the others along.
    with set_inside(live_only, demo), await take_lock(exchange.flow_locks, "markets", deadline, "load_markets"):
        if exchange.markets:
            return
        deadline.check("load_markets")
        while True:
            try:
                await ExchangeCall(exchange.load_markets, args)
                return
            except Exception as error:
                failed = as_ccxt(error)
            await retry.wait_after(failed)


def contract_of(
    exchange: Exchange, symbol: object, product_type: str | None = None, margin_coin: str | None = None
) -> Contract:
    """Return the contract that *symbol* names in the loaded markets; see :func:`.contracts.find_contract`."""
    name = (str(symbol), product_type, margin_coin)
    markets, found = exchange.found_contracts.get(name, (None, None))
    if found is None or markets is not exchange.markets:
        found = find_contract(exchange.markets, exchange.markets_by_id, symbol, product_type, margin_coin)
        exchange.found_contracts[name] = exchange.markets, found
    return found


async def resolve_contract(
    exchange: Exchange,
    symbol: object,
    product_type: str | None,
    margin_coin: str | None,
    uta: object,
    cache: ReadCache,
    deadline: Deadline,
) -> Contract:
    """Return the contract that *symbol* names, from the market list of the account's type."""
    name = (str(symbol), product_type, margin_coin)
    markets, found = exchange.found_contracts.get(name, (None, None))
    if found is not None and markets is exchange.markets:
        return found
    demo = looks_demo(symbol, product_type)
    await load_markets(exchange, demo, uta, cache, deadline)
    try:
        return contract_of(exchange, symbol, product_type, margin_coin)
    except NotAContract as unknown:
        unified = demo and uta_override(exchange, uta) is True
        if unified and (uta is not None or await probe_account_type(exchange, cache, deadline, default=True)):
            raise not_on_unified(str(symbol)) from None
        if not demo or any(product_type_of_symbol(each) in DEMO for each in exchange.markets):
            raise NotAContract(f"{unknown}{explain_left_out(str(symbol), exchange.left_out_markets)}") from None
    # The markets are those of a unified account, and this account is classic by now.
    with set_inside(live_only, True):
        await ExchangeCall(exchange.load_markets, (True, {"uta": False}))
    return contract_of(exchange, symbol, product_type, margin_coin)


async def contract_for_account(exchange: Exchange, contract: Contract, unified: bool) -> Contract:
    """Return the contract from the market list of the account's type, where the markets are those of the other type.

    Coin-margined contracts have other ids there: https://www.bitget.com/support/articles/12560603882722
    """
    if contract.product_type != "COIN-FUTURES" or contract.unified is unified:
        return contract
    try:
        await ExchangeCall(exchange.load_markets, (True,))
        return contract_of(exchange, contract.symbol, None, contract.margin_coin)
    except (ccxt.BaseError, Refusal):
        return contract  # the exchange says whether it knows the id
