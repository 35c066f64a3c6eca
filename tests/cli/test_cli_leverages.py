"""``set``, ``plan`` and ``show``, held against the wire and the account."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from command_line import Cli

from bitget_leverage_ext.cli.client import Client
from bitget_leverage_ext.emulator import Account, Emulator, Fault, Figures

BTC = ("USDT-FUTURES", "BTCUSDT")
SYMBOLS = {
    "USDT-FUTURES": "BTC/USDT:USDT",
    "COIN-FUTURES": "BTC/USD:BTC",
    "USDC-FUTURES": "BTC/USDC:USDC",
    "SUSDT-FUTURES": "SBTC/SUSDT:SUSDT",
    "SCOIN-FUTURES": "SBTC/SUSD:SBTC",
    "SUSDC-FUTURES": "SBTC/SUSDC:SUSDC",
}
IDS = ("BTCUSDT", "BTCUSD", "BTCPERP", "SBTCSUSDT", "SBTCSUSD", "SBTCSPERP")
ASKS = (["10"], ["10", "--side", "long"], ["10", "--side", "SHORT"], ["10", "--side", "both"],
        ["--long", "12", "--short", "5"], ["--long", "12"])  # fmt: skip


def in_modes(account: Account, margin: str, position: str) -> None:
    for (product_type, symbol), market_id in zip(SYMBOLS.items(), IDS, strict=True):
        if not (account.unified and symbol.startswith("S")):
            account.set_position_mode(product_type, position)
            account.set_margin_mode(product_type, market_id, margin)


# --- set ---


def test_set(cli: Cli, account: Account) -> None:
    """One symbol: on the wire, in the account, on the screen."""
    ran = cli("set", "10", "BTC/USDT:USDT")
    assert ran.code == 0
    assert cli.posts == [
        ("/api/v2/mix/account/set-leverage",
         {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT", "leverage": "10"})
    ]  # fmt: skip
    assert account.figures(*BTC).cross == 10
    assert "BTC/USDT:USDT" in ran.out
    assert "10x" in ran.out
    assert "1 of 1 set" in ran.out


def test_set_one_side(cli: Cli, account: Account) -> None:
    """--side names the side; the other keeps its figure, and both are shown."""
    in_modes(account, "isolated", "hedge_mode")
    ran = cli("set", "10", "BTC/USDT:USDT", "--side", "long", "--json")
    assert account.figures(*BTC) == Figures(20, 10, 20)
    assert ran.json["leverages"] == [
        {"symbol": "BTC/USDT:USDT", "marginMode": "isolated", "longLeverage": 10, "shortLeverage": 20,
         "status": "set", "readBack": True}
    ]  # fmt: skip


def test_set_two_figures(cli: Cli, account: Account) -> None:
    in_modes(account, "isolated", "hedge_mode")
    assert cli("set", "--long", "12", "--short", "5", "BTC/USDT:USDT").code == 0
    assert account.figures(*BTC) == Figures(20, 12, 5)


def test_set_many_and_some_fail(cli: Cli, account: Account) -> None:
    """What failed stands beside what is in force, and the exit code tells."""
    ran = cli("set", "10", "BTC/USDT:USDT", "BTW/USDT:USDT", "ETH/USDT:USDT", "BTC/USDT")
    assert ran.code == 1
    assert account.figures("USDT-FUTURES", "ETHUSDT").cross == 10
    assert account.figures("USDT-FUTURES", "BTWUSDT").cross == 20
    assert "1 to 5" in ran.out
    assert "did you mean BTC/USDT:USDT?" in ran.out
    assert "2 of 4 set" in ran.out
    assert [path for path, _ in cli.posts] == ["/api/v2/mix/account/set-leverage"] * 2


TOML = """
"BTC/USDT:USDT" = 10
"ETH/USDT:USDT" = { long = 12, short = 5 }
"XRP/USDT:USDT" = { leverage = 7, side = "long", margin-mode = "isolated" }
"""
JSON = {
    "BTC/USDT:USDT": 10,
    "ETH/USDT:USDT": {"longLeverage": 12, "shortLeverage": 5},
    "XRP/USDT:USDT": {"leverage": 7, "holdSide": "long"},
}


@pytest.mark.parametrize(("name", "text"), [("many.toml", TOML), ("many.json", json.dumps(JSON))])
def test_set_from_a_file(cli: Cli, account: Account, tmp_path: Path, name: str, text: str) -> None:
    for market_id in ("ETHUSDT", "XRPUSDT"):
        account.set_margin_mode("USDT-FUTURES", market_id, "isolated")
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert cli("set", "--file", str(path)).code == 0
    assert account.figures(*BTC) == Figures(10, 20, 20)
    assert account.figures("USDT-FUTURES", "ETHUSDT") == Figures(20, 12, 5)
    assert account.figures("USDT-FUTURES", "XRPUSDT") == Figures(20, 7, 20)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.toml", "BTC/USDT:USDT = 10", "symbols are quoted"),
        ("a.toml", '"BTC/USDT:USDT" = { levrage = 10 }', "'levrage'"),
        ("a.toml", "", "must hold symbols"),
        ("a.json", "[1]", "must hold symbols"),
        ("a.json", "{", "cannot be read"),
        ("a.json", '{"BTC/USDT:USDT": 1, "BTC/USDT:USDT": 2}', "is there twice"),
        ("a.toml", None, "cannot be read"),
    ],
)
def test_a_file_that_says_nothing_clear(cli: Cli, tmp_path: Path, name: str, text: str | None, said: str) -> None:
    """Wrong usage, with the file's name and what is wrong; nothing is sent."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    ran = cli("set", "--file", str(path))
    assert ran.code == 2
    assert said in ran.err
    assert name in ran.err
    assert cli.emulator.requests == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["10"], "no symbol"),
        (["BTC/USDT:USDT"], "the leverage comes first"),
        (["--long", "5"], "no symbol"),
        (["--long", "5", "10", "BTC/USDT:USDT"], "leave the leverage 10 out"),
        (["10", "BTC/USDT:USDT", "--side", "buy"], "a buy opens the long side"),
        (["10", "BTC/USDT:USDT", "--margin-mode", "fixed"], "--margin-mode 'fixed' is unknown"),
        (["10", "BTC/USDT:USDT", "--file", "x.toml"], "leave other leverages and symbols out"),
        ([], "the leverage comes first"),
    ],
)
@pytest.mark.parametrize("command", ["set", "plan"])
def test_wrong_usage(cli: Cli, command: str, words: list[str], said: str) -> None:
    ran = cli(command, *words)
    assert ran.code == 2
    assert said in ran.err
    assert cli.emulator.requests == []


