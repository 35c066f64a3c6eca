"""Product types come from the market's own record, and symbols are the ones that were meant."""

from __future__ import annotations

from typing import Any

import pytest

from bitget_leverage_ext.rules.errors import BadInput, NotAContract
from bitget_leverage_ext.rules.products import (
    Contract,
    any_contract,
    find_contract,
    lists_demo,
    looks_demo,
    parse_product_type,
    symbol_of,
)


def market(symbol: str, id: str, coins: list[str] | None = None, **more: Any) -> dict[str, Any]:
    pair, _, settle = symbol.partition(":")
    base, quote = pair.split("/")
    settle = settle.split("-")[0]
    return {
        "symbol": symbol,
        "id": id,
        "baseId": base,
        "quoteId": quote,
        "settleId": settle,
        "contract": bool(settle),
        "swap": bool(settle) and "-" not in symbol,
        "limits": {"leverage": {"min": 1.0, "max": 125.0}},
        "info": {"supportMarginCoins": coins or [settle]},
        **more,
    }


MARKETS = {
    market["symbol"]: market
    for market in (
        market("BTC/USDT", "BTCUSDT"),
        market("SYS/USDT", "SYSUSDT"),
        market("BTC/USDT:USDT", "BTCUSDT"),
        market("SYS/USDT:USDT", "SYSUSDT"),
        market("BTC/USD:BTC", "BTCUSD", ["BTC", "ETH", "USDC"]),
        market("BTC/USD:BTC-270326", "BTCUSDH27", ["BTC"]),
        market("BTC/USDC:USDC", "BTCPERP"),
        market("SBTC/SUSDT:SUSDT", "SBTCSUSDT"),
        market("SBTC/SUSD:SBTC", "SBTCSUSD", ["SBTC", "SETH"]),
        market("SXYZ/SUSD:SXYZ", "SXYZSUSD"),
        market("SBTC/SUSD:SBTC-270326", "SBTCSUSDH27"),
        market("SBTC/SUSDC:SUSDC", "SBTCSPERP"),
        market("BTC/EUR:EUR", "BTCEUR"),
    )
}
BY_ID: dict[str, list[dict[str, Any]]] = {}
for _market in MARKETS.values():
    BY_ID.setdefault(_market["id"], []).append(_market)


@pytest.mark.parametrize(
    ("symbol", "product_type"),
    [
        ("BTC/USDT:USDT", "USDT-FUTURES"),
        ("BTCUSDT", "USDT-FUTURES"),
        ("SYSUSDT", "USDT-FUTURES"),
        ("BTC/USD:BTC", "COIN-FUTURES"),
        ("BTC/USD:BTC-270326", "COIN-FUTURES"),
        ("BTCUSDH27", "COIN-FUTURES"),
        ("BTC/USDC:USDC", "USDC-FUTURES"),
        ("BTCPERP", "USDC-FUTURES"),
        ("SBTC/SUSDT:SUSDT", "SUSDT-FUTURES"),
        ("SBTC/SUSD:SBTC", "SCOIN-FUTURES"),
        ("SXYZ/SUSD:SXYZ", "SCOIN-FUTURES"),
        ("SBTC/SUSD:SBTC-270326", "SCOIN-FUTURES"),
        ("SBTC/SUSDC:SUSDC", "SUSDC-FUTURES"),
    ],
)
def test_product_type(symbol: str, product_type: str) -> None:
    """By unified symbol or market id, perpetual or delivery, with no list of coins; naming it again is no harm."""
    contract = find_contract(MARKETS, BY_ID, symbol, None, None)
    assert contract.product_type == product_type
    assert contract.demo is product_type.startswith("S")
    assert contract.margin_coin == MARKETS[contract.symbol]["settleId"]
    assert find_contract(MARKETS, BY_ID, symbol, product_type, None) == contract


