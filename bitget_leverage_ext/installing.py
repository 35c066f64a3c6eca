"""Puts the three clients where frameworks look for them: ``ccxt.bitget`` and its two siblings."""

from __future__ import annotations

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


def install() -> Installed:
    """Rebind ``bitget`` in ``ccxt``, ``ccxt.async_support`` and ``ccxt.pro``, and verify that it took. Idempotent.

    ``ccxt.pro.bitget`` is bound to its own parent when ccxt is imported, so all three names are needed. A framework
    that looks the class up afterwards (``getattr(ccxt, 'bitget')``) gets ours; one that copied it before does not.

    :returns Installed: usable as a context manager that uninstalls
    :raises RuntimeError: the names did not take
    """
    import ccxt.async_support
    import ccxt.pro

    from . import async_support, pro, sync

    ours: dict[ModuleType, type] = {
        ccxt: sync.bitget,
        ccxt.async_support: async_support.bitget,
        ccxt.pro: pro.bitget,
    }
    for module, cls in ours.items():
        if module.__dict__["bitget"] is not cls:
            _before[module] = module.__dict__["bitget"]
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
