"""One leverage: words become an :class:`~..rules.request.Ask`, and a :class:`~.setting.Setting` carries it out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ccxt

from .. import errors
from ..account import View
from ..drive import Alone, Flow
from ..rules.account import CROSSED, ISOLATED, Modes
from ..rules.plan import BOTH, plan
from ..rules.products import Contract
from ..rules.request import Ask, check_limits, parse_ask
from ..wires import DEADLINE, Classic, Unified
from . import speaks_ccxt
from .orders import mode_in_options
from .routing import contract_of, routed
from .setting import LeverageResult, Setting

log = logging.getLogger("bitget_leverage_ext")

Leverage = int | float | str | Decimal | None


@speaks_ccxt
def set_leverage(exchange: Any, leverage: Any, symbol: Any, params: Any) -> Flow[LeverageResult]:
    """Set the leverage of a futures contract, on the side that is asked for, on any Bitget account.

    Orders that follow through the same object carry the margin mode whose leverage was set.
    The hold-side rules are https://www.bitget.com/api-doc/contract/account/Change-Leverage and
    https://www.bitget.com/api-doc/uta/account/Change-Leverage

    :param int|float|str|Decimal leverage: a whole number, 1 to the contract's maximum; ``None`` with a figure a side
    :param str symbol: a unified contract symbol (``'BTC/USDT:USDT'``) or a market id (``'BTCUSDT'``)
    :param dict params: never changed; what is not named here is passed on untouched
    :param str params.holdSide: ``'long'``, ``'short'`` or ``'both'``, any case; also ``posSide``, ``positionSide``
    :param int params.longLeverage: the figure of the long side; alone, it means that side
    :param int params.shortLeverage: the figure of the short side; alone, it means that side
    :param str params.marginMode: ``'cross'`` or ``'isolated'``; asserts what the account is (classic), or chooses
        which mode's leverage is set (unified, where ``'both'`` sets isolated and then crossed)
    :param bool params.hedged: asserts the position mode, ``True`` for hedge mode
    :param str params.productType: one of the six, any case; must fit the market
    :param str params.marginCoin: any case; must be one the contract supports
    :param bool params.uta: as in ccxt
    :param bool params.skipUnchanged: read first, and write only if the figure differs
    :param str|bool params.verify: ``'reply'``, ``'read'`` or ``False``
    :param str params.fractional: ``'reject'`` or ``'floor'``
    :returns LeverageResult: the raw reply, and ccxt's leverage structure
    :raises ccxt.BadRequest: a value that is not allowed, before anything is sent; or the exchange's maximum
    :raises ccxt.ArgumentsRequired: no symbol, no side in isolated hedge mode, or one side where the exchange wants
        both and nobody tells the other's figure
    :raises ccxt.BadSymbol: not a futures contract
    :raises ccxt.NotSupported: an S-coin product on a unified account
    :raises ccxt.OperationRejected: orders, a position, a role or risk control lock the leverage
    :raises ccxt.InsufficientFunds: too little margin for the new leverage
    :raises LeverageNotApplied: acknowledged, but the account holds something else
    :raises ccxt.NetworkError: a fault that outlasted its repetitions
    """
    return (yield from set_one(exchange, leverage, symbol, params, DEADLINE, View()))


def set_one(
    exchange: Any, leverage: Any, symbol: Any, params: Any, patience: float, view: View
) -> Flow[LeverageResult]:
    """Check one call, and carry it out; *view* is the caller's, who may have read something already."""
    ask = parse_ask(leverage, symbol, params, exchange.options.get("setLeverage"))
    for wanted, taken in ask.rounded.items():
        log.warning("%s: leverage %s is rounded down to %s; reckon with that", symbol, wanted, taken)
    extra = dict(ask.extra)
    pinned = extra.pop("uta", None)
    patience = patience if ask.options.deadline is None else ask.options.deadline
    contract = yield from contract_of(exchange, symbol, ask.product_type, ask.margin_coin, view, pinned, patience)
    check_limits(ask.wish, contract)

    def run(unified: bool, contract: Contract | None) -> Flow[LeverageResult]:
        assert contract is not None
        if unified:
            return (yield from _on_unified(exchange, contract, view, ask, extra, patience))
        result = yield from Setting(Classic(exchange, contract, view, ask.asserted, extra, patience), ask).run()
        if result["marginMode"] is not None:
            exchange._memory.chose(contract, CROSSED if result["marginMode"] == "cross" else ISOLATED)
        return result

    # Two calls that set the leverage of one contract would otherwise undo each other's half of it.
    result: LeverageResult = yield Alone(contract.key, lambda: routed(exchange, contract, pinned, run, view))
    return result


def margin_modes(exchange: Any, contract: Contract, named: str | None, option: str | None) -> tuple[str, ...]:
    """Whose leverage is set on a unified account, in order; a margin mode for each of the two where both are meant.

    Leverage is kept a margin mode there, and the order's margin mode decides which counts; one that names none is
    crossed. https://www.bitget.com/api-doc/uta/trade/Place-Order (marginMode defaults to crossed)
    """
    chosen = named or exchange._memory.declared.get(contract.key) or option or mode_in_options(exchange) or CROSSED
    return (ISOLATED, CROSSED) if chosen == BOTH else (chosen,)


def _on_unified(
    exchange: Any, contract: Contract, view: View, ask: Ask, extra: Mapping[str, Any], patience: float
) -> Flow[LeverageResult]:
    """Set the leverage of the chosen margin mode, or of both: of isolated margin first, the result is crossed's."""
    margins = margin_modes(exchange, contract, ask.margin, ask.options.margin_mode)
    settings = [
        Setting(Unified(exchange, contract, view, Modes(margin, ask.position), extra, patience), ask)
        for margin in margins
    ]
    if len(margins) > 1:
        plan(Modes(CROSSED), ask.wish, contract.symbol)  # what crossed margin cannot take, before anything is sent
        settings[0].default_side = BOTH
    elif margins == (CROSSED,) and ask.margin is None and contract.key not in exchange._memory.declared:
        _warn_of_a_row(settings[0], ask.options.margin_mode)
    results: list[LeverageResult] = []
    for setting in settings:
        try:
            results.append((yield from setting.run()))
        except ccxt.BaseError as error:
            if not results:
                raise
            errors.reraise(error, f"isolated margin was set before, to {setting.wished}; crossed margin is not", True)
    if margin_modes(exchange, contract, ask.margin, ask.options.margin_mode) != margins:
        # set_margin_mode() was called in the meantime: orders will be in that mode, so its leverage is what is meant
        return (yield from _on_unified(exchange, contract, view, ask, extra, patience))
    exchange._memory.chose(contract, *margins)
    return results[-1]


def _warn_of_a_row(setting: Setting, option: str | None) -> None:
    seen = setting.wire.at_hand()
    if option is None and seen is not None and seen[0].modes.margin == ISOLATED:
        symbol = setting.wire.contract.symbol
        log.warning(
            "%s: the settings show isolated margin, but nobody chose it here: the leverage of crossed margin is set, "
            "which orders without a margin mode have; to mean isolated, call set_margin_mode('isolated', %r) or pass "
            "marginMode='isolated'",
            symbol,
            symbol,
        )
