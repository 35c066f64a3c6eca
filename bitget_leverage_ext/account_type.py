"""The account type, classic or unified: found out by one probe, remembered, and corrected by 40084 and 40085.

``options['uta']`` of the exchange object is what ccxt goes by. Where the user sets it, it is pinned and never changed
here. Where it is unset, the probe sets it, and ``options['utaDetected']`` marks that.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import TypeVar

import ccxt

from . import errors
from ._exchange import Exchange
from ._retry import Deadline
from .api.unified import shared_settings
from .rules.refusals import NotServed
from .state import ReadCache

T = TypeVar("T")

log = logging.getLogger("bitget_leverage_ext")

DETECTED = "utaDetected"

# True while a flow is about S-coins, which an ordinary key trades in the live environment: no request of that flow
# may carry the demo header, not even those that load the markets. https://github.com/ccxt/ccxt/pull/25541
live_only: ContextVar[bool] = ContextVar("bitget_live_only", default=False)

# The type for which a running flow sends its requests: ccxt does not ask for it once more inside that flow.
settled_type: ContextVar[bool | None] = ContextVar("bitget_account_type", default=None)


async def type_after_one_try(
    exchange: Exchange,
    default: bool = False,
    uta: object = None,
    method: str = "setLeverage",
    demo: bool = False,
    seconds: float | None = None,
) -> bool:
    """Return whether the account is unified: after one try the type last known, or *default*.

    :param demo: the call is about S-coins, which exist on classic accounts only: no try for them
    :param seconds: the try is given up after so many seconds
    """
    if (settled := settled_type.get()) is not None:
        return settled
    known, state = uta_override(exchange, uta, method), exchange.account_state
    if known is not None or demo:
        return known is True
    try:
        return await probe_account_type(exchange, ReadCache(state), Deadline(0, seconds), default)
    except ccxt.BaseError as error:
        log.debug("the account type could not be read: %s", type(error).__name__)
        return default if state.account_type is None else state.account_type


def uta_override(exchange: Exchange, uta: object, method: str = "setLeverage") -> bool | None:
    """Return the account type that the call or the options name, None where it has to be found out."""
    known = exchange.handle_option_and_params({} if uta is None else {"uta": uta}, method, "uta")[0]
    return None if known is None else bool(known)


async def account_type(
    exchange: Exchange, cache: ReadCache, deadline: Deadline, uta: object = None, demo: bool = False
) -> bool:
    """Return whether the account is unified: as the call or the options say, else by one probe.

    :param demo: the call is about S-coins, which exist on classic accounts only: no probe for them where the type is
        unknown; a remembered unified type is no reason to refuse, so it is probed
    """
    known = uta_override(exchange, uta)
    if demo and uta is None:
        return known is True and await probe_account_type(exchange, cache, deadline, default=True)
    return await probe_account_type(exchange, cache, deadline) if known is None else known


async def probe_account_type(exchange: Exchange, cache: ReadCache, deadline: Deadline, default: bool = False) -> bool:
    """Return whether the account says that it is unified.

    Success means unified, 40084 and 25245 mean classic; anything else raises and is not remembered, so that a time-out
    is never taken for a classic account. https://github.com/enarjord/passivbot/pull/601. The account mode in the
    answer is ignored: it may be ``upgrading`` for a while.

    :param default: the answer without credentials
    """
    if not exchange.check_required_credentials(False):
        return default
    try:
        await shared_settings(exchange, cache, deadline, since_answer=True)
    except ccxt.InvalidProxySettings:
        return default  # nothing can be sent at all: that says nothing of the account
    except ccxt.BaseError as error:
        if errors.code_of(error) not in errors.IS_CLASSIC:
            raise
        set_account_type(exchange, False)
        return False
    set_account_type(exchange, True)
    return True


def set_account_type(exchange: Exchange, unified: bool) -> None:
    """Remember the account's type; log a WARNING where the account has changed it."""
    if exchange.options.get("uta") is None or exchange.options.get(DETECTED):
        exchange.options.update({"uta": unified, DETECTED: True})
    if exchange.account_state.set_account_type(unified):
        log.warning(
            "the account is %s now: the leverage and margin mode that were asked for are set anew before the next "
            "order opens",
            "unified" if unified else "classic",
        )


def correct_account_type(exchange: Exchange, error: BaseException) -> None:
    """Remember the account's type where *error* says that it is not of the detected one.

    A type that the user pinned is never changed, and an unknown one is left to the probe.
    """
    code = errors.code_of(error)
    if code in errors.NAMES_ACCOUNT_TYPE and exchange.options.get(DETECTED):
        set_account_type(exchange, code in errors.IS_UNIFIED)


async def with_account_type_retry(
    exchange: Exchange, unified: bool, uta: object, run: Callable[[bool], Awaitable[T]], demo: str
) -> T:
    """Return what *run* returns for the account's type; run it again where the exchange names the other type.

    :param unified: the account type to begin with
    :param uta: the caller's ``uta``; a pinned type is not overruled, but the error names it
    :param demo: the S-coin product that the call is about, empty where it is about another one
    """
    live, settled = live_only.set(bool(demo)), settled_type.set(unified)
    try:
        for last in (False, True):
            if demo and unified:
                raise not_on_unified(demo)
            try:
                return await run(unified)
            except ccxt.BaseError as error:
                other = None if last else await _other_type(exchange, unified, uta, error)
                if other is None:
                    raise
                unified = other
                settled_type.set(unified)
        raise AssertionError  # the second try returns or raises
    finally:
        with suppress(ValueError):  # of a flow that is closed in another context, where they are not set
            live_only.reset(live)
            settled_type.reset(settled)


async def _other_type(exchange: Exchange, unified: bool, uta: object, error: ccxt.BaseError) -> bool | None:
    code = errors.code_of(error)
    named = True if code in errors.IS_UNIFIED else False if code in errors.IS_CLASSIC else None
    # A demo key of a unified account was answered 40014 by v2 (live 2026-10 and 2026-11): not always a missing right.
    if (named is None or named is unified) and not (code == "40014" and not unified):
        return None
    if uta is not None or (exchange.options.get("uta") is not None and not exchange.options.get(DETECTED)):
        # the user set it, for this call or in the options
        errors.raise_with(
            error, f"options['uta'] is set to {unified}: if that is wrong, remove it, and the type is detected"
        )
    if named is not None:
        set_account_type(exchange, named)
        return named
    try:
        state = exchange.account_state
        return True if await probe_account_type(exchange, ReadCache(state), Deadline(0)) else None
    except ccxt.BaseError:
        return None


def not_on_unified(what: str) -> NotServed:
    """Return the refusal of an S-coin product on a unified account."""
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage (parameter category)
    return NotServed(
        f"{what} is an S-coin demo product, which exists on classic accounts only and this account is unified: use a "
        "demo key with set_sandbox_mode(True) and an ordinary product such as BTC/USDT:USDT"
    )
