"""Everything there is about setting leverage, done on the embedded emulator: no key, no network."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ccxt
from rich.console import Console, RenderableType
from rich.text import Text

from bitget_leverage_ext import bitget
from bitget_leverage_ext.emulator import Account, Emulator, Fault, Figures

from .output import readable, table

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
BEFORE = Figures(20, 20, 20)
# They say which contract is meant, and are shown once, in a table of their own.
_TARGET = ("symbol", "productType", "category", "marginCoin", "coin")


@dataclass(frozen=True)
class Case:
    """One call: what was asked of which account, what arrived at the emulator, what its account then held."""

    account: str
    product_type: str
    margin: str
    position: str
    asked: str
    sent: tuple[dict[str, Any], ...]
    raised: str | None
    after: Figures

    @property
    def fields(self) -> tuple[str, ...]:
        """What was sent, without the fields that name the contract."""
        return tuple(
            " ".join(f"{name}={value}" for name, value in body.items() if name not in _TARGET) for body in self.sent
        )

    @property
    def course(self) -> tuple[object, ...]:
        """What two product types must share to be shown as one row."""
        return self.margin, self.position, self.asked, self.fields, self.raised, self.after


@dataclass(frozen=True)
class Refused:
    """A call that must not succeed: what was asked, how many leverage requests went out for it, what was raised."""

    asked: str
    sent: int
    raised: str
    message: str


@dataclass(frozen=True)
class Tour:
    """What happened."""

    cases: list[Case]
    refusals: list[Refused]

    def as_json(self) -> dict[str, Any]:
        """The tour for scripts, every case on its own."""
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
            "refusals": [vars(refusal) for refusal in self.refusals],
        }

    def parts(self) -> list[RenderableType]:
        """The tour for people: the contracts and the matrix of each kind of account, then the refusals."""
        classic = [case for case in self.cases if case.account == "classic"]
        unified = [case for case in self.cases if case.account == "unified"]
        return [
            _contracts(classic, "The contracts, as requests name them"),
            _matrix(classic, "Classic account, POST /api/v2/mix/account/set-leverage", "six"),
            _contracts(unified, "The contracts, as a unified account names them"),
            _matrix(unified, "Unified account, POST /api/v3/account/set-leverage", "three"),
            _refusals(self.refusals),
        ]


# --- what is done ----------------------------------------------------------------------------------------------


def take() -> Tour:
    """Do it all on an emulator of its own."""
    with Emulator() as emulator:
        unified = emulator.add_account(unified=True)
        cases = [
            *_cases(emulator, emulator.account, "classic", tuple(SYMBOLS)),
            *_cases(emulator, unified, "unified", UNIFIED),
        ]
        return Tour(cases, list(_refused(emulator, unified)))


def _client(emulator: Emulator, account: Account, **config: Any) -> Any:
    # The pace is for the exchange's sake; the emulator has none unless it is told to.
    return bitget(emulator.config(account, enableRateLimit=False, **config))


def _share_markets(loaded: Any, client: Any) -> None:
    # ccxt's own set_markets_from_exchange is younger than the oldest ccxt of the range.
    names = ("markets", "markets_by_id", "symbols", "ids", "currencies", "currencies_by_id", "codes")
    vars(client).update({name: vars(loaded)[name] for name in names})


def _cases(emulator: Emulator, account: Account, kind: str, product_types: tuple[str, ...]) -> Iterator[Case]:
    loaded = _client(emulator, account)
    loaded.load_markets()
    for product_type in product_types:
        where = (product_type, loaded.market_id(SYMBOLS[product_type]))
        for margin in MARGINS:
            for position in POSITIONS:
                for asked, (leverage, params) in ASKS.items():
                    account.set_position_mode(product_type, position)
                    account.set_margin_mode(*where, margin)
                    account.set_figures(*where, **vars(BEFORE))
                    # A new object each time: nothing is remembered from the case before.
                    client = _client(emulator, account)
                    _share_markets(loaded, client)
                    if account.unified:  # where the margin mode is the caller's to say
                        params = {**params, "marginMode": margin}
                    call = functools.partial(client.set_leverage, leverage, SYMBOLS[product_type], params)
                    raised, sent = _watched(emulator, call)
                    yield Case(
                        kind, product_type, margin, position, asked, sent,
                        type(raised).__name__ if raised else None, account.figures(*where),
                    )  # fmt: skip


def _watched(
    emulator: Emulator, call: Callable[[], object]
) -> tuple[ccxt.BaseError | None, tuple[dict[str, Any], ...]]:
    """What *call* raises, and the bodies of the leverage requests that arrived meanwhile."""
    emulator.clear()
    raised = None
    try:
        call()
    except ccxt.BaseError as error:
        raised = error
    return raised, tuple(request.body or {} for request in emulator.writes)


def _refused(emulator: Emulator, unified: Account) -> Iterator[Refused]:
    classic = emulator.account
    btc, coin = SYMBOLS["USDT-FUTURES"], SYMBOLS["SUSDT-FUTURES"]
    demo = emulator.add_account(environment="demo")
    loaded = _client(emulator, classic)
    loaded.load_markets()
    for product_type, symbol in (("USDT-FUTURES", "BTCUSDT"), ("SUSDT-FUTURES", "SBTCSUSDT")):
        classic.set_position_mode(product_type, "hedge_mode")
        classic.set_margin_mode(product_type, symbol, "crossed")

    def isolated() -> None:
        classic.set_margin_mode("USDT-FUTURES", "BTCUSDT", "isolated")

    def crossed() -> None:
        classic.set_margin_mode("USDT-FUTURES", "BTCUSDT", "crossed")

    def lying() -> None:
        emulator.fail(Fault("lie"))

    def short_of_margin() -> None:
        text = "Unable to update the leverage factor of this position, there is not enough margin!"
        emulator.fail(Fault("refuse", code="40893", msg=text))

    def call(
        asked: str,
        leverage: object = 10,
        symbol: object = btc,
        params: dict[str, Any] = {},  # noqa: B006  # as ccxt has it, and never changed
        state: Callable[[], None] = crossed,
        of: Account = classic,
        sandbox: bool = False,
        **wrong: str,
    ) -> Refused:
        state()
        client = _client(emulator, of, **wrong)
        client.set_sandbox_mode(sandbox)
        if of is not demo and not sandbox and not wrong:
            _share_markets(loaded, client)
        raised, sent = _watched(emulator, functools.partial(client.set_leverage, leverage, symbol, params))
        name, message = (type(raised).__name__, readable(raised)) if raised else ("nothing", "")
        return Refused(asked, len(sent), name, message)

    for value in (0, -5, 3.7, True, "ten", None):
        yield call(f"leverage {value!r}", value)
    yield call("leverage 200, the maximum is 150", 200)
    yield call("130, the contract tells no maximum", 130, coin)
    yield call("no side, isolated hedge", state=isolated)
    yield call("long 12, short 5, crossed", None, params={"longLeverage": 12, "shortLeverage": 5})
    yield call("holdSide 'buy'", params={"holdSide": "buy"})
    yield call("holdSide 'long', posSide 'short'", params={"holdSide": "long", "posSide": "short"})
    yield call("no symbol", symbol=None)
    yield call("a spot symbol", symbol="BTC/USDT")
    yield call("an unknown symbol", symbol="NOPE/USDT:USDT")
    yield call("productType of the demo twin", params={"productType": "SUSDT-FUTURES"})
    yield call("marginCoin USDC, a USDT contract", params={"marginCoin": "USDC"})
    yield call("isolated asserted, it is crossed", params={"marginMode": "isolated"})
    yield call("acknowledged, not applied (read back)", 7, params={"verify": "read"}, state=lying)
    yield call("too little margin for the position", 3, state=short_of_margin)
    yield call("an S-coin on a unified account", symbol=coin, params={"uta": True}, of=unified)
    yield call("a demo key, live environment", of=demo)
    yield call("a live key, sandbox mode", sandbox=True)
    yield call("an S-coin with a demo key", symbol=coin, of=demo)
    yield call("a wrong passphrase", password="not-the-passphrase")
    yield call("a wrong secret", secret="not-the-secret")
    yield call("a key that is not known", apiKey="not-a-key")


# --- how it is shown -------------------------------------------------------------------------------------------


def _contracts(cases: list[Case], title: str) -> RenderableType:
    bodies = {case.product_type: case.sent[0] for case in cases if case.sent}
    names = [name for name in next(iter(bodies.values())) if name in _TARGET]
    made = table("ccxt symbol", *names, title=title)
    for product_type, body in bodies.items():
        made.add_row(SYMBOLS[product_type], *(str(body[name]) for name in names))
    return made


def _matrix(cases: list[Case], title: str, count: str) -> RenderableType:
    courses: dict[tuple[object, ...], list[Case]] = {}
    for case in cases:
        courses.setdefault(case.course, []).append(case)
    kinds = {case.product_type for case in cases}
    alike = all(len(same) == len(kinds) for same in courses.values())
    made = table("account", "asked", "over the wire", *vars(BEFORE), title=title)
    # A classic account's lines fit a terminal of 80 columns so.
    made.show_edge, made.padding = False, (0, 1, 0, 0)
    for column in made.columns[-3:]:
        column.justify, column.no_wrap = "right", True
    made.caption_justify = "left"
    made.caption = f"cross, long, short: what the account held afterwards; before, every figure was {BEFORE.cross}."
    if alike:
        made.caption += f" Each line was done for all {count} product types: all alike."
    else:
        made.add_column("for")
    groups: dict[tuple[str, str], list[list[Case]]] = {}
    for same in courses.values():
        groups.setdefault((same[0].margin, same[0].position), []).append(same)
    for (margin, position), rows in groups.items():
        made.add_section()
        words = [margin, POSITIONS[position]] + [""] * len(rows)
        for word, same in zip(words, rows, strict=False):
            case = same[0]
            wire = Text("\n".join(case.fields)) if case.sent else Text(f"nothing: {case.raised}", "yellow")
            who = "all" if len(same) == len(kinds) else ", ".join(each.product_type for each in same)
            made.add_row(word, case.asked, wire, *_figures(case.after), *(() if alike else (who,)))
    return made


def _figures(after: Figures) -> list[Text]:
    return [
        Text(str(figure), "dim" if figure == getattr(BEFORE, name) else "bold green")
        for name, figure in vars(after).items()
    ]


def _refusals(refusals: list[Refused]) -> RenderableType:
    made = table("asked", "sent", "raised", title="What is refused, and what the error says")
    made.columns[0].width = 26
    made.columns[1].justify = "right"
    for refusal in refusals:
        made.add_row(refusal.asked, str(refusal.sent), Text(refusal.raised, "yellow") + Text(f": {refusal.message}"))
    made.caption, made.caption_justify = "sent: set-leverage requests that went out", "left"
    return made


def show(parts: list[RenderableType], on: Console) -> None:
    """Print parts of a tour."""
    on.print("Every line below was done on the embedded emulator: no key, no network, no money.")
    for part in parts:
        on.print()
        on.print(part)
