"""Three programs' way of calling: the position has the leverage that the program set, or its set-up raised."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import ccxt
import pytest
from clients import Client, held

from bitget_leverage_ext.emulator import Account, Emulator

S, P = "BTC/USDT:USDT", "USDT-FUTURES"
MANY = [S, "ETH/USDT:USDT", "XRP/USDT:USDT"]
MODES = {"cross": "crossed", "isolated": "isolated"}


def waiting(account: Account) -> set[tuple[str, str, int]]:
    """The orders that wait: contract, margin mode, leverage."""
    with account.lock:
        live = [each for each in account.book.orders.values() if each.is_live]
        return {(each.contract.symbol, each.margin_mode, each.leverage) for each in live}


@pytest.fixture(params=list(MODES))
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def start(
    emulator: Emulator, unified: bool, markets: dict[str, Any], unified_markets: dict[str, Any]
) -> Iterator[Callable[..., Client]]:
    """The program's exchange object, which finds the account's type out by itself."""
    emulator.account.unified = unified
    clients = []

    def start(kind: str = "sync", **options: Any) -> Client:
        clients.append(Client(kind, emulator.config(options=options)))
        vars(clients[-1].exchange).update(unified_markets if unified else markets)
        return clients[-1]

    yield start
    for client in clients:
        client.close()


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_margin_mode_then_a_leverage_a_side_then_orders_that_name_nothing(
    start: Any, account: Account, unified: bool, hedge: bool, mode: str, side: str
) -> None:
    """After https://github.com/RobotTraders/LiveTradingBots: entry, and a stop as a reduce-only trigger order."""
    bot, out = start(), {"hedged": True} if hedge else {}
    try:
        bot.set_margin_mode(mode, S)
        if mode == "isolated":
            bot.set_leverage(7, S, {"holdSide": "long"})
            bot.set_leverage(7, S, {"holdSide": "short"})
        else:
            bot.set_leverage(7, S)
    except ccxt.ArgumentsRequired:
        # A unified account that takes no single side, and tells no figure of the other one.
        assert (unified, hedge, mode) == (True, True, "isolated")
        return
    bot.create_order(S, "market", side, 0.01, None, out)
    assert held(account) == [("long" if side == "buy" else "short", MODES[mode], 7)]
    back, trigger = ("sell", 90000) if side == "buy" else ("buy", 120000)
    bot.create_order(S, "market", back, 0.01, None, {**out, "reduceOnly": True, "triggerPrice": trigger})
    if held(account):  # a unified account has no trigger orders: what is sent there closes at once
        bot.create_order(S, "market", back, 0.01, None, {**out, "reduceOnly": True})
    assert not held(account)


def test_a_server_that_swallows_errors_and_orders_by_webhook(
    start: Any, account: Account, unified: bool, hedge: bool, mode: str
) -> None:
    """After https://github.com/germangar/whook: the margin mode stands in the options, for the orders and all else."""
    options: dict[str, Any] = {"defaultType": "swap", "defaultMarginMode": mode, "adjustForTimeDifference": True}
    bot, raised = start(**options), []
    for step in (lambda: bot.set_margin_mode(mode, S), lambda: bot.set_leverage(7, S)):
        try:
            step()
        except ccxt.BaseError as error:
            raised.append(error)
    # the server has no hedge mode, and names no side
    assert bool(raised) == (hedge and mode == "isolated")
    out = {"hedged": True} if hedge else {}
    bot.create_order(S, "market", "buy", 0.01, None, out)
    [(_, margin, leverage)] = held(account)
    assert margin == MODES[mode]
    assert raised or leverage == 7
    bot.create_order(S, "market", "sell", 0.01, None, {**out, "reduceOnly": True})
    assert not held(account)
    assert bot.exchange.options["defaultMarginMode"] == mode


@pytest.mark.parametrize("kind", ["async", "pro"])
def test_every_symbol_at_once_then_limit_orders_in_batches(
    start: Any, account: Account, unified: bool, hedge: bool, mode: str, kind: str
) -> None:
    """After https://github.com/enarjord/passivbot: margin mode and leverage as two tasks a symbol, hedge mode."""
    client = start(kind)
    bot, out = client.exchange, {"hedged": True} if hedge else {}

    async def set_up(symbol: str) -> BaseException | None:
        tasks = [
            asyncio.create_task(bot.set_margin_mode(mode, symbol)),
            asyncio.create_task(bot.set_leverage(7, symbol)),
        ]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        return next((result for result in results if isinstance(result, BaseException)), None)

    async def run() -> dict[str, BaseException | None]:
        await bot.set_position_mode(hedge, S)
        return dict(zip(MANY, await asyncio.gather(*map(set_up, MANY)), strict=True))

    async def order(symbol: str) -> None:
        price = {"BTC": 90000, "ETH": 3000}.get(symbol[:3], 50)
        row = {"symbol": symbol, "type": "limit", "amount": 1 if price == 50 else 0.1}
        ids = [{**out, "clientOrderId": f"{symbol[:3]}{side}", "timeInForce": "GTC"} for side in ("buy", "sell")]
        await bot.create_orders(
            [
                {**row, "side": "buy", "price": price, "params": ids[0]},
                {**row, "side": "sell", "price": price * 2, "params": ids[1]},
            ]
        )

    async def orders() -> None:
        await asyncio.gather(*map(order, MANY))

    raised = client.run(run())
    assert [bool(error) for error in raised.values()] == [hedge and mode == "isolated"] * len(MANY)
    client.run(orders())
    placed = waiting(account)
    assert {symbol for symbol, *_ in placed} == {"BTCUSDT", "ETHUSDT", "XRPUSDT"}
    if not any(raised.values()):
        assert {(margin, leverage) for _, margin, leverage in placed} == {(MODES[mode], 7)}
