"""The way to the exchange and back: nothing signed goes anywhere else, and every reply has an end.

ccxt's own ``fetch`` does the work; it only sees its exchange object through :func:`guarded`, whose sessions hand out
bounded replies and whose logs are masked. What the user has put into the object, a session too, stays as it is.
"""

from __future__ import annotations

import functools
import http.client
import io
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import ccxt
import urllib3
from requests.adapters import HTTPAdapter

from . import guard

# The largest honest reply, a full list of spot markets, has some 5 MB.
LARGEST = 16 * 2**20  # bytes, after decompression
_CHUNK = 2**16


def guarded(exchange: Any, session: Callable[[Any], Any]) -> Any:
    """*exchange* as ccxt's ``fetch`` sees it: another object with the same attributes, read and written in one place.

    :param session: wraps a session of the exchange's kind, :class:`BlockingSession` or :class:`AwaitingSession`
    """
    cls: Any = type(exchange)
    double: Any = object.__new__(_guarded(cls, session))
    double.__dict__ = vars(exchange)
    return double


@functools.cache
def _guarded(cls: Any, session: Callable[[Any], Any]) -> Any:
    """*cls*, with what leads outwards wrapped; a class of its own, so that all the rest is as fast as it was."""

    def of(self: Any, name: str) -> Any:
        own = vars(self)
        return own[name] if name in own else getattr(super(double, self), name)

    def wrapped(self: Any) -> Any:
        own = of(self, "session")
        return None if own is None else session(own)

    members = {
        "session": property(wrapped, lambda self, value: vars(self).update(session=value)),
        "logger": property(lambda self: guard.MaskedLogger(of(self, "logger"), self)),
        "log": property(lambda self: lambda *args: of(self, "log")(*guard.shown(self, args))),
        "get_socks_proxy_session": property(
            lambda self: lambda proxy: session(of(self, "get_socks_proxy_session")(proxy))
        ),
        "__del__": lambda self: None,  # ccxt's closes the session
    }
    double: Any = type(cls)(cls.__name__, (cls,), members)
    return double


def _is_signed(headers: Mapping[str, Any] | None) -> bool:
    # https://www.bitget.com/api-doc/common/signature
    return any(name.lower() == "access-key" for name in headers or ())


def _refuse_redirect(url: str, location: str) -> None:
    try:
        target = urlsplit(urljoin(url, location))
        where = f"{target.scheme}://{target.netloc}"
    except ValueError:
        where = location
    raise ccxt.NetworkError(
        f"bitget: {urlsplit(url).netloc} redirects a signed request to {guard.plain(where)[:200]}, as a proxy or a "
        "captive portal does; it is not followed, key and signature would go along"
    )


def _refuse_codings(url: str, headers: Mapping[str, str]) -> None:
    if "," in headers.get("Content-Encoding", ""):
        # A small bomb in a small bomb is a large one; the exchange compresses once.
        raise ccxt.BadResponse(f"bitget: the reply to {url} is compressed more than once")


def _too_large(url: str) -> ccxt.BadResponse:
    return ccxt.BadResponse(f"bitget: the reply to {url} is larger than {LARGEST // 2**20} MB, no reply of Bitget is")


# --- requests --------------------------------------------------------------------------------------------------


class BlockingSession:
    """A session of *requests* whose replies are bounded in size, and in time: as a whole where its adapters are ours,
    from its body on where they are the user's. Its headers may then take the time-out anew with each byte.
    """

    def __init__(self, session: Any) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def request(self, method: str, url: str, timeout: float | None = None, **kwargs: Any) -> Any:
        hooks = {"response": [functools.partial(_hold, timeout), *self._session.hooks.get("response", [])]}
        total = _total(timeout) if timeout else timeout
        return self._session.request(method, url, timeout=total, stream=True, hooks=hooks, **kwargs)


@functools.cache
def _total(timeout: float) -> urllib3.Timeout:
    """One figure for connecting, sending and the reply together; requests' own starts anew with each."""
    return urllib3.Timeout(total=timeout, connect=timeout, read=timeout)


