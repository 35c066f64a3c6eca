"""``learn``: it names the emulator's quirks from outside, and leaves the account as it was, whatever comes between."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from learner import (
    CLASSIC,
    ID,
    PRODUCT,
    STARTS,
    SYMBOL,
    UNIFIED,
    VALUES,
    Learner,
    answers,
    learner,
    pairwise,
    tellable,
)

from bitget_leverage_ext import faults
from bitget_leverage_ext.cli.learn import asking, questions, session
from bitget_leverage_ext.cli.learn.accounts import CROSS_FIGURE, LONG_FIGURE, MARGIN, POSITION, SHORT_FIGURE
from bitget_leverage_ext.cli.learn.session import Findings
from bitget_leverage_ext.emulator import Emulator, Fault, Quirks

Make = Callable[..., Learner]
KINDS = [pytest.param(False, id="classic"), pytest.param(True, id="unified")]
NAMES = {False: CLASSIC, True: UNIFIED}


@pytest.fixture
def make(emulator: Emulator, markets: dict[str, Any], unified_markets: dict[str, Any]) -> Make:
    """A demo account of the emulator, with the markets loaded."""
    return lambda unified: learner(emulator, unified_markets if unified else markets, unified)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "WAIT", lambda _: 0.0)
    monkeypatch.setattr(session, "RESTORING", 0.5)


def truth(on: Learner) -> dict[str, Any]:
    """What the account really holds, told or not."""
    account = on.account
    figures = account.figures(PRODUCT, ID)
    return {
        POSITION: account.position_mode(PRODUCT),
        MARGIN: account.margin_mode(PRODUCT, ID),
        CROSS_FIGURE: figures.cross,
        LONG_FIGURE: figures.long,
        SHORT_FIGURE: figures.short,
    }


def unnamed(before: dict[str, Any], on: Learner, found: Findings) -> list[str]:
    """What is not as it was, and not named either."""
    named = " ".join(found.not_restored)
    whole = "leverages:" in named
    sides = "each side" in named
    changed = [name for name, value in truth(on).items() if value != before[name]]
    return [
        name for name in changed if not (name in named or whole or (sides and name in (LONG_FIGURE, SHORT_FIGURE)))
    ]  # fmt: skip


def held_to(on: Learner, start: Any, unified: bool) -> None:
    """Run it, and hold answers and account to what they must be."""
    on.start(start)
    before, really = on.state(), truth(on)
    found = on.learn()
    assert found.trouble == ""
    assert answers(found) == tellable(on.emulator.quirks, unified)
    assert unnamed(really, on, found) == []
    assert found.put_back
    if start is not None or not unified:  # a unified account has a row from the first write on
        assert on.state() == before


def pairs(unified: bool) -> Iterator[dict[str, Any]]:
    return pairwise({**{name: VALUES[name] for name in NAMES[unified]}, "start": STARTS})


@pytest.mark.parametrize("unified", KINDS)
def test_every_pair_of_quirks_from_every_start(make: Make, unified: bool) -> None:
    """No answer hides another, and every start is come back to."""
    for combination in pairs(unified):
        on = make(unified)
        start = combination.pop("start")
        on.emulator.quirks = Quirks(**combination)
        held_to(on, start, unified)


def test_the_pairs_are_all_there() -> None:
    """The helper of the test above."""
    seen = [dict(each) for each in pairs(True)]
    for one, two in itertools.combinations(UNIFIED, 2):
        assert {(each[one], each[two]) for each in seen} == set(itertools.product(VALUES[one], VALUES[two]))


# --- whatever comes between ---


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two experiments, which write everything that there is to write."""
    kept = ("leverage_alone_in_hedge", "unneeded_hold_side", "unified_one_way")
    everything = questions.of
    monkeypatch.setattr(session, "of", lambda kind: [each for each in everything(kind) if each.name in kept])


