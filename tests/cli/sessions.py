"""Sessions at the command line: what a person types, what is printed, and what the account holds afterwards.

The format is that of the scenarios (`world.scenario`), with these differences. `on` names accounts, `;` between them: a
classic account in hedge mode and crossed margin, unless words say otherwise; keywords behind `|` are those of
`Emulator.add_account`. A step `$ words` runs bitget-leverage; any other step is a line of Python with the names of
`Session`. Below a command is expected:

    exit 2           the exit code; 0 where nothing is said
    shows words      the words are in the output, of both streams and in one line; `words ... words` in this order
    hides words      they are not
    err words        they are in what goes to standard error; `out nothing`: nothing goes to standard output
    json expression  it is true of the JSON document that was printed
    > request        a request that changes something, as in a scenario; all of them, in any order; `> nothing`
    sends nothing    no request at all
    = symbol cross 7, long 5    leverages that the account has

No credential is ever shown. A word in brackets behind the sign restricts the line to these accounts.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Cli, Ran
from world.exchange import Sent
from world.program import requests_of
from world.scenario import Step, blocks, steps_of

from bitget_leverage_ext import bitget
from bitget_leverage_ext.emulator import Fault, Quirks

# Commands that talk to no exchange.
WITHOUT_URL = ("emulator", "tour")
CREDENTIALS = ("BITGET_API_KEY", "BITGET_SECRET", "BITGET_PASSWORD")


def read(path: Path) -> Iterator[Any]:
    """Yield the sessions of a file, each on each of its accounts, as parameters of a test."""
    for line, promise, on, body in blocks(path.read_text(encoding="utf-8")):
        accounts, _, keywords = on.partition("|")
        for words in accounts.split(";"):
            name = f"{path.stem}:{line}"
            yield pytest.param(
                f"{promise}  ({name})", frozenset(words.split()), eval(f"dict({keywords})"), list(steps_of(body)),
                id="-".join([name, *words.split()]),
            )  # fmt: skip


class Session(dict[str, Any]):
    """The names of a session's Python, and the account that it is about."""

    def __init__(self, cli: Cli, folder: Path, words: frozenset[str], settings: dict[str, Any]) -> None:
        emulator = cli.emulator
        super().__init__(
            cli=cli, emulator=emulator, login=self.login, heal=emulator.heal, env=self.env, file=self.file,
            no_waiting=lambda: cli.patch.setattr(bitget, "sleep", lambda self, milliseconds: None),
            fail=lambda kind, **detail: emulator.fail(Fault(kind, **detail)),
            quirks=lambda **names: setattr(emulator, "quirks", Quirks(**names)),
        )  # fmt: skip
        self.cli, self.folder, self.words = cli, folder, words
        position, margin = "one-way" if "one-way" in words else "hedge", "isolated" if "isolated" in words else "cross"
        self.login(unified="unified" in words, position_mode=position, margin_mode=margin, **settings)

    def login(self, **settings: Any) -> None:
        """Go on with the key of a new account."""
        self["account"] = self.cli.login(self.cli.emulator.add_account(**settings))

    def env(self, **variables: str | None) -> None:
        for name, value in variables.items():
            if value is None:
                self.cli.patch.delenv(name)
            else:
                self.cli.patch.setenv(name, value)

    def file(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def play(self, step: Step) -> list[str]:
        """Play a step; return what is not as expected."""
        code = step.code.replace("{folder}", str(self.folder))
        if code.startswith("assert "):
            return [] if eval(code.removeprefix("assert "), dict(self)) else [code]
        if not code.startswith("$ "):
            exec(code, dict(self))
            return []
        words = shlex.split(code.removeprefix("$ "))
        ran = self.cli(*words, url="--url" not in words and words[0] not in WITHOUT_URL)
        expected = [(sign, text) for sign, only, text in step.expected if only <= self.words]
        if not any(sign == "exit" for sign, _ in expected):
            expected.append(("exit", "0"))
        if writes := sorted(text for sign, text in expected if sign == ">"):
            expected = [*(pair for pair in expected if pair[0] != ">"), (">", str(writes))]
        wrong = [f"{sign} {text}" for sign, text in expected if not self._holds(ran, sign, text)]
        credentials = [os.environ.get(name, "").strip() for name in CREDENTIALS]
        if words[0] not in WITHOUT_URL and any(len(each) > 2 and each in ran.text for each in credentials):
            wrong.append("no credential")
        return [f"{line}, after {code}, {ran.code}, {self._writes()}:\n{ran.out}\n{ran.err}" for line in wrong]

    def _holds(self, ran: Ran, sign: str, text: str) -> bool:
        if sign in ("exit", ">"):
            return text == str(ran.code if sign == "exit" else self._writes() or ["nothing"])
        if sign == "json":
            return bool(eval(text, dict(ran.json)))
        if sign == "=":
            symbol, leverages = text.split(maxsplit=1)
            held = self["account"].leverages(symbol)
            return all(str(getattr(held, name)) == value for name, value in map(str.split, leverages.split(", ")))
        if sign == "sends":
            return not self.cli.emulator.requests
        printed = {"shows": ran.text, "hides": ran.text, "err": ran.err, "out": ran.out}[sign]
        if text == "nothing":
            return not printed
        wanted = ".*".join(re.escape(part.strip()) for part in text.split("..."))
        return (re.search(wanted, " ".join(printed.split())) is None) == (sign == "hides")

    def _writes(self) -> list[str]:
        posts = (each for each in self.cli.emulator.requests if each.method == "POST")
        sent = requests_of(Sent(each.method, each.path, each.body or {}, 0.0) for each in posts)
        return sorted(line.partition(" ")[2] for line in sent)
