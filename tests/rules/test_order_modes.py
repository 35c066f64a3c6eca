"""Which margin mode an order carries: the table, the shapes that close, and the replies of batches."""

from __future__ import annotations

from typing import Any

import pytest

from bitget_leverage_ext.rules.orders import (
    Known,
    accepted,
    closes,
    decide,
    merged,
    mode_of,
    read_orders,
    refuses_to_close,
    unclosed,
    without_mode,
)

C, I = "crossed", "isolated"  # noqa: E741
SINGLE, BATCH = "v2/mix/order/place-order", "v2/mix/order/batch-place-order"
UNIFIED, UNIFIED_BATCH = "v3/trade/place-order", "v3/trade/place-batch"
KEY = ("USDT-FUTURES", "BTCUSDT")
ON = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginMode": C, "side": "buy"}
ON_UNIFIED = {"symbol": "BTCUSDT", "category": "USDT-FUTURES", "side": "buy"}
SHUT = {"reduceOnly": "YES"}


@pytest.mark.parametrize(
    ("named", "closing", "chosen", "opened", "mode"),
    [
        (I, False, (C,), C, I),
        (I, True, (C,), C, I),
        (C, True, (I,), I, C),
        (None, False, (), None, None),
        (None, True, (), None, None),
        (None, False, (I,), C, I),
        (None, False, (I, C), I, C),
        (None, False, (), I, None),
        (None, True, (I,), C, C),
        (None, True, (), I, I),
        (None, True, (I,), None, I),
    ],
)
def test_table(named: str | None, closing: bool, chosen: tuple[str, ...], opened: str | None, mode: str | None) -> None:
    """What the caller names; else for an opening order what was chosen last, for a closing one what opened last."""
    assert mode_of(named, closing, Known(chosen, opened)) == mode


@pytest.mark.parametrize(
    ("fields", "unified", "closing"),
    [
        ({}, False, False),
        ({}, True, False),
        ({"reduceOnly": "YES"}, False, True),
        ({"reduceOnly": "yes"}, True, True),
        ({"reduceOnly": True}, False, True),
        ({"reduceOnly": "NO"}, False, False),
        ({"reduceOnly": "no"}, True, False),
        ({"reduceOnly": None}, True, False),
        ({"side": "buy", "tradeSide": "Close"}, False, True),
        ({"side": "buy", "tradeSide": "close"}, False, True),
        ({"side": "buy", "tradeSide": "Open"}, False, False),
        ({"side": "buy", "posSide": "short"}, True, True),
        ({"side": "sell", "posSide": "long"}, True, True),
        ({"side": "SELL", "posSide": "LONG"}, True, True),
        ({"side": "buy", "posSide": "long"}, True, False),
        ({"side": "sell", "posSide": "short"}, True, False),
        ({"side": "sell"}, True, False),
        ({"side": "sell", "posSide": "long"}, False, False),
        ({"side": "sell", "tradeSide": "close"}, True, False),
    ],
)
def test_closes(fields: dict[str, Any], unified: bool, closing: bool) -> None:
    """Closing is what cannot open anything: reduce-only, and the other side of a named position."""
    assert closes(fields, unified) is closing


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (UNIFIED, {"symbol": "BTCUSDT", "category": "SPOT"}),
        (UNIFIED, {"symbol": "BTCUSDT", "category": "MARGIN"}),
        (UNIFIED_BATCH, [ON_UNIFIED, {"symbol": "BTCUSDT", "category": "SPOT"}]),
        (UNIFIED_BATCH, []),
        (BATCH, {**ON, "orderList": []}),
    ],
)
def test_not_futures(path: str, body: Any) -> None:
    """Spot and margin orders, and batches of nothing, are nobody's business here."""
    assert read_orders(path, body) is None


