"""Installation under ccxt's own names: ``bitget`` in ``ccxt``, ``ccxt.async_support`` and ``ccxt.pro``.

ccxt's classes themselves are never changed; ``uninstall()`` restores every name.
"""

from __future__ import annotations

import functools
import logging
import re
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from types import ModuleType
from typing import Any

log = logging.getLogger("bitget_leverage_ext")

# The range that pyproject.toml asks for; an environment may hold another version all the same.
OLDEST_CCXT, FIRST_UNKNOWN_CCXT = (4, 5, 6), (5,)

# ccxt's own class, by the name of its namespace; empty while nothing is installed.
_ccxt_classes: dict[str, type] = {}


class Installed:
    """The installation as a context manager: leaving the block uninstalls."""

    def __enter__(self) -> Installed:
        return self

    def __exit__(self, *_: object) -> None:
        uninstall()


def install(options: Mapping[str, Any] | None = None) -> Installed:
    """Rebind ``bitget`` in ``ccxt``, ``ccxt.async_support`` and ``ccxt.pro``, and verify the result.

    ``ccxt.bitget.bitget`` and its siblings are rebound too. A program that looks the class up afterwards
    (``getattr(ccxt, 'bitget')``) gets ours. A module that copied it before (``from ccxt import bitget``) keeps
    ccxt's; one warning names it. Idempotent. Installing again with other *options* replaces them.

    :param dict options: defaults for ``options['setLeverage']``, with its keys and values; copied. The configuration
        of an exchange object overrides them
    :returns Installed: usable as a context manager that uninstalls
    :raises ccxt.BadRequest: *options* has an unknown key or a value that is not allowed; nothing is installed then
    :raises RuntimeError: a name could not be rebound; nothing is installed then
    """
    return install_with(type("Defaults", (DefaultOptions,), {"defaults": _checked(options)}) if options else object)


class DefaultOptions:
    """Mixin for an exchange class: adds defaults to its ``options['setLeverage']``."""

    defaults: Mapping[str, Any] = {}

    def describe(self) -> Any:
        options = {"setLeverage": dict(self.defaults)}
        return self.deep_extend(super().describe(), {"options": options})  # type: ignore[misc,attr-defined]


def install_with(mixin: type) -> Installed:
    """Install like :func:`install`, with *mixin* as the first base of each of the three classes."""
    from . import async_support, pro, sync

    ours = {"ccxt": _mixed(sync.bitget, mixin), "ccxt.async_support": _mixed(async_support.bitget, mixin)}
    # The pro class stays a subclass of the asynchronous one: programs tell the clients apart by that.
    ours["ccxt.pro"] = _mixed(pro.bitget, object if mixin is object else ours["ccxt.async_support"])
    if not _ccxt_classes:
        _ccxt_classes.update({name: sys.modules[name].__dict__["bitget"] for name in ours})
        if ccxt_is_supported():
            log.info("replacing ccxt's bitget: %s", versions())
        else:
            log.warning(
                "%s is not a version that bitget_leverage_ext supports (%s): set_leverage and orders may fail",
                ccxt_origin(),
                supported_range(),
            )
        _warn_of_copies()
    for name, cls in ours.items():
        sys.modules[name].bitget = cls  # type: ignore[attr-defined]
        _show(sys.modules[f"{name}.bitget"], cls)
    places = [(sys.modules[module], cls) for name, cls in ours.items() for module in (name, f"{name}.bitget")]
    if missing := [place.__name__ for place, cls in places if getattr(place, "bitget", None) is not cls]:
        uninstall()
        raise RuntimeError(f"bitget could not be replaced in {', '.join(missing)}")
    return Installed()


def uninstall() -> None:
    """Restore what ccxt's namespaces and submodules held before :func:`install`. Idempotent."""
    while _ccxt_classes:
        name, cls = _ccxt_classes.popitem()
        sys.modules[name].bitget = cls  # type: ignore[attr-defined]
        sys.modules[f"{name}.bitget"].__class__ = ModuleType


def versions() -> str:
    """Return this package's, ccxt's and Python's version in one line, as a bug report needs them."""
    import ccxt

    from . import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    return f"bitget_leverage_ext {__version__}, ccxt {ccxt.__version__}, Python {python}"


def ccxt_is_supported() -> bool:
    """Return whether the version of the imported ccxt is in the range that pyproject.toml asks for."""
    import ccxt

    version = tuple(int(part) for part in re.findall(r"\d+", ccxt.__version__)[:3])
    return OLDEST_CCXT <= version < FIRST_UNKNOWN_CCXT


def supported_range() -> str:
    """Return the supported versions of ccxt in words: ``4.5.6 or newer, below 5``."""
    oldest, first_unknown = (".".join(map(str, version)) for version in (OLDEST_CCXT, FIRST_UNKNOWN_CCXT))
    return f"{oldest} or newer, below {first_unknown}"


def ccxt_origin() -> str:
    """Return the imported ccxt's version, folder and distribution.

    Several distributions ship a folder ``ccxt/`` (ccxt itself, octobot-ccxt); the one that was installed last has
    overwritten the other's files.
    """
    import ccxt

    owners = sorted(set(packages_distributions().get("ccxt", ())))
    folder = ccxt.__file__.rpartition("__init__")[0]
    return f"ccxt {ccxt.__version__} in {folder} (installed by {', '.join(owners) or 'no distribution'})"


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    from .errors import to_ccxt
    from .rules.arguments import parse_options
    from .rules.refusals import Refusal

    try:
        parse_options(options)
    except Refusal as refusal:
        raise to_ccxt(refusal) from None
    return dict(options)


def _show(module: ModuleType, cls: type) -> None:
    """Make *module* return *cls* as its attribute ``bitget``.

    The module's own global stays ccxt's class, whose methods call ``super(bitget, self)`` and would recurse without
    end otherwise. https://github.com/ccxt/ccxt/blob/master/python/ccxt/pro/bitget.py (describe)
    """
    module.__class__ = type("Shown", (ModuleType,), {"bitget": property(lambda _: cls)})


@functools.cache
def _mixed(cls: type, mixin: type) -> type:
    """Return *cls* with *mixin* before it, under the same name; the same class each time."""
    if mixin is object:
        return cls
    names = {name: getattr(cls, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(cls.__name__, (mixin, cls), names)


def _warn_of_copies() -> None:
    """Warn of the modules that keep ccxt's class, because they imported it before."""
    own = {id(cls) for cls in _ccxt_classes.values()}
    copies = sorted(
        f"{name}.{key}"
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] not in ("ccxt", __package__) and isinstance(module, ModuleType)
        for key, value in list(vars(module).items())
        if id(value) in own
    )
    if copies:
        log.warning(
            "ccxt's own bitget stays in %s, imported from ccxt before install(): call install() earlier, or look the "
            "class up as ccxt.bitget",
            ", ".join(copies),
        )
