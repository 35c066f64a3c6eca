"""Open questions: behaviour of Bitget that is not established, each with the answers that the emulator can give."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from os import PathLike
from typing import TYPE_CHECKING, Literal, get_args, get_type_hints

if TYPE_CHECKING:
    # typing has it from Python 3.11 on
    from typing_extensions import Self


# Answers of a report of ``learn`` that the emulator does not imitate, or that follow from several fields.
NOT_EMULATED = (
    "exit_without_margin_mode",
    "margin_coin_capitals",
    "one_way_leverage_alone",
    "order_margin_mode",
    "order_without_margin_mode",
)


@dataclass(frozen=True)
class Quirks:
    """The answers of the emulator to open questions, one field for each.

    The default is what was seen on the exchange; without evidence, what is documented, or else what most programs rely
    on. The docstring of a field has its source.

    A new field needs, and `test_emulator_quirks.py` fails without: a use in `emulator/` (``quirks.NAME``), an address
    in its docstring, a question in `cli/learn/`, a row among the open questions of `REFERENCE.md`. What the package
    must then understand is in `api/`, with a scenario under each answer; the random programs draw it by themselves. A
    quirk that renames a field is asked before the questions that use this field, and what it learns is one of
    ``BEGINNING`` in `cli/learn/account.py`; the side of a request has all of ``SIDE_FIELDS`` in `rules/formats.py`.
    """

    dialect: Literal["2026", "2025-03"] = "2026"
    """Does set-leverage know a leverage for each side? The documentation of March 2025 has `leverage` (required) and
    `holdSide` only; `longLeverage` and `shortLeverage` came by July 2025 and made `leverage` optional.
    https://www.bitget.com/api-doc/contract/account/Change-Leverage
    https://github.com/JKorf/Bitget.Net/commit/1664fb3"""

    unneeded_hold_side: Literal["ignored", "refused"] = "ignored"
    """Is a side in crossed or one-way mode an error? An older documentation says it is ignored in crossed mode, the
    current one only that it is not needed; no refusal was ever reported.
    https://www.bitget.com/api-doc/contract/account/Change-Leverage"""

    leverage_alone_in_hedge: Literal["refused", "both"] = "refused"
    """What does `leverage` without a side mean in isolated hedge mode, classic or unified? Seen: 40808, hold side is
    null. The documentation since July 2025 can also be read as setting both sides alike.
    https://github.com/ccxt/ccxt/issues/24700"""

    same_leverage: Literal["success", "refused"] = "success"
    """Is setting the leverage in force an error? The error table has 40814 for it; nobody reports it.
    https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi"""

    same_margin_mode: Literal["success", "refused"] = "success"
    """Is setting the margin mode in force an error? The table's 45117 names positions and orders as the only cause.
    https://www.bitget.com/legacy-docs/classic/contract/error-code/restapi"""

    cross_figure: Literal["figure", "null", "empty", "absent"] = "figure"
    """What is `crossMarginLeverage` in the reply? Documented as a number, null in replies of the v1 API, left out by
    some reports of isolated mode.
    https://www.bitget.com/api-doc/contract/account/Change-Leverage
    https://github.com/ccxt/ccxt/pull/15035"""

    capitals: Literal["any", "required"] = "any"
    """Must marginCoin and productType be in capitals? The table of the documentation says so of marginCoin, its own
    example sends lower case.
    https://www.bitget.com/api-doc/contract/account/Change-Leverage"""

    unified_hedge: Literal["figures", "all", "all_one_side", "documentation"] = "figures"
    """What does a unified account in isolated hedge mode want? `documentation`: `leverage` with posSide for one side,
    or both sides' leverages. The exchange refused the former in four independent reports: `figures` wants both sides'
    leverages and ignores other fields. `all` wants `leverage`, posSide and both, which one bot sends and trades with;
    it sets both sides, or, with `all_one_side`, that of posSide only.
    https://www.bitget.com/api-doc/uta/account/Change-Leverage, https://github.com/JKorf/Bitget.Net/pull/104
    https://github.com/metricky/gainium_exchange-connector-sh, https://github.com/huohuo4434/MoonX-Genesis"""

    unified_one_way: Literal["plain", "refuses_side", "wants_side", "per_side"] = "plain"
    """What does a unified account in isolated one-way mode want? `plain`: `leverage`; a lone posSide is ignored, the
    leverages of the sides are refused with 25200. `refuses_side`: posSide and these are refused with 25236.
    `wants_side`: posSide or both leverages, as the documentation says of isolated mode in general. `per_side`:
    `leverage` with posSide, for each side on its own, and nothing else.
    https://www.bitget.com/api-doc/uta/account/Change-Leverage"""

    unified_row: Literal["last", "string", "long", "number", "list", "sides", "missing", "stale"] = "last"
    """What is `leverage` of a row in symbolConfigList? A text in every published row, an array by the documentation's
    table. `last`, also called `string`: a text, in isolated hedge mode the leverage of the side that was set last;
    `long`: that of the long side; `number`: like `last`, but a JSON number; `list`: a text for each side; `sides`: like
    `last`, and the keys `longLeverage` and `shortLeverage` of isolated margin beside it, whatever margin mode the row
    names (seen on a one-way account, 2026-08). `missing`: there is no row; `stale`: it stays what it first was, as
    accepted writes for isolated margin left a crossed one.
    https://www.bitget.com/api-doc/uta/account/Get-Account-Setting"""

    order_mode: Literal["accepted", "refused"] = "accepted"
    """May an order open a position in another margin mode than the symbol's? Accepted live, and the position is then
    of the order's mode. A unified account has no margin mode of a symbol, so that nothing can differ there.
    https://github.com/Youra82/titanbot/commit/19201e7, https://github.com/ccxt/ccxt/issues/21435"""

    close_mode: Literal["refused", "accepted"] = "refused"
    """May an order close a position of another margin mode than its own? Refused live on a classic account, as if there
    were no position; a unified one has a refusal that reads the same.
    https://www.bitget.com/api-doc/contract/trade/Place-Order"""

    s_products: Literal["served", "gone"] = "served"
    """Are the demo product types still there? Served in September 2026, but no longer in the documentation.
    https://www.bitget.com/api-doc/common/demotrading/restapi"""

    strategy_mode: Literal["read", "ignored"] = "read"
    """Does a strategy order of a unified account read `marginMode`? Seen twice in 2026-08: without it, or with the
    wrong one, 31008 for an isolated position. The documentation has no such field.
    https://www.bitget.com/api-doc/uta/strategy/Place-Strategy-Order, https://github.com/metafrogmeme-droid/001"""

    unified_trigger: Literal["market", "waits"] = "market"
    """What does `triggerPrice` do at place-order of a unified account? Seen in 2026-08: the order executes at once, at
    the market. ccxt sends it as if the order waited for the price.
    https://github.com/metafrogmeme-droid/001"""

    unified_v2: Literal["40085", "40014"] = "40085"
    """What does a v2 request of a unified account answer? 40085 on many accounts; 40014 with a demo key, 2026-10 and
    2026-11.
    https://github.com/ccxt/ccxt/issues/26838"""

    conversion: Literal["kept", "reset"] = "kept"
    """What becomes of stored leverages and margin modes when a classic account is converted to a unified one, as Bitget
    does since 2026-09-15? Nobody shows it.
    https://www.bitget.com/api-doc/uta/guide"""

    over_maximum: Literal["set_leverage", "order"] = "set_leverage"
    """Who refuses a leverage above the contract's maximum? set-leverage, in several reports; in one of 2026-08 it was
    accepted, and the order refused with 40797.
    https://github.com/quaxistech/tomorrow-bot"""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in fields(self):
            value, allowed = getattr(self, field.name), get_args(hints[field.name])
            if value not in allowed:
                raise ValueError(f"Quirks({field.name}={value!r}): one of {allowed} is possible")

    @classmethod
    def from_report(cls, path: str | PathLike[str]) -> Self:
        """Return the answers of a report of ``bitget-leverage learn``; what it does not know keeps its default.

        :param path: a JSON file with ``{"answers": {name: value, ...}}``, named and valued like the fields here;
            ``"unknown"`` is no answer.
        :raises ValueError: not such a file, or an unknown name or value; the message says which.
        :raises OSError: the file cannot be read.
        """
        with open(path, encoding="utf-8") as file:
            try:
                report = json.load(file)
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{path}: no JSON: {error}") from None
        answers = report.get("answers") if isinstance(report, dict) else None
        if not isinstance(answers, dict):
            raise ValueError(f"{path}: no report of bitget-leverage learn: it has no answers")
        known = {field.name for field in fields(cls)}
        if unknown := set(answers) - known - set(NOT_EMULATED):
            raise ValueError(f"{path}: no such question: {', '.join(sorted(unknown))}")
        return cls(**{name: value for name, value in answers.items() if name in known and value != "unknown"})
