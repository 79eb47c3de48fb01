"""What the pack lays down of proceedings decides."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.cast import Cast, later, shanghai
from tests.proceedings.stages import ANSWER, LETTER, SENT_BACK, actions, differences, do, opened
from tests.rulebooks import stored

from lianxin.ledger.models import Clock
from lianxin.ledger.sweep import sweep


def warning(cast: Cast, span: str) -> None:
    """The pack in force warns so long before the deadline of a proceeding."""
    name = f"warn{abs(hash(span))}"
    rule = {"id": f"{name}:warn", "title": "预警", "origin": "测试", "sets": ["proceedings.warn"]}
    stored(cast, name, rule=[rule], proceedings={"warn": span})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("span", "when"),
    [
        ("", "2026-11-05 18:00"),  # the base: a workday
        ("2 workdays before", "2026-11-04 18:00"),
        ("4 hours before", "2026-11-06 14:00"),
        ("30 minutes before", "2026-11-06 17:30"),
        ("30 workdays before", "2026-11-02 09:00"),  # from its sending on
    ],
)
def test_proceedings_warn_decides_when_the_warning_comes(base: Cast, early: datetime, span: str, when: str) -> None:
    if span:
        warning(base, span)
    letter = opened(base, "letter.sent", early, **LETTER(base, early))
    assert Clock.objects.get(proceeding=letter).warn_at == shanghai(when)
    if shanghai(when) > early:
        assert sweep(later(shanghai(when), seconds=-1)) == 0
    assert sweep(shanghai(when)) == 1
    assert actions(letter) == ["letter.sent", "proceeding.warned"]
    assert differences() == []


def test_the_pack_of_its_opening_speaks_for_its_whole_life(base: Cast, early: datetime) -> None:
    warning(base, "4 hours before")
    letter = opened(base, "letter.sent", early, **LETTER(base, early))
    warning(base, "2 hours before")
    do(base, "clerk@town", "letter.answered", letter.pk, early, **ANSWER)
    again = later(early, days=3)
    do(base, "supervisor", "letter.sent_back", letter.pk, early, reason=SENT_BACK, due=again)
    assert Clock.objects.get(proceeding=letter, ended_at=None).warn_at == later(again, hours=-4)
    fresh = opened(base, "letter.sent", early, **LETTER(base, early))
    clock = Clock.objects.get(proceeding=fresh)
    assert clock.warn_at == later(clock.due, hours=-2)
    assert differences() == []
