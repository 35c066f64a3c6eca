"""The command ``learn``, and what people and scripts read of it. Never a key or a signature."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import datetime, timezone
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
    "First it sees by positions which leverages are in force; at the end it restores them. Each position has the "
    "smallest size of the contract (BTC/USDT:USDT: about 10 USDT) and is closed at once: 20 USDT of play money are "
    "enough for margin and fees."
)
# What identifies an account, and the clock.
_PERSONAL = re.compile(r'"(uid|userId|user_id|inviterId|parentId|channelCode|ips)":\s*("[^"]*"|\d+|\[[^\]]*\])')
_CLOCK = re.compile(r'"requestTime":\s*\d+')


def learn(
    exchange: ccxt.Exchange, symbol: str, as_json: bool, url: str | None, report_to: Path | None, record_to: Path | None,
    orders: bool = True,
) -> int:  # fmt: skip
    """Put the questions, restore the account, report; return the exit code, 0 if all went well and is as it was.

    :param report_to: also write the JSON there
    :param record_to: the folder for recordings
    """
    _check(report_to, record_to)
    exchange.enableRateLimit = True
    try:
        found = run(exchange, symbol, orders, quiet=as_json)
    except KeyboardInterrupt:
        failed("interrupted before anything was written", as_json, INTERRUPTED)
    made = report(found)
    if report_to:
        report_to.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if record_to:
        _record(
            found,
            record_to,
            "not api.bitget.com, but the host that --url named" if url else "api.bitget.com, a demo key",
        )
    if as_json:
        print_json(made)
    else:
        _show(found)
        if found.trouble:
            console(stderr=True).print(f"Ended early: {found.trouble}")
    return exit_code(not found.trouble and found.restored, found.interrupts > 0)


def _check(report_to: Path | None, record_to: Path | None) -> None:
    """Check the paths before anything is asked."""
    if report_to and (report_to.is_dir() or not report_to.absolute().parent.is_dir()):
        raise Misuse(f"--report {report_to}: no file can be written there")
    if record_to and record_to.exists() and not record_to.is_dir():
        raise Misuse(f"--cassettes {record_to}: not a folder")
    try:
        import yaml  # noqa: F401
    except ModuleNotFoundError:
        if record_to:
            raise Misuse("--cassettes needs pyyaml: pip install pyyaml") from None


def complete(found: Findings) -> dict[str, Trial]:
    """Return an answer to every question: those of `Quirks` in its order, then the others."""
    asked = {each.name for each in QUESTIONS if found.account in each.kinds}
    answers = {}
    for name in dict.fromkeys([*(each.name for each in fields(Quirks)), *(each.name for each in QUESTIONS)]):
        reason = f"not reached: {found.trouble}" if name in asked else "no question to this account"
        answers[name] = found.answers.get(name, Trial(UNKNOWN, reason))
    return answers


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
    request, parts = response.request, urlsplit(str(response.request.url))
    try:
        text = _PERSONAL.sub(lambda match: f'"{match[1]}":"0"', response.text)
        body = json.loads(_CLOCK.sub('"requestTime":1700000000000', text))
    except (requests.RequestException, RuntimeError):
        body = ""  # it broke off
    except ValueError:
        body = text[:200]
    sent = json.loads(request.body) if request.body else dict(parse_qsl(parts.query))
    return {
        "request": {"method": request.method, "path": parts.path, "fields": sent},
        "reply": {"status": response.status_code, "body": body},
    }


def _record(found: Findings, folder: Path, origin: str) -> None:
    """Write ``learn/<account type>/<question>.yaml`` for each question that was put; OSError if that fails."""
    import yaml

    for name, (start, heard) in found.heard.items():
        if heard and name in found.answers:
            content = {"origin": origin, "question": name, "symbol": found.symbol, "start": start}
            content |= {"answer": found.answers[name].outcome, "version": 1}
            content |= {"interactions": [_interaction(**_evidence(each)) for each in heard]}
            path = folder / "learn" / found.account / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content, sort_keys=False, width=10**6), encoding="utf-8")


def _interaction(request: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
    """Return a piece of evidence as a recording has it."""
    posted, query = request["method"] == "POST", urlencode(request["fields"])
    text = reply["body"] if isinstance(reply["body"], str) else json.dumps(reply["body"])
    return {
        "request": {
            "method": request["method"],
            "uri": f"https://api.bitget.com{request['path']}" + (f"?{query}" if query and not posted else ""),
            "body": json.dumps(request["fields"]) if posted else None,
            "headers": {"content-type": ["application/json"]} if posted else {},
        },
        "response": {
            "status": {"code": reply["status"], "message": ""},
            "headers": {"content-type": ["application/json"]},
            "body": {"string": text},
        },
    }


def _show(found: Findings) -> None:
    """Print the answers, those that differ from what the package assumes, and what is not restored."""
    made, out = table("question", "answer", "how it was seen", "assumed so far"), console()
    for name, answer in complete(found).items():
        assumed = getattr(Quirks(), name, "")
        differs = assumed and answer.outcome not in (UNKNOWN, "string", assumed)
        value = Text(answer.outcome, "yellow" if answer.outcome == UNKNOWN else "green")
        note = Text(f"differs: {assumed}", "bold yellow") if differs else Text(assumed, "dim")
        made.add_row(name, value, masked(answer.seen), note)
    out.print(f"{found.account} demo account, {found.symbol}")
    out.print(made)
    if not found.not_restored:
        out.print("The account is as it was.")
        return
    out.print("Not restored, or not known to be:" if found.restored else "NOT as it was:")
    out.print("\n".join(f"  {each}" for each in found.not_restored))
    if found.restored:
        out.print("Everything that was known beforehand is as it was.")


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
