"""The directory changes while work is in hand: dispatches are taken back, roles change, and nobody gone stays
responsible."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner
from tests.cast import Cast, later, request, shanghai
from tests.orders.stages import PAYLOADS, REASON, REPLY, reach

from lianxin.directory import administration, snapshot
from lianxin.directory.models import Absence, Post, Staff
from lianxin.dispatch import handover
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice, Task
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.ops.commands.hand_over import command
from lianxin.orders import succession
from lianxin.orders.models import Order, Share


def live(cast: Cast, who: str, verb: str, order: int | None, at: datetime, **payload: Any) -> int:
    return record(Act(verb, cast.actor(who), at, payload, order=order)).order


def handled(cast: Cast, at: datetime) -> Order:
    """An order on the wall clock that the town handles."""
    pk = live(cast, "agent", "order.registered", None, at, **request())
    live(cast, "dispatcher", "order.dispatched", pk, at, shares=[{"unit": cast.units["town"].pk}], basis="law")
    live(cast, "clerk@town", "share.signed", pk, at)
    return Order.objects.get(pk=pk)


def shares(order: Order) -> dict[str, tuple[str, str]]:
    """Each unit's last share: its role and state."""
    return {s.unit.code: (s.role, s.state) for s in Share.objects.filter(order=order).order_by("pk")}


AT = shanghai("2026-11-18 09:00")


# --- 30: recall, re-dispatch, roles ----------------------------------------------------------
def test_a_wrong_dispatch_is_undone(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "assist_signed", nine)
    total = Clock.objects.get(order=order, kind="total")
    base.do("dispatcher", "order.recalled", order.pk, at, reason=REASON)
    order.refresh_from_db()
    assert (order.state, order.node, order.owner_person) == ("registered", "dispatch", base.staff["dispatcher"])
    assert set(shares(order).values()) == {("lead", "withdrawn"), ("assist", "withdrawn")}
    running = set(Clock.objects.filter(order=order, ended_at=None).values_list("kind", flat=True))
    assert running == {"total", "dispatch"}
    base.dispatch(order, later(at, minutes=1), "heat")
    assert Clock.objects.get(order=order, kind="total") == total
    assert list(verify()) == []


