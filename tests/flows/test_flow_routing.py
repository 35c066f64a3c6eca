"""Which contract and which kind of account a call is about, driven by hand."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest
from by_hand import (
    MARKET,
    READ,
    SETTINGS,
    WRITE,
    S,
    account,
    drive,
    drive_whole,
    exchange,
    ok,
    refusal,
    reply,
    settings,
)

from bitget_leverage_ext.account import UNIFIED, View
from bitget_leverage_ext.drive import Shared
from bitget_leverage_ext.flows.leverage import set_leverage
from bitget_leverage_ext.flows.routing import account_type, drop_demo_header, known_first

DEMO = "SBTC/SUSDT:SUSDT"
DEMO_MARKET = {**MARKET, "symbol": DEMO, "id": "SBTCSUSDT", "baseId": "SBTC", "quoteId": "SUSDT", "settleId": "SUSDT"}
COIN = "BTC/USD:BTC"
CLASSIC = refusal("40084", "You are in Classic Account mode")
TURNED = refusal("40085", "You are in Unified Account mode")


def coin_market(unified: bool) -> dict[str, Any]:
    info = {"category": "COIN-FUTURES"} if unified else {}
    id_ = "BTCUSD" if unified else "BTCUSD_CLASSIC"
    return {**MARKET, "symbol": COIN, "id": id_, "quoteId": "USD", "settleId": "BTC", "info": info}


def listing(it: Any, *markets: dict[str, Any]) -> Any:
    """What ccxt's load_markets does to *it*."""

    def load() -> None:
        it.markets = {market["symbol"]: market for market in markets}
        it.markets_by_id = {market["id"]: [market] for market in markets}

    return load


def sent(request: Any) -> bool:
    """Whether a request that is signed now carries the demo header."""
    return "PAPTRADING" in drop_demo_header({"headers": {"PAPTRADING": "1", "x": "y"}})["headers"]


# --- the account's type ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uta", "params", "unified"), [(True, {}, True), (False, {}, False), (True, {"uta": False}, False)]
)
def test_type_that_is_known(uta: bool, params: dict[str, Any], unified: bool) -> None:
    """The caller's word, else what was found out; the rest of the params is handed back."""
    flow = account_type(exchange(uta=uta), {**params, "x": 1}, "setLeverage")
    assert drive(flow) == ([], (unified, {"x": 1}))


@pytest.mark.parametrize(
    ("answer", "unified"), [(settings(), True), (CLASSIC, False), (refusal("25245", "classic"), False)]
)
def test_probe(answer: Any, unified: bool) -> None:
    """One read, of which nothing is repeated; what it says is remembered."""
    it = exchange(uta=None)
    view = View()
    (call,), outcome = drive_whole(account_type(it, {"x": 1}, "setLeverage", view=view), answer)
    assert (call.args[0], call.repeat) == ("v3/account/settings", 0)
    assert (outcome, it.options["uta"]) == ((unified, {"x": 1}), unified)
    assert view.get(UNIFIED) == (settings() if unified else None)


@pytest.mark.parametrize("error", [ccxt.RequestTimeout("x"), refusal("40014", "no"), ccxt.ExchangeNotAvailable("x")])
def test_a_probe_that_says_nothing(error: Any) -> None:
    """A time-out is never taken for a classic account; the fault is the caller's to see at once."""
    it = exchange(uta=None)
    _, raised = drive(account_type(it, {}, "setLeverage"), error)
    assert (raised if type(raised) is type(error) else raised.__cause__) is error
    assert raised.final is True
    assert it.options["uta"] is None


