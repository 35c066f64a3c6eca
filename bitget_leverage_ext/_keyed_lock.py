"""Keyed locks, for threads (re-entrant) and for asyncio tasks."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any, NamedTuple


class Held(NamedTuple):
    """A lock that is held; a context manager that releases it."""

    lock: Any

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *_: object) -> None:
        self.lock.release()


class KeyedLocks(ABC):
    """One lock for each key. A copy of the object (``copy``, ``pickle``) has locks of its own."""

    def __reduce__(self) -> tuple[type[KeyedLocks], tuple[()]]:
        return (type(self), ())

    @abstractmethod
    def take_unused(self, key: Hashable) -> Held | None:
        """Take the lock of *key* if nobody uses it, which needs no waiting; else return None."""

    @abstractmethod
    def acquire(self, key: Hashable, seconds: float) -> Any:
        """Take the lock of *key*; return the held lock, or an awaitable of it.

        :raises TimeoutError: somebody else holds it for longer than *seconds*
        """


class ThreadLocks(KeyedLocks):
    """Locks for threads. A thread may take a lock again that it holds."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, Any] = {}

    def take_unused(self, key: Hashable) -> Held | None:
        lock = self._locks.setdefault(key, threading.RLock())
        return Held(lock) if lock.acquire(blocking=False) else None

    def acquire(self, key: Hashable, seconds: float) -> Held:
        lock = self._locks.setdefault(key, threading.RLock())
        if not lock.acquire(timeout=seconds):
            raise TimeoutError
        return Held(lock)


class TaskLocks(KeyedLocks):
    """Locks for the tasks of an event loop; each loop has its own."""

    def __init__(self) -> None:
        self._locks: dict[asyncio.AbstractEventLoop, dict[Hashable, asyncio.Lock]] = {}

    def _lock(self, key: Hashable) -> asyncio.Lock:
        loop = asyncio.get_running_loop()
        if loop not in self._locks:
            running = {each: locks for each, locks in self._locks.items() if not each.is_closed()}
            self._locks = {**running, loop: {}}
        return self._locks[loop].setdefault(key, asyncio.Lock())

    def take_unused(self, key: Hashable) -> Held | None:
        lock = self._lock(key)
        taking = lock.acquire()
        try:
            taking.send(None)
        except StopIteration:  # taking a lock that nobody uses ends at once
            return Held(lock)
        taking.close()
        return None

    async def acquire(self, key: Hashable, seconds: float) -> Held:
        lock = self._lock(key)
        if not await _wait_for(lock, seconds):
            raise TimeoutError
        return Held(lock)


async def _wait_for(lock: asyncio.Lock, seconds: float) -> bool:
    """Return whether *lock* was taken in time. Not ``asyncio.wait_for``: before 3.12 it can swallow a cancellation."""
    waiting = asyncio.ensure_future(lock.acquire())
    taken = False
    try:
        await asyncio.wait({waiting}, timeout=seconds)
        taken = waiting.done() and not waiting.cancelled()
    finally:
        if not taken and not waiting.cancel() and not waiting.cancelled():
            lock.release()  # it was taken at the moment in which this task was cancelled
    return taken
