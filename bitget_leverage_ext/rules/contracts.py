"""Contracts and the six product types of Bitget futures.

A product type is read from the quote coin of the market's own record, never from a list of coins:
``SBTC/SUSD:SBTC`` and ``SXRP/SUSD:SXRP`` are both SCOIN-FUTURES. Perpetual and delivery contracts share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .refusals import BadInput, NotAContract, shown

Market = Mapping[str, Any]  # a market structure of ccxt
Markets = Mapping[str, Market]
MarketsById = Mapping[str, list[Market]]

# https://www.bitget.com/api-doc/contract/account/Change-Leverage (parameter productType)
BY_QUOTE = {
    "USDT": "USDT-FUTURES",
    "USDC": "USDC-FUTURES",
    "USD": "COIN-FUTURES",
    "SUSDT": "SUSDT-FUTURES",
    "SUSDC": "SUSDC-FUTURES",
    "SUSD": "SCOIN-FUTURES",
}
PRODUCT_TYPES = tuple(BY_QUOTE.values())

# https://bitgetlimited.github.io/apidoc/en/mix/#producttype (the retired v1 names that old code still carries)
V1_NAMES = {
    "UMCBL": "USDT-FUTURES",
    "DMCBL": "COIN-FUTURES",
    "CMCBL": "USDC-FUTURES",
    "SUMCBL": "SUSDT-FUTURES",
    "SDMCBL": "SCOIN-FUTURES",
    "SCMCBL": "SUSDC-FUTURES",
}

# The S-coin contracts of the live environment: ordinary key, no `paptrading` header, classic accounts only.
# https://github.com/ccxt/ccxt/pull/25541, https://www.bitget.com/api-doc/uta/account/Change-Leverage
DEMO = frozenset({"SUSDT-FUTURES", "SCOIN-FUTURES", "SUSDC-FUTURES"})

# Raw ids of S-coin contracts: SBTCSUSDT, SBTCSPERP, SBTCSUSD, SBTCSUSDH27 (delivery: month letter and year).
_DEMO_ID = re.compile(r"S[A-Z0-9]{2,}S(USDT|PERP|USD([FGHJKMNQUVXZ]\d\d)?)")


@dataclass(frozen=True)
class Contract:
    """One futures contract, with what setting its leverage needs.

    :ivar unified: whether the market's record is from a unified account's list
    :ivar demo: whether it is an S-coin contract
    """

    symbol: str
    id: str
    product_type: str
    margin_coin: str
    min_leverage: float | None
    max_leverage: float | None
    unified: bool = False
    demo: bool = False


def parse_product_type(value: object) -> str:
    """Return a product type, written in any case or by its v1 name, in capitals."""
    name = value.upper() if isinstance(value, str) else ""
    name = V1_NAMES.get(name, name)
    if name not in PRODUCT_TYPES:
        raise BadInput(f"productType {shown(value)} is unknown; use one of {', '.join(PRODUCT_TYPES)}")
    return name


def looks_demo(symbol: object, product_type: str | None) -> bool:
    """Return whether a call is about S-coins, before any market is loaded.

    The markets themselves must be loaded without the demo header then. A raw id can mislead (``SYSUSDT`` is the
    coin SYS), so the loaded market decides everything else.
    """
    if product_type is not None:
        return product_type in DEMO
    text = symbol.upper() if isinstance(symbol, str) else ""
    if "/" in text:
        return BY_QUOTE.get(re.split(r"[/:]", text)[1]) in DEMO
    return _DEMO_ID.fullmatch(text) is not None


def find_contract(
    markets: Markets,
    by_id: MarketsById | None,
    symbol: object,
    product_type: str | None = None,
    margin_coin: str | None = None,
) -> Contract:
    """Return the contract that a unified symbol or a market id names, checked against product type and margin coin.

    A market id such as ``BTCUSDT``, which spot shares, means the contract.
    """
    contracts = _named(markets, by_id or {}, symbol)
    market = next((market for market in contracts if _product_type_of(market) == product_type), contracts[0])
    actual = _product_type_of(market)
    if product_type is not None and product_type != actual:
        advice = f"drop productType, or name a {product_type} symbol"
        raise BadInput(f"{market['symbol']} is {actual}, not {product_type}; {advice}")
    listed = market["info"].get("supportMarginCoins")
    coins = [str(coin).upper() for coin in (isinstance(listed, list) and listed) or [market["settleId"]]]
    if margin_coin is not None and margin_coin not in coins:
        raise BadInput(
            f"marginCoin {shown(margin_coin)} does not fit {market['symbol']}, which takes {', '.join(coins)}; "
            "drop marginCoin to use the settle coin"
        )
    bounds = market["limits"]["leverage"]
    return Contract(
        symbol=market["symbol"],
        id=market["id"],
        product_type=actual,
        margin_coin=margin_coin or market["settleId"],
        min_leverage=bounds["min"],
        max_leverage=bounds["max"],
        unified="category" in market["info"],
        demo=actual in DEMO,
    )


def _named(markets: Markets, by_id: MarketsById, symbol: object) -> list[Market]:
    """Return the markets of the contracts that a symbol or an id names; one at least."""
    if not isinstance(symbol, str):
        raise NotAContract(f"symbol {shown(symbol)} is not a str; contracts are written like BTC/USDT:USDT")
    candidates = [markets[symbol]] if symbol in markets else list(by_id.get(symbol, ()))
    contracts = [market for market in candidates if market.get("contract")]
    if not contracts:
        kind = "is not a futures contract" if candidates else "is not a symbol Bitget lists"
        raise NotAContract(f"{shown(symbol)} {kind}{_did_you_mean(markets, symbol)}")
    return contracts


def any_contract(markets: Markets, product_type: str) -> Contract | None:
    """Return some contract of a product type, to read through it what belongs to the product type."""
    for market in _contracts(markets):
        if _quoted(market) == product_type and market.get("active") is not False:
            return find_contract(markets, None, market["symbol"])
    return None


def symbol_of(by_id: MarketsById, product_type: object, id: object) -> str | None:
    """Return the unified symbol of a contract that a reply names, None where it is not listed."""
    for market in by_id.get(str(id), ()):
        if market.get("contract") and _quoted(market) == product_type:
            return str(market["symbol"])
    return None


def product_type_of_symbol(symbol: str) -> str | None:
    """Return the product type of a unified symbol, None where it is not a futures contract's."""
    parts = re.split(r"[/:]", symbol)
    return BY_QUOTE.get(parts[1]) if len(parts) == 3 else None


def _quoted(market: Market) -> str | None:
    return BY_QUOTE.get(str(market.get("quoteId")).upper())


def _product_type_of(market: Market) -> str:
    product_type = _quoted(market)
    if product_type is None:
        raise NotAContract(
            f"{market['symbol']} is quoted in {market.get('quoteId')}, and no product type of Bitget futures is; "
            f"known quotes: {', '.join(BY_QUOTE)}"
        )
    return product_type


def _contracts(markets: Markets) -> Iterable[Market]:
    return (market for market in markets.values() if market.get("contract") and _quoted(market) is not None)


def _did_you_mean(markets: Markets, text: str) -> str:
    wanted = re.sub(r"[^A-Z0-9]", "", re.sub(r"_[A-Z]*MCBL$", "", text.upper()))
    for market in _contracts(markets):
        pair = f"{market.get('baseId')}{market.get('quoteId')}"
        if wanted in (market["id"], pair, f"{pair}{market.get('settleId')}"):
            return f"; did you mean {market['symbol']}?"
    return "; contracts are written like BTC/USDT:USDT"
