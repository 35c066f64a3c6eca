"""The recorded scenarios, replayed by the three clients from the same cassettes; and the cassettes' own hygiene.

Record them again, from the emulator, or with --live from Bitget with a demo key:

    pytest tests/test_recordings.py --record-mode=rewrite
    pytest tests/test_recordings.py --record-mode=rewrite --live -k "sync- and not async-"
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from clients import CLIENTS, Client
from recordings import EMULATOR, SCENARIOS, Scenario
from vcr.errors import CannotOverwriteExistingCassetteException

from bitget_leverage_ext import drive
from bitget_leverage_ext.emulator import Emulator

CASSETTES = Path(__file__).parent.parent / "cassettes"
HOST = "https://api.bitget.com"
FAKE_KEY = {"apiKey": "key", "secret": "secret", "password": "password"}
ORIGINS = {
    "emulator": "bitget_leverage_ext.emulator: proves our wiring, not Bitget",
    "live": "api.bitget.com, a demo key",
}


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return getattr(request, "param", SCENARIOS[0])  # pytest-recording asks for its settings in every test


@pytest.fixture
def live(request: pytest.FixtureRequest, scenario: Scenario) -> bool:
    wanted = bool(request.config.getoption("--live"))
    if wanted and scenario.live is None:
        pytest.skip("cannot be arranged on the exchange itself")
    return wanted


@pytest.fixture
def record_mode(request: pytest.FixtureRequest, scenario: Scenario, live: bool) -> str:
    """Only scenarios are recorded, and of those only what the emulator (or Bitget) can answer."""
    recorded = request.function is test_scenario and scenario in EMULATOR
    return str(request.config.getoption("--record-mode") or "none") if recorded else "none"


@pytest.fixture
def vcr_cassette_dir() -> str:
    return str(CASSETTES)


@pytest.fixture
def default_cassette_name(scenario: Scenario, live: bool) -> str:
    return scenario.path.replace("emulator/", "live/", 1) if live else scenario.path


@pytest.fixture
def vcr_config(scenario: Scenario, live: bool) -> dict[str, Any]:
    """Nothing of this machine and no secret is kept; the body is part of the match, or a wrong leverage would pass."""

    def request(request: Any) -> Any:
        request.uri = re.sub(r"^https?://[^/]+", HOST, request.uri)
        kept = {
            name: value for name, value in request.headers.items() if name.lower() in ("content-type", "paptrading")
        }
        request.headers = {name.lower(): value for name, value in kept.items()}
        return request

    return {
        "before_record_request": request,
        "decode_compressed_response": True,
        "match_on": ["method", "path", "query", "json body"],
    }


@pytest.fixture
def run(
    scenario: Scenario,
    live: bool,
    kind: str,
    record_mode: str,
    markets: dict[str, Any],
    unified_markets: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Client]:
    """A client on the cassette; where one is recorded, on the emulator or on Bitget, arranged as the scenario says."""
    monkeypatch.setattr(drive, "WAIT", lambda _: 0.0)
    emulator = Emulator()
    if live:
        names = {"apiKey": "BITGET_API_KEY", "secret": "BITGET_SECRET", "password": "BITGET_PASSWORD"}
        if missing := [variable for variable in names.values() if not os.environ.get(variable)]:
            pytest.exit(f"--live needs a demo key: set {', '.join(missing)}", 2)
        config = {name: os.environ[variable] for name, variable in names.items()} | {"sandbox": True}
    elif record_mode == "none":
        config = FAKE_KEY
    else:
        emulator.start()
        if scenario.arrange:
            scenario.arrange(emulator)
        config = emulator.config()
    client = Client(kind, {**config, **scenario.config})
    vars(client.exchange).update(unified_markets if "/unified/" in scenario.path else markets)
    if live and scenario.live is not None:
        _, arguments = scenario.call
        client.set_position_mode(scenario.live[1] == "hedge_mode", arguments[1])
        client.set_margin_mode(scenario.live[0].replace("crossed", "cross"), arguments[1])
        client.exchange._memory.__init__()
    yield client
    client.close()
    emulator.stop()


@pytest.mark.vcr
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.path, indirect=True)
def test_scenario(scenario: Scenario, run: Client, vcr: Any, live: bool) -> None:
    """Every scenario, in every client, from the one cassette."""
    method, arguments = scenario.call
    if isinstance(scenario.outcome, dict):
        result = getattr(run, method)(*arguments)
        told = {name: result[name] for name in scenario.outcome}
        assert live or told == scenario.outcome
    else:
        with pytest.raises(scenario.outcome) as caught:
            getattr(run, method)(*arguments)
        assert type(caught.value) is scenario.outcome
    assert vcr.all_played or vcr.dirty, "the cassette holds a request that was not made"


WRONG = next(scenario for scenario in EMULATOR if scenario.path.endswith("USDT-FUTURES/isolated-hedge-long"))


@pytest.mark.vcr
@pytest.mark.parametrize("scenario", [WRONG], ids=["wrong"], indirect=True)
@pytest.mark.parametrize("wrong", [(11, {"holdSide": "long"}), (10, {"holdSide": "short"})])
def test_a_wrong_body_does_not_replay(run: Client, vcr: Any, wrong: tuple[int, dict[str, str]]) -> None:
    """Another leverage or side than the recorded one fails, instead of replaying green."""
    leverage, params = wrong
    with pytest.raises(Exception, match=r"CannotOverwrite|Can't overwrite") as caught:
        run.set_leverage(leverage, "BTC/USDT:USDT", params)
    causes = [caught.value.__cause__, caught.value.__context__, caught.value]
    assert any(isinstance(cause, CannotOverwriteExistingCassetteException) for cause in causes)


FILES = sorted(CASSETTES.rglob("*.yaml"))


def test_one_file_a_scenario() -> None:
    """No scenario without its cassette, and no cassette without its scenario."""
    recorded = {str(path.relative_to(CASSETTES).with_suffix("")) for path in FILES}
    recorded = {path for path in recorded if not path.startswith("live/learn/")}  # those of `learn` have their own test
    expected = {scenario.path for scenario in SCENARIOS}
    assert {path for path in recorded if not path.startswith("live/")} == expected
    assert {path.replace("live/", "emulator/", 1) for path in recorded if path.startswith("live/")} <= expected
    assert len({scenario.path for scenario in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CASSETTES)))
def test_hygiene(path: Path) -> None:
    """An origin that fits the folder; no key, no signature, no machine's port or clock; readable JSON."""
    text = path.read_text()
    private = r"access-|127\.0\.0\.1|localhost|user-agent|passphrase|emulator-(key|secret)|date:|p4sve"
    assert not re.search(private, text, re.IGNORECASE)
    content = yaml.safe_load(text)
    folder = path.relative_to(CASSETTES).parts[0]
    if folder == "observed":
        assert re.match(r"https://\S+", content["origin"])
    else:
        assert content["origin"] == ORIGINS[folder]
        assert set(re.findall(r'"requestTime":\s*(\d+)', text)) <= {"1700000000000"}
    for interaction in content["interactions"]:
        assert interaction["request"]["uri"].startswith(f"{HOST}/api/")
        assert set(interaction["request"]["headers"]) <= {"content-type", "paptrading"}
        if interaction["request"]["body"]:
            json.loads(interaction["request"]["body"])


def test_clients_are_all_there() -> None:
    """The parity is between three."""
    assert set(CLIENTS) == {"sync", "async", "pro"}
