"""Flows and their two runners. A flow is a coroutine without I/O: it awaits steps, and a runner carries them out.

The same flow runs under :func:`run_sync` and :func:`run_async`. To call the exchange, to wait, to lock or to run flows
side by side, a flow awaits one of the four steps below. It must await nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import ccxt

from ._keyed_lock import Held, KeyedLocks
from .errors import raise_as_ccxt
from .http_limits import time_limit

T = TypeVar("T")
Flow = Coroutine[Any, Any, T]


class Step(Generic[T]):
    """An operation that only a runner can carry out. To have it carried out, ``await`` it inside a flow."""

    def __await__(self) -> Generator[Step[T], T, T]:
        return (yield self)

    def run_sync(self) -> T:
        """Carry the step out, blocking."""
        raise NotImplementedError

    async def run_async(self) -> T:
        """Carry the step out in the running event loop."""
        raise NotImplementedError


@dataclass
class ExchangeCall(Step[Any]):
    """Call a method of the exchange object, which blocks (synchronous client) or returns an awaitable.

    :ivar seconds: give up after so many seconds; None leaves that to ccxt's own timeout
    :raises ccxt.RequestTimeout: there is no answer by then
    """

    method: Callable[..., Any]
    args: Sequence[Any] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None

    def run_sync(self) -> Any:
        if self.seconds is None:
            return self.method(*self.args, **self.keywords)
        with set_inside(time_limit, self.seconds):
            return self.method(*self.args, **self.keywords)

    async def run_async(self) -> Any:
        if self.seconds is None:
            return await self.method(*self.args, **self.keywords)
        call = asyncio.ensure_future(self.method(*self.args, **self.keywords))
        try:
            await asyncio.wait({call}, timeout=self.seconds)
            if not call.done():
                raise ccxt.RequestTimeout(f"bitget: no answer within {self.seconds:.1f} s")
            return call.result()
        finally:
            call.cancel()


@dataclass
class Sleep(Step[None]):
    """Wait, in seconds."""

    seconds: float

    def run_sync(self) -> None:
        time.sleep(self.seconds)

    async def run_async(self) -> None:
        await asyncio.sleep(self.seconds)


@dataclass
class Exclusive(Step[Held]):
    """Take the lock of a key for a ``with`` block, waiting *seconds* at most.

    Locks are taken in one order, contract before settings, and never twice by one flow: asyncio's are not re-entrant.

    :raises TimeoutError: another flow holds the lock for longer
    """

    locks: KeyedLocks
    key: Hashable
    seconds: float

    def run_sync(self) -> Held:
        return self.locks.acquire(self.key, self.seconds)  # type: ignore[no-any-return]

    async def run_async(self) -> Held:
        return await self.locks.acquire(self.key, self.seconds)  # type: ignore[no-any-return]


@dataclass
class Gather(Step[list[Any]]):
    """Run independent flows: up to *limit* at the same time in an event loop, one after the other in a thread.

    A pool of threads is no alternative: ccxt's synchronous object is not thread-safe.
    """

    flows: Sequence[Flow[Any]]
    limit: int

    def run_sync(self) -> list[Any]:
        try:
            return [run_sync(flow) for flow in self.flows]
        finally:
            _close(self.flows)

    async def run_async(self) -> list[Any]:
        places = asyncio.Semaphore(self.limit)

        async def run(flow: Flow[Any]) -> Any:
            async with places:
                return await run_async(flow)

        tasks = [asyncio.ensure_future(run(flow)) for flow in self.flows]
        try:
            return await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        finally:
            _close(self.flows)


@contextmanager
def set_inside(variable: ContextVar[Any], value: object) -> Iterator[None]:
    """Set a context variable for a ``with`` block."""
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def _close(flows: Sequence[Flow[Any]]) -> None:
    for flow in flows:
        flow.close()


def run_sync(flow: Flow[T], only_ccxt: bool = True) -> T:
    """Run *flow* to its end, blocking.

    :param only_ccxt: raise every error that leaves the flow as a ccxt error; False for a flow around a method of ccxt,
        which may raise what it likes
    """
    resume: Callable[[Any], Any] = flow.send
    value: Any = None
    try:
        while True:
            step = resume(value)
            if not isinstance(step, Step):
                raise _not_a_step(step)
            try:
                value, resume = step.run_sync(), flow.send
            except BaseException as error:
                value, resume = error, flow.throw
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except Exception as error:
        raise_as_ccxt(error, only_ccxt)
    finally:
        flow.close()


async def run_async(flow: Flow[T], only_ccxt: bool = True) -> T:
    """Run *flow* to its end in the running event loop; see :func:`run_sync`."""
    resume: Callable[[Any], Any] = flow.send
    value: Any = None
    try:
        while True:
            step = resume(value)
            if not isinstance(step, Step):
                raise _not_a_step(step)
            try:
                value, resume = await step.run_async(), flow.send
            except BaseException as error:
                value, resume = error, flow.throw
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except Exception as error:
        raise_as_ccxt(error, only_ccxt)
    finally:
        flow.close()


def _not_a_step(step: object) -> TypeError:
    return TypeError(f"a flow awaited {type(step).__name__}; it may await steps only: ExchangeCall, Sleep, …")
