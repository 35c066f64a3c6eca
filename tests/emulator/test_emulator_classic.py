"""The private v2 endpoints of a classic account: modes, the account, positions."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import CLASSIC, USDT

from bitget_leverage_ext.emulator import Quirks


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
