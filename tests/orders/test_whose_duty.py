"""Whose a duty is: whom it lies on, where it goes when people come and go, how it ends, and what comes past it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later, request, shanghai
from tests.orders.stages import REASON
from tests.orders.test_duties import (
    ASKED,
    CONTACT_BY_PRINCIPAL,
    INSTRUCTION,
    LEADS,
    SAID,
    adopt,
    given,
    in_turn,
    only_task,
    refused,
    sign_off,
)
from tests.rulebooks import Shelf

from lianxin.directory import snapshot
from lianxin.directory.models import Absence, Holiday, Post, Staff, Unit
from lianxin.ledger import news
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Task
from lianxin.ledger.verify import verify
from lianxin.orders import recounting, succession
from lianxin.orders.models import Order
from lianxin.rules.pack import Pack

pytestmark = pytest.mark.django_db

CONTACTED = {"text": "已电话联系，约定上门。"}
#: What the centre's supervisor must do about the order, whichever unit has it.
WATCHED: dict[str, Any] = INSTRUCTION | {"post": "supervisor", "at": "centre", "before": []}


def found(base: Cast, at: datetime) -> list[int]:
    return succession.left_behind(snapshot.of(base.centre.pk), at)


def handed_over(base: Cast, order: Order, at: datetime) -> Task:
    """The duty after the orders that are found were handed over; and then none is found any more."""
    assert found(base, at) == [order.pk]
    assert succession.hand_over([order.pk], base.centre.pk, at) == 1
    assert found(base, at) == []
    return only_task(order, done_at=None)


def leave(base: Cast, *posts: str) -> None:
    """Both people of these posts have left, and nobody came for them."""
    for who in posts:
        gone = [base.staff[who].pk, base.staff[f"{who}:b"].pk]
        Staff.objects.filter(pk__in=gone).update(is_active=False)
        post_of(base, who, a=None, b=None)


def post_of(base: Cast, who: str, *, a: Staff | None, b: Staff | None) -> None:
    Post.objects.filter(pk=base.posts[who].pk).update(holder_a=a, holder_b=b)


# --- people come and go (A13, A31) -------------------------------------------------------------
def test_when_the_principal_is_gone_his_duty_goes_to_who_stands_in(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION)
    order = given(base, nine)
    leave(base, "principal@town")
    task = handed_over(base, order, later(nine, minutes=5))
    assert (task.post_role, task.holder_id, task.vacant) == ("clerk", base.staff["clerk@town"].pk, "principal")
    base.do("clerk@town", "task.done", order.pk, later(nine, minutes=6), task=task.pk, **SAID)
    assert not list(verify())


def test_a_new_principal_has_what_the_old_one_had(books: Shelf, base: Cast, nine: datetime) -> None:
    """Also where the duty holds the order: he answers for that too."""
    sign_off(books, base)
    order = base.register(nine)
    base.dispatch(order, later(nine, minutes=1), "town")
    Staff.objects.filter(pk=base.staff["principal@town"].pk).update(is_active=False)
    new = base.staff["hotline_deputy@town:b"]
    post_of(base, "principal@town", a=new, b=None)
    task = handed_over(base, order, later(nine, minutes=5))
    assert (task.post_role, task.holder_id, task.vacant) == ("principal", new.pk, "")
    assert Order.objects.get(pk=order.pk).owner_person_id == new.pk
    assert not list(verify())


@pytest.mark.parametrize("unit", ["town", "nobody"])
def test_what_lay_elsewhere_goes_to_its_post_once_that_is_filled(
    books: Shelf, base: Cast, nine: datetime, unit: str
) -> None:
    """From the unit's clerk, and from the centre where the unit had nobody at all."""
    adopt(books, base, INSTRUCTION)
    post_of(base, "principal@town", a=None, b=None)
    order = given(base, nine)
    if unit == "nobody":
        leave(base, "clerk@town")
        assert handed_over(base, order, later(nine, minutes=3)).post_role == "supervisor"
    assert found(base, later(nine, minutes=4)) == []
    post_of(base, "principal@town", a=base.staff["principal@town"], b=None)
    task = handed_over(base, order, later(nine, minutes=5))
    assert (task.unit_id, task.post_role, task.vacant) == (base.units["town"].pk, "principal", "")
    assert task.holder_id == base.staff["principal@town"].pk
    assert not list(verify())


