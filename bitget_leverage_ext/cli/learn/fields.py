"""Paths and field names that ``learn`` sends and reads, for each account type."""

CROSSED, ISOLATED = "crossed", "isolated"
LONG, SHORT = "long", "short"
ONE_WAY, HEDGE = "one_way_mode", "hedge_mode"
LEVERAGE, LONG_LEVERAGE, SHORT_LEVERAGE, MARGIN_MODE = "leverage", "longLeverage", "shortLeverage", "marginMode"
# In the reply of the classic set-leverage; in the settings of a unified account, a row for each contract.
REPLY_CROSS_LEVERAGE, SYMBOL_ROWS = "crossMarginLeverage", "symbolConfigList"
# In the settings of a classic contract, by margin mode and side.
CLASSIC_LEVERAGES = {
    (CROSSED, LONG): "crossedMarginLeverage",
    (ISOLATED, LONG): "isolatedLongLever",
    (ISOLATED, SHORT): "isolatedShortLever",
}
# What a demo key can trade, by the currency in which the contracts are quoted.
PRODUCTS = {"USDT": "USDT-FUTURES", "USDC": "USDC-FUTURES", "USD": "COIN-FUTURES"}

# https://www.bitget.com/api-doc/contract/ and there: account/Get-Single-Account, account/Change-Hold-Mode,
# account/Change-Leverage, account/Change-Margin-Mode, position/get-single-position, trade/Place-Order,
# trade/Get-Orders-Pending, plan/get-orders-plan-pending
CLASSIC = {
    "kind": "classic", "product": "productType", "side": "holdSide", "size": "size", "position mode": "posMode",
    "settings": "v2/mix/account/account", "set position mode": "v2/mix/account/set-position-mode",
    "set margin mode": "v2/mix/account/set-margin-mode", "set leverage": "v2/mix/account/set-leverage",
    "positions": "v2/mix/position/single-position", "all positions": "v2/mix/position/all-position",
    "place": "v2/mix/order/place-order", "cancel": "v2/mix/order/cancel-order", "orders": "v2/mix/order/orders-pending",
    "stops": "v2/mix/order/orders-plan-pending",
}  # fmt: skip

# https://www.bitget.com/api-doc/uta/ and there: account/Get-Account-Setting, account/Change-Position-Mode,
# account/Change-Leverage, position/Get-Position, trade/Place-Order, trade/Get-Order-Pending,
# strategy/Place-Strategy-Order, strategy/Get-Unfilled-Strategy-Orders
UNIFIED = {
    "kind": "unified", "product": "category", "side": "posSide", "size": "qty", "position mode": "holdMode",
    "settings": "v3/account/settings", "set position mode": "v3/account/set-hold-mode",
    "set leverage": "v3/account/set-leverage",
    "positions": "v3/position/current-position", "all positions": "v3/position/current-position",
    "place": "v3/trade/place-order", "cancel": "v3/trade/cancel-order", "orders": "v3/trade/unfilled-orders",
    "stops": "v3/trade/unfilled-strategy-orders", "place stop": "v3/trade/place-strategy-order",
    "cancel stop": "v3/trade/cancel-strategy-order",
}  # fmt: skip
