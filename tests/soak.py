"""Random programs over real sockets, through faults: ``python tests/soak.py 300 --seed 1 --client pro``

The programs are those of `random_programs.py`, and so are the rules, but for what depends on a clock. Each program has an emulator
and objects of its own; descriptors must not grow.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import itertools
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from fuzzing.oracle import Judge
from fuzzing.play import Event, Finding, State, play, state_of
from fuzzing.steps import Case, draw
from world import SocketWorld
from world.exchange import CLIENTS, Sent

from bitget_leverage_ext.emulator import Fault

# The faults of the programs as the emulator has them; those that would need a wait close the connection instead.
FAULTS = {
    "429": "too_many", "502": "page", "empty": "empty", "refuse": "refuse",
    "lost": "drop_after", "late answer": "drop_after",
    "reset": "drop", "refused": "drop", "timeout": "drop", "late": "drop",
}  # fmt: skip
NAMES = {"too_many": "429", "page": "502", "drop": "reset", "drop_after": "lost"}
DEADLINE = 0.3  # seconds
# Descriptors. Memory is only printed: half a MB of C memory for each TLS context that an asynchronous client makes.
MOST_GROWTH = 40

_keys = itertools.count(1)


class SoakWorld(SocketWorld):
    """The account behind a real socket; it keeps what each request did to it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.events: list[Event] = []
        self._receive, self._carry_out = self.emulator.receive, self.emulator.carry_out
        vars(self.emulator).update(receive=self._received, carry_out=self._carried_out)

    def new_process(self) -> None:
        self.account.api_key = f"soak-{next(_keys)}"

    def connect(self, **config: Any) -> Any:  # type: ignore[override]
        options = config.get("options", {})
        ours = {"deadline": DEADLINE, **options.get("setLeverage", {})}
        return super().connect(options={**options, "setLeverage": ours})

    def fault(self, kind: str, path: str, times: int = 1, after: int = 0, **detail: Any) -> None:
        self.emulator.fail(Fault(FAULTS[kind], path, None if times < 0 else times, after, **detail))

    def state(self) -> State:
        return state_of(self.account)

    def _received(self, *args: Any) -> Any:
        arrival = self._receive(*args)
        if arrival.fault_kind == "drop":
            self._keep(arrival, None, self.state())
        return arrival

    def _carried_out(self, arrival: Any) -> Any:
        before = self.state()
        reply = self._carry_out(arrival)
        self._keep(arrival, reply.code, before)
        return reply

    def _keep(self, arrival: Any, code: str | None, before: State) -> None:
        entry, kind = arrival.entry, arrival.fault_kind or ""
        sent = Sent(entry.method, entry.path, entry.body or entry.query, self.clock.now, code)
        if sent.is_private:
            never_acted = kind in ("too_many", "page")
            sent.code = None if never_acted else code
            last = self.events[-1] if self.events else None
            if last and sent.method == "GET" and last.sent.path == sent.path and last.fault in ("reset", "lost"):
                self.events.pop()  # aiohttp sends a GET once more where an idle connection is lost
            self.events.append(Event(sent, NAMES.get(kind, kind), before, self.state()))


def run(case: Case, shown: bool = False) -> Finding | None:
    """Play a program over a socket."""
    return play(case, Judge, shown, SoakWorld)


def usage() -> tuple[float, int]:
    """Return the MB of memory and the open descriptors of this process; zeros where there is no /proc."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0.0, 0


def soak(client: str, count: int, seed: int, first: int = 0) -> tuple[list[str], tuple[float, int]]:
    """Play so many programs; return the findings as text, and the growth since the first fifth."""
    found: list[str] = []
    early = usage()
    for number in range(first, first + count):
        case = dataclasses.replace(draw(f"{seed}-{number}"), client=client)
        if (finding := run(case, shown=True)) is not None:
            found.append(f"--- {client} {seed}-{number}\n{str(case).splitlines()[0]}\n{finding}")
        if number - first == count // 5:
            early = usage()
    late = usage()
    return found, (late[0] - early[0], late[1] - early[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, help="how many programs, of each client")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first program")
    parser.add_argument("--client", choices=list(CLIENTS), action="append", help="all three where none is named")
    arguments, failed = parser.parse_args(), False
    for client in arguments.client or list(CLIENTS):
        began = time.time()
        found, growth = soak(client, arguments.count, arguments.seed, arguments.first)
        grew = growth[1] > MOST_GROWTH
        failed = failed or bool(found) or grew
        print("\n".join(found[:5]))
        print(
            f"{client}: {arguments.count} programs in {time.time() - began:.0f} s, {len(found)} findings, "
            f"{growth[0]:+.1f} MB, {growth[1]:+d} descriptors{' GREW' if grew else ''}",
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
