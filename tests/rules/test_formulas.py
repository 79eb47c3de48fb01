"""Formulas: exact, and rounded once. The figures are those of the founding weekly bulletin."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.rules import measures
from lianxin.rules.formulas import Formula, half_up, show_number, show_percent, truncated

SUM = {"accepted": 1909, "accepted_before": 1626, "days": 7}


@pytest.mark.parametrize(
    ("part", "share"),
    [
        (1293, "67.73%"),
        (610, "31.95%"),
        (681, "35.67%"),
        (416, "21.79%"),
        (291, "15.24%"),
        (256, "13.41%"),
        (143, "7.49%"),
        (137, "7.18%"),
        (128, "6.71%"),
        (955, "50.03%"),
    ],
)
def test_shares_of_week_43(part: int, share: str):
    value = Formula.parse("part / accepted").value({**SUM, "part": part})
    assert show_percent(value, 2) == share


def test_mean_and_change_of_week_43():
    assert show_number(Formula.parse("accepted / days").value(SUM), 0) == "273"
    change = Formula.parse("(accepted - accepted_before) / accepted_before").value(SUM)
    assert change == Fraction(283, 1626)
    assert show_percent(change, 2) == "17.40%"


@pytest.mark.parametrize(("satisfied", "graded", "shown"), [(3, 4, "75%"), (0, 1, "0%"), (2, 2, "100%"), (0, 0, "-")])
def test_nobody_called_back_is_a_dash_and_never_nought(satisfied: int, graded: int, shown: str):
    value = Formula.parse("satisfied / graded").value({"satisfied": satisfied, "graded": graded})
    assert show_percent(value, 0) == shown


def test_a_nothing_inside_makes_the_whole_nothing():
    formula = Formula.parse("(a / b + c / d) / 2")
    assert formula.names == {"a", "b", "c", "d"}
    assert formula.value({"a": 1, "b": 2, "c": 1, "d": 0}) is None
    assert formula.value({"a": 1, "b": 2, "c": 1, "d": 4}) == Fraction(3, 8)
    assert Formula.parse("-a / b").value({"a": 1, "b": 3}) == Fraction(-1, 3)


def test_decimals_are_what_is_written():
    assert Formula.parse("0.1 * a + 0.2 * a").value({"a": 1}) == Fraction(3, 10)


@pytest.mark.parametrize(
    ("value", "digits", "rounded", "cut"),
    [
        (Fraction(78986, 1000), 2, "78.99", "78.98"),
        (Fraction(545, 2), 0, "273", "272"),
        (Fraction(-545, 2), 0, "-273", "-272"),
        (Fraction(1, 3), 4, "0.3333", "0.3333"),
        (Fraction(-1, 1000), 2, "0.00", "0.00"),
    ],
)
def test_rounding_and_cutting_off(value: Fraction, digits: int, rounded: str, cut: str):
    assert show_number(value, digits) == rounded
    assert show_number(value, digits, "truncate") == cut


@given(st.fractions(-1000, 1000), st.integers(0, 6))
def test_rounding_stays_within_half_a_unit(value: Fraction, digits: int):
    unit = Fraction(1, 10**digits)
    assert abs(Fraction(half_up(value, digits)) - value) <= unit / 2
    assert abs(Fraction(truncated(value, digits))) <= abs(value)
    assert half_up(value, digits).as_tuple().exponent == -digits
    assert isinstance(half_up(value, digits), Decimal)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a /",
        "a ** 2",
        "a // b",
        "a % b",
        "f(a)",
        "a.b",
        "a[0]",
        "a if b else c",
        "'a'",
        "a == b",
        "3 / 4",
        "True * a",
    ],
)
def test_only_plain_arithmetic_is_a_formula(text: str):
    with pytest.raises(ValueError):
        Formula.parse(text)


def test_every_measure_has_a_title_and_a_definition():
    for name, measure in measures.MEASURES.items():
        assert measure.name == name
        assert measure.title
        assert measure.definition.endswith("。")
    assert measures.title("accepted_before") == "上期受理量"
    assert measures.known("handled_before")
    assert not measures.known("days_before")
    assert not measures.known("handeled")
