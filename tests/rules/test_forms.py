"""How a plan goes over the wire, and which refusals are about that."""

from __future__ import annotations

import pytest

from bitget_leverage_ext.rules.forms import ALL, FIGURES, FORMS, LEVERAGE, SIDED, Form, in_order, is_about_form, parts
from bitget_leverage_ext.rules.plan import BOTH_SIDES, ONE_CROSSED, ONE_ISOLATED, ONE_SIDE, Plan

CROSSED, ONE_WAY = Plan(ONE_CROSSED, 10, 10), Plan(ONE_ISOLATED, 10, 10)
LONG, SHORT, BOTH = Plan(ONE_SIDE, 20, None), Plan(ONE_SIDE, None, 5), Plan(BOTH_SIDES, 20, 5)
TWO = {"longLeverage": "20", "shortLeverage": "5"}


@pytest.mark.parametrize(
    ("form", "todo", "requests"),
    [
        (LEVERAGE, CROSSED, [({"leverage": "10"}, None)]),
        (LEVERAGE, ONE_WAY, [({"leverage": "10"}, None)]),
        (LEVERAGE, LONG, [({"leverage": "20"}, None)]),
        (LEVERAGE, SHORT, [({"leverage": "5"}, None)]),
        (FIGURES, ONE_WAY, [({"longLeverage": "10", "shortLeverage": "10"}, None)]),
        (FIGURES, BOTH, [(TWO, None)]),
        (SIDED, LONG, [({"leverage": "20", "side": "long"}, "long")]),
        (SIDED, SHORT, [({"leverage": "5", "side": "short"}, "short")]),
        (SIDED, BOTH, [({"leverage": "20", "side": "long"}, "long"), ({"leverage": "5", "side": "short"}, "short")]),
        (
            ALL,
            BOTH,
            [({"leverage": "20", "side": "long", **TWO}, "long"), ({"leverage": "5", "side": "short", **TWO}, "short")],
        ),
    ],
)
def test_parts(form: Form, todo: Plan, requests: list[tuple[dict[str, str], str | None]]) -> None:
    """Every form of every plan; one request a side where the form names a side."""
    assert [(part.fields, part.side) for part in parts(form, todo, "side")] == requests


def test_no_figure_of_a_side_in_crossed_margin() -> None:
    """There it would take effect on the one figure, so no form has it."""
    for unified in (False, True):
        assert FORMS[unified, ONE_CROSSED] == (LEVERAGE,)


def test_best_evidence_first() -> None:
    """The order of the specification."""
    assert FORMS == {
        (False, ONE_CROSSED): (LEVERAGE,),
        (False, ONE_ISOLATED): (LEVERAGE,),
        (False, ONE_SIDE): (SIDED,),
        (False, BOTH_SIDES): (FIGURES, SIDED),
        (True, ONE_CROSSED): (LEVERAGE,),
        (True, ONE_ISOLATED): (LEVERAGE, FIGURES, SIDED),
        (True, BOTH_SIDES): (FIGURES, ALL, SIDED),
        (True, ONE_SIDE): (SIDED, FIGURES, ALL),
    }


@pytest.mark.parametrize(
    ("accepted", "refused", "order"),
    [
        (None, (), [FIGURES, ALL, SIDED]),
        (ALL, (), [ALL, FIGURES, SIDED]),
        (None, (FIGURES,), [ALL, SIDED, FIGURES]),
        (SIDED, (FIGURES, ALL), [SIDED, FIGURES, ALL]),
        (FIGURES, (FIGURES,), [FIGURES, ALL, SIDED]),
    ],
)
def test_in_order(accepted: Form | None, refused: tuple[Form, ...], order: list[Form]) -> None:
    """What was accepted is tried first, what was refused last, and nothing is left out."""
    assert list(in_order(True, BOTH_SIDES, accepted, refused)) == order


@pytest.mark.parametrize(
    "text",
    [
        "DOUBLE_SIDE_HOLD afterShortLeverage and afterLongLeverage none validation error",
        "SINGLE_SIDE_HOLD afterLongLeverage and afterShortLeverage validation error",
        "Parameter verification exception double fixed, hold side is null",
        "Parameter holdSide cannot be empty",
        "holdSide不能为空",
        "posSide is required",
        "The condition hold side is not met",
        "Parameter verification exception posSide is null",
        "Incorrect position open type",
        "side mismatch",
        "position side should not be given",
        "Parameter leverage cannot be empty",
        "longLeverage must not be blank",
        "shortLeverage unexpected",
    ],
)
def test_about_the_form(text: str) -> None:
    """A hold side, a position side, or a leverage field too many or too few, in whatever case."""
    assert is_about_form(text)
    assert is_about_form(text.upper())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Parameter verification failed",
        "Leverage ratio exceeded the set limit",
        "Exceeded the maximum settable leverage",
        "The leverage is not within the suitable range after adjustment",
        "Unable to update the leverage factor, there is not enough margin!",
        "currently a commission or planned commission, leverage cannot be adjusted",
        "No change in leverage",
        "Parameter verification exception price",
        "The symbol has been removed",
        "marginCoin cannot be empty",
        "leverage limit must be lower",
    ],
)
def test_about_something_else(text: str) -> None:
    """What is asked, not how: another form would be refused as well."""
    assert not is_about_form(text)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (LEVERAGE, "leverage"),
        (ALL, "leverage + a side + longLeverage and shortLeverage"),
    ],
)
def test_shown(form: Form, text: str) -> None:
    """What the log says of it."""
    assert str(form) == text
