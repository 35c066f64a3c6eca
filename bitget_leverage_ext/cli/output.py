"""What people and scripts read: tables, JSON, and errors that say how to mend them."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import ccxt
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bitget_leverage_ext.errors import CODES, code_of
from bitget_leverage_ext.guard import mask, plain

from .connection import VARIABLES, Misuse

_KEY = "check BITGET_API_KEY: it must be the key as Bitget shows it, not deleted, not expired"
_ADDRESS = "the key is bound to other IP addresses: add this machine's to it, or use a key without a binding"
_PASSPHRASE = "BITGET_PASSWORD must be the passphrase that was chosen when the key was made, not the login's password"
_CLOCK = "this machine's clock is off by more than the 30 seconds that Bitget allows: synchronise it"

# What somebody at a command line does about a code. https://www.bitget.com/api-doc/contract/error-code/restapi
MENDS = {
    "40005": _CLOCK,
    "40006": _KEY,
    "40008": _CLOCK,
    "40009": "BITGET_SECRET does not belong to BITGET_API_KEY: copy both again, or make a new key",
    "40012": _PASSPHRASE,
    "40014": "allow the key to read and to write futures (unified account: its management) in Bitget's API settings",
    "40018": _ADDRESS,
    "40036": _PASSPHRASE,
    "40037": _KEY,
    "40038": _ADDRESS,
}


# What the library advises, and what that is called at a command line.
_ADVICE = (
    (re.compile(r"; round it, or pass fractional=.*"), "; give a whole number"),
    (re.compile(r": name params=\{'holdSide'.*"), ": add --side long|short|both"),
    (
        re.compile(r"; leave marginMode and hedged out.*"),
        "; leave --margin-mode out, or switch the contract's mode on Bitget first",
    ),
)


class PlainConsole(Console):
    """A console that no text can take over: what a terminal would obey is shown instead, but for rich's own styles."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain(segment.text, keep="\n"), segment.style)


def console(stderr: bool = False) -> Console:
    """Nothing is marked up: messages carry brackets of their own."""
    return PlainConsole(stderr=stderr, markup=False, emoji=False, highlight=False)


def table(*columns: str, title: str | None = None) -> Table:
    """A table as every command has it."""
    made = Table(title=title, box=SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False, padding=(0, 1))
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def print_json(value: Any) -> None:
    """*value* as JSON on standard output."""
    sys.stdout.write(plain(json.dumps(value, indent=2, ensure_ascii=False), keep="\n") + "\n")


def masked(text: str) -> str:
    """*text* without the credentials, should a library have put one in its message."""
    return mask(text, [os.environ.get(variable, "").strip() for variable in VARIABLES.values()])


def readable(error: BaseException) -> str:
    """An error's text, with the exchange's envelope reduced to its code and message."""
    text = str(error)
    start = text.find('{"code"')
    if start >= 0:
        try:
            body, length = json.JSONDecoder().raw_decode(text[start:])
        except ValueError:
            return masked(text)
        text = f"{text[:start]}{body.get('code')} {body.get('msg')}{text[start + length :]}"
    return masked(text)


def reason(error: BaseException) -> str:
    """Why an exchange could not be reached, in brackets: the innermost cause's class (refused, unknown name, TLS,
    time-out). Its text is left out: a library's text can hold a header."""
    inner, deeper = error, error.__cause__
    while deeper is not None:
        inner, deeper = deeper, deeper.__cause__ or deeper.__context__
    name = "unknown host name" if isinstance(inner, socket.gaierror) else type(inner).__name__
    return "" if inner is error else f" ({name})"


def explained(error: BaseException, demo: bool = False) -> str:
    """An error's text, and what to do about it at a command line."""
    code = code_of(error)
    if code == "40099":
        # The library's advice names methods; here there is an option.
        return f"{readable(error).split(';')[0]}; {environment_mend(demo)}"
    mend = MENDS.get(code or "")
    if mend is None and code is None and isinstance(error, ccxt.NetworkError):
        mend = (
            f"the exchange could not be reached or did not answer properly{reason(error)}: check the connection, a "
            "proxy, and --url"
        )
    text = _here(readable(error))
    if code in MENDS and code in CODES:
        text = text.replace(f"; {CODES[code][1]}", "")  # the same advice, of configs
    return "; ".join(part for part in (text, mend) if part)


def _here(text: str) -> str:
    """A library's text with the command line's advice in the place of the library's own."""
    for advice, ours in _ADVICE:
        text = advice.sub(ours, text)
    return text


def environment_mend(demo: bool) -> str:
    """What to do where key and environment do not go together.

    https://github.com/ccxt/ccxt/issues/25004
    """
    if demo:
        return (
            "with --demo the key must be a demo key and the product an ordinary one (BTC/USDT:USDT), no S-coin; with a "
            "live key leave --demo out (it practises on the S-coins, such as SBTC/SUSDT:SUSDT)"
        )
    return (
        "this looks like a demo key, and the request went to the live environment: add --demo and use ordinary "
        "products (BTC/USDT:USDT), not the S-coins; in ccxt: exchange.set_sandbox_mode(True)"
    )


def failed(message: str, as_json: bool, code: int = 1) -> NoReturn:
    """Say why, and leave with exit code *code*."""
    if as_json:
        print_json({"error": message})
    else:
        console(stderr=True).print(Text("Error: ", "bold red") + Text(plain(message)), soft_wrap=True)
    raise typer.Exit(code)


def guarded(run: Callable[[], None], as_json: bool = False, demo: bool = False) -> Callable[[], None]:
    """*run*, so that it ends with a message and an exit code, never with a traceback."""

    def guard() -> None:
        try:
            run()
        except (typer.Exit, typer.Abort):
            raise
        except Misuse as misuse:
            failed(masked(str(misuse)), as_json, 2)
        except BrokenPipeError:
            # Whoever reads our output has seen enough; nothing more can be written, not even when Python flushes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except ccxt.BaseError as error:
            failed(explained(error, demo), as_json)
        except Exception as error:
            failed(f"unexpected {type(error).__name__}: {readable(error)}", as_json)

    return guard


@contextmanager
def busy(message: str) -> Iterator[None]:
    """A sign of life on a terminal, while *message* is being done."""
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield
        return
    with shown.status(message):
        yield
