"""The two wires to an account, classic and unified: endpoints, fields, budgets, and what their answers say.

Everything that the two account types have each in their own way is here; ``flows`` knows only what they share.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import ccxt

from .account import UNIFIED, Memory, View
from .drive import Call, Flow, Shared
from .pacing import Budget
from .rules.account import (
    CROSSED,
    ISOLATED,
    InForce,
    Modes,
    read_classic,
    read_positions,
    read_reply,
    read_unified,
    unified_row,
)
from .rules.errors import NotApplied
from .rules.forms import Part
from .rules.plan import LONG, SHORT, Plan, Wish, doubtful
from .rules.products import Contract

Seen = tuple[InForce, Any]  # what an answer says is in force, and the raw answer

# How long faults and 429 are waited out for one symbol, in seconds, where options['setLeverage']['deadline'] is unset.
DEADLINE = 10.0
# The same for each symbol of a batch, which may share its five writes a second with other processes.
MANY_DEADLINE = 60.0

# Each endpoint has a budget of its own: https://www.bitget.com/api-doc/common/signature (frequency limits), and
# https://www.bitget.com/api-doc/contract/account/Change-Leverage, …/contract/account/Get-Single-Account,
# …/uta/account/Change-Leverage, …/uta/account/Get-Account-Setting, …/uta/position/Get-Position
CLASSIC_WRITES = Budget("v2/mix/account/set-leverage", 5)
CLASSIC_READS = Budget("v2/mix/account/account", 10)
UNIFIED_WRITES = Budget("v3/account/set-leverage", 10)
UNIFIED_READS = Budget("v3/account/settings", 10)
UNIFIED_POSITIONS = Budget("v3/position/current-position", 20)


def _acknowledged(answer: Any) -> None:
    """Refuse an answer that acknowledges nothing: half a body, an empty one, a page."""
    if not isinstance(answer, dict) or answer.get("code") != "00000":
        raise ccxt.BadResponse(f"bitget answered without acknowledging: {str(answer)[:200]!r}")


def request(
    method: str,
    path: str,
    fields: dict[str, Any],
    budget: Budget | None = None,
    patience: float = DEADLINE,
    unanswered: Callable[[], object] | None = None,
) -> Call:
    """A private call. One with a budget is paced by that budget alone: ccxt's throttler would add up the costs of
    endpoints whose limits are independent."""
    api = ["private", "mix" if path.startswith("v2/mix/") else "uta"]
    config = {"cost": 0 if budget else 4}
    keywords = {"config": config}
    write = method == "POST"
    return Call("request", (path, api, method, fields), keywords, budget, patience, _acknowledged, write, unanswered)


class Classic:
    """``/api/v2/mix``: the reply of a write tells the margin mode and the figures, so memory can be trusted.

    :param asserted: what the caller says of the account's modes
    :param extra: the caller's own params, passed on untouched
    :param patience: seconds that faults are waited out for
    """

    unified = False
    side_name = "holdSide"

    def __init__(
        self,
        exchange: Any,
        contract: Contract,
        view: View,
        asserted: Modes,
        extra: Mapping[str, Any],
        patience: float,
    ) -> None:
        self.memory: Memory = exchange._memory
        self.contract, self.view, self.asserted = contract, view, asserted
        self.extra, self.patience = extra, patience

    def target(self) -> dict[str, Any]:
        """The fields that name the contract."""
        contract = self.contract
        return {"symbol": contract.id, "marginCoin": contract.margin_coin, "productType": contract.product_type}

    def _known(self) -> Modes:
        """The modes as far as memory has them."""
        return self.memory.modes(self.contract)

    def sure(self, wish: Wish) -> Modes | None:
        """The modes, where memory and what the caller asserts are enough to decide how *wish* goes out."""
        known = self._known()
        modes = self.asserted.over(known)
        if self.asserted.contradicts(known) or not modes.decisive or doubtful(modes, wish, chosen=self.unified):
            return None
        return modes

    def at_hand(self) -> Seen | None:
        """What this call, or its batch, has read a moment ago; not what was read before a write of this object."""
        answer = self._kept(self.contract.id)
        return None if answer is None else (read_classic(answer.get("data")), answer)

    def _kept(self, what: str) -> Any:
        return self.view.get(what, self.memory.written.get(self.contract.key, 0.0))

    def planned(self, force: InForce) -> Modes:
        """The modes to plan for, where a read says *force*.

        :raises NotApplied: the read contradicts what the caller asserts.
        """
        hold_assertion(self.contract, self.asserted, force)
        return force.modes

    def read(self) -> Flow[Seen | None]:
        """Read the account. ``None``: another call was reading, and memory may know enough by now.

        Until the position mode of the product type is known, which may spare the others their read, one reads.
        """
        kind, id = self.contract.key
        key = (kind, id) if kind in self.memory.positions else (kind,)
        about, outcome = yield Shared(key, self._reading)
        if about != id:
            return None
        if isinstance(outcome, ccxt.BaseError):
            raise outcome
        return read_classic(outcome.get("data")), outcome

    def _reading(self) -> Flow[tuple[str, Any]]:
        try:
            return self.contract.id, (yield from self.fetch(self.extra))[1]
        except ccxt.NetworkError:
            raise
        except ccxt.BaseError as error:
            return self.contract.id, error  # a refusal of this contract is not the others'

    def fetch(self, extra: Mapping[str, Any]) -> Flow[Seen]:
        """Read the account, whoever else does; *extra* goes with the request."""
        asked = time.monotonic()
        fields = {**extra, **self.target()}
        answer = yield request("GET", "v2/mix/account/account", fields, CLASSIC_READS, self.patience)
        force = read_classic(answer.get("data"))
        self.memory.learn(self.contract, force)
        self.view.keep(self.contract.id, answer, asked)
        return force, answer

    def read_back(self, modes: Modes) -> Flow[Seen]:
        """What the account holds after a write, in the margin mode of *modes*."""
        return (yield from self.fetch({}))

    def write(self, part: Part, modes: Modes, todo: Plan) -> Flow[Seen]:
        """Send one request; what its reply says is in force, and the raw answer."""
        fields = {**self.extra, **self.target(), **part.fields}
        with self.memory.writing(self.contract):
            answer = yield self._writing("v2/mix/account/set-leverage", fields, CLASSIC_WRITES, todo)
        force = read_reply(answer.get("data"))
        self.memory.learn(self.contract, force)
        return force, answer

    def _writing(self, path: str, fields: dict[str, Any], budget: Budget, todo: Plan) -> Call:
        return request(
            "POST", path, fields, budget, self.patience, lambda: self.memory.unanswered(self.contract, str(todo))
        )

    def other_figure(self, side: str, seen: InForce) -> Flow[int | None]:
        """The figure of the side that is not to be changed; no form of a classic account wants it."""
        return None
        yield


class Unified(Classic):
    """``/api/v3``: the margin mode goes out with every leverage, and the reply tells nothing.

    https://www.bitget.com/api-doc/uta/account/Change-Leverage (marginMode defaults to crossed)

    :param asserted: the margin mode whose leverage is meant, which is the caller's to choose, and the position mode
        that the caller asserts
    """

    unified = True
    side_name = "posSide"

    def target(self) -> dict[str, Any]:
        contract = self.contract
        return {"symbol": contract.id, "category": contract.product_type, "coin": contract.margin_coin}

    def _known(self) -> Modes:
        return Modes(None, self.memory.positions.get(UNIFIED))

    def at_hand(self) -> Seen | None:
        answer = self._kept(UNIFIED)
        return None if answer is None else self._seen(answer)

    def planned(self, force: InForce) -> Modes:
        hold_assertion(self.contract, Modes(None, self.asserted.position), force)
        return Modes(self.asserted.margin, force.modes.position or self.asserted.position)

    def read(self) -> Flow[Seen | None]:
        return self._seen((yield from read_settings(self.memory, self.view, self.patience)))

    def fetch(self, extra: Mapping[str, Any]) -> Flow[Seen]:
        return self._seen((yield from read_settings(self.memory, self.view, self.patience)))

    def read_back(self, modes: Modes) -> Flow[Seen]:
        """The open position of the written margin mode, which is the better witness, and else the settings row.

        A row was seen to stay as it was after an accepted write: https://github.com/jum4412-blip/index-sniper-pro
        """
        row, answer = yield from self.fetch({})
        modes = Modes(modes.margin, row.modes.position or modes.position)
        told = row if row.modes.margin == modes.margin else InForce(modes)
        return (yield from self._positions(modes)).over(told), answer

    def _positions(self, modes: Modes) -> Flow[InForce]:
        fields = {"category": self.contract.product_type, "symbol": self.contract.id}
        try:
            answer = yield request("GET", "v3/position/current-position", fields, UNIFIED_POSITIONS, self.patience)
        except ccxt.NetworkError:
            raise
        except ccxt.ExchangeError:
            return InForce(modes)  # a key may be allowed less than this: then nobody tells
        return read_positions(answer.get("data"), self.contract.id, modes)

    def write(self, part: Part, modes: Modes, todo: Plan) -> Flow[Seen]:
        fields = {**self.extra, **self.target(), "marginMode": modes.margin, **part.fields}
        with self.memory.writing(self.contract):
            answer = yield self._writing("v3/account/set-leverage", fields, UNIFIED_WRITES, todo)
        return InForce(Modes()), answer

    def other_figure(self, side: str, seen: InForce) -> Flow[int | None]:
        """The figure of the side that is not to be changed: its open position's, else the settings row's a side."""
        other = SHORT if side == LONG else LONG
        figure = (yield from self._positions(Modes(ISOLATED, seen.modes.position))).of_side(other)
        if figure is None and seen.modes.margin == ISOLATED:
            figure = seen.of_side(other)
        return None if figure is None or figure != int(figure) else int(figure)

    def _seen(self, answer: Any) -> Seen:
        contract = self.contract
        return read_unified(answer.get("data"), contract.product_type, contract.id, self.asserted.margin), answer

    def row(self, answer: Any, margin: str | None) -> Mapping[str, Any]:
        """The contract's row in a settings answer."""
        return unified_row(answer.get("data"), self.contract.product_type, self.contract.id, margin)


