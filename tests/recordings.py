"""The calls that the cassettes answer, one behaviour each, shared by the three clients: `recordings.txt`, `observed.txt`.

The recordings of our own emulator prove our wiring, not Bitget. The format is that of the scenarios (`world.scenario`):
the first line is the cassette, below ``cassettes/`` and without its ending; `on` names one account, in hedge mode and
crossed margin unless words say otherwise. Its type is known to the exchange object beforehand, unless `uta=None`. Of the
other keywords behind `|`, `sandbox` is the object's; those of `arrange`, and quirks, prepare the emulator, as does a line
`fault(...)`. All other lines are calls, which go through one object. Below a call stands

    < longLeverage=10, shortLeverage=7      what the result contains, one level down too
    ! BadRequest                            the class that is raised
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ccxt
import pytest
from refusals import REFUSALS
from world.scenario import Step, blocks, steps_of

from bitget_leverage_ext import LeverageNotApplied
from bitget_leverage_ext.emulator import Emulator, Fault, Quirks

S, E = "BTC/USDT:USDT", "ETH/USDT:USDT"
# AS_CCXT: what ccxt makes of a code that this package leaves to it; it differs with the version.
CLASSES = {**vars(ccxt), "LeverageNotApplied": LeverageNotApplied, "AS_CCXT": ccxt.bitget().exceptions["exact"]}


class Names(dict[str, Any]):
    """The names of a line: two symbols, and the methods of a client."""

    def __init__(self, client: Any = None) -> None:
        super().__init__(S=S, E=E)
        self.client = client

    def __missing__(self, name: str) -> Any:
        if not name.startswith("__") and hasattr(self.client, name):  # pytest asks for names of its own
            return getattr(self.client, name)
        raise KeyError(name)


@dataclass(frozen=True)
class Recording:
    path: str
    steps: tuple[Step, ...] = ()
    words: frozenset[str] = frozenset(["classic"])
    keywords: str = ""

    @property
    def config(self) -> dict[str, Any]:
        """The configuration of the exchange object, beside its credentials."""
        settings = eval(f"dict({self.keywords})")
        uta = settings.get("uta", "unified" in self.words)
        return {"options": {} if uta is None else {"uta": uta}, "sandbox": settings.get("sandbox", False)}

    def arrange(
        self, emulator: Emulator, symbol: str = S, position: bool = False, environment: Any = "live", uta: Any = None,
        sandbox: bool = False, **quirks: Any,
    ) -> None:  # fmt: skip
        """Prepare the emulator: an account that has 20x everywhere, with an open position or without."""
        account, emulator.quirks = emulator.account, Quirks(**quirks)
        account.environment, account.unified = environment, "unified" in self.words
        account.set_position_mode(symbol, "one-way" if "one-way" in self.words else "hedge")
        account.set_margin_mode(symbol, "isolated" if "isolated" in self.words else "cross")
        account.set_leverages(symbol, cross=20, long=20, short=20)
        account.busy(symbol, position=position)
        for step in self.steps:
            if step.code.startswith("fault("):
                eval(step.code, {"fault": lambda kind, **detail: emulator.fail(Fault(kind, **detail))})

    def record(self, emulator: Emulator) -> None:
        eval(f"arrange(emulator, {self.keywords})", {"arrange": self.arrange, "emulator": emulator})

    def play(self, client: Any) -> None:
        """Make the calls, and compare their results and errors."""
        for step in self.steps:
            if step.code.startswith("fault("):
                continue
            ((sign, _, text),) = step.expected or (("<", frozenset(), ""),)
            if sign == "!":
                cls = eval(text, CLASSES)
                with pytest.raises(cls) as caught:
                    eval(step.code, {}, Names(client))
                assert type(caught.value) is cls
            else:
                check(eval(step.code, {}, Names(client)), eval(f"dict({text})", {}, Names()))


def check(result: Any, expected: dict[str, Any]) -> None:
    """Check that the result contains what is expected, one level down too."""
    for name, value in expected.items():
        if isinstance(value, dict):
            check(result[name], value)
        else:
            assert result[name] == value, f"{name}: {result[name]!r} is not {value!r}"


def read(name: str) -> Iterator[Recording]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    for _, path, on, body in blocks(text):
        words, _, keywords = on.partition("|")
        yield Recording(path, tuple(steps_of(body)), frozenset(words.split()), keywords)


def refusals(cls: type[Exception]) -> Recording:
    """Return the recording of the codes that are raised as one class."""
    texts = {code: text for code, text, raised, *_ in REFUSALS if raised is cls}
    faults = [Step(f"fault('refuse', code={code!r}, msg={text!r})", frozenset(), ()) for code, text in texts.items()]
    call = Step("set_leverage(10, S, {'marginMode': 'cross'})", frozenset(), (("!", frozenset(), cls.__name__),))
    return Recording(f"emulator/refusals/{cls.__name__}", (*faults, *[call] * len(texts)))


_CLASSES = (ccxt.BadRequest, ccxt.InsufficientFunds, ccxt.OperationRejected, ccxt.BadSymbol, ccxt.AuthenticationError,
            ccxt.PermissionDenied)  # fmt: skip
EMULATOR = [*read("recordings.txt"), *map(refusals, _CLASSES)]
OBSERVED = [*read("observed.txt")]
