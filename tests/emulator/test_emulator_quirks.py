"""The questions themselves, and an emulator made from a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bitget_leverage_ext.emulator import Quirks


def written(path: Path, report: Any) -> Path:
    path.write_text(report if isinstance(report, str) else json.dumps(report))
    return path


def test_a_report_makes_that_exchange(tmp_path: Path) -> None:
    """Its answers are taken, and construct the quirks directly, too; what it could not tell stays the default."""
    answers = {"unified_hedge": "all", "unified_row": "string", "same_leverage": "unknown"}
    path = written(tmp_path / "report.json", {"account": "unified", "answers": answers, "restored": True})
    assert Quirks.from_report(path) == Quirks(unified_hedge="all", unified_row="string")
    assert Quirks.from_report(str(path)).same_leverage == "success"


@pytest.mark.parametrize(
    ("report", "named"),
    [
        ({"answers": {"unified_heat": "all"}}, "unified_heat"),
        ({"answers": {"unified_hedge": "everything"}}, "unified_hedge='everything'"),
        ({"answers": {"unified_hedge": ["all"]}}, "unified_hedge"),
        ({"answers": ["all"]}, "no answers"),
        ({"account": "classic"}, "no answers"),
        ([], "no answers"),
        ("{", "report.json"),
    ],
)
def test_a_report_that_is_none(tmp_path: Path, report: Any, named: str) -> None:
    """The error names the file, or the question and the value."""
    with pytest.raises(ValueError, match=named):
        Quirks.from_report(written(tmp_path / "report.json", report))
