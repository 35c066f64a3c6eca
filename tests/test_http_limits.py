"""HTTP limits: no redirect of a signed request, and replies with a maximum size and time, in three clients."""

from __future__ import annotations

import copy
import gc
import gzip
import logging
import pickle
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import ccxt
import pytest
import requests
from clients import CLIENTS, Client
from hostile_server import Behavior, HostileServer, always, answer, dripping, endless, reply

KEYS = {"apiKey": "bg_key_of_the_test", "secret": "secret_of_the_test", "password": "passphrase_of_the_test"}
READ = "privateMixGetV2MixAccountAccount"
WRITE = "privateMixPostV2MixAccountSetLeverage"
TIME = "publicCommonGetV2PublicTime"
FINE = answer({"serverTime": "1700000000000"})


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """The clients that have limits of their own; pro inherits those of async."""
    return str(request.param)


@pytest.fixture
def server() -> Iterator[Callable[[Behavior], HostileServer]]:
    servers: list[HostileServer] = []

    def serve(behave: Behavior) -> HostileServer:
        servers.append(HostileServer(behave).__enter__())
        return servers[-1]

    yield serve
    for started in servers:
        started.__exit__()


@pytest.fixture
def connect_to(kind: str) -> Iterator[Callable[..., Client]]:
    """Return a function that makes a client of a server."""
    clients = []

    def connect_to(server: HostileServer, **config: Any) -> Client:
        clients.append(Client(kind, {**KEYS, "timeout": 20_000, **config}))
        exchange = clients[-1].exchange
        exchange.urls["api"] = {name: server.url for name in exchange.urls["api"] if name not in ("ws", "demo")}
        return clients[-1]

    yield connect_to
    for client in clients:
        client.close()


# --- redirects -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "status"), [(READ, 302), *((WRITE, status) for status in (301, 302, 303, 307, 308))]
)
@pytest.mark.parametrize("kind", list(CLIENTS))
def test_signed_request_is_not_redirected(server: Any, connect_to: Any, method: str, status: int) -> None:
    """Key, signature, passphrase and body are not sent to another host; the error names both hosts."""
    elsewhere = server(always(answer({"marginMode": "crossed"})))
    home = server(always(reply(b"", f"{status} Moved", Location=f"{elsewhere.url}/api/v2/elsewhere?token=t0ken")))
    with pytest.raises(ccxt.NetworkError) as caught:
        getattr(connect_to(home), method)({"symbol": "BTCUSDT"})
    assert home.host in str(caught.value)
    assert elsewhere.host in str(caught.value) and "t0ken" not in str(caught.value)
    assert len(home.requests) == 1
    assert elsewhere.requests == []


@pytest.mark.parametrize("location", ["/api/v2/other", "//[bad/x", "http://h\x9b31m:99999/", "\xff\xfe"])
def test_odd_redirect(server: Any, connect_to: Any, location: str) -> None:
    """Neither a path on the same host, which is not the signed one, nor something that is no address is followed."""
    home = server(always(reply(b"", "302 Found", Location=location)))
    with pytest.raises(ccxt.NetworkError) as caught:
        getattr(connect_to(home), WRITE)({"symbol": "BTCUSDT"})
    assert str(caught.value).isprintable()
    assert len(home.requests) == 1


@pytest.mark.parametrize("kind", ["sync"])  # aiohttp has its own rules
@pytest.mark.parametrize("header", ["run 7\n", "\u4e2d"], ids=["a line break", "not ASCII"])
def test_a_header_of_the_user_that_cannot_be_sent(server: Any, connect_to: Any, header: str) -> None:
    """It is no fault of the network: one error at once, which does not blame the key."""
    home = server(always(FINE))
    client = connect_to(home)
    client.exchange.headers = {"X-Trace": header}
    with pytest.raises(ccxt.BadRequest, match="nothing was sent: check exchange.headers"):
        client.set_leverage(7, "BTC/USDT:USDT")
    assert home.requests == []


def test_old_redirect_header(server: Any, connect_to: Any) -> None:
    """The header URI, which aiohttp takes for a Location, redirects nothing either."""
    elsewhere = server(always(FINE))
    home = server(always(reply(b"{}", "302 Found", URI=elsewhere.url)))
    try:
        getattr(connect_to(home), WRITE)({"symbol": "BTCUSDT"})
    except ccxt.NetworkError as error:
        assert "redirects a signed request" in str(error)  # noqa: PT017  # requests takes it for an ordinary reply
    assert elsewhere.requests == []


