"""set_leverage, driven by hand: what it says in logs, results and errors, and what it does where an answer is odd."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ccxt
import pytest
from by_hand import (
    LONG,
    NOBODY,
    READ,
    SETTINGS,
    WRITE,
    S,
    account,
    asked,
    drive,
    drive_whole,
    exchange,
    ok,
    position,
    refusal,
    reply,
    row,
    settings,
)

from bitget_leverage_ext import LeverageNotApplied
from bitget_leverage_ext.drive import Shared
from bitget_leverage_ext.flows.leverage import set_leverage
from bitget_leverage_ext.rules.forms import FIGURES
from bitget_leverage_ext.rules.plan import ONE_SIDE

KEY = ("USDT-FUTURES", "BTCUSDT")
BOTH = {"longLeverage": 20, "shortLeverage": 5}
UNCHANGED = refusal("40814", "No change in leverage")


def remembering(margin: str | None = None, position: str | None = None, **options: Any) -> Any:
    """A classic object that remembers these modes."""
    it = exchange(**options)
    if margin:
        it._memory.margins[KEY] = margin
    if position:
        it._memory.positions["USDT-FUTURES"] = position
    return it


def told(caplog: Any, level: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == level]


# --- the result --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["40814", "45054"])
def test_no_change_is_success_if_the_account_holds_it(code: str) -> None:
    """One read confirms it, and its answer is the result's."""
    read = account("crossed", "one_way_mode", cross=10)
    calls, result = drive(set_leverage(remembering("crossed"), 10, S, {}), refusal(code, "No change"), read)
    assert calls == [WRITE, READ]
    assert result == {
        **read,
        "info": read,
        "symbol": S,
        "marginMode": "cross",
        "longLeverage": 10,
        "shortLeverage": 10,
    }
    other = account("crossed", "one_way_mode", cross=7)
    _, error = drive(set_leverage(remembering("crossed"), 10, S, {}), refusal(code, "No change"), other)
    assert type(error) is LeverageNotApplied


def test_no_change_read_back() -> None:
    """verify='read' looks once, and the look is the result's answer."""
    read = account("crossed", "one_way_mode", cross=10)
    calls, result = drive(set_leverage(remembering("crossed", verify="read"), 10, S, {}), UNCHANGED, read)
    assert (calls, result["info"]) == ([WRITE, READ], read)
    written = reply("crossed", cross=10)
    calls, result = drive(set_leverage(remembering("crossed", verify="read"), 10, S, {}), written, read)
    assert (calls, result["info"]) == ([WRITE, READ], written)
    assert result["longLeverage"] == result["shortLeverage"] == 10


@pytest.mark.parametrize("verify", ["reply", False])
def test_no_change_is_looked_at_whatever_verify_says(verify: Any) -> None:
    """There is no reply to believe."""
    read = account("crossed", "one_way_mode", cross=7)
    flow = set_leverage(remembering("crossed", verify=verify), 10, S, {})
    calls, error = drive(flow, UNCHANGED, read)
    assert calls == [WRITE, READ]
    assert type(error) is LeverageNotApplied


def test_no_change_of_one_of_two_sides() -> None:
    """One request a side, one of them without effect: the account tells both."""
    it = remembering("isolated", "hedge_mode")
    null = refusal("40808", "hold side is null")
    modes = account("isolated", "hedge_mode", long=20)
    read = account("isolated", "hedge_mode", long=20, short=5)
    flow = set_leverage(it, None, S, BOTH)
    calls, result = drive(flow, null, modes, UNCHANGED, reply("isolated", short=5), read)
    assert [call[1] for call in calls] == ["set-leverage", "account", "set-leverage", "set-leverage", "account"]
    assert (result["longLeverage"], result["shortLeverage"], result["info"]) == (20, 5, read)


