"""Endpoints and field names that ``learn`` sends and reads, for each account type."""

from __future__ import annotations

from dataclasses import dataclass

CROSSED, ISOLATED = "crossed", "isolated"
LONG, SHORT = "long", "short"
ONE_WAY, HEDGE = "one_way_mode", "hedge_mode"

LEVERAGE, LONG_LEVERAGE, SHORT_LEVERAGE, MARGIN_MODE = "leverage", "longLeverage", "shortLeverage", "marginMode"
# In the reply of the classic set-leverage.
REPLY_CROSS_LEVERAGE = "crossMarginLeverage"
# In the settings of a unified account: a row for each contract that was touched.
SYMBOL_ROWS = "symbolConfigList"
# The leverages in the settings of a classic contract, by margin mode and side.
CLASSIC_LEVERAGES = {
    (CROSSED, LONG): "crossedMarginLeverage",
    (ISOLATED, LONG): "isolatedLongLever",
    (ISOLATED, SHORT): "isolatedShortLever",
}
# The products that a demo key can trade, by the currency in which their contracts are quoted.
PRODUCTS = {"USDT": "USDT-FUTURES", "USDC": "USDC-FUTURES", "USD": "COIN-FUTURES"}


@dataclass(frozen=True)
class Endpoints:
    """The paths of one account type, and what it calls product type, hold side, order size and position mode."""

    kind: str
    product: str
    side: str
    size: str
    position_mode: str
    settings: str
    set_position_mode: str
    set_leverage: str
    positions: str
    all_positions: str
    place: str
    cancel: str
    close_all: str
    pending: str
    # with a planType where it is needed
    pending_plans: tuple[tuple[str, str], ...]
    # unified accounts have none: each request names a margin mode
    set_margin_mode: str = ""
    place_stop: str = ""
    cancel_stop: str = ""


# https://www.bitget.com/api-doc/contract/ and there: account/Get-Single-Account, account/Change-Hold-Mode,
# account/Change-Leverage, account/Change-Margin-Mode, position/get-single-position, trade/Place-Order,
# trade/Flash-Close-Position, trade/Get-Orders-Pending, plan/get-orders-plan-pending
CLASSIC = Endpoints(
    kind="classic", product="productType", side="holdSide", size="size", position_mode="posMode",
    settings="v2/mix/account/account", set_position_mode="v2/mix/account/set-position-mode",
    set_leverage="v2/mix/account/set-leverage", set_margin_mode="v2/mix/account/set-margin-mode",
    positions="v2/mix/position/single-position", all_positions="v2/mix/position/all-position",
    place="v2/mix/order/place-order", cancel="v2/mix/order/cancel-order", close_all="v2/mix/order/close-positions",
    pending="v2/mix/order/orders-pending",
    pending_plans=tuple(
        ("v2/mix/order/orders-plan-pending", plan) for plan in ("normal_plan", "track_plan", "profit_loss")
    ),
)  # fmt: skip

# https://www.bitget.com/api-doc/uta/ and there: account/Get-Account-Setting, account/Change-Position-Mode,
# account/Change-Leverage, position/Get-Position, trade/Place-Order, trade/Close-All-Positions,
# trade/Get-Order-Pending, strategy/Place-Strategy-Order, strategy/Get-Unfilled-Strategy-Orders
UNIFIED = Endpoints(
    kind="unified", product="category", side="posSide", size="qty", position_mode="holdMode",
    settings="v3/account/settings", set_position_mode="v3/account/set-hold-mode",
    set_leverage="v3/account/set-leverage",
    positions="v3/position/current-position", all_positions="v3/position/current-position",
    place="v3/trade/place-order", cancel="v3/trade/cancel-order", close_all="v3/trade/close-positions",
    pending="v3/trade/unfilled-orders", pending_plans=(("v3/trade/unfilled-strategy-orders", ""),),
    place_stop="v3/trade/place-strategy-order", cancel_stop="v3/trade/cancel-strategy-order",
)  # fmt: skip
