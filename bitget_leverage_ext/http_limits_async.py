"""HTTP limits of the asynchronous clients: bounded replies, and no redirect of a signed request.

ccxt makes an ``aiohttp.ClientSession``; :class:`BoundedSessions` makes one like it with :class:`BoundedResponse`. The
time of a reply needs nothing: ccxt passes its timeout to aiohttp as the total of a request. The moment in which a
request leaves is noted for the rate limit. A session of the user's own is not touched.
"""

from __future__ import annotations

import time
from typing import Any

import aiohttp

from ._rate_limit import departed
from .http_limits import KEY_HEADER, MAX_REPLY, check_headers, too_large, warn_once


class BoundedResponse(aiohttp.ClientResponse):
    """A reply of aiohttp with a maximum size, read with :meth:`text` as ccxt does."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        await super().start(connection)
        check_headers(str(self.url), self.status, self.headers, KEY_HEADER in self.request_info.headers)
        return self

    async def text(self, encoding: str | None = None, errors: str = "strict") -> str:
        body = bytearray()
        async for chunk in self.content.iter_any():
            body += chunk
            if len(body) > MAX_REPLY:
                self.close()
                raise too_large(str(self.url))
        # A recorder such as vcrpy has read the body before; then aiohttp has kept it.
        return body.decode(encoding or "utf-8", errors) if body else await super().text(encoding, errors)


class BoundedSessions:
    """Mixin for ccxt's asynchronous classes: each session that ccxt makes is replaced by a bounded one."""

    session: Any
    own_session: bool
    socks_proxy_sessions: Any

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Make the session if there is none, as ccxt does before each request."""
        missing = self.session is None and self.own_session
        super().open(*args, **kwargs)  # type: ignore[misc]
        if missing:
            self.session = bounded(self.session)

    def get_socks_proxy_session(self, proxy: str) -> Any:
        """Return the session for a SOCKS proxy, made at the first request."""
        known = proxy in (self.socks_proxy_sessions or {})
        session = super().get_socks_proxy_session(proxy)  # type: ignore[misc]
        if not known:
            session = self.socks_proxy_sessions[proxy] = bounded(session)
        return session


def bounded(session: object) -> Any:
    """Return a session with the connector of *session*, which is closed, and with bounded replies."""
    if not isinstance(session, aiohttp.ClientSession):
        warn_once("this ccxt sends requests with something else than an aiohttp.ClientSession")
        return session
    timing = aiohttp.TraceConfig()
    timing.on_request_headers_sent.append(_note_departure)
    replacement = aiohttp.ClientSession(
        connector=session.connector,
        trust_env=session.trust_env,
        response_class=BoundedResponse,
        trace_configs=[timing],
    )
    session.detach()
    return replacement


async def _note_departure(*_: object) -> None:
    if (sent := departed.get(None)) is not None:
        sent[0] = time.monotonic()
