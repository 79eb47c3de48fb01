"""Re-check of closed orders (抽项督察): once a week some are drawn by lot, gone to, and found sound or not.

Source: C53 (已处理结束投诉事项，每周一次抽项现场复查处理质量).  The pool, the seed and what was drawn stand in the
ledger, so that anyone can repeat the draw (`rules.draws`).  Nobody chooses: a second draw of the week is refused; to
draw again another person must say why, before anything was found, and the first draw stays on record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, Reason, UnitId, Words, widget
from lianxin.orders.models import Order, Share
from lianxin.orders.timeline import payload_of
from lianxin.proceedings.abouts import Due, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.rules import draws, periods
from lianxin.rules.lifecycle import OrderState
from lianxin.rules.serving import serves

from .. import inspecting, showing
from ..inspecting import LEVELS, WHO, Record, Told
from ..sampling import CHECKED, DRAWN, REDRAWN, Sample, drawn_last, of_entries

serves("C53")

FILLED: Any = widget("none")
OUTCOMES = {"sound": "全部合格", "failed": "有不合格"}


class Drawing(Payload):
    """Everything but a remark is filled in by the ledger: no word of whoever draws decides what is drawn."""

    note: Words = Field("", title="说明")
    title: Title = Field("", json_schema_extra=FILLED)
    unit: UnitId | None = Field(None, title="督查机构", json_schema_extra=FILLED)
    channel: str = Field("", title="督查层级", json_schema_extra=widget("told", titles=LEVELS))
    period: str = Field("", json_schema_extra=FILLED)
    due: Due | None = Field(None, json_schema_extra=FILLED)
    since: Instant | None = Field(None, title="抽样范围自", json_schema_extra=FILLED)
    pool: tuple[str, ...] = Field((), json_schema_extra=FILLED)
    size: int = Field(0, json_schema_extra=FILLED)
    seed: str = Field("", title="种子", json_schema_extra=widget("told"))
    drawn: tuple[str, ...] = Field((), title="抽中工单", json_schema_extra=widget("told"))
    orders: tuple[int, ...] = Field((), json_schema_extra=FILLED)


class Redrawing(Payload):
    """Why the draw is not taken; the rest is filled in by the ledger."""

    reason: Reason
    seed: str = Field("", title="种子", json_schema_extra=widget("told"))
    drawn: tuple[str, ...] = Field((), title="抽中工单", json_schema_extra=widget("told"))
    orders: tuple[int, ...] = Field((), json_schema_extra=FILLED)


class Checking(Payload):
    """Which of the orders, when it was gone to, and what was found there."""

    number: Annotated[str, Field(max_length=32)] = Field(title="工单", json_schema_extra=widget("drawn"))
    checked_at: Instant = Field(title="到现场时间")
    place: Annotated[str, Private] = Field(title="地点", min_length=2, max_length=200)
    sound: bool = Field(title="复查结论", json_schema_extra=widget("verdict", yes="处理质量合格", no="不合格"))
    account: Told = Field(title="现场复查情况")


class Concluding(Payload):
    """What the sample says; figures and outcome are filled in by the ledger."""

    summary: Told = Field(title="抽项督察情况")
    drawn_at: Instant | None = Field(None, json_schema_extra=FILLED)
    outcome: str = Field("", title="结论", json_schema_extra=widget("told", titles=OUTCOMES))
    share: str = Field("", title="抽查结果", json_schema_extra=widget("told"))


def _sample(deed: Deed[Any]) -> Sample:
    return of_entries(deed.said(DRAWN, REDRAWN, CHECKED))


def _ids(deed: Deed[Any], numbers: tuple[str, ...]) -> tuple[int, ...]:
    known = dict(Order.objects.filter(centre=deed.proceeding.centre_id, number__in=numbers).values_list("number", "pk"))
    return tuple(known[number] for number in numbers)


def _drawn(deed: Deed[Drawing]) -> Mapping[str, Any]:
    """The pool as it stands now, and what chance draws of it."""
    directory, unit, rules = deed.directory, deed.actor.unit, deed.pack.inspection
    assert unit is not None
    week = periods.of("week", deed.at)
    since = rules.look_back.before(deed.at, deed.outside().calendar)
    pool = _pool(deed, inspecting.inspected_by(directory, unit), since)
    seed = draws.seed()
    drawn = draws.draw(pool, seed, rules.sample)
    line = directory.units[unit]
    return {
        "title": f"{line.short_name or line.name}{week.name}抽项督察",
        "unit": unit,
        "channel": inspecting.level_of(directory, unit),
        "period": week.code,
        "due": week.end,
        "since": since,
        "pool": pool,
        "size": rules.sample,
        "seed": seed,
        "drawn": drawn,
        "orders": _ids(deed, drawn),
    }


def _pool(deed: Deed[Any], units: frozenset[int], since: datetime) -> tuple[str, ...]:
    """The numbers of the orders that these units handled and that were closed since then, in their order."""
    handled = Share.objects.filter(unit__in=units, outcome="passed").values("order")
    closed = Order.objects.filter(centre=deed.proceeding.centre_id, state=OrderState.CLOSED, erased_at=None)
    within = closed.filter(closed_at__gte=since, closed_at__lte=deed.at, pk__in=handled)
    return tuple(within.order_by("number").values_list("number", flat=True))


def _is_first(deed: Deed[Drawing]) -> None:
    payload, rules = deed.payload, deed.pack.inspection
    number = already(deed, "recheck", unit_id=payload.unit, period=payload.period)
    require(not number, "", f"本周已经抽样（{number}），对抽样有异议的，由另一人在该件上写明理由重抽")
    require(payload.pool, "", f"近{rules.look_back.amount}日所督查的单位没有办结的工单，不能抽样")


def _drawn_again(deed: Deed[Redrawing]) -> Mapping[str, Any]:
    """From the very pool of the first draw."""
    sample, seed = _sample(deed), draws.seed()
    drawn = draws.draw(sample.pool, seed, sample.size)
    return {"seed": seed, "drawn": drawn, "orders": _ids(deed, drawn)}


def _may_draw_again(deed: Deed[Redrawing]) -> None:
    sample, most = _sample(deed), deed.pack.inspection.redraws
    require(len(sample.draws) <= most, "", f"一次抽样最多重抽 {most} 次")
    require(not sample.found, "", "已经登记了复查结果，不能重抽")
    drew = {entry.staff_id for entry in deed.said(DRAWN, REDRAWN)}
    require(deed.actor.staff not in drew, "", "重抽须由抽样人以外的人员决定")


def _was_there(deed: Deed[Checking]) -> None:
    payload, sample = deed.payload, _sample(deed)
    require(payload.number in sample.left, "number", f"请选择抽中而尚未复查的工单：{'、'.join(sample.left) or '无'}")
    require(payload.checked_at <= deed.at, "checked_at", "到现场时间不能晚于现在")
    require(payload.checked_at >= sample.current.at, "checked_at", "到现场时间不能早于抽样")
    require(deed.file_count, "files", "请附上现场照片等材料")
    _is_no_insider(deed, payload.number)
    now = Record(payload.number, deed.actor.staff, payload.checked_at, payload.account)
    inspecting.require_own(deed, now, _records(deed), field="account", when="checked_at")


def _is_no_insider(deed: Deed[Checking], number: str) -> None:
    units = Share.objects.filter(order__number=number, order__centre=deed.proceeding.centre_id)
    own = [unit for unit in units.values_list("unit", flat=True) if deed.directory.serves(deed.actor.staff or 0, unit)]
    require(not own, "number", "您在这个工单的承办单位任职，请由其他人员复查")


def _records(deed: Deed[Any]) -> Iterator[Record]:
    for entry in deed.said(CHECKED):
        at = datetime.fromisoformat(entry.payload["checked_at"])
        yield Record(entry.payload["number"], entry.staff_id, at, getattr(payload_of(entry), "account", ""))


def _counted(deed: Deed[Concluding]) -> Mapping[str, Any]:
    sample = _sample(deed)
    all_, failed = len(sample.current.drawn), len(sample.failed)
    return {
        "drawn_at": sample.draws[0].at,
        "outcome": "failed" if failed else "sound",
        "share": f"复查 {all_} 件，不合格 {failed} 件",
    }


def _each_was_checked(deed: Deed[Concluding]) -> None:
    left = _sample(deed).left
    require(not left, "", f"还有没有现场复查的工单：{'、'.join(left[:5])}")
    now = Record("", None, deed.at, deed.payload.summary)
    inspecting.require_own(deed, now, (), field="summary", when="")


add(
    Kind(
        code="recheck",
        title="抽项督察",
        unit_title="督查机构",
        due_title="复查时限",
        channel_title="督查层级",
        raised_to=("supervisor",),
        of_opener=True,
        opened_in=inspecting.inspects,
        follows=showing.watched_by("recheck", "督查", "owner_unit", drawn_last),
        listed=("channel", "drawn", "share"),
        states={"drawn": State("现场复查中", "supervisor"), "concluded": State("已复查")},
        steps=(
            Step(
                "drawn",
                "抽项督察抽样",
                Drawing,
                WHO,
                to="drawn",
                fills=_drawn,
                check=_is_first,
                icon="refresh",
            ),
            Step(
                "checked",
                "登记现场复查",
                Checking,
                WHO,
                ("drawn",),
                check=_was_there,
                held="checked_at",
                icon="notes",
            ),
            Step(
                "concluded",
                "复查完毕",
                Concluding,
                WHO,
                ("drawn",),
                "concluded",
                meets=True,
                fills=_counted,
                check=_each_was_checked,
                held="drawn_at",
                icon="clipboard-check",
            ),
            Step(
                "redrawn",
                "重新抽样",
                Redrawing,
                WHO,
                ("drawn",),
                fills=_drawn_again,
                check=_may_draw_again,
                icon="refresh",
            ),
        ),
    )
)
