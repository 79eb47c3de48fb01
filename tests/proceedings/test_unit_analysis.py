"""What a unit finds at the root of what keeps coming back (B22), and that its leaders studied it (B41)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later, shanghai
from tests.desk.test_proceedings import send
from tests.desk.web import Site
from tests.duties.stages import owed, under
from tests.orders.stages import PAYLOADS, reach
from tests.proceedings.stages import clocks, differences, dispatched, do, fresh, told
from tests.rulebooks import stored

from lianxin.directory import snapshot
from lianxin.directory.models import Category
from lianxin.duties import rounds, unit_month
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import Recorded, record, record_many
from lianxin.ledger.models import Entry
from lianxin.ledger.sweep import sweep
from lianxin.proceedings.models import Proceeding
from lianxin.rules import periods

OCTOBER = shanghai("2026-10-12 09:00")
#: A Tuesday, and the Monday after.
SECOND = shanghai("2026-11-03 09:00")
NINTH = shanghai("2026-11-09 09:00")
ANALYSIS: dict[str, Any] = {
    "text": "柳岸花园一带供暖诉求反复出现。",
    "cause": "小区换热站设备老化，二级管网多年没有更换，入冬升温时压力不足，末端住户室温长期不达标。",
    "remedy": "把换热站和二级管网改造列入明年计划，供暖前逐户试压，入冬后每周巡检一次并公示结果。",
    "due": shanghai("2026-12-15 18:00"),
}
OTHER = {
    "cause": "路灯照明线路被施工挖断以后没有随即恢复，产权单位和施工单位相互等待，夜间巡查也没有覆盖到背街小巷。",
    "remedy": "施工许可附带照明恢复的条件，由城管中队在完工当日验收，背街小巷编入夜间巡查路线，两日一遍。",
}
B22: dict[str, Any] = {
    "id": "B22",
    "title": "每月根源分析",
    "clause": "各承办部门单位要认真做好梳理、汇总、分析、研判，深挖问题根源，建立长效机制",
    "every": "month",
    "post": "hotline_deputy",
    "by": ["line_deputy", "principal", "clerk"],
    "when": "unit.received > 0",
    "met_by": ["analysis.made"],
}
B41: dict[str, Any] = {
    "id": "B41",
    "title": "专题研究热线工作",
    "clause": "各部门单位要把政务服务热线事项办理工作纳入重要议事日程",
    "every": "quarter",
    "post": "principal",
    "by": ["hotline_deputy"],
    "met_by": ["agenda.held"],
}


def made(cast: Cast, at: datetime, who: str = "hotline_deputy@town", **changes: Any) -> Proceeding:
    done = do(cast, who, "analysis.made", None, at, **ANALYSIS | changes)
    return Proceeding.objects.get(pk=done.order)


def given(cast: Cast, at: datetime, unit: str = "town", **said: Any) -> None:
    cast.dispatch(cast.register(at, **said), at, unit)


def figures(root: Proceeding) -> str:
    text: str = Entry.objects.get(proceeding=root, number=1).payload["figures"]
    return text


# --- B22 --------------------------------------------------------------------------------------
def test_b22_an_analysis_has_its_cause_its_remedy_and_the_month_s_figures(base: Cast) -> None:
    heating = Category.objects.get(name="供暖")
    lamps = Category.objects.get(name="路灯")
    for category in (heating.pk, heating.pk, lamps.pk):
        given(base, OCTOBER, category=category)
    given(base, OCTOBER, "bureau", category=lamps.pk)
    given(base, shanghai("2026-09-30 10:00"))
    given(base, SECOND, category=lamps.pk)
    root = made(base, SECOND)
    assert (root.kind, root.state, root.period, root.unit) == ("analysis", "made", "2026-10", base.units["town"])
    assert (root.wording.title, root.wording.text) == ("大店镇2026年10月根源分析", ANALYSIS["text"])
    assert root.owner_person == base.staff["hotline_deputy@town"]
    assert clocks(root) == [(ANALYSIS["due"], "", None)]
    said = "2026年10月：承办量 3、办结量 0、逾期量 3、重办量 0、结果评价量 0、结果满意量 0"
    assert figures(root) == f"{said}；较多的是供暖 2 件、路灯 1 件"
    assert figures(made(base, SECOND, "clerk@heat", **OTHER)) == "2026年10月：没有收到承办件"
    at = shanghai("2026-12-01 09:00")
    record(
        Act(
            "analysis.checked",
            base.actor("principal@town"),
            at,
            {"result": "换热站已立项。"},
            order=root.pk,
            recorded_at=at,
        )
    )
    assert (fresh(root).state, clocks(root)[0][1]) == ("checked", "met")
    assert differences() == []


def test_b22_the_figures_are_those_that_are_published(base: Cast) -> None:
    """What came again and displeased, as the ruler counts it: one call-back is one grade, of however many rounds."""
    order, at = reach(base, "to_callback", OCTOBER)
    base.do("callback", "callback.recorded", order.pk, at, result_grade="dissatisfied", solved=False)
    base.do("callback", "order.rehandled", order.pk, at, **PAYLOADS["order.rehandled"](base, order))
    month, directory = periods.of("month", OCTOBER), snapshot.of(base.centre.pk)
    pack = directory.pack(OCTOBER)
    with CaptureQueriesContext(connection) as asked:
        found = unit_month.in_words(base.units["town"].pk, month, pack, directory)
    assert len(asked) == 4, "a statement a relation, the orders, their categories"
    scope = Scope.of_days(base.centre.pk, date(2026, 10, 1), date(2026, 10, 31), pack.callback.assess_layer)
    published = count(scope, unit_month.TOLD, by=("unit_id",))[base.units["town"].pk,]
    assert published == {
        "handled": 2,
        "closed": 1,
        "overdue": 1,
        "rehandled": 1,
        "result_graded": 1,
        "result_satisfied": 0,
    }
    assert found == "承办量 2、办结量 1、逾期量 1、重办量 1、结果评价量 1、结果满意量 0"
    # What figures do not count as handled is no work of the month here either.
    stored(base, "fewer", figures={"handled_roles": ["assist"]})
    directory = snapshot.of(base.centre.pk)
    assert unit_month.in_words(base.units["town"].pk, month, directory.pack(SECOND), directory).startswith("承办量 0、")


def test_b22_what_is_too_short_or_due_today_is_no_analysis(base: Cast) -> None:
    short = "换热站老化，管网没有换。"
    for changes, field in (
        ({"cause": short}, "cause"),
        ({"remedy": short}, "remedy"),
        ({"cause": short + "。" * 30}, "cause"),
        ({"text": ""}, "text"),
        ({"due": shanghai("2026-11-03 23:59")}, "due"),
        ({"due": None}, "due"),
    ):
        with pytest.raises(Refused) as refused:
            made(base, SECOND, **changes)
        assert set(refused.value.problems) == {field}
    for who in ("supervisor", "leader", "agent"):
        with pytest.raises(Refused, match="您的岗位不能根源分析"):
            made(base, SECOND, who)
    assert not Proceeding.objects.exists()


def test_b22_one_copied_from_last_month_must_say_why(base: Cast) -> None:
    last = made(base, OCTOBER)
    copied = {
        "text": "供暖诉求仍多。",
        "cause": "、".join(ANALYSIS["cause"]),
        "due": shanghai("2027-01-10 18:00"),
    }
    with pytest.raises(Refused) as refused:
        made(base, SECOND, **copied)
    assert set(refused.value.problems) == {"confirmed"}
    assert last.number in refused.value.problems["confirmed"]
    # A few words changed make no other analysis; another unit's may be like it.
    with pytest.raises(Refused, match="基本相同"):
        made(base, SECOND, remedy=ANALYSIS["remedy"].replace("每周", "每旬"))
    assert made(base, SECOND, "clerk@bureau").unit == base.units["bureau"]
    why = "改造要到明年停暖以后才能施工，本月原因未变。"
    confirmed = made(base, SECOND, confirmed=why)
    assert Entry.objects.get(proceeding=confirmed).enclosure.body["confirmed"] == why


def test_b22_a_new_analysis_is_asked_nothing_more(base: Cast) -> None:
    made(base, OCTOBER)
    assert made(base, SECOND, remedy=OTHER["remedy"]).state == "made", "the same cause, and another measure"
    assert made(base, SECOND, **OTHER).state == "made"


def test_b22_what_came_of_it_is_not_checked_at_once(base: Cast) -> None:
    root = made(base, SECOND)
    for who in ("hotline_deputy@town", "supervisor"):
        with pytest.raises(Refused, match="下月起或者到完成之日再核查"):
            do(base, who, "analysis.checked", root.pk, later(SECOND, days=9), result="已经落实。")
    with pytest.raises(Refused, match="没有这件专办事项"):
        do(base, "principal@bureau", "analysis.checked", root.pk, later(SECOND, days=9), result="别家核查。")
    with pytest.raises(Refused, match="您的岗位不能核查落实"):
        do(base, "clerk@town", "analysis.checked", root.pk, later(SECOND, days=9), result="经办人核查。")
    # What is done earlier is checked on that day.
    soon = made(base, SECOND, **OTHER, due=shanghai("2026-11-09 18:00"))
    do(base, "supervisor", "analysis.checked", soon.pk, NINTH, result="照明已验收。")
    assert fresh(soon).state == "checked"


def test_b22_a_measure_that_nobody_checks_is_late(base: Cast) -> None:
    root = made(base, SECOND, due=NINTH)
    sweep(NINTH)
    assert ("proceeding.breached", base.staff["supervisor"].username) in told(root)


def test_b22_each_month_each_unit_that_was_given_anything(base: Cast) -> None:
    under(base, B22)
    for unit in ("town", "bureau"):
        dispatched(base, SECOND, unit)
    rounds.run(SECOND)
    assert owed() == [("B22", "2026-11", "bureau", ""), ("B22", "2026-11", "town", "")]
    made(base, later(SECOND, hours=1), "clerk@town")
    # Another unit's is not the bureau's, nor is one of October.
    made(base, OCTOBER, "clerk@bureau", **OTHER)
    rounds.run(NINTH)
    assert owed() == [("B22", "2026-11", "bureau", ""), ("B22", "2026-11", "town", "done")]


def test_b22_at_the_desk(base: Cast) -> None:
    site, url = Site(base), "/proceedings/new/analysis.made/"
    typed = {name: text for name, text in ANALYSIS.items() if name != "due"} | {"due": "2026-12-15 18:00"}
    page = site.get("clerk@town", url).content.decode()
    assert "说明与上月相同的原因" in page
    assert "上月情况" not in page
    assert send(site, "clerk@town", url, **typed).status_code == 302
    again = send(site, "clerk@town", url, **typed)
    assert again.status_code == 422
    assert "基本相同" in again.content.decode()
    root = Proceeding.objects.get()
    assert "没有收到承办件" in site.get("supervisor", f"/proceedings/{root.number}/").content.decode()
    assert ANALYSIS["remedy"] in site.get("supervisor", "/proceedings/?kind=analysis").content.decode()
    early = send(site, "hotline_deputy@town", f"/proceedings/{root.number}/analysis.checked/", result="已落实。")
    assert early.status_code == 409
    assert "再核查落实情况" in early.content.decode()


# --- B41 --------------------------------------------------------------------------------------
def studied(cast: Cast, at: datetime, who: str = "principal@town", **changes: Any) -> Proceeding:
    said: dict[str, Any] = {
        "met_at": later(at, hours=-1),
        "people": [cast.staff[one].pk for one in ("principal@town", "clerk@town")],
        "text": "夜间值守到人，每周通报一次超时件。",
        "charged": [cast.staff["clerk@town"].pk],
        "due": later(at, days=14),
    }
    return Proceeding.objects.get(pk=do(cast, who, "agenda.held", None, at, **said | changes).order)


def test_b41_the_leaders_of_a_unit_studied_the_hotline_and_what_came_of_it(base: Cast) -> None:
    root = studied(base, SECOND)
    assert root.wording.title == "大店镇2026年11月3日专题研究热线工作"
    assert (root.unit, root.state, root.due_at) == (base.units["town"], "held", later(SECOND, days=14))
    do(base, "clerk@town", "agenda.reported", root.pk, NINTH, result="值守表已执行一周。")
    assert (fresh(root).state, clocks(root)) == ("reported", [(later(SECOND, days=14), "met", None)])
    # What nobody reports on is late.
    root = studied(base, NINTH)
    sweep(later(NINTH, days=14))
    assert ("proceeding.breached", base.staff["hotline_deputy@town"].username) in told(root)
    assert differences() == []


def test_b41_a_meeting_to_come_of_others_or_without_a_leader_is_none(base: Cast) -> None:
    staff = {name: base.staff[name].pk for name in ("clerk@town", "principal@town", "clerk@bureau", "supervisor")}
    for changes, field, sentence in (
        ({"met_at": later(SECOND, minutes=1)}, "met_at", "会议时间不能晚于现在"),
        ({"people": [staff["principal@town"], staff["clerk@bureau"]]}, "people", "本单位在岗的人员：住建局clerkA"),
        ({"people": [staff["clerk@town"]]}, "people", "应有本单位的负责人"),
        ({"people": []}, "people", "填写"),
        ({"charged": [staff["supervisor"]]}, "charged", "本单位在岗的人员"),
        ({"due": SECOND}, "due", "时限应晚于现在"),
        ({"text": ""}, "text", "填写"),
    ):
        with pytest.raises(Refused, match=sentence) as refused:
            studied(base, SECOND, **changes)
        assert set(refused.value.problems) == {field}
    for who in ("clerk@town", "supervisor"):
        with pytest.raises(Refused, match="您的岗位不能记录专题研究"):
            studied(base, SECOND, who)
    assert not Proceeding.objects.exists()


def test_b41_one_meeting_is_recorded_once(base: Cast) -> None:
    met = later(SECOND, hours=-1)
    first = studied(base, SECOND, met_at=met)
    with pytest.raises(Refused, match=f"这一天的专题研究已有记录（{first.number}）"):
        studied(base, NINTH, "hotline_deputy@town", met_at=later(met, hours=3))
    bureau = [base.staff["hotline_deputy@bureau"].pk]
    theirs = studied(base, NINTH, "hotline_deputy@bureau", met_at=met, people=bureau, charged=bureau)
    assert theirs.unit == base.units["bureau"]
    # Nor twice in one batch.
    said = {"met_at": later(NINTH, hours=-1), "people": bureau, "text": "夜间值守到人。", "charged": bureau}
    said |= {"due": later(NINTH, days=14)}
    acts = [Act("agenda.held", base.actor("hotline_deputy@bureau"), NINTH, said) for _ in range(2)]
    done, refused = record_many(acts, collect=True)
    assert isinstance(done, Recorded)
    assert isinstance(refused, Refused)
    assert "一次会议只记一次" in refused.problems["met_at"]


def test_b41_once_a_quarter_by_the_principal_or_on_his_behalf(base: Cast) -> None:
    under(base, B41 | {"among": ["town", "department"]})
    rounds.run(SECOND)
    assert [line[1:] for line in owed()] == [("2026-Q4", unit, "") for unit in ("bureau", "heat", "town")]
    studied(base, later(SECOND, hours=2), "hotline_deputy@town")
    # A record of the quarter before proves nothing of this one.
    bureau = [base.staff["principal@bureau"].pk]
    studied(base, shanghai("2026-09-30 18:00"), "principal@bureau", people=bureau, charged=bureau)
    rounds.run(NINTH)
    assert [line[2:] for line in owed()] == [("bureau", ""), ("heat", ""), ("town", "done")]


def test_b41_a_meeting_counts_for_the_quarter_in_which_it_was(base: Cast) -> None:
    """However late it is told: not for the quarter in which it is recorded."""
    under(base, B41 | {"among": ["town"], "late": "5 days"})
    rounds.run(at := shanghai("2026-09-03 09:00"))
    studied(base, at, met_at=later(at, days=-300))
    rounds.run(later(at, minutes=1))
    assert [line[2:] for line in owed()] == [("town", "")]
    # Of the last day of the quarter, told after it: late, and no proof of the new one.
    at = shanghai("2026-10-02 09:00")
    studied(base, at, met_at=shanghai("2026-09-30 16:00"))
    rounds.run(later(at, minutes=1))
    assert [line[1:] for line in owed()] == [("2026-Q3", "town", "late"), ("2026-Q4", "town", "")]
    assert differences() == []


def test_b41_what_was_recorded_wrongly_is_withdrawn_and_proves_nothing(base: Cast) -> None:
    under(base, B41 | {"among": ["town"]})
    rounds.run(SECOND)
    wrong, reason = studied(base, SECOND), {"reason": "日期填错，另行补记。"}
    rounds.run(at := later(SECOND, minutes=5))
    assert [line[2:] for line in owed()] == [("town", "done")]
    for who in ("clerk@town", "supervisor", "principal@bureau"):
        with pytest.raises(Refused):
            do(base, who, "agenda.withdrawn", wrong.pk, at, **reason)
    with pytest.raises(Refused) as refused:
        do(base, "principal@town", "agenda.withdrawn", wrong.pk, at, reason="")
    assert "reason" in refused.value.problems
    do(base, "hotline_deputy@town", "agenda.withdrawn", wrong.pk, at, **reason)
    assert (fresh(wrong).state, clocks(wrong)[0][1]) == ("withdrawn", "cancelled")
    for n in (1, 2):
        rounds.run(later(at, minutes=n))
        assert [line[2:] for line in owed()] == [("town", "done"), ("town", "")], "owed again, once"
    # The right one of the same day is no second record of it.
    right = studied(base, later(at, minutes=5), met_at=later(SECOND, hours=-1))
    rounds.run(later(at, minutes=6))
    assert [line[2:] for line in owed()] == [("town", "done"), ("town", "done")]
    do(base, "principal@town", "agenda.withdrawn", right.pk, later(at, minutes=7), **reason)
    rounds.run(later(at, minutes=8))
    assert [line[2:] for line in owed()] == [("town", "done"), ("town", "done"), ("town", "")]
    # What the quarter was met by stays when it is over.
    last = studied(base, later(at, days=1), met_at=shanghai("2026-09-29 09:00"))
    with pytest.raises(Refused, match="2026年第三季度已经结束"):
        do(base, "principal@town", "agenda.withdrawn", last.pk, later(at, days=1), **reason)
    assert differences() == []


def test_b41_at_the_desk(base: Cast) -> None:
    site, url = Site(base), "/proceedings/new/agenda.held/"
    typed = {"met_at": "2026-11-25 15:00", "text": "夜间值守到人，每周通报一次。", "due": "2026-12-10 18:00"}
    people = {"people": ["大店镇principalA"], "charged": ["大店镇clerkA"]}
    assert site.get("clerk@town", url).status_code == 403
    wrong = send(site, "principal@town", url, **typed, people=["住建局principalA"], charged=["大店镇clerkA"])
    assert wrong.status_code == 422
    assert "只能填写本单位在岗的人员" in wrong.content.decode()
    assert send(site, "principal@town", url, **typed, **people).status_code == 302
    root = Proceeding.objects.get()
    page = site.get("supervisor", "/proceedings/?kind=agenda").content.decode()
    assert "大店镇clerkA" in page
    assert site.get("clerk@bureau", f"/proceedings/{root.number}/").status_code == 404


def test_b22_how_long_and_how_new_it_must_be_is_the_packs(base: Cast) -> None:
    stored(base, "studies", analysis={"least": 5, "alike": "40%"})
    made(base, SECOND, cause="管网老化了。", remedy="列入改造计划。")
    with pytest.raises(Refused) as refused:
        made(base, NINTH, cause="管网老化破损。", remedy="列入明年改造。")
    assert "与上一次分析" in refused.value.problems["confirmed"]
    with pytest.raises(Refused) as refused:
        made(base, NINTH, cause="老化。", remedy="路灯夜间巡查。")
    assert "至少写明 5 个字" in refused.value.problems["cause"]
