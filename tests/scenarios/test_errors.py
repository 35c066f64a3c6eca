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
    assert str(error.__cause__) != str(error), "a traceback would show the same error twice"
    assert "emulator-secret" not in str(error) and "key-" not in str(error)
    if cls is not ccxt.OnMaintenance:
        assert sum("set-leverage" in each.path for each in world.log) == 1


ABOUT_SIDES = "orders on the hold side, DOUBLE_SIDE_HOLD"
FORMATS = [
    # about a side, whatever the code
    *((code, ABOUT_SIDES, ccxt.ArgumentsRequired) for code in ("40808", "40019", "400172", "25200", "25236", "99999")),
    # the same codes with other words
    *((code, "it is too beautiful", ccxt.ExchangeError) for code in ("40808", "40019", "400172", "25200")),
    # codes that have a meaning which no other format changes
    ("45089", ABOUT_SIDES, ccxt.OperationRejected),
    ("40893", ABOUT_SIDES, ccxt.InsufficientFunds),
]


@pytest.mark.parametrize(("code", "text", "cls"), FORMATS)
@pytest.mark.parametrize("unified", BOTH, ids=["classic", "unified"])
def test_another_format_is_tried_where_the_words_are_about_the_format(
    code: str, text: str, cls: type, unified: bool
) -> None:
    """In the end the program is asked to name the sides. Anything else is an ordinary refusal, and not repeated."""
    world = World(unified=unified, hedge=True, isolated=True)
    with world.running():
        bot = world.connect()
        bot.set_margin_mode("isolated", S)
        world.fault("refuse", "set-leverage", -1, code=code, msg=text)
        with pytest.raises(cls, match=code) as caught:
            bot.set_leverage(7, S, {"holdSide": "both"})
    about_format = cls is ccxt.ArgumentsRequired
    assert isinstance(caught.value, ccxt.ArgumentsRequired) == about_format
    assert (sum("set-leverage" in each.path for each in world.log) > 1) == about_format
