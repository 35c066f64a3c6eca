"""Order requests, classic and unified: parsing, checks, and what they do to the account's book."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from ..book import Book, EmulatedOrder, Side, book_of
from ..contracts import EmulatedContract
from ..prices import price, worth
from ..replies.order_rows import ids
from ..state import ApiRefusal, HoldSide, MarginMode
from .key_info import check_level
from .table import RequestContext, invalid

# What a price may be: what lies beyond was never traded.
_HIGHEST = Decimal(10) ** 15

# -- reading a request ------------------------------------------------------------------------------------------------


def number(context: RequestContext, name: str) -> Decimal | None:
    text = context.text(name)
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(0)
    if not (value.is_finite() and 1 / _HIGHEST < value < _HIGHEST):
        raise ApiRefusal("40017", f"Parameter verification failed {name}")
    return value


def side_of(context: RequestContext) -> Side:
    return cast(Side, context.one_of("side", "buy", "sell"))


def opposite(side: Side) -> Side:
    return "sell" if side == "buy" else "buy"


def new_order(
    context: RequestContext,
    contract: EmulatedContract,
    side: Side,
    hold_side: HoldSide | None,
    closes: bool,
    mode: MarginMode,
    size: Decimal | None,
) -> EmulatedOrder:
    """Return the order that a request describes, not yet placed; read `orderType`, price and client id."""
    kind = context.one_of("orderType", "limit", "market")
    limit = number(context, "price") if kind == "limit" else None
    if kind == "limit" and limit is None:
        raise ApiRefusal("40019", "Parameter price cannot be empty")
    if size is None:
        raise ApiRefusal("40019", "Parameter size cannot be empty")
    row = contract.row()
    worthless = contract.settle != contract.base and worth(contract, size, price(contract, context.now)) < Decimal(
        row["minTradeUSDT"]
    )
    if size < Decimal(row["minTradeNum"]) or worthless:
        # observed: https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (45110)
        raise ApiRefusal("45110", f"less than the minimum amount {row['minTradeUSDT']} {contract.settle}")
    force = (context.text("force") or context.text("timeInForce") or "gtc").lower()
    return _numbered(
        context, EmulatedOrder("", "", contract, side, size, context.now, hold_side, closes, mode, 0, limit, force)
    )


def attach(context: RequestContext, order: EmulatedOrder, names: dict[str, tuple[str, str]]) -> None:
    """Read the stop-loss and the take-profit that come with an opening order.

    :param names: the fields of trigger and limit price, by plan.
    """
    for plan, (trigger_name, limit_name) in names.items():
        trigger = number(context, trigger_name)
        if trigger is not None and not order.closes:
            order.attached[plan] = trigger, number(context, limit_name)


def _numbered(context: RequestContext, order: EmulatedOrder) -> EmulatedOrder:
    order.id = book_of(context.account, context.now).new_id()
    order.client_id = context.text("clientOid") or order.id
    leverages = context.account.leverages(*order.contract.key)
    order.leverage = leverages.of(order.margin_mode, order.position_side)
    return order


# -- placing ----------------------------------------------------------------------------------------------------------


def place(context: RequestContext, order: EmulatedOrder) -> dict[str, str]:
    """Accept an order or a plan. The margin mode of a plan is not checked before it triggers.

    https://github.com/Youra82/titanbot
    """
    book = book_of(context.account, context.now)
    # https://github.com/germangar/whook (40786); an order that was refused leaves its client id free
    if any(each.client_id == order.client_id for each in book.orders.values()):
        raise ApiRefusal("40786", "Duplicate clientOid")
    if context.account.unified:
        check_level(context.account, order.contract, order.margin_mode)
    if order.plan is None:
        (_check_closing if order.closes else _check_opening)(context, book, order)
    return ids(book.place(context.account, order, context.now))


def _check_closing(context: RequestContext, book: Book, order: EmulatedOrder) -> None:
    held = book.held(order.contract, order.position_side)
    if held is None or (held.margin_mode != order.margin_mode and context.quirks.close_mode == "refused"):
        raise nothing_to_close(context)


def _check_opening(context: RequestContext, book: Book, order: EmulatedOrder) -> None:
    book.check_margin_mode(order)
    if order.leverage > order.contract.highest:
        # set-leverage had accepted it; seen once, 2026-08, and so a quirk
        raise ApiRefusal("40797", "Exceeded the maximum settable leverage")
    symbols = context.account.margin_mode(*order.contract.key)
    if context.quirks.order_mode == "refused" and not context.account.unified and symbols != order.margin_mode:
        # never published; the generic code
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise ApiRefusal("400172", "margin mode mismatch")


def nothing_to_close(context: RequestContext) -> ApiRefusal:
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    # https://www.itouyu.top/api-doc/uta/error-code/websocket
    if context.account.unified:
        return ApiRefusal("25227", "No position available to close")
    return ApiRefusal("22002", "No position to close")


def protect(
    context: RequestContext,
    contract: EmulatedContract,
    hold_side: HoldSide,
    plan: str,
    trigger: Decimal | None,
    limit: Decimal | None,
    size: Decimal | None,
    by: str,
    mode: MarginMode | None = None,
) -> dict[str, str]:
    """Place a stop-loss or a take-profit of an open position.

    :param mode: the position's margin mode; `None` where the request has no such field.
    """
    if trigger is None:
        raise ApiRefusal("40019", "Parameter triggerPrice cannot be empty")
    held = book_of(context.account, context.now).held(contract, hold_side)
    if mode is not None and (held is None or held.margin_mode != mode):
        # the code was seen live, its text only in part
        # https://github.com/metafrogmeme-droid/001
        raise ApiRefusal("31008", "There is no position in this position")
    if held is None:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise ApiRefusal("43023", "Insufficient position, can not set profit or stop loss")
    if "loss" in plan:
        _check_stop_price(hold_side, trigger, price(contract, context.now))
    below = (hold_side == "long") == ("loss" in plan)
    side: Side = "sell" if hold_side == "long" else "buy"
    order = EmulatedOrder(
        '', '', contract, side, size or held.size, context.now, hold_side, True, held.margin_mode, held.leverage, limit,
        plan=plan, trigger=trigger, trigger_by=by, falling=below,
    )  # fmt: skip
    return place(context, _numbered(context, order))


def _check_stop_price(hold_side: HoldSide, trigger: Decimal, mark: Decimal) -> None:
    # observed: https://github.com/ccxt/ccxt/blob/v4.5.90/python/ccxt/bitget.py (40917, 45122)
    if hold_side == "long" and trigger >= mark:
        raise ApiRefusal("40917", f"Stop price for long positions please < mark price {mark}")
    if hold_side == "short" and trigger <= mark:
        raise ApiRefusal("45122", f"Short position stop loss price please > mark price {mark}")


def close(context: RequestContext, product_type: str, side_field: str) -> list[EmulatedOrder]:
    """Close the positions of a product type that a request names, at the market, whatever their margin mode."""
    symbol = (context.text("symbol") or "").upper()
    hedged = context.account.position_mode(product_type) == "hedge_mode"
    # in one-way mode the side is ignored
    side = context.text(side_field) if hedged else None
    book, done = book_of(context.account, context.now), []
    held = [
        each for each in book.open_positions(product_type)
        if symbol in ("", each.contract.symbol) and side in (None, each.side)
    ]  # fmt: skip
    if not held:
        raise nothing_to_close(context)
    for each in held:
        exit_side: Side = "sell" if each.side == "long" else "buy"
        mode: Any = (each.margin_mode, each.leverage)
        order = EmulatedOrder("", "", each.contract, exit_side, each.size, context.now, each.side, True, *mode)
        done.append(book.place(context.account, _numbered(replace_params(context, {}), order), context.now))
    return done


# -- finding, changing, cancelling ------------------------------------------------------------------------------------


def replace_params(context: RequestContext, params: Any) -> RequestContext:
    """Return the same request for one entry of a batch."""
    if not isinstance(params, dict):
        raise invalid()
    return replace(context, params=params)


def is_named(context: RequestContext, order: EmulatedOrder) -> bool:
    number, client = context.text("orderId"), context.text("clientOid")
    return order.id == number if number else order.client_id == client


def named(context: RequestContext) -> EmulatedOrder:
    for order in book_of(context.account, context.now).orders.values():
        if order.plan is None and is_named(context, order):
            return order
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    raise ApiRefusal("40109", "The data of the order cannot be found, please confirm the order number")


def live(context: RequestContext, plan: bool = False) -> EmulatedOrder:
    """Return the order or plan that is named, if it can still be cancelled or changed."""
    for order in book_of(context.account, context.now).orders.values():
        if is_named(context, order) and order.is_live and (order.plan is not None) == plan:
            return order
    raise no_order(context, plan)


def no_order(context: RequestContext, plan: bool = False) -> ApiRefusal:
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    if context.account.unified:
        return ApiRefusal("25204", "Order does not exist")  # the code was seen live, 2026-08
    return ApiRefusal("43025", "Plan order does not exist") if plan else ApiRefusal("40768", "Order does not exist")


def live_orders(
    context: RequestContext, product_type: str, wanted: Callable[[EmulatedOrder], bool]
) -> list[EmulatedOrder]:
    """Return the live orders of the symbol that a request names, or else of the product type."""
    symbol = (context.text("symbol") or "").upper()
    return [
        each for each in book_of(context.account, context.now).orders.values()
        if each.is_live and wanted(each) and each.contract.product_type == product_type
        and symbol in ("", each.contract.symbol)
    ]  # fmt: skip


def cancel(context: RequestContext, order: EmulatedOrder) -> dict[str, str]:
    book_of(context.account, context.now).cancel(context.account, order, context.now)
    return ids(order)


def renew(context: RequestContext, size: str, price: str, client_id: str) -> dict[str, str]:
    """Change size or price: the order is cancelled, and a new one takes its place."""
    old, book = live(context), book_of(context.account, context.now)
    new = replace(
        old, size=number(context, size) or old.size, limit=number(context, price) or old.limit, created=context.now
    )
    new.id = book.new_id()
    new.client_id = context.text(client_id) or new.id
    # what it holds back must not count twice
    old.state = "canceled"
    try:
        placed = place(context, new)
    except ApiRefusal:
        old.state = "live"
        raise
    book.cancel(context.account, old, context.now)
    return placed


def renew_plan(context: RequestContext, size: str, trigger: str, limit: str) -> dict[str, str]:
    """Change size, trigger price or limit price of a plan, which keeps its id."""
    plan = live(context, plan=True)
    price_now = price(plan.contract, context.now)
    plan.size = number(context, size) or plan.size
    plan.limit = number(context, limit) or plan.limit
    plan.trigger = number(context, trigger) or plan.trigger
    plan.falling = plan.falling if plan.callback or plan.trigger is None else plan.trigger < price_now
    plan.updated = context.now
    return ids(plan)


def selected(context: RequestContext, product_type: str | None) -> list[EmulatedOrder]:
    """Return the orders that a listing asks for, the newest first."""
    symbol, number, client = context.text("symbol"), context.text("orderId"), context.text("clientOid")
    start, end = context.time("startTime"), context.time("endTime")
    return [
        each for each in reversed(book_of(context.account, context.now).orders.values())
        if product_type in (None, each.contract.product_type)
        and symbol in (None, each.contract.symbol)
        and number in (None, each.id)
        and client in (None, each.client_id)
        and (start or 0) <= each.created <= (each.created if end is None else end)
    ]  # fmt: skip


def each_of(
    context: RequestContext, batch: Any, act: Callable[[RequestContext], dict[str, str]]
) -> Iterator[tuple[dict[str, str], ApiRefusal | None]]:
    """Carry out each entry of a batch; a refused entry does not stop the others."""
    if not isinstance(batch, (list, tuple)) or not batch:
        raise invalid()
    for entry in batch:
        try:
            yield act(replace_params(context, entry)), None
        except ApiRefusal as no:
            named = entry if isinstance(entry, dict) else {}
            yield {"orderId": str(named.get("orderId") or ""), "clientOid": str(named.get("clientOid") or "")}, no
