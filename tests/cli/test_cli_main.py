"""The entry point: help, exit codes, freqtrade's own words, a missing extra, signals, colours."""

from __future__ import annotations

import json
import os
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

import pytest
from command_line import Cli

import bitget_leverage_ext
from bitget_leverage_ext.cli import main
from bitget_leverage_ext.emulator import Emulator, Figures, Quirks

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


# --- help, usage, missing libraries ---


@pytest.mark.parametrize("command", ["", "tour", "emulator", "set", "plan", "show", "doctor", "learn"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What it does, examples, exit codes, and where credentials come from."""
    assert main([*command.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert "Examples:" in out
    assert "Exit codes: 0 done, 1 refused or failed, 2 wrong usage or a missing credential, 130 interrupted." in re.sub(
        r"\s+", " ", out
    )
    assert ("BITGET_PASSWORD" in out) == (command not in ("tour", "emulator"))


@pytest.mark.parametrize("words", [["no-such-command"], ["set", "--no-such-option"], ["emulator", "--port", "x"]])
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "Usage:" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra(missing: str) -> None:
    """The sentence that mends it, in the place of a traceback."""
    code = f"import sys; sys.modules[{missing!r}] = None; {RUN}"
    ran = subprocess.run([sys.executable, "-c", code, "tour"], env=environment(), capture_output=True, text=True)
    assert ran.returncode == 2
    assert "pip install '.[cli]' " in ran.stderr
    assert "pip install 'bitget" not in ran.stderr  # nobody has published a package of this name
    assert "Traceback" not in ran.stderr


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"bitget-leverage {bitget_leverage_ext.__version__}\n"


def test_as_a_module() -> None:
    words = [sys.executable, "-m", "bitget_leverage_ext", "--version"]
    ran = subprocess.run(words, env=environment(), capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, f"bitget-leverage {bitget_leverage_ext.__version__}\n")


# --- freqtrade ---


def test_every_word_is_freqtrades(monkeypatch: pytest.MonkeyPatch) -> None:
    """Options, help and -- included; the exit code is freqtrade's."""
    heard: list[list[str]] = []

    def run(words: list[str]) -> int:
        heard.append(words)
        return 3

    stub: Any = ModuleType("bitget_leverage_ext.freqtrade")
    stub.main = run
    monkeypatch.setitem(sys.modules, stub.__name__, stub)
    monkeypatch.setattr(bitget_leverage_ext, "freqtrade", stub, raising=False)
    for words in (["trade", "-c", "a.json", "-vv"], ["--help"], [], ["--", "-x", "--json"], ["-c", "a", "trade"]):
        assert main(["freqtrade", *words]) == 3
        assert heard[-1] == words


# --- emulator ---


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_the_emulator_runs_until_interrupted(signum: signal.Signals) -> None:
    """What it prints brings a client there; then it ends cleanly."""
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
        process.send_signal(signum)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0
        assert out == "stopped\n"
        assert err == ""


def test_the_emulator_told_to_scripts() -> None:
    """One JSON document, then silence on standard output; requests on standard error when asked for."""
    with running("emulator", "--json", "--log", "--demo-key", "--one-way", "--quirk", "capitals=required") as process:
        assert process.stdout is not None
        text = ""
        while not text.endswith("\n}\n"):
            text += process.stdout.readline()
        told = json.loads(text)
        assert told["demo"] is True
        exchange = bitget_leverage_ext.bitget(told["config"])
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


@pytest.mark.parametrize("quirk", ["nonsense=1", "capitals", "capitals=maybe"])
def test_a_quirk_that_is_none(quirk: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulator", "--quirk", quirk]) == 2
    assert "capitals" in capsys.readouterr().err


def test_like_a_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The emulator answers as the exchange in the report; a quirk on the command line goes over it."""
    from bitget_leverage_ext.cli import serving

    made: list[Emulator] = []
    monkeypatch.setattr(serving, "serve", lambda emulator, as_json, log: made.append(emulator))
    path = tmp_path / "report.json"
    path.write_text('{"answers": {"unified_hedge": "all", "unified_row": "list", "capitals": "unknown"}}')
    assert main(["emulator", "--like", str(path), "--quirk", "unified_row=missing"]) == 0
    assert made[0].quirks == Quirks(unified_hedge="all", unified_row="missing")
    path.write_text('{"answers": {"unified_hedge": "any"}}')
    for wrong in (path, tmp_path / "nowhere.json"):
        assert main(["emulator", "--like", str(wrong)]) == 2
    err = capsys.readouterr().err
    assert "unified_hedge='any'" in err
    assert "nowhere.json" in err


def test_the_help_names_every_quirk(capsys: pytest.CaptureFixture[str]) -> None:
    """With its values, the default first; and one in use."""
    assert main(["emulator", "--help"]) == 0
    out = capsys.readouterr().out
    hints = get_type_hints(Quirks)
    for name, default in asdict(Quirks()).items():
        assert get_args(hints[name])[0] == default
        assert f"  {name}={'|'.join(get_args(hints[name]))}\n" in out
    assert "bitget-leverage emulator --quirk same_leverage=refused" in out


@pytest.mark.parametrize(
    "words", [[], ["--unified", "--quirk", "unified_hedge=documentation"]], ids=["classic", "unified"]
)
def test_an_isolated_emulator(words: list[str], cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There a figure a side can be set, as the README's examples do."""
    from bitget_leverage_ext.cli import serving

    made: list[Emulator] = []
    monkeypatch.setattr(serving, "serve", lambda emulator, as_json, log: made.append(emulator))
    assert main(["emulator", "--isolated", *words]) == 0
    path = tmp_path / "leverages.toml"
    path.write_text('"ETH/USDT:USDT" = { long = 20, short = 5 }\n"SOL/USDT:USDT" = { leverage = 7, side = "long" }\n')
    with made[0] as emulator:
        cli.login(emulator.account)
        cli.emulator = emulator
        # Whose leverage is meant is the caller's to say on a unified account.
        mode = ("--margin-mode", "isolated") if words else ()
        assert cli("set", "--long", "20", "--short", "5", "BTC/USDT:USDT", *mode).code == 0
        assert cli("set", "--file", str(path), *mode).code == 0
    held = {symbol: emulator.account.figures("USDT-FUTURES", symbol) for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT")}
    assert held == {"BTCUSDT": Figures(20, 20, 5), "ETHUSDT": Figures(20, 20, 5), "SOLUSDT": Figures(20, 7, 20)}


# --- colours ---


def test_no_color(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours on a terminal, none where NO_COLOR is set."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[3" in cli("doctor").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search("\x1b\\[[0-9;]*3[0-9]", cli("doctor").out)


def test_a_terminal_without_arrows() -> None:
    """What it cannot show is a question mark, not an error."""
    env = environment(PYTHONIOENCODING="ascii", BITGET_API_KEY="", BITGET_SECRET="", BITGET_PASSWORD="")
    ran = subprocess.run([sys.executable, "-c", RUN, "doctor"], env=env, capture_output=True, text=True)
    assert ran.returncode == 2
    assert "? export BITGET_API_KEY" in ran.stdout