@pytest.mark.parametrize("default", [False, True])
def test_no_probe_where_nothing_can_be_sent(default: bool) -> None:
    """Without credentials, or without a way out, what ccxt would take it for; nothing is remembered."""
    it = exchange(uta=None)
    asked: list[bool] = []
    it.check_required_credentials = lambda error: asked.append(error) or False
    assert drive(account_type(it, {}, "setLeverage", default)) == ([], (default, {}))
    assert asked == [False]
    it = exchange(uta=None)
    assert drive(account_type(it, {}, "x", default), ccxt.InvalidProxySettings("x"))[1] == (default, {})
    assert it.options["uta"] is None
    it.check_required_credentials = lambda error: False
    assert drive(account_type(it, {}, "setLeverage"))[1] == (False, {})


@pytest.mark.parametrize(("answer", "unified"), [(settings(), True), (CLASSIC, False)])
def test_the_type_is_known_before_ccxt_guesses_it(answer: Any, unified: bool) -> None:
    """One probe, before a method that would take the account for classic; what it says is remembered."""
    for arguments in ((), (S, {}), (S, None, {"x": "uta"}), ("uta", ["uta"])):
        it = exchange(uta=None)
        assert drive(known_first(it, *arguments), answer) == ([SETTINGS], None)
        assert it.options["uta"] is unified
        assert drive(known_first(it, *arguments)) == ([], None), "known by now"


@pytest.mark.parametrize("uta", [True, False, None])
def test_the_callers_word_spares_the_probe(uta: Any) -> None:
    """Wherever in the arguments it is said, and nothing is remembered of it."""
    for arguments in (({"uta": uta},), (S, 1, {"x": 1, "uta": uta}), ({"uta": uta}, {"x": 1})):
        it = exchange(uta=None)
        assert drive(known_first(it, *arguments)) == ([], None)
        assert it.options["uta"] is None


def test_an_account_that_has_become_another() -> None:
    """The refusal puts the flag right and forgets the account; the call is repeated once, and no more."""
    it = exchange()
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"
    it._memory.declared["USDT-FUTURES", "BTCUSDT"] = "crossed"
    calls, result = drive(set_leverage(it, 10, S, {}), TURNED, ok())
    assert calls == [WRITE, ("POST", "set-leverage", {"marginMode": "crossed", "leverage": "10"})]
    assert result["marginMode"] == "cross"
    assert it.options["uta"] is True
    assert it._memory.declared == {("USDT-FUTURES", "BTCUSDT"): "crossed"}
    it = exchange()
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"
    calls, error = drive(set_leverage(it, 10, S, {"marginMode": "cross"}), TURNED, CLASSIC)
    assert len(calls) == 2
    assert error is CLASSIC
    it = exchange()
    calls, error = drive(set_leverage(it, 10, S, {"uta": False, "marginMode": "cross"}), TURNED)
    assert (len(calls), it.options["uta"]) == (1, False)


# --- the markets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("uta", "calls"), [(False, ["load_markets"]), (None, [SETTINGS, "load_markets"])])
def test_markets_are_loaded_for_the_accounts_type(uta: bool | None, calls: list[Any]) -> None:
    """The type is asked first, and by this call; then whatever ccxt's own load_markets does, patiently."""
    it = exchange(uta=uta, loaded=False, deadline=4)
    answers = [settings()] if uta is None else []
    load = listing(it, MARKET)
    whole, _ = drive_whole(set_leverage(it, 10, S, {"marginMode": "cross"}), *answers, load, reply("crossed", cross=10))
    assert [call.args[0].rsplit("/", 1)[1] if call.method == "request" else call.method for call in whole] == (
        [*(["settings"] if uta is None else []), "load_markets", "set-leverage"]
    )
    loading = next(call for call in whole if call.method == "load_markets")
    assert (loading.args, loading.repeat) == ((), 4.0)


def test_who_loads_the_same_markets_shares_them() -> None:
    """A list of live S-coins is not what the others wait for, nor is anything else that is read."""

    def key(symbol: str) -> Any:
        step = next(set_leverage(exchange(uta=False, loaded=False), 10, symbol, {}))
        assert isinstance(step, Shared)
        return step.key

    assert key(S) == key("ETH/USDT:USDT")
    assert key(DEMO) == key("SETH/SUSDT:SUSDT")
    assert len({key(S), key(DEMO), UNIFIED, ("USDT-FUTURES",), ("USDT-FUTURES", "BTCUSDT")}) == 5


