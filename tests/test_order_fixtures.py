"""Orders are ccxt's own, byte for byte: but for `marginMode` of futures orders, once something was set."""

from __future__ import annotations

import asyncio
import copy
import inspect
import itertools
import json
from collections.abc import Callable
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest

import bitget_leverage_ext
from bitget_leverage_ext.rules.orders import PATHS

STOCK = {"sync": ccxt.bitget, "async": ccxt.async_support.bitget, "pro": ccxt.pro.bitget}
OURS = {
    "sync": bitget_leverage_ext.bitget,
    "async": bitget_leverage_ext.async_support.bitget,
    "pro": bitget_leverage_ext.pro.bitget,
}
SPOT, SWAP, COIN, DELIVERY = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC", "BTC/USD:BTC-270326"
LIMIT = ("limit", "buy", 0.1, 90000)
MARKET = ("market", "sell", 0.1)
STOP = {"triggerPrice": 80000}
# What ccxt's documentation of create_order knows, https://docs.ccxt.com/#/exchanges/bitget?id=createorder
KINDS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (LIMIT, {}),
    (MARKET, {}),
    (LIMIT, {"postOnly": True}),
    (LIMIT, {"timeInForce": "IOC"}),
    (LIMIT, {"timeInForce": "FOK", "clientOrderId": "mine"}),
    (LIMIT, {"clientOid": "mine"}),
    (MARKET, {"reduceOnly": True}),
    (MARKET, {"reduceOnly": True, "hedged": True}),
    (LIMIT, {"hedged": True}),
    (LIMIT, {"oneWayMode": True}),
    (MARKET, {"tradeSide": "close"}),
    (MARKET, {"posSide": "long"}),
    (LIMIT, STOP),
    (MARKET, STOP),
    (MARKET, {**STOP, "reduceOnly": True}),
    (MARKET, {**STOP, "stopLoss": {"triggerPrice": 70000, "price": 69000}, "takeProfit": {"triggerPrice": 110000}}),
    (MARKET, {"stopLossPrice": 80000}),
    (MARKET, {"takeProfitPrice": 120000, "hedged": True}),
    (LIMIT, {"stopLossPrice": 80000, "reduceOnly": True}),
    (LIMIT, {"stopLoss": {"triggerPrice": 80000}, "takeProfit": {"triggerPrice": 120000, "price": 121000}}),
    (("market", "sell", 0.1, 100000), {"trailingPercent": "1", "trailingTriggerPrice": 101000}),
    (("market", "sell", 0.1, 100000), {"trailingPercent": "1", "reduceOnly": True}),
    (("market", "buy", 0.1, 90000), {"cost": 100}),
    (LIMIT, {"marginMode": "isolated"}),
    (LIMIT, {"marginMode": "cross"}),
    (LIMIT, {"marginMode": "moon"}),
    (LIMIT, {"defaultMarginMode": "isolated", "anything": "else"}),
    (MARKET, {"productType": "USDT-FUTURES"}),
    (("limit", "buy", 0.1, None), {}),
    (("limit", None, 0.1, 90000), {}),
]


def row(*order: Any, symbol: str = SWAP, **params: Any) -> dict[str, Any]:
    names = ("type", "side", "amount", "price")
    return {"symbol": symbol, **dict(zip(names, order, strict=False)), "params": params}


