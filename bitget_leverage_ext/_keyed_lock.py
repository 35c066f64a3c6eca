"""Keyed locks, for threads (re-entrant) and for asyncio tasks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

_guard = threading.Lock()


@dataclass
class _Entry:
    lock: Any
    users: int = 0


class Held:
    """A lock that is held; a context manager that releases it."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release = release

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *_: object) -> None:
        self._release()


class KeyedLocks:
    """One lock for each key. An entry exists only while somebody uses it, so an unused object stays small.

    A copy of the object (``copy``, ``pickle``) has locks of its own: locks belong to one exchange object.
    """

    def __init__(self) -> None:
        self._entries: dict[Hashable, _Entry] = {}

    def __reduce__(self) -> tuple[type[KeyedLocks], tuple[()]]:
        return (KeyedLocks, ())

    def acquire(self, key: Hashable, seconds: float) -> Held:
        """Take the lock of *key* for this thread, which may hold it already.

        :raises TimeoutError: another thread holds it for longer than *seconds*
        """
        lock = self._enter(key, threading.RLock)
        taken = False
        try:
            taken = lock.acquire(timeout=max(0.0, seconds))
            if not taken:
                raise TimeoutError
        finally:
            if not taken:
                self._leave(key)
        return Held(lambda: self._release(key, lock))

    async def acquire_async(self, key: Hashable, seconds: float) -> Held:
        """Take the lock of *key* for this task, among the tasks of its event loop.

        :raises TimeoutError: another task holds it for longer than *seconds*
        """
        key = (asyncio.get_running_loop(), key)
        lock = self._enter(key, asyncio.Lock)
        taken = False
        try:
            taken = await (lock.acquire() if not lock.locked() else _wait_for(lock, max(0.0, seconds)))
            if not taken:
                raise TimeoutError
        finally:
            if not taken:
                self._leave(key)
        return Held(lambda: self._release(key, lock))

    def _enter(self, key: Hashable, new: Callable[[], Any]) -> Any:
        with _guard:
            entry = self._entries.setdefault(key, _Entry(new()))
            entry.users += 1
            return entry.lock

    def _leave(self, key: Hashable) -> None:
        with _guard:
            entry = self._entries[key]
            entry.users -= 1
            if not entry.users:
                del self._entries[key]

    def _release(self, key: Hashable, lock: Any) -> None:
        lock.release()
        self._leave(key)


async def _wait_for(lock: asyncio.Lock, seconds: float) -> bool:
    """Return whether *lock* was taken in time. Not ``asyncio.wait_for``: before 3.12 it can swallow a cancellation."""
    waiting = asyncio.ensure_future(lock.acquire())
    taken = False
    try:
        await asyncio.wait({waiting}, timeout=seconds)
        taken = waiting.done()
    finally:
        if not taken and not waiting.cancel():
            lock.release()  # it was taken at the moment in which this task was cancelled
    return taken
