"""Orders are ccxt's own, byte for byte, except for `marginMode` of futures orders once something was set."""

from __future__ import annotations

import itertools
import json
import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from offline import COIN, DELIVERY, LIMIT, MARKET, SPOT, STOCK, STOP, SWAP, Offline, row

# What ccxt's documentation of create_order knows, https://docs.ccxt.com/#/exchanges/bitget?id=createorder
KINDS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (LIMIT, {}),
    (MARKET, {}),
    (LIMIT, {"postOnly": True}),
    (LIMIT, {"timeInForce": "IOC"}),
    (LIMIT, {"timeInForce": "FOK", "clientOrderId": "mine"}),
    (LIMIT, {"clientOid": "mine"}),
    (MARKET, {"reduceOnly": True}),
    (MARKET, {"reduceOnly": True, "hedged": True}),
    (LIMIT, {"hedged": True}),
    (LIMIT, {"oneWayMode": True}),
    (MARKET, {"tradeSide": "close"}),
    (MARKET, {"posSide": "long"}),
    (LIMIT, STOP),
    (MARKET, STOP),
    (MARKET, {**STOP, "reduceOnly": True}),
    (MARKET, {**STOP, "stopLoss": {"triggerPrice": 70000, "price": 69000}, "takeProfit": {"triggerPrice": 110000}}),
    (MARKET, {"stopLossPrice": 80000}),
    (MARKET, {"takeProfitPrice": 120000, "hedged": True}),
    (LIMIT, {"stopLossPrice": 80000, "reduceOnly": True}),
    (LIMIT, {"stopLoss": {"triggerPrice": 80000}, "takeProfit": {"triggerPrice": 120000, "price": 121000}}),
    (("market", "sell", 0.1, 100000), {"trailingPercent": "1", "trailingTriggerPrice": 101000}),
    (("market", "sell", 0.1, 100000), {"trailingPercent": "1", "reduceOnly": True}),
    (("market", "buy", 0.1, 90000), {"cost": 100}),
    (LIMIT, {"marginMode": "isolated"}),
    (LIMIT, {"marginMode": "cross"}),
    (LIMIT, {"marginMode": "moon"}),
    (LIMIT, {"defaultMarginMode": "isolated", "anything": "else"}),
    (MARKET, {"productType": "USDT-FUTURES"}),
    (("limit", "buy", 0.1, None), {}),
    (("limit", None, 0.1, 90000), {}),
]


BATCHES: list[list[dict[str, Any]]] = [
    [row(*LIMIT), row(*MARKET)],
    [row(*LIMIT, clientOrderId="a"), row(*MARKET, reduceOnly=True, clientOrderId="b")],
    [row(*MARKET, reduceOnly=True, hedged=True)],
    [row(*LIMIT, marginMode="isolated"), row(*LIMIT, marginMode="isolated")],
    [row(*LIMIT, marginMode="isolated"), row(*LIMIT, marginMode="cross")],
    [row(*LIMIT, symbol=SPOT), row(*LIMIT, symbol=SPOT)],
    [row(*LIMIT, symbol=SPOT, marginMode="isolated")],
    [row(*LIMIT, symbol=SPOT, marginMode="cross"), row(*LIMIT, symbol=SPOT, marginMode="crossed")],
    [row(*LIMIT), row(*LIMIT, symbol=COIN)],
    [row(*LIMIT, symbol=COIN), row(*MARKET, symbol=COIN)],
    [],
]
SINGLES = [
    ("create_order", (symbol, *order, *(None,) * (4 - len(order)), params))
    for symbol, (order, params) in itertools.product((SPOT, SWAP, COIN, DELIVERY), KINDS)
]
OTHERS = [
    ("edit_order", ("1", SWAP, "limit", "buy", 0.1, 90000, {})),
    ("edit_order", ("1", SWAP, "limit", "buy", 0.1, 90000, {"stopLossPrice": 80000})),
    ("close_position", (SWAP, "long")),
    ("close_all_positions", ({"productType": "USDT-FUTURES"},)),
    ("cancel_order", ("1", SWAP)),
    ("create_market_buy_order_with_cost", (SPOT, 100)),
    ("create_stop_loss_order", (SWAP, "market", "sell", 0.1, None, 80000)),
    ("create_take_profit_order", (SWAP, "market", "sell", 0.1, None, 120000)),
    ("create_trigger_order", (SWAP, "market", "sell", 0.1, None, 80000)),
    ("create_reduce_only_order", (SWAP, "market", "sell", 0.1)),
    ("create_limit_order", (SPOT, "buy", 0.1, 90000)),
    ("private_mix_post_v2_mix_order_place_order", ({"symbol": "BTCUSDT", "productType": "USDT-FUTURES"},)),
    (
        "private_uta_post_v3_trade_place_order",
        ({"symbol": "BTCUSDT", "category": "USDT-FUTURES", "marginMode": "cross"},),
    ),
    ("private_uta_post_v3_trade_place_strategy_order", ({"category": "USDT-FUTURES", "marginMode": "isolated"},)),
]
# The requests with a field for the margin mode; strategy orders have none in the documentation, but Bitget reads it.
WITH_MARGIN_MODE = {
    "v2/mix/order/place-order", "v2/mix/order/place-plan-order", "v2/mix/order/batch-place-order",
    "v3/trade/place-order", "v3/trade/place-batch", "v3/trade/place-strategy-order",
}  # fmt: skip
CALLS: list[tuple[str, tuple[Any, ...]]] = [*SINGLES, *(("create_orders", (batch,)) for batch in BATCHES), *OTHERS]


