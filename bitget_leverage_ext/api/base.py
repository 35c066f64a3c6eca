"""The interface of an account's API, and how a private request is sent: rate limit, retry, validation."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import ccxt

from .._exchange import Exchange
from .._rate_limit import RateLimit, SlidingWindow
from .._retry import Deadline, RetryState, as_ccxt
from .._runner import ExchangeCall, Sleep
from ..rules.change import LeverageChange, RequestedLeverage, must_read_modes_first
from ..rules.contracts import Contract
from ..rules.formats import RequestBody
from ..rules.modes import UNKNOWN_MODES, LeverageSnapshot, MarginMode, Modes, Number, PositionMode, Side
from ..rules.refusals import WrongMode
from ..state import AccountState, ReadCache, Reading
from .fields import LEVERAGE, LONG_LEVERAGE, SHORT_LEVERAGE


@dataclass(frozen=True)
class ApiRequest:
    """A private request.

    :ivar doing: what it does, for messages
    :ivar limit: the endpoint's own rate limit; None leaves the request to ccxt's throttler, which would add up the
        costs of endpoints whose limits are independent
    """

    method: str
    path: str
    fields: Mapping[str, Any]
    doing: str
    limit: RateLimit | None = None
    on_outcome_unknown: Callable[[], object] | None = None


async def send(exchange: Exchange, request: ApiRequest, deadline: Deadline) -> Any:
    """Send a private request until it is answered, and return the answer.

    :raises ccxt.BaseError: a refusal as ccxt classifies it; a fault that outlasted the deadline
    """
    deadline.check(request.doing)
    state = RetryState(request.doing, deadline, request.method == "POST", request.on_outcome_unknown)
    window = None
    if request.limit is not None and exchange.enableRateLimit:
        window = exchange.account_state.window(request.limit)
    config = {"cost": 4 if window is None else 0}
    api = ["private", "mix" if request.path.startswith("v2/mix/") else "uta"]
    while True:
        if window is not None:
            await _take_place(window, request, deadline)
        sent, answered = time.monotonic(), False
        try:
            args = (request.path, api, request.method, dict(request.fields))
            answer = await ExchangeCall(exchange.request, args, {"config": config})
            answered = True
            _validate(answer)
            return answer
        except Exception as error:
            failed = as_ccxt(error)
        except BaseException:  # cancelled, or interrupted: the request is on its way
            state.interrupted()
            raise
        finally:
            if window is not None:
                window.on_response(sent, time.monotonic(), answered)
        await state.wait_after(failed)


async def _take_place(window: SlidingWindow, request: ApiRequest, deadline: Deadline) -> None:
    while wait := window.take(time.monotonic()):
        if deadline.seconds and wait >= deadline.left:
            raise ccxt.RequestTimeout(
                f"bitget {request.doing}: not sent, no place in the rate limit of {window.limit.calls} requests a "
                f"second within the deadline of {deadline.seconds:g} s; for many symbols, call set_leverages()"
            )
        await Sleep(wait)


def _validate(answer: Any) -> None:
    """Refuse an answer that acknowledges nothing: an empty body, half a body, a page."""
    if answer is None or answer == "":
        raise ccxt.NullResponse("bitget answered with an empty body")
    if not isinstance(answer, dict) or answer.get("code") != "00000":
        raise ccxt.BadResponse(f"bitget answered without acknowledging: {str(answer)[:200]!r}")


@dataclass(frozen=True)
class OpenPosition:
    """An open position, as far as leverage needs it."""

    side: Side
    margin: MarginMode
    leverage: Number | None
    amount: float | None


class AccountApi(ABC):
    """Endpoints, fields, limits and parsing of one account type, for one contract and one call.

    :param expected: the modes that the caller names: asserted on classic accounts; on unified ones the margin mode is
        the one whose leverage is meant
    :param extra: the caller's own params, passed on untouched
    """

    unified: ClassVar[bool]
    side_field: ClassVar[str]
    set_leverage_limit: ClassVar[RateLimit]
    set_leverage_path: ClassVar[str]
    positions_limit: ClassVar[RateLimit]
    positions_path: ClassVar[str]

    def __init__(
        self,
        exchange: Exchange,
        contract: Contract,
        cache: ReadCache,
        deadline: Deadline,
        expected: Modes = UNKNOWN_MODES,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.exchange, self.contract, self.cache, self.deadline = exchange, contract, cache, deadline
        self.expected, self.extra = expected, extra or {}
        self.assumed_position: PositionMode | None = None  # what an order implies, where the state does not know it

    @property
    def state(self) -> AccountState:
        """The state of the account."""
        return self.exchange.account_state

    # -- modes --------------------------------------------------------------------------------------------------------

    @abstractmethod
    def known_modes(self) -> Modes:
        """Return the modes as far as the state has them."""

    def modes_from_state(self, requested: RequestedLeverage) -> Modes | None:
        """Return the account's modes if they are known well enough for *requested*, else None."""
        known = self.known_modes()
        if self.expected.contradicts(known) or (self.expected.position and not known.position):
            return None  # a reply does not name the position mode, so that the caller's word has to be checked by a read
        modes = self.expected.over(known).over(Modes(None, self.assumed_position))
        if not modes.decisive or must_read_modes_first(modes, requested, self.unified):
            return None
        return modes

    @property
    @abstractmethod
    def settings_key(self) -> str:
        """What one read covers: a product type (classic) or the account (unified)."""

    @abstractmethod
    def effective_modes(self, snapshot: LeverageSnapshot) -> Modes:
        """Return the modes to decide for, where a read shows *snapshot*.

        :raises WrongMode: the read contradicts what the caller names
        """

    def check_expected_modes(self, snapshot: LeverageSnapshot, expected: Modes | None = None) -> None:
        """Refuse to go on where the account, or its reply, contradicts the modes that the caller names.

        :raises WrongMode: it does
        """
        expected = self.expected if expected is None else expected
        if expected.contradicts(snapshot.modes):
            raise WrongMode(
                f"{self.contract.symbol} is not {expected}, as the call says; {snapshot}; leave marginMode and hedged "
                "out, or switch the account first with set_margin_mode() or set_position_mode()"
            )

    # -- requests -----------------------------------------------------------------------------------------------------

    @abstractmethod
    def contract_fields(self) -> dict[str, Any]:
        """Return the fields that name the contract in a write."""

    @abstractmethod
    def cached_reading(self) -> Reading | None:
        """Return what this call, or its batch, has read a moment ago."""

    @abstractmethod
    async def read(self, extra: Mapping[str, Any] | None = None) -> Reading:
        """Read modes and leverages of the account now."""

    @abstractmethod
    async def read_back(self, modes: Modes) -> Reading:
        """Read what the account holds after a write in *modes*."""

    def row_leverage(self, reading: Reading, side: Side) -> Number | None:
        """Return the isolated leverage of *side* in a settings row that has one for each side."""
        return None

    @abstractmethod
    def _parse_written(self, answer: Any) -> LeverageSnapshot:
        """Return what the reply of a write says."""

    @abstractmethod
    def parse_position_rows(self, data: Any) -> list[OpenPosition]:
        """Return the open positions of the contract."""

    def leverage_fields(self, body: RequestBody) -> dict[str, Any]:
        """Return the leverage fields of a request under their names in this API."""
        fields = (
            (LEVERAGE, body.leverage),
            (self.side_field, body.side and body.side.value),
            (LONG_LEVERAGE, body.long),
            (SHORT_LEVERAGE, body.short),
        )
        return {name: str(value) for name, value in fields if value is not None}

    def write_fields(self, body: RequestBody, modes: Modes) -> dict[str, Any]:
        """Return all fields of a set-leverage request."""
        return {**self.extra, **self.contract_fields(), **self.leverage_fields(body)}

    async def write(
        self, body: RequestBody, modes: Modes, change: LeverageChange, on_outcome_unknown: Callable[[], object]
    ) -> Reading:
        """Send one set-leverage request; return what its reply says."""

        def outcome_unknown() -> None:
            self.state.add_unconfirmed(self.contract, change)
            on_outcome_unknown()

        answer = await self.post(
            self.set_leverage_path, self.write_fields(body, modes), self.set_leverage_limit, outcome_unknown
        )
        return Reading(self._parse_written(answer), answer)

    async def post(
        self,
        path: str,
        fields: Mapping[str, Any],
        limit: RateLimit | None = None,
        on_outcome_unknown: Callable[[], object] | None = None,
    ) -> Any:
        """Send a write for the contract."""
        with self.state.writing(self.contract):
            request = ApiRequest("POST", path, fields, self._doing(path), limit, on_outcome_unknown)
            return await send(self.exchange, request, self.deadline)

    async def get(
        self, path: str, fields: Mapping[str, Any], limit: RateLimit, deadline: Deadline | None = None
    ) -> Any:
        """Send a read for the contract."""
        request = ApiRequest("GET", path, fields, self._doing(path), limit)
        return await send(self.exchange, request, deadline or self.deadline)

    def _doing(self, path: str) -> str:
        return f"{path.rpartition('/')[2]} {self.contract.symbol}"

    @abstractmethod
    def position_fields(self) -> dict[str, Any]:
        """Return the fields that name the contract in a read of positions."""

    async def read_positions(self, deadline: Deadline | None = None) -> list[OpenPosition]:
        """Read the open positions of the contract."""
        answer = await self.get(self.positions_path, self.position_fields(), self.positions_limit, deadline)
        return self.parse_position_rows(answer.get("data"))

    @abstractmethod
    async def set_margin_mode(self, margin: MarginMode) -> Any:
        """Switch the margin mode of the contract; return the raw reply."""


def word(fields: Mapping[str, Any], name: str) -> str:
    """Return a field of a request in small letters, empty where it is not there."""
    return str(fields.get(name, "")).lower()
