"""set_leverages, driven by hand: what one batch reads, sends and reports."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ccxt
import pytest
from by_hand import (
    LONG,
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
    row,
)
from by_hand import settings as read

from bitget_leverage_ext.drive import Together
from bitget_leverage_ext.flows.many import set_leverages

E, X = "ETH/USDT:USDT", "XRP/USDT:USDT"
CROSSED = reply("crossed", cross=10)


def several(*names: str, uta: bool | None = False, **options: Any) -> Any:
    """An object that knows these coins, on an account in one-way mode."""
    it = exchange(uta=uta, **options)
    for name in names:
        market = {**MARKET, "symbol": f"{name}/USDT:USDT", "id": f"{name}USDT", "baseId": name}
        it.markets = {**it.markets, market["symbol"]: market}
        it.markets_by_id[market["id"]] = [market]
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"
    return it


def test_every_symbol_and_what_it_met() -> None:
    """In the order of the mapping, each with its result or its error; one bad symbol costs only itself."""
    told: list[Any] = []
    wanted = {S: 10, "NOPE": 5, X: 200, E: {"leverage": 7, "marginMode": "cross"}, 5: 1}
    it = several("ETH", "XRP")
    calls, outcomes = drive(
        set_leverages(it, wanted, {"x": 1}, lambda *each: told.append(each)), CROSSED, reply("crossed", cross=7)
    )
    assert calls == [("POST", "set-leverage", {"x": 1, "leverage": figure}) for figure in ("10", "7")]
    assert list(outcomes) == list(wanted)
    assert [outcomes[symbol]["longLeverage"] for symbol in (S, E)] == [10, 7]
    assert [type(outcomes[symbol]) for symbol in ("NOPE", X, 5)] == [ccxt.BadSymbol, ccxt.BadRequest, ccxt.BadSymbol]
    assert told == [(place, 5, symbol, outcomes[symbol]) for place, symbol in enumerate(wanted, 1)]


def test_the_mapping_is_copied_when_the_call_begins() -> None:
    """What the caller does with his own mapping, and with what is in it, changes nothing of the batch."""
    wanted: dict[str, Any] = {S: {"leverage": 10}, E: 7}
    flow = set_leverages(several("ETH"), wanted, {}, None)
    together = next(flow)
    assert isinstance(together, Together)
    wanted[S]["leverage"] = 99
    wanted.clear()
    parts = together.flows
    calls, _ = drive(parts[0], CROSSED)
    assert calls == [WRITE]
    calls, _ = drive(parts[1], reply("crossed", cross=7))
    assert calls == [("POST", "set-leverage", {"leverage": "7"})]
    flow.close()


@pytest.mark.parametrize(("uta", "abreast"), [(False, 5), (True, 10)])
def test_as_many_abreast_as_the_budget_has(uta: bool, abreast: int) -> None:
    """More could not be sent in a second."""
    flow = set_leverages(several(uta=uta), {S: 10}, {}, None)
    assert next(flow).abreast == abreast
    flow.close()


@pytest.mark.parametrize(("uta", "abreast"), [(False, 10), (True, 5)])
def test_the_callers_word_on_the_account(uta: bool, abreast: int) -> None:
    """params['uta'], else that of the method in the options."""
    flow = set_leverages(several(uta=uta), {S: 10}, {"uta": not uta}, None)
    assert next(flow).abreast == abreast
    flow.close()
    it = several(uta=uta)
    it.options["setLeverage"]["uta"] = not uta
    flow = set_leverages(it, {S: 10}, {}, None)
    assert next(flow).abreast == abreast
    flow.close()


def test_a_batch_of_a_cold_object() -> None:
    """The probe comes before the markets, and is the batch's one read; the caller's word spares it."""
    it = several(uta=None)
    it.markets, markets = None, it.markets

    def load() -> None:
        it.markets = markets

    params = {"skipUnchanged": True, "marginMode": "cross"}
    calls, _ = drive(set_leverages(it, {S: 10}, params, None), read(row("crossed", "10")), load)
    assert calls == [SETTINGS, "load_markets"]
    it.markets, it.options["uta"] = None, None
    calls, _ = drive(set_leverages(it, {S: 10}, {"uta": False, "marginMode": "cross"}, None), load, CROSSED)
    assert calls == ["load_markets", WRITE]


def test_the_probe_is_a_reading_of_the_batch() -> None:
    """A unified account whose type was not known: one read in all, also where each symbol needs the settings."""
    it = several("ETH", uta=None)
    del it._memory.positions["USDT-FUTURES"]
    calls, outcomes = drive(
        set_leverages(it, {S: 10, E: 10}, {"skipUnchanged": True}, None), read(row("crossed", "10")), ok()
    )
    assert calls == [SETTINGS, ("POST", "set-leverage", {"marginMode": "crossed", "leverage": "10"})]
    assert [outcome["longLeverage"] for outcome in outcomes.values()] == [10, 10]


def test_one_read_a_product_type() -> None:
    """On a one-way account the first symbol's read tells enough for all."""
    it = several("ETH")
    del it._memory.positions["USDT-FUTURES"]
    calls, _ = drive(set_leverages(it, {S: 10, E: 10}, {}, None), account("crossed", "one_way_mode"), CROSSED, CROSSED)
    assert calls == [READ, WRITE, WRITE]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({S: 10, "BTCUSDT": 11}, f"'{S}' and 'BTCUSDT' name one contract; give it once"),
        ({"BTCUSDT": 10, E: 5, S: 11}, f"'BTCUSDT' and '{S}' name one contract"),
        ({"NOPE": 1, S: 10, "BTCUSDT": 11}, f"'{S}' and 'BTCUSDT' name one contract"),
    ],
)
def test_two_names_of_one_contract(wanted: Any, text: str) -> None:
    """Both would be reported in force; refused before anything is sent."""
    calls, error = drive(set_leverages(several("ETH"), wanted, {}, None))
    assert (calls, type(error)) == ([], ccxt.BadRequest)
    assert text in str(error)


