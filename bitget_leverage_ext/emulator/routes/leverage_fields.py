"""The leverages in a set-leverage request, classic or unified: validation, and what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..contracts import EmulatedContract
from ..state import ApiRefusal, Leverages, MarginMode
from .table import RequestContext


@dataclass(frozen=True)
class LeverageFields:
    """The leverages that a request names."""

    leverage: int | None
    long: int | None
    short: int | None

    @property
    def one(self) -> int:
        """The leverage where there is only one: in crossed margin those of the sides take effect, long before short.

        https://www.bitget.com/api-doc/contract/account/Change-Leverage
        """
        leverage = self.long or self.short or self.leverage
        if leverage is None:
            raise ApiRefusal("40019", "Parameter leverage cannot be empty")
        return leverage


def parse(context: RequestContext, contract: EmulatedContract, over: ApiRefusal, sides: bool = True) -> LeverageFields:
    """Return the leverages that the request names.

    :param over: the refusal of one that is over the maximum.
    :param sides: whether the exchange knows a leverage for each side.
    """

    def leverage(name: str) -> int | None:
        text = context.text(name)
        if text is None:
            return None
        # What Bitget says to anything but a whole number of at least 1 was never published: a generic refusal.
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        if not (text.isascii() and text.isdigit() and text.strip("0")):
            raise ApiRefusal("40017", f"Parameter verification failed {name}")
        # more digits than Python turns into a number are too many in any case
        if len(text) > 20 or (int(text) > contract.highest and context.quirks.over_maximum == "set_leverage"):
            raise over
        return int(text)

    if not sides:
        return LeverageFields(leverage("leverage"), None, None)
    return LeverageFields(leverage("leverage"), leverage("longLeverage"), leverage("shortLeverage"))


def store(
    context: RequestContext,
    contract: EmulatedContract,
    mode: MarginMode,
    cross: int | None = None,
    long: int | None = None,
    short: int | None = None,
) -> None:
    account = context.account
    before = account.leverages(*contract.key)
    after = before.changed(cross, long, short)
    if after == before and account.margin_mode(*contract.key) == mode and context.quirks.same_leverage == "refused":
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise ApiRefusal("40814", "No change in leverage")
    _check_margin(context, contract, after)
    account.set_leverages(*contract.key, cross=cross, long=long, short=short, margin_mode=mode)


def _check_margin(context: RequestContext, contract: EmulatedContract, after: Leverages) -> None:
    """Refuse leverages for whose open positions the account has not enough margin."""
    book = context.account.book
    held = book.holding(contract)
    needed = sum((each.margin * each.leverage / after.of(each.margin_mode, each.side) for each in held), Decimal(0))
    if needed - sum(each.margin for each in held) <= max(book.available(contract.settle), Decimal(0)):
        return
    # the first seen live, in 2026-03
    # https://www.itouyu.top/api-doc/uta/error-code/websocket
    if context.account.unified:
        raise ApiRefusal("25228", "Unable to update leverage for this position, insufficient margin!")
    raise ApiRefusal("40893", "Unable to update the leverage factor of this position, there is not enough margin!")
