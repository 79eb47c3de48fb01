"""A unit's place by a formula, counted by hand: ties, nobody without a figure, and what closing would make of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import pytest

from lianxin.figures.ranking import League, Measures
from lianxin.rules import policy

PACK = policy.find("base", policy.POLICIES)
#: Fourteen units: ours is the first, 23 of 28 closed; the others from 100 % down, the last with nothing handled.
OURS = 1
HANDLED = {1: (23, 28), 2: (10, 10), 3: (9, 10), 4: (7, 8), 5: (13, 15), 6: (5, 6), 7: (23, 28), 8: (4, 5), 9: (0, 0)}


def league(of: str = "closing_rate", best: Literal["highest", "lowest"] = "highest", **ours: int) -> League:
    """Everybody by (closed, handled), all closed in time; ours with what else is said."""
    by_unit: dict[int, Measures] = {
        unit: {"closed": closed, "on_time_closed": closed, "handled": handled, "overdue": 0}
        for unit, (closed, handled) in HANDLED.items()
    }
    return League(PACK.formulas[of], best, by_unit | {OURS: {**by_unit[OURS], **ours}})


def test_the_place_is_one_more_than_there_are_better_and_equals_share_it() -> None:
    # 23/28 = 82.14 %: better are 100, 90, 87.5, 86.67 and 83.33 %; unit 7 has the same; unit 9 has none.
    found = league().place(OURS)
    assert (found.value, found.place, found.among, found.tied) == (Fraction(23, 28), 6, 8, 1)
    assert league().place(7).place == 6
    assert league().place(8).place == 8, "after two that are sixth"
    assert [league().place(unit).place for unit in (2, 3, 4, 5, 6)] == [1, 2, 3, 4, 5]


def test_who_handled_nothing_has_no_place() -> None:
    found = league().place(9)
    assert (found.value, found.place, found.among, found.tied) == (None, None, 8, 0)
    # A plain sum would be a number all the same.
    sums: dict[str, Any] = {"name": "sum", "of": "closed + handled", "id": "test:sum", "title": "和", "origin": "测试"}
    rule = policy.FormulaRule(**sums, digits=0, shown="number")
    assert League(rule, "lowest", league().by_unit).place(9).place is None


def test_the_fewest_closings_that_better_the_place_are_found() -> None:
    # One more is 24/28 = 85.71 %: past unit 6 (83.33 %), not unit 5 (86.67 %).
    found = league().lifted(OURS, 3)
    assert found is not None
    assert (found.number, found.place.value, found.place.place, found.place.tied) == (1, Fraction(24, 28), 5, 0)
    # Beside 26/28 = 92.86 % only unit 2 is better.
    assert league().after(OURS, 3, {"closed": 1}).place == 2


def test_where_none_betters_the_place_all_of_them_are_told() -> None:
    far = league(closed=0, on_time_closed=0)
    found = far.lifted(OURS, 2)
    assert found is not None
    assert (found.number, found.place.place, far.place(OURS).place) == (2, 8, 8)


def test_what_closing_does_not_change_is_not_promised() -> None:
    assert league("return_rate", "lowest", returned=1).lifted(OURS, 3) is None
    # All of what was closed was closed in time: it cannot be more.
    assert league("within_limit_rate").lifted(OURS, 3) is None
    assert league().lifted(OURS, 0) is None


def test_what_is_closed_too_late_costs_what_goes_by_time() -> None:
    # 23 of 23 in time, then 23 of 25 = 92 %: all others stay at 100 %.
    found = league("within_limit_rate").lapsed(OURS, 2)
    assert found is not None
    assert (found.place.value, found.place.place) == (Fraction(23, 25), 8)
    assert league().lapsed(OURS, 2) is None, "closed late is closed"
    late = league("overdue_rate", "lowest").lapsed(OURS, 1)
    assert late is not None
    assert late.place.place == 8, "the lowest is first, and ours is the highest now"


def test_who_had_no_place_is_told_which_he_would_have() -> None:
    empty = league("within_limit_rate", closed=0, on_time_closed=0)
    assert empty.place(OURS).place is None
    found = empty.lifted(OURS, 4)
    assert found is not None
    assert (found.number, found.place.place, found.place.tied) == (1, 1, 7)


@pytest.mark.parametrize(("best", "place"), [("highest", 6), ("lowest", 2)])
def test_which_end_is_first_is_the_packs(best: Literal["highest", "lowest"], place: int) -> None:
    assert league(best=best).place(OURS).place == place
