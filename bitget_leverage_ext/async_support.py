"""The asynchronous client: a drop-in for ``ccxt.async_support.bitget``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import ccxt.async_support

from . import flows, guard, transport, wires
from ._shell import Common, asking, documented
from .drive import awaiting
from .flows import LeverageResult


def followed(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def follow(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await method(self, *args, **kwargs)
        except ccxt.BaseError as error:
            if not wires.correct_account_type(self, error):
                raise
        return await method(self, *args, **kwargs)

    return follow


class Awaiting(Common):
    """The methods of both asynchronous clients."""

    async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """ccxt's ``fetch``, with replies that are bounded in size and time, and nothing signed sent elsewhere."""
        guarded = transport.Guarded(self, transport.AwaitingSession)
        return await super().fetch.__func__(guarded, url, method, headers, body)  # type: ignore[misc]

    async def load_markets(self, reload: bool = False, params: Mapping[str, Any] = {}) -> Any:
        """ccxt's ``load_markets``; a list that cannot be read is a ``BadResponse``."""
        with guard.market_list():
            return await super().load_markets(reload, params)  # type: ignore[misc]

    @documented(wires.account_type)
    async def handle_uta_and_params(self, params: Any, methodName: Any, defaultValue: bool = False) -> Any:
        return list(await awaiting(self, wires.account_type(self, params, methodName, defaultValue)))

    @documented(flows.set_leverage)
    async def set_leverage(
        self, leverage: Any, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> LeverageResult:
        return await awaiting(self, flows.set_leverage(self, leverage, symbol, params))

    @documented(flows.set_leverages)
    async def set_leverages(
        self,
        leverages: Mapping[str, Any],
        params: Mapping[str, Any] = {},
        progress: Callable[[int, int, str, Any], object] | None = None,
    ) -> dict[str, Any]:
        return await awaiting(self, flows.set_leverages(self, leverages, params, progress))

    @documented(flows.fetch_leverage)
    async def fetch_leverage(self, symbol: str, params: Mapping[str, Any] = {}) -> Any:
        return await awaiting(self, flows.fetch_leverage(self, symbol, params))

    @documented(flows.fetch_margin_mode)
    async def fetch_margin_mode(self, symbol: str, params: Mapping[str, Any] = {}) -> Any:
        return await awaiting(self, flows.fetch_margin_mode(self, symbol, params))

    @documented(flows.set_margin_mode)
    async def set_margin_mode(
        self,
        marginMode: str,
        symbol: str | None = None,
        params: Mapping[str, Any] = {},
    ) -> Any:
        return await awaiting(self, flows.set_margin_mode(self, marginMode, symbol, params))

    @documented(flows.set_position_mode)
    async def set_position_mode(self, hedged: bool, symbol: str | None = None, params: Mapping[str, Any] = {}) -> Any:
        return await awaiting(self, flows.set_position_mode(self, hedged, symbol, params))


@asking(followed)
class bitget(Awaiting, ccxt.async_support.bitget):  # type: ignore[misc]  # noqa: N801  # ccxt's own class name
    """ccxt's asynchronous ``bitget`` with ``set_leverage`` and its companions right on every futures account."""
