"""Redaction: no credential and no control character in errors, logs, printed requests and on a terminal."""

from __future__ import annotations

import io
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import ccxt
import pytest
from clients import CLIENTS, Client

from bitget_leverage_ext import redaction
from bitget_leverage_ext.cli import output
from bitget_leverage_ext.emulator import Emulator, Fault

S = "BTC/USDT:USDT"
KEYS = {"apiKey": "bg_key_of_the_test", "secret": "secret_of_the_test", "password": "passphrase_of_the_test"}

WRONG = [20261122, 20261122.5, b"20261122", ["20261122"], ("20261122",), {"20261122": 1}, True]
UNSENDABLE = ["20261122\n", "2026\x00", " 20261122", "20261122\u4e2d", "\ud800 20261122"]


def with_each_name(values: list[Any]) -> list[tuple[str, Any]]:
    """Return all values of the passphrase, and one of each other credential."""
    return [*(("password", value) for value in values), ("apiKey", values[0]), ("secret", values[0])]


# --- credentials -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "value"), with_each_name(WRONG))
def test_credentials_are_text(kind: str, name: str, value: Any) -> None:
    """A passphrase that was written as a number is refused when the object is made; the error names only the field."""
    with pytest.raises(ccxt.AuthenticationError, match=f"{name} must be a str, not {type(value).__name__}") as caught:
        Client(kind, {**KEYS, name: value})
    assert "20261122" not in _shown(caught.value)


@pytest.mark.parametrize(("name", "value"), with_each_name(WRONG) + with_each_name(UNSENDABLE))
def test_credentials_set_later(emulator: Emulator, client: Any, kind: str, name: str, value: Any) -> None:
    """The same for an attribute that is set later, in our methods and in ccxt's own, the login of a websocket
    included: refused before anything is signed or sent.
    """
    setattr(client.exchange, name, value)
    fields = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}
    calls = {
        "set_leverage": (10, S, {"uta": False}),
        "fetch_balance": ({"uta": False},),
        "create_order": (S, "market", "buy", 1, None, {"uta": False}),
        "request": ("v2/mix/account/account", ["private", "mix"], "GET", fields),
        "privateMixGetV2MixAccountAccount": (fields,),
        **({"authenticate": (), "watch_balance": (), "watch_orders": (S,)} if kind == "pro" else {}),
    }
    for method, arguments in calls.items():
        with pytest.raises(ccxt.AuthenticationError, match=name) as caught:
            getattr(client, method)(*arguments)
        assert "2026" not in _shown(caught.value)
    assert emulator.requests == []


@pytest.mark.parametrize("missing", [None, "", False])
def test_missing_credentials_are_as_in_ccxt(kind: str, missing: Any) -> None:
    """Without keys the public methods work, and the private ones say what they require."""
    client = Client(kind, {**KEYS, "password": missing})
    with pytest.raises(ccxt.AuthenticationError, match='requires "password" credential'):
        client.exchange.check_required_credentials()
    assert client.exchange.check_required_credentials(False) is False
    client.close()


def _shown(error: BaseException) -> str:
    """Everything that a program could print of an error and of its causes."""
    chain: list[BaseException] = []
    left = [error]
    while left:
        chain.append(left.pop())
        left += [each for each in (chain[-1].__cause__, chain[-1].__context__) if each and each not in chain]
    return "".join(traceback.format_exception(error)) + repr([(vars(link), link.args) for link in chain])


@pytest.mark.parametrize("level", ["verbose", "debug"])
def test_printed_requests_are_masked(
    emulator: Emulator, connect: Callable[..., Any], capsys: Any, caplog: Any, level: str
) -> None:
    """What ccxt prints and logs of a request contains everything but key, passphrase and signature."""
    client = connect()
    if level == "verbose":
        client.exchange.verbose = True
    with caplog.at_level(logging.DEBUG if level == "debug" else logging.WARNING):
        client.set_leverage(7, S)
    shown = capsys.readouterr().out + caplog.text
    assert "set-leverage" in shown
    assert "'ACCESS-KEY': '***'" in shown
    assert "crossMarginLeverage" in shown
    config = emulator.config()
    for secret in (config["apiKey"], config["secret"], config["password"], _signature(client)):
        assert secret not in shown


def _signature(client: Any) -> str:
    signature = client.exchange.last_request_headers["ACCESS-SIGN"]
    assert len(signature) > 20
    return str(signature)


