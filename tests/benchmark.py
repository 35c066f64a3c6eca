"""What the package costs: ``python tests/benchmark.py`` (about five minutes), or a part of it: ``cpu``, ``batch``, ``gather``

`batch` and `gather` set many leverages over real sockets, at the round trips of traders, and print the ratio to the
shortest time that the exchange's rate limit allows; the goal is 1.05 for a batch of 100. `cpu` prints the processor
time of a repeated call over that of ccxt's own class; the goal is 1.2. The emulator runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import multiprocessing
import statistics
import time
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Emulator

SYMBOL = "BTC/USDT:USDT"
ROUND_TRIPS = (0.05, 0.25, 0.35)
PER_SECOND = {False: 5, True: 10}  # classic, unified
CLIENTS = ("async", "pro")
TURNS, CALLS = 500, 2


def _serve(pipe: Any, unified: bool, settings: dict[str, Any]) -> None:
    """Run an emulator until the other end says stop; answer with the number of its writes and of its 429."""
    with Emulator(unified=unified, position_mode="one-way", **settings) as emulator:
        pipe.send(emulator.config())
        while pipe.recv() == "count":
            pipe.send((len(emulator.writes), sum(each.code == "429" for each in emulator.requests)))
            emulator.clear()


class Served:
    """An emulator in a process of its own."""

    def __init__(self, unified: bool, **settings: Any) -> None:
        self._pipe, other = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_serve, args=(other, unified, settings), daemon=True)

    def __enter__(self) -> Served:
        self._process.start()
        self.config: dict[str, Any] = self._pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.send("stop")
        self._process.join()

    def count(self) -> tuple[int, int]:
        self._pipe.send("count")
        return self._pipe.recv()  # type: ignore[no-any-return]


def _symbols(exchange: Any, count: int) -> list[str]:
    markets = [each for each in exchange.markets.values() if each["swap"] and each["settle"] == "USDT"]
    return [each["symbol"] for each in markets if (each["limits"]["leverage"]["max"] or 0) >= 20][:count]


# -- time -----------------------------------------------------------------------------------------------------------


async def _run(client: str, config: dict[str, Any], count: int, batch: bool, served: Served) -> float:
    module = bitget_leverage_ext.pro if client == "pro" else bitget_leverage_ext.async_support
    exchange = module.bitget({**config, "enableRateLimit": True})
    try:
        await exchange.load_markets()
        symbols = _symbols(exchange, count)
        served.count()
        began = time.perf_counter()
        if batch:
            outcomes = list((await exchange.set_leverages(dict.fromkeys(symbols, 7))).values())
        else:
            calls = (exchange.set_leverage(7, symbol) for symbol in symbols)
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
        seconds = time.perf_counter() - began
        failed = [each for each in outcomes if isinstance(each, BaseException)]
        assert not failed, failed[0]
        return seconds
    finally:
        await exchange.close()


def many(name: str, count: int, batch: bool) -> None:
    """Print the ratio to the shortest time for each client, account type and round trip."""
    for unified in (False, True):
        for round_trip in ROUND_TRIPS:
            for client in CLIENTS:
                with Served(unified, rate_limit="sliding", round_trip=round_trip) as served:
                    seconds = asyncio.run(_run(client, served.config, count, batch, served))
                    writes, refused = served.count()
                # The last write is answered a round trip after the moment in which the limit allows it.
                shortest = math.ceil(count / PER_SECOND[unified]) - 1 + round_trip
                print(
                    f"{name} of {count}, {'unified' if unified else 'classic'}, {client}, {round_trip * 1000:.0f} ms: "
                    f"{seconds / shortest:.3f} of the shortest time ({seconds:.2f} s of {shortest:.2f} s), "
                    f"{writes} writes, {refused} times 429",
                    flush=True,
                )


# -- processor --------------------------------------------------------------------------------------------------------


def cpu() -> None:
    """Print the processor time of a call, ours over ccxt's, in turns, so that both meet the same machine."""
    with Served(False, rate_limit=False) as served:
        objects = {}
        for name, cls in (("ours", bitget_leverage_ext.bitget), ("ccxt", ccxt.bitget)):
            objects[name] = cls({**served.config, "enableRateLimit": False, "options": {"uta": False}})
            objects[name].load_markets()
            objects[name].set_leverage(10, SYMBOL)
        for call in ("set_leverage", "create_order"):
            times: dict[str, list[float]] = {"ours": [], "ccxt": []}
            for _ in range(TURNS):
                for name, exchange in objects.items():
                    began = time.process_time()
                    for number in range(CALLS):
                        _call(exchange, call, number)
                    times[name].append((time.process_time() - began) / CALLS)
            # Each pair of turns meets the same machine, whose speed changes from second to second.
            ratio = statistics.median(ours / theirs for ours, theirs in zip(times["ours"], times["ccxt"], strict=True))
            ours, theirs = (statistics.median(times[name]) * 1e6 for name in ("ours", "ccxt"))
            print(f"cpu of {call}: {ratio:.2f} of ccxt's ({ours:.0f} us and {theirs:.0f} us)")


def _call(exchange: Any, call: str, number: int) -> None:
    if call == "set_leverage":
        exchange.set_leverage(5 + number % 10, SYMBOL)
    elif number % 2:
        exchange.create_order(SYMBOL, "market", "sell", 0.001, None, {"reduceOnly": True})
    else:
        exchange.create_order(SYMBOL, "market", "buy", 0.001)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=["cpu", "batch", "gather", []], default=["cpu", "batch", "gather"])
    parser.add_argument("--symbols", type=int, default=100, help="in a batch")
    arguments = parser.parse_args()
    print(f"python tests/benchmark.py {' '.join(arguments.parts)} --symbols {arguments.symbols}")
    if "cpu" in arguments.parts:
        cpu()
    if "batch" in arguments.parts:
        many("batch", arguments.symbols, batch=True)
    if "gather" in arguments.parts:
        many("gather", 20, batch=False)


if __name__ == "__main__":
    main()
