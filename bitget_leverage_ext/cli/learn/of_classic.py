"""What a classic account is asked."""

from __future__ import annotations

from typing import Any

import ccxt

from bitget_leverage_ext.drive import Flow

from .accounts import CROSSED, HEDGE, ISOLATED, ONE_WAY, Held, Tried
from .asking import Reply, Untold, ask
from .classic import Classic
from .questions import Answer, experiment

_MODES = "POST set-position-mode, set-margin-mode: to be in the modes that the question is about"


def _cross(held: Held, asked: int) -> bool:
    return held.margin == CROSSED and held.cross == asked


def _long(held: Held, asked: int) -> bool:
    return held.margin == ISOLATED and held.long == asked


# Where a contract has one figure: its name, the modes, and what shows the figure.
_ONE_FIGURE = (("crossed", CROSSED, None, _cross), ("isolated one-way", ISOLATED, ONE_WAY, _long))


def _both(held: Held, long: int, short: int) -> bool:
    return (held.margin, held.long, held.short) == (ISOLATED, long, short)


@experiment(
    "classic",
    "Does set-leverage know a figure for each side?",
    (_MODES, "POST set-leverage in isolated hedge mode: longLeverage + shortLeverage; else leverage + holdSide"),
    {"2026": "both figures are then held", "2025-03": "they are not, but leverage + holdSide is"},
)
def dialect(on: Classic) -> Flow[Answer]:
    yield from on.arrange(ISOLATED, HEDGE)
    pair: Tried = yield from on.tried(2, lambda a, b: {"longLeverage": str(a), "shortLeverage": str(b)}, _both)
    if pair.took:
        return Answer("2026", f"{pair.figures} without leverage: both held")
    side: Tried = yield from on.tried(1, lambda a: {"leverage": str(a), "holdSide": "long"}, _long)
    if side.took:
        said = pair.reply.said or "accepted without effect"
        return Answer("2025-03", f"a figure for each side: {said}; leverage with holdSide: held")
    raise Untold(f"neither form was held: {pair.reply.said}; {side.reply.said}")


@experiment(
    "classic",
    "Is a side an error where none is needed, in crossed or one-way mode?",
    (_MODES, "POST set-leverage crossed, and isolated one-way: leverage + holdSide"),
    {"ignored": "the figure is then held", "refused": "it is not, and the request was an error"},
)
def unneeded_hold_side(on: Classic) -> Flow[Answer]:
    found: dict[str, Tried] = {}
    for name, margin, position, shows in _ONE_FIGURE:
        try:
            yield from on.arrange(margin, position)
        except Untold as no:
            reason = no
            continue
        found[name] = yield from on.tried(1, lambda a: {"leverage": str(a), "holdSide": "long"}, shows)
    if not found:
        raise reason
    return _agreed({name: _verdict(done, "ignored", "refused", name) for name, done in found.items()})


@experiment(
    "classic",
    "What does leverage without a side mean in isolated hedge mode?",
    (_MODES, "POST set-leverage in isolated hedge mode: leverage"),
    {"refused": "an error, and neither side has the figure", "both": "both sides then have it"},
)
def leverage_alone_in_hedge(on: Classic) -> Flow[Answer]:
    yield from on.arrange(ISOLATED, HEDGE)
    done: Tried = yield from on.tried(1, lambda a: {"leverage": str(a)}, lambda held, a: _both(held, a, a))
    value = _verdict(done, "both", "refused", "leverage alone")
    return Answer(value, done.reply.said or f"{done.figures[0]}: held by both sides")


@experiment(
    "classic",
    "Is setting the leverage in force an error?",
    (_MODES, "POST set-leverage crossed: a figure, the same again, another"),
    {"success": "the second is no error", "refused": "only the second is an error"},
)
def same_leverage(on: Classic) -> Flow[Answer]:
    yield from on.arrange(CROSSED)
    return (yield from repeated(on, lambda a: {"leverage": str(a)}, _cross))


def repeated(on: Any, form: Any, shows: Any) -> Flow[Answer]:
    """The experiment on the same leverage, which both kinds of account have."""
    first: Tried = yield from on.tried(1, form, shows)
    if not first.took:
        raise Untold(f"the first figure was not held: {first.reply.said}")
    again: Reply = yield from on.set_leverage(form(*first.figures))
    other: Tried = yield from on.tried(1, form, shows)
    if again.accepted:
        return Answer("success", f"{first.figures[0]} while it was in force: accepted")
    if other.took:
        return Answer("refused", f"{first.figures[0]} while it was in force: {again.said}; another figure: held")
    raise Untold(f"the same figure was refused, but so was another: {again.said}")


