"""``learn`` at the command line: what it prints and writes, its exit codes, and that its recordings replay."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import vcr
import yaml
from clients import same_json
from command_line import Cli

import bitget_leverage_ext
from bitget_leverage_ext import bitget
from bitget_leverage_ext.cli.learn.account import DemoAccount, Undecided
from bitget_leverage_ext.cli.learn.command import LearnRun
from bitget_leverage_ext.cli.learn.fields import CLASSIC, UNIFIED
from bitget_leverage_ext.cli.learn.questions import QUESTIONS, Question
from bitget_leverage_ext.emulator import EmulatedAccount, Quirks

CASSETTES = Path(__file__).parents[2] / "cassettes" / "live" / "learn"
KINDS = [pytest.param(False, id="classic"), pytest.param(True, id="unified")]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between tries and looks."""
    monkeypatch.setattr(bitget, "sleep", lambda self, milliseconds: None)


@pytest.fixture
def demo(cli: Cli) -> Callable[..., EmulatedAccount]:
    """Log in with a demo key."""
    return lambda unified=False, **more: cli.login(cli.emulator.add_account(unified, "demo", **more))


def asked(kind: str) -> list[Question]:
    return [each for each in QUESTIONS if kind in each.kinds]


@pytest.mark.parametrize("unified", KINDS)
def test_json(cli: Cli, demo: Callable[..., EmulatedAccount], unified: bool, tmp_path: Path) -> None:
    """The report, on standard output and in the file; the emulator can be made of it; no secret, no account's id."""
    account = demo(unified)
    cli.emulator.quirks = Quirks(capitals="required", unified_hedge="documentation", unified_row="long")
    file = tmp_path / "report.json"
    ran = cli("learn", "--demo", "--json", "--report", str(file))
    assert ran.code == 0
    report = ran.json
    assert json.loads(file.read_text())["answers"] == report["answers"]
    assert list(report) == [
        "account", "answers", "evidence", "restored", "notRestored", "ccxt", "version", "date"
    ]  # fmt: skip
    assert report["account"] == ("unified" if unified else "classic")
    assert report["version"] == bitget_leverage_ext.__version__
    assert report["restored"] is True
    assert report["notRestored"] == []
    assert report["answers"]["close_mode"] == "refused"
    assert report["evidence"]["conversion"] == [{"reason": "no question to this account"}]
    sent = [each["request"] for each in report["evidence"]["capitals"][1:]]
    assert any(each["method"] == "POST" and each["path"].endswith("set-leverage") for each in sent)
    for secret in (account.api_key, account.secret, account.password, "1000000001", "ACCESS"):
        assert secret not in ran.out
    read = Quirks.from_report(file)
    assert read.capitals == "required"
    assert read.unified_row == ("long" if unified else "last")


def test_interrupted(cli: Cli, demo: Callable[..., EmulatedAccount]) -> None:
    """Ctrl-C is an end like others: the account is restored; the exit code is an interruption's."""
    account = demo()
    answer = Question.answer

    def interrupted(self: Question, on: DemoAccount) -> Any:
        if self.name == "cross_figure":
            raise KeyboardInterrupt
        return answer(self, on)

    cli.patch.setattr(Question, "answer", interrupted)
    before = account.leverages("USDT-FUTURES", "BTCUSDT")
    ran = cli("learn", "--demo", "--json")
    assert ran.code == 130
    assert ran.json["error"] == "interrupted"
    assert ran.json["restored"] is True
    assert ran.json["answers"]["dialect"] == "2026"
    assert ran.json["answers"]["capitals"] == "unknown"
    assert account.leverages("USDT-FUTURES", "BTCUSDT") == before


def test_interrupted_before_it_wrote(cli: Cli, demo: Callable[..., EmulatedAccount]) -> None:
    """While it looks at the account: nothing is changed, and the exit code says that it was interrupted."""

    def interrupted(self: LearnRun) -> None:
        raise KeyboardInterrupt

    demo()
    cli.patch.setattr(LearnRun, "_look", interrupted)
    ran = cli("learn", "--demo")
    assert ran.code == 130
    assert "interrupted before anything was written" in ran.err
    assert cli.posts == []


