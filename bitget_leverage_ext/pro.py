"""The client with websockets: a drop-in replacement for ``ccxt.pro.bitget``."""

from __future__ import annotations

from typing import Any

from ccxt.pro.bitget import bitget as CcxtBitget  # noqa: N812

from . import async_support
from .positions import observe_position


class bitget(async_support.bitget, CcxtBitget):  # type: ignore[misc]  # noqa: N801  # ccxt's own class name
    """ccxt pro's ``bitget`` with ``set_leverage`` and its companions right on every futures account."""

    def parse_ws_position(self, position: Any, market: Any = None) -> Any:
        """ccxt's ``parse_ws_position``; the parsed position is looked at."""
        parsed = super().parse_ws_position(position, market)
        observe_position(self, parsed)
        return parsed
