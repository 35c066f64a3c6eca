"""The table of questions, named and valued as in `Quirks`: what is tried, and which outcomes are which answer."""

# ruff: noqa: I001  # a line for each of the names would be longer than the table
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bitget_leverage_ext.api import fields as name

from .account import (
    ALL, ALL_SHORT, ALONE, LEVERAGES, MARGIN_MODE, PAIR, PAIR_ALIKE, POSITION, ROW, SIDED, DemoAccount, Form, Trial,
    Undecided, leverages_in,
)  # fmt: skip
from .fields import CLASSIC, CROSSED, HEDGE, ISOLATED, LONG, ONE_WAY, PRODUCTS, SHORT

Rules = dict[tuple[str, ...], str]  # the outcomes of the first tries, and the answer
Action = tuple[str, Callable[[DemoAccount, str], Trial]]  # a try that is no form: what it sends, and how
UNKNOWN = "unknown"


class Question(NamedTuple):
    """A question to account types, with tries that are made in each of *cells* until only one of *rules* is left."""

    name: str
    kinds: tuple[str, ...]
    text: str
    tries: tuple[Form | Action, ...]
    rules: Rules
    cells: tuple[tuple[str, str | None], ...] = ((CROSSED, None),)
    writes: bool = True

    def answer(self, account: DemoAccount) -> Trial:
        """Put the question; raise Undecided where the rules, or the cells, do not agree on one answer."""
        seen, values = list[str](), set[str]()
        for margin, position_mode in self.cells:
            if self.writes:
                account.use(margin, position_mode)
            left = self.rules
            for number, each in enumerate(self.tries):
                if account.orders_off and isinstance(each, tuple) and "place-" in each[0]:
                    raise Undecided(f"needs an order: {account.orders_off}")
                had, text, *_ = each[1](account, margin) if isinstance(each, tuple) else account.attempt(margin, each)
                seen.append(text)
                # What was accepted and not seen can have come to anything.
                fits = {(), (had,)} | ({("both",), (LONG,), (SHORT,)} if had == "accepted" else set())
                left = {rule: value for rule, value in left.items() if rule[number : number + 1] in fits}
                if all(len(rule) <= number + 1 for rule in left):
                    break
            values |= set(left.values()) or {UNKNOWN}
        if len(values) != 1 or UNKNOWN in values:
            raise Undecided("; ".join(seen))
        return Trial(values.pop(), "; ".join(seen))

    def plan(self, api: Mapping[str, str], orders: bool) -> dict[str, Any]:
        """Return the question, what it sends besides reads, and the outcomes that lead to each answer."""
        sends = [each[0] if isinstance(each, tuple) else f"set-leverage: {' + '.join(each)}" for each in self.tries]
        if self.writes:
            cells = " and ".join(" ".join(filter(None, cell)) for cell in self.cells)
            modes = [api[path].rsplit("/", 1)[1] for path in ("set position mode", "set margin mode") if path in api]
            sends = [f"{', '.join(modes)}: {cells}", *sends, "place-order: the smallest position, closed again"]
        answers = {value: ", then ".join(rule) for rule, value in self.rules.items()}
        sends = [sent for sent in sends if orders or "place-" not in sent]
        return {"name": self.name, "question": self.text, "sends": sends, "answers": answers}


def _reply(reply: Trial, what: object) -> Trial:
    return Trial("success" if reply.accepted else "refused", f"{what}: {reply.seen or 'accepted'}")


def _same_margin_mode(account: DemoAccount, margin: str) -> Trial:
    reply = account.write("set margin mode", {**account.target, name.MARGIN_MODE: margin}, [MARGIN_MODE])
    account.use(ISOLATED)
    return _reply(reply, f"{margin} while it was in force")


def _reply_shape(account: DemoAccount, margin: str) -> Trial:
    data = account.attempt(margin, ALONE).data
    value = data.get(name.CROSS_MARGIN_LEVERAGE, "absent") if isinstance(data, dict) else UNKNOWN
    return Trial({"absent": "absent", "": "empty", None: "null", UNKNOWN: UNKNOWN}.get(value, "figure"), f"{data}")