def test_plan(cli: Cli) -> None:
    """Every question and what is sent; nothing is sent, and no key is needed."""
    cli.patch.delenv("BITGET_API_KEY")
    ran = cli("learn", "--plan", "--json")
    assert ran.code == 0
    assert cli.emulator.requests == []
    for kind, questions in ran.json.items():
        assert [each["name"] for each in questions] == [each.name for each in asked(kind)]
        assert all(each["sends"] and each["answers"] for each in questions)


@pytest.mark.parametrize("unified", KINDS)
def test_the_plan_is_kept(cli: Cli, demo: Callable[..., EmulatedAccount], unified: bool) -> None:
    """No question writes to what its plan does not name; every answer to a quirk's question is one of `Quirks`."""
    demo(unified)
    report = cli("learn", "--demo", "--json").json
    planned = {each["name"]: each for each in cli("learn", "--plan", "--json").json[report["account"]]}
    for each in asked(report["account"]):
        words = " ".join(planned[each.name]["sends"])
        for sent in (one["request"] for one in report["evidence"][each.name][1:]):
            assert sent["method"] == "GET" or sent["path"].rsplit("/", 1)[1] in words
        assert report["answers"][each.name] in (*planned[each.name]["answers"], "unknown")
        for value in each.rules.values():
            if hasattr(Quirks(), each.name):
                Quirks(**{each.name: value})


def test_an_exchange_with_a_limit(
    cli: Cli, demo: Callable[..., EmulatedAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five requests a second, unless the host is on this machine."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    demo()
    cli("learn", "--demo", "--json")
    assert slept == []
    cli.patch.setattr("bitget_leverage_ext.cli.connection.checked_url", lambda url: cli.emulator.url)
    made = cli("learn", "--demo", "--json", "--url", "http://example.com", url=False)
    assert made.code == 0
    assert max(slept) <= 0.2
    assert len(slept) > 200


# --- recordings ---


@pytest.mark.parametrize("unified", KINDS)
def test_recordings(
    cli: Cli, demo: Callable[..., EmulatedAccount], unified: bool, tmp_path: Path,
    markets: dict[str, Any], unified_markets: dict[str, Any],
) -> None:  # fmt: skip
    """One a question, in the form of the others, without secrets; each replays to the answer that it names."""
    account = demo(unified)
    cli.emulator.quirks = Quirks(unified_hedge="all_one_side", dialect="2025-03", unified_row="list")
    assert cli("learn", "--demo", "--cassettes", str(tmp_path)).code == 0
    files = sorted(tmp_path.rglob("*.yaml"))
    kind = "unified" if unified else "classic"
    assert {path.relative_to(tmp_path) for path in files} == {
        Path("learn", kind, f"{one.name}.yaml") for one in asked(kind)
    }
    for path in files:
        text = path.read_text()
        private = r"access-|127\.0\.0\.1|localhost|user-agent|passphrase|emulator-(key|secret)|1000000001"
        assert not re.search(private, text, re.IGNORECASE)
        assert account.secret not in text
        assert set(re.findall(r'"requestTime":\s*(\d+)', text)) <= {"1700000000000"}
        assert yaml.safe_load(text)["origin"] == "not api.bitget.com, but the host that --url named"
        replayed(path, unified_markets if unified else markets)


@pytest.mark.parametrize("path", sorted(CASSETTES.rglob("*.yaml")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_contributed_recordings(path: Path, markets: dict[str, Any], unified_markets: dict[str, Any]) -> None:
    """What somebody's demo account answered still leads to the same answer."""
    assert yaml.safe_load(path.read_text())["origin"] == "api.bitget.com, a demo key"
    replayed(path, unified_markets if path.parent.name == "unified" else markets)


def replayed(path: Path, markets: dict[str, Any]) -> None:
    """Put the question that was recorded to the recording."""
    content = yaml.safe_load(path.read_text())
    exchange = bitget({"apiKey": "key", "secret": "secret", "password": "password", "enableRateLimit": False})
    exchange.set_sandbox_mode(True)
    vars(exchange).update(markets)
    kind = path.parent.name
    account = DemoAccount(exchange, CLASSIC if kind == "classic" else UNIFIED, content["symbol"], **content["start"])
    question = next(each for each in asked(kind) if each.name == content["question"])
    player = vcr.VCR(record_mode="none", match_on=["method", "path", "query", "json body"])
    player.register_matcher("json body", same_json)
    with player.use_cassette(str(path)) as cassette:
        try:
            value = question.answer(account).outcome
        except Undecided:
            value = "unknown"
        assert cassette.all_played
    assert value == content["answer"]
