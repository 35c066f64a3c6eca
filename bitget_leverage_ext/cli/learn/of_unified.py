"""What a unified account is asked.

It tells one figure a contract, in a row whose meaning is itself a question. What the forms do is told by which of two
different figures shows; where two exchanges would show the same, the answer is that it cannot be told.
"""

from __future__ import annotations

from typing import Any

from bitget_leverage_ext.drive import Flow

from .accounts import CROSSED, HEDGE, ONE_WAY, Held, Tried
from .asking import Untold, pause
from .of_classic import lowered, repeated
from .questions import Answer, experiment
from .unified import Unified, both, crosses, every, sided

_HOLD = "POST set-hold-mode: to be in the mode that the question is about"
_CROSSED = "POST set-leverage crossed: a figure, to see whether the settings follow"


def _alone(leverage: int) -> dict[str, Any]:
    return {"leverage": str(leverage)}


def _crossed(leverage: int) -> dict[str, Any]:
    return {"marginMode": CROSSED, "leverage": str(leverage)}


@experiment(
    "unified",
    "Is a side an error where none is needed, in crossed margin?",
    (_CROSSED, "POST set-leverage crossed: leverage + posSide"),
    {"ignored": "accepted, and the figure shows", "refused": "an error"},
)
def unneeded_hold_side(on: Unified) -> Flow[Answer]:
    follows = yield from on.row_follows()
    form = lambda a: {**_crossed(a), "posSide": "long"}  # noqa: E731
    done: Tried = yield from on.tried(1, form, crosses if follows else None)
    return _either(done, "ignored", "refused", "posSide in crossed margin")


@experiment(
    "unified",
    "What does leverage without a side mean in isolated hedge mode?",
    (_HOLD, _CROSSED, "POST set-leverage in isolated hedge mode: leverage"),
    {"refused": "an error", "both": "accepted, and the figure shows, on both sides where two are told"},
)
def leverage_alone_in_hedge(on: Unified) -> Flow[Answer]:
    yield from on.hold_position(HEDGE)
    yield from on.row_follows()
    done: Tried = yield from on.attempted(1, _alone)
    if done.took and on.follows and len(set(done.held.shown)) > 1:
        raise Untold(f"accepted, yet the sides differ: {done.held.row}")
    return _either(done, "both", "refused", "leverage alone")


@experiment(
    "unified",
    "Is setting the leverage in force an error?",
    (_CROSSED, "POST set-leverage crossed: a figure, the same again, another"),
    {"success": "the second is no error", "refused": "only the second is an error"},
)
def same_leverage(on: Unified) -> Flow[Answer]:
    follows = yield from on.row_follows()
    return (yield from repeated(on, _crossed, crosses if follows else None))


@experiment(
    "unified",
    "Must category be in capitals?",
    (_CROSSED, "POST set-leverage crossed: category in lower case"),
    {"any": "accepted, and the figure shows", "required": "an error"},
)
def capitals(on: Unified) -> Flow[Answer]:
    follows = yield from on.row_follows()
    return (yield from lowered(on, ("category",), {"marginMode": CROSSED}, crosses if follows else None))


@experiment(
    "unified",
    "What does isolated hedge mode want?",
    (
        _HOLD,
        _CROSSED,
        "POST set-leverage in isolated hedge mode: leverage + posSide; else longLeverage + shortLeverage; else all "
        "four, once for each side, with different figures",
    ),
    {
        "documentation": "leverage + posSide is accepted",
        "figures": "it is refused, both figures alone are accepted",
        "all": "only all four are accepted, and the figure of the side that posSide does not name is set too",
        "all_one_side": "only all four are accepted, and that figure is not set",
    },
)
def unified_hedge(on: Unified) -> Flow[Answer]:
    yield from on.hold_position(HEDGE)
    yield from on.row_follows()
    one: Tried = yield from on.attempted(1, lambda a: sided("long", a))
    if not one.refused:
        return _either(one, "documentation", "", "leverage + posSide")
    pair: Tried = yield from on.attempted(2, both)
    if not pair.refused:
        answer = _either(pair, "figures", "", "longLeverage + shortLeverage")
        return Answer(answer.value, f"{answer.seen}; leverage + posSide: {one.reply.said}")
    first, second = yield from _all_four(on)
    if not (first.accepted and second.accepted):
        raise Untold(f"no form was accepted: {one.reply.said}; {pair.reply.said}; {second.reply.said}")
    shown = (
        f"the row showed {first.held.row} after long {first.figures}, {second.held.row} after short {second.figures}"
    )
    verdict = _sides_set(first, second) if on.follows else None
    if verdict is None:
        raise Untold(f"all four are needed, but whether that sets both sides is not told: {shown}")
    return Answer(verdict, f"only leverage, posSide and both figures are accepted; {shown}")


def _all_four(on: Unified) -> Flow[tuple[Tried, Tried]]:
    """All four fields with posSide long, then, with other figures, short."""
    first: Tried = yield from on.tried(2, lambda a, b: every("long", a, b), None)
    second: Tried = yield from on.tried(2, lambda a, b: every("short", a, b), None)
    return first, second


def _sides_set(first: Tried, second: Tried) -> str | None:
    """`all` or `all_one_side`, where the rows after `_all_four` tell."""
    (long, _), (other, short) = first.figures, second.figures
    shown = second.held.shown
    if shown[:1] == [other]:
        return "all"  # a figure for long came into force although posSide was short
    if len(shown) > 1:
        return "all_one_side" if shown[-1] == short else None
    # One figure: short's alone, or still that of long, which had shown.
    return "all_one_side" if first.held.shown == [long] and shown in ([short], [long]) else None


