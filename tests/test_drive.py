"""The drivers: the same flow under both, what is repeated and what is not, and how long."""

from __future__ import annotations

import asyncio
import threading
import time
from types import SimpleNamespace
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext import drive
from bitget_leverage_ext.drive import Alone, Call, Flow, Pause, Shared, Together


class Exchange(SimpleNamespace):
    """Answers, or raises, from a list; counts the calls."""

    def __init__(self, *answers: Any) -> None:
        super().__init__(answers=list(answers), calls=0, _paces={}, _flights={}, _turns={}, enableRateLimit=False)

    def ask(self, *_: Any) -> Any:
        self.calls += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


class AsyncExchange(Exchange):
    async def ask(self, *_: Any) -> Any:
        return super().ask()


@pytest.fixture(params=[False, True], ids=["blocking", "awaiting"])
def run(request: pytest.FixtureRequest, no_waiting: None) -> Any:
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
    return (yield Together([one(), one(), one()], 3))


def test_answers_and_errors_reach_the_flow(run: Any) -> None:
    """What a call returns is sent in, what it raises is thrown in."""
    error = ccxt.BadRequest("no")
    assert run(two(), 1, error) == ((1, error), 2)
    assert run(together(), 1, 2, 3) == ([1, 2, 3], 3)


def test_a_call_is_made_as_the_flow_writes_it() -> None:
    """Its method, its arguments, its keywords."""
    seen: list[Any] = []

    class Noting(Exchange):
        def ask(self, *args: Any, **keywords: Any) -> Any:
            seen.append((args, keywords))

    class NotingAsync(Exchange):
        async def ask(self, *args: Any, **keywords: Any) -> Any:
            seen.append((args, keywords))

    drive.blocking(Noting(), one(args=(1, 2), keywords={"x": 3}))
    asyncio.run(drive.awaiting(NotingAsync(), one(args=(1, 2), keywords={"x": 3})))
    assert seen == [((1, 2), {"x": 3})] * 2


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


@pytest.mark.parametrize("fault", [ccxt.NetworkError, ccxt.DDoSProtection, ccxt.ExchangeNotAvailable])
def test_until_the_deadline(run: Any, fault: type[Exception]) -> None:
    """A fault that stays is waited out until the deadline, however often; at least one other try is made."""
    assert run(one(repeat=60.0), *[fault("x")] * 30, "done") == ("done", 31)
    error, calls = run(one(repeat=1e-9), fault("x"))
    assert (type(error), calls) == (fault, 2)
    assert type(error.__cause__) is fault


@pytest.mark.parametrize(
    ("fault", "write", "doubt"),
    [
        (ccxt.RequestTimeout("x"), True, True),
        (ccxt.NetworkError("reset by peer"), True, True),
        (ccxt.ExchangeNotAvailable("502"), True, True),
        (ccxt.RequestTimeout("x"), False, False),
        (ccxt.DDoSProtection("429"), True, False),
        (ccxt.RateLimitExceeded("429"), True, False),
        (ccxt.ExchangeNotAvailable("Cannot connect to host"), True, False),
        (ccxt.ExchangeNotAvailable("ConnectTimeoutError"), True, False),
    ],
)
def test_may_or_may_not_have_been_applied(run: Any, fault: Exception, write: bool, doubt: bool) -> None:
    """Said of a write that may have arrived, and of nothing else; whoever wants to know is told at each try."""
    told: list[int] = []
    error, calls = run(one(repeat=1e-9, write=write, unanswered=lambda: told.append(1)), fault)
    assert calls == 2
    assert ("may or may not have been applied" in str(error)) is doubt
    assert len(told) == (calls if doubt else 0)


def test_doubt_of_what_was_cut_short(run: Any) -> None:
    """Who is cancelled or interrupted while a write is under way cannot know either."""
    told: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        run(one(write=True, unanswered=lambda: told.append(1)), KeyboardInterrupt())
    assert told == [1]


def test_doubt_without_repetition(run: Any) -> None:
    """A write that is not repeated says so as well; a read that is not is raised as it is."""
    error, calls = run(one(write=True), ccxt.RequestTimeout("x"))
    assert (str(error), type(error), calls) == (
        "x; the write may or may not have been applied", ccxt.RequestTimeout, 1,
    )  # fmt: skip
    assert str(run(one(), ccxt.RequestTimeout("x"))[0]) == "x"


