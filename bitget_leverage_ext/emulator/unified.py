"""The private v3 endpoints around leverage: what a unified account answers."""

from __future__ import annotations

from typing import Any

from . import leverage
from .contracts import CONTRACTS, LIVE_PRODUCT_TYPES, Contract
from .routes import Call, margin_mode, private
from .state import POSITION_MODES, Refusal, Setting

SET_LEVERAGE = "/api/v3/account/set-leverage"


# https://www.bitget.com/api-doc/uta/account/Change-Leverage
@private("POST", SET_LEVERAGE, per_second=10)
def set_leverage(call: Call) -> Any:
    contract = find_contract(call)
    # the mode to set for, and from then on the symbol's own; crossed unless said otherwise
    mode = margin_mode(call.text("marginMode") or "crossed")
    if call.text("posSide") not in (None, "long", "short"):
        raise Refusal("400172", "Parameter verification failed")
    # https://www.itouyu.top/api-doc/uta/error-code/websocket
    asked = leverage.wish(call, contract, over=Refusal("25223", "Exceeds Max. leverage"))
    side = call.text("posSide")
    setting = call.account.setting(contract.product_type, contract.symbol)
    if setting.busy and setting.margin_mode != mode:
        # Not documented for v3; the classic refusal to change the mode under a position or an order.
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("45117", "Currently holding positions or orders, the margin mode cannot be adjusted")

    if mode == "crossed":
        if side is not None and call.quirks.unneeded_hold_side == "refused":
            raise Refusal("25236", "Incorrect position open type")
        leverage.apply(call, contract, mode, cross=asked.one)
    elif call.account.position_mode(contract.product_type) == "one_way_mode":
        _check_one_way(call, asked, side)
        leverage.apply(call, contract, mode, long=asked.one, short=asked.one)
    elif asked.long and asked.short:
        leverage.apply(call, contract, mode, long=asked.long, short=asked.short)
    elif side is None:
        # the page: isolated mode needs posSide or both figures
        raise Refusal("400172", "posSide cannot be empty")
    elif asked.leverage is None:
        raise Refusal("40019", "Parameter leverage cannot be empty")
    else:
        leverage.apply(call, contract, mode, **{side: asked.leverage})
    # observed, 2025-07: no figure is echoed
    return "success"


def _check_one_way(call: Call, asked: leverage.Wish, side: str | None) -> None:
    sided = side is not None or bool(asked.long or asked.short)
    complete = side is not None or bool(asked.long and asked.short)
    if call.quirks.unified_one_way == "wants_side" and not complete:
        raise Refusal("400172", "posSide cannot be empty")
    if call.quirks.unified_one_way == "refuses_side" and sided:
        # https://www.itouyu.top/api-doc/uta/error-code/websocket
        raise Refusal("25236", "Incorrect position open type")


# https://www.bitget.com/api-doc/uta/account/Change-Position-Mode
@private("POST", "/api/v3/account/set-hold-mode", per_second=10)
def set_hold_mode(call: Call) -> Any:
    mode = call.required("holdMode")
    if mode not in POSITION_MODES:
        raise Refusal("400172", "Parameter verification failed")
    if any(each.busy for each in call.account.settings().values()):
        # The code of the classic API: v3's own was never published.
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("40920", "Position or order exists, the position mode cannot be switched")
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
            "marginMode": each.margin_mode,
            "leverage": str(_row_figure(call, each)),
        }
        for (category, symbol), each in call.account.settings().items()
        if each.touched and category in LIVE_PRODUCT_TYPES
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


def find_contract(call: Call) -> Contract:
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
    symbol = call.required("symbol")
    contract = CONTRACTS.get((category.upper(), symbol.upper()))
    if contract is None:
        # https://www.itouyu.top/api-doc/uta/error-code/websocket
        raise Refusal("25100", f"Trading pair {symbol} does not exist")
    if contract.status != "normal":
        raise Refusal("40309", "The symbol has been removed")
    return contract


def _row_figure(call: Call, setting: Setting) -> int:
    figures = setting.figures
    if setting.margin_mode == "crossed":
        return figures.cross
    return figures.short if call.quirks.unified_row == "last" and setting.last_side == "short" else figures.long
