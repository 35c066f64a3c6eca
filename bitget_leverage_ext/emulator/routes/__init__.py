"""The endpoints. Importing this package fills the route table."""

from . import (
    classic_account,
    classic_orders,
    instruments,
    key_info,
    market_data,
    positions,
    unified_account,
    unified_orders,
)
from .table import ROUTES, RequestContext

__all__ = [
    "ROUTES", "RequestContext", "classic_account", "classic_orders", "instruments", "key_info", "market_data",
    "positions", "unified_account", "unified_orders",
]  # fmt: skip
