"""The flows, driven by hand: what they ask for, in which order, and what they make of each answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext.account import Memory
from bitget_leverage_ext.drive import Call, Pause, Shared, Together
from bitget_leverage_ext.flows.leverage import set_leverage
from bitget_leverage_ext.flows.many import set_leverages

S = "BTC/USDT:USDT"
MARKET = {
    "symbol": S,
    "id": "BTCUSDT",
    "baseId": "BTC",
    "quoteId": "USDT",
    "settleId": "USDT",
    "contract": True,
    "swap": True,
    "limits": {"leverage": {"min": 1.0, "max": 125.0}},
    "info": {},
}


def exchange(uta: bool | None = False, loaded: bool = True, **options: Any) -> Any:
    """As much of an exchange object as a flow looks at."""
    self = SimpleNamespace(
        options={"uta": uta, "setLeverage": options},
        markets={S: MARKET} if loaded else None,
        markets_by_id={"BTCUSDT": [MARKET]},
        _memory=Memory(),
        check_required_credentials=lambda _: True,
    )

    def handle(params: dict[str, Any], _: str, name: str) -> tuple[Any, dict[str, Any]]:
        value = params.get(name)
        rest = {key: value for key, value in params.items() if key != name}
        return (self.options[name] if value is None else value), rest

    self.handle_option_and_params = handle
    return self


def ok(data: Any = "success") -> dict[str, Any]:
    return {"code": "00000", "msg": "success", "requestTime": 1, "data": data}


def account(margin: str, position: str, cross: int = 20, long: int = 20, short: int = 20) -> dict[str, Any]:
    figures = {"crossedMarginLeverage": cross, "isolatedLongLever": long, "isolatedShortLever": short}
    return ok({"marginMode": margin, "posMode": position, **figures})


def reply(margin: str, cross: int = 20, long: int = 20, short: int = 20) -> dict[str, Any]:
    figures = {"crossMarginLeverage": str(cross), "longLeverage": str(long), "shortLeverage": str(short)}
    return ok({"marginMode": margin, **figures})


def refusal(code: str, text: str) -> ccxt.ExchangeError:
    return ccxt.ExchangeError(f'bitget {{"code":"{code}","msg":"{text}"}}')


def asked(call: Call) -> tuple[str, str, dict[str, Any]]:
    path, _, method, fields = call.args
    named = {"symbol", "marginCoin", "productType", "category", "coin"}
    return method, path.rsplit("/", 1)[1], {name: value for name, value in fields.items() if name not in named}


def drive(flow: Any, *answers: Any) -> tuple[list[Any], Any]:
    """Every call of *flow*, answered in turn, and how it ended."""
    calls: list[Any] = []
    step = next(flow)
    for answer in answers:
        calls.append(asked(step) if step.method == "request" else step.method)
        try:
            step = flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer)
        except StopIteration as stop:
            return calls, stop.value
        except ccxt.BaseError as error:
            return calls, error
    raise AssertionError(f"the flow goes on: {step}")


READ = ("GET", "account", {})
WRITE = ("POST", "set-leverage", {"leverage": "10"})
LONG = ("POST", "set-leverage", {"leverage": "10", "holdSide": "long"})


def test_the_plain_way() -> None:
    """Markets, one read, one write; the second time the write alone."""
    it = exchange(loaded=False)
    flow = set_leverage(it, 10, S, {})
    assert next(flow).method == "load_markets"
    it.markets = {S: MARKET}
    assert asked(flow.send(None)) == READ
    assert asked(flow.send(account("crossed", "one_way_mode"))) == WRITE
    with pytest.raises(StopIteration) as stop:
        flow.send(reply("crossed", cross=10))
    assert stop.value.value["longLeverage"] == 10
    calls, result = drive(set_leverage(it, 10, S, {}), reply("crossed", cross=10))
    assert calls == [WRITE]
    assert result["info"] == reply("crossed", cross=10)


def test_a_refusal_before_anything_is_asked() -> None:
    """Bad input ends the flow at its first step."""
    for arguments in ((0, S, {}), (126, S, {}), (10, "ETH/USDT:USDT", {}), (10, None, {})):
        with pytest.raises(ccxt.ExchangeError):
            next(set_leverage(exchange(), *arguments))


def test_memory_that_the_exchange_contradicts_is_read_again_once() -> None:
    """40808 on a remembered one-way account: read, plan again, done; a second 40808 is raised."""
    it = exchange()
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"
    null = refusal("40808", "double fixed, hold side is null")
    hedge = account("isolated", "hedge_mode")
    calls, result = drive(set_leverage(it, 10, S, {"holdSide": "long"}), null, hedge, reply("isolated", long=10))
    assert calls == [WRITE, READ, LONG]
    assert (result["longLeverage"], result["shortLeverage"]) == (10, 20)
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"
    calls, error = drive(set_leverage(it, 10, S, {"holdSide": "long"}), null, hedge, null)
    assert calls == [WRITE, READ, LONG]
    assert type(error) is ccxt.ArgumentsRequired
    assert error.__cause__ is null


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
    calls, error = drive(set_leverage(exchange(uta=True), 10, S, {}), bare)
    assert isinstance(error, ccxt.BadResponse)


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


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("25200", "posSide is required"),
        ("40812", "The condition hold side is not met"),
        ("400172", "Parameter verification failed"),
        ("40808", "Parameter verification exception posSide is null"),
        ("25236", "Incorrect position open type"),
    ],
)
def test_unified_wants_a_side_under_any_code(code: str, text: str) -> None:
    """The text decides: both sides in one request, and the account holds what was asked."""
    settings = ok({"holdMode": "one_way_mode", "symbolConfigList": []})
    flow = set_leverage(exchange(uta=True), 10, S, {"marginMode": "isolated"})
    calls, result = drive(flow, settings, refusal(code, text), ok())
    assert calls[-1][2] == {"marginMode": "isolated", "longLeverage": "10", "shortLeverage": "10"}
    assert (result["longLeverage"], result["shortLeverage"]) == (10, 10)


def test_another_complaint_does_not_split_the_request() -> None:
    """A refusal of both figures for another reason is no reason to set one side alone."""
    price = refusal("40808", "Parameter verification exception price")
    flow = set_leverage(exchange(), None, S, {"longLeverage": 20, "shortLeverage": 5})
    calls, error = drive(flow, account("isolated", "hedge_mode"), price)
    assert len(calls) == 2
    assert error is price


def test_unified_rows_of_both_modes() -> None:
    """Where the settings have a row a mode, the one that is asked about counts."""
    rows = [
        {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginMode": mode, "leverage": figure}
        for mode, figure in (("crossed", "20"), ("isolated", "10"))
    ]
    settings = ok({"holdMode": "one_way_mode", "symbolConfigList": rows})
    flow = set_leverage(exchange(uta=True), 10, S, {"marginMode": "isolated", "verify": "read", "hedged": False})
    _, result = drive(flow, ok(), settings)
    assert (result["marginMode"], result["longLeverage"]) == ("isolated", 10)


def test_a_foreign_exception_inside_a_flow() -> None:
    """Not even a mistake of our own leaves as something else than a ccxt error."""
    it = exchange()
    it.markets = {S: {"contract": True}}
    with pytest.raises(ccxt.ExchangeError, match="set_leverage: "):
        next(set_leverage(it, 10, S, {}))


def test_unified_sends_the_margin_mode() -> None:
    """The settings' row, else crossed; what the call or set_margin_mode says goes before."""
    row = {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginMode": "isolated", "leverage": "3"}
    for rows, declared, params, margin in (
        ([], None, {}, "crossed"),
        ([row], None, {}, "isolated"),
        ([row], "crossed", {}, "crossed"),
        ([row], "crossed", {"marginMode": "isolated"}, "isolated"),
    ):
        it = exchange(uta=True)
        if declared:
            it._memory.declared["USDT-FUTURES", "BTCUSDT"] = declared
        settings = ok({"holdMode": "one_way_mode", "symbolConfigList": rows})
        flow = set_leverage(it, 10, S, params)
        step = next(flow)
        if asked(step)[0] == "GET":
            step = flow.send(settings)
        assert asked(step) == ("POST", "set-leverage", {"marginMode": margin, "leverage": "10"})


def test_unified_half_applied() -> None:
    """A unified one-way account that wants a side: both in one request, or one a side, which the error tells."""
    it = exchange(uta=True)
    wants = refusal("400172", "posSide cannot be empty")
    settings = ok({"holdMode": "one_way_mode", "symbolConfigList": []})
    calls, error = drive(
        set_leverage(it, 10, S, {"marginMode": "isolated"}),
        settings,
        wants,
        refusal("400172", "posSide cannot be empty"),
        ok(),
        refusal("25228", "insufficient margin"),
    )
    assert [fields for _, _, fields in calls[1:]] == [
        {"marginMode": "isolated", "leverage": "10"},
        {"marginMode": "isolated", "longLeverage": "10", "shortLeverage": "10"},
        {"marginMode": "isolated", "leverage": "10", "posSide": "long"},
        {"marginMode": "isolated", "leverage": "10", "posSide": "short"},
    ]
    assert type(error) is ccxt.InsufficientFunds
    assert "long is set to 10x" in str(error)


def test_progress_that_raises_spoils_nothing() -> None:
    """The caller's own display is no reason to stop half-way."""
    it = exchange()
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"

    def progress(*_: Any) -> None:
        raise KeyError

    flow = set_leverages(it, {S: 10}, {}, progress)
    together = next(flow)
    (group,) = together.flows
    (one,) = next(group).flows
    assert asked(next(one)) == WRITE
    with pytest.raises(StopIteration):
        one.send(reply("crossed", cross=10))
    with pytest.raises(StopIteration):
        group.send(None)
    with pytest.raises(StopIteration) as stop:
        flow.send(None)
    assert stop.value.value[S]["longLeverage"] == 10
