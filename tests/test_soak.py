"""A short soak in every run; tests/soak.py is the long one."""

from __future__ import annotations

import pytest
from soak import soak


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_soak(kind: str) -> None:
    """Faults and changes under way: no silent difference, no foreign exception, and most calls still succeed."""
    tally = soak(kind, 400, seed=20261122)
    assert tally.broken == []
    assert tally.set > 200
    assert tally.refused.total() + tally.set == tally.calls == 400
