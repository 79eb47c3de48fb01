"""Alert on public opinion (舆情快报): sent at once to leaders and units, who say that they have read it and what they
do about it.

Source: B21 (对政务服务热线平台反映出来的舆情，要及时快速传递给相关区领导和相关部门单位，各部门单位要增强敏锐性和
敏感度，认真研究应对措施).  Each person says once that he has read it; each unit that was called answers; when the last
of them has, the deadline is met.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Words, widget
from lianxin.ledger.verbs import Follow
from lianxin.proceedings.abouts import Due, OfOrders, People, Text, Title, Units
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.system import Nothing
from lianxin.rules.lifecycle import CENTRE, SYSTEM, UNIT
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

serves("B21")

SENDS, SETTLES = posts("supervisor", "leader", "analyst"), posts("supervisor", "leader")
READS = UNIT | CENTRE | {"analyst"}
LEVELS = {"general": "一般", "larger": "较大", "major": "重大"}
READ, ANSWERED = "opinion_alert.read", "opinion_alert.answered"
OPEN = ("sent", "answered")


class Sending(OfOrders):
    """What is being said, how grave it is, who must know, and until when the units say what they do."""

    level: Literal["general", "larger", "major"] = Field(
        title="级别", json_schema_extra=widget("choice", titles=LEVELS)
    )
    title: Title
    text: Text = Field(title="舆情内容")
    units: Units = Field((), title="报送单位")
    people: People = Field((), title="报送领导、人员")
    due: Due = Field(title="应对时限")


class Answering(Payload):
    """What the unit does."""

    measures: Account = Field(title="应对措施")


class Settling(Payload):
    """What came of it; why it is settled although a unit has not answered."""

    note: Words = Field("", title="办结意见")


def _somebody(deed: Deed[Sending]) -> None:
    require(deed.payload.units or deed.payload.people, "units", "请填写报送单位或报送人员")


def _called(deed: Deed[Any]) -> tuple[set[int], set[int]]:
    """The units and the people to whom it was sent."""
    abouts = About.objects.filter(proceeding=deed.proceeding.pk, role__in=("called", "member"), until=None)
    rows: list[tuple[int | None, int | None]] = [*abouts.values_list("to_unit", "to_person")]
    rows += [(row.to_unit_id, row.to_person_id) for row in deed.docket.added if isinstance(row, About)]
    return {unit for unit, _ in rows if unit}, {person for _, person in rows if person}


def _done(deed: Deed[Any], action: str) -> set[tuple[int | None, int | None]]:
    """(unit, person) of whoever has taken this step, as it stands in this batch."""
    return {(entry.unit_id, entry.staff_id) for entry in deed.said(action)}


def _unanswered(deed: Deed[Any]) -> list[int]:
    """The called units that have not said what they do, in their order."""
    owing = _called(deed)[0] - {unit for unit, _ in _done(deed, ANSWERED)}
    return [unit for unit in deed.directory.units if unit in owing]


def _reads_it_first(deed: Deed[Nothing]) -> None:
    units, people = _called(deed)
    mine = deed.actor.unit in units or deed.actor.staff in people
    require(mine, "", "这件舆情快报没有报送您或您的单位，不用阅知")
    read = {person for _, person in _done(deed, READ)}
    require(deed.actor.staff not in read, "", "您已经阅知，不用再次确认")


def _of_a_unit(deed: Deed[Answering]) -> None:
    require(deed.actor.unit in _called(deed)[0], "", "这件舆情快报没有报送您的单位，不用填写应对措施")


def _all_have_answered(deed: Deed[Answering]) -> Iterator[Follow]:
    if deed.proceeding.state == "sent" and not {*_unanswered(deed)} - {deed.actor.unit}:
        yield Follow("opinion_alert.complete", deed.proceeding.pk, {})


def _nobody_is_left_out(deed: Deed[Settling]) -> None:
    names = [deed.directory.units[unit].name for unit in _unanswered(deed)]
    sentence = f"还没有填写应对措施的单位：{'、'.join(names)}；仍要办结的，请写明理由"
    require(not names or deed.payload.note, "note", sentence)


PAPER = Paper(
    title="舆情快报",
    headline="{title}",
    to="",
    body=(
        "{text}",
        "报送单位：{units}。",
        "报送人员：{people}。",
        "# 涉及工单",
        "{orders}",
        "# 办理要求",
        "请认真研究应对措施，于{due}前在平台填写。",
    ),
)

add(
    Kind(
        code="opinion_alert",
        title="舆情快报",
        due_title="应对时限",
        raised_to=("leader",),
        states={
            "sent": State("待应对", "supervisor"),
            "answered": State("已应对，待办结", "supervisor"),
            "settled": State("已办结"),
        },
        steps=(
            Step("sent", "发舆情快报", Sending, SENDS, to="sent", paper=PAPER, check=_somebody, icon="bell"),
            Step("read", "阅知", Nothing, READS, OPEN, check=_reads_it_first, icon="eye", decides=False),
            Step(
                "answered",
                "填写应对措施",
                Answering,
                UNIT,
                OPEN,
                check=_of_a_unit,
                follows=_all_have_answered,
                icon="file-text",
                decides=False,
            ),
            Step(
                "complete",
                "各单位均已应对",
                Nothing,
                SYSTEM,
                ("sent",),
                "answered",
                meets=True,
                by_itself=True,
                tells=True,
                reminds=True,
            ),
            Step(
                "settled",
                "办结",
                Settling,
                SETTLES,
                OPEN,
                "settled",
                meets=True,
                check=_nobody_is_left_out,
                icon="clipboard-check",
            ),
        ),
    )
)