def test_a_leverage_above_the_contracts(cli: Cli) -> None:
    """Only the exchange's list tells, so it is refused as a contract's own matter: exit code 1, and no write."""
    ran = cli("set", "151", "BTC/USDT:USDT")
    assert ran.code == 1
    assert "BadRequest" in ran.out
    assert cli.posts == []


@pytest.mark.parametrize(
    ("value", "said"),
    [("0", "the leverage 0 is below 1"), ("-5", "the leverage -5 is below 1"), ("-2.5", "the leverage -2.5 is below 1"),
     ("3.7", "give a whole number"), ("nan", "is not a number"), ("1e9", "is not a number")],
)  # fmt: skip
@pytest.mark.parametrize("command", ["set", "plan"])
def test_a_leverage_that_is_none(cli: Cli, tmp_path: Path, command: str, value: str, said: str) -> None:
    """Wrong usage whichever way it is wrong and wherever it stands, for people and for scripts; nothing is asked."""
    symbol = "BTC/USDT:USDT"
    for words in ([value, symbol], ["--long", value, symbol], ["--long", value, "--short", "3", symbol]):
        ran = cli(command, *words)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
        ran = cli(command, *words, "--json")
        assert ran.code == 2
        assert said in ran.json["error"]
    if value != "nan":
        path = tmp_path / "leverages.json"
        path.write_text(json.dumps({"ETH/USDT:USDT": 3, symbol: float(value)}), encoding="utf-8")
        assert cli(command, "--file", str(path)).code == 2
    assert cli.emulator.requests == []


