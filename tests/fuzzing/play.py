"""Plays one sequence on one client, and shortens one that went wrong."""

from __future__ import annotations

import asyncio
import copy
import functools
import importlib
import inspect
import logging
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import ccxt
from clients import CLIENTS
from soak import Warnings

from bitget_leverage_ext import faults
from bitget_leverage_ext.emulator.contracts import CONTRACTS
from bitget_leverage_ext.flows import setting
from fuzzing.asked import Done
from fuzzing.cases import NAMES, Case, Op
from fuzzing.oracle import Judge
from fuzzing.world import ADDRESS, Hang, World, fresh, received

MARKETS = ("markets", "markets_by_id", "symbols", "ids", "currencies", "currencies_by_id", "codes")
LONGEST = 60  # seconds an operation may take, in which a thousand are done


def config(world: World) -> dict[str, Any]:
    """What brings a client to *world*."""
    account = world.account
    return {
        "apiKey": account.api_key,
        "secret": account.secret,
        "password": account.password,
        "urls": {"api": dict.fromkeys(ccxt.bitget().urls["api"], ADDRESS)},
        "enableRateLimit": False,
    }


@functools.cache
def template(kind: str) -> Any:
    """An object of the *kind* of client, to be copied for each sequence."""
    return importlib.import_module(CLIENTS[kind]).bitget(config(World()))


@functools.cache
def markets(unified: bool) -> dict[str, Any]:
    """The markets that an account of this type is shown, as ccxt holds them once they are loaded."""
    world = World()
    world.account.unified = unified
    exchange = ccxt.bitget({**config(world), "options": {"uta": unified}})
    exchange.fetch = lambda url, method="GET", headers=None, body=None: received(
        exchange, method, url, headers, body, world.answer(url, method, headers, body)
    )
    exchange.load_markets()
    return {name: getattr(exchange, name) for name in MARKETS}


