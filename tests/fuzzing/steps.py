"""Random programs: the steps, and how a random program is drawn."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

from bitget_leverage_ext.emulator import Quirks

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
SYMBOLS = (BTC, ETH)
Fault = tuple[str, str, int, dict[str, str]]  # kind, path, times, details

TRANSPORT = ("429", "502", "timeout", "refused", "reset", "lost", "late", "late answer", "empty")
PLACES = ("set-leverage", "set-leverage", "set-margin-mode", "place", "position", "/account/", "settings", "/api/")
REFUSALS = (
    ("40893", "The leverage cannot be adjusted"),
    ("40797", "Exceeded the maximum settable leverage"),
    ("45117", "Currently holding positions or orders, the margin mode cannot be adjusted"),
)


@dataclass(frozen=True)
class Step:
    """One line of a program.

    :ivar name: a method of the exchange object, `trade` or `batch`, or one of the app: `app.leverage`
    :ivar second: called on another object of the same key
    :ivar fault: what goes wrong during this step only
    """

    name: str
    args: tuple[Any, ...] = ()
    params: dict[str, Any] = field(default_factory=dict, hash=False)
    symbol: str = BTC
    second: bool = False
    fault: Fault | None = None

    @property
    def calls_exchange(self) -> bool:
        return "." not in self.name and self.name not in ("wait", "restart", "arrive")

    def __str__(self) -> str:
        bot = "second" if self.second else "bot"
        given = ", ".join(repr(each) for each in self.args)
        params = "".join(f", {name}={value!r}" for name, value in self.params.items())
        symbol = "S" if self.symbol == BTC else "E"
        if self.name == "trade":
            text = f"trade({bot}, {given}{params}" + (")" if symbol == "S" else ", symbol=E)")
        elif self.name == "batch":
            text = f"batch({bot}, {symbol}, {given}{params})"
        elif self.name == "app.leverage":
            text = f"app.leverage({symbol}{params})"
        elif self.name.startswith("app.") and self.name not in ("app.convert", "app.position_mode"):
            text = f"{self.name}({given}, symbol={symbol})"
        elif not self.calls_exchange:
            text = f"{self.name}({given}{params})"
        elif self.name == "fetch_positions":
            text = f"{bot}.fetch_positions()"
        elif self.name == "set_position_mode":
            text = f"{bot}.set_position_mode({given})"
        else:
            text = f"{bot}.{self.name}({given}, {symbol}{f', {self.params!r}' if self.params else ''})"
        if self.fault:
            kind, path, times, detail = self.fault
            words = "".join(f", {name}={value!r}" for name, value in detail.items())
            text = f"fault({kind!r}, {path!r}, {times}{words}); {text}"
        return text


@dataclass(frozen=True)
class Case:
    """An account, the options of its program, and the program."""

    client: str
    account: dict[str, bool]
    quirks: dict[str, str]
    options: dict[str, Any]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        words = [
            "unified" if self.account["unified"] else "classic",
            "hedge" if self.account["hedge"] else "one-way",
            "isolated" if self.account["isolated"] else "cross",
        ]
        settings = {name: value for name, value in (("quirks", self.quirks), ("options", self.options)) if value}
        lines = [f"on {' '.join(words)}, client {self.client}, {settings}", *(f"    {step}" for step in self.steps)]
        return "\n".join(lines)


# Those of which the oracle knows nothing.
NOT_DRAWN = {"capitals", "order_mode", "close_mode", "s_products", "unified_trigger", "over_maximum"}
QUIRKS = {name: get_args(hint)[1:] for name, hint in get_type_hints(Quirks).items() if name not in NOT_DRAWN}


def draw(seed: str) -> Case:
    """Return the program of a seed."""
    rng = random.Random(seed)
    account = {name: rng.random() < 0.5 for name in ("unified", "hedge", "isolated")}
    quirks = {}
    for name, values in QUIRKS.items():
        own = random.Random(f"{seed} {name}")  # another quirk changes no other program
        if own.random() < 0.12:
            quirks[name] = own.choice(values)
    client = rng.choices(("sync", "async", "pro"), (6, 3, 1))[0]
    drawer = _Drawer(rng)
    steps = tuple(itertools.islice(drawer.steps(), rng.randint(2, 9)))
    return Case(client, account, quirks, drawer.options(), steps)


class _Drawer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.faulty = rng.random() < 0.5
        self.foreign = rng.random() < 0.5
        self.symbols = SYMBOLS if rng.random() < 0.2 else (BTC,)
        self.seconds = rng.random() < 0.25

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def options(self) -> dict[str, Any]:
        ours: dict[str, Any] = {}
        for name, value in (
            ("verify", "read"), ("skipUnchanged", True), ("otherSide", "same"), ("orders", "ccxt"),
            ("marginMode", "isolated"), ("verify", False), ("holdSide", "both"),
        ):  # fmt: skip
            if self.chance(0.04):
                ours[name] = value
        options: dict[str, Any] = {"setLeverage": ours} if ours else {}
        if self.chance(0.06):
            options["createOrder"] = {"marginMode": self.rng.choice(("cross", "isolated"))}
        elif self.chance(0.06):
            options["defaultMarginMode"] = self.rng.choice(("cross", "isolated"))
        return options

    def steps(self) -> Iterator[Step]:
        """Yield steps without end: random ones, and sequences that programs often have."""
        while True:
            if self.chance(0.2):
                yield from self._sequence(self.rng.choice(self.symbols))
            else:
                yield self.step()

    def _sequence(self, symbol: str) -> tuple[Step, ...]:
        rng = self.rng
        side, mode = rng.choice(("buy", "sell")), rng.choice(("cross", "isolated"))
        held, others = ("long" if side == "buy" else "short"), "isolated" if mode == "cross" else "cross"
        given = {"marginMode": mode} if self.chance(0.5) else {}
        opens = Step("trade", (side,), {}, symbol)
        closes = Step("trade", ("sell" if side == "buy" else "buy",), {"closes": True}, symbol)
        sets = Step("set_leverage", (rng.randint(2, 15),), {"holdSide": "both", **given}, symbol)
        chooses = Step("set_margin_mode", (others,), {}, symbol)
        appears = Step("app.open", (held, mode), {}, symbol)
        lost = rng.choice(("lost", "late", "502", "timeout")), "set-leverage", -1, {}
        fetches = Step("fetch_positions")
        sequences: tuple[tuple[Step, ...], ...] = (
            (dataclasses.replace(sets, fault=lost), opens),
            (sets, dataclasses.replace(sets, args=(rng.randint(2, 15),), fault=lost), opens),
            (sets, Step("set_position_mode", (self.chance(0.5),)), opens),
            (sets, Step("app.leverage", (), {"cross": 18, "long": 18, "short": 18}, symbol),
             Step("set_position_mode", (self.chance(0.5),)), opens),
            (appears, dataclasses.replace(sets, fault=("refused", "set-leverage", -1, {})), opens),
            (sets, chooses, opens),
            (sets, Step("app.convert"), opens, fetches),
            (appears, fetches, chooses, closes),
            (appears, sets, opens),
            (appears, Step("restart"), closes),
            (dataclasses.replace(opens, params=given), chooses, closes, closes),
            (opens, Step("app.close", (held,), {}, symbol), Step("app.open", (held, others), {}, symbol), closes),
            (opens, sets, dataclasses.replace(closes, params={})),
        )  # fmt: skip
        return rng.choice(sequences)

    def step(self) -> Step:
        rng = self.rng
        names = {"set_leverage": 30, "set_margin_mode": 9, "trade": 38, "fetch_positions": 5, "batch": 3,
                 "set_position_mode": 2, "foreign": 14 if self.foreign else 0, "restart": 3, "wait": 1}  # fmt: skip
        name = rng.choices(list(names), list(names.values()))[0]
        symbol = rng.choice(self.symbols)
        step: Step = getattr(self, f"_{name}")(symbol)
        if not step.calls_exchange:
            return step
        second = self.seconds and self.chance(0.4)
        return Step(step.name, step.args, step.params, symbol, second, self._fault() if self.faulty else None)

    def _fault(self) -> Fault | None:
        rng = self.rng
        if not self.chance(0.35):
            return None
        if self.chance(0.3):
            code, msg = rng.choice(REFUSALS)
            path = "set-margin-mode" if code == "45117" else "set-leverage"
            return "refuse", path, -1, {"code": code, "msg": msg}
        return rng.choice(TRANSPORT), rng.choice(PLACES), rng.choice((1, 1, 2, -1)), {}

    # -- the program --------------------------------------------------------------------------------------------------

    def _set_leverage(self, symbol: str) -> Step:
        rng = self.rng
        leverage: Any = rng.randint(2, 15)
        params: dict[str, Any] = {}
        kind = rng.random()
        if kind < 0.35:
            params["holdSide"] = rng.choice(("long", "short"))
        elif kind < 0.5:
            params["holdSide"] = "both"
        elif kind < 0.65:
            params = {"longLeverage": rng.randint(2, 15), "shortLeverage": rng.randint(2, 15)}
            leverage = None if self.chance(0.5) else leverage
        if self.chance(0.3):
            params["marginMode"] = rng.choice(("cross", "isolated", "isolated", "both"))
        if self.chance(0.04):
            params["hedged"] = self.chance(0.5)
        if self.chance(0.03):
            leverage = rng.choice((0, 1000, 3.5, "x"))
        return Step("set_leverage", (leverage,), params)

    def _set_margin_mode(self, symbol: str) -> Step:
        return Step("set_margin_mode", (self.rng.choice(("cross", "isolated")),))

    def _set_position_mode(self, symbol: str) -> Step:
        return Step("set_position_mode", (self.chance(0.5),))

    def _fetch_positions(self, symbol: str) -> Step:
        return Step("fetch_positions")

    def _trade(self, symbol: str) -> Step:
        side, params = self.rng.choice(("buy", "sell")), self._modes()
        kind = self.rng.random()
        if kind < 0.50:
            pass
        elif kind < 0.72:
            params["closes"] = True
        elif kind < 0.84:
            params |= {"closes": True, "stopLossPrice": 200_000 if side == "buy" else 50}
            if self.chance(0.3):
                params["takeProfitPrice"] = params.pop("stopLossPrice")
                params["takeProfitPrice"] = 50 if side == "buy" else 200_000
        elif kind < 0.88:
            params["triggerPrice"] = 200_000 if side == "buy" else 50
        elif kind < 0.94:
            params |= {"type": "limit", "price": 50 if side == "buy" else 500_000}
        else:
            params["amount"] = self.rng.choice((0.02, 0.03))
        return Step("trade", (side,), params)

    def _modes(self) -> dict[str, Any]:
        return {"marginMode": self.rng.choice(("cross", "isolated"))} if self.chance(0.2) else {}

    def _batch(self, symbol: str) -> Step:
        rows = [(self.rng.choice(("buy", "sell")), self.chance(0.25)) for _ in range(2)]
        return Step("batch", (rows,), self._modes())

    # -- others -------------------------------------------------------------------------------------------------------

    def _foreign(self, symbol: str) -> Step:
        rng = self.rng
        name = rng.choices(("leverage", "margin_mode", "open", "close", "convert", "position_mode", "arrive"),
                           (4, 2, 4, 4, 2, 1, 2))[0]  # fmt: skip
        if name == "leverage":
            given = {each: rng.randint(2, 19) for each in ("cross", "long", "short") if self.chance(0.5)}
            return Step("app.leverage", (), given or {"cross": 18}, symbol)
        if name == "margin_mode":
            return Step("app.margin_mode", (rng.choice(("cross", "isolated")),), {}, symbol)
        if name == "open":
            return Step("app.open", (rng.choice(("long", "short")), rng.choice(("cross", "isolated"))), {}, symbol)
        if name == "close":
            return Step("app.close", (rng.choice(("long", "short")),), {}, symbol)
        if name == "position_mode":
            return Step("app.position_mode", (rng.choice(("hedge", "one-way")),))
        return Step("arrive") if name == "arrive" else Step("app.convert")

    def _restart(self, symbol: str) -> Step:
        return Step("restart")

    def _wait(self, symbol: str) -> Step:
        return Step("wait", (self.rng.choice((1, 40)),))
