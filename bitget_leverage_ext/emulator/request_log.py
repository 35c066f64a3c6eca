"""The log of requests, bounded in number and in bytes. It never holds a key, a signature or a passphrase."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

MOST_REQUESTS = 100_000
MOST_BYTES = 64 * 1024 * 1024
# bounds of a request without a known key: the length of each name and value, and the number of them
_UNSIGNED_TEXT = 200
_UNSIGNED_ENTRIES = 50


@dataclass
class Request:
    """A request that arrived. The body is kept only where a known key was used."""

    method: str
    path: str
    query: dict[str, str]
    # an object or, for some batches, a list of them
    body: Any
    headers: dict[str, str]
    # the label of the account whose key was used
    key: str | None = None
    # the reply's; None where the connection was closed instead
    status: int | None = None
    code: str | None = None


def unsigned(method: str, path: str, query: dict[str, str], headers: dict[str, str]) -> Request:
    """Return as much of a request without a known key as is kept."""
    return Request(method, path[:_UNSIGNED_TEXT], _cut(query), None, _cut(headers))


def _cut(texts: dict[str, str]) -> dict[str, str]:
    kept = list(texts.items())[:_UNSIGNED_ENTRIES]
    return {name[:_UNSIGNED_TEXT]: value[:_UNSIGNED_TEXT] for name, value in kept}


class Requests:
    """The latest requests, numbered from 0 since the beginning."""

    def __init__(self, most_requests: int = MOST_REQUESTS, most_bytes: int = MOST_BYTES) -> None:
        self._most_requests, self._most_bytes = most_requests, most_bytes
        self._lock = threading.Lock()
        self._kept: deque[tuple[Request, int]] = deque()
        self._bytes = 0
        self._arrived = 0

    def add(self, request: Request, size: int) -> None:
        """Keep a request of `size` bytes, and drop the oldest ones that are over the bounds."""
        with self._lock:
            self._kept.append((request, size))
            self._bytes += size
            self._arrived += 1
            while len(self._kept) > self._most_requests or (self._bytes > self._most_bytes and len(self._kept) > 1):
                self._bytes -= self._kept.popleft()[1]

    def all(self) -> list[Request]:
        with self._lock:
            return [request for request, _ in self._kept]

    def since(self, number: int) -> list[tuple[int, Request]]:
        """Return the kept requests from `number` on, each with its number."""
        with self._lock:
            first = self._arrived - len(self._kept)
            return [(place, each) for place, (each, _) in enumerate(self._kept, first) if place >= number]

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0
