"""The judge of the random programs: what must be true after each step, decided by the account and the requests alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ccxt

from .model import CROSS, ISOLATED, LONG, MODES, SHORT, SIDES, Model, distinct, other
from .play import NO_POSITION, Event, Outcome, is_unread
from .steps import SYMBOLS, Case, Step

WORDS = {"cross": CROSS, "crossed": CROSS, "isolated": ISOLATED}
# A fault in which the request cannot have arrived.
NOT_ARRIVED = ("429", "refused", "unknown host")
# More models than any program needs: the rest of it is not judged.
MOST_MODELS = 64
# What ccxt raises where no definite answer came.
TRANSIENT = (ccxt.NetworkError, ccxt.NullResponse)


class Broken(Exception):  # control flow of the judge
    """A promise that a step broke, under one model."""


def check(holds: Any, promise: str) -> None:
    if not holds:
        raise Broken(promise)


class Judge:
    """Judges a program step by step."""

    def __init__(self, case: Case) -> None:
        ours = case.options.get("setLeverage", {})
        self.options, self.quirks = ours, case.quirks
        in_ccxt = case.options.get("createOrder", {}).get("marginMode") or case.options.get("defaultMarginMode")
        self.ccxt_mode: str | None = in_ccxt
        self.ensures = ours.get("orders") != "ccxt"
        self.number = 0
        self.is_judging = dict.fromkeys(SYMBOLS, True)
        self._new_process()

    def _new_process(self) -> None:
        self.models: dict[str, list[Model]] = {symbol: [Model()] for symbol in SYMBOLS}
        self.knows_type = {False: False, True: False}
        self.late: list[tuple[str, tuple[str, str], int, float]] = []

    def step(self, step: Step, outcome: Outcome) -> str | None:
        """Return the promise that a step broke, None where it broke none."""
        self.number += 1
        if not all(self.is_judging.values()) or max(map(len, self.models.values())) > MOST_MODELS:
            return None
        try:
            if step.calls_exchange:
                self._common(step, outcome)
            getattr(self, "_" + step.name.replace(".", "_"))(step, outcome)
            settings = [e for e in outcome.events if e.name == "settings"]
            if step.name in ("trade", "batch"):
                settings = settings[:1]  # an order tries it once; what it reads later are the modes
            switched = [e for e in outcome.events if e.is_switch and e.sent.code != "40014"]
            if any(e.is_answered for e in settings) or (switched and step.name != "fetch_positions"):
                self.knows_type[step.second] = True
        except Broken as broken:
            return str(broken)
        return None

    def _each(self, symbol: str, judge: Callable[[Model], Iterator[Model]]) -> None:
        """Keep the models under which the step is right.

        :raises Broken: it is wrong under each
        """
        found: list[Model] = []
        first: Broken | None = None
        for model in self.models[symbol]:
            try:
                found += judge(model)
            except Broken as broken:
                first = first or broken
        if not found and first:
            raise first
        self.models[symbol] = distinct(found)

    # -- any call -----------------------------------------------------------------------------------------------------

    def _common(self, step: Step, outcome: Outcome) -> None:
        error = outcome.error
        check(error is None or isinstance(error, ccxt.BaseError), f"only ccxt errors leave: {error!r}")
        if step.name in ("set_leverage", "set_margin_mode", "set_position_mode"):
            late = [e for e in outcome.events if e.sent.at - outcome.began > 10.0]
            check(not late, f"nothing is begun after the deadline: {late and late[0].name} after 10 s")
            orders = [e for e in outcome.events if e.is_order]
            check(not orders, f"{step.name} sends no order")
        if any(e.is_switch for e in outcome.events):
            # where the call finds the account converted, the margin mode that was in use stays in use
            for symbol in SYMBOLS:
                in_use = [model.copy() for model in self.models[symbol]]
                for model in in_use:
                    model.chosen = model.chosen or model.decided
                self.models[symbol] = distinct([*self.models[symbol], *in_use])

    def _written(self, model: Model, symbol: str, outcome: Outcome) -> Model:
        """Return the model with what the call's own writes have left."""
        model = model.copy()
        for event in outcome.events:
            if event.name != "set-leverage" or event.sent.params.get("symbol") != symbol.split("/")[0] + "USDT":
                continue
            arrived = event.fault not in NOT_ARRIVED and (event.sent.code in ("00000", None) or not event.is_answered)
            if event.is_switch or not arrived:
                continue
            for slot, value in values_of(event, symbol).items():
                sure = event.fault == ""
                if sure and event.after.stored[(symbol, *slot)] != value:
                    continue
                model.acked[slot] = value, sure
                model.foreign -= {slot}
        return model

    # -- set_leverage -------------------------------------------------------------------------------------------------

    def _set_leverage(self, step: Step, outcome: Outcome) -> None:
        symbol, error = step.symbol, outcome.error
        values = requested(step)
        if error is None:
            self._check_result(step, outcome, values)
        elif not outcome.faults:
            self._check_justified(step, outcome)
        self._check_late(step, outcome)
        posted = any(e.name == "set-leverage" and e.is_answered and not e.is_switch for e in outcome.events)

        def judge(model: Model) -> Iterator[Model]:
            self._check_other_slots(model, step, outcome, values)
            written = self._written(model, symbol, outcome)
            if error is None:
                yield from self._asked_and_set(model, written, step, outcome, values)
                return
            asked = self._asked(written, step, values, self._decided(model, step, outcome))
            if isinstance(error, ccxt.ArgumentsRequired):
                yield asked
                if posted:  # the account may have taken it for something else
                    yield asked.unacknowledged()
            elif isinstance(error, TRANSIENT):
                yield asked
                if self.options.get("verify") == "read":
                    yield asked.unacknowledged()
                # the margin mode may not have been known
                if not (outcome.after.unified and self.knows_type[step.second]):
                    yield self._asked(written, step, values, None)
                    yield self._asked(written, step, values, None, own=True)
                    for mode in MODES:
                        yield self._asked(written, step, values, mode)
            elif "LeverageNotApplied" in type(error).__name__:
                if any(e.name == "set-leverage" for e in outcome.events):
                    written, asked = written.unacknowledged(), asked.unacknowledged()
                yield written
                yield asked
            elif isinstance(error, ccxt.BadRequest) and not posted:
                yield written
                forgotten = written.copy()  # this refusal may take the place of an earlier one
                forgotten.refused = ()
                yield forgotten
            else:
                written.refused = tuple(values.values())
                yield written
                if posted:  # the account may have taken it for something else
                    yield written.unacknowledged()

        self._each(symbol, judge)

    def _check_late(self, step: Step, outcome: Outcome) -> None:
        """A request that timed out may still arrive: a later call warns, and names its leverage."""
        writes = [e for e in outcome.events if e.name == "set-leverage"]
        for symbol, slot, value, at in self.late if writes and outcome.error is None else ():
            if symbol == step.symbol and outcome.began - at < 29 and outcome.after.stored[(symbol, *slot)] != value:
                written = any(slot in values_of(e, symbol) for e in writes)
                named = outcome.warned_of(value)
                check(named or not written, f"no WARNING that an earlier request for {value}x may still arrive")
        self.late += [(step.symbol, slot, value, event.sent.at) for event in writes if event.fault == "late"
                      for slot, value in values_of(event, step.symbol).items()]  # fmt: skip

    def _decided(self, model: Model, step: Step, outcome: Outcome) -> str:
        named = step.params.get("marginMode")
        if named in WORDS:
            return WORDS[named]
        if not outcome.after.unified:
            return outcome.after.modes[step.symbol]
        chosen = model.chosen[0] if model.chosen else None
        return chosen or self.options.get("marginMode") or self.ccxt_mode or CROSS

    def _asked(self, model: Model, step: Step, values: dict[str, int], mode: str | None, own: bool = False) -> Model:
        model, named = model.copy(), step.params.get("marginMode")
        if named == "both":
            for each in MODES:
                model.ask(values, self.number, each, only=True)
            return model
        if named in WORDS:
            mode = WORDS[named]
            model.chosen = mode, self.number
        model.ask(values, self.number, mode, only=named is not None, own=own)
        if mode is not None:
            model.decided = mode, self.number
        return model

    def _asked_and_set(
        self, model: Model, written: Model, step: Step, outcome: Outcome, values: dict[str, int]
    ) -> Iterator[Model]:
        decided, mode = self._decided(model, step, outcome), outcome.result["marginMode"]
        if step.params.get("marginMode") != "both":
            check(mode == decided, f"set_leverage() decided for {mode} margin, and {decided} was chosen")
        asked = self._asked(written, step, values, mode)
        yield asked
        if self.options.get("verify") == "read":  # the read may have shown nothing
            yield asked.unacknowledged()
        known = asked.copy()  # what a read confirmed may count as acknowledged
        for slot in self._slots(step, outcome, values):
            value = values.get(slot[1], next(iter(values.values())))
            known.acked[slot] = value, True
            known.foreign -= {slot}
        yield known

    def _slots(self, step: Step, outcome: Outcome, values: dict[str, int]) -> list[tuple[str, str]]:
        modes = MODES if step.params.get("marginMode") == "both" else (outcome.result["marginMode"],)
        # An account that takes one side at a time in one-way mode tells nobody that it is in that mode.
        alone = outcome.after.hedge or (outcome.after.unified and self.quirks.get("unified_one_way") == "per_side")
        return [(mode, side) for mode in modes for side in (values if mode == ISOLATED and alone else SIDES)]

    def _check_result(self, step: Step, outcome: Outcome, values: dict[str, int]) -> None:
        result, after, symbol = outcome.result, outcome.after, step.symbol
        check(values, "a leverage that is not valid was accepted")
        mode = result["marginMode"]
        if not after.unified:
            check(mode == after.modes[symbol], f"reports {mode} margin, the contract is in {after.modes[symbol]}")
        for slot in self._slots(step, outcome, values):
            value, held = values.get(slot[1], next(iter(values.values()))), after.stored[(symbol, *slot)]
            check(held == value, f"returned, but {slot} holds {held}x, not {value}x")
        for side in SIDES:
            shown = result[f"{side}Leverage"]
            held = after.stored[symbol, mode, side]
            check(shown in (None, held), f"reports {shown}x on the {side} side, the account has {held}x")

    def _check_justified(self, step: Step, outcome: Outcome) -> None:
        error, after = outcome.error, outcome.after
        about = f"{type(error).__name__} without a fault: {str(error)[:200]}"
        check(not isinstance(error, ccxt.NetworkError), about)
        local = (ccxt.BadRequest, ccxt.ArgumentsRequired)
        contradicts = "marginMode" in step.params or "hedged" in step.params or "same_leverage" in self.quirks
        contradicts = contradicts or self._reads_stale_rows
        check(isinstance(error, local) or ("NotApplied" in type(error).__name__ and contradicts), about)
        if isinstance(error, ccxt.ArgumentsRequired):
            check(after.hedge, f"ArgumentsRequired in one-way mode: {str(error)[:200]}")
            both = step.params.get("holdSide") == "both" or {"longLeverage", "shortLeverage"} <= set(step.params)
            check(not both, f"ArgumentsRequired though both sides are named: {str(error)[:200]}")

    @property
    def _reads_stale_rows(self) -> bool:
        reads = self.options.get("verify") == "read" or "same_leverage" in self.quirks
        return reads and self.quirks.get("unified_row") == "stale"

    def _check_other_slots(self, model: Model, step: Step, outcome: Outcome, values: dict[str, int]) -> None:
        symbol = step.symbol
        named = WORDS.get(step.params.get("marginMode", ""))
        lost = isinstance(outcome.error, TRANSIENT)
        if (lost or "NotApplied" in type(outcome.error).__name__) and not outcome.after.unified:
            named = None  # the contract is not in that mode, as the reply shows, or would have shown
        for key, value in outcome.after.stored.items():
            at, mode, side = key
            if value == outcome.before.stored[key]:
                continue
            check(at == symbol, f"changed the leverage of {at}")
            check(named in (None, mode), f"changed the leverage of {mode} margin, {named} was named")
            allowed = {*values.values()} if mode == CROSS or not outcome.after.hedge else {values.get(side)}
            if side not in values or (mode == ISOLATED and outcome.after.hedge):
                allowed |= {each[0] for each in (model.asked.get((mode, side)), model.acked.get((mode, side))) if each}
                allowed |= {*values.values()} if self.options.get("otherSide") == "same" else set()
            check(value in allowed, f"set {mode} {side} to {value}x, which nobody asked for")

    # -- modes --------------------------------------------------------------------------------------------------------

    def _set_margin_mode(self, step: Step, outcome: Outcome) -> None:
        mode, symbol = step.args[0], step.symbol
        if outcome.error is None and not outcome.after.unified:
            check(outcome.after.modes[symbol] == mode, f"set_margin_mode({mode!r}) returned, and did nothing")
        if outcome.error is not None and not outcome.faults:
            busy = symbol in outcome.before.busy and not outcome.after.unified
            check(busy, f"set_margin_mode() failed without a fault: {outcome.error!r}")

        def judge(model: Model) -> Iterator[Model]:
            model = model.copy()
            if outcome.error is None:
                model.chosen = mode, self.number
                if not outcome.after.unified:  # a position in the other mode would have been in the way
                    gone = model.copy()
                    gone.known = {side: held for side, held in model.known.items() if held == mode}
                    yield gone
            yield model

        self._each(symbol, judge)

    def _set_position_mode(self, step: Step, outcome: Outcome) -> None:
        if outcome.error is not None and not outcome.faults:
            check(outcome.before.busy, f"set_position_mode() failed without a fault: {outcome.error!r}")

        def judge(model: Model) -> Iterator[Model]:
            yield model.unacknowledged()
            if outcome.error is not None:
                yield model

        for symbol in SYMBOLS:
            self._each(symbol, judge)

    # -- positions ----------------------------------------------------------------------------------------------------

    def _fetch_positions(self, step: Step, outcome: Outcome) -> None:
        if outcome.error is not None or is_unread(outcome.events):
            return  # an empty reply shows no position
        for symbol in SYMBOLS:
            self._each(symbol, lambda model, symbol=symbol: self._seen(model, symbol, outcome))  # type: ignore[misc]

    def _seen(self, model: Model, symbol: str, outcome: Outcome) -> Iterator[Model]:
        model = model.copy()
        for (at, side), (mode, leverage, _) in outcome.before.positions.items():
            if at != symbol:
                continue
            model.see(side, mode, outcome.before.hedge)
            acked = model.acked.get((mode, side))
            if acked is None or not acked[1] or acked[0] == leverage:
                continue
            difference = mode, side, acked[0], leverage
            if difference not in model.warned:
                named = outcome.warned_of(acked[0], leverage)
                check(named, f"no WARNING that the {side} position has {leverage}x, and {acked[0]}x was acknowledged")
                model.warned |= {difference}
        yield model

    # -- orders -------------------------------------------------------------------------------------------------------

    def _trade(self, step: Step, outcome: Outcome) -> None:
        closes = step.params.keys() & {"closes", "stopLossPrice", "takeProfitPrice"}
        self._orders(step, outcome, [(step.args[0], bool(closes))])

    def _batch(self, step: Step, outcome: Outcome) -> None:
        self._orders(step, outcome, step.args[0])

    def _orders(self, step: Step, outcome: Outcome, rows: list[tuple[str, bool]]) -> None:
        if not outcome.before.hedge and len(rows) > 1:
            self.is_judging[step.symbol] = False  # its orders close each other
            return
        Placed(self, step, outcome, rows).check_always()
        if self.ensures:
            self._each(step.symbol, lambda model: Placed(self, step, outcome, rows).judge(model))

    # -- somebody else ------------------------------------------------------------------------------------------------

    def _changed(self, step: Step, outcome: Outcome) -> None:
        """Mark the slots that somebody else has changed."""
        for symbol in SYMBOLS:
            changed = frozenset(
                (mode, side) for (at, mode, side), value in outcome.after.stored.items()
                if at == symbol and value != outcome.before.stored[at, mode, side]
            )  # fmt: skip
            for model in self.models[symbol]:
                model.foreign |= changed

    _app_leverage = _app_open = _app_close = _app_margin_mode = _changed

    def _arrive(self, step: Step, outcome: Outcome) -> None:
        self.late.clear()
        self._changed(step, outcome)

    def _app_convert(self, step: Step, outcome: Outcome) -> None:
        if outcome.error is None:
            for symbol in SYMBOLS:
                for model in self.models[symbol]:
                    model.convert()
            self.knows_type = {False: False, True: False}

    def _restart(self, step: Step, outcome: Outcome) -> None:
        self._new_process()

    def _wait(self, step: Step, outcome: Outcome) -> None:
        pass

    _app_position_mode = _wait