@pytest.mark.parametrize(
    ("path", "body", "named", "known", "expected"),
    [
        (SINGLE, ON, None, Known((I,)), {**ON, "marginMode": I}),
        (SINGLE, ON, I, Known(), {**ON, "marginMode": I}),
        (SINGLE, ON, None, Known(), ON),
        (SINGLE, {**ON, **SHUT}, None, Known((C,), I), {**ON, **SHUT, "marginMode": I}),
        (UNIFIED, ON_UNIFIED, None, Known(), ON_UNIFIED),
        (UNIFIED, ON_UNIFIED, None, Known((I,)), {**ON_UNIFIED, "marginMode": I}),
        (UNIFIED, {**ON_UNIFIED, **SHUT}, None, Known((), C), {**ON_UNIFIED, **SHUT}),
        (UNIFIED, {**ON_UNIFIED, **SHUT}, None, Known((), I), {**ON_UNIFIED, **SHUT, "marginMode": I}),
        (UNIFIED, {**ON_UNIFIED, **SHUT}, None, Known((I,), C), {**ON_UNIFIED, **SHUT, "marginMode": C}),
        (
            UNIFIED,
            {**ON_UNIFIED, "posSide": "short"},
            None,
            Known((I,), C),
            {**ON_UNIFIED, "posSide": "short", "marginMode": C},
        ),
        (UNIFIED, {**ON_UNIFIED, "marginMode": "cross"}, C, Known(), {**ON_UNIFIED, "marginMode": C}),
        # a batch: the first opening order speaks for the closing ones beside it
        (
            BATCH,
            {**ON, "orderList": [{**ON, **SHUT}, ON]},
            None,
            Known((I,), C),
            {**ON, "marginMode": I, "orderList": [{**ON, **SHUT, "marginMode": I}, {**ON, "marginMode": I}]},
        ),
        # one that only closes
        (
            BATCH,
            {**ON, "orderList": [{**ON, **SHUT}]},
            None,
            Known((C,), I),
            {**ON, "marginMode": I, "orderList": [{**ON, **SHUT, "marginMode": I}]},
        ),
        # ccxt's body where one order names a mode and another does not is of two minds
        (
            BATCH,
            {**ON, "marginMode": I, "orderList": [{**ON, "marginMode": I}, ON]},
            I,
            Known(),
            {**ON, "marginMode": I, "orderList": [{**ON, "marginMode": I}, {**ON, "marginMode": I}]},
        ),
        (UNIFIED_BATCH, [ON_UNIFIED] * 2, None, Known((I,)), [{**ON_UNIFIED, "marginMode": I}] * 2),
    ],
)
def test_decide(path: str, body: Any, named: str | None, known: Known, expected: Any) -> None:
    """Nothing but marginMode changes, in the order and around it."""
    orders = read_orders(path, body)
    assert orders is not None
    assert decide(orders, named, lambda key: {KEY: known}[key]).body == expected


def test_each_contract_of_a_unified_batch_has_its_own_mode() -> None:
    """The mode of one symbol is not that of another."""
    orders = read_orders(UNIFIED_BATCH, [ON_UNIFIED, {**ON_UNIFIED, "symbol": "ETHUSDT"}])
    assert orders is not None
    known = {KEY: Known((I,)), ("USDT-FUTURES", "ETHUSDT"): Known((C,))}
    assert [row["marginMode"] for row in decide(orders, None, known.__getitem__).body] == [I, C]


@pytest.mark.parametrize(
    ("code", "text", "refused"),
    [
        ("22002", "", True),
        (25227, "", True),
        ("400172", "No position to close", True),
        (None, 'bitget {"code":"1","msg":"No position available to close"}', True),
        ("40762", "The order amount exceeds the balance", False),
    ],
)
def test_refuses_to_close(code: Any, text: str, refused: bool) -> None:
    """By the code, or by the text where the code is another."""
    assert refuses_to_close(code, text) is refused


def failure(client: str, code: str = "22002") -> dict[str, str]:
    return {"orderId": "", "clientOid": client, "errorCode": code, "errorMsg": "…"}


def success(client: str) -> dict[str, str]:
    return {"orderId": "1", "clientOid": client}


def classic(*ids: str | None) -> Any:
    rows = [{**ON, **SHUT, **({"clientOid": id_} if id_ else {})} for id_ in ids]
    return read_orders(BATCH, {**ON, "orderList": rows})


def unified(count: int) -> Any:
    return read_orders(UNIFIED_BATCH, [{**ON_UNIFIED, **SHUT}] * count)


