"""Errors: how a refusal of the rules, or a code of the exchange, becomes a ccxt class.

An answer of the exchange is mapped where it arrives (``mapped``, in ``api.base.send``), a refusal of the rules where
it leaves a public method (``raise_as_ccxt``); it becomes the class in ``REFUSALS``. To add a
code of the exchange, add it to ``_CODES_OF`` (class, codes, advice), to REFERENCE's table of errors, and a recording
(tests hold both to it). Codes that are transient stand in ``_retry``, "no position to close" in ``rules/order_modes``.

Codes are mapped inside this package's own calls only, never globally: 40808 means other things in other calls.
The classes matter to frameworks: freqtrade lets ``BadRequest``, ``OperationRejected`` and ``InsufficientFunds``
pass where failing would leave a position without its stoploss, and any other class blocks it; it skips a pair on
``InvalidOrder``.
"""

from __future__ import annotations

import re
from typing import NoReturn

import ccxt

from .rules import formats, refusals


class LeverageNotApplied(ccxt.OperationRejected):  # type: ignore[misc]
    """The account does not hold the leverage that was asked for; the message says what is in force."""


class OrderNotSent(LeverageNotApplied, ccxt.InvalidOrder):  # type: ignore[misc]
    """An opening order was not sent, because the leverage that was asked for could not be set before it.

    It is a ccxt ``InvalidOrder`` too: programs that handle this class go on with their other contracts.
    """


REFUSALS: dict[type[refusals.Refusal], type[ccxt.BaseError]] = {
    refusals.BadInput: ccxt.BadRequest,
    refusals.AboveMaximum: ccxt.BadRequest,
    refusals.NotAContract: ccxt.BadSymbol,
    refusals.MissingInput: ccxt.ArgumentsRequired,
    refusals.NotServed: ccxt.NotSupported,
    refusals.NotApplied: LeverageNotApplied,
    refusals.WrongMode: LeverageNotApplied,
}

# A key needs the right for the API of its account: https://www.bitget.com/api-doc/common/faq
_RIGHTS = {
    False: "give the key the permission to write futures positions (cpow; reading needs cpor), on Bitget",
    True: "give the key the permission to manage the unified account (uta_mgt, read and write), on Bitget",
}

# For each class, the codes that it stands for, and the advice that is added to the exchange's words.
# https://www.bitget.com/api-doc/contract/error-code/restapi, https://www.bitget.com/api-doc/uta/error-code/restapi
_CODES_OF: dict[type[ccxt.BaseError], dict[str, str]] = {
    ccxt.BadRequest: {
        "40797 43050 45044 45045 25223": (
            "lower the leverage: it is above what the exchange allows for this contract, position or account"
        ),
        "40778 45025": "name a marginCoin that the contract supports, or none to use the settle coin",
    },
    ccxt.InsufficientFunds: {"40893 25228": "add margin, or reduce the position, before you change its leverage"},
    ccxt.OperationRejected: {
        "40730 45097": "cancel the open and planned orders of this symbol first",
        "40880 40869 45089": (
            "the account's role (lead trader, follower, coupon or risk control) locks the leverage; change it on Bitget"
        ),
        # 25107 seen live on a unified account, 2026: "There is currently a position, please close the position"
        "40920 45117 25107": "close the positions and orders that lock the mode first",
        # https://github.com/freqtrade/freqtrade/issues/13576
        "40731": "a copy-trading account takes no leverage through the API: set it on Bitget itself",
        # seen live on a classic sub-account, 2026-08: https://github.com/Alexiiis21/bitget
        "40126": (
            "this kind of account (a sub-account, for example) is not allowed to do this; use the main account's key"
        ),
    },
    ccxt.BadSymbol: {
        "40034 40072 40102 40309 25100": "check the symbol: the exchange does not list it (any more) for this account",
    },
    ccxt.AuthenticationError: {
        # https://www.bitget.com/api-doc/common/faq, https://www.bitget.com/api-doc/common/error-code (keys)
        "40006 40037": "config['apiKey'] is not a key that Bitget knows",
        "40009": "config['secret'] does not belong to this apiKey",
        "40012": "config['password'] is not the passphrase of this apiKey (not the login's)",
        # seen live: "Invalid IP, Current request IP …": https://github.com/Alexiiis21/bitget
        "40018": "add this machine's address to the IP list of the key, on Bitget",
        # https://github.com/ccxt/ccxt/pull/25541 (the two demo worlds are not interchangeable)
        "40099": (
            "key and environment do not go together: a demo key needs set_sandbox_mode(True) and ordinary products "
            "(BTC/USDT:USDT); an ordinary key needs sandbox mode off, and is the one that trades the S-coin products "
            "(SBTC/SUSDT:SUSDT)"
        ),
    },
    ccxt.PermissionDenied: {"40014": ""},  # the advice depends on the account: _RIGHTS
}
CODES = {code: (to, rows[codes]) for to, rows in _CODES_OF.items() for codes in rows for code in codes.split()}

