"""Random programs against the promises about orders; `random_programs.py 100000` plays so many, `--seed N` one again.

A program is a list of lines in the words of the scenarios: calls of one or two objects with every error swallowed,
foreign changes in the app, faults, conversions, restarts. After each line a judge looks at the account:

* an opening fill has the leverage that was asked for last in its margin mode and on its side, or one that somebody
  else set afterwards, or a position was open already;
* an order that is not filled has raised a ccxt error, and one that was held back had a reason;
* an order that names no margin mode is in the one that was chosen last, or for which the last call was decided;
* an exit sends orders only, one of them, or a second one in the other margin mode where its mode was a guess, and it
  closes the position if its margin mode is known.

What the specification leaves open is accepted either way.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ccxt

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from world import SYMBOL, Hang, World, warnings
from world.program import Program

MODES, SIDES = ("cross", "isolated"), ("long", "short")
Line = tuple[str, ...]  # the verb, its arguments, the code


def draw(chance: random.Random, length: int) -> list[str]:
    """Return the lines of a program."""
    return [_line(chance) for _ in range(length)]


def _line(chance: random.Random) -> str:
    kinds: dict[Callable[[random.Random], str], int] = {
        _leverage: 8, _order: 10, _exit: 5, _mode: 3, _fault: 3, _app: 5, _other: 4,
    }  # fmt: skip
    return chance.choices(list(kinds), list(kinds.values()))[0](chance)


def _who(chance: random.Random) -> str:
    return chance.choice(["bot", "bot", "second"])


def _leverage(chance: random.Random) -> str:
    params = {}
    if side := chance.choice([None, None, "long", "short", "both"]):
        params["holdSide"] = side
    if mode := chance.choice([None, None, None, *MODES]):
        params["marginMode"] = mode
    return f"{_who(chance)}.set_leverage({chance.randint(2, 15)}, S, {params})"


def _mode(chance: random.Random) -> str:
    return f"{_who(chance)}.set_margin_mode({chance.choice(MODES)!r}, S)"


def _order(chance: random.Random) -> str:
    named = chance.choice([None, None, None, *MODES])
    return f"trade({_who(chance)}, {chance.choice(['buy', 'sell'])!r}, amount=0.001{f', marginMode={named!r}' if named else ''})"


def _exit(chance: random.Random) -> str:
    named = chance.choice([None, None, None, None, *MODES])
    tail = f", marginMode={named!r}" if named else ""
    return f"trade({_who(chance)}, {chance.choice(['buy', 'sell'])!r}, closes=True, amount=1{tail})"


def _fault(chance: random.Random) -> str:
    if chance.random() < 0.4:
        return "heal()"
    path = chance.choice(["set-leverage", "set-leverage", "position", "account", "settings", "set-margin-mode"])
    kind = chance.choice(["refused", "reset", "429", "502", "lost", "late", "timeout", "refuse"])
    detail = ", code='40893', msg='The leverage cannot be adjusted'" if kind == "refuse" else ""
    if kind == "refuse" or kind == "late":
        path = "set-leverage"
    return f"fault({kind!r}, {path!r}, times={chance.choice([1, 2, -1])}{detail})"


def _app(chance: random.Random) -> str:
    side, mode = chance.choice(SIDES), chance.choice(MODES)
    leverage = {chance.choice(["cross", "long", "short"]): chance.randint(16, 19)}
    return chance.choice(
        [
            f"app.leverage(**{leverage})",
            f"app.open({side!r}, {mode!r})",
            f"app.close({side!r})",
            f"app.margin_mode({mode!r})",
            f"app.position_mode({chance.choice(['hedge', 'one-way'])!r})",
            "app.convert()",
        ]
    )


def _other(chance: random.Random) -> str:
    return chance.choice(
        ["fetch_positions([S])", "fetch_positions([S])", "restart()", "wait(40)", "arrive()", "fetch_leverage(S)",
         f"set_position_mode({chance.choice([True, False])}, S)"]
    )  # fmt: skip


# -- the judge ----------------------------------------------------------------------------------------------------------


@dataclass
class Judge:
    """What the program has asked for, and what an order must come to."""

    world: World
    # (margin mode, side) -> when it was asked for, and the leverages that are right; `own` where the mode was meant
    own: dict[tuple[str, str], tuple[int, set[int]]] = field(default_factory=dict)
    inherited: dict[tuple[str, str], tuple[int, set[int]]] = field(default_factory=dict)
    chosen: set[str] = field(default_factory=lambda: {"cross"})  # the margin modes that the next order may have
    opened: dict[str, str | None] = field(default_factory=dict)  # side -> margin mode of the position as it is known
    touched: set[str] = field(default_factory=set)  # the margin modes of the orders so far
    foreign: set[tuple[str, str]] = field(default_factory=set)
    moment: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def unified(self) -> bool:
        return bool(self.world.account.unified)

    @property
    def hedge(self) -> bool:
        return bool(self.world.account.position_mode() == "hedge_mode")

    def stored(self) -> dict[tuple[str, str], int]:
        leverages = self.world.account.leverages(SYMBOL)
        sides = {("isolated", "long"): leverages.long, ("isolated", "short"): leverages.short}
        return {("cross", "long"): leverages.cross, ("cross", "short"): leverages.cross, **sides}

    def right(self, mode: str, side: str) -> set[int]:
        """Return the leverages that are right for an order; none where nothing was asked for."""
        keys = [(mode, side)] if mode == "isolated" and self.hedge else [(mode, each) for each in SIDES]
        found: set[int] = set()
        for asked in (self.own, self.inherited):
            latest = max((asked[key] for key in keys if key in asked), default=None, key=lambda each: each[0])
            found |= latest[1] if latest else set()
        return found

    def ask(self, value: int, sides: Sequence[str], modes: set[str], named: bool, sure: bool) -> None:
        self.moment += 1
        for mode in MODES:
            asked = self.own if mode in modes else self.inherited
            if mode not in modes and named:
                continue
            for side in sides:
                before = asked[mode, side][1] if (mode, side) in asked and not sure else set()
                asked[mode, side] = self.moment, before | {value} | ({0} if not sure else set())
        self.foreign -= {(mode, side) for mode in modes for side in sides}


@dataclass
class Story:
    """A program as it is played, line by line."""

    program: Program
    judge: Judge
    lines: list[str] = field(default_factory=list)

    def play(self, code: str) -> None:
        world, judge = self.program.world, self.judge
        began, before, stored = len(world.log), world.account.positions(), judge.stored()
        fills, faulty, clock = len(world.account.fills()), bool(world.troubles), world.clock.now
        hedge, contract = judge.hedge, "isolated" if world.account.margin_mode(SYMBOL) == "isolated" else "cross"
        with warnings() as texts:
            errors = self.program.run(code)
        sent = [each for each in world.log[began:] if each.method == "POST"]
        filled = world.account.fills()[fills:]
        self.lines.append(f"{code}\n" + "".join(f"          {each}\n" for each in [*(f"> {_shown(each)}" for each in sent),
                          *(f"! {each!r}"[:150] for each in errors), *(f"~ {each}"[:150] for each in texts),
                          *(f"= {each.action} {each.side} {each.margin_mode} {each.leverage}x" for each in filled)]))  # fmt: skip
        facts = Facts(
            code, errors, sent, filled, before, stored, faulty, hedge, contract, world.clock.now - clock, texts
        )
        for error in errors:
            if not isinstance(error, ccxt.BaseError) and not code.startswith("app."):
                judge.wrong.append(f"raised {error!r}")
        _judge(judge, facts)
        if code.startswith(("app.", "arrive")):
            now = judge.stored()
            judge.foreign |= {key for key in now if now[key] != stored[key]}


@dataclass
class Facts:
    """What a line has done."""

    code: str
    errors: list[Exception]
    sent: list[Any]
    filled: list[Any]
    before: list[Any]
    stored: dict[tuple[str, str], int]
    faulty: bool
    hedge: bool
    contract: str
    took: float
    warned: list[str]

    @property
    def orders(self) -> list[Any]:
        return [each for each in self.sent if "order" in each.path]

    @property
    def named(self) -> str | None:
        return next((mode for mode in MODES if f"'{mode}'" in self.code or f"marginMode={mode!r}" in self.code), None)


def _judge(judge: Judge, facts: Facts) -> None:
    code, failed = facts.code, facts.errors[0] if facts.errors else None
    if "set_leverage" in code:
        _judge_set_leverage(judge, facts, failed)
    elif "set_margin_mode" in code:
        mode = facts.named or ""
        if failed is None:
            judge.chosen = {mode}
            if not judge.unified:  # with a position in the other mode, the switch is refused
                judge.opened = {side: known for side, known in judge.opened.items() if known == mode}
        elif isinstance(failed, ccxt.NetworkError):
            judge.chosen |= {mode}
    elif "closes=True" in code:
        _judge_exit(judge, facts, failed)
    elif code.startswith("trade"):
        _judge_opening(judge, facts, failed)
    elif code == "restart()":
        judge.own, judge.inherited, judge.chosen, judge.opened, judge.touched = {}, {}, {"cross"}, {}, set()
    elif "position_mode" in code:
        judge.touched |= {mode for mode in judge.opened.values() if mode}
        judge.opened = {}
    elif code.startswith("fetch_positions") and failed is None:
        judge.opened |= {each.side: each.margin_mode for each in judge.world.account.positions()}


def _judge_set_leverage(judge: Judge, facts: Facts, failed: Exception | None) -> None:
    value = int(facts.code.split("(")[1].split(",")[0])
    side = next((each for each in ("long", "short", "both") if f"'{each}'" in facts.code), None)
    sides = (side,) if side in SIDES else SIDES
    mode = facts.named
    known = mode or (next(iter(judge.chosen)) if judge.unified and len(judge.chosen) == 1 else None)
    if not judge.unified:
        known = facts.contract
    modes = {known} if known else set(MODES)
    network = isinstance(failed, ccxt.NetworkError)
    wants_side = isinstance(failed, ccxt.ArgumentsRequired)
    if failed is None or wants_side or network:
        if not judge.unified and mode not in (None, facts.contract) and not network:
            return
        unsure = network and not judge.unified
        judge.ask(value, sides, set(MODES) if unsure else modes, mode is not None and not unsure, not unsure)
        judge.chosen = set(MODES) if unsure else modes
    elif not isinstance(failed, ccxt.BadRequest):  # refused by the account; what it holds now may be anything
        judge.foreign |= {(each, side) for each in MODES for side in SIDES}
        if any(each.code == "00000" for each in facts.sent):
            judge.chosen = set(MODES)


def _judge_opening(judge: Judge, facts: Facts, failed: Exception | None) -> None:
    side = "long" if "'buy'" in facts.code else "short"
    other = "short" if side == "long" else "long"
    held = {each.side: each for each in facts.before}
    known = {mode for mode in judge.opened.values() if mode} | judge.touched
    if not facts.hedge:  # an order may be taken for an opening one that has closed a position: nothing is read
        judge.touched |= {fill.margin_mode for fill in facts.filled} | _modes(facts.orders)
    if len(facts.sent) > 1:  # the position was read before the leverage was set
        judge.opened = {each: mode for each, mode in judge.opened.items() if each in held}
    modes = {facts.named} if facts.named else judge.chosen | known
    if not facts.hedge and other in held:
        if not facts.faulty and any("set-leverage" in each.path for each in facts.sent):
            judge.wrong.append("a leverage was set before an exit")
        return
    for fill in facts.filled:
        right, key = judge.right(fill.margin_mode, side), (fill.margin_mode, side)
        accepted = {0} <= right or not right or fill.leverage in right
        accepted = accepted or (key in judge.foreign and fill.leverage == facts.stored[key]) or bool(held)
        if not accepted:
            judge.wrong.append(f"opened {side} {fill.margin_mode} at {fill.leverage}x, asked for {sorted(right)}")
        if fill.margin_mode not in modes:
            judge.wrong.append(f"opened in {fill.margin_mode} margin, expected {sorted(modes)}")
        judge.opened[side] = fill.margin_mode
    if not facts.filled and failed is None:
        judge.wrong.append("neither filled nor an error")
    if failed is not None and "order not sent" in str(failed):
        if any(each.code == "00000" for each in facts.orders):
            judge.wrong.append("'order not sent', and an order was sent")
        if isinstance(failed, ccxt.NetworkError) or not isinstance(failed, ccxt.InvalidOrder):
            judge.wrong.append(f"held back with {type(failed).__name__}")
        together = judge.unified and facts.hedge and (facts.named or "isolated") == "isolated"
        locked = not judge.unified and (bool(facts.before) or facts.contract not in modes or len(modes) > 1)
        if not (facts.faulty or together or locked):
            judge.wrong.append(f"held back without a reason: {failed}")
    elif failed is not None and not facts.orders and not facts.faulty:
        judge.wrong.append(f"failed without an order: {failed!r}")


def _modes(orders: list[Any]) -> set[str]:
    """Return the margin modes of orders, in ccxt's spelling."""
    return {"isolated" if each.params.get("marginMode") == "isolated" else "cross" for each in orders}


