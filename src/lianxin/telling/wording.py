"""What a message says of an order or a proceeding: number, what happened, category, unit, limit, link.

Never its title, text, address or caller: none of them is read here.  Of what is only shown to the reader it says the
number alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.models import Clock, Delivery, Root
from lianxin.orders.models import Order
from lianxin.proceedings import kinds
from lianxin.proceedings.models import Proceeding
from lianxin.rules import known, lifecycle
from lianxin.rules.worktime import show_due

from .viewers import Viewer

#: With what each message begins: a robot whose group wants a keyword is given this one.
SUBJECT = "热线工单"
TRIAL = f"【{SUBJECT}】测试消息：本渠道已登记，收到即可用。"
#: A step of a kind that was given up since.
UNKNOWN = "有新进展"
_TITLES = {row.action: row.title for row in lifecycle.TABLE}
#: What is asked of a root: none of its words.
_COLUMNS = ("number", "category_id", "owner_unit_id", "due_at")


def lines(viewer: Viewer, deliveries: Sequence[Delivery], at: datetime) -> dict[int, str]:
    """A line each, by the id of the delivery; none for what the reader may not see (any more)."""
    orders, others = ({d.order_id for d in deliveries if d.order_id}, {d.proceeding_id for d in deliveries})
    whole = viewer.whole(orders)
    found = _orders(viewer, whole)
    numbers = dict(Order.objects.filter(pk__in=viewer.shown(orders - whole)).values_list("pk", "number"))
    affairs = _proceedings(viewer.proceedings({pk for pk in others if pk}))
    said: dict[int, str] = {}
    for one in deliveries:
        if one.order_id in found or one.proceeding_id in affairs:
            root, due = found[one.order_id] if one.order_id in found else affairs[one.proceeding_id or 0]
            said[one.pk] = _line(viewer.directory, one, root, due, at)
        elif one.order_id in numbers:
            said[one.pk] = _joined([f"工单 {numbers[one.order_id]}", _link("order", numbers[one.order_id])])
    return said


def headed(chosen: Sequence[str]) -> str:
    """The message of these lines."""
    return "\n".join([f"【{SUBJECT}】{len(chosen)} 件", *chosen])


def fitting(said: Iterable[str], limit: int) -> int:
    """How many of the lines go into one message of so many bytes; one at least."""
    chosen: list[str] = []
    for line in said:
        if chosen and len(headed([*chosen, line]).encode()) > limit:
            break
        chosen.append(line)
    return len(chosen)


def title_of(action: str) -> str:
    """What happened, as the desk calls it; of what this version does not know any more, that something did."""
    found = _TITLES.get(action) or known.actions().get(action)
    if found:
        return found
    try:
        return kinds.row(action).title
    except KeyError:
        return UNKNOWN


def _line(directory: Snapshot, one: Delivery, root: Root, due: datetime | None, at: datetime) -> str:
    category = directory.categories.get(getattr(root, "category_id", None) or 0)
    unit = directory.units.get(root.owner_unit_id or 0)
    page = "order" if one.order_id else "proceeding"
    return _joined(
        [
            f"{'紧急 ' if one.urgent else ''}{title_of(one.kind)} {root.number}",
            "›".join(category.path) if category else "",
            (unit.short_name or unit.name) if unit else "",
            _limit(due, at),
            _link(page, root.number),
        ]
    )


def _joined(parts: Iterable[str]) -> str:
    return "，".join(part for part in parts if part)


def _limit(due: datetime | None, at: datetime) -> str:
    if due is None:
        return ""
    return f"时限 {show_due(due)}{'，已逾期' if due <= at else ''}"


def _link(page: str, number: str) -> str:
    return f"{settings.SITE_URL}{reverse(f'desk:{page}', args=[number])}" if settings.SITE_URL else ""


def _orders(viewer: Viewer, ids: set[int]) -> Mapping[int | None, tuple[Root, datetime | None]]:
    """Each order, and until when something is asked of the reader's units; else until when of whoever has it."""
    clocks = Clock.objects.filter(order__in=ids, ended_at=None, share__unit__in=viewer.units).order_by("-due")
    dues = dict(clocks.values_list("order", "due"))
    rows = Order.objects.filter(pk__in=ids).only(*_COLUMNS)
    return {row.pk: (row, dues.get(row.pk, row.due_at)) for row in rows}


def _proceedings(ids: set[int]) -> Mapping[int | None, tuple[Root, datetime | None]]:
    return {row.pk: (row, row.due_at) for row in Proceeding.objects.filter(pk__in=ids).only(*_COLUMNS)}
