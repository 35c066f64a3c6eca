"""Thousands of calls through faults and changes under way: python tests/soak.py --calls 10000 --seed 1 --client pro

After each call either the account holds what was asked, or the caller got a ccxt error; never a silent difference,
never a hang, never another exception, not even as the cause of a bare ``ExchangeError``; and neither memory nor
descriptors grow. A timed-out write that arrives after a later one is no silent difference where a warning named it.
The seed alone decides what is called and what is disturbed, when a stalled request goes on after all, and so what is
printed: two runs of a seed print the same.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ccxt
from clients import CLIENTS

from bitget_leverage_ext import faults
from bitget_leverage_ext.emulator import Account, Emulator, Fault, Quirks

CLASSIC = [
    ("BTC/USDT:USDT", "USDT-FUTURES", "BTCUSDT"),
    ("ETH/USDT:USDT", "USDT-FUTURES", "ETHUSDT"),
    ("BTC/USD:BTC", "COIN-FUTURES", "BTCUSD"),
    ("BTC/USDC:USDC", "USDC-FUTURES", "BTCPERP"),
    ("SBTC/SUSDT:SUSDT", "SUSDT-FUTURES", "SBTCSUSDT"),
    ("SBTC/SUSD:SBTC", "SCOIN-FUTURES", "SBTCSUSD"),
    ("SBTC/SUSDC:SUSDC", "SUSDC-FUTURES", "SBTCSPERP"),
]
# Coin-margined contracts have other ids there: https://www.bitget.com/support/articles/12560603882722
UNIFIED = [*CLASSIC[:2], ("BTC/USD:BTC", "COIN-FUTURES", "BTCUSD_CM"), CLASSIC[3]]
ASKS: list[dict[str, Any]] = [
    {},
    {"holdSide": "long"},
    {"holdSide": "short"},
    {"holdSide": "both"},
    {"longLeverage": 0, "shortLeverage": 0},
]
# Each kind, where it may strike, and what it needs. The replies that show wrong figures are found out by a read; a
# reply that claims what was never done can only be found out by verify='read', which those calls ask for.
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("too_many", {}),
    ("drop", {}),
    ("drop_after", {}),
    ("stall", {"seconds": 3600}),  # until it is released
    ("stall_after", {"seconds": 3600}),
    ("page", {"status": 502}),
    ("page", {"status": 504}),
    ("truncate", {}),
    ("cut", {}),
    ("empty", {}),
    ("text", {}),
    ("refuse", {"code": "40893", "msg": "not enough margin"}),
    ("refuse", {"code": "40808", "msg": "hold side is null"}),
    ("stale", {}),
    ("lie", {}),
    ("other_mode", {}),
    ("figures", {"longLeverage": "2", "shortLeverage": "2", "crossMarginLeverage": "2"}),
]
# Milliseconds that a client waits: where nothing stalls, as long as a busy machine may need.
UNHURRIED, HURRIED = 60_000, 200
# MB and descriptors; what Python keeps for itself comes and goes.
MOST_GROWTH = 20.0, 20
PATHS = ["set-leverage", "account/account", "settings", "/api/"]


@dataclass
class Tally:
    """What became of the calls."""

    calls: int = 0
    set: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    late: int = 0
    broken: list[str] = field(default_factory=list)
    usage: list[tuple[float, int]] = field(default_factory=list)

    def growth(self) -> tuple[float, int]:
        """MB of memory and descriptors at the end, less those after the first fifth."""
        (memory, descriptors), (memory_then, descriptors_then) = self.usage[-1], self.usage[0]
        return memory - memory_then, descriptors - descriptors_then


def usage() -> tuple[float, int]:
    """MB of memory and open descriptors of this process; zeros where there is no /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0.0, 0


