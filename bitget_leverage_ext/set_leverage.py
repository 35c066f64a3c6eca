"""``set_leverage``: resolve the modes, resolve the change, write it, verify it; and record what was asked for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, TypedDict

import ccxt

from . import errors
from ._exchange import Exchange, margin_mode_of_orders
from ._retry import Deadline, is_transient, take_lock
from ._runner import Sleep
from .account_type import account_type, with_account_type_retry
from .api.base import AccountApi
from .api.classic import ClassicApi
from .api.unified import UnifiedApi
from .markets import contract_for_account, contract_of, resolve_contract
from .requested import ContractLeverage, KnownPosition, next_number
from .rules.arguments import Options, SetLeverageArgs, check_limits, parse_args
from .rules.change import LeverageChange, RequestedLeverage, Scope, is_decisive, resolve_change
from .rules.contracts import Contract
from .rules.formats import RequestBody, build_bodies
from .rules.matching import matches, other_side_changed
from .rules.modes import BOTH, CROSSED, HEDGE, ISOLATED, LONG, ONE_WAY, SIDES, LeverageSnapshot, MarginMode, Modes, Side
from .rules.refusals import AboveMaximum, BadInput, MissingInput, NotApplied, Refusal, WrongMode, shown
from .state import ReadCache, Reading

log = logging.getLogger("bitget_leverage_ext")

Leverage = int | float | str | Decimal | None

# Seconds for one call, and for each symbol of a batch, where options['setLeverage']['deadline'] is unset. A batch may
# share its five writes a second with other processes.
DEADLINE = 10.0
BATCH_DEADLINE = 60.0
# A read that does not show a write yet is repeated after these waits, in seconds; two seconds in all.
_READ_AGAIN = (0.1, 0.3, 0.6, 1.0)


class LeverageResult(TypedDict):
    """The result of ``set_leverage``: the raw reply as ccxt returns it, and ccxt's leverage structure.

    ``marginMode`` is ``'cross'`` or ``'isolated'``; in cross both leverages are the one cross leverage. A leverage is
    None where it is not known.
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