@experiment(
    "unified",
    "What does isolated one-way mode want?",
    (
        _HOLD,
        _CROSSED,
        "POST set-leverage in isolated one-way mode: leverage; leverage + posSide; longLeverage + shortLeverage",
    ),
    {
        "plain": "leverage alone is accepted, and with posSide too",
        "refuses_side": "leverage alone is accepted, with posSide it is refused",
        "wants_side": "leverage alone is refused, both figures are accepted",
        "per_side": "only leverage + posSide is accepted",
    },
)
def unified_one_way(on: Unified) -> Flow[Answer]:
    yield from on.hold_position(ONE_WAY)
    yield from on.row_follows()
    alone: Tried = yield from on.attempted(1, _alone)
    side: Tried = yield from on.attempted(1, lambda a: sided("long", a))
    pair: Tried = yield from on.attempted(1, lambda a: both(a, a))
    for what, done in (("leverage", alone), ("leverage + posSide", side), ("both figures", pair)):
        if not done.took and not done.refused:
            raise done.nothing(what)
    if alone.took:
        value = "plain" if side.took else "refuses_side"
    elif side.took or pair.took:
        value = "wants_side" if pair.took else "per_side"
    else:
        raise Untold(f"no form was accepted: {alone.reply.said}; {side.reply.said}; {pair.reply.said}")
    forms = {"leverage": alone, "leverage + posSide": side, "both figures": pair}
    return Answer(value, "; ".join(f"{name}: {done.reply.said or 'accepted'}" for name, done in forms.items()))


@experiment(
    "unified",
    "What does the row of a contract in the settings show?",
    (
        "POST set-leverage crossed: a figure, another",
        _HOLD,
        "POST set-leverage in isolated hedge mode, if the row has one figure: one side, then the other, by leverage + "
        "posSide, else by all four, else both figures; in one-way mode by leverage + posSide where nothing else goes",
    ),
    {
        "missing": "there is no row",
        "stale": "it does not change",
        "list": "a list",
        "number": "a JSON number",
        "last": "a text: the figure of the side that was set last",
        "long": "a text: still that of the long side after the short side was set",
        "string": "a text; whose figure it is cannot be told, because every accepted request sets both sides",
    },
)
def unified_row(on: Unified) -> Flow[Answer]:
    yield from on.read()
    first: Tried = yield from on.crossed()
    second: Tried = yield from on.crossed()
    if not (first.accepted and second.accepted):
        raise Untold(f"crossed margin was not accepted: {first.reply.said or second.reply.said}")
    held = second.held
    if not second.took:
        yield pause(2)
        held = yield from on.read()
    if held.row is None and held.margin is None:
        return Answer("missing", "no row after two accepted requests")
    if not crosses(held, *second.figures):
        return Answer("stale", f"{held.margin} {held.row} after {first.figures} and {second.figures} were accepted")
    on.follows = True
    if isinstance(held.row, list):
        return Answer("list", f"{held.row} after {second.figures}")
    if not isinstance(held.row, str):
        return Answer("number", f"{held.row!r} after {second.figures}")
    return (yield from _whose(on))


def _whose(on: Unified) -> Flow[Answer]:
    """Whose figure the one in the row is: ask what sets one side only."""
    try:
        yield from on.hold_position(HEDGE)
        long: Tried = yield from on.tried(1, lambda a: sided("long", a), None)
        short: Tried = yield from on.tried(1, lambda a: sided("short", a), None)
        if not (long.accepted and short.accepted):
            long, short = yield from _all_four(on)
        if not (long.accepted and short.accepted):
            long = short = yield from on.tried(2, both, None)
        found = _shown(long, short)
        if found is None:
            found = yield from _whose_in_one_way(on)
    except Untold as no:
        return Answer("string", f"a text; {no}")
    rows = f"{long.held.row}, then {short.held.row}"
    return found or Answer("string", f"a text; every accepted request sets both sides: {rows}")


def _whose_in_one_way(on: Unified) -> Flow[Answer | None]:
    """The same in one-way mode, where a request with posSide may be the only one, and then is about its side."""
    yield from on.hold_position(ONE_WAY)
    for form in (_alone, lambda a: both(a, a)):
        if (yield from on.tried(1, form, None)).accepted:
            return None
    long: Tried = yield from on.tried(1, lambda a: sided("long", a), None)
    short: Tried = yield from on.tried(1, lambda a: sided("short", a), None)
    return _shown(long, short)


def _shown(long: Tried, short: Tried) -> Answer | None:
    """`last` or `long`, where the rows after a request for long and one for short tell."""
    if not (long.accepted and short.accepted):
        return None
    rows = f"{long.held.row} after long {long.figures}, {short.held.row} after short {short.figures}"
    shown: Held = short.held
    if shown.shown == [short.figures[-1]]:
        return Answer("last", rows)
    if long is not short and shown.shown == [long.figures[0]] == long.held.shown:
        return Answer("long", rows)
    return None


def _either(done: Tried, took: str, refused: str, what: str) -> Answer:
    if done.took:
        return Answer(took, f"{what} {done.figures}: accepted; the row: {done.held.row}")
    if done.refused:
        return Answer(refused, f"{what}: {done.reply.said}")
    raise done.nothing(what)
