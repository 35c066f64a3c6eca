"""The margin mode of an order, driven by hand: what goes out in the place of ccxt's own request, and what is sent again."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest
from by_hand import drive_whole, exchange, ok, refusal

from bitget_leverage_ext.flows.orders import looks_at, placing_order, placing_orders, send, spelled_alike

KIND, ID = "USDT-FUTURES", "BTCUSDT"
KEY = (KIND, ID)
C, I = "crossed", "isolated"  # noqa: E741
SINGLE, BATCH = "v2/mix/order/place-order", "v2/mix/order/batch-place-order"
UNIFIED, UNIFIED_BATCH, STRATEGY = "v3/trade/place-order", "v3/trade/place-batch", "v3/trade/place-strategy-order"
ORDER = {"symbol": ID, "productType": KIND, "marginMode": C, "side": "buy", "orderType": "market"}
CLOSE = {**ORDER, "reduceOnly": "YES"}
NOTHING = refusal("22002", "No position to close")
DONE = ok({"orderId": "1"})


def object_with(chosen: tuple[str, ...] = (), opened: str | None = None) -> Any:
    """An object that remembers so much."""
    it = exchange()
    if chosen:
        it._memory.traded[KEY] = chosen
    if opened:
        it._memory.opened[KEY] = opened
    return it


def sent(it: Any, path: str, body: Any, params: Any, *answers: Any) -> tuple[list[Any], Any]:
    """The bodies that go out for ccxt's *body*, and how it ended."""
    with placing_order(it, params):
        calls, outcome = drive_whole(send(it, path, (["private", "mix"], "POST", body, 7), {"config": {}}), *answers)
    for call in calls:
        assert (call.method, call.keywords) == ("fetch2", {"config": {}})
        path_, api, method, _, *rest = call.args
        assert (path_, api, method, rest) == (path, ["private", "mix"], "POST", [7])
        assert call.repeat == 0, "an order is never repeated"
    return [call.args[3] for call in calls], outcome


# --- which mode --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "params", "chosen", "opened", "mode"),
    [
        (ORDER, {}, (), None, C),
        (ORDER, {}, (I,), None, I),
        (ORDER, {}, (I, C), None, C),
        (ORDER, {}, (C,), I, C),
        (CLOSE, {}, (C,), I, I),
        (CLOSE, {}, (I,), None, I),
        (ORDER, {"marginMode": "cross"}, (I,), None, C),
        (ORDER, {"marginMode": "Isolated"}, (), None, I),
        (CLOSE, {"marginMode": "crossed"}, (I,), I, C),
        (ORDER, {"marginMode": None}, (I,), None, I),
        (ORDER, None, (I,), None, I),
    ],
)
def test_what_an_order_carries(body: Any, params: Any, chosen: tuple[str, ...], opened: Any, mode: str) -> None:
    """What the caller names, else what was chosen or opened; nothing else in the order changes."""
    bodies, answer = sent(object_with(chosen, opened), SINGLE, body, params, DONE)
    assert (bodies, answer) == ([{**body, "marginMode": mode}], DONE)


def test_what_an_order_opened_is_where_it_is_closed() -> None:
    """The mode of the last accepted opening order; a closing one, and a refused one, say nothing of it."""
    it = object_with((I,))
    sent(it, SINGLE, CLOSE, {}, DONE)
    assert it._memory.opened == {}
    no = refusal("40762", "The order amount exceeds the balance")
    assert sent(it, SINGLE, ORDER, {}, no) == ([{**ORDER, "marginMode": I}], no)
    assert it._memory.opened == {}
    sent(it, SINGLE, ORDER, {}, DONE)
    assert it._memory.opened == {KEY: I}
    sent(it, SINGLE, ORDER, {"marginMode": "cross"}, DONE)
    assert it._memory.opened == {KEY: C}


def test_named_in_the_options() -> None:
    """options['createOrder']['marginMode'], where ccxt looks for it as well; of a batch, its own method's first."""
    it = object_with((I,))
    it.options["createOrder"] = {"marginMode": "cross"}
    assert sent(it, SINGLE, ORDER, {}, DONE)[0] == [ORDER]
    assert mode_of_batch(it, [{}], {}) == C
    assert mode_of_batch(it, [{"params": None}], None) == C
    it.options["createOrders"] = {"marginMode": "isolated"}
    assert mode_of_batch(it, [{}], {}) == I


