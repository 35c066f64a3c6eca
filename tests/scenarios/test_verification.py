"""What counts where the reply to a write and the account say different things; the answers are given by hand."""

from __future__ import annotations

from typing import Any

from offline import OURS, SWAP, Offline, placed, well

ISOLATED = {"marginMode": "isolated", "posMode": "one_way_mode"}
CROSSED = {"marginMode": "crossed", "posMode": "one_way_mode"}


class Account:
    """A classic account that says what a test wants it to say."""

    def __init__(self, markets: dict[str, Any], name: str) -> None:
        self.account: dict[str, Any] = ISOLATED
        self.reply: dict[str, Any] = {}
        self.bot = Offline(OURS["sync"], False, markets, f"verification {name}", self.answer)

    def answer(self, url: str) -> dict[str, Any]:
        if "set-leverage" in url:
            return well(self.reply)
        if "single-position" in url:
            return well([])
        return well(self.account) if "/account/account" in url else placed(url)

    def set_leverage(self, leverage: int, reply: int, **params: Any) -> Any:
        """Return the outcome; the reply shows an isolated leverage of *reply*."""
        self.reply = {**ISOLATED, "longLeverage": str(reply), "shortLeverage": str(reply)}
        return self.bot("set_leverage", leverage, SWAP, params)[-1][1]


def test_a_reply_that_disagrees_stands_where_the_account_shows_nothing(markets: dict[str, Any]) -> None:
    """SPEC 3: a value that is absent proves nothing, neither for the leverage nor against the reply."""
    kind, text = Account(markets, "a").set_leverage(7, reply=5)
    assert kind.__name__ == "LeverageNotApplied"
    assert "5" in text


def test_a_margin_mode_that_changed_after_the_write(markets: dict[str, Any]) -> None:
    """The call has asked for nothing, and its write may stand: what was asked for before is set anew, then the order sent."""
    account = Account(markets, "b")
    assert account.set_leverage(5, reply=5)["longLeverage"] == 5
    account.account = CROSSED
    kind, _ = account.set_leverage(7, reply=7, marginMode="isolated", verify="read")
    assert kind.__name__ == "LeverageNotApplied"
    account.account, account.reply = ISOLATED, {**ISOLATED, "longLeverage": "5", "shortLeverage": "5"}
    requests = account.bot("create_order", SWAP, "market", "buy", 0.01, None, {"marginMode": "isolated"})[:-1]
    names = [url.partition("?")[0].rpartition("/")[2] for url, *_ in requests]
    assert names[-2:] == ["set-leverage", "place-order"]
