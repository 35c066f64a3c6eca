"""What went over the wire, one recording a question, in the form of ``cassettes/live/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .session import Findings
from .tap import Passed

HOST = "https://api.bitget.com"
# As the recordings' tests know it.
ORIGIN = "api.bitget.com, a demo key"
ELSEWHERE = "not api.bitget.com, but the host that --url named"


def write(found: Findings, folder: Path, url: str | None) -> list[Path]:
    """Write ``learn/<kind of account>/<question>.yaml`` for each question that was asked.

    :raises OSError: a file cannot be written
    """
    import yaml

    written = []
    for name, passed in found.passed.items():
        if not passed or name not in found.answers:
            continue
        content = {
            "origin": ORIGIN if url is None else ELSEWHERE,
            "question": name,
            "symbol": found.symbol,
            "answer": found.answers[name].value,
            "version": 1,
            "interactions": [_interaction(each) for each in passed],
        }
        path = folder / "learn" / found.account / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False, width=10**6), encoding="utf-8")
        written.append(path)
    return written


def _interaction(passed: Passed) -> dict[str, Any]:
    return {
        "request": {
            "method": passed.method,
            "uri": HOST + passed.target,
            "body": passed.body,
            "headers": {name: [value] for name, value in sorted(passed.headers.items())},
        },
        "response": {
            "status": {"code": passed.status, "message": passed.reason},
            "headers": {"content-type": ["application/json"]},
            "body": {"string": passed.answer},
        },
    }
