"""The tables of the tour: contracts, requests and refusals."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.text import Text

from bitget_leverage_ext.emulator import Leverages

from .output import table
from .tour import BEFORE, POSITIONS, SYMBOLS, TARGET, Case, Tour, TourRefusal


def parts(taken: Tour) -> list[RenderableType]:
    """Return the contracts and the requests of each account type, then the refusals."""
    classic = [case for case in taken.cases if case.account == "classic"]
    unified = [case for case in taken.cases if case.account == "unified"]
    return [
        _contracts(classic, "The contracts, as requests name them"),
        _matrix(classic, "Classic account, POST /api/v2/mix/account/set-leverage", "six"),
        _contracts(unified, "The contracts, as a unified account names them"),
        _matrix(unified, "Unified account, POST /api/v3/account/set-leverage", "three"),
        _refusals(taken.refusals),
    ]


def _contracts(cases: list[Case], title: str) -> RenderableType:
    bodies = {case.product_type: case.sent[0] for case in cases if case.sent}
    names = [name for name in next(iter(bodies.values())) if name in TARGET]
    made = table("ccxt symbol", *names, title=title)
    for product_type, body in bodies.items():
        made.add_row(SYMBOLS[product_type], *(str(body[name]) for name in names))
    return made


def _matrix(cases: list[Case], title: str, count: str) -> RenderableType:
    grouped: dict[tuple[object, ...], list[Case]] = {}
    for case in cases:
        grouped.setdefault(case.row, []).append(case)
    kinds = {case.product_type for case in cases}
    alike = all(len(same) == len(kinds) for same in grouped.values())
    made = table("account", "asked", "request", *vars(BEFORE), title=title)
    # A classic account's lines fit a terminal of 80 columns so.
    made.show_edge, made.padding = False, (0, 1, 0, 0)
    for column in made.columns[-3:]:
        column.justify, column.no_wrap = "right", True
    made.caption_justify = "left"
    made.caption = f"cross, long, short: what the account held afterwards; before, every leverage was {BEFORE.cross}."
    if alike:
        made.caption += f" Each line was done for all {count} product types: all alike."
    else:
        made.add_column("for")
    groups: dict[tuple[str, str], list[list[Case]]] = {}
    for same in grouped.values():
        groups.setdefault((same[0].margin, same[0].position), []).append(same)
    for (margin, position), rows in groups.items():
        made.add_section()
        words = [margin, POSITIONS[position]] + [""] * len(rows)
        for word, same in zip(words, rows, strict=False):
            case = same[0]
            request = Text("\n".join(case.fields)) if case.sent else Text("nothing sent", "yellow")
            if case.raised:
                request += Text(f"\nrefused: {case.raised}" if case.sent else f": {case.raised}", "yellow")
            who = "all" if len(same) == len(kinds) else ", ".join(each.product_type for each in same)
            made.add_row(word, case.asked, request, *_leverages(case.after), *(() if alike else (who,)))
    return made


def _leverages(after: Leverages) -> list[Text]:
    return [
        Text(str(leverage), "dim" if leverage == getattr(BEFORE, name) else "bold green")
        for name, leverage in vars(after).items()
    ]


def _refusals(refusals: list[TourRefusal]) -> RenderableType:
    made = table("asked", "sent", "raised", title="What is refused, and what the error says")
    made.columns[0].width = 26
    made.columns[1].justify = "right"
    for refusal in refusals:
        made.add_row(refusal.asked, str(refusal.sent), Text(refusal.raised, "yellow") + Text(f": {refusal.brief}"))
    made.caption_justify = "left"
    made.caption = (
        "sent: number of set-leverage requests. The exchange's replies are shortened to code and message; in Python, "
        "the error text has the whole reply."
    )
    return made


def show(parts: list[RenderableType], on: Console) -> None:
    """Print tables of a tour."""
    on.print("Every line below was done on the embedded emulator: no key, no network, no money.")
    for part in parts:
        on.print()
        on.print(part)
