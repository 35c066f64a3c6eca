"""A sample of the random programs; `random_programs.py` plays as many as are wanted."""

from __future__ import annotations

import pytest
import random_programs


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_random_programs_keep_the_promises(first: int) -> None:
    """Fifty programs of two objects, other hands, faults, conversions and restarts."""
    for seed in range(first, first + 50):
        if random_programs.outcome(seed)[1]:
            pytest.fail(f"\n{random_programs.shortened(seed)}", pytrace=False)
