"""set_leverage on a classic account, driven by hand: what it asks for, and what it makes of each answer."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest
from by_hand import LONG, MARKET, READ, WRITE, S, account, drive, exchange, ok, refusal, reply

from bitget_leverage_ext import LeverageNotApplied
from bitget_leverage_ext.flows.leverage import set_leverage
from bitget_leverage_ext.flows.setting import SECOND_LOOKS


def test_the_plain_way() -> None:
    """Markets, one read, one write; the second time the write alone."""
    it = exchange(loaded=False)

    def load() -> None:
        it.markets = {S: MARKET}

    read = account("crossed", "one_way_mode")
    calls, result = drive(set_leverage(it, 10, S, {}), load, read, reply("crossed", cross=10))
    assert calls == ["load_markets", READ, WRITE]
    assert result["longLeverage"] == 10
    calls, result = drive(set_leverage(it, 10, S, {}), reply("crossed", cross=10))
    assert calls == [WRITE]
    assert result["info"] == reply("crossed", cross=10)


def test_a_refusal_before_anything_is_asked() -> None:
    """Bad input ends the flow at its first step, in its own class."""
    for arguments, error in (
        ((0, S, {}), ccxt.BadRequest),
        ((126, S, {}), ccxt.BadRequest),
        ((10, "ETH/USDT:USDT", {}), ccxt.BadSymbol),
        ((10, None, {}), ccxt.ArgumentsRequired),
    ):
        calls, raised = drive(set_leverage(exchange(), *arguments))
        assert (calls, type(raised)) == ([], error)


def test_memory_that_the_exchange_contradicts_is_read_again_once() -> None:
    """40808 on a remembered one-way account: read, and planned for what it is; memory is never the last word."""
    null = refusal("40808", "double fixed, hold side is null")
    hedge = account("isolated", "hedge_mode")
    it = exchange(holdSide="long")
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"
    calls, result = drive(set_leverage(it, 10, S, {}), null, hedge, reply("isolated", long=10))
    assert calls == [WRITE, READ, LONG]
    assert (result["longLeverage"], result["shortLeverage"]) == (10, 20)
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"
    calls, error = drive(set_leverage(it, 10, S, {}), null, hedge, null)
    assert calls == [WRITE, READ, LONG]
    assert type(error) is ccxt.ArgumentsRequired
    assert error.__cause__ is null


@pytest.mark.parametrize(
    "params", [{"holdSide": "long"}, {"longLeverage": 10}, {"longLeverage": 10, "shortLeverage": 5}]
)
@pytest.mark.parametrize("remembered", ["one_way_mode", "crossed"])
def test_a_side_is_never_decided_by_memory(remembered: str, params: dict[str, Any]) -> None:
    """A named side on an account remembered as crossed or one-way is read first: both sides could change."""
    it = exchange()
    if remembered == "crossed":
        it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "crossed"
    else:
        it._memory.positions["USDT-FUTURES"] = remembered
    short = params.get("shortLeverage", 20)
    flow = set_leverage(it, 10, S, params)
    calls, result = drive(flow, account("isolated", "hedge_mode"), reply("isolated", long=10, short=short))
    assert calls[0] == READ
    assert "leverage" not in calls[1][2] or calls[1][2]["holdSide"] == "long"
    assert (result["longLeverage"], result["shortLeverage"]) == (10, short)


def test_another_margin_mode_in_the_reply() -> None:
    """Remembered crossed, answered isolated: held against the account, which has what was asked."""
    it = exchange()
    it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "crossed"
    read = account("isolated", "one_way_mode", long=10, short=10)
    calls, result = drive(set_leverage(it, 10, S, {}), reply("isolated", long=10, short=10), read)
    assert calls == [WRITE, READ]
    assert (result["marginMode"], result["longLeverage"]) == ("isolated", 10)
    assert it._memory.margins["USDT-FUTURES", "BTCUSDT"] == "isolated"


def test_planned_again_once_and_no_more() -> None:
    """An account that changes under every request ends in an error, not in a loop."""
    it = exchange()
    it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "crossed"
    flow = set_leverage(it, 10, S, {})
    calls, error = drive(
        flow,
        reply("isolated"),
        account("isolated", "one_way_mode"),
        reply("crossed"),
        account("crossed", "one_way_mode"),
    )
    assert calls == [WRITE, READ, WRITE, READ]
    assert isinstance(error, ccxt.OperationRejected)


def test_a_disagreeing_reply_costs_one_read() -> None:
    """The figure of before in the reply: one read, and the account's word is final, either way."""
    for held, done in ((10, True), (20, False)):
        it = exchange()
        it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "crossed"
        read = account("crossed", "one_way_mode", cross=held)
        calls, outcome = drive(set_leverage(it, 10, S, {}), reply("crossed", cross=20), read)
        assert calls == [WRITE, READ]
        assert isinstance(outcome, dict) is done
        if not done:
            assert type(outcome) is LeverageNotApplied
            assert "asked for 10x, acknowledged, but not applied; in force: crossed, one-way, leverage 20x" in str(
                outcome
            )


