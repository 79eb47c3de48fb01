"""No expression of the ruler asks what engines answer differently."""

from __future__ import annotations

from typing import Any

import ibis
import pytest
from tests.figures.portable import refused

from lianxin.figures.count import columns_of
from lianxin.figures.engines import pattern
from lianxin.figures.measures import COUNTED, rows_of
from lianxin.figures.scope import Counting
from lianxin.figures.tables import CLOCKS, ENTRIES, table
from lianxin.rules.policy_settings import ON_TIME_TITLES


@pytest.mark.parametrize("on_time", ON_TIME_TITLES)
@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("name", COUNTED)
def test_every_measure_is_portable(name: str, on_time: str, corrected: bool) -> None:
    measure, scope = COUNTED[name], pattern(Counting(on_time), corrected=corrected)
    rows = rows_of(measure.rows, scope, {*measure.asks, *columns_of(name)})
    assert (
        refused(rows.group_by(sorted(columns_of(name))).agg(n=rows[measure.of].count(where=measure.which(rows)))) == []
    )


CLOCK, ACT = table(CLOCKS), table(ENTRIES)
ASKED: dict[str, Any] = {
    "Strftime": CLOCK.mutate(week=CLOCK.due.strftime("%G-W%V")),
    "TimestampDelta": CLOCK.filter(CLOCK.due.delta(CLOCK.start, unit="hour") > 5),
    "TimestampDiff": CLOCK.mutate(took=CLOCK.due - CLOCK.start),
    "DayOfWeekIndex": CLOCK.filter(CLOCK.due.day_of_week.index() == 0),
    "ExtractWeekOfYear": CLOCK.mutate(week=CLOCK.due.week_of_year()),
    "Round": CLOCK.mutate(n=CLOCK.share_id.cast("float64").round(2)),
    "Divide": CLOCK.agg(n=CLOCK.count() / 2),
    "Mean": CLOCK.agg(n=CLOCK.share_id.mean()),
    "RegexSearch": CLOCK.filter(CLOCK.rule.re_search(r"\w")),
    "Strip": CLOCK.filter(CLOCK.rule.strip() == ""),
    "StringConcat": CLOCK.mutate(both=CLOCK.rule + CLOCK.kind),
    "Cast": ACT.filter(ACT.said_share.cast("string") == "7"),
    "Sort": CLOCK.order_by("due"),
    "Literal: floating": CLOCK.filter(CLOCK.share_id > 0.5),
    "RandomScalar": CLOCK.filter(ibis.random() < 1),
    "TimestampNow": CLOCK.filter(CLOCK.due < ibis.now()),
}


@pytest.mark.parametrize("asked", ASKED)
def test_what_engines_answer_differently_is_refused_with_its_reason(asked: str) -> None:
    name, _, why = asked.partition(": ")
    reasons = refused(ASKED[asked])
    assert any(reason.startswith(f"{name}: ") and why in reason for reason in reasons), reasons