@experiment(
    "classic",
    "Is setting the margin mode in force an error?",
    ("POST set-margin-mode: the mode in force, the other",),
    {"success": "the first is no error", "refused": "only the first is an error"},
)
def same_margin_mode(on: Classic) -> Flow[Answer]:
    held: Held = yield from on.read()
    if held.margin is None:
        raise Untold("the account does not tell its margin mode")
    again = yield from on.set_margin(held.margin)
    if again.accepted:
        return Answer("success", f"{held.margin} while it was in force: accepted")
    other = ISOLATED if held.margin == CROSSED else CROSSED
    yield from on.arrange(other)
    return Answer("refused", f"{held.margin} while it was in force: {again.said}; {other}: held")


@experiment(
    "classic",
    "What is crossMarginLeverage in the reply of set-leverage?",
    (_MODES, "POST set-leverage crossed, and isolated one-way: leverage"),
    {"figure": "a figure", "null": "null", "empty": "an empty text", "absent": "it is not there"},
)
def cross_figure(on: Classic) -> Flow[Answer]:
    found: dict[str, str] = {}
    for name, margin, position, shows in _ONE_FIGURE:
        try:
            yield from on.arrange(margin, position)
        except Untold as no:
            reason = no
            continue
        done: Tried = yield from on.tried(1, lambda a: {"leverage": str(a)}, shows)
        if isinstance(done.reply.data, dict):
            found[name] = _shape(done.reply.data)
        else:
            reason = Untold(f"no reply to look at: {done.reply.said or done.reply.data}")
    if not found:
        raise reason
    return _agreed(found)


def _shape(reply: dict[str, Any]) -> str:
    if "crossMarginLeverage" not in reply:
        return "absent"
    value = reply["crossMarginLeverage"]
    return "null" if value is None else "empty" if value == "" else "figure"


@experiment(
    "classic",
    "Must marginCoin and productType be in capitals?",
    (_MODES, "POST set-leverage crossed: marginCoin in lower case; productType in lower case"),
    {"any": "both figures are held", "required": "one of them is not, and was an error"},
)
def capitals(on: Classic) -> Flow[Answer]:
    yield from on.arrange(CROSSED)
    return (yield from lowered(on, ("productType", "marginCoin"), {}, _cross))


def lowered(on: Any, names: tuple[str, ...], more: dict[str, str], shows: Any) -> Flow[Answer]:
    """The experiment on lower case, which both kinds of account have."""
    refused = {}
    for name in names:
        small = {name: on.target()[name].lower(), **more}
        done: Tried = yield from on.tried(1, lambda a, small=small: {"leverage": str(a), **small}, shows)
        if _verdict(done, "any", "required", f"{name} in lower case") == "required":
            refused[name] = done.reply.said
    if refused:
        return Answer("required", "; ".join(f"{name} in lower case: {said}" for name, said in refused.items()))
    return Answer("any", f"{' and '.join(names)} in lower case: held")


def s_products(on: Any) -> Flow[Answer]:
    """Are the demo product types still there? Asked of the public lists: a demo key has no access to them."""
    listed = {}
    for product_type in ("SUSDT-FUTURES", "SUSDC-FUTURES", "SCOIN-FUTURES"):
        try:
            # ccxt sends these without the demo header. https://github.com/ccxt/ccxt/pull/25541
            fields = {"productType": product_type}
            reply: Reply = yield from ask("GET", "v2/mix/market/contracts", fields, on.patience, public=True)
        except ccxt.OperationFailed as error:
            raise Untold(f"the list of {product_type} could not be read: {type(error).__name__}") from None
        listed[product_type] = len(reply.data or ())
    seen = ", ".join(f"{name} {count}" for name, count in listed.items())
    return Answer("served" if any(listed.values()) else "gone", f"contracts in the public lists: {seen}")


for _kind in ("classic", "unified"):
    experiment(
        _kind,
        "Are the product types of S-coins still there?",
        ("GET market/contracts of the three, without the demo header",),
        {"served": "a contract is listed", "gone": "none is"},
        writes=False,
    )(s_products)


def _verdict(done: Tried, held: str, refused: str, what: str) -> str:
    if done.took:
        return held
    if done.refused:
        return refused
    raise done.nothing(what)


def _agreed(found: dict[str, str]) -> Answer:
    seen = "; ".join(f"{name}: {value}" for name, value in found.items())
    if len(set(found.values())) > 1:
        raise Untold(f"not alike everywhere: {seen}")
    return Answer(next(iter(found.values())), seen)
