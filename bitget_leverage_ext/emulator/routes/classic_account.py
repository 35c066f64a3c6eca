"""The private v2 endpoints of leverage and modes, for classic accounts."""

from __future__ import annotations

from typing import Any

from ..contracts import DEMO_PRODUCT_TYPES, PRODUCT_TYPES, EmulatedContract, find
from ..quirks import Quirks
from ..replies.position_rows import balance
from ..state import POSITION_MODES, ApiRefusal
from . import leverage_fields
from .key_info import refuse_copy_trading
from .leverage_fields import LeverageFields
from .table import RequestContext, invalid, margin_mode, private

SET_LEVERAGE = "/api/v2/mix/account/set-leverage"


# https://www.bitget.com/api-doc/contract/account/Change-Leverage
@private("POST", SET_LEVERAGE, per_second=5)
def set_leverage(context: RequestContext) -> Any:
    refuse_copy_trading(context.account)
    contract = find_contract(context)
    # Absent from Bitget's error table and yet its answer, seen live in 2026-08; the second for an S contract.
    # https://github.com/quaxistech/tomorrow-bot, https://github.com/Alexiiis21/bitget
    over = ApiRefusal("40797", "Exceeded the maximum settable leverage")
    if contract.product_type in DEMO_PRODUCT_TYPES:
        over = ApiRefusal("400172", "Leverage ratio exceeded the set limit")
    asked = leverage_fields.parse(context, contract, over, sides=context.quirks.dialect == "2026")
    side = context.side("holdSide")
    mode = context.account.margin_mode(*contract.key)
    if mode == "isolated" and context.account.position_mode(contract.product_type) == "hedge_mode":
        written = _hedge(context.quirks, asked, side)
    else:
        written = _single(context.quirks, asked, side, mode)
    leverage_fields.store(context, contract, mode, **written)
    return leverage_reply(context)


def _hedge(quirks: Quirks, asked: LeverageFields, side: str | None) -> dict[str, int]:
    """Return the leverages that isolated hedge mode stores."""
    if asked.long and asked.short:
        return {"long": asked.long, "short": asked.short}  # they win over `leverage`
    if asked.leverage is None and (asked.long or asked.short):
        # one side without the other: not documented
        raise ApiRefusal("40019", f"Parameter {'shortLeverage' if asked.long else 'longLeverage'} cannot be empty")
    nothing = quirks.dialect == "2026" and asked.leverage is None
    if side is None and quirks.leverage_alone_in_hedge == "refused" and not nothing:
        # https://github.com/ccxt/ccxt/issues/24700
        raise ApiRefusal("40808", "Parameter verification exception double fixed, hold side is null")
    if asked.leverage is None:
        raise ApiRefusal("40019", "Parameter leverage cannot be empty")
    return dict.fromkeys((side,) if side else ("long", "short"), asked.leverage)


def _single(quirks: Quirks, asked: LeverageFields, side: str | None, mode: str) -> dict[str, int]:
    """Return the leverages that crossed margin, or isolated one-way mode, stores."""
    if side is not None and quirks.unneeded_hold_side == "refused":
        # never reported for set-leverage; the text is the one that orders get
        # https://github.com/germangar/whook/issues/13
        raise ApiRefusal("400172", "side mismatch")
    # One-way has one leverage; that those of the sides count here as in crossed margin is not documented.
    return dict.fromkeys(("long", "short") if mode == "isolated" else ("cross",), asked.one)


def leverage_reply(context: RequestContext) -> dict[str, Any]:
    """Return what set-leverage answers while these leverages are in force."""
    contract = find_contract(context)
    reply = _sides_reply(context, contract)
    cross = str(context.account.leverages(*contract.key).cross)
    mode = reply.pop("marginMode")
    if context.quirks.cross_figure != "absent":
        reply["crossMarginLeverage"] = {"figure": cross, "null": None, "empty": ""}[context.quirks.cross_figure]
    return {**reply, "marginMode": mode}