def _public_lists(account: DemoAccount, margin: str) -> Trial:
    counts = []
    for product in ("SUSDT-FUTURES", "SUSDC-FUTURES", "SCOIN-FUTURES"):
        # ccxt sends this without the demo header. https://github.com/ccxt/ccxt/pull/25541
        reply = account.send("GET", "v2/mix/market/contracts", {name.PRODUCT_TYPE: product}, public=True)
        counts.append(len(reply.data or ()))
    return Trial("served" if any(counts) else "gone", f"contracts of each product in the public lists: {counts}")


def _classic_read(account: DemoAccount, margin: str) -> Trial:
    text = account.send("GET", CLASSIC["all positions"], {name.PRODUCT_TYPE: PRODUCTS["USDT"]}).seen
    return Trial(next((code for code in ("40085", "40014") if code in text), "unclear"), text)


def _settings_row(account: DemoAccount, margin: str) -> Trial:
    crossed = _row_after(account, CROSSED, account.attempt(CROSSED, ALONE))
    isolated = _row_after(account, ISOLATED, _isolated(account))
    seen = f"in force: {account.known}; rows: {crossed}, {isolated}"
    if not (crossed and isolated):
        return Trial("stale" if {} in (crossed, isolated) else "unclear" if crossed or isolated else "missing", seen)
    value, sides = isolated[name.LEVERAGE], leverages_in(isolated, name.LONG_LEVERAGE, name.SHORT_LEVERAGE)
    if isinstance(value, str) and not sides:
        return _whose(account, seen)
    return Trial("sides" if sides else "list" if isinstance(value, list) else "number", seen)


def _first(account: DemoAccount, outcomes: tuple[str, ...], *tries: tuple[str, Form]) -> Trial:
    """Set isolated leverages by one form after the other, until an outcome is one of these."""
    reasons = []
    for position_mode, form in tries:
        try:
            account.use(ISOLATED, position_mode)
            trial = account.attempt(ISOLATED, form)
            if trial.outcome in outcomes:
                return trial
            reasons.append(trial.seen)
        except Undecided as error:
            reasons.append(str(error))
    raise Undecided("; ".join(reasons))


def _isolated(account: DemoAccount) -> Trial:
    tries = (HEDGE, PAIR), (HEDGE, ALL), (HEDGE, SIDED), (ONE_WAY, ALONE), (ONE_WAY, PAIR_ALIKE), (ONE_WAY, SIDED)
    return _first(account, ("both", LONG, "accepted"), *tries)


def _row_after(account: DemoAccount, margin: str, trial: Trial) -> dict[str, Any] | None:
    """Return the row if it shows, within two seconds, what positions showed; else {}, or None if there is none."""
    if trial.outcome not in ("both", LONG):
        raise Undecided(trial.seen)
    known = [account.known[each] for cell, each in LEVERAGES.items() if cell[0] == margin]
    for _ in range(5):
        row: dict[str, Any] = account.read()[ROW]
        shown = {*leverages_in(row, name.LEVERAGE)}
        follows = row.get(name.MARGIN_MODE) == margin and shown <= {*known} and shown & {*account.last}
        # Keys of the sides are about isolated margin, whatever margin mode the row names.
        if follows or (margin == ISOLATED and leverages_in(row, name.LONG_LEVERAGE, name.SHORT_LEVERAGE) == known):
            return row
        account.exchange.sleep(500)
    return {} if row else None


def _whose(account: DemoAccount, seen: str) -> Trial:
    """Find out whose leverage the row shows: set one side only, if positions show that this can be done."""
    sided = {name.LEVERAGE: "{0}", "side": SHORT}
    try:
        trial = _first(account, (SHORT,), (HEDGE, sided), (HEDGE, ALL_SHORT), (ONE_WAY, sided))
    except Undecided:
        return Trial("string", f"{seen}; every accepted request sets both sides")
    shown = leverages_in(account.read()[ROW], name.LEVERAGE)
    value = {account.known[LEVERAGES[ISOLATED, SHORT]]: "last", account.known[LEVERAGES[ISOLATED, LONG]]: "long"}
    return Trial(value.get(sum(shown), "unclear"), f"{seen}; {trial.seen}, row: {shown}")


def _order(account: DemoAccount, margin: str | None, after: Trial | None = None) -> Trial:
    reply, found = account.opened(margin)
    account.close(found)
    outcome = found[0].margin if len(found) == 1 else "unclear" if found or reply.accepted else "refused"
    return Trial(outcome, f"an order, {margin or 'no margin mode'}: {reply.seen or found}")


