"""The API of classic accounts, ``/api/v2/mix``: the reply of a write names the margin mode and the leverages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .._rate_limit import RateLimit
from ..rules.modes import LONG, SHORT, LeverageSnapshot, MarginMode, Modes, PositionMode, parse_number
from ..rules.order_modes import OrderShape
from ..state import Moment, Reading
from . import fields as name
from .base import AccountApi, ApiRequest, word

# Each endpoint has a limit of its own: https://www.bitget.com/api-doc/common/signature (frequency limits)
# https://www.bitget.com/api-doc/contract/account/Get-Single-Account
ACCOUNT_LIMIT = RateLimit("v2/mix/account/account", 10)
# https://www.bitget.com/api-doc/contract/account/Change-Margin-Mode
MARGIN_MODE_LIMIT = RateLimit("v2/mix/account/set-margin-mode", 5)


class ClassicApi(AccountApi):
    """Endpoints, fields and parsing of classic accounts."""

    unified = False
    contract_names: ClassVar = {name.SYMBOL: "id", name.MARGIN_COIN: "margin_coin", name.PRODUCT_TYPE: "product_type"}
    position_side = name.HOLD_SIDE
    # https://www.bitget.com/api-doc/contract/account/Change-Leverage, …/contract/position/get-single-position
    set_leverage_limit = RateLimit("v2/mix/account/set-leverage", 5)
    positions_limit = RateLimit("v2/mix/position/single-position", 10)

    def known_modes(self) -> Modes:
        state, contract = self.cache.state, self.contract
        return Modes(state.margin_modes.get(contract.symbol), state.position_modes.get(contract.product_type))

    def effective_modes(self, snapshot: LeverageSnapshot) -> Modes:
        return snapshot.modes

    def position_fields(self) -> dict[str, Any]:
        return self.contract_fields()

    def cached_reading(self) -> Reading | None:
        answer = self.cache.get(self.contract.symbol, self.contract)
        return None if answer is None else Reading(parse_account(answer.get("data")), answer)

    async def read(self) -> Reading:
        asked = Moment()
        answer = await self.get(ACCOUNT_LIMIT, {**self.extra, **self.contract_fields()})
        reading = Reading(parse_account(answer.get("data")), answer)
        self._keep_modes(reading.snapshot.modes)
        self.cache.keep(self.contract.symbol, answer, asked)
        return reading

    async def read_back(self, modes: Modes) -> Reading:
        return await self.read()

    def _parse_written(self, answer: Any) -> LeverageSnapshot:
        snapshot = parse_account(answer.get("data"))
        self._keep_modes(snapshot.modes)
        return snapshot

    def _keep_modes(self, modes: Modes) -> None:
        state, contract = self.cache.state, self.contract
        if modes.margin is not None:
            state.margin_modes[contract.symbol] = modes.margin
        if modes.position is not None:
            state.position_modes[contract.product_type] = modes.position

    @staticmethod
    def position_mode_request(product_type: str, mode: PositionMode, extra: Mapping[str, Any]) -> ApiRequest:
        # https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode
        fields = {**extra, name.POS_MODE: mode.value, name.PRODUCT_TYPE: product_type}
        return ApiRequest("POST", "v2/mix/account/set-position-mode", fields, f"set-position-mode {product_type}")

    async def set_margin_mode(self, margin: MarginMode) -> Any:
        self.cache.state.margin_modes.pop(self.contract.symbol, None)  # unknown until there is an answer
        fields = {**self.extra, **self.contract_fields(), name.MARGIN_MODE: margin.value}
        return await self.post(MARGIN_MODE_LIMIT.path, fields, MARGIN_MODE_LIMIT)


def parse_account(data: object) -> LeverageSnapshot:
    """Return what the ``data`` of ``GET /api/v2/mix/account/account`` says, or that of a reply to a write.

    The reply to a write names no position mode, and the leverages differently.
    https://www.bitget.com/api-doc/contract/account/Get-Single-Account,
    https://www.bitget.com/api-doc/contract/account/Change-Leverage (response; its table misspells shortLeverage)
    """
    row = data if isinstance(data, Mapping) else {}
    return LeverageSnapshot(
        Modes(MarginMode.parse(row.get(name.MARGIN_MODE)), PositionMode.parse(row.get(name.POS_MODE))),
        cross=parse_number(row.get(name.CROSSED_MARGIN_LEVERAGE, row.get(name.CROSS_MARGIN_LEVERAGE))),
        long=parse_number(row.get(name.ISOLATED_LONG_LEVER, row.get(name.LONG_LEVERAGE))),
        short=parse_number(row.get(name.ISOLATED_SHORT_LEVER, row.get(name.SHORT_LEVERAGE))),
    )


# Plan orders that open or close at a price; the others of a classic account are take-profit and stop-loss orders.
# https://www.bitget.com/api-doc/contract/plan/Place-Plan-Order, …/contract/plan/Place-Tpsl-Order
_PLANS = ("normal_plan", "track_plan")


def read_order(fields: Mapping[str, Any], protects: bool) -> OrderShape | None:
    """Return the shape of an order's request, None where it is not known.

    https://www.bitget.com/api-doc/contract/trade/Place-Order (reduceOnly, tradeSide)

    :param protects: a take-profit or stop-loss order; its request has no margin mode
    """
    if protects:
        # in one-way mode the position's side is named by the order that opened it
        held = {"long": LONG, "short": SHORT, "buy": LONG, "sell": SHORT}.get(word(fields, name.HOLD_SIDE))
        hedged = word(fields, name.HOLD_SIDE) in ("long", "short")
        if held is None:
            return None
        return OrderShape(held, hedged, closes=True, waits=True, has_margin_mode=False, market=False)
    opened = {"buy": LONG, "sell": SHORT}.get(word(fields, name.SIDE))
    if opened is None:
        return None
    trade_side = word(fields, name.TRADE_SIDE)
    waits = word(fields, name.PLAN_TYPE) in _PLANS
    closes = trade_side == "close" or word(fields, name.REDUCE_ONLY) in ("yes", "true")
    # In hedge mode the order's side is that of the position, for opening and for closing.
    side = opened.other if closes and not trade_side else opened
    market = word(fields, name.ORDER_TYPE) == "market" and not waits
    return OrderShape(side, bool(trade_side), closes, waits, has_margin_mode=True, market=market)