@pytest.mark.parametrize(
    ("leverages", "params", "text"),
    [
        (None, {}, "leverages must map symbols to leverages, not be NoneType"),
        ([S], {}, "leverages must map symbols to leverages, not be list"),
        ({S: 1}, None, "params must be a dict, not None"),
        ({S: 1}, [], "params must be a dict, not []"),
        ({}, [], "params must be a dict"),
    ],
)
def test_no_mapping(leverages: Any, params: Any, text: str) -> None:
    """What is none is refused before anything is sent."""
    calls, error = drive(set_leverages(several(), leverages, params, None))
    assert (calls, type(error)) == ([], ccxt.BadRequest)
    assert text in str(error)


def test_nothing_to_do() -> None:
    """Nothing asked, nothing sent, not even for the markets."""
    assert drive(set_leverages(exchange(uta=None, loaded=False), {}, {}, None)) == ([], {})


def test_params_are_never_changed() -> None:
    """Neither those of the call nor those of a symbol; the symbol's own go before the call's."""
    params, own = {"holdSide": "short", "uta": False}, {"leverage": 10, "side": "long"}
    it = several(uta=None)
    flow = set_leverages(it, {S: own}, params, None)
    calls, outcomes = drive(flow, account("isolated", "hedge_mode"), reply("isolated", long=10))
    assert calls == [READ, LONG]
    assert (params, own) == ({"holdSide": "short", "uta": False}, {"leverage": 10, "side": "long"})
    assert outcomes[S]["longLeverage"] == 10


def test_a_word_that_means_nothing_costs_its_own_symbol() -> None:
    """The others are set."""
    calls, outcomes = drive(set_leverages(several("ETH"), {S: {"lev": 3}, E: 10}, {}, None), CROSSED)
    assert calls == [WRITE]
    assert type(outcomes[S]) is ccxt.BadRequest
    assert "'lev' has no meaning" in str(outcomes[S])


def test_somebodys_own_set_leverage_is_what_is_called() -> None:
    """A subclass's override sees each symbol, with the words of the entry as params."""

    class Override(SimpleNamespace):
        def set_leverage(self) -> None: ...

    it = several()
    it.__class__ = Override
    calls, outcomes = drive_whole(set_leverages(it, {S: {"long": 7}}, {"x": 1}, None), {"mine": True})
    assert [(call.method, call.args) for call in calls] == [("set_leverage", (None, S, {"x": 1, "longLeverage": 7}))]
    assert outcomes == {S: {"mine": True}}


