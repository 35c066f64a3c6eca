"""A client of the emulator that signs by hand, so that it shares nothing with it but the socket."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import requests

from bitget_leverage_ext.emulator import EmulatedAccount, Emulator

# The BTC perpetual: its key, and how requests of a classic and of a unified account name it.
USDT = ("USDT-FUTURES", "BTCUSDT")
CLASSIC = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}
UNIFIED = {"symbol": "BTCUSDT", "category": "USDT-FUTURES"}

HOUR = 3600_000
# The wave of the price stands at its middle here, rises for an hour and falls for two.
START = 1_790_000_000_000 // (4 * HOUR) * 4 * HOUR


class Clock:
    """A clock that a test sets, in milliseconds."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


def sign_request(
    account: EmulatedAccount,
    method: str,
    path: str,
    params: Any,
    now: int | None = None,
    secret: str | None = None,
) -> tuple[str, dict[str, str], str]:
    """Return the target, the headers and the body of a signed request."""
    target, body = path, ""
    if method == "POST":
        body = json.dumps(params or {})
    elif params:
        target += "?" + "&".join(f"{name}={value}" for name, value in params.items())
    stamp = str(now or int(time.time() * 1000))
    text = stamp + method + target + body
    digest = hmac.new((secret or account.secret).encode(), text.encode(), hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "ACCESS-KEY": account.api_key,
        "ACCESS-SIGN": base64.b64encode(digest).decode(),
        "ACCESS-TIMESTAMP": stamp,
        "ACCESS-PASSPHRASE": account.password,
    }
    return target, headers, body


class Client:
    def __init__(self, emulator: Emulator, account: EmulatedAccount) -> None:
        self.emulator = emulator
        self.account = account
        self.now: Callable[[], int] = lambda: int(time.time() * 1000)
        self.timeout = 10.0

    def send(
        self,
        method: str,
        path: str,
        params: dict[str, Any] | None = None,
        signed: bool = True,
        headers: dict[str, str | None] | None = None,
        secret: str | None = None,
    ) -> requests.Response:
        """Send a request; `headers` go over those of the signature, `None` removes one."""
        target, made, body = sign_request(self.account, method, path, params, self.now(), secret)
        sent: dict[str, str | None] = {name: each for name, each in made.items() if signed or "ACCESS" not in name}
        sent |= headers or {}
        kept = {name: value for name, value in sent.items() if value is not None}
        return requests.request(
            method, self.emulator.url + target, data=body or None, headers=kept, timeout=self.timeout
        )

    def get(self, path: str, **params: Any) -> Any:
        return self.send("GET", path, params).json()

    def post(self, path: str, **params: Any) -> Any:
        return self.send("POST", path, params).json()

    def set_leverage(self, **params: Any) -> Any:
        """Call the set-leverage endpoint of the account type, for BTCUSDT by default; *side* is the hold side."""
        if "side" in params:
            params["posSide" if self.account.unified else "holdSide"] = params.pop("side")
        if self.account.unified:
            return self.post("/api/v3/account/set-leverage", **UNIFIED | params)
        return self.post("/api/v2/mix/account/set-leverage", **CLASSIC | params)

    def leverage_reply(self) -> Any:
        """Return what the reply of an accepted set-leverage says of BTCUSDT, as the account is now."""
        if self.account.unified:
            return "success"
        held, mode = self.account.leverages(*USDT), self.account.margin_mode(*USDT)
        long, short = (held.cross, held.cross) if mode == "crossed" else (held.long, held.short)
        return {
            "symbol": "BTCUSDT", "marginCoin": "USDT", "longLeverage": str(long), "shortLeverage": str(short),
            "crossMarginLeverage": str(held.cross), "marginMode": mode,
        }  # fmt: skip

    def settings_rows(self) -> list[dict[str, str]]:
        """Return the rows of a unified account's settings."""
        return list(self.get("/api/v3/account/settings")["data"]["symbolConfigList"])