def test_a_disagreeing_reply_that_the_account_puts_right() -> None:
    """The figures are the account's, the answer is the write's."""
    written, read = reply("crossed", cross=20), account("crossed", "one_way_mode", cross=10)
    _, result = drive(set_leverage(remembering("crossed"), 10, S, {}), written, read)
    assert (result["info"], result["longLeverage"]) == (written, 10)
    blank = account("crossed", "one_way_mode", cross="")  # type: ignore[arg-type]
    _, result = drive(set_leverage(remembering("crossed"), 10, S, {}), written, blank)
    assert result["longLeverage"] == 10, "where nobody says another, it is what was asked and acknowledged"


@pytest.mark.parametrize(
    ("margin", "answer", "params", "figures"),
    [
        ("crossed", ok({"marginMode": "crossed"}), {}, ("cross", 10, 10)),
        ("isolated", ok({"marginMode": "isolated"}), {"holdSide": "long"}, ("isolated", 10, None)),
        ("isolated", ok({"marginMode": "isolated"}), {"holdSide": "short"}, ("isolated", None, 10)),
        ("isolated", ok({}), {"holdSide": "both"}, ("isolated", 10, 10)),
        ("isolated", ok({"longLeverage": "10", "shortLeverage": "4"}), {"holdSide": "long"}, ("isolated", 10, 4)),
        ("isolated", ok({"shortLeverage": "10", "longLeverage": "4"}), {"holdSide": "short"}, ("isolated", 4, 10)),
    ],
)
def test_the_figures_of_the_result(margin: str, answer: Any, params: Any, figures: tuple[Any, ...]) -> None:
    """What the exchange said, and where it said nothing, what was asked of that side."""
    position = "hedge_mode" if margin == "isolated" else None
    _, result = drive(set_leverage(remembering(margin, position), 10, S, params), answer)
    assert (result["marginMode"], result["longLeverage"], result["shortLeverage"]) == figures
    assert (result["symbol"], result["info"]) == (S, answer)


@pytest.mark.parametrize(
    ("answer", "params", "figures"),
    [
        (reply("crossed", cross=7), {"holdSide": "both"}, ("cross", 7, 7)),
        (reply("isolated", long=7, short=8), {"holdSide": "both"}, ("isolated", 7, 8)),
        (ok({"marginMode": "crossed"}), {"holdSide": "long"}, ("cross", 10, 10)),
        (ok({"marginMode": "crossed"}), {"holdSide": "short"}, ("cross", 10, 10)),
    ],
)
def test_the_figures_of_a_result_that_nobody_verifies(answer: Any, params: Any, figures: tuple[Any, ...]) -> None:
    """Still what the exchange said, in the margin mode that it said."""
    it = remembering("isolated", "hedge_mode", verify=False)
    calls, result = drive(set_leverage(it, 10, S, params), answer)
    assert len(calls) == 1
    assert (result["marginMode"], result["longLeverage"], result["shortLeverage"]) == figures


def test_one_figure_of_the_short_side_alone() -> None:
    """A unified account in crossed margin has the one figure, whichever side it was asked for."""
    _, result = drive(set_leverage(exchange(uta=True), 10, S, {"holdSide": "short", "marginMode": "cross"}), ok())
    assert (result["longLeverage"], result["shortLeverage"]) == (10, 10)


# --- the logs ----------------------------------------------------------------------------------------------------


def test_rounded_down(caplog: Any) -> None:
    """Said once a figure, with what was written and what it became."""
    drive(set_leverage(remembering("crossed", fractional="floor"), 3.7, S, {}), reply("crossed", cross=3))
    assert told(caplog, "WARNING") == [f"{S}: leverage 3.7 is rounded down to 3; reckon with that"]
    caplog.clear()
    params = {"longLeverage": Decimal("20.5"), "shortLeverage": 5, "fractional": "floor"}
    answers = account("isolated", "hedge_mode"), reply("isolated", long=20, short=5)
    calls, _ = drive(set_leverage(exchange(), None, S, params), *answers)
    assert calls[1][2] == {"longLeverage": "20", "shortLeverage": "5"}
    assert told(caplog, "WARNING") == [f"{S}: leverage Decimal('20.5') is rounded down to 20; reckon with that"]


