"""`doctor`: it finds each fault at its step, says what to do, and names the leverage that an order would open at."""

from __future__ import annotations

import time
from typing import Any

import ccxt
import pytest
from command_line import BTC, ETH, Cli

from bitget_leverage_ext.cli import connection, doctor
from bitget_leverage_ext.emulator import Emulator, Fault

GOOD = ["credentials", "exchange reachable", "clock", "key", "signature", "passphrase", "environment", "account type"]


def steps_of(cli: Cli, *words: str, code: int) -> dict[str, dict[str, Any]]:
    ran = cli("doctor", *words, "--json")
    assert ran.code == code
    assert cli.posts == []
    return {step["name"]: step for step in ran.json["steps"]}


def test_nothing_to_fix(cli: Cli) -> None:
    steps = steps_of(cli, code=0)
    assert [steps[name]["verdict"] for name in GOOD] == ["ok"] * len(GOOD)
    assert steps["account type"]["finding"] == "classic"
    assert steps["permission to write"]["verdict"] == "ok"
    assert (steps["IP whitelist"]["verdict"], steps["IP whitelist"]["finding"]) == ("unknown", "none reported")
    modes = {name: step["finding"] for name, step in steps.items() if name.startswith("position mode, ")}
    assert len(modes) == 6
    assert set(modes.values()) == {"hedge"}
    assert "Nothing to fix." in cli("doctor").out


def test_no_real_money_on_another_host(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator has none; Bitget itself has."""
    assert "real money" not in steps_of(cli, code=0)["environment"]["finding"]
    assert "real money" in next(doctor._environment(doctor.Checkup(demo=False, url=None))).finding


def test_a_unified_account(cli: Cli, emulator: Emulator) -> None:
    cli.login(emulator.add_account(unified=True, position_mode="one-way"))
    steps = steps_of(cli, code=0)
    assert steps["account type"]["finding"].startswith("unified")
    assert steps["position mode"]["finding"] == "one-way"


def test_a_demo_key(cli: Cli, emulator: Emulator) -> None:
    """Its environment has no S-coins, which is not a fault."""
    cli.login(emulator.add_account(environment="demo"))
    steps = steps_of(cli, "--demo", code=0)
    assert "demo key" in steps["environment"]["finding"]
    assert steps["position mode, USDT-FUTURES"]["verdict"] == "ok"
    assert steps["position mode, SUSDT-FUTURES"]["verdict"] == "unknown"
    assert "S-coins are for live keys" in steps["position mode, SUSDT-FUTURES"]["finding"]
    ran = cli("set", "5", BTC, "SBTC/SUSDT:SUSDT", "--demo")
    assert "1 of 2 set" in ran.out
    assert "not an S-coin" in ran.out
    assert cli("show", "--demo").code == 0


# --- what an order would open at -------------------------------------------------------------------------------


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
@pytest.mark.parametrize("margin", [None, "isolated"], ids=["no mode", "isolated"])
def test_the_leverage_of_an_order(cli: Cli, emulator: Emulator, unified: bool, margin: str | None) -> None:
    """What it says is what ccxt's own order then opens at; the open position is named next time."""
    account = cli.login(emulator.add_account(unified=unified, position_mode="one-way"))
    account.set_leverages(BTC, cross=11, long=7, short=7, margin_mode="isolated")
    step = steps_of(cli, code=0)[f"an order, {BTC}"]
    crossed = "not reported" if unified else "11x"  # a unified account reports one margin mode
    assert step["finding"] == f"without a margin mode, or crossed: {crossed}; isolated: 7x"
    assert step["fix"] == "the order's own margin mode decides, not the contract's (isolated)"
    stock = ccxt.bitget(emulator.config(account, enableRateLimit=False, options={"uta": unified}))
    stock.create_order(BTC, "market", "buy", 0.01, None, {"marginMode": margin} if margin else {})
    opened = 7 if margin else 11
    assert [position.leverage for position in account.positions()] == [opened]
    mode = "isolated" if margin else "cross"
    finding = steps_of(cli, BTC, code=0)[f"an order, {BTC}"]["finding"]
    assert finding.endswith(f"; the open {mode} long position has {opened}x")


def test_the_contracts_of_an_order(cli: Cli) -> None:
    """Those that are named; a side each where they differ; a symbol that is none does not fail the others."""
    cli.emulator.account.set_leverages(ETH, cross=9, long=5, short=4)
    steps = steps_of(cli, ETH, "BTC/USDT", code=0)
    finding = steps[f"an order, {ETH}"]["finding"]
    assert finding == "without a margin mode, or crossed: 9x; isolated: long 5x, short 4x"
    assert steps["an order, BTC/USDT"]["verdict"] == "unknown"
    assert f"an order, {BTC}" not in steps


# --- faults ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "step", "fix"),
    [
        ("BITGET_SECRET", "", "credentials", "export BITGET_SECRET="),
        ("BITGET_PASSWORD", " secret-with-space", "credentials", "remove it"),
        ("BITGET_API_KEY", "kéy", "credentials", "copy it again"),
        ("BITGET_API_KEY", "no-such-key", "key", "check BITGET_API_KEY"),
        ("BITGET_SECRET", "not-the-secret", "signature", "BITGET_SECRET does not belong to BITGET_API_KEY"),
        ("BITGET_PASSWORD", "not-the-passphrase", "passphrase", "BITGET_PASSWORD must be the passphrase"),
    ],
)
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_a_wrong_credential(
    cli: Cli, emulator: Emulator, unified: bool, variable: str, value: str, step: str, fix: str
) -> None:
    """Found at its step; earlier ones are good, later ones are not checked; no credential is shown."""
    account = emulator.add_account(unified=unified)
    cli.login(account, **{variable: value})
    steps = steps_of(cli, code=2 if step == "credentials" else 1)
    order = list(steps)
    for name in order[: order.index(step)]:
        assert steps[name]["verdict"] == "ok", name
    assert steps[step]["verdict"] == "failed"
    assert fix in steps[step]["fix"]
    assert {steps[name]["verdict"] for name in order[order.index(step) + 1 :]} == {"not checked"}
    ran = cli("doctor")
    assert f"To fix: {step}." in ran.out
    for secret in (account.secret, account.password, account.api_key, value.strip()):
        assert not secret or secret not in ran.out + ran.err


