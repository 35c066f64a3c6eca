"""The API of unified accounts, ``/api/v3``: the margin mode is sent with every leverage.

https://www.bitget.com/api-doc/uta/account/Change-Leverage (marginMode defaults to crossed)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import ccxt

from .._exchange import Exchange
from .._rate_limit import RateLimit
from .._retry import Deadline, is_transient, take_lock
from ..errors import copied
from ..requested import KnownPosition
from ..rules.formats import RequestBody
from ..rules.modes import (
    CROSSED,
    LONG,
    ONE_WAY,
    SHORT,
    SIDES,
    LeverageSnapshot,
    MarginMode,
    Modes,
    PositionMode,
    Side,
    common_value,
    parse_number,
)
from ..rules.order_modes import OrderShape
from ..state import ONE_TRY, UNIFIED, Moment, ReadCache, Reading
from . import fields as name
from .base import AccountApi, ApiRequest, send, word

# https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
SETTINGS_LIMIT = RateLimit("v3/account/settings", 10)

Row = Mapping[str, Any]


class UnifiedApi(AccountApi):
    """Endpoints, fields and parsing of unified accounts."""

    unified = True
    contract_names: ClassVar = {name.SYMBOL: "id", name.CATEGORY: "product_type", name.COIN: "margin_coin"}
    position_side = name.POS_SIDE
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage, …/uta/position/Get-Position
    set_leverage_limit = RateLimit("v3/account/set-leverage", 10)
    positions_limit = RateLimit("v3/position/current-position", 20)

    def known_modes(self) -> Modes:
        return Modes(None, self.cache.state.position_modes.get(UNIFIED))

    def effective_modes(self, snapshot: LeverageSnapshot) -> Modes:
        return Modes(self.expected.margin, snapshot.modes.position or self.expected.position)

    def position_fields(self) -> dict[str, Any]:
        return {name.CATEGORY: self.contract.product_type, name.SYMBOL: self.contract.id}

    def write_fields(self, body: RequestBody, modes: Modes) -> dict[str, Any]:
        assert modes.margin is not None
        return {**super().write_fields(body, modes), name.MARGIN_MODE: modes.margin.value}

    def cached_reading(self) -> Reading | None:
        answer = self.cache.get(UNIFIED, self.contract)
        return None if answer is None else self._reading(answer)

    async def reading(self) -> Reading:
        await shared_settings(self.exchange, self.cache, self.deadline)
        return await super().reading()

    async def read(self) -> Reading:
        return self._reading(await read_settings(self.exchange, self.cache, self.deadline))

    async def read_back(self, modes: Modes) -> Reading:
        """Read the open position of the written margin mode, which is the better witness, else the settings row.

        A row was seen to stay as it was after an accepted write: https://github.com/jum4412-blip/index-sniper-pro
        """
        row = await self.read()
        modes = Modes(modes.margin, row.snapshot.modes.position or modes.position)
        settings = row.snapshot if row.snapshot.modes.margin is modes.margin else LeverageSnapshot()
        positions = await self.read_positions_if_allowed()
        return Reading(position_snapshot(positions, modes).over(settings), row.raw)

    def row_leverage(self, reading: Reading, side: Side) -> float | None:
        """Return the leverage of *side* in a settings row with a leverage for each side, whatever mode it names.

        Seen live 2026-08-20 in the row of a one-way account; a row with one leverage does not say whose it is.
        """
        found = (_row_sides(row)[side] for row in self._rows(reading.raw))
        return next((value for value in found if value is not None), None)

    def _reading(self, answer: Any) -> Reading:
        contract = self.contract
        snapshot = parse_settings(answer.get("data"), contract.product_type, contract.id, self.expected.margin)
        return Reading(snapshot, answer)

    def row(self, answer: Any, margin: MarginMode | None) -> Row:
        """Return the contract's row of *margin* mode in a settings answer, empty where there is none."""
        return next((row for row in self._rows(answer) if MarginMode.parse(row.get(name.MARGIN_MODE)) is margin), {})

    def _rows(self, answer: Any) -> list[Row]:
        return settings_rows(answer.get("data"), self.contract.product_type, self.contract.id)

    def _parse_written(self, answer: Any) -> LeverageSnapshot:
        return LeverageSnapshot()

    @staticmethod
    def position_mode_request(product_type: str, mode: PositionMode, extra: Mapping[str, Any]) -> ApiRequest:
        # https://www.bitget.com/api-doc/uta/account/Change-Position-Mode
        return ApiRequest("POST", "v3/account/set-hold-mode", {**extra, name.HOLD_MODE: mode.value}, "set-hold-mode")

    async def set_margin_mode(self, margin: MarginMode) -> Any:
        """Return a reply without a request: a unified account has no such endpoint.

        https://www.bitget.com/api-doc/uta/account/Change-Leverage: the mode is sent with each leverage and each order
        """
        data = {name.SYMBOL: self.contract.id, name.MARGIN_MODE: margin.value}
        return {"code": "00000", "msg": "success", "requestTime": self.exchange.milliseconds(), "data": data}


