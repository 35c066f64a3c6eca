"""The exchange object of the command line.

It asks for the contracts of the products that a command names, and of no others; once it is told to halt it begins
nothing new; and while it plans, it keeps the writes to itself.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import ccxt

from bitget_leverage_ext import bitget
from bitget_leverage_ext.account import UNIFIED
from bitget_leverage_ext.faults import is_transient
from bitget_leverage_ext.flows.many import GIVE_UP_AFTER
from bitget_leverage_ext.rules.products import BY_QUOTE, looks_demo

# Spot symbols, margin pairs and coins: ccxt loads them with the markets, and no leverage of a contract needs them.
_NEEDLESS = ("v2/spot/public/symbols", "v2/margin/currencies", "v2/spot/public/coins")
# The lists of contracts, one request a product type, and the field that names it.
# https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts,
# https://www.bitget.com/api-doc/uta/public/Instruments
_LISTS = {"v2/mix/market/contracts": "productType", "v3/market/instruments": "category"}


class NotBegun(ccxt.BaseError):  # type: ignore[misc]
    """The command line kept this request back: the exchange was not asked."""

    # Not to be repeated by the driver.
    final = True


@dataclass
class Watch:
    """What a run has seen and may still do.

    :ivar products: the product types whose contracts are asked for; ``None`` for all
    :ivar planning: whether writes are kept instead of sent
    :ivar kept: path and body of the first write that was kept since the last contract was done
    :ivar halted: why nothing new is begun; empty while all goes on
    :ivar under_way: the body of the last write, until its contract is done
    :ivar positions: position modes that reads told, by product type, or for a unified account under ``UNIFIED``
    :ivar margins: margin modes that reads of a classic account told, by product type and market id
    """

    products: frozenset[str] | None = None
    planning: bool = False
    kept: tuple[str, dict[str, Any]] | None = None
    halted: str = ""
    interrupted: bool = False
    under_way: Mapping[str, Any] | None = None
    positions: dict[str, str] = field(default_factory=dict)
    margins: dict[tuple[str, str], str] = field(default_factory=dict)
    unanswered: int = 0

    def needless(self, path: str, fields: Mapping[str, Any]) -> bool:
        """Whether a request asks for a list that this command does not need."""
        if path in _LISTS:
            named = fields.get(_LISTS[path])
            return named not in BY_QUOTE.values() or (self.products is not None and named not in self.products)
        return path in _NEEDLESS

    def allow(self, path: str, method: str, fields: Mapping[str, Any]) -> None:
        """Let a request through, or not.

        :raises NotBegun: it would begin something after a halt, or it is a write and only a plan is wanted
        """
        if self.halted and self.under_way is None:
            raise NotBegun(self.halted)
        if method == "GET":
            return
        if self.planning:
            self.kept = self.kept or (path, dict(fields))
            raise NotBegun("planned, not sent")
        self.under_way = fields

    def learn(self, path: str, fields: Mapping[str, Any], answer: Any) -> None:
        """Note the modes that a read tells."""
        data = answer.get("data") if isinstance(answer, Mapping) else None
        if not isinstance(data, Mapping):
            return
        # https://www.bitget.com/api-doc/contract/account/Get-Single-Account
        if path == "v2/mix/account/account":
            self.positions[fields["productType"]] = str(data.get("posMode")).lower()
            self.margins[fields["productType"], fields["symbol"]] = str(data.get("marginMode")).lower()
        # https://www.bitget.com/api-doc/uta/account/Get-Account-Setting
        elif path == "v3/account/settings":
            self.positions[UNIFIED] = str(data.get("holdMode")).lower()

    def done(self, outcome: object) -> None:
        """A contract is done with; several in a row without any answer are the last."""
        self.under_way = None
        self.unanswered = self.unanswered + 1 if is_transient(outcome) else 0
        if self.unanswered >= GIVE_UP_AFTER and not self.halted:
            self.halted = f"given up, the exchange did not answer for {GIVE_UP_AFTER} contracts in a row"

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Ctrl-C lets what is under way finish, and nothing else begin; a second one raises ``KeyboardInterrupt``."""
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
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.interrupted, self.halted = True, self.halted or "interrupted"
        # Past Python's own buffers, which may be in use at this very moment.
        os.write(2, b"\nInterrupted: finishing what is under way; Ctrl-C again stops at once.\n")


class Client(bitget):
    """``bitget`` under a :class:`Watch`."""

    def __init__(self, config: Any = {}) -> None:  # noqa: B006  # ccxt's own signature
        self.watch = Watch()
        super().__init__(config)

    def request(
        self,
        path: str,
        api: Any = "public",
        method: str = "GET",
        params: Any = {},  # noqa: B006  # ccxt's own signature
        *rest: Any,
        **keywords: Any,
    ) -> Any:
        """ccxt's ``request``, as far as the watch allows it."""
        if self.watch.needless(path, params):
            return {"code": "00000", "data": []}
        self.watch.allow(path, method, params)
        answer = super().request(path, api, method, params, *rest, **keywords)
        self.watch.learn(path, params, answer)
        return answer


def products_of(symbol: str, product_type: str | None = None) -> frozenset[str]:
    """The product types that *symbol* can belong to, told before any market is loaded, and *product_type*."""
    text = symbol.upper()
    named = {product_type} if product_type else set()
    if "/" in text:
        known = {BY_QUOTE.get(text.split("/", 1)[1].split(":")[0], "")}
    else:
        endings = {"USDT": {"USDT-FUTURES", "SUSDT-FUTURES"}, "PERP": {"USDC-FUTURES", "SUSDC-FUTURES"}}
        known = {each for each in endings.get(text[-4:], {""}) if each[:1] != "S" or looks_demo(symbol, None)}
    # What tells nothing may be anything.
    return frozenset(BY_QUOTE.values()) if "" in known else frozenset(known | named)
