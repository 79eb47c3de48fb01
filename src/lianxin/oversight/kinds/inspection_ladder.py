"""What an inspection finds wrong (督察处理): put right, else told in the whole system, else handed to the discipline.

Source: C59 (督察中发现执法人员不作为或违纪现象,应责令改正……督查信息通报……移交纪检).  Each step only after the one
before it failed: its limit, which is the pack's, has lapsed without a report, or the report will not do.  What is told
is told to every unit of the centre; what is handed over carries a written proposal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, UnitId, widget
from lianxin.proceedings.abouts import OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle import UNIT
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

from ..by_others import by_others

serves("C59")

WHO = posts("supervisor", "leader")
#: The limit of a step, which the pack has: filled in by the ledger.
LIMIT: Any = Field(None, title="时限", json_schema_extra=widget("told"))
#: Whom a step tells: filled in by the ledger.
ALL: Any = Field((), title="通报单位", json_schema_extra=widget("none"))


class Opening(OfOrders):
    """What was found of whom, and what is to be put right."""

    title: Title
    unit: UnitId = Field(title="责令改正的单位")
    text: Text = Field(title="发现的问题和改正要求")
    due: Instant | None = LIMIT


class Report(Payload):
    """What was put right."""

    result: Account = Field(title="改正情况")


class Corrected(Payload):
    """What the centre found when it looked."""

    finding: Account = Field(title="核查情况")


class Publishing(Payload):
    """What was not put right, as every unit is told, and until when it must be now."""

    text: Text = Field(title="通报内容")
    due: Instant | None = LIMIT
    units: tuple[int, ...] = ALL


class Handing(Payload):
    """To which body, with which proposal."""

    proposal: Account = Field(title="书面建议")
    units: tuple[UnitId, ...] = Field(
        title="移交的纪检监察机构", min_length=1, max_length=1, json_schema_extra=widget("units")
    )


def _first_limit(deed: Deed[Opening]) -> Mapping[str, Any]:
    return {"due": deed.pack.proceedings.corrected_within.due(deed.at, deed.outside().calendar)}


def _to_everybody(deed: Deed[Publishing]) -> Mapping[str, Any]:
    """Every unit of the centre that is in use, whatever it serves as."""
    directory = deed.directory
    units = sorted(line.id for line in directory.units.values() if line.active and line.id != directory.root.id)
    due = deed.pack.proceedings.published_within.due(deed.at, deed.outside().calendar)
    return {"units": tuple(units), "due": due}


def _of_a_unit(deed: Deed[Opening]) -> None:
    require(deed.payload.unit != deed.directory.root.id, "unit", "请选择承办单位")


def _has_failed(deed: Deed[Any]) -> None:
    """The step before: it was reported, and that will not do; or nothing was, and its limit is past."""
    root = deed.proceeding
    by_others(deed)
    if root.state in ("reported", "reported_again"):
        return
    due = root.due_at
    lapsed = due is not None and due <= deed.at
    step = "督查信息通报" if root.state == "ordered" else "移交纪检"
    require(lapsed, "", f"责令改正、通报的时限还没有到，单位也没有报告；逾期未改正，或者报告后核查不合格的，才能{step}")


def _to_a_body(deed: Deed[Handing]) -> None:
    _has_failed(deed)
    there = all(deed.directory.serves_as(unit) == "body" for unit in deed.payload.units)
    require(there, "units", "移交的机构须是监督联络机构（如纪检监察机构），不能是承办单位")


ORDER = Paper(
    title="责令改正通知书",
    headline="{title}",
    to="{unit}",
    body=("{text}", "# 涉及工单", "{orders}", "请于{due}前改正，并在平台书面报告；逾期未改正的，在全系统通报。"),
)
BULLETIN = Paper(
    title="督查信息",
    headline="{title}",
    to="各单位",
    body=("{text}", "责令改正后没有改正，现予通报。请于{due}前改正；仍不改正的，移交纪检监察机构。"),
)
PROPOSAL = Paper(
    title="移交建议书",
    headline="{title}",
    to="{units}",
    body=("# 建议", "{proposal}", "# 涉及工单", "{orders}", "已经责令改正，并在全系统通报，仍未改正，现移交处理。"),
)

add(
    Kind(
        code="inspection_ladder",
        title="督察处理",
        unit_title="责令改正的单位",
        due_title="改正时限",
        raised_to=("supervisor", "leader"),
        states={
            "ordered": State("责令改正", "clerk", "unit"),
            "reported": State("已报告，待核查", "supervisor"),
            "published": State("督查信息通报", "clerk", "unit"),
            "reported_again": State("通报后已报告，待核查", "supervisor"),
            "corrected": State("已改正"),
            "handed": State("已移交纪检"),
            "withdrawn": State("已撤销", void=True),
        },
        steps=(
            Step(
                "ordered",
                "责令改正",
                Opening,
                WHO,
                to="ordered",
                paper=ORDER,
                fills=_first_limit,
                check=_of_a_unit,
                icon="alert-triangle",
            ),
            Step("reported", "报告改正情况", Report, UNIT, ("ordered",), "reported", meets=True, icon="file-text"),
            Step(
                "reported_again",
                "报告改正情况",
                Report,
                UNIT,
                ("published",),
                "reported_again",
                meets=True,
                icon="file-text",
            ),
            Step(
                "corrected",
                "核查合格",
                Corrected,
                WHO,
                ("reported", "reported_again"),
                "corrected",
                check=by_others,
                icon="clipboard-check",
            ),
            Step(
                "published",
                "督查信息通报",
                Publishing,
                WHO,
                ("ordered", "reported"),
                "published",
                paper=BULLETIN,
                fills=_to_everybody,
                check=_has_failed,
                icon="bell",
            ),
            Step(
                "handed",
                "移交纪检",
                Handing,
                posts("leader"),
                ("published", "reported_again"),
                "handed",
                paper=PROPOSAL,
                check=_to_a_body,
                icon="send",
            ),
            Step(
                "withdrawn",
                "撤销",
                Reasoned,
                WHO,
                ("ordered", "reported", "published", "reported_again"),
                "withdrawn",
                check=by_others,
                icon="ban",
            ),
        ),
    )
)
