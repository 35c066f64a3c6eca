"""The companions of set_leverage, driven by hand: what they send, what they read, what they remember."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ccxt
import pytest
from by_hand import READ, SETTINGS, S, account, asked, drive, drive_whole, exchange, ok, refusal, reply, row, settings

from bitget_leverage_ext import LeverageNotApplied
from bitget_leverage_ext.account import UNIFIED
from bitget_leverage_ext.drive import Alone, Together
from bitget_leverage_ext.flows.companions import (
    fetch_leverage,
    fetch_leverages,
    fetch_margin_mode,
    set_margin_mode,
    set_position_mode,
)
from bitget_leverage_ext.flows.leverage import set_leverage

KIND, ID = "USDT-FUTURES", "BTCUSDT"
KEY = (KIND, ID)
X, I, O, H = "crossed", "isolated", "one_way_mode", "hedge_mode"  # noqa: E741
MODE = "set-margin-mode"
OPEN = refusal("40920", "Position or order exists, the position mode cannot be switched")


# --- reading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fetch", "parse"), [(fetch_leverage, "leverage"), (fetch_margin_mode, "margin mode")])
def test_fetched_from_a_classic_account(fetch: Any, parse: str) -> None:
    """ccxt's own parser has the reply's data and the market; the modes are remembered, the caller's params go along."""
    it = exchange()
    params = {"productType": "usdt-futures", "marginCoin": "usdt", "uta": False, "x": 1}
    (call,), structure = drive_whole(fetch(it, S, params), account(I, H, long=4))
    target = {"symbol": ID, "marginCoin": "USDT", "productType": KIND}
    assert call.args[3] == {"x": 1, **target}
    assert call.repeat == 10.0
    assert structure == (parse, account(I, H, long=4)["data"], it.markets[S])
    assert (it._memory.margins, it._memory.positions) == ({KEY: I}, {KIND: H})
    assert params == {"productType": "usdt-futures", "marginCoin": "usdt", "uta": False, "x": 1}
    assert drive(fetch(it, S, None), ok(None))[1] == (parse, {}, it.markets[S])


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"productType": "FUTURES"}, ccxt.BadRequest),
        ({"productType": "COIN-FUTURES"}, ccxt.BadRequest),
        ({"marginCoin": "USDC"}, ccxt.BadRequest),
        ({"marginCoin": ""}, ccxt.BadRequest),
    ],
)
@pytest.mark.parametrize("fetch", [fetch_leverage, fetch_margin_mode])
def test_params_that_contradict_the_market(fetch: Any, params: dict[str, Any], error: type[Exception]) -> None:
    """As in set_leverage, before anything is sent."""
    assert type(drive(fetch(exchange(), S, params))[1]) is error


@pytest.mark.parametrize(
    ("declared", "read", "margin", "figures"),
    [
        (None, settings(), "cross", (None, None)),
        (None, settings(row(X, "7")), "cross", (7, 7)),
        (None, settings(row(I, "7")), "isolated", (7, 7)),
        (None, settings(row(I, "7"), hold=H), "isolated", (None, None)),
        (None, settings(row(I, ["4", "5"]), hold=H), "isolated", (4, 5)),
        (I, settings(row(X, "7")), "isolated", (None, None)),
        (X, settings(row(I, "7")), "cross", (None, None)),
        (I, settings(row(X, "7"), row(I, "8")), "isolated", (8, 8)),
        (I, settings(), "isolated", (None, None)),
        # crossed margin has one figure: two that disagree are none
        (None, settings({**row(X, None), "longLeverage": "4", "shortLeverage": "5"}), "cross", (None, None)),
    ],
)
def test_fetched_from_a_unified_account(declared: Any, read: Any, margin: str, figures: tuple[Any, Any]) -> None:
    """In the declared margin mode, else the row's, else crossed; a figure of another mode is none."""
    it = exchange(uta=True)
    if declared:
        it._memory.declared[KEY] = declared
    calls, structure = drive(fetch_leverage(it, S, {}), read)
    assert calls == [SETTINGS]
    mode = {"cross": X}.get(margin, margin)
    rows = [each for each in read["data"]["symbolConfigList"] if each["marginMode"] == mode]
    info = (rows or read["data"]["symbolConfigList"] or [{}])[0]
    long, short = figures
    known = {"info": info, "symbol": S, "marginMode": margin}
    assert structure == {**known, "longLeverage": long, "shortLeverage": short}
    assert drive(fetch_margin_mode(it, S, {}), read)[1] == known
    assert it._memory.positions == {UNIFIED: read["data"]["holdMode"]}


