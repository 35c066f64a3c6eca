"""Who must not run beside each other takes turns; threads, or the tasks of an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

_lock = threading.Lock()


@dataclass
class Turn:
    """Who holds the lock runs, so many want to. It is there only while somebody does: an object must stay copyable."""

    lock: Any
    wanted: int = 0


Turns = dict[Hashable, Turn]


@contextmanager
def _wanted(turns: Turns, key: Hashable, lock: Callable[[], Any]) -> Iterator[Any]:
    with _lock:
        turn = turns.setdefault(key, Turn(lock()))
        turn.wanted += 1
    try:
        yield turn.lock
    finally:
        with _lock:
            turn.wanted -= 1
            if not turn.wanted:
                del turns[key]


@contextmanager
def taken(turns: Turns, key: Hashable) -> Iterator[None]:
    """The turn of this thread, which may have it already."""
    with _wanted(turns, key, threading.RLock) as lock, lock:
        yield


@asynccontextmanager
async def taken_async(turns: Turns, key: Hashable) -> AsyncIterator[None]:
    """The turn of this task, among those of its event loop, to which its lock belongs."""
    with _wanted(turns, (asyncio.get_running_loop(), key), asyncio.Lock) as lock:
        async with lock:
            yield
