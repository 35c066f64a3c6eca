"""One run: look, write down, ask, put back. Whatever happens in between, the last step is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ccxt

from bitget_leverage_ext.drive import Flow, blocking
from bitget_leverage_ext.rules.errors import NotAContract
from bitget_leverage_ext.rules.products import Contract, find_contract

from ..connection import Misuse
from ..messages import explained
from .accounts import Account, Held
from .asking import Reply, Untold, Unwritable, ask
from .classic import Classic
from .questions import UNASKED, UNKNOWN, Answer, Experiment, of
from .tap import Passed, Tap
from .unified import Unified

# What is needed to tell figures apart.
LOWEST_MAXIMUM = 15
# Seconds that faults are waited out for when the account is put back.
RESTORING = 30.0

Progress = Callable[[int, int, str], None]


class NotDemo(Exception):  # noqa: N818  # what it is
    """The exchange does not take the key for a demo key."""


@dataclass
class Findings:
    """What a run found.

    :ivar answers: by question; the value is ``"unknown"`` where there is none, with the reason
    :ivar passed: by question, what went over the wire
    :ivar not_restored: what is not as it was, or not known to be
    :ivar put_back: whether everything that could be read beforehand is as it was
    :ivar trouble: why the run ended early; empty where it did not
    :ivar interrupts: how often Ctrl-C was pressed
    """

    account: str
    symbol: str
    answers: dict[str, Answer] = field(default_factory=dict)
    passed: dict[str, list[Passed]] = field(default_factory=dict)
    not_restored: list[str] = field(default_factory=list)
    put_back: bool = True
    trouble: str = ""
    interrupts: int = 0


class Session:
    """One run with one account."""

    def __init__(self, exchange: Any, symbol: str, progress: Progress = lambda done, total, name: None) -> None:
        self.exchange, self.symbol, self.progress = exchange, symbol, progress
        self.tap = Tap(exchange)

    def run(self) -> Findings:
        """Ask everything that can be asked.

        :raises NotDemo: before anything was written: it is no demo key
        :raises Misuse: before anything was written: the contract will not do
        :raises ccxt.BaseError: before anything was written: no answer, or no account that can be read
        """
        unified = blocking(self.exchange, _identified())
        self.exchange.options["uta"] = unified
        contract = self._contract()
        on: Account = (Unified if unified else Classic)(contract)
        busy = blocking(self.exchange, _look(on, unified))
        before = blocking(self.exchange, _readable(on))
        findings = Findings("unified" if unified else "classic", contract.symbol)
        try:
            self._ask(on, findings, busy)
        except KeyboardInterrupt:
            findings.interrupts += 1
            findings.trouble = "interrupted"
        except Unwritable as no:
            findings.trouble = f"the key cannot set a leverage on this account: {no}"
        except ccxt.BaseError as error:
            findings.trouble = explained(error, demo=True)
        finally:
            self._restore(on, before, findings)
        for name, reason in UNASKED.items():
            findings.answers.setdefault(name, Answer(UNKNOWN, reason))
        return findings

    def _contract(self) -> Contract:
        self.exchange.load_markets()
        try:
            contract = find_contract(self.exchange.markets, self.exchange.markets_by_id, self.symbol, None, None)
        except NotAContract as no:
            raise Misuse(str(no)) from None
        if contract.demo:
            raise Misuse(f"{contract.symbol} is an S-coin, which a demo key cannot trade: name an ordinary contract")
        if (contract.max_leverage or 0) < LOWEST_MAXIMUM:
            raise Misuse(f"{contract.symbol} allows {contract.max_leverage}: name a contract that allows more leverage")
        return contract

    def _ask(self, on: Account, findings: Findings, busy: str) -> None:
        if not busy:
            blocking(self.exchange, on.can_write())
        experiments = of(findings.account)
        for number, each in enumerate(experiments):
            self.progress(number, len(experiments), each.name)
            mark = self.tap.mark()
            try:
                findings.answers[each.name] = self._answer(on, each, busy)
            finally:
                findings.passed[each.name] = self.tap.since(mark)
        self.progress(len(experiments), len(experiments), "putting back")

    def _answer(self, on: Account, asked: Experiment, busy: str) -> Answer:
        if busy and asked.writes:
            return Answer(UNKNOWN, f"left out: {busy}")
        on.begin()
        try:
            return blocking(self.exchange, asked.flow(on))
        except Untold as no:
            return Answer(UNKNOWN, str(no))

    def _restore(self, on: Account, before: Held, findings: Findings) -> None:
        """Put the account back; a second interrupt ends that, and then it is said what is left."""
        if not on.touched:
            return
        on.patience = RESTORING
        while True:
            try:
                findings.not_restored = blocking(self.exchange, on.restore(before))
                findings.put_back = not any(": was " in each for each in findings.not_restored)
                return
            except KeyboardInterrupt:
                findings.interrupts += 1
                findings.trouble = findings.trouble or "interrupted"
                if findings.interrupts < 2:
                    continue
                reason = "interrupted while it was put back"
            except (ccxt.BaseError, Untold) as error:
                reason = explained(error, demo=True)
            findings.trouble = "; ".join(part for part in (findings.trouble, f"not put back: {reason}") if part)
            findings.not_restored, findings.put_back = on.left(before), False
            return


def _identified() -> Flow[bool]:
    """Whether the account is unified, asked with the demo header; both APIs refuse what is no demo key.

    :raises NotDemo: they do
    """
    # https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
    unified: Reply = yield from ask("GET", "v3/account/settings", {})
    if unified.accepted:
        return True
    # https://www.bitget.com/api-doc/contract/account/Get-Account-List
    classic: Reply = yield from ask("GET", "v2/mix/account/accounts", {"productType": "USDT-FUTURES"})
    if classic.accepted:
        return False
    said = "; ".join(dict.fromkeys((unified.said, classic.said)))
    raise NotDemo(
        f"Bitget does not accept this key in its demo environment, so nothing was asked or written: {said}. It must be "
        "a demo key (Bitget: demo trading, API management) that may read and write futures, with its own secret and "
        "passphrase"
    )


def _readable(on: Account) -> Flow[Held]:
    try:
        return (yield from on.read())
    except Untold as no:
        raise ccxt.ExchangeError(str(no)) from None


def _look(on: Account, unified: bool) -> Flow[str]:
    """Why nothing can be asked of the contract, because it has a position or orders; empty where it has none. Those of
    other contracts only keep the position mode as it is.

    :raises ccxt.ExchangeError: that cannot be read
    """
    busy: set[str] = set()
    for path, fields, needed in _UNIFIED_LOOKS if unified else _classic_looks(on.contract.product_type):
        reply: Reply = yield from ask("GET", path, fields)
        if needed and not reply.accepted:
            raise ccxt.ExchangeError(f"whether there are positions or orders cannot be read: {reply.said}")
        busy.update(str(row.get("symbol")) for row in _rows(reply.data))
    if busy:
        on.fixed = f"a position or an order is open in {', '.join(sorted(busy))}"
    return on.fixed if on.contract.id in busy else ""


# https://www.bitget.com/api-doc/uta/trade/Get-Position, …/uta/trade/Get-Order-Pending, …/uta/strategy/
_UNIFIED_LOOKS: list[tuple[str, dict[str, str], bool]] = [
    (path, {"category": category}, needed)
    for category in ("USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES")
    for path, needed in (
        ("v3/position/current-position", True),
        ("v3/trade/unfilled-orders", True),
        ("v3/trade/unfilled-strategy-orders", False),
    )
]


# https://www.bitget.com/api-doc/contract/position/get-all-position
# https://www.bitget.com/api-doc/contract/trade/Get-Orders-Pending
# https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending
def _classic_looks(product_type: str) -> list[tuple[str, dict[str, str], bool]]:
    """Paths, fields, and whether there is no going on without the answer: plans are refused to some keys."""
    fields = {"productType": product_type}
    plans = ("normal_plan", "track_plan", "profit_loss")
    return [
        ("v2/mix/position/all-position", fields, True),
        ("v2/mix/order/orders-pending", fields, True),
        *(("v2/mix/order/orders-plan-pending", {**fields, "planType": plan}, False) for plan in plans),
    ]


def _rows(data: Any) -> Iterator[dict[str, Any]]:
    """The rows of a listing, which is a list or holds one."""
    if isinstance(data, dict):
        data = next((each for each in data.values() if isinstance(each, list)), None)
    yield from (row for row in data or () if isinstance(row, dict))
