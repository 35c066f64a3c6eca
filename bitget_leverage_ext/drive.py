"""Runs a flow: a generator that yields steps and receives their outcomes. Not a word about Bitget.

The same flow runs under :func:`blocking` and :func:`awaiting`; a call is named, never made, by the flow. What a
driver adds is what a flow cannot have: waiting. It paces calls that share a budget, repeats a call that may be
repeated when the network or the exchange was at fault, and lets callers share a read that is under way.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import ccxt
import tenacity

from .faults import Patience, as_ccxt, is_transient
from .pacing import UNLIMITED, Budget, Pace
from .turns import taken, taken_async

T = TypeVar("T")
Flow = Generator[Any, Any, T]


@dataclass(frozen=True)
class Call:
    """A method of the exchange object to be called.

    :ivar repeat: seconds that faults may be waited out for; 0 where the call must not be repeated
    :ivar check: refuses an answer (by raising) that is none, such as half a body; part of what is repeated
    :ivar write: whether it changes the account, so that a read under way is no longer to be shared
    :ivar unanswered: called when a try failed, or was cut short, in a way that leaves open whether it was carried out
    """

    method: str
    args: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    budget: Budget | None = None
    repeat: float = 0.0
    check: Callable[[Any], Any] | None = None
    write: bool = False
    unanswered: Callable[[], object] | None = None


@dataclass(frozen=True)
class Together:
    """Flows that do not depend on each other; an awaiting driver runs up to *abreast* of them at the same time."""

    flows: Sequence[Flow[Any]]
    abreast: int


@dataclass(frozen=True)
class Shared:
    """A flow that only reads: who asks for the same *key* while it is under way waits for it, and has its outcome."""

    key: Hashable
    flow: Callable[[], Flow[Any]]


@dataclass(frozen=True)
class Alone:
    """A flow that must not run beside another of the same *key*: the two take turns."""

    key: Hashable
    flow: Callable[[], Flow[Any]]


@dataclass(frozen=True)
class Pause:
    """A wait, in seconds."""

    seconds: float


# --- one call --------------------------------------------------------------------------------------------------


def _pace(exchange: Any, call: Call) -> Pace:
    if call.budget is None or not exchange.enableRateLimit:
        return UNLIMITED
    paces: dict[str, Pace] = exchange._paces
    return paces.setdefault(call.budget.name, Pace(call.budget))


def _answered(exchange: Any, call: Call, answer: Any) -> Any:
    _outdate(exchange, call)
    if call.check is not None:
        call.check(answer)
    return answer


def _outdate(exchange: Any, call: Call) -> None:
    if call.write:
        exchange._flights.clear()  # what they have seen is about to be out of date, or has just become so


def _perform(exchange: Any, call: Call) -> Any:
    _outdate(exchange, call)
    pace, sent = _pace(exchange, call), time.monotonic()
    while delay := pace.delay(sent):
        time.sleep(delay)
        sent = time.monotonic()
    try:
        return _answered(exchange, call, getattr(exchange, call.method)(*call.args, **call.keywords))
    except Exception as error:
        mapped = as_ccxt(error)
    except BaseException:  # cancelled, or interrupted: the request is on its way
        if call.unanswered is not None:
            call.unanswered()
        raise
    finally:
        pace.answered(sent, time.monotonic())
    raise mapped  # outside the except: a context could show what the mapped error keeps to itself


async def _perform_async(exchange: Any, call: Call) -> Any:
    _outdate(exchange, call)
    pace, sent = _pace(exchange, call), time.monotonic()
    while delay := pace.delay(sent):
        await asyncio.sleep(delay)
        sent = time.monotonic()
    try:
        return _answered(exchange, call, await getattr(exchange, call.method)(*call.args, **call.keywords))
    except Exception as error:
        mapped = as_ccxt(error)
    except BaseException:  # cancelled, or interrupted: the request is on its way
        if call.unanswered is not None:
            call.unanswered()
        raise
    finally:
        pace.answered(sent, time.monotonic())
    raise mapped


def _patiently(exchange: Any, call: Call) -> Any:
    patience = Patience(call.repeat, call.write, call.unanswered)
    try:
        return _perform(exchange, call)  # tenacity is asked only once there is a fault
    except ccxt.BaseError as error:
        patience.met(error)
        faults = [error]
        if not call.repeat or not is_transient(error):
            patience.give_up(error)
    try:
        for attempt in tenacity.Retrying(**patience.settings()):
            with attempt:
                if faults:
                    raise faults.pop()
                try:
                    return _perform(exchange, call)
                except ccxt.BaseError as error:
                    patience.met(error)
                    raise
    except ccxt.BaseError as error:
        patience.give_up(error)


async def _patiently_async(exchange: Any, call: Call) -> Any:
    patience = Patience(call.repeat, call.write, call.unanswered)
    try:
        return await _perform_async(exchange, call)
    except ccxt.BaseError as error:
        patience.met(error)
        faults = [error]
        if not call.repeat or not is_transient(error):
            patience.give_up(error)
    try:
        async for attempt in tenacity.AsyncRetrying(**patience.settings()):
            with attempt:
                if faults:
                    raise faults.pop()
                try:
                    return await _perform_async(exchange, call)
                except ccxt.BaseError as error:
                    patience.met(error)
                    raise
    except ccxt.BaseError as error:
        patience.give_up(error)


# --- a read that is under way ----------------------------------------------------------------------------------

_lock = threading.Lock()  # of the module: an exchange object must stay copyable


def _share(exchange: Any, shared: Shared) -> Any:
    mine: Future[Any] = Future()
    with _lock:
        flight: Future[Any] = exchange._flights.setdefault(shared.key, mine)
    if flight is not mine:
        return flight.result()
    try:
        mine.set_result(blocking(exchange, shared.flow()))
    except BaseException as error:
        mine.set_exception(error if isinstance(error, Exception) else ccxt.NetworkError("bitget: a read was cut short"))
        raise
    finally:
        with _lock:
            if exchange._flights.get(shared.key) is mine:
                del exchange._flights[shared.key]
    return mine.result()


@dataclass
class _Flight:
    """A read under way in an event loop, and how many wait for it; the last to lose interest ends it."""

    task: asyncio.Task[Any]
    waiting: int = 0


async def _share_async(exchange: Any, shared: Shared) -> Any:
    flights: dict[Hashable, _Flight] = exchange._flights
    flight = flights.get(shared.key)
    if flight is None or flight.task.done() or flight.task.get_loop() is not asyncio.get_running_loop():
        flight = flights[shared.key] = _Flight(asyncio.ensure_future(awaiting(exchange, shared.flow())))
    flight.waiting += 1
    try:
        return await asyncio.shield(flight.task)
    finally:
        flight.waiting -= 1
        if not flight.waiting:
            flight.task.cancel()
            if flights.get(shared.key) is flight:
                del flights[shared.key]


# --- the two drivers -------------------------------------------------------------------------------------------


def _step(exchange: Any, step: Any) -> Any:
    if isinstance(step, Together):
        return [blocking(exchange, part) for part in step.flows]
    if isinstance(step, Shared):
        return _share(exchange, step)
    if isinstance(step, Alone):
        with taken(exchange._turns, step.key):
            return blocking(exchange, step.flow())
    if isinstance(step, Pause):
        return time.sleep(step.seconds)
    return _patiently(exchange, step)


async def _step_async(exchange: Any, step: Any) -> Any:
    if isinstance(step, Together):
        return await _abreast(exchange, step)
    if isinstance(step, Shared):
        return await _share_async(exchange, step)
    if isinstance(step, Alone):
        async with taken_async(exchange._turns, step.key):
            return await awaiting(exchange, step.flow())
    if isinstance(step, Pause):
        return await asyncio.sleep(step.seconds)
    return await _patiently_async(exchange, step)


async def _abreast(exchange: Any, together: Together) -> list[Any]:
    places = asyncio.Semaphore(together.abreast)

    async def run(part: Flow[Any]) -> Any:
        async with places:
            return await awaiting(exchange, part)

    tasks = [asyncio.ensure_future(run(part)) for part in together.flows]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:  # the outcome is settled: what is still to be asked is not asked
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def blocking(exchange: Any, flow: Flow[T]) -> T:
    """Run *flow* to its end with a synchronous exchange object."""
    advance: Callable[[Any], Any] = flow.send
    value: Any = None
    try:
        while True:
            step = advance(value)
            try:
                value = _step(exchange, step)
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
                value = await _step_async(exchange, step)
                advance = flow.send
            except Exception as error:
                advance, value = flow.throw, error
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    finally:
        flow.close()
