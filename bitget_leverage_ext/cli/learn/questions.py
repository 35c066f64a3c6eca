"""The table of questions: what is sent, and what each outcome is called.

To add a question, add a row. ``tries`` are sent one after the other until one rule is left; a rule names the outcome
of each try. A question of another shape has a function instead. Names and values are those of the emulator's `Quirks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import ccxt

from .account import (
    ACCEPTED,
    ALL,
    ALL_SHORT,
    ALONE,
    BOTH,
    NONE,
    PAIR,
    PAIR_ALIKE,
    REFUSED,
    SIDED,
    SIDED_SHORT,
    ApiReply,
    DemoAccount,
    OpenPosition,
    RequestForm,
    Trial,
    Undecided,
    row_leverages,
    row_sides,
)
from .fields import (
    CLASSIC,
    CROSSED,
    HEDGE,
    ISOLATED,
    LEVERAGE,
    LONG,
    MARGIN_MODE,
    ONE_WAY,
    REPLY_CROSS_LEVERAGE,
    SHORT,
    UNIFIED,
)

UNKNOWN = "unknown"
_EITHER = ("classic", "unified")
_MODES = {None: "any position mode", ONE_WAY: "one-way mode", HEDGE: "hedge mode"}
_SHOWN = {BOTH: "in force", LONG: "in force for long only", REFUSED: "refused", NONE: "without effect"}


@dataclass(frozen=True)
class Answer:
    """A value of `Quirks`, and how it was seen."""

    value: str
    seen: str


@dataclass(frozen=True)
class Question:
    """A question to an exchange.

    :ivar kinds: the account types that it is put to
    :ivar cells: margin mode and position mode in which the tries are made; they must agree
    :ivar rules: the outcomes of the first tries, and the answer
    :ivar ask: instead of tries: a function that returns the answer
    :ivar values: with *ask*: the answers and what each looks like
    :ivar posts: with *ask*: what it writes
    """

    name: str
    kinds: tuple[str, ...]
    text: str
    cells: tuple[tuple[str, str | None], ...] = ()
    tries: tuple[RequestForm, ...] = ()
    rules: dict[tuple[str, ...], str] = field(default_factory=dict)
    ask: Callable[[DemoAccount], Answer] | None = None
    values: dict[str, str] = field(default_factory=dict)
    posts: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether it changes the account, if only for a moment."""
        return bool(self.tries or self.posts)

    def answer(self, account: DemoAccount) -> Answer:
        """Put the question.

        :raises Undecided: it has no answer here
        """
        if self.ask:
            return self.ask(account)
        found, reason = {}, None
        for margin, position_mode in self.cells:
            try:
                account.use(margin, position_mode)
                found[margin] = self._decide(account, margin)
            except Undecided as error:
                reason = error
        if not found:
            raise reason or Undecided("no cell")
        seen = "; ".join(f"{margin}: {answer.seen}" for margin, answer in found.items())
        if len({answer.value for answer in found.values()}) > 1:
            raise Undecided(f"not the same everywhere: {seen}")
        return Answer(next(iter(found.values())).value, seen)

    def _decide(self, account: DemoAccount, margin: str) -> Answer:
        outcomes: list[str] = []
        seen = []
        for form in self.tries:
            trial = account.attempt(margin, form)
            outcomes.append(trial.outcome)
            seen.append(f"{form.words(account.api.side)}: {trial.reply.text or _SHOWN.get(trial.outcome, trial.outcome)}")
            left = {rule: value for rule, value in self.rules.items() if _fits(rule, outcomes)}
            if not left or all(len(rule) <= len(outcomes) for rule in left):
                break
        if len(set(left.values())) != 1:
            raise Undecided("; ".join(seen))
        return Answer(next(iter(left.values())), "; ".join(seen))

    def answers(self, side: str) -> dict[str, str]:
        """Return the values, and what each looks like; *side* is the field of a hold side."""
        looks = dict(self.values)
        for rule, value in self.rules.items():
            tried = zip(self.tries, rule)
            text = ", ".join(f"{form.words(side)} {_SHOWN.get(outcome, outcome)}" for form, outcome in tried)
            looks[value] = f"{looks[value]}; or {text}" if value in looks else text
        return looks

    def sends(self, side: str) -> list[str]:
        """Return what it sends besides reads, in words."""
        if self.ask:
            return list(self.posts)
        forms = "; ".join(form.words(side) for form in self.tries)
        return [f"POST set-leverage, {margin} margin, {_MODES[mode]}: {forms}" for margin, mode in self.cells]