async def read_settings(exchange: Exchange, cache: ReadCache, deadline: Deadline) -> Any:
    """Return a unified account's settings; the position mode in them is remembered.

    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
    """
    asked = Moment()
    request = ApiRequest("GET", SETTINGS_LIMIT.path, {}, "account settings", SETTINGS_LIMIT)
    try:
        answer = await send(exchange, request, deadline, cache.state)
        if not isinstance(answer.get("data"), dict):
            raise ccxt.BadResponse(f"bitget did not return the account's settings: {str(answer)[:300]}")
    except ccxt.BaseError as error:
        # what was tried only once, before an order, counts for those who try once too
        key = ONE_TRY if is_transient(error) and not deadline.seconds else UNIFIED
        # without its traceback, which would keep the exchange object alive
        cache.keep(key, copied(error, str(error)), asked)
        raise
    mode = PositionMode.parse(answer["data"].get(name.HOLD_MODE))
    if mode is not None:
        exchange.account_state.position_modes[UNIFIED] = mode
    cache.keep(UNIFIED, answer, asked)
    return answer


async def shared_settings(exchange: Exchange, cache: ReadCache, deadline: Deadline, since_answer: bool = False) -> Any:
    """Return the settings: read by this call, or by another one while this call waited for its turn.

    So a cold ``asyncio.gather`` of many calls reads them once; a read that failed counts for those who waited for it.

    :param since_answer: a read that was under way when the call began is good enough, as it is for the account type
    """
    with await take_lock(exchange.flow_locks, UNIFIED, deadline, "account settings"):
        answer = cache.get(UNIFIED, since_answer=since_answer)
        if answer is None and not deadline.seconds:
            cache.get(ONE_TRY, since_answer=since_answer)  # raises the failure of another call's only try
        return answer if answer is not None else await read_settings(exchange, cache, deadline)


# --- parsing ---------------------------------------------------------------------------------------------------------


def settings_rows(settings: object, category: str, symbol: str) -> list[Row]:
    """Return a symbol's rows of ``GET /api/v3/account/settings``; none where the symbol was never touched."""
    rows = settings.get(name.SYMBOL_CONFIG_LIST) if isinstance(settings, Mapping) else None
    return [
        row
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, Mapping) and row.get(name.CATEGORY) == category and row.get(name.SYMBOL) == symbol
    ]


def parse_settings(settings: object, category: str, symbol: str, margin: MarginMode | None = None) -> LeverageSnapshot:
    """Return what the settings say of one symbol, preferably in *margin* mode.

    Seen live: no row, a row with one string, a row with a leverage for each side. The page's table says Array, and
    other clients accept a number. One leverage cannot speak for two sides: in isolated hedge mode it is ``one_side``.
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting, https://github.com/msei99/pbgui
    """
    rows = settings_rows(settings, category, symbol)
    row = next((each for each in rows if each.get(name.MARGIN_MODE) == margin), rows[0] if rows else {})
    position = settings.get(name.HOLD_MODE) if isinstance(settings, Mapping) else None
    modes = Modes(MarginMode.parse(row.get(name.MARGIN_MODE)), PositionMode.parse(position))
    long, short = _row_sides(row).values()
    value = row.get(name.LEVERAGE)
    one = common_value([parse_number(each) for each in (value if isinstance(value, list) else [value])])
    if modes.margin is CROSSED:  # it says nothing of isolated margin
        return LeverageSnapshot(modes, cross=one if one is not None else common_value([long, short]))
    if modes.position is ONE_WAY:
        long, short = (one if value is None else value for value in (long, short))
        return LeverageSnapshot(modes, long=long, short=short)
    return LeverageSnapshot(modes, long=long, short=short, one_side=one)


def _row_sides(row: Row) -> dict[Side, float | None]:
    """Return a leverage by side, where a row has one for each: by key, or as a list.

    A list has long before short, the order in which every page and reply of Bitget has the two.
    """
    listed = row.get(name.LEVERAGE)
    by_key = row.get(name.LONG_LEVERAGE), row.get(name.SHORT_LEVERAGE)
    long, short = listed if isinstance(listed, list) and len(listed) == 2 else by_key
    return {LONG: parse_number(long), SHORT: parse_number(short)}


def position_snapshot(positions: list[KnownPosition], modes: Modes) -> LeverageSnapshot:
    """Return what open positions say of the leverage in ``modes.margin``; they carry the leverage in force."""
    held = {each.side: each.leverage for each in positions if each.margin is modes.margin}
    one = common_value(list(held.values()))
    if modes.margin is CROSSED:
        return LeverageSnapshot(modes, cross=one)
    if modes.position is ONE_WAY:
        return LeverageSnapshot(modes, long=one, short=one)
    return LeverageSnapshot(modes, long=held.get(LONG), short=held.get(SHORT))


def read_order(fields: Mapping[str, Any], protects: bool) -> OrderShape | None:
    """Return the shape of an order's request, None where it is not known.

    https://www.bitget.com/api-doc/uta/trade/Place-Order (reduceOnly, posSide)

    :param protects: a strategy order; it reads marginMode (seen live 2026-08: 31008 in the wrong mode)
    """
    opened = {"buy": LONG, "sell": SHORT}.get(word(fields, name.SIDE))
    named = Side.parse(fields.get(name.POS_SIDE))
    held = named if named in SIDES else None
    if protects:
        side = held or (opened and opened.other)
        if side is None:
            return None
        return OrderShape(side, held is not None, closes=True, waits=True, has_margin_mode=True, market=False)
    if opened is None:
        return None
    closes = word(fields, name.REDUCE_ONLY) in ("yes", "true") or (held is not None and held is not opened)
    side = held or (opened.other if closes else opened)
    market = word(fields, name.ORDER_TYPE) == "market"
    waits = any(fields.get(each) for each in name.TRIGGERS)  # or is executed at once, which was seen live 2026-08
    return OrderShape(side, held is not None, closes, waits, has_margin_mode=True, market=market)
