"""Many symbols: what it costs, that one bad symbol costs only itself, and that nobody is throttled by himself."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import ccxt
import pytest
from clients import perpetuals

from bitget_leverage_ext import drive
from bitget_leverage_ext.drive import Budget, Pace
from bitget_leverage_ext.emulator import Emulator, Fault

P = "USDT-FUTURES"


def methods(emulator: Emulator) -> dict[str, int]:
    seen = [request.method for request in emulator.requests if "/account/" in request.path]
    return {method: seen.count(method) for method in set(seen)}


def test_one_way_classic(emulator: Emulator, client: Any) -> None:
    """100 symbols: 100 writes, one read, and the probe."""
    emulator.account.set_position_mode(P, "one_way_mode")
    symbols = perpetuals(client, 100)
    outcomes = client.set_leverages(dict.fromkeys(symbols, 7))
    assert list(outcomes) == symbols
    assert {outcome["longLeverage"] for outcome in outcomes.values()} == {7}
    assert methods(emulator) == {"GET": 2, "POST": 100}
    for symbol in symbols:
        assert emulator.account.figures(P, client.exchange.markets[symbol]["id"]).cross == 7


def test_unified(emulator: Emulator, client: Any) -> None:
    """One read in all, which is the probe, whatever the modes."""
    emulator.account.unified = True
    symbols = [*perpetuals(client, 30), "BTC/USD:BTC", "BTC/USDC:USDC"]
    client.set_leverages(dict.fromkeys(symbols, 7))
    assert methods(emulator) == {"GET": 1, "POST": 32}
    emulator.clear()
    client.set_leverages(dict.fromkeys(symbols, 7), {"skipUnchanged": True})
    assert methods(emulator) == {"GET": 1}


def test_hedge_classic(emulator: Emulator, client: Any) -> None:
    """In hedge mode a read a symbol, and one write each."""
    emulator.account.set_position_mode(P, "hedge_mode")
    symbols = perpetuals(client, 20)
    for symbol in symbols[::2]:
        emulator.account.set_margin_mode(P, client.exchange.markets[symbol]["id"], "isolated")
    outcomes = client.set_leverages(dict.fromkeys(symbols, 7), {"holdSide": "short"})
    assert [outcome["shortLeverage"] for outcome in outcomes.values()] == [7] * 20
    assert methods(emulator) == {"GET": 21, "POST": 20}
    emulator.clear()
    client.set_leverages(dict.fromkeys(symbols, 7), {"holdSide": "short", "skipUnchanged": True})
    assert methods(emulator) == {"GET": 20}


def test_forms_and_failures(emulator: Emulator, client: Any) -> None:
    """The three forms of a wish; one bad symbol costs only itself, and the result says what it met."""
    account = emulator.account
    for product_type, id in (
        (P, "BTCUSDT"),
        (P, "ETHUSDT"),
        ("COIN-FUTURES", "BTCUSD"),
        ("SUSDT-FUTURES", "SBTCSUSDT"),
    ):
        account.set_position_mode(product_type, "hedge_mode")
        account.set_margin_mode(product_type, id, "isolated")
    wishes: dict[str, Any] = {
        "NOPE/USDT:USDT": 5,
        "BTC/USDT:USDT": {"longLeverage": 20, "shortLeverage": 6},
        "BTC/USDT": 5,
        "ETH/USDT:USDT": {"leverage": 9, "holdSide": "short"},
        "BTW/USDT:USDT": 50,
        "BTC/USD:BTC": 8,
        "SBTC/SUSDT:SUSDT": {"leverage": 11, "posSide": "both"},
        "FTT/USDT:USDT": 3,
        "XRP/USDT:USDT": None,
        "DOGE/USDT:USDT": "12",
    }
    seen: list[tuple[int, int, str, Any]] = []
    outcomes = client.set_leverages(wishes, progress=lambda *told: seen.append(told))
    assert list(outcomes) == list(wishes)
    errors = {symbol: type(outcome) for symbol, outcome in outcomes.items() if isinstance(outcome, Exception)}
    assert errors == {
        "NOPE/USDT:USDT": ccxt.BadSymbol,
        "BTC/USDT": ccxt.BadSymbol,
        "BTW/USDT:USDT": ccxt.BadRequest,
        "BTC/USD:BTC": ccxt.ArgumentsRequired,
        "FTT/USDT:USDT": ccxt.BadSymbol,
        "XRP/USDT:USDT": ccxt.BadRequest,
    }
    assert (account.figures(P, "BTCUSDT").long, account.figures(P, "BTCUSDT").short) == (20, 6)
    assert (account.figures(P, "ETHUSDT").long, account.figures(P, "ETHUSDT").short) == (20, 9)
    assert account.figures("SUSDT-FUTURES", "SBTCSUSDT").short == 11
    assert account.figures(P, "DOGEUSDT").cross == 12
    assert [(done, total) for done, total, _, _ in seen] == [(n, 10) for n in range(1, 11)]
    assert {symbol: outcome for _, _, symbol, outcome in seen} == outcomes


@pytest.mark.parametrize("leverages", [None, 5, ["BTC/USDT:USDT"], "BTC/USDT:USDT"])
def test_no_mapping(emulator: Emulator, client: Any, leverages: Any) -> None:
    """What is no mapping is refused before anything is sent."""
    with pytest.raises(ccxt.BadRequest, match="map symbols to leverages"):
        client.set_leverages(leverages)
    assert emulator.requests == []


def test_nothing_to_do(emulator: Emulator, client: Any) -> None:
    """Nothing asked, nothing sent."""
    client.exchange.markets = None
    assert client.set_leverages({}) == {}
    assert emulator.requests == []


def test_no_beginning(emulator: Emulator, client: Any) -> None:
    """Where the account type cannot be known, nothing is begun."""
    emulator.fail(Fault("page", path="settings", times=None))
    with pytest.raises(ccxt.ExchangeNotAvailable):
        client.set_leverages({"BTC/USDT:USDT": 5})
    assert emulator.writes == []


def test_changed_account_type(emulator: Emulator, client: Any) -> None:
    """An account that changes type before a batch is followed by every symbol."""
    symbols = perpetuals(client, 12)
    client.set_leverage(5, symbols[0])
    emulator.account.unified = True
    outcomes = client.set_leverages(dict.fromkeys(symbols, 7))
    assert {outcome["longLeverage"] for outcome in outcomes.values()} == {7}


@pytest.mark.parametrize("limit", ["fixed", "sliding"])
@pytest.mark.parametrize("unified", [False, True])
def test_paced_at_the_exchanges_limit(emulator: Emulator, connect: Any, limit: Any, unified: bool) -> None:
    """With ccxt's rate limit on, no call is refused as one too many, and every symbol is set."""
    emulator.rate_limit = limit
    emulator.account.unified = unified
    emulator.account.set_position_mode(P, "one_way_mode")
    client = connect(enableRateLimit=True)
    symbols = perpetuals(client, 13 if unified else 7)
    client.set_leverages(dict.fromkeys(symbols, 7))
    assert [write.code for write in emulator.writes] == ["00000"] * len(symbols)


