"""set_leverages, driven by hand."""

from __future__ import annotations

from typing import Any

from by_hand import WRITE, S, drive, exchange, reply

from bitget_leverage_ext.flows.many import set_leverages


def test_progress_that_raises_spoils_nothing(caplog: Any) -> None:
    """The caller's own display is no reason to stop half-way."""
    it = exchange()
    it._memory.positions["USDT-FUTURES"] = "one_way_mode"

    def progress(*_: Any) -> None:
        raise KeyError

    calls, outcomes = drive(set_leverages(it, {S: 10}, {}, progress), reply("crossed", cross=10))
    assert calls == [WRITE]
    assert outcomes[S]["longLeverage"] == 10
    assert "progress raised" in caplog.text