@pytest.mark.parametrize("fetch", [fetch_leverage, fetch_margin_mode])
def test_fetched_by_a_cold_object(fetch: Any) -> None:
    """The probe is the read, whether or not the markets are loaded; what the caller knows spares it."""
    probe = settings(row(I, "7"))
    calls, structure = drive(fetch(exchange(uta=None), S, {}), probe)
    assert (calls, structure["marginMode"]) == ([SETTINGS], "isolated")
    it = exchange(uta=None, loaded=False, deadline=3)
    calls, structure = drive_whole(fetch(it, S, {}), probe, loading(it))
    assert ([asked(call) for call in calls], structure["marginMode"]) == ([SETTINGS, "load_markets"], "isolated")
    assert calls[1].repeat == 3.0
    it = exchange(uta=None, loaded=False)
    calls, _ = drive(fetch(it, S, {"uta": False}), loading(it), account(X, O))
    assert calls == ["load_markets", READ]


@pytest.mark.parametrize(("uta", "right"), [(False, "cpow"), (True, "uta_mgt")])
def test_a_read_that_is_refused(uta: bool, right: str) -> None:
    """In its class, with the way out of this kind of account."""
    _, error = drive(fetch_leverage(exchange(uta=uta), S, {}), refusal("40014", "no permissions"))
    assert type(error) is ccxt.PermissionDenied
    assert right in str(error)


@pytest.mark.parametrize(("uta", "said"), [(True, False), (False, True)])
def test_read_of_the_other_account_type(uta: bool, said: bool) -> None:
    """40085 or 40084: the flag is put right, what was remembered of the account goes, and it is asked again, once."""
    it = exchange(uta=uta)
    it._memory.positions["x"] = O
    wrong = refusal("40084" if uta else "40085", "You are in another account mode")
    right = account(X, O) if uta else settings()
    calls, outcome = drive(fetch_leverage(it, S, {}), wrong, right)
    assert calls == ([SETTINGS, READ] if uta else [READ, SETTINGS])
    assert it.options["uta"] is said
    assert "x" not in it._memory.positions
    assert not isinstance(outcome, Exception)
    assert drive(fetch_leverage(exchange(uta=uta), S, {"uta": uta}), wrong)[1] is wrong


def test_many_fetched_from_a_unified_account() -> None:
    """One read for all that were ever set; what is not listed, and what is no contract, is left out."""
    it = exchange(uta=True)
    it.markets_by_id["ETHUSDT"] = [{**it.markets[S], "symbol": "ETH/USDT", "contract": False}]
    rows = [row(I, "7"), row(X, "20"), {**row(I, "3"), "symbol": "ETHUSDT"}, {**row(I, "3"), "symbol": "GONE"}]
    calls, found = drive(fetch_leverages(it, None, {}), settings(*rows))
    assert calls == [SETTINGS]
    assert list(found) == [S]
    assert (found[S]["marginMode"], found[S]["longLeverage"]) == ("isolated", 7)
    assert drive(fetch_leverages(it, None, {}), ok({"holdMode": O, "symbolConfigList": None})) == ([SETTINGS], {})


