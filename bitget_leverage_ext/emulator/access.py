"""What an account tells of itself and its key, and what a lead trader's account is refused."""

from __future__ import annotations

from typing import Any

from .routes import Call, private
from .state import Account, Refusal

# What a key that reads and one that trades show; the others of the list have to do with spot, margin and transfers.
# https://github.com/Alexiiis21/bitget
_CLASSIC_READ = ("coor", "cpor")
_CLASSIC_TRADE = ("coow", "cpow")
# https://github.com/msei99/pbgui
_UNIFIED = ("uta_mgt", "uta_trade")


# https://www.bitget.com/api-doc/spot/account/Get-Account-Info
@private("GET", "/api/v2/spot/account/info", per_second=1)
def classic_info(call: Call) -> Any:
    rights = call.account.permissions
    return {
        "userId": "1000000001",
        "inviterId": "",
        "channelCode": "",
        "channel": "",
        "ips": "",
        "authorities": [*(_CLASSIC_READ if "read" in rights else ()), *(_CLASSIC_TRADE if "trade" in rights else ())],
        "parentId": "1000000001",
        "traderType": "trader" if call.account.role == "copy" else "not_trader",
        "regisTime": "1700000000000",
    }


# https://www.bitget.com/api-doc/uta/account/Get-Account-Info
@private("GET", "/api/v3/account/info", per_second=5)
def unified_info(call: Call) -> Any:
    rights = call.account.permissions
    return {
        "userId": "1000000001",
        "inviterId": "",
        "parentId": "1000000001",
        "channelCode": "",
        "channel": "",
        "ips": "",
        # with underscores, unlike the page: seen live, 2026-09
        # https://github.com/msei99/pbgui
        "permType": "read_and_write" if "trade" in rights else "read_only",
        "permissions": list(_UNIFIED if rights else ()),
        "regisTime": "1700000000000",
    }


def refuse_copy_trading(account: Account) -> None:
    # https://github.com/freqtrade/freqtrade/issues/13576
    if account.role == "copy":
        raise Refusal("40731", "This product does not support copy trading")
