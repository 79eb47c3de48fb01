"""The duties of Junan's rule book, one by one: when each is due and warned of, what its answer must contain, to whom it
falls, what waits for it (D17, D21, D22, D27, D28, D29, D30, D35); its queues, its words and its rates.

The numbers stand here once more, as the text or the pack's marked default has them: a changed one is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import pytest
from tests.acceptance.test_rows_junan import REPLY, done, out, rounds, sign_off, task
from tests.acceptance.test_rows_zhoucun_rounds import between, queues_of
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import Site
from tests.orders.test_petitions import PROOF, SAID

from lianxin.directory.models import Post
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.rules import policy

pytestmark = pytest.mark.django_db
CHAIN = ("line_deputy", "section_head", "discipline")


@pytest.fixture
def junan(db: None) -> Cast:
    cast = make_cast()
    for role in CHAIN:
        cast.post(f"{role}@town", "town", role)
    return cast


def at_work(cast: Cast, at: datetime, unit: str = "bureau", **facts: Any) -> Order:
    """An order that the unit has signed for."""
    order, _ = out(cast, at, unit, **facts)
    cast.sign_off(order, at)
    cast.do(f"clerk@{unit}", "share.signed", order.pk, at)
    return order


def labelled(cast: Cast, at: datetime) -> Order:
    order = at_work(cast, at)
    cast.do("supervisor", "order.labelled", order.pk, at, label="difficult", reason="涉及两家单位，需要研判。")
    return order


def to_be_met_about(cast: Cast, at: datetime) -> Order:
    order = labelled(cast, at)
    elements = ("涉及热力公司和物业，职责交叉。", "提请会商解决")
    done(cast, "hotline_deputy@bureau", task(order, "study"), at, "meeting", elements)
    return order


def planned(cast: Cast, at: datetime) -> Order:
    order = at_work(cast, at)
    called = {
        "numbers": [order.number],
        "title": "热力管网联席会议",
        "text": "研究老旧小区热力管网的维修责任。",
        "units": [cast.units["town"].pk, cast.units["bureau"].pk],
        "due": later(at, days=1),
    }
    meeting = cast.do("supervisor", "meeting.called", None, at, **called).order
    said = {
        "number": order.number,
        "plan": "更换楼前阀门，恢复供热。",
        "people": [cast.staff["clerk@bureau"].pk],
        "finish_by": "2026-11-25T18:00+08:00",
    }
    cast.do("supervisor", "meeting.planned", meeting, at, **said)
    return order


def late(cast: Cast, at: datetime) -> Order:
    order = at_work(cast, at, "town")
    clock = Clock.objects.get(order=order, kind="handle", ended_at=None)
    rung = {"clocks": [clock.pk]}
    record(Act("clock.breached", cast.actor("system"), clock.due, rung, order=order.pk, recorded_at=clock.due))
    return order


def again(unit: str, times: int) -> Callable[[Cast, datetime], Order]:
    """Handled again so many times, the last at 9 o'clock."""

    def lay(cast: Cast, at: datetime) -> Order:
        start = later(at, hours=-times)
        order, _ = out(cast, start, unit)
        rounds(cast, order, start, unit, times)
        return order

    return lay


def unreasonable(cast: Cast, at: datetime) -> Order:
    order = at_work(cast, at)
    cast.do("clerk@bureau", "share.contacted", order.pk, at, text="已解释政策规定，诉求人仍坚持。")
    record(Act("petition.filed", cast.actor("clerk@bureau"), at, SAID, order=order.pk, recorded_at=at, files=PROOF))
    return order


def urgent(cast: Cast, at: datetime) -> Order:
    return out(cast, at, urgency="urgent")[0]


def normal(cast: Cast, at: datetime) -> Order:
    return out(cast, at)[0]


class Duty(NamedTuple):
    """A duty: how it comes about on Wednesday 18 November 2026 at 9:00, its post, when it is due and warned of, how
    long each part of its answer is at least, and how it may end."""

    lay: Callable[[Cast, datetime], Order]
    kind: str
    post: str
    due: str
    warned: str
    least: tuple[int, ...] = ()
    outcomes: tuple[str, ...] = ("",)


DUTIES = {
    "D17.convene": Duty(to_be_met_about, "convene", "supervisor", "2026-11-24 00:00", "2026-11-21 00:00", (5,)),
    "D17.plan": Duty(planned, "carry_out", "clerk", "2026-11-25 18:00", "2026-11-24 18:00", (5,)),
    "D21.urgent": Duty(urgent, "sign_off", "principal", "2026-11-18 09:10", "2026-11-18 09:05"),
    "D21": Duty(normal, "sign_off", "principal", "2026-11-18 13:00", "2026-11-18 12:00"),
    "D22.lapse": Duty(late, "see_to_it", "discipline", "2026-11-28 00:00", "2026-11-27 16:00", (5, 5)),
    "D27.decided": Duty(unreasonable, "unreasonable", "supervisor", "2026-11-20 00:00", "2026-11-19 22:00"),
    "D28": Duty(again("bureau", 2), "second_rehandle", "principal", "2026-11-20 00:00", "2026-11-19 16:00", (5, 5)),
    "D30": Duty(
        again("town", 1),
        "process_review",
        "discipline",
        "2026-11-21 00:00",
        "2026-11-20 16:00",
        (10,),
        ("perfunctory", "earnest"),
    ),
    "D35": Duty(
        labelled, "study", "hotline_deputy", "2026-11-21 00:00", "2026-11-20 16:00", (10, 5), ("own", "meeting")
    ),
}


