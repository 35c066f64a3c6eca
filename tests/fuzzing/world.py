"""The exchange that the fuzzer plays against: an emulated account behind a wire that notes, disturbs and loses.

The wire takes the place of ccxt's ``fetch``, so that thousands of sequences cost seconds: everything of ccxt and of the
package is in play but for the socket, which ``soak`` is about. Each request is looked at before and after it acts;
between any two of them somebody else may change the account.
"""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import ccxt

from bitget_leverage_ext.emulator import Emulator, Fault, Quirks, Request, book
from bitget_leverage_ext.emulator.authentication import ReceivedRequest
from bitget_leverage_ext.emulator.contracts import CONTRACTS
from bitget_leverage_ext.emulator.exchange import Arrival
from bitget_leverage_ext.emulator.prices import price
from fuzzing.cases import MODES, NAMES, NO_CHANGE, SET_LEVERAGE, Held, Moment, Sent, Setup

# More requests than any operation can need: whoever gets here goes round in circles.
MOST_REQUESTS = 300
DOWN = 12  # requests for which an exchange that is down stays so
ACTING = ("refuse", "lie", "stale", "other_mode", "figures")  # faults that the emulator itself plays
ADDRESS = "http://emulator"


class Hang(BaseException):
    """An operation that never ends; no exception that anybody may swallow."""


