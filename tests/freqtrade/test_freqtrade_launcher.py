"""The launcher before freqtrade runs: what it installs, what it refuses, what it leaves behind.

Everything runs against a stub of freqtrade, in this process; where freqtrade is installed, also against freqtrade in a
process of its own.
"""

from __future__ import annotations

import importlib
import json
import logging
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest
from freqtrade_bot import environment

import bitget_leverage_ext
from bitget_leverage_ext import freqtrade, sync

STUB = Path(__file__).parent / "stub"
MODULES = (ccxt, ccxt.async_support, ccxt.pro)
REFUSED = "bitget-leverage: freqtrade was not started: "


def installed_here(name: str) -> bool:
    return name.split(".")[0] == "freqtrade"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stub in freqtrade's place, even where freqtrade is installed."""
    real = {name: module for name, module in sys.modules.items() if installed_here(name)}
    for name in real:
        del sys.modules[name]
    monkeypatch.syspath_prepend(str(STUB))
    importlib.import_module("freqtrade.exchange")
    yield sys.modules["freqtrade"]
    bitget_leverage_ext.uninstall()
    for name in [name for name in sys.modules if installed_here(name)]:
        del sys.modules[name]
    sys.modules.update(real)


def script(text: str) -> subprocess.CompletedProcess[str]:
    """Run Python, with freqtrade itself."""
    pytest.importorskip("freqtrade.main", reason="freqtrade is not installed")
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        check=False,
    )


# --- what it refuses -------------------------------------------------------------------------------------------------

