"""The interface of an account's API, and how a private request is sent: rate limit, retry, validation."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import ccxt

from .. import errors
from .._exchange import Exchange
from .._rate_limit import RateLimit, SlidingWindow, departed
from .._retry import Deadline, RetryState, as_ccxt
from .._runner import ExchangeCall
from ..requested import KnownPosition, next_number
from ..rules.change import RequestedLeverage, must_read_modes_first
from ..rules.contracts import Contract
from ..rules.formats import RequestBody
from ..rules.modes import LeverageSnapshot, MarginMode, Modes, PositionMode, Side, parse_number
from ..rules.refusals import WrongMode
from ..state import AccountState, ReadCache, Reading
from . import fields as name


class ApiRequest(NamedTuple):
    """A private request.

    :ivar doing: what it does, for messages
    :ivar limit: the endpoint's own rate limit; None leaves the request to ccxt's throttler, which would add up the
        costs of endpoints whose limits are independent
    :ivar seconds: the longest time of the request and its repetitions, from its place in the rate limit on; None leaves
        that to the deadline of the call
    """

    method: str
    path: str
    fields: Mapping[str, Any]
    doing: str
    limit: RateLimit | None = None
    on_outcome_unknown: Callable[[], object] | None = None
    seconds: float | None = None


async def send(exchange: Exchange, request: ApiRequest, deadline: Deadline, state: AccountState) -> Any:
    """Send a private request until it is answered, and return the answer.

    :raises ccxt.BaseError: a refusal in its ccxt class; a fault that outlasted the deadline
    """
    deadline.check(request.doing)
    retry = RetryState(request.doing, deadline, request.method == "POST", request.on_outcome_unknown)
    window = None
    if request.limit is not None and exchange.enableRateLimit:
        window = state.traffic.window(request.limit)
    unified = not request.path.startswith("v2/mix/")
    failed: ccxt.BaseError | None = None
    while True:
        if window is not None:
            try:
                await window.wait_for_place(request.doing, deadline)
            except ccxt.RequestTimeout:
                if failed is not None:  # an earlier try says more: it may have been carried out
                    raise retry.final_error(failed) from failed
                raise
        if request.seconds is not None and failed is None:
            seconds = min(request.seconds, deadline.left)
            deadline = retry.deadline = Deadline(seconds, seconds)
        try:
            return await _send_once(exchange, request, unified, deadline, window)
        except Exception as error:
            failed = errors.mapped(as_ccxt(error), unified)
        except BaseException:  # cancelled, or interrupted: the request is on its way
            retry.interrupted()
            raise
        await retry.wait_after(failed)


async def _send_once(
    exchange: Exchange, request: ApiRequest, unified: bool, deadline: Deadline, window: SlidingWindow | None
) -> Any:
    """Send a request, and return the answer; its end, and the round trip that a reply shows, are recorded."""
    args = (request.path, ["private", "uta" if unified else "mix"], request.method, dict(request.fields))
    config = {"cost": 4 if window is None else 0}
    limit = None if deadline.gives_up is None else deadline.request_limit
    answered, sent = False, [time.monotonic()]
    departed.set(sent)
    try:
        answer = await ExchangeCall(exchange.request, args, {"config": config}, limit)
        answered = True
    except Exception as error:
        answered = isinstance(as_ccxt(error), ccxt.ExchangeError)  # a refusal is a reply too
        raise
    finally:
        now, first = time.monotonic(), exchange.first_reply
        if answered and first is None:
            exchange.first_reply = now
        if window is not None:
            window.on_response(sent[0], now, answered and first is not None and sent[0] >= first)
    if answer is None or answer == "":
        raise ccxt.NullResponse("bitget answered with an empty body")
    if not isinstance(answer, dict) or answer.get("code") != "00000":
        raise ccxt.BadResponse(f"bitget answered without acknowledging: {str(answer)[:200]!r}")
    return answer


@dataclass
class AccountApi(ABC):
    """Endpoints, fields, limits and parsing of one account type, for one contract and one call.

    :ivar expected: the modes that the caller names: asserted on classic accounts; on unified ones the margin mode is
        the one whose leverage is meant
    :ivar extra: the caller's own params, passed on untouched
    :ivar assumed_position: the position mode that an order implies, where the state does not know it
    """

    unified: ClassVar[bool]
    contract_names: ClassVar[Mapping[str, str]]  # the fields that name the contract, and attributes of `Contract`
    position_side: ClassVar[str]  # the field of a position; a request has the one of its format
    set_leverage_limit: ClassVar[RateLimit]
    positions_limit: ClassVar[RateLimit]

    exchange: Exchange
    contract: Contract
    cache: ReadCache
    deadline: Deadline
    expected: Modes = field(default_factory=Modes)
    extra: Mapping[str, Any] = field(default_factory=dict)
    assumed_position: PositionMode | None = None

    # -- modes --------------------------------------------------------------------------------------------------------

    @abstractmethod
    def known_modes(self) -> Modes:
        """Return the modes as far as the state has them."""

    def modes_from_state(self, requested: RequestedLeverage) -> Modes | None:
        """Return the account's modes if they are known well enough for *requested*, else None."""
        modes = self.known_modes()
        if any(self.expected) or self.assumed_position:
            if self.expected.contradicts(modes) or (self.expected.position and not modes.position):
                return None  # a reply does not name the position mode, so the caller's word has to be checked by a read
            modes = self.expected.over(modes).over(Modes(None, self.assumed_position))
        return None if must_read_modes_first(modes, requested, self.unified) else modes

    @abstractmethod
    def effective_modes(self, snapshot: LeverageSnapshot) -> Modes:
        """Return the modes to decide for, where a read shows *snapshot*."""

    def check_expected_modes(self, snapshot: LeverageSnapshot) -> None:
        """Refuse to go on where the account, or its reply, contradicts the modes that the caller names.

        :raises WrongMode: it does
        """
        expected = Modes(None, self.expected.position) if self.unified else self.expected
        if expected.contradicts(snapshot.modes):
            raise WrongMode(
                f"the call says {expected}, but {self.contract.symbol} is {snapshot.modes}; {snapshot}; leave "
                "marginMode and hedged out, or switch the account first with set_margin_mode() or set_position_mode()"
            )

    # -- requests -----------------------------------------------------------------------------------------------------

    def contract_fields(self) -> dict[str, Any]:
        """Return the fields that name the contract in a write."""
        return {field: getattr(self.contract, attribute) for field, attribute in self.contract_names.items()}

    @abstractmethod
    def cached_reading(self) -> Reading | None:
        """Return what this call, or its batch, has read a moment ago."""

    @abstractmethod
    async def read(self) -> Reading:
        """Read modes and leverages of the account now."""

    async def reading(self) -> Reading:
        """Return what the account says now, or what this call or its batch has read a moment ago."""
        return self.cached_reading() or await self.read()

    @abstractmethod
    async def read_back(self, modes: Modes) -> Reading:
        """Read what the account holds after a write in *modes*."""

    def row_leverage(self, reading: Reading, side: Side) -> float | None:
        """Return the isolated leverage of *side* in a settings row that has one for each side."""
        return None

    @abstractmethod
    def _parse_written(self, answer: Any) -> LeverageSnapshot:
        """Return what the reply of a write says."""

    def write_fields(self, body: RequestBody, modes: Modes) -> dict[str, Any]:
        """Return all fields of a set-leverage request, under their names in this API."""
        fields = {**self.extra, **self.contract_fields()}
        if body.leverage is not None:
            fields[name.LEVERAGE] = str(body.leverage)
        if body.side is not None:
            fields[body.side_field] = body.side.value
        if body.long is not None:
            fields |= {name.LONG_LEVERAGE: str(body.long), name.SHORT_LEVERAGE: str(body.short)}
        return fields

    async def write(self, body: RequestBody, modes: Modes, on_outcome_unknown: Callable[[], object]) -> Reading:
        """Send one set-leverage request; return what its reply says."""
        limit, fields = self.set_leverage_limit, self.write_fields(body, modes)
        answer = await self.post(limit.path, fields, limit, on_outcome_unknown)
        return Reading(self._parse_written(answer), answer)

    async def post(
        self,
        path: str,
        fields: Mapping[str, Any],
        limit: RateLimit | None = None,
        on_outcome_unknown: Callable[[], object] | None = None,
    ) -> Any:
        """Send a write for the contract; what was read of it before the write has ended is out of date."""
        doing = f"{path.rpartition('/')[2]} {self.contract.symbol}"
        request = ApiRequest("POST", path, fields, doing, limit, on_outcome_unknown)
        try:
            return await send(self.exchange, request, self.deadline, self.cache.state)
        finally:
            self.cache.state.last_write[self.contract.symbol] = next_number()

    async def get(self, limit: RateLimit, fields: Mapping[str, Any], seconds: float | None = None) -> Any:
        doing = f"{limit.path.rpartition('/')[2]} {self.contract.symbol}"
        request = ApiRequest("GET", limit.path, fields, doing, limit, seconds=seconds)
        return await send(self.exchange, request, self.deadline, self.cache.state)

    @abstractmethod
    def position_fields(self) -> dict[str, Any]:
        """Return the fields that name the contract in a read of positions."""

    async def read_positions(self, seconds: float | None = None) -> list[KnownPosition]:
        """Read the open positions of the contract.

        https://www.bitget.com/api-doc/contract/position/get-single-position,
        https://www.bitget.com/api-doc/uta/position/Get-Position (``list: null`` means none)

        :param seconds: the longest time of the read; waiting for the rate limit does not count
        """
        data = (await self.get(self.positions_limit, self.position_fields(), seconds)).get("data")
        rows = data.get("list") if isinstance(data, Mapping) else data
        found = (self._parse_position(row) for row in (rows if isinstance(rows, list) else ()))
        return [position for position in found if position is not None]

    async def read_positions_if_allowed(self) -> list[KnownPosition]:
        """Read the open positions; none are shown to a key that has no right to read them."""
        try:
            return await self.read_positions()
        except ccxt.ExchangeError as error:
            if errors.code_of(error) in errors.NAMES_ACCOUNT_TYPE:
                raise
            return []

    def _parse_position(self, row: Any) -> KnownPosition | None:
        if not isinstance(row, Mapping) or row.get(name.SYMBOL) not in (self.contract.id, None):
            return None
        side, margin = Side.parse(row.get(self.position_side)), MarginMode.parse(row.get(name.MARGIN_MODE))
        size = parse_number(row.get(name.TOTAL, row.get(name.SIZE)))
        if side is None or margin is None or size == 0:
            return None
        leverage, amount = parse_number(row.get(name.LEVERAGE)), None if size is None else float(size)
        return KnownPosition(side, margin, leverage, amount, is_read=True)

    @staticmethod
    @abstractmethod
    def position_mode_request(product_type: str, mode: PositionMode, extra: Mapping[str, Any]) -> ApiRequest:
        """Return the request that sets the position mode: of a product type, or of a whole unified account."""

    @abstractmethod
    async def set_margin_mode(self, margin: MarginMode) -> Any:
        """Switch the margin mode of the contract; return the raw reply."""


def word(fields: Mapping[str, Any], field: str) -> str:
    """Return a field of a request in small letters, empty where it is not there."""
    return str(fields.get(field, "")).lower()
