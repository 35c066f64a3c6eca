"""What people and scripts read: tables, JSON, and errors that say how to mend them."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import ccxt
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bitget_leverage_ext.errors import CODES, code_of
from bitget_leverage_ext.redaction import escape_controls, redact_text

from .connection import VARIABLES, Misuse
from .watch import NotBegun

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
    *((re.compile(rf"config\['{name}'\]"), variable) for name, variable in VARIABLES.items()),
    (re.compile(r"check apiKey and password for"), f"check {VARIABLES['apiKey']} and {VARIABLES['password']} for"),
    (re.compile(r"this apiKey"), VARIABLES["apiKey"]),
    *((re.compile(f'requires "{name}" credential'), f"needs {variable}") for name, variable in VARIABLES.items()),
)

_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b.*", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
# As much as a sentence or two of the exchange's takes; a page or a list is longer.
_LONGEST = 1000


class _Terminal(Console):
    """A console through which no text can command the terminal, only this program's own styles."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            # Lines are the layout's: what messages and names had of them is gone before.
            lines = segment.text.split("\n")
            yield segment if segment.control else segment._replace(text="\n".join(map(escape_controls, lines)))


# As a shell has it: 128 and the number of the signal.
INTERRUPTED = 130


def console(stderr: bool = False) -> Console:
    """Nothing is marked up: messages carry brackets of their own."""
    return _Terminal(stderr=stderr, markup=False, emoji=False, highlight=False)


def table(*columns: str, title: str | None = None) -> Table:
    """A table as every command has it."""
    made = Table(title=title, box=SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False, padding=(0, 1))
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def print_json(value: Any) -> None:
    """*value* as JSON on standard output."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    sys.stdout.write(
        escape_controls(text, keep="\n") + "\n"
    )  # JSON escapes only half of them; the newlines are its own


def trouble(error: BaseException, demo: bool) -> dict[str, str]:
    """An error for scripts."""
    return {"class": type(error).__name__, "message": explained(error, demo)}


def troubled(title: str, why: str, troubles: Iterable[tuple[str, dict[str, str] | str]]) -> Table:
    """A table of symbols and what they met, once for all that met the same."""
    met: dict[tuple[str, str], list[str]] = {}
    for symbol, error in troubles:
        key = ("", error) if isinstance(error, str) else (error["class"], error["message"])
        met.setdefault(key, []).append(symbol)
    made = table(title, why)
    for (kind, message), symbols in met.items():
        more = f"\nand {len(symbols) - _NAMED} more" if len(symbols) > _NAMED else ""
        text = Text(f"{kind}: " if kind else "", "yellow") + Text(message)
        made.add_row("\n".join(map(escape_controls, symbols[:_NAMED])) + more, text)
    return made


# So many are named before the rest is only counted.
_NAMED = 5


def masked(text: str) -> str:
    """*text* without the credentials, should a library have put one in its message."""
    return redact_text(text, [os.environ.get(variable, "").strip() for variable in VARIABLES.values()])


def readable(error: BaseException) -> str:
    """An error's text on one line, with the exchange's envelope reduced to its code and message."""
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
    line = " ".join(_PAGE.sub(page, text).split())
    return masked(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…")


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
    text = said(error)
    if mend is None and code is None and isinstance(error, ccxt.NetworkError):
        # Without the query, which is another for each symbol of many that met the same.
        text = re.sub(r"(https?://[^\s?]+)\?\S*", r"\1", text)
        mend = (
            f"the exchange could not be reached or did not answer properly{reason(error)}: check the connection, a "
            "proxy, and --url"
        )
    return "; ".join(part for part in (text, mend) if part)


def said(error: BaseException) -> str:
    """An error's text in the command line's words, without the advice that ``MENDS`` gives better."""
    text, code = _here(readable(error)), code_of(error)
    return text.replace(f"; {_here(CODES[code][1])}", "") if code in MENDS and code in CODES else text


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
        console(stderr=True).print(Text("Error: ", "bold red") + Text(escape_controls(message)))
    raise typer.Exit(code)


def guarded(run: Callable[[], None], as_json: bool = False, demo: bool = False) -> Callable[[], None]:
    """*run*, so that it ends with a message and an exit code, never with a traceback."""

    def guard() -> None:
        try:
            run()
        except (typer.Exit, typer.Abort):
            raise
        except Misuse as misuse:
            failed(_here(masked(str(misuse))), as_json, 2)
        except NotBegun as halted:
            failed(str(halted), as_json, INTERRUPTED)
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


@contextmanager
def bar(total: int, hidden: bool) -> Iterator[Callable[[str], None]]:
    """A progress bar on a terminal; what it yields takes the symbol that is done."""
    shown = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=shown, transient=True, disable=hidden or not shown.is_terminal) as progress:
        task = progress.add_task("markets", total=total)
        yield lambda symbol: progress.update(task, advance=1, description=symbol)


def exit_code(good: bool, interrupted: bool) -> int:
    """Of a command that did its work in parts."""
    return INTERRUPTED if interrupted else int(not good)
