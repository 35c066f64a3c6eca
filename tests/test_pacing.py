"""When a call may go: never more of them in a second than the exchange allows, whoever else uses it up."""

from __future__ import annotations

import asyncio
import sys
import threading
from types import SimpleNamespace
from typing import Any

import ccxt
import pytest

import bitget_leverage_ext
from bitget_leverage_ext import drive
from bitget_leverage_ext.drive import Budget, Call, Flow, Pace

FIVE = Budget("v2/mix/account/set-leverage", 5)


def test_as_many_as_the_budget_has() -> None:
    """Never more than its calls within a second, and no wait where there is room."""
    pace, now, sent = Pace(FIVE), 0.0, []
    while len(sent) < 100:
        if delay := pace.delay(now):
            now += delay
        else:
            sent.append(now)
    for first, sixth in zip(sent, sent[5:], strict=False):
        assert sixth - first >= 1.0
    assert sent[-1] <= 1.05 * (100 - 5) / 5


def test_the_wait_is_for_the_oldest() -> None:
    """Whose place is free a second later, and a hundredth, by which two clocks may differ."""
    pace = Pace(Budget("x", 2))
    assert [pace.delay(at) for at in (10.0, 10.4, 10.5)] == [0.0, 0.0, pytest.approx(0.51)]
    assert pace.delay(11.0) == pytest.approx(0.01)
    assert pace.delay(11.01) == 0.0
    assert pace.delay(11.02) == pytest.approx(0.39)


def test_it_counts_from_the_arrival() -> None:
    """A call that was slow on its way arrived late: the one that takes its place waits for that, and for no more."""
    pace = Pace(FIVE)
    assert [pace.delay(0.0) for _ in range(5)] == [0.0] * 5
    for _ in range(5):
        pace.answered(0.0, 0.050)  # each may have waited for a connection: it arrived at any time until then
    assert pace.taken == [0.050] * 5
    assert pace.delay(1.05) == pytest.approx(0.01)
    assert [pace.delay(1.07) for _ in range(5)] == [0.0] * 5
    pace.answered(1.07, 1.074)  # 4 ms there and back
    for _ in range(4):
        pace.answered(1.07, 1.120)  # slow, but no slower on its way back
    assert pace.taken == [pytest.approx(1.072), *[pytest.approx(1.118)] * 4]
    assert pace.delay(2.075) > 0
    assert pace.delay(2.083) == 0.0
    assert pace.delay(2.09) > 0.03
    assert pace.delay(2.131) == 0.0


def test_an_answer_that_is_late_takes_no_place() -> None:
    """The place of a call that was given up for over is nobody's any more."""
    pace = Pace(FIVE)
    assert pace.delay(0.0) == 0.0
    assert pace.delay(5.0) == 0.0
    pace.answered(0.0, 6.0)
    assert pace.taken == [5.0]


def test_it_listens() -> None:
    """An exchange that says that no call is left is believed, whoever used them up: the second is waited out."""
    pace = Pace(FIVE)
    assert pace.delay(10.0) == 0.0
    pace.exhausted(10.2)
    assert pace.taken == [10.0, *[10.2] * 4]
    assert pace.delay(10.5) == pytest.approx(0.51)
    assert pace.delay(11.01) == 0.0
    assert pace.delay(11.02) == pytest.approx(0.19)


def test_it_forgets_what_is_over() -> None:
    """Told that nothing is left, only the places of the second that is running count."""
    pace = Pace(FIVE)
    for at in (0.0, 0.9, 0.95):
        assert pace.delay(at) == 0.0
    pace.exhausted(1.3)
    assert pace.taken == [0.9, 0.95, 1.3, 1.3, 1.3]
    assert [pace.delay(1.92), pace.delay(2.4)] == [0.0, 0.0]
    assert pace.taken == [1.92, 2.4]
    pace.exhausted(2.5)
    pace.exhausted(2.5)
    assert pace.taken == [1.92, 2.4, 2.5, 2.5, 2.5]
    pace = Pace(FIVE)
    assert pace.delay(0.0) == 0.0
    pace.exhausted(Pace.SECOND)
    assert pace.taken == [Pace.SECOND] * 5


