"""Open questions: what each field of `Quirks` needs, and the emulator that a report describes."""

from __future__ import annotations

import ast
import itertools
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Quirks
from bitget_leverage_ext.emulator.quirks import NOT_EMULATED

PACKAGE = Path(bitget_leverage_ext.__file__).parent
# No account can be converted for the sake of an answer.
NOT_ASKED = {"conversion"}


NAMES = {field.name for field in fields(Quirks)}


def test_every_quirk_is_a_question_of_learn() -> None:
    from bitget_leverage_ext.cli.learn.questions import QUESTIONS

    asked = {question.name for question in QUESTIONS}
    assert asked - set(NOT_EMULATED) == NAMES - NOT_ASKED


def test_every_quirk_has_its_source() -> None:
    """Each field has a docstring with an address."""
    body = next(
        node.body
        for node in ast.parse((PACKAGE / "emulator" / "quirks.py").read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    )
    documented = {}
    for field, after in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            documented[field.target.id] = ast.literal_eval(after.value)
    assert set(documented) == NAMES
    assert [name for name, text in documented.items() if "https://" not in text] == []


def written(path: Path, report: Any) -> Path:
    path.write_text(report if isinstance(report, str) else json.dumps(report))
    return path


def test_a_report_makes_that_exchange(tmp_path: Path) -> None:
    """Its answers become the quirks; unknown answers, and those that the emulator does not imitate, change nothing."""
    answers = {
        "unified_hedge": "all",
        "unified_row": "string",
        "same_leverage": "unknown",
        "order_margin_mode": "order",
    }
    path = written(tmp_path / "report.json", {"account": "unified", "answers": answers, "restored": True})
    assert Quirks.from_report(path) == Quirks(unified_hedge="all", unified_row="string")
    assert Quirks.from_report(str(path)).same_leverage == "success"


@pytest.mark.parametrize(
    ("report", "named"),
    [
        ({"answers": {"unified_heat": "all"}}, "unified_heat"),
        ({"answers": {"unified_hedge": "everything"}}, "unified_hedge='everything'"),
        ({"answers": {"unified_hedge": ["all"]}}, "unified_hedge"), ({"answers": ["all"]}, "no answers"),
        ({"account": "classic"}, "no answers"), ([], "no answers"), ("{", "report.json"),
    ],
)  # fmt: skip
def test_a_report_that_is_none(tmp_path: Path, report: Any, named: str) -> None:
    """The error names the file, or the question and the value."""
    with pytest.raises(ValueError, match=named):
        Quirks.from_report(written(tmp_path / "report.json", report))
