"""The decision table of request formats: for each account type and scope, the formats in the order of their evidence.

The next format is tried only where the exchange refuses the format of the one before; the text of the refusal decides
that, not its code. The format that an account accepted is tried first from then on. In crossed margin
``longLeverage`` would change the one leverage there is, so it is never sent there.

A format with both leverages can change one side only together with the leverage that the other side has already.
That leverage must be known; it is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..api.fields import HOLD_SIDE, POS_SIDE
from .change import LeverageChange, Scope
from .modes import Side


@dataclass(frozen=True)
class RequestFormat:
    """Which fields a request has.

    :ivar side: the field that names a side: then there is one request for each side, else one in all
    """

    leverage: bool = False
    side: str | None = None
    both_leverages: bool = False


# By account type, what the request calls the hold side. Of several names, the first is tried first.
SIDE_FIELDS: Mapping[bool, tuple[str, ...]] = {False: (HOLD_SIDE,), True: (POS_SIDE,)}

LEVERAGE = RequestFormat(leverage=True)
BOTH_LEVERAGES = RequestFormat(both_leverages=True)
# Those that name a side: one for each name.
CLASSIC_SIDE = tuple(RequestFormat(leverage=True, side=name) for name in SIDE_FIELDS[False])
UNIFIED_SIDE = tuple(RequestFormat(leverage=True, side=name) for name in SIDE_FIELDS[True])
ALL_FIELDS = tuple(RequestFormat(leverage=True, side=name, both_leverages=True) for name in SIDE_FIELDS[True])

# (unified, scope) -> formats. They are tried, and the accepted one is remembered, wherever a leverage is set: nothing
# else has to know them. The sources, row by row:
REQUEST_FORMATS: Mapping[tuple[bool, Scope], tuple[RequestFormat, ...]] = {
    # https://www.bitget.com/api-doc/contract/account/Change-Leverage
    (False, Scope.CROSSED): (LEVERAGE,),
    # https://www.bitget.com/api-doc/contract/account/Change-Leverage
    (False, Scope.ONE_WAY): (LEVERAGE,),
    # seen accepted 2026-05 and 2026-08: https://github.com/quaxistech/tomorrow-bot (docs/testnet_validation.md)
    (False, Scope.ONE_SIDE): CLASSIC_SIDE,
    # BOTH_LEVERAGES https://www.bitget.com/api-doc/contract/account/Change-Leverage (since 2025-07);
    # CLASSIC_SIDE https://github.com/ccxt/ccxt/issues/21435 (one call for each side), all that the page of 2025-03 has
    (False, Scope.BOTH_SIDES): (BOTH_LEVERAGES, *CLASSIC_SIDE),
    # seen 2026-09 on hedge accounts too: https://github.com/msei99/pbgui
    (True, Scope.CROSSED): (LEVERAGE,),
    # LEVERAGE https://github.com/4g8vps7cyd-ux/nightshift (nightshift/exchange.py);
    # the others https://www.bitget.com/api-doc/uta/account/Change-Leverage (posSide for isolated margin at large)
    (True, Scope.ONE_WAY): (LEVERAGE, BOTH_LEVERAGES, *UNIFIED_SIDE),
    # BOTH_LEVERAGES https://github.com/JKorf/Bitget.Net/pull/104; ALL_FIELDS accepted live 2026-07 and 2026-08:
    # https://github.com/huohuo4434/MoonX-Genesis (which side it sets is not established, so one request a side);
    # UNIFIED_SIDE https://www.bitget.com/api-doc/uta/account/Change-Leverage
    (True, Scope.BOTH_SIDES): (BOTH_LEVERAGES, *ALL_FIELDS, *UNIFIED_SIDE),
    # UNIFIED_SIDE https://www.bitget.com/api-doc/uta/account/Change-Leverage, refused by the real exchange with 25200
    # in four independent reports of 2026: https://github.com/metricky/gainium_exchange-connector-sh (specs/027)
    (True, Scope.ONE_SIDE): (*UNIFIED_SIDE, BOTH_LEVERAGES, *ALL_FIELDS),
}


class RequestBody(NamedTuple):
    """The leverage fields of one request; ``AccountApi.write_fields`` gives them their names.

    :ivar sets: the leverages that are in force once the request was accepted, by side
    :ivar side_field: the name of the field for the side
    """

    leverage: int | None = None
    side: Side | None = None
    long: int | None = None
    short: int | None = None
    sets: Mapping[Side, int] = {}  # never changed
    side_field: str = ""


def build_bodies(fmt: RequestFormat, change: LeverageChange) -> tuple[RequestBody, ...]:
    """Return the requests that express *change* in one format.

    A format with both leverages needs a change with both: see :meth:`.change.LeverageChange.completed`.
    """
    long, short = (change.long, change.short) if fmt.both_leverages else (None, None)
    if fmt.side:
        return tuple(
            RequestBody(value, side, long, short, change.by_side if fmt.both_leverages else {side: value}, fmt.side)
            for side, value in change.by_side.items()
        )
    # Without a side, one leverage is that of both sides.
    return (RequestBody(change.long if fmt.leverage else None, None, long, short, change.by_side),)


def side_of(fields: Mapping[str, Any]) -> str | None:
    """Return the side that the fields of a request name, None where they name none."""
    return next((fields[name] for names in SIDE_FIELDS.values() for name in names if name in fields), None)


# The words of refusals that were about a hold side, a position side, or a field too many or too few:
# https://github.com/ccxt/ccxt/issues/24700 (hold side is null), https://github.com/ccxt/ccxt/issues/15033 (holdSide,
# in Chinese too), https://github.com/germangar/whook/issues/13 (side mismatch),
# https://github.com/metricky/gainium_exchange-connector-sh (DOUBLE_SIDE_HOLD … none validation error),
# https://github.com/4g8vps7cyd-ux/nightshift (SINGLE_SIDE_HOLD),
# https://www.bitget.com/api-doc/uta/error-code/restapi (25236 Incorrect position open type)
_SIDE = re.compile(
    r"(hold|pos|position)[ _]?side|side mismatch|(single|double)[ _]side|after(long|short)leverage|position open type"
)
_FIELD = re.compile(r"(long|short)?leverage")
_TOO_MANY_OR_FEW = re.compile(
    r"empty|null|none|blank|missing|requir|mandatory|must|should|need|unexpected|superfluous|not (supported|allowed)"
    r"|不能为空"
)
# A refusal of the leverage itself is not about the format: 400172 and 25200 are used for both.
_VALUE = re.compile(r"exceed|max|min\b|limit|range|margin|adjust|change")


def is_about_format(text: str) -> bool:
    """Return whether the text of a refusal is about the format of the request, not about what is asked for."""
    text = text.lower()
    if _SIDE.search(text):
        return True
    return bool(_FIELD.search(text) and _TOO_MANY_OR_FEW.search(text)) and not _VALUE.search(text)
