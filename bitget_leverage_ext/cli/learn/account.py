"""One contract of a demo account: read and write its settings, open and close its smallest position, restore it.

Nothing is decided by the code or the text of a refusal, only by what is accepted and by what positions then show.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import ccxt

from ..messages import readable
from .fields import (
    CLASSIC_LEVERAGES, CROSSED, HEDGE, ISOLATED, LEVERAGE, LONG, LONG_LEVERAGE, MARGIN_MODE, ONE_WAY, SHORT,
    SHORT_LEVERAGE, SYMBOL_ROWS,
)  # fmt: skip

# Names of what can be written. Crossed margin has one leverage for both sides.
POSITION_MODE, CONTRACT_MARGIN_MODE, POSITION = "position mode", "margin mode", "position"
CELLS = {
    (CROSSED, LONG): "crossed leverage",
    (ISOLATED, LONG): "isolated long leverage",
    (ISOLATED, SHORT): "isolated short leverage",
}
# Outcomes of a request: the sides on which positions then have the leverage; accepted if no position can be had.
REFUSED, ACCEPTED, BOTH, NONE = "refused", "accepted", "both", "none"
# Seconds between looks at what does not show yet: positions of a demo account were seen to need 30.
LOOKS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
# How often a request is sent that meets a fault of the network, the page of a gateway, or 429.
TRIES, TRIES_RESTORING = 6, 12


class Undecided(Exception):  # noqa: N818  # an answer, though none to the question
    """A question has no answer here; the message is the reason."""


@dataclass(frozen=True)
class LearnReply:
    """The data of an accepted request, or the text of a refusal; *repeated* if an earlier try may have arrived."""

    accepted: bool
    data: Any = None
    text: str = ""
    repeated: bool = False


@dataclass(frozen=True)
class OpenPosition:
    """A row of the list of positions."""

    margin: str
    side: str
    leverage: int
    size: str
    price: float


@dataclass(frozen=True)
class ContractSettings:
    """What the settings show, *row* only on a unified account; None is what they do not show."""

    position_mode: str | None
    margin: str | None
    leverages: dict[tuple[str, str], int]
    row: dict[str, Any] | None = None


@dataclass(frozen=True)
class Trial:
    """What a request or a question came to, how that was seen, and the data of the reply."""

    outcome: str
    seen: str
    data: Any = None


@dataclass(frozen=True)
class RequestForm:
    """The fields of a set-leverage request: *parts* of leverage, side, long and short; *lower* is sent in lower case."""

    parts: tuple[str, ...]
    side: str = LONG
    differ: bool = False
    lower: str = ""

    def body(self, api: Mapping[str, str], long: int, short: int) -> dict[str, str]:
        """Return the fields with these leverages."""
        leverage = short if self.side == SHORT else long
        names = {"leverage": LEVERAGE, "side": api["side"], "long": LONG_LEVERAGE, "short": SHORT_LEVERAGE}
        values = {"leverage": str(leverage), "side": self.side, "long": str(long), "short": str(short)}
        return {names[part]: values[part] for part in self.parts}

    def words(self, api: Mapping[str, str]) -> str:
        """Return the names of the fields."""
        names = (f"{name} {self.side}" if name == api["side"] else name for name in self.body(api, 0, 0))
        return "set-leverage: " + " + ".join(names) + (f", {self.lower} in lower case" if self.lower else "")


ALONE, PAIR_ALIKE = RequestForm(("leverage",)), RequestForm(("long", "short"))
SIDED, SIDED_SHORT = (RequestForm(("leverage", "side"), side) for side in (LONG, SHORT))
PAIR = RequestForm(("long", "short"), differ=True)
ALL, ALL_SHORT = (RequestForm(("leverage", "side", "long", "short"), side, differ=True) for side in (LONG, SHORT))


@dataclass
class DemoAccount:
    """One contract of one account; *target* names it in requests, *size* is that of its smallest order."""

    exchange: ccxt.Exchange
    api: Mapping[str, str]
    symbol: str = ""
    target: dict[str, str] = field(default_factory=dict)
    size: str = ""
    highest: int = 0
    orders_off: str = ""  # why no order is placed
    position_mode_fixed: str = ""  # why the position mode cannot be changed
    tries: int = TRIES
    position_mode: str | None = None
    known: dict[tuple[str, str], int] = field(default_factory=dict)  # the leverage of the last position, by cell
    touched: set[str] = field(default_factory=set)  # what was written, and so must be restored
    open: bool = False  # whether an order or a position of this run can be open
    last: tuple[int, int] = (0, 0)  # the leverages of the last attempt
    _avoid: list[int] = field(default_factory=list)

    @property
    def unified(self) -> bool:
        """Whether each request names a margin mode, instead of the contract having one."""
        return "set margin mode" not in self.api

    @property
    def product(self) -> dict[str, str]:
        """The field that names the product type."""
        return {self.api["product"]: self.target[self.api["product"]]}

    def begin(self) -> dict[str, Any]:
        """Begin a question with nothing open; return what its requests depend on besides replies."""
        if self.open:
            self.close_everything()
        self._avoid = []
        return {"size": self.size, "known": {" ".join(cell): value for cell, value in self.known.items()}}

    def send(self, method: str, path: str, fields: Mapping[str, Any], public: bool = False) -> LearnReply:
        """Send one request by ccxt's own method: no rule of this package comes between question and answer.

        :raises ccxt.OperationFailed: no answer came, however often it was sent
        """
        api = ["public" if public else "private", "mix" if path.startswith("v2/mix/") else "uta"]
        for number in range(1, self.tries + 1):
            try:
                # Five calls a second: the lowest limit of these endpoints, at ccxt's 50 ms a unit.
                answer = ccxt.bitget.request(self.exchange, path, api, method, dict(fields), config={"cost": 4})
                if not isinstance(answer, dict) or "code" not in answer:
                    raise ccxt.BadResponse(f"bitget answered with no answer: {str(answer)[:100]!r}")
                # With JSON's types: an older ccxt turns every number into a text.
                return LearnReply(True, json.loads(self.exchange.last_http_response).get("data"), "", number > 1)
            except ccxt.ExchangeError as error:
                return LearnReply(False, None, readable(error), number > 1)
            except ccxt.OperationFailed:
                if number == self.tries:
                    raise
                self.exchange.sleep(500 * min(number, 8))
        raise AssertionError("at least one try")

    def write(self, path: str, fields: Mapping[str, Any], touches: Iterable[str]) -> LearnReply:
        """Send a write; note first what it touches, since an interrupted request may have arrived."""
        new = set(touches) - self.touched
        self.touched |= new
        reply = self.send("POST", self.api[path], fields)
        if not (reply.accepted or reply.repeated):
            self.touched -= new
        return reply

    # -- settings ---------------------------------------------------------------------------------------------------

    def read(self) -> ContractSettings:
        """Read the settings, or raise Undecided."""
        reply = self.send("GET", self.api["settings"], {} if self.unified else self.target)
        if not isinstance(reply.data, dict):
            raise Undecided(f"the account cannot be read: {reply.text or 'an answer without data'}")
        row = reply.data
        self.position_mode = row.get(self.api["position mode"])
        if not self.unified:
            shown = {cell: value for cell, name in CLASSIC_LEVERAGES.items() if (value := as_leverage(row.get(name)))}
            return ContractSettings(self.position_mode, row.get(MARGIN_MODE), shown)
        row = next((each for each in rows_of(row.get(SYMBOL_ROWS)) if self.target.items() <= each.items()), {})
        margin, values = row.get(MARGIN_MODE), row_leverages(row)
        self._avoid += values + row_sides(row)
        shown = dict(zip([(str(margin), LONG), (str(margin), SHORT)], values * 2))
        return ContractSettings(self.position_mode, margin, shown, row)

    def use(self, margin: str | None, position_mode: str | None = None) -> None:
        """Be in these modes, None is any, or raise Undecided."""
        if position_mode not in (None, self.read().position_mode):
            if self.position_mode_fixed:
                raise Undecided(f"this needs {position_mode}, but {self.position_mode_fixed}")
            body = {**({} if self.unified else self.product), self.api["position mode"]: position_mode}
            reply = self.write("set position mode", body, [POSITION_MODE])
            if self.read().position_mode != position_mode:
                raise Undecided(f"{position_mode} cannot be set: {reply.text or 'it is not shown afterwards'}")
        if not self.unified and margin not in (None, self.read().margin):
            reply = self.write("set margin mode", {**self.target, MARGIN_MODE: margin}, [CONTRACT_MARGIN_MODE])
            if self.read().margin != margin:
                raise Undecided(f"{margin} margin cannot be set: {reply.text or 'it is not shown afterwards'}")

    def set_leverage(self, margin: str, form: RequestForm, long: int, short: int) -> LearnReply:
        """Send a form; a classic account takes it for the margin mode of the contract."""
        body = {**self.target, **form.body(self.api, long, short), **({MARGIN_MODE: margin} if self.unified else {})}
        body |= {form.lower: body[form.lower].lower()} if form.lower else {}
        touched = [name for (mode, _), name in CELLS.items() if mode == margin or not self.unified]
        return self.write("set leverage", body, touched)

    def fresh(self, differ: bool = True) -> tuple[int, int]:
        """Return leverages for long and short that are not in force, not shown, and were not used just before."""
        avoid = {*self.known.values(), *self._avoid[-8:]}
        free = [each for each in range(2, min(self.highest, 30) + 1) if each not in avoid]
        self.last = (free[0], free[1 if differ else 0])
        self._avoid += dict.fromkeys(self.last)
        return self.last

    def attempt(self, margin: str, form: RequestForm) -> Trial:
        """Send a form with fresh leverages, and see on which sides positions have them; Undecided if that fails.

        A refusal counts if it came for two different leverages: one may be refused because it is in force.
        """
        for _ in range(2):
            reply = self.set_leverage(margin, form, *self.fresh(form.differ))
            if reply.accepted:
                shown = self.in_force(margin)
                having = [side for side, value in zip((LONG, SHORT), self.last) if shown and shown[side] == value]
                outcome = ACCEPTED if shown is None else BOTH if len(having) == 2 else "".join(having) or NONE
                return Trial(outcome, f"{form.words(self.api)} {self.last}: {outcome}", reply.data)
        if reply.repeated:
            raise Undecided(f"refused, but an earlier try may have arrived: {reply.text}")
        return Trial(REFUSED, f"{form.words(self.api)}: {reply.text}")

    def in_force(self, margin: str) -> dict[str, int] | None:
        """Return the leverage of each side by positions, or raise Undecided.

        Without orders: what a classic account shows; None for a unified one.
        """
        if self.orders_off and self.unified:
            return None
        if not self.orders_off:
            self.use(margin)
        shown = self.read().leverages if self.orders_off else {}
        for cell in (each for each in CELLS if each[0] == margin):
            self.known[cell] = shown.get(cell, 0) if self.orders_off else self.place(*cell).leverage
        return {side: self.known.get((margin, side), self.known[margin, LONG]) for side in (LONG, SHORT)}

    # -- orders and positions ---------------------------------------------------------------------------------------

    def positions(self) -> list[OpenPosition]:
        """Read the positions of the contract, or raise Undecided."""
        reply = self.send("GET", self.api["positions"], self.target)
        if not reply.accepted:
            raise Undecided(f"positions cannot be read: {reply.text}")
        return [
            OpenPosition(
                str(row.get(MARGIN_MODE)), str(row.get(self.api["side"])), as_leverage(row.get(LEVERAGE)) or 0,
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
            self.exchange.sleep(int(seconds * 1000))
            found = self.positions()
        return found

    def order(self, margin: str | None, side: str, closes: str = "") -> dict[str, str]:
        """Return the body of a market order that opens the smallest position, or closes *closes* of one.

        In hedge mode ``side`` names the position on a classic account, and what is done on a unified one.
        https://www.bitget.com/api-doc/contract/trade/Place-Order, https://www.bitget.com/api-doc/uta/trade/Place-Order
        """
        hedge = self.position_mode == HEDGE
        buys = (side == LONG) != (bool(closes) and (self.unified or not hedge))
        body = {**self.target, self.api["size"]: closes or self.size, "orderType": "market"}
        body |= {"side": "buy" if buys else "sell", **({MARGIN_MODE: margin} if margin else {})}
        if hedge:
            return body | ({self.api["side"]: side} if self.unified else {"tradeSide": "close" if closes else "open"})
        return {**body, "reduceOnly": "yes" if self.unified else "YES"} if closes else body

    def opened(self, margin: str | None, side: str = LONG, **more: str) -> tuple[LearnReply, list[OpenPosition]]:
        """Place the smallest order, and return the reply and the positions that there are then."""
        if self.orders_off:
            raise Undecided(f"needs an order: {self.orders_off}")
        self.open = True
        for _ in range(2):
            reply = self.write("place", {**self.order(margin, side), **more}, [POSITION])
            if reply.accepted or not reply.repeated:
                break
        return reply, self.wait_for(bool) if reply.accepted else self.positions() if reply.repeated else []

    def place(self, margin: str | None, side: str = LONG) -> OpenPosition:
        """Open the smallest position, close it again, and return it, or raise Undecided."""
        reply, found = self.opened(margin, side)
        self.close(found)
        if len(found) != 1 or margin not in (None, found[0].margin):
            raise Undecided(f"an order ({margin or 'no margin mode'}, {side}) was {reply.text or f'accepted: {found}'}")
        return found[0]

    def close(self, found: list[OpenPosition]) -> None:
        """Close positions, each in its own margin mode; one that stays is an error, which ends the run."""
        text = ""
        for _ in range(3):
            for each in found:
                order = self.order(each.margin, each.side, closes=each.size)
                text = self.send("POST", self.api["place"], order).text or text
            found = self.wait_for(lambda rows: not rows) if found else []
        if found:
            raise ccxt.OperationRejected(f"positions cannot be closed: {found}; {text}")
        self.open = False

    def close_everything(self) -> None:
        """Cancel the orders of the contract, and close its positions."""
        for listed, cancel in (("orders", "cancel"), ("stops", "cancel stop")):
            if cancel in self.api:
                for row in rows_of(self.send("GET", self.api[listed], self.product).data):
                    if row.get("symbol") == self.target["symbol"]:
                        self.send("POST", self.api[cancel], {**self.target, "orderId": row["orderId"]})
        self.close(self.positions())

    # -- restoring --------------------------------------------------------------------------------------------------

    def restore(self, before: ContractSettings) -> list[str]:
        """Restore what was known before, and return what is not as it was, or not known to be; may raise Undecided."""
        if POSITION in self.touched:
            self.close_everything()
        # A settings row names the margin mode that was written last.
        for margin in sorted((CROSSED, ISOLATED), key=lambda each: each == (before.margin or CROSSED)):
            if any(name in self.touched for (mode, _), name in CELLS.items() if mode == margin):
                self._restore_leverages(margin, before)
        self.use(before.margin, before.position_mode)
        return self.differences(before, self.read())

    def _restore_leverages(self, margin: str, before: ContractSettings) -> None:
        """Set the leverages of a margin mode by any form, in any position mode, until positions show them."""
        long = before.leverages.get((margin, LONG))
        short = long if margin == CROSSED else before.leverages.get((margin, SHORT))
        if long is None or short is None:
            return
        every: list[tuple[RequestForm, ...]] = [(ALONE,), (PAIR,), (ALL_SHORT, ALL), (SIDED_SHORT, SIDED)]
        modes = [before.position_mode, *(each for each in (HEDGE, ONE_WAY) if each != before.position_mode)]
        for mode in modes[: 1 if margin == CROSSED or self.position_mode_fixed else None]:
            self.use(margin, mode)
            if self._shows(margin, long, short) and not (self.unified and margin == before.margin):
                return
            for forms in every[: 1 if margin == CROSSED else None] if long == short else every[1:]:
                accepted = [self.set_leverage(margin, form, long, short).accepted for form in forms]
                if any(accepted) and self._shows(margin, long, short, unseen=all(accepted)):
                    return

    def _shows(self, margin: str, long: int, short: int, unseen: bool = False) -> bool:
        """Return whether positions have these leverages; *unseen* where positions cannot be had."""
        try:
            shown = self.in_force(margin)
        except Undecided:
            return False  # an order may be refused because of the leverage
        return unseen if shown is None else shown == {LONG: long, SHORT: short}

    def differences(self, before: ContractSettings, now: ContractSettings | None) -> list[str]:
        """Return what was touched and is not as it was, or not known to be; *now* is None if it cannot be read."""
        was: dict[str, Any] = {POSITION_MODE: before.position_mode, CONTRACT_MARGIN_MODE: before.margin}
        shown = {POSITION_MODE: now and now.position_mode, CONTRACT_MARGIN_MODE: now and now.margin}
        for cell, name in CELLS.items():
            was[name], shown[name] = before.leverages.get(cell), now and self.known.get(cell)
        found = [f"{POSITION}: was none, may be open"] if self.open else []
        for name in (each for each in was if each in self.touched):
            if was[name] is None or (now and self.unified and self.orders_off and name in CELLS.values()):
                found.append(f"{name}: not known before (the settings showed {was[name] or 'nothing'})")
            elif now is None or was[name] != shown[name]:
                found.append(f"{name}: was {was[name]}, {f'is {shown[name]}' if now else 'may be changed'}")
        if before.row and now and before.row != now.row and set(CELLS.values()) & self.touched:
            found.append(f"settings row: showed {before.row} before, shows {now.row}")
        return found


def as_leverage(value: Any) -> int | None:
    """Return a leverage that is a number or a text; None for anything else."""
    try:
        return int(float(value)) or None
    except (TypeError, ValueError, OverflowError):
        return None


def row_leverages(row: Mapping[str, Any]) -> list[int]:
    """Return what ``leverage`` of a settings row shows: one, or a list."""
    value = row.get(LEVERAGE)
    return [each for each in map(as_leverage, value if isinstance(value, list) else [value]) if each]


def row_sides(row: Mapping[str, Any]) -> list[int]:
    """Return the leverages of long and short, if a settings row has keys for them."""
    return [each for each in (as_leverage(row.get(key)) for key in (LONG_LEVERAGE, SHORT_LEVERAGE)) if each]


def rows_of(data: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a listing, which is a list or holds one."""
    if isinstance(data, dict):
        data = next((each for each in data.values() if isinstance(each, list)), None)
    yield from (row for row in data or () if isinstance(row, dict))
