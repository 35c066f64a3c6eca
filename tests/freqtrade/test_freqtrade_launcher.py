"""The launcher before freqtrade runs: what it installs, what it refuses, what it leaves behind.

Everything runs against a stub of freqtrade, and where freqtrade is installed against freqtrade as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from freqtrade_bot import environment

import bitget_leverage_ext

STUB = Path(__file__).parent / "stub"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run_with(stub: bool, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(STUB) if stub else "", os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**environment(), "PYTHONPATH": path},
        check=False,
    )


@pytest.fixture(params=["stub", "freqtrade"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run Python with a freqtrade."""
    if request.param == "freqtrade":
        pytest.importorskip("freqtrade.main", reason="freqtrade is not installed")
    return lambda *arguments: run_with(request.param == "stub", *arguments)


@pytest.fixture
def script(run: Run) -> Callable[[str], subprocess.CompletedProcess[str]]:
    return lambda text: run("-c", textwrap.dedent(text))


LAUNCH = "from bitget_leverage_ext import freqtrade; freqtrade.main(['trade'])"


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("import sys; sys.modules['freqtrade'] = None", "freqtrade cannot be imported"),
        ("import ccxt; ccxt.__version__ = '5.0.0'", "ccxt 5.0.0 in "),
        ("import ccxt; ccxt.__version__ = '4.5.5'", "install ccxt 4.5.6 or newer, below 5"),
        ("import freqtrade.exchange as e; del e.Bitget", "no exchange class of its own for bitget"),
        ("import freqtrade.exchange.exchange as e; del e.ccxt_pro", "does not take its exchanges from ccxt.pro"),
        ("import freqtrade.exchange.exchange as e; e.ccxt = object()", "does not take its exchanges from ccxt"),
        (
            "import bitget_leverage_ext.sync as s; s.bitget.sign_in = property(lambda self: self.missing)",
            "cannot be built: AttributeError",
        ),
    ],
)
def test_refuses_to_start(script: Run, broken: str, named: str) -> None:
    """freqtrade is not started where it would run with another class, or with none; the message says why."""
    done = script(f"{broken}\n{LAUNCH}")

    assert done.returncode == 2
    assert done.stderr.startswith("bitget-leverage: freqtrade was not started: ")
    assert named in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("version", ["4.5.6", "4.99.0"])
def test_starts_with_every_ccxt_of_the_range(version: str) -> None:
    """Both ends of the range that the package asks for; freqtrade's arguments and exit code are handed on."""
    done = run_with(True, "-c", f"import ccxt; ccxt.__version__ = '{version}'\n{LAUNCH}")
    assert (done.returncode, done.stdout) == (3, '["trade"]\n'), done.stderr


def test_says_why_from_log_config_too(script: Run, tmp_path: Path) -> None:
    """The plain command with the handler: the same sentence, the same exit code, no traceback around it."""
    handlers = {"bitget_leverage": {"class": "bitget_leverage_ext.freqtrade.Installer"}}
    log_config = {"version": 1, "formatters": {}, "handlers": handlers, "root": {"handlers": ["bitget_leverage"]}}
    (tmp_path / "config.json").write_text(json.dumps({"log_config": log_config, "exchange": {"name": "bitget"}}))
    done = script(
        f"""
        import json, logging.config
        import ccxt; ccxt.__version__ = "5.0.0"
        try:
            from freqtrade.main import main
            main(["show-config", "-c", {str(tmp_path / "config.json")!r}])
        finally:
            logging.config.dictConfig({log_config!r})  # the stub reads no configuration
        """
    )
    assert done.returncode == 2
    sentences = [line for line in done.stderr.splitlines() if "was not started" in line]
    assert len(sentences) == 1
    assert "ccxt 5.0.0 in " in sentences[0]
    assert "Traceback" not in done.stderr


