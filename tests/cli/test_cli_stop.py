"""The exchange objects of the command line: what they ask for, and how Ctrl-C and a dead exchange stop them."""

from __future__ import annotations

import importlib.abc
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import ccxt
import pytest
from command_line import BTC, Cli

from bitget_leverage_ext.cli import connection, main
from bitget_leverage_ext.cli.client import AsyncClient, Client, NotBegun, Run, products_of
from bitget_leverage_ext.emulator import EmulatedAccount, Emulator, Fault
from bitget_leverage_ext.rules.contracts import PRODUCT_TYPES

# More than are in progress at the same time on any account.
NAMES = (
    "BTC", "ETH", "XRP", "SOL", "DOGE", "ADA", "AAVE", "ACH", "AGLD", "ALGO", "ALICE", "ALT", "ANKR", "APE", "API3", "APT",
    "AR", "ARB", "ARKM", "ASTR", "ATOM", "AVAX", "AXL", "AXS", "BAND", "BAT", "BCH", "BEAM", "BICO", "BLUR",
)  # fmt: skip
MANY = [f"{name}/USDT:USDT" for name in NAMES]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send there")


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def interrupt_twice() -> None:
    interrupt()
    interrupt()


@pytest.fixture(autouse=True)
def _sigint() -> Iterator[None]:
    """SIGINT as Python sets it up: a shell script or nohup can have started the tests with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def at_request(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Do something when the first request with a method and a word in its path is sent, or is answered."""

    def at(method: str, word: str, act: Callable[[], None], answered: bool = False) -> None:
        left = [act]

        def now(url: str, verb: str, moment: bool) -> None:
            if left and verb == method and word in url and moment is answered:
                left.pop()()

        blocking, awaiting = Client.fetch, AsyncClient.fetch

        def fetch(self: Client, url: str, verb: str = "GET", *rest: Any) -> Any:
            now(url, verb, False)
            try:
                return blocking(self, url, verb, *rest)
            finally:
                now(url, verb, True)

        async def fetch_async(self: AsyncClient, url: str, verb: str = "GET", *rest: Any) -> Any:
            now(url, verb, False)
            try:
                return await awaiting(self, url, verb, *rest)
            finally:
                now(url, verb, True)

        monkeypatch.setattr(Client, "fetch", fetch)
        monkeypatch.setattr(AsyncClient, "fetch", fetch_async)

    return at


# --- what is asked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_a_command_asks_for_what_it_needs(cli: Cli, emulator: Emulator, unified: bool) -> None:
    """At most six requests from a cold start: no coins, no spot markets, no contracts of other product types."""
    cli.login(emulator.add_account(unified=unified))
    assert cli("set", "10", BTC).code == 0
    assert len(emulator.requests) <= 6
    lists = [each.query for each in emulator.requests if re.search("contracts|instruments", each.path)]
    assert [set(query.values()) for query in map(dict, lists)] == [{"USDT-FUTURES"}]


@pytest.mark.parametrize(
    ("symbol", "product_types"),
    [
        (BTC, {"USDT-FUTURES"}), ("btc/usdt", {"USDT-FUTURES"}), ("BTC/USD:BTC-261225", {"COIN-FUTURES"}),
        ("SBTC/SUSD:SBTC", {"SCOIN-FUTURES"}), ("BTCUSDT", {"USDT-FUTURES"}),
        ("SBTCSUSDT", {"USDT-FUTURES", "SUSDT-FUTURES"}), ("BTCPERP", {"USDC-FUTURES"}),
        ("BTCUSD", set(PRODUCT_TYPES)), ("BTC/EUR", set(PRODUCT_TYPES)), ("", set(PRODUCT_TYPES)),
    ],
)  # fmt: skip
def test_the_product_types_of_a_name(symbol: str, product_types: set[str]) -> None:
    """A name that says nothing can be any of them; a product type that is named is added."""
    assert products_of(symbol) == product_types
    assert products_of(symbol, "SUSDC-FUTURES") == product_types | {"SUSDC-FUTURES"}


# --- Ctrl-C ----------------------------------------------------------------------------------------------------


def outcomes(ran: Any, account: EmulatedAccount) -> set[str]:
    """The outcomes of all symbols, after they were compared with the account."""
    rows = {row["symbol"]: row["status"] for row in ran.json["leverages"]}
    assert list(rows) == MANY
    for symbol, status in rows.items():
        held = account.leverages(symbol).cross
        assert held in {"set": (10,), "not reached": (20,), "unknown": (10, 20)}[status], (symbol, status)
    return set(rows.values())


@pytest.mark.parametrize("answered", [False, True], ids=["being sent", "answered"])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_an_interruption_finishes_what_is_in_progress(
    cli: Cli, emulator: Emulator, at_request: Any, unified: bool, answered: bool
) -> None:
    """Contracts in progress are set and read back; the others are not begun and reported so."""
    account = cli.login(emulator.add_account(unified=unified))
    emulator.round_trip = 0.01
    at_request("POST", "set-leverage", interrupt, answered)
    ran = cli("set", "10", *MANY, "--json")
    assert ran.code == 130
    assert outcomes(ran, account) == {"set", "not reached"}
    assert len(cli.posts) == sum(row["status"] == "set" for row in ran.json["leverages"])


