"""A market that moves, and what an account trades in it: prices, orders, positions, money. Knows no HTTP.

Enough for a bot to open, hold, protect and close positions. Left out: liquidation, funding, partial fills, tiers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

from .contracts import DEMO_PRODUCT_TYPES, Contract
from .state import Account, MarginMode, Refusal

Side = Literal["buy", "sell"]
HoldSide = Literal["long", "short"]

# What every account begins with, in each coin.
WALLET = Decimal(10_000)
# https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts (takerFeeRate of the rows served here)
TAKER_FEE = Decimal("0.0006")
# The rate of the first tier in the published rows, whatever the leverage.
# https://www.bitget.com/api-doc/contract/position/get-all-position
MAINTENANCE = Decimal("0.004")

_TICK = Decimal("0.1")
_BASE_PRICES = {"BTC": 100_000, "ETH": 4_000}
# Four hours up and down by one percent: strategies see crossings, and no stoploss worth the name is hit.
_WAVE_MS = 4 * 3600 * 1000
_WAVE_HEIGHT = 0.01


def price(contract: Contract, now: int) -> Decimal:
    """The one price of a contract, for bid, ask, mark and index alike: a wave over the clock, the same in every run."""
    base = contract.base
    if contract.product_type in DEMO_PRODUCT_TYPES:
        base = base.removeprefix("S")
    wave = 1 + _WAVE_HEIGHT * math.sin(2 * math.pi * (now % _WAVE_MS) / _WAVE_MS)
    return Decimal(_BASE_PRICES.get(base, 100) * wave).quantize(_TICK, ROUND_HALF_EVEN)


def worth(contract: Contract, size: Decimal, at: Decimal) -> Decimal:
    """What a size is worth in the coin it is settled in: coin-margined sizes are in that coin already."""
    return size if contract.settle == contract.base else size * at


def text(number: Decimal) -> str:
    """As Bitget writes numbers: no exponent, and here at most eight places."""
    return format(number.quantize(Decimal("1e-8")).normalize() + 0, "f")


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
    state: Literal["live", "filled", "canceled", "executed"] = "live"
    filled: Decimal = Decimal(0)
    average: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    profit: Decimal = Decimal(0)
    updated: int = 0

    @property
    def is_live(self) -> bool:
        return self.state == "live"


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
        return max(_TICK, (self.entry * (1 - self.sign * (1 / Decimal(self.leverage) - MAINTENANCE))).quantize(_TICK))

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
            if not order.is_live or not _is_due(order, at):
                continue
            if order.plan is None:
                self._fill(order, at, now)
            else:
                order.state, order.updated = "executed", now
                held = self.held(order.contract, order.hold_side) if order.hold_side else None
                # A position's own plan closes all of it, whatever it has become.
                # https://www.bitget.com/api-doc/contract/plan/Place-Tpsl-Order (planType, size)
                size = held.size if held and order.plan.startswith("pos_") else order.size
                # What a plan becomes carries the plan's id as its own client id.
                # https://github.com/freqtrade/freqtrade/blob/2026.9/freqtrade/exchange/bitget.py
                new: Any = {"id": self.new_id(), "client_id": order.id, "created": now, "updated": now}
                child = replace(order, **new, size=size, plan=None, trigger=None, state="live")
                self.orders[child.id] = child
                if _is_due(child, at):
                    self._fill(child, at, now)
            self._mark(account, order.contract)

    def _fill(self, order: Order, at: Decimal, now: int) -> None:
        contract, left = order.contract, order.size
        side: HoldSide = order.hold_side or ("long" if order.side == "buy" else "short")
        if order.hold_side is None:
            # one-way: first against what is held the other way
            left = self._reduce(contract, "short" if side == "long" else "long", left, order, at)
            if order.closes:
                order.size, left = order.size - left, Decimal(0)
        elif order.closes:
            order.size, left = order.size - self._reduce(contract, side, left, order, at), Decimal(0)
        fee = worth(contract, order.size, at) * TAKER_FEE
        order.state, order.filled, order.average, order.fee, order.updated = "filled", order.size, at, fee, now
        self._pay(contract.settle, order.profit - fee)
        if left:
            key = (contract.product_type, contract.symbol, side)
            position = self.positions.setdefault(
                key, Position(contract, side, order.margin_mode, order.leverage, opened=now)
            )
            position.entry = (position.entry * position.size + at * left) / (position.size + left)
            position.size += left
            position.fees += fee

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
                if plan.plan and plan.closes and plan.is_live and plan.contract == contract and plan.hold_side == side:
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


def _is_due(order: Order, at: Decimal) -> bool:
    if order.plan is not None and order.trigger is not None:
        # a stop waits for the price to get worse, a profit target for it to get better
        falling = (order.side == "sell") == ("loss" in order.plan)
        return at <= order.trigger if falling else at >= order.trigger
    if order.limit is None:
        return True
    return at <= order.limit if order.side == "buy" else at >= order.limit