def the(order: Order, rule: str) -> Task:
    return Task.objects.filter(order=order, rule=rule).latest("pk")


@pytest.mark.parametrize("rule", DUTIES)
def test_d17_d21_d22_d27_d28_d30_d35_each_duty_is_due_when_the_text_says(
    junan: Cast, nine: datetime, rule: str
) -> None:
    duty = DUTIES[rule]
    found = the(duty.lay(junan, nine), rule)
    assert (found.kind, found.post_role) == (duty.kind, duty.post)
    clock = Clock.objects.get(task=found)
    assert (clock.due, clock.warn_at) == (shanghai(duty.due), shanghai(duty.warned))
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("rule", "outcome"), [(rule, outcome) for rule, duty in DUTIES.items() if duty.least for outcome in duty.outcomes]
)
def test_d17_d22_d28_d30_d35_the_answer_to_a_duty_says_enough_in_each_of_its_parts(
    junan: Cast, nine: datetime, rule: str, outcome: str
) -> None:
    duty, signs = DUTIES[rule], "已与各单位核实情况并约定办理时间"
    order = duty.lay(junan, nine)
    found = the(order, rule)
    who = next(key for key, person in junan.staff.items() if person.pk == found.holder_id)
    at, enough = later(found.made_at, hours=1), [signs[:least] for least in duty.least]
    before = Entry.objects.count()
    for n, least in enumerate(duty.least):
        for wrong in ([*enough[:n], signs[: least - 1], *enough[n + 1 :]], [*enough[:n], *enough[n + 1 :]]):
            with pytest.raises(Refused):
                done(junan, who, found, at, outcome, tuple(wrong))
    with pytest.raises(Refused):
        done(junan, who, found, at, outcome, (*enough, signs))
    assert Entry.objects.count() == before
    done(junan, who, found, at, outcome, tuple(enough))
    assert the(order, rule).done_at is not None


@pytest.mark.parametrize(
    ("rule", "vacant", "instead"),
    [
        ("D21.urgent", ("principal",), "hotline_deputy"),
        ("D21", ("principal",), "hotline_deputy"),
        ("D22.lapse", ("discipline",), "principal"),
        ("D28", ("principal",), "hotline_deputy"),
        ("D30", ("discipline", "hotline_deputy"), "principal"),
        ("D35", ("hotline_deputy",), "principal"),
    ],
)
def test_d21_d22_d28_d30_d35_where_the_post_is_vacant_it_falls_to_the_next(
    junan: Cast, nine: datetime, rule: str, vacant: tuple[str, ...], instead: str
) -> None:
    duty = DUTIES[rule]
    unit = "bureau" if rule in ("D28", "D35") else "town"
    if rule in ("D28", "D30"):
        # Vacated before the last round begins.
        start = later(nine, hours=-2)
        order, _ = out(junan, start, unit)
        rounds(junan, order, start, unit, 1 if rule == "D28" else 0)
        last(junan, order, later(nine, hours=-1), unit, vacant)
    else:
        _vacate(junan, unit, vacant)
        order = duty.lay(junan, nine)
    found = the(order, rule)
    assert (found.post_role, found.vacant) == (instead, vacant[0])


def last(cast: Cast, order: Order, at: datetime, unit: str, vacant: tuple[str, ...]) -> None:
    """One round more, in which the posts fall vacant once the unit has answered."""
    cast.sign_off(order, at)
    share = Share.objects.filter(order=order, ended_at=None).latest("pk")
    if share.state == "pending":
        cast.do(f"clerk@{unit}", "share.signed", order.pk, at)
    cast.do(f"clerk@{unit}", "share.contacted", order.pk, at, text="已电话联系诉求人。")
    cast.do(f"clerk@{unit}", "share.replied", order.pk, at, **REPLY)
    cast.do(f"hotline_deputy@{unit}", "share.unit_audited", order.pk, at, approved=True)
    cast.look_into(order, at)
    cast.do("auditor", "share.passed", order.pk, at, share=share.pk)
    _vacate(cast, unit, vacant)
    grades: dict[str, Any] = {"layer": "city", "result_grade": "dissatisfied", "solved": False}
    cast.do("callback", "callback.recorded", order.pk, at, **grades)
    cast.do("callback", "order.rehandled", order.pk, at, reason="诉求人称仍未解决，室温没有达标。")


def _vacate(cast: Cast, unit: str, roles: tuple[str, ...]) -> None:
    posts = Post.objects.filter(unit=cast.units[unit], role__in=roles)
    posts.update(holder_a=None, holder_b=None)