@pytest.mark.parametrize("answered", [False, True], ids=["being sent", "answered"])
def test_a_second_interruption_stops_at_once(
    cli: Cli, emulator: Emulator, account: EmulatedAccount, at_request: Any, answered: bool
) -> None:
    """A write that was in progress may have been applied: unknown, and never "not reached"."""
    emulator.round_trip = 0.01
    at_request("POST", "set-leverage", interrupt_twice, answered)
    ran = cli("set", "10", *MANY, "--json")
    assert ran.code == 130
    assert {"unknown", "not reached"} <= outcomes(ran, account)


def test_an_unknown_outcome_in_words(cli: Cli, at_request: Any) -> None:
    at_request("POST", "set-leverage", interrupt_twice)
    ran = cli("set", "10", *MANY)
    assert "may or may not have been applied; see `bitget-leverage show`" in ran.text
    assert "not reached: interrupted" in ran.text


@pytest.mark.parametrize("words", [("set", "10", BTC), ("plan", "10", BTC), ("show", BTC), ("show",)])
def test_an_interruption_while_the_markets_load(cli: Cli, at_request: Any, words: tuple[str, ...]) -> None:
    """Nothing is begun."""
    at_request("GET", "market/contracts", interrupt, True)
    ran = cli(*words)
    assert ran.code == 130
    assert cli.posts == []
    assert "interrupted" in ran.text.lower()


@pytest.mark.parametrize("command", ["plan", "show"])
def test_an_interrupted_read(cli: Cli, at_request: Any, command: str) -> None:
    """What was read is shown, the rest is reported as not reached."""
    at_request("GET", "account/account", interrupt, True)
    ran = cli(command, *(["10"] if command == "plan" else []), *MANY)
    assert ran.code == 130
    assert "not reached: interrupted" in ran.out
    assert "NotBegun" not in ran.out
    assert cli.posts == []


def test_the_handler_is_restored(cli: Cli) -> None:
    before = signal.getsignal(signal.SIGINT)
    cli("set", "10", BTC)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_ignored_interruption(cli: Cli, account: EmulatedAccount, at_request: Any) -> None:
    """Started with nohup, a command goes on to its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    at_request("POST", "set-leverage", interrupt_twice)
    assert cli("set", "10", *MANY).code == 0
    assert account.leverages(MANY[-1]).cross == 10


def test_an_interruption_before_there_is_an_exchange_object(cli: Cli) -> None:
    """While the libraries are loaded: exit code 130, and no traceback."""
    code = (
        "import os, signal, sys, importlib.abc\n"
        "class Finder(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'ccxt': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from bitget_leverage_ext.cli import main; sys.exit(main())"
    )
    words = [sys.executable, "-c", code, "set", "10", BTC, "--url", cli.emulator.url]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 130
    assert ran.stderr == "Interrupted.\n"


@pytest.mark.parametrize("words", [("set", "10", BTC), ("learn", "--demo"), ("emulator",), ("tour",)])
@pytest.mark.parametrize("module", ["typer", "bitget_leverage_ext.cli.app", "bitget_leverage_ext.cli.output"])
def test_an_interruption_before_there_is_a_command(
    capsys: Any, monkeypatch: pytest.MonkeyPatch, module: str, words: tuple[str, ...]
) -> None:
    """Whichever module is being loaded for whichever command: the same exit code and word."""

    class Finder(importlib.abc.MetaPathFinder):
        def find_spec(self, name: str, path: Any, target: Any = None) -> None:
            if name == module:
                interrupt()

    for name in [name for name in sys.modules if name == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(sys.modules["bitget_leverage_ext.cli"], module.rpartition(".")[2], raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    assert main(words) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


# --- an exchange that does not answer --------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["set", "plan", "show"])
def test_an_exchange_that_dies(cli: Cli, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """The command gives up after a few contracts."""
    monkeypatch.setattr(connection, "DEADLINE", 0.1)
    emulator.fail(Fault("page", path="account/account", status=502, times=None))
    ran = cli(command, *(["10"] if command != "show" else []), *MANY)
    assert ran.code == 1
    assert "check the network" in ran.out
    assert "<html" not in ran.out
    assert "502 Bad Gateway" in ran.out
    assert "(bitget GET" not in ran.out
    assert "given up, the exchange did not answer for 3 contracts in a row" in ran.text
    asked = {each.query["symbol"] for each in emulator.requests if each.query and "symbol" in each.query}
    assert len(asked) < len(MANY)


def test_nothing_is_read_after_the_last_contract_in_progress() -> None:
    """A read that names no contract passes as long as a write is in progress, and not afterwards."""
    run, contract = Run(), ("USDT-FUTURES", "BTCUSDT")
    run.intercept("v3/account/set-leverage", "private", "POST", {"category": contract[0], "symbol": contract[1]})
    run.halted = "interrupted"
    run.intercept("v3/account/settings")
    run.done({}, contract)
    with pytest.raises(NotBegun, match="interrupted"):
        run.intercept("v3/account/settings")


def test_three_in_a_row() -> None:
    """An answer in between restarts the count; a refusal is an answer."""
    run = Run()
    for outcome in (ccxt.RequestTimeout(), ccxt.RequestTimeout(), {}, ccxt.RequestTimeout(), ccxt.BadRequest()):
        run.done(outcome)
    assert run.halted == ""
    for _ in range(3):
        run.done(ccxt.RequestTimeout())
    assert "3 contracts in a row" in run.halted