def test_a_cold_object() -> None:
    """The probe is the call's one read; the caller's word spares it."""
    params = {"skipUnchanged": True, "marginMode": "cross"}
    it = exchange(uta=None, loaded=False)
    held = settings({"category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginMode": "crossed", "leverage": "10"})
    calls, result = drive(set_leverage(it, 10, S, params), held, listing(it, MARKET))
    assert (calls, result["longLeverage"]) == ([SETTINGS, "load_markets"], 10)
    it = exchange(uta=None, loaded=False)
    params = {"uta": False, "marginMode": "cross"}
    calls, _ = drive(set_leverage(it, 10, S, params), listing(it, MARKET), reply("crossed", cross=10))
    assert calls == ["load_markets", WRITE]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"productType": "coin-futures"}, f"{S} is USDT-FUTURES, not COIN-FUTURES"),
        ({"marginCoin": "usdc"}, f"marginCoin 'USDC' does not fit {S}, which takes USDT"),
    ],
)
def test_what_contradicts_the_market(params: dict[str, Any], text: str) -> None:
    """Refused before anything is sent; what fits it goes along."""
    calls, error = drive(set_leverage(exchange(), 10, S, params))
    assert (calls, type(error)) == ([], ccxt.BadRequest)
    assert text in str(error)
    fits = {"productType": "umcbl", "marginCoin": "usdt", "marginMode": "cross"}
    calls, _ = drive_whole(set_leverage(exchange(), 10, S, fits), reply("crossed", cross=10))
    target = {"symbol": "BTCUSDT", "marginCoin": "USDT", "productType": "USDT-FUTURES"}
    assert calls[0].args[3] == {**target, "leverage": "10"}


@pytest.mark.parametrize("uta", [None, False])
def test_s_coins_are_classic_and_live(uta: bool | None) -> None:
    """No probe, and no demo header on any request of the flow, those of loading the markets included."""
    it = exchange(uta=uta, loaded=False)
    headers: list[bool] = []

    def load() -> None:
        headers.append(sent(it))
        listing(it, DEMO_MARKET)()

    def answer(value: Any) -> Any:
        def given() -> Any:
            headers.append(sent(it))
            return value

        return given

    read, told = answer(account("crossed", "one_way_mode")), answer(reply("crossed", cross=10))
    calls, result = drive_whole(set_leverage(it, 10, DEMO, {}), load, read, told)
    assert [call.method for call in calls] == ["load_markets", "request", "request"]
    assert calls[0].args == (False, {"uta": False})
    assert calls[1].args[3]["productType"] == "SUSDT-FUTURES"
    assert headers == [False, False, False]
    assert result["symbol"] == DEMO
    assert sent(it), "other flows keep theirs"
    assert it.options["uta"] is uta


def test_a_request_without_headers() -> None:
    """A public request may have none."""
    assert drop_demo_header({"headers": None, "url": "x"}) == {"headers": None, "url": "x"}


@pytest.mark.parametrize("symbol", [DEMO, "SBTCSUSDT"])
def test_s_coins_on_a_unified_account(symbol: str) -> None:
    """It does not list them: said with the way out, whether or not its markets were loaded; it is asked first."""
    it = exchange(uta=True)
    calls, error = drive(set_leverage(it, 10, symbol, {}), settings())
    assert (calls, type(error)) == ([SETTINGS], ccxt.NotSupported)
    assert f"{symbol} is an S-coin demo product" in str(error)
    assert "set_sandbox_mode(True)" in str(error)
    it = exchange(uta=True, loaded=False)
    load = listing(it, MARKET)
    calls, error = drive_whole(set_leverage(it, 10, symbol, {}), load, settings())
    assert (calls[0].args, type(error)) == ((), ccxt.NotSupported)
    it = exchange(uta=False)
    it.markets[DEMO] = DEMO_MARKET
    calls, error = drive(set_leverage(it, 10, DEMO, {"uta": True}))
    assert (calls, type(error)) == ([], ccxt.NotSupported)
    calls, error = drive(set_leverage(exchange(uta=None), 10, symbol, {"uta": True}))
    assert (calls, type(error)) == ([], ccxt.NotSupported)
    it = exchange(uta=None, loaded=False)
    calls, error = drive_whole(set_leverage(it, 10, symbol, {"uta": True}), listing(it, MARKET))
    assert (calls[0].args, type(error)) == ((), ccxt.NotSupported)


