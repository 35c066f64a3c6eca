"""Puts the three clients where frameworks look for them: ``ccxt.bitget`` and its two siblings."""

from __future__ import annotations

import functools
from types import ModuleType, TracebackType

# What stood in each namespace before; empty while nothing is installed.
_before: dict[ModuleType, type] = {}


class Installed:
    """The installation as a context manager: leaving the block uninstalls."""

    def __enter__(self) -> Installed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        uninstall()


def install(mixin: type = object) -> Installed:
    """Rebind ``bitget`` in ``ccxt``, ``ccxt.async_support`` and ``ccxt.pro``, and verify that it took. Idempotent.

    ``ccxt.pro.bitget`` is bound to its own parent when ccxt is imported, so all three names are needed. A framework
    that looks the class up afterwards (``getattr(ccxt, 'bitget')``) gets ours; one that copied it before does not.

    :param type mixin: a base that goes before each of the three, for a framework that needs more than its users can
        configure; :mod:`bitget_leverage_ext.freqtrade` has one
    :returns Installed: usable as a context manager that uninstalls
    :raises RuntimeError: the names did not take
    """
    import ccxt.async_support
    import ccxt.pro

    from . import async_support, pro, sync

    classes: dict[ModuleType, type] = {
        ccxt: sync.bitget,
        ccxt.async_support: async_support.bitget,
        ccxt.pro: pro.bitget,
    }
    ours = {module: _mixed(cls, mixin) for module, cls in classes.items()}
    for module, cls in ours.items():
        if module.__dict__["bitget"] is not cls:
            _before.setdefault(module, module.__dict__["bitget"])
            module.bitget = cls  # type: ignore[attr-defined]
    missing = [module.__name__ for module, cls in ours.items() if getattr(module, "bitget", None) is not cls]
    if missing:
        raise RuntimeError(f"bitget could not be replaced in {', '.join(missing)}")
    return Installed()


def uninstall() -> None:
    """Put back what stood in the three namespaces before :func:`install`. Idempotent."""
    while _before:
        module, cls = _before.popitem()
        module.bitget = cls  # type: ignore[attr-defined]


@functools.cache
def _mixed(cls: type, mixin: type) -> type:
    """*cls* with *mixin* before it, under the same name; the same class each time."""
    if mixin is object:
        return cls
    names = {name: getattr(cls, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(cls.__name__, (mixin, cls), names)