@pytest.mark.parametrize(
    ("symbol", "meant"),
    [
        ("BTC/USDT", "is not a futures contract; did you mean BTC/USDT:USDT?"),
        ("btc/usdt:usdt", "is not a symbol Bitget lists; did you mean BTC/USDT:USDT?"),
        ("BTC-USDT", "did you mean BTC/USDT:USDT?"),
        ("BTCUSDT_UMCBL", "did you mean BTC/USDT:USDT?"),
        ("BTCUSDT_DMCBL", "did you mean BTC/USDT:USDT?"),
        ("SBTCSUSDT_SUMCBL", "did you mean SBTC/SUSDT:SUSDT?"),
        ("btcusd", "did you mean BTC/USD:BTC?"),
        ("btcperp", "did you mean BTC/USDC:USDC?"),
        ("BTCUSDH27 ", "did you mean BTC/USD:BTC-270326?"),
        ("DOGE/USDT:USDT", "is not a symbol Bitget lists; contracts are written like BTC/USDT:USDT"),
        (
            "BTC/EUR:EUR",
            "BTC/EUR:EUR is quoted in EUR, which no product type of Bitget futures is; known quotes: USDT, USDC",
        ),
        (12, "symbol 12 is not a text; contracts are written like BTC/USDT:USDT"),
    ],
)
def test_not_a_contract(symbol: Any, meant: str) -> None:
    """A spot symbol, an old name, a slip: the message names the contract that was probably meant."""
    with pytest.raises(NotAContract) as caught:
        find_contract(MARKETS, BY_ID, symbol, None, None)
    assert meant in str(caught.value)
    assert (repr(symbol) if symbol != "BTC/EUR:EUR" else symbol) in str(caught.value)


@pytest.mark.parametrize(
    ("symbol", "product_type", "coin", "message"),
    [
        ("BTC/USDT:USDT", "SUSDT-FUTURES", None, "is USDT-FUTURES, not SUSDT-FUTURES; .* SBTC/SUSDT:SUSDT"),
        ("BTC/USDT:USDT", "USDC-FUTURES", None, "BTC/USDC:USDC"),
        ("SBTC/SUSDT:SUSDT", "USDT-FUTURES", None, "BTC/USDT:USDT"),
        ("SYS/USDT:USDT", "SUSDT-FUTURES", None, "drop productType"),
        ("BTC/USDT:USDT", None, "SUSDT", "takes USDT; for SUSDT use SBTC/SUSDT:SUSDT"),
        ("BTC/USDT:USDT", None, "ETH", "takes USDT; drop marginCoin"),
        ("BTC/USD:BTC", None, "USDT", "takes BTC, ETH, USDC"),
    ],
)
def test_contradictions(symbol: str, product_type: str | None, coin: str | None, message: str) -> None:
    """What the caller says of the market is held against the market, and the message names what fits."""
    with pytest.raises(BadInput, match=message):
        find_contract(MARKETS, BY_ID, symbol, product_type, coin)


def test_one_id_in_two_product_types() -> None:
    """The product type that is named decides, else the first that is listed."""
    coin, other = MARKETS["BTC/USD:BTC"], {**MARKETS["BTC/USDC:USDC"], "id": "BTCUSD"}
    by_id = {"BTCUSD": [coin, other]}
    assert find_contract(MARKETS, by_id, "BTCUSD", "USDC-FUTURES", None).symbol == "BTC/USDC:USDC"
    assert find_contract(MARKETS, by_id, "BTCUSD", "COIN-FUTURES", None).symbol == "BTC/USD:BTC"
    assert find_contract(MARKETS, by_id, "BTCUSD", None, None).symbol == "BTC/USD:BTC"


def test_what_setting_its_leverage_needs() -> None:
    """All of it from the market's own record."""
    assert find_contract(MARKETS, BY_ID, "BTC/USDT:USDT", None, None) == Contract(
        "BTC/USDT:USDT", "BTCUSDT", "USDT-FUTURES", "USDT", 1.0, 125.0, unified=False
    )
    listed = {"X": {**MARKETS["BTC/USDT:USDT"], "info": {"category": "USDT-FUTURES"}}}
    assert find_contract(listed, {}, "X", None, None).unified is True


