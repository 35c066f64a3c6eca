"""The asynchronous client: a drop-in for ``ccxt.async_support.bitget``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import ccxt
from ccxt.async_support.bitget import bitget as stock

from . import market_rows
from ._shell import Common, asking, documented
from .drive import awaiting
from .flows import companions, many, routing
from .flows import orders as ordering
from .flows.leverage import Leverage, set_leverage
from .flows.many import Leverages, Outcome, Progress
from .flows.setting import LeverageResult
from .http_limits_async import BoundedSessions

A = TypeVar("A", bound="Awaiting")


def followed(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def follow(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await method(self, *args, **kwargs)
        except ccxt.BaseError as error:
            if not routing.correct_account_type(self, error):
                raise
        return await method(self, *args, **kwargs)

    return follow


def asked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
        await awaiting(self, routing.known_first(self, *args, *kwargs.values()))
        return await method(self, *args, **kwargs)

    return ask


class Awaiting(BoundedSessions, Common):
    """The methods of both asynchronous clients."""

    if TYPE_CHECKING:  # ccxt's own, which have no types

        async def __aenter__(self: A) -> A: ...
        async def __aexit__(self, *_: object) -> None: ...

    async def load_markets(self, reload: bool = False, params: Mapping[str, Any] = {}) -> Any:
        """ccxt's ``load_markets``; a list that cannot be read is a ``BadResponse``."""
        with market_rows.loading(self._left_out):
            return await super().load_markets(reload, params)  # type: ignore[misc]

    @documented(routing.account_type)
    async def handle_uta_and_params(self, params: Any, methodName: Any, defaultValue: bool = False) -> Any:
        return list(await awaiting(self, routing.account_type(self, params, methodName, defaultValue)))

    async def request(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """ccxt's ``request``; that of a futures order goes through :func:`.flows.orders.send`."""
        if not ordering.looks_at(self, path):
            return await super().request(path, *args, **kwargs)  # type: ignore[misc]
        return await awaiting(self, ordering.send(self, path, args, kwargs))

    @followed
    @documented(ordering.placing_order)
    async def create_order(
        self, symbol: str, type: str, side: str, amount: Any, price: Any = None, params: Mapping[str, Any] = {}
    ) -> Any:
        with ordering.placing_order(self, params):
            return await super().create_order(symbol, type, side, amount, price, params)  # type: ignore[misc]

    @followed
    @documented(ordering.placing_orders)
    async def create_orders(self, orders: Any, params: Mapping[str, Any] = {}) -> Any:
        with ordering.placing_orders(self, orders, params):
            return await super().create_orders(ordering.spelled_alike(orders), params)  # type: ignore[misc]

    @documented(set_leverage)
    async def set_leverage(
        self, leverage: Leverage, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> LeverageResult:
        return await awaiting(self, set_leverage(self, leverage, symbol, params))

    @documented(many.set_leverages)
    async def set_leverages(
        self,
        leverages: Leverages,
        params: Mapping[str, Any] = {},
        progress: Progress | None = None,
    ) -> dict[str, Outcome]:
        return await awaiting(self, many.set_leverages(self, leverages, params, progress))

    @documented(companions.fetch_leverage)
    async def fetch_leverage(self, symbol: str, params: Mapping[str, Any] = {}) -> dict[str, Any]:
        return await awaiting(self, companions.fetch_leverage(self, symbol, params))

    @documented(companions.fetch_leverages)
    async def fetch_leverages(
        self, symbols: Collection[str] | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, dict[str, Any]]:
        return await awaiting(self, companions.fetch_leverages(self, symbols, params))

    @documented(companions.fetch_margin_mode)
    async def fetch_margin_mode(self, symbol: str, params: Mapping[str, Any] = {}) -> dict[str, Any]:
        return await awaiting(self, companions.fetch_margin_mode(self, symbol, params))

    @documented(companions.set_margin_mode)
    async def set_margin_mode(
        self,
        marginMode: str,
        symbol: str | None = None,
        params: Mapping[str, Any] = {},
    ) -> dict[str, Any]:
        return await awaiting(self, companions.set_margin_mode(self, marginMode, symbol, params))

    @documented(companions.set_position_mode)
    async def set_position_mode(
        self, hedged: bool, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, Any]:
        return await awaiting(self, companions.set_position_mode(self, hedged, symbol, params))


@asking(followed, asked)
class bitget(Awaiting, stock):  # type: ignore[misc]  # noqa: N801  # ccxt's own class name
    """ccxt's asynchronous ``bitget`` with ``set_leverage`` and its companions right on every futures account."""
