"""Error texts of the library and of the exchange, translated into the words of the command line.

Every text that a command prints about an error passes through here. An advice that names Python (params, options, a
method) is replaced by the option or command that does the same, or left out.
"""

from __future__ import annotations

import json
import os
import re
import socket
import ssl

import ccxt

from bitget_leverage_ext.errors import code_of
from bitget_leverage_ext.redaction import redact_text

from .connection import VARIABLES

_KEY = "check BITGET_API_KEY: it must be the key as Bitget shows it, not deleted and not expired"
_ADDRESS = "add the IP address of this machine to the key's IP whitelist in Bitget's API settings"
_PASSPHRASE = "BITGET_PASSWORD must be the passphrase that was chosen when the key was made, not the login password"
_CLOCK = "synchronise the clock of this machine (NTP): Bitget refuses requests that are more than 30 seconds off"

# What to do about a code at a command line, in the place of the library's advice for Python.
# https://www.bitget.com/api-doc/contract/error-code/restapi
REMEDIES = {
    "40005": _CLOCK,
    "40006": _KEY,
    "40008": _CLOCK,
    "40009": "BITGET_SECRET does not belong to BITGET_API_KEY: copy both again, or make a new key",
    "40012": _PASSPHRASE,
    "40014": "allow the key to read and write futures (unified account: its management) in Bitget's API settings",
    "40018": _ADDRESS,
    "40036": _PASSPHRASE,
    "40037": _KEY,
    "40038": _ADDRESS,
}

# Advice of the library, and the same advice for the command line.
_TRANSLATIONS = (
    (re.compile(r"(?:; )?(?:round it, )?or pass fractional=[^;]*"), "; give a whole number"),
    (
        re.compile(r"name (?:params=)?\{?'holdSide'[^;]*"),
        'add --side long|short|both (in a file: side = "long")',
    ),
    (
        re.compile(r"name both[:,]? (?:params=)?\{'longLeverage'[^;]*"),
        "use --long N --short N (in a file: long = N, short = N)",
    ),
    (
        re.compile(r"leave marginMode and hedged out[^;]*"),
        "leave --margin-mode out (in a file: marginMode, hedged), or switch the contract's mode on Bitget first",
    ),
    (
        re.compile(r"to mean isolated margin, call set_margin_mode\([^;]*"),
        "to set the isolated leverage, use --margin-mode isolated",
    ),
    (re.compile(r"marginMode 'both' is"), "--margin-mode both is"),
    (re.compile(r"look again with fetch_leverage\(\)[^;]*"), "look again with `bitget-leverage show`"),
    (re.compile(r"(?:with )?set_sandbox_mode\(True\)"), "with --demo"),
    # Spot markets are not loaded here, so "not listed" is not known of a spot symbol.
    (re.compile(r"is not a symbol Bitget lists"), "is not a futures contract of Bitget"),
    (re.compile(r"check apiKey and password for"), f"check {VARIABLES['apiKey']} and {VARIABLES['password']} for"),
    (re.compile(r"this apiKey"), VARIABLES["apiKey"]),
    *((re.compile(rf"config\['{name}'\]"), variable) for name, variable in VARIABLES.items()),
    *((re.compile(f'requires "{name}" credential'), f"needs {variable}") for name, variable in VARIABLES.items()),
)
# Advice that only Python can follow, and what is true only as long as a program runs.
_PYTHON = re.compile(r"stays asked for|params|options\[|config\[|\b(?:set|fetch)_\w+\(|\b\w+=['{\[]")

_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b.*", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
_QUERY = re.compile(r"(https?://[^\s?]+)\?[^\s)]*")
# What the library adds to a fault of the network that it has described in words.
_RAW = re.compile(r" \(bitget .*?\)(?=; |$)")
# One or two sentences of the exchange are shorter; a page or a list is longer.
_LONGEST = 1000


def explained(error: BaseException, demo: bool = False) -> str:
    """Return an error's text, and what to do about it at a command line."""
    code = code_of(error)
    remedy = environment_remedy(demo) if code == "40099" else REMEDIES.get(code or "")
    if remedy:
        return f"{exchange_text(error)}; {remedy}"
    text = translated(readable(error))
    if code is not None or not isinstance(error, ccxt.NetworkError):
        return text
    # Without the query, which differs for each of many symbols with the same error.
    text = _QUERY.sub(r"\1", _RAW.sub("", text))
    return f"{text}{cause(error, text)}; check the network, a proxy, and --url"


def translated(text: str) -> str:
    """Return a text of the library with the command line's advice in the place of the library's, line by line."""
    return "\n".join(map(_translated_line, text.split("\n")))


def _translated_line(line: str) -> str:
    for advice, ours in _TRANSLATIONS:
        line = advice.sub(ours, line)
    first, *clauses = line.split("; ")
    return "; ".join([first, *(clause for clause in clauses if not _PYTHON.search(clause))])


def exchange_text(error: BaseException) -> str:
    """Return the exchange's code and text without the advice that the library added; the whole text if it has none."""
    text = readable(error)
    code = code_of(error)
    if code is None:
        return translated(text)
    return text.split("; ", 1)[0]


def readable(error: BaseException) -> str:
    """Return an error's text on one line, with the exchange's reply reduced to its code and message."""
    text = str(error)
    start = text.find('{"code"')
    if start >= 0:
        try:
            body, length = json.JSONDecoder().raw_decode(text[start:])
            text = f"{text[:start]}{body.get('code')} {body.get('msg')}{text[start + length :]}"
        except (ValueError, RecursionError):
            pass
    title = _TITLE.search(text)
    page = f"(a web page: {title[1]})" if title else "(a web page)"
    line = masked(" ".join(_PAGE.sub(page, text).split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def masked(text: str) -> str:
    """Return *text* without the credentials, in case a library put one in its message."""
    return redact_text(text, [os.environ.get(variable, "").strip() for variable in VARIABLES.values()])


def cause(error: BaseException, text: str = "") -> str:
    """Return why the exchange could not be reached, in brackets: the innermost cause, unless *text* has it already.

    The text of the innermost exception is left out: it can hold a header of the request.
    """
    inner, deeper = error, error.__cause__
    while deeper is not None:
        inner, deeper = deeper, deeper.__cause__ or deeper.__context__
    if inner is error:
        return ""
    words = next((words for kind, words in _CAUSES if isinstance(inner, kind)), type(inner).__name__)
    return "" if "still failing" in text or "tried once" in text else f" ({words})"


_CAUSES = (
    (ConnectionRefusedError, "connection refused"),
    (ConnectionResetError, "connection lost"),
    (socket.gaierror, "unknown host"),
    (ssl.SSLError, "the TLS connection failed"),
    (TimeoutError, "timed out"),
)


def environment_remedy(demo: bool) -> str:
    """Return what to do where the key does not belong to the environment that was asked.

    https://github.com/ccxt/ccxt/issues/25004
    """
    if demo:
        return (
            "with --demo the key must be a demo key and the contract an ordinary one (BTC/USDT:USDT), not an S-coin; "
            "with a live key leave --demo out (a live key can practise on S-coins such as SBTC/SUSDT:SUSDT)"
        )
    return (
        "this looks like a demo key, but the request went to the live environment: add --demo and use ordinary "
        "contracts (BTC/USDT:USDT), not S-coins"
    )
