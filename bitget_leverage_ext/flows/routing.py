"""Which contract a call is about, and which kind of account it goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import ccxt

from .. import errors
from ..account import View
from ..drive import Call, Flow, Shared
from ..rules.errors import NotAContract, NotServed, Refusal
from ..rules.products import Contract, find_contract, lists_demo, looks_demo
from ..wires import DEADLINE, read_settings

T = TypeVar("T")

# True while a flow is about S-coins, which an ordinary key trades in the live environment: no request of that flow
# may carry the demo header, not even those of loading the markets. https://github.com/ccxt/ccxt/pull/25541
_live_only: ContextVar[bool] = ContextVar("bitget_live_only", default=False)


def drop_demo_header(request: dict[str, Any]) -> dict[str, Any]:
    """A signed request, without the demo header where the running flow is about S-coins."""
    if _live_only.get() and request.get("headers"):
        request["headers"] = {name: value for name, value in request["headers"].items() if name != "PAPTRADING"}
    return request


@contextmanager
def _environment(live_only: bool) -> Iterator[None]:
    token = _live_only.set(live_only)
    try:
        yield
    finally:
        _live_only.reset(token)


# --- which account ---------------------------------------------------------------------------------------------


def account_type(
    exchange: Any, params: Mapping[str, Any], method: str, default: bool = False, view: View | None = None
) -> Flow[tuple[bool, dict[str, Any]]]:
    """Whether the account is unified, and *params* without ``uta``: asserted, or found out by one probe.

    Success means unified, 40084 and 25245 mean classic; anything else raises and is not remembered, so that a
    time-out is never taken for a classic account. https://github.com/enarjord/passivbot/pull/601
    """
    uta, rest = exchange.handle_option_and_params(params, method, "uta")
    if uta is not None:
        return uta, rest
    return (yield from _probed(exchange, view or View(), default)), rest


def _probed(exchange: Any, view: View, default: bool) -> Flow[bool]:
    """Whether the account says that it is unified; *default* where it cannot be asked."""
    if not exchange.check_required_credentials(False):
        return default
    try:
        yield from read_settings(exchange._memory, view, patience=0)
    except ccxt.InvalidProxySettings:
        # Nothing can be sent at all: that says nothing of the account, and the caller's own request meets it too.
        return default
    except ccxt.BaseError as error:
        if errors.code_of(error) not in errors.IS_CLASSIC:
            error.final = True
            errors.reraise(error)
        correct_account_type(exchange, error)
        return False
    exchange.options["uta"] = True
    return True


def known_first(exchange: Any, *arguments: Any) -> Flow[None]:
    """Find the account's type out before a method that would take it for classic, unless its caller says it."""
    if not any(isinstance(argument, Mapping) and "uta" in argument for argument in arguments):
        yield from account_type(exchange, {}, "")


def correct_account_type(exchange: Any, error: ccxt.BaseError) -> bool:
    """Whether *error* says that the account is of the other type; if so, remember that instead."""
    code = errors.code_of(error)
    if code not in errors.IS_CLASSIC | errors.IS_UNIFIED:
        return False
    exchange.options["uta"] = code in errors.IS_UNIFIED
    exchange._memory.forget_account()
    return True


def routed(
    exchange: Any,
    contract: Contract | None,
    pinned: object,
    run: Callable[[bool, Contract | None], Flow[T]],
    view: View,
    demo: str = "",
) -> Flow[T]:
    """*run* for the account's type, and once more for the other type where the exchange says so.

    :param pinned: the caller's ``uta``
    :param demo: the S-coin product that this is about, where no contract tells it
    """
    if contract is not None and contract.demo:
        demo = contract.symbol
    if demo and pinned is None and exchange.options.get("uta") is None:
        unified = False  # S products exist on classic accounts only: no probe for them
    else:
        unified, _ = yield from account_type(exchange, {"uta": pinned}, "setLeverage", view=view)
        if unified and demo and pinned is None:
            unified = yield from _probed(exchange, view, default=True)  # memory alone is no ground for refusing
    for last in (False, True):
        if unified and demo:
            raise not_on_unified(demo)
        if contract is not None and pinned is None:
            contract = yield from _listed_for(exchange, contract, unified)
        try:
            with _environment(live_only=bool(demo)):
                return (yield from run(unified, contract))
        except ccxt.BaseError as error:
            if last or pinned is not None or not correct_account_type(exchange, error):
                raise
        unified = exchange.options["uta"]
    raise AssertionError("unreachable")


def not_on_unified(what: str) -> NotServed:
    """The refusal of an S-coin product on a unified account."""
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage (parameter category)
    return NotServed(
        f"{what} is an S-coin demo product, which exists on classic accounts only and this account is unified: use a "
        "demo key with set_sandbox_mode(True) and an ordinary product such as BTC/USDT:USDT"
    )


# --- which contract --------------------------------------------------------------------------------------------


def load_markets(exchange: Any, demo: bool, pinned: object, patience: float, view: View) -> Flow[None]:
    """ccxt's ``load_markets``, where they are not loaded yet.

    The account type is asked first, and so by this call rather than by ccxt: its answer is a reading of this call.
    For S-coins it is not asked at all, it must be classic.
    """
    if exchange.markets:
        return
    if not demo:
        yield from account_type(exchange, {"uta": pinned}, "fetchMarkets", view=view)
    with _environment(live_only=demo):
        unified = (exchange.options.get("uta") if pinned is None else pinned) is True
        args = (False, {"uta": False}) if demo and not unified else ()
        # Shared, because in ccxt's asynchronous clients who is cancelled while it loads takes the others along.
        yield Shared(("markets", bool(args)), lambda: _loading(args, patience))


def _loading(args: tuple[Any, ...], patience: float) -> Flow[None]:
    yield Call("load_markets", args, repeat=patience)


def contract_of(
    exchange: Any,
    symbol: object,
    product_type: str | None,
    margin_coin: str | None,
    view: View,
    pinned: object = None,
    patience: float = DEADLINE,
) -> Flow[Contract]:
    """The contract that *symbol* names, from the market list of the account's type."""
    demo = looks_demo(symbol, product_type)
    yield from load_markets(exchange, demo, pinned, patience, view)
    unified = (exchange.options.get("uta") if pinned is None else pinned) is True
    try:
        return find_contract(exchange.markets, exchange.markets_by_id or {}, symbol, product_type, margin_coin)
    except NotAContract:
        if demo and unified and (pinned is not None or (yield from _probed(exchange, view, default=True))):
            raise not_on_unified(str(symbol)) from None
        if not demo or lists_demo(exchange.markets):
            raise
    # The markets are those of a unified account, which this one no longer is.
    with _environment(live_only=True):
        yield Call("load_markets", (True, {"uta": False}))
    return find_contract(exchange.markets, exchange.markets_by_id, symbol, product_type, margin_coin)


def _listed_for(exchange: Any, contract: Contract, unified: bool) -> Flow[Contract]:
    """The contract in the market list of the account's type, where the markets were loaded for the other type.

    Coin-margined contracts have other ids there: https://www.bitget.com/support/articles/12560603882722
    """
    if contract.product_type != "COIN-FUTURES" or contract.unified == unified or exchange._memory.relisted:
        return contract
    exchange._memory.relisted = True
    try:
        yield Call("load_markets", (True,))
        return find_contract(exchange.markets, exchange.markets_by_id, contract.symbol, None, contract.margin_coin)
    except (ccxt.BaseError, Refusal):
        return contract  # the exchange will say whether it knows the id
