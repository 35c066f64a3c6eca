"""The README's examples run, and its tables say what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import ccxt
import pytest

from bitget_leverage_ext import errors, flows
from bitget_leverage_ext.rules.request import Options

README = Path(__file__).parent.parent.joinpath("README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
RUNNABLE = [block for block in BLOCKS if "Emulator() as" in block]


@pytest.mark.parametrize("block", RUNNABLE, ids=lambda block: block.splitlines()[0])
def test_examples_run(block: str) -> None:
    """Each example as it stands; what its comments say is printed is printed."""
    done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    promised = re.findall(r"print\(.*\)  # (.*)", block)
    assert done.stdout.splitlines()[: len(promised)] == promised
    assert done.stdout.strip()


def test_there_are_examples() -> None:
    """A pattern that matches nothing tests nothing."""
    assert len(RUNNABLE) == 2
    assert len(BLOCKS) == 5  # a strategy, a framework and a fixture beside them


def section(title: str) -> str:
    return README.split(title, 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]


def test_error_table() -> None:
    """Every code that is mapped stands in the table, in the row of its class."""
    rows = dict(re.findall(r"^\| `(\w+)`.*?\| (.*?) \|", section("### Errors"), re.MULTILINE))
    for code, (cls, _) in errors.CODES.items():
        assert code in rows[cls.__name__], code
    for code in ("40808", "40019", "400172"):
        assert code in rows["ArgumentsRequired"]
    for code in re.findall(r"\b\d{5,6}\b", "".join(rows.values())):
        assert code in errors.CODES or code in errors.HOLD_SIDE
    assert all(hasattr(ccxt, name) or hasattr(errors, name) for name in rows)


def test_options_table() -> None:
    """The options and their defaults."""
    rows = dict(re.findall(r"^\| `(\w+)` \| `(.*?)` \|", section("### Options"), re.MULTILINE))
    defaults = Options()
    assert rows == {
        "holdSide": repr(defaults.hold_side),
        "fractional": repr(defaults.fractional),
        "verify": repr(defaults.verify),
        "skipUnchanged": repr(defaults.skip_unchanged),
        "deadline": repr(defaults.deadline),
    }


def test_params_are_documented() -> None:
    """Every param of the docstring stands in the README."""
    documented = set(re.findall(r":param [\w|]+ params\.(\w+):", flows.set_leverage.__doc__ or ""))
    assert documented == {name for name in documented if f"`{name}`" in README}
    assert len(documented) >= 9
