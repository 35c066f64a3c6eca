"""Random programs against the promises about leverage and orders: `random_programs.py 100000`; `1 --seed N` plays one again.

Each program runs in process, on a clock that does not wait; its account, its faults and its steps come from its number.
A program that breaks a promise is printed as short as it can be made. `fuzzing` has the steps and the judge.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzzing.oracle import Judge
from fuzzing.play import Finding, play
from fuzzing.steps import Case, draw

CHUNK = 50


def run(seed: str) -> Finding | None:
    """Play the program of a seed."""
    return play(draw(seed), Judge)


def shortened(case: Case, promise: str) -> Case:
    """Return the shortest program found that breaks the same promise."""
    kind = _kind(promise)
    shorter = True
    while shorter:
        shorter = False
        for smaller in _smaller(case):
            found = play(smaller, Judge)
            if found is not None and _kind(found.promise) == kind:
                case, shorter = dataclasses.replace(smaller, steps=smaller.steps[: found.place + 1]), True
                break
    return case


def _kind(promise: str) -> str:
    return "".join(letter for letter in promise if not letter.isdigit())[:25]


def _smaller(case: Case) -> Iterator[Case]:
    for place in range(len(case.steps)):
        yield dataclasses.replace(case, steps=case.steps[:place] + case.steps[place + 1 :])
    for name in case.quirks:
        yield dataclasses.replace(case, quirks={key: value for key, value in case.quirks.items() if key != name})
    if case.options:
        yield dataclasses.replace(case, options={})
    if case.client != "sync":
        yield dataclasses.replace(case, client="sync")
    for place, step in enumerate(case.steps):
        simpler = [dataclasses.replace(step, fault=None)] if step.fault else []
        simpler += [dataclasses.replace(step, second=False)] if step.second else []
        simpler += [
            dataclasses.replace(step, params={key: value for key, value in step.params.items() if key != name})
            for name in step.params
            if name != "closes"
        ]
        for each in simpler:
            yield dataclasses.replace(case, steps=(*case.steps[:place], each, *case.steps[place + 1 :]))


def report(seed: str) -> str:
    """Return the shortest program, what happened in it, and the promise that it breaks."""
    case = draw(seed)
    found = play(case, Judge)
    assert found is not None
    case = shortened(case, found.promise)
    found = play(case, Judge, shown=True)
    return f"--- seed {seed}\n{str(case).splitlines()[0]}\n" + "\n".join(found.story) + f"\nBROKEN  {found.promise}\n"


def _chunk(seeds: list[str]) -> list[str]:
    return [seed for seed in seeds if run(seed) is not None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first program")
    parser.add_argument(
        "--most", type=int, default=20, help="stop after so many findings; of each kind, one is printed"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    seeds = [str(number) for number in range(arguments.seed, arguments.seed + arguments.count)]
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    began, broken, played, kinds = time.time(), list[str](), 0, Counter[str]()
    with multiprocessing.get_context("fork").Pool(arguments.jobs) as pool:
        for chunk, found in zip(chunks, pool.imap(_chunk, chunks), strict=False):
            played += len(chunk)
            for seed in found:
                text = report(seed)
                kinds[_kind(text.rpartition("BROKEN")[2])] += 1
                if kinds[_kind(text.rpartition("BROKEN")[2])] == 1:
                    print(text, flush=True)
            broken += found
            if len(broken) >= arguments.most:
                break
    print(f"{played} programs in {time.time() - began:.0f} s, {len(broken)} findings: {' '.join(broken)} {dict(kinds)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
