"""The promises of the specification; the scenarios stand in the text files beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from world import Scenario, SocketWorld, play, read

ALL: list[Any] = [each for path in sorted(Path(__file__).parent.glob("*.txt")) for each in read(path)]
# What needs another clock, or another process, is played without a socket only.
IN_PROCESS = ("fault(", "wait(", "restart(", "elapsed", "world.")


def _over_a_socket(scenario: Scenario) -> bool:
    codes = [step.code for step in scenario.steps]
    played = "clients" in scenario.settings and scenario.client != "pro"  # whose transport is that of async
    return played and not any(word in code for code in codes for word in IN_PROCESS)


@pytest.mark.parametrize("scenario", ALL)
def test_scenario(scenario: Scenario) -> None:
    """The requests, the errors, the warnings and the account are those that the scenario names."""
    play(scenario)


@pytest.mark.parametrize("scenario", [each for each in ALL if _over_a_socket(each.values[0])])
def test_scenario_over_a_socket(scenario: Scenario) -> None:
    """The same through the whole of ccxt's transport."""
    play(scenario, SocketWorld)
