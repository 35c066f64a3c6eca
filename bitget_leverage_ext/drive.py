"""Runs a flow: a generator that yields calls and receives their answers. Not a word about Bitget.

The same flow runs under :func:`blocking` and :func:`awaiting`; a call is named, never made, by the flow. What a
driver adds is what a flow cannot have: waiting. It paces calls that share a budget, and repeats a call that may be
repeated when the network or the exchange was at fault.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import ccxt
import tenacity

T = TypeVar("T")
Flow = Generator[Any, Any, T]


@dataclass(frozen=True)
class Budget:
    """So many calls in any one second, whatever else is called; a Budget of its own an endpoint."""

    name: str
    calls: int


@dataclass(frozen=True)
class Call:
    """A method of the exchange object to be called.

    :ivar repeat: seconds that faults may be waited out for; 0 where the call must not be repeated
    :ivar check: refuses an answer (by raising) that is none, such as half a body; part of what is repeated
    """

    method: str
    args: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    budget: Budget | None = None
    repeat: float = 0.0
    check: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Together:
    """Flows that do not depend on each other; an awaiting driver runs them at the same time."""

    flows: Sequence[Flow[Any]]


@dataclass
class Pace:
    """When the next call of a budget may go: never more than its calls in any one second, as the exchange counts.

    It counts from when a call arrives, which is not known here, but is no later than its answer; so the place of an
    answered call is moved there, less half of the fastest answer ever seen, which the way itself takes at least (the
    other half may have been spent on either end).
    """

    budget: Budget
    taken: list[float] = field(default_factory=list)
    fastest: float = float("inf")

    # A second, and what two clocks may differ by over a second.
    SECOND = 1.01

    def delay(self, now: float) -> float:
        """Seconds until a call may go; 0 takes the place."""
        self.taken = [at for at in self.taken if at + self.SECOND > now]
        if len(self.taken) >= self.budget.calls:
            return min(self.taken) + self.SECOND - now
        self.taken.append(now)
        return 0.0

    def answered(self, sent: float, now: float) -> None:
        """The call that took the place of *sent* was answered *now*."""
        self.fastest = min(self.fastest, now - sent)
        if sent in self.taken:
            self.taken[self.taken.index(sent)] = now - self.fastest / 2

    def exhausted(self, now: float) -> None:
        """The exchange says that no call is left in the current second: whoever comes next waits it out."""
        self.taken = [at for at in self.taken if at + self.SECOND > now]
        self.taken += [now] * (self.budget.calls - len(self.taken))


def is_transient(error: BaseException) -> bool:
    """Whether another try may go better: the network, a gateway, or too many requests; not a clock that is off.

    An error marked ``final`` is the caller's to see at once.
    """
    if getattr(error, "final", False):
        return False
    if getattr(error, "http_status", 0) >= 500:
        return True
    return isinstance(error, ccxt.OperationFailed) and not isinstance(error, ccxt.InvalidNonce)


class _GiveUp:
    """Too many requests are waited out to the end of *patience*; a fault gets four tries, and always a second one."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.first_fault: float | None = None

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        now = time.monotonic()
        self.first_fault = self.first_fault or now
        error = state.outcome.exception() if state.outcome else None
        crowded = isinstance(error, (ccxt.DDoSProtection, ccxt.RateLimitExceeded))
        late = now - self.first_fault >= self.patience
        return (late and state.attempt_number > 1) or (state.attempt_number >= 4 and not crowded)


_TRANSIENT = tenacity.retry_if_exception(is_transient)
WAIT = tenacity.wait_random_exponential(multiplier=0.2, min=0.1, max=2.0)


def _patience(call: Call) -> dict[str, Any]:
    return {"retry": _TRANSIENT, "wait": WAIT, "stop": _GiveUp(call.repeat), "reraise": True}


def _as_ccxt(error: Exception) -> ccxt.BaseError:
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


def _pace(exchange: Any, call: Call) -> Pace:
    if call.budget is None or not exchange.enableRateLimit:
        return Pace(Budget("unlimited", sys.maxsize))
    paces: dict[str, Pace] = exchange._paces
    return paces.setdefault(call.budget.name, Pace(call.budget))


def _answered(call: Call, answer: Any) -> Any:
    if call.check is not None:
        call.check(answer)
    return answer


def _perform(exchange: Any, call: Call) -> Any:
    pace, sent = _pace(exchange, call), time.monotonic()
    while delay := pace.delay(sent):
        time.sleep(delay)
        sent = time.monotonic()
    try:
        return _answered(call, getattr(exchange, call.method)(*call.args, **call.keywords))
    except Exception as error:
        mapped = _as_ccxt(error)
    finally:
        pace.answered(sent, time.monotonic())
    raise mapped  # outside the except: a context could show what the mapped error keeps to itself


async def _perform_async(exchange: Any, call: Call) -> Any:
    pace, sent = _pace(exchange, call), time.monotonic()
    while delay := pace.delay(sent):
        await asyncio.sleep(delay)
        sent = time.monotonic()
    try:
        return _answered(call, await getattr(exchange, call.method)(*call.args, **call.keywords))
    except Exception as error:
        mapped = _as_ccxt(error)
    finally:
        pace.answered(sent, time.monotonic())
    raise mapped


def _patiently(exchange: Any, call: Call) -> Any:
    faults: list[Exception] = []
    try:
        return _perform(exchange, call)
    except Exception as error:
        if not call.repeat or not is_transient(error):
            raise
        faults.append(error)
    for attempt in tenacity.Retrying(**_patience(call)):
        with attempt:
            if faults:
                raise faults.pop()  # the first try: tenacity is only asked once there is a fault
            return _perform(exchange, call)


async def _patiently_async(exchange: Any, call: Call) -> Any:
    faults: list[Exception] = []
    try:
        return await _perform_async(exchange, call)
    except Exception as error:
        if not call.repeat or not is_transient(error):
            raise
        faults.append(error)
    async for attempt in tenacity.AsyncRetrying(**_patience(call)):
        with attempt:
            if faults:
                raise faults.pop()
            return await _perform_async(exchange, call)


def blocking(exchange: Any, flow: Flow[T]) -> T:
    """Run *flow* to its end with a synchronous exchange object."""
    advance: Callable[[Any], Any] = flow.send
    value: Any = None
    try:
        while True:
            step = advance(value)
            try:
                if isinstance(step, Together):
                    value = [blocking(exchange, part) for part in step.flows]
                else:
                    value = _patiently(exchange, step)
                advance = flow.send
            except Exception as error:
                advance, value = flow.throw, error
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    finally:
        flow.close()


async def awaiting(exchange: Any, flow: Flow[T]) -> T:
    """Run *flow* to its end with an asynchronous exchange object."""
    advance: Callable[[Any], Any] = flow.send
    value: Any = None
    try:
        while True:
            step = advance(value)
            try:
                if isinstance(step, Together):
                    value = await asyncio.gather(*(awaiting(exchange, part) for part in step.flows))
                else:
                    value = await _patiently_async(exchange, step)
                advance = flow.send
            except Exception as error:
                advance, value = flow.throw, error
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    finally:
        flow.close()
