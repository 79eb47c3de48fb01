"""Check of language and record (用语记录质检): a record that was drawn by lot, judged by the items of the rule book.

Source: C32 (在受理过程中做到用语规范、语气和蔼、态度诚恳、记录完整准确).  The book draws (`duties.language_draws`), so
nobody picks a record; seed and pool stand in the entry, so that anyone can repeat the draw.  The agent sees what was
found of his own records and may object in time; somebody else than the checker decides.  Nobody judges himself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import SHORTEST_REASON, Instant, Reason, StaffId, Words, says_why, widget
from lianxin.proceedings.abouts import OfOrders, People, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves
from lianxin.rules.worktime import show_due

serves("C32")

KIND = "language_check"
CHECKERS = posts("supervisor", "leader")
CHECKED, CHANGED = f"{KIND}.checked", f"{KIND}.changed"
#: Sees what was found, and no other's.
WHOSE = posts("agent")
OUTCOMES = {"met": "全部符合", "unmet": "有不符合"}


class Drawn(OfOrders):
    """Whose record of which period was drawn, out of which, by which seed; all by the book itself."""

    title: Title
    agent: StaffId = Field(title="话务员")
    period: str = Field(title="周期", max_length=16)
    pool: tuple[str, ...] = Field(title="抽样范围", json_schema_extra=widget("none"))
    seed: str = Field(title="种子", json_schema_extra=widget("none"))
    wanted: int = Field(title="抽取件数", json_schema_extra=widget("none"))


class Mark(Payload):
    """Whether the record meets an item of the rule book."""

    item: str = Field(max_length=24)
    met: bool


class Marking(Payload):
    """Every item, met or not."""

    marks: tuple[Mark, ...] = Field(title="质检项目", max_length=50, json_schema_extra=widget("marks"))
    #: filled in by the ledger
    outcome: Literal["met", "unmet"] | None = Field(
        None, title="质检结果", json_schema_extra=widget("told", titles=OUTCOMES)
    )


class Checking(Marking):
    """What was found."""

    findings: Words = Field("", title="质检意见", json_schema_extra=widget("textarea", hint="有不符合的，写明具体情况"))
    #: filled in by the ledger: the agent, who sees it from now on, and until when he may object
    people: People = Field((), json_schema_extra=widget("none"))
    objection_until: Instant | None = Field(None, json_schema_extra=widget("none"))
    until: str = Field("", title="本人可提出异议至", json_schema_extra=widget("told"))


class Objecting(Payload):
    """Why the agent does not agree."""

    reason: Reason = Field(title="异议理由")


class Upholding(Payload):
    """Why it stays as it was found."""

    reason: Reason = Field(title="复核意见")


class Changing(Marking):
    """What is found instead, and why."""

    reason: Reason = Field(title="复核意见")


def _agent(deed: Deed[Any]) -> int:
    return int(deed.said(f"{KIND}.drawn")[0].payload["agent"])


def _outcome(payload: Marking) -> str:
    return "met" if all(mark.met for mark in payload.marks) else "unmet"


def _found(deed: Deed[Checking]) -> dict[str, Any]:
    world, agent = deed.outside(), _agent(deed)
    until = world.pack.quality.objection.due(deed.at, world.calendar)
    line = deed.directory.staff.get(agent)
    told = (agent,) if line is not None and line.active else ()
    return {
        "outcome": _outcome(deed.payload),
        "people": told,
        "objection_until": until,
        "until": show_due(until),
    }


def _found_instead(deed: Deed[Changing]) -> dict[str, Any]:
    return {"outcome": _outcome(deed.payload)}


def _of_the_book(deed: Deed[Any]) -> None:
    """Each item of the rule book once, and nothing else."""
    wanted = [item.code for item in deed.pack.quality.items]
    said = [mark.item for mark in deed.payload.marks]
    require(sorted(said) == sorted(wanted), "marks", "每个质检项目都须判断，各判断一次")


def _checks(deed: Deed[Checking]) -> None:
    require(deed.actor.staff != _agent(deed), "", "不能质检本人受理的记录，请由其他人员质检")
    _of_the_book(deed)
    faulty = _outcome(deed.payload) == "unmet"
    least = f"有不符合的，请写明具体情况，至少 {SHORTEST_REASON} 个字"
    require(not faulty or says_why(deed.payload.findings), "findings", least)


def _objects(deed: Deed[Objecting]) -> None:
    require(deed.actor.staff == _agent(deed), "", "只能由受理这件记录的话务员本人提出异议")
    until = datetime.fromisoformat(deed.said(CHECKED)[-1].payload["objection_until"])
    require(deed.at < until, "", f"提出异议的时限是 {show_due(until)}，已经过了")


def _decides(deed: Deed[Any]) -> None:
    require(deed.actor.staff != _agent(deed), "", "不能复核本人提出的异议")
    checker = deed.said(CHECKED)[-1].staff_id
    require(deed.actor.staff != checker, "", "原质检人不能复核，请由其他人员复核")


def _changes(deed: Deed[Changing]) -> None:
    _decides(deed)
    _of_the_book(deed)
    before = {mark["item"]: mark["met"] for mark in deed.said(CHECKED)[-1].payload["marks"]}
    now = {mark.item: mark.met for mark in deed.payload.marks}
    require(now != before, "marks", "与原质检结果相同；维持原结果的，请选“维持原结果”")


add(
    Kind(
        code=KIND,
        title="用语记录质检",
        listed=("agent", "outcome"),
        known_to=CHECKERS,
        states={
            "drawn": State("待质检", "supervisor"),
            "checked": State("已质检"),
            "objected": State("待复核", "leader"),
            "upheld": State("维持原结果"),
            "changed": State("已改判"),
        },
        steps=(
            Step("drawn", "随机抽取", Drawn, SYSTEM, to="drawn", by_itself=True),
            Step(
                "checked",
                "质检",
                Checking,
                CHECKERS,
                ("drawn",),
                "checked",
                fills=_found,
                check=_checks,
                icon="clipboard-check",
            ),
            Step(
                "objected",
                "提出异议",
                Objecting,
                WHOSE,
                ("checked",),
                "objected",
                reopens=True,
                check=_objects,
                icon="message-2",
            ),
            Step("upheld", "维持原结果", Upholding, CHECKERS, ("objected",), "upheld", check=_decides, icon="check"),
            Step(
                "changed",
                "改判",
                Changing,
                CHECKERS,
                ("objected",),
                "changed",
                fills=_found_instead,
                check=_changes,
                icon="edit",
            ),
        ),
    )
)
