"""`bitget-leverage`, run in this process with the key of an emulated account."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
from dataclasses import dataclass
from typing import Any

import pytest

from bitget_leverage_ext.cli import main
from bitget_leverage_ext.emulator import EmulatedAccount, Emulator

BTC, ETH, XRP = "BTC/USDT:USDT", "ETH/USDT:USDT", "XRP/USDT:USDT"
LOGGER = logging.getLogger("bitget_leverage_ext")
# What only Python can do: nothing of it may be in the output of a command.
PYTHON = re.compile(r"params|options\[|config\[|fractional=|(set|fetch)_\w+\(|apiKey|stays asked for")


@dataclass
class Ran:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """All output in one line."""
        return " ".join((self.out + self.err).split())


class Cli:
    """Runs commands against an emulator, with an account's credentials in the environment."""

    def __init__(self, emulator: Emulator, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.emulator, self.patch, self.capsys = emulator, patch, capsys
        self.login(emulator.account)

    def login(self, account: EmulatedAccount, **other: str) -> EmulatedAccount:
        names = {
            "BITGET_API_KEY": account.api_key,
            "BITGET_SECRET": account.secret,
            "BITGET_PASSWORD": account.password,
        }
        for name, value in {**names, **other}.items():
            self.patch.setenv(name, value)
        self.account = account
        return account

    def __call__(self, *words: str, url: bool = True) -> Ran:
        self.emulator.clear()
        if os.environ.get("BITGET_API_KEY") == self.account.api_key:
            # a command is a process of its own: what a process knows of an account is kept by key
            self.account.api_key = f"bg_{secrets.token_hex(8)}"
            self.patch.setenv("BITGET_API_KEY", self.account.api_key)
        handlers = list(LOGGER.handlers)
        code = main([*words, *(("--url", self.emulator.url) if url else ())])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in out + err
        assert LOGGER.handlers == handlers
        assert not PYTHON.search(out + err), out + err
        return Ran(code, out, err)

    @property
    def posts(self) -> list[tuple[str, Any]]:
        """Path and body of each write of the last command."""
        return [(each.path, each.body) for each in self.emulator.requests if each.method == "POST"]
