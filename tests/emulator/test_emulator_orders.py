"""Requests of orders: their sides, batches, plans and stops; `orders.txt` has what a position comes to."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from emulator_client import CLASSIC, HOUR, START, UNIFIED, USDT, Clock

from bitget_leverage_ext.emulator import Quirks
from bitget_leverage_ext.emulator.contracts import CONTRACTS
from bitget_leverage_ext.emulator.prices import price

NOTHING = {False: "22002", True: "25227"}


class Trader:
    """Sends the same orders to classic and unified accounts."""

    def __init__(self, client: Any, hedged: bool) -> None:
        self.client, self.hedged = client, hedged
        self.unified: bool = client.account.unified
        self.account = client.account
        self.account.set_position_mode(USDT[0], "hedge_mode" if hedged else "one_way_mode")
        self.account.set_leverages(*USDT, cross=3, long=5, short=9)

    def body(
        self, side: str = "buy", mode: str | None = "crossed", closes: bool = False, **more: Any
    ) -> dict[str, Any]:
        """Return the body of an order; a long position is closed by side `sell`."""
        body: dict[str, Any] = {"orderType": "market", "side": side, "qty" if self.unified else "size": "0.01"}
        held = "long" if (side == "buy") != closes else "short"
        if self.unified and self.hedged:
            body["posSide"] = held
        elif self.unified and closes:
            body["reduceOnly"] = "yes"
        elif self.hedged:
            body |= {"tradeSide": "close" if closes else "open", "side": "buy" if held == "long" else "sell"}
        elif closes:
            body["reduceOnly"] = "YES"
        return body | ({} if mode is None else {"marginMode": mode}) | more

    def order(self, *args: Any, **more: Any) -> Any:
        where, path = (
            (UNIFIED, "/api/v3/trade/place-order") if self.unified else (CLASSIC, "/api/v2/mix/order/place-order")
        )
        return self.client.post(path, **where | self.body(*args, **more))

    def positions(self) -> list[tuple[str, str, str]]:
        """Return side, margin mode and leverage of each position."""
        if self.unified:
            rows = self.client.get("/api/v3/position/current-position", category=USDT[0])["data"]["list"] or []
            return [(row["posSide"], row["marginMode"], row["leverage"]) for row in rows]
        rows = self.client.get("/api/v2/mix/position/all-position", productType=USDT[0])["data"]
        return [(row["holdSide"], row["marginMode"], row["leverage"]) for row in rows]


@pytest.fixture(
    params=itertools.product((False, True), (False, True)),
    ids=lambda each: f"{('classic', 'unified')[each[0]]} {('one-way', 'hedge')[each[1]]}",
)
def trader(request: Any, emulator: Any, client_of: Any, clock: Clock) -> Trader:
    """A trader of a classic or unified account, in one-way or hedge mode."""
    unified, hedged = request.param
    emulator._clock = clock
    made = client_of(unified=unified)
    made.now = clock
    return Trader(made, hedged)


def test_an_order_that_names_no_margin_mode(trader: Trader) -> None:
    """A classic account refuses it; on a unified account it is crossed, even if the settings row says isolated."""
    trader.account.set_margin_mode(*USDT, "isolated")
    reply = trader.order("buy", None)
    if trader.unified:
        assert trader.positions() == [("long", "crossed", "3")]
        assert trader.order("buy", "cross")["msg"] == "Parameter cross does not exist"
    else:
        assert (reply["code"], reply["msg"]) == ("400172", "The margin mode cannot be empty")
        assert trader.order("buy", "cross")["code"] == "400172"


def test_close_positions(trader: Trader) -> None:
    """close-positions closes any position, and is refused where there is none."""
    path, where = (
        ("/api/v3/trade/close-positions", {"category": USDT[0]})
        if trader.unified
        else ("/api/v2/mix/order/close-positions", {"productType": USDT[0]})
    )
    assert trader.client.post(path, **where)["code"] == NOTHING[trader.unified]
    trader.order("buy", "isolated")
    if trader.hedged:
        trader.order("sell", "isolated")
        side = {"posSide" if trader.unified else "holdSide": "short"}
        assert trader.client.post(path, **where, **side)["code"] == "00000"
        assert [each[0] for each in trader.positions()] == ["long"]
    assert trader.client.post(path, **where, symbol="ETHUSDT")["code"] == NOTHING[trader.unified]
    data = trader.client.post(path, **where, symbol="BTCUSDT")["data"]
    assert len(data["list" if trader.unified else "successList"]) == 1
    assert trader.positions() == []


@pytest.mark.parametrize(
    ("hedged", "more", "code"),
    [
        (False, {"posSide": "long"}, "25236"), (True, {"posSide": ""}, "25236"), (True, {"posSide": "net"}, "25236"),
        (True, {"posSide": "long", "reduceOnly": "yes"}, "25238"),
        (False, {"posSide": "long", "reduceOnly": "yes"}, "25238"),
        (True, {"posSide": "long", "reduceOnly": "no"}, "00000"),
    ],
)  # fmt: skip
def test_sides_of_unified_orders(unified: Any, hedged: bool, more: Any, code: str) -> None:
    unified.account.set_position_mode("", "hedge_mode" if hedged else "one_way_mode")
    order = {"orderType": "market", "side": "buy", "qty": "0.01"}
    assert unified.post("/api/v3/trade/place-order", **UNIFIED, **order, **more)["code"] == code


@pytest.mark.parametrize(
    ("hedged", "side", "code"), [(False, "open", "40774"), (True, "", "40774"), (True, "open", "00000")]
)
def test_trade_sides_of_classic_orders(client: Any, hedged: bool, side: str, code: str) -> None:
    """tradeSide is refused in one-way mode and required in hedge mode."""
    client.account.set_position_mode("hedge" if hedged else "one-way")
    order = {"orderType": "market", "side": "buy", "size": "0.01", "marginMode": "crossed", "tradeSide": side}
    assert client.post("/api/v2/mix/order/place-order", **CLASSIC, **order)["code"] == code


def batch(trader: Trader, *orders: dict[str, Any], **shared: Any) -> tuple[list[Any], list[Any]]:
    """Return the placed entries, and the codes of the refused ones."""
    if trader.unified:
        made = trader.client.send("POST", "/api/v3/trade/place-batch", [UNIFIED | each for each in orders]).json()
        rows = made["data"]
        return [row for row in rows if "code" not in row], [row["code"] for row in rows if "code" in row]
    made = trader.client.post("/api/v2/mix/order/batch-place-order", **CLASSIC, orderList=list(orders), **shared)
    return made["data"]["successList"], [row["errorCode"] for row in made["data"]["failureList"]]


def test_batches(trader: Trader) -> None:
    """Each order counts for itself; a classic batch has one margin mode, each unified order its own."""
    small = "qty" if trader.unified else "size"
    limit = {"orderType": "limit", "price": "90000"}
    placed, refused = batch(
        trader,
        trader.body("buy", "isolated"),
        trader.body("buy", "isolated", **{small: "0.00001"}, clientOid="free"),
        trader.body("buy", "isolated", **limit),
        marginMode="isolated",
    )
    assert (len(placed), refused) == (2, ["45110"])
    assert trader.order("buy", "isolated", orderType="limit", price="1", clientOid="free")["code"] == "00000"
    assert trader.positions() == [("long", "isolated", "5")]
    if not trader.unified:
        inner = trader.body("buy", "isolated", clientOid="mine")
        made = trader.client.post("/api/v2/mix/order/batch-place-order", **CLASSIC, orderList=[inner])["data"]
        assert [each["clientOid"] for each in made["failureList"]] == ["mine"]

    waiting = placed[1]["orderId"]
    if trader.unified:
        gone = [{"orderId": waiting, **UNIFIED}, {"orderId": "1", **UNIFIED}]
        rows = trader.client.send("POST", "/api/v3/trade/cancel-batch", gone).json()["data"]
        assert [(row["orderId"], row.get("code")) for row in rows] == [(waiting, None), ("1", "25204")]
    else:
        gone = [{"orderId": waiting}, {"orderId": "1"}]
        path = "/api/v2/mix/order/batch-cancel-orders"
        data = trader.client.post(path, productType=USDT[0], symbol="BTCUSDT", orderIdList=gone)["data"]
        assert [each["orderId"] for each in data["successList"]] == [waiting]
        assert [each["errorCode"] for each in data["failureList"]] == ["40768"]


@pytest.mark.parametrize("body", [[], ["order"], [[]], {"orderList": []}, {"orderList": "order"}])
def test_batches_of_nothing(client: Any, unified: Any, body: Any) -> None:
    """Malformed batches are refused, as a whole or entry by entry."""
    reply = unified.send("POST", "/api/v3/trade/place-batch", body).json()
    assert reply["code"] == "400172" or [each["code"] for each in reply["data"]] == ["400172"]
    listed = {"orderList": body} if isinstance(body, list) else body
    reply = client.post("/api/v2/mix/order/batch-place-order", **CLASSIC, marginMode="crossed", **listed)
    assert reply["code"] == "400172" or [each["errorCode"] for each in reply["data"]["failureList"]] == ["400172"]


def test_the_stop_of_a_position_is_no_order_of_the_symbol(trader: Trader) -> None:
    """Cancelling every order leaves the stop-loss that came with a position."""
    trader.order("buy", **{"stopLoss" if trader.unified else "presetStopLossPrice": "90000"})
    trader.order("buy", orderType="limit", price="90000")
    if trader.unified:
        trader.client.post("/api/v3/trade/cancel-symbol-order", **UNIFIED)
    else:
        trader.client.post("/api/v2/mix/order/batch-cancel-orders", **CLASSIC)
    assert [each.plan for each in trader.account.book.orders.values() if each.is_live] == ["loss_plan"]


def test_an_order_is_changed(trader: Trader) -> None:
    """A changed order is replaced by a new one; a refused change leaves it."""
    old = trader.order("buy", "isolated", orderType="limit", price="90000")["data"]["orderId"]
    path, size, price = (
        ("/api/v3/trade/modify-order", "qty", "price")
        if trader.unified
        else ("/api/v2/mix/order/modify-order", "newSize", "newPrice")
    )
    assert trader.client.post(path, orderId=old, **{size: "1000"})["code"] == "40762"
    new = trader.client.post(path, orderId=old, **{size: "0.02", price: "100001"})["data"]["orderId"]
    assert new != old
    assert trader.client.post(path, orderId=old, **{size: "1"})["code"] == ("25204" if trader.unified else "40768")
    assert trader.positions() == [("long", "isolated", "5")]


def test_an_order_over_the_maximum(trader: Trader, emulator: Any) -> None:
    """With the quirk, set-leverage accepts a leverage over the maximum, and the order is refused."""
    emulator.quirks = Quirks(over_maximum="order")
    assert trader.client.set_leverage(leverage="151")["code"] == "00000"
    reply = trader.order("buy", "crossed")
    assert (reply["code"], reply["msg"]) == ("40797", "Exceeded the maximum settable leverage")
    assert trader.order("buy", "isolated")["code"] == "00000"


# -- stops and triggers of a unified account --------------------------------------------------------------------------


@pytest.mark.parametrize("hedged", [False, True])
@pytest.mark.parametrize("opened", ["crossed", "isolated"])
@pytest.mark.parametrize("quirk", ["read", "ignored"])
def test_a_stop_names_the_margin_mode(unified: Any, emulator: Any, hedged: bool, opened: str, quirk: Any) -> None:
    """A stop is crossed where it names no margin mode, and refused without a position in that mode."""
    emulator.quirks = Quirks(strategy_mode=quirk)
    trader = Trader(unified, hedged)

    def stop(**more: str) -> str:
        body = UNIFIED | {"posSide": "long", "stopLoss": "90000", "qty": "0.01"} | more
        return str(unified.post("/api/v3/trade/place-strategy-order", **body)["code"])

    assert stop(marginMode=opened) == ("31008" if quirk == "read" else "43023")
    trader.order("buy", opened)
    assert stop(marginMode=opened) == "00000"
    fits = quirk == "ignored" or opened == "crossed"
    assert stop() == ("00000" if fits else "31008")
    assert stop(marginMode="crossed") == ("00000" if fits else "31008")
    assert stop(posSide="short") == ("31008" if quirk == "read" else "43023")


@pytest.mark.parametrize("kind", ["market", "limit"])
@pytest.mark.parametrize("quirk", ["market", "waits"])
def test_a_trigger_of_a_unified_order(unified: Any, emulator: Any, clock: Clock, kind: str, quirk: Any) -> None:
    """triggerPrice executes the order at once, at the market; with the quirk the order waits."""
    emulator._clock = unified.now = clock
    emulator.quirks = Quirks(unified_trigger=quirk)
    trader = Trader(unified, hedged=False)
    more = {"price": "100400"} if kind == "limit" else {}
    assert trader.order("sell", orderType=kind, triggerPrice="99500", **more)["code"] == "00000"
    assert bool(trader.positions()) == (quirk == "market")
    pending = unified.get("/api/v3/trade/unfilled-strategy-orders", category=USDT[0])["data"]
    assert len(pending) == (quirk == "waits")
    for hours in (3, 1.5):
        clock.now += int(hours * HOUR)
        positions = trader.positions()
    assert positions == [("short", "crossed", "3")]


# -- plans of a classic account ---------------------------------------------------------------------------------------


# a plan with a margin mode is a thing of the classic line
on_classic = pytest.mark.parametrize("trader", [(False, False), (False, True)], ids=["one-way", "hedge"], indirect=True)


def plan(trader: Trader, *args: Any, **more: Any) -> Any:
    how = {"planType": "normal_plan", "triggerType": "mark_price"} | more
    return trader.client.post("/api/v2/mix/order/place-plan-order", **CLASSIC, **trader.body(*args, **how))


@on_classic
@pytest.mark.parametrize(("trigger", "hours"), [("100500", 1), ("99500", 3)])
def test_a_plan_opens(trader: Trader, clock: Clock, trigger: str, hours: int) -> None:
    """A plan opens at its trigger price, from below or above, in its own margin mode."""
    assert plan(trader, "buy", "isolated", triggerPrice=trigger)["code"] == "00000"
    assert trader.positions() == []
    clock.now += hours * HOUR
    assert trader.positions() == [("long", "isolated", "5")]


@on_classic
@pytest.mark.parametrize("before", [True, False])
def test_a_plan_of_the_other_mode_closes_what_is_held(trader: Trader, clock: Clock, before: bool) -> None:
    """A closing plan is accepted in either margin mode, with or without a position, and closes when it triggers."""
    if not before:
        trader.order("buy", "isolated")
    assert plan(trader, "sell", "crossed", closes=True, triggerPrice="99500")["code"] == "00000"
    if before:
        trader.order("buy", "isolated")
    clock.now += HOUR
    assert len(trader.positions()) == 1
    clock.now += 2 * HOUR
    assert trader.positions() == []


@on_classic
def test_a_positions_own_stop_closes_all_of_it(trader: Trader, clock: Clock) -> None:
    """A position's own stop also closes what was opened after it was placed."""
    trader.order("buy", "isolated")
    stop = {"planType": "pos_loss", "holdSide": "long" if trader.hedged else "buy", "triggerPrice": "99500"}
    assert trader.client.post("/api/v2/mix/order/place-tpsl-order", **CLASSIC, **stop)["code"] == "00000"
    trader.order("buy", "isolated")
    clock.now += 3 * HOUR
    assert trader.positions() == []