def interrupting(on: Learner, numbers: set[int], arrived: bool) -> Callable[[], int]:
    """Ctrl-C at these requests, before they are sent or before their answer is seen; tells how many there were."""
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
    """The account is put back, or nothing had been written; whether or not the interrupted request arrived."""
    starts = itertools.cycle(STARTS[:4])
    for number in itertools.count(1):
        on = make(unified)
        on.start(next(starts))
        before, really = on.state(), truth(on)
        fetch = on.exchange.fetch
        requests = interrupting(on, {number}, arrived=number % 3 > 0)
        try:
            found = on.learn()
        except KeyboardInterrupt:
            found = Findings("", "")
        on.exchange.fetch = fetch
        if requests() < number:
            break
        assert on.state() == before
        assert unnamed(really, on, found) == []
        assert found.put_back
    assert number > 30


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("unified", KINDS)
def test_interrupted_twice(make: Make, unified: bool) -> None:
    """The second Ctrl-C ends the putting back too, and then it is said what may be left."""
    left = 0
    for number in range(16, 36, 3):
        on = make(unified)
        on.start(("isolated", "hedge_mode"))
        really = truth(on)
        interrupting(on, {number, number + 2}, arrived=True)
        found = on.learn()
        assert found.trouble.startswith("interrupted")
        assert unnamed(really, on, found) == []
        left += bool(found.not_restored)
    assert left > 3


REFUSING = {False: Quirks(same_leverage="refused", same_margin_mode="refused"), True: Quirks(same_leverage="refused")}


@pytest.mark.parametrize("kind", ["drop", "drop_after", "page", "too_many", "cut", "empty"])
@pytest.mark.parametrize("unified", KINDS)
def test_faults_in_between(make: Make, unified: bool, kind: str) -> None:
    """Waited out, without a wrong answer: a repeated write may be refused because the first try arrived."""
    on = make(unified)
    on.emulator.quirks = REFUSING[unified]
    for after in range(12, 90 if unified else 66, 24):
        on.emulator.fail(Fault(kind, path="/api/", after=after))
    held_to(on, ("isolated", "hedge_mode"), unified)


@pytest.mark.parametrize("kind", ["drop", "page", "too_many"])
@pytest.mark.parametrize("unified", KINDS)
def test_an_exchange_that_stays_away(make: Make, unified: bool, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end that says why, and names what may be changed."""
    monkeypatch.setattr(asking, "PATIENCE", 0.05)
    monkeypatch.setattr(session, "RESTORING", 0.05)
    on = make(unified)
    on.start(("isolated", "hedge_mode"))
    really = truth(on)
    on.emulator.fail(Fault(kind, path="/api/", after=40, times=None))
    found = on.learn()
    assert "not put back" in found.trouble
    assert unnamed(really, on, found) == []
    assert found.not_restored
    assert not found.put_back


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
def test_a_position_in_the_contract(make: Make, unified: bool) -> None:
    """What it blocks is left out, with the reason, and nothing is written."""
    on = make(unified)
    on.start(("crossed", "one_way_mode"))
    _buy(on, SYMBOL)
    on.emulator.clear()
    found = on.learn()
    assert [each for each in on.emulator.requests if each.method == "POST"] == []
    assert "position or an order is open in BTCUSDT" in found.answers["capitals"].seen
    assert found.answers["s_products"].value == "served"
    assert found.not_restored == []


@pytest.mark.parametrize("unified", KINDS)
def test_a_position_in_another_contract(make: Make, unified: bool) -> None:
    """Only what needs the other position mode is left out."""
    on = make(unified)
    on.start(("crossed", "one_way_mode"))
    _buy(on, "ETH/USDT:USDT")
    before = on.state()
    found = on.learn()
    assert found.answers["capitals"].value == "any"
    assert (
        "needs hedge mode, but a position or an order is open in ETHUSDT"
        in found.answers["leverage_alone_in_hedge"].seen
    )
    assert not any(POSITION in each for each in found.not_restored)
    assert on.state() == before


def _buy(on: Learner, symbol: str) -> None:
    params = {"uta": on.account.unified, "marginMode": "crossed", "oneWayMode": True}
    on.exchange.create_order(symbol, "market", "buy", 0.01, None, params)


@pytest.mark.parametrize("unified", KINDS)
def test_other_codes_and_words(make: Make, unified: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is decided by what a refusal says."""
    from bitget_leverage_ext.emulator import server

    def foreign(self: Any, code: str, msg: str, status: int = 400) -> None:
        Exception.__init__(self, code)
        self.code, self.msg, self.status = "31337", "computer says no", status if status != 429 else 400

    monkeypatch.setattr(server.Refusal, "__init__", foreign)
    strange = {
        False: Quirks(dialect="2025-03", unneeded_hold_side="refused", same_margin_mode="refused", capitals="required"),
        True: Quirks(unified_hedge="all", unified_one_way="per_side", capitals="required", same_leverage="refused"),
    }
    on = make(unified)
    on.emulator.quirks = strange[unified]
    held_to(on, ("isolated", "hedge_mode"), unified)