def test_many_fetched_from_an_account_of_unknown_type() -> None:
    """The probe is the read."""
    it = exchange(uta=None)
    calls, found = drive(fetch_leverages(it, None, {}), settings(row(I, "7")))
    assert (calls, list(found), it.options["uta"]) == ([SETTINGS], [S], True)
    it = exchange(uta=None)
    calls, error = drive(fetch_leverages(it, None, {}), refusal("40084", "classic"))
    assert (calls, type(error)) == ([SETTINGS], ccxt.ArgumentsRequired)
    assert "fetchLeverages() requires a symbols argument on a classic account" in str(error)
    calls, error = drive(fetch_leverages(exchange(uta=True), None, {"uta": False}))
    assert (calls, type(error)) == ([], ccxt.ArgumentsRequired)


@pytest.mark.parametrize(("uta", "params"), [(True, {}), (None, {"uta": True}), (False, {"uta": True})])
def test_many_fetched_with_the_markets_not_loaded(uta: Any, params: dict[str, Any]) -> None:
    """They are loaded first, for the account that the caller says it is, and as patiently as anything."""
    it = exchange(uta=uta, loaded=False, deadline=3)
    calls, found = drive_whole(fetch_leverages(it, None, params), loading(it), settings(row(I, "7")))
    assert ([asked(call) for call in calls], list(found)) == (["load_markets", SETTINGS], [S])
    assert (calls[0].args, [call.repeat for call in calls]) == ((), [3.0, 3.0])


def test_many_fetched_by_a_cold_object() -> None:
    """The probe comes first, and is the only read."""
    it = exchange(uta=None, loaded=False)
    calls, found = drive(fetch_leverages(it, None, {}), settings(row(I, "7")), loading(it))
    assert (calls, list(found)) == ([SETTINGS, "load_markets"], [S])


def test_the_type_named_in_the_options_of_the_method() -> None:
    """As in ccxt."""
    it = exchange(uta=False)
    it.options["fetchLeverages"] = {"uta": True}
    it.options["setLeverage"]["uta"] = True
    assert drive(fetch_leverages(it, None, {}), settings(row(I, "7")))[0] == [SETTINGS]


def loading(it: Any) -> Any:
    """What ccxt's load_markets does to *it*."""

    def load() -> None:
        it.markets = exchange().markets

    return load


def test_many_fetched_from_a_classic_account() -> None:
    """One read a symbol, as many at a time as the budget of reads has; keys are unified symbols."""
    it = exchange()
    it.parse_leverage = lambda data, market: {"symbol": market["symbol"], "long": data["isolatedLongLever"]}
    flow = fetch_leverages(it, (ID,), {"x": 1})
    together = next(flow)
    assert isinstance(together, Together)
    assert together.abreast == 10
    flow.close()
    (call,), found = drive_whole(fetch_leverages(it, [ID], {"x": 1}), account(I, H, long=4))
    assert (call.args[3]["x"], found) == (1, {S: {"symbol": S, "long": 4}})
    assert drive(fetch_leverages(it, (), {})) == ([], {})


@pytest.mark.parametrize("symbols", [S, 5, {"a": 1}, True])
def test_symbols_that_are_no_list(symbols: Any) -> None:
    """A text is no list of symbols."""
    calls, error = drive(fetch_leverages(exchange(), symbols, {}))
    assert (calls, type(error)) == ([], ccxt.BadRequest)
    assert f"symbols {symbols!r} must be a list of symbols" in str(error)


# --- the margin mode ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "mode"), [("cross", X), ("CROSSED", X), ("Isolated", I)])
def test_margin_mode_of_a_classic_account(word: str, mode: str) -> None:
    """One request; the mode is remembered, for the leverage and for the orders that follow."""
    it = exchange()
    (call,), answer = drive_whole(set_margin_mode(it, word, S, {"x": 1}), ok({"marginMode": mode}))
    path, _, method, fields = call.args
    assert (method, path) == ("POST", f"v2/mix/account/{MODE}")
    assert fields == {"x": 1, "symbol": ID, "marginCoin": "USDT", "productType": KIND, "marginMode": mode}
    assert (call.repeat, call.budget) == (10.0, None)
    assert answer == ok({"marginMode": mode})
    memory = it._memory
    assert (memory.margins, memory.declared, memory.traded) == ({KEY: mode}, {KEY: mode}, {KEY: (mode,)})


