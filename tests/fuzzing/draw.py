"""One sequence, drawn from a seed."""

from __future__ import annotations

import random
import typing
from decimal import Decimal
from typing import Any

from bitget_leverage_ext.emulator import Quirks
from fuzzing.cases import NAMES, NO_CHANGE, SYMBOLS, Case, Op, Setup

ANSWERS = {name: typing.get_args(kind) for name, kind in typing.get_type_hints(Quirks).items()}
SIDES = ("long", "short")
REFUSALS = (
    {"code": "40893", "msg": "not enough margin"},
    {"code": "40808", "msg": "hold side is null"},
    {"code": NO_CHANGE, "msg": "No change in leverage"},
)
FAULTS: tuple[tuple[str, Any], ...] = (
    ("too_many", None), ("drop", None), ("down", None), ("late", None), ("late", None), ("timeout", None), ("page", 502), ("page", 504),
    ("cut", None), ("empty", None), ("text", None), ("lie", {}), ("stale", {}), ("other_mode", {}),
    ("figures", {"longLeverage": "2", "shortLeverage": "2", "crossMarginLeverage": "2"}),
    *(("refuse", refusal) for refusal in REFUSALS),
)  # fmt: skip
BAD: tuple[tuple[Any, ...], ...] = (
    *(("set_leverage", figure, "BTC/USDT:USDT", {}) for figure in (0, -1, 0.5, "x", None, True, float("nan"), 10**6, 999)),
    *(("set_leverage", 5, symbol, {}) for symbol in (None, "", "BTC/USDT", "NOPE/USDT:USDT", 7)),
    *(("set_leverage", 5, "BTC/USDT:USDT", params) for params in (
        {"holdSide": "buy"}, {"holdSide": "long", "posSide": "short"}, {"productType": "COIN-FUTURES"}, {"hedged": 1},
        {"marginMode": "portfolio"}, {"verify": "maybe"}, {"skipUnchanged": 1}, {"leverage": 3}, {"marginCoin": "BTC"},
        {"fractional": "ceil"}, {"holdSide": "long", "shortLeverage": 5}, {"longLeverage": 0},
    )),
    ("set_leverages", {"BTC/USDT:USDT": 5, "BTCUSDT": 6}, {}, {}),
    ("set_leverages", {"BTC/USDT:USDT": {"leverage": 5, "sides": "long"}}, {}, {}),
    ("set_leverages", {"BTC/USDT:USDT": {"long": 5, "longLeverage": 5}}, {}, {}),
    ("set_leverages", [("BTC/USDT:USDT", 5)], {}, {}),
    ("set_margin_mode", "both", "BTC/USDT:USDT", {}), ("set_margin_mode", "isolated", None, {}),
    ("set_position_mode", "hedge", "BTC/USDT:USDT", {}), ("set_position_mode", 1, "BTC/USDT:USDT", {}),
)  # fmt: skip


