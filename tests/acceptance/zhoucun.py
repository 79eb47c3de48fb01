"""Orders at a centre that lives under the rule book of Zhoucun, and what is done with them."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest
from PIL import Image
from tests.cast import Cast, later, shanghai

from lianxin.ledger.acts import Act, Refused, Upload
from lianxin.ledger.door import Recorded, record
from lianxin.ledger.models import Clock, Entry, Task
from lianxin.orders.models import Order, Share

pytestmark = pytest.mark.django_db

REPLY = {"measures": "更换阀门并排气", "progress": "已完成", "result": "室温已达19℃", "answers": ["已检修"]}
REASON = "经核实情况属实，按规定办理。"


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def out(cast: Cast, at: datetime, unit: str = "town", *, signed: bool = True, **facts: Any) -> tuple[Order, Share]:
    """An order that the unit has, signed for."""
    order = cast.register(at, **facts)
    cast.dispatch(order, at, unit)
    if signed:
        cast.do(f"clerk@{unit}", "share.signed", order.pk, at)
    return order, Share.objects.get(order=order)


def task(order: Order, kind: str) -> Task:
    return Task.objects.get(order=order, kind=kind)


def has(order: Order, kind: str) -> bool:
    return Task.objects.filter(order=order, kind=kind).exists()


def lapse(cast: Cast, order: Order, kind: str, **more: Any) -> Recorded:
    """The limit of that kind runs out."""
    clock = Clock.objects.get(order=order, kind=kind, ended_at=None, **more)
    rung = {"clocks": [clock.pk]}
    return record(Act("clock.breached", cast.actor("system"), clock.due, rung, order=order.pk, recorded_at=clock.due))


def done(cast: Cast, who: str, found: Task, at: datetime, *elements: str) -> None:
    cast.do(who, "task.done", found.order_id, at, task=found.pk, elements=elements)


def refused(cast: Cast, who: str, verb: str, order: Order, at: datetime, **payload: Any) -> dict[str, str]:
    """Refused, and nothing has changed."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as caught:
        cast.do(who, verb, order.pk, at, **payload)
    assert Entry.objects.count() == before
    return caught.value.problems


def contact(cast: Cast, who: str, order: Order, at: datetime, **more: Any) -> None:
    cast.do(who, "share.contacted", order.pk, at, text="已电话联系诉求人，告知办理情况。", **more)


def passed(cast: Cast, order: Order, at: datetime, unit: str = "town", ends: str = "solved", **reply: Any) -> datetime:
    """Answered, audited, called back and closed."""
    cast.do(f"clerk@{unit}", "share.replied", order.pk, at, **REPLY | reply)
    cast.do(f"hotline_deputy@{unit}", "share.unit_audited", order.pk, at, approved=True)
    cast.do("auditor", "share.passed", order.pk, at)
    at = later(at, minutes=10)
    grades = {"layer": "district", "process_grade": "satisfied", "result_grade": "satisfied", "solved": True}
    cast.do("callback", "callback.recorded", order.pk, at, **grades)
    cast.do("callback", "order.closed", order.pk, at, result=ends, told="已告知诉求人办理结果。")
    return at


def photograph(taken: datetime | None = None, fmt: str = "JPEG") -> Upload:
    picture, exif, buffer = Image.new("RGB", (8, 8), "white"), Image.Exif(), io.BytesIO()
    if taken is not None:
        local = taken.astimezone(shanghai("2026-01-01 00:00").tzinfo)
        exif.get_ifd(0x8769)[0x9003] = exif[0x0132] = f"{local:%Y:%m:%d %H:%M:%S}"
    picture.save(buffer, fmt, exif=exif)
    return Upload(f"现场.{fmt.lower()}", buffer.getvalue())


def visit(cast: Cast, order: Order, at: datetime, *files: Upload, who: str = "clerk@town", **changes: Any) -> Recorded:
    told: dict[str, Any] = {
        "visited_at": at,
        "place": "柳岸花园 3 号楼 2 单元",
        "people": ["王建国", "李敏"],
        "before": "室温 14℃，换热站阀门故障。",
        "after": "已更换阀门，室温回升。",
    }
    act = Act("share.visited", cast.actor(who), at, told | changes, order=order.pk, recorded_at=at, files=files)
    return record(act)


def labelled(cast: Cast, order: Order, label: str, at: datetime, who: str = "supervisor") -> None:
    cast.do(who, "order.labelled", order.pk, at, label=label, reason=REASON)
