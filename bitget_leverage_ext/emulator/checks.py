"""Who is calling, and may they? The checks of a private request, in Bitget's order."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from .contracts import DEMO_PRODUCT_TYPES
from .state import Account, Refusal

OPEN_TO_EVERY_KEY = ("/api/v2/spot/account/info", "/api/v3/account/info")

# https://www.bitget.com/api-doc/common/intro
TIMESTAMP_WINDOW_MS = 30_000


@dataclass(frozen=True)
class Envelope:
    """What the checks look at: the request as it was sent."""

    method: str
    # as in the request line, query included
    target: str
    body: str
    # names in lower case
    headers: Mapping[str, str]
    # the query or the body
    content: Any

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


def identify(accounts: Iterable[Account], headers: Mapping[str, str]) -> Account | None:
    key = headers.get("access-key")
    return next((each for each in accounts if each.api_key == key), None)


def check(account: Account | None, sent: Envelope, now: int) -> Account:
    """The account that signed the request, or Bitget's refusal."""
    # The order as far as it was observed, 2026-08 to 2026-10: no key, unknown key, mode of the account, and only then
    # signature and passphrase. Where timestamp and environment stand in it is not known.
    if not sent.headers.get("access-key"):
        # the documentation has 40001 for it
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        raise Refusal("40006", "Invalid ACCESS_KEY")
    if account is None:
        raise Refusal("40037", "Apikey does not exist")
    _check_mode(account, sent)
    timestamp = sent.headers.get("access-timestamp", "")
    # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
        raise Refusal("40005", "Invalid ACCESS_TIMESTAMP")
    if abs(now - int(timestamp)) > TIMESTAMP_WINDOW_MS:
        raise Refusal("40008", "Request timestamp expired")
    signature = sign(account.secret, timestamp, sent.method, sent.target, sent.body)
    if not hmac.compare_digest(signature.encode(), _bytes(sent.headers.get("access-sign", ""))):
        raise Refusal("40009", "sign signature error")
    passphrase = sent.headers.get("access-passphrase", "")
    if not hmac.compare_digest(account.password.encode(), _bytes(passphrase)):
        raise Refusal("40012", "apikey/password is incorrect")
    _check_environment(account, sent)
    _check_permission(account, sent)
    return account


def _bytes(text: str) -> bytes:
    # whatever a header holds, and if it is no text at all
    return text.encode("utf-8", "surrogateescape")


def _check_mode(account: Account, sent: Envelope) -> None:
    # https://github.com/ccxt/ccxt/issues/26838
    if account.unified and sent.target.startswith("/api/v2/"):
        raise Refusal(
            "40085", "You are in Unified Account mode, and the Classic Account API is not supported at this time"
        )
    if not account.unified and sent.target.startswith("/api/v3/"):
        raise Refusal(
            "40084", "You are in Classic Account mode, and the Unified Account API is not supported at this time"
        )


def _check_environment(account: Account, sent: Envelope) -> None:
    # Demo keys go with the header and ordinary products, live keys without it; the S products live in the live
    # environment, so a demo key has no access to them either way.
    # https://github.com/ccxt/ccxt/issues/25004
    # https://github.com/ccxt/ccxt/issues/25588
    demo_key = account.environment == "demo"
    s_product = str(sent.params.get("productType", "")).upper() in DEMO_PRODUCT_TYPES
    if demo_key != sent.demo or (demo_key and s_product):
        raise Refusal("40099", "exchange environment is incorrect")


def _check_permission(account: Account, sent: Envelope) -> None:
    # The account's description of itself answers every key.
    # https://github.com/Alexiiis21/bitget
    if sent.target.partition("?")[0] in OPEN_TO_EVERY_KEY:
        return
    wanted, right = ("trade", "write") if sent.method == "POST" else ("read", "read")
    if wanted not in account.permissions:
        # https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi
        # https://github.com/msei99/pbgui
        what = "UTA manage" if account.unified else "future pos"
        raise Refusal("40014", f"Incorrect permissions, need {what} {right} permissions")
