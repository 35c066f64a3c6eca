"""A drop-in for ccxt's class: the same names, and everything else untouched."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import subprocess
import sys
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest
from offline import OURS, STOCK

import bitget_leverage_ext
from bitget_leverage_ext.emulator import Emulator

S = "BTC/USDT:USDT"


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_same_description(kind: str) -> None:
    """id, name, has, options, urls, errors: describe() is ccxt's own."""
    ours, stock = OURS[kind](), STOCK[kind]()
    assert (ours.id, ours.name) == ("bitget", "Bitget")
    descriptions = [exchange.describe() for exchange in (ours, stock)]
    for description in descriptions:
        description.get("streaming", {}).pop("ping", None)  # a method bound to the object
    assert descriptions[0]["has"].pop("fetchLeverages") is True
    descriptions[1]["has"].pop("fetchLeverages", None)
    assert descriptions[0] == descriptions[1]
    # An older ccxt takes the account for a classic one where nobody says what it is; it is asked, as by the newest.
    assert (ours.options.pop("uta"), stock.options.pop("uta") or None) == (None, None)
    for name in ("options", "urls", "exceptions", "rateLimit", "timeframes"):
        assert getattr(ours, name) == getattr(stock, name), name
    assert isinstance(ours, STOCK[kind])


def test_same_methods(kind: str) -> None:
    """Every method of ccxt's class is there, and of the same kind; tests/unit/test_ccxt_hooks.py lists which are ours."""
    for name, method in inspect.getmembers(STOCK[kind], inspect.isfunction):
        if name == method.__name__:  # no alias, which ccxt's constructor writes onto a class at its first object
            assert inspect.iscoroutinefunction(getattr(OURS[kind], name)) == inspect.iscoroutinefunction(method), name


@pytest.mark.parametrize("name", ["set_leverage", "fetch_leverage", "fetch_margin_mode", "set_margin_mode"])
def test_same_signatures(kind: str, name: str) -> None:
    """The same arguments in the same order."""
    names = [list(inspect.signature(getattr(cls[kind], name)).parameters) for cls in (OURS, STOCK)]
    assert names[0] == names[1]


def test_aliases_follow(emulator: Emulator, kind: str, client: Any) -> None:
    """setLeverage is set_leverage, also where a stock object had put its aliases on ccxt's class before."""
    STOCK[kind]()
    cls = type(client.exchange)
    for snake, camel in (("set_leverage", "setLeverage"), ("set_leverages", "setLeverages"), ("sign", "sign")):
        assert getattr(cls, camel) is getattr(cls, snake)
    assert client.setLeverage(10, S)["longLeverage"] == 10


def test_imported_after_a_stock_object_was_made() -> None:
    """ccxt's constructor puts aliases on its class; importing us afterwards must not take those for methods."""
    code = (
        "import ccxt, inspect; ccxt.bitget(); import bitget_leverage_ext as b; cls = b.bitget; "
        "print(cls.set_leverage.__qualname__, inspect.unwrap(cls.fetch_balance) is ccxt.bitget.fetch_balance, "
        "'setLeverage' in vars(cls))"
    )
    assert python(code) == "bitget.set_leverage True False"


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_copies(emulator: Emulator, connect: Any, kind: str, how: Any) -> None:
    """copy, deepcopy and pickle work; the copy is of the same class and sets leverages.

    The synchronous client, whose session is no part of an event loop, can be copied after use too.
    """
    client = connect()
    client.exchange = OURS[kind](emulator.config(enableRateLimit=False, verify=False))
    if kind == "sync":
        client.set_leverage(9, S)
    client.exchange = how(client.exchange)
    assert type(client.exchange) is OURS[kind]
    assert client.set_leverage(10, S)["longLeverage"] == 10


def test_importing_is_light() -> None:
    """Importing the package imports neither ccxt.pro nor freqtrade, nor aiohttp's server."""
    code = (
        "import sys, bitget_leverage_ext; "
        "print(*[name for name in ('ccxt.pro', 'freqtrade', 'aiohttp.web', 'typer', 'vcr') if name in sys.modules])"
    )
    assert python(code) == ""


def test_all_is_there() -> None:
    """Every public name can be had, and nothing else pretends to be."""
    for name in bitget_leverage_ext.__all__:
        assert getattr(bitget_leverage_ext, name)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = bitget_leverage_ext.nonsense


def without_sending(exchange: Any, run: Any) -> tuple[str, Any]:
    """What ccxt's own request tests look at: the last request that was signed, where sending is impossible."""
    with pytest.raises(ccxt.InvalidProxySettings):
        run()
    return exchange.last_request_url, exchange.last_request_body and json.loads(exchange.last_request_body)


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("create_order", (S, "limit", "buy", 1, 100, {"hedged": True})),
        # ccxt's two published cases for Bitget's setLeverage
        ("set_leverage", (15, "ADA/USDT:USDT")),
        ("set_leverage", ("20", "BTC/USD:BTC", {"holdSide": "long"})),
    ],
)
def test_requests_where_nothing_can_be_sent(markets: dict[str, Any], method: str, args: tuple[Any, ...]) -> None:
    """In ccxt's own request tests, where nothing can be sent, the request is signed as by ccxt's class."""
    seen = []
    for cls in (OURS["sync"], STOCK["sync"]):
        exchange = cls(
            {"apiKey": "k", "secret": "s", "password": "p", "httpProxy": "http://a:1", "httpsProxy": "http://a:1"}
        )
        vars(exchange).update(markets)
        exchange.enableRateLimit = False
        exchange.milliseconds = exchange.nonce = lambda: 1700000000000
        seen.append(without_sending(exchange, lambda: getattr(exchange, method)(*args)))  # noqa: B023
    assert seen[0] == seen[1]


def test_the_session_is_kept(client: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A call leaves the session as it is, open for the next, and ccxt sees no reason to warn of one left open."""
    client.set_leverage(10, S)
    session, closed = client.exchange.session, []
    with monkeypatch.context() as patched:
        patched.setattr(session, "close", lambda: closed.append(session))
        client.set_leverage(11, S)
    assert client.exchange.session is session
    assert (closed, caplog.records) == ([], [])
