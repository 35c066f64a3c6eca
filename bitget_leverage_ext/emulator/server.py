"""The socket of the emulator: a thread that listens on 127.0.0.1 and never on another address."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from .exchange import Arrival, Emulator
    from .replies.envelope import EmulatedReply

_HOST = "127.0.0.1"
# by which a client on this machine may call it
_NAMES = (_HOST, "localhost", "[::1]")


class LoopbackServer:
    """Passes requests on to an emulator, and carries out the faults that need a connection."""

    def __init__(self, emulator: Emulator, port: int) -> None:
        self._emulator = emulator
        self._wanted_port = port
        self._stalls = Stalls()
        self._port: int | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def url(self) -> str | None:
        """The address; `None` while it is not running."""
        return None if self._port is None else f"http://{_HOST}:{self._port}"

    def start(self) -> None:
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

    def stop(self) -> None:
        if self._thread is None:
            return
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = self._port = None

    def release(self) -> None:
        """End every stall; returns when the requests have taken effect."""
        if self._thread is not None and self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._stalls.end_all(), self._loop).result()

    def _run(self, bound: Future[int]) -> None:
        try:
            asyncio.run(self._serve(bound))
        finally:
            # `start` must not wait for ever
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
        await self._stalls.end_all()
        await runner.cleanup()

    async def _answer(self, http: web.BaseRequest) -> web.StreamResponse:
        arrived = asyncio.get_running_loop().time()
        # A page in a browser could get here by a name of its own that leads to this machine; the keys are well known.
        if http.headers.getall("Host", []) not in ([f"{name}:{self._port}"] for name in _NAMES):
            return web.Response(status=403, text="This emulator answers to names of this machine only.")
        try:
            raw = await http.read()
        except web.RequestPayloadError:
            raw = b""  # such as a body that is not compressed as it says
        except ConnectionError:
            return _hang_up(http)  # the client has gone, and with it the rest of its request
        arrival = self._emulator.receive(http.method, http.raw_path, dict(http.rel_url.query), http.headers, raw)
        if arrival.fault_kind == "drop" or (arrival.fault_kind == "stall" and await self._stall(arrival)):
            return _hang_up(http)
        # the way there, and the way back
        await _sleep_until(arrived + self._emulator.round_trip / 2)
        reply = self._emulator.carry_out(arrival)
        await _sleep_until(arrived + self._emulator.round_trip)
        return await self._respond(http, arrival, reply)

    async def _respond(self, http: web.BaseRequest, arrival: Arrival, reply: EmulatedReply) -> web.StreamResponse:
        kind = arrival.fault_kind
        if kind in ("drop_after", "stall_after"):
            status, code = arrival.entry.status, arrival.entry.code
            arrival.entry.status = arrival.entry.code = None
            if kind == "drop_after" or await self._stall(arrival):
                return _hang_up(http)
            arrival.entry.status, arrival.entry.code = status, code
        if kind == "truncate":
            response = web.StreamResponse(status=reply.status, headers={"Content-Type": reply.content_type})
            response.content_length = len(reply.body)
            await response.prepare(http)
            await response.write(reply.body[: len(reply.body) // 2])
            _hang_up(http)
            return response
        return web.Response(
            status=reply.status, body=reply.body, content_type=reply.content_type, headers=reply.headers
        )

    async def _stall(self, arrival: Arrival) -> bool:
        """Wait as the fault says; return whether the emulator stops."""
        assert self._stopping is not None
        assert arrival.fault is not None
        if not self._stopping.is_set():
            await self._stalls.wait(arrival.fault.detail.get("seconds", 60))
        return self._stopping.is_set()


class Stalls:
    """The requests that wait; belongs to the server's event loop."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    async def wait(self, seconds: float) -> None:
        """Wait so long, or until `end_all`."""
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()
        timer = loop.call_later(seconds, _end, waiting)
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            timer.cancel()
            self._waiting.discard(waiting)

    async def end_all(self) -> None:
        """End every wait; returns when what comes after it is done."""
        for waiting in self._waiting:
            _end(waiting)
        await asyncio.sleep(0)  # those that waited are next


def _end(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


async def _sleep_until(moment: float) -> None:
    seconds = moment - asyncio.get_running_loop().time()
    if seconds > 0:
        await asyncio.sleep(seconds)


def _hang_up(http: web.BaseRequest) -> web.Response:
    if http.transport is not None:
        http.transport.close()
    # aiohttp expects a response; nobody receives it
    return web.Response()