async def set_leverage(
    exchange: Exchange,
    leverage: Any,
    symbol: Any,
    params: Any,
    seconds: float = DEADLINE,
    cache: ReadCache | None = None,
) -> LeverageResult:
    """Set the leverage of a futures contract, on the side that is asked for, on any Bitget account.

    Orders that open a position through any object of this key carry the margin mode whose leverage was set, and a
    leverage that could not be set yet is set before the next of them.
    The hold-side rules are https://www.bitget.com/api-doc/contract/account/Change-Leverage and
    https://www.bitget.com/api-doc/uta/account/Change-Leverage

    :param int|float|str|Decimal leverage: a whole number, 1 to the contract's maximum; None with a leverage by side
    :param str symbol: a unified contract symbol (``'BTC/USDT:USDT'``) or a market id (``'BTCUSDT'``)
    :param dict params: never changed; ``symbol`` and ``leverage`` may repeat the arguments; what is not named here is
        passed on untouched
    :param str params.holdSide: ``'long'``, ``'short'`` or ``'both'``, any case; also ``posSide``, ``positionSide``,
        ``side``
    :param int params.longLeverage: the leverage of the long side; alone, it means that side
    :param int params.shortLeverage: the leverage of the short side; alone, it means that side
    :param str params.marginMode: ``'cross'`` or ``'isolated'``; asserts what the account is (classic), or chooses
        whose leverage is set (unified, where ``'both'`` sets isolated and then crossed)
    :param bool params.hedged: asserts the position mode, ``True`` for hedge mode
    :param str params.productType: one of the six, any case; must fit the market
    :param str params.marginCoin: any case; must be one that the contract supports
    :param bool params.uta: as in ccxt
    :param bool params.skipUnchanged: read first, and write only what differs
    :param str|bool params.verify: ``'reply'``, ``'read'`` or ``False``
    :param str params.fractional: ``'reject'`` or ``'floor'``
    :returns LeverageResult: the raw reply, and ccxt's leverage structure
    :raises ccxt.BadRequest: a value that is not allowed, before anything is sent; or the exchange's maximum
    :raises ccxt.ArgumentsRequired: no symbol, no side in isolated hedge mode, or one side where the exchange wants
        both and the other side's leverage is not known
    :raises ccxt.BadSymbol: not a futures contract
    :raises ccxt.NotSupported: an S-coin product on a unified account
    :raises ccxt.OperationRejected: orders, a position, a role or risk control lock the leverage
    :raises ccxt.InsufficientFunds: too little margin for the new leverage
    :raises LeverageNotApplied: acknowledged, but the account holds something else; or the account is not in the mode
        that the call names
    :raises ccxt.AuthenticationError, ccxt.PermissionDenied: the key; the message says what is wrong with it
    :raises ccxt.NetworkError: a fault that outlasted the deadline
    """
    args = parse_args(leverage, symbol, params, exchange.options.get("setLeverage"))
    deadline = Deadline(args.options.seconds(seconds))
    for written, whole in args.rounded.items():
        log.warning(
            "%s: leverage %s was rounded down to %s; your program must calculate with %s", symbol, written, whole, whole
        )
    cache = cache or ReadCache(exchange.account_state)
    state = cache.state
    number = state.begin_call(symbol, args.requested)
    try:
        try:
            contract = await resolve_contract(
                exchange, symbol, args.product_type, args.margin_coin, args.uta, cache, deadline
            )
        except BaseException as error:
            if keep_request(exchange, symbol, args, error):
                _raise_still_asked(error, args)
            raise
        if state.kept_requests:
            record_kept_requests(exchange)
        if args.repeated_symbol not in (None, symbol):
            _check_repeated_symbol(exchange, contract, args.repeated_symbol, symbol)
        return await _Call(exchange, contract, args, cache, deadline, state.contract(contract.symbol)).run()
    finally:
        del state.under_way[number]


def _check_repeated_symbol(exchange: Exchange, contract: Contract, repeated: object, symbol: object) -> None:
    with suppress(Refusal):
        if contract_of(exchange, repeated).symbol == contract.symbol:
            return
    raise BadInput(f"params['symbol'] is {shown(repeated)}, but the argument symbol is {shown(symbol)}; give it once")


def keep_request(exchange: Exchange, symbol: Any, args: SetLeverageArgs, error: BaseException) -> bool:
    """Keep what a call asked for that failed before it began, until the next call or order that knows the contract.

    Return whether it stays asked for.
    """
    if isinstance(error, Refusal):
        return False
    refused = why_refused(error)
    kept = exchange.account_state.kept_requests
    key = str(symbol), args.modes.margin, args.both_margins, args.requested.side, refused is None
    kept.pop(key, None)
    kept[key] = args, next_number(), refused
    return refused is None


def record_kept_requests(exchange: Exchange) -> None:
    """Record what was asked for by calls that failed before they began; the markets are loaded now."""
    state = exchange.account_state
    kept, state.kept_requests = state.kept_requests, {}
    for (symbol, *_), (args, number, refused) in kept.items():
        try:
            contract = contract_of(exchange, symbol, args.product_type, args.margin_coin)
            check_limits(args.requested, contract)
        except Refusal as refusal:
            log.warning("%s: what set_leverage asked for is not allowed: %s", symbol, refusal)
            continue
        state.contract(contract.symbol).record_call(args, number, Modes(), refused)


