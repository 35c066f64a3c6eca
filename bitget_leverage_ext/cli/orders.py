"""The arguments of ``set`` and ``plan``: which leverage, for which symbols."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bitget_leverage_ext.rules.errors import Refusal
from bitget_leverage_ext.rules.products import parse_product_type
from bitget_leverage_ext.rules.request import parse_ask, parse_entry, parse_margin_mode, parse_side

from .connection import Misuse
from .watch import products_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|[+-]?inf(inity)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Orders:
    """What ``set_leverages`` takes: a mapping of symbols, and params for all of them."""

    leverages: Mapping[str, Mapping[str, Any]]
    params: Mapping[str, Any]

    def of(self, symbol: str) -> tuple[Any, dict[str, Any]]:
        """Leverage and params of one symbol, as ``set_leverage`` takes them."""
        own = dict(self.leverages[symbol])
        return own.pop("leverage", None), {**self.params, **own}

    @property
    def products(self) -> frozenset[str]:
        """The product types that the symbols can belong to."""
        named = (products_of(symbol, self._product_type(symbol)) for symbol in self.leverages)
        return frozenset().union(*named)

    def _product_type(self, symbol: str) -> str | None:
        told = self.leverages[symbol].get("productType")
        return None if told is None else parse_product_type(told)


def orders(
    words: list[str],
    side: str | None,
    long: str | None,
    short: str | None,
    margin_mode: str | None,
    file: Path | None,
) -> Orders:
    """The command line's words and options.

    :raises Misuse: they do not make a wish.
    """
    words = [word.strip() for word in words]
    params = _params(side, margin_mode)
    if file is not None:
        if words or long is not None or short is not None:
            raise Misuse("--file names leverages and symbols: leave other leverages and symbols out")
        return _checked(read_file(file), params, f"{file}: ")
    return _checked(_entries(words, long, short), params)


def _params(side: str | None, margin_mode: str | None) -> dict[str, Any]:
    params: dict[str, Any] = {}
    try:
        if side is not None:
            params["holdSide"] = parse_side("--side", side)
        if margin_mode is not None:
            params["marginMode"] = parse_margin_mode(margin_mode, both=True)
    except Refusal as refusal:
        raise Misuse(str(refusal).replace("marginMode", "--margin-mode")) from None
    return params


def _entries(words: list[str], long: str | None, short: str | None) -> dict[str, dict[str, Any]]:
    given = (("longLeverage", long), ("shortLeverage", short))
    figures = {name: value.strip() for name, value in given if value is not None}
    for word in (*words, *figures.values()):
        # Wherever it stands; the rules would only say that its text is no number.
        if _NUMBER.fullmatch(word) and float(word) < 1:
            raise Misuse(f"the leverage {word} is below 1, the lowest there is: give a whole number from 1")
    first_is_leverage = bool(words) and _NUMBER.fullmatch(words[0]) is not None
    if figures:
        if first_is_leverage:
            raise Misuse(f"--long and --short give the figures: leave the leverage {words[0]} out")
        return {symbol: dict(figures) for symbol in _symbols(words)}
    if not first_is_leverage:
        raise Misuse("the leverage comes first: 10 BTC/USDT:USDT; or use --long and --short, or --file")
    return {symbol: {"leverage": words[0]} for symbol in _symbols(words[1:])}


def _symbols(words: list[str]) -> list[str]:
    if not words:
        raise Misuse("no symbol is named; contracts are written like BTC/USDT:USDT")
    return words


def _checked(entries: dict[str, dict[str, Any]], params: dict[str, Any], where: str = "") -> Orders:
    """Everything that can be refused without the exchange, before it is asked anything."""
    made = Orders(entries, params)
    for symbol in entries:
        leverage, own = made.of(symbol)
        try:
            if own.get("marginMode") is not None:
                own["marginMode"] = parse_margin_mode(own["marginMode"], both=True)
            parse_ask(leverage, symbol, {**own, "marginMode": None}, None)
        except Refusal as refusal:
            raise Misuse(f"{where}{symbol}: {refusal}") from None
    return made


def read_file(path: Path) -> dict[str, dict[str, Any]]:
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
    except RecursionError:
        raise Misuse(f"{path} cannot be read: it is nested too deeply") from None
    if not isinstance(content, dict) or not content:
        raise Misuse(f'{path} must hold symbols and leverages, such as "BTC/USDT:USDT" = 10')
    return {symbol: _entry(path, symbol, wanted) for symbol, wanted in content.items()}


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twins = {name for name in names if names.count(name) > 1}
    if twins:
        raise ValueError(f"{', '.join(sorted(twins))} is there twice")
    return dict(pairs)


def _entry(path: Path, symbol: str, wanted: Any) -> dict[str, Any]:
    try:
        leverage, params = parse_entry(wanted)
    except Refusal as refusal:
        raise Misuse(f"{path}: {symbol}: {refusal}") from None
    return params if leverage is None else {"leverage": leverage, **params}
