"""Modes changed by somebody else between two calls are noticed, and the second call is right."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from bitget_leverage_ext.emulator import Emulator, Fault, Quirks

S, P, ID = "BTC/USDT:USDT", "USDT-FUTURES", "BTCUSDT"
ISOLATED = {"marginMode": "isolated"}
STATES = list(itertools.product(("crossed", "isolated"), ("one_way_mode", "hedge_mode")))


@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.parametrize("side", [None, "long"])
@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in itertools.product(STATES, STATES) if pair[0] != pair[1]]
)
def test_modes_change_between_two_calls(
    emulator: Emulator, client: Any, before: tuple[str, str], after: tuple[str, str], side: str | None, unified: bool
) -> None:
    """From any state to any other: the account ends with what was asked for the state it is in, or it is refused."""
    account = emulator.account
    account.unified = unified
    params = {"holdSide": side} if side else {}

    if unified:
        emulator.quirks = Quirks(unified_row="list")

    def put(state: tuple[str, str]) -> None:
        account.set_margin_mode(P, ID, state[0])
        account.set_position_mode(P, state[1])
        if unified:  # nobody but this object decides whose leverage it sets
            client.set_margin_mode(state[0], S)

    put(before)
    client.set_leverage(7, S, {"holdSide": "both"})
    put(after)
    if after == ("isolated", "hedge_mode") and side is None:
        with pytest.raises(ccxt.ArgumentsRequired):
            client.set_leverage(9, S, params)
        figures = account.figures(P, ID)
        assert 9 not in (figures.long, figures.short, figures.cross)
        return
    held = account.figures(P, ID)
    result = client.set_leverage(9, S, params)
    figures = account.figures(P, ID)
    if after[0] == "crossed":
        assert (figures.cross, result["marginMode"], result["longLeverage"]) == (9, "cross", 9)
    else:
        assert (figures.long, result["marginMode"], result["longLeverage"]) == (9, "isolated", 9)
        assert figures.short == (9 if after[1] == "one_way_mode" else held.short)


def test_memory_alone_refuses_nothing(emulator: Emulator, client: Any) -> None:
    """A refusal that rests on memory is checked against the account first."""
    account = emulator.account
    account.set_margin_mode(P, ID, "isolated")
    account.set_position_mode(P, "hedge_mode")
    client.set_leverage(7, S, {"holdSide": "both"})
    account.set_position_mode(P, "one_way_mode")
    assert client.set_leverage(9, S)["longLeverage"] == 9
    account.set_position_mode(P, "hedge_mode")
    client.set_leverage(None, S, {"longLeverage": 20, "shortLeverage": 5})
    figures = account.figures(P, ID)
    assert (figures.long, figures.short) == (20, 5)


def test_the_cross_trap_is_told(emulator: Emulator, client: Any) -> None:
    """Two figures sent to an account that has since become crossed took effect on the one: the error says so."""
    account = emulator.account
    account.set_margin_mode(P, ID, "isolated")
    account.set_position_mode(P, "hedge_mode")
    client.set_leverage(7, S, {"holdSide": "both"})
    account.set_margin_mode(P, ID, "crossed")
    with pytest.raises(ccxt.BadRequest, match=r"in force: crossed, hedge, leverage 30x"):
        client.set_leverage(None, S, {"longLeverage": 30, "shortLeverage": 5})
    assert account.figures(P, ID).cross == 30


def test_own_setters_are_remembered(emulator: Emulator, client: Any) -> None:
    """What this object's own calls said saves the read."""
    client.load_markets()
    emulator.account.set_position_mode(P, "hedge_mode")
    client.set_position_mode(True, S)
    client.set_margin_mode("isolated", S)
    emulator.clear()
    client.set_leverage(9, S, {"holdSide": "short"})
    assert [request.method for request in emulator.requests] == ["POST"]
    emulator.clear()
    client.fetch_leverage("ETH/USDT:USDT")
    client.set_leverage(9, "ETH/USDT:USDT")
    assert [request.method for request in emulator.requests] == ["GET", "POST"]


@pytest.mark.parametrize("unified", [False, True])
def test_the_sequence_of_freqtrade(emulator: Emulator, cold: Any, unified: bool) -> None:
    """set_position_mode, set_margin_mode, set_leverage: 7x isolated, with no read beyond the probe."""
    account = emulator.account
    account.unified = unified
    cold.load_markets()
    emulator.clear()
    cold.set_position_mode(False)
    cold.set_margin_mode("isolated", S, {})
    cold.set_leverage(symbol=S, leverage=7.0)
    # a declaration on a unified account reads once: it may have become a classic one
    assert [request.method for request in emulator.requests].count("GET") == (1 if unified else 0)
    figures = account.figures(P, ID)
    assert (figures.long, figures.short, figures.cross) == (7, 7, 20)
    assert account.margin_mode(P, ID) == "isolated"


@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.parametrize("margin", ["crossed", "isolated"])
def test_skip_unchanged(emulator: Emulator, client: Any, unified: bool, margin: str) -> None:
    """Read first, write only what differs; the result is the same either way."""
    account = emulator.account
    account.unified = unified
    account.set_position_mode(P, "one_way_mode")
    account.set_margin_mode(P, ID, margin)
    if unified:
        client.set_margin_mode(margin, S)
    written = client.set_leverage(9, S)
    emulator.clear()
    skipped = client.set_leverage(9, S, {"skipUnchanged": True})
    assert [request.method for request in emulator.requests] == ["GET"]
    for key in ("symbol", "marginMode", "longLeverage", "shortLeverage", "code", "msg"):
        assert skipped[key] == written[key]
    client.set_leverage(11, S, {"skipUnchanged": True})
    figures = account.figures(P, ID)
    assert (figures.cross if margin == "crossed" else figures.long) == 11


