"""Written report of a period (情况报告) by each unit, and the centre's notice of who has reported (情况通报).

Source: C48 (各单位要定期分析总结市民服务热线办理工作情况，并以书面形式报市局领导小组办公室；市局经常对各承办单位工作
情况进行通报).  How often is `reports.every` of the pack; that each unit owes one is a `[[duty]]`.  The unit's own
figures stand beside what it says.  The notice names whoever has reported, late or not at all: the ledger fills it in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from lianxin.directory.snapshot import Snapshot
from lianxin.handling.of_unit import FILLED, OWN_TITLE, OWN_UNIT, STAFF, own
from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, UnitId, Words, widget
from lianxin.ledger.models import Entry, Task
from lianxin.proceedings.abouts import MOST as MOST_UNITS
from lianxin.proceedings.abouts import Title, Units
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import named_units
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import Proceeding
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.usual import Noted, Reasoned
from lianxin.rules import periods
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.likeness import alike, bare
from lianxin.rules.periods import Period
from lianxin.rules.serving import serves

from ..owed import LAST, pack_of
from ..unit_month import in_words

serves("C48")

KIND, NOTICE = "unit_report", "report_notice"
FILED, WITHDRAWN = f"{KIND}.filed", "withdrawn"
CENTRE_POSTS = posts("supervisor", "leader")
#: What a report says; longer texts would not be compared with the last one in time.
PARTS, MOST = ("text", "problems", "plans"), 2000
Explained = Annotated[str, Private, Field(min_length=1, max_length=MOST, json_schema_extra=widget("textarea"))]
WHICH = {"current": "本期", "previous": "上期（补报）"}


class Filing(Payload):
    """Of which period, what was done, what is wrong, what comes next."""

    which: Literal["current", "previous"] = Field(title="报告期", json_schema_extra=widget("choice", titles=WHICH))
    text: Explained = Field(title="办理情况")
    problems: Explained = Field(title="问题分析")
    plans: Explained = Field(title="下步打算")
    #: filled in by the ledger: the unit, the period, to the end of which it counts, what the unit's figures are
    unit: UnitId | None = OWN_UNIT
    title: Title = OWN_TITLE
    period: str = Field("", json_schema_extra=FILLED)
    up_to: Instant | None = Field(None, json_schema_extra=FILLED)
    figures: str = Field("", title="本单位数据", json_schema_extra=widget("told"))
    in_time: str = Field("", title="是否按时", json_schema_extra=widget("told"))


class Issuing(Payload):
    """What else is said; who has reported of the last period and who has not, the ledger fills in."""

    note: Words = Field("", title="通报意见")
    title: Title = OWN_TITLE
    period: str = Field("", json_schema_extra=FILLED)
    in_time: Units = Field((), title="按时报告", json_schema_extra=FILLED)
    late: Units = Field((), title="逾期报告", json_schema_extra=FILLED)
    missing: Units = Field((), title="未报告", json_schema_extra=FILLED)
    #: whoever is named is told
    units: Units = Field((), json_schema_extra=FILLED)
    told: str = Field("", title="报告情况", json_schema_extra=widget("told"))


# --- a unit's report --------------------------------------------------------------------------
def _of_period(deed: Deed[Filing]) -> dict[str, Any]:
    every = deed.pack.reports.every
    require(every is not None, "", "现行规则包没有规定定期报告")
    assert every is not None
    now = periods.of(every, deed.at)
    period = now if deed.payload.which == "current" else now.previous
    filled = own(deed, f"{period.name}热线办理工作情况报告")
    return filled | {
        "period": period.code,
        "up_to": min(deed.at, period.end - LAST),
        "figures": in_words(filled["unit"], period, deed.pack, deed.directory),
        "in_time": "按时" if period == now else "逾期补报",
    }


def _is_new(deed: Deed[Filing]) -> None:
    payload, rules = deed.payload, deed.pack.reports
    for name in PARTS:
        said = bare(getattr(payload, name))
        require(len(said) >= rules.least, name, f"至少写明 {rules.least} 个字，标点不计")
    number = already(deed, KIND, but=(WITHDRAWN,), unit_id=payload.unit, period=payload.period)
    named = periods.parse(payload.period).name
    require(not number, "which", f"本单位{named}的报告已经报送（{number}），一期只报一次")
    for last, words in _last(deed):
        for name in PARTS:
            same = alike(getattr(payload, name), words.get(name, ""), rules.alike)
            require(not same, name, f"与上一次报告（{last}）基本相同，请重新分析总结")


def _last(deed: Deed[Filing]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The number and the words of the unit's last report."""
    mine = Proceeding.objects.filter(centre=deed.proceeding.centre_id, kind=KIND, unit=deed.payload.unit)
    newest = mine.exclude(state=WITHDRAWN).order_by("-pk").values("pk")[:1]
    for entry in Entry.objects.filter(proceeding__in=newest, action=FILED).select_related("enclosure", "proceeding"):
        if entry.proceeding is not None:
            yield entry.proceeding.number, entry.enclosure.body


