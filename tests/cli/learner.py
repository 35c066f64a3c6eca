"""An emulator's demo account, and ``learn`` run on it without the command line around it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from io import BytesIO
from typing import Any, get_args, get_type_hints
from urllib.parse import parse_qsl, urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from bitget_leverage_ext import bitget
from bitget_leverage_ext.cli.learn.report import complete
from bitget_leverage_ext.cli.learn.session import Findings, Session
from bitget_leverage_ext.emulator import Account, Emulator, Quirks, Request
from bitget_leverage_ext.emulator.checks import Envelope, identify

# An older ccxt makes a text of every number in a reply.
TELLS_NUMBERS = bitget().parse_json('{"a": 1}') == {"a": 1}
PRODUCT, ID, SYMBOL = "USDT-FUTURES", "BTCUSDT", "BTC/USDT:USDT"
STARTS = [*itertools.product(("crossed", "isolated"), ("one_way_mode", "hedge_mode")), None]
CLASSIC = [
    "dialect", "unneeded_hold_side", "leverage_alone_in_hedge", "same_leverage", "same_margin_mode", "cross_figure",
    "capitals", "s_products",
]  # fmt: skip
UNIFIED = [
    "unneeded_hold_side", "leverage_alone_in_hedge", "same_leverage", "capitals", "unified_hedge", "unified_one_way",
    "unified_row", "s_products",
]  # fmt: skip
VALUES: dict[str, tuple[str, ...]] = {
    field.name: tuple(value for value in get_args(get_type_hints(Quirks)[field.name]) if value != "string")
    for field in fields(Quirks)
}


@dataclass
class Learner:
    """One account of the emulator, and what it is to be left as."""

    emulator: Emulator
    account: Account
    exchange: Any

    def start(self, start: tuple[str, str] | None) -> None:
        """The modes to begin with, and figures; ``None`` leaves the account untouched."""
        if start is None:
            return
        margin, position = start
        account = self.account
        account.set_position_mode(PRODUCT, position)
        account.set_margin_mode(PRODUCT, ID, margin)
        long, short = (7, 5) if position == "hedge_mode" and not account.unified else (7, 7)
        account.set_figures(PRODUCT, ID, cross=11, long=long, short=short)

    def state(self) -> Any:
        """What can be read of it: by the exchange's own answer where it is unified."""
        account = self.account
        if not account.unified:
            return (
                account.position_mode(PRODUCT), account.margin_mode(PRODUCT, ID), account.figures(PRODUCT, ID)
            )  # fmt: skip
        reply = self.exchange.request("v3/account/settings", ["private", "uta"], "GET", {}, {"cost": 0})
        return reply["data"]["holdMode"], reply["data"]["symbolConfigList"]

    def learn(self) -> Findings:
        return Session(self.exchange, SYMBOL).run()


class Direct(HTTPAdapter):
    """Asks the emulator without the road to it, which takes most of a request's time; faults belong to the road."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self.emulator = emulator

    def send(self, request: Any, *rest: Any, **options: Any) -> Any:
        path, faults = urlsplit(request.url).path, self.emulator._faults
        before = list(faults._seen)
        if faults.take(request.method, path) is not None:
            faults._seen = before
            return super().send(request, *rest, **options)
        answer = self._answer(request, path)
        body = HTTPResponse(BytesIO(answer.body), answer.headers, answer.status, preload_content=False)
        return self.build_response(request, body)

    def _answer(self, request: Any, path: str) -> Any:
        body = (request.body or b"").decode()
        content = json.loads(body) if body else dict(parse_qsl(urlsplit(request.url).query))
        headers = {name.lower(): value for name, value in request.headers.items()}
        account = identify(self.emulator._accounts, headers)
        self.emulator._requests.add(Request(request.method, path, {}, content, {}), 0)
        sent = Envelope(request.method, request.path_url, body, headers, content)
        return self.emulator._act(sent, path, account, None)


def learner(emulator: Emulator, markets: Mapping[str, Any], unified: bool, **config: Any) -> Learner:
    account = emulator.add_account(unified=unified, environment="demo")
    exchange = bitget(emulator.config(account, enableRateLimit=False, **config))
    exchange.session.mount(emulator.url, Direct(emulator))
    exchange.set_sandbox_mode(True)
    exchange.sleep = lambda milliseconds: None
    vars(exchange).update(markets)
    return Learner(emulator, account, exchange)


def answers(found: Findings) -> dict[str, str]:
    return {name: answer.value for name, answer in complete(found).items()}


def tellable(quirks: Quirks, unified: bool) -> dict[str, str]:
    """What ``learn`` is to answer: the quirks, as far as an account of this kind can tell them."""
    told = dict.fromkeys(VALUES, "unknown")
    told |= {name: getattr(quirks, name) for name in (UNIFIED if unified else CLASSIC)}
    if not unified:
        return told
    if quirks.unified_hedge.startswith("all") and quirks.unified_row in ("missing", "stale"):
        told["unified_hedge"] = "unknown"  # no figure is told
    one_sided = quirks.unified_hedge in ("documentation", "all_one_side") or quirks.unified_one_way == "per_side"
    row = "last" if quirks.unified_row == "number" and not TELLS_NUMBERS else quirks.unified_row
    told["unified_row"] = row
    if row in ("last", "string", "long") and not one_sided:
        told["unified_row"] = "string"  # every accepted request sets both sides
    return told


def pairwise(factors: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Few combinations in which every two values of different factors meet."""
    names = list(factors)
    left = {
        frozenset([(one, a), (two, b)])
        for one, two in itertools.combinations(names, 2)
        for a in factors[one]
        for b in factors[two]
    }
    while left:
        chosen = dict(min(left, key=lambda pair: sorted(pair, key=repr).__repr__()))
        for name in names:
            if name not in chosen:
                met = list(chosen.items())
                gains = [sum(frozenset([item, (name, value)]) in left for item in met) for value in factors[name]]
                chosen[name] = factors[name][gains.index(max(gains))]
        left -= {frozenset(pair) for pair in itertools.combinations(chosen.items(), 2)}
        yield chosen
