"""freqtrade as a process of its own, trading live on the emulator of the test's process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bitget_leverage_ext.emulator import Account, Emulator, Request

# A bot is through with its first trade after about four seconds; what needs longer than this does not come.
DEADLINE = 30.0

STRATEGY = """
from freqtrade.strategy import IStrategy


class Always(IStrategy):
    timeframe = "1m"
    can_short = True
    minimal_roi = {}
    stoploss = -0.5
    process_only_new_candles = False

    def populate_indicators(self, dataframe, metadata):
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe["enter_" + self.config["side"]] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe

    def leverage(self, pair, current_time, current_rate, proposed_leverage, max_leverage, entry_tag, side, **kwargs):
        return self.config["leverage"]
"""

LAUNCHER = ("-m", "bitget_leverage_ext.freqtrade")


def configuration(emulator: Emulator, account: Account | None = None, **ccxt_config: Any) -> dict[str, Any]:
    """A live configuration for isolated futures, as small as freqtrade takes it."""
    client = emulator.config(account)
    market = {"price_side": "other", "use_order_book": False}
    return {
        "initial_state": "running",
        "dry_run": False,
        "trading_mode": "futures",
        "margin_mode": "isolated",
        "max_open_trades": 1,
        "stake_currency": "USDT",
        "stake_amount": 200,
        "entry_pricing": market,
        "exit_pricing": market,
        "order_types": {"entry": "market", "exit": "market", "stoploss": "market", "stoploss_on_exchange": False},
        "exchange": {
            "name": "bitget",
            "key": client["apiKey"],
            "secret": client["secret"],
            "password": client["password"],
            "pair_whitelist": ["BTC/USDT:USDT"],
            # without its pauses freqtrade is through with the leverage tiers of every market at once
            "ccxt_config": {"urls": client["urls"], "enableRateLimit": False, **ccxt_config},
        },
        "pairlists": [{"method": "StaticPairList"}],
        "db_url": "sqlite://",
        "internals": {"process_throttle_secs": 1},
        "strategy": "Always",
        # what the strategy does
        "side": "long",
        "leverage": 7.0,
    }


class Bot:
    """A running freqtrade, and what arrives of it."""

    def __init__(self, emulator: Emulator, account: Account, process: subprocess.Popen[bytes], log: Path) -> None:
        self.emulator, self.account, self.process, self.log = emulator, account, process, log

    def sent(self, path: str) -> list[Request]:
        """The requests of this account to paths that end so."""
        return [each for each in self.emulator.requests if each.path.endswith(path) and each.key == self.account.label]

    def wait(self, path: str, times: int = 1, code: str | None = "00000") -> list[dict[str, Any]]:
        """The bodies of what was answered with *code* at *path*, once it has come so many times."""
        found: list[Request] = []

        def there() -> bool:
            found[:] = [each for each in self.sent(path) if each.code == code]
            return len(found) >= times

        self.wait_until(there, f"{times} times {path} answered with {code}")
        return [each.body or {} for each in found]

    def wait_for_log(self, text: str) -> None:
        self.wait_until(lambda: text in self.output, f"{text!r} in the log")

    def wait_until(self, happened: Callable[[], bool], what: str) -> None:
        """Poll, as long as the bot runs and the deadline is ahead."""
        end = time.monotonic() + DEADLINE
        while not happened():
            ended = self.process.poll()
            if ended is not None and not happened():
                pytest.fail(f"freqtrade ended with {ended} before {what}:\n{self.output[-5000:]}")
            if time.monotonic() > end:
                paths = [f"{each.method} {each.path} {each.code}" for each in self.emulator.requests[-20:]]
                pytest.fail(f"no {what}; the last requests were {paths}:\n{self.output[-5000:]}")
            time.sleep(0.02)

    @property
    def output(self) -> str:
        """The log so far, without the line breaks that freqtrade's console adds."""
        return " ".join(self.log.read_text(errors="replace").split())

    def stop(self) -> int:
        """Interrupt it as Ctrl-C does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(DEADLINE)


def start_bot(
    emulator: Emulator, account: Account, place: Path, config: dict[str, Any], command: tuple[str, ...] = LAUNCHER
) -> Bot:
    """Start freqtrade in a folder of its own; *command* is what Python is given before freqtrade's arguments."""
    strategies = place / "strategies"
    strategies.mkdir(parents=True)
    (strategies / "always.py").write_text(STRATEGY)
    (place / "config.json").write_text(json.dumps(config))
    arguments = ("trade", "-c", str(place / "config.json"), "--userdir", str(place))
    log = place / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command, *arguments], stdout=output, stderr=output, cwd=place, env=environment()
        )
    return Bot(emulator, account, process, log)


def environment() -> dict[str, str]:
    """Ours, without what changes freqtrade: under PYTEST_VERSION it leaves logging as it is, log_config included."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PYTEST_VERSION" and not name.lower().endswith("_proxy")
    }
