"""What anybody may ask: time, coins, symbols, contracts."""

from __future__ import annotations

from typing import Any

from . import contracts, spot
from .routes import Call, public
from .state import Refusal


# https://www.bitget.com/api-doc/common/public/Get-Server-Time
@public("/api/v2/public/time")
def time(call: Call) -> Any:
    return {"serverTime": str(call.now)}


# https://www.bitget.com/api-doc/spot/market/Get-Coin-List
@public("/api/v2/spot/public/coins", per_second=3)
def spot_coins(call: Call) -> Any:
    return spot.coins()


# https://www.bitget.com/api-doc/spot/market/Get-Symbols
@public("/api/v2/spot/public/symbols")
def spot_symbols(call: Call) -> Any:
    return spot.spot_symbols()


# https://www.bitget.com/api-doc/margin/common/support-currencies
@public("/api/v2/margin/currencies", per_second=10)
def margin_currencies(call: Call) -> Any:
    return spot.margin_currencies()


# https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts
@public("/api/v2/mix/market/contracts")
def mix_contracts(call: Call) -> Any:
    product_type = _product_type(call)
    # With the demo header the S products are not there.
    # https://github.com/ccxt/ccxt/pull/25541
    if product_type in contracts.DEMO_PRODUCT_TYPES and (call.demo or call.quirks.s_products == "gone"):
        return []
    symbol = call.text("symbol")
    return [
        each.row()
        for each in contracts.listed(product_type, "classic")
        if symbol is None or each.symbol == symbol.upper()
    ]


# https://www.bitget.com/api-doc/contract/position/Get-Query-Position-Lever
@public("/api/v2/mix/market/query-position-lever", per_second=10)
def query_position_lever(call: Call) -> Any:
    contract = contracts.find(_product_type(call), call.required("symbol"), "classic")
    if contract is None:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("40034", f"Parameter {call.text('symbol')} does not exist")
    return contract.tiers()


# https://www.bitget.com/api-doc/uta/public/Instruments
@public("/api/v3/market/instruments")
def instruments(call: Call) -> Any:
    category = call.text("category")
    if category is None:
        # observed, 2026: a missing category and an unknown one are answered differently
        raise Refusal("400172", "Parameter verification failed")
    if category.upper() == "SPOT":
        rows = spot.spot_instruments()
    elif category.upper() == "MARGIN":
        # margin trading on a unified account is not emulated
        rows = []
    elif category.upper() in contracts.LIVE_PRODUCT_TYPES:
        rows = [each.instrument() for each in contracts.listed(category.upper(), "unified")]
    else:
        raise Refusal("40034", f"Parameter {category} does not exist")
    symbol = call.text("symbol")
    return [row for row in rows if symbol is None or row["symbol"] == symbol.upper()]


def _product_type(call: Call) -> str:
    # Missing: 400172, as observed in 2026. Lower case is common among callers of public data.
    product_type = (call.text("productType") or "").upper()
    if product_type not in contracts.PRODUCT_TYPES:
        raise Refusal("400172", "Parameter verification failed")
    return product_type
