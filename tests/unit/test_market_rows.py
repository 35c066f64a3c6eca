"""An odd row in one of Bitget's market lists costs its own market, with one warning, and changes no other market."""

from __future__ import annotations

import copy
import functools
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import ccxt
import pytest
from offline import LOOP, OURS, Offline

from bitget_leverage_ext import market_rows
from bitget_leverage_ext.emulator import Emulator

CONTRACTS, INSTRUMENTS = "v2/mix/market/contracts", "v3/market/instruments"
SPOT, MARGIN, COINS = "v2/spot/public/symbols", "v2/margin/currencies", "v2/spot/public/coins"
MISSING = "(missing)"


# list -> the name of the parameter that selects a part of it, and the parts that the tests need
PARTS: dict[str, tuple[str, list[str]]] = {
    CONTRACTS: ("productType", ["USDT-FUTURES", "COIN-FUTURES"]), INSTRUMENTS: ("category", ["USDT-FUTURES", "SPOT"]),
    SPOT: ("", [""]), MARGIN: ("", [""]), COINS: ("", [""]),
}  # fmt: skip
KEPT = {"XRPUSDT", "BTCUSDT", "ETHUSDT", "BTCUSD", "BTCUSDH27", "XRP", "BTC", "ETH", "USDT"}


@functools.cache
def _rows(path: str, name: str, part: str) -> list[dict[str, Any]]:
    text = Emulator(rate_limit=False).answer("GET", f"/api/{path}", {name: part} if name else {})[2]
    rows = [row for row in json.loads(text)["data"] if row.get("symbol", row.get("coin")) in KEPT]
    return sorted(rows, key=lambda row: "XRP" not in row.values())


def lists() -> dict[str, dict[str, Any]]:
    """The emulator's rows of a few contracts and coins, in each list; XRP stands first, to be changed."""
    return {
        path: {part: copy.deepcopy(_rows(path, name, part)) for part in parts} for path, (name, parts) in PARTS.items()
    }


class Loader(Offline):
    """An exchange object that loads its markets from canned replies."""

    def __init__(self, kind: str, unified: bool) -> None:
        super().__init__(OURS[kind], unified, {}, "key", self._listed)
        self.data: dict[str, Any] = lists()

    def _listed(self, url: str) -> Any:
        parts = urlsplit(url)
        fields, data = parse_qs(parts.query), self.data[parts.path.removeprefix("/api/")]
        if isinstance(data, dict):
            data = data.get((fields.get("productType") or fields.get("category") or [""])[0], [])
        return json.loads(json.dumps({"code": "00000", "msg": "success", "requestTime": 1, "data": data}))

    def call(self, name: str, *args: Any) -> Any:
        """Return what a method returns, in whichever client."""
        result = getattr(self.exchange, name)(*args)
        return LOOP.run_until_complete(result) if inspect.isawaitable(result) else result

    def load(self, reload: bool = False) -> dict[str, Any]:
        return copy.deepcopy(dict(self.call("load_markets", reload)))


@pytest.fixture
def kind() -> str:
    """The rules about rows are the same for every client."""
    return "sync"


@pytest.fixture
def loader(kind: str, unified: bool) -> Loader:
    return Loader(kind, unified)


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    return lambda: [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def first_list(loader: Loader, unified: bool) -> list[Any]:
    """The list of USDT contracts of this kind of account."""
    return loader.data[INSTRUMENTS if unified else CONTRACTS]["USDT-FUTURES"]


def changed(row: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**row, **changes}.items() if value is not MISSING}


# --- one row ---------------------------------------------------------------------------------------------------

