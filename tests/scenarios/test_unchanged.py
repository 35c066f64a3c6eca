"""Programs that never set a leverage nor a margin mode send ccxt's own requests, byte for byte."""

from __future__ import annotations

import json
from typing import Any

import ccxt
import pytest
from world import SYMBOL as S
from world import World, markets

import bitget_leverage_ext

PROGRAMS = {
    "open and close": [("market", "buy", 0.01, None, {}), ("market", "sell", 0.01, None, {"reduceOnly": True})],
    "limit orders": [("limit", "buy", 0.01, 150_000, {}), ("limit", "sell", 0.01, 50_000, {"reduceOnly": True})],
    "open and stop": [
        ("market", "buy", 0.01, None, {}),
        ("market", "sell", 0.01, None, {"stopLossPrice": 50_000, "reduceOnly": True}),
    ],
    "without reduceOnly": [("market", "buy", 0.01, None, {}), ("market", "sell", 0.02, None, {})],
    "attached stop": [("market", "buy", 0.01, None, {"stopLoss": {"triggerPrice": 50_000}})],
}


def _requests(cls: Any, unified: bool, hedge: bool, orders: list[Any]) -> list[tuple[str, str, str]]:
    world = World(unified=unified, hedge=hedge)
    with world.running():
        key = {"apiKey": f"key-{world.key}", "secret": world.account.secret, "password": world.account.password}
        exchange = cls({**key, "enableRateLimit": False, "options": {"uta": unified}})
        exchange.milliseconds = world.milliseconds
        vars(exchange).update(markets(unified))
        for *order, params in orders:
            exchange.create_order(S, *order, {**params, **({"hedged": True} if hedge else {})})
            exchange.fetch_positions([S])
    return [(each.method, each.path, json.dumps(each.params)) for each in world.log]


@pytest.mark.parametrize("hedge", [False, True], ids=["one-way", "hedge"])
@pytest.mark.parametrize("unified", [False, True], ids=["classic", "unified"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_orders_and_exits_are_those_of_ccxt(name: str, unified: bool, hedge: bool) -> None:
    """Positions that the object has opened and seen change nothing, where they stand in crossed margin."""
    if name == "without reduceOnly" and hedge:
        pytest.skip("an order of one-way mode")
    ours, stock = (_requests(cls, unified, hedge, PROGRAMS[name]) for cls in (bitget_leverage_ext.bitget, ccxt.bitget))
    assert ours == stock
