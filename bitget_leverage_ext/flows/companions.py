"""The companions of ``set_leverage``, on both account types: what they are told and what they read is remembered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import ccxt

from .. import errors
from ..account import UNIFIED, View
from ..drive import Alone, Flow, Together
from ..rules.account import CROSSED, InForce, Modes, read_reply
from ..rules.errors import BadInput, MissingInput, NotApplied, shown
from ..rules.products import DEMO, Contract, any_contract, parse_product_type, symbol_of
from ..rules.request import parse_margin_coin, parse_margin_mode, parse_options, parse_position_mode
from ..wires import (
    CLASSIC_READS,
    DEADLINE,
    Classic,
    Seen,
    Unified,
    cross_or_isolated,
    read_settings,
    request,
)
from . import mapped, speaks_ccxt
from .routing import account_type, contract_of, load_markets, routed

T = TypeVar("T")

log = logging.getLogger("bitget_leverage_ext")


def _named(params: Any) -> tuple[str | None, str | None, object, dict[str, Any]]:
    """Product type, margin coin, ``uta`` and the rest of a companion's params."""
    rest = dict(params or {})
    product_type, margin_coin, uta = (rest.pop(name, None) for name in ("productType", "marginCoin", "uta"))
    return (
        None if product_type is None else parse_product_type(product_type),
        None if margin_coin is None else parse_margin_coin(margin_coin),
        uta,
        rest,
    )


def _patience(exchange: Any) -> float:
    deadline = parse_options(exchange.options.get("setLeverage")).deadline
    return DEADLINE if deadline is None else deadline


def _companion(
    exchange: Any, symbol: Any, params: Any, run: Callable[[Classic], Flow[T]], view: View | None = None
) -> Flow[T]:
    view = view or View()
    product_type, margin_coin, uta, rest = _named(params)
    patience = _patience(exchange)
    contract = yield from contract_of(exchange, symbol, product_type, margin_coin, view, uta, patience)

    def on_wire(unified: bool, contract: Contract | None) -> Flow[T]:
        assert contract is not None
        declared = exchange._memory.declared.get(contract.key) if unified else None
        wire = Unified if unified else Classic
        return (yield from run(wire(exchange, contract, view, Modes(declared), rest, patience)))

    return (yield from routed(exchange, contract, uta, on_wire, view))


def _fetched(wire: Classic) -> Flow[Seen]:
    """What the account says now; what its batch has read a moment ago will do."""
    return wire.at_hand() or (yield from mapped(wire.fetch(wire.extra), wire.unified))


# --- reading ---------------------------------------------------------------------------------------------------


def _structure(exchange: Any, wire: Classic, parse: str) -> Flow[dict[str, Any]]:
    """ccxt's leverage structure on either account type, of which its margin mode structure is a part."""
    force, raw = yield from _fetched(wire)
    if not isinstance(wire, Unified):
        market = exchange.markets[wire.contract.symbol]
        structure: dict[str, Any] = getattr(exchange, parse)(raw.get("data") or {}, market)
        return structure
    margin = wire.asserted.margin or force.modes.margin or CROSSED
    structure = {
        "info": wire.row(raw, margin),
        "symbol": wire.contract.symbol,
        "marginMode": cross_or_isolated(margin),
    }
    if parse == "parse_leverage":
        known = force if force.modes.margin == margin else InForce(Modes())
        structure["longLeverage"] = known.cross if margin == CROSSED else known.long
        structure["shortLeverage"] = known.cross if margin == CROSSED else known.short
    return structure


@speaks_ccxt
def fetch_leverage(exchange: Any, symbol: Any, params: Any) -> Flow[dict[str, Any]]:
    """The leverage in force, on classic and unified accounts; ``set_leverage`` remembers the modes it shows.

    https://www.bitget.com/api-doc/contract/account/Get-Single-Account,
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting (lists only symbols that were touched, and one
    figure, which in isolated hedge mode is no side's; what is not told is ``None``)

    :param str symbol: a unified contract symbol or a market id
    :param dict params: ``productType``, ``marginCoin``, ``uta``
    :returns dict: ccxt's leverage structure
    :raises ccxt.BadSymbol: not a futures contract
    """
    return (yield from _companion(exchange, symbol, params, lambda wire: _structure(exchange, wire, "parse_leverage")))


