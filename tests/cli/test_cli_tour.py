"""`tour`: every row of the hold-side table once, as the emulator's account held it afterwards."""

from __future__ import annotations

import re
from itertools import product

import pytest

from bitget_leverage_ext.cli import main, tour, tour_tables
from bitget_leverage_ext.cli.tour import Tour
from bitget_leverage_ext.emulator import Leverages

CLASSIC = {
    "USDT-FUTURES": ("BTCUSDT", "USDT"),
    "COIN-FUTURES": ("BTCUSD", "BTC"),
    "USDC-FUTURES": ("BTCPERP", "USDC"),
    "SUSDT-FUTURES": ("SBTCSUSDT", "SUSDT"),
    "SCOIN-FUTURES": ("SBTCSUSD", "SBTC"),
    "SUSDC-FUTURES": ("SBTCSPERP", "SUSDC"),
}
LIVE = ("USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES")
ASKED = ("10", "10, long", "10, short", "10, both", "long 12, short 5")


def test_every_row_is_there_once(taken: Tour) -> None:
    """Six product types on a classic and three on a unified account, in every mode, with every side."""
    cells = [(case.account, case.product_type, case.margin, case.position, case.asked) for case in taken.cases]
    modes = ("crossed", "isolated"), ("one_way_mode", "hedge_mode"), ASKED
    assert sorted(cells) == sorted([*product(("classic",), CLASSIC, *modes), *product(("unified",), LIVE, *modes)])


def test_every_refusal_is_one(taken: Tour) -> None:
    """Local refusals send nothing; those of the exchange have its code and text."""
    by_name = {refusal.asked: refusal for refusal in taken.refusals}
    assert all(refusal.raised != "nothing" for refusal in taken.refusals)
    sent = {refusal.asked for refusal in taken.refusals if refusal.sent}
    assert sent == {
        "130, the contract lists no maximum", "accepted, not applied (read back)",
        "long, isolated hedge, unified",
        "too little margin for the position",
    }  # fmt: skip
    assert by_name["no side, isolated hedge"].raised == "ArgumentsRequired"
    assert by_name["long, isolated hedge, unified"].raised == "ArgumentsRequired"
    assert by_name["accepted, not applied (read back)"].raised == "LeverageNotApplied"
    assert by_name["too little margin for the position"].raised == "InsufficientFunds"
    assert by_name["an S-coin on a unified account"].raised == "NotSupported"
    assert by_name["a spot symbol"].raised == "BadSymbol"
    assert "1 to 150" in by_name["leverage 200, the maximum is 150"].message
    assert "400172 Leverage ratio exceeded" in by_name["130, the contract lists no maximum"].brief
    for name in ("a demo key, live environment", "a live key, sandbox mode"):
        assert by_name[name].raised == "AuthenticationError"
        assert '"code":"40099"' in by_name[name].message  # as Python shows it
        assert "bitget 40099 " in by_name[name].brief


def test_for_people(taken: Tour, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One table for each account type; no key needed. A refused request is shown as refused."""
    monkeypatch.setattr(tour, "take", lambda: taken)
    assert main(["tour"]) == 0
    out = capsys.readouterr().out
    assert "all six product types: all alike" in out
    assert "all three product types: all alike" in out
    assert "leverage=10 holdSide=long" in out
    assert re.search(r"Side=long[^.]+ 20 +20 +20\s[^.]*refused: ArgumentsRequired", out)
    assert "nothing sent: BadRequest" in out
    assert re.search(r"(marginMode=isolated )?longLeverage=12 shortLeverage=5( marginMode=isolated)? +20 +12 +5", out)
    for symbol, (market_id, _) in zip(tour.SYMBOLS.values(), CLASSIC.values(), strict=True):
        assert symbol in out
        assert market_id in out


def test_eighty_columns(taken: Tour, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The leverages are beside their request; a classic account's rows are one line each."""
    monkeypatch.setattr(tour, "take", lambda: taken)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["tour"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert re.search(r"10, short +leverage=10 holdSide=short +20 +20 +10 *$", out, re.MULTILINE)
    assert re.search(r"long 12, short 5 +longLeverage=12 shortLeverage=5 +20 +12 +5 *$", out, re.MULTILINE)


def test_for_scripts(taken: Tour) -> None:
    """JSON has every case on its own, and each error as Python shows it."""
    parsed = taken.as_json()
    assert len(parsed["cases"]) == 180
    fields = "account productType symbol marginMode positionMode asked requests raised after"
    assert set(parsed["cases"][0]) == set(fields.split())
    assert {case["symbol"] for case in parsed["cases"] if case["productType"] == "USDT-FUTURES"} == {"BTC/USDT:USDT"}
    assert parsed["cases"][0]["asked"] == {"leverage": 10, "params": {}}
    assert parsed["cases"][0]["requests"][0]["symbol"] == "BTCUSDT"
    assert set(parsed["refusals"][0]) == {"asked", "sent", "raised", "message"}
    assert parsed["cases"][0]["after"] == {"cross": 10, "long": 20, "short": 20}


def test_what_differs_is_not_hidden(taken: Tour, capsys: pytest.CaptureFixture[str]) -> None:
    """A product type that behaved differently has rows of its own."""
    from dataclasses import replace

    from bitget_leverage_ext.cli.output import console

    odd = replace(taken.cases[0], after=Leverages(11, 20, 20))
    tour_tables.show(tour_tables.parts(Tour([odd, *taken.cases[1:]], [])), console())
    out = capsys.readouterr().out
    assert "all six product types: all alike" not in out
    assert re.search(r"10 +leverage=10 +11 +20 +20 +USDT-FUTURES", out)
