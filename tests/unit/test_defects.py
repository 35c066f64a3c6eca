"""The random programs find these defects of the core."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from fuzzing.oracle import Judge
from fuzzing.play import play
from fuzzing.steps import draw

from bitget_leverage_ext import orders, set_leverage
from bitget_leverage_ext.ensure_leverage import EnsureLeverage
from bitget_leverage_ext.requested import ContractLeverage

PROGRAMS = 150


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def _ask_refused(record: Any, requested: Any, reason: Any, *rest: Any) -> None:
    record.ask(requested, 10**9, None, False)


def _acknowledge(record: Any, margin: Any, values: Any) -> None:
    record.acknowledge(margin, values)


# name -> the place in the core, and what stands there instead
DEFECTS: dict[str, tuple[Any, str, Any]] = {
    "the chosen margin mode is forgotten": (ContractLeverage, "last_mode", (None, 0)),
    "a missing leverage is not set": (ContractLeverage, "missing", _nothing),
    "an unknown outcome counts as acknowledged": (ContractLeverage, "outcome_unknown", _acknowledge),
    "an acknowledged leverage is set again": (ContractLeverage, "acknowledge", _nothing),
    "an exit of a known position is sent in the other mode": (orders, "is_guess", lambda *_: True),
    "a new position mode keeps what was acknowledged": (ContractLeverage, "reset_acknowledged", _nothing),
    "a refused leverage is asked for": (ContractLeverage, "refuse", _ask_refused),
    "a leverage is written under an open position": (EnsureLeverage, "_stays_at_position", lambda *_: False),
    "an open position is not seen": (ContractLeverage, "seen", _nothing),
    "an opened position is not remembered": (ContractLeverage, "opened", _nothing),
    "a failed call has asked for nothing": (set_leverage._Call, "_record_failure", _nothing),
    "an opposite order is held back": (EnsureLeverage, "_opposite", _nothing),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found(name: str) -> None:
    """A deliberate defect of the core is found within so many random programs."""
    place, attribute, replacement = DEFECTS[name]
    with mock.patch.object(place, attribute, replacement):
        assert any(play(draw(f"defect-{number}"), Judge) for number in range(PROGRAMS))
