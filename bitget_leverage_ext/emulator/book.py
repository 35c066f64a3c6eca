"""What an account trades: orders, positions, money. Knows no HTTP.

Enough for a bot to open, hold, protect and close positions. Left out: liquidation, funding, partial fills, tiers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from .contracts import Contract
from .prices import TICK, price, worth
from .state import Account, MarginMode, Refusal

Side = Literal["buy", "sell"]
HoldSide = Literal["long", "short"]

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


@dataclass
class Order:
    """An order, or the plan of one: `trigger` is what a plan waits for."""

    id: str
    client_id: str
    contract: Contract
    side: Side
    size: Decimal
    created: int
    # of the position that is opened or closed; None for an order in one-way mode, where the side says it all
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
    # a plan strikes when the price has come down to its trigger, not up to it
    falling: bool = False
    # of a trailing plan: the part of its best price that the price gives back before it strikes, and that price
    callback: Decimal | None = None
    best: Decimal | None = None
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
        """Of the position that it opens or closes."""
        if self.hold_side:
            return self.hold_side
        return "long" if (self.side == "buy") != self.closes else "short"

    def is_due(self, at: Decimal) -> bool:
        """Does it happen at this price? A trailing plan takes note of the price."""
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
class Position:
    contract: Contract
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
        """Roughly where the margin is used up; always on the losing side, where a bot expects it."""
        return max(TICK, (self.entry * (1 - self.sign * (1 / Decimal(self.leverage) - MAINTENANCE))).quantize(TICK))

    def gain(self, at: Decimal, size: Decimal | None = None) -> Decimal:
        size = self.size if size is None else size
        gain = worth(self.contract, size, at) * (at - self.entry) / at
        return gain * self.sign


@dataclass
class Book:
    """The trading state of one account; hold the account's lock while using it."""

    orders: dict[str, Order] = field(default_factory=dict)
    positions: dict[tuple[str, str, HoldSide], Position] = field(default_factory=dict)
    wallets: dict[str, Decimal] = field(default_factory=dict)
    # Ids look like Bitget's in length only: what comes from them shall read the same in every run.
    last_id: int = 1_400_000_000_000_000_000

    def wallet(self, coin: str) -> Decimal:
        return self.wallets.get(coin, WALLET)

    def gain(self, coin: str, now: int, mode: MarginMode | None = None) -> Decimal:
        held = (each for each in self._in(coin) if mode in (None, each.margin_mode))
        return sum((each.gain(price(each.contract, now)) for each in held), Decimal(0))

    def locked(self, coin: str) -> Decimal:
        """What orders that are still to open something hold back."""
        waiting = (
            worth(each.contract, each.size, each.limit) / each.leverage
            for each in self.orders.values()
            if each.is_live and each.limit and not each.closes and each.contract.settle == coin
        )
        return sum(waiting, Decimal(0))

    def available(self, coin: str) -> Decimal:
        margins = sum((each.margin for each in self._in(coin)), Decimal(0))
        return self.wallet(coin) - margins - self.locked(coin)

    def open_positions(self, product_type: str) -> list[Position]:
        return [each for (kind, _, _), each in self.positions.items() if kind == product_type]

    def held(self, contract: Contract, side: HoldSide) -> Position | None:
        return self.positions.get((contract.product_type, contract.symbol, side))

    def holding(self, contract: Contract) -> list[Position]:
        sides: tuple[HoldSide, HoldSide] = ("long", "short")
        return [each for side in sides if (each := self.held(contract, side))]

    def new_id(self) -> str:
        self.last_id += 1
        return str(self.last_id)

    # -- what happens -------------------------------------------------------------------------------------------------

    def place(self, account: Account, order: Order, now: int) -> Order:
        """Accept an order or a plan, and fill it if the price is right already."""
        if not order.closes and order.plan is None:
            at = order.limit or price(order.contract, now)
            value = worth(order.contract, order.size, at)
            if value / order.leverage + value * TAKER_FEE > self.available(order.contract.settle):
                # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
                raise Refusal("40762", "The order amount exceeds the balance")
        order.updated = now
        self.orders[order.id] = order
        self.settle(account, now)
        if order.is_live and order.force in ("ioc", "fok"):
            self.cancel(account, order, now)
        return order

    def cancel(self, account: Account, order: Order, now: int) -> None:
        order.state, order.updated = "canceled", now
        self._mark(account, order.contract)

    def settle(self, account: Account, now: int) -> None:
        """Let happen what the price of this moment makes happen; between two looks, the market did not exist."""
        for position in self.positions.values():
            # A leverage that is set under a position is the position's own from then on.
            # https://www.bitget.com/api-doc/contract/account/Change-Leverage
            position.leverage = leverage_of(account, position.contract, position.margin_mode, position.side)
        for order in list(self.orders.values()):
            at = price(order.contract, now)
            if order.is_live and order.is_due(at):
                if order.plan is None:
                    self._fill(account, order, at, now)
                else:
                    self._strike(account, order, at, now)
                self._mark(account, order.contract)

    def _strike(self, account: Account, plan: Order, at: Decimal, now: int) -> None:
        """The price that a plan waited for is there: it becomes an order."""
        plan.state, plan.updated = "executed", now
        held = self.held(plan.contract, plan.hold_side) if plan.hold_side else None
        # A position's own plan closes all of it, whatever it has become.
        # https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order (planType, size)
        size = held.size if held and str(plan.plan).startswith("pos_") else plan.size
        # What a plan becomes carries the plan's id as its own client id.
        # https://github.com/freqtrade/freqtrade/blob/2026.9/freqtrade/exchange/bitget.py
        new: Any = {"id": self.new_id(), "client_id": plan.id, "created": now, "updated": now}
        child = replace(plan, **new, size=size, plan=None, trigger=None, state="live")
        self.orders[child.id] = child
        if child.is_due(at):
            self._fill(account, child, at, now)

    def _fill(self, account: Account, order: Order, at: Decimal, now: int) -> None:
        contract, side, left = order.contract, order.position_side, order.size
        # An order that waited meets the account as it is by now.
        if self.held(contract, side) is None if order.closes else self.bars(order):
            order.state, order.updated = "canceled", now
            return
        if order.closes:
            order.size, left = order.size - self._reduce(contract, side, left, order, at), Decimal(0)
        elif order.hold_side is None:
            # one-way: first against what is held the other way
            left = self._reduce(contract, "short" if side == "long" else "long", left, order, at)
        fee = worth(contract, order.size, at) * TAKER_FEE
        order.state, order.filled, order.average, order.fee, order.updated = "filled", order.size, at, fee, now
        self._pay(contract.settle, order.profit - fee)
        if left:
            # The margin mode of the order decides whose leverage counts, not that of the symbol.
            # https://github.com/Youra82/titanbot/commit/19201e7
            # https://github.com/metricky/gainium_exchange-connector-sh
            order.leverage = leverage_of(account, contract, order.margin_mode, side)
            key = (contract.product_type, contract.symbol, side)
            position = self.positions.setdefault(
                key, Position(contract, side, order.margin_mode, order.leverage, opened=now)
            )
            position.entry = (position.entry * position.size + at * left) / (position.size + left)
            position.size += left
            position.fees += fee

    def bars(self, order: Order) -> bool:
        """Is a position held in the other margin mode? Both at once are not possible in one contract.

        Said for coin-margined ones; what an opening order meets then was never shown.
        https://www.bitget.com/support/articles/360058878512
        """
        return any(each.margin_mode != order.margin_mode for each in self.holding(order.contract))

    def _reduce(self, contract: Contract, side: HoldSide, size: Decimal, order: Order, at: Decimal) -> Decimal:
        """Close up to `size` of a position; how much of `size` is left?"""
        position = self.held(contract, side)
        if position is None:
            return size
        closed = min(size, position.size)
        profit = position.gain(at, closed)
        order.profit += profit
        position.profit += profit
        position.size -= closed
        if not position.size:
            del self.positions[contract.product_type, contract.symbol, side]
            for plan in self.orders.values():
                # A position's own stop goes with it.
                # https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order
                if plan.plan in PROFIT_LOSS and plan.is_live and plan.contract == contract and plan.hold_side == side:
                    plan.state = "canceled"
        return size - closed

    def _pay(self, coin: str, amount: Decimal) -> None:
        self.wallets[coin] = self.wallet(coin) + amount

    def _in(self, coin: str) -> Iterator[Position]:
        return (each for each in self.positions.values() if each.contract.settle == coin)

    def _mark(self, account: Account, contract: Contract) -> None:
        """Tell the settings, which refuse some changes under a position or an order."""
        account.busy(
            contract.product_type,
            contract.symbol,
            position=bool(self.holding(contract)),
            orders=any(each.is_live and each.contract == contract for each in self.orders.values()),
        )


def leverage_of(account: Account, contract: Contract, mode: MarginMode, side: HoldSide) -> int:
    figures = account.figures(contract.product_type, contract.symbol)
    if mode == "crossed":
        return figures.cross
    return figures.long if side == "long" else figures.short


def book_of(account: Account, now: int) -> Book:
    """The account's book, brought up to this moment."""
    book = account.part(Book)
    book.settle(account, now)
    return book
