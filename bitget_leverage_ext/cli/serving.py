"""The command `emulator`: run the emulator until it is stopped, and print how to reach it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from bitget_leverage_ext.emulator import EmulatedAccount, Emulator, Quirks
from bitget_leverage_ext.redaction import escape_controls

from .connection import VARIABLES, Misuse
from .output import console, print_json


def quirks_of(settings: list[str], like: Path | None = None) -> Quirks:
    """Return the answers that ``name=value`` pairs choose, on top of those in a report of ``learn``.

    :raises Misuse: an unknown name or value, or *like* is no report; the message names the known ones
    """
    try:
        return _quirks(settings, like)
    except (ValueError, OSError) as error:
        raise Misuse(str(error)) from None


def _quirks(settings: list[str], like: Path | None) -> Quirks:
    known = asdict(Quirks.from_report(like) if like else Quirks())
    chosen: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        name = name.replace("-", "_")
        if not equals or name not in known:
            raise ValueError(f"--quirk {setting!r}: name=value, where name is one of {', '.join(known)}")
        chosen[name] = value
    return Quirks(**known | chosen)


def prepare(
    account: EmulatedAccount, unified: bool, demo_key: bool, one_way: bool, isolated: bool, read_only: bool
) -> None:
    """Put *account* in the state that the options describe."""
    account.unified, account.environment = unified, "demo" if demo_key else "live"
    account.permissions = ("read",) if read_only else ("read", "trade")
    account.set_position_mode("one-way" if one_way else "hedge")
    account.set_margin_mode("isolated" if isolated else "cross")


def serve(emulator: Emulator, as_json: bool, log: bool) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = threading.Event()

    def stopped(signum: int, frame: FrameType | None) -> None:
        stop.set()

    before = {each: signal.signal(each, stopped) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with emulator:
            announce(emulator, as_json)
            shown = 0
            # The wait is short because Python on some systems runs a signal's handler only when it ends.
            while not stop.wait(0.2):
                shown = _log(emulator, shown) if log else 0
            if log:
                _log(emulator, shown)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if not as_json:
        console().print("stopped")


def announce(emulator: Emulator, as_json: bool) -> None:
    """Print how to reach the emulator."""
    account = emulator.account
    demo = account.environment == "demo"
    config = {"apiKey": account.api_key, "secret": account.secret, "password": account.password}
    if as_json:
        print_json({"url": emulator.url, "unified": account.unified, "demo": demo, "config": emulator.config(account)})
    else:
        kind = f"{'unified' if account.unified else 'classic'} account, {'demo' if demo else 'live'} key"
        config_lines = "".join(f"    {name!r}: {value!r},\n" for name, value in config.items())
        exports = " ".join(f"{VARIABLES[name]}={value}" for name, value in config.items())
        # In isolated hedge mode a call must name a side; unified accounts choose the margin mode with each call.
        isolated = account.margin_mode("USDT-FUTURES", "BTCUSDT") == "isolated" and not account.unified
        sided = isolated and account.position_mode("USDT-FUTURES") == "hedge_mode"
        # Not through a console that wraps: these lines are for copying.
        sys.stdout.write(
            f"The emulator answers at {emulator.url} ({kind}; the keys below work nowhere else).\n\n"
            "In Python:\n\n"
            "import ccxt\n"
            "import bitget_leverage_ext\n\n"
            f"config = {{\n{config_lines}"
            f"    'urls': {{'api': dict.fromkeys(ccxt.bitget().urls['api'], {emulator.url!r})}},\n}}\n"
            "exchange = bitget_leverage_ext.bitget(config)  # plain ccxt.bitget(config) reaches it too\n"
            + ("exchange.set_sandbox_mode(True)\n" if demo else "")
            + f"exchange.set_leverage(10, 'BTC/USDT:USDT'{', ' + repr({'holdSide': 'both'}) if sided else ''})\n\n"
            "On the command line:\n\n"
            f"export {exports}\n"
            f"bitget-leverage set 10 BTC/USDT:USDT{' --side both' if sided else ''}{' --demo' if demo else ''} "
            f"--url {emulator.url}\n\n"
            "Ctrl-C stops it.\n"
        )
    sys.stdout.flush()


def _log(emulator: Emulator, shown: int, write: Callable[[str], Any] = sys.stderr.write) -> int:
    """Print the requests from number `shown` on; return the number of the next one."""
    arrived = emulator.since(shown)
    for number, request in arrived:
        if request.status is None and request is arrived[-1][1]:
            break  # not answered yet
        what = request.body or request.query or ""
        write(
            escape_controls(f"{request.method} {request.path} {what} -> {request.status} {request.code or ''}") + "\n"
        )
        shown = number + 1
    sys.stderr.flush()
    return shown