def test_a_share_goes_to_another_unit_without_a_petition(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    units = base.units
    about = {"of_unit": units["town"].pk, "unit": units["heat"].pk, "basis": "duty_list", "reason": REASON}
    base.do("dispatcher", "share.reassigned", order.pk, at, **about)
    assert shares(order) == {"town": ("lead", "withdrawn"), "heat": ("lead", "pending")}
    order.refresh_from_db()
    assert (order.owner_unit, order.owner_person) == (units["heat"], base.staff["clerk@heat"])
    handle = Clock.objects.get(order=order, kind="handle", ended_at=None)
    assert (handle.share.unit, handle.start) == (units["heat"], at)
    assert list(verify()) == []


def test_the_new_lead_may_be_the_unit_that_assists_already(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "assist_signed", nine)
    units = base.units
    assert not Clock.objects.filter(order=order, kind="contact", share__unit=units["bureau"]).exists()
    about = {"of_unit": units["town"].pk, "unit": units["bureau"].pk, "basis": "duty_list", "reason": REASON}
    base.do("dispatcher", "share.reassigned", order.pk, at, **about)
    assert shares(order) == {"town": ("lead", "withdrawn"), "bureau": ("lead", "signed")}
    # It answers to the caller now: it must contact him.
    assert Clock.objects.get(order=order, kind="contact", ended_at=None).share.unit == units["bureau"]
    order.refresh_from_db()
    assert order.owner_unit == units["bureau"]
    base.do("clerk@bureau", "share.replied", order.pk, later(at, minutes=1), **REPLY)
    assert list(verify()) == []


def test_lead_and_assist_change_places_and_clocks_follow(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "assist_signed", nine)
    bureau = base.units["bureau"]
    base.do("dispatcher", "share.role_changed", order.pk, at, of_unit=bureau.pk, role="lead", reason=REASON)
    assert {unit: role for unit, (role, _) in shares(order).items()} == {"town": "assist", "bureau": "lead"}
    contact = {clock.share.unit.code: clock for clock in Clock.objects.filter(order=order, kind="contact")}
    assert (contact["town"].end, contact["bureau"].ended_at) == ("cancelled", None)
    assert contact["bureau"].start == Share.objects.get(order=order, unit=bureau).dispatched_at
    with pytest.raises(Refused, match="现在就是主办"):
        base.do("dispatcher", "share.role_changed", order.pk, at, of_unit=bureau.pk, role="lead", reason=REASON)
    base.do("supervisor", "share.role_changed", order.pk, at, of_unit=bureau.pk, role="assist", reason=REASON)
    assert {unit: role for unit, (role, _) in shares(order).items()} == {"town": "lead", "bureau": "assist"}
    assert list(verify()) == []


def test_an_assist_is_released_and_the_only_lead_is_not(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "assist_signed", nine)
    units = base.units
    with pytest.raises(Refused):
        base.do("dispatcher", "share.released", order.pk, at, of_unit=units["town"].pk, reason=REASON)
    base.do("dispatcher", "share.released", order.pk, at, of_unit=units["bureau"].pk, reason=REASON)
    assert shares(order) == {"town": ("lead", "pending"), "bureau": ("assist", "withdrawn")}
    assert list(verify()) == []


def test_of_two_that_lead_together_the_other_leads_alone(base: Cast, nine: datetime) -> None:
    order, units = base.register(nine), base.units
    both = [{"unit": units[name].pk, "role": "dual"} for name in ("town", "heat")]
    base.do("dispatcher", "order.dispatched", order.pk, nine, shares=both, basis="law")
    base.do("dispatcher", "share.released", order.pk, nine, of_unit=units["town"].pk, reason=REASON)
    assert shares(order) == {"town": ("dual", "withdrawn"), "heat": ("lead", "pending")}
    assert list(verify()) == []


def test_what_was_handed_down_comes_back(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "delegated", nine)
    village = base.units["village"]
    base.do(
        "clerk@town", "share.taken_back", order.pk, at, unit=village.pk, reason=REASON, of_unit=base.units["town"].pk
    )
    assert shares(order)["village"] == ("assist", "withdrawn")
    about = {"unit": village.pk, "of_unit": base.units["town"].pk}
    with pytest.raises(Refused, match="没有下派给这家单位"):
        base.do("clerk@town", "share.taken_back", order.pk, at, **about, reason=REASON)
    assert list(verify()) == []


def test_the_unit_that_is_rid_of_it_is_told(base: Cast) -> None:
    order = handled(base, AT)
    live(base, "dispatcher", "order.recalled", order.pk, AT, reason=REASON)
    assert Notice.objects.filter(order=order, staff=base.staff["clerk@town"], kind="order.recalled").exists()


# --- 29: people who go -----------------------------------------------------------------------
def leave(cast: Cast, who: str) -> Staff:
    """The person leaves; B takes over the post."""
    person = cast.staff[who]
    Post.objects.filter(pk=cast.posts[who].pk).update(holder_a=cast.staff[f"{who}:b"], holder_b=None)
    Staff.objects.filter(pk=person.pk).update(is_active=False)
    return cast.staff[f"{who}:b"]


def test_work_follows_the_post_when_the_directory_changes(base: Cast) -> None:
    order = handled(base, AT)
    assert succession.follow_posts(AT) == 0
    heir = leave(base, "clerk@town")
    assert succession.follow_posts(AT) == 1
    order.refresh_from_db()
    assert Share.objects.get(order=order).holder == order.owner_person == heir
    assert Entry.objects.filter(order=order).latest("number").action == "order.handed_over"
    assert Notice.objects.filter(order=order, staff=heir).exists()
    assert succession.follow_posts(AT) == 0
    assert list(verify()) == []


def test_warnings_go_to_whoever_holds_the_post_now(base: Cast) -> None:
    order = handled(base, AT)
    heir = leave(base, "clerk@town")
    due = Clock.objects.get(order=order, kind="contact").due
    assert sweep(due) >= 1
    told = Notice.objects.filter(order=order, kind="clock.breached").values_list("staff", flat=True)
    assert set(told) == {heir.pk}


def test_a_moved_clerk_keeps_nothing_that_he_cannot_open(base: Cast) -> None:
    order = handled(base, AT)
    moved, heat = base.staff["clerk@town"], base.units["heat"]
    Post.objects.filter(pk=base.posts["clerk@town"].pk).update(holder_a=base.staff["clerk@town:b"], holder_b=None)
    Staff.objects.filter(pk=moved.pk).update(unit=heat)
    succession.follow_posts(AT)
    assert Share.objects.get(order=order).holder == base.staff["clerk@town:b"]
    mine = Order.objects.filter(owner_person=moved)
    assert set(mine) <= set(Order.objects.all().visible_to(Staff.objects.get(pk=moved.pk)))


def test_a_moved_dispatcher_does_not_stay_responsible(base: Cast) -> None:
    pk = live(base, "agent", "order.registered", None, AT, **request())
    heir = leave(base, "dispatcher")
    assert succession.follow_posts(AT) == 1
    assert Order.objects.get(pk=pk).owner_person == heir


def test_a_unit_without_a_clerk_has_somebody_who_stands_in(base: Cast) -> None:
    order = handled(base, AT)
    Post.objects.filter(pk=base.posts["clerk@town"].pk).update(holder_a=None, holder_b=None)
    Staff.objects.filter(pk=base.staff["clerk@town"].pk).update(is_active=False)
    succession.follow_posts(AT)
    assert Share.objects.get(order=order).holder == base.staff["principal@town"]
    assert list(verify()) == []


# --- A31: A and B ----------------------------------------------------------------------------
def away(cast: Cast, who: str, start: datetime, end: datetime | None) -> None:
    Absence.objects.create(staff=cast.staff[who], start=start, end=end)


def holder_of(order: Order) -> Staff:
    """Who holds the share of the order, who answers for the order too."""
    order.refresh_from_db()
    share = Share.objects.get(order=order)
    assert order.owner_person == share.holder
    return share.holder


def test_a31_what_a_has_in_hand_goes_to_b_while_he_is_away_and_back(base: Cast) -> None:
    first, second = base.staff["clerk@town"], base.staff["clerk@town:b"]
    away(base, "clerk@town", later(AT, hours=1), later(AT, days=1))
    order = handled(base, AT)
    assert succession.follow_posts(AT) == 0
    # Nobody has changed the directory since: the hour has come.
    assert succession.follow_posts(later(AT, hours=1)) == 1
    assert holder_of(order) == second
    assert Entry.objects.filter(order=order).latest("number").action == "order.handed_over"
    assert Notice.objects.filter(order=order, staff=second, kind="order.handed_over").exists()
    assert succession.follow_posts(later(AT, hours=2)) == 0
    assert succession.follow_posts(later(AT, days=1)) == 1
    assert holder_of(order) == first
    assert Notice.objects.filter(order=order, staff=first, kind="order.handed_over").exists()
    assert list(verify()) == []


def test_a31_what_came_while_a_was_away_is_his_when_he_is_back(base: Cast) -> None:
    away(base, "clerk@town", AT, later(AT, days=1))
    pk = live(base, "agent", "order.registered", None, AT, **request())
    live(base, "dispatcher", "order.dispatched", pk, AT, shares=[{"unit": base.units["town"].pk}], basis="law")
    order, post = Order.objects.get(pk=pk), base.posts["clerk@town"]
    assert holder_of(order) == base.staff["clerk@town:b"]
    stand_in = Actor(post.role, base.centre.pk, base.staff["clerk@town:b"].pk, post.pk, post.unit_id)
    record(Act("share.signed", stand_in, later(AT, hours=1), order=pk))
    assert holder_of(order) == base.staff["clerk@town:b"]
    succession.follow_posts(later(AT, days=1))
    assert holder_of(order) == base.staff["clerk@town"]
    assert list(verify()) == []


def test_a31_an_act_alone_puts_it_right_too(base: Cast) -> None:
    order = handled(base, AT)
    away(base, "clerk@town", later(AT, hours=1), later(AT, days=1))
    live(base, "agent", "order.urged", order.pk, later(AT, hours=2), **PAYLOADS["order.urged"](base, order))
    assert holder_of(order) == base.staff["clerk@town:b"]


def test_a31_what_was_given_to_somebody_stays_with_him(base: Cast) -> None:
    order = handled(base, AT)
    second = base.staff["clerk@town:b"]
    live(base, "clerk@town", "share.transferred", order.pk, AT, to=second.pk)
    away(base, "clerk@town", later(AT, hours=1), later(AT, days=1))
    for at in (later(AT, hours=1), later(AT, days=1)):
        succession.follow_posts(at)
        assert holder_of(order) == second


def test_a31_with_both_away_it_stays_and_the_administrator_is_told(base: Cast) -> None:
    order = handled(base, AT)
    away(base, "clerk@town", AT, later(AT, days=2))
    away(base, "clerk@town:b", AT, later(AT, days=1))
    succession.follow_posts(AT)
    assert holder_of(order) == base.staff["clerk@town"]
    told = [sentence for sentence in administration.notices(base.centre, AT) if "同时不在岗" in sentence]
    assert len(told) == 1
    assert told[0].startswith("大店镇")
    succession.follow_posts(later(AT, days=1))
    assert holder_of(order) == base.staff["clerk@town:b"]
    assert not [s for s in administration.notices(base.centre, later(AT, days=1)) if "同时不在岗" in s]
    # B goes too, before A is back: nobody else is put in their place.
    away(base, "clerk@town:b", later(AT, days=1), None)
    succession.follow_posts(later(AT, days=1))
    assert holder_of(order) == base.staff["clerk@town:b"]
    succession.follow_posts(later(AT, days=2))
    assert holder_of(order) == base.staff["clerk@town"]
    assert list(verify()) == []


def test_a31_petitions_and_what_waits_at_the_centre_move_too(base: Cast) -> None:
    pk = live(base, "agent", "order.registered", None, AT, **request())
    waiting, petition = Order.objects.get(pk=pk), handled(base, AT)
    live(base, "clerk@town", "extension.filed", petition.pk, AT, **PAYLOADS["extension.filed"](base, petition))
    petition.refresh_from_db()
    judge = next(who for who, person in base.staff.items() if person == petition.owner_person)
    for who in {"dispatcher", judge}:
        away(base, who, later(AT, hours=1), later(AT, days=1))
    for hours, side in ((1, ":b"), (24, "")):
        assert succession.follow_posts(later(AT, hours=hours)) >= 2
        for order, who in ((waiting, "dispatcher"), (petition, judge)):
            order.refresh_from_db()
            assert order.owner_person == base.staff[f"{who}{side}"]
    assert list(verify()) == []


# --- 29 again --------------------------------------------------------------------------------
def test_one_person_hands_over_to_another_in_one_step(base: Cast) -> None:
    orders = [handled(base, AT) for _ in range(3)]
    directory = snapshot.of(base.centre.pk)
    person, to = base.staff["clerk@town"], base.staff["hotline_deputy@town"]
    plan = handover.of_person(directory, person.pk, base.staff["clerk@heat"].pk, AT)
    assert [(step.number, step.why) for step in plan.steps] == [(order.number, handover.NOT_THERE) for order in orders]
    assert handover.take(plan, base.actor("admin"), AT).orders == 0
    assert set(Share.objects.values_list("holder", flat=True)) == {person.pk}
    plan = handover.of_person(directory, person.pk, to.pk, AT)
    assert [step.to for step in plan.able] == [to.pk] * 3
    assert handover.take(plan, base.actor("admin"), AT).orders == 3
    assert set(Share.objects.values_list("holder", flat=True)) == {to.pk}
    assert list(verify()) == []


def test_without_a_name_the_posts_own_heir_takes_over(base: Cast) -> None:
    handled(base, AT)
    Post.objects.filter(pk=base.posts["clerk@town"].pk).update(holder_a=None)
    plan = handover.of_person(snapshot.of(base.centre.pk), base.staff["clerk@town"].pk, None, AT)
    assert [step.to for step in plan.steps] == [base.staff["clerk@town:b"].pk]
    assert handover.take(plan, base.actor("admin"), AT).orders == 1
    assert Share.objects.get().holder == base.staff["clerk@town:b"]


# --- 30: a unit that is closed ---------------------------------------------------------------
def test_a_closed_unit_hands_over_in_one_step_that_says_what_it_touches(base: Cast, nine: datetime) -> None:
    units = base.units
    alone, _ = reach(base, "signed", nine)
    beside, at = reach(base, "assist_signed", nine)
    helped = base.register(nine)
    base.dispatch(helped, nine, "bureau", "town")
    units["town"].active = False
    units["town"].save()
    directory = snapshot.of(base.centre.pk)
    plan = handover.of_unit(directory, units["town"].pk, units["bureau"].pk, basis="duty_list", reason=REASON)
    assert [(step.number, step.verb) for step in plan.steps] == [
        (alone.number, "share.reassigned"),
        (beside.number, "share.reassigned"),
        (helped.number, "share.released"),
    ]
    outcome = handover.take(plan, base.actor("dispatcher"), later(at, minutes=1))
    assert (outcome.orders, outcome.refused) == (3, ())
    assert not Share.objects.filter(unit=units["town"], ended_at=None).exists()
    assert {order.owner_unit for order in Order.objects.all()} == {units["bureau"]}
    assert list(verify()) == []


def test_the_command_shows_before_it_acts(base: Cast, nine: datetime) -> None:
    order, _ = reach(base, "signed", nine)
    centre = ["--centre", base.centre.code]
    asked = [*centre, "--unit", "town", "--to", "heat"]
    shown = CliRunner().invoke(command, asked)
    assert (shown.exit_code, order.number in shown.output, "预览" in shown.output) == (0, True, True)
    assert shares(order) == {"town": ("lead", "signed")}
    nobody = CliRunner().invoke(command, [*asked, "--apply", "--by", base.staff["agent"].username])
    assert (nobody.exit_code, "派单员或督办员" in nobody.output) == (1, True)
    done = CliRunner().invoke(command, [*asked, "--apply", "--by", base.staff["dispatcher"].username])
    assert (done.exit_code, "已移交 1 件" in done.output) == (0, True), done.output
    assert shares(order) == {"town": ("lead", "withdrawn"), "heat": ("lead", "pending")}


# --- 31: a vacant post -----------------------------------------------------------------------
def test_a_vacant_auditor_does_not_refuse_the_units_own_audit(base: Cast) -> None:
    order = handled(base, AT)
    live(base, "clerk@town", "share.replied", order.pk, AT, **REPLY)
    Post.objects.filter(pk=base.posts["auditor"].pk).update(holder_a=None, holder_b=None)
    live(base, "hotline_deputy@town", "share.unit_audited", order.pk, AT, approved=True)
    order.refresh_from_db()
    assert (order.node, order.owner_person, order.vacant) == ("audit", base.staff["supervisor"], "auditor")
    assert Notice.objects.filter(order=order, staff=base.staff["admin"]).count() == 1
    # Once somebody is there it is his.
    Post.objects.filter(pk=base.posts["auditor"].pk).update(holder_a=base.staff["auditor:b"])
    succession.follow_posts(AT)
    order.refresh_from_db()
    assert (order.owner_person, order.vacant) == (base.staff["auditor:b"], "")
    assert list(verify()) == []


# --- remarks ---------------------------------------------------------------------------------
def test_a_question_stands_with_the_other_side_until_it_is_answered(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    about = {"of_unit": base.units["town"].pk}
    base.do("auditor", "remark.asked", order.pk, at, text="请问何时上门检修？", **about)
    task = Task.objects.get(order=order, kind="remark")
    assert (task.unit, task.post_role, task.done_at, task.petition) == (base.units["town"], "clerk", None, False)
    with pytest.raises(Refused, match="没有等待本岗位答复的询问"):
        base.do("dispatcher", "remark.answered", order.pk, at, text="不归我答", **about)
    base.do("clerk@town", "remark.answered", order.pk, later(at, minutes=5), text="今日下午上门。", **about)
    task.refresh_from_db()
    assert task.outcome == "answered"
    share = Share.objects.get(order=order)
    assert (share.contacted_at, share.replied_at, share.state) == (None, None, "signed")
    base.do("clerk@town", "remark.asked", order.pk, later(at, minutes=6), text="号码打不通，有别的联系方式吗？")
    asked = Task.objects.get(order=order, kind="remark", done_at=None)
    assert (asked.unit, asked.post_role) == (base.units["centre"], "dispatcher")
    base.do("clerk@town", "share.replied", order.pk, later(at, minutes=7), **PAYLOADS["share.replied"](base, order))
    base.do("dispatcher", "remark.answered", order.pk, later(at, minutes=8), text="诉求人留的就是这个号码。", **about)
    assert not Task.objects.filter(order=order, done_at=None).exists()
    assert list(verify()) == []


def test_whoever_asked_is_told_of_the_answer(base: Cast) -> None:
    order = handled(base, AT)
    about = {"of_unit": base.units["town"].pk}
    live(base, "auditor", "remark.asked", order.pk, AT, text="请问何时上门检修？", **about)
    assert Notice.objects.filter(staff=base.staff["clerk@town"], kind="remark.asked").exists()
    live(base, "hotline_deputy@town", "remark.answered", order.pk, AT, text="今日下午上门。", **about)
    assert Notice.objects.filter(staff=base.staff["auditor"], kind="remark.answered").exists()
