"""Puts the three clients where frameworks look for them: ``ccxt.bitget`` and its two siblings."""

from __future__ import annotations

import functools
import logging
import sys
import warnings
from collections.abc import Iterator, Mapping
from types import ModuleType, TracebackType
from typing import Any

log = logging.getLogger("bitget_leverage_ext")

# ccxt's own class of each namespace; empty while nothing is installed.
_stock: dict[str, type] = {}


class Installed:
    """The installation as a context manager: leaving the block uninstalls."""

    def __enter__(self) -> Installed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        uninstall()


def install(options: Mapping[str, Any] | None = None) -> Installed:
    """Rebind ``bitget`` in ``ccxt``, ``ccxt.async_support`` and ``ccxt.pro``, and verify that it took.

    ``ccxt.bitget.bitget`` and its siblings are rebound too. A framework that looks the class up afterwards
    (``getattr(ccxt, 'bitget')``) gets ours; a module that copied it before (``from ccxt import bitget``) keeps
    ccxt's, which a warning says, naming the module. Idempotent; installing again with other *options* replaces them.

    :param dict options: defaults for ``options['setLeverage']``, with the keys and values of that; what the
        configuration of an exchange object says wins over them
    :returns Installed: usable as a context manager that uninstalls
    :raises ccxt.BadRequest: *options* has an unknown key or a value that is not allowed; nothing is installed then
    :raises RuntimeError: the names did not take
    """
    return install_with(type("Defaults", (Defaulting,), {"defaults": _checked(options)}) if options else object)


class Defaulting:
    """Goes before an exchange class, and puts defaults into its ``options['setLeverage']``."""

    defaults: Mapping[str, Any] = {}

    def describe(self) -> Any:
        options = {"setLeverage": dict(self.defaults)}
        return self.deep_extend(super().describe(), {"options": options})  # type: ignore[misc,attr-defined]


def install_with(mixin: type) -> Installed:
    """:func:`install` with a base that goes before each of the three classes."""

    from . import async_support, pro, sync

    ours = {"ccxt": _mixed(sync.bitget, mixin), "ccxt.async_support": _mixed(async_support.bitget, mixin)}
    # The one stays a subclass of the other: frameworks tell the clients apart by that.
    ours["ccxt.pro"] = _mixed(pro.bitget, object if mixin is object else ours["ccxt.async_support"])
    if not _stock:
        _stock.update({name: sys.modules[name].__dict__["bitget"] for name in ours})
        _warn_of_copies()
    for name, cls in ours.items():
        sys.modules[name].bitget = cls  # type: ignore[attr-defined]
        _show(sys.modules[f"{name}.bitget"], cls)
    missing = [
        place.__name__
        for name, cls in ours.items()
        for place in (sys.modules[name], sys.modules[f"{name}.bitget"])
        if getattr(place, "bitget", None) is not cls
    ]
    if missing:
        raise RuntimeError(f"bitget could not be replaced in {', '.join(missing)}")
    return Installed()


def uninstall() -> None:
    """Put back what stood in ccxt's namespaces and submodules before :func:`install`. Idempotent."""
    while _stock:
        name, cls = _stock.popitem()
        sys.modules[name].bitget = cls  # type: ignore[attr-defined]
        sys.modules[f"{name}.bitget"].__class__ = ModuleType


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    from .errors import to_ccxt
    from .rules.arguments import parse_options
    from .rules.refusals import BadInput, Refusal

    try:
        if not isinstance(options, Mapping):
            raise BadInput(f"options of install() are a dict, not {type(options).__name__}")
        parse_options(options)
    except Refusal as refusal:
        raise to_ccxt(refusal) from None
    return dict(options)


def _show(module: ModuleType, cls: type) -> None:
    """Let whoever looks into *module* from outside find *cls* under ``bitget``.

    The name itself stays bound to ccxt's class, whose methods say ``super(bitget, self)`` and would never end if it
    were another one. https://github.com/ccxt/ccxt/blob/master/python/ccxt/pro/bitget.py (describe)
    """
    module.__class__ = type("Shown", (ModuleType,), {"bitget": property(lambda _: cls)})


@functools.cache
def _mixed(cls: type, mixin: type) -> type:
    """*cls* with *mixin* before it, under the same name; the same class each time."""
    if mixin is object:
        return cls
    names = {name: getattr(cls, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(cls.__name__, (mixin, cls), names)


def _warn_of_copies() -> None:
    copies = sorted(set(_copies()))
    if copies:
        text = (
            f"ccxt's own bitget stays in {', '.join(copies)}, imported from ccxt before install(): call install() "
            "earlier, or look the class up as ccxt.bitget"
        )
        log.warning(text)
        warnings.warn(text, stacklevel=4)


def _copies() -> Iterator[str]:
    stock = {id(cls) for cls in _stock.values()}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("ccxt", __package__):
            continue
        names = list(vars(module).items()) if isinstance(module, ModuleType) else []
        yield from (f"{name}.{key}" for key, value in names if id(value) in stock)
