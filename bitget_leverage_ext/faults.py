"""What goes wrong on the way: which faults may be waited out, for how long, and what they are called in the end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, NoReturn

import ccxt
import tenacity


def is_transient(error: object) -> bool:
    """Whether another try may go better: the network, a gateway, or too many requests; not a clock that is off.

    An error marked ``final`` is the caller's to see at once.
    """
    if getattr(error, "final", False):
        return False
    if getattr(error, "http_status", 0) >= 500:
        return True
    return isinstance(error, ccxt.OperationFailed) and not isinstance(error, ccxt.InvalidNonce)


def _may_have_arrived(error: BaseException) -> bool:
    """Whether a failed try can have been carried out: not where it was turned away, or never got a connection."""
    turned_away = isinstance(error, (ccxt.DDoSProtection, ccxt.RateLimitExceeded))
    never_left = re.search(r"NewConnectionError|ConnectorError|Cannot connect|ConnectTimeout", str(error)) is not None
    return is_transient(error) and not turned_away and not never_left


class Patience:
    """How long and how often one call is tried: until its deadline, and at least twice.

    :param seconds: the deadline; 0 where the call must not be repeated
    :param write: whether it changes the account
    :param unanswered: called for each try of a write that may have been carried out though it failed
    """

    def __init__(self, seconds: float, write: bool, unanswered: Callable[[], object] | None) -> None:
        self.seconds, self.write, self.unanswered = seconds, write, unanswered
        self.began = time.monotonic()
        self.in_doubt = False

    def left(self) -> float:
        """Seconds to the deadline."""
        return self.began + self.seconds - time.monotonic()

    def met(self, error: Exception) -> None:
        """A try ended in *error*."""
        if self.write and _may_have_arrived(error):
            self.in_doubt = True
            if self.unanswered is not None:
                self.unanswered()

    def is_over(self, state: tenacity.RetryCallState) -> bool:
        return self.left() <= 0 and state.attempt_number > 1

    def wait(self, state: tenacity.RetryCallState) -> float:
        return max(0.0, min(WAIT(state), self.left()))

    def settings(self) -> dict[str, Any]:
        """What tenacity takes."""
        again = tenacity.retry_if_exception(is_transient)
        return {"retry": again, "wait": self.wait, "stop": self.is_over, "reraise": True}

    def give_up(self, error: ccxt.BaseError) -> NoReturn:
        """Raise *error* as it is raised in the end: a fault with its cause in one line, and what is not known."""
        if not is_transient(error) or not (self.seconds or self.in_doubt):
            raise error  # as it came: it must not become its own cause
        doubt = "; the write may or may not have been applied" if self.in_doubt else ""
        text = " ".join(str(error).split())
        waited = f"; no better within {self.seconds:g} s" if self.seconds else ""
        said = type(error)(f"{text[:300]}{'…' if len(text) > 300 else ''}{waited}{doubt}")
        vars(said).update(vars(error))
        raise said from error


WAIT = tenacity.wait_random_exponential(multiplier=0.2, min=0.1, max=2.0)


def as_ccxt(error: Exception) -> ccxt.BaseError:
    """Whatever a call met, as a ccxt error.

    ccxt raises a bare ``ExchangeError`` with a cause where the transport failed in a way it does not sort (a cut
    body under aiohttp, a gateway's own status): that is a network error.
    """
    cause = error.__cause__ or error
    if isinstance(cause, UnicodeEncodeError) or (isinstance(cause, ValueError) and "header" in str(cause).lower()):
        # A header that no client may send, such as a key with a line break; the cause would show the key.
        return ccxt.AuthenticationError(
            "bitget: check apiKey and password for stray characters, no header may carry them"
        )
    if type(error) is ccxt.ExchangeError and (
        isinstance(cause, OSError) or type(cause).__module__ == "aiohttp.client_exceptions"
    ):
        raised: ccxt.BaseError = ccxt.NetworkError(str(error))
    elif isinstance(error, ccxt.BaseError):
        return error
    else:
        raised = ccxt.ExchangeError(f"bitget {type(error).__name__} where a ccxt error was due: {error}")
    raised.__cause__ = error
    return raised
