"""The README's blocks run as pasted, and the reference's tables say what the code says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import ccxt

from bitget_leverage_ext import errors
from bitget_leverage_ext.emulator import Emulator, Quirks
from bitget_leverage_ext.emulator.contracts import CONTRACTS
from bitget_leverage_ext.flows.leverage import set_leverage
from bitget_leverage_ext.flows.many import set_leverages
from bitget_leverage_ext.rules.plan import BOTH_SIDES, ONE_CROSSED, ONE_ISOLATED, ONE_SIDE
from bitget_leverage_ext.rules.request import VOCABULARY, Options

ROOT = Path(__file__).parent.parent
README = ROOT.joinpath("README.md").read_text()
REFERENCE = ROOT.joinpath("bitget_leverage_ext", "REFERENCE.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
RUNNABLE = [block for kind, block in BLOCKS if kind == "python" and "Emulator() as" in block]


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_trap() -> None:
    """The first block prints what the block below it says."""
    (kind, printed) = BLOCKS[2]
    assert kind == "text"
    assert python(RUNNABLE[0]) == printed


def test_the_script() -> None:
    """The asynchronous example; what its comment says is printed is printed."""
    first, *others = python(RUNNABLE[1]).splitlines()
    assert first == re.search(r"print\(.*\)  # (.*)", RUNNABLE[1])[1]  # type: ignore[index]
    assert others[0] == "ETH/USDT:USDT 7"
    assert others[1].startswith("NOPE/USDT:USDT bitget 'NOPE/USDT:USDT' is not a symbol")


def test_the_command_line() -> None:
    """Every line of the block succeeds against one emulator, started as the sentence above it says."""
    (block,) = (text for kind, text in BLOCKS if kind == "sh" and "bitget-leverage set" in text)
    keys, *commands = block.splitlines()
    assert "`bitget-leverage emulator --port 8081 --isolated`" in README
    environment = dict(word.split("=", 1) for word in shlex.split(keys) if "=" in word)
    with Emulator(rate_limit=False) as emulator:
        for contract in CONTRACTS:
            emulator.account.set_margin_mode(*contract, "isolated")
        for command in commands:
            words = shlex.split(command.replace("http://127.0.0.1:8081", emulator.url))
            assert words[0] == "bitget-leverage"
            done = subprocess.run(
                [sys.executable, "-m", "bitget_leverage_ext", *words[1:]],
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        figures = emulator.account.figures("USDT-FUTURES", "BTCUSDT")
        assert (figures.long, figures.short) == (20, 5)


def test_the_strategy_s_test(tmp_path: Path) -> None:
    """The block of a strategy's author passes as it stands."""
    (block,) = (text for kind, text in BLOCKS if kind == "python" and text.startswith("# test_strategy.py"))
    (tmp_path / "test_strategy.py").write_text(block)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path), "-p", "no:cacheprovider", "-c", os.devnull],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert "1 passed" in done.stdout, done.stdout


def test_the_readme_is_one_page_of_recipes() -> None:
    """What is reference stands in the reference."""
    assert len(README.splitlines()) < 220


# --- the reference ---------------------------------------------------------------------------------------------


def section(title: str) -> str:
    return REFERENCE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_error_table() -> None:
    """Every code that is mapped stands in the table, in the row of its class, and no other does."""
    rows = dict(re.findall(r"^\| `(\w+)`.*?\| (.*?) \|", section("Errors"), re.MULTILINE))
    for code, (cls, _) in errors.CODES.items():
        assert code in rows[cls.__name__], code
    by_text = {"40808", "40019", "400172", "25200", "25236"}
    assert by_text <= set(re.findall(r"\b\d{5,6}\b", rows["ArgumentsRequired"]))
    for code in re.findall(r"\b\d{5,6}\b", "".join(rows.values())):
        assert code in errors.CODES or code in by_text
    assert all(hasattr(ccxt, name) or hasattr(errors, name) for name in rows)


def test_options_table() -> None:
    """The options and their defaults."""
    rows = dict(re.findall(r"^\| `(\w+)` \| `(.*?)` \|", section("Options"), re.MULTILINE))
    defaults = Options()
    assert rows == {
        "holdSide": repr(defaults.hold_side),
        "marginMode": repr(defaults.margin_mode),
        "fractional": repr(defaults.fractional),
        "verify": repr(defaults.verify),
        "skipUnchanged": repr(defaults.skip_unchanged),
        "deadline": repr(defaults.deadline),
    }


def test_params_are_documented() -> None:
    """Every param of the docstring, and every word of an entry, stands in the reference."""
    documented = set(re.findall(r":param [\w|]+ params\.(\w+):", set_leverage.__doc__ or ""))
    assert documented == {name for name in documented if f"`{name}`" in section("One leverage")}
    assert len(documented) >= 9
    words = {word for word in VOCABULARY if "_" not in word}
    assert words == {word for word in words if f"`{word}`" in section("Many symbols")}
    assert "copied when the call begins" in (set_leverages.__doc__ or "")


def test_forms_table() -> None:
    """A row a cell of each account kind, in the words of the rules."""
    rows = re.findall(r"^\| (classic|unified) \| (.*?) \|", section("What goes over the wire"), re.MULTILINE)
    assert [cell for kind, cell in rows if kind == "unified"] == [
        ONE_CROSSED,
        ONE_ISOLATED,
        f"isolated hedge, {BOTH_SIDES}",
        f"isolated hedge, {ONE_SIDE}",
    ]


def test_questions_table() -> None:
    """Every quirk of the emulator is an open question, and the other way round."""
    named = re.findall(r"^\| (`.*?`) \|", section("Open questions"), re.MULTILINE)
    told = {name for cell in named for name in re.findall(r"`(\w+)`", cell)} - {"Quirks"}
    assert told == set(vars(Quirks()))
