"""The words of a program in a scenario: ccxt's own methods, and a few of the world's.

Every name that is not listed here is a method of `bot`, the program's exchange object.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from .exchange import PRODUCT, SYMBOL, Sent, World

_PRODUCTS = ("productType", "category")
# The fields that name a contract. Of a request that sets something, all others are shown, these first; of any other
# request, orders too, the margin mode.
_CONTRACT = {"symbol", "coin", "marginCoin", *_PRODUCTS}
_FIRST = ("marginMode", "leverage", "longLeverage", "shortLeverage")
OTHER = "ETH/USDT:USDT"


def requests_of(sent: Iterable[Sent]) -> list[str]:
    """Return each request as a line: version, name, the symbol if it is another one, the decisive fields."""
    return [_line(each) for each in sent]


def _line(sent: Sent) -> str:
    _, _, version, *_, name = sent.path.split("/")
    is_order = version == "v3" and name in ("place-order", "place-strategy-order", "place-batch")
    # An order of a unified account that names no margin mode is in crossed margin.
    missing = {"marginMode": "crossed"} if is_order else {}
    rows = sent.params if isinstance(sent.params, list) else sent.params.get("orderList") or []
    own = {} if isinstance(sent.params, list) else missing | sent.params
    shown = [*_FIRST, *(own.keys() - _CONTRACT - {*_FIRST})] if name.startswith("set-") else ["marginMode"]
    words = [f"{field}={own[field]}" for field in shown if field in own]
    words += [f"[{' '.join(str((missing | row).get('marginMode', 'none')) for row in rows)}]"] if rows else []
    other = [] if own.get("symbol", "BTCUSDT") == "BTCUSDT" else [own["symbol"]]
    product = [own[name] for name in _PRODUCTS if name in own and own[name] != PRODUCT]
    return " ".join([version, name, *product, *other, *words])


class App:
    """Somebody else, who changes the account in Bitget's app, as far as Bitget lets him."""

    def __init__(self, world: World) -> None:
        self._account = world.account
        self.convert = self._account.convert_to_unified

    def _refuse_while_busy(self, *symbols: str) -> None:
        if any(self._account.setting(symbol).busy for symbol in symbols):
            raise ValueError("the exchange refuses a change of modes while a position or an order is open")

    def margin_mode(self, mode: str, symbol: str = SYMBOL) -> None:
        self._refuse_while_busy(symbol)
        self._account.set_margin_mode(symbol, mode)

    def position_mode(self, mode: str) -> None:
        self._refuse_while_busy(SYMBOL, OTHER)
        self._account.set_position_mode(mode)

    def become_classic(self) -> None:
        """The unified account is a classic one from now on."""
        mode = self._account.position_mode()
        self._account.unified = False
        self._account.set_position_mode(mode)

    def leverage(self, symbol: str = SYMBOL, **leverages: Any) -> None:
        """In one-way mode an isolated leverage is that of both sides."""
        if self._account.position_mode() != "hedge_mode" and (one := leverages.get("long", leverages.get("short"))):
            leverages |= {"long": one, "short": one}
        self._account.set_leverages(symbol, **leverages)

    def open(self, side: Any, mode: str, symbol: str = SYMBOL) -> None:
        self._account.open_position(symbol, side, 0.01, mode)

    def close(self, side: Any, symbol: str = SYMBOL) -> None:
        self._account.close_position(symbol, side)


def _hedged(world: World) -> dict[str, bool]:
    return {"hedged": True} if world.account.position_mode() == "hedge_mode" else {}


class Program(dict[str, Any]):
    """A running program; a name that it does not define is a method of its exchange object."""

    def __init__(self, world: World, settings: dict[str, Any]) -> None:
        super().__init__(
            S=SYMBOL, E=OTHER, app=App(world), fault=world.fault, heal=world.troubles.clear, arrive=world.arrive,
            wait=world.clock.sleep, restart=self.restart, trade=self.trade, world=world, result=None, elapsed=0.0,
        )  # fmt: skip
        for name, side, closes in (
            ("open_long", "buy", False), ("open_short", "sell", False),
            ("close_long", "sell", True), ("close_short", "buy", True),
        ):  # fmt: skip
            self[name] = lambda type="market", amount=0.01, side=side, closes=closes, **params: self.trade(
                self["bot"], side, closes, type, amount, **params
            )
        for name, side in (("stop_long", "sell"), ("stop_short", "buy")):
            price = 50_000 if side == "sell" else 200_000
            self[name] = lambda side=side, price=price, **params: self.trade(
                self["bot"], side, True, **{"stopLossPrice": price, **params}
            )
        self.world, self._settings = world, settings
        self["bot"] = world.connect(**settings)

    def __missing__(self, name: str) -> Any:
        if name == "second":  # another object of the same key
            self[name] = self.world.connect(**self._settings)
            return self[name]
        if hasattr(self["bot"], name):
            return getattr(self["bot"], name)
        raise KeyError(name)

    def restart(self) -> None:
        """End the process and start the program again."""
        self.world.new_process()
        self.pop("second", None)
        self["bot"] = self.world.connect(**self._settings)

    def trade(
        self, bot: Any, side: str, closes: bool = False, type: str = "market", amount: float = 0.01,
        symbol: str = SYMBOL, price: Any = None, **params: Any,
    ) -> Any:  # fmt: skip
        """Place an order as a program does that knows its position mode."""
        closing = {"reduceOnly": True} if closes else {}
        return bot.create_order(symbol, type, side, amount, price, {**closing, **_hedged(self.world), **params})

    def run(self, code: str) -> list[Exception]:
        """Run a line; return the exceptions that it raises."""
        if code.startswith("assert "):
            holds = eval(code.removeprefix("assert "), {}, self)
            return [] if holds else [AssertionError(f"result = {self['result']}, elapsed = {self['elapsed']:.2f} s")]
        self.world.clock.sleep(0.01)  # no two lines of a program run in the same moment
        parts, began = code.split(" || "), self.world.clock.now
        if len(parts) > 1 and self.world.loop is not None:
            outcomes = self.world.loop.run_until_complete(self._together(parts))
        else:
            outcomes = [self._alone(part) for part in parts]
        self["result"], self["elapsed"] = outcomes[-1], self.world.clock.now - began
        return [each for each in outcomes if isinstance(each, Exception)]

    def _alone(self, code: str) -> Any:
        try:
            return self.world.run(eval(code, {}, self))
        except Exception as error:
            return error

    async def _together(self, parts: list[str]) -> list[Any]:
        return await asyncio.gather(*(eval(part, {}, self) for part in parts), return_exceptions=True)

    def state(self, expected: str) -> str:
        """Return what is the case, in the form of what is expected."""
        if not expected.startswith("stored"):
            return ", ".join(self._positions()) or "nothing"
        leverages = self.world.account.leverages(SYMBOL)
        names = [part.split()[0] for part in expected.removeprefix("stored").split(",")]
        return "stored " + ", ".join(f"{name} {getattr(leverages, name)}" for name in names)

    def _positions(self) -> list[str]:
        rows = sorted(self.world.account.positions())
        return [
            f"{row.side} {row.margin_mode} {row.leverage}x" + ("" if row.symbol == SYMBOL else f" {row.symbol}")
            for row in rows
        ]  # fmt: skip
