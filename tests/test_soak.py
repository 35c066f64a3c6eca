"""A short soak in every run; tests/soak.py is the long one."""

from __future__ import annotations

import ccxt
import pytest
from soak import is_defect, report, soak


def test_soak(kind: str) -> None:
    """Faults and changes under way: no silent difference, no foreign exception, and most calls still succeed."""
    tally = soak(kind, 300, seed=20261122)
    assert tally.broken == []
    assert tally.set > 150
    assert tally.refused.total() + tally.set + tally.late == tally.calls == 300


def test_the_seed_decides(capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs of a seed print the same, faults, late copies and all."""
    for _ in range(2):
        report("sync", soak("sync", 120, seed=7))
    out = capsys.readouterr().out
    assert out[: len(out) // 2] == out[len(out) // 2 :]
    assert "120 calls" in out


@pytest.mark.parametrize(
    ("error", "cause", "defect"),
    [
        (ccxt.ExchangeError("x"), KeyError("data"), True),
        (ccxt.ExchangeError("x"), TypeError("x"), True),
        (TypeError("x"), None, True),
        (ccxt.ExchangeError("x"), OSError("x"), False),
        (ccxt.BadResponse("x"), KeyError("data"), False),
        (ccxt.NetworkError("x"), None, False),
    ],
)
def test_defects(error: Exception, cause: Exception | None, defect: bool) -> None:
    """A Python mistake is a defect, also where a bare ``ExchangeError`` wraps it."""
    error.__cause__ = cause
    assert is_defect(error) is defect
