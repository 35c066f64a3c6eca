"""Faults: each kind, at the socket."""

from __future__ import annotations

import http.client
import threading
from typing import Any

import pytest
import requests
from emulator_client import CLASSIC, USDT, Client

from bitget_leverage_ext.emulator import Emulator, Fault, Leverages, Quirks

PATH = "/api/v2/mix/account/set-leverage"


def send(client: Client) -> requests.Response:
    return client.send("POST", PATH, CLASSIC | {"leverage": "5"})


def cross(client: Client) -> int:
    return client.account.leverages(*USDT).cross


@pytest.mark.parametrize(("kind", "applied"), [("drop", False), ("drop_after", True)])
def test_dropped_connections(client: Client, emulator: Emulator, kind: str, applied: bool) -> None:
    emulator.fail(Fault(kind))
    with pytest.raises(requests.ConnectionError):
        send(client)
    assert cross(client) == (5 if applied else 20)
    [request] = emulator.requests
    assert (request.status, request.code) == (None, None)
    assert send(client).json()["code"] == "00000"


@pytest.mark.parametrize(
    ("fault", "status", "answer"),
    [
        (Fault("page"), 502, "text/html"),
        (Fault("page", status=504), 504, "text/html"),
        (Fault("too_many"), 429, "429"),
        (Fault("refuse", code="40893", msg="not enough margin!"), 400, "40893"),
        (Fault("refuse", code="40725", msg="service return an error", status=500), 500, "40725"),
    ],
    ids=str,
)
def test_answers_in_the_place_of_the_action(
    client: Client, emulator: Emulator, fault: Fault, status: int, answer: str
) -> None:
    """A page, or a code of Bitget's; nothing is done."""
    emulator.fail(fault)
    response = send(client)
    kind = response.headers["content-type"].split(";")[0]
    assert (response.status_code, kind if kind == "text/html" else response.json()["code"]) == (status, answer)
    assert cross(client) == 20


def test_a_wrong_signature_is_refused_before_anything_else_is(client: Client, emulator: Emulator) -> None:
    """The fault stands in the place of the action, to which such a request does not come."""
    emulator.fail(Fault("refuse", code="40893", msg="not enough margin!"))
    assert client.send("POST", PATH, secret="wrong").json()["code"] == "40009"


def test_truncate(client: Client, emulator: Emulator) -> None:
    whole = len(send(client).content)
    emulator.fail(Fault("truncate"))
    response = requests.Response()
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)) as failure:
        response = send(client)
    assert response.content in (None, b"")
    [error] = [
        each for each in walk(failure.value) if isinstance(each, http.client.IncompleteRead) or hasattr(each, "partial")
    ]
    assert error.partial == whole // 2
    assert cross(client) == 5


def walk(error: BaseException) -> list[Any]:
    return [error, *(deeper for each in error.args if isinstance(each, BaseException) for deeper in walk(each))]


