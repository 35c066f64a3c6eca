"""The recorded scenarios, replayed by the three clients from the same cassettes; and the cassettes' own hygiene.

Record those of the emulator again:

    pytest tests/test_recordings.py --record-mode=rewrite
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from clients import HOST, LOADER, ORIGINS, Client, filtered
from recordings import EMULATOR, OBSERVED, Recording
from vcr.errors import CannotOverwriteExistingCassetteException
from world.clock import Clock

from bitget_leverage_ext import errors
from bitget_leverage_ext.emulator import Emulator

CASSETTES = Path(__file__).parent.parent / "cassettes"
FAKE_KEY = {"secret": "secret", "password": "password"}
SCENARIOS = EMULATOR + OBSERVED
FILES = sorted(CASSETTES.rglob("*.yaml"))


def name_of(path: Path) -> str:
    return str(path.relative_to(CASSETTES).with_suffix(""))


LIVE = [Recording(name_of(path)) for path in FILES if name_of(path).startswith("live/")]


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Recording:
    return getattr(request, "param", SCENARIOS[0])  # pytest-recording asks for its settings in every test


@pytest.fixture
def record_mode(request: pytest.FixtureRequest, scenario: Recording) -> str:
    """Only scenarios are recorded, and of those only what the emulator can answer."""
    recorded = request.function is test_scenario and scenario in EMULATOR
    return str(request.config.getoption("--record-mode") or "none") if recorded else "none"


@pytest.fixture
def vcr_cassette_dir() -> str:
    return str(CASSETTES)


@pytest.fixture
def default_cassette_name(scenario: Recording) -> str:
    return scenario.path


@pytest.fixture
def vcr_config() -> dict[str, Any]:
    """Keep nothing of this machine and no secret. Body and environment are part of the match, or a wrong leverage, and
    a demo key's recording for an ordinary key, would pass."""
    return {
        "before_record_request": filtered,
        "decode_compressed_response": True,
        "match_on": ["method", "path", "query", "headers", "json body"],
    }


@pytest.fixture
def run(
    scenario: Recording,
    kind: str,
    record_mode: str,
    markets: dict[str, Any],
    unified_markets: dict[str, Any],
) -> Iterator[Client]:
    """A client on the cassette; where one is recorded, on the emulator, arranged as the scenario says."""
    clock, config = Clock(), {**FAKE_KEY, "apiKey": secrets.token_hex(8)}
    emulator = Emulator(rate_limit=False)
    with contextlib.ExitStack() as stack:
        if record_mode == "none":
            stack.enter_context(clock.installed())  # a retry waits for nothing
            new_loop = clock.event_loop
        else:
            stack.enter_context(emulator)
            scenario.record(emulator)
            config, new_loop = emulator.config(), asyncio.new_event_loop
        config |= scenario.config
        client = Client(kind, config, new_loop)
        stack.callback(client.close)
        unified = config["options"].get("uta")
        vars(client.exchange).update(unified_markets if unified else markets)
        yield client


@pytest.mark.vcr
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.path, indirect=True)
def test_scenario(scenario: Recording, run: Client, vcr: Any) -> None:
    """Every scenario, in every client, from the one cassette."""
    scenario.play(run)
    assert vcr.all_played or vcr.dirty, "the cassette holds a request that was not made"


@pytest.mark.vcr
@pytest.mark.skipif(not LIVE, reason="nobody has recorded any yet: see cassettes/README.md")
@pytest.mark.parametrize("scenario", LIVE or SCENARIOS[:1], ids=lambda scenario: scenario.path, indirect=True)
def test_live(scenario: Recording, run: Client, vcr: Any) -> None:
    """What was recorded of Bitget itself, request by request through our own client: matched and answered alike."""
    content = yaml.safe_load((CASSETTES / f"{scenario.path}.yaml").read_text())
    run.exchange.set_sandbox_mode(True)
    for interaction in content["interactions"]:
        sent = interaction["request"]
        body = None if sent["body"] is None else str(sent["body"])
        headers = {name: value if isinstance(value, str) else value[0] for name, value in sent["headers"].items()}
        published = interaction["response"]["body"]["string"]
        if interaction["response"]["status"]["code"] >= 400:
            with pytest.raises(Exception, match=re.escape(published[:60])):
                run.fetch(sent["uri"], sent["method"], headers, body)
        else:
            assert run.fetch(sent["uri"], sent["method"], headers, body) == json.loads(published)
    assert vcr.all_played