@dataclass
class _Call:
    """One call of ``set_leverage`` on a known contract; it records what was asked for, whatever its outcome.

    :ivar begun: what was begun on the account: one change, or one for each margin mode
    :ivar both_modes: whether both margin modes of a unified account are meant
    """

    exchange: Exchange
    contract: Contract
    args: SetLeverageArgs
    cache: ReadCache
    deadline: Deadline
    record: ContractLeverage
    begun: list[SetLeverage] = field(default_factory=list)
    both_modes: bool = False

    async def run(self) -> LeverageResult:
        exchange, contract, uta = self.exchange, self.contract, self.args.uta
        try:
            check_limits(self.args.requested, contract)
            # Two calls that set the leverage of one contract would otherwise undo each other's half of it.
            with await take_lock(exchange.flow_locks, contract.symbol, self.deadline, contract.symbol):
                unified = await account_type(exchange, self.cache, self.deadline, uta, demo=contract.demo)
                demo = contract.symbol if contract.demo else ""
                result = await with_account_type_retry(exchange, unified, uta, self._set, demo)
            self.record.record_call(self.args, next_number(), self.begun[-1].modes, None, self.both_modes)
            return result
        except BaseException as error:
            self._record_failure(error)
            raise

    async def _set(self, unified: bool) -> LeverageResult:
        if self.contract.unified is not unified and self.args.uta is None:
            self.contract = await contract_for_account(self.exchange, self.contract, unified)
        if unified:
            return await self._set_on_unified()
        if self.args.both_margins:
            raise BadInput(
                "marginMode 'both' is for unified accounts, which keep a leverage for each; this account is classic, "
                "and a contract is in one margin mode: use 'cross' or 'isolated', or leave it out"
            )
        return await self._set_in(ClassicApi, self.args.modes)

    async def _set_in(self, api: type[AccountApi], expected: Modes) -> LeverageResult:
        account = api(self.exchange, self.contract, self.cache, self.deadline, expected, self.args.extra)
        options, name = self.args.options, self.contract.symbol
        begun = SetLeverage(account, self.args.requested, options, self.record, name)
        begun.default_side = BOTH if self.both_modes and account.unified else options.hold_side
        self.begun.append(begun)
        return await begun.run()

    # -- unified: whose leverage --------------------------------------------------------------------------------------

    def _chosen_modes(self) -> tuple[MarginMode, ...]:
        """Return the margin modes whose leverage is set, in order; empty where nobody chose one.

        A unified account keeps a leverage for each margin mode, and the order's margin mode decides which counts; an
        order that names none is crossed. https://www.bitget.com/api-doc/uta/trade/Place-Order
        """
        chosen: MarginMode | Side | None = BOTH if self.args.both_margins else self.args.modes.margin
        if chosen is None and self.record.chosen is not None:
            chosen = self.record.chosen[0]
        chosen = chosen or self.args.options.margin_mode or margin_mode_of_orders(self.exchange)
        if chosen is None:
            return ()
        return (chosen,) if isinstance(chosen, MarginMode) else (ISOLATED, CROSSED)

    async def _set_on_unified(self) -> LeverageResult:
        """Set the leverage of the chosen margin mode, or of both: isolated first, the result is that of crossed."""
        chosen, position = self._chosen_modes(), self.args.modes.position
        margins = chosen or (CROSSED,)
        self.both_modes = len(margins) > 1
        if self.both_modes:
            resolve_change(Modes(CROSSED), self.args.requested, self.contract.symbol)  # refuse before anything is sent
            await self._set_in(UnifiedApi, Modes(ISOLATED, position))
        elif not chosen:
            self._warn_of_default()
        try:
            result = await self._set_in(UnifiedApi, Modes(margins[-1], position))
        except ccxt.BaseError as error:
            if not self.both_modes:
                raise
            before = f"isolated margin was set before, to {self.args.requested}; crossed margin is not"
            errors.raise_with(error, before)
        if (self._chosen_modes() or (CROSSED,)) != margins:
            # set_margin_mode() was called in the meantime: orders are in that mode, so its leverage is meant
            return await self._set_on_unified()
        return result

    def _warn_of_default(self) -> None:
        reading = UnifiedApi(self.exchange, self.contract, self.cache, self.deadline, Modes(CROSSED)).cached_reading()
        shows_isolated = reading is not None and reading.snapshot.modes.margin is ISOLATED
        named = self.args.requested.side in SIDES
        if named or shows_isolated:
            log.warning(
                "%s: %s, but no margin mode was chosen: the leverage of crossed margin is set, which orders without a "
                "margin mode use; to mean isolated margin, call set_margin_mode('isolated', %r) "
                "or pass marginMode='isolated'",
                self.contract.symbol,
                f"the hold side {self.args.requested.side} was named" if named else "the settings show isolated margin",
                self.contract.symbol,
            )

    # -- what was asked for -------------------------------------------------------------------------------------------

    def _record_failure(self, error: BaseException) -> None:
        """Record a call that failed: it has still said what is wanted, or it was refused and has asked for nothing.

        :raises BaseException: *error*, with a sentence that says what stays asked for
        """
        refused = why_refused(error)
        if isinstance(error, Refusal) and not isinstance(error, (MissingInput, NotApplied)):
            if not self.begun and not isinstance(error, AboveMaximum):
                return
            refused = str(error)
        elif isinstance(error, WrongMode) or errors.code_of(error) in errors.NAMES_ACCOUNT_TYPE:
            return
        modes = self.begun[-1].modes if self.begun else Modes()
        self.record.record_call(self.args, next_number(), modes, refused, self.both_modes)
        if refused is None:
            _raise_still_asked(error, self.args)