def _hold(seconds: float | None, response: Any, **_: Any) -> None:
    """A hook for each reply, redirects too, before its body is read or its redirect followed."""
    try:
        if response.is_redirect and _is_signed(response.request.headers):
            _refuse_redirect(response.url, response.headers["location"])
        _refuse_codings(response.url, response.headers)
    except ccxt.BaseError:
        response.close()
        raise
    if seconds:
        _bound_body(response.raw, seconds)
    response.raw = _Bounded(response.raw, response.url)


def _bound_body(raw: Any, seconds: float) -> None:
    """Let the rest of a reply take no longer than *seconds*, whoever made its connection."""
    # What the standard library reads a plain or a TLS connection through; anything else has time-outs of its own.
    reads = getattr(getattr(getattr(raw, "_fp", None), "fp", None), "raw", None)
    if type(reads) is socket.SocketIO:
        vars(reads)["_sock"] = _Clocked(reads._sock, seconds)  # type: ignore[attr-defined]


class _Bounded:
    """The body of a reply, as far as it may go."""

    def __init__(self, raw: Any, url: str) -> None:
        self._raw, self._url = raw, url

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, amount: int, decode_content: bool | None = None) -> Iterator[bytes]:
        size = 0
        for chunk in self._raw.stream(amount, decode_content=decode_content):
            size += len(chunk)
            if size > LARGEST:
                self._raw.close()
                raise _too_large(self._url)
            yield chunk


class Adapter(HTTPAdapter):
    """requests' adapter, with connections on which the time-out bounds a reply as a whole, not each of its bytes."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _bound_time(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not known:
            _bound_time(manager)
        return manager


def _bound_time(manager: Any) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _timed(pool) for scheme, pool in pools.items()}


@functools.cache
def _timed(pool: Any) -> Any:
    class Timed(pool):  # type: ignore[misc]
        def _new_conn(self) -> Any:
            connection = super()._new_conn()
            connection.response_class = _Reply
            return connection

    return Timed


class _Reply(http.client.HTTPResponse):
    """A reply that has to be there, headers and body, within what is left of the time-out when it is waited for."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(_Clocked(sock, sock.gettimeout()), *args, **kwargs)  # type: ignore[arg-type]


class _Clocked:
    """A socket with one deadline for everything that is received through it."""

    def __init__(self, sock: Any, timeout: float | None) -> None:
        self._sock, self._end = sock, None if timeout is None else time.monotonic() + timeout

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def recv_into(self, buffer: Any) -> int:
        if self._end is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(left)
        return int(self._sock.recv_into(buffer))

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reads(self, self._sock.makefile(mode, buffering=0)))


class _Reads(io.RawIOBase):
    """The reading end of a clocked socket; *open* keeps the socket's own count of who reads it."""

    def __init__(self, sock: _Clocked, opened: Any) -> None:
        self._sock, self._opened = sock, opened

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        self._opened.close()
        super().close()


# --- aiohttp ---------------------------------------------------------------------------------------------------


class AwaitingSession:
    """A session of *aiohttp* whose replies are bounded in size; its time-out bounds the whole of a request as it is."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._session, name)
        return functools.partial(_exchanged, member) if name in ("get", "post", "put", "delete", "patch") else member


@asynccontextmanager
async def _exchanged(send: Any, url: Any, **kwargs: Any) -> AsyncIterator[Any]:
    signed = _is_signed(kwargs.get("headers"))
    async with send(url, allow_redirects=not signed, **kwargs) as response:
        location = response.headers.get("Location")
        if signed and 300 <= response.status < 400 and location:
            _refuse_redirect(str(url), location)
        _refuse_codings(str(url), response.headers)
        yield _Read(response, await _read(response, str(url)))


async def _read(response: Any, url: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            response.close()
            raise _too_large(url)
    # Whoever records the reply has read it before, and it is kept: vcrpy.
    return bytes(body) or bytes(await response.read())


class _Read:
    """A reply of *aiohttp* that has been read."""

    def __init__(self, response: Any, body: bytes) -> None:
        self._response, self._body = response, body

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    async def text(self, errors: str = "replace") -> str:
        return self._body.decode("utf-8", errors)
