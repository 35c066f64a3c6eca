"""Rate limiting: at most N calls in any one second, per endpoint, as the exchange counts them."""

from __future__ import annotations

import math
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass, field

import ccxt

from ._retry import Deadline
from ._runner import Sleep

_lock = threading.Lock()  # of the module: states must stay copyable, and threads share a window

# Holds when the request under way was begun, on the monotonic clock. The asynchronous clients replace that by the
# moment in which it leaves, which is later where a connection is opened, or where the event loop is busy.
departed: ContextVar[list[float]] = ContextVar("bitget_departed")

# A second, and a margin for the difference of two clocks over a second.
SECOND = 1.005
# What a busy machine adds to a measured round trip, in seconds: that much of it is not taken for the network's.
_OWN_TIME = 0.01
# Where every place belongs to a request without a reply, the window is looked at again after this time, in seconds.
_LOOK_AGAIN = 0.05


@dataclass(frozen=True)
class RateLimit:
    """The calls that an endpoint allows in any one second, whatever else is called."""

    path: str
    calls: int


@dataclass
class Traffic:
    """The windows of all endpoints, and the shortest round trip to the exchange.

    A request is measured if an earlier one of the same object had been answered when it was sent: before that, it may
    have opened a connection, which takes up to three round trips more (TCP and TLS). Of requests that are sent side by
    side, at least one finds the connection of the earlier request, and the shortest counts.
    """

    windows: dict[str, SlidingWindow] = field(default_factory=dict)
    shortest: float | None = None  # seconds

    def window(self, limit: RateLimit) -> SlidingWindow:
        """Return the window of an endpoint."""
        return self.windows.setdefault(limit.path, SlidingWindow(limit, self))


@dataclass
class SlidingWindow:
    """The calls of one endpoint during the last second.

    The exchange counts a call when it arrives. That moment is unknown, but it is at most one way back before the
    reply, and the next call needs one way out. Together these ways take about the shortest round trip. So a place
    is free again one second after its reply, less the shortest round trip.
    """

    limit: RateLimit
    traffic: Traffic
    _free_at: list[float] = field(default_factory=list)  # of calls that have ended, on the monotonic clock
    _in_flight: int = 0

    async def wait_for_place(self, doing: str, deadline: Deadline) -> None:
        """Take a place, as soon as there is one within the deadline."""
        while wait := self.take(time.monotonic()):
            if deadline.seconds and wait >= deadline.left:
                raise ccxt.RequestTimeout(
                    f"bitget {doing}: not sent, no place in the rate limit of {self.limit.calls} requests a second "
                    f"within the deadline of {deadline.seconds:g} s; for many symbols, call set_leverages()"
                )
            await Sleep(wait)

    def take(self, now: float) -> float:
        """Return 0 and take a place, or return the seconds after which to ask again."""
        with _lock:
            while self._free_at and self._free_at[0] <= now:
                self._free_at.pop(0)
            if len(self._free_at) + self._in_flight < self.limit.calls:
                self._in_flight += 1
                return 0.0
            return self._free_at[0] - now if self._free_at else _LOOK_AGAIN

    def on_response(self, sent: float, now: float, measured: bool) -> None:
        """Record that a call which was sent at *sent* has ended; *measured* where its reply shows the round trip."""
        with _lock:
            if measured:
                self.traffic.shortest = min(now - sent, self.traffic.shortest or math.inf)
            shortest = (now - sent) / 4 if self.traffic.shortest is None else self.traffic.shortest
            self._in_flight = max(0, self._in_flight - 1)
            self._free_at = sorted([*self._free_at, now + SECOND - max(0.0, shortest - _OWN_TIME)])

    def on_exhausted(self, now: float) -> None:
        """Record that the exchange reports no calls left in the current second."""
        with _lock:
            taken = sum(free_at > now for free_at in self._free_at) + self._in_flight
            self._free_at = sorted([*self._free_at, *[now + SECOND] * (self.limit.calls - taken)])