def test_the_handler_installs(script: Run) -> None:
    """Creating the handler is enough; it handles no record."""
    done = script(
        """
        import logging
        import ccxt
        from bitget_leverage_ext import freqtrade
        handler = freqtrade.Installer()
        assert issubclass(ccxt.bitget, freqtrade.ForFreqtrade)
        handler.handle(logging.makeLogRecord({"msg": "something"}))
        """
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_arguments_and_exit_codes_are_freqtrades() -> None:
    """What freqtrade says to an argument, and what it exits with: 2 for a configuration that is not there."""
    pytest.importorskip("freqtrade.main", reason="freqtrade is not installed")
    done = run_with(False, "-m", "bitget_leverage_ext.freqtrade", "trade", "-c", "nothing-here.json")
    assert done.returncode == 2
    assert 'Config file "nothing-here.json" not found' in " ".join((done.stdout + done.stderr).split())
    assert "was not started" not in done.stderr


def test_uninstall_leaves_ccxt_as_it_was(script: Run) -> None:
    """Class by class and name by name; installing twice changes nothing about that."""
    done = script(
        """
        import ccxt, ccxt.async_support, ccxt.pro
        import bitget_leverage_ext
        from bitget_leverage_ext import freqtrade

        modules = (ccxt, ccxt.async_support, ccxt.pro)
        def look():
            classes = {cls: dict(vars(cls)) for module in modules for cls in module.bitget.__mro__}
            return [dict(vars(module)) for module in modules], classes

        before = look()
        freqtrade.prepare()
        installed = [module.bitget for module in modules]
        assert all(issubclass(cls, freqtrade.ForFreqtrade) and cls({}).id == "bitget" for cls in installed)
        freqtrade.prepare()
        assert [module.bitget for module in modules] == installed
        bitget_leverage_ext.install()
        assert ccxt.bitget is bitget_leverage_ext.bitget
        bitget_leverage_ext.uninstall()
        after = look()
        for module, was, now in zip(modules, before[0], after[0]):
            assert was.keys() == now.keys() and all(was[name] is now[name] for name in was), module
        assert before[1].keys() == after[1].keys()
        for cls, was in before[1].items():
            # ccxt itself writes its camelCase names onto a class when it is first used, ours or not
            assert all(was[name] is vars(cls)[name] for name in was), cls
        """
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_of_freqtrade_is_imported_by_the_package(script: Run) -> None:
    done = script(
        """
        import sys
        import bitget_leverage_ext.freqtrade
        assert not [name for name in sys.modules if name.split(".")[0] in ("freqtrade", "ccxt")]
        """
    )
    assert (done.returncode, done.stderr) == (0, "")


# --- the cached leverage tiers -----------------------------------------------------------------------------------

TIERS = """
import logging
from bitget_leverage_ext import freqtrade
from freqtrade.exchange import Bitget
logging.basicConfig(format="%(levelname)s %(message)s")
freqtrade.prepare()
freqtrade.prepare()

def tiers(*leverages):
    rows = [{"maxLeverage": n, "minNotional": 0.0, "maxNotional": 1e5, "maintenanceMarginRate": 0.01} for n in leverages]
    return [{**row, "info": {"anything": id(row)}} for row in rows]

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
cached = {BTC: tiers(150.0, 75.0), ETH: tiers(100.0)}
"""


def check_tiers(text: str) -> subprocess.CompletedProcess[str]:
    done = run_with(True, "-c", TIERS + textwrap.dedent(text))
    assert done.returncode == 0, done.stderr
    return done


def test_cached_tiers_of_another_exchange_are_not_used() -> None:
    """The emulator's tiers would set the real bot's maximum leverage, stake and liquidation price for four weeks."""
    done = check_tiers(
        """
        exchange = Bitget(cached, {BTC: tiers(125.0, 75.0)}, whitelist=["SOL/USDT:USDT", BTC])
        assert exchange.load_cached_leverage_tiers("USDT") is None
        assert exchange.asked == [BTC]
        """
    )
    [line] = done.stderr.splitlines()
    assert line.startswith("WARNING the cached leverage tiers in the-data-folder are not those of this exchange")
    assert "BTC/USDT:USDT: up to 150x cached, up to 125x now" in line


@pytest.mark.parametrize("whitelist", ["[ETH]", "[]", "['SOL/USDT:USDT']"])
def test_cached_tiers_of_this_exchange_are_used(whitelist: str) -> None:
    """One pair is asked for, once; the exchange's raw rows do not count."""
    done = check_tiers(
        f"""
        exchange = Bitget(cached, {{BTC: tiers(150.0, 75.0), ETH: tiers(100.0)}}, whitelist={whitelist})
        assert exchange.load_cached_leverage_tiers("USDT", cache_time=None) is cached
        assert exchange.asked == [ETH if {whitelist} == [ETH] else BTC]
        """
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    "text",
    [
        "assert Bitget(cached, {}).load_cached_leverage_tiers('USDT') is cached",  # the request fails
        "assert Bitget(None, {}).load_cached_leverage_tiers('USDT') is None",  # nothing is cached
        "other = Bitget(cached, {BTC: tiers(1.0)}); other.id = 'okx'\n"
        "assert other.load_cached_leverage_tiers('USDT') is cached and other.asked == []",
    ],
)
def test_cached_tiers_that_cannot_be_checked(text: str) -> None:
    """freqtrade goes on as without us."""
    assert check_tiers(text).stderr == ""


def test_a_freqtrade_without_cached_tiers_is_named() -> None:
    done = run_with(
        True,
        "-c",
        "from freqtrade.exchange import Exchange; del Exchange.load_cached_leverage_tiers\n"
        "from bitget_leverage_ext import freqtrade; freqtrade.prepare()",
    )
    assert done.returncode == 0
    assert "has no load_cached_leverage_tiers" in done.stderr


def test_the_versions_are_those_of_the_package() -> None:
    """What a bug report needs stands in one line of freqtrade's log, once a process, whatever its log_config says."""
    done = run_with(
        True,
        "-c",
        "import logging, ccxt\n"
        "logging.basicConfig(level='INFO', format='%(message)s')\n"
        "from bitget_leverage_ext import freqtrade; freqtrade.prepare()\n"
        "logging.getLogger('bitget_leverage_ext').disabled = True\n"
        "ccxt.bitget({})\n"
        "for _ in range(2): ccxt.bitget({'apiKey': 'k'})\n",
    )
    import ccxt

    version, python = bitget_leverage_ext.__version__, ".".join(map(str, sys.version_info[:3]))
    [line] = [line for line in done.stderr.splitlines() if line.startswith("freqtrade's bitget")]
    assert (
        line == f"freqtrade's bitget comes from bitget_leverage_ext {version}, ccxt {ccxt.__version__}, Python {python}"
    )