def _fits(rule: Sequence[str], outcomes: Sequence[str]) -> bool:
    """Whether the outcomes so far can be those of a rule; what was accepted and not seen may be anything."""
    return all(had == named or (had == ACCEPTED and named != REFUSED) for had, named in zip(outcomes, rule))


# -- questions of another shape ---------------------------------------------------------------------------------------


def same_leverage(account: DemoAccount) -> Answer:
    """Set a leverage twice, then another one."""
    account.use(CROSSED)
    first = _in_force(account, CROSSED, ALONE)
    again = account.set_leverage(CROSSED, ALONE, first.long, first.short)
    if again.accepted:
        return Answer("success", f"{first.long} while it was in force: accepted")
    _in_force(account, CROSSED, ALONE)
    return Answer(REFUSED, f"{first.long} while it was in force: {again.text}; another leverage: accepted")


def _in_force(account: DemoAccount, margin: str, *forms: RequestForm) -> Trial:
    """Return the first trial that is in force on both sides, or that was accepted where positions cannot be had."""
    said = []
    for form in forms:
        trial = account.attempt(margin, form)
        if trial.outcome in (BOTH, ACCEPTED):
            return trial
        said.append(f"{form.words(account.api.side)}: {trial.reply.text or trial.outcome}")
    raise Undecided(f"no leverage could be set in {margin} margin: {'; '.join(said)}")


def same_margin_mode(account: DemoAccount) -> Answer:
    """Set the margin mode in force, then the other one."""
    margin = account.read().margin
    if margin is None:
        raise Undecided("the account does not show its margin mode")
    again = account.write(account.api.set_margin_mode, {**account.target, MARGIN_MODE: margin}, ["margin mode"])
    if again.accepted:
        return Answer("success", f"{margin} while it was in force: accepted")
    account.use(_other(margin))
    return Answer(REFUSED, f"{margin} while it was in force: {again.text}; the other one: accepted")


def _other(margin: str) -> str:
    return ISOLATED if margin == CROSSED else CROSSED


def cross_figure(account: DemoAccount) -> Answer:
    """Look at the reply of set-leverage, in both margin modes."""
    found = {}
    for margin, position_mode in ((CROSSED, None), (ISOLATED, ONE_WAY)):
        try:
            account.use(margin, position_mode)
            reply = account.attempt(margin, ALONE).reply
        except Undecided:
            continue
        if isinstance(reply.data, dict):
            value = reply.data.get(REPLY_CROSS_LEVERAGE, "absent")
            found[margin] = {"absent": "absent", "": "empty", None: "null"}.get(value, "figure")
    if len(set(found.values())) != 1:
        raise Undecided(f"not the same everywhere: {found}" if found else "no reply to look at")
    return Answer(next(iter(found.values())), str(found))


def s_products(account: DemoAccount) -> Answer:
    """Read the public lists: a demo key has no access to S-coins. ccxt sends these requests without the demo header.

    https://github.com/ccxt/ccxt/pull/25541
    """
    listed = {}
    for product in ("SUSDT-FUTURES", "SUSDC-FUTURES", "SCOIN-FUTURES"):
        try:
            reply = account.send("GET", "v2/mix/market/contracts", {"productType": product}, public=True)
        except ccxt.OperationFailed as error:
            raise Undecided(f"the list of {product} could not be read: {type(error).__name__}") from None
        listed[product] = len(reply.data or ())
    return Answer("served" if any(listed.values()) else "gone", f"contracts in the public lists: {listed}")


