"""One run of ``learn``: look at the account, put the questions, restore the account; the last always."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ccxt
import requests

from ..connection import Misuse
from ..output import explained
from .account import (
    ALL,
    ALONE,
    PAIR,
    SIDED,
    TRIES_RESTORING,
    AccountState,
    DemoAccount,
    Stuck,
    Undecided,
    rows_of,
    send,
)
from .fields import CLASSIC, CROSSED, ISOLATED, PRODUCTS, UNIFIED
from .questions import UNKNOWN, Answer, Question, questions_for
from .recording import listen

# What is needed for leverages that differ from each other and from those in force.
LOWEST_MAXIMUM = 20


class NotDemo(Exception):  # noqa: N818  # what it is
    """Bitget does not accept the key as a demo key."""


@dataclass
class Findings:
    """What a run found.

    :ivar answers: by question; the value is ``"unknown"`` where there is none, with the reason
    :ivar heard: by question, the responses
    :ivar starts: by question, what its requests depended on
    :ivar not_restored: what is not as it was, or not known to be
    :ivar restored: whether everything that was known beforehand is as it was
    :ivar trouble: why the run ended early; empty where it did not
    :ivar interrupts: how often Ctrl-C was pressed
    """

    account: str
    symbol: str
    answers: dict[str, Answer] = field(default_factory=dict)
    heard: dict[str, list[requests.Response]] = field(default_factory=dict)
    starts: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_restored: list[str] = field(default_factory=list)
    restored: bool = True
    trouble: str = ""
    interrupts: int = 0


@dataclass
class LearnRun:
    """One run on one account.

    :ivar orders: whether orders may be placed
    """

    exchange: ccxt.Exchange
    symbol: str
    orders: bool = True
    progress: Callable[[int, int, str], None] = lambda done, total, name: None

    def run(self) -> Findings:
        """Put every question that can be put.

        :raises NotDemo: before anything was written: it is no demo key
        :raises Misuse: before anything was written: the contract cannot be used
        :raises ccxt.BaseError: before anything was written: no answer, or no account that can be read
        """
        heard = listen(self.exchange)
        unified = _is_unified(self.exchange)
        self.exchange.options["uta"] = unified
        account = open_account(self.exchange, self.symbol, unified)
        if not self.orders:
            account.orders_off = "--no-orders was given"
        busy = _look(account)
        try:
            before = account.read()
        except Undecided as error:
            raise ccxt.ExchangeError(str(error)) from None
        found = Findings(account.api.kind, account.symbol)
        try:
            if not busy:
                _observe(account, before)
            self._ask(account, found, heard, busy)
        except KeyboardInterrupt:
            found.interrupts += 1
            found.trouble = "interrupted"
        except (ccxt.BaseError, Stuck, Undecided) as error:
            found.trouble = explained(error, demo=True)
        finally:
            self._restore(account, before, found)
        return found

    def _ask(self, account: DemoAccount, found: Findings, heard: list[requests.Response], busy: str) -> None:
        questions = questions_for(found.account)
        for number, question in enumerate(questions):
            self.progress(number, len(questions), question.name)
            account.begin()
            mark = len(heard)
            found.starts[question.name] = account.start()
            try:
                found.answers[question.name] = _answer(account, question, busy)
            finally:
                found.heard[question.name] = heard[mark:]
        self.progress(len(questions), len(questions), "restoring")

    def _restore(self, account: DemoAccount, before: AccountState, found: Findings) -> None:
        """Restore the account; a second interrupt ends that, and what is left is named."""
        account.tries = TRIES_RESTORING
        while account.touched:
            try:
                found.not_restored = account.restore(before)
                found.restored = not any(": was " in each for each in found.not_restored)
                return
            except KeyboardInterrupt:
                found.interrupts += 1
                found.trouble = found.trouble or "interrupted"
                if found.interrupts < 2:
                    continue
                reason = "interrupted while it was restored"
            except (ccxt.BaseError, Stuck, Undecided) as error:
                reason = explained(error, demo=True)
            found.trouble = "; ".join(part for part in (found.trouble, f"not restored: {reason}") if part)
            found.not_restored, found.restored = account.left(before), False
            return


def _answer(account: DemoAccount, question: Question, busy: str) -> Answer:
    if busy and question.writes:
        return Answer(UNKNOWN, f"left out: {busy}")
    try:
        return question.answer(account)
    except Undecided as error:
        return Answer(UNKNOWN, str(error))


def _is_unified(exchange: ccxt.Exchange) -> bool:
    """Return the account type, asked with the demo header; both APIs refuse what is no demo key.

    :raises NotDemo: they do
    """
    unified = send(exchange, "GET", UNIFIED.settings, {})
    if unified.accepted:
        return True
    # https://www.bitget.com/api-doc/contract/account/Get-Account-List
    classic = send(exchange, "GET", "v2/mix/account/accounts", {CLASSIC.product: "USDT-FUTURES"})
    if classic.accepted:
        return False
    said = "; ".join(dict.fromkeys((unified.text, classic.text)))
    raise NotDemo(
        f"Bitget does not accept this key in its demo environment, so nothing was asked or written: {said}. It must be "
        "a demo key (Bitget: demo trading, API management) that may read and write futures, with its own secret and "
        "passphrase"
    )


def open_account(exchange: ccxt.Exchange, symbol: str, unified: bool) -> DemoAccount:
    """Return the contract of the account that *symbol* names.

    :raises Misuse: it is no contract, or none that leverages can be told apart on
    """
    exchange.load_markets()
    try:
        market = exchange.market(symbol)
    except ccxt.BadSymbol as error:
        raise Misuse(str(error)) from None
    product, highest = PRODUCTS.get(market["quote"]), market["limits"]["leverage"]["max"] or 0
    if not market["contract"] or product is None:
        raise Misuse(f"{market['symbol']} is no contract that a demo key can trade: name one like BTC/USDT:USDT")
    if highest < LOWEST_MAXIMUM:
        raise Misuse(f"{market['symbol']} allows {highest}: name a contract that allows {LOWEST_MAXIMUM}")
    api = UNIFIED if unified else CLASSIC
    target = {"symbol": market["id"], api.product: product}
    if not unified:
        target["marginCoin"] = market["settle"]
    return DemoAccount(exchange, api, market["symbol"], target, _smallest(exchange, market), int(highest))


def _smallest(exchange: ccxt.Exchange, market: Any) -> str:
    """Return the size of the smallest order: the contract's own, and what its least value makes it."""
    price = exchange.fetch_ticker(market["symbol"])["last"]
    least = market["limits"]["cost"]["min"] or 0
    amount = max(market["limits"]["amount"]["min"] or 0, 1.2 * least / price)
    step = market["precision"]["amount"]
    return str(exchange.amount_to_precision(market["symbol"], math.ceil(round(amount / step, 6)) * step))


