"""One contract of a demo account. The code and the text of a refusal decide nothing, only what positions then show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import ccxt

from bitget_leverage_ext.api import fields as name
from bitget_leverage_ext.rules.formats import SIDE_FIELDS

from ..messages import readable
from .fields import CLASSIC_LEVERAGES, CROSSED, HEDGE, ISOLATED, LONG, ONE_WAY, SHORT

# What can be written, by the names in reports. Crossed margin has one leverage for both sides.
POSITION_MODE, MARGIN_MODE, ROW, POSITION = "position mode", "margin mode", "settings row", "position"
LEVERAGES = {(CROSSED, LONG): "crossed leverage", (ISOLATED, LONG): "isolated long leverage",
             (ISOLATED, SHORT): "isolated short leverage"}  # fmt: skip
LOOKS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # seconds: positions of a demo account were seen to need 30
TRIES, TRIES_RESTORING = 6, 12  # of a request that meets a fault of the network, the page of a gateway, or 429

# A set-leverage request: {0} is the leverage of long, {1} that of short, {2} the contract's own value in lower case;
# "side" is what the account type calls it in this request.
Form = Mapping[str, str]
_LEVERAGE, _LONG, _SHORT = name.LEVERAGE, name.LONG_LEVERAGE, name.SHORT_LEVERAGE
ALONE, SIDED, SIDED_SHORT = {_LEVERAGE: "{0}"}, {_LEVERAGE: "{0}", "side": LONG}, {_LEVERAGE: "{1}", "side": SHORT}
PAIR, PAIR_ALIKE = {_LONG: "{0}", _SHORT: "{1}"}, {_LONG: "{0}", _SHORT: "{0}"}
ALL, ALL_SHORT = {**SIDED, **PAIR}, {**SIDED_SHORT, **PAIR}


# What the requests of a question depend on: fields of a `DemoAccount`.
BEGINNING = ("target", "size", "highest", "position_mode", "known")


class Undecided(Exception):  # noqa: N818  # an answer, though none to the question
    """A question has no answer here; the message is the reason."""


class Trial(NamedTuple):
    """What a try came to, or an answer; how that was seen, or why it was refused; *repeated*: after a fault."""

    outcome: str
    seen: str
    data: Any = None
    repeated: bool = False

    @property
    def accepted(self) -> bool:
        """Whether it was not refused."""
        return self.outcome != "refused"


class Witness(NamedTuple):
    """An open position."""

    margin: str
    side: str
    leverage: int
    size: str
    price: float

    def __repr__(self) -> str:
        return f"{self.margin} {self.side} {self.leverage}x"


@dataclass
class DemoAccount:
    """One contract of one account; *target* names it in requests, *size* is that of its smallest order."""

    exchange: ccxt.Exchange
    api: Mapping[str, str] = field(default_factory=dict)
    symbol: str = ""
    target: dict[str, str] = field(default_factory=dict)
    size: str = ""
    highest: int = 0
    orders_off: str = ""  # why no order is placed
    position_mode_fixed: str = ""  # why the position mode cannot be changed
    tries: int = TRIES
    position_mode: str | None = None
    known: dict[str, int] = field(default_factory=dict)  # the leverages that positions showed last
    touched: set[str] = field(default_factory=set)  # what was written, and so must be restored
    open: bool = False  # whether an order or a position of this run can be open
    last: tuple[int, int] = (0, 0)  # the leverages of the last attempt
    avoid: list[int] = field(default_factory=list)

    @property
    def unified(self) -> bool:
        """Whether each request names a margin mode, instead of the contract having one."""
        return "set margin mode" not in self.api

    def send(self, method: str, path: str, fields: Mapping[str, Any], public: bool = False) -> Trial:
        """Send one request by ccxt's own method: no rule of this package comes between question and answer."""
        api = ["public" if public else "private", "mix" if path.startswith("v2/mix/") else "uta"]
        for number in range(self.tries):
            try:
                # Five calls a second: the lowest limit of these endpoints, at ccxt's 50 ms a unit.
                answer = ccxt.bitget.request(self.exchange, path, api, method, dict(fields), config={"cost": 4})
                if not isinstance(answer, dict) or "code" not in answer:
                    raise ccxt.BadResponse(f"bitget answered with no answer: {str(answer)[:100]!r}")
                # With JSON's types: an older ccxt turns every number into a text.
                return Trial("accepted", "", json.loads(self.exchange.last_http_response).get("data"), number > 0)
            except ccxt.ExchangeError as error:
                return Trial("refused", readable(error), None, number > 0)
            except ccxt.OperationFailed:
                if number == self.tries - 1:
                    raise
                self.exchange.sleep(500 * min(number + 1, 8))
        raise AssertionError("at least one try")

    def write(self, path: str, fields: Mapping[str, Any], touches: Iterable[str]) -> Trial:
        """Send a write; note first what it touches, since an interrupted request may have arrived."""
        new = set(touches) - self.touched
        self.touched |= new
        reply = self.send("POST", self.api[path], fields)
        self.touched -= set() if reply.accepted or reply.repeated else new
        return reply

    def read(self) -> dict[str, Any]:
        """Return the settings by the names in reports, as far as they show anything; raise Undecided if they cannot."""
        reply = self.send("GET", self.api["settings"], {} if self.unified else self.target)
        if not isinstance(reply.data, dict):
            raise Undecided(f"the account cannot be read: {reply.seen or 'an answer without data'}")
        row = reply.data
        self.position_mode = row.get(self.api["position mode"])
        shown = {cell: sum(leverages_in(row, each)) for cell, each in CLASSIC_LEVERAGES.items()}
        if self.unified:
            rows = rows_of(row.get(name.SYMBOL_CONFIG_LIST))
            row = next((each for each in rows if self.target.items() <= each.items()), {})
            values = leverages_in(row, _LEVERAGE)
            self.avoid += values + leverages_in(row, _LONG, _SHORT)
            shown = {(row[name.MARGIN_MODE], side): values[i] for i, side in ((0, LONG), (-1, SHORT)) if values}
        modes = {POSITION_MODE: self.position_mode, MARGIN_MODE: row.get(name.MARGIN_MODE), ROW: self.unified and row}
        return modes | {each: shown.get(cell) for cell, each in LEVERAGES.items()}

    def use(self, margin: str | None, position_mode: str | None = None) -> None:
        """Be in these modes, None is any, or raise Undecided."""
        product = {} if self.unified else {self.api["product"]: self.target[self.api["product"]]}
        wanted = {POSITION_MODE: (position_mode, {self.api["position mode"]: position_mode, **product})}
        if not self.unified:
            wanted[MARGIN_MODE] = margin, {name.MARGIN_MODE: margin, **self.target}
        for each, (mode, body) in wanted.items():
            if mode is not None and mode != self.read()[each]:
                if each == POSITION_MODE and self.position_mode_fixed:
                    raise Undecided(f"this needs {mode}, but {self.position_mode_fixed}")
                reply = self.write(f"set {each}", body, [each])
                if self.read()[each] != mode:
                    raise Undecided(f"{mode} cannot be set: {reply.seen or 'it is not shown afterwards'}")

    def set_leverage(self, margin: str, form: Form, long: int, short: int) -> Trial:
        """Send a form, a side under each name that it may have until one is accepted.

        A classic account takes it for the margin mode of the contract.
        """
        body = {key: value.format(long, short, self.target.get(key, "").lower()) for key, value in form.items()}
        body = self.target | body | ({name.MARGIN_MODE: margin} if self.unified else {})
        side = body.pop("side", None)
        bodies = [{**body, each: side} for each in SIDE_FIELDS[self.unified]] if side else [body]
        touched = [each for (mode, _), each in LEVERAGES.items() if mode == margin or not self.unified]
        for each in bodies:
            reply = self.write("set leverage", each, [*touched, ROW])
            if reply.accepted or reply.repeated:
                break
        return reply

    def fresh(self, differ: bool = True) -> tuple[int, int]:
        """Return leverages for long and short that are not in force, not shown, and were not used just before."""
        avoid = {*self.known.values(), *self.avoid[-8:]}
        free = [each for each in range(2, min(self.highest, 30) + 1) if each not in avoid]
        self.last = (free[0], free[1 if differ else 0])
        self.avoid += dict.fromkeys(self.last)
        return self.last

    def attempt(self, margin: str, form: Form) -> Trial:
        """Send a form with fresh leverages, and see on which sides positions have them, or raise Undecided."""
        # A refusal counts if it came for two different leverages: one may be refused because it is in force.
        for _ in range(2):
            reply = self.set_leverage(margin, form, *self.fresh("{1}" in form.values()))
            if reply.accepted:
                shown = self.in_force(margin)
                having = [LONG] * (shown[:1] == self.last[:1]) + [SHORT] * (shown[1:] == self.last[1:])
                outcome = "accepted" if not shown else "both" if len(having) == 2 else "".join(having) or "none"
                return Trial(outcome, f"{' + '.join(form)} {self.last}: {outcome}", reply.data)
        if reply.repeated:
            raise Undecided(f"refused, but an earlier try may have arrived: {reply.seen}")
        return Trial("refused", f"{' + '.join(form)}: {reply.seen}")

    def in_force(self, margin: str) -> tuple[int, ...]:
        """Return the leverages of long and short by positions; without orders what a classic account shows, or ()."""
        if self.orders_off and self.unified:
            return ()
        if not self.orders_off:
            self.use(margin)
        shown = self.read() if self.orders_off else {}
        cells = {cell: each for cell, each in LEVERAGES.items() if cell[0] == margin}
        for cell, each in cells.items():
            self.known[each] = shown[each] if self.orders_off else self.place(*cell).leverage
        return (self.known[LEVERAGES[margin, LONG]], self.known[[*cells.values()][-1]])

    def positions(self, any_open: bool | None = None) -> list[Witness]:
        """Read the positions of the contract, until there are some, or none, where that is expected; or Undecided."""
        for seconds in (*LOOKS, 0):
            reply = self.send("GET", self.api["positions"], self.target)
            if not reply.accepted:
                raise Undecided(f"positions cannot be read: {reply.seen}")
            found = [
                Witness(str(row.get(name.MARGIN_MODE)), str(row.get(self.api["side"])),
                        sum(leverages_in(row, _LEVERAGE)), str(row[name.TOTAL]),
                        float(row.get("openPriceAvg") or row.get("avgPrice") or 0))
                for row in rows_of(reply.data) if float(row.get(name.TOTAL) or "0")
            ]  # fmt: skip
            if any_open in (None, bool(found)):
                break
            self.exchange.sleep(int(seconds * 1000))
        return found

    def order(self, margin: str | None, side: str, closes: str = "") -> dict[str, str]:
        """Return the body of a market order that opens the smallest position, or closes *closes* of one."""
        # https://www.bitget.com/api-doc/contract/trade/Place-Order: in hedge mode ``side`` is that of the position
        hedge = self.position_mode == HEDGE
        buys = (side == LONG) != (bool(closes) and (self.unified or not hedge))
        body = {**self.target, self.api["size"]: closes or self.size, name.ORDER_TYPE: "market"}
        body |= {name.SIDE: "buy" if buys else "sell", **({name.MARGIN_MODE: margin} if margin else {})}
        if hedge:
            trade = {name.TRADE_SIDE: "close" if closes else "open"}
            return body | ({self.api["side"]: side} if self.unified else trade)
        return {**body, name.REDUCE_ONLY: "yes" if self.unified else "YES"} if closes else body

    def opened(self, margin: str | None, side: str = LONG, **more: str) -> tuple[Trial, list[Witness]]:
        """Place the smallest order, and return the reply and the positions that there are then."""
        self.open = True
        for _ in range(2):
            reply = self.write("place", {**self.order(margin, side), **more}, [POSITION])
            if reply.accepted or not reply.repeated:
                break
        return reply, self.positions(any_open=True if reply.accepted else None)

    def place(self, margin: str, side: str = LONG, keep: bool = False) -> Witness:
        """Open the smallest position, close it again unless *keep*, and return it, or raise Undecided."""
        reply, found = self.opened(margin, side)
        if not keep:
            self.close(found)
        if [each.margin for each in found] != [margin]:
            raise Undecided(f"a {margin} {side} order was {reply.seen or f'accepted: {found}'}")
        return found[0]

    def close(self, found: list[Witness]) -> None:
        """Close positions, each in its own margin mode; one that stays is an error, which ends the run."""
        for number in range(4):
            if not found:
                self.open = self.open and number == 0  # an accepted order without a position can still open one
                return
            for each in found:
                self.send("POST", self.api["place"], self.order(each.margin, each.side, closes=each.size))
            found = self.positions(any_open=False)
        raise ccxt.OperationRejected(f"positions cannot be closed: {found}")

    def close_everything(self) -> None:
        """Cancel the orders of the contract, and close its positions."""
        for listed, cancel in (("orders", "cancel"), ("stops", "cancel stop")):
            for row in rows_of(self.send("GET", self.api[listed], self.target).data if cancel in self.api else ()):
                self.send("POST", self.api[cancel], {**self.target, "orderId": row["orderId"]})
        self.close(self.positions())
        self.open = False

    def restore(self, before: Mapping[str, Any]) -> list[str]:
        """Restore what was known before, and return what is not as it was, or not known to be; may raise Undecided."""
        if POSITION in self.touched:
            self.close_everything()
        # A settings row names the margin mode that was written last.
        for margin in sorted((CROSSED, ISOLATED), key=lambda each: each == (before[MARGIN_MODE] or CROSSED)):
            wanted = [before[each] for cell, each in LEVERAGES.items() if cell[0] == margin]
            if ROW in self.touched and all(wanted):
                self._restore_leverages(margin, wanted[0], wanted[-1], before)
        self.use(before[MARGIN_MODE], before[POSITION_MODE])
        return self.differences(before, self.read() | {each: self.known.get(each) for each in LEVERAGES.values()})

    def _restore_leverages(self, margin: str, long: int, short: int, before: Mapping[str, Any]) -> None:
        """Set leverages by any form, in any position mode, until positions show them."""
        forms = [[ALONE]] * (long == short) + [[PAIR], [ALL_SHORT, ALL], [SIDED_SHORT, SIDED]] * (margin == ISOLATED)
        modes = [before[POSITION_MODE], *(each for each in (HEDGE, ONE_WAY) if each != before[POSITION_MODE])]
        for mode in modes[: 1 if margin == CROSSED or self.position_mode_fixed else None]:
            self.use(margin, mode)
            for each in forms if before[ROW] and margin == before[MARGIN_MODE] else [[], *forms]:
                replies = [self.set_leverage(margin, form, long, short) for form in each]
                try:
                    sent = not each or any(reply.accepted or reply.repeated for reply in replies)
                    shown = self.in_force(margin) if sent else None
                except Undecided:
                    continue  # an order may be refused because of the leverage
                if shown == (long, short) or (shown == () and all(reply.accepted for reply in replies) and each):
                    return

    def differences(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
        """Return what was touched and is not as it was, or not known to be; *now* is empty if it cannot be read."""
        found = [f"{POSITION}: was none, may be open"] if self.open else []
        for each in (each for each in before if each in self.touched and (each != ROW or before[ROW])):
            was, shown = before[each], now.get(each, "not known")
            if not was or (now and self.unified and self.orders_off and each in LEVERAGES.values()):
                found.append(f"{each}: not known before (the settings showed {was or 'nothing'})")
            elif was != shown:
                found.append(f"{each}: {'showed' if each == ROW else 'was'} {was}, is {shown}")
        return found


def leverages_in(row: Mapping[str, Any], *keys: str) -> list[int]:
    """Return the leverages under these keys: numbers, texts, or lists of them."""
    values = (value for key in keys for value in (row[key] if isinstance(row.get(key), list) else [row.get(key)]))
    return [int(float(str(value))) for value in values if re.fullmatch(r"[1-9]\d*(\.0*)?", str(value))]


def rows_of(data: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a listing, which is a list or holds one."""
    if isinstance(data, dict):
        data = next((each for each in data.values() if isinstance(each, list)), None)
    yield from (row for row in data or () if isinstance(row, dict))
