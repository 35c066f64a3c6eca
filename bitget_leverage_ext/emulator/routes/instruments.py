"""The public lists: time, coins, symbols, contracts, and the leverage tiers of classic contracts."""

from __future__ import annotations

from typing import Any

from .. import contracts
from ..replies import spot_rows
from ..state import ApiRefusal
from .table import RequestContext, Rows, invalid, public


# https://www.bitget.com/api-doc/common/public/Get-Server-Time
@public("/api/v2/public/time")
def time(context: RequestContext) -> Any:
    return {"serverTime": str(context.now)}


# https://www.bitget.com/api-doc/spot/market/Get-Coin-List
@public("/api/v2/spot/public/coins", per_second=3)
def spot_coins(context: RequestContext) -> Any:
    return spot_rows.coins()


# https://www.bitget.com/api-doc/spot/market/Get-Symbols
@public("/api/v2/spot/public/symbols")
def spot_symbols(context: RequestContext) -> Any:
    return spot_rows.spot_symbols()


# https://www.bitget.com/api-doc/margin/common/support-currencies
@public("/api/v2/margin/currencies", per_second=10)
def margin_currencies(context: RequestContext) -> Any:
    return spot_rows.margin_currencies()


# https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts
@public("/api/v2/mix/market/contracts")
def mix_contracts(context: RequestContext) -> Any:
    product_type = _product_type(context)
    # With the demo header the S products are not there.
    # https://github.com/ccxt/ccxt/pull/25541
    if product_type in contracts.DEMO_PRODUCT_TYPES and (context.demo or context.quirks.s_products == "gone"):
        return []
    rows = context.edited(product_type, [each.row() for each in contracts.listed(product_type, "classic")])
    return _named(context, rows)


# https://www.bitget.com/api-doc/contract/position/Get-Query-Position-Lever
@public("/api/v2/mix/market/query-position-lever", per_second=10)
def query_position_lever(context: RequestContext) -> Any:
    contract = contracts.find(_product_type(context), context.required("symbol"), "classic")
    if contract is None:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise ApiRefusal("40034", f"Parameter {context.text('symbol')} does not exist")
    return contract.tiers()


# https://www.bitget.com/api-doc/uta/public/Instruments
@public("/api/v3/market/instruments")
def instruments(context: RequestContext) -> Any:
    category = context.text("category")
    if category is None:
        # observed, 2026: a missing category and an unknown one are answered differently
        raise invalid()
    if category.upper() == "SPOT":
        rows = spot_rows.spot_instruments()
    elif category.upper() == "MARGIN":
        # margin trading on a unified account is not emulated
        rows = []
    elif category.upper() in contracts.LIVE_PRODUCT_TYPES:
        rows = [each.instrument() for each in contracts.listed(category.upper(), "unified")]
        rows = context.edited(category.upper(), rows)
    else:
        raise ApiRefusal("40034", f"Parameter {category} does not exist")
    return _named(context, rows)


def _named(context: RequestContext, rows: Rows) -> Rows:
    symbol = context.text("symbol")
    return [row for row in rows if symbol is None or row.get("symbol") == symbol.upper()]


def _product_type(context: RequestContext) -> str:
    # Missing: 400172, as observed in 2026. Lower case is common among callers of public data.
    product_type = (context.text("productType") or "").upper()
    if product_type not in contracts.PRODUCT_TYPES:
        raise invalid()
    return product_type