def _not_over(deed: Deed[Reasoned]) -> None:
    period = periods.parse(deed.proceeding.period)
    require(deed.at < period.end, "", f"{period.name}已经结束，报告是当期履职的依据，不能再撤回")


# --- the notice -------------------------------------------------------------------------------
@dataclass(slots=True)
class Reported:
    """Who has reported of a period."""

    in_time: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


def reported(directory: Snapshot, period: Period, at: datetime) -> Reported:
    """Of the units that owe a report of that period, who had reported by `at`: in time, late, not at all."""
    pack = pack_of(directory, period)
    rules = [rule.id for rule in pack.duties if FILED in rule.met_by] if pack is not None else []
    owed = Task.objects.filter(proceeding__centre=directory.centre_id, period=period.code, rule__in=rules)
    filed = Proceeding.objects.filter(centre=directory.centre_id, kind=KIND, period=period.code, registered_at__lte=at)
    when = dict(filed.exclude(state=WITHDRAWN).values_list("unit", "registered_at"))
    found = Reported()
    for unit in dict.fromkeys(owed.exclude(outcome="exempt").order_by("unit").values_list("unit", flat=True)):
        if unit not in when:
            found.missing.append(unit)
        else:
            (found.in_time if when[unit] < period.end else found.late).append(unit)
    return found


def _who(deed: Deed[Issuing]) -> dict[str, Any]:
    every = deed.pack.reports.every
    require(every is not None, "", "现行规则包没有规定定期报告")
    assert every is not None
    period, directory = periods.of(every, deed.at).previous, deed.directory
    found = reported(directory, period, deed.at)
    told = (
        f"{title}（{len(units)} 家）：{named_units(directory, units) or '无'}"
        for title, units in (("按时报告", found.in_time), ("逾期报告", found.late), ("未报告", found.missing))
    )
    every_one = (*found.in_time, *found.late, *found.missing)
    return {
        "title": f"{period.name}热线办理工作情况报告的通报",
        "period": period.code,
        "in_time": tuple(found.in_time),
        "late": tuple(found.late),
        "missing": tuple(found.missing),
        "units": tuple(unit for unit in every_one if directory.units[unit].active)[:MOST_UNITS],
        "told": "\n".join(told),
    }


def _of_units(deed: Deed[Issuing]) -> None:
    payload = deed.payload
    named = periods.parse(payload.period).name
    require(payload.in_time or payload.late or payload.missing, "", f"{named}没有须报告的单位")
    number = already(deed, NOTICE, centre_id=deed.proceeding.centre_id, period=payload.period)
    require(not number, "", f"{named}已经通报（{number}）")


PAPER = Paper("情况通报", "{title}", "{units}", ("{told}", "{note}"))

add(
    Kind(
        code=NOTICE,
        title="情况通报",
        under=lambda pack: pack.reports.every is not None,
        listed=("told",),
        states={"issued": State("已通报")},
        steps=(
            Step(
                "issued",
                "通报报告情况",
                Issuing,
                CENTRE_POSTS,
                to="issued",
                paper=PAPER,
                fills=_who,
                check=_of_units,
            ),
        ),
    )
)
add(
    Kind(
        code=KIND,
        title="情况报告",
        unit_title="报告单位",
        under=lambda pack: pack.reports.every is not None,
        listed=("in_time", "figures"),
        states={
            "filed": State("待阅", "supervisor"),
            "read": State("已阅"),
            WITHDRAWN: State("已撤回", void=True),
        },
        steps=(
            Step("filed", "报送情况报告", Filing, STAFF, to="filed", fills=_of_period, check=_is_new, held="up_to"),
            Step("read", "阅悉", Noted, CENTRE_POSTS | posts("analyst"), ("filed",), "read", icon="check"),
            Step("withdrawn", "撤回误报", Reasoned, STAFF, ("filed",), WITHDRAWN, check=_not_over, icon="ban"),
        ),
    )
)
