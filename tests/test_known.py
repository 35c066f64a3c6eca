"""What one call has read, and what one object remembers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bitget_leverage_ext.account import UNIFIED, Memory, View
from bitget_leverage_ext.rules.account import InForce, Modes
from bitget_leverage_ext.rules.forms import ALL, FIGURES, SIDED
from bitget_leverage_ext.rules.plan import BOTH_SIDES, ONE_SIDE
from bitget_leverage_ext.rules.products import Contract

BTC = Contract("BTC/USDT:USDT", "BTCUSDT", "USDT-FUTURES", "USDT", None, None)
ETH = Contract("ETH/USDT:USDT", "ETHUSDT", "USDT-FUTURES", "USDT", None, None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    clock = SimpleNamespace(now=0.5)
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    return clock


def test_a_reading_is_good_for_a_second(clock: Any) -> None:
    """Counted from when it was asked for; then it is gone, and what was never read is not there."""
    view = View()
    assert view.get("x") is None
    view.keep("x", "answer", asked=10.0)
    for clock.now, answer in ((10.0, "answer"), (10.99, "answer"), (11.0, None), (50.0, None)):
        assert view.get("x") == answer
        assert view.get("y") is None
    assert View().get("x") is None


def test_a_reading_from_before_a_write_is_none(clock: Any) -> None:
    """It was asked for after the write, or it may have seen what was there before."""
    view = View()
    view.keep("x", "answer", asked=0.5)
    assert view.get("x") == "answer", "however young the machine's clock is"
    assert [view.get("x", since) for since in (0.4, 0.5, 0.6)] == ["answer", None, None]


def test_modes_are_learnt_one_by_one() -> None:
    """The margin mode is the contract's, the position mode the product type's; silence forgets nothing."""
    memory = Memory()
    memory.learn(BTC, InForce(Modes("isolated", "hedge_mode")))
    memory.learn(BTC, InForce(Modes()))
    assert memory.modes(BTC) == Modes("isolated", "hedge_mode")
    assert memory.modes(ETH) == Modes(None, "hedge_mode")
    memory.learn(ETH, InForce(Modes("crossed")))
    assert memory.modes(ETH) == Modes("crossed", "hedge_mode")


@pytest.mark.parametrize(
    ("answer", "positions"),
    [
        ({"data": {"holdMode": "one_way_mode"}}, {UNIFIED: "one_way_mode"}),
        ({"data": {}}, {UNIFIED: "hedge_mode"}),
        ({}, {UNIFIED: "hedge_mode"}),
    ],
)
def test_a_unified_accounts_settings(answer: Any, positions: Any) -> None:
    """Its one position mode, where they tell it."""
    memory = Memory(positions={UNIFIED: "hedge_mode"})
    memory.learn_settings(answer)
    assert memory.positions == positions


def test_forms() -> None:
    """What was accepted is tried first, what was refused last; of each cell and account type by itself."""
    memory = Memory()
    assert memory.forms(True, BOTH_SIDES) == (FIGURES, ALL, SIDED)
    memory.judged(True, BOTH_SIDES, FIGURES, accepted=False)
    assert memory.forms(True, BOTH_SIDES) == (ALL, SIDED, FIGURES)
    memory.judged(True, BOTH_SIDES, SIDED, accepted=True)
    assert memory.forms(True, BOTH_SIDES) == (SIDED, ALL, FIGURES)
    assert memory.forms(False, BOTH_SIDES) == (FIGURES, SIDED)
    assert memory.forms(True, ONE_SIDE) == (SIDED, FIGURES, ALL)
    memory.judged(True, BOTH_SIDES, FIGURES, accepted=True)
    assert memory.forms(True, BOTH_SIDES) == (FIGURES, ALL, SIDED)
    assert not memory.refusals(True, BOTH_SIDES)
    memory.judged(True, BOTH_SIDES, ALL, accepted=False)
    memory.judged(True, BOTH_SIDES, FIGURES, accepted=False)
    assert memory.refusals(True, BOTH_SIDES) == {ALL, FIGURES}


def test_writes_that_may_still_arrive(clock: Any) -> None:
    """Each for as long as its timestamp is valid, and for its own contract."""
    memory = Memory()
    assert memory.still_coming(BTC) == []
    clock.now = 100.0
    memory.unanswered(BTC, "long 10x")
    clock.now = 110.0
    memory.unanswered(BTC, "5x")
    for clock.now, figures in (
        (110.0, ["long 10x", "5x"]), (129.9, ["long 10x", "5x"]), (130.0, ["5x"]), (140.0, []),
    ):  # fmt: skip
        assert memory.still_coming(BTC) == figures
        assert memory.still_coming(ETH) == []
    assert memory.late == {}


def test_another_account_type() -> None:
    """What the account was is forgotten; what the caller chose, and what he sent, stays."""
    memory = Memory(relisted=True)
    memory.learn(BTC, InForce(Modes("isolated", "hedge_mode")))
    memory.judged(True, BOTH_SIDES, SIDED, accepted=True)
    memory.judged(True, BOTH_SIDES, ALL, accepted=False)
    memory.declared[BTC.key] = "isolated"
    memory.chose(BTC, "isolated", "crossed")
    memory.opened[BTC.key] = "isolated"
    memory.forget_account()
    assert memory == Memory(
        declared={BTC.key: "isolated"}, traded={BTC.key: ("isolated", "crossed")}, opened={BTC.key: "isolated"}
    )
