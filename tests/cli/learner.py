"""A demo account of an emulator without a socket, and ``learn`` run on it without the command line around it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args, get_type_hints

from world.exchange import connect_directly, constructed

from bitget_leverage_ext import bitget
from bitget_leverage_ext.cli.learn.account import DemoAccount
from bitget_leverage_ext.cli.learn.command import LearnRun
from bitget_leverage_ext.cli.learn.questions import QUESTIONS
from bitget_leverage_ext.emulator import EmulatedAccount, Emulator, Quirks

PRODUCT, ID, SYMBOL = "USDT-FUTURES", "BTCUSDT", "BTC/USDT:USDT"
STARTS = list(itertools.product(("cross", "isolated"), ("hedge", "one-way")))
VALUES: dict[str, tuple[str, ...]] = {
    field.name: tuple(value for value in get_args(get_type_hints(Quirks)[field.name]) if value != "string")
    for field in fields(Quirks)
}


@dataclass
class Learner:
    """One account of the emulator, and the exchange object that ``learn`` uses."""

    emulator: Emulator
    account: EmulatedAccount
    exchange: Any

    def state(self) -> dict[str, Any]:
        """What must be as it was: the truth, shown by the account or not."""
        account, leverages = self.account, self.account.leverages(PRODUCT, ID)
        modes = {} if account.unified else {"margin mode": account.margin_mode(PRODUCT, ID)}
        return {
            **modes,
            "position mode": account.position_mode(PRODUCT),
            "crossed leverage": leverages.cross,
            "isolated long leverage": leverages.long,
            "isolated short leverage": leverages.short,
            "position": account.positions(),
            "orders": [each for each in account.book.orders.values() if each.is_live],
            "row": self.row() if account.unified else None,
        }

    def row(self) -> Any:
        """The settings row of a unified account, as it would be shown."""
        settings = self.exchange.request("v3/account/settings", ["private", "uta"], "GET", {}, config={"cost": 0})
        return settings["data"]["symbolConfigList"]

    def learn(self, orders: bool = True) -> LearnRun:
        return LearnRun(DemoAccount(self.exchange)).start(SYMBOL, orders)


def learner(
    markets: Mapping[str, Any], unified: bool, start: tuple[str, str] = ("cross", "hedge"), **more: Any
) -> Learner:
    """A demo account with leverages of its own in every cell."""
    emulator = Emulator(rate_limit=False)
    margin, position = start
    account = emulator.add_account(unified, "demo", position_mode=position, margin_mode=margin, **more)
    sides = {"long": 7, "short": 5 if position == "hedge" else 7}
    account.set_leverages(PRODUCT, ID, cross=11, **sides, margin_mode=account.margin_mode(PRODUCT, ID))
    exchange = constructed(bitget, emulator.config(account, enableRateLimit=False))
    connect_directly(exchange, emulator)
    exchange.set_sandbox_mode(True)
    exchange.sleep = lambda milliseconds: None
    vars(exchange).update(markets)
    return Learner(emulator, account, exchange)


def answers(found: LearnRun) -> dict[str, str]:
    return {name: answer.outcome for name, answer in found.complete().items()}


def tellable(quirks: Quirks, unified: bool) -> dict[str, str]:
    """What ``learn`` is to answer: the quirks, as far as an account of this type can tell them."""
    kind = "unified" if unified else "classic"
    asked = {each.name for each in QUESTIONS if kind in each.kinds}
    expected = {name: getattr(quirks, name) if name in asked else "unknown" for name in VALUES}
    one_sided = quirks.unified_hedge in ("documentation", "all_one_side") or quirks.unified_one_way == "per_side"
    if expected["unified_row"] in ("last", "long") and not one_sided:
        expected["unified_row"] = "string"  # every accepted request sets both sides
    beside = {
        "margin_coin_capitals": quirks.capitals,
        "one_way_leverage_alone": "refused"
        if unified and quirks.unified_one_way in ("wants_side", "per_side")
        else "both",
        "order_margin_mode": "unknown" if not unified and quirks.order_mode == "refused" else "order",
        "order_without_margin_mode": "crossed" if unified else "refused",
        "exit_without_margin_mode": "closed" if quirks.close_mode == "accepted" else "refused",
    }
    return expected | {name: value if name in asked else "unknown" for name, value in beside.items()}


def combinations(seed: int) -> Iterator[dict[str, str]]:
    """Combinations of quirks at random, in which every value of every quirk is at least once."""
    chance = random.Random(seed)
    columns = {name: chance.sample(values, len(values)) * 8 for name, values in VALUES.items()}
    for number in range(max(map(len, VALUES.values()))):
        yield {name: column[number] for name, column in columns.items()}
