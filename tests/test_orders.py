"""What was set is what the next position has; and whatever closes or protects one works, whatever was set."""

from __future__ import annotations

import asyncio
import copy
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import ccxt
import pytest
from clients import Client, held

from bitget_leverage_ext.emulator import Account, Emulator, Fault

S, P, ID, KEY = "BTC/USDT:USDT", "USDT-FUTURES", "BTCUSDT", ("USDT-FUTURES", "BTCUSDT")
SIZE = 0.01
BOTH = {"longLeverage": 7, "shortLeverage": 7}
OTHER = {"isolated": "crossed", "crossed": "isolated"}


def stops(account: Account) -> list[Any]:
    """The plans that wait for their price, to close something."""
    with account.lock:
        return [each for each in account.book.orders.values() if each.is_live and each.plan and each.closes]


def orders_sent(emulator: Emulator) -> list[Any]:
    return [each for each in emulator.requests if "place" in each.path]


# --- the clients ---------------------------------------------------------------------------------------------------


@pytest.fixture
def connected(
    emulator: Emulator, unified: bool, markets: dict[str, Any], unified_markets: dict[str, Any]
) -> Iterator[Callable[..., Client]]:
    """A client whose markets are loaded and that knows the account's type: what follows is the orders' own traffic."""
    emulator.account.unified = unified
    clients = []

    def connected(kind: str = "sync", **options: Any) -> Client:
        clients.append(Client(kind, emulator.config(options={"uta": unified, **options})))
        vars(clients[-1].exchange).update(unified_markets if unified else markets)
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


# --- opening -------------------------------------------------------------------------------------------------------


def enter(client: Any, hedge: bool, side: str = "buy", **params: Any) -> None:
    client.create_order(S, "market", side, SIZE, None, {**({"hedged": True} if hedge else {}), **params})


def set_up(client: Any, *modes: str) -> None:
    for mode in modes:
        client.set_margin_mode(mode, S)
        client.set_leverage(7, S, BOTH)


@pytest.mark.parametrize("modes", list(itertools.product(("cross", "isolated"), repeat=2)), ids="-".join)
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_the_position_has_what_was_set(
    kind: str, connected: Any, account: Account, hedge: bool, modes: tuple[str, str], side: str
) -> None:
    """Margin mode, leverage, an order that names nothing: the position is in that mode, at that leverage."""
    client = connected(kind)
    set_up(client, *modes)
    enter(client, hedge, side)
    mode = "crossed" if modes[-1] == "cross" else "isolated"
    assert held(account) == [("long" if side == "buy" else "short", mode, 7)]


@pytest.mark.parametrize("unified", [True], ids=["unified"])
@pytest.mark.parametrize("option", ["defaultMarginMode", "createOrder"])
def test_the_mode_of_all_orders_stands_in_the_options(
    connected: Any, account: Account, hedge: bool, option: str
) -> None:
    """What ccxt's options name for every order is the mode whose leverage is set, where nothing else names one."""
    client = connected(**{option: {"marginMode": "isolated"} if option == "createOrder" else "isolated"})
    client.set_leverage(7, S, BOTH)
    enter(client, hedge)
    assert held(account) == [("long", "isolated", 7)]