def test_it_is_bs_while_a_is_away_and_as_again(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION)
    order, (a, b) = given(base, nine), (base.staff["principal@town"], base.staff["principal@town:b"])
    Absence.objects.create(staff=a, start=later(nine, minutes=5), end=later(nine, hours=2))
    assert handed_over(base, order, later(nine, minutes=6)).holder_id == b.pk
    assert handed_over(base, order, later(nine, hours=3)).holder_id == a.pk
    assert not list(verify())


def test_an_act_alone_puts_it_right_too(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION)
    order = given(base, nine)
    Absence.objects.create(staff=base.staff["principal@town"], start=later(nine, minutes=5), end=None)
    base.do("clerk@town", "share.contacted", order.pk, later(nine, minutes=6), **CONTACTED)
    assert only_task(order).holder_id == base.staff["principal@town:b"].pk
    assert not list(verify())


def test_what_was_handed_to_a_colleague_stays_with_him_and_b_is_none(books: Shelf, base: Cast, nine: datetime) -> None:
    """The two of a post need not hand on: to whom it lies on goes by who is there."""
    adopt(books, base, INSTRUCTION)
    order, clerk = given(base, nine), base.staff["clerk@town:b"]
    pk, at = only_task(order).pk, later(nine, minutes=5)
    to_b = {"task": pk, "to": base.staff["principal@town:b"].pk}
    assert refused(base, "principal@town", "task.handed_on", order, at, **to_b).keys() == {"to"}
    base.do("principal@town", "task.handed_on", order.pk, at, task=pk, to=clerk.pk)
    Absence.objects.create(staff=base.staff["principal@town"], start=at, end=None)
    assert found(base, later(nine, minutes=6)) == []
    assert only_task(order).holder_id == clerk.pk


def test_to_find_them_costs_the_same_however_many(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION)
    for unit in ("town", "heat", "bureau"):
        Absence.objects.create(staff=base.staff[f"principal@{unit}"], start=later(nine, hours=5), end=None)
    counts, at = [], later(nine, hours=6)
    for units in (("town",), ("town", "heat", "bureau")):
        for unit in units:
            given(base, nine, unit)
        directory = snapshot.of(base.centre.pk)
        succession.left_behind(directory, at)
        with CaptureQueriesContext(connection) as asked:
            lie = succession.left_behind(directory, at)
        assert set(lie) == set(Order.objects.values_list("pk", flat=True))
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- on whom it lies ---------------------------------------------------------------------------
def test_the_same_post_of_a_sub_centre_does_what_lies_on_the_centres(books: Shelf, base: Cast, nine: datetime) -> None:
    """As that post's queue shows it."""
    adopt(books, base, WATCHED)
    order = given(base, nine)
    sub = Unit.objects.create(
        centre=base.centre, parent=base.units["centre"], code="sub", name="分中心", type="sub_centre"
    )
    person = Staff.objects.create_user(username="sub", password="pw", name="分督办", centre=base.centre, unit=sub)
    post = Post.objects.create(centre=base.centre, unit=sub, role="supervisor", holder_a=person)
    there = Actor("supervisor", base.centre.pk, person.pk, post.pk, sub.pk)
    at = later(nine, minutes=5)
    record(Act("task.done", there, at, {"task": only_task(order).pk, **SAID}, order=order.pk, recorded_at=at))
    assert only_task(order).outcome == "done"
    assert not list(verify())


def test_the_contact_of_whom_it_was_handed_to_fulfils_it(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, CONTACT_BY_PRINCIPAL | {"when": LEADS})
    order, clerk = given(base, nine), base.staff["clerk@town"]
    base.do("principal@town", "task.handed_on", order.pk, later(nine, minutes=3), task=only_task(order).pk, to=clerk.pk)
    base.do("clerk@town", "share.contacted", order.pk, later(nine, minutes=4), **CONTACTED)
    assert only_task(order).outcome == "done"
    assert not list(verify())


def test_who_stands_in_and_cannot_do_it_ticks_it_off(books: Shelf, base: Cast, nine: datetime) -> None:
    """The centre has no share of which it could phone the caller."""
    adopt(books, base, CONTACT_BY_PRINCIPAL | {"when": LEADS})
    order = given(base, nine)
    leave(base, "principal@town", "clerk@town")
    task = handed_over(base, order, later(nine, minutes=5))
    assert (task.post_role, task.vacant) == ("supervisor", "principal")
    base.do("supervisor", "task.done", order.pk, later(nine, minutes=6), task=task.pk)
    assert only_task(order).outcome == "done"
    assert not list(verify())


