"""Training with a linked line (联动培训): every agent is trained, in as many batches as it takes.

Source: C14 (济南市地震局专家对12345市民服务热线150名话务员进行了防震减灾知识专题培训；与12322联动).  Who is to be
trained is whoever holds an agent's post or has shifts for one; whoever was in no batch yet stays on the list, and while
there is one it does not end.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from lianxin.directory import staffing
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, widget
from lianxin.proceedings.abouts import Due, People, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Noted, Reasoned
from lianxin.rules import periods
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves
from lianxin.rules.worktime import SHANGHAI

serves("C14")

WHO = posts("supervisor", "leader")
SAT = "line_training.sat"
Name = Annotated[str, Private, Field(min_length=2, max_length=60)]


class Planning(Payload):
    """About what, for the link with which line, who teaches, the first day, and until when all have been trained."""

    title: Title
    line: str = Field(title="联动的热线号码", min_length=3, max_length=12)
    text: Text = Field(title="培训内容")
    lecturer: Name = Field(title="授课人")
    sent_by: Name = Field(title="授课人单位")
    begins_at: Instant = Field(title="首批培训时间")
    due: Due = Field(title="全部培训完的时限")


class Sitting(Payload):
    """When a batch was trained and who came; the rest is filled in by the ledger."""

    sat_at: Instant = Field(title="本批培训时间")
    came: People = Field(title="到场话务员", min_length=1)
    summary: Account = Field(title="培训情况")
    #: filled in by the ledger
    share: str = Field("", title="已训", json_schema_extra=widget("told"))
    missing: str = Field("", title="待补训", json_schema_extra=widget("told"))


def agents(directory: Snapshot, at: datetime) -> list[int]:
    """Whose post an agent's is and who serves at `at`, each once; whoever is away for a time among them."""
    held = ((post.unit, who) for post in directory.posts_with("agent") for who in directory.crew(post.id))
    return list(dict.fromkeys(who for unit, who in held if staffing.in_office(directory, who, unit, at)))


def _left(deed: Deed[Any], *now: int) -> tuple[list[int], list[int]]:
    """Those to be trained, and those of them who were in no batch yet, this one among them."""
    wanted = agents(deed.directory, deed.at)
    came = {who for entry in deed.said(SAT) for who in entry.payload["came"]} | {*now}
    return wanted, [who for who in wanted if who not in came]


def _names(directory: Snapshot, people: list[int]) -> str:
    return "、".join(directory.staff[who].name for who in people if who in directory.staff)


def _counted(deed: Deed[Any]) -> dict[str, str]:
    wanted, left = _left(deed, *deed.payload.came)
    share = f"应训 {len(wanted)} 名，已训 {len(wanted) - len(left)} 名"
    return {"share": share, "missing": _names(deed.directory, left) or "无"}


def _comes(deed: Deed[Any]) -> None:
    payload = deed.payload
    digits = payload.line.isascii() and payload.line.isdigit()
    require(digits, "line", "请只填热线号码的数字，如 12322")
    require(payload.begins_at > deed.at, "begins_at", "首批培训时间应晚于现在")
    require(payload.due > payload.begins_at, "due", "时限应晚于首批培训时间")
    require(agents(deed.directory, deed.at), "", "本中心还没有在岗的话务员")


def _came(deed: Deed[Any]) -> None:
    payload, directory = deed.payload, deed.directory
    require(payload.sat_at <= deed.at, "sat_at", "本批培训时间不能晚于现在")
    plan = deed.outside().others.entry(deed.proceeding.pk, 1)
    assert plan is not None
    first = periods.of("day", datetime.fromisoformat(plan.payload["begins_at"])).start
    day = f"{first.astimezone(SHANGHAI):%m月%d日}"
    require(payload.sat_at >= first, "sat_at", f"本批培训时间不能早于首批培训的日期（{day}）")
    wanted = agents(directory, deed.at)
    strange = [who for who in payload.came if who not in wanted]
    require(not strange, "came", f"{_names(directory, strange) or '有的人员'}不是在岗的话务员，不计入")
    away = [who for who in payload.came if directory.away(who, payload.sat_at)]
    require(not away, "came", f"{_names(directory, away)}当时已登记离岗，不能记为到场")
    twice = {who for entry in deed.said(SAT) for who in entry.payload["came"]} & {*payload.came}
    require(not twice, "came", f"{_names(directory, sorted(twice))}已在前面的批次中")
    require(deed.file_count, "files", "请附上培训材料")


def _all_came(deed: Deed[Any]) -> None:
    _, left = _left(deed)
    require(not left, "", f"还有 {len(left)} 名话务员没有培训：{_names(deed.directory, left[:10])}")


add(
    Kind(
        code="line_training",
        title="联动培训",
        due_title="全部培训完的时限",
        raised_to=("leader",),
        listed=("line", "lecturer", "share", "missing"),
        states={
            "planned": State("培训中", "supervisor"),
            "finished": State("已全部培训"),
            "cancelled": State("已取消"),
        },
        steps=(
            Step("planned", "安排联动培训", Planning, WHO, to="planned", check=_comes, icon="users"),
            Step(
                "sat",
                "登记一批",
                Sitting,
                WHO,
                ("planned",),
                fills=_counted,
                check=_came,
                held="sat_at",
                icon="clipboard-check",
            ),
            Step("finished", "全部培训完", Noted, WHO, ("planned",), "finished", meets=True, check=_all_came),
            Step("cancelled", "取消培训", Reasoned, WHO, ("planned",), "cancelled", icon="ban"),
        ),
    )
)
