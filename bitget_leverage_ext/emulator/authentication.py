"""Checks of a private request, in Bitget's order: key, account type, time, signature, environment, permission."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from .account import EmulatedAccount
from .contracts import DEMO_PRODUCT_TYPES
from .quirks import Quirks
from .state import ApiRefusal

OPEN_TO_EVERY_KEY = ("/api/v2/spot/account/info", "/api/v3/account/info")

# https://www.bitget.com/api-doc/common/intro
TIMESTAMP_WINDOW_MS = 30_000


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it was sent."""

    method: str
    # as in the request line, query included
    target: str
    body: str
    # names in lower case
    headers: Mapping[str, str]
    # the query or the body
    content: Any

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def params(self) -> Mapping[str, Any]:
        return self.content if isinstance(self.content, dict) else {}

    @property
    def batch(self) -> tuple[Any, ...]:
        return tuple(self.content) if isinstance(self.content, list) else ()

    @property
    def demo(self) -> bool:
        # https://www.bitget.com/api-doc/common/demotrading/restapi
        return self.headers.get("paptrading") == "1"


def sign(secret: str, timestamp: str, method: str, target: str, body: str) -> str:
    # The query is signed as it reads, not percent-encoded.
    # https://www.bitget.com/api-doc/common/signature
    text = timestamp + method + unquote(target) + body
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def identify(accounts: Iterable[EmulatedAccount], headers: Mapping[str, str]) -> EmulatedAccount | None:
    key = headers.get("access-key")
    return next((each for each in accounts if each.api_key == key), None)


def check(account: EmulatedAccount | None, sent: ReceivedRequest, now: int, quirks: Quirks) -> EmulatedAccount:
    """Return the account that signed the request.

    :raises ApiRefusal: the request fails a check.
    """
    # The order as far as it was observed, 2026-08 to 2026-10: no key, unknown key, mode of the account, and only then
    # signature and passphrase. Where timestamp and environment stand in it is not known.
    if not sent.headers.get("access-key"):
        # the documentation has 40001 for it
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise ApiRefusal("40006", "Invalid ACCESS_KEY")
    if account is None:
        raise ApiRefusal("40037", "Apikey does not exist")
    _check_mode(account, sent, quirks)
    timestamp = sent.headers.get("access-timestamp", "")
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
        raise ApiRefusal("40005", "Invalid ACCESS_TIMESTAMP")
    if abs(now - int(timestamp)) > TIMESTAMP_WINDOW_MS:
        raise ApiRefusal("40008", "Request timestamp expired")
    signature = sign(account.secret, timestamp, sent.method, sent.target, sent.body)
    if not hmac.compare_digest(signature.encode(), _bytes(sent.headers.get("access-sign", ""))):
        raise ApiRefusal("40009", "sign signature error")
    passphrase = sent.headers.get("access-passphrase", "")
    if not hmac.compare_digest(account.password.encode(), _bytes(passphrase)):
        raise ApiRefusal("40012", "apikey/password is incorrect")
    _check_environment(account, sent)
    _check_permission(account, sent)
    return account


def _bytes(text: str) -> bytes:
    # a header can hold bytes that are no text
    return text.encode("utf-8", "surrogateescape")


def _check_mode(account: EmulatedAccount, sent: ReceivedRequest, quirks: Quirks) -> None:
    # https://github.com/ccxt/ccxt/issues/26838
    if account.unified and sent.target.startswith("/api/v2/"):
        if quirks.unified_v2 == "40014":
            raise ApiRefusal("40014", "Incorrect permissions, need future pos write permissions")
        raise ApiRefusal(
            "40085", "You are in Unified Account mode, and the Classic Account API is not supported at this time"
        )
    if not account.unified and sent.target.startswith("/api/v3/"):
        raise ApiRefusal(
            "40084", "You are in Classic Account mode, and the Unified Account API is not supported at this time"
        )


def _check_environment(account: EmulatedAccount, sent: ReceivedRequest) -> None:
    # Demo keys go with the header and ordinary products, live keys without it; the S products live in the live
    # environment, so a demo key has no access to them either way.
    # https://github.com/ccxt/ccxt/issues/25004
    # https://github.com/ccxt/ccxt/issues/25588
    demo_key = account.environment == "demo"
    s_product = str(sent.params.get("productType", "")).upper() in DEMO_PRODUCT_TYPES
    if demo_key != sent.demo or (demo_key and s_product):
        raise ApiRefusal("40099", "exchange environment is incorrect")


def _check_permission(account: EmulatedAccount, sent: ReceivedRequest) -> None:
    # The account's description of itself answers every key.
    # https://github.com/Alexiiis21/bitget
    if sent.path in OPEN_TO_EVERY_KEY:
        return
    wanted, right = ("trade", "write") if sent.method == "POST" else ("read", "read")
    if wanted not in account.permissions:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        # https://github.com/msei99/pbgui
        what = "UTA manage" if account.unified else "future pos"
        raise ApiRefusal("40014", f"Incorrect permissions, need {what} {right} permissions")