def by_path(ending: str) -> Recording:
    return next(scenario for scenario in EMULATOR if scenario.path.endswith(ending))


LONG = by_path("table/classic/isolated-hedge-long")
DEMO, ORDINARY = by_path("accounts/demo-key"), by_path("table/classic/crossed-no-side")


@pytest.mark.vcr
@pytest.mark.parametrize(
    ("scenario", "sandbox", "wrong"),
    [
        pytest.param(LONG, False, (11, "BTC/USDT:USDT", {"holdSide": "long"}), id="leverage"),
        pytest.param(LONG, False, (10, "BTC/USDT:USDT", {"holdSide": "short"}), id="side"),
        pytest.param(LONG, False, (10, "ETH/USDT:USDT", {"holdSide": "long"}), id="symbol"),
        pytest.param(LONG, False, (10, "BTC/USDT:USDT", {"holdSide": "long", "uta": True}), id="path"),
        pytest.param(DEMO, False, (10, "BTC/USDT:USDT", {}), id="ordinary key"),
        pytest.param(ORDINARY, True, (10, "BTC/USDT:USDT", {}), id="demo key"),
    ],
    indirect=["scenario"],
)
def test_what_differs_does_not_replay(run: Client, sandbox: bool, wrong: tuple[Any, ...]) -> None:
    """Another body, path, query or environment than the recorded one fails, instead of replaying green."""
    run.exchange.set_sandbox_mode(sandbox)
    with pytest.raises(Exception, match=r"CannotOverwrite|Can't overwrite") as caught:
        run.set_leverage(*wrong)
    causes: list[BaseException | None] = [caught.value]
    while causes[-1] is not None:
        causes.append(causes[-1].__cause__ or causes[-1].__context__)
    assert any(isinstance(cause, CannotOverwriteExistingCassetteException) for cause in causes)


def test_what_is_right_does_replay_in_its_environment() -> None:
    """The recordings of the two environments really differ in the header."""
    for scenario, headed in ((DEMO, True), (ORDINARY, False)):
        text = (CASSETTES / f"{scenario.path}.yaml").read_text()
        assert ("paptrading" in text) is headed


def test_every_code_is_recorded() -> None:
    """Each code of the error table stands in a recording."""
    recorded = "".join(path.read_text() for path in FILES)
    missing = {code for code in errors.CODES if not re.search(rf'"code":\s*"{code}"', recorded)}
    assert not missing


def test_one_file_a_scenario() -> None:
    """No scenario without its cassette, and no cassette without its scenario."""
    names = [scenario.path for scenario in SCENARIOS]
    assert {name_of(path) for path in FILES} - {scenario.path for scenario in LIVE} == set(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_hygiene(path: Path) -> None:
    """An origin that fits the folder; no key, no signature, no machine's port or clock; readable JSON."""
    text = path.read_text()
    private = r"access-|127\.0\.0\.1|localhost|user-agent|passphrase|emulator-(key|secret)|date:|p4sve"
    assert not re.search(private, text, re.IGNORECASE)
    content = yaml.load(text, Loader=LOADER)
    folder = path.relative_to(CASSETTES).parts[0]
    if folder == "observed":
        assert re.match(r"https://\S+$", content["origin"])
        assert {"published", "ours"} < set(content)
        assert re.match(r"(\d{4}-\d\d(-\d\d)?|undated), \S", content["published"])
    else:
        assert content["origin"] == ORIGINS[folder]
        assert set(re.findall(r'"requestTime":\s*(\d+)', text)) <= {"1700000000000"}
    for interaction in content["interactions"]:
        assert interaction["request"]["uri"].startswith(f"{HOST}/api/")
        assert set(interaction["request"]["headers"]) <= {"content-type", "paptrading"}
        if interaction["request"]["body"]:
            json.loads(interaction["request"]["body"])