def test_a_refusal_after_a_fault_is_raised_as_it_came(run: Any) -> None:
    """What another try was refused for is no fault that was waited out, and nobody's cause but its own."""
    refused, cause = ccxt.BadRequest("no"), ValueError()
    refused.__cause__ = cause
    error, calls = run(one(repeat=5.0, write=True), ccxt.RequestTimeout("x"), refused)
    assert (error, calls) == (refused, 2)
    assert (str(error), error.__cause__) == ("no", cause)


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("write", [False, True])
def test_a_write_outdates_what_is_being_read(awaited: bool, write: bool) -> None:
    """When it goes out, and when it is answered: a read that began in between may have seen either."""
    seen: list[Any] = []

    class Reading(Exchange):
        def ask(self) -> Any:
            seen.append(dict(self._flights))
            self._flights["later"] = 1

    class ReadingAsync(Reading):
        async def ask(self) -> Any:  # type: ignore[override]
            return Reading.ask(self)

    exchange = (ReadingAsync if awaited else Reading)()
    exchange._flights["before"] = 1
    flow = asking("ask", write)
    asyncio.run(drive.awaiting(exchange, flow)) if awaited else drive.blocking(exchange, flow)
    assert (seen, exchange._flights) == (([{}], {}) if write else ([{"before": 1}], {"before": 1, "later": 1}))


def test_doubt_is_not_forgotten(run: Any) -> None:
    """A time-out first and a 429 at last: the first try may have been carried out all the same."""
    answers = [ccxt.RequestTimeout("x"), ccxt.DDoSProtection("429")]
    error, _ = run(one(repeat=1e-9, write=True), *answers)
    assert type(error) is ccxt.DDoSProtection
    assert "may or may not have been applied" in str(error)


def test_the_cause_in_one_line(run: Any) -> None:
    """A gateway's page is cut, and carries no line breaks into a log; what the error knew, it still knows."""
    fault = ccxt.ExchangeNotAvailable("<html>\n" + "x" * 5000)
    fault.http_status = 502
    error, _ = run(one(repeat=1e-9), fault)
    assert "\n" not in str(error)
    assert len(str(error)) < 400
    assert error.http_status == 502


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
    error, calls = run(one(repeat=1e-9), transport)
    assert type(error) is ccxt.NetworkError
    assert calls == 2


def test_a_check_is_part_of_what_is_repeated(run: Any) -> None:
    """Half an answer is no answer."""

    def check(answer: Any) -> None:
        if answer is None:
            raise ccxt.BadResponse("half")

    assert run(one(repeat=5.0, check=check), None, "done") == ("done", 2)


@pytest.mark.parametrize("repeat", [100.0, 5.0])
def test_waits_grow_and_are_jittered(monkeypatch: pytest.MonkeyPatch, repeat: float) -> None:
    """Between two tries: more each time, never the same, never longer than two seconds, never past the deadline."""
    waits: list[list[float]] = []
    clock = SimpleNamespace(now=0.0)

    def sleep(seconds: float) -> None:
        waits[-1].append(seconds)
        clock.now += seconds

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("tenacity.nap.time.sleep", sleep)
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    for _ in range(60):
        waits.append([])
        began = clock.now
        with pytest.raises(ccxt.NetworkError):
            drive.blocking(Exchange(ccxt.NetworkError("x")), one(repeat=repeat))
        assert clock.now - began == pytest.approx(repeat)
    firsts, tenths = ([run[place] for run in waits if len(run) > place + 1] for place in (0, 9))
    assert len(set(firsts)) > 10
    assert min(firsts) >= 0.1
    assert max(firsts) < 0.5
    assert all(wait <= 2.0 for run in waits for wait in run)
    if repeat == 100.0:
        assert max(tenths) > 1.0


class Gate(SimpleNamespace):
    """An exchange whose reads wait until the gate is opened."""

    def __init__(self) -> None:
        super().__init__(_flights={}, _paces={}, enableRateLimit=False, asked=0, answer=1, open=asyncio.Event())

    async def read(self) -> int:
        self.asked += 1
        answer = self.answer
        await self.open.wait()
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    async def write(self) -> None:
        return None


def reading(key: str = "x", method: str = "read") -> Flow[Any]:
    return (yield Shared(key, lambda: asking(method)))


