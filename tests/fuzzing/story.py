"""What happened to the account, what a call meant by it, and what its object may remember: the ground of the oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from fuzzing.asked import BOTH, CROSSED, ISOLATED, MARGINS, SIDES, Done, Setting, settings_of, symbol_of
from fuzzing.cases import NAMES, Held, Sent
from fuzzing.world import World


class Story:
    """One sequence, told from the account's side."""

    calls: Sequence[Done] = ()
    settings: Sequence[Setting] = ()
    requests: Sequence[Sent] = ()
    faults: Set[str] = frozenset()
    foreign: Sequence[int] = ()

    def __init__(self, world: World, options: Mapping[str, Any]) -> None:
        self.world, self.options = world, options
        self.restarted()

    def restarted(self) -> None:
        """A new object, which remembers nothing."""
        self.born = len(self.world.moments) - 1
        self.declared: dict[str, str | None] = {}
        self.chosen: dict[str, tuple[str, int]] = {}  # the margin mode of the next orders, and since when
        self.figures: dict[str, dict[str, int]] = {}

    # -- the account, moment by moment --------------------------------------------------------------------------------

    def _who(self, place: int) -> str:
        return self.world.moments[place].who

    def _changes(self, start: int, end: int, symbol: str | None = None) -> list[int]:
        """The moments after *start*, up to *end*, at which something (of *symbol*) became different."""
        moments = self.world.moments
        return [
            place
            for place in range(start + 1, end + 1)
            if symbol is None or moments[place].held[symbol] != moments[place - 1].held[symbol]
        ]

    def _window(self, setting: Setting, margin: str) -> list[Held]:
        """What the account held while *setting* can have been in force in *margin*: from our own last change on."""
        held = [moment.held[setting.symbol] for moment in self.world.moments]
        names, start = ({"cross"} if margin == CROSSED else set(SIDES)), setting.start
        own = [
            place
            for place in range(start + 1, setting.end + 1)
            if self._who(place) == "own" and names & held[place - 1].differences(held[place]).keys()
        ]
        return held[own[-1] if own and len(self.calls) == 1 else start : setting.end + 1]

    def _modes_were_changed(self, symbol: str, since: int, by_us: bool = False) -> set[str]:
        """Which modes of *symbol* somebody else (or we, too) changed; the kind of account is one."""
        moments, modes = self.world.moments, set()
        for place in self._changes(since, len(moments) - 1, symbol):
            if by_us or self._who(place) != "own":
                a, b = moments[place - 1].held[symbol], moments[place].held[symbol]
                modes |= {name for name in ("margin", "hedge", "unified") if getattr(a, name) != getattr(b, name)}
        return modes

    # -- what was meant -----------------------------------------------------------------------------------------------

    def _option(self, setting: Setting, name: str, default: Any) -> Any:
        value = setting.params.get(name)
        return self.options.get(name, default) if value is None else value

    def _defaults(self, setting: Setting, held: Held) -> tuple[str | None, ...]:
        """What a call without a side can mean."""
        option, meant = self.options.get("holdSide"), self._meant(setting) if held.unified else ISOLATED
        return (option, BOTH) if meant is None else (BOTH if meant == BOTH else option,)

    def _meant(self, setting: Setting) -> str | None:
        """Whose leverage is meant on a unified account; ``None`` where that cannot be said."""
        named = setting.params.get("marginMode")
        if named is not None:
            return MARGINS[named.lower()]
        if (
            self._declaring(setting.symbol)
            or self._switched(setting.symbol)
            or self.declared.get(setting.symbol, "") is None
        ):
            return None
        return self.declared.get(setting.symbol) or MARGINS.get(self.options.get("marginMode"), CROSSED)

    def _declaring(self, symbol: str) -> bool:
        return any(done.method == "set_margin_mode" and symbol_of(done.args[1]) == symbol for done in self.calls)

    def _allowed(self, setting: Setting, held: Held, margin: str) -> list[dict[str, int]]:
        """Which figures *setting* may have meant, the likeliest first."""
        asked = [setting.asked(held, margin, default) for default in self._defaults(setting, held)]
        mistaken = setting.params.get("hedged") is False or self._surprised(setting)
        if setting.named is None and mistaken and len(set(setting.figures.values())) == 1:
            asked.append(setting.figures)  # no side was named, so that none was left out
        if held.unified and not held.hedge and self.world.emulator.quirks.unified_one_way == "per_side" and mistaken:
            asked.append(setting.figures)  # an exchange with two figures in one-way mode, and one side was named
        return [each for each in asked if each]

    # -- what need not be so ------------------------------------------------------------------------------------------

    def _unverified(self, setting: Setting) -> bool:
        """Whether the call wanted to be told nothing, and the account was not as it was remembered."""
        return self._option(setting, "verify", "reply") is False and self._surprised(setting)

    def _surprised(self, setting: Setting) -> bool:
        """Whether the modes may be others than this call can know."""
        under_way = len(self.calls) > 1 and self._modes_were_changed(setting.symbol, setting.start, by_us=True)
        return bool(under_way or self._modes_were_changed(setting.symbol, self.born))

    def _lied_to(self, setting: Setting) -> bool:
        """Whether the exchange said what is not so, in a way that this call was not to find out."""
        held, verify = self.world.moments[setting.end].held[setting.symbol], self._option(setting, "verify", "reply")
        stale = held.unified and self.world.emulator.quirks.unified_row == "stale"
        if stale and (self._option(setting, "skipUnchanged", False) or self.faults & {"lie", "other_mode", "denied"}):
            return True
        if held.unified and "hedge" in self._modes_were_changed(setting.symbol, setting.start, len(self.calls) > 1):
            return True  # between the read and the write; no reply of a unified account tells anything
        if self._unverified(setting) or (verify is False and self.faults & {"lie", "other_mode", "stale", "figures"}):
            return True
        lies = {"lie", "other_mode", "denied"} if held.unified else {"lie"}
        told = (setting.outcome["longLeverage"], setting.outcome["shortLeverage"])
        halves = self.world.emulator.quirks.unified_one_way == "per_side"  # whose row shows one figure of the two
        found_out = verify == "read" and None not in told and self._meant(setting) != BOTH and not halves
        return bool(self.faults & lies) and not found_out

    # -- what the object is entitled to remember ----------------------------------------------------------------------

    def _remember(self, done: Done) -> None:
        if done.method == "set_margin_mode":
            self._remember_mode(done)
        for setting in settings_of(done):
            if not isinstance(setting.outcome, BaseException):
                self._remember_leverage(setting)
            elif any(sent.method == "POST" and sent.symbol == setting.symbol for sent in self.requests):
                self._choose(setting.symbol, None, setting.end, {})
        for symbol in filter(self._switched, self.world.setup.symbols):
            self._choose(symbol, None, done.end, {})

    def _remember_mode(self, done: Done) -> None:
        symbol, wanted, alone = symbol_of(done.args[1]), MARGINS.get(str(done.args[0])), len(self.calls) == 1
        if not isinstance(done.outcome, BaseException):
            self.declared[symbol] = wanted if alone else None
            self._choose(symbol, wanted if alone else None, done.end, {})
        else:
            self._choose(symbol, self.chosen.get(symbol, (None, 0))[0] if alone else None, done.end, {})

    def _remember_leverage(self, setting: Setting) -> None:
        margin = MARGINS.get(setting.outcome["marginMode"])
        others = len([each for each in self.settings if each.symbol == setting.symbol]) > 1
        if margin is None or others or self._declaring(setting.symbol):
            self._choose(setting.symbol, None, setting.end, {})
            return
        allowed = self._allowed(setting, self.world.moments[setting.end].held[setting.symbol], margin)
        sure = len(allowed) == 1 and not self.foreign and not self._lied_to(setting)
        self._choose(setting.symbol, margin, setting.end, allowed[0] if sure else {})

    def _switched(self, symbol: str) -> bool:
        """Whether a contract has another name now, under which the object has never met it."""
        renamed = NAMES[True].get(symbol) not in (None, NAMES[False][symbol])
        return renamed and len({moment.held[symbol].unified for moment in self.world.moments[self.born :]}) > 1

    def _choose(self, symbol: str, margin: str | None, since: int, figures: dict[str, int]) -> None:
        self.chosen.pop(symbol, None)
        self.figures[symbol] = figures
        if margin is not None:
            self.chosen[symbol] = (margin, since)