@dataclass
class World:
    """One account of one exchange, used for one sequence after the other."""

    emulator: Emulator = field(default_factory=lambda: Emulator(rate_limit=False))

    def __post_init__(self) -> None:
        self.account = self.emulator.account
        # one key for every world: a template of the objects serves them all
        self.account.api_key, self.account.secret, self.account.password = "key", "secret", "password"
        self._blank = self.account.snapshot()
        self._lock = threading.RLock()

    # -- between the operations -------------------------------------------------------------------------------------

    def begin(self, setup: Setup) -> None:
        """A new account."""
        self.setup, self.account.unified = setup, setup.unified
        self.account.restore(self._blank)
        self.emulator.quirks = Quirks(**setup.quirks)  # type: ignore[arg-type]
        for symbol in setup.symbols:
            place = self._place(symbol)
            self.account.set_position_mode(place[0], "hedge_mode" if setup.hedge[place[0]] else "one_way_mode")
            self.account.set_margin_mode(*place, setup.margins[symbol])
            cross, long, short = setup.figures[symbol]
            self.account.set_figures(*place, cross=cross, long=long, short=short)
        self._even()
        self.moments: list[Moment] = []
        self.sent: list[Sent] = []
        self.pending: list[tuple[Sent, Callable[[], object]]] = []  # timed out, and not yet arrived
        self.strikes: list[tuple[int, str, Any]] = []
        self.began = self.struck = self.meddled = 0
        self._note("foreign")

    def arm(self, strikes: tuple[tuple[int, str, Any], ...]) -> None:
        """What is to strike during the next operation."""
        self.began, self.strikes, self.meddled = len(self.sent), list(strikes), 0

    def held(self) -> dict[str, Held]:
        """What the account holds of each contract in play."""
        with self.account.lock:
            return {symbol: self._held(symbol) for symbol in self.setup.symbols}

    def _held(self, symbol: str) -> Held:
        product, id = self._place(symbol)
        setting, hedge = self.account.setting(product, id), self.account.position_mode(product) == "hedge_mode"
        figures = setting.leverages
        return Held(self.account.unified, setting.margin_mode, hedge, figures.cross, figures.long, figures.short)

    def _note(self, who: str) -> None:
        held = self.held()
        if not self.moments or self.moments[-1].held != held:
            self.moments.append(Moment(who, held))

    def _even(self) -> None:
        """One-way mode has one position and so one figure, whatever the two sides were before."""
        for (product, _), setting in self.account.settings().items():
            if self.account.position_mode(product) == "one_way_mode":
                setting.leverages = replace(setting.leverages, short=setting.leverages.long)

    # -- somebody else ----------------------------------------------------------------------------------------------

    def meddle(self, what: str, *args: Any) -> None:
        """Somebody else changes the account, as far as the exchange would let him."""
        with self._lock, self.account.lock:
            getattr(self, f"_meddle_{what}")(*args)
            self.meddled += 1
            self._even()
            self._note("foreign")

    def _place(self, symbol: str) -> tuple[str, str]:
        return NAMES[self.account.unified and symbol in NAMES[True]][symbol]

    @property
    def book(self) -> book.Book:
        """The account's orders and positions."""
        return self.account.book

    def _meddle_margin(self, symbol: str, mode: str) -> None:
        if not self.account.setting(*self._place(symbol)).busy:
            self.account.set_margin_mode(*self._place(symbol), mode)

    def _meddle_position(self, symbol: str, mode: str) -> None:
        product = self._place(symbol)[0]
        if not any(each.busy for each in self.account.settings(None if self.account.unified else product).values()):
            self.account.set_position_mode(product, mode)

    def _meddle_figures(self, symbol: str, figures: Mapping[str, int]) -> None:
        setting = self.account.setting(*self._place(symbol))
        self.account.set_figures(*self._place(symbol), **figures, margin_mode=setting.margin_mode)

    def _meddle_open(self, symbol: str, side: Any, mode: Any) -> None:
        where, now = self._place(symbol), int(time.time() * 1000)
        contract = CONTRACTS[where]
        if self.account.unified and symbol not in NAMES[True]:
            return
        if self.book.holding(contract) and self.account.position_mode(where[0]) == "one_way_mode":
            return
        leverage = self.account.leverages(*where).of(mode, side)
        self.book.positions[where[0], where[1], side] = book.EmulatedPosition(
            contract, side, mode, leverage, now, Decimal("0.01"), price(contract, now)
        )
        self.account.busy(*where, position=True)

    def _meddle_close(self, symbol: str) -> None:
        for side in ("long", "short"):
            self.book.positions.pop((*self._place(symbol), side), None)  # type: ignore[arg-type]
        self.account.busy(*self._place(symbol))

    def _meddle_switch(self) -> None:
        """The account becomes one of the other type."""
        before = {symbol: self._place(symbol) for symbol in self.setup.symbols}
        for symbol in before:
            self._meddle_close(symbol)
        self.account.unified = not self.account.unified
        settings = self.account._state.settings
        for symbol, place in before.items():
            settings[self._place(symbol)] = settings.pop(place)

    def _meddle_quirks(self, quirks: Mapping[str, str]) -> None:
        self.emulator.quirks = replace(self.emulator.quirks, **quirks)  # type: ignore[arg-type]

    def _meddle_arrive(self) -> None:
        """What had timed out arrives after all."""
        pending, self.pending = self.pending, []
        for _, carry_out in pending:
            carry_out()
            self._note("late")

    # -- the wire ---------------------------------------------------------------------------------------------------

    def send(self, url: str, method: str, headers: Any, body: Any) -> tuple[int, str]:
        """One request -> the status and the text of its reply, or what ccxt makes of there being none."""
        with self._lock:
            number = len(self.sent) - self.began
            if number > MOST_REQUESTS:
                raise Hang(f"more than {MOST_REQUESTS} requests in one operation")
            envelope = _envelope(url, method, headers, body)
            path = envelope.target.partition("?")[0]
            fault = self._due(number, path)
            sent = Sent(method, path, envelope.params, self._symbol(envelope.params), {}, {})
            self.sent.append(sent)
            return self._carry(envelope, sent, fault)

    def _due(self, number: int, path: str) -> tuple[str, Any] | None:
        """The fault that is due now, if one is; what others do to the account is done."""
        for strike in [each for each in self.strikes if each[0] <= number]:
            _, kind, detail = strike
            if kind == "meddle":
                self.strikes.remove(strike)
                self.meddle(*detail)
            elif kind not in (*ACTING, "late") or SET_LEVERAGE in path:
                if kind != "down" or number >= strike[0] + DOWN:
                    self.strikes.remove(strike)
                self.struck += 1
                return kind, detail
        return None

    def _carry(self, envelope: ReceivedRequest, sent: Sent, fault: tuple[str, Any] | None) -> tuple[int, str]:
        kind, detail = fault or (None, None)
        denied = kind == "refuse" and detail["code"] == NO_CHANGE
        sent.fault, sent.before = "denied" if denied else kind, self.held()
        sent.after, sent.place = sent.before, len(self.moments) - 1
        if kind in ("drop", "down"):
            raise ccxt.NetworkError("bitget: connection lost")
        if kind == "late":
            self.pending.append((sent, lambda: self._act(envelope, None)))
            raise ccxt.RequestTimeout("bitget: timed out")
        if kind == "too_many":
            return 429, '{"code":"429","msg":"Too Many Requests","data":null}'
        if kind == "page":
            return int(detail), "<html><body>Bad Gateway</body></html>"
        acting = Fault(kind, **detail) if kind in ACTING else None
        status, text = self._act(envelope, acting)
        if sent.path.endswith(MODES):
            self._even()
        self._note("own")
        sent.after, sent.place = self.held(), len(self.moments) - 1
        if kind == "timeout":
            raise ccxt.RequestTimeout("bitget: timed out")
        sent.code = str(json.loads(text)["code"])
        return status, {"cut": text[: len(text) // 2], "empty": "", "text": "OK"}.get(str(kind), text)

    def answer(self, url: str, method: str, headers: Any, body: Any) -> tuple[int, str]:
        """What the exchange says to a request that nobody notes."""
        return self._act(_envelope(url, method, headers, body), None)

    def _act(self, envelope: ReceivedRequest, fault: Fault | None) -> tuple[int, str]:
        entry = Request(envelope.method, envelope.path, {}, None, {})
        reply = self.emulator.carry_out(Arrival(envelope, self.account, entry, fault))
        return reply.status, reply.body.decode()

    def _symbol(self, params: Mapping[str, Any]) -> str | None:
        where = str(params.get("productType") or params.get("category")).upper(), str(params.get("symbol"))
        names = (symbol for symbol in self.setup.symbols if where in (NAMES[False][symbol], NAMES[True].get(symbol)))
        return next(names, None)


def _envelope(url: str, method: str, headers: Any, body: Any) -> ReceivedRequest:
    content = json.loads(body) if body else dict(parse_qsl(urlsplit(url).query))
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return ReceivedRequest(method, url.removeprefix(ADDRESS), body or "", lower, content)


def received(exchange: Any, method: str, url: str, headers: Any, body: Any, reply: tuple[int, str]) -> Any:
    """What ccxt's ``fetch`` makes of a reply."""
    status, text = reply
    answer, reason = exchange.parse_json(text), HTTPStatus(status).phrase
    exchange.handle_errors(status, reason, url, method, {}, text, answer, headers, body)
    exchange.handle_http_status_code(status, reason, url, method, text)
    return text if answer is None else answer


def fresh(template: Any, options: Mapping[str, Any], uta: bool | None) -> Any:
    """A new object like *template*, at a hundredth of the cost; nothing of it is shared that anybody writes to."""
    exchange = copy.copy(template)
    exchange.options = {**template.options, "setLeverage": dict(options), "uta": uta}
    exchange._memory = type(template._memory)()
    exchange._paces, exchange._flights, exchange._turns = {}, {}, {}
    return exchange
