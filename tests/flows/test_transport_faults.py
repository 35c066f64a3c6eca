"""What a call met on its way, as a ccxt error: whether it may be waited out, and what it says in the end."""

from __future__ import annotations

from typing import Any

import aiohttp
import ccxt
import pytest

from bitget_leverage_ext.faults import Patience, as_ccxt, is_transient


def of_ccxt(cause: Exception) -> Any:
    """What ccxt raises where its transport failed in a way that it does not sort."""
    error = ccxt.ExchangeError("bitget POST")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("status", [None, 0, 400, 499, 500, 502])
def test_by_its_status(status: Any) -> None:
    """A refusal of a failing exchange is a fault."""
    error = ccxt.ExchangeError("x")
    if status is not None:
        error.http_status = status
    assert is_transient(error) is (status is not None and status >= 500)
    error.final = True
    assert not is_transient(error)


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (
            ValueError("Invalid header value b'x'"),
            ccxt.AuthenticationError,
            "stray characters, no header may carry them",
        ),
        (ValueError("INVALID HEADER"), ccxt.AuthenticationError, "bitget: check apiKey and password"),
        (UnicodeEncodeError("latin-1", "x", 0, 1, "no"), ccxt.AuthenticationError, "stray characters"),
        (of_ccxt(ValueError("header")), ccxt.AuthenticationError, "stray characters"),
        (ValueError("x"), ccxt.ExchangeError, "bitget ValueError where a ccxt error was due: x"),
        (TypeError("header"), ccxt.ExchangeError, "bitget TypeError where a ccxt error was due: header"),
        (of_ccxt(OSError("cut")), ccxt.NetworkError, "bitget POST"),
        (of_ccxt(aiohttp.ClientPayloadError("cut")), ccxt.NetworkError, "bitget POST"),
        (OSError("x"), ccxt.ExchangeError, "bitget OSError where a ccxt error was due: x"),
    ],
    ids=repr,
)
def test_as_ccxt(error: Exception, kind: type[Exception], text: str) -> None:
    """Never anything else; what could show a credential has no cause, anything else has its own."""
    raised = as_ccxt(error)
    assert type(raised) is kind
    assert text in str(raised)
    assert raised.__cause__ is (None if kind is ccxt.AuthenticationError else error)


@pytest.mark.parametrize(
    "error", [ccxt.ExchangeError("x"), of_ccxt(KeyError("x")), ccxt.BadRequest("x"), ccxt.RequestTimeout("x")], ids=repr
)
def test_what_is_ccxts_already(error: Exception) -> None:
    """As it is."""
    assert as_ccxt(error) is error


@pytest.mark.parametrize("length", [299, 300, 301, 302])
def test_the_text_of_a_fault_that_lasted(length: int) -> None:
    """Its own in one line, cut at three hundred, and how long it was waited out for."""
    fault = ccxt.RequestTimeout("a\n" + "b" * (length - 2))
    with pytest.raises(ccxt.RequestTimeout) as caught:
        Patience(2.5, write=False, unanswered=None).give_up(fault)
    text = "a " + "b" * (length - 2)
    assert str(caught.value) == f"{text[:300]}{'…' if length > 300 else ''}; no better within 2.5 s"
    assert caught.value.__cause__ is fault


def test_the_doubt_of_a_write() -> None:
    """Nobody needs to be told of it."""
    patience = Patience(2.0, write=True, unanswered=None)
    patience.met(ccxt.RequestTimeout("x"))
    with pytest.raises(
        ccxt.DDoSProtection, match="^y; no better within 2 s; the write may or may not have been applied$"
    ):
        patience.give_up(ccxt.DDoSProtection("y"))
