"""Which margin mode an order carries.

Bitget keeps a leverage for each margin mode, and the ORDER's ``marginMode`` decides which one counts, whatever the
symbol's own mode is; an order without one is crossed. So an order has to say the mode whose leverage was set:

====================  =================  ====================================================
the caller names      the order          carries
====================  =================  ====================================================
a margin mode         any                that mode, in Bitget's spelling
nothing               opens              the mode that was chosen last; else what ccxt wrote
nothing               closes             the mode of the last order that opened; else as above
====================  =================  ====================================================

A batch has one mode a contract: that of its first opening order; that of a closing one where none opens.

https://www.bitget.com/api-doc/contract/trade/Place-Order, https://www.bitget.com/api-doc/uta/trade/Place-Order,
https://github.com/Youra82/dnabot (the symbol's setting confirmed isolated, the position opened crossed)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .account import CROSSED, ISOLATED

Key = tuple[str, str]  # product type and contract id

# https://www.bitget.com/api-doc/contract/trade/Place-Order, …/contract/plan/Place-Plan-Order
SINGLE = frozenset({"v2/mix/order/place-order", "v2/mix/order/place-plan-order", "v3/trade/place-order"})
# https://www.bitget.com/api-doc/contract/trade/Batch-Order, https://www.bitget.com/api-doc/uta/trade/Place-Batch
BATCH = frozenset({"v2/mix/order/batch-place-order", "v3/trade/place-batch"})
# Has no marginMode: https://www.bitget.com/api-doc/uta/strategy/Place-Strategy-Order
STRATEGY = "v3/trade/place-strategy-order"
PATHS = SINGLE | BATCH | {STRATEGY}

# https://www.bitget.com/api-doc/contract/error-code/restapi, https://www.bitget.com/api-doc/uta/error-code/restapi
NO_POSITION = frozenset({"22002", "25227"})
_NO_POSITION = re.compile(r"no position (available )?to close", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """What an object remembers of a contract's margin modes.

    :ivar chosen: those whose leverage was set last, or the one chosen since; the last of them is what orders carry
    :ivar opened: that of the last order that opened
    """

    chosen: Sequence[str] = ()
    opened: str | None = None


def mode_of(named: str | None, closing: bool, known: Known) -> str | None:
    """The table above; ``None`` leaves an order as it is."""
    chosen = known.chosen[-1] if known.chosen else None
    return named or (known.opened if closing else None) or chosen


def other(mode: str) -> str:
    """The other margin mode."""
    return ISOLATED if mode == CROSSED else CROSSED


def closes(fields: Mapping[str, Any], unified: bool) -> bool:
    """Whether an order can only close, so that nothing is opened where it is sent again.

    https://www.bitget.com/api-doc/contract/trade/Place-Order (reduceOnly, tradeSide),
    https://www.bitget.com/api-doc/uta/trade/Place-Order (reduceOnly, posSide)
    """

    def said(name: str) -> str:
        return str(fields.get(name, "")).lower()

    if said("reduceOnly") in ("yes", "true"):
        return True
    if unified:
        return (said("side"), said("posSide")) in (("buy", "short"), ("sell", "long"))
    return said("tradeSide") == "close"


def refuses_to_close(code: object, text: object) -> bool:
    """Whether an answer says that there is no position to close, as it does where the margin mode is the other one."""
    return str(code) in NO_POSITION or _NO_POSITION.search(str(text)) is not None


@dataclass(frozen=True)
class Orders:
    """One request on the wire: an order, or a batch of them.

    :ivar frame: what stands around the orders of a classic batch
    """

    unified: bool
    batch: bool
    rows: tuple[Mapping[str, Any], ...]
    frame: Mapping[str, Any] | None = None

    @property
    def body(self) -> Any:
        """What goes over the wire."""
        if not self.batch:
            return self.rows[0]
        if self.frame is None:
            return list(self.rows)
        return {**self.frame, "orderList": list(self.rows), "marginMode": self.rows[0]["marginMode"]}

    def key(self, row: Mapping[str, Any]) -> Key:
        """The contract of an order."""
        named = {**(self.frame or {}), **row}
        return str(named["category" if self.unified else "productType"]).upper(), str(named["symbol"])

    def closing(self, row: Mapping[str, Any]) -> bool:
        """Whether an order can only close."""
        return closes(row, self.unified)

    def mode(self, row: Mapping[str, Any]) -> str:
        """The margin mode that an order goes out in."""
        # https://www.bitget.com/api-doc/uta/trade/Place-Order (marginMode defaults to crossed)
        return str(row.get("marginMode") or CROSSED)

    def carrying(self, mode_for: Callable[[Mapping[str, Any]], str | None]) -> Orders:
        """The same orders, each in the mode that *mode_for* says, or as it is."""
        modes = [mode_for(row) for row in self.rows]
        rows = (
            row if mode in (None, row.get("marginMode")) else {**row, "marginMode": mode}
            for row, mode in zip(self.rows, modes, strict=True)
        )
        return replace(self, rows=tuple(rows))

    def turned(self, which: Sequence[int]) -> Orders:
        """Some of the orders, each in the other margin mode."""
        picked = replace(self, rows=tuple(self.rows[index] for index in which))
        return picked.carrying(lambda row: other(self.mode(row)))


def read_orders(path: str, body: Any) -> Orders | None:
    """The orders in a request's *body*; ``None`` where they are not futures orders."""
    unified = path.startswith("v3/")
    if path not in BATCH:
        orders = Orders(unified, False, (body,))
    elif unified:
        orders = Orders(unified, True, tuple(body))
    else:
        orders = Orders(unified, True, tuple(body["orderList"]), body)
    if not orders.rows or not all(orders.key(row)[0].endswith("-FUTURES") for row in orders.rows):
        return None
    return orders


