"""The types that users of the package see, checked with mypy under a configuration that is not this project's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="mypy is not installed")

HERE = Path(__file__).parent
# ccxt does not declare that it is typed, so mypy takes its classes for Any unless it is told to read them.
FOLLOWED = """
[mypy-ccxt.bitget,ccxt.async_support.bitget,ccxt.base.*,ccxt.async_support.base.*,ccxt.abstract.*]
follow_untyped_imports = True
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


@pytest.mark.parametrize(("program", "more"), [("typed_program.py", ""), ("typed_misspelt.py", FOLLOWED)])
def test_a_users_program(cache: Path, program: str, more: str) -> None:
    """The types are those that the program asserts, and mypy refuses each line that it must refuse.

    A refusal that is missing is an unused ``type: ignore``, which strict mypy reports.
    """
    (cache / "mypy.ini").write_text(f"[mypy]\nstrict = True\n{more}")
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", "cache", str(HERE / program)]
    done = subprocess.run(command, cwd=cache, capture_output=True, text=True)
    assert done.stdout.startswith("Success"), done.stdout + done.stderr