class Draw:
    """One sequence, drawn from a seed."""

    def __init__(self, client: str, seed: str) -> None:
        self.random, self.client = random.Random(seed), client

    def case(self) -> Case:
        """The whole of it."""
        self.setup = self._setup()
        return Case(self.client, self.setup, tuple(self._op() for _ in range(self.random.randint(5, 20))))

    def chance(self, part: float) -> bool:
        """True in *part* of all cases."""
        return self.random.random() < part

    # -- what it is played on ---------------------------------------------------------------------------------------

    def _setup(self) -> Setup:
        choose = self.random.choice
        unified = self.chance(0.5)
        known = tuple(NAMES[True]) if unified and self.chance(0.95) else SYMBOLS
        symbols = tuple(dict.fromkeys(choose(known) for _ in range(choose((1, 1, 2, 3)))))
        hedge = self.chance(0.6)
        return Setup(
            unified,
            symbols,
            {NAMES[False][symbol][0]: hedge for symbol in symbols},
            {symbol: choose(("crossed", "isolated")) for symbol in symbols},
            {symbol: (choose((3, 20)), choose((4, 20)), choose((5, 20))) for symbol in symbols},
            {name: choose(answers) for name, answers in ANSWERS.items() if self.chance(0.3)},
            self._options(),
            choose((True, False)) if self.chance(0.04) else None,
        )

    def _options(self) -> dict[str, Any]:
        choose = self.random.choice
        drawn = {
            "holdSide": (0.2, ("both", "both", "long", "short")),
            "marginMode": (0.2, ("cross", "isolated", "both")),
            "verify": (0.2, ("read", "read", "reply", False)),
            "skipUnchanged": (0.1, (True,)),
            "fractional": (0.1, ("floor",)),
            "deadline": (0.2, (0,)),
        }
        return {name: choose(values) for name, (part, values) in drawn.items() if self.chance(part)}

    # -- operations -------------------------------------------------------------------------------------------------

    def _op(self) -> Op:
        kinds = {"call": 60, "order": 18, "meddle": 16, "together": 7, "restart": 3, "bad": 5}
        [kind] = self.random.choices(list(kinds), list(kinds.values()))
        if kind == "meddle":
            return Op("meddle", self._meddling())
        if kind == "restart":
            return Op("restart")
        if kind == "bad":
            return Op("bad", self.random.choice(BAD))
        if kind == "together":
            return Op("together", tuple(self._call() for _ in range(self.random.choice((2, 2, 3)))), self._strikes())
        name, *args = self._order() if kind == "order" else self._call()
        return Op(name, tuple(args), self._strikes())

    def _strikes(self) -> tuple[tuple[int, str, Any], ...]:
        return tuple(self._strike() for _ in range(self.random.choice((0, 0, 0, 0, 0, 1, 1, 2))))

    def _strike(self) -> tuple[int, str, Any]:
        place = self.random.choice((0, 0, 1, 1, 2, 3))
        if self.chance(0.5):
            return place, "meddle", self._meddling()
        return place, *self.random.choice(FAULTS)

    def _meddling(self) -> tuple[Any, ...]:
        choose, symbol = self.random.choice, self._symbol()
        name = choose(list(ANSWERS))
        return choose(
            (
                *[("margin", symbol, choose(("crossed", "isolated", "isolated")))] * 4,
                *[("position", symbol, choose(("hedge_mode", "hedge_mode", "one_way_mode")))] * 4,
                *[("figures", symbol, {choose(("cross", "long", "short")): self._whole()})] * 3,
                ("open", symbol, choose(SIDES), choose(("crossed", "isolated"))),
                ("close", symbol),
                ("arrive",),
                ("arrive",),
                ("switch",),
                ("quirks", {name: choose(ANSWERS[name])}),
            )
        )

    def _call(self) -> tuple[Any, ...]:
        choose, symbol = self.random.choice, self._symbol()
        kinds = {"one": 60, "many": 14, "margin": 14, "position": 6, "read": 8}
        [kind] = self.random.choices(list(kinds), list(kinds.values()))
        if kind == "one":
            return self._leverage(symbol)
        if kind == "many":
            return self._leverages()
        if kind == "margin":
            return "set_margin_mode", choose(("cross", "isolated", "isolated")), symbol, {}
        if kind == "position":
            return "set_position_mode", self.chance(0.6), symbol, {}
        listed = ("fetch_leverages", list(self.setup.symbols))
        return choose((("fetch_leverage", symbol), ("fetch_margin_mode", symbol), listed, ("fetch_leverages", None)))

    def _order(self) -> tuple[Any, ...]:
        choose = self.random.choice
        named = choose(("cross", "crossed", "isolated", "ISOLATED")) if self.chance(0.15) else None
        return choose(("open", "open", "close")), self._symbol(), choose(SIDES), named, self.chance(0.15)

    def _symbol(self) -> str:
        return self.random.choice(self.setup.symbols)

    # -- a leverage -------------------------------------------------------------------------------------------------

    def _whole(self) -> int:
        return self.random.randint(2, 60)

    def _figure(self) -> Any:
        figure = self._whole()
        return self.random.choice((figure, figure, figure, figure, str(figure), float(figure), Decimal(figure)))

    def _leverage(self, symbol: str) -> tuple[Any, ...]:
        figure, params = self._figure(), self._params(symbol)
        if params.get("fractional") == "floor":
            figure = self._whole() + 0.5
        if "longLeverage" in params or "shortLeverage" in params:
            figure = self.random.choice((None, figure))
        name = NAMES[False][symbol][1] if self.chance(0.05) and symbol != "BTC/USD:BTC" else symbol
        return "set_leverage", figure, name, params

    def _sides(self) -> dict[str, Any]:
        choose = self.random.choice
        if self.chance(0.35):
            return {}
        if self.chance(0.65):
            return {choose(("holdSide", "posSide", "positionSide")): choose((*SIDES, "both", "LONG", "Short"))}
        one = self._figure()
        both = {"longLeverage": one, "shortLeverage": choose((one, self._figure()))}
        return choose((both, both, {choose(("longLeverage", "shortLeverage")): one}))

    def _params(self, symbol: str) -> dict[str, Any]:
        choose, params = self.random.choice, self._sides()
        product = NAMES[False][symbol][0]
        drawn = {
            "marginMode": (0.15, ("cross", "crossed", "isolated", "Isolated", "both")),
            "hedged": (0.08, (True, False)),
            "productType": (0.05, (product, product.lower())),
            "verify": (0.25, ("read", "read", "reply", False)),
            "skipUnchanged": (0.1, (True, False)),
            "fractional": (0.04, ("floor",)),
            "uta": (0.02, (True, False)),
        }
        return params | {name: choose(values) for name, (part, values) in drawn.items() if self.chance(part)}

    def _leverages(self) -> tuple[Any, ...]:
        wanted: dict[str, Any] = {}
        for symbol in self.setup.symbols:
            _, figure, name, params = self._leverage(symbol)
            spelled = {
                {"longLeverage": "long", "holdSide": "side"}.get(word, word): value for word, value in params.items()
            }
            wanted[name] = {"leverage": figure, **spelled} if self.chance(0.6) else self._figure()
        acts = {}
        if self.chance(0.5):
            acts[self.random.randint(1, len(wanted))] = self.random.choice(
                (("meddle", *self._meddling()), ("call", *self._leverage(self._symbol())), ("raise",))
            )
        return "set_leverages", wanted, {}, acts
