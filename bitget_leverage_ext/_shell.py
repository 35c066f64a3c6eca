"""What the shells have in common: the parts without I/O, and the ccxt methods that ask for the account type."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, TypeVar

import ccxt

from . import market_rows, redaction
from .account import Memory
from .flows.routing import drop_demo_header
from .pacing import Pace
from .turns import Turns

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])


class Common:
    """Memory, pace, and the two hooks through which every request and every reply of ccxt goes."""

    log = redaction.RedactedLog()
    logger = redaction.RedactedLogger()

    def __init__(self, config: Any = {}) -> None:  # noqa: B006  # ccxt's own signature
        self._left_out: dict[str, str] = {}
        self._memory = Memory()
        self._paces: dict[str, Pace] = {}
        self._flights: dict[Any, Any] = {}
        self._turns: Turns = {}
        super().__init__(config)  # type: ignore[call-arg]
        options: dict[str, Any] = self.options  # type: ignore[attr-defined]
        if options.get("uta") is False and "uta" not in ((config or {}).get("options") or {}):
            # An older ccxt takes every account for a classic one unless told otherwise; the newest asks.
            options["uta"] = None
        redaction.check_credential_types(self)

    def check_required_credentials(self, error: bool = True) -> Any:
        """ccxt's ``check_required_credentials``, asked before anything is signed; nor is anything that none may be."""
        there = super().check_required_credentials(error)  # type: ignore[misc]
        if error:
            redaction.check_credentials(self)
        return there

    def handle_http_status_code(self, code: int, reason: str, url: str, method: str, body: str) -> None:
        """ccxt's ``handle_http_status_code``, with a page cut to one line."""
        told = redaction.summarize_body(self, body, None)
        super().handle_http_status_code(code, redaction.escape_controls(reason or ""), url, method, told)  # type: ignore[misc]

    def describe(self) -> Any:
        """ccxt's description, and what it does not know that Bitget has."""
        return self.deep_extend(super().describe(), {"has": {"fetchLeverages": True}})  # type: ignore[misc,attr-defined]

    def set_markets(self, markets: Any, currencies: Any = None) -> Any:
        """ccxt's ``set_markets``, without a second market of the same symbol or id."""
        return super().set_markets(market_rows.drop_duplicates(markets), currencies)  # type: ignore[misc]

    def sign(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """ccxt's ``sign``, without the demo header on the requests of an S-coin flow."""
        return drop_demo_header(super().sign(*args, **kwargs))  # type: ignore[misc]

    def handle_errors(
        self, status: int, reason: str, url: str, method: str, headers: Any, body: Any, answer: Any, *rest: Any
    ) -> Any:
        """ccxt's ``handle_errors``; an error also gets ``http_status``, and the calls left in this second are noted.

        https://www.bitget.com/api-doc/common/signature (x-mbx-used-remain-limit)
        """
        for path, pace in list(self._paces.items()):  # another thread may be about to add one
            if path in url and _is_last(headers or {}):
                pace.exhausted(time.monotonic())
        handled = self._checked(status, reason, url, method, headers, body, answer, *rest)
        if status == 200 and method == "GET":
            market_rows.drop_odd_rows(self, url, body, answer)
        return handled

    def _checked(self, status: int, reason: str, url: str, method: str, headers: Any, body: Any, *rest: Any) -> Any:
        """ccxt's ``handle_errors``; only what is refused is masked, most replies are not."""
        check = super().handle_errors  # type: ignore[misc]
        try:
            return check(status, reason, url, method, headers, body, *rest)
        except ccxt.BaseError:
            told = redaction.summarize_body(self, body, rest[0])
        try:  # outside the except: a context would show what is masked
            return check(status, reason, url, method, headers, told, *rest)
        except ccxt.BaseError as error:
            error.http_status = status
            raise


def _is_last(headers: Mapping[str, str]) -> bool:
    return any(name.lower() == "x-mbx-used-remain-limit" and value == "0" for name, value in headers.items())


def documented(flow: Callable[..., Any]) -> Callable[[F], F]:
    """Method decorator: the docstring of the flow that is its body."""

    def document(method: F) -> F:
        method.__doc__ = flow.__doc__
        method.flow = flow  # type: ignore[attr-defined]  # tells our own method from a subclass's
        return method

    return document


def asking(
    follow: Callable[[Callable[..., Any]], Callable[..., Any]], ask: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Callable[[C], C]:
    """Class decorator: *follow* every inherited ccxt method that depends on the account type.

    Which methods those are is read from ccxt's own code, so a method that a later ccxt teaches about unified accounts
    is covered as well: they call ``handle_uta_and_params``. Where an older ccxt looks for the option ``uta``, and takes
    the account for a classic one where there is none, *ask* first.
    """

    def decorate(cls: C) -> C:
        for name in dir(cls):
            method = getattr(cls, name)
            from_ccxt = isinstance(method, FunctionType) and method.__module__.startswith("ccxt.")
            # Not the camelCase aliases, which ccxt's constructor puts on the class: they follow the method itself.
            if not from_ccxt or name != method.__name__ or not _is_call(cls, method):
                continue
            if "handle_uta_and_params" in method.__code__.co_names:
                setattr(cls, name, follow(method))
            elif _assumes(method):
                setattr(cls, name, follow(ask(method)))
        return cls

    return decorate


def _is_call(cls: type, method: FunctionType) -> bool:
    """Whether a method talks to the exchange; a helper of the asynchronous clients that does not must stay as it is."""
    return inspect.iscoroutinefunction(method) or not inspect.iscoroutinefunction(getattr(cls, "request", None))


def _assumes(method: FunctionType) -> bool:
    code = method.__code__
    return "handle_option_and_params" in code.co_names and "uta" in code.co_consts
