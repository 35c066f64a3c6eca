"""Fixtures: the command line with the key of an emulated account."""

from __future__ import annotations

from typing import Any

import pytest
from command_line import Cli

from bitget_leverage_ext.cli import connection, tour
from bitget_leverage_ext.cli.client import Client
from bitget_leverage_ext.cli.tour import Tour
from bitget_leverage_ext.emulator import Emulator
from bitget_leverage_ext.state import AccountState


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which no sentence is folded, without credentials in the environment."""
    monkeypatch.setenv("COLUMNS", "400")
    for name in ("BITGET_API_KEY", "BITGET_SECRET", "BITGET_PASSWORD", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cli(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line as a process of its own each time: no command knows what an earlier one has read.

    It has no rate limit, which would only make the tests slow.
    """
    connect = connection.connect

    def in_a_new_process(demo: bool, url: str | None, kind: Any = Client) -> Any:
        state = AccountState()
        made = connect(demo, url, type(kind.__name__, (kind,), {"account_state": property(lambda self: state)}))
        made.enableRateLimit = False
        made.timeout_on_exit = 0  # ccxt's asynchronous client sleeps a quarter of a second after closing
        return made

    monkeypatch.setattr(connection, "connect", in_a_new_process)
    return Cli(emulator, monkeypatch, capsys)


@pytest.fixture(scope="session")
def taken() -> Tour:
    """One tour for all tests: it sends hundreds of requests."""
    return tour.take()
