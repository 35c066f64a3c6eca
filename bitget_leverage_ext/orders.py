"""Orders: the margin mode that they carry, and the leverage that is set before one opens a position.

ccxt makes and sends the request; this module adds ``marginMode`` to the params. Before an order opens, a leverage that
was asked for and is known to be missing is set, or the order is held back. An order that closes or protects a
position is never held back, and never changes the account. Where our own code fails, ccxt's own request is sent, with
a WARNING.

Before an order, at most these reads are sent: the account type and the markets, where they are unknown
(``_OrderCall.run``); for a stop whose margin mode is not sure, its position (``_look_for_position``); where a leverage
is missing, the contract's position (``ensure_leverage``), and on a classic account its margin mode if that is unknown.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

import ccxt

from . import errors
from ._exchange import Exchange, margin_mode_of_orders
from ._retry import Deadline, as_ccxt, may_have_arrived
from ._runner import ExchangeCall, set_inside
from .account_type import live_only, settled_type, type_after_one_try, uta_override, with_account_type_retry
from .api import classic as classic_api
from .api import unified as unified_api
from .api.base import AccountApi
from .api.classic import ClassicApi
from .api.fields import MARGIN_MODE, TRIGGERS
from .api.unified import UnifiedApi
from .ensure_leverage import ENSURE_DEADLINE, POSITION_DEADLINE, EnsureLeverage
from .markets import contract_for_account, contract_of
from .requested import ContractLeverage, KnownPosition, next_number
from .rules.arguments import DEFAULTS, MARGIN_MODES, Options, parse_options
from .rules.contracts import Contract, looks_demo
from .rules.modes import CROSSED, SIDES, MarginMode, Modes, Side
from .rules.order_modes import (
    KnownModes,
    OrderShape,
    closing_mode,
    is_guess,
    must_look_for_position,
    opening_mode,
    refuses_to_close,
)
from .rules.refusals import Refusal
from .set_leverage import record_kept_requests
from .state import ReadCache

log = logging.getLogger("bitget_leverage_ext")

OrderArgs = tuple[Any, Any, Any, Any, Any, Any]  # symbol, type, side, amount, price, params


async def create_order(exchange: Exchange, send: Callable[..., Any], args: OrderArgs) -> Any:
    """Place an order as ccxt does; one that opens has the leverage and margin mode that were asked for, or is not sent.

    https://www.bitget.com/api-doc/contract/trade/Place-Order, https://www.bitget.com/api-doc/uta/trade/Place-Order

    :param dict params: as in ccxt
    :param str params.marginMode: ``'cross'``, ``'crossed'`` or ``'isolated'``, any case: what the caller names is sent;
        so is ``options['createOrder']['marginMode']``, and whatever else ccxt takes for it
    :returns dict: as in ccxt
    :raises OrderNotSent: the leverage that was asked for could not be set; it is a ``LeverageNotApplied`` and a
        ``ccxt.InvalidOrder``
    :raises ccxt.ExchangeError: as in ccxt; an exit that finds no position is first sent once more in the other margin
        mode, where its mode was a guess
    """
    return await _OrderCall(exchange, send, [args], args[5]).run()


async def create_orders(exchange: Exchange, send: Callable[..., Any], orders: Any, params: Any) -> Any:
    """Place a batch as ccxt does; its orders carry one margin mode, and have the leverage that was asked for.

    https://www.bitget.com/api-doc/contract/trade/Batch-Order, https://www.bitget.com/api-doc/uta/trade/Place-Batch

    :param list orders: as in ccxt; ``params.marginMode`` of each as in :meth:`create_order`
    :param dict params: as in ccxt; ``marginMode`` for orders that name none
    :returns list: as in ccxt
    :raises OrderNotSent: the leverage that was asked for could not be set
    :raises ccxt.BadRequest: two orders that name different margin modes
    """
    try:
        rows = [
            (row["symbol"], row["type"], row["side"], row.get("amount"), row.get("price"), row.get("params") or {})
            for row in orders
        ]
    except Exception:
        rows = []
    if not rows:
        return await ExchangeCall(send, (orders, params))  # ccxt refuses what is not a list of orders
    return await _OrderCall(exchange, send, rows, params, batch=orders).run()


@dataclass
class _OrderCall:
    """One ``create_order`` or ``create_orders``.

    :ivar method: ccxt's own
    :ivar rows: the arguments of each order, one at least; all of one contract
    :ivar batch: the orders as the caller of ``create_orders`` wrote them, None in ``create_order``
    :ivar number: the number of the call in the order of events
    :ivar deadline: of what is done before the order is sent, from the first time that something is
    """

    exchange: Exchange
    method: Callable[..., Any]
    rows: Sequence[OrderArgs]
    params: Any
    batch: Any = None
    number: int = field(default_factory=next_number)
    deadline: Deadline | None = None

    async def run(self) -> Any:
        exchange, uta = self.exchange, self.params.get("uta") if isinstance(self.params, Mapping) else None
        one_try = functools.partial(
            type_after_one_try, exchange, uta=uta, method="createOrder", seconds=ENSURE_DEADLINE
        )
        unified: bool | None = None
        if not exchange.markets:
            demo = looks_demo(self.rows[0][0], None)
            unified = await one_try(demo=demo)
            with set_inside(settled_type, unified), set_inside(live_only, demo):
                await ExchangeCall(exchange.load_markets)
        contract = self._contract()
        if contract is None:
            return await self.send(self.rows)
        self.state = exchange.account_state
        if self.state.kept_requests:
            record_kept_requests(exchange)
        self.contract, self.record = contract, self.state.contract(contract.symbol)
        if unified is None:
            unified = await one_try(demo=contract.demo)
        return await with_account_type_retry(
            exchange, unified, uta, self.place_on, contract.symbol if contract.demo else ""
        )

    def _contract(self) -> Contract | None:
        """Return the contract of the orders, None where they are not futures orders or not of one contract."""
        symbol = self.rows[0][0]
        if not isinstance(symbol, str) or (self.batch is not None and any(row[0] != symbol for row in self.rows)):
            return None
        try:
            # ccxt decides what a market id means; spot, margin and stock orders are left alone
            market = self.exchange.market(symbol)
            return contract_of(self.exchange, market["symbol"]) if market.get("contract") else None
        except (Refusal, ccxt.BaseError):
            return None

    async def place_on(self, unified: bool) -> Any:
        """Place the orders on an account of this type."""
        if self.contract.unified is not unified:
            self.contract = await contract_for_account(self.exchange, self.contract, unified)
        try:
            classified = self._classify(unified)
        except Exception as error:
            log.warning(
                "%s: the order is sent as ccxt has it: %s: %s", self.contract.symbol, type(error).__name__, error
            )
            classified = None
        return await self.send(self.rows, unified) if classified is None else await classified.run()

    async def send(self, rows: Sequence[OrderArgs], unified: bool | None = None) -> Any:
        """Send orders with these arguments as ccxt does, to an account of the type that was found out."""
        params = self.params
        ccxt_knows = unified is None or uta_override(self.exchange, None, "createOrder") is unified
        if not ccxt_knows and isinstance(params, Mapping):
            # the type could not be read, or is the caller's: named in the params, ccxt does not ask for it once more
            params = {**params, "uta": unified}
            if self.batch is None:
                rows = [(*rows[0][:5], {**rows[0][5], "uta": unified})]
        if self.batch is None:
            return await ExchangeCall(self.method, rows[0])
        orders = self.batch
        if rows is not self.rows:
            orders = [{**order, "params": args[5]} for order, args in zip(self.batch, rows, strict=True)]
        return await ExchangeCall(self.method, (orders, params))

    def _classify(self, unified: bool) -> _ClassifiedOrders | None:
        """Return what is known about the orders; None for an order that is left to ccxt."""
        options, wrong = DEFAULTS, None
        try:
            options = parse_options(self.exchange.options.get("setLeverage"))
        except Refusal as refusal:
            wrong = refusal
        if not options.ensure_orders:
            return None
        orders, named = [], None
        for row in self.rows:
            shape, word = self._shape(row, unified), _named(row[5]) or _named(self.params)
            mode = None if word is None else MARGIN_MODES.get(word)
            if shape is None or (word and mode is None) or (named and mode and named is not mode):
                return None  # ccxt has its own answer to an unknown word, and to a batch of two modes
            orders.append(replace(shape, amount=self.exchange.parse_number(row[3])))
            named = named or mode
        program = self.record.last_mode[0]
        if program is None and unified and isinstance(options.margin_mode, MarginMode):
            program = options.margin_mode
        known = KnownModes(named, margin_mode_of_orders(self.exchange, self.batch is not None), program)
        return _ClassifiedOrders(self, self.contract, self.record, orders, unified, options, known, wrong)

    def _shape(self, row: OrderArgs, unified: bool) -> OrderShape | None:
        """Return the shape of one order, from the request that ccxt builds for it; None where ccxt refuses it."""
        build = self.exchange.create_uta_order_request if unified else self.exchange.create_order_request
        params = dict(row[5])
        params.pop("uta", None)
        try:
            fields = build(*row[:5], params)
        except ccxt.BaseError:
            return None  # ccxt raises the same when it places the order
        strategy = params.get("stopLossPrice") is not None or params.get("takeProfitPrice") is not None
        if unified and not strategy and (trigger := next(filter(fields.get, TRIGGERS), None)):
            # seen live 2026-08: the endpoint has no trigger orders
            log.warning(
                "%s: on a unified account an order with %s does not wait: such orders were seen to be executed at once "
                "as market orders; for a stop, use stopLossPrice or takeProfitPrice",
                self.contract.symbol, trigger,
            )  # fmt: skip
        return unified_api.read_order(fields, strategy) if unified else classic_api.read_order(fields, strategy)


def _named(params: Any) -> str | None:
    """Return the margin mode that params name, in small letters, where ccxt looks for it."""
    if not isinstance(params, Mapping):
        return None
    word = params.get("marginMode", params.get("defaultMarginMode"))
    return None if word is None else str(word).lower()


@dataclass
class _ClassifiedOrders:
    """Orders of one contract whose shape is known, on an account of a known type.

    :ivar wrong_options: what is wrong with ``options['setLeverage']``: an order that opens is refused with it
    """

    call: _OrderCall
    contract: Contract
    record: ContractLeverage
    orders: Sequence[OrderShape]
    unified: bool
    options: Options
    known: KnownModes
    wrong_options: Refusal | None = None

    async def run(self) -> Any:
        for order in self.orders:
            if self._is_exit(order):
                return await self._place_exit(order)
        if self.wrong_options is not None:
            raise self.wrong_options
        mode, program = self._opening_mode(self.orders[0]), self.record.last_mode[0]
        margin = mode or CROSSED
        closes = await self._ensure(margin)
        if closes is not None:
            return await self._close(closes, margin)
        if self.record.last_mode[0] is not program:  # meanwhile, a call has chosen a margin mode: decide again
            return await self.call.place_on(self.unified)
        if self.record.refused or self.record.divided is not None:
            self._warn_before_opening(self.orders[0], margin)
        try:
            answer = await self._send(mode)
        except BaseException as error:
            if not isinstance(error, ccxt.ExchangeError) or may_have_arrived(as_ccxt(error)):
                for order in self.orders:
                    self.record.may_open(order.side, margin)
            raise
        self._record(answer, margin)
        return answer

    async def _close(self, position: KnownPosition, opening: MarginMode) -> Any:
        """Send an order of one-way mode that closes *position*, and may open one with the rest of it."""
        self.record.seen(position, hedged=False)  # so there is none on the other side
        order = next(each for each in self.orders if each.side is not position.side)
        margin = self.known.params or position.margin  # the one that the order carries
        missing = self.record.missing(margin, order.side, hedged=False)
        if self.record.asked_for(margin, order.side, hedged=False) is None:
            missing = self.record.missing(opening, order.side, hedged=False)  # asked for in the other mode only
        if missing is not None and not position.is_read:
            log.warning(
                "%s: the position could not be read: the order goes out as an exit of the %s position that was last "
                "known; if that one is closed, it opens at the leverage that the account has, and %dx was asked for",
                self.contract.symbol, position.side, missing,
            )  # fmt: skip
        elif missing is not None and (order.amount or 0) > (position.amount or 0) > 0:
            log.warning(
                "%s: the order is larger than the position that it closes, and %dx was asked for and is not set: the "
                "rest of it opens at the leverage that the account has; close the position first",
                self.contract.symbol, missing,
            )  # fmt: skip
        return await self._place_exit(order)

    def _opening_mode(self, order: OrderShape) -> MarginMode | None:
        position = self.record.open_position(order.side) or self.record.open_position(order.side.other)
        return opening_mode(replace(self.known, position=position.margin if position else None))

    # -- exits --------------------------------------------------------------------------------------------------------

    def _is_exit(self, order: OrderShape) -> bool:
        """Return whether an order closes or protects: also one of one-way mode that is opposite to a known position."""
        position = self.record.open_position(order.side.other)
        if order.closes or order.hedged or position is None:
            return order.closes
        # The position is read first where a leverage is missing, or another margin mode was chosen since.
        for mode in (self._opening_mode(order) or CROSSED, self.known.params or position.margin):
            if self.record.missing(mode, order.side, hedged=False) is not None:
                return False
        return self.known.params is not None or not self.record.chosen_since(position)

    def _closed_side(self, order: OrderShape) -> Side:
        return order.side if order.closes else order.side.other

    async def _place_exit(self, order: OrderShape) -> Any:
        """Send at once; in the margin mode of the position, as far as it is known."""
        side = self._closed_side(order)
        known = self._exit_modes(side)
        if must_look_for_position(order, known):
            await self._look_for_position(side)
            known = self._exit_modes(side)
        mode = closing_mode(known)
        margin = mode or CROSSED
        if len(self.orders) > 1:
            self._warn_of_entries(margin)
        for entry in self.orders if self.record.refused else ():
            if not entry.closes:
                self._warn_before_opening(entry, margin, opens=entry.hedged)
        try:
            answer = await self._send(mode)
        except ccxt.BaseError as error:
            if not refuses_to_close(errors.code_of(error), error):
                raise
            self.record.closed(side)
            can_only_close = len(self.orders) == 1 and order.closes
            if not can_only_close or not order.has_margin_mode or not is_guess(margin, known):
                raise
            return await self._send_in_other_mode(side, margin.other, error)
        self._record(answer, margin, exit_of=side)
        return answer

    def _exit_modes(self, side: Side) -> KnownModes:
        last = self.record.positions.get(side)
        return replace(
            self.known,
            position=last.margin if last and last.is_open else None,
            entry=self.record.entries.get(side),
            last_position=last.margin if last else None,
        )

    async def _look_for_position(self, side: Side) -> None:
        """Read the position before a stop whose margin mode is not sure; the exchange accepts it in the wrong one."""
        try:
            deadline = Deadline(ENSURE_DEADLINE, ENSURE_DEADLINE)
            found = await self._api(CROSSED, deadline).read_positions(POSITION_DEADLINE)
        except ccxt.BaseError as error:
            log.info(
                "%s: the position could not be read before its stop: %s", self.contract.symbol, type(error).__name__
            )
            return
        for position in found:
            if position.side is side:
                self.record.seen(position)

    async def _send_in_other_mode(self, side: Side, mode: MarginMode, refused: ccxt.BaseError) -> Any:
        """Send an exit once more where its mode was a guess; where that fails too, raise the first refusal."""
        try:
            answer = await self._send(mode)
        except ccxt.BaseError:
            raise refused from refused.__cause__
        log.info("%s: the position stands in %s margin", self.contract.symbol, mode)
        # how much of it is left is not known
        self.record.positions[side] = KnownPosition(side, mode, is_open=False)
        self.record.entries.pop(side, None)
        return answer

    def _warn_of_entries(self, mode: MarginMode) -> None:
        """Warn where entries miss a leverage in the exit's margin mode, or in their own."""
        entries = [order for order in self.orders if not self._is_exit(order)]
        modes = {mode, opening_mode(self.known) or CROSSED}
        missing = {self.record.missing(each, order.side, order.hedged) for order in entries for each in modes}
        for leverage in missing - {None}:
            log.warning(
                "%s: %dx was asked for and is not set, and a batch with an exit in it is not held back: its "
                "entries open at the leverage that the account has",
                self.contract.symbol,
                leverage,
            )

    # -- before an order opens ----------------------------------------------------------------------------------------

    async def _ensure(self, margin: MarginMode) -> KnownPosition | None:
        """Set what was asked for and is missing; return the position that the orders close, if they close one.

        :raises OrderNotSent: it could not be set
        """
        record, program, state = self.record, self.record.last_mode[0], self.call.state
        for order in self.orders:
            if record.last_mode[0] is not program:
                return None  # the orders are decided again
            missing = record.missing(margin, order.side, order.hedged) is not None
            opposite = not order.hedged and record.open_position(order.side.other) is not None
            under_way = state.under_way and state.calls_under_way(self.contract, self.call.number)
            if missing or opposite or under_way:
                closes = await self._ensure_for(order, margin)
                if closes is not None:
                    return closes
        return None

    async def _ensure_for(self, order: OrderShape, margin: MarginMode) -> KnownPosition | None:
        """Set what is missing for one of the orders; a fault of our own code holds no order back."""
        if self.call.deadline is None:
            seconds = min(self.options.deadline or ENSURE_DEADLINE, ENSURE_DEADLINE)
            self.call.deadline = Deadline(seconds, seconds)
        api = self._api(margin, self.call.deadline)
        may_close = [each.side.other for each in self.orders if not each.hedged]
        chosen = self.record.chosen[0] if self.record.chosen else None
        switch = margin in (self.known.params, self.known.options, chosen)
        try:
            return await EnsureLeverage(
                api, self.record, self.options, self.call.number, margin, order, may_close, switch
            ).run()
        except ccxt.BaseError:
            raise
        except Exception as error:
            name = type(error).__name__
            log.warning(
                "%s: the order is sent without a check of its leverage: %s: %s", self.contract.symbol, name, error
            )
            return None

    def _warn_before_opening(self, order: OrderShape, margin: MarginMode, opens: bool = True) -> None:
        record, symbol, unset = self.record, self.contract.symbol, "the leverage that the account has"
        standing = record.asked_for(margin, order.side, order.hedged)
        for refused in record.refusals_to_name(margin, order.side, order.hedged, opens):
            side = refused.requested.side
            log.warning(
                "%s: %s at %s: the leverage %s was refused (%s)",
                symbol,
                "this order opens" if opens else "if this order opens a position, it does so",
                unset if standing is None else f"{standing}x, which was asked for before",
                refused.requested,
                f"for the {side} side: {refused.reason}" if side in SIDES else refused.reason,
            )
        divided = record.divided_for(margin, order.hedged) if opens else None
        if divided is not None:
            log.warning(
                "%s: %s were asked for, which count for isolated margin in hedge mode only; this order in %s margin "
                "opens at %s",
                symbol, divided, margin, unset if standing is None else f"{standing}x",
            )  # fmt: skip

    def _api(self, margin: MarginMode, deadline: Deadline) -> AccountApi:
        cls = UnifiedApi if self.unified else ClassicApi
        return cls(self.call.exchange, self.contract, ReadCache(self.call.state), deadline, Modes(margin))

    # -- sending ------------------------------------------------------------------------------------------------------

    async def _send(self, mode: MarginMode | None) -> Any:
        """Send the orders in *mode*, or as ccxt has them."""
        rows: Sequence[OrderArgs] = self.call.rows
        if mode is CROSSED and self.known == KnownModes():
            mode = None  # nobody has named or chosen a mode, and ccxt's own request means crossed margin
        if mode is not None and all(map(attrgetter("has_margin_mode"), self.orders)):
            rows, named = [], mode.value if self.unified else mode.in_ccxt
            for *args, params in self.call.rows:
                params = {**params, MARGIN_MODE: named}
                params.pop("defaultMarginMode", None)
                rows.append((*args, params))
        try:
            return await self.call.send(rows, self.unified)
        except ccxt.BaseError as error:
            if errors.code_of(error) not in errors.WRONG_POSITION_MODE:
                raise
            advice = "in hedge mode, pass params={'hedged': True}; in one-way mode, leave it out"
            errors.raise_with(error, f"the order's position mode is not the account's: {advice}")

    def _record(self, answer: Any, margin: MarginMode, exit_of: Side | None = None) -> None:
        """Record what accepted orders open, and what an exit closes."""
        try:
            batch = self.call.batch is not None
            answers = answer if batch and isinstance(answer, list) else [answer]
            accepted = [isinstance(each, Mapping) and each.get("id") is not None for each in answers]
            # Of an answer that is empty or no JSON, ccxt makes an order without an id, or an empty list.
            unknown = not any(accepted) and not (batch and answers)
            mixed = batch and not self.unified and not all(accepted)
            if unknown or mixed or len(answers) != len(self.orders):
                # ccxt lists what a classic account accepted before what it refused: which is which is not known
                for order in self.orders if unknown or any(accepted) else ():
                    if not order.closes:
                        self.record.may_open(order.side, margin)
                return
            for order, is_accepted in zip(self.orders, accepted, strict=True):
                if not is_accepted:
                    continue
                opposite = exit_of is order.side.other or self.record.open_position(order.side.other) is not None
                waits = order.waits and not self.unified  # there it was seen to be executed at once
                if order.closes or (not order.hedged and opposite):
                    if not waits:
                        self._record_closed(order, margin)
                elif order.market:
                    self.record.opened(order.side, margin, order.amount, order.hedged)
                else:
                    self.record.may_open(order.side, margin, waits)
        except Exception as error:  # the order is placed: the program gets its answer
            log.warning(
                "%s: the order was placed, and what it opens or closes was not noted: %s: %s",
                self.contract.symbol, type(error).__name__, error,
            )  # fmt: skip

    def _record_closed(self, order: OrderShape, margin: MarginMode) -> None:
        side, amount = self._closed_side(order), order.amount
        known = self.record.open_position(side)
        rest = amount - known.amount if known and known.amount is not None and amount is not None else None
        if order.market:
            self.record.reduced(side, amount)
        if order.closes:
            return
        # An opposite order of one-way mode opens a position of its own where it is larger than the one that it closes,
        # and may have done so where that one is closed by now.
        if order.market and rest is not None and rest > 1e-9:
            self.record.opened(order.side, margin, rest, hedged=False)
        else:
            self.record.may_open(order.side, margin)