def test_public_request_is_redirected(server: Any, connect_to: Any) -> None:
    """As in ccxt; it carries no secret."""
    elsewhere = server(always(FINE))
    home = server(always(reply(b"", "302 Found", Location=f"{elsewhere.url}/api/v2/public/time")))
    assert getattr(connect_to(home), TIME)()["data"] == {"serverTime": "1700000000000"}
    assert not [name for name in elsewhere.requests[0].headers if name.startswith("access-")]


# --- size ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def zeros() -> dict[str, bytes]:
    """256 MB, compressed to a quarter of one."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    small = b"".join(deflate.compress(b"0" * 2**20) for _ in range(256)) + deflate.flush()
    return {"gzip": small, "gzip, gzip": gzip.compress(small)}


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip"])
@pytest.mark.parametrize("method", [READ, TIME])
def test_decompression_bomb(server: Any, connect_to: Any, zeros: dict[str, bytes], coding: str, method: str) -> None:
    """Reading stops at the limit, and memory does not grow to the size of the reply."""
    client = connect_to(server(always(reply(zeros[coding], Content_Encoding=coding))))
    tracemalloc.start()
    try:
        with pytest.raises(ccxt.BadResponse, match=r"larger than 16 MB|compressed more than once"):
            getattr(client, method)()
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


def test_bomb_beside_a_redirect(server: Any, connect_to: Any, zeros: dict[str, bytes]) -> None:
    """The body of a redirect is limited too."""
    elsewhere = server(always(FINE))
    bomb = reply(zeros["gzip"], "302 Found", Content_Encoding="gzip", Location=f"{elsewhere.url}/api/v2/public/time")
    client = connect_to(server(always(bomb)))
    try:
        assert getattr(client, TIME)()["data"] == {"serverTime": "1700000000000"}  # aiohttp does not read it
    except ccxt.BadResponse as error:
        assert "larger than 16 MB" in str(error)  # noqa: PT017


@pytest.mark.parametrize("kind", list(CLIENTS))
def test_endless_reply(server: Any, connect_to: Any) -> None:
    """A reply that does not end is given up at the limit."""
    with pytest.raises(ccxt.BadResponse, match="larger than 16 MB"):
        getattr(connect_to(server(endless)), READ)()


def test_large_reply(server: Any, connect_to: Any) -> None:
    """A reply of 12 MB is read whole."""
    rows = getattr(connect_to(server(always(answer(["x" * 1000] * 12_000)))), READ)()["data"]
    assert len(rows) == 12_000


# --- time ------------------------------------------------------------------------------------------------------


DRIPS = [(0, 0.05), (5, 0.05), (40, 0.05), (len(FINE) - 60, 0.05), (len(FINE) - 2, 0.07), (len(FINE) - 1, 0.3)]


@pytest.mark.parametrize(
    ("begin", "pause", "proxy"), [*((*each, False) for each in DRIPS), (*DRIPS[1], True), (*DRIPS[-1], True)]
)
def test_dripping_reply(server: Any, connect_to: Any, begin: int, pause: float, proxy: bool) -> None:
    """The timeout is that of the whole reply, not of each byte: of status line, headers and body.

    It drips from the status line on, within it, among the headers, in the body, or with its last bytes alone.
    """
    slow = server(dripping(FINE, begin, pause))
    client = connect_to(slow, timeout=100, **({"httpProxy": slow.url} if proxy else {}))
    with pytest.raises(ccxt.RequestTimeout):
        getattr(client, READ)()


def test_slow_reply_in_time(server: Any, connect_to: Any) -> None:
    """A slow reply within the timeout is a reply, also the second on the same object."""
    client = connect_to(server(dripping(FINE, len(FINE) - 10, 0.01)))
    for _ in range(2):
        assert getattr(client, READ)()["data"] == {"serverTime": "1700000000000"}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
@pytest.mark.parametrize("kind", ["sync"])
def test_copies_are_bounded(server: Any, connect_to: Any, copied: Any) -> None:
    """A copy of an exchange object has the same limits; sessions of aiohttp cannot be copied."""
    client = connect_to(server(dripping(FINE, 5, 0.05)), timeout=150)
    client.exchange = copied(client.exchange)
    with pytest.raises(ccxt.RequestTimeout):
        getattr(client, TIME)()


# --- text ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [READ, TIME])
def test_page(server: Any, connect_to: Any, method: str) -> None:
    """A page in the place of a reply is one short line in the error, without control characters."""
    page = "<html>\r\n" + "<p>\x1b]0;title\x07\x1b[2J maintenance \x9b31m</p>\n" * 500
    client = connect_to(server(always(reply(page.encode(), "503 \x1b[31mUnavailable\x9b", Content_Type="text/html"))))
    with pytest.raises(ccxt.ExchangeNotAvailable) as caught:
        getattr(client, method)()
    assert str(caught.value).isprintable()
    assert "\\u001b]0;title\\u0007" in str(caught.value)
    assert len(str(caught.value)) < 600


def test_refusal(server: Any, connect_to: Any) -> None:
    """A refusal in JSON is shown without control characters and without the key."""
    body = '{"code":"40808",\n"msg":"no \x9b31m \u202e key ' + KEYS["apiKey"] + '","data":null}'
    with pytest.raises(ccxt.InvalidOrder, match=r"no \\u009b31m \\u202e key \*\*\*") as caught:
        getattr(connect_to(server(always(reply(body.encode(), "400 Bad Request")))), READ)()
    assert str(caught.value).isprintable()


# --- sessions --------------------------------------------------------------------------------------------------


def test_session_of_the_user(server: Any, connect_to: Any, kind: str) -> None:
    """A session that the user passes is used as it is."""
    home = server(always(FINE))
    if kind == "sync":
        with requests.Session() as own:
            client = connect_to(home, session=own)
            assert type(own.get_adapter(home.url)) is requests.adapters.HTTPAdapter
    else:
        client = connect_to(home)
        own = client.exchange.session = client.run(_session())  # as the user's own program makes it, in its loop
    assert getattr(client, TIME)()["data"] == {"serverTime": "1700000000000"}
    assert client.exchange.session is own


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()


@pytest.mark.parametrize("kind", ["async", "pro"])
def test_session_of_a_socks_proxy(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session that ccxt makes for a SOCKS proxy is replaced by a bounded one, once."""
    client = Client(kind, KEYS)

    def get_socks_proxy_session(exchange: Any, proxy: str) -> Any:  # ccxt's own needs a further package
        exchange.socks_proxy_sessions = exchange.socks_proxy_sessions or {}
        return exchange.socks_proxy_sessions.setdefault(proxy, aiohttp.ClientSession())

    monkeypatch.setattr(ccxt.async_support.Exchange, "get_socks_proxy_session", get_socks_proxy_session)

    async def twice() -> list[Any]:
        sessions = [client.exchange.get_socks_proxy_session("socks5://x") for _ in range(2)]
        return [*sessions, sessions[0].closed]

    first, second, closed = client.run(twice())
    assert first is second is client.exchange.socks_proxy_sessions["socks5://x"]
    assert not closed
    client.close()


