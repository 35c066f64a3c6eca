"""Market lists: a row that cannot be understood is left out with a warning, and disturbs no other market.

ccxt parses a list in one loop: one row with an empty ``baseCoin`` makes it raise, and a row with an unknown
``symbolType`` replaces the spot market of the same coins. So the rows are checked where a list arrives, and the markets
where ccxt stores them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

import ccxt

from ._runner import set_inside
from .redaction import escape_controls, summarize_body

logger = logging.getLogger(__package__)

Row = Mapping[str, Any]
_MAX_NAMED = 10  # rows in one warning


# --- fields: each check tells whether ccxt can read a value ------------------------------------------------------

Check = Callable[[object], bool]
Fields = Mapping[str, Check]


def _matches(pattern: str, *others: object) -> Check:
    """Return a check that accepts *others*, and a value that matches *pattern* when it is written as text."""
    return lambda value: value in others or re.fullmatch(pattern, str(value)) is not None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[^\s/:]+", value) is not None  # "/" and ":" separate ccxt's parts


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_name, value))


def _is_list_of_chains(value: object) -> bool:
    chains = value if isinstance(value, list) else [None]
    return value is None or all(isinstance(each, dict) and _find_fault(each, _CHAIN) is None for each in chains)


_PLACES = r"-?([0-2]?[0-9]|3[0-6])"  # decimal places; ccxt builds a string of that length
_is_places, _is_places_or_absent = _matches(_PLACES), _matches(_PLACES, None, "")
_is_step = _matches(r"[0-9]{1,36}(\.[0-9]{1,36})?([eE]-?[0-9]{1,2})?")
_is_time = _matches(r"[0-9]{1,14}")  # ms, before the year 5138
_is_contract_type = _matches("perpetual|delivery")

_NAMES: Fields = {
    "symbol": _is_name,
    "baseCoin": _is_name,
    "quoteCoin": _is_name,
    "launchTime": _matches(r"-?[0-9]{0,14}", None),
}
_PRECISION: Fields = {"pricePrecision": _is_places_or_absent, "quantityPrecision": _is_places_or_absent}
_NO_MARGIN: Fields = {"isBorrowable": lambda value: value is None}  # ccxt takes a list for margin's by its first row
_DELIVERY: Fields = {"deliveryTime": _is_time}
_CHAIN: Fields = {"chain": _is_name, "withdrawMinScale": _is_places_or_absent}
_CONTRACT: Fields = {
    **_NAMES,
    **_NO_MARGIN,
    "supportMarginCoins": _is_list_of_names,
    "symbolType": _is_contract_type,
    "pricePlace": _is_places,
    "volumePlace": _is_places,
    "priceEndStep": _is_step,
    "sizeMultiplier": _is_step,
}
_SPOT: Fields = {**_NAMES, **_PRECISION, **_NO_MARGIN, "symbolType": lambda value: value is None}
_MARGIN: Fields = {"symbol": _is_name, "isBorrowable": lambda value: isinstance(value, bool)}
_COIN: Fields = {"coin": _is_name, "chains": _is_list_of_chains}
_INSTRUMENT: Fields = {**_NAMES, **_PRECISION}
_INSTRUMENT_CONTRACT: Fields = {
    **_INSTRUMENT,
    "category": _matches("(USDT|USDC|COIN)-FUTURES"),  # ccxt takes the settle coin from it
    "type": _is_contract_type,
}


def _contract_fields(row: Row) -> Fields:
    return {**_CONTRACT, **_DELIVERY} if row.get("symbolType") == "delivery" else _CONTRACT


def _instrument_fields(row: Row) -> Fields:
    if row.get("category") in ("SPOT", "MARGIN"):
        return _INSTRUMENT
    return {**_INSTRUMENT_CONTRACT, **_DELIVERY} if row.get("type") == "delivery" else _INSTRUMENT_CONTRACT


# The lists that ccxt's load_markets reads: of markets, and of what belongs to them.
_MARKETS: dict[str, Callable[[Row], Fields]] = {
    # https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts
    "v2/mix/market/contracts": _contract_fields,
    # https://www.bitget.com/api-doc/uta/public/Instruments
    "v3/market/instruments": _instrument_fields,
    # https://www.bitget.com/api-doc/spot/market/Get-Symbols
    "v2/spot/public/symbols": lambda _: _SPOT,
}
_FIELDS: dict[str, Callable[[Row], Fields]] = {
    **_MARKETS,
    # https://www.bitget.com/api-doc/margin/common/support-currencies
    "v2/margin/currencies": lambda _: _MARGIN,
    # https://www.bitget.com/api-doc/spot/market/Get-Coin-List
    "v2/spot/public/coins": lambda _: _COIN,
}
_PATH = re.compile(f"/api/({'|'.join(_FIELDS)})([?&]|$)")


# --- lists -----------------------------------------------------------------------------------------------------

# The markets left out so far and why, by Bitget's id, while load_markets runs. The same lists are read by other methods
# of ccxt, which get them as they are.
_loading: ContextVar[dict[str, str] | None] = ContextVar("loading", default=None)


@contextmanager
def loading(left_out: dict[str, str]) -> Iterator[None]:
    """Apply this module's checks to what ccxt reads and stores, around its ``load_markets``.

    :param dict left_out: gets each market that is left out, by Bitget's id, and why; each is logged once
    :raises ccxt.BadResponse: ccxt's parser fails all the same
    """
    try:
        with set_inside(_loading, left_out):
            yield
    except ccxt.BaseError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = escape_controls(f"{type(error).__name__} {error}")[:300]
        raise ccxt.BadResponse(f"bitget: ccxt cannot read the market list: {what}") from error


def drop_odd_rows(exchange: object, url: str, body: object, reply: Any) -> None:
    """Remove the rows that cannot be understood from a market list; any other reply is left alone.

    :param str url: the request's address
    :param str body: the reply as text
    :param reply: the parsed JSON, None if the text is not JSON; its list is changed in place
    :raises ccxt.BadResponse: it is not a list; ccxt would remember it as a list without markets
    :raises ccxt.NullResponse: it is empty
    """
    left_out = _loading.get()
    # The address is quoted where ccxt sends it through a proxyUrl.
    found = None if left_out is None else _PATH.search(unquote(url))
    if left_out is None or found is None:
        return
    rows = reply.get("data") if isinstance(reply, dict) else None
    if isinstance(rows, list):
        reply["data"], odd = _split(rows, _FIELDS[found[1]])
        _warn(f"cannot read some rows of {found[1]}", odd, left_out)
    elif found[1] in _MARKETS:
        error = ccxt.BadResponse if body else ccxt.NullResponse
        text = str(summarize_body(exchange, body, reply))[:100]
        raise error(f"bitget: the reply to {escape_controls(url)} is not a list of markets: {text or '(empty)'}")


def drop_duplicates(markets: Any) -> Any:
    """Return the markets that ccxt is about to store without a second one of the same symbol or id.

    A market whose id begins with its base coin is preferred, else the first one. ccxt would keep the last one, and a
    request for one contract could carry the id of another.
    """
    left_out = _loading.get()
    if left_out is None or not isinstance(markets, list):
        return markets  # the caller's own
    kept, odd = [], {}
    taken: set[tuple[object, ...]] = set()
    for market in sorted(markets, key=lambda each: not str(each["id"]).startswith(str(each.get("baseId")))):
        keys = {(market["symbol"],), (market["id"], market.get("spot"))}
        if taken.isdisjoint(keys):
            kept.append(market)
            taken |= keys
        else:
            odd[market["id"]] = f"another row is {market['symbol']} or has this id"
    _warn("two rows for one market", odd, left_out)
    return kept


def explain_left_out(name: str, left_out: Mapping[str, str]) -> str:
    """Return why the market of a symbol or id was left out, as the end of an error message; "" if it was not."""
    market_id = name.split(":")[0].replace("/", "")
    fault = left_out.get(market_id)
    return "" if fault is None else f"; Bitget's market list has a row for {market_id} that was left out: {fault}"


def _split(rows: list[Any], fields: Callable[[Row], Fields]) -> tuple[list[Any], dict[str, str]]:
    """Return the rows that can be understood, and for each of the others its name and what is wrong."""
    good, odd = [], {}
    for number, row in enumerate(rows, 1):
        fault = _find_fault(row, fields(row)) if isinstance(row, dict) else f"it is {row!r}"
        if fault is None:
            good.append(row)
        else:
            name = (row.get("symbol") or row.get("coin")) if isinstance(row, dict) else None
            odd[name if isinstance(name, str) else f"row {number}"] = fault[:80]
    return good, odd


def _find_fault(row: Row, fields: Fields) -> str | None:
    for name, is_readable in fields.items():
        if not is_readable(row.get(name)):
            return f"{name} is {row[name]!r}" if name in row else f"{name} is missing"
    return None


def _warn(what: str, odd: Mapping[str, str], left_out: dict[str, str]) -> None:
    new = {name: fault for name, fault in odd.items() if left_out.get(name) != fault}
    left_out.update(new)
    if new:
        named = ", ".join(f"{name} ({fault})" for name, fault in list(new.items())[:_MAX_NAMED])
        more = f" and {len(new) - _MAX_NAMED} more" if len(new) > _MAX_NAMED else ""
        logger.warning("bitget: %s: %s%s. Left out; all other markets can be used", what, named, more)
