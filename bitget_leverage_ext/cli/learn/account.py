"""One contract of a demo account: read and write its settings, open and close its smallest position, restore it.

Nothing is decided by the code or the text of a refusal, only by what is accepted and by what positions then show.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import ccxt

from ..output import readable
from .fields import (
    CLASSIC_LEVERAGES,
    CROSSED,
    HEDGE,
    ISOLATED,
    LEVERAGE,
    LONG,
    LONG_LEVERAGE,
    MARGIN_MODE,
    ONE_WAY,
    SHORT,
    SHORT_LEVERAGE,
    SYMBOL_ROWS,
    Endpoints,
)

POSITION_MODE, MARGIN_MODE_OF_CONTRACT, POSITION = "position mode", "margin mode", "position"
# The leverages of a contract, as they are named in the report. Crossed margin has one for both sides.
CELLS = {
    (CROSSED, LONG): "crossed leverage",
    (ISOLATED, LONG): "isolated long leverage",
    (ISOLATED, SHORT): "isolated short leverage",
}
# What a request came to: the sides on which positions then had the leverage; accepted where no position could be had.
REFUSED, ACCEPTED, BOTH, NONE = "refused", "accepted", "both", "none"

# Seconds between looks at what was accepted but does not show yet; a demo account was seen to need 30.
LOOKS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
# Tries of a request that meets a fault of the network, a page of a gateway, or 429.
TRIES, TRIES_RESTORING = 6, 12


class Undecided(Exception):  # noqa: N818  # an answer, though none to the question
    """A question has no answer here; the message is the reason."""


class Stuck(Exception):  # noqa: N818  # the state of the account
    """A position or an order of the run cannot be closed; the run ends."""


@dataclass(frozen=True)
class ApiReply:
    """The ``data`` of an accepted request, or the text of a refusal.

    :ivar repeated: an earlier try got no answer and may have arrived
    """

    accepted: bool
    data: Any = None
    text: str = ""
    repeated: bool = False


@dataclass(frozen=True)
class OpenPosition:
    """A row of the list of positions."""

    margin: str
    side: str
    leverage: int | None
    size: str
    price: float


@dataclass(frozen=True)
class RequestForm:
    """Which fields a set-leverage request has.

    :ivar parts: of ``leverage``, ``side``, ``long``, ``short``
    :ivar side: what ``side`` names
    :ivar differ: whether the two sides get different leverages
    :ivar lower: a field of the contract that is sent in lower case
    """

    parts: tuple[str, ...]
    side: str = LONG
    differ: bool = False
    lower: str = ""

    def body(self, side_field: str, long: int, short: int) -> dict[str, str]:
        """Return the fields with these leverages."""
        values = {
            "leverage": (LEVERAGE, str(short if self.side == SHORT else long)),
            "side": (side_field, self.side),
            "long": (LONG_LEVERAGE, str(long)),
            "short": (SHORT_LEVERAGE, str(short)),
        }
        return dict(values[part] for part in self.parts)

    def words(self, side_field: str) -> str:
        """Return the names of the fields."""
        names = {"leverage": LEVERAGE, "side": f"{side_field} {self.side}", "long": LONG_LEVERAGE}
        text = " + ".join(names.get(part, SHORT_LEVERAGE) for part in self.parts)
        return f"{text}, {self.lower} in lower case" if self.lower else text


ALONE, SIDED, SIDED_SHORT = (
    RequestForm(("leverage",)),
    RequestForm(("leverage", "side")),
    RequestForm(("leverage", "side"), SHORT, differ=True),
)
PAIR, PAIR_ALIKE = RequestForm(("long", "short"), differ=True), RequestForm(("long", "short"))
ALL, ALL_SHORT = (RequestForm(("leverage", "side", "long", "short"), side, differ=True) for side in (LONG, SHORT))


@dataclass(frozen=True)
class Trial:
    """What a form came to, and its last reply."""

    outcome: str
    long: int
    short: int
    reply: ApiReply


@dataclass(frozen=True)
class AccountState:
    """What the settings show; None is what they do not show.

    :ivar row: unified accounts: the contract's row
    """

    position_mode: str | None
    margin: str | None
    leverages: dict[tuple[str, str], int]
    row: dict[str, Any] | None = None


def as_leverage(value: Any) -> int | None:
    """Return a leverage that is a number or a text."""
    try:
        return int(float(value)) or None
    except (TypeError, ValueError, OverflowError):
        return None


def row_leverages(row: Mapping[str, Any]) -> list[int]:
    """Return what ``leverage`` of a settings row shows: one, or a list."""
    value = row.get(LEVERAGE)
    return [each for each in map(as_leverage, value if isinstance(value, list) else [value]) if each is not None]


def row_sides(row: Mapping[str, Any]) -> list[int]:
    """Return the leverages of long and short, if the row has keys for them."""
    values = (as_leverage(row.get(key)) for key in (LONG_LEVERAGE, SHORT_LEVERAGE))
    return [each for each in values if each is not None]


def rows_of(data: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a listing, which is a list or holds one."""
    if isinstance(data, dict):
        data = next((each for each in data.values() if isinstance(each, list)), None)
    yield from (row for row in data or () if isinstance(row, dict))


