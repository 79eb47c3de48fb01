"""Timely report (及时报告): what is urgent or grave, or what a unit cannot solve, goes up at once, and is coordinated.

Source: C48 (遇到紧急、重大和其他需要市局协调解决的事项以及群众反映的难点问题，要及时报告), C49 (对于承办单位难以解决
的一般性问题，由市局协调解决；对于涉及多个部门复杂问题，形成《情况专报》).  The pack says for which reasons, who is told
at once, and within what time; it is complex from so many units on (`reports.complex_from`), whoever calls it what.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, UnitId, widget
from lianxin.ledger.verbs import Follow
from lianxin.proceedings.abouts import OfOrders, People, Text, Title, Units
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle import SYSTEM, UNIT_LEADS
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves
from lianxin.rules.worktime import show_due

from ..ladder import HIDDEN, Assigning, before, can_do, each_is_done, given, listed, reserved, tasks

serves("C48", "C49")

KIND, CENTRE_POSTS = "timely_report", posts("supervisor", "leader")
DRAWN = "special_report.drawn"


class Filing(OfOrders):
    """Why it is reported at once, what it is, since when it is known, and which other units it concerns."""

    level: str = Field(title="报告情形", max_length=16, json_schema_extra=widget("report_reason"))
    title: Title
    known_at: Instant = Field(title="得知时间")
    text: Text = Field(title="情况")
    concerned: Units = Field((), title="涉及的其他单位")
    #: filled in by the ledger: whose it is, who is told, until when it is answered, whether it came in time
    unit: UnitId | None = Field(None, json_schema_extra=HIDDEN)
    people: People = Field((), json_schema_extra=HIDDEN)
    due: Instant | None = Field(None, json_schema_extra=HIDDEN)
    in_time: str = Field("", title="是否及时", json_schema_extra=widget("told"))


class Answering(Payload):
    """What the centre says to it."""

    answer: Account = Field(title="答复意见")


class Coordinating(Payload):
    """How it is to be solved."""

    solution: Account = Field(title="协调意见")


class Escalating(Payload):
    """What is proposed to the leaders."""

    proposal: Account = Field(title="建议")
    #: filled in by the ledger: the special report that it makes
    proceeding: int = Field(0, json_schema_extra=HIDDEN)


class Landing(Payload):
    """What came of the coordination."""

    result: Account = Field(title="落实情况")


class Settled(Payload):
    """By which report upwards it is over."""

    origin: str = Field(title="落实上报")


def _filed(deed: Deed[Filing]) -> dict[str, Any]:
    rules, directory, calendar = deed.pack.reports, deed.directory, deed.outside().calendar
    told = [
        directory.holder(post.id, deed.at)
        for role in rules.told
        for post in directory.posts_at(directory.root.id, role)
    ]
    late = rules.within is not None and deed.at > rules.within.due(deed.payload.known_at, calendar)
    return {
        "unit": deed.actor.unit,
        "people": tuple(dict.fromkeys(person for person in told if person is not None)),
        "due": rules.answer.due(deed.at, calendar) if rules.answer is not None else None,
        "in_time": f"迟报：得知之后超过{rules.within}" if late else "及时",
    }


def _is_known(deed: Deed[Filing]) -> None:
    payload = deed.payload
    require(deed.pack.reports.reason(payload.level), "level", "请从列表中选择报告情形")
    require(payload.known_at <= deed.at, "known_at", "得知时间不能晚于现在")
    require(payload.unit not in payload.concerned, "concerned", "只填写本单位以外的单位")


def _units(deed: Deed[Any]) -> set[int]:
    """Whom it concerns: the unit that reports, those that it names, those that have been given a task."""
    filed = deed.said(f"{KIND}.filed")[0].payload
    named = {filed["unit"], *filed["concerned"]} | {task.unit_id for task in tasks(deed)}
    return {unit for unit in named if unit is not None} - {deed.directory.root.id}


def _is_complex(deed: Deed[Any], *more: int) -> bool:
    return len(_units(deed) | {*more}) >= deed.pack.reports.complex_from


def _answers(deed: Deed[Answering]) -> None:
    reason = deed.pack.reports.reason(deed.proceeding.level)
    settles = reason is not None and reason.coordinate
    require(not settles, "answer", f"“{reason.title if reason else ''}”须由市局协调解决，不能只作答复")


def _is_general(deed: Deed[Coordinating]) -> None:
    require(not _is_complex(deed), "solution", "涉及多个单位的复杂问题，应形成《情况专报》呈报领导，不能直接协调")


def _stays_general(deed: Deed[Assigning]) -> None:
    can_do(deed)
    more = [deed.payload.charged] if deed.payload.charged is not None else []
    require(
        not _is_complex(deed, *more), "charged", "再涉及这个单位就是复杂问题，应形成《情况专报》呈报领导，不能直接交办"
    )


def _drawn(deed: Deed[Escalating]) -> Iterator[Follow]:
    words = deed.docket.said()
    said = before(deed, words.title, f"{words.text}\n{_facts(deed)}")
    yield Follow(
        DRAWN, deed.payload.proceeding, said | {"proposal": deed.payload.proposal, "drafted_by": deed.actor.staff}
    )


def _facts(deed: Deed[Any]) -> str:
    """What the report says besides its text, carried over into the next record."""
    directory, root = deed.directory, deed.proceeding
    units = "、".join(directory.units[unit].name for unit in sorted(_units(deed)) if unit in directory.units)
    reason = deed.pack.reports.reason(root.level)
    why = reason.title if reason is not None else root.level
    return f"报告情形：{why}；报告时间：{show_due(root.registered_at)}；涉及单位：{units}。"


def _came_of_it(deed: Deed[Landing]) -> dict[str, str]:
    said = deed.said(f"{KIND}.coordinated")[-1].enclosure.body
    unit = deed.directory.units.get(deed.proceeding.unit_id or 0)
    return {
        "solution": said.get("solution", ""),
        "decided": listed(deed, tasks(deed)),
        "to": unit.name if unit else "",
    }


def _of_centre(deed: Deed[Any]) -> dict[str, Any]:
    """A special report is made only where the rule book has one."""
    require(deed.pack.reports.instruct is not None, "", "现行规则包没有规定情况专报")
    return dict(reserved(DRAWN)(deed))


SOLVED = Paper(
    "协调意见",
    "{title}",
    "{to}",
    ("{text}", "# 协调意见", "{solution}", "# 落实事项", "{decided}", "# 落实情况", "{result}"),
    more=_came_of_it,
)

add(
    Kind(
        code=KIND,
        title="及时报告",
        unit_title="报告单位",
        due_title="处理时限",
        level_title="报告情形",
        raised_to=("leader",),
        under=lambda pack: bool(pack.reports.reasons),
        listed=("in_time", "known_at"),
        states={
            "filed": State("待处理", "supervisor"),
            "coordinated": State("协调落实中", "supervisor"),
            "escalated": State("已呈报领导", "supervisor", idle=True),
            "settled": State("已落实"),
            "answered": State("已答复"),
        },
        steps=(
            Step(
                "filed",
                "及时报告",
                Filing,
                UNIT_LEADS | posts("clerk"),
                to="filed",
                fills=_filed,
                check=_is_known,
                icon="alert-triangle",
            ),
            Step("answered", "答复", Answering, CENTRE_POSTS, ("filed",), "answered", meets=True, check=_answers),
            Step(
                "coordinated",
                "市局协调",
                Coordinating,
                CENTRE_POSTS,
                ("filed",),
                "coordinated",
                meets=True,
                check=_is_general,
                icon="users",
            ),
            Step(
                "escalated",
                "形成情况专报",
                Escalating,
                CENTRE_POSTS,
                ("filed", "coordinated"),
                "escalated",
                meets=True,
                fills=_of_centre,
                follows=_drawn,
                icon="file-text",
            ),
            Step(
                "assigned",
                "交办落实事项",
                Assigning,
                CENTRE_POSTS,
                ("coordinated",),
                fills=reserved("resolution.assigned"),
                check=_stays_general,
                follows=given,
                icon="send",
            ),
            Step(
                "landed",
                "协调事项已落实",
                Landing,
                CENTRE_POSTS,
                ("coordinated",),
                "settled",
                paper=SOLVED,
                check=each_is_done,
                icon="check",
            ),
            Step("settled", "落实上报", Settled, SYSTEM, ("escalated",), "settled", by_itself=True, tells=True),
        ),
    )
)
