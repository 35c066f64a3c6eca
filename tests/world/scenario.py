"""Scenarios: the format, and the runner that plays one.

A scenario is a piece of text::

    The leverage is set in the margin mode that is chosen after it.
    on classic cross; unified one-way cross | clients=True
        set_leverage(7, S)
            > [classic] set-leverage leverage=7
            > [unified] set-leverage marginMode=crossed leverage=7
        set_margin_mode('isolated', S)
        open_long()
            = long isolated 7x

The first lines, up to `on`, are the promise. `on` names accounts by the words of `WORDS`, `;` between alternatives;
where a kind of word is missing, the scenario is played for both. Behind `|` stand keywords: `options` (ccxt's),
`quirks` (the emulator's, and its `rate_limit`), `latency` (seconds of a round trip), `clients=True` (played with all
three clients, otherwise with the synchronous one only), `cold=True` (objects without markets), any other keyword of the
object's configuration.

A step, indented once, is a line of a program in Python (see `program`); `a || b` runs two at once, and a step that
begins with `assert` looks at `result`, what the step before has returned. Below it, indented twice, what is expected:

    > request    a request that changes something, with its decisive fields; all of them, in order; `> nothing`
    ? request    the same for a private request that reads
    = positions  the open positions after the step, `= nothing`; or `= stored cross 7`, a leverage that the account has
    ! Class: words ... words     the error that is raised; without this line none may be raised; `! any`: at least one
    ~ words ... words            a warning; without this line none may be logged; `~ any`: at least one; never None or %s

A word in brackets (`[unified hedge]`), before a step or behind the sign of an expectation, restricts the line to these
accounts. `<mode>` and `<bitget>` stand for the margin mode of the account, in ccxt's and in Bitget's spelling.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ccxt
import pytest

from .exchange import World
from .program import Program, requests_of

WORDS = (("classic", "unified"), ("one-way", "hedge"), ("cross", "isolated"))
CLIENTS = ("sync", "async", "pro")
_UNFILLED = re.compile("None|%s")  # in a line of the log


@dataclass(frozen=True)
class Step:
    code: str
    only: frozenset[str]
    # sign -> the lines that are expected: those of the accounts that have all of the words
    expected: tuple[tuple[str, frozenset[str], str], ...]


@dataclass(frozen=True)
class Scenario:
    promise: str
    account: tuple[str, ...]
    client: str
    steps: tuple[Step, ...]
    settings: dict[str, Any] = field(hash=False)
    name: str = ""


def accounts(words: str) -> list[tuple[str, ...]]:
    """Return the accounts that a line such as "classic hedge; unified" names."""
    found: dict[tuple[str, ...], None] = {}
    for group in words.split(";"):
        named = group.replace(",", " ").split()
        if unknown := set(named) - set(itertools.chain(*WORDS)):
            raise ValueError(f"no such account: {sorted(unknown)} in {words!r}")
        choices = [[word for word in pair if word in named] or list(pair) for pair in WORDS]
        found |= dict.fromkeys(itertools.product(*choices))
    return list(found)


def read(path: Path) -> Iterator[Any]:
    """Yield the scenarios of a file, each as a parameter of a test."""
    for line, promise, on, body in blocks(path.read_text(encoding="utf-8")):
        words, _, keywords = on.partition("|")
        settings = eval(f"dict({keywords})")
        for account in accounts(words):
            for client in CLIENTS if settings.get("clients") else ("sync",):
                name = "-".join((*account, *(() if client == "sync" else (client,))))
                scenario = Scenario(promise, account, client, tuple(steps_of(body)), settings, f"{path.stem}:{line}")
                yield pytest.param(scenario, id=f"{path.stem}:{line}-{name}")


def blocks(text: str) -> Iterator[tuple[int, str, str, list[str]]]:
    promise, on, body, start = list[str](), "", list[str](), 0
    for number, line in enumerate([*text.splitlines(), "end"], start=1):
        if line.startswith(("    ", "on ")) or not line.strip() or line.startswith("#"):
            if line.startswith("on "):
                assert not on, f"line {number}: a promise has one line that begins with 'on'"
                on = line.removeprefix("on ")
            elif line.startswith(" "):
                body.append(line)
            continue
        if body:
            yield start, " ".join(promise), on, body
            promise, on, body = [], "", []
        if not promise:
            start = number
        promise.append(line.strip())


def steps_of(body: list[str]) -> Iterator[Step]:
    code, only, expected = "", frozenset[str](), [("", frozenset[str](), "")][:0]
    for line in body:
        text = line.strip()
        if text.startswith("#"):
            continue
        if line.startswith(" " * 8):
            sign, _, rest = text.partition(" ")
            words, rest = _condition(rest)
            expected.append((sign, words, rest))
            continue
        if code:
            yield Step(code, only, tuple(expected))
        (only, code), expected = _condition(text), []
    yield Step(code, only, tuple(expected))


def _condition(text: str) -> tuple[frozenset[str], str]:
    if found := re.match(r"\[([\w\- ]+)\] *", text):
        words = frozenset(found[1].split())
        if unknown := words - {*itertools.chain(*WORDS), *CLIENTS}:
            raise ValueError(f"no such account: {sorted(unknown)} in {text!r}")
        return words, text[found.end() :]
    return frozenset(), text


# -- playing ------------------------------------------------------------------------------------------------------------


class _Warnings(logging.Handler):
    """Keeps warnings; and of all other lines those that name None or %s, which tells a person nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= logging.WARNING or _UNFILLED.search(text):
            self.texts.append(text)


