"""Training (B30): who was called, who came, and who did not, which the ledger says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.cast import Cast, later, shanghai
from tests.desk.test_proceedings import send
from tests.desk.web import Site
from tests.duties.stages import owed, under
from tests.proceedings.stages import abouts, clocks, differences, do, fresh, told

from lianxin.directory.models import Absence
from lianxin.duties import rounds
from lianxin.ledger.acts import Act, Refused, Upload
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Task
from lianxin.ledger.sweep import sweep
from lianxin.proceedings.models import Proceeding

SECOND = shanghai("2026-11-03 09:00")
#: When it is planned for, and when it is recorded.
FIFTH, EVENING = shanghai("2026-11-05 14:00"), shanghai("2026-11-05 17:30")
SLIDES = Upload("课件.pdf", b"%PDF-1.4 slides")
SUMMARY = "讲解派单规范和回访话术，现场演练两轮。"
B30: dict[str, Any] = {
    "id": "B30",
    "title": "每月培训",
    "clause": "区政府市民投诉中心要注重对政务服务热线工作人员的教育培训",
    "every": "month",
    "post": "supervisor",
    "by": ["leader"],
    "met_by": ["training.held"],
}


def ids(cast: Cast, *names: str) -> list[int]:
    return [cast.staff[name].pk for name in names]


def planned(cast: Cast, at: datetime = SECOND, **changes: Any) -> Proceeding:
    """Two agents and the dispatcher are called, and town and heating company."""
    said = {
        "title": "派单规范培训",
        "text": "派单规范、回访话术、系统操作。",
        "begins_at": FIFTH,
        "people": ids(cast, "agent", "agent:b", "dispatcher"),
        "units": [cast.units["town"].pk, cast.units["heat"].pk],
    }
    return Proceeding.objects.get(pk=do(cast, "supervisor", "training.planned", None, at, **said | changes).order)


def held(cast: Cast, root: Proceeding, *came: str, at: datetime = EVENING, files: bool = True, **more: Any) -> str:
    """It was held; who is missing, as the ledger says."""
    said = {"held_at": FIFTH, "came": ids(cast, *came), "summary": SUMMARY} | more
    given = (SLIDES,) if files else ()
    record(Act("training.held", cast.actor("supervisor"), at, said, order=root.pk, files=given))
    missing: str = Entry.objects.get(proceeding=root, action="training.held").payload["missing"]
    return missing


def test_b30_who_was_called_and_did_not_come_is_told(base: Cast) -> None:
    root = planned(base)
    assert (root.state, root.due_at, root.owner_person) == (
        "planned",
        shanghai("2026-11-06 00:00"),
        base.staff["supervisor"],
    )
    invited = {who for action, who in told(root) if action == "training.planned"}
    assert invited >= {base.staff[who].username for who in ("agent", "agent:b", "dispatcher", "clerk@town")}
    missing = held(base, root, "agent", "clerk@town", guests=ids(base, "clerk@bureau"))
    assert missing == "base热线中心agentB、base热线中心dispatcherA；热力公司没有派人参加"
    assert ("absent", "unit", base.units["heat"].pk) in abouts(root)
    assert (fresh(root).state, fresh(root).is_open, clocks(root)[0][1]) == ("held", False, "met")
    assert differences() == []


def test_b30_where_all_came_nobody_is_missing(base: Cast) -> None:
    root = planned(base)
    assert held(base, root, "agent", "agent:b", "dispatcher", "principal@town", "clerk@heat") == (
        "通知的人员、单位都已到场"
    )
    assert not [row for row in abouts(root) if row[0] == "absent"]


def test_b30_who_did_not_come_cannot_be_written_down_as_there(base: Cast) -> None:
    root = planned(base)
    agent = ids(base, "agent")
    Absence.objects.create(staff=base.staff["dispatcher"], start=later(FIFTH, hours=-3), end=later(FIFTH, days=2))
    for names, more, field, sentence in (
        (("agent", "auditor"), {}, "came", "auditorA不在通知之列，请填在“通知以外到场的人员”一栏"),
        (("agent", "dispatcher"), {}, "came", "dispatcherA当时已登记离岗，不能记为到场"),
        (("clerk@town",), {"guests": agent}, "guests", "agentA在通知之列，请填在“到场人员”一栏"),
        (("agent",), {"guests": [10**9]}, "guests", "不在名册"),
        (("agent",), {"held_at": later(EVENING, minutes=1)}, "held_at", "不能晚于现在"),
        (("agent",), {"held_at": later(SECOND, days=-300)}, "held_at", "不能早于通知的培训日期（11月05日）"),
        (("agent",), {"held_at": later(FIFTH, days=-1)}, "held_at", "不能早于通知的培训日期"),
        (("agent",), {"files": False}, "files", "请附上培训材料"),
        ((), {}, "came", "填写"),
    ):
        with pytest.raises(Refused, match=sentence) as refused:
            held(base, root, *names, **more)
        assert set(refused.value.problems) == {field}
    # What somebody writes of the missing is not believed.
    missing = held(base, root, "agent", missing="全部到场", absent=[])
    assert missing == "base热线中心agentB、base热线中心dispatcherA；大店镇、热力公司没有派人参加"


def test_b30_only_the_centre_trains_and_somebody_is_called(base: Cast) -> None:
    with pytest.raises(Refused) as refused:
        planned(base, people=[], units=[])
    assert refused.value.problems == {"people": "请填写参训人员或者参训单位"}
    with pytest.raises(Refused) as refused:
        planned(base, begins_at=later(SECOND, minutes=-1))
    assert refused.value.problems == {"begins_at": "培训时间应晚于现在"}
    root = planned(base)
    for who in ("agent", "clerk@town", "principal@town"):
        with pytest.raises(Refused, match="您的岗位不能"):
            do(base, who, "training.cancelled", root.pk, EVENING, reason="讲师另有任务。")
    do(base, "leader", "training.cancelled", root.pk, EVENING, reason="讲师另有任务，改期。")
    assert (fresh(root).state, clocks(root)[0][1]) == ("cancelled", "cancelled")
    with pytest.raises(Refused, match="现在是“已取消”"):
        held(base, root, "agent")


def test_b30_one_that_nobody_records_is_late_the_day_after(base: Cast) -> None:
    root = planned(base)
    sweep(later(EVENING, hours=5))
    assert not [line for line in told(root) if line[0] == "proceeding.breached"]
    sweep(shanghai("2026-11-06 00:00"))
    assert ("proceeding.breached", base.staff["leader"].username) in told(root)


def test_b30_once_a_month_of_the_centre_s_supervisor(base: Cast) -> None:
    """It is the centre's own unit that owes it, since it has the post; one that is planned or cancelled proves none."""
    under(base, B30)
    rounds.run(SECOND)
    assert owed() == [("B30", "2026-11", base.units["centre"].code, "")]
    assert Task.objects.get(rule="B30").holder == base.staff["supervisor"]
    called_off = planned(base)
    do(base, "supervisor", "training.cancelled", called_off.pk, SECOND, reason="讲师另有任务，改期。")
    rounds.run(later(SECOND, hours=1))
    assert [line[3] for line in owed()] == [""]
    root = planned(base)
    held(base, root, "agent")
    rounds.run(later(EVENING, minutes=1))
    assert [line[3] for line in owed()] == ["done"]
    assert Entry.objects.get(action="duty.settled").payload["evidence"] == [root.number]


