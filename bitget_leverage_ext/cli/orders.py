"""The arguments of ``set`` and ``plan``: which leverage, for which symbols."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bitget_leverage_ext.rules.errors import Refusal
from bitget_leverage_ext.rules.request import parse_margin_mode, parse_side

from .connection import Misuse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What a file may call a param, beside the library's own names.
_SHORT_NAMES = {
    "long": "longLeverage",
    "short": "shortLeverage",
    "side": "holdSide",
    "margin-mode": "marginMode",
    "margin_mode": "marginMode",
    "margin-coin": "marginCoin",
    "margin_coin": "marginCoin",
}
_NAMES = ("leverage", "longLeverage", "shortLeverage", "holdSide", "marginMode", "marginCoin", "hedged", "productType")


@dataclass(frozen=True)
class Orders:
    """What ``set_leverages`` takes: a mapping of symbols, and params for all of them."""

    leverages: Mapping[str, Any]
    params: Mapping[str, Any]

    def of(self, symbol: str) -> tuple[Any, dict[str, Any]]:
        """Leverage and params of one symbol, as ``set_leverage`` takes them."""
        wanted = self.leverages[symbol]
        own = dict(wanted) if isinstance(wanted, Mapping) else {"leverage": wanted}
        return own.pop("leverage", None), {**self.params, **own}


def orders(
    words: list[str],
    side: str | None,
    long: int | None,
    short: int | None,
    margin_mode: str | None,
    file: Path | None,
) -> Orders:
    """The command line's words and options.

    :raises Misuse: they do not make a wish.
    """
    params: dict[str, Any] = {}
    try:
        if side is not None:
            params["holdSide"] = parse_side("--side", side)
        if margin_mode is not None:
            params["marginMode"] = parse_margin_mode(margin_mode)
    except Refusal as refusal:
        raise Misuse(str(refusal)) from None
    if file is not None:
        if words or long is not None or short is not None:
            raise Misuse("--file names leverages and symbols: leave other leverages and symbols out")
        return Orders(read_file(file), params)
    figures = {name: value for name, value in (("longLeverage", long), ("shortLeverage", short)) if value is not None}
    first_is_leverage = bool(words) and _is_number(words[0])
    if figures:
        if first_is_leverage:
            raise Misuse(f"--long and --short give the figures: leave the leverage {words[0]} out")
        return Orders(dict.fromkeys(_symbols(words), figures), params)
    if not first_is_leverage:
        raise Misuse("the leverage comes first: 10 BTC/USDT:USDT; or use --long and --short, or --file")
    return Orders(dict.fromkeys(_symbols(words[1:]), words[0]), params)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _symbols(words: list[str]) -> list[str]:
    if not words:
        raise Misuse("no symbol is named; contracts are written like BTC/USDT:USDT")
    return words


def read_file(path: Path) -> dict[str, Any]:
    """A TOML or JSON file: symbol to a leverage, or to a table of what the library's ``set_leverages`` knows.

    :raises Misuse: it cannot be read, or says something that has no meaning here.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".json":
            content = json.loads(text, object_pairs_hook=_no_twins)
        else:
            content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = 'symbols are quoted: "BTC/USDT:USDT" = 10'
        raise Misuse(f"{path} is not TOML: {error}; {hint}") from None
    except ValueError as error:
        raise Misuse(f"{path} cannot be read: {error}") from None
    except OSError as error:
        raise Misuse(f"{path} cannot be read: {error.strerror}") from None
    if not isinstance(content, dict) or not content:
        raise Misuse(f'{path} must hold symbols and leverages, such as "BTC/USDT:USDT" = 10')
    return {symbol: _entry(path, symbol, wanted) for symbol, wanted in content.items()}


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twins = {name for name in names if names.count(name) > 1}
    if twins:
        raise ValueError(f"{', '.join(sorted(twins))} is there twice")
    return dict(pairs)


def _entry(path: Path, symbol: str, wanted: Any) -> Any:
    if not isinstance(wanted, Mapping):
        return wanted
    entry = {}
    for name, value in wanted.items():
        real = _SHORT_NAMES.get(name, name)
        if real not in _NAMES:
            known = ", ".join(("leverage", "long", "short", "side", "margin-mode", "margin-coin"))
            raise Misuse(f"{path}: {symbol} has {name!r}, which has no meaning here; use {known}")
        entry[real] = value
    return entry
