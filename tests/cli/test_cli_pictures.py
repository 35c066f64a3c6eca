"""The README's pictures show what the commands print today."""

from __future__ import annotations

import html
import re
from collections import Counter
from pathlib import Path

import ccxt
import pytest

from bitget_leverage_ext.cli import pictures, tour
from bitget_leverage_ext.cli.tour import Tour

FOLDER = Path(__file__).parents[2] / ".github"


def words(svg: str) -> Counter[str]:
    """Return the words of a picture: its frame and its line breaks depend on the version of rich."""
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return Counter(word for text in texts for word in re.findall(r"\w+", html.unescape(text)))


@pytest.mark.parametrize("name", list(pictures.PICTURES))
def test_a_picture_is_up_to_date(name: str, taken: Tour, monkeypatch: pytest.MonkeyPatch) -> None:
    """If not: python -m bitget_leverage_ext.cli.pictures .github"""
    monkeypatch.setattr(tour, "take", lambda: taken)
    monkeypatch.setattr(ccxt.Exchange, "throttle", lambda *_: None)
    monkeypatch.setenv("NO_COLOR", "1")  # must not matter
    drawn = pictures.svg(name)
    assert words((FOLDER / f"{name}.svg").read_text(encoding="utf-8")) == words(drawn)
    assert drawn == pictures.svg(name)
    assert sum(words(drawn).values()) > 100
    assert not re.search(r"127\.0\.0\.1|localhost|requestTime|emulator-(key|secret)", drawn)
