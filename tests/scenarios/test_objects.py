"""Objects, tasks and parsers: what a transcript cannot say."""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import ccxt
import pytest
from world import SYMBOL as S
from world import World, warnings

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Emulator


def order(bot: Any, side: str = "buy", **params: Any) -> Any:
    return bot.create_order(S, "market", side, 0.01, None, params)


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
@pytest.mark.parametrize("first", ["sync", "pro"])
def test_a_synchronous_and_a_pro_object_of_one_key_share_what_was_asked_for(first: str, unified: bool) -> None:
    """The one sets the leverage, the other one orders."""
    world = World("async", unified=unified)
    with world.running():
        objects = {client: world.connect(client=client) for client in ("sync", "pro")}
        second = "pro" if first == "sync" else "sync"
        world.run(objects[first].set_margin_mode("isolated", S))
        world.run(objects[first].set_leverage(7, S))
        world.run(order(objects[second]))
    assert [(each.margin_mode, each.leverage) for each in world.account.positions()] == [("isolated", 7)]


@pytest.mark.parametrize(
    ("others", "living", "expected"), [(64, True, "isolated"), (63, False, "isolated"), (64, False, "cross")]
)
def test_what_was_asked_for_is_kept_for_living_objects_and_for_the_64_keys_used_last(
    others: int, living: bool, expected: str
) -> None:
    """A program that goes through thousands of keys does not grow without end."""
    world = World()
    with world.running():
        bot = world.connect()
        bot.set_margin_mode("isolated", S)
        key = bot.apiKey
        if not living:
            del bot
            gc.collect()
        for _ in range(others):
            world.new_process()
            world.connect().set_leverage(5, S)
        order(world.connect(apiKey=key))
    assert [each.margin_mode for each in world.account.positions()] == [expected]


def test_a_key_is_used_by_each_call_of_its_object() -> None:
    """Not only when the object is made: what it asked for last is kept when it ends."""
    world = World()
    with world.running():
        bot = world.connect()
        bot.set_margin_mode("isolated", S)
        key, others = bot.apiKey, []
        for _ in range(64):
            world.new_process()
            others.append(world.connect())
            others[-1].set_leverage(5, S)
        bot.set_leverage(7, S)
        del bot
        gc.collect()
        order(world.connect(apiKey=key))
    assert [(each.margin_mode, each.leverage) for each in world.account.positions()] == [("isolated", 7)]


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_a_cancelled_batch_has_said_what_is_wanted(unified: bool) -> None:
    """Also for the contracts that it has not begun; each is set before the next order that opens there."""
    world = World("async", unified=unified, latency=0.3)

    async def story() -> None:
        bot = world.connect()
        others = [each["symbol"] for each in bot.markets.values() if each["swap"] and each["symbol"] != S][:40]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(bot.set_leverages(dict.fromkeys([*others, S], 7)), 0.5)
        await order(bot)

    with world.running():
        world.run(story())
    assert [each.leverage for each in world.account.positions()] == [7]


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_a_cancelled_task_has_not_sent_the_order(unified: bool) -> None:
    """Cancelled while its leverage is being set, it leaves nothing behind that orders later."""
    world = World("async", unified=unified, latency=0.2)

    async def story() -> None:
        bot = world.connect()
        with pytest.raises(ccxt.ExchangeNotAvailable):
            await bot.set_leverage(7, S)
        world.troubles.clear()
        task = asyncio.create_task(order(bot))
        while not any("set-leverage" in each.path and each.at > began for each in world.log):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(5)
        assert not [each for each in world.log if "order" in each.path]
        await order(bot)

    with world.running():
        world.fault("502", "set-leverage", -1)
        began = world.clock.now + 10
        world.run(story())
    assert [each.leverage for each in world.account.positions()] == [7]


