"""Before an order opens a position: set a leverage that was asked for and is known to be missing.

Nothing is written under an open position on our own initiative, and an order that closes one is not held back. An
order whose leverage cannot be set is not sent.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import ccxt

from . import errors
from ._retry import is_transient, take_lock
from ._runner import Sleep
from .api.base import AccountApi
from .errors import OrderNotSent
from .margin_mode import switch_margin_mode
from .requested import ContractLeverage, KnownPosition, next_number
from .rules.arguments import Options
from .rules.change import RequestedLeverage
from .rules.modes import BOTH, CROSSED, HEDGE, ISOLATED, LONG, ONE_WAY, SHORT, SIDES, MarginMode, Side
from .rules.order_modes import OrderShape
from .rules.refusals import MissingInput, Refusal, WrongMode
from .set_leverage import SetLeverage, isolated_position

log = logging.getLogger("bitget_leverage_ext")

# Seconds: the longest time that an opening order is delayed, and that a read of the position before an order takes.
ENSURE_DEADLINE = 3.0
POSITION_DEADLINE = 1.0
# Whether another call has ended is looked at again after this time, in seconds.
_LOOK_AGAIN = 0.02


@dataclass
class EnsureLeverage:
    """Set the leverage that was asked for, before an order of one shape opens in one margin mode.

    :ivar api: the account's API, expecting that margin mode, within the deadline of the order
    :ivar number: the number of the order's call in the order of events
    :ivar may_close: the sides of the positions that the orders of the call close, where one-way mode has them
    :ivar switch: whether a classic contract may be switched to that margin mode: the caller names it or chose it
    :ivar positions: the open positions of the contract; those known before, where they could not be read
    """

    api: AccountApi
    record: ContractLeverage
    options: Options
    number: int
    margin: MarginMode
    shape: OrderShape
    may_close: Sequence[Side]
    switch: bool
    positions: Sequence[KnownPosition] = ()
    positions_read: bool = False

    @property
    def symbol(self) -> str:
        return self.api.contract.symbol

    async def run(self) -> KnownPosition | None:
        """Return None where the order may be sent, or must be decided again; or the position that it closes.

        :raises OrderNotSent: the leverage could not be set
        """
        began, program = next_number(), self.record.last_mode[0]
        slot = (self.margin, self.shape.side)
        wanted: int | None = None
        try:
            read_at = 0
            # an exit does not wait until another call has set the leverage
            if self._opposite(self.record.open_positions()) or (self.may_close and self._calls_under_way()):
                await self._read_positions()
                if closes := self._opposite(self.positions):
                    return closes
                read_at = next_number()
            await self._wait_for_calls_under_way()
            wanted = self.record.missing(*slot, self.shape.hedged)
            if wanted is None:
                return None  # a call under way may hold the lock for longer
            with await take_lock(self.api.exchange.flow_locks, self.symbol, self.api.deadline, self.symbol):
                wanted = self.record.missing(*slot, self.shape.hedged)
                if wanted is None or self.record.last_mode[0] is not program:
                    return None  # another call has set it in the meantime, or chosen another margin mode
                failed, text = self.record.failures.get(slot, (0, ""))
                if failed > began:
                    raise OrderNotSent(text)
                if next_number() != read_at + 1:  # another call or order has begun since the positions were read
                    await self._read_positions()
                if closes := self._opposite(self.positions):
                    return closes
                if not self._stays_at_position(wanted):
                    await self._set(wanted)
                return None
        except (ccxt.BaseError, Refusal) as error:
            if isinstance(error, OrderNotSent) or errors.code_of(error) in errors.NAMES_ACCOUNT_TYPE:
                raise  # where the account has changed its type, the order is decided again
            not_sent = self._not_sent(wanted, error)
            self.record.failures[slot] = next_number(), str(not_sent)
            raise not_sent from error

    async def _wait_for_calls_under_way(self) -> None:
        """Wait while a call that began before the order sets a leverage, or a margin mode, of the contract."""
        while calls := self._calls_under_way():
            if self.api.deadline.left <= _LOOK_AGAIN:
                if any(requested is not None for requested in calls):
                    raise OrderNotSent(
                        f"{self.symbol}: order not sent: a set_leverage() of this contract that began before is still "
                        f"running after {self.api.deadline.seconds:g} s; send the order again when it has ended"
                    )
                return  # no leverage is known to be missing
            await Sleep(_LOOK_AGAIN)

    def _calls_under_way(self) -> list[RequestedLeverage | None]:
        """Return what the calls under way ask for that is not acknowledged yet; None for a margin mode."""
        calls = self.api.cache.state.calls_under_way(self.api.contract, self.number)
        acknowledged = self.record.acknowledged(self.margin, self.shape.side)
        return [each for each in calls if each is None or {each.long, each.short} - {None} != {acknowledged}]

    async def _set(self, wanted: int) -> None:
        if not await self._switch_margin_mode():
            return
        try:
            await self._set_leverage(wanted)
        except WrongMode:  # the reply shows that the remembered margin mode was stale
            await self._switch_margin_mode()
            await self._set_leverage(wanted)

    async def _read_positions(self) -> None:
        """Read the open positions, which are recorded; where they cannot be read, take those that were known before."""
        try:
            self.positions = await self.api.read_positions(POSITION_DEADLINE)  # the rest of the time is for the write
        except ccxt.BaseError as error:
            if errors.code_of(error) in errors.NAMES_ACCOUNT_TYPE:
                raise
            self.positions, self.positions_read = self.record.open_positions(), False
            return
        self.positions_read = True
        for side in SIDES:
            found = next((each for each in self.positions if each.side is side), None)
            if found is None:
                self.record.closed(side)
            else:
                self.record.seen(found)

    def _opposite(self, positions: Sequence[KnownPosition]) -> KnownPosition | None:
        """Return the position that an order of one-way mode, or one of its batch, closes."""
        return next((each for each in positions if each.side in self.may_close), None)

    def _stays_at_position(self, wanted: int) -> bool:
        """Return whether an open position decides the leverage: nothing is written under it on our own initiative."""
        sides = SIDES if self.margin is CROSSED else (self.shape.side,)
        held = [each.leverage for each in self.positions if each.side in sides and each.margin is self.margin]
        if not held or self.record.repeats_own_write(self.margin, self.shape.side, wanted):
            return False
        if held[0] != wanted:
            log.warning(
                "%s: %dx was asked for, but a position in %s margin is open at %s: the order is sent at the position's "
                "leverage; call set_leverage() to change it",
                self.symbol, wanted, self.margin,
                f"{held[0]}x" if held[0] else "an unknown leverage",
            )  # fmt: skip
        return True

    async def _switch_margin_mode(self) -> bool:
        """Bring a classic contract into the order's margin mode: a leverage is set for the contract's own mode only.

        Return False where the order must be decided again: the contract's own mode was not known when the leverage
        was asked for, and nobody chose another one, so the leverage was asked for in that mode.
        """
        if self.api.unified:
            return True
        stands_in = self.api.known_modes().margin
        if stands_in is None or any(each.margin is not self.margin for each in self.positions):
            # not known, or the position shows that it may have changed: a write would reach the open position
            stands_in = (await self.api.read()).snapshot.modes.margin
        if stands_in is self.margin:
            return True
        if self.switch:
            await switch_margin_mode(self.api, self.margin)
            return True
        if stands_in is not None and self.record.last_mode[0] is None:
            self.record.decided = stands_in, next_number()
            return False
        where, advice = "", f"call set_margin_mode({self.margin.in_ccxt!r}, {self.symbol!r}), or name marginMode"
        if stands_in is not None and any(each.margin is stands_in for each in self.positions):
            where = ", where a position is open,"
            advice = f"close that position first, or name marginMode={stands_in.in_ccxt!r}"
        raise MissingInput(
            f"the contract stands in {stands_in} margin{where} and the order would be {self.margin}: "
            f"{advice} in the order"
        )

    async def _set_leverage(self, wanted: int) -> None:
        requested = self._requested(wanted)
        self.api.assumed_position = HEDGE if self.shape.hedged else ONE_WAY
        options = replace(self.options, skip_unchanged=False)  # a settings row may be stale; a write is sure
        # A leverage for both sides would change that of a position of the other side, so it is read once more there.
        read = self.positions if self.positions_read else None
        try:
            await SetLeverage(self.api, requested, options, self.record, self.symbol, positions=read).run()
        except MissingInput:
            if self.shape.hedged:
                raise
            # The account is in hedge mode and the order is not: the exchange refuses it, whatever the leverage.

    def _requested(self, wanted: int) -> RequestedLeverage:
        """Return what is set: on a unified account both sides in one request, where the other one must be kept or set.

        It has a position, or was asked for and is missing too. Seen live: the exchange takes both sides together only.
        """
        if not self.shape.hedged or self.margin is CROSSED:
            return RequestedLeverage(wanted, wanted)
        side, other = self.shape.side, self.shape.side.other
        values = {side: wanted}
        if self.api.unified:
            held = isolated_position(self.positions, other)
            value: float | None = self.record.missing(ISOLATED, other, hedged=True)
            if held is not None:
                value = held.leverage or self.record.acknowledged(ISOLATED, other)
                if value is None:
                    raise MissingInput(
                        f"the {other} side has an open position, which could not be read, and keeps its leverage; send "
                        "the order again"
                    )
            if value is not None and value == int(value):
                values[other] = int(value)
        return RequestedLeverage(values.get(LONG), values.get(SHORT), BOTH if len(values) > 1 else side)

    def _not_sent(self, wanted: int | None, error: BaseException) -> OrderNotSent:
        reason = " ".join(str(error).split())
        side = f" on the {self.shape.side} side" if self.shape.hedged and self.margin is ISOLATED else ""
        if is_transient(error):
            advice = "send the order again, or call set_leverage() first"
        else:
            advice = (
                "call set_leverage() with what the account takes, or send orders without this check: "
                "options['setLeverage']['orders'] = 'ccxt'"
            )
        return OrderNotSent(
            f"{self.symbol}: order not sent: {wanted}x was asked for in {self.margin} margin{side} and could "
            f"not be set: {reason[:400]}; {advice}"
        )
