"""A short soak in every run; `soak.py` is the long one."""

from __future__ import annotations

import pytest
from soak import MOST_GROWTH, soak


@pytest.mark.parametrize("client", ["sync", "async", "pro"])
def test_random_programs_over_sockets(client: str) -> None:
    """Over real sockets and through faults, programs get what they asked for last; nothing grows."""
    found, growth = soak(client, 10, seed=20261129)
    assert not found, "\n".join(found)
    assert growth[1] <= MOST_GROWTH
