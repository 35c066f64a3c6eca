"""What is known of an account: by one call (:class:`View`), and by one exchange object (:class:`Memory`)."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .rules.account import InForce, Modes, read_unified
from .rules.forms import Form, in_order
from .rules.products import Contract

UNIFIED = "unified"
Key = tuple[str, str]  # product type and contract id

# A timed-out request is accepted for as long as its timestamp is valid, in seconds.
# https://www.bitget.com/api-doc/common/signature
LATE = 30.0


class View:
    """What one call, or one batch, has read of the account: made by it, handed down, gone with it.

    A reading is good for one second, and until the object writes. Nothing that another call reads gets in here.
    """

    GOOD_FOR = 1.0

    def __init__(self) -> None:
        self._readings: dict[str, tuple[float, Any]] = {}

    def keep(self, what: str, answer: Any, asked: float) -> None:
        """Keep an answer that was asked for at *asked* on the monotonic clock."""
        self._readings[what] = (asked, answer)

    def get(self, what: str, since: float = 0.0) -> Any:
        """An answer that is still good, asked for after *since*; ``None`` where there is none."""
        asked, answer = self._readings.get(what, (0.0, None))
        return answer if asked > since and time.monotonic() - asked < self.GOOD_FOR else None


@dataclass
class Memory:
    """What one exchange object remembers between its calls; never trusted over what the exchange answers.

    :ivar positions: position modes by product type; a unified account's one is kept under :data:`UNIFIED`
    :ivar margins: the margin modes of a classic account's contracts
    :ivar declared: what ``set_margin_mode`` was told: a unified account has no endpoint for it
    :ivar accepted: the form that the account accepted for a cell of the table, and
    :ivar refused: those that it refused
    :ivar traded: the margin modes whose leverage was set last, or the one that ``set_margin_mode`` chose since; the
        last of them is what orders carry
    :ivar opened: the margin mode of the last order that opened something
    :ivar late: the figures of writes that went unanswered, and when
    :ivar written: when this object last wrote something of a contract, on the monotonic clock
    :ivar relisted: the markets were loaded again for the other account type, which is tried once
    """

    positions: dict[str, str] = field(default_factory=dict)
    margins: dict[Key, str] = field(default_factory=dict)
    declared: dict[Key, str] = field(default_factory=dict)
    accepted: dict[tuple[bool, str], Form] = field(default_factory=dict)
    refused: dict[tuple[bool, str], set[Form]] = field(default_factory=dict)
    traded: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    opened: dict[Key, str] = field(default_factory=dict)
    late: dict[Key, dict[str, float]] = field(default_factory=dict)
    written: dict[Key, float] = field(default_factory=dict)
    relisted: bool = False

    def modes(self, contract: Contract) -> Modes:
        """What is remembered of a classic account's modes for *contract*."""
        return Modes(self.margins.get(contract.key), self.positions.get(contract.product_type))

    def learn(self, contract: Contract, force: InForce) -> None:
        """Keep what a reply or a read of a classic account says of its modes."""
        if force.modes.margin is not None:
            self.margins[contract.key] = force.modes.margin
        if force.modes.position is not None:
            self.positions[contract.product_type] = force.modes.position

    def learn_settings(self, answer: Any) -> None:
        """Keep the position mode that a unified account's settings say."""
        mode = read_unified(answer.get("data"), "", "").modes.position
        if mode is not None:
            self.positions[UNIFIED] = mode

    def chose(self, contract: Contract, *margin_modes: str) -> None:
        """Keep the margin modes that the next orders of *contract* are meant for; the last is what they carry."""
        self.traded[contract.key] = margin_modes

    def declare(self, contract: Contract, margin_mode: str | None) -> None:
        """Keep what ``set_margin_mode`` was told; ``None`` for nothing."""
        if margin_mode is None:
            self.declared.pop(contract.key, None)
        else:
            self.declared[contract.key] = margin_mode

    def forms(self, unified: bool, cell: str) -> tuple[Form, ...]:
        """The forms of a cell, in the order in which they are worth trying on this account."""
        return in_order(unified, cell, self.accepted.get((unified, cell)), self.refusals(unified, cell))

    def refusals(self, unified: bool, cell: str) -> Collection[Form]:
        """The forms that the account is known to refuse for a cell."""
        return self.refused.get((unified, cell), set())

    def judged(self, unified: bool, cell: str, form: Form, accepted: bool) -> None:
        """Keep whether the account takes *form* for a cell."""
        if accepted:
            self.accepted[unified, cell] = form
            self.refused.get((unified, cell), set()).discard(form)
        else:
            self.refused.setdefault((unified, cell), set()).add(form)

    @contextmanager
    def writing(self, contract: Contract) -> Iterator[None]:
        """Around a write: what was read of *contract* before its end is out of date, whoever read it."""
        try:
            yield
        finally:
            self.written[contract.key] = time.monotonic()

    def unanswered(self, contract: Contract, figures: str) -> None:
        """Keep that a write may still arrive."""
        self.late.setdefault(contract.key, {})[figures] = time.monotonic()

    def still_coming(self, contract: Contract) -> list[str]:
        """The figures of earlier writes that may still arrive; any of them may be the last to do so."""
        now = time.monotonic()
        coming = {figures: sent for figures, sent in self.late.pop(contract.key, {}).items() if now - sent < LATE}
        if coming:
            self.late[contract.key] = coming
        return list(coming)

    def forget_account(self) -> None:
        """The account is of another type than remembered; what the caller chose stays chosen."""
        for known in (self.positions, self.margins, self.accepted, self.refused):
            known.clear()
        self.relisted = False
