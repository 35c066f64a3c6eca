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
from bitget_leverage_ext.cli.learn import asking, command, session
from bitget_leverage_ext.cli.learn.classic import Classic
from bitget_leverage_ext.cli.learn.questions import of
from bitget_leverage_ext.cli.learn.session import Session
from bitget_leverage_ext.cli.learn.unified import Unified
from bitget_leverage_ext.drive import blocking
from bitget_leverage_ext.emulator import Account, Emulator, Fault, Quirks
from bitget_leverage_ext.rules.products import find_contract

CASSETTES = Path(__file__).parents[2] / "cassettes" / "live" / "learn"
KINDS = [pytest.param(False, id="classic"), pytest.param(True, id="unified")]


@pytest.fixture
def demo(cli: Cli) -> Callable[..., Account]:
    """Log in with a demo key."""

    def login(unified: bool = False, **more: Any) -> Account:
        account = cli.emulator.add_account(unified=unified, environment="demo", **more)
        cli.login(account)
        return account

    return login


@pytest.mark.parametrize("unified", KINDS)
def test_json(cli: Cli, demo: Callable[..., Account], unified: bool, tmp_path: Path) -> None:
    """The report, on standard output and in the file; the emulator can be made of it; no secret, no account's id."""
    account = demo(unified)
    cli.emulator.quirks = Quirks(capitals="required", unified_hedge="documentation", unified_row="long")
    file = tmp_path / "report.json"
    ran = cli("learn", "--demo", "--json", "--report", str(file))
    assert ran.code == 0
    told = ran.json
    assert json.loads(file.read_text()) == told
    assert list(told) == [
        "account", "answers", "evidence", "restored", "notRestored", "ccxt", "version", "date"
    ]  # fmt: skip
    assert told["account"] == ("unified" if unified else "classic")
    assert told["version"] == bitget_leverage_ext.__version__
    assert told["restored"] is (told["notRestored"] == []) is not unified
    assert told["answers"]["order_mode"] == "unknown"
    assert told["evidence"]["order_mode"] == [{"reason": "needs an order, and none is placed"}]
    sent = [each["request"] for each in told["evidence"]["capitals"][1:]]
    assert any(each["method"] == "POST" and each["path"].endswith("set-leverage") for each in sent)
    for secret in (account.api_key, account.secret, account.password, "1000000001", "ACCESS"):
        assert secret not in ran.out
    read = Quirks.from_report(file)
    assert read.capitals == "required"
    assert read.unified_row == ("long" if unified else "last")


def test_for_people(cli: Cli, demo: Callable[..., Account]) -> None:
    """Question, answer, how it was seen; and where the package had assumed otherwise."""
    demo()
    cli.emulator.quirks = Quirks(same_leverage="refused")
    ran = cli("learn", "--demo")
    assert ran.code == 0
    line = next(line for line in ran.out.splitlines() if "same_leverage" in line)
    assert re.search(r"refused .*while it was in force: .*40814.* differs: success", line)
    assert re.search(r"capitals +any .*lower case: held +any", ran.out)
    assert "The account is as it was." in ran.out


def test_what_a_unified_account_did_not_tell(cli: Cli, demo: Callable[..., Account]) -> None:
    demo(unified=True).set_margin_mode("USDT-FUTURES", "BTCUSDT", "crossed")
    ran = cli("learn", "--demo")
    assert ran.code == 0
    assert "isolated long leverage: the account did not tell it before" in ran.out
    assert "crossed leverage" not in ran.out
    assert "Everything that the account told beforehand is as it was." in ran.out


def test_without_demo(cli: Cli) -> None:
    """It changes leverages: only where that is said to be play money."""
    ran = cli("learn")
    assert ran.code == 2
    assert "--demo" in ran.err
    assert cli.emulator.requests == []


