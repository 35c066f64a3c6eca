"""The shape of an order, and the decision table of the margin mode that it carries.

Bitget keeps a leverage for each margin mode, and the ORDER's ``marginMode`` decides which one counts, whatever the
contract's own mode is; an order without one is crossed. So an order must name the mode whose leverage was set:

===========================  ==================================================================================
the order                    carries, the first of these that is known
===========================  ==================================================================================
opens a position             the mode that the caller names (params, ccxt's options for orders); the mode that the
                             program chose or decided last; that of a known open position; else ccxt's request
closes or protects one       the mode that its params name; that of the position; that of ccxt's options; the mode
                             that the program chose or decided last; that of an order which may have opened one;
                             that of the position known last
===========================  ==================================================================================

An order in one-way mode that is opposite to the open position closes it.

https://www.bitget.com/api-doc/contract/trade/Place-Order, https://www.bitget.com/api-doc/uta/trade/Place-Order,
https://github.com/Youra82/dnabot (2026-03-15: the contract's mode was isolated, and the position opened crossed)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .modes import MarginMode, Side

# No position to close: 22002 https://www.bitget.com/api-doc/contract/error-code/restapi,
# 25227 https://www.bitget.com/api-doc/uta/error-code/restapi, 31008 seen live 2026-08 for a strategy order
NO_POSITION = frozenset({"22002", "25227", "31008"})
_NO_POSITION = re.compile(r"no position (available )?to close", re.IGNORECASE)


@dataclass(frozen=True)
class OrderShape:
    """An order, as far as leverage needs it.

    :ivar side: the side of the position that it opens or closes
    :ivar hedged: whether it is an order of hedge mode
    :ivar closes: whether it can only close: reduce-only, hedge close, take-profit or stop-loss
    :ivar waits: whether it waits for a price, or may do so; the exchange accepts such an order in the wrong margin mode
    :ivar has_margin_mode: whether its request has a field for the margin mode
    :ivar market: whether it is filled at once
    :ivar amount: in contracts, None where it is not known
    """

    side: Side
    hedged: bool
    closes: bool
    waits: bool
    has_margin_mode: bool
    market: bool
    amount: float | None = None


@dataclass(frozen=True)
class KnownModes:
    """The margin modes that are known when an order is placed; None where one is not.

    :ivar params: named in the order's params
    :ivar options: named by ccxt's options for orders
    :ivar program: the one that the program chose or decided last
    :ivar position: that of the open position which the order is about
    :ivar entry: that of an order which may have opened the position
    :ivar last_position: that of the position that was known last, though it may be closed
    """

    params: MarginMode | None = None
    options: MarginMode | None = None
    program: MarginMode | None = None
    position: MarginMode | None = None
    entry: MarginMode | None = None
    last_position: MarginMode | None = None


def opening_mode(known: KnownModes) -> MarginMode | None:
    """Return the margin mode that an opening order carries, None to leave it as ccxt has it."""
    return known.params or known.options or known.program or known.position


def closing_mode(known: KnownModes) -> MarginMode | None:
    """Return the margin mode that an exit carries, None to leave it as ccxt has it."""
    return known.params or known.position or known.options or known.program or known.entry or known.last_position


def is_guess(mode: MarginMode, known: KnownModes) -> bool:
    """Return whether the mode of an exit is a guess: not named in params, not that of a position opened or seen.

    That of a position which is closed is one too, where an order of another mode may have opened the next.
    """
    if known.params is not None or mode is known.position:
        return False
    return mode is not known.last_position or known.entry not in (None, mode)


def must_look_for_position(shape: OrderShape, known: KnownModes) -> bool:
    """Return whether the position is read before an exit: before one that waits, which is accepted in the wrong mode.

    Nothing is read where the mode is known, or where an order in the wrong mode is answered with a refusal.
    """
    chosen = known.options or known.program
    unsure = chosen is None or known.entry not in (None, chosen)
    return shape.waits and shape.has_margin_mode and known.params is None and known.position is None and unsure


def refuses_to_close(code: object, text: object) -> bool:
    """Return whether an answer says that there is no position to close, as it does in the other margin mode."""
    return str(code) in NO_POSITION or _NO_POSITION.search(str(text)) is not None
