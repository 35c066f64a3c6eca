"""What the exchange refuses, and what the rules refuse: the class, the words and the way out of each, without a wire."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest
from by_hand import refusal

from bitget_leverage_ext import LeverageNotApplied, errors
from bitget_leverage_ext.rules import errors as rules

TOO_HIGH = (ccxt.BadRequest, "lower the leverage")
COIN = (ccxt.BadRequest, "name a marginCoin")
MARGIN = (ccxt.InsufficientFunds, "add margin")
ORDERS = (ccxt.OperationRejected, "cancel the open and planned orders")
ROLE = (ccxt.OperationRejected, "locks the leverage")
POSITION = (ccxt.OperationRejected, "close the positions and orders")
SYMBOL = (ccxt.BadSymbol, "check the symbol")
KEY = (ccxt.AuthenticationError, "config['apiKey'] is not a key that Bitget knows")
TABLE: dict[str, tuple[type[Exception], str]] = {
    **dict.fromkeys(("40797", "43050", "45044", "45045", "25223"), TOO_HIGH),
    **dict.fromkeys(("40778", "45025"), COIN),
    **dict.fromkeys(("40893", "25228"), MARGIN),
    **dict.fromkeys(("40730", "45097"), ORDERS),
    **dict.fromkeys(("40880", "40869", "45089"), ROLE),
    **dict.fromkeys(("40920", "45117", "25107"), POSITION),
    **dict.fromkeys(("40034", "40072", "40102", "40309", "25100"), SYMBOL),
    **dict.fromkeys(("40006", "40037"), KEY),
    "40731": (ccxt.OperationRejected, "set it on Bitget itself"),
    "40126": (ccxt.OperationRejected, "use the main account's key"),
    "40009": (ccxt.AuthenticationError, "config['secret'] does not belong to this apiKey"),
    "40012": (ccxt.AuthenticationError, "config['password'] is not the passphrase"),
    "40014": (ccxt.PermissionDenied, "cpow"),
    "40018": (ccxt.AuthenticationError, "IP list of the key"),
    "40099": (ccxt.AuthenticationError, "a demo key needs set_sandbox_mode(True)"),
}


def raised(error: Exception, *args: Any) -> Any:
    with pytest.raises(ccxt.BaseError) as caught:
        errors.reraise(error, *args)
    return caught.value


def test_every_code_stands_here() -> None:
    """A code that is added to the table is added here."""
    assert set(errors.CODES) == set(TABLE)


@pytest.mark.parametrize("code", TABLE)
def test_code(code: str) -> None:
    """Its class, the exchange's code and text, the way out, and the original as the cause."""
    original = refusal(code, "the exchange's own words")
    error = raised(original)
    kind, way_out = TABLE[code]
    assert type(error) is kind
    assert str(error).startswith(f"{original}; ")
    assert way_out in str(error)
    assert error.__cause__ is original


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        ("400172", "Leverage ratio exceeded the set limit", ccxt.BadRequest),
        ("400172", "LEVERAGE exceeded", ccxt.BadRequest),
        ("400172", "size exceeded", ccxt.ExchangeError),
        ("400172", "leverage is odd", ccxt.ExchangeError),
        ("400173", "Leverage ratio exceeded the set limit", ccxt.ExchangeError),
        ("40808", "hold side is null", ccxt.ArgumentsRequired),
        ("25200", "posSide is required", ccxt.ArgumentsRequired),
        ("40730", "posSide must have no open orders", ccxt.OperationRejected),
        ("99999", "something new", ccxt.ExchangeError),
    ],
)
def test_by_its_text(code: str, text: str, kind: type[Exception]) -> None:
    """The catch-alls are told apart by what they say; a code with a meaning of its own never is."""
    assert type(raised(refusal(code, text))) is kind


def test_what_the_form_would_be() -> None:
    """The last form was refused as well: the caller has to say it."""
    assert "the exchange wants the hold side told otherwise" in str(raised(refusal("40808", "hold side is null")))


@pytest.mark.parametrize(
    ("text", "unified", "right"),
    [("no permissions", False, "cpow"), ("no permissions", True, "uta_mgt"), ("need UTA mgt rights", False, "uta_mgt")],
)
def test_permission(text: str, unified: bool, right: str) -> None:
    """A key needs the right for the API of its account; the reply may say which that is."""
    error = raised(refusal("40014", text), "", unified)
    assert type(error) is ccxt.PermissionDenied
    assert ("uta_mgt" in str(error), "cpow" in str(error)) == (right == "uta_mgt", right == "cpow")


def test_what_the_caller_must_know_beside_it() -> None:
    """Beside the way out, once; what the error knew, it still knows."""
    original = refusal("25228", "insufficient margin")
    original.http_status = 400
    about = "long is set to 10x"
    error = raised(original, about)
    assert str(error) == f"{original}; {errors.CODES['25228'][1]}; {about}"
    assert error.http_status == 400
    again = raised(error, about)
    assert again is error


def test_an_error_that_says_it_all_is_raised_as_it_is() -> None:
    """In its class already, and nothing to add."""
    original = ccxt.ExchangeError("x")
    assert raised(original) is original
    fault = ccxt.RequestTimeout("x")
    assert str(raised(fault, "what was set")) == "x; what was set"
    assert type(raised(fault, "what was set")) is ccxt.RequestTimeout


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('bitget {"code":"40808","msg":"hold side is null"}', "40808", "hold side is null"),
        ('bitget {"code" : 40808, "message" : "a \\"b\\" c", "data":null}', "40808", 'a \\"b\\" c'),
        ('bitget {"msg":"","code":"1"}', "1", ""),
        ("bitget GET https://api.bitget.com timed out", None, ""),
    ],
)
def test_code_and_text(text: str, code: str | None, words: str) -> None:
    """As the body of the reply has them, which ccxt makes the error's text."""
    error = ccxt.ExchangeError(text)
    assert (errors.code_of(error), errors.text_of(error)) == (code, words)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ('{"code":"40808","msg":"hold side is null"}', True),
        ('{"code":"40730","msg":"hold side is null"}', False),
        ('{"code":"40808","msg":"price"}', False),
        ("hold side is null", False),
    ],
)
def test_about_the_form(text: str, about: bool) -> None:
    """A refusal of the exchange, under a catch-all, in words that are about a side."""
    assert errors.is_about_form(ccxt.ExchangeError(text)) is about


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (rules.BadInput, ccxt.BadRequest),
        (rules.NotAContract, ccxt.BadSymbol),
        (rules.MissingInput, ccxt.ArgumentsRequired),
        (rules.NotServed, ccxt.NotSupported),
        (rules.NotApplied, LeverageNotApplied),
    ],
)
def test_refusals_of_the_rules(refusal: Any, kind: type[Exception]) -> None:
    """Each in its ccxt class, signed with the exchange's name as ccxt's own are."""
    error = errors.from_refusal(refusal("no"))
    assert type(error) is kind
    assert str(error) == "bitget no"


class Huge:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        (10, "10"),
        (Huge(), "<Huge>"),
        ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 56 + "..."),
    ],
)
def test_shown(value: Any, text: str) -> None:
    """In a message, whatever it is, and never longer than a line can take."""
    assert rules.shown(value) == text