def _exit(account: DemoAccount, margin: str | None) -> Trial:
    before = account.place(ISOLATED, keep=True)
    reply = account.send("POST", account.api["place"], account.order(margin, before.side, closes=before.size))
    after = account.positions(any_open=False if reply.accepted else None)
    account.close(after)
    outcome = "closed" if not after else "unclear" if reply.accepted or after != [before] else "refused"
    return Trial(outcome, f"exit of an isolated position, {margin or 'no margin mode'}: {reply.seen}, then {after}")


def _stops(account: DemoAccount, margin: str) -> Trial:
    position = account.place(ISOLATED, keep=True)
    price = account.exchange.price_to_precision(account.symbol, position.price / 2)
    body = {name.QTY: position.size, name.POS_SIDE: position.side, name.SIDE: "sell"}  # as ccxt sends it
    body |= {**account.target, "stopLoss": price, "slTriggerBy": "mark", "slOrderType": "market"}
    modes: tuple[dict[str, str], ...] = ({}, {name.MARGIN_MODE: CROSSED}, {name.MARGIN_MODE: ISOLATED})
    replies = [account.write("place stop", body | mode, [POSITION]) for mode in modes]
    account.close_everything()
    accepted = [reply.accepted for reply in replies]
    outcome = "read" if accepted == [False, False, True] else "ignored" if all(accepted) else "unclear"
    return Trial(
        outcome, f"stops without a margin mode, crossed, isolated: {[each.seen or 'success' for each in replies]}"
    )


def _trigger(account: DemoAccount, margin: str) -> Trial:
    far = account.exchange.price_to_precision(account.symbol, account.place(CROSSED).price * 2)
    reply, found = account.opened(CROSSED, **{name.TRIGGER_PRICE: far})
    account.close_everything()
    outcome = "refused" if not reply.accepted else "market" if found else "waits"
    return Trial(outcome, f"trigger at twice the price: {reply.seen or found or 'no position'}")


def _named(*outcomes: str) -> Rules:
    return {(outcome,): outcome for outcome in outcomes}


_EITHER, _CLASSIC, _UNIFIED = ("classic", "unified"), ("classic",), ("unified",)
_CROSSED, _ISOLATED = ((CROSSED, None),), ((ISOLATED, None),)
_ONE_WAY, _HEDGE = ((ISOLATED, ONE_WAY),), ((ISOLATED, HEDGE),)
_COIN, _PRODUCT = ALONE | {name.MARGIN_COIN: "{2}"}, ALONE | {name.PRODUCT_TYPE: "{2}"}
_SIDE: Rules = {("both",): "ignored", ("refused",): "refused"}
_CASE: Rules = {("both",): "any", ("refused",): "required"}
_AGAIN: Action = "set-leverage: the leverage in force", lambda account, margin: _reply(
    account.set_leverage(margin, ALONE, *account.last), f"{account.last[0]} while it was in force")  # fmt: skip
_ABOVE: Action = "set-leverage: one more than the contract allows", lambda account, margin: _reply(
    account.set_leverage(margin, ALONE, account.highest + 1, account.highest + 1), account.highest + 1)  # fmt: skip
_CROSSED_ORDER: Action = "place-order: crossed", lambda account, _: _order(account, CROSSED)
_ISOLATED_ORDER: Action = "set-leverage: crossed; place-order: isolated", lambda account, _: _order(
    account, ISOLATED, account.attempt(CROSSED, ALONE))  # fmt: skip
_PLAIN_ORDER: Action = "set-leverage: isolated; place-order: plain", lambda account, _: _order(
    account, None, _isolated(account))  # fmt: skip
_CROSSED_EXIT: Action = "place-order: isolated; crossed, reduce-only", lambda account, _: _exit(account, CROSSED)
_PLAIN_EXIT: Action = "place-order: isolated; plain, reduce-only", lambda account, _: _exit(account, None)

