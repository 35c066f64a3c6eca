"""Mutation run: the tests must notice deliberate mistakes in the core. ``python tests/mutation.py [PATTERN ...]``.

https://mutmut.readthedocs.io changes one thing at a time in the core, and runs the tests that reach it
(``[tool.mutmut]`` in pyproject.toml names both). A mutant that no test notices survives, and must be listed in
``survivors.toml`` with the reason. With patterns, such as ``'bitget_leverage_ext.rules.change*'``, only those
functions are tried; with ``--survivors``, after tests were added, only the unlisted survivors of the last run and what
was not tried yet.

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
# The states of a mutant that a test notices.
CAUGHT = {"killed", "timeout", "segfault"}
# mutmut leaves a decorated function alone; these decorators can as well be called after it.
UNDONE = {"property", "contextmanager"}


# --- the copy ----------------------------------------------------------------------------------------------------


def copied() -> None:
    """Copy the project into :data:`COPY`, with every function in the reach of mutmut; unchanged files are left alone."""
    for name in ("bitget_leverage_ext", "tests", "pyproject.toml"):
        source = PROJECT / name
        for path in [source] if source.is_file() else sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                _copy(path, COPY / path.relative_to(PROJECT))


def _copy(path: Path, to: Path) -> None:
    content = path.read_bytes()
    if path.suffix == ".py" and path.is_relative_to(PROJECT / "bitget_leverage_ext"):
        content = undecorated(content.decode()).encode()
    if not to.exists() or to.read_bytes() != content:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)


def undecorated(text: str) -> str:
    """Return the module with each ``@decorator`` written as ``name = decorator(name)`` after the function."""
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
    """One mistake: its place and status, the line before and after it."""

    name: str
    place: str
    status: str
    was: str = ""
    now: str = ""

    def __str__(self) -> str:
        return f"{self.place} ({self.name.rpartition('_')[2]}, {self.status})\n  - {self.was}\n  + {self.now}"


def mutants() -> Iterator[Mutant]:
    """Yield the results of mutmut; :data:`COPY` is the working directory."""
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
    """An entry of ``survivors.toml``: mutants that no test must notice, and the reason.

    :ivar place: a regular expression of the function, such as ``rules.change.LeverageChange.side``
    :ivar was: the line as it was
    :ivar now: the line as it became, or several of them
    :ivar change: in their place, a regular expression of ``was -> now``
    :ivar words: whether it is about words for a person only
    """

    reason: str
    place: str = ".*"
    was: str = ""
    now: str | list[str] = ""
    change: str = ""
    words: bool = False
    times: int = 0

    def explains(self, mutant: Mutant) -> bool:
        """Return whether it is about *mutant*."""
        if not re.fullmatch(self.place, mutant.place):
            return False
        if self.words:
            return _worded(mutant)
        if self.change:
            return re.fullmatch(self.change, f"{mutant.was} -> {mutant.now}") is not None
        return mutant.was == self.was and mutant.now in ([self.now] if isinstance(self.now, str) else self.now)


def _worded(mutant: Mutant) -> bool:
    """Return whether only the letters of a text with a space in it were changed."""
    same = mutant.was.lower() == mutant.now.lower() or mutant.was == re.sub("XX(?=[^'\"])|XX(?=[\"'])", "", mutant.now)
    return same and re.search(r"""(['"])(?:(?!\1).)* (?:(?!\1).)*\1""", mutant.was) is not None


def explained(found: list[Mutant]) -> tuple[list[Reason], list[Mutant]]:
    """Return the reasons, each with the number of survivors that it explains, and the survivors that none does."""
    with SURVIVORS.open("rb") as file:
        reasons = [Reason(**entry) for entry in tomllib.load(file)["survivor"]]
    rest = []
    for mutant in (mutant for mutant in found if mutant.status not in CAUGHT):
        reason = next((reason for reason in reasons if reason.explains(mutant)), None)
        if reason is None:
            rest.append(mutant)
        else:
            reason.times += 1
    return reasons, rest


def judged(found: list[Mutant]) -> int:
    """Print the reasons, the unlisted survivors and the score; return the exit status."""
    reasons, rest = explained(found)
    for reason in reasons:
        print(f"{reason.times:5} {reason.reason}")
    print(*rest, sep="\n")
    counts = Counter(mutant.status for mutant in found)
    passed_over = sum(reason.times for reason in reasons)
    caught, matter = sum(counts[status] for status in CAUGHT), len(found) - passed_over
    score = 100 * caught / (matter or 1)
    print(f"{len(found)} mutants: {', '.join(f'{count} {status}' for status, count in counts.most_common())}")
    print(f"{passed_over} survivors are explained; of the other {matter} the tests notice {caught}: {score:.1f} %")
    return 1 if rest or score < ENOUGH else 0


# --- the command -------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    parser.add_argument("--survivors", action="store_true", help="go on from the last run")
    parser.add_argument("--max-children", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if not options.survivors:
        shutil.rmtree(COPY, ignore_errors=True)
    copied()
    os.chdir(COPY)
    again = [mutant.name for mutant in explained(list(mutants()))[1]] if options.survivors else []
    # With names mutmut tries these anew, without any all that it has not tried yet.
    for names in [options.patterns, again] if again else [options.patterns]:
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(options.max_children), *names]
        with Path("log").open("w", encoding="utf-8") as log:  # its progress rewrites one line some thousand times
            done = subprocess.run(command, stdout=log, stderr=log, check=False)
        if done.returncode:
            print(f"mutmut ended with {done.returncode}; see {COPY / 'log'}")
            return 1
    return judged(list(mutants()))


if __name__ == "__main__":
    sys.exit(main())