def test_verify_false_believes() -> None:
    """Neither reply nor account is looked at."""
    it = exchange(verify=False)
    it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "crossed"
    calls, _ = drive(set_leverage(it, 10, S, {}), reply("isolated", cross=20))
    assert calls == [WRITE]


def test_one_request_a_side_and_the_second_is_lost() -> None:
    """A fault on the second side says which side is set."""
    it = exchange()
    null = refusal("40808", "hold side is null")
    params = {"longLeverage": 20, "shortLeverage": 5}
    calls, error = drive(
        set_leverage(it, None, S, params),
        account("isolated", "hedge_mode"),
        null,
        reply("isolated", long=20),
        ccxt.RequestTimeout("bitget POST"),
    )
    assert [fields for _, _, fields in calls[1:]] == [
        {"longLeverage": "20", "shortLeverage": "5"},
        {"leverage": "20", "holdSide": "long"},
        {"leverage": "5", "holdSide": "short"},
    ]
    assert type(error) is ccxt.RequestTimeout
    assert "long is set to 20x, short is not confirmed at 5x" in str(error)


@pytest.mark.parametrize("data", [None, {}, {"marginMode": "isolated"}, {"posMode": "hedge_mode"}, "text", []])
def test_an_account_that_says_no_modes(data: Any) -> None:
    """What cannot be planned for is not guessed."""
    calls, error = drive(set_leverage(exchange(), 10, S, {"holdSide": "long"}), ok(data))
    assert calls == [READ]
    assert isinstance(error, ccxt.BadResponse)


def test_a_success_without_data() -> None:
    """An acknowledgement that says nothing else proves nothing, and breaks nothing."""
    bare = {"code": "00000", "msg": "success"}
    it = exchange()
    it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "crossed"
    calls, result = drive(set_leverage(it, 10, S, {}), bare)
    assert calls == [WRITE]
    assert (result["marginMode"], result["longLeverage"]) == ("cross", 10)
    calls, error = drive(set_leverage(exchange(uta=True), 10, S, {"marginMode": "isolated"}), bare)
    assert calls == [("GET", "settings", {})]
    assert type(error) is ccxt.BadResponse


def test_figures_without_a_margin_mode_are_read_in_the_planned_one() -> None:
    """A reply that shows another figure is held against the account, though it does not say the mode."""
    for foreign in ("3", 3, "7.5"):
        it = exchange()
        it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "crossed"
        bare = ok({"crossMarginLeverage": foreign, "longLeverage": foreign, "shortLeverage": foreign})
        calls, error = drive(set_leverage(it, 10, S, {}), bare, account("crossed", "one_way_mode", cross=foreign))
        assert calls == [WRITE, READ]
        assert isinstance(error, ccxt.OperationRejected)
        assert f"{foreign}x" in str(error)


def test_another_complaint_does_not_split_the_request() -> None:
    """A refusal of both figures for another reason is no reason to set one side alone."""
    price = refusal("40808", "Parameter verification exception price")
    flow = set_leverage(exchange(), None, S, {"longLeverage": 20, "shortLeverage": 5})
    calls, error = drive(flow, account("isolated", "hedge_mode"), price)
    assert len(calls) == 2
    assert error is price


