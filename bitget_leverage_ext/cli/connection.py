"""The connection to Bitget: credentials from the environment, and the exchange object with them."""

from __future__ import annotations

import os
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bitget_leverage_ext._retry import Deadline
from bitget_leverage_ext._runner import run_sync
from bitget_leverage_ext.account_type import account_type
from bitget_leverage_ext.api.base import ApiRequest, send
from bitget_leverage_ext.state import ReadCache

from .client import AsyncClient, Client


class Misuse(Exception):  # noqa: N818  # not a fault of the program
    """The arguments or the environment are wrong; exit code 2."""


C = TypeVar("C", Client, AsyncClient)

# ccxt's name of a credential -> its environment variable. Never an argument: process lists show arguments.
VARIABLES = {"apiKey": "BITGET_API_KEY", "secret": "BITGET_SECRET", "password": "BITGET_PASSWORD"}
_MEANING = {
    "apiKey": "the API key",
    "secret": "the key's secret, shown once when the key was made",
    "password": "the passphrase that was chosen when the key was made",
}


def problems() -> list[str]:
    """Return what is wrong with the credentials, as far as it shows without the exchange."""
    found = []
    for name, variable in VARIABLES.items():
        value = os.environ.get(variable, "")
        if not value.strip():
            state = "is empty" if variable in os.environ else "is not set"
            found.append(f"{variable} {state}: export {variable}='…' with {_MEANING[name]}")
        elif value != value.strip():
            found.append(f"{variable} begins or ends with a space or line break: remove it")
        elif not (value.isascii() and value.isprintable()):
            # They are sent in HTTP headers. https://www.bitget.com/api-doc/common/signature
            found.append(f"{variable} has characters that no key, secret or passphrase of Bitget has: copy it again")
    return found


# Seconds that faults are retried, for a contract and for a read: somebody is waiting at the terminal.
DEADLINE, READING = 20, 10


def connect(demo: bool, url: str | None, kind: type[C] = Client) -> C:
    """Return the exchange object of this command.

    :raises Misuse: a credential is missing, or *url* is not the address of a host
    """
    found = problems()
    if found:
        raise Misuse("; ".join(found))
    made = kind(
        {
            "options": {"setLeverage": {"deadline": DEADLINE}},
            **{name: os.environ[variable] for name, variable in VARIABLES.items()},
        }
    )
    made.has["fetchCurrencies"] = False  # ccxt loads the coins with the markets; leverage does not need them
    if demo:
        made.set_sandbox_mode(True)
    if url is not None:
        made.urls["api"] = dict.fromkeys(made.urls["api"], checked_url(url))
    return made


def read(exchange: Client, path: str, fields: dict[str, Any] | None = None) -> Any:
    """Return the ``data`` of one private GET, which is retried on faults of the network.

    :raises ccxt.BaseError: refused, or no answer
    """
    request = ApiRequest("GET", path, fields or {}, path.rpartition("/")[2])
    return run_sync(send(exchange, request, Deadline(READING), exchange.account_state)).get("data")


def is_unified(exchange: Client) -> bool:
    """Return whether the account is unified; asked once.

    :raises ccxt.BaseError: the exchange does not say
    """
    return run_sync(account_type(exchange, ReadCache(exchange.account_state), Deadline(READING)))


def checked_url(url: str) -> str:
    """Return *url* without a trailing slash.

    :raises Misuse: not the address of a host
    """
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        well_formed = False
    if not well_formed or "@" in url:
        raise Misuse("--url must look like http://127.0.0.1:8080, without credentials in it")
    return url.rstrip("/")
