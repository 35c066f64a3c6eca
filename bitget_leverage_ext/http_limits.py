"""HTTP limits of the synchronous client: bounded replies, and no redirect of a signed request.

ccxt makes a ``requests.Session``; :func:`install` mounts an adapter on it. A session of the user's own is not touched.
"""

from __future__ import annotations

import functools
import http.client
import io
import logging
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

import ccxt
import requests
from requests.adapters import HTTPAdapter

from .redaction import escape_controls

log = logging.getLogger(__package__)

# The largest real reply, the list of all spot markets, has about 5 MB.
MAX_REPLY = 16 * 2**20  # bytes, after decompression
# The seconds that a request of the running flow may take at most, however long ccxt's timeout is; None for no limit.
time_limit: ContextVar[float | None] = ContextVar("bitget_time_limit", default=None)
KEY_HEADER = "ACCESS-KEY"  # of every signed request: https://www.bitget.com/api-doc/common/signature


@functools.cache
def warn_once(missing: str) -> None:
    """Log one WARNING for a limit that cannot be applied with the installed libraries."""
    log.warning("bitget: %s; replies are not bounded in size and time as documented", missing)


def install(session: object) -> None:
    """Bound the replies to all requests of a session that ccxt has made."""
    if not hasattr(HTTPAdapter, "get_connection_with_tls_context"):
        warn_once("this requests is older than 2.32.2")
    if isinstance(session, requests.Session):
        for scheme in ("https://", "http://"):
            session.mount(scheme, BoundedAdapter())
    else:
        warn_once("this ccxt sends requests with something else than a requests.Session")


def check_headers(url: str, status: int, headers: Mapping[str, str], signed: bool) -> None:
    """Refuse a reply by its headers, before its body is read."""
    location = headers.get("Location") or headers.get("URI")  # aiohttp follows both
    if signed and 300 <= status < 400 and location:
        raise ccxt.NetworkError(
            f"bitget: {urlsplit(url).netloc} redirects a signed request to {_host(url, location)}, as a proxy or a "
            "captive portal does; it is not followed, because key and signature would be sent there"
        )
    if "," in headers.get("Content-Encoding", ""):
        # A compressed body inside a compressed body may be huge; Bitget compresses once.
        raise ccxt.BadResponse(f"bitget: the reply to {url} is compressed more than once")


def _host(url: str, location: str) -> str:
    """Return where a redirect leads; what follows the host may hold secrets."""
    try:
        target = urlsplit(urljoin(url, location))
        location = f"{target.scheme}://{target.netloc}"
    except ValueError:
        location = "no address"
    return escape_controls(location)[:200]


def too_large(url: str) -> ccxt.BadResponse:
    """Return the error for a reply above the limit."""
    return ccxt.BadResponse(f"bitget: the reply to {url} is larger than {MAX_REPLY // 2**20} MB")


class BoundedAdapter(HTTPAdapter):
    """Adapter of a requests session whose replies have a maximum size and arrive as a whole within the timeout."""

    # The pool used last, and what it was chosen by: requests works that out anew for each request, which takes longer
    # than all the limits here.
    _last_pool: tuple[Any, Any] = (None, None)

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        chosen_by = request.url.split("/", 3)[:3], verify, dict(proxies or {}), cert
        known, pool = self._last_pool
        if chosen_by != known:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            self._last_pool = chosen_by, pool
        pool.ConnectionCls = _timed_connection(type(pool).ConnectionCls)  # vcrpy has another class for each cassette
        return pool

    def close(self) -> None:
        self._last_pool = None, None  # it is closed with the others
        super().close()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        limit = time_limit.get()
        if limit is not None:
            own = kwargs.get("timeout")  # a number, or a pair of numbers, or an object of urllib3
            kwargs["timeout"] = min(limit, own) if isinstance(own, (int, float)) else limit
        response = super().send(request, *args, **kwargs)
        raw, url, headers = response.raw, str(request.url), response.headers
        if getattr(getattr(raw, "connection", None), "response_class", _TimedReply) is not _TimedReply:
            warn_once("this urllib3 does not make its connections as expected")
        # the status first: a header that is missing takes its time
        if (response.status_code >= 300 and response.is_redirect) or "," in headers.get("Content-Encoding", ""):
            try:
                check_headers(url, response.status_code, headers, KEY_HEADER in request.headers)
            except ccxt.BaseError:
                response.close()
                raise
        # requests reads the body with `stream`, and closes it with the other two; a reply of vcrpy 8 lacks the last.
        stream = functools.partial(_bounded_stream, raw, url)
        response.raw = SimpleNamespace(stream=stream, close=raw.close, release_conn=getattr(raw, "release_conn", None))
        return response


def _bounded_stream(raw: Any, url: str, amount: int, decode_content: bool | None = None) -> Iterator[bytes]:
    size = 0
    for chunk in raw.stream(amount, decode_content=decode_content):
        size += len(chunk)
        if size > MAX_REPLY:
            raw.close()
            raise too_large(url)
        yield chunk


# --- time ------------------------------------------------------------------------------------------------------
# The timeout of requests starts again with each byte received, so a server that sends a byte a second never times out.


@functools.lru_cache(maxsize=16)
def _timed_connection(connection: Any) -> Any:
    return type(connection.__name__, (connection,), {"response_class": _TimedReply})


class _TimedReply(http.client.HTTPResponse):
    """A reply whose status line, headers and body must arrive within one timeout of the socket."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        if (timeout := sock.gettimeout()) is not None:
            timed = _TimedReads()
            timed.reads, timed.set_timeout = self.fp.detach(), sock.settimeout
            timed.deadline = time.monotonic() + timeout
            self.fp: Any = io.BufferedReader(timed)


class _TimedReads(io.RawIOBase):
    """The receiving end of a socket, with one deadline for everything that is read from it."""

    reads: io.RawIOBase  # closes itself when it is collected, as the standard library's does
    set_timeout: Callable[[float], None]
    deadline: float  # of time.monotonic()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.set_timeout(left)
        return self.reads.readinto(buffer)
