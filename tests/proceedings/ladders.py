"""Meetings, reports and the ladder from a unit's timely report to the report of what was carried out, step by step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cast import Cast, later
from tests.proceedings.affairs import begun
from tests.proceedings.stages import dispatched, do

from lianxin.duties import rounds
from lianxin.ledger.models import Entry
from lianxin.proceedings.models import Proceeding

#: What was said to each part of the regular meeting's agenda.
PARTS = (
    "通报三季度受理两千七百件，按时办结率九成八，超期十二件。",
    "大店镇介绍入冬前逐户测温的做法，住建局介绍换热站巡检经验。",
    "研究老旧小区二级管网改造的资金缺口，同意列入明年计划。",
    "四季度供暖投诉当日派单、当日到场，每周五汇总一次。",
)
#: The same of the next quarter.
OTHERS = (
    "一季度受理一千九百件，重复投诉比上季度下降三成。",
    "热力公司交流夜间抢修的排班，镇街提出值班电话不通。",
    "集体研究占道经营反弹，定为下季度专项督察。",
    "春季绿化养护提前安排，三月底前完成补植。",
)
TEXTS = {
    "text": "本季度承办三十二件，按时办结三十一件，超期一件已说明原因。",
    "problems": "夜间联系诉求人不及时，两件因管线权属不清反复退回。",
    "plans": "夜间值守到人，请市局明确管线权属以后逐件销号。",
}
OTHER_TEXTS = {
    "text": "承办量下降到十九件，全部按时办结，满意十七件。",
    "problems": "油烟扰民两件反复投诉，夜间执法力量不足。",
    "plans": "与公安联合夜查，月底前给两户装净化设施。",
}


def root_of(kind: str, **where: Any) -> int:
    """The newest of that kind."""
    return Proceeding.objects.filter(kind=kind, **where).latest("pk").pk


def called(cast: Cast, at: datetime, **changes: Any) -> int:
    """The regular meeting, to be held three hours later."""
    said = {
        "level": "quarterly",
        "title": "市民服务热线办理工作例会",
        "text": "通报季度情况，部署下一阶段工作。",
        "units": [cast.units[name].pk for name in ("town", "bureau")],
        "people": [cast.staff["leader"].pk],
        "due": later(at, hours=3),
    }
    return begun(cast, "supervisor", "work_meeting.called", at, **said | changes)


def assigned(cast: Cast, root: int, at: datetime, unit: str = "town", who: str = "supervisor", **changes: Any) -> int:
    """A task out of whatever that root is; `centre`: the centre's own."""
    kind = Proceeding.objects.get(pk=root).kind
    said = {"task": "入冬前逐户测温，台账报市局。", "deadline": later(at, days=20)}
    said |= {"charged": cast.units[unit].pk} if unit != "centre" else {}
    do(cast, who, f"{kind}.assigned", root, at, **said | changes)
    return root_of("resolution")


def held(cast: Cast, root: int, at: datetime, *parts: str, who: str = "supervisor", **changes: Any) -> None:
    said = {"held_at": at, "parts": list(parts or PARTS)}
    do(cast, who, "work_meeting.held", root, at, **said | changes)


def done(cast: Cast, task: int, at: datetime, unit: str = "town") -> None:
    """The unit reports, the centre confirms."""
    if unit == "centre":
        do(cast, "supervisor", "resolution.carried_out", task, at, result="中心已逐件核对。")
        return
    do(cast, f"clerk@{unit}", "resolution.reported", task, at, result="已逐户测温，台账已报。")
    do(cast, "supervisor", "resolution.confirmed", task, later(at, minutes=1), note="属实。")


def filed(cast: Cast, at: datetime, *concerned: str, who: str = "clerk@town", **changes: Any) -> int:
    """A timely report of a unit's that needs coordination."""
    said = {
        "level": "coordinate",
        "title": "柳岸花园供暖管网权属不清",
        "known_at": later(at, hours=-1),
        "text": "三个小区反复投诉，管网权属涉及多家，本单位无法解决。",
        "concerned": [cast.units[unit].pk for unit in concerned],
    }
    return begun(cast, who, "timely_report.filed", at, **said | changes)


def escalated(cast: Cast, root: int, at: datetime) -> int:
    """Written up as a special report."""
    do(cast, "supervisor", "timely_report.escalated", root, at, proposal="建议由局长召集三家单位明确权属。")
    return root_of("special_report")


def drafted(cast: Cast, at: datetime, *numbers: str, **changes: Any) -> int:
    """A special report out of orders."""
    said = {
        "title": "供暖诉求集中情况",
        "numbers": list(numbers),
        "text": "入冬以来供暖诉求集中在三个小区。",
        "proposal": "建议提前启动应急供热。",
    }
    return begun(cast, "dispatcher", "special_report.drafted", at, **said | changes)


def signed(cast: Cast, root: int, at: datetime, who: str = "leader", *to: str) -> None:
    people = [cast.staff[name].pk for name in to or ("leader",)]
    do(cast, who, "special_report.signed", root, at, people=people)


