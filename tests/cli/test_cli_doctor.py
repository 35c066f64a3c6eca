"""``doctor``: each fault is found at its step, with the mend; and the error texts of the other commands suffice."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest
from command_line import Cli

from bitget_leverage_ext.cli import connection, doctor
from bitget_leverage_ext.emulator import Emulator, Fault

GOOD = ["credentials", "exchange reachable", "clock", "key", "signature", "passphrase", "environment", "account type"]


def verdicts(cli: Cli, *words: str, code: int) -> dict[str, dict[str, Any]]:
    ran = cli("doctor", *words, "--json")
    assert ran.code == code
    assert cli.posts == []
    return {step["name"]: step for step in ran.json["steps"]}


def test_all_is_well(cli: Cli) -> None:
    steps = verdicts(cli, code=0)
    assert [steps[name]["verdict"] for name in GOOD] == ["ok"] * len(GOOD)
    assert steps["account type"]["finding"] == "classic"
    assert steps["permission to write"]["verdict"] == "ok"
    assert steps["addresses of the key"]["verdict"] == "unknown"
    modes = {name: step["finding"] for name, step in steps.items() if name.startswith("position mode, ")}
    assert len(modes) == 6
    assert set(modes.values()) == {"hedge"}
    text = cli("doctor").out
    assert "Nothing has to be mended." in text


def test_a_unified_account(cli: Cli, emulator: Emulator) -> None:
    account = emulator.add_account(unified=True)
    account.set_position_mode("", "one_way_mode")
    cli.login(account)
    steps = verdicts(cli, code=0)
    assert steps["account type"]["finding"].startswith("unified")
    assert steps["position mode"]["finding"] == "one-way"


def test_a_demo_key(cli: Cli, emulator: Emulator) -> None:
    """Its environment has no S-coins, which is no fault."""
    cli.login(emulator.add_account(environment="demo"))
    steps = verdicts(cli, "--demo", code=0)
    assert "demo key" in steps["environment"]["finding"]
    assert steps["position mode, USDT-FUTURES"]["verdict"] == "ok"
    assert steps["position mode, SUSDT-FUTURES"]["verdict"] == "unknown"
    assert "S-coins are for live keys" in steps["position mode, SUSDT-FUTURES"]["finding"]
    ran = cli("set", "5", "BTC/USDT:USDT", "SBTC/SUSDT:SUSDT", "--demo")
    assert "1 of 2 set" in ran.out
    assert "no S-coin" in ran.out
    assert cli("show", "--demo").code == 0


@pytest.mark.parametrize(
    ("variable", "value", "step", "mend"),
    [
        ("BITGET_SECRET", "", "credentials", "export BITGET_SECRET="),
        ("BITGET_PASSWORD", " secret-with-space", "credentials", "take it out"),
        ("BITGET_API_KEY", "kéy", "credentials", "copy it again"),
        ("BITGET_API_KEY", "no-such-key", "key", "check BITGET_API_KEY"),
        ("BITGET_SECRET", "not-the-secret", "signature", "BITGET_SECRET does not belong to BITGET_API_KEY"),
        ("BITGET_PASSWORD", "not-the-passphrase", "passphrase", "BITGET_PASSWORD must be the passphrase"),
    ],
)
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_a_wrong_credential(
    cli: Cli, emulator: Emulator, unified: bool, variable: str, value: str, step: str, mend: str
) -> None:
    """Found at its step; earlier ones are good, later ones are not checked; no credential is shown."""
    account = emulator.add_account(unified=unified)
    cli.login(account, **{variable: value})
    steps = verdicts(cli, code=2 if step == "credentials" else 1)
    order = list(steps)
    for name in order[: order.index(step)]:
        assert steps[name]["verdict"] == "ok", name
    assert steps[step]["verdict"] == "failed"
    assert mend in steps[step]["mend"]
    assert {steps[name]["verdict"] for name in order[order.index(step) + 1 :]} == {"not checked"}
    ran = cli("doctor")
    assert f"To be mended: {step}." in ran.out
    for secret in (account.secret, account.password, account.api_key, value.strip()):
        assert not secret or secret not in ran.out + ran.err


@pytest.mark.parametrize(("environment", "words"), [("demo", []), ("live", ["--demo"])])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_the_wrong_environment(cli: Cli, emulator: Emulator, unified: bool, environment: Any, words: list[str]) -> None:
    """doctor and set say the same: which option, and which products go with the key."""
    cli.login(emulator.add_account(unified=unified, environment=environment))
    mend = "leave --demo out" if words else "add --demo"
    step = verdicts(cli, *words, code=1)["environment"]
    assert step["verdict"] == "failed"
    assert mend in step["mend"]
    ran = cli("set", "10", "BTC/USDT:USDT", *words)
    assert ran.code == 1
    assert "40099" in ran.out + ran.err
    assert mend in ran.out + ran.err
    assert cli.emulator.writes == []


def test_a_key_that_may_not_even_read(cli: Cli, emulator: Emulator) -> None:
    cli.login(emulator.add_account(permissions=()))
    step = verdicts(cli, code=1)["permission to read"]
    assert "40014" in step["finding"]
    assert "allow the key to read and to write futures" in step["mend"]


def test_a_key_that_may_only_read(cli: Cli, emulator: Emulator) -> None:
    """Doctor tells it without writing; set says what to do."""
    cli.login(emulator.add_account(unified=True, permissions=("read",)))
    step = verdicts(cli, code=1)["permission to write"]
    assert step["verdict"] == "failed"
    assert "uta_mgt" in step["mend"]
    cli.login(emulator.add_account(permissions=("read",)))
    step = verdicts(cli, code=1)["permission to write"]
    assert step["verdict"] == "failed"
    assert "cpow" in step["mend"]
    ran = cli("set", "10", "BTC/USDT:USDT")
    assert ran.code == 1
    assert "allow the key to read and to write futures" in ran.out


@pytest.mark.parametrize(
    ("off", "verdict", "finding"), [(60, "failed", "60 seconds behind"), (-10, "unknown", "10 seconds ahead")]
)
def test_the_clock(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], off: int, verdict: str, finding: str
) -> None:
    """Beyond Bitget's 30 seconds nothing can work; within them it is only said."""
    with Emulator(clock=lambda: int((time.time() + off) * 1000), rate_limit=False) as emulator:
        cli = Cli(emulator, monkeypatch, capsys)
        steps = verdicts(cli, code=1 if verdict == "failed" else 0)
    assert steps["clock"]["verdict"] == verdict
    assert finding in steps["clock"]["finding"]
    assert steps["key"]["verdict"] == ("not checked" if verdict == "failed" else "ok")


