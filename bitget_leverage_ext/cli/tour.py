"""Every request and every refusal of set_leverage, done on the embedded emulator: no key, no network."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ccxt

from bitget_leverage_ext import bitget
from bitget_leverage_ext.emulator import EmulatedAccount, Emulator, Fault, Leverages

from .messages import readable

SYMBOLS = {
    "USDT-FUTURES": "BTC/USDT:USDT",
    "COIN-FUTURES": "BTC/USD:BTC",
    "USDC-FUTURES": "BTC/USDC:USDC",
    "SUSDT-FUTURES": "SBTC/SUSDT:SUSDT",
    "SCOIN-FUTURES": "SBTC/SUSD:SBTC",
    "SUSDC-FUTURES": "SBTC/SUSDC:SUSDC",
}
# The unified account has no S-coins. https://www.bitget.com/api-doc/uta/account/Change-Leverage
UNIFIED = tuple(SYMBOLS)[:3]

ASKS: dict[str, tuple[int | None, dict[str, Any]]] = {
    "10": (10, {}),
    "10, long": (10, {"holdSide": "long"}),
    "10, short": (10, {"holdSide": "short"}),
    "10, both": (10, {"holdSide": "both"}),
    "long 12, short 5": (None, {"longLeverage": 12, "shortLeverage": 5}),
}
MARGINS = ("crossed", "isolated")
POSITIONS = {"one_way_mode": "one-way", "hedge_mode": "hedge"}
BEFORE = Leverages(20, 20, 20)
# The fields that name the contract; they are shown once, in a table of their own.
TARGET = ("symbol", "productType", "category", "marginCoin", "coin")


@dataclass(frozen=True)
class Case:
    """One call: what was asked of which account, what the emulator received, and what its account held afterwards."""

    account: str
    product_type: str
    margin: str
    position: str
    asked: str
    sent: tuple[dict[str, Any], ...]
    raised: str | None
    after: Leverages

    @property
    def fields(self) -> tuple[str, ...]:
        """The requests, without the fields that name the contract."""
        return tuple(
            " ".join(f"{name}={value}" for name, value in body.items() if name not in TARGET) for body in self.sent
        )

    @property
    def row(self) -> tuple[object, ...]:
        """What the cases of two product types must share to be one row."""
        return self.margin, self.position, self.asked, self.fields, self.raised, self.after


@dataclass(frozen=True)
class TourRefusal:
    """A call that must not succeed: what was asked, how many leverage requests it sent, and what was raised.

    :ivar message: the text of the error as Python shows it
    :ivar brief: the same, with the exchange's reply reduced to its code and message
    """

    asked: str
    sent: int
    raised: str
    message: str
    brief: str


@dataclass(frozen=True)
class Tour:
    """All cases and refusals."""

    cases: list[Case]
    refusals: list[TourRefusal]

    def as_json(self) -> dict[str, Any]:
        """Return the tour for scripts, every case on its own."""
        return {
            "before": vars(BEFORE),
            "cases": [
                {
                    "account": case.account,
                    "productType": case.product_type,
                    "symbol": SYMBOLS[case.product_type],
                    "marginMode": case.margin,
                    "positionMode": case.position,
                    "asked": dict(zip(("leverage", "params"), ASKS[case.asked], strict=True)),
                    "requests": list(case.sent),
                    "raised": case.raised,
                    "after": vars(case.after),
                }
                for case in self.cases
            ],
            "refusals": [
                {name: value for name, value in vars(refusal).items() if name != "brief"} for refusal in self.refusals
            ],
        }


# --- cases -----------------------------------------------------------------------------------------------------


def take() -> Tour:
    """Do everything on an emulator, and return what happened."""
    with Emulator(rate_limit=False) as emulator:
        cases = [*_cases(emulator, False, tuple(SYMBOLS)), *_cases(emulator, True, UNIFIED)]
        return Tour(cases, list(_refused(emulator)))


def _client(emulator: Emulator, account: EmulatedAccount, **config: Any) -> Any:
    return bitget(emulator.config(account, enableRateLimit=False, **config))


def _cases(emulator: Emulator, unified: bool, product_types: tuple[str, ...]) -> Iterator[Case]:
    loaded = _client(emulator, emulator.add_account(unified))
    loaded.load_markets()
    for product_type, margin, position, asked in itertools.product(product_types, MARGINS, POSITIONS, ASKS):
        # An account of its own for each case: nothing is remembered from the case before.
        account = emulator.add_account(unified, margin_mode=margin, position_mode=position)
        client = _client(emulator, account)
        client.set_markets_from_exchange(loaded)
        leverage, params = ASKS[asked]
        if unified:  # the caller chooses the margin mode there
            params = {**params, "marginMode": margin}
        symbol = SYMBOLS[product_type]
        raised, sent = _watched(emulator, functools.partial(client.set_leverage, leverage, symbol, params))
        yield Case(
            "unified" if unified else "classic", product_type, margin, position, asked, sent,
            type(raised).__name__ if raised else None, account.leverages(symbol),
        )  # fmt: skip


def _watched(
    emulator: Emulator, call: Callable[[], object]
) -> tuple[ccxt.BaseError | None, tuple[dict[str, Any], ...]]:
    """Return what *call* raises, and the bodies of its leverage requests."""
    emulator.clear()
    raised = None
    try:
        call()
    except ccxt.BaseError as error:
        raised = error
    return raised, tuple(request.body or {} for request in emulator.writes)


# --- refusals --------------------------------------------------------------------------------------------------

BTC, COIN = SYMBOLS["USDT-FUTURES"], SYMBOLS["SUSDT-FUTURES"]


@dataclass(frozen=True)
class _Wrong:
    """A call that must not succeed, and its circumstances.

    :ivar account: the account whose key is used
    :ivar margin: the margin mode of its contracts
    :ivar fault: the fault of the emulator
    :ivar credentials: the credentials that are wrong
    """

    asked: str
    leverage: object = 10
    symbol: object = BTC
    params: dict[str, Any] = field(default_factory=dict)
    account: str = "classic"
    margin: str = "crossed"
    sandbox: bool = False
    fault: Fault | None = None
    credentials: dict[str, str] = field(default_factory=dict)


_SHORT_OF_MARGIN = "Unable to update the leverage factor of this position, there is not enough margin!"

WRONG = (
    *(_Wrong(f"leverage {value!r}", value) for value in (0, -5, 3.7, True, "ten", None)),
    _Wrong("leverage 200, the maximum is 150", 200),
    _Wrong("130, the contract lists no maximum", 130, COIN),
    _Wrong("no side, isolated hedge", margin="isolated"),
    _Wrong(
        "long, isolated hedge, unified", params={"holdSide": "long", "marginMode": "isolated"}, account="unified"
    ),
    _Wrong("long 12, short 5, crossed", None, params={"longLeverage": 12, "shortLeverage": 5}),
    _Wrong("holdSide 'buy'", params={"holdSide": "buy"}),
    _Wrong("holdSide 'long', posSide 'short'", params={"holdSide": "long", "posSide": "short"}),
    _Wrong("no symbol", symbol=None),
    _Wrong("a spot symbol", symbol="BTC/USDT"),
    _Wrong("an unknown symbol", symbol="NOPE/USDT:USDT"),
    _Wrong("productType of the demo twin", params={"productType": "SUSDT-FUTURES"}),
    _Wrong("marginCoin USDC, a USDT contract", params={"marginCoin": "USDC"}),
    _Wrong("marginMode isolated, it is crossed", params={"marginMode": "isolated"}),
    _Wrong("accepted, not applied (read back)", 7, params={"verify": "read"}, fault=Fault("lie")),
    _Wrong(
        "too little margin for the position", 3, fault=Fault("refuse", code="40893", msg=_SHORT_OF_MARGIN)
    ),
    _Wrong("an S-coin on a unified account", symbol=COIN, params={"uta": True}, account="unified"),
    _Wrong("a demo key, live environment", account="demo"),
    _Wrong("a live key, sandbox mode", sandbox=True),
    _Wrong("an S-coin with a demo key", symbol=COIN, account="demo"),
    _Wrong("a wrong passphrase", credentials={"password": "not-the-passphrase"}),
    _Wrong("a wrong secret", credentials={"secret": "not-the-secret"}),
    _Wrong("an unknown key", credentials={"apiKey": "not-a-key"}),
)  # fmt: skip


def _refused(emulator: Emulator) -> Iterator[TourRefusal]:
    loaded = _client(emulator, emulator.account)
    loaded.load_markets()
    for wrong in WRONG:
        environment: Any = "demo" if wrong.account == "demo" else "live"
        unified = wrong.account == "unified"
        account = emulator.add_account(unified, environment, margin_mode=wrong.margin)
        client = _client(emulator, account, **wrong.credentials)
        client.set_sandbox_mode(wrong.sandbox)
        if environment == "live" and not wrong.sandbox and not wrong.credentials:
            client.set_markets_from_exchange(loaded)
        if wrong.fault is not None:
            emulator.fail(wrong.fault)
        call = functools.partial(client.set_leverage, wrong.leverage, wrong.symbol, wrong.params)
        raised, sent = _watched(emulator, call)
        kind = type(raised).__name__ if raised else "nothing"
        yield TourRefusal(wrong.asked, len(sent), kind, str(raised or ""), readable(raised) if raised else "")
