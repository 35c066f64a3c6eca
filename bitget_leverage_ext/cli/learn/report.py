"""What people and scripts read of a run."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timezone
from typing import Any

import ccxt
from rich.text import Text

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Quirks

from ..output import console, masked, table
from .fields import CLASSIC, UNIFIED
from .questions import QUESTIONS, UNKNOWN, Answer, questions_for
from .recording import evidence
from .run import Findings

_MONEY = (
    "Each position has the smallest size of the contract and is closed at once: about 10 USDT of value, so that 10 "
    "USDT of play money are enough for margin and fees"
)


def as_json(found: Findings) -> dict[str, Any]:
    """Return the report. `Quirks.from_report` reads it; the answers are named and valued as there."""
    answers = complete(found)
    return {
        "account": found.account,
        "answers": {name: answer.value for name, answer in answers.items()},
        "evidence": {
            name: [
                {"reason" if answer.value == UNKNOWN else "seen": masked(answer.seen)},
                *map(evidence, found.heard.get(name, ())),
            ]
            for name, answer in answers.items()
        },
        "restored": not found.not_restored,
        "notRestored": found.not_restored,
        "ccxt": ccxt.__version__,
        "version": bitget_leverage_ext.__version__,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        **({"error": found.trouble} if found.trouble else {}),
    }


def complete(found: Findings) -> dict[str, Answer]:
    """Return an answer to every question: those of `Quirks` in its order, then the others."""
    asked = {each.name for each in questions_for(found.account)}
    names = dict.fromkeys([*(each.name for each in fields(Quirks)), *(each.name for each in QUESTIONS)])
    reasons = {name: f"not reached: {found.trouble}" if name in asked else "no question to this account" for name in names}
    return {name: found.answers.get(name, Answer(UNKNOWN, reason)) for name, reason in reasons.items()}


def show(found: Findings) -> None:
    """Print the answers, those that differ from what the package assumes, and what is not restored."""
    assumed = Quirks()
    made = table("question", "answer", "how it was seen", "assumed so far")
    for name, answer in complete(found).items():
        so_far = getattr(assumed, name, "")
        differs = so_far and answer.value not in (UNKNOWN, "string", so_far)
        made.add_row(
            name,
            Text(answer.value, "yellow" if answer.value == UNKNOWN else "green"),
            masked(answer.seen),
            Text(f"differs: {so_far}", "bold yellow") if differs else Text(so_far, "dim"),
        )
    out = console()
    out.print(f"{found.account} demo account, {found.symbol}")
    out.print(made)
    if not found.not_restored:
        out.print("The account is as it was.")
        return
    out.print("Not restored, or not known to be:" if found.restored else "NOT as it was:")
    for each in found.not_restored:
        out.print(f"  {each}")
    if found.restored:
        out.print("Everything that was known beforehand is as it was.")


def plan(orders: bool) -> dict[str, list[dict[str, Any]]]:
    """Return what a run sends, by account type."""
    return {
        api.kind: [
            {
                "name": each.name,
                "question": each.text,
                "sends": each.sends(api.side, orders) or ["reads only"],
                "answers": each.answers(api.side),
                "left_out": each.left_out,
            }
            for each in questions_for(api.kind)
        ]
        for api in (CLASSIC, UNIFIED)
    }


def show_plan(orders: bool) -> None:
    """Print the same for people."""
    out = console()
    for kind, questions in plan(orders).items():
        made = table("question", "sends, besides reads", "answers", title=f"{kind} account")
        for each in questions:
            answers = "\n".join(f"{value}: {looks}" for value, looks in each["answers"].items())
            made.add_row(f"{each['name']}\n{each['question']}", "\n".join(each["sends"]), answers)
        out.print(made)
    out.print(_MONEY)
