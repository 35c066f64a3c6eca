"""The parts below the flows: what was asked for, the rate limit, the runners and the keyed locks, without real waiting."""

from __future__ import annotations

import asyncio
import gc
import pickle
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakSet

import ccxt
import pytest
import requests
from world.clock import Clock

from bitget_leverage_ext import async_support
from bitget_leverage_ext._keyed_lock import TaskLocks, ThreadLocks
from bitget_leverage_ext._rate_limit import RateLimit, SlidingWindow, Traffic, departed
from bitget_leverage_ext._retry import Deadline, take_lock
from bitget_leverage_ext._runner import ExchangeCall, Exclusive, Gather, Sleep, run_async, run_sync
from bitget_leverage_ext.emulator import Emulator
from bitget_leverage_ext.http_limits import BoundedAdapter, time_limit
from bitget_leverage_ext.requested import ContractLeverage, KnownPosition, next_number
from bitget_leverage_ext.rules.change import RequestedLeverage
from bitget_leverage_ext.rules.modes import BOTH, CROSSED, ISOLATED, LONG, SHORT, MarginMode, Side
from bitget_leverage_ext.state import AccountState

# --- asked for and acknowledged --------------------------------------------------------------------------------------

# A call: the leverages of both sides, the margin mode that it was decided for, and whether it named that mode.
Ask = tuple[Any, Any, Any, bool]
TEN: Ask = (10, 10, None, False)


def record(*asks: Ask) -> ContractLeverage:
    """Return the record of a contract for which these calls were made."""
    result = ContractLeverage()
    for long, short, margin, only in asks:
        side = BOTH if long and short else LONG if long else SHORT
        result.ask(RequestedLeverage(long, short, side), next_number(), margin, only)
    return result


@pytest.mark.parametrize(
    ("asks", "isolated_hedge", "crossed", "isolated_one_way"),
    [
        # the mode was not known: both modes
        ([TEN], (10, 10), 10, 10),
        # decided for a mode: the other one too, as long as nothing was asked for there
        ([(10, 10, ISOLATED, False)], (10, 10), 10, 10),
        ([(10, 10, CROSSED, False)], (10, 10), 10, 10),
        ([(7, 7, CROSSED, False), (10, 10, ISOLATED, False)], (10, 10), 7, 10),
        ([(10, 10, ISOLATED, False), (7, 7, CROSSED, False)], (10, 10), 7, 10),
        # named: that mode only
        ([(10, 10, ISOLATED, True)], (10, 10), None, 10),
        ([(10, 10, CROSSED, True)], (None, None), 10, None),
        # one side after the other; the last call counts where there is one leverage
        ([(10, None, ISOLATED, False), (None, 7, ISOLATED, False)], (10, 7), 7, 7),
        ([(None, 7, ISOLATED, False), (10, None, ISOLATED, False)], (10, 7), 10, 10),
        ([(10, None, None, False)], (10, None), 10, 10),
        # two leverages in one call: isolated hedge only
        ([(10, 7, ISOLATED, False)], (10, 7), None, None),
        ([TEN, (9, 7, ISOLATED, False)], (9, 7), 10, None),
        # the last call counts
        ([TEN, (5, 5, None, False)], (5, 5), 5, 5),
    ],
)
def test_what_was_asked_for(asks: list[Ask], isolated_hedge: Any, crossed: Any, isolated_one_way: Any) -> None:
    """SPEC 7, "Asked for": which leverage counts in which margin mode, position mode and side."""
    it = record(*asks)
    assert tuple(it.asked_for(ISOLATED, side, hedged=True) for side in (LONG, SHORT)) == isolated_hedge
    assert {it.asked_for(CROSSED, side, hedged) for side in (LONG, SHORT) for hedged in (False, True)} == {crossed}
    assert {it.asked_for(ISOLATED, side, hedged=False) for side in (LONG, SHORT)} == {isolated_one_way}


NINE_SEVEN: Ask = (9, 7, ISOLATED, False)


@pytest.mark.parametrize(
    ("asks", "crossed", "isolated_one_way"),
    [
        ([TEN], None, None), ([NINE_SEVEN], (9, 7), (9, 7)), ([TEN, NINE_SEVEN], (9, 7), (9, 7)),
        ([NINE_SEVEN, TEN], None, None), ([NINE_SEVEN, (5, 5, CROSSED, True)], None, (9, 7)),
    ],
)  # fmt: skip
def test_two_leverages_of_one_call(asks: list[Ask], crossed: Any, isolated_one_way: Any) -> None:
    """An order that has one leverage is told of them, until another one is asked for in its margin mode."""
    it = record(*asks)
    assert it.divided_for(ISOLATED, hedged=True) is None
    for mode, hedged, expected in (
        (CROSSED, False, crossed), (CROSSED, True, crossed), (ISOLATED, False, isolated_one_way),
    ):  # fmt: skip
        found = it.divided_for(mode, hedged)
        assert (found and (found.long, found.short)) == expected