def test_a_dropped_side(caplog: Any) -> None:
    """Told in the log, with the modes that have no sides."""
    caplog.set_level("INFO", "bitget_leverage_ext")
    read = account("crossed", "hedge_mode")
    calls, _ = drive(set_leverage(exchange(), 10, S, {"holdSide": "long"}), read, reply("crossed", cross=10))
    assert calls == [READ, WRITE]
    assert told(caplog, "INFO") == [f"{S}: holdSide long is dropped, the account is in crossed, hedge"]


def test_an_older_request_that_may_still_arrive(caplog: Any) -> None:
    """Names it and what is being set; the same figures once more cannot disturb anything."""
    it = remembering("crossed")
    (call,), error = drive_whole(set_leverage(it, 10, S, {}), ccxt.RequestTimeout("x"))
    call.unanswered()
    assert type(error) is ccxt.RequestTimeout
    drive(set_leverage(it, 10, S, {}), reply("crossed", cross=10))
    assert told(caplog, "WARNING") == []
    drive(set_leverage(it, 12, S, {}), reply("crossed", cross=12))
    assert told(caplog, "WARNING") == [
        f"{S}: an earlier request for 10x went unanswered and may still take effect, up to 30 seconds after it was "
        "sent; look again with fetch_leverage() before relying on 12x"
    ]


def test_not_confirmed(caplog: Any) -> None:
    """A warning says so, of the symbol and the figures."""
    params = {"verify": "read", "marginMode": "isolated", "hedged": False}
    drive(set_leverage(exchange(uta=True), 10, S, params), ok(), settings(), NOBODY)
    assert told(caplog, "WARNING") == [f"{S}: 10x was acknowledged, but the account does not tell it: not confirmed"]
    caplog.clear()
    drive(set_leverage(exchange(uta=True), 10, S, params), ok(), settings(row("isolated", "10")), NOBODY)
    assert told(caplog, "WARNING") == []


# --- knowing the modes -------------------------------------------------------------------------------------------


def test_who_waited_for_another_calls_read_looks_again_at_memory() -> None:
    """A read of another contract told the position mode of all: enough where there is one figure."""
    it = exchange()
    flow = next(set_leverage(it, 10, S, {})).flow()
    assert isinstance(next(flow), Shared)
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"
    step = flow.send(("ETHUSDT", account("crossed", "one_way_mode")))
    assert asked(step) == WRITE
    it = exchange()
    flow = next(set_leverage(it, 10, S, {})).flow()
    assert isinstance(next(flow), Shared)
    it._memory.positions["USDT-FUTURES"] = "hedge_mode"
    step = flow.send(("ETHUSDT", account("crossed", "hedge_mode")))
    assert isinstance(step, Shared), "in hedge mode it reads for itself"
    assert step.key == KEY


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({}, {"leverage": "10"}),
        ({"hedged": True}, {"leverage": "10"}),
        ({"marginMode": "isolated"}, {"leverage": "10"}),
        ({"holdSide": "long"}, {"leverage": "10", "holdSide": "long"}),
    ],
)
def test_where_nothing_can_be_sent(params: Any, fields: Any) -> None:
    """As in ccxt's own request fixtures, which have a proxy that goes nowhere: on to the request itself."""
    nowhere = ccxt.InvalidProxySettings("x")
    calls, error = drive(set_leverage(exchange(), 10, S, params), nowhere, nowhere)
    assert calls == [READ, ("POST", "set-leverage", fields)]
    assert error is nowhere


