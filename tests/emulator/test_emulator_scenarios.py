"""Orders and positions of the emulator; the scenarios stand in `orders.txt`."""

from __future__ import annotations

from pathlib import Path

import pytest
from world import Scenario, play, read


@pytest.mark.parametrize("scenario", [*read(Path(__file__).with_name("orders.txt"))])
def test_scenario(scenario: Scenario) -> None:
    """The errors and the account are those that the scenario names."""
    play(scenario)
