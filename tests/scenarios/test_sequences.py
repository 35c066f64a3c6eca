"""Every program of one or two calls and an order, its errors swallowed: the position has the leverage asked for last.

The calls are those that programs make in every order: margin mode first or leverage first, one side after the other,
no side, another margin mode, a leverage that is refused. `Asked` is chapter 7 of the specification in short.
"""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import ccxt
import pytest
from world import SYMBOL as S
from world import World, accounts, warnings

CALLS: dict[str, tuple[Any, ...]] = {
    "set_margin_mode('isolated')": ("mode", "isolated"),
    "set_margin_mode('cross')": ("mode", "cross"),
    "set_leverage(7)": ("leverage", 7, ("long", "short"), None),
    "set_leverage(6, {'holdSide': 'long'})": ("leverage", 6, ("long",), None),
    "set_leverage(5, {'holdSide': 'short'})": ("leverage", 5, ("short",), None),
    "set_leverage(9, {'holdSide': 'both', 'marginMode': 'isolated'})": ("leverage", 9, ("long", "short"), "isolated"),
    "set_leverage(8, {'marginMode': 'cross'})": ("leverage", 8, ("long", "short"), "cross"),
    "set_leverage(3, {'holdSide': 'both'}) refused": ("refused", 3),
    "set_leverage(4) lost": ("lost", 4, ("long", "short"), None),
}
ORDERS = (("buy", None), ("sell", None), ("buy", "isolated"))
PROGRAMS = [*((name,) for name in CALLS), *itertools.permutations(CALLS, 2)]


class Asked:
    """What a program has asked for, by margin mode and side."""

    def __init__(self, unified: bool, hedge: bool, isolated: bool) -> None:
        self.unified, self.hedge = unified, hedge
        self.contract = "isolated" if isolated else "cross"  # of a classic account
        self.chosen: str | None = None  # the margin mode of the next order
        self.own: dict[tuple[str, str], int] = {}
        # what was asked for without naming a margin mode, while it stood for the other one
        self.inherited: dict[tuple[str, str], int] = {}

    def call(self, kind: str, value: Any, sides: tuple[str, ...] = (), named: str | None = None) -> None:
        if kind == "mode":
            self.contract = self.chosen = value
        elif kind != "refused" and (self.unified or named in (None, self.contract)):
            mode = named or ((self.chosen or "cross") if self.unified else self.contract)
            other = "cross" if mode == "isolated" else "isolated"
            self.chosen = mode
            self.own |= dict.fromkeys(self._keys(mode, sides), value)
            if named is None:
                self.inherited |= dict.fromkeys(self._keys(other, sides), value)

    def _keys(self, mode: str, sides: tuple[str, ...]) -> list[tuple[str, str]]:
        return [(mode, side) for side in (sides if mode == "isolated" and self.hedge else ("long", "short"))]

    def of(self, side: str, named: str | None) -> tuple[str, int | None]:
        """Return the margin mode and the leverage that an order must get."""
        mode = named or self.chosen or "cross"
        return mode, (self.inherited | self.own).get((mode, side))

    def is_other_side_known(self, side: str) -> bool:
        return ("isolated", "short" if side == "long" else "long") in self.inherited | self.own


def _played(account: tuple[str, ...], program: tuple[str, ...], side: str, named: str | None) -> tuple[str, str]:
    """Return what the order must come to, and what it came to."""
    setup = {"unified": account[0] == "unified", "hedge": account[1] == "hedge", "isolated": account[2] == "isolated"}
    world, asked, hold = World(**setup), Asked(**setup), "long" if side == "buy" else "short"
    with world.running(), warnings():
        bot = world.connect()
        for name in program:
            kind, value, *rest = CALLS[name]
            _call(world, bot, name, kind)
            asked.call(kind, value, *rest)
        params = ({"hedged": True} if setup["hedge"] else {}) | ({"marginMode": named} if named else {})
        try:
            bot.create_order(S, "market", side, 0.01, None, params)
        except ccxt.InvalidOrder as error:
            happened = "order not sent" if "order not sent" in str(error) else repr(error)
        except Exception as error:
            happened = repr(error)
        else:
            happened = ", ".join(f"{each.margin_mode} {each.leverage}x" for each in world.account.positions())
    mode, leverage = asked.of(hold, named)
    expected = f"{mode} {leverage}x" if leverage else f"{mode} {happened.partition(' ')[2]}"  # any leverage
    together = setup["unified"] and setup["hedge"] and mode == "isolated"
    if leverage and together and not asked.is_other_side_known(hold):
        expected = "order not sent"
    return expected, happened


def _call(world: World, bot: Any, name: str, kind: str) -> None:
    code = name.removesuffix(f" {kind}")
    if kind == "refused":
        world.fault("refuse", "set-leverage", -1, code="40893", msg="The leverage cannot be adjusted")
    if kind == "lost":
        world.fault("502", "set-leverage", -1)
    method, _, rest = code.partition("(")
    arguments = eval(f"({rest[:-1]},)")
    with contextlib.suppress(ccxt.BaseError):
        getattr(bot, method)(arguments[0], S, *arguments[1:])
    world.troubles.clear()


@pytest.mark.parametrize("account", accounts("classic; unified"), ids=" ".join)
def test_every_program_gets_what_it_asked_for_last(account: tuple[str, ...]) -> None:
    """Or its order is not sent, where the other side's leverage is needed and was never named."""
    wrong = []
    for program in PROGRAMS:
        for side, named in ORDERS:
            expected, happened = _played(account, program, side, named)
            if happened != expected:
                order = f"create_order({side!r}{f', {named}' if named else ''})"
                wrong.append(f"{'; '.join(program)}; {order}\n      expected {expected}, got {happened}")
    assert not wrong, f"\non {' '.join(account)}: {len(wrong)} programs\n    " + "\n    ".join(wrong[:40])
