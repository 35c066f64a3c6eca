"""The rows of replies: their field names, which are all that a client goes by, and the shape of candles."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import CLASSIC, HOUR, START, UNIFIED, Client, Clock

from bitget_leverage_ext.emulator import Emulator

POSITION = """
    marginCoin symbol holdSide marginSize available total leverage achievedProfits openPriceAvg marginMode posMode
    unrealizedPL liquidationPrice keepMarginRate markPrice marginRatio breakEvenPrice deductedFee cTime uTime
    openDelegateSize locked totalFee grant assetMode autoMargin takeProfit stopLoss takeProfitId stopLossId
    """
UNIFIED_POSITION = """
    category symbol marginCoin holdMode posSide marginMode positionBalance available frozen total leverage
    curRealisedPnl avgPrice positionStatus unrealisedPnl liquidationPrice mmr profitRate markPrice breakEvenPrice
    totalFunding openFeeTotal closeFeeTotal createdTime updatedTime
    """


def test_fields_of_a_position(client: Client) -> None:
    """https://www.bitget.com/api-doc/contract/position/get-single-position"""
    client.account.open_position("BTC/USDT:USDT", "long", 0.01)
    (row,) = client.get("/api/v2/mix/position/single-position", **CLASSIC)["data"]
    assert set(row) == set(POSITION.split())
    assert row["openPriceAvg"] == row["breakEvenPrice"]


def test_fields_of_a_position_of_a_unified_account(unified: Client) -> None:
    """https://www.bitget.com/api-doc/uta/position/Get-Position"""
    unified.account.open_position("BTC/USDT:USDT", "long", 0.01)
    (row,) = unified.get("/api/v3/position/current-position", **UNIFIED)["data"]["list"]
    assert set(row) == set(UNIFIED_POSITION.split())


ORDER = """
    symbol size orderId clientOid baseVolume fee price priceAvg status side force totalProfits posSide marginCoin
    presetStopSurplusPrice presetStopLossPrice quoteVolume orderType leverage marginMode reduceOnly enterPointSource
    tradeSide posMode orderSource cancelReason cTime uTime
    """
UNIFIED_ORDER = """
    orderId clientOid category symbol orderType side price qty amount cumExecQty cumExecValue avgPrice timeInForce
    orderStatus posSide holdMode marginMode reduceOnly feeDetail createdTime updatedTime cancelReason execType stpMode
    tpTriggerBy slTriggerBy takeProfit stopLoss tpOrderType slOrderType tpLimitPrice slLimitPrice
    """
LIMIT = {"side": "buy", "orderType": "limit", "price": "50000", "marginMode": "crossed"}


def test_fields_of_an_order(client: Client) -> None:
    """https://www.bitget.com/api-doc/contract/trade/Get-Order-Details"""
    client.account.set_position_mode("one-way")
    placed = client.post("/api/v2/mix/order/place-order", **CLASSIC, **LIMIT, size="0.01")["data"]
    row = client.get("/api/v2/mix/order/detail", **CLASSIC, orderId=placed["orderId"])["data"]
    assert set(ORDER.split()) <= set(row)
    assert LIMIT.items() <= row.items() and row["size"] == "0.01"


def test_fields_of_an_order_of_a_unified_account(unified: Client) -> None:
    """https://www.bitget.com/api-doc/uta/trade/Get-Order-Details"""
    unified.account.set_position_mode("one-way")
    placed = unified.post("/api/v3/trade/place-order", **UNIFIED, **LIMIT, qty="0.01")["data"]
    row = unified.get("/api/v3/trade/order-info", orderId=placed["orderId"])["data"]
    assert set(row) == set(UNIFIED_ORDER.split())
    assert LIMIT.items() <= row.items() and row["qty"] == "0.01"


@pytest.mark.parametrize(
    ("path", "of"),
    [
        ("/api/v2/mix/market/candles", {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "granularity": "1H"}),
        ("/api/v3/market/candles", {**UNIFIED, "interval": "1H"}),
    ],
)
def test_candles(emulator: Emulator, client: Client, clock: Clock, path: str, of: dict[str, str]) -> None:
    """They begin at whole hours, the first not before the time that is asked for; the turnover fits the volume."""
    emulator._clock = clock
    rows = client.get(path, **of, startTime=START - 3 * HOUR + 1, endTime=START + 1)["data"]
    assert [int(row[0]) for row in rows] == [START - 2 * HOUR, START - HOUR, START]
    for _, _, high, low, _, volume, turnover in rows:
        assert 0 < float(low) * float(volume) <= float(turnover) <= float(high) * float(volume)


def test_a_contract_that_is_removed_from_trading_is_still_looked_at(client: Client) -> None:
    (row,) = client.get("/api/v3/market/tickers", category="USDT-FUTURES", symbol="FTTUSDT")["data"]
    assert row["symbol"] == "FTTUSDT"


@pytest.mark.parametrize(("digits", "code"), [(15, "00000"), (16, "40017")])
def test_a_time_has_at_most_fifteen_digits(client: Client, digits: int, code: str) -> None:
    reply = client.get("/api/v2/mix/order/orders-history", productType="USDT-FUTURES", endTime="9" * digits)
    assert reply["code"] == code


def test_a_stop_needs_its_price_and_goes_with_its_position(client: Client) -> None:
    client.account.open_position("BTC/USDT:USDT", "long", 0.01)
    side = client.account.positions()[0].side
    hedged = client.account.position_mode() == "hedge_mode"
    stop: dict[str, Any] = {**CLASSIC, "planType": "pos_loss", "holdSide": side if hedged else "buy"}
    path = "/api/v2/mix/order/place-tpsl-order"
    refused = client.post(path, **stop)
    assert (refused["code"], refused["msg"]) == ("40019", "Parameter triggerPrice cannot be empty")
    assert client.post(path, **stop, triggerPrice="1")["code"] == "00000"
    plans = {"productType": "USDT-FUTURES", "planType": "profit_loss"}
    assert len(client.get("/api/v2/mix/order/orders-plan-pending", **plans)["data"]["entrustedList"]) == 1
    client.account.close_position("BTC/USDT:USDT", "long")
    assert not client.get("/api/v2/mix/order/orders-plan-pending", **plans)["data"]["entrustedList"]
    (gone,) = client.get("/api/v2/mix/order/orders-plan-history", **plans)["data"]["entrustedList"]
    assert gone["planStatus"] == "cancelled"


def test_requests_are_limited_unless_that_is_switched_off() -> None:
    """In calendar seconds, where nothing else is said."""
    assert Emulator().rate_limit == "fixed"
