"""Keyed locks, for threads (re-entrant) and for asyncio tasks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

_guard = threading.Lock()


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
    """Locks for the tasks of an event loop; each loop has its own. A lock that nobody uses is forgotten."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def _lock(self, entry: Hashable) -> asyncio.Lock:
        with _guard:  # a program may have an event loop in each of two threads
            return self._locks.setdefault(entry, asyncio.Lock())

    def take_unused(self, key: Hashable) -> Held | None:
        entry = (asyncio.get_running_loop(), key)
        if entry in self._locks:
            return None
        lock = self._lock(entry)
        with contextlib.suppress(StopIteration):
            lock.acquire().send(None)  # taking a new lock ends at once
        return Held(lock)

    async def acquire(self, key: Hashable, seconds: float) -> Held:
        lock = self._lock((asyncio.get_running_loop(), key))
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