@on_classic
def test_a_plan_that_finds_nothing_to_close(trader: Trader, clock: Clock) -> None:
    placed = plan(trader, "sell", "crossed", closes=True, triggerPrice="99500")["data"]["orderId"]
    clock.now += 3 * HOUR
    assert trader.positions() == []
    history = trader.client.get("/api/v2/mix/order/orders-history", productType=USDT[0])["data"]["entrustedList"]
    assert [(row["clientOid"], row["status"]) for row in history] == [(placed, "canceled")]


@on_classic
def test_a_trailing_plan(trader: Trader, clock: Clock) -> None:
    """A trailing plan follows the price from its trigger and closes when the price falls by the callback of 0.9 %."""
    trader.order("buy", "isolated")
    trailing = {"planType": "track_plan", "triggerPrice": "100500", "callbackRatio": "0.9"}
    assert plan(trader, "sell", "isolated", closes=True, **trailing)["code"] == "00000"
    for hours, held in ((1, 1), (1.5, 1), (2, 0)):
        clock.now = START + int(hours * HOUR)
        assert len(trader.positions()) == held, price(CONTRACTS[USDT], clock.now)
    assert plan(trader, "sell", "isolated", planType="track_plan", triggerPrice="1")["code"] == "40019"
    assert plan(trader, "buy")["code"] == "40019"
    assert plan(trader, "buy", planType="loss_plan", triggerPrice="1")["code"] == "400172"


