"""Error texts: complete sentences in the command line's words, whichever command meets the error."""

from __future__ import annotations

import json
import re
import socket
import ssl
from typing import Any

import pytest
from command_line import BTC, ETH, PYTHON, Cli

from bitget_leverage_ext.cli import connection, messages
from bitget_leverage_ext.cli.tour import Tour
from bitget_leverage_ext.emulator import Emulator, Fault


@pytest.mark.parametrize("code", sorted(messages.REMEDIES))
def test_every_code_with_a_remedy(cli: Cli, emulator: Emulator, code: str) -> None:
    """The exchange's text, then what to do; nothing else."""
    emulator.fail(Fault("refuse", path="mix/account/account", code=code, msg="the exchange's own words"))
    ran = cli("set", "10", BTC, "--json")
    message = ran.json["leverages"][0]["error"]["message"]
    assert message == f"bitget {code} the exchange's own words; {messages.REMEDIES[code]}"


def test_no_refusal_advises_in_python(taken: Tour) -> None:
    """Every text that the library raises in the tour, in the command line's words."""
    for refusal in taken.refusals:
        assert not PYTHON.search(messages.translated(refusal.brief)), refusal.asked


# --- the network -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "(unknown host)"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "(the TLS connection failed)"),
        (TimeoutError("timed out by somebody"), "(timed out)"),
        (ConnectionRefusedError("refused by somebody"), "(connection refused)"),
        (ConnectionResetError("reset by somebody"), "(connection lost)"),
        (OSError("some header of the request"), "(OSError)"),
    ],
)
def test_why_the_exchange_cannot_be_reached(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, cause: OSError, words: str
) -> None:
    """The kind of the innermost cause, whose own text could hold a header; and --url."""

    def connect(*args: object, **kwargs: object) -> None:
        raise cause

    monkeypatch.setattr(connection, "DEADLINE", 0.05)
    monkeypatch.setattr("urllib3.connection.connection.create_connection", connect)
    for command in (("doctor",), ("show", BTC)):
        ran = cli(*command)
        assert ran.code == 1
        assert words in ran.text
        assert "--url" in ran.text
        assert str(cause.args[-1]) not in ran.text


# --- hostile and long texts ------------------------------------------------------------------------------------

HOSTILE = "\x1b]0;title\x07 \x1b]52;c;aGk=\x07 \x9b31m \u202e end"


def test_no_text_controls_the_terminal(cli: Cli, emulator: Emulator) -> None:
    """The exchange's words and the user's own, in tables, errors and JSON."""
    for words in (("set", "10", f"BTC{HOSTILE}/USDT:USDT"), ("set", "10", BTC), ("show", BTC)):
        for more in ((), ("--json",)):
            if HOSTILE not in words[-1]:  # which is refused before anything is sent
                emulator.fail(Fault("refuse", path="account/account", code="40404", msg=HOSTILE))
            ran = cli(*words, *more)
            emulator.heal()
            assert ran.code == 1
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ran.out + ran.err)
    assert json.loads(ran.out)


def test_a_web_page_becomes_one_line() -> None:
    page = "bitget GET https://x 502\n<!DOCTYPE html>\n<html><head><title> 502\n Bad </title></head>…</html>"
    assert messages.readable(Exception(page)) == "bitget GET https://x 502 (a web page: 502 Bad)"
    assert len(messages.readable(Exception("long " * 1000))) < 1100


def test_no_credential_is_printed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a library puts into its message."""
    from bitget_leverage_ext.cli import show_command

    def tell(*args: object) -> Any:
        raise RuntimeError(f"header value {cli.emulator.account.password!r} is odd")

    monkeypatch.setattr(show_command, "show", tell)
    for words in (("show",), ("show", "--json")):
        ran = cli(*words)
        assert ran.code == 1
        assert cli.emulator.account.password not in ran.text
        assert "unexpected RuntimeError: header value '***' is odd" in ran.text


def test_lines_break_between_words(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns, in errors and in tables."""
    monkeypatch.setenv("COLUMNS", "80")
    cli.login(cli.emulator.account, BITGET_PASSWORD="not-the-passphrase")
    for words in (("set", "10", BTC, ETH), ("show",)):
        ran = cli(*words)
        assert max(map(len, (ran.out + ran.err).splitlines())) <= 80
        assert "chosen when the key was made" in ran.text
