"""What a request makes of an account's orders, on whichever of the two lines it came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from .book import Book, HoldSide, Order, Position, Side, book_of, leverage_of
from .contracts import Contract
from .order_rows import ids
from .prices import price, worth
from .routes import Call
from .state import MarginMode, Refusal

# What a price may be: what lies beyond was never traded.
_HIGHEST = Decimal(10) ** 15

# -- reading a request ------------------------------------------------------------------------------------------------


def number(call: Call, name: str) -> Decimal | None:
    text = call.text(name)
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(0)
    if not (value.is_finite() and 1 / _HIGHEST < value < _HIGHEST):
        raise Refusal("40017", f"Parameter verification failed {name}")
    return value


def side_of(call: Call) -> Side:
    return cast(Side, call.one_of("side", "buy", "sell"))


def opposite(side: Side) -> Side:
    return "sell" if side == "buy" else "buy"


def new_order(
    call: Call,
    contract: Contract,
    side: Side,
    hold_side: HoldSide | None,
    closes: bool,
    mode: MarginMode,
    size: Decimal | None,
) -> Order:
    """The order that the request describes, not yet placed; `orderType`, price and client id are read from it."""
    kind = call.one_of("orderType", "limit", "market")
    limit = number(call, "price") if kind == "limit" else None
    if kind == "limit" and limit is None:
        raise Refusal("40019", "Parameter price cannot be empty")
    if size is None:
        raise Refusal("40019", "Parameter size cannot be empty")
    row = contract.row()
    worthless = contract.settle != contract.base and worth(contract, size, price(contract, call.now)) < Decimal(
        row["minTradeUSDT"]
    )
    if size < Decimal(row["minTradeNum"]) or worthless:
        # observed: https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (45110)
        raise Refusal("45110", f"less than the minimum amount {row['minTradeUSDT']} {contract.settle}")
    force = (call.text("force") or call.text("timeInForce") or "gtc").lower()
    return _numbered(call, Order("", "", contract, side, size, call.now, hold_side, closes, mode, 0, limit, force))


def _numbered(call: Call, order: Order) -> Order:
    order.id = book_of(call.account, call.now).new_id()
    order.client_id = call.text("clientOid") or order.id
    order.leverage = leverage_of(call.account, order.contract, order.margin_mode, order.position_side)
    return order


# -- placing ----------------------------------------------------------------------------------------------------------


def place(call: Call, order: Order) -> dict[str, str]:
    """Accept an order or a plan. A plan may name any margin mode: nobody looks at it before it strikes.

    https://github.com/Youra82/titanbot
    """
    book = book_of(call.account, call.now)
    # https://github.com/germangar/whook (40786); an order that was refused leaves its client id free
    if any(each.client_id == order.client_id for each in book.orders.values()):
        raise Refusal("40786", "Duplicate clientOid")
    if order.plan is None:
        (_check_closing if order.closes else _check_opening)(call, book, order)
    return ids(book.place(call.account, order, call.now))


def _check_closing(call: Call, book: Book, order: Order) -> None:
    held = book.held(order.contract, order.position_side)
    if held is None or (held.margin_mode != order.margin_mode and call.quirks.close_mode == "refused"):
        raise nothing_to_close(call)


def _check_opening(call: Call, book: Book, order: Order) -> None:
    if book.bars(order):
        # Not established: the refusal of a change of margin mode, which it would be.
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("45117", "Currently holding positions or orders, the margin mode cannot be adjusted")
    symbols = call.account.margin_mode(order.contract.product_type, order.contract.symbol)
    if call.quirks.order_mode == "refused" and not call.account.unified and symbols != order.margin_mode:
        # never published; the code of whatever does not fit
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("400172", "margin mode mismatch")


def nothing_to_close(call: Call) -> Refusal:
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    # https://www.itouyu.top/api-doc/uta/error-code/websocket
    if call.account.unified:
        return Refusal("25227", "No position available to close")
    return Refusal("22002", "No position to close")


def protect(
    call: Call,
    contract: Contract,
    hold_side: HoldSide,
    plan: str,
    trigger: Decimal | None,
    limit: Decimal | None,
    size: Decimal | None,
    by: str,
) -> dict[str, str]:
    """A stoploss or a profit target of a position that is held; it has the position's margin mode, and names none."""
    if trigger is None:
        raise Refusal("40019", "Parameter triggerPrice cannot be empty")
    held = book_of(call.account, call.now).held(contract, hold_side)
    if held is None:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("43023", "Insufficient position, can not set profit or stop loss")
    mark = price(contract, call.now)
    below = (hold_side == "long") == ("loss" in plan)
    if "loss" in plan and (trigger >= mark if below else trigger <= mark):
        # observed: https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (40917, 45122)
        if hold_side == "long":
            raise Refusal("40917", f"Stop price for long positions please < mark price {mark}")
        raise Refusal("45122", f"Short position stop loss price please > mark price {mark}")
    side: Side = "sell" if hold_side == "long" else "buy"
    order = Order(
        '', '', contract, side, size or held.size, call.now, hold_side, True, held.margin_mode, held.leverage, limit,
        plan=plan, trigger=trigger, trigger_by=by, falling=below,
    )  # fmt: skip
    return place(call, _numbered(call, order))


