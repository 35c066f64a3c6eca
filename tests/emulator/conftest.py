"""Fixtures: a running emulator, and clients of its accounts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from emulator_client import Client, Clock

from bitget_leverage_ext.emulator import Emulator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(emulator: Emulator) -> Client:
    """A client of the default account: classic, live."""
    return Client(emulator, emulator.account)


@pytest.fixture
def unified(emulator: Emulator) -> Client:
    return Client(emulator, emulator.add_account(unified=True))


@pytest.fixture
def client_of(emulator: Emulator) -> Callable[..., Client]:
    """Return a function that adds an account and returns its client."""
    return lambda **account: Client(emulator, emulator.add_account(**account))
