"""`set`: its arguments and files, its requests, the account afterwards, and what it prints."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from command_line import BTC, ETH, XRP, Cli

from bitget_leverage_ext.cli.client import AsyncClient
from bitget_leverage_ext.cli.options import FILE_KEYS
from bitget_leverage_ext.emulator import EmulatedAccount, Emulator, Leverages
from bitget_leverage_ext.rules.arguments import VOCABULARY

# --- requests, account, output ---------------------------------------------------------------------------------


def test_set(cli: Cli, account: EmulatedAccount) -> None:
    """One contract: the request, the account and the table."""
    ran = cli("set", "10", BTC)
    assert ran.code == 0
    body = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT", "leverage": "10"}
    assert cli.posts == [("/api/v2/mix/account/set-leverage", body)]
    assert account.leverages(BTC).cross == 10
    # The table is read from the account: a person acts on it.
    assert [(each.method, each.path) for each in cli.emulator.requests[-2:]] == [
        ("POST", "/api/v2/mix/account/set-leverage"), ("GET", "/api/v2/mix/account/account"),
    ]  # fmt: skip
    assert re.search(rf"{BTC} +cross +10x +10x", ran.out)
    assert "1 of 1 set" in ran.out
    assert "Isolated" not in ran.out


def test_set_one_side(cli: Cli, account: EmulatedAccount) -> None:
    """--side names the side; the other side keeps its leverage, and both are reported."""
    account.set_margin_mode(BTC, "isolated")
    ran = cli("set", "10", BTC, "--side", "long", "--json")
    assert account.leverages(BTC) == Leverages(20, 10, 20)
    assert ran.json["leverages"] == [
        {"symbol": BTC, "marginMode": "isolated", "longLeverage": 10, "shortLeverage": 20,
         "status": "set", "readBack": True}
    ]  # fmt: skip


def test_set_two_sides(cli: Cli, account: EmulatedAccount) -> None:
    """--long and --short; an isolated result says what an order needs to use it."""
    account.set_margin_mode(BTC, "isolated")
    ran = cli("set", "--long", "12", "--short", "5", BTC)
    assert ran.code == 0
    assert account.leverages(BTC) == Leverages(20, 12, 5)
    assert "an order uses this leverage only if it names isolated margin" in ran.text


def test_some_of_many_fail(cli: Cli, account: EmulatedAccount) -> None:
    """The table, the errors and the exit code; a failure does not stop the others."""
    ran = cli("set", "10", BTC, "BTW/USDT:USDT", ETH, "BTC/USDT")
    assert ran.code == 1
    assert account.leverages(ETH).cross == 10
    assert account.leverages("BTW/USDT:USDT").cross == 20
    assert "1 to 5" in ran.out
    assert "'BTC/USDT' is not a futures contract of Bitget; did you mean BTC/USDT:USDT?" in ran.text
    assert "2 of 4 set" in ran.out
    assert len(cli.posts) == 2


def test_many_are_set_at_the_same_time(cli: Cli, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The asynchronous client: requests of several contracts are on their way together."""
    under_way, most = 0, 0
    fetch = AsyncClient.fetch

    async def counted(self: AsyncClient, url: str, *rest: Any) -> Any:
        nonlocal under_way, most
        under_way += "set-leverage" in url
        most = max(most, under_way)
        try:
            return await fetch(self, url, *rest)
        finally:
            under_way -= "set-leverage" in url

    monkeypatch.setattr(AsyncClient, "fetch", counted)
    emulator.round_trip = 0.01
    ran = cli("set", "7", BTC, ETH, XRP, "SOL/USDT:USDT", "ADA/USDT:USDT")
    assert ran.code == 0
    assert most > 1


def test_set_on_a_unified_account(cli: Cli, emulator: Emulator) -> None:
    """--margin-mode chooses whose leverage is set, and this mode is read back."""
    account = cli.login(emulator.add_account(unified=True))
    ran = cli("set", "--long", "12", "--short", "5", BTC, "--margin-mode", "isolated")
    assert ran.code == 0
    assert account.leverages(BTC) == Leverages(20, 12, 5)
    ran = cli("set", "7", BTC, "--margin-mode", "cross", "--json")
    assert ran.json["leverages"][0]["readBack"] is True
    assert account.leverages(BTC).cross == 7


