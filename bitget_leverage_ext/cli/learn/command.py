"""The command ``learn``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ..connection import Misuse
from ..output import INTERRUPTED, console, exit_code, failed, print_json
from . import cassettes, report
from .session import NotDemo, Session
from .session import Progress as Told


def learn(
    exchange: Any, symbol: str, as_json: bool, url: str | None, report_to: Path | None, record_to: Path | None
) -> int:
    """Ask, restore, tell; the exit code, 0 where it came to its end and left all as the account told it beforehand.

    :param report_to: also write the JSON there
    :param record_to: the folder for recordings
    """
    _check(report_to, record_to)
    # A host on this machine says 429 if it has a limit; Bitget itself is asked at its own pace from the start.
    exchange.enableRateLimit = not _here(url)
    try:
        with _bar(hidden=as_json) as progress:
            found = Session(exchange, symbol, progress).run()
    except NotDemo as no:
        failed(str(no), as_json)
    except KeyboardInterrupt:
        failed("interrupted before anything was written", as_json, INTERRUPTED)
    told = report.as_json(found)
    if report_to:
        report_to.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if record_to:
        cassettes.write(found, record_to, url)
    if as_json:
        print_json(told)
    else:
        report.show(found)
        if found.trouble:
            console(stderr=True).print(f"Ended early: {found.trouble}")
    return exit_code(not found.trouble and found.put_back, found.interrupts > 0)


def plan(as_json: bool) -> None:
    """What would be sent."""
    if as_json:
        print_json(report.plan())
    else:
        report.show_plan()


def _here(url: str | None) -> bool:
    return urlsplit(url or "").hostname in ("127.0.0.1", "localhost", "::1")


def _check(report_to: Path | None, record_to: Path | None) -> None:
    """Better now than after the asking."""
    if report_to and (report_to.is_dir() or not report_to.absolute().parent.is_dir()):
        raise Misuse(f"--report {report_to}: no file can be written there")
    if record_to is None:
        return
    if record_to.exists() and not record_to.is_dir():
        raise Misuse(f"--cassettes {record_to}: not a folder")
    try:
        import yaml  # noqa: F401
    except ModuleNotFoundError:
        raise Misuse("--cassettes needs pyyaml: pip install pyyaml") from None


@contextmanager
def _bar(hidden: bool) -> Iterator[Told]:
    shown = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=shown, transient=True, disable=hidden or not shown.is_terminal) as bar:
        task = bar.add_task("looking at the account", total=None)
        yield lambda done, total, name: bar.update(task, completed=done, total=total, description=name)
