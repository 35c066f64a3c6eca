"""The synchronous client: a drop-in for ``ccxt.bitget``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any

import ccxt
from ccxt.bitget import bitget as stock  # not as ccxt.bitget, which ccxt does not export to type checkers

from . import http_limits, market_rows
from ._shell import Common, asking, documented
from .drive import blocking
from .flows import companions, many, routing
from .flows import orders as ordering
from .flows.leverage import Leverage, set_leverage
from .flows.many import Leverages, Outcome, Progress
from .flows.setting import LeverageResult


def _followed(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def follow(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except ccxt.BaseError as error:
            if not routing.correct_account_type(self, error):
                raise
        return method(self, *args, **kwargs)

    return follow


def _asked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
        blocking(self, routing.known_first(self, *args, *kwargs.values()))
        return method(self, *args, **kwargs)

    return ask


@asking(_followed, _asked)
class bitget(Common, stock):  # type: ignore[misc]  # noqa: N801  # ccxt's own class name
    """ccxt's ``bitget`` with ``set_leverage`` and its companions right on every futures account."""

    def __init__(self, config: Any = {}) -> None:  # noqa: B006  # ccxt's own signature
        super().__init__(config)
        if not (config or {}).get("session"):
            http_limits.install(self.session)

    def load_markets(self, reload: bool = False, params: Mapping[str, Any] = {}) -> Any:
        """ccxt's ``load_markets``; a list that cannot be read is a ``BadResponse``."""
        with market_rows.loading(self._left_out):
            return super().load_markets(reload, params)

    @documented(routing.account_type)
    def handle_uta_and_params(self, params: Any, methodName: Any, defaultValue: bool = False) -> Any:
        return list(blocking(self, routing.account_type(self, params, methodName, defaultValue)))

    def request(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """ccxt's ``request``; that of a futures order goes through :func:`.flows.orders.send`."""
        if not ordering.looks_at(self, path):
            return super().request(path, *args, **kwargs)
        return blocking(self, ordering.send(self, path, args, kwargs))

    @_followed
    @documented(ordering.placing_order)
    def create_order(
        self, symbol: str, type: str, side: str, amount: Any, price: Any = None, params: Mapping[str, Any] = {}
    ) -> Any:
        with ordering.placing_order(self, params):
            return super().create_order(symbol, type, side, amount, price, params)

    @_followed
    @documented(ordering.placing_orders)
    def create_orders(self, orders: Any, params: Mapping[str, Any] = {}) -> Any:
        with ordering.placing_orders(self, orders, params):
            return super().create_orders(ordering.spelled_alike(orders), params)

    @documented(set_leverage)
    def set_leverage(
        self, leverage: Leverage, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> LeverageResult:
        return blocking(self, set_leverage(self, leverage, symbol, params))

    @documented(many.set_leverages)
    def set_leverages(
        self,
        leverages: Leverages,
        params: Mapping[str, Any] = {},
        progress: Progress | None = None,
    ) -> dict[str, Outcome]:
        return blocking(self, many.set_leverages(self, leverages, params, progress))

    @documented(companions.fetch_leverage)
    def fetch_leverage(self, symbol: str, params: Mapping[str, Any] = {}) -> dict[str, Any]:
        return blocking(self, companions.fetch_leverage(self, symbol, params))

    @documented(companions.fetch_leverages)
    def fetch_leverages(
        self, symbols: Collection[str] | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, dict[str, Any]]:
        return blocking(self, companions.fetch_leverages(self, symbols, params))

    @documented(companions.fetch_margin_mode)
    def fetch_margin_mode(self, symbol: str, params: Mapping[str, Any] = {}) -> dict[str, Any]:
        return blocking(self, companions.fetch_margin_mode(self, symbol, params))

    @documented(companions.set_margin_mode)
    def set_margin_mode(
        self,
        marginMode: str,
        symbol: str | None = None,
        params: Mapping[str, Any] = {},
    ) -> dict[str, Any]:
        return blocking(self, companions.set_margin_mode(self, marginMode, symbol, params))

    @documented(companions.set_position_mode)
    def set_position_mode(
        self, hedged: bool, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, Any]:
        return blocking(self, companions.set_position_mode(self, hedged, symbol, params))