def asking(method: str, write: bool = False) -> Flow[Any]:
    return (yield Call(method, write=write))


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_read_under_way_is_shared() -> None:
    """Who asks for the same while it is under way has its outcome, error or answer; afterwards it is asked anew."""

    async def main() -> None:
        for answer in (7, ccxt.NetworkError("x")):
            gate = Gate()
            gate.answer = answer
            tasks = [asyncio.ensure_future(drive.awaiting(gate, reading(key))) for key in "xxxy"]
            await settled()
            assert gate.asked == 2
            gate.open.set()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert outcomes == [answer] * 4
            await asyncio.gather(drive.awaiting(gate, reading()), return_exceptions=True)
            assert gate.asked == 3
            assert gate._flights == {}

    asyncio.run(main())


def test_a_read_from_before_a_write_is_not_shared() -> None:
    """What a read under way has seen is out of date once a write goes out: who asks then reads for himself."""

    async def main() -> None:
        gate = Gate()
        first = asyncio.ensure_future(drive.awaiting(gate, reading()))
        await settled()
        await drive.awaiting(gate, asking("write", write=True))
        gate.answer = 2
        second = asyncio.ensure_future(drive.awaiting(gate, reading()))
        await settled()
        gate.open.set()
        assert [await first, await second] == [1, 2]

    asyncio.run(main())


def test_a_read_that_is_over_is_not_shared() -> None:
    """Nor one of another event loop: a thread of its own, or an earlier one that was torn down."""

    async def main(elsewhere: asyncio.Task[Any]) -> None:
        over = asyncio.ensure_future(asyncio.sleep(0))
        await over
        for task in (over, elsewhere):
            gate = Gate()
            gate.open.set()
            gate._flights["x"] = drive._Flight(task, waiting=1)
            assert await drive.awaiting(gate, reading()) == 1
            assert (gate.asked, gate._flights) == (1, {})

    loop = asyncio.new_event_loop()
    elsewhere = loop.create_task(asyncio.sleep(0))
    asyncio.run(main(elsewhere))
    loop.run_until_complete(elsewhere)
    loop.close()


def test_a_read_that_is_cut_short() -> None:
    """Ctrl-C in the thread that reads: those who wait for it have a ccxt error, and the next one reads anew."""

    class Cut(Exchange):
        def ask(self, *_: Any) -> Any:
            self.waited_for = next(iter(self._flights.values()))
            raise self.answers[0]

    for raised, told in ((KeyboardInterrupt(), ccxt.NetworkError), (ccxt.BadRequest("no"), ccxt.BadRequest)):
        exchange = Cut(raised)
        with pytest.raises(type(raised)):
            drive.blocking(exchange, reading(method="ask"))
        error = exchange.waited_for.exception(0)
        assert type(error) is told
        assert str(error) == ("bitget: a read was cut short" if told is ccxt.NetworkError else "no")
        assert exchange._flights == {}


def test_who_loses_interest_does_not_spoil_it_for_the_others() -> None:
    """Cancelling one of two waiters leaves the read to the other; cancelling both ends it."""

    async def main() -> None:
        gate = Gate()
        tasks = [asyncio.ensure_future(drive.awaiting(gate, reading())) for _ in range(2)]
        await settled()
        tasks[0].cancel()
        await settled()
        gate.open.set()
        assert await tasks[1] == 1
        gate = Gate()
        lonely = asyncio.ensure_future(drive.awaiting(gate, reading()))
        await settled()
        (flight,) = gate._flights.values()
        lonely.cancel()
        await settled()
        assert flight.task.cancelled()
        assert gate._flights == {}

    asyncio.run(main())


def test_threads_share_a_read_as_well() -> None:
    """Of two threads that ask for the same at the same time one reads; an error reaches both."""
    for answer in (7, ccxt.NetworkError("x")):
        began, go = threading.Event(), threading.Event()

        class Slow(Exchange):
            def ask(self, *_: Any, began: Any = began, go: Any = go) -> Any:
                began.set()
                assert go.wait(10)
                return super().ask()

        exchange, outcomes = Slow(answer), []

        def run(exchange: Any = exchange, outcomes: list[Any] = outcomes) -> None:
            try:
                outcomes.append(drive.blocking(exchange, reading(method="ask")))
            except ccxt.NetworkError as error:
                outcomes.append(error)

        threads = [threading.Thread(target=run) for _ in range(3)]
        threads[0].start()
        assert began.wait(10)
        held = next(iter(exchange._flights.values()))
        waiting = held._condition
        for thread in threads[1:]:
            thread.start()
        while len(waiting._waiters) < 2:
            time.sleep(0.001)
        go.set()
        for thread in threads:
            thread.join(10)
        assert outcomes == [answer] * 3
        assert exchange.calls == 1
        assert exchange._flights == {}