def test_429_is_waited_out(emulator: Emulator, connect: Any) -> None:
    """Calls that others on the same key use up: waited for, nobody fails."""
    emulator.rate_limit = "sliding"
    emulator.account.set_position_mode(P, "one_way_mode")
    client = connect(enableRateLimit=False)  # paces nothing: the second it shares is always taken
    symbols = perpetuals(client, 7)
    outcomes = client.set_leverages(dict.fromkeys(symbols, 7))
    assert [outcome["longLeverage"] for outcome in outcomes.values()] == [7] * 7


def test_pace() -> None:
    """Never more than the budget's calls within a second, and no wait where there is room."""
    pace, now, sent = Pace(Budget("x", 5)), 0.0, []
    while len(sent) < 100:
        if delay := pace.delay(now):
            now += delay
        else:
            sent.append(now)
    for first, sixth in zip(sent, sent[5:], strict=False):
        assert sixth - first >= 1.0
    assert sent[-1] <= 1.05 * (100 - 5) / 5


def test_pace_of_threads() -> None:
    """Threads that ask at the same time have the budget's calls between them, not each."""
    pace, taken, usual, go = Pace(Budget("x", 500)), [], sys.getswitchinterval(), threading.Barrier(8)

    def ask() -> None:
        go.wait()
        for _ in range(200):
            taken.append(pace.delay(0.0) == 0.0)
            pace.answered(0.0, 0.0)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(usual)
    assert (sum(taken), len(taken)) == (500, 1600)


def test_a_budget_that_is_added_while_a_reply_is_looked_at(client: Any) -> None:
    """What another thread does must not make an exception of a reply, which may be that of an order."""
    paces = client.exchange._paces
    paces["first"] = Pace(Budget("first", 5))

    class Headers(dict[str, str]):
        def items(self) -> Any:
            paces["second"] = Pace(Budget("second", 5))
            return super().items()

    body = '{"code":"00000"}'
    headers = Headers(date="today")
    client.exchange.handle_errors(200, "OK", "https://first", "POST", headers, body, {"code": "00000"}, {}, None)
    assert list(paces) == ["first", "second"]


def test_pace_counts_from_the_arrival() -> None:
    """A call that was slow on its way arrived late: the one that takes its place waits for that, and for no more."""
    pace = Pace(Budget("x", 5))
    assert [pace.delay(0.0) for _ in range(5)] == [0.0] * 5
    pace.answered(0.0, 0.004)  # 4 ms there and back
    for _ in range(4):
        pace.answered(0.0, 0.050)  # a connection was made first
    assert pace.delay(1.005) > 0
    assert pace.delay(1.013) == 0.0
    assert pace.delay(1.02) > 0.03
    assert pace.delay(1.061) == 0.0


def test_pace_listens() -> None:
    """An exchange that says that no call is left is believed, whoever used them up."""
    pace = Pace(Budget("x", 5))
    assert pace.delay(10.0) == 0.0
    pace.exhausted(10.0)
    assert pace.delay(10.5) > 0.5
    assert pace.delay(10.0 + drive.Pace.SECOND) == 0.0


def test_pace_that_listens_forgets_what_is_over() -> None:
    """Told that nothing is left, only the places of this second are taken."""
    pace = Pace(Budget("x", 5))
    for at in (0.0, 0.9, 0.95):
        assert pace.delay(at) == 0.0
    pace.exhausted(1.3)
    assert pace.delay(1.95) == 0.0 or pace.delay(1.95) < 0.1
    assert pace.delay(2.4) == 0.0


def test_calls_left_are_read_from_the_reply(emulator: Emulator, connect: Any) -> None:
    """The header of the reply reaches the pace."""
    emulator.rate_limit = "fixed"
    client = connect(enableRateLimit=True)
    client.set_leverages(dict.fromkeys(perpetuals(client, 5), 7))
    pace = client.exchange._paces["v2/mix/account/set-leverage"]
    assert pace.delay(time.monotonic()) > 0
