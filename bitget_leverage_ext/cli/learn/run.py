"""One run of ``learn``: look at the account, put the questions, restore the account. The last is done in any case."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ccxt
import requests

from bitget_leverage_ext.api import fields as name

from ..connection import Misuse
from ..messages import explained
from ..output import bar
from .account import ALL, ALONE, PAIR, SIDED, TRIES_RESTORING, DemoAccount, Trial, Undecided, rows_of
from .fields import CLASSIC, CROSSED, ISOLATED, PRODUCTS, UNIFIED
from .questions import QUESTIONS, UNKNOWN

# What is needed for leverages that differ from each other and from those in force.
LOWEST_MAXIMUM = 20


@dataclass
class Findings:
    """What a run found: an answer by question, ``unknown`` with the reason, and what was sent and heard for it.

    *restored* is whether everything that was known beforehand is as it was, *trouble* why the run ended early.
    """

    account: str
    symbol: str
    answers: dict[str, Trial] = field(default_factory=dict)
    heard: dict[str, tuple[dict[str, Any], list[requests.Response]]] = field(default_factory=dict)
    not_restored: list[str] = field(default_factory=list)
    restored: bool = True
    trouble: str = ""
    interrupts: int = 0


def run(exchange: ccxt.Exchange, symbol: str, orders: bool = True, quiet: bool = True) -> Findings:
    """Put every question that can be put, and restore the account; *quiet* shows no progress.

    :raises Misuse, ccxt.BaseError: before anything was written: the contract cannot be used; it is no demo key, there
        is no answer, or no account that can be read
    """
    account = _open_account(exchange, symbol)
    account.orders_off = "" if orders else "--no-orders was given"
    try:
        busy, before = _look(account), account.read()
    except Undecided as error:
        raise ccxt.ExchangeError(str(error)) from None
    found = Findings(account.api["kind"], account.symbol)
    try:
        if not busy:
            _observe(account, before)
        _ask(account, found, busy, quiet)
    except KeyboardInterrupt:
        found.interrupts, found.trouble = 1, "interrupted"
    except (ccxt.BaseError, Undecided) as error:
        found.trouble = explained(error, demo=True)
    finally:
        _restore(account, before, found)
    return found


def _ask(account: DemoAccount, found: Findings, busy: str, quiet: bool) -> None:
    heard: list[requests.Response] = []
    # The body is not read here: it belongs to the client, which may not have had it yet.
    account.exchange.session.hooks["response"].append(lambda response, **_: heard.append(response))
    questions = [each for each in QUESTIONS if found.account in each.kinds]
    with bar(len(questions), quiet) as advance:
        for question in questions:
            start = account.begin()
            heard.clear()
            try:
                if busy and question.writes:
                    raise Undecided(f"left out: {busy}")
                found.answers[question.name] = question.answer(account)
            except Undecided as error:
                found.answers[question.name] = Trial(UNKNOWN, str(error))
            finally:
                found.heard[question.name] = start, list(heard)
            advance(question.name)


def _restore(account: DemoAccount, before: Mapping[str, Any], found: Findings) -> None:
    """Restore the account; a second interrupt ends that, and what is left is named."""
    account.tries = TRIES_RESTORING
    try:
        found.not_restored = account.restore(before) if account.touched else []
    except KeyboardInterrupt:
        found.interrupts += 1
        found.trouble = found.trouble or "interrupted"
        if found.interrupts < 2:
            return _restore(account, before, found)
        found.trouble += "; not restored: interrupted again"
        found.not_restored = account.differences(before, {})
    except (ccxt.BaseError, Undecided) as error:
        found.trouble = "; ".join(filter(None, (found.trouble, f"not restored: {explained(error, demo=True)}")))
        found.not_restored = account.differences(before, {})
    found.restored = not any(": was " in each for each in found.not_restored)


def _open_account(exchange: ccxt.Exchange, symbol: str) -> DemoAccount:
    """Find out the account type, with the demo header; both APIs refuse what is no demo key."""
    account = DemoAccount(exchange, UNIFIED)
    # https://www.bitget.com/api-doc/contract/account/Get-Account-List
    reads = (
        (UNIFIED, UNIFIED["settings"], {}),
        (CLASSIC, "v2/mix/account/accounts", {name.PRODUCT_TYPE: "USDT-FUTURES"}),
    )
    texts = []
    for account.api, path, fields in reads:
        reply = account.send("GET", path, fields)
        texts.append(reply.text)
        if reply.accepted:
            break
    else:
        raise ccxt.AuthenticationError(
            "Bitget does not accept this key in its demo environment, so nothing was asked or written: "
            f"{', '.join(texts)}; it must be a demo key that may read and write futures"
        )
    exchange.options["uta"] = account.unified
    exchange.load_markets()
    try:
        market = exchange.market(symbol)
    except ccxt.BadSymbol as error:
        raise Misuse(str(error)) from None
    account.symbol, limits = market["symbol"], market["limits"]
    account.product, account.highest = PRODUCTS.get(market["quote"], ""), int(limits["leverage"]["max"] or 0)
    if not market["contract"] or not account.product or account.highest < LOWEST_MAXIMUM:
        raise Misuse(f"{symbol}: name a contract of a demo key with at least {LOWEST_MAXIMUM}x, such as BTC/USDT:USDT")
    account.target = {name.SYMBOL: market["id"], account.api["product"]: account.product}
    account.target |= {} if account.unified else {name.MARGIN_COIN: market["settle"]}
    # The smallest order is the contract's own, or what its least value makes it.
    value, step = 1.2 * (limits["cost"]["min"] or 0), market["precision"]["amount"]
    least = max(limits["amount"]["min"] or 0, value / exchange.fetch_ticker(account.symbol)["last"])
    account.size = str(exchange.amount_to_precision(account.symbol, math.ceil(round(least / step, 6)) * step))
    return account


def _look(account: DemoAccount) -> str:
    """Return why nothing can be written to the contract, because it has a position or orders; empty where it has none.
    Those of other contracts only keep the position mode as it is.
    """
    busy: set[str] = set()
    plans = ("",) if account.unified else ("normal_plan", "track_plan", "profit_loss")
    lists = [("all positions", ""), ("orders", ""), *(("stops", plan) for plan in plans)]
    for product in PRODUCTS.values() if account.unified else [account.product]:
        for listed, plan in lists:
            fields = {account.api["product"]: product, **({name.PLAN_TYPE: plan} if plan else {})}
            reply = account.send("GET", account.api[listed], fields)
            if not reply.accepted and listed != "stops":  # stops are refused to some keys
                raise Undecided(f"whether there are positions or orders cannot be read: {reply.text}")
            busy.update(str(row.get(name.SYMBOL)) for row in rows_of(reply.data))
    account.position_mode_fixed = f"a position or an order is open in {', '.join(sorted(busy))}" if busy else ""
    return account.position_mode_fixed if account.target[name.SYMBOL] in busy else ""


def _observe(account: DemoAccount, before: dict[str, Any]) -> None:
    """See by positions which leverages are in force, and set one to see whether that is allowed."""
    reasons = []
    for margin in (CROSSED, ISOLATED):
        try:
            account.in_force(margin)
        except Undecided as error:
            reasons.append(str(error))
    before.update(account.known)
    if len(reasons) == 2:
        account.orders_off = f"the first ones were refused: {'; '.join(reasons)}"
    for margin, form in ((margin, form) for margin in (CROSSED, ISOLATED) for form in (ALONE, PAIR, SIDED, ALL)):
        reply = account.set_leverage(margin, form, *account.fresh())
        if reply.accepted:
            return
    raise Undecided(f"the key cannot set a leverage on this account: {reply.text}")