@pytest.mark.parametrize("listed", [True, False])
def test_s_coins_on_a_unified_account_that_cannot_be_asked(listed: bool) -> None:
    """Without credentials what is remembered counts: nothing is sent to a classic account that is none."""
    it = exchange(uta=True)
    it.check_required_credentials = lambda _: False
    it.markets = {**it.markets, **({DEMO: DEMO_MARKET} if listed else {})}
    calls, error = drive(set_leverage(it, 10, DEMO, {}))
    assert (calls, type(error)) == ([], ccxt.NotSupported)
    assert f"{DEMO} is an S-coin demo product" in str(error)


def test_s_coins_after_the_account_became_classic() -> None:
    """The markets are a unified account's, which lists none of them: loaded again, once, without the demo header."""
    it = exchange(uta=False)
    headers: list[bool] = []

    def load() -> None:
        headers.append(sent(it))
        listing(it, MARKET, DEMO_MARKET)()

    calls, result = drive_whole(
        set_leverage(it, 10, DEMO, {}), load, account("crossed", "one_way_mode"), reply("crossed", cross=10)
    )
    assert (calls[0].method, calls[0].args, headers) == ("load_markets", (True, {"uta": False}), [False])
    assert result["symbol"] == DEMO
    calls, error = drive(set_leverage(it, 10, "SETH/SUSDT:SUSDT", {}))
    assert (calls, type(error)) == ([], ccxt.BadSymbol), "where some are listed, an unknown one is unknown"
    calls, error = drive(set_leverage(exchange(), 10, "NOPE", {}))
    assert (calls, type(error)) == ([], ccxt.BadSymbol), "nor for an ordinary symbol"


@pytest.mark.parametrize(
    ("symbol", "params", "error"),
    [
        ("SBTCSUSDT", {}, None),
        (DEMO, {"productType": "SCOIN-FUTURES"}, ccxt.BadRequest),
        (DEMO, {"marginCoin": "SETH"}, ccxt.BadRequest),
    ],
)
def test_s_coins_found_at_last(symbol: str, params: dict[str, Any], error: Any) -> None:
    """By id as well; what the caller says of them is held against the new list."""
    it = exchange(uta=False)
    params = {**params, "marginMode": "cross"}
    answers = [] if error else [reply("crossed", cross=10)]
    _, outcome = drive(set_leverage(it, 10, symbol, params), listing(it, MARKET, DEMO_MARKET), *answers)
    assert type(outcome) is error if error else outcome["symbol"] == DEMO


def test_what_only_looks_like_s_coins() -> None:
    """The product type that is named goes before the looks of an id: the account's type is asked."""
    it = exchange(uta=None, loaded=False)
    flow = set_leverage(it, 10, "SANTOSUSDT", {"productType": "USDT-FUTURES"})
    calls, error = drive(flow, settings(), listing(it, MARKET))
    assert calls == [SETTINGS, "load_markets"]
    assert type(error) is ccxt.BadSymbol


