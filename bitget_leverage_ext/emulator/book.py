"""The trading state of an account: orders, positions, fills and money.

Not emulated: liquidation, funding, partial fills, tiers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .contracts import EmulatedContract
from .prices import TICK, price, worth
from .state import ApiRefusal, HoldSide, MarginMode

if TYPE_CHECKING:
    from .account import EmulatedAccount

Side = Literal["buy", "sell"]

# A position's own plans.
# https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending (planType profit_loss)
PROFIT_LOSS = ("pos_loss", "pos_profit", "loss_plan", "profit_plan")

# What every account begins with, in each coin.
WALLET = Decimal(10_000)
# https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts (takerFeeRate of the rows served here)
TAKER_FEE = Decimal("0.0006")
# The rate of the first tier in the published rows, whatever the leverage.
# https://www.bitget.com/api-doc/contract/position/get-all-position
MAINTENANCE = Decimal("0.004")


class AccountPosition(NamedTuple):
    """An open position, in ccxt's words."""

    symbol: str
    side: HoldSide
    size: float
    margin_mode: Literal["cross", "isolated"]
    leverage: int


class AccountFill(NamedTuple):
    """A fill, in ccxt's words: `side` is that of the position that it opens or closes."""

    symbol: str
    side: HoldSide
    action: Literal["open", "close"]
    size: float
    margin_mode: Literal["cross", "isolated"]
    leverage: int


@dataclass
class EmulatedOrder:
    """An order, or a plan: an order that waits for its `trigger` price."""

    id: str
    client_id: str
    contract: EmulatedContract
    side: Side
    size: Decimal
    created: int
    # of the position that it opens or closes; None in one-way mode
    hold_side: HoldSide | None
    closes: bool
    margin_mode: MarginMode
    leverage: int
    # none for a market order
    limit: Decimal | None = None
    force: str = "gtc"
    plan: str | None = None
    trigger: Decimal | None = None
    trigger_by: str = "mark_price"
    # a plan triggers when the price has come down to its trigger, not up to it
    falling: bool = False
    # of a trailing plan: the part of its best price that the price gives back before it triggers, and that price
    callback: Decimal | None = None
    best: Decimal | None = None
    # stop-loss and take-profit that come with an opening order: plan -> trigger and limit price
    attached: dict[str, tuple[Decimal, Decimal | None]] = field(default_factory=dict)
    state: Literal["live", "filled", "canceled", "executed"] = "live"
    filled: Decimal = Decimal(0)
    average: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    profit: Decimal = Decimal(0)
    updated: int = 0

    @property
    def is_live(self) -> bool:
        return self.state == "live"

    @property
    def position_side(self) -> HoldSide:
        """The side of the position that it opens or closes."""
        if self.hold_side:
            return self.hold_side
        return "long" if (self.side == "buy") != self.closes else "short"

    def is_due(self, at: Decimal) -> bool:
        """Return whether it fills or triggers at this price; a trailing plan remembers its best price."""
        if self.plan is None or self.trigger is None:
            return self.limit is None or (at <= self.limit if self.side == "buy" else at >= self.limit)
        reached = at <= self.trigger if self.falling else at >= self.trigger
        if self.callback is None:
            return reached
        if self.best is None and not reached:
            return False
        better = max if self.side == "sell" else min
        self.best = better(at, self.best or at)
        return abs(self.best - at) >= self.best * self.callback


@dataclass
class EmulatedPosition:
    contract: EmulatedContract
    side: HoldSide
    margin_mode: MarginMode
    leverage: int
    opened: int
    size: Decimal = Decimal(0)
    entry: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    profit: Decimal = Decimal(0)

    @property
    def sign(self) -> int:
        return 1 if self.side == "long" else -1

    @property
    def margin(self) -> Decimal:
        return worth(self.contract, self.size, self.entry) / self.leverage

    @property
    def liquidation(self) -> Decimal:
        """The approximate price at which the margin is used up; always on the losing side."""
        return max(TICK, (self.entry * (1 - self.sign * (1 / Decimal(self.leverage) - MAINTENANCE))).quantize(TICK))

    def shown(self) -> AccountPosition:
        return AccountPosition(
            self.contract.ccxt_symbol, self.side, float(self.size), _ccxt_mode(self.margin_mode), self.leverage
        )

    def gain(self, at: Decimal, size: Decimal | None = None) -> Decimal:
        size = self.size if size is None else size
        gain = worth(self.contract, size, at) * (at - self.entry) / at
        return gain * self.sign


