"""What the tests share: an emulator, and the three clients behind one blocking face."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import ccxt
import pytest
import yaml

from bitget_leverage_ext.emulator import Account, Emulator

CLIENTS = {
    "sync": "bitget_leverage_ext.sync",
    "async": "bitget_leverage_ext.async_support",
    "pro": "bitget_leverage_ext.pro",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="record from Bitget itself, with a demo key")


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """The body is part of the match, and every cassette says where it came from."""
    vcr.register_matcher("json body", _same_json)
    vcr.register_serializer("yaml", WithOrigin)


def _same_json(one: Any, other: Any) -> None:
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
        live = any("paptrading" in interaction["request"]["headers"] for interaction in interactions)
        origin = "api.bitget.com, a demo key" if live else "bitget_leverage_ext.emulator: proves our wiring, not Bitget"
        content = {"origin": origin, "version": cassette["version"], "interactions": interactions}
        return yaml.safe_dump(content, sort_keys=False, width=10**6)

    @staticmethod
    def deserialize(text: str) -> Any:
        return yaml.safe_load(text)


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _without_clock(body: str) -> str:
    return re.sub(r'"requestTime":\s*\d+', '"requestTime":1700000000000', body)


class Client:
    """One of the three clients; every method of the exchange object, awaited where it must be."""

    def __init__(self, kind: str, config: dict[str, Any]) -> None:
        self.loop = None if kind == "sync" else asyncio.new_event_loop()
        self.exchange = importlib.import_module(CLIENTS[kind]).bitget({"enableRateLimit": False, **config})
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


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def account(emulator: Emulator) -> Account:
    return emulator.account


@pytest.fixture(params=list(CLIENTS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def markets() -> dict[str, Any]:
    """The emulator's markets as ccxt holds them once they are loaded; loading them for each test takes a minute."""
    with Emulator() as emulator:
        exchange = ccxt.bitget(emulator.config())
        exchange.load_markets()
    names = ("markets", "markets_by_id", "symbols", "ids", "currencies", "currencies_by_id", "codes")
    return {name: getattr(exchange, name) for name in names}


@pytest.fixture
def connect(emulator: Emulator, kind: str, markets: dict[str, Any]) -> Iterator[Callable[..., Client]]:
    """A client on the emulator; give it an account, or anything else that belongs into a ccxt config.

    Its markets are loaded, but nothing has been asked about the account; with ``cold=True`` not even that.
    """
    clients = []

    def connect(account: Account | None = None, cold: bool = False, **config: Any) -> Client:
        clients.append(Client(kind, emulator.config(account, **config)))
        if not cold:
            vars(clients[-1].exchange).update(markets)
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    return connect()


@pytest.fixture
def cold(connect: Callable[..., Client]) -> Client:
    return connect(cold=True)
