"""The base of the three clients: the state of the account, and the hooks into ccxt that perform no I/O.

Every hook is listed in ``ccxt_hooks``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import ccxt

from . import market_rows, redaction
from ._keyed_lock import KeyedLocks, ThreadLocks
from .account_type import correct_account_type, live_only
from .ccxt_hooks import check_hooks
from .positions import observe_position
from .requested import next_number
from .state import AccountState, shared_state, state_key

F = TypeVar("F", bound=Callable[..., Any])


class BitgetMixin:
    """State and hooks; stands before ccxt's class in each of the three clients."""

    _locks: type[KeyedLocks] = ThreadLocks
    log = redaction.RedactedLog()
    logger = redaction.RedactedLogger()

    def __init__(self, config: Any = {}) -> None:  # noqa: B006  # ccxt's own signature
        self._own_state = AccountState()  # of an object without a key
        # The identity, the name and the state of the account in use.
        self._account: tuple[tuple[Any, ...], str, AccountState | None] = ((), "", None)
        self.left_out_markets: dict[str, str] = {}
        self.flow_locks = self._locks()
        self.first_reply: float | None = None
        self.found_contracts: dict[Any, Any] = {}
        super().__init__(config)  # type: ignore[call-arg]
        options: dict[str, Any] = self.options  # type: ignore[attr-defined]
        if options.get("uta") is False and "uta" not in ((config or {}).get("options") or {}):
            # An older ccxt takes every account for a classic one unless the user says otherwise; the newest asks.
            options["uta"] = None
        redaction.check_credentials(self, only_types=True)
        check_hooks(type(self))  # type: ignore[arg-type]

    # -- state --------------------------------------------------------------------------------------------------------

    @property
    def account_state(self) -> AccountState:
        """The state of the account, which all objects of one key in this process share."""
        state = vars(self)
        key = state.get("apiKey")
        if not key:
            return state.get("_own_state") or AccountState()
        urls = self.urls["api"]  # type: ignore[attr-defined]
        options = self.options  # type: ignore[attr-defined]
        identity = (key, str(urls["uta"] if isinstance(urls, dict) else urls), options.get("sandboxMode") is True)
        known, name, _ = self._account
        if known != identity:
            name = state_key(*identity)
        held = shared_state(name)
        self._account = identity, name, held
        return held

    def __getstate__(self) -> dict[str, Any]:
        copied = self.account_state, next_number()
        return {**vars(self), "_copied_state": copied, "_account": (*self._account[:2], None), "first_reply": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        copied, number = state.pop("_copied_state")
        vars(self).update(state)
        while next_number() < number:
            pass  # a later event has a higher number than those of the process that made the copy
        identity, name, _ = self._account
        if name:
            self._account = identity, name, shared_state(name, copied)  # another process starts with a copy

    # -- hooks --------------------------------------------------------------------------------------------------------

    def describe(self) -> Any:
        """ccxt's description, and what it does not know that Bitget has."""
        return self.deep_extend(super().describe(), {"has": {"fetchLeverages": True}})  # type: ignore[misc,attr-defined]

    def check_required_credentials(self, error: bool = True) -> Any:
        """ccxt's ``check_required_credentials``; credentials that cannot be sent are refused before they are signed."""
        complete = super().check_required_credentials(error)  # type: ignore[misc]
        if error:
            redaction.check_credentials(self)
        return complete

    def sign(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """ccxt's ``sign``, without the demo header on the requests of an S-coin flow."""
        request: dict[str, Any] = super().sign(*args, **kwargs)  # type: ignore[misc]
        if live_only.get() and request.get("headers"):
            request["headers"] = {name: value for name, value in request["headers"].items() if name != "PAPTRADING"}
        return request

    def set_markets(self, markets: Any, currencies: Any = None) -> Any:
        """ccxt's ``set_markets``, without a second market of the same symbol or id."""
        return super().set_markets(market_rows.drop_duplicates(markets), currencies)  # type: ignore[misc]

    def parse_position(self, position: Any, market: Any = None) -> Any:
        """ccxt's ``parse_position``; the parsed position is looked at."""
        parsed = super().parse_position(position, market)  # type: ignore[misc]
        observe_position(self, parsed)  # type: ignore[arg-type]
        return parsed

    def handle_http_status_code(self, code: int, reason: str, url: str, method: str, body: str) -> None:
        """ccxt's ``handle_http_status_code``, with a page cut to one line."""
        text = redaction.summarize_body(self, body, None)
        super().handle_http_status_code(code, redaction.escape_controls(reason or ""), url, method, text)  # type: ignore[misc]

    def handle_errors(
        self, status: int, reason: str, url: str, method: str, headers: Any, body: Any, answer: Any, *rest: Any
    ) -> Any:
        """ccxt's ``handle_errors``; an error corrects the account type and gets ``http_status``.

        The calls left in this second are noted: https://www.bitget.com/api-doc/common/signature
        (x-mbx-used-remain-limit).
        """
        if headers and "0" in (headers.get("x-mbx-used-remain-limit"), headers.get("X-Mbx-Used-Remain-Limit")):
            for path, window in list(self.account_state.traffic.windows.items()):
                if path in url:
                    window.on_exhausted(time.monotonic())
        try:
            handled = super().handle_errors(status, reason, url, method, headers, body, answer, *rest)  # type: ignore[misc]
        except ccxt.BaseError:
            handled = self._redacted_error(status, reason, url, method, headers, body, answer, *rest)
        if isinstance(handled, ccxt.BaseError):
            correct_account_type(self, handled)  # type: ignore[arg-type]
            raise handled  # outside the except: a context would show what is redacted
        if status == 200 and method == "GET":
            market_rows.drop_odd_rows(self, url, body, answer)
        return handled

    def _redacted_error(
        self, status: int, reason: str, url: str, method: str, headers: Any, body: Any, answer: Any, *rest: Any
    ) -> Any:
        text = redaction.summarize_body(self, body, answer)
        try:
            return super().handle_errors(status, reason, url, method, headers, text, answer, *rest)  # type: ignore[misc]
        except ccxt.BaseError as error:
            error.http_status = status
            error.__context__ = None
            return error

    # -- the account type ---------------------------------------------------------------------------------------------

    def _knows_account_type(self, params: Any) -> bool:
        options = self.options  # type: ignore[attr-defined]
        return options.get("uta") is not None or (isinstance(params, Mapping) and "uta" in params)


def copy_doc(flow: Callable[..., Any]) -> Callable[[F], F]:
    """Return a decorator that gives a method the docstring of the flow that it runs."""

    def copy(method: F) -> F:
        method.__doc__ = flow.__doc__
        return method

    return copy
