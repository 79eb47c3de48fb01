"""Jinan's rows of meetings and reports: C40, C47, C48, C49, at a centre that lives under its pack."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.acceptance.test_jinan_bodies import problems
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import Site
from tests.proceedings.affairs import begun
from tests.proceedings.ladders import (
    OTHER_TEXTS,
    OTHERS,
    PARTS,
    TEXTS,
    assigned,
    called,
    convened,
    done,
    drafted,
    escalated,
    filed,
    held,
    paper,
    reported,
    root_of,
    said,
    signed,
    up_to_the_landing,
)
from tests.proceedings.stages import differences, dispatched, do
from tests.rulebooks import stored, tables

from lianxin.directory.models import Post
from lianxin.duties import rounds
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice, Task
from lianxin.proceedings.models import About, Proceeding

pytestmark = pytest.mark.django_db
#: A Monday in the second and in the third quarter, and when each of the two is over.
SPRING, SUMMER = shanghai("2026-04-13 09:00"), shanghai("2026-07-13 09:00")
END, AFTER = shanghai("2026-07-01 00:00"), shanghai("2026-10-01 00:00")


@pytest.fixture
def jinan() -> Cast:
    return make_cast("jinan", "jinan-cg")


def state(root: int) -> str:
    return Proceeding.objects.get(pk=root).state


def duty(rule: str, period: str, unit: str = "") -> list[str]:
    """How the duty of that period stands, of each unit (or of that one)."""
    its = Task.objects.filter(rule=rule, period=period, **({"unit__code": unit} if unit else {}))
    return list(its.order_by("pk").values_list("outcome", flat=True))


def marked(cast: Cast, who: str, verb: str, root: int | None, at: datetime, /, **payload: Any) -> int:
    """An act that was recorded when it was done, whatever the wall clock says."""
    done = record(Act(verb, cast.actor(who), at, payload, order=root, recorded_at=at))
    assert done.order
    return done.order


def meeting(cast: Cast, at: datetime, *parts: str) -> int:
    """A regular meeting, called and held three hours later, recorded then."""
    units = [cast.units["town"].pk]
    root = marked(
        cast,
        "supervisor",
        "work_meeting.called",
        None,
        at,
        level="quarterly",
        title="工作例会",
        text="季度工作例会。",
        units=units,
        due=later(at, hours=3),
    )
    task = {"task": "逐户测温，台账报市局。", "charged": units[0], "deadline": later(at, days=20)}
    marked(cast, "supervisor", "work_meeting.assigned", root, later(at, hours=3), **task)
    then = later(at, hours=3)
    marked(cast, "supervisor", "work_meeting.held", root, then, held_at=then, parts=list(parts or PARTS))
    return root


# --- C47 --------------------------------------------------------------------------------------
def test_c47_a_meeting_a_quarter_with_its_four_parts_and_its_decisions_as_tasks(jinan: Cast, nine: datetime) -> None:
    rounds.run(nine)
    assert duty("C47", "2026-Q4") == [""]
    root = called(jinan, nine)
    now = later(nine, hours=3)
    task, ours = assigned(jinan, root, now), assigned(jinan, root, now, "centre")
    held(jinan, root, now)
    minutes = paper(root, "work_meeting.held")
    for title in (
        "工作例会纪要",
        "（一）通报工作情况。",
        "（二）进行工作交流。",
        "（三）集体研究重大问题。",
        "（四）安排部署下一阶段工作。",
    ):
        assert title in minutes
    assert "大店镇：入冬前逐户测温，台账报市局" in minutes
    # The unit's post has it, with its time; the centre's own lies with the centre.
    one, other = Proceeding.objects.get(pk=task), Proceeding.objects.get(pk=ours)
    assert (one.owner_post, other.owner_post) == (jinan.posts["clerk@town"], jinan.posts["supervisor"])
    assert Clock.objects.get(proceeding=task).due == later(now, days=20)
    assert Notice.objects.filter(proceeding=task, staff=jinan.staff["clerk@town"]).exists()
    rounds.run(later(now, minutes=1))
    assert duty("C47", "2026-Q4") == ["done"]
    # It is over when all of it is done.
    assert (
        "还有落实事项没有完成" in problems(jinan, "supervisor", "work_meeting.landed", root, now, result="已落实。")[""]
    )
    done(jinan, task, later(now, hours=1))
    done(jinan, ours, later(now, hours=1), "centre")
    do(jinan, "supervisor", "work_meeting.landed", root, later(now, hours=2), result="两项都已落实。")
    assert state(root) == "landed"
    assert differences() == []


def test_c47_with_a_part_left_empty_or_a_decision_that_nobody_has_it_is_not_held(jinan: Cast, nine: datetime) -> None:
    root, now = called(jinan, nine), later(nine, hours=3)

    def refused(*parts: str) -> dict[str, str]:
        return problems(jinan, "supervisor", "work_meeting.held", root, now, held_at=now, parts=list(parts))

    assert "还没有交办" in refused(*PARTS)[""]
    assigned(jinan, root, now)
    assert "安排部署下一阶段工作" in refused(*PARTS[:3])["parts"]
    assert "进行工作交流" in refused(PARTS[0], "。，、……——！！！！！！", *PARTS[2:])["parts"]
    assert "进行工作交流" in refused(PARTS[0], "大家交流了。", *PARTS[2:])["parts"]
    assert "其他议程的记录基本相同" in refused(PARTS[0], PARTS[1], PARTS[0] + "！", PARTS[3])["parts"]
    held(jinan, root, now)


def test_c47_the_minutes_of_the_last_meeting_are_not_those_of_the_next(jinan: Cast, nine: datetime) -> None:
    meeting(jinan, SUMMER)
    root, now = called(jinan, nine), later(nine, hours=3)
    assigned(jinan, root, now)
    copied = [*OTHERS[:3], PARTS[3]]
    refused = problems(jinan, "supervisor", "work_meeting.held", root, now, held_at=now, parts=copied)
    assert "“安排部署下一阶段工作”与上一次会议的记录基本相同" in refused["parts"]
    held(jinan, root, now, *OTHERS)


def test_c47_a_quarter_without_a_meeting_is_missed_and_two_in_one_do_not_make_two(jinan: Cast) -> None:
    rounds.run(SPRING)
    meeting(jinan, SPRING)
    # A second for the same quarter is refused; it stands for no other.
    again = {"level": "quarterly", "title": "工作例会", "text": "补一次例会。", "due": later(SPRING, days=30)}
    with pytest.raises(Refused, match="2026年第二季度的工作例会已有一件"):
        marked(jinan, "leader", "work_meeting.called", None, later(SPRING, days=1), **again)
    rounds.run(END)
    rounds.run(SUMMER)
    rounds.run(AFTER)
    assert duty("C47", "2026-Q2") == ["done"]
    assert duty("C47", "2026-Q3") == ["unmet"]


def test_c47_a_meeting_is_not_dated_back_into_a_quarter_that_is_over(jinan: Cast) -> None:
    rounds.run(SPRING)
    rounds.run(END)
    assert duty("C47", "2026-Q2") == ["unmet"]
    # Called now it is of now: neither its time nor its holding lies in the quarter that is over.
    root = marked(
        jinan,
        "supervisor",
        "work_meeting.called",
        None,
        SUMMER,
        level="quarterly",
        title="工作例会",
        text="季度工作例会。",
        due=later(SUMMER, hours=3),
    )
    assert Proceeding.objects.get(pk=root).period == "2026-Q3"
    now = later(SUMMER, hours=3)
    marked(jinan, "supervisor", "work_meeting.assigned", root, now, task="逐户测温。", deadline=later(now, days=9))
    with pytest.raises(Refused, match="不能事后补"):
        marked(jinan, "supervisor", "work_meeting.held", root, now, held_at=shanghai("2026-06-29 09:00"), parts=PARTS)
    marked(jinan, "supervisor", "work_meeting.held", root, now, held_at=now, parts=PARTS)
    rounds.run(later(now, minutes=1))
    assert (duty("C47", "2026-Q2"), duty("C47", "2026-Q3")) == (["unmet"], ["done"])


def test_c47_one_that_was_called_for_a_quarter_and_met_in_the_next_is_moved_there(jinan: Cast) -> None:
    rounds.run(SPRING)
    late = shanghai("2026-06-29 09:00")
    said_then = {"level": "quarterly", "title": "工作例会", "text": "季度工作例会。", "due": later(late, hours=3)}
    root = marked(jinan, "supervisor", "work_meeting.called", None, late, **said_then)
    marked(jinan, "supervisor", "work_meeting.assigned", root, late, task="逐户测温。", deadline=later(late, days=9))
    with pytest.raises(Refused, match="请改期以后再记录"):
        marked(jinan, "supervisor", "work_meeting.held", root, SUMMER, held_at=SUMMER, parts=PARTS)
    marked(jinan, "supervisor", "work_meeting.moved", root, SUMMER, due=later(SUMMER, hours=1), reason="局长外出。")
    marked(
        jinan,
        "supervisor",
        "work_meeting.held",
        root,
        later(SUMMER, hours=1),
        held_at=later(SUMMER, hours=1),
        parts=PARTS,
    )
    rounds.run(later(SUMMER, days=1))
    assert (duty("C47", "2026-Q2"), duty("C47", "2026-Q3")) == (["unmet"], ["done"])


def test_c47_another_meeting_of_the_centre_is_not_the_quarters(jinan: Cast, nine: datetime) -> None:
    rounds.run(nine)
    up_to_the_landing(jinan, nine)
    rounds.run(later(nine, days=1))
    assert duty("C47", "2026-Q4") == [""], "the head's coordination meeting is none of the quarter's"


def test_c47_where_the_rule_book_has_no_meetings_nobody_calls_one(base_cast: Cast, nine: datetime) -> None:
    with pytest.raises(Refused, match="现行规则包没有设置工作会议"):
        begun(
            base_cast,
            "supervisor",
            "work_meeting.called",
            nine,
            level="quarterly",
            title="例会",
            text="季度工作例会。",
            due=later(nine, days=1),
        )


@pytest.fixture
def base_cast() -> Cast:
    return make_cast("base", "base")


# --- C48 --------------------------------------------------------------------------------------
def test_c48_each_unit_reports_in_writing_once_a_quarter(jinan: Cast, nine: datetime) -> None:
    rounds.run(nine)
    assert duty("C48", "2026-Q4") == ["", "", ""], "town and departments; the village answers through its town"
    root = reported(jinan, nine)
    report = Proceeding.objects.get(pk=root)
    assert (report.period, report.unit) == ("2026-Q4", jinan.units["town"])
    filled = said(root, "unit_report.filed")
    assert filled["in_time"] == "按时"
    assert filled["figures"] == "没有收到承办件"
    rounds.run(later(nine, minutes=1))
    assert duty("C48", "2026-Q4", "town") == ["done"]
    assert duty("C48", "2026-Q4", "bureau") == [""]
    do(jinan, "supervisor", "unit_report.read", root, later(nine, hours=1))
    assert differences() == []


def test_c48_the_same_again_a_second_one_or_an_empty_one_is_no_report(jinan: Cast, nine: datetime) -> None:
    def refused(at: datetime, **changes: Any) -> dict[str, str]:
        return problems(jinan, "clerk@town", "unit_report.filed", None, at, **{"which": "current", **TEXTS, **changes})

    assert "至少写明 10 个字" in refused(nine, problems="没有问题。")["problems"]
    before = reported(jinan, nine, which="previous")
    assert Proceeding.objects.get(pk=before).period == "2026-Q3"
    assert "与上一次报告" in refused(nine)["text"]
    assert "与上一次报告" in refused(nine, **OTHER_TEXTS | {"plans": TEXTS["plans"]})["plans"]
    reported(jinan, nine, **OTHER_TEXTS)
    assert "一期只报一次" in refused(nine, **OTHER_TEXTS)["which"]
    # Another unit's words are its own.
    reported(jinan, nine, "principal@bureau")


def test_c48_late_ones_are_marked_and_missing_ones_listed_in_the_notice(jinan: Cast) -> None:
    rounds.run(SPRING)
    report = {"which": "current", **TEXTS}
    marked(jinan, "clerk@town", "unit_report.filed", None, SPRING, **report)
    rounds.run(later(SPRING, minutes=1))
    july = shanghai("2026-07-05 09:00")
    marked(jinan, "clerk@bureau", "unit_report.filed", None, july, **report | {"which": "previous"})
    rounds.run(later(july, minutes=1))
    rounds.run(shanghai("2026-07-11 00:00"))
    outcomes = [duty("C48", "2026-Q2", unit) for unit in ("town", "bureau", "heat")]
    assert outcomes == [["done"], ["late"], ["unmet"]]
    # The centre owes a notice; it cannot leave out whoever is missing.
    assert duty("C48.notice", "2026-Q3") == [""]
    root = marked(
        jinan, "supervisor", "report_notice.issued", None, SUMMER, note="请未报单位说明。", missing=[], in_time=[]
    )
    notice = said(root, "report_notice.issued")
    names = ("in_time", "late", "missing")
    assert [notice[name] for name in names] == [[jinan.units[unit].pk] for unit in ("town", "bureau", "heat")]
    assert "逾期报告（1 家）：住建局" in paper(root, "report_notice.issued")
    assert "未报告（1 家）：热力公司" in paper(root, "report_notice.issued")
    assert Proceeding.objects.get(pk=root).period == "2026-Q2"
    rounds.run(later(SUMMER, minutes=1))
    assert duty("C48.notice", "2026-Q3") == ["done"]
    with pytest.raises(Refused, match="已经通报"):
        marked(jinan, "leader", "report_notice.issued", None, later(SUMMER, days=1))


def test_c48_one_that_is_taken_back_proves_nothing_and_none_is_after_its_quarter(jinan: Cast) -> None:
    rounds.run(SPRING)
    root = marked(jinan, "clerk@town", "unit_report.filed", None, SPRING, which="current", **TEXTS)
    rounds.run(later(SPRING, minutes=1))
    assert duty("C48", "2026-Q2", "town") == ["done"]
    marked(jinan, "clerk@town", "unit_report.withdrawn", root, later(SPRING, hours=1), reason="数据填错了。")
    rounds.run(later(SPRING, hours=2))
    assert duty("C48", "2026-Q2", "town") == ["done", ""]
    again = marked(jinan, "clerk@town", "unit_report.filed", None, later(SPRING, days=1), which="current", **TEXTS)
    with pytest.raises(Refused, match="不能再撤回"):
        marked(jinan, "clerk@town", "unit_report.withdrawn", again, SUMMER, reason="不想要这份报告了。")


def test_c48_what_is_urgent_goes_up_at_once_and_is_answered_in_time(jinan: Cast, nine: datetime) -> None:
    root = filed(jinan, nine, level="urgent", title="燃气泄漏", text="锅炉房燃气泄漏，已疏散居民。")
    told = set(Notice.objects.filter(proceeding=root).values_list("staff__username", flat=True))
    assert told == {"jinan-supervisor-A", "jinan-leader-A"}, "whoever handles it, and the leaders at once"
    assert said(root, "timely_report.filed")["in_time"] == "及时"
    assert Clock.objects.get(proceeding=root).due == later(nine, hours=4)
    do(jinan, "leader", "timely_report.answered", root, later(nine, hours=1), answer="应急办已到场。")
    assert state(root) == "answered"
    late = filed(jinan, nine, level="major", known_at=later(nine, hours=-3))
    assert said(late, "timely_report.filed")["in_time"] == "迟报：得知之后超过2小时"
    # Whoever says nothing of when he knew, or names a time to come, is asked again.
    verb, text = "timely_report.filed", "三个小区反复投诉。"
    mine = {"level": "urgent", "title": "停暖", "text": text}
    assert set(problems(jinan, "clerk@town", verb, None, nine, **mine)) == {"known_at"}
    assert set(problems(jinan, "clerk@town", verb, None, nine, **mine, known_at=later(nine, hours=1))) == {"known_at"}
    assert set(problems(jinan, "clerk@town", verb, None, nine, **mine | {"level": "whim"}, known_at=nine)) == {"level"}


def test_c48_what_asks_for_coordination_is_not_settled_by_an_answer(jinan: Cast, nine: datetime) -> None:
    root = filed(jinan, nine)
    refused = problems(
        jinan, "supervisor", "timely_report.answered", root, later(nine, hours=1), answer="收到，知道了。"
    )
    assert "须由市局协调解决" in refused["answer"]


# --- C40 --------------------------------------------------------------------------------------
def test_c40_a_special_report_quotes_its_orders_and_its_instruction_becomes_tasks(jinan: Cast, nine: datetime) -> None:
    order = dispatched(jinan, nine)
    root = drafted(jinan, later(nine, hours=1), order.number)
    signed(jinan, root, later(nine, hours=2), "supervisor")
    printed = paper(root, "special_report.signed")
    assert "涉及工单 1 件，已办结 0 件，在办 1 件。" in printed
    assert "建议提前启动应急供热。" in printed
    assert Entry.objects.filter(order=order, action="order.quoted").count() == 1, (
        "what it quotes is erased with the order"
    )
    assert Proceeding.objects.get(pk=root).owner_post == jinan.posts["leader"]
    do(
        jinan,
        "leader",
        "special_report.instructed",
        root,
        later(nine, hours=3),
        instruction="同意，请热力公司三日内落实。",
        due=later(nine, days=5),
    )
    refused = problems(jinan, "supervisor", "special_report.landed", root, later(nine, hours=3), result="已落实。")
    assert "还没有交办落实事项" in refused[""]
    task = assigned(jinan, root, later(nine, hours=4), "heat")
    refused = problems(jinan, "supervisor", "special_report.landed", root, later(nine, hours=5), result="已落实。")
    assert "还有落实事项没有完成" in refused[""]
    done(jinan, task, later(nine, hours=6), "heat")
    do(jinan, "supervisor", "special_report.landed", root, later(nine, hours=7), result="应急供热已启动。")
    assert state(root) == "landed"
    result = paper(root, "special_report.landed")
    assert "同意，请热力公司三日内落实。" in result
    assert "热力公司：入冬前逐户测温，台账报市局" in result
    assert Notice.objects.filter(proceeding=root, kind="special_report.landed", staff=jinan.staff["leader"]).exists()
    assert differences() == []


def test_c40_whoever_wrote_it_does_not_sign_it_and_only_a_recipient_writes_on_it(jinan: Cast, nine: datetime) -> None:
    order = dispatched(jinan, nine)
    verb = "special_report.signed"
    leader, agent = [jinan.staff["leader"].pk], [jinan.staff["agent"].pk]
    assert set(
        problems(
            jinan,
            "dispatcher",
            "special_report.drafted",
            None,
            nine,
            title="专报",
            text="没有工单的专报。",
            proposal="建议。",
        )
    ) == {"numbers"}
    root = drafted(jinan, nine, order.number)
    do(jinan, "supervisor", "special_report.revised", root, nine, text="改过的情况说明。", proposal="改过的建议。")
    assert "不能签发" in problems(jinan, "supervisor", verb, root, nine, people=leader)[""]
    assert "只能呈送中心领导" in problems(jinan, "leader", verb, root, nine, people=agent)["people"]
    jinan.post("leader2", "centre", "leader", "分管副局长")
    signed(jinan, root, nine, "leader", "leader2")
    assert "改过的情况说明。" in paper(root, verb)
    said_then = {"instruction": "同意。", "due": later(nine, days=3)}
    assert "没有呈送您" in problems(jinan, "leader", "special_report.instructed", root, nine, **said_then)[""]
    do(jinan, "leader2", "special_report.instructed", root, nine, **said_then)


def test_c40_where_the_recipient_has_gone_whoever_leads_now_writes_on_it(jinan: Cast, nine: datetime) -> None:
    root = drafted(jinan, nine, dispatched(jinan, nine).number)
    signed(jinan, root, nine, "supervisor")
    Post.objects.filter(pk=jinan.posts["leader"].pk).update(holder_a=jinan.staff["auditor"], holder_b=None)
    jinan.posts["leader"].refresh_from_db()
    do(jinan, "leader", "special_report.instructed", root, nine, instruction="同意。", due=later(nine, days=3))
    assert state(root) == "instructed"


# --- C49 --------------------------------------------------------------------------------------
def test_c49_a_general_problem_is_coordinated_by_the_bureau(jinan: Cast, nine: datetime) -> None:
    root = filed(jinan, nine)
    do(jinan, "supervisor", "timely_report.coordinated", root, later(nine, hours=1), solution="由市局借调测温设备。")
    task = assigned(jinan, root, later(nine, hours=2))
    done(jinan, task, later(nine, hours=3))
    do(jinan, "supervisor", "timely_report.landed", root, later(nine, hours=4), result="设备已到位。")
    assert state(root) == "settled"
    assert "由市局借调测温设备。" in paper(root, "timely_report.landed")


def test_c49_a_complex_one_goes_up_record_by_record_and_the_landing_closes_it(jinan: Cast, nine: datetime) -> None:
    last = up_to_the_landing(jinan, nine)
    kinds = ("timely_report", "special_report", "work_meeting")
    chain = [root_of(kind) for kind in kinds]
    # Each was made from the one before, and carries its facts.
    for one, before in zip((*chain[1:], last), chain, strict=True):
        assert About.objects.filter(proceeding=one, to_proceeding=before, role="subject").count() == 1
    first = Proceeding.objects.get(pk=chain[0])
    assert "涉及单位：大店镇、住建局" in Proceeding.objects.get(pk=chain[1]).wording.text
    assert f"据及时报告 {first.number}。" in paper(chain[1], "special_report.signed")
    assert "大店镇：入冬前逐户测温，台账报市局" in paper(last, "landing_report.opened")
    assert "落实情况：已逐户测温，台账已报。" in paper(last, "landing_report.opened")
    assert [state(root) for root in (*chain, last)] == ["escalated", "meeting", "landed", "submitted"]
    do(jinan, "leader", "landing_report.accepted", last, later(nine, hours=6), note="同意办结。")
    assert [state(root) for root in (*chain, last)] == ["settled", "landed", "landed", "accepted"]
    assert not Proceeding.objects.filter(pk__in=[*chain, last], ended_at=None).exists()
    assert Notice.objects.filter(
        proceeding=chain[0], staff=jinan.staff["clerk@town"], kind="timely_report.settled"
    ).exists()
    assert differences() == []


def test_c49_what_the_leader_sends_back_goes_on_and_is_reported_anew(jinan: Cast, nine: datetime) -> None:
    last = up_to_the_landing(jinan, nine)
    do(jinan, "leader", "landing_report.returned", last, later(nine, hours=6), reason="热力公司没有到场。")
    meeting = root_of("work_meeting")
    assert (state(last), state(meeting), state(root_of("timely_report"))) == ("returned", "held", "escalated")
    task = assigned(jinan, meeting, later(nine, hours=7), "heat")
    done(jinan, task, later(nine, hours=8), "heat")
    do(jinan, "supervisor", "work_meeting.landed", meeting, later(nine, hours=9), result="热力公司已到场。")
    again = root_of("landing_report")
    assert again != last
    do(jinan, "leader", "landing_report.accepted", again, later(nine, hours=10))
    assert state(root_of("timely_report")) == "settled"
    assert differences() == []


def test_c49_no_record_of_the_ladder_is_opened_by_itself_and_none_is_skipped(jinan: Cast, nine: datetime) -> None:
    up, due = {"title": "越级", "text": "直接上报。", "origin": "无", "about": filed(jinan, nine)}, later(nine, days=1)
    made = {
        "special_report.drawn": {"proposal": "建议。"},
        "work_meeting.convened": {"level": "bureau", "due": due},
        "landing_report.opened": {"landed": "已落实。"},
        "resolution.assigned": {"unit": jinan.units["town"].pk, "due": due},
    }
    for verb, more in made.items():
        for who in ("supervisor", "leader"):
            assert "您的岗位不能" in problems(jinan, who, verb, None, nine, **up | more)[""]
    # The head's meeting is not called like any other.
    refused = problems(
        jinan,
        "leader",
        "work_meeting.called",
        None,
        nine,
        level="bureau",
        title="协调会",
        text="研究管网。",
        due=later(nine, days=1),
    )
    assert "只能在《情况专报》中召开" in refused["level"]
    root = filed(jinan, nine, "bureau")
    refused = problems(jinan, "supervisor", "timely_report.coordinated", root, nine, solution="请住建局配合。")
    assert "应形成《情况专报》" in refused["solution"]
    report = escalated(jinan, root, nine)
    assert (
        "不能签发"
        in problems(jinan, "supervisor", "special_report.signed", report, nine, people=[jinan.staff["leader"].pk])[""]
    )
    assert "不能撤回" in problems(jinan, "leader", "special_report.withdrawn", report, nine, reason="不想上报了。")[""]
    signed(jinan, report, nine)
    for verb, payload in (("instructed", {"instruction": "同意。", "due": later(nine, days=3)}), ("noted", {})):
        refused = problems(jinan, "leader", f"special_report.{verb}", report, nine, **payload)
        assert "应召开协调会" in refused[""]
    meeting = convened(jinan, report, nine)
    assert "不能取消" in problems(jinan, "leader", "work_meeting.cancelled", meeting, nine, reason="不开这个会了。")[""]


def test_c49_a_complex_problem_is_not_made_general_by_leaving_units_out(jinan: Cast, nine: datetime) -> None:
    root = filed(jinan, nine)
    do(jinan, "supervisor", "timely_report.coordinated", root, nine, solution="由市局协调。")
    assigned(jinan, root, nine)
    later_on = {"task": "接管二级管网。", "charged": jinan.units["bureau"].pk, "deadline": later(nine, days=5)}
    assert (
        "应形成《情况专报》"
        in problems(jinan, "supervisor", "timely_report.assigned", root, nine, **later_on)["charged"]
    )
    # It still goes up from there.
    escalated(jinan, root, nine)
    assert state(root) == "escalated"


# --- what the pack says -----------------------------------------------------------------------
CALL = {"level": "quarterly", "title": "例会", "text": "季度工作例会。"}


def ruled(cast: Cast, **changes: Any) -> None:
    """A book of its own with Jinan's section, changed so."""
    name = f"reports{abs(hash(repr(sorted(changes.items())))) % 10**8}"
    stored(cast, name, reports=tables("jinan-cg")["reports"] | changes)


