"""The one body of each method: a generator that yields steps and receives their outcomes, run by ``drive``.

``leverage``    one leverage, which
``setting``     carries out for one margin mode
``many``        many of them
``companions``  fetch_leverage(s), fetch_margin_mode, set_margin_mode, set_position_mode
``orders``      the margin mode that an order carries
``routing``     which contract, which kind of account
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import ccxt

from .. import errors
from ..drive import Flow
from ..rules.errors import Refusal

T = TypeVar("T")
P = ParamSpec("P")


def speaks_ccxt(flow: Callable[P, Flow[T]]) -> Callable[P, Flow[T]]:
    """Let nothing but ccxt errors leave *flow*."""

    @functools.wraps(flow)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        try:
            return (yield from flow(*args, **kwargs))
        except Refusal as refusal:
            raise errors.from_refusal(refusal) from refusal.__cause__
        except ccxt.BaseError:
            raise
        except Exception as error:
            raise ccxt.ExchangeError(f"bitget {flow.__name__}: {type(error).__name__}") from error

    return spoken


def mapped(flow: Flow[T], unified: bool, about: str = "") -> Flow[T]:
    """What *flow* returns; what the exchange answers it is raised as its ccxt class."""
    try:
        return (yield from flow)
    except ccxt.BaseError as error:
        errors.reraise(error, about, unified)
