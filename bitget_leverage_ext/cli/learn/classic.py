"""A classic account: everything about a contract can be read, so everything can be put back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bitget_leverage_ext.drive import Flow

from .accounts import (
    CROSS_FIGURE,
    CROSSED,
    HEDGE,
    ISOLATED,
    LONG_FIGURE,
    MARGIN,
    POSITION,
    SHORT_FIGURE,
    Account,
    Held,
    figure,
)
from .asking import Reply, Untold, Unwritable, ask


class Classic(Account):
    """``/api/v2/mix``."""

    def target(self) -> dict[str, Any]:
        """The fields that name the contract."""
        contract = self.contract
        return {"symbol": contract.id, "productType": contract.product_type, "marginCoin": contract.margin_coin}

    # https://www.bitget.com/api-doc/contract/account/Get-Single-Account
    def read(self) -> Flow[Held]:
        reply = yield from ask("GET", "v2/mix/account/account", self.target(), self.patience)
        if not isinstance(reply.data, dict):
            raise Untold(f"the account cannot be read: {reply.said or 'an answer without data'}")
        data = reply.data
        return self.seen(
            Held(
                position=data.get("posMode") or None,
                margin=data.get("marginMode") or None,
                cross=figure(data.get("crossedMarginLeverage")),
                long=figure(data.get("isolatedLongLever")),
                short=figure(data.get("isolatedShortLever")),
            )
        )

    # https://www.bitget.com/api-doc/contract/account/Change-Hold-Mode
    def set_position(self, mode: str) -> Flow[Reply]:
        fields = {"productType": self.contract.product_type, "posMode": mode}
        return (yield from self.write("v2/mix/account/set-position-mode", fields, [POSITION]))

    # https://www.bitget.com/api-doc/contract/account/Change-Margin-Mode
    def set_margin(self, mode: str) -> Flow[Reply]:
        fields = {**self.target(), "marginMode": mode}
        return (yield from self.write("v2/mix/account/set-margin-mode", fields, [MARGIN]))

    # https://www.bitget.com/api-doc/contract/account/Change-Leverage
    def set_leverage(self, form: dict[str, Any]) -> Flow[Reply]:
        touches = (CROSS_FIGURE, LONG_FIGURE, SHORT_FIGURE)
        return (yield from self.write("v2/mix/account/set-leverage", {**self.target(), **form}, touches))

    def arrange(self, margin: str, position: str | None = None) -> Flow[Held]:
        """Be in these modes; any position mode where none is named.

        :raises Untold: they cannot be had
        """
        held: Held = yield from (self.hold_position(position) if position else self.read())
        if held.margin == margin:
            return held
        reply = yield from self.set_margin(margin)
        held = yield from self.read()
        if held.margin != margin:
            said = reply.said or "accepted, but the account shows the other"
            raise Untold(f"{margin} margin could not be had: {said}")
        return held

    def can_write(self) -> Flow[None]:
        """Change the leverage as the account is.

        :raises Unwritable: no form of the request is accepted
        """
        yield from self.read()
        for _ in range(2):
            long, short = map(str, self.fresh(2))
            forms: list[dict[str, Any]] = [
                {"leverage": long},
                {"leverage": long, "holdSide": "long"},
                {"longLeverage": long, "shortLeverage": short},
            ]
            for form in forms:
                reply = yield from self.set_leverage(form)
                if reply.accepted:
                    return
        raise Unwritable(reply.said)

    def restore(self, before: Held) -> Flow[list[str]]:
        """Put everything back that was read, and say what is not as it was."""
        for _ in range(2):
            now: Held = yield from self.read()
            if not self.differences(before, now):
                return []
            yield from self._put_back(before, now)
        return self.differences(before, (yield from self.read()))

    def _put_back(self, before: Held, now: Held) -> Flow[None]:
        if (before.long, before.short) != (now.long, now.short):
            if not self.fixed and now.position != HEDGE:
                yield from self.set_position(HEDGE)
            yield from self._be_in(ISOLATED)
            for forms in _sides(before.long, before.short):
                for form in forms:
                    yield from self.set_leverage(form)
                now = yield from self.read()
                if (before.long, before.short) == (now.long, now.short):
                    break
        if before.cross not in (None, now.cross):
            yield from self._be_in(CROSSED)
            yield from self.set_leverage({"leverage": str(before.cross)})
        if before.margin:
            yield from self._be_in(before.margin)
        now = yield from self.read()
        if before.position not in (None, now.position):
            yield from self.set_position(before.position)

    def _be_in(self, margin: str) -> Flow[None]:
        if (yield from self.read()).margin != margin:
            yield from self.set_margin(margin)


def _sides(long: int | None, short: int | None) -> Iterator[list[dict[str, Any]]]:
    """The forms that set the figures of the sides, one after the other, the likeliest first."""
    each = [{"leverage": str(value), "holdSide": side} for side, value in (("long", long), ("short", short)) if value]
    yield each
    if long and short:
        yield [{"longLeverage": str(long), "shortLeverage": str(short)}]
    if long and long == short:
        yield [{"leverage": str(long)}]
