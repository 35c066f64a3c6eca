"""The entry point: help, versions, completion, freqtrade, the emulator, colours."""

from __future__ import annotations

import json
import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import ccxt
import pytest
from command_line import Cli

import bitget_leverage_ext
from bitget_leverage_ext.cli import main
from bitget_leverage_ext.emulator import Emulator, Quirks

ROOT = Path(bitget_leverage_ext.__file__).parents[1]
RUN = "import sys; from bitget_leverage_ext.cli import main; sys.exit(main())"


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more}


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *words], env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


# --- help, versions, completion --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", "tour", "emulator", "set", "plan", "show", "doctor", "learn"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What it does, examples, exit codes, and where credentials come from; no types of Python."""
    assert main([*command.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert not re.search(r"<\w|\bNone\b|list\[|\[\[|0<=x", out)
    assert "Examples:" in out
    assert "Exit codes: 0 done, 1 refused or failed, 2 wrong usage or a missing credential, 130 interrupted." in re.sub(
        r"\s+", " ", out
    )
    assert ("--install-completion" in out) == (command == "")
    assert ("BITGET_PASSWORD" in out) == (command not in ("tour", "emulator"))


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra(missing: str) -> None:
    """What to install, instead of a traceback."""
    code = f"import sys; sys.modules[{missing!r}] = None; {RUN}"
    ran = subprocess.run([sys.executable, "-c", code, "tour"], env=environment(), capture_output=True, text=True)
    assert ran.returncode == 2
    assert "pip install '.[cli]' " in ran.stderr
    assert "pip install 'bitget" not in ran.stderr  # no package of this name is published
    assert "Traceback" not in ran.stderr


VERSIONS = (
    f"bitget-leverage {bitget_leverage_ext.__version__} (ccxt {ccxt.__version__}, Python {platform.python_version()})\n"
)


def test_versions(capsys: pytest.CaptureFixture[str]) -> None:
    """Those that a bug report needs, also from `python -m bitget_leverage_ext`."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == VERSIONS
    words = [sys.executable, "-m", "bitget_leverage_ext", "--version"]
    ran = subprocess.run(words, env=environment(), capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, VERSIONS)


@pytest.mark.parametrize(
    ("words", "expected"),
    [("bitget-leverage do", ["doctor"]), ("bitget-leverage set --side ", ["long", "short", "both"]),
     ("bitget-leverage plan --margin-mode i", ["isolated"])],
)  # fmt: skip
def test_completion(words: str, expected: list[str]) -> None:
    """Commands, options and values; the script for a shell comes from --show-completion."""
    variables = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    env = environment(_BITGET_LEVERAGE_COMPLETE="complete_bash", **variables)
    ran = subprocess.run([sys.executable, "-c", RUN], env=env, capture_output=True, text=True)
    assert ran.stdout.split() == expected


# --- freqtrade -------------------------------------------------------------------------------------------------


def test_all_arguments_are_freqtrades(monkeypatch: pytest.MonkeyPatch) -> None:
    """Options, --help and -- too; the exit code is freqtrade's."""
    received: list[list[str]] = []

    def run(words: list[str]) -> int:
        received.append(words)
        return 3

    stub: Any = ModuleType("bitget_leverage_ext.freqtrade")
    stub.main = run
    monkeypatch.setitem(sys.modules, stub.__name__, stub)
    monkeypatch.setattr(bitget_leverage_ext, "freqtrade", stub, raising=False)
    for words in (["trade", "-c", "a.json", "-vv"], ["--help"], [], ["--", "-x", "--json"], ["-c", "a", "trade"]):
        assert main(["freqtrade", *words]) == 3
        assert received[-1] == words


# --- emulator --------------------------------------------------------------------------------------------------


def test_the_emulator_runs_until_interrupted() -> None:
    """A client gets there with what it prints; then it ends cleanly."""
    with running("emulator", "--unified") as process:
        assert process.stdout is not None
        lines = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            lines.append(process.stdout.readline())
            assert lines[-1], process.stderr and process.stderr.read()
        text = "".join(lines)
        names: dict[str, Any] = {}
        exec(text.partition("In Python:\n")[2].partition("On the command line")[0], names)
        assert names["exchange"].fetch_leverage("BTC/USDT:USDT")["longLeverage"] == 10
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0
        assert out == "stopped\n"
        assert err == ""


def test_the_emulator_for_scripts() -> None:
    """One JSON document and nothing else on standard output; requests on standard error with --log."""
    with running("emulator", "--json", "--log", "--demo-key", "--one-way", "--quirk", "capitals=required") as process:
        assert process.stdout is not None
        text = ""
        while not text.endswith("\n}\n"):
            text += process.stdout.readline()
        announced = json.loads(text)
        assert announced["demo"] is True
        exchange = bitget_leverage_ext.bitget({**announced["config"], "enableRateLimit": False})
        exchange.set_sandbox_mode(True)
        exchange.set_leverage(10, "BTC/USDT:USDT")
        process.terminate()
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0
        assert out == ""
        assert "POST /api/v2/mix/account/set-leverage" in err


def test_a_port_that_is_taken(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    port = emulator.url.rsplit(":", 1)[1]
    assert main(["emulator", "--port", port]) == 1
    assert f"port {port} cannot be used" in capsys.readouterr().err


def test_an_emulator_as_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Like the exchange in a report, where a quirk on the command line overrides it; an account in any state."""
    from bitget_leverage_ext.cli import serving

    made: list[Emulator] = []
    monkeypatch.setattr(serving, "serve", lambda emulator, as_json, log: made.append(emulator))
    path = tmp_path / "report.json"
    path.write_text('{"answers": {"unified_hedge": "all", "unified_row": "list", "capitals": "unknown"}}')
    assert main(["emulator", "--like", str(path), "--quirk", "unified_row=missing"]) == 0
    assert made[0].quirks == Quirks(unified_hedge="all", unified_row="missing")
    assert main(["emulator", "--isolated", "--unified", "--one-way"]) == 0
    account = made[1].account
    assert (account.unified, account.position_mode()) == (True, "one_way_mode")
    assert account.permissions == ("read", "trade")
    assert main(["emulator", "--read-only"]) == 0
    assert made[2].account.permissions == ("read",)
    assert account.margin_mode("BTC/USDT:USDT") == account.margin_mode("SOL/USDT:USDT") == "isolated"
    path.write_text('{"answers": {"unified_hedge": "any"}}')
    for wrong in (path, tmp_path / "nowhere.json"):
        assert main(["emulator", "--like", str(wrong)]) == 2
    err = capsys.readouterr().err
    assert "unified_hedge='any'" in err
    assert "nowhere.json" in err


def test_the_help_lists_every_quirk(capsys: pytest.CaptureFixture[str]) -> None:
    """With its values, the default first."""
    assert main(["emulator", "--help"]) == 0
    out = capsys.readouterr().out
    hints = get_type_hints(Quirks)
    for name, default in asdict(Quirks()).items():
        assert get_args(hints[name])[0] == default
        assert f"  {name}={'|'.join(get_args(hints[name]))}\n" in out


# --- colours ---------------------------------------------------------------------------------------------------


def test_no_color(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours on a terminal, none where NO_COLOR is set."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[3" in cli("doctor").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search("\x1b\\[[0-9;]*3[0-9]", cli("doctor").out)


def test_a_terminal_without_arrows() -> None:
    """A character that it cannot show becomes a question mark, not an error."""
    env = environment(PYTHONIOENCODING="ascii", BITGET_API_KEY="", BITGET_SECRET="", BITGET_PASSWORD="")
    ran = subprocess.run([sys.executable, "-c", RUN, "doctor"], env=env, capture_output=True, text=True)
    assert ran.returncode == 2
    assert "? export BITGET_API_KEY" in ran.stdout
