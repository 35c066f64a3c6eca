"""The emulator at the socket: a thread of its own that answers on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import access, answers, checks, classic, classic_orders, holdings, market, public, unified, unified_orders
from .faults import AFTER_ACTING, BEFORE_ACTING, Fault, Faults, Stalls, act
from .limits import RateLimit, Windows
from .quirks import Quirks
from .requests import Request, Requests, unsigned
from .routes import ROUTES, Call
from .state import Account, Environment, Refusal, Role

if TYPE_CHECKING:
    # typing has it from Python 3.11 on
    from typing_extensions import Self

# importing them fills the route table
_ROUTE_FILES = (public, market, access, classic, unified, holdings, classic_orders, unified_orders)

_HOST = "127.0.0.1"
# by which a client on this machine may call it
_NAMES = (_HOST, "localhost", "[::1]")

# ccxt has one address for each of these groups of endpoints
# https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py
_CCXT_ENDPOINTS = (
    'spot', 'mix', 'user', 'p2p', 'broker', 'margin', 'common', 'tax', 'convert', 'copy', 'earn', 'uta',
)  # fmt: skip


class Emulator:
    """A Bitget that answers on 127.0.0.1. A context manager; or call `start` and `stop`."""

    def __init__(
        self,
        quirks: Quirks | None = None,
        rate_limit: RateLimit | None = None,
        port: int = 0,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self.quirks = quirks or Quirks()
        self.rate_limit: RateLimit | None = rate_limit
        self._wanted_port = port
        self._clock = clock or (lambda: int(time.time() * 1000))
        self._lock = threading.Lock()
        self._accounts: list[Account] = []
        self._requests = Requests()
        self._faults = Faults()
        self._stalls = Stalls()
        self._windows = Windows()
        self._port: int | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self.account = self.add_account()

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Listen; returns when the port is bound."""
        if self._thread is not None:
            raise RuntimeError("the emulator is running already")
        bound: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(bound,), name="bitget-emulator", daemon=True)
        self._thread.start()
        try:
            self._port = bound.result()
        except BaseException:
            self._thread.join()
            self._thread = None
            raise
        return self

    def stop(self) -> None:
        """Close every connection and the port. What was recorded and remembered stays."""
        if self._thread is None:
            return
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = self._port = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        if self._port is None:
            raise RuntimeError("the emulator is not running")
        return f"http://{_HOST}:{self._port}"

    # -- what a test may say and see ----------------------------------------------------------------------------------

    def add_account(
        self,
        unified: bool = False,
        environment: Environment = "live",
        api_key: str | None = None,
        secret: str | None = None,
        password: str | None = None,
        permissions: tuple[str, ...] = ("read", "trade"),
        role: Role = "ordinary",
    ) -> Account:
        with self._lock:
            number = len(self._accounts) + 1
            account = Account(
                f"account-{number}",
                unified=unified,
                environment=environment,
                api_key=api_key or f"emulator-key-{number}",
                secret=secret or f"emulator-secret-{number}",
                password=password or f"emulator-password-{number}",
                permissions=permissions,
                role=role,
            )
            if any(each.api_key == account.api_key for each in self._accounts):
                raise ValueError("another account has this api_key")
            self._accounts.append(account)
        return account

    def config(self, account: Account | None = None, **extra: Any) -> dict[str, Any]:
        """The configuration that brings a ccxt client here, with `extra` over it."""
        account = account or self.account
        return {
            "apiKey": account.api_key,
            "secret": account.secret,
            "password": account.password,
            "urls": {"api": dict.fromkeys(_CCXT_ENDPOINTS, self.url)},
            **extra,
        }

    @property
    def requests(self) -> list[Request]:
        """What arrived, in order; the latest 100,000, and no more than 64 MB of them."""
        return self._requests.all()

    def since(self, number: int) -> list[tuple[int, Request]]:
        """What arrived from the request with this number on, counted from 0 since the beginning; each with its own."""
        return self._requests.since(number)

    @property
    def writes(self) -> list[Request]:
        """The requests that set a leverage."""
        return [each for each in self.requests if each.path in (classic.SET_LEVERAGE, unified.SET_LEVERAGE)]

    def clear(self) -> None:
        """Forget the requests."""
        self._requests.clear()

    def fail(self, fault: Fault) -> None:
        self._faults.add(fault)

    def heal(self) -> None:
        self._faults.clear()

    def release(self) -> None:
        """Let every request that stalls go on at once, and return when it has taken effect."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._stalls.let_go(), self._loop).result()

    @property
    def idle_faults(self) -> list[Fault]:
        """The faults that never struck, :meth:`heal` or not: a test that arranged one did not test what it says."""
        return self._faults.idle

    # -- the server's thread ------------------------------------------------------------------------------------------

    def _run(self, bound: Future[int]) -> None:
        try:
            asyncio.run(self._serve(bound))
        finally:
            # whoever waits for the port must not wait for ever
            bound.cancel()

    async def _serve(self, bound: Future[int]) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.1)
        try:
            await runner.setup()
            await web.TCPSite(runner, _HOST, self._wanted_port).start()
        except OSError as error:
            await runner.cleanup()
            bound.set_exception(error)
            return
        bound.set_result(runner.addresses[0][1])
        await self._stopping.wait()
        await self._stalls.let_go()
        await runner.cleanup()

    async def _answer(self, http: web.BaseRequest) -> web.StreamResponse:
        # A page in a browser could get here by a name of its own that leads to this machine; the keys are well known.
        if http.headers.getall("Host", []) not in ([f"{name}:{self._port}"] for name in _NAMES):
            return web.Response(status=403, text="This emulator answers to names of this machine only.")
        try:
            raw = await http.read()
        except web.RequestPayloadError:
            raw = b""  # such as a body that is not compressed as it says
        except ConnectionError:
            return answers.hang_up(http)  # the client has gone, and with it the rest of its request
        headers = {name.lower(): value for name, value in http.headers.items()}
        account = checks.identify(self._accounts, headers)
        method, path = http.method, http.rel_url.path
        content = dict(http.rel_url.query) if method == "GET" else answers.parsed(raw)
        request = self._kept(http, raw, content, account)
        fault = self._faults.take(method, path)

        if fault is not None and fault.kind in BEFORE_ACTING:
            early = await answers.go_wrong_before(http, request, fault, self._clock(), self._stall)
            if early is not None:
                return early

        sent = checks.Envelope(method, http.raw_path, raw.decode("utf-8", "replace"), headers, content)
        answer = self._act(sent, path, account, fault)

        if fault is not None and fault.kind in AFTER_ACTING:
            return await answers.go_wrong_after(http, request, fault, answer, self._stall)
        request.status, request.code = answer.status, answer.code
        return answers.as_json(answer.status, answer.body, answer.headers)

    def _kept(self, http: web.BaseRequest, raw: bytes, content: Any, account: Account | None) -> Request:
        """The request as the log of requests has it."""
        method, path, query = http.method, http.rel_url.path, dict(http.rel_url.query)
        told = {name.lower(): value for name, value in http.headers.items()}
        told = {name: value for name, value in told.items() if not name.startswith("access-")}
        if account is None:
            request = unsigned(method, path, query, told)
            size = len(repr(request))
        else:
            request = Request(method, path, query, None if method == "GET" else content, told, account.label)
            # what JSON takes as a text, Python holds in about ten times as much
            size = 10 * len(raw) + len(path) + len(repr(query)) + len(repr(told)) + 500
        self._requests.add(request, size)
        return request

    def _act(self, sent: checks.Envelope, path: str, account: Account | None, fault: Fault | None) -> answers.Answer:
        now, headers = self._clock(), dict[str, str]()
        try:
            data = self._dispatch(sent, path, account, fault, now, headers)
        except Refusal as no:
            return answers.Answer(no.status, no.code, answers.envelope(no.code, no.msg, now, None), headers)
        return answers.Answer(200, "00000", answers.envelope("00000", "success", now, data), headers)

    def _dispatch(
        self,
        sent: checks.Envelope,
        path: str,
        account: Account | None,
        fault: Fault | None,
        now: int,
        headers: dict[str, str],
    ) -> Any:
        if path.startswith("/api/mix/v1/"):
            # observed, 2026-09-28
            raise Refusal("30032", "The V1 API has been decommissioned. Please migrate to a newer version.")
        route = ROUTES.get((sent.method, path))
        if route is None:
            # The one business error with a status of its own.
            # https://github.com/BitgetLimited/agent_hub
            raise Refusal("40404", "Request URL NOT FOUND", status=404)
        with account.lock if account and route.private else contextlib.nullcontext():
            signed_by = checks.check(account, sent, now) if route.private else None
            if self.rate_limit is not None:
                key = (signed_by.api_key if signed_by else "anybody", sent.method, path)
                left = self._windows.take(key, route.per_second, now, self.rate_limit)
                # https://www.bitget.com/api-doc/common/intro
                headers["x-mbx-used-remain-limit"] = str(left or 0)
                if left is None:
                    raise answers.too_many()
            if fault is not None and fault.kind == "refuse":
                raise Refusal(fault.detail["code"], fault.detail["msg"], fault.detail.get("status", 400))
            call = Call(sent.params, self.quirks, now, sent.demo, signed_by, batch=sent.batch)
            return act(call, route.handler, fault)

    async def _stall(self, fault: Fault) -> bool:
        """Wait, unless the emulator stops; did it?"""
        assert self._stopping is not None
        if not self._stopping.is_set():
            await self._stalls.wait(fault.detail.get("seconds", 60))
        return self._stopping.is_set()
