"""Chinese numerals."""

from __future__ import annotations

import pytest

from lianxin.rules.numerals import numeral


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "零"), (1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九"), (100, "100")],
)
def test_parts_of_a_paper_are_numbered_on_past_ten(number: int, said: str) -> None:
    assert numeral(number) == said


def test_no_two_have_the_same() -> None:
    assert len({numeral(number) for number in range(150)}) == 150