def test_an_account_that_does_not_say_its_modes() -> None:
    """The message has what it said instead, cut."""
    answer = ok({"x": "y" * 500})
    calls, error = drive(set_leverage(exchange(), 10, S, {"holdSide": "long"}), answer)
    assert (calls, type(error)) == ([READ], ccxt.BadResponse)
    assert str(error) == f"bitget did not say the margin and position mode of {S}: {str(answer)[:300]}"


def test_a_refused_read_is_raised_in_its_class() -> None:
    """With the way out of this kind of account."""
    no = refusal("40014", "no permissions")
    _, error = drive(set_leverage(exchange(), 10, S, {}), no)
    assert type(error) is ccxt.PermissionDenied
    assert "cpow" in str(error)
    _, error = drive(set_leverage(exchange(uta=True), 10, S, {"marginMode": "isolated"}), no)
    assert "uta_mgt" in str(error)
    _, error = drive(set_leverage(exchange(uta=True), 10, S, {"marginMode": "cross"}), no)
    assert "uta_mgt" in str(error)
    wants = refusal("25200", "posSide is required")
    _, error = drive(set_leverage(exchange(uta=True), 10, S, {"marginMode": "cross"}), wants, no)
    assert "uta_mgt" in str(error), "a second look is a read as well"


def test_memory_alone_refuses_nothing() -> None:
    """A refusal that rests on memory is checked against the account first; one that an assertion decides is not."""
    it = remembering("isolated", "hedge_mode")
    calls, _ = drive(
        set_leverage(it, 10, S, {}), account("isolated", "one_way_mode"), reply("isolated", long=10, short=10)
    )
    assert calls == [READ, WRITE]
    it = remembering("isolated", "hedge_mode")
    calls, error = drive(set_leverage(it, 10, S, {}), account("isolated", "hedge_mode"))
    assert (calls, type(error)) == ([READ], ccxt.ArgumentsRequired)
    assert f"{S} is in isolated margin and hedge mode" in str(error)
    calls, error = drive(set_leverage(exchange(), 10, S, {"marginMode": "isolated", "hedged": True}))
    assert (calls, type(error)) == ([], ccxt.ArgumentsRequired)
    calls, error = drive(set_leverage(exchange(), 10, S, {}), account("isolated", "hedge_mode"))
    assert (calls, type(error)) == ([READ], ccxt.ArgumentsRequired), "nor is one that a read decided"
    assert str(error).endswith("(or set options['setLeverage']['holdSide'] = 'both')"), "and nothing went out"


def test_the_callers_params_go_with_every_request() -> None:
    """Read and write; a second read of a stale memory has them too."""
    it = remembering("crossed")
    null = refusal("40808", "hold side is null")
    read = account("isolated", "hedge_mode")
    calls, _ = drive(set_leverage(it, 10, S, {"x": 1}), null, read)
    assert calls == [("POST", "set-leverage", {"x": 1, "leverage": "10"}), ("GET", "account", {"x": 1})]


# --- odd answers -------------------------------------------------------------------------------------------------


def test_modes_that_had_changed_when_the_request_went_out() -> None:
    """What had been meant cannot be held there: the error says what is in force instead."""
    it = remembering("isolated", "hedge_mode")
    read = account("crossed", "hedge_mode", cross=20)
    calls, error = drive(set_leverage(it, None, S, BOTH), reply("crossed", cross=20), read)
    assert [call[1] for call in calls] == ["set-leverage", "account"]
    assert type(error) is ccxt.BadRequest
    assert "long 20 and short 5 cannot both be set" in str(error)
    assert "; the modes had changed when the request went out, in force: crossed, hedge, leverage 20x" in str(error)
    assert error.__cause__ is None


