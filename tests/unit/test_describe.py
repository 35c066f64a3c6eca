"""What a failed request is: its cause in a few words, and whether another try may succeed."""

from __future__ import annotations

import asyncio
import itertools
import socket

import aiohttp
import ccxt
import pytest

from bitget_leverage_ext._retry import Deadline, RetryState, as_ccxt, describe, is_transient, may_have_arrived


class WithReason(Exception):
    """As urllib3 has it: the cause is an attribute."""

    reason = ConnectionResetError(104, "Connection reset by peer")


class Unprintable(Exception):
    def __str__(self) -> str:
        raise TypeError("no connection")


def chain(*errors: BaseException) -> BaseException:
    """Return the first of the errors; each is caused by the next one."""
    for error, cause in itertools.pairwise(errors):
        error.__cause__ = cause
    return errors[0]


def endless() -> BaseException:
    error = ccxt.NetworkError("outer")
    error.__cause__ = OSError("inner")
    error.__cause__.__cause__ = error
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ccxt.NullResponse("bitget answered with an empty body"), "the reply was empty"),
        (ccxt.ExchangeNotAvailable("bitget POST https://… 502 Bad Gateway <html>"), "502 Bad Gateway"),
        (ccxt.DDoSProtection("bitget 429"), "429 Too Many Requests"),
        (ccxt.RateLimitExceeded("bitget"), "429 Too Many Requests"),
        (ccxt.ExchangeError('bitget {"code":"45001","msg":"Unknown error"}'), "45001 Unknown error"),
        (ccxt.ExchangeError('bitget {"code":"45001"}'), "45001"),
        (chain(ccxt.NetworkError("get"), ConnectionRefusedError(111, "Connection refused")), "connection refused"),
        (chain(ccxt.NetworkError("get"), Exception(), socket.gaierror(-2, "odd words")), "unknown host"),
        (chain(ccxt.NetworkError("get"), Exception(socket.gaierror(-2, "odd words"))), "unknown host"),
        (chain(ccxt.NetworkError("get"), WithReason()), "connection lost"),
        (chain(ccxt.NetworkError("get"), OSError("IncompleteRead(3 bytes read)")), "the reply broke off"),
        (chain(ccxt.NetworkError("get"), OSError("certificate verify failed")), "the TLS connection failed"),
        (ccxt.RequestTimeout("get"), "timed out"),
        (chain(ccxt.NetworkError("get"), OSError("Read Timed out.")), "timed out"),
        (chain(ccxt.NetworkError("get"), OSError("timeout")), "timed out"),
        (ccxt.ExchangeError("something  \n odd"), "ExchangeError something odd"),
        (chain(ccxt.NetworkError("outer"), ValueError("inner")), "ValueError inner"),
        (chain(ccxt.NetworkError("outer"), Unprintable()), "Unprintable"),
        (ccxt.ExchangeError("x" * 200), f"ExchangeError {'x' * 86}"), (endless(), "OSError inner"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_cause_in_words(error: BaseException, words: str) -> None:
    assert describe(error) == words


def with_status(status: int) -> ccxt.BaseError:
    """Return the refusal of a reply with this HTTP status, which the clients note in the error."""
    error = ccxt.ExchangeError('bitget {"code":"40010","msg":"Request timed out"}')
    vars(error)["http_status"] = status
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (with_status(500), True), (with_status(504), True), (with_status(499), False),
        (ccxt.ExchangeError("bitget"), False), (ccxt.NetworkError("bitget"), True),
        (ccxt.RateLimitExceeded("bitget"), True), (ccxt.InvalidNonce("bitget"), False),
        (ccxt.BadResponse("bitget"), False), (ccxt.NullResponse("bitget"), True),
        (ccxt.ExchangeError('bitget {"code":"45001"}'), True), (ValueError('{"code":"45001"}'), False), (None, False),
    ],
)  # fmt: skip
def test_whether_another_try_may_succeed(error: object, expected: bool) -> None:
    assert is_transient(error) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ccxt.NetworkError("bitget"), True), (ccxt.RequestTimeout("bitget"), True), (ccxt.NullResponse("bitget"), True),
        (ccxt.BadResponse("bitget"), True), (with_status(500), True),
        # refused
        (ccxt.ExchangeError("bitget"), False), (ccxt.DDoSProtection("bitget"), False),
        (ccxt.ExchangeError('bitget {"code":"45001"}'), False),
        # never had a connection
        (chain(ccxt.NetworkError("get"), ConnectionRefusedError(111, "Connection refused")), False),
        (chain(ccxt.NetworkError("get"), socket.gaierror(-2, "odd words")), False),
        (chain(ccxt.RequestTimeout("get"), OSError("ConnectTimeout(…)")), False),
        (chain(ccxt.NetworkError("get"), OSError("Cannot connect to host")), False),
    ],
)  # fmt: skip
def test_whether_a_failed_request_may_have_been_carried_out(error: ccxt.BaseError, expected: bool) -> None:
    assert may_have_arrived(error) is expected


@pytest.mark.parametrize(("length", "end"), [(200, "y)"), (201, "y…)")])
def test_a_long_reply_is_cut_in_the_error(length: int, end: str) -> None:
    error = RetryState("set-leverage", Deadline(0)).final_error(ccxt.NetworkError("y" * length))
    assert str(error).endswith(f"({'y' * 199}{end}")


BROKEN = aiohttp.ClientPayloadError("cut off")


@pytest.mark.parametrize(
    ("error", "cls", "words"),
    [
        (chain(ccxt.ExchangeError("bitget GET"), OSError("cut off")), ccxt.NetworkError, "bitget GET"),
        (chain(ccxt.ExchangeError("bitget GET"), BROKEN), ccxt.NetworkError, "bitget GET"),
        (chain(ccxt.ExchangeError("bitget GET"), KeyError("x")), ccxt.ExchangeError, "bitget GET"),
        (chain(ccxt.BadRequest("bitget GET"), OSError("cut off")), ccxt.BadRequest, "bitget GET"),
        (TimeoutError(), ccxt.NetworkError, "timed out"),
        (asyncio.TimeoutError(), ccxt.NetworkError, "timed out"),  # another class in Python 3.10
        (ConnectionResetError("by peer"), ccxt.NetworkError, "by peer"),
        (KeyError("x"), ccxt.ExchangeError, "bitget KeyError instead of a ccxt error: 'x'"),
        (ValueError("x"), ccxt.ExchangeError, "bitget ValueError instead of a ccxt error: x"),
        (ValueError("Invalid Header value"), ccxt.BadRequest, "bitget: nothing was sent: check exchange.headers"),
        (UnicodeEncodeError("latin-1", "x", 0, 1, "odd"), ccxt.BadRequest, "bitget: nothing was sent: check"),
    ],
)
def test_any_error_of_a_request_becomes_one_of_ccxt(error: Exception, cls: type, words: str) -> None:
    """The transport of ccxt raises a bare ExchangeError for some failures of the network."""
    found = as_ccxt(error)
    assert type(found) is cls and str(found).startswith(words)
    assert found is error or found.__cause__ is error or cls is ccxt.BadRequest