@pytest.mark.parametrize("uta", [False, True])
@pytest.mark.parametrize(
    ("set_for", "word", "left"),
    [((I,), "cross", I), ((X,), "isolated", X), ((I,), "isolated", ""), ((I, X), "isolated", ""), ((), "cross", "")],
)
def test_the_leverage_of_the_other_margin_mode(uta: bool, set_for: Any, word: str, left: str, caplog: Any) -> None:
    """Who has set it, and none for the mode that orders are in from now on, is told what to call."""
    it, mode = exchange(uta=uta), {"cross": X}.get(word, word)
    it._memory.traded.update({KEY: set_for} if set_for else {(KIND, "ETHUSDT"): (I,)})
    drive(set_margin_mode(it, word, S, {}), settings() if uta else ok({"marginMode": mode}))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == (
        [
            (
                "WARNING",
                f"{S}: orders are in {mode} margin from now on, and Bitget keeps a leverage for each margin mode: what "
                f"was set for {left} margin does not count there; call set_leverage() after set_margin_mode()",
            )
        ]
        if left
        else []
    )
    assert it._memory.traded[KEY] == (mode,)


def test_a_margin_mode_whose_answer_is_lost() -> None:
    """It may have been switched or not: what was remembered of this contract counts no more, what was chosen does."""
    it, other = exchange(), (KIND, "ETHUSDT")
    it._memory.margins.update({KEY: X, other: X})
    it._memory.chose(SimpleNamespace(key=KEY), X)
    _, error = drive(set_margin_mode(it, "isolated", S, {}), ccxt.RequestTimeout("x"))
    assert type(error) is ccxt.RequestTimeout
    assert (it._memory.margins, it._memory.declared, it._memory.traded) == ({other: X}, {}, {KEY: (X,)})


def test_the_deadline_of_the_options() -> None:
    """The companions wait as long as a leverage does."""
    it = exchange(deadline=3)
    (call,), _ = drive_whole(set_margin_mode(it, "cross", S, {}), ok())
    assert call.repeat == 3.0
    for uta in (False, True):
        it = exchange(uta=uta, loaded=False, deadline=3)
        calls, _ = drive_whole(set_position_mode(it, True, S, {}), loading(it), ok())
        assert [(call.repeat, call.budget) for call in calls] == [(3.0, None)] * 2
    it = exchange(uta=True, deadline=3)
    calls, _ = drive_whole(fetch_leverages(it, None, {}), settings(row(I, "7")))
    assert calls[0].repeat == 3.0
    (call,), _ = drive_whole(fetch_leverage(exchange(deadline=0), S, {}), account(X, O))
    assert call.repeat == 0.0


def test_a_margin_mode_that_is_not_applied() -> None:
    """Acknowledged, and the reply says otherwise: an error, and nothing is remembered."""
    it = exchange()
    calls, error = drive(set_margin_mode(it, "isolated", S, {}), ok({"marginMode": X}))
    assert calls == [("POST", MODE, {"marginMode": I})]
    assert type(error) is LeverageNotApplied
    assert f"{S}: asked for isolated margin, in force: crossed" in str(error)
    assert (it._memory.margins, it._memory.declared, it._memory.traded) == ({}, {}, {})


@pytest.mark.parametrize("code", ["45117", "40872"])
def test_a_locked_margin_mode(code: str) -> None:
    """Success where the account is in it already, which one read tells; else the refusal, and what is in force."""
    busy = refusal(code, "Currently holding positions")
    it = exchange()
    calls, answer = drive(set_margin_mode(it, "isolated", S, {"x": 1}), busy, account(I, H))
    assert calls == [("POST", MODE, {"x": 1, "marginMode": I}), ("GET", "account", {"x": 1})]
    assert answer == account(I, H)
    assert (it._memory.margins, it._memory.traded) == ({KEY: I}, {KEY: (I,)})
    it = exchange()
    _, error = drive(set_margin_mode(it, "cross", S, {}), busy, account(I, H))
    assert type(error) is ccxt.OperationRejected
    assert f"{S} stays in isolated, hedge" in str(error)
    assert code in str(error)
    assert error.__cause__ is busy
    assert it._memory.declared == {}


