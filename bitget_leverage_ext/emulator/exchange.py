"""The emulator itself: accounts, faults, rate limits and the log of requests, with and without a socket."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from . import authentication
from .account import EmulatedAccount
from .authentication import ReceivedRequest
from .faults import Fault, Faults, act
from .quirks import Quirks
from .rate_limits import RateLimiter, RateLimitWindow
from .replies import envelope
from .replies.envelope import EmulatedReply
from .request_log import Request, Requests, unsigned
from .routes import ROUTES, RequestContext, classic_account, unified_account
from .routes.table import RowEdit
from .server import LoopbackServer
from .state import AccountLevel, ApiRefusal, Environment, Role

if TYPE_CHECKING:
    # typing has it from Python 3.11 on
    from typing_extensions import Self

# ccxt has one address for each of these groups of endpoints
# https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py
_CCXT_ENDPOINTS = (
    'spot', 'mix', 'user', 'p2p', 'broker', 'margin', 'common', 'tax', 'convert', 'copy', 'earn', 'uta',
)  # fmt: skip
# Port 0 is never listened on: a client that opens a connection anyway is refused at once.
_NO_ADDRESS = "http://127.0.0.1:0"
# No two accounts of a process have one key, whatever their emulator: programs keep state by key and address.
_key_numbers = itertools.count(1)


@dataclass
class Arrival:
    """A request that arrived: its account, its entry in the log, and the fault that applies."""

    sent: ReceivedRequest
    account: EmulatedAccount | None
    entry: Request
    fault: Fault | None

    @property
    def fault_kind(self) -> str | None:
        return self.fault.kind if self.fault else None


class Emulator:
    """A Bitget on 127.0.0.1: a context manager, or call `start` and `stop`. `answer` works without either.

    :param quirks: the answers to open questions.
    :param rate_limit: how the exchange's rate limits are counted: ``'fixed'`` in calendar seconds, ``'sliding'`` in any
        thousand milliseconds; ``False`` turns them off. Counted by `clock`.
    :param port: to listen on; a free one where 0.
    :param clock: the time in milliseconds; the machine's where `None`.
    :param unified: whether `account` is a unified one.
    :param position_mode: of `account`, for every product type: ``'hedge'`` or ``'one-way'``.
    :param margin_mode: of `account`, for every contract: ``'cross'`` or ``'isolated'``.
    :param round_trip: seconds from the arrival of a request at the socket to its reply; requests do not wait for each
        other. `answer` does not wait.
    """

    def __init__(
        self,
        quirks: Quirks | None = None,
        rate_limit: RateLimitWindow | Literal[False] | None = "fixed",
        port: int = 0,
        clock: Callable[[], int] | None = None,
        *,
        unified: bool = False,
        position_mode: str = "hedge",
        margin_mode: str = "cross",
        round_trip: float = 0,
    ) -> None:
        self.quirks = quirks or Quirks()
        self.rate_limit = rate_limit
        self.round_trip = round_trip
        self._clock = clock or (lambda: int(time.time() * 1000))
        self._lock = threading.Lock()
        self._accounts: list[EmulatedAccount] = []
        self._requests = Requests()
        self._faults = Faults()
        self._row_edits: dict[str, RowEdit] = {}
        self._limiter = RateLimiter()
        # of `answer`: requests that the client gave up on, and that have not arrived yet
        self._late: list[Arrival] = []
        self._server = LoopbackServer(self, port)
        self.account = self.add_account(unified, position_mode=position_mode, margin_mode=margin_mode)

    # -- the socket ---------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Listen; returns when the port is bound.

        :raises OSError: the port cannot be used.
        """
        self._server.start()
        return self

    def stop(self) -> None:
        """Close every connection and the port. The accounts and the log of requests stay."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        if self._server.url is None:
            raise RuntimeError("the emulator is not running")
        return self._server.url

    # -- for tests ----------------------------------------------------------------------------------------------------

    def add_account(
        self,
        unified: bool = False,
        environment: Environment = "live",
        api_key: str | None = None,
        secret: str | None = None,
        password: str | None = None,
        permissions: tuple[str, ...] = ("read", "trade"),
        role: Role = "ordinary",
        level: AccountLevel = "advanced",
        position_mode: str = "hedge",
        margin_mode: str = "cross",
    ) -> EmulatedAccount:
        """Add an account, with a key that no other emulator of this process has.

        :raises ValueError: a word that is none of the allowed ones, or an api_key that another account has.
        """
        number = next(_key_numbers)
        account = EmulatedAccount(
            api_key=api_key or f"emulator-key-{number}",
            secret=secret or f"emulator-secret-{number}",
            password=password or f"emulator-password-{number}",
            unified=unified,
            environment=environment,
            permissions=permissions,
            role=role,
            level=level,
            position_mode=position_mode,
            margin_mode=margin_mode,
            quirks=lambda: self.quirks,
            clock=lambda: self._clock(),
        )
        self._register(account)
        return account

    def _register(self, account: EmulatedAccount) -> None:
        with self._lock:
            if any(each.api_key == account.api_key for each in self._accounts):
                raise ValueError("another account has this api_key")
            self._accounts.append(account)
            account.label = f"account-{len(self._accounts)}"

    def config(self, account: EmulatedAccount | None = None, **extra: Any) -> dict[str, Any]:
        """Return the configuration with which a ccxt client calls this emulator, updated with `extra`.

        While the emulator is not started, the address in it refuses connections: for clients whose requests a test
        passes to `answer`.
        """
        account = account or self.account
        return {
            "apiKey": account.api_key,
            "secret": account.secret,
            "password": account.password,
            "urls": {"api": dict.fromkeys(_CCXT_ENDPOINTS, self._server.url or _NO_ADDRESS)},
            **extra,
        }

    @property
    def requests(self) -> list[Request]:
        """The requests that arrived, in order: the latest 100,000, and no more than 64 MB of them."""
        return self._requests.all()

    def since(self, number: int) -> list[tuple[int, Request]]:
        """Return the requests from `number` on, counted from 0 since the beginning, each with its number."""
        return self._requests.since(number)

    @property
    def writes(self) -> list[Request]:
        """The requests that set a leverage."""
        paths = (classic_account.SET_LEVERAGE, unified_account.SET_LEVERAGE)
        return [each for each in self.requests if each.path in paths]

    def clear(self) -> None:
        """Empty the log of requests."""
        self._requests.clear()

    def fail(self, fault: Fault) -> None:
        """Let requests fail."""
        self._faults.add(fault)

    def heal(self) -> None:
        """Remove every fault."""
        self._faults.clear()

    def release(self) -> None:
        """End every stall at once; returns when the requests have taken effect."""
        late, self._late = self._late, []
        for arrival in late:
            self.carry_out(arrival)
        self._server.release()

    @property
    def idle_faults(self) -> list[Fault]:
        """The faults that no request met, removed or not: a test that arranged one did not test what it says."""
        return self._faults.idle

    def market_rows(self, product_type: str, edit: RowEdit | None) -> None:
        """Change the rows of a product type's contract lists, v2 and v3, to see how a client handles odd ones.

        :param product_type: such as ``'USDT-FUTURES'``.
        :param edit: gets the rows of a list, and changes them or returns others; `None` ends an earlier edit.
        """
        if edit is None:
            self._row_edits.pop(product_type.upper(), None)
        else:
            self._row_edits[product_type.upper()] = edit

    # -- a request ----------------------------------------------------------------------------------------------------

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | str | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> tuple[int, dict[str, str], str]:
        """Answer a request without a socket, as the socket would: checks, rate limits, faults and log included.

        :param path: with or without the query.
        :param query: as it was signed, or its parameters.
        :returns: status, headers and body.
        :raises ConnectionError: a fault closes the connection (`drop`, `drop_after`, `truncate`).
        :raises TimeoutError: a fault lets the client wait: `stall`, which takes effect at `release`; `stall_after`.
        """
        if query:
            path += "?" + (query if isinstance(query, str) else urlencode(query, quote_via=quote))
        raw = body.encode() if isinstance(body, str) else body or b""
        arrival = self.receive(method, path, dict(parse_qsl(urlsplit(path).query, True)), headers or {}, raw)
        kind = arrival.fault_kind
        if kind == "drop":
            raise ConnectionResetError("the emulator closed the connection")
        if kind == "stall":
            self._late.append(arrival)
            raise TimeoutError("the emulator does not answer")
        reply = self.carry_out(arrival)
        if kind in ("drop_after", "truncate", "stall_after"):
            arrival.entry.status = arrival.entry.code = None
            if kind == "stall_after":
                raise TimeoutError("the emulator does not answer")
            raise ConnectionResetError("the emulator closed the connection")
        return reply.status, {**reply.headers, "content-type": reply.content_type}, reply.body.decode()

    def receive(
        self, method: str, target: str, query: dict[str, str], headers: Mapping[str, str], raw: bytes
    ) -> Arrival:
        """Log a request, and take the fault that applies to it."""
        names = {name.lower(): value for name, value in headers.items()}
        content = query if method == "GET" else envelope.parsed(raw)
        sent = ReceivedRequest(method, target, raw.decode("utf-8", "replace"), names, content)
        account = authentication.identify(self._accounts, names)
        kept = {name: value for name, value in names.items() if not name.startswith("access-")}
        if account is None:
            entry = unsigned(method, sent.path, query, kept)
            size = len(repr(entry))
        else:
            entry = Request(method, sent.path, query, None if method == "GET" else content, kept, account.label)
            # what JSON takes as a text, Python holds in about ten times as much
            size = 10 * len(raw) + len(sent.path) + len(repr(query)) + len(repr(kept)) + 500
        self._requests.add(entry, size)
        return Arrival(sent, account, entry, self._faults.take(method, sent.path))

    def carry_out(self, arrival: Arrival) -> EmulatedReply:
        """Check and answer a request, and note the reply in the log."""
        reply = envelope.damaged(self._reply(arrival), arrival.fault_kind or "")
        arrival.entry.status, arrival.entry.code = reply.status, reply.code
        return reply

    def _reply(self, arrival: Arrival) -> EmulatedReply:
        now, fault, headers = self._clock(), arrival.fault, dict[str, str]()
        if fault is not None and fault.kind == "page":
            return envelope.gateway_page(fault.detail.get("status", 502))
        try:
            if fault is not None and fault.kind == "too_many":
                raise envelope.too_many()
            return envelope.success(self._dispatch(arrival, now, headers), now, headers)
        except ApiRefusal as refusal:
            return envelope.refused(refusal, now, headers)

    def _dispatch(self, arrival: Arrival, now: int, headers: dict[str, str]) -> Any:
        sent, account, fault = arrival.sent, arrival.account, arrival.fault
        if sent.path.startswith("/api/mix/v1/"):
            # observed, 2026-09-28
            raise ApiRefusal("30032", "The V1 API has been decommissioned. Please migrate to a newer version.")
        route = ROUTES.get((sent.method, sent.path))
        if route is None:
            # The one business error with a status of its own.
            # https://github.com/BitgetLimited/agent_hub
            raise ApiRefusal("40404", "Request URL NOT FOUND", status=404)
        with account.lock if account and route.private else contextlib.nullcontext():
            signed_by = authentication.check(account, sent, now, self.quirks) if route.private else None
            self._count(signed_by, sent, route.per_second, now, headers)
            if fault is not None and fault.kind == "refuse":
                raise ApiRefusal(fault.detail["code"], fault.detail["msg"], fault.detail.get("status", 400))
            context = RequestContext(
                sent.params, self.quirks, now, sent.demo, signed_by, sent.batch, self._row_edits
            )  # fmt: skip
            return act(context, route.handler, fault)

    def _count(
        self, account: EmulatedAccount | None, sent: ReceivedRequest, per_second: int, now: int, headers: dict[str, str]
    ) -> None:
        if not self.rate_limit:
            return
        key = (account.api_key if account else "", sent.method, sent.path)
        left = self._limiter.take(key, per_second, now, self.rate_limit)
        # https://www.bitget.com/api-doc/common/intro
        headers["x-mbx-used-remain-limit"] = str(left or 0)
        if left is None:
            raise envelope.too_many()
