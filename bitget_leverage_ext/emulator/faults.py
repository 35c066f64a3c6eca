"""Ways in which an exchange, or the road to it, goes wrong."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from . import classic, unified
from .routes import Call, Handler

# Each kind, and what may be said about it.
BEFORE_ACTING: dict[str, tuple[str, ...]] = {
    "drop": (),
    "stall": ("seconds",),
    "page": ("status",),
    "too_many": (),
}
IN_ACTING: dict[str, tuple[str, ...]] = {
    "refuse": ("code", "msg", "status"),
    "lie": (),
    "stale": (),
    "other_mode": (),
    "figures": ("longLeverage", "shortLeverage", "crossMarginLeverage", "marginMode"),
}
AFTER_ACTING: dict[str, tuple[str, ...]] = {
    "drop_after": (),
    "stall_after": ("seconds",),
    "truncate": (),
    "cut": (),
    "empty": (),
    "text": (),
}
KINDS = BEFORE_ACTING | IN_ACTING | AFTER_ACTING


class Fault:
    """Something to go wrong at the next matching requests.

    Before the request is looked at: `drop` closes the connection, `stall` waits `seconds` and then goes on, `page` is a
    gateway's HTML page with `status` (502), `too_many` a 429.

    In the place of the action, once the request has passed the checks: `refuse` answers `code`, `msg`, `status` (400);
    `lie` acknowledges without applying; `stale` applies and shows the figures from before; `other_mode` applies to the
    other margin mode, which is then the account's, and says so; `figures` applies and shows the given reply fields
    (`longLeverage=...`, `shortLeverage=...`, `crossMarginLeverage=...`, `marginMode=...`). A unified account's reply
    shows no figures, so the last and `stale` leave it as it is.

    After the action: `drop_after` closes the connection without an answer, `stall_after` answers `seconds` later,
    `truncate` promises the whole body and closes half-way, `cut` sends half of the JSON as if it were all, `empty`
    sends nothing, `text` something that is no JSON.

    `path` is a part of the request's path; `times=None` means always; the first `after` matching requests pass.
    """

    def __init__(
        self,
        kind: str,
        path: str = "set-leverage",
        times: int | None = 1,
        after: int = 0,
        method: str | None = None,
        **detail: Any,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"fault {kind!r}: one of {', '.join(KINDS)}")
        unknown = set(detail) - set(KINDS[kind])
        if unknown:
            raise ValueError(f"fault {kind!r} takes {KINDS[kind] or 'no details'}, not {sorted(unknown)}")
        if kind == "refuse" and not {"code", "msg"} <= set(detail):
            raise ValueError("fault 'refuse' wants code and msg")
        self.kind = kind
        self.path = path
        self.times = times
        self.after = after
        self.method = method
        self.detail = detail

    def __repr__(self) -> str:
        return f"Fault({self.kind!r}, path={self.path!r}, times={self.times}, after={self.after}, {self.detail})"

    def matches(self, method: str, path: str) -> bool:
        return self.path in path and self.method in (None, method)


class Faults:
    """The faults that are due; each counts the requests it matches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: list[tuple[Fault, int]] = []
        self.idle: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._seen.append((fault, 0))
            self.idle.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault that is due; the others wait for another request."""
        with self._lock:
            for place, (fault, seen) in enumerate(self._seen):
                if not fault.matches(method, path):
                    continue
                spent = fault.times is not None and seen >= fault.after + fault.times
                if spent:
                    continue
                self._seen[place] = (fault, seen + 1)
                if seen >= fault.after:
                    self.idle = [other for other in self.idle if other is not fault]
                    return fault
        return None


class Stalls:
    """The requests that wait; belongs to the server's event loop."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    async def wait(self, seconds: float) -> None:
        """Wait so long, or until all are let go."""
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()
        timer = loop.call_later(seconds, _end, waiting)
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            timer.cancel()
            self._waiting.discard(waiting)

    async def let_go(self) -> None:
        """End every wait; what was to come after it has come when this returns."""
        for waiting in self._waiting:
            _end(waiting)
        await asyncio.sleep(0)  # those that waited are next


def _end(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def act(call: Call, handler: Handler, fault: Fault | None) -> Any:
    """Answer a call the way `fault` wants; the caller holds the account's lock."""
    if fault is None or fault.kind not in IN_ACTING or call.signed_by is None:
        return handler(call)
    account = call.signed_by
    before = account.snapshot()
    answer = handler(call)
    after = account.snapshot()
    figured = isinstance(answer, dict) and "longLeverage" in answer
    if fault.kind == "lie":
        account.restore(before)
    elif fault.kind == "stale" and figured:
        account.restore(before)
        answer = classic.leverage_reply(call)
        account.restore(after)
    elif fault.kind == "other_mode":
        account.restore(before)
        _set_for_other_mode(call)
        answer = classic.leverage_reply(call) if figured else answer
    elif fault.kind == "figures" and figured:
        answer = answer | fault.detail
    return answer


def _set_for_other_mode(call: Call) -> None:
    classic_call = "productType" in call.params
    contract = classic.find_contract(call) if classic_call else unified.find_contract(call)
    where = (contract.product_type, contract.symbol)
    asked = int(call.text("longLeverage") or call.text("shortLeverage") or call.required("leverage"))
    mode = call.account.margin_mode(*where) if classic_call else call.text("marginMode") or "crossed"
    if mode == "crossed":
        call.account.set_margin_mode(*where, "isolated")
        call.account.set_figures(*where, long=asked, short=asked)
    else:
        call.account.set_margin_mode(*where, "crossed")
        call.account.set_figures(*where, cross=asked)
