"""The refusals of the rules; ``bitget_leverage_ext.errors`` says which ccxt class each becomes.

Refusal
├── BadInput         the caller must write something else
│   └── NotAContract the symbol is not a futures contract
├── MissingInput     the caller must add something
├── NotServed        this kind of account does not have the product
└── NotApplied       the account does not hold what was asked
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818  # what it is called
    """A rule says no. The message names the value, the limit and the way out."""


class BadInput(Refusal):
    """The caller must write something else."""


class NotAContract(BadInput):
    """The symbol is not a futures contract."""


class MissingInput(Refusal):
    """The caller must add something: a symbol, or a hold side."""


class NotServed(Refusal):
    """This kind of account does not have the product."""


class NotApplied(Refusal):
    """The account does not hold what was asked."""


def shown(value: object) -> str:
    """A value for a message, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # a huge int, or an object whose repr is broken
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else f"{text[:57]}..."
