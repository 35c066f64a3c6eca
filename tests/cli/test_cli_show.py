"""`show`: what the account holds, and what cannot be read."""

from __future__ import annotations

import pytest
from command_line import BTC, ETH, Cli

from bitget_leverage_ext.emulator import EmulatedAccount, Emulator, Fault


def test_show(cli: Cli, account: EmulatedAccount) -> None:
    account.set_leverages(BTC, cross=3, long=12, short=5, margin_mode="isolated")
    ran = cli("show", BTC, "SBTC/SUSDT:SUSDT", "--json")
    assert ran.code == 0
    assert ran.json["account"] == {"type": "classic", "environment": "live"}
    assert ran.json["contracts"] == [
        {"symbol": BTC, "productType": "USDT-FUTURES", "marginMode": "isolated", "positionMode": "hedge",
         "longLeverage": 12, "shortLeverage": 5, "minLeverage": 1, "maxLeverage": 150},
        {"symbol": "SBTC/SUSDT:SUSDT", "productType": "SUSDT-FUTURES", "marginMode": "cross", "positionMode": "hedge",
         "longLeverage": 20, "shortLeverage": 20, "minLeverage": None, "maxLeverage": None},
    ]  # fmt: skip
    assert cli.posts == []
    text = cli("show", BTC).out
    assert "classic account, live environment" in text
    (row,) = (line.split() for line in text.splitlines() if BTC in line)
    assert row == [BTC, "isolated", "hedge", "12x", "5x", "1", "to", "150"]


def test_a_unified_account(cli: Cli, emulator: Emulator) -> None:
    """A leverage that Bitget does not report is not a number."""
    account = cli.login(emulator.add_account(unified=True))
    account.set_leverages(BTC, long=12, short=5, margin_mode="isolated")
    account.set_leverages(ETH, cross=9)
    ran = cli("show", "--json")
    assert ran.json["account"]["positionModes"] == {"unified": {"positionMode": "hedge"}}
    leverages = {row["symbol"]: (row["longLeverage"], row["shortLeverage"]) for row in ran.json["contracts"]}
    assert leverages == {BTC: (None, None), ETH: (9, 9)}
    assert "not reported: a unified account" in cli("show", BTC).text


def test_without_symbols(cli: Cli, account: EmulatedAccount) -> None:
    """The position mode of each product type, and the contracts with a position."""
    account.set_position_mode("USDC-FUTURES", "one-way")
    account.busy("SBTC/SUSDT:SUSDT", position=True)
    ran = cli("show", "--json")
    modes = {name: mode["positionMode"] for name, mode in ran.json["account"]["positionModes"].items()}
    assert len(modes) == 6
    assert modes == {name: "one-way" if name == "USDC-FUTURES" else "hedge" for name in modes}
    assert [row["symbol"] for row in ran.json["contracts"]] == ["SBTC/SUSDT:SUSDT"]


def test_a_spot_symbol(cli: Cli) -> None:
    """It is not called unknown, and the contract is suggested; the others are shown."""
    ran = cli("show", BTC, "BTC/USDT")
    assert ran.code == 1
    assert "'BTC/USDT' is not a futures contract of Bitget; did you mean BTC/USDT:USDT?" in ran.text
    assert "20x" in ran.out


@pytest.mark.parametrize(
    ("other", "code"),
    [({"BITGET_PASSWORD": "wrong-one"}, "40012"), ({"BITGET_SECRET": "wrong-one"}, "40009"), ({}, "40099")],
)
@pytest.mark.parametrize("words", [(), (BTC, ETH)])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_a_key_that_is_refused(
    cli: Cli, emulator: Emulator, unified: bool, words: tuple[str, ...], other: dict[str, str], code: str
) -> None:
    """One error; no account is described and nothing is counted."""
    cli.login(emulator.add_account(unified=unified, environment="live" if other else "demo"), **other)
    ran = cli("show", *words)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count(code) == 1
    ran = cli("show", *words, "--json")
    assert ran.code == 1
    assert list(ran.json) == ["error"]


@pytest.mark.parametrize("path", ["mix/account/account", "mix/position/all-position"])
@pytest.mark.parametrize("times", [1, None], ids=["one product type", "all"])
def test_what_cannot_be_read(cli: Cli, emulator: Emulator, path: str, times: int | None) -> None:
    """No number of positions if one product type could not be read."""
    emulator.fail(Fault("refuse", path=path, code="40404", msg="some error", times=times))
    ran = cli("show")
    assert ran.code == 1
    assert "40404 some error" in ran.out
    assert "Contracts with an open position: not all could be read." in ran.out
    emulator.heal()
    emulator.fail(Fault("refuse", path=path, code="40404", msg="some error", times=times))
    ran = cli("show", "--json")
    assert ran.code == 1
    assert ran.json["contracts"] is None


def test_one_error_of_many_contracts(cli: Cli, emulator: Emulator) -> None:
    """It is printed once, with the first contracts and the number of the others."""
    emulator.fail(Fault("refuse", path="mix/account/account", code="40404", msg="some error", times=None))
    symbols = [f"{name}/USDT:USDT" for name in ("BTC", "ETH", "XRP", "SOL", "ADA", "DOGE", "BTW")]
    ran = cli("show", *symbols)
    assert ran.out.count("40404 some error") == 1
    assert all((symbol in ran.out) == (number < 5) for number, symbol in enumerate(symbols))
    assert "and 2 more" in ran.out


def test_a_product_type_that_is_gone(cli: Cli, emulator: Emulator) -> None:
    """What is not offered is not a failure to read."""
    emulator.quirks = type(emulator.quirks)(s_products="gone")
    ran = cli("show")
    assert ran.code == 0
    assert "Contracts with an open position: 0" in ran.out
