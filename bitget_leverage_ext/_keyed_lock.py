"""Keyed locks, for threads (re-entrant) and for asyncio tasks."""

from __future__ import annotations

import asyncio
import threading
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
    users: int = 0

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


class KeyedLocks:
    """One lock for each key. An entry exists only while somebody uses it, so an unused object stays small.

    A copy of the object (``copy``, ``pickle``) has locks of its own: locks belong to one exchange object.
    """

    def __init__(self) -> None:
        self._entries: dict[Hashable, Held] = {}

    def __reduce__(self) -> tuple[type[KeyedLocks], tuple[()]]:
        return (KeyedLocks, ())

    def acquire(self, key: Hashable, seconds: float) -> Held:
        """Take the lock of *key* for this thread, which may hold it already.

        :raises TimeoutError: another thread holds it for longer than *seconds*
        """
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

    async def acquire_async(self, key: Hashable, seconds: float) -> Held:
        """Take the lock of *key* for this task, among the tasks of its event loop.

        :raises TimeoutError: another task holds it for longer than *seconds*
        """
        held = self._enter((asyncio.get_running_loop(), key), asyncio.Lock)
        lock, taken = held.lock, False
        try:
            taken = await (lock.acquire() if not lock.locked() else _wait_for(lock, max(0.0, seconds)))
            if not taken:
                raise TimeoutError
        finally:
            if not taken:
                held.leave()
        return held

    def _enter(self, key: Hashable, new: Callable[[], Any]) -> Held:
        with _guard:
            held = self._entries.get(key)
            if held is None:
                held = self._entries[key] = Held(self._entries, key, new())
            held.users += 1
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