def mode_of_batch(it: Any, orders: Any, params: Any) -> Any:
    rows = {"productType": KIND, "symbol": ID, "marginMode": C, "orderList": [ORDER]}
    with placing_orders(it, orders, params):
        (call,), _ = drive_whole(send(it, BATCH, ([], "POST", rows), {}), ok({"successList": [], "failureList": []}))
    return call.args[3]["marginMode"]


@pytest.mark.parametrize(
    ("orders", "params", "mode"),
    [
        (({}, {}), {}, I),
        (({}, {}), {"marginMode": "cross"}, C),
        (({"marginMode": "cross"}, {}), {}, C),
        (({}, {"marginMode": "CROSSED"}), {}, C),
        (({"marginMode": "cross"}, {}), {"marginMode": "isolated"}, C),
    ],
)
def test_named_for_a_batch(orders: tuple[Any, ...], params: Any, mode: str) -> None:
    """By one of its orders, else for all of them."""
    assert mode_of_batch(object_with((I,)), [{"params": each} for each in orders], params) == mode


def test_a_body_among_the_keywords() -> None:
    """However ccxt passes it."""
    it = object_with((I,))
    with placing_order(it, {}):
        (call,), _ = drive_whole(send(it, SINGLE, (["private", "mix"], "POST"), {"params": ORDER, "config": {}}), DONE)
    assert (call.method, call.args) == ("fetch2", (SINGLE, ["private", "mix"], "POST"))
    assert call.keywords == {"params": {**ORDER, "marginMode": I}, "config": {}}


@pytest.mark.parametrize("body", [None, [], "x", {}, {"symbol": ID}, {**ORDER, "productType": 5}])
@pytest.mark.parametrize("path", [SINGLE, BATCH, UNIFIED_BATCH, STRATEGY])
def test_a_body_of_another_shape(path: str, body: Any) -> None:
    """In any doubt ccxt's own request, whole."""
    assert sent(object_with((I,)), path, body, {}, DONE) == ([body], DONE)


def test_a_batch_without_a_mode_is_left_alone() -> None:
    """ccxt names one in every order of a classic batch; what does not look like its own is not touched."""
    body = {"productType": KIND, "symbol": ID, "orderList": [{"side": "buy"}]}
    assert sent(object_with(), BATCH, body, {}, DONE) == ([body], DONE)


def test_what_goes_wrong_in_here_is_noted(caplog: Any) -> None:
    """For who looks for it, and for nobody else."""
    caplog.set_level("DEBUG", "bitget_leverage_ext")
    sent(object_with(), SINGLE, None, {}, DONE)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == (
        [("DEBUG", "an order is left as ccxt has it: TypeError")]
    )


def test_an_order_of_nobody() -> None:
    """One that is sent while no order is placed names no mode."""
    (call,), _ = drive_whole(send(object_with((I,)), SINGLE, ([], "POST", ORDER), {}), DONE)
    assert call.args[3] == {**ORDER, "marginMode": I}


def test_strategy_orders() -> None:
    """They have no margin mode; of ccxt's own it is taken out."""
    body = {"symbol": ID, "category": KIND, "marginMode": I}
    assert sent(object_with((I,)), STRATEGY, body, {}, DONE)[0] == [{"symbol": ID, "category": KIND}]


def test_requests_of_others() -> None:
    """Only the request of an order that this very object is placing is looked at."""
    it, another = exchange(), exchange()
    assert not looks_at(it, SINGLE)
    with placing_order(it, {}):
        assert looks_at(it, SINGLE) and looks_at(it, BATCH) and looks_at(it, STRATEGY) and looks_at(it, UNIFIED)
        assert not looks_at(it, "v2/mix/order/place-tpsl-order")
        assert not looks_at(another, SINGLE)
        with placing_order(another, {}):
            assert looks_at(another, SINGLE) and not looks_at(it, SINGLE)
        assert looks_at(it, SINGLE)
    assert not looks_at(it, SINGLE)
    with placing_order(it, {"marginMode": "portfolio"}):
        assert not looks_at(it, SINGLE), "ccxt has its own answer to such a word"
    with placing_order(it, 5):
        assert not looks_at(it, SINGLE), "and to params that are none"
    with placing_orders(it, [{"params": {"marginMode": "cross"}}, {"params": {"marginMode": "isolated"}}], {}):
        assert not looks_at(it, SINGLE), "and to a batch of two modes"
    with placing_orders(it, [{"params": {"marginMode": "cross"}}, {"params": {"marginMode": "CROSSED"}}], {}):
        assert looks_at(it, SINGLE)