def _look(account: DemoAccount) -> str:
    """Return why nothing can be written to the contract, because it has a position or orders; empty where it has none.
    Those of other contracts only fix the position mode.

    :raises ccxt.ExchangeError: that cannot be read
    """
    busy: set[str] = set()
    products = set(PRODUCTS.values()) if account.unified else {account.target[account.api.product]}
    for product in sorted(products):
        for path, fields, needed in ((account.api.all_positions, {}, True), *account.api.open_orders):
            reply = account.send("GET", path, {account.api.product: product, **fields})
            if needed and not reply.accepted:
                raise ccxt.ExchangeError(f"whether there are positions or orders cannot be read: {reply.text}")
            busy.update(str(row.get("symbol")) for row in rows_of(reply.data))
    if busy:
        account.position_mode_fixed = f"a position or an order is open in {', '.join(sorted(busy))}"
    return account.position_mode_fixed if account.target["symbol"] in busy else ""


def _observe(account: DemoAccount, before: AccountState) -> None:
    """Open positions to see which leverages are in force, and set one to see whether that is allowed.

    :raises Undecided: the key may not set a leverage
    """
    reasons = []
    for margin in (CROSSED, ISOLATED):
        try:
            shown = account.in_force(margin) or {}
            before.leverages.update({(margin, side): value for side, value in shown.items()})
        except Undecided as error:
            reasons.append(str(error))
    if len(reasons) == 2:
        account.orders_off = f"the first ones were refused: {'; '.join(reasons)}"
    for margin in (CROSSED, ISOLATED):
        for form in (ALONE, PAIR, SIDED, ALL):
            reply = account.set_leverage(margin, form, *account.fresh(differ=True))
            if reply.accepted:
                return
    raise Undecided(f"the key cannot set a leverage on this account: {reply.text}")
