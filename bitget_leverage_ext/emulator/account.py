"""An account of the emulator: the exchange's state of it, and what a test can read and change."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, get_args

from . import contracts
from .book import AccountFill, AccountPosition, Book, EmulatedOrder
from .contracts import CONTRACTS, PRODUCT_TYPES, EmulatedContract
from .quirks import Quirks
from .state import (
    PERMISSIONS,
    AccountLevel,
    ApiRefusal,
    Environment,
    HoldSide,
    Leverages,
    MarginMode,
    PositionMode,
    Role,
    SymbolSettings,
    parse_margin_mode,
    parse_position_mode,
)


@dataclass
class _AccountState:
    settings: dict[tuple[str, str], SymbolSettings] = field(default_factory=dict)
    position_modes: dict[str, PositionMode] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    # of every contract and product type that has none of its own; the published replies of untouched accounts, classic
    # and unified, show hedge mode
    # https://www.bitget.com/api-doc/contract/account/Get-Single-Account
    margin_mode: MarginMode = "crossed"
    position_mode: PositionMode = "hedge_mode"
    # so many replies still say that the account is being upgraded
    upgrading: int = 0


class EmulatedAccount:
    """An account of the emulator. Its methods may be called at any time, from any thread.

    A contract is named as ccxt names it (``'BTC/USDT:USDT'``) or as Bitget does (``'USDT-FUTURES', 'BTCUSDT'``). Margin
    modes are ``'crossed'`` or ``'cross'``, and ``'isolated'``; position modes ``'one_way_mode'`` or ``'one-way'``, and
    ``'hedge_mode'`` or ``'hedge'``.
    """

    def __init__(
        self,
        *,
        api_key: str,
        secret: str,
        password: str,
        unified: bool = False,
        environment: Environment = "live",
        permissions: tuple[str, ...] = ("read", "trade"),
        role: Role = "ordinary",
        level: AccountLevel = "advanced",
        position_mode: str = "hedge_mode",
        margin_mode: str = "crossed",
        quirks: Callable[[], Quirks] = Quirks,
        clock: Callable[[], int] = lambda: 0,
    ) -> None:
        if environment not in get_args(Environment):
            raise ValueError(f"environment {environment!r}: 'live' or 'demo'")
        # by which the log of requests names it
        self.label = ""
        self.unified = unified
        self.environment = environment
        self.api_key, self.secret, self.password = api_key, secret, password
        self.permissions = permissions
        self.role = role
        self.level = level
        self.lock = threading.RLock()
        self._quirks, self._clock = quirks, clock
        self._state = _AccountState(
            margin_mode=parse_margin_mode(margin_mode), position_mode=parse_position_mode(position_mode)
        )

    def __repr__(self) -> str:
        kind = "unified" if self.unified else "classic"
        return f"<{type(self).__name__} {self.label}: {kind}, {self.environment}>"

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
        """``"copy"`` is a lead trader's account: changes of modes and leverage are refused."""
        return self._role

    @role.setter
    def role(self, role: Role) -> None:
        if role not in get_args(Role):
            raise ValueError(f"role {role!r}: one of {get_args(Role)}")
        self._role = role

    @property
    def level(self) -> AccountLevel:
        """The level of a unified account.

        ``"basic"`` has no inverse contracts, ``"isolated"`` no crossed margin, ``"delta"`` no isolated margin.
        """
        return self._level

    @level.setter
    def level(self, level: AccountLevel) -> None:
        if level not in get_args(AccountLevel):
            raise ValueError(f"level {level!r}: one of {get_args(AccountLevel)}")
        self._level = level

    # -- modes and leverages ------------------------------------------------------------------------------------------

    def position_mode(self, product_type: str = "USDT-FUTURES") -> PositionMode:
        """Return the position mode of a product type; a ccxt symbol stands for its own."""
        with self.lock:
            return self._state.position_modes.get(self._mode_key(product_type), self._state.position_mode)

    def set_position_mode(self, *product_type_and_mode: str) -> None:
        """Set the position mode of a product type, or of every product type where only the mode is given."""
        *product_types, word = product_type_and_mode
        mode = parse_position_mode(word)
        with self.lock:
            for product_type in product_types or PRODUCT_TYPES:
                self._state.position_modes[self._mode_key(product_type)] = mode

    def margin_mode(self, *contract: str) -> MarginMode:
        """Return the margin mode of a contract; on a unified account, that of its settings row."""
        with self.lock:
            return self.setting(*contract).margin_mode

    def set_margin_mode(self, *contract_and_mode: str) -> None:
        """Set the margin mode of a contract, or of every contract where only the mode is given."""
        *contract, word = contract_and_mode
        mode = parse_margin_mode(word)
        with self.lock:
            if not contract:
                self._state.margin_mode = mode
                for each in self._state.settings.values():
                    each.margin_mode = mode
                return
            settings = self.setting(*contract)
            settings.margin_mode = mode
            settings.touch()

    def leverages(self, *contract: str) -> Leverages:
        """Return the stored leverages of a contract."""
        with self.lock:
            return self.setting(*contract).leverages

    def set_leverages(
        self,
        *contract: str,
        cross: int | None = None,
        long: int | None = None,
        short: int | None = None,
        margin_mode: str | None = None,
    ) -> None:
        """Store the leverages that are given, and with them the margin mode of the contract."""
        with self.lock:
            settings = self.setting(*contract)
            settings.margin_mode = settings.margin_mode if margin_mode is None else parse_margin_mode(margin_mode)
            settings.leverages = settings.leverages.changed(cross, long, short)
            if long is not None or short is not None:
                settings.last_side = "short" if long is None else "long"
            settings.touch()

    # the names of version 0.2
    figures = leverages
    set_figures = set_leverages

    def busy(self, *contract: str, position: bool = False, orders: bool = False) -> None:
        """Claim that the contract has a position or orders open, with which the exchange refuses some changes."""
        with self.lock:
            settings = self.setting(*contract)
            settings.position, settings.orders = position, orders

    def convert_to_unified(self, leverages: Literal["kept", "reset"] | None = None, upgrading: int = 0) -> None:
        """Turn this classic account into a unified one, as Bitget does with accounts in use since 2026-09-15.

        Positions and orders stay, each open position at its leverage. The position mode is that of USDT-FUTURES.

        :param leverages: what becomes of the stored leverages and margin modes; the quirk `conversion` where `None`.
        :param upgrading: in so many replies of ``GET /api/v3/account/settings`` accountMode is still ``upgrading``.
        """
        with self.lock:
            if self.unified:
                raise ValueError("the account is a unified one already")
            mode = self.position_mode("USDT-FUTURES")
            self.unified = True
            self._state.position_modes = {"unified": mode}
            self._state.upgrading = upgrading
            if (leverages or self._quirks().conversion) == "reset":
                self._reset()
            self._state.settings = {
                contracts.counterpart(CONTRACTS[key], "unified").key: each for key, each in self._state.settings.items()
            }
            self._state.book.move(lambda contract: contracts.counterpart(contract, "unified"))

    def _reset(self) -> None:
        """Forget the settings of every contract, but for the leverages of open positions."""
        self._state.settings = {
            key: SymbolSettings(position=each.position, orders=each.orders)
            for key, each in self._state.settings.items()
        }
        for each in self.book.positions.values():
            self._store_leverage(each.contract, each.margin_mode, each.side, each.leverage)

    def account_mode(self) -> str:
        """Return `accountMode` as the settings of a unified account show it; counts the replies of an upgrade."""
        with self.lock:
            if self._state.upgrading > 0:
                self._state.upgrading -= 1
                return "upgrading"
        # a demo account called itself hybrid: observed, 2026-09
        return "hybrid" if self.environment == "demo" else "unified"

    # -- trading ------------------------------------------------------------------------------------------------------

    def positions(self) -> list[AccountPosition]:
        """Return the open positions, in ccxt's words."""
        with self.lock:
            self.book.settle(self, self._clock())
            return [each.shown() for each in self.book.positions.values()]

    def fills(self) -> list[AccountFill]:
        """Return every fill so far, in ccxt's words; an order that nets a position and opens another has two."""
        with self.lock:
            self.book.settle(self, self._clock())
            return list(self.book.fills)

    def open_position(
        self,
        symbol: str,
        side: HoldSide,
        size: float,
        margin_mode: str | None = None,
        leverage: int | None = None,
    ) -> None:
        """Open a position, or add to one, at the market, as the holder of the account would in the app.

        :param symbol: a ccxt symbol.
        :param side: ``'long'`` or ``'short'``.
        :param size: in the base coin; the exchange's smallest size is not enforced.
        :param margin_mode: the contract's own where `None`, crossed on a unified account.
        :param leverage: stored first, for this margin mode and side; the stored one where `None`.
        :raises ValueError: the exchange would refuse it.
        """
        with self.lock:
            contract = self._contract(symbol)
            mode = parse_margin_mode(margin_mode or ("crossed" if self.unified else self.margin_mode(symbol)))
            if side not in get_args(HoldSide):
                raise ValueError(f"side {side!r}: 'long' or 'short'")
            if leverage is not None:
                self._store_leverage(contract, mode, side, leverage)
            self._trade(contract, side, size, mode, closes=False)

    def close_position(self, symbol: str, side: HoldSide | None = None, size: float | None = None) -> None:
        """Close the position of a contract at the market, as the holder of the account would in the app.

        :param side: of the position; in hedge mode, both where `None`.
        :param size: in the base coin; all of it where `None`.
        :raises ValueError: there is no such position.
        """
        with self.lock:
            contract = self._contract(symbol)
            held = [each for each in self.book.holding(contract) if side in (None, each.side)]
            if not held:
                raise ValueError(f"no {side or 'open'} position in {symbol}")
            for each in held:
                self._trade(contract, each.side, size or float(each.size), each.margin_mode, closes=True)

    def _store_leverage(self, contract: EmulatedContract, mode: MarginMode, side: HoldSide, leverage: int) -> None:
        settings = self.setting(*contract.key)
        if mode == "crossed":
            settings.leverages = settings.leverages.changed(cross=leverage)
        elif self.position_mode(contract.product_type) == "one_way_mode":
            settings.leverages = settings.leverages.changed(long=leverage, short=leverage)
        else:
            settings.leverages = settings.leverages.changed(**{side: leverage})
        if self.unified:
            settings.margin_mode = mode  # the settings row names the one that was set last
        settings.touch()

    def _trade(self, contract: EmulatedContract, side: HoldSide, size: float, mode: MarginMode, closes: bool) -> None:
        now = self._clock()
        number = self.book.new_id()
        buys = (side == "long") != closes
        hedge = self.position_mode(contract.product_type) == "hedge_mode"
        order = EmulatedOrder(
            number,
            number,
            contract,
            "buy" if buys else "sell",
            Decimal(str(size)),
            now,
            side if hedge else None,
            closes,
            mode,
            self.leverages(*contract.key).of(mode, side),
        )
        try:
            if not closes:
                self.book.check_margin_mode(order)
            self.book.place(self, order, now)
        except ApiRefusal as refusal:
            raise ValueError(f"the exchange refuses it: {refusal}") from None

    # -- for the routes; hold the lock while using what they return ---------------------------------------------------

    @property
    def book(self) -> Book:
        """The orders, positions and money of the account."""
        return self._state.book

    def setting(self, *contract: str) -> SymbolSettings:
        """Return the live record of a contract."""
        key = self._key(*contract)
        if key not in self._state.settings:
            self._state.settings[key] = SymbolSettings(margin_mode=self._state.margin_mode)
        return self._state.settings[key]

    def settings(self, product_type: str | None = None) -> dict[tuple[str, str], SymbolSettings]:
        """Return the live records that exist, in order."""
        return {key: each for key, each in self._state.settings.items() if product_type in (None, key[0])}

    def snapshot(self) -> Any:
        return copy.deepcopy(self._state)

    def restore(self, snapshot: Any) -> None:
        self._state = copy.deepcopy(snapshot)

    def _contract(self, symbol: str) -> EmulatedContract:
        return CONTRACTS[self._key(symbol)]

    def _key(self, *contract: str) -> tuple[str, str]:
        """Return product type and market id of a contract that is named in either way."""
        key = (contract[0].upper(), contract[1].upper()) if len(contract) == 2 else ("", "")
        if key in CONTRACTS:
            return key
        found = contracts.by_ccxt_symbol(contract[-1], "unified" if self.unified else "classic") if contract else None
        if found is None or key[0] not in ("", found.product_type):
            raise ValueError(
                f"the emulator has no contract {', '.join(map(repr, contract))}; name it as ccxt does, "
                "'BTC/USDT:USDT', or as Bitget does, 'USDT-FUTURES', 'BTCUSDT'"
            )
        return found.key

    def _mode_key(self, product_type: str) -> str:
        # A unified account has one hold mode for everything, a classic one a mode for each product type.
        # https://www.bitget.com/api-doc/uta/account/Change-Position-Mode
        # https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode
        if self.unified:
            return "unified"
        if product_type.upper() in PRODUCT_TYPES:
            return product_type.upper()
        if found := contracts.by_ccxt_symbol(product_type, "classic"):
            return found.product_type
        raise ValueError(f"product type {product_type!r}: one of {PRODUCT_TYPES}, or a ccxt symbol: 'BTC/USDT:USDT'")
