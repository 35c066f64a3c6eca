"""The state of an account: what is remembered between calls. It never wins over what the exchange answers.

All objects of one key in one process share one :class:`AccountState`; it is data only. Locks belong to an object.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple
from weakref import WeakValueDictionary

from ._rate_limit import Traffic
from .requested import ContractLeverage, next_number
from .rules.arguments import SetLeverageArgs
from .rules.change import LeverageChange, RequestedLeverage, Scope
from .rules.contracts import Contract
from .rules.formats import REQUEST_FORMATS, RequestFormat
from .rules.modes import LeverageSnapshot, MarginMode, PositionMode, Side

# A unified account's settings in ``reads``; a read of them that was tried only once, and failed.
UNIFIED, ONE_TRY = "unified", "unified, one try"

# A timed-out request is accepted for as long as its timestamp is valid, in seconds.
# https://www.bitget.com/api-doc/common/signature
LATE = 30.0


class Reading(NamedTuple):
    """A read or a reply: what it says of the account, and the raw answer."""

    snapshot: LeverageSnapshot
    raw: Any


# A call that is under way for longer has been abandoned: its event loop has stopped, or its process was forked.
LONGEST_CALL = 60.0


@dataclass(frozen=True)
class Moment:
    """A moment of this process: its number in the order of events, and its time on the monotonic clock."""

    number: int = field(default_factory=next_number)
    time: float = field(default_factory=lambda: time.monotonic())  # looked up each time: tests replace the clock


@dataclass
class ReadCache:
    """What one call, or one batch, may use of the reads of the account: those asked for since it began.

    A read is good for one second, and until this process writes. A failed read counts too, for those who waited for it.
    """

    state: AccountState
    _began: int = field(default_factory=next_number)
    GOOD_FOR: ClassVar[float] = 1.0

    def get(self, key: str, contract: Contract | None = None, since_answer: bool = False) -> Any:
        """Return an answer that is still good, None where there is none.

        :param since_answer: one that was under way when the call began is good enough
        :raises Exception: the read that this call waited for has failed
        """
        kept = self.state.reads.get(key)
        if kept is None:
            return None
        asked, answered, answer = kept
        if time.monotonic() - asked.time >= self.GOOD_FOR:
            return None
        if (answered if since_answer else asked.number) < self._began:
            return None
        if contract is not None and asked.number < self.state.last_write.get(contract.symbol, 0):
            return None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def keep(self, key: str, answer: Any, asked: Moment) -> None:
        """Keep an answer, or an exception, that was asked for at the moment *asked*."""
        self.state.reads[key] = asked, next_number(), answer


@dataclass
class AccountState:
    """What is remembered of one account.

    :ivar account_type: whether the account was last known to be unified, None where it never was
    :ivar position_modes: by product type; a unified account's one is kept under :data:`UNIFIED`
    :ivar margin_modes: the margin modes of a classic account's contracts, by symbol
    :ivar contracts: what was asked for and acknowledged, by symbol
    :ivar format_order: the request formats for a scope, in another order than the table's: the one that the account
        accepted first, those that it refused last
    :ivar unconfirmed_writes: writes whose outcome is unknown, by symbol: what they set, and when they were sent
    :ivar last_write: the number of the last write of a contract, by symbol
    :ivar reads: the last read of each kind, see :class:`ReadCache`
    :ivar traffic: the calls of each endpoint during the last second, and the shortest round trip
    :ivar kept_requests: what calls of ``set_leverage`` asked for that failed before their contract was known, or
        before they began: each with its number, and the reason where the exchange refused it
    :ivar under_way: calls that set a leverage or a margin mode at this moment, or wait for it, by their number: the
        symbol as the caller wrote it, the leverage (None for a margin mode), and when it began
    """

    account_type: bool | None = None
    position_modes: dict[str, PositionMode] = field(default_factory=dict)
    margin_modes: dict[str, MarginMode] = field(default_factory=dict)
    contracts: dict[str, ContractLeverage] = field(default_factory=dict)
    format_order: dict[tuple[bool, Scope], tuple[RequestFormat, ...]] = field(default_factory=dict)
    unconfirmed_writes: dict[str, dict[str, tuple[dict[Side, int], float]]] = field(default_factory=dict)
    last_write: dict[str, int] = field(default_factory=dict)
    reads: dict[str, tuple[Moment, int, Any]] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=Traffic)
    kept_requests: dict[tuple[Any, ...], tuple[SetLeverageArgs, int, str | None]] = field(default_factory=dict)
    under_way: dict[int, tuple[str, RequestedLeverage | None, float]] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        # In a copy, which may be on another machine, no call is under way, and the clock is another one.
        return {**vars(self), "under_way": {}, "traffic": Traffic()}

    def begin_call(self, symbol: object, requested: RequestedLeverage | None = None) -> int:
        """Note a call that is under way from now on; return its number, to delete it when it ends."""
        number = next_number()
        self.under_way[number] = str(symbol), requested, time.monotonic()
        return number

    def calls_under_way(self, contract: Contract, before: int) -> list[RequestedLeverage | None]:
        """Return what is asked for by the calls of any object of the key that began before a number."""
        now, names = time.monotonic(), (contract.symbol, contract.id)
        return [
            requested
            for number, (name, requested, began) in list(self.under_way.items())
            if number < before and name in names and now - began < LONGEST_CALL
        ]

    def contract(self, symbol: str) -> ContractLeverage:
        return self.contracts.get(symbol) or self.contracts.setdefault(symbol, ContractLeverage())

    # -- request formats ----------------------------------------------------------------------------------------------

    def formats(self, unified: bool, scope: Scope) -> tuple[RequestFormat, ...]:
        """Return the formats for a scope, in the order in which they are tried on this account."""
        return self.format_order.get((unified, scope), REQUEST_FORMATS[unified, scope])

    def record_format(self, unified: bool, scope: Scope, fmt: RequestFormat, accepted: bool) -> None:
        """Try *fmt* first from now on where the account accepted it, last where it refused it."""
        others = tuple(each for each in self.formats(unified, scope) if each != fmt)
        self.format_order[unified, scope] = (fmt, *others) if accepted else (*others, fmt)

    # -- writes -------------------------------------------------------------------------------------------------------

    def add_unconfirmed(self, contract: Contract, change: LeverageChange) -> None:
        """Keep that a write may still arrive."""
        self.unconfirmed_writes.setdefault(contract.symbol, {})[str(change)] = change.by_side, time.monotonic()

    def unconfirmed(self, contract: Contract, change: LeverageChange) -> list[str]:
        """Return, in words, the earlier writes that may still arrive and differ from *change*; any may be the last."""
        writes, now = self.unconfirmed_writes.get(contract.symbol, {}), time.monotonic()
        wanted = change.by_side
        return [
            text
            for text, (values, sent) in writes.items()
            if now - sent < LATE and any(values.get(side, value) != value for side, value in wanted.items())
        ]

    # -- account ------------------------------------------------------------------------------------------------------

    def set_account_type(self, unified: bool) -> bool:
        """Keep the account's type; return whether it differs from the one known before.

        Modes and formats of the other type are forgotten. What was asked for stays asked for.
        """
        before, self.account_type = self.account_type, unified
        if before is None or before is unified:
            return False
        for known in (self.position_modes, self.margin_modes, self.format_order, self.reads):
            known.clear()
        for contract in list(self.contracts.values()):
            contract.account_converted()
        return True


# --- one state for all objects of a key ------------------------------------------------------------------------------

# The states that an object uses, and beside them those of the keys that were used last: a program may make a new object
# for every call.
_MOST_KEYS = 64
_states: WeakValueDictionary[str, AccountState] = WeakValueDictionary()
_used_last: OrderedDict[str, AccountState] = OrderedDict()
_lock = threading.Lock()


def state_key(api_key: str, host: str, demo: bool) -> str:
    """Return the name of an account's state: a hash, because the key itself must not be kept."""
    return hashlib.sha256(f"{api_key}\n{host}\n{demo}".encode(errors="surrogatepass")).hexdigest()


def shared_state(key: str, default: AccountState | None = None) -> AccountState:
    """Return the state of all objects of a key in this process.

    :param default: the state to begin with where the process has none: that of an unpickled object
    """
    with _lock:
        state = _used_last.get(key) or _states.get(key)
        if state is None:
            state = _states[key] = default or AccountState()
        _used_last[key] = state
        _used_last.move_to_end(key)
        if len(_used_last) > _MOST_KEYS:
            _used_last.popitem(last=False)
        return state