def test_the_forms_run_out() -> None:
    """The last refusal is raised, as one of the form."""
    null = refusal("40808", "hold side is null")
    it = remembering("isolated", "hedge_mode")
    calls, error = drive(set_leverage(it, None, S, BOTH), null, account("isolated", "hedge_mode"), null)
    assert len(calls) == 3
    assert type(error) is ccxt.ArgumentsRequired
    assert error.__cause__ is null
    refused = it._memory.refusals(False, "both sides")
    assert {str(form) for form in refused} == {"longLeverage and shortLeverage", "leverage + a side"}
    answers = reply("isolated", long=20), reply("isolated", long=20, short=5)
    drive(set_leverage(it, None, S, BOTH), null, account("isolated", "hedge_mode"), *answers)
    calls, _ = drive(set_leverage(it, None, S, BOTH), *answers)
    assert [call[2]["holdSide"] for call in calls] == ["long", "short"], "accepted after all, and first from then on"


def test_an_accepted_form_is_remembered() -> None:
    """From then on it is the first."""
    null = refusal("40808", "hold side is null")
    it = remembering("isolated", "hedge_mode")
    answers = reply("isolated", long=20), reply("isolated", long=20, short=5)
    drive(set_leverage(it, None, S, BOTH), null, account("isolated", "hedge_mode"), *answers)
    calls, _ = drive(set_leverage(it, None, S, BOTH), *answers)
    assert [call[2] for call in calls] == [
        {"leverage": "20", "holdSide": "long"},
        {"leverage": "5", "holdSide": "short"},
    ]


def test_one_of_two_sides_is_refused() -> None:
    """The error says which side is set, and that the other is not, in the class of the refusal."""
    it = remembering("isolated", "hedge_mode")
    it._memory.refused[False, "both sides"] = {form for form in it._memory.forms(False, "both sides") if form.figures}
    no = refusal("40893", "not enough margin")
    _, error = drive(set_leverage(it, None, S, BOTH), reply("isolated", long=20), no)
    assert type(error) is ccxt.InsufficientFunds
    assert str(error).endswith("long is set to 20x, short is not confirmed at 5x")
    _, error = drive(set_leverage(it, None, S, BOTH), no)
    assert "is set to" not in str(error)
    _, error = drive(set_leverage(it, None, S, BOTH), reply("isolated", long=20), refusal("40014", "uta rights"))
    assert "uta_mgt" in str(error)


def test_a_second_look_that_is_lost() -> None:
    """Acknowledged, but the read was refused: said beside the class of the refusal."""
    flow = set_leverage(remembering("crossed", verify="read"), 10, S, {})
    _, error = drive(flow, reply("crossed", cross=10), refusal("40014", "no"))
    assert type(error) is ccxt.PermissionDenied
    assert "cpow" in str(error)
    assert str(error).endswith("the leverage was acknowledged, but could not be read back")
    params = {"verify": "read", "marginMode": "cross"}
    _, error = drive(set_leverage(exchange(uta=True), 10, S, params), ok(), refusal("40014", "no"))
    assert "uta_mgt" in str(error)


def test_the_account_that_decides_cannot_be_read() -> None:
    """A reply that disagrees, or no change at all: what the read was for is said beside the class of its refusal."""
    no = refusal("40014", "no")
    it, params = remembering("crossed"), {"marginMode": "cross"}
    for flow, written, right in (
        (set_leverage(it, 10, S, {}), reply("crossed", cross=20), "cpow"),
        (set_leverage(it, 10, S, {}), UNCHANGED, "cpow"),
        (set_leverage(exchange(uta=True), 10, S, params), UNCHANGED, "uta_mgt"),
    ):
        calls, error = drive(flow, written, no)
        assert len(calls) == 2
        assert type(error) is ccxt.PermissionDenied
        assert right in str(error)
        assert str(error).endswith("the leverage was acknowledged, but could not be read back")


def test_an_assertion_that_the_read_back_contradicts() -> None:
    """It is an error, whatever the figures are."""
    params = {"verify": "read", "marginMode": "cross", "hedged": False}
    read = account("isolated", "one_way_mode", long=10, short=10)
    _, error = drive(set_leverage(exchange(), 10, S, params), reply("crossed", cross=10), read)
    assert type(error) is LeverageNotApplied
    assert "as the call asserts" in str(error)