@pytest.mark.parametrize("unified", KINDS)
def test_an_ordinary_key(cli: Cli, unified: bool) -> None:
    """Refused before anything is written, and said why."""
    cli.emulator.account.unified = unified
    ran = cli("learn", "--demo")
    assert ran.code == 1
    assert "does not accept this key in its demo environment" in ran.err
    assert "40099" in ran.err
    assert cli.posts == []


def test_a_wrong_key(cli: Cli, demo: Callable[..., Account]) -> None:
    demo()
    cli.patch.setenv("BITGET_SECRET", "another-secret")
    ran = cli("learn", "--demo", "--json")
    assert ran.code == 1
    assert "40009" in ran.json["error"]
    assert cli.posts == []


def test_a_key_that_may_only_read(cli: Cli, demo: Callable[..., Account]) -> None:
    demo(permissions=("read",))
    ran = cli("learn", "--demo", "--json")
    assert ran.code == 1
    assert "40014" in ran.json["error"]
    assert ran.json["restored"] is True


def test_an_end_that_was_not_planned(cli: Cli, demo: Callable[..., Account]) -> None:
    """What was found until then is still told."""
    demo()
    cli.patch.setattr("bitget_leverage_ext.faults.WAIT", lambda _: 0.0)
    cli.patch.setattr(asking, "PATIENCE", 0.05)
    cli.patch.setattr(session, "RESTORING", 0.05)
    cli.emulator.fail(Fault("page", path="set-margin-mode", times=None, after=2))
    ran = cli("learn", "--demo")
    assert ran.code == 1
    assert "Ended early: " in ran.err
    assert "not reached" in ran.out


def test_interrupted(cli: Cli, demo: Callable[..., Account]) -> None:
    """Ctrl-C is an end like others: the account is put back; the exit code is an interruption's."""
    account = demo()
    answer = Session._answer

    def interrupted(self: Session, on: Any, asked: Any, busy: str) -> Any:
        if asked.name == "cross_figure":
            raise KeyboardInterrupt
        return answer(self, on, asked, busy)

    cli.patch.setattr(Session, "_answer", interrupted)
    before = account.figures("USDT-FUTURES", "BTCUSDT")
    ran = cli("learn", "--demo", "--json")
    assert ran.code == 130
    assert ran.json["error"] == "interrupted"
    assert ran.json["restored"] is True
    assert ran.json["answers"]["dialect"] == "2026"
    assert ran.json["answers"]["capitals"] == "unknown"
    assert account.figures("USDT-FUTURES", "BTCUSDT") == before


def test_interrupted_before_it_wrote(cli: Cli, demo: Callable[..., Account]) -> None:
    """While it looks at the account: nothing is changed, and the exit code says that it was interrupted."""

    def interrupted(self: Session) -> None:
        raise KeyboardInterrupt

    demo()
    cli.patch.setattr(Session, "_contract", interrupted)
    ran = cli("learn", "--demo")
    assert ran.code == 130
    assert "interrupted before anything was written" in ran.err
    assert cli.posts == []


@pytest.mark.parametrize("symbol", ["SBTC/SUSDT:SUSDT", "BTC/USDT", "NO/SUCH:THING"])
def test_a_symbol_that_will_not_do(cli: Cli, demo: Callable[..., Account], symbol: str) -> None:
    demo()
    ran = cli("learn", "--demo", "--symbol", symbol)
    assert ran.code == 2
    assert cli.posts == []


@pytest.mark.parametrize("words", [("--report", "/no/such/folder/file"), ("--cassettes", __file__)])
def test_files_that_cannot_be_written(cli: Cli, demo: Callable[..., Account], words: tuple[str, str]) -> None:
    """Known before anything is asked."""
    demo()
    ran = cli("learn", "--demo", *words)
    assert ran.code == 2
    assert cli.emulator.requests == []