def test_an_earlier_call_that_ends_later_changes_nothing() -> None:
    it, early = ContractLeverage(), next_number()
    it.ask(RequestedLeverage(10, 10), next_number(), None, only=False)
    it.ask(RequestedLeverage(5, 5), early, None, only=False)
    assert it.asked_for(CROSSED, LONG, hedged=False) == 10


def _unknown(it: ContractLeverage) -> None:
    it.outcome_unknown(CROSSED, {LONG: 10, SHORT: 10})


ACKNOWLEDGED: dict[str, tuple[Callable[[ContractLeverage], object], int | None]] = {
    "never sent": (lambda it: None, 10),
    "acknowledged": (lambda it: it.acknowledge(CROSSED, {LONG: 10, SHORT: 10}), None),
    "another leverage": (lambda it: it.acknowledge(CROSSED, {LONG: 9, SHORT: 9}), 10),
    "the other side": (lambda it: it.acknowledge(CROSSED, {SHORT: 10}), 10),
    "the other mode": (lambda it: it.acknowledge(ISOLATED, {LONG: 10, SHORT: 10}), 10),
    "outcome unknown": (_unknown, 10),
    "seen": (
        lambda it: (it.acknowledge(CROSSED, {LONG: 10, SHORT: 10}), it.seen(KnownPosition(LONG, CROSSED, 20))),
        None,
    ),
    "reset": (lambda it: (it.acknowledge(CROSSED, {LONG: 10, SHORT: 10}), it.reset_acknowledged()), 10),
    "converted": (lambda it: (it.acknowledge(CROSSED, {LONG: 10, SHORT: 10}), it.account_converted()), 10),
}


@pytest.mark.parametrize("event", ACKNOWLEDGED)
def test_what_is_missing(event: str) -> None:
    """SPEC 7, "Acknowledged": only our own writes confirm, and only a new account or position mode takes that back."""
    it = record(TEN)
    happen, missing = ACKNOWLEDGED[event]
    happen(it)
    assert it.missing(CROSSED, LONG, hedged=False) == missing


def test_a_repetition_of_our_own_write() -> None:
    """Only a write of the same leverage, whose outcome is not known, may be repeated under a position."""
    it = record(TEN)
    _unknown(it)
    assert it.repeats_own_write(CROSSED, LONG, 10)
    assert not it.repeats_own_write(CROSSED, LONG, 9)
    assert not it.repeats_own_write(ISOLATED, LONG, 10)
    it.acknowledge(CROSSED, {LONG: 10})
    assert not it.repeats_own_write(CROSSED, LONG, 10)


Event = Callable[[ContractLeverage], object]
OPEN: Event = lambda it: it.opened(LONG, ISOLATED, 1.0, hedged=True)  # noqa: E731
POSITIONS: dict[str, tuple[list[Event], MarginMode | None]] = {
    "opened": ([OPEN], ISOLATED),
    "seen": ([lambda it: it.seen(KnownPosition(LONG, CROSSED))], CROSSED),
    "a limit order opens later": ([lambda it: it.may_open(LONG, CROSSED)], None),
    "a limit order beside a position": ([OPEN, lambda it: it.may_open(LONG, CROSSED)], ISOLATED),
    "filled exit": ([OPEN, lambda it: it.reduced(LONG, 1.0)], None),
    "filled exit without an amount": ([OPEN, lambda it: it.reduced(LONG, None)], None),
    "partial exit": ([OPEN, lambda it: it.reduced(LONG, 0.4)], ISOLATED),
    "two partial exits": ([OPEN, *[lambda it: it.reduced(LONG, 0.5)] * 2], None),
    "two orders, one exit": ([OPEN, OPEN, lambda it: it.reduced(LONG, 1.0)], ISOLATED),
    "shown as closed": ([OPEN, lambda it: it.closed(LONG)], None),
    "exit found none in its mode": ([OPEN, lambda it: it.no_position_in(ISOLATED)], None),
    "exit found none in the other mode": ([OPEN, lambda it: it.no_position_in(CROSSED)], ISOLATED),
    "one-way: the other side opened": ([OPEN, lambda it: it.opened(SHORT, CROSSED, 1.0, hedged=False)], None),
    "hedge: the other side opened": ([OPEN, lambda it: it.opened(SHORT, CROSSED, 1.0, hedged=True)], ISOLATED),
    "one-way: the other side seen": ([OPEN, lambda it: it.seen(KnownPosition(SHORT, CROSSED), hedged=False)], None),
}


