"""The flows, driven by hand: what they ask for, in which order, and what they make of each answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext import LeverageNotApplied
from bitget_leverage_ext.account import Memory
from bitget_leverage_ext.drive import Alone, Call, Pause, Shared, Together
from bitget_leverage_ext.flows.companions import set_margin_mode
from bitget_leverage_ext.flows.leverage import set_leverage
from bitget_leverage_ext.flows.many import set_leverages
from bitget_leverage_ext.flows.setting import SECOND_LOOKS
from bitget_leverage_ext.rules.forms import FIGURES, SIDED
from bitget_leverage_ext.rules.plan import ONE_SIDE

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


class Exchange(SimpleNamespace):
    """Its own ``set_leverage`` is nobody's override."""

    set_leverage = SimpleNamespace(flow=set_leverage)


def exchange(uta: bool | None = False, loaded: bool = True, **options: Any) -> Any:
    """As much of an exchange object as a flow looks at."""
    self = Exchange(
        options={"uta": uta, "setLeverage": options},
        markets={S: MARKET} if loaded else None,
        markets_by_id={"BTCUSDT": [MARKET]},
        _memory=Memory(),
        check_required_credentials=lambda _: True,
    )

    def handle(params: dict[str, Any], _: str, name: str) -> tuple[Any, dict[str, Any]]:
        value = params.get(name)
        rest = {key: value for key, value in params.items() if key != name}
        return (self.options.get(name) if value is None else value), rest

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


class Missing(AssertionError):
    """The flow asks for more than there are answers."""


def drive(flow: Any, *answers: Any) -> tuple[list[Any], Any]:
    """Every call of *flow*, answered in turn, and how it ended."""
    calls: list[Any] = []
    left = list(answers)
    try:
        outcome = run(flow, calls, left)
    except ccxt.BaseError as error:
        outcome = error
    assert not left, f"the flow ended before {left}"
    return calls, outcome


def run(flow: Any, calls: list[Any], answers: list[Any]) -> Any:
    """What a driver does with *flow*; an answer is a value, or an error that is raised."""
    value: Any = None
    advance = flow.send
    try:
        while True:
            step = advance(value)
            try:
                value, advance = take(step, calls, answers), flow.send
            except Missing:
                raise
            except Exception as error:
                value, advance = error, flow.throw
    except StopIteration as stop:
        return stop.value


def take(step: Any, calls: list[Any], answers: list[Any]) -> Any:
    if isinstance(step, (Alone, Shared)):
        return run(step.flow(), calls, answers)
    if isinstance(step, Together):
        return [run(flow, calls, answers) for flow in step.flows]
    if isinstance(step, Pause):
        calls.append(step)
        return None
    assert isinstance(step, Call)
    calls.append(asked(step) if step.method == "request" else step.method)
    if not answers:
        raise Missing(f"no answer to {calls[-1]}")
    answer = answers.pop(0)
    if isinstance(answer, Exception):
        raise answer
    return answer() if callable(answer) else answer


READ = ("GET", "account", {})
WRITE = ("POST", "set-leverage", {"leverage": "10"})
LONG = ("POST", "set-leverage", {"leverage": "10", "holdSide": "long"})


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
    """Bad input ends the flow at its first step."""
    for arguments in ((0, S, {}), (126, S, {}), (10, "ETH/USDT:USDT", {}), (10, None, {})):
        with pytest.raises(ccxt.ExchangeError):
            next(set_leverage(exchange(), *arguments))


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


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("25200", "posSide is required"),
        ("40812", "The condition hold side is not met"),
        ("400172", "posSide cannot be empty"),
        ("40808", "Parameter verification exception posSide is null"),
        ("25236", "Incorrect position open type"),
    ],
)
def test_unified_wants_a_side_under_any_code(code: str, text: str) -> None:
    """The text decides: both sides in one request, and the account holds what was asked."""
    flow = set_leverage(exchange(uta=True), 10, S, {"marginMode": "isolated"})
    calls, result = drive(flow, settings(), refusal(code, text), ok())
    assert calls[:2] == [
        ("GET", "settings", {}),
        ("POST", "set-leverage", {"marginMode": "isolated", "leverage": "10"}),
    ]
    assert calls[-1][2] == {"marginMode": "isolated", "longLeverage": "10", "shortLeverage": "10"}
    assert (result["longLeverage"], result["shortLeverage"]) == (10, 10)