# What is broken, and what the message names. The first three need no freqtrade of a certain kind.
BROKEN = {
    "import sys; sys.modules['freqtrade.exchange'] = None": "freqtrade cannot be imported",
    "import ccxt; ccxt.__version__ = '5.0.0'": "ccxt 5.0.0 in ",
    "import ccxt; ccxt.__version__ = '4.5.5'": "install ccxt 4.5.6 or newer, below 5",
    "import freqtrade.exchange as e; del e.Bitget": "no exchange class of its own for bitget",
    "import freqtrade.exchange.exchange as e; del e.ccxt_pro": "does not take its exchanges from ccxt.pro",
    "import freqtrade.exchange.exchange as e; e.ccxt = object()": "does not take its exchanges from ccxt",
    "import bitget_leverage_ext.sync as s; s.bitget.sign_in = property(lambda self: self.missing)": (
        "cannot be built: AttributeError"
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_refuses_to_start(
    stub: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    """freqtrade is not started where it would run with another class, or with none; the message says why."""
    monkeypatch.setattr(ccxt, "__version__", ccxt.__version__)
    monkeypatch.setattr(sync.bitget, "sign_in", sync.bitget.sign_in)
    exec(broken, {})

    with pytest.raises(SystemExit) as leaving:
        freqtrade.main(["trade"])
    said = capsys.readouterr().err
    assert leaving.value.code == 2
    assert said.startswith(REFUSED)
    assert BROKEN[broken] in said


@pytest.mark.parametrize("broken", BROKEN)
def test_refuses_to_start_freqtrade_itself(broken: str) -> None:
    """What the launcher looks at has the names that freqtrade gives it."""
    done = script(f"{broken}\nfrom bitget_leverage_ext import freqtrade; freqtrade.main(['trade'])")
    assert done.returncode == 2
    assert done.stderr.startswith(REFUSED)
    assert BROKEN[broken] in done.stderr
    assert "Traceback" not in done.stderr


def test_refuses_to_start_where_the_class_cannot_be_replaced(
    stub: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(freqtrade, "install_with", mock.Mock(side_effect=RuntimeError("it stays in ccxt.pro")))
    with pytest.raises(SystemExit):
        freqtrade.main(["trade"])
    assert f"{REFUSED}it stays in ccxt.pro" in capsys.readouterr().err


@pytest.mark.parametrize("version", ["4.5.6", "4.5.90", "4.99.0"])
def test_starts_with_every_ccxt_of_the_range(
    stub: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    """Both ends of the range that the package asks for; freqtrade's arguments and exit code are handed on."""
    monkeypatch.setattr(ccxt, "__version__", version)
    with pytest.raises(SystemExit) as leaving:
        freqtrade.main(["trade", "--help"])
    assert leaving.value.code == 3
    assert capsys.readouterr() == ('["trade", "--help"]\n', "")


def test_without_arguments_those_of_the_command_line(
    stub: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["freqtrade.py", "show-config"])
    with pytest.raises(SystemExit):
        freqtrade.main()
    assert capsys.readouterr().out == '["show-config"]\n'


def test_says_why_from_log_config_too(tmp_path: Path) -> None:
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
    assert "ccxt 5.0.0 in " in sentences[0]
    assert "Traceback" not in done.stdout + done.stderr


def test_a_handler_that_cannot_install_ends_the_process() -> None:
    """Without freqtrade: the sentence, the exit code, and nothing after it."""
    code = """
        import ccxt; ccxt.__version__ = "5.0.0"
        import logging.config
        handler = {"class": "bitget_leverage_ext.freqtrade.Installer"}
        logging.config.dictConfig({"version": 1, "handlers": {"one": handler}, "root": {"handlers": ["one"]}})
        """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith(f"{REFUSED}ccxt 5.0.0 in ")


# --- what it installs and leaves behind ------------------------------------------------------------------------------


def test_the_handler_installs(stub: Any) -> None:
    """Creating the handler is enough; it handles no record."""
    handler = freqtrade.Installer()
    assert all(issubclass(module.bitget, freqtrade.ForFreqtrade) for module in MODULES)
    handler.handle(logging.makeLogRecord({"msg": "something"}))


def test_arguments_and_exit_codes_are_freqtrades() -> None:
    """What freqtrade says to an argument, and what it exits with: 2 for a configuration that is not there."""
    done = script("from bitget_leverage_ext import freqtrade; freqtrade.main(['trade', '-c', 'nothing-here.json'])")
    assert done.returncode == 2
    assert 'Config file "nothing-here.json" not found' in " ".join((done.stdout + done.stderr).split())
    assert "was not started" not in done.stderr


def look() -> Any:
    classes = {cls: dict(vars(cls)) for module in MODULES for cls in module.bitget.__mro__}
    return [dict(vars(module)) for module in MODULES], classes


def test_uninstall_leaves_ccxt_as_it_was(stub: Any) -> None:
    """Class by class and name by name; installing twice changes nothing about that."""
    before = look()
    freqtrade.prepare()
    installed = [module.bitget for module in MODULES]
    assert all(issubclass(cls, freqtrade.ForFreqtrade) and cls({}).id == "bitget" for cls in installed)
    freqtrade.prepare()
    assert [module.bitget for module in MODULES] == installed
    bitget_leverage_ext.install()
    assert ccxt.bitget is bitget_leverage_ext.bitget
    bitget_leverage_ext.uninstall()
    after = look()
    for module, was, now in zip(MODULES, before[0], after[0], strict=True):
        assert was.keys() == now.keys() and all(was[name] is now[name] for name in was), module
    assert before[1].keys() == after[1].keys()
    for cls, was in before[1].items():
        # ccxt itself writes its camelCase names onto a class when it is first used, ours or not
        assert all(was[name] is vars(cls)[name] for name in was), cls


def test_nothing_of_freqtrade_is_imported_by_the_package() -> None:
    code = (
        "import sys, bitget_leverage_ext.freqtrade\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('freqtrade', 'ccxt')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_versions_are_logged() -> None:
    """What a bug report needs stands in one line of freqtrade's log, once a process, whatever its log_config says."""
    code = """
        import logging
        logging.basicConfig(level="INFO", format="%(message)s")
        from bitget_leverage_ext import freqtrade, installing
        installing.install_with(freqtrade.ForFreqtrade)
        import ccxt
        logging.getLogger("bitget_leverage_ext").disabled = True
        ccxt.bitget({})  # freqtrade's trials have no key
        logging.info("now the bot's own")
        for _ in range(2):
            ccxt.bitget({"apiKey": "k"})
        """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)
    version, python = bitget_leverage_ext.__version__, ".".join(map(str, sys.version_info[:3]))
    assert done.stderr.splitlines()[1:] == [
        "now the bot's own",
        f"freqtrade's bitget comes from bitget_leverage_ext {version}, ccxt {ccxt.__version__}, Python {python}",
    ]


# --- the cached leverage tiers ---------------------------------------------------------------------------------------

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"


def tiers(*leverages: float) -> list[dict[str, Any]]:
    row = {"minNotional": 0.0, "maxNotional": 1e5, "maintenanceMarginRate": 0.01}
    return [{**row, "maxLeverage": leverage, "info": object()} for leverage in leverages]


CACHED = {BTC: tiers(150.0, 75.0), ETH: tiers(100.0)}


@pytest.fixture
def exchange(stub: Any) -> Iterator[Callable[..., Any]]:
    """Freqtrade's exchange object, with these tiers cached and those current, after the launcher has prepared it."""
    made: list[Any] = []

    def exchange(cached: Any, current: Any, whitelist: Any = ()) -> Any:
        for _ in range(2):
            freqtrade.prepare()
        made.append(stub.exchange.Bitget(cached, current, whitelist))
        return made[-1]

    yield exchange
    for each in made:
        each.loop.close()


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def test_cached_tiers_of_another_exchange_are_not_used(
    exchange: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The emulator's tiers would decide the real bot's maximum leverage, stake and liquidation price for four weeks."""
    bitget = exchange(CACHED, {BTC: tiers(125.0, 75.0)}, whitelist=["SOL/USDT:USDT", BTC])
    assert bitget.load_cached_leverage_tiers("USDT") is None
    assert bitget.asked == [BTC]
    [line] = warnings_of(caplog)
    assert line.startswith("the cached leverage tiers in the-data-folder are not those of this exchange")
    assert "BTC/USDT:USDT: up to 150x cached, up to 125x now" in line


@pytest.mark.parametrize(
    "row",
    [{"minNotional": 1.0}, {"maxNotional": 2e5}, {"maintenanceMarginRate": 0.02}],
    ids=lambda row: str(*row),
)
def test_every_number_of_a_tier_counts(exchange: Callable[..., Any], row: dict[str, float]) -> None:
    bitget = exchange(CACHED, {BTC: [{**tiers(150.0)[0], **row}, *tiers(75.0)]})
    assert bitget.load_cached_leverage_tiers("USDT") is None


@pytest.mark.parametrize("whitelist", [[ETH], [], ["SOL/USDT:USDT"]])
def test_cached_tiers_of_this_exchange_are_used(
    exchange: Callable[..., Any], caplog: pytest.LogCaptureFixture, whitelist: list[str]
) -> None:
    """One pair is asked for, once; the exchange's raw rows do not count."""
    bitget = exchange(CACHED, {BTC: tiers(150.0, 75.0), ETH: tiers(100.0)}, whitelist)
    assert bitget.load_cached_leverage_tiers("USDT", cache_time=None) is CACHED
    assert bitget.asked == [ETH if whitelist == [ETH] else BTC]
    assert warnings_of(caplog) == []


def test_cached_tiers_that_cannot_be_checked(exchange: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """freqtrade goes on as without us: the request fails, nothing is cached, another exchange."""
    with caplog.at_level("INFO", "bitget_leverage_ext"):
        assert exchange(CACHED, {}).load_cached_leverage_tiers("USDT") is CACHED
    assert "could not be checked: KeyError: 'BTC/USDT:USDT'" in caplog.text
    assert exchange(None, {}).load_cached_leverage_tiers("USDT") is None
    other = exchange(CACHED, {BTC: tiers(1.0)})
    other.id = "okx"
    assert other.load_cached_leverage_tiers("USDT") is CACHED
    assert other.asked == []
    assert warnings_of(caplog) == []


def test_a_freqtrade_without_cached_tiers_is_named(stub: Any, caplog: pytest.LogCaptureFixture) -> None:
    del stub.exchange.Exchange.load_cached_leverage_tiers
    freqtrade.prepare()
    [line] = warnings_of(caplog)
    assert "has no load_cached_leverage_tiers" in line
