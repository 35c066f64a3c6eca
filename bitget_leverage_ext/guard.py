"""What must not come out, and what must not get in: credentials, and text that is made to be more than text."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import ccxt

# --- text ------------------------------------------------------------------------------------------------------

# C0 and C1 controls, DEL, what turns the direction of writing or cannot be seen, line separators, lone surrogates.
# https://www.unicode.org/reports/tr36/ (bidirectional text spoofing), https://www.unicode.org/reports/tr9/
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LONGEST = 300


def plain(text: str, keep: str = "") -> str:
    """*text* with every character that a terminal or a log would obey, or hide, as a visible ``\\uXXXX``.

    Inside a JSON string that is the same character, so JSON stays the same JSON.

    :param str text: from an exchange, a file or a caller
    :param str keep: characters that may stay, such as the newlines of one's own layout
    :returns str: printable, and in one line unless *keep* holds a newline
    """
    return _UNPRINTABLE.sub(lambda found: found[0] if found[0] in keep else f"\\u{ord(found[0]):04x}", text)


class PlainRecords(logging.Filter):
    """Makes every record of a logger one printable line, whatever stands in its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = plain(record.getMessage()), ()
        return True


logging.getLogger(__package__).addFilter(PlainRecords())


@contextmanager
def market_list() -> Iterator[None]:
    """Around the reading of the market list: what ccxt's parsing stumbles over is the exchange's fault, in words."""
    try:
        yield
    except ccxt.BaseError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = plain(f"{type(error).__name__} {error}")[:_LONGEST]
        raise ccxt.BadResponse(f"bitget answered with a market list that cannot be read: {what}") from error


# --- credentials -----------------------------------------------------------------------------------------------

CREDENTIALS = ("apiKey", "secret", "password")
# https://www.bitget.com/api-doc/common/signature (headers)
# https://www.bitget.com/api-doc/common/websocket-intro (login)
_SECRET_FIELDS = frozenset({"access-key", "access-sign", "access-passphrase", "apikey", "passphrase", "sign"})
_MASK = "***"


def check_types(exchange: Any) -> None:
    """Refuse credentials that are no text, such as a passphrase that was written as a number.

    :raises ccxt.AuthenticationError: names the field and its type, never the value
    """
    for name in CREDENTIALS:
        value = getattr(exchange, name, None)
        # None, False and '' are how ccxt says that there is none.
        if value not in (None, False) and not isinstance(value, str):
            raise ccxt.AuthenticationError(
                f"bitget {name} must be a str, not {type(value).__name__}: write it in quotation marks"
            )


def check_credentials(exchange: Any) -> None:
    """Refuse what cannot be signed with or sent, before a library does so with the value in its message.

    https://www.bitget.com/api-doc/common/signature (key and passphrase travel in headers)

    :raises ccxt.AuthenticationError: names the field, never the value
    """
    check_types(exchange)
    for name in CREDENTIALS:
        value = getattr(exchange, name, None) or ""
        if not (value.isascii() and value.isprintable()) or value[:1] == " ":
            raise ccxt.AuthenticationError(
                f"bitget: check {name} for stray characters, no header may carry them (a space in front, a line "
                "break, a letter that is not ASCII): copy it again"
            )


def mask(text: str, secrets: Iterable[Any]) -> str:
    """*text* without the *secrets*, also as JSON, Python or a URL would write them."""
    for secret in secrets:
        # What is shorter is no credential, and would take words out of the text.
        if isinstance(secret, str) and len(secret) >= 4:
            for written in {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")}:
                text = text.replace(written, _MASK)
    return text


def masked(value: Any, secrets: Iterable[Any]) -> Any:
    """*value* as it may be printed: no *secrets*, no signature, nothing that a terminal obeys."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {
            name: _MASK if str(name).lower() in _SECRET_FIELDS else masked(item, secrets)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [masked(item, secrets) for item in value]
    text = str(value)
    front = "\n" if text.startswith("\n") else ""  # ccxt's own, in front of each request that it prints
    return front + plain(mask(text.removeprefix("\n"), secrets))


def brief(exchange: Any, body: Any, answer: Any) -> Any:
    """The *body* of a reply as an error's text carries it: JSON whole, anything else (a page) cut to one short line.

    :param body: the reply as it came
    :param answer: what it says as JSON; ``None`` where it is none
    """
    if not isinstance(body, str):
        return body
    line = " ".join(body.split()) if answer is None else re.sub(r"[\r\n\t]", " ", body)
    line = masked(line, _secrets(exchange))
    return line if answer is not None or len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _secrets(exchange: Any) -> list[Any]:
    return [getattr(exchange, name, None) for name in CREDENTIALS]


def shown(exchange: Any, values: Iterable[Any]) -> list[Any]:
    """What *exchange* is about to print or to log, masked."""
    secrets = _secrets(exchange)
    return [masked(value, secrets) for value in values]


class MaskedLogger:
    """A logger whose DEBUG records, in which ccxt shows each request, carry no credentials."""

    def __init__(self, logger: Any, exchange: Any) -> None:
        self._logger, self._exchange = logger, exchange

    def __getattr__(self, name: str) -> Any:
        return getattr(self._logger, name)

    def debug(self, message: str, *args: Any) -> None:
        enabled = getattr(self._logger, "isEnabledFor", None)  # a logger of another library may not have it
        if enabled is None or enabled(logging.DEBUG):
            self._logger.debug(message, *shown(self._exchange, args))
