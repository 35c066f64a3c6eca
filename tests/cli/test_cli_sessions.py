"""What the command line promises; the sessions stand in the text files beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sessions
from command_line import Cli
from world.scenario import Step

ALL = [each for path in sorted(Path(__file__).parent.glob("*.txt")) for each in sessions.read(path)]


@pytest.mark.parametrize(("promise", "words", "settings", "steps"), ALL)
def test_session(
    cli: Cli, tmp_path: Path, promise: str, words: frozenset[str], settings: dict[str, Any], steps: list[Step]
) -> None:
    """The output, the requests and the account are those that the session names."""
    session = sessions.Session(cli, tmp_path, words, settings)
    if wrong := [line for step in steps for line in session.play(step)]:
        pytest.fail("\n".join([f"PROMISE  {promise}", *wrong]), pytrace=False)