def test_another_complaint_does_not_split_the_request() -> None:
    """A refusal of both figures for another reason is no reason to set one side alone."""
    price = refusal("40808", "Parameter verification exception price")
    flow = set_leverage(exchange(), None, S, {"longLeverage": 20, "shortLeverage": 5})
    calls, error = drive(flow, account("isolated", "hedge_mode"), price)
    assert len(calls) == 2
    assert error is price


SETTINGS = ("GET", "settings", {})
POSITIONS = ("GET", "current-position", {})


def row(mode: str, figure: Any) -> dict[str, Any]:
    return {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginMode": mode, "leverage": figure}


def settings(*rows: dict[str, Any], hold: str = "one_way_mode") -> dict[str, Any]:
    return ok({"holdMode": hold, "symbolConfigList": list(rows)})


def position(mode: str, side: str, figure: str) -> dict[str, Any]:
    return {"symbol": "BTCUSDT", "marginMode": mode, "posSide": side, "leverage": figure}


NOBODY = ok({"list": None})
ISOLATED = {"marginMode": "isolated", "hedged": False, "verify": "read"}


def test_unified_rows_of_both_modes() -> None:
    """Where the settings have a row a mode, the one that is asked about counts."""
    read = settings(row("crossed", "20"), row("isolated", "10"))
    calls, result = drive(set_leverage(exchange(uta=True), 10, S, ISOLATED), ok(), read, NOBODY)
    assert calls[1:] == [SETTINGS, POSITIONS]
    assert (result["marginMode"], result["longLeverage"]) == ("isolated", 10)


@pytest.mark.parametrize("figure", ["10", 10, ["10"]])
def test_read_back_in_every_shape(figure: Any) -> None:
    """A text, a number, a list: the row confirms what was asked."""
    flow = set_leverage(exchange(uta=True), 10, S, ISOLATED)
    _, result = drive(flow, ok(), settings(row("isolated", figure)), NOBODY)
    assert (result["longLeverage"], result["shortLeverage"]) == (10, 10)


@pytest.mark.parametrize(
    "read",
    [
        settings(),
        settings(row("isolated", None)),
        settings(row("crossed", "10")),
        settings(row("isolated", "")),
    ],
)
def test_what_nobody_tells_is_not_confirmed(read: Any, caplog: Any) -> None:
    """No row, no figure, or a row of the other margin mode: None and a warning, never the figure that was asked."""
    with caplog.at_level("WARNING", "bitget_leverage_ext"):
        _, result = drive(set_leverage(exchange(uta=True), 10, S, ISOLATED), ok(), read, NOBODY)
    assert (result["marginMode"], result["longLeverage"], result["shortLeverage"]) == ("isolated", None, None)
    assert "not confirmed" in caplog.text


def test_crossed_is_not_confirmed_by_isolated_figures() -> None:
    """The first version wrote crossed, read isolated hedge without figures, and told 50x for both sides."""
    read = settings(row("isolated", "50"), hold="hedge_mode")
    _, result = drive(set_leverage(exchange(uta=True), 50, S, {"verify": "read"}), ok(), read, NOBODY)
    assert (result["marginMode"], result["longLeverage"], result["shortLeverage"]) == ("cross", None, None)


def test_the_position_is_the_better_witness() -> None:
    """The row is stale; the open position in the written margin mode says what is in force, right or wrong."""
    stale = settings(row("isolated", "3"))
    held = ok({"list": [position("isolated", "long", "10"), position("crossed", "long", "20")]})
    _, result = drive(set_leverage(exchange(uta=True), 10, S, ISOLATED), ok(), stale, held)
    assert result["longLeverage"] == 10
    other = ok({"list": [position("isolated", "long", "3")]})
    looks = [step for _ in range(1 + len(SECOND_LOOKS)) for step in (settings(row("isolated", "10")), other)]
    _, error = drive(set_leverage(exchange(uta=True), 10, S, ISOLATED), ok(), *looks)
    assert type(error) is LeverageNotApplied
    assert "3x" in str(error)


def test_positions_may_be_forbidden() -> None:
    """A key that may not read positions: the row alone is the witness. A fault is a fault."""
    forbidden = refusal("40014", "Incorrect permissions")
    flow = set_leverage(exchange(uta=True), 10, S, ISOLATED)
    _, result = drive(flow, ok(), settings(row("isolated", "10")), forbidden)
    assert result["longLeverage"] == 10
    flow = set_leverage(exchange(uta=True), 10, S, ISOLATED)
    _, error = drive(flow, ok(), settings(row("isolated", "10")), ccxt.RequestTimeout("x"))
    assert type(error) is ccxt.RequestTimeout
    assert "acknowledged, but could not be read back" in str(error)


def test_no_change_beside_a_row_of_the_other_margin_mode() -> None:
    """That the account holds the figure already is not denied by a settings row which is about another figure."""
    it = exchange(uta=True)
    params = {"marginMode": "isolated"}
    flow = set_leverage(it, 10, S, params)
    refused = refusal("40814", "No change in leverage")
    _, result = drive(flow, settings(), refused, settings(row("crossed", "3")), NOBODY)
    assert (result["marginMode"], result["longLeverage"]) == ("isolated", 10)
    held = ok({"list": [{"symbol": "BTCUSDT", "marginMode": "isolated", "posSide": "long", "leverage": "3"}]})
    flow = set_leverage(it, 10, S, params)
    assert type(drive(flow, refused, settings(row("crossed", "3")), held)[1]) is LeverageNotApplied


def test_a_switch_of_the_margin_mode_takes_its_turn() -> None:
    """A program that starts both together sets the leverage of one margin mode, not of the one that is being left."""
    it = exchange()
    first, second = (next(flow) for flow in (set_margin_mode(it, "isolated", S, {}), set_leverage(it, 10, S, {})))
    assert isinstance(first, Alone)
    assert isinstance(second, Alone)
    assert first.key == second.key


def test_second_looks() -> None:
    """A read that shows the old figure is repeated, with growing pauses, for up to two seconds; then it is an error."""
    old, new = settings(row("isolated", "3")), settings(row("isolated", "10"))
    flow = set_leverage(exchange(uta=True), 10, S, ISOLATED)
    calls, result = drive(flow, ok(), old, NOBODY, old, NOBODY, new, NOBODY)
    assert result["longLeverage"] == 10
    assert [step.seconds for step in calls if isinstance(step, Pause)] == list(SECOND_LOOKS[:2])
    looks = [step for _ in range(1 + len(SECOND_LOOKS)) for step in (old, NOBODY)]
    calls, error = drive(set_leverage(exchange(uta=True), 10, S, ISOLATED), ok(), *looks)
    assert type(error) is LeverageNotApplied
    assert sum(step.seconds for step in calls if isinstance(step, Pause)) == pytest.approx(2.0)


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


@pytest.mark.parametrize(
    ("declared", "option", "params", "margin"),
    [
        (None, None, {}, "crossed"),
        (None, "isolated", {}, "isolated"),
        ("crossed", "isolated", {}, "crossed"),
        ("isolated", None, {}, "isolated"),
        ("isolated", None, {"marginMode": "cross"}, "crossed"),
        ("crossed", "crossed", {"marginMode": "isolated"}, "isolated"),
    ],
)
def test_whose_leverage_on_a_unified_account(
    declared: str | None, option: str | None, params: dict[str, Any], margin: str
) -> None:
    """The call, else set_margin_mode, else the option, else crossed; never the settings row, which can be stale."""
    it = exchange(uta=True, marginMode=option)
    if declared:
        it._memory.declared["USDT-FUTURES", "BTCUSDT"] = declared
    other = row("isolated" if margin == "crossed" else "crossed", "3")
    flow = set_leverage(it, 10, S, {**params, "skipUnchanged": True})
    calls, result = drive(flow, settings(other), ok())
    assert calls == [SETTINGS, ("POST", "set-leverage", {"marginMode": margin, "leverage": "10"})]
    assert result["marginMode"] == margin.replace("crossed", "cross")
    assert it._memory.traded["USDT-FUTURES", "BTCUSDT"] == (margin,)


def test_both_margin_modes() -> None:
    """Isolated first, then crossed; without a side both sides are meant there; the result is that of crossed."""
    it = exchange(uta=True)
    flow = set_leverage(it, 10, S, {"marginMode": "both"})
    calls, result = drive(flow, settings(hold="hedge_mode"), ok(), ok())
    assert calls == [
        SETTINGS,
        ("POST", "set-leverage", {"marginMode": "isolated", "longLeverage": "10", "shortLeverage": "10"}),
        ("POST", "set-leverage", {"marginMode": "crossed", "leverage": "10"}),
    ]
    assert (result["marginMode"], result["longLeverage"]) == ("cross", 10)
    assert it._memory.traded["USDT-FUTURES", "BTCUSDT"] == ("isolated", "crossed")


def test_both_margin_modes_half_done() -> None:
    """A refusal of the second says that the first is set; two figures are refused before anything is sent."""
    it = exchange(uta=True, marginMode="both")
    calls, error = drive(set_leverage(it, 10, S, {}), settings(), ok(), refusal("25228", "insufficient margin"))
    assert type(error) is ccxt.InsufficientFunds
    assert "isolated margin was set before, to 10x; crossed margin is not" in str(error)
    calls, error = drive(set_leverage(it, None, S, {"longLeverage": 20, "shortLeverage": 5}))
    assert calls == []
    assert type(error) is ccxt.BadRequest


def test_both_margin_modes_on_a_classic_account() -> None:
    """A contract is in one margin mode there."""
    calls, error = drive(set_leverage(exchange(), 10, S, {"marginMode": "both"}))
    assert calls == []
    assert type(error) is ccxt.BadRequest
    assert "this account is classic" in str(error)


NONE = refusal("25200", "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none validation error")
HEDGE = {"marginMode": "isolated", "hedged": True}


def test_one_side_of_a_unified_account_that_takes_only_both() -> None:
    """Refused for its form: both figures, the other side's as the exchange tells it; remembered from then on."""
    it = exchange(uta=True)
    flow = set_leverage(it, 10, S, {**HEDGE, "holdSide": "short"})
    calls, result = drive(flow, NONE, settings(row("isolated", ["4", "5"]), hold="hedge_mode"), NOBODY, ok())
    assert calls == [
        ("POST", "set-leverage", {"marginMode": "isolated", "leverage": "10", "posSide": "short"}),
        SETTINGS,
        POSITIONS,
        ("POST", "set-leverage", {"marginMode": "isolated", "longLeverage": "4", "shortLeverage": "10"}),
    ]
    assert (result["longLeverage"], result["shortLeverage"]) == (4, 10)
    held = ok({"list": [position("isolated", "long", "6")]})
    flow = set_leverage(it, 12, S, {**HEDGE, "holdSide": "short"})
    calls, result = drive(flow, settings(row("isolated", ["4", "10"]), hold="hedge_mode"), held, ok())
    assert calls[-1][2] == {"marginMode": "isolated", "longLeverage": "6", "shortLeverage": "12"}
    assert len(calls) == 3, "no refused request the second time"


@pytest.mark.parametrize(
    "rows",
    [[], [row("isolated", "4")], [row("isolated", ["4"])], [row("crossed", ["4", "5"])], [row("isolated", None)]],
)
def test_the_other_side_is_never_guessed(rows: list[Any]) -> None:
    """Where nobody tells the other side's figure, the call is refused, and names what to write."""
    flow = set_leverage(exchange(uta=True), 10, S, {**HEDGE, "holdSide": "long"})
    calls, error = drive(flow, NONE, settings(*rows, hold="hedge_mode"), NOBODY)
    assert [method for method, _, _ in calls] == ["POST", "GET", "GET"]
    assert type(error) is ccxt.ArgumentsRequired
    assert "longLeverage" in str(error)
    assert error.__cause__ is NONE


def test_a_side_strayed() -> None:
    """A write for one side whose reply shows the same figure on the other, which had another: an error tells it."""
    it = exchange()
    flow = set_leverage(it, 10, S, {"holdSide": "long"})
    calls, error = drive(flow, account("isolated", "hedge_mode"), reply("isolated", long=10, short=10))
    assert calls == [READ, LONG]
    assert type(error) is LeverageNotApplied
    assert "not asked for changed as well; in force: isolated, long 10x, short 10x" in str(error)


def test_a_side_strayed_which_only_the_account_tells() -> None:
    """A unified account's reply tells nothing; what it holds afterwards does."""
    flow = set_leverage(exchange(uta=True), 10, S, {"marginMode": "isolated", "holdSide": "long", "verify": "read"})
    before, after = (settings(row("isolated", figures), hold="hedge_mode") for figures in (["3", "5"], ["10", "10"]))
    calls, error = drive(flow, before, ok(), after, NOBODY)
    assert calls[1] == ("POST", "set-leverage", {"marginMode": "isolated", "leverage": "10", "posSide": "long"})
    assert type(error) is LeverageNotApplied
    assert "not asked for changed as well; in force: isolated, hedge, long 10x, short 10x" in str(error)


def test_a_side_that_had_the_figure_before_did_not_stray() -> None:
    """Its open position says so, whatever a settings row said that had gone stale."""
    it = exchange(uta=True)
    it._memory.judged(True, ONE_SIDE, FIGURES, accepted=True)
    flow = set_leverage(it, 10, S, {"marginMode": "isolated", "holdSide": "long", "verify": "read"})
    stale = settings(row("isolated", ["3", "5"]), hold="hedge_mode")
    held = ok({"list": [position("isolated", "short", "10")]})
    after = settings(row("isolated", ["10", "5"]), hold="hedge_mode")
    calls, result = drive(flow, stale, held, ok(), after, held)
    assert calls[2][2] == {"marginMode": "isolated", "longLeverage": "10", "shortLeverage": "10"}
    assert (result["longLeverage"], result["shortLeverage"]) == (10, 10)


@pytest.mark.parametrize("verify", ["reply", "read"])
@pytest.mark.parametrize("named", [True, False])
def test_a_side_strayed_where_the_modes_had_changed(verify: str, named: bool) -> None:
    """A side, named or the option's, that was dropped for crossed margin, and an account that was isolated by then."""
    it = exchange(holdSide=None if named else "long")
    params = {"verify": verify, "skipUnchanged": True, **({"holdSide": "long"} if named else {})}
    answers = account("crossed", "hedge_mode", long=4, short=5), reply("isolated", long=10, short=10)
    calls, error = drive(
        set_leverage(it, 10, S, params), *answers, account("isolated", "hedge_mode", long=10, short=10)
    )
    assert calls == [READ, ("POST", "set-leverage", {"leverage": "10"}), READ]
    assert type(error) is LeverageNotApplied
    assert "not asked for changed as well; in force: isolated, hedge, long 10x, short 10x" in str(error)


@pytest.mark.parametrize("verify", ["reply", "read"])
def test_a_refusal_after_a_write_says_what_is_in_force(verify: str) -> None:
    """Two figures for an account that has become crossed in the meantime: what it holds now is named."""
    it = exchange()
    params = {"longLeverage": 10, "shortLeverage": 12, "verify": verify, "skipUnchanged": True}
    answers = account("isolated", "hedge_mode"), reply("crossed", cross=10), account("crossed", "hedge_mode", cross=10)
    _, error = drive(set_leverage(it, None, S, params), *answers)
    assert type(error) is ccxt.BadRequest
    assert "the modes had changed when the request went out, in force: crossed, hedge, leverage 10x" in str(error)


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


def test_unified_half_applied() -> None:
    """A unified one-way account that wants a side: both in one request, or one a side, which the error tells."""
    it = exchange(uta=True)
    wants = refusal("400172", "posSide cannot be empty")
    calls, error = drive(
        set_leverage(it, 10, S, {"marginMode": "isolated"}),
        settings(),
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


def test_progress_that_raises_spoils_nothing(caplog: Any) -> None:
    """The caller's own display is no reason to stop half-way."""
    it = exchange()
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"

    def progress(*_: Any) -> None:
        raise KeyError

    calls, outcomes = drive(set_leverages(it, {S: 10}, {}, progress), reply("crossed", cross=10))
    assert calls == [WRITE]
    assert outcomes[S]["longLeverage"] == 10
    assert "progress raised" in caplog.text


def test_the_other_sides_figure_goes_with_the_forms_that_carry_it_only() -> None:
    """One side, both-figure forms refused: what is sent last is that side alone, and the other is left alone."""
    it = exchange(uta=True)
    it._memory.refused[True, "one side"] = {SIDED}
    row = {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginMode": "isolated", "leverage": ["4", "5"]}
    settings = ok({"holdMode": "hedge_mode", "symbolConfigList": [row]})
    no = refusal("25200", "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none validation error")
    params = {"marginMode": "isolated", "holdSide": "long"}
    calls, result = drive(set_leverage(it, 10, S, params), settings, ok({"list": []}), no, no, ok())
    sent = [fields for method, _, fields in calls if method == "POST"]
    assert [set(fields) - {"marginMode"} for fields in sent] == [
        {"longLeverage", "shortLeverage"},
        {"leverage", "posSide", "longLeverage", "shortLeverage"},
        {"leverage", "posSide"},
    ]
    assert (sent[-1]["posSide"], sent[-1]["leverage"]) == ("long", "10")
    assert (result["longLeverage"], result["shortLeverage"]) == (10, None)
