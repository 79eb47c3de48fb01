"""What goes back to the upper platform: for each of its orders who replied what, when, and whether it was solved.

Only replies that passed the centre's audit go out, and words that ended an order otherwise (answered or redirected on
the line, withdrawn, invalid); no order whose words are erased.  A repeat goes back to its own platform with the reply
of its main order, and with the answers to its own requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from lianxin.directory import snapshot
from lianxin.directory.lines import UnitLine
from lianxin.directory.models import Centre
from lianxin.directory.sheets import workbook
from lianxin.handling.actions.reply import SOLVE_TITLES
from lianxin.ledger import journal
from lianxin.ledger.chain import instant
from lianxin.ledger.models import Enclosure, Entry, part_id
from lianxin.orders.models import Order, Share
from lianxin.orders.models.share import ROLE_TITLES
from lianxin.orders.reach import not_of, readers
from lianxin.rules.lifecycle import ORDER_TITLES

from .faults import fitting

#: The sheet of a platform that has no wishes of its own; a map may give other headings in another order.
HEADINGS: dict[str, str] = {
    "上级编号": "upstream_number",
    "工单号": "number",
    "承办单位": "unit",
    "角色": "role",
    "办理措施": "measures",
    "办理进展": "progress",
    "办理结果": "result",
    "逐项答复": "answers",
    "答复全文": "text",
    "是否解决": "solved",
    "答复时间": "replied_at",
    "工单状态": "state",
    "办结时间": "closed_at",
}
_CHUNK = 500
#: How an order may end without a unit's reply, and the verb in which the words stand.
_OTHERWISE = {
    "answered": "order.answered",
    "redirected": "order.redirected",
    "withdrawn": "order.withdrawn",
    "invalid": "order.invalidated",
}


def write(
    path: Path,
    centre: Centre,
    since: datetime,
    until: datetime,
    headings: Mapping[str, str] | None = None,
    staff: int | None = None,
) -> int:
    """`sheet` into a file.  Returns the number of replies; raises OSError."""
    data, count = sheet(centre, since, until, headings, staff)
    path.write_bytes(data)
    return count


def sheet(
    centre: Centre,
    since: datetime,
    until: datetime,
    headings: Mapping[str, str] | None = None,
    staff: int | None = None,
) -> tuple[bytes, int]:
    """(workbook, number of rows): the replies that passed, and the orders that were answered, from `since` until
    before `until`.  All cells are text, so that one which begins with `=` is no formula.  That texts of requests left
    the house, and by whom, stands in the journal."""
    wanted = headings or HEADINGS
    rows = [[row[name] for name in wanted.values()] for row in _rows(centre, since, until, staff)]
    period = {"since": instant(since), "until": instant(until), "rows": len(rows)}
    journal.write(centre.pk, "replies.exported", at=timezone.now(), staff=staff, payload=period)
    return workbook.write("答复", list(wanted), fitting(rows), {}), len(rows)


def _rows(centre: Centre, since: datetime, until: datetime, staff: int | None) -> Iterator[dict[str, str]]:
    units, who = snapshot.of(centre.pk).units, readers(staff)
    passed = Share.objects.filter(
        not_of(centre.pk, who, "order"),
        order__centre=centre,
        order__upstream_number__isnull=False,
        order__erased_at__isnull=True,
        depth=0,
        outcome="passed",
        reply_entry__isnull=False,
        ended_at__gte=since,
        ended_at__lt=until,
    ).exclude(role="assist")
    for shares in _chunks(passed.select_related("order").order_by("order__upstream_number", "id")):
        texts = _texts([_reply(share) for share in shares])
        for share in shares:
            said = texts.get(_reply(share), {})
            unit, role = units[share.unit_id].name, ROLE_TITLES[share.role]
            yield _row(share.order, said, at=share.replied_at, unit=unit, role=role)
    yield from _repeats(centre, units, since, until, who)
    answered = Order.objects.filter(
        not_of(centre.pk, who),
        centre=centre,
        upstream_number__isnull=False,
        state__in=_OTHERWISE,
        erased_at__isnull=True,
        closed_at__gte=since,
        closed_at__lt=until,
    )
    for orders in _chunks(answered.order_by("upstream_number")):
        entries = Entry.objects.filter(order__in=orders, action__in=_OTHERWISE.values()).order_by("number")
        last = dict(entries.values_list("order_id", "pk"))
        texts = _texts(list(last.values()))
        for order in orders:
            yield _row(order, texts.get(last.get(order.pk, 0), {}), at=order.closed_at, unit=centre.name, role="")


def _repeats(
    centre: Centre, units: Mapping[int, UnitLine], since: datetime, until: datetime, who: frozenset[int]
) -> Iterator[dict[str, str]]:
    """A row for each repeat whose main order's reply passed in the period, or had passed when it was merged in it."""
    passed = Share.objects.filter(depth=0, outcome="passed", reply_entry__isnull=False, ended_at__lt=until)
    passed = passed.exclude(role="assist").order_by("id")
    now = passed.filter(order=OuterRef("merged_into"), ended_at__gte=since)
    before = passed.filter(order=OuterRef("merged_into"))
    joined = Q(merged_at__gte=since, merged_at__lt=until)
    found = Order.objects.filter(
        Exists(now) | (joined & Exists(before)),
        not_of(centre.pk, who) & not_of(centre.pk, who, "merged_into"),
        centre=centre,
        upstream_number__isnull=False,
        merged_into__isnull=False,
        erased_at__isnull=True,
    ).exclude(state="withdrawn")
    for orders in _chunks(found.select_related("merged_into").order_by("upstream_number")):
        last = {share.order_id: share for share in passed.filter(order__in=[o.merged_into_id for o in orders])}
        texts = _texts([_reply(share) for share in last.values()])
        for order in orders:
            share = last[order.merged_into_id]
            said = _own(texts.get(_reply(share), {}), order)
            unit, role = units[share.unit_id].name, ROLE_TITLES[share.role]
            yield _row(order, said, at=share.replied_at, unit=unit, role=role)


