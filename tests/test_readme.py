"""README's blocks run as they stand; the pages say what the code says, and their links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import ccxt
import pytest

from bitget_leverage_ext.cli import main
from bitget_leverage_ext.emulator import Emulator

ROOT = Path(__file__).parent.parent
README = ROOT.joinpath("README.md").read_text()
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "bitget_leverage_ext/REFERENCE.md", "cassettes/README.md")),
    *sorted(ROOT.joinpath(".github").glob("*.md")),
]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def block(kind: str, part: str) -> str:
    [found] = [text for name, text in BLOCKS if name == kind and part in text]
    return str(found)


LOOK = "import ccxt; print(ccxt.bitget is bitget_leverage_ext.bitget, ccxt.bitget({}).options['setLeverage'])"


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """What the blocks of Python print, each with its own names; one process for all, and the one that installs last."""
    parts = ["for bitget in", "unified=True", "import asyncio", ".install("]
    codes = [block("python", part) for part in parts]
    codes[-1] += LOOK
    code = f"for code in {codes!r}:\n    exec(code, {{'__name__': '__main__'}})\n    print('end of the block')\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(zip(parts, done.stdout.split("end of the block\n"), strict=False))


def test_every_block_is_run() -> None:
    """By the tests below, by tests/freqtrade, or by .ci/run; a new block needs a test of its own."""
    assert Counter(kind for kind, _ in BLOCKS) == {"python": 4, "text": 1, "sh": 6}
    assert "pip install '.[cli]' && bitget-leverage tour" in block("sh", "tour")
    assert block("sh", "freqtrade '.[cli]'") and block("sh", "cd my-bot") and block("sh", "docker build")


def test_the_problem(printed: dict[str, str]) -> None:
    """The first block prints what the block below it says."""
    assert printed["for bitget in"] == block("text", "ccxt.bitget")


@pytest.mark.parametrize("part", ["unified=True", "import asyncio"])
def test_what_a_comment_says_is_printed(printed: dict[str, str], part: str) -> None:
    code = block("python", part)
    promised = re.search(r"print\(.*\)  # (.*)", code)
    assert promised is not None
    first, *others = printed[part].splitlines()
    assert first == promised[1]
    if "NOPE" in code:
        assert others[0] == "ETH/USDT:USDT 7"
        assert others[1].startswith("NOPE/USDT:USDT bitget 'NOPE/USDT:USDT' is not ")


def test_install(printed: dict[str, str]) -> None:
    assert printed[".install("] == "False {'holdSide': 'both', 'marginMode': 'both'}\n"


def test_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line of the block succeeds against one emulator, started as the sentence above it says."""
    keys, *commands = block("sh", "bitget-leverage set").splitlines()
    assert "`bitget-leverage emulator --port 8081 --isolated`" in README
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(ccxt.Exchange, "throttle", lambda *_: None)  # no waiting
    with Emulator(rate_limit=False, margin_mode="isolated") as emulator:
        account = emulator.account
        values = (account.api_key, account.secret, account.password)  # of this process's emulator
        for name, value in zip(re.findall(r"(\w+)=", keys), values, strict=True):
            monkeypatch.setenv(name, value)
        for command in commands:
            program, *words = shlex.split(command.replace("http://127.0.0.1:8081", emulator.url))
            assert program == "bitget-leverage"
            assert main(words) == 0, f"{command}\n{capsys.readouterr()}"
        leverages = {symbol: account.leverages(f"{symbol}/USDT:USDT") for symbol in ("BTC", "ETH", "SOL")}
    # the last line is the file's
    assert (leverages["BTC"].long, leverages["BTC"].short) == (10, 10)
    assert (leverages["ETH"].long, leverages["ETH"].short) == (20, 5)
    assert (leverages["SOL"].long, leverages["SOL"].short) == (7, 20)


def test_the_strategy_s_test() -> None:
    """The sample passes with the command that README gives, without this project's configuration of pytest."""
    *_, command = block("sh", "test_strategy.py").splitlines()
    words = shlex.split(command)
    assert words[0] == "pytest"
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", "/",
            *words[1:],
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )  # fmt: skip
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_docker_recipe() -> None:
    """What can be checked without Docker: the names agree, the paths exist, the entry point is the launcher."""
    samples = ROOT / "bitget_leverage_ext" / "examples" / "freqtrade"
    build = shlex.split(block("sh", "docker build"))
    image, dockerfile = build[build.index("-t") + 1], ROOT / build[build.index("-f") + 1]
    assert dockerfile == samples / "Dockerfile"
    lines = dockerfile.read_text().splitlines()
    [copy] = [line.split() for line in lines if line.startswith("COPY")]
    assert f"RUN pip install --user --no-cache-dir {copy[-1]}" in lines
    assert 'ENTRYPOINT ["python", "-m", "bitget_leverage_ext.freqtrade"]' in lines
    assert f"    image: {image}\n" in (samples / "docker-compose.override.yml").read_text()
    # what the package is built from is not left out of the build
    left_out = ROOT.joinpath(".dockerignore").read_text().split()
    assert not {"pyproject.toml", "README.md", "LICENSE", "bitget_leverage_ext"} & set(left_out)


def test_the_readme_is_recipes() -> None:
    """What is reference stands in the reference, and the first success on the first screen."""
    lines = README.splitlines()
    assert len(lines) < 260
    assert any("bitget-leverage tour" in line for line in lines[:15])


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Files and headings of this repository; what is elsewhere is not followed."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_the_badges() -> None:
    """They say what pyproject.toml says."""
    badges = ROOT.joinpath(".github", "badges.svg").read_text()
    project = ROOT.joinpath("pyproject.toml").read_text()
    for pattern in (r'requires-python = ">=([\d.]+)"', r'"ccxt>=([\d.]+),', r'license = "(\w+)"'):
        [value] = re.findall(pattern, project)
        assert f">{value}" in badges
    assert "beta" in badges and "4 - Beta" in project
