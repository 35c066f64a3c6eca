"""What set-leverage of the classic and of the unified API have in common."""

from __future__ import annotations

from dataclasses import dataclass

from .contracts import Contract
from .routes import Call
from .state import MarginMode, Refusal


@dataclass(frozen=True)
class Wish:
    """The figures a request asks for."""

    leverage: int | None
    long: int | None
    short: int | None

    @property
    def one(self) -> int:
        """The figure where there is only one: in crossed mode the figures of the sides take effect, long before short.

        https://www.bitget.com/api-doc/contract/account/Change-Leverage
        """
        figure = self.long or self.short or self.leverage
        if figure is None:
            raise Refusal("40019", "Parameter leverage cannot be empty")
        return figure


def wish(call: Call, contract: Contract, over: Refusal, sides: bool = True) -> Wish:
    def figure(name: str) -> int | None:
        text = call.text(name)
        if text is None:
            return None
        # What Bitget says to anything but a whole number of at least 1 was never published: a generic refusal.
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        if not (text.isascii() and text.isdigit() and text.strip("0")):
            raise Refusal("40017", f"Parameter verification failed {name}")
        # more digits than Python turns into a number are too many in any case
        if len(text) > 20 or int(text) > contract.highest:
            raise over
        return int(text)

    if not sides:
        return Wish(figure("leverage"), None, None)
    return Wish(figure("leverage"), figure("longLeverage"), figure("shortLeverage"))


def apply(
    call: Call,
    contract: Contract,
    mode: MarginMode,
    cross: int | None = None,
    long: int | None = None,
    short: int | None = None,
) -> None:
    where = (contract.product_type, contract.symbol)
    figures = call.account.figures(*where)
    same = cross in (None, figures.cross) and long in (None, figures.long) and short in (None, figures.short)
    if same and call.account.margin_mode(*where) == mode and call.quirks.same_leverage == "refused":
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("40814", "No change in leverage")
    call.account.set_figures(*where, cross=cross, long=long, short=short, margin_mode=mode)
