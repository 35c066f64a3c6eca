"""The fixture ``bitget_emulator`` in a project that has only the package installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
pytest_plugins = ["pytester"]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project, where the package's metadata are found as those of an installed one."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"][
        "pytest11"
    ]
    installed = pytester.mkdir("installed") / "bitget_leverage_ext-0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: bitget-leverage-ext\nVersion: 0\n")
    lines = "".join(f"{name} = {target}\n" for name, target in declared.items())
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{lines}")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{installed.parent}")
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    return pytester


EXAMPLE = """
import bitget_leverage_ext


def enter_trade(exchange, symbol, volatility):  # your code
    exchange.set_leverage(5 if volatility > 0.04 else 10, symbol, {"holdSide": "long"})


def test_calm_markets_get_10x_on_the_long_side(bitget_emulator):
    account = bitget_emulator.account
    account.set_position_mode("hedge")
    account.set_margin_mode("BTC/USDT:USDT", "isolated")
    enter_trade(bitget_leverage_ext.bitget(bitget_emulator.config()), "BTC/USDT:USDT", volatility=0.01)
    assert account.leverages("BTC/USDT:USDT").long == 10
    assert bitget_emulator.writes[-1].body["holdSide"] == "long"
"""
# Nothing is left from one test to the next; a fault that never strikes is a warning.
STATES = """
import ccxt
import pytest
import bitget_leverage_ext
from bitget_leverage_ext.emulator import Fault

S = "BTC/USDT:USDT"

@pytest.mark.parametrize("time", [1, 2])
def test_new(bitget_emulator, time):
    assert bitget_emulator.requests == []
    assert bitget_emulator.account.leverages(S).cross == 20
    ccxt.bitget(bitget_emulator.config(enableRateLimit=False)).set_leverage(7, S)
    assert bitget_emulator.account.leverages(S).cross == 7

def test_idle(bitget_emulator):
    bitget_emulator.fail(Fault("drop", path="set-margin-mode"))

STOPPED = []

def test_address(bitget_emulator):
    STOPPED.append(ccxt.bitget(bitget_emulator.config()))
    STOPPED[0].fetch_time()

def test_stopped():
    with pytest.raises(ccxt.NetworkError):
        STOPPED[0].fetch_time()
"""


def test_the_fixture(project: pytest.Pytester) -> None:
    """The README's example as it is pasted into an empty project, and where the strategy is wrong."""
    project.makepyfile(
        test_right=EXAMPLE, test_wrong=EXAMPLE.replace("else 10", "else 11"), test_states=STATES
    )  # fmt: skip
    outcome = project.runpytest_subprocess("-p", "no:randomly", "-p", "no:xdist")
    outcome.assert_outcomes(passed=6, failed=1, warnings=1)
    outcome.stdout.fnmatch_lines(["FAILED test_wrong.py::*"])
    outcome.stdout.fnmatch_lines(["*PytestWarning: no request met Fault('drop', path='set-margin-mode'*"])


def test_it_weighs_nothing_until_it_is_used() -> None:
    """Every pytest imports the plugin; ccxt and the server's library are imported with the fixture."""
    code = "import sys, bitget_leverage_ext.pytest_plugin; print([m for m in ('ccxt', 'aiohttp') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ran.stdout == "[]\n"


def test_it_is_listed(project: pytest.Pytester) -> None:
    """`pytest --fixtures` explains it."""
    out = project.runpytest_subprocess("--fixtures").stdout.str()
    assert re.search(r"bitget_emulator.*pytest_plugin", out)
