"""A sample of the random programs of `fuzz.py`; and the defects that it must find in a broken core."""

from __future__ import annotations

from typing import Any
from unittest import mock

import fuzz
import pytest
from fuzzing.steps import draw

from bitget_leverage_ext import orders, set_leverage
from bitget_leverage_ext.ensure_leverage import EnsureLeverage
from bitget_leverage_ext.requested import ContractLeverage

SAMPLE = 150


def test_random_programs_get_what_they_asked_for() -> None:
    """No random program opens at a leverage that it did not ask for, or loses an exit, without an error or a WARNING."""
    broken = [seed for seed in (f"sample-{number}" for number in range(SAMPLE)) if fuzz.run(seed) is not None]
    assert not broken, "\n".join(map(fuzz.report, broken[:3]))


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def _ask_refused(record: Any, requested: Any, reason: Any, *rest: Any) -> None:
    record.ask(requested, 10**9, None, False)


def _only_first(record: Any, margin: Any, values: Any) -> None:
    return None


# name, the place in the core, what stands there instead, and how many programs it takes to find it
DEFECTS: dict[str, tuple[Any, str, Any, int]] = {
    "the chosen margin mode is forgotten": (ContractLeverage, "last_mode", (None, 0), 150),
    "a missing leverage is not set": (ContractLeverage, "missing", _nothing, 150),
    "an unknown outcome counts as acknowledged": (
        ContractLeverage, "outcome_unknown", lambda record, margin, values: record.acknowledge(margin, values), 150,
    ),
    "an acknowledged leverage is set again": (ContractLeverage, "acknowledge", _only_first, 150),
    "an exit of a known position is sent in the other mode": (orders, "is_guess", lambda *_: True, 150),
    "a new position mode keeps what was acknowledged": (ContractLeverage, "reset_acknowledged", _nothing, 150),
    "a refused leverage is asked for": (ContractLeverage, "refuse", _ask_refused, 150),
    "a leverage is written under an open position": (
        EnsureLeverage, "_stays_at_position", lambda *_: False, 150,
    ),
    "an open position is not seen": (ContractLeverage, "seen", _nothing, 150),
    "an opened position is not remembered": (ContractLeverage, "opened", _nothing, 150),
    "a failed call has asked for nothing": (set_leverage._Call, "_record_failure", _nothing, 150),
    "an opposite order is held back": (EnsureLeverage, "_opposite", _nothing, 150),
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found(name: str) -> None:
    """A deliberate defect of the core is found within so many random programs."""
    assert programs_until_found(name) is not None


def programs_until_found(name: str) -> int | None:
    """Return how many random programs it takes to find a defect."""
    place, attribute, replacement, most = DEFECTS[name]
    with mock.patch.object(place, attribute, replacement):
        return next((number for number in range(most) if fuzz.run(f"defect-{number}") is not None), None)


def test_a_program_is_drawn_from_its_seed() -> None:
    """Two runs of a seed play the same program."""
    assert str(draw("7")) == str(draw("7")) != str(draw("8"))
