"""What the exchange object of the command line asks and does not ask, and how it stops."""

from __future__ import annotations

import importlib.abc
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from command_line import Cli

from bitget_leverage_ext.cli import connection, main, output
from bitget_leverage_ext.cli.client import AsyncClient, Client, Run, products_of
from bitget_leverage_ext.cli.options import FILE_KEYS
from bitget_leverage_ext.emulator import Account, Emulator, Fault
from bitget_leverage_ext.rules.products import PRODUCT_TYPES
from bitget_leverage_ext.rules.request import VOCABULARY

MANY = ("BTC/USDT:USDT", "ETH/USDT:USDT", "XRP/USDT:USDT")


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


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


# --- what is asked ---


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_a_command_asks_for_what_it_needs(cli: Cli, emulator: Emulator, unified: bool) -> None:
    """Cold, six requests at most: no coins, no spot, no contracts of products that nobody named."""
    cli.login(emulator.add_account(unified=unified))
    assert cli("set", "10", "BTC/USDT:USDT").code == 0
    assert len(emulator.requests) <= 6
    lists = [each.query for each in emulator.requests if re.search("contracts|instruments", each.path)]
    assert [set(query.values()) for query in map(dict, lists)] == [{"USDT-FUTURES"}]


@pytest.mark.parametrize(
    ("symbol", "product_types"),
    [
        ("BTC/USDT:USDT", {"USDT-FUTURES"}), ("btc/usdt", {"USDT-FUTURES"}), ("BTC/USD:BTC-261225", {"COIN-FUTURES"}),
        ("SBTC/SUSD:SBTC", {"SCOIN-FUTURES"}), ("BTCUSDT", {"USDT-FUTURES"}),
        ("SBTCSUSDT", {"USDT-FUTURES", "SUSDT-FUTURES"}), ("BTCPERP", {"USDC-FUTURES"}),
        ("BTCUSD", set(PRODUCT_TYPES)), ("BTC/EUR", set(PRODUCT_TYPES)), ("", set(PRODUCT_TYPES)),
    ],
)  # fmt: skip
def test_which_products_a_name_can_mean(symbol: str, product_types: set[str]) -> None:
    """What tells nothing may be anything; a product type that is named comes on top."""
    assert products_of(symbol) == product_types
    assert products_of(symbol, "SUSDC-FUTURES") == product_types | {"SUSDC-FUTURES"}


# --- how it stops ---


def rows(ran: Any) -> dict[str, str]:
    return {row["symbol"]: row["status"] for row in ran.json["leverages"]}


@pytest.mark.parametrize("answered", [False, True], ids=["being sent", "answered"])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_an_interrupted_request_is_finished(
    cli: Cli, emulator: Emulator, at_request: Any, unified: bool, answered: bool
) -> None:
    """It is read back and reported; what was not begun is left alone and called so."""
    account = emulator.add_account(unified=unified)
    cli.login(account)
    at_request("POST", "set-leverage", interrupt, answered)
    ran = cli("set", "10", *MANY, "--json")
    assert ran.code == 130
    assert rows(ran) == dict(zip(MANY, ("set", "not reached", "not reached"), strict=True))
    held = [account.figures("USDT-FUTURES", name).cross for name in ("BTCUSDT", "ETHUSDT", "XRPUSDT")]
    assert held == [10, 20, 20]


def test_a_second_interruption_stops_at_once(cli: Cli, account: Account, at_request: Any) -> None:
    """What was under way took effect here, and may not have: unknown, and never called not reached."""

    def twice() -> None:
        interrupt()
        interrupt()

    at_request("POST", "set-leverage", twice, True)
    ran = cli("set", "10", *MANY, "--json")
    assert ran.code == 130
    assert account.figures("USDT-FUTURES", "BTCUSDT").cross == 10
    assert rows(ran) == dict(zip(MANY, ("unknown", "not reached", "not reached"), strict=True))


def test_what_is_unknown_is_said_to_people(cli: Cli, at_request: Any) -> None:
    def twice() -> None:
        interrupt()
        interrupt()

    at_request("POST", "set-leverage", twice)
    text = cli("set", "10", *MANY).out
    assert "may or may not have been applied" in text
    assert "not reached: interrupted" in text
    assert "0 of 3 set" in text


@pytest.mark.parametrize("words", [("set", "10", *MANY), ("plan", "10", *MANY), ("show", *MANY)])
def test_interrupted_while_the_markets_load(cli: Cli, at_request: Any, words: tuple[str, ...]) -> None:
    """In the first second as later: nothing is begun."""
    at_request("GET", "market/contracts", interrupt, True)
    ran = cli(*words)
    assert ran.code == 130
    assert cli.posts == []
    assert "interrupted" in (ran.out + ran.err).lower()


@pytest.mark.parametrize("command", ["plan", "show"])
def test_an_interrupted_reading(cli: Cli, at_request: Any, command: str) -> None:
    """What was read is shown, the rest is called not reached."""
    at_request("GET", "account/account", interrupt, True)
    ran = cli(command, *(["10"] if command == "plan" else []), *MANY)
    assert ran.code == 130
    assert "not reached: interrupted" in ran.out
    assert "NotBegun" not in ran.out
    assert cli.posts == []