def read_settings(memory: Memory, view: View, patience: float) -> Flow[Any]:
    """A unified account's settings; the position mode in them is remembered, the rest stays in the view."""
    answer, asked = yield Shared(UNIFIED, lambda: _settings(patience))
    if not isinstance(answer.get("data"), dict):
        raise ccxt.BadResponse(f"bitget did not say the account's settings: {answer}")
    memory.learn_settings(answer)
    view.keep(UNIFIED, answer, asked)
    return answer


def _settings(patience: float) -> Flow[tuple[Any, float]]:
    asked = time.monotonic()
    return (yield request("GET", "v3/account/settings", {}, UNIFIED_READS, patience)), asked


def hold_assertion(contract: Contract, asserted: Modes, force: InForce) -> None:
    """Refuse to go on where the account, or its reply, contradicts what the caller says of it.

    :raises NotApplied: it does.
    """
    if asserted.contradicts(force.modes):
        raise NotApplied(
            f"{contract.symbol} is not {asserted}, as the call asserts; {force}; leave marginMode and hedged out, or "
            "switch the account first with set_margin_mode() or set_position_mode()"
        )


def cross_or_isolated(mode: str | None) -> str | None:
    """A margin mode in ccxt's words."""
    return "cross" if mode == CROSSED else mode