@dataclass
class DemoAccount:
    """One contract of one account.

    :ivar target: the fields that name the contract
    :ivar size: of the smallest order
    :ivar orders_off: why no order is placed; empty where orders are placed
    :ivar position_mode_fixed: why the position mode cannot be changed; empty where it can
    :ivar known: the leverage that the last position in a margin mode and on a side had
    :ivar touched: what was written, and so must be restored
    """

    exchange: ccxt.Exchange
    api: Endpoints
    symbol: str
    target: dict[str, str]
    size: str
    highest: int
    orders_off: str = ""
    position_mode_fixed: str = ""
    tries: int = TRIES
    position_mode: str | None = None
    known: dict[tuple[str, str], int] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    _row: list[int] = field(default_factory=list)
    _recent: list[int] = field(default_factory=list)
    _open: bool = False

    @property
    def unified(self) -> bool:
        """Whether the margin mode belongs to each request, not to the contract."""
        return not self.api.set_margin_mode

    def begin(self) -> None:
        """Begin a question: leave nothing open, and choose leverages by what is in force only."""
        if self._open:
            self.close_everything()
        self._recent, self._row = [], []

    def start(self) -> dict[str, Any]:
        """Return what the requests of a question depend on, besides replies."""
        return {"size": self.size, "known": {f"{margin} {side}": value for (margin, side), value in self.known.items()}}

    # -- requests ---------------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, fields: Mapping[str, Any], public: bool = False) -> ApiReply:
        """Send one request as it is, and repeat it where the network was at fault.

        :raises ccxt.OperationFailed: no answer came, however often it was sent
        """
        return send(self.exchange, method, path, fields, self.tries, self.api.per_second.get(path, 10), public)

    def write(self, path: str, fields: Mapping[str, Any], touches: Iterable[str] = ()) -> ApiReply:
        """Send a write; note first what it touches, since an interrupted request may have arrived."""
        new = set(touches) - self.touched
        self.touched |= new
        reply = self.send("POST", path, fields)
        if not (reply.accepted or reply.repeated):
            self.touched -= new
        return reply

    def pause(self, seconds: float) -> None:
        """Wait."""
        self.exchange.sleep(int(seconds * 1000))

    # -- settings ---------------------------------------------------------------------------------------------------

    def read(self) -> AccountState:
        """Read the settings.

        :raises Undecided: they cannot be read
        """
        reply = self.send("GET", self.api.settings, {} if self.unified else self.target)
        if not isinstance(reply.data, dict):
            raise Undecided(f"the account cannot be read: {reply.text or 'an answer without data'}")
        data = reply.data
        self.position_mode = data.get(self.api.settings_position_mode) or None
        if not self.unified:
            shown = {cell: as_leverage(data.get(name)) for cell, name in CLASSIC_LEVERAGES.items()}
            leverages = {cell: value for cell, value in shown.items() if value is not None}
            return AccountState(self.position_mode, data.get(MARGIN_MODE) or None, leverages)
        rows = rows_of(data.get(SYMBOL_ROWS))
        row = next((each for each in rows if all(each.get(key) == value for key, value in self.target.items())), None)
        if row is None:
            return AccountState(self.position_mode, None, {})
        margin, values = row.get(MARGIN_MODE) or None, row_leverages(row)
        self._row = values + row_sides(row)
        shown = dict(zip(((margin, LONG), (margin, SHORT)), values * 2)) if margin else {}
        return AccountState(self.position_mode, margin, shown, row)

    def use(self, margin: str, position_mode: str | None = None) -> None:
        """Be in these modes; in any position mode where none is named.

        :raises Undecided: they are refused
        """
        state = self.read()
        if position_mode and state.position_mode != position_mode:
            self._use_position_mode(position_mode)
        if not self.unified and state.margin != margin:
            body = {**self.target, MARGIN_MODE: margin}
            reply = self.write(self.api.set_margin_mode, body, [MARGIN_MODE_OF_CONTRACT])
            if self.read().margin != margin:
                raise Undecided(f"{margin} margin is refused: {reply.text or 'accepted, but not shown afterwards'}")

    def _use_position_mode(self, mode: str) -> None:
        name = mode.removesuffix("_mode").replace("_", "-")
        if self.position_mode_fixed:
            raise Undecided(f"this needs {name} mode, but {self.position_mode_fixed}")
        product = {} if self.unified else {self.api.product: self.target[self.api.product]}
        body = {**product, self.api.position_mode: mode}
        reply = self.write(self.api.set_position_mode, body, [POSITION_MODE])
        if self.read().position_mode != mode:
            raise Undecided(f"{name} mode is refused: {reply.text or 'accepted, but not shown afterwards'}")

    def set_leverage(self, margin: str, form: RequestForm, long: int, short: int) -> ApiReply:
        """Send a form; a classic account takes it for the margin mode of the contract."""
        body = {**self.target, **form.body(self.api.side, long, short)}
        if form.lower:
            body[form.lower] = body[form.lower].lower()
        if self.unified:
            body[MARGIN_MODE] = margin
        touched = [name for cell, name in CELLS.items() if cell[0] == margin or not self.unified]
        return self.write(self.api.set_leverage, body, touched)

    def fresh(self, differ: bool) -> tuple[int, int]:
        """Return leverages for long and short that are not in force, not shown, and were not used just before."""
        avoid = {*self.known.values(), *self._row, *self._recent[-6:]}
        free = [each for each in range(2, min(self.highest, 30) + 1) if each not in avoid]
        long, short = free[0], free[1 if differ else 0]
        self._recent += [long, short] if differ else [long]
        return long, short

    def attempt(self, margin: str, form: RequestForm) -> Trial:
        """Send a form with fresh leverages, and see on which sides positions have them afterwards.

        A refusal counts if it came for two different leverages: one may be refused because it is in force.

        :raises Undecided: it was refused after a fault, or positions cannot be had
        """
        for _ in range(2):
            long, short = self.fresh(form.differ)
            reply = self.set_leverage(margin, form, long, short)
            if reply.accepted:
                return Trial(self._outcome(margin, long, short), long, short, reply)
        if reply.repeated:
            raise Undecided(f"refused, but an earlier try may have arrived: {reply.text}")
        return Trial(REFUSED, long, short, reply)

    def _outcome(self, margin: str, long: int, short: int) -> str:
        for wait in (1.0, 0.0):
            shown = self.in_force(margin)
            if shown is None:
                return ACCEPTED
            having = [side for side, value in ((LONG, long), (SHORT, short)) if shown[side] == value]
            if having:
                return having[0] if len(having) == 1 else BOTH
            self.pause(wait)
        return NONE

    def in_force(self, margin: str) -> dict[str, int] | None:
        """Return the leverage of each side, by positions; without orders what a classic account shows, else None.

        :raises Undecided: no position can be had
        """
        if self.orders_off and self.unified:
            return None
        if self.orders_off:
            shown = {side: value for (mode, side), value in self.read().leverages.items() if mode == margin}
        else:
            self.use(margin)
            shown = {side: self._witness(margin, side) for mode, side in CELLS if mode == margin}
        self.known.update({(margin, side): value for side, value in shown.items()})
        return {SHORT: shown[LONG], **shown}

    # -- positions --------------------------------------------------------------------------------------------------

    def _witness(self, margin: str, side: str) -> int:
        reply, found = self.open(side, margin)
        if len(found) != 1 or found[0].margin != margin or found[0].leverage is None:
            raise Undecided(f"a {margin} {side} order: {reply.text or f'accepted, then {found}'}")
        self.close(found)
        return found[0].leverage

    def positions(self) -> list[OpenPosition]:
        """Read the positions of the contract.

        :raises Undecided: they cannot be read
        """
        reply = self.send("GET", self.api.positions, self.target)
        if not reply.accepted:
            raise Undecided(f"positions cannot be read: {reply.text}")
        return [
            OpenPosition(
                str(row.get(MARGIN_MODE)), str(row.get(self.api.row_side)), as_leverage(row.get(LEVERAGE)),
                str(row["total"]), float(row.get("openPriceAvg") or row.get("avgPrice") or 0),
            )
            for row in rows_of(reply.data) if float(row.get("total") or 0)
        ]  # fmt: skip

    def wait_for(self, is_done: Callable[[list[OpenPosition]], bool]) -> list[OpenPosition]:
        """Read the positions until they are as expected, or the time is over."""
        found = self.positions()
        for seconds in LOOKS:
            if is_done(found):
                break
            self.pause(seconds)
            found = self.positions()
        return found

    def open(self, side: str, margin: str | None, **more: str) -> tuple[ApiReply, list[OpenPosition]]:
        """Place the smallest order on a side, and return the positions that there are then.

        :raises Undecided: orders are off
        """
        if self.orders_off:
            raise Undecided(f"needs an order: {self.orders_off}")
        self._open = True
        for _ in range(2):
            reply = self.write(self.api.place, {**self.order(side, margin), **more}, [POSITION])
            if reply.accepted or not reply.repeated:
                break
        found = self.wait_for(bool) if reply.accepted else self.positions() if reply.repeated else []
        return reply, found

    def order(self, side: str, margin: str | None, closes: str = "") -> dict[str, str]:
        """Return the body of a market order that opens a position, or closes *closes* of one."""
        hedge, buys = self.position_mode == HEDGE, (side == LONG) != bool(closes)
        body = {**self.target, self.api.size: closes or self.size, "orderType": "market"}
        body |= {MARGIN_MODE: margin} if margin else {}
        if self.unified:
            more = {self.api.side: side} if hedge else {"reduceOnly": "yes"} if closes else {}
            return {**body, "side": "buy" if buys else "sell", **more}
        if hedge:
            # ``side`` names the position. https://www.bitget.com/api-doc/contract/trade/Place-Order
            return {**body, "side": "buy" if side == LONG else "sell", "tradeSide": "close" if closes else "open"}
        return {**body, "side": "buy" if buys else "sell", **({"reduceOnly": "YES"} if closes else {})}

    def stop(self, position: OpenPosition, margin: str | None) -> ApiReply:
        """Place a stop far below a long position of a unified account, with the fields that ccxt sends."""
        body = {
            **self.target, self.api.size: position.size, self.api.side: position.side, "side": "sell",
            "stopLoss": self.price(position.price / 2), "slTriggerBy": "mark", "slOrderType": "market",
        }  # fmt: skip
        self._open = True
        return self.write(self.api.place_stop, body | ({MARGIN_MODE: margin} if margin else {}), [POSITION])

    def price(self, price: float) -> str:
        """Return a price as the contract allows it."""
        return str(self.exchange.price_to_precision(self.symbol, price))

    def close(self, found: list[OpenPosition]) -> None:
        """Close positions: each in its own margin mode, then with the request that closes all of the contract.

        :raises Stuck: one stays open
        """
        said = ""
        for flash in (False, False, True, True):
            if not found:
                self._open = False
                return
            for each in found[: 1 if flash else None]:
                order = self.order(each.side, each.margin, closes=each.size)
                path, body = (self.api.flash_close, self.target) if flash else (self.api.place, order)
                said = self.send("POST", path, body).text or said
            found = self.wait_for(lambda rows: not rows)
        if found:
            raise Stuck(f"cannot be closed: {found}; {said}")
        self._open = False

    def close_everything(self) -> None:
        """Cancel the orders of the contract, and close its positions."""
        cancels = [(self.api.pending, self.api.cancel), (self.api.pending_stops, self.api.cancel_stop)]
        for listed, cancel in cancels:
            reply = self.send("GET", listed, self._product) if listed else ApiReply(True)
            for row in rows_of(reply.data):
                if row.get("symbol") == self.target["symbol"]:
                    self.send("POST", cancel, {**self.target, "orderId": row["orderId"]})
        self.close(self.positions())

    @property
    def _product(self) -> dict[str, str]:
        return {self.api.product: self.target[self.api.product]}

    # -- restoring --------------------------------------------------------------------------------------------------

    def restore(self, before: AccountState) -> list[str]:
        """Restore what was known before, and return what is not as it was, or not known to be.

        :raises Undecided, Stuck, ccxt.BaseError: the account could not be read or a position not be closed
        """
        if POSITION in self.touched:
            self.close_everything()
        # A settings row names the margin mode that was written last.
        for margin in sorted({CROSSED, ISOLATED}, key=lambda each: each == before.margin):
            if any(name in self.touched for (mode, _), name in CELLS.items() if mode == margin):
                self._restore_leverages(margin, before)
        if before.margin and not self.unified:
            self.use(before.margin)
        if before.position_mode not in (None, self.read().position_mode):
            self._use_position_mode(str(before.position_mode))
        return self._differences(before)

    def _restore_leverages(self, margin: str, before: AccountState) -> None:
        """Set the leverages of a margin mode by any form, in any position mode, until positions show them."""
        wanted = {side: before.leverages.get((margin, side)) for side in (LONG, SHORT)}
        long, short = wanted[LONG], wanted[SHORT]
        if long is None or short is None:
            return
        modes = [before.position_mode, *(each for each in (HEDGE, ONE_WAY) if each != before.position_mode)]
        for mode in modes[: 1 if margin == CROSSED or self.position_mode_fixed else None]:
            self.use(margin, mode)
            if self._shows(margin, wanted) and not (self.unified and margin == before.margin):
                return
            for forms in _restoring_forms(margin, long, short):
                accepted = [self.set_leverage(margin, form, long, short).accepted for form in forms]
                if any(accepted) and self._shows(margin, wanted, unseen=all(accepted)):
                    return

    def _shows(self, margin: str, wanted: dict[str, int | None], unseen: bool = False) -> bool:
        """Return whether positions have these leverages; *unseen* where positions cannot be had."""
        try:
            shown = self.in_force(margin)
        except Undecided:
            return False  # an order may be refused because of the leverage
        return unseen if shown is None else shown == wanted

    def _differences(self, before: AccountState) -> list[str]:
        now = self.read()
        found = []
        if before.position_mode != now.position_mode:
            found.append(f"{POSITION_MODE}: was {before.position_mode}, is {now.position_mode}")
        if not self.unified and before.margin != now.margin:
            found.append(f"{MARGIN_MODE_OF_CONTRACT}: was {before.margin}, is {now.margin}")
        for cell, name in CELLS.items():
            was, shown = before.leverages.get(cell), self.known.get(cell)
            if name not in self.touched:
                continue
            if was is None or (self.unified and self.orders_off):
                showed = "nothing showed it" if was is None else f"the settings showed {was}, and no position checked it"
                found.append(f"{name}: {showed} before")
            elif was != shown:
                found.append(f"{name}: was {was}, is {shown}")
        if before.row and before.row != now.row and self.touched - {POSITION, POSITION_MODE}:
            found.append(f"settings row: showed {before.row} before, shows {now.row}")
        return found

    def left(self, before: AccountState) -> list[str]:
        """Return what has to be restored by hand, where no more requests can be sent."""
        was = {name: before.leverages.get(cell) for cell, name in CELLS.items()}
        was |= {POSITION_MODE: before.position_mode, MARGIN_MODE_OF_CONTRACT: before.margin, POSITION: "none"}
        return [
            f"{name}: was {'not known' if was[name] is None else was[name]}, may be changed"
            for name in was
            if name in self.touched and (name != POSITION or self._open)
        ]


