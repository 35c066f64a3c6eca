"""The emulator, running, and clients for its accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from emulator_client import Client, Clock

from bitget_leverage_ext.emulator import Emulator


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(rate_limit=False) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(emulator: Emulator) -> Client:
    """Of the default account: classic, live."""
    return Client(emulator, emulator.account)


@pytest.fixture
def unified(emulator: Emulator) -> Client:
    return Client(emulator, emulator.add_account(unified=True))


@pytest.fixture
def client_of(emulator: Emulator) -> Callable[..., Client]:
    """Make an account, and a client for it."""
    return lambda **account: Client(emulator, emulator.add_account(**account))
