"""`plan`: it shows the request that `set` sends, why, and what is known about it; it writes nothing."""

from __future__ import annotations

import pytest
from command_line import BTC, Cli

from bitget_leverage_ext.emulator import EmulatedAccount, Emulator, Fault, Leverages

SYMBOLS = (BTC, "BTC/USD:BTC", "SBTC/SUSDT:SUSDT")
ARGUMENTS = (["10"], ["10", "--side", "SHORT"], ["10", "--side", "both"],
             ["--long", "12", "--short", "5"], ["--long", "12"])  # fmt: skip


@pytest.mark.parametrize("position", ["one-way", "hedge"])
@pytest.mark.parametrize("margin", ["cross", "isolated"])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_plan_and_set_agree(cli: Cli, emulator: Emulator, unified: bool, margin: str, position: str) -> None:
    """The same requests and errors for the whole hold-side table; `plan` writes nothing."""
    symbols = SYMBOLS[:2] if unified else SYMBOLS
    for words in ARGUMENTS:
        cli.login(emulator.add_account(unified=unified, margin_mode=margin, position_mode=position))
        ran = cli("plan", *words, *symbols, "--json")
        assert cli.posts == []
        plans = ran.json["plans"]
        planned = {row["symbol"]: (row["request"]["path"], row["request"]["body"]) for row in plans if "request" in row}
        done = cli("set", *words, *symbols, "--json")
        assert sorted(map(str, planned.values())) == sorted(map(str, cli.posts))
        assert ran.code == done.code == (0 if len(planned) == len(symbols) else 1)
        assert [row.get("error") for row in plans] == [row.get("error") for row in done.json["leverages"]]


@pytest.mark.parametrize(
    ("margin", "position", "words", "why"),
    [
        ("cross", "hedge", ["10"], "crossed, hedge; no side named: the leverage alone"),
        ("cross", "one-way", ["10", "--side", "long"],
         "crossed, one-way; the long side named: the leverage alone, the side is dropped: crossed margin has one"),
        ("isolated", "one-way", ["10", "--side", "both"],
         "isolated, one-way; both sides named: the leverage alone, the side is dropped: one-way mode has one"),
        ("isolated", "hedge", ["10", "--side", "short"],
         "isolated, hedge; the short side named: the leverage with its side"),
        ("isolated", "hedge", ["10", "--side", "both"],
         "isolated, hedge; both sides named: a leverage for each side, in one request"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_plan_says_why(
    cli: Cli, emulator: Emulator, unified: bool, margin: str, position: str, words: list[str], why: str
) -> None:
    """The modes, the side and the row of the hold-side table."""
    account = cli.login(emulator.add_account(unified=unified, margin_mode=margin, position_mode=position))
    # On a unified account the caller chooses whose leverage is set.
    mode = ["--margin-mode", "isolated"] if unified and margin == "isolated" else []
    ran = cli("plan", *words, *mode, BTC)
    assert why in ran.text
    assert f"POST /api/{'v3/account' if unified else 'v2/mix/account'}/set-leverage" in ran.out
    assert "Nothing was sent but reads." in ran.text
    assert "Only the first request is shown." in ran.text
    assert account.leverages(BTC) == Leverages(20, 20, 20)


@pytest.mark.parametrize("side", ["long", "short"])
def test_a_request_that_is_known_to_be_refused(cli: Cli, emulator: Emulator, side: str) -> None:
    """One side of a unified account in isolated hedge mode; the other rows are not marked."""
    cli.login(emulator.add_account(unified=True))
    words = ("plan", "10", BTC, "--margin-mode", "isolated", "--side")
    ran = cli(*words, side)
    other = "short" if side == "long" else "long"
    assert "known to be refused: Bitget answered this format with 25200 in four reports of 2026" in ran.text
    assert f"--{side} 10 --{other} N" in ran.text
    assert "knownRefused" in cli(*words, side, "--json").json["plans"][0]
    assert "known to be refused" not in cli(*words, "both").text
    cli.login(emulator.account).set_margin_mode(BTC, "isolated")
    assert "known to be refused" not in cli("plan", "10", BTC, "--side", side).text


def test_plan_refuses_what_set_refuses(cli: Cli, account: EmulatedAccount) -> None:
    """A missing side: the text says which option to add."""
    account.set_margin_mode(BTC, "isolated")
    ran = cli("plan", "10", BTC)
    assert ran.code == 1
    assert "add --side long|short|both" in ran.text
    assert "Nothing was sent but reads." in ran.out
    assert "Only the first request" not in ran.out


@pytest.mark.parametrize("known", [True, False])
def test_the_preview_of_a_unified_account(cli: Cli, emulator: Emulator, known: bool) -> None:
    """Margin needed and size to open; `plan` works without them too."""
    cli.login(emulator.add_account(unified=True))
    if not known:
        emulator.fail(Fault("refuse", path="pre-set-leverage", code="25200", msg="no such thing"))
    ran = cli("plan", "10", BTC, "--json")
    assert ran.code == 0
    assert ("advice" in ran.json["plans"][0]) == known
    assert not known or {"requiredMargin", "estMaxOpen"} <= set(ran.json["plans"][0]["advice"])
    assert "maximum size to open" in cli("plan", "10", BTC).text
    assert cli.posts == []


def test_what_is_set_already(cli: Cli, tmp_path: object) -> None:
    """With skipUnchanged there is no request for a leverage that the account has."""
    path = f"{tmp_path}/leverages.toml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'"{BTC}" = {{ leverage = 20, skipUnchanged = true }}\n')
    ran = cli("plan", "--file", path)
    assert ran.code == 0
    assert "it holds already" in ran.out


def test_eighty_columns(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is not folded."""
    monkeypatch.setenv("COLUMNS", "80")
    ran = cli("plan", "10", BTC)
    assert "POST /api/v2/mix/account/set-leverage" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
