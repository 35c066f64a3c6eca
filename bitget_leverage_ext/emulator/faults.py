"""Faults: ways in which the exchange, or the network in front of it, fails."""

from __future__ import annotations

import threading
from typing import Any

from .routes import RequestContext, classic_account, unified_account
from .routes.table import Handler

# Each kind, and the details that it takes.
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
    "leverages": ("longLeverage", "shortLeverage", "crossMarginLeverage", "marginMode"),
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
# names of version 0.2
_OLD_NAMES = {"figures": "leverages"}


class Fault:
    """A failure at the next matching requests.

    Before the request is looked at: `drop` closes the connection, `stall` waits `seconds` and then goes on, `page`
    answers with a gateway's HTML page and `status` (502), `too_many` with a 429.

    Instead of the action, once the request has passed the checks: `refuse` answers `code`, `msg`, `status` (400); `lie`
    acknowledges without applying; `stale` applies and shows the leverages from before; `other_mode` applies to the
    other margin mode, which is then the account's, and says so; `leverages` applies and shows the given reply fields
    (`longLeverage=...`, `shortLeverage=...`, `crossMarginLeverage=...`, `marginMode=...`). Where the reply
    shows no leverages, the last one and `stale` do not change it.

    After the action: `drop_after` closes the connection without an answer, `stall_after` answers `seconds` later,
    `truncate` announces the whole body and closes half-way, `cut` sends half of the JSON as if it were all, `empty`
    sends nothing, `text` something that is no JSON.

    :param path: a part of the request's path.
    :param times: how many requests fail; `None` means all.
    :param after: so many matching requests pass first.
    :param method: `GET` or `POST`; both where `None`.
    :raises ValueError: an unknown kind, or a detail that the kind does not take.
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
        # first of all, so that the repr of a wrong one works
        self.kind = _OLD_NAMES.get(kind, kind)
        self.path = path
        self.times = times
        self.after = after
        self.method = method
        self.detail = detail
        if self.kind not in KINDS:
            raise ValueError(f"fault {kind!r}: one of {', '.join(KINDS)}")
        unknown = set(detail) - set(KINDS[self.kind])
        if unknown:
            raise ValueError(f"fault {kind!r} takes {KINDS[self.kind] or 'no details'}, not {sorted(unknown)}")
        if kind == "refuse" and not {"code", "msg"} <= set(detail):
            raise ValueError("fault 'refuse' needs code and msg")

    def __repr__(self) -> str:
        details = "".join(f", {name}={value!r}" for name, value in self.detail.items())
        return f"Fault({self.kind!r}, path={self.path!r}, times={self.times}, after={self.after}{details})"

    def matches(self, method: str, path: str) -> bool:
        return self.path in path and self.method in (None, method)


class Faults:
    """The faults that are due, each with the number of requests that it matched."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: list[tuple[Fault, int]] = []
        self.idle: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._counts.append((fault, 0))
            self.idle.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that is due; the others wait for another request."""
        with self._lock:
            for place, (fault, matched) in enumerate(self._counts):
                if not fault.matches(method, path):
                    continue
                if fault.times is not None and matched >= fault.after + fault.times:
                    continue
                self._counts[place] = (fault, matched + 1)
                if matched >= fault.after:
                    self.idle = [other for other in self.idle if other is not fault]
                    return fault
        return None


def act(context: RequestContext, handler: Handler, fault: Fault | None) -> Any:
    """Run a handler as `fault` has it; the caller holds the account's lock."""
    if fault is None or fault.kind not in IN_ACTING or context.signed_by is None:
        return handler(context)
    account = context.signed_by
    before = account.snapshot()
    data = handler(context)
    after = account.snapshot()
    shows_leverages = isinstance(data, dict) and not {"longLeverage", "leverage"}.isdisjoint(data)
    routes = classic_account if "productType" in context.params else unified_account
    if fault.kind == "lie":
        account.restore(before)
    elif fault.kind == "stale" and shows_leverages:
        account.restore(before)
        data = routes.leverage_reply(context)
        account.restore(after)
    elif fault.kind == "other_mode":
        account.restore(before)
        _set_for_other_mode(context)
        data = routes.leverage_reply(context) if shows_leverages else data
    elif fault.kind == "leverages" and shows_leverages:
        data = data | fault.detail
    return data


def _set_for_other_mode(context: RequestContext) -> None:
    classic = "productType" in context.params
    contract = classic_account.find_contract(context) if classic else unified_account.find_contract(context)
    asked = int(context.text("longLeverage") or context.text("shortLeverage") or context.required("leverage"))
    mode = context.account.margin_mode(*contract.key) if classic else context.text("marginMode") or "crossed"
    if mode == "crossed":
        context.account.set_leverages(*contract.key, long=asked, short=asked, margin_mode="isolated")
    else:
        context.account.set_leverages(*contract.key, cross=asked, margin_mode="crossed")
