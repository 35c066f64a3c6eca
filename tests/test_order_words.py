"""The margin mode that the caller of an order names: its spellings, batches, warnings; nothing of his is changed."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable
from typing import Any

import ccxt
import pytest
from offline import LIMIT, LOOP, MARKET, STOP, SWAP, Offline, row

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
        LOOP.run_until_complete(result)
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
