"""The private v2 endpoints around leverage: what a classic account answers."""

from __future__ import annotations

from typing import Any

from . import leverage
from .access import refuse_copy_trading
from .contracts import DEMO_PRODUCT_TYPES, PRODUCT_TYPES, Contract, find
from .position_rows import balance
from .quirks import Quirks
from .routes import Call, margin_mode, private
from .state import POSITION_MODES, Refusal

SET_LEVERAGE = "/api/v2/mix/account/set-leverage"


# https://www.bitget.com/api-doc/contract/account/Change-Leverage
@private("POST", SET_LEVERAGE, per_second=5)
def set_leverage(call: Call) -> Any:
    refuse_copy_trading(call.account)
    contract = find_contract(call)
    # Absent from Bitget's error table and yet its answer, seen live in 2026-08; the second for an S contract.
    # https://github.com/quaxistech/tomorrow-bot, https://github.com/Alexiiis21/bitget
    over = Refusal("40797", "Exceeded the maximum settable leverage")
    if contract.product_type in DEMO_PRODUCT_TYPES:
        over = Refusal("400172", "Leverage ratio exceeded the set limit")
    asked = leverage.wish(call, contract, over, sides=call.quirks.dialect == "2026")
    side = call.side("holdSide")
    mode = call.account.margin_mode(contract.product_type, contract.symbol)
    if mode == "isolated" and call.account.position_mode(contract.product_type) == "hedge_mode":
        written = _hedge(call.quirks, asked, side)
    else:
        written = _single(call.quirks, asked, side, mode)
    leverage.apply(call, contract, mode, **written)
    return leverage_reply(call)


def _hedge(quirks: Quirks, asked: leverage.Wish, side: str | None) -> dict[str, int]:
    """Isolated hedge: the figures that are written."""
    if asked.long and asked.short:
        return {"long": asked.long, "short": asked.short}  # they win over `leverage`
    if asked.leverage is None and (asked.long or asked.short):
        # one figure without its counterpart: not documented
        raise Refusal("40019", f"Parameter {'shortLeverage' if asked.long else 'longLeverage'} cannot be empty")
    nothing = quirks.dialect == "2026" and asked.leverage is None
    if side is None and quirks.leverage_alone_in_hedge == "refused" and not nothing:
        # https://github.com/ccxt/ccxt/issues/24700
        raise Refusal("40808", "Parameter verification exception double fixed, hold side is null")
    if asked.leverage is None:
        raise Refusal("40019", "Parameter leverage cannot be empty")
    return dict.fromkeys((side,) if side else ("long", "short"), asked.leverage)


def _single(quirks: Quirks, asked: leverage.Wish, side: str | None, mode: str) -> dict[str, int]:
    """Crossed, or isolated one-way: the figures that are written."""
    if side is not None and quirks.unneeded_hold_side == "refused":
        # never reported for set-leverage; the text is the one that orders get
        # https://github.com/germangar/whook/issues/13
        raise Refusal("400172", "side mismatch")
    # One-way has one figure; that the figures of the sides count here as in crossed mode is not documented.
    return dict.fromkeys(("long", "short") if mode == "isolated" else ("cross",), asked.one)


def leverage_reply(call: Call) -> dict[str, Any]:
    """What set-leverage answers while these figures are in force."""
    contract = find_contract(call)
    reply = _sides_reply(call, contract)
    cross = str(call.account.figures(contract.product_type, contract.symbol).cross)
    mode = reply.pop("marginMode")
    if call.quirks.cross_figure != "absent":
        reply["crossMarginLeverage"] = {"figure": cross, "null": None, "empty": ""}[call.quirks.cross_figure]
    return {**reply, "marginMode": mode}


