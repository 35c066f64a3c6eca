"""Many symbols: what they cost, how long they take, and that one costs only itself."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import pytest
from world import SYMBOL as S
from world import World, markets

E, X = "ETH/USDT:USDT", "XRP/USDT:USDT"


def perpetuals(count: int) -> list[str]:
    """Return so many symbols that both account types have, and that take 7x."""
    return [
        symbol for symbol, each in markets(False)["markets"].items()
        if each["swap"] and each["settle"] == "USDT" and each["active"] and each["limits"]["leverage"]["max"] > 7
    ][:count]  # fmt: skip


def world_of(client: str, unified: bool, latency: float = 0.0, **setup: Any) -> World:
    return World(client, unified=unified, latency=latency, rate_limit="sliding", **setup)


@pytest.mark.parametrize("latency", [0.05, 0.25, 0.35])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
@pytest.mark.parametrize("client", ["async", "pro"])
@pytest.mark.parametrize("how", ["set_leverages", "gather"])
def test_the_limit_of_the_exchange_is_reached_at_any_round_trip(
    how: str, client: str, unified: bool, latency: float
) -> None:
    """100 symbols, or 20 naive calls at once, within 1.05 of the shortest time of the limit, and without a 429."""
    symbols, per_second = perpetuals(100 if how == "set_leverages" else 20), 10 if unified else 5
    world = world_of(client, unified, latency)
    with world.running():
        bot = world.connect(enableRateLimit=True)
        world.run(bot.set_leverage(5, S))  # type and modes of the account are known
        world.clock.sleep(1.5)
        began, first = world.clock.now, len(world.log)

        async def gather() -> dict[str, Any]:
            calls = [bot.set_leverage(7, symbol) for symbol in symbols]
            return dict(zip(symbols, await asyncio.gather(*calls), strict=True))

        results = world.run(bot.set_leverages(dict.fromkeys(symbols, 7)) if how == "set_leverages" else gather())
        took = world.clock.now - began
    assert [each["longLeverage"] for each in results.values()] == [7] * len(symbols)
    assert "429" not in [each.code for each in world.log]
    shortest = (len(symbols) - per_second) / per_second + latency
    assert took <= 1.05 * shortest, f"{took:.2f} s, the shortest is {shortest:.2f} s"
    assert len(world.log) - first <= len(symbols) + 1


def test_naive_calls_without_a_place_in_the_rate_limit_end_at_their_deadline() -> None:
    """Nothing is begun after the deadline; the error names the limit and `set_leverages`."""
    world = world_of("async", False, 0.05)
    with world.running():
        bot = world.connect(enableRateLimit=True, options={"setLeverage": {"deadline": 2}})
        world.run(bot.set_leverage(5, S))
        world.clock.sleep(1.5)
        began = world.clock.now

        async def gather() -> list[Any]:
            return await asyncio.gather(*(bot.set_leverage(7, each) for each in perpetuals(30)), return_exceptions=True)

        outcomes = world.run(gather())
    late = [each for each in outcomes if isinstance(each, Exception)]
    assert 10 <= len(late) <= 20
    assert all(isinstance(each, ccxt.RequestTimeout) and "set_leverages()" in str(each) for each in late)
    assert world.log[-1].at - began < 2


@pytest.mark.parametrize("drawn", [0.0, 0.5, 1.0])
def test_a_symbol_that_was_sent_does_not_count_as_not_sent(monkeypatch: pytest.MonkeyPatch, drawn: float) -> None:
    """In an outage a second try may find no place in the rate limit; the error says what became of the first one."""
    monkeypatch.setattr("random.random", lambda: drawn)
    world = world_of("async", False, 0.05)
    with world.running():
        bot = world.connect(enableRateLimit=True, options={"setLeverage": {"deadline": 3}})
        world.run(bot.set_leverage(5, S))
        world.clock.sleep(1.5)
        world.fault("502", "set-leverage", -1)
        symbols, first = perpetuals(12), len(world.log)

        async def gather() -> list[Any]:
            return await asyncio.gather(*(bot.set_leverage(7, each) for each in symbols), return_exceptions=True)

        outcomes = dict(zip(symbols, world.run(gather()), strict=True))
    sent = {each.params["symbol"] for each in world.log[first:] if each.method == "POST"}
    assert sent
    for symbol, outcome in outcomes.items():
        words = "may or may not have been applied" if symbol.split("/")[0] + "USDT" in sent else "not sent, no place"
        assert words in str(outcome)


@pytest.mark.parametrize("latency", [0.05, 0.35])
def test_the_synchronous_client_sends_one_request_after_the_other(latency: float) -> None:
    """As fast as the limit and the round trip allow, and without a 429."""
    world = world_of("sync", False, latency)
    with world.running():
        bot, began = world.connect(enableRateLimit=True), world.clock.now
        bot.set_leverages(dict.fromkeys(perpetuals(20), 7))
        took = world.clock.now - began
    assert "429" not in [each.code for each in world.log]
    assert took <= 1.05 * max(20 / 5, 23 * latency) + latency * 3 + 0.1


@pytest.mark.parametrize("client", ["sync", "async", "pro"])
def test_one_bad_symbol_costs_only_itself(client: str) -> None:
    """The result has every symbol in the order of the mapping, each with its result or its error."""
    world, seen = world_of(client, False), list[Any]()
    wishes: dict[str, Any] = {
        "NOPE/USDT:USDT": 5, E: {"leverage": 9, "holdSide": "both"}, "BTC/USDT": 5, "BTW/USDT:USDT": 50, S: "12",
        X: {"longLeverage": 6, "shortLeverage": 6}, "FTT/USDT:USDT": 3, "DOGE/USDT:USDT": 2.5,
    }  # fmt: skip
    with world.running():
        results = world.run(
            world.connect(enableRateLimit=True).set_leverages(wishes, {}, lambda *told: seen.append(told))
        )
    assert list(results) == list(wishes)
    assert [told[:2] for told in seen] == [(done, 8) for done in range(1, 9)]
    assert {told[2]: told[3] for told in seen} == results
    classes = [type(each) if isinstance(each, Exception) else each["longLeverage"] for each in results.values()]
    bad, no = ccxt.BadRequest, ccxt.BadSymbol
    assert classes == [no, 9, no, bad, 12, 6, no, bad]
