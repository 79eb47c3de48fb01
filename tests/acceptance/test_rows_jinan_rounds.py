"""What comes round in Jinan's rule book, what is watched, how soon each step of a proceeding is due, what a report or
an inspection must say, and in which order queues stand (C23, C28, C29, C32, C40, C43, C47–C49, C51–C53, C55, C59, C61,
C64).

The numbers stand here once more, as the text or the pack's marked default has them: a changed one is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from tests.acceptance.test_jinan_account import act, answered, back, cases, confirming, ladder, no, opened, sent, urge
from tests.acceptance.test_jinan_bodies import problems
from tests.acceptance.test_jinan_meetings import SPRING, marked
from tests.acceptance.test_jinan_teams import HERE, arrive, circled, urgent, verdict, where
from tests.acceptance.test_rows_zhoucun_rounds import between, queues_of
from tests.acceptance.zhoucun import REASON
from tests.cast import Cast, later, make_cast, shanghai
from tests.orders.test_recusal import WHY
from tests.proceedings.inspecting import begin, check, closed, conclude, draw, observe, said_of, teams
from tests.proceedings.ladders import OTHERS, PARTS, TEXTS, called, escalated, filed, held, said, signed
from tests.proceedings.language import OBJECTION, drawn
from tests.proceedings.language import found as marks_found
from tests.proceedings.stages import do

from lianxin.directory.models import Area, Unit
from lianxin.duties import rounds, watching
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Task
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order
from lianxin.proceedings.models import About, Proceeding

pytestmark = pytest.mark.django_db
AT = shanghai("2026-11-02 09:00")
MONDAY = shanghai("2026-11-23 09:00")


@pytest.fixture
def jinan(db: None) -> Cast:
    """The cast of a centre under the rule book of Jinan, with a city's and a district's inspection."""
    return teams(make_cast("jinan", "jinan-cg"))


# --- what comes round ------------------------------------------------------------------------------

#: Each duty, as of the second quarter, of April 2026 or of the week of the 13th: whose and where, when it is due and
#: warned of, and until when what was done in time may still be told.
ROUNDS = {
    "C47": ("supervisor", ("centre",), "2026-07-01 00:00", "2026-06-16 00:00", "2026-07-01 00:00"),
    "C48": ("clerk", ("bureau", "heat", "town"), "2026-07-01 00:00", "2026-06-21 00:00", "2026-07-11 00:00"),
    "C48.notice": ("supervisor", ("centre",), "2026-07-01 00:00", "2026-06-16 00:00", "2026-07-01 00:00"),
    "C53": ("clerk", ("section", "team"), "2026-04-20 00:00", "2026-04-18 00:00", "2026-04-27 00:00"),
    "C55": ("clerk", ("section", "team"), "2026-05-01 00:00", "2026-04-24 00:00", "2026-05-01 00:00"),
}


@pytest.mark.parametrize("rule", ROUNDS)
def test_c47_c48_c53_c55_whose_it_is_when_what_comes_round_is_due_and_when_it_is_unmet(jinan: Cast, rule: str) -> None:
    post, units, due, warned, over = ROUNDS[rule]
    # A sub-centre with a supervisor of its own owes nothing of what the centre owes.
    root = jinan.units["centre"]
    jinan.units["tourism"] = Unit.objects.create(
        centre=jinan.centre, parent=root, code="tourism", name="旅游局分中心", type="sub_centre", position=20
    )
    jinan.post("supervisor@tourism", "tourism", "supervisor")
    rounds.run(SPRING)
    found = Task.objects.filter(rule=rule).order_by("unit__code")
    assert [task.unit for task in found] == [jinan.units[unit] for unit in units]
    for task in found:
        clock = Clock.objects.get(task=task)
        assert (task.post_role, clock.due, clock.warn_at) == (post, shanghai(due), shanghai(warned))
    one = found[0].pk
    rounds.run(later(shanghai(over), minutes=-1))
    assert Task.objects.get(pk=one).outcome == ""
    rounds.run(shanghai(over))
    assert Task.objects.get(pk=one).outcome == "unmet"


def met(cast: Cast, who: str, at: datetime) -> None:
    root = meeting_called(cast, at)
    marked(cast, who, "work_meeting.held", root, later(at, hours=3), held_at=later(at, hours=3), parts=list(PARTS))


def meeting_called(cast: Cast, at: datetime) -> int:
    """The regular meeting, with a task out of it, not held yet."""
    units = [cast.units["town"].pk]
    about = {"level": "quarterly", "title": "工作例会", "text": "季度工作例会。", "units": units}
    root = marked(cast, "supervisor", "work_meeting.called", None, at, **about, due=later(at, hours=3))
    task = {"task": "逐户测温，台账报市局。", "charged": units[0], "deadline": later(at, days=20)}
    marked(cast, "supervisor", "work_meeting.assigned", root, later(at, hours=3), **task)
    return root


def reports(cast: Cast, who: str, at: datetime) -> None:
    marked(cast, who, "unit_report.filed", None, at, which="current", **TEXTS)


def notifies(cast: Cast, who: str, at: datetime) -> None:
    marked(cast, who, "report_notice.issued", None, at, note="请未报单位说明。", missing=[], in_time=[])


def inspects(level: str = "roster") -> Callable[[Cast, str, datetime], None]:
    def inspected(cast: Cast, who: str, at: datetime) -> None:
        root = begin(cast, at, level, by=who)
        observe(cast, root, later(at, minutes=20), by=who)
        conclude(cast, root, later(at, minutes=30), by=who)

    return inspected


def rechecks(cast: Cast, who: str, at: datetime) -> None:
    closed(cast, later(at, hours=-2), 3)
    root = draw(cast, at, by=who)
    for n, number in enumerate(said_of(root, "recheck.drawn")["drawn"], 1):
        check(cast, root, number, later(at, hours=n), by=who)
    do(cast, who, "recheck.concluded", root.pk, later(at, hours=4), summary="三件逐一到现场，均已处理到位。")


#: Who does what of the fourth quarter, of November, of the week; nobody else's word counts.
DOES: list[tuple[str, str, Callable[[Cast, str, datetime], None], str]] = [
    *(("C47", "centre", met, who) for who in ("supervisor", "leader")),
    *(("C48", "town", reports, f"{who}@town") for who in ("clerk", "hotline_deputy", "line_deputy", "principal")),
    *(("C48.notice", "centre", notifies, who) for who in ("supervisor", "leader")),
    *(("C53", "team", rechecks, f"{who}@team") for who in ("clerk", "hotline_deputy", "line_deputy", "principal")),
    *(("C55", "team", inspects(), f"{who}@team") for who in ("clerk", "hotline_deputy", "line_deputy", "principal")),
    *(("C55", "team", inspects(level), "clerk@team") for level in ("intake", "dispatching", "enforcement")),
]


@pytest.mark.parametrize(("rule", "unit", "did", "who"), DOES)
def test_c47_c48_c53_c55_whose_word_counts_for_what_comes_round(
    jinan: Cast, rule: str, unit: str, did: Callable[[Cast, str, datetime], None], who: str
) -> None:
    # What the quarter before was owed is what is notified.
    rounds.run(shanghai("2026-09-14 09:00"))
    rounds.run(MONDAY)
    jinan.post("line_deputy@town", "town", "line_deputy")
    did(jinan, who, later(MONDAY, hours=1))
    rounds.run(later(MONDAY, hours=6))
    period = {"C53": "2026-W48", "C55": "2026-11"}.get(rule, "2026-Q4")
    found = Task.objects.get(rule=rule, unit=jinan.units[unit], period=period)
    assert found.outcome == "done"


# --- what is watched -------------------------------------------------------------------------------


def test_c51_whatever_pressed_it_last_the_third_time_makes_the_case(jinan: Cast) -> None:
    for last in ("urge", "send_back", "label"):
        order = sent(jinan, AT, label="" if last == "label" else "key")
        answered(jinan, order, AT)
        back(jinan, order, AT)
        urge(jinan, order, AT)
        watching.run(later(AT, minutes=1))
        assert not about(order, "C51"), "twice"
        if last == "urge":
            urge(jinan, order, later(AT, minutes=2))
        else:
            answered(jinan, order, later(AT, minutes=2))
            back(jinan, order, later(AT, minutes=2))
        if last == "label":
            watching.run(later(AT, minutes=3))
            assert not about(order, "C51"), "not under key supervision"
            act(jinan, "supervisor", "order.labelled", order.pk, later(AT, minutes=4), label="key", reason=REASON)
        watching.run(later(AT, minutes=5))
        assert len(about(order, "C51")) == 1


def about(order: Order, rule: str) -> list[Proceeding]:
    """What that watch proposed about the order."""
    return [case for case in cases(rule) if About.objects.filter(proceeding=case, to_order=order).exists()]


def test_c61_passed_on_twice_it_is_a_case(jinan: Cast) -> None:
    order = sent(jinan, AT)
    for n, unit in enumerate(("town", "bureau"), 1):
        said = {"unit": jinan.units[unit].pk, "basis": "law", "reason": REASON}
        assert not about(order, "C61.passed"), "once"
        act(jinan, "dispatcher", "share.reassigned", order.pk, later(AT, minutes=2 * n), **said)
        watching.run(later(AT, minutes=2 * n + 1))
    assert len(about(order, "C61.passed")) == 1


def test_c61_sent_back_twice_or_late_it_is_a_case_and_not_before(jinan: Cast) -> None:
    order = sent(jinan, AT)
    answered(jinan, order, AT)
    back(jinan, order, AT)
    watching.run(later(AT, minutes=1))
    assert not Proceeding.objects.filter(kind="accountability").exists()
    answered(jinan, order, later(AT, minutes=2))
    back(jinan, order, later(AT, minutes=2))
    watching.run(later(AT, minutes=3))
    assert (len(cases("C61.perfunctory")), len(cases("C61.delayed"))) == (1, 0)
    other = sent(jinan, AT)
    due = Clock.objects.get(order=other, kind="handle").due
    sweep(later(due, seconds=-1))
    watching.run(later(due, seconds=-1))
    assert not cases("C61.delayed")
    sweep(due)
    watching.run(later(due, minutes=1))
    assert len(about(other, "C61.delayed")) == 1


@pytest.mark.parametrize("level", ["unmoved", "inflamed", "gain", "leaked"])
def test_c52_each_of_the_four_prohibitions_is_confirmed_as_such(jinan: Cast, level: str) -> None:
    root = opened(jinan, sent(jinan, AT), AT)
    act(jinan, "supervisor", "accountability.confirmed", root.pk, AT, **confirming(jinan, level))
    assert Proceeding.objects.get(pk=root.pk).level == level


@pytest.mark.parametrize("level", ["passed_about", "delayed", "perfunctory", "untrue"])
def test_c61_each_of_the_four_that_are_found_is_confirmed_as_such(jinan: Cast, level: str) -> None:
    root = opened(jinan, sent(jinan, AT), AT)
    assert root.due_at == shanghai("2026-11-06 00:00"), "three working days"
    act(jinan, "supervisor", "accountability.confirmed", root.pk, AT, **confirming(jinan, level))
    assert Proceeding.objects.get(pk=root.pk).level == level


def test_c59_five_workdays_to_put_it_right_and_three_after_the_bulletin(jinan: Cast) -> None:
    root = ladder(jinan)
    assert root.due_at == shanghai("2026-11-10 00:00")
    told = {"text": "责令改正后仍未到场处理，现予通报。"}
    last = later(shanghai("2026-11-10 00:00"), minutes=-1)
    assert "时限还没有到" in str(no(jinan, "supervisor", "inspection_ladder.published", root.pk, last, **told))
    published = shanghai("2026-11-10 09:00")
    act(jinan, "supervisor", "inspection_ladder.published", root.pk, published, **told)
    assert Proceeding.objects.get(pk=root.pk).due_at == shanghai("2026-11-14 00:00")


# --- who complains of whom -------------------------------------------------------------------------


def test_c64_who_names_whom_it_complains_of_and_who_takes_that_back(jinan: Cast, nine: datetime) -> None:
    named = {"people": [jinan.staff["clerk@heat"].pk], "reason": WHY}
    centre = ("agent", "dispatcher", "auditor", "callback", "supervisor", "leader")
    for n, who in enumerate(centre):
        order = jinan.register(nine)
        jinan.do(who, "order.recused", order.pk, nine, **named)
        for other in () if n else centre[:4]:
            assert "撤销" in str(problems(jinan, other, "order.recused", order.pk, nine, **named, lifts=True))
        jinan.do(("supervisor", "leader")[n % 2], "order.recused", order.pk, nine, **named, lifts=True)
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "town")
    assert problems(jinan, "clerk@town", "order.recused", order.pk, nine, **named)


# --- reports and meetings --------------------------------------------------------------------------


def test_c48_two_hours_to_report_and_four_to_answer(jinan: Cast, nine: datetime) -> None:
    for minutes, told in ((120, "及时"), (121, "迟报：得知之后超过2小时")):
        root = filed(jinan, nine, level="major", known_at=later(nine, minutes=-minutes))
        assert said(root, "timely_report.filed")["in_time"] == told
        assert Clock.objects.get(proceeding=root).due == later(nine, hours=4)


@pytest.mark.parametrize(
    ("level", "settled"), [("urgent", True), ("major", True), ("coordinate", False), ("difficult", False)]
)
def test_c48_what_an_answer_settles_and_what_must_be_coordinated(
    jinan: Cast, nine: datetime, level: str, settled: bool
) -> None:
    root, at, answer = filed(jinan, nine, level=level), later(nine, hours=1), {"answer": "应急办已到场，正在排险。"}
    if not settled:
        told = problems(jinan, "leader", "timely_report.answered", root, at, **answer)
        assert "须由市局协调解决" in told["answer"]
        return
    do(jinan, "leader", "timely_report.answered", root, at, **answer)
    assert Proceeding.objects.get(pk=root).state == "answered"


def test_c40_c49_of_two_units_it_is_complex_and_two_workdays_to_write_on_its_report(
    jinan: Cast, nine: datetime
) -> None:
    one, two = filed(jinan, nine), filed(jinan, nine, "bureau")
    solution = {"solution": "由市局借调测温设备，明日到位。"}
    do(jinan, "supervisor", "timely_report.coordinated", one, nine, **solution)
    assert problems(jinan, "supervisor", "timely_report.coordinated", two, nine, **solution)
    report = escalated(jinan, two, nine)
    signed(jinan, report, nine)
    assert Clock.objects.get(proceeding=report).due == shanghai("2026-11-21 00:00")


#: Of twenty signs: what shares eighteen of them with it is the same again, what shares seventeen is not.
FIRST = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
SAME, OTHER = FIRST[:18] + "天地", FIRST[:17] + "天地人"


def test_c47_a_part_says_ten_signs_and_nothing_that_was_said_before(jinan: Cast, nine: datetime) -> None:
    root, now = called(jinan, nine), later(nine, hours=3)
    task = {"task": "入冬前逐户测温，台账报市局。", "deadline": later(now, days=20), "charged": jinan.units["town"].pk}
    do(jinan, "supervisor", "work_meeting.assigned", root, now, **task)

    def refused(*parts: str) -> dict[str, str]:
        return problems(jinan, "supervisor", "work_meeting.held", root, now, held_at=now, parts=list(parts))

    assert refused(*PARTS[:3], PARTS[3][:9])
    assert refused(*PARTS[:3])
    assert refused(*PARTS[:2], FIRST, SAME)
    held(jinan, root, now, OTHERS[0], "一二三四五六七八九十", FIRST, OTHER)


# --- inspection ------------------------------------------------------------------------------------


def test_c29_a_record_says_ten_signs_something_new_and_ten_minutes_later(jinan: Cast) -> None:
    root, at = begin(jinan, MONDAY), later(MONDAY, minutes=30)

    def refused(then: datetime, account: str, **more: Any) -> set[str]:
        return set(problems_of(observe, jinan, root, then, account=account, **more))

    assert refused(at, FIRST[:9]) == {"account"}
    assert refused(at, FIRST, files=()) == {"files"}
    observe(jinan, root, at, account=FIRST)
    assert refused(later(at, minutes=10), SAME) == {"account"}
    assert refused(later(at, minutes=9), OTHER) == {"observed_at"}
    observe(jinan, root, later(at, minutes=10), account=OTHER)
    observe(jinan, root, later(at, minutes=20), account="一二三四五六七八九十")


@pytest.mark.parametrize("level", ["hot_spot", "difficult"])
def test_c54_c57_a_hot_spot_and_a_difficult_matter_name_their_orders(jinan: Cast, level: str) -> None:
    assert "须写明涉及的工单" in problems_of(begin, jinan, MONDAY, level)["numbers"]
    (order,) = closed(jinan, later(MONDAY, hours=-2))
    begin(jinan, MONDAY, level, numbers=[order.number])


def test_c53_what_was_closed_within_seven_days_is_drawn_from(jinan: Cast) -> None:
    def at(order: Order) -> datetime:
        closed_at = Order.objects.get(pk=order.pk).closed_at
        assert closed_at is not None
        return closed_at

    (order,) = closed(jinan, shanghai("2026-11-16 09:00"))
    early = later(at(order), days=7, minutes=1)
    assert "近7日" in str(problems_of(draw, jinan, early))
    assert said_of(draw(jinan, later(at(order), days=7)), "recheck.drawn")["pool"] == [order.number]


def problems_of(does: Any, *args: Any, **more: Any) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        does(*args, **more)
    return caught.value.problems


# --- arrival ---------------------------------------------------------------------------------------


def test_c28_told_ten_minutes_later_or_a_hundred_metres_wrong_it_still_proves(jinan: Cast, nine: datetime) -> None:
    town = Area.objects.get(centre=jinan.centre, name="大店镇")
    circled(town, "wgs84")
    at = later(nine, minutes=30)
    for minutes, metres, found in (
        (10, 100, ("inside", "", False)),
        (11, 100, ("unproved", "late", True)),
        (10, 101, ("unproved", "inaccurate", False)),
    ):
        said = {"arrived_at": later(at, minutes=-minutes), "position": where(HERE, at, metres)}
        assert verdict(arrive(jinan, urgent(jinan, nine, town), at, **said)) == found


def test_c28_whoever_of_the_unit_answers_for_it_has_arrived(jinan: Cast, nine: datetime) -> None:
    order = urgent(jinan, nine, None)
    jinan.do("clerk@town", "share.signed", order.pk, nine)
    deputy = jinan.staff["hotline_deputy@town"].pk
    jinan.do("clerk@town", "inner.assigned", order.pk, nine, to=deputy)
    arrive(jinan, order, later(nine, minutes=20), "hotline_deputy@town")
    assert Task.objects.get(order=order, rule="C28").outcome == "done"


# --- quality ---------------------------------------------------------------------------------------


def test_c32_two_records_a_week_and_three_workdays_to_object(jinan: Cast) -> None:
    now = shanghai("2026-11-04 10:00")
    roots = drawn(jinan, now, 6)
    assert len(roots) == 2
    for root in roots:
        do(jinan, "supervisor", "language_check.checked", root.pk, now, **marks_found("words"))
    end = shanghai("2026-11-10 00:00")
    do(jinan, "agent", "language_check.objected", roots[0].pk, later(end, minutes=-1), **OBJECTION)
    late = problems(jinan, "agent", "language_check.objected", roots[1].pk, later(end, minutes=1), **OBJECTION)
    assert "已经过了" in late[""]


# --- the queues ------------------------------------------------------------------------------------

#: Before and after which others each queue of the pack stands.
QUEUES: dict[tuple[str, str], tuple[str, str]] = {
    ("agent", "taiwan"): ("today", "open"),
    ("dispatcher", "taiwan"): ("again", "today"),
    ("callback", "taiwan"): ("closed", "open"),
    ("supervisor", "taiwan"): ("closed", "unproved"),
    ("leader", "taiwan"): ("again", "open"),
    ("supervisor", "unproved"): ("taiwan", "difficult"),
    ("supervisor", "difficult"): ("unproved", "duties"),
    ("dispatcher", "difficult"): ("overdue", "again"),
    ("leader", "difficult"): ("closed", "duties"),
}


def test_c23_c28_c43_where_its_own_queues_stand_among_the_others(jinan: Cast) -> None:
    assert {(who, code): between(queues_of(jinan, who), code) for who, code in QUEUES} == QUEUES
