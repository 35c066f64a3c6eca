"""The list of experiments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bitget_leverage_ext.drive import Flow

UNKNOWN = "unknown"

# What no experiment asks, and why. The names are those of the emulator's `Quirks`.
UNASKED = {
    "order_mode": "needs an order, and none is placed",
    "close_mode": "needs an order, and none is placed",
}


@dataclass(frozen=True)
class Answer:
    """What was found: a value of `Quirks`, and how it was seen."""

    value: str
    seen: str


@dataclass(frozen=True)
class Experiment:
    """A question to an exchange.

    :ivar name: the field of `Quirks`
    :ivar kind: the account that it is put to, ``"classic"`` or ``"unified"``
    :ivar question: in words
    :ivar sends: what it sends besides reads, in words
    :ivar answers: the values, and what each looks like
    :ivar flow: takes an account, yields calls, returns an `Answer`; raises `Untold` where there is none
    :ivar writes: whether it changes the account, if only for a moment
    """

    name: str
    kind: str
    question: str
    sends: tuple[str, ...]
    answers: dict[str, str]
    flow: Callable[[Any], Flow[Answer]]
    writes: bool = True


EXPERIMENTS: list[Experiment] = []

Flowing = Callable[[Any], Flow[Answer]]


def experiment(
    kind: str, question: str, sends: tuple[str, ...], answers: dict[str, str], writes: bool = True
) -> Callable[[Flowing], Flowing]:
    """Decorator: the generator is an experiment; its name is the question's."""

    def register(flow: Flowing) -> Flowing:
        EXPERIMENTS.append(Experiment(flow.__name__, kind, question, sends, answers, flow, writes))
        return flow

    return register


def of(kind: str) -> list[Experiment]:
    """The experiments for a kind of account, in the order in which they are made."""
    from . import of_classic, of_unified  # noqa: F401  # importing them fills the list

    return [each for each in EXPERIMENTS if each.kind == kind]
