"""Market lists: a row that cannot be understood is left out with a warning, and disturbs no other market.

ccxt parses a list in one loop: one row with an empty ``baseCoin`` makes it raise, and a row with an unknown
``symbolType`` replaces the spot market of the same coins. So the rows are checked where a list arrives, and the markets
where ccxt stores them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

import ccxt

from ._runner import set_inside
from .redaction import escape_controls, summarize_body

log = logging.getLogger(__package__)

_MAX_NAMED = 10  # rows in one warning

# --- fields: for each, a pattern of the values that ccxt can read; a missing value counts as "" -----------------------

_NAME = r"[^\s/:]+"  # of a str: "/" and ":" separate ccxt's parts
_PLACES = r"-?([0-2]?[0-9]|3[0-6])"  # decimal places; ccxt builds a string of that length
_STEP = r"[0-9]{1,36}(\.[0-9]{1,36})?([eE]-?[0-9]{1,2})?"
_TIME = r"[0-9]{1,14}"  # ms, before the year 5138
_CONTRACT_TYPE = "perpetual|delivery"

_NAMES = {"symbol": _NAME, "baseCoin": _NAME, "quoteCoin": _NAME, "launchTime": r"-?[0-9]{0,14}"}
_PRECISION = {"pricePrecision": f"({_PLACES})?", "quantityPrecision": f"({_PLACES})?"}
_NO_MARGIN = {"isBorrowable": ""}  # ccxt takes a list for margin's by its first row
_CHAIN = {"chain": _NAME, "withdrawMinScale": f"({_PLACES})?"}

# The lists that ccxt's load_markets reads: of markets, and of what belongs to them.
_MARKETS = {
    # https://www.bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts
    "v2/mix/market/contracts": {
        **_NAMES,
        **_NO_MARGIN,
        "supportMarginCoins": _NAME,  # of each in the list
        "symbolType": _CONTRACT_TYPE,
        "pricePlace": _PLACES,
        "volumePlace": _PLACES,
        "priceEndStep": _STEP,
        "sizeMultiplier": _STEP,
    },
    # https://www.bitget.com/api-doc/uta/public/Instruments; ccxt takes the settle coin of a contract from its category
    "v3/market/instruments": {**_NAMES, **_PRECISION, "category": "(USDT|USDC|COIN)-FUTURES", "type": _CONTRACT_TYPE},
    # https://www.bitget.com/api-doc/spot/market/Get-Symbols
    "v2/spot/public/symbols": {**_NAMES, **_PRECISION, **_NO_MARGIN, "symbolType": ""},
}
_FIELDS = {
    **_MARKETS,
    # https://www.bitget.com/api-doc/margin/common/support-currencies
    "v2/margin/currencies": {"symbol": _NAME, "isBorrowable": "True|False"},
    # https://www.bitget.com/api-doc/spot/market/Get-Coin-List
    "v2/spot/public/coins": {"coin": _NAME, "chains": ""},
}
_PATH = re.compile(f"/api/({'|'.join(_FIELDS)})([?&]|$)")


def _find_fault(row: object, fields: Mapping[str, str]) -> str | None:
    """Return what ccxt cannot read in a row, None where it can read the row."""
    if not isinstance(row, dict):
        return f"it is {row!r}"
    if "category" in fields and row.get("category") in ("SPOT", "MARGIN"):
        fields = {**_NAMES, **_PRECISION}
    elif "delivery" in (row.get("symbolType"), row.get("type")):
        fields = {**fields, "deliveryTime": _TIME}
    for name, pattern in fields.items():
        value = row.get(name)
        if name == "supportMarginCoins":
            readable = isinstance(value, list) and value and all(_matches(pattern, each) for each in value)
        elif name == "chains" and isinstance(value, list):
            readable = all(_find_fault(each, _CHAIN) is None for each in value)
        else:
            readable = _matches(pattern, value)
        if not readable:
            return f"{name} is {value!r}" if name in row else f"{name} is missing"
    return None


def _matches(pattern: str, value: object) -> bool:
    if pattern is _NAME and not isinstance(value, str):
        return False
    return re.fullmatch(pattern, "" if value is None else str(value)) is not None


# --- lists -----------------------------------------------------------------------------------------------------

# The markets left out so far and why, by Bitget's id, while load_markets runs. The same lists are read by other methods
# of ccxt, which get them as they are.
_loading: ContextVar[dict[str, str] | None] = ContextVar("loading", default=None)


@contextmanager
def loading(left_out: dict[str, str]) -> Iterator[None]:
    """Apply this module's checks to what ccxt reads and stores, around its ``load_markets``.

    :param dict left_out: gets each market that is left out, by Bitget's id, and why; each is logged once
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

    Something else than a list is refused: ccxt would remember it as a list without markets.

    :param reply: the parsed JSON, None if the text is not JSON; its list is changed in place
    """
    left_out = _loading.get()
    # The address is quoted where ccxt sends it through a proxyUrl.
    if left_out is None or not (found := _PATH.search(unquote(url))):
        return
    rows = reply.get("data") if isinstance(reply, dict) else None
    if isinstance(rows, list):
        reply["data"], odd = [], {}
        for number, row in enumerate(rows, 1):
            if (fault := _find_fault(row, _FIELDS[found[1]])) is None:
                reply["data"].append(row)
            else:
                name = (row.get("symbol") or row.get("coin")) if isinstance(row, dict) else None
                odd[name if isinstance(name, str) else f"row {number}"] = fault[:80]
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


def _warn(what: str, odd: Mapping[str, str], left_out: dict[str, str]) -> None:
    new = {name: fault for name, fault in odd.items() if left_out.get(name) != fault}
    left_out.update(new)
    if new:
        named = ", ".join(f"{name} ({fault})" for name, fault in list(new.items())[:_MAX_NAMED])
        more = f" and {len(new) - _MAX_NAMED} more" if len(new) > _MAX_NAMED else ""
        log.warning("bitget: %s: %s. Left out; all other markets can be used", what, named + more)
