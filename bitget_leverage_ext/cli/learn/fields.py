"""Endpoints and field names that ``learn`` sends and reads, for each account type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CROSSED, ISOLATED = MARGIN_MODES = ("crossed", "isolated")
LONG, SHORT = SIDES = ("long", "short")
ONE_WAY, HEDGE = POSITION_MODES = ("one_way_mode", "hedge_mode")

LEVERAGE, LONG_LEVERAGE, SHORT_LEVERAGE, MARGIN_MODE = "leverage", "longLeverage", "shortLeverage", "marginMode"
# Documented as a number in the reply of the classic set-leverage.
# https://www.bitget.com/api-doc/contract/account/Change-Leverage
REPLY_CROSS_LEVERAGE = "crossMarginLeverage"
# The products of a demo key, by the currency that a contract is quoted in.
PRODUCTS = {"USDT": "USDT-FUTURES", "USDC": "USDC-FUTURES", "USD": "COIN-FUTURES"}
SYMBOL_ROWS = "symbolConfigList"


@dataclass(frozen=True)
class Endpoints:
    """The paths and fields of one account type.

    :ivar product: the field that names the product type
    :ivar side: the field of a hold side in set-leverage, in orders, and in position rows
    :ivar open_orders: paths that list what is open, their fields, and whether the run cannot go on without the answer
    :ivar costs: calls a second, where it is fewer than ten
    """

    kind: str
    product: str
    side: str
    row_side: str
    size: str
    settings: str
    settings_position_mode: str
    set_leverage: str
    set_position_mode: str
    position_mode: str
    positions: str
    all_positions: str
    place: str
    cancel: str
    flash_close: str
    pending: str
    open_orders: tuple[tuple[str, Mapping[str, str], bool], ...]
    per_second: Mapping[str, int] = field(default_factory=dict)
    set_margin_mode: str = ""
    place_stop: str = ""
    cancel_stop: str = ""
    pending_stops: str = ""


# https://www.bitget.com/api-doc/contract/account/Get-Single-Account, …/Change-Leverage, …/Change-Margin-Mode,
# …/Change-Hold-Mode; https://www.bitget.com/api-doc/contract/position/get-single-position, …/get-all-position;
# https://www.bitget.com/api-doc/contract/trade/Place-Order, …/Cancel-Order, …/Flash-Close-Position,
# …/Get-Orders-Pending; https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending
CLASSIC = Endpoints(
    kind="classic",
    product="productType",
    side="holdSide",
    row_side="holdSide",
    size="size",
    settings="v2/mix/account/account",
    settings_position_mode="posMode",
    set_leverage="v2/mix/account/set-leverage",
    set_position_mode="v2/mix/account/set-position-mode",
    position_mode="posMode",
    positions="v2/mix/position/single-position",
    all_positions="v2/mix/position/all-position",
    place="v2/mix/order/place-order",
    cancel="v2/mix/order/cancel-order",
    flash_close="v2/mix/order/close-positions",
    pending="v2/mix/order/orders-pending",
    open_orders=(
        ("v2/mix/order/orders-pending", {}, True),
        # refused to some keys
        *(
            ("v2/mix/order/orders-plan-pending", {"planType": each}, False)
            for each in ("normal_plan", "track_plan", "profit_loss")
        ),
    ),
    per_second={
        "v2/mix/account/set-leverage": 5,
        "v2/mix/account/set-margin-mode": 5,
        "v2/mix/account/set-position-mode": 5,
        "v2/mix/position/all-position": 5,
        "v2/mix/order/close-positions": 1,
    },
    set_margin_mode="v2/mix/account/set-margin-mode",
)

# https://www.bitget.com/api-doc/uta/account/Get-Account-Setting, …/Change-Leverage, …/Change-Position-Mode;
# https://www.bitget.com/api-doc/uta/position/Get-Position; https://www.bitget.com/api-doc/uta/trade/Place-Order,
# …/Cancel-Order, …/Close-All-Positions, …/Get-Order-Pending;
# https://www.bitget.com/api-doc/uta/strategy/Place-Strategy-Order, …/Cancel-Strategy-Order
UNIFIED = Endpoints(
    kind="unified",
    product="category",
    side="posSide",
    row_side="posSide",
    size="qty",
    settings="v3/account/settings",
    settings_position_mode="holdMode",
    set_leverage="v3/account/set-leverage",
    set_position_mode="v3/account/set-hold-mode",
    position_mode="holdMode",
    positions="v3/position/current-position",
    all_positions="v3/position/current-position",
    place="v3/trade/place-order",
    cancel="v3/trade/cancel-order",
    flash_close="v3/trade/close-positions",
    pending="v3/trade/unfilled-orders",
    open_orders=(("v3/trade/unfilled-orders", {}, True), ("v3/trade/unfilled-strategy-orders", {}, False)),
    per_second={"v3/trade/close-positions": 5},
    place_stop="v3/trade/place-strategy-order",
    cancel_stop="v3/trade/cancel-strategy-order",
    pending_stops="v3/trade/unfilled-strategy-orders",
)

# The leverage of each margin mode and side in the settings of a classic contract.
CLASSIC_LEVERAGES = {
    (CROSSED, LONG): "crossedMarginLeverage",
    (CROSSED, SHORT): "crossedMarginLeverage",
    (ISOLATED, LONG): "isolatedLongLever",
    (ISOLATED, SHORT): "isolatedShortLever",
}
