"""The demo's people at their desks: whoever signs in finds work in each of his queues."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from lianxin.rules.worktime import SHANGHAI

pytestmark = [pytest.mark.xdist_group("demo-queues"), pytest.mark.django_db]
#: Where the centre closes by audit nothing waits to be closed after a call-back.
NEVER = {"judge"}
CENTRE = ("agent", "dispatcher", "auditor", "callback", "supervisor", "leader", "analyst", "patrol")
UNIT = ("clerk", "hotline_deputy", "line_deputy", "principal")


def last(weekday: int, hour: int, minute: int) -> datetime:
    """The last such moment of a week that has been."""
    now = datetime.now(SHANGHAI)
    day = now - timedelta(days=(now.weekday() - weekday) % 7 or 7)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


@pytest.fixture(scope="module", params=[(2, 14, 42), (6, 5, 40)], ids=["wednesday", "sunday-dawn"])
def now(request: pytest.FixtureRequest) -> datetime:
    return last(*request.param)


@pytest.fixture(scope="module")
def played(now: datetime, django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The centre after the last fortnight alone."""
    from django.db import transaction

    from lianxin.ops.simulation import affairs, drive, show, today

    with django_db_blocker.unblock(), transaction.atomic():
        centre = show.raise_curtain("demo")
        drive.drive(centre, today.plan_today(now, first=1))
        drive.hand_over(centre, now)
        affairs.play(centre, now)
        yield centre
        transaction.set_rollback(True)


def empty(centre: Any, unit: str, role: str, now: datetime) -> set[str]:
    """The queues of the unit's post (the centre's where the unit is empty) in which nothing is."""
    from lianxin.desk import counting, queues
    from lianxin.desk.seats import Seat
    from lianxin.directory import snapshot
    from lianxin.directory.models import Staff

    directory = snapshot.of(centre.pk)
    post = directory.posts_at((directory.unit_by_code[unit] if unit else directory.root).id, role)[0]
    staff = Staff.objects.get(pk=directory.holder(post.id, now))
    seat = Seat(staff, post, (post,), True, directory, now)
    return {code for code, number in counting.count(seat, queues.queues_of(seat)).numbers.items() if not number}


@pytest.mark.parametrize("role", CENTRE)
def test_the_centre_has_work_in_every_queue(played: Any, now: datetime, role: str) -> None:
    # On a leader or a dispatcher a duty comes to lie only where other posts are vacant.
    vacant = {"duties"} if role in ("dispatcher", "leader") else set()
    # A patrol sees his own alone, and has found nothing yet before he has set out.
    vacant |= {"today"} if role == "patrol" and now.hour < 8 else set()
    assert empty(played, "", role, now) <= NEVER | vacant


@pytest.mark.parametrize("role", UNIT)
@pytest.mark.parametrize("unit", ["shizilu", "dadian", "zhujian"])
def test_units_have_work_in_every_queue(played: Any, now: datetime, unit: str, role: str) -> None:
    # Only in the towns an order is signed off, and names who answers for it.
    assert empty(played, unit, role, now) <= (set() if unit != "zhujian" else {"chain"})


@pytest.mark.parametrize("role", ["section_head", "discipline"])
@pytest.mark.parametrize("unit", ["shizilu", "dadian"])
def test_whoever_answers_in_a_town_has_work_in_every_queue(played: Any, now: datetime, unit: str, role: str) -> None:
    assert empty(played, unit, role, now) == set()
