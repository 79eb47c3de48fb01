"""What comes round in Zhoucun's rule book, what goes up to the upper platform, and in which order queues stand (B14,
B15, B22, B28, B30, B41).

The numbers stand here once more, as the text or the pack's marked default has them: a changed one is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone
from tests.acceptance.test_rows_zhoucun_handling import EXPLAINED, PROMISED, kept, promise, submitted
from tests.acceptance.zhoucun import fresh, out, passed
from tests.cast import Cast, later, shanghai
from tests.desk.web import Site
from tests.proceedings import test_unit_analysis, test_unit_training

from lianxin.desk import queues
from lianxin.desk.seats import Seat
from lianxin.directory import snapshot
from lianxin.directory.models import Staff
from lianxin.duties import rounds
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Task
from lianxin.proceedings.models import Proceeding

pytestmark = pytest.mark.django_db


def begun(cast: Cast, at: datetime) -> None:
    """The town has an order and a promise, and all that comes round is laid."""
    order, _ = out(cast, at)
    kept(cast, order, at)
    rounds.run(later(at, hours=2))


#: Each duty, as of October or of the third quarter of 2026: whose, where, when it is due and warned of, and until when
#: what was done in time may still be told.
ROUNDS = {
    "B14.monthly": ("hotline_deputy", "town", "2026-11-01 00:00", "2026-10-27 00:00", "2026-11-06 00:00"),
    "B22.monthly": ("hotline_deputy", "town", "2026-11-01 00:00", "2026-10-27 00:00", "2026-11-06 00:00"),
    "B30.monthly": ("supervisor", "centre", "2026-11-01 00:00", "2026-10-29 00:00", "2026-11-06 00:00"),
    "B41.quarterly": ("principal", "town", "2026-10-01 00:00", "2026-09-23 00:00", "2026-10-06 00:00"),
}


@pytest.mark.parametrize("rule", ROUNDS)
def test_b14_b22_b30_b41_when_what_comes_round_is_due_and_when_it_is_unmet(zhoucun: Cast, rule: str) -> None:
    post, unit, due, warned, over = ROUNDS[rule]
    begun(zhoucun, shanghai("2026-09-02 09:00" if rule == "B41.quarterly" else "2026-10-12 09:00"))
    found = Task.objects.filter(rule=rule, unit=zhoucun.units[unit]).earliest("pk")
    clock = Clock.objects.get(task=found)
    assert (found.post_role, clock.due, clock.warn_at) == (post, shanghai(due), shanghai(warned))
    rounds.run(later(shanghai(over), minutes=-1))
    assert Task.objects.get(pk=found.pk).outcome == ""
    rounds.run(shanghai(over))
    assert Task.objects.get(pk=found.pk).outcome == "unmet"


def analysed(cast: Cast, who: str, at: datetime) -> None:
    test_unit_analysis.made(cast, at, who)


def trained(cast: Cast, who: str, at: datetime) -> None:
    """Planned and held by that post."""
    said = {"title": "派单规范培训", "text": "派单规范、系统操作。", "begins_at": later(at, days=1)}
    people = test_unit_training.ids(cast, "agent")
    root = cast.do(who, "training.planned", None, at, **said, people=people).order
    held = {"held_at": later(at, days=1), "came": people, "summary": "讲解派单规范，现场演练，答疑。"}
    at = later(at, days=1, hours=1)
    files = (test_unit_training.SLIDES,)
    record(Act("training.held", cast.actor(who), at, held, order=root, recorded_at=at, files=files))


def studied(cast: Cast, who: str, at: datetime) -> None:
    test_unit_analysis.studied(cast, at, who)


@pytest.mark.parametrize(
    ("rule", "unit", "did", "who"),
    [
        ("B22.monthly", "town", analysed, "hotline_deputy@town"),
        ("B22.monthly", "town", analysed, "line_deputy@town"),
        ("B22.monthly", "town", analysed, "principal@town"),
        ("B22.monthly", "town", analysed, "clerk@town"),
        ("B30.monthly", "centre", trained, "supervisor"),
        ("B30.monthly", "centre", trained, "leader"),
        ("B41.quarterly", "town", studied, "principal@town"),
        ("B41.quarterly", "town", studied, "hotline_deputy@town"),
    ],
)
def test_b22_b30_b41_whose_word_counts_for_what_comes_round(
    zhoucun: Cast, rule: str, unit: str, did: Callable[[Cast, str, datetime], None], who: str
) -> None:
    begun(zhoucun, shanghai("2026-11-03 09:00"))
    zhoucun.post("line_deputy@town", "town", "line_deputy")
    did(zhoucun, who, shanghai("2026-11-10 09:00"))
    rounds.run(timezone.now())
    assert Task.objects.get(rule=rule, unit=zhoucun.units[unit]).outcome == "done"


# --- up to the upper platform ------------------------------------------------------------------------
def test_b14_a_promise_that_is_raised_is_answered_within_two_workdays(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine, upstream_number="ZB2026-9", upstream_due="2026-12-31T00:00+08:00")
    submitted(zhoucun, promise(zhoucun, order, nine), order, nine, PROMISED["promised"])
    said = {"numbers": [order.number], "level": "promise"}
    root = zhoucun.do("dispatcher", "raised_petition.opened", None, nine, **said).order
    zhoucun.do("dispatcher", "raised_petition.raised", root, nine, raised_at=nine)
    assert Proceeding.objects.get(pk=root).due_at == shanghai("2026-11-21 00:00")


# --- the queues ------------------------------------------------------------------------------------


def queues_of(cast: Cast, who: str) -> list[str]:
    """The queues of that post, in their order."""
    directory, post = snapshot.of(cast.centre.pk), cast.posts[who]
    line = directory.posts[post.pk]
    seat = Seat(Staff.objects.get(pk=post.holder_a_id), line, (line,), True, directory, timezone.now())
    return [queue.code for queue in queues.queues_of(seat)]


def between(found: list[str], code: str) -> tuple[str, str]:
    """The queues before and after that one."""
    place = found.index(code)
    return (found[place - 1] if place else "", found[place + 1] if place + 1 < len(found) else "")


def test_b15_b28_where_its_own_queues_stand_among_the_others(zhoucun: Cast) -> None:
    assert {(who, code): between(queues_of(zhoucun, who), code) for who, code in QUEUES} == QUEUES


#: Before and after which others.
QUEUES = {
    ("supervisor", "no_policy"): ("closed", "upstairs"),
    ("hotline_deputy@town", "no_policy"): ("overdue", "duties"),
    ("principal@town", "personally"): ("", "all"),
    ("dispatcher", "upstairs"): ("overdue", "again"),
    ("supervisor", "upstairs"): ("no_policy", "duties"),
}


def test_b15_what_waits_for_a_policy_is_taken_up_from_the_queue(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    passed(zhoucun, order, nine, **EXPLAINED | {"explained_by": "no_policy"}, ends="explained")
    assert fresh(order).explained == "no_policy"
    page = Site(zhoucun).get("supervisor", "/?queue=no_policy").content.decode()
    assert f"/orders/{order.number}/order.reopened/" in page