def test_modes_that_change_under_every_read_back() -> None:
    """Planned and written anew once; then what is in force is told."""
    it = remembering("crossed", verify="read")
    one, two = account("isolated", "one_way_mode"), account("crossed", "one_way_mode")
    answers = reply("crossed", cross=10), one, reply("isolated", long=10, short=10), *[two] * 5
    calls, error = drive(set_leverage(it, 10, S, {}), *answers)
    assert [asked(call) for call in calls if isinstance(call, tuple)] == [WRITE, READ, WRITE, *[READ] * 5]
    assert type(error) is LeverageNotApplied
    assert "in force: crossed, one-way, leverage 20x" in str(error)


def test_a_read_back_without_a_margin_mode() -> None:
    """It confirms nothing; the mode is the one that was written."""
    flow = set_leverage(remembering("crossed", verify="read"), 10, S, {})
    _, result = drive(flow, reply("crossed", cross=10), ok({"posMode": "one_way_mode"}))
    assert (result["marginMode"], result["longLeverage"], result["shortLeverage"]) == ("cross", None, None)


@pytest.mark.parametrize("side", ["long", "short"])
def test_the_other_side_was_stale(side: str) -> None:
    """A unified form with both figures tells both in the result; what it needs is read once."""
    other = "short" if side == "long" else "long"
    it = exchange(uta=True)
    none = refusal("25200", "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none validation error")
    params = {"marginMode": "isolated", "hedged": True, "holdSide": side}
    held = ok({"list": [position("isolated", other, "4")]})
    calls, result = drive(set_leverage(it, 10, S, params), none, settings(hold="hedge_mode"), held, ok())
    assert calls[-1][2] == {"marginMode": "isolated", f"{side}Leverage": "10", f"{other}Leverage": "4"}
    assert (result[f"{side}Leverage"], result[f"{other}Leverage"]) == (10, 4)


def test_the_other_side_is_not_told() -> None:
    """The refusal names the symbol, what to write, and its cause."""
    none = refusal("25200", "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none validation error")
    params = {"marginMode": "isolated", "hedged": True, "holdSide": "long"}
    _, error = drive(set_leverage(exchange(uta=True), 10, S, params), none, settings(hold="hedge_mode"), NOBODY)
    assert str(error) == (
        f"bitget {S}: this account sets the two sides together, and does not tell the other side's leverage, which is "
        "not guessed: name both, params={'longLeverage': …, 'shortLeverage': …}"
    )


def test_skip_unchanged() -> None:
    """Read first; what is held is not written, and the read is the result; what is not told counts as different."""
    held = account("crossed", "one_way_mode", cross=10)
    calls, result = drive(set_leverage(remembering("crossed", skipUnchanged=True), 10, S, {}), held)
    assert (calls, result["info"], result["longLeverage"]) == ([READ], held, 10)
    for other in (account("crossed", "one_way_mode", cross=7), account("crossed", "one_way_mode", cross="")):  # type: ignore[arg-type]
        flow = set_leverage(exchange(), 10, S, {"skipUnchanged": True})
        assert drive(flow, other, reply("crossed", cross=10))[0] == [READ, WRITE]


def test_skip_unchanged_of_one_side() -> None:
    """The other side's figure is the account's, or nobody's."""
    read = account("isolated", "hedge_mode", long=10, short="")  # type: ignore[arg-type]
    calls, result = drive(set_leverage(exchange(), 10, S, {"holdSide": "long", "skipUnchanged": True}), read)
    assert (calls, result["longLeverage"], result["shortLeverage"]) == ([READ], 10, None)


