"""`emulator`: what it prints is for copying, and works as it stands."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from command_line import BTC, Cli

from bitget_leverage_ext.cli import serving
from bitget_leverage_ext.emulator import EmulatedAccount, Emulator

ACCOUNTS = {
    "classic": {},
    "unified": {"unified": True},
    "demo": {"demo_key": True, "one_way": True, "isolated": True},
    "isolated": {"isolated": True},
}


@pytest.fixture(params=list(ACCOUNTS))
def kind(request: pytest.FixtureRequest, account: EmulatedAccount) -> str:
    words = dict.fromkeys(("unified", "demo_key", "one_way", "isolated", "read_only"), False)
    serving.prepare(account, **{**words, **ACCOUNTS[request.param]})
    return str(request.param)


def leverage(account: EmulatedAccount, kind: str) -> Any:
    held = account.leverages(BTC)
    return held.long if kind in ("demo", "isolated") else held.cross


def test_the_printed_program_and_command_set_a_leverage(
    emulator: Emulator, kind: str, cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    serving.announce(emulator, as_json=False)
    printed = capsys.readouterr().out
    kinds = f"{'unified' if kind == 'unified' else 'classic'} account, {'demo' if kind == 'demo' else 'live'} key"
    assert f"answers at {emulator.url} ({kinds};" in printed
    names: dict[str, Any] = {}
    program = printed.partition("In Python:")[2].partition("On the command line:")[0]
    exec(program.replace("bitget(config)", "bitget({**config, 'verify': False})", 1), names)
    assert leverage(emulator.account, kind) == 10
    emulator.account.set_leverages(BTC, cross=3, long=3, short=3)
    (exported,) = re.findall(r"^export (.*)$", printed, re.MULTILINE)
    for setting in shlex.split(exported):
        monkeypatch.setenv(*setting.split("=", 1))
    (command,) = re.findall(r"^bitget-leverage (.*)$", printed, re.MULTILINE)
    assert (" --side both" in command) is (kind == "isolated")
    ran = cli(*shlex.split(command))
    assert ran.code == 0 and BTC in ran.out, ran.text
    assert leverage(emulator.account, kind) == 10


def test_the_same_for_scripts(emulator: Emulator, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    serving.announce(emulator, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert printed["url"] == emulator.url
    assert (printed["unified"], printed["demo"]) == (kind == "unified", kind == "demo")
    assert printed["config"]["apiKey"] == emulator.account.api_key
