"""Drives a flow by hand: every call that it asks for is noted, and answered in turn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ccxt

from bitget_leverage_ext.account import Memory
from bitget_leverage_ext.drive import Alone, Call, Pause, Shared, Together
from bitget_leverage_ext.flows.leverage import set_leverage

S = "BTC/USDT:USDT"
MARKET = {
    "symbol": S,
    "id": "BTCUSDT",
    "baseId": "BTC",
    "quoteId": "USDT",
    "settleId": "USDT",
    "contract": True,
    "swap": True,
    "limits": {"leverage": {"min": 1.0, "max": 125.0}},
    "info": {},
}


class Exchange(SimpleNamespace):
    """Its own ``set_leverage`` is nobody's override."""

    set_leverage = SimpleNamespace(flow=set_leverage)


def exchange(uta: bool | None = False, loaded: bool = True, **options: Any) -> Any:
    """As much of an exchange object as a flow looks at."""
    self = Exchange(
        options={"uta": uta, "setLeverage": options},
        markets={S: MARKET} if loaded else None,
        markets_by_id={"BTCUSDT": [MARKET]},
        _memory=Memory(),
        check_required_credentials=lambda _: True,
        milliseconds=lambda: 1700000000000,
        parse_leverage=lambda data, market: ("leverage", data, market),
        parse_margin_mode=lambda data, market: ("margin mode", data, market),
        handle_product_type_and_params=lambda _, params: ("USDT-FUTURES", params),
    )

    def handle(params: dict[str, Any], method: str, name: str) -> tuple[Any, dict[str, Any]]:
        names = (name, f"default{name[0].upper()}{name[1:]}")  # as in ccxt: marginMode, defaultMarginMode
        places = (params, self.options.get(method) or {}, self.options)
        found = (place[each] for place in places for each in names if place.get(each) is not None)
        return next(found, None), {key: value for key, value in params.items() if key not in names}

    self.handle_option_and_params = handle
    return self


def ok(data: Any = "success") -> dict[str, Any]:
    return {"code": "00000", "msg": "success", "requestTime": 1, "data": data}


def account(margin: str, position: str, cross: int = 20, long: int = 20, short: int = 20) -> dict[str, Any]:
    figures = {"crossedMarginLeverage": cross, "isolatedLongLever": long, "isolatedShortLever": short}
    return ok({"marginMode": margin, "posMode": position, **figures})


def reply(margin: str, cross: int = 20, long: int = 20, short: int = 20) -> dict[str, Any]:
    figures = {"crossMarginLeverage": str(cross), "longLeverage": str(long), "shortLeverage": str(short)}
    return ok({"marginMode": margin, **figures})


def refusal(code: str, text: str) -> ccxt.ExchangeError:
    return ccxt.ExchangeError(f'bitget {{"code":"{code}","msg":"{text}"}}')


def asked(call: Any) -> Any:
    """A call in short: method, endpoint and fields, without those that name the contract; the name of a ccxt method."""
    if not isinstance(call, Call):
        return call
    if call.method != "request":
        return call.method
    path, _, method, fields = call.args
    named = {"symbol", "marginCoin", "productType", "category", "coin"}
    return method, path.rsplit("/", 1)[1], {name: value for name, value in fields.items() if name not in named}


class Missing(AssertionError):
    """The flow asks for more than there are answers."""


def drive(flow: Any, *answers: Any) -> tuple[list[Any], Any]:
    """Every call of *flow* in short, answered in turn, and how it ended."""
    calls, outcome = drive_whole(flow, *answers)
    return [asked(call) for call in calls], outcome


def drive_whole(flow: Any, *answers: Any) -> tuple[list[Any], Any]:
    """Every call of *flow* as it is, answered in turn, and how it ended; an answer is a value, or an error to raise."""
    calls: list[Any] = []
    left = list(answers)
    try:
        outcome = run(flow, calls, left)
    except ccxt.BaseError as error:
        outcome = error
    assert not left, f"the flow ended before {left}"
    return calls, outcome


def run(flow: Any, calls: list[Any], answers: list[Any]) -> Any:
    """What a driver does with *flow*."""
    value: Any = None
    advance = flow.send
    try:
        while True:
            step = advance(value)
            try:
                value, advance = take(step, calls, answers), flow.send
            except Missing:
                raise
            except Exception as error:
                value, advance = error, flow.throw
    except StopIteration as stop:
        return stop.value


def take(step: Any, calls: list[Any], answers: list[Any]) -> Any:
    if isinstance(step, (Alone, Shared)):
        return run(step.flow(), calls, answers)
    if isinstance(step, Together):
        return [run(flow, calls, answers) for flow in step.flows]
    calls.append(step)
    if isinstance(step, Pause):
        return None
    assert isinstance(step, Call)
    if not answers:
        raise Missing(f"no answer to {asked(step)}")
    answer = answers.pop(0)
    if isinstance(answer, Exception):
        raise answer
    return answer() if callable(answer) else answer


READ = ("GET", "account", {})
WRITE = ("POST", "set-leverage", {"leverage": "10"})
LONG = ("POST", "set-leverage", {"leverage": "10", "holdSide": "long"})

SETTINGS = ("GET", "settings", {})
POSITIONS = ("GET", "current-position", {})


def row(mode: str, figure: Any) -> dict[str, Any]:
    return {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginMode": mode, "leverage": figure}


def settings(*rows: dict[str, Any], hold: str = "one_way_mode") -> dict[str, Any]:
    return ok({"holdMode": hold, "symbolConfigList": list(rows)})


def position(mode: str, side: str, figure: str) -> dict[str, Any]:
    return {"symbol": "BTCUSDT", "marginMode": mode, "posSide": side, "leverage": figure}


NOBODY = ok({"list": None})