def test_another_refusal_of_a_margin_mode() -> None:
    """In its class, with nothing read."""
    calls, error = drive(set_margin_mode(exchange(), "isolated", S, {}), refusal("40309", "symbol removed"))
    assert (len(calls), type(error)) == (1, ccxt.BadSymbol)


def test_margin_mode_of_a_unified_account() -> None:
    """A declaration, and one read, which shows an account that has become a classic one."""
    it = exchange(uta=True)
    calls, answer = drive(set_margin_mode(it, "isolated", S, {}), settings())
    assert calls == [SETTINGS]
    assert answer == {
        "code": "00000",
        "msg": "success",
        "requestTime": 1700000000000,
        "data": {"symbol": ID, "marginMode": I},
    }
    assert (it._memory.declared, it._memory.traded) == ({KEY: I}, {KEY: (I,)})
    classic = refusal("40084", "You are in Classic Account mode")
    calls, answer = drive(set_margin_mode(it, "cross", S, {}), classic, ok({"marginMode": X}))
    assert calls == [SETTINGS, ("POST", MODE, {"marginMode": X})]
    assert (it._memory.declared, it._memory.margins) == ({KEY: X}, {KEY: X})


@pytest.mark.parametrize("before", [None, X])
def test_a_declaration_that_could_not_be_checked(before: str | None) -> None:
    """While the account is read it holds already, for who sets at the same time; a fault takes it back."""
    it = exchange(uta=True)
    if before:
        it._memory.declared[KEY] = before
    during: list[Any] = []

    def fail() -> None:
        during.append(it._memory.declared.get(KEY))
        raise ccxt.RequestTimeout("x")

    _, error = drive(set_margin_mode(it, "isolated", S, {}), fail)
    assert type(error) is ccxt.RequestTimeout
    assert (during, it._memory.declared.get(KEY), it._memory.traded) == ([I], before, {})

    def fail_together() -> None:
        it._memory.declared.clear()  # what another call that failed as well took back
        raise ccxt.RequestTimeout("x")

    _, error = drive(set_margin_mode(it, "isolated", S, {}), fail_together)
    assert type(error) is ccxt.RequestTimeout


@pytest.mark.parametrize(
    ("mode", "symbol", "error", "text"),
    [
        ("portfolio", S, ccxt.BadRequest, "'cross' or 'isolated'"),
        ("both", S, ccxt.BadRequest, "'cross' or 'isolated'"),
        ("cross", None, ccxt.ArgumentsRequired, "setMarginMode() requires a symbol argument, for example 'BTC"),
        ("cross", "BTC/USDT", ccxt.BadSymbol, "did you mean BTC/USDT:USDT?"),
    ],
)
@pytest.mark.parametrize("uta", [False, True])
def test_bad_margin_modes(uta: bool, mode: str, symbol: Any, error: type[Exception], text: str) -> None:
    """Refused before anything is sent, on both account types."""
    calls, raised = drive(set_margin_mode(exchange(uta=uta), mode, symbol, {}))
    assert (calls, type(raised)) == ([], error)
    assert text in str(raised)


# --- the position mode -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hedged", "mode"), [(True, H), (False, O)])
def test_position_mode(hedged: bool, mode: str) -> None:
    """A request a product type on a classic account, one for all on a unified one; remembered."""
    it = exchange()
    (call,), answer = drive_whole(set_position_mode(it, hedged, None, {"x": 1}), ok())
    path, _, method, fields = call.args
    assert (method, path) == ("POST", "v2/mix/account/set-position-mode")
    assert fields == {"x": 1, "posMode": mode, "productType": KIND}
    assert (answer, it._memory.positions) == (ok(), {KIND: mode})
    it = exchange(uta=True)
    (call,), answer = drive_whole(set_position_mode(it, hedged, S, {"x": 1}), ok())
    path, _, method, fields = call.args
    assert (method, path, fields) == ("POST", "v3/account/set-hold-mode", {"x": 1, "holdMode": mode})
    assert (answer, it._memory.positions, call.repeat) == (ok(), {UNIFIED: mode}, 10.0)


