"""How many calls a second: counted by the calendar second or over the last thousand milliseconds."""

from __future__ import annotations

from collections import deque
from typing import Literal

# Which of the two Bitget counts by is not documented.
# https://www.bitget.com/api-doc/common/intro
RateLimit = Literal["fixed", "sliding"]


class Windows:
    def __init__(self) -> None:
        self._calls: dict[tuple[str, str, str], deque[int]] = {}

    def take(self, key: tuple[str, str, str], per_second: int, now: int, kind: RateLimit) -> int | None:
        """Count one call and return how many are left, or `None` when there was none left; that one is not counted."""
        calls = self._calls.setdefault(key, deque())
        start = now - now % 1000 if kind == "fixed" else now - 999
        while calls and calls[0] < start:
            calls.popleft()
        if len(calls) >= per_second:
            return None
        calls.append(now)
        return per_second - len(calls)