def test_a_leverage_that_is_not_reported(cli: Cli, emulator: Emulator) -> None:
    """A unified account that reports no settings: the leverage is set, and the table says what is not known."""
    cli.login(emulator.add_account(unified=True))
    emulator.quirks = type(emulator.quirks)(unified_row="missing")
    words = ("set", "--long", "12", "--short", "5", BTC, "--margin-mode", "isolated")
    ran = cli(*words)
    assert ran.code == 0
    assert re.search(rf"{BTC} +isolated +not reported +not reported", ran.out)
    assert "does not report what the account holds now" in ran.text
    row = cli(*words, "--json").json["leverages"][0]
    assert (row["status"], row["shortLeverage"], row["readBack"]) == ("set", None, False)


def test_a_leverage_above_the_limit(cli: Cli) -> None:
    """Only the exchange's list has the limit, so it is an error of this contract: exit code 1, and no write."""
    ran = cli("set", "151", BTC)
    assert ran.code == 1
    assert "BadRequest" in ran.out
    assert cli.posts == []


def test_a_warning_of_the_library(cli: Cli, emulator: Emulator) -> None:
    """It is printed on standard error once for all contracts, with the option of the command line."""
    account = cli.login(emulator.add_account(unified=True))
    account.set_leverages(BTC, long=5, margin_mode="isolated")
    handlers = list(logging.getLogger("bitget_leverage_ext").handlers)
    ran = cli("set", "10", BTC)
    assert ran.code == 0
    assert re.search("Warning: .*--margin-mode isolated", " ".join(ran.err.split()))
    for symbol in (BTC, ETH):
        account.set_leverages(symbol, long=5, margin_mode="isolated")
    ran = cli("set", "10", BTC, ETH)
    assert ran.err.count("Warning: ") == 1
    assert f"{BTC}, {ETH}: the settings" in ran.err or f"{ETH}, {BTC}: the settings" in ran.err
    assert logging.getLogger("bitget_leverage_ext").handlers == handlers