def test_the_passive_check_of_the_websocket_stream() -> None:
    """`watch_positions` has a parser of its own; it warns once for each difference, and never fails."""
    world = World("pro", isolated=True)
    rows = [
        {"instId": "BTCUSDT", "holdSide": "long", "marginMode": "isolated", "leverage": leverage, "total": total,
         "posMode": "one_way_mode", "openPriceAvg": "100000", "status": status, "posId": "1", "marginCoin": "USDT"}
        for leverage, total, status in ((7, "0.01", "normal"), (9, "0", "ended"), (9, "0.01", "normal"), ("", "0.01", ""))
    ]  # fmt: skip
    with world.running(), warnings() as texts:
        bot = world.connect()
        world.run(bot.set_leverage(7, S))
        market = bot.market(S)
        for row in [*rows, rows[2]]:
            assert bot.parse_ws_position({**row, "instId": None}, market)["symbol"] == S
    assert ["9" in text and "7" in text for text in texts] == [True]


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_parsing_never_fails_because_of_the_check(unified: bool) -> None:
    """Rows of all kinds: what ccxt's own class makes of them is what is returned."""
    world = World(unified=unified)
    rows: list[dict[str, Any]] = [
        {},
        {"orderId": "1", "clientOid": "2"},
        {"symbol": "BTCUSDT", "holdSide": "long", "leverage": "many", "marginMode": "isolated", "total": "0.01"},
        {"symbol": "BTCUSDT", "holdSide": "up", "leverage": "5", "marginMode": "portfolio", "total": "1e999"},
        {"symbol": "NOPE", "holdSide": "long", "leverage": None, "marginMode": None, "total": None},
    ]
    stock = ccxt.bitget()

    def outcome(exchange: Any, row: Any) -> Any:
        try:
            return exchange.parse_position(row, bot.market(S))
        except Exception as error:  # where ccxt's own parser fails
            return type(error)

    with world.running(), warnings() as texts:
        bot = world.connect()
        bot.set_leverage(7, S)
        vars(stock).update(markets=bot.markets, markets_by_id=bot.markets_by_id)
        for row in rows:
            assert outcome(bot, row) == outcome(stock, row)
    assert not texts


def test_an_account_that_changes_between_read_and_write() -> None:
    """A side that was dropped for crossed margin moved the other side too: the error says what is in force."""
    world = World(hedge=True, leverage_alone_in_hedge="both")

    def switched(reply: Any, params: Any) -> Any:
        world.account.set_margin_mode(S, "isolated")
        world.replies.clear()
        return reply

    world.replies["account"] = switched
    with world.running():
        bot = world.connect()
        with pytest.raises(ccxt.ExchangeError) as caught:
            bot.set_leverage(7, S, {"holdSide": "long"})
    leverages = world.account.leverages(S)
    assert (leverages.long, leverages.short) == (7, 7)
    assert "short" in str(caught.value) and "7" in str(caught.value)


def test_an_account_that_changes_under_every_request_ends_in_an_error() -> None:
    """Read and decided again once, and not in a loop."""
    world = World(hedge=True, isolated=True)

    def switched(reply: Any, params: Any) -> Any:
        isolated = world.account.margin_mode(S) == "isolated"
        world.account.set_margin_mode(S, "cross" if isolated else "isolated")
        return reply

    world.replies["account"] = world.replies["set-leverage"] = switched
    with world.running():
        bot = world.connect()
        with pytest.raises(ccxt.ExchangeError):
            bot.set_leverage(None, S, {"longLeverage": 7, "shortLeverage": 5})
    assert len(world.log) < 12


@pytest.mark.parametrize(
    ("unified", "params", "fields"),
    [
        (False, {}, {"leverage": "7"}),
        (False, {"holdSide": "long"}, {"leverage": "7", "holdSide": "long"}),
        (True, {}, {"leverage": "7", "marginMode": "crossed"}),
        (True, {"marginMode": "isolated"}, {"leverage": "7", "marginMode": "isolated"}),
        (True, {"marginMode": "isolated", "holdSide": "long"}, {"leverage": "7", "marginMode": "isolated"}),
    ],
)
def test_the_request_of_a_program_that_can_send_nothing(unified: bool, params: Any, fields: dict[str, str]) -> None:
    """It is built as for an account in the modes that fit, for those who look at what was signed last."""
    world = World(unified=unified)
    fault = ccxt.InvalidProxySettings("two proxies")
    with world.running(), mock.patch.object(ccxt.Exchange, "fetch", side_effect=fault):
        bot = world.connect(options={"uta": unified})
        with pytest.raises(ccxt.InvalidProxySettings):
            bot.set_leverage(7, S, params)
    assert fields.items() <= json.loads(bot.last_request_body).items()


