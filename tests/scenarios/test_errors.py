"""What Bitget refuses, as ccxt's error classes with the exchange's words."""

from __future__ import annotations

import ccxt
import pytest
from refusals import REFUSALS
from world import SYMBOL as S
from world import World, warnings

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


@pytest.mark.parametrize("unified", BOTH, ids=["classic", "unified"])
def test_the_rights_text_is_that_of_the_account_type(unified: bool) -> None:
    """A right of the other account type would send the reader to the wrong box."""
    world = World(unified=unified)
    with world.running():
        bot = world.connect()
        world.account.permissions = ("read",)
        with pytest.raises(ccxt.PermissionDenied) as caught:
            bot.set_leverage(7, S)
    right, other = ("uta_mgt", "cpow") if unified else ("cpow", "uta_mgt")
    assert right in str(caught.value) and other not in str(caught.value)


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


@pytest.mark.parametrize(
    ("wrong", "code", "words"), [("secret", "40009", "secret"), ("password", "40012", "passphrase")]
)
def test_a_wrong_key_says_which_part_is_wrong(wrong: str, code: str, words: str) -> None:
    """And shows none of them."""
    world = World()
    with world.running(), pytest.raises(ccxt.AuthenticationError, match=code) as caught:
        world.connect(**{wrong: "mistyped-word"}).set_leverage(7, S)
    assert words in str(caught.value) and "mistyped-word" not in str(caught.value)


@pytest.mark.parametrize("code", ["40814", "45054"])
@pytest.mark.parametrize("unified", BOTH, ids=["classic", "unified"])
def test_no_change_is_success_if_the_account_holds_what_was_asked_for(code: str, unified: bool) -> None:
    """Otherwise Bitget's answer is wrong, and the leverage is not there."""
    for stored in (7, 20):
        world = World(unified=unified)
        with world.running():
            bot = world.connect()
            world.account.set_leverages(S, cross=stored)
            world.fault("refuse", "set-leverage", -1, code=code, msg="No change in leverage")
            if stored == 7:
                result = bot.set_leverage(7, S)
                assert (result["marginMode"], result["longLeverage"], result["shortLeverage"]) == ("cross", 7, 7)
            else:
                with pytest.raises(ccxt.ExchangeError, match="20"):
                    bot.set_leverage(7, S)


@pytest.mark.parametrize("isolated", BOTH, ids=["crossed", "isolated"])
def test_an_acknowledged_leverage_that_is_not_in_force_is_an_error(isolated: bool) -> None:
    """Bitget accepted it and did not apply it: `LeverageNotApplied` names both leverages."""
    world = World(isolated=isolated)
    with world.running():
        bot = world.connect()
        world.fault("lie", "set-leverage")
        with pytest.raises(ccxt.ExchangeError) as caught:
            bot.set_leverage(7, S, {"verify": "read"})
    assert type(caught.value).__name__ == "LeverageNotApplied"
    assert "7" in str(caught.value) and "20" in str(caught.value)


def test_a_change_that_was_applied_to_one_side_only_is_an_error() -> None:
    """Two requests, one a side, and the second is refused: the error says what is in force now."""
    world = World(hedge=True, isolated=True, dialect="2025-03")
    with world.running():
        bot = world.connect()
        world.fault("refuse", "set-leverage", 1, after=2, code="40893", msg="The leverage cannot be adjusted")
        with pytest.raises(ccxt.InsufficientFunds) as caught:
            bot.set_leverage(None, S, {"longLeverage": 7, "shortLeverage": 5})
    figures = world.account.leverages(S)
    assert (figures.long, figures.short) == (7, 20)
    assert "long" in str(caught.value) and "7" in str(caught.value)


@pytest.mark.parametrize("unified", BOTH, ids=["classic", "unified"])
def test_over_the_maximum_the_local_refusal_has_the_words_of_the_exchange(unified: bool) -> None:
    """Programs fall back to a lower leverage on these words."""
    world = World(unified=unified)
    with world.running():
        bot = world.connect()
        with pytest.raises(ccxt.BadRequest) as caught:
            bot.set_leverage(151, S)
        sent = [each for each in world.log if each.method == "POST"]
        bot.set_leverage(150, S)
    text = str(caught.value)
    assert "151" in text and "150" in text and not sent
    assert ("25223" if unified else "40797 Exceeded the maximum settable leverage") in text


