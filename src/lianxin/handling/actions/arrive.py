"""到达现场 (C28, C44): who answers for it, or is on duty in the team, says from the spot that he is there.

The position is personal and stays in the private part of the entry; what it proves is judged once, when it is recorded,
and stands in the entry as a verdict.  It proves a telephone's word, not a person's presence: nobody can tell from here
whether a telephone lies.  So only what a device gave just now counts; what was typed, or came late, is left unproved
for a person to check.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lianxin.directory import teams
from lianxin.ledger.acts import Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, Words, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.holders import answering
from lianxin.orders.verbs import Verb
from lianxin.rules.datums import DATUMS, Circle, Datum, Point, to_wgs84
from lianxin.rules.policy_arrival import Arrival
from lianxin.rules.serving import serves
from lianxin.rules.worktime import Calendar, show_instant

serves("C28")
Verdict = Literal["", "inside", "outside", "unproved"]
VERDICTS: dict[str, str] = {"inside": "定位在区域内", "outside": "定位在区域外，到场未证实", "unproved": "到场未证实"}
#: Why a position proves nothing.
WHY: dict[str, str] = {
    "": "",
    "no_position": "没有定位",
    "late": "补录，定位不能证明当时在场",
    "typed": "位置是手工填写的",
    "stale": "定位不是登记时取的",
    "inaccurate": "定位误差太大",
    "no_area": "工单所在区域没有登记范围",
    "datum": "按不同坐标系核对，结果不一",
}
Degrees = Annotated[Decimal, Field(max_digits=10, decimal_places=7)]


class Position(BaseModel):
    """Where a telephone says that it is: degrees, and by how many metres it may be wrong.

    `taken_at`: when the device found it; None for what was typed, on the datum that it names.  Of a device the rule
    book says the datum.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    longitude: Degrees = Field(ge=-180, le=180)
    latitude: Degrees = Field(ge=-90, le=90)
    accuracy: int | None = Field(None, ge=0, le=1_000_000)
    datum: Datum = "wgs84"
    taken_at: Instant | None = None


class OnSpot(AboutShare):
    """Since when he is there, and where."""

    position: Annotated[Position | None, Private] = Field(None, title="现场位置", json_schema_extra=widget("position"))
    arrived_at: Instant | None = Field(
        None,
        title="到达时间",
        json_schema_extra={"hint": "不填即为现在。事后补录的，写实际到达的时间。"},
    )
    text: Words = Field("", title="现场情况")
    #: filled in by the ledger: what the position proves, why it proves nothing, and whether it was told late
    verdict: Verdict = Field("", json_schema_extra=widget("none"))
    why: str = Field("", max_length=16, json_schema_extra=widget("none"))
    late: bool = Field(False, json_schema_extra=widget("none"))


@verb
class ArriveOnSpot(Verb[OnSpot]):
    """The first word of it stands: what was said is not improved upon later."""

    action = "share.arrived"
    payload = OnSpot
    decides = False

    def resolve(self, deed: Deed[OnSpot]) -> OnSpot:
        rule, calendar = deed.pack.arrival, deed.outside().calendar
        arrived_at = deed.payload.arrived_at or deed.at
        late = rule.late.due(arrived_at, calendar) < deed.at
        position, ground = deed.payload.position, teams.ground(deed.directory, deed.order.area_id)
        why = "late" if late else _useless(position, rule, deed.at, calendar)
        verdict, why = ("unproved", why) if why or position is None else _judged(position, rule, ground)
        found = {"arrived_at": arrived_at, "verdict": verdict, "why": why, "late": late}
        return deed.payload.model_copy(update=found)

    def check(self, deed: Deed[OnSpot]) -> None:
        share, at = deed.the_share(), deed.payload.arrived_at or deed.at
        require(deed.pack.arrival.registered, "", "本工单的规则不要求登记到场，请写在现场进展里")
        said = any(entry.payload.get("share") == share.id for entry in deed.said(self.action))
        require(not said, "", "本件已登记到场，不能再次登记")
        require(deed.actor.staff in _people(deed), "", "请由本件的责任人或者正在值班的队员登记到场")
        require(at <= deed.at, "arrived_at", "到达时间不能晚于现在")
        # People say it to the minute.
        since = share.dispatched_at.replace(second=0, microsecond=0)
        require(at >= since, "arrived_at", f"到达时间不能早于派单（{show_instant(since)}）")

    def events(self, deed: Deed[OnSpot]) -> tuple[str, ...]:
        proved = deed.payload.verdict == "inside"
        return ("arrive", "arrived") if proved else ("arrive", "arrived", "arrive_unproved")

    def effect(self, deed: Deed[OnSpot]) -> None:
        deed.the_share().arrived_at = deed.payload.arrived_at

    def tell(self, payload: OnSpot) -> tuple[str, str]:
        why = f"（{WHY.get(payload.why, payload.why)}）" if payload.why else ""
        late = "补录，" if payload.late else ""
        when = show_instant(payload.arrived_at) if payload.arrived_at else ""
        where = f"{_in_words(payload.position)}\n" if payload.position else ""
        return f"到达现场（{late}{when}到达，{VERDICTS.get(payload.verdict, '')}{why}）", f"{where}{payload.text}"


def _people(deed: Deed[OnSpot]) -> set[int | None]:
    """Who may say it: whoever answers for the share or for a duty that it meets, and who is on duty beside him."""
    share, directory = deed.the_share(), deed.directory
    found: set[int | None] = {share.holder_id, *(directory.on_duty.people(share.holder_post_id, deed.at) or ())}
    for task in deed.docket.open_tasks():
        rule = deed.pack.task(task.rule)
        if rule is None or task.share_id != share.id or "arrived" not in rule.ends_with:
            continue
        found.add(answering(directory, task, deed.at, rule))
        team = teams.team(directory, share.unit_id, rule.post, deed.order.area_id, deed.at) if rule.team else None
        found.update(directory.on_duty.people(team, deed.at) or () if team is not None else ())
    return found - {None}


def _useless(position: Position | None, rule: Arrival, at: datetime, calendar: Calendar) -> str:
    """Why a position proves nothing wherever it lies; `""` where it may prove something."""
    if position is None:
        return "no_position"
    if position.taken_at is None:
        return "typed"
    # A clock that is somewhat fast is no reason.
    if rule.late.due(position.taken_at, calendar) < at or rule.late.due(at, calendar) < position.taken_at:
        return "stale"
    return "inaccurate" if position.accuracy is None or position.accuracy > rule.accuracy else ""


def _judged(position: Position, rule: Arrival, ground: Iterable[Circle]) -> tuple[Verdict, str]:
    """(verdict, why) of what a device gave: on each datum that it may have used."""
    circles, said = tuple(ground), Point(float(position.longitude), float(position.latitude))
    if not circles:
        return "unproved", "no_area"
    found = {any(circle.holds(to_wgs84(said, datum)) for circle in circles) for datum in rule.datums}
    if len(found) > 1:
        return "unproved", "datum"
    return ("inside" if True in found else "outside"), ""


def _in_words(position: Position) -> str:
    wide = f"，误差 {position.accuracy} 米" if position.accuracy is not None else ""
    how = "手机定位" if position.taken_at else f"手工填写，{DATUMS[position.datum]}"
    return f"位置：经度 {position.longitude}，纬度 {position.latitude}{wide}（{how}）"