@pytest.mark.parametrize("events", POSITIONS)
def test_known_positions(events: str) -> None:
    """The margin mode of the long position that the object opened or saw; None where there is none (any more)."""
    it = ContractLeverage()
    happened, expected = POSITIONS[events]
    for happen in happened:
        happen(it)
    known = it.open_position(LONG)
    assert (known and known.margin) is expected


@pytest.mark.parametrize(
    ("chosen", "decided", "expected"),
    [
        (None, None, None), ((CROSSED, 1), None, CROSSED), (None, (ISOLATED, 1), ISOLATED),
        ((CROSSED, 2), (ISOLATED, 1), CROSSED), ((CROSSED, 1), (ISOLATED, 2), ISOLATED),
    ],
)  # fmt: skip
def test_margin_mode_of_the_program(chosen: Any, decided: Any, expected: MarginMode | None) -> None:
    """The mode that was chosen last, or decided last, whichever is later."""
    assert ContractLeverage(chosen=chosen, decided=decided).last_mode[0] is expected


# --- rate limit ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_never_more_than_the_limit_arrives_in_one_second(seed: int) -> None:
    """However long the ways to the exchange and back are, no second holds more than N arrivals.

    Each way varies by 15 ms; a network that varies more can still meet a 429, which is waited out. A request that
    finds no idle connection opens one, with TCP and TLS.
    """
    rng = random.Random(seed)
    calls, round_trip = rng.choice([1, 5, 10]), rng.choice([0.002, 0.05, 0.4])
    out_at_least = rng.random() * round_trip
    window, now, arrivals = SlidingWindow(RateLimit("set-leverage", calls), Traffic()), 100.0, []
    in_flight: list[tuple[float, float]] = []  # when each reply comes, when its call was sent
    idle, first = 0, 0.0  # connections, and when the first reply came
    for _ in range(40 * calls):
        while True:
            while in_flight and min(in_flight)[0] <= now:
                replied, sent = min(in_flight)
                in_flight.remove((replied, sent))
                answered = rng.random() < 0.9
                first = first or (replied if answered else 0.0)
                window.on_response(sent, replied, measured=answered and sent >= first)
                idle += 1
            wait = window.take(now)
            if not wait:
                break
            now = min([now + wait, *(replied for replied, _ in in_flight)])
        out = out_at_least + rng.uniform(0, 0.015) + (0 if idle else 3 * round_trip)
        idle = max(0, idle - 1)
        back = round_trip - out_at_least + rng.uniform(0, 0.015)
        arrivals.append(now + out)
        in_flight.append((now + out + back, now))
        now += rng.choice([0.0, 0.001])
    arrivals.sort()
    assert all(later - earlier >= 1 for earlier, later in zip(arrivals, arrivals[calls:], strict=False))
    assert arrivals[-1] - arrivals[0] < 40 * 2, "it does not stand still either"


def test_an_exhausted_limit_leaves_no_place() -> None:
    """Another program on the same key has used up the second: the next call waits for it to end.

    Places of our own earlier calls are free again in their time.
    """
    window = SlidingWindow(RateLimit("set-leverage", 5), Traffic())
    assert [window.take(98.9), window.take(98.9), window.take(98.9)] == [0] * 3
    for _ in range(2):
        window.on_response(98.9, 99.0, measured=True)
    window.on_exhausted(99.5)
    window.on_response(99.4, 99.6, measured=True)
    assert [window.take(100.3) > 0 for _ in range(3)] == [False, False, True]

    window = SlidingWindow(RateLimit("set-leverage", 5), Traffic())
    assert window.take(100.0) == 0
    window.on_exhausted(100.0)
    assert 1 < window.take(100.0) < 1.02
    window.on_response(100.0, 100.1, measured=True)
    assert [window.take(101.2) for _ in range(5)] == [0] * 5
    assert window.take(101.2) > 0


@pytest.mark.parametrize(("measured", "wait"), [(True, 1.005 - 0.39), (False, 1.005 - 0.09)])
def test_a_place_is_free_again_one_round_trip_early(measured: bool, wait: float) -> None:
    """Of a reply that may have needed a connection, a quarter counts as the round trip. One call takes the place."""
    window = SlidingWindow(RateLimit("set-leverage", 1), Traffic())
    assert window.take(100.0) == 0
    window.on_response(100.0, 100.4, measured)
    assert window.take(100.4) == pytest.approx(wait)
    (free,) = vars(window)["_free_at"]
    assert window.take(free) == 0 < window.take(free)


