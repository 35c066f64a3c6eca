"""Positions that ccxt parses are looked at in passing: without a request, and without making parsing fail.

An open position says in which margin mode it stands. A leverage that differs from what was acknowledged is a WARNING.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ._exchange import Exchange
from ._runner import ExchangeCall
from .requested import ContractLeverage, KnownPosition
from .rules.arguments import MARGIN_MODES
from .rules.contracts import product_type_of_symbol
from .rules.modes import SIDES, Side, parse_number

log = logging.getLogger("bitget_leverage_ext")


async def close_position(exchange: Exchange, send: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """ccxt's ``close_position``; the position that was known counts as closed."""
    answer = await ExchangeCall(send, args)
    symbol, side, params = args
    with suppress(Exception):  # the position is closed, and the program gets its answer
        side = side or params.get("holdSide", params.get("posSide"))
        _closed(exchange.account_state.contract(exchange.market(symbol)["symbol"]), Side.parse(side))
    return answer


async def close_all_positions(exchange: Exchange, send: Callable[..., Any], params: Mapping[str, Any]) -> Any:
    """ccxt's ``close_all_positions``; the positions of the product type that were known count as closed."""
    answer = await ExchangeCall(send, (params,))
    with suppress(Exception):
        kind = exchange.handle_product_type_and_params(None, params)[0]
        for symbol, record in list(exchange.account_state.contracts.items()):
            named = params.get("symbol") in (None, exchange.markets[symbol]["id"])
            if named and product_type_of_symbol(symbol) == kind:
                _closed(record, None)
    return answer


def _closed(record: ContractLeverage, side: Side | None) -> None:
    for each in SIDES if side not in SIDES else (side,):
        record.closed(each)


def observe_position(exchange: Exchange, position: Any) -> None:
    """Take note of a position structure of ccxt, of a REST reply or of the websocket."""
    try:
        _observe(exchange, position)
    except Exception as error:  # whatever the exchange sent: the program gets its positions
        log.debug("a position was not looked at: %s", type(error).__name__)


def _observe(exchange: Exchange, position: Mapping[str, Any]) -> None:
    symbol, side = position.get("symbol"), Side.parse(position.get("side"))
    margin = MARGIN_MODES.get(str(position.get("marginMode")))
    size, leverage = parse_number(position.get("contracts")), parse_number(position.get("leverage"))
    # Not rows without a position: an empty one, one of the history (no leverage), the order id of a closed position.
    if not isinstance(symbol, str) or side not in SIDES or margin is None or leverage is None or size is None:
        return
    record = exchange.account_state.contract(symbol)
    if size == 0:
        record.closed(side)
        return
    record.seen(KnownPosition(side, margin, leverage, float(size)), position.get("hedged"))
    acknowledged = record.acknowledged(margin, side)
    warned = record.warned.setdefault((margin, side), set())
    if acknowledged == leverage:
        warned.clear()  # what comes after it is a new difference
    if acknowledged in (None, leverage) or leverage in warned:
        return
    warned.add(leverage)
    log.warning(
        "%s: the %s position in %s margin has leverage %sx, but %sx was set by this program: something else changed "
        "it, an earlier request took effect late, or the exchange did not apply it; "
        "call set_leverage() to set it again",
        symbol, side, margin, leverage, acknowledged,
    )  # fmt: skip
