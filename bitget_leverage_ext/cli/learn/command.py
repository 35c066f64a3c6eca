"""The command ``learn``, and what people and scripts read of it. Never a key or a signature."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import datetime, timezone
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import ccxt
import requests
from rich.text import Text

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Quirks

from ..connection import Misuse
from ..messages import masked
from ..output import INTERRUPTED, console, exit_code, failed, print_json, table
from .account import Trial
from .fields import CLASSIC, UNIFIED
from .questions import QUESTIONS, UNKNOWN
from .run import Findings, run

_MONEY = (
    "First it opens positions to see which leverages are in force; at the end it restores these. Each position has the "
    "smallest size of the contract (BTC/USDT:USDT: about 10 USDT) and is closed at once: 20 USDT of play money are "
    "enough for margin and fees."
)
# What identifies an account.
_PERSONAL = re.compile(r'"(uid|userId|user_id|inviterId|parentId|channelCode|ips)":\s*("[^"]*"|\d+|\[[^\]]*\])')


def learn(
    exchange: ccxt.Exchange, symbol: str, as_json: bool, url: str | None, report_to: Path | None, record_to: Path | None,
    orders: bool = True,
) -> int:  # fmt: skip
    """Put the questions, restore the account, report; return the exit code, 0 if all went well and is as it was.

    *report_to* is where the JSON is written too, *record_to* the folder for recordings.
    """
    if report_to and (report_to.is_dir() or not report_to.absolute().parent.is_dir()):
        raise Misuse(f"--report {report_to}: no file can be written there")
    if record_to and record_to.exists() and not record_to.is_dir():
        raise Misuse(f"--cassettes {record_to}: not a folder")
    if record_to and find_spec("yaml") is None:
        raise Misuse("--cassettes needs pyyaml: pip install pyyaml")
    exchange.enableRateLimit = True
    try:
        found = run(exchange, symbol, orders, quiet=as_json)
    except KeyboardInterrupt:
        failed("interrupted before anything was written", as_json, INTERRUPTED)
    made = report(found)
    if report_to:
        report_to.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if record_to:
        _record(found, made, record_to, url)
    if as_json:
        print_json(made)
    else:
        _show(found)
        if found.trouble:
            console(stderr=True).print(f"Ended early: {found.trouble}")
    return exit_code(not found.trouble and found.restored, found.interrupts > 0)


def complete(found: Findings) -> dict[str, Trial]:
    """Return an answer to every question: those of `Quirks` in its order, then the others."""
    reasons = {each.name: "no question to this account" for each in (*fields(Quirks), *QUESTIONS)}
    reasons |= {each.name: f"not reached: {found.trouble}" for each in QUESTIONS if found.account in each.kinds}
    return {name: found.answers.get(name, Trial(UNKNOWN, reason)) for name, reason in reasons.items()}


def report(found: Findings) -> dict[str, Any]:
    """Return the report. `Quirks.from_report` reads it; the answers are named and valued as there."""
    answers = complete(found)
    said = {
        name: {"reason" if each.outcome == UNKNOWN else "seen": masked(each.seen)} for name, each in answers.items()
    }
    return {
        "account": found.account,
        "answers": {name: each.outcome for name, each in answers.items()},
        "evidence": {name: [said[name], *map(_evidence, found.heard.get(name, ({}, []))[1])] for name in answers},
        "restored": not found.not_restored,
        "notRestored": found.not_restored,
        "ccxt": ccxt.__version__,
        "version": bitget_leverage_ext.__version__,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        **({"error": found.trouble} if found.trouble else {}),
    }


def _evidence(response: requests.Response) -> dict[str, Any]:
    """Return one request and its reply, without whose account it is."""
    request, parts, body = response.request, urlsplit(str(response.request.url)), ""
    try:
        body = _PERSONAL.sub(lambda match: f'"{match[1]}":"0"', response.text)
        body = {**json.loads(body), "requestTime": 1700000000000}
    except (requests.RequestException, RuntimeError, ValueError):
        pass  # it broke off, or is no JSON
    sent = json.loads(request.body) if request.body else dict(parse_qsl(parts.query))
    return {
        "request": {"method": request.method, "path": parts.path, "fields": sent},
        "reply": {"status": response.status_code, "body": body},
    }


def _record(found: Findings, made: dict[str, Any], folder: Path, url: str | None) -> None:
    """Write ``learn/<account type>/<question>.yaml`` for each question that was put; OSError if that fails."""
    import yaml

    origin = "not api.bitget.com, but the host that --url named" if url else "api.bitget.com, a demo key"
    for name, (start, heard) in found.heard.items():
        if heard:
            content = {"origin": origin, "question": name, "symbol": found.symbol, "start": start}
            content |= {"answer": made["answers"][name], "version": 1}
            content |= {"interactions": [_interaction(**each) for each in made["evidence"][name][1:]]}
            path = folder / "learn" / found.account / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content, sort_keys=False, width=10**6), encoding="utf-8")


def _interaction(request: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
    """Return a piece of evidence as a recording has it."""
    posted, query = request["method"] == "POST", urlencode(request["fields"])
    uri = f"https://api.bitget.com{request['path']}" + (f"?{query}" if query and not posted else "")
    body = json.dumps(request["fields"]) if posted else None
    text = reply["body"] if isinstance(reply["body"], str) else json.dumps(reply["body"])
    return {
        "request": {"method": request["method"], "uri": uri, "body": body, "headers": {}},
        "response": {"status": {"code": reply["status"], "message": ""}, "headers": {}, "body": {"string": text}},
    }


def _show(found: Findings) -> None:
    """Print the answers, those that differ from what the package assumes, and what is not restored."""
    made, out = table("question", "answer", "how it was seen", "assumed so far"), console()
    for name, answer in complete(found).items():
        assumed = getattr(Quirks(), name, "")
        differs = assumed and answer.outcome not in (UNKNOWN, "string", assumed)
        note = Text(f"differs: {assumed}", "bold yellow") if differs else Text(assumed, "dim")
        made.add_row(name, Text(answer.outcome, "bold"), masked(answer.seen), note)
    out.print(f"{found.account} demo account, {found.symbol}")
    out.print(made)
    if found.not_restored:
        out.print("Not restored, or not known to be:" if found.restored else "NOT as it was:")
        out.print("\n".join(f"  {each}" for each in found.not_restored))
    if found.restored:
        out.print(f"{'What' if found.not_restored else 'Everything that'} was known beforehand is as it was.")


def plan(as_json: bool, orders: bool = True) -> None:
    """Print what would be sent, by account type, and how much play money is needed."""
    kinds = {
        api["kind"]: [each.plan(api) for each in QUESTIONS if api["kind"] in each.kinds] for api in (CLASSIC, UNIFIED)
    }
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
    out.print(f"{_MONEY if orders else 'No order is placed, so that what needs one is unknown.'} Nothing was sent now.")