def test_plan(cli: Cli) -> None:
    """Every question, and nothing is sent; needs no key."""
    cli.patch.delenv("BITGET_API_KEY")
    ran = cli("learn", "--plan", "--json")
    assert ran.code == 0
    assert cli.emulator.requests == []
    for kind, questions in ran.json.items():
        assert [each["name"] for each in questions] == [each.name for each in of(kind)]
        assert all(each["sends"] and each["answers"] for each in questions)
    shown = cli("learn", "--plan").out
    assert "Nothing was sent now." in shown
    assert "set-hold-mode" in shown


@pytest.mark.parametrize("unified", KINDS)
def test_the_plan_is_kept(cli: Cli, demo: Callable[..., Account], unified: bool) -> None:
    """No experiment writes to what its plan does not name; every answer that it can give is one of `Quirks`."""
    demo(unified)
    told = cli("learn", "--demo", "--json").json
    for each in of(told["account"]):
        planned = " ".join(each.sends)
        for sent in (one["request"] for one in told["evidence"][each.name][1:]):
            assert sent["method"] == "GET" or sent["path"].rsplit("/", 1)[1] in planned
        for value in each.answers:
            Quirks(**{each.name: value})


@pytest.mark.parametrize("limit", ["fixed", "sliding"])
def test_an_exchange_with_a_limit(cli: Cli, demo: Callable[..., Account], limit: Any) -> None:
    """Bitget is asked at its own pace."""
    demo()
    cli.emulator.rate_limit = limit
    cli.patch.setattr(command, "_here", lambda url: False)
    cli.patch.setattr("bitget_leverage_ext.cli.learn.session.of", lambda kind: of(kind)[:2])
    ran = cli("learn", "--demo", "--json")
    assert ran.code == 0
    assert not [each for each in cli.emulator.requests if each.status == 429 and each.method == "POST"]


# --- recordings ---


@pytest.mark.parametrize("unified", KINDS)
def test_recordings(
    cli: Cli, demo: Callable[..., Account], unified: bool, tmp_path: Path,
    markets: dict[str, Any], unified_markets: dict[str, Any],
) -> None:  # fmt: skip
    """One a question, in the form of the others, without secrets; each replays to the answer that it names."""
    account = demo(unified)
    cli.emulator.quirks = Quirks(unified_hedge="all_one_side", dialect="2025-03")
    assert cli("learn", "--demo", "--cassettes", str(tmp_path)).code == 0
    files = sorted(tmp_path.rglob("*.yaml"))
    kind = "unified" if unified else "classic"
    assert {path.relative_to(tmp_path) for path in files} == {
        Path("learn", kind, f"{one.name}.yaml") for one in of(kind)
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
    """Run the experiment that was recorded, on the recording."""
    content = yaml.safe_load(path.read_text())
    exchange = bitget({"apiKey": "key", "secret": "secret", "password": "password", "enableRateLimit": False})
    exchange.set_sandbox_mode(True)
    exchange.sleep = lambda milliseconds: None
    vars(exchange).update(markets)
    contract = find_contract(exchange.markets, exchange.markets_by_id, content["symbol"], None, None)
    kind = path.parent.name
    on = (Unified if kind == "unified" else Classic)(contract)
    on.begin()
    asked = next(each for each in of(kind) if each.name == content["question"])
    player = vcr.VCR(record_mode="none", match_on=["method", "path", "query", "json body"])
    player.register_matcher("json body", same_json)
    with player.use_cassette(str(path)) as cassette:
        try:
            value = blocking(exchange, asked.flow(on)).value
        except Exception as untold:
            if type(untold).__name__ != "Untold":
                raise
            value = "unknown"
        assert cassette.all_played
    assert value == content["answer"]


def test_listens_where_ccxt_speaks(emulator: Emulator) -> None:
    """A try that is answered by a page is on the tape too."""
    emulator.fail(Fault("page", path="/public/time"))
    exchange = bitget(emulator.config())
    tape = Session(exchange, "BTC/USDT:USDT").tap
    mark = tape.mark()
    with pytest.raises(Exception, match="502"):
        exchange.fetch_time()
    exchange.fetch_time()
    assert [each.status for each in tape.since(mark)] == [502, 200]
