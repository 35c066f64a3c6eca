"""One leverage of one margin mode, on its way to the account.

*begin* with what is known of the account's modes, reading only what the decision needs; *plan* what must hold; *send*
it, form by form; *settle* what is in force. Where an answer shows that memory was stale, it is read again and planned
again, once.
"""

from __future__ import annotations

import logging
from typing import Any, TypedDict

import ccxt

from .. import errors
from ..drive import Flow, Pause
from ..rules.account import CROSSED, HEDGE, ISOLATED, ONE_WAY, InForce, Modes
from ..rules.errors import MissingInput, NotApplied, Refusal
from ..rules.forms import Form, parts
from ..rules.plan import LONG, SHORT, Plan, plan
from ..rules.replies import holds, strayed
from ..rules.request import Ask
from ..wires import Classic, Seen, cross_or_isolated, hold_assertion
from . import mapped

log = logging.getLogger("bitget_leverage_ext")

# When a read that does not show a write yet is repeated, in seconds after the one before; two seconds in all.
SECOND_LOOKS = (0.1, 0.3, 0.6, 1.0)
UNREAD = "the leverage was acknowledged, but could not be read back"


class LeverageResult(TypedDict):
    """What ``set_leverage`` returns: the raw reply as ccxt returns it, and ccxt's leverage structure beside it.

    ``marginMode`` is ``'cross'`` or ``'isolated'``; in cross both leverages are the one cross figure. A leverage is
    ``None`` where it is not known: the exchange did not say it, and (with ``verify='read'``) nobody else may.
    """

    code: str
    msg: str
    requestTime: Any
    data: Any
    info: Any
    symbol: str
    marginMode: str | None
    longLeverage: int | float | None
    shortLeverage: int | float | None


class _Replan(Exception):  # noqa: N818  # no error
    """Memory was stale; the modes have been read since."""


