"""The duties of Jinan's rule book, one by one: when each is laid and on whom, when it is due and warned of, what ends
it, what its answer must contain, and who calls an order what (C25, C28, C37, C39, C44–C46, C64, C65).

The numbers stand here once more, as the text or the pack's marked default has them: a changed one is seen.  Wednesday
18 November 2026, 9:00, is the beginning; the 21st and 22nd are a weekend.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import pytest
from tests.acceptance.zhoucun import REASON, REPLY, labelled, out, refused
from tests.cast import Cast, later, make_cast, shanghai
from tests.orders.test_recusal import name

from lianxin.directory.models import Post, Unit
from lianxin.ledger.models import Clock, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

pytestmark = pytest.mark.django_db
SAID = "已到现场核实，情况属实。"
DEPUTY = "hotline_deputy"


@pytest.fixture
def jinan(db: None) -> Cast:
    """The cast of a centre under the rule book of Jinan, with a sub-centre and a section of its own house."""
    cast = make_cast("jinan", "jinan-cg")
    for code, title, kind in (("tourism", "旅游局分中心", "sub_centre"), ("law", "法制科", "section")):
        cast.units[code] = Unit.objects.create(
            centre=cast.centre, parent=cast.units["centre"], code=code, name=title, type=kind, position=20
        )
        for role in ("clerk", DEPUTY):
            cast.post(f"{role}@{code}", code, role)
    return cast


def sent(cast: Cast, at: datetime, unit: str = "town", label: str = "", **facts: Any) -> Order:
    """Dispatched and not yet signed for, called `label` before."""
    order = cast.register(at, **facts)
    if label:
        labelled(cast, order, label, at)
    cast.dispatch(order, at, unit)
    return order


def sent_as(label: str) -> Callable[[Cast, datetime], Order]:
    """Dispatched, and called so before."""
    return lambda cast, at: sent(cast, at, label=label)


def to_the_sub_centre(cast: Cast, at: datetime) -> Order:
    return sent(cast, at, "tourism")


def urgent(cast: Cast, at: datetime) -> Order:
    return sent(cast, at, urgency="urgent")


def arrived_unproved(cast: Cast, at: datetime) -> Order:
    order = urgent(cast, at)
    cast.do("clerk@town", "share.arrived", order.pk, at)
    return order


def complained_of(cast: Cast, at: datetime) -> Order:
    order = cast.register(at)
    name(cast, order, at, "clerk@heat")
    return order


def criticised(cast: Cast, at: datetime) -> Order:
    order = complained_of(cast, at)
    labelled(cast, order, "criticism", at)
    return order


def met_a_repeat(cast: Cast, at: datetime) -> Order:
    order, _ = out(cast, at)
    cast.do("agent", "order.linked", cast.register(at).pk, at, number=order.number)
    return order


def third_period(cast: Cast) -> tuple[Order, Order]:
    """Of a matter that was raised again after the limit of 18 and after that of 26 November: the second order, in the
    town's hands, and the third, of Friday 4 December at 10:00, not dispatched yet."""
    first, _ = out(cast, shanghai("2026-11-18 09:00"))
    second, _ = out(cast, shanghai("2026-11-26 10:00"))
    cast.do("agent", "order.linked", second.pk, shanghai("2026-11-26 10:00"), number=first.number)
    third_at = shanghai("2026-12-04 10:00")
    third = cast.register(third_at)
    cast.do("agent", "order.linked", third.pk, third_at, number=second.number)
    return second, third


def became_difficult(cast: Cast, at: datetime) -> Order:
    return third_period(cast)[0]


def sent_as_difficult(cast: Cast, at: datetime) -> Order:
    third = third_period(cast)[1]
    cast.dispatch(third, shanghai("2026-12-04 10:00"), "bureau")
    return third


class Duty(NamedTuple):
    """A duty: how it comes about, its kind, its post and unit, when it is due and warned of, how long each part of its
    answer is at least, and how it may come out."""

    lay: Callable[[Cast, datetime], Order]
    kind: str
    post: str
    unit: str
    due: str
    warned: str = ""
    least: tuple[int, ...] = ()
    outcomes: tuple[str, ...] = ()