def test_b30_one_of_the_month_before_does_not_prove_this_one(base: Cast) -> None:
    under(base, B30 | {"late": "5 days"})
    rounds.run(at := shanghai("2026-10-28 09:00"))
    day = shanghai("2026-10-30 14:00")
    root = planned(base, at, begins_at=day)
    held(base, root, "agent", at=SECOND, held_at=day)
    rounds.run(later(SECOND, minutes=1))
    assert [(line[1], line[3]) for line in owed()] == [("2026-10", "late"), ("2026-11", "")]


def test_b30_at_the_desk(base: Cast) -> None:
    site, url = Site(base), "/proceedings/new/training.planned/"
    typed = {"title": "派单规范培训", "text": "派单规范和回访话术。", "begins_at": "2026-11-26 14:00"}
    assert site.get("clerk@town", url).status_code == 403
    wrong = send(site, "supervisor", url, **typed)
    assert "请填写参训人员或者参训单位" in wrong.content.decode()
    people = {"people": ["base热线中心agentA", "base热线中心agentB"], "units": ["大店镇"]}
    assert send(site, "supervisor", url, **typed, **people).status_code == 302
    root = Proceeding.objects.get()
    page = f"/proceedings/{root.number}/"
    assert typed["title"] in site.get("clerk@town", page).content.decode()
    assert site.get("clerk@bureau", page).status_code == 404
    form = site.get("supervisor", f"{page}training.held/").content.decode()
    assert "通知以外到场的人员" in form
    assert 'data-field="missing"' not in form
    came = {"came": ["base热线中心agentA"], "held_at": "2026-11-26 09:00", "summary": SUMMARY}
    assert send(site, "supervisor", f"{page}training.held/", **came).status_code == 422
    came["files"] = [SimpleUploadedFile("课件.pdf", b"%PDF-1.4 x")]
    assert send(site, "supervisor", f"{page}training.held/", **came).status_code == 302
    missing = "base热线中心agentB；大店镇没有派人参加"
    assert missing in site.get("leader", page).content.decode()
    assert missing in site.get("leader", "/proceedings/?kind=training&view=ended").content.decode()
