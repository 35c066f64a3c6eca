"""The promises of the specification, played in process; the scenarios stand in the text files beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest
from world import Scenario, play, read

HERE = Path(__file__).parent


@pytest.mark.parametrize("scenario", [each for path in sorted(HERE.glob("*.txt")) for each in read(path)])
def test_scenario(scenario: Scenario) -> None:
    """The requests, the errors, the warnings and the account are those that the scenario names."""
    play(scenario)
