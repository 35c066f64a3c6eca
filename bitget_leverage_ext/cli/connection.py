"""Who is calling, and where: credentials from the environment, and the exchange object."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from bitget_leverage_ext import wires
from bitget_leverage_ext.drive import Flow, blocking

from .watch import Client


class Misuse(Exception):  # noqa: N818  # what it is called
    """The words or the environment of this run do not make a command; exit code 2."""


# ccxt's name of a credential -> the environment variable it comes from. Never arguments: those show in process lists.
VARIABLES = {"apiKey": "BITGET_API_KEY", "secret": "BITGET_SECRET", "password": "BITGET_PASSWORD"}
_MEANING = {
    "apiKey": "the API key",
    "secret": "the key's secret, shown once when the key was made",
    "password": "the passphrase that was chosen when the key was made",
}


def problems() -> list[str]:
    """What is wrong with the credentials as far as it shows without asking the exchange."""
    found = []
    for name, variable in VARIABLES.items():
        value = os.environ.get(variable, "")
        if not value.strip():
            state = "is empty" if variable in os.environ else "is not set"
            found.append(f"{variable} {state}: export {variable}='…' with {_MEANING[name]}")
        elif value != value.strip():
            found.append(f"{variable} begins or ends with white space, probably from copying: take it out")
        elif not (value.isascii() and value.isprintable()):
            # They travel in HTTP headers. https://www.bitget.com/api-doc/common/signature
            found.append(f"{variable} holds characters that no key, secret or passphrase of Bitget has: copy it again")
    return found


# Seconds that faults are waited out, a contract and a read of our own: somebody is waiting before the screen.
DEADLINE, READING = 20, 10


def connect(demo: bool, url: str | None) -> Client:
    """The exchange object for this run.

    :raises Misuse: a credential is missing, or *url* is none.
    """
    found = problems()
    if found:
        raise Misuse("; ".join(found))
    return exchange({name: os.environ[variable] for name, variable in VARIABLES.items()}, demo, url)


def exchange(config: dict[str, Any], demo: bool, url: str | None) -> Client:
    """An exchange object with *config*, in the demo environment or at another host."""
    made = Client({"options": {"setLeverage": {"deadline": DEADLINE}}, **config})
    # Leverage needs no coins.
    made.has["fetchCurrencies"] = False
    if demo:
        made.set_sandbox_mode(True)
    if url is not None:
        made.urls["api"] = dict.fromkeys(made.urls["api"], checked_url(url))
    return made


def read(exchange: Client, path: str, fields: dict[str, Any] | None = None) -> Any:
    """The ``data`` of one private GET, which is repeated where the network was at fault.

    :raises ccxt.BaseError: refused, or no answer
    """

    def asked() -> Flow[Any]:
        return (yield wires.request("GET", path, fields or {}, patience=READING))

    return blocking(exchange, asked()).get("data")


def checked_url(url: str) -> str:
    """*url* without its last slash.

    :raises Misuse: not the address of a host.
    """
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        well_formed = False
    if not well_formed or "@" in url:
        raise Misuse("--url must look like http://127.0.0.1:8080, and credentials have no place in it")
    return url.rstrip("/")
