"""Hostile networks: redirects, bombs, replies without an end, pages, lists that are none; in three clients."""

from __future__ import annotations

import copy
import gzip
import json
import pickle
import random
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import ccxt
import pytest
import requests
from clients import Client
from hostile_server import Behaviour, HostileServer, Request, always, answer, dripping, endless, reply

KEYS = {"apiKey": "bg_key_of_the_test", "secret": "secret_of_the_test", "password": "passphrase_of_the_test"}
READ = "privateMixGetV2MixAccountAccount"
WRITE = "privateMixPostV2MixAccountSetLeverage"
TIME = "publicCommonGetV2PublicTime"
FINE = answer({"serverTime": "1700000000000"})


@pytest.fixture
def server() -> Iterator[Callable[[Behaviour], HostileServer]]:
    servers: list[HostileServer] = []

    def serve(behave: Behaviour) -> HostileServer:
        servers.append(HostileServer(behave).__enter__())
        return servers[-1]

    yield serve
    for started in servers:
        started.__exit__()


@pytest.fixture
def reach(kind: str) -> Iterator[Callable[..., Client]]:
    """A client of a server."""
    clients = []

    def reach(server: HostileServer, **config: Any) -> Client:
        clients.append(Client(kind, {**KEYS, "timeout": 20_000, **config}))
        exchange = clients[-1].exchange
        exchange.urls["api"] = dict.fromkeys(exchange.urls["api"], server.url)
        exchange.urls["api"] = {name: url for name, url in exchange.urls["api"].items() if name not in ("ws", "demo")}
        return clients[-1]

    yield reach
    for client in clients:
        client.close()


# --- redirects -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", [READ, WRITE])
def test_signed_requests_are_not_redirected(server: Any, reach: Any, status: int, method: str) -> None:
    """Key, signature, passphrase and body stay with the host that they were meant for; the error names both."""
    elsewhere = server(always(answer({"marginMode": "crossed"})))
    home = server(always(reply(b"", f"{status} Moved", Location=f"{elsewhere.url}/api/v2/elsewhere")))
    with pytest.raises(ccxt.NetworkError) as caught:
        getattr(reach(home), method)({"symbol": "BTCUSDT"})
    assert home.host in str(caught.value)
    assert elsewhere.host in str(caught.value)
    assert len(home.requests) == 1
    assert elsewhere.requests == []


@pytest.mark.parametrize("location", ["/api/v2/other", "//[bad/x", "http://h\x9b31m:99999/", "\xff\xfe"])
def test_redirects_to_nowhere(server: Any, reach: Any, location: str) -> None:
    """Neither to the same host, whose signature would be of another path, nor to what is no address at all."""
    home = server(always(reply(b"", "302 Found", Location=location)))
    with pytest.raises(ccxt.NetworkError) as caught:
        getattr(reach(home), WRITE)({"symbol": "BTCUSDT"})
    assert str(caught.value).isprintable()
    assert len(home.requests) == 1


def test_public_requests_are_redirected(server: Any, reach: Any) -> None:
    """As with ccxt; nothing secret travels with them."""
    elsewhere = server(always(FINE))
    home = server(always(reply(b"", "302 Found", Location=f"{elsewhere.url}/api/v2/public/time")))
    assert getattr(reach(home), TIME)()["data"] == {"serverTime": "1700000000000"}
    assert not [name for name in elsewhere.requests[0].headers if name.startswith("access-")]


# --- size and time ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def zeros() -> dict[str, bytes]:
    """256 MB in a quarter of one."""
    deflate, small = zlib.compressobj(9, zlib.DEFLATED, 31), b""
    small = b"".join(deflate.compress(b"0" * 2**20) for _ in range(256)) + deflate.flush()
    return {"gzip": small, "gzip, gzip": gzip.compress(small)}


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip"])
@pytest.mark.parametrize("method", [READ, TIME])
def test_bombs(server: Any, reach: Any, zeros: dict[str, bytes], coding: str, method: str) -> None:
    """A compressed reply ends where it becomes larger than any honest one, and memory does not grow to its size."""
    client = reach(server(always(reply(zeros[coding], Content_Encoding=coding))))
    tracemalloc.start()
    try:
        with pytest.raises(ccxt.BadResponse, match=r"larger than 16 MB|compressed more than once"):
            getattr(client, method)()
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


