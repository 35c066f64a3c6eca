"""The contracts of the six product types, and their rows in the lists of the v2 and the v3 API.

Names, margin coins and the shape of the rows are Bitget's; prices and sizes are only plausible.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal

# https://www.bitget.com/api-doc/contract/account/Change-Leverage
LIVE_PRODUCT_TYPES = ("USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES")
# https://www.bitget.com/api-doc/common/demotrading/restapi
DEMO_PRODUCT_TYPES = ("SUSDT-FUTURES", "SCOIN-FUTURES", "SUSDC-FUTURES")
PRODUCT_TYPES = LIVE_PRODUCT_TYPES + DEMO_PRODUCT_TYPES

# Contracts that publish no maximum still have one on the server; not established, taken from BTCUSDT of the same years.
HIDDEN_MAX_LEVERAGE = 125

# 2027-03-26 08:00 UTC, the last Friday of that quarter; dated contracts are delivered at that hour.
# https://github.com/ccxt/ccxt/pull/24824
MARCH_2027 = 1806048000000


# the API of classic accounts (v2), and that of unified ones (v3)
Line = Literal["classic", "unified"]


_EVERY_ROW = {
    "buyLimitPriceRatio": "0.05",
    "sellLimitPriceRatio": "0.05",
    "feeRateUpRatio": "0.005",
    "makerFeeRate": "0.0002",
    "takerFeeRate": "0.0006",
    "openCostUpRatio": "0.01",
    "pricePlace": "1",
    "minTradeUSDT": "5",
    "maxSymbolOrderNum": "200",
    "maxProductOrderNum": "1000",
    "maxPositionNum": "150",
    "offTime": "-1",
    "limitOpenTime": "-1",
    "deliveryStartTime": "",
    "launchTime": "",
    "maintainTime": "",
    "isRwa": "NO",
    "openTime": "",
}


@dataclass(frozen=True)
class EmulatedContract:
    symbol: str
    product_type: str
    base: str
    quote: str
    margin_coins: tuple[str, ...]
    max_leverage: int | None = 75
    delivery: int | None = None
    # normal; off: listed, but removed from trading; gone: no longer listed either
    status: str = "normal"
    lines: tuple[Line, ...] = ("classic", "unified")

    @property
    def highest(self) -> int:
        return self.max_leverage or HIDDEN_MAX_LEVERAGE

    @property
    def settle(self) -> str:
        return self.base if self.base in self.margin_coins else self.margin_coins[0]

    @property
    def key(self) -> tuple[str, str]:
        return self.product_type, self.symbol

    @property
    def inverse(self) -> bool:
        return self.settle == self.base

    @property
    def ccxt_symbol(self) -> str:
        name = f"{self.base}/{self.quote}:{self.settle}"
        if self.delivery is None:
            return name
        return f"{name}-{datetime.fromtimestamp(self.delivery / 1000, timezone.utc):%y%m%d}"

    # https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts
    def row(self) -> dict[str, Any]:
        demo = self.product_type in DEMO_PRODUCT_TYPES
        lever = "" if self.max_leverage is None else str(self.max_leverage)
        return _EVERY_ROW | {
            "symbol": self.symbol,
            "baseCoin": self.base,
            "quoteCoin": self.quote,
            "supportMarginCoins": list(self.margin_coins),
            # demo rows keep the coarser steps of the documentation
            # https://www.bitget.com/api-doc/common/demotrading/restapi
            "minTradeNum": "0.001" if demo else "0.0001",
            "priceEndStep": "5" if demo else "1",
            "volumePlace": "3" if demo else "4",
            "sizeMultiplier": "0.001" if demo else "0.0001",
            "symbolType": "delivery" if self.delivery else "perpetual",
            "symbolStatus": self.status,
            "deliveryTime": str(self.delivery or ""),
            "deliveryPeriod": "next_quarter" if self.delivery else "",
            "fundInterval": "" if demo or self.delivery else "8",
            "minLever": "1" if lever else "",
            "maxLever": lever,
            "posLimit": "" if demo or self.delivery else "0.1",
            "maxMarketOrderQty": "" if self.delivery else "220",
            "maxOrderQty": "" if self.delivery else "1200",
        }

    # https://www.bitget.com/api-doc/uta/public/Instruments
    def instrument(self) -> dict[str, Any]:
        row = self.row()
        shared = (
            'symbol', 'baseCoin', 'quoteCoin', 'buyLimitPriceRatio', 'sellLimitPriceRatio', 'feeRateUpRatio',
            'makerFeeRate', 'takerFeeRate', 'openCostUpRatio', 'maxOrderQty', 'maxMarketOrderQty', 'maxSymbolOrderNum',
            'maxProductOrderNum', 'maxPositionNum', 'offTime', 'limitOpenTime', 'deliveryTime', 'deliveryStartTime',
            'deliveryPeriod', 'launchTime', 'fundInterval', 'maintainTime', 'isRwa',
        )  # fmt: skip
        return {key: row[key] for key in shared} | {
            "category": self.product_type,
            "minOrderQty": row["minTradeNum"],
            "pricePrecision": row["pricePlace"],
            "quantityPrecision": row["volumePlace"],
            "quotePrecision": None,
            "priceMultiplier": "0.1",
            "quantityMultiplier": row["sizeMultiplier"],
            "type": row["symbolType"],
            "minOrderAmount": row["minTradeUSDT"],
            "status": "online" if self.status == "normal" else self.status,
            "minLeverage": row["minLever"],
            "maxLeverage": row["maxLever"],
        }

    # https://www.bitget.com/api-doc/contract/position/Get-Query-Position-Lever
    def tiers(self) -> list[dict[str, Any]]:
        levers = [lever for lever in (self.highest, self.highest // 2, self.highest // 5) if lever]
        return [
            {
                "symbol": self.symbol,
                "level": str(level),
                "startUnit": str((level - 1) * 150_000),
                "endUnit": str(level * 150_000),
                "leverage": str(lever),
                "keepMarginRate": f"{0.5 / lever:.4f}",
            }
            for level, lever in enumerate(levers, start=1)
        ]


# BTWUSDT allows 5 at most: seen live, 2026-08. The names beginning with S are ordinary coins, not demo ones.
_USDT_MAXIMA = {
    'BTC': 150, 'ETH': 150, 'XRP': 100, 'SOL': 100, 'DOGE': 75, 'ADA': 75, 'SANTOS': 20, 'SATS': 50, 'BTW': 5,
}  # fmt: skip

_USDT_OTHERS = """
    AAVE ACH AGLD ALGO ALICE ALT ANKR APE API3 APT AR ARB ARKM ASTR ATOM AVAX AXL AXS BAND BAT BCH BEAM BICO BIGTIME
    BLUR BNB BOME C98 CAKE CELO CFX CHR CHZ COMP CRV CTSI CYBER DASH DOT DUSK DYDX DYM EGLD EIGEN ENA ENJ ENS ETC ETHFI
    ETHW FET FIL FLOW FXS GALA GAS GLM GMT GMX GRT HBAR HIGH HOOK ICP ICX ID ILV IMX INJ IO IOTA IOTX JASMY JOE JTO JUP
    KAITO KAVA KSM LDO LINK LPT LQTY LRC LTC MAGIC MANA MASK MEME MINA MOVR NEAR NEO NOT OM ONDO ONE ONT OP ORDI PENDLE
    PEOPLE PYTH QNT QTUM RDNT RENDER RSR RUNE RVN SAND SEI SKL SNX SSV STG STORJ STRK STX SUI SUSHI SYS TAO TIA TON TRB
    TRX TURBO UMA UNI VET W WIF WLD WOO XAI XLM XTZ YFI YGG ZEC ZEN ZETA ZIL ZK ZRO ZRX