def driven(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("a synchronous client waited")


class Player:
    """One sequence under way; *defect* says what went wrong, if anything did, and *tally* what became of each call."""

    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case, self.sync = world, case, case.client == "sync"
        self.tally: Counter[str] = Counter()
        self.chance = random.Random(repr(case.setup))
        self.warnings = Warnings()

    async def play(self) -> str | None:
        """What went wrong; ``None`` where nothing did."""
        self.world.begin(self.case.setup)
        self.judge = Judge(self.world, self.case.setup.options)
        self._restart()
        with listening(self.warnings):
            for number, op in enumerate(self.case.ops):
                found = await self._operate(op)
                if found is not None:
                    return f"operation {number}, {op}: {found}"
        return None

    # -- the object ---------------------------------------------------------------------------------------------------

    def _restart(self) -> None:
        setup = self.case.setup
        self.exchange = fresh(template(self.case.client), copy.deepcopy(dict(setup.options)), setup.uta)
        self.exchange.session = None
        vars(self.exchange).update(markets(self.world.account.unified if setup.uta is None else setup.uta))
        self.exchange.fetch = self._fetch(self.exchange)
        self.exchange.load_markets = self._load_markets(self.exchange)
        self.mine: list[Any] = []  # writes of this object that timed out
        self.judge.restarted()

    def _fetch(self, exchange: Any) -> Callable[..., Any]:
        world, chance = self.world, self.chance

        def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
            return received(exchange, method, url, headers, body, world.send(url, method, headers, body))

        async def fetch_async(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
            for _ in range(chance.choice((0, 1, 1, 4))):
                await asyncio.sleep(0)
            reply = world.send(url, method, headers, body)
            for _ in range(chance.choice((0, 0, 2))):
                await asyncio.sleep(0)
            return received(exchange, method, url, headers, body, reply)

        return fetch if self.sync else fetch_async

    def _load_markets(self, exchange: Any) -> Callable[..., Any]:
        def load_markets(reload: bool = False, params: Mapping[str, Any] = {}) -> Any:
            if reload:
                vars(exchange).update(markets(bool(params.get("uta", exchange.options["uta"]))))
            return exchange.markets

        async def load_markets_async(reload: bool = False, params: Mapping[str, Any] = {}) -> Any:
            return load_markets(reload, params)

        return load_markets if self.sync else load_markets_async

    # -- one operation ------------------------------------------------------------------------------------------------

    async def _operate(self, op: Op) -> str | None:
        if op.name == "meddle":
            self.world.meddle(*op.args)
            return None
        if op.name == "restart":
            self._restart()
            return None
        late = [sent for sent in self.mine if any(sent is each for each, _ in self.world.pending)]
        self.world.arm(op.strikes)
        self.warnings.said.clear()
        self.calls: list[Done] = []
        self.tasks: list[Any] = []
        try:
            await asyncio.wait_for(self._all(op), LONGEST)
        except (asyncio.TimeoutError, Hang) as error:
            return f"no end: {error or LONGEST}"
        if left := asyncio.all_tasks() - {asyncio.current_task()}:
            return f"left behind: {left}"
        self.mine += [sent for sent in self.world.sent[self.world.began :] if sent.fault == "late"]
        if self.exchange.options["setLeverage"] != self.case.setup.options:
            return f"the options were changed: {self.exchange.options['setLeverage']}"
        for done in self.calls:
            kind = type(done.outcome).__name__ if isinstance(done.outcome, BaseException) else "done"
            self.tally[f"{'refused' if op.name == 'bad' else done.method}: {kind}"] += 1
        return self.judge.judge(op.name, self.calls, late, self.warnings.said)

    async def _all(self, op: Op) -> None:
        if op.name == "together":
            await self._together(op.args)
        elif op.name == "bad":
            await self._call(*op.args)
        else:
            await self._call(op.name, *op.args)
        await asyncio.gather(*self.tasks)

    async def _together(self, calls: tuple[Any, ...]) -> None:
        if self.sync:
            await asyncio.gather(*(asyncio.to_thread(lambda each=each: driven(self._call(*each))) for each in calls))
        else:
            await asyncio.gather(*(self._call(*each) for each in calls))

    async def _call(self, name: str, *args: Any) -> None:
        progress: Any = None
        closable = name == "close" and bool(self._open_sides(args[0]))
        if name in ("open", "close"):
            name, args = self._order(name, *args)
        elif name == "set_leverages":
            *args, acts = args  # type: ignore[assignment]
            progress = Progress(self, acts)
        kept, start = copy.deepcopy(tuple(args)), len(self.world.moments) - 1
        try:
            outcome = getattr(self.exchange, name)(*args, *([progress] if progress else []))
            if inspect.isawaitable(outcome):
                outcome = await outcome
        except Exception as error:
            outcome = error
        mutated = repr(kept) != repr(tuple(args))
        ends = progress.ends if progress else {}
        self.calls.append(Done(name, kept, start, len(self.world.moments) - 1, outcome, ends, mutated, closable))

    def _open_sides(self, symbol: str) -> list[str]:
        return [each.side for each in self.world.book.positions.values() if each.contract in contracts(symbol)]

    def _order(self, name: str, symbol: str, side: str, margin: str | None, batch: bool) -> tuple[str, tuple[Any, ...]]:
        """An order as somebody writes it who knows the position mode of the account."""
        closing = name == "close"
        if closing:
            open_sides = [
                each.side for each in self.world.book.positions.values() if each.contract in contracts(symbol)
            ]
            side = side if side in open_sides or not open_sides else open_sides[0]
        params: dict[str, Any] = {"hedged": True} if self.world.held()[symbol].hedge else {}
        params.update({"reduceOnly": True} if closing else {}, **({"marginMode": margin} if margin else {}))
        way, amount = "buy" if (side == "long") != closing else "sell", 0.1 if "ETH" in symbol else 0.01
        if not batch:
            return "create_order", (symbol, "market", way, amount, None, params)
        row = {"symbol": symbol, "type": "market", "side": way, "amount": amount, "params": params}
        return "create_orders", ([row],)


def contracts(symbol: str) -> list[Any]:
    """The emulator's contracts of a symbol, on either kind of account."""
    return [CONTRACTS[of[symbol]] for of in NAMES.values() if symbol in of]


class Progress:
    """A batch's progress callback, which notes when each came and does what it is told at some of them."""

    def __init__(self, player: Player, acts: Mapping[int, tuple[Any, ...]]) -> None:
        self.player, self.acts = player, acts
        self.ends: dict[str, int] = {}

    def __call__(self, done: int, total: int, symbol: str, outcome: Any) -> None:
        player = self.player
        self.ends[symbol] = len(player.world.moments) - 1
        what, *args = self.acts.get(done, ("nothing",))
        if what == "meddle":
            player.world.meddle(*args)
        elif what == "raise":
            raise ValueError("a callback of somebody's")
        elif what == "call" and player.sync:
            driven(player._call(*args))
        elif what == "call":
            player.tasks.append(asyncio.ensure_future(player._call(*args)))


# --- around all of them ------------------------------------------------------------------------------------------


@contextmanager
def listening(handler: logging.Handler) -> Iterator[None]:
    log = logging.getLogger("bitget_leverage_ext")
    propagates, log.propagate = log.propagate, False
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = propagates


@contextmanager
def hurried() -> Iterator[None]:
    """Without the waits between two tries, and between two looks."""
    waits, looks = faults.WAIT, setting.SECOND_LOOKS
    faults.WAIT, setting.SECOND_LOOKS = (lambda _: 0.0), (0.0, 0.0)  # type: ignore[assignment]
    try:
        yield
    finally:
        faults.WAIT, setting.SECOND_LOOKS = waits, looks


def played(world: World, case: Case, loop: asyncio.AbstractEventLoop) -> tuple[str | None, Counter[str]]:
    """What went wrong with a sequence, and what became of its calls."""
    player = Player(world, case)
    return loop.run_until_complete(player.play()), player.tally


def shortened(case: Case, fails: Callable[[Case], bool]) -> Case:
    """The shortest sequence found that still fails: whatever can be left out of it is."""
    while True:
        shorter = next((each for each in _shorter(case) if fails(each)), None)
        if shorter is None:
            return case
        case = shorter


def _shorter(case: Case) -> Iterator[Case]:
    for place in reversed(range(len(case.ops))):
        yield replace(case, ops=case.ops[:place] + case.ops[place + 1 :])
    for place, op in enumerate(case.ops):
        for strike in op.strikes:
            less = replace(op, strikes=tuple(each for each in op.strikes if each is not strike))
            yield replace(case, ops=(*case.ops[:place], less, *case.ops[place + 1 :]))
    for name in ("quirks", "options"):
        told = getattr(case.setup, name)
        for key in told:
            less = {other: value for other, value in told.items() if other != key}
            yield replace(case, setup=replace(case.setup, **{name: less}))
