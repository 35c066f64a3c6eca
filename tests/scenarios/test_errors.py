"""What Bitget refuses, as ccxt's error classes with the exchange's words."""

from __future__ import annotations

import ccxt
import pytest
from refusals import REFUSALS
from world import SYMBOL as S
from world import World

BOTH = (False, True)


@pytest.mark.parametrize(
    ("code", "text", "cls", "words", "unified"),
    [
        pytest.param(*row[:4], kind, id=f"{row[0]}-{'unified' if kind else 'classic'}")
        for row in REFUSALS
        for kind in row[4]
    ],
)
def test_a_refusal_of_set_leverage(code: str, text: str, cls: type, words: str, unified: bool) -> None:
    """The class is ccxt's, code and text are the exchange's, the original is the cause, and nothing is repeated."""
    world = World(unified=unified)
    with world.running():
        bot = world.connect()
        world.fault("refuse", "set-leverage", -1, code=code, msg=text)
        with pytest.raises(ccxt.BaseError) as caught:
            bot.set_leverage(7, S)
    error = caught.value
    assert type(error) is cls or (cls is not ccxt.ExchangeError and isinstance(error, cls)), repr(error)
    assert code in str(error) and text in str(error) and words.lower() in str(error).lower()
    assert cls in (ccxt.ExchangeError, ccxt.OnMaintenance) or isinstance(error.__cause__, ccxt.BaseError)
    assert "emulator-secret" not in str(error) and "key-" not in str(error)
    if cls is not ccxt.OnMaintenance:
        assert sum("set-leverage" in each.path for each in world.log) == 1


@pytest.mark.parametrize("code", ["40808", "40019", "400172", "25200", "25236", "99999"])
@pytest.mark.parametrize("unified", BOTH, ids=["classic", "unified"])
def test_a_refused_request_format_is_never_the_bare_answer(code: str, unified: bool) -> None:
    """About a side, whatever the code: another format is tried, and in the end the program is asked to name the sides."""
    world = World(unified=unified, hedge=True, isolated=True)
    with world.running():
        bot = world.connect()
        bot.set_margin_mode("isolated", S)
        world.fault("refuse", "set-leverage", -1, code=code, msg="hold side is null, DOUBLE_SIDE_HOLD")
        with pytest.raises(ccxt.ArgumentsRequired) as caught:
            bot.set_leverage(7, S, {"holdSide": "both"})
    assert code in str(caught.value)
    assert sum("set-leverage" in each.path for each in world.log) > 1


@pytest.mark.parametrize("code", ["40808", "40019", "400172", "25200"])
def test_words_about_the_format_count_and_the_code_does_not(code: str) -> None:
    """The same code with other words is an ordinary refusal: no other format is tried."""
    world = World(hedge=True, isolated=True)
    with world.running():
        bot = world.connect()
        world.fault("refuse", "set-leverage", -1, code=code, msg="the parameter is too beautiful")
        with pytest.raises(ccxt.BaseError, match=code) as caught:
            bot.set_leverage(7, S, {"holdSide": "both"})
    assert not isinstance(caught.value, ccxt.ArgumentsRequired)
    assert sum("set-leverage" in each.path for each in world.log) == 1


@pytest.mark.parametrize(("code", "cls"), [("45089", ccxt.OperationRejected), ("40893", ccxt.InsufficientFunds)])
@pytest.mark.parametrize("unified", BOTH, ids=["classic", "unified"])
def test_words_about_the_format_under_a_code_of_its_own(code: str, cls: type, unified: bool) -> None:
    """The code has a meaning that no other format changes."""
    world = World(unified=unified, hedge=True, isolated=True)
    with world.running():
        bot = world.connect()
        world.fault("refuse", "set-leverage", -1, code=code, msg="orders on the hold side, DOUBLE_SIDE_HOLD")
        with pytest.raises(cls, match=code):
            bot.set_leverage(7, S, {"holdSide": "both", **({"marginMode": "isolated"} if unified else {})})
    assert sum("set-leverage" in each.path for each in world.log) == 1
