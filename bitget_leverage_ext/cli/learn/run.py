"""One run of ``learn``: look at the account, put the questions, restore the account. The last is done in any case."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import ccxt
import requests

from ..connection import Misuse
from ..output import bar, explained
from .account import (
    ALL, ALONE, PAIR, SIDED, TRIES_RESTORING, ContractSettings, DemoAccount, Trial, Undecided, rows_of,
)  # fmt: skip
from .fields import CLASSIC, CROSSED, ISOLATED, PRODUCTS, UNIFIED
from .questions import QUESTIONS, UNKNOWN

# What is needed for leverages that differ from each other and from those in force.
LOWEST_MAXIMUM = 20


class NotDemo(Exception):  # noqa: N818  # what it is
    """Bitget does not accept the key as a demo key."""


@dataclass
class Findings:
    """What a run found: an answer by question, ``unknown`` with the reason, and what was heard meanwhile.

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
    """Put every question that can be put, and restore the account.

    :param orders: whether orders may be placed
    :param quiet: whether to show no progress
    :raises NotDemo, Misuse, ccxt.BaseError: before anything was written: it is no demo key; the contract cannot be
        used; there is no answer, or no account that can be read
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


def _restore(account: DemoAccount, before: ContractSettings, found: Findings) -> None:
    """Restore the account; a second interrupt ends that, and what is left is named."""
    account.tries = TRIES_RESTORING
    while account.touched:
        try:
            found.not_restored = account.restore(before)
            break
        except KeyboardInterrupt:
            found.interrupts += 1
            if found.interrupts < 2:
                found.trouble = found.trouble or "interrupted"
                continue
            reason = "interrupted while it was restored"
        except (ccxt.BaseError, Undecided) as error:
            reason = explained(error, demo=True)
        found.trouble = "; ".join(filter(None, (found.trouble, f"not restored: {reason}")))
        found.not_restored = account.differences(before, None)
        break
    found.restored = not any(": was " in each for each in found.not_restored)


def _open_account(exchange: ccxt.Exchange, symbol: str) -> DemoAccount:
    account = DemoAccount(exchange, UNIFIED)
    replies = [account.send("GET", UNIFIED["settings"], {})]
    if not replies[0].accepted:
        account.api = CLASSIC
        # https://www.bitget.com/api-doc/contract/account/Get-Account-List
        fields = {CLASSIC["product"]: PRODUCTS["USDT"]}
        replies.append(account.send("GET", "v2/mix/account/accounts", fields))
    if not replies[-1].accepted:
        raise NotDemo(
            "Bitget does not accept this key in its demo environment, so nothing was asked or written: "
            f"{'; '.join(dict.fromkeys(each.text for each in replies))}. It must be a demo key (Bitget: demo trading, "
            "API management) that may read and write futures, with its own secret and passphrase"
        )
    exchange.options["uta"] = account.unified
    exchange.load_markets()
    try:
        market = exchange.market(symbol)
    except ccxt.BadSymbol as error:
        raise Misuse(str(error)) from None
    _choose(account, market)
    return account


def _choose(account: DemoAccount, market: Any) -> None:
    """Check a market, and compute the size of its smallest order."""
    product, limits = PRODUCTS.get(market["quote"]), market["limits"]
    if not market["contract"] or product is None:
        raise Misuse(f"{market['symbol']} is no contract that a demo key can trade: name one like BTC/USDT:USDT")
    account.highest = int(limits["leverage"]["max"] or 0)
    if account.highest < LOWEST_MAXIMUM:
        raise Misuse(f"{market['symbol']} allows {account.highest}: name a contract that allows {LOWEST_MAXIMUM}")
    account.symbol, account.target = market["symbol"], {"symbol": market["id"], account.api["product"]: product}
    if not account.unified:
        account.target["marginCoin"] = market["settle"]
    value = 1.2 * (limits["cost"]["min"] or 0) / account.exchange.fetch_ticker(account.symbol)["last"]
    step = market["precision"]["amount"]
    steps = math.ceil(round(max(limits["amount"]["min"] or 0, value) / step, 6))
    account.size = str(account.exchange.amount_to_precision(account.symbol, steps * step))


def _look(account: DemoAccount) -> str:
    """Return why nothing can be written to the contract, because it has a position or orders; empty where it has none.
    Those of other contracts only keep the position mode as it is.
    """
    busy: set[str] = set()
    plans = [{}] if account.unified else [{"planType": plan} for plan in ("normal_plan", "track_plan", "profit_loss")]
    lists = [("all positions", {}), ("orders", {}), *(("stops", plan) for plan in plans)]
    for product in PRODUCTS.values() if account.unified else account.product.values():
        for listed, plan in lists:
            reply = account.send("GET", account.api[listed], {account.api["product"]: product, **plan})
            if not reply.accepted and listed != "stops":  # stops are refused to some keys
                raise Undecided(f"whether there are positions or orders cannot be read: {reply.text}")
            busy.update(str(row.get("symbol")) for row in rows_of(reply.data))
    account.position_mode_fixed = f"a position or an order is open in {', '.join(sorted(busy))}" if busy else ""
    return account.position_mode_fixed if account.target["symbol"] in busy else ""


def _observe(account: DemoAccount, before: ContractSettings) -> None:
    """See by positions which leverages are in force, and set one to see whether that is allowed."""
    reasons = []
    for margin in (CROSSED, ISOLATED):
        try:
            shown = account.in_force(margin) or {}
            before.leverages.update({(margin, side): value for side, value in shown.items()})
        except Undecided as error:
            reasons.append(str(error))
    if len(reasons) == 2:
        account.orders_off = f"the first ones were refused: {'; '.join(reasons)}"
    for margin, form in ((margin, form) for margin in (CROSSED, ISOLATED) for form in (ALONE, PAIR, SIDED, ALL)):
        reply = account.set_leverage(margin, form, *account.fresh())
        if reply.accepted:
            return
    raise Undecided(f"the key cannot set a leverage on this account: {reply.text}")