def _judge_exit(judge: Judge, facts: Facts, failed: Exception | None) -> None:
    side = "long" if "'sell'" in facts.code else "short"
    held = next((each for each in facts.before if each.side == side), None)
    # in one-way mode an order that the object takes for an opening one may have closed a position
    known = facts.named or (judge.opened.get(side) if facts.hedge else None)
    if len(facts.orders) != len(facts.sent) or not facts.orders:
        judge.wrong.append("an exit sends its order, and nothing else that changes the account")
    tried = [(each.path.split("/")[2], each.params.get("marginMode", "crossed")) for each in facts.orders]
    if len(set(tried)) != len(tried) or len({mode for _, mode in tried}) > (1 if known else 2):
        judge.wrong.append(f"an exit was sent again: {tried}, known {known}")
    if facts.took > 11:
        judge.wrong.append(f"an exit took {facts.took:.1f} s")
    believed = {known, *(judge.touched if not facts.hedge else ())} - {None}
    if held and failed is not None and not facts.faulty and believed <= {held.margin_mode}:
        judge.wrong.append(f"an exit of a {held.margin_mode} position failed: {failed}")
    if any(fill.action == "open" for fill in facts.filled):
        judge.wrong.append("an exit opened a position")
    judge.opened.pop(side, None)
    judge.touched |= _modes(facts.orders)


