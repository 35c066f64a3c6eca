"""Some sequences in every run, the defects that longer runs found, and the proof that they find more."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from typing import Any

import pytest
from fuzz import fuzz, replay
from fuzzing.cases import NAMES, Case, Op, Setup
from fuzzing.draw import ANSWERS, Draw
from fuzzing.play import shortened

from bitget_leverage_ext import wires
from bitget_leverage_ext.account import Memory, View
from bitget_leverage_ext.flows import companions, leverage, many, orders, routing, setting
from bitget_leverage_ext.flows.setting import Setting
from bitget_leverage_ext.wires import Unified

SEED, SEQUENCES = 20261126, 500


def test_sequences(kind: str) -> None:
    """Any operations, foreign changes and faults: the account and the wire are as the caller was told."""
    result = fuzz(kind, SEQUENCES, SEED)
    assert result.found == []
    assert result.sequences == SEQUENCES
    done = sum(count for name, count in result.calls.items() if name.endswith(": done"))
    assert done > result.calls.total() / 2 and result.struck > SEQUENCES / 4


def test_the_seed_decides() -> None:
    """The same seed draws the same sequence, and what it prints as is that sequence."""
    names = {each.__name__: each for each in (Case, Setup, Op, decimal.Decimal)}
    for number in range(50):
        case = Draw("pro", f"{number}").case()
        assert case == Draw("pro", f"{number}").case() == eval(repr(case), names)


def test_everything_is_drawn() -> None:
    """Every answer to every open question, every product, both kinds of account, every operation."""
    cases = [Draw("sync", f"{number}").case() for number in range(500)]
    assert {(name, answer) for case in cases for name, answer in case.setup.quirks.items()} == {
        (name, answer) for name, answers in ANSWERS.items() for answer in answers
    }
    assert {symbol for case in cases for symbol in case.setup.symbols} == set(NAMES[False])
    assert {case.setup.unified for case in cases} == {True, False}
    assert {len(case.ops) for case in cases} == set(range(5, 21))
    assert {op.name for case in cases for op in case.ops} == {
        "set_leverage", "set_leverages", "set_margin_mode", "set_position_mode", "fetch_leverage", "fetch_leverages",
        "fetch_margin_mode", "open", "close", "meddle", "restart", "together", "bad",
    }  # fmt: skip


def test_shortened() -> None:
    """Whatever can be left out of a sequence that fails is left out."""
    case = Draw("sync", "1").case()
    culprit = case.ops[3]
    short = shortened(case, lambda each: any(op.name == culprit.name for op in each.ops))
    assert [op.name for op in short.ops] == [culprit.name]
    assert not short.ops[0].strikes and not short.setup.quirks and not short.setup.options


# --- defects that were found, and mended -------------------------------------------------------------------------

S, COIN, SUSDC = "BTC/USDT:USDT", "BTC/USD:BTC", "SBTC/SUSDC:SUSDC"
SWITCH = Op("meddle", ("switch",))


def case(client: str, unified: bool, symbol: str, margin: str, *ops: Op, **more: Any) -> Case:
    """A sequence on an account in hedge mode."""
    symbols = tuple(dict.fromkeys((symbol, *more.get("symbols", ()))))
    products = {NAMES[False][each][0]: more.get("hedge", True) for each in symbols}
    margins, figures = dict.fromkeys(symbols, margin), dict.fromkeys(symbols, (3, 4, 5))
    known = Setup(unified, symbols, products, margins, figures, more.get("quirks", {}), more.get("options", {}))
    return Case(client, known, ops)


FOUND = {
    "an S-coin was refused from memory of an account that had become classic": case(
        "sync", True, SUSDC, "crossed", Op("set_leverage", (5, S, {})), SWITCH, Op("set_leverage", (6, SUSDC, {})),
        symbols=[S],
    ),
    "two figures were refused from memory of an account that had become classic": case(
        "sync", True, S, "isolated", Op("set_leverage", (5, S, {})), SWITCH, Op("meddle", ("margin", S, "isolated")),
        Op("set_leverage", (None, S, {"longLeverage": 6, "shortLeverage": 7})),
    ),
    "with verify='read' the error did not say what had been changed": case(
        "sync", False, S, "isolated", Op("set_leverage", (5, S, {"holdSide": "both"})),
        Op("meddle", ("position", S, "one_way_mode")),
        Op("set_leverage", (None, S, {"longLeverage": 6, "shortLeverage": 7})), options={"verify": "read"},
    ),
    "both sides changed where the account became isolated before the write": case(
        "sync", False, S, "crossed", Op("set_leverage", (28, S, {"holdSide": "long"}), ((2, "meddle", ("margin", S, "isolated")),)),
        quirks={"leverage_alone_in_hedge": "both"},
    ),
    "the same, and read back": case(
        "sync", False, S, "crossed", Op("set_leverage", (28, S, {"holdSide": "long"}), ((2, "meddle", ("margin", S, "isolated")),)),
        quirks={"leverage_alone_in_hedge": "both"}, options={"verify": "read"},
    ),
    "two names of one contract cost a request before they were refused": case(
        "sync", False, S, "crossed", Op("bad", ("set_leverages", {S: 5, "BTCUSDT": 6}, {}, {}))
    ),
    "of two requests that may still arrive, only the later was named": case(
        "sync", True, S, "crossed", Op("set_leverage", (25, S, {}), ((0, "late", None),)),
        Op("set_leverage", (44, S, {}), ((0, "timeout", None),)), Op("set_leverage", (44, S, {})),
    ),
    "a form that was refused once was not tried again where the others cannot serve": case(
        "sync", True, S, "isolated", Op("set_margin_mode", ("isolated", S, {})), Op("set_leverage", (13, S, {"holdSide": "long"})),
        Op("meddle", ("quirks", {"unified_hedge": "documentation"})), Op("set_leverage", (46, S, {"holdSide": "long"})),
    ),
    "a change of margin mode whose answer was lost was taken for none": case(
        "sync", False, S, "crossed", Op("set_leverage", (5, S, {})), Op("set_margin_mode", ("isolated", S, {}), ((0, "empty", None),)),
        Op("set_leverage", (12, S, {})), quirks={"leverage_alone_in_hedge": "both"},
        options={"holdSide": "long", "deadline": 0},
    ),
    "a write that was acknowledged went unmentioned where the account could not be read after it": case(
        "sync", False, S, "isolated", Op("set_leverage", (5, S, {"holdSide": "both"})),
        Op("set_leverage", (None, S, {"longLeverage": 5, "shortLeverage": 52}), ((0, "meddle", ("margin", S, "crossed")), (1, "empty", None))),
        options={"deadline": 0},
    ),
    "reads went on after the one that failed": case(
        "async", False, SUSDC, "crossed", *[Op("fetch_leverages", ([SUSDC, COIN],))] * 5, symbols=[COIN],
        quirks={"s_products": "gone"},
    ),
    "two calls beside each other left a half of each": case(
        "async", True, S, "isolated",
        *[Op("together", tuple(("set_leverage", figure + more, S, {"holdSide": "both"}) for more in (0, 1, 2))) for figure in (10, 20, 30)],
        quirks={"unified_hedge": "all_one_side"}, options={"marginMode": "isolated"},
    ),
    "one side was put back to what the call beside it had just changed": case(
        "async", True, S, "isolated", Op("meddle", ("open", S, "long", "isolated")), Op("meddle", ("open", S, "short", "isolated")),
        *[Op("together", tuple(("set_leverage", figure, S, {"holdSide": side}) for side in ("long", "short"))) for figure in (10, 20, 30)],
        options={"marginMode": "isolated"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("defect", FOUND)
def test_found(defect: str) -> None:
    """What a longer run found does not come back."""
    assert replay(FOUND[defect]) is None


# --- each fault put back -----------------------------------------------------------------------------------------

Patch = Callable[[pytest.MonkeyPatch], None]


def shared_view(patch: pytest.MonkeyPatch) -> None:
    """What one call reads of the account answers every other call of its object."""
    kept: list[Any] = []
    patch.setattr(Memory, "__init__", _before(Memory.__init__, kept.clear))

    def view() -> View:
        kept.append(kept[0] if kept else View())
        return kept[0]  # type: ignore[no-any-return]

    for module in (leverage, many, companions):
        patch.setattr(module, "View", view)


def _before(method: Any, first: Callable[[], object]) -> Any:
    def both(*args: Any, **kwargs: Any) -> Any:
        first()
        return method(*args, **kwargs)

    return both


def _replaced(owner: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(owner, name, value)


def guessed(patch: pytest.MonkeyPatch) -> None:
    """The side that was not asked for is given the leverage that new symbols have."""

    def other_figure(self: Any, side: str, seen: Any) -> Any:
        return 20
        yield

    patch.setattr(Unified, "other_figure", other_figure)


def told_what_was_asked(patch: pytest.MonkeyPatch) -> None:
    """verify='read' returns what was asked where the account does not tell it."""
    patch.setattr(Setting, "_confirmed", Setting._result)


def row_decides(patch: pytest.MonkeyPatch) -> None:
    """Whose leverage is set on a unified account is read from the settings row."""

    def planned(self: Any, force: Any) -> Any:
        return type(force.modes)(force.modes.margin or self.asserted.margin, force.modes.position)

    patch.setattr(Unified, "planned", planned)
    patch.setattr(wires, "doubtful", lambda *_, **__: True)


def python_error(patch: pytest.MonkeyPatch) -> None:
    """A mistake in Python, wrapped in a ccxt error."""
    patch.setattr(setting, "strayed", lambda *_: {}["figure"])


def mutated(patch: pytest.MonkeyPatch) -> None:
    """The caller's params are emptied."""
    parse = leverage.parse_ask

    def parse_ask(figure: Any, symbol: Any, params: Any, options: Any) -> Any:
        ask = parse(figure, symbol, params, options)
        params.clear()
        return ask

    patch.setattr(leverage, "parse_ask", parse_ask)


