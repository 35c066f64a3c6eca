"""Rate limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from emulator_client import START, Client, Clock

from bitget_leverage_ext.emulator import Emulator

REMAINING = "x-mbx-used-remain-limit"


@pytest.fixture
def limited(clock: Clock) -> Iterator[Client]:
    with Emulator(clock=clock, rate_limit="fixed") as emulator:
        client = Client(emulator, emulator.account)
        client.now = clock
        yield client


# when a call is made, in ms, and what is left after it; None: refused
FIXED: list[tuple[int, int | None]] = [
    (900, 4), (900, 3), (950, 2), (950, 1), (999, 0), (999, None), (1000, 4), (1100, 3), (1100, 2), (1100, 1),
    (1100, 0), (1999, None), (1999, None), (2000, 4),
]  # fmt: skip
SLIDING: list[tuple[int, int | None]] = [
    (900, 4), (900, 3), (950, 2), (950, 1), (999, 0), (999, None), (1000, None), (1899, None), (1900, 1), (1949, 0),
    (1949, None), (1950, 1),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "calls"), [("fixed", FIXED), ("sliding", SLIDING)])
def test_windows(limited: Client, clock: Clock, kind: Any, calls: list[tuple[int, int | None]]) -> None:
    limited.emulator.rate_limit = kind
    for place, (at, left) in enumerate(calls):
        clock.now = START + at
        body = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT", "leverage": str(place + 1)}
        response = limited.send("POST", "/api/v2/mix/account/set-leverage", body)
        assert response.headers[REMAINING] == str(left or 0)
        cross = limited.account.leverages("USDT-FUTURES", "BTCUSDT").cross
        if left is None:
            assert response.status_code == 429
            assert response.json() == {
                "code": "429",
                "msg": "Too Many Requests",
                "requestTime": START + at,
                "data": None,
            }
            assert cross != place + 1
        else:
            assert response.status_code == 200
            assert cross == place + 1


@pytest.mark.parametrize(
    ("is_unified", "method", "path", "per_second"),
    [
        (False, "POST", "/api/v2/mix/account/set-leverage", 5),
        (False, "POST", "/api/v2/mix/account/set-margin-mode", 5),
        (False, "POST", "/api/v2/mix/account/set-position-mode", 5), (False, "GET", "/api/v2/mix/account/account", 10),
        (True, "POST", "/api/v3/account/set-leverage", 10), (True, "POST", "/api/v3/account/set-hold-mode", 10),
        (True, "GET", "/api/v3/account/settings", 20), (False, "GET", "/api/v2/mix/market/contracts", 20),
    ],
)  # fmt: skip
def test_limit_of_each_endpoint(limited: Client, is_unified: bool, method: str, path: str, per_second: int) -> None:
    limited.account.unified = is_unified
    codes = [limited.send(method, path).status_code for _ in range(per_second + 1)]
    assert codes.index(429) == per_second


def test_budgets_are_separate(limited: Client, clock: Clock) -> None:
    other = Client(limited.emulator, limited.emulator.add_account())
    other.now = clock
    for _ in range(6):
        refused = limited.set_leverage(leverage="5")
    assert refused["code"] == "429"
    assert other.set_leverage(leverage="5")["code"] == "00000"
    assert limited.get("/api/v2/mix/account/accounts", productType="USDT-FUTURES")["code"] == "00000"


def test_a_call_that_fails_the_checks_is_not_counted(limited: Client) -> None:
    for _ in range(9):
        assert limited.send("POST", "/api/v2/mix/account/set-leverage", secret="wrong").json()["code"] == "40009"
    assert limited.set_leverage(leverage="5")["code"] == "00000"


def test_limits_turned_off(client: Client) -> None:
    for _ in range(8):
        response = client.send("GET", "/api/v2/mix/account/accounts", {"productType": "USDT-FUTURES"})
    assert response.status_code == 200
    assert REMAINING not in response.headers