class Warnings(logging.Handler):
    """What the package warned of during one call."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())

    def names(self, symbol: str, figures: set[int]) -> bool:
        """Whether a late copy was warned of that explains what the account holds of *symbol*."""
        late = [text.split("went unanswered")[0] for text in self.said if text.startswith(f"{symbol}: an earlier")]
        return any(f"{figure}x" in re.findall(r"\d+x", text) for text in late for figure in figures)


# What a mistake in Python looks like; the transport's own errors are OSErrors or have modules of their own.
_MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, RuntimeError, TypeError)


def is_defect(error: BaseException) -> bool:
    """Whether an error is none that a caller should ever get."""
    if not isinstance(error, ccxt.BaseError):
        return True
    return type(error) is ccxt.ExchangeError and isinstance(error.__cause__, _MISTAKES)


class Soak:
    """One seeded run against one emulator, with one client."""

    def __init__(self, kind: str, seed: int) -> None:
        self.random = random.Random(f"{kind}-{seed}")
        self.kind = kind
        self.timeout = UNHURRIED
        self.tally = Tally()
        self.warnings = Warnings()

    def disturb(self, emulator: Emulator) -> bool:
        """Change something under way; whether a reply may now claim what was never done."""
        choose, account = self.random, emulator.account
        emulator.heal()
        self.timeout = UNHURRIED
        if choose.random() < 0.03:
            account.unified = not account.unified
        if choose.random() < 0.1:
            _, product_type, id = choose.choice(CLASSIC)
            account.set_margin_mode(product_type, id, choose.choice(["crossed", "isolated"]))
        if choose.random() < 0.05:
            _, product_type, _ = choose.choice(CLASSIC)
            mode = choose.choice(["one_way_mode", "hedge_mode"])
            for _, of, id in UNIFIED if account.unified else CLASSIC:
                if mode == "one_way_mode" and (account.unified or of == product_type):
                    account.set_figures(of, id, short=account.figures(of, id).long)  # one position, one figure
            account.set_position_mode(product_type, mode)
        if choose.random() < 0.02:
            emulator.quirks = Quirks(
                dialect=choose.choice(["2026", "2025-03"]),
                unneeded_hold_side=choose.choice(["ignored", "refused"]),
                same_leverage=choose.choice(["success", "refused"]),
                cross_figure=choose.choice(["figure", "null", "empty", "absent"]),
                unified_one_way=choose.choice(["plain", "wants_side", "refuses_side"]),
            )
        if choose.random() < 0.3:
            kind, detail = choose.choice(FAULTS)
            if account.unified and kind in ("lie", "other_mode"):
                return False  # a unified reply carries no figures: an exchange that lies there cannot be found out
            after = choose.choice([0, 0, 1])
            emulator.fail(Fault(kind, path=choose.choice(PATHS), times=choose.choice([1, 1, 2]), after=after, **detail))
            self.timeout = HURRIED if kind.startswith("stall") else UNHURRIED
            return kind == "lie"
        return False

    def judge(self, account: Account, call: tuple[Any, ...], outcome: Any) -> str | None:
        """What is wrong with the outcome of a call, ``None`` where it is right."""
        (_, product_type, id), params, figure = call
        if isinstance(outcome, BaseException):
            if is_defect(outcome):
                return f"{type(outcome).__name__} left set_leverage: {outcome} ({outcome.__cause__!r})"
            self.tally.refused[type(outcome).__name__] += 1
            return None
        held = account.figures(product_type, id)
        margin = outcome["marginMode"]
        if not account.unified and {"cross": "crossed"}.get(margin, margin) != account.margin_mode(product_type, id):
            return f"says {margin}, the account is {account.margin_mode(product_type, id)}"
        long, short = (held.cross, held.cross) if margin == "cross" else (held.long, held.short)
        meant = {"long", "short"} if params.get("holdSide") in (None, "both") else {params["holdSide"]}
        wanted = {"long": params.get("longLeverage", figure), "short": params.get("shortLeverage", figure)}
        for side, holds in (("long", long), ("short", short)):
            if side in meant and holds != wanted[side]:
                return f"{side} holds {holds} in {margin}, {wanted[side]} was asked and reported as done"
            if outcome[f"{side}Leverage"] not in (None, holds):
                return f"reports {side} {outcome[f'{side}Leverage']}, the account holds {holds}"
        self.tally.set += 1
        return None

    def ask(self, lying: bool, unified: bool) -> tuple[tuple[str, str, str], dict[str, Any], int]:
        """A contract, params and a figure; where replies may lie, with the verification that finds it out."""
        choose = self.random
        names, figure = choose.choice(UNIFIED if unified else CLASSIC), choose.randint(3, 60)
        params = dict(choose.choice(ASKS))
        if "longLeverage" in params:
            params = {"longLeverage": figure, "shortLeverage": choose.choice([figure, 7])}
        verified, unchanged = choose.random() < 0.1, choose.random() < 0.05
        if lying or verified:
            params["verify"] = "read"
        if unchanged:
            params["skipUnchanged"] = True
        return names, params, figure

    async def run(self, calls: int) -> Tally:
        """So many calls, each judged against the account."""
        module = importlib.import_module(CLIENTS[self.kind])
        with Emulator(rate_limit=False) as emulator, self.listening():
            exchange = module.bitget(emulator.config(enableRateLimit=False, options={"setLeverage": {"deadline": 10}}))
            loaded = exchange.load_markets()
            if self.kind != "sync":
                await loaded
            for number in range(calls):
                await self.once(emulator, exchange)
                if number in (calls // 5, calls - 1):
                    self.tally.usage.append(usage())
            if self.kind != "sync":
                with suppress(Exception):
                    await exchange.close()
        return self.tally

    async def once(self, emulator: Emulator, exchange: Any) -> None:
        """Disturb, call, and judge."""
        lying = self.disturb(emulator)
        names, params, figure = self.ask(lying, emulator.account.unified)
        late = self.random.random() < 0.1
        exchange.timeout = self.timeout
        self.warnings.said.clear()
        outcome: Any
        try:
            outcome = exchange.set_leverage(figure, names[0], params)
            outcome = outcome if self.kind == "sync" else await asyncio.wait_for(outcome, 60)
        except Exception as error:
            outcome = error
        self.tally.calls += 1
        emulator.clear()
        if late:
            emulator.release()
        wrong = self.judge(emulator.account, (names, params, figure), outcome)
        held = emulator.account.figures(names[1], names[2])
        figures = {held.cross, held.long, held.short}
        if wrong and not isinstance(outcome, BaseException) and self.warnings.names(names[0], figures):
            self.tally.late += 1
        elif wrong:
            state = f"unified={emulator.account.unified} {emulator.quirks}"
            self.tally.broken.append(f"call {self.tally.calls} {names[0]} {figure} {params} {state}: {wrong}")

    @contextmanager
    def listening(self) -> Iterator[None]:
        log = logging.getLogger("bitget_leverage_ext")
        log.addHandler(self.warnings)
        try:
            yield
        finally:
            log.removeHandler(self.warnings)


def soak(kind: str, calls: int, seed: int) -> Tally:
    """Run *calls* calls with the *kind* of client, without the waits between repetitions."""
    waits = faults.WAIT
    faults.WAIT = lambda _: 0.001  # type: ignore[assignment]
    try:
        return asyncio.run(Soak(kind, seed).run(calls))
    finally:
        faults.WAIT = waits


def report(kind: str, tally: Tally) -> bool:
    """Print what became of the calls; whether all was well."""
    memory, descriptors = tally.growth()
    refused = ", ".join(f"{name} {count}" for name, count in tally.refused.most_common())
    print(f"{kind}: {tally.calls} calls, {tally.set} set as asked, {tally.refused.total()} ccxt errors ({refused})")
    print(f"{kind}: {len(tally.broken)} silent differences or foreign exceptions, {tally.late} late copies warned of")
    grown = memory > MOST_GROWTH[0] or descriptors > MOST_GROWTH[1]
    exactly = f": {memory:+.1f} MB and {descriptors:+d}, since the first fifth of the calls" if grown else ""
    print(f"{kind}: memory and descriptors {'grow' if grown else 'do not grow'}{exactly}")
    for line in tally.broken[:20]:
        print("   ", line)
    return not tally.broken and not grown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000, help="of each client")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--client", choices=list(CLIENTS), action="append", help="all three where none is named")
    arguments = parser.parse_args()
    kinds = arguments.client or list(CLIENTS)
    fine = [report(kind, soak(kind, arguments.calls, arguments.seed)) for kind in kinds]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