def requested(step: Step) -> dict[str, int]:
    """Return the leverages that a call names, by side; empty where they are not valid."""
    long, short = step.params.get("longLeverage"), step.params.get("shortLeverage")
    if long or short:
        return {side: value for side, value in ((LONG, long), (SHORT, short)) if value}
    value, side = step.args[0], step.params.get("holdSide", "both")
    if not isinstance(value, int) or not 0 < value < 100:
        return {}
    return dict.fromkeys(SIDES if side == "both" else (side,), value)


def values_of(event: Event, symbol: str) -> dict[tuple[str, str], int]:
    """Return the leverages that a set-leverage request names, by margin mode and side."""
    sent, before = event.sent.params, event.before
    mode = WORDS[sent.get("marginMode", "crossed")] if "/v3/" in event.sent.path else before.modes[symbol]
    sides = {LONG: sent.get("longLeverage"), SHORT: sent.get("shortLeverage")}
    if all(sides.values()):
        return {(mode, side): int(value) for side, value in sides.items()}
    side = next((value for name, value in sent.items() if name.endswith("Side")), None)
    one = int(sent.get("leverage") or sides[LONG] or sides[SHORT])
    return {(mode, each): one for each in SIDES if mode == CROSS or not before.hedge or side in (None, each)}


# --- orders ----------------------------------------------------------------------------------------------------------