BATCHES: list[list[dict[str, Any]]] = [
    [row(*LIMIT), row(*MARKET)],
    [row(*LIMIT, clientOrderId="a"), row(*MARKET, reduceOnly=True, clientOrderId="b")],
    [row(*MARKET, reduceOnly=True, hedged=True)],
    [row(*LIMIT, marginMode="isolated"), row(*LIMIT, marginMode="isolated")],
    [row(*LIMIT, marginMode="isolated"), row(*LIMIT, marginMode="cross")],
    [row(*LIMIT, symbol=SPOT), row(*LIMIT, symbol=SPOT)],
    [row(*LIMIT, symbol=SPOT, marginMode="isolated")],
    [row(*LIMIT, symbol=SPOT, marginMode="cross"), row(*LIMIT, symbol=SPOT, marginMode="crossed")],
    [row(*LIMIT), row(*LIMIT, symbol=COIN)],
    [row(*LIMIT, symbol=COIN), row(*MARKET, symbol=COIN)],
    [],
]
SINGLES = [
    ("create_order", (symbol, *order, *(None,) * (4 - len(order)), params))
    for symbol, (order, params) in itertools.product((SPOT, SWAP, COIN, DELIVERY), KINDS)
]
OTHERS = [
    ("edit_order", ("1", SWAP, "limit", "buy", 0.1, 90000, {})),
    ("edit_order", ("1", SWAP, "limit", "buy", 0.1, 90000, {"stopLossPrice": 80000})),
    ("close_position", (SWAP, "long")),
    ("close_all_positions", ({"productType": "USDT-FUTURES"},)),
    ("cancel_order", ("1", SWAP)),
    ("create_market_buy_order_with_cost", (SPOT, 100)),
    ("create_stop_loss_order", (SWAP, "market", "sell", 0.1, None, 80000)),
    ("create_take_profit_order", (SWAP, "market", "sell", 0.1, None, 120000)),
    ("create_trigger_order", (SWAP, "market", "sell", 0.1, None, 80000)),
    ("create_reduce_only_order", (SWAP, "market", "sell", 0.1)),
    ("create_limit_order", (SPOT, "buy", 0.1, 90000)),
    ("private_mix_post_v2_mix_order_place_order", ({"symbol": "BTCUSDT", "productType": "USDT-FUTURES"},)),
    (
        "private_uta_post_v3_trade_place_order",
        ({"symbol": "BTCUSDT", "category": "USDT-FUTURES", "marginMode": "cross"},),
    ),
    ("private_uta_post_v3_trade_place_strategy_order", ({"category": "USDT-FUTURES", "marginMode": "isolated"},)),
]
CALLS: list[tuple[str, tuple[Any, ...]]] = [*SINGLES, *(("create_orders", (batch,)) for batch in BATCHES), *OTHERS]


class Offline:
    """An exchange object whose requests end here, each answered as if it went well."""

    def __init__(self, cls: Any, unified: bool, markets: dict[str, Any], **options: Any) -> None:
        keys = {"apiKey": "key", "secret": "secret", "password": "word"}
        self.exchange = cls({**keys, "enableRateLimit": False, "options": {"uta": unified, **options}})
        vars(self.exchange).update(markets)
        self.exchange.milliseconds = lambda: 1_700_000_000_000
        self.exchange.uuid = self.exchange.uuid22 = self.exchange.uuid16 = lambda *_: "uuid"
        self.exchange.fetch = self._fetch_async if inspect.iscoroutinefunction(cls.fetch) else self._fetch
        self.requests: list[tuple[Any, ...]] = []

    def _fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        self.requests.append((url, method, headers, body))
        row = {"orderId": "1", "clientOid": "mine"}
        many = "batch" in url or "close-positions" in url
        lists = {"successList": [row], "failureList": [], "list": [row]}
        data: Any = [row] if url.endswith("place-batch") else lists if many else row
        return {"code": "00000", "msg": "success", "requestTime": 1, "data": data}

    async def _fetch_async(self, *args: Any, **kwargs: Any) -> Any:
        return self._fetch(*args, **kwargs)

    def __call__(self, name: str, *args: Any) -> list[tuple[Any, ...]]:
        """What a call sends, and what it returns or raises."""
        self.requests.clear()
        try:
            outcome: Any = getattr(self.exchange, name)(*copy.deepcopy(args))
            if inspect.isawaitable(outcome):
                outcome = asyncio.run(_wait(outcome))
        except Exception as error:  # ccxt's own too: an older one trips over an empty batch
            outcome = type(error), str(error)
        return [*self.requests, ("outcome", outcome)]

    def bodies(self, name: str, *args: Any) -> list[Any]:
        """The bodies that a call sends, and its outcome where it failed."""
        *sent, (_, outcome) = self(name, *args)
        return [json.loads(body) for *_, body in sent] or [outcome]


