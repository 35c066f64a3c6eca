"""HTTP limits under a library whose parts have moved: one warning, and requests go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import urllib3
from clients import CLIENTS, Client
from hostile_server import HostileServer, always, answer

from bitget_leverage_ext import http_limits, http_limits_async


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """The warnings and errors of a test, in which a missing limit is reported anew."""
    http_limits.warn_once.cache_clear()
    yield lambda: [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    http_limits.warn_once.cache_clear()


@pytest.mark.parametrize("kind", list(CLIENTS))
def test_another_kind_of_session(kind: str, warnings: Any) -> None:
    """A ccxt that makes another kind of session is used without the limits, with one warning."""
    for _ in range(2):
        if kind == "sync":
            http_limits.install(object())
        else:
            other = object()
            assert http_limits_async.bounded(other) is other
    assert ["sends requests with something else" in text for text in warnings()] == [True]


def test_a_requests_that_is_too_old(warnings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A requests without the hook for the pool of a request is used, with one warning."""
    monkeypatch.delattr(requests.adapters.HTTPAdapter, "get_connection_with_tls_context")
    http_limits.install(requests.Session())
    http_limits.install(requests.Session())
    assert ["older than 2.32.2" in text for text in warnings()] == [True]


def test_a_closed_session_gives_up_its_pool() -> None:
    """An older urllib3 refuses requests through a closed pool; a newer one would keep its connections open."""
    adapter, request = http_limits.BoundedAdapter(), requests.Request("GET", "http://127.0.0.1/").prepare()
    first, second = (adapter.get_connection_with_tls_context(request, True) for _ in range(2))
    adapter.close()
    assert first is second is not adapter.get_connection_with_tls_context(request, True)


def test_urllib3_with_other_connections(warnings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A urllib3 that makes its connections another way is used, with one warning."""
    monkeypatch.setattr(http_limits, "_timed_connection", lambda connection: connection)
    with HostileServer(always(answer({"serverTime": "1700000000000"}))) as server:
        client = Client("sync", {"timeout": 20_000})
        client.exchange.urls["api"] = {name: server.url for name in client.exchange.urls["api"] if name != "demo"}
        monkeypatch.setattr(
            urllib3.connectionpool.HTTPConnectionPool, "ConnectionCls", urllib3.connection.HTTPConnection
        )
        client.fetch_time()
        client.fetch_time()
    assert ["connections" in text for text in warnings()] == [True]