BAD = [None, 0, -3, 7.5, "7.5", "x", "", True, False, float("nan"), float("inf"), 10**7, [], {}, "1e9", " "]


@pytest.mark.parametrize("leverage", BAD, ids=map(repr, BAD))
def test_a_leverage_that_is_none_is_refused_before_anything_is_sent(leverage: object) -> None:
    """The error names the value."""
    world = World()
    with world.running():
        bot = world.connect()
        with pytest.raises((ccxt.BadRequest, ccxt.ArgumentsRequired)) as caught:
            bot.set_leverage(leverage, S)
    assert leverage is None or str(leverage).strip()[:10] in str(caught.value)
    assert not [each for each in world.log if each.method == "POST"]


@pytest.mark.parametrize(
    ("symbol", "cls", "words"),
    [
        (None, ccxt.ArgumentsRequired, "symbol"),
        ("BTC/USDT", ccxt.BadSymbol, "BTC/USDT:USDT"),
        ("BTC/USDC:USDT", ccxt.BadSymbol, "BTC/USDC:USDT"),
        ("NOPE/USDT:USDT", ccxt.BadSymbol, "NOPE/USDT:USDT"),
    ],
)
def test_a_symbol_that_is_no_contract(symbol: str | None, cls: type, words: str) -> None:
    """The error names the contract that was probably meant; nothing is sent."""
    world = World()
    with world.running(), pytest.raises(cls, match=words):
        world.connect().set_leverage(7, symbol)
    assert not [each for each in world.log if each.method == "POST"]


PARAMS = [
    ({"holdSide": "long", "posSide": "short"}, "long ... short"),
    ({"holdSide": "buy"}, "long ... short"),
    ({"side": "sell"}, "long ... short"),
    ({"holdSide": "up"}, "up"),
    ({"leverage": 8}, "8"),
    ({"symbol": "ETH/USDT:USDT"}, "ETH"),
    ({"marginCoin": "USDC"}, "USDC"),
    ({"productType": "COIN-FUTURES"}, "COIN-FUTURES"),
    ({"marginMode": "portfolio"}, "portfolio"),
    ({"hedged": "yes"}, "hedged"),
    ({"longLeverage": 5, "shortLeverage": 9, "holdSide": "long"}, ""),
    ({"longLeverage": 0}, "0"),
    ({"verify": "always"}, "always"),
]


@pytest.mark.parametrize(("params", "words"), PARAMS, ids=[str(each[0]) for each in PARAMS])
def test_params_that_contradict_each_other_or_the_market(params: dict[str, object], words: str) -> None:
    """They are refused before anything is written, with the value in the message; the caller's dict stays as it was."""
    world, given = World(), dict(params)
    with world.running(), pytest.raises(ccxt.BadRequest) as caught:
        world.connect().set_leverage(7, S, params)
    assert all(part.strip() in str(caught.value) for part in words.split("..."))
    assert params == given
    assert not [each for each in world.log if each.method == "POST"]


OPTIONS = [{"holdside": "both"}, {"holdSide": "sell"}, {"deadline": "soon"}, {"deadline": -1}, {"orders": "none"},
           {"otherSide": "long"}, {"verify": "maybe"}, {"fractional": "round"}, {"skipUnchanged": "no"}, []]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=map(str, OPTIONS))
def test_an_option_that_does_not_exist_is_refused_at_the_first_use(options: object) -> None:
    """A misspelt option would otherwise be silently without effect."""
    world = World()
    with world.running(), pytest.raises(ccxt.BadRequest):
        world.connect(options={"setLeverage": options}).set_leverage(7, S)
    assert not [each for each in world.log if each.method == "POST"]


def test_fractional_leverages_are_floored_where_the_program_asked_for_it() -> None:
    """3.7 becomes 3; otherwise it is refused."""
    world = World()
    with world.running(), warnings() as texts:
        assert world.connect(options={"setLeverage": {"fractional": "floor"}}).set_leverage(3.7, S)["longLeverage"] == 3
        assert ["3.7" in text and "3" in text for text in texts] == [True]
        with pytest.raises(ccxt.BadRequest, match=r"3\.7"):
            world.connect().set_leverage(3.7, S)
        assert world.connect().set_leverage("7", S)["longLeverage"] == 7
        assert world.connect().set_leverage(8.0, S)["longLeverage"] == 8