DUTIES = {
    "C25.call": Duty(
        to_the_sub_centre, "call_sub_centre", "dispatcher", "centre", "2026-11-18 09:10", "2026-11-18 09:05", (2, 5)
    ),
    "C28": Duty(urgent, "arrive", "clerk", "town", ""),
    "C28.check": Duty(
        *(arrived_unproved, "arrival_check", "supervisor", "centre", "2026-11-20 00:00", "2026-11-19 22:00", (5,)),
        outcomes=("there", "not_there"),
    ),
    "C37": Duty(sent_as("big_problem"), "report_problem", "leader", "centre", "2026-11-18 09:10", "", (2,)),
    "C37.event_told": Duty(sent_as("big_event"), "report_event", "leader", "centre", "2026-11-18 09:10", "", (2,)),
    "C37.event_watch": Duty(sent_as("big_event"), "watch_event", "supervisor", "centre", "2026-11-18 09:10", "", (2,)),
    "C37.critic_told": Duty(criticised, "report_criticism", "leader", "centre", "2026-11-18 09:10", "", (2,)),
    "C39": Duty(met_a_repeat, "repeat_urge", "clerk", "town", "2026-11-20 00:00", "2026-11-19 20:00", (5,)),
    "C39.difficult": Duty(
        sent_as_difficult, "difficult_urge", DEPUTY, "bureau", "2026-12-08 00:00", "2026-12-07 20:00", (5,)
    ),
    "C39.became": Duty(
        became_difficult, "difficult_urge", DEPUTY, "town", "2026-12-08 00:00", "2026-12-07 20:00", (5,)
    ),
    "C45": Duty(sent_as("on_spot"), "on_spot", "clerk", "town", "2026-11-19 00:00", "2026-11-18 22:00"),
    "C45.site": Duty(
        *(sent_as("on_spot"), "on_spot_told", "clerk", "town", "2026-11-19 00:00", "", (5,)),
        outcomes=("told", "absent"),
    ),
    "C46": Duty(sent_as("complex"), "complex", "clerk", "town", "2026-11-22 00:00", "2026-11-21 00:00"),
    "C64.watched": Duty(complained_of, "watch_complaint", "supervisor", "centre", "2026-11-26 00:00", "", (5,)),
}


def the(order: Order, rule: str) -> Task:
    return Task.objects.get(order=order, rule=rule)


def who_has(cast: Cast, found: Task) -> str:
    """Whoever has it, as the cast calls him."""
    return next(key for key, person in cast.staff.items() if person.pk == found.holder_id)


@pytest.mark.parametrize("rule", DUTIES)
def test_c25_c28_c37_c39_c45_c46_c64_each_duty_is_due_when_the_text_says(
    jinan: Cast, nine: datetime, rule: str
) -> None:
    duty = DUTIES[rule]
    found = the(duty.lay(jinan, nine), rule)
    assert (found.kind, found.post_role, found.vacant, found.unit) == (duty.kind, duty.post, "", jinan.units[duty.unit])
    limits = [(clock.due, clock.warn_at) for clock in Clock.objects.filter(task=found)]
    warned = shanghai(duty.warned) if duty.warned else None
    assert limits == ([(shanghai(duty.due), warned)] if duty.due else [])
    assert list(verify()) == []


def test_c25_c28_c37_c39_c45_c46_c64_must_not_bite_on_an_ordinary_order(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "town", "heat")
    jinan.do("clerk@town", "share.signed", order.pk, nine)
    assert not {*Task.objects.filter(order=order).values_list("rule", flat=True)} & {*DUTIES}


@pytest.mark.parametrize(
    ("rule", "label", "urgency"),
    [
        ("C28", "", "urgent"),
        ("C45", "on_spot", "normal"),
        ("C45.site", "on_spot", "normal"),
        ("C46", "complex", "normal"),
    ],
)
def test_c28_c45_c46_must_not_bite_on_whoever_assists_or_has_it_from_a_unit(
    jinan: Cast, nine: datetime, rule: str, label: str, urgency: str
) -> None:
    order = jinan.register(nine, urgency=urgency)
    if label:
        labelled(jinan, order, label, nine)
    jinan.dispatch(order, nine, "town", "heat")
    jinan.do("clerk@town", "share.signed", order.pk, nine)
    jinan.do("clerk@town", "share.delegated", order.pk, nine, unit=jinan.units["village"].pk)
    assert the(order, rule).unit == jinan.units["town"]


@pytest.mark.parametrize("rule", [rule for rule, duty in DUTIES.items() if duty.least])
def test_c25_c28_c37_c39_c45_c64_the_answer_to_a_duty_says_enough_in_each_of_its_parts(
    jinan: Cast, nine: datetime, rule: str
) -> None:
    duty = DUTIES[rule]
    order = duty.lay(jinan, nine)
    found = the(order, rule)
    who, at = who_has(jinan, found), later(found.made_at, minutes=1)
    enough = [SAID[:least] for least in duty.least]
    said: dict[str, Any] = {"task": found.pk, "outcome": duty.outcomes[0] if duty.outcomes else ""}
    for n, least in enumerate(duty.least):
        short = [*enough[:n], SAID[: least - 1], *enough[n + 1 :]]
        assert "elements" in "".join(refused(jinan, who, "task.done", order, at, **said, elements=short))
        refused(jinan, who, "task.done", order, at, **said, elements=[*enough[:n], *enough[n + 1 :]])
    refused(jinan, who, "task.done", order, at, **said, elements=[*enough, SAID])
    jinan.do(who, "task.done", order.pk, at, **said, elements=enough)
    assert the(order, rule).outcome == (duty.outcomes[0] if duty.outcomes else "done")