@pytest.mark.parametrize(
    ("product_type", "symbol"),
    [
        ("USDT-FUTURES", "SYS/USDT:USDT"),
        ("COIN-FUTURES", "BTC/USD:BTC"),
        ("SUSDC-FUTURES", "SBTC/SUSDC:SUSDC"),
        ("SPOT", None),
    ],
)
def test_any_contract(product_type: str, symbol: str | None) -> None:
    """Some contract of the product type that is not off; none where none is listed."""
    markets = {**MARKETS, "BTC/USDT:USDT": {**MARKETS["BTC/USDT:USDT"], "active": False}}
    markets["SYS/USDT:USDT"] = {**MARKETS["SYS/USDT:USDT"], "active": True}
    contract = any_contract(markets, product_type)
    assert (contract and contract.symbol) == symbol


@pytest.mark.parametrize(
    ("id", "product_type", "symbol"),
    [
        ("BTCUSDT", "USDT-FUTURES", "BTC/USDT:USDT"),
        ("BTCUSDT", "USDC-FUTURES", None),
        ("BTCEUR", "USDT-FUTURES", None),
        ("NOPE", "USDT-FUTURES", None),
        (None, None, None),
    ],
)
def test_symbol_of(id: Any, product_type: Any, symbol: str | None) -> None:
    """The contract that a reply names by id and product type; spot shares the id and is none."""
    assert symbol_of(BY_ID, product_type, id) == symbol


def test_lists_demo() -> None:
    """S-coins tell a classic account's list from a unified one's."""
    assert lists_demo(MARKETS)
    assert not lists_demo({name: MARKETS[name] for name in ("BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC", "BTC/EUR:EUR")})


def test_margin_coin() -> None:
    """Another coin that the contract supports may be named."""
    assert find_contract(MARKETS, BY_ID, "BTC/USD:BTC", None, "ETH").margin_coin == "ETH"


@pytest.mark.parametrize(
    ("name", "product_type"),
    [
        ("usdt-futures", "USDT-FUTURES"),
        ("umcbl", "USDT-FUTURES"),
        ("DMCBL", "COIN-FUTURES"),
        ("cmcbl", "USDC-FUTURES"),
        ("sumcbl", "SUSDT-FUTURES"),
        ("sdmcbl", "SCOIN-FUTURES"),
        ("scmcbl", "SUSDC-FUTURES"),
        ("Scoin-Futures", "SCOIN-FUTURES"),
    ],
)
def test_parse_product_type(name: str, product_type: str) -> None:
    """Any case, and the v1 names."""
    assert parse_product_type(name) == product_type


@pytest.mark.parametrize("value", ["FUTURES", "", None, 5, ["USDT-FUTURES"]])
def test_no_product_type(value: Any) -> None:
    """The message has what was written, and the six."""
    with pytest.raises(BadInput) as caught:
        parse_product_type(value)
    assert str(caught.value) == (
        f"productType {value!r} is unknown; use one of USDT-FUTURES, USDC-FUTURES, COIN-FUTURES, SUSDT-FUTURES, "
        "SUSDC-FUTURES, SCOIN-FUTURES"
    )


@pytest.mark.parametrize(
    ("symbol", "product_type", "demo"),
    [
        ("SBTC/SUSDT:SUSDT", None, True),
        ("SBTC/SUSD:SBTC-270326", None, True),
        ("SBTC/SUSDC:SUSDC", None, True),
        ("SBTCSUSDT", None, True),
        ("SETHSPERP", None, True),
        ("SBTCSUSDH27", None, True),
        ("BTC/USDT:USDT", None, False),
        ("SYS/USDT:USDT", None, False),
        ("SYSUSDT", None, False),
        ("SANTOSUSDT", None, True),  # a coin that only the loaded market can tell; see test_demo_worlds
        ("BTCPERP", None, False),
        ("BTCUSDH27", None, False),
        (None, None, False),
        ("anything", "SUSDT-FUTURES", True),
        ("SBTCSUSDT", "USDT-FUTURES", False),
    ],
)
def test_looks_demo(symbol: Any, product_type: str | None, demo: bool) -> None:
    """Told before any market is known."""
    assert looks_demo(symbol, product_type) is demo