@pytest.mark.parametrize("mode", ["crossed", "isolated"])
def test_set_margin_mode_alone_decides(
    connected: Any, account: Account, hedge: bool, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The mode that was chosen is the mode of the orders, also where no leverage was set in it, which is warned of."""
    client = connected()
    set_up(client, OTHER[mode])
    assert not caplog.records
    client.set_margin_mode(mode, S)
    [record] = caplog.records
    assert all(word in record.getMessage() for word in (S, f"in {mode} margin", f"for {OTHER[mode]} margin"))
    enter(client, hedge)
    assert held(account) == [("long", mode, 20)]


@pytest.mark.parametrize("how", ["limit", "batch", "trigger", "trailing"])
def test_every_opening_order(
    kind: str, connected: Any, emulator: Emulator, unified: bool, hedge: bool, how: str
) -> None:
    """Limit, batch, trigger and trailing orders carry it; the batch in each order and around them."""
    client, params = connected(kind), {"hedged": True} if hedge else {}
    set_up(client, "isolated")
    if how == "limit":
        client.create_limit_order(S, "buy", SIZE, 90000, params)
    elif how == "batch":
        row = {"symbol": S, "type": "limit", "side": "buy", "amount": SIZE, "price": 90000, "params": params}
        assert [order["id"] for order in client.create_orders([row, row])]
    elif how == "trigger":
        client.create_trigger_order(S, "market", "buy", SIZE, None, 90000, params)
    else:
        client.create_trailing_percent_order(S, "market", "buy", SIZE, 90000, 1, 90000, params)
    body = orders_sent(emulator)[-1].body
    rows = body if isinstance(body, list) else [body, *body.get("orderList", [])]
    assert {row["marginMode"] for row in rows} == {"isolated"}


def test_an_object_that_set_nothing(connected: Any, account: Account, emulator: Emulator, unified: bool) -> None:
    """It sends what ccxt sends, whatever the account is set to: crossed, or on a unified account nothing."""
    account.set_margin_mode(P, ID, "isolated")
    enter(connected(), hedge=True)
    assert orders_sent(emulator)[-1].body.get("marginMode") == (None if unified else "crossed")


def test_what_the_caller_names_wins(connected: Any, account: Account, hedge: bool) -> None:
    """An order that names its mode is in it."""
    client = connected()
    set_up(client, "isolated")
    enter(client, hedge, marginMode="crossed")
    assert held(account) == [("long", "crossed", 20)]


def test_a_raw_call_is_the_callers_own(connected: Any, emulator: Emulator, unified: bool, account: Account) -> None:
    """An implicit method sends what it is given."""
    account.set_position_mode(P, "one_way_mode")
    client = connected()
    set_up(client, "isolated")
    if unified:
        fields = {"category": P, "symbol": ID, "side": "buy", "orderType": "market", "qty": "0.01"}
        client.private_uta_post_v3_trade_place_order(fields)
    else:
        fields = {"productType": P, "symbol": ID, "side": "buy", "orderType": "market", "size": "0.01"}
        fields |= {"marginCoin": "USDT", "marginMode": "crossed"}
        client.private_mix_post_v2_mix_order_place_order(fields)
    assert orders_sent(emulator)[-1].body == fields
    assert held(account)[0][1] == "crossed"


@pytest.mark.parametrize("unified_now", [False, True])
def test_an_account_of_the_other_type(
    emulator: Emulator, account: Account, kind: str, markets: Any, unified_now: bool
) -> None:
    """The call that is repeated for the other account type carries the mode as well."""
    account.set_position_mode(P, "one_way_mode")
    account.unified = unified_now
    account.set_position_mode(P, "one_way_mode")
    client = Client(kind, emulator.config(options={"uta": not unified_now}))
    vars(client.exchange).update(markets)
    client.exchange._memory.traded[KEY] = ("isolated",)
    try:
        enter(client, hedge=False)
    finally:
        client.close()
    assert held(account)[0][1] == "isolated"
    assert orders_sent(emulator)[-1].body["marginMode"] == "isolated"


def test_tasks_do_not_mix(emulator: Emulator, account: Account, markets: Any) -> None:
    """What one task names is not what another one's order carries."""
    account.set_position_mode(P, "hedge_mode")
    client = Client("async", emulator.config(options={"uta": False}))
    vars(client.exchange).update(markets)
    order = client.exchange.create_order

    async def both() -> None:
        first = order(S, "limit", "buy", SIZE, 90000, {"hedged": True, "marginMode": "isolated"})
        await asyncio.gather(first, order(S, "limit", "sell", SIZE, 120000, {"hedged": True}))

    try:
        client.run(both())
    finally:
        client.close()
    sent = {each.body["side"]: each.body["marginMode"] for each in orders_sent(emulator)}
    assert sent == {"buy": "isolated", "sell": "crossed"}


# --- stoplosses first ----------------------------------------------------------------------------------------------

SEQUENCES: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda client: None,
    "isolated": lambda client: set_up(client, "isolated"),
    "crossed to isolated": lambda client: set_up(client, "cross", "isolated"),
    "isolated to crossed": lambda client: set_up(client, "isolated", "cross"),
    "only the margin mode": lambda client: client.set_margin_mode("isolated", S),
    "leverage, then another mode": lambda client: (set_up(client, "cross"), client.set_margin_mode("isolated", S)),
}
MARKET = (S, "market", "sell", SIZE)


@pytest.fixture
def stop(unified: bool, hedge: bool, markets: dict[str, Any]) -> dict[str, Any]:
    """What a stop needs so that ccxt protects the side that is held: nothing, but in ccxt before 4.5.6."""
    stock = ccxt.bitget()
    vars(stock).update(markets)
    right = "long" if hedge else "buy"
    params = {"reduceOnly": True, "hedged": hedge, "stopLossPrice": 90000}
    says = stock.create_order_request(*MARKET, None, params)["holdSide"]
    return {} if unified or says == right else {"holdSide": right}