def test_the_deadline_of_a_batch() -> None:
    """A minute a symbol, which may share its writes with other processes; the option says otherwise."""
    for options, repeat in (({}, 60.0), ({"deadline": 2}, 2.0)):
        (call,), _ = drive_whole(set_leverages(several(**options), {S: 10}, {}, None), CROSSED)
        assert call.repeat == repeat
    it = several()
    it.markets, markets = {}, it.markets

    def load() -> None:
        it.markets = markets

    calls, _ = drive_whole(set_leverages(it, {S: 10}, {}, None), load, CROSSED)
    assert (calls[0].method, calls[0].repeat) == ("load_markets", 60.0)


def coins(count: int) -> tuple[Any, dict[str, int]]:
    names = [f"C{number}" for number in range(count)]
    return several(*names), {f"{name}/USDT:USDT": 10 for name in names}


def test_an_exchange_that_is_down_is_not_asked_for_every_symbol() -> None:
    """Three deadlines one after the other, and the rest is reported as not attempted."""
    it, wanted = coins(5)
    told: list[Any] = []
    down = [ccxt.RequestTimeout("x") for _ in range(3)]
    calls, outcomes = drive(set_leverages(it, wanted, {}, lambda *each: told.append(each[0])), *down)
    assert calls == [WRITE] * 3
    errors = list(outcomes.values())
    assert errors[:3] == down
    for error in errors[3:]:
        assert type(error) is ccxt.NetworkError
        assert "not attempted, nothing was sent: 3 symbols before it ran into their deadlines" in str(error)
        assert error.not_attempted is True
    assert told == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("between", [CROSSED, refusal("40797", "too high")])
def test_an_exchange_that_answers_in_between_is_not_down(between: Any) -> None:
    """Only deadlines in a row count; a refusal is an answer."""
    it, wanted = coins(6)
    down = [ccxt.RequestTimeout("x") for _ in range(5)]
    calls, outcomes = drive(set_leverages(it, wanted, {}, None), *down[:2], between, *down[2:])
    assert calls == [WRITE] * 6
    assert not any(getattr(outcome, "not_attempted", False) for outcome in outcomes.values())


def test_a_progress_that_raises_spoils_nothing(caplog: Any) -> None:
    """The caller's own display is no reason to stop half-way."""

    def progress(*_: Any) -> None:
        raise KeyError

    calls, outcomes = drive(set_leverages(several("ETH"), {S: 10, E: 10}, {}, progress), CROSSED, CROSSED)
    assert calls == [WRITE] * 2
    assert outcomes[S]["longLeverage"] == outcomes[E]["longLeverage"] == 10
    assert "progress raised; the leverages are set all the same" in caplog.text


def drive_to_together(flow: Any, load: Any) -> Any:
    """The step of *flow* after it has loaded the markets."""
    next(flow)
    load()
    step = flow.send(None)
    flow.close()
    return step


def test_a_batch_of_s_products_only() -> None:
    """No probe, and the markets are loaded as a classic account's; an ordinary symbol beside them changes that."""
    name = "SBTC/SUSDT:SUSDT"
    demo = {**MARKET, "symbol": name, "id": "SBTCSUSDT", "baseId": "SBTC", "quoteId": "SUSDT", "settleId": "SUSDT"}
    it = exchange(uta=None, loaded=False)

    def load() -> None:
        it.markets = {name: demo, S: MARKET}

    flow = set_leverages(it, {name: 10}, {"marginMode": "cross"}, None)
    together = drive_to_together(flow, load)
    assert together.abreast == 5, "a classic account's budget"
    it.markets = None
    flow = set_leverages(it, {name: 10}, {"marginMode": "cross"}, None)
    calls, outcomes = drive_whole(flow, load, CROSSED)
    assert calls[0].args == (False, {"uta": False})
    assert outcomes[name]["longLeverage"] == 10
    assert it.options["uta"] is None
    it.markets = None
    flow = set_leverages(it, {name: 10, S: 10}, {"marginMode": "cross"}, None)
    calls, outcomes = drive_whole(flow, refusal("40084", "classic"), load, CROSSED, CROSSED)
    assert [call.method for call in calls] == ["request", "load_markets", "request", "request"]
    assert calls[1].args == ()


@pytest.mark.parametrize("error", [ccxt.RequestTimeout("x"), refusal("40014", "no")])
def test_no_beginning(error: Any) -> None:
    """Where the account type cannot be known, nothing is begun."""
    calls, raised = drive(set_leverages(several(uta=None), {S: 10}, {}, None), error)
    assert calls == [SETTINGS]
    assert type(raised) in (ccxt.RequestTimeout, ccxt.PermissionDenied)