def test_what_lies_above_lies_where_somebody_can_open_it(books: Shelf, base: Cast, nine: datetime) -> None:
    """A town that has no share of its village's order does not see it: the centre has the duty."""
    adopt(books, base, INSTRUCTION | {"at": "above", "on": "share", "when": "true"})
    order = base.register(nine)
    base.dispatch(order, later(nine, minutes=1), "village")
    assert only_task(order).unit_id == base.units["centre"].pk
    adopt(books, base, INSTRUCTION | {"at": "above", "when": "share.depth == 1"})
    down = given(base, later(nine, hours=1))
    base.do("clerk@town", "share.delegated", down.pk, later(nine, hours=2), unit=base.units["village"].pk)
    assert (only_task(down).unit_id, only_task(down).post_role) == (base.units["town"].pk, "principal")
    assert not list(verify())


def test_the_desk_on_which_it_lies_hears_of_it(base: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A petition is laid on the centre by an act of the unit, whose order stays its own."""
    heard: list[set[int]] = []
    whole = news.statement
    monkeypatch.setattr(news, "statement", lambda units: (heard.append(set(units)), whole(units))[1])
    now = timezone.now()
    order = record(Act("order.registered", base.actor("agent"), now, request())).order
    sent = {"shares": [{"unit": base.units["town"].pk}], "basis": "law"}
    record(Act("order.dispatched", base.actor("dispatcher"), now, sent, order=order))
    record(Act("share.signed", base.actor("clerk@town"), now, {}, order=order))
    record(Act("return.filed", base.actor("clerk@town"), now, ASKED, order=order))
    assert base.units["centre"].pk in heard[-1]
    assert base.units["centre"].pk not in heard[-2]


# --- how it ends -------------------------------------------------------------------------------
def test_what_was_opened_or_fell_away_was_not_met(books: Shelf, base: Cast, nine: datetime) -> None:
    """Nor is it late, where it falls away with its order after its time."""
    adopt(books, base, WATCHED | {"on": "order", "when": "true"})
    opened, ended = given(base, nine), given(base, later(nine, minutes=30))
    base.do("leader", "task.waived", opened.pk, later(nine, minutes=5), task=only_task(opened).pk, reason=REASON)
    told = {"reason": REASON, "told": "已告知诉求人撤单。"}
    base.do("agent", "order.withdrawn", ended.pk, later(nine, hours=10), **told)
    for order, outcome in ((opened, "waived"), (ended, "cancelled")):
        task = only_task(order)
        clock = Clock.objects.get(task=task)
        assert (task.outcome, clock.end, clock.breached_at) == (outcome, "cancelled", None)
    assert not list(verify())


def test_nobody_names_an_outcome_that_the_rule_does_not(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION)
    order, at = given(base, nine), later(nine, minutes=5)
    pk = only_task(order).pk
    for outcome in ("cancelled", "waived", "agreed"):
        said = refused(base, "principal@town", "task.done", order, at, task=pk, outcome=outcome, **SAID)
        assert said.keys() == {"outcome"}
    base.do("principal@town", "task.done", order.pk, at, task=pk, outcome="done", **SAID)


def test_a_petition_is_decided_and_not_waived(base: Cast, nine: datetime) -> None:
    order = given(base, nine)
    base.do("clerk@town", "return.filed", order.pk, later(nine, minutes=5), **ASKED)
    waived = {"task": only_task(order).pk, "reason": REASON}
    assert "须经审定" in str(refused(base, "leader", "task.waived", order, later(nine, minutes=6), **waived))


def test_one_act_lays_a_duty_once(books: Shelf, base: Cast, nine: datetime) -> None:
    """A decided return is a dispatch too: the unit that has it next hears both."""
    adopt(books, base, INSTRUCTION | {"from": ["return_decided", "dispatch"], "before": []})
    order = given(base, nine)
    base.do("clerk@town", "return.filed", order.pk, later(nine, minutes=5), **ASKED)
    base.do(
        "dispatcher", "return.decided", order.pk, later(nine, minutes=9), of_unit=base.units["town"].pk,
        approved=True, next_unit=base.units["heat"].pk, basis="duty_list", reason=REASON,
    )  # fmt: skip
    assert Task.objects.filter(order=order, unit=base.units["heat"], rule="A16").count() == 1
    assert not list(verify())


def test_the_duties_of_a_merged_order_fall_away(books: Shelf, base: Cast, nine: datetime) -> None:
    """What is to be done is done on its main order."""
    adopt(books, base, WATCHED | {"on": "order", "from": ["register"], "when": "true", "holds": True})
    main, repeat = base.register(nine), base.register(later(nine, minutes=1))
    base.do("agent", "order.merged", repeat.pk, later(nine, minutes=6), number=main.number)
    repeat.refresh_from_db()
    assert (only_task(repeat).outcome, repeat.node) == ("cancelled", "answer")
    assert only_task(main).done_at is None
    assert not list(verify())


# --- what comes past it ------------------------------------------------------------------------
def test_what_ends_a_duty_by_coming_past_it_is_noted_all_the_same(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION | {"before": ["order.withdrawn"]})
    order, at = given(base, nine), later(nine, minutes=9)
    told = {"reason": REASON, "told": "已告知诉求人撤单。"}
    act = Act("order.withdrawn", base.actor("agent"), at, told, order=order.pk, recorded_at=at, via="import")
    entry = record(act).entry
    task = only_task(order)
    assert (task.outcome, task.passed_by) == ("cancelled", entry)
    assert Entry.objects.get(order=order, number=entry).derived["passed"] == [task.pk]
    assert not list(verify())


# --- petitions ---------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["return", "extension"])
def test_what_nobody_would_decide_is_not_asked(
    base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A pack adopted before petitions were its rules' names nobody for them."""
    order = given(base, nine)
    monkeypatch.setattr(Pack, "tasks_on", lambda pack, event: ())
    asked = ASKED if kind == "return" else {"workdays": 1, "reason": "等待配件到货，须延后检修"}
    said = refused(base, "clerk@town", f"{kind}.filed", order, later(nine, minutes=5), **asked)
    assert "没有规定" in str(said)
    assert not Task.objects.filter(order=order).exists()


def test_a_levels_limit_is_its_own_when_the_calendar_changes(books: Shelf, base: Cast, nine: datetime) -> None:
    """Not that of whoever decides in the end; and what the task says of it goes along."""
    in_turn(books, base)
    hours = given(base, nine)
    base.do("clerk@town", "return.filed", hours.pk, later(nine, minutes=5), **ASKED)
    assert list(recounting.moved(base.centre.pk)) == []
    clock = Clock.objects.get(task=only_task(hours))
    with pytest.raises(Refused, match="与现行放假安排相符"):
        base.do("system", "clock.recounted", hours.pk, later(nine, minutes=6), clocks=[clock.pk])

    def change(book: dict[str, Any]) -> None:
        levels = [{"post": "principal", "allow": "1 workday"}]
        book["task"] = [row | {"levels": levels} if row["id"] == "S06" else row for row in book["task"]]

    books.adopt(base, change)
    days = given(base, later(nine, hours=1))
    base.do("clerk@town", "return.filed", days.pk, later(nine, hours=2), **ASKED)
    assert only_task(days).due == shanghai("2026-11-20 00:00")
    Holiday.objects.create(centre=base.centre, day=date(2026, 11, 19), is_workday=False, name="停工")
    recounting.recount(recounting.moved(base.centre.pk), base.centre.pk, later(nine, hours=3))
    task = only_task(days)
    assert task.due == Clock.objects.get(task=task).due == shanghai("2026-11-21 00:00")
    assert only_task(hours).due == later(nine, hours=4, minutes=5)
    assert not list(verify())


def test_a_duty_keeps_its_limit_beside_a_clock_of_its_kind(books: Shelf, base: Cast, nine: datetime) -> None:
    """What is corrected moves the clock of the rules of clocks."""
    adopt(books, base, INSTRUCTION | {"kind": "handle", "before": []})
    order = given(base, nine)
    task = only_task(order)
    base.do("dispatcher", "order.corrected", order.pk, later(nine, minutes=5), urgency="urgent")
    assert Clock.objects.get(task=task).due == only_task(order).due == task.due
    assert not list(verify())
