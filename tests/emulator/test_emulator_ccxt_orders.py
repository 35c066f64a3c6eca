"""The life of orders and positions through ccxt's own class, on both account types and in both position modes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ccxt
import pytest
from emulator_client import HOUR, START, Clock

from bitget_leverage_ext.emulator import Emulator
from bitget_leverage_ext.emulator.contracts import CONTRACTS
from bitget_leverage_ext.emulator.prices import price

PAIR, BTC = "BTC/USDT:USDT", ("USDT-FUTURES", "BTCUSDT")
STOP = {"reduceOnly": True, "marginMode": "isolated"}
ACCOUNTS = list(itertools.product(("classic", "unified"), ("one-way", "hedge")))


@pytest.fixture
def emulator(clock: Clock) -> Iterator[Emulator]:
    with Emulator(clock=clock, rate_limit=False) as running:
        yield running


def connect(emulator: Emulator, clock: Clock, kind: str, position: str) -> Any:
    """Return ccxt's client of an account of this kind, with the emulator's clock."""
    account = emulator.add_account(unified=kind == "unified", position_mode=position)
    options = {"uta": account.unified, "defaultType": "swap"}
    client = ccxt.bitget(emulator.config(account, enableRateLimit=False, options=options))
    client.milliseconds = clock
    client.emulated = account
    return client


@pytest.fixture(params=ACCOUNTS, ids=" ".join)
def exchange(request: pytest.FixtureRequest, emulator: Emulator, clock: Clock) -> Any:
    client = connect(emulator, clock, *request.param)
    client.emulated.set_leverages(*BTC, cross=3, long=5, short=9)
    return client


@pytest.fixture(params=["classic", "unified"])
def trader(request: pytest.FixtureRequest, emulator: Emulator, clock: Clock) -> Any:
    """A client of a one-way account in isolated margin at 7x."""
    client = connect(emulator, clock, request.param, "one-way")
    client.emulated.set_leverages(*BTC, long=7, short=7, margin_mode="isolated")
    return client


def test_the_market(trader: Any, clock: Clock) -> None:
    """Candles ascend; the last one is current and closes at the price of ticker and order book."""
    clock.now = START + HOUR // 2 + 20_000
    candles = trader.fetch_ohlcv(PAIR, "1m", limit=5)
    assert [each[0] for each in candles] == [START + HOUR // 2 + step * 60_000 for step in range(-4, 1)]
    assert all(low <= open_ <= high and low <= close <= high for _, open_, high, low, close, _ in candles)
    now = float(price(CONTRACTS[BTC], clock.now))
    ticker, depth = trader.fetch_ticker(PAIR), trader.fetch_order_book(PAIR)
    assert candles[-1][4] == ticker["last"] == ticker["bid"] == depth["bids"][0][0] == depth["asks"][0][0] == now
    tiers = trader.fetch_market_leverage_tiers(PAIR)
    assert (tiers[0]["maxLeverage"], tiers[0]["minNotional"]) == (150, 0)
    assert trader.fetch_ohlcv(PAIR, "1h", since=START, limit=3)[0][0] == START


@pytest.mark.parametrize(("side", "back", "held"), [("buy", "sell", "long"), ("sell", "buy", "short")])
def test_in_and_out(trader: Any, clock: Clock, side: str, back: str, held: str) -> None:
    """A market order opens, a reduce-only one closes; the profit is in the balance."""
    order = trader.create_order(PAIR, "market", side, 0.01, params={"marginMode": "isolated"})
    entry = float(price(CONTRACTS[BTC], clock.now))
    done = trader.fetch_order(order["id"], PAIR)
    assert (done["status"], done["side"], done["filled"]) == ("closed", side, 0.01)
    # ccxt does not read a unified order's price
    assert trader.options["uta"] or (done["average"], done["cost"]) == (entry, entry * 0.01)
    # and turns the sign of its fee, which is published without one
    assert abs(done["fee"]["cost"]) == pytest.approx(entry * 0.01 * 0.0006)
    [position] = trader.fetch_positions([PAIR])
    assert (position["side"], position["contracts"], position["leverage"]) == (held, 0.01, 7)
    assert (position["liquidationPrice"] < entry) is (held == "long")
    assert trader.fetch_balance()["USDT"]["free"] == pytest.approx(10_000 - entry * 0.01 / 7 - entry * 0.01 * 0.0006)
    assert trader.emulated.setting(*BTC).busy

    clock.now += HOUR
    out = float(price(CONTRACTS[BTC], clock.now))
    trader.create_order(PAIR, "market", back, 5, params={"reduceOnly": True, "marginMode": "isolated"})
    assert trader.fetch_positions([PAIR]) == []
    won = (out - entry) * 0.01 * (1 if held == "long" else -1)
    assert trader.fetch_balance()["USDT"]["total"] == pytest.approx(10_000 + won - (entry + out) * 0.01 * 0.0006)
    assert not trader.emulated.setting(*BTC).busy
    trades = trader.fetch_my_trades(PAIR)
    assert [(each["side"], each["amount"]) for each in trades] == [(side, 0.01), (back, 0.01)]


def test_limit_orders_wait_and_can_be_cancelled(trader: Any, clock: Clock) -> None:
    params = {"marginMode": "isolated"}
    waits = trader.create_order(PAIR, "limit", "buy", 0.01, 99_500, params)
    gone = trader.create_order(PAIR, "limit", "buy", 0.01, 90_000, params)
    assert {each["id"] for each in trader.fetch_open_orders(PAIR)} == {waits["id"], gone["id"]}
    trader.cancel_order(gone["id"], PAIR)
    assert trader.fetch_order(gone["id"], PAIR)["status"] == "canceled"
    assert trader.emulated.setting(*BTC).orders

    clock.now += 3 * HOUR
    assert trader.fetch_order(waits["id"], PAIR)["status"] == "closed"
    assert trader.fetch_open_orders(PAIR) == []
    assert trader.fetch_positions([PAIR])[0]["contracts"] == 0.01
    with pytest.raises(ccxt.ExchangeError, match="25204" if trader.options["uta"] else "40768"):
        trader.cancel_order(gone["id"], PAIR)
    with pytest.raises(ccxt.OrderNotFound):
        trader.fetch_order("1", PAIR)


def test_a_stoploss_closes_the_position(trader: Any, clock: Clock) -> None:
    """A stop-loss waits, triggers at its price, and becomes an order whose client id is the stop's id."""
    trader.create_order(PAIR, "market", "buy", 0.01, params={"marginMode": "isolated"})
    with pytest.raises(ccxt.ExchangeError, match="mark price"):
        trader.create_order(PAIR, "market", "sell", 0.01, params=STOP | {"stopLossPrice": 100_500})
    stop = trader.create_order(PAIR, "market", "sell", 0.01, params=STOP | {"stopLossPrice": 99_500})
    how = {"stop": True} if trader.options["uta"] else {"planType": "profit_loss"}
    [waiting] = trader.fetch_open_orders(PAIR, params=how)
    assert (waiting["id"], waiting["stopLossPrice"]) == (stop["id"], 99_500)

    clock.now += 3 * HOUR
    assert trader.fetch_positions([PAIR]) == []
    assert trader.fetch_open_orders(PAIR, params=how) == []
    [was] = trader.fetch_canceled_and_closed_orders(PAIR, params=how)
    assert was["id"] == stop["id"]
    ended = trader.fetch_canceled_and_closed_orders(PAIR)
    assert [each["status"] for each in ended if each["clientOrderId"] == stop["id"]] == ["closed"]


