"""The one body of each method: a generator that yields calls and receives replies, run by ``drive``.

The way of a leverage: words become an :class:`~.rules.request.Ask`; the account's modes come from what the caller
asserts, from memory, or from one read; ``rules.plan`` says what to send; the reply is held against the plan, and,
where it disagrees, once against the account itself. Where an answer shows that memory was stale, it is read again
and planned again, once.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ParamSpec, TypedDict, TypeVar

import ccxt

from . import errors
from .drive import Flow, Together
from .memory import UNIFIED
from .rules.account import CROSSED, HEDGE, ISOLATED, ONE_WAY, InForce, Modes, read_reply, unified_row
from .rules.errors import BadInput, MissingInput, NotApplied, Refusal
from .rules.plan import BOTH, Plan, plan
from .rules.products import DEMO, Contract, any_contract, find_contract, looks_demo, parse_product_type
from .rules.replies import agrees
from .rules.request import Ask, check_limits, parse_ask, parse_margin_mode, parse_options, parse_position_mode
from .wires import (
    DEADLINE,
    MANY_DEADLINE,
    Classic,
    Seen,
    Unified,
    account_type,
    contract_of,
    load_markets,
    read_settings,
    request,
    routed,
)

T = TypeVar("T")
P = ParamSpec("P")

log = logging.getLogger("bitget_leverage_ext")


class LeverageResult(TypedDict):
    """What ``set_leverage`` returns: the raw reply as ccxt returns it, and ccxt's leverage structure beside it.

    ``marginMode`` is ``'cross'`` or ``'isolated'``; in cross both leverages are the one cross figure. ``None`` where
    neither the request nor the reply says it.
    """

    code: str
    msg: str
    requestTime: Any
    data: Any
    info: Any
    symbol: str
    marginMode: str | None
    longLeverage: int | float | None
    shortLeverage: int | float | None


def speaks_ccxt(flow: Callable[P, Flow[T]]) -> Callable[P, Flow[T]]:
    """Let nothing but ccxt errors leave *flow*."""

    @functools.wraps(flow)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        try:
            return (yield from flow(*args, **kwargs))
        except Refusal as refusal:
            raise errors.from_refusal(refusal) from None
        except ccxt.BaseError:
            raise
        except Exception as error:
            raise ccxt.ExchangeError(f"bitget {flow.__name__}: {type(error).__name__}") from error

    return spoken


# --- set_leverage ----------------------------------------------------------------------------------------------


@speaks_ccxt
def set_leverage(exchange: Any, leverage: Any, symbol: Any, params: Any) -> Flow[LeverageResult]:
    """Set the leverage of a futures contract, on the side that is asked for, on any Bitget account.

    The hold-side rules are https://www.bitget.com/api-doc/contract/account/Change-Leverage and
    https://www.bitget.com/api-doc/uta/account/Change-Leverage

    :param int|float|str|Decimal leverage: a whole number, 1 to the contract's maximum; ``None`` with a figure a side
    :param str symbol: a unified contract symbol (``'BTC/USDT:USDT'``) or a market id (``'BTCUSDT'``)
    :param dict params: never changed; what is not named here is passed on untouched
    :param str params.holdSide: ``'long'``, ``'short'`` or ``'both'``, any case; also ``posSide``, ``positionSide``
    :param int params.longLeverage: the figure of the long side; alone, it means that side
    :param int params.shortLeverage: the figure of the short side; alone, it means that side
    :param str params.marginMode: ``'cross'`` or ``'isolated'``; asserts what the account is (classic), or chooses
        which mode's leverage is set (unified)
    :param bool params.hedged: asserts the position mode, ``True`` for hedge mode
    :param str params.productType: one of the six, any case; must fit the market
    :param str params.marginCoin: any case; must be one the contract supports
    :param bool params.uta: as in ccxt
    :param bool params.skipUnchanged: read first, and write only if the figure differs
    :param str|bool params.verify: ``'reply'``, ``'read'`` or ``False``
    :param str params.fractional: ``'reject'`` or ``'floor'``
    :returns LeverageResult: the raw reply, and ccxt's leverage structure
    :raises ccxt.BadRequest: a value that is not allowed, before anything is sent; or the exchange's maximum
    :raises ccxt.ArgumentsRequired: no symbol, or no side in isolated hedge mode
    :raises ccxt.BadSymbol: not a futures contract
    :raises ccxt.NotSupported: an S-coin product on a unified account
    :raises ccxt.OperationRejected: orders, a role or risk control lock the leverage
    :raises ccxt.InsufficientFunds: too little margin for the new leverage
    :raises LeverageNotApplied: acknowledged, but the account holds something else
    :raises ccxt.NetworkError: a fault that outlasted its repetitions
    """
    return (yield from set_one(exchange, leverage, symbol, params, DEADLINE))


@speaks_ccxt
def set_leverages(
    exchange: Any, leverages: Any, params: Any, progress: Callable[[int, int, str, Any], object] | None
) -> Flow[dict[str, Any]]:
    """Set many leverages, at the pace the exchange allows (5 a second on classic, 10 on unified accounts).

    Reads only what is needed: one read a product type on a one-way account, one in all on a unified account; where
    hedge mode makes a read a symbol necessary, reads and writes overlap in the asynchronous clients.

    :param dict leverages: symbol to a leverage, to ``{'longLeverage': …, 'shortLeverage': …}``, or to
        ``{'leverage': …, 'holdSide': …}``; any param of :meth:`set_leverage` may stand beside them
    :param dict params: as in :meth:`set_leverage`, for every symbol
    :param callable progress: called after each as ``progress(done, total, symbol, outcome)``
    :returns dict: in the same order, symbol to its result, or to the ccxt error that this symbol met
    :raises ccxt.BadRequest: *leverages* is not a mapping
    :raises ccxt.NetworkError: the markets or the account type could not be read, so nothing was begun
    """
    if not isinstance(leverages, Mapping):
        raise BadInput(f"leverages must map symbols to leverages, not be {type(leverages).__name__}")
    outcomes: dict[str, Any] = dict.fromkeys(leverages)
    if not outcomes:
        return outcomes
    done = 0

    def one(symbol: str) -> Flow[None]:
        nonlocal done
        try:
            outcomes[symbol] = yield from _one_of_many(exchange, symbol, leverages[symbol], params)
        except ccxt.BaseError as error:
            outcomes[symbol] = error
        done += 1
        if progress is not None:
            try:
                progress(done, len(outcomes), symbol, outcomes[symbol])
            except Exception:
                log.exception("progress raised; the leverages are set all the same")

    def group(kind: str | None, symbols: list[str]) -> Flow[None]:
        # One after the other until the position mode is known, which spares all others the read; or until one went
        # well without it, as where the modes are asserted.
        known = kind in exchange._memory.positions
        while symbols and not known:
            symbol = symbols.pop(0)
            yield from one(symbol)
            known = kind in exchange._memory.positions or not isinstance(outcomes[symbol], Exception)
        yield Together([one(symbol) for symbol in symbols])

    groups: dict[str | None, list[str]] = {}
    unified = yield from _prepare_many(exchange, outcomes, params)
    for symbol in outcomes:
        groups.setdefault(UNIFIED if unified else _product_type(exchange, symbol), []).append(symbol)
    exchange._memory.batches += 1
    try:
        yield Together([group(kind, symbols) for kind, symbols in groups.items()])
    finally:
        exchange._memory.batches -= 1
        exchange._memory.take_settings()
    return outcomes


@speaks_ccxt
def _one_of_many(exchange: Any, symbol: str, wanted: Any, params: Any) -> Flow[LeverageResult]:
    own = dict(wanted) if isinstance(wanted, Mapping) else {"leverage": wanted}
    leverage = own.pop("leverage", None)
    return (yield from set_one(exchange, leverage, symbol, {**params, **own}, MANY_DEADLINE))


def _prepare_many(exchange: Any, symbols: Mapping[str, Any], params: Any) -> Flow[bool]:
    """Load the markets, and learn whether the account is unified; its settings then serve the whole batch."""
    if not isinstance(params, Mapping):
        raise BadInput(f"params must be a dict, not {params!r}")
    exchange._memory.begin()
    demo = all(looks_demo(symbol, None) for symbol in symbols)
    if not exchange.markets:
        yield load_markets(demo, MANY_DEADLINE)
    if demo:
        return False
    unified, _ = yield from account_type(exchange, params, "setLeverage")
    if unified and exchange._memory.settings is None:
        exchange._memory.settings = yield from read_settings(exchange._memory, MANY_DEADLINE)
    return unified


def _product_type(exchange: Any, symbol: str) -> str | None:
    try:
        return find_contract(exchange.markets, exchange.markets_by_id, symbol, None, None).product_type
    except Refusal:
        return None


def set_one(exchange: Any, leverage: Any, symbol: Any, params: Any, patience: float) -> Flow[LeverageResult]:
    """Check one call, and carry it out."""
    exchange._memory.begin()
    ask = parse_ask(leverage, symbol, params, exchange.options.get("setLeverage"))
    for wanted, taken in ask.rounded.items():
        log.warning("%s: leverage %s is rounded down to %s; reckon with that", symbol, wanted, taken)
    extra = dict(ask.extra)
    pinned = {"uta": extra.pop("uta", None)}
    patience = patience if ask.options.deadline is None else ask.options.deadline
    contract = yield from contract_of(exchange, symbol, ask.product_type, ask.margin_coin, pinned["uta"], patience)
    check_limits(ask.wish, contract)

    def run(unified: bool, contract: Contract | None) -> Flow[LeverageResult]:
        assert contract is not None
        wire = (Unified if unified else Classic)(exchange, contract, ask.asserted, extra, patience)
        result = yield from _apply(wire, ask)
        if result["marginMode"] is not None:
            wire.memory.chose(contract, CROSSED if result["marginMode"] == "cross" else ISOLATED)
        return result

    return (yield from routed(exchange, contract, pinned, run))


def _apply(wire: Classic, ask: Ask) -> Flow[LeverageResult]:
    """Plan, write, and hold the reply against the plan; once more where memory turns out to be stale."""
    symbol, options = wire.contract.symbol, ask.options

    def planned(modes: Modes) -> Plan:
        return plan(modes, ask.wish, symbol, options.hold_side)

    seen: Seen | None = wire.at_hand()
    fresh = False

    def look() -> Flow[Modes]:
        nonlocal seen, fresh
        seen, fresh = (yield from _read(wire)), True
        return wire.planned(seen[0])

    modes = wire.remembered() if seen is None else wire.planned(seen[0])
    if (options.skip_unchanged and seen is None) or not wire.decides(modes):
        try:
            modes = yield from look()
        except ccxt.InvalidProxySettings:
            # Nothing can be sent, so nothing can be set: go on to the request itself, as ccxt's own request tests do.
            unsendable = Modes(ISOLATED, HEDGE) if ask.wish.side else Modes(CROSSED, ONE_WAY)
            modes = wire.asserted.over(unsendable)
    for last in (False, True):
        try:
            todo = planned(modes)
        except Refusal:
            if fresh or ask.asserted.decisive:
                raise
            modes = yield from look()  # memory alone is no ground for refusing
            todo = planned(modes)
        if todo.dropped:
            log.info("%s: holdSide %s is dropped, the account is in %s", symbol, todo.dropped, modes)
        if options.skip_unchanged and seen and _holds(seen[0], todo, modes) is True:
            return _result(wire.contract, seen[1], seen[0], todo, modes)
        try:
            force, raw = yield from wire.write(todo, modes)
        except ccxt.BaseError as error:
            code = errors.code_of(error)
            if code in errors.NO_CHANGE:
                force, raw = None, None
            elif code not in errors.HOLD_SIDE and not errors.is_about_hold_side(error):
                errors.reraise(error)
            else:
                if not fresh:
                    modes = yield from look()
                    if planned(modes) != todo:
                        continue  # memory was stale
                force, raw = yield from _in_other_words(wire, todo, modes, error)
        if force is not None:
            settled = options.verify is False or (options.verify == "reply" and _holds(force, todo, modes) is not False)
            if settled:
                return _result(wire.contract, raw, force, todo, modes)
        before, modes = modes, (yield from look())
        assert seen is not None
        try:
            todo = planned(modes)
        except Refusal as refusal:
            raise type(refusal)(f"{refusal}; the modes had changed when the request went out, {seen[0]}") from None
        if _holds(seen[0], todo, modes) is not False:
            return _result(wire.contract, raw or seen[1], seen[0], todo, modes)
        if last or not before.contradicts(modes):
            raise NotApplied(f"{symbol}: asked for {_asked(todo)}, acknowledged, but not applied; {seen[0]}")
    raise AssertionError("unreachable")


def _holds(force: InForce, todo: Plan, modes: Modes) -> bool | None:
    """Whether the account holds what the plan sets, in the modes it was made for; ``None`` where that is not told."""
    if force.modes.contradicts(modes):
        return False
    return agrees(replace(force, modes=force.modes.over(modes)), todo)


def _read(wire: Classic) -> Flow[Seen]:
    try:
        force, raw = yield from wire.read()
    except ccxt.BaseError as error:
        errors.reraise(error)
    if not wire.decides(wire.planned(force)):
        raise ccxt.BadResponse(f"bitget did not say the margin and position mode of {wire.contract.symbol}: {raw}")
    return force, raw


def _in_other_words(wire: Classic, todo: Plan, modes: Modes, error: ccxt.BaseError) -> Flow[tuple[InForce | None, Any]]:
    """The same wish for an exchange that wants the side told otherwise, though the modes were read a moment ago.

    A unified isolated one-way account may want both sides (https://www.bitget.com/api-doc/uta/account/Change-Leverage
    asks for posSide in isolated margin without naming the position mode); the dialect of 2025-03 knows no
    longLeverage and shortLeverage, and takes one request a side (https://github.com/ccxt/ccxt/issues/24700).
    """
    if wire.unified and todo.side is None and modes.margin == ISOLATED:
        todo = todo.both_sides()
        try:
            return (yield from wire.write(todo, modes))
        except ccxt.BaseError as second:
            error = second
    if todo.side != BOTH or not (errors.is_about_hold_side(error) or errors.misses_leverage(error)):
        errors.reraise(error)
    answers: list[InForce | None] = []
    raw = None
    for one in todo.one_by_one():
        try:
            answer, raw = yield from wire.write(one, modes)
            answers.append(answer)
        except ccxt.BaseError as refused:
            if errors.code_of(refused) in errors.NO_CHANGE:
                answers.append(None)
                continue
            about = f"long is set to {todo.long}x, short is not confirmed at {todo.short}x" if answers else ""
            errors.reraise(refused, about)
    return (None if None in answers else answers[-1]), raw


def _asked(todo: Plan) -> str:
    if todo.long == todo.short:
        return f"{todo.long}x"
    sides = (("long", todo.long), ("short", todo.short))
    return ", ".join(f"{side} {figure}x" for side, figure in sides if figure is not None)


def _result(contract: Contract, raw: Any, force: InForce, todo: Plan, modes: Modes) -> LeverageResult:
    """What is in force, from what the exchange said, and where it said nothing, from what was asked."""
    margin = force.modes.margin or modes.margin
    if margin == CROSSED:
        long = short = force.cross or todo.long or todo.short
    else:
        long, short = force.long or todo.long, force.short or todo.short
    return {  # type: ignore[typeddict-item]  # the raw reply has the other keys
        **raw,
        "info": raw,
        "symbol": contract.symbol,
        "marginMode": _ccxt_margin_mode(margin),
        "longLeverage": long,
        "shortLeverage": short,
    }


def _ccxt_margin_mode(mode: str | None) -> str | None:
    return "cross" if mode == CROSSED else mode


# --- companions ------------------------------------------------------------------------------------------------


def _named(params: Any) -> tuple[str | None, str | None, dict[str, Any]]:
    """Product type, margin coin and the rest of a companion's params."""
    rest = dict(params or {})
    product_type, margin_coin = rest.pop("productType", None), rest.pop("marginCoin", None)
    return (
        None if product_type is None else parse_product_type(product_type),
        None if margin_coin is None else str(margin_coin).upper(),
        rest,
    )


def _companion(
    exchange: Any,
    symbol: Any,
    params: Any,
    run: Callable[[Classic], Flow[T]],
) -> Flow[T]:
    product_type, margin_coin, rest = _named(params)
    pinned = {"uta": rest.pop("uta", None)}
    deadline = parse_options(exchange.options.get("setLeverage")).deadline
    patience = DEADLINE if deadline is None else deadline
    contract = yield from contract_of(exchange, symbol, product_type, margin_coin, pinned["uta"], patience)

    def on_wire(unified: bool, contract: Contract | None) -> Flow[T]:
        assert contract is not None
        wire = Unified if unified else Classic
        return (yield from run(wire(exchange, contract, Modes(), rest, patience)))

    return (yield from routed(exchange, contract, pinned, on_wire))


def _structure(exchange: Any, wire: Classic, parse: str) -> Flow[dict[str, Any]]:
    """ccxt's leverage structure on either account type, of which its margin mode structure is a part."""
    force, raw = yield from _fetched(wire)
    if not wire.unified:
        structure: dict[str, Any] = getattr(exchange, parse)(
            raw.get("data") or {}, exchange.markets[wire.contract.symbol]
        )
        return structure
    margin = wire.planned(force).margin
    known = force if force.modes.margin == margin else InForce(Modes())
    structure = {
        "info": unified_row(raw.get("data"), wire.contract.product_type, wire.contract.id, margin),
        "symbol": wire.contract.symbol,
        "marginMode": _ccxt_margin_mode(margin),
    }
    if parse == "parse_leverage":
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


def _fetched(wire: Classic) -> Flow[Seen]:
    try:
        return (yield from wire.read(wire.extra))
    except ccxt.BaseError as error:
        errors.reraise(error)


@speaks_ccxt
def set_margin_mode(exchange: Any, margin_mode: Any, symbol: Any, params: Any) -> Flow[dict[str, Any]]:
    """Set the margin mode of a contract: a request on classic accounts, a declaration on unified ones.

    A unified account has no endpoint for it; the mode is remembered, and every later ``set_leverage`` sends it.
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
        answer: dict[str, Any]
        if wire.unified:
            # https://www.bitget.com/api-doc/uta/account/Change-Leverage: the mode goes out with each leverage
            data = {"symbol": wire.contract.id, "marginMode": wanted}
            answer = {"code": "00000", "msg": "success", "requestTime": exchange.milliseconds(), "data": data}
        else:
            fields = {**wire.extra, **wire.target(), "marginMode": wanted}
            try:
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
        wire.memory.declare(wire.contract, wanted)
        wire.memory.chose(wire.contract, wanted)
        return answer

    return (yield from _companion(exchange, symbol, params, run))


@speaks_ccxt
def set_position_mode(exchange: Any, hedged: Any, symbol: Any, params: Any) -> Flow[Any]:
    """Set the position mode: per product type on classic accounts, one for all on unified ones.

    https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode,
    https://www.bitget.com/api-doc/uta/account/Change-Position-Mode

    :param bool hedged: ``True`` for hedge mode, ``False`` for one-way mode
    :param str symbol: names the product type; without it ``params.productType``, else ccxt's default (USDT-FUTURES)
    :param dict params: ``productType``, ``uta``; the rest is passed on
    :returns dict: the raw reply
    :raises ccxt.OperationRejected: a position or order locks the mode
    """
    wanted = parse_position_mode(bool(hedged))
    product_type, _, rest = _named(params)
    pinned = {"uta": rest.pop("uta", None)}
    contract = None
    if symbol is not None:
        contract = yield from contract_of(exchange, symbol, product_type, None, pinned["uta"], DEADLINE)
        product_type = contract.product_type
    elif product_type is None:
        product_type, rest = exchange.handle_product_type_and_params(None, rest)

    def run(unified: bool, contract: Contract | None) -> Flow[Any]:
        if unified:
            call = request("POST", "v3/account/set-hold-mode", {**rest, "holdMode": wanted})
        else:
            fields = {**rest, "posMode": wanted, "productType": product_type}
            call = request("POST", "v2/mix/account/set-position-mode", fields)
        try:
            answer = yield call
        except ccxt.BaseError as error:
            if errors.code_of(error) not in errors.POSITION_MODE_LOCKED:
                errors.reraise(error)
            mode, answer = yield from _position_mode(exchange, unified, str(product_type))
            if mode != wanted:
                errors.reraise(error)
        exchange._memory.set_position(UNIFIED if unified else product_type, wanted)
        return answer

    return (yield from routed(exchange, contract, pinned, run, demo=str(product_type) if product_type in DEMO else ""))


def _position_mode(exchange: Any, unified: bool, product_type: str) -> Flow[tuple[str | None, Any]]:
    """The position mode in force, read through any contract of the product type; None where none is listed."""
    if not exchange.markets:
        yield load_markets(product_type in DEMO, DEADLINE)
    contract = any_contract(exchange.markets, product_type)
    if contract is None:
        return None, None
    force, raw = yield from _fetched((Unified if unified else Classic)(exchange, contract, Modes(), {}, DEADLINE))
    return force.modes.position, raw