@dataclass
class Book:
    """The trading state of one account; hold the account's lock while using it."""

    orders: dict[str, EmulatedOrder] = field(default_factory=dict)
    positions: dict[tuple[str, str, HoldSide], EmulatedPosition] = field(default_factory=dict)
    wallets: dict[str, Decimal] = field(default_factory=dict)
    fills: list[AccountFill] = field(default_factory=list)
    # Ids look like Bitget's in length only: what comes from them shall read the same in every run.
    last_id: int = 1_400_000_000_000_000_000

    def wallet(self, coin: str) -> Decimal:
        return self.wallets.get(coin, WALLET)

    def gain(self, coin: str, now: int, mode: MarginMode | None = None) -> Decimal:
        held = (each for each in self._in(coin) if mode in (None, each.margin_mode))
        return sum((each.gain(price(each.contract, now)) for each in held), Decimal(0))

    def locked(self, coin: str) -> Decimal:
        """Return the margin that waiting orders hold back."""
        waiting = (
            worth(each.contract, each.size, each.limit) / each.leverage
            for each in self.orders.values()
            if each.is_live and each.limit and not each.closes and each.contract.settle == coin
        )
        return sum(waiting, Decimal(0))

    def available(self, coin: str) -> Decimal:
        margins = sum((each.margin for each in self._in(coin)), Decimal(0))
        return self.wallet(coin) - margins - self.locked(coin)

    def open_positions(self, product_type: str) -> list[EmulatedPosition]:
        return [each for (kind, _, _), each in self.positions.items() if kind == product_type]

    def held(self, contract: EmulatedContract, side: HoldSide) -> EmulatedPosition | None:
        return self.positions.get((contract.product_type, contract.symbol, side))

    def holding(self, contract: EmulatedContract) -> list[EmulatedPosition]:
        sides: tuple[HoldSide, HoldSide] = ("long", "short")
        return [each for side in sides if (each := self.held(contract, side))]

    def new_id(self) -> str:
        self.last_id += 1
        return str(self.last_id)

    def move(self, renamed: Callable[[EmulatedContract], EmulatedContract]) -> None:
        """Give every order and position the name that its contract has on another line."""
        held = list(self.positions.values())
        self.positions.clear()
        for order in self.orders.values():
            order.contract = renamed(order.contract)
        for position in held:
            position.contract = renamed(position.contract)
            self.positions[(*position.contract.key, position.side)] = position

    # -- trading ------------------------------------------------------------------------------------------------------

    def place(self, account: EmulatedAccount, order: EmulatedOrder, now: int) -> EmulatedOrder:
        """Accept an order or a plan, and fill it if the price allows it already."""
        if not order.closes and order.plan is None:
            at = order.limit or price(order.contract, now)
            value = worth(order.contract, order.size - self._netted(order), at)
            if value and value / order.leverage + value * TAKER_FEE > self.available(order.contract.settle):
                # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
                raise ApiRefusal("40762", "The order amount exceeds the balance")
        order.updated = now
        self.orders[order.id] = order
        self.settle(account, now)
        if order.is_live and order.force in ("ioc", "fok"):
            self.cancel(account, order, now)
        self._mark(account, order.contract)
        return order

    def _netted(self, order: EmulatedOrder) -> Decimal:
        """Return how much of an order closes the position on the other side, which one-way mode does first."""
        if order.hold_side is not None:
            return Decimal(0)
        other = self.held(order.contract, "short" if order.position_side == "long" else "long")
        return min(order.size, other.size) if other else Decimal(0)

    def cancel(self, account: EmulatedAccount, order: EmulatedOrder, now: int) -> None:
        order.state, order.updated = "canceled", now
        self._mark(account, order.contract)

    def settle(self, account: EmulatedAccount, now: int) -> None:
        """Fill and trigger what the price of this moment does; prices between two calls have no effect."""
        for position in self.positions.values():
            # A leverage that is set under a position is the position's own from then on.
            # https://www.bitget.com/api-doc/contract/account/Change-Leverage
            position.leverage = account.leverages(*position.contract.key).of(position.margin_mode, position.side)
        for order in list(self.orders.values()):
            at = price(order.contract, now)
            if order.is_live and order.is_due(at):
                if order.plan is None:
                    self._fill(account, order, at, now)
                else:
                    self._trigger(account, order, at, now)
                self._mark(account, order.contract)

    def _trigger(self, account: EmulatedAccount, plan: EmulatedOrder, at: Decimal, now: int) -> None:
        """Turn a plan whose trigger price is reached into an order."""
        plan.state, plan.updated = "executed", now
        held = self.held(plan.contract, plan.hold_side) if plan.hold_side else None
        # A position's own plan closes all of it, whatever its size is now.
        # https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order (planType, size)
        size = held.size if held and str(plan.plan).startswith("pos_") else plan.size
        # What a plan becomes carries the plan's id as its own client id.
        # https://github.com/freqtrade/freqtrade/blob/2026.9/freqtrade/exchange/bitget.py
        new: Any = {"id": self.new_id(), "client_id": plan.id, "created": now, "updated": now}
        child = replace(plan, **new, size=size, plan=None, trigger=None, state="live")
        self.orders[child.id] = child
        if child.is_due(at):
            self._fill(account, child, at, now)

    def _fill(self, account: EmulatedAccount, order: EmulatedOrder, at: Decimal, now: int) -> None:
        contract, side, left = order.contract, order.position_side, order.size
        # The account may have changed while the order waited.
        if self.held(contract, side) is None if order.closes else self.is_barred(order):
            order.state, order.updated = "canceled", now
            return
        if order.closes:
            order.size, left = order.size - self._reduce(contract, side, left, order, at), Decimal(0)
        elif order.hold_side is None:
            left = self._reduce(contract, "short" if side == "long" else "long", left, order, at)
        fee = worth(contract, order.size, at) * TAKER_FEE
        order.state, order.filled, order.average, order.fee, order.updated = "filled", order.size, at, fee, now
        self._pay(contract.settle, order.profit - fee)
        if left:
            self._open(account, order, left, at, now)

    def _open(self, account: EmulatedAccount, order: EmulatedOrder, size: Decimal, at: Decimal, now: int) -> None:
        contract, side = order.contract, order.position_side
        # The stored leverage of the order's margin mode counts, not that of the symbol's.
        # https://github.com/Youra82/titanbot/commit/19201e7
        # https://github.com/metricky/gainium_exchange-connector-sh
        order.leverage = account.leverages(*contract.key).of(order.margin_mode, side)
        position = self.positions.setdefault(
            (*contract.key, side), EmulatedPosition(contract, side, order.margin_mode, order.leverage, opened=now)
        )
        position.entry = (position.entry * position.size + at * size) / (position.size + size)
        position.size += size
        position.fees += worth(contract, size, at) * TAKER_FEE
        self._note(position, "open", size)
        self._attach(order, size, now)

    def _attach(self, order: EmulatedOrder, size: Decimal, now: int) -> None:
        """Place the stop-loss and the take-profit that came with an opening order."""
        side: HoldSide = order.position_side
        for plan, (trigger, limit) in order.attached.items():
            number = self.new_id()
            falling = (side == "long") == ("loss" in plan)
            self.orders[number] = EmulatedOrder(
                number, number, order.contract, "sell" if side == "long" else "buy", size, now, side, True,
                order.margin_mode, order.leverage, limit, plan=plan, trigger=trigger, falling=falling, updated=now,
            )  # fmt: skip

    def is_barred(self, order: EmulatedOrder) -> bool:
        """Return whether an opening order meets a position in the other margin mode that it does not close first.

        One contract has one margin mode at a time, which is documented for coin-margined ones; what an opening order
        in the other mode meets was never shown.
        https://www.bitget.com/support/articles/360058878512
        """
        held = self.holding(order.contract)
        if order.hold_side is None:
            held = [each for each in held if each.side == order.position_side]
        return any(each.margin_mode != order.margin_mode for each in held)

    def check_margin_mode(self, order: EmulatedOrder) -> None:
        if self.is_barred(order):
            # Not established: the refusal of a change of margin mode, which the order would be.
            # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
            raise ApiRefusal("45117", "Currently holding positions or orders, the margin mode cannot be adjusted")

    def _reduce(
        self, contract: EmulatedContract, side: HoldSide, size: Decimal, order: EmulatedOrder, at: Decimal
    ) -> Decimal:
        """Close up to `size` of a position, in either margin mode; return what is left of `size`."""
        position = self.held(contract, side)
        if position is None:
            return size
        closed = min(size, position.size)
        profit = position.gain(at, closed)
        order.profit += profit
        position.profit += profit
        position.size -= closed
        self._note(position, "close", closed)
        if not position.size:
            del self.positions[(*contract.key, side)]
            for plan in self.orders.values():
                # A position's own stop goes with it.
                # https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order
                if plan.plan in PROFIT_LOSS and plan.is_live and plan.contract == contract and plan.hold_side == side:
                    plan.state = "canceled"
        return size - closed

    def _note(self, position: EmulatedPosition, action: Literal["open", "close"], size: Decimal) -> None:
        shown = position.shown()
        fill = AccountFill(shown.symbol, shown.side, action, float(size), shown.margin_mode, shown.leverage)
        self.fills.append(fill)

    def _pay(self, coin: str, amount: Decimal) -> None:
        self.wallets[coin] = self.wallet(coin) + amount

    def _in(self, coin: str) -> Iterator[EmulatedPosition]:
        return (each for each in self.positions.values() if each.contract.settle == coin)

    def _mark(self, account: EmulatedAccount, contract: EmulatedContract) -> None:
        """Note in the settings whether something is open, because the exchange then refuses some changes."""
        account.busy(
            *contract.key,
            position=bool(self.holding(contract)),
            orders=any(each.is_live and each.contract == contract for each in self.orders.values()),
        )


def _ccxt_mode(mode: MarginMode) -> Literal["cross", "isolated"]:
    return "cross" if mode == "crossed" else mode


def book_of(account: EmulatedAccount, now: int) -> Book:
    """Return the account's book, brought up to this moment."""
    account.book.settle(account, now)
    return account.book