def unified_row(account: DemoAccount) -> Answer:
    """Compare the settings row with what positions showed, after a crossed and after an isolated write."""
    if account.orders_off:
        raise Undecided(f"needs an order: {account.orders_off}")
    account.use(CROSSED)
    crossed = _in_force(account, CROSSED, ALONE)
    first = _row_after(account, CROSSED, crossed)
    isolated = _isolated_trial(account)
    second = _row_after(account, ISOLATED, isolated)
    seen = f"crossed {crossed.long}: {first}; isolated {isolated.long} and {isolated.short}: {second}"
    if not first and not second:
        return Answer("missing", seen)
    if not (first and second and _follows(first, CROSSED, crossed) and _follows(second, ISOLATED, isolated)):
        return Answer("stale", seen)
    if row_sides(second):
        return Answer("sides", seen)
    value = second.get(LEVERAGE)
    if isinstance(value, list):
        return Answer("list", seen)
    return _whose(account, seen) if isinstance(value, str) else Answer("number", seen)


def _isolated_trial(account: DemoAccount) -> Trial:
    reasons = []
    for position_mode, forms in ((HEDGE, (PAIR, ALL)), (ONE_WAY, (ALONE, PAIR_ALIKE))):
        try:
            account.use(ISOLATED, position_mode)
            return _in_force(account, ISOLATED, *forms)
        except Undecided as error:
            reasons.append(str(error))
    raise Undecided("; ".join(reasons))


def _row_after(account: DemoAccount, margin: str, trial: Trial) -> dict[str, Any] | None:
    """Read the row; one that lags gets two seconds."""
    row = account.read().row
    for _ in range(4):
        if row and _follows(row, margin, trial):
            break
        account.pause(0.5)
        row = account.read().row
    return row


def _follows(row: dict[str, Any], margin: str, trial: Trial) -> bool:
    """Whether a row shows what positions showed. Keys of the sides are about isolated margin, whatever it names."""
    if margin == ISOLATED and (sides := row_sides(row)):
        return sides == [trial.long, trial.short]
    shown = row_leverages(row)
    return row.get(MARGIN_MODE) == margin and bool(shown) and set(shown) <= {trial.long, trial.short}


def _whose(account: DemoAccount, seen: str) -> Answer:
    """Set one side only, where positions show that this can be done: whose leverage does the row show?"""
    for position_mode in (HEDGE, ONE_WAY):
        for form in (SIDED_SHORT, ALL_SHORT):
            try:
                account.use(ISOLATED, position_mode)
                trial = account.attempt(ISOLATED, form)
            except Undecided:
                continue
            if trial.outcome != SHORT:
                continue
            shown = row_leverages(account.read().row)
            seen = f"{seen}; short {trial.short}, long stayed {account.known[ISOLATED, LONG]}: {shown}"
            if shown == [trial.short]:
                return Answer("last", seen)
            if shown == [account.known[ISOLATED, LONG]]:
                return Answer("long", seen)
    return Answer("string", f"{seen}; every accepted request sets both sides")


def order_mode(account: DemoAccount) -> Answer:
    """Place an isolated order while the contract is crossed."""
    account.use(CROSSED)
    reply, found = account.open(LONG, ISOLATED)
    account.close(found)
    if not reply.accepted and not found:
        account.in_force(CROSSED)
        return Answer(REFUSED, f"isolated order, crossed contract: {reply.text}; a crossed order: accepted")
    return Answer("accepted", f"isolated order, crossed contract: {_one(found)}")


def _one(found: list[OpenPosition], reply: ApiReply | None = None) -> OpenPosition:
    if len(found) != 1:
        raise Undecided(f"an order was {reply.text if reply and reply.text else 'accepted'}, then: {found}")
    return found[0]


def order_margin_mode(account: DemoAccount) -> Answer:
    """Place an isolated order after a crossed write: whose margin mode does the position have?"""
    account.use(CROSSED)
    _in_force(account, CROSSED, ALONE)
    position = _opened(account, ISOLATED)
    return Answer("order" if position.margin == ISOLATED else "account", f"isolated order, crossed account: {position}")


