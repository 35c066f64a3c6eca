"""Output for people and for scripts: tables, JSON, progress, and the one place where a command ends with an error."""

from __future__ import annotations

import json
import logging
import os
import re
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

from bitget_leverage_ext.redaction import escape_controls

from .client import NotBegun
from .connection import Misuse
from .messages import explained, masked, readable, translated

# As a shell has it: 128 and the number of the signal.
INTERRUPTED = 130
# Symbols that are listed for one error; the others are counted.
_LISTED = 5


class _Terminal(Console):
    """A console through which no text can send control sequences, except this program's own styles."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            # Line breaks are the layout's own.
            lines = segment.text.split("\n")
            yield segment if segment.control else segment._replace(text="\n".join(map(escape_controls, lines)))


def console(stderr: bool = False) -> Console:
    """Return a console without markup: messages have brackets of their own."""
    return _Terminal(stderr=stderr, markup=False, emoji=False, highlight=False)


def table(*columns: str, title: str | None = None) -> Table:
    """Return an empty table in the style of every command."""
    made = Table(title=title, box=SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False, padding=(0, 1))
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def print_json(value: Any) -> None:
    """Print *value* as JSON on standard output."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    sys.stdout.write(escape_controls(text, keep="\n") + "\n")  # JSON escapes only half of the control characters


def error_json(error: BaseException, demo: bool) -> dict[str, str]:
    """Return an error for scripts: its ccxt class, and its message in the command line's words."""
    return {"class": type(error).__name__, "message": explained(error, demo)}


def error_table(title: str, why: str, errors: Iterable[tuple[str, dict[str, str] | str]]) -> Table:
    """Return a table of symbols and their errors; an error that several symbols have is listed once."""
    alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for symbol, error in errors:
        kind, message = ("", error) if isinstance(error, str) else (error["class"], error["message"])
        alike.setdefault((kind, message.replace(f" {symbol}: ", ": ")), []).append((symbol, message))
    made = table(title, why)
    for (kind, message), found in alike.items():
        text = Text(f"{kind}: " if kind else "", "yellow") + Text(message if len(found) > 1 else found[0][1])
        made.add_row(_list([symbol for symbol, _ in found], "\n"), text)
    return made


class _Warnings(logging.Handler):
    """Collects the library's warnings: text to the symbols that it is about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.symbols_of: dict[str, dict[str, None]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        found = re.fullmatch(r"(?:(\S+/\S+): )?(.*)", record.getMessage(), re.DOTALL)
        assert found is not None
        symbols = self.symbols_of.setdefault(translated(masked(found[2])), {})
        if found[1]:
            symbols[found[1]] = None


@contextmanager
def _warnings_shown() -> Iterator[None]:
    """Print the library's warnings on standard error at the end, in the command line's words, each once."""
    logger, collected = logging.getLogger("bitget_leverage_ext"), _Warnings()
    logger.addHandler(collected)
    try:
        yield
    finally:
        logger.removeHandler(collected)
        for text, symbols in collected.symbols_of.items():
            named = f"{_list(list(symbols), ', ')}: " if symbols else ""
            console(stderr=True).print(Text("Warning: ", "yellow") + Text(escape_controls(named + text)))


def _list(symbols: list[str], separator: str) -> str:
    """Return the first symbols, and how many more there are."""
    more = len(symbols) - _LISTED
    return separator.join(map(escape_controls, symbols[:_LISTED])) + (f"{separator}and {more} more" if more > 0 else "")


def failed(message: str, as_json: bool, code: int = 1) -> NoReturn:
    """Print an error and exit with *code*."""
    if as_json:
        print_json({"error": message})
    else:
        console(stderr=True).print(Text("Error: ", "bold red") + Text(escape_controls(message, keep="\n")))
    raise typer.Exit(code)


@contextmanager
def guarded(as_json: bool = False, demo: bool = False) -> Iterator[None]:
    """End a command with a message and an exit code, never with a traceback."""
    try:
        with _warnings_shown():
            yield
    except (typer.Exit, typer.Abort):
        raise
    except Misuse as misuse:
        failed(translated(masked(str(misuse))), as_json, 2)
    except NotBegun as halted:
        failed(str(halted), as_json, INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has closed it; Python must not fail when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    except ccxt.BaseError as error:
        failed(explained(error, demo), as_json)
    except Exception as error:
        failed(f"unexpected {type(error).__name__}: {readable(error)}", as_json)


@contextmanager
def busy(message: str) -> Iterator[None]:
    """Show *message* on a terminal while something runs."""
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield
        return
    with shown.status(message):
        yield


@contextmanager
def bar(total: int, hidden: bool) -> Iterator[Callable[[str], None]]:
    """Show a progress bar on a terminal; what it yields takes the symbol that is done."""
    shown = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=shown, transient=True, disable=hidden or not shown.is_terminal) as progress:
        task = progress.add_task("markets", total=total)
        yield lambda symbol: progress.update(task, advance=1, description=symbol)


def exit_code(good: bool, interrupted: bool) -> int:
    """Return the exit code of a command that did its work in parts."""
    return INTERRUPTED if interrupted else int(not good)