def test_a_number_below_zero_is_no_option(cli: Cli) -> None:
    """Before a symbol or behind it; another letter still is one that does not exist."""
    assert "the leverage -5 is below 1" in cli("set", "BTC/USDT:USDT", "-5").err
    assert "No such option: -x" in cli("set", "-x", "-5").err


def test_an_option_that_does_not_exist(cli: Cli) -> None:
    """Only what begins alike is suggested: --lever is no --file."""
    ran = cli("set", "--lever", "10", "BTC/USDT:USDT")
    assert ran.code == 2
    assert "No such option: --lever" in ran.err
    assert "--file" not in ran.err
    assert "--margin-mode" in cli("set", "--margin-mod", "cross").err


def test_advice_for_a_command_line(cli: Cli, account: Account) -> None:
    """Options, where the library names params and methods."""
    for command in ("set", "plan"):
        text = cli(command, "3.7", "BTC/USDT:USDT").err
        assert "give a whole number" in text
        assert "fractional" not in text
    for command in ("set", "plan"):
        text = cli(command, "10", "BTC/USDT:USDT", "--margin-mode", "isolated").out
        assert "leave --margin-mode out, or switch the contract's mode on Bitget first" in text
        assert "set_margin_mode" not in text
        assert "hedged" not in text
    in_modes(account, "isolated", "hedge_mode")
    for command in ("set", "plan"):
        text = cli(command, "10", "BTC/USDT:USDT").out
        assert text.count("--side long|short|both") == 1
        assert "holdSide" not in text


def test_the_table_is_read_from_the_account(cli: Cli, emulator: Emulator) -> None:
    """A reply that claims what the account does not hold is not believed."""
    emulator.fail(Fault("lie"))
    ran = cli("set", "10", "BTC/USDT:USDT")
    assert ran.code == 1
    assert "LeverageNotApplied" in ran.out
    assert "0 of 1 set" in ran.out


def test_set_on_a_unified_account(cli: Cli, emulator: Emulator) -> None:
    """--margin-mode chooses there; and what is read is the mode's that was set."""
    account = emulator.add_account(unified=True)
    cli.login(account)
    ran = cli("set", "--long", "12", "--short", "5", "BTC/USDT:USDT", "--margin-mode", "isolated")
    assert ran.code == 0
    assert account.figures(*BTC) == Figures(20, 12, 5)
    ran = cli("set", "7", "BTC/USDT:USDT", "--margin-mode", "cross", "--json")
    assert ran.json["leverages"][0]["readBack"] is True
    assert account.figures(*BTC).cross == 7


