"""Fixtures: the command line with the key of an emulated account."""

from __future__ import annotations

import functools
from typing import Any
from unittest import mock

import pytest
from command_line import Cli
from world.exchange import constructed

from bitget_leverage_ext.cli import connection, tour
from bitget_leverage_ext.cli.client import Client
from bitget_leverage_ext.cli.tour import Tour
from bitget_leverage_ext.emulator import Emulator


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which no sentence is folded, without credentials in the environment."""
    monkeypatch.setenv("COLUMNS", "400")
    for name in ("BITGET_API_KEY", "BITGET_SECRET", "BITGET_PASSWORD", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cli(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line, without what only makes tests slow: the rate limit, certificates, a pause after closing."""
    connect = connection.connect

    def connect_quickly(demo: bool, url: str | None, kind: Any = Client) -> Any:
        made = connect(demo, url, functools.partial(constructed, kind))  # type: ignore[arg-type]
        made.enableRateLimit = made.verify = False
        made.timeout_on_exit = 0
        return made

    monkeypatch.setattr(connection, "connect", connect_quickly)
    return Cli(emulator, monkeypatch, capsys)


@pytest.fixture(scope="session")
def taken() -> Tour:
    """One tour for all tests: it sends hundreds of requests."""
    with mock.patch.object(tour, "bitget", functools.partial(constructed, tour.bitget)):
        return tour.take()
