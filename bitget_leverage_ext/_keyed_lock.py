"""Keyed locks, for threads (re-entrant) and for asyncio tasks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

_guard = threading.Lock()


@dataclass
class Held:
    """A lock, how many use it, and under which key; a context manager that releases it."""

    entries: dict[Hashable, Held]
    key: Hashable
    lock: Any
    users: int = 1

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *_: object) -> None:
        self.lock.release()
        self.leave()

    def leave(self) -> None:
        """Use the lock no more; nobody's lock is forgotten."""
        with _guard:
            self.users -= 1
            if not self.users:
                del self.entries[self.key]


class KeyedLocks(ABC):
    """One lock for each key. An entry exists only while somebody uses it, so an unused object stays small.

    A copy of the object (``copy``, ``pickle``) has locks of its own: locks belong to one exchange object.
    """

    def __init__(self) -> None:
        self._entries: dict[Hashable, Held] = {}

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

    def _add(self, key: Hashable, taken: Any) -> Held | None:
        with _guard:
            if key in self._entries:
                return None
            held = self._entries[key] = Held(self._entries, key, taken)
            return held

    def _enter(self, key: Hashable, new: Callable[[], Any]) -> Held:
        with _guard:
            held = self._entries.get(key)
            if held is None:
                held = self._entries[key] = Held(self._entries, key, new(), 0)
            held.users += 1
            return held


class ThreadLocks(KeyedLocks):
    """Locks for threads. A thread may take a lock again that it holds."""

    def take_unused(self, key: Hashable) -> Held | None:
        lock = threading.RLock()
        lock.acquire()
        return self._add(key, lock)

    def acquire(self, key: Hashable, seconds: float) -> Held:
        held = self._enter(key, threading.RLock)
        taken = False
        try:
            taken = held.lock.acquire(timeout=max(0.0, seconds))
            if not taken:
                raise TimeoutError
        finally:
            if not taken:
                held.leave()
        return held


class TaskLocks(KeyedLocks):
    """Locks for the tasks of an event loop."""

    def take_unused(self, key: Hashable) -> Held | None:
        lock = asyncio.Lock()
        with contextlib.suppress(StopIteration):
            lock.acquire().send(None)  # taking a new lock ends at once
        return self._add((asyncio.get_running_loop(), key), lock)

    async def acquire(self, key: Hashable, seconds: float) -> Held:
        held = self._enter((asyncio.get_running_loop(), key), asyncio.Lock)
        lock, taken = held.lock, False
        try:
            taken = await (lock.acquire() if held.users == 1 else _wait_for(lock, max(0.0, seconds)))
            if not taken:
                raise TimeoutError
        finally:
            if not taken:
                held.leave()
        return held


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