async def _wait(awaitable: Any) -> Any:
    return await awaitable


@pytest.fixture(params=[False, True], ids=["classic", "unified"])
def unified(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def offline(kind: str, unified: bool, markets: Any, unified_markets: Any) -> Callable[..., Offline]:
    def offline(classes: Any = OURS, **options: Any) -> Offline:
        return Offline(classes[kind], unified, unified_markets if unified else markets, **options)

    return offline


@pytest.mark.parametrize("options", [{}, {"defaultMarginMode": "cross"}, {"createOrder": {"marginMode": "isolated"}}])
def test_byte_for_byte(offline: Callable[..., Offline], unified: bool, options: dict[str, Any]) -> None:
    """Where nothing was set through the object, every request and every outcome is ccxt's own.

    But for what the caller names and ccxt loses: a unified account's options, its bare 'cross', and the options of a
    batch. There it differs in marginMode only.
    """
    ours, stock = offline(**options), offline(STOCK, **options)
    for name, args in CALLS:
        mine, theirs = ours(name, *args), stock(name, *args)
        if mine != theirs:
            assert options or (unified and "arginMode" in str(args)), (name, args)
            only_modes_differ(mine, theirs)


def only_modes_differ(mine: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> None:
    """Two sendings of one futures order differ in nothing but its margin mode."""
    assert without_modes(mine) == without_modes(theirs)
    assert mine[0][0].partition("/api/")[2] in PATHS
    assert "-FUTURES" in mine[0][3]


def without_modes(sent: list[tuple[Any, ...]]) -> list[Any]:
    def cleaned(body: Any) -> Any:
        if isinstance(body, list):
            return [cleaned(each) for each in body]
        if isinstance(body, dict):
            return {name: cleaned(value) for name, value in body.items() if name != "marginMode"}
        return body

    return [(url, cleaned(json.loads(body))) if url != "outcome" else None for url, *_, body in sent]


@pytest.mark.parametrize("mode", ["isolated", "crossed"])
def test_only_the_margin_mode_of_futures(offline: Callable[..., Offline], unified: bool, mode: str) -> None:
    """Once something was set: spot and margin orders, closes, edits and raw calls are ccxt's own as before."""
    ours, stock = offline(), offline(STOCK)
    for symbol, product_type in (
        ("BTCUSDT", "USDT-FUTURES"),
        ("BTCUSD", "COIN-FUTURES"),
        ("BTCUSDH27", "COIN-FUTURES"),
    ):
        ours.exchange._memory.traded[product_type, symbol] = (mode,)
    changed = 0
    for name, args in CALLS:
        mine, theirs = ours(name, *args), stock(name, *args)
        if mine == theirs:
            continue
        changed += 1
        only_modes_differ(mine, theirs)
    assert bool(changed) == (unified or mode == "isolated")  # ccxt's classic orders say crossed as it is


WORDS = [
    ("cross", "crossed"),
    ("crossed", "crossed"),
    ("CROSS", "crossed"),
    ("Crossed", "crossed"),
    ("isolated", "isolated"),
    ("ISOLATED", "isolated"),
]


@pytest.mark.parametrize("where", ["params", "options", "createOrder"])
@pytest.mark.parametrize(("word", "sent"), WORDS)
def test_spelling(offline: Callable[..., Offline], where: str, word: str, sent: str) -> None:
    """What the caller names is sent in Bitget's spelling, whatever was set; the options count as named."""
    named = {"marginMode": word}
    options = {"params": {}, "options": {"defaultMarginMode": word}, "createOrder": {"createOrder": named}}[where]
    ours = offline(**options)
    ours.exchange._memory.traded["USDT-FUTURES", "BTCUSDT"] = ("crossed" if sent == "isolated" else "isolated",)
    params = named if where == "params" else {}
    for extra in ({}, STOP, {"reduceOnly": True}):
        assert ours.bodies("create_order", SWAP, *LIMIT, {**params, **extra})[0]["marginMode"] == sent
    [body] = ours.bodies("create_orders", [row(*LIMIT, **params), row(*LIMIT)])
    assert modes_of(body) == {sent}
    assert ours.exchange.options.get("defaultMarginMode") == options.get("defaultMarginMode")


def modes_of(body: Any) -> set[Any]:
    rows = body if isinstance(body, list) else [body, *body.get("orderList", [])]
    return {row.get("marginMode") for row in rows}


@pytest.mark.parametrize("words", [("cross", "crossed"), ("isolated", "ISOLATED"), ("CROSS", "cross")])
def test_a_batch_in_two_spellings(offline: Callable[..., Offline], words: tuple[str, str]) -> None:
    """ccxt takes two spellings for two modes; the caller's own orders are not changed."""
    ours, batch = offline(), [row(*LIMIT, marginMode=word) for word in words]
    before = copy.deepcopy(batch)
    [body] = ours.bodies("create_orders", batch)
    assert modes_of(body) == {"isolated" if "isolated" in words else "crossed"}
    assert batch == before


def test_a_batch_in_two_modes(offline: Callable[..., Offline]) -> None:
    """Two different modes in one batch are ccxt's BadRequest, and nothing is sent."""
    [outcome] = offline().bodies("create_orders", [row(*LIMIT, marginMode=word) for word in ("crossed", "isolated")])
    assert outcome[0] is ccxt.BadRequest


@pytest.mark.parametrize("word", ["isolated", "cross"])
def test_stops_of_a_position_have_no_margin_mode(offline: Callable[..., Offline], word: str) -> None:
    """tpsl and strategy orders know no marginMode; ccxt passes the caller's on to the latter."""
    ours = offline()
    ours.exchange._memory.traded["USDT-FUTURES", "BTCUSDT"] = ("isolated",)
    for params in ({"stopLossPrice": 80000}, {"takeProfitPrice": 120000}):
        for named in ({}, {"marginMode": word}):
            [body] = ours.bodies("create_order", SWAP, *MARKET, None, {**params, **named, "reduceOnly": True})
            assert "marginMode" not in body


def test_params_are_not_changed(offline: Callable[..., Offline]) -> None:
    """Neither the caller's params nor the object's options are touched."""
    ours = offline()
    ours.exchange._memory.traded["USDT-FUTURES", "BTCUSDT"] = ("isolated",)
    params, options = {"reduceOnly": True}, copy.deepcopy(ours.exchange.options)
    result = ours.exchange.create_order(SWAP, *LIMIT, params)
    if inspect.isawaitable(result):
        asyncio.run(_wait(result))
    assert params == {"reduceOnly": True}
    assert ours.exchange.options == options
    assert json.loads(ours.requests[0][3])["marginMode"] == "isolated"


def test_a_warning_where_the_caller_contradicts(
    offline: Callable[..., Offline], caplog: pytest.LogCaptureFixture
) -> None:
    """An order in a mode whose leverage was not set says so; one in a mode that was, and a closing one, do not."""
    ours = offline()
    ours.exchange._memory.traded["USDT-FUTURES", "BTCUSDT"] = ("isolated",)
    ours("create_order", SWAP, *LIMIT, {"marginMode": "isolated"})
    ours("create_order", SWAP, *LIMIT, {"marginMode": "cross", "reduceOnly": True})
    assert not caplog.records
    ours("create_order", SWAP, *LIMIT, {"marginMode": "cross"})
    [record] = caplog.records
    assert record.name == "bitget_leverage_ext"
    assert all(word in record.getMessage() for word in ("BTCUSDT", "crossed", "isolated"))


def test_whatever_goes_wrong_is_ccxts_own_order(offline: Callable[..., Offline]) -> None:
    """An object whose memory is broken still places orders, as ccxt does."""
    ours, stock = offline(), offline(STOCK)
    ours.exchange._memory = None
    for name, args in CALLS:
        if name in ("create_order", "create_orders") and "cross" not in str(args):
            assert ours(name, *args) == stock(name, *args), (name, args)
