"""Orders of ccxt's own class, on both account types and in both position modes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import ccxt
import pytest
from emulator_client import HOUR, START, Clock

from bitget_leverage_ext.emulator import Emulator

PAIR, BTC = "BTC/USDT:USDT", ("USDT-FUTURES", "BTCUSDT")


@pytest.fixture
def emulator(clock: Clock) -> Iterator[Emulator]:
    with Emulator(clock=clock, rate_limit=False) as running:
        yield running


ACCOUNTS = list(itertools.product(("classic", "unified"), ("one-way", "hedge")))


@pytest.fixture(params=ACCOUNTS, ids=" ".join)
def exchange(request: pytest.FixtureRequest, emulator: Emulator, clock: Clock) -> Any:
    kind, position = request.param
    account = emulator.add_account(unified=kind == "unified")
    account.set_position_mode(BTC[0], "hedge_mode" if position == "hedge" else "one_way_mode")
    account.set_leverages(*BTC, cross=3, long=5, short=9)
    options = {"uta": account.unified, "defaultType": "swap"}
    client = ccxt.bitget(emulator.config(account, enableRateLimit=False, options=options))
    client.milliseconds = clock
    client.emulated = account
    return client


@pytest.fixture
def params(exchange: Any) -> dict[str, Any]:
    """The params of each order: the position mode and isolated margin."""
    hedged = exchange.emulated.position_mode(BTC[0]) == "hedge_mode"
    return {"hedged": hedged, "marginMode": "isolated"}


def test_several_at_once(exchange: Any, params: dict[str, Any]) -> None:
    """`create_orders`, then `cancel_orders` and `cancel_all_orders`."""
    limits = [
        {"symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.01, "price": price, "params": params}
        for price in (90_000, 91_000, 92_000)
    ]
    market = {"symbol": PAIR, "type": "market", "side": "buy", "amount": 0.01, "params": params}
    ids = [each["id"] for each in exchange.create_orders([market, *limits])]
    assert [(each["leverage"], each["marginMode"]) for each in exchange.fetch_positions([PAIR])] == [(5, "isolated")]
    assert {each["id"] for each in exchange.fetch_open_orders(PAIR)} == set(ids[1:])
    assert {each["id"] for each in exchange.cancel_orders(ids[1:3], PAIR)} == set(ids[1:3])
    assert [each["id"] for each in exchange.cancel_all_orders(PAIR)] == ids[3:]
    assert exchange.fetch_open_orders(PAIR) == []


def test_a_stop_is_edited(exchange: Any, params: dict[str, Any], clock: Clock) -> None:
    """An edited stop keeps its id and triggers at the new price."""
    exchange.create_order(PAIR, "market", "buy", 0.01, None, params)
    how = {**params, "reduceOnly": True}
    stop = exchange.create_order(PAIR, "market", "sell", 0.01, None, {**how, "stopLossPrice": 98_000})
    edited = exchange.edit_order(stop["id"], PAIR, "market", "sell", 0.01, None, {"stopLossPrice": 99_500})
    assert edited["id"] == stop["id"]
    clock.now += 3 * HOUR
    assert exchange.fetch_positions([PAIR]) == []
    assert exchange.fetch_positions_history([PAIR]) == []


def test_a_trigger_order_is_edited(exchange: Any, params: dict[str, Any], clock: Clock) -> None:
    if exchange.emulated.unified:
        pytest.skip("ccxt passes the trigger on to place-order, which executes at once")
    plan = exchange.create_order(PAIR, "market", "buy", 0.01, None, {**params, "triggerPrice": 110_000})
    exchange.edit_order(
        plan["id"], PAIR, "market", "buy", 0.02, None, {"triggerPrice": 100_500, "newTriggerPrice": 100_500}
    )
    clock.now += HOUR
    assert [each["contracts"] for each in exchange.fetch_positions([PAIR])] == [0.02]


def ways_out(exchange: Any, params: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    side = ("long" if params["hedged"] else "buy") if params["hedged"] else None
    close = {**params, "reduceOnly": True}
    return {
        "order": lambda: exchange.create_order(PAIR, "market", "sell", 0.01, None, close),
        "batch": lambda: exchange.create_orders(
            [{"symbol": PAIR, "type": "market", "side": "sell", "amount": 0.01, "params": close}]
        ),
        "close_position": lambda: exchange.close_position(PAIR, side),
        "close_all_positions": lambda: exchange.close_all_positions({"productType": "USDT-FUTURES"}),
    }


@pytest.mark.parametrize("way", ["order", "batch", "close_position", "close_all_positions"])
def test_ways_out(exchange: Any, params: dict[str, Any], way: str) -> None:
    exchange.create_order(PAIR, "market", "buy", 0.01, None, params)
    assert len(exchange.fetch_positions([PAIR])) == 1
    ways_out(exchange, params)[way]()
    assert exchange.fetch_positions([PAIR]) == []


STOPS: dict[str, dict[str, Any]] = {
    "trigger": {"triggerPrice": 99_500},
    "stoploss": {"stopLossPrice": 99_500},
    "trailing": {"trailingPercent": 0.5, "trailingTriggerPrice": 100_500},
}


@pytest.mark.parametrize("stop", STOPS)
def test_protection(exchange: Any, params: dict[str, Any], clock: Clock, stop: str) -> None:
    """A stop closes the position; on a classic account even if it names the wrong margin mode."""
    if exchange.emulated.unified and stop != "stoploss":
        pytest.skip("ccxt passes these on to place-order, where the exchange knows no such field")
    exchange.create_order(PAIR, "market", "buy", 0.01, None, params)
    how = {"hedged": params["hedged"], "reduceOnly": True, **STOPS[stop]}
    if exchange.emulated.unified:
        with pytest.raises(ccxt.ExchangeError, match="31008"):
            exchange.create_order(PAIR, "market", "sell", 0.01, None, how)
        how["marginMode"] = "isolated"
    exchange.create_order(PAIR, "market", "sell", 0.01, None, how)
    for minutes in range(0, 181, 20):
        clock.now = START + minutes * 60_000
        exchange.fetch_positions([PAIR])
    assert exchange.fetch_positions([PAIR]) == []


@pytest.mark.parametrize("kind", ["stopLoss", "takeProfit"])
def test_attached_stops(exchange: Any, params: dict[str, Any], clock: Clock, kind: str) -> None:
    """A stop-loss or a take-profit that comes with an order closes the position in its own margin mode."""
    trigger = 99_500 if kind == "stopLoss" else 100_500
    exchange.create_order(PAIR, "market", "buy", 0.01, None, {**params, kind: {"triggerPrice": trigger}})
    assert len(exchange.fetch_positions([PAIR])) == 1
    clock.now += (3 if kind == "stopLoss" else 1) * HOUR
    assert exchange.fetch_positions([PAIR]) == []
    closed = exchange.emulated.fills()[-1]
    assert (closed.action, closed.size, closed.margin_mode) == ("close", 0.01, "isolated")


def test_a_trigger_opens(exchange: Any, params: dict[str, Any], clock: Clock) -> None:
    """A trigger order opens in the margin mode that it names, and is listed and cancelled as a trigger order."""
    if exchange.emulated.unified:
        pytest.skip("ccxt passes the trigger on to place-order, where the exchange knows no such field")
    plan = {**params, "triggerPrice": 100_500}
    kept, gone = (exchange.create_order(PAIR, "market", "buy", 0.01, None, plan)["id"] for _ in range(2))
    assert {each["id"] for each in exchange.fetch_open_orders(PAIR, params={"trigger": True})} == {kept, gone}
    exchange.cancel_order(gone, PAIR, {"trigger": True})
    clock.now += HOUR
    assert [(each["leverage"], each["contracts"]) for each in exchange.fetch_positions([PAIR])] == [(5, 0.01)]
    exchange.create_order(PAIR, "market", "buy", 0.01, None, {**plan, "triggerPrice": 90_000})
    assert len(exchange.cancel_all_orders(PAIR, {"trigger": True})) == 1
