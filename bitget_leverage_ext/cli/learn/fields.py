"""Paths of both account types, what each calls a field, and words; the field names themselves are the core's."""

from bitget_leverage_ext.api import fields as name

CROSSED, ISOLATED, LONG, SHORT = "crossed", "isolated", "long", "short"
ONE_WAY, HEDGE = "one_way_mode", "hedge_mode"
# The leverages in the settings of a classic contract.
CLASSIC_LEVERAGES = {(CROSSED, LONG): name.CROSSED_MARGIN_LEVERAGE, (ISOLATED, LONG): name.ISOLATED_LONG_LEVER,
                     (ISOLATED, SHORT): name.ISOLATED_SHORT_LEVER}  # fmt: skip
# What a demo key can trade, by the currency in which the contracts are quoted.
PRODUCTS = {"USDT": "USDT-FUTURES", "USDC": "USDC-FUTURES", "USD": "COIN-FUTURES"}
# https://www.bitget.com/api-doc/contract/intro
CLASSIC = {
    "kind": "classic", "product": name.PRODUCT_TYPE, "side": name.HOLD_SIDE, "size": name.SIZE,
    "position mode": name.POS_MODE, "settings": "v2/mix/account/account",
    "set position mode": "v2/mix/account/set-position-mode", "set margin mode": "v2/mix/account/set-margin-mode",
    "set leverage": "v2/mix/account/set-leverage", "positions": "v2/mix/position/single-position",
    "all positions": "v2/mix/position/all-position", "place": "v2/mix/order/place-order",
    "cancel": "v2/mix/order/cancel-order", "orders": "v2/mix/order/orders-pending",
    "stops": "v2/mix/order/orders-plan-pending",
}  # fmt: skip
# https://www.bitget.com/api-doc/uta/intro
UNIFIED = {
    "kind": "unified", "product": name.CATEGORY, "side": name.POS_SIDE, "size": name.QTY,
    "position mode": name.HOLD_MODE, "settings": "v3/account/settings",
    "set position mode": "v3/account/set-hold-mode", "set leverage": "v3/account/set-leverage",
    "positions": "v3/position/current-position", "all positions": "v3/position/current-position",
    "place": "v3/trade/place-order", "cancel": "v3/trade/cancel-order", "orders": "v3/trade/unfilled-orders",
    "stops": "v3/trade/unfilled-strategy-orders", "place stop": "v3/trade/place-strategy-order",
    "cancel stop": "v3/trade/cancel-strategy-order",
}  # fmt: skip
