"""What a classic and a unified account have in common: what is held, fresh figures, what a try came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bitget_leverage_ext.drive import Flow
from bitget_leverage_ext.rules.products import Contract

from .asking import Reply, Untold, ask, pause

CROSSED, ISOLATED = "crossed", "isolated"
ONE_WAY, HEDGE = "one_way_mode", "hedge_mode"
POSITION, MARGIN = "position mode", "margin mode"
CROSS_FIGURE, LONG_FIGURE, SHORT_FIGURE = "crossed leverage", "isolated long leverage", "isolated short leverage"

Form = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Held:
    """What an account tells of itself; ``None`` is what it does not tell.

    :ivar row: unified accounts, ``leverage`` of the settings row as it came
    """

    position: str | None
    margin: str | None
    cross: int | None = None
    long: int | None = None
    short: int | None = None
    row: Any = None

    def items(self) -> dict[str, Any]:
        """By the names that people read."""
        return {
            POSITION: self.position,
            MARGIN: self.margin,
            CROSS_FIGURE: self.cross,
            LONG_FIGURE: self.long,
            SHORT_FIGURE: self.short,
        }

    @property
    def shown(self) -> list[int]:
        """The figures in the row."""
        values = self.row if isinstance(self.row, list) else [self.row]
        return [each for each in map(figure, values) if each is not None]


@dataclass(frozen=True)
class Tried:
    """What came of a form: the last reply, the figures it carried, what the account then held, and whether it took."""

    reply: Reply
    figures: tuple[int, ...]
    held: Held
    took: bool

    @property
    def accepted(self) -> bool:
        """Also by what is held: a repeated request may be refused because the first try arrived."""
        return self.took or self.reply.accepted

    @property
    def refused(self) -> bool:
        return not self.accepted

    def nothing(self, what: str) -> Untold:
        """Neither taken nor refused."""
        return Untold(f"{what} was accepted, yet the account did not hold {self.figures} afterwards: {self.held}")


def figure(value: Any) -> int | None:
    """A leverage as an exchange writes it: a number or a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return int(float(value)) or None
    except (ValueError, OverflowError):
        return None


@dataclass
class Account:
    """One contract of one account, read and written.

    :ivar touched: what was written, and so must be put back
    :ivar fixed: why the position mode cannot be switched; empty where it can
    :ivar patience: seconds that faults are waited out for; ``None`` as :func:`ask` has it
    """

    contract: Contract
    touched: set[str] = field(default_factory=set)
    fixed: str = ""
    patience: float | None = None
    _avoid: list[int] = field(default_factory=list)
    _next: int = 0

    def begin(self) -> None:
        """Another experiment starts: its figures depend on nothing but the account, so that its recording replays."""
        self._avoid, self._next = [], 0

    def fresh(self, count: int) -> list[int]:
        """Figures that differ from one another, from what the account tells, and from those given just before."""
        highest = min(int(self.contract.max_leverage or 20), 30)
        given: list[int] = []
        while len(given) < count:
            self._next += 1
            candidate = 2 + self._next % (highest - 1)
            if candidate not in self._avoid[-8:] and candidate not in given:
                given.append(candidate)
        self._avoid += given
        return given

    def seen(self, held: Held) -> Held:
        """Note what is held, so that the next figures differ."""
        told = (held.cross, held.long, held.short, *held.shown)
        self._avoid += dict.fromkeys(each for each in told if each is not None)
        return held

    # -- what the two kinds have each in their own way ------------------------------------------------------------

    def read(self) -> Flow[Held]:
        raise NotImplementedError

    def set_position(self, mode: str) -> Flow[Reply]:
        raise NotImplementedError

    def set_leverage(self, form: dict[str, Any]) -> Flow[Reply]:
        raise NotImplementedError

    def can_write(self) -> Flow[None]:
        """Set a leverage as is least disputed.

        :raises Unwritable: it is refused
        """
        raise NotImplementedError

    def restore(self, before: Held) -> Flow[list[str]]:
        """Put back what was told before, and say what is not as it was, or not known to be."""
        raise NotImplementedError

    # -- what experiments are made of -----------------------------------------------------------------------------

    def write(self, path: str, fields: dict[str, Any], touches: Iterable[str]) -> Flow[Reply]:
        """Send a write; what it touches is noted first, since an interrupted request may have arrived."""
        new = set(touches) - self.touched
        self.touched |= new
        reply: Reply = yield from ask("POST", path, fields, self.patience)
        if not (reply.accepted or reply.repeated):
            self.touched -= new
        return reply

    def hold_position(self, mode: str) -> Flow[Held]:
        """Be in a position mode.

        :raises Untold: that cannot be had
        """
        held: Held = yield from self.read()
        if held.position == mode:
            return held
        name = mode.removesuffix("_mode").replace("_", "-")
        if self.fixed:
            raise Untold(f"this needs {name} mode, but {self.fixed}")
        reply = yield from self.set_position(mode)
        held = yield from self.read()
        if held.position != mode:
            raise Untold(f"{name} mode could not be had: {reply.said or 'accepted, but the account shows the other'}")
        return held

    def tried(self, count: int, form: Form, shows: Callable[..., bool] | None) -> Flow[Tried]:
        """Send a form with fresh figures, and see what the account then holds; without *shows*, acceptance must do.

        A refusal counts when it came for two different figures: the first might have been in force, or the first try's
        answer got lost. What was accepted gets a moment to show.
        """
        for _ in range(2):
            figures = self.fresh(count)
            reply = yield from self.set_leverage(form(*figures))
            held: Held = yield from self.read()
            if shows and reply.accepted and not shows(held, *figures):
                yield pause(0.5)
                held = yield from self.read()
            took = shows(held, *figures) if shows else reply.accepted
            if took or reply.accepted:
                break
        return Tried(reply, tuple(figures), held, took)

    def differences(self, before: Held, now: Held) -> list[str]:
        """What is not as it was, or cannot be known to be, of what was touched."""
        found = []
        for name, was in before.items().items():
            is_now = now.items()[name]
            if was is None and name in self.touched:
                found.append(f"{name}: the account did not tell it before")
            elif was is not None and was != is_now:
                found.append(f"{name}: was {was}, is {'not told' if is_now is None else is_now}")
        return found

    def left(self, before: Held) -> list[str]:
        """What would have to be put back by hand, where nothing more can be asked."""
        was = before.items()
        return [
            f"{name}: was {'not told' if was[name] is None else was[name]}, may be changed"
            for name in was
            if name in self.touched
        ]