def test_a_figure_that_is_not_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set all the same, and said plainly: no number that nobody read, no failure."""

    def told(self: Client, leverages: Any, params: Any, progress: Any) -> None:
        result = {"symbol": "BTC/USDT:USDT", "marginMode": "isolated", "longLeverage": 12, "shortLeverage": None}
        progress(1, 1, "BTC/USDT:USDT", result)

    monkeypatch.setattr(Client, "set_leverages", told)
    ran = cli("set", "--long", "12", "--short", "5", "BTC/USDT:USDT")
    assert ran.code == 0
    assert re.search(r"BTC/USDT:USDT +isolated +12x +not told", ran.out)
    assert "does not tell what the account then holds" in " ".join(ran.out.split())
    row = cli("set", "--long", "12", "--short", "5", "BTC/USDT:USDT", "--json").json["leverages"][0]
    assert (row["status"], row["shortLeverage"], row["readBack"]) == ("set", None, False)


# --- plan ---


@pytest.mark.parametrize("position", ["one_way_mode", "hedge_mode"])
@pytest.mark.parametrize("margin", ["crossed", "isolated"])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_plan_and_set_agree(cli: Cli, emulator: Emulator, unified: bool, margin: str, position: str) -> None:
    """Request for request over the whole table; and plan writes nothing."""
    for words in ASKS:
        account = emulator.add_account(unified=unified)
        cli.login(account)
        in_modes(account, margin, position)
        symbols = [each for each in SYMBOLS.values() if not (unified and each.startswith("S"))]
        ran = cli("plan", *words, *symbols, "--json")
        assert cli.posts == []
        plans = ran.json["plans"]
        planned = [(row["request"]["path"], row["request"]["body"]) for row in plans if "request" in row]
        done = cli("set", *words, *symbols, "--json")
        assert planned == cli.posts
        assert ran.code == done.code == (0 if len(planned) == len(symbols) else 1)
        errors = [row.get("error") for row in plans]
        assert errors == [row.get("error") for row in done.json["leverages"]]


@pytest.mark.parametrize(
    ("margin", "position", "words", "why"),
    [
        ("crossed", "hedge_mode", ["10"], "crossed, hedge; no side named: the leverage alone"),
        ("crossed", "one_way_mode", ["10", "--side", "long"],
         "crossed, one-way; the long side named: the leverage alone, the side is dropped: crossed margin has one"),
        ("isolated", "one_way_mode", ["10", "--side", "both"],
         "isolated, one-way; both sides named: the leverage alone, the side is dropped: one-way mode has one"),
        ("isolated", "hedge_mode", ["10", "--side", "short"],
         "isolated, hedge; the short side named: the leverage with its side"),
        ("isolated", "hedge_mode", ["10", "--side", "both"],
         "isolated, hedge; both sides named: a figure for each side, in one request"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_plan_says_why(
    cli: Cli, emulator: Emulator, unified: bool, margin: str, position: str, words: list[str], why: str
) -> None:
    account = emulator.add_account(unified=unified)
    cli.login(account)
    in_modes(account, margin, position)
    # Whose leverage is meant is the caller's to say on a unified account.
    mode = ["--margin-mode", "isolated"] if unified and margin == "isolated" else []
    ran = cli("plan", *words, *mode, "BTC/USDT:USDT")
    assert why in " ".join(ran.out.split())
    assert f"POST /api/{'v3/account' if unified else 'v2/mix/account'}/set-leverage" in ran.out
    assert "Nothing was sent but reads" in ran.out
    assert "This is the first request" in ran.out
    assert account.figures(*BTC) == Figures(20, 20, 20)


def test_plan_refuses_what_set_refuses(cli: Cli, account: Account) -> None:
    """A side that is missing: the text alone says what to write."""
    in_modes(account, "isolated", "hedge_mode")
    ran = cli("plan", "10", "BTC/USDT:USDT")
    assert ran.code == 1
    assert "add --side long|short|both" in ran.out
    assert "Nothing was sent but reads." in ran.out
    assert "This is the first request" not in ran.out


@pytest.mark.parametrize("told", [True, False])
def test_plan_shows_what_a_unified_account_foresees(cli: Cli, emulator: Emulator, told: bool) -> None:
    """Margin needed, and what can be opened: advice, without which the plan is as good."""
    cli.login(emulator.add_account(unified=True))
    if not told:
        emulator.fail(Fault("refuse", path="pre-set-leverage", code="25200", msg="no such thing"))
    ran = cli("plan", "10", "BTC/USDT:USDT", "--json")
    assert ran.code == 0
    assert ("advice" in ran.json["plans"][0]) == told
    assert not told or {"requiredMargin", "estMaxOpen"} <= set(ran.json["plans"][0]["advice"])
    assert "can still be opened" in cli("plan", "10", "BTC/USDT:USDT").out
    assert cli.posts == []


# --- show ---


def test_show(cli: Cli, account: Account) -> None:
    account.set_margin_mode(*BTC, "isolated")
    account.set_figures(*BTC, cross=3, long=12, short=5)
    ran = cli("show", "BTC/USDT:USDT", "SBTC/SUSDT:SUSDT", "--json")
    assert ran.code == 0
    assert ran.json["account"] == {"type": "classic", "environment": "live"}
    assert ran.json["contracts"] == [
        {"symbol": "BTC/USDT:USDT", "productType": "USDT-FUTURES", "marginMode": "isolated", "positionMode": "hedge",
         "longLeverage": 12, "shortLeverage": 5, "minLeverage": 1, "maxLeverage": 150},
        {"symbol": "SBTC/SUSDT:SUSDT", "productType": "SUSDT-FUTURES", "marginMode": "cross", "positionMode": "hedge",
         "longLeverage": 20, "shortLeverage": 20, "minLeverage": None, "maxLeverage": None},
    ]  # fmt: skip
    assert cli.posts == []
    text = cli("show", "BTC/USDT:USDT").out
    for word in ("classic account, live environment", "isolated", "hedge", "12x", "5x", "1 to 150"):
        assert word in text


def test_show_a_unified_account(cli: Cli, emulator: Emulator) -> None:
    """What Bitget does not tell is no figure."""
    account = emulator.add_account(unified=True)
    cli.login(account)
    account.set_margin_mode(*BTC, "isolated")
    account.set_figures(*BTC, long=12, short=5)
    account.set_figures("USDT-FUTURES", "ETHUSDT", cross=9)
    ran = cli("show", "--json")
    assert ran.json["account"]["positionModes"] == {"unified": {"positionMode": "hedge"}}
    figures = {row["symbol"]: (row["longLeverage"], row["shortLeverage"]) for row in ran.json["contracts"]}
    assert figures == {"BTC/USDT:USDT": (None, None), "ETH/USDT:USDT": (9, 9)}
    assert "not told: a unified account" in cli("show", "BTC/USDT:USDT").out


def test_show_without_symbols(cli: Cli, account: Account) -> None:
    """The position mode of every product type, and what has a position."""
    account.set_position_mode("USDC-FUTURES", "one_way_mode")
    account.busy("SUSDT-FUTURES", "SBTCSUSDT", position=True)
    ran = cli("show", "--json")
    modes = {name: mode["positionMode"] for name, mode in ran.json["account"]["positionModes"].items()}
    assert modes == {name: "one-way" if name == "USDC-FUTURES" else "hedge" for name in SYMBOLS}
    assert [row["symbol"] for row in ran.json["contracts"]] == ["SBTC/SUSDT:SUSDT"]


def test_show_a_symbol_that_is_none(cli: Cli) -> None:
    ran = cli("show", "BTC/USDT:USDT", "BTC/USDT")
    assert ran.code == 1
    assert "did you mean BTC/USDT:USDT?" in ran.out
    assert "20x" in ran.out


@pytest.mark.parametrize(
    ("other", "code"),
    [({"BITGET_PASSWORD": "wrong-one"}, "40012"), ({"BITGET_SECRET": "wrong-one"}, "40009"), ({}, "40099")],
)
@pytest.mark.parametrize("words", [(), ("BTC/USDT:USDT", "ETH/USDT:USDT")])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_show_to_nobody(
    cli: Cli, emulator: Emulator, unified: bool, words: tuple[str, ...], other: dict[str, str], code: str
) -> None:
    """Said once; no account is described and nothing is counted."""
    cli.login(emulator.add_account(unified=unified, environment="live" if other else "demo"), **other)
    ran = cli("show", *words)
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.count(code) == 1
    assert "config[" not in ran.err
    ran = cli("show", *words, "--json")
    assert ran.code == 1
    assert list(ran.json) == ["error"]


@pytest.mark.parametrize("path", ["mix/account/account", "mix/position/all-position"])
def test_show_what_cannot_be_read(cli: Cli, emulator: Emulator, path: str) -> None:
    """No number of positions where they, or one product type of them, were not told."""
    for times in (1, None):
        emulator.fail(Fault("refuse", path=path, code="45001", msg="unknown error", times=times))
        ran = cli("show")
        assert ran.code == 1
        assert "45001 unknown error" in ran.out
        assert "Contracts with an open position: not all could be read." in ran.out
        emulator.heal()
        emulator.fail(Fault("refuse", path=path, code="45001", msg="unknown error", times=times))
        ran = cli("show", "--json")
        assert ran.code == 1
        assert ran.json["contracts"] is None
        emulator.heal()


def test_show_a_product_type_that_is_gone(cli: Cli, emulator: Emulator) -> None:
    """What is not served is no failure to read."""
    emulator.quirks = type(emulator.quirks)(s_products="gone")
    ran = cli("show")
    assert ran.code == 0
    assert "Contracts with an open position: 0" in ran.out