def test_what_orders_carry_from_now_on() -> None:
    """The margin mode whose leverage was set; where it failed, nothing changes."""
    it = exchange()
    drive(set_leverage(it, 10, S, {}), account("isolated", "one_way_mode"), reply("isolated", long=10, short=10))
    assert it._memory.traded == {KEY: ("isolated",)}
    it._memory.margins[KEY] = "crossed"
    drive(set_leverage(it, 10, S, {}), reply("crossed", cross=10))
    assert it._memory.traded == {KEY: ("crossed",)}
    drive(set_leverage(it, 10, S, {}), refusal("40797", "too high"))
    assert it._memory.traded == {KEY: ("crossed",)}


def test_a_margin_mode_that_is_chosen_meanwhile() -> None:
    """set_margin_mode() while the leverage is on its way: orders will be in that mode, so it is set there as well."""
    it = exchange(uta=True, deadline=3)

    def chosen() -> Any:
        it._memory.declared[KEY] = "isolated"
        return ok()

    calls, result = drive_whole(set_leverage(it, 10, S, {"x": 1}), chosen, settings(), ok())
    assert [asked(call) for call in calls] == [
        ("POST", "set-leverage", {"x": 1, "marginMode": "crossed", "leverage": "10"}),
        SETTINGS,
        ("POST", "set-leverage", {"x": 1, "marginMode": "isolated", "leverage": "10"}),
    ]
    assert [call.repeat for call in calls] == [3.0] * 3
    assert result["marginMode"] == "isolated"
    assert it._memory.traded == {KEY: ("isolated",)}


def test_limits_are_the_contracts() -> None:
    """Held against before anything is sent, the figure a side as well."""
    for leverage, params in ((126, {}), (None, {"longLeverage": 10, "shortLeverage": 126})):
        calls, error = drive(set_leverage(exchange(), leverage, S, params))
        assert (calls, type(error)) == ([], ccxt.BadRequest)
        assert f"leverage 126 is outside {S}'s limits; it takes 1 to 125" in str(error)
    calls, _ = drive(
        set_leverage(exchange(), 10, S, {"holdSide": "long"}),
        account("isolated", "hedge_mode"),
        reply("isolated", long=10),
    )
    assert calls == [READ, LONG]


# --- what changed between a read and the write -------------------------------------------------------------------


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


def test_a_side_strayed_which_only_the_account_tells() -> None:
    """A unified account's reply tells nothing; what it holds afterwards does."""
    flow = set_leverage(exchange(uta=True), 10, S, {"marginMode": "isolated", "holdSide": "long", "verify": "read"})
    before, after = (settings(row("isolated", figures), hold="hedge_mode") for figures in (["3", "5"], ["10", "10"]))
    calls, error = drive(flow, before, ok(), after, NOBODY)
    assert calls[1] == ("POST", "set-leverage", {"marginMode": "isolated", "leverage": "10", "posSide": "long"})
    assert type(error) is LeverageNotApplied
    assert "not asked for changed as well; in force: isolated, hedge, long 10x, short 10x" in str(error)


@pytest.mark.parametrize(
    ("side", "other", "stale", "written"),
    [("long", "short", ["3", "5"], ["10", "5"]), ("short", "long", ["5", "3"], ["5", "10"])],
)
def test_a_side_that_had_the_figure_before_did_not_stray(side: str, other: str, stale: Any, written: Any) -> None:
    """Its open position says so, whatever a settings row said that had gone stale."""
    it = exchange(uta=True)
    it._memory.judged(True, ONE_SIDE, FIGURES, accepted=True)
    flow = set_leverage(it, 10, S, {"marginMode": "isolated", "holdSide": side, "verify": "read"})
    before, after = (settings(row("isolated", figures), hold="hedge_mode") for figures in (stale, written))
    held = ok({"list": [position("isolated", other, "10")]})
    calls, result = drive(flow, before, held, ok(), after, held)
    assert calls[2][2] == {"marginMode": "isolated", "longLeverage": "10", "shortLeverage": "10"}
    assert (result["longLeverage"], result["shortLeverage"]) == (10, 10)
