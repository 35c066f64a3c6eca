"""Every product type, every cell of the hold-side table, under every answer to an open question of Bitget."""

from __future__ import annotations

import itertools
from dataclasses import fields
from typing import Any, get_args, get_type_hints

import ccxt
import pytest
from world import World, warnings

from bitget_leverage_ext.emulator import Quirks

CLASSIC = {
    "USDT-FUTURES": "ETH/USDT:USDT", "COIN-FUTURES": "BTC/USD:BTC", "USDC-FUTURES": "BTC/USDC:USDC",
    "SUSDT-FUTURES": "SBTC/SUSDT:SUSDT", "SCOIN-FUTURES": "SBTC/SUSD:SBTC", "SUSDC-FUTURES": "SBTC/SUSDC:SUSDC",
}  # fmt: skip
ASKED: dict[str, tuple[Any, dict[str, Any]]] = {
    "no side": (7, {}),
    "one side": (7, {"holdSide": "short"}),
    "both sides": (7, {"holdSide": "both"}),
    "two leverages": (None, {"longLeverage": 7, "shortLeverage": 5}),
}
# the hold-side table: the leverages (long, short) that are in force afterwards, or the error
ONE_LEVERAGE = {"no side": (7, 7), "one side": (7, 7), "both sides": (7, 7), "two leverages": ccxt.BadRequest}
EACH_SIDE = {"no side": ccxt.ArgumentsRequired, "one side": (20, 7), "both sides": (7, 7), "two leverages": (7, 5)}
QUIRKS = [
    {each.name: value}
    for each in fields(Quirks)
    for value in get_args(get_type_hints(Quirks)[each.name])
    if value != getattr(Quirks(), each.name)
]


def _outcome(symbol: str, asked: str, quirks: dict[str, Any], **account: bool) -> tuple[Any, World]:
    """Return the leverages that are in force and reported, or the class of the error, after one call."""
    world = World(**account, **quirks)
    leverage, params = ASKED[asked]
    isolated = account["isolated"]
    if account["unified"]:
        params = {**params, "marginMode": "isolated" if isolated else "cross"}
    with world.running(), warnings():
        try:
            result = world.connect().set_leverage(leverage, symbol, params)
        except ccxt.BaseError as error:
            return type(error), world
    stored = world.account.leverages(symbol)
    pair = (stored.long, stored.short) if isolated else (stored.cross, stored.cross)
    reported = (result["longLeverage"], result["shortLeverage"])
    assert all(told in (None, held) for told, held in zip(reported, pair, strict=True)), (
        f"told {reported}, holds {pair}"
    )
    return pair, world


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(("hedge", "isolated"), [*itertools.product([False, True], repeat=2)])
@pytest.mark.parametrize("product", CLASSIC)
def test_the_hold_side_table_of_every_product_type(product: str, hedge: bool, isolated: bool, asked: str) -> None:
    """What was asked for is in force and reported, or the error comes before anything is written."""
    for unified in (False, True):
        if unified and product.startswith("S"):
            continue
        outcome, world = _outcome(CLASSIC[product], asked, {}, unified=unified, hedge=hedge, isolated=isolated)
        expected: Any = (EACH_SIDE if hedge and isolated else ONE_LEVERAGE)[asked]
        if unified and hedge and isolated and asked == "one side":
            expected = ccxt.ArgumentsRequired  # nobody tells the other side's leverage
        assert outcome == expected, f"{'unified' if unified else 'classic'}: {outcome}"
        if isinstance(expected, type):
            assert not [each for each in world.log if each.method == "POST" and each.code == "00000"]


@pytest.mark.parametrize("quirks", QUIRKS, ids=lambda each: "-".join(map(str, *each.items())))
def test_the_hold_side_table_under_every_answer_to_an_open_question(quirks: dict[str, Any]) -> None:
    """What was asked for is in force, or a ccxt error was raised and nothing else was changed."""
    for unified, hedge, isolated, asked in itertools.product([False, True], [False, True], [False, True], ASKED):
        if unified and quirks.get("unified_v2"):
            continue
        outcome, world = _outcome("BTC/USDT:USDT", asked, quirks, unified=unified, hedge=hedge, isolated=isolated)
        right: Any = (EACH_SIDE if hedge and isolated else ONE_LEVERAGE)[asked]
        where = f"{asked}, {'unified' if unified else 'classic'}, {hedge=}, {isolated=}: {outcome}"
        if isinstance(outcome, type):
            assert outcome is right or (unified and hedge and isolated and asked == "one side"), where
            stored = world.account.leverages("BTC/USDT:USDT")
            assert (stored.cross, stored.long, stored.short) == (20, 20, 20), where
        else:
            assert outcome == right, where
