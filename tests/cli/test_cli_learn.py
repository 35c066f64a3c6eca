"""``learn``: it names the emulator's quirks from outside, and leaves the account as it was, whatever comes between."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from learner import STARTS, SYMBOL, Learner, answers, combinations, learner, tellable

from bitget_leverage_ext.cli.learn import command
from bitget_leverage_ext.cli.learn.account import DemoAccount
from bitget_leverage_ext.cli.learn.command import LearnRun
from bitget_leverage_ext.cli.learn.questions import QUESTIONS
from bitget_leverage_ext.emulator import Fault, Quirks

Make = Callable[..., Learner]
KINDS = [pytest.param(False, id="classic"), pytest.param(True, id="unified")]


@pytest.fixture
def make(markets: dict[str, Any], unified_markets: dict[str, Any]) -> Make:
    """A demo account of the emulator, with the markets loaded."""
    return lambda unified, *start, **more: learner(unified_markets if unified else markets, unified, *start, **more)


def changed(before: dict[str, Any], on: Learner) -> list[str]:
    """What is not as it was."""
    on.emulator.heal()
    return [name for name, value in on.state().items() if value != before[name]]


def unnamed(before: dict[str, Any], on: Learner, found: LearnRun) -> list[str]:
    """What is not as it was, and not named either."""
    return [name for name in changed(before, on) if name not in " ".join(found.not_restored)]


# --- the answers ---


@pytest.mark.parametrize("unified", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_quirks(make: Make, unified: bool, seed: int) -> None:
    """Every answer is right, and the account is as it was, whatever the combination and the start."""
    for quirks, start in zip(combinations(seed), itertools.cycle(STARTS), strict=False):
        on = make(unified, start)
        on.emulator.quirks = Quirks(**quirks)
        before = on.state()
        found = on.learn()
        assert found.trouble == ""
        assert answers(found) == tellable(on.emulator.quirks, unified)
        assert unnamed(before, on, found) == []
        assert set(changed(before, on)) <= {"row"}
        assert found.restored


@pytest.mark.parametrize("unified", KINDS)
def test_without_orders(make: Make, unified: bool) -> None:
    """No order is placed; what is answered is right; what could not be checked is named."""
    for quirks, start in zip(combinations(3), itertools.cycle(STARTS), strict=False):
        on = make(unified, start)
        on.emulator.quirks = Quirks(**quirks)
        before = on.state()
        found = on.learn(orders=False)
        right = tellable(on.emulator.quirks, unified)
        assert {name: value for name, value in answers(found).items() if value not in ("unknown", right[name])} == {}
        assert not [each for each in on.emulator.requests if "order" in each.path and each.method == "POST"]
        assert unnamed(before, on, found) == []
        assert answers(found)["same_leverage"] == quirks["same_leverage"]
        assert answers(found)["close_mode"] == "unknown"
        assert found.restored
        if not unified:
            assert changed(before, on) == []


@pytest.mark.parametrize("unified", KINDS)
def test_other_codes_and_words(make: Make, unified: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is decided by what a refusal says."""
    from bitget_leverage_ext.emulator.state import ApiRefusal

    def foreign(self: Any, code: str, msg: str, status: int = 400) -> None:
        Exception.__init__(self, code)
        self.code, self.msg, self.status = "31337", "computer says no", status

    monkeypatch.setattr(ApiRefusal, "__init__", foreign)
    on = make(unified, ("isolated", "hedge"))
    on.emulator.quirks = Quirks(
        dialect="2025-03", unneeded_hold_side="refused", same_margin_mode="refused", capitals="required",
        unified_hedge="all", unified_one_way="per_side", same_leverage="refused",
    )  # fmt: skip
    right = tellable(on.emulator.quirks, unified) | {"unified_v2": "unknown"}
    assert answers(on.learn()) == right


def test_a_write_that_is_acknowledged_and_not_applied(make: Make) -> None:
    """A reply is no witness: what positions do not show is unknown."""
    on = make(True)
    on.emulator.fail(Fault("lie", times=None))
    named = answers(on.learn())
    assert {named[name] for name in ("unneeded_hold_side", "unified_hedge", "unified_one_way", "unified_row")} == {
        "unknown"
    }


