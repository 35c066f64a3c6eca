"""The README's pictures of the output: ``python -m bitget_leverage_ext.cli.pictures .github`` draws them again."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from bitget_leverage_ext.emulator import EmulatedAccount, Emulator

from . import connection, doctor, tour, tour_tables


def draw_tour(on: Console) -> None:
    """Draw the first page of the tour: the classic account."""
    on.print("$ bitget-leverage tour", style="bold")
    tour_tables.show(tour_tables.parts(tour.take())[:2], on)
    on.print("\n(then the requests of unified accounts, and everything that is refused)")


def draw_doctor(on: Console) -> None:
    """Draw a good key, and one with a wrong passphrase."""
    with Emulator(margin_mode="isolated", rate_limit=False) as emulator:
        for wrong in (False, True):
            on.print(f"$ bitget-leverage doctor{'     # with a wrong BITGET_PASSWORD' if wrong else ''}", style="bold")
            with _environment(emulator.account, "not-the-passphrase" if wrong else None):
                doctor.render(list(doctor.Checkup(demo=False, url=emulator.url).steps()), on)


@contextmanager
def _environment(account: EmulatedAccount, password: str | None) -> Iterator[None]:
    before = dict(os.environ)
    values = (account.api_key, account.secret, password or account.password)
    os.environ.update(zip(connection.VARIABLES.values(), values, strict=True))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


PICTURES: dict[str, Callable[[Console], None]] = {"tour": draw_tour, "doctor": draw_doctor}


def svg(name: str) -> str:
    """Return one picture, the same text each time."""
    # Independent of the terminal: its width, its colours and NO_COLOR.
    on = Console(
        record=True, width=110, file=io.StringIO(), force_terminal=True, color_system="truecolor", no_color=False,
        markup=False, emoji=False, highlight=False, legacy_windows=False,
    )  # fmt: skip
    PICTURES[name](on)
    return on.export_svg(title=f"bitget-leverage {name}", unique_id=f"bitget-leverage-{name}")


def main(folder: str) -> None:
    """Draw all pictures into *folder*."""
    for name in PICTURES:
        (Path(folder) / f"{name}.svg").write_text(svg(name), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
