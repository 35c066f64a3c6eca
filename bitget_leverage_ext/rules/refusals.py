"""The refusals of the rules; ``bitget_leverage_ext.errors`` maps each to a ccxt class."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818  # a rule's answer; the caller sees a ccxt error
    """A rule refuses the call. The message names the value, the limit and the way out."""


class BadInput(Refusal):
    """The caller must write something else."""


class AboveMaximum(BadInput):
    """The leverage is above the contract's maximum."""


class NotAContract(BadInput):
    """The symbol is not a futures contract."""


class MissingInput(Refusal):
    """The caller must add something: a symbol, or a hold side."""


class NotServed(Refusal):
    """This kind of account does not have the product."""


class NotApplied(Refusal):
    """The account does not hold what was asked for."""


class WrongMode(NotApplied):
    """The account is not in the mode that the call names."""


def shown(value: object) -> str:
    """Return a value for a message, whatever it is, in at most 60 characters."""
    try:
        text = repr(value)
    except Exception:  # a huge int, or an object whose repr is broken
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else f"{text[:57]}..."