@pytest.mark.parametrize("unified", KINDS)
def test_positions_that_show_late(make: Make, unified: bool) -> None:
    """A demo account was seen to show a position after some time; so does this one, at every second look."""
    on = make(unified)
    fetch, shown, looks = on.exchange.fetch, [""], itertools.count()

    def late(url: str, *args: Any) -> Any:
        reply = fetch(url, *args)
        if re.search(r"single-position|current-position\?.*symbol", url):
            now, on.exchange.last_http_response = (
                on.exchange.last_http_response,
                shown[0] or on.exchange.last_http_response,
            )
            if next(looks) % 2:
                shown[0] = now
        return reply

    on.exchange.fetch = late
    before = on.state()
    found = on.learn()
    on.exchange.fetch = fetch
    assert answers(found) == tellable(on.emulator.quirks, unified)
    assert set(changed(before, on)) <= {"row"}


@pytest.mark.parametrize(("level", "cell"), [("isolated", "unified_hedge"), ("delta", "unneeded_hold_side")])
def test_an_account_with_one_margin_mode(make: Make, level: str, cell: str) -> None:
    """What the account's level refuses is unknown, the rest is answered."""
    on = make(True, level=level)
    before = on.state()
    found = on.learn()
    assert answers(found)[cell] == getattr(Quirks(), cell)
    assert unnamed(before, on, found) == []


