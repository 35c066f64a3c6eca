"""What must be true after each operation of a sequence: told by the account and by the wire alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ccxt
from soak import is_defect

from fuzzing.asked import BOTH, CROSSED, ISOLATED, MARGINS, SIDES, Done, Setting, settings_of, symbol_of
from fuzzing.cases import MODES, ORDERS, SET_LEVERAGE, Held, Sent
from fuzzing.story import Story

REFUSED = (ccxt.BadRequest, ccxt.ArgumentsRequired, ccxt.BadSymbol)


def _says_so(outcome: Any) -> bool:
    """Whether an error names what is in force."""
    return isinstance(outcome, ccxt.BaseError) and any(
        words in str(outcome)
        for words in (
            "in force",
            "changed as well",
            "is set to",
            "was set before",
            "may or may not",
            "was acknowledged",
        )
    )


def _written(sent: Sent) -> set[str]:
    """The figures that a request asks for."""
    return {str(sent.params[name]) for name in ("leverage", "longLeverage", "shortLeverage") if name in sent.params}


class Judge(Story):
    """Judges one sequence, operation by operation."""

    def judge(self, name: str, calls: Sequence[Done], late: Sequence[Sent], warnings: Sequence[str]) -> str | None:
        """What is wrong with an operation; ``None`` where all is right."""
        self.calls, self.warnings = calls, warnings
        self.requests = self.world.sent[self.world.began :]
        self.settings = [] if name == "bad" else [each for done in calls for each in settings_of(done)]
        self.faults = {sent.fault for sent in self.requests} - {None}
        first = self.requests[0].place if self.requests else len(self.world.moments)  # before it, it is no surprise
        self.foreign = [
            place for place in self._changes(first, len(self.world.moments) - 1) if self._who(place) != "own"
        ]
        found = next(self._wrong(name, late), None)
        for done in calls if name != "bad" else ():
            self._remember(done)
        return found

    def _wrong(self, name: str, late: Sequence[Sent]) -> Iterator[str]:
        for done in self.calls:
            if done.mutated:
                yield f"{done.method} changed its arguments"
            outcomes = (
                done.outcome.values()
                if done.method == "set_leverages" and isinstance(done.outcome, dict)
                else [done.outcome]
            )
            for outcome in outcomes:
                if isinstance(outcome, BaseException) and is_defect(outcome):
                    yield f"{done.method} raised {type(outcome).__name__}: {outcome} ({outcome.__cause__!r})"
        if name == "bad":
            yield from self._not_refused()
            return
        for sent in self.requests:
            yield from self._stray(sent)
        for setting in self.settings:
            yield from self._setting(setting, late)
        for done in self.calls:
            if done.closable and self._must_close(done):
                yield f"a position was not closed: {done.args}: {done.outcome!r}"
            check = getattr(self, f"_check_{done.method}", None)
            if check is not None and not isinstance(done.outcome, BaseException):
                yield from check(done)

    def _not_refused(self) -> Iterator[str]:
        for done in self.calls:
            batch = done.method == "set_leverages" and isinstance(done.outcome, dict)
            outcomes = list(done.outcome.values()) if batch else [done.outcome]
            if not all(isinstance(outcome, REFUSED) for outcome in outcomes):
                yield f"{done.method}{done.args} was not refused: {done.outcome!r}"
            if any(sent.method == "POST" or not batch for sent in self.requests):
                yield f"{done.method}{done.args} was refused, but {self.requests[-1].path} was sent"

    # -- what our requests changed ------------------------------------------------------------------------------------

    def _stray(self, sent: Sent) -> Iterator[str]:
        methods = {done.method for done in self.calls}
        if sent.method != "POST":
            return
        if sent.path.endswith(SET_LEVERAGE):
            yield from self._stray_write(sent)
        elif (sent.path.endswith(MODES) and not methods & {"set_margin_mode", "set_position_mode"}) or (
            sent.path.endswith(ORDERS) and not methods & {"create_order", "create_orders"}
        ):
            yield f"{sorted(methods)} sent {sent.path}"

    def _stray_write(self, sent: Sent) -> Iterator[str]:
        about = [setting for setting in self.settings if setting.symbol == sent.symbol]
        if not about or sent.symbol is None:
            yield f"a leverage nobody asked for was sent: {sent.params}"
            return
        before, after = sent.before[sent.symbol], sent.after[sent.symbol]
        changed = before.differences(after)
        if not changed or sent.fault == "other_mode":
            return
        margin = sent.params.get("marginMode", CROSSED) if before.unified else before.margin
        allowed = [each for setting in about for each in self._allowed(setting, before, margin)]
        if any(changed.items() <= each.items() for each in allowed):
            return
        first = min(setting.start for setting in about)
        under_way = self._modes_were_changed(sent.symbol, first, by_us=len(self.calls) > 1)
        if under_way & {"hedge", "unified"} or (before.unified and under_way):
            return  # between the read and the write, and no reply tells the position mode; a unified one tells nothing
        if any(self._unverified(setting) for setting in about):
            return
        if not any(_says_so(setting.outcome) for setting in about):
            yield f"{sent.params} changed {changed} of {sent.symbol}, was {before}; asked: {about}"

    # -- a leverage that was set --------------------------------------------------------------------------------------

    def _setting(self, setting: Setting, late: Sequence[Sent]) -> Iterator[str]:
        if isinstance(setting.outcome, BaseException):
            if self._must_succeed(setting):
                yield f"{setting.outcome!r}, where nothing was in the way of {setting}"
            return
        if (
            len({moment.held[setting.symbol].unified for moment in self.world.moments[setting.start : setting.end + 1]})
            > 1
        ):
            return  # the kind of account changed under way
        margin = MARGINS.get(setting.outcome["marginMode"])
        if margin is None:
            yield f"says margin mode {setting.outcome['marginMode']}"
            return
        if not self._lied_to(setting):
            yield from self._in_force(setting, margin)
            yield from self._told(setting, margin)
        yield from self._unwarned(setting, late)

    def _in_force(self, setting: Setting, margin: str) -> Iterator[str]:
        whole = self.world.moments[setting.start : setting.end + 1]
        meant, named = self._meant(setting), MARGINS.get(str(setting.params.get("marginMode")).lower())
        unified = whole[-1].held[setting.symbol].unified
        if unified and meant is not None and margin != (CROSSED if meant == BOTH else meant):
            yield f"set in {margin}, {meant} was meant: {setting}"
        if not unified and named not in (None, margin):
            yield f"says {margin}, which the call contradicts: {setting}"
        hedged = setting.params.get("hedged")
        reads = [sent for sent in self.requests if sent.method == "GET" and sent.code == "00000"]
        read = len(self.calls) == len(self.settings) == 1 and any(
            sent.symbol in (None, setting.symbol) for sent in reads
        )
        if hedged is not None and read and all(moment.held[setting.symbol].hedge != hedged for moment in whole):
            yield f"hedged={hedged} was asserted and is wrong: {setting}"
        margins = (CROSSED, ISOLATED) if unified and meant == BOTH else (margin,)
        for each in margins:
            window = self._window(setting, each)
            if not any(self._holds(setting, held, each) for held in window) and not self._held_in_turn(setting, each):
                yield f"not in force in {each}: {setting}; {window}"

    def _holds(self, setting: Setting, held: Held, margin: str) -> bool:
        if not held.unified and held.margin != margin:
            return False
        allowed = self._allowed(setting, held, margin)
        return any(all(getattr(held, name) == figure for name, figure in each.items()) for each in allowed)

    def _held_in_turn(self, setting: Setting, margin: str) -> bool:
        """Whether somebody else changed a figure under way, and each was in force at some moment."""
        held = [moment.held[setting.symbol] for moment in self.world.moments[setting.start : setting.end + 1]]
        asked = self._allowed(setting, held[-1], margin)
        return bool(self.foreign) and any(
            all(any(getattr(each, name) == figure for each in held) for name, figure in figures.items())
            for figures in asked
        )

    def _told(self, setting: Setting, margin: str) -> Iterator[str]:
        if not self.faults & {"stale", "figures"}:
            yield from self._figures(setting.symbol, setting.outcome, margin, setting.start, setting.end)

    def _figures(self, symbol: str, told: Mapping[str, Any], margin: str, start: int, end: int) -> Iterator[str]:
        window = self.world.moments[start : end + 1]
        for side in SIDES:
            figure = told[f"{side}Leverage"]
            had = {getattr(moment.held[symbol], "cross" if margin == CROSSED else side) for moment in window}
            if margin == ISOLATED:  # one-way mode has one figure, on whichever side it is noted here
                had |= {each.long for each in (m.held[symbol] for m in window) if not each.hedge}
                had |= {each.short for each in (m.held[symbol] for m in window) if not each.hedge}
            if figure is not None and figure not in had:
                yield f"reports {side} {figure} in {margin}, which {symbol} never had: {sorted(had)}"

    def _unwarned(self, setting: Setting, late: Sequence[Sent]) -> Iterator[str]:
        """An earlier request that may still arrive, of other figures, must have been named."""
        writes = [sent for sent in self.requests if sent.symbol == setting.symbol and sent.path.endswith(SET_LEVERAGE)]
        older = [sent for sent in late if sent.symbol == setting.symbol and sent.path in {each.path for each in writes}]
        texts = [text for text in self.warnings if text.startswith(f"{setting.symbol}: an earlier")]
        named = {figure for text in texts for figure in re.findall(r"(\d+)x", text.split("went unanswered")[0])}
        for sent in older:
            if _written(sent) != _written(writes[0]) and not _written(sent) <= named:
                yield f"nobody was warned of {sent.params} before {setting}"

    def _must_succeed(self, setting: Setting) -> bool:
        """Whether an undisturbed call on a known account was refused without a reason."""
        quirks, held = self.world.emulator.quirks, self.world.moments[setting.start].held[setting.symbol]
        pinned = self.world.setup.uta is not None or "uta" in setting.params
        if self.faults or self.world.meddled or len(self.calls) > 1 or pinned:
            return False
        both = BOTH in (str(setting.params.get("marginMode")).lower(), self.options.get("marginMode"))
        if both and "unified" in self._modes_were_changed(setting.symbol, self.born):
            return False  # what only a unified account can do is decided by what the account is remembered as
        demo = setting.symbol.startswith("S")
        if demo and (held.unified or quirks.s_products == "gone"):
            return False
        meant = self._meant(setting) if held.unified else held.margin
        if meant is None or (held.unified and quirks.unified_row == "stale"):
            return False
        if not held.unified and MARGINS.get(str(setting.params.get("marginMode")).lower(), meant) != meant:
            return False
        if setting.params.get("hedged") not in (None, held.hedge):
            return False
        [default] = self._defaults(setting, held)
        asked = [setting.asked(held, each, default) for each in ((CROSSED, ISOLATED) if meant == BOTH else (meant,))]
        alone = (
            held.unified
            and held.hedge
            and meant != CROSSED
            and any(each is not None and len(each) == 1 for each in asked)
        )
        return all(asked) and (not alone or quirks.unified_hedge == "documentation")

    # -- the companions, and orders -----------------------------------------------------------------------------------

    def _check_set_leverages(self, done: Done) -> Iterator[str]:
        names = [symbol_of(name) for name in done.args[0]]
        if len(set(names)) < len(names):
            yield f"two names of one contract were accepted: {done.args[0]}"
        if list(done.outcome) != list(done.args[0]):
            yield f"another order: {list(done.outcome)}"

    def _check_set_margin_mode(self, done: Done) -> Iterator[str]:
        symbol, wanted = symbol_of(done.args[1]), MARGINS[done.args[0]]
        held = [moment.held[symbol] for moment in self.world.moments[done.start : done.end + 1]]
        if not any(each.unified or each.margin == wanted for each in held):
            yield f"set_margin_mode says {wanted}, which {symbol} never was"

    def _check_set_position_mode(self, done: Done) -> Iterator[str]:
        symbol = symbol_of(done.args[1])
        if not any(
            moment.held[symbol].hedge == done.args[0] for moment in self.world.moments[done.start : done.end + 1]
        ):
            yield f"set_position_mode({done.args[0]}) was acknowledged, and was never so"

    def _check_fetch_leverage(self, done: Done, symbol: str | None = None, told: Any = None) -> Iterator[str]:
        symbol, told = symbol or symbol_of(done.args[0]), told or done.outcome
        margin = MARGINS.get(told["marginMode"])
        window = [moment.held[symbol] for moment in self.world.moments[done.start : done.end + 1]]
        if not any(each.unified or each.margin == margin for each in window):
            yield f"fetched {margin}, which {symbol} never was"
        if margin and not (any(each.unified for each in window) and self.world.emulator.quirks.unified_row == "stale"):
            yield from self._figures(symbol, told, margin, done.start, done.end)

    def _check_fetch_leverages(self, done: Done) -> Iterator[str]:
        for symbol, told in done.outcome.items():
            if symbol in self.world.setup.symbols:
                yield from self._check_fetch_leverage(done, symbol, told)

    def _check_fetch_margin_mode(self, done: Done) -> Iterator[str]:
        yield from self._check_fetch_leverage(done, None, {"longLeverage": None, "shortLeverage": None, **done.outcome})

    def _must_close(self, done: Done) -> bool:
        """Whether a closing order failed that nobody disturbed, and that named no margin mode."""
        row = done.args[0][0] if done.method == "create_orders" else {"params": done.args[-1], "symbol": done.args[0]}
        gone = row["symbol"].startswith("S") and self.world.emulator.quirks.s_products == "gone"
        disturbed = self.faults or self.world.meddled or len(self.calls) > 1 or self.world.setup.uta is not None
        closed = any(sent.path.endswith(ORDERS) and sent.code == "00000" for sent in self.requests)
        return not (gone or disturbed or closed or "marginMode" in row["params"])

    def _check_create_order(self, done: Done) -> Iterator[str]:
        symbol, _, _, _, _, params = done.args
        order = list(self.world.book.orders.values())[-1]
        if params.get("reduceOnly") or symbol not in self.chosen:
            return
        margin, since = self.chosen[symbol]
        if "marginMode" in params:
            return
        if order.margin_mode != margin:
            yield f"the order went out {order.margin_mode}, the leverage was set in {margin}: {done.args}"
        name = "cross" if margin == CROSSED else order.position_side
        wanted = self.figures.get(symbol, {}).get(name)
        if wanted is not None and order.leverage != wanted and not self._changes(since, done.end, symbol):
            yield f"the order trades at {order.leverage}x {order.margin_mode}, {wanted}x was set"

    def _check_create_orders(self, done: Done) -> Iterator[str]:
        if any(sent.path.endswith(ORDERS) and sent.code == "00000" for sent in self.requests):
            [row] = done.args[0]
            if done.outcome and all(order.get("id") for order in done.outcome):
                args = (row["symbol"], row["type"], row["side"], row["amount"], None, row["params"])
                yield from self._check_create_order(Done("create_order", args, done.start, done.end, done.outcome))
