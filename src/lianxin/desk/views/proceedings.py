"""The list of proceedings: what waits for this post, what is under way, what has ended; as a page and as a sheet."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import xlsxwriter
from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lianxin.ledger import journal
from lianxin.orders.models import Order
from lianxin.proceedings import kinds
from lianxin.proceedings.kinds import Kind
from lianxin.proceedings.models import About, Proceeding

from .. import clocks
from ..folio import openings, title_of
from ..queue_words import asked
from ..seats import DeskRequest, Seat, refuse, seated

PAGE = 40
#: So many go into one sheet.
MOST_ROWS = 20_000
VIEWS = {"open": "办理中", "mine": "待我办理", "late": "已逾期", "ended": "已办结", "all": "全部"}
HEADINGS = ("编号", "种类", "标题", "状态", "对象单位", "责任人", "立项时间", "时限", "逾期", "涉及工单", "办结时间")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which ones: of which view and kind, with which words in number or title."""

    view: str
    kind: str
    words: str

    @property
    def query(self) -> str:
        return urlencode({"view": self.view, "kind": self.kind, "q": self.words})


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list."""

    pk: int
    number: str
    kind: str
    title: str
    state: str
    unit: str
    owner: str
    opened: str
    due: str
    chip: clocks.Chip | None
    orders: int
    ended: str


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """A page of them, due first; what has ended newest first."""
    seat = request.seat
    asked = _asked(request)
    page = Paginator(_chosen(seat, asked), PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"seat": seat, "here": "proceedings", "asked": asked, "page": page, "query": asked.query}
    shown |= {"lines": [_line(seat, proceeding) for proceeding in page], "views": _views(seat, asked)}
    shown |= {"kinds": kinds.every(), "openings": list(openings(seat)), "exports": seat.may("proceedings.exported")}
    return render(request, "desk/proceedings.html", shown)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet; that it was taken is in the journal."""
    seat, asked = request.seat, _asked(request)
    if not seat.may("proceedings.exported"):
        return refuse(request, "您的岗位不能导出专办事项。")
    rows = [_line(seat, proceeding) for proceeding in _chosen(seat, asked)[:MOST_ROWS]]
    payload = {"view": asked.view, "kind": asked.kind, "rows": len(rows)}
    centre = seat.directory.centre_id
    journal.write(centre, "proceedings.exported", at=timezone.now(), staff=seat.staff.pk, payload=payload)
    disposition = f"attachment; filename*=UTF-8''%E4%B8%93%E5%8A%9E%E4%BA%8B%E9%A1%B9-{seat.now:%Y%m%d}.xlsx"
    return HttpResponse(_sheet(rows), content_type=XLSX, headers={"Content-Disposition": disposition})


def _asked(request: DeskRequest) -> Asked:
    view, kind = request.GET.get("view", ""), request.GET.get("kind", "")
    known = {each.code for each in kinds.every()}
    words = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    # What waits for the post stands in the queue of its home already.
    return Asked(view if view in VIEWS else "open", kind if kind in known else "", words)


def _where(seat: Seat, view: str) -> Q:
    if view == "mine":
        return asked(seat)
    if view == "late":
        return Proceeding.OPEN & Q(due_at__lte=seat.now)
    return {"open": Proceeding.OPEN, "ended": ~Proceeding.OPEN}.get(view, Q())


def _chosen(seat: Seat, asked: Asked) -> QuerySet[Proceeding]:
    found = seat.proceedings.filter(_where(seat, asked.view))
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.words:
        found = found.filter(Q(number=asked.words.upper()) | Q(wording__title__icontains=asked.words))
    spoken = About.objects.filter(proceeding=OuterRef("pk"), role="subject", until=None, to_order__isnull=False)
    of_matter = Order.objects.filter(matter=OuterRef("pk"))
    # A matter is called as its first order is, as far as the person sees it.
    of_it = seat.visible.filter(matter=OuterRef("pk")).order_by("pk").values("appeal__title")[:1]
    found = found.select_related("wording").annotate(
        first_title=Subquery(of_it),
        orders_about=Coalesce(_number(of_matter, "matter"), 0) + Coalesce(_number(spoken, "proceeding"), 0),
    )
    ended = asked.view in ("ended", "all")
    return found.order_by("-registered_at", "-pk") if ended else found.order_by(F("due_at").asc(nulls_last=True), "pk")


def _number(rows: QuerySet[Any], by: str) -> Subquery:
    return Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n"))


def _views(seat: Seat, asked: Asked) -> list[tuple[str, str, int, bool]]:
    """(code, title, how many, whether it is the present one); one statement for all of them."""
    counted = [Count("pk", filter=_where(seat, view)) for view in VIEWS]
    found = seat.proceedings.filter(kind=asked.kind) if asked.kind else seat.proceedings
    numbers = found.aggregate(**dict(zip(VIEWS, counted, strict=True)))
    return [(code, title, numbers[code], code == asked.view) for code, title in VIEWS.items()]


def _line(seat: Seat, proceeding: Any) -> Line:
    kind: Kind = kinds.find(proceeding.kind)
    unit = seat.directory.units.get(proceeding.unit_id or 0)
    open_, due = proceeding.is_open, proceeding.due_at
    person = seat.directory.staff.get(proceeding.owner_person_id or 0)
    return Line(
        pk=proceeding.pk,
        number=proceeding.number,
        kind=kind.title,
        title=title_of(proceeding, kind, proceeding.first_title or ""),
        state=kind.state_title(proceeding.state),
        unit=(unit.short_name or unit.name) if unit else "",
        owner=person.name if person is not None and open_ else "",
        opened=clocks.full(proceeding.registered_at),
        due=clocks.due_words(due, seat.now) if due and open_ else "",
        chip=clocks.due_chip(due, None, seat.now, seat.calendar) if due and open_ else None,
        orders=proceeding.orders_about,
        ended=clocks.full(proceeding.ended_at) if proceeding.ended_at else "",
    )


def _sheet(lines: Iterable[Line]) -> bytes:
    """All cells text: a title that begins with “=” stays a title."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("专办事项")
        head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(HEADINGS) - 1, 18)
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, heading, head)
        for number, line in enumerate(lines, start=1):
            late = "是" if line.chip is not None and line.chip.card == "red" else ""
            cells = (line.number, line.kind, line.title, line.state, line.unit, line.owner, line.opened, line.due)
            for column, cell in enumerate((*cells, late, str(line.orders), line.ended)):
                sheet.write_string(number, column, cell)
        sheet.autofilter(0, 0, 0, len(HEADINGS) - 1)
    return out.getvalue()
