"""The description of an account and its key, and the refusals of its role and its level."""

from __future__ import annotations

from typing import Any

from ..account import EmulatedAccount
from ..contracts import EmulatedContract
from ..state import ApiRefusal, MarginMode
from .table import RequestContext, private

# What a key that reads and one that trades show; the others of the list have to do with spot, margin and transfers.
# https://github.com/Alexiiis21/bitget
_CLASSIC_READ = ("coor", "cpor")
_CLASSIC_TRADE = ("coow", "cpow")
# https://github.com/msei99/pbgui
_UNIFIED = ("uta_mgt", "uta_trade")


# https://www.bitget.com/api-doc/spot/account/Get-Account-Info
@private("GET", "/api/v2/spot/account/info", per_second=1)
def classic_info(context: RequestContext) -> Any:
    rights = context.account.permissions
    return {
        "userId": "1000000001",
        "inviterId": "",
        "channelCode": "",
        "channel": "",
        "ips": "",
        "authorities": [*(_CLASSIC_READ if "read" in rights else ()), *(_CLASSIC_TRADE if "trade" in rights else ())],
        "parentId": "1000000001",
        "traderType": "trader" if context.account.role == "copy" else "not_trader",
        "regisTime": "1700000000000",
    }


# https://www.bitget.com/api-doc/uta/account/Get-Account-Info
@private("GET", "/api/v3/account/info", per_second=5)
def unified_info(context: RequestContext) -> Any:
    rights = context.account.permissions
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


def refuse_copy_trading(account: EmulatedAccount) -> None:
    # https://github.com/freqtrade/freqtrade/issues/13576
    if account.role == "copy":
        raise ApiRefusal("40731", "This product does not support copy trading")


def check_level(account: EmulatedAccount, contract: EmulatedContract, mode: MarginMode) -> None:
    """Refuse what the level of a unified account does not allow."""
    if account.level == "basic" and contract.inverse:
        # seen for orders, 2026-09
        # https://github.com/metricky/gainium_exchange-connector-sh
        raise ApiRefusal("40019", "the data is not exist, basemode not supported")
    if (account.level, mode) in (("isolated", "crossed"), ("delta", "isolated")):
        # The levels are documented, the refusal is not: the code that copy trading accounts get for isolated margin.
        # https://www.bitget.com/support/articles/12560603884121
        raise ApiRefusal("25200", f"{'fixedMargin' if mode == 'isolated' else 'crossedMargin'} validation error")
