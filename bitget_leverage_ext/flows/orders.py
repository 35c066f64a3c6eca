"""Orders follow the leverage: each goes out in the margin mode whose leverage was set, and nothing else is changed.

ccxt makes the request of an order, all of it. Where it is about to send one, :func:`send` looks at the one field
``marginMode``; ``rules.orders`` says what it should be. Nothing is read or waited for, and whatever goes wrong in
here, ccxt's own request goes out: no order may fail because of this module.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

import ccxt

from .. import errors
from ..drive import Call, Flow
from ..rules.account import CROSSED, ISOLATED
from ..rules.orders import (
    PATHS,
    STRATEGY,
    Known,
    Orders,
    accepted,
    decide,
    merged,
    read_orders,
    refuses_to_close,
    unclosed,
    without_mode,
)
from ..rules.request import MARGIN_MODES

T = TypeVar("T")

log = logging.getLogger("bitget_leverage_ext")


@dataclass(frozen=True)
class Placing:
    """A ``create_order`` or ``create_orders`` that is under way, and the margin mode that its caller named."""

    exchange: Any
    named: str | None


# A request of the same object that the caller wrote himself, through an implicit method, stays as he wrote it.
_placing: ContextVar[Placing | None] = ContextVar("bitget_placing", default=None)


def _tried(step: Callable[[], T], otherwise: T) -> T:
    """What *step* returns; *otherwise* where it meets anything that nobody thought of."""
    try:
        return step()
    except Exception as error:
        log.debug("an order is left as ccxt has it: %s", type(error).__name__)
        return otherwise


# --- what the caller says ----------------------------------------------------------------------------------------


def placing_order(exchange: Any, params: Any) -> AbstractContextManager[None]:
    """ccxt's ``create_order``; a futures order that names no margin mode carries the one whose leverage was set.

    https://www.bitget.com/api-doc/contract/trade/Place-Order, https://www.bitget.com/api-doc/uta/trade/Place-Order

    :param dict params: as in ccxt
    :param str params.marginMode: ``'cross'``, ``'crossed'`` or ``'isolated'``, any case: what the caller names is sent;
        so is ``options['createOrder']['marginMode']``, and whatever else ccxt takes for it
    :returns dict: as in ccxt
    :raises ccxt.ExchangeError: as in ccxt; a closing order that finds no position is first sent once more, in the
        other margin mode
    """
    return _placing_orders(exchange, lambda: [_word(exchange, params, "createOrder")])


def placing_orders(exchange: Any, orders: Any, params: Any) -> AbstractContextManager[None]:
    """ccxt's ``create_orders``; a futures batch carries one margin mode, that which the caller or one order names, or
    the one whose leverage was set.

    https://www.bitget.com/api-doc/contract/trade/Batch-Order, https://www.bitget.com/api-doc/uta/trade/Place-Batch

    :param list orders: as in ccxt; ``params.marginMode`` of each as in :meth:`create_order`
    :param dict params: as in ccxt; ``marginMode`` for orders that name none
    :returns list: as in ccxt
    :raises ccxt.BadRequest: two orders that name different margin modes
    """
    methods = ("createOrders", "createOrder")

    def words() -> list[Any]:
        own = [_word(exchange, order.get("params"), *methods) for order in orders]
        return own if any(own) else [_word(exchange, params, *methods)]

    return _placing_orders(exchange, words)


def _word(exchange: Any, params: Any, *methods: str) -> Any:
    """The margin mode that is named in *params*, or in the options of *methods*, where and as ccxt looks for it."""
    words = (exchange.handle_option_and_params(params or {}, method, "marginMode")[0] for method in methods)
    return next((word for word in words if word is not None), None)


def mode_in_options(exchange: Any) -> str | None:
    """The margin mode that ccxt's own options name for every order, such as ``defaultMarginMode``."""
    return MARGIN_MODES.get(str(_tried(lambda: _word(exchange, {}, "createOrder"), None)).lower())


@contextmanager
def _placing_orders(exchange: Any, words: Callable[[], Sequence[Any]]) -> Iterator[None]:
    token = _placing.set(_tried(lambda: _begun(exchange, words()), None))
    try:
        yield
    finally:
        _placing.reset(token)


def _begun(exchange: Any, words: Sequence[Any]) -> Placing | None:
    named = {MARGIN_MODES.get(str(word).lower(), word) for word in words if word is not None}
    if len(named) > 1 or not named <= set(MARGIN_MODES.values()):
        return None  # ccxt has its own answer to a batch of two modes, and to a word that nobody knows
    return Placing(exchange, named.pop() if named else None)


def spelled_alike(orders: Any) -> Any:
    """A futures batch in one spelling of its one mode: ccxt takes ``cross`` and ``crossed`` for two modes."""
    return _tried(lambda: _spelled_alike(orders), orders)


