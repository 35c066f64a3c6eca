"""A sample of the random programs; `random_programs.py` plays as many as are wanted."""

from __future__ import annotations

import pytest
import random_programs
from fuzzing.steps import draw

SAMPLE, PARTS = 400, 4


@pytest.mark.parametrize("part", range(PARTS))
def test_random_programs_get_what_they_asked_for(part: int) -> None:
    """No random program opens at a leverage that it did not ask for, or loses an exit, without an error or a WARNING."""
    seeds = [f"sample-{number}" for number in range(part, SAMPLE, PARTS)]
    broken = [seed for seed in seeds if random_programs.run(seed) is not None]
    assert not broken, "\n".join(map(random_programs.report, broken[:3]))


def test_a_program_is_drawn_from_its_seed() -> None:
    """Two runs of a seed play the same program."""
    assert str(draw("7")) == str(draw("7")) != str(draw("8"))