def test_bomb_beside_a_redirect(server: Any, reach: Any, zeros: dict[str, bytes]) -> None:
    """The body of a redirect counts as well, though nobody reads it."""
    elsewhere = server(always(FINE))
    bomb = reply(zeros["gzip"], "302 Found", Content_Encoding="gzip", Location=f"{elsewhere.url}/api/v2/public/time")
    client = reach(server(always(bomb)))
    try:
        assert getattr(client, TIME)()["data"] == {"serverTime": "1700000000000"}  # aiohttp leaves it unread
    except ccxt.BadResponse as error:
        assert "larger than 16 MB" in str(error)  # noqa: PT017


def test_endless_reply(server: Any, reach: Any) -> None:
    """A reply that does not end is left."""
    with pytest.raises(ccxt.BadResponse, match="larger than 16 MB"):
        getattr(reach(server(endless)), READ)()


def test_large_reply(server: Any, reach: Any) -> None:
    """What is larger than the largest honest reply, and within the bound, is read whole."""
    listed = getattr(reach(server(always(answer(["x" * 1000] * 12_000)))), READ)()["data"]
    assert len(listed) == 12_000


@pytest.mark.parametrize(
    ("begin", "pause"), [(0, 0.05), (5, 0.05), (40, 0.05), (len(FINE) - 60, 0.05), (len(FINE) - 2, 0.3)]
)
@pytest.mark.parametrize("method", [READ, TIME])
def test_dripping(server: Any, reach: Any, begin: int, pause: float, method: str) -> None:
    """The time-out bounds the reply as a whole: one that would be complete in seconds, byte by byte, is too late.

    From the status line on, within it, among the headers, in the body; or with its last byte alone.
    """
    client = reach(server(dripping(FINE, begin, pause)), timeout=150)
    with pytest.raises(ccxt.RequestTimeout):
        getattr(client, method)()


def test_slow_but_in_time(server: Any, reach: Any) -> None:
    """A slow reply within the time-out is a reply, also the second on the same object."""
    client = reach(server(dripping(FINE, len(FINE) - 10, 0.01)))
    for _ in range(2):
        assert getattr(client, READ)()["data"] == {"serverTime": "1700000000000"}


# --- what cannot be read ---------------------------------------------------------------------------------------


