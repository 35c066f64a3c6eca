"""Bitget's list of markets has odd rows: each costs its own contract, and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest
from world import SYMBOL as S
from world import World, warnings

ODD = "ETHUSDT"
# one row of each kind; tests/unit/test_market_rows.py has every field
ROWS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "empty baseCoin": lambda row: {**row, "baseCoin": ""},
    "missing symbol": lambda row: {name: value for name, value in row.items() if name != "symbol"},
    "a duplicate id": lambda row: {**row, "symbol": "BTCUSDT", "baseCoin": "BTC"},
    "no object": lambda row: None,
}


def _with_row(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any, Any], Any]:
    def changed(reply: Any, params: Any) -> Any:
        rows = reply["data"]
        if "USDT-FUTURES" in (params.get("productType"), params.get("category")):
            reply["data"] = [change(row) if row.get("symbol") == ODD else row for row in rows]
        return reply

    return changed


def _world(client: str, unified: bool, change: Callable[[Any, Any], Any]) -> World:
    world = World(client, unified=unified)
    world.replies = {"contracts": change, "instruments": change}
    return world


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
@pytest.mark.parametrize("row", ROWS)
def test_an_odd_row_disturbs_no_other_contract(row: str, unified: bool) -> None:
    """The leverage of every other contract can be set, at once and with no request more."""
    world = _world("sync", unified, _with_row(ROWS[row]))
    with world.running(), warnings() as texts:
        bot, began = world.connect(cold=True), world.clock.now
        assert bot.set_leverage(7, S)["longLeverage"] == 7
        bot.set_leverage(7, "XRP/USDT:USDT")
        assert world.clock.now - began < 0.1
    assert len(world.log) < 25
    assert len(texts) <= 1
    assert row != "empty baseCoin" or [ODD in text for text in texts] == [True]


@pytest.mark.parametrize("client", ["sync", "async", "pro"])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_load_markets_names_the_odd_row_once(client: str, unified: bool) -> None:
    """A program that never sets a leverage loads its markets too, and is told which contract is missing."""
    world = _world(client, unified, _with_row(ROWS["empty baseCoin"]))
    with world.running(), warnings() as texts:
        bot = world.connect(cold=True)
        assert S in world.run(bot.load_markets())
        world.run(bot.load_markets(True))
    assert [ODD in text for text in texts] == [True]


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_an_empty_list_for_one_product_is_no_error(unified: bool) -> None:
    """Classic coin-margined contracts are gone since September 2026: their list is empty."""

    def emptied(reply: Any, params: Any) -> Any:
        named = str(params.get("productType") or params.get("category")).upper()
        return {**reply, "data": []} if named == "COIN-FUTURES" else reply

    world = _world("sync", unified, emptied)
    with world.running(), warnings() as texts:
        assert world.connect(cold=True).set_leverage(7, S)["longLeverage"] == 7
    assert not texts


def test_a_list_that_is_no_list_is_a_clear_error_at_once() -> None:
    """It is no fault of the network, and not repeated until the deadline."""
    world = _world("sync", False, lambda reply, params: {**reply, "data": "none"})
    with world.running():
        bot, began = world.connect(cold=True), world.clock.now
        with pytest.raises(ccxt.BaseError):
            bot.set_leverage(7, S)
        assert world.clock.now - began < 0.1
    assert len(world.log) < 25


@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
def test_a_new_product_is_left_out(unified: bool) -> None:
    """A row of a kind that nobody knows yet stands in the list of a known product."""

    def more(reply: Any, params: Any) -> Any:
        if isinstance(reply["data"], list) and reply["data"]:
            reply["data"].append({"symbol": "XAUEUR", "category": "EUR-FUTURES", "baseCoin": "XAU", "quoteCoin": "EUR"})
        return reply

    world = _world("sync", unified, more)
    with world.running():
        assert world.connect(cold=True).set_leverage(7, S)["longLeverage"] == 7