@pytest.mark.parametrize(
    ("password", "written"),
    [("x7!", dict), *((word, way) for word in (KEYS["password"], "o'wn\"pa\\ss") for way in (dict, json.dumps))],
)
def test_websocket_login_is_masked(capsys: Any, password: str, written: Callable[..., Any]) -> None:
    """A websocket logs in with a message, which ccxt prints with the object's own ``log``; some passphrases are short."""
    client = Client("pro", {**KEYS, "password": password})
    login = written({"apiKey": KEYS["apiKey"], "passphrase": password, "timestamp": "1700000000"})
    client.exchange.log("sending", {"op": "login", "args": [login], "sign": "c2lnbmF0dXJl"})
    client.close()
    shown = capsys.readouterr().out
    assert "login" in shown
    assert "1700000000" in shown
    for secret in (KEYS["apiKey"], KEYS["secret"], password, json.dumps(password)[1:-1], "c2lnbmF0dXJl"):
        assert secret not in shown
        assert repr(secret)[1:-1] not in shown


def test_own_log_and_logger_are_masked(emulator: Emulator, connect: Callable[..., Any]) -> None:
    """A logger or a ``log`` function of the user's own gets the same masked text."""
    seen: list[str] = []

    class Logger:
        def debug(self, message: str, *args: Any) -> None:
            seen.append(message % args)

        warning = debug

    client = connect(logger=Logger(), verbose=True)
    client.exchange.log = lambda *args: seen.append(" ".join(map(str, args)))
    client.set_leverage(7, S)
    client.exchange.logger.debug("the key is %s", emulator.config()["apiKey"])
    client.exchange.logger.warning("a %s of the program", "warning")
    assert seen[-2:] == ["the key is ***", "a warning of the program"]
    assert any("fetch Request:" in line for line in seen)
    assert any("Request: {" in line for line in seen)
    for secret in (emulator.config()["apiKey"], emulator.config()["password"], _signature(client)):
        assert not any(secret in line for line in seen)


@pytest.mark.parametrize("secret", ["quo'te\"d", "back\\slash", "per%cent &", "ordinary1"])
def test_secrets_are_masked_however_written(secret: str) -> None:
    """A secret is masked as JSON, Python and a URL write it; a short word is not."""
    for written in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")):
        assert redaction.redact_text(f"<{written}>", [secret]) == "<***>"
    assert redaction.redact_text("a bc", ["a", None, 5, "bc"]) == "a bc"


# --- text ------------------------------------------------------------------------------------------------------

EVIL = "\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x07\x9b2J\x7f\r\nError: forged \u202egpj.exe\u2066\u200b\u2028\ud800"


@pytest.mark.parametrize("code", [0x00, 0x07, 0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0x9B, 0x9D, 0x202E, 0x2066, 0x2028, 0xD800])
def test_escape_controls(code: int) -> None:
    """Control characters, separators and direction marks are escaped; JSON stays the same JSON."""
    assert redaction.escape_controls(f"a{chr(code)}b") == f"a\\u{code:04x}b"
    assert json.loads(redaction.escape_controls(json.dumps(f"a{chr(code)}b", ensure_ascii=False))) == f"a{chr(code)}b"


def test_words_are_not_escaped() -> None:
    """Letters of any language, arrows and signs stay, and so do the newlines of a layout."""
    assert redaction.escape_controls("5x → größer 杠杆 😀") == "5x → größer 杠杆 😀"
    assert redaction.escape_controls("a\nb\x1b", keep="\n") == "a\nb\\u001b"


def _controls(text: str) -> list[str]:
    return [character for character in text if not character.isprintable() and character not in "\n "]


def test_styles_are_kept() -> None:
    """The colors of the command line's own text are kept."""
    terminal = output._Terminal(file=io.StringIO(), force_terminal=True, color_system="standard")
    terminal.print(output.Text("Error: ", "bold red") + output.Text(EVIL))
    assert "\x1b[1;31mError: " in terminal.file.getvalue()
    assert "\x1b]" not in terminal.file.getvalue()


def test_our_log_records_are_lines(emulator: Emulator, connect: Callable[..., Any], caplog: Any) -> None:
    """A warning of the package is one printable line, whatever symbol or leverage a caller passed."""
    with caplog.at_level("INFO", "bitget_leverage_ext"):
        logging.getLogger("bitget_leverage_ext").warning("%s: leverage %s is odd", EVIL, {"x": EVIL})
    assert [_controls(record.getMessage()) for record in caplog.records] == [[]]
    assert "\n" not in caplog.records[0].getMessage()


@pytest.mark.parametrize("kind", list(CLIENTS))
def test_verbose_output_is_text(emulator: Emulator, connect: Callable[..., Any], capsys: Any, kind: str) -> None:
    """What ccxt prints of a reply contains no control character."""
    emulator.fail(Fault("refuse", code="40808", msg="size \x9b31m \u202e", times=None))
    client = connect(verbose=True)
    with pytest.raises(ccxt.InvalidOrder, match="40808"):
        client.set_leverage(7, S)
    out = capsys.readouterr().out
    assert "40808" in out
    assert _controls(out) == []
