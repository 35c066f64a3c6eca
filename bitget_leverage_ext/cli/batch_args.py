"""The arguments of `set` and `plan`: leverages and symbols, from the command line or from a file.

Everything that can be refused without the exchange is refused here, all of it at once and in the order of the file.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bitget_leverage_ext.rules.arguments import VOCABULARY, parse_args, parse_entry, parse_margin_modes, parse_side
from bitget_leverage_ext.rules.contracts import parse_product_type
from bitget_leverage_ext.rules.refusals import Refusal

from .client import products_of
from .connection import Misuse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|[+-]?inf(inity)?", re.IGNORECASE | re.ASCII)
# A unified symbol, or a market id such as BTCUSDT, BTCPERP or BTCUSDZ26.
_SYMBOL = re.compile(r".*/.*|\w*(USDT|USDC|PERP|USD(_CM|\w\d\d)?)", re.IGNORECASE)
# The library's names, and what they are called on the command line and in a file.
_OPTIONS = {"longLeverage": "--long", "shortLeverage": "--short", "holdSide": "--side", "marginMode": "--margin-mode"}
_KEYS = {"longLeverage": "long", "shortLeverage": "short", "holdSide": "side"}


@dataclass(frozen=True)
class BatchArgs:
    """What ``set_leverages`` takes: a mapping of symbols, and params for all of them."""

    leverages: Mapping[str, Mapping[str, Any]]
    params: Mapping[str, Any]

    def of(self, symbol: str) -> tuple[Any, dict[str, Any]]:
        """Return leverage and params of one symbol, as ``set_leverage`` takes them."""
        own = dict(self.leverages[symbol])
        return own.pop("leverage", None), {**self.params, **own}

    def side_of(self, symbol: str) -> str | None:
        """Return the side that is named for a symbol: ``'long'``, ``'short'``, ``'both'`` or None."""
        leverage, params = self.of(symbol)
        return parse_args(leverage, symbol, {**params, "marginMode": None}, None).requested.side

    @property
    def products(self) -> frozenset[str]:
        """The product types that the symbols can belong to."""
        return frozenset().union(*(products_of(symbol, self._product_type(symbol)) for symbol in self.leverages))

    def _product_type(self, symbol: str) -> str | None:
        named = self.leverages[symbol].get("productType")
        return None if named is None else parse_product_type(named)


def parse_batch(
    words: list[str],
    side: str | None,
    long: str | None,
    short: str | None,
    margin_mode: str | None,
    file: Path | None,
) -> BatchArgs:
    """Return the arguments and options of `set` and `plan`, checked.

    :raises Misuse: they are wrong or incomplete
    """
    words = [word.strip() for word in words]
    params = _params(side, margin_mode)
    if file is None:
        batch = BatchArgs(_entries(words, long, short), params)
        for symbol in batch.leverages:
            if refusal := _refusal(batch, symbol):
                raise Misuse(f"{symbol}: {_renamed(refusal, _OPTIONS)}")
        return batch
    if words or long is not None or short is not None:
        raise Misuse("--file has the leverages and symbols: give no others")
    return _from_file(file, params)


def _params(side: str | None, margin_mode: str | None) -> dict[str, Any]:
    params: dict[str, Any] = {}
    try:
        if side is not None:
            params["holdSide"] = parse_side("--side", side)
        if margin_mode is not None:
            params["marginMode"] = parse_margin_modes(margin_mode)
    except Refusal as refusal:
        raise Misuse(_renamed(str(refusal), _OPTIONS)) from None
    return params


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a refusal of the rules with the names that the user has for the library's."""
    return re.sub("|".join(names), lambda found: names[found[0]], text)


def _entries(words: list[str], long: str | None, short: str | None) -> dict[str, dict[str, Any]]:
    given = (("longLeverage", long), ("shortLeverage", short))
    by_side = {name: value.strip() for name, value in given if value is not None}
    for word in (*words, *by_side.values()):
        # Wherever it stands; the rules would only say that its text is not a number.
        if _NUMBER.fullmatch(word) and float(word) < 1:
            raise Misuse(f"the leverage {word} is below 1, the lowest leverage: give a whole number from 1")
    first_is_leverage = bool(words) and _NUMBER.fullmatch(words[0]) is not None
    if by_side:
        if first_is_leverage:
            raise Misuse(f"--long and --short give the leverages: leave the leverage {words[0]} out")
        return {symbol: dict(by_side) for symbol in _symbols(words)}
    if words and not first_is_leverage and not _SYMBOL.fullmatch(words[0]):
        raise Misuse(f"{words[0]!r} is not a whole number; give the leverage first, such as 10 BTC/USDT:USDT")
    if not first_is_leverage:
        raise Misuse("the leverage comes first: 10 BTC/USDT:USDT; or use --long and --short, or --file")
    return {symbol: {"leverage": words[0]} for symbol in _symbols(words[1:])}