def _restoring_forms(margin: str, long: int, short: int) -> Iterator[list[RequestForm]]:
    if margin == CROSSED:
        yield [ALONE]
        return
    if long == short:
        yield [ALONE]
    yield [PAIR]
    yield [ALL_SHORT, ALL]
    yield [SIDED_SHORT, SIDED]


def send(
    exchange: ccxt.Exchange,
    method: str,
    path: str,
    fields: Mapping[str, Any],
    tries: int = TRIES,
    per_second: int = 10,
    public: bool = False,
) -> ApiReply:
    """Send one request by ccxt's own method: no rule of this package comes between question and answer.

    :raises ccxt.OperationFailed: no answer came, however often it was sent
    """
    api = ["public" if public else "private", "mix" if path.startswith("v2/mix/") else "uta"]
    config = {"cost": 1000 / exchange.rateLimit / per_second}
    for number in range(1, tries + 1):
        try:
            answer = ccxt.bitget.request(exchange, path, api, method, dict(fields), None, None, config)
            return ApiReply(True, _data(exchange, answer), repeated=number > 1)
        except ccxt.ExchangeError as error:
            return ApiReply(False, text=readable(error), repeated=number > 1)
        except (ccxt.OperationFailed, ccxt.BadResponse):
            if number == tries:
                raise
            exchange.sleep(int(500 * min(number, 8)))
    raise AssertionError("tries is at least 1")


def _data(exchange: ccxt.Exchange, answer: Any) -> Any:
    """Return the data of an answer with its JSON types; an older ccxt turns every number into a text."""
    if not isinstance(answer, dict) or "code" not in answer:
        raise ccxt.BadResponse(f"bitget answered with no answer: {str(answer)[:100]!r}")
    try:
        return json.loads(exchange.last_http_response).get("data")
    except (AttributeError, TypeError, ValueError):
        return answer.get("data")
