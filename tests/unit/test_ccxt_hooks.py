"""The list of hooks into ccxt (`ccxt_hooks`) says what our classes override, and ccxt has all of it."""

from __future__ import annotations

import inspect
import logging
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest
from offline import OURS, STOCK

from bitget_leverage_ext.ccxt_hooks import OVERRIDDEN, OVERRIDDEN_WHERE_PRESENT, RELIED_ON, check_hooks

CLASSES: dict[str, tuple[type, type]] = {kind: (OURS[kind], STOCK[kind]) for kind in OURS}
# Overridden in a place that is not a behaviour of ccxt's: logging, the sessions of the asynchronous clients, and a
# method that some versions of ccxt have in part. `test_redaction.py` and `test_http_limits.py` are about the former.
BESIDE = {"__init__", "log", "open", "get_socks_proxy_session", "fetch_leverages"}
WORDS = {**OVERRIDDEN, **OVERRIDDEN_WHERE_PRESENT, **RELIED_ON}


def off(name: str, what: str) -> str:
    """Return a failure in words: the hook, the version of ccxt, and what does not work without the hook."""
    return f"{name}: {what} in ccxt {ccxt.__version__}; switched off without this hook: {WORDS.get(name, 'unknown')}"


def overridden(kind: str) -> set[str]:
    """Return the names of ccxt's methods that our class replaces."""
    ours, stock = CLASSES[kind]
    theirs = {name for name, value in inspect.getmembers(stock, callable) if name == getattr(value, "__name__", None)}
    added = [cls for cls in ours.__mro__ if cls.__module__.startswith("bitget_leverage_ext")]
    return {name for cls in added for name, value in vars(cls).items() if name in theirs and callable(value)}


@pytest.mark.parametrize("kind", CLASSES)
def test_the_list_is_what_the_classes_override(kind: str) -> None:
    """Whatever our class replaces in ccxt's is in the list, and the list names nothing else."""
    listed = {*OVERRIDDEN, *(name for name in OVERRIDDEN_WHERE_PRESENT if hasattr(CLASSES[kind][1], name))}
    if kind == "sync":
        listed.discard("throttle")  # it has no queue
    found = {name for name in overridden(kind) if not name.startswith("__")} - BESIDE
    assert not [off(name, "overridden, but not in ccxt_hooks") for name in sorted(found - listed)]
    assert not [off(name, "listed in ccxt_hooks, but not overridden") for name in sorted(listed - found)]


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("name", [*OVERRIDDEN, *RELIED_ON])
def test_ccxt_has_each_hook(kind: str, name: str) -> None:
    """Each hook exists in ccxt's own class; where a newer ccxt has moved one, the failure says what is off."""
    assert callable(getattr(CLASSES[kind][1], name, None)), off(name, "gone")


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("name", ["create_order_request", "create_uta_order_request"])
def test_orders_are_built_without_io(kind: str, name: str) -> None:
    """The shape of an order is known beforehand because ccxt builds it in a plain synchronous method."""
    stock = CLASSES[kind][1]
    assert not inspect.iscoroutinefunction(getattr(stock, name)), off(name, "a coroutine function")
    expected = ["self", "symbol", "type", "side", "amount", "price", "params"]
    assert list(inspect.signature(getattr(stock, name)).parameters) == expected, off(name, "with other parameters")


@pytest.mark.parametrize("kind", CLASSES)
def test_the_account_type_is_asked_for_in_one_of_two_methods(kind: str) -> None:
    """A private method of ccxt comes by load_markets (older) or handle_uta_and_params (newer)."""
    method = inspect.unwrap(CLASSES[kind][1].fetch_positions)  # type: ignore[attr-defined]
    names = set(method.__code__.co_names)
    assert names & {"load_markets", "handle_uta_and_params"}, off("load_markets", "not called by fetch_positions")


class WithoutHooks:
    """A class of a ccxt that has moved every hook but one."""

    def sign(self) -> None: ...


def test_a_missing_hook_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The warning names class and hooks; it comes once, however many objects there are."""
    check_hooks.cache_clear()
    expected = [name for name in (*OVERRIDDEN, *RELIED_ON) if name != "sign"]
    with caplog.at_level(logging.WARNING, "bitget_leverage_ext"):
        assert [check_hooks(WithoutHooks) for _ in range(3)] == [expected] * 3
    (record,) = caplog.records
    assert "WithoutHooks" in record.message
    assert all(name in record.message for name in expected)


@pytest.mark.parametrize("kind", CLASSES)
def test_no_warning_with_this_ccxt(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """With a supported ccxt nothing is missing, and nothing is logged."""
    check_hooks.cache_clear()
    cls: Any = CLASSES[kind][0]
    assert (check_hooks(cls), cls().id, caplog.records) == ([], "bitget", [])
