"""The command ``learn``, and what people and scripts read of it."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import ccxt
from rich.text import Text

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Quirks

from ..connection import Misuse
from ..messages import masked
from ..output import INTERRUPTED, console, exit_code, failed, print_json, table
from . import recording
from .account import Trial
from .fields import CLASSIC, UNIFIED
from .questions import QUESTIONS, UNKNOWN
from .run import Findings, NotDemo, run

_MONEY = (
    "First it reads modes, positions and orders, and sees by positions which leverages are in force; at the end it "
    "restores them. Each position has the smallest size of the contract (BTC/USDT:USDT: about 10 USDT), and is closed "
    "at once: 20 USDT of play money are enough for margin and fees"
)
_NO_ORDERS = "No order is placed, so that what needs a position is unknown. Nothing was sent now."


def learn(
    exchange: ccxt.Exchange, symbol: str, as_json: bool, url: str | None, report_to: Path | None, record_to: Path | None,
    orders: bool = True,
) -> int:  # fmt: skip
    """Put the questions, restore the account, report; return the exit code, 0 if all went well and is as it was.

    :param report_to: also write the JSON there
    :param record_to: the folder for recordings
    :param orders: whether orders may be placed
    """
    _check(report_to, record_to)
    exchange.enableRateLimit = True
    try:
        found = run(exchange, symbol, orders, quiet=as_json)
    except NotDemo as error:
        failed(str(error), as_json)
    except KeyboardInterrupt:
        failed("interrupted before anything was written", as_json, INTERRUPTED)
    made = report(found)
    if report_to:
        report_to.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if record_to:
        recording.write(found, record_to, url)
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
    if record_to is None:
        return
    if record_to.exists() and not record_to.is_dir():
        raise Misuse(f"--cassettes {record_to}: not a folder")
    try:
        import yaml  # noqa: F401
    except ModuleNotFoundError:
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
    evidence = {}
    for name, answer in complete(found).items():
        _, heard = found.heard.get(name, ({}, []))
        said = {"reason" if answer.outcome == UNKNOWN else "seen": masked(answer.seen)}
        evidence[name] = [said, *map(recording.evidence, heard)]
    return {
        "account": found.account,
        "answers": {name: answer.outcome for name, answer in complete(found).items()},
        "evidence": evidence,
        "restored": not found.not_restored,
        "notRestored": found.not_restored,
        "ccxt": ccxt.__version__,
        "version": bitget_leverage_ext.__version__,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        **({"error": found.trouble} if found.trouble else {}),
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
    out.print(f"{_MONEY if orders else _NO_ORDERS}. Nothing was sent now.")