# --- whatever comes between ---


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few questions, which write everything that there is to write."""
    kept = ("same_margin_mode", "close_mode", "strategy_mode", "unified_hedge")
    monkeypatch.setattr(command, "QUESTIONS", [each for each in QUESTIONS if each.name in kept])


def interrupting(on: Learner, numbers: set[int], arrived: bool) -> Callable[[], int]:
    """Ctrl-C at these requests, before they are sent or before their answer is seen; returns a function that counts them."""
    fetch, count = on.exchange.fetch, itertools.count(1)
    last = [0]

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        last[0] = next(count)
        if last[0] not in numbers:
            return fetch(*args, **kwargs)
        if arrived:
            fetch(*args, **kwargs)
        raise KeyboardInterrupt

    on.exchange.fetch = interrupted
    return lambda: last[0]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("unified", KINDS)
def test_interrupted_at_every_request(make: Make, unified: bool) -> None:
    """The account is restored, or nothing had been written; whether or not the interrupted request arrived."""
    starts = itertools.cycle(STARTS)
    for number in itertools.count(1):
        on = make(unified, next(starts))
        before = on.state()
        fetch = on.exchange.fetch
        requests = interrupting(on, {number}, arrived=number % 3 > 0)
        try:
            found = on.learn()
        except KeyboardInterrupt:
            found = LearnRun(DemoAccount(on.exchange))
        on.exchange.fetch = fetch
        if requests() < number:
            break
        assert set(changed(before, on)) <= {"row"}
        assert unnamed(before, on, found) == []
        assert found.restored
    assert number > 50


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("unified", KINDS)
def test_interrupted_twice(make: Make, unified: bool) -> None:
    """The second Ctrl-C ends the restoring too, and then it is said what may be left."""
    left = 0
    for number in itertools.count(40, 7):
        on = make(unified, ("isolated", "hedge"))
        before = on.state()
        fetch = on.exchange.fetch
        interrupting(on, {number, number + 3}, arrived=True)
        found = on.learn()
        on.exchange.fetch = fetch
        assert unnamed(before, on, found) in ([], ["row"])
        left += bool(found.not_restored)
        if not found.interrupts:
            break
        if found.interrupts < 2:
            continue  # the account was restored before the second one
        assert found.trouble == "interrupted; interrupted"
    assert left > 3


@pytest.mark.parametrize("offset", range(3))
@pytest.mark.parametrize("unified", KINDS)
def test_faults_in_between(make: Make, unified: bool, offset: int) -> None:
    """Waited out, without a wrong answer: a repeated write may be refused because the first try arrived."""
    on = make(unified, ("isolated", "hedge"))
    on.emulator.quirks = Quirks(same_leverage="refused", same_margin_mode="refused", unified_hedge="all")
    kinds = itertools.cycle(["drop", "drop_after", "page", "too_many", "cut", "empty", "truncate"])
    for after, kind in zip(range(10 + offset, 290, 3), kinds, strict=False):
        on.emulator.fail(Fault(kind, path="/api/", after=after))
    before = on.state()
    found = on.learn()
    right = tellable(on.emulator.quirks, unified)
    assert {name: value for name, value in answers(found).items() if value not in ("unknown", right[name])} == {}
    assert found.trouble == ""
    assert unnamed(before, on, found) == []
    assert set(changed(before, on)) <= {"row"}


@pytest.mark.parametrize("after", [25, 60, 150])
@pytest.mark.parametrize("unified", KINDS)
def test_an_exchange_that_stays_away(make: Make, unified: bool, after: int) -> None:
    """An end that says why, and names what may be changed."""
    on = make(unified, ("isolated", "hedge"))
    before = on.state()
    on.emulator.fail(Fault("drop", path="/api/", after=after, times=None))
    found = on.learn()
    assert "not restored" in found.trouble
    assert unnamed(before, on, found) in ([], ["row"])
    assert found.not_restored
    assert not found.restored


@pytest.mark.parametrize("unified", KINDS)
def test_a_position_that_cannot_be_closed(make: Make, unified: bool) -> None:
    """The run ends, and the position is named."""
    on = make(unified)
    on.emulator.fail(Fault("refuse", path="place-order", after=1, times=None, code="45001", msg="Unknown error"))
    found = on.learn()
    assert "positions cannot be closed" in found.trouble
    assert "position: was none, may be open" in found.not_restored


# --- accounts that will not do ---


@pytest.mark.parametrize("unified", KINDS)
def test_a_key_that_may_only_read(make: Make, unified: bool) -> None:
    """The end is clear, and nothing was written."""
    on = make(unified)
    on.account.permissions = ("read",)
    found = on.learn()
    assert "40014" in found.trouble
    assert found.not_restored == []
    assert set(answers(found).values()) == {"unknown"}


@pytest.mark.parametrize("unified", KINDS)
def test_an_account_without_play_money(make: Make, unified: bool) -> None:
    """What needs no position is answered, with the reason for the rest."""
    on = make(unified)
    on.emulator.fail(
        Fault("refuse", path="place-order", times=None, code="40762", msg="The order amount exceeds the balance")
    )
    before = on.state()
    found = on.learn()
    assert answers(found)["same_leverage"] == "success"
    assert "40762" in found.answers["close_mode"].seen
    assert unnamed(before, on, found) == []


@pytest.mark.parametrize("unified", KINDS)
def test_a_position_in_the_contract(make: Make, unified: bool) -> None:
    """What it blocks is left out, with the reason, and nothing is written."""
    on = make(unified, ("cross", "one-way"))
    _buy(on, SYMBOL)
    on.emulator.clear()
    found = on.learn()
    assert [each for each in on.emulator.requests if each.method == "POST"] == []
    assert "position or an order is open in BTCUSDT" in found.answers["capitals"].seen
    assert found.answers["s_products"].outcome == "served"
    assert found.not_restored == []


@pytest.mark.parametrize("unified", KINDS)
def test_a_position_in_another_contract(make: Make, unified: bool) -> None:
    """Only what needs the other position mode is left out."""
    on = make(unified, ("cross", "one-way"))
    _buy(on, "ETH/USDT:USDT")
    before = on.state()
    found = on.learn()
    assert answers(found)["capitals"] == "any"
    assert (
        "needs hedge_mode, but a position or an order is open in ETHUSDT"
        in found.answers["leverage_alone_in_hedge"].seen
    )
    assert changed(before, on) == []


def _buy(on: Learner, symbol: str) -> None:
    params = {"uta": on.account.unified, "marginMode": "crossed", "oneWayMode": True}
    on.exchange.create_order(symbol, "market", "buy", 0.01, None, params)