@speaks_ccxt
def fetch_leverages(exchange: Any, symbols: Any, params: Any) -> Flow[dict[str, Any]]:
    """The leverages in force of many contracts: one read on a unified account, one a symbol on a classic one.

    https://www.bitget.com/api-doc/contract/account/Get-Single-Account,
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting

    :param list symbols: unified symbols or market ids; without them, on a unified account, every contract whose
        leverage was ever set
    :param dict params: ``productType``, ``marginCoin``, ``uta``
    :returns dict: ccxt's leverage structures by unified symbol
    :raises ccxt.ArgumentsRequired: no symbols on a classic account, which has no list of them
    :raises ccxt.BadSymbol: not a futures contract
    """
    if isinstance(symbols, str) or not isinstance(symbols, (list, tuple, set, frozenset, type(None))):
        raise BadInput(f"symbols {shown(symbols)} must be a list of symbols")
    view = View()
    if symbols is None:
        symbols = yield from _touched(exchange, params, view)
    found: dict[str, Any] = {}

    def one(symbol: Any) -> Flow[None]:
        structure = yield from _companion(
            exchange, symbol, params, lambda wire: _structure(exchange, wire, "parse_leverage"), view
        )
        found[structure["symbol"]] = structure

    yield Together([one(symbol) for symbol in symbols], CLASSIC_READS.calls)
    return found


def _touched(exchange: Any, params: Any, view: View) -> Flow[list[str]]:
    """The contracts that a unified account has settings of."""
    _, _, uta, _ = _named(params)
    patience = _patience(exchange)
    yield from load_markets(exchange, False, uta, patience, view)
    unified, _ = yield from account_type(exchange, {"uta": uta}, "fetchLeverages", view=view)
    if not unified:
        raise MissingInput("fetchLeverages() requires a symbols argument on a classic account, which lists none itself")
    answer = view.get(UNIFIED) or (yield from read_settings(exchange._memory, view, patience))
    rows = answer["data"].get("symbolConfigList") or []
    known = (symbol_of(exchange.markets_by_id or {}, row.get("category"), row.get("symbol")) for row in rows)
    return list(dict.fromkeys(symbol for symbol in known if symbol is not None))


@speaks_ccxt
def fetch_margin_mode(exchange: Any, symbol: Any, params: Any) -> Flow[dict[str, Any]]:
    """The margin mode of a contract, on classic and unified accounts; ``set_leverage`` remembers it.

    https://www.bitget.com/api-doc/contract/account/Get-Single-Account,
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting

    :param str symbol: a unified contract symbol or a market id
    :param dict params: ``productType``, ``marginCoin``, ``uta``
    :returns dict: ccxt's margin mode structure; ``marginMode`` is ``'cross'`` or ``'isolated'``
    :raises ccxt.BadSymbol: not a futures contract
    """
    return (
        yield from _companion(exchange, symbol, params, lambda wire: _structure(exchange, wire, "parse_margin_mode"))
    )


# --- setting ---------------------------------------------------------------------------------------------------


@speaks_ccxt
def set_margin_mode(exchange: Any, margin_mode: Any, symbol: Any, params: Any) -> Flow[dict[str, Any]]:
    """Set the margin mode of a contract: a request on classic accounts, a declaration on unified ones.

    A unified account has no endpoint for it; the mode is remembered, and every later ``set_leverage`` and order of
    this object sends it. The account is read nevertheless: it may have become a classic one.
    https://www.bitget.com/api-doc/contract/account/Change-Margin-Mode,
    https://www.bitget.com/api-doc/uta/account/Change-Leverage (parameter marginMode)

    :param str margin_mode: ``'cross'`` or ``'isolated'``
    :param str symbol: a unified contract symbol or a market id
    :param dict params: ``productType``, ``marginCoin``, ``uta``; the rest is passed on
    :returns dict: the raw reply; where the mode was the one asked for already, the account's own answer
    :raises ccxt.BadRequest: an unknown mode
    :raises ccxt.ArgumentsRequired: no symbol
    :raises ccxt.OperationRejected: a position or order locks another mode
    """
    if symbol is None:
        raise MissingInput("setMarginMode() requires a symbol argument, for example 'BTC/USDT:USDT'")
    wanted = parse_margin_mode(margin_mode)

    def run(wire: Classic) -> Flow[dict[str, Any]]:
        if wire.unified:
            before = wire.memory.declared.get(wire.contract.key)
            # Before the read: a set_leverage that runs at the same time, as in a program that starts both, must see it.
            wire.memory.declare(wire.contract, wanted)
            try:
                yield from _fetched(wire)
            except ccxt.BaseError:
                wire.memory.declare(wire.contract, before)
                raise
            # https://www.bitget.com/api-doc/uta/account/Change-Leverage: the mode goes out with each leverage
            data = {"symbol": wire.contract.id, "marginMode": wanted}
            _choose(wire, wanted)
            return {"code": "00000", "msg": "success", "requestTime": exchange.milliseconds(), "data": data}
        # In turn with set_leverage, whose request means another figure before and after the switch.
        answer: dict[str, Any] = yield Alone(wire.contract.key, lambda: _switch_margin_mode(wire, wanted))
        return answer

    return (yield from _companion(exchange, symbol, params, run))


