"""The three clients behind one blocking face, and how recordings are matched and written."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
from collections.abc import Callable
from typing import Any

import yaml
from world.exchange import constructed

CLIENTS = {
    "sync": "bitget_leverage_ext.sync",
    "async": "bitget_leverage_ext.async_support",
    "pro": "bitget_leverage_ext.pro",
}


HOST = "https://api.bitget.com"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where it is there: ten times as fast
ORIGINS = {
    "emulator": "bitget_leverage_ext.emulator: proves our wiring, not Bitget",
    "live": "api.bitget.com, a demo key",
}
# The headers that carry meaning: paptrading is the environment. All others are of the client, the clock or a secret.
MEANT = ("content-type", "paptrading")


class Client:
    """One of the three clients; every method of the exchange object, awaited where it must be."""

    def __init__(self, kind: str, config: dict[str, Any], new_loop: Any = asyncio.new_event_loop) -> None:
        self.loop = None if kind == "sync" else new_loop()
        defaults = {"enableRateLimit": False, "verify": False}
        self.exchange = constructed(importlib.import_module(CLIENTS[kind]).bitget, {**defaults, **config})
        self.exchange.timeout_on_exit = 0  # ccxt's pause of 250 ms in close()

    def run(self, awaitable: Any) -> Any:
        return awaitable if self.loop is None else self.loop.run_until_complete(awaitable)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await getattr(self.exchange, name)(*args, **kwargs)

        if self.loop is None:
            return getattr(self.exchange, name)
        return lambda *args, **kwargs: self.run(call(*args, **kwargs))

    def close(self) -> None:
        if self.loop is not None:
            self.run(self.exchange.close())
            self.loop.close()


def filtered(request: Any) -> Any:
    """A request as it is kept and matched: Bitget's own host, and only headers that carry meaning."""
    request.uri = re.sub(r"^https?://[^/]+", HOST, request.uri)
    request.headers = {name.lower(): value for name, value in request.headers.items() if name.lower() in MEANT}
    return request


def same_json(one: Any, other: Any) -> None:
    bodies = [json.loads(request.body) if request.body else None for request in (one, other)]
    assert bodies[0] == bodies[1], f"another body: {bodies[0]} is not {bodies[1]}"


class WithOrigin:
    """YAML with the origin on top, and no machine's clock, port or server software in it."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        interactions = [
            {
                "request": {name: _text(value) for name, value in interaction["request"].items()},
                "response": {
                    "status": interaction["response"]["status"],
                    "headers": {"content-type": ["application/json"]},
                    "body": {"string": _without_clock(_text(interaction["response"]["body"]["string"]))},
                },
            }
            for interaction in cassette["interactions"]
        ]
        content = {"origin": ORIGINS["emulator"], "version": cassette["version"], "interactions": interactions}
        return yaml.safe_dump(content, sort_keys=False, width=10**6)

    @staticmethod
    def deserialize(text: str) -> Any:
        return yaml.load(text, Loader=LOADER)


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _without_clock(body: str) -> str:
    """Neither the time of the reply, nor what the emulator's market makes of it."""
    body = re.sub(r'"(markPrice|unrealisedPnl|profitRate)":"[^"]*"', r'"\1":"0"', body)
    return re.sub(r'"requestTime":\s*\d+', '"requestTime":1700000000000', body)