@pytest.mark.parametrize(
    ("code", "step"),
    [("40012", "passphrase"), ("40036", "passphrase"), ("40009", "signature"), ("40006", "key"), ("40037", "key"),
     ("40018", "key"), ("40038", "key"), ("40005", "key"), ("40008", "key"), ("40099", "environment")],
)  # fmt: skip
def test_the_step_of_a_code(cli: Cli, emulator: Emulator, code: str, step: str) -> None:
    """Each code that the exchange gives to a signed request fails its own step, with the exchange's text."""
    emulator.fail(Fault("refuse", path="mix/account/accounts", code=code, msg="its own words"))
    steps = steps_of(cli, code=1)
    assert [name for name, each in steps.items() if each["verdict"] == "failed"] == [step]
    assert steps[step]["finding"] == f"bitget {code} its own words"
    assert steps[step]["fix"]


@pytest.mark.parametrize(("environment", "words"), [("demo", []), ("live", ["--demo"])])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_the_wrong_environment(cli: Cli, emulator: Emulator, unified: bool, environment: Any, words: list[str]) -> None:
    """`doctor` and `set` say the same: which option, and which contracts go with the key."""
    cli.login(emulator.add_account(unified=unified, environment=environment))
    fix = "leave --demo out" if words else "add --demo"
    step = steps_of(cli, *words, code=1)["environment"]
    assert step["verdict"] == "failed"
    assert fix in step["fix"]
    ran = cli("set", "10", BTC, *words)
    assert ran.code == 1
    assert "40099" in ran.text
    assert fix in ran.text
    assert cli.emulator.writes == []


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_permissions(cli: Cli, emulator: Emulator, unified: bool) -> None:
    """A key that may not read, and one that may only read; neither needs a write to be found."""
    cli.login(emulator.add_account(unified=unified, permissions=()))
    step = steps_of(cli, code=1)["permission to read"]
    what = "UTA manage" if unified else "future pos"
    assert step["finding"].startswith(f"bitget 40014 Incorrect permissions, need {what} read permissions")
    assert "allow the key to read and write futures" in step["fix"]
    cli.login(emulator.add_account(unified=unified, permissions=("read",)))
    step = steps_of(cli, code=1)["permission to write"]
    assert step["verdict"] == "failed"
    assert ("uta_mgt" if unified else "cpow") in step["fix"]


