"""The leverages in a set-leverage request, classic or unified: validation, and what is stored."""

from __future__ import annotations

from dataclasses import dataclass

from ..contracts import EmulatedContract
from ..state import ApiRefusal, MarginMode
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
    same = before.changed(cross, long, short) == before and account.margin_mode(*contract.key) == mode
    if same and context.quirks.same_leverage == "refused":
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise ApiRefusal("40814", "No change in leverage")
    account.set_leverages(*contract.key, cross=cross, long=long, short=short, margin_mode=mode)