def test_a_stoploss_goes_with_its_position(trader: Any) -> None:
    trader.create_order(PAIR, "market", "sell", 0.01, params={"marginMode": "isolated"})
    trader.create_order(PAIR, "market", "buy", 0.01, params=STOP | {"stopLossPrice": 105_000})
    trader.create_order(PAIR, "market", "buy", 0.01, params={"reduceOnly": True, "marginMode": "isolated"})
    assert not trader.emulated.setting(*BTC).busy


def test_prices_are_the_same_in_every_run() -> None:
    contract = CONTRACTS[BTC]
    wave = [price(contract, START + part * HOUR) for part in range(5)]
    assert wave == [100_000, 101_000, 100_000, 99_000, 100_000]
    steps = [price(contract, START + minute * 60_000) for minute in range(240)]
    assert max(abs(one - other) for one, other in itertools.pairwise(steps)) < Decimal(50)


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


def test_trigger_orders(exchange: Any, params: dict[str, Any], clock: Clock) -> None:
    """They are listed, cancelled and edited as such; one opens in the margin mode that it names."""
    if exchange.emulated.unified:
        pytest.skip("ccxt passes the trigger on to place-order, which executes at once")
    plan = exchange.create_order(PAIR, "market", "buy", 0.01, None, {**params, "triggerPrice": 110_000})
    gone = exchange.create_order(PAIR, "market", "buy", 0.01, None, {**params, "triggerPrice": 100_500})
    waiting = exchange.fetch_open_orders(PAIR, params={"trigger": True})
    assert {each["id"] for each in waiting} == {plan["id"], gone["id"]}
    exchange.cancel_order(gone["id"], PAIR, {"trigger": True})
    exchange.edit_order(
        plan["id"], PAIR, "market", "buy", 0.02, None, {"triggerPrice": 100_500, "newTriggerPrice": 100_500}
    )
    clock.now += HOUR
    assert [(each["leverage"], each["contracts"]) for each in exchange.fetch_positions([PAIR])] == [(5, 0.02)]
    exchange.create_order(PAIR, "market", "buy", 0.01, None, {**params, "triggerPrice": 90_000})
    assert len(exchange.cancel_all_orders(PAIR, {"trigger": True})) == 1


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