def test_c47_which_meetings_there_are_and_what_is_minuted_is_the_packs(jinan: Cast, nine: datetime) -> None:
    weekly = {"code": "weekly", "title": "周调度会", "parts": ["点评超期件"], "every": "week"}
    ruled(
        jinan, meetings=[weekly, {"code": "bureau", "title": "会商", "parts": ["意见"], "from_report": True}], least=3
    )
    assert set(
        problems(jinan, "supervisor", "work_meeting.called", None, nine, **CALL | {"due": later(nine, hours=3)})
    ) == {"level"}
    root = called(jinan, nine, level="weekly")
    assert Proceeding.objects.get(pk=root).period == "2026-W47"
    assert paper(root, "work_meeting.called").startswith("周调度会通知")
    assigned(jinan, root, later(nine, hours=3))
    held(jinan, root, later(nine, hours=3), "已点评")
    refused = problems(
        jinan, "leader", "work_meeting.called", None, nine, **CALL | {"level": "bureau", "due": later(nine, hours=3)}
    )
    assert "会商只能在《情况专报》中召开" in refused["level"]


@pytest.mark.parametrize(("share", "refused"), [("10%", True), ("100%", False)])
def test_c47_how_alike_two_minutes_may_be_is_the_packs(jinan: Cast, nine: datetime, share: str, refused: bool) -> None:
    ruled(jinan, alike=share)
    root, now = called(jinan, nine), later(nine, hours=3)
    assigned(jinan, root, now)
    said_now = {"held_at": now, "parts": [PARTS[0], f"{PARTS[0]}另外通报三件。", *PARTS[2:]]}
    if refused:
        assert "基本相同" in problems(jinan, "supervisor", "work_meeting.held", root, now, **said_now)["parts"]
    else:
        do(jinan, "supervisor", "work_meeting.held", root, now, **said_now)


