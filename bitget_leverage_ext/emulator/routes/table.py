"""The route table, and the request as a route sees it. Route files add to the table with `public` and `private`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from ..account import EmulatedAccount
from ..quirks import Quirks
from ..state import MARGIN_MODES, ApiRefusal, MarginMode

Rows = list[dict[str, Any]]
RowEdit = Callable[[Rows], "Rows | None"]


@dataclass(frozen=True)
class RequestContext:
    """A request that passed the checks of the server."""

    params: Mapping[str, Any]
    quirks: Quirks
    now: int
    # the header that asks for the demo environment was there
    demo: bool = False
    signed_by: EmulatedAccount | None = None
    # a body that is a bare list
    batch: tuple[Any, ...] = ()
    row_edits: Mapping[str, RowEdit] = field(default_factory=dict)

    @property
    def account(self) -> EmulatedAccount:
        if self.signed_by is None:
            raise LookupError("a public call has no account")
        return self.signed_by

    def text(self, name: str) -> str | None:
        """Return a parameter as text, `None` where it is missing, null or empty."""
        value = self.params.get(name)
        if value is None or value == "":
            return None
        return value if isinstance(value, str) else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
            raise ApiRefusal("40019", f"Parameter {name} cannot be empty")
        return value

    def one_of(self, name: str, *values: str) -> str:
        value = self.required(name)
        if value in values:
            return value
        raise invalid()

    def time(self, name: str) -> int | None:
        """Return a parameter in milliseconds."""
        value = self.text(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 16):
            raise ApiRefusal("40017", f"Parameter verification failed {name}")
        return int(value)

    def side(self, name: str) -> str | None:
        # A value other than the two was taken for none at all ('sell' was answered like a missing side).
        # https://github.com/ccxt/ccxt/issues/15033
        value = self.text(name)
        return value if value in ("long", "short") else None

    def edited(self, product_type: str, rows: Rows) -> Rows:
        """Return the rows of a market list as the test wants them."""
        edit = self.row_edits.get(product_type)
        if edit is None:
            return rows
        changed = edit(rows)
        return rows if changed is None else changed


def invalid() -> ApiRefusal:
    """Return the generic refusal of a value that is none of the documented ones.

    https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    """
    return ApiRefusal("400172", "Parameter verification failed")


def margin_mode(value: str) -> MarginMode:
    if value in MARGIN_MODES:
        return cast(MarginMode, value)
    raise invalid()


Handler = Callable[[RequestContext], Any]


@dataclass(frozen=True)
class Route:
    handler: Handler
    private: bool
    # calls in one second: of one account for a private route, of one address for a public one
    per_second: int


ROUTES: dict[tuple[str, str], Route] = {}


# Public market data allows 20 calls a second unless its page says otherwise.
# https://www.bitget.com/api-doc/common/intro
def public(path: str, per_second: int = 20) -> Callable[[Handler], Handler]:
    return _route("GET", path, False, per_second)


def private(method: str, path: str, per_second: int = 10) -> Callable[[Handler], Handler]:
    return _route(method, path, True, per_second)


def _route(method: str, path: str, private: bool, per_second: int) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        if (method, path) in ROUTES:
            raise ValueError(f"{method} {path} is there already")
        ROUTES[method, path] = Route(handler, private, per_second)
        return handler

    return register
