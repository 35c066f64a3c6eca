"""How a plan goes over the wire: for each cell the forms of a request, best evidence first.

The next form is tried only where the exchange refuses the form of the one before, which its text tells, not its
code. What an account has accepted is tried first from then on. In crossed margin ``longLeverage`` would take effect
on the one figure there is, so it is never sent there.

A form that carries both figures can serve one side only with the figure that the other side has already: the
exchange must tell it, it is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from .plan import BOTH_SIDES, LONG, ONE_CROSSED, ONE_ISOLATED, ONE_SIDE, SHORT, Plan


@dataclass(frozen=True)
class Form:
    """Which fields a request has. With ``side`` it is one request a side, else one in all."""

    leverage: bool = False
    side: bool = False
    figures: bool = False

    def __str__(self) -> str:
        names = (("leverage", self.leverage), ("a side", self.side), ("longLeverage and shortLeverage", self.figures))
        return " + ".join(name for name, there in names if there)


LEVERAGE = Form(leverage=True)
SIDED = Form(leverage=True, side=True)
FIGURES = Form(figures=True)
ALL = Form(leverage=True, side=True, figures=True)

# (unified, cell) -> forms. The sources, line by line:
FORMS: dict[tuple[bool, str], tuple[Form, ...]] = {
    # https://www.bitget.com/api-doc/contract/account/Change-Leverage
    (False, ONE_CROSSED): (LEVERAGE,),
    # https://www.bitget.com/api-doc/contract/account/Change-Leverage
    (False, ONE_ISOLATED): (LEVERAGE,),
    # seen accepted 2026-05 and 2026-08: https://github.com/quaxistech/tomorrow-bot (docs/testnet_validation.md)
    (False, ONE_SIDE): (SIDED,),
    # FIGURES https://www.bitget.com/api-doc/contract/account/Change-Leverage (since 2025-07);
    # SIDED https://github.com/ccxt/ccxt/issues/21435 (one call a side), all that the page of 2025-03 knows
    (False, BOTH_SIDES): (FIGURES, SIDED),
    # seen 2026-09 on hedge accounts too: https://github.com/msei99/pbgui
    (True, ONE_CROSSED): (LEVERAGE,),
    # LEVERAGE https://github.com/4g8vps7cyd-ux/nightshift (nightshift/exchange.py);
    # FIGURES, SIDED https://www.bitget.com/api-doc/uta/account/Change-Leverage (posSide for isolated margin at large)
    (True, ONE_ISOLATED): (LEVERAGE, FIGURES, SIDED),
    # FIGURES https://github.com/JKorf/Bitget.Net/pull/104; ALL accepted live 2026-07 and 2026-08:
    # https://github.com/huohuo4434/MoonX-Genesis (which side it sets is not established, hence one request a side);
    # SIDED https://www.bitget.com/api-doc/uta/account/Change-Leverage
    (True, BOTH_SIDES): (FIGURES, ALL, SIDED),
    # SIDED https://www.bitget.com/api-doc/uta/account/Change-Leverage, refused by the real exchange with 25200 in four
    # independent reports of 2026: https://github.com/metricky/gainium_exchange-connector-sh (specs/027)
    (True, ONE_SIDE): (SIDED, FIGURES, ALL),
}


def in_order(unified: bool, cell: str, accepted: Form | None, refused: Collection[Form]) -> tuple[Form, ...]:
    """The forms of a cell: the one that this account accepted first, those that it refused last."""
    return tuple(sorted(FORMS[unified, cell], key=lambda form: (form != accepted, form in refused)))


@dataclass(frozen=True)
class Part:
    """One request of a form: its fields, and the side that it is about where there is one request a side."""

    fields: dict[str, str]
    side: str | None


def parts(form: Form, todo: Plan, side_name: str) -> tuple[Part, ...]:
    """The requests that say *todo* in *form*; *side_name* is ``holdSide`` (classic) or ``posSide`` (unified).

    A form with both figures wants a plan with both: see :meth:`.plan.Plan.completed`.
    """
    figures = {"longLeverage": str(todo.long), "shortLeverage": str(todo.short)} if form.figures else {}
    if not form.side:
        figure = todo.short if todo.long is None else todo.long
        return (Part({"leverage": str(figure)} if form.leverage else figures, None),)
    wanted = {LONG: todo.long, SHORT: todo.short}
    return tuple(
        Part({"leverage": str(figure), side_name: side, **figures}, side)
        for side, figure in wanted.items()
        if figure is not None
    )


# The words of refusals that were about a hold side, a position side or a field too many or too few:
# https://github.com/ccxt/ccxt/issues/24700 (hold side is null), https://github.com/ccxt/ccxt/issues/15033 (holdSide,
# in Chinese too), https://github.com/germangar/whook/issues/13 (side mismatch),
# https://github.com/metricky/gainium_exchange-connector-sh (DOUBLE_SIDE_HOLD … none validation error),
# https://github.com/4g8vps7cyd-ux/nightshift (SINGLE_SIDE_HOLD),
# https://www.bitget.com/api-doc/uta/error-code/restapi (25236 Incorrect position open type)
_SIDE = re.compile(
    r"(hold|pos|position)[ _]?side|side mismatch|(single|double)[ _]side|after(long|short)leverage|position open type"
)
_FIELD = re.compile(r"(long|short)?leverage")
_TOO_MANY_OR_FEW = re.compile(
    r"empty|null|none|blank|missing|requir|mandatory|must|should|need|unexpected|superfluous|not (supported|allowed)"
    r"|不能为空"
)
# A refusal of the figure itself is none of the form: 400172 and 25200 carry both.
_FIGURE = re.compile(r"exceed|max|min\b|limit|range|margin|adjust|change")


def is_about_form(text: str) -> bool:
    """Whether the text of a refusal is about the form of the request rather than about what is asked."""
    text = text.lower()
    if _SIDE.search(text):
        return True
    return bool(_FIELD.search(text) and _TOO_MANY_OR_FEW.search(text)) and not _FIGURE.search(text)
