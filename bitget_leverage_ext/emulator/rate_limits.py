"""The exchange's rate limits: so many calls in a calendar second, or in any thousand milliseconds."""

from __future__ import annotations

import threading
from collections import deque
from typing import Literal

# Which of the two Bitget counts by is not documented.
# https://www.bitget.com/api-doc/common/intro
RateLimitWindow = Literal["fixed", "sliding"]


class RateLimiter:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[tuple[str, str, str], deque[int]] = {}

    def take(self, key: tuple[str, str, str], per_second: int, now: int, kind: RateLimitWindow) -> int | None:
        """Count one call and return how many are left. `None`: none was left, and this one is not counted."""
        with self._lock:
            calls = self._calls.setdefault(key, deque())
            start = now - now % 1000 if kind == "fixed" else now - 999
            while calls and calls[0] < start:
                calls.popleft()
            if len(calls) >= per_second:
                return None
            calls.append(now)
            return per_second - len(calls)