class _FormRefused(Exception):  # noqa: N818  # not to the caller
    """The exchange refuses how it was told, before anything was changed."""

    def __init__(self, refusal: ccxt.BaseError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class Setting:
    """One leverage of one margin mode on its way to the account."""

    def __init__(self, wire: Classic, ask: Ask) -> None:
        self.wire, self.wish, self.options = wire, ask.wish, ask.options
        self.default_side = ask.options.hold_side
        self.modes = wire.asserted
        self.seen: Seen | None = None  # what this call has read
        self.sent: Plan | None = None  # what the account accepted, and
        self.before: InForce | None = None  # what it held until then, where that was read

    @property
    def wished(self) -> str:
        """What is wanted, for a message."""
        figures = dict.fromkeys(self.wish.figures)
        return " and ".join(f"{figure}x" for figure in figures)

    def run(self) -> Flow[LeverageResult]:
        yield from self._begin()
        for last in (False, True):
            todo = yield from self._plan()
            self._warn_of_a_late_copy(todo)
            if self.options.skip_unchanged and self.seen and holds(self.seen[0], todo, self.modes) is True:
                return self._result(self.seen[1], self.seen[0], todo)
            try:
                told = yield from self._send(todo)
            except _Replan:
                continue
            result = yield from self._settle(todo, told, last)
            if result is not None:
                return result
        raise AssertionError("unreachable")

    def _warn_of_a_late_copy(self, todo: Plan) -> None:
        older = [each for each in self.wire.memory.still_coming(self.wire.contract) if each != str(todo)]
        if older:
            log.warning(
                "%s: an earlier request for %s went unanswered and may still take effect, up to 30 seconds after "
                "it was sent; look again with fetch_leverage() before relying on %s",
                self.wire.contract.symbol,
                " and another for ".join(older),
                todo,
            )

    # -- begin ----------------------------------------------------------------------------------------------------

    def _begin(self) -> Flow[None]:
        """Know the modes: from what this call has read already, from memory where it can do no harm, else by a read."""
        seen = self.wire.at_hand()
        while seen is None:
            sure = None if self.options.skip_unchanged else self.wire.sure(self.wish)
            if sure is not None:
                self.modes = sure
                return
            try:
                seen = yield from mapped(self.wire.read(), self.wire.unified)
            except ccxt.InvalidProxySettings:
                # Nothing can be sent, so nothing can be set: go on to the request, as ccxt's own request tests do.
                unsendable = Modes(ISOLATED, HEDGE) if self.wish.side else Modes(CROSSED, ONE_WAY)
                self.modes = self.wire.asserted.over(unsendable)
                return
        self._see(seen)

    def _look(self) -> Flow[None]:
        """Read the modes now, whatever was known."""
        self._see((yield from mapped(self.wire.fetch(self.wire.extra), self.wire.unified)))

    def _see(self, seen: Seen) -> None:
        self.modes = self.wire.planned(seen[0])
        self.seen = seen
        if not self.modes.decisive:
            raise ccxt.BadResponse(
                f"bitget did not say the margin and position mode of {self.wire.contract.symbol}: {str(seen[1])[:300]}"
            )

    # -- plan -----------------------------------------------------------------------------------------------------

    def _plan(self) -> Flow[Plan]:
        """What must hold; memory alone is no ground for refusing."""
        try:
            return self._planned()
        except Refusal:
            chosen = self.wire.unified  # not what the caller says of the account, which may not be unified any more
            if self.seen is not None or (self.wire.asserted.decisive and not chosen):
                raise
        yield from self._look()
        return self._planned()

    def _planned(self) -> Plan:
        symbol = self.wire.contract.symbol
        try:
            todo = plan(self.modes, self.wish, symbol, self.default_side)
        except Refusal as refusal:
            if self.sent is None or self.seen is None:
                raise
            changed = f"the modes had changed when the request went out, {self.seen[0]}"
            raise type(refusal)(f"{refusal}; {changed}") from None
        if self.sent is not None and self.seen is not None:
            self._refuse_strayed(self.seen[0], todo)
        if todo.dropped:
            log.info(
                "%s: holdSide %s is dropped, the account is in %s", self.wire.contract.symbol, todo.dropped, self.modes
            )
        return todo

    # -- send -----------------------------------------------------------------------------------------------------

    def _send(self, todo: Plan) -> Flow[Seen | None]:
        """Send *todo* in the first form that the account accepts; ``None`` where it says that it holds it already."""
        memory, refusal, whole, untold = self.wire.memory, None, None, None
        for form in memory.forms(self.wire.unified, todo.cell):
            completed = form.figures and todo.side is not None
            if completed and untold:
                continue
            try:
                if completed:
                    whole = whole or (yield from self._with_the_other_side(todo))
                sending = whole if completed and whole else todo
                told = yield from self._send_parts(form, sending)
            except MissingInput as missing:
                untold = missing  # a form that was refused before and does not carry both may be accepted by now
                continue
            except _FormRefused as refused:
                refusal = refused.refusal
                yield from self._look_once(todo)
                memory.judged(self.wire.unified, todo.cell, form, accepted=False)
                continue
            memory.judged(self.wire.unified, todo.cell, form, accepted=True)
            self.sent, self.before = sending, self.seen[0] if self.seen else None
            return told
        assert refusal is not None
        if untold is not None:
            raise untold from refusal
        errors.reraise(refusal, unified=self.wire.unified)

    def _look_once(self, todo: Plan) -> Flow[None]:
        """Do not rely on memory any further; where it was wrong about the modes, *todo* is out of date."""
        if self.seen is None:
            yield from self._look()
            if (yield from self._plan()) != todo:
                raise _Replan

    def _with_the_other_side(self, todo: Plan) -> Flow[Plan]:
        """*todo* with the figure that the other side has, which the exchange must tell."""
        yield from self._look_once(todo)
        assert self.seen is not None
        figure = yield from self.wire.other_figure(str(todo.side), self.seen[0])
        if figure is None:
            raise MissingInput(
                f"{self.wire.contract.symbol}: this account sets the two sides together, and does not tell the other "
                f"side's leverage, which is not guessed: name both, params={{'longLeverage': …, 'shortLeverage': …}}"
            )
        known = InForce(Modes(), **{SHORT if todo.side == LONG else LONG: figure})
        self.seen = known.over(self.seen[0]), self.seen[1]  # its position is a better witness than the row
        return todo.completed(figure)

    def _send_parts(self, form: Form, todo: Plan) -> Flow[Seen | None]:
        """The requests of one form. An error after the first says which side stands at what."""
        seen: list[Seen | None] = []
        done: list[str] = []
        for part in parts(form, todo, self.wire.side_name):
            try:
                seen.append((yield from self.wire.write(part, self.modes, todo)))
            except ccxt.BaseError as error:
                if errors.code_of(error) in errors.NO_CHANGE:
                    seen.append(None)
                elif done:
                    figure = todo.long if part.side == "long" else todo.short
                    about = f"{' and '.join(done)}, {part.side} is not confirmed at {figure}x"
                    errors.reraise(error, about, self.wire.unified)
                elif errors.is_about_form(error):
                    raise _FormRefused(error) from error
                else:
                    errors.reraise(error, unified=self.wire.unified)
            if part.side is not None:
                done.append(f"{part.side} is set to {todo.long if part.side == 'long' else todo.short}x")
        return None if None in seen else seen[-1]

    # -- settle ---------------------------------------------------------------------------------------------------

    def _settle(self, todo: Plan, told: Seen | None, last: bool) -> Flow[LeverageResult | None]:
        """The result, once it is sure; ``None`` where the modes had changed, so that it is planned again."""
        if told is not None:
            hold_assertion(self.wire.contract, self.wire.asserted, told[0])
            verdict = holds(told[0], todo, self.modes)
            self._refuse_strayed(told[0], todo)
            if self.options.verify is False or (self.options.verify == "reply" and verdict is not False):
                return self._result(told[1], told[0], todo)
        if self.options.verify == "read":
            return (yield from self._read_back(todo, told, last))
        return (yield from self._hold_to_account(todo, told, last))

    def _refuse_strayed(self, force: InForce, todo: Plan) -> None:
        if strayed(self.before, force, todo):
            raise NotApplied(f"{self.wire.contract.symbol}: the side that was not asked for changed as well; {force}")

    def _hold_to_account(self, todo: Plan, told: Seen | None, last: bool) -> Flow[LeverageResult | None]:
        """The reply disagrees, or says that nothing changed: the account decides."""
        before = self.modes
        self._see((yield from mapped(self.wire.read_back(self.modes), self.wire.unified, UNREAD)))
        assert self.seen is not None
        force, raw = self.seen
        todo = self._planned()
        if holds(force, todo, self.modes) is not False:
            return self._result(raw if told is None else told[1], force, todo)
        if last or not before.contradicts(self.modes):
            raise self._not_applied(todo, force)
        return None

    def _read_back(self, todo: Plan, told: Seen | None, last: bool) -> Flow[LeverageResult | None]:
        """What the account itself says, and nothing else; what still shows the old figure is looked at again."""
        for pause in (0.0, *SECOND_LOOKS):
            if pause:
                yield Pause(pause)
            force, raw = yield from mapped(self.wire.read_back(self.modes), self.wire.unified, UNREAD)
            hold_assertion(self.wire.contract, self.wire.asserted, force)
            self._refuse_strayed(force, todo)
            if force.modes.contradicts(self.modes) and not last:
                self.modes, self.seen = self.wire.planned(force), (force, raw)
                return None
            if holds(force, todo, self.modes) is not False:
                return self._confirmed(raw if told is None else told[1], force, todo)
        raise self._not_applied(todo, force)

    def _not_applied(self, todo: Plan, force: InForce) -> NotApplied:
        symbol = self.wire.contract.symbol
        return NotApplied(f"{symbol}: asked for {todo}, acknowledged, but not applied; {force}")

    # -- result ---------------------------------------------------------------------------------------------------

    def _confirmed(self, raw: Any, force: InForce, todo: Plan) -> LeverageResult:
        """Only what the account itself told."""
        if holds(force, todo, self.modes) is None:
            symbol = self.wire.contract.symbol
            log.warning("%s: %s was acknowledged, but the account does not tell it: not confirmed", symbol, todo)
        margin = force.modes.margin or self.modes.margin
        crossed = margin == CROSSED
        long, short = (force.cross, force.cross) if crossed else (force.long, force.short)
        return self._structure(raw, margin, long, short)

    def _result(self, raw: Any, force: InForce, todo: Plan) -> LeverageResult:
        """What is in force, from what the exchange said, and where it said nothing, from what was asked."""
        margin, sent = force.modes.margin or self.modes.margin, self.sent or todo
        if margin == CROSSED:
            cross = force.cross if force.cross is not None else sent.long if sent.long is not None else sent.short
            return self._structure(raw, margin, cross, cross)
        long = sent.long if force.long is None else force.long
        return self._structure(raw, margin, long, sent.short if force.short is None else force.short)

    def _structure(
        self, raw: Any, margin: str | None, long: int | float | None, short: int | float | None
    ) -> LeverageResult:
        return {  # type: ignore[typeddict-item]  # the raw reply has the other keys
            **raw,
            "info": raw,
            "symbol": self.wire.contract.symbol,
            "marginMode": cross_or_isolated(margin),
            "longLeverage": long,
            "shortLeverage": short,
        }