def convened(cast: Cast, root: int, at: datetime) -> int:
    said = {"instruction": "请三家单位到会，当场明确。", "units": [cast.units[u].pk for u in ("town", "bureau")]}
    do(cast, "leader", "special_report.convened", root, at, **said, meets_at=later(at, hours=2))
    return root_of("work_meeting")


def up_to_the_landing(cast: Cast, at: datetime) -> int:
    """The ladder up to the report of what was carried out, which waits for the leader."""
    report = escalated(cast, filed(cast, at, "bureau"), later(at, minutes=10))
    signed(cast, report, later(at, minutes=20))
    meeting = convened(cast, report, later(at, minutes=30))
    task = assigned(cast, meeting, later(at, hours=3))
    held(cast, meeting, later(at, hours=3), "明确管网由住建局接管，大店镇配合。")
    done(cast, task, later(at, hours=4))
    do(cast, "supervisor", "work_meeting.landed", meeting, later(at, hours=5), result="住建局已接管，居民恢复供暖。")
    return root_of("landing_report")


def reported(cast: Cast, at: datetime, who: str = "clerk@town", **changes: Any) -> int:
    """A unit's written report of the period."""
    return begun(cast, who, "unit_report.filed", at, **{"which": "current", **TEXTS, **changes})


def said(root: int, action: str) -> dict[str, Any]:
    """What the newest entry of that action says, private words included."""
    entry = Entry.objects.filter(proceeding=root, action=action).latest("pk")
    return {**entry.payload, **(entry.enclosure.body if hasattr(entry, "enclosure") else {})}


def paper(root: int, action: str) -> str:
    """The document that it issued, its lines one below the other."""
    return "\n".join(text for _, text in said(root, action)["paper"])


def standing(cast: Cast, at: datetime) -> None:
    """One of each in each state in which something may be done; whatever waits for a post stands in its queue."""
    number = dispatched(cast, at).number
    called(cast, at)
    rounds.run(later(at, days=-60))
    report = drafted(cast, at, number)
    report = drafted(cast, at, number)
    signed(cast, report, at)
    report = drafted(cast, at, number)
    signed(cast, report, at)
    do(cast, "leader", "special_report.instructed", report, at, instruction="请三日内落实。", due=later(at, days=30))
    assigned(cast, report, at, "centre")
    assigned(cast, report, at)
    do(cast, "clerk@town", "resolution.reported", root_of("resolution"), at, result="已逐户测温。")
    assigned(cast, report, at)
    filed(cast, at)
    root = filed(cast, at)
    do(cast, "supervisor", "timely_report.coordinated", root, at, solution="由市局借调测温设备。")
    up_to_the_landing(cast, at)
    report = escalated(cast, filed(cast, at, "bureau"), at)
    signed(cast, report, at)
    meeting = convened(cast, report, at)
    assigned(cast, meeting, at)
    held(cast, meeting, at, "住建局接管管网，大店镇配合到户。")
    reported(cast, at)


def lives(cast: Cast, at: datetime) -> None:
    """One by each of the steps."""
    standing(cast, at)
    then = later(at, hours=6)
    do(cast, "leader", "landing_report.returned", root_of("landing_report"), then, reason="热力公司没有到场。")
    meeting = root_of("work_meeting", state="held", spoken_of__proceeding__kind="landing_report")
    do(cast, "supervisor", "work_meeting.landed", meeting, then, result="热力公司已到场。")
    do(cast, "leader", "landing_report.accepted", root_of("landing_report"), then, note="同意。")
    regular = root_of("work_meeting", state="called")
    do(cast, "leader", "work_meeting.moved", regular, then, due=later(at, days=1), reason="局长外出。")
    do(cast, "leader", "work_meeting.cancelled", regular, then, reason="本季度另行安排会议。")
    report = root_of("special_report", state="drafted")
    do(cast, "dispatcher", "special_report.revised", report, then, text="改过的情况说明。", proposal="改过的建议。")
    do(cast, "leader", "special_report.withdrawn", report, then, reason="情况已经变化，不再呈报。")
    do(cast, "leader", "special_report.noted", root_of("special_report", state="submitted"), then)
    report = root_of("special_report", state="instructed")
    task = root_of("resolution", state="reported")
    do(cast, "supervisor", "resolution.sent_back", task, then, reason="台账没有报全。", due=later(then, days=9))
    done(cast, root_of("resolution", state="at_centre"), then, "centre")
    for task in Proceeding.objects.filter(kind="resolution", state="at_unit").values_list("pk", flat=True):
        done(cast, task, then)
    do(cast, "supervisor", "special_report.landed", report, then, result="应急供热已启动。")
    root = root_of("timely_report", state="coordinated")
    done(cast, assigned(cast, root, then), then)
    do(cast, "supervisor", "timely_report.landed", root, then, result="设备已到位。")
    do(cast, "leader", "timely_report.answered", filed(cast, then, level="urgent"), then, answer="应急办已到场。")
    mine = root_of("unit_report")
    do(cast, "clerk@town", "unit_report.withdrawn", mine, then, reason="数据填错了。")
    do(cast, "supervisor", "unit_report.read", reported(cast, then), then)
    do(cast, "supervisor", "report_notice.issued", None, then)