@pytest.mark.parametrize("rule", [rule for rule, duty in DUTIES.items() if duty.outcomes])
def test_c28_c45_each_way_in_which_it_may_come_out(jinan: Cast, nine: datetime, rule: str) -> None:
    duty = DUTIES[rule]
    for outcome in duty.outcomes:
        order = duty.lay(jinan, nine)
        found = the(order, rule)
        said = {"task": found.pk, "elements": [SAID]}
        refused(jinan, who_has(jinan, found), "task.done", order, nine, **said, outcome="")
        jinan.do(who_has(jinan, found), "task.done", order.pk, nine, **said, outcome=outcome)
        assert the(order, rule).outcome == outcome


@pytest.mark.parametrize(
    ("rule", "vacant", "instead"),
    [
        ("C39.difficult", (DEPUTY,), "principal"),
        ("C39.difficult", (DEPUTY, "principal"), "clerk"),
        ("C39.became", (DEPUTY,), "principal"),
        ("C39.became", (DEPUTY, "principal"), "clerk"),
        ("C64.watched", ("supervisor",), "leader"),
        ("C37.critic_told", ("leader",), "supervisor"),
    ],
)
def test_c37_c39_c64_where_the_post_is_vacant_it_falls_to_the_next(
    jinan: Cast, nine: datetime, rule: str, vacant: tuple[str, ...], instead: str
) -> None:
    duty = DUTIES[rule]
    # Who handles orders at the centre is nobody's stand-in there.
    jinan.post("clerk@centre", "centre", "clerk")
    order = complained_of(jinan, nine) if rule == "C37.critic_told" else None
    Post.objects.filter(unit=jinan.units[duty.unit], role__in=vacant).update(holder_a=None, holder_b=None)
    if order is None:
        order = duty.lay(jinan, nine)
    else:
        labelled(jinan, order, "criticism", nine)
    found = the(order, rule)
    assert (found.post_role, found.vacant) == (instead, vacant[0])


# --- what ends them --------------------------------------------------------------------------------


def audited(cast: Cast, order: Order, at: datetime) -> None:
    cast.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    cast.do(f"{DEPUTY}@town", "share.unit_audited", order.pk, at, approved=True)


def test_c45_what_was_settled_on_the_spot_is_told_before_the_reply_which_ends_it(jinan: Cast, nine: datetime) -> None:
    order = sent(jinan, nine, label="on_spot")
    jinan.do("clerk@town", "share.signed", order.pk, nine)
    assert "当场向诉求人反馈" in refused(jinan, "clerk@town", "share.replied", order, nine, **REPLY)[""]
    told = {"task": the(order, "C45.site").pk, "elements": [SAID], "outcome": "absent"}
    jinan.do("clerk@town", "task.done", order.pk, nine, **told)
    jinan.do("clerk@town", "share.replied", order.pk, nine, **REPLY)
    assert the(order, "C45").done_at is None
    jinan.do(f"{DEPUTY}@town", "share.unit_audited", order.pk, nine, approved=True)
    assert the(order, "C45").outcome == "done"


@pytest.mark.parametrize("who", ["clerk@town", f"{DEPUTY}@town"])
def test_c46_word_of_progress_or_the_reply_ends_it_whoever_of_the_unit_gives_it(
    jinan: Cast, nine: datetime, who: str
) -> None:
    order = sent(jinan, nine, label="complex")
    jinan.do("clerk@town", "share.signed", order.pk, nine)
    assert the(order, "C46").done_at is None
    jinan.do(who, "share.progressed", order.pk, nine, text="管线图纸已经调到，明天上午开挖检修。")
    assert the(order, "C46").outcome == "done"
    other = sent(jinan, nine, label="complex")
    jinan.do("clerk@town", "share.signed", other.pk, nine)
    audited(jinan, other, nine)
    assert the(other, "C46").outcome == "done"