NAMED = {"symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "symbolType": "perpetual"}


@pytest.mark.parametrize(
    "rows",
    [
        None,
        {},
        "BTCUSDT",
        [5],
        ["BTCUSDT"],
        [None],
        [[]],
        [{}],
        [{**NAMED, "symbol": {}}],
        [{**NAMED, "quoteCoin": None}],
        [{**NAMED, "supportMarginCoins": 5}],
        [{**NAMED, "supportMarginCoins": ["USDT"], "pricePlace": "x", "priceEndStep": {}, "maxLever": "many"}],
    ],
    ids=str,
)
def test_broken_market_lists(server: Any, reach: Any, rows: Any) -> None:
    """A list of contracts that ccxt cannot read is a ``BadResponse`` in words; nobody is told that BTC is unknown."""

    def behave(request: Request) -> Iterator[bytes]:
        yield answer(rows if "/mix/market/contracts" in request.line else [])

    client = reach(server(behave), options={"uta": False, "setLeverage": {"deadline": 0}})
    with pytest.raises(ccxt.BadResponse, match=r"without a list of markets|market list that cannot be read"):
        client.set_leverage(10, "BTC/USDT:USDT")


@pytest.mark.parametrize("method", [READ, TIME])
def test_pages(server: Any, reach: Any, method: str) -> None:
    """A page in the place of an answer is one short line in the error, which a terminal may show."""
    page = "<html>\r\n" + "<p>\x1b]0;title\x07\x1b[2J maintenance \x9b31m</p>\n" * 500
    client = reach(server(always(reply(page.encode(), "503 \x1b[31mUnavailable\x9b", Content_Type="text/html"))))
    with pytest.raises(ccxt.ExchangeNotAvailable) as caught:
        getattr(client, method)()
    assert str(caught.value).isprintable()
    assert "\\u001b]0;title\\u0007" in str(caught.value)
    assert len(str(caught.value)) < 600


def test_refusals_are_text(server: Any, reach: Any) -> None:
    """What the exchange says in JSON cannot draw on a terminal either, and does not show the key it was asked with."""
    told = '{"code":"40808",\n"msg":"no \x9b31m \u202e key ' + KEYS["apiKey"] + '","data":null}'
    with pytest.raises(ccxt.InvalidOrder, match=r"no \\u009b31m \\u202e key \*\*\*") as caught:
        getattr(reach(server(always(reply(told.encode(), "400 Bad Request")))), READ)()
    assert str(caught.value).isprintable()


# --- what must stay as it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_copies_are_guarded(server: Any, reach: Any, how: Any, kind: str) -> None:
    """A copy of an exchange object bounds its replies as the first does."""
    if kind != "sync":
        pytest.skip("sessions of aiohttp cannot be copied")
    client = reach(server(dripping(FINE, 5, 0.05)), timeout=400)
    client.exchange = how(client.exchange)
    with pytest.raises(ccxt.RequestTimeout):
        getattr(client, TIME)()


def test_own_session(server: Any, reach: Any, kind: str) -> None:
    """A session of the user's own is used, stays his, and is guarded against redirects and size all the same."""
    called = []
    elsewhere = server(always(FINE))

    class Requests(requests.Session):
        def send(self, request: Any, **kwargs: Any) -> Any:
            called.append(request.url)
            return super().send(request, **kwargs)

    async def session() -> aiohttp.ClientSession:
        trace = aiohttp.TraceConfig()

        async def note(*_: Any) -> None:
            called.append("url")

        trace.on_request_start.append(note)
        return aiohttp.ClientSession(trace_configs=[trace])

    home = server(always(reply(b"", "307 Moved", Location=f"{elsewhere.url}/x")))
    client = reach(home)
    own = Requests() if kind == "sync" else client.run(session())
    client.exchange.session, client.exchange.own_session = own, False
    with pytest.raises(ccxt.NetworkError):
        getattr(client, WRITE)({"symbol": "BTCUSDT"})
    assert client.exchange.session is own
    assert called
    assert elsewhere.requests == []
    with own if kind == "sync" else _Closing(client, own):
        pass


@pytest.mark.parametrize("coding", ["identity", "gzip", "chunked"])
def test_own_session_dripping(server: Any, reach: Any, kind: str, coding: str) -> None:
    """On connections that the user's own session has made, the time-out still bounds the body as a whole."""
    body = json.dumps({"code": "00000", "msg": "x" * 500, "data": {}}).encode()
    whole = {
        "identity": reply(body),
        "gzip": reply(gzip.compress(random.Random(1).randbytes(600)), Content_Encoding="gzip"),
        "chunked": reply(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body), Transfer_Encoding="chunked").replace(
            b"Content-Length", b"X-Length"
        ),
    }[coding]
    client = reach(server(dripping(whole, whole.index(b"\r\n\r\n") + 4)), timeout=400)
    own = requests.Session() if kind == "sync" else client.run(_session())
    client.exchange.session, client.exchange.own_session = own, False
    with pytest.raises(ccxt.RequestTimeout):
        getattr(client, READ)()
    with own if kind == "sync" else _Closing(client, own):
        pass


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()


class _Closing:
    def __init__(self, client: Client, session: Any) -> None:
        self.client, self.session = client, session

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self.client.run(self.session.close())