def test_c48_what_is_reported_how_often_how_soon_and_to_whom_is_the_packs(jinan: Cast, nine: datetime) -> None:
    ruled(
        jinan,
        every="month",
        told=["dispatcher"],
        within="5 hours",
        answer="1 hour",
        reasons=[{"code": "flood", "title": "防汛", "coordinate": False}],
    )
    assert Proceeding.objects.get(pk=reported(jinan, nine)).period == "2026-11"
    form = Site(jinan).get("clerk@town", "/proceedings/new/timely_report.filed/").content.decode()
    assert "防汛" in form
    assert "紧急事项" not in form
    root = filed(jinan, nine, level="flood", known_at=later(nine, hours=-4))
    told = set(Notice.objects.filter(proceeding=root).values_list("staff__username", flat=True))
    assert told == {"jinan-supervisor-A", "jinan-dispatcher-A"}
    assert said(root, "timely_report.filed")["in_time"] == "及时"
    assert Clock.objects.get(proceeding=root).due == later(nine, hours=1)
    do(jinan, "supervisor", "timely_report.answered", root, nine, answer="已调沙袋。")


def test_c40_c49_from_how_many_units_it_is_complex_and_when_it_is_answered_is_the_packs(
    jinan: Cast, nine: datetime
) -> None:
    ruled(jinan, complex_from=3, instruct="1 day")
    root = filed(jinan, nine, "bureau")
    do(jinan, "supervisor", "timely_report.coordinated", root, nine, solution="由市局协调两家。")
    report = escalated(jinan, filed(jinan, nine, "bureau", "heat"), nine)
    signed(jinan, report, nine)
    assert Clock.objects.get(proceeding=report).due == shanghai("2026-11-20 00:00")
