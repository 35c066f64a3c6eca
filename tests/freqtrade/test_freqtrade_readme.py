"""The README's freqtrade section and the reference's handler, as pasted but for the port."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from freqtrade_bot import Bot, environment

from bitget_leverage_ext.emulator import Emulator, Figures

pytest.importorskip("freqtrade.main", reason="freqtrade is not installed")

ROOT = Path(__file__).parents[2]
SECTION = ROOT.joinpath("README.md").read_text().split("\n## freqtrade\n")[1].split("\n## ")[0]
REFERENCE = ROOT.joinpath("bitget_leverage_ext", "REFERENCE.md").read_text()
CONFIG, LOG_CONFIG = re.findall(r"^```json\n(.*?)^```", SECTION + REFERENCE, re.MULTILINE | re.DOTALL)
(STRATEGY,) = re.findall(r"^```python\n(from freqtrade.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
LAUNCHER = re.search(r"^python (-m bitget_leverage_ext\.freqtrade .*)$", SECTION, re.MULTILINE)


@pytest.fixture(params=["launcher", "plain command"])
def bot(request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Path) -> Iterator[Bot]:
    config = CONFIG.replace("http://127.0.0.1:8080", emulator.url)
    assert LAUNCHER is not None
    command = LAUNCHER[1].split()
    if request.param == "plain command":
        config = config.rstrip().removesuffix("}") + "," + LOG_CONFIG + "}"
        command = ["-m", "freqtrade", *command[2:]]
    json.loads(config)
    (tmp_path / "user_data" / "strategies").mkdir(parents=True)
    (tmp_path / "user_data" / "strategies" / "example.py").write_text(STRATEGY)
    (tmp_path / "config.json").write_text(config)
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command], stdout=output, stderr=output, cwd=tmp_path, env=environment()
        )
    bot = Bot(emulator, emulator.account, process, log)
    yield bot
    bot.stop()


def test_as_pasted(emulator: Emulator, bot: Bot) -> None:
    """3.7 is wanted, 3 is set, the position is opened with it, and its stoploss goes out."""
    bot.wait("/place-order")
    bot.wait("/place-tpsl-order")
    assert {body["leverage"] for body in bot.wait("/set-leverage")} == {"3"}
    assert emulator.account.figures("USDT-FUTURES", "BTCUSDT") == Figures(cross=20, long=3, short=3)
