"""Run a program in the world of the scenarios, and judge every step of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import ccxt
from world import Hang, Sent, World, warnings
from world.program import Program, requests_of

from .steps import SYMBOLS, Case, Step

# What the exchange answers where the account is of the other type.
SWITCH = ("40084", "40085", "25245", "40014")
NO_POSITION = ("22002", "25227", "31008")


@dataclass(frozen=True)
class State:
    """What the account holds.

    :ivar stored: leverage by symbol, margin mode and side
    :ivar positions: margin mode, leverage and size by symbol and side
    :ivar busy: the contracts that have positions or orders
    """

    unified: bool
    hedge: bool
    modes: dict[str, str]
    stored: dict[tuple[str, str, str], int]
    positions: dict[tuple[str, str], tuple[str, int, float]]
    busy: frozenset[str]


@dataclass(frozen=True)
class Event:
    """A request of the program, what went wrong with it, and the account before and after it."""

    sent: Sent
    fault: str
    before: State
    after: State

    @property
    def name(self) -> str:
        return self.sent.path.rsplit("/", 1)[-1]

    @property
    def is_order(self) -> bool:
        return self.sent.method == "POST" and "place" in self.name

    @property
    def is_switch(self) -> bool:
        return self.is_answered and self.sent.code in SWITCH

    @property
    def is_answered(self) -> bool:
        return self.fault in ("", "refuse")

    @property
    def reads_positions(self) -> bool:
        return "position" in self.name


def is_unread(events: list[Event]) -> bool:
    """Return whether a read of the positions has failed."""
    return any(event.reads_positions and event.fault for event in events)


@dataclass
class Outcome:
    """What one step came to.

    :ivar took: seconds, without those in which a request waited for a reply that did not come
    """

    result: Any
    error: BaseException | None
    began: float
    took: float
    before: State
    after: State
    events: list[Event]
    warnings: list[str]
    fills: list[Any]

    @property
    def faults(self) -> set[str]:
        return {event.fault for event in self.events} - {""}

    def warned_of(self, *leverages: int) -> bool:
        """Return whether a warning names all of these leverages."""
        return any(all(f"{each}x" in text for each in leverages) for text in self.warnings)


@dataclass(frozen=True)
class Finding:
    """A step that broke a promise, and what happened on the wire in it."""

    promise: str
    place: int
    story: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([self.promise, *self.story])


class Watched(World):
    """A world that keeps what each request did to the account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.events: list[Event] = []
        self.unanswered = 0.0  # seconds
        self._fault = ""

    def _due(self, path: str) -> Any:
        trouble = super()._due(path)
        self._fault = trouble.kind if trouble else ""
        return trouble

    def _carry(self, exchange: Any, url: str, method: str, headers: Any, body: Any) -> Any:
        before = self.state()
        reply = super()._carry(exchange, url, method, headers, body)
        sent = self.log[-1]
        if isinstance(reply, ccxt.RequestTimeout):
            self.unanswered += exchange.timeout / 1000
        if sent.is_private:
            after = before if method == "GET" else self.state()
            self.events.append(Event(sent, self._fault, before, after))
        return reply

    def state(self) -> State:
        return state_of(self.account)


def state_of(account: Any) -> State:
    """Return what an account of the emulator holds."""
    with account.lock:
        stored = {(symbol, mode, side): account.leverages(symbol).of(word, side)
                  for symbol in SYMBOLS for mode, word in (("cross", "crossed"), ("isolated", "isolated"))
                  for side in ("long", "short")}  # fmt: skip
        # a position takes its contract's leverage over
        held = {(row.symbol, row.side): (row.margin_mode, stored[row.symbol, row.margin_mode, row.side], row.size)
                for row in account.positions()}  # fmt: skip
        modes = {symbol: account.margin_mode(symbol).replace("crossed", "cross") for symbol in SYMBOLS}
        busy = frozenset(symbol for symbol in SYMBOLS if account.setting(symbol).busy)
        hedge = account.position_mode() == "hedge_mode"
    return State(account.unified, hedge, modes, stored, held, busy)


class FuzzProgram(Program):
    """A program of the scenarios, with batches."""

    def __init__(self, world: Watched, settings: dict[str, Any]) -> None:
        super().__init__(world, settings)
        self["batch"] = self.batch

    def batch(self, bot: Any, symbol: str, rows: list[tuple[str, bool]], **params: Any) -> Any:
        hedged = {"hedged": True} if self.world.account.position_mode() == "hedge_mode" else {}
        orders = [
            {"symbol": symbol, "type": "market", "side": side, "amount": 0.01,
             "params": {**params, **hedged, **({"reduceOnly": True} if closes else {})}}
            for side, closes in rows
        ]  # fmt: skip
        return bot.create_orders(orders)


def play(case: Case, judge: Any, shown: bool = False, make_world: Any = Watched) -> Finding | None:
    """Run a program until a step breaks a promise.

    :param judge: the class of the judge
    :param make_world: the class of the world
    """
    world = make_world(case.client, **case.account, **case.quirks)
    story: list[str] = []
    with world.running(), warnings() as logged:
        program = FuzzProgram(world, {"options": copy.deepcopy(case.options)})
        judged = judge(case)
        for place, step in enumerate(case.steps):
            world.events, logged[:], world.log, world.unanswered = [], [], [], 0.0
            try:
                outcome = _played(world, program, step, logged)
                promise = judged.step(step, outcome)
            except Hang as hang:
                promise, outcome = f"a call never ends: {hang}", None
            story += _told(step, outcome) if shown else []
            if promise:
                return Finding(promise, place, story)
    return None


def _played(world: Watched, program: FuzzProgram, step: Step, logged: list[str]) -> Outcome:
    began, before, fills = world.clock.now, world.state(), len(world.account.book.fills)
    if step.fault:
        kind, path, times, detail = step.fault
        world.fault(kind, path, times, **detail)
    errors = program.run(str(step).rpartition("; ")[2])
    world.troubles.clear()
    world.emulator.heal()
    error = errors[0] if errors else None
    return Outcome(
        None if errors else program["result"], error, began, world.clock.now - began - world.unanswered, before,
        world.state(), list(world.events), list(logged),
        list(world.account.book.fills[fills:]),
    )  # fmt: skip


def _told(step: Step, outcome: Outcome | None) -> list[str]:
    lines = [f"    {step}"]
    if outcome is None:
        return lines
    for event in outcome.events:
        sign = ">" if event.sent.method == "POST" else "?"
        answer = event.fault if event.fault not in ("", "refuse") else event.sent.code
        lines.append(f"        {sign} {requests_of([event.sent])[0]}  ({answer})")
    lines += [f"        ~ {text[:200]}" for text in outcome.warnings]
    if outcome.error is not None:
        lines.append(f"        ! {type(outcome.error).__name__}: {str(outcome.error)[:300]}")
    lines += [f"        = {fill.action} {fill.side} {fill.margin_mode} {fill.leverage}x" for fill in outcome.fills]
    return lines
