"""A unified account: it tells one figure of one margin mode, so not everything can be put back.

Which figure that is has no answer yet: https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bitget_leverage_ext.drive import Flow

from .accounts import (
    CROSS_FIGURE,
    CROSSED,
    HEDGE,
    ISOLATED,
    LONG_FIGURE,
    MARGIN,
    ONE_WAY,
    POSITION,
    SHORT_FIGURE,
    Account,
    Form,
    Held,
    Tried,
    figure,
)
from .asking import Reply, Untold, Unwritable, ask


@dataclass
class Unified(Account):
    """``/api/v3``.

    :ivar follows: whether the settings row shows what was written last; ``None`` as long as nobody looked
    """

    follows: bool | None = None

    def target(self) -> dict[str, Any]:
        """The fields that name the contract."""
        return {"category": self.contract.product_type, "symbol": self.contract.id}

    # https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
    def read(self) -> Flow[Held]:
        reply = yield from ask("GET", "v3/account/settings", {}, self.patience)
        if not isinstance(reply.data, dict):
            raise Untold(f"the settings cannot be read: {reply.said or 'an answer without data'}")
        rows = reply.data.get("symbolConfigList") or []
        row = next((each for each in rows if all(each.get(k) == v for k, v in self.target().items())), None)
        return self.seen(_held(reply.data.get("holdMode") or None, row))

    # https://www.bitget.com/api-doc/uta/account/Change-Position-Mode
    def set_position(self, mode: str) -> Flow[Reply]:
        return (yield from self.write("v3/account/set-hold-mode", {"holdMode": mode}, [POSITION]))

    # https://www.bitget.com/api-doc/uta/account/Change-Leverage
    def set_leverage(self, form: dict[str, Any]) -> Flow[Reply]:
        """A form for isolated margin, unless it names another."""
        form = {**self.target(), "marginMode": ISOLATED, **form}
        figures = (CROSS_FIGURE,) if form["marginMode"] == CROSSED else (LONG_FIGURE, SHORT_FIGURE)
        return (yield from self.write("v3/account/set-leverage", form, (MARGIN, *figures)))

    def crossed(self) -> Flow[Tried]:
        """Set the leverage of crossed margin, which no open question is about."""
        done: Tried = yield from self.tried(1, lambda a: {"marginMode": CROSSED, "leverage": str(a)}, crosses)
        return done

    def row_follows(self) -> Flow[bool]:
        """Whether the row shows what is written: found out in crossed margin, by a figure that it did not show before;
        a first row proves nothing, it may stay what it is."""
        held: Held = yield from self.read()
        done = yield from self.crossed()
        if held.margin is None and done.took:
            done = yield from self.crossed()
        self.follows = done.took
        return done.took

    def attempted(self, count: int, form: Form) -> Flow[Tried]:
        """`tried`, where the row tells anything; what it cannot tell, acceptance does."""

        def shows(held: Held, *figures: int) -> bool:
            return held.margin == ISOLATED and bool(set(held.shown) & set(figures))

        done: Tried = yield from self.tried(count, form, shows if self.follows else None)
        return done

    def can_write(self) -> Flow[None]:
        """Change the leverage of crossed margin.

        :raises Unwritable: it is refused
        """
        yield from self.read()
        done = yield from self.crossed()
        if not done.accepted:
            raise Unwritable(done.reply.said)

    def restore(self, before: Held) -> Flow[list[str]]:
        """Put back what was told, by whatever form is accepted, and say what is not as it was or not known to be."""
        now: Held = yield from self.read()
        if before.position not in (None, now.position):
            yield from self.set_position(before.position)
        if before.margin and before.shown and self.touched - {POSITION}:
            yield from self._put_back(before)
        now = yield from self.read()
        found = self.differences(before, now)
        if before.row is not None and before.row != now.row:
            found.append(f"leverage in the settings: was {before.row}, is {now.row}")
        if before.position == ONE_WAY and before.margin == ISOLATED and LONG_FIGURE in self.touched:
            found.append("isolated leverage of each side in hedge mode: the account did not tell it before")
        if before.row is not None and self.follows is False:
            found.append("leverages: the settings do not follow what is written, so they did not tell them before")
        return found

    def _put_back(self, before: Held) -> Flow[None]:
        long, short = before.shown[0], before.shown[-1]
        if before.margin == CROSSED:
            yield from self.set_leverage({"marginMode": CROSSED, "leverage": str(long)})
            return
        for forms in _isolated(long, short, before.position):
            replies = []
            for form in forms:
                replies.append((yield from self.set_leverage(form)))
            now: Held = yield from self.read()
            if now.row == before.row and (self.follows or all(reply.accepted for reply in replies)):
                return


def crosses(held: Held, asked: int) -> bool:
    """Whether the row shows this figure for crossed margin."""
    return held.cross == asked


def sided(side: str, leverage: int) -> dict[str, Any]:
    """The documentation's form for one side."""
    return {"leverage": str(leverage), "posSide": side}


def both(long: int, short: int) -> dict[str, Any]:
    """A figure for each side."""
    return {"longLeverage": str(long), "shortLeverage": str(short)}


def every(side: str, long: int, short: int) -> dict[str, Any]:
    """All that the documentation names at once."""
    return {**sided(side, long if side == "long" else short), **both(long, short)}


def _isolated(long: int, short: int, position: str | None) -> Iterator[list[dict[str, Any]]]:
    if position == ONE_WAY:
        yield [{"leverage": str(long)}]
    yield [both(long, short)]
    yield [every("short", long, short), every("long", long, short)]
    yield [sided("short", short), sided("long", long)]


def _held(position: str | None, row: Any) -> Held:
    """What a row tells: the figure of the margin mode it shows; that of a side only where it shows two, or in one-way
    mode, which has one."""
    if not isinstance(row, dict):
        return Held(position, None)
    margin, value = row.get("marginMode") or None, row.get("leverage")
    held = Held(position, margin, row=value)
    if margin == CROSSED:
        return Held(position, margin, cross=next(iter(held.shown), None), row=value)
    if margin == ISOLATED and (position != HEDGE or len(held.shown) > 1):
        first = figure(held.shown[0]) if held.shown else None
        last = figure(held.shown[-1]) if held.shown else None
        return Held(position, margin, long=first, short=last, row=value)
    return held
