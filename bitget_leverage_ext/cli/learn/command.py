"""The command ``learn``: one run, which restores the account in any case, and its report, without keys."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import parse_qsl, urlencode, urlsplit

import ccxt
import requests
from rich.text import Text

import bitget_leverage_ext
from bitget_leverage_ext.api import fields as name
from bitget_leverage_ext.emulator import Quirks
from bitget_leverage_ext.rules.contracts import find_contract
from bitget_leverage_ext.rules.refusals import NotAContract

from ..connection import Misuse
from ..messages import explained, masked
from ..output import INTERRUPTED, bar, console, exit_code, failed, print_json, table
from .account import ALL, ALONE, BEGINNING, PAIR, SIDED, TRIES_RESTORING, DemoAccount, Trial, Undecided, rows_of
from .fields import CLASSIC, CROSSED, ISOLATED, PRODUCTS, UNIFIED
from .questions import QUESTIONS, UNKNOWN

MONEY = (
    "both, long, short: where positions then have the leverage. A position has the smallest size (of BTC/USDT:USDT: 10 "
    "USDT) and is closed at once: 20 USDT of play money are enough. What is in force is seen first, and restored last."
)
PERSONAL = re.compile(r'"(uid|userId|user_id|inviterId|parentId|channelCode|ips)":\s*("[^"]*"|\d+|\[[^\]]*\])')


@dataclass
class LearnRun:
    """One run: the answers, what each question began with and heard, and how the run ended."""

    account: DemoAccount
    answers: dict[str, Trial] = field(default_factory=dict)
    heard: dict[str, tuple[dict[str, Any], list[requests.Response]]] = field(default_factory=dict)
    not_restored: list[str] = field(default_factory=list)
    restored: bool = True  # whether what was known beforehand is as it was
    trouble: str = ""  # why it ended early
    interrupts: int = 0

    def start(self, symbol: str, orders: bool = True, quiet: bool = True) -> LearnRun:
        """Put every question and restore the account; Misuse or ccxt.BaseError come before anything is written."""
        self._find_account_type()
        self._choose_contract(symbol)
        self.account.orders_off = "" if orders else "--no-orders was given"
        try:
            busy, before = self._look(), self.account.read()
        except Undecided as error:
            raise ccxt.ExchangeError(str(error)) from None
        try:
            if not busy:
                self._observe(before)
            self._ask(busy, quiet)
        except KeyboardInterrupt:
            self.interrupts, self.trouble = 1, "interrupted"
        except (ccxt.BaseError, Undecided) as error:
            self.trouble = explained(error, demo=True)
        finally:
            self._restore(before)
        return self

    def _find_account_type(self) -> None:
        """Ask with the demo header, which both APIs refuse for a key that is no demo key."""
        texts = []
        # https://www.bitget.com/api-doc/contract/account/Get-Account-List
        classic = CLASSIC, "v2/mix/account/accounts", {name.PRODUCT_TYPE: PRODUCTS["USDT"]}
        for self.account.api, path, body in ((UNIFIED, UNIFIED["settings"], {}), classic):
            reply = self.account.send("GET", path, body)
            texts.append(reply.seen)
            if reply.accepted:
                self.account.exchange.options["uta"] = self.account.unified
                return
        raise ccxt.AuthenticationError(
            f"Bitget does not accept this key in its demo environment, so nothing was asked: {', '.join(texts)}; use a "
            "demo key that may read and write futures"
        )

    def _choose_contract(self, symbol: str) -> None:
        account, exchange = self.account, self.account.exchange
        exchange.load_markets()
        try:
            contract = find_contract(exchange.markets, exchange.markets_by_id, symbol)
        except NotAContract as error:
            raise Misuse(str(error)) from None
        account.symbol, account.highest = contract.symbol, int(contract.max_leverage or 0)
        if contract.demo or account.highest < 20:  # so many are needed to tell leverages apart
            raise Misuse(f"{symbol}: name a contract of a demo key that allows 20x and more, such as BTC/USDT:USDT")
        account.target = {name.SYMBOL: contract.id, account.api["product"]: contract.product_type}
        account.target |= {} if account.unified else {name.MARGIN_COIN: contract.margin_coin}
        market = exchange.market(account.symbol)  # its smallest order is of the least size, or of the least value
        value, step = 1.2 * (market["limits"]["cost"]["min"] or 0), market["precision"]["amount"]
        least = max(market["limits"]["amount"]["min"] or 0, value / exchange.fetch_ticker(account.symbol)["last"])
        account.size = str(exchange.amount_to_precision(account.symbol, math.ceil(round(least / step, 6)) * step))

    def _look(self) -> str:
        """Return why the contract cannot be tried, if it has a position or orders; others fix the position mode."""
        account, busy = self.account, set[str]()
        plans = ("",) if account.unified else ("normal_plan", "track_plan", "profit_loss")
        lists = [("all positions", ""), ("orders", ""), *(("stops", plan) for plan in plans)]
        products = PRODUCTS.values() if account.unified else [account.target[account.api["product"]]]
        for product, (listed, plan) in ((product, each) for product in products for each in lists):
            body = {account.api["product"]: product, **({name.PLAN_TYPE: plan} if plan else {})}
            reply = account.send("GET", account.api[listed], body)
            if not reply.accepted and listed != "stops":  # stops are refused to some keys
                raise Undecided(f"whether there are positions or orders cannot be read: {reply.seen}")
            busy.update(str(row.get(name.SYMBOL)) for row in rows_of(reply.data))
        account.position_mode_fixed = f"a position or an order is open in {', '.join(sorted(busy))}" if busy else ""
        return account.position_mode_fixed if account.target[name.SYMBOL] in busy else ""

    def _observe(self, before: dict[str, Any]) -> None:
        """See by positions which leverages are in force, and set one to see whether that is allowed."""
        reasons = []
        for margin in (CROSSED, ISOLATED):
            try:
                self.account.in_force(margin)
            except Undecided as error:
                reasons.append(str(error))
        before.update(self.account.known)
        if len(reasons) == 2:
            self.account.orders_off = f"the first ones were refused: {'; '.join(reasons)}"
        for margin, form in ((margin, form) for margin in (CROSSED, ISOLATED) for form in (ALONE, PAIR, SIDED, ALL)):
            reply = self.account.set_leverage(margin, form, *self.account.fresh())
            if reply.accepted:
                return
        raise Undecided(f"the key cannot set a leverage on this account: {reply.seen}")

    def _ask(self, busy: str, quiet: bool) -> None:
        heard: list[requests.Response] = []
        # The body is not read here: it belongs to the client, which may not have had it yet.
        self.account.exchange.session.hooks["response"].append(lambda response, **_: heard.append(response))
        questions = [each for each in QUESTIONS if self.account.api["kind"] in each.kinds]
        with bar(len(questions), quiet) as advance:
            for question in questions:
                if self.account.open:
                    self.account.close_everything()
                self.account.avoid = []
                start = {key: copy(vars(self.account)[key]) for key in BEGINNING}
                heard.clear()
                try:
                    if busy and question.writes:
                        raise Undecided(f"left out: {busy}")
                    self.answers[question.name] = question.answer(self.account)
                except Undecided as error:
                    self.answers[question.name] = Trial(UNKNOWN, str(error))
                finally:
                    self.heard[question.name] = start, list(heard)
                advance(question.name)

    def _restore(self, before: Mapping[str, Any]) -> None:
        """Restore the account; a second interrupt ends that, and what is left is named."""
        self.account.tries = TRIES_RESTORING
        try:
            self.not_restored = self.account.restore(before) if self.account.touched else []
        except (KeyboardInterrupt, ccxt.BaseError, Undecided) as error:
            interrupted = isinstance(error, KeyboardInterrupt)
            self.interrupts += interrupted
            reason = "interrupted" if interrupted else f"not restored: {explained(error, demo=True)}"
            self.trouble = "; ".join(filter(None, (self.trouble, reason)))
            if interrupted and self.interrupts < 2:
                return self._restore(before)
            self.not_restored = self.account.differences(before, {})
        self.restored = not any(": was " in each for each in self.not_restored)

    def complete(self) -> dict[str, Trial]:
        """Return an answer to every question: those of `Quirks` in its order, then the others."""
        names = [*get_type_hints(Quirks), *(each.name for each in QUESTIONS)]
        reasons = dict.fromkeys(names, "no question to this account")
        kind = self.account.api["kind"]
        reasons |= {each.name: f"not reached: {self.trouble}" for each in QUESTIONS if kind in each.kinds}
        return {asked: self.answers.get(asked, Trial(UNKNOWN, reason)) for asked, reason in reasons.items()}

    def report(self) -> dict[str, Any]:
        """Return the report. `Quirks.from_report` reads it; the answers are named and valued as there."""
        evidence = {}
        for asked, answer in self.complete().items():
            said = {"reason" if answer.outcome == UNKNOWN else "seen": masked(answer.seen)}
            evidence[asked] = [said, *map(_evidence, self.heard.get(asked, ({}, []))[1])]
        return {
            "account": self.account.api["kind"],
            "answers": {asked: answer.outcome for asked, answer in self.complete().items()},
            "evidence": evidence,
            "restored": not self.not_restored,
            "notRestored": self.not_restored,
            "ccxt": ccxt.__version__,
            "version": bitget_leverage_ext.__version__,
            "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            **({"error": self.trouble} if self.trouble else {}),
        }

    def record(self, folder: Path, url: str | None) -> None:
        """Write ``learn/<account type>/<question>.yaml`` for each question that was put; OSError if that fails."""
        import yaml

        made = self.report()
        origin = "not api.bitget.com, but the host that --url named" if url else "api.bitget.com, a demo key"
        for asked, (start, heard) in self.heard.items():
            content = {"origin": origin, "question": asked, "symbol": self.account.symbol, "start": start, "version": 1}
            content["answer"] = made["answers"][asked]
            content["interactions"] = [_interaction(**each) for each in made["evidence"][asked][1:]]
            path = folder / "learn" / made["account"] / f"{asked}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            if heard:
                path.write_text(yaml.safe_dump(content, sort_keys=False, width=10**6), encoding="utf-8")

    def show(self) -> None:
        """Print the answers, those that differ from what the package assumes, and what is not restored."""
        title, out = f"{self.account.api['kind']} demo account, {self.account.symbol}", console()
        made = table("question", "answer", "how it was seen", "assumed so far", title=title)
        for asked, answer in self.complete().items():
            assumed = getattr(Quirks(), asked, "")
            differs = assumed and answer.outcome not in (UNKNOWN, "string", assumed)
            note = Text(f"differs: {assumed}", "bold yellow") if differs else Text(assumed, "dim")
            made.add_row(asked, Text(answer.outcome, "bold"), masked(answer.seen), note)
        out.print(made)
        for each in self.not_restored:
            out.print(f"{'Not known to be as it was' if self.restored else 'NOT as it was'}: {each}")
        if self.restored:
            out.print("What was known before is as it was." if self.not_restored else "The account is as it was.")
        if self.trouble:
            console(stderr=True).print(f"Ended early: {self.trouble}")


def learn(
    exchange: ccxt.Exchange, symbol: str, as_json: bool, url: str | None,
    report_to: Path | None, record_to: Path | None, orders: bool = True,
) -> int:  # fmt: skip
    """Put the questions, restore the account, report; return the exit code, 0 if all went well and is as it was."""
    if report_to and (report_to.is_dir() or not report_to.absolute().parent.is_dir()):
        raise Misuse(f"--report {report_to}: no file can be written there")
    if record_to and record_to.exists() and not record_to.is_dir():
        raise Misuse(f"--cassettes {record_to}: not a folder")
    if record_to and find_spec("yaml") is None:
        raise Misuse("--cassettes needs pyyaml: pip install pyyaml")
    # A host on this machine answers 429 if it has a limit.
    exchange.enableRateLimit = urlsplit(url or "").hostname not in ("127.0.0.1", "localhost", "::1")
    try:
        found = LearnRun(DemoAccount(exchange)).start(symbol, orders, quiet=as_json)
    except KeyboardInterrupt:
        failed("interrupted before anything was written", as_json, INTERRUPTED)
    if report_to:
        report_to.write_text(json.dumps(found.report(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if record_to:
        found.record(record_to, url)
    print_json(found.report()) if as_json else found.show()
    return exit_code(not found.trouble and found.restored, found.interrupts > 0)


def _evidence(response: requests.Response) -> dict[str, Any]:
    """Return one request and its reply, without whose account it is."""
    request, parts = response.request, urlsplit(str(response.request.url))
    body: Any = ""
    try:
        body = PERSONAL.sub(lambda match: f'"{match[1]}":"0"', response.text)
        body = {**json.loads(body), "requestTime": 1700000000000}
    except (requests.RequestException, RuntimeError, ValueError):
        pass  # it broke off, or is no JSON
    sent = json.loads(request.body) if request.body else dict(parse_qsl(parts.query))
    reply = {"status": response.status_code, "body": body}
    return {"request": {"method": request.method, "path": parts.path, "fields": sent}, "reply": reply}


def _interaction(request: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
    """Return a piece of evidence as a recording has it."""
    posted, query = request["method"] == "POST", urlencode(request["fields"])
    uri = f"https://api.bitget.com{request['path']}" + (f"?{query}" if query and not posted else "")
    body = json.dumps(request["fields"]) if posted else None
    text = reply["body"] if isinstance(reply["body"], str) else json.dumps(reply["body"])
    answer = {"status": {"code": reply["status"], "message": ""}, "headers": {}, "body": {"string": text}}
    return {"request": {"method": request["method"], "uri": uri, "body": body, "headers": {}}, "response": answer}


def plan(as_json: bool, orders: bool = True) -> None:
    """Print what would be sent, by account type, and how much play money is needed."""
    apis = {api["kind"]: api for api in (CLASSIC, UNIFIED)}
    kinds = {kind: [each.plan(api, orders) for each in QUESTIONS if kind in each.kinds] for kind, api in apis.items()}
    if as_json:
        print_json(kinds)
        return
    out = console()
    for kind, questions in kinds.items():
        made = table("question", "sends, besides reads", "answers", title=f"{kind} account")
        for each in questions:
            answers = "\n".join(f"{value}: {looks}" for value, looks in each["answers"].items())
            made.add_row(f"{each['name']}\n{each['question']}", "\n".join(each["sends"]), answers)
        out.print(made)
    out.print(f"{MONEY if orders else 'No order is placed, so that what needs one is unknown.'} Nothing was sent now.")
