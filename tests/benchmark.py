"""What it costs, beside ccxt's own class, in one run: python tests/benchmark.py

Prints ratios; nothing here is a test. The emulator runs in a process of its own with the exchange's rate limits on.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Callable
from typing import Any

import ccxt
import ccxt.async_support

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Emulator

P = "USDT-FUTURES"


def serve(pipe: Any, unified: bool, limit: Any) -> None:
    """An emulator in its own process; the pipe asks it for what arrived."""
    with Emulator(rate_limit=limit) as emulator:
        emulator.account.unified = unified
        emulator.account.set_position_mode(P, "one_way_mode")
        pipe.send(emulator.config())
        while (asked := pipe.recv()) != "stop":
            if asked == "clear":
                emulator.clear()
            private = [request for request in emulator.requests if "/account/" in request.path]
            codes = [request.code for request in private]
            pipe.send((len(private), sum(request.method == "POST" for request in private), codes.count("429")))


class Exchange:
    """The emulator's process, as a context manager."""

    def __init__(self, unified: bool = False, limit: str | None = None) -> None:
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve, args=(other, unified, limit), daemon=True)

    def __enter__(self) -> Exchange:
        self.process.start()
        self.config: dict[str, Any] = self.pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.send("stop")
        self.process.join()

    def seen(self, ask: str = "count") -> tuple[int, int, int]:
        """Private requests, writes and refusals for too many."""
        self.pipe.send(ask)
        return self.pipe.recv()  # type: ignore[no-any-return]


def symbols_of(exchange: Any, count: int) -> list[str]:
    """Perpetuals that allow 20x."""
    markets = [m for m in exchange.markets.values() if m["swap"] and m["settle"] == "USDT" and m["active"]]
    return [m["symbol"] for m in markets if (m["limits"]["leverage"]["max"] or 0) >= 20][:count]


def cpu(name: str, runs: int = 2000) -> None:
    """CPU time of a repeated call on a known account, ours over ccxt's."""
    with Exchange() as server:
        times: dict[str, list[float]] = {"ours": [], "ccxt": []}
        clients = {"ours": bitget_leverage_ext.bitget, "ccxt": ccxt.bitget}
        objects = {}
        for who, cls in clients.items():
            objects[who] = cls({**server.config, "enableRateLimit": False})
            objects[who].load_markets()
            objects[who].set_leverage(10, "BTC/USDT:USDT")
        for _ in range(20):  # in turns, so that both meet the same machine
            for who, exchange in objects.items():
                begun = time.process_time()
                for index in range(runs // 20):
                    exchange.set_leverage(5 + index % 10, "BTC/USDT:USDT")
                times[who].append((time.process_time() - begun) / (runs // 20))
    ours, theirs = (statistics.median(times[who]) for who in ("ours", "ccxt"))
    print(f"{name}: {ours * 1e6:.0f} us a call, ccxt {theirs * 1e6:.0f} us, ratio {ours / theirs:.2f}")


def report(name: str, seconds: float, floor: float, server: Exchange, count: int) -> None:
    """One line a measurement."""
    requests, writes, refused = server.seen()
    print(
        f"{name}: {seconds:.2f} s, {seconds / floor:.3f} of the floor ({floor:.1f} s), "
        f"{requests / count:.2f} requests a symbol, {writes} writes, {refused} times 429"
    )


def timed(run: Callable[[], Any]) -> float:
    """Wall seconds of one run."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def many(unified: bool, limit: str, count: int = 100) -> None:
    """Many symbols in the two kinds of client, and ccxt's class in a loop."""
    per_second = 10 if unified else 5
    floor = (count - per_second) / per_second
    kind = f"{'unified' if unified else 'classic'}, {limit} second"
    with Exchange(unified, limit) as server:
        exchange = bitget_leverage_ext.bitget(server.config)
        exchange.load_markets()
        symbols = symbols_of(exchange, count)
        time.sleep(1.1)
        server.seen("clear")
        seconds = timed(lambda: exchange.set_leverages(dict.fromkeys(symbols, 7)))
        report(f"{kind}: sync set_leverages", seconds, floor, server, count)
        time.sleep(1.1)
        server.seen("clear")
        seconds = timed(lambda: exchange.set_leverages(dict.fromkeys(symbols, 7), {"skipUnchanged": True}))
        report(f"{kind}: sync restart with nothing to change", seconds, floor, server, count)

    with Exchange(unified, limit) as server:

        async def run() -> float:
            exchange = bitget_leverage_ext.async_support.bitget(server.config)
            await exchange.load_markets()
            await asyncio.sleep(1.1)
            server.seen("clear")
            begun = time.perf_counter()
            outcomes = await exchange.set_leverages(dict.fromkeys(symbols, 7))
            seconds = time.perf_counter() - begun
            assert not [outcome for outcome in outcomes.values() if isinstance(outcome, Exception)]
            await exchange.close()
            return seconds

        report(f"{kind}: async set_leverages", asyncio.run(run()), floor, server, count)

    with Exchange(unified, limit) as server:

        async def loop() -> float:
            exchange = ccxt.async_support.bitget(server.config)
            await exchange.load_markets()
            server.seen("clear")
            begun = time.perf_counter()
            failed = 0
            for symbol in symbols:
                try:
                    await exchange.set_leverage(7, symbol)
                except ccxt.BaseError:
                    failed += 1
            seconds = time.perf_counter() - begun
            await exchange.close()
            print(f"{kind}: ccxt's class, {failed} of {count} failed")
            return seconds

        report(f"{kind}: ccxt's class in a loop", asyncio.run(loop()), floor, server, count)


def one_of_four(config: dict[str, Any], part: int, gate: Any, failed: Any) -> None:
    """A process with its quarter of the symbols."""
    exchange = bitget_leverage_ext.bitget(config)
    time.sleep(part)  # ccxt does not repeat what 429 refuses while it loads the markets
    exchange.load_markets()
    symbols = symbols_of(exchange, 100)[part * 25 : part * 25 + 25]
    gate.wait()
    outcomes = exchange.set_leverages(dict.fromkeys(symbols, 9))
    failed.put(sum(isinstance(outcome, Exception) for outcome in outcomes.values()))


def four_processes(limit: str) -> None:
    """Four processes on one key, 25 symbols each."""
    with Exchange(False, limit) as server:
        gate, failed = multiprocessing.Barrier(5), multiprocessing.Queue()
        arguments = (server.config,)
        workers = [
            multiprocessing.Process(target=one_of_four, args=(*arguments, part, gate, failed)) for part in range(4)
        ]
        for worker in workers:
            worker.start()
        gate.wait()
        server.seen("clear")
        seconds = timed(lambda: [worker.join() for worker in workers])
        failures = sum(failed.get() for _ in workers)
        report(f"four processes, one key, {limit} second, {failures} failed", seconds, 19.0, server, 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["cpu", "many", "processes"])
    what = parser.parse_args().what
    if "cpu" in what:
        cpu("CPU time of a repeated call")
    if "many" in what:
        for unified in (True, False):
            for limit in ("sliding", "fixed"):
                many(unified, limit)
    if "processes" in what:
        for limit in ("fixed", "sliding"):
            four_processes(limit)


if __name__ == "__main__":
    main()
