"""Set leverage on Bitget futures from ccxt, right every time.

``bitget_leverage_ext.bitget``, ``.async_support.bitget`` and ``.pro.bitget`` replace ccxt's classes of the same names;
:func:`install` puts them there for frameworks that look the class up by name.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import async_support, emulator, pro
    from .errors import LeverageNotApplied, OrderNotSent
    from .installing import install, uninstall
    from .set_leverage import LeverageResult
    from .sync import bitget

__version__ = "0.3.0"
__all__ = [
    "LeverageNotApplied",
    "LeverageResult",
    "OrderNotSent",
    "async_support",
    "bitget",
    "emulator",
    "install",
    "pro",
    "uninstall",
]

# Imported when first asked for: `import bitget_leverage_ext` must not cost what ccxt.pro costs.
_HOMES = {
    "LeverageNotApplied": "errors",
    "LeverageResult": "set_leverage",
    "OrderNotSent": "errors",
    "bitget": "sync",
    "install": "installing",
    "uninstall": "installing",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