def _raise_still_asked(error: BaseException, args: SetLeverageArgs) -> None:
    """Raise *error* with a sentence that says what stays asked for, where orders are looked after."""
    if not args.options.ensure_orders or not isinstance(error, (Refusal, ccxt.BaseError)):
        return
    stays = "stays asked for: it is set before the next order that opens here, or that order is held back"
    text = f"{error}; {args.requested} {stays}"
    if isinstance(error, Refusal):
        raise type(error)(text) from error.__cause__
    raise errors.copied(error, text) from error.__cause__


def why_refused(error: BaseException) -> str | None:
    """Return the text of *error*, where the exchange refused the call for its value or for the state of the account."""
    if isinstance(error, (ccxt.ArgumentsRequired, errors.LeverageNotApplied)) or is_transient(error):
        return None
    return " ".join(str(error).split()) if isinstance(error, ccxt.ExchangeError) else None


# --- one leverage of one margin mode ---------------------------------------------------------------------------------


def isolated_position(positions: Sequence[KnownPosition], side: Side) -> KnownPosition | None:
    return next((each for each in positions if each.side is side and each.margin is ISOLATED), None)


class _ModesChanged(Exception):  # noqa: N818  # control flow, never raised to the caller
    """The remembered modes were stale and have been read since: resolve the change again."""


