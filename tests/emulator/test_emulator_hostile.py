"""Malicious and malformed requests."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests
from emulator_client import CLASSIC

from bitget_leverage_ext.cli import serving
from bitget_leverage_ext.emulator import Emulator
from bitget_leverage_ext.emulator.request_log import Request, Requests

SET_LEVERAGE = "/api/v2/mix/account/set-leverage"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost:1", "127.0.0.1:{port}.evil"]
)
def test_a_foreign_host_is_refused(client: Any, host: str) -> None:
    """A request with a foreign Host header is refused first and not logged, even if it is signed."""
    port = client.emulator.url.rsplit(":", 1)[1]
    reply = client.send("POST", SET_LEVERAGE, CLASSIC | {"leverage": "5"}, headers={"Host": host.format(port=port)})
    assert reply.status_code == 403
    assert client.emulator.requests == []
    assert client.account.leverages("USDT-FUTURES", "BTCUSDT").cross == 20


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_names_of_this_machine_are_answered(client: Any, name: str) -> None:
    port = client.emulator.url.rsplit(":", 1)[1]
    reply = client.send("POST", SET_LEVERAGE, CLASSIC | {"leverage": "5"}, headers={"Host": f"{name}:{port}"})
    assert reply.json()["code"] == "00000"


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"a":' * 50_000, '{"leverage":' + "9" * 5000 + "}", "{", "\ud800", "", "leverage=5", "5"]
)
def test_bodies_that_are_no_json(emulator: Emulator, body: str) -> None:
    """Whatever was sent in the place of an object: refused for want of a key, and not kept."""
    raw = body.encode("utf-8", "surrogatepass")
    reply = requests.post(emulator.url + SET_LEVERAGE, data=raw, timeout=10)
    assert (reply.status_code, reply.json()["code"]) == (400, "40006")
    assert [each.body for each in emulator.requests] == [None]


def test_a_body_that_is_not_compressed_as_it_says(emulator: Emulator) -> None:
    reply = requests.post(emulator.url + SET_LEVERAGE, b"no gzip", headers={"Content-Encoding": "gzip"}, timeout=10)
    assert reply.status_code == 400


def test_a_client_that_goes_away(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """A client that disconnects during its request leaves no log entry and no traceback."""
    port = int(emulator.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as leaving:
        head = f"POST {SET_LEVERAGE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 99\r\n\r\n"
        leaving.sendall(head.encode() + b"{")
    assert requests.get(f"{emulator.url}/api/v2/public/time", timeout=10).status_code == 200
    emulator.stop()
    assert [each.path for each in emulator.requests] == ["/api/v2/public/time"]
    assert caplog.records == []


@pytest.mark.parametrize("value", [10**400, "9" * 5000, "1e999999", float("inf"), "-0", "NaN", [], {"a": 1}])
def test_absurd_numbers(client: Any, value: Any) -> None:
    """Absurd numbers are refused as leverage, size, price and time."""
    order = CLASSIC | {"marginMode": "crossed", "side": "buy", "tradeSide": "open", "orderType": "limit"}
    for path, params in (
        (SET_LEVERAGE, CLASSIC | {"leverage": value}),
        ("/api/v2/mix/order/place-order", order | {"size": value, "price": "1"}),
        ("/api/v2/mix/order/place-order", order | {"size": "1", "price": value}),
    ):
        assert client.send("POST", path, params).status_code == 400, path
    reply = client.send(
        "GET", "/api/v2/mix/order/orders-history", {"productType": "USDT-FUTURES", "startTime": "9" * 5000}
    )
    assert (reply.status_code, reply.json()["code"]) == (400, "40017")


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("ACCESS-SIGN", b"\xff", "40009"),
        ("ACCESS-TIMESTAMP", "9" * 5000, "40005"),
        ("ACCESS-PASSPHRASE", b"\xff", "40012"),
    ],
)
def test_headers_that_are_no_text(client: Any, header: str, value: Any, code: str) -> None:
    reply = client.send("POST", SET_LEVERAGE, CLASSIC, headers={header: value})
    assert (reply.status_code, reply.json()["code"]) == (400, code)


def test_little_is_kept_of_what_nobody_signed(emulator: Emulator) -> None:
    """Of an unsigned request, path, query and headers are cut, and the body is dropped."""
    reply = requests.post(emulator.url + SET_LEVERAGE, data='{"a":"' + "b" * 100_000 + '"}', timeout=10)
    assert reply.json()["code"] == "40006"
    many = "&".join(f"name{number}={'v' * 60}" for number in range(80))
    requests.get(f"{emulator.url}/{'p' * 1000}?{many}", timeout=10)
    post, get = emulator.requests
    assert (post.body, post.status, post.code) == (None, 400, "40006")
    assert (len(get.path), len(get.query), get.status) == (200, 50, 404)


def request(path: str) -> Request:
    return Request("GET", path, {}, None, {}, status=200, code="00000")


def test_the_record_is_bounded() -> None:
    """The log is bounded in number and bytes; the oldest entries go, and the numbering continues."""
    kept = Requests(most_requests=3, most_bytes=100)
    for number in range(5):
        kept.add(request(str(number)), 10)
    assert [each.path for each in kept.all()] == ["2", "3", "4"]
    assert [(number, each.path) for number, each in kept.since(3)] == [(3, "3"), (4, "4")]
    kept.add(request("5"), 95)
    assert [(number, each.path) for number, each in kept.since(0)] == [(5, "5")]
    kept.clear()
    kept.add(request("6"), 10)
    assert [number for number, _ in kept.since(0)] == [6]


def test_the_log_goes_on_and_is_one_line_a_request(emulator: Emulator) -> None:
    """The printed log continues past dropped entries; control characters are escaped."""
    emulator._requests = Requests(most_requests=2)
    lines: list[str] = []
    for name in ("a", "b", "c\n\x1b]52;c;\x07\x9b"):
        emulator._requests.add(request("/" + name), 1)
    shown = serving._log(emulator, 0, lines.append)
    emulator._requests.add(request("/d"), 1)
    assert serving._log(emulator, shown, lines.append) == 4
    assert [line.split()[1] for line in lines] == ["/b", "/c\\u000a\\u001b]52;c;\\u0007\\u009b", "/d"]
    assert all(line.removesuffix("\n").isprintable() for line in lines)
