"""Launcher for freqtrade with our ``bitget``: ``python -m bitget_leverage_ext.freqtrade trade -c config.json``.

freqtrade has no plug-in interface for exchanges. It looks ``bitget`` up by name in ``ccxt`` and ``ccxt.pro`` when it
loads the exchange, which is before it loads the strategy. So the class is installed before freqtrade starts, under the
name that freqtrade, its database and its data folders know.
https://github.com/freqtrade/freqtrade/blob/2026.9/freqtrade/exchange/exchange.py (_init_ccxt)

Where only the plain ``freqtrade`` command can be run, a line of its configuration does the same: :class:`Installer`.
"""

from __future__ import annotations

import functools
import importlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

from .installing import DefaultOptions, ccxt_is_supported, ccxt_origin, install_with, supported_range, versions

log = logging.getLogger("bitget_leverage_ext")


class ForFreqtrade(DefaultOptions):
    """Mixin with what freqtrade needs beside a right ``set_leverage``.

    Options in a user's ``exchange.ccxt_config.options`` override its defaults.
    """

    # Strategies return leverages such as 3.7, and freqtrade passes them on unchanged; Bitget takes whole numbers.
    defaults: Mapping[str, Any] = MappingProxyType({"fractional": "floor"})

    def __init__(self, config: Any = {}) -> None:  # noqa: B006  # ccxt's own signature
        super().__init__(config)  # type: ignore[call-arg]
        if "apiKey" in config:  # freqtrade's own object, created after its logging was set up
            # A user's log_config disables every logger that it does not name.
            # https://docs.python.org/3/library/logging.config.html (disable_existing_loggers)
            log.disabled = False
            _log_versions()

    def handle_product_type_and_params(self, market: Any = None, params: Any = {}) -> Any:  # noqa: B006
        # freqtrade asks for balances and positions, and sets the position mode, without a product type. ccxt then
        # takes USDT-FUTURES, so S-coins could not be traded. The option ``defaultProductType`` names another one.
        default = self.options.get("defaultProductType")  # type: ignore[attr-defined]
        if market is None and default is not None and not {"productType", "category"} & set(params):
            params = {**params, "productType": default}
        return super().handle_product_type_and_params(market, params)  # type: ignore[misc]


@functools.cache
def _log_versions() -> None:
    """Log once a process that freqtrade uses our class, with the versions that a bug report needs."""
    log.info("freqtrade's bitget comes from %s", versions())


class LaunchError(Exception):
    """freqtrade would not run with our class; the message says why."""


class Installer(logging.NullHandler):
    """A logging handler that handles no record; creating it installs the class.

    freqtrade creates the handlers of its ``log_config`` before it loads the exchange, so naming this one there
    installs the class for the plain ``freqtrade`` command:
    ``"handlers": {"bitget_leverage": {"class": "bitget_leverage_ext.freqtrade.Installer"}, …}``
    """

    def __init__(self, level: int = logging.NOTSET) -> None:
        try:
            prepare()
        except LaunchError as error:
            # An exception would not do: logging wraps it in a traceback of its own, and freqtrade turns SystemExit
            # into success. https://github.com/freqtrade/freqtrade/blob/2026.9/freqtrade/main.py
            _print_not_started(error)
            logging.shutdown()
            sys.stderr.flush()
            os._exit(2)
        super().__init__(level)


def _print_not_started(error: LaunchError) -> None:
    print(f"bitget-leverage: freqtrade was not started: {error}", file=sys.stderr)


def prepare() -> None:
    """Install our class, and verify that freqtrade will use it."""
    if not ccxt_is_supported():
        raise LaunchError(f"{ccxt_origin()} is not supported; install ccxt {supported_range()}")
    try:
        exchanges = importlib.import_module("freqtrade.exchange")
        loader = importlib.import_module("freqtrade.exchange.exchange")
    except ImportError as error:
        raise LaunchError(f"freqtrade cannot be imported; install it in this environment ({error})") from error
    try:
        install_with(ForFreqtrade)
    except RuntimeError as error:
        raise LaunchError(str(error)) from error

    # What freqtrade's own module finds under these names when it loads the exchange is what counts.
    for place in ("ccxt", "ccxt_pro"):
        cls = getattr(getattr(loader, place, None), "bitget", None)
        if cls is None or not (getattr(cls, "__module__", "")).startswith(f"{__package__}."):
            raise LaunchError(f"this freqtrade does not take its exchanges from {place.replace('_', '.')}")
        try:
            cls({})
        except Exception as error:
            # On an AttributeError here freqtrade would silently fall back to an exchange class of its own that cannot
            # trade futures on Bitget.
            raise LaunchError(f"the class cannot be built: {type(error).__name__}: {error}") from error
    name = exchanges.MAP_EXCHANGE_CHILDCLASS.get("bitget", "bitget").title()
    if getattr(exchanges, name, exchanges.Exchange) is exchanges.Exchange:
        raise LaunchError("this freqtrade has no exchange class of its own for bitget")
    _check_cached_tiers(exchanges.Exchange)


# What a leverage tier says, in ccxt's words; ``info`` beside it is the exchange's raw row.
_TIER = ("maxLeverage", "minNotional", "maxNotional", "maintenanceMarginRate")


@functools.cache
def _check_cached_tiers(bot_class: Any) -> None:
    """Make freqtrade's class ``Exchange`` compare its cached leverage tiers with the exchange that it trades on.

    freqtrade keeps the tiers of a data folder for four weeks, and does not know whose they are: after a test run on
    the emulator, maximum leverage, stake and liquidation price on Bitget would be the emulator's.
    https://github.com/freqtrade/freqtrade/blob/2026.9/freqtrade/exchange/exchange.py (load_cached_leverage_tiers)
    """
    original = getattr(bot_class, "load_cached_leverage_tiers", None)
    if original is None:
        log.warning("this freqtrade has no load_cached_leverage_tiers: its cached leverage tiers are not checked")
        return

    @functools.wraps(original)
    def checked(bot: Any, *args: Any, **kwargs: Any) -> Any:
        tiers = original(bot, *args, **kwargs)
        if not tiers or bot.id != "bitget":
            return tiers
        try:
            whitelist = bot._config["exchange"]["pair_whitelist"]
            pair = next((pair for pair in whitelist if pair in tiers), min(tiers))
            with bot._loop_lock:
                _, current = bot.loop.run_until_complete(bot.get_market_leverage_tiers(pair))
            cached, real = ([[tier[key] for key in _TIER] for tier in each] for each in (tiers[pair], current))
            if cached == real:
                return tiers
            log.warning(
                "the cached leverage tiers in %s are not those of this exchange (%s: up to %gx cached, up to %gx now)."
                " They are loaded again. If the emulator was used with this folder, delete it: its candles are not"
                " real either",
                bot._config["datadir"], pair, max(tier[0] for tier in cached), max(tier[0] for tier in real),
            )  # fmt: skip
            return None
        except Exception as error:  # no network, or another freqtrade, which then goes on as without us
            log.info("the cached leverage tiers could not be checked: %s: %s", type(error).__name__, error)
            return tiers

    bot_class.load_cached_leverage_tiers = checked


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run freqtrade with our class; arguments, exit code and signals are freqtrade's."""
    try:
        prepare()
    except LaunchError as error:
        _print_not_started(error)
        sys.exit(2)
    freqtrade = importlib.import_module("freqtrade.main")
    sys.exit(freqtrade.main(list(sys.argv[1:] if argv is None else argv)))


if __name__ == "__main__":
    main()
