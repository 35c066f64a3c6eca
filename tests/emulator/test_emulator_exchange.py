"""What the emulator offers to tests: `answer`, ccxt's words, positions opened by the app, odd markets, conversion."""

from __future__ import annotations

import json
from typing import Any

import ccxt
import pytest
import requests
from emulator_client import CLASSIC, UNIFIED, Client, sign_request

from bitget_leverage_ext.emulator import Emulator, Fault, Leverages, Quirks, server
from bitget_leverage_ext.emulator.contracts import CONTRACTS

PAIR = "BTC/USDT:USDT"
SET_LEVERAGE = "/api/v2/mix/account/set-leverage"
ACCOUNT = "/api/v2/mix/account/account"


@pytest.fixture
def idle() -> Emulator:
    """An emulator that is not started."""
    return Emulator()


def ask(emulator: Emulator, method: str, path: str, params: dict[str, Any]) -> tuple[int, Any]:
    """Sign a request and pass it to `answer`."""
    target, headers, body = sign_request(emulator.account, method, path, params)
    status, _, text = emulator.answer(method, target, headers=headers, body=body)
    return status, json.loads(text)


# -- answers without a socket -----------------------------------------------------------------------------------------


def test_answers_without_a_socket(idle: Emulator) -> None:
    """`answer` checks, acts, logs and counts like the socket."""
    status, reply = ask(idle, "POST", SET_LEVERAGE, CLASSIC | {"leverage": "5"})
    assert (status, reply["code"], reply["data"]["crossMarginLeverage"]) == (200, "00000", "5")
    assert ask(idle, "GET", ACCOUNT, CLASSIC)[1]["data"]["crossedMarginLeverage"] == 5
    assert [(each.method, each.status, each.code) for each in idle.requests] == [
        ("POST", 200, "00000"), ("GET", 200, "00000"),
    ]  # fmt: skip
    _, headers, body = sign_request(idle.account, "POST", SET_LEVERAGE, CLASSIC)
    status, _, text = idle.answer("POST", SET_LEVERAGE, headers=headers, body=body + " ")
    assert (status, json.loads(text)["code"]) == (400, "40009")
    codes = [ask(idle, "POST", SET_LEVERAGE, CLASSIC | {"leverage": "6"})[0] for _ in range(11)]
    assert 429 in codes


@pytest.mark.parametrize("query", [CLASSIC, "symbol=BTCUSDT&productType=USDT-FUTURES&marginCoin=USDT"])
def test_a_query_as_text_or_parameters(idle: Emulator, query: Any) -> None:
    _, headers, _ = sign_request(idle.account, "GET", ACCOUNT, CLASSIC)
    status, answered, text = idle.answer("GET", ACCOUNT, query, headers)
    assert (status, json.loads(text)["code"], answered["content-type"]) == (200, "00000", "application/json")
    assert answered["x-mbx-used-remain-limit"] == "9"


@pytest.mark.parametrize(
    ("kind", "error", "in_force", "status"),
    [
        ("drop", ConnectionError, 20, None), ("drop_after", ConnectionError, 5, None),
        ("truncate", ConnectionError, 5, None), ("stall", TimeoutError, 20, None),
        ("stall_after", TimeoutError, 5, None), ("page", None, 20, 502), ("too_many", None, 20, 429),
        ("cut", None, 5, 200), ("lie", None, 20, 200),
    ],
)  # fmt: skip
def test_faults_without_a_socket(idle: Emulator, kind: str, error: Any, in_force: int, status: int | None) -> None:
    """Faults of a connection raise; a stalled request takes effect at `release`."""
    idle.fail(Fault(kind))
    target, headers, body = sign_request(idle.account, "POST", SET_LEVERAGE, CLASSIC | {"leverage": "5"})
    if error is None:
        assert idle.answer("POST", target, headers=headers, body=body)[0] == status
    else:
        with pytest.raises(error):
            idle.answer("POST", target, headers=headers, body=body)
    assert idle.requests[0].status == status
    assert idle.account.leverages(PAIR).cross == in_force
    idle.release()
    assert idle.account.leverages(PAIR).cross == (5 if kind == "stall" else in_force)


def test_every_emulator_has_keys_of_its_own() -> None:
    """Programs keep state by key and address, and the address of emulators that are not started is the same."""
    emulators = [Emulator(), Emulator()]
    keys = {each.config()["apiKey"] for each in emulators} | {each.add_account().api_key for each in emulators}
    assert len(keys) == 4
    with pytest.raises(ccxt.NetworkError):
        ccxt.bitget(emulators[0].config(timeout=1000)).fetch_time()


# -- words ------------------------------------------------------------------------------------------------------------


