"""What one exchange object remembers of its account; never trusted over what the exchange answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .rules.account import InForce, Modes, read_unified
from .rules.products import Contract

UNIFIED = "unified"


@dataclass
class Memory:
    """Position modes by product type, margin modes by symbol, as this object's own calls and reads told them.

    A unified account has one position mode, kept under :data:`UNIFIED`. ``declared`` is what ``set_margin_mode``
    was told: a unified account has no endpoint for it, so it is sent with every leverage. ``settings`` is the raw
    answer of an account-type probe, for the call that it was made in: a unified reply carries nothing that would show
    it to be stale. A batch is one call: while one runs, ``batches`` keeps the answer at hand. ``relisted`` says that
    the markets were loaded again for the other account type, which is tried once. ``traded`` are the margin modes whose
    leverage was set last, or the one that ``set_margin_mode`` chose since, the last of which orders carry; ``opened``
    is the margin mode of the last order that opened something.
    """

    positions: dict[str, str] = field(default_factory=dict)
    margins: dict[tuple[str, str], str] = field(default_factory=dict)
    declared: dict[tuple[str, str], str] = field(default_factory=dict)
    traded: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    opened: dict[tuple[str, str], str] = field(default_factory=dict)
    settings: Any = None
    batches: int = 0
    relisted: bool = False

    def modes(self, contract: Contract) -> Modes:
        """What is remembered of a classic account's modes for *contract*."""
        return Modes(self.margins.get(_key(contract)), self.positions.get(contract.product_type))

    def learn(self, contract: Contract, force: InForce) -> None:
        """Keep what a reply or a read of a classic account says of its modes."""
        if force.modes.margin is not None:
            self.margins[_key(contract)] = force.modes.margin
        if force.modes.position is not None:
            self.positions[contract.product_type] = force.modes.position

    def set_position(self, product_type: str, mode: str) -> None:
        """Keep the position mode that this object has just set; a settings answer of before is out of date."""
        self.positions[product_type] = mode
        self.settings = None

    def declare(self, contract: Contract, margin_mode: str) -> None:
        """Keep the margin mode that ``set_margin_mode`` was told for *contract*."""
        self.declared[_key(contract)] = margin_mode

    def chose(self, contract: Contract, *margin_modes: str) -> None:
        """Keep the margin modes that the next orders of *contract* are meant for; the last is what they carry."""
        self.traded[_key(contract)] = margin_modes

    def declared_for(self, contract: Contract) -> str | None:
        """The margin mode that ``set_margin_mode`` was told for *contract*."""
        return self.declared.get(_key(contract))

    def learn_settings(self, answer: Any) -> None:
        """Keep the position mode that a unified account's settings say."""
        mode = read_unified(answer.get("data"), "", "").modes.position
        if mode is not None:
            self.positions[UNIFIED] = mode
        if self.batches:
            self.settings = answer

    def begin(self) -> None:
        """A call begins: what the settings said before it is no longer to be relied on."""
        if not self.batches:
            self.settings = None

    def take_settings(self) -> Any:
        """The settings answer at hand, which is then used up; ``None`` where there is none."""
        answer = self.settings
        if not self.batches:
            self.settings = None
        return answer

    def forget_account(self) -> None:
        """The account is of another type than remembered; what the caller declared stays declared."""
        self.positions.clear()
        self.margins.clear()
        self.settings = None
        self.relisted = False


def _key(contract: Contract) -> tuple[str, str]:
    return contract.product_type, contract.id
