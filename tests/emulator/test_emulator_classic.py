"""The private v2 endpoints of a classic account: hold-side rules, quirks, settings."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import CLASSIC, USDT

from bitget_leverage_ext.emulator import Leverages, Quirks

PLACES = {
    "crossed, one-way": ("crossed", "one_way_mode"),
    "crossed, hedge": ("crossed", "hedge_mode"),
    "isolated, one-way": ("isolated", "one_way_mode"),
    "isolated, hedge": ("isolated", "hedge_mode"),
}
CROSSED = ("crossed, one-way", "crossed, hedge")
HEDGE = ("isolated, hedge",)
LEVERAGE = {"leverage": "5"}
LONG = {"leverage": "5", "holdSide": "long"}
SHORT = {"leverage": "5", "holdSide": "short"}
TWO = {"longLeverage": "7", "shortLeverage": "9"}
ALL = {"leverage": "5", **TWO}
BAD_SIDE = {"leverage": "5", "holdSide": "sell"}

# where, quirks, what is sent -> the code, or the leverages (cross, long, short) then in force
TABLE: list[tuple[tuple[str, ...], dict[str, str], dict[str, str], str | tuple[int, int, int]]] = [
    (CROSSED, {}, LEVERAGE, (5, 20, 20)),
    (CROSSED, {}, SHORT, (5, 20, 20)),
    (CROSSED, {}, ALL, (7, 20, 20)),
    (CROSSED, {}, {"shortLeverage": "9", "leverage": "5"}, (9, 20, 20)),
    (CROSSED, {}, {}, "40019"),
    (CROSSED, {"unneeded_hold_side": "refused"}, LONG, "400172"),
    (CROSSED, {"unneeded_hold_side": "refused"}, LEVERAGE, (5, 20, 20)),
    (CROSSED, {"dialect": "2025-03"}, ALL, (5, 20, 20)),
    (CROSSED, {"dialect": "2025-03"}, TWO, "40019"),
    (("isolated, one-way",), {}, LEVERAGE, (20, 5, 5)),
    (("isolated, one-way",), {}, SHORT, (20, 5, 5)),
    (("isolated, one-way",), {}, BAD_SIDE, (20, 5, 5)),
    (("isolated, one-way",), {"unneeded_hold_side": "refused"}, SHORT, "400172"),
    (("isolated, one-way",), {"unneeded_hold_side": "refused"}, LEVERAGE, (20, 5, 5)),
    (("isolated, one-way",), {"dialect": "2025-03"}, ALL, (20, 5, 5)),
    (HEDGE, {}, LEVERAGE, "40808"),
    (HEDGE, {}, LONG, (20, 5, 20)),
    (HEDGE, {}, SHORT, (20, 20, 5)),
    (HEDGE, {}, BAD_SIDE, "40808"),
    (HEDGE, {}, TWO, (20, 7, 9)),
    (HEDGE, {}, ALL, (20, 7, 9)),
    (HEDGE, {}, SHORT | TWO, (20, 7, 9)),
    (HEDGE, {}, {"longLeverage": "7"}, "40019"),
    (HEDGE, {}, {"shortLeverage": "7"}, "40019"),
    (HEDGE, {}, {}, "40019"),
    (HEDGE, {}, {"holdSide": "long"}, "40019"),
    (HEDGE, {"unneeded_hold_side": "refused"}, SHORT, (20, 20, 5)),
    (HEDGE, {"leverage_alone_in_hedge": "both"}, LEVERAGE, (20, 5, 5)),
    (HEDGE, {"leverage_alone_in_hedge": "both"}, LONG, (20, 5, 20)),
    (HEDGE, {"dialect": "2025-03"}, TWO, "40808"),
    (HEDGE, {"dialect": "2025-03"}, ALL, "40808"),
    (HEDGE, {"dialect": "2025-03"}, {}, "40808"),
    (HEDGE, {"dialect": "2025-03"}, SHORT, (20, 20, 5)),
    (HEDGE, {"dialect": "2025-03"}, {"holdSide": "long"}, "40019"),
    (HEDGE, {"dialect": "2025-03", "leverage_alone_in_hedge": "both"}, TWO, "40019"),
    (HEDGE, {"dialect": "2025-03", "leverage_alone_in_hedge": "both"}, LEVERAGE, (20, 5, 5)),
]


@pytest.mark.parametrize(
    ("place", "quirks", "sent", "expected"),
    [(place, quirks, sent, expected) for places, quirks, sent, expected in TABLE for place in places],
)
def test_hold_side_rules(client: Any, emulator: Any, place: str, quirks: Any, sent: Any, expected: Any) -> None:
    margin_mode, position_mode = PLACES[place]
    emulator.quirks = Quirks(**quirks)
    emulator.account.set_margin_mode(*USDT, margin_mode)
    emulator.account.set_position_mode("USDT-FUTURES", position_mode)
    reply = client.set_leverage(**sent)
    if isinstance(expected, str):
        assert reply["code"] == expected
        assert emulator.account.leverages(*USDT) == Leverages(20, 20, 20)
        return
    cross, long, short = expected
    assert emulator.account.leverages(*USDT) == Leverages(*expected)
    crossed = margin_mode == "crossed"
    assert reply["data"] == {
        "symbol": "BTCUSDT", "marginCoin": "USDT", "longLeverage": str(cross if crossed else long),
        "shortLeverage": str(cross if crossed else short), "crossMarginLeverage": str(cross), "marginMode": margin_mode,
    }  # fmt: skip


@pytest.mark.parametrize(
    ('leverage', 'code'),
    [
        ('1', '00000'), ('150', '00000'), ('151', '40797'), ('0', '40017'), ('-3', '40017'), ('2.5', '40017'),
        ('5.0', '40017'), ('abc', '40017'), ('٣', '40017'), ('', '40019'), (None, '40019'), (20, '00000'),
        (True, '40017'),
    ],
)  # fmt: skip
def test_which_leverages_are_valid(client: Any, leverage: Any, code: str) -> None:
    assert client.set_leverage(leverage=leverage)["code"] == code


@pytest.mark.parametrize(("leverage", "code"), [("125", "00000"), ("126", "400172")])
def test_demo_contracts_have_a_hidden_maximum(client: Any, leverage: str, code: str) -> None:
    demo = {"symbol": "SBTCSUSDT", "productType": "SUSDT-FUTURES", "marginCoin": "SUSDT"}
    reply = client.set_leverage(**demo, leverage=leverage)
    assert reply["code"] == code
    assert code == "00000" or reply["msg"] == "Leverage ratio exceeded the set limit"


@pytest.mark.parametrize(
    ("change", "code", "msg"),
    [
        ({"productType": None}, "400172", "Parameter verification failed"),
        ({"productType": "umcbl"}, "400172", "Parameter verification failed"),
        ({"symbol": None}, "40019", "Parameter symbol cannot be empty"),
        ({"marginCoin": ""}, "40019", "Parameter marginCoin cannot be empty"),
        ({"symbol": "BTCUSDT_UMCBL"}, "40034", "Parameter BTCUSDT_UMCBL does not exist"),
        ({"symbol": "BTCPERP"}, "40034", "Parameter BTCPERP does not exist"),
        ({"symbol": "FTTUSDT"}, "40309", "The symbol has been removed"),
        ({"symbol": "BTCUSDU26", "productType": "COIN-FUTURES"}, "40309", "The symbol has been removed"),
        ({"marginCoin": "USDC"}, "40778", "Coin pair BTCUSDT does not support USDC currency as margin"),
        ({"symbol": "BTCUSD", "productType": "COIN-FUTURES", "marginCoin": "BGB"}, "00000", "success"),
    ],
)
def test_addressing(client: Any, change: Any, code: str, msg: str) -> None:
    reply = client.set_leverage(**change, leverage="5")
    assert (reply["code"], reply["msg"]) == (code, msg)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"productType": "usdt-futures"}, "400172"), ({"marginCoin": "usdt"}, "40778"), ({"symbol": "btcusdt"}, "00000")],
)
def test_capitals(client: Any, emulator: Any, change: Any, code: str) -> None:
    assert client.set_leverage(**change, leverage="5")["code"] == "00000"
    emulator.quirks = Quirks(capitals="required")
    assert client.set_leverage(**change, leverage="6")["code"] == code


def margin_mode(client: Any, mode: str) -> Any:
    return client.post("/api/v2/mix/account/set-margin-mode", **CLASSIC, marginMode=mode)


@pytest.mark.parametrize("busy", [{}, {"position": True}, {"orders": True}])
@pytest.mark.parametrize("quirk", ["success", "refused"])
def test_set_margin_mode(client: Any, emulator: Any, busy: Any, quirk: Any) -> None:
    emulator.quirks = Quirks(same_margin_mode=quirk)
    emulator.account.busy(*USDT, **busy)
    assert margin_mode(client, "crossed")["code"] == ("00000" if quirk == "success" else "45117")
    assert margin_mode(client, "isolated")["code"] == ("45117" if busy else "00000")
    assert emulator.account.margin_mode(*USDT) == ("crossed" if busy else "isolated")
    assert margin_mode(client, "cross")["code"] == "400172"


def test_reply_of_set_margin_mode(client: Any, emulator: Any) -> None:
    emulator.account.set_leverages(*USDT, cross=4, long=20, short=3)
    assert margin_mode(client, 'isolated')['data'] == {
        'symbol': 'BTCUSDT', 'marginCoin': 'USDT', 'longLeverage': '20', 'shortLeverage': '3', 'marginMode': 'isolated',
    }  # fmt: skip


def test_position_mode_is_one_of_the_product_type(client: Any, emulator: Any) -> None:
    def switch(mode: str, product_type: str = "USDT-FUTURES") -> Any:
        return client.post("/api/v2/mix/account/set-position-mode", productType=product_type, posMode=mode)

    assert emulator.account.position_mode("USDT-FUTURES") == "hedge_mode"
    assert switch("one_way_mode")["data"] == {"posMode": "one_way_mode"}
    assert emulator.account.position_mode("USDT-FUTURES") == "one_way_mode"
    assert emulator.account.position_mode("COIN-FUTURES") == "hedge_mode"
    assert switch("both")["code"] == "400172"
    emulator.account.busy("USDT-FUTURES", "ETHUSDT", orders=True)
    assert switch("hedge_mode")["code"] == "40920"
    assert switch("one_way_mode", "COIN-FUTURES")["code"] == "00000"


@pytest.mark.parametrize("mode", ["crossed", "isolated"])
def test_account(client: Any, emulator: Any, mode: str) -> None:
    emulator.account.set_leverages(*USDT, cross=3, long=4, short=5)
    emulator.account.set_margin_mode(*USDT, mode)
    data = client.get("/api/v2/mix/account/account", **CLASSIC)["data"]
    expected = {
        "crossedMarginLeverage": 3, "isolatedLongLever": 4, "isolatedShortLever": 5, "marginMode": mode,
        "posMode": "hedge_mode", "marginCoin": "USDT", "crossedUnrealizedPL": "0" if mode == "crossed" else "",
    }  # fmt: skip
    assert expected.items() <= data.items()
    assert client.get("/api/v2/mix/account/account", productType="USDT-FUTURES", symbol="BTCUSDT")["code"] == "40019"


def test_account_list_shows_no_leverage(client: Any) -> None:
    [row] = client.get("/api/v2/mix/account/accounts", productType="USDT-FUTURES")["data"]
    assert row["marginCoin"] == "USDT"
    assert not {"marginMode", "posMode", "crossedMarginLeverage"} & set(row)


def test_positions(client: Any, emulator: Any) -> None:
    def ask() -> list[Any]:
        every = client.get("/api/v2/mix/position/all-position", productType="USDT-FUTURES", marginCoin="USDT")["data"]
        assert client.get("/api/v2/mix/position/single-position", **CLASSIC)["data"] == every
        return list(every)

    assert ask() == []
    emulator.account.busy(*USDT, position=True)
    emulator.account.set_leverages(*USDT, cross=6)
    [position] = ask()
    assert (position["symbol"], position["leverage"], position["marginMode"]) == ("BTCUSDT", "6", "crossed")


def test_the_state_knows_its_contracts(emulator: Any) -> None:
    with pytest.raises(ValueError, match="BTCUSDC"):
        emulator.account.leverages("USDT-FUTURES", "BTCUSDC")
    with pytest.raises(ValueError, match="'BTC/USDT:USDT'.*'USDT-FUTURES', 'BTCUSDT'"):
        emulator.account.leverages("BTC/USDC:USDT")
    with pytest.raises(ValueError, match="'crossed' .in ccxt 'cross'. or 'isolated'"):
        emulator.account.set_margin_mode(*USDT, "fixed")
    with pytest.raises(ValueError, match="hedged"):
        emulator.account.set_position_mode("USDT-FUTURES", "hedged")
    with pytest.raises(ValueError, match="cross_figure"):
        Quirks(cross_figure="missing")  # type: ignore[arg-type]
