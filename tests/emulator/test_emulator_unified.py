"""What a unified account answers and remembers."""

from __future__ import annotations

from typing import Any

import pytest

from bitget_leverage_ext.emulator import Figures, Quirks

USDT = ("USDT-FUTURES", "BTCUSDT")
ISOLATED = {"marginMode": "isolated"}
LEVERAGE = {"leverage": "5"}
TWO = {"longLeverage": "7", "shortLeverage": "9"}
SAME = {"longLeverage": "5", "shortLeverage": "5"}

# hold mode, quirks, what is sent -> the code, or the figures (cross, long, short) then in force
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
    ("hedge_mode", {}, ISOLATED | LEVERAGE, "400172"),
    ("hedge_mode", {}, ISOLATED | LEVERAGE | {"posSide": "long"}, (20, 5, 20)),
    ("hedge_mode", {}, ISOLATED | LEVERAGE | {"posSide": "short"}, (20, 20, 5)),
    ("hedge_mode", {}, ISOLATED | TWO, (20, 7, 9)),
    ("hedge_mode", {}, ISOLATED | TWO | LEVERAGE, (20, 7, 9)),
    ("hedge_mode", {}, ISOLATED | {"longLeverage": "7"}, "400172"),
    ("hedge_mode", {}, ISOLATED | {"posSide": "long"}, "40019"),
    ("one_way_mode", {}, ISOLATED | LEVERAGE, (20, 5, 5)),
    ("one_way_mode", {}, ISOLATED | LEVERAGE | {"posSide": "long"}, (20, 5, 5)),
    ("one_way_mode", {"unified_one_way": "wants_side"}, ISOLATED | LEVERAGE, "400172"),
    ("one_way_mode", {"unified_one_way": "wants_side"}, ISOLATED | LEVERAGE | {"posSide": "long"}, (20, 5, 5)),
    ("one_way_mode", {"unified_one_way": "wants_side"}, ISOLATED | SAME, (20, 5, 5)),
    ("one_way_mode", {"unified_one_way": "wants_side"}, LEVERAGE, (5, 20, 20)),
    ("one_way_mode", {"unified_one_way": "refuses_side"}, ISOLATED | LEVERAGE, (20, 5, 5)),
    ("one_way_mode", {"unified_one_way": "refuses_side"}, ISOLATED | LEVERAGE | {"posSide": "long"}, "25236"),
    ("one_way_mode", {"unified_one_way": "refuses_side"}, ISOLATED | SAME, "25236"),
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
        assert account.figures(*USDT) == Figures(20, 20, 20)
        assert rows(unified) == []
        return
    assert reply["data"] == "success"
    assert account.figures(*USDT) == Figures(*expected)
    mode = sent.get("marginMode", "crossed")
    assert account.margin_mode(*USDT) == mode
    [row] = rows(unified)
    assert (row["category"], row["symbol"], row["marginMode"]) == (*USDT, mode)


def rows(client: Any) -> list[dict[str, str]]:
    return list(client.get("/api/v3/account/settings")["data"]["symbolConfigList"])


@pytest.mark.parametrize(("quirk", "shown"), [("last", "5"), ("long", "20")])
def test_the_row_has_one_figure(unified: Any, emulator: Any, quirk: Any, shown: str) -> None:
    emulator.quirks = Quirks(unified_row=quirk)
    unified.set_leverage(leverage="5", marginMode="isolated", posSide="short")
    assert [row["leverage"] for row in rows(unified)] == [shown]
    unified.set_leverage(leverage="6")
    assert [row["leverage"] for row in rows(unified)] == ["6"]


def test_no_posside_refusal_names_it(unified: Any) -> None:
    assert "posSide" in unified.set_leverage(leverage="5", marginMode="isolated")["msg"]


def test_only_touched_symbols_are_listed(unified: Any) -> None:
    assert rows(unified) == []
    unified.account.figures(*USDT)
    assert rows(unified) == []
    unified.set_leverage(symbol="ETHUSDT", leverage="5")
    assert [row["symbol"] for row in rows(unified)] == ["ETHUSDT"]


@pytest.mark.parametrize(("quirk", "code"), [("success", "00000"), ("refused", "40814")])
def test_the_same_leverage_again(unified: Any, emulator: Any, quirk: Any, code: str) -> None:
    emulator.quirks = Quirks(same_leverage=quirk)
    unified.account.set_position_mode("", "one_way_mode")
    assert unified.set_leverage(leverage="5")["code"] == "00000"
    assert unified.set_leverage(leverage="5")["code"] == code
    # the same figure for the other margin mode is a change
    assert unified.set_leverage(leverage="20", marginMode="isolated")["code"] == "00000"
    assert unified.set_leverage(leverage="20", marginMode="isolated")["code"] == code


def test_one_hold_mode_for_all(unified: Any) -> None:
    def switch(mode: str) -> Any:
        return unified.post("/api/v3/account/set-hold-mode", holdMode=mode)

    assert unified.get("/api/v3/account/settings")["data"]["holdMode"] == "hedge_mode"
    assert switch("one_way_mode")["data"] == "success"
    assert unified.get("/api/v3/account/settings")["data"]["holdMode"] == "one_way_mode"
    assert {unified.account.position_mode(each) for each in ("USDT-FUTURES", "COIN-FUTURES")} == {"one_way_mode"}
    assert switch("hedge")["code"] == "400172"
    unified.account.busy(*USDT, position=True)
    assert switch("hedge_mode")["code"] == "40920"


def test_margin_mode_stays_under_a_position(unified: Any) -> None:
    unified.account.busy(*USDT, position=True)
    assert unified.set_leverage(leverage="5")["code"] == "00000"
    assert unified.set_leverage(longLeverage="5", shortLeverage="5", marginMode="isolated")["code"] == "45117"


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
