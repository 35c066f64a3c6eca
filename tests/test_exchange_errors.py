"""What the exchange refuses: the class of every code, its text kept, the original as the cause; in three clients."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from bitget_leverage_ext import LeverageNotApplied, errors
from bitget_leverage_ext.emulator import Emulator, Fault, Quirks

S = "BTC/USDT:USDT"

AS_CCXT = ccxt.bitget().exceptions["exact"]  # what an older ccxt does not know is a plain ExchangeError there

CODES = [
    ("40797", "Exceeded the maximum settable leverage", ccxt.BadRequest),
    ("43050", "Leverage exceeds the effective range", ccxt.BadRequest),
    ("45044", "The leverage is not within the suitable range after adjustment", ccxt.BadRequest),
    ("45045", "Exceeds the maximum possible leverage", ccxt.BadRequest),
    ("25223", "Exceeds Max. leverage", ccxt.BadRequest),
    ("40778", "Coin pair BTCUSDT does not support SUSDT currency as margin", ccxt.BadRequest),
    ("45025", "The currency pair does not support the currency as a margin", ccxt.BadRequest),
    ("40808", "Parameter verification exception double fixed, hold side is null", ccxt.ArgumentsRequired),
    ("40019", "Parameter holdSide cannot be empty", ccxt.ArgumentsRequired),
    ("400172", "side mismatch", ccxt.ArgumentsRequired),
    (
        "40893",
        "Unable to update the leverage factor, there is not enough margin!",
        ccxt.InsufficientFunds,
    ),
    ("25228", "Unable to update leverage for this position, insufficient margin!", ccxt.InsufficientFunds),
    ("40730", "currently a commission or planned commission, leverage cannot be adjusted", ccxt.OperationRejected),
    ("45097", "an order or a limit order, leverage cannot be adjusted", ccxt.OperationRejected),
    ("40880", "risk control, leverage cannot be adjusted", ccxt.OperationRejected),
    ("40869", "trader, leverage cannot be adjusted", ccxt.OperationRejected),
    ("45089", "lead trader, leverage cannot be adjusted", ccxt.OperationRejected),
    ("45117", "Currently holding positions or orders, the margin mode cannot be adjusted", ccxt.OperationRejected),
    ("40920", "Position or order exists, the position mode cannot be switched", ccxt.OperationRejected),
    ("25107", "There is currently a position, please close the position", ccxt.OperationRejected),
    ("40731", "This product does not support copy trading", ccxt.OperationRejected),
    ("40126", "This account type may not do this", ccxt.OperationRejected),
    ("40018", "Invalid IP, Current request IP 192.0.2.1", ccxt.AuthenticationError),
    ("400172", "Leverage ratio exceeded the set limit", ccxt.BadRequest),
    ("25200", "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none", ccxt.ArgumentsRequired),
    ("25236", "Incorrect position open type", ccxt.ArgumentsRequired),
    ("40034", "Parameter BTCUSDT does not exist", ccxt.BadSymbol),
    ("40072", "symbol BTCUSDT is Invalid or not supported mix contract trade", ccxt.BadSymbol),
    ("40102", "Symbol does not exist", ccxt.BadSymbol),
    ("40309", "The symbol has been removed", ccxt.BadSymbol),
    ("25100", "Trading pair BTCUSDT does not exist", ccxt.BadSymbol),
    ("40099", "exchange environment is incorrect", ccxt.AuthenticationError),
    # the rest, as ccxt has it
    ("40014", "Incorrect permissions, need future pos write permissions", ccxt.PermissionDenied),
    ("40006", "Invalid ACCESS_KEY", ccxt.AuthenticationError),
    ("40037", "Apikey does not exist", ccxt.AuthenticationError),
    ("40009", "sign signature error", ccxt.AuthenticationError),
    ("40012", "apikey/password is incorrect", ccxt.AuthenticationError),
    ("40008", "Request timestamp expired", ccxt.InvalidNonce),
    ("40808", "Parameter verification exception size", ccxt.InvalidOrder),
    ("400172", "Parameter verification failed", AS_CCXT.get("400172", ccxt.ExchangeError)),
    ("99999", "something new", ccxt.ExchangeError),
]


def emulator_text(error: BaseException) -> str:
    return str(error).removeprefix("bitget ").rsplit("}", 1)[0] + "}"


def test_every_code_of_the_table_has_a_case() -> None:
    """A code that is added to the table needs a case here."""
    assert set(errors.CODES) <= {code for code, _, _ in CODES}
    assert all(errors.CODES[code][0] is error for code, _, error in CODES if code in errors.CODES)


@pytest.mark.parametrize(("code", "text", "error"), CODES, ids=[f"{code} {text[:9]}" for code, text, _ in CODES])
def test_code(emulator: Emulator, client: Any, code: str, text: str, error: type[Exception]) -> None:
    """Each code in its class, with code and text in the message; nothing has changed."""
    client.set_leverage(7, S)
    emulator.fail(Fault("refuse", code=code, msg=text, times=None))
    with pytest.raises(error) as caught:
        client.set_leverage(10, S)
    assert type(caught.value) is error
    assert code in str(caught.value)
    assert text in str(caught.value)
    assert emulator.account.figures("USDT-FUTURES", "BTCUSDT").cross == 7
    raised_anew = str(caught.value) != f"bitget {emulator_text(caught.value)}"
    assert isinstance(caught.value.__cause__, ccxt.BaseError) or not raised_anew
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


def test_reply_disagrees_and_account_too(emulator: Emulator, client: Any) -> None:
    """Another figure in force than asked: the message says which."""
    client.set_leverage(7, S)
    emulator.fail(Fault("figures", crossMarginLeverage="30", times=None))
    emulator.fail(Fault("other_mode", times=None))
    emulator.account.set_margin_mode("USDT-FUTURES", "BTCUSDT", "isolated")
    with pytest.raises(LeverageNotApplied):
        client.set_leverage(10, S, {"marginMode": "isolated", "hedged": False})


def test_stale_figure_of_a_change_that_applied(emulator: Emulator, client: Any) -> None:
    """A reply with the figure of before is held once against the account, which has what was asked."""
    client.set_leverage(7, S)
    emulator.clear()
    emulator.fail(Fault("stale"))
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