def test_after_a_run_the_handler_is_the_one_of_before(cli: Cli) -> None:
    before = signal.getsignal(signal.SIGINT)
    cli("set", "10", "BTC/USDT:USDT")
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send there")
def test_interrupted_before_there_is_an_exchange(cli: Cli) -> None:
    """While the libraries are loaded: exit code 130, and no traceback."""
    code = (
        "import os, signal, sys, importlib.abc\n"
        "class Finder(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'ccxt': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from bitget_leverage_ext.cli import main; sys.exit(main())"
    )
    words = [sys.executable, "-c", code, "set", "10", "BTC/USDT:USDT", "--url", cli.emulator.url]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 130
    assert ran.stderr == "Interrupted.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send there")
@pytest.mark.parametrize("words", [("set", "10", "BTC/USDT:USDT"), ("learn", "--demo"), ("emulator",), ("tour",)])
@pytest.mark.parametrize("module", ["typer", "bitget_leverage_ext.cli.app", "bitget_leverage_ext.cli.output"])
def test_interrupted_before_there_is_a_command(
    capsys: Any, monkeypatch: pytest.MonkeyPatch, module: str, words: tuple[str, ...]
) -> None:
    """Whatever is being loaded for whichever command: the same exit code and word."""

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


# --- an exchange that dies ---


@pytest.mark.parametrize("command", ["set", "plan", "show"])
def test_an_exchange_that_dies_midway(
    cli: Cli, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Given up after a few, and said once for all that met the same."""
    monkeypatch.setattr(connection, "DEADLINE", 0.05)
    listed = [f"{name}/USDT:USDT" for name in ("BTC", "ETH", "XRP", "SOL", "ADA", "DOGE", "BTW")]
    emulator.fail(Fault("page", path="account/account", status=502, times=None))
    ran = cli(command, *(["10"] if command != "show" else []), *listed)
    assert ran.code == 1
    assert ran.out.count("check the network") == 1
    assert "<html" not in ran.out
    assert "given up, the exchange did not answer for 3 contracts in a row" in ran.out
    assert {each.query["symbol"] for each in emulator.requests if each.query and "symbol" in each.query} < {
        "BTCUSDT",
        "ETHUSDT",
        "XRPUSDT",
        "SOLUSDT",
    }


def test_three_without_an_answer_are_the_last() -> None:
    """An answer in between begins the count anew; what the exchange answered is no silence."""
    import ccxt

    watch = Run()
    for outcome in (ccxt.RequestTimeout(), ccxt.RequestTimeout(), {}, ccxt.RequestTimeout(), ccxt.BadRequest()):
        watch.done(outcome)
    assert watch.halted == ""
    for _ in range(3):
        watch.done(ccxt.RequestTimeout())
    assert "3 contracts in a row" in watch.halted


# --- words ---


def test_the_help_names_every_key_of_a_file() -> None:
    words = set(re.findall(r"[\w-]+", FILE_KEYS))
    assert set(VOCABULARY) <= words


HOSTILE = "\x1b]0;title\x07 \x1b]52;c;aGk=\x07 \x9b31m \u202e end"


def test_no_text_commands_the_terminal(cli: Cli, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange's words and the user's own, in tables, in errors and in JSON."""
    for words in (("set", "10", f"BTC{HOSTILE}/USDT:USDT"), ("set", "10", "BTC/USDT:USDT"), ("show", "BTC/USDT:USDT")):
        for more in ((), ("--json",)):
            if HOSTILE not in words[-1]:  # which is refused before anything is sent
                emulator.fail(Fault("refuse", path="account/account", code="45001", msg=HOSTILE))
            ran = cli(*words, *more)
            emulator.heal()
            assert ran.code == 1
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ran.out + ran.err)
    assert json.loads(ran.out)


def test_a_page_is_one_line() -> None:
    """Its title is all that is told of it."""
    page = "bitget GET https://x 502\n<!DOCTYPE html>\n<html><head><title> 502\n Bad </title></head>…</html>"
    assert output.readable(Exception(page)) == "bitget GET https://x 502 (a web page: 502 Bad)"


def test_lines_break_between_words(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns, in errors and in tables."""
    monkeypatch.setenv("COLUMNS", "80")
    cli.login(cli.emulator.account, BITGET_PASSWORD="not-the-passphrase")
    for words in (("set", "10", "BTC/USDT:USDT"), ("show",)):
        ran = cli(*words)
        assert max(map(len, (ran.out + ran.err).splitlines())) <= 80
        assert "chosen when the key was made" in " ".join((ran.out + ran.err).split())


def test_messages_name_the_variables(cli: Cli) -> None:
    for variable in ("BITGET_API_KEY", "BITGET_SECRET", "BITGET_PASSWORD"):
        cli.login(cli.emulator.account, **{variable: "wrong-altogether"})
        for words in (("set", "10", "BTC/USDT:USDT"), ("doctor",)):
            text = cli(*words)
            assert variable in text.out + text.err
            assert "config[" not in text.out + text.err
            assert "apiKey" not in (text.out + text.err).replace("Apikey", "")