class Placed:
    """An order, or a batch, and what came of it."""

    def __init__(self, judge: Judge, step: Step, outcome: Outcome, rows: list[tuple[str, bool]]) -> None:
        self.step, self.outcome, self.rows, self.owner = step, outcome, rows, judge
        self.symbol, self.hedged, self.unified = step.symbol, outcome.before.hedge, outcome.after.unified
        self.named: str | None = step.params.get("marginMode")
        self.stops = "stopLossPrice" in step.params or "takeProfitPrice" in step.params
        self.waits = self.stops or "triggerPrice" in step.params
        self.market = not self.waits and step.params.get("type", "market") == "market"
        events = outcome.events
        self.orders = [e for e in events if e.is_order and not e.is_switch]
        first = events.index(self.orders[0]) if self.orders else len(events)
        self.before = self._unexpected(events[:first])
        self.writes = [e for e in events if e.sent.method == "POST" and not e.is_order and not e.is_switch]

    def _unexpected(self, events: list[Event]) -> list[Event]:
        """Leave out one try of the account type where it may be unknown, and what the other type's API answered."""
        probes = 0 if self.owner.knows_type[self.step.second] else 1
        probes += any(e.sent.code == "40014" for e in events)
        left = []
        for event in events:
            if event.is_switch and event.is_answered:
                continue
            if event.name == "settings" and probes:
                probes -= 1
                continue
            left.append(event)
        return left

    def opened_side(self, row: tuple[str, bool]) -> str:
        """Return the side of the position that a row opens or closes."""
        side, closes = row
        return LONG if (side == "buy") != closes else SHORT

    def check_always(self) -> None:
        """Check what must hold whatever was asked for."""
        outcome, exits = self.outcome, [row for row in self.rows if row[1]]
        if outcome.error is not None and "OrderNotSent" in type(outcome.error).__name__:
            check(not self.orders and not outcome.fills, "raised 'order not sent', and sent an order")
            skipped = isinstance(outcome.error, ccxt.InvalidOrder) and not isinstance(outcome.error, ccxt.NetworkError)
            check(skipped, f"'order not sent' is an InvalidOrder, after which programs go on: {outcome.error!r}")
            check(not exits, f"an exit is never held back: {outcome.error}")
        if exits:
            check(not self.writes, f"an exit changes nothing: {self.writes and self.writes[0].name}")
            check(outcome.took < 1, f"an exit does not wait: {outcome.took:.1f} s")
        if len(exits) == len(self.rows):
            check(all(fill.action == "close" for fill in outcome.fills), "an exit never opens")
        if not self.owner.ensures:
            check(not self.writes, "options orders='ccxt': nothing is written")
        repeated = [e for e in self.orders[:-1] if e.sent.code not in NO_POSITION or not e.is_answered]
        check(not repeated, "an order is sent once")
        if not outcome.faults and not self.orders:
            check("OrderNotSent" in type(outcome.error).__name__, f"the order was not sent: {outcome.error!r}")
        sent = any("/v3/" in event.sent.path for event in self.orders)
        if sent and "triggerPrice" in self.step.params and self.owner.ensures:
            check(any("triggerPrice" in text for text in outcome.warnings), "no WARNING for triggerPrice")

    def judge(self, model: Model) -> Iterator[Model]:
        exits = [row for row in self.rows if row[1]]
        if exits:
            self._check_exit(model, exits[0])
        elif (opposite := self._opposite(model)) is not None:
            self._check_netting(model, opposite)
        else:
            self._check_opening(model)
        if not exits:
            self._check_under_position(model)
            self._check_refused(model)
        yield from self._afterwards(model)

    # -- exits --------------------------------------------------------------------------------------------------------

    def _check_exit(self, model: Model, row: tuple[str, bool]) -> None:
        side = self.opened_side(row)
        known = model.known.get(side)
        mode = self.named or known or self.owner.ccxt_mode or self._program_mode(model)
        before = self.before
        maybe = None if self.named or known else model.entries.get(side)
        if self.waits and (mode is None or maybe not in (None, mode)):
            before = [e for e in before if not e.reads_positions or e.sent.at - self.outcome.began > 11]
        check(not before, f"an exit is never delayed: {before and before[0].name} is sent before it")
        if not self.orders:
            return
        first = self.orders[0]
        carried = modes_of(first)
        if mode is not None and not (self.waits and self.named is None and known is None):
            check(carried <= {mode}, f"the exit carries {carried}, and its position is in {mode} margin")
        if len(self.orders) > 1:
            self._check_repeated(known, model.last.get(side), model.entries.get(side))
        self._check_closed(model, side, known)

    def _check_repeated(self, known: str | None, last: str | None, entry: str | None) -> None:
        first, second = self.orders[0], self.orders[1]
        check(len(self.orders) == 2, "an exit is repeated once")
        check(len(self.rows) == 1, "a batch is never repeated")
        check(first.sent.code in NO_POSITION and first.is_answered, "an exit is repeated after a definite refusal only")
        check(self.named is None, "an exit is not repeated where its params name the margin mode")
        check(known is None, f"an exit is not repeated in the other mode: its position was in {known} margin")
        another = entry is not None and entry not in modes_of(first)  # an order may have opened one since
        of_last = modes_of(first) == {last} and not another
        check(not of_last, f"an exit is not repeated in the other mode: its position was in {last} margin")
        check(modes_of(first) != modes_of(second), "an exit is repeated in the other margin mode")

    def _check_closed(self, model: Model, side: str, known: str | None) -> None:
        """An exit that is free to find its position must find it."""
        held = self.outcome.before.positions.get((self.symbol, side))
        if held is None or self.outcome.faults or len(self.rows) > 1 or self.step.params.get("type") == "limit":
            return
        mode = held[0]
        guesses = self.named is None and known is None and model.last.get(side) in (None, mode)
        if mode in (self.named, None if self.named else known) or guesses:
            check(self.outcome.error is None, f"the {mode} position was not closed: {self.outcome.error!r}")

    # -- an order of one-way mode, opposite to a position -------------------------------------------------------------

    def _opposite(self, model: Model) -> str | None:
        if self.hedged:
            return None
        sides = [other(self.opened_side(row)) for row in self.rows]
        held = [side for side in sides if (self.symbol, side) in self.outcome.before.positions]
        known = [side for side in sides if side in model.known]
        return next(iter([*held, *known]), None)

    def _check_netting(self, model: Model, side: str) -> None:
        held, known = (self.symbol, side) in self.outcome.before.positions, side in model.known
        opens = other(side)
        mode = self._opening_mode(model, opens)
        wanted = model.wanted(mode, opens, hedged=False)
        missing = wanted is not None and not model.is_acked(mode, opens, wanted)
        missing_in_own = missing
        if known:  # what it opens is in the position's mode
            carried_mode = self.named or model.known[side]
            wanted = model.wanted(carried_mode, opens, hedged=False)
            missing = missing or (wanted is not None and not model.is_acked(carried_mode, opens, wanted))
        since = known and self.named is None and model.mode not in (None, model.known[side])
        unseen = known and is_unread(self.before)
        if (unseen or (since and not missing)) and self.orders and modes_of(self.orders[0]) == {model.known[side]}:
            return  # it is taken for an exit: the position could not be read, or a limit order may have been filled
        if (missing or since) and not held:  # the position that the program knows is not there any more
            self.before = [e for e in self.before if missing_in_own or not e.reads_positions]
            return self._check_opening(model)
        unread = is_unread(self.before) and not known
        before = [e for e in self.before if not ((missing or since) and (e.reads_positions or unread))]
        check(not before, f"an exit is never delayed: {before and before[0].name}")
        check(not self.writes or unread, "an order that closes changes nothing")
        if not self.outcome.faults:
            check(self.orders, f"an order that closes is held back: {self.outcome.error!r}")
        if known and self.orders:
            read = any(e.reads_positions and not e.fault for e in self.before)
            seen = self.outcome.before.positions.get((self.symbol, side)) if read else None
            carried, mode = modes_of(self.orders[0]), self.named or (seen[0] if seen else model.known[side])
            check(carried <= {mode}, f"the exit carries {carried}, not {mode}")

    # -- opening ------------------------------------------------------------------------------------------------------

    def _program_mode(self, model: Model) -> str | None:
        unified = any("/v3/" in event.sent.path for event in self.orders[:1]) if self.orders else self.unified
        return model.mode or (self.owner.options.get("marginMode") if unified else None)

    def _opening_mode(self, model: Model, side: str) -> str:
        mode = self.named or self.owner.ccxt_mode or self._program_mode(model)
        held = [self.outcome.before.positions.get((self.symbol, each)) for each in SIDES]
        under_position = any(each and each[0] == self._known_mode(model, side) for each in held)
        if mode is None and not under_position and self._is_asked_for_own_mode(model, side):
            return self.outcome.before.modes[self.symbol]
        return mode or self._known_mode(model, side) or CROSS

    def _known_mode(self, model: Model, side: str) -> str | None:
        return model.known.get(side) or model.known.get(other(side))

    def _is_asked_for_own_mode(self, model: Model, side: str) -> bool:
        """Return whether a leverage is missing on a classic account whose mode was not known when it was asked for."""
        mode = self._known_mode(model, side) or CROSS
        wanted = model.wanted(mode, side, self.hedged)
        return not self.unified and wanted is not None and not model.is_acked(mode, side, wanted)

    def _check_opening(self, model: Model) -> None:
        held_back = "OrderNotSent" in type(self.outcome.error).__name__
        missing = False
        mode = self._opening_mode(model, self.opened_side(self.rows[0]))  # a batch carries one
        for row in self.rows:
            side = self.opened_side(row)
            wanted = model.wanted(mode, side, self.hedged)
            is_missing = wanted is not None and not model.is_acked(mode, side, wanted)
            missing = missing or is_missing
            if divided := model.divided_for(mode, self.hedged):
                named = self.outcome.warned_of(*divided)
                check(named or not self.orders, f"no WARNING that {divided} count for isolated hedge only")
            for event in self.orders:
                check(modes_of(event) <= {mode}, f"the order carries {modes_of(event)}, not {mode}")
            if wanted is not None and self.orders:
                self._check_leverage(model, mode, side, wanted)
            if held_back and is_missing and not self.outcome.faults:
                check(self._may_be_held_back(model, mode, side), f"held back without a reason: {self.outcome.error}")
        if not missing:
            unknown = any(self._is_asked_for_own_mode(model, self.opened_side(row)) for row in self.rows)
            excused = unknown and self.outcome.faults  # the contract's own mode could not be read
            check(excused or not held_back, f"nothing is missing, and the order is held back: {self.outcome.error}")
            read = [e for e in self.before if not (unknown and e.sent.method == "GET")]
            check(not read, f"nothing is missing, and {read and read[0].name} is sent first")
        slow = [e for e in self.writes if e.sent.at - self.before[0].sent.at > 3.0]
        check(not slow, "an order is not delayed by more than 3 s")

    def _check_leverage(self, model: Model, mode: str, side: str, wanted: int) -> None:
        event = self.orders[-1]
        got = event.before.stored[self.symbol, mode, side]
        if event.sent.code not in ("00000",) or got == wanted:
            return
        acked = model.is_acked(mode, side, wanted)
        if (mode, side) in model.foreign and acked:
            return
        sides = SIDES if mode == CROSS else (side,)
        held = [event.before.positions.get((self.symbol, each)) for each in sides]
        unread = is_unread(self.before) and any(s in model.known for s in sides)
        if any(each and each[0] == mode for each in held) or unread:
            named = self.outcome.warned_of(wanted) if unread else self.outcome.warned_of(wanted, got)
            check(named, f"the order opens at {got}x under an open position, {wanted}x was asked for, and no WARNING")
            return
        raise Broken(f"the order opens {mode} {side} at {got}x, and {wanted}x was asked for last")

    def _may_be_held_back(self, model: Model, mode: str, side: str) -> bool:
        before, symbol = self.outcome.before, self.symbol
        if any(each[0] != mode for (at, _), each in before.positions.items() if at == symbol):
            return True  # the exchange refuses a second margin mode
        if self.unified and self.owner._reads_stale_rows:
            return True
        if not self.unified and before.modes[symbol] != mode:
            chosen = model.chosen is not None and model.chosen[0] == mode
            return symbol in before.busy or not (chosen or mode in (self.named, self.owner.ccxt_mode))
        if self.unified and self.hedged and mode == ISOLATED:
            known = (mode, other(side)) in model.asked or (mode, other(side)) in model.acked
            same, alone = self.owner.options.get("otherSide"), self.owner.quirks.get("unified_hedge")
            return not (known or same or alone == "documentation")
        return False

    def _check_under_position(self, model: Model) -> None:
        """Nothing is written under an open position, but for the repetition of a write with an unknown outcome."""
        unread = is_unread(self.outcome.events)
        for event in self.writes:
            for (symbol, side), held in event.before.positions.items():
                mode, leverage, _ = event.after.positions[symbol, side]
                if leverage == held[1] or (unread and side not in model.known):
                    continue
                repeats = model.acked.get((mode, side)) == (leverage, False)
                check(repeats, f"the leverage of the open {side} position was changed from {held[1]}x to {leverage}x")

    def _check_refused(self, model: Model) -> None:
        if model.refused and self.orders and not self.outcome.faults and self._opposite(model) is None:
            check(self.outcome.warned_of(model.refused[0]), f"no WARNING that {model.refused[0]}x was refused")

    # -- what the program knows afterwards ----------------------------------------------------------------------------

    def _afterwards(self, model: Model) -> Iterator[Model]:
        before, model = model, self.owner._written(model, self.symbol, self.outcome)
        if self.orders:
            model.refused = ()
            own = self._opening_mode(before, self.opened_side(self.rows[0]))
            if model.mode is None and self.named is None and self.writes and own == ISOLATED and not self.unified:
                model.decided = own, self.owner.number  # the contract's own mode, which was not known before
        exits = [row for row in self.rows if row[1]]
        found = [model]
        if "skipUnchanged" in self.owner.options or "same_leverage" in self.owner.quirks:
            found.append(model.copy())
            self._confirm(before, found[-1])
        if self.writes and "OrderNotSent" in type(self.outcome.error).__name__:
            # the row did not show the write, or the reply showed another margin mode
            found.append(model.unacknowledged())
        if any(e.reads_positions and e.sent.code == "00000" for e in self.outcome.events):
            found += [self._looked(each) for each in found]
        if self.orders and self.orders[0].sent.code in NO_POSITION and self.orders[0].is_answered:
            for each in found:
                each.known.pop(self.opened_side(exits[0] if exits else self.rows[0]), None)
        result = self.outcome.result
        accepted = self.outcome.error is None and (len(self.rows) > 1 or result.get("id") is not None)
        if accepted:
            if len(self.rows) > 1 and len(result) != len(self.rows):
                yield from found  # it is not known which of them failed
            found = [after for each in found for after in self._traded(each)]
        elif self.orders and not exits and (self.outcome.error is None or isinstance(self.outcome.error, TRANSIENT)):
            for each in list(found):  # the request may have been carried out: no answer came, or an empty one
                found.append(each.copy())
                for row in self.rows:
                    for mode in modes_of(self.orders[-1]):
                        found[-1].entries[self.opened_side(row)] = mode
        yield from found

    def _confirm(self, before: Model, model: Model) -> None:
        """Count as acknowledged what a read before the order has shown."""
        for event in self.orders[:1]:
            for mode in modes_of(event):
                alone = self.hedged and mode == ISOLATED
                sides = {self.opened_side(row) for row in self.rows} if alone else set(SIDES)
                for write in self.writes:
                    if write.sent.path.endswith("set-leverage"):
                        sides |= {at for where, at in values_of(write, self.symbol) if where == mode}
                for side in sides:
                    wanted = before.wanted(mode, side, self.hedged)
                    if wanted is not None and event.before.stored[self.symbol, mode, side] == wanted:
                        model.acked[mode, side] = wanted, True

    def _looked(self, model: Model) -> Model:
        looked = model.copy()
        looked.known.clear()
        for (symbol, side), (mode, _, _) in self.outcome.before.positions.items():
            if symbol == self.symbol:
                looked.see(side, mode, self.hedged)
        return looked

    def _traded(self, model: Model) -> Iterator[Model]:
        hedged, closed = self.hedged, model.copy()
        for fill in self.outcome.fills:
            if fill.action == "open":
                closed.see(fill.side, fill.margin_mode, hedged)
            else:
                kept = closed.copy()  # the program may think that it was larger
                kept.see(fill.side, fill.margin_mode, hedged)
                yield kept
                closed.known.pop(fill.side, None)
                remembered = closed.copy()
                remembered.last[fill.side] = fill.margin_mode
                yield remembered
        yield closed
        if self._opposite(model) is not None:  # taken for an exit, whatever it opened
            entry = model.copy()
            for event in self.orders[-1:]:
                entry.entries |= dict.fromkeys([self.opened_side(self.rows[0])], next(iter(modes_of(event)), CROSS))
            for taken in (model, entry):
                yield taken
                gone = taken.copy()
                gone.known.clear()
                yield gone
        nets = not hedged and not any(closes for _, closes in self.rows)
        if nets or (not self.market and not self.stops):  # may count as opened: it waits, or it closed a position
            opened, waiting = closed.copy(), closed.copy()
            for event in self.orders[-1:]:
                for mode in modes_of(event):
                    opened.see(self.opened_side(self.rows[0]), mode, hedged)
                    waiting.entries[self.opened_side(self.rows[0])] = mode
            yield opened
            yield waiting


def modes_of(event: Event) -> set[str]:
    """Return the margin modes that an order's request carries; empty where it has no field for one."""
    sent, unified = event.sent.params, "/v3/" in event.sent.path
    rows = sent if isinstance(sent, list) else sent.get("orderList") or [sent]
    if event.name == "place-tpsl-order":
        return set()
    own = None if isinstance(sent, list) else sent.get("marginMode")
    words = {row.get("marginMode") or own or ("crossed" if unified else None) for row in rows} | {own}
    return {WORDS[word] for word in words if word}
