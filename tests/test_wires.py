"""The two wires, driven by hand: endpoint, fields, budget and patience of each request, and what its answer says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ccxt
import pytest
from by_hand import NOBODY, account, drive, drive_whole, ok, position, refusal, reply, row, settings

from bitget_leverage_ext import wires
from bitget_leverage_ext.account import UNIFIED, Memory, View
from bitget_leverage_ext.drive import Shared
from bitget_leverage_ext.rules.account import InForce, Modes
from bitget_leverage_ext.rules.errors import NotApplied
from bitget_leverage_ext.rules.forms import Part
from bitget_leverage_ext.rules.plan import ONE_SIDE, Plan, Wish
from bitget_leverage_ext.rules.products import Contract

KIND, ID = "USDT-FUTURES", "BTCUSDT"
KEY = (KIND, ID)
CONTRACT = Contract("BTC/USDT:USDT", ID, KIND, "USDT", 1.0, 125.0)
X, I, O, H = "crossed", "isolated", "one_way_mode", "hedge_mode"  # noqa: E741
TODO = Plan(ONE_SIDE, 10, None)
PART = Part({"leverage": "10", "side": "long"}, "long")
CLASSIC_TARGET = {"symbol": ID, "marginCoin": "USDT", "productType": KIND}
UNIFIED_TARGET = {"symbol": ID, "category": KIND, "coin": "USDT"}


def wire(kind: Any, asserted: Modes = Modes(), extra: Any = None, memory: Memory | None = None) -> Any:  # noqa: B008
    exchange = SimpleNamespace(_memory=memory or Memory())
    return kind(exchange, CONTRACT, View(), asserted, extra or {}, 7.0)


def only(flow: Any, *answers: Any) -> tuple[Any, Any]:
    """The one call of *flow*, and how it ended."""
    (call,), outcome = drive_whole(flow, *answers)
    return call, outcome


# --- what goes out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flow", "method", "path", "fields", "budget"),
    [
        (
            lambda: wire(wires.Classic, extra={"x": 1}).fetch({"y": 2}),
            "GET",
            "v2/mix/account/account",
            {"y": 2, **CLASSIC_TARGET},
            ("v2/mix/account/account", 10),
        ),
        (
            lambda: wire(wires.Classic, extra={"x": 1, "symbol": "ETHUSDT"}).write(PART, Modes(I, H), TODO),
            "POST",
            "v2/mix/account/set-leverage",
            {"x": 1, **CLASSIC_TARGET, "leverage": "10", "side": "long"},
            ("v2/mix/account/set-leverage", 5),
        ),
        (
            lambda: wire(wires.Unified, extra={"x": 1}).fetch({"y": 2}),
            "GET",
            "v3/account/settings",
            {},
            ("v3/account/settings", 10),
        ),
        (
            lambda: wire(wires.Unified, extra={"x": 1}).write(PART, Modes(I, H), TODO),
            "POST",
            "v3/account/set-leverage",
            {"x": 1, **UNIFIED_TARGET, "marginMode": I, "leverage": "10", "side": "long"},
            ("v3/account/set-leverage", 10),
        ),
        (
            lambda: wire(wires.Unified).other_figure("long", InForce(Modes())),
            "GET",
            "v3/position/current-position",
            {"category": KIND, "symbol": ID},
            ("v3/position/current-position", 20),
        ),
    ],
    ids=["read", "write", "settings", "unified write", "positions"],
)
def test_request(flow: Any, method: str, path: str, fields: Any, budget: tuple[str, int]) -> None:
    """Endpoint, fields, section of ccxt's API and budget; ccxt's own throttler counts nothing."""
    call, _ = only(flow(), ok({}))
    section = "mix" if path.startswith("v2/") else "uta"
    assert (call.method, call.args) == ("request", (path, ["private", section], method, fields))
    assert call.keywords == {"config": {"cost": 0}}
    assert (call.budget.name, call.budget.calls) == budget
    assert (call.repeat, call.write) == (7.0, method == "POST")


def test_request_without_a_budget() -> None:
    """ccxt's throttler paces what is not counted here, and the patience is that of a single call."""
    call = wires.request("POST", "v2/mix/account/set-margin-mode", {})
    assert call.keywords == {"config": {"cost": 4}}
    assert (call.budget, call.repeat, call.unanswered) == (None, 10.0, None)
    assert wires.request("POST", "v3/account/set-hold-mode", {}).args[1] == ["private", "uta"]