#: What a share of the town waits with until the head has signed it off.
WAITS: dict[str, dict[str, Any]] = {
    "share.signed": {},
    "share.contacted": {"text": "已电话联系诉求人。"},
    "share.progressed": {"text": "已安排人员前往。"},
    "share.delegated": {"unit": "village"},
    "inner.assigned": {"to": "clerk@town:b"},
    "share.replied": REPLY,
}


@pytest.mark.parametrize("urgency", ["urgent", "normal"])
@pytest.mark.parametrize("verb", WAITS)
def test_d21_all_that_the_unit_does_waits_for_the_head(junan: Cast, nine: datetime, verb: str, urgency: str) -> None:
    order, share = out(junan, nine, urgency=urgency)
    assert Order.objects.get(pk=order.pk).node == "task", "it stands with him meanwhile"
    if verb != "share.signed":
        # By hand, since nobody gets that far: each verb is asked by itself, not only the first of them.
        Share.objects.filter(pk=share.pk).update(state="signed", signed_at=nine)
    said = dict(WAITS[verb])
    said |= {"unit": junan.units["village"].pk} if "unit" in said else {}
    said |= {"to": junan.staff["clerk@town:b"].pk} if "to" in said else {}
    with pytest.raises(Refused, match=r"“镇长签批.*”还没有办结"):
        junan.do("clerk@town", verb, order.pk, nine, share=share.pk, **said)


# --- D29 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "urgency", "rule", "due", "warned"),
    [
        ("bureau", "urgent", "D29.urgent", "2026-11-18 10:00", "2026-11-18 09:40"),
        ("bureau", "normal", "D29.normal", "2026-11-20 00:00", "2026-11-19 16:00"),
        ("town", "urgent", "D29.signed_urg", "2026-11-18 10:05", "2026-11-18 09:45"),
        ("town", "normal", "D29.signed", "2026-11-20 00:00", "2026-11-19 16:00"),
    ],
)
def test_d29_when_the_caller_is_to_be_contacted(
    junan: Cast, nine: datetime, unit: str, urgency: str, rule: str, due: str, warned: str
) -> None:
    order, share = out(junan, nine, unit, urgency=urgency)
    signed = later(nine, minutes=5)
    if unit == "town":
        assert not Clock.objects.filter(order=order, kind="contact").exists(), "not before the head has signed"
        sign_off(junan, order, signed)
    clock = Clock.objects.get(order=order, kind="contact")
    assert (clock.rule, clock.due, clock.warn_at) == (rule, shanghai(due), shanghai(warned))
    junan.do(f"clerk@{unit}", "share.signed", order.pk, signed)
    assert Clock.objects.get(pk=clock.pk).ended_at is None
    # What is handed down has no such limit of its own.
    if unit == "town":
        said = {"unit": junan.units["village"].pk, "share": share.pk}
        junan.do("clerk@town", "share.delegated", order.pk, signed, **said)
        assert Clock.objects.filter(order=order, kind="contact").count() == 1
    contacted = {"text": "已电话联系诉求人。", "share": share.pk}
    junan.do(f"clerk@{unit}", "share.contacted", order.pk, later(nine, minutes=10), **contacted)
    assert Clock.objects.get(pk=clock.pk).end == "met"


# --- queues, words, rates -----------------------------------------------------------------------------

#: Before and after which others each queue of the pack stands.
QUEUES = {
    ("line_deputy@town", "chain"): ("unit_audit", "all"),
    ("section_head@town", "chain"): ("", "all"),
    ("discipline@town", "chain"): ("", "all"),
    ("supervisor", "second"): ("again", "unhappy"),
    ("leader", "second"): ("again", "open"),
    ("supervisor", "contacts"): ("closed", "upstairs"),
    ("hotline_deputy@town", "contacts"): ("overdue", "duties"),
    ("principal@town", "contacts"): ("led", "duties"),
}


def test_d22_d28_d36_where_its_own_queues_stand_among_the_others(junan: Cast) -> None:
    assert {(who, code): between(queues_of(junan, who), code) for who, code in QUEUES} == QUEUES


def test_d23_the_ten_systems_are_read_in_their_own_words(junan: Cast) -> None:
    page = Site(junan).get("clerk@town", "/regulations/").content.decode()
    for system in policy.find("junan-2021").systems:
        assert system.text in page
    assert "接到签批的工单后第一时间联系诉求人，响应率应达到 100%。" in page


@pytest.mark.parametrize(
    ("name", "measures", "shown"),
    [
        ("cleared_rate", {"ended": 2, "stock": 1}, "66.67%"),
        ("response_rate", {"contacted_in_time": 2, "contact_due": 3}, "66.67%"),
        ("early_study_rate", {"studied_in_time": 2, "study_due": 3}, "66.67%"),
        ("contacts_mean", {"contacts": 2, "handled": 3}, "0.67"),
    ],
)
def test_d26_d29_d35_d36_its_rates_are_printed_with_two_digits(name: str, measures: dict[str, int], shown: str) -> None:
    assert policy.find("junan-2021").formulas[name].show(measures) == shown
