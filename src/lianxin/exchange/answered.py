"""The raised petitions that the rows of a sheet name, and what has been answered to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from lianxin.ledger.acts import Payload
from lianxin.ledger.models import Entry
from lianxin.proceedings.models import About, Proceeding
from lianxin.proceedings.upstairs import KIND, RAISED

from . import cells
from .cells import CellError

#: How a petition that has its answer ended.
TITLES = {"granted": "同意", "denied": "不同意"}
#: In these it is with that platform, or has come back from it.
_UPSTAIRS = ("raised", *TITLES)


class Files:
    """Found by that platform's number and by the order's, in as many statements for many rows as for one."""

    def __init__(self, centre: int, rows: Sequence[Mapping[str, Any]]) -> None:
        numbers = {number for given in rows if (number := _code(given["petition"]))}
        orders = {number for given in rows if (number := _code(given["order"]))}
        mine = Proceeding.objects.filter(centre=centre, kind=KIND)
        self._by_number = _raised(mine.values("pk"), numbers)
        self._by_order: dict[str, list[Proceeding]] = defaultdict(list)
        upstairs = mine.filter(state__in=_UPSTAIRS).values("pk")
        for order, root in _subjects(Q(proceeding__in=upstairs, to_order__upstream_number__in=orders)):
            self._by_order[order].append(root)
        named = [root.pk for root in self._by_number.values()]
        self._order_of = {root.pk: order for order, root in _subjects(Q(proceeding__in=named))}
        there = {root.pk for found in (self._by_number.values(), *self._by_order.values()) for root in found}
        #: what was asked and answered, by the file and the step
        self._said: dict[tuple[int | None, str], Entry] = {}
        steps = [f"{KIND}.{step}" for step in ("opened", *TITLES)]
        for entry in Entry.objects.filter(proceeding__in=there, action__in=steps).select_related("enclosure"):
            self._said[entry.proceeding_id, entry.action] = entry

    def named(self, given: Mapping[str, Any]) -> list[Proceeding]:
        """The files that a row may mean; one at least.  Raises CellError."""
        petition, order = cells.code(given["petition"]), cells.code(given["order"])
        if not petition:
            if not order:
                raise CellError("请填写申请编号，或上级编号")
            if not self._by_order.get(order):
                raise CellError("这张工单没有等上级答复的上报件")
            return self._by_order[order]
        if petition not in self._by_number:
            raise CellError(f"没有上级申请编号为 {petition} 的上报件")
        root = self._by_number[petition]
        if order and self._order_of.get(root.pk) != order:
            raise CellError(f"申请编号 {petition} 的上报件 {root.number} 不是上级编号为 {order} 的工单的，请核对")
        return [root]

    def meant(self, named: Sequence[Proceeding], step: str, said: Payload) -> tuple[Proceeding, str | None]:
        """Which of them the answer is to, and in what it differs from the answer that this one has; None where it has
        none yet.  What one of them was answered is no answer to another that waits.  Raises CellError."""
        waiting = [root for root in named if root.state not in TITLES]
        ended = {root: self._differs(root, step, said) for root in named if root.state in TITLES}
        if known := next((root for root, differs in ended.items() if not differs), None):
            return known, ""
        if len(waiting) == 1:
            return waiting[0], None
        if waiting or len(ended) > 1:
            raise CellError("这张工单有几件上报，请填写申请编号")
        return next(iter(ended.items()))

    def _differs(self, root: Proceeding, step: str, said: Payload) -> str:
        if root.state != step:
            return f"的答复已是“{TITLES[root.state]}”"
        entry = self._said[root.pk, f"{KIND}.{step}"]
        before, now = {**entry.payload, **entry.enclosure.body}, said.model_dump()
        asked = self._said[root.pk, f"{KIND}.opened"].payload.get("workdays")
        titles = {name: info.title or "" for name, info in type(said).model_fields.items()}
        other = [titles[name] for name in _other(before, now, asked, erased=entry.enclosure.erased_at is not None)]
        return f"已有答复，{'、'.join(other)}不同" if other else ""


def _other(before: Mapping[str, Any], now: Mapping[str, Any], asked: int | None, *, erased: bool) -> Iterator[str]:
    """The fields in which two answers differ.  Days that are not named are those that were asked for."""
    if not erased and before["answer"] != now["answer"]:
        yield "answer"
    if datetime.fromisoformat(before["answered_at"]) != now["answered_at"]:
        yield "answered_at"
    if (before.get("workdays") or asked) != (now.get("workdays") or asked):
        yield "workdays"


def _raised(mine: Any, numbers: set[str]) -> dict[str, Proceeding]:
    found: dict[str, Proceeding] = {}
    rows = Entry.objects.filter(proceeding__in=mine, action=RAISED, payload__upstream_petition__in=numbers)
    for entry in rows.select_related("proceeding"):
        assert entry.proceeding is not None
        found[entry.payload["upstream_petition"]] = entry.proceeding
    return found


def _subjects(which: Q) -> Iterator[tuple[str, Proceeding]]:
    """(that platform's number of the order, file) of what was raised of an order."""
    rows = About.objects.filter(which, role="subject", to_order__isnull=False).order_by("pk")
    for about in rows.select_related("proceeding", "to_order"):
        assert about.proceeding is not None
        assert about.to_order is not None
        yield about.to_order.upstream_number or "", about.proceeding


def _code(cell: Any) -> str:
    try:
        return cells.code(cell)
    except CellError:
        return ""
