"""The asynchronous client: a drop-in replacement for ``ccxt.async_support.bitget``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ccxt.async_support.bitget import bitget as CcxtBitget  # noqa: N812

from . import batch, margin_mode, market_rows, positions, set_leverage
from . import orders as order_flows
from ._keyed_lock import TaskLocks
from ._mixin import BitgetMixin, copy_doc
from ._runner import run_async
from .account_type import type_after_one_try
from .batch import Leverages, Outcome, Progress
from .http_limits_async import BoundedSessions
from .set_leverage import Leverage, LeverageResult

A = TypeVar("A", bound="bitget")


class bitget(BoundedSessions, BitgetMixin, CcxtBitget):  # type: ignore[misc]  # noqa: N801  # ccxt's own class name
    """ccxt's asynchronous ``bitget`` with ``set_leverage`` and its companions right on every futures account."""

    _locks = TaskLocks

    if TYPE_CHECKING:  # ccxt's own, which have no types

        async def __aenter__(self: A) -> A: ...
        async def __aexit__(self, *_: object) -> None: ...

    async def throttle(self, cost: float | None = None) -> None:
        """ccxt's ``throttle``; our own requests have rate limits of their own, and do not wait in ccxt's queue."""
        if cost != 0:
            await super().throttle(cost)

    async def load_markets(self, reload: bool = False, params: Mapping[str, Any] = {}) -> Any:
        """ccxt's ``load_markets``; it finds the account type out, and never fails because of that."""
        if not self._knows_account_type(params):
            await run_async(type_after_one_try(self))
        with market_rows.loading(self.left_out_markets):
            return await super().load_markets(reload, params)

    async def handle_uta_and_params(self, params: Any, methodName: Any, defaultValue: bool = False) -> Any:
        """ccxt's ``handle_uta_and_params``, with our probe of the account type."""
        uta, rest = self.handle_option_and_params(params, methodName, "uta")
        return [await run_async(type_after_one_try(self, defaultValue)) if uta is None else uta, rest]

    @copy_doc(order_flows.create_order)
    async def create_order(
        self, symbol: str, type: str, side: str, amount: Any, price: Any = None, params: Mapping[str, Any] = {}
    ) -> Any:
        args = (symbol, type, side, amount, price, params)
        return await run_async(order_flows.create_order(self, super().create_order, args), only_ccxt=False)

    @copy_doc(order_flows.create_orders)
    async def create_orders(self, orders: Any, params: Mapping[str, Any] = {}) -> Any:
        return await run_async(order_flows.create_orders(self, super().create_orders, orders, params), only_ccxt=False)

    @copy_doc(positions.close_position)
    async def close_position(self, symbol: str, side: Any = None, params: Mapping[str, Any] = {}) -> Any:
        args = (symbol, side, params)
        return await run_async(positions.close_position(self, super().close_position, args), only_ccxt=False)

    @copy_doc(positions.close_all_positions)
    async def close_all_positions(self, params: Mapping[str, Any] = {}) -> Any:
        return await run_async(
            positions.close_all_positions(self, super().close_all_positions, params), only_ccxt=False
        )

    @copy_doc(set_leverage.set_leverage)
    async def set_leverage(
        self, leverage: Leverage, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> LeverageResult:
        return await run_async(set_leverage.set_leverage(self, leverage, symbol, params))

    @copy_doc(batch.set_leverages)
    async def set_leverages(
        self, leverages: Leverages, params: Mapping[str, Any] = {}, progress: Progress | None = None
    ) -> dict[str, Outcome]:
        return await run_async(batch.set_leverages(self, leverages, params, progress))

    @copy_doc(margin_mode.fetch_leverage)
    async def fetch_leverage(self, symbol: str, params: Mapping[str, Any] = {}) -> dict[str, Any]:
        return await run_async(margin_mode.fetch_leverage(self, symbol, params))

    @copy_doc(margin_mode.fetch_leverages)
    async def fetch_leverages(
        self, symbols: Collection[str] | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, dict[str, Any]]:
        return await run_async(margin_mode.fetch_leverages(self, symbols, params))

    @copy_doc(margin_mode.fetch_margin_mode)
    async def fetch_margin_mode(self, symbol: str, params: Mapping[str, Any] = {}) -> dict[str, Any]:
        return await run_async(margin_mode.fetch_margin_mode(self, symbol, params))

    @copy_doc(margin_mode.set_margin_mode)
    async def set_margin_mode(
        self, marginMode: str, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, Any]:
        return await run_async(margin_mode.set_margin_mode(self, marginMode, symbol, params))

    @copy_doc(margin_mode.set_position_mode)
    async def set_position_mode(
        self, hedged: bool, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, Any]:
        return await run_async(margin_mode.set_position_mode(self, hedged, symbol, params))