def mode_made_up(patch: pytest.MonkeyPatch) -> None:
    """set_margin_mode on an account remembered as unified asks nobody."""

    def fetched(wire: Any) -> Any:
        return None
        yield

    patch.setattr(companions, "_fetched", lambda wire: fetched(wire) if wire.unified else kept(wire))
    kept = companions._fetched


FAULTS: dict[str, tuple[str, Patch]] = {
    "a view for all": ("async", shared_view),
    "memory for a named side": ("sync", _replaced(wires, "doubtful", lambda *_, **__: False)),
    "asked for told": ("sync", told_what_was_asked),
    "orders without a mode": ("sync", _replaced(orders, "_decided", lambda *_: None)),
    "set_margin_mode without orders": ("sync", _replaced(Memory, "chose", lambda *_: None)),
    "two names accepted": ("sync", _replaced(many, "_refuse_twins", lambda *_: None)),
    "the other side guessed": ("sync", guessed),
    "the row decides": ("sync", row_decides),
    "a mistake in Python": ("sync", python_error),
    "params changed": ("pro", mutated),
    "a late copy unnamed": ("sync", _replaced(Memory, "still_coming", lambda *_: [])),
    "the reply believed": ("sync", _replaced(setting, "holds", lambda *_: True)),
    "an assertion ignored": ("sync", _replaced(wires, "hold_assertion", lambda *_: None)),
    "the kind of account for ever": ("sync", _replaced(routing, "correct_account_type", lambda *_: False)),
    "a margin mode made up": ("sync", mode_made_up),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_finds(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Each fault of the first version, put back, is found within the sequences of a test run."""
    client, put_back = FAULTS[fault]
    put_back(monkeypatch)
    assert len(fuzz(client, SEQUENCES, SEED, shorten=False).found) == 1