@dataclass
class SetLeverage:
    """Set one leverage of one margin mode on the account.

    :ivar name: the contract's unified symbol
    :ivar modes: the modes that the change is resolved for
    :ivar default_side: the side of a call that names none
    :ivar positions: the open positions, where an order has read them; they keep their leverage then
    :ivar reading: what this call has read
    """

    api: AccountApi
    requested: RequestedLeverage
    options: Options
    record: ContractLeverage
    name: str
    modes: Modes = field(default_factory=Modes)
    default_side: Side | None = None
    positions: Sequence[KnownPosition] | None = None
    reading: Reading | None = None
    _sent: LeverageChange | None = None
    _before: LeverageSnapshot | None = None  # what the account held before the write, where that was read
    _resolved_again: bool = False

    async def run(self) -> LeverageResult:
        self.modes = self.api.expected  # until more is known
        await self._resolve_modes()
        while True:
            try:
                change = await self._resolve_change()
                if self.name in self.api.cache.state.unconfirmed_writes:
                    self._warn_of_unconfirmed_writes(change)
                reading = self.reading
                if self.options.skip_unchanged and reading and self._is_in_force(reading.snapshot, change):
                    return self._result(reading.raw, reading.snapshot, change)
                reply = await self._write(change)
                return await self._verify(self._sent or change, reply)
            except _ModesChanged:  # at most once: by then the modes are read, and the flag is set
                self._resolved_again = True

    def _is_in_force(self, snapshot: LeverageSnapshot, change: LeverageChange) -> bool:
        """Return whether a read shows what is wanted; a unified account's row may be older than our last write."""
        if matches(snapshot, change, self.modes) is not True:
            return False
        margin = self.modes.margin
        if not self.api.unified or margin is None:
            return True
        written = [(self.record.confirmed.get((margin, side)), value) for side, value in change.by_side.items()]
        return all(last is None or last.leverage == value for last, value in written)

    def _warn_of_unconfirmed_writes(self, change: LeverageChange) -> None:
        if older := self.api.cache.state.unconfirmed(self.api.contract, change):
            log.warning(
                "%s: an earlier request for %s was not answered and may still take effect, up to 30 seconds after it "
                "was sent; check with fetch_leverage() before you rely on %s",
                self.name,
                " and another for ".join(older),
                change,
            )

    # -- resolve the modes --------------------------------------------------------------------------------------------

    async def _resolve_modes(self) -> None:
        """Know the modes: from the state where that can do no harm, else from a read of this call."""
        api, known, product_type = self.api, self.api.cache.state.position_modes, self.api.contract.product_type
        modes = None if self.options.skip_unchanged else api.modes_from_state(self.requested)
        if modes is not None:
            self.modes = modes
            return
        try:
            reading = api.cached_reading()
            if reading is None and not api.unified and product_type not in known:
                # One call reads the position mode of the product type; that may save the others their read.
                key, doing = ("modes", product_type), f"modes of {self.name}"
                with await take_lock(api.exchange.flow_locks, key, api.deadline, doing):
                    if product_type not in known:
                        reading = await api.read()
                if reading is None:
                    return await self._resolve_modes()
            self._store(reading or await api.reading())
        except ccxt.InvalidProxySettings:
            # Nothing can be sent, so nothing can be set: go on to the request, as ccxt's own request tests do.
            default = Modes(ISOLATED, HEDGE) if self.requested.side else Modes(CROSSED, ONE_WAY)
            self.modes = api.expected.over(default)

    def _store(self, reading: Reading) -> None:
        self.api.check_expected_modes(reading.snapshot)
        self.modes = self.api.effective_modes(reading.snapshot)
        self.reading = reading
        if not is_decisive(self.modes):
            raise ccxt.BadResponse(
                f"bitget did not return the margin and position mode of {self.name}: {str(reading.raw)[:300]}"
            )

    # -- resolve the change -------------------------------------------------------------------------------------------

    async def _resolve_change(self) -> LeverageChange:
        """Return what must hold. What is remembered alone is no reason to refuse: then the modes are read first."""
        try:
            return self._change()
        except Refusal:
            # The caller's word decides on classic accounts only: a unified one may have become classic.
            if self.reading is not None or (is_decisive(self.api.expected) and not self.api.unified):
                raise
        self._store(await self.api.read())
        return self._change()

    def _change(self) -> LeverageChange:
        after = None if self._sent is None else self.reading
        try:
            change = resolve_change(self.modes, self.requested, self.name, self.default_side)
        except Refusal as refusal:
            if after is None:
                raise
            self.record.not_acknowledged(self.modes.margin)  # the account took it for something else
            text = f"{refusal}; the modes had changed when the request was sent, {after.snapshot}"
            raise type(refusal)(text) from None
        if after is not None:
            self._refuse_change_of_other_side(after.snapshot, change)
        if change.dropped:
            log.info("%s: holdSide %s is dropped, the account is in %s", self.name, change.dropped, self.modes)
        return change

    # -- write --------------------------------------------------------------------------------------------------------

    async def _write(self, change: LeverageChange) -> Reading | None:
        """Send *change* in the first format that the account accepts; None where it says that it holds it already."""
        state, unified = self.api.cache.state, self.api.unified
        refusal: ccxt.BaseError | None = None
        unknown: MissingInput | None = None
        formats = state.formats(unified, change.scope)
        for fmt in formats:
            sending = change
            if fmt.both_leverages and change.side is not None:
                if unknown is not None:
                    continue
                try:
                    sending = await self._with_other_side(change)
                    self._warn_of_unconfirmed_writes(sending)
                except MissingInput as missing:
                    unknown = missing  # a format that was refused before and carries one side may be accepted by now
                    continue
            done: dict[Side, int] = {}
            try:
                reply = await self._send(build_bodies(fmt, sending), sending, done)
            except ccxt.BaseError as error:
                if done or not errors.is_about_format(error):
                    raise
                refusal = error
                await self._check_modes_once(change)
                state.record_format(unified, change.scope, fmt, accepted=False)
                continue
            if len(formats) > 1:
                state.record_format(unified, change.scope, fmt, accepted=True)
            self._sent, self._before = sending, self.reading.snapshot if self.reading else None
            return reply
        if unknown is not None:
            raise unknown from refusal
        assert refusal is not None
        raise refusal

    async def _check_modes_once(self, change: LeverageChange) -> None:
        """Stop relying on the state.

        :raises _ModesChanged: it was wrong about the modes, so *change* is out of date
        """
        if self.reading is None:
            self._store(await self.api.read())
            if self._change() != change:
                raise _ModesChanged

    async def _with_other_side(self, change: LeverageChange) -> LeverageChange:
        """Return *change* with the leverage of the other side, from the first source that knows it; never guessed."""
        assert change.side is not None
        other = change.side.other
        value = await self._known_leverage(change, other)
        if value is None and self.options.same_other_side:
            value = change.by_side[change.side]
        if value is None:
            raise MissingInput(
                f"{self.name}: this account sets both sides together, and the leverage of the {other} side is not "
                f"known and not guessed: name both, params={{'longLeverage': …, 'shortLeverage': …}}, or set "
                "options['setLeverage']['otherSide'] = 'same'"
            )
        if self.reading is not None:
            known = LeverageSnapshot(Modes(), **{other.value: value})
            self.reading = Reading(known.over(self.reading.snapshot), self.reading.raw)
        return change.completed(value)

    async def _known_leverage(self, change: LeverageChange, other: Side) -> int | None:
        value: float | None = self.record.missing(ISOLATED, other, hedged=True)
        if value is None:
            await self._check_modes_once(change)
            held = None
            if self.positions is None:  # where an order has read them, there is none on that side
                held = isolated_position(await self.api.read_positions_if_allowed(), other)
            value = (held and held.leverage) or self.record.acknowledged(ISOLATED, other)
        if value is None and self.reading is not None:
            value = self.api.row_leverage(self.reading, other)
        return None if value is None or value != int(value) else int(value)

    async def _send(
        self, bodies: Sequence[RequestBody], change: LeverageChange, done: dict[Side, int]
    ) -> Reading | None:
        """Send the requests of one format. An error after the first names the side that is set already.

        :param done: the sides that are set already
        """
        reply: Reading | None = None
        changed = True
        for body in bodies:
            try:
                reply = await self.api.write(body, self.modes, partial(self._outcome_unknown, change, body))
            except ccxt.BaseError as error:
                if errors.code_of(error) in errors.NO_CHANGE:
                    changed = False
                elif done:
                    if self.modes.margin is not None:
                        self.record.acknowledge(self.modes.margin, done)
                    state = " and ".join(f"{side} is set to {value}x" for side, value in done.items())
                    wanted = change.by_side.get(body.side or LONG)
                    errors.raise_with(error, f"{state}, {body.side} is not confirmed at {wanted}x")
                else:
                    raise
            if body.side is not None:
                done[body.side] = change.by_side[body.side]
        return reply if changed else None

    def _outcome_unknown(self, change: LeverageChange, body: RequestBody) -> None:
        self.api.cache.state.add_unconfirmed(self.api.contract, change)
        if self.modes.margin is not None:
            self.record.outcome_unknown(self.modes.margin, body.sets)

    # -- verify -------------------------------------------------------------------------------------------------------

    async def _verify(self, sent: LeverageChange, reply: Reading | None) -> LeverageResult:
        """Return the result once it is sure.

        :param sent: the change, with the other side's own leverage where the request had to name it
        :raises _ModesChanged: the modes had changed, so that the change must be resolved again
        """
        if reply is not None:
            if any(self.api.expected):
                self._check_expected_modes(reply.snapshot)
            verdict = matches(reply.snapshot, sent, self.modes)
            if sent.scope is Scope.ONE_SIDE:
                self._refuse_change_of_other_side(reply.snapshot, sent)
            if self.options.verify is False or (self.options.verify == "reply" and verdict is not False):
                return self._result(reply.raw, reply.snapshot, sent)
        return await self._decide_by_account(sent, reply)

    def _refuse_change_of_other_side(self, snapshot: LeverageSnapshot, change: LeverageChange) -> None:
        if other_side_changed(self._before, snapshot, change):
            self.record.not_acknowledged(self.modes.margin)
            raise NotApplied(f"{self.name}: the side that was not asked for changed as well; {snapshot}")

    def _check_expected_modes(self, snapshot: LeverageSnapshot) -> None:
        try:
            self.api.check_expected_modes(snapshot)
        except WrongMode:
            self.record.not_acknowledged(snapshot.modes.margin)  # the leverage of that mode has changed
            self.record.not_acknowledged(self.modes.margin)
            raise

    async def _decide_by_account(self, sent: LeverageChange, reply: Reading | None) -> LeverageResult:
        """Decide by what the account holds; with ``verify='read'``, what shows the old leverage is read again."""
        before, report_read = self.modes, self.options.verify == "read"
        for wait in (0.0, *(_READ_AGAIN if report_read else ())):
            if wait:
                if self.api.deadline.seconds and self.api.deadline.left <= wait:
                    break
                await Sleep(wait)
            try:
                self.reading = reading = await self.api.read_back(self.modes)
            except ccxt.BaseError as error:
                errors.raise_with(error, "the leverage was acknowledged, but could not be read back")
            self._check_expected_modes(reading.snapshot)
            self.modes = self.api.effective_modes(reading.snapshot).over(before)
            change = self._change()
            if change.scope is not sent.scope:
                sent = change  # the modes had changed: what was sent on one side may be in force on both
            shown = reading.snapshot
            verdict = matches(shown, change, self.modes)
            if matches(shown, sent, self.modes) is False:
                verdict = False  # the other side, which was sent along
            if verdict is None and reply is not None and matches(reply.snapshot, sent, self.modes) is False:
                verdict, shown = False, reply.snapshot  # the account does not show that the reply is wrong
            if verdict is not True and not self._resolved_again and before.contradicts(self.modes):
                raise _ModesChanged
            if verdict is None and report_read:
                log.warning(
                    "%s: %s was acknowledged, but the account does not show it: not confirmed", self.name, change
                )
            if verdict is not False:
                return self._result((reply or reading).raw, reading.snapshot, sent, only_shown=report_read)
        self.record.not_acknowledged(self.modes.margin)
        raise NotApplied(f"{self.name}: Bitget accepted {sent} but did not apply it; {shown}")

    # -- result -------------------------------------------------------------------------------------------------------

    def _result(
        self, raw: Any, snapshot: LeverageSnapshot, change: LeverageChange, only_shown: bool = False
    ) -> LeverageResult:
        """Return what is in force: what the exchange said, else what was sent, or None if *only_shown*."""
        margin = snapshot.modes.margin or self.modes.margin
        if margin is not None:
            self.modes = Modes(margin, self.modes.position)
            self.record.acknowledge(margin, change.by_side)
        long, short = snapshot.long, snapshot.short
        if margin is CROSSED:
            long = short = snapshot.cross
        return {  # type: ignore[typeddict-item]  # the raw reply has the other keys
            **raw,
            "info": raw,
            "symbol": self.name,
            "marginMode": margin and margin.in_ccxt,
            "longLeverage": change.long if long is None and not only_shown else long,
            "shortLeverage": change.short if short is None and not only_shown else short,
        }