# --- arguments -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["10"], "no symbol"),
        ([BTC], "the leverage comes first"),
        (["BTCUSDT"], "the leverage comes first"),
        (["10x", BTC], "'10x' is not a whole number"),
        (["ten", BTC], "'ten' is not a whole number"),
        (["--long", "5"], "no symbol"),
        (["--long", "5", "10", BTC], "leave the leverage 10 out"),
        (["10", BTC, "--side", "buy"], "--side 'buy' is not a hold side"),
        (["10", BTC, "--margin-mode", "fixed"], "--margin-mode 'fixed' is unknown"),
        (["10", BTC, "--file", "x.toml"], "give no others"),
        (["--long", "5", BTC, "--side", "short"], "--side 'short' disagrees with --long"),
        ([], "the leverage comes first"),
    ],
)
@pytest.mark.parametrize("command", ["set", "plan"])
def test_wrong_arguments(cli: Cli, command: str, words: list[str], message: str) -> None:
    """Exit code 2 with the reason; nothing is sent."""
    ran = cli(command, *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert cli.emulator.requests == []


@pytest.mark.parametrize(
    ("value", "message"),
    [("0", "the leverage 0 is below 1"), ("-5", "the leverage -5 is below 1"), ("-2.5", "the leverage -2.5 is below 1"),
     ("3.7", "give a whole number"), ("nan", "is not a number"), ("1e9", "is not a number")],
)  # fmt: skip
def test_a_leverage_that_is_not_one(cli: Cli, tmp_path: Path, value: str, message: str) -> None:
    """Exit code 2, as an argument, as an option or in a file, for people and for scripts; nothing is sent."""
    path = tmp_path / "leverages.json"
    path.write_text(json.dumps({BTC: value}))
    for words in ([value, BTC], ["--long", value, "--short", "3", BTC], ["--file", str(path)]):
        ran = cli("set", *words)
        assert (ran.code, ran.out) == (2, "")
        assert message in ran.err or "--file" in words
        ran = cli("set", *words, "--json")
        assert ran.code == 2
        assert message in ran.json["error"] or "--file" in words
        assert cli.emulator.requests == []


def test_a_negative_number_is_not_an_option(cli: Cli) -> None:
    """Before a symbol or after it; an unknown option is still an error."""
    assert "the leverage -5 is below 1" in cli("set", BTC, "-5").err
    assert "No such option: -x" in cli("set", "-x", "-5").err


def test_an_unknown_option(cli: Cli) -> None:
    """Only an option that begins alike is suggested."""
    ran = cli("set", "--lever", "10", BTC)
    assert ran.code == 2
    assert "No such option: --lever" in ran.err
    assert "--file" not in ran.err
    assert "--margin-mode" in cli("set", "--margin-mod", "cross").err


# --- files -----------------------------------------------------------------------------------------------------

TOML = f"""
"{BTC}" = 10
"{ETH}" = {{ long = 12, short = 5 }}
"{XRP}" = {{ leverage = 7, side = "long", margin-mode = "isolated" }}
"""
JSON = {BTC: 10, ETH: {"longLeverage": 12, "shortLeverage": 5}, XRP: {"leverage": 7, "holdSide": "long"}}


@pytest.mark.parametrize(("name", "text"), [("many.toml", TOML), ("many.json", json.dumps(JSON))])
def test_a_file(cli: Cli, account: EmulatedAccount, tmp_path: Path, name: str, text: str) -> None:
    """TOML and JSON, a leverage or a table for each contract."""
    for symbol in (ETH, XRP):
        account.set_margin_mode(symbol, "isolated")
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert cli("set", "--file", str(path)).code == 0
    held = [account.leverages(symbol) for symbol in (BTC, ETH, XRP)]
    assert held == [Leverages(10, 20, 20), Leverages(20, 12, 5), Leverages(20, 7, 20)]


def test_all_mistakes_of_a_file(cli: Cli, tmp_path: Path) -> None:
    """All at once and in the order of the file; nothing is sent."""
    path = tmp_path / "bad.toml"
    path.write_text(
        f'"{BTC}" = "ten"\n"{ETH}" = {{ leverage = 5, sid = "long", levrage = 3 }}\n"{XRP}" = 2.5\n'
        '"SOL/USDT:USDT" = 7\n"ADA/USDT:USDT" = true\n"DOGE/USDT:USDT" = { leverage = 5, side = "up" }\n'
    )
    ran = cli("set", "--file", str(path))
    assert ran.code == 2
    mistakes = [line.strip() for line in ran.err.splitlines()[1:]]
    assert ran.err.splitlines()[0].endswith("bad.toml has 6 mistakes:")
    expected = [f"{BTC}: ", f"{ETH}: unknown key 'sid'; did you mean 'side'?", f"{ETH}: unknown key 'levrage'",
                f"{XRP}: ", "ADA/USDT:USDT: ", "DOGE/USDT:USDT: side 'up' is not a hold side"]  # fmt: skip
    assert len(mistakes) == len(expected)
    for mistake, start in zip(mistakes, expected, strict=True):
        assert mistake.startswith(start)
    assert cli.emulator.requests == []
    assert f"{ETH}: unknown key 'sid'" in cli("set", "--file", str(path), "--json").json["error"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", f"{BTC} = 10", "symbols are quoted"),
        ("a.toml", f'"{BTC}" = 10\n"{BTC}" = 10', f"is not valid TOML: {BTC} is there twice (line 2)"),
        ("a.toml", f'"{BTC}" = 10\n{ETH} = 10', "symbols are quoted"),
        ("a.toml", f'"{BTC}" = {{ qqqq = 10 }}', "unknown key 'qqqq'; the keys are leverage, longLeverage"),
        ("a.toml", f'"{BTC}" = {{ side = "long", holdSide = "long", leverage = 3 }}', "holdSide"),
        ("a.toml", "", "must hold symbols"),
        ("a.toml", None, "cannot be read"),
        ("a.json", "[1]", "must hold symbols"),
        ("a.json", "{", "cannot be read"),
        ("a.json", "[" * 100_000, "cannot be read"),
        ("a.json", f'{{"{BTC}": 1, "{BTC}": 2}}', f"{BTC} is there twice"),
        ("a.yaml", f"{BTC}: 10", "only .toml and .json files are read"),
    ],
)
def test_a_file_with_one_mistake(cli: Cli, tmp_path: Path, name: str, text: str | None, message: str) -> None:
    """Exit code 2 with the name of the file and the mistake; nothing is sent."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    ran = cli("set", "--file", str(path))
    assert ran.code == 2
    assert message in ran.err
    assert name in ran.err
    assert cli.emulator.requests == []


def test_the_help_lists_every_key_of_a_file() -> None:
    assert set(VOCABULARY) <= set(re.findall(r"[\w-]+", FILE_KEYS))
