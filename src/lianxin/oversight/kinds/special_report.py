"""Special report to leaders (情况专报): drafted from orders, signed by another hand; what the leader writes is done.

Source: C40 (必要时，以情况专报方式供领导和有关部门决策参考), C49 (涉及多个部门复杂问题，形成《情况专报》呈报局长或分管
副局长，由局长或分管副局长召开协调会研究解决).  What it quotes of orders stands in their own ledgers (`order.quoted`).
One that a unit's timely report led to ends in a meeting and in no other way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant
from lianxin.ledger.verbs import Follow
from lianxin.proceedings.abouts import Due, OfOrders, People, Text, Title, Units
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Noted, Reasoned
from lianxin.rules.lifecycle import OPEN, SYSTEM
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

from ..ladder import (
    HIDDEN,
    Assigning,
    Before,
    acts_for,
    before,
    can_do,
    each_is_done,
    given,
    in_short,
    leads,
    listed,
    made_from,
    reserved,
    tasks,
)
from ..orders import standing

serves("C40", "C49")

KIND = "special_report"
DRAFT, SIGN, LEADER = posts("dispatcher", "supervisor"), posts("supervisor", "leader"), posts("leader")
WRITTEN = tuple(f"{KIND}.{step}" for step in ("drafted", "drawn", "revised"))
CONVENED = "work_meeting.convened"


class Drafting(OfOrders):
    """About which orders, how things are, and what is proposed."""

    title: Title
    text: Text = Field(title="情况")
    proposal: Account = Field(title="建议")


class Drawn(Before):
    """What a unit's timely report led to, by whom it was written up, and what is proposed."""

    proposal: Account = Field(title="建议")
    drafted_by: int | None = Field(None, json_schema_extra=HIDDEN)


class Revising(Payload):
    """How things are, and what is proposed, as it is to be signed."""

    text: Text = Field(title="情况")
    proposal: Account = Field(title="建议")


class Signing(Payload):
    """To which leaders it goes."""

    people: People = Field(title="呈送领导", min_length=1)
    #: filled in by the ledger: until when it is answered
    due: Instant | None = Field(None, json_schema_extra=HIDDEN)


class Instructing(Payload):
    """What the leader writes on it, and until when it is carried out."""

    instruction: Account = Field(title="批示")
    due: Due = Field(title="落实时限")


class Convening(Payload):
    """Who is called to the meeting, and when."""

    instruction: Account = Field(title="批示")
    units: Units = Field(title="参会单位", min_length=1)
    attending: People = Field((), title="参会人员")
    meets_at: Instant = Field(title="会议时间")
    #: filled in by the ledger: the meeting that it calls
    proceeding: int = Field(0, json_schema_extra=HIDDEN)


class Landing(Payload):
    """What came of the instruction; the recipients are told."""

    result: Account = Field(title="落实情况")
    #: filled in by the ledger
    people: People = Field((), json_schema_extra=HIDDEN)


class Settled(Payload):
    """By which report upwards it is over."""

    origin: str = Field(title="落实上报")


# --- drafting and signing ---------------------------------------------------------------------
def _has_orders(deed: Deed[Drafting]) -> None:
    require(deed.payload.orders, "numbers", "请填写专报所依据的工单")


def _answered_by(deed: Deed[Signing]) -> dict[str, Any]:
    span = deed.pack.reports.instruct
    return {"due": span.due(deed.at, deed.outside().calendar)} if span is not None else {}


def _by_another(deed: Deed[Signing]) -> None:
    last = deed.said(*WRITTEN)[-1]
    author = last.payload.get("drafted_by") or last.staff_id
    require(author != deed.actor.staff, "", "起草、修改的人不能签发，请由他人签发")
    names = [
        deed.directory.staff[p].name for p in deed.payload.people if not leads(deed, p) and p in deed.directory.staff
    ]
    require(not names, "people", f"只能呈送中心领导岗位的人员：{'、'.join(names)}")


def _as_written(deed: Deed[Signing]) -> dict[str, str]:
    """Its words as they were written last, and how far its orders have come by now."""
    said = deed.said(*WRITTEN)[-1].enclosure.body
    origin = made_from(deed, deed.proceeding.pk)
    source = deed.said(f"{KIND}.drawn")
    return {
        "text": said.get("text", ""),
        "proposal": said.get("proposal", ""),
        "figures": in_short(standing(deed, orders_of(deed)).values(), OPEN),
        "source": f"据及时报告 {source[0].payload['origin']}。" if origin is not None and source else "",
    }


def _by_itself(deed: Deed[Reasoned]) -> None:
    ladder = made_from(deed, deed.proceeding.pk) is not None
    require(not ladder, "", "由及时报告形成的专报不能撤回，可以修改以后签发")


# --- what the leader writes -------------------------------------------------------------------
def _recipients(deed: Deed[Any]) -> list[int]:
    """To whom it was sent."""
    named = About.objects.filter(proceeding=deed.proceeding.pk, role="member", until=None, to_person__isnull=False)
    here = [row for row in deed.docket.added if isinstance(row, About) and row.role == "member"]
    found = (row.to_person_id for row in (*named.order_by("pk"), *here))
    return list(dict.fromkeys(person for person in found if person is not None))


