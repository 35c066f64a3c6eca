"""The six product types of Bitget futures, and which one a market belongs to.

A product type is read from the quote coin of the market's own record, never from a list of coins:
``SBTC/SUSD:SBTC`` and ``SXRP/SUSD:SXRP`` are both SCOIN-FUTURES. Perpetual and delivery contracts share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BadInput, NotAContract, shown

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
    """One futures contract, as far as setting its leverage needs it."""

    symbol: str
    id: str
    product_type: str
    margin_coin: str
    min_leverage: float | None
    max_leverage: float | None
    unified: bool = False  # whether the market's record is from the unified account's list

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other contract: ids such as BTCUSD can stand in more than one product type."""
        return self.product_type, self.id

    @property
    def demo(self) -> bool:
        """Whether it is one of the S-coin contracts."""
        return self.product_type in DEMO


def parse_product_type(value: object) -> str:
    """A product type in any case, or its v1 name -> its name in capitals.

    :raises BadInput: not one of the six.
    """
    name = value.upper() if isinstance(value, str) else ""
    name = V1_NAMES.get(name, name)
    if name not in PRODUCT_TYPES:
        raise BadInput(f"productType {shown(value)} is unknown; use one of {', '.join(PRODUCT_TYPES)}")
    return name


def looks_demo(symbol: object, product_type: str | None) -> bool:
    """Whether a call is about S-coins, told before any market is loaded.

    The markets themselves must be loaded without the demo header then. A raw id can mislead (``SYSUSDT`` is the
    coin SYS), which is why the loaded market decides everything else.
    """
    if product_type is not None:
        return product_type in DEMO
    text = symbol.upper() if isinstance(symbol, str) else ""
    if "/" in text:
        return BY_QUOTE.get(re.split(r"[/:]", text)[1]) in DEMO
    return _DEMO_ID.fullmatch(text) is not None


def find_contract(
    markets: Mapping[str, Mapping[str, Any]],
    by_id: Mapping[str, list[Mapping[str, Any]]],
    symbol: object,
    product_type: str | None,
    margin_coin: str | None,
) -> Contract:
    """The contract that a unified symbol or a market id names, checked against what the caller says about it.

    A market id such as ``BTCUSDT``, which spot shares, means the contract.

    :raises NotAContract: unknown, or not a futures contract; the message names the one that was probably meant.
    :raises BadInput: *product_type* or *margin_coin* contradicts the market.
    """
    contracts = _named(markets, by_id, symbol)
    market = next((market for market in contracts if _product_type_of(market) == product_type), contracts[0])
    actual = _product_type_of(market)
    if product_type is not None and product_type != actual:
        raise BadInput(f"{market['symbol']} is {actual}, not {product_type}{_twin(markets, market, product_type)}")
    coins = tuple(str(coin).upper() for coin in market["info"].get("supportMarginCoins") or ()) or (market["settleId"],)
    if margin_coin is not None and margin_coin not in coins:
        raise BadInput(
            f"marginCoin {shown(margin_coin)} does not fit {market['symbol']}, which takes {', '.join(coins)}"
            + _settled_in(markets, market, margin_coin)
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
    )


def _named(
    markets: Mapping[str, Mapping[str, Any]], by_id: Mapping[str, list[Mapping[str, Any]]], symbol: object
) -> list[Mapping[str, Any]]:
    """The markets of the contracts that a symbol or an id names; one at least."""
    if not isinstance(symbol, str):
        raise NotAContract(f"symbol {shown(symbol)} is not a text; contracts are written like BTC/USDT:USDT")
    candidates = [markets[symbol]] if symbol in markets else list(by_id.get(symbol, ()))
    contracts = [market for market in candidates if market.get("contract")]
    if not contracts:
        kind = "is not a futures contract" if candidates else "is not a symbol Bitget lists"
        raise NotAContract(f"{shown(symbol)} {kind}{_did_you_mean(markets, symbol)}")
    return contracts


def any_contract(markets: Mapping[str, Mapping[str, Any]], product_type: str) -> Contract | None:
    """Some contract of a product type, for what is asked of the product type but read by symbol."""
    for market in _contracts(markets):
        if BY_QUOTE[market["quoteId"]] == product_type and market.get("active") is not False:
            return find_contract(markets, {}, market["symbol"], None, None)
    return None


def symbol_of(by_id: Mapping[str, list[Mapping[str, Any]]], product_type: object, id: object) -> str | None:
    """The unified symbol of a contract that a reply names; ``None`` where it is not listed."""
    for market in by_id.get(str(id), ()):
        if market.get("contract") and BY_QUOTE.get(market["quoteId"]) == product_type:
            return str(market["symbol"])
    return None


def lists_demo(markets: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether any S-coin contract is listed; the unified account's list has none."""
    return any(BY_QUOTE[market["quoteId"]] in DEMO for market in _contracts(markets))


def _product_type_of(market: Mapping[str, Any]) -> str:
    try:
        return BY_QUOTE[str(market["quoteId"]).upper()]
    except KeyError:
        raise NotAContract(
            f"{market['symbol']} is quoted in {market['quoteId']}, which no product type of Bitget futures is; "
            f"known quotes: {', '.join(BY_QUOTE)}"
        ) from None


def _contracts(markets: Mapping[str, Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (market for market in markets.values() if market.get("contract") and market.get("quoteId") in BY_QUOTE)


def _relatives(markets: Mapping[str, Mapping[str, Any]], market: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The perpetuals on the same coin or on its demo twin (BTC and SBTC)."""
    base = str(market["baseId"])
    bases = {base, f"S{base}", base.removeprefix("S")}
    return (other for other in _contracts(markets) if other["swap"] and other["baseId"] in bases)


def _did_you_mean(markets: Mapping[str, Mapping[str, Any]], text: str) -> str:
    wanted = re.sub(r"[^A-Z0-9]", "", re.sub(r"_[A-Z]*MCBL$", "", text.upper()))
    for market in _contracts(markets):
        pair = f"{market['baseId']}{market['quoteId']}"
        if wanted in (market["id"], pair, pair + str(market["settleId"])):
            return f"; did you mean {market['symbol']}?"
    return "; contracts are written like BTC/USDT:USDT"


def _twin(markets: Mapping[str, Mapping[str, Any]], market: Mapping[str, Any], product_type: str) -> str:
    for other in _relatives(markets, market):
        if BY_QUOTE[other["quoteId"]] == product_type:
            return f"; its {product_type} twin is {other['symbol']}"
    return f"; drop productType, or name a {product_type} symbol"


def _settled_in(markets: Mapping[str, Mapping[str, Any]], market: Mapping[str, Any], coin: str) -> str:
    for other in _relatives(markets, market):
        if other["settleId"] == coin:
            return f"; for {coin} use {other['symbol']}"
    return "; drop marginCoin to use the settle coin"