def order_without_margin_mode(account: DemoAccount) -> Answer:
    """Place an order without a margin mode after an isolated write."""
    account.use(ISOLATED)
    account.in_force(ISOLATED)
    if account.unified:
        _isolated_trial(account)
    reply, found = account.open(LONG, None)
    account.close(found)
    if not reply.accepted and not found:
        return Answer(REFUSED, reply.text)
    position = _one(found, reply)
    value = {CROSSED: CROSSED, ISOLATED: "account"}.get(position.margin, UNKNOWN)
    return Answer(value, f"order without a margin mode, isolated account: {position}")


def _opened(account: DemoAccount, margin: str) -> OpenPosition:
    """Open a position, and close it again."""
    reply, found = account.open(LONG, margin)
    account.close(found)
    return _one(found, reply)


def close_mode(account: DemoAccount) -> Answer:
    """Reduce an isolated position by a crossed order, which is reduce-only and so may open nothing."""
    return _exit(account, CROSSED, "accepted")


def exit_without_margin_mode(account: DemoAccount) -> Answer:
    """Reduce an isolated position by an order without a margin mode."""
    return _exit(account, None, "closed")


def _exit(account: DemoAccount, margin: str | None, closed: str) -> Answer:
    before = _isolated_position(account, ONE_WAY)
    reply = account.send("POST", account.api.place, account.order(before.side, margin, closes=before.size))
    after = account.wait_for(lambda rows: not rows) if reply.accepted else account.positions()
    account.close(after)
    seen = f"{margin or 'no'} margin mode in an exit of an isolated position: {reply.text or 'accepted'}, then {after}"
    if not after:
        return Answer(closed, seen)
    if reply.accepted or after != [before]:
        raise Undecided(seen)
    return Answer(REFUSED, seen)


def _isolated_position(account: DemoAccount, position_mode: str) -> OpenPosition:
    account.use(ISOLATED, position_mode)
    reply, found = account.open(LONG, ISOLATED)
    if _one(found, reply).margin != ISOLATED:
        raise Undecided(f"an isolated order opened {found}")
    return found[0]


def strategy_mode(account: DemoAccount) -> Answer:
    """Place stops of an isolated position, without a margin mode, and with each."""
    position = _isolated_position(account, HEDGE)
    replies = {margin: account.stop(position, margin) for margin in (None, CROSSED, ISOLATED)}
    account.close_everything()
    seen = "; ".join(f"{margin or 'no margin mode'}: {reply.text or 'accepted'}" for margin, reply in replies.items())
    value = {(False, False, True): "read", (True, True, True): "ignored"}
    accepted = tuple(reply.accepted for reply in replies.values())
    if accepted not in value:
        raise Undecided(f"stops of an isolated position: {seen}")
    return Answer(value[accepted], f"stops of an isolated position: {seen}")


def unified_trigger(account: DemoAccount) -> Answer:
    """Place an order whose trigger price is far away."""
    price = _opened(account, CROSSED).price
    reply, found = account.open(LONG, CROSSED, triggerPrice=account.price(price * 2))
    account.close_everything()
    if not reply.accepted:
        raise Undecided(f"an order with triggerPrice: {reply.text}")
    return Answer("market" if found else "waits", f"trigger at twice the price {price}: {found or 'no position'}")


def unified_v2(account: DemoAccount) -> Answer:
    """Read the classic API with the key of a unified account."""
    reply = account.send("GET", CLASSIC.all_positions, {CLASSIC.product: account.target[UNIFIED.product]})
    for code in ("40085", "40014"):
        if code in reply.text:
            return Answer(code, reply.text)
    raise Undecided(reply.text or "accepted")