@pytest.mark.parametrize(
    ("orders", "data", "missed", "taken"),
    [
        (classic("a", "b"), {"successList": [success("a")], "failureList": [failure("b")]}, {1: 0}, [0]),
        (classic("a", "b"), {"successList": [], "failureList": [failure("b"), failure("a")]}, {1: 0, 0: 1}, []),
        (classic("a", "b"), {"successList": [], "failureList": [failure("b", "40762")]}, {}, []),
        (classic("a"), {"successList": [], "failureList": [failure("x")]}, {}, []),
        (classic(None, None), {"successList": [], "failureList": [failure(""), failure("")]}, {0: 0, 1: 1}, []),
        (classic(None, None), {"successList": [success("z")], "failureList": [failure("")]}, {}, []),
        (classic(None, None), {"successList": [success("y"), success("z")], "failureList": []}, {}, [0, 1]),
        (read_orders(BATCH, {**ON, "orderList": [ON]}), {"successList": [], "failureList": [failure("")]}, {}, []),
        (
            read_orders(UNIFIED_BATCH, [{**ON_UNIFIED, **SHUT}] * 2),
            [{"orderId": "1"}, {"orderId": "", "code": "25227", "msg": "No position available to close"}],
            {1: 1},
            [0],
        ),
        (read_orders(UNIFIED_BATCH, [{**ON_UNIFIED, **SHUT}] * 2), [{"code": "25227"}], {}, []),
        # by the code alone, and by the words alone
        (
            unified(3),
            [{"code": "25227"}, {"code": "1", "msg": "No position to close"}, {"code": "1"}],
            {0: 0, 1: 1},
            [],
        ),
        (
            classic("a", "b"),
            {"failureList": [{**failure("a", "1"), "errorMsg": "No position to close"}, failure("b", "1")]},
            {0: 0},
            [],
        ),
        # an id without a refusal is a success
        (unified(3), [{"orderId": "1", "code": "0"}, {"orderId": "2", "code": "40762"}, {"orderId": ""}], {}, [0]),
        (read_orders(UNIFIED_BATCH, [{**ON_UNIFIED, **SHUT}]), None, {}, []),
    ],
)
def test_answers_of_a_batch(orders: Any, data: Any, missed: dict[int, int], taken: list[int]) -> None:
    """A closing order that found no position is told from the others only where that is beyond doubt."""
    assert unclosed(orders, data) == missed
    assert accepted(orders, data) == taken


def test_merged_classic() -> None:
    """What went well the second time moves to the successes; what did not keeps its first refusal."""
    first = {"successList": [success("a")], "failureList": [failure("b"), failure("c"), failure("d", "40762")]}
    again = {"successList": [success("c")], "failureList": [failure("b", "99999")]}
    assert merged(classic("a", "b", "c", "d"), first, again, [0, 1]) == {
        "successList": [success("a"), success("c")],
        "failureList": [failure("b"), failure("d", "40762")],
    }


def test_merged_unified() -> None:
    """The answers stay in the order of the orders."""
    first: list[dict[str, str]] = [{"orderId": "1"}, {"orderId": "", "code": "25227"}, {"orderId": "", "code": "25227"}]
    again = [{"orderId": "7"}, {"orderId": "", "code": "25227", "msg": "again"}]
    again[1]["orderId"] = ""
    orders = read_orders(UNIFIED_BATCH, [{**ON_UNIFIED, **SHUT}] * 3)
    assert orders is not None
    with pytest.raises(ValueError, match="zip"):
        merged(orders, first, again, [1])
    assert merged(orders, first, again, [1, 2]) == [first[0], again[0], first[2]]


def test_strategy_orders_have_no_margin_mode() -> None:
    """ccxt passes the caller's on; the endpoint has no such field. Margin trading's own stays."""
    futures = {"category": "USDT-FUTURES", "posSide": "long"}
    assert without_mode({**futures, "marginMode": "isolated"}) == futures
    assert without_mode(futures) is futures
    margin = {"category": "MARGIN", "marginMode": "isolated"}
    assert without_mode(margin) is margin
