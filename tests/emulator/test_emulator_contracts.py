"""The lists of contracts."""

from __future__ import annotations

from typing import Any

import pytest

LISTED = {
    "USDT-FUTURES": {"BTCUSDT", "ETHUSDT", "SANTOSUSDT", "SATSUSDT", "BTWUSDT", "FTTUSDT"},
    "COIN-FUTURES": {"BTCUSD", "ETHUSD", "XRPUSD", "BTCUSDH27", "ETHUSDH27"},
    "USDC-FUTURES": {"BTCPERP", "ETHPERP", "SOLPERP"},
    "SUSDT-FUTURES": {"SBTCSUSDT", "SETHSUSDT", "SXRPSUSDT"},
    "SCOIN-FUTURES": {"SBTCSUSD", "SETHSUSD", "SBTCSUSDH27", "SETHSUSDH27"},
    "SUSDC-FUTURES": {"SBTCSPERP", "SETHSPERP"},
}


def contracts(client: Any, headers: dict[str, str] | None = None, **params: str) -> Any:
    return client.send("GET", "/api/v2/mix/market/contracts", params, signed=False, headers=headers).json()


@pytest.mark.parametrize("product_type", LISTED)
def test_listed(client: Any, product_type: str) -> None:
    rows = contracts(client, productType=product_type.lower())["data"]
    symbols = {row["symbol"] for row in rows}
    assert len(symbols) == len(rows)
    if product_type == "USDT-FUTURES":
        assert symbols >= LISTED[product_type]
        assert len(symbols) > 100
    else:
        assert symbols == LISTED[product_type]
    demo = product_type.startswith("S")
    assert {(row["minLever"] == "", row["maxLever"] == "") for row in rows} == {(demo, demo)}
    for row in rows:
        assert isinstance(row["supportMarginCoins"], list)
        assert all(isinstance(value, str) for key, value in row.items() if key != "supportMarginCoins")
        assert (row["symbolType"] == "delivery") == row["symbol"].endswith("H27") == bool(row["deliveryTime"])


def test_one_symbol(client: Any) -> None:
    [row] = contracts(client, productType="USDT-FUTURES", symbol="BTWUSDT")["data"]
    assert (row["maxLever"], row["symbolStatus"]) == ("5", "normal")


def test_product_type_is_required(client: Any) -> None:
    assert contracts(client)["code"] == "400172"
    assert contracts(client, productType="FUTURES")["code"] == "400172"


@pytest.mark.parametrize("product_type", LISTED)
def test_demo_header_hides_the_s_products(client: Any, product_type: str) -> None:
    rows = contracts(client, {"paptrading": "1"}, productType=product_type)["data"]
    assert bool(rows) == (not product_type.startswith("S"))


def test_position_tiers(client: Any) -> None:
    def ask(**params: str) -> Any:
        return client.send("GET", "/api/v2/mix/market/query-position-lever", params, signed=False).json()

    tiers = ask(productType="USDT-FUTURES", symbol="BTCUSDT")["data"]
    assert [tier["leverage"] for tier in tiers] == ["150", "75", "30"]
    assert ask(productType="USDT-FUTURES")["code"] == "40019"
    assert ask(productType="USDT-FUTURES", symbol="BTCUSDT,ETHUSDT")["code"] == "40034"
