"""The field names of Bitget's requests and replies about leverage and modes: each stands here once.

https://www.bitget.com/api-doc/contract/account/Change-Leverage, …/contract/account/Get-Single-Account,
https://www.bitget.com/api-doc/uta/account/Change-Leverage, …/uta/account/Get-Account-Setting,
https://www.bitget.com/api-doc/uta/position/Get-Position, …/contract/trade/Place-Order, …/uta/trade/Place-Order
"""

from __future__ import annotations

SYMBOL = "symbol"
MARGIN_COIN = "marginCoin"
PRODUCT_TYPE = "productType"
COIN = "coin"
CATEGORY = "category"

LEVERAGE = "leverage"
HOLD_SIDE = "holdSide"
POS_SIDE = "posSide"
LONG_LEVERAGE = "longLeverage"
SHORT_LEVERAGE = "shortLeverage"
CROSS_MARGIN_LEVERAGE = "crossMarginLeverage"
CROSSED_MARGIN_LEVERAGE = "crossedMarginLeverage"
ISOLATED_LONG_LEVER = "isolatedLongLever"
ISOLATED_SHORT_LEVER = "isolatedShortLever"

MARGIN_MODE = "marginMode"
POS_MODE = "posMode"
HOLD_MODE = "holdMode"
SYMBOL_CONFIG_LIST = "symbolConfigList"

SIDE = "side"
TRADE_SIDE = "tradeSide"
REDUCE_ONLY = "reduceOnly"
ORDER_TYPE = "orderType"
PLAN_TYPE = "planType"
TRIGGER_PRICE = "triggerPrice"
# What an order that waits for a price has; the last two are other names of the first two, which ccxt translates for
# classic accounts only.
TRIGGERS = (TRIGGER_PRICE, "trailingPercent", "stopPrice", "callbackRatio")
SIZE = "size"
QTY = "qty"
TOTAL = "total"