@pytest.mark.parametrize("answer", [None, "", "<html>", [], {}, {"code": None}, {"code": "40808"}, {"msg": "success"}])
def test_an_answer_that_acknowledges_nothing(answer: Any) -> None:
    """Half a body, an empty one, a page: a fault of the exchange, which is repeated like any other."""
    check = wires.request("GET", "v3/account/settings", {}).check
    assert check is not None
    with pytest.raises(ccxt.BadResponse, match="answered without acknowledging") as caught:
        check(answer)
    assert repr(str(answer)) in str(caught.value)
    check(ok())


def test_an_answer_in_an_error_is_cut() -> None:
    """A page of a gateway does not flood the log."""
    check = wires.request("GET", "v3/account/settings", {}).check
    assert check is not None
    with pytest.raises(ccxt.BadResponse) as caught:
        check("x" * 5000)
    assert str(caught.value).count("x") == 200


@pytest.mark.parametrize("kind", [wires.Classic, wires.Unified])
def test_a_write_that_goes_unanswered_is_remembered(kind: Any) -> None:
    """It may still arrive: the next call on the contract is told its figures."""
    memory = Memory()
    call, _ = only(wire(kind, memory=memory).write(PART, Modes(I, H), TODO), ok({}))
    assert memory.still_coming(CONTRACT) == []
    call.unanswered()
    assert memory.still_coming(CONTRACT) == ["long 10x"]