@pytest.mark.parametrize(("uta", "left"), [(False, {UNIFIED: O, "x": O}), (True, {KIND: O, "x": O})])
def test_a_position_mode_whose_answer_is_lost(uta: bool, left: Any) -> None:
    """It may have been switched or not: what was remembered of it counts no more, and nothing else is forgotten."""
    it = exchange(uta=uta)
    it._memory.positions.update({KIND: O, UNIFIED: O, "x": O})
    _, error = drive(set_position_mode(it, True, None, {}), ccxt.RequestTimeout("x"))
    assert type(error) is ccxt.RequestTimeout
    assert it._memory.positions == left


@pytest.mark.parametrize(
    ("symbol", "params", "kind"),
    [
        (S, {}, KIND),
        (None, {"productType": "coin-futures"}, "COIN-FUTURES"),
        (S, {"productType": "umcbl"}, KIND),
        (None, {"productType": "susdt-futures"}, "SUSDT-FUTURES"),
    ],
)
def test_position_mode_of_which_products(symbol: Any, params: dict[str, Any], kind: str) -> None:
    """The symbol's, else the one that is named, else ccxt's default."""
    it = exchange()
    (call,), _ = drive_whole(set_position_mode(it, True, symbol, params), ok())
    assert call.args[3] == {"posMode": H, "productType": kind}
    assert it._memory.positions == {kind: H}


def test_position_mode_of_a_symbol_that_is_none_of_the_product_type() -> None:
    """Refused before anything is sent, as in set_leverage."""
    for symbol, params, error in ((S, {"productType": "coin-futures"}, ccxt.BadRequest), ("NOPE", {}, ccxt.BadSymbol)):
        calls, raised = drive(set_position_mode(exchange(), True, symbol, params))
        assert (calls, type(raised)) == ([], error)


@pytest.mark.parametrize("uta", [False, True])
def test_the_callers_word_on_the_account(uta: bool) -> None:
    """No probe, neither for the markets nor for the request; and the exchange's contradiction is final."""
    it = exchange(uta=None, loaded=False)
    end = "set-hold-mode" if uta else "set-position-mode"
    calls, _ = drive(set_position_mode(it, True, S, {"uta": uta}), loading(it), ok())
    assert [call if call == "load_markets" else call[1] for call in calls] == ["load_markets", end]
    wrong = refusal("40084" if uta else "40085", "You are in another account mode")
    calls, error = drive(set_position_mode(it, True, S, {"uta": uta}), wrong)
    assert (len(calls), error) == (1, wrong)


def test_position_mode_of_s_products() -> None:
    """No probe: they exist on classic accounts only, and a unified one is told so."""
    calls, _ = drive(set_position_mode(exchange(uta=None), True, None, {"productType": "SUSDT-FUTURES"}), ok())
    assert [call[1] for call in calls] == ["set-position-mode"]
    calls, error = drive(
        set_position_mode(exchange(uta=True), True, None, {"productType": "SUSDT-FUTURES"}), settings()
    )
    assert (calls, type(error)) == ([SETTINGS], ccxt.NotSupported)
    assert "SUSDT-FUTURES is an S-coin demo product" in str(error)
    it, name = exchange(uta=True), "SBTC/SUSDT:SUSDT"
    it.markets = {name: {**it.markets[S], "symbol": name, "id": "SBTCSUSDT", "quoteId": "SUSDT", "settleId": "SUSDT"}}
    calls, error = drive(set_position_mode(it, True, name, {}), settings())
    assert (calls, type(error)) == ([SETTINGS], ccxt.NotSupported)
    assert f"{name} is an S-coin demo product" in str(error)
    calls, _ = drive(set_position_mode(exchange(uta=None), True, None, {}), settings(), ok())
    assert [call[1] for call in calls] == ["settings", "set-hold-mode"]


