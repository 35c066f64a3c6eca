"""A Bitget that answers on loopback, for recording, for trying things without keys and for tests.

    with Emulator() as emulator:
        exchange = ccxt.bitget(emulator.config())

It knows nothing of the rules of `bitget_leverage_ext`, so that both cannot share a mistake.
"""

from .faults import Fault
from .quirks import Quirks
from .requests import Request
from .server import Emulator
from .state import Account, Figures

__all__ = ["Account", "Emulator", "Fault", "Figures", "Quirks", "Request"]
