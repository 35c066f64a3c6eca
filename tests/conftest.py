"""What the tests share: an emulator, and the three clients behind one blocking face."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import world
from clients import CLIENTS, Client, WithOrigin, same_json
from offline import OURS, Offline

from bitget_leverage_ext.emulator import EmulatedAccount, Emulator


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """The body is part of the match, and every cassette says where it came from."""
    vcr.register_matcher("json body", same_json)
    vcr.register_serializer("yaml", WithOrigin)


_PROMISE = "the promise that broke"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What each file and each test promises stands in its docstring; a run against what is new says which one broke."""
    report: Any = yield
    if report.failed:
        said = (getattr(getattr(item, name, None), "__doc__", None) or "" for name in ("module", "function"))
        report.sections.append((_PROMISE, "\n    ".join(" ".join(each.split()) for each in said)))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Every broken promise once, below the failures."""
    failed = [*terminalreporter.getreports("failed"), *terminalreporter.getreports("error")]
    if broken := {text for report in failed for name, text in report.sections if name == _PROMISE}:
        terminalreporter.section("promises that broke")
        for text in sorted(broken):
            terminalreporter.line(text)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A Bitget on loopback; whatever a test arranged to go wrong there must have gone wrong."""
    with Emulator(rate_limit=False) as emulator:
        yield emulator
        assert emulator.idle_faults == []


@pytest.fixture
def account(emulator: Emulator) -> EmulatedAccount:
    return emulator.account


@pytest.fixture(params=[False, True], ids=["classic", "unified"])
def unified(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(params=list(CLIENTS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def markets() -> dict[str, Any]:
    """The emulator's markets as ccxt holds them once they are loaded; loading them for each test takes a minute."""
    return world.markets(unified=False)


@pytest.fixture
def unified_markets() -> dict[str, Any]:
    """The same as a unified account's list has them."""
    return world.markets(unified=True)


@pytest.fixture
def offline(kind: str, unified: bool, markets: Any, unified_markets: Any) -> Callable[..., Offline]:
    """An object of our class, or of ccxt's, whose requests go nowhere; all of one test have the same key."""
    key = secrets.token_hex(8)

    def offline(classes: Any = OURS, **options: Any) -> Offline:
        return Offline(classes[kind], unified, unified_markets if unified else markets, key, **options)

    return offline


@pytest.fixture
def connect(emulator: Emulator, kind: str, markets: dict[str, Any]) -> Iterator[Callable[..., Client]]:
    """A client on the emulator, whose markets are loaded; give it an account, or whatever belongs into a ccxt config."""
    clients = []

    def connect(account: EmulatedAccount | None = None, **config: Any) -> Client:
        clients.append(Client(kind, emulator.config(account, **config)))
        vars(clients[-1].exchange).update(markets)
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    return connect()
