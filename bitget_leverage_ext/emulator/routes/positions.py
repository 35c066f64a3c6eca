"""Balances, positions and bills, of classic and of unified accounts."""

from __future__ import annotations

from typing import Any

from .. import contracts
from ..book import book_of
from ..contracts import CONTRACTS
from ..prices import text
from ..replies.position_rows import balance, positions, unified_positions
from . import classic_account, unified_account
from .table import RequestContext, private


# https://www.bitget.com/api-doc/contract/account/Get-Account-Bill
@private("GET", "/api/v2/mix/account/bill")
def bill(context: RequestContext) -> Any:
    return {"bills": [], "endId": None}


# https://www.bitget.com/api-doc/uta/account/Get-Account-Financial-Records
@private("GET", "/api/v3/account/financial-records")
def financial_records(context: RequestContext) -> Any:
    return {"list": [], "cursor": None}


# Closed positions are not kept.
# https://www.bitget.com/api-doc/contract/position/Get-History-Position
@private("GET", "/api/v2/mix/position/history-position", per_second=20)
def history_position(context: RequestContext) -> Any:
    return {"list": [], "endId": None}


# https://www.bitget.com/api-doc/uta/position/Get-Position-History
@private("GET", "/api/v3/position/history-position", per_second=20)
def unified_history_position(context: RequestContext) -> Any:
    return {"list": [], "cursor": None}


# https://www.bitget.com/api-doc/contract/account/Get-Account-List
@private("GET", "/api/v2/mix/account/accounts")
def account_list(context: RequestContext) -> Any:
    product_type = classic_account.find_product_type(context)
    book_of(context.account, context.now)
    coins = dict.fromkeys(each.settle for each in contracts.listed(product_type, "classic"))
    return [{**balance(context, coin), "assetList": []} for coin in coins]


# https://www.bitget.com/api-doc/uta/account/Get-Account
@private("GET", "/api/v3/account/assets", per_second=20)
def assets(context: RequestContext) -> Any:
    book = book_of(context.account, context.now)
    # the coins that were used, and USDT
    coins = {"USDT": None} | dict.fromkeys(book.wallets)
    rows = []
    for coin in coins:
        gain = book.gain(coin, context.now)
        rows.append(
            {
                "coin": coin,
                "equity": text(book.wallet(coin) + gain),
                "usdValue": text(book.wallet(coin) + gain),
                "balance": text(book.wallet(coin)),
                "available": text(book.available(coin)),
                "debt": "0",
                "locked": text(book.locked(coin)),
                "bonus": "0",
            }
        )
    total, profit = rows[0]["equity"], text(book.gain("USDT", context.now))
    return {
        "accountEquity": total,
        "usdtEquity": total,
        "btcEquity": "0.1",
        "unrealisedPnl": profit,
        "usdtUnrealisedPnl": profit,
        "effEquity": total,
        "mmr": "0",
        "imr": "0",
        "assets": rows,
    }


# https://www.bitget.com/api-doc/contract/position/get-all-position
@private("GET", "/api/v2/mix/position/all-position", per_second=5)
def all_position(context: RequestContext) -> Any:
    product_type, book = classic_account.find_product_type(context), book_of(context.account, context.now)
    coin = (context.text("marginCoin") or "").upper()
    rows = []
    for (kind, symbol), settings in context.account.settings(product_type).items():
        contract = CONTRACTS[kind, symbol]
        if coin in ("", contract.settle) and settings.position:
            rows += positions(context, book, contract)
    return rows


# https://www.bitget.com/api-doc/contract/position/get-single-position
@private("GET", "/api/v2/mix/position/single-position")
def single_position(context: RequestContext) -> Any:
    contract = classic_account.find_contract(context)
    held = context.account.setting(*contract.key).position
    return positions(context, book_of(context.account, context.now), contract) if held else []


# https://www.bitget.com/api-doc/uta/position/Get-Position
@private("GET", "/api/v3/position/current-position", per_second=20)
def current_position(context: RequestContext) -> Any:
    category, symbol = unified_account.find_category(context), (context.text("symbol") or "").upper()
    book, rows = book_of(context.account, context.now), []
    for (kind, name), settings in context.account.settings(category).items():
        if settings.position and symbol in ("", name):
            rows += unified_positions(context, book, CONTRACTS[kind, name])
    # an empty list is null: seen live, 2026-10
    return {"list": rows or None}
