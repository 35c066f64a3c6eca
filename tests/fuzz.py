"""Sequences of any operations, foreign changes and faults: python tests/fuzz.py --sequences 5000 --seed 1 --client pro

A seed decides on a kind of account, on the answers of the exchange to every open question, on options, and on 5 to 20
operations; after each, the account and the wire must be as the caller was told. A sequence that is not is printed
as short as it could be made; paste it into ``fuzz.replay(…)`` to see it again. What is judged: ``fuzzing.oracle``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from dataclasses import dataclass, field

from clients import CLIENTS
from fuzzing.cases import Case
from fuzzing.draw import Draw
from fuzzing.play import hurried, played, shortened
from fuzzing.world import World

# --- many of them ------------------------------------------------------------------------------------------------


@dataclass
class Found:
    """A sequence that went wrong."""

    seed: str
    case: Case
    text: str


@dataclass
class Result:
    """What became of all sequences of one client."""

    sequences: int = 0
    struck: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)


def fuzz(client: str, sequences: int, seed: int, first: int = 0, most: int = 1, shorten: bool = True) -> Result:
    """Play so many sequences, until *most* went wrong."""
    world, loop, result = World(), asyncio.new_event_loop(), Result()
    try:
        with hurried():
            for number in range(first, first + sequences):
                name = f"{client}-{seed}-{number}"
                case = Draw(client, name).case()
                wrong, tally = played(world, case, loop)
                result.sequences, result.calls = result.sequences + 1, result.calls + tally
                result.struck += world.struck
                if wrong is not None:
                    result.found.append(_found(world, name, case, loop) if shorten else Found(name, case, wrong))
                if len(result.found) >= most:
                    break
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    return result


def _found(world: World, seed: str, case: Case, loop: asyncio.AbstractEventLoop) -> Found:
    case = shortened(case, lambda each: played(world, each, loop)[0] is not None)
    return Found(seed, case, str(played(world, case, loop)[0]))


def replay(case: Case) -> str | None:
    """Play one sequence that was printed; what is wrong with it."""
    loop = asyncio.new_event_loop()
    try:
        with hurried():
            return played(World(), case, loop)[0]
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def report(client: str, result: Result) -> None:
    """Print what became of the sequences."""
    calls = result.calls.total()
    print(f"{client}: {result.sequences} sequences, {calls} calls, {result.struck} faults, {len(result.found)} defects")
    for name, count in sorted(result.calls.items()):
        print(f"    {count:7} {name}")
    for found in result.found:
        print(f"--- {found.seed}: {found.text}\n{found.case!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=1000, help="of each client")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first sequence")
    parser.add_argument("--defects", type=int, default=1, help="of each client, before it stops")
    parser.add_argument("--client", choices=list(CLIENTS), action="append", help="all three where none is named")
    arguments = parser.parse_args()
    defects = 0
    for client in arguments.client or list(CLIENTS):
        result = fuzz(client, arguments.sequences, arguments.seed, arguments.first, arguments.defects)
        report(client, result)
        defects += len(result.found)
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
