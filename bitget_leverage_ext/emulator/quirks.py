"""The answers of Bitget that are not established: each can be had either way."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints


@dataclass(frozen=True)
class Quirks:
    """One field a question; the default is the documented or else the most often reported answer."""

    dialect: Literal["2026", "2025-03"] = "2026"
    """Does set-leverage know a figure for each side? The documentation of March 2025 has `leverage` (required) and
    `holdSide` only; `longLeverage` and `shortLeverage` came by July 2025 and made `leverage` optional.
    https://www.bitget.com/api-doc/contract/account/Change-Leverage
    https://github.com/JKorf/Bitget.Net/commit/1664fb3"""

    unneeded_hold_side: Literal["ignored", "refused"] = "ignored"
    """Is a side in crossed or one-way mode an error? An older documentation says it is ignored in crossed mode, the
    current one only that it is not needed; no refusal was ever reported.
    https://www.bitget.com/api-doc/contract/account/Change-Leverage"""

    leverage_alone_in_hedge: Literal["refused", "both"] = "refused"
    """What does `leverage` without a side mean in isolated hedge mode? Seen: 40808, hold side is null. The
    documentation since July 2025 can also be read as setting both sides alike.
    https://github.com/ccxt/ccxt/issues/24700"""

    same_leverage: Literal["success", "refused"] = "success"
    """Is setting the figure in force an error? The error table has 40814 for it, yet nobody reports meeting it.
    https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi"""

    same_margin_mode: Literal["success", "refused"] = "success"
    """Is setting the margin mode in force an error? The table's 45117 names positions and orders as the only cause.
    https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi"""

    cross_figure: Literal["figure", "null", "empty", "absent"] = "figure"
    """What is `crossMarginLeverage` in the reply? Documented as a figure, null in replies of the v1 API, left out by
    some reports of isolated mode.
    https://www.bitget.com/api-doc/contract/account/Change-Leverage
    https://github.com/ccxt/ccxt/pull/15035"""

    capitals: Literal["any", "required"] = "any"
    """Must marginCoin and productType be in capitals? The table of the documentation says so of marginCoin, its own
    example sends lower case.
    https://www.bitget.com/api-doc/contract/account/Change-Leverage"""

    unified_one_way: Literal["plain", "wants_side", "refuses_side"] = "plain"
    """What does a unified account in isolated one-way mode want? `plain`: `leverage` alone works, a side is ignored.
    `wants_side`: only with posSide or a figure for each side, as the documentation says of isolated mode at large.
    `refuses_side`: these are refused with 25236.
    https://www.bitget.com/api-doc/uta/account/Change-Leverage"""

    unified_row: Literal["last", "long"] = "last"
    """Which figure does the one `leverage` of a row in symbolConfigList show in isolated hedge mode: that of the side
    set last, or always that of the long side? No two-sided row was ever published."""

    s_products: Literal["served", "gone"] = "served"
    """Are the demo product types still there? Served in September 2026, but no longer in the documentation.
    https://www.bitget.com/api-doc/common/demotrading/restapi"""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in fields(self):
            value, allowed = getattr(self, field.name), get_args(hints[field.name])
            if value not in allowed:
                raise ValueError(f"Quirks({field.name}={value!r}): one of {allowed} is possible")
