"""A reply of the exchange: status, headers and body, and the shapes that a fault gives it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from ..state import ApiRefusal

JSON = "application/json"


@dataclass(frozen=True)
class EmulatedReply:
    """A reply. `code` is the exchange's own, `None` where something before the exchange answers."""

    status: int
    code: str | None
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON


def success(data: Any, now: int, headers: dict[str, str]) -> EmulatedReply:
    return EmulatedReply(200, "00000", _envelope("00000", "success", now, data), headers)


def refused(refusal: ApiRefusal, now: int, headers: dict[str, str]) -> EmulatedReply:
    return EmulatedReply(refusal.status, refusal.code, _envelope(refusal.code, refusal.msg, now, None), headers)


# https://www.bitget.com/api-doc/common/intro
def too_many() -> ApiRefusal:
    return ApiRefusal("429", "Too Many Requests", status=429)


def gateway_page(status: int) -> EmulatedReply:
    """Return the HTML page of a gateway in front of the exchange."""
    page = f"<html><head><title>{status} Bad Gateway</title></head><body>Bad Gateway</body></html>"
    return EmulatedReply(status, None, page.encode(), {}, "text/html")


def damaged(reply: EmulatedReply, kind: str) -> EmulatedReply:
    """Return the reply with the body that a fault of this kind leaves of it."""
    if kind == "cut":
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    if kind == "empty":
        return replace(reply, body=b"")
    if kind == "text":
        return replace(reply, body=b"OK", content_type="text/plain", headers={})
    return reply


def parsed(raw: bytes | str) -> Any:
    """Return the object or list of a request body, `None` where it is neither."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _envelope(code: str, msg: str, now: int, data: Any) -> bytes:
    return json.dumps({"code": code, "msg": msg, "requestTime": now, "data": data}, separators=(",", ":")).encode()