def _shown(sent: Any) -> str:
    decisive = {
        name: value for name, value in sent.params.items() if "everage" in name or "Mode" in name or "ide" in name
    }
    return f"{sent.path} {decisive} {sent.code}"


def outcome(seed: int, lines: Sequence[str] | None = None) -> tuple[list[str], list[str], str]:
    """Play a program; return its lines, what is wrong, and the story."""
    chance = random.Random(seed)
    setup = {name: chance.random() < 0.5 for name in ("unified", "hedge", "isolated")}
    client = chance.choice(["sync", "sync", "async"])
    lines = draw(chance, chance.randint(3, 14)) if lines is None else lines
    world = World(client, **setup)
    with world.running():
        judge = Judge(world)
        story = Story(Program(world, {}), judge)
        for number, line in enumerate(lines, start=1):
            try:
                story.play(line)
            except Hang as hang:
                judge.wrong.append(f"hang: {hang}")
            if judge.wrong:
                lines = lines[:number]
                break
    words = ", ".join(name for name, is_so in setup.items() if is_so)
    return list(lines), judge.wrong, f"seed {seed}, {client}, {words}\n        " + "        ".join(story.lines)


def shortened(seed: int) -> str:
    """Return the shortest story of a seed that still goes wrong."""
    lines, wrong, story = outcome(seed)
    place = 0
    while place < len(lines) - 1:
        fewer, still, text = outcome(seed, [*lines[:place], *lines[place + 1 :]])
        if still:
            lines, wrong, story = fewer, still, text
        else:
            place += 1
    return f"{story}\n    WRONG  {'; '.join(wrong)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    arguments = parser.parse_args()
    found = [seed for seed in range(arguments.seed, arguments.seed + arguments.count) if outcome(seed)[1]]
    for seed in found[:10]:
        print(shortened(seed), end="\n\n")
    print(f"{arguments.count} programs, {len(found)} wrong: {found[:50]}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
