"""What the exchange refuses: the class of every code, its text kept, the original as the cause; in three clients."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from bitget_leverage_ext import LeverageNotApplied
from bitget_leverage_ext.emulator import Emulator, Fault, Quirks

S = "BTC/USDT:USDT"

AS_CCXT = ccxt.bitget().exceptions["exact"]  # what an older ccxt does not know is a plain ExchangeError there

# A code of each class over the wire, and whether the error is raised anew; test_errors has the whole table.
CODES = [
    ("40797", "Exceeded the maximum settable leverage", ccxt.BadRequest, True),
    ("40808", "Parameter verification exception double fixed, hold side is null", ccxt.ArgumentsRequired, True),
    ("25228", "Unable to update leverage for this position, insufficient margin!", ccxt.InsufficientFunds, True),
    ("40730", "currently a commission or planned commission", ccxt.OperationRejected, True),
    ("40034", "Parameter BTCUSDT does not exist", ccxt.BadSymbol, True),
    ("40099", "exchange environment is incorrect", ccxt.AuthenticationError, True),
    ("40014", "Incorrect permissions, need future pos write permissions", ccxt.PermissionDenied, True),
    # the rest, as ccxt has it
    ("40008", "Request timestamp expired", ccxt.InvalidNonce, False),
    ("40808", "Parameter verification exception size", ccxt.InvalidOrder, False),
    ("400172", "Parameter verification failed", AS_CCXT.get("400172", ccxt.ExchangeError), False),
    ("99999", "something new", ccxt.ExchangeError, False),
]


@pytest.mark.parametrize(("code", "text", "error", "anew"), CODES, ids=[f"{each[0]} {each[1][:9]}" for each in CODES])
def test_code(emulator: Emulator, client: Any, code: str, text: str, error: type[Exception], anew: bool) -> None:
    """In its class, with code and text in the message; nothing has changed, and no credential is shown."""
    client.set_leverage(7, S)
    emulator.fail(Fault("refuse", code=code, msg=text, times=None))
    with pytest.raises(error) as caught:
        client.set_leverage(10, S)
    assert type(caught.value) is error
    assert code in str(caught.value)
    assert text in str(caught.value)
    assert emulator.account.figures("USDT-FUTURES", "BTCUSDT").cross == 7
    assert isinstance(caught.value.__cause__, ccxt.BaseError) is anew
    for secret in ("apiKey", "secret", "password"):
        assert emulator.config()[secret] not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "code", "way_out"),
    [
        ({"password": "wrong"}, "40012", "passphrase of this apiKey"),
        ({"secret": "wrong"}, "40009", "does not belong to this apiKey"),
        ({"apiKey": "wrong"}, "40037", "not a key that Bitget knows"),
    ],
)
def test_wrong_keys(emulator: Emulator, connect: Any, wrong: dict[str, str], code: str, way_out: str) -> None:
    """The commonest mistakes say which of the three is wrong, and show none of them."""
    client = connect(**wrong)
    with pytest.raises(ccxt.AuthenticationError, match=f"{code}.*{way_out}") as caught:
        client.set_leverage(10, S, {"uta": False})
    for secret in (client.exchange.apiKey, client.exchange.secret, client.exchange.password):
        assert secret == "wrong" or secret not in str(caught.value)


def test_read_only_key(emulator: Emulator, connect: Any) -> None:
    """A key without the permission says which one it needs."""
    client = connect(emulator.add_account(permissions=("read",)))
    with pytest.raises(ccxt.PermissionDenied, match=r"40014.*permission to write futures positions \(cpow"):
        client.set_leverage(10, S)


@pytest.mark.parametrize("code", ["40814", "45054"])
def test_no_change_is_success(emulator: Emulator, client: Any, code: str) -> None:
    """ "No change in leverage": the account already holds it, which one read confirms."""
    emulator.account.set_figures("USDT-FUTURES", "BTCUSDT", cross=10)
    emulator.fail(Fault("refuse", code=code, msg="No change in leverage", times=None))
    result = client.set_leverage(10, S)
    assert (result["code"], result["marginMode"], result["longLeverage"]) == ("00000", "cross", 10)


def test_no_change_of_something_else(emulator: Emulator, client: Any) -> None:
    """The same words on an account that holds another figure are no success."""
    emulator.fail(Fault("refuse", code="40814", msg="No change in leverage", times=None))
    with pytest.raises(LeverageNotApplied, match="20x"):
        client.set_leverage(10, S)


@pytest.mark.parametrize(
    "fault", [Fault("stale"), Fault("figures", crossMarginLeverage="30")], ids=lambda fault: fault.kind
)
def test_another_figure_in_the_reply_of_a_change_that_applied(emulator: Emulator, client: Any, fault: Fault) -> None:
    """It is held once against the account, which has what was asked."""
    client.set_leverage(7, S)
    emulator.clear()
    emulator.fail(fault)
    assert client.set_leverage(10, S)["longLeverage"] == 10
    assert [request.method for request in emulator.requests] == ["POST", "GET"]


@pytest.mark.parametrize("hedged", [True, False])
def test_asserted_margin_mode_is_held(emulator: Emulator, client: Any, hedged: bool) -> None:
    """An assertion that the account contradicts is an error, and says what is in force."""
    account = emulator.account
    account.set_position_mode("USDT-FUTURES", "hedge_mode" if hedged else "one_way_mode")
    with pytest.raises(LeverageNotApplied, match="in force: crossed"):
        client.set_leverage(10, S, {"marginMode": "isolated", "hedged": hedged, "holdSide": "long"})


def test_assertions_save_the_read(emulator: Emulator, cold: Any) -> None:
    """Asserted modes need no read on a cold account."""
    account = emulator.account
    account.set_position_mode("USDT-FUTURES", "hedge_mode")
    account.set_margin_mode("USDT-FUTURES", "BTCUSDT", "isolated")
    cold.load_markets()
    emulator.clear()
    cold.set_leverage(10, S, {"marginMode": "isolated", "hedged": True, "holdSide": "short"})
    assert len(emulator.requests) == 1
    assert account.figures("USDT-FUTURES", "BTCUSDT").short == 10
    assert account.figures("USDT-FUTURES", "BTCUSDT").long == 20


def test_half_applied_is_told(emulator: Emulator, client: Any) -> None:
    """Where one request a side is needed and the second is refused, the error says which side stands at what."""
    account = emulator.account
    emulator.quirks = Quirks(dialect="2025-03")
    account.set_position_mode("USDT-FUTURES", "hedge_mode")
    account.set_margin_mode("USDT-FUTURES", "BTCUSDT", "isolated")
    client.load_markets()
    emulator.fail(Fault("refuse", code="40893", msg="there is not enough margin!", after=2))
    with pytest.raises(ccxt.InsufficientFunds, match="long is set to 30x, short is not confirmed at 6x"):
        client.set_leverage(None, S, {"longLeverage": 30, "shortLeverage": 6})
    figures = account.figures("USDT-FUTURES", "BTCUSDT")
    assert (figures.long, figures.short) == (30, 20)


@pytest.mark.usefixtures("no_second_looks")
def test_lie_is_found_by_reading(emulator: Emulator, client: Any) -> None:
    """A reply that echoes what was asked proves nothing by itself: verify='read' looks."""
    client.set_leverage(7, S)
    emulator.fail(Fault("lie", times=None))
    with pytest.raises(LeverageNotApplied, match="7x"):
        client.set_leverage(10, S, {"verify": "read"})


@pytest.mark.parametrize("unified", [False, True])
def test_words_of_a_form_under_a_code_of_its_own(emulator: Emulator, client: Any, unified: bool) -> None:
    """What locks the leverage stays an OperationRejected, which frameworks let pass before a stoploss."""
    emulator.account.unified = unified
    words = "Leverage cannot be set, position side long must have no open orders"
    emulator.fail(Fault("refuse", code="40730", msg=words, times=None))
    with pytest.raises(ccxt.OperationRejected) as caught:
        client.set_leverage(10, S)
    assert type(caught.value) is ccxt.OperationRejected
    assert emulator.account.figures("USDT-FUTURES", "BTCUSDT").cross == 20
