"""The last fortnight of the play: whenever it is loaded, no queue is empty and nothing lies in the future."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from lianxin.ops.simulation.hours import CALENDAR
from lianxin.ops.simulation.life import Life
from lianxin.ops.simulation.source import source
from lianxin.ops.simulation.today import FATES, REPEATS, SHOWN, plan_today
from lianxin.rules.policy import find
from lianxin.rules.worktime import SHANGHAI

from .lives import Replay, replay, untimely

MOMENTS = [
    datetime(2026, 11, 18, 14, 42, tzinfo=SHANGHAI),  # a Wednesday afternoon
    datetime(2026, 11, 22, 5, 40, tzinfo=SHANGHAI),  # before a Sunday's dawn
    datetime(2026, 11, 23, 8, 1, tzinfo=SHANGHAI),  # Monday morning
    datetime(2026, 11, 20, 23, 59, tzinfo=SHANGHAI),  # Friday night
    datetime(2026, 12, 27, 5, 40, tzinfo=SHANGHAI),  # chance alone had left nobody discontent
    datetime(2027, 10, 3, 11, 0, tzinfo=SHANGHAI),  # a holiday that nobody has announced yet
]


@pytest.fixture(scope="module", params=MOMENTS, ids=lambda at: at.strftime("%a-%H%M"))
def at(request: pytest.FixtureRequest) -> datetime:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def lives(at: datetime) -> list[Life]:
    return plan_today(at, first=5001)


@pytest.fixture(scope="module")
def orders(lives: list[Life]) -> list[Replay]:
    """Replayed as far as they have come: a step out of order fails here."""
    return [replay(life) for life in lives]


def test_everything_has_happened(at: datetime, lives: list[Life]) -> None:
    assert all(at - timedelta(days=15) < step.at <= at for life in lives for step in life.steps)
    asked = sum(fate.number for fate in FATES.values()) + sum(REPEATS.values())
    assert [life.number for life in lives] == list(range(5001, 5001 + asked))


def test_every_queue_has_work(lives: list[Life], orders: list[Replay]) -> None:
    states = Counter(order.state for order in orders)
    assert states["registered"] >= 8
    assert states["answered"] >= 3
    assert states["merged"] >= 3
    assert states["closed"] >= 50
    shares = Counter(share.state for order in orders for share in order.running())
    assert shares["pending"] >= 10
    assert shares["signed"] >= 40
    assert shares["sent_back"] >= 5
    assert shares["replied"] >= 12
    assert sum(share.petition == "return" for order in orders for share in order.running()) >= 5
    assert sum(share.petition == "extension" for order in orders for share in order.running()) >= 4
    assert sum(len(order.shares) > 1 and order.state == "dispatched" for order in orders) >= 6
    waiting = [order for order in orders if order.state == "closed" and not order.calls]
    assert len(waiting) >= 15, "closed, to be called back"


def test_zhoucun_too_has_three_weeks_and_nothing_in_the_future(at: datetime) -> None:
    lives = plan_today(at, first=10_001, centre="zhoucun")
    steps = [step for life in lives for step in life.steps]
    assert all(at - timedelta(days=22) < step.at <= at for step in steps)
    assert min(step.at for step in steps) < at - timedelta(days=15)
    verbs = Counter(life.steps[-1].verb for life in lives)
    assert verbs["order.closed"] >= 100
    assert verbs["order.registered"] >= 8
    assert all(verbs[verb] for verb in ("share.replied", "share.unit_audited", "share.sent_back", "share.passed"))
    assert "share.signed_off" not in {step.verb for step in steps}
    assert source("zhoucun").raw["centre"]["pack"] == "zhoucun-2019"


def test_somebody_is_not_content(lives: list[Life]) -> None:
    results = Counter(life.steps[-1].payload.get("result_grade") for life in lives)
    assert results["dissatisfied"] >= 2
    assert results["satisfied"] >= 5


def test_the_units_that_the_demo_shows_have_work_in_every_state(lives: list[Life], orders: list[Replay]) -> None:
    for unit in SHOWN["junan"]:
        mine = [(order, share) for order in orders for share in order.running() if share.unit == unit]
        assert {"pending", "signed", "sent_back", "replied"} <= {share.state for _, share in mine}
        assert any(share.state == "signed" and not share.contacted for _, share in mine), "to contact"
        at_work = [order for order, share in mine if share.state != "replied"]
        assert any(s.unit == unit and s.state == "passed" for o in at_work for s in o.shares), "in a second round"


def test_replies_wait_for_both_audits(lives: list[Life]) -> None:
    last = Counter(life.steps[-1].verb for life in lives)
    assert last["share.replied"] >= 5, "for the unit's own"
    assert last["share.unit_audited"] >= 8, "for the centre's"


def test_deadlines_lie_behind_today_and_ahead(at: datetime, lives: list[Life]) -> None:
    rule = next(c for c in find("junan-2021").clocks if c.kind == "handle" and c.when is None)
    found: Counter[str] = Counter()
    for life in lives:
        if any(step.verb == "share.replied" for step in life.steps) or len(life.steps) < 3:
            continue
        left = rule.allow.due(life.steps[1].at, CALENDAR) - at
        found["over" if left < timedelta() else "today" if left < timedelta(days=1) else "later"] += 1
    assert found["over"] >= 10
    assert found["later"] >= 20
    if CALENDAR.is_workday(at.date()):
        assert found["today"] >= 10


def test_people_act_in_their_hours(lives: list[Life]) -> None:
    assert untimely(lives) == []


def test_what_is_said_fits_the_season(at: datetime, lives: list[Life]) -> None:
    out = [m for lines in source().matters.values() for m in lines if not m.in_season(at - timedelta(days=7))]
    odd = {matter.title for matter in out if not matter.in_season(at)}
    assert len(odd) > 10, "the epidemic is over"
    assert [life for life in lives for title in odd if life.steps[0].payload["title"].endswith(title)] == []


def test_the_county_takes_requests_of_its_own(lives: list[Life]) -> None:
    sources = Counter(life.steps[0].payload["source"] for life in lives)
    assert sources["county"] > 30 < sources["city"]
    own = [life.steps[0].payload for life in lives if life.steps[0].payload["source"] == "county"]
    assert all(payload["upstream_number"] is None for payload in own)
    above = [life.steps[0].payload for life in lives if life.steps[0].payload["source"] == "city"]
    assert all(payload["upstream_number"] and payload["channel"] == "upper" for payload in above)