def closers(unified: bool, hedge: bool, stop: dict[str, Any]) -> dict[str, Callable[[Any], Any]]:
    """Every shape that closes or protects the long position that is open."""
    row = {"symbol": S, "type": "market", "side": "sell", "amount": SIZE}

    def out(**params: Any) -> dict[str, Any]:  # anew for each: an older ccxt writes into what it is given
        return {"reduceOnly": True, **({"hedged": True} if hedge else {}), **params}

    shapes: dict[str, Callable[[Any], Any]] = {
        "reduce-only": lambda it: it.create_order(*MARKET, None, out()),
        "convenience": lambda it: it.create_stop_loss_order(*MARKET, None, 90000, out(**stop)),
        "limit": lambda it: it.create_order(S, "limit", "sell", SIZE, 90000, out()),
        "batch": lambda it: it.create_orders([{**row, "params": out()}]),
        "batch with ids": lambda it: it.create_orders([{**row, "params": out(clientOrderId="mine")}]),
        "trigger": lambda it: it.create_order(*MARKET, None, out(triggerPrice=90000)),
        "trailing": lambda it: it.create_order(*MARKET, 101500, out(trailingPercent=1)),
        "stoploss": lambda it: it.create_order(*MARKET, None, out(**stop, stopLossPrice=90000)),
        "takeprofit": lambda it: it.create_order(*MARKET, None, out(**stop, takeProfitPrice=120000)),
        "stoploss that names a mode": lambda it: it.create_order(
            *MARKET, None, out(**stop, stopLossPrice=90000, marginMode="cross")
        ),
        "close_position": lambda it: it.close_position(S, "long" if hedge else None),
        "close_all_positions": lambda it: it.close_all_positions({"productType": P}),
    }
    if hedge and unified:
        shapes["raw posSide"] = lambda it: it.create_order(*MARKET, None, {"posSide": "long"})
    elif hedge:
        # https://www.bitget.com/api-doc/contract/trade/Place-Order (a long position is closed by buy and close)
        shapes["raw tradeSide"] = lambda it: it.create_order(S, "market", "buy", SIZE, None, {"tradeSide": "close"})
    return shapes


@pytest.mark.parametrize("state", ["the same object", "a fresh object", "memory that is wrong"])
@pytest.mark.parametrize("sequence", list(SEQUENCES))
def test_closing_works(
    emulator: Emulator,
    account: Account,
    connected: Any,
    unified: bool,
    hedge: bool,
    stop: dict[str, Any],
    sequence: str,
    state: str,
) -> None:
    """Every closing shape closes or protects the position, with no request before it."""
    client = connected()
    SEQUENCES[sequence](client)
    enter(client, hedge)
    [(_, mode, _)] = held(account)
    snapshot, memory = account.snapshot(), copy.deepcopy(client.exchange._memory)
    for shape, close in closers(unified, hedge, stop).items():
        account.restore(snapshot)
        client.exchange._memory = copy.deepcopy(memory) if state == "the same object" else type(memory)()
        if state == "memory that is wrong":
            client.exchange._memory.opened[KEY] = OTHER[mode]
            client.exchange._memory.traded[KEY] = (OTHER[mode],)
        emulator.clear()
        close(client)
        assert not held(account) or stops(account), shape
        paths = [each.path for each in emulator.requests]
        assert "place" in paths[0] or "close-positions" in paths[0], (shape, paths)
        assert len(paths) == 1 or (len(paths) == 2 and len(set(paths)) == 1 and state != "the same object"), shape


@pytest.mark.parametrize("shape", ["reduce-only", "batch", "batch with ids", "stoploss", "trigger"])
def test_closing_works_in_every_client(
    kind: str, account: Account, connected: Any, unified: bool, hedge: bool, stop: dict[str, Any], shape: str
) -> None:
    """With memory that is wrong, in the three clients."""
    set_up(first := connected(kind), "isolated")
    enter(first, hedge)
    client = connected(kind)
    client.exchange._memory.traded[KEY] = ("crossed",)
    closers(unified, hedge, stop)[shape](client)
    assert not held(account) or stops(account)