def _spelled_alike(orders: Sequence[Mapping[str, Any]]) -> Any:
    words = {(order.get("params") or {}).get("marginMode") for order in orders} - {None}
    modes = {MARGIN_MODES.get(str(word).lower()) for word in words}
    if len(words) < 2 or len(modes) != 1 or not all(":" in str(order["symbol"]) for order in orders):
        return orders
    mode = "cross" if modes == {CROSSED} else ISOLATED
    return [{**order, "params": {**(order.get("params") or {}), "marginMode": mode}} for order in orders]


# --- what goes over the wire -------------------------------------------------------------------------------------


def looks_at(exchange: Any, path: str) -> bool:
    """Whether a request to *path* is that of an order which ``create_order`` or ``create_orders`` places."""
    if path not in PATHS:
        return False
    under_way = _placing.get()
    return under_way is not None and under_way.exchange is exchange


def send(exchange: Any, path: str, args: Sequence[Any], keywords: Mapping[str, Any]) -> Flow[Any]:
    """Send an order in the margin mode that it should have; one that closes nothing, once more in the other mode."""
    under_way = _placing.get()
    named = under_way.named if under_way else None
    body: Any = args[2] if len(args) > 2 else keywords.get("params")

    def call(body: Any) -> Call:
        if len(args) > 2:
            return Call("fetch2", (path, *args[:2], body, *args[3:]), keywords)
        return Call("fetch2", (path, *args), {**keywords, "params": body})

    if path == STRATEGY:
        return (yield call(_tried(lambda: without_mode(body), body)))
    orders = _tried(lambda: _decided(exchange, path, body, named), None)
    if orders is None:
        return (yield call(body))
    try:
        answer = yield call(orders.body)
    except ccxt.BaseError as error:
        if named or not _closes_nothing(orders, error):
            raise
        return (yield from _other_way(exchange, orders, call, error))
    _tried(lambda: _remember(exchange, orders, answer), None)
    if orders.batch and not named:
        return (yield from _rest_of_batch(exchange, orders, call, answer))
    return answer


def _known(exchange: Any, key: tuple[str, str]) -> Known:
    memory = exchange._memory
    return Known(memory.traded.get(key, ()), memory.opened.get(key))


def _decided(exchange: Any, path: str, body: Any, named: str | None) -> Orders | None:
    orders = read_orders(path, body)
    if orders is None:
        return None
    if named is not None:
        _warn(exchange, orders, named)
    decided = decide(orders, named, lambda key: _known(exchange, key))
    _ = decided.body  # whatever is wrong with it shows here, and not where it is sent
    return decided


def _warn(exchange: Any, orders: Orders, named: str) -> None:
    for key in {orders.key(row) for row in orders.rows if not orders.closing(row)}:
        chosen = _known(exchange, key).chosen
        if chosen and named not in chosen:
            log.warning(
                "%s %s: the order names %s margin, but the leverage was set for %s, and Bitget keeps one for each: "
                "leave marginMode out of the order, or set the leverage in %s margin as well",
                *key, named, " and ".join(chosen), named,
            )  # fmt: skip


# --- closing orders in the wrong margin mode ---------------------------------------------------------------------


def _closes_nothing(orders: Orders, error: ccxt.BaseError) -> bool:
    return refuses_to_close(errors.code_of(error), error) and all(map(orders.closing, orders.rows))


def _other_way(exchange: Any, orders: Orders, call: Callable[[Any], Call], refused: ccxt.BaseError) -> Flow[Any]:
    turned = orders.turned(range(len(orders.rows)))
    try:
        answer = yield call(turned.body)
    except ccxt.BaseError:
        raise refused from refused.__cause__
    _tried(lambda: _remember(exchange, turned, answer, found=True), None)
    return answer


def _rest_of_batch(exchange: Any, orders: Orders, call: Callable[[Any], Call], answer: Any) -> Flow[Any]:
    """The reply of a batch, after its orders that closed nothing were sent once more in the other margin mode."""
    missed: dict[int, int] = _tried(lambda: unclosed(orders, answer["data"]), {})
    if not missed:
        return answer
    turned = orders.turned(list(missed))
    try:
        again = yield call(turned.body)
    except ccxt.BaseError:
        return answer  # which says why each was refused
    _tried(lambda: _remember(exchange, turned, again, found=True), None)
    data = _tried(lambda: merged(orders, answer["data"], again["data"], list(missed.values())), answer["data"])
    return {**answer, "data": data}


# --- what is remembered ------------------------------------------------------------------------------------------


def _remember(exchange: Any, orders: Orders, answer: Any, found: bool = False) -> None:
    """Keep the margin mode in which a position stands: an order opened in it, or *found* a position to close in it."""
    for place in accepted(orders, answer["data"]):
        row = orders.rows[place]
        if found or not orders.closing(row):
            exchange._memory.opened[orders.key(row)] = orders.mode(row)
            if found:
                log.info("%s %s: the position stands in %s margin", *orders.key(row), orders.mode(row))