def test_an_account_in_any_state() -> None:
    emulator = Emulator(unified=True, position_mode="one-way", margin_mode="isolated")
    account = emulator.account
    assert account.unified
    assert (account.position_mode(), account.margin_mode(PAIR)) == ("one_way_mode", "isolated")
    other = emulator.add_account(position_mode="hedge_mode", margin_mode="crossed")
    assert (other.position_mode("USDC-FUTURES"), other.margin_mode("ETH/USDC:USDC")) == ("hedge_mode", "crossed")
    for wrong in ({"position_mode": "hedged"}, {"margin_mode": "fixed"}):
        with pytest.raises(ValueError, match=str(*wrong.values())):
            Emulator(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("contract", [(PAIR,), ("USDT-FUTURES", "BTCUSDT"), ("USDT-FUTURES", PAIR)])
def test_symbols_and_words_of_ccxt(idle: Emulator, contract: tuple[str, ...]) -> None:
    account = idle.account
    account.set_margin_mode(*contract, "isolated")
    account.set_leverages(*contract, long=7)
    assert account.margin_mode("USDT-FUTURES", "BTCUSDT") == account.margin_mode(*contract) == "isolated"
    account.set_margin_mode(*contract, "cross")
    assert account.margin_mode(*contract) == "crossed"
    assert account.leverages(*contract) == account.figures(*contract) == Leverages(20, 7, 20)
    account.set_position_mode(contract[0], "one-way")
    assert account.position_mode(PAIR) == account.position_mode("USDT-FUTURES") == "one_way_mode"
    assert account.position_mode("USDC-FUTURES") == "hedge_mode"


def test_one_word_for_every_contract(idle: Emulator) -> None:
    account = idle.account
    account.set_leverages(PAIR, long=7)
    account.set_margin_mode("isolated")
    account.set_position_mode("one-way")
    assert account.margin_mode(PAIR) == account.margin_mode("ETH/USDT:USDT") == "isolated"
    assert account.position_mode("USDC-FUTURES") == "one_way_mode"


def test_contracts_have_the_symbols_that_ccxt_gives_them(emulator: Emulator) -> None:
    for unified in (False, True):
        emulator.account.unified = unified
        exchange = ccxt.bitget(emulator.config(enableRateLimit=False, options={"uta": unified}))
        exchange.load_markets()
        line = "unified" if unified else "classic"
        listed = {each.symbol: each.ccxt_symbol for each in CONTRACTS.values() if line in each.lines}
        parsed = {market["id"]: market["symbol"] for market in exchange.markets.values() if market["contract"]}
        assert parsed
        assert {id: listed[id] for id in parsed} == parsed


def test_names_of_a_coin_margined_contract(emulator: Emulator) -> None:
    """Classic and unified accounts have different ids for one symbol."""
    emulator.account.set_leverages("BTC/USD:BTC", cross=5)
    assert emulator.account.leverages("COIN-FUTURES", "BTCUSD").cross == 5
    unified = emulator.add_account(unified=True)
    unified.set_leverages("BTC/USD:BTC", cross=6)
    assert unified.leverages("COIN-FUTURES", "BTCUSD_CM").cross == 6


# -- other hands ------------------------------------------------------------------------------------------------------


def test_what_cannot_be_opened_or_closed(idle: Emulator) -> None:
    """By the app: the reason is the exchange's, and nothing is done."""
    account = idle.account
    with pytest.raises(ValueError, match="no open position"):
        account.close_position(PAIR)
    with pytest.raises(ValueError, match="40762"):
        account.open_position(PAIR, "long", 100)
    account.open_position(PAIR, "long", 0.01, margin_mode="isolated")
    with pytest.raises(ValueError, match="45117"):
        account.open_position(PAIR, "long", 0.01, margin_mode="cross")
    assert len(account.fills()) == 1


def test_what_the_app_sets_shows_in_the_settings_row(unified: Client) -> None:
    unified.account.open_position(PAIR, "long", 0.01, margin_mode="isolated", leverage=7)
    [row] = unified.get("/api/v3/account/settings")["data"]["symbolConfigList"]
    assert (row["symbol"], row["marginMode"], row["leverage"]) == ("BTCUSDT", "isolated", "7")


# -- markets and time -------------------------------------------------------------------------------------------------


def test_odd_market_rows(client: Client, unified: Client) -> None:
    """An edit changes the lists of v2 and v3 until it is removed."""

    def odd(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows[0]["baseCoin"] = ""
        return rows[:2]

    client.emulator.market_rows("usdt-futures", odd)
    for path, name in (("/api/v2/mix/market/contracts", "productType"), ("/api/v3/market/instruments", "category")):
        rows = client.get(path, **{name: "USDT-FUTURES"})["data"]
        assert [row["baseCoin"] for row in rows] == ["", "ETH"]
        assert len(client.get(path, **{name: "USDC-FUTURES"})["data"]) == 3
    client.emulator.market_rows("USDT-FUTURES", lambda rows: rows[0].clear())
    assert client.get("/api/v2/mix/market/contracts", productType="USDT-FUTURES", symbol="ETHUSDT")["data"]
    client.emulator.market_rows("USDT-FUTURES", None)
    assert len(client.get("/api/v2/mix/market/contracts", productType="USDT-FUTURES")["data"]) > 100


def test_a_round_trip(client: Client) -> None:
    """No reply comes earlier, and requests do not wait for each other."""
    client.timeout = 0.05
    client.emulator.round_trip = 3600
    for path in ("/api/v2/public/time", "/api/v2/spot/public/coins"):
        with pytest.raises(requests.ReadTimeout):
            client.get(path)
    assert [each.status for each in client.emulator.requests] == [None, None]
    client.timeout, client.emulator.round_trip = 10, 0.001
    assert client.get("/api/v2/public/time")["code"] == "00000"


def test_a_round_trip_is_half_the_way_there_and_half_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request takes effect half-way through the round trip."""
    seen: list[tuple[float, int]] = []

    async def note(moment: float) -> None:
        seen.append((moment, client.account.leverages(PAIR).cross))

    monkeypatch.setattr(server, "_sleep_until", note)
    client.emulator.round_trip = 3600
    assert client.set_leverage(leverage="5")["code"] == "00000"
    (there, before), (back, after) = seen
    assert (round(back - there), before, after) == (1800, 20, 5)


# -- an account that is converted -------------------------------------------------------------------------------------


@pytest.mark.parametrize("quirk", ["kept", "reset"])
@pytest.mark.parametrize("code", ["40085", "40014"])
def test_an_account_becomes_unified(client: Client, quirk: Any, code: Any) -> None:
    """After the conversion v2 is refused; positions keep their leverage, other leverages are kept or reset."""
    client.emulator.quirks = Quirks(conversion=quirk, unified_v2=code)
    account = client.account
    account.set_position_mode("one-way")
    account.set_leverages("ETH/USDT:USDT", cross=6, margin_mode="isolated")
    account.set_leverages("BTC/USD:BTC", cross=8)
    account.open_position("BTC/USD:BTC", "long", 0.01, margin_mode="isolated", leverage=7)
    account.convert_to_unified(upgrading=2)
    assert client.get(ACCOUNT, **CLASSIC)["code"] == code
    settings = [client.get("/api/v3/account/settings")["data"] for _ in range(3)]
    assert [each["accountMode"] for each in settings] == ["upgrading", "upgrading", "unified"]
    assert {each["holdMode"] for each in settings} == {"one_way_mode"}
    assert account.leverages("ETH/USDT:USDT").cross == (6 if quirk == "kept" else 20)
    assert account.margin_mode("ETH/USDT:USDT") == ("isolated" if quirk == "kept" else "crossed")
    assert account.leverages("BTC/USD:BTC") == Leverages(20 if quirk == "reset" else 8, 7, 7)
    [row] = client.get("/api/v3/position/current-position", category="COIN-FUTURES", symbol="BTCUSD_CM")["data"]["list"]
    assert (row["marginMode"], row["leverage"]) == ("isolated", "7")
    account.close_position("BTC/USD:BTC")
    with pytest.raises(ValueError, match="already"):
        account.convert_to_unified()


@pytest.mark.parametrize(
    ("level", "symbol", "mode", "code"),
    [
        ("basic", UNIFIED, "crossed", "00000"),
        ("basic", {"category": "COIN-FUTURES", "symbol": "BTCUSD_CM"}, "crossed", "40019"),
        ("isolated", UNIFIED, "crossed", "25200"), ("isolated", UNIFIED, "isolated", "00000"),
        ("delta", UNIFIED, "isolated", "25200"), ("delta", UNIFIED, "crossed", "00000"),
    ],
)  # fmt: skip
def test_levels_of_a_unified_account(unified: Client, level: Any, symbol: Any, mode: str, code: str) -> None:
    unified.account.level = level
    assert unified.get("/api/v3/account/settings")["data"]["accountLevel"] == level
    both = {"longLeverage": "5", "shortLeverage": "5"} if mode == "isolated" else {"leverage": "5"}
    assert unified.set_leverage(**symbol, **both, marginMode=mode)["code"] == code
    order = {"orderType": "market", "side": "buy", "posSide": "long", "qty": "0.01", "marginMode": mode}
    reply = unified.post("/api/v3/trade/place-order", **symbol, **order)
    assert reply["code"] == code
    assert code != "40019" or "basemode not supported" in reply["msg"]
    with pytest.raises(ValueError, match="'basic', 'advanced', 'isolated', 'delta'"):
        unified.account.level = "expert"  # type: ignore[assignment]
