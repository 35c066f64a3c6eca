"""The private v3 endpoints of a unified account: the settings rows, the hold mode, instruments."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import USDT

from bitget_leverage_ext.emulator import Leverages, Quirks

ISOLATED = {"marginMode": "isolated"}
TWO = {"longLeverage": "7", "shortLeverage": "9"}


# quirk -> `leverage` of the row after isolated 5 and 6 (long and short), and after crossed 7
ROWS: dict[str, tuple[Any, Any]] = {
    "last": ("6", "7"), "string": ("6", "7"), "long": ("5", "7"), "number": (6, 7), "list": (["5", "6"], ["7"]),
    "sides": ("6", "7"), "missing": (None, None), "stale": ("5", "5"),
}  # fmt: skip


@pytest.mark.parametrize("quirk", ROWS)
def test_what_the_row_shows(unified: Any, emulator: Any, quirk: Any) -> None:
    """One row for each symbol, with the margin mode that was set last; the quirk decides its leverage."""
    emulator.quirks = Quirks(unified_row=quirk, unified_hedge="documentation")
    for side, leverage in (("long", "5"), ("short", "6")):
        unified.set_leverage(leverage=leverage, marginMode="isolated", side=side)
    isolated = [(row["marginMode"], row["leverage"]) for row in unified.settings_rows()]
    unified.set_leverage(leverage="7")
    crossed = [(row["marginMode"], row["leverage"]) for row in unified.settings_rows()]
    later = "isolated" if quirk == "stale" else "crossed"
    expected = [[(mode, leverage)] for mode, leverage in zip(("isolated", later), ROWS[quirk], strict=True)]
    assert [isolated, crossed] == ([[], []] if quirk == "missing" else expected)
    assert unified.account.leverages(*USDT) == Leverages(7, 5, 6)


def test_a_row_with_a_key_for_each_side(unified: Any, emulator: Any) -> None:
    """The row has the isolated leverages even if it names crossed margin."""
    emulator.quirks = Quirks(unified_row="sides")
    unified.set_leverage(**ISOLATED | TWO)
    unified.set_leverage(leverage="4")
    [row] = unified.settings_rows()
    assert (row["marginMode"], row["leverage"]) == ("crossed", "4")
    assert (row["longLeverage"], row["shortLeverage"]) == ("7", "9")


def test_a_list_of_one_leverage_in_one_way_mode(unified: Any, emulator: Any) -> None:
    emulator.quirks = Quirks(unified_row="list")
    unified.account.set_position_mode("", "one_way_mode")
    unified.set_leverage(leverage="5", marginMode="isolated")
    assert [row["leverage"] for row in unified.settings_rows()] == [["5"]]


def test_one_hold_mode_for_all(unified: Any) -> None:
    def switch(mode: str) -> Any:
        return unified.post("/api/v3/account/set-hold-mode", holdMode=mode)

    assert unified.get("/api/v3/account/settings")["data"]["holdMode"] == "hedge_mode"
    assert switch("one_way_mode")["data"] == "success"
    assert unified.get("/api/v3/account/settings")["data"]["holdMode"] == "one_way_mode"
    assert {unified.account.position_mode(each) for each in ("USDT-FUTURES", "COIN-FUTURES")} == {"one_way_mode"}
    assert switch("hedge")["code"] == "400172"
    unified.account.busy(*USDT, position=True)
    assert switch("hedge_mode")["code"] == switch("one_way_mode")["code"] == "25107"


def test_a_position_does_not_bar_the_other_margin_mode(unified: Any) -> None:
    """Each margin mode has leverages of its own, and the order chooses."""
    unified.account.busy(*USDT, position=True)
    assert unified.set_leverage(leverage="5")["code"] == "00000"
    assert unified.set_leverage(longLeverage="6", shortLeverage="7", marginMode="isolated")["code"] == "00000"
    assert unified.account.leverages(*USDT) == Leverages(5, 6, 7)


def test_what_a_leverage_would_do(unified: Any) -> None:
    def ask(**params: str) -> Any:
        where = {"symbol": "BTCUSDT", "category": "USDT-FUTURES"}
        return unified.get("/api/v3/account/pre-set-leverage", **where, **params)

    one, other = (ask(marginMode="crossed", leverage=leverage)["data"] for leverage in ("10", "20"))
    assert float(one["estMaxOpen"]) * 2 == pytest.approx(float(other["estMaxOpen"]))
    unified.account.open_position("BTC/USDT:USDT", "short", 0.01, margin_mode="isolated")  # of the other margin mode
    assert ask(marginMode="isolated", leverage="10")["data"]["requiredMargin"] != "0"
    one = ask(marginMode="crossed", leverage="10")["data"]
    unified.account.close_position("BTC/USDT:USDT")
    assert (one["requiredMargin"], one["marginChange"], one["estMaxBorrowable"]) == ("0", "0", None)
    unified.set_leverage(leverage="10")
    order = {"symbol": "BTCUSDT", "category": "USDT-FUTURES", "orderType": "market", "qty": "0.01", "side": "buy"}
    assert unified.post("/api/v3/trade/place-order", **order, posSide="long")["code"] == "00000"
    now = ask(marginMode="crossed", leverage="20")["data"]
    assert float(now["marginChange"]) == pytest.approx(-float(now["requiredMargin"]))
    assert ask(leverage="10")["code"] == "40019"
    assert ask(marginMode="crossed", leverage="151")["code"] == "25223"
    assert unified.account.leverages(*USDT) == Leverages(10, 20, 20)


def test_demo_account_calls_itself_hybrid(client_of: Any) -> None:
    demo = client_of(unified=True, environment="demo")
    reply = demo.send("GET", "/api/v3/account/settings", headers={"paptrading": "1"}).json()
    assert reply["data"]["accountMode"] == "hybrid"


def test_instruments(client: Any) -> None:
    def ask(**params: str) -> Any:
        return client.send("GET", "/api/v3/market/instruments", params, signed=False).json()

    for category in ("SPOT", "USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES"):
        assert {row["category"] for row in ask(category=category)["data"]} == {category}
    [btc] = ask(category="USDT-FUTURES", symbol="BTCUSDT")["data"]
    assert (btc["minLeverage"], btc["maxLeverage"], btc["type"]) == ("1", "150", "perpetual")
    assert ask()["code"] == "400172"
    assert ask(category="SUSDT-FUTURES")["code"] == "40034"