@pytest.mark.parametrize("orders", [None, 7, "orders", [None], [{}]], ids=str)
def test_what_is_no_list_of_orders_is_refused_in_the_words_of_ccxt(orders: Any) -> None:
    """Whatever these are, and nothing is sent."""
    world = World()
    with world.running():
        bot = world.connect(options={"uta": False})
        with pytest.raises(Exception) as ours:  # noqa: PT011
            bot.create_orders(orders)
        with pytest.raises(type(ours.value)) as theirs:
            ccxt.bitget.create_orders(bot, orders)
    assert str(ours.value) == str(theirs.value)
    assert not world.log


def test_a_task_that_is_cancelled_takes_no_other_one_along() -> None:
    """Two tasks that begin together load the markets once; the second has its leverage though the first gave up."""
    world = World("async", latency=0.2)

    async def story() -> None:
        bot = world.connect(cold=True)
        first, second = (asyncio.create_task(bot.set_leverage(each, S)) for each in (5, 7))
        await asyncio.sleep(0.3)
        first.cancel()
        await second

    with world.running():
        world.run(story())
    assert world.account.leverages(S).cross == 7


@pytest.mark.parametrize("client", ["sync", "async"])
def test_a_subclass_that_overrides_set_leverage_is_asked_for_each_symbol(client: str) -> None:
    """`set_leverages` goes through the program's own method, which may set less and place an order."""
    world, seen = World(client), []
    with world.running():
        bot = world.connect()
        own = bot.set_leverage

        def set_leverage(leverage: Any, symbol: str | None = None, params: Any = None) -> Any:
            seen.append((leverage, symbol))
            result = own(min(leverage, 6), symbol, params or {})
            if client == "sync":
                bot.create_order(symbol, "market", "buy", 0.1)
            return result

        bot.__class__ = type(
            "mine", (type(bot),), {"set_leverage": lambda self, *args, **kw: set_leverage(*args, **kw)}
        )
        world.run(bot.set_leverages({S: 7, "ETH/USDT:USDT": 5}))
    assert seen == [(7, S), (5, "ETH/USDT:USDT")]
    assert [each.leverage for each in world.account.positions()] == ([6, 5] if client == "sync" else [])


def test_an_object_that_is_unpickled_in_another_process_goes_on_from_a_copy(tmp_path: Path) -> None:
    """What it asks for there is later than what was asked for before, however many calls there were."""
    with Emulator(unified=True, position_mode="one-way", rate_limit=False) as emulator:
        exchange = bitget_leverage_ext.bitget(emulator.config())
        for leverage in range(5, 15):
            exchange.set_leverage(leverage, S, {"marginMode": "isolated"})
        (tmp_path / "exchange").write_bytes(pickle.dumps(exchange))
        code = (
            "import pathlib, pickle, sys; exchange = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes()); "
            f"exchange.create_order('{S}', 'market', 'buy', 0.01); "
            f"exchange.create_order('{S}', 'market', 'sell', 0.01, None, {{'reduceOnly': True}}); "
            f"exchange.set_leverage(7, '{S}', {{'marginMode': 'cross'}}); "
            f"exchange.create_order('{S}', 'market', 'buy', 0.01)"
        )
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "exchange")], check=True)
        orders = [each.body.get("marginMode") for each in emulator.requests if each.path.endswith("place-order")]
        positions = [(each.margin_mode, each.leverage) for each in emulator.account.positions()]
    assert (orders, positions) == (["isolated", "isolated", "crossed"], [("cross", 7)])
