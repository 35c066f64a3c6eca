"""The command line, logged in at an emulator."""

from __future__ import annotations

from typing import Any

import pytest
from command_line import Cli

from bitget_leverage_ext.cli import connection, tour
from bitget_leverage_ext.cli.tour import Tour
from bitget_leverage_ext.cli.client import Client
from bitget_leverage_ext.emulator import Emulator


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide enough that no sentence is folded; nobody's credentials."""
    monkeypatch.setenv("COLUMNS", "400")
    for name in ("BITGET_API_KEY", "BITGET_SECRET", "BITGET_PASSWORD", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cli(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    # ccxt's pace would only make the tests slow; the emulator has no limit unless it is told to.
    connect = connection.connect

    def unpaced(demo: bool, url: str | None, kind: Any = Client) -> Any:
        made = connect(demo, url, kind)
        made.enableRateLimit = False
        made.timeout_on_exit = 0  # ccxt's asynchronous client sleeps a quarter of a second after closing
        return made

    monkeypatch.setattr(connection, "connect", unpaced)
    return Cli(emulator, monkeypatch, capsys)


@pytest.fixture(scope="session")
def taken() -> Tour:
    """One tour for all who look at it; each has hundreds of requests."""
    return tour.take()