EVERYWHERE: list[dict[str, Any]] = [
    {"baseCoin": ""}, {"baseCoin": None}, {"baseCoin": MISSING}, {"baseCoin": "X/Y"}, {"baseCoin": {}},
    {"quoteCoin": ""}, {"quoteCoin": None}, {"quoteCoin": MISSING}, {"quoteCoin": "USDT:USDT"},
    {"launchTime": "1e999"}, {"symbol": ""}, {"symbol": None}, {"symbol": MISSING}, {"symbol": ["XRPUSDT"]},
]  # fmt: skip
OF_CONTRACTS: list[dict[str, Any]] = [
    {"supportMarginCoins": []}, {"supportMarginCoins": None}, {"supportMarginCoins": MISSING},
    {"supportMarginCoins": "USDT"}, {"supportMarginCoins": [None]}, {"supportMarginCoins": [""]},
    {"symbolType": "option"}, {"symbolType": None}, {"symbolType": MISSING}, {"symbolType": "delivery"},
    {"pricePlace": "x"}, {"pricePlace": None}, {"pricePlace": "99999999"}, {"volumePlace": MISSING},
    {"priceEndStep": {}}, {"priceEndStep": ""}, {"priceEndStep": "x"}, {"sizeMultiplier": "1e-999999999"},
]  # fmt: skip
OF_INSTRUMENTS: list[dict[str, Any]] = [
    {"category": "EUR-FUTURES"}, {"category": None}, {"category": MISSING}, {"type": "option"}, {"type": MISSING},
    {"type": "delivery"}, {"type": "delivery", "deliveryTime": "soon"}, {"pricePrecision": "x"},
    {"pricePrecision": "999999999"}, {"quantityPrecision": "1.5"},
]  # fmt: skip
UNDERSTOOD: list[dict[str, Any]] = [
    {"maxLever": 75, "maxLeverage": 75}, {"pricePlace": 1, "pricePrecision": 1}, {"priceEndStep": 5},
    {"maxLever": "many", "maxLeverage": "many"}, {"launchTime": None}, {"launchTime": "-1"}, {"newField": {"a": [1]}}, {"status": 7},
]  # fmt: skip


@pytest.mark.parametrize(
    ("unified", "changes"),
    [(False, changes) for changes in EVERYWHERE + OF_CONTRACTS]
    + [(True, changes) for changes in EVERYWHERE + OF_INSTRUMENTS],
    ids=str,
)
def test_odd_row(loader: Loader, unified: bool, changes: dict[str, Any], warnings: Any) -> None:
    """The contract is left out, one warning names it and its field, and no other market differs."""
    good = loader.load()
    row = first_list(loader, unified)[0]
    first_list(loader, unified)[0] = changed(row, changes)
    del good["XRP/USDT:USDT"]
    assert loader.load(reload=True) == good
    assert loader.load(reload=True) == good
    (warning,) = warnings()
    name = "row 1" if "symbol" in changes else "XRPUSDT"
    field = "deliveryTime" if "delivery" in changes.values() else next(iter(changes))
    assert f"{name} ({field} is " in warning


@pytest.mark.parametrize("row", [None, 5, "XRPUSDT", [], {}], ids=str)
def test_no_row_at_all(loader: Loader, unified: bool, row: Any, warnings: Any) -> None:
    """Something else than an object in the list is left out too."""
    good = loader.load()
    first_list(loader, unified)[0] = row
    del good["XRP/USDT:USDT"]
    assert loader.load(reload=True) == good
    assert ["row 1 (" in warning for warning in warnings()] == [True]


@pytest.mark.parametrize("changes", UNDERSTOOD, ids=str)
def test_understood_row(loader: Loader, unified: bool, changes: dict[str, Any], warnings: Any) -> None:
    """A number for a string, a limit that is no number and an unknown field cost nothing."""
    good = loader.load()
    first_list(loader, unified)[0].update(changes)
    assert list(loader.load(reload=True)) == list(good)
    assert warnings() == []


@pytest.mark.parametrize("changes", [*EVERYWHERE, {"pricePrecision": "x"}, {"symbolType": "perpetual"}], ids=str)
def test_odd_spot_row(kind: str, changes: dict[str, Any], warnings: Any) -> None:
    """The same for spot symbols."""
    loader = Loader(kind, unified=False)
    good = loader.load()
    loader.data[SPOT][""][0] = changed(loader.data[SPOT][""][0], changes)
    del good["XRP/USDT"]
    assert loader.load(reload=True) == good
    assert len(warnings()) == 1


@pytest.mark.parametrize(
    "chains", ["x", {}, [None], [{}], [{"chain": ""}], [{"chain": "ERC20", "withdrawMinScale": "x"}]], ids=str
)
def test_odd_coin(kind: str, chains: Any, warnings: Any) -> None:
    """A coin that ccxt cannot parse, which it loads before the markets, is left out; its markets are not."""
    loader = Loader(kind, unified=False)
    good = loader.load()
    loader.data[COINS][""][0]["chains"] = chains
    assert loader.load(reload=True) == good
    assert ["XRP (chains is " in warning for warning in warnings()] == [True]


