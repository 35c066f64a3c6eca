"""How many deliberate mistakes in the heart the tests notice: ``python tests/mutation.py [PATTERN ...]``.

https://mutmut.readthedocs.io changes one thing at a time in the rules, the flows, the wires and the drivers, and runs
the tests that reach it (``[tool.mutmut]`` in pyproject.toml says which of both). What no test notices survives, and
has to stand in ``survivors.toml``, with the reason why nobody needs to notice it. With patterns, such as
``'bitget_leverage_ext.rules.plan*'``, only those functions.

The exit status is 1 where a survivor is not listed, or where less than 95 % of the others are noticed. It needs
``pip install -e '.[mutation]'`` and a system that can fork; everything happens in a copy, ``build/mutation``.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = Path(__file__).resolve().parent.parent
COPY = PROJECT / "build" / "mutation"
SURVIVORS = PROJECT / "tests" / "survivors.toml"
ENOUGH = 95.0
# What becomes of a mutant that a test notices: it fails, runs for ever, or takes Python down.
CAUGHT = {"killed", "timeout", "segfault", "suspicious"}
# mutmut leaves a decorated function alone; these decorators can as well be called after it.
UNDONE = {"speaks_ccxt", "property", "contextmanager"}


# --- the copy ----------------------------------------------------------------------------------------------------


def copied(keep: bool) -> None:
    """The project in :data:`COPY`, with every function in the reach of mutmut; *keep* what was found out before."""
    if not keep:
        shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True, exist_ok=True)
    for name in ("bitget_leverage_ext", "tests", "pyproject.toml", "README.md"):
        source = PROJECT / name
        if source.is_file():
            shutil.copy2(source, COPY / name)
        else:
            shutil.copytree(source, COPY / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (COPY / "bitget_leverage_ext").rglob("*.py"):
        text = path.read_text("utf-8")
        if (bare := undecorated(text)) != text:
            path.write_text(bare, "utf-8")


def undecorated(text: str) -> str:
    """The same module, with ``@decorator`` in front of a function written as ``name = decorator(name)`` after it."""
    lines = text.split("\n")
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and _undone(node)]
    for node in sorted(found, key=lambda node: node.lineno, reverse=True):
        (decorator,) = node.decorator_list
        assert node.end_lineno is not None
        lines.insert(node.end_lineno, f"{' ' * node.col_offset}{node.name} = {ast.unparse(decorator)}({node.name})")
        del lines[decorator.lineno - 1]
    return "\n".join(lines)


def _undone(node: ast.FunctionDef) -> bool:
    return [ast.unparse(decorator) in UNDONE for decorator in node.decorator_list] == [True]


# --- the mutants -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutant:
    """One mistake: where, what became of it, the line as it was and as it is."""

    name: str
    place: str
    status: str
    was: str = ""
    now: str = ""

    def __str__(self) -> str:
        return f"{self.place} ({self.name.rpartition('_')[2]}, {self.status})\n  - {self.was}\n  + {self.now}"


def mutants() -> Iterator[Mutant]:
    """What mutmut has found out; :data:`COPY` is the working directory."""
    for meta in sorted(Path("mutants").rglob("*.meta")):
        path = meta.relative_to("mutants").with_suffix("")
        for name, code in json.loads(meta.read_text("utf-8"))["exit_code_by_key"].items():
            status = status_by_exit_code[code]
            if status == "not checked":
                continue
            place = re.sub(r"\.x_|__mutmut_\d+$", ".", name).rstrip(".").replace(".xǁ", ".").replace("ǁ", ".")
            was, now = ("", "") if status in CAUGHT else _change(name, path)
            yield Mutant(name, place.removeprefix("bitget_leverage_ext."), status, was, now)


def _change(name: str, path: Path) -> tuple[str, str]:
    lines = get_diff_for_mutant(name, path=path).split("\n")[3:]
    was, now = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return was, now


# --- the verdict -------------------------------------------------------------------------------------------------


@dataclass
class Reason:
    """An entry of ``survivors.toml``: patterns of the place, of the line as it was and of the line as it became."""

    reason: str
    place: str = ".*"
    was: str = ".*"
    now: str = ".*"
    worded: bool = False
    times: int = 0

    def explains(self, mutant: Mutant) -> bool:
        """Whether it is about *mutant*."""
        texts = ((self.place, mutant.place), (self.was, mutant.was), (self.now, mutant.now))
        return all(re.fullmatch(pattern, text) for pattern, text in texts) and (not self.worded or _worded(mutant))


def _worded(mutant: Mutant) -> bool:
    """Whether only the letters of a text with a space in it were changed: words for a person."""
    same = mutant.was.lower() == mutant.now.lower() or mutant.was == re.sub("XX(?=[^'\"])|XX(?=[\"'])", "", mutant.now)
    return same and re.search(r"""(['"])(?:(?!\1).)* (?:(?!\1).)*\1""", mutant.was) is not None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    parser.add_argument("--keep", action="store_true", help="go on from the last run instead of from nothing")
    parser.add_argument("--max-children", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    copied(options.keep)
    os.chdir(COPY)
    with Path("log").open("w", encoding="utf-8") as log:  # mutmut's progress rewrites one line some thousand times
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(options.max_children)]
        done = subprocess.run([*command, *options.patterns], stdout=log, stderr=log, check=False)
    if done.returncode:
        print(f"mutmut ended with {done.returncode}; see {COPY / 'log'}")
        return 1
    return judged(list(mutants()))


def judged(found: list[Mutant]) -> int:
    """Print the score and what no reason explains; the exit status."""
    with SURVIVORS.open("rb") as file:
        reasons = [Reason(**entry) for entry in tomllib.load(file)["survivor"]]
    counts = Counter(mutant.status for mutant in found)
    unexplained = []
    for mutant in found:
        if mutant.status in CAUGHT:
            continue
        reason = next((reason for reason in reasons if reason.explains(mutant)), None)
        if reason is None:
            unexplained.append(mutant)
        else:
            reason.times += 1
    for mutant in unexplained:
        print(mutant)
    explained = sum(reason.times for reason in reasons)
    for reason in reasons:
        print(f"{reason.times:5} {reason.reason}")
    caught = sum(counts[status] for status in CAUGHT)
    score = 100 * caught / ((len(found) - explained) or 1)
    print(f"{len(found)} mutants: {', '.join(f'{count} {status}' for status, count in counts.most_common())}")
    print(f"noticed: {caught} of {len(found) - explained} that matter, {score:.1f} %; {explained} survivors explained")
    return 1 if unexplained or score < ENOUGH else 0


if __name__ == "__main__":
    sys.exit(main())
