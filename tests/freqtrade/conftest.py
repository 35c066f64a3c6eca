"""The emulator, running, and bots that trade on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from freqtrade_bot import Bot, start_bot

from bitget_leverage_ext.emulator import Account, Emulator


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """With the quirks that a test names, ``@pytest.mark.parametrize("emulator", [Quirks(...)], indirect=True)``.

    Without rate limits: freqtrade reads the leverage tiers of 157 markets at each start.
    """
    with Emulator(getattr(request, "param", None), rate_limit=False) as running:
        yield running


@pytest.fixture
def start(emulator: Emulator, tmp_path: Path) -> Iterator[Callable[..., Bot]]:
    """Start freqtrade for an account, the emulator's own unless said otherwise."""
    bots: list[Bot] = []

    def start(config: dict[str, Any], account: Account | None = None, **how: Any) -> Bot:
        place = tmp_path / f"bot-{len(bots)}"
        bots.append(start_bot(emulator, account or emulator.account, place, config, **how))
        return bots[-1]

    yield start
    for bot in bots:
        if bot.process.poll() is None:
            bot.process.kill()
            bot.process.wait()