def test_text_of_a_row_is_escaped(loader: Loader, unified: bool, warnings: Any) -> None:
    """A row cannot draw on the terminal that shows the warning."""
    first_list(loader, unified)[0].update(symbol="XRP\x1b[2J\x9b\nUSDT")
    loader.load()
    (warning,) = warnings()
    assert warning.isprintable()


@pytest.mark.parametrize("name", ["XRP/USDT:USDT", "XRPUSDT"])
def test_explanation(name: str) -> None:
    """An error about an unknown symbol can say that its row was left out."""
    assert market_rows.explain_left_out(name, {"XRPUSDT": "baseCoin is ''"}).endswith("left out: baseCoin is ''")
    assert market_rows.explain_left_out(name, {"BTCUSDT": "baseCoin is ''"}) == ""


# --- two rows for one market -----------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [0, 4])
@pytest.mark.parametrize(
    "changes", [{}, {"maxLever": "7", "maxLeverage": "7"}, {"baseCoin": "BTX"}, {"symbol": "XYZUSDT"}], ids=str
)
def test_duplicate(loader: Loader, unified: bool, position: int, changes: dict[str, Any], warnings: Any) -> None:
    """A second row with the id or the symbol of BTC/USDT:USDT is left out, wherever it stands."""
    good = loader.load()
    rows = first_list(loader, unified)
    rows.insert(position, {**rows[1], **changes})
    loaded = loader.load(reload=True)
    if position == 0 and set(changes) <= {"maxLever", "maxLeverage"}:
        good["BTC/USDT:USDT"] = loaded["BTC/USDT:USDT"]  # nothing tells which of the two is right: the first one
    assert loaded == good
    assert [market["id"] for market in loader.exchange.markets_by_id["BTCUSDT"] if market["swap"]] == ["BTCUSDT"]
    assert len(warnings()) == 1


def test_duplicate_in_two_products(loader: Loader, unified: bool, warnings: Any) -> None:
    """The same row in the lists of two products."""
    good = loader.load()
    path, other = (INSTRUMENTS, "USDC-FUTURES") if unified else (CONTRACTS, "SUSDT-FUTURES")
    loader.data[path][other] = [first_list(loader, unified)[1]]
    assert loader.load(reload=True) == good
    assert len(warnings()) == 1


def test_markets_of_the_caller(loader: Loader, warnings: Any) -> None:
    """Markets and currencies that a program has stored and sets itself are stored as they are."""
    good = loader.load()
    loader.exchange.set_markets(good)
    loader.exchange.set_markets(list(good.values()), {"XYZ": {"id": "xyz", "code": "XYZ"}})
    assert list(loader.exchange.markets) == list(good)
    assert loader.exchange.currencies["XYZ"]["id"] == "xyz"
    assert warnings() == []


# --- lists -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [None, {}, {"list": []}, "BTCUSDT", 5, ""], ids=str)
@pytest.mark.parametrize(
    ("path", "kind"), [(CONTRACTS, "sync"), (CONTRACTS, "async"), (INSTRUMENTS, "pro"), (SPOT, "sync")]
)
def test_no_list(kind: str, path: str, data: Any) -> None:
    """Something else than a list is an error in words, and no markets are remembered; the next load has them."""
    loader = Loader(kind, unified=path == INSTRUMENTS)
    loader.data[path] = data if not isinstance(data, dict) else {"USDT-FUTURES": data, "": data}
    with pytest.raises(ccxt.BadResponse, match=f"{path}.* is not a list of markets"):
        loader.load()
    assert not loader.exchange.markets
    loader.data = lists()
    assert "BTC/USDT:USDT" in loader.load()


def test_page_in_place_of_a_list(kind: str) -> None:
    """A reply that is no JSON is not a list either; the error shows its beginning, without a secret."""
    exchange = OURS[kind]({"secret": "secret-of-the-test"})
    url = f"https://api.bitget.com/api/{CONTRACTS}?productType=USDT-FUTURES"
    with (
        market_rows.loading({}),
        pytest.raises(ccxt.BadResponse, match=r"is not a list of markets: <html>\*") as caught,
    ):
        exchange.handle_errors(200, "OK", url, "GET", {}, "<html>secret-of-the-test", None, {}, None)
    assert caught.type is ccxt.BadResponse
    with market_rows.loading({}), pytest.raises(ccxt.NullResponse, match="empty"):
        exchange.handle_errors(200, "OK", url, "GET", {}, "", None, {}, None)
    with market_rows.loading({}):
        exchange.handle_errors(
            200, "OK", url.replace("?", "-new?"), "GET", {}, "<html>", None, {}, None
        )  # another path