# --- what the reply says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "url", "believed"),
    [
        ({"x-mbx-used-remain-limit": "0"}, "https://api.bitget.com/api/v2/mix/account/set-leverage", True),
        ({"X-Mbx-Used-Remain-Limit": "0"}, "https://api.bitget.com/api/v2/mix/account/set-leverage", True),
        ({"x-mbx-used-remain-limit": "1"}, "https://api.bitget.com/api/v2/mix/account/set-leverage", False),
        ({"x-other": "0"}, "https://api.bitget.com/api/v2/mix/account/set-leverage", False),
        ({"x-mbx-used-remain-limit": "0"}, "https://api.bitget.com/api/v2/mix/account/account?x=1", False),
        (None, "https://api.bitget.com/api/v2/mix/account/set-leverage", False),
    ],
)
def test_calls_left_are_read_from_the_reply(headers: Any, url: str, believed: bool) -> None:
    """Another program on the same key used up the second: whoever comes next has to wait it out."""
    exchange = bitget_leverage_ext.bitget()
    pace = exchange._paces[FIVE.name] = Pace(FIVE)
    reads = exchange._paces["v2/mix/account/account"] = Pace(Budget("v2/mix/account/account", 10))
    exchange.handle_errors(200, "OK", url, "POST", headers, '{"code":"00000"}', {"code": "00000"}, {}, None)
    assert len(pace.taken) == (5 if believed else 0)
    assert len(reads.taken) == (10 if "account?" in url else 0), "an endpoint has its own budget, reads as well"


# --- the drivers wait --------------------------------------------------------------------------------------------


class Exchange(SimpleNamespace):
    """Answers at once, a tenth of a second later by its own clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, limited: bool = True) -> None:
        super().__init__(_paces={}, _flights={}, enableRateLimit=limited, now=100.0, sent=[], slept=[])
        monkeypatch.setattr("time.monotonic", lambda: self.now)
        monkeypatch.setattr("time.sleep", self.sleep)
        monkeypatch.setattr("asyncio.sleep", self.asleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)

    def ask(self) -> str:
        self.sent.append(self.now)
        self.now += 0.1
        return "done"

    async def ask_async(self) -> str:
        return self.ask()

    def fail(self) -> None:
        self.ask()
        raise KeyError


def calls(count: int, method: str, budget: Budget | None) -> Flow[None]:
    for _ in range(count):
        yield Call(method, budget=budget)


@pytest.mark.parametrize("awaited", [False, True])
def test_the_drivers_wait(monkeypatch: pytest.MonkeyPatch, awaited: bool) -> None:
    """The third of a budget of two goes a second after the first was answered, which had arrived by then."""
    exchange = Exchange(monkeypatch)
    flow = calls(3, "ask_async" if awaited else "ask", Budget("x", 2))
    asyncio.run(drive.awaiting(exchange, flow)) if awaited else drive.blocking(exchange, flow)
    assert exchange.sent == [100.0, pytest.approx(100.1), pytest.approx(101.11)]
    assert exchange.slept == [pytest.approx(0.91)]
    assert list(exchange._paces) == ["x"]


@pytest.mark.parametrize(("limited", "budget"), [(False, Budget("x", 1)), (True, None)])
@pytest.mark.parametrize("awaited", [False, True])
def test_the_drivers_do_not_wait(monkeypatch: pytest.MonkeyPatch, awaited: bool, limited: bool, budget: Any) -> None:
    """With ccxt's rate limit off, or for a call without a budget of its own."""
    exchange = Exchange(monkeypatch, limited)
    flow = calls(9, "ask_async" if awaited else "ask", budget)
    asyncio.run(drive.awaiting(exchange, flow)) if awaited else drive.blocking(exchange, flow)
    assert (exchange.slept, exchange._paces) == ([], {})


def test_one_pace_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two endpoints do not use up each other's calls; a call that fails has used up its own."""
    exchange = Exchange(monkeypatch)
    drive.blocking(exchange, calls(1, "ask", Budget("x", 2)))
    drive.blocking(exchange, calls(1, "ask", Budget("y", 2)))
    with pytest.raises(ccxt.ExchangeError):
        drive.blocking(exchange, calls(1, "fail", Budget("x", 2)))
    assert {name: len(pace.taken) for name, pace in exchange._paces.items()} == {"x": 2, "y": 1}
    assert exchange._paces["x"].taken == [pytest.approx(100.1), pytest.approx(100.3)]


def test_pace_of_threads() -> None:
    """Threads that ask at the same time have the budget's calls between them, not each."""
    pace, taken, usual, go = Pace(Budget("x", 500)), [], sys.getswitchinterval(), threading.Barrier(8)

    def ask() -> None:
        go.wait()
        for _ in range(200):
            taken.append(pace.delay(0.0) == 0.0)
            pace.answered(0.0, 0.0)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(usual)
    assert (sum(taken), len(taken)) == (500, 1600)


def test_a_budget_that_is_added_while_a_reply_is_looked_at(client: Any) -> None:
    """What another thread does must not make an exception of a reply, which may be that of an order."""
    paces = client.exchange._paces
    paces["first"] = Pace(Budget("first", 5))

    class Headers(dict[str, str]):
        def items(self) -> Any:
            paces["second"] = Pace(Budget("second", 5))
            return super().items()

    body = '{"code":"00000"}'
    headers = Headers(date="today")
    client.exchange.handle_errors(200, "OK", "https://first", "POST", headers, body, {"code": "00000"}, {}, None)
    assert list(paces) == ["first", "second"]
