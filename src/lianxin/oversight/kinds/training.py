"""Training (培训): planned with whoever is to come, held with whoever came; who did not is computed, nobody writes it.

Source: B30 (区政府市民投诉中心要注重对政务服务热线工作人员的教育培训，不断提升政治素质和业务能力).  How often is a
`[[duty]]` of the pack, which the record of one that was held meets, for the period in which it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, widget
from lianxin.proceedings.abouts import People, Text, Title, Units
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules import periods
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves
from lianxin.rules.worktime import SHANGHAI

serves("B30")

WHO = posts("supervisor", "leader")


class Planning(Payload):
    """On what, when, and who is to come: people by name, and units that send somebody."""

    title: Title
    text: Text = Field(title="培训内容")
    begins_at: Instant = Field(title="培训时间")
    people: People = Field((), title="参训人员")
    units: Units = Field((), title="参训单位")
    #: filled in by the ledger: who came is on record before the day is over
    due: Instant | None = Field(None, json_schema_extra=widget("none"))


class Holding(Payload):
    """When it took place and who came; who did not come is filled in by the ledger."""

    held_at: Instant = Field(title="实际培训时间")
    came: People = Field(title="到场人员", min_length=1)
    guests: People = Field((), title="通知以外到场的人员")
    summary: Account = Field(title="培训情况")
    #: filled in by the ledger
    missing: str = Field("", title="缺席", json_schema_extra=widget("told"))
    absent: tuple[int, ...] = Field((), json_schema_extra=widget("none"))


class Called(NamedTuple):
    """Who is to come."""

    people: tuple[int, ...]
    units: tuple[int, ...]

    def has(self, person: int, directory: Snapshot) -> bool:
        """Whether somebody was called by name, or works for a unit that was."""
        return person in self.people or any(directory.serves(person, unit) for unit in self.units)


def _until_the_day_is_over(deed: Deed[Any]) -> dict[str, Any]:
    return {"due": periods.of("day", deed.payload.begins_at).end}


def _somebody_comes(deed: Deed[Any]) -> None:
    payload = deed.payload
    require(payload.begins_at > deed.at, "begins_at", "培训时间应晚于现在")
    require(payload.people or payload.units, "people", "请填写参训人员或者参训单位")


def _called(deed: Deed[Any]) -> Called:
    """As it was planned, in the tables or in this batch."""
    stored = About.objects.filter(proceeding=deed.proceeding.pk, role__in=("member", "called"), until=None)
    here = [row for row in deed.docket.added if isinstance(row, About)]
    rows = [*stored.order_by("pk"), *here]
    people = dict.fromkeys(row.to_person_id for row in rows if row.to_person_id is not None)
    units = dict.fromkeys(row.to_unit_id for row in rows if row.to_unit_id is not None and row.role == "called")
    return Called(tuple(people), tuple(units))


def _called_for(deed: Deed[Any]) -> datetime:
    """The day for which they were called begins: before it nobody can have come."""
    plan = deed.outside().others.entry(deed.proceeding.pk, 1)
    assert plan is not None
    return periods.of("day", datetime.fromisoformat(plan.payload["begins_at"])).start


def _who_did_not_come(deed: Deed[Any]) -> dict[str, Any]:
    called, there, directory = _called(deed), {*deed.payload.came}, deed.directory
    people = [person for person in called.people if person not in there]
    units = [unit for unit in called.units if not any(directory.serves(person, unit) for person in there)]
    told = [_names(directory, people)] if people else []
    told += [f"{'、'.join(directory.units[u].name for u in units)}没有派人参加"] if units else []
    return {"absent": tuple(units), "missing": "；".join(told) or "通知的人员、单位都已到场"}


def _names(directory: Snapshot, people: Iterable[int]) -> str:
    return "、".join(directory.staff[person].name for person in people if person in directory.staff)


def _were_there(deed: Deed[Any]) -> None:
    payload, directory, called = deed.payload, deed.directory, _called(deed)
    require(payload.held_at <= deed.at, "held_at", "实际培训时间不能晚于现在")
    first = _called_for(deed)
    require(
        payload.held_at >= first,
        "held_at",
        f"实际培训时间不能早于通知的培训日期（{first.astimezone(SHANGHAI):%m月%d日}）",
    )
    strange = [person for person in payload.came if not called.has(person, directory)]
    sentence = f"{_names(directory, strange)}不在通知之列，请填在“通知以外到场的人员”一栏"
    require(not strange, "came", sentence)
    twice = [person for person in payload.guests if called.has(person, directory)]
    require(not twice, "guests", f"{_names(directory, twice)}在通知之列，请填在“到场人员”一栏")
    require(all(person in directory.staff for person in payload.guests), "guests", "有的人员不在名册，请从列表中选择")
    for field in ("came", "guests"):
        away = [person for person in getattr(payload, field) if directory.away(person, payload.held_at)]
        require(not away, field, f"{_names(directory, away)}当时已登记离岗，不能记为到场")
    require(deed.file_count, "files", "请附上培训材料")


add(
    Kind(
        code="training",
        title="培训",
        due_title="登记到场的时限",
        raised_to=("leader",),
        listed=("begins_at", "came", "guests", "missing"),
        states={
            "planned": State("待培训", "supervisor"),
            "held": State("已培训"),
            "cancelled": State("已取消"),
        },
        steps=(
            Step(
                "planned",
                "安排培训",
                Planning,
                WHO,
                to="planned",
                fills=_until_the_day_is_over,
                check=_somebody_comes,
                icon="users",
            ),
            Step(
                "held",
                "登记培训",
                Holding,
                WHO,
                ("planned",),
                "held",
                meets=True,
                fills=_who_did_not_come,
                check=_were_there,
                held="held_at",
                icon="clipboard-check",
            ),
            Step("cancelled", "取消培训", Reasoned, WHO, ("planned",), "cancelled", icon="ban"),
        ),
    )
)
