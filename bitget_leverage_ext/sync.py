"""The synchronous client: a drop-in replacement for ``ccxt.bitget``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ccxt.bitget import bitget as CcxtBitget  # noqa: N812  # ccxt.bitget is untyped

from . import batch, http_limits, margin_mode, market_rows, positions, set_leverage
from . import orders as order_flows
from ._mixin import BitgetMixin, copy_doc
from ._runner import run_sync
from .account_type import type_after_one_try
from .batch import Leverages, Outcome, Progress
from .set_leverage import Leverage, LeverageResult


class bitget(BitgetMixin, CcxtBitget):  # type: ignore[misc]  # noqa: N801  # ccxt's own class name
    """ccxt's ``bitget`` with ``set_leverage`` and its companions right on every futures account."""

    def __init__(self, config: Any = {}) -> None:  # noqa: B006  # ccxt's own signature
        super().__init__(config)
        if not (config or {}).get("session"):
            http_limits.install(self.session)

    def load_markets(self, reload: bool = False, params: Mapping[str, Any] = {}) -> Any:
        """ccxt's ``load_markets``; it finds the account type out, and never fails because of that."""
        if not self._knows_account_type(params):
            run_sync(type_after_one_try(self))
        with market_rows.loading(self.left_out_markets):
            return super().load_markets(reload, params)

    def handle_uta_and_params(self, params: Any, methodName: Any, defaultValue: bool = False) -> Any:
        """ccxt's ``handle_uta_and_params``, with our probe of the account type."""
        uta, rest = self.handle_option_and_params(params, methodName, "uta")
        return [run_sync(type_after_one_try(self, defaultValue)) if uta is None else uta, rest]

    @copy_doc(order_flows.create_order)
    def create_order(
        self, symbol: str, type: str, side: str, amount: Any, price: Any = None, params: Mapping[str, Any] = {}
    ) -> Any:
        args = (symbol, type, side, amount, price, params)
        return run_sync(order_flows.create_order(self, super().create_order, args), only_ccxt=False)

    @copy_doc(order_flows.create_orders)
    def create_orders(self, orders: Any, params: Mapping[str, Any] = {}) -> Any:
        return run_sync(order_flows.create_orders(self, super().create_orders, orders, params), only_ccxt=False)

    @copy_doc(positions.close_position)
    def close_position(self, symbol: str, side: Any = None, params: Mapping[str, Any] = {}) -> Any:
        args = (symbol, side, params)
        return run_sync(positions.close_position(self, super().close_position, args), only_ccxt=False)

    @copy_doc(positions.close_all_positions)
    def close_all_positions(self, params: Mapping[str, Any] = {}) -> Any:
        return run_sync(positions.close_all_positions(self, super().close_all_positions, params), only_ccxt=False)

    @copy_doc(set_leverage.set_leverage)
    def set_leverage(
        self, leverage: Leverage, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> LeverageResult:
        return run_sync(set_leverage.set_leverage(self, leverage, symbol, params))

    @copy_doc(batch.set_leverages)
    def set_leverages(
        self, leverages: Leverages, params: Mapping[str, Any] = {}, progress: Progress | None = None
    ) -> dict[str, Outcome]:
        return run_sync(batch.set_leverages(self, leverages, params, progress))

    @copy_doc(margin_mode.fetch_leverage)
    def fetch_leverage(self, symbol: str, params: Mapping[str, Any] = {}) -> dict[str, Any]:
        return run_sync(margin_mode.fetch_leverage(self, symbol, params))

    @copy_doc(margin_mode.fetch_leverages)
    def fetch_leverages(
        self, symbols: Collection[str] | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, dict[str, Any]]:
        return run_sync(margin_mode.fetch_leverages(self, symbols, params))

    @copy_doc(margin_mode.fetch_margin_mode)
    def fetch_margin_mode(self, symbol: str, params: Mapping[str, Any] = {}) -> dict[str, Any]:
        return run_sync(margin_mode.fetch_margin_mode(self, symbol, params))

    @copy_doc(margin_mode.set_margin_mode)
    def set_margin_mode(
        self, marginMode: str, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, Any]:
        return run_sync(margin_mode.set_margin_mode(self, marginMode, symbol, params))

    @copy_doc(margin_mode.set_position_mode)
    def set_position_mode(
        self, hedged: bool, symbol: str | None = None, params: Mapping[str, Any] = {}
    ) -> dict[str, Any]:
        return run_sync(margin_mode.set_position_mode(self, hedged, symbol, params))
