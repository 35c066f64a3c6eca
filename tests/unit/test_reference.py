"""REFERENCE.md's tables say what the code says: errors, options, params, formats, questions, log lines, requests."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ccxt

import bitget_leverage_ext
from bitget_leverage_ext import errors
from bitget_leverage_ext.emulator import Emulator, Quirks
from bitget_leverage_ext.rules.arguments import VOCABULARY, Options
from bitget_leverage_ext.rules.change import Scope
from bitget_leverage_ext.rules.formats import BOTH_LEVERAGES, LEVERAGE, REQUEST_FORMATS, RequestFormat

PACKAGE = Path(bitget_leverage_ext.__file__).parent
REFERENCE = (PACKAGE / "REFERENCE.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return REFERENCE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(title: str) -> list[list[str]]:
    """The cells of a section's tables, without the rows that are heads or lines."""
    lines = [line.strip("|").split(" | ") for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line] for line in lines]


def test_errors() -> None:
    """Every code that is mapped stands in the row of its class, and no other code does."""
    table = {cells[0].split("`")[1]: cells[1] for cells in rows("Errors") if cells[0].startswith("`")}
    for code, (cls, _) in errors.CODES.items():
        assert code in table[cls.__name__], code
    by_text = {"40808", "40019", "400172", "25200", "25236"}
    assert by_text <= set(re.findall(r"\b\d{5,6}\b", table["ArgumentsRequired"]))
    for code in re.findall(r"\b\d{5,6}\b", "".join(table.values())):
        assert code in errors.CODES or code in by_text
    assert all(hasattr(ccxt, name) or hasattr(errors, name) for name in table)


def test_options() -> None:
    """The options, in the order of the message that names them, and their defaults."""
    table = {name.strip("`"): default.strip("`") for name, default, *_ in rows("Options") if name.startswith("`")}
    defaults = Options()
    assert table == {
        "holdSide": repr(defaults.hold_side),
        "otherSide": repr("same" if defaults.same_other_side else None),
        "marginMode": repr(defaults.margin_mode),
        "orders": repr("ensure" if defaults.ensure_orders else "ccxt"),
        "fractional": repr(defaults.fractional),
        "verify": repr(defaults.verify),
        "skipUnchanged": repr(defaults.skip_unchanged),
        "deadline": repr(defaults.deadline),
    }


def test_params() -> None:
    """Every param of the docstring, and every word of an entry of a batch, is explained."""
    documented = set(re.findall(r":param [\w|]+ params\.(\w+):", bitget_leverage_ext.bitget.set_leverage.__doc__ or ""))
    assert len(documented) >= 9
    assert [name for name in documented if f"`{name}`" not in section("set_leverage")] == []
    words = {word for word in VOCABULARY if "_" not in word}
    assert [word for word in words if f"`{word}`" not in section("Many symbols")] == []


def written(fmt: RequestFormat) -> str:
    """The words of a format in the page's table."""
    words = {LEVERAGE: "`leverage`", BOTH_LEVERAGES: "`longLeverage` + `shortLeverage`"}
    sided = "all of `leverage`, " if fmt.both_leverages else "`leverage` + "
    return words.get(fmt) or f"{sided}`{fmt.side}`"


def test_formats() -> None:
    """A row for each account type and scope, with the formats of the code in their order."""
    table = {(cells[0], cells[1]): cells[2] for cells in rows("Requests") if cells[0] in ("classic", "unified")}
    assert {scope for kind, scope in table if kind == "unified"} == {scope.value for scope in Scope}
    for (unified, scope), formats in REQUEST_FORMATS.items():
        kind = "unified" if unified else "classic"
        name = scope.value if (kind, scope.value) in table else "one leverage"
        cells = table[kind, name].split("; ")
        if "then as both sides" in cells[-1]:
            both = [each for each in REQUEST_FORMATS[unified, Scope.BOTH_SIDES] if each.both_leverages]
            cells, formats = cells[:-1], formats[: -len(both)]
            assert REQUEST_FORMATS[unified, scope] == (*formats, *both)
        assert all(cell.startswith(written(each)) for cell, each in zip(cells, formats, strict=True)), (kind, name)


def test_open_questions() -> None:
    """Every quirk of the emulator is an open question, and the other way round."""
    named = {name for cells in rows("Open questions") for name in re.findall(r"`(\w+)`", cells[0])} - {"Quirks"}
    assert named == set(vars(Quirks()))


def test_proof() -> None:
    """The programs that the table names are there."""
    programs = re.findall(r"python (tests/\S+\.py)", section("Proof"))
    assert len(programs) >= 3
    assert [name for name in programs if not (Path(__file__).parents[2] / name).is_file()] == []


# --- log lines -------------------------------------------------------------------------------------------------------


def log_calls() -> Iterator[tuple[str, str]]:
    """The level and the format of every call of the logger; the command line and the emulator do not log."""
    levels = {"info": "INFO", "warning": "WARNING", "error": "ERROR", "exception": "ERROR"}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=[text, *_]):
                    if level != "debug":
                        assert isinstance(text, ast.Constant), f"{path.name}:{node.lineno}: not a plain text"
                        yield levels[level], str(text.value)


def test_log_lines() -> None:
    """Every line that the package can write stands in the table with its level and what to do, and no other."""
    written = {(level, re.sub(r"^…: ", "", re.sub(r"%[srdg]", "…", text))) for level, text in log_calls()}
    table = {(level, line.strip("`")) for level, line, what in rows("Log lines") if line.startswith("`") and what}
    assert written - table == set()
    assert table - written == set()


# --- requests per call -----------------------------------------------------------------------------------------------

BTC = "BTC/USDT:USDT"
TEN = [f"{coin}/USDT:USDT" for coin in ("ETH", "SOL", "XRP", "DOGE", "ADA", "LINK", "AVAX", "DOT", "LTC", "BCH")]


def count_requests(unified: bool) -> list[int]:
    with Emulator(rate_limit=False, unified=unified, position_mode="hedge", margin_mode="isolated") as emulator:
        exchange: Any = bitget_leverage_ext.bitget(emulator.config(enableRateLimit=False))
        exchange.load_markets()
        if unified:
            exchange.set_margin_mode("isolated", BTC)
        both = {"holdSide": "both", **({"marginMode": "isolated"} if unified else {})}
        calls: list[Callable[[], Any]] = [
            lambda: exchange.set_leverage(7, BTC, {"holdSide": "both"}),
            lambda: exchange.set_leverage(8, BTC, {"holdSide": "both"}),
            lambda: exchange.set_leverage(9, BTC, {"holdSide": "long"}),
            lambda: exchange.create_order(BTC, "market", "buy", 0.01, None, {"hedged": True}),
            lambda: exchange.create_order(BTC, "market", "sell", 0.01, None, {"hedged": True, "reduceOnly": True}),
            lambda: exchange.set_margin_mode("cross", BTC),
            lambda: exchange.create_order(BTC, "market", "buy", 0.01, None, {"hedged": True}),
            lambda: exchange.set_leverages(dict.fromkeys(TEN, 5), both),
            lambda: exchange.set_leverages(dict.fromkeys(TEN, 6), both),
        ]
        counts = []
        for call in calls:
            emulator.clear()
            call()
            counts.append(len(emulator.requests))
        return counts


def test_requests_per_call() -> None:
    """The numbers of the table, in its order."""
    table = [cells for cells in rows("Requests per call") if cells[1].isdigit()]
    assert [int(cells[1]) for cells in table] == count_requests(unified=False)
    assert [int(cells[2]) for cells in table] == count_requests(unified=True)
