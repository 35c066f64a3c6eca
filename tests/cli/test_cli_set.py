"""`set`: its arguments and files, its requests, the account afterwards, and what it prints."""

from __future__ import annotations

import json
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


# --- arguments -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["10"], "no symbol"), ([BTC], "the leverage comes first"), (["BTCUSDT"], "the leverage comes first"),
        (["10x", BTC], "'10x' is not a whole number"), (["ten", BTC], "'ten' is not a whole number"),
        (["--long", "5"], "no symbol"), (["--long", "5", "10", BTC], "leave the leverage 10 out"),
        (["10", BTC, "--side", "buy"], "--side 'buy' is not a hold side"),
        (["10", BTC, "--margin-mode", "fixed"], "--margin-mode 'fixed' is unknown"),
        (["10", BTC, "--file", "x.toml"], "give no others"), (["--long", "5", "--file", "x.toml"], "give no others"),
        (["--long", "5", BTC, "--side", "short"], "--side 'short' disagrees with --long"),
        ([], "the leverage comes first"),
    ],
)  # fmt: skip
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


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", f"{BTC} = 10", "symbols are quoted"),
        ("a.toml", f'"{BTC}" = 10\n"{BTC}" = 10', f"is not valid TOML: {BTC} is there twice (line 2)"),
        ("a.toml", f'"{BTC}" = 10\n{ETH} = 10', "symbols are quoted"),
        ("a.toml", f'"{BTC}" = {{ qqqq = 10 }}', "unknown key 'qqqq'; the keys are leverage, longLeverage"),
        ("a.toml", f'"{BTC}" = {{ side = "long", holdSide = "long", leverage = 3 }}', "holdSide"),
        ("a.toml", "", "must hold symbols"), ("a.toml", None, "cannot be read"), ("a.json", "[1]", "must hold symbols"),
        ("a.json", "{", "cannot be read"), ("a.json", "[" * 100_000, "cannot be read"),
        ("a.json", f'{{"{BTC}": 1, "{BTC}": 2}}', f"{BTC} is there twice"),
        ("a.yaml", f"{BTC}: 10", "only .toml and .json files are read"),
    ],
)  # fmt: skip
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