def test_verify_read_is_never_the_reply() -> None:
    """On a classic account too: the write's reply echoes what was asked, the account holds something else."""
    it = exchange(verify="read")
    it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "crossed"
    old = account("crossed", "one_way_mode", cross=7)
    looks = [old] * (1 + len(SECOND_LOOKS))
    calls, error = drive(set_leverage(it, 10, S, {}), reply("crossed", cross=10), *looks)
    assert calls[:2] == [WRITE, READ]
    assert type(error) is LeverageNotApplied
    blank = account("crossed", "one_way_mode", cross="")  # type: ignore[arg-type]
    _, result = drive(set_leverage(it, 10, S, {}), reply("crossed", cross=10), blank)
    assert (result["longLeverage"], result["shortLeverage"]) == (None, None)


def test_read_back_in_another_margin_mode() -> None:
    """Somebody switched between write and read: planned and written anew for the mode that is in force, once."""
    it = exchange(verify="read")
    it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "crossed"
    isolated = account("isolated", "one_way_mode")
    done = account("isolated", "one_way_mode", long=10, short=10)
    calls, result = drive(
        set_leverage(it, 10, S, {}), reply("crossed", cross=10), isolated, reply("isolated", long=10, short=10), done
    )
    assert calls == [WRITE, READ, WRITE, READ]
    assert (result["marginMode"], result["longLeverage"]) == ("isolated", 10)


def test_a_foreign_exception_inside_a_flow() -> None:
    """Not even a mistake of our own leaves as something else than a ccxt error."""
    it = exchange()
    it.markets = {S: {"contract": True}}
    with pytest.raises(ccxt.ExchangeError, match="set_leverage: "):
        next(set_leverage(it, 10, S, {}))


def test_both_margin_modes_on_a_classic_account() -> None:
    """A contract is in one margin mode there."""
    calls, error = drive(set_leverage(exchange(), 10, S, {"marginMode": "both"}))
    assert calls == []
    assert type(error) is ccxt.BadRequest
    assert "this account is classic" in str(error)


def test_a_side_strayed() -> None:
    """A write for one side whose reply shows the same figure on the other, which had another: an error tells it."""
    it = exchange()
    flow = set_leverage(it, 10, S, {"holdSide": "long"})
    calls, error = drive(flow, account("isolated", "hedge_mode"), reply("isolated", long=10, short=10))
    assert calls == [READ, LONG]
    assert type(error) is LeverageNotApplied
    assert "not asked for changed as well; in force: isolated, long 10x, short 10x" in str(error)


@pytest.mark.parametrize(
    ("params", "read"),
    [
        ({"hedged": True}, account("crossed", "one_way_mode")),
        ({"hedged": False}, account("crossed", "hedge_mode")),
        ({"marginMode": "cross"}, account("isolated", "one_way_mode")),
        ({"marginMode": "isolated"}, account("crossed", "one_way_mode")),
    ],
)
def test_an_assertion_that_a_read_contradicts(params: dict[str, Any], read: Any) -> None:
    """An error before anything is sent, also where the request would have been the same."""
    it = exchange()
    params = {**params, "skipUnchanged": True, "holdSide": "both"}
    calls, error = drive(set_leverage(it, 10, S, params), read)
    assert calls == [READ]
    assert type(error) is LeverageNotApplied
    assert "as the call asserts" in str(error)


@pytest.mark.parametrize(("asserted", "told"), [("isolated", "crossed"), ("cross", "isolated")])
def test_an_assertion_that_the_reply_contradicts(asserted: str, told: str) -> None:
    """Asserted modes spare the read; the reply is held against them, and verify=False does not waive it."""
    params = {"marginMode": asserted, "hedged": False}
    for verify in ("reply", False):
        flow = set_leverage(exchange(), 10, S, {**params, "verify": verify})
        calls, error = drive(flow, reply(told, cross=10, long=10, short=10))
        assert calls == [WRITE]
        assert type(error) is LeverageNotApplied


def test_an_assertion_that_memory_contradicts() -> None:
    """Memory is no ground for refusing: the account is read."""
    it = exchange()
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"
    it._memory.margins["USDT-FUTURES", "BTCUSDT"] = "isolated"
    read = account("crossed", "one_way_mode")
    calls, result = drive(set_leverage(it, 10, S, {"marginMode": "cross"}), read, reply("crossed", cross=10))
    assert calls == [READ, WRITE]
    assert result["marginMode"] == "cross"
