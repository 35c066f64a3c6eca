"""What people and scripts read of a run."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timezone
from typing import Any

import ccxt
from rich.text import Text

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Quirks

from ..messages import masked
from ..output import console, table
from .questions import UNKNOWN, Answer, of
from .session import Findings

KINDS = ("classic", "unified")


def as_json(found: Findings) -> dict[str, Any]:
    """The report: ``Quirks.from_report`` reads it, and the answers are named and valued as there."""
    answers = complete(found)
    return {
        "account": found.account,
        "answers": {name: answer.value for name, answer in answers.items()},
        "evidence": {name: _evidence(found, name, answer) for name, answer in answers.items()},
        "restored": not found.not_restored,
        "notRestored": found.not_restored,
        "ccxt": ccxt.__version__,
        "version": bitget_leverage_ext.__version__,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        **({"error": found.trouble} if found.trouble else {}),
    }


def complete(found: Findings) -> dict[str, Answer]:
    """An answer to every question, in the order of `Quirks`."""
    asked = {each.name for each in of(found.account)}
    names = [each.name for each in fields(Quirks)]
    reasons = {
        name: f"not reached: {found.trouble}" if name in asked else "no question to this account" for name in names
    }
    return {name: found.answers.get(name, Answer(UNKNOWN, reason)) for name, reason in reasons.items()}


def _evidence(found: Findings, name: str, answer: Answer) -> list[dict[str, Any]]:
    told = {"reason" if answer.value == UNKNOWN else "seen": masked(answer.seen)}
    return [told, *(each.as_json() for each in found.passed.get(name, ()))]


def show(found: Findings) -> None:
    """For people: the answers, where the package had assumed otherwise, and what is left of it."""
    assumed = Quirks()
    made = table("question", "answer", "how it was seen", "assumed so far")
    for name, answer in complete(found).items():
        so_far = getattr(assumed, name)
        differs = answer.value not in (UNKNOWN, "string", so_far)
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
    out.print("Not restored, or not known to be:" if found.put_back else "NOT as it was:")
    for each in found.not_restored:
        out.print(f"  {each}")
    if found.put_back:
        out.print("Everything that the account told beforehand is as it was.")


def plan() -> dict[str, list[dict[str, Any]]]:
    """What a run sends, without sending it."""
    return {
        kind: [
            {"name": each.name, "question": each.question, "sends": list(each.sends), "answers": each.answers}
            for each in of(kind)
        ]
        for kind in KINDS
    }


def show_plan() -> None:
    """The same for people."""
    out = console()
    for kind, questions in plan().items():
        made = table("question", "sends, besides reads", "answers", title=f"{kind} account")
        for each in questions:
            answers = "\n".join(f"{value}: {looks}" for value, looks in each["answers"].items())
            made.add_row(f"{each['name']}\n{each['question']}", "\n".join(each["sends"]), answers)
        out.print(made)
    out.print(
        "First it reads modes, figures, positions and orders, and sets one leverage to see whether it may; at the end "
        "it puts back what it read. No order is placed. Nothing was sent now."
    )
