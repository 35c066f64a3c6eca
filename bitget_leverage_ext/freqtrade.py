"""Runs freqtrade, unmodified, with our ``bitget``: ``python -m bitget_leverage_ext.freqtrade trade -c config.json``.

freqtrade has no plug-in interface for exchanges; it looks ``bitget`` up by name in ``ccxt`` and ``ccxt.pro`` when it
loads the exchange, which is before it loads the strategy. So the class has to be there before freqtrade starts, under
the name that freqtrade, its database and its data folders know.
https://github.com/freqtrade/freqtrade/blob/2026.9/freqtrade/exchange/exchange.py (_init_ccxt)

Where only the plain ``freqtrade`` command can be run, a line in its configuration does the same: :class:`Installer`.
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

from .installing import Defaulting, install_with

# The range that this package asks for; an environment may have been made to hold another.
OLDEST, BEYOND = (4, 5, 6), (5,)

log = logging.getLogger("bitget_leverage_ext")


class ForFreqtrade(Defaulting):
    """What freqtrade needs beside a right ``set_leverage``; ``exchange.ccxt_config.options`` of a user wins over it."""

    # Its strategies name leverages such as 3.7, and it hands them on as they are; Bitget takes whole numbers.
    defaults: Mapping[str, Any] = MappingProxyType({"fractional": "floor"})

    def __init__(self, config: Any = {}) -> None:  # noqa: B006  # ccxt's own signature
        super().__init__(config)  # type: ignore[call-arg]
        if "apiKey" in config:  # freqtrade's own object, made after its log was set up; its trials have none
            # A log_config of the user's switches off every logger that it does not name: logging's default.
            # https://docs.python.org/3/library/logging.config.html (disable_existing_loggers)
            log.disabled = False
            _in_force()

    def handle_product_type_and_params(self, market: Any = None, params: Any = {}) -> Any:  # noqa: B006
        # It asks for balances and positions, and sets the position mode, without saying for which product type: ccxt
        # takes USDT-FUTURES then, so that an S-coin could not be traded. Hence an option, ``defaultProductType``.
        default = self.options.get("defaultProductType")  # type: ignore[attr-defined]
        if market is None and default is not None and not {"productType", "category"} & set(params):
            params = {**params, "productType": default}
        return super().handle_product_type_and_params(market, params)  # type: ignore[misc]


@functools.cache
def _in_force() -> None:
    """Say so, once a process."""
    import ccxt

    log.info("bitget_leverage_ext is freqtrade's bitget, on ccxt %s", ccxt.__version__)


class LaunchError(Exception):
    """freqtrade would not run with our class; the message says why."""


class Installer(logging.Handler):
    """A logging handler that handles nothing: what counts is that it was made.

    freqtrade makes the handlers of its ``log_config`` before it looks at the exchange, so that naming this one there
    installs the class for the plain ``freqtrade`` command:
    ``"handlers": {"bitget_leverage": {"class": "bitget_leverage_ext.freqtrade.Installer"}, …}``
    """

    def __init__(self, level: int = logging.NOTSET) -> None:
        try:
            prepare()
        except LaunchError as error:
            # No exception gets out of here as it is: logging wraps one in a traceback of its own, and freqtrade turns
            # SystemExit into success. https://github.com/freqtrade/freqtrade/blob/2026.9/freqtrade/main.py
            print(_refused(error), file=sys.stderr)
            logging.shutdown()
            sys.stderr.flush()
            os._exit(2)
        super().__init__(level)

    def emit(self, record: logging.LogRecord) -> None:
        """Nothing: the other handlers have the record too."""


def _refused(error: LaunchError) -> str:
    return f"bitget-leverage: freqtrade was not started: {error}"


def prepare() -> None:
    """Install our class, and make sure that freqtrade will use it.

    :raises LaunchError: it would not
    """
    import ccxt

    version = tuple(int(part) for part in ccxt.__version__.split(".")[:3])
    if not OLDEST <= version < BEYOND:
        wanted = " and below ".join(".".join(map(str, each)) for each in (OLDEST, BEYOND))
        raise LaunchError(f"ccxt {ccxt.__version__} is installed; it has to be {wanted}")
    try:
        exchanges = importlib.import_module("freqtrade.exchange")
        loader = importlib.import_module("freqtrade.exchange.exchange")
    except ImportError as error:
        raise LaunchError(f"freqtrade cannot be imported here; install it beside this package ({error})") from error
    try:
        install_with(ForFreqtrade)
    except RuntimeError as error:
        raise LaunchError(str(error)) from error

    # The names are those of freqtrade's own module: what it reads there at load time is what counts.
    for place in ("ccxt", "ccxt_pro"):
        cls = getattr(getattr(loader, place, None), "bitget", None)
        if cls is None or not (getattr(cls, "__module__", "")).startswith(f"{__package__}."):
            raise LaunchError(f"this freqtrade does not take its exchanges from {place.replace('_', '.')}")
        try:
            cls({})
        except Exception as error:
            # An AttributeError here would make freqtrade fall back, without a word, to an exchange class of its own
            # that cannot trade futures on Bitget.
            raise LaunchError(f"the class cannot be built: {type(error).__name__}: {error}") from error
    name = exchanges.MAP_EXCHANGE_CHILDCLASS.get("bitget", "bitget").title()
    if getattr(exchanges, name, exchanges.Exchange) is exchanges.Exchange:
        raise LaunchError("this freqtrade has no exchange class of its own for bitget")


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run freqtrade with our class; every argument, the exit code and the signals are freqtrade's.

    :param argv: freqtrade's arguments; those of the command line where left out
    """
    try:
        prepare()
    except LaunchError as error:
        print(_refused(error), file=sys.stderr)
        sys.exit(2)
    freqtrade = importlib.import_module("freqtrade.main")
    sys.exit(freqtrade.main(list(sys.argv[1:] if argv is None else argv)))


if __name__ == "__main__":
    main()
