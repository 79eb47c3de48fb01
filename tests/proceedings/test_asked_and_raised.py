"""What units ask for and what goes up to the upper platform, by the numbers of the packs that name it.

They stand here once more, as the packs' marked defaults have them: a changed one is seen.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, make_cast, shanghai
from tests.proceedings.upstairs import FILED, PROOF, asked, given, raised

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Task
from lianxin.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["zhoucun-2019", "junan-2021"])
def city(db: None, request: pytest.FixtureRequest) -> Cast:
    """A centre under one of the packs that name petitions of their own."""
    return make_cast("city", request.param)


def both(cast: Cast, at: datetime) -> tuple[Order, Order]:
    return given(cast, at), given(cast, at)


#: Who decides each within one working day, the last two hours of which are yellow.
DECIDES = {"exclude": "supervisor", "merge": "dispatcher", "review": "supervisor"}


@pytest.mark.parametrize("kind", DECIDES)
def test_what_a_unit_asks_for_is_decided_within_a_workday_and_not_granted_here(
    city: Cast, nine: datetime, kind: str
) -> None:
    main, order = both(city, nine)
    asked(city, order, nine, kind, **({"into": main.number} if kind == "merge" else {}))
    found = Task.objects.get(order=order, kind=kind)
    clock = Clock.objects.get(task=found)
    assert (found.post_role, clock.due, clock.warn_at) == (
        DECIDES[kind],
        shanghai("2026-11-20 00:00"),
        shanghai("2026-11-19 22:00"),
    )
    said = {"task": found.pk, "approved": True, "reason": "本级同意。"}
    with pytest.raises(Refused, match="须上级平台同意"):
        city.do(DECIDES[kind], "petition.decided", order.pk, nine, **said)


@pytest.mark.parametrize("kind", ["exclude", "review"])
def test_what_is_to_be_judged_otherwise_is_asked_for_with_evidence(city: Cast, nine: datetime, kind: str) -> None:
    order = given(city, nine)
    said = {"kind": kind} | FILED[kind]
    with pytest.raises(Refused) as caught:
        city.do("clerk@town", "petition.filed", order.pk, nine, **said)
    assert "证据材料" in caught.value.problems["files"]
    record(Act("petition.filed", city.actor("clerk@town"), nine, said, order=order.pk, recorded_at=nine, files=PROOF))


#: Until when that platform is to answer what was raised on Wednesday 18 November 2026 at 9:00.
ANSWERED = {
    "return": "2026-11-20 00:00",
    "extension": "2026-11-20 00:00",
    "exclude": "2026-11-24 00:00",
    "merge": "2026-11-21 00:00",
    "review": "2026-11-24 00:00",
}


@pytest.mark.parametrize("kind", ANSWERED)
def test_what_is_raised_is_answered_within_its_limit(city: Cast, nine: datetime, kind: str) -> None:
    main, order = both(city, nine)
    more: dict[str, Any] = {"into": main.number} if kind == "merge" else {}
    asked(city, order, nine, kind, **more | ({"return_reason": "not_duty"} if kind == "return" else {}))
    root = raised(city, order, nine, kind)
    assert (root.state, root.due_at) == ("raised", shanghai(ANSWERED[kind]))


def test_a_promise_that_is_raised_is_answered_within_two_workdays(city: Cast, nine: datetime) -> None:
    order = given(city, nine, upstream_due="2026-12-31T00:00+08:00")
    said = {
        "numbers": [order.number],
        "title": "老旧小区供热管网改造",
        "text": "管网老化，需纳入年度改造计划后才能彻底解决。",
        "plan": "列入明年改造计划，先行更换阀门。",
    }
    root = city.do("clerk@town", "promise.opened", None, nine, **said).order
    person = city.staff["clerk@town"].pk
    step = {"step": "更换阀门", "finish_by": "2026-12-01T18:00+08:00", "people": [person]}
    city.do("clerk@town", "promise.stepped", root, nine, **step)
    at = later(nine, minutes=5)
    city.do("clerk@town", "share.contacted", order.pk, at, text="已电话联系诉求人，告知方案。")
    told = {"promised": "2027-05-31T18:00+08:00", "told": "已告知方案和承诺时间。"}
    city.do("clerk@town", "promise.submitted", root, at, **told)
    file = raised(city, order, nine.replace(hour=10), "promise")
    assert file.due_at == shanghai("2026-11-21 00:00")


def test_where_the_queue_of_what_is_upstairs_stands(city: Cast) -> None:
    from tests.acceptance.test_rows_zhoucun_rounds import between, queues_of

    dispatcher, supervisor = (queues_of(city, who) for who in ("dispatcher", "supervisor"))
    assert between(dispatcher, "upstairs") == ("overdue", "again")
    assert between(supervisor, "upstairs")[1] == "duties"
