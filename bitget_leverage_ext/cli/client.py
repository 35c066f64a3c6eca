"""The exchange objects of the command line, synchronous and asynchronous.

They load the contracts of the product types that a command names and no others, begin nothing new once the command
is stopped, and keep every write back while `plan` runs.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import ccxt

from bitget_leverage_ext import async_support, bitget
from bitget_leverage_ext._retry import is_transient
from bitget_leverage_ext.rules.contracts import BY_QUOTE, looks_demo

# Spot symbols, margin pairs and coins: ccxt loads them with the markets, but the leverage of a contract needs none.
_NEEDLESS = ("v2/spot/public/symbols", "v2/margin/currencies", "v2/spot/public/coins")
# The lists of contracts, one request for each product type, and the field that names the product type.
# https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts,
# https://www.bitget.com/api-doc/uta/public/Instruments
_LISTS = {"v2/mix/market/contracts": "productType", "v3/market/instruments": "category"}
# Where the exchange does not answer for so many contracts in a row, nothing more is begun.
GIVE_UP_AFTER = 3

ContractKey = tuple[str, str]  # product type and market id


class NotBegun(ccxt.BaseError):  # type: ignore[misc]
    """The command line held this request back; the exchange was not asked."""


@dataclass
class Run:
    """What one command has begun, and what it may still send.

    :ivar products: the product types whose contracts are loaded; None for all
    :ivar planning: whether writes are kept back
    :ivar planned: path and body of the first write of each contract that was kept back
    :ivar halted: why nothing new is begun; empty while the command runs normally
    :ivar writing: the contracts with a write that is not finished
    :ivar cancel: ends what is in progress at once; None where a ``KeyboardInterrupt`` does
    """

    products: frozenset[str] | None = None
    planning: bool = False
    planned: dict[ContractKey, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    halted: str = ""
    interrupted: bool = False
    writing: set[ContractKey] = field(default_factory=set)
    cancel: Callable[[], object] | None = None
    unanswered: int = 0

    def intercept(
        self, path: str, api: Any = "public", method: str = "GET", fields: Mapping[str, Any] = {}, *_: Any, **__: Any
    ) -> dict[str, Any] | None:
        """Return the answer to a request for a list that this command does not need; None lets a request pass.

        :raises NotBegun: it begins something after a stop, or it is a write and the command is `plan`
        """
        if self._is_needless(path, fields):
            return {"code": "00000", "data": []}
        contract = _contract(fields)
        if self.halted and not (self.writing if contract is None else contract in self.writing):
            raise NotBegun(self.halted)
        if method != "GET":
            if self.planning:
                if contract is not None:
                    self.planned.setdefault(contract, (path, dict(fields)))
                raise NotBegun("planned, not sent")
            if contract is not None:
                self.writing.add(contract)
        return None

    def _is_needless(self, path: str, fields: Mapping[str, Any]) -> bool:
        if path in _LISTS:
            named = fields.get(_LISTS[path])
            return named not in BY_QUOTE.values() or (self.products is not None and named not in self.products)
        return path in _NEEDLESS

    def done(self, outcome: object, contract: ContractKey | None = None) -> None:
        """Note that a contract is finished; stop after several in a row without an answer."""
        if contract is not None:
            self.writing.discard(contract)
        self.unanswered = self.unanswered + 1 if is_transient(outcome) else 0
        if self.unanswered >= GIVE_UP_AFTER and not self.halted:
            self.halted = f"given up, the exchange did not answer for {GIVE_UP_AFTER} contracts in a row"

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Finish what is in progress on Ctrl-C and begin nothing else; end it at once on a second Ctrl-C."""
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or before is signal.SIG_IGN:
            yield
            return
        signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupt(self, signum: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, self._interrupt_again)
        self.interrupted, self.halted = True, self.halted or "interrupted"
        # Not through Python's buffers, which may be in use at this moment.
        os.write(2, b"\nInterrupted: finishing what is in progress; Ctrl-C again stops at once.\n")

    def _interrupt_again(self, signum: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.cancel is None:
            raise KeyboardInterrupt
        self.cancel()


def _contract(fields: Mapping[str, Any]) -> ContractKey | None:
    """Return the contract that the fields of a request name."""
    product_type = fields.get("productType") or fields.get("category")
    return (product_type, fields["symbol"]) if product_type and fields.get("symbol") else None


def contract_of(exchange: Client | AsyncClient, symbol: str) -> ContractKey | None:
    """Return the contract that *symbol* names in the loaded markets; None for anything else."""
    try:
        market = exchange.market(symbol)
        return BY_QUOTE[market["quoteId"]], market["id"]
    except (ccxt.BaseError, KeyError):
        return None


class Client(bitget):
    """The synchronous exchange object of a :class:`Run`."""

    def __init__(self, config: Any = {}) -> None:  # noqa: B006  # ccxt's own signature
        self.run = Run()
        super().__init__(config)

    def request(self, *args: Any, **keywords: Any) -> Any:
        """Send a request as ccxt does, if the run allows it."""
        return self.run.intercept(*args, **keywords) or super().request(*args, **keywords)


class AsyncClient(async_support.bitget):
    """The asynchronous exchange object of a :class:`Run`: it reaches the exchange's limit with many symbols."""

    def __init__(self, config: Any = {}) -> None:  # noqa: B006  # ccxt's own signature
        self.run = Run()
        super().__init__(config)

    async def request(self, *args: Any, **keywords: Any) -> Any:
        """Send a request as ccxt does, if the run allows it."""
        return self.run.intercept(*args, **keywords) or await super().request(*args, **keywords)


def products_of(symbol: str, product_type: str | None = None) -> frozenset[str]:
    """Return the product types that *symbol* can belong to, before any market is loaded, and *product_type*."""
    text = symbol.upper()
    named = {product_type} if product_type else set()
    if "/" in text:
        known = {BY_QUOTE.get(text.split("/", 1)[1].split(":")[0], "")}
    else:
        endings = {"USDT": {"USDT-FUTURES", "SUSDT-FUTURES"}, "PERP": {"USDC-FUTURES", "SUSDC-FUTURES"}}
        known = {each for each in endings.get(text[-4:], {""}) if each[:1] != "S" or looks_demo(symbol, None)}
    # A name that says nothing can be any of them.
    return frozenset(BY_QUOTE.values()) if "" in known else frozenset(known | named)