@pytest.mark.parametrize("uta", [False, True])
@pytest.mark.parametrize("code", ["40920", "25107"])
def test_a_locked_position_mode(uta: bool, code: str) -> None:
    """Success where the account is in it already, also on an object that knows nothing; else the refusal."""
    busy = refusal(code, "Position or order exists")
    read = settings(hold=H) if uta else account(X, H)
    it = exchange(uta=uta)
    calls, answer = drive(set_position_mode(it, True, None, {}), busy, read)
    assert calls[1:] == [SETTINGS if uta else READ]
    assert answer == read
    assert it._memory.positions == {UNIFIED if uta else KIND: H}
    it = exchange(uta=uta)
    calls, error = drive(set_position_mode(it, False, None, {}), busy, read)
    assert type(error) is ccxt.OperationRejected
    assert error.__cause__ is busy
    assert it._memory.positions == {UNIFIED if uta else KIND: H}


def test_a_locked_position_mode_that_nobody_tells() -> None:
    """No contract of the product type is listed, so nothing is read; the refusal stands."""
    calls, error = drive(set_position_mode(exchange(), True, None, {"productType": "USDC-FUTURES"}), OPEN)
    assert (len(calls), type(error)) == (1, ccxt.OperationRejected)


@pytest.mark.parametrize(
    ("uta", "kind", "loads"), [(False, KIND, ()), (True, KIND, ()), (False, "SUSDT-FUTURES", (False, {"uta": False}))]
)
def test_a_locked_position_mode_with_the_markets_not_loaded(uta: bool, kind: str, loads: Any) -> None:
    """They are loaded to find a contract to read it through, as that product type wants it."""
    it = exchange(uta=uta, loaded=False, deadline=3)

    def load() -> None:
        quote = kind.split("-")[0]
        it.markets = {S: {**exchange().markets[S], "quoteId": quote, "settleId": quote}}

    answers = (OPEN, load, settings(hold=H) if uta else account(X, H))
    calls, answer = drive_whole(set_position_mode(it, True, None, {"productType": kind}), *answers)
    assert [asked(call)[1] if call.method == "request" else call.args for call in calls][1:] == (
        [loads, "settings" if uta else "account"]
    )
    assert [call.repeat for call in calls] == [3.0] * 3
    assert answer == answers[-1]


@pytest.mark.parametrize(("uta", "right"), [(False, "cpow"), (True, "uta_mgt")])
def test_another_refusal_of_a_position_mode(uta: bool, right: str) -> None:
    """In its class, with the way out of this kind of account."""
    no = refusal("40014", "Incorrect permissions")
    calls, error = drive(set_position_mode(exchange(uta=uta), True, None, {}), no)
    assert (len(calls), type(error)) == (1, ccxt.PermissionDenied)
    assert right in str(error)


@pytest.mark.parametrize("hedged", [None, 1, 0, "yes", "True"])
def test_no_position_mode(hedged: Any) -> None:
    """True or False, and nothing that only looks like it."""
    calls, error = drive(set_position_mode(exchange(), hedged, None, {}))
    assert (calls, type(error)) == ([], ccxt.BadRequest)
    assert f"hedged {hedged!r} is not a bool" in str(error)


def test_what_the_companions_learn_spares_the_leverage_its_read() -> None:
    """Mode, mode, leverage: three requests on a cold object."""
    it = exchange()
    drive(set_position_mode(it, True, S, {}), ok())
    drive(set_margin_mode(it, "isolated", S, {}), ok())
    calls, result = drive(set_leverage(it, 7, S, {"holdSide": "short"}), reply(I, short=7))
    assert calls == [("POST", "set-leverage", {"leverage": "7", "holdSide": "short"})]
    assert result["shortLeverage"] == 7


def test_a_switch_of_the_margin_mode_takes_its_turn() -> None:
    """A program that starts both together sets the leverage of one margin mode, not of the one that is being left."""
    it = exchange()
    first, second = (next(flow) for flow in (set_margin_mode(it, "isolated", S, {}), set_leverage(it, 10, S, {})))
    assert isinstance(first, Alone)
    assert isinstance(second, Alone)
    assert first.key == second.key
