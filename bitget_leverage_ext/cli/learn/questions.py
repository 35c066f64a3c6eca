"""The table of questions: what is tried, and which outcomes are which answer. To add a question, add a row.

Names and values are those of the emulator's `Quirks`; what it has no quirk for stands beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bitget_leverage_ext.api import fields as name

from .account import (
    ACCEPTED, ALL, ALL_SHORT, ALONE, BOTH, LEVERAGES, MARGIN_MODE, PAIR, PAIR_ALIKE, POSITION, REFUSED, ROW, SIDED,
    SIDED_SHORT, DemoAccount, Form, LearnReply, Trial, Undecided, leverages_in, words,
)  # fmt: skip
from .fields import CLASSIC, CROSSED, HEDGE, ISOLATED, LONG, ONE_WAY, PRODUCTS, SHORT

Rules = dict[tuple[str, ...], str]
UNKNOWN, SUCCESS, CLOSED, UNCLEAR = "unknown", "success", "closed", "unclear"


class Step(NamedTuple):
    """Something to try, other than a form of set-leverage: what it sends, and a function of account and margin mode."""

    sends: str
    make: Callable[[DemoAccount, str], Trial]


class Question(NamedTuple):
    """A question to the account types *kinds*: *tries* are made in each of *cells* until only one of *rules* is left.

    A rule is the outcomes of the first tries, and the answer. A cell is a margin mode and a position mode.
    """

    name: str
    kinds: tuple[str, ...]
    text: str
    tries: tuple[Form | Step, ...]
    rules: Rules
    cells: tuple[tuple[str, str | None], ...] = ((CROSSED, None),)
    writes: bool = True

    def answer(self, account: DemoAccount) -> Trial:
        """Put the question; raise Undecided where the rules, or the cells, do not agree on one answer."""
        seen: list[str] = []
        values: set[str] = set()
        for margin, position_mode in self.cells:
            if self.writes:
                account.use(margin, position_mode)
            left = self.rules
            for number, each in enumerate(self.tries):
                had, text, _ = each.make(account, margin) if isinstance(each, Step) else account.attempt(margin, each)
                seen.append(text)
                # What was accepted and not seen can be anything but a refusal.
                left = {
                    rule: value for rule, value in left.items()
                    if rule[number:] == () or rule[number] == had or (had == ACCEPTED and rule[number] != REFUSED)
                }  # fmt: skip
                if all(len(rule) <= number + 1 for rule in left):
                    break
            values |= set(left.values()) or {UNKNOWN}
        if len(values) != 1 or UNKNOWN in values:
            raise Undecided("; ".join(seen))
        return Trial(values.pop(), "; ".join(seen))

    def plan(self, api: Mapping[str, str]) -> dict[str, Any]:
        """Return the question, what it sends besides reads, and the outcomes that lead to each answer."""
        sends = [each.sends if isinstance(each, Step) else words(each, api) for each in self.tries]
        if self.writes:
            cells = " and ".join(" ".join(filter(None, cell)) for cell in self.cells)
            modes = [api[path].rsplit("/", 1)[1] for path in ("set position mode", "set margin mode") if path in api]
            sends = [f"{', '.join(modes)}: {cells}", *sends, "place-order: the smallest position, closed again"]
        answers: dict[str, str] = {}
        for rule, value in self.rules.items():
            answers[value] = "; or ".join(filter(None, (answers.get(value), ", then ".join(rule))))
        return {"name": self.name, "question": self.text, "sends": sends, "answers": answers}


def _reply(reply: LearnReply, what: object) -> Trial:
    return Trial(SUCCESS if reply.accepted else REFUSED, f"{what}: {reply.text or 'accepted'}")


def _same_margin_mode(account: DemoAccount, margin: str) -> Trial:
    reply = account.write("set margin mode", {**account.target, name.MARGIN_MODE: margin}, [MARGIN_MODE])
    account.use(ISOLATED)
    return _reply(reply, f"{margin} while it was in force")


def _reply_shape(account: DemoAccount, margin: str) -> Trial:
    data = account.attempt(margin, ALONE).data
    if not isinstance(data, dict):
        raise Undecided(f"no reply to look at: {data}")
    value = data.get(name.CROSS_MARGIN_LEVERAGE, "absent")
    return Trial({"absent": "absent", "": "empty", None: "null"}.get(value, "figure"), f"{data}")


def _public_lists(account: DemoAccount, margin: str) -> Trial:
    # ccxt sends this without the demo header. https://github.com/ccxt/ccxt/pull/25541
    products = ("SUSDT-FUTURES", "SUSDC-FUTURES", "SCOIN-FUTURES")
    path = "v2/mix/market/contracts"
    counts = [len(account.send("GET", path, {name.PRODUCT_TYPE: each}, public=True).data or ()) for each in products]
    return Trial(
        "served" if any(counts) else "gone", f"contracts of {', '.join(products)} in the public lists: {counts}"
    )


def _classic_read(account: DemoAccount, margin: str) -> Trial:
    text = account.send("GET", CLASSIC["all positions"], {name.PRODUCT_TYPE: PRODUCTS["USDT"]}).text
    return Trial(next((code for code in ("40085", "40014") if code in text), UNCLEAR), text or "accepted")


def _settings_row(account: DemoAccount, margin: str) -> Trial:
    if account.orders_off:
        raise Undecided(f"needs an order: {account.orders_off}")
    crossed = _row_after(account, CROSSED, account.attempt(CROSSED, ALONE))
    isolated = _row_after(account, ISOLATED, _isolated(account))
    seen = f"in force: {account.known}; rows: {crossed}, {isolated}"
    if not (crossed and isolated):
        return Trial("missing" if crossed is None and isolated is None else "stale", seen)
    if leverages_in(isolated, name.LONG_LEVERAGE, name.SHORT_LEVERAGE):
        return Trial("sides", seen)
    if isinstance(isolated[name.LEVERAGE], str):
        return _whose(account, seen)
    return Trial("list" if isinstance(isolated[name.LEVERAGE], list) else "number", seen)


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
    known = [account.known[each] for cell, each in LEVERAGES.items() if cell[0] == margin]
    for _ in range(5):
        row: dict[str, Any] = account.read()[ROW]
        shown = {*leverages_in(row, name.LEVERAGE)}
        follows = row.get(name.MARGIN_MODE) == margin and shown <= {*known} and shown & {*account.last}
        if follows or (margin == ISOLATED and leverages_in(row, name.LONG_LEVERAGE, name.SHORT_LEVERAGE) == known):
            return row
        account.exchange.sleep(500)
    return {} if row else None


def _whose(account: DemoAccount, seen: str) -> Trial:
    """Set one side only, if positions show that this can be done: whose leverage does the row show?"""
    for position_mode, form in ((mode, form) for mode in (HEDGE, ONE_WAY) for form in (SIDED_SHORT, ALL_SHORT)):
        try:
            account.use(ISOLATED, position_mode)
            outcome = account.attempt(ISOLATED, form).outcome
        except Undecided:
            continue
        shown = leverages_in(account.read()[ROW], name.LEVERAGE)
        long, short = account.known[LEVERAGES[ISOLATED, LONG]], account.known[LEVERAGES[ISOLATED, SHORT]]
        if outcome == SHORT and long != short and shown in ([long], [short]):
            return Trial("last" if shown == [short] else "long", f"{seen}; short set to {short}, row: {shown}")
    return Trial("string", f"{seen}; every accepted request sets both sides")


def _order(account: DemoAccount, margin: str | None, after: Trial | None = None) -> Trial:
    reply, found = account.opened(margin)
    account.close(found)
    outcome = found[0].margin if len(found) == 1 else UNCLEAR if found or reply.accepted else REFUSED
    return Trial(outcome, f"an order, {margin or 'no margin mode'}: {reply.text or found}")


def _exit(account: DemoAccount, margin: str | None) -> Trial:
    before = account.place(ISOLATED, keep=True)
    reply = account.send("POST", account.api["place"], account.order(margin, before.side, closes=before.size))
    after = account.positions(any_open=False if reply.accepted else None)
    account.close(after)
    outcome = CLOSED if not after else UNCLEAR if reply.accepted or after != [before] else REFUSED
    return Trial(outcome, f"exit of an isolated position, {margin or 'no margin mode'}: {reply.text}, then {after}")


def _stops(account: DemoAccount, margin: str) -> Trial:
    position = account.place(ISOLATED, keep=True)
    price = account.exchange.price_to_precision(account.symbol, position.price / 2)
    body = {name.QTY: position.size, name.POS_SIDE: position.side, name.SIDE: "sell"}  # as ccxt sends it
    body |= {**account.target, "stopLoss": price, "slTriggerBy": "mark", "slOrderType": "market"}
    modes: dict[str, dict[str, str]] = {mode: {name.MARGIN_MODE: mode} for mode in (CROSSED, ISOLATED)}
    replies = {
        mode: account.write("place stop", body | more, [POSITION]) for mode, more in [("none", {}), *modes.items()]
    }
    account.close_everything()
    accepted = [mode for mode, reply in replies.items() if reply.accepted]
    outcome = "read" if accepted == [ISOLATED] else "ignored" if len(accepted) == 3 else UNCLEAR
    return Trial(outcome, f"stops of an isolated position: { ({mode: each.text for mode, each in replies.items()}) }")


def _trigger(account: DemoAccount, margin: str) -> Trial:
    far = account.exchange.price_to_precision(account.symbol, account.place(CROSSED).price * 2)
    reply, found = account.opened(CROSSED, **{name.TRIGGER_PRICE: far})
    account.close_everything()
    outcome = REFUSED if not reply.accepted else "market" if found else "waits"
    return Trial(outcome, f"trigger at twice the price: {reply.text or found or 'no position'}")


def _named(*outcomes: str) -> Rules:
    return {(outcome,): outcome for outcome in outcomes}


_EITHER, _CLASSIC, _UNIFIED = ("classic", "unified"), ("classic",), ("unified",)
_CROSSED, _ISOLATED = ((CROSSED, None),), ((ISOLATED, None),)
_ONE_WAY, _HEDGE = ((ISOLATED, ONE_WAY),), ((ISOLATED, HEDGE),)
_COIN, _PRODUCT, _CATEGORY = (
    {name.LEVERAGE: "{0}", key: "{2}"} for key in (name.MARGIN_COIN, name.PRODUCT_TYPE, name.CATEGORY)
)
_SIDE: Rules = {(BOTH,): "ignored", (REFUSED,): "refused"}
_CASE: Rules = {(BOTH,): "any", (REFUSED,): "required"}
_AGAIN = Step("set-leverage: the leverage in force", lambda account, margin: _reply(
    account.set_leverage(margin, ALONE, *account.last), f"{account.last[0]} while it was in force"))  # fmt: skip
_ABOVE = Step("set-leverage: one more than the contract allows", lambda account, margin: _reply(
    account.set_leverage(margin, ALONE, account.highest + 1, account.highest + 1), account.highest + 1))  # fmt: skip
_CROSSED_ORDER = Step("place-order: crossed", lambda account, margin: _order(account, CROSSED))
_ISOLATED_ORDER = Step("set-leverage: crossed; place-order: isolated",
    lambda account, margin: _order(account, ISOLATED, account.attempt(CROSSED, ALONE)))  # fmt: skip
_PLAIN_ORDER = Step("set-leverage: isolated; place-order: without a margin mode",
    lambda account, margin: _order(account, None, _isolated(account)))  # fmt: skip
_CROSSED_EXIT, _PLAIN_EXIT = (
    Step(f"place-order: reduce-only, {text}, with an isolated position", lambda account, _, mode=mode: _exit(account, mode))
    for text, mode in (("crossed", CROSSED), ("without a margin mode", None))
)  # fmt: skip

QUESTIONS = [
    Question("dialect", _CLASSIC, "Does set-leverage know a leverage for each side?", (PAIR, SIDED),
             {(BOTH,): "2026", (REFUSED, LONG): "2025-03"}, _HEDGE),
    Question("unneeded_hold_side", _CLASSIC, "Is a side an error in crossed or one-way mode?", (SIDED,), _SIDE,
             _CROSSED + _ONE_WAY),
    Question("unneeded_hold_side", _UNIFIED, "Is a side an error in crossed margin?", (SIDED,), _SIDE),
    Question("leverage_alone_in_hedge", _EITHER, "What does leverage without a side mean in isolated hedge mode?",
             (ALONE,), _named(BOTH, REFUSED), _HEDGE),
    Question("same_leverage", _EITHER, "Is setting the leverage in force an error?", (ALONE, _AGAIN, ALONE),
             {(BOTH, SUCCESS): "success", (BOTH, REFUSED, BOTH): "refused"}),
    Question("same_margin_mode", _CLASSIC, "Is setting the margin mode in force an error?",
             (Step("set-margin-mode: the one in force", _same_margin_mode),), _named(SUCCESS, REFUSED)),
    Question("cross_figure", _CLASSIC, "What is crossMarginLeverage in the reply?",
             (Step("set-leverage: leverage", _reply_shape),), _named("figure", "null", "empty", "absent"),
             _CROSSED + _ONE_WAY),
    Question("capitals", _CLASSIC, "Must marginCoin and productType be in capitals?", (_COIN, _PRODUCT),
             {(BOTH, BOTH): "any", (REFUSED,): "required", (BOTH, REFUSED): "required"}),
    Question("capitals", _UNIFIED, "Must category be in capitals?", (_CATEGORY,), _CASE),
    Question("margin_coin_capitals", _CLASSIC, "Must marginCoin be in capitals?", (_COIN,), _CASE),
    Question("unified_hedge", _UNIFIED, "What does set-leverage want in isolated hedge mode?", (SIDED, PAIR, ALL),
             {(LONG,): "documentation", (REFUSED, BOTH): "figures", (REFUSED, REFUSED, BOTH): "all",
              (REFUSED, REFUSED, LONG): "all_one_side"}, _HEDGE),
    Question("unified_one_way", _UNIFIED, "What does set-leverage want in isolated one-way mode?",
             (ALONE, SIDED, PAIR_ALIKE),
             {(BOTH, BOTH): "plain", (BOTH, REFUSED): "refuses_side", (REFUSED, BOTH, BOTH): "wants_side",
              (REFUSED, LONG, BOTH): "wants_side", (REFUSED, LONG, REFUSED): "per_side"}, _ONE_WAY),
    Question("one_way_leverage_alone", _EITHER, "Which sides does leverage alone set in isolated one-way mode?",
             (ALONE,), _named(BOTH, LONG, SHORT, REFUSED), _ONE_WAY),
    Question("unified_row", _UNIFIED, "What is leverage in a settings row? A text: of the side set last, or of long, or "
             "it cannot be told (string).", (Step("set-leverage: crossed and isolated, in every form", _settings_row),),
             _named("last", "long", "string", "number", "list", "sides", "missing", "stale")),
    Question("order_mode", _CLASSIC, "May an order name another margin mode than the contract's?",
             (_ISOLATED_ORDER, _CROSSED_ORDER), {(ISOLATED,): "accepted", (REFUSED, CROSSED): "refused"}),
    Question("order_margin_mode", _EITHER, "Whose margin mode does a position have?", (_ISOLATED_ORDER,),
             {(ISOLATED,): "order", (CROSSED,): "account"}),
    Question("order_without_margin_mode", _EITHER, "Which margin mode has an order that names none?", (_PLAIN_ORDER,),
             {(CROSSED,): "crossed", (ISOLATED,): "account", (REFUSED,): "refused"}, _ISOLATED),
    Question("close_mode", _EITHER, "May an exit name another margin mode than the position's?", (_CROSSED_EXIT,),
             {(CLOSED,): "accepted", (REFUSED,): "refused"}, _ONE_WAY),
    Question("exit_without_margin_mode", _UNIFIED, "What does an exit that names no margin mode do?", (_PLAIN_EXIT,),
             _named(CLOSED, REFUSED), _ONE_WAY),
    Question("strategy_mode", _UNIFIED, "Does a stop read the margin mode?", (Step("place-strategy-order: of an "
             "isolated position; cancel-strategy-order", _stops),), _named("read", "ignored"), _HEDGE),
    Question("unified_trigger", _UNIFIED, "What does triggerPrice do to an order?", (Step("place-order: with a trigger "
             "price that is far away; cancel-strategy-order", _trigger),), _named("market", "waits")),
    Question("over_maximum", _EITHER, "What refuses a leverage above the maximum?", (_ABOVE, _CROSSED_ORDER),
             {(REFUSED,): "set_leverage", (SUCCESS, REFUSED): "order"}),
    Question("unified_v2", _UNIFIED, "What does the classic API answer to a unified account?",
             (Step("nothing", _classic_read),), _named("40085", "40014"), writes=False),
    Question("s_products", _EITHER, "Are the product types of S-coins still there?",
             (Step("nothing", _public_lists),), _named("served", "gone"), writes=False),
]  # fmt: skip
