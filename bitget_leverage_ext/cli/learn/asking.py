"""One request, and whether it was taken. What a refusal says is kept for people; nothing is decided by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import ccxt

from bitget_leverage_ext.drive import Call, Flow
from bitget_leverage_ext.faults import is_transient
from bitget_leverage_ext.pacing import Budget

from ..messages import readable

# Seconds for which the network's faults, gateways' pages and 429 are waited out.
PATIENCE = 10.0

# Calls a second where it is fewer than the ten that most endpoints have.
# https://www.bitget.com/api-doc/contract/account/Change-Leverage, …/Change-Margin-Mode, …/Change-Hold-Mode
# https://www.bitget.com/api-doc/contract/position/get-all-position
_SLOWER = {
    "v2/mix/account/set-leverage": 5,
    "v2/mix/account/set-margin-mode": 5,
    "v2/mix/account/set-position-mode": 5,
    "v2/mix/position/all-position": 5,
}


@dataclass(frozen=True)
class Reply:
    """What came back: the ``data`` of what was accepted, the words of what was refused.

    :ivar repeated: an earlier try got no answer, and may have arrived
    """

    accepted: bool
    data: Any = None
    said: str = ""
    repeated: bool = False


class Untold(Exception):  # noqa: N818  # an answer, though none to the question
    """A question cannot be answered here; the message says why."""


class Unwritable(Exception):  # noqa: N818  # what it is
    """The account refuses even a plain write; the message is the refusal's."""


def ask(
    method: str, path: str, fields: Mapping[str, Any], patience: float | None = None, public: bool = False
) -> Flow[Reply]:
    """Send one request as it is: none of the package's rules may come between question and answer.

    :param patience: seconds that faults are waited out for; ``None`` for :data:`PATIENCE`
    :raises ccxt.BaseError: no answer came, however often it was asked
    """
    api = ["public" if public else "private", "mix" if path.startswith("v2/mix/") else "uta"]
    budget = Budget(path, _SLOWER.get(path, 10))
    config = {"config": {"cost": 0}}  # the budget paces, not ccxt's throttler
    once = Call("request", (path, api, method, dict(fields)), config, budget, check=_whole)
    repeated = False
    try:
        try:
            answer = yield once
        except ccxt.BaseError as error:
            if not is_transient(error):
                raise
            repeated = True
            answer = yield replace(once, repeat=PATIENCE if patience is None else patience)
    except ccxt.ExchangeError as error:
        if is_transient(error):
            raise
        return Reply(False, said=readable(error), repeated=repeated)
    return Reply(True, answer.get("data"), repeated=repeated)


def pause(seconds: float) -> Call:
    """A moment in which an account may catch up with what it accepted."""
    return Call("sleep", (int(seconds * 1000),))


def _whole(answer: Any) -> None:
    if not isinstance(answer, dict) or "code" not in answer:
        raise ccxt.BadResponse(f"bitget answered with no answer: {str(answer)[:100]!r}")
