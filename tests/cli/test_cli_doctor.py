"""`doctor`: it finds each fault at its step, says what to do, and names the leverage that an order would open at."""

from __future__ import annotations

import time
from typing import Any

import ccxt
import pytest
from command_line import BTC, Cli

from bitget_leverage_ext.cli import connection, doctor
from bitget_leverage_ext.emulator import Emulator, Fault


def steps_of(cli: Cli, *words: str, code: int) -> dict[str, dict[str, Any]]:
    ran = cli("doctor", *words, "--json")
    assert ran.code == code
    assert cli.posts == []
    return {step["name"]: step for step in ran.json["steps"]}


def test_no_real_money_on_another_host(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator has none; Bitget itself has."""
    assert "real money" not in steps_of(cli, code=0)["environment"]["finding"]
    assert "real money" in next(doctor._environment(doctor.Checkup(demo=False, url=None))).finding


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


# --- faults ----------------------------------------------------------------------------------------------------


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
