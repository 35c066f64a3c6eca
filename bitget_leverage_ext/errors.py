"""One table: a refusal of the rules, or a code of the exchange, and the ccxt class it becomes.

The codes are mapped inside this package's own calls, never globally: 40808 means other things in other calls.
The classes matter to frameworks: freqtrade lets ``BadRequest``, ``OperationRejected`` and ``InsufficientFunds``
pass where failing would leave a position without its stoploss, and any other class blocks it.
"""

from __future__ import annotations

import re
from typing import NoReturn

import ccxt

from .rules import errors as rules


class LeverageNotApplied(ccxt.OperationRejected):  # type: ignore[misc]
    """The exchange acknowledged, but the account does not hold what was asked; the message says what is in force."""


REFUSALS: dict[type[rules.Refusal], type[ccxt.BaseError]] = {
    rules.BadInput: ccxt.BadRequest,
    rules.NotAContract: ccxt.BadSymbol,
    rules.MissingInput: ccxt.ArgumentsRequired,
    rules.NotServed: ccxt.NotSupported,
    rules.NotApplied: LeverageNotApplied,
}

_TOO_HIGH = "lower the leverage: it is above what the exchange allows for this contract, position or account"
_COIN = "name a marginCoin that the contract supports, or none to use the settle coin"
_MARGIN = "add margin, or reduce the position, before changing its leverage"
_ORDERS = "cancel the open and planned orders of this symbol first"
_ROLE = "the account's role (lead trader, follower, coupon or risk control) locks the leverage; change it on Bitget"
_SYMBOL = "check the symbol: the exchange does not list it (any more) for this account"
_KEY = "config['apiKey'] is not a key that Bitget knows"
_POSITION = "close the positions and orders that lock the mode first"

# https://www.bitget.com/api-doc/contract/error-code/restapi, https://www.bitget.com/api-doc/uta/error-code/restapi
CODES: dict[str, tuple[type[ccxt.BaseError], str]] = {
    "40797": (ccxt.BadRequest, _TOO_HIGH),
    "43050": (ccxt.BadRequest, _TOO_HIGH),
    "45044": (ccxt.BadRequest, _TOO_HIGH),
    "45045": (ccxt.BadRequest, _TOO_HIGH),
    "25223": (ccxt.BadRequest, _TOO_HIGH),
    "40778": (ccxt.BadRequest, _COIN),
    "45025": (ccxt.BadRequest, _COIN),
    "40893": (ccxt.InsufficientFunds, _MARGIN),
    "25228": (ccxt.InsufficientFunds, _MARGIN),
    "40730": (ccxt.OperationRejected, _ORDERS),
    "45097": (ccxt.OperationRejected, _ORDERS),
    "40880": (ccxt.OperationRejected, _ROLE),
    "40869": (ccxt.OperationRejected, _ROLE),
    "45089": (ccxt.OperationRejected, _ROLE),
    "40920": (ccxt.OperationRejected, _POSITION),
    "45117": (ccxt.OperationRejected, _POSITION),
    "40034": (ccxt.BadSymbol, _SYMBOL),
    "40072": (ccxt.BadSymbol, _SYMBOL),
    "40102": (ccxt.BadSymbol, _SYMBOL),
    "40309": (ccxt.BadSymbol, _SYMBOL),
    "25100": (ccxt.BadSymbol, _SYMBOL),
    # https://www.bitget.com/api-doc/common/faq, https://www.bitget.com/api-doc/common/error-code (keys)
    "40006": (ccxt.AuthenticationError, _KEY),
    "40037": (ccxt.AuthenticationError, _KEY),
    "40009": (ccxt.AuthenticationError, "config['secret'] does not belong to this apiKey"),
    "40012": (ccxt.AuthenticationError, "config['password'] is not the passphrase of this apiKey (not the login's)"),
    "40014": (ccxt.PermissionDenied, "give the key the permission to trade futures (read and write), on Bitget"),
    # https://github.com/ccxt/ccxt/pull/25541 (the two demo worlds are not interchangeable)
    "40099": (
        ccxt.AuthenticationError,
        "key and environment do not go together: a demo key needs set_sandbox_mode(True) and ordinary products "
        "(BTC/USDT:USDT); an ordinary key needs sandbox mode off, and is the one that trades the S-coin products "
        "(SBTC/SUSDT:SUSDT)",
    ),
}

# "No change in leverage": the account already holds it.
# https://www.bitget.com/api-doc/contract/error-code/restapi
NO_CHANGE = frozenset({"40814", "45054"})
# The margin mode cannot be changed: a position or order is open, or it is the same mode already.
# https://github.com/CryptoRobotFr/Live-Tools-V2/issues/2, https://www.bitget.com/api-doc/contract/error-code/restapi
MARGIN_MODE_LOCKED = frozenset({"45117", "40872"})
# The position mode cannot be changed: a position or order is open, or it is the same mode already.
# https://www.bitget.com/api-doc/contract/error-code/restapi
POSITION_MODE_LOCKED = frozenset({"40920"})
# Codes under which a hold side that is missing, or one too many, was seen or is documented.
# https://github.com/ccxt/ccxt/issues/24700 (40808), https://github.com/ccxt/ccxt/issues/15033 (40019),
# https://github.com/germangar/whook/issues/13 (400172), https://www.bitget.com/api-doc/uta/error-code/restapi (25236)
HOLD_SIDE = frozenset({"40808", "40019", "40017", "400172", "40774", "40811", "40813", "25236"})
# "You are in … Account mode": https://github.com/ccxt/ccxt/issues/26838, https://github.com/enarjord/passivbot/pull/601
IS_CLASSIC = frozenset({"40084", "25245"})
IS_UNIFIED = frozenset({"40085"})


def code_of(error: BaseException) -> str | None:
    """The exchange's code in a ccxt error, which carries the reply's body as its text."""
    match = re.search(r'"code"\s*:\s*"?(\w+)', str(error))
    return match[1] if match else None


def is_about_hold_side(error: BaseException) -> bool:
    """Whether a refusal speaks of the hold side: the codes are catch-alls, so the text decides."""
    text = str(error).lower()
    if code_of(error) in HOLD_SIDE:
        return code_of(error) == "25236" or "side" in text
    return code_of(error) is not None and re.search(r"(hold|pos|position)[ _]?side", text) is not None


def misses_leverage(error: BaseException) -> bool:
    """Whether a refusal asks for ``leverage``, as the dialect of 2025-03 does, which knows no figure a side."""
    return code_of(error) in HOLD_SIDE and "leverage" in str(error).lower()


def from_refusal(refusal: rules.Refusal) -> ccxt.BaseError:
    """The ccxt error for a refusal of the rules."""
    return REFUSALS[type(refusal)](f"bitget {refusal}")


def reraise(error: ccxt.BaseError, about: str = "") -> NoReturn:
    """Raise what the exchange answered as its ccxt class: code and text kept, the original as ``__cause__``.

    :param about: what the caller must know beside it, for example which side was set before the refusal
    """
    to, advice = CODES.get(code_of(error) or "", (type(error), ""))
    if is_about_hold_side(error):
        to, advice = ccxt.ArgumentsRequired, "the exchange wants the hold side told otherwise than its modes say"
    if to is type(error) and not about and not advice:
        raise error
    raise to("; ".join(part for part in (str(error), advice, about) if part)) from error
