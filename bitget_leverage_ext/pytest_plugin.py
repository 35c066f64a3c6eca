"""The fixture ``bitget_emulator``, for tests of strategies: a Bitget on loopback, without keys and without a network.

pytest finds it by itself once this package is installed. Importing this file costs nothing: ccxt and the emulator's
server are imported when a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .emulator import Emulator


@pytest.fixture
def bitget_emulator() -> Iterator[Emulator]:
    """A running emulator, new for each test.

    ``.config()`` is what ``ccxt.bitget`` and ``bitget_leverage_ext.bitget`` take; ``.account`` is its account, to put
    in any state and to look at; ``.add_account(…)`` makes another (``unified=True``, ``environment='demo'``);
    ``.fail(Fault(…))`` lets requests go wrong; ``.requests`` is what arrived, ``.writes`` those that set a leverage.
    """
    from .emulator import Emulator

    with Emulator() as emulator:
        yield emulator
