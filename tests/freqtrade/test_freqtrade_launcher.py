"""The launcher before freqtrade runs: what it installs, what it refuses, what it leaves behind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from freqtrade_bot import environment

from bitget_leverage_ext import freqtrade

pytest.importorskip("freqtrade.main", reason="freqtrade is not installed")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=60, env=environment(), check=False
    )


def script(text: str) -> subprocess.CompletedProcess[str]:
    return run("-c", textwrap.dedent(text))


LAUNCH = "from bitget_leverage_ext import freqtrade; freqtrade.main(['trade'])"


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("import sys; sys.modules['freqtrade'] = None", "freqtrade cannot be imported"),
        ("import ccxt; ccxt.__version__ = '5.0.0'", "ccxt 5.0.0 is installed"),
        ("import ccxt; ccxt.__version__ = '4.4.99'", "ccxt 4.4.99 is installed"),
        ("import freqtrade.exchange as e; del e.Bitget", "no exchange class of its own for bitget"),
        ("import freqtrade.exchange.exchange as e; del e.ccxt_pro", "does not take its exchanges from ccxt.pro"),
        ("import freqtrade.exchange.exchange as e; e.ccxt = object()", "does not take its exchanges from ccxt"),
        (
            "import bitget_leverage_ext.sync as s; s.bitget.sign_in = property(lambda self: self.missing)",
            "cannot be built: AttributeError",
        ),
    ],
)
def test_refuses_to_start(broken: str, named: str) -> None:
    """freqtrade is not started where it would run with another class, or with none; the message says why."""
    done = script(f"{broken}\n{LAUNCH}")

    assert done.returncode == 2
    assert done.stderr.startswith("bitget-leverage: freqtrade was not started: ")
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_refuses_to_start_from_log_config(tmp_path: Path) -> None:
    """The plain command with the handler: the same sentence, the same exit code, no traceback around it."""
    handlers = {"bitget_leverage": {"class": "bitget_leverage_ext.freqtrade.Installer"}}
    log_config = {"version": 1, "formatters": {}, "handlers": handlers, "root": {"handlers": ["bitget_leverage"]}}
    (tmp_path / "config.json").write_text(json.dumps({"log_config": log_config, "exchange": {"name": "bitget"}}))
    done = script(
        f"""
        import ccxt; ccxt.__version__ = "5.0.0"
        from freqtrade.main import main
        main(["show-config", "-c", {str(tmp_path / "config.json")!r}])
        """
    )
    assert done.returncode == 2
    sentences = [line for line in done.stderr.splitlines() if "was not started" in line]
    assert len(sentences) == 1
    assert "ccxt 5.0.0 is installed" in sentences[0]
    assert "Traceback" not in done.stdout + done.stderr


def test_the_range_is_that_of_the_metadata() -> None:
    """The launcher asks for the ccxt that the package asks for."""
    root = Path(__file__).parents[2]
    [declared] = re.findall(r'"ccxt>=(.*),<(.*)"', (root / "pyproject.toml").read_text())
    assert declared == tuple(".".join(map(str, each)) for each in (freqtrade.OLDEST, freqtrade.BEYOND))


def test_arguments_and_exit_codes_are_freqtrades() -> None:
    """What freqtrade says to an argument, and what it exits with: 2 for a configuration that is not there."""
    done = run("-m", "bitget_leverage_ext.freqtrade", "trade", "-c", "nothing-here.json")
    assert done.returncode == 2
    assert 'Config file "nothing-here.json" not found' in done.stdout + done.stderr
    assert "was not started" not in done.stderr


def test_uninstall_leaves_ccxt_as_it_was() -> None:
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


def test_nothing_of_freqtrade_is_imported_by_the_package() -> None:
    done = script(
        """
        import sys
        import bitget_leverage_ext.freqtrade
        assert not [name for name in sys.modules if name.split(".")[0] in ("freqtrade", "ccxt")]
        """
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_defaults_are_of_the_class_and_the_users_options_win() -> None:
    done = script(
        """
        import ccxt
        from bitget_leverage_ext import freqtrade

        freqtrade.prepare()
        assert ccxt.bitget({}).options["setLeverage"] == {"fractional": "floor"}
        own = ccxt.bitget({"options": {"setLeverage": {"fractional": "reject", "verify": False}}})
        assert own.options["setLeverage"] == {"fractional": "reject", "verify": False}
        """
    )
    assert (done.returncode, done.stderr) == (0, "")
