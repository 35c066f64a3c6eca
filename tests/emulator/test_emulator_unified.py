"""The private v3 endpoints of a unified account: hold-side rules, quirks, settings."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import USDT

from bitget_leverage_ext.emulator import Leverages, Quirks

ISOLATED = {"marginMode": "isolated"}
LEVERAGE = {"leverage": "5"}
TWO = {"longLeverage": "7", "shortLeverage": "9"}
LONG, SHORT = LEVERAGE | {"posSide": "long"}, LEVERAGE | {"posSide": "short"}
DOCUMENTED = {"unified_hedge": "documentation"}
SAME = {"longLeverage": "5", "shortLeverage": "5"}

# hold mode, quirks, what is sent -> the code, or the leverages (cross, long, short) then in force
TABLE: list[tuple[str, dict[str, str], dict[str, str], str | tuple[int, int, int]]] = [
    ("hedge_mode", {}, LEVERAGE, (5, 20, 20)),
    ("hedge_mode", {}, {"leverage": "5", "coin": "USDT"}, (5, 20, 20)),
    ("hedge_mode", {}, {"leverage": "5", "posSide": "long"}, (5, 20, 20)),
    ("hedge_mode", {}, {"leverage": "5", "marginMode": "crossed"} | TWO, (7, 20, 20)),
    ("hedge_mode", {"unneeded_hold_side": "refused"}, {"leverage": "5", "posSide": "long"}, "25236"),
    ("hedge_mode", {}, {"leverage": "5", "marginMode": "cross"}, "400172"),
    ("hedge_mode", {}, {"leverage": "5", "posSide": "both"}, "400172"),
    ("hedge_mode", {}, {}, "40019"),
    ("hedge_mode", {}, {"leverage": "151"}, "25223"),
    ("hedge_mode", {}, {"leverage": "2.5"}, "40017"),
    # isolated hedge, as seen: the leverages of both sides, other fields are ignored
    ("hedge_mode", {}, ISOLATED | LEVERAGE, "25200"),
    ("hedge_mode", {}, ISOLATED | LONG, "25200"),
    ("hedge_mode", {}, ISOLATED | {"longLeverage": "7"}, "25200"),
    ("hedge_mode", {}, ISOLATED | LEVERAGE | {"longLeverage": "7"}, "25200"),
    ("hedge_mode", {}, ISOLATED | {"posSide": "long"}, "25200"),
    ("hedge_mode", {}, ISOLATED | TWO, (20, 7, 9)),
    ("hedge_mode", {}, ISOLATED | TWO | LEVERAGE, (20, 7, 9)),
    ("hedge_mode", {}, ISOLATED | TWO | SHORT, (20, 7, 9)),
    ("hedge_mode", {"leverage_alone_in_hedge": "both"}, ISOLATED | LEVERAGE, (20, 5, 5)),
    ("hedge_mode", {"leverage_alone_in_hedge": "both"}, ISOLATED | LONG, "25200"),
    ("hedge_mode", {"leverage_alone_in_hedge": "both"}, ISOLATED | LEVERAGE | {"longLeverage": "7"}, "25200"),
    ("hedge_mode", {"leverage_alone_in_hedge": "both"} | DOCUMENTED, ISOLATED | LEVERAGE, (20, 5, 5)),
    ("hedge_mode", DOCUMENTED, ISOLATED | LEVERAGE, "400172"),
    ("hedge_mode", DOCUMENTED, ISOLATED | LONG, (20, 5, 20)),
    ("hedge_mode", DOCUMENTED, ISOLATED | SHORT, (20, 20, 5)),
    ("hedge_mode", DOCUMENTED, ISOLATED | TWO, (20, 7, 9)),
    ("hedge_mode", DOCUMENTED, ISOLATED | TWO | SHORT, (20, 7, 9)),
    ("hedge_mode", DOCUMENTED, ISOLATED | {"longLeverage": "7"}, "400172"),
    ("hedge_mode", DOCUMENTED, ISOLATED | {"posSide": "long"}, "40019"),
    *(
        (("hedge_mode", {"unified_hedge": kind}, ISOLATED | sent, "25200"))
        for kind in ("all", "all_one_side")
        for sent in (LEVERAGE, LONG, TWO, TWO | LEVERAGE, TWO | {"posSide": "long"}, {"longLeverage": "7"})
    ),
    ("hedge_mode", {"unified_hedge": "all"}, ISOLATED | TWO | LONG, (20, 7, 9)),
    ("hedge_mode", {"unified_hedge": "all"}, ISOLATED | TWO | SHORT, (20, 7, 9)),
    ("hedge_mode", {"unified_hedge": "all_one_side"}, ISOLATED | TWO | LONG, (20, 7, 20)),
    ("hedge_mode", {"unified_hedge": "all_one_side"}, ISOLATED | TWO | SHORT, (20, 20, 9)),
    ("hedge_mode", {"unified_one_way": "per_side"}, ISOLATED | TWO, (20, 7, 9)),
    # isolated one-way
    ("one_way_mode", {}, ISOLATED | LEVERAGE, (20, 5, 5)),
    ("one_way_mode", {}, ISOLATED | LONG, (20, 5, 5)),
    ("one_way_mode", {}, ISOLATED | SAME, "25200"),
    ("one_way_mode", {}, ISOLATED | LEVERAGE | {"longLeverage": "5"}, "25200"),
    ("one_way_mode", {}, ISOLATED, "40019"),
    ("one_way_mode", {"unified_one_way": "wants_side"}, ISOLATED | LEVERAGE, "400172"),
    ("one_way_mode", {"unified_one_way": "wants_side"}, ISOLATED | LONG, (20, 5, 5)),
    ("one_way_mode", {"unified_one_way": "wants_side"}, ISOLATED | SAME, (20, 5, 5)),
    ("one_way_mode", {"unified_one_way": "wants_side"}, LEVERAGE, (5, 20, 20)),
    ("one_way_mode", {"unified_one_way": "refuses_side"}, ISOLATED | LEVERAGE, (20, 5, 5)),
    ("one_way_mode", {"unified_one_way": "refuses_side"}, ISOLATED | LONG, "25236"),
    ("one_way_mode", {"unified_one_way": "refuses_side"}, ISOLATED | SAME, "25236"),
    ("one_way_mode", {"unified_one_way": "per_side"}, ISOLATED | LEVERAGE, "400172"),
    ("one_way_mode", {"unified_one_way": "per_side"}, ISOLATED | LONG, (20, 5, 20)),
    ("one_way_mode", {"unified_one_way": "per_side"}, ISOLATED | SHORT, (20, 20, 5)),
    ("one_way_mode", {"unified_one_way": "per_side"}, ISOLATED | SAME, "25200"),
    ("hedge_mode", {"unified_one_way": "refuses_side"}, ISOLATED | SAME, (20, 5, 5)),
    ("hedge_mode", {}, LEVERAGE | {"category": ""}, "400172"),
    ("hedge_mode", {}, LEVERAGE | {"category": "SUSDT-FUTURES"}, "40034"),
    ("hedge_mode", {}, LEVERAGE | {"symbol": ""}, "40019"),
    ("hedge_mode", {}, LEVERAGE | {"symbol": "NOUSDT"}, "25100"),
    ("hedge_mode", {}, LEVERAGE | {"symbol": "FTTUSDT"}, "40309"),
]


@pytest.mark.parametrize(("hold_mode", "quirks", "sent", "expected"), TABLE)
def test_hold_side_rules(unified: Any, emulator: Any, hold_mode: str, quirks: Any, sent: Any, expected: Any) -> None:
    account = unified.account
    account.set_position_mode("", hold_mode)
    emulator.quirks = Quirks(**quirks)
    reply = unified.set_leverage(**sent)
    if isinstance(expected, str):
        assert reply["code"] == expected
        assert account.leverages(*USDT) == Leverages(20, 20, 20)
        assert rows(unified) == []
        return
    assert reply["data"] == "success"
    assert account.leverages(*USDT) == Leverages(*expected)
    mode = sent.get("marginMode", "crossed")
    assert account.margin_mode(*USDT) == mode
    [row] = rows(unified)
    assert (row["category"], row["symbol"], row["marginMode"]) == (*USDT, mode)


def rows(client: Any) -> list[dict[str, str]]:
    return list(client.get("/api/v3/account/settings")["data"]["symbolConfigList"])


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
        unified.set_leverage(leverage=leverage, marginMode="isolated", posSide=side)
    isolated = [(row["marginMode"], row["leverage"]) for row in rows(unified)]
    unified.set_leverage(leverage="7")
    crossed = [(row["marginMode"], row["leverage"]) for row in rows(unified)]
    later = "isolated" if quirk == "stale" else "crossed"
    expected = [[(mode, leverage)] for mode, leverage in zip(("isolated", later), ROWS[quirk], strict=True)]
    assert [isolated, crossed] == ([[], []] if quirk == "missing" else expected)
    assert unified.account.leverages(*USDT) == Leverages(7, 5, 6)


def test_a_row_with_a_key_for_each_side(unified: Any, emulator: Any) -> None:
    """The row has the isolated leverages even if it names crossed margin."""
    emulator.quirks = Quirks(unified_row="sides")
    unified.set_leverage(**ISOLATED | TWO)
    unified.set_leverage(leverage="4")
    [row] = rows(unified)
    assert (row["marginMode"], row["leverage"]) == ("crossed", "4")
    assert (row["longLeverage"], row["shortLeverage"]) == ("7", "9")


def test_a_list_of_one_leverage_in_one_way_mode(unified: Any, emulator: Any) -> None:
    emulator.quirks = Quirks(unified_row="list")
    unified.account.set_position_mode("", "one_way_mode")
    unified.set_leverage(leverage="5", marginMode="isolated")
    assert [row["leverage"] for row in rows(unified)] == [["5"]]


@pytest.mark.parametrize(
    ("hold_mode", "sent", "text"),
    [
        ("hedge_mode", LONG, "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none validation error"),
        ("one_way_mode", SAME, "SINGLE_SIDE_HOLD afterLongLeverage and afterShortLeverage validation error"),
    ],
)
def test_refusals_of_a_form_read_as_observed(unified: Any, hold_mode: str, sent: Any, text: str) -> None:
    unified.account.set_position_mode("", hold_mode)
    assert unified.set_leverage(**ISOLATED | sent)["msg"] == text


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
