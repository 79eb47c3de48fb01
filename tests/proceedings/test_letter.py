"""A warning letter from its sending to its end (E11): who may do what, who answers, what is due, who is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, body, later
from tests.proceedings.stages import (
    ANSWER,
    DUE,
    FINDING,
    LETTER,
    SENT_BACK,
    abouts,
    actions,
    clocks,
    differences,
    dispatched,
    do,
    facts,
    fresh,
    numbers,
    opened,
    told,
)

from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry, Stay
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding, Wording

TOWN = "base-clerk@town-A"
SUPERVISOR = "base-supervisor-A"


def owner(root: Proceeding) -> tuple[str, str, str] | None:
    """(node, unit, person) that answers for it."""
    root = fresh(root)
    if root.ended_at is not None:
        return None
    assert root.owner_unit is not None
    assert root.owner_person is not None
    return root.node, root.owner_unit.code, root.owner_person.username


def answered(cast: Cast, letter: Proceeding, at: datetime) -> datetime:
    """Acknowledged and answered by the town, an hour after each other."""
    do(cast, "clerk@town", "letter.received", letter.pk, at)
    do(cast, "clerk@town", "letter.answered", letter.pk, later(at, hours=1), **ANSWER)
    return later(at, hours=2)


# --- the whole life --------------------------------------------------------------------------
def test_e11_a_letter_from_its_sending_to_its_end(
    base: Cast, letter: Proceeding, orders: list[Order], early: datetime
) -> None:
    due = later(early, **DUE)
    assert letter.number == "Z20261102-0001"
    assert (letter.kind, letter.state, letter.level, letter.unit) == ("letter", "sent", "warn", base.units["town"])
    assert owner(letter) == ("unit", "town", TOWN)
    assert letter.due_at == due
    assert clocks(letter) == [(due, "", None)]
    assert told(letter) == [("letter.sent", TOWN)]
    assert abouts(letter) == [("subject", "order", order.pk) for order in orders]
    assert Wording.objects.get(proceeding=letter).title == "供暖诉求集中反映"
    assert differences() == []

    do(base, "clerk@town", "letter.received", letter.pk, later(early, hours=1))
    assert (fresh(letter).state, owner(letter)) == ("received", ("unit", "town", TOWN))
    assert clocks(letter) == [(due, "", None)], "it is to be answered, not only to be taken in"
    assert differences() == []

    do(base, "clerk@town", "letter.answered", letter.pk, later(early, days=1), **ANSWER)
    assert (fresh(letter).state, owner(letter)) == ("answered", ("centre", "centre", SUPERVISOR))
    assert clocks(letter) == [(due, "met", None)]
    assert (fresh(letter).due_at, told(letter)[-1]) == (None, ("letter.answered", SUPERVISOR))
    assert differences() == []

    again = later(early, days=3)
    do(base, "supervisor", "letter.sent_back", letter.pk, later(early, days=2), reason=SENT_BACK, due=again)
    assert (fresh(letter).state, owner(letter)) == ("received", ("unit", "town", TOWN))
    assert clocks(letter) == [(due, "met", None), (again, "", None)]
    assert told(letter)[-1] == ("letter.sent_back", TOWN)
    assert differences() == []

    do(base, "clerk@town", "letter.answered", letter.pk, later(early, days=2, hours=5), **ANSWER)
    assert clocks(letter) == [(due, "met", None), (again, "met", None)]
    assert differences() == []

    do(base, "leader", "letter.settled", letter.pk, later(early, days=4), note=FINDING)
    letter = fresh(letter)
    assert (letter.state, letter.ended_at, letter.node) == ("settled", later(early, days=4), "ended")
    assert not Stay.objects.filter(proceeding=letter.pk, left_at=None).exists()
    assert facts(letter) == [
        ("sent", False),
        ("received", False),
        ("answered", False),
        ("received", False),
        ("answered", False),
        ("settled", True),
    ]
    assert ("letter.settled", TOWN) in told(letter), "the unit hears how it ended"
    assert differences() == []


def test_what_it_quotes_stands_in_the_orders_own_ledgers(
    base: Cast, letter: Proceeding, orders: list[Order], early: datetime
) -> None:
    for order in orders:
        entry = Entry.objects.get(order=order, action="order.quoted")
        mine = {"proceeding": letter.pk, "number": letter.number, "entry": 1}
        assert entry.payload == mine
        assert entry.enclosure.body["title"] == order.appeal.title
        assert entry.staff is None
    sent = Entry.objects.get(proceeding=letter)
    assert sent.payload["numbers"] == numbers(orders)
    assert sent.payload["orders"] == [order.pk for order in orders]
    assert "暖气不热" not in str(sent.enclosure.body["paper"]), "the document names orders, it does not copy them"
    assert "暖气" not in str(sent.payload)


def test_it_may_be_answered_without_having_been_taken_in(base: Cast, letter: Proceeding, early: datetime) -> None:
    do(base, "clerk@town", "letter.answered", letter.pk, later(early, hours=1), **ANSWER)
    assert fresh(letter).state == "answered"
    assert differences() == []


def test_a_letter_taken_back_is_owed_by_nobody_and_the_unit_hears_of_it(
    base: Cast, letter: Proceeding, early: datetime
) -> None:
    do(base, "supervisor", "letter.withdrawn", letter.pk, later(early, hours=1), note="发错单位")
    assert (fresh(letter).state, clocks(letter)) == ("withdrawn", [(later(early, **DUE), "cancelled", None)])
    assert told(letter) == [("letter.sent", TOWN), ("letter.withdrawn", TOWN)]
    sweep(later(early, days=9))
    assert "proceeding.breached" not in actions(letter)
    assert differences() == []


def test_an_answer_after_its_time_is_late(base: Cast, letter: Proceeding, early: datetime) -> None:
    due = later(early, **DUE)
    do(base, "clerk@town", "letter.answered", letter.pk, due, **ANSWER)
    assert clocks(letter) == [(due, "met", due)]
    assert differences() == []


# --- a letter that is ignored ----------------------------------------------------------------
def test_e11_a_letter_that_is_ignored_warns_breaches_and_is_raised_to_the_leader(base: Cast, early: datetime) -> None:
    letter = opened(base, "letter.sent", early, **LETTER(base, early))
    clock = Clock.objects.get(proceeding=letter)
    assert clock.warn_at
    assert sweep(later(clock.warn_at, seconds=-1)) == 0
    assert [sweep(clock.warn_at), sweep(clock.warn_at), sweep(later(clock.due, seconds=-1))] == [1, 0, 0]
    assert told(letter)[1:] == [("proceeding.warned", TOWN)]
    assert [sweep(clock.due), sweep(clock.due), sweep(later(clock.due, days=9))] == [1, 0, 0]
    assert sorted(told(letter)[2:]) == [("proceeding.breached", TOWN), ("proceeding.breached", "base-leader-A")]
    # It stays late until it is answered: open, owned, its due time past.
    late = Proceeding.objects.filter(Proceeding.OPEN, due_at__lte=clock.due, centre=base.centre)
    assert list(late) == [letter]
    assert (owner(letter), clocks(letter)) == (("unit", "town", TOWN), [(clock.due, "", clock.due)])
    assert differences() == []
    do(base, "clerk@town", "letter.answered", letter.pk, later(clock.due, days=1), **ANSWER)
    assert list(late.all()) == []
    assert clocks(letter) == [(clock.due, "met", clock.due)]
    assert differences() == []


def test_late_by_both_it_only_breaches(base: Cast, letter: Proceeding, early: datetime) -> None:
    sweep(later(early, days=9))
    assert actions(letter) == ["letter.sent", "proceeding.breached"]
    assert differences() == []


def test_a_letter_due_within_its_warning_time_is_warned_of_at_once(
    base: Cast, orders: list[Order], early: datetime
) -> None:
    soon = opened(base, "letter.sent", early, **LETTER(base, early, due=later(early, hours=2)))
    sweep(early)
    assert actions(soon) == ["letter.sent", "proceeding.warned"]
    assert differences() == []


# --- refusals --------------------------------------------------------------------------------
POSTS = ["agent", "dispatcher", "auditor", "callback", "admin", "patrol", "clerk@town", "principal@town", "system"]


@pytest.mark.parametrize("who", POSTS)
def test_only_supervisor_leader_and_analyst_send_one(base: Cast, early: datetime, who: str) -> None:
    with pytest.raises(Refused, match="您的岗位不能发预警函"):
        opened(base, "letter.sent", early, by=who, **LETTER(base, early))
    for may in ("supervisor", "leader", "analyst"):
        assert opened(base, "letter.sent", early, by=may, **LETTER(base, early)).state == "sent"


@pytest.mark.parametrize("role", ["supervisor", "leader", "analyst"])
def test_a_post_of_that_name_in_a_unit_is_none_of_the_centre(base: Cast, early: datetime, role: str) -> None:
    post = base.posts[role]
    post.pk, post.unit = None, base.units["town"]
    post.save()
    base.posts[f"{role}@town"] = post
    with pytest.raises(Refused, match="您的岗位不能发预警函"):
        opened(base, "letter.sent", early, by=f"{role}@town", **LETTER(base, early))


@pytest.mark.parametrize(
    ("who", "verb", "payload", "sentence"),
    [
        ("supervisor", "letter.answered", ANSWER, "您的岗位不能回复"),
        ("agent", "letter.received", {}, "您的岗位不能签收"),
        ("clerk@town", "letter.withdrawn", {}, "您的岗位不能撤回"),
        ("clerk@bureau", "letter.answered", ANSWER, "没有这件专办事项"),
        ("principal@heat", "letter.received", {}, "没有这件专办事项"),
        ("clerk@village", "letter.received", {}, "没有这件专办事项"),
        ("supervisor", "letter.settled", {}, "现在是“待签收”，不能核实办结"),
        ("leader", "letter.sent_back", {"reason": SENT_BACK, "due": "2026-11-20T18:00+08:00"}, "不能退回重报"),
    ],
)
def test_who_may_take_which_step_and_when(
    base: Cast, letter: Proceeding, early: datetime, who: str, verb: str, payload: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        do(base, who, verb, letter.pk, later(early, hours=1), **payload)
    assert actions(letter) == ["letter.sent"]


@pytest.mark.parametrize(
    ("who", "verb", "payload"),
    [
        ("clerk@town", "letter.received", {}),
        ("clerk@town", "letter.answered", ANSWER),
        ("supervisor", "letter.sent_back", {"reason": SENT_BACK, "due": "2026-11-20T18:00+08:00"}),
        ("supervisor", "letter.settled", {}),
        ("supervisor", "letter.withdrawn", {}),
    ],
)
def test_nothing_more_is_done_to_a_letter_that_has_ended(
    base: Cast, letter: Proceeding, early: datetime, who: str, verb: str, payload: dict[str, Any]
) -> None:
    at = answered(base, letter, early)
    do(base, "supervisor", "letter.settled", letter.pk, at, note=FINDING)
    with pytest.raises(Refused, match="现在是“已办结”"):
        do(base, who, verb, letter.pk, later(at, hours=1), **payload)


def test_another_centre_has_no_such_letter(base: Cast, other: Cast, letter: Proceeding, early: datetime) -> None:
    for who, verb, payload in (("supervisor", "letter.withdrawn", {}), ("clerk@town", "letter.answered", ANSWER)):
        with pytest.raises(Refused, match="没有这件专办事项"):
            do(other, who, verb, letter.pk, later(early, hours=1), **payload)
    with pytest.raises(Refused, match="没有这件专办事项"):
        do(base, "supervisor", "letter.withdrawn", letter.pk + 1, early)
    assert not Proceeding.objects.visible_to(other.staff["supervisor"]).exists()


def test_an_order_is_named_that_there_is_and_that_the_actor_sees(
    base: Cast, other: Cast, orders: list[Order], early: datetime
) -> None:
    strange = dispatched(other, early)
    for number in ("20261102-9999", strange.number + "x", ""):
        given = [orders[0].number, number]
        if number:
            with pytest.raises(Refused, match=f"没有这个工单号：{number}") as refused:
                opened(base, "letter.sent", early, **LETTER(base, early), numbers=given)
            assert set(refused.value.problems) == {"numbers"}
        else:
            found = opened(base, "letter.sent", early, **LETTER(base, early), numbers=given)
            assert abouts(found) == [("subject", "order", orders[0].pk)]
    # Numbers are the centre's own: the same number elsewhere is another order.
    assert strange.number == orders[0].number
    theirs = opened(other, "letter.sent", early, **LETTER(other, early), numbers=[strange.number])
    assert abouts(theirs) == [("subject", "order", strange.pk)]
    assert differences() == []


def test_an_order_cannot_be_named_by_its_id(base: Cast, other: Cast, early: datetime) -> None:
    """The ledger fills the ids in; what a form brings of them is not believed."""
    strange = dispatched(other, early)
    letter = opened(base, "letter.sent", early, **LETTER(base, early), orders=[strange.pk])
    assert abouts(letter) == []
    assert Entry.objects.get(proceeding=letter).payload["orders"] == []
    assert "order.quoted" not in actions(strange)


def test_an_order_named_twice_is_about_it_once(base: Cast, orders: list[Order], early: datetime) -> None:
    given = [orders[0].number, f" {orders[0].number} "]
    letter = opened(base, "letter.sent", early, **LETTER(base, early), numbers=given)
    assert abouts(letter) == [("subject", "order", orders[0].pk)]
    assert actions(orders[0]).count("order.quoted") == 1
    assert differences() == []


def test_it_is_not_due_in_the_past(base: Cast, letter: Proceeding, early: datetime) -> None:
    for due in (early, later(early, seconds=-1)):
        with pytest.raises(Refused) as refused:
            opened(base, "letter.sent", early, **LETTER(base, early, due=due))
        assert refused.value.problems == {"due": "时限应晚于现在"}
    at = answered(base, letter, early)
    with pytest.raises(Refused, match="时限应晚于现在"):
        do(base, "supervisor", "letter.sent_back", letter.pk, at, reason=SENT_BACK, due=early)


def test_it_goes_to_a_unit_of_the_centre_that_is_in_use(base: Cast, other: Cast, early: datetime) -> None:
    base.units["heat"].active = False
    base.units["heat"].save()
    for unit in (base.units["heat"], other.units["town"]):
        with pytest.raises(Refused) as refused:
            opened(base, "letter.sent", early, **LETTER(base, early, unit=unit.pk))
        assert set(refused.value.problems) == {"unit"}


def test_a_second_letter_names_the_first_to_the_same_unit(base: Cast, letter: Proceeding, early: datetime) -> None:
    at = later(early, days=1)
    second = opened(base, "letter.sent", at, **LETTER(base, at, earlier=letter.number))
    paper = Entry.objects.get(proceeding=second).enclosure.body["paper"]
    assert ["p", f"此前就同一问题已发函（{letter.number}）。"] in paper
    hearing = opened(
        base,
        "hearing.called",
        at,
        title="申诉",
        unit=base.units["town"].pk,
        text="不服扣分，申请听证。",
        people=[base.staff["agent"].pk],
        due=later(at, days=1),
    )
    for unit, earlier in (("heat", letter.number), ("town", "Z20261102-0999"), ("town", hearing.number)):
        with pytest.raises(Refused, match="没有发给这个单位的这一编号的函"):
            opened(base, "letter.sent", at, **LETTER(base, at, earlier=earlier, unit=base.units[unit].pk))
    first = Entry.objects.get(proceeding=letter).enclosure.body["paper"]
    assert not any("此前" in text for _, text in first)


@pytest.mark.parametrize("missing", ["title", "unit", "text", "due", "level"])
def test_what_a_letter_must_say(base: Cast, early: datetime, missing: str) -> None:
    said = {name: value for name, value in LETTER(base, early).items() if name != missing}
    with pytest.raises(Refused) as refused:
        opened(base, "letter.sent", early, **said)
    assert set(refused.value.problems) == {missing}


# --- who sees it -----------------------------------------------------------------------------
def test_it_is_seen_by_the_centre_and_by_its_unit_alone(base: Cast, letter: Proceeding) -> None:
    seen = {who for who, person in base.staff.items() if Proceeding.objects.visible_to(person).exists()}
    town = {who for who in base.staff if "@town" in who}
    assert town <= seen
    assert not {who for who in seen if "@" in who} - town
    assert {"supervisor", "leader", "analyst", "agent"} <= seen


def test_a_body_sees_its_own_and_not_those_of_the_units_below_it(base: Cast, early: datetime) -> None:
    """As with orders: a body handles nothing, and what lies below it is not its."""
    station = body(base, roles=("clerk", "npc_deputy"))
    heat = base.units["heat"]
    heat.parent = station
    heat.save()
    member, below = base.staff["clerk@npc"], base.staff["clerk@heat"]
    letter = opened(base, "letter.sent", early, **LETTER(base, early, unit=heat.pk))
    assert Proceeding.objects.visible_to(below).filter(pk=letter.pk).exists()
    assert not Proceeding.objects.visible_to(member).exists()
    own = opened(base, "letter.sent", early, **LETTER(base, early, unit=station.pk))
    assert list(Proceeding.objects.visible_to(member)) == [own]
