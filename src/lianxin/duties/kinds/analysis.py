"""Analysis of root causes (根源分析): what keeps coming back, why, and the long-term measure that ends it.

Source: B22 (各承办部门单位要认真做好梳理、汇总、分析、研判，深挖问题根源，建立长效机制，防止同类问题反复投诉).  The
unit's figures of the month before are attached by the ledger; whoever repeats the last analysis says why; what came of
the measure is checked, not before the month after or the day on which it is to be done.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field

from lianxin.handling.of_unit import FILLED, OWN_TITLE, OWN_UNIT, STAFF, own
from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, UnitId, widget
from lianxin.ledger.models import Entry
from lianxin.orders.timeline import payload_of
from lianxin.proceedings.abouts import Due, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import Proceeding
from lianxin.proceedings.register import add
from lianxin.rules import periods
from lianxin.rules.lifecycle.states import UNIT_LEADS, posts
from lianxin.rules.likeness import alike, bare
from lianxin.rules.serving import serves

from ..unit_month import in_words

serves("B22")

#: Longer texts would not be compared with the last one in time.
MOST = 2000


_AREA = widget("textarea")
#: Bounds of its own: those of the usual fields would stand instead of whatever is said beside them.
Explained = Annotated[str, Private, Field(min_length=1, max_length=MOST, json_schema_extra=_AREA)]
Confirmed = Annotated[str, Private, Field(max_length=MOST, json_schema_extra=_AREA)]


class Analysis(Payload):
    """What keeps being complained of, what is at the root of it, what is done for good, and by when."""

    text: Text = Field(title="存在问题")
    cause: Explained = Field(title="问题根源")
    remedy: Explained = Field(title="长效措施")
    due: Due = Field(title="措施完成时间")
    confirmed: Confirmed = Field("", title="说明与上月相同的原因")
    #: filled in by the ledger: the unit, the month before and what it was for the unit
    unit: UnitId | None = OWN_UNIT
    title: Title = OWN_TITLE
    period: str = Field("", json_schema_extra=FILLED)
    figures: str = Field("", title="上月情况", json_schema_extra=widget("told"))


class Checking(Payload):
    """What came of the measure."""

    result: Account = Field(title="措施落实情况")


def _of_last_month(deed: Deed[Any]) -> dict[str, Any]:
    month = periods.of("month", deed.at).previous
    filled = own(deed, f"{month.name}根源分析")
    figures = in_words(filled["unit"], month, deed.pack, deed.directory)
    return filled | {"period": month.code, "figures": f"{month.name}：{figures}"}


def _is_analysed(deed: Deed[Any]) -> None:
    payload, today, least = deed.payload, periods.of("day", deed.at), deed.pack.analysis.least
    for field in ("cause", "remedy"):
        said = bare(getattr(payload, field))
        require(len(said) >= least, field, f"至少写明 {least} 个字，标点不计")
    require(payload.due >= today.end, "due", "长效措施的完成时间应晚于今天")
    number = _repeats(deed)
    require(
        payload.confirmed or not number,
        "confirmed",
        f"问题根源和长效措施与上一次分析（{number}）基本相同，请重新分析；确实未变的，在此说明与上月相同的原因",
    )


def _repeats(deed: Deed[Any]) -> str:
    """The number of the unit's last analysis, if this one says the same; else `""`."""
    payload = deed.payload
    before = Proceeding.objects.filter(centre=deed.proceeding.centre_id, kind="analysis", unit=payload.unit)
    last = Entry.objects.filter(proceeding=before.order_by("-pk").values("pk")[:1], action="analysis.made")
    for entry in last.select_related("enclosure", "proceeding"):
        said: Any = payload_of(entry)
        if said is not None and entry.proceeding is not None and _alike(said, payload, deed.pack.analysis.alike):
            return entry.proceeding.number
    return ""


def _alike(one: Any, other: Any, share: Fraction) -> bool:
    """Whether cause and remedy are the same to that share."""
    return alike(one.cause + one.remedy, other.cause + other.remedy, share)


def _is_time(deed: Deed[Any]) -> None:
    root = deed.proceeding
    opens = periods.of("month", root.registered_at).end
    if root.due_at is not None:
        opens = min(opens, periods.of("day", root.due_at).start)
    require(deed.at >= opens, "", "措施刚刚提出，下月起或者到完成之日再核查落实情况")


add(
    Kind(
        code="analysis",
        title="根源分析",
        unit_title="单位",
        due_title="措施完成时间",
        raised_to=("supervisor",),
        listed=("figures", "cause", "remedy", "result"),
        states={"made": State("待核查", "hotline_deputy", "unit"), "checked": State("已核查")},
        steps=(
            Step(
                "made",
                "根源分析",
                Analysis,
                STAFF,
                to="made",
                fills=_of_last_month,
                check=_is_analysed,
                icon="search",
            ),
            Step(
                "checked",
                "核查落实",
                Checking,
                UNIT_LEADS | posts("supervisor", "leader", "analyst"),
                ("made",),
                "checked",
                meets=True,
                check=_is_time,
                icon="clipboard-check",
            ),
        ),
    )
)