@pytest.mark.parametrize("kind", ["async"])
def test_reply_that_was_read_before(server: Any, connect_to: Any) -> None:
    """A recorder such as vcrpy reads a reply before ccxt does; ccxt gets the same text."""
    client, home = connect_to(server(always(FINE))), server(always(FINE))

    async def read_twice() -> tuple[bytes, str]:
        client.exchange.open()
        async with client.exchange.session.get(home.url) as response:
            return await response.read(), await response.text()

    body, text = client.run(read_twice())
    assert body.decode() == text != ""


@pytest.mark.parametrize("kind", ["sync"])
def test_a_request_goes_where_it_is_sent(server: Any, connect_to: Any) -> None:
    """To another host, or through a proxy that is set later."""
    first, second, proxy = (server(always(answer({"serverTime": str(number)}))) for number in range(3))
    client = connect_to(first)
    urls = client.exchange.urls["api"]

    def asked(home: Any) -> Any:
        client.exchange.urls["api"] = dict.fromkeys(urls, home.url)
        return getattr(client, TIME)()["data"]["serverTime"]

    assert [asked(home) for home in (first, first, second, first)] == ["0", "0", "1", "0"]
    client.exchange.httpProxy = proxy.url
    assert asked(first) == "2"
    client.exchange.httpProxy = None
    assert asked(first) == "0"


# --- what a newer library may move -----------------------------------------------------------------------------


def test_ordinary_requests_warn_of_nothing(server: Any, connect_to: Any, caplog: pytest.LogCaptureFixture) -> None:
    """With the installed libraries every limit is applied, and no session is left open."""
    getattr(connect_to(server(always(FINE))), READ)()
    gc.collect()
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []
