"""The two wires to an account, classic and unified: which one is the account's, and how a plan goes over it.

Everything that the two account types have each in their own way is here; ``flows`` knows only what they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TypeVar

import ccxt

from . import errors
from .drive import Budget, Call, Flow
from .memory import UNIFIED, Memory
from .rules.account import CROSSED, InForce, Modes, read_classic, read_reply, read_unified
from .rules.errors import NotAContract, NotApplied, NotServed, Refusal
from .rules.plan import Plan
from .rules.products import Contract, find_contract, lists_demo, looks_demo

T = TypeVar("T")
Seen = tuple[InForce, Any]  # what an answer says is in force, and the raw answer

# How long faults and 429 are waited out for one symbol, in seconds, where options['setLeverage']['deadline'] is unset.
DEADLINE = 10.0
# The same for each symbol of a batch, which may share its five writes a second with other processes.
MANY_DEADLINE = 60.0

# Each endpoint has a budget of its own: https://www.bitget.com/api-doc/common/signature (frequency limits), and
# https://www.bitget.com/api-doc/contract/account/Change-Leverage, …/contract/account/Get-Single-Account,
# …/uta/account/Change-Leverage, …/uta/account/Get-Account-Setting
CLASSIC_WRITES = Budget("v2/mix/account/set-leverage", 5)
CLASSIC_READS = Budget("v2/mix/account/account", 10)
UNIFIED_WRITES = Budget("v3/account/set-leverage", 10)
UNIFIED_READS = Budget("v3/account/settings", 10)

# True while a flow is about S-coins, which an ordinary key trades in the live environment: no request of that flow
# may carry the demo header, not even those of loading the markets. https://github.com/ccxt/ccxt/pull/25541
_live_only: ContextVar[bool] = ContextVar("bitget_live_only", default=False)


def drop_demo_header(request: dict[str, Any]) -> dict[str, Any]:
    """A signed request, without the demo header where the running flow is about S-coins."""
    if _live_only.get() and request.get("headers"):
        request["headers"] = {name: value for name, value in request["headers"].items() if name != "PAPTRADING"}
    return request


@contextmanager
def _environment(live_only: bool) -> Iterator[None]:
    token = _live_only.set(live_only)
    try:
        yield
    finally:
        _live_only.reset(token)


# --- which account, which contract -----------------------------------------------------------------------------


def _acknowledged(answer: Any) -> None:
    """Refuse an answer that acknowledges nothing: half a body, an empty one, a page."""
    if not isinstance(answer, dict) or answer.get("code") != "00000":
        raise ccxt.BadResponse(f"bitget answered without acknowledging: {str(answer)[:200]!r}")


def request(
    method: str, path: str, fields: dict[str, Any], budget: Budget | None = None, patience: float = DEADLINE
) -> Call:
    """A private call. One with a budget is paced by that budget alone: ccxt's throttler would add up the costs of
    endpoints whose limits are independent."""
    api = ["private", "mix" if path.startswith("v2/mix/") else "uta"]
    config = {"cost": 0 if budget else 4}
    return Call("request", (path, api, method, fields), {"config": config}, budget, patience, _acknowledged)


def account_type(
    exchange: Any, params: Mapping[str, Any], method: str, default: bool = False
) -> Flow[tuple[bool, dict[str, Any]]]:
    """Whether the account is unified, and *params* without ``uta``: asserted, or found out by one probe.

    Success means unified, 40084 and 25245 mean classic; anything else raises and is not remembered, so that a
    time-out is never taken for a classic account. https://github.com/enarjord/passivbot/pull/601
    """
    uta, rest = exchange.handle_option_and_params(params, method, "uta")
    if uta is not None:
        return uta, rest
    if not exchange.check_required_credentials(False):
        return default, rest
    try:
        answer = yield request("GET", "v3/account/settings", {}, UNIFIED_READS, patience=0)
    except ccxt.InvalidProxySettings:
        # Nothing can be sent at all: that says nothing of the account, and the caller's own request meets it too.
        return default, rest
    except ccxt.BaseError as error:
        if errors.code_of(error) not in errors.IS_CLASSIC:
            error.final = True
            errors.reraise(error)
        exchange.options["uta"] = False
        return False, rest
    exchange.options["uta"] = True
    exchange._memory.learn_settings(answer)
    exchange._memory.settings = answer
    return True, rest


def correct_account_type(exchange: Any, error: ccxt.BaseError) -> bool:
    """Whether *error* says that the account is of the other type; if so, remember that instead."""
    code = errors.code_of(error)
    if code not in errors.IS_CLASSIC | errors.IS_UNIFIED:
        return False
    exchange.options["uta"] = code in errors.IS_UNIFIED
    exchange._memory.forget_account()
    return True


def routed(
    exchange: Any,
    contract: Contract | None,
    params: Mapping[str, Any],
    run: Callable[[bool, Contract | None], Flow[T]],
    demo: str = "",
) -> Flow[T]:
    """*run* for the account's type, and once more for the other type where the exchange says so.

    :param demo: the S-coin product that this is about, where no contract tells it
    """
    if contract is not None and contract.demo:
        demo = contract.symbol
    if demo and params.get("uta") is None and exchange.options.get("uta") is None:
        unified = False  # S products exist on classic accounts only: no probe for them
    else:
        unified, _ = yield from account_type(exchange, params, "setLeverage")
    for last in (False, True):
        if unified and demo:
            raise not_on_unified(demo)
        if contract is not None and params.get("uta") is None:
            contract = yield from _listed_for(exchange, contract, unified)
        try:
            with _environment(live_only=bool(demo)):
                return (yield from run(unified, contract))
        except ccxt.BaseError as error:
            if last or params.get("uta") is not None or not correct_account_type(exchange, error):
                raise
        unified = exchange.options["uta"]
    raise AssertionError("unreachable")


def _listed_for(exchange: Any, contract: Contract, unified: bool) -> Flow[Contract]:
    """The contract in the market list of the account's type, where the markets were loaded for the other type.

    Coin-margined contracts have other ids there: https://www.bitget.com/support/articles/12560603882722
    """
    if contract.product_type != "COIN-FUTURES" or contract.unified == unified or exchange._memory.relisted:
        return contract
    exchange._memory.relisted = True
    try:
        yield Call("load_markets", (True,))
        return find_contract(exchange.markets, exchange.markets_by_id, contract.symbol, None, contract.margin_coin)
    except (ccxt.BaseError, Refusal):
        return contract  # the exchange will say whether it knows the id


def not_on_unified(what: str) -> NotServed:
    # https://www.bitget.com/api-doc/uta/account/Change-Leverage (parameter category)
    return NotServed(
        f"{what} is an S-coin demo product, which exists on classic accounts only and this account is unified: use a "
        "demo key with set_sandbox_mode(True) and an ordinary product such as BTC/USDT:USDT"
    )


def load_markets(demo: bool, patience: float) -> Call:
    """ccxt's ``load_markets``; for S-coins without asking for the account type, which must be classic."""
    return Call("load_markets", (False, {"uta": False}) if demo else (), repeat=patience)


def contract_of(
    exchange: Any,
    symbol: object,
    product_type: str | None,
    margin_coin: str | None,
    uta: object = None,
    patience: float = DEADLINE,
) -> Flow[Contract]:
    """The contract that *symbol* names, from the market list of the account's type."""
    demo = looks_demo(symbol, product_type)
    unified = (exchange.options.get("uta") if uta is None else uta) is True
    if not exchange.markets:
        with _environment(live_only=demo):
            yield load_markets(demo and not unified, patience)
    try:
        return find_contract(exchange.markets, exchange.markets_by_id or {}, symbol, product_type, margin_coin)
    except NotAContract:
        if demo and unified:
            raise not_on_unified(str(symbol)) from None
        if not demo or lists_demo(exchange.markets):
            raise
    # The markets are those of a unified account, which this one no longer is.
    with _environment(live_only=True):
        yield Call("load_markets", (True, {"uta": False}))
    return find_contract(exchange.markets, exchange.markets_by_id, symbol, product_type, margin_coin)


# --- the two wires ---------------------------------------------------------------------------------------------


class Classic:
    """``/api/v2/mix``: the reply of a write tells the margin mode and the figures, so memory can be trusted.

    :param asserted: what the caller says of the account's modes
    :param extra: the caller's own params, passed on untouched
    :param patience: seconds that faults are waited out for
    """

    unified = False

    def __init__(self, exchange: Any, contract: Contract, asserted: Modes, extra: Mapping[str, Any], patience: float):
        self.memory: Memory = exchange._memory
        self.contract, self.asserted, self.extra, self.patience = contract, asserted, extra, patience

    def target(self) -> dict[str, Any]:
        """The fields that name the contract."""
        contract = self.contract
        return {"symbol": contract.id, "marginCoin": contract.margin_coin, "productType": contract.product_type}

    def remembered(self) -> Modes:
        """The modes as far as they are known without a read."""
        return self.asserted.over(self.memory.modes(self.contract))

    def decides(self, modes: Modes) -> bool:
        """Whether *modes* are enough to plan and to write."""
        return modes.decisive

    def at_hand(self) -> Seen | None:
        """An answer that spares the read."""
        return None

    def planned(self, force: InForce) -> Modes:
        """The modes to plan for, where a read says *force*.

        :raises NotApplied: the read contradicts what the caller asserts.
        """
        _hold_assertion(self.contract, self.asserted, force)
        return force.modes

    def read(self, extra: Mapping[str, Any] = MappingProxyType({})) -> Flow[Seen]:
        """What the account holds, and the raw answer; *extra* goes with the request."""
        fields = {**extra, **self.target()}
        answer = yield request("GET", "v2/mix/account/account", fields, CLASSIC_READS, self.patience)
        force = read_classic(answer.get("data"))
        self.memory.learn(self.contract, force)
        return force, answer

    def write(self, todo: Plan, modes: Modes) -> Flow[Seen]:
        """Send one request; what its reply says is in force, and the raw answer."""
        fields = {**self.extra, **self.target(), **todo.fields("holdSide")}
        answer = yield request("POST", "v2/mix/account/set-leverage", fields, CLASSIC_WRITES, self.patience)
        force = read_reply(answer.get("data"))
        self.memory.learn(self.contract, force)
        return force, answer


class Unified(Classic):
    """``/api/v3``: the margin mode goes out with every leverage, and the reply tells nothing.

    https://www.bitget.com/api-doc/uta/account/Change-Leverage (marginMode defaults to crossed)
    """

    unified = True

    def target(self) -> dict[str, Any]:
        contract = self.contract
        return {"symbol": contract.id, "category": contract.product_type, "coin": contract.margin_coin}

    def remembered(self) -> Modes:
        # A margin mode that was only read is not remembered: no reply would show that it has changed since.
        known = Modes(self.memory.declared_for(self.contract), self.memory.positions.get(UNIFIED))
        return self.asserted.over(known)

    def decides(self, modes: Modes) -> bool:
        return modes.margin is not None and modes.decisive

    def at_hand(self) -> Seen | None:
        answer = self.memory.take_settings()
        return None if answer is None else self._seen(answer)

    def planned(self, force: InForce) -> Modes:
        # The margin mode is the caller's to choose, so only the position mode can be contradicted.
        _hold_assertion(self.contract, Modes(None, self.asserted.position), force)
        margin = self.asserted.margin or self.memory.declared_for(self.contract) or force.modes.margin or CROSSED
        return Modes(margin, self.asserted.position or force.modes.position)

    def read(self, extra: Mapping[str, Any] = MappingProxyType({})) -> Flow[Seen]:
        return self._seen((yield from read_settings(self.memory, self.patience)))

    def write(self, todo: Plan, modes: Modes) -> Flow[Seen]:
        fields = {**self.extra, **self.target(), "marginMode": modes.margin, **todo.fields("posSide")}
        answer = yield request("POST", "v3/account/set-leverage", fields, UNIFIED_WRITES, self.patience)
        return InForce(Modes()), answer

    def _seen(self, answer: Any) -> Seen:
        margin = self.asserted.margin or self.memory.declared_for(self.contract)
        return read_unified(answer.get("data"), self.contract.product_type, self.contract.id, margin), answer


def read_settings(memory: Memory, patience: float) -> Flow[Any]:
    """A unified account's settings; the position mode in them is remembered."""
    answer = yield request("GET", "v3/account/settings", {}, UNIFIED_READS, patience)
    if not isinstance(answer.get("data"), dict):
        raise ccxt.BadResponse(f"bitget did not say the account's settings: {answer}")
    memory.learn_settings(answer)
    return answer


def _hold_assertion(contract: Contract, asserted: Modes, force: InForce) -> None:
    if asserted.contradicts(force.modes):
        raise NotApplied(
            f"{contract.symbol} is not {asserted}, as the call asserts; {force}; leave marginMode and hedged out, or "
            "switch the account first with set_margin_mode() or set_position_mode()"
        )
