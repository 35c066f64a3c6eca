"""`plan`: it shows the request that `set` sends, why, and what is known about it; it writes nothing."""

from __future__ import annotations

import pytest
from command_line import BTC, Cli

from bitget_leverage_ext.emulator import Emulator

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


def test_eighty_columns(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is not folded."""
    monkeypatch.setenv("COLUMNS", "80")
    ran = cli("plan", "10", BTC)
    assert "POST /api/v2/mix/account/set-leverage" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
