"""What goes over the wire, as it went: every try, every answer, without keys and signatures."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

# Whose account it is.
_PERSONAL = re.compile(r'"(uid|userId|user_id|inviterId|parentId|channelCode|ips)":\s*("[^"]*"|\d+|\[[^\]]*\])')
_CLOCK = re.compile(r'"requestTime":\s*\d+')
# Lists in the evidence are cut to this many entries.
_SHOWN = 3


@dataclass(frozen=True)
class Passed:
    """One request and its answer. ``target`` is the path with its query."""

    method: str
    target: str
    body: str | None
    headers: dict[str, str]
    status: int
    reason: str
    answer: str

    def as_json(self) -> dict[str, Any]:
        """For the evidence."""
        path = urlsplit(self.target)
        fields = json.loads(self.body) if self.body else dict(parse_qsl(path.query))
        return {
            "request": {"method": self.method, "path": path.path, "fields": fields},
            "reply": {"status": self.status, "body": _shortened(_parsed(self.answer))},
        }


class Tap:
    """Listens to the HTTP session of a synchronous exchange object."""

    def __init__(self, exchange: Any) -> None:
        self._seen: list[requests.Response] = []
        exchange.session.hooks["response"].append(self._hear)

    def _hear(self, response: requests.Response, **_: Any) -> None:
        # Not read here: the body belongs to the client, which may not have had it yet.
        self._seen.append(response)

    def mark(self) -> int:
        """Where the tape is now."""
        return len(self._seen)

    def since(self, mark: int) -> list[Passed]:
        """What passed since then."""
        return [_passed(response) for response in self._seen[mark:]]


def _passed(response: requests.Response) -> Passed:
    request = response.request
    parts = urlsplit(request.url or "")
    body = request.body.decode() if isinstance(request.body, bytes) else request.body
    kept = {name.lower(): value for name, value in request.headers.items()}
    try:
        answer = response.text
    except (requests.RequestException, RuntimeError):
        answer = ""  # it broke off
    return Passed(
        method=request.method or "GET",
        target=parts.path + (f"?{parts.query}" if parts.query else ""),
        body=body if isinstance(body, str) else None,
        headers={name: str(kept[name]) for name in ("content-type", "paptrading") if name in kept},
        status=response.status_code,
        reason=response.reason or "",
        answer=_scrubbed(answer),
    )


def _scrubbed(text: str) -> str:
    """Without whose account it is, and without the clock."""
    text = _PERSONAL.sub(lambda found: f'"{found[1]}":"0"', text)
    return _CLOCK.sub('"requestTime":1700000000000', text)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text[:200]


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(each) for name, each in value.items()}
    if isinstance(value, list) and len(value) > _SHOWN:
        return [*(_shortened(each) for each in value[:_SHOWN]), f"and {len(value) - _SHOWN} more"]
    return [_shortened(each) for each in value] if isinstance(value, list) else value