def _symbols(words: list[str]) -> list[str]:
    if not words:
        raise Misuse("no symbol is named; contracts are written like BTC/USDT:USDT")
    return words


def _refusal(batch: BatchArgs, symbol: str) -> str | None:
    """Return why the rules refuse what is wanted for a symbol; None where they do not."""
    leverage, own = batch.of(symbol)
    try:
        if own.get("marginMode") is not None:
            own["marginMode"] = parse_margin_modes(own["marginMode"])
        parse_args(leverage, symbol, {**own, "marginMode": None}, None)
    except Refusal as refusal:
        return str(refusal)
    return None


# --- files -----------------------------------------------------------------------------------------------------


def _from_file(path: Path, params: dict[str, Any]) -> BatchArgs:
    mistakes: list[str] = []
    entries: dict[str, dict[str, Any]] = {}
    for symbol, wanted in read_file(path).items():
        wrong = _unknown_keys(wanted) or _entry_into(entries, symbol, wanted)
        if not wrong and (refusal := _refusal(BatchArgs(entries, params), symbol)):
            wrong = [_renamed(refusal, _KEYS)]
        mistakes += [f"{symbol}: {mistake}" for mistake in wrong]
    if len(mistakes) == 1:
        raise Misuse(f"{path}: {mistakes[0]}")
    if mistakes:
        raise Misuse(f"{path} has {len(mistakes)} mistakes:\n" + "\n".join(f"  {mistake}" for mistake in mistakes))
    return BatchArgs(entries, params)


def _unknown_keys(wanted: Any) -> list[str]:
    """Return a mistake for each key that no entry can have, with the key that was probably meant."""
    mistakes = []
    for key in wanted if isinstance(wanted, Mapping) else ():
        if key not in VOCABULARY:
            near = difflib.get_close_matches(str(key), VOCABULARY, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(VOCABULARY)}"
            mistakes.append(f"unknown key {key!r}; {hint}")
    return mistakes


def _entry_into(entries: dict[str, dict[str, Any]], symbol: str, wanted: Any) -> list[str]:
    try:
        leverage, params = parse_entry(wanted)
    except Refusal as refusal:
        return [str(refusal)]
    entries[symbol] = params if leverage is None else {"leverage": leverage, **params}
    return []


def read_file(path: Path) -> dict[str, Any]:
    """Return the content of a TOML or JSON file: symbol to a leverage, or to a table of keys.

    :raises Misuse: it cannot be read, or holds no symbols
    """
    suffix = path.suffix.lower()
    if suffix not in (".toml", ".json"):
        raise Misuse(f"{path}: only .toml and .json files are read")
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(text, object_pairs_hook=_without_duplicates) if suffix == ".json" else tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misuse(f"{path} is not valid TOML: {_toml_mistake(str(error), text)}") from None
    except ValueError as error:
        raise Misuse(f"{path} cannot be read: {error}") from None
    except OSError as error:
        raise Misuse(f"{path} cannot be read: {error.strerror}") from None
    except RecursionError:
        raise Misuse(f"{path} cannot be read: it is nested too deeply") from None
    if not isinstance(content, dict) or not content:
        raise Misuse(f'{path} must hold symbols and leverages, such as "BTC/USDT:USDT" = 10')
    return content


def _toml_mistake(error: str, text: str) -> str:
    """Return what is wrong in TOML: a symbol that is there twice, else the parser's words and a hint."""
    seen = set()
    for number, line in enumerate(text.splitlines(), 1):
        if key := re.match(r"""\s*["']([^"']+)["']\s*=""", line):
            if key[1] in seen:
                return f"{key[1]} is there twice (line {number})"
            seen.add(key[1])
    return f'{error}; symbols are quoted: "BTC/USDT:USDT" = 10'


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates:
        raise ValueError(f"{', '.join(duplicates)} is there twice")
    return dict(pairs)
