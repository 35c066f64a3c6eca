"""The exchange object as flows see it: ccxt's attributes and methods, and ours."""

from __future__ import annotations

from typing import Any, Protocol

from ._keyed_lock import KeyedLocks
from .rules.arguments import MARGIN_MODES
from .rules.contracts import Contract
from .rules.modes import MarginMode
from .state import AccountState


class Exchange(Protocol):
    """One of the three clients. What ccxt types loosely is Any here too."""

    options: dict[str, Any]
    markets: Any
    markets_by_id: Any
    enableRateLimit: bool
    # in the synchronous client these block, in the asynchronous ones they return awaitables
    request: Any
    load_markets: Any
    set_leverage: Any
    # ccxt's builders of orders, which perform no I/O in any client
    create_order_request: Any
    create_uta_order_request: Any

    # by name, product type and margin coin, with the markets that they were found in
    found_contracts: dict[tuple[str, str | None, str | None], tuple[Any, Contract]]
    flow_locks: KeyedLocks
    first_reply: float | None  # when the object's first request was answered, on the monotonic clock
    left_out_markets: dict[str, str]  # Bitget's id to what is wrong with the row

    @property
    def account_state(self) -> AccountState: ...

    def check_required_credentials(self, error: bool = True) -> Any: ...
    def handle_option_and_params(self, params: Any, methodName: str, optionName: str) -> Any: ...
    def handle_product_type_and_params(self, market: Any = None, params: Any = ...) -> Any: ...
    def parse_leverage(self, leverage: Any, market: Any = None) -> Any: ...
    def parse_margin_mode(self, marginMode: Any, market: Any = None) -> Any: ...
    def parse_number(self, value: Any) -> float | None: ...
    def milliseconds(self) -> int: ...
    def market(self, symbol: str) -> Any: ...


def margin_mode_of_orders(exchange: Exchange, batch: bool = False) -> MarginMode | None:
    """Return the margin mode that ccxt's own options name for orders, such as ``defaultMarginMode``."""
    word = exchange.handle_option_and_params({}, "createOrders", "marginMode")[0] if batch else None
    if word is None:
        word = exchange.handle_option_and_params({}, "createOrder", "marginMode")[0]
    return MARGIN_MODES.get(str(word).lower())