def test_c64_neither_audit_nor_closing_before_the_complaint_was_looked_into(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    name(jinan, order, nine, "clerk@heat")
    audited(jinan, order, nine)
    assert "督察督办对执法人员的投诉" in refused(jinan, "auditor", "share.passed", order, nine)[""]
    found = the(order, "C64.watched")
    jinan.do("supervisor", "task.done", order.pk, nine, task=found.pk, elements=[SAID])
    jinan.do("auditor", "share.passed", order.pk, nine)
    later_named, _ = out(jinan, nine)
    audited(jinan, later_named, nine)
    jinan.do("auditor", "share.passed", later_named.pk, nine)
    name(jinan, later_named, nine, "clerk@heat")
    at = later(nine, minutes=10)
    grades = {"layer": "district", "process_grade": "satisfied", "result_grade": "satisfied", "solved": True}
    jinan.do("callback", "callback.recorded", later_named.pk, at, **grades)
    ends = {"result": "solved", "told": "已告知诉求人办理结果。"}
    assert "督察督办对执法人员的投诉" in refused(jinan, "callback", "order.closed", later_named, at, **ends)[""]


# --- clocks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["", "on_site"])
def test_c44_sixty_minutes_from_the_dispatch_until_somebody_is_there(jinan: Cast, nine: datetime, label: str) -> None:
    order = jinan.register(nine, **({} if label else {"urgency": "urgent"}))
    if label:
        labelled(jinan, order, label, nine)
    at = later(nine, minutes=3)
    jinan.dispatch(order, at, "town", "heat")
    jinan.do("clerk@town", "share.signed", order.pk, later(at, minutes=2))
    jinan.do("clerk@town", "share.delegated", order.pk, later(at, minutes=2), unit=jinan.units["village"].pk)
    clock = Clock.objects.get(order=order, rule="C44")
    assert (clock.share.unit, clock.due, clock.warn_at) == (
        jinan.units["town"],
        shanghai("2026-11-18 10:03"),
        shanghai("2026-11-18 09:53"),
    )
    jinan.do("clerk@town", "share.progressed", order.pk, later(at, minutes=9), text="正在赶往现场途中，约十分钟到。")
    assert Clock.objects.get(pk=clock.pk).ended_at is None, "word of progress is no arrival"
    jinan.do("clerk@town", "share.arrived", order.pk, later(at, minutes=59))
    assert Clock.objects.get(pk=clock.pk).end == "met"


def test_c65_a_section_has_two_workdays_for_its_opinion(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "bureau", "law", "heat")
    clock = Clock.objects.get(order=order, rule="C65.opine")
    assert (clock.kind, clock.share.unit, clock.due, clock.warn_at) == (
        "handle",
        jinan.units["law"],
        shanghai("2026-11-21 00:00"),
        shanghai("2026-11-20 20:00"),
    )
    jinan.do("clerk@law", "share.signed", order.pk, nine)
    assert Clock.objects.get(pk=clock.pk).ended_at is None
    jinan.do("clerk@law", "share.opined", order.pk, nine, text="依照条例第十二条，属违法搭建，应当拆除。")
    assert Clock.objects.get(pk=clock.pk).end == "met"


# --- who calls an order what -----------------------------------------------------------------------

EVERYBODY = (
    *("agent", "dispatcher", "auditor", "callback", "supervisor", "leader"),
    *("clerk@town", f"{DEPUTY}@town", "principal@town"),
)
UPWARD = ("dispatcher", "auditor", "callback", "supervisor", "leader")
JUDGED = ("dispatcher", "supervisor", "clerk@town", f"{DEPUTY}@town", "principal@town")
#: By whom each label is put on, and by whom it is taken off.
LABELS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "big_problem": (UPWARD, ("leader",)),
    "big_event": (UPWARD, ("leader",)),
    "criticism": (UPWARD, ("leader",)),
    "on_site": (("dispatcher", "supervisor"), ("supervisor",)),
    "on_spot": (JUDGED, ("dispatcher", "supervisor")),
    "complex": (JUDGED, ("dispatcher", "supervisor")),
}


@pytest.mark.parametrize("label", LABELS)
def test_c37_c44_c45_c46_who_calls_an_order_what_and_who_takes_it_back(jinan: Cast, nine: datetime, label: str) -> None:
    order, _ = out(jinan, nine)
    said: dict[str, Any] = {"label": label, "reason": REASON}
    if label == "criticism":
        assert "登记被投诉对象" in refused(jinan, "dispatcher", "order.labelled", order, nine, **said)["label"]
        name(jinan, order, nine, "clerk@heat")
    put_on, taken_off = LABELS[label]
    for who in EVERYBODY:
        if who not in put_on:
            assert refused(jinan, who, "order.labelled", order, nine, **said)
    for n, who in enumerate(put_on):
        jinan.do(who, "order.labelled", order.pk, nine, **said)
        for other in EVERYBODY if not n else ():
            if other not in taken_off:
                assert refused(jinan, other, "order.unlabelled", order, nine, **said)
        jinan.do(taken_off[n % len(taken_off)], "order.unlabelled", order.pk, nine, **said)
