"""`doctor`: checks from the credentials to the leverage of an order, each with a verdict and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ccxt
from rich.console import Console
from rich.text import Text

from bitget_leverage_ext.api.classic import ACCOUNT_LIMIT, parse_account
from bitget_leverage_ext.api.fields import MARGIN_COIN, PRODUCT_TYPE, SYMBOL
from bitget_leverage_ext.api.unified import SETTINGS_LIMIT, parse_settings
from bitget_leverage_ext.errors import code_of
from bitget_leverage_ext.rules.contracts import BY_QUOTE
from bitget_leverage_ext.rules.modes import CROSSED, ISOLATED, LeverageSnapshot
from bitget_leverage_ext.state import UNIFIED

from . import connection, show_command
from .client import Client
from .messages import REMEDIES, cause, environment_remedy, exchange_text, explained
from .output import table
from .set_command import leverage_text

OK, FAILED, UNKNOWN, UNCHECKED = "ok", "failed", "unknown", "not checked"
_STYLES = {OK: "green", FAILED: "bold red", UNKNOWN: "yellow", UNCHECKED: "dim"}

# The contracts whose order is described if none is named.
SYMBOLS = ("BTC/USDT:USDT",)
# Seconds; Bitget refuses what is further off. https://www.bitget.com/api-doc/common/signature
CLOCK_WINDOW = 30.0
# Seconds that the network alone can cause.
CLOCK_NOISE = 2.0


@dataclass(frozen=True)
class CheckResult:
    """One check: its verdict, what was found, and what to do."""

    name: str
    verdict: str
    finding: str = ""
    fix: str = ""


@dataclass
class Checkup:
    """One run, and what earlier steps found for later ones.

    :ivar refusal: the error of the first signed requests; None where they were answered
    """

    demo: bool
    url: str | None
    symbols: tuple[str, ...] = SYMBOLS
    exchange: Client = field(init=False)
    unified: bool = False
    refusal: ccxt.BaseError | None = None
    code: str | None = None

    def steps(self) -> Iterator[CheckResult]:
        """Yield all steps in order; after one that failed the rest is not checked."""
        failed = False
        for name, check in CHECKS:
            if failed:
                yield CheckResult(name, UNCHECKED)
                continue
            for step in check(self):
                failed = failed or step.verdict == FAILED
                yield step


Check = Callable[[Checkup], Iterator[CheckResult]]


def _credentials(checkup: Checkup) -> Iterator[CheckResult]:
    problems = connection.problems()
    if problems:
        finding, fix = zip(*(problem.split(": ", 1) for problem in problems), strict=True)
        yield CheckResult("credentials", FAILED, "; ".join(finding), "; ".join(fix))
        return
    checkup.exchange = connection.connect(checkup.demo, checkup.url)
    yield CheckResult("credentials", OK, "all three variables are set")


def _reachable(checkup: Checkup) -> Iterator[CheckResult]:
    name = "exchange reachable"
    try:
        checkup.exchange.fetch_time()
    except ccxt.BaseError as error:
        text = exchange_text(error)
        fix = "check the network, a proxy or firewall, and --url; some countries and providers block Bitget"
        yield CheckResult(name, FAILED, f"{text}{cause(error, text)}", fix)
        return
    yield CheckResult(name, OK, "it answers")


def _clock(checkup: Checkup) -> Iterator[CheckResult]:
    # The second request: the connection is open by now, so the delay is small.
    exchange = checkup.exchange
    before = exchange.milliseconds()
    theirs = exchange.fetch_time()
    ours = (before + exchange.milliseconds()) / 2
    off = (ours - theirs) / 1000
    if abs(off) <= CLOCK_NOISE:
        yield CheckResult("clock", OK, "agrees with the exchange's")
        return
    finding = f"{abs(off):.0f} seconds {'ahead of' if off > 0 else 'behind'} the exchange's"
    fix = "synchronise this machine's clock (NTP); Bitget refuses what is more than 30 seconds off"
    yield CheckResult("clock", FAILED if abs(off) >= CLOCK_WINDOW else UNKNOWN, finding, fix)


def _send_signed_requests(checkup: Checkup) -> None:
    """Send the first signed requests, and keep the refusal.

    Its code shows how far they came: Bitget checks the key, the account type, the signature, the passphrase, and then
    (the order is not known) environment and permission.
    """
    try:
        checkup.unified = connection.is_unified(checkup.exchange)
        if not checkup.unified:
            # On a classic account the probe of the account type is refused before the signature is checked.
            # https://www.bitget.com/api-doc/contract/account/Get-Account-List
            connection.read(checkup.exchange, "v2/mix/account/accounts", {"productType": "USDT-FUTURES"})
    except ccxt.BaseError as error:
        checkup.refusal, checkup.code = error, code_of(error)


def _fails_with(name: str, codes: tuple[str, ...], good: str) -> Check:
    """Return a step that fails where the exchange answered one of *codes*."""

    def check(checkup: Checkup) -> Iterator[CheckResult]:
        if checkup.refusal is not None and checkup.code in codes:
            yield CheckResult(name, FAILED, exchange_text(checkup.refusal), REMEDIES[checkup.code])
        else:
            yield CheckResult(name, OK, good)

    return check


def _key(checkup: Checkup) -> Iterator[CheckResult]:
    _send_signed_requests(checkup)
    if checkup.refusal is None or checkup.code in LATER:
        yield CheckResult("key", OK, "the exchange knows it")
    elif checkup.code in REMEDIES:
        yield CheckResult("key", FAILED, exchange_text(checkup.refusal), REMEDIES[checkup.code])
    else:
        fix = "this answer says nothing about the key: try again later"
        yield CheckResult("key", FAILED, explained(checkup.refusal, checkup.demo), fix)


def _environment(checkup: Checkup) -> Iterator[CheckResult]:
    if checkup.code == "40099" and checkup.refusal is not None:
        yield CheckResult("environment", FAILED, exchange_text(checkup.refusal), environment_remedy(checkup.demo))
        return
    if checkup.demo:
        yield CheckResult(
            "environment", OK, "a demo key: ordinary contracts (BTC/USDT:USDT) with play money; no S-coins"
        )
        return
    money = "" if checkup.url else " with real money"  # another host can be the emulator
    finding = f"a live key: ordinary contracts (BTC/USDT:USDT){money}; S-coins (SBTC/SUSDT:SUSDT) to practise"
    yield CheckResult("environment", OK, f"{finding}, on classic accounts")


def _account(checkup: Checkup) -> Iterator[CheckResult]:
    yield CheckResult(
        "account type", OK, "unified: one position mode for all, no S-coins" if checkup.unified else "classic"
    )


# --- permissions -----------------------------------------------------------------------------------------------


def _permissions(checkup: Checkup) -> Iterator[CheckResult]:
    if checkup.refusal is not None:
        yield CheckResult("permission to read", FAILED, exchange_text(checkup.refusal), REMEDIES["40014"])
        return
    yield CheckResult("permission to read", OK, "the key may read the account")
    try:
        info, unread = _key_info(checkup), ""
    except ccxt.BaseError as error:
        info, unread = {}, f"{explained(error, checkup.demo)}; "
    right, may = _may_write_unified(info) if checkup.unified else _may_write_classic(info)
    name, fix = "permission to write", f"allow the key to read and write {right} in Bitget's API settings"
    if may is None:
        yield CheckResult(
            name, UNKNOWN, f"{unread}the exchange does not report it", f"if `set` fails with 40014, {fix}"
        )
    elif may:
        yield CheckResult(name, OK, f"the key may write {right}")
    else:
        yield CheckResult(name, FAILED, f"the key may not write {right}", fix)
    yield _ip_whitelist(info)


def _key_info(checkup: Checkup) -> dict[str, Any]:
    """Return what the exchange says about the key itself.

    https://www.bitget.com/api-doc/spot/account/Get-Account-Info, https://www.bitget.com/api-doc/uta/account/Get-Account-Info
    """
    info = connection.read(checkup.exchange, "v3/account/info" if checkup.unified else "v2/spot/account/info")
    return info if isinstance(info, dict) else {}


# The rights that a list may name: futures orders and positions, spot, margin, copy trading, wallet, withdrawal, crypto
# loan, P2P, tax; r reads, w writes. https://www.bitget.com/api-doc/spot/account/Get-Account-Info (authorities)
_RIGHTS = frozenset(
    {"coor", "coow", "cpor", "cpow", "stor", "stow", "smor", "smow", "ttor", "ttow", "wtor", "wtow", "wwow"}
    | {"chor", "chow", "p2p", "p2pr", "p2pw", "pllr", "pllw", "taxr", "taxw"}
)


def _may_write_classic(info: dict[str, Any]) -> tuple[str, bool | None]:
    """Return the right that set-leverage needs, and whether the key has it; None where that is not reported."""
    words = info.get("authorities")
    held = {str(word).lower() for word in words} if isinstance(words, list) else set()
    if "cpow" in held:
        return "futures positions (cpow)", True
    # Other words ("trade", "readonly") say nothing about it.
    refused = bool(held) and all(word in _RIGHTS for word in held)
    return "futures positions (cpow)", False if refused else None


def _may_write_unified(info: dict[str, Any]) -> tuple[str, bool | None]:
    # https://www.bitget.com/api-doc/uta/account/Get-Account-Info: read-and-write; seen as read_and_write as well
    kind = str(info.get("permType") or "").lower().replace("_", "-")
    permissions = info.get("permissions")
    right = "the unified account's management (uta_mgt)"
    if kind in ("read-only", "readonly") or (
        isinstance(permissions, list) and permissions and "uta_mgt" not in permissions
    ):
        return right, False
    return right, True if kind == "read-and-write" and permissions else None


def _ip_whitelist(info: dict[str, Any]) -> CheckResult:
    """Return the IP addresses that the key is bound to; an empty list does not prove that there are none."""
    ips = info.get("ips", info.get("ip"))
    listed = ", ".join(map(str, ips)) if isinstance(ips, list) else str(ips or "")
    return CheckResult("IP whitelist", OK if listed else UNKNOWN, listed or "none reported")


# --- modes and leverage ----------------------------------------------------------------------------------------


def _positions(checkup: Checkup) -> Iterator[CheckResult]:
    for product_type, mode in show_command.position_modes(checkup.exchange).items():
        name = "position mode" if product_type == UNIFIED else f"position mode, {product_type}"
        if isinstance(mode, ccxt.BaseError):
            yield CheckResult(name, UNKNOWN, explained(mode, checkup.demo))
        else:
            yield CheckResult(name, OK, mode)


def _order_leverage(checkup: Checkup) -> Iterator[CheckResult]:
    """Name the leverage that an order would open at: its own margin mode decides, not that of the contract.

    Seen live on classic and unified accounts: an order without a margin mode is crossed, and each margin mode has a
    leverage of its own. https://www.bitget.com/api-doc/uta/trade/Place-Order (marginMode)
    """
    for symbol in checkup.symbols:
        try:
            yield CheckResult(f"an order, {symbol}", OK, *_order_finding(checkup, symbol))
        except ccxt.BaseError as error:
            yield CheckResult(f"an order, {symbol}", UNKNOWN, explained(error, checkup.demo))


def _order_finding(checkup: Checkup, symbol: str) -> tuple[str, str]:
    """Return the leverages of an order in each margin mode and of the open positions, and why."""
    contract = show_command.look(checkup.exchange, symbol)
    crossed, isolated = _stored_leverages(checkup, contract["symbol"])
    finding = (
        f"without a margin mode, or crossed: {leverage_text(crossed.cross)}; "
        f"isolated: {_both_sides(isolated.long, isolated.short)}"
    )
    for position in checkup.exchange.fetch_positions([contract["symbol"]]):
        if position["contracts"] and position["leverage"]:
            which = f"{position['marginMode']} {position['side']}"
            finding += f"; the open {which} position has {position['leverage']:g}x"
    return finding, f"the order's own margin mode decides, not the contract's ({contract['marginMode']})"


def _stored_leverages(checkup: Checkup, symbol: str) -> tuple[LeverageSnapshot, LeverageSnapshot]:
    """Return what the account says of crossed and of isolated margin."""
    exchange, market = checkup.exchange, checkup.exchange.market(symbol)
    product_type = BY_QUOTE[market["quoteId"]]
    if not checkup.unified:
        fields = {SYMBOL: market["id"], PRODUCT_TYPE: product_type, MARGIN_COIN: market["settleId"]}
        snapshot = parse_account(connection.read(exchange, ACCOUNT_LIMIT.path, fields))
        return snapshot, snapshot
    settings = connection.read(exchange, SETTINGS_LIMIT.path)
    found = [parse_settings(settings, product_type, market["id"], margin) for margin in (CROSSED, ISOLATED)]
    crossed, isolated = (
        each if each.modes.margin is margin else LeverageSnapshot()
        for each, margin in zip(found, (CROSSED, ISOLATED), strict=True)
    )
    return crossed, isolated


def _both_sides(long: Any, short: Any) -> str:
    if long == short:
        return leverage_text(long)
    return f"long {leverage_text(long)}, short {leverage_text(short)}"


SIGNATURE, PASSPHRASE = ("40009",), ("40012", "40036")
# The refusals that show that the key itself was accepted.
LATER = (*SIGNATURE, *PASSPHRASE, "40099", "40014")

CHECKS: tuple[tuple[str, Check], ...] = (
    ("credentials", _credentials),
    ("exchange reachable", _reachable),
    ("clock", _clock),
    ("key", _key),
    ("signature", _fails_with("signature", SIGNATURE, "the secret belongs to the key")),
    ("passphrase", _fails_with("passphrase", PASSPHRASE, "accepted")),
    ("environment", _environment),
    ("account type", _account),
    ("permissions", _permissions),
    ("position modes", _positions),
    ("an order", _order_leverage),
)


def exit_code(steps: list[CheckResult]) -> int:
    """Return 2 for a missing or malformed credential, as every command does, 1 for another failed step, else 0."""
    failed = [step.name for step in steps if step.verdict == FAILED]
    return 2 if "credentials" in failed else int(bool(failed))


def render(steps: list[CheckResult], on: Console) -> None:
    """Print the steps."""
    made = table("step", "verdict", "finding")
    for step in steps:
        finding = Text(step.finding)
        if step.fix:
            finding += Text(f"\n→ {step.fix}", "bold" if step.verdict == FAILED else "")
        made.add_row(step.name, Text(step.verdict, _STYLES[step.verdict]), finding)
    on.print(made)
    bad = [step.name for step in steps if step.verdict == FAILED]
    on.print(f"To fix: {', '.join(bad)}." if bad else "Nothing to fix.")