def test_skip_unchanged_needs_both_sides(emulator: Emulator, client: Any) -> None:
    """One side that differs is enough for a write."""
    account = emulator.account
    account.set_position_mode(P, "hedge_mode")
    account.set_margin_mode(P, ID, "isolated")
    account.set_figures(P, ID, long=9, short=5)
    client.set_leverage(9, S, {"holdSide": "both", "skipUnchanged": True})
    assert (account.figures(P, ID).long, account.figures(P, ID).short) == (9, 9)
    assert len(emulator.writes) == 1


def test_leverage_alone_sets_both_sides_of_a_changed_account(emulator: Emulator, client: Any) -> None:
    """Remembered as crossed, in isolated hedge mode by now, on an exchange that takes a leverage without a side."""
    emulator.quirks = Quirks(leverage_alone_in_hedge="both")
    account = emulator.account
    account.set_position_mode(P, "hedge_mode")
    client.set_leverage(7, S)
    account.set_margin_mode(P, ID, "isolated")
    with pytest.raises(ccxt.ArgumentsRequired, match=r"in force: isolated, hedge, long 9x, short 9x"):
        client.set_leverage(9, S)


@pytest.mark.parametrize("prelude", ["load_markets", "fetch_leverage"])
@pytest.mark.parametrize("many", [False, True])
def test_unified_settings_of_an_earlier_call(emulator: Emulator, cold: Any, prelude: str, many: bool) -> None:
    """What the settings said before the call proves nothing: skipUnchanged and the margin mode look anew."""
    account = emulator.account
    account.unified = True
    account.set_position_mode(P, "one_way_mode")
    account.set_margin_mode(P, ID, "crossed")
    account.set_figures(P, ID, cross=10)

    def put(figure: int, params: dict[str, Any]) -> Any:
        return cold.set_leverages({S: figure}, params)[S] if many else cold.set_leverage(figure, S, params)

    cold.load_markets() if prelude == "load_markets" else cold.fetch_leverage(S)
    account.set_figures(P, ID, cross=50)
    put(10, {"skipUnchanged": True})
    assert account.figures(P, ID).cross == 10
    cold.load_markets() if prelude == "load_markets" else cold.fetch_leverage(S)
    account.set_margin_mode(P, ID, "isolated")
    assert put(12, {})["marginMode"] == "cross", "the row does not decide"
    assert (account.figures(P, ID).cross, account.figures(P, ID).long) == (12, 20)


def sides_together(emulator: Emulator) -> Any:
    """A unified account in hedge mode that takes both sides at once, and tells both."""
    emulator.quirks = Quirks(unified_row="list")
    emulator.account.unified = True
    emulator.account.set_position_mode(P, "hedge_mode")
    emulator.account.set_figures(P, ID, long=20, short=20, margin_mode="isolated")
    return emulator.account


@pytest.mark.parametrize("kind", ["async", "pro"])
def test_each_of_two_tasks_sets_a_side(emulator: Emulator, cold: Any) -> None:
    """Neither undoes the other with a figure that it read before the other wrote."""
    account = sides_together(emulator)

    async def both() -> list[Any]:
        wanted = (("long", 10), ("short", 5))
        calls = [cold.exchange.set_leverage(figure, S, {"holdSide": side, **ISOLATED}) for side, figure in wanted]
        return await asyncio.gather(*calls)

    results = cold.run(both())
    figures = account.figures(P, ID)
    assert (figures.long, figures.short) == (10, 5)
    assert (results[-1]["longLeverage"], results[-1]["shortLeverage"]) == (10, 5)


@pytest.mark.parametrize("kind", ["sync"])
def test_a_batch_does_not_undo_what_its_progress_sets(emulator: Emulator, connect: Callable[..., Any]) -> None:
    """What the batch read before is no figure of the other side any more."""
    account, client = sides_together(emulator), connect()

    def progress(done: int, *_: Any) -> None:
        if done == 1:
            client.set_leverage(5, S, {"holdSide": "short", **ISOLATED})

    outcomes = client.set_leverages(
        {"ETH/USDT:USDT": {"side": "both", "leverage": 7}, S: {"long": 10}}, ISOLATED, progress
    )
    figures = account.figures(P, ID)
    assert (figures.long, figures.short) == (10, 5)
    assert (outcomes[S]["longLeverage"], outcomes[S]["shortLeverage"]) == (10, 5)


@pytest.mark.parametrize("kind", ["async", "pro"])
def test_who_is_cancelled_takes_nobody_along(emulator: Emulator, cold: Any) -> None:
    """Two tasks that begin together load the markets once; the second has its leverage though the first gave up."""
    emulator.fail(Fault("stall", path="contracts", seconds=3600))

    async def both() -> Any:
        calls = [asyncio.ensure_future(cold.exchange.set_leverage(7, symbol)) for symbol in (S, "ETH/USDT:USDT")]
        while not any("contracts" in request.path for request in emulator.requests):
            await asyncio.sleep(0)
        calls[0].cancel()
        await asyncio.wait(calls[:1])
        emulator.release()
        return await calls[1]

    assert cold.run(both())["longLeverage"] == 7
    assert [emulator.account.figures(P, id).cross for id in (ID, "ETHUSDT")] == [20, 7]
