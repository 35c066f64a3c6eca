"""An exchange object without an exchange: the requests that it would send, and its result for a given answer."""

from __future__ import annotations

import asyncio
import atexit
import copy
import inspect
import json
from collections.abc import Callable
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro

import bitget_leverage_ext

STOCK = {"sync": ccxt.bitget, "async": ccxt.async_support.bitget, "pro": ccxt.pro.bitget}
OURS = {
    "sync": bitget_leverage_ext.bitget,
    "async": bitget_leverage_ext.async_support.bitget,
    "pro": bitget_leverage_ext.pro.bitget,
}
SPOT, SWAP, COIN, DELIVERY = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC", "BTC/USD:BTC-270326"
LIMIT = ("limit", "buy", 0.1, 90000)
MARKET = ("market", "sell", 0.1)
STOP = {"triggerPrice": 80000}
NOW = 1_700_000_000_000
LOOP = asyncio.new_event_loop()  # one for all: a new one for each of some ten thousand calls takes as long as they do
atexit.register(LOOP.close)


def row(*order: Any, symbol: str = SWAP, **params: Any) -> dict[str, Any]:
    """One order of a batch."""
    names = ("type", "side", "amount", "price")
    return {"symbol": symbol, **dict(zip(names, order, strict=False)), "params": params}


def well(data: Any) -> dict[str, Any]:
    """A reply that says that all went well."""
    return {"code": "00000", "msg": "success", "requestTime": NOW, "data": data}


def placed(url: str) -> dict[str, Any]:
    """The reply to an order."""
    row = {"orderId": "1", "clientOid": "mine"}
    many = "batch" in url or "close-positions" in url
    lists = {"successList": [row], "failureList": [], "list": [row]}
    return well([row] if url.endswith("place-batch") else lists if many else row)


class Offline:
    """An exchange object whose requests end here, each answered by *answer*; its clock stands still.

    What a process remembers of an account is kept by *key*.
    """

    def __init__(
        self,
        cls: Any,
        unified: bool,
        markets: dict[str, Any],
        key: str,
        answer: Callable[[str], Any] = placed,
        **options: Any,
    ) -> None:
        keys = {"apiKey": key, "secret": "secret", "password": "word"}
        self.exchange = cls({**keys, "enableRateLimit": False, "options": {"uta": unified, **options}})
        vars(self.exchange).update(markets)
        self.exchange.milliseconds = lambda: NOW
        self.exchange.uuid = self.exchange.uuid22 = self.exchange.uuid16 = lambda *_: "uuid"
        self.exchange.fetch = self._fetch_async if inspect.iscoroutinefunction(cls.fetch) else self._fetch
        self.answer = answer
        self.requests: list[tuple[Any, ...]] = []

    def _fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        self.requests.append((url, method, headers, body))
        answer = self.answer(url)
        text = json.dumps({**answer, "data": None})  # as far as an error shows it
        self.exchange.handle_errors(200, "OK", url, method, {}, text, answer, headers, body)
        return answer

    async def _fetch_async(self, *args: Any, **kwargs: Any) -> Any:
        return self._fetch(*args, **kwargs)

    def __call__(self, name: str, *args: Any) -> list[tuple[Any, ...]]:
        """Return what a call sends, and last what it returns or raises."""
        self.requests.clear()
        try:
            outcome: Any = getattr(self.exchange, name)(*copy.deepcopy(args))
            if inspect.isawaitable(outcome):
                outcome = LOOP.run_until_complete(outcome)
        except Exception as error:  # ccxt's own mistakes too: an older one trips over an empty batch
            outcome = type(error), str(error)
        return [*self.requests, ("outcome", outcome)]

    def bodies(self, name: str, *args: Any) -> list[Any]:
        """Return the bodies that a call sends, and its outcome where it failed."""
        *sent, (_, outcome) = self(name, *args)
        return [json.loads(body) for *_, body in sent] or [outcome]