@pytest.mark.parametrize("kind", ["cut", "empty", "text"])
def test_bodies_that_are_no_json(client: Client, emulator: Emulator, kind: str) -> None:
    whole = len(send(client).content)
    emulator.account.set_leverages(*USDT, cross=20)
    emulator.fail(Fault(kind))
    response = send(client)
    assert response.status_code == 200
    assert int(response.headers["content-length"]) == len(response.content)
    assert len(response.content) == {"cut": whole // 2, "empty": 0, "text": 2}[kind]
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    assert cross(client) == 5


@pytest.mark.parametrize("kind", ["stall", "stall_after"])
def test_stall_ends(client: Client, emulator: Emulator, kind: str) -> None:
    emulator.fail(Fault(kind, seconds=0.01))
    assert send(client).json()["code"] == "00000"
    assert cross(client) == 5


@pytest.mark.parametrize(("kind", "applied"), [("stall", False), ("stall_after", True)])
def test_stop_ends_a_stall(kind: str, applied: bool) -> None:
    emulator = Emulator().start()
    client = Client(emulator, emulator.account)
    emulator.fail(Fault(kind, seconds=3600))
    failed: list[Exception] = []

    def call() -> None:
        try:
            send(client)
        except requests.ConnectionError as error:
            failed.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    while not emulator.requests:
        pass
    emulator.stop()
    caller.join()
    assert len(failed) == 1
    if not applied:
        assert cross(client) == 20


def test_a_stall_that_is_released(client: Client, emulator: Emulator) -> None:
    """A write on which the client gave up has not taken effect, and does so before `release` returns."""
    emulator.fail(Fault("stall", seconds=3600))
    client.timeout = 0.05
    with pytest.raises(requests.ReadTimeout):
        send(client)
    assert cross(client) == 20
    emulator.release()
    assert cross(client) == 5
    client.account.set_leverages(*USDT, cross=7)
    emulator.release()
    assert cross(client) == 7


# margin mode, kind, quirks -> what the reply shows (long, short, cross, mode), and what is in force
LIES: list[tuple[str, Fault, tuple[str, str, str, str], tuple[int, int, int], str]] = [
    ("crossed", Fault("lie"), ("5", "5", "5", "crossed"), (20, 20, 20), "crossed"),
    ("isolated", Fault("lie"), ("5", "20", "20", "isolated"), (20, 20, 20), "isolated"),
    ("crossed", Fault("stale"), ("20", "20", "20", "crossed"), (5, 20, 20), "crossed"),
    ("isolated", Fault("stale"), ("20", "20", "20", "isolated"), (20, 5, 20), "isolated"),
    ("crossed", Fault("other_mode"), ("5", "5", "20", "isolated"), (20, 5, 5), "isolated"),
    ("isolated", Fault("other_mode"), ("5", "5", "5", "crossed"), (5, 20, 20), "crossed"),
    ("crossed", Fault("leverages", crossMarginLeverage="3"), ("5", "5", "3", "crossed"), (5, 20, 20), "crossed"),
    ("isolated", Fault("leverages", longLeverage="3"), ("3", "20", "20", "isolated"), (20, 5, 20), "isolated"),
]


@pytest.mark.parametrize(("mode", "fault", "shown", "in_force", "mode_after"), LIES, ids=lambda each: str(each)[:60])
def test_lies(
    client: Client,
    emulator: Emulator,
    mode: str,
    fault: Fault,
    shown: tuple[str, ...],
    in_force: tuple[int, int, int],
    mode_after: str,
) -> None:
    emulator.account.set_margin_mode(*USDT, mode)
    emulator.fail(fault)
    data = client.set_leverage(leverage="5", side="long")["data"]
    names = ("longLeverage", "shortLeverage", "crossMarginLeverage", "marginMode")
    assert tuple(data[name] for name in names) == shown
    assert emulator.account.leverages(*USDT) == Leverages(*in_force)
    assert emulator.account.margin_mode(*USDT) == mode_after


@pytest.mark.parametrize(
    ("kind", "in_force", "mode"),
    [("lie", (20, 20, 20), "crossed"), ("stale", (5, 20, 20), "crossed"), ("other_mode", (20, 5, 5), "isolated")],
)
def test_lies_of_a_unified_account(unified: Client, emulator: Emulator, kind: str, in_force: Any, mode: str) -> None:
    emulator.fail(Fault(kind))
    assert unified.set_leverage(leverage="5")["code"] == "00000"
    assert unified.account.leverages(*USDT) == Leverages(*in_force)
    assert unified.account.margin_mode(*USDT) == mode


def test_a_refused_request_is_no_lie(client: Client, emulator: Emulator) -> None:
    emulator.fail(Fault("other_mode", times=None))
    assert client.set_leverage(leverage="500")["code"] == "40797"
    emulator.account.set_margin_mode(*USDT, "isolated")
    assert client.set_leverage(leverage="5")["code"] == "40808"
    assert emulator.account.leverages(*USDT) == Leverages(20, 20, 20)


def test_other_setters_can_lie(client: Client, emulator: Emulator) -> None:
    emulator.fail(Fault("lie", path="set-margin-mode"))
    reply = client.post("/api/v2/mix/account/set-margin-mode", **CLASSIC, marginMode="isolated")
    assert reply["data"]["marginMode"] == "isolated"
    assert emulator.account.margin_mode(*USDT) == "crossed"


def test_times_after_path_and_method(client: Client, emulator: Emulator) -> None:
    emulator.fail(Fault("too_many", times=2, after=1))
    assert [send(client).status_code for _ in range(5)] == [200, 429, 429, 200, 200]
    emulator.fail(Fault("page", times=None))
    assert [send(client).status_code for _ in range(3)] == [502] * 3
    assert client.get("/api/v2/mix/account/account", **CLASSIC)["code"] == "00000"
    emulator.heal()
    assert send(client).status_code == 200
    emulator.fail(Fault("page", path="/api/v2/mix/", method="GET"))
    assert send(client).status_code == 200
    assert client.send("GET", "/api/v2/mix/account/account", CLASSIC).status_code == 502


def test_faults_queue_up(client: Client, emulator: Emulator) -> None:
    emulator.fail(Fault("too_many"))
    emulator.fail(Fault("page"))
    assert [send(client).status_code for _ in range(3)] == [429, 502, 200]


def test_public_calls_fail_too(client: Client, emulator: Emulator) -> None:
    emulator.fail(Fault("lie", path="public/time"))
    assert client.get("/api/v2/public/time")["code"] == "00000"
    emulator.fail(Fault("empty", path="public/time"))
    assert client.send("GET", "/api/v2/public/time").content == b""


@pytest.mark.parametrize(
    ("kind", "detail", "names"),
    [
        ("explode", {}, "truncate"),
        ("stall", {"second": 1}, "seconds"),
        ("refuse", {}, "code"),
        ("drop", {"status": 5}, "no details"),
    ],
)
def test_a_fault_that_is_none(kind: str, detail: dict[str, Any], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        Fault(kind, **detail)


def test_a_wrong_fault_can_be_shown() -> None:
    """The repr of a fault whose construction failed works, for pytest's traceback."""
    made = Fault.__new__(Fault)
    with pytest.raises(ValueError, match="explode"):
        made.__init__("explode", seconds=1)  # type: ignore[misc]
    assert repr(made) == "Fault('explode', path='set-leverage', times=1, after=0, seconds=1)"
    assert Fault("figures", longLeverage="3").kind == "leverages"  # its name in version 0.2


def test_stale_keeps_to_the_quirks(client: Client, emulator: Emulator) -> None:
    emulator.quirks = Quirks(cross_figure="absent")
    emulator.fail(Fault("stale"))
    assert "crossMarginLeverage" not in client.set_leverage(leverage="5")["data"]
