"""The life of orders and positions, through ccxt, on both account types."""

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


@pytest.fixture
def emulator(clock: Clock) -> Iterator[Emulator]:
    with Emulator(clock=clock, rate_limit=False) as running:
        yield running


@pytest.fixture(params=["classic", "unified"])
def exchange(request: pytest.FixtureRequest, emulator: Emulator, clock: Clock) -> Any:
    """ccxt's client of a one-way account in isolated margin at 7x, with the emulator's clock."""
    unified = request.param == "unified"
    account = emulator.add_account(unified=unified)
    account.set_position_mode(BTC[0], "one_way_mode")
    account.set_margin_mode(*BTC, "isolated")
    account.set_leverages(*BTC, long=7, short=7)
    options = {"uta": unified, "defaultType": "swap"}
    client = ccxt.bitget(emulator.config(account, enableRateLimit=False, options=options))
    client.milliseconds = clock
    client.emulated = account
    return client


def test_the_market(exchange: Any, clock: Clock) -> None:
    """Candles ascend; the last one is current and closes at the price of ticker and order book."""
    clock.now = START + HOUR // 2 + 20_000
    candles = exchange.fetch_ohlcv(PAIR, "1m", limit=5)
    assert [each[0] for each in candles] == [START + HOUR // 2 + step * 60_000 for step in range(-4, 1)]
    assert all(low <= open_ <= high and low <= close <= high for _, open_, high, low, close, _ in candles)
    now = float(price(CONTRACTS[BTC], clock.now))
    ticker, depth = exchange.fetch_ticker(PAIR), exchange.fetch_order_book(PAIR)
    assert candles[-1][4] == ticker["last"] == ticker["bid"] == depth["bids"][0][0] == depth["asks"][0][0] == now
    tiers = exchange.fetch_market_leverage_tiers(PAIR)
    assert (tiers[0]["maxLeverage"], tiers[0]["minNotional"]) == (150, 0)
    assert exchange.fetch_ohlcv(PAIR, "1h", since=START, limit=3)[0][0] == START


@pytest.mark.parametrize(("side", "back", "held"), [("buy", "sell", "long"), ("sell", "buy", "short")])
def test_in_and_out(exchange: Any, clock: Clock, side: str, back: str, held: str) -> None:
    """A market order opens, a reduce-only one closes; the profit is in the balance."""
    order = exchange.create_order(PAIR, "market", side, 0.01, params={"marginMode": "isolated"})
    entry = float(price(CONTRACTS[BTC], clock.now))
    done = exchange.fetch_order(order["id"], PAIR)
    assert (done["status"], done["side"], done["filled"]) == ("closed", side, 0.01)
    # ccxt does not read a unified order's price
    assert exchange.options["uta"] or (done["average"], done["cost"]) == (entry, entry * 0.01)
    # and turns the sign of its fee, which is published without one
    assert abs(done["fee"]["cost"]) == pytest.approx(entry * 0.01 * 0.0006)
    [position] = exchange.fetch_positions([PAIR])
    assert (position["side"], position["contracts"], position["leverage"]) == (held, 0.01, 7)
    assert (position["liquidationPrice"] < entry) is (held == "long")
    assert exchange.fetch_balance()["USDT"]["free"] == pytest.approx(10_000 - entry * 0.01 / 7 - entry * 0.01 * 0.0006)
    assert exchange.emulated.setting(*BTC).busy

    clock.now += HOUR
    out = float(price(CONTRACTS[BTC], clock.now))
    exchange.create_order(PAIR, "market", back, 5, params={"reduceOnly": True, "marginMode": "isolated"})
    assert exchange.fetch_positions([PAIR]) == []
    won = (out - entry) * 0.01 * (1 if held == "long" else -1)
    assert exchange.fetch_balance()["USDT"]["total"] == pytest.approx(10_000 + won - (entry + out) * 0.01 * 0.0006)
    assert not exchange.emulated.setting(*BTC).busy
    trades = exchange.fetch_my_trades(PAIR)
    assert [(each["side"], each["amount"]) for each in trades] == [(side, 0.01), (back, 0.01)]


def test_limit_orders_wait_and_can_be_cancelled(exchange: Any, clock: Clock) -> None:
    params = {"marginMode": "isolated"}
    waits = exchange.create_order(PAIR, "limit", "buy", 0.01, 99_500, params)
    gone = exchange.create_order(PAIR, "limit", "buy", 0.01, 90_000, params)
    assert {each["id"] for each in exchange.fetch_open_orders(PAIR)} == {waits["id"], gone["id"]}
    exchange.cancel_order(gone["id"], PAIR)
    assert exchange.fetch_order(gone["id"], PAIR)["status"] == "canceled"
    assert exchange.emulated.setting(*BTC).orders

    clock.now += 3 * HOUR
    assert exchange.fetch_order(waits["id"], PAIR)["status"] == "closed"
    assert exchange.fetch_open_orders(PAIR) == []
    assert exchange.fetch_positions([PAIR])[0]["contracts"] == 0.01
    with pytest.raises(ccxt.ExchangeError, match="25204" if exchange.options["uta"] else "40768"):
        exchange.cancel_order(gone["id"], PAIR)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.fetch_order("1", PAIR)


def test_a_stoploss_closes_the_position(exchange: Any, clock: Clock) -> None:
    """A stop-loss waits, triggers at its price, and becomes an order whose client id is the stop's id."""
    exchange.create_order(PAIR, "market", "buy", 0.01, params={"marginMode": "isolated"})
    with pytest.raises(ccxt.ExchangeError, match="mark price"):
        exchange.create_order(PAIR, "market", "sell", 0.01, params=STOP | {"stopLossPrice": 100_500})
    stop = exchange.create_order(PAIR, "market", "sell", 0.01, params=STOP | {"stopLossPrice": 99_500})
    how = {"stop": True} if exchange.options["uta"] else {"planType": "profit_loss"}
    [waiting] = exchange.fetch_open_orders(PAIR, params=how)
    assert (waiting["id"], waiting["stopLossPrice"]) == (stop["id"], 99_500)

    clock.now += 3 * HOUR
    assert exchange.fetch_positions([PAIR]) == []
    assert exchange.fetch_open_orders(PAIR, params=how) == []
    [was] = exchange.fetch_canceled_and_closed_orders(PAIR, params=how)
    assert was["id"] == stop["id"]
    ended = exchange.fetch_canceled_and_closed_orders(PAIR)
    assert [each["status"] for each in ended if each["clientOrderId"] == stop["id"]] == ["closed"]


def test_a_stoploss_goes_with_its_position(exchange: Any) -> None:
    exchange.create_order(PAIR, "market", "sell", 0.01, params={"marginMode": "isolated"})
    exchange.create_order(PAIR, "market", "buy", 0.01, params=STOP | {"stopLossPrice": 105_000})
    exchange.create_order(PAIR, "market", "buy", 0.01, params={"reduceOnly": True, "marginMode": "isolated"})
    assert not exchange.emulated.setting(*BTC).busy


def test_prices_are_the_same_in_every_run() -> None:
    contract = CONTRACTS[BTC]
    wave = [price(contract, START + part * HOUR) for part in range(5)]
    assert wave == [100_000, 101_000, 100_000, 99_000, 100_000]
    steps = [price(contract, START + minute * 60_000) for minute in range(240)]
    assert max(abs(one - other) for one, other in itertools.pairwise(steps)) < Decimal(50)
