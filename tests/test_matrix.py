"""Every cell of the hold-side table, on the wire and on the account afterwards, in three clients, with every switch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ccxt
import pytest
from clients import CLIENTS, forget

from bitget_leverage_ext.emulator import Account, Emulator, Figures, Quirks

SYMBOLS = {
    "USDT-FUTURES": ("BTC/USDT:USDT", "BTCUSDT", "USDT"),
    "COIN-FUTURES": ("BTC/USD:BTC", "BTCUSD", "BTC"),
    "USDC-FUTURES": ("BTC/USDC:USDC", "BTCPERP", "USDC"),
    "SUSDT-FUTURES": ("SBTC/SUSDT:SUSDT", "SBTCSUSDT", "SUSDT"),
    "SCOIN-FUTURES": ("SBTC/SUSD:SBTC", "SBTCSUSD", "SBTC"),
    "SUSDC-FUTURES": ("SBTC/SUSDC:SUSDC", "SBTCSPERP", "SUSDC"),
}
BEFORE = Figures(cross=3, long=4, short=5)


@dataclass(frozen=True)
class Case:
    """A way of asking, and what each kind of account must hold and be sent for it; ``None`` where it is refused."""

    leverage: int | None
    params: dict[str, Any]
    crossed: Figures | None
    one_way: Figures | None
    hedge: Figures | None
    hedge_wire: dict[str, str] | None

    def expected(self, margin: str, hedge: bool) -> Figures | None:
        """What an account in these modes must hold."""
        return self.crossed if margin == "crossed" else self.hedge if hedge else self.one_way


def cross(figure: int) -> Figures:
    return Figures(cross=figure, long=4, short=5)


def sides(long: int = 4, short: int = 5) -> Figures:
    return Figures(cross=3, long=long, short=short)


CASES = {
    "no side": Case(10, {}, cross(10), sides(10, 10), None, None),
    "long": Case(
        10, {"holdSide": "long"}, cross(10), sides(10, 10), sides(long=10), {"leverage": "10", "holdSide": "long"}
    ),
    "short": Case(
        10, {"holdSide": "short"}, cross(10), sides(10, 10), sides(short=10), {"leverage": "10", "holdSide": "short"}
    ),
    "both": Case(
        10,
        {"holdSide": "both"},
        cross(10),
        sides(10, 10),
        sides(10, 10),
        {"longLeverage": "10", "shortLeverage": "10"},
    ),
    "two figures, same": Case(
        None,
        {"longLeverage": 10, "shortLeverage": 10},
        cross(10),
        sides(10, 10),
        sides(10, 10),
        {"longLeverage": "10", "shortLeverage": "10"},
    ),
    "two figures": Case(
        None,
        {"longLeverage": 20, "shortLeverage": 6},
        None,
        None,
        sides(20, 6),
        {"longLeverage": "20", "shortLeverage": "6"},
    ),
    "long figure": Case(
        None, {"longLeverage": 10}, cross(10), sides(10, 10), sides(long=10), {"leverage": "10", "holdSide": "long"}
    ),
}

SWITCHES = {
    "as established": Quirks(),
    "2025-03": Quirks(dialect="2025-03"),
    "unneeded side refused": Quirks(unneeded_hold_side="refused"),
    "leverage alone sets both": Quirks(leverage_alone_in_hedge="both"),
    "same leverage refused": Quirks(same_leverage="refused"),
    "same margin mode refused": Quirks(same_margin_mode="refused"),
    "cross figure null": Quirks(cross_figure="null"),
    "cross figure empty": Quirks(cross_figure="empty"),
    "cross figure absent": Quirks(cross_figure="absent"),
    "capitals": Quirks(capitals="required"),
    **{f"one-way {answer}": Quirks(unified_one_way=answer) for answer in ("refuses_side", "wants_side", "per_side")},
    **{
        f"hedge {hedge}, row {row}": Quirks(unified_hedge=hedge, unified_row=row)
        for hedge in ("figures", "all", "all_one_side", "documentation")
        for row in ("last", "long", "number", "list", "missing", "stale")
    },
}
# Every product in every client under the established answers. The switches depend on neither, so each of them meets
# the two USDT products only, and the clients in turn.
_IN_TURN = itertools.cycle(CLIENTS)
MATRIX = [("as established", product, kind) for product in SYMBOLS for kind in CLIENTS] + [
    (name, product, next(_IN_TURN))
    for name in SWITCHES
    for product in ("USDT-FUTURES", "SUSDT-FUTURES")
    if name != "as established"
]


def prepare(account: Account, product_type: str, id: str, margin: str, position: str) -> None:
    account.set_position_mode(product_type, position)
    account.set_margin_mode(product_type, id, margin)
    account.set_figures(product_type, id, cross=3, long=4, short=5)


def cells(emulator: Emulator, client: Any, switch: str, product_type: str) -> Iterator[tuple[str, bool, str, str]]:
    """Every cell that is no refusal, with the account prepared for it; the refusals are seen to here."""
    account = emulator.account
    symbol, id, _ = SYMBOLS[product_type]
    for margin, position, (name, case) in itertools.product(
        ("crossed", "isolated"), ("one_way_mode", "hedge_mode"), CASES.items()
    ):
        cell = f"{switch}: {product_type} {margin} {position} {name}"
        prepare(account, product_type, id, margin, position)
        forget(client, account)  # as a new object, without loading the markets again
        emulator.clear()
        hedge = margin == "isolated" and position == "hedge_mode"
        if case.expected(margin, hedge) is not None:
            yield margin, hedge, name, cell
            continue
        with pytest.raises(ccxt.ArgumentsRequired if hedge else ccxt.BadRequest):
            client.set_leverage(case.leverage, symbol, case.params)
        assert account.figures(product_type, id) == BEFORE, cell
        assert not emulator.writes, cell


def told(figures: Figures, margin: str) -> tuple[int, int]:
    return (figures.cross, figures.cross) if margin == "crossed" else (figures.long, figures.short)


@pytest.mark.parametrize(("switch", "product_type", "kind"), MATRIX)
def test_classic(emulator: Emulator, connect: Callable[..., Any], switch: str, product_type: str) -> None:
    """A classic account ends with exactly what was asked and the result says so, or it is refused with no write."""
    emulator.quirks = SWITCHES[switch]
    account = emulator.account
    symbol, id, coin = SYMBOLS[product_type]
    client = connect()
    for margin, hedge, name, cell in cells(emulator, client, switch, product_type):
        case = CASES[name]
        expected = case.expected(margin, hedge)
        result = client.set_leverage(case.leverage, symbol, case.params)
        assert account.figures(product_type, id) == expected, cell
        assert (result["longLeverage"], result["shortLeverage"]) == told(expected, margin), cell
        assert result["marginMode"] == margin.replace("crossed", "cross"), cell
        assert (result["code"], result["symbol"]) == ("00000", symbol), cell
        target = {"symbol": id, "marginCoin": coin, "productType": product_type}
        bodies = [write.body for write in emulator.writes]
        if switch == "2025-03" and hedge and "longLeverage" in (case.hedge_wire or {}):
            assert [body.get("holdSide") for body in bodies] == [None, "long", "short"], cell
        else:
            assert bodies == [target | (case.hedge_wire if hedge else {"leverage": "10"})], cell
        # Once more, on a known account: the same result, from the write alone.
        emulator.clear()
        again = client.set_leverage(case.leverage, symbol, case.params)
        assert account.figures(product_type, id) == expected, cell
        assert (again["longLeverage"], again["shortLeverage"]) == told(expected, margin), cell
        if switch not in ("2025-03", "same leverage refused"):
            # A side on an account remembered as having none is decided on a fresh read.
            fresh = not hedge and case.params.get("holdSide", "both" if len(case.params) != 1 else "one") != "both"
            assert len(emulator.requests) == (2 if fresh else 1), cell


def unified_outcome(quirks: Quirks, case: Case, name: str, margin: str, hedge: bool, row: str) -> Figures | None:
    """What a unified account must hold; one side alone wants an exchange that takes it, or tells the other side's."""
    expected = case.expected(margin, hedge)
    one_sided = hedge and name in ("long", "short", "long figure")
    if one_sided and quirks.unified_hedge != "documentation" and not (quirks.unified_row == "list" and row == margin):
        return None
    return expected


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "named"])
@pytest.mark.parametrize(("switch", "product_type", "kind"), [each for each in MATRIX if not each[1].startswith("S")])
def test_unified(
    emulator: Emulator,
    connect: Callable[..., Any],
    unified_markets: dict[str, Any],
    switch: str,
    product_type: str,
    declared: bool,
) -> None:
    """The same table on a unified account, for the margin mode that was declared before or is named in the call."""
    emulator.quirks = SWITCHES[switch]
    account = emulator.account
    account.unified = True
    symbol, id, coin = SYMBOLS[product_type]
    id = f"{id}_CM" if product_type == "COIN-FUTURES" else id
    client = connect()
    vars(client.exchange).update(unified_markets)
    for margin, position, (name, case) in itertools.product(
        ("crossed", "isolated"), ("one_way_mode", "hedge_mode"), CASES.items()
    ):
        cell = f"{switch}: {product_type} {margin} {position} {name}"
        hedge = margin == "isolated" and position == "hedge_mode"
        row = "crossed" if declared else margin  # what the settings show: it must not decide
        prepare(account, product_type, id, row, position)
        forget(client, account)
        word = margin.replace("crossed", "cross")
        if declared:
            client.set_margin_mode(word, symbol)
        params = case.params if declared else {**case.params, "marginMode": word}
        emulator.clear()
        expected = unified_outcome(emulator.quirks, case, name, margin, hedge, row)
        if expected is None:
            with pytest.raises(ccxt.ArgumentsRequired if hedge else ccxt.BadRequest):
                client.set_leverage(case.leverage, symbol, params)
            assert account.figures(product_type, id) == BEFORE, cell
            assert all(write.code != "00000" for write in emulator.writes), cell
            continue
        result = client.set_leverage(case.leverage, symbol, params)
        assert account.figures(product_type, id) == expected, cell
        figures = told(expected, margin)
        asked = (name != "short", not name.startswith("long"))
        for key, figure, wanted in zip(("longLeverage", "shortLeverage"), figures, asked, strict=True):
            assert result[key] in ((figure,) if wanted or not hedge else (figure, None)), cell
        assert result["marginMode"] == word, cell
        target = {"symbol": id, "category": product_type, "coin": coin, "marginMode": margin}
        bodies = [write.body for write in emulator.writes]
        assert all(target.items() <= body.items() for body in bodies), cell
        if margin == "crossed":
            assert bodies == [target | {"leverage": "10"}], cell
        # Once more: what the account accepted is tried first, so nothing is refused.
        emulator.clear()
        client.set_leverage(case.leverage, symbol, params)
        assert account.figures(product_type, id) == expected, cell
        if switch != "same leverage refused":
            assert {write.code for write in emulator.writes} == {"00000"}, cell
