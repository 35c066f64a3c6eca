"""Retry policy: which errors are transient, how long to retry, and the error finally raised."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

import ccxt

from . import errors
from ._keyed_lock import Held, KeyedLocks
from ._runner import Exclusive, Sleep

# Documented as "users can retry", during releases: https://www.bitget.com/api-doc/common/faq (seen 2026-09)
TRANSIENT_CODES = frozenset({"45001", "40725", "40015"})
# The first wait, its growth, and the longest wait, in seconds; half of each is random.
_FIRST, _GROWTH, _LONGEST = 0.2, 2.0, 2.0
# The last try is begun so many seconds before the deadline.
_LAST_TRY = 0.05
# The same where a request is given up at the deadline: a write that is cut off may have been applied.
_LAST_TRY_GIVEN_UP = 0.5


@dataclass
class Deadline:
    """The time that one whole call may take. Nothing new is begun after it.

    :ivar seconds: 0 means that every request is tried once, however long the call takes
    :ivar gives_up: the seconds after which a request under way is given up; None leaves that to ccxt's timeout
    """

    seconds: float
    gives_up: float | None = None
    _began: float = field(default_factory=lambda: time.monotonic())

    @property
    def left(self) -> float:
        """The seconds that are left, 0 or more."""
        return max(0.0, self._began + self.seconds - time.monotonic())

    @property
    def request_limit(self) -> float | None:
        """The seconds that a request may take which is sent now."""
        return None if self.gives_up is None else max(0.01, self._began + self.gives_up - time.monotonic())

    def check(self, doing: str) -> None:
        """Raise where nothing new may be begun."""
        if self.seconds and time.monotonic() >= self._began + self.seconds:
            raise ccxt.RequestTimeout(
                f"bitget {doing}: not begun, the deadline of {self.seconds:g} s for the whole call has passed"
            )


# Where the deadline is 0, a lock is still waited for, in seconds.
_LOCK_WAIT = 60.0


async def take_lock(locks: KeyedLocks, key: Hashable, deadline: Deadline, doing: str) -> Held:
    """Return the held lock of *key*, for a ``with`` block; waiting for it counts into the deadline.

    :raises ccxt.RequestTimeout: another call holds it for longer than the deadline
    """
    held = locks.take_unused(key)
    if held is not None:
        return held
    seconds = deadline.left if deadline.seconds else _LOCK_WAIT
    seconds = min(seconds, deadline.request_limit or seconds)
    try:
        return await Exclusive(locks, key, seconds)
    except TimeoutError:
        raise ccxt.RequestTimeout(
            f"bitget {doing}: nothing was sent, another call was not finished after {seconds:.1f} s"
        ) from None


def is_transient(error: object) -> bool:
    """Return whether another try may succeed: the network, a gateway, or too many requests; not a wrong clock.

    A reply that ccxt cannot parse (BadResponse) is no fault of the network. An empty body (NullResponse) is: seen live
    2026-10-03 on a unified account.
    """
    if getattr(error, "http_status", 0) >= 500:
        return True
    if isinstance(error, ccxt.BadResponse) and not isinstance(error, ccxt.NullResponse):
        return False
    if isinstance(error, ccxt.OperationFailed) and not isinstance(error, ccxt.InvalidNonce):
        return True
    return isinstance(error, ccxt.BaseError) and errors.code_of(error) in TRANSIENT_CODES


def may_have_arrived(error: ccxt.BaseError) -> bool:
    """Return whether a failed request can have been carried out: not if it was refused, or never had a connection."""
    if isinstance(error, (ccxt.DDoSProtection, ccxt.RateLimitExceeded)) or errors.code_of(error) in TRANSIENT_CODES:
        return False
    if isinstance(error, ccxt.BadResponse):
        return True
    if not is_transient(error) or describe(error) in (REFUSED, UNKNOWN_HOST):
        return False
    return not re.search(r"NewConnectionError|ConnectorError|Cannot connect|ConnectTimeout", " ".join(_texts(error)))


@dataclass
class RetryState:
    """The tries of one request.

    :ivar doing: what the request does, for the message, such as ``set-leverage BTC/USDT:USDT``
    :ivar on_outcome_unknown: called where a try of a write may have been carried out though it failed
    """

    doing: str
    deadline: Deadline
    write: bool = False
    on_outcome_unknown: Callable[[], object] | None = None
    _tries: int = 0
    _outcome_unknown: bool = False

    def interrupted(self) -> None:
        """Record that a try was cancelled under way."""
        if self.write:
            self._outcome_unknown = True
            if self.on_outcome_unknown is not None:
                self.on_outcome_unknown()

    async def wait_after(self, error: ccxt.BaseError) -> None:
        """Wait before the next try, or raise the final error where no further try is allowed."""
        if may_have_arrived(error):
            self.interrupted()
        if not is_transient(error):
            raise error
        longest = min(_LONGEST, _FIRST * _GROWTH**self._tries)
        wait = longest / 2 + random.random() * longest / 2
        self._tries += 1
        last_try = _LAST_TRY if self.deadline.gives_up is None else _LAST_TRY_GIVEN_UP
        left = self.deadline.left - last_try
        if left <= _LAST_TRY:
            raise self.final_error(error) from error
        await Sleep(min(wait, left))

    def final_error(self, error: ccxt.BaseError) -> ccxt.BaseError:
        """Return *error* as it is finally raised: in one line, with its cause, the time, and what is not known."""
        tried = f"still failing after {self.deadline.seconds:g} s" if self._tries > 1 else "tried once"
        parts = [f"bitget {self.doing}: {describe(error)}", tried]
        if self.write:
            known = "may or may not have been applied" if self._outcome_unknown else "was not applied"
            parts.append(f"the write {known}")
        text = " ".join(str(error).split())
        return errors.copied(error, f"{'; '.join(parts)} ({text[:200]}{'…' if len(text) > 200 else ''})")


def as_ccxt(error: Exception) -> ccxt.BaseError:
    """Return any error of a request as a ccxt error.

    ccxt raises a bare ``ExchangeError`` with a cause where it does not classify the failure of the transport (a cut
    body under aiohttp, a gateway's own status): that is a network error.
    """
    cause = error.__cause__ or error
    if isinstance(cause, UnicodeEncodeError) or (isinstance(cause, ValueError) and "header" in str(cause).lower()):
        # Credentials are checked before they are signed, so it is a header of the user's own. The cause would show it.
        return ccxt.BadRequest(
            "bitget: nothing was sent: check exchange.headers for a line break, or a character that is not ASCII"
        )
    unclassified = type(error) is ccxt.ExchangeError and (
        isinstance(cause, OSError) or type(cause).__module__ == "aiohttp.client_exceptions"
    )
    # A program's own fetch may give up (asyncio.wait_for): the request may have been carried out.
    if unclassified or isinstance(error, (TimeoutError, asyncio.TimeoutError, ConnectionError)):
        raised: ccxt.BaseError = ccxt.NetworkError(str(error) or "timed out")
    elif isinstance(error, ccxt.BaseError):
        return error
    else:
        raised = ccxt.ExchangeError(f"bitget {type(error).__name__} instead of a ccxt error: {error}")
    raised.__cause__ = error
    return raised


# --- the cause in words ----------------------------------------------------------------------------------------------

REFUSED, UNKNOWN_HOST = "connection refused", "unknown host"
_WORDS = (
    (r"Connection refused|ConnectionRefused", REFUSED),
    (r"NameResolution|gaierror|addrinfo|Name or service not known|nodename nor serv|failure in name res", UNKNOWN_HOST),
    (r"Connection reset|ConnectionReset|Server disconnected|RemoteDisconnected|Connection aborted", "connection lost"),
    (r"IncompleteRead|payload is not completed|TransferEncoding", "the reply broke off"),
    (r"certificate|SSLError|SSL:", "the TLS connection failed"),
)  # fmt: skip


def describe(error: BaseException) -> str:
    """Return the cause of a failed request in a few words."""
    if isinstance(error, ccxt.NullResponse):
        return "the reply was empty"
    gateway = re.search(r"\b([45]\d\d) ([A-Z][A-Za-z]+( [A-Z][A-Za-z]+)*)", str(error))
    if gateway:
        return gateway[0]
    if isinstance(error, (ccxt.DDoSProtection, ccxt.RateLimitExceeded)):
        return "429 Too Many Requests"
    code = errors.code_of(error)
    if code:
        return f"{code} {errors.text_of(error)}".strip()
    texts = " ".join(_texts(error))
    words = next((words for pattern, words in _WORDS if re.search(pattern, texts)), None)
    if words is not None:
        return words
    if isinstance(error, ccxt.RequestTimeout) or re.search("time(d )?out", texts, re.IGNORECASE):
        return "timed out"
    return list(_texts(error))[-1][:100]


def _texts(error: BaseException | None) -> Iterator[str]:
    """Yield class names and texts along the chain of causes, the innermost last."""
    for _ in range(10):
        if not isinstance(error, BaseException):
            return
        try:
            yield f"{type(error).__name__} {' '.join(str(error).split())}"
        except Exception:  # an error that cannot be printed, such as one of aiohttp without its connection
            yield type(error).__name__
        inner = next((each for each in error.args if isinstance(each, BaseException)), None)
        error = error.__cause__ or error.__context__ or getattr(error, "reason", None) or inner
