"""What an account has: money, positions, and what it paid for them."""

from __future__ import annotations

from typing import Any

from . import classic, contracts
from .book import book_of
from .contracts import CONTRACTS
from .position_rows import balance, positions, unified_positions
from .prices import text
from .routes import Call, private


# https://www.bitget.com/api-doc/contract/account/Get-Account-Bill
@private("GET", "/api/v2/mix/account/bill")
def bill(call: Call) -> Any:
    return {"bills": [], "endId": None}


# https://www.bitget.com/api-doc/uta/account/Get-Account-Financial-Records
@private("GET", "/api/v3/account/financial-records")
def financial_records(call: Call) -> Any:
    return {"list": [], "cursor": None}


# https://www.bitget.com/api-doc/contract/account/Get-Account-List
@private("GET", "/api/v2/mix/account/accounts")
def account_list(call: Call) -> Any:
    product_type = classic.find_product_type(call)
    book_of(call.account, call.now)
    coins = dict.fromkeys(each.settle for each in contracts.listed(product_type))
    return [{**balance(call, coin), "assetList": []} for coin in coins]


# https://www.bitget.com/api-doc/uta/account/Get-Account
@private("GET", "/api/v3/account/assets", per_second=20)
def assets(call: Call) -> Any:
    book = book_of(call.account, call.now)
    # the coins that were ever used, and the one that everybody begins with
    coins = {"USDT": None} | dict.fromkeys(book.wallets)
    rows = []
    for coin in coins:
        gain = book.gain(coin, call.now)
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
    total, profit = rows[0]["equity"], text(book.gain("USDT", call.now))
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
def all_position(call: Call) -> Any:
    product_type, book = classic.find_product_type(call), book_of(call.account, call.now)
    coin = (call.text("marginCoin") or "").upper()
    rows = []
    for (kind, symbol), setting in call.account.settings(product_type).items():
        contract = CONTRACTS[kind, symbol]
        if coin in ("", contract.settle) and setting.position:
            rows += positions(call, book, contract)
    return rows


# https://www.bitget.com/api-doc/contract/position/get-single-position
@private("GET", "/api/v2/mix/position/single-position")
def single_position(call: Call) -> Any:
    contract = classic.find_contract(call)
    held = call.account.setting(contract.product_type, contract.symbol).position
    return positions(call, book_of(call.account, call.now), contract) if held else []


# https://www.bitget.com/api-doc/uta/position/Get-Position
@private("GET", "/api/v3/position/current-position", per_second=20)
def current_position(call: Call) -> Any:
    category, symbol = call.required("category").upper(), (call.text("symbol") or "").upper()
    book, rows = book_of(call.account, call.now), []
    for (kind, name), setting in call.account.settings(category).items():
        if setting.position and symbol in ("", name):
            rows += unified_positions(call, book, CONTRACTS[kind, name])
    return {"list": rows}