@on_classic
def test_plans_are_cancelled_by_name_or_all(trader: Trader, clock: Clock) -> None:
    one, two = (plan(trader, triggerPrice=price)["data"]["orderId"] for price in ("90000", "91000"))
    path = "/api/v2/mix/order/cancel-plan-order"
    gone = trader.client.post(path, **CLASSIC, orderIdList=[{"orderId": one}])["data"]
    assert [each["orderId"] for each in gone["successList"]] == [one]
    assert trader.client.post(path, productType=USDT[0], symbol="ETHUSDT")["data"]["successList"] == []
    gone = trader.client.post(path, **CLASSIC, planType="normal_plan")["data"]
    assert [each["orderId"] for each in gone["successList"]] == [two]


@on_classic
def test_both_stops_of_a_position(trader: Trader, clock: Clock) -> None:
    """One request places stop-loss and take-profit, which close the position in either margin mode."""
    trader.order("buy", "isolated")
    path, holds = "/api/v2/mix/order/place-pos-tpsl", "long" if trader.hedged else "buy"
    stops = {"stopSurplusTriggerPrice": "100900", "stopLossTriggerPrice": "99000"}
    assert len(trader.client.post(path, **CLASSIC, holdSide=holds, **stops)["data"]) == 2
    assert trader.client.post(path, **CLASSIC, holdSide=holds)["code"] == "400172"
    clock.now += HOUR
    assert trader.positions() == []
    assert not trader.account.setting(*USDT).busy