@contextmanager
def warnings() -> Iterator[list[str]]:
    """Collect the warnings that the package logs."""
    handler, logger = _Warnings(), logging.getLogger("bitget_leverage_ext")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield handler.texts
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


def play(scenario: Scenario, make_world: Any = World) -> None:
    """Play a scenario and fail with the promise, the sequence and what was different."""
    kind, position_mode, margin_mode = scenario.account
    settings = {name: value for name, value in scenario.settings.items() if name != "clients"}
    world = make_world(
        scenario.client, unified=kind == "unified", hedge=position_mode == "hedge", isolated=margin_mode == "isolated",
        latency=settings.pop("latency", 0.0), **settings.pop("quirks", {}),
    )  # fmt: skip
    story, wrong = [f"on {' '.join(scenario.account)}, client {scenario.client}, {scenario.settings}"], False
    with world.running(), warnings() as logged:
        program = Program(world, settings)
        for step in scenario.steps:
            if step.only <= {*scenario.account, scenario.client}:
                lines, is_wrong = _played(scenario, program, step, logged)
                story += lines
                wrong = wrong or is_wrong
    if wrong:
        pytest.fail("\n".join(["", f"PROMISE  {scenario.promise}  ({scenario.name})", *story]), pytrace=False)


def _played(scenario: Scenario, program: Program, step: Step, logged: list[str]) -> tuple[list[str], bool]:
    """Run a step; return it as text, with what was expected and what happened, and whether the two differ."""
    world, modes = program.world, dict(zip(("<mode>", "<bitget>"), _spellings(scenario.account[2]), strict=True))
    began, logged[:] = len(world.log), []
    code = _filled(step.code, modes)
    errors = program.run(code)
    after = world.log[began:]
    writes = requests_of(each for each in after if each.method == "POST")
    reads = requests_of(each for each in after if each.method == "GET" and each.is_private)
    happened: dict[str, Any] = {">": writes, "?": reads, "!": errors, "~": list(logged), "=": None}
    lines, wrong = [f"    {code}"], False
    for sign, actual in happened.items():
        expected = [
            _filled(text, modes) for mark, words, text in step.expected
            if mark == sign and words <= {*scenario.account, scenario.client}
        ]  # fmt: skip
        if sign == "=":
            pairs = [(text, program.state(text)) for text in expected]
            differs = any(text != state for text, state in pairs)
            expected, actual = [text for text, _ in pairs], [state for _, state in pairs]
        else:
            differs = not _agree(sign, expected, actual or [], any(mark == sign for mark, *_ in step.expected))
        if differs:
            lines += [f"      - {sign} {text}" for text in expected or ["(not expected)"]]
            lines += [f"      + {sign} {_shown(each)}" for each in actual or ["nothing"]]
        else:
            lines += [f"        {sign} {_shown(each)}" for each in actual or []]
        wrong = wrong or differs
    return lines, wrong


def _agree(sign: str, expected: list[str], actual: list[Any], is_named: bool) -> bool:
    """Does what happened agree with what is expected? Requests that a scenario does not name do not matter."""
    if sign in ">?":
        if not is_named or not expected:
            return True
        wanted = [] if expected == ["nothing"] else expected
        return wanted == [each if re.match(r"v\d ", text) else each.partition(" ")[2] for text, each in
                          itertools.zip_longest(wanted, actual, fillvalue="")]  # fmt: skip
    if sign == "~" and any(map(_UNFILLED.search, actual)):
        return False
    check = _is_error if sign == "!" else _has_words
    if sign in "!~" and expected == ["any"]:
        return bool(actual) and all(sign == "~" or isinstance(each, ccxt.BaseError) for each in actual)
    return len(expected) == len(actual) and all(map(check, expected, actual))


def _is_error(expected: str, error: BaseException) -> bool:
    name, _, words = expected.partition(":")
    kinds = {cls.__name__ for cls in type(error).__mro__}
    return isinstance(error, ccxt.BaseError) and name in kinds and _has_words(words, str(error))


def _has_words(expected: str, text: str) -> bool:
    return all(part.strip() in text for part in expected.split("..."))


def _shown(each: Any) -> str:
    return f"{type(each).__name__}: {each}" if isinstance(each, BaseException) else str(each)


def _spellings(mode: str) -> tuple[str, str]:
    return mode, "crossed" if mode == "cross" else mode


def _filled(text: str, modes: dict[str, str]) -> str:
    for name, value in modes.items():
        text = text.replace(name, value)
    return text