def test_the_first_error_is_raised(kind: str, connected: Any, emulator: Emulator, unified: bool, hedge: bool) -> None:
    """Nothing to close in either mode: what the exchange said first, after two requests, with the same clientOid."""
    client = connected(kind)
    client.exchange._memory.traded[KEY] = ("isolated",)
    params = {"reduceOnly": True, "clientOrderId": "mine", **({"hedged": True} if hedge else {})}
    with pytest.raises(ccxt.BaseError, match="25227" if unified else "22002"):
        client.create_order(*MARKET, None, params)
    sent = [(each.body["marginMode"], each.body["clientOid"]) for each in emulator.requests]
    assert sent == [("isolated", "mine"), ("crossed", "mine")]


@pytest.mark.parametrize("second", ["another refusal", "a dropped connection"])
def test_the_first_error_whatever_the_second_is(
    connected: Any, emulator: Emulator, unified: bool, second: str, account: Account
) -> None:
    """The second try is ours: what it met would mislead."""
    account.set_position_mode(P, "one_way_mode")
    first = {"code": "25227" if unified else "22002", "msg": "No position to close"}
    emulator.fail(Fault("refuse", "place-order", times=1, **first))
    if second == "another refusal":
        emulator.fail(Fault("refuse", "place-order", times=1, code="40762", msg="The order amount exceeds the balance"))
    else:
        emulator.fail(Fault("drop", "place-order", times=1))
    with pytest.raises(ccxt.BaseError, match=first["code"]):
        connected().create_order(*MARKET, None, {"reduceOnly": True})
    assert len(emulator.requests) == 2


@pytest.mark.parametrize("params", [{"reduceOnly": True, "marginMode": "isolated"}, {}])
def test_no_second_try(connected: Any, emulator: Emulator, account: Account, unified: bool, params: Any) -> None:
    """A mode that the caller named is not tried otherwise; an order that could open is never sent twice."""
    account.set_position_mode(P, "one_way_mode")
    refusal = {"code": "25227" if unified else "22002", "msg": "No position to close"}
    emulator.fail(Fault("refuse", "place-order", times=1, **refusal))
    with pytest.raises(ccxt.ExchangeError, match=refusal["code"]):
        connected().create_order(*MARKET, None, params)
    assert len(emulator.requests) == 1
    assert not held(account)


def test_a_mixed_batch(kind: str, connected: Any, account: Account, emulator: Emulator, unified: bool) -> None:
    """Of a batch, only the closing order that found nothing is sent again; the answers are whole and in place."""
    account.set_position_mode(P, "hedge_mode")
    first = connected(kind)
    set_up(first, "isolated")
    enter(first, hedge=True)
    client = connected(kind)
    client.exchange._memory.traded[KEY] = ("crossed",)
    row = {"symbol": S, "type": "market", "side": "sell", "amount": SIZE}
    close = {**row, "params": {"reduceOnly": True, "hedged": True, "clientOrderId": "close"}}
    huge = {**row, "amount": 100, "type": "limit", "price": 120000}
    emulator.clear()
    orders = client.create_orders([close, {**huge, "params": {"hedged": True, "clientOrderId": "huge"}}])
    assert held(account) == []
    assert len(emulator.requests) == 2
    by_id = {order["clientOrderId"]: order["id"] for order in orders}
    assert by_id.pop("close")
    # ccxt leaves the refused orders of a classic batch out of its answer
    assert by_id == ({"huge": None} if unified else {})


def test_cancel_and_replace(connected: Any, account: Account, hedge: bool, stop: dict[str, Any]) -> None:
    """A stop is taken away and put back, by an object whose memory is wrong."""
    set_up(first := connected(), "isolated")
    enter(first, hedge)
    client = connected()
    client.exchange._memory.traded[KEY] = ("crossed",)
    stop = {"reduceOnly": True, "stopLossPrice": 90000, **({"hedged": True} if hedge else {}), **stop}
    order = client.create_order(*MARKET, None, stop)
    client.cancel_order(order["id"], S, {"trigger": True, "stop": True, "planType": "pos_loss"})
    assert not stops(account)
    client.create_order(*MARKET, None, stop)
    assert len(stops(account)) == 1


def test_the_second_time_it_knows(connected: Any, account: Account, emulator: Emulator, unified: bool) -> None:
    """Where a close was found in the other mode, the next one is sent there at once."""
    account.set_position_mode(P, "one_way_mode")
    set_up(first := connected(), "isolated")
    enter(first, hedge=False)
    enter(first, hedge=False)
    client = connected()
    emulator.clear()
    client.create_order(*MARKET, None, {"reduceOnly": True})
    client.create_order(*MARKET, None, {"reduceOnly": True})
    assert len(emulator.requests) == 3
    assert not held(account)
