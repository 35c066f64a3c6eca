"""install(): programs that look the class up find ours, wherever ccxt has it, and ccxt's again afterwards."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest

import bitget_leverage_ext
from bitget_leverage_ext import installing
from bitget_leverage_ext.emulator import Emulator

NAMES = ("ccxt", "ccxt.async_support", "ccxt.pro")
STOCK = {name: sys.modules[name].__dict__["bitget"] for name in NAMES}
OURS = {
    "ccxt": bitget_leverage_ext.bitget,
    "ccxt.async_support": bitget_leverage_ext.async_support.bitget,
    "ccxt.pro": bitget_leverage_ext.pro.bitget,
}
# This file is a module that holds no copy of ccxt's classes: they stand in dicts.


@pytest.fixture(autouse=True)
def uninstalled() -> Iterator[None]:
    yield
    bitget_leverage_ext.uninstall()


def places(name: str) -> list[Any]:
    return [sys.modules[name], sys.modules[f"{name}.bitget"]]


def script(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", NAMES)
def test_rebinds_the_namespace_and_the_submodule(name: str) -> None:
    """Both give our class, twice as well as once; uninstalling, also twice, gives back exactly what stood there."""
    kinds = [type(place) for place in places(name)]
    bitget_leverage_ext.install()
    bitget_leverage_ext.install()
    assert [place.bitget for place in places(name)] == [OURS[name]] * 2
    bitget_leverage_ext.uninstall()
    bitget_leverage_ext.uninstall()
    assert [place.bitget for place in places(name)] == [STOCK[name]] * 2
    assert [type(place) for place in places(name)] == kinds


@pytest.mark.parametrize("name", NAMES)
def test_both_classes_can_be_built_meanwhile(name: str) -> None:
    """ccxt's methods say super(bitget, self): its own class and ours must both find what they mean by it."""
    bitget_leverage_ext.install()
    for cls in (STOCK[name], *(place.bitget for place in places(name))):
        assert cls({}).id == "bitget"


def test_as_a_context() -> None:
    """Leaving the block uninstalls."""
    with bitget_leverage_ext.install():
        assert ccxt.bitget is OURS["ccxt"]
    assert ccxt.bitget is STOCK["ccxt"]


@pytest.mark.parametrize("options", [None, {"fractional": "floor"}])
def test_relations_between_the_classes_stay(options: Any) -> None:
    """ccxt.pro's class is one of ccxt.async_support's, and each is one of ccxt's own."""
    bitget_leverage_ext.install(options)
    assert issubclass(ccxt.pro.bitget, ccxt.async_support.bitget)
    for name in NAMES:
        assert issubclass(sys.modules[name].__dict__["bitget"], (OURS[name])) and issubclass(OURS[name], STOCK[name])


@pytest.mark.parametrize("name", NAMES)
def test_options_are_defaults(name: str) -> None:
    """They reach programs whose configuration has no place for them; a configuration that says otherwise wins."""
    bitget_leverage_ext.install({"fractional": "floor", "deadline": 3})
    cls = sys.modules[name].__dict__["bitget"]
    assert cls({}).options["setLeverage"] == {"fractional": "floor", "deadline": 3}
    own = cls({"options": {"setLeverage": {"fractional": "reject"}}})
    assert own.options["setLeverage"] == {"fractional": "reject", "deadline": 3}


def test_options_are_replaced() -> None:
    """Installing again with others, or with none, does not add to the first."""
    bitget_leverage_ext.install({"fractional": "floor"})
    bitget_leverage_ext.install({"verify": "read"})
    assert ccxt.bitget({}).options["setLeverage"] == {"verify": "read"}
    bitget_leverage_ext.install()
    assert ccxt.bitget is OURS["ccxt"]


@pytest.mark.parametrize("options", [{"fractional": "up"}, {"nonsense": 1}, ["fractional"], {"deadline": "soon"}])
def test_wrong_options(options: Any) -> None:
    """Refused when they are given, not when the first order needs them; nothing is installed."""
    with pytest.raises(ccxt.BadRequest):
        bitget_leverage_ext.install(options)
    assert ccxt.bitget is STOCK["ccxt"]