# https://www.bitget.com/api-doc/contract/account/Change-Margin-Mode
@private("POST", "/api/v2/mix/account/set-margin-mode", per_second=5)
def set_margin_mode(call: Call) -> Any:
    refuse_copy_trading(call.account)
    contract = find_contract(call)
    mode = margin_mode(call.required("marginMode"))
    setting = call.account.setting(contract.product_type, contract.symbol)
    same = setting.margin_mode == mode
    if (same and call.quirks.same_margin_mode == "refused") or (not same and setting.busy):
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("45117", "Currently holding positions or orders, the margin mode cannot be adjusted")
    call.account.set_margin_mode(contract.product_type, contract.symbol, mode)
    return _sides_reply(call, contract)


# https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode
@private("POST", "/api/v2/mix/account/set-position-mode", per_second=5)
def set_position_mode(call: Call) -> Any:
    refuse_copy_trading(call.account)
    product_type = find_product_type(call)
    mode = call.required("posMode")
    if mode not in POSITION_MODES:
        raise Refusal("400172", "Parameter verification failed")
    if any(each.busy for each in call.account.settings(product_type).values()):
        # also for the mode in force: the page makes no exception
        # https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode
        raise Refusal("40920", "Position or order exists, the position mode cannot be switched")
    call.account.set_position_mode(product_type, mode)
    return {"posMode": mode}


# https://www.bitget.com/api-doc/contract/account/Get-Single-Account
@private("GET", "/api/v2/mix/account/account", per_second=10)
def single_account(call: Call) -> Any:
    contract = find_contract(call)
    figures = call.account.figures(contract.product_type, contract.symbol)
    mode = call.account.margin_mode(contract.product_type, contract.symbol)
    # The three figures are numbers here, under other names than in the reply of set-leverage; the profit of the other
    # margin mode is an empty text.
    # https://www.bitget.com/api-doc/contract/account/Get-Single-Account
    return {
        **balance(call, call.required("marginCoin").upper()),
        "crossedMarginLeverage": figures.cross,
        "isolatedLongLever": figures.long,
        "isolatedShortLever": figures.short,
        "marginMode": mode,
        "posMode": call.account.position_mode(contract.product_type),
        "isolatedUnrealizedPL" if mode == "crossed" else "crossedUnrealizedPL": "",
    }


def find_product_type(call: Call) -> str:
    given = call.text("productType") or ""
    name = given.upper()
    if name not in PRODUCT_TYPES or (call.quirks.capitals == "required" and given != name):
        # observed, 2026, for a missing one; a wrong one on these endpoints was never published
        raise Refusal("400172", "Parameter verification failed")
    if name in DEMO_PRODUCT_TYPES and call.quirks.s_products == "gone":
        raise Refusal("40034", f"Parameter {call.text('symbol') or name} does not exist")
    return name


# https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
def find_contract(call: Call) -> Contract:
    product_type = find_product_type(call)
    symbol, coin = call.required("symbol"), call.required("marginCoin")
    contract = find(product_type, symbol, "classic")
    if contract is None:
        # a symbol of another product type is answered like one that never was
        raise Refusal("40034", f"Parameter {symbol} does not exist")
    if contract.status != "normal":
        # observed, 2026-09: this text, not the one of the table
        raise Refusal("40309", "The symbol has been removed")
    if coin.upper() not in contract.margin_coins or (call.quirks.capitals == "required" and coin != coin.upper()):
        raise Refusal("40778", f"Coin pair {contract.symbol} does not support {coin} currency as margin")
    return contract


def _sides_reply(call: Call, contract: Contract) -> dict[str, Any]:
    figures = call.account.figures(contract.product_type, contract.symbol)
    mode = call.account.margin_mode(contract.product_type, contract.symbol)
    # In crossed mode all three figures are alike, in the reply that ccxt 4.5.90 publishes with its set_leverage.
    # https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py
    crossed = mode == "crossed"
    return {
        "symbol": contract.symbol,
        "marginCoin": call.required("marginCoin").upper(),
        "longLeverage": str(figures.cross if crossed else figures.long),
        "shortLeverage": str(figures.cross if crossed else figures.short),
        "marginMode": mode,
    }