QUESTIONS = [
    Question("dialect", _CLASSIC, "Does set-leverage know a leverage for each side?", (PAIR, SIDED),
             {("both",): "2026", ("refused", LONG): "2025-03"}, _HEDGE),
    Question("unneeded_hold_side", _CLASSIC, "Is a needless side an error?", (SIDED,), _SIDE, _CROSSED + _ONE_WAY),
    Question("unneeded_hold_side", _UNIFIED, "Is a needless side an error, in crossed margin?", (SIDED,), _SIDE),
    Question("leverage_alone_in_hedge", _EITHER, "What does leverage without a side mean in isolated hedge mode?",
             (ALONE,), _named("both", "refused"), _HEDGE),
    Question("same_leverage", _EITHER, "Is setting the leverage in force an error?", (ALONE, _AGAIN, ALONE),
             {("both", "success"): "success", ("both", "refused", "both"): "refused"}),
    Question("same_margin_mode", _CLASSIC, "Is setting the margin mode in force an error?",
             (("set-margin-mode: the one in force", _same_margin_mode),), _named("success", "refused")),
    Question("cross_figure", _CLASSIC, "What is crossMarginLeverage in the reply?",
             (("set-leverage", _reply_shape),), _named("figure", "null", "empty", "absent"), _CROSSED + _ONE_WAY),
    Question("capitals", _CLASSIC, "Must marginCoin and productType be in capitals?", (_COIN, _PRODUCT),
             {("both", "both"): "any", ("refused",): "required", ("both", "refused"): "required"}),
    Question("capitals", _UNIFIED, "Must category be in capitals?", (ALONE | {name.CATEGORY: "{2}"},), _CASE),
    Question("margin_coin_capitals", _CLASSIC, "Must marginCoin be in capitals?", (_COIN,), _CASE),
    Question("unified_hedge", _UNIFIED, "What does isolated hedge mode want?", (SIDED, PAIR, ALL),
             {(LONG,): "documentation", ("refused", "both"): "figures", ("refused", "refused", "both"): "all",
              ("refused", "refused", LONG): "all_one_side"}, _HEDGE),
    Question("unified_one_way", _UNIFIED, "What does isolated one-way mode want?", (ALONE, SIDED, PAIR_ALIKE),
             {("both", "both"): "plain", ("both", "refused"): "refuses_side", ("refused", "both", "both"): "wants_side",
              ("refused", LONG, "both"): "wants_side", ("refused", LONG, "refused"): "per_side"}, _ONE_WAY),
    Question("one_way_leverage_alone", _EITHER, "Which sides does leverage alone set in isolated one-way mode?",
             (ALONE,), _named("both", LONG, SHORT, "refused"), _ONE_WAY),
    Question("unified_row", _UNIFIED, "What is leverage in a settings row? string: a text, of an unknown side.",
             (("set-leverage: crossed and isolated, in every form", _settings_row),),
             _named("last", "long", "string", "number", "list", "sides", "missing", "stale")),
    Question("order_mode", _CLASSIC, "May an order name another margin mode than the contract's?",
             (_ISOLATED_ORDER, _CROSSED_ORDER), {(ISOLATED,): "accepted", ("refused", CROSSED): "refused"}),
    Question("order_margin_mode", _EITHER, "Whose margin mode does a position have?", (_ISOLATED_ORDER,),
             {(ISOLATED,): "order", (CROSSED,): "account"}),
    Question("order_without_margin_mode", _EITHER, "Which margin mode has an order that names none?", (_PLAIN_ORDER,),
             {(CROSSED,): "crossed", (ISOLATED,): "account", ("refused",): "refused"}, _ISOLATED),
    Question("close_mode", _EITHER, "May an exit name another margin mode than the position's?", (_CROSSED_EXIT,),
             {("closed",): "accepted", ("refused",): "refused"}, _ONE_WAY),
    Question("exit_without_margin_mode", _UNIFIED, "What does an exit that names no margin mode do?", (_PLAIN_EXIT,),
             _named("closed", "refused"), _ONE_WAY),
    Question("strategy_mode", _UNIFIED, "Does a stop read the margin mode?", (("place-strategy-order: of an "
             "isolated position; cancel-strategy-order", _stops),), _named("read", "ignored"), _HEDGE),
    Question("unified_trigger", _UNIFIED, "What does triggerPrice do to an order?", (("place-order: with a trigger "
             "price that is far away; cancel-strategy-order", _trigger),), _named("market", "waits")),
    Question("over_maximum", _EITHER, "What refuses a leverage above the maximum?", (_ABOVE, _CROSSED_ORDER),
             {("refused",): "set_leverage", ("success", "refused"): "order"}),
    Question("unified_v2", _UNIFIED, "What does the classic API answer to a unified account?",
             (("nothing", _classic_read),), _named("40085", "40014"), writes=False),
    Question("s_products", _EITHER, "Are the product types of S-coins still there?",
             (("nothing", _public_lists),), _named("served", "gone"), writes=False),
]  # fmt: skip