def test_options_are_copied(emulator: Emulator) -> None:
    """What the caller does to its mapping afterwards, or an object to its own options, changes nothing."""
    options = {"fractional": "floor"}
    bitget_leverage_ext.install(options)
    options["fractional"] = "reject"
    ccxt.bitget({}).options["setLeverage"]["fractional"] = "reject"
    ccxt.bitget(emulator.config(enableRateLimit=False)).set_leverage(3.7, "BTC/USDT:USDT")
    assert [write.body["leverage"] for write in emulator.writes] == ["3"]


@pytest.mark.parametrize("broken", [*NAMES, *(f"{name}.bitget" for name in NAMES)])
def test_a_name_that_cannot_be_rebound(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """Namespaces and submodules are verified; where one keeps ccxt's class, nothing is installed."""

    class Frozen(ModuleType):
        def __setattr__(self, name: str, value: Any) -> None:
            pass

    frozen = Frozen(broken)
    vars(frozen).update(vars(sys.modules[broken]))
    monkeypatch.setitem(sys.modules, broken, frozen)
    with pytest.raises(RuntimeError, match=f"could not be replaced in {broken}$"):
        bitget_leverage_ext.install()
    monkeypatch.undo()
    for name in NAMES:
        assert [place.bitget for place in places(name)] == [STOCK[name]] * 2


def test_copies_are_named() -> None:
    """A module that did `from ccxt import bitget` before keeps ccxt's class: one warning names it, once.

    ccxt's own modules, and ours, hold it by right; a program whose name begins like theirs does not.
    """
    done = script(
        """
        import sys, types
        from ccxt import bitget
        for name in ("some.bot", "ccxtbot", "bitget_leverage_ext_bot"):
            bot = sys.modules[name] = types.ModuleType(name)
            bot.Exchange = bitget
        del bitget, bot
        import bitget_leverage_ext
        bitget_leverage_ext.install()
        bitget_leverage_ext.install()
        """
    )
    assert done.returncode == 0
    [line] = done.stderr.splitlines()
    named = "bitget_leverage_ext_bot.Exchange, ccxtbot.Exchange, some.bot.Exchange"
    assert line.startswith(f"ccxt's own bitget stays in {named}, imported from ccxt before install()")


# --- which ccxt -------------------------------------------------------------------------------------------------


def test_the_range_is_that_of_the_metadata() -> None:
    """What install() and the launcher accept is what the package asks for."""
    text = Path(__file__).parents[1].joinpath("pyproject.toml").read_text()
    [declared] = re.findall(r'"ccxt>=(.*),<(.*)"', text)
    accepted = (installing.OLDEST_CCXT, installing.FIRST_UNKNOWN_CCXT)
    assert declared == tuple(".".join(map(str, each)) for each in accepted)


def test_the_ccxt_found_is_logged() -> None:
    """With the other versions that a bug report needs, and without a warning."""
    done = script(
        """
        import logging
        logging.basicConfig(level="INFO", format="%(levelname)s %(message)s")
        import bitget_leverage_ext
        bitget_leverage_ext.install()
        bitget_leverage_ext.install()
        """
    )
    python = ".".join(map(str, sys.version_info[:3]))
    versions = f"bitget_leverage_ext {bitget_leverage_ext.__version__}, ccxt {ccxt.__version__}, Python {python}"
    assert done.stderr.splitlines() == [f"INFO replacing ccxt's bitget: {versions}"]


def test_another_ccxt_is_named() -> None:
    """octobot-ccxt ships a folder ccxt/ of its own, with a version of its own; so one warning says whose it is."""
    done = script(
        """
        import importlib.metadata, sys
        import ccxt
        ccxt.__version__ = "5.0.0"
        importlib.metadata.packages_distributions = lambda: {"ccxt": ["octobot-ccxt", "ccxt"]}
        import bitget_leverage_ext
        bitget_leverage_ext.install()
        assert ccxt.bitget is bitget_leverage_ext.bitget
        """
    )
    [line] = done.stderr.splitlines()
    assert line.startswith("ccxt 5.0.0 in ")
    assert "(installed by ccxt, octobot-ccxt) is not a version that bitget_leverage_ext supports" in line
    assert "4.5.6 or newer, below 5" in line