def _reply(share: Share) -> int:
    """The id of the entry that holds the reply of a share which has one."""
    return part_id(share.order_id, share.reply_entry or 0)


def _own(said: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """The main order's reply as the repeat gets it: of the answers those to its own requests."""
    main: Any = order.merged_into
    mine: list[int] = next((repeat["requests"] for repeat in main.repeats if repeat["order"] == order.pk), [])
    answers = said.get("answers") or ()
    return {**said, "answers": [answers[number - 1] for number in mine if number <= len(answers)]}


def _chunks(rows: Any) -> Iterator[list[Any]]:
    found = list(rows)
    yield from (found[start : start + _CHUNK] for start in range(0, len(found), _CHUNK))


def _texts(entries: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Public and private parts of the entries together."""
    found: dict[int, dict[str, Any]] = {
        pk: dict(payload) for pk, payload in Entry.objects.filter(pk__in=entries).values_list("pk", "payload")
    }
    for pk, body in Enclosure.objects.filter(entry__in=entries).values_list("entry_id", "body"):
        found[pk] |= body or {}
    return found


def _row(order: Order, said: Mapping[str, Any], *, at: datetime | None, unit: str, role: str) -> dict[str, str]:
    answers = "\n".join(f"{number}. {words}" for number, words in enumerate(said.get("answers") or (), 1))
    parts = [said.get(name, "") for name in ("measures", "progress", "result")]
    whole = said.get("text") or said.get("told") or "\n".join([*filter(None, parts), *filter(None, [answers])])
    return {
        "upstream_number": order.upstream_number or "",
        "number": order.number,
        "unit": unit,
        "role": role,
        "measures": parts[0],
        "progress": parts[1],
        "result": parts[2],
        "answers": answers,
        "text": whole,
        "solved": _solved(said),
        "replied_at": _time(at),
        "state": ORDER_TITLES[order.state],
        "closed_at": _time(order.closed_at),
    }


def _solved(said: Mapping[str, Any]) -> str:
    """As the unit judged it; an imported reply does not say.  The default of a payload is not in the entry."""
    if "measures" not in said:
        return ""
    return SOLVE_TITLES.get(said.get("solve_code", "solved"), "")


def _time(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""
