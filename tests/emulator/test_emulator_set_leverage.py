"""What set-leverage answers in each state of an account; the table is `set_leverage.txt`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from emulator_client import USDT
from world.scenario import accounts, blocks

from bitget_leverage_ext.emulator import Leverages, Quirks

TABLE = Path(__file__).with_name("set_leverage.txt").read_text(encoding="utf-8")


def rows() -> Iterator[Any]:
    for start, _, on, body in blocks(TABLE):
        words, _, quirks = on.partition("|")
        for account in accounts(words):
            for number, line in enumerate(body, start + 2):
                sent, _, answer = (part.strip() for part in line.partition("=>"))
                yield pytest.param(account, f"dict({quirks})", sent, answer, id=f"{number}-{'-'.join(account)}")


@pytest.mark.parametrize(("account", "quirks", "sent", "answer"), [*rows()])
def test_set_leverage(
    client_of: Any, emulator: Any, account: tuple[str, str, str], quirks: str, sent: str, answer: str
) -> None:
    """The code, or what the account holds and the reply and the settings row show."""
    kind, position_mode, margin_mode = account
    emulator.quirks = Quirks(**eval(quirks))
    unified, isolated = kind == "unified", margin_mode == "isolated"
    modes = {} if unified else {"margin_mode": margin_mode}
    client = client_of(unified=unified, position_mode=position_mode, **modes)
    fields = dict(field.split("=") for field in sent.split() if "=" in field)
    if unified and isolated:
        fields = {"marginMode": "isolated", **fields}
    reply, held = client.set_leverage(**fields), client.account.leverages(*USDT)
    if answer[0].isdigit():
        code, _, words = answer.partition(" ")
        assert (reply["code"], reply["msg"]) == (code, words or reply["msg"])
        assert held == Leverages(20, 20, 20)
        assert not unified or client.settings_rows() == []
        return
    assert held == Leverages(**{"cross": 20, "long": 20, "short": 20, **_leverages(answer)})
    mode = "isolated" if isolated else "crossed"
    assert (client.account.margin_mode(*USDT), reply["data"]) == (mode, client.leverage_reply())
    if unified:
        (row,) = client.settings_rows()
        assert (row["category"], row["symbol"], row["marginMode"]) == (*USDT, mode)


def _leverages(answer: str) -> dict[str, int]:
    return {name: int(value) for name, value in (part.split() for part in answer.split(", "))}


@pytest.mark.parametrize(("leverage", "code"), [(None, "40019"), (20, "00000"), (True, "40017")])
def test_a_leverage_that_is_no_text(client: Any, leverage: Any, code: str) -> None:
    assert client.set_leverage(leverage=leverage)["code"] == code
