"""README's freqtrade recipe, run as it stands but for the port, and the sample files that it copies."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from freqtrade_bot import Bot, environment

from bitget_leverage_ext.emulator import Emulator

ROOT = Path(__file__).parents[2]
README = ROOT.joinpath("README.md").read_text()
SAMPLES = ROOT / "bitget_leverage_ext" / "examples" / "freqtrade"
EMULATOR = "http://127.0.0.1:8080"
ARGUMENTS = re.search(r"^\(cd my-bot && python -m bitget_leverage_ext\.freqtrade (.*)\)$", README, re.MULTILINE)


def test_the_sample_files_are_those_of_the_recipe() -> None:
    """The folder is copied whole; every file that the command names is in it."""
    assert f"cp -r {SAMPLES.relative_to(ROOT)} my-bot\n" in README
    assert ARGUMENTS is not None
    assert ARGUMENTS[1] == "trade -c config.json -c emulator.json --strategy Example"
    assert "class Example(" in (SAMPLES / "user_data" / "strategies" / "example.py").read_text()


def test_everything_of_the_emulator_is_in_one_file() -> None:
    """Without emulator.json it is a dry run, without a key, an address, a database and a data folder of the emulator."""
    config = json.loads((SAMPLES / "config.json").read_text())
    overlay = json.loads((SAMPLES / "emulator.json").read_text())
    assert "ccxt_config" not in config["exchange"]
    assert (config["dry_run"], config["initial_state"], overlay["dry_run"]) == (True, "running", False)
    assert not any(config["exchange"][name] for name in ("key", "secret", "password"))
    assert not {"db_url", "user_data_dir", "datadir"} & set(config)
    assert overlay["db_url"] == "sqlite://"
    assert (SAMPLES / overlay["user_data_dir"]).is_dir()
    assert overlay["user_data_dir"] != "user_data"
    assert set(overlay["exchange"]["ccxt_config"]["urls"]["api"].values()) == {EMULATOR}
    assert "bitget-leverage emulator --port 8080" in README


# --- with freqtrade ----------------------------------------------------------------------------------------------


@pytest.fixture
def recipe(emulator: Emulator, tmp_path: Path) -> Iterator[Callable[..., Bot]]:
    """Copy the samples, point them at the emulator, and run freqtrade with these arguments in their folder."""
    pytest.importorskip("freqtrade.main", reason="freqtrade is not installed")
    place = tmp_path / "my-bot"
    shutil.copytree(SAMPLES, place)
    overlay = json.loads((place / "emulator.json").read_text().replace(EMULATOR, emulator.url))
    account = emulator.account
    overlay["exchange"] |= {"key": account.api_key, "secret": account.secret, "password": account.password}
    overlay["exchange"]["ccxt_config"]["enableRateLimit"] = False  # 157 lists of tiers at once
    (place / "emulator.json").write_text(json.dumps(overlay))
    bots: list[Bot] = []

    def run(*command: str) -> Bot:
        log = place / f"log-{len(bots)}"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *command], stdout=output, stderr=output, cwd=place, env=environment()
            )
        bots.append(Bot(emulator, emulator.account, process, log))
        return bots[-1]

    yield run
    for bot in bots:
        bot.stop()


@pytest.mark.parametrize("plain", [False, True], ids=["launcher", "plain command with log_config.json"])
def test_the_recipe(emulator: Emulator, recipe: Callable[..., Bot], tmp_path: Path, plain: bool) -> None:
    """3.7 is wanted, 3 is set, the position is opened with it, its stoploss goes out; user_data stays untouched."""
    assert ARGUMENTS is not None
    module = "freqtrade" if plain else "bitget_leverage_ext.freqtrade"
    bot = recipe("-m", module, *ARGUMENTS[1].split(), *(("-c", "log_config.json") if plain else ()))
    bot.wait("/place-order")
    bot.wait("/place-tpsl-order")
    assert {body["leverage"] for body in bot.wait("/set-leverage")} == {"3"}
    assert [position.leverage for position in emulator.account.positions()] == [3]
    bot.wait_for_log("leverage 3.7 was rounded down to 3")
    bot.wait_for_log("freqtrade's bitget comes from bitget_leverage_ext")
    bot.stop()
    left = {str(path.relative_to(tmp_path / "my-bot")) for path in (tmp_path / "my-bot" / "user_data").rglob("*.json")}
    assert left == set()


def test_tiers_of_another_exchange(recipe: Callable[..., Bot], tmp_path: Path) -> None:
    """Cached leverage tiers that are not those of the exchange are named, and loaded again."""
    assert ARGUMENTS is not None
    command = ("-m", "bitget_leverage_ext.freqtrade", *ARGUMENTS[1].split())
    first = recipe(*command)
    first.wait("/place-order")
    first.stop()
    assert "are not those of this exchange" not in first.output
    tiers = tmp_path / "my-bot" / "emulator-data" / "data" / "bitget" / "futures" / "leverage_tiers_USDT.json"
    content = json.loads(tiers.read_text())
    content["data"]["BTC/USDT:USDT"][0]["maxLeverage"] = 125.0
    tiers.write_text(json.dumps(content))
    second = recipe(*command)
    second.wait_for_log("are not those of this exchange (BTC/USDT:USDT: up to 125x cached, up to 150x now)")
    second.wait_for_log("Done initializing")
    second.stop()
    assert json.loads(tiers.read_text())["data"]["BTC/USDT:USDT"][0]["maxLeverage"] == 150.0