@pytest.mark.parametrize(
    ("info", "may"),
    [
        ({"authorities": ["coow", "cpow"]}, True), ({"authorities": ["coow", "ttow"]}, False),
        ({"authorities": ["cpor"]}, False), ({"authorities": ["trade", "readonly"]}, None),
        ({"authorities": []}, None), ({"authorities": None}, None), ({}, None),
    ],
)  # fmt: skip
def test_what_a_classic_key_may(info: dict[str, Any], may: bool | None) -> None:
    """What is absent or in other words is unknown, not refused."""
    assert doctor._may_write_classic(info)[1] is may


@pytest.mark.parametrize(
    ("info", "may"),
    [
        ({"permType": "read_and_write", "permissions": ["uta_mgt", "uta_trade"]}, True),
        ({"permType": "read-and-write", "permissions": ["uta_mgt"]}, True),
        ({"permType": "read-and-write", "permissions": ["uta_trade"]}, False),
        ({"permType": "read_only", "permissions": ["uta_mgt"]}, False),
        ({"permType": "read_only"}, False), ({"permType": "read_and_write"}, None), ({}, None),
    ],
)  # fmt: skip
def test_what_a_unified_key_may(info: dict[str, Any], may: bool | None) -> None:
    assert doctor._may_write_unified(info)[1] is may


def test_a_key_without_information(cli: Cli, emulator: Emulator) -> None:
    """An error of that request is not a refusal of the key."""
    emulator.fail(Fault("refuse", path="spot/account/info", code="40404", msg="Request URL NOT FOUND"))
    step = steps_of(cli, code=0)["permission to write"]
    assert step["verdict"] == "unknown"
    assert "40014" in step["fix"]


def test_the_ip_whitelist() -> None:
    """The addresses of the key; an empty list does not prove that there are none."""
    assert doctor._ip_whitelist({"ips": "10.0.0.1,10.0.0.2"}).finding == "10.0.0.1,10.0.0.2"
    assert doctor._ip_whitelist({"ips": ["10.0.0.1"]}).verdict == "ok"
    assert doctor._ip_whitelist({"ips": ""}).verdict == doctor._ip_whitelist({}).verdict == "unknown"


@pytest.mark.parametrize(
    ("off", "verdict", "finding"), [(60, "failed", "60 seconds behind"), (-10, "unknown", "10 seconds ahead")]
)
def test_the_clock(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], off: int, verdict: str, finding: str
) -> None:
    """Beyond Bitget's 30 seconds nothing can work; within them it is a remark."""
    monkeypatch.setattr(ccxt.Exchange, "throttle", lambda *_: None)
    with Emulator(clock=lambda: int((time.time() + off) * 1000), rate_limit=False) as emulator:
        cli = Cli(emulator, monkeypatch, capsys)
        steps = steps_of(cli, code=1 if verdict == "failed" else 0)
    assert steps["clock"]["verdict"] == verdict
    assert finding in steps["clock"]["finding"]
    assert steps["key"]["verdict"] == ("not checked" if verdict == "failed" else "ok")


def test_an_answer_that_is_not_understood(cli: Cli, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is neither good nor bad then."""
    monkeypatch.setattr(connection, "READING", 0.05)
    emulator.fail(Fault("refuse", path="mix/account/accounts", code="99999", msg="something new"))
    steps = steps_of(cli, code=1)
    assert steps["key"]["verdict"] == "failed"
    assert "99999 something new" in steps["key"]["finding"]
    assert steps["signature"]["verdict"] == "not checked"
    emulator.fail(Fault("page", path="mix/account/accounts", status=403, times=None))
    steps = steps_of(cli, code=1)
    assert steps["key"]["verdict"] == "failed"
    assert "try again later" in steps["key"]["fix"]


def test_a_product_type_that_is_gone(cli: Cli) -> None:
    """What is not offered is not a fault of the account."""
    cli.emulator.quirks = type(cli.emulator.quirks)(s_products="gone")
    steps = steps_of(cli, code=0)
    assert steps["position mode, SUSDT-FUTURES"]["verdict"] == "unknown"