def test_empty_list(loader: Loader, unified: bool, warnings: Any) -> None:
    """A product without contracts has none."""
    first_list(loader, unified).clear()
    assert "BTC/USDT:USDT" not in loader.load()
    assert warnings() == []


@pytest.mark.parametrize("path", [MARGIN, COINS])
def test_null_beside_the_markets(kind: str, path: str) -> None:
    """Margin pairs and coins may be null, as ccxt has it."""
    loader = Loader(kind, unified=False)
    loader.data[path] = None
    assert "BTC/USDT:USDT" in loader.load()


def test_through_a_proxy_url(kind: str) -> None:
    """A list that ccxt requests through a proxyUrl, with Bitget's address quoted in it, is checked too."""
    exchange = OURS[kind]()
    url = f"https://proxy/?url=https%3A%2F%2Fapi.bitget.com%2Fapi%2F{CONTRACTS.replace('/', '%2F')}%3Fx%3D1"
    reply = {"code": "00000", "data": [lists()[CONTRACTS]["USDT-FUTURES"][0], {"symbol": "ODD"}]}
    with market_rows.loading({}):
        exchange.handle_errors(200, "OK", url, "GET", {}, json.dumps(reply), reply, {}, None)
    assert [row["symbol"] for row in reply["data"]] == ["XRPUSDT"]


def test_other_methods(loader: Loader, unified: bool, warnings: Any) -> None:
    """A program that requests the same list itself gets it as it is."""
    first_list(loader, unified)[0] = {"symbol": "ODD"}
    method = "publicUtaGetV3MarketInstruments" if unified else "publicMixGetV2MixMarketContracts"
    reply = loader.call(method, {"productType": "USDT-FUTURES", "category": "USDT-FUTURES"})
    assert reply["data"][0] == {"symbol": "ODD"}
    assert warnings() == []


# --- anything --------------------------------------------------------------------------------------------------

VALUES: list[Any] = [
    MISSING, None, "", " ", "x", "0", "-1", "1e999", "1e-40", "99999999999999999999", "NaN", "\x1b", "BTC", "BTCUSDT",
    "USDT", "delivery", "spot", [], ["USDT"], [None], [[]], {}, {"a": 1}, True, False, 0, -1, 1.5, 10**30,
]  # fmt: skip


# Of the fields of a row, those that ccxt or this package looks at.
READ = """
    symbol baseCoin quoteCoin supportMarginCoins symbolType pricePlace volumePlace priceEndStep sizeMultiplier minTradeNum
    minLever maxLever symbolStatus deliveryTime launchTime category pricePrecision quantityPrecision minOrderQty
    minLeverage maxLeverage status type minTradeAmount coin transfer chains isBorrowable maxCrossedLeverage isReality
"""


def mutated(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for field in {*READ.split()} & {*row, "symbolType", "isBorrowable", "isReality"}:
        for value in VALUES:
            yield changed(row, {field: value})


@pytest.mark.parametrize("path", [CONTRACTS, INSTRUMENTS, SPOT, MARGIN, COINS])
def test_any_value_in_any_field(path: str) -> None:
    """Whatever one row holds, first or last in its list: every other market, and its id, is what it was before."""
    loader = Loader("sync", unified=path == INSTRUMENTS)
    rows = next(iter(loader.data[path].values()))
    row = rows.pop(0)
    good = loader.load()
    if path == MARGIN:
        del good["XRP/USDT"]  # the row's own market
    for odd in mutated(row):
        for position in (0, len(rows)):
            rows.insert(position, odd)
            loaded = loader.call("load_markets", True)
            del rows[position]
            assert {symbol: loaded.get(symbol) for symbol in good} == good, odd
            assert {"BTC", "USDT"} <= set(loader.exchange.currencies), odd
            for symbol, market in good.items():
                assert loader.exchange.safe_market(market["id"], None, None, market["type"])["symbol"] == symbol, odd


@pytest.mark.parametrize("kind", list(OURS))
def test_parser_that_fails(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a future ccxt cannot parse is an error in words, with the cause."""

    def fail(*_: Any) -> None:
        raise TypeError("unsupported operand\x1b")

    monkeypatch.setattr(loader.exchange, "safe_market_structure", fail)
    with pytest.raises(ccxt.BadResponse, match=r"cannot read the market list: TypeError unsupported operand\\u001b"):
        loader.load()
