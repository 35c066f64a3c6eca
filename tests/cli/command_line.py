"""``bitget-leverage`` in this process, pointed at an emulator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from bitget_leverage_ext.cli import main
from bitget_leverage_ext.emulator import Account, Emulator


@dataclass
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Cli:
    """``bitget-leverage`` for a user whose environment has the key of one account."""

    def __init__(self, emulator: Emulator, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.emulator, self.patch, self.capsys = emulator, patch, capsys
        self.login(emulator.account)

    def login(self, account: Account, **other: str) -> None:
        names = {
            "BITGET_API_KEY": account.api_key,
            "BITGET_SECRET": account.secret,
            "BITGET_PASSWORD": account.password,
        }
        for name, value in {**names, **other}.items():
            self.patch.setenv(name, value)

    def __call__(self, *words: str, url: bool = True) -> Ran:
        self.emulator.clear()
        code = main([*words, *(("--url", self.emulator.url) if url else ())])
        out, err = self.capsys.readouterr()
        for text in (out, err):
            assert "Traceback" not in text
        return Ran(code, out, err)

    @property
    def posts(self) -> list[tuple[str, Any]]:
        """What the last command wrote."""
        return [(each.path, each.body) for each in self.emulator.requests if each.method == "POST"]
