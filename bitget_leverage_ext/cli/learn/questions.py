"""The table of questions: what is tried, and which outcomes are which answer. To add a question, add a row.

Names and values are those of the emulator's `Quirks`; what it has no quirk for stands beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ccxt

from .account import (
    ACCEPTED, ALL, ALL_SHORT, ALONE, BOTH, CONTRACT_MARGIN_MODE, NONE, PAIR, PAIR_ALIKE, POSITION, REFUSED, SIDED,
    SIDED_SHORT, DemoAccount, LearnReply, OpenPosition, RequestForm, Trial, Undecided, row_leverages, row_sides,
)  # fmt: skip
from .fields import (
    CLASSIC, CROSSED, HEDGE, ISOLATED, LEVERAGE, LONG, MARGIN_MODE, ONE_WAY, PRODUCTS, REPLY_CROSS_LEVERAGE, SHORT,
)  # fmt: skip

UNKNOWN, SUCCESS, CLOSED, UNCLEAR = "unknown", "success", "closed", "unclear"


@dataclass(frozen=True)
class Step:
    """Something to try, other than a form of set-leverage: what it sends, and a function of account and margin mode."""

    sends: str
    make: Callable[[DemoAccount, str], Trial]


@dataclass(frozen=True)
class Question:
    """A question to the account types *kinds*: *tries* are made in each of *cells* until only one of *rules* is left.

    A rule is the outcomes of the first tries, and the answer. A cell is a margin mode and a position mode.
    """

    name: str
    kinds: tuple[str, ...]
    text: str
    tries: tuple[RequestForm | Step, ...]
    rules: dict[tuple[str, ...], str]
    cells: tuple[tuple[str, str | None], ...] = ((CROSSED, None),)
    writes: bool = True

    def answer(self, account: DemoAccount) -> Trial:
        """Put the question; raise Undecided where the rules, or the cells, do not agree on one answer."""
        trials: list[Trial] = []
        values: set[str] = set()
        for margin, position_mode in self.cells:
            if self.writes:
                account.use(margin, position_mode)
            left, before = self.rules, len(trials)
            for each in self.tries:
                form = isinstance(each, RequestForm)
                trials.append(account.attempt(margin, each) if form else each.make(account, margin))
                outcomes = [trial.outcome for trial in trials[before:]]
                left = {rule: value for rule, value in left.items() if _fits(rule, outcomes)}
                if all(len(rule) <= len(outcomes) for rule in left):
                    break
            values |= set(left.values()) or {UNKNOWN}
        seen = "; ".join(trial.seen for trial in trials)
        if len(values) != 1 or UNKNOWN in values:
            raise Undecided(seen)
        return Trial(values.pop(), seen)

    def plan(self, api: Mapping[str, str]) -> dict[str, Any]:
        """Return the question, what it sends besides reads, and the outcomes that lead to each answer."""
        sends = [each.words(api) if isinstance(each, RequestForm) else each.sends for each in self.tries]
        if self.writes:
            cells = " and ".join(" ".join(filter(None, cell)) for cell in self.cells)
            modes = [api[path].rsplit("/", 1)[1] for path in ("set position mode", "set margin mode") if path in api]
            sends = [f"{', '.join(modes)}: {cells}", *sends, "place-order: the smallest position, closed again"]
        answers: dict[str, str] = {}
        for rule, value in self.rules.items():
            answers[value] = "; or ".join(filter(None, (answers.get(value), ", then ".join(rule))))
        return {"name": self.name, "question": self.text, "sends": sends, "answers": answers}


def _fits(rule: Sequence[str], outcomes: Sequence[str]) -> bool:
    """Whether outcomes so far can be those of a rule; what was accepted and not seen may be anything."""
    return all(had == named or (had == ACCEPTED and named != REFUSED) for had, named in zip(outcomes, rule))


def _of_reply(reply: LearnReply, what: object) -> Trial:
    return Trial(SUCCESS if reply.accepted else REFUSED, f"{what}: {reply.text or 'accepted'}")


# -- what steps do ----------------------------------------------------------------------------------------------------


def _same_margin_mode(account: DemoAccount, margin: str) -> Trial:
    body = {**account.target, MARGIN_MODE: margin}
    trial = _of_reply(account.write("set margin mode", body, [CONTRACT_MARGIN_MODE]), f"{margin} while in force")
    account.use(ISOLATED)
    return trial


def _reply_shape(account: DemoAccount, margin: str) -> Trial:
    data = account.attempt(margin, ALONE).data
    if not isinstance(data, dict):
        raise Undecided(f"no reply to look at: {data}")
    shape = {"absent": "absent", "": "empty", None: "null"}.get(data.get(REPLY_CROSS_LEVERAGE, "absent"), "figure")
    return Trial(shape, f"{data}")


def _public_lists(account: DemoAccount, margin: str) -> Trial:
    listed = {}
    for product in ("SUSDT-FUTURES", "SUSDC-FUTURES", "SCOIN-FUTURES"):
        try:
            # A demo key has no access to S-coins; ccxt sends this without the demo header.
            # https://github.com/ccxt/ccxt/pull/25541
            reply = account.send("GET", "v2/mix/market/contracts", {CLASSIC["product"]: product}, public=True)
        except ccxt.OperationFailed as error:
            raise Undecided(f"the list of {product} could not be read: {type(error).__name__}") from None
        listed[product] = len(reply.data or ())
    return Trial("served" if any(listed.values()) else "gone", f"contracts in the public lists: {listed}")


def _classic_read(account: DemoAccount, margin: str) -> Trial:
    text = account.send("GET", CLASSIC["all positions"], {CLASSIC["product"]: PRODUCTS["USDT"]}).text
    return Trial(next((code for code in ("40085", "40014") if code in text), UNCLEAR), text or "accepted")


def _settings_row(account: DemoAccount, margin: str) -> Trial:
    if account.orders_off:
        raise Undecided(f"needs an order: {account.orders_off}")
    crossed = _row_after(account, CROSSED, account.attempt(CROSSED, ALONE))
    isolated = _row_after(account, ISOLATED, _isolated(account))
    seen = f"{account.known} in force, rows: {crossed}, {isolated}"
    if not (crossed and isolated):
        return Trial("missing" if crossed is None and isolated is None else "stale", seen)
    value = isolated.get(LEVERAGE)
    if isinstance(value, str) and not row_sides(isolated):
        return _whose(account, seen)
    return Trial("sides" if row_sides(isolated) else "list" if isinstance(value, list) else "number", seen)


def _isolated(account: DemoAccount) -> Trial:
    """Set isolated leverages, at least that of long, in any form and position mode."""
    reasons = []
    for position_mode, forms in ((HEDGE, (PAIR, ALL, SIDED)), (ONE_WAY, (ALONE, PAIR_ALIKE, SIDED))):
        try:
            account.use(ISOLATED, position_mode)
            for form in forms:
                trial = account.attempt(ISOLATED, form)
                if trial.outcome in (BOTH, LONG, ACCEPTED):
                    return trial
                reasons.append(trial.seen)
        except Undecided as error:
            reasons.append(str(error))
    raise Undecided(f"no isolated leverage could be set: {'; '.join(reasons)}")


def _row_after(account: DemoAccount, margin: str, trial: Trial) -> dict[str, Any] | None:
    """Return the row if it shows what positions showed, {} if it does not, None if there is none.

    A row that lags gets two seconds. Keys of the sides are about isolated margin, whatever margin mode the row names.
    """
    if trial.outcome not in (BOTH, LONG):
        raise Undecided(trial.seen)
    known = [account.known.get((margin, side)) for side in (LONG, SHORT)]
    for _ in range(5):
        row = account.read().row
        shown = set(row_leverages(row or {}))
        follows = row and row.get(MARGIN_MODE) == margin and shown <= {*known} and shown & {*account.last}
        if follows or (row and margin == ISOLATED and row_sides(row) == known):
            return row
        account.exchange.sleep(500)
    return {} if row else None


def _whose(account: DemoAccount, seen: str) -> Trial:
    """Set one side only, if positions show that this can be done: whose leverage does the row show?"""
    for position_mode, form in ((mode, form) for mode in (HEDGE, ONE_WAY) for form in (SIDED_SHORT, ALL_SHORT)):
        try:
            account.use(ISOLATED, position_mode)
            trial = account.attempt(ISOLATED, form)
        except Undecided:
            continue
        shown = row_leverages(account.read().row or {})
        for name, side in (("last", SHORT), ("long", LONG)):
            if trial.outcome == SHORT and shown == [account.known[ISOLATED, side]]:
                return Trial(name, f"{seen}; {trial.seen}, {account.known}, row: {shown}")
    return Trial("string", f"{seen}; every accepted request sets both sides")


def _order(account: DemoAccount, margin: str | None, before: Trial | None = None) -> Trial:
    reply, found = account.opened(margin)
    account.close(found)
    outcome = found[0].margin if len(found) == 1 else UNCLEAR if found or reply.accepted else REFUSED
    return Trial(outcome, f"an order, {margin or 'no margin mode'}: {reply.text or found}")


def _exit(account: DemoAccount, margin: str | None) -> Trial:
    before = _isolated_position(account)
    reply = account.send("POST", account.api["place"], account.order(margin, before.side, closes=before.size))
    after = account.wait_for(lambda rows: not rows) if reply.accepted else account.positions()
    account.close(after)
    outcome = CLOSED if not after else UNCLEAR if reply.accepted or after != [before] else REFUSED
    return Trial(outcome, f"exit of an isolated position, {margin or 'no margin mode'}: {reply.text}, then {after}")


def _isolated_position(account: DemoAccount) -> OpenPosition:
    reply, found = account.opened(ISOLATED)
    if [each.margin for each in found] != [ISOLATED]:
        raise Undecided(f"an isolated order: {reply.text or found}")
    return found[0]


def _stops(account: DemoAccount, margin: str) -> Trial:
    position = _isolated_position(account)
    # The fields that ccxt sends.
    body = {
        **account.target, account.api["size"]: position.size, account.api["side"]: position.side, "side": "sell",
        "stopLoss": account.exchange.price_to_precision(account.symbol, position.price / 2), "slTriggerBy": "mark", "slOrderType": "market",
    }  # fmt: skip
    replies = [account.write("place stop", {**body, **more}, [POSITION]) for more in _STOP_MODES]
    account.close_everything()
    accepted = tuple(reply.accepted for reply in replies)
    outcome = {(False, False, True): "read", (True, True, True): "ignored"}.get(accepted, UNCLEAR)
    seen = (f"{more}: {reply.text or 'accepted'}" for more, reply in zip(_STOP_MODES, replies))
    return Trial(outcome, f"stops of an isolated position: {'; '.join(seen)}")


_STOP_MODES: tuple[dict[str, str], ...] = ({}, {MARGIN_MODE: CROSSED}, {MARGIN_MODE: ISOLATED})


def _trigger(account: DemoAccount, margin: str) -> Trial:
    price = account.place(CROSSED).price
    reply, found = account.opened(CROSSED, triggerPrice=account.exchange.price_to_precision(account.symbol, price * 2))
    account.close_everything()
    outcome = REFUSED if not reply.accepted else "market" if found else "waits"
    return Trial(outcome, f"trigger at twice the price: {reply.text or found or 'no position'}")


# -- the table --------------------------------------------------------------------------------------------------------


def _named(*outcomes: str) -> dict[tuple[str, ...], str]:
    return {(outcome,): outcome for outcome in outcomes}


_EITHER, _CLASSIC, _UNIFIED = ("classic", "unified"), ("classic",), ("unified",)
_CROSSED, _ISOLATED, _ONE_WAY, _HEDGE = (
    ((CROSSED, None),),
    ((ISOLATED, None),),
    ((ISOLATED, ONE_WAY),),
    ((ISOLATED, HEDGE),),
)
_LOWER = {name: RequestForm(("leverage",), lower=name) for name in ("marginCoin", "productType", "category")}
_SIDE_RULES, _CASE_RULES = (
    {(BOTH,): first, (REFUSED,): second} for first, second in (("ignored", "refused"), ("any", "required"))
)

_AGAIN = Step("set-leverage: the leverage in force", lambda account, margin: _of_reply(
    account.set_leverage(margin, ALONE, *account.last), f"{account.last[0]} while it was in force"))  # fmt: skip
_ABOVE = Step("set-leverage: one more than the contract allows", lambda account, margin: _of_reply(
    account.set_leverage(margin, ALONE, account.highest + 1, account.highest + 1), account.highest + 1))  # fmt: skip
_CROSSED_ORDER = Step("place-order: crossed", lambda account, margin: _order(account, CROSSED))
_ISOLATED_ORDER = Step("place-order: isolated, after a crossed set-leverage", lambda account, margin: _order(
    account, ISOLATED, account.attempt(CROSSED, ALONE)))  # fmt: skip
_PLAIN_ORDER = Step("place-order: without a margin mode, after an isolated set-leverage", lambda account, margin: _order(
    account, None, _isolated(account)))  # fmt: skip
_CROSSED_EXIT = Step("place-order: a crossed reduce-only exit of an isolated position", lambda account, margin: _exit(
    account, CROSSED))  # fmt: skip
_PLAIN_EXIT = Step("place-order: a reduce-only exit without a margin mode of an isolated position",
    lambda account, margin: _exit(account, None))  # fmt: skip

QUESTIONS = [
    Question("dialect", _CLASSIC, "Does set-leverage know a leverage for each side?", (PAIR, SIDED),
             {(BOTH,): "2026", (REFUSED, LONG): "2025-03"}, _HEDGE),
    Question("unneeded_hold_side", _CLASSIC, "Is a side an error in crossed or one-way mode?", (SIDED,), _SIDE_RULES,
             _CROSSED + _ONE_WAY),
    Question("unneeded_hold_side", _UNIFIED, "Is a side an error in crossed margin?", (SIDED,), _SIDE_RULES),
    Question("leverage_alone_in_hedge", _EITHER, "What does leverage without a side mean in isolated hedge mode?",
             (ALONE,), _named(BOTH, REFUSED), _HEDGE),
    Question("same_leverage", _EITHER, "Is setting the leverage in force an error?", (ALONE, _AGAIN, ALONE),
             {(BOTH, SUCCESS): "success", (BOTH, REFUSED, BOTH): "refused"}),
    Question("same_margin_mode", _CLASSIC, "Is setting the margin mode in force an error?", (Step(
             "set-margin-mode: the one in force, then the other one", _same_margin_mode),), _named(SUCCESS, REFUSED)),
    Question("cross_figure", _CLASSIC, "What is crossMarginLeverage in the reply of set-leverage?", (Step(
             "set-leverage: leverage", _reply_shape),), _named("figure", "null", "empty", "absent"), _CROSSED + _ONE_WAY),
    Question("capitals", _CLASSIC, "Must marginCoin and productType be in capitals?", (_LOWER["marginCoin"],
             _LOWER["productType"]), {(BOTH, BOTH): "any", (REFUSED,): "required", (BOTH, REFUSED): "required"}),
    Question("capitals", _UNIFIED, "Must category be in capitals?", (_LOWER["category"],), _CASE_RULES),
    Question("margin_coin_capitals", _CLASSIC, "Must marginCoin be in capitals?", (_LOWER["marginCoin"],), _CASE_RULES),
    Question("unified_hedge", _UNIFIED, "What does set-leverage want in isolated hedge mode?", (SIDED, PAIR, ALL),
             {(LONG,): "documentation", (REFUSED, BOTH): "figures", (REFUSED, REFUSED, BOTH): "all",
              (REFUSED, REFUSED, LONG): "all_one_side"}, _HEDGE),
    Question("unified_one_way", _UNIFIED, "What does set-leverage want in isolated one-way mode?", (ALONE, SIDED,
             PAIR_ALIKE), {(BOTH, BOTH): "plain", (BOTH, REFUSED): "refuses_side", (REFUSED, BOTH, BOTH): "wants_side",
              (REFUSED, LONG, BOTH): "wants_side", (REFUSED, LONG, REFUSED): "per_side"}, _ONE_WAY),
    Question("one_way_leverage_alone", _EITHER, "Which sides does leverage alone set in isolated one-way mode?",
             (ALONE,), _named(BOTH, LONG, SHORT, REFUSED), _ONE_WAY),
    Question("unified_row", _UNIFIED, "What is leverage in a row of the settings? A text may be that of the side set "
             "last, or of long, or that cannot be told (string).", (Step("set-leverage: crossed, and isolated in both "
             "position modes, in every form", _settings_row),),
             _named("last", "long", "string", "number", "list", "sides", "missing", "stale")),
    Question("order_mode", _CLASSIC, "May an order name another margin mode than the contract's?", (_ISOLATED_ORDER,
             _CROSSED_ORDER), {(ISOLATED,): "accepted", (REFUSED, CROSSED): "refused"}),
    Question("order_margin_mode", _EITHER, "Whose margin mode does a position have?", (_ISOLATED_ORDER,),
             {(ISOLATED,): "order", (CROSSED,): "account"}),
    Question("order_without_margin_mode", _EITHER, "Which margin mode has an order that names none?", (_PLAIN_ORDER,),
             {(CROSSED,): "crossed", (ISOLATED,): "account", (REFUSED,): "refused"}, _ISOLATED),
    Question("close_mode", _EITHER, "May an exit name another margin mode than the position's?", (_CROSSED_EXIT,),
             {(CLOSED,): "accepted", (REFUSED,): "refused"}, _ONE_WAY),
    Question("exit_without_margin_mode", _UNIFIED, "What does an exit that names no margin mode do to an isolated "
             "position?", (_PLAIN_EXIT,), _named(CLOSED, REFUSED), _ONE_WAY),
    Question("strategy_mode", _UNIFIED, "Does a stop read the margin mode?", (Step("place-strategy-order: stops of an "
             "isolated position, with and without a margin mode; cancel-strategy-order", _stops),),
             _named("read", "ignored"), _HEDGE),
    Question("unified_trigger", _UNIFIED, "What does triggerPrice do to an order?", (Step("place-order: with a trigger "
             "price that is far away; cancel-strategy-order", _trigger),), _named("market", "waits")),
    Question("over_maximum", _EITHER, "What refuses a leverage above the maximum?", (_ABOVE, _CROSSED_ORDER),
             {(REFUSED,): "set_leverage", (SUCCESS, REFUSED): "order"}),
    Question("unified_v2", _UNIFIED, "What does the classic API answer to a unified account?", (Step("nothing",
             _classic_read),), _named("40085", "40014"), writes=False),
    Question("s_products", _EITHER, "Are the product types of S-coins still there?", (Step("nothing", _public_lists),),
             _named("served", "gone"), writes=False),
]  # fmt: skip