@pytest.mark.parametrize("options", [{}, {"defaultMarginMode": "cross"}, {"createOrder": {"marginMode": "isolated"}}])
def test_byte_for_byte(offline: Callable[..., Offline], unified: bool, options: dict[str, Any]) -> None:
    """Where nothing was set through the object, every request and every outcome is ccxt's own.

    Except for what the caller names and ccxt loses: a unified account's options, its bare 'cross', and the options of a
    batch. There it differs in marginMode only. Before an exit that waits for a price the position is read.
    """
    ours, stock = offline(**options), offline(STOCK, **options)
    for name, args in CALLS:
        ours.exchange.apiKey = stock.exchange.apiKey = secrets.token_hex(8)  # an account without earlier orders
        mine, theirs = without_position_read(ours(name, *args)), stock(name, *args)
        if mine != theirs:
            assert options or (unified and "arginMode" in str(args)), (name, args)
            only_modes_differ(mine, theirs)


def without_position_read(sent: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the requests without the read of the position before an exit that waits for a price."""
    is_read = sent[0][0].partition("?")[0].endswith(("/position/single-position", "/position/current-position"))
    if is_read:
        *_, order, _ = sent
        assert re.search(r"plan|tpsl|strategy|trigger|trailing", order[0] + order[3])
    return sent[1:] if is_read else sent


def only_modes_differ(mine: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> None:
    """Two sendings of one futures order differ in nothing but its margin mode."""
    assert without_modes(mine) == without_modes(theirs)
    assert mine[0][0].partition("/api/")[2] in WITH_MARGIN_MODE
    assert "-FUTURES" in mine[0][3]


def without_modes(sent: list[tuple[Any, ...]]) -> list[Any]:
    def cleaned(body: Any) -> Any:
        if isinstance(body, list):
            return [cleaned(each) for each in body]
        if isinstance(body, dict):
            return {
                name: cleaned(value) for name, value in body.items() if name not in ("marginMode", "defaultMarginMode")
            }
        return body

    return [(url, cleaned(json.loads(body))) if url != "outcome" else None for url, *_, body in sent]


@pytest.mark.parametrize("mode", ["isolated", "cross"])
def test_only_the_margin_mode_of_futures(offline: Callable[..., Offline], unified: bool, mode: str) -> None:
    """Once a margin mode was chosen, spot and margin orders, closes, edits and raw calls still are ccxt's own."""
    ours, stock = offline(), offline(STOCK)
    for symbol in (SWAP, COIN, DELIVERY):
        assert ours("set_margin_mode", mode, symbol)[-1][1]["code"] == "00000"
    changed = 0
    for name, args in CALLS:
        mine, theirs = without_position_read(ours(name, *args)), stock(name, *args)
        if mine != theirs:
            changed += 1
            only_modes_differ(mine, theirs)
    assert changed or (mode == "cross" and not unified)  # which is what ccxt writes on classic accounts anyway
