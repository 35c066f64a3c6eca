"""Answers as they go over the wire, and what becomes of one when a fault strikes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .faults import Fault
from .requests import Request
from .state import Refusal

# Waits as a fault says; did the emulator stop meanwhile?
Stall = Callable[[Fault], Awaitable[bool]]


@dataclass
class Answer:
    status: int
    code: str
    body: bytes
    headers: dict[str, str]


# https://www.bitget.com/api-doc/common/intro
def too_many() -> Refusal:
    return Refusal("429", "Too Many Requests", status=429)


def envelope(code: str, msg: str, now: int, data: Any) -> bytes:
    return json.dumps({"code": code, "msg": msg, "requestTime": now, "data": data}, separators=(",", ":")).encode()


def as_json(status: int, body: bytes, headers: dict[str, str]) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def parsed(raw: bytes) -> Any:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def hang_up(http: web.BaseRequest) -> web.Response:
    if http.transport is not None:
        http.transport.close()
    # aiohttp wants a response; nobody is left to receive it
    return web.Response()


# --- faults ----------------------------------------------------------------------------------------------------


async def go_wrong_before(
    http: web.BaseRequest, request: Request, fault: Fault, now: int, stall: Stall
) -> web.StreamResponse | None:
    """What is answered instead of acting; ``None`` where the request was only held up."""
    if fault.kind == "drop":
        return hang_up(http)
    if fault.kind == "page":
        request.status = fault.detail.get("status", 502)
        page = f"<html><head><title>{request.status} Bad Gateway</title></head><body>Bad Gateway</body></html>"
        return web.Response(status=request.status, text=page, content_type="text/html")
    if fault.kind == "too_many":
        refusal = too_many()
        request.status, request.code = refusal.status, refusal.code
        return as_json(refusal.status, envelope(refusal.code, refusal.msg, now, None), {})
    stopped = await stall(fault)
    return hang_up(http) if stopped else None


async def go_wrong_after(
    http: web.BaseRequest, request: Request, fault: Fault, answer: Answer, stall: Stall
) -> web.StreamResponse:
    """What becomes of an answer on its way."""
    if fault.kind == "drop_after" or (fault.kind == "stall_after" and await stall(fault)):
        return hang_up(http)
    request.status, request.code = answer.status, answer.code
    half = answer.body[: len(answer.body) // 2]
    if fault.kind == "truncate":
        response = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json"})
        response.content_length = len(answer.body)
        await response.prepare(http)
        await response.write(half)
        hang_up(http)
        return response
    if fault.kind == "text":
        return web.Response(status=answer.status, text="OK", content_type="text/plain")
    body = {"cut": half, "empty": b"", "stall_after": answer.body}[fault.kind]
    return as_json(answer.status, body, answer.headers)