def without_mode(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A futures strategy order without the field that it does not have; any other order as it is."""
    if "marginMode" not in body or not str(body["category"]).endswith("-FUTURES"):
        return body
    return {name: value for name, value in body.items() if name != "marginMode"}


def decide(orders: Orders, named: str | None, known: Callable[[Key], Known]) -> Orders:
    """*orders* in the margin modes that they should have."""
    modes: dict[Key, str | None] = {}
    for row in sorted(orders.rows, key=orders.closing):  # the first opening order speaks for all of its contract
        key = orders.key(row)
        about = known(key)
        mode = mode_of(named, orders.closing(row), about)
        untouched = not named and not about.chosen and mode == orders.mode(row)
        modes.setdefault(key, None if untouched else mode)
    return orders.carrying(lambda row: modes[orders.key(row)])


# --- the reply of a batch, in which each order has an answer of its own ----------------------------------------------


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _went_well(answer: Mapping[str, Any]) -> bool:
    return str(answer.get("code") or "00000").strip("0") == "" and bool(answer.get("orderId"))


def accepted(orders: Orders, data: Any) -> list[int]:
    """The places of the orders that a reply accepted; of a batch, as far as it is clear which they are."""
    if not orders.batch:
        return [0]
    places = range(len(orders.rows))
    if orders.unified:
        answers = _list(data)
        return [place for place in places if len(answers) == len(places) and _went_well(answers[place])]
    if not _list(data.get("failureList")):
        return list(places)
    taken = {answer.get("clientOid") for answer in _list(data.get("successList"))} - {None, ""}
    return [place for place in places if orders.rows[place].get("clientOid") in taken]


def unclosed(orders: Orders, data: Any) -> dict[int, int]:
    """Which closing orders of a batch were refused for want of a position, each with the place of its answer.

    A classic reply tells its orders apart by ``clientOid`` alone; without one it is clear only where all were refused.

    https://www.bitget.com/api-doc/contract/trade/Batch-Order, https://www.bitget.com/api-doc/uta/trade/Place-Batch
    """
    answers = _list(data if orders.unified else data.get("failureList"))
    rows: list[int | None] = list(range(len(answers))) if len(answers) == len(orders.rows) else []
    ids = [row.get("clientOid") for row in orders.rows]
    if not orders.unified and any(ids):
        told = [answer.get("clientOid") for answer in answers]
        rows = [ids.index(id_) if id_ and id_ in ids else None for id_ in told]
    return {
        row: place
        for place, (row, answer) in enumerate(zip(rows, answers, strict=False))
        if row is not None and orders.closing(orders.rows[row]) and _unclosed(answer)
    }


def _unclosed(answer: Mapping[str, Any]) -> bool:
    return refuses_to_close(answer.get("errorCode", answer.get("code")), answer.get("errorMsg", answer.get("msg")))


def merged(orders: Orders, data: Any, again: Any, places: Sequence[int]) -> Any:
    """The data of a batch's reply, with what came of its orders that were sent once more.

    :param places: where the answers of those orders stand in *data*, in the order in which they were sent
    """
    if orders.unified:
        answers = list(data)
        for place, answer in zip(places, again, strict=True):
            if _went_well(answer):
                answers[place] = answer
        return answers
    won, failures = _list(again.get("successList")), _list(data.get("failureList"))
    ids = {answer.get("clientOid") for answer in won}
    done = {place for place in places if len(won) == len(places) or failures[place].get("clientOid") in ids}
    return {
        **data,
        "successList": [*_list(data.get("successList")), *won],
        "failureList": [answer for place, answer in enumerate(failures) if place not in done],
    }
