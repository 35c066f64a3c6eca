"""set_leverage on a unified account, driven by hand: forms, settings rows, positions, margin modes."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest
from by_hand import NOBODY, POSITIONS, SETTINGS, S, drive, drive_whole, exchange, ok, position, refusal, row, settings

from bitget_leverage_ext import LeverageNotApplied
from bitget_leverage_ext.drive import Pause
from bitget_leverage_ext.flows.leverage import set_leverage
from bitget_leverage_ext.flows.setting import SECOND_LOOKS
from bitget_leverage_ext.rules.forms import ALL, FIGURES, SIDED

ISOLATED = {"marginMode": "isolated", "hedged": False, "verify": "read"}
NONE = refusal("25200", "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none validation error")
HEDGE = {"marginMode": "isolated", "hedged": True}


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
    assert f"{S}: asked for 10x, acknowledged, but not applied; in force: isolated, one-way, long 3x" in str(error)
    assert sum(step.seconds for step in calls if isinstance(step, Pause)) == pytest.approx(2.0)


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


@pytest.mark.parametrize(
    ("options", "margin"),
    [
        ({"defaultMarginMode": "Isolated"}, "isolated"),
        ({"marginMode": "isolated"}, "isolated"),
        ({"createOrder": {"marginMode": "ISOLATED"}}, "isolated"),
        ({"createOrder": {"defaultMarginMode": "isolated"}, "defaultMarginMode": "cross"}, "isolated"),
        ({"createOrder": {"marginMode": "cross"}, "defaultMarginMode": "isolated"}, "crossed"),
        ({"cancelOrder": {"marginMode": "isolated"}}, "crossed"),
        ({"defaultMarginMode": "portfolio"}, "crossed"),
    ],
)
def test_the_margin_mode_that_ccxts_options_name(options: dict[str, Any], margin: str) -> None:
    """Orders are in that mode, so its leverage is what is meant; whatever is said to this package goes before it."""
    other = {"isolated": "cross", "crossed": "isolated"}[margin]
    for own, said in ((None, margin), (other, other.replace("cross", "crossed"))):
        it = exchange(uta=True, marginMode=own)
        it.options.update(options)
        calls, _ = drive(set_leverage(it, 10, S, {"hedged": False}), ok())
        assert calls == [("POST", "set-leverage", {"marginMode": said, "leverage": "10"})]


@pytest.mark.parametrize(
    ("figure_of", "options", "params", "declared", "warned"),
    [
        ("isolated", {}, {}, None, True),
        ("isolated", {}, {"marginMode": "cross"}, None, False),
        ("isolated", {}, {"marginMode": "isolated"}, None, False),
        ("isolated", {"marginMode": "cross"}, {}, None, False),
        ("isolated", {}, {}, "crossed", False),
        ("crossed", {}, {}, None, False),
        (None, {}, {}, None, False),
        ("isolated", {"marginMode": "isolated"}, {}, None, False),
    ],
)
def test_a_row_of_another_mode_than_is_set(
    figure_of: Any, options: Any, params: Any, declared: Any, warned: bool, caplog: Any
) -> None:
    """The settings show isolated margin and nobody chose it: a warning says whose leverage is set, and what to call."""
    it = exchange(uta=None, **options)
    if declared:
        it._memory.declared["USDT-FUTURES", "BTCUSDT"] = declared
    probe = settings(*([row(figure_of, "3")] if figure_of else []))
    calls, _ = drive(set_leverage(it, 10, S, params), probe, ok())
    assert len(calls) == 2
    assert [record.getMessage() for record in caplog.records] == (
        [
            f"{S}: the settings show isolated margin, but nobody chose it here: the leverage of crossed margin is set, "
            f"which orders without a margin mode have; to mean isolated, call set_margin_mode('isolated', '{S}') or "
            "pass marginMode='isolated'"
        ]
        if warned
        else []
    )
    drive(set_leverage(it, 10, S, params), ok())
    assert len(caplog.records) == warned, "nothing was read the second time"


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
    assert f"{S}: long 20 and short 5 cannot both be set" in str(error)
    _, error = drive(set_leverage(it, 10, S, {"hedged": False}), ok(), refusal("40014", "no permissions"))
    assert "uta_mgt" in str(error)
    assert "cpow" not in str(error)


def test_the_second_side_is_refused() -> None:
    """With the way out of a unified account, and of no other."""
    it = exchange(uta=True)
    it._memory.refused[True, "both sides"] = {FIGURES, ALL}
    params = {"marginMode": "isolated", "longLeverage": 20, "shortLeverage": 5}
    answers = settings(hold="hedge_mode"), ok(), refusal("40014", "no permissions")
    _, error = drive(set_leverage(it, None, S, params), *answers)
    assert "uta_mgt" in str(error)
    assert "cpow" not in str(error)
    assert str(error).endswith("long is set to 20x, short is not confirmed at 5x")


def test_one_margin_mode_takes_what_it_can_take() -> None:
    """Two figures in isolated hedge mode; and no side is refused there, as on any account."""
    flow = set_leverage(exchange(uta=True), None, S, {**HEDGE, "longLeverage": 20, "shortLeverage": 5})
    calls, _ = drive(flow, settings(hold="hedge_mode"), ok())
    assert calls[1][2] == {"marginMode": "isolated", "longLeverage": "20", "shortLeverage": "5"}
    calls, error = drive(set_leverage(exchange(uta=True), 10, S, HEDGE), settings(hold="hedge_mode"))
    assert (calls, type(error)) == ([SETTINGS], ccxt.ArgumentsRequired)


def test_the_deadline_goes_with_the_write() -> None:
    """On a unified account as on a classic one."""
    (call,), _ = drive_whole(set_leverage(exchange(uta=True, deadline=3), 10, S, {"marginMode": "cross"}), ok())
    assert call.repeat == 3.0
    (call,), _ = drive_whole(set_leverage(exchange(uta=True), 10, S, {"marginMode": "cross"}), ok())
    assert call.repeat == 10.0


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


def test_a_form_that_needs_no_other_side_is_tried_once_more() -> None:
    """The forms with both figures cannot be filled in: the one that was refused before may be accepted by now."""
    it = exchange(uta=True)
    it._memory.judged(True, "one side", SIDED, accepted=False)
    flow = set_leverage(it, 10, S, {**HEDGE, "holdSide": "long"})
    calls, result = drive(flow, settings(row("isolated", "4"), hold="hedge_mode"), NOBODY, ok())
    assert calls == [
        SETTINGS,
        POSITIONS,
        ("POST", "set-leverage", {"marginMode": "isolated", "leverage": "10", "posSide": "long"}),
    ]
    assert (result["longLeverage"], result["shortLeverage"]) == (10, None)
    assert it._memory.forms(True, "one side")[0] == SIDED


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