def over_maximum(account: DemoAccount) -> Answer:
    """Set a leverage above the maximum, and place an order if it is accepted."""
    account.use(CROSSED)
    above = account.highest + 1
    reply = account.set_leverage(CROSSED, ALONE, above, above)
    if reply.repeated:
        raise Undecided("a try may have arrived")
    if not reply.accepted:
        return Answer("set_leverage", f"{above}: {reply.text}")
    refused, found = account.open(LONG, CROSSED)
    account.close(found)
    if found or refused.accepted:
        raise Undecided(f"{above}: accepted, and an order opened {found}")
    return Answer("order", f"{above}: accepted; an order: {refused.text}")


# -- the table --------------------------------------------------------------------------------------------------------

_CROSSED = ((CROSSED, None),)
_ONE_WAY, _HEDGE = ((ISOLATED, ONE_WAY),), ((ISOLATED, HEDGE),)
_ORDER = "POST place-order"
_SET = "POST set-leverage"

QUESTIONS = [
    Question(
        "dialect", ("classic",), "Does set-leverage know a leverage for each side?", _HEDGE, (PAIR, SIDED),
        {(BOTH,): "2026", (REFUSED, LONG): "2025-03", (NONE, LONG): "2025-03"},
    ),
    Question(
        "unneeded_hold_side", ("classic",), "Is a side an error where none is needed, in crossed or one-way mode?",
        _CROSSED + _ONE_WAY, (SIDED,), {(BOTH,): "ignored", (REFUSED,): REFUSED},
    ),
    Question(
        "unneeded_hold_side", ("unified",), "Is a side an error where none is needed, in crossed margin?",
        _CROSSED, (SIDED,), {(BOTH,): "ignored", (REFUSED,): REFUSED},
    ),
    Question(
        "leverage_alone_in_hedge", _EITHER, "What does leverage without a side mean in isolated hedge mode?",
        _HEDGE, (ALONE,), {(BOTH,): "both", (REFUSED,): REFUSED},
    ),
    Question(
        "same_leverage", _EITHER, "Is setting the leverage in force an error?", ask=same_leverage,
        values={"success": "the second is no error", REFUSED: "only the second is an error"},
        posts=("POST set-leverage, crossed margin: a leverage, the same again, another",),
    ),
    Question(
        "same_margin_mode", ("classic",), "Is setting the margin mode in force an error?", ask=same_margin_mode,
        values={"success": "the first is no error", REFUSED: "only the first is an error"},
        posts=("POST set-margin-mode: the mode in force, then the other",),
    ),
    Question(
        "cross_figure", ("classic",), "What is crossMarginLeverage in the reply of set-leverage?", ask=cross_figure,
        values={"figure": "a number", "null": "null", "empty": "an empty text", "absent": "it is not there"},
        posts=("POST set-leverage, crossed margin, and isolated margin in one-way mode: leverage",),
    ),
    Question(
        "capitals", ("classic",), "Must marginCoin and productType be in capitals?", _CROSSED,
        tuple(RequestForm(("leverage",), lower=name) for name in ("marginCoin", "productType")),
        {(BOTH, BOTH): "any", (REFUSED,): "required", (BOTH, REFUSED): "required"},
    ),
    Question(
        "capitals", ("unified",), "Must category be in capitals?", _CROSSED,
        (RequestForm(("leverage",), lower="category"),), {(BOTH,): "any", (REFUSED,): "required"},
    ),
    Question(
        "margin_coin_capitals", ("classic",), "Must marginCoin be in capitals?", _CROSSED,
        (RequestForm(("leverage",), lower="marginCoin"),), {(BOTH,): "any", (REFUSED,): "required"},
    ),
    Question(
        "unified_hedge", ("unified",), "What does isolated hedge mode want?", _HEDGE, (SIDED, PAIR, ALL),
        {(LONG,): "documentation", (REFUSED, BOTH): "figures", (REFUSED, REFUSED, BOTH): "all",
         (REFUSED, REFUSED, LONG): "all_one_side"},
    ),
    Question(
        "unified_one_way", ("unified",), "What does isolated one-way mode want?", _ONE_WAY, (ALONE, SIDED, PAIR_ALIKE),
        {(BOTH, BOTH): "plain", (BOTH, REFUSED): "refuses_side", (REFUSED, BOTH, BOTH): "wants_side",
         (REFUSED, LONG, BOTH): "wants_side", (REFUSED, LONG, REFUSED): "per_side"},
    ),
    Question(
        "one_way_leverage_alone", _EITHER, "Does leverage alone set both sides in isolated one-way mode?", _ONE_WAY,
        (ALONE,), {(BOTH,): BOTH, (LONG,): LONG, (SHORT,): SHORT, (REFUSED,): REFUSED},
    ),
    Question(
        "unified_row", ("unified",), "What does the row of a contract in the settings show?", ask=unified_row,
        values={
            "missing": "there is no row", "stale": "not what positions show", "list": "a list",
            "number": "a JSON number", "sides": "a key for each side",
            "last": "a text: the leverage of the side that was set last", "long": "a text: that of the long side",
            "string": "a text; whose it is cannot be told, because every accepted request sets both sides",
        },
        posts=(_SET + ", crossed margin, and isolated margin in both position modes: every form", _ORDER),
    ),
    Question(
        "order_mode", ("classic",), "May an order name another margin mode than the contract's?", ask=order_mode,
        values={"accepted": "the order opens a position", REFUSED: "only an order in the contract's mode does"},
        posts=(_ORDER + ": isolated, while the contract is crossed",),
    ),
    Question(
        "order_margin_mode", _EITHER, "Whose margin mode does a position have?", ask=order_margin_mode,
        values={"order": "the order's", "account": "that of the contract or of its settings row"},
        posts=(_ORDER + ": isolated, after a crossed set-leverage",),
    ),
    Question(
        "order_without_margin_mode", _EITHER, "What does an order without a margin mode open?",
        ask=order_without_margin_mode,
        values={CROSSED: "a crossed position", "account": "one in the account's margin mode", REFUSED: "it is an error"},
        posts=(_ORDER + ": without marginMode, after an isolated set-leverage",),
    ),
    Question(
        "close_mode", _EITHER, "May an exit name another margin mode than the position's?", ask=close_mode,
        values={"accepted": "it closes the position", REFUSED: "it is an error, and the position stays"},
        posts=(_ORDER + ": reduce-only and crossed, for an isolated position in one-way mode",),
    ),
    Question(
        "exit_without_margin_mode", ("unified",), "What does an exit without a margin mode do to an isolated position?",
        ask=exit_without_margin_mode,
        values={"closed": "it closes the position", REFUSED: "it is an error, and the position stays"},
        posts=(_ORDER + ": reduce-only and without marginMode, for an isolated position in one-way mode",),
    ),
    Question(
        "strategy_mode", ("unified",), "Does a strategy order read the margin mode?", ask=strategy_mode,
        values={"read": "only a stop that names isolated is accepted", "ignored": "every stop is accepted"},
        posts=("POST place-strategy-order: stops of an isolated position; cancel-strategy-order", _ORDER),
    ),
    Question(
        "unified_trigger", ("unified",), "What does triggerPrice do to an order?", ask=unified_trigger,
        values={"market": "the order opens a position at once", "waits": "it does not"},
        posts=(_ORDER + ": with a trigger price that is far away; cancel-strategy-order",),
    ),
    Question(
        "over_maximum", _EITHER, "Who refuses a leverage above the maximum?", ask=over_maximum,
        values={"set_leverage": "set-leverage", "order": "the order that follows"},
        posts=(_SET + ", crossed margin: one more than the contract allows", _ORDER),
    ),
    Question(
        "unified_v2", ("unified",), "What does the classic API answer to a unified account?", ask=unified_v2,
        values={"40085": "this code", "40014": "this code"},
    ),
    Question(
        "s_products", _EITHER, "Are the product types of S-coins still there?", ask=s_products,
        values={"served": "the public lists have contracts", "gone": "they have none"},
    ),
]  # fmt: skip


def questions_for(kind: str) -> list[Question]:
    """Return the questions to an account type, in the order in which they are put."""
    return [each for each in QUESTIONS if kind in each.kinds]