def test_the_type_named_in_the_options_of_the_methods() -> None:
    """As in ccxt: fetchMarkets' for the list, setLeverage's for the leverage."""
    it = exchange(uta=None, loaded=False)
    it.options["fetchMarkets"] = {"uta": False}
    it.options["setLeverage"]["uta"] = True
    calls, _ = drive(set_leverage(it, 10, S, {}), listing(it, MARKET), ok())
    assert [call if call == "load_markets" else call[1] for call in calls] == ["load_markets", "set-leverage"]


@pytest.mark.parametrize("uta", [True, False])
def test_ids_of_the_other_list(uta: bool) -> None:
    """Coin-margined contracts have other ids on the other account type: the list is loaded again, once."""
    it = exchange(uta=uta)
    listing(it, coin_market(not uta))()
    load = listing(it, coin_market(uta))
    asserted = {"marginMode": "cross"}
    answer = ok() if uta else reply("crossed", cross=10)
    calls, _ = drive_whole(set_leverage(it, 10, COIN, asserted), load, answer)
    assert (calls[0].method, calls[0].args) == ("load_markets", (True,))
    assert calls[1].args[3]["symbol"] == ("BTCUSD" if uta else "BTCUSD_CLASSIC")
    calls, _ = drive_whole(set_leverage(it, 10, COIN, asserted), answer)
    assert len(calls) == 1
    listing(it, coin_market(not uta))()
    calls, _ = drive_whole(set_leverage(it, 10, COIN, asserted), answer)
    assert len(calls) == 1, "tried once"
    calls, _ = drive_whole(set_leverage(it, 10, COIN, {**asserted, "uta": uta}), answer)
    assert len(calls) == 1, "nor where the caller says what it is"


@pytest.mark.parametrize("uta", [True, False])
def test_ids_of_the_right_list(uta: bool) -> None:
    """Nothing is loaded again."""
    it = exchange(uta=uta)
    listing(it, coin_market(uta))()
    calls, _ = drive(set_leverage(it, 10, COIN, {"marginMode": "cross"}), ok() if uta else reply("crossed", cross=10))
    assert len(calls) == 1


@pytest.mark.parametrize("failure", ["fault", "gone"])
def test_a_list_that_cannot_be_loaded_again(failure: str) -> None:
    """The exchange will say whether it knows the id."""
    it = exchange(uta=False)
    listing(it, coin_market(True))()
    load = ccxt.RequestTimeout("x") if failure == "fault" else listing(it, MARKET)
    calls, _ = drive_whole(set_leverage(it, 10, COIN, {"marginMode": "cross"}), load, reply("crossed", cross=10))
    assert calls[1].args[3]["symbol"] == "BTCUSD"


def test_the_coin_stays_on_the_other_list() -> None:
    """What the caller named as margin coin is named there as well."""
    it = exchange(uta=False)
    listing(it, {**coin_market(True), "info": {"category": "x", "supportMarginCoins": ["BTC", "ETH"]}})()
    load = listing(it, {**coin_market(False), "info": {"supportMarginCoins": ["BTC", "ETH"]}})
    asserted = {"marginMode": "cross", "marginCoin": "eth"}
    calls, _ = drive_whole(set_leverage(it, 10, COIN, asserted), load, reply("crossed", cross=10))
    assert calls[1].args[3]["marginCoin"] == "ETH"


@pytest.mark.parametrize("uta", [True, False])
def test_other_products_have_the_same_ids_on_both_lists(uta: bool) -> None:
    """Their list is not loaded again."""
    it = exchange(uta=uta)
    listing(it, {**MARKET, "info": {} if uta else {"category": "USDT-FUTURES"}})()
    answer = ok() if uta else reply("crossed", cross=10)
    calls, _ = drive_whole(set_leverage(it, 10, S, {"marginMode": "cross"}), answer)
    assert len(calls) == 1


def test_markets_without_ids() -> None:
    """ccxt's markets_by_id can be None."""
    it = exchange()
    it.markets_by_id = None
    calls, _ = drive(set_leverage(it, 10, S, {}), account("crossed", "one_way_mode"), reply("crossed", cross=10))
    assert calls == [READ, WRITE]
