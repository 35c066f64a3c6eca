"""``doctor``: from the credentials to the position mode, step by step, each with its verdict and the mend."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ccxt
from rich.console import Console
from rich.text import Text

from bitget_leverage_ext.account import UNIFIED
from bitget_leverage_ext.errors import code_of

from . import connection, showing
from .output import MENDS, environment_mend, explained, reason, said, table
from .watch import Client

OK, FAILED, UNKNOWN, UNCHECKED = "ok", "failed", "unknown", "not checked"
_STYLES = {OK: "green", FAILED: "bold red", UNKNOWN: "yellow", UNCHECKED: "dim"}

# Bitget refuses what is further off. https://www.bitget.com/api-doc/common/signature
CLOCK_WINDOW = 30.0
# What a network's own delay can look like.
CLOCK_NOISE = 2.0


@dataclass(frozen=True)
class Step:
    """One thing that was looked at."""

    name: str
    verdict: str
    finding: str = ""
    mend: str = ""


@dataclass
class Checkup:
    """One run, and what earlier steps found out for later ones."""

    demo: bool
    url: str | None
    exchange: Client = field(init=False)
    unified: bool = False
    # What the first signed requests met; None where they were answered.
    refusal: ccxt.BaseError | None = None
    code: str | None = field(default=None)

    def steps(self) -> Iterator[Step]:
        """All steps in order; after one that failed the rest is not checked."""
        failed = False
        for name, check in CHECKS:
            if failed:
                yield Step(name, UNCHECKED)
                continue
            for step in check(self):
                failed = failed or step.verdict == FAILED
                yield step


Check = Callable[[Checkup], Iterator[Step]]


def _credentials(checkup: Checkup) -> Iterator[Step]:
    problems = connection.problems()
    if problems:
        finding, mend = zip(*(problem.split(": ", 1) for problem in problems), strict=True)
        yield Step("credentials", FAILED, "; ".join(finding), "; ".join(mend))
        return
    config = {name: os.environ[variable] for name, variable in connection.VARIABLES.items()}
    checkup.exchange = connection.exchange(config, checkup.demo, checkup.url)
    yield Step("credentials", OK, "all three variables are set")


def _reachable(checkup: Checkup) -> Iterator[Step]:
    name = "exchange reachable"
    try:
        # The second answer is the one to judge the clock by: the connection is open then.
        checkup.exchange.fetch_time()
    except ccxt.BaseError as error:
        mend = "check the network, a proxy or firewall, and --url; some countries and providers block Bitget"
        yield Step(name, FAILED, f"{said(error)}{reason(error)}", mend)
        return
    yield Step(name, OK, "it answers")


def _clock(checkup: Checkup) -> Iterator[Step]:
    exchange = checkup.exchange
    before = exchange.milliseconds()
    theirs = exchange.fetch_time()
    ours = (before + exchange.milliseconds()) / 2
    off = (ours - theirs) / 1000
    if abs(off) <= CLOCK_NOISE:
        yield Step("clock", OK, "agrees with the exchange's")
        return
    finding = f"{abs(off):.0f} seconds {'ahead of' if off > 0 else 'behind'} the exchange's"
    mend = "synchronise this machine's clock (NTP); Bitget refuses what is more than 30 seconds off"
    yield Step("clock", FAILED if abs(off) >= CLOCK_WINDOW else UNKNOWN, finding, mend)


def _knock(checkup: Checkup) -> None:
    """The first signed requests. One code tells how far they came: Bitget checks the key, the kind of account, the
    signature, the passphrase, and (where in this order is not known) environment and permission."""
    try:
        checkup.unified = showing.is_unified(checkup.exchange)
        if not checkup.unified:
            # The probe of a classic account is refused before the signature is looked at.
            # https://www.bitget.com/api-doc/contract/account/Get-Account-List
            connection.read(checkup.exchange, "v2/mix/account/accounts", {"productType": "USDT-FUTURES"})
    except ccxt.BaseError as error:
        checkup.refusal, checkup.code = error, code_of(error)


def _door(name: str, codes: tuple[str, ...], good: str) -> Check:
    """A step that fails where the exchange answered one of *codes*."""

    def check(checkup: Checkup) -> Iterator[Step]:
        if checkup.refusal is not None and checkup.code in codes:
            yield Step(name, FAILED, said(checkup.refusal), MENDS[checkup.code])
        else:
            yield Step(name, OK, good)

    return check


def _key(checkup: Checkup) -> Iterator[Step]:
    _knock(checkup)
    if checkup.refusal is None or checkup.code in LATER:
        yield Step("key", OK, "the exchange knows it")
    elif checkup.code in MENDS:
        yield Step("key", FAILED, said(checkup.refusal), MENDS[checkup.code])
    else:
        mend = "nothing is known about the key: the answer is none that this check understands; try again later"
        yield Step("key", FAILED, explained(checkup.refusal, checkup.demo), mend)


def _environment(checkup: Checkup) -> Iterator[Step]:
    if checkup.code == "40099" and checkup.refusal is not None:
        finding = said(checkup.refusal).split(";")[0]
        yield Step("environment", FAILED, finding, environment_mend(checkup.demo))
    elif checkup.demo:
        yield Step("environment", OK, "a demo key: ordinary products (BTC/USDT:USDT) with play money; no S-coins")
    else:
        yield Step(
            "environment", OK, "a live key: ordinary products (BTC/USDT:USDT) with real money; S-coins "
            "(SBTC/SUSDT:SUSDT) to practise, on classic accounts",
        )  # fmt: skip


def _account(checkup: Checkup) -> Iterator[Step]:
    kind = "unified: one position mode for all, no S-coins" if checkup.unified else "classic"
    yield Step("account type", OK, kind)


def _permissions(checkup: Checkup) -> Iterator[Step]:
    if checkup.refusal is not None:
        yield Step("permission to read", FAILED, said(checkup.refusal), MENDS["40014"])
        return
    yield Step("permission to read", OK, "the key may read the account")
    try:
        told = _key_info(checkup)
    except ccxt.BaseError as error:
        told = {}
        unread = f"{explained(error, checkup.demo)}; "
    else:
        unread = ""
    right, may = _may_write_unified(told) if checkup.unified else _may_write_classic(told)
    name, mend = "permission to write", f"allow the key to read and write {right} in Bitget's API settings"
    if may is None:
        yield Step(name, UNKNOWN, f"{unread}the exchange does not tell", f"should `set` meet 40014, {mend}")
    elif may:
        yield Step(name, OK, f"the key may write {right}")
    else:
        yield Step(name, FAILED, f"the key may not write {right}", mend)
    yield _addresses(told)


def _key_info(checkup: Checkup) -> dict[str, Any]:
    """What the exchange tells of the key itself.

    https://www.bitget.com/api-doc/spot/account/Get-Account-Info, https://www.bitget.com/api-doc/uta/account/Get-Account-Info
    """
    told = connection.read(checkup.exchange, "v3/account/info" if checkup.unified else "v2/spot/account/info")
    return told if isinstance(told, dict) else {}


# The rights that a list may name: futures orders and positions, spot, margin, copy trading, wallet, withdrawal, crypto
# loan, P2P, tax; r reads, w writes. https://www.bitget.com/api-doc/spot/account/Get-Account-Info (authorities)
_RIGHTS = frozenset(
    {"coor", "coow", "cpor", "cpow", "stor", "stow", "smor", "smow", "ttor", "ttow", "wtor", "wtow", "wwow"}
    | {"chor", "chow", "p2p", "p2pr", "p2pw", "pllr", "pllw", "taxr", "taxw"}
)


def _may_write_classic(told: dict[str, Any]) -> tuple[str, bool | None]:
    """The right that setting a leverage takes, and whether the key has it; ``None`` where that is not told."""
    words = told.get("authorities")
    held = {str(word).lower() for word in words} if isinstance(words, list) else set()
    if "cpow" in held:
        return "futures positions (cpow)", True
    # Words of another vocabulary ("trade", "readonly") say nothing of it.
    refused = bool(held) and all(word in _RIGHTS for word in held)
    return "futures positions (cpow)", False if refused else None


def _may_write_unified(told: dict[str, Any]) -> tuple[str, bool | None]:
    # https://www.bitget.com/api-doc/uta/account/Get-Account-Info: read-and-write; seen as read_and_write as well
    kind = str(told.get("permType") or "").lower().replace("_", "-")
    permissions = told.get("permissions")
    right = "the unified account's management (uta_mgt)"
    if kind in ("read-only", "readonly") or (
        isinstance(permissions, list) and permissions and "uta_mgt" not in permissions
    ):
        return right, False
    return right, True if kind == "read-and-write" and permissions else None


def _addresses(told: dict[str, Any]) -> Step:
    """The addresses that the key is bound to; an empty list does not say that there are none."""
    ips = told.get("ips", told.get("ip"))
    listed = ", ".join(map(str, ips)) if isinstance(ips, list) else str(ips or "")
    if not listed:
        return Step("addresses of the key", UNKNOWN, "the exchange names none")
    return Step("addresses of the key", OK, f"requests are taken from {listed}")


def _positions(checkup: Checkup) -> Iterator[Step]:
    for product_type, mode in showing.position_modes(checkup.exchange).items():
        name = "position mode" if product_type == UNIFIED else f"position mode, {product_type}"
        if isinstance(mode, ccxt.BaseError):
            yield Step(name, UNKNOWN, explained(mode, checkup.demo))
        else:
            yield Step(name, OK, mode)


SIGNATURE, PASSPHRASE = ("40009",), ("40012", "40036")
# The refusals that show that the key itself was accepted.
LATER = (*SIGNATURE, *PASSPHRASE, "40099", "40014")

CHECKS: tuple[tuple[str, Check], ...] = (
    ("credentials", _credentials),
    ("exchange reachable", _reachable),
    ("clock", _clock),
    ("key", _key),
    ("signature", _door("signature", SIGNATURE, "the secret belongs to the key")),
    ("passphrase", _door("passphrase", PASSPHRASE, "accepted")),
    ("environment", _environment),
    ("account type", _account),
    ("permissions", _permissions),
    ("position modes", _positions),
)


def exit_code(steps: list[Step]) -> int:
    """2 for a credential that is missing or none, as every command has it."""
    failed = [step.name for step in steps if step.verdict == FAILED]
    return 2 if "credentials" in failed else int(bool(failed))


def render(steps: list[Step], on: Console) -> None:
    """Print what was found."""
    made = table("step", "verdict", "finding")
    for step in steps:
        finding = Text(step.finding)
        if step.mend:
            finding += Text(f"\n→ {step.mend}", "bold" if step.verdict == FAILED else "")
        made.add_row(step.name, Text(step.verdict, _STYLES[step.verdict]), finding)
    on.print(made)
    bad = [step.name for step in steps if step.verdict == FAILED]
    if bad:
        on.print(f"To be mended: {', '.join(bad)}.")
    else:
        on.print("Nothing has to be mended.")
