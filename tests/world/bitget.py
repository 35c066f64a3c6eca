"""The emulator without its socket: the only place of the tests that knows how it is called."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bitget_leverage_ext.emulator import Emulator
from bitget_leverage_ext.emulator.checks import Envelope

# Faults that the emulator itself plays, in the place of the action.
ACTING = ("refuse", "lie", "stale", "other_mode", "figures")


def answer(
    emulator: Emulator, account: Any, url: str, method: str, headers: dict[str, str], body: str | None, fault: Any
) -> tuple[int, str, dict[str, str]]:
    """Return the status, the text and the headers that the emulator answers to a request of this account."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    small = {name.lower(): str(value) for name, value in headers.items()}
    if "access-key" in small:
        small["access-key"] = account.api_key
    content = json.loads(body) if body else dict(parse_qsl(parts.query))
    envelope = Envelope(method, target, body or "", small, content)
    reply = emulator._act(envelope, parts.path, account if "access-key" in small else None, fault)
    return reply.status, reply.body.decode(), dict(reply.headers)