def test_nobody_answers(cli: Cli, emulator: Emulator) -> None:
    url = emulator.url
    emulator.stop()
    for words in (("doctor",), ("show", "BTC/USDT:USDT"), ("set", "10", "BTC/USDT:USDT")):
        ran = cli(*words, "--url", url, url=False)
        assert ran.code == 1
        assert "--url" in ran.out + ran.err
        assert "(ConnectionRefusedError)" in ran.out + ran.err


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (socket.gaierror(-2, "Name or service not known"), "(unknown host name)"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "(SSLError)"),
        (TimeoutError("timed out"), "(TimeoutError)"),
    ],
)
def test_why_nobody_answers(cli: Cli, monkeypatch: pytest.MonkeyPatch, cause: OSError, said: str) -> None:
    """What went wrong innermost, by its class: a text could tell more than it should."""

    def connect(*args: object, **kwargs: object) -> None:
        raise cause

    monkeypatch.setattr("urllib3.connection.connection.create_connection", connect)
    for words in (("doctor",), ("show", "BTC/USDT:USDT")):
        ran = cli(*words)
        assert ran.code == 1
        assert said in ran.out + ran.err
        assert str(cause.args[-1]) not in ran.out + ran.err


def test_an_answer_that_nobody_understands(cli: Cli, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither good nor bad is said of what could not be seen."""
    monkeypatch.setattr(connection, "READING", 0.05)
    emulator.fail(Fault("refuse", path="mix/account/accounts", code="99999", msg="something new"))
    steps = verdicts(cli, code=1)
    assert steps["key"]["verdict"] == "failed"
    assert "99999 something new" in steps["key"]["finding"]
    assert steps["signature"]["verdict"] == "not checked"
    emulator.fail(Fault("page", path="mix/account/accounts", status=403, times=None))
    steps = verdicts(cli, code=1)
    assert steps["key"]["verdict"] == "failed"
    assert "try again later" in steps["key"]["mend"]


def test_a_product_type_that_is_gone(cli: Cli) -> None:
    """What is not served (any more) is no fault of the account's."""
    cli.emulator.quirks = type(cli.emulator.quirks)(s_products="gone")
    steps = verdicts(cli, code=0)
    assert steps["position mode, SUSDT-FUTURES"]["verdict"] == "unknown"


MISSING = [("BITGET_API_KEY", "the API key"), ("BITGET_SECRET", "secret"), ("BITGET_PASSWORD", "passphrase")]


@pytest.mark.parametrize(("variable", "what"), MISSING)
@pytest.mark.parametrize(
    "words", [("set", "10", "BTC/USDT:USDT"), ("plan", "10", "BTC/USDT:USDT"), ("show",), ("doctor",)]
)
def test_a_missing_variable(cli: Cli, words: tuple[str, ...], variable: str, what: str) -> None:
    """Its name, and what belongs into it; wrong usage."""
    cli.patch.delenv(variable)
    ran = cli(*words)
    assert ran.code == 2
    assert f"{variable} is not set" in ran.out + ran.err
    assert what in ran.out + ran.err
    assert cli.emulator.requests == []


@pytest.mark.parametrize("url", ["127.0.0.1:80", "ftp://x", "http://user:pass@127.0.0.1:1", "http://x:port"])
@pytest.mark.parametrize("words", [("doctor",), ("show",)])
def test_a_url_that_is_none(cli: Cli, words: tuple[str, ...], url: str) -> None:
    ran = cli(*words, "--url", url, url=False)
    assert ran.code == 2
    assert "--url must look like" in ran.err
    assert "pass@" not in ran.err


def test_a_library_that_tells_a_secret(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a message says, no credential is printed; and no traceback."""
    from bitget_leverage_ext.cli import showing

    def tell(*args: object) -> Callable[[], None]:
        raise RuntimeError(f"header value {cli.emulator.account.password!r} is odd")

    monkeypatch.setattr(showing, "show", tell)
    for words in (("show",), ("show", "--json")):
        ran = cli(*words)
        assert ran.code == 1
        assert cli.emulator.account.password not in ran.out + ran.err
        assert "header value '***' is odd" in ran.out + ran.err


@pytest.mark.parametrize(
    ("told", "may"),
    [
        ({"authorities": ["coow", "cpow"]}, True), ({"authorities": ["coow", "ttow"]}, False),
        ({"authorities": ["cpor"]}, False), ({"authorities": ["trade", "readonly"]}, None),
        ({"authorities": []}, None), ({"authorities": None}, None), ({}, None),
    ],
)  # fmt: skip
def test_what_a_classic_key_may(told: dict[str, Any], may: bool | None) -> None:
    """What is absent, or told in other words, is unknown and not refused."""
    assert doctor._may_write_classic(told)[1] is may


@pytest.mark.parametrize(
    ("told", "may"),
    [
        ({"permType": "read_and_write", "permissions": ["uta_mgt", "uta_trade"]}, True),
        ({"permType": "read-and-write", "permissions": ["uta_mgt"]}, True),
        ({"permType": "read-and-write", "permissions": ["uta_trade"]}, False),
        ({"permType": "read_only", "permissions": ["uta_mgt"]}, False),
        ({"permType": "read_only"}, False), ({"permType": "read_and_write"}, None), ({}, None),
    ],
)  # fmt: skip
def test_what_a_unified_key_may(told: dict[str, Any], may: bool | None) -> None:
    assert doctor._may_write_unified(told)[1] is may


def test_a_key_that_is_not_told_about(cli: Cli, emulator: Emulator) -> None:
    """An answer that is none is no refusal."""
    emulator.fail(Fault("refuse", path="spot/account/info", code="40404", msg="Request URL NOT FOUND"))
    step = verdicts(cli, code=0)["permission to write"]
    assert step["verdict"] == "unknown"
    assert "40014" in step["mend"]


def test_the_addresses_of_a_key() -> None:
    """Those it is bound to; an empty list does not say that it is bound to none."""
    assert doctor._addresses({"ips": "10.0.0.1,10.0.0.2"}).finding.endswith("10.0.0.1,10.0.0.2")
    assert doctor._addresses({"ips": ["10.0.0.1"]}).finding.endswith("10.0.0.1")
    assert doctor._addresses({"ips": ""}).verdict == doctor._addresses({}).verdict == "unknown"