"""

# formerly seven coins secured a coin-margined position
# https://github.com/ccxt/ccxt/pull/24824
_COIN_MARGIN = ("BTC", "STETH", "XRP", "ETH", "USDE", "USDC", "BGB")
# https://github.com/ccxt/ccxt/pull/15556
_DEMO_COIN_MARGIN = ("SBTC", "SETH")


def _coin(base: str, classic: str, unified: str, **more: Any) -> tuple[EmulatedContract, ...]:
    """Return the coin-margined contracts of a coin, which have names of their own on each line.

    https://www.bitget.com/api-doc/uta/public/Instruments
    """
    perpetual = unified.startswith("_")
    named: dict[Line, str] = {"classic": f"{base}USD{classic}", "unified": f"{base}{'USD' * perpetual}{unified}"}
    return tuple(
        EmulatedContract(name, "COIN-FUTURES", base, "USD", _COIN_MARGIN, 125, lines=(line,), **more)
        for line, name in named.items()
    )


def _contracts() -> list[EmulatedContract]:
    usdt = [
        EmulatedContract(f"{base}USDT", "USDT-FUTURES", base, "USDT", ("USDT",), maximum)
        for base, maximum in _USDT_MAXIMA.items()
    ]
    usdt += [EmulatedContract(f"{base}USDT", "USDT-FUTURES", base, "USDT", ("USDT",)) for base in _USDT_OTHERS.split()]
    usdt.append(EmulatedContract("FTTUSDT", "USDT-FUTURES", "FTT", "USDT", ("USDT",), 20, status="off"))
    usdc = [
        EmulatedContract(f"{base}PERP", "USDC-FUTURES", base, "USDC", ("USDC",), 125) for base in ("BTC", "ETH", "SOL")
    ]
    coin = [_coin(base, "", "_CM") for base in ("BTC", "ETH", "XRP")]
    coin += [_coin(base, "H27", "CMH27", delivery=MARCH_2027) for base in ("BTC", "ETH")]
    # delivered on 2026-09-25: no longer listed, and refused as removed
    coin += [_coin(base, "U26", "CMU26", status="gone") for base in ("BTC", "ETH")]

    # The demo contracts, all of them; the documented row leaves their leverage range empty.
    # https://www.bitget.com/api-doc/common/demotrading/restapi
    demo = [
        EmulatedContract(f"S{base}SUSDT", "SUSDT-FUTURES", f"S{base}", "SUSDT", ("SUSDT",), None)
        for base in ("BTC", "ETH", "XRP")
    ]
    for base in ("SBTC", "SETH"):
        demo.append(EmulatedContract(f"{base}SUSD", "SCOIN-FUTURES", base, "SUSD", _DEMO_COIN_MARGIN, None))
        demo.append(
            EmulatedContract(
                f"{base}SUSDH27", "SCOIN-FUTURES", base, "SUSD", _DEMO_COIN_MARGIN, None, delivery=MARCH_2027
            )
        )
        demo.append(EmulatedContract(f"{base}SPERP", "SUSDC-FUTURES", base, "SUSDC", ("SUSDC",), None))
    return [*usdt, *(each for pair in coin for each in pair), *usdc, *demo]


CONTRACTS: dict[tuple[str, str], EmulatedContract] = {each.key: each for each in _contracts()}
_BY_CCXT_SYMBOL: dict[tuple[str, Line], EmulatedContract] = {
    (each.ccxt_symbol, line): each for each in CONTRACTS.values() if each.status != "gone" for line in each.lines
}


def find(product_type: str, symbol: str, line: Line) -> EmulatedContract | None:
    contract = CONTRACTS.get((product_type.upper(), symbol.upper()))
    return contract if contract and line in contract.lines else None


def by_ccxt_symbol(symbol: str, line: Line) -> EmulatedContract | None:
    return _BY_CCXT_SYMBOL.get((symbol, line))


def counterpart(contract: EmulatedContract, line: Line) -> EmulatedContract:
    """Return the same contract under the name that it has on the other line, or itself."""
    return contract if line in contract.lines else by_ccxt_symbol(contract.ccxt_symbol, line) or contract


def listed(product_type: str, line: Line) -> list[EmulatedContract]:
    return [
        each
        for each in CONTRACTS.values()
        if each.product_type == product_type and line in each.lines and each.status != "gone"
    ]
