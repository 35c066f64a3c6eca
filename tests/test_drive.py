"""The drivers: the same flow under both, what is repeated and what is not, and how long."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext import drive
from bitget_leverage_ext.drive import Call, Flow, Together


class Exchange(SimpleNamespace):
    """Answers, or raises, from a list; counts the calls."""

    def __init__(self, *answers: Any) -> None:
        super().__init__(answers=list(answers), calls=0, _paces={}, enableRateLimit=False)

    def ask(self, *_: Any) -> Any:
        self.calls += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class AsyncExchange(Exchange):
    async def ask(self, *_: Any) -> Any:
        return super().ask()


@pytest.fixture(params=[False, True], ids=["blocking", "awaiting"])
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(drive, "WAIT", lambda _: 0.0)

    def run(flow: Flow[Any], *answers: Any) -> tuple[Any, int]:
        exchange = (AsyncExchange if request.param else Exchange)(*answers)
        try:
            if request.param:
                return asyncio.run(drive.awaiting(exchange, flow)), exchange.calls
            return drive.blocking(exchange, flow), exchange.calls
        except Exception as error:
            return error, exchange.calls

    return run


def one(**options: Any) -> Flow[Any]:
    return (yield Call("ask", **options))


def two() -> Flow[Any]:
    first = yield Call("ask")
    try:
        second = yield Call("ask")
    except ccxt.BadRequest as error:
        second = error
    return first, second


def together() -> Flow[Any]:
    return (yield Together([one(), one(), one()]))


def test_answers_and_errors_reach_the_flow(run: Any) -> None:
    """What a call returns is sent in, what it raises is thrown in."""
    error = ccxt.BadRequest("no")
    assert run(two(), 1, error) == ((1, error), 2)
    assert run(together(), 1, 2, 3) == ([1, 2, 3], 3)


@pytest.mark.parametrize(
    ("error", "repeated"),
    [
        (ccxt.RequestTimeout("x"), True),
        (ccxt.NetworkError("x"), True),
        (ccxt.ExchangeNotAvailable("x"), True),
        (ccxt.OnMaintenance("x"), True),
        (ccxt.DDoSProtection("x"), True),
        (ccxt.RateLimitExceeded("x"), True),
        (ccxt.BadResponse("x"), True),
        (ccxt.InvalidNonce("x"), False),
        (ccxt.BadRequest("x"), False),
        (ccxt.AuthenticationError("x"), False),
        (ccxt.ExchangeError("x"), False),
        (ccxt.InsufficientFunds("x"), False),
    ],
)
def test_what_is_repeated(run: Any, error: Exception, repeated: bool) -> None:
    """Faults of the network and of a crowded or failing exchange; nothing that another try cannot mend."""
    assert run(one(repeat=5.0), error, "done") == (("done", 2) if repeated else (error, 1))
    assert run(one(), error, "done") == (error, 1)


def test_four_tries(run: Any) -> None:
    """A fault that stays is raised after four; too many requests go on until the deadline."""
    fault = ccxt.NetworkError("x")
    assert run(one(repeat=60.0), fault) == (fault, 4)
    _, calls = run(one(repeat=60.0), *[ccxt.DDoSProtection("x")] * 9, "done")
    assert calls == 10
    assert run(one(repeat=1e-9), ccxt.DDoSProtection("x"))[1] == 2


def test_a_failing_exchange_is_told_by_its_status(run: Any) -> None:
    """A 5xx whose JSON ccxt takes for a refusal."""
    error = ccxt.ExchangeError("system error")
    error.http_status = 502
    assert run(one(repeat=5.0), error, "done") == ("done", 2)


def test_final_errors_are_seen_at_once(run: Any) -> None:
    """The probe's fault inside load_markets."""
    error = ccxt.RequestTimeout("x")
    error.final = True
    assert run(one(repeat=5.0), error, "done") == (error, 1)


def test_only_ccxt_errors_come_out(run: Any) -> None:
    """Whatever a call meets."""
    for foreign in (KeyError("x"), RuntimeError("x"), TypeError("x")):
        error, _ = run(one(repeat=5.0), foreign)
        assert type(error) is ccxt.ExchangeError
        assert error.__cause__ is foreign
    transport = ccxt.ExchangeError("bitget POST")
    transport.__cause__ = OSError("payload is not completed")
    error, calls = run(one(repeat=5.0), transport)
    assert type(error) is ccxt.NetworkError
    assert calls == 4


def test_a_check_is_part_of_what_is_repeated(run: Any) -> None:
    """Half an answer is no answer."""

    def check(answer: Any) -> None:
        if answer is None:
            raise ccxt.BadResponse("half")

    assert run(one(repeat=5.0, check=check), None, "done") == ("done", 2)


def test_waits_grow_and_are_jittered() -> None:
    """Between two tries: more each time, never the same, never longer than two seconds."""
    state = SimpleNamespace(attempt_number=1)
    longest = []
    for attempt in range(1, 8):
        state.attempt_number = attempt
        waits = [drive.WAIT(state) for _ in range(300)]  # type: ignore[arg-type]
        assert len(set(waits)) > 10
        assert min(waits) >= 0.1
        assert max(waits) <= 2.0
        longest.append(max(waits))
    assert longest[0] < longest[2] < longest[-1]


def test_a_cancelled_flow_is_closed() -> None:
    """Cancelling the task ends the flow in its own context, not whenever it is collected."""
    ended = []

    def flow() -> Flow[None]:
        try:
            yield Call("ask")
        finally:
            ended.append(True)

    class Never(Exchange):
        async def ask(self) -> None:
            await asyncio.Event().wait()

    async def main() -> None:
        task = asyncio.ensure_future(drive.awaiting(Never(1), flow()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == [True]

    asyncio.run(main())
