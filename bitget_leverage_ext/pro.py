"""The client with websockets: a drop-in for ``ccxt.pro.bitget``."""

from __future__ import annotations

from ccxt.pro.bitget import bitget as stock

from . import async_support
from ._shell import asking
from .async_support import asked, followed


@asking(followed, asked)
class bitget(async_support.bitget, stock):  # type: ignore[misc]  # noqa: N801  # ccxt's own class name
    """ccxt pro's ``bitget`` with ``set_leverage`` and its companions right on every futures account."""
