"""A fault of our own code: ccxt's request goes out, with a warning."""

from __future__ import annotations

from typing import Any
from unittest import mock

import ccxt
import pytest
from world import SYMBOL as S
from world import World, warnings

from bitget_leverage_ext.api import classic
from bitget_leverage_ext.ensure_leverage import EnsureLeverage
from bitget_leverage_ext.requested import ContractLeverage
from bitget_leverage_ext.set_leverage import SetLeverage


@pytest.mark.parametrize("place", [(EnsureLeverage, "run"), (classic, "read_order")], ids=["ensure", "classify"])
def test_a_fault_of_our_own_holds_no_order_back(place: Any) -> None:
    """The order is sent, and a WARNING names the contract and the fault."""
    world = World()
    with world.running(), mock.patch.object(*place, side_effect=KeyError("own")), warnings() as texts:
        bot = world.connect(options={"setLeverage": {"deadline": 1}})
        world.fault("502", "set-leverage", -1)
        with pytest.raises(ccxt.ExchangeNotAvailable):
            bot.set_leverage(7, S)
        world.troubles.clear()
        assert bot.create_order(S, "market", "buy", 0.01)["id"]
    (text,) = texts
    assert text.startswith(f"{S}: ") and text.endswith("KeyError: 'own'")


@pytest.mark.parametrize("client", ["sync", "async"])
def test_a_fault_of_our_own_leaves_a_method_as_an_error_of_ccxt(client: str) -> None:
    """With the fault in words."""
    world, fault = World(client), mock.patch.object(SetLeverage, "run", side_effect=KeyError("own"))
    with world.running(), fault, pytest.raises(ccxt.ExchangeError, match="bitget: KeyError: 'own'"):
        world.run(world.connect().set_leverage(7, S))


@pytest.mark.parametrize("closes", [False, True], ids=["entry", "exit"])
def test_an_order_that_was_placed_has_its_answer(closes: bool) -> None:
    """Whatever goes wrong when it is noted; a program that gets an error would send it once more."""
    world = World()
    with world.running(), warnings() as texts:
        bot = world.connect()
        bot.create_order(S, "market", "buy", 0.01)
        place = "reduced" if closes else "opened"
        with mock.patch.object(ContractLeverage, place, side_effect=KeyError("own")):
            side, params = ("sell", {"reduceOnly": True}) if closes else ("buy", {})
            assert bot.create_order(S, "market", side, 0.01, None, params)["id"]
    (text,) = texts
    assert text.startswith(f"{S}: the order was placed") and text.endswith("KeyError: 'own'")
