"""A clock of the tests: sleeping moves it and takes no time."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

# November 2026, when the delivery contracts of the emulator are still listed
EPOCH = 1_795_000_000
# No scenario needs an hour: code that waits longer never ends.
LONGEST = 3_600


class Hang(BaseException):
    """Code that never ends. It is no `Exception`, so that nothing under test can swallow it."""


class Clock:
    """Monotonic seconds in `now`; `installed` puts the clock in the place of the functions of `time`."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)
        if self.now > 1_000 + LONGEST:
            raise Hang(f"waited for more than {LONGEST} s")

    def milliseconds(self) -> int:
        return int((EPOCH + self.now) * 1000)

    @contextmanager
    def installed(self) -> Iterator[None]:
        replaced: dict[str, Any] = {
            "sleep": self.sleep,
            "monotonic": lambda: self.now,
            "time": lambda: EPOCH + self.now,
        }
        with mock.patch.multiple(time, **replaced):
            yield

    def event_loop(self) -> asyncio.AbstractEventLoop:
        """Return an event loop that moves this clock where it would wait."""
        return asyncio.SelectorEventLoop(_Selector(self))


class _Selector(selectors.DefaultSelector):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise Hang("every task waits for another one")
        if not ready and timeout:
            self._clock.sleep(timeout)
        return ready