def test_the_frame_is_left_when_the_order_fails() -> None:
    """An error of ccxt's ends it as well."""
    it = exchange()
    with pytest.raises(ccxt.InvalidOrder), placing_order(it, {}):
        raise ccxt.InvalidOrder("x")
    assert not looks_at(it, SINGLE)


# --- a caller of another mind ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "chosen", "warned"),
    [(ORDER, (I,), True), (ORDER, (I, C), False), (ORDER, (C,), False), (ORDER, (), False), (CLOSE, (I,), False)],
)
def test_a_mode_whose_leverage_was_not_set(body: Any, chosen: tuple[str, ...], warned: bool, caplog: Any) -> None:
    """The caller's word wins, and a warning says whose leverage was set."""
    bodies, _ = sent(object_with(chosen), SINGLE, body, {"marginMode": "cross"}, DONE)
    assert bodies == [body]
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == (
        [
            "USDT-FUTURES BTCUSDT: the order names crossed margin, but the leverage was set for isolated, and Bitget "
            "keeps one for each: leave marginMode out of the order, or set the leverage in crossed margin as well"
        ]
        if warned
        else []
    )


# --- closing in the wrong mode -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["22002", "25227", "No position to close"])
def test_a_closing_order_that_finds_no_position(code: str, caplog: Any) -> None:
    """Once more in the other mode; where it is found there, the next one is sent there at once, and the log says so."""
    it = object_with((I,))
    caplog.set_level("INFO", "bitget_leverage_ext")
    bodies, answer = sent(it, SINGLE, CLOSE, {}, refusal(code, "x"), DONE)
    assert bodies == [{**CLOSE, "marginMode": I}, {**CLOSE, "marginMode": C}]
    assert (answer, it._memory.opened) == (DONE, {KEY: C})
    assert "USDT-FUTURES BTCUSDT: the position stands in crossed margin" in caplog.text
    assert sent(it, SINGLE, CLOSE, {}, DONE)[0] == [{**CLOSE, "marginMode": C}]


def test_a_position_that_is_in_neither_mode() -> None:
    """The first refusal is raised, as it came."""
    cause = ValueError()
    first = refusal("22002", "No position to close")
    first.__cause__ = cause
    it = object_with((I,))
    bodies, error = sent(it, SINGLE, CLOSE, {}, first, refusal("22002", "again"))
    assert len(bodies) == 2
    assert error is first
    assert error.__cause__ is cause
    assert it._memory.opened == {}
    bodies, error = sent(it, SINGLE, CLOSE, {}, first, ccxt.RequestTimeout("x"))
    assert error is first


@pytest.mark.parametrize(
    ("body", "params", "error"),
    [
        (ORDER, {}, NOTHING),
        (CLOSE, {"marginMode": "cross"}, NOTHING),
        (CLOSE, {}, refusal("40762", "The order amount exceeds the balance")),
        (CLOSE, {}, ccxt.RequestTimeout("x")),
    ],
)
def test_what_is_sent_once_only(body: Any, params: Any, error: Exception) -> None:
    """An opening order, one whose caller named the mode, and what failed for another reason."""
    bodies, outcome = sent(object_with((I,)), SINGLE, body, params, error)
    assert len(bodies) == 1
    assert outcome is error


# --- batches -----------------------------------------------------------------------------------------------------


def batch(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"productType": KIND, "symbol": ID, "marginMode": C, "orderList": list(rows)}


def answers(*ids: str, failed: dict[str, str] | None = None) -> Any:
    failures = [{"orderId": "", "clientOid": of, "errorCode": code} for of, code in (failed or {}).items()]
    return ok({"successList": [{"orderId": of, "clientOid": of} for of in ids], "failureList": failures})


