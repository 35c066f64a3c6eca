"""What Bitget remembers of an account. Knows no HTTP."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar, cast, get_args

from .contracts import CONTRACTS, PRODUCT_TYPES

T = TypeVar("T")

MarginMode = Literal["crossed", "isolated"]
PositionMode = Literal["one_way_mode", "hedge_mode"]
Environment = Literal["live", "demo"]
Role = Literal["ordinary", "copy"]

MARGIN_MODES = ("crossed", "isolated")
PERMISSIONS = ("read", "trade")
POSITION_MODES = ("one_way_mode", "hedge_mode")


class Refusal(Exception):  # noqa: N818  # an answer, not an error of ours
    """The exchange says no: its code, its text, its HTTP status."""

    # Business errors come with HTTP 400: so did every one that was published with its status.
    # https://github.com/BitgetLimited/agent_hub
    def __init__(self, code: str, msg: str, status: int = 400) -> None:
        super().__init__(f"{code} {msg}")
        self.code = code
        self.msg = msg
        self.status = status


@dataclass(frozen=True)
class Figures:
    """The leverages in force: one for cross margin, one a side for isolated margin."""

    cross: int
    long: int
    short: int


@dataclass
class Setting:
    """One symbol of one account."""

    # Each margin mode keeps figures of its own; 20 is what an untouched symbol showed.
    # https://www.bitget.com/api-doc/contract/account/Get-Single-Account
    figures: Figures = Figures(20, 20, 20)
    margin_mode: MarginMode = "crossed"
    last_side: Literal["long", "short"] = "long"
    touched: bool = False
    # as it was after the first write
    first: Setting | None = None
    position: bool = False
    orders: bool = False

    @property
    def busy(self) -> bool:
        return self.position or self.orders

    def touch(self) -> None:
        self.touched = True
        self.first = self.first or replace(self)


@dataclass
class _Memory:
    settings: dict[tuple[str, str], Setting] = field(default_factory=dict)
    position_modes: dict[str, PositionMode] = field(default_factory=dict)
    # what other parts of the emulator keep, each under its own type
    parts: dict[type, Any] = field(default_factory=dict)


class Account:
    """An account of the emulator: the server changes it as Bitget would, a test may look and meddle at any time."""

    def __init__(
        self,
        label: str,
        *,
        unified: bool = False,
        environment: Environment = "live",
        api_key: str,
        secret: str,
        password: str,
        permissions: tuple[str, ...] = ("read", "trade"),
        role: Role = "ordinary",
    ) -> None:
        if environment not in ("live", "demo"):
            raise ValueError(f"environment {environment!r}: 'live' or 'demo'")
        self.label = label
        self.unified = unified
        self.environment = environment
        self.api_key = api_key
        self.secret = secret
        self.password = password
        self.permissions = permissions
        self.role = role
        self.lock = threading.RLock()
        self._memory = _Memory()

    def __repr__(self) -> str:
        return f"<Account {self.label}: {'unified' if self.unified else 'classic'}, {self.environment}>"

    @property
    def permissions(self) -> tuple[str, ...]:
        return self._permissions

    @permissions.setter
    def permissions(self, permissions: tuple[str, ...]) -> None:
        # A text alone would be taken for its letters.
        if unknown := set(permissions) - set(PERMISSIONS):
            raise ValueError(f"permissions {sorted(unknown)}: any of {PERMISSIONS}")
        self._permissions = tuple(permissions)

    @property
    def role(self) -> Role:
        """``"copy"`` is a lead trader's account, which is refused the changes of modes and leverage."""
        return self._role

    @role.setter
    def role(self, role: Role) -> None:
        if role not in get_args(Role):
            raise ValueError(f"role {role!r}: one of {get_args(Role)}")
        self._role = role

    def position_mode(self, product_type: str) -> PositionMode:
        # The published replies of untouched accounts, classic and unified, show hedge mode.
        # https://www.bitget.com/api-doc/contract/account/Get-Single-Account
        with self.lock:
            return self._memory.position_modes.get(self._mode_key(product_type), "hedge_mode")

    def set_position_mode(self, product_type: str, mode: str) -> None:
        if mode not in POSITION_MODES:
            raise ValueError(f"position mode {mode!r}: one of {POSITION_MODES}")
        with self.lock:
            self._memory.position_modes[self._mode_key(product_type)] = cast(PositionMode, mode)

    def margin_mode(self, product_type: str, symbol: str) -> MarginMode:
        with self.lock:
            return self.setting(product_type, symbol).margin_mode

    def set_margin_mode(self, product_type: str, symbol: str, mode: str) -> None:
        if mode not in MARGIN_MODES:
            raise ValueError(f"margin mode {mode!r}: one of {MARGIN_MODES}")
        with self.lock:
            setting = self.setting(product_type, symbol)
            setting.margin_mode = cast(MarginMode, mode)
            setting.touch()

    def figures(self, product_type: str, symbol: str) -> Figures:
        with self.lock:
            return self.setting(product_type, symbol).figures

    def set_figures(
        self,
        product_type: str,
        symbol: str,
        cross: int | None = None,
        long: int | None = None,
        short: int | None = None,
        margin_mode: MarginMode | None = None,
    ) -> None:
        """Write the figures that are given, and the margin mode with them."""
        with self.lock:
            setting = self.setting(product_type, symbol)
            setting.margin_mode = margin_mode or setting.margin_mode
            old = setting.figures
            setting.figures = Figures(
                old.cross if cross is None else cross,
                old.long if long is None else long,
                old.short if short is None else short,
            )
            if long is not None or short is not None:
                setting.last_side = "short" if long is None else "long"
            setting.touch()

    def busy(self, product_type: str, symbol: str, position: bool = False, orders: bool = False) -> None:
        """Say whether the symbol has a position or orders open; both are then refused some changes."""
        with self.lock:
            setting = self.setting(product_type, symbol)
            setting.position, setting.orders = position, orders

    def setting(self, product_type: str, symbol: str) -> Setting:
        """The live record of a symbol; hold the lock while using it."""
        key = (product_type.upper(), symbol.upper())
        if key not in CONTRACTS:
            raise ValueError(f"the emulator has no contract {symbol!r} in {product_type!r}")
        return self._memory.settings.setdefault(key, Setting())

    def settings(self, product_type: str | None = None) -> dict[tuple[str, str], Setting]:
        """The live records that exist, in order; hold the lock while using them."""
        return {key: each for key, each in self._memory.settings.items() if product_type in (None, key[0])}

    def part(self, kind: type[T]) -> T:
        """What another part of the emulator keeps for this account; hold the lock while using it."""
        if kind not in self._memory.parts:
            self._memory.parts[kind] = kind()
        return cast(T, self._memory.parts[kind])

    def snapshot(self) -> Any:
        return copy.deepcopy(self._memory)

    def restore(self, snapshot: Any) -> None:
        self._memory = copy.deepcopy(snapshot)

    def _mode_key(self, product_type: str) -> str:
        # A unified account has one hold mode for everything, a classic one a mode for each product type.
        # https://www.bitget.com/api-doc/uta/account/Change-Position-Mode
        # https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode
        if self.unified:
            return "unified"
        if product_type.upper() not in PRODUCT_TYPES:
            raise ValueError(f"product type {product_type!r}: one of {PRODUCT_TYPES}")
        return product_type.upper()
