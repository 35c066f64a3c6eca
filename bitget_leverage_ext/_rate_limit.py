"""Rate limiting: at most N calls in any one second, per endpoint, as the exchange counts them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

_lock = threading.Lock()  # of the module: states must stay copyable, and threads share a window

# A second, and a margin for the difference of two clocks over a second.
SECOND = 1.01
# What a busy machine adds to a measured round trip, in seconds: that much of it is not taken for the network's.
_OWN_TIME = 0.025
# Where every place belongs to a request without a reply, the window is looked at again after this time, in seconds.
_LOOK_AGAIN = 0.05


@dataclass(frozen=True)
class RateLimit:
    """The calls that an endpoint allows in any one second, whatever else is called."""

    path: str
    calls: int


@dataclass
class SlidingWindow:
    """The calls of one endpoint during the last second.

    The exchange counts a call when it arrives. That moment is unknown, but it is at most one way back before the
    reply, and the next call needs one way out. Together these ways take the shortest round trip at least. So a place
    is free again one second after its reply, less the shortest round trip.

    :ivar round_trips: the two shortest round trips to the exchange, in seconds, of all endpoints; one alone is not
        used, because its connection may have been opened for it
    """

    limit: RateLimit
    round_trips: list[float]
    _free_at: list[float] = field(default_factory=list)  # of calls that have ended, on the monotonic clock
    _in_flight: int = 0

    def take(self, now: float) -> float:
        """Return 0 and take a place, or return the seconds after which to ask again."""
        with _lock:
            while self._free_at and self._free_at[0] <= now:
                self._free_at.pop(0)
            if len(self._free_at) + self._in_flight < self.limit.calls:
                self._in_flight += 1
                return 0.0
            return self._free_at[0] - now if self._free_at else _LOOK_AGAIN

    def on_response(self, sent: float, now: float, answered: bool) -> None:
        """Record that a call which was sent at *sent* has ended; *answered* where it had a reply."""
        with _lock:
            if answered:
                self.round_trips[:] = sorted([*self.round_trips, now - sent])[:2]
            shortest = self.round_trips[0] if len(self.round_trips) > 1 else 0.0
            self._in_flight = max(0, self._in_flight - 1)
            self._free_at = sorted([*self._free_at, now + SECOND - max(0.0, shortest - _OWN_TIME)])

    def on_exhausted(self, now: float) -> None:
        """Record that the exchange reports no calls left in the current second."""
        with _lock:
            missing = self.limit.calls - len(self._free_at) - self._in_flight
            self._free_at = sorted([*self._free_at, *[now + SECOND] * missing])