def _is_recipient(deed: Deed[Any]) -> None:
    require(acts_for(deed, _recipients(deed)), "", "这份专报没有呈送您，请由呈送的领导批示")


def _no_meeting_needed(deed: Deed[Any]) -> None:
    _is_recipient(deed)
    ladder = made_from(deed, deed.proceeding.pk) is not None
    require(not ladder, "", "涉及多个部门的复杂问题，应召开协调会研究解决，请用“召开协调会”")


def _can_meet(deed: Deed[Convening]) -> None:
    _is_recipient(deed)
    require(deed.payload.meets_at > deed.at, "meets_at", "会议时间应晚于现在")
    known = any(kind.from_report for kind in deed.pack.reports.meetings)
    require(known, "", "现行规则包没有规定由专报召开的会议")


def _meeting(deed: Deed[Convening]) -> Iterator[Follow]:
    payload = deed.payload
    kind = next(kind for kind in deed.pack.reports.meetings if kind.from_report)
    said = before(deed, deed.docket.said().title, deed.docket.said().text)
    said |= {"level": kind.code, "units": list(payload.units), "people": list(payload.attending)}
    yield Follow(CONVENED, payload.proceeding, said | {"due": payload.meets_at})


def _told(deed: Deed[Landing]) -> dict[str, Any]:
    staff = deed.directory.staff
    return {"people": tuple(p for p in _recipients(deed) if p in staff and staff[p].active)}


def _came_of_it(deed: Deed[Landing]) -> dict[str, str]:
    instruction = deed.said(f"{KIND}.instructed")[-1].enclosure.body.get("instruction", "")
    return {"instruction": instruction, "decided": listed(deed, tasks(deed)), "to": _names(deed)}


def _names(deed: Deed[Any]) -> str:
    staff = deed.directory.staff
    return "、".join(staff[person].name for person in _recipients(deed) if person in staff)


REPORT = Paper(
    "情况专报",
    "{title}",
    "{people}",
    (
        "# 基本情况",
        "{source}",
        "{text}",
        "{figures}",
        "# 涉及工单",
        "{orders}",
        "# 建议",
        "{proposal}",
        "请于{due}前批示。",
    ),
    more=_as_written,
)
RESULT = Paper(
    "批示落实情况",
    "{title}",
    "{to}",
    ("# 批示", "{instruction}", "# 落实事项", "{decided}", "# 落实情况", "{result}"),
    more=_came_of_it,
)

add(
    Kind(
        code=KIND,
        title="情况专报",
        due_title="批示、落实时限",
        raised_to=("supervisor", "leader"),
        under=lambda pack: pack.reports.instruct is not None,
        listed=("origin", "instruction"),
        states={
            "drafted": State("待签发", "supervisor"),
            "submitted": State("待批示", "leader"),
            "instructed": State("落实中", "supervisor"),
            "meeting": State("协调会落实中", "supervisor", idle=True),
            "landed": State("已落实"),
            "noted": State("已阅知"),
            "withdrawn": State("已撤回"),
        },
        steps=(
            Step("drafted", "起草情况专报", Drafting, DRAFT, to="drafted", check=_has_orders, icon="file-text"),
            Step("drawn", "形成情况专报", Drawn, SYSTEM, to="drafted", by_itself=True, tells=True),
            Step("revised", "修改", Revising, DRAFT, ("drafted",)),
            Step(
                "signed",
                "签发呈报",
                Signing,
                SIGN,
                ("drafted",),
                "submitted",
                paper=REPORT,
                fills=_answered_by,
                check=_by_another,
                icon="signature",
            ),
            Step(
                "instructed",
                "批示",
                Instructing,
                LEADER,
                ("submitted",),
                "instructed",
                check=_no_meeting_needed,
                icon="signature",
            ),
            Step(
                "convened",
                "召开协调会",
                Convening,
                LEADER,
                ("submitted",),
                "meeting",
                meets=True,
                fills=reserved(CONVENED),
                check=_can_meet,
                follows=_meeting,
                icon="users",
            ),
            Step("noted", "阅知", Noted, LEADER, ("submitted",), "noted", meets=True, check=_no_meeting_needed),
            Step(
                "assigned",
                "交办落实事项",
                Assigning,
                SIGN,
                ("instructed",),
                fills=reserved("resolution.assigned"),
                check=can_do,
                follows=given,
                icon="send",
            ),
            Step(
                "landed",
                "上报落实情况",
                Landing,
                SIGN,
                ("instructed",),
                "landed",
                meets=True,
                paper=RESULT,
                fills=_told,
                check=each_is_done,
                icon="check",
            ),
            Step("settled", "落实上报", Settled, SYSTEM, ("meeting",), "landed", by_itself=True),
            Step("withdrawn", "撤回", Reasoned, SIGN, ("drafted",), "withdrawn", check=_by_itself, icon="ban"),
        ),
    )
)
