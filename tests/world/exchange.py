"""An emulated account and the exchange objects that reach it in process, through a replaced `fetch` of ccxt."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import math
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import ccxt
import ccxt.async_support
import requests

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Emulator, Fault, Quirks
from bitget_leverage_ext.http_limits import time_limit

from .clock import Clock, Hang

SYMBOL, PRODUCT = "BTC/USDT:USDT", "USDT-FUTURES"
CLIENTS = {
    "sync": lambda: bitget_leverage_ext.bitget,
    "async": lambda: bitget_leverage_ext.async_support.bitget,
    "pro": lambda: bitget_leverage_ext.pro.bitget,
}
# More requests than any call needs.
MOST_REQUESTS = 2_000
# The package keeps what was asked for by key: no two worlds have the same.
KEYS = itertools.count()
KEPT = ("BTC", "ETH", "XRP", "FTT", "USD", "SAN", "SBT")
MARKETS = ("markets", "markets_by_id", "symbols", "ids", "currencies", "currencies_by_id", "codes")

# What a connection does instead of carrying the request, and what it does with the answer.
NEVER_SENT = ("refused", "unknown host", "reset", "timeout", "429", "502", "503 page")
ANSWER_LOST = ("lost", "late answer", "empty", "text", "cut")
# What the emulator itself does in the place of the action.
ACTING = ("refuse", "lie", "stale", "other_mode", "leverages")


@dataclass
class Sent:
    """A request that an exchange object under test has made."""

    method: str
    path: str
    params: Any
    at: float
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_private(self) -> bool:
        return not any(part in self.path for part in ("/market/", "/public/", "/margin/currencies"))


@dataclass
class Trouble:
    """Something that goes wrong at the next requests whose path contains `path`."""

    kind: str
    path: str
    times: int
    after: int
    detail: dict[str, Any]


class World:
    """One account of Bitget, and the connections to it.

    :param client: `"sync"`, `"async"` or `"pro"`, the class of the objects that `connect` makes
    :param account: `unified`, `hedge` and `isolated`, each True or False: how the account stands at the beginning
    :param quirks: of the emulator
    """

    NetworkError = ccxt.NetworkError

    def __init__(
        self, client: str = "sync", *, unified: bool = False, hedge: bool = False, isolated: bool = False,
        latency: float = 0.0, rate_limit: Any = False, **quirks: Any,
    ) -> None:  # fmt: skip
        self.client, self.clock, self.latency = client, Clock(), latency
        self.emulator = Emulator(
            quirks_of(**quirks), rate_limit, clock=self.milliseconds, unified=unified,
            position_mode="hedge" if hedge else "one-way", margin_mode="isolated" if isolated else "cross",
        )  # fmt: skip
        self.account = self.emulator.account
        self.log: list[Sent] = []
        self.late: list[functools.partial[Any]] = []
        self.troubles: list[Trouble] = []
        self.replies: dict[str, Any] = {}
        self.key = next(KEYS)
        self.loop = None if client == "sync" else self.clock.event_loop()

    def milliseconds(self) -> int:
        return self.clock.milliseconds()

    @contextmanager
    def running(self) -> Iterator[World]:
        # the `fetch` of ccxt's base classes: whatever bitget's own class does around it stays in play
        sync = mock.patch.object(ccxt.Exchange, "fetch", lambda *args: self._fetch(*args))
        tasks = mock.patch.object(ccxt.async_support.Exchange, "fetch", lambda *args: self._fetch_async(*args))
        with self.clock.installed(), sync, tasks:
            try:
                yield self
            finally:
                if self.loop is not None:
                    self._end(self.loop)

    @staticmethod
    def _end(loop: asyncio.AbstractEventLoop) -> None:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    # -- objects ----------------------------------------------------------------------------------------------------

    def new_process(self) -> None:
        """Give the objects that are made from now on a key of their own, as if no other process had used the account."""
        self.key = next(KEYS)

    def connect(self, *, cold: bool = False, client: str | None = None, **config: Any) -> Any:
        """Make an exchange object under test. A cold one has loaded no markets."""
        key = {"apiKey": f"key-{self.key}", "secret": self.account.secret, "password": self.account.password}
        made = constructed(CLIENTS[client or self.client](), {**key, "enableRateLimit": False, **config})
        made.milliseconds = self.clock.milliseconds
        if not cold:
            vars(made).update(markets(self.account.unified))
        return made

    def run(self, outcome: Any) -> Any:
        """Wait for what a method of a client has returned."""
        return self.loop.run_until_complete(outcome) if self.loop and asyncio.iscoroutine(outcome) else outcome

    # -- what goes wrong --------------------------------------------------------------------------------------------

    def fault(self, kind: str, path: str, times: int = 1, after: int = 0, **detail: Any) -> None:
        if kind not in (*NEVER_SENT, *ANSWER_LOST, "late", *ACTING):
            raise ValueError(f"no fault {kind!r}")
        self.troubles.append(Trouble(kind, path, times, after, detail))

    def arrive(self) -> None:
        """Let happen what a request asked for that had timed out."""
        late, self.late = self.late, []
        for act in late:
            act()

    def _due(self, path: str) -> Trouble | None:
        for trouble in self.troubles:
            if trouble.path in path:
                if trouble.after:
                    trouble.after -= 1
                    continue
                trouble.times -= 1
                if not trouble.times:
                    self.troubles.remove(trouble)
                return trouble
        return None

    # -- requests ---------------------------------------------------------------------------------------------------

    def _fetch(self, exchange: Any, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        self.clock.sleep(self.latency / 2)
        reply = self._carry(exchange, url, method, headers, body)
        self.clock.sleep(self.latency / 2)
        if isinstance(reply, Exception):
            seconds = min(exchange.timeout / 1000, time_limit.get() or math.inf)  # as the adapter of requests does
            self.clock.sleep(seconds if isinstance(reply, ccxt.RequestTimeout) else 0)
            raise reply
        return received(exchange, method, url, headers, body, reply)

    async def _fetch_async(
        self, exchange: Any, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> Any:
        await asyncio.sleep(self.latency / 2)
        reply = self._carry(exchange, url, method, headers, body)
        await asyncio.sleep(self.latency / 2)
        if isinstance(reply, Exception):
            await asyncio.sleep(exchange.timeout / 1000 if isinstance(reply, ccxt.RequestTimeout) else 0)
            raise reply
        return received(exchange, method, url, headers, body, reply)

    def _carry(self, exchange: Any, url: str, method: str, headers: Any, body: Any) -> Any:
        """Return the status, the text and the headers of the reply, or the exception that ccxt's `fetch` would raise."""
        parts = urlsplit(url)
        params = json.loads(body) if body else dict(parse_qsl(parts.query))
        sent = Sent(method, parts.path, params, self.clock.now, headers=dict(headers or {}))
        self.log.append(sent)
        if len(self.log) > MOST_REQUESTS:
            raise Hang(f"more than {MOST_REQUESTS} requests")
        trouble = self._due(parts.path)
        kind = trouble.kind if trouble else ""
        if kind == "late":
            self.late.append(functools.partial(self._answer, method, url, headers, body))
        if kind in ("late", *NEVER_SENT):
            return _broken(exchange, kind, method, url)
        if trouble and kind in ACTING:
            self.emulator.fail(Fault(kind, parts.path, **trouble.detail))
        status, answered, text = self._answer(method, url, headers, body)
        if kind in ("lost", "late answer"):
            return _broken(exchange, kind, method, url)
        if text.startswith("{"):
            sent.code = str(json.loads(text)["code"])
        if not sent.is_private and len(text) > 20_000:
            text = _shortened(text)
        if change := self.replies.get(parts.path.rsplit("/", 1)[-1]):
            text = json.dumps(change(json.loads(text), params))
        status = 200 if kind == "empty" else status
        return status, {"cut": text[: len(text) // 2], "empty": "", "text": "OK"}.get(kind, text), answered

    def _answer(self, method: str, url: str, headers: Any, body: Any) -> tuple[int, dict[str, str], str]:
        # Each process of the scenario has a key of its own; the account has one.
        sent = {name: self.account.api_key if name == "ACCESS-KEY" else text for name, text in (headers or {}).items()}
        return self.emulator.answer(method, _target(url), headers=sent, body=body)


class SocketWorld(World):
    """The same account behind a real socket, with real time; without faults, restarts and waits."""

    def __init__(self, client: str, latency: float = 0.0, **setup: Any) -> None:
        self._objects: list[Any] = []
        super().__init__(client, **setup)
        self.loop = None if client == "sync" else asyncio.new_event_loop()

    def milliseconds(self) -> int:
        return int(time.time() * 1000)

    @contextmanager
    def running(self) -> Iterator[World]:
        with self.emulator:
            try:
                yield self
            finally:
                for each in self._objects:
                    self.run(each.close()) if self.loop else each.session.close()
                if self.loop is not None:
                    self.loop.close()

    def connect(self, *, cold: bool = False, client: str | None = None, **config: Any) -> Any:
        config = {"enableRateLimit": False, "verify": False, **self.emulator.config(**config)}
        made = constructed(CLIENTS[client or self.client](), config)
        made.timeout_on_exit = 0  # ccxt's pause of 250 ms in close()
        self._objects.append(made)
        if not cold:
            vars(made).update(markets(self.account.unified))
        return made

    @property
    def log(self) -> list[Sent]:
        return [
            Sent(each.method, each.path, each.body or each.query, 0.0, each.code) for each in self.emulator.requests
        ]

    @log.setter
    def log(self, log: list[Sent]) -> None:
        pass


@functools.cache
def quirks_of(**names: Any) -> Quirks:
    """Return quirks; looking their values up takes as long as a request."""
    return Quirks(**names)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def received(exchange: Any, method: str, url: str, headers: Any, body: Any, reply: Any) -> Any:
    """Return what ccxt's `fetch` makes of a reply."""
    status, text, response_headers = reply
    reason = HTTPStatus(status).phrase
    text = exchange.on_rest_response(status, reason, url, method, response_headers, text, headers, body)
    exchange.last_response_headers = response_headers
    parsed = exchange.parse_json(text)
    exchange.handle_errors(status, reason, url, method, response_headers, text, parsed, headers, body)
    exchange.handle_http_status_code(status, reason, url, method, text)
    return text if parsed is None else parsed


def _shortened(text: str) -> str:
    """Leave a few contracts in a long list: what reading a list costs would be most of the time of the tests."""
    reply = json.loads(text)
    if isinstance(reply["data"], list):
        reply["data"] = [row for row in reply["data"] if str(row.get("symbol", row.get("coin")))[:3] in KEPT]
    return json.dumps(reply)


def _broken(exchange: Any, kind: str, method: str, url: str) -> Any:
    """Return what ccxt raises where the request or its reply is lost, with the chain of causes that it has."""
    if kind == "429":
        return 429, '{"code":"429","msg":"Too Many Requests","requestTime":1795000000000,"data":null}', {}
    if kind.startswith("50"):
        return int(kind[:3]), "<html><head><title>Bad Gateway</title></head><body>Bad Gateway</body></html>", {}
    details = f"bitget {method} {url}"
    if kind in ("timeout", "late", "late answer"):
        return _caused(ccxt.RequestTimeout(details), requests.ReadTimeout("Read timed out."), TimeoutError("timed out"))
    cause: OSError = {
        "refused": ConnectionRefusedError(111, "Connection refused"),
        "unknown host": socket.gaierror(-2, "Name or service not known"),
    }.get(kind, ConnectionResetError(104, "Connection reset by peer"))
    reason = {
        "refused": "NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused')",
        "unknown host": "NameResolutionError('Failed to resolve api.bitget.com ([Errno -2] Name or service not known)')",
    }.get(kind)
    between: Any = requests.ConnectionError(f"Max retries exceeded (Caused by {reason})" if reason else str(cause))
    if hasattr(exchange, "own_session"):
        key = aiohttp.client_reqrep.ConnectionKey("api.bitget.com", 443, True, True, None, None, None)
        connecting = kind in ("refused", "unknown host")
        between = aiohttp.ClientConnectorError(key, cause) if connecting else aiohttp.ClientOSError(*cause.args)
    return _caused(ccxt.NetworkError(details), between, cause)


def _caused(*chain: BaseException) -> BaseException:
    for error, cause in itertools.pairwise(chain):
        error.__cause__ = cause
    return chain[0]


# -- objects ------------------------------------------------------------------------------------------------------------

_construct = ccxt.Exchange.__init__
_attributes: dict[Any, dict[str, Any]] = {}
# With these in its configuration, ccxt's constructor does more than keep them.
_ACTED_UPON = {"sandbox", "testnet", "session", "asyncio_loop", "markets"}


def constructed(cls: Any, config: dict[str, Any]) -> Any:
    """Return a new object of a class under test.

    ccxt's part of the constructor takes longer than most scenarios, so it runs once for each class; ours runs each time.
    """
    if config.keys() & _ACTED_UPON:
        return cls(config)
    with mock.patch.object(ccxt.Exchange, "__init__", _construct_by_copying):
        return cls(config)


def _construct_by_copying(exchange: Any, config: dict[str, Any]) -> None:
    cls, ours = type(exchange), dict(vars(exchange))
    if cls not in _attributes:
        _construct(exchange, {})
        _attributes[cls] = dict(vars(exchange))
    made = {name: dict(value) if type(value) is dict else value for name, value in _attributes[cls].items()}
    vars(exchange).update({**made, **ours})
    for name in {"options", "urls", *config}:
        value, given = getattr(exchange, name, None), config.get(name, {})
        setattr(exchange, name, exchange.deep_extend(value, given) if isinstance(value, dict) else given)
    if exchange.synchronous:
        exchange.session = requests.Session()
        exchange.session.trust_env = exchange.requests_trust_env
    exchange.init_throttler()


@functools.cache
def markets(unified: bool) -> dict[str, Any]:
    """Return the markets as ccxt holds them; loading them for each scenario would take minutes."""
    emulator = Emulator(unified=unified, rate_limit=False)
    exchange = ccxt.bitget({"enableRateLimit": False, "options": {"uta": unified}})
    connect_directly(exchange, emulator)
    exchange.load_markets()
    return {name: getattr(exchange, name) for name in MARKETS}


def connect_directly(exchange: Any, emulator: Emulator) -> None:
    """Let the requests of a synchronous object go to an emulator without a socket."""

    def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        try:
            status, answered, text = emulator.answer(method, _target(url), headers=headers, body=body)
        except ConnectionError as error:
            raise ccxt.NetworkError(f"bitget {method} {url}") from error
        except TimeoutError as error:
            raise ccxt.RequestTimeout(f"bitget {method} {url}") from error
        exchange.last_http_response = text
        return received(exchange, method, url, headers, body, (status, text, answered))

    exchange.fetch = fetch
