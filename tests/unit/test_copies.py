"""A copy of an object in a process that has no states yet; the one of another process is in `test_objects`."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from world import SYMBOL as S
from world import World

from bitget_leverage_ext import state


def test_a_copy_starts_with_what_the_object_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for and chosen, also where the process knows nothing of the key."""
    world = World()
    with world.running():
        bot = world.connect()
        bot.set_margin_mode("isolated", S)
        bot.set_leverage(7, S)
        make, args, kept, *_ = bot.__reduce_ex__(4)
        monkeypatch.setattr(state, "_states", {})
        monkeypatch.setattr(state, "_used_last", OrderedDict())
        made = make(*args)
        made.__setstate__(kept)
        made.create_order(S, "market", "buy", 0.01)
    assert [(each.margin_mode, each.leverage) for each in world.account.positions()] == [("isolated", 7)]