def close(call: Call, held: list[Position]) -> list[Order]:
    """Close positions at the market, in whatever margin mode they are."""
    if not held:
        raise nothing_to_close(call)
    book, done = book_of(call.account, call.now), []
    for each in held:
        side: Side = "sell" if each.side == "long" else "buy"
        mode: Any = (each.margin_mode, each.leverage)
        order = Order("", "", each.contract, side, each.size, call.now, each.side, True, *mode)
        done.append(book.place(call.account, _numbered(replace_params(call, {}), order), call.now))
    return done


# -- finding, changing, cancelling ------------------------------------------------------------------------------------


def replace_params(call: Call, params: Any) -> Call:
    """The same call, about one entry of a batch."""
    if not isinstance(params, dict):
        raise Refusal("400172", "Parameter verification failed")
    return replace(call, params=params)


def is_named(call: Call, order: Order) -> bool:
    number, client = call.text("orderId"), call.text("clientOid")
    return order.id == number if number else order.client_id == client


def named(call: Call) -> Order:
    for order in book_of(call.account, call.now).orders.values():
        if order.plan is None and is_named(call, order):
            return order
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    raise Refusal("40109", "The data of the order cannot be found, please confirm the order number")


def live(call: Call, plan: bool = False) -> Order:
    """The order or the plan that is named, if it can still be cancelled or changed."""
    for order in book_of(call.account, call.now).orders.values():
        if is_named(call, order) and order.is_live and (order.plan is not None) == plan:
            return order
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    raise Refusal("43025", "Plan order does not exist") if plan else Refusal("40768", "Order does not exist")


def cancel(call: Call, order: Order) -> dict[str, str]:
    book_of(call.account, call.now).cancel(call.account, order, call.now)
    return ids(order)


def renew(call: Call, size: str, price: str, client_id: str) -> dict[str, str]:
    """Another size or price: the order is cancelled, and a new one takes its place."""
    old, book = live(call), book_of(call.account, call.now)
    new = replace(old, size=number(call, size) or old.size, limit=number(call, price) or old.limit, created=call.now)
    new.id = book.new_id()
    new.client_id = call.text(client_id) or new.id
    # what it holds back must not count twice
    old.state = "canceled"
    try:
        placed = place(call, new)
    except Refusal:
        old.state = "live"
        raise
    book.cancel(call.account, old, call.now)
    return placed


def chosen(call: Call, product_type: str | None) -> list[Order]:
    """The orders that a listing asks for, the newest first."""
    symbol, number, client = call.text("symbol"), call.text("orderId"), call.text("clientOid")
    start, end = call.time("startTime"), call.time("endTime")
    return [
        each for each in reversed(book_of(call.account, call.now).orders.values())
        if product_type in (None, each.contract.product_type)
        and symbol in (None, each.contract.symbol)
        and number in (None, each.id)
        and client in (None, each.client_id)
        and (start or 0) <= each.created <= (each.created if end is None else end)
    ]  # fmt: skip


def each_of(
    call: Call, batch: Any, act: Callable[[Call], dict[str, str]]
) -> Iterator[tuple[dict[str, str], Refusal | None]]:
    """Do one thing for each entry of a batch; an entry that is refused does not stop the others."""
    if not isinstance(batch, (list, tuple)) or not batch:
        raise Refusal("400172", "Parameter verification failed")
    for entry in batch:
        try:
            yield act(replace_params(call, entry)), None
        except Refusal as no:
            named = entry if isinstance(entry, dict) else {}
            yield {"orderId": str(named.get("orderId") or ""), "clientOid": str(named.get("clientOid") or "")}, no