def test_the_asynchronous_client_notes_when_a_request_leaves() -> None:
    """A busy event loop, or a connection that is opened first, does not count as a part of the round trip."""

    async def main(config: dict[str, Any]) -> float:
        exchange = async_support.bitget(config)
        try:
            await exchange.load_markets()
            began = time.monotonic()
            await exchange.fetch_leverage("BTC/USDT:USDT")
            return departed.get()[0] - began
        finally:
            await exchange.close()

    with Emulator() as emulator:
        assert asyncio.run(main(emulator.config())) > 0


def test_own_requests_do_not_wait_in_the_queue_of_ccxt() -> None:
    """They have rate limits of their own; a scan of many symbols before them would use up the time of an order."""

    async def queue(cost: float) -> None:
        raise AssertionError("a request of ours waits behind those of the program")

    async def main(config: dict[str, Any]) -> Any:
        async with async_support.bitget(config) as exchange:
            await exchange.load_markets()
            exchange.throttler = queue
            return await exchange.set_leverage(7, "BTC/USDT:USDT")

    with Emulator(unified=True) as emulator:
        assert asyncio.run(main(emulator.config()))["longLeverage"] == 7


# --- runners ---------------------------------------------------------------------------------------------------------


def run(kind: str, flow: Any) -> Any:
    return run_sync(flow, only_ccxt=False) if kind == "sync" else asyncio.run(run_async(flow, only_ccxt=False))


def call(kind: str, result: Any) -> ExchangeCall:
    """Return a call of the exchange that returns or raises *result*."""

    def method() -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    async def method_async() -> Any:
        return method()

    return ExchangeCall(method if kind == "sync" else method_async)


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_flow_gets_results_and_errors_where_it_awaits(kind: str) -> None:
    async def flow() -> list[Any]:
        results = [await call(kind, 1), await Sleep(0)]
        try:
            await call(kind, KeyError("x"))
        except KeyError as error:
            results.append(error.args)
        return [*results, *await Gather([child(each) for each in (2, 3)], 2)]

    async def child(value: int) -> Any:
        return await call(kind, value)

    assert run(kind, flow()) == [1, None, ("x",), 2, 3]


def test_a_flow_holds_a_lock_for_a_with_block(kind: str) -> None:
    locks = ThreadLocks() if kind == "sync" else TaskLocks()

    async def flow() -> list[bool]:
        with await Exclusive(locks, "a", 0):
            taken = await is_taken()
        return [taken, await is_taken()]

    async def is_taken() -> bool:
        if kind == "sync":
            with ThreadPoolExecutor() as threads:  # the same thread may take a lock again
                return threads.submit(locks.take_unused, "a").result() is None
        try:
            with await Exclusive(locks, "a", 0):
                return False
        except TimeoutError:
            return True

    assert run(kind, flow()) == [True, False]


class Foreign:
    """Something awaitable that is no step, such as a future of asyncio."""

    def __await__(self) -> Any:
        yield self


def test_a_foreign_awaitable_is_a_clear_error(kind: str) -> None:
    cleaned = []

    async def flow() -> None:
        try:
            await Foreign()
        finally:
            cleaned.append(True)

    with pytest.raises(TypeError, match="a flow awaited Foreign; it may await steps only"):
        run(kind, flow())
    assert cleaned


def test_gather_ends_its_flows_when_one_fails(kind: str) -> None:
    """The error comes out; no other flow goes on, and none is left unawaited."""
    ended: list[str] = []

    async def failing() -> None:
        await call(kind, ccxt.BadRequest("first"))

    async def endless() -> None:
        try:
            await Sleep(3600)
        finally:
            await Sleep(0.01)  # it is waited for
            ended.append("cancelled")

    async def flow() -> None:
        await Gather([failing(), endless(), endless()], 3)

    with pytest.raises(ccxt.BadRequest, match="first"):
        run(kind, flow())
    assert ended == ([] if kind == "sync" else ["cancelled"] * 2)


def test_gather_runs_no_more_than_its_limit_at_once() -> None:
    running, most = 0, 0

    async def child() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await Sleep(0)
        running -= 1

    async def flow() -> None:
        await Gather([child() for _ in range(9)], 3)

    run("async", flow())
    assert most == 3


# --- keyed locks -----------------------------------------------------------------------------------------------------


