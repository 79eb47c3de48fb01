"""Meeting of the centre (工作会议): each part of its agenda is minuted, what it decides becomes tasks.

Source: C47 (每季度召开一次市民服务热线办理工作例会，通报工作情况，进行工作交流，集体研究重大问题，安排部署下一阶段
工作), C49 (由局长或分管副局长召开协调会研究解决，市局领导小组办公室负责对会议确定事项进行协调落实).  Which meetings
there are, what must be on the agenda and how often they are held are `reports.meetings` of the pack.  One that comes
round stands for the period in which it is held and no other; one that a special report calls is opened by that alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, widget
from lianxin.ledger.verbs import Follow
from lianxin.proceedings.abouts import Due, People, Text, Title, Units
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import named_units
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About, Proceeding
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.usual import Reasoned
from lianxin.rules import periods
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.likeness import alike, bare
from lianxin.rules.numerals import numeral
from lianxin.rules.policy_reports import MeetingType
from lianxin.rules.serving import serves

from ..ladder import HIDDEN, Assigning, Before, before, can_do, each_is_done, given, listed, made_from, reserved, tasks

serves("C47")

KIND, WHO = "work_meeting", posts("supervisor", "leader")
LANDING = "landing_report.opened"
Said = Annotated[tuple[Annotated[str, Field(max_length=4000)], ...], Private]


class Calling(Payload):
    """Which meeting, about what, who comes, and when."""

    level: str = Field(title="会议", max_length=16, json_schema_extra=widget("meeting"))
    title: Title
    text: Text = Field(title="会议议题")
    units: Units = Field((), title="参会单位")
    people: People = Field((), title="参会人员")
    due: Due = Field(title="会议时间")
    #: filled in by the ledger: the period for which it stands
    period: str = Field("", json_schema_extra=HIDDEN)


class Convened(Before):
    """The meeting that a special report led to."""

    level: str = Field(max_length=16, json_schema_extra=HIDDEN)
    units: Units = Field((), title="参会单位")
    people: People = Field((), title="参会人员")
    due: Due = Field(title="会议时间")


class Moving(Payload):
    """To when, and why."""

    due: Due = Field(title="会议时间")
    reason: Account = Field(title="改期原因")
    #: filled in by the ledger
    period: str = Field("", json_schema_extra=HIDDEN)


class Holding(Payload):
    """When it was held, what was said to each part of the agenda, and which units did not come."""

    held_at: Instant = Field(title="召开时间")
    parts: Said = Field((), title="议程记录", json_schema_extra=widget("parts"))
    absent: Units = Field((), title="缺席单位")


class Landing(Payload):
    """What came of all that was decided."""

    result: Account = Field(title="落实结果")
    #: filled in by the ledger: the report that it makes, where the meeting was called by one
    proceeding: int = Field(0, json_schema_extra=HIDDEN)


class Resuming(Payload):
    """Why it is not over."""

    reason: str = Field(title="退回原因", json_schema_extra=HIDDEN)


def _type(deed: Deed[Any]) -> MeetingType:
    found = deed.pack.reports.meeting(getattr(deed.payload, "level", "") or deed.proceeding.level)
    require(found is not None, "level", "请从列表中选择会议")
    assert found is not None
    return found


# --- calling ----------------------------------------------------------------------------------
def _period(deed: Deed[Any]) -> dict[str, Any]:
    every = _type(deed).every
    return {"period": periods.of(every, deed.payload.due).code} if every else {}


def _once(deed: Deed[Any], field: str) -> None:
    """One that comes round is called once a period."""
    kind, period = _type(deed), deed.payload.period
    if period:
        level = kind.code
        number = already(
            deed, KIND, but=("cancelled",), centre_id=deed.proceeding.centre_id, level=level, period=period
        )
        require(not number, field, f"{periods.parse(period).name}的{kind.title}已有一件（{number}），一期只召开一次")


def _calls(deed: Deed[Calling]) -> None:
    require(not _type(deed).from_report, "level", f"{_type(deed).title}只能在《情况专报》中召开")
    _once(deed, "due")


def _moves(deed: Deed[Moving]) -> None:
    _once(deed, "due")


def _not_from_report(deed: Deed[Any]) -> None:
    require(not _type(deed).from_report, "", "由《情况专报》召开的会议不能取消，可以改期")


# --- holding ----------------------------------------------------------------------------------
def _was_held(deed: Deed[Holding]) -> None:
    payload, root, kind = deed.payload, deed.proceeding, _type(deed)
    require(payload.held_at <= deed.at, "held_at", "召开时间不能晚于现在")
    require(payload.held_at >= root.registered_at, "held_at", "召开时间不能早于召集会议的时间，会议不能事后补")
    period = periods.parse(root.period) if root.period else None
    fits = period is None or payload.held_at in period
    require(fits, "held_at", f"这是{period.name if period else ''}的{kind.title}，请改期以后再记录")
    _each_part(deed, kind)
    strange = {*payload.absent} - {*_called(deed)}
    require(not strange, "absent", "缺席单位从参会单位中选")
    require(tasks(deed), "", "会议议定的事项还没有交办，请先“交办议定事项”")


def _each_part(deed: Deed[Holding], kind: MeetingType) -> None:
    """Each part of the agenda is minuted, in words of its own and other ones than the last time."""
    rules, said = deed.pack.reports, deed.payload.parts
    require(len(said) <= len(kind.parts), "parts", "记录比议程多，请核对")
    last = _last(deed)
    for n, part in enumerate(kind.parts):
        text = said[n] if n < len(said) else ""
        require(len(bare(text)) >= rules.least, "parts", f"“{part}”至少写明 {rules.least} 个字，标点不计")
        for other in said[:n]:
            require(not alike(text, other, rules.alike), "parts", f"“{part}”与其他议程的记录基本相同，请如实记录")
        same = n < len(last) and alike(text, last[n], rules.alike)
        require(not same, "parts", f"“{part}”与上一次会议的记录基本相同，请如实记录")


def _last(deed: Deed[Any]) -> list[str]:
    """What was minuted at the last meeting of the type."""
    root = deed.proceeding
    its = Proceeding.objects.filter(centre=root.centre_id, kind=KIND, level=root.level, state__in=("held", "landed"))
    before_it = its.exclude(pk=root.pk).order_by("-pk").first()
    said = deed.outside().others.said(before_it, f"{KIND}.held") if before_it is not None else []
    return list(said[-1].enclosure.body.get("parts", ())) if said else []


def _called(deed: Deed[Any]) -> list[int]:
    """The units that were called, in the order of their being called."""
    stored = About.objects.filter(proceeding=deed.proceeding.pk, role="called", to_unit__isnull=False).order_by("pk")
    here = [row for row in deed.docket.added if isinstance(row, About) and row.role == "called"]
    return list(dict.fromkeys(row.to_unit_id for row in (*stored, *here) if row.to_unit_id is not None))


def _minuted(deed: Deed[Holding]) -> dict[str, str]:
    titles = _type(deed).parts
    lines = [
        f"（{numeral(n)}）{title}。{text}"
        for n, (title, text) in enumerate(zip(titles, deed.payload.parts, strict=False), 1)
    ]
    came = [unit for unit in _called(deed) if unit not in deed.payload.absent]
    return {
        "meeting": _type(deed).title,
        "minutes": "\n".join(lines),
        "came": named_units(deed.directory, came),
        "decided": listed(deed, tasks(deed)),
        "when": periods.of("day", deed.payload.held_at).name,
    }


def _titled(deed: Deed[Any]) -> dict[str, str]:
    return {"meeting": _type(deed).title}


# --- landing ----------------------------------------------------------------------------------
def _reports(deed: Deed[Landing]) -> dict[str, Any]:
    from_report = made_from(deed, deed.proceeding.pk) is not None
    return dict(reserved(LANDING)(deed)) if from_report else {}


def _landed(deed: Deed[Landing]) -> Iterator[Follow]:
    """Where a report led to it, what came of it goes up to the leaders."""
    report = made_from(deed, deed.proceeding.pk)
    if report is not None:
        said = before(deed, deed.docket.said().title, deed.payload.result)
        yield Follow(LANDING, deed.payload.proceeding, said | {"landed": listed(deed, tasks(deed))})


NOTICE = Paper(
    "{meeting}通知",
    "{title}",
    "{units}",
    ("{text}", "# 会议安排", "定于{due}召开{meeting}，请派员参加。", "参会人员：{people}。", "# 涉及工单", "{orders}"),
    more=_titled,
)
RECORD = Paper(
    "{meeting}纪要",
    "{title}",
    "",
    (
        "召开时间：{when}。",
        "参会单位：{came}。",
        "缺席单位：{absent}。",
        "# 会议记录",
        "{minutes}",
        "# 议定事项",
        "{decided}",
    ),
    more=_minuted,
)

add(
    Kind(
        code=KIND,
        title="工作会议",
        due_title="会议当日",
        level_title="会议",
        all_day=True,
        raised_to=("leader",),
        under=lambda pack: bool(pack.reports.meetings),
        listed=("held_at",),
        states={
            "called": State("待召开", "supervisor"),
            "held": State("落实中", "supervisor"),
            "landed": State("已落实"),
            "cancelled": State("已取消", void=True),
        },
        steps=(
            Step(
                "called", "召集会议", Calling, WHO, to="called", paper=NOTICE, fills=_period, check=_calls, icon="users"
            ),
            Step("convened", "召开协调会", Convened, SYSTEM, to="called", by_itself=True, tells=True, paper=NOTICE),
            Step("moved", "会议改期", Moving, WHO, ("called",), fills=_period, check=_moves, icon="calendar"),
            Step(
                "assigned",
                "交办议定事项",
                Assigning,
                WHO,
                ("called", "held"),
                fills=reserved("resolution.assigned"),
                check=can_do,
                follows=given,
                icon="send",
            ),
            Step(
                "held",
                "记录会议",
                Holding,
                WHO,
                ("called",),
                "held",
                meets=True,
                paper=RECORD,
                check=_was_held,
                held="held_at",
                icon="clipboard-check",
            ),
            Step(
                "landed",
                "议定事项已落实",
                Landing,
                WHO,
                ("held",),
                "landed",
                fills=_reports,
                check=each_is_done,
                follows=_landed,
                icon="check",
            ),
            Step(
                "resumed", "继续落实", Resuming, SYSTEM, ("landed",), "held", by_itself=True, tells=True, reopens=True
            ),
            Step("cancelled", "取消会议", Reasoned, WHO, ("called",), "cancelled", check=_not_from_report, icon="ban"),
        ),
    )
)