@pytest.mark.parametrize("abreast", [1, 3, 10])
def test_no_more_than_so_many_abreast(abreast: int) -> None:
    """An awaiting driver runs that many at the same time, and no more."""
    seen = SimpleNamespace(now=0, most=0)

    class Counting(Exchange):
        async def ask(self) -> None:
            seen.now += 1
            seen.most = max(seen.most, seen.now)
            await settled()
            seen.now -= 1

    def flow() -> Flow[Any]:
        return (yield Together([one() for _ in range(10)], abreast))

    asyncio.run(drive.awaiting(Counting(1), flow()))
    assert seen.most == abreast


def test_what_is_beside_an_error_is_given_up() -> None:
    """Where one of several flows fails, the others are ended before the error is seen: nothing runs on behind it."""
    ended: list[str] = []

    async def never(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await settled()  # as a connection that is closed does
            ended.append(name)

    async def fails() -> None:
        raise ccxt.BadRequest("no")

    exchange = SimpleNamespace(_paces={}, _flights={}, _turns={}, enableRateLimit=False, never=never, fails=fails)

    def call(*args: Any) -> Flow[Any]:
        return (yield Call(*args))

    def flow() -> Flow[Any]:
        return (yield Together([call("never", ("a",)), call("fails"), call("never", ("b",))], 3))

    async def main() -> None:
        with pytest.raises(ccxt.BadRequest):
            await drive.awaiting(exchange, flow())
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert sorted(ended) == ["a", "b"]


def taking_turns(key: str, order: list[str], name: str) -> Flow[Any]:
    def flow() -> Flow[None]:
        order.append(f"{name} begins")
        yield Call("ask")
        order.append(f"{name} ends")

    return (yield Alone(key, flow))


def test_turns_of_tasks() -> None:
    """Of one key one after the other, of another key beside it; who is cancelled gives up its turn; nothing is kept."""
    order: list[str] = []

    async def main() -> None:
        exchange, go = AsyncExchange(1), asyncio.Event()
        exchange.ask = go.wait
        names = ("a", "x"), ("a", "y"), ("a", "z"), ("b", "v")
        tasks = [asyncio.ensure_future(drive.awaiting(exchange, taking_turns(key, order, name))) for key, name in names]
        await settled()
        assert order == ["x begins", "v begins"]
        tasks[1].cancel()
        go.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert exchange._turns == {}

    asyncio.run(main())
    assert order == ["x begins", "v begins", "x ends", "v ends", "z begins", "z ends"]


def test_turns_of_threads() -> None:
    """A thread waits for the one before it, and has its own turn again within it."""
    order: list[str] = []
    began, go = threading.Event(), threading.Event()

    def ask() -> None:
        began.set()
        go.wait()

    exchange = Exchange(1)
    exchange.ask = ask

    def within() -> Flow[Any]:
        return (yield Alone("a", lambda: taking_turns("a", order, "x")))

    threads = [threading.Thread(target=drive.blocking, args=(exchange, within()))]
    threads.append(threading.Thread(target=drive.blocking, args=(exchange, taking_turns("a", order, "y"))))
    threads[0].start()
    began.wait()
    threads[1].start()
    while exchange._turns["a"].wanted < 3:  # the first, which has it twice, and the second
        time.sleep(0)
    assert order == ["x begins"]
    go.set()
    for thread in threads:
        thread.join()
    assert order == ["x begins", "x ends", "y begins", "y ends"]
    assert exchange._turns == {}


def test_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait of so many seconds, under either driver."""
    slept: list[float] = []

    async def asleep(seconds: float) -> None:
        slept.append(seconds)

    def flow() -> Flow[int]:
        yield Pause(0.7)
        return 1

    monkeypatch.setattr("time.sleep", slept.append)
    assert drive.blocking(Exchange(1), flow()) == 1
    monkeypatch.setattr("asyncio.sleep", asleep)
    assert asyncio.run(drive.awaiting(Exchange(1), flow())) == 1
    assert slept == [0.7, 0.7]


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
