"""Mutation run: the tests must notice deliberate mistakes in the core. ``python tests/mutation.py [PATTERN ...]``.

https://mutmut.readthedocs.io changes one thing at a time in the core, and runs the tests that reach it
(``[tool.mutmut]`` in pyproject.toml names both). A mutant that no test notices survives, and must be listed in
``survivors.toml`` with the reason. With patterns, such as ``'bitget_leverage_ext.rules.change*'``, only those
functions are tried; with ``--survivors``, after tests were added, only the unlisted survivors of the last run and what
was not tried yet; with ``--sample`` beside it, these survivors only.

All mutants of the core take a machine days. ``--sample 250`` tries that many of them, drawn at random, and prints the
number with which ``--seed`` draws the same ones again. ``--part emulator``, ``--part cli`` and ``--part around`` (what
stands between the core and the program that uses it) change these instead of the core, and run the tests that belong
to them.

The exit status is 1 where less than 95 % of the core's mutants that are not listed are noticed, and where a survivor
is not listed; in a sample, such a one is printed only. It needs ``pip install -e '.[mutation]'`` and a system that can
fork; everything happens in a copy, ``build/mutation``.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from mutmut.__main__ import create_mutants
from mutmut.configuration import reset_config
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import copy_src_dir

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build" / "mutation"
# The other parts of the package, and the tests that belong to each; those of the core stand in pyproject.toml.
OTHERS = {
    "emulator": (["emulator/*"], ["emulator"]),
    "cli": (["cli/*"], ["cli"]),
    "around": (
        ["freqtrade.py", "http_limits*.py", "installing.py", "redaction.py"],
        [
            "freqtrade",
            "test_http_limits.py",
            "test_installing.py",
            "test_redaction.py",
            "unit/test_http_hooks.py",
            "unit/test_steps.py",
        ],
    ),
}
# part -> the settings of mutmut that differ from those of pyproject.toml
PARTS: dict[str, dict[str, list[str]]] = {"core": {}} | {
    part: {
        "only_mutate": [f"bitget_leverage_ext/{name}" for name in files],
        "do_not_mutate": [],
        "pytest_add_cli_args_test_selection": [f"tests/{name}" for name in tests],
    }
    for part, (files, tests) in OTHERS.items()
}
SURVIVORS = PROJECT / "tests" / "survivors.toml"
ENOUGH = 95.0
# The states of a mutant that a test notices.
CAUGHT = {"killed", "timeout", "segfault"}
# mutmut leaves a decorated function alone; these decorators can as well be called after it.
UNDONE = {"property", "contextmanager"}


# --- the copy ----------------------------------------------------------------------------------------------------


def copied(part: str) -> Path:
    """Return a copy of the project with every function in the reach of mutmut; unchanged files are left alone."""
    for name in ("bitget_leverage_ext", "tests", "pyproject.toml", "README.md", ".github", "cassettes"):
        source = PROJECT / name
        for path in [source] if source.is_file() else sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                _copy(path, BUILD / part / path.relative_to(PROJECT), PARTS[part])
    return BUILD / part


def _copy(path: Path, to: Path, settings: dict[str, list[str]]) -> None:
    content = path.read_bytes()
    if path.name == "pyproject.toml":
        content = _with_settings(content.decode(), settings).encode()
    if path.suffix == ".py" and path.is_relative_to(PROJECT / "bitget_leverage_ext"):
        content = undecorated(content.decode()).encode()
    if not to.exists() or to.read_bytes() != content:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)


def _with_settings(text: str, settings: dict[str, list[str]]) -> str:
    for name, value in settings.items():
        text, count = re.subn(rf"(?ms)^{name} = \[.*?\]$", f"{name} = {json.dumps(value)}", text)
        assert count == 1, name
    return text


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
    """Yield the results of mutmut; the copy is the working directory."""
    for path, name, code in _known():
        status = status_by_exit_code[code]
        if status != "not checked":
            place = re.sub(r"\.x_|__mutmut_\d+$", ".", name).rstrip(".").replace(".xǁ", ".").replace("ǁ", ".")
            was, now = ("", "") if status in CAUGHT else _change(name, path)
            yield Mutant(name, place.removeprefix("bitget_leverage_ext."), status, was, now)


def _known() -> Iterator[tuple[Path, str, int | None]]:
    for meta in sorted(Path("mutants").rglob("*.meta")):
        path = meta.relative_to("mutants").with_suffix("")
        for name, code in json.loads(meta.read_text("utf-8"))["exit_code_by_key"].items():
            yield path, name, code


def sampled(size: int, seed: int, patterns: list[str], max_children: int) -> list[str]:
    """Return the names of *size* mutants, drawn at random from those that *patterns* name, or from all."""
    reset_config()  # mutmut has read the settings of the working directory in which it was imported
    with contextlib.redirect_stdout(None):
        copy_src_dir()
        create_mutants(max_children)
    names = [name for _, name, _ in _known() if not patterns or any(fnmatch(name, each) for each in patterns)]
    return random.Random(seed).sample(names, min(size, len(names)))


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


def judged(found: list[Mutant], part: str, sample: bool) -> int:
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
    return 1 if (rest and not sample) or (part == "core" and score < ENOUGH) else 0


# --- the command -------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    parser.add_argument("--part", choices=PARTS, default="core", help="what is changed (default: core)")
    parser.add_argument("--sample", type=int, metavar="N", help="try N mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="of the draw")
    parser.add_argument("--survivors", action="store_true", help="go on from the last run")
    parser.add_argument("--max-children", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if not options.survivors:
        shutil.rmtree(BUILD / options.part, ignore_errors=True)
    os.chdir(copied(options.part))
    Path("mutants").mkdir(exist_ok=True)  # Python looks only once whether a folder of its path is there
    runs = [options.patterns]
    if options.survivors:
        again = [mutant.name for mutant in explained(list(mutants()))[1]]
        # With names mutmut tries these anew, without any all that it has not tried yet.
        runs = [*([] if options.sample else runs), *([again] if again else [])]
    elif options.sample:
        print(f"a sample of {options.sample} mutants, --seed {options.seed}", flush=True)
        runs = [sampled(options.sample, options.seed, options.patterns, options.max_children)]
    # for tests that start another Python
    environment = {**os.environ, "PYTHONPATH": str(Path("mutants").resolve())}
    for names in runs:
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(options.max_children), *names]
        with Path("log").open("w", encoding="utf-8") as log:  # its progress rewrites one line some thousand times
            done = subprocess.run(command, stdout=log, stderr=log, check=False, env=environment)
        if done.returncode:
            print(f"mutmut ended with {done.returncode}; see {Path('log').resolve()}")
            return 1
    return judged(list(mutants()), options.part, bool(options.sample))


if __name__ == "__main__":
    sys.exit(main())