# "No change in leverage": the account already holds it.
# https://www.bitget.com/api-doc/contract/error-code/restapi
NO_CHANGE = frozenset({"40814", "45054"})
# The margin mode cannot be changed: a position or order is open, or it is the same mode already.
# https://github.com/CryptoRobotFr/Live-Tools-V2/issues/2, https://www.bitget.com/api-doc/contract/error-code/restapi
MARGIN_MODE_LOCKED = frozenset({"45117", "40872"})
# The position mode cannot be changed: a position or order is open, or it is the same mode already.
# https://www.bitget.com/api-doc/contract/error-code/restapi, and 25107 as seen live on a unified account
POSITION_MODE_LOCKED = frozenset({"40920", "25107"})
# "You are in … Account mode": https://github.com/ccxt/ccxt/issues/26838, https://github.com/enarjord/passivbot/pull/601
IS_CLASSIC = frozenset({"40084", "25245"})
IS_UNIFIED = frozenset({"40085"})
NAMES_ACCOUNT_TYPE = IS_CLASSIC | IS_UNIFIED
# The order's position mode is not the account's: https://www.bitget.com/api-doc/contract/error-code/restapi (40774),
# https://www.bitget.com/api-doc/uta/error-code/restapi (25236)
WRONG_POSITION_MODE = frozenset({"40774", "25236"})


def code_of(error: BaseException) -> str | None:
    """Return the exchange's code in a ccxt error, which carries the reply's body as its text."""
    match = re.search(r'"code"\s*:\s*"?(\w+)', str(error))
    return match[1] if match else None


def text_of(error: BaseException) -> str:
    """Return the exchange's own words in a ccxt error, empty where it has none."""
    match = re.search(r'"(?:msg|message)"\s*:\s*"((?:[^"\\]|\\.)*)"', str(error))
    return match[1] if match else ""


def is_about_format(error: BaseException) -> bool:
    """Return whether the exchange refuses the format of the request.

    Never under a code that has a meaning of its own, whatever its words: "leverage cannot be set under open orders"
    must stay the class that lets a stoploss pass. The other codes are catch-alls, and their text decides.
    """
    code = code_of(error)
    return code is not None and code not in CODES and formats.is_about_format(text_of(error))


def _class_and_advice(error: ccxt.BaseError, unified: bool) -> tuple[type[ccxt.BaseError], str]:
    """Return the class of an answer, and what to do about it; without advice it stays as ccxt has it."""
    code, text = code_of(error) or "", text_of(error).lower()
    if code == "40019" and "basemode not supported" in str(error).lower():
        # seen live 2026-09-24, a unified account of the basic level and an inverse contract
        return ccxt.OperationRejected, (
            "the level of the unified account does not allow this contract or margin mode: change the account level on "
            "Bitget (the basic level has no inverse contracts, the isolated level no crossed margin)"
        )
    if is_about_format(error):
        return ccxt.ArgumentsRequired, "the exchange wants the hold side in another format than its modes say"
    if code == "25200" and ("fixedmargin" in text or "crossedmargin" in text):
        # seen live 2026-09 for isolated margin on a copy-trading account: https://github.com/freqtrade/freqtrade/issues/13576
        return ccxt.OperationRejected, (
            "the account does not allow this margin mode: use the other one, or another kind or level of account (a "
            "copy-trading account has no isolated margin, the isolated level no crossed margin)"
        )
    if code == "400172" and "exceed" in text and "leverage" in text:
        # a catch-all; seen live with "Leverage ratio exceeded the set limit": https://github.com/Alexiiis21/bitget
        return CODES["40797"]
    to, advice = CODES.get(code, (ccxt.ExchangeError, ""))
    return to, _RIGHTS[unified or "uta" in text] if code == "40014" else advice


def mapped(error: ccxt.BaseError, unified: bool) -> ccxt.BaseError:
    """Return the exchange's answer as its ccxt class: code and text kept, the original as ``__cause__``.

    :param unified: whether the account is unified; its keys have other permissions
    """
    to, advice = _class_and_advice(error, unified)
    if not advice:
        return error
    raised = copied(error, f"{error}; {advice}", to)
    raised.__cause__ = error
    return raised


def raise_with(error: ccxt.BaseError, added: str, to: type[ccxt.BaseError] | None = None) -> NoReturn:
    """Raise *error* with what the caller must know in addition, and where *to* is given as another class."""
    raise copied(error, f"{error}; {added}", to) from error


def copied(error: ccxt.BaseError, text: str, to: type[ccxt.BaseError] | None = None) -> ccxt.BaseError:
    """Return a ccxt error with another text, and where *to* is given another class; its attributes stay."""
    raised: ccxt.BaseError = (to or type(error))(text)
    vars(raised).update(vars(error))
    return raised


def to_ccxt(refusal: refusals.Refusal) -> ccxt.BaseError:
    """Return the ccxt error for a refusal of the rules."""
    return REFUSALS[type(refusal)](f"bitget {refusal}")


def raise_as_ccxt(error: Exception, only_ccxt: bool) -> NoReturn:
    """Raise an error that leaves a public method: a refusal, or with *only_ccxt* any error, as a ccxt error."""
    if isinstance(error, refusals.Refusal):
        raise to_ccxt(error) from error.__cause__
    if isinstance(error, ccxt.BaseError) or not only_ccxt:
        raise error
    raise ccxt.ExchangeError(f"bitget: {type(error).__name__}: {error}") from error
