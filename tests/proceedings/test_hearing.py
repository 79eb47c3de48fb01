"""An appeal hearing: called with its members, held, ruled by the leader."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later
from tests.proceedings.stages import (
    HEARING,
    abouts,
    actions,
    clocks,
    differences,
    do,
    facts,
    fresh,
    numbers,
    opened,
    told,
)

from lianxin.directory.models import Absence
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding
from lianxin.rules import periods

RECORD = {"record": "镇陈述系统升级当日无法报送，附截图；中心核对日志属实。"}
RULING = {"outcome": "changed", "grounds": "系统升级属客观原因，扣分减半。"}
MEMBERS = ("clerk@bureau", "hotline_deputy@heat")


@pytest.fixture
def hearing(base: Cast, early: datetime, orders: list[Order]) -> Proceeding:
    return opened(base, "hearing.called", early, **HEARING(base, early), numbers=numbers(orders))


def test_a_hearing_from_its_calling_to_the_ruling(
    base: Cast, hearing: Proceeding, orders: list[Order], early: datetime
) -> None:
    due = periods.of("day", later(early, days=2)).end  # what was heard is put down on its day
    people = [base.staff[who] for who in MEMBERS]
    assert abouts(hearing) == [
        *(("subject", "order", order.pk) for order in orders),
        *(("member", "person", person.pk) for person in people),
    ]
    assert sorted(told(hearing)) == sorted(("hearing.called", person.username) for person in people)
    assert clocks(hearing) == [(due, "", None)]
    paper = [text for _, text in Entry.objects.get(proceeding=hearing).enclosure.body["paper"]]
    assert any("住建局clerkA、热力公司hotline_deputyA听取意见" in text for text in paper)
    assert differences() == []

    do(base, "supervisor", "hearing.held", hearing.pk, later(early, days=1), **RECORD)
    held = fresh(hearing)
    assert (held.state, held.owner_person, held.due_at) == ("held", base.staff["leader"], None)
    assert clocks(hearing) == [(due, "met", None)]
    assert differences() == []

    with pytest.raises(Refused, match="您的岗位不能裁定"):
        do(base, "supervisor", "hearing.ruled", hearing.pk, later(early, days=1, hours=1), **RULING)
    do(base, "leader", "hearing.ruled", hearing.pk, later(early, days=1, hours=1), **RULING)
    ruled = fresh(hearing)
    assert (ruled.state, ruled.outcome, ruled.is_open) == ("ruled", "changed", False)
    assert facts(hearing) == [("called", False), ("held", False), ("ruled", True)]
    entry = Entry.objects.get(proceeding=hearing, action="hearing.ruled")
    assert entry.payload == {"outcome": "changed"}
    assert entry.enclosure.body["grounds"] == RULING["grounds"]
    assert ("hearing.ruled", base.staff["clerk@town"].username) in told(hearing)
    assert differences() == []


def test_members_see_it_and_strangers_do_not(base: Cast, other: Cast, hearing: Proceeding, early: datetime) -> None:
    seen = {who for who, person in base.staff.items() if Proceeding.objects.visible_to(person).exists()}
    outside = {who for who in seen if "@" in who and "@town" not in who}
    assert outside == set(MEMBERS), "whoever was called himself, not his whole unit"
    assert not any(Proceeding.objects.visible_to(person).exists() for person in other.staff.values())
    gone = base.staff["clerk@bureau"]
    gone.is_active = False
    gone.save()
    assert not Proceeding.objects.visible_to(gone).exists()


def test_a_member_may_see_it_but_not_decide_it(base: Cast, hearing: Proceeding, early: datetime) -> None:
    for who in (*MEMBERS, "clerk@town"):
        for verb, payload in (("hearing.held", RECORD), ("hearing.ruled", RULING)):
            with pytest.raises(Refused, match="您的岗位不能"):
                do(base, who, verb, hearing.pk, later(early, hours=1), **payload)
    assert actions(hearing) == ["hearing.called"]


def test_it_is_not_ruled_before_it_is_held(base: Cast, hearing: Proceeding, early: datetime) -> None:
    with pytest.raises(Refused, match="现在是“待听证”，不能裁定"):
        do(base, "leader", "hearing.ruled", hearing.pk, later(early, hours=1), **RULING)


@pytest.mark.parametrize("outcome", ["", "dismissed", None])
def test_a_ruling_is_one_of_three(base: Cast, hearing: Proceeding, early: datetime, outcome: Any) -> None:
    do(base, "supervisor", "hearing.held", hearing.pk, early, **RECORD)
    with pytest.raises(Refused) as refused:
        do(base, "leader", "hearing.ruled", hearing.pk, early, grounds="理由充分", outcome=outcome)
    assert set(refused.value.problems) == {"outcome"}


def test_it_is_heard_by_people_of_the_centre_who_are_there(base: Cast, other: Cast, early: datetime) -> None:
    gone = base.staff["agent"]
    gone.is_active = False
    gone.save()
    for people in ([], [gone.pk], [other.staff["agent"].pk], [0]):
        with pytest.raises(Refused) as refused:
            opened(base, "hearing.called", early, **HEARING(base, early, people=people))
        assert set(refused.value.problems) == {"people"}


def test_a_hearing_that_is_not_held_is_late(base: Cast, early: datetime) -> None:
    hearing = opened(base, "hearing.called", early, **HEARING(base, early))
    over = periods.of("day", later(early, days=2)).end
    sweep(later(over, minutes=-1))
    assert "proceeding.breached" not in actions(hearing)
    sweep(over)
    assert actions(hearing) == ["hearing.called", "proceeding.warned", "proceeding.breached"]
    assert told(hearing)[-1] == ("proceeding.breached", base.staff["supervisor"].username)
    assert differences() == []


def test_the_ruling_waits_with_whoever_stands_in_for_the_leader(
    base: Cast, hearing: Proceeding, early: datetime
) -> None:
    Absence.objects.create(staff=base.staff["leader"], start=early, end=later(early, days=9))
    do(base, "supervisor", "hearing.held", hearing.pk, later(early, hours=1), **RECORD)
    assert fresh(hearing).owner_person == base.staff["leader:b"]
    do(base, "leader", "hearing.ruled", hearing.pk, later(early, hours=2), **RULING)
    assert differences() == []