def test_threads_wait_for_a_lock_and_give_up_in_time() -> None:
    """The same thread may take a lock again; another one cannot."""
    locks = ThreadLocks()
    outcomes: list[str] = []

    def other() -> None:
        try:
            locks.acquire("a", 0)
        except TimeoutError:
            outcomes.append("timeout" if locks.take_unused("a") is None else "taken")
        for taken in (locks.acquire("b", 0), locks.take_unused("c")):
            with taken:
                outcomes.append("free")

    with locks.acquire("a", 0), locks.acquire("a", 0):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert outcomes == ["timeout", "free", "free"]


def test_tasks_wait_for_a_lock_and_give_up_in_time() -> None:
    locks = TaskLocks()

    async def main() -> None:
        with await locks.acquire("a", 1):
            with pytest.raises(TimeoutError):
                await locks.acquire("a", 0)
            with await locks.acquire("b", 0):
                pass
        with await locks.acquire("a", 0):
            pass

    asyncio.run(main())


def test_each_event_loop_has_locks_of_its_own() -> None:
    """A program may use one object in one loop after the other; a loop that is closed is forgotten."""
    locks, loops = TaskLocks(), WeakSet[asyncio.AbstractEventLoop]()

    async def main() -> None:
        loops.add(asyncio.get_running_loop())
        with await locks.acquire("a", 1):
            waiting = asyncio.ensure_future(locks.acquire("a", 60))
            await asyncio.sleep(0)
        (await waiting).__exit__()

    for _ in range(3):
        asyncio.run(main())
        gc.collect()
        assert not loops


@pytest.mark.parametrize(
    ("deadline", "seconds"),
    [((1.0,), 1.0), ((0.5,), 0.5), ((5.0,), 5.0), ((5.0, 2.0), 2.0), ((0.0,), 60.0), ((0.0, 3.0), 3.0)],
)
def test_a_lock_is_waited_for_within_the_deadline(deadline: tuple[float, ...], seconds: float) -> None:
    """And no longer than a request may take; without a deadline, for a minute."""
    clock, locks = Clock(), TaskLocks()

    async def flow() -> None:
        await take_lock(locks, "a", Deadline(*deadline), "fetch_leverage")

    async def main() -> None:
        with await locks.acquire("a", 1):
            words = f"fetch_leverage: nothing was sent, another call was not finished after {seconds} s"
            with pytest.raises(ccxt.RequestTimeout, match=words):
                await run_async(flow(), only_ccxt=False)

    with clock.installed():
        loop, began = clock.event_loop(), clock.now
        loop.run_until_complete(main())
        loop.close()
    assert clock.now - began == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("released_before", [False, True], ids=["while it waits", "as the lock becomes free"])
def test_a_cancelled_task_leaves_the_lock_to_others(released_before: bool) -> None:
    """A cancellation is not swallowed and loses no lock, in whatever moment it comes."""
    locks = TaskLocks()

    async def take() -> None:
        with await locks.acquire("a", 60):
            pass

    async def main() -> None:
        held = await locks.acquire("a", 1)
        task = asyncio.ensure_future(take())
        for _ in range(3):
            await asyncio.sleep(0)
        if released_before:
            held.__exit__()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        if not released_before:
            held.__exit__()
        with await locks.acquire("a", 0):
            pass

    asyncio.run(main())


def test_sides_are_words_of_the_exchange() -> None:
    assert [f"{side}" for side in Side] == ["long", "short", "both"]


@pytest.mark.parametrize(
    ("limit", "own", "expected"),
    [(None, 10, 10), (1.0, 10, 1.0), (1.0, 0.5, 0.5), (1.0, (3, 4), 1.0), (1.0, None, 1.0)],
)
def test_a_request_before_an_order_has_a_shorter_timeout(
    monkeypatch: pytest.MonkeyPatch, limit: Any, own: Any, expected: Any
) -> None:
    """The synchronous client's requests take the time limit of the flow that sends them, if it is shorter."""
    seen: list[Any] = []

    def send(adapter: Any, request: Any, **settings: Any) -> Any:
        seen.append(settings["timeout"])
        raise requests.ConnectionError

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    token = time_limit.set(limit)
    try:
        with pytest.raises(requests.ConnectionError):
            BoundedAdapter().send(requests.Request("GET", "http://127.0.0.1").prepare(), timeout=own)
    finally:
        time_limit.reset(token)
    assert seen == [expected]


def test_no_call_is_under_way_in_a_copy() -> None:
    state = AccountState()
    state.begin_call("BTC/USDT:USDT")
    assert not pickle.loads(pickle.dumps(state)).under_way
