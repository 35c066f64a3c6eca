"""Prices: a wave over the clock, the same in every run."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

from .contracts import DEMO_PRODUCT_TYPES, EmulatedContract

TICK = Decimal("0.1")
_BASE_PRICES = {"BTC": 100_000, "ETH": 4_000}
# Four hours up and down by one percent: strategies see crossings, and no stoploss worth the name is hit.
_WAVE_MS = 4 * 3600 * 1000
_WAVE_HEIGHT = 0.01


def price(contract: EmulatedContract, now: int) -> Decimal:
    """Return the one price of a contract, which is bid, ask, mark and index alike."""
    base = contract.base
    if contract.product_type in DEMO_PRODUCT_TYPES:
        base = base.removeprefix("S")
    wave = 1 + _WAVE_HEIGHT * math.sin(2 * math.pi * (now % _WAVE_MS) / _WAVE_MS)
    return Decimal(_BASE_PRICES.get(base, 100) * wave).quantize(TICK, ROUND_HALF_EVEN)


def worth(contract: EmulatedContract, size: Decimal, at: Decimal) -> Decimal:
    """Return the worth of a size in the coin that settles it; coin-margined sizes are in that coin already."""
    return size if contract.settle == contract.base else size * at


def text(number: Decimal) -> str:
    """Write a number as Bitget does: no exponent, and here at most eight decimal places."""
    return format(number.quantize(Decimal("1e-8")).normalize() + 0, "f")