@pytest.mark.parametrize(("kind", "answer"), [(wires.Classic, account(I, H)), (wires.Unified, settings(row(I, "7")))])
def test_a_reading_is_good_until_the_contract_is_written(
    kind: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write of another contract leaves it as it is; what is read afterwards is good again."""
    clock = SimpleNamespace(now=0.5)  # of a machine that has just started
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    it = wire(kind, Modes(I))
    only(it.fetch({}), answer)
    it.memory.written["USDT-FUTURES", "ETHUSDT"] = clock.now
    assert it.at_hand() is not None
    clock.now = 0.7
    only(it.write(PART, Modes(I, H), TODO), ok())
    assert it.at_hand() is None
    clock.now = 0.9
    only(it.fetch({}), answer)
    assert it.at_hand() is not None


# --- classic: what an answer says --------------------------------------------------------------------------------


def test_classic_read() -> None:
    """Modes are remembered, the reading itself is good for a moment, for this call alone."""
    it = wire(wires.Classic)
    answer = account(I, H, long=4, short=5)
    assert it.at_hand() is None
    _, seen = only(it.fetch({}), answer)
    assert seen == (InForce(Modes(I, H), 20, 4, 5), answer) == it.at_hand()
    assert (it.memory.margins, it.memory.positions) == ({KEY: I}, {KIND: H})
    assert wire(wires.Classic, memory=it.memory).at_hand() is None


def test_classic_read_back_is_a_plain_read() -> None:
    """The caller's own params went with the write; the read names the contract."""
    call, seen = only(wire(wires.Classic, extra={"x": 1}).read_back(Modes(I, H)), account(I, H, long=4))
    assert call.args[3] == CLASSIC_TARGET
    assert seen[0].long == 4


def test_classic_write() -> None:
    """The reply tells the margin mode, which is remembered, and the figures."""
    it = wire(wires.Classic)
    answer = reply(I, long=10)
    _, seen = only(it.write(PART, Modes(I, H), TODO), answer)
    assert seen == (InForce(Modes(I), 20, 10, 20), answer)
    assert it.memory.margins == {KEY: I}


def test_classic_has_no_form_with_the_other_side() -> None:
    """Nobody is asked for it."""
    assert drive(wire(wires.Classic).other_figure("long", InForce(Modes(I, H), long=4, short=5))) == ([], None)


@pytest.mark.parametrize("known", [False, True])
def test_who_shares_a_read(known: bool) -> None:
    """Calls of one product type share the first read, which may spare them theirs; later each reads its own."""
    memory = Memory(positions={KIND: O} if known else {})
    it = wire(wires.Classic, memory=memory)
    flow = it.read()
    shared = next(flow)
    assert isinstance(shared, Shared)
    assert shared.key == (KEY if known else (KIND,))
    answer = account(X, O)
    calls, outcome = drive(shared.flow(), answer)
    assert (calls, outcome) == ([("GET", "account", {})], (ID, answer))
    with pytest.raises(StopIteration) as mine:
        flow.send(outcome)
    assert mine.value.value == (InForce(Modes(X, O), 20, 20, 20), answer)
    flow = it.read()
    next(flow)
    with pytest.raises(StopIteration) as other:
        flow.send(("ETHUSDT", answer))
    assert other.value.value is None


def test_a_shared_read_that_is_refused() -> None:
    """A refusal is of the contract that was read, and of no other that waited for it; a fault is everybody's."""
    it = wire(wires.Classic, extra={"x": 1})
    no = refusal("40102", "Symbol does not exist")
    calls, outcome = drive(it._reading(), no)
    assert calls == [("GET", "account", {"x": 1})]
    assert outcome == (ID, no)
    flow = it.read()
    next(flow)
    with pytest.raises(ccxt.ExchangeError) as raised:
        flow.send(outcome)
    assert raised.value is no
    fault = ccxt.RequestTimeout("x")
    assert drive(it._reading(), fault)[1] is fault


@pytest.mark.parametrize(
    ("asserted", "positions", "margins", "wish", "sure"),
    [
        (Modes(), {}, {}, Wish(10, 10), None),
        (Modes(), {KIND: O}, {}, Wish(10, 10), Modes(None, O)),
        (Modes(), {}, {KEY: X}, Wish(10, 10), Modes(X)),
        (Modes(), {KIND: H}, {KEY: I}, Wish(10, None, "long"), Modes(I, H)),
        (Modes(), {KIND: O}, {}, Wish(10, None, "long"), None),
        (Modes(I, H), {}, {}, Wish(10, None, "long"), Modes(I, H)),
        (Modes(I), {KIND: H}, {}, Wish(10, None, "long"), Modes(I, H)),
        (Modes(I), {}, {KEY: X}, Wish(10, 10), None),
        (Modes(None, O), {KIND: H}, {KEY: I}, Wish(10, 10), None),
    ],
)
def test_sure_of_a_classic_account(asserted: Modes, positions: Any, margins: Any, wish: Wish, sure: Any) -> None:
    """Memory and assertion are enough where they agree, decide, and could do no silent harm."""
    it = wire(wires.Classic, asserted, memory=Memory(positions=positions, margins=margins))
    assert it.sure(wish) == sure


@pytest.mark.parametrize(
    ("asserted", "position", "wish", "sure"),
    [
        (Modes(X), None, Wish(10, 10), Modes(X)),
        (Modes(I), None, Wish(10, 10), None),
        (Modes(I), O, Wish(10, 10), Modes(I, O)),
        (Modes(I), O, Wish(10, None, "long"), None),
        (Modes(I), H, Wish(10, None, "long"), Modes(I, H)),
        (Modes(I), H, Wish(20, 5, "both"), None),
        (Modes(X, O), H, Wish(10, 10), None),
    ],
)
def test_sure_of_a_unified_account(asserted: Modes, position: Any, wish: Wish, sure: Any) -> None:
    """The margin mode goes out with the request; the position mode is the account's one."""
    memory = Memory(positions={UNIFIED: position} if position else {KIND: O}, margins={KEY: X})
    assert wire(wires.Unified, asserted, memory=memory).sure(wish) == sure


# --- unified: what an answer says --------------------------------------------------------------------------------


def test_unified_read() -> None:
    """One read for the whole account, shared by all; its position mode is remembered."""
    it = wire(wires.Unified, Modes(I))
    answer = settings(row(X, "20"), row(I, "7"))
    assert it.at_hand() is None
    shared = next(it.fetch({}))
    assert isinstance(shared, Shared)
    assert shared.key == UNIFIED
    call, seen = only(it.read(), answer)
    assert call.repeat == 7.0
    assert seen == (InForce(Modes(I, O), 7, 7, 7), answer) == it.at_hand()
    assert it.memory.positions == {UNIFIED: O}
    assert it.row(answer, X)["leverage"] == "20"


@pytest.mark.parametrize("data", [None, [], "success"])
def test_settings_that_say_nothing(data: Any) -> None:
    """No account at all is no account without rows."""
    _, error = only(wire(wires.Unified).read(), ok(data))
    assert type(error) is ccxt.BadResponse
    assert "did not say the account's settings" in str(error)
    assert str(ok(data)) in str(error)


@pytest.mark.parametrize(
    ("asserted", "told", "modes"),
    [
        (Modes(I), Modes(X, H), Modes(I, H)),
        (Modes(I, H), Modes(X, H), Modes(I, H)),
        (Modes(X, O), Modes(I), Modes(X, O)),
        (Modes(X), Modes(I), Modes(X)),
    ],
)
def test_planned_for_a_unified_account(asserted: Modes, told: Modes, modes: Modes) -> None:
    """The margin mode is the caller's to choose, the position mode is what the account says."""
    assert wire(wires.Unified, asserted).planned(InForce(told)) == modes


@pytest.mark.parametrize(
    ("kind", "asserted", "told"),
    [
        (wires.Classic, Modes(X), Modes(I, O)),
        (wires.Classic, Modes(None, H), Modes(I, O)),
        (wires.Unified, Modes(X, H), Modes(X, O)),
    ],
)
def test_an_assertion_that_does_not_hold(kind: Any, asserted: Modes, told: Modes) -> None:
    """What the account is, what the call asserts, and how to go on."""
    with pytest.raises(NotApplied) as caught:
        wire(kind, asserted).planned(InForce(told, long=4, short=5))
    text = str(caught.value)
    assert text.startswith("BTC/USDT:USDT is not ")
    for part in (f"in force: {told}, ", "as the call asserts", "set_margin_mode()", "set_position_mode()"):
        assert part in text


def test_unified_write_tells_nothing() -> None:
    """An acknowledgement says of no figure that it is in force."""
    _, seen = only(wire(wires.Unified).write(PART, Modes(I, H), TODO), ok())
    assert seen == (InForce(Modes()), ok())


@pytest.mark.parametrize(
    ("read", "held", "force"),
    [
        (settings(row(I, "7")), NOBODY, InForce(Modes(I, O), 7, 7, 7)),
        (settings(row(I, "7")), ok([position(I, "long", "9")]), InForce(Modes(I, O), 7, 9, 9)),
        (settings(row(X, "7")), NOBODY, InForce(Modes(I, O))),
        (settings(row(I, ["4", "5"]), hold=H), ok([position(I, "short", "9")]), InForce(Modes(I, H), None, 4, 9)),
        (settings(hold=""), ok([position(I, "long", "9")]), InForce(Modes(I, O), None, 9, 9)),
        (settings(row(I, "7")), refusal("40014", "no"), InForce(Modes(I, O), 7, 7, 7)),
    ],
)
def test_unified_read_back(read: Any, held: Any, force: InForce) -> None:
    """The open position is the better witness, then the row of the written margin mode, and nobody else."""
    it = wire(wires.Unified, Modes(I))
    calls, seen = drive(it.read_back(Modes(I, O)), read, held)
    assert [call[1] for call in calls] == ["settings", "current-position"]
    assert seen == (force, read)


def test_unified_read_back_of_an_account_that_says_nothing() -> None:
    """Neither its position mode nor a figure of the written margin mode."""
    read = settings(row(X, "7"), hold="")
    assert drive(wire(wires.Unified, Modes(I)).read_back(Modes(I)), read, NOBODY)[1] == (InForce(Modes(I)), read)


def test_a_fault_is_no_silence() -> None:
    """Positions that could not be read are not positions that say nothing."""
    fault = ccxt.RequestTimeout("x")
    assert drive(wire(wires.Unified)._positions(Modes(I, H)), fault)[1] is fault


@pytest.mark.parametrize(
    ("side", "held", "seen", "figure"),
    [
        ("long", [], InForce(Modes(I, H), long=4, short=5), 5),
        ("short", [], InForce(Modes(I, H), long=4, short=5), 4),
        ("long", [position(I, "short", "9")], InForce(Modes(I, H), long=4, short=5), 9),
        ("short", [position(I, "long", "9")], InForce(Modes(I, H), long=4, short=5), 9),
        ("short", [position(I, "short", "9")], InForce(Modes(I, H)), None),
        ("short", [position(I, "short", "9")], InForce(Modes(I, O)), 9),
        ("long", [position(X, "short", "9")], InForce(Modes(I, H)), None),
        ("long", [], InForce(Modes(X, H), long=4, short=5), None),
        ("long", [], InForce(Modes(I, H), long=4), None),
        ("long", [], InForce(Modes(I, H), short=5.5), None),
        ("long", [], InForce(Modes(I, H), short=5.0), 5),
    ],
)
def test_the_other_sides_figure(side: str, held: Any, seen: InForce, figure: int | None) -> None:
    """Its open position's, else the row's for that side; half a figure cannot be sent, and nothing is guessed."""
    _, outcome = only(wire(wires.Unified, Modes(I)).other_figure(side, seen), ok(held))
    assert outcome == figure
    assert outcome is None or isinstance(outcome, int)


@pytest.mark.parametrize(("mode", "word"), [(X, "cross"), (I, I), (None, None)])
def test_in_ccxts_words(mode: Any, word: Any) -> None:
    """ccxt says cross."""
    assert wires.cross_or_isolated(mode) == word
