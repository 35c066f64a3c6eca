"""The world of the scenarios: an emulated account, exchange objects that reach it without a socket, and a clock."""

from .clock import Clock, Hang
from .exchange import PRODUCT, SYMBOL, Sent, SocketWorld, World, markets
from .scenario import Scenario, accounts, play, read, warnings

__all__ = [
    "PRODUCT", "SYMBOL", "Clock", "Hang", "Scenario", "Sent", "SocketWorld", "World", "accounts", "markets", "play",
    "read", "warnings",
]  # fmt: skip
