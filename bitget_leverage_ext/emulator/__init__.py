"""A Bitget on 127.0.0.1 for recordings, for trials without keys and for tests of strategies.

    with Emulator() as emulator:
        exchange = ccxt.bitget(emulator.config())

It imports nothing of the rest of `bitget_leverage_ext`, so that both cannot share a mistake.
"""

from .account import EmulatedAccount
from .book import AccountFill, AccountPosition
from .exchange import Emulator
from .faults import Fault
from .quirks import Quirks
from .request_log import Request
from .state import Leverages

# the names of version 0.2
Account = EmulatedAccount
Figures = Leverages

__all__ = [
    "Account",
    "AccountFill",
    "AccountPosition",
    "EmulatedAccount",
    "Emulator",
    "Fault",
    "Figures",
    "Leverages",
    "Quirks",
    "Request",
]
