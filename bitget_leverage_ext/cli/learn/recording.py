"""The HTTP traffic of a run: evidence for the report, and one recording a question. Never a key or a signature."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from .run import Findings

# What identifies an account, and the clock.
_PERSONAL = re.compile(r'"(uid|userId|user_id|inviterId|parentId|channelCode|ips)":\s*("[^"]*"|\d+|\[[^\]]*\])')
_CLOCK = re.compile(r'"requestTime":\s*\d+')


def evidence(response: requests.Response) -> dict[str, Any]:
    """Return one request and its reply for the report."""
    made = _interaction(response)
    sent, text = made["request"], made["response"]["body"]["string"]
    try:
        body = json.loads(text)
    except ValueError:
        body = text[:200]
    path = urlsplit(sent["uri"])
    fields = json.loads(sent["body"]) if sent["body"] else dict(parse_qsl(path.query))
    return {
        "request": {"method": sent["method"], "path": path.path, "fields": fields},
        "reply": {"status": response.status_code, "body": body},
    }


def write(found: Findings, folder: Path, url: str | None) -> None:
    """Write ``learn/<account type>/<question>.yaml`` for each question that was put; OSError if that fails."""
    import yaml

    for name, (start, heard) in found.heard.items():
        if not heard or name not in found.answers:
            continue
        content = {
            "origin": "not api.bitget.com, but the host that --url named" if url else "api.bitget.com, a demo key",
            "question": name,
            "symbol": found.symbol,
            "start": start,
            "answer": found.answers[name].outcome,
            "version": 1,
            "interactions": [_interaction(each) for each in heard],
        }
        path = folder / "learn" / found.account / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False, width=10**6), encoding="utf-8")


def _interaction(response: requests.Response) -> dict[str, Any]:
    request, parts = response.request, urlsplit(response.request.url or "")
    headers = {name.lower(): [value] for name, value in sorted(request.headers.items())}
    try:
        text = _PERSONAL.sub(lambda match: f'"{match[1]}":"0"', response.text)
    except (requests.RequestException, RuntimeError):
        text = ""  # it broke off
    return {
        "request": {
            "method": request.method,
            "uri": f"https://api.bitget.com{parts.path}" + (f"?{parts.query}" if parts.query else ""),
            "body": request.body.decode() if isinstance(request.body, bytes) else request.body,
            "headers": {name: headers[name] for name in ("content-type", "paptrading") if name in headers},
        },
        "response": {
            "status": {"code": response.status_code, "message": response.reason or ""},
            "headers": {"content-type": ["application/json"]},
            "body": {"string": _CLOCK.sub('"requestTime":1700000000000', text)},
        },
    }
