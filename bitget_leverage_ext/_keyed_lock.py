"""Keyed locks, for threads (re-entrant) and for asyncio tasks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
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
    """One lock for each key. A lock that nobody uses is forgotten, so an unused object stays small.

    A copy of the object (``copy``, ``pickle``) has locks of its own: locks belong to one exchange object.
    """

    def __init__(self) -> None:
        self._entries: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()

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

    def _lock(self, key: Hashable, new: Callable[[], Any]) -> Any:
        with _guard:
            return self._entries.setdefault(key, new())


class ThreadLocks(KeyedLocks):
    """Locks for threads. A thread may take a lock again that it holds."""

    def take_unused(self, key: Hashable) -> Held | None:
        lock = self._lock(key, threading.RLock)
        return Held(lock) if lock.acquire(blocking=False) else None

    def acquire(self, key: Hashable, seconds: float) -> Held:
        lock = self._lock(key, threading.RLock)
        if not lock.acquire(timeout=seconds):
            raise TimeoutError
        return Held(lock)


class TaskLocks(KeyedLocks):
    """Locks for the tasks of an event loop."""

    def take_unused(self, key: Hashable) -> Held | None:
        entry = (asyncio.get_running_loop(), key)
        if entry in self._entries:
            return None
        lock = self._lock(entry, asyncio.Lock)
        with contextlib.suppress(StopIteration):
            lock.acquire().send(None)  # taking a new lock ends at once
        return Held(lock)

    async def acquire(self, key: Hashable, seconds: float) -> Held:
        lock = self._lock((asyncio.get_running_loop(), key), asyncio.Lock)
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
