"""Rows of spot and margin trading: what ccxt loads before it trades futures."""

from __future__ import annotations

from typing import Any

_SPOT = (("BTC", "USDT"), ("ETH", "USDT"), ("XRP", "USDT"), ("BTC", "USDC"))


# https://www.bitget.com/api-doc/spot/market/Get-Symbols
def spot_symbols() -> list[dict[str, Any]]:
    return [
        {
            "symbol": base + quote,
            "baseCoin": base,
            "quoteCoin": quote,
            "minTradeAmount": "0",
            "maxTradeAmount": "900000000000000000000",
            "takerFeeRate": "0.002",
            "makerFeeRate": "0.002",
            "pricePrecision": "2",
            "quantityPrecision": "6",
            "quotePrecision": "8",
            "status": "online",
            "minTradeUSDT": "1",
            "buyLimitPriceRatio": "0.05",
            "sellLimitPriceRatio": "0.05",
            "areaSymbol": "no",
            "orderQuantity": "200",
        }
        for base, quote in _SPOT
    ]


# https://www.bitget.com/api-doc/uta/public/Instruments
def spot_instruments() -> list[dict[str, Any]]:
    return [
        {
            "symbol": base + quote,
            "category": "SPOT",
            "baseCoin": base,
            "quoteCoin": quote,
            "buyLimitPriceRatio": "0.05",
            "sellLimitPriceRatio": "0.05",
            "minOrderQty": "0.000001",
            "maxOrderQty": "0",
            "pricePrecision": "2",
            "quantityPrecision": "6",
            "quotePrecision": "8",
            "minOrderAmount": "1",
            "maxSymbolOrderNum": "400",
            "maxProductOrderNum": "400",
            "status": "online",
            "maintainTime": "",
            "isReality": "no",
        }
        for base, quote in _SPOT
    ]


# https://www.bitget.com/api-doc/margin/common/support-currencies
def margin_currencies() -> list[dict[str, Any]]:
    return [
        {
            "symbol": base + quote,
            "baseCoin": base,
            "quoteCoin": quote,
            "maxCrossedLeverage": "3",
            "maxIsolatedLeverage": "10",
            "warningRiskRatio": "0.8",
            "liquidationRiskRatio": "1",
            "minTradeAmount": "0.0001",
            "maxTradeAmount": "10000000000",
            "takerFeeRate": "0.001",
            "makerFeeRate": "0.001",
            "pricePrecision": "2",
            "quantityPrecision": "6",
            "minTradeUSDT": "1",
            "isBorrowable": True,
            "isCrossBorrowable": True,
            "userMinBorrow": "0.00000001",
            "status": "1",
            "isIsolatedBaseBorrowable": True,
            "isIsolatedQuotedBorrowable": True,
        }
        for base, quote in _SPOT
    ]


# https://www.bitget.com/api-doc/spot/market/Get-Coin-List
def coins() -> list[dict[str, Any]]:
    chains = {"BTC": "BTC", "ETH": "ETH", "XRP": "XRP", "USDT": "ERC20", "USDC": "ERC20", "BGB": "ERC20"}
    return [
        {
            "coinId": str(number),
            "coin": coin,
            "transfer": "true",
            "areaCoin": "no",
            "chains": [
                {
                    "chain": chain,
                    "needTag": "false",
                    "withdrawable": "true",
                    "rechargeable": "true",
                    "withdrawFee": "0.001",
                    "extraWithdrawFee": "0",
                    "depositConfirm": "1",
                    "withdrawConfirm": "1",
                    "minDepositAmount": "0.001",
                    "minWithdrawAmount": "0.002",
                    "browserUrl": "",
                    "contractAddress": None,
                    "withdrawStep": "0",
                    "withdrawMinScale": "8",
                    "congestion": "normal",
                }
            ],
        }
        for number, (coin, chain) in enumerate(chains.items(), start=1)
    ]