def _choose(wire: Classic, wanted: str) -> None:
    """Orders are in this mode from now on; who has set the leverage of the other one may think that it goes along."""
    before = wire.memory.traded.get(wire.contract.key, (wanted,))
    if wanted not in before:
        log.warning(
            "%s: orders are in %s margin from now on, and Bitget keeps a leverage for each margin mode: what was set "
            "for %s margin does not count there; call set_leverage() after set_margin_mode()",
            wire.contract.symbol, wanted, before[-1],
        )  # fmt: skip
    wire.memory.declare(wire.contract, wanted)
    wire.memory.chose(wire.contract, wanted)


def _switch_margin_mode(wire: Classic, wanted: str) -> Flow[dict[str, Any]]:
    fields = {**wire.extra, **wire.target(), "marginMode": wanted}
    answer: dict[str, Any]
    wire.memory.margins.pop(wire.contract.key, None)  # until there is an answer, it is in doubt
    try:
        with wire.memory.writing(wire.contract):
            answer = yield request("POST", "v2/mix/account/set-margin-mode", fields, None, wire.patience)
    except ccxt.BaseError as error:
        if errors.code_of(error) not in errors.MARGIN_MODE_LOCKED:
            errors.reraise(error)
        force, answer = yield from _fetched(wire)
        if force.modes.margin != wanted:
            raise ccxt.OperationRejected(f"{error}; {wire.contract.symbol} stays in {force.modes}") from error
    told = read_reply(answer.get("data")).modes.margin
    if told is not None and told != wanted:
        raise NotApplied(f"{wire.contract.symbol}: asked for {wanted} margin, in force: {told}")
    wire.memory.learn(wire.contract, InForce(Modes(margin=wanted)))
    _choose(wire, wanted)
    return answer


@speaks_ccxt
def set_position_mode(exchange: Any, hedged: Any, symbol: Any, params: Any) -> Flow[Any]:
    """Set the position mode: per product type on classic accounts, one for all on unified ones.

    https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode,
    https://www.bitget.com/api-doc/uta/account/Change-Position-Mode

    :param bool hedged: ``True`` for hedge mode, ``False`` for one-way mode, and nothing else
    :param str symbol: names the product type; without it ``params.productType``, else ccxt's default (USDT-FUTURES)
    :param dict params: ``productType``, ``uta``; the rest is passed on
    :returns dict: the raw reply; where the mode was the one asked for already, the account's own answer
    :raises ccxt.BadRequest: not a bool
    :raises ccxt.OperationRejected: a position or order locks the mode
    """
    wanted = parse_position_mode(hedged)
    product_type, _, uta, rest = _named(params)
    view, patience, contract = View(), _patience(exchange), None
    if symbol is not None:
        contract = yield from contract_of(exchange, symbol, product_type, None, view, uta, patience)
        product_type = contract.product_type
    elif product_type is None:
        product_type, rest = exchange.handle_product_type_and_params(None, rest)
    kind = str(product_type)

    def run(unified: bool, contract: Contract | None) -> Flow[Any]:
        if unified:
            call = request("POST", "v3/account/set-hold-mode", {**rest, "holdMode": wanted}, None, patience)
        else:
            fields = {**rest, "posMode": wanted, "productType": kind}
            call = request("POST", "v2/mix/account/set-position-mode", fields, None, patience)
        exchange._memory.positions.pop(UNIFIED if unified else kind, None)  # until there is an answer, it is in doubt
        try:
            answer = yield call
        except ccxt.BaseError as error:
            if errors.code_of(error) not in errors.POSITION_MODE_LOCKED:
                errors.reraise(error, unified=unified)
            mode, answer = yield from _position_mode(exchange, unified, kind, patience)
            if mode != wanted:
                errors.reraise(error)
        exchange._memory.positions[UNIFIED if unified else kind] = wanted
        return answer

    return (yield from routed(exchange, contract, uta, run, view, demo=kind if kind in DEMO else ""))


def _position_mode(exchange: Any, unified: bool, product_type: str, patience: float) -> Flow[tuple[str | None, Any]]:
    """The position mode in force, read through any contract of the product type; None where none is listed."""
    view = View()
    yield from load_markets(exchange, product_type in DEMO, unified, patience, view)
    contract = any_contract(exchange.markets, product_type)
    if contract is None:
        return None, None
    wire = (Unified if unified else Classic)(exchange, contract, view, Modes(), {}, patience)
    force, raw = yield from _fetched(wire)
    return force.modes.position, raw
