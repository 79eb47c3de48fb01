"""Inspection (督查督办): of one unit, for one of the pack's types, with the records that its type must have.

Source: C29 (市局督查大队负责…值班制度及投诉受理、调度、执法规定执行情况的督察；…热点、难点及对执法人员投诉事项的
督察督办；…新闻媒体报道事项的督办), C30 (区局督查科负责区局属单位办理工作的督察), C54, C57, C58.  Nothing is
concluded before the records of its type are there, made at different times and each in its own words; the unit reads
of it when the document is issued to it, or with the conclusion.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, UnitId, widget
from lianxin.orders.timeline import payload_of
from lianxin.proceedings.abouts import Due, Numbers, Text, Title, Units
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules import periods
from lianxin.rules.likeness import alike, bare
from lianxin.rules.policy_inspection import InspectionType
from lianxin.rules.serving import serves

from .. import inspecting, showing
from ..inspecting import LEVELS, WHO, Record, Told

serves("C54")
serves("C57")
serves("C58")

OUTCOMES = {"sound": "符合规定", "faulty": "发现问题"}
OPENED, OBSERVED, ISSUED = "inspection.opened", "inspection.observed", "inspection.issued"
#: The units that are told, and what the ledger fills in besides.
CALLED: Any = Field((), json_schema_extra=widget("none"))


class Opening(Payload):
    """For what, of which unit; and about which orders, if any."""

    level: Annotated[str, Field(max_length=24)] = Field(title="督查类型", json_schema_extra=widget("inspection_type"))
    inspected: UnitId = Field(title="督查对象")
    title: Title
    numbers: Numbers = Field((), title="涉及工单")
    text: Text = Field(title="督查内容")
    #: filled in by the ledger
    channel: str = Field("", title="督查层级", json_schema_extra=widget("told", titles=LEVELS))
    due: Due | None = Field(None, json_schema_extra=widget("none"))
    orders: tuple[int, ...] = Field((), json_schema_extra=widget("none"))


class Observing(Payload):
    """One record: which of those that must be there, when, where, and what was found."""

    record: Annotated[str, Field(max_length=24)] = Field(
        title="记录种类", json_schema_extra=widget("inspection_record")
    )
    observed_at: Instant = Field(title="督查时间")
    place: Annotated[str, Private] = Field(title="地点", min_length=2, max_length=200)
    account: Told = Field(title="督查情况")


class Issuing(Payload):
    """What is demanded of the unit, on paper."""

    text: Told = Field(title="督办要求")
    #: filled in by the ledger
    units: Units = CALLED


class Concluding(Payload):
    """What came of it; of some types also how the matter was handled before."""

    earlier: Told = Field("", title="前期投诉处理督察情况")
    result: Told = Field(title="督查（督办）结果")
    outcome: Literal["sound", "faulty"] = Field(title="结论", json_schema_extra=widget("choice", titles=OUTCOMES))
    #: filled in by the ledger
    units: Units = CALLED


def _inspected(deed: Deed[Any]) -> int:
    """The unit that it is about."""
    found: int = deed.said(OPENED)[0].payload["inspected"]
    return found


def _type(deed: Deed[Any], code: str) -> InspectionType:
    known = deed.pack.inspection
    found = known.type_of(code)
    listed = "、".join(each.title for each in known.types) or "现行规则包没有规定任何督查类型"
    require(found is not None, "level", f"请选择督查类型：{listed}")
    assert found is not None
    return found


def _begun(deed: Deed[Opening]) -> Mapping[str, Any]:
    """The orders of that unit by their numbers, on which level it is inspected, and until when, where the pack says."""
    payload, directory = deed.payload, deed.directory
    numbers = tuple(dict.fromkeys(number.strip() for number in payload.numbers if number.strip()))
    units = directory.within(payload.inspected) if payload.inspected in directory.units else frozenset[int]()
    theirs = inspecting.within_reach(deed, units).filter(number__in=numbers)
    known = dict(theirs.values_list("number", "pk")) if numbers else {}
    missing = [number for number in numbers if number not in known]
    require(not missing, "numbers", f"督查对象没有承办这个工单号：{'、'.join(missing[:5])}")
    orders = tuple(known[number] for number in numbers if number in known)
    level, within = inspecting.level_of(directory, deed.actor.unit), deed.pack.inspection.within
    due = within.due(deed.at, deed.outside().calendar) if within else None
    return {"numbers": numbers, "orders": orders, "channel": level, "due": due}


def _may_begin(deed: Deed[Opening]) -> None:
    payload = deed.payload
    kind = _type(deed, payload.level)
    inspecting.require_inspects(deed, payload.inspected)
    require(payload.orders or not kind.of_orders, "numbers", f"{kind.title}须写明涉及的工单")


def _told(deed: Deed[Any]) -> dict[str, tuple[int, ...]]:
    """The unit, where its type says that it reads the conclusion and it is in use still."""
    unit = _inspected(deed)
    line, kind = deed.directory.units.get(unit), deed.pack.inspection.type_of(deed.proceeding.level)
    reads = line is not None and line.active and (kind is None or kind.told)
    return {"units": (unit,) if reads else ()}


def _records(deed: Deed[Any]) -> list[Record]:
    """What stands on record, the oldest first."""
    by_paper = next((record.code for record in deed.pack.inspection.records if record.issued), "")
    found = []
    for entry in deed.said(OBSERVED, ISSUED):
        said, public = payload_of(entry), entry.payload
        at = datetime.fromisoformat(public["observed_at"]) if entry.action == OBSERVED else entry.at
        words = getattr(said, "account" if entry.action == OBSERVED else "text", "")
        found.append(Record(public.get("record", by_paper), entry.staff_id, at, words))
    return found


def _is_one(deed: Deed[Observing]) -> None:
    """Of those that must be there, of its own time and words, and after those that come before it."""
    payload, before = deed.payload, _records(deed)
    _is_no_insider(deed)
    kind = _type(deed, deed.proceeding.level)
    by_hand = [code for code in kind.records if not _by_paper(deed, code)]
    rules = deed.pack.inspection
    listed = "、".join(map(rules.record_title, by_hand)) or "无"
    require(payload.record in by_hand, "record", f"{kind.title}的督查记录：{listed}")
    require(payload.observed_at <= deed.at, "observed_at", "督查时间不能晚于现在")
    first = periods.of("day", deed.proceeding.registered_at).start
    require(payload.observed_at >= first, "observed_at", "督查时间不能早于立项之日")
    inspecting.require_files(deed, payload.record)
    now = Record(payload.record, deed.actor.staff, payload.observed_at, payload.account)
    inspecting.require_own(deed, now, before, field="account", when="observed_at")
    if kind.in_turn and payload.record in kind.records:
        _comes_after(deed, kind, now, before)


def _comes_after(deed: Deed[Any], kind: InspectionType, now: Record, before: list[Record]) -> None:
    for code in kind.records[: kind.records.index(now.code)]:
        title = deed.pack.inspection.record_title(code)
        there = any(record.code == code and record.at < now.at for record in before)
        require(there, "observed_at", f"须先有{title}，并且在其后另行督查")


def _by_paper(deed: Deed[Any], code: str) -> bool:
    record = deed.pack.inspection.record(code)
    return record is not None and record.issued


def _is_demanded(deed: Deed[Issuing]) -> None:
    _is_no_insider(deed)
    now = Record("", deed.actor.staff, deed.at, deed.payload.text)
    inspecting.require_own(deed, now, _records(deed), field="text", when="text")


def _is_no_insider(deed: Deed[Any]) -> None:
    """Whoever came to serve in the unit since inspects it no more."""
    there = deed.actor.staff is not None and deed.directory.serves(deed.actor.staff, _inspected(deed))
    require(not there, "", "您在督查对象任职，请由其他人员办理")


def _is_complete(deed: Deed[Concluding]) -> None:
    """Its records are there, and each part says what only it says."""
    payload, rules = deed.payload, deed.pack.inspection
    _is_no_insider(deed)
    kind = _type(deed, deed.proceeding.level)
    there = {record.code for record in _records(deed)}
    missing = [rules.record_title(code) for code in kind.records if code not in there]
    require(not missing, "", f"{kind.title}还缺{'、'.join(missing)}，补齐后才能作出结论")
    require(payload.earlier or not kind.earlier, "earlier", f"{kind.title}的结论须写明前期投诉处理督察情况")
    for field in ("earlier", "result"):
        said = bare(getattr(payload, field))
        asked = field == "result" or payload.earlier
        require(len(said) >= rules.least or not asked, field, f"至少写明 {rules.least} 个字，标点不计")
    same = payload.earlier and alike(payload.earlier, payload.result, rules.alike)
    require(not same, "earlier", "前期投诉处理督察情况与督办结果是两部分，请分别写明")


def _named(deed: Deed[Any]) -> Mapping[str, str]:
    line = deed.directory.units.get(_inspected(deed))
    kind = deed.pack.inspection.type_title(deed.proceeding.level)
    outcome = OUTCOMES.get(getattr(deed.payload, "outcome", ""), "")
    return {"inspected": line.name if line else "", "type": kind, "found": outcome}


DEMAND = Paper(
    title="督办件",
    headline="{title}",
    to="{inspected}",
    body=("{text}", "# 涉及工单", "{orders}", "请按以上要求办理，并配合现场督办。"),
    more=_named,
)
CONCLUSION = Paper(
    title="督查结论",
    headline="{title}",
    to="{inspected}",
    body=("督查类型：{type}", "前期投诉处理督察情况：{earlier}", "督查（督办）结果：{result}", "结论：{found}"),
    more=_named,
)

add(
    Kind(
        code="inspection",
        title="督查",
        level_title="督查类型",
        due_title="作出结论的时限",
        channel_title="督查层级",
        raised_to=("supervisor",),
        of_opener=True,
        opened_in=inspecting.inspects,
        follows=showing.watched_by("inspection", "督查", "owner_unit"),
        listed=("level", "channel", "inspected", "outcome"),
        states={
            "open": State("督查中", "supervisor"),
            "concluded": State("已作出结论"),
            "withdrawn": State("已撤销", void=True),
        },
        steps=(
            Step(
                "opened",
                "督查立项",
                Opening,
                WHO,
                to="open",
                fills=_begun,
                check=_may_begin,
                icon="search",
            ),
            Step(
                "observed",
                "登记督查记录",
                Observing,
                WHO,
                ("open",),
                check=_is_one,
                held="observed_at",
                icon="notes",
                decides=False,
            ),
            Step(
                "issued",
                "发督办件",
                Issuing,
                WHO,
                ("open",),
                paper=DEMAND,
                fills=_told,
                check=_is_demanded,
                icon="send",
            ),
            Step(
                "concluded",
                "作出督查结论",
                Concluding,
                WHO,
                ("open",),
                "concluded",
                meets=True,
                paper=CONCLUSION,
                fills=_told,
                check=_is_complete,
                icon="clipboard-check",
            ),
            Step("withdrawn", "撤销督查", Reasoned, WHO, ("open",), "withdrawn", icon="ban"),
        ),
    )
)
