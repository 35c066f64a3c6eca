"""Thousands of calls through faults and changes under way: python tests/soak.py --calls 10000 --seed 1

After each call either the account holds what was asked, or the caller got a ccxt error; never a silent difference,
never a hang, never another exception. Bounded in count; the seed makes a run repeatable.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import random
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import ccxt

from bitget_leverage_ext import drive
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
UNIFIED = CLASSIC[:4]
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
    ("stall", {"seconds": 5}),
    ("stall_after", {"seconds": 5}),
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
PATHS = ["set-leverage", "account/account", "settings", "/api/"]


@dataclass
class Tally:
    """What became of the calls."""

    calls: int = 0
    set: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


class Soak:
    """One seeded run against one emulator, with one client."""

    def __init__(self, kind: str, seed: int) -> None:
        self.random = random.Random(f"{kind}-{seed}")
        self.kind = kind
        self.tally = Tally()

    def disturb(self, emulator: Emulator) -> bool:
        """Change something under way; whether a reply may now claim what was never done."""
        choose, account = self.random, emulator.account
        emulator.heal()
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
            return kind == "lie"
        return False

    def judge(self, account: Account, call: tuple[Any, ...], outcome: Any) -> str | None:
        """What is wrong with the outcome of a call, ``None`` where it is right."""
        (_, product_type, id), params, figure = call
        if isinstance(outcome, ccxt.BaseError):
            self.tally.refused[type(outcome).__name__] += 1
            return None
        if isinstance(outcome, BaseException):
            return f"{type(outcome).__name__} left set_leverage: {outcome}"
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

    async def run(self, calls: int) -> Tally:
        """So many calls, each judged against the account."""
        sync = self.kind == "sync"
        module = importlib.import_module(f"bitget_leverage_ext.{'sync' if sync else 'async_support'}")
        with Emulator() as emulator:
            exchange = module.bitget(emulator.config(enableRateLimit=False))
            loaded = exchange.load_markets()
            if not sync:
                await loaded
            exchange.timeout = 60
            for _ in range(calls):
                lying = self.disturb(emulator)
                names = self.random.choice(UNIFIED if emulator.account.unified else CLASSIC)
                figure = self.random.randint(3, 60)
                params = dict(self.random.choice(ASKS))
                if "longLeverage" in params:
                    params = {"longLeverage": figure, "shortLeverage": self.random.choice([figure, 7])}
                if lying or self.random.random() < 0.1:
                    params["verify"] = "read"
                if self.random.random() < 0.05:
                    params["skipUnchanged"] = True
                outcome: Any
                try:
                    outcome = exchange.set_leverage(figure, names[0], params)
                    outcome = outcome if sync else await asyncio.wait_for(outcome, 60)
                except Exception as error:
                    outcome = error
                self.tally.calls += 1
                emulator.clear()
                if wrong := self.judge(emulator.account, (names, params, figure), outcome):
                    state = f"unified={emulator.account.unified} {emulator.quirks}"
                    self.tally.broken.append(f"call {self.tally.calls} {names[0]} {figure} {params} {state}: {wrong}")
            if not sync:
                with suppress(Exception):
                    await exchange.close()
        return self.tally


def soak(kind: str, calls: int, seed: int) -> Tally:
    """Run *calls* calls with the *kind* of client, without the waits between repetitions."""
    waits = drive.WAIT
    drive.WAIT = lambda _: 0.001  # type: ignore[assignment]
    try:
        return asyncio.run(Soak(kind, seed).run(calls))
    finally:
        drive.WAIT = waits


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    broken = 0
    for kind in ("sync", "async"):
        tally = soak(kind, arguments.calls // 2, arguments.seed)
        refused = ", ".join(f"{name} {count}" for name, count in tally.refused.most_common())
        print(f"{kind}: {tally.calls} calls, {tally.set} set as asked, {tally.refused.total()} ccxt errors ({refused})")
        print(f"{kind}: {len(tally.broken)} silent differences or foreign exceptions")
        for line in tally.broken[:20]:
            print("   ", line)
        broken += len(tally.broken)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
