"""The private v3 endpoints around leverage: what a unified account answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from . import leverage
from .access import refuse_copy_trading
from .book import Book
from .contracts import CONTRACTS, LIVE_PRODUCT_TYPES, Contract
from .prices import price, text, worth
from .quirks import Quirks
from .routes import Call, margin_mode, private
from .state import POSITION_MODES, Refusal, Setting

SET_LEVERAGE = "/api/v3/account/set-leverage"


# https://www.bitget.com/api-doc/uta/account/Change-Leverage
@private("POST", SET_LEVERAGE, per_second=10)
def set_leverage(call: Call) -> Any:
    refuse_copy_trading(call.account)
    contract = find_contract(call)
    # the mode to set for, and from then on the symbol's own; crossed unless said otherwise
    mode = margin_mode(call.text("marginMode") or "crossed")
    if call.text("posSide") not in (None, "long", "short"):
        raise Refusal("400172", "Parameter verification failed")
    # https://www.itouyu.top/api-doc/uta/error-code/websocket
    asked = leverage.wish(call, contract, over=Refusal("25223", "Exceeds Max. leverage"))
    side = call.text("posSide")
    if mode == "crossed":
        if side is not None and call.quirks.unneeded_hold_side == "refused":
            raise Refusal("25236", "Incorrect position open type")
        leverage.apply(call, contract, mode, cross=asked.one)
    elif call.account.position_mode(contract.product_type) == "one_way_mode":
        leverage.apply(call, contract, mode, **_one_way(call.quirks, asked, side))
    else:
        leverage.apply(call, contract, mode, **_hedge(call.quirks, asked, side))
    # No figure is echoed. That a position is held in the other margin mode is no obstacle: each has figures of its own.
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage
    return "success"


def _one_way(quirks: Quirks, asked: leverage.Wish, side: str | None) -> dict[str, int]:
    """Isolated one-way: the figures that are written."""
    figures = bool(asked.long or asked.short)
    if quirks.unified_one_way == "refuses_side" and (side or figures):
        # https://www.itouyu.top/api-doc/uta/error-code/websocket
        raise Refusal("25236", "Incorrect position open type")
    if quirks.unified_one_way in ("plain", "per_side") and figures:
        # https://github.com/4g8vps7cyd-ux/nightshift
        raise Refusal("25200", "SINGLE_SIDE_HOLD afterLongLeverage and afterShortLeverage validation error")
    if quirks.unified_one_way in ("wants_side", "per_side") and side is None and not (asked.long and asked.short):
        # the page: isolated mode needs posSide or both figures
        # https://www.bitget.com/api-doc/uta/account/Change-Leverage
        raise Refusal("400172", "posSide cannot be empty")
    if quirks.unified_one_way == "per_side" and side:
        return {side: asked.one}
    return {"long": asked.one, "short": asked.one}


def _hedge(quirks: Quirks, asked: leverage.Wish, side: str | None) -> dict[str, int]:
    """Isolated hedge: the figures that are written."""
    alone = side is None and asked.leverage is not None and not (asked.long or asked.short)
    if alone and quirks.leverage_alone_in_hedge == "both":
        return {"long": asked.one, "short": asked.one}
    every = asked.leverage is not None and side is not None
    if asked.long and asked.short and (every or not quirks.unified_hedge.startswith("all")):
        both = {"long": asked.long, "short": asked.short}
        return {side: both[side]} if side and quirks.unified_hedge == "all_one_side" else both
    if quirks.unified_hedge == "documentation":
        if side is None:
            # the page: isolated mode needs posSide or both figures
            # https://www.bitget.com/api-doc/uta/account/Change-Leverage
            raise Refusal("400172", "posSide cannot be empty")
        if asked.leverage is not None:
            return {side: asked.leverage}
        raise Refusal("40019", "Parameter leverage cannot be empty")
    # Word for word what live accounts answered to `leverage` with posSide, 2026-07 to 2026-09.
    # https://github.com/metricky/gainium_exchange-connector-sh, https://github.com/huohuo4434/MoonX-Genesis
    raise Refusal("25200", "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none validation error")


# https://www.bitget.com/api-doc/uta/account/Change-Position-Mode
@private("POST", "/api/v3/account/set-hold-mode", per_second=10)
def set_hold_mode(call: Call) -> Any:
    refuse_copy_trading(call.account)
    mode = call.required("holdMode")
    if mode not in POSITION_MODES:
        raise Refusal("400172", "Parameter verification failed")
    if any(each.busy for each in call.account.settings().values()):
        # Seen live with a position; with orders only, and for the mode in force, nobody shows what happens.
        # https://www.bitget.com/api-doc/uta/account/Change-Position-Mode
        raise Refusal("25107", "There is currently a position, please close the position")
    call.account.set_position_mode("", mode)
    return "success"


# https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
@private("GET", "/api/v3/account/settings", per_second=10)
def settings(call: Call) -> Any:
    # only symbols that were touched have a row: observed, 2026-09
    rows = [
        {
            "category": category,
            "symbol": symbol,
            **_row(call, each, category),
        }
        for (category, symbol), each in call.account.settings().items()
        if each.touched and category in LIVE_PRODUCT_TYPES and call.quirks.unified_row != "missing"
    ]
    return {
        "uid": "1000000001",
        # a demo account called itself hybrid: observed, 2026-09
        "accountMode": "hybrid" if call.account.environment == "demo" else "unified",
        "assetMode": "multi_assets",
        "accountLevel": "advanced",
        "holdMode": call.account.position_mode(""),
        "stpMode": "none",
        "symbolConfigList": rows,
        "coinConfigList": [],
    }


def find_category(call: Call) -> str:
    category = call.text("category")
    if category is None:
        # observed, 2026: a missing category and an unknown one are answered differently
        raise Refusal("400172", "Parameter verification failed")
    # The demo product types are none of a unified account's categories. Spot margin is one, but is not emulated.
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage
    if category.upper() not in LIVE_PRODUCT_TYPES or (
        call.quirks.capitals == "required" and category != category.upper()
    ):
        raise Refusal("40034", f"Parameter {category} does not exist")
    return category.upper()


def find_contract(call: Call) -> Contract:
    category, symbol = find_category(call), call.required("symbol")
    contract = CONTRACTS.get((category, symbol.upper()))
    if contract is None:
        # https://www.itouyu.top/api-doc/uta/error-code/websocket
        raise Refusal("25100", f"Trading pair {symbol} does not exist")
    if contract.status != "normal":
        raise Refusal("40309", "The symbol has been removed")
    return contract


def _row(call: Call, setting: Setting, category: str) -> dict[str, Any]:
    """The margin mode that was written last, and its figure, in the shape that the quirk wants."""
    shape = call.quirks.unified_row
    if shape == "stale" and setting.first is not None:
        setting = setting.first
    mode, figures = setting.margin_mode, setting.figures
    figure = figures.long if setting.last_side == "long" or shape == "long" else figures.short
    if mode == "crossed":
        figure = figures.cross
    shown: Any = figure if shape == "number" else str(figure)
    if shape == "list":
        hedged = call.account.position_mode(category) == "hedge_mode" and mode == "isolated"
        shown = [str(figures.long), str(figures.short)] if hedged else [str(figure)]
    return {"marginMode": mode, "leverage": shown}


# https://www.bitget.com/api-doc/uta/account/Pre-Set-Leverage
@private("GET", "/api/v3/account/pre-set-leverage", per_second=10)
def pre_set_leverage(call: Call) -> Any:
    contract = find_contract(call)
    mode = margin_mode(call.required("marginMode"))
    asked = leverage.wish(call, contract, over=Refusal("25223", "Exceeds Max. leverage"))
    book, coin = call.account.part(Book), contract.settle
    held = [each for each in book.holding(contract) if each.margin_mode == mode]
    before = sum((each.margin for each in held), Decimal(0))
    after = sum((each.margin * each.leverage / asked.one for each in held), Decimal(0))
    at = price(contract, call.now)
    return {
        "estMaxOpen": text(max(book.available(coin), Decimal(0)) * asked.one / worth(contract, Decimal(1), at)),
        "estMaxBorrowable": None,
        "requiredMargin": text(after),
        "marginChange": text(after - before),
    }