def test_the_rest_of_a_classic_batch() -> None:
    """What closed nothing goes out once more, alone, in the other mode; the reply tells what came of each."""
    it = object_with((I,))
    opening, a, b = ({**row, "clientOid": id_} for row, id_ in ((ORDER, "o"), (CLOSE, "a"), (CLOSE, "b")))
    bodies, answer = sent(
        it, BATCH, batch(opening, a, b), {}, answers("o", failed={"a": "22002", "b": "40762"}), answers("a")
    )
    isolated, crossed = {"marginMode": I}, {"marginMode": C}
    assert bodies == [
        {**batch(), **isolated, "orderList": [{**opening, **isolated}, {**a, **isolated}, {**b, **isolated}]},
        {**batch(), **crossed, "orderList": [{**a, **crossed}]},
    ]
    assert answer == answers("o", "a", failed={"b": "40762"})
    assert it._memory.opened == {KEY: C}


def test_the_rest_of_a_batch_that_fails_again() -> None:
    """The first reply stands: it says why each was refused."""
    it = object_with((I,))
    first = answers(failed={"a": "22002"})
    row = {**CLOSE, "clientOid": "a"}
    bodies, answer = sent(it, BATCH, batch(row), {}, first, ccxt.RequestTimeout("x"))
    assert (len(bodies), answer) == (2, first)
    bodies, answer = sent(it, BATCH, batch(row), {}, first, {"data": None})
    assert (len(bodies), answer) == (2, first)
    assert it._memory.opened == {}
    bodies, answer = sent(it, BATCH, batch(row), {}, first, first)
    assert (len(bodies), answer) == (2, first)


@pytest.mark.parametrize("answer", [{}, {"data": None}, None, "x", answers("a")])
def test_a_batch_whose_reply_leaves_nothing_to_do(answer: Any) -> None:
    """It is returned as it came, whatever it is."""
    row = {**CLOSE, "clientOid": "a"}
    assert sent(object_with((I,)), BATCH, batch(row), {}, answer) == (
        [{**batch(), "marginMode": I, "orderList": [{**row, "marginMode": I}]}],
        answer,
    )


def test_a_batch_whose_caller_named_the_mode() -> None:
    """Nothing of it is sent again."""
    row = {**CLOSE, "clientOid": "a"}
    first = answers(failed={"a": "22002"})
    bodies, answer = sent(object_with((I,)), BATCH, batch(row), {"marginMode": "cross"}, first)
    assert (len(bodies), answer) == (1, first)


def test_the_rest_of_a_unified_batch() -> None:
    """The answers stay in the order of the orders; each contract is remembered by itself."""
    it = object_with((I,))
    opening = {"symbol": ID, "category": KIND, "side": "buy"}
    closing = {**opening, "symbol": "ETHUSDT", "reduceOnly": "yes"}
    first = ok([{"orderId": "1"}, {"orderId": "", "code": "25227", "msg": "No position available to close"}])
    bodies, answer = sent(it, UNIFIED_BATCH, [opening, closing], {}, first, ok([{"orderId": "2"}]))
    assert bodies == [[{**opening, "marginMode": I}, closing], [{**closing, "marginMode": I}]]
    assert answer == ok([{"orderId": "1"}, {"orderId": "2"}])
    assert it._memory.opened == {KEY: I, (KIND, "ETHUSDT"): I}


# --- two spellings of one mode -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "spelled"),
    [
        (("cross", "crossed"), "cross"),
        (("Isolated", "isolated"), "isolated"),
        (("cross", "CROSS", None), "cross"),
        (("cross", "cross"), None),
        (("cross", "isolated"), None),
        (("cross", None), None),
        (("cross", "portfolio"), None),
        ((), None),
    ],
)
def test_spelled_alike(words: tuple[Any, ...], spelled: str | None) -> None:
    """ccxt takes two spellings for two modes; what is not two spellings of one mode is left as it is."""
    orders = [{"symbol": "BTC/USDT:USDT", "params": {"x": 1, "marginMode": word} if word else None} for word in words]
    result = spelled_alike(orders)
    if spelled is None:
        assert result is orders
    else:
        expected = [{**(order["params"] or {}), "marginMode": spelled} for order in orders]
        assert [order["params"] for order in result] == expected
        assert {order["symbol"] for order in result} == {"BTC/USDT:USDT"}


def test_spelled_alike_elsewhere() -> None:
    """Spot orders are ccxt's own, and so is what is no list of orders."""
    spot = [{"symbol": "BTC/USDT", "params": {"marginMode": word}} for word in ("cross", "crossed")]
    for orders in (spot, None, 5, [None], [{"params": {"marginMode": "cross"}}, {"params": {"marginMode": "crossed"}}]):
        assert spelled_alike(orders) is orders
