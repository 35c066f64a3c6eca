"""Faults of the network: each kind, at each place where it can strike."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest
from world import SYMBOL as S
from world import World

# kind -> the class that is raised where it lasts, and what its one line says
KINDS = {
    "refused": (ccxt.NetworkError, "connection refused"), "unknown host": (ccxt.NetworkError, "unknown host"),
    "reset": (ccxt.NetworkError, "connection"), "timeout": (ccxt.RequestTimeout, "timed out"),
    "429": (ccxt.DDoSProtection, "429"), "502": (ccxt.ExchangeNotAvailable, "502"),
    "lost": (ccxt.NetworkError, "connection"), "empty": (ccxt.BaseError, ""),
}  # fmt: skip
CONNECTION_FAILS = ("refused", "unknown host")
# place -> account, part of the path, whether the object is cold
PLACES = {
    "probe of a classic account": ("classic", "account/settings"),
    "probe of a unified account": ("unified", "account/settings"),
    "markets of a classic account": ("classic", "mix/market/contracts"),
    "markets of a unified account": ("unified", "v3/market/instruments"),
    "account read": ("classic", "account/account"),
    "write on a classic account": ("classic", "set-leverage"),
    "write on a unified account": ("unified", "set-leverage"),
    "verification read": ("classic", "account/account"),
}


class Call:
    """`set_leverage(7)` of a fresh object while a fault strikes at a place."""

    def __init__(self, client: str, place: str, kind: str, times: int, **options: Any) -> None:
        account, path = PLACES[place]
        self.world = world = World(client, unified=account == "unified")
        self.result: Any = None
        self.error: Exception | None = None
        config = {"timeout": 2_000, "options": {"setLeverage": options}}
        with world.running():
            bot = world.connect(cold="probe" in place or "markets" in place, **config)
            if place == "verification read":
                world.run(bot.set_leverage(5, S))
            world.fault(kind, path, times)
            self.began = world.clock.now
            params = {"verify": "read"} if place == "verification read" else {}
            try:
                self.result = world.run(bot.set_leverage(7, S, params))
            except Exception as error:
                self.error = error
            self.took = world.clock.now - self.began
        self.requests = [each for each in world.log if each.at >= self.began and path in each.path]
        self.leverage = world.account.leverages(S).cross


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("client", ["sync", "async"])
def test_a_fault_that_passes_is_waited_out(client: str, place: str, kind: str) -> None:
    """Two faults in a row cost time and nothing else: the leverage is set, and reported."""
    call = Call(client, place, kind, 2)
    assert call.error is None, f"{kind} at the {place}: {call.error!r}"
    assert call.leverage == call.result["longLeverage"] == 7
    assert 0 < call.took < 10


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "empty"])
@pytest.mark.parametrize("place", PLACES)
def test_a_fault_that_lasts_ends_the_call_at_its_deadline(place: str, kind: str) -> None:
    """Nothing is begun after the deadline of the whole call; the error has ccxt's class, and the cause in one line."""
    deadline = 10 if "write" in place else 3
    call = Call("sync", place, kind, -1, deadline=deadline)
    cls, words = KINDS[kind]
    assert isinstance(call.error, cls), f"{kind} at the {place}: {call.error!r}"
    assert isinstance(call.error.__cause__, BaseException)
    text = str(call.error)
    assert words in text.lower() and "\n" not in text.split("<html")[0], text
    assert kind == "timeout" or f"{deadline} s" in text, text
    assert all(each.at < call.began + deadline for each in call.requests)
    assert call.took <= deadline + 2.1
    if kind != "timeout":
        assert call.took <= deadline, f"took {call.took:.2f} s"
    if "write" in place and kind != "429":
        assert ("may or may not" in text) == (kind not in CONNECTION_FAILS), text


@pytest.mark.parametrize(
    ("drawn", "tries"),
    [
        (0.0, [0, 0.1, 0.3, 0.7, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 9.95]),
        (1.0, [0, 0.2, 0.6, 1.4, 3.0, 5.0, 7.0, 9.0, 9.95]),
    ],
)
def test_the_waits_between_tries_grow_and_half_of_each_is_random(
    monkeypatch: pytest.MonkeyPatch, drawn: float, tries: list[float]
) -> None:
    """0.2 s at most, twice as much after each try, 2 s at most; a last try stands just before the deadline."""
    monkeypatch.setattr("random.random", lambda: drawn)
    call = Call("sync", "write on a classic account", "502", -1)
    assert [each.at - call.requests[0].at for each in call.requests] == pytest.approx(tries)
