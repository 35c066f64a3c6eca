"""The pytest fixture ``bitget_emulator``, for tests of strategies: a Bitget on 127.0.0.1, without keys and network.

pytest loads this file once the package is installed. ccxt and the emulator are imported with the fixture.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .emulator import Emulator


@pytest.fixture
def bitget_emulator() -> Iterator[Emulator]:
    """Yield a running emulator of Bitget, new for each test.

    ``.config()`` is the configuration for ``ccxt.bitget`` and ``bitget_leverage_ext.bitget``. ``.account`` is its
    account, which a test can put in any state and look at: ``.leverages('BTC/USDT:USDT')``, ``.positions()``,
    ``.fills()``. ``.add_account(…)`` adds another (``unified=True``, ``environment='demo'``). ``.fail(Fault(…))`` lets
    requests fail. ``.requests`` are those that arrived, ``.writes`` those that set a leverage. A fault that no request
    met is a warning at the end of the test.
    """
    from .emulator import Emulator

    with Emulator() as emulator:
        yield emulator
    for fault in emulator.idle_faults:
        warnings.warn(pytest.PytestWarning(f"no request met {fault}"), stacklevel=1)
