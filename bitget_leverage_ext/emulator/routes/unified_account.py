"""The private v3 endpoints of leverage and modes, for unified accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..contracts import LIVE_PRODUCT_TYPES, EmulatedContract, find
from ..prices import price, text, worth
from ..quirks import Quirks
from ..state import POSITION_MODES, ApiRefusal, SymbolSettings
from . import leverage_fields
from .key_info import check_level, refuse_copy_trading
from .leverage_fields import LeverageFields
from .table import RequestContext, invalid, margin_mode, private

SET_LEVERAGE = "/api/v3/account/set-leverage"


# https://www.bitget.com/api-doc/uta/account/Change-Leverage
@private("POST", SET_LEVERAGE, per_second=10)
def set_leverage(context: RequestContext) -> Any:
    refuse_copy_trading(context.account)
    contract = find_contract(context)
    # whose leverage is set, and from then on the margin mode of the settings row; crossed where it is missing
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage
    mode = margin_mode(context.text("marginMode") or "crossed")
    check_level(context.account, contract, mode)
    side = context.text("posSide")
    if side not in (None, "long", "short"):
        raise invalid()
    # https://www.itouyu.top/api-doc/uta/error-code/websocket
    asked = leverage_fields.parse(context, contract, over=ApiRefusal("25223", "Exceeds Max. leverage"))
    if mode == "crossed":
        if side is not None and context.quirks.unneeded_hold_side == "refused":
            raise ApiRefusal("25236", "Incorrect position open type")
        leverage_fields.store(context, contract, mode, cross=asked.one)
    elif context.account.position_mode(contract.product_type) == "one_way_mode":
        leverage_fields.store(context, contract, mode, **_one_way(context.quirks, asked, side))
    else:
        leverage_fields.store(context, contract, mode, **_hedge(context.quirks, asked, side))
    # A position in the other margin mode is no obstacle: each mode has leverages of its own.
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage
    return leverage_reply(context)


def leverage_reply(context: RequestContext) -> Any:
    """Return what set-leverage answers: no leverage is echoed."""
    return "success"


def _one_way(quirks: Quirks, asked: LeverageFields, side: str | None) -> dict[str, int]:
    """Return the leverages that isolated one-way mode stores."""
    sides = bool(asked.long or asked.short)
    if quirks.unified_one_way == "refuses_side" and (side or sides):
        # https://www.itouyu.top/api-doc/uta/error-code/websocket
        raise ApiRefusal("25236", "Incorrect position open type")
    if quirks.unified_one_way in ("plain", "per_side") and sides:
        # https://github.com/4g8vps7cyd-ux/nightshift
        raise ApiRefusal("25200", "SINGLE_SIDE_HOLD afterLongLeverage and afterShortLeverage validation error")
    if quirks.unified_one_way in ("wants_side", "per_side") and side is None and not (asked.long and asked.short):
        raise _no_side()
    if quirks.unified_one_way == "per_side" and side:
        return {side: asked.one}
    return {"long": asked.one, "short": asked.one}


def _hedge(quirks: Quirks, asked: LeverageFields, side: str | None) -> dict[str, int]:
    """Return the leverages that isolated hedge mode stores."""
    alone = side is None and asked.leverage is not None and not (asked.long or asked.short)
    if alone and quirks.leverage_alone_in_hedge == "both":
        return {"long": asked.one, "short": asked.one}
    every = asked.leverage is not None and side is not None
    if asked.long and asked.short and (every or not quirks.unified_hedge.startswith("all")):
        both = {"long": asked.long, "short": asked.short}
        return {side: both[side]} if side and quirks.unified_hedge == "all_one_side" else both
    if quirks.unified_hedge == "documentation":
        if side is None:
            raise _no_side()
        if asked.leverage is not None:
            return {side: asked.leverage}
        raise ApiRefusal("40019", "Parameter leverage cannot be empty")
    # Word for word what live accounts answered to `leverage` with posSide, 2026-07 to 2026-09.
    # https://github.com/metricky/gainium_exchange-connector-sh, https://github.com/huohuo4434/MoonX-Genesis
    raise ApiRefusal("25200", "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none validation error")


def _no_side() -> ApiRefusal:
    # the page: isolated mode needs posSide or both sides' leverages
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage
    return ApiRefusal("400172", "posSide cannot be empty")


# https://www.bitget.com/api-doc/uta/account/Change-Position-Mode
@private("POST", "/api/v3/account/set-hold-mode", per_second=10)
def set_hold_mode(context: RequestContext) -> Any:
    refuse_copy_trading(context.account)
    mode = context.required("holdMode")
    if mode not in POSITION_MODES:
        raise invalid()
    if any(each.busy for each in context.account.settings().values()):
        # Seen live with a position; not known with orders only, and for the mode in force.
        # https://www.bitget.com/api-doc/uta/account/Change-Position-Mode
        raise ApiRefusal("25107", "There is currently a position, please close the position")
    context.account.set_position_mode("", mode)
    return "success"


# https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
@private("GET", "/api/v3/account/settings", per_second=20)
def settings(context: RequestContext) -> Any:
    # only symbols that were touched have a row: observed, 2026-09
    rows = [
        {
            "category": category,
            "symbol": symbol,
            **_row(context, each, category),
        }
        for (category, symbol), each in context.account.settings().items()
        if each.touched and category in LIVE_PRODUCT_TYPES and context.quirks.unified_row != "missing"
    ]
    return {
        "uid": "1000000001",
        "accountMode": context.account.account_mode(),
        "assetMode": "multi_assets",
        "accountLevel": context.account.level,
        "holdMode": context.account.position_mode(""),
        "stpMode": "none",
        "symbolConfigList": rows,
        "coinConfigList": [],
    }


def find_category(context: RequestContext) -> str:
    category = context.text("category")
    if category is None:
        # observed, 2026: a missing category and an unknown one are answered differently
        raise invalid()
    # The demo product types are none of a unified account's categories. Spot margin is one, but is not emulated.
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage
    if category.upper() not in LIVE_PRODUCT_TYPES or (
        context.quirks.capitals == "required" and category != category.upper()
    ):
        raise ApiRefusal("40034", f"Parameter {category} does not exist")
    return category.upper()


def find_contract(context: RequestContext) -> EmulatedContract:
    category, symbol = find_category(context), context.required("symbol")
    contract = find(category, symbol, "unified")
    if contract is None:
        # https://www.itouyu.top/api-doc/uta/error-code/websocket
        raise ApiRefusal("25100", f"Trading pair {symbol} does not exist")
    if contract.status != "normal":
        raise ApiRefusal("40309", "The symbol has been removed")
    return contract


def _row(context: RequestContext, setting: SymbolSettings, category: str) -> dict[str, Any]:
    """Return the margin mode that was set last, and its leverage, as the quirk has it."""
    shape = context.quirks.unified_row
    if shape == "stale" and setting.first is not None:
        setting = setting.first
    mode, leverages = setting.margin_mode, setting.leverages
    leverage = leverages.of(mode, "long" if shape == "long" else setting.last_side)
    shown: Any = leverage if shape == "number" else str(leverage)
    if shape == "list":
        hedged = context.account.position_mode(category) == "hedge_mode" and mode == "isolated"
        shown = [str(leverages.long), str(leverages.short)] if hedged else [str(leverage)]
    row = {"marginMode": mode, "leverage": shown}
    if shape == "sides":
        row |= {"longLeverage": str(leverages.long), "shortLeverage": str(leverages.short)}
    return row


# https://www.bitget.com/api-doc/uta/account/Pre-Set-Leverage
@private("GET", "/api/v3/account/pre-set-leverage", per_second=10)
def pre_set_leverage(context: RequestContext) -> Any:
    contract = find_contract(context)
    mode = margin_mode(context.required("marginMode"))
    asked = leverage_fields.parse(context, contract, over=ApiRefusal("25223", "Exceeds Max. leverage"))
    book, coin = context.account.book, contract.settle
    held = [each for each in book.holding(contract) if each.margin_mode == mode]
    before = sum((each.margin for each in held), Decimal(0))
    after = sum((each.margin * each.leverage / asked.one for each in held), Decimal(0))
    at = price(contract, context.now)
    return {
        "estMaxOpen": text(max(book.available(coin), Decimal(0)) * asked.one / worth(contract, Decimal(1), at)),
        "estMaxBorrowable": None,
        "requiredMargin": text(after),
        "marginChange": text(after - before),
    }
