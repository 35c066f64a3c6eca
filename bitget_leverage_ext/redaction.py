"""Redaction: no credential and no control character in log lines, printed requests and error messages."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import ccxt

# --- text ------------------------------------------------------------------------------------------------------

# C0 and C1 controls, DEL, bidirectional and invisible characters, line separators, lone surrogates.
# https://www.unicode.org/reports/tr36/ (bidirectional text spoofing), https://www.unicode.org/reports/tr9/
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_MAX_BODY = 300  # characters of a reply in an error message


def escape_controls(text: str, keep: str = "") -> str:
    r"""Return *text* with each control or invisible character written as ``\uXXXX``, so that it stays one line.

    JSON stays the same JSON, since that is how a JSON string escapes a character.

    :param str keep: characters that may stay, such as the newlines of a layout
    """
    return _CONTROLS.sub(lambda found: found[0] if found[0] in keep else f"\\u{ord(found[0]):04x}", text)


def _escape_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = escape_controls(record.getMessage()), ()
    return True


# Each record is one printable line, whatever its arguments contain.
logging.getLogger(__package__).addFilter(_escape_record)


# --- credentials -----------------------------------------------------------------------------------------------

CREDENTIALS = ("apiKey", "secret", "password")
# https://www.bitget.com/api-doc/common/signature (headers)
# https://www.bitget.com/api-doc/common/websocket-intro (login)
_SECRET_FIELDS = frozenset({"access-key", "access-sign", "access-passphrase", "apikey", "passphrase", "sign"})
_MASK = "***"


def check_credentials(exchange: object, only_types: bool = False) -> None:
    """Refuse credentials that cannot be sent in a header, before a library raises with the value in its message.

    https://www.bitget.com/api-doc/common/signature (key and passphrase are sent in headers)

    :param only_types: refuse only what is not a string, such as a passphrase that was written as a number
    :raises ccxt.AuthenticationError: names the field, never the value
    """
    for name in CREDENTIALS:
        # None, False and '' mean in ccxt that the credential is not set.
        value = getattr(exchange, name, None) or ""
        if not isinstance(value, str):
            raise ccxt.AuthenticationError(
                f"bitget {name} must be a str, not {type(value).__name__}: write it in quotation marks"
            )
        if not only_types and (not (value.isascii() and value.isprintable()) or value[:1] == " "):
            raise ccxt.AuthenticationError(
                f"bitget: check {name} for stray characters, no header can carry them (a leading space, a line break, "
                "a character that is not ASCII): copy it again"
            )


def redact_text(text: str, secrets: Iterable[object]) -> str:
    """Return *text* with each secret replaced by ``***``, also where it is quoted as in JSON, Python or a URL."""
    for secret in secrets:
        # A shorter string is no credential, and would remove words from the text.
        if isinstance(secret, str) and len(secret) >= 4:
            for written in {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")}:
                text = text.replace(written, _MASK)
    return text


def redact(value: object, secrets: Iterable[object]) -> Any:
    """Return *value* as it may be printed: without secrets, signatures and control characters."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {
            name: _MASK if str(name).lower() in _SECRET_FIELDS else redact(item, secrets)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact(item, secrets) for item in value]
    text = str(value)
    start = "\n" if text.startswith("\n") else ""  # ccxt begins each printed request with a newline
    return start + escape_controls(redact_text(text.removeprefix("\n"), secrets))


def summarize_body(exchange: object, body: object, reply: object) -> Any:
    """Return the body of a reply as an error message may carry it: JSON whole, anything else cut to one short line.

    :param body: the reply's text
    :param reply: the parsed JSON, None if the text is not JSON
    """
    if not isinstance(body, str):
        return body
    line = " ".join(body.split()) if reply is None else re.sub(r"[\r\n\t]", " ", body)
    line = redact(line, _secrets(exchange))
    return line if reply is not None or len(line) <= _MAX_BODY else f"{line[:_MAX_BODY]}…"


def _secrets(exchange: object) -> list[object]:
    return [getattr(exchange, name, None) for name in CREDENTIALS]


# --- what ccxt prints ------------------------------------------------------------------------------------------


def _redacted_call(call: Callable[..., Any], exchange: object) -> Callable[..., None]:
    """Return *call*, which prints or logs its arguments, with the credentials of *exchange* removed from these."""
    return lambda *args: call(*(redact(each, _secrets(exchange)) for each in args))


class RedactedLog:
    """Class attribute in the place of ccxt's method ``log``: prints verbose output without credentials.

    An object's own function (``exchange.log = ...``) is kept and gets the redacted arguments.
    """

    def __get__(self, exchange: object, owner: object = None) -> Callable[..., None]:
        own = vars(exchange).get("log") if exchange is not None else None
        return _redacted_call(own or functools.partial(ccxt.Exchange.log, exchange), exchange)

    def __set__(self, exchange: object, value: Any) -> None:
        vars(exchange)["log"] = value


class RedactedLogger:
    """Class attribute in the place of ccxt's ``logger``: its DEBUG records, one per request, carry no credentials.

    Where DEBUG is off, the object's own logger is returned and nothing is redacted.
    """

    def __get__(self, exchange: object, owner: object = None) -> Any:
        logger = vars(exchange).get("logger") if exchange is not None else None
        enabled = getattr(logger, "isEnabledFor", None)  # a logger of another library may not have it
        return logger if logger is None or (enabled and not enabled(logging.DEBUG)) else _Debug(logger, exchange)

    def __set__(self, exchange: object, value: Any) -> None:
        vars(exchange)["logger"] = value


class _Debug:
    """A logger at level DEBUG."""

    def __init__(self, logger: Any, exchange: object) -> None:
        self._logger = logger
        self.debug = _redacted_call(logger.debug, exchange)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._logger, name)