# https://www.bitget.com/api-doc/contract/account/Change-Margin-Mode
@private("POST", "/api/v2/mix/account/set-margin-mode", per_second=5)
def set_margin_mode(context: RequestContext) -> Any:
    refuse_copy_trading(context.account)
    contract = find_contract(context)
    mode = margin_mode(context.required("marginMode"))
    setting = context.account.setting(*contract.key)
    same = setting.margin_mode == mode
    if (same and context.quirks.same_margin_mode == "refused") or (not same and setting.busy):
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise ApiRefusal("45117", "Currently holding positions or orders, the margin mode cannot be adjusted")
    context.account.set_margin_mode(*contract.key, mode)
    return _sides_reply(context, contract)


# https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode
@private("POST", "/api/v2/mix/account/set-position-mode", per_second=5)
def set_position_mode(context: RequestContext) -> Any:
    refuse_copy_trading(context.account)
    product_type = find_product_type(context)
    mode = context.required("posMode")
    if mode not in POSITION_MODES:
        raise invalid()
    if any(each.busy for each in context.account.settings(product_type).values()):
        # also for the mode in force: the page makes no exception
        # https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode
        raise ApiRefusal("40920", "Position or order exists, the position mode cannot be switched")
    context.account.set_position_mode(product_type, mode)
    return {"posMode": mode}


# https://www.bitget.com/api-doc/contract/account/Get-Single-Account
@private("GET", "/api/v2/mix/account/account", per_second=10)
def single_account(context: RequestContext) -> Any:
    contract = find_contract(context)
    leverages = context.account.leverages(*contract.key)
    mode = context.account.margin_mode(*contract.key)
    # The three leverages are numbers here, under other names than in the reply of set-leverage; the profit of the
    # other margin mode is an empty text.
    # https://www.bitget.com/api-doc/contract/account/Get-Single-Account
    return {
        **balance(context, context.required("marginCoin").upper()),
        "crossedMarginLeverage": leverages.cross,
        "isolatedLongLever": leverages.long,
        "isolatedShortLever": leverages.short,
        "marginMode": mode,
        "posMode": context.account.position_mode(contract.product_type),
        "isolatedUnrealizedPL" if mode == "crossed" else "crossedUnrealizedPL": "",
    }


def find_product_type(context: RequestContext) -> str:
    given = context.text("productType") or ""
    name = given.upper()
    if name not in PRODUCT_TYPES or (context.quirks.capitals == "required" and given != name):
        # observed, 2026, for a missing one; a wrong one on these endpoints was never published
        raise invalid()
    if name in DEMO_PRODUCT_TYPES and context.quirks.s_products == "gone":
        raise ApiRefusal("40034", f"Parameter {context.text('symbol') or name} does not exist")
    return name


# https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
def find_contract(context: RequestContext) -> EmulatedContract:
    product_type = find_product_type(context)
    symbol, coin = context.required("symbol"), context.required("marginCoin")
    contract = find(product_type, symbol, "classic")
    if contract is None:
        # a symbol of another product type is answered like one that never was
        raise ApiRefusal("40034", f"Parameter {symbol} does not exist")
    if contract.status != "normal":
        # observed, 2026-09: this text, not the one of the table
        raise ApiRefusal("40309", "The symbol has been removed")
    if coin.upper() not in contract.margin_coins or (context.quirks.capitals == "required" and coin != coin.upper()):
        raise ApiRefusal("40778", f"Coin pair {contract.symbol} does not support {coin} currency as margin")
    return contract


def _sides_reply(context: RequestContext, contract: EmulatedContract) -> dict[str, Any]:
    leverages = context.account.leverages(*contract.key)
    mode = context.account.margin_mode(*contract.key)
    # In crossed margin all three leverages are alike, in the reply that ccxt 4.5.90 publishes with its set_leverage.
    # https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py
    crossed = mode == "crossed"
    return {
        "symbol": contract.symbol,
        "marginCoin": context.required("marginCoin").upper(),
        "longLeverage": str(leverages.cross if crossed else leverages.long),
        "shortLeverage": str(leverages.cross if crossed else leverages.short),
        "marginMode": mode,
    }
