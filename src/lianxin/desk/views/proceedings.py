"""The list of proceedings: what waits for this post, what is under way, what has ended; as a page and as a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.orders.models import Order
from lianxin.orders.reach import not_of, readers
from lianxin.proceedings import kinds
from lianxin.proceedings.kinds import Kind
from lianxin.proceedings.models import About, Proceeding
from lianxin.proceedings.reach import hidden

from .. import clocks, inspected, listed, rounds, sheets, taken
from ..folio import openings, title_of
from ..queue_words import asked as asked_of
from ..seats import DeskRequest, Seat, refuse, seated

PAGE = 50
VIEWS = {"open": "办理中", "mine": "待我办理", "late": "已逾期", "ended": "已办结", "all": "全部"}
HEADINGS = ("编号", "种类", "标题", "状态", "对象单位", "责任人", "立项时间", "时限", "逾期", "涉及工单", "办结时间")


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
    #: what its kind lists besides, with the titles
    besides: tuple[tuple[str, str], ...]


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """A page of them, due first; what has ended newest first."""
    seat = request.seat
    asked = _asked(request)
    page = Paginator(_chosen(seat, asked), PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"seat": seat, "here": "proceedings", "asked": asked, "page": page, "query": asked.query}
    shown |= {"lines": _lines(seat, asked, list(page)), "views": _views(seat, asked)}
    shown |= {"kinds": _kinds(seat), "openings": list(openings(seat)), "comes_round": rounds.owes(seat)}
    shown["inspected"] = inspected.counts(seat)
    shown["exports"] = seat.may("proceedings.exported")
    return render(request, "desk/proceedings.html", shown)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet; that it was taken is in the journal."""
    seat, asked = request.seat, _asked(request)
    if not seat.may("proceedings.exported"):
        return refuse(request, "您的岗位不能导出专办事项。")
    rows = _lines(seat, asked, list(_chosen(seat, asked)[: sheets.MOST_ROWS]))
    taken.note(seat, "proceedings.exported", view=asked.view, kind=asked.kind, rows=len(rows))
    headings = [*HEADINGS, *listed.titles(asked.kind)]
    return sheets.answer("专办事项", headings, map(_cells, rows), seat.now)


def _asked(request: DeskRequest) -> Asked:
    view, kind = request.GET.get("view", ""), request.GET.get("kind", "")
    known = {each.code for each in _kinds(request.seat)}
    words = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    # What waits for the post stands in the queue of its home already.
    return Asked(view if view in VIEWS else "open", kind if kind in known else "", words)


def _kinds(seat: Seat) -> list[Kind]:
    """The kinds of which the person may know."""
    closed = hidden(seat.held, seat.directory)
    return [kind for kind in kinds.every() if kind.code not in closed]


def _where(seat: Seat, view: str) -> Q:
    if view == "mine":
        return asked_of(seat)
    if view == "late":
        return Proceeding.OPEN & Q(due_at__lte=seat.now)
    return {"open": Proceeding.OPEN & ~Q(kind__in=kinds.kept()), "ended": ~Proceeding.OPEN}.get(view, Q())


def _chosen(seat: Seat, asked: Asked) -> QuerySet[Proceeding]:
    found = seat.proceedings.filter(_where(seat, asked.view))
    # What complains of him he is neither told of nor finds anything by (C64).
    free = not_of(seat.directory.centre_id, readers(seat.staff.pk), "to_order")
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.words:
        about = About.objects.filter(free, to_order__number=asked.words, role="subject", until=None).values(
            "proceeding"
        )
        named = Q(number=asked.words.upper()) | Q(wording__title__icontains=asked.words)
        found = found.filter(named | Q(pk__in=about))
    spoken = About.objects.filter(free, proceeding=OuterRef("pk"), role="subject", until=None, to_order__isnull=False)
    of_matter = Order.objects.filter(matter=OuterRef("pk"))
    # A matter is called as its first order is, as far as the person sees it.
    of_it = seat.whole.filter(matter=OuterRef("pk")).order_by("pk").values("appeal__title")[:1]
    found = found.select_related("wording").annotate(
        first_title=Subquery(of_it),
        warn_at=clocks.warned("proceeding"),
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


def _lines(seat: Seat, asked: Asked, rows: Sequence[Any]) -> list[Line]:
    titles, besides = listed.titles(asked.kind), listed.said(seat, asked.kind, rows)
    return [_line(seat, row, tuple(zip(titles, besides.get(row.pk, ()), strict=False))) for row in rows]


def _line(seat: Seat, proceeding: Any, besides: tuple[tuple[str, str], ...]) -> Line:
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
        chip=clocks.due_chip(due, proceeding.warn_at, seat.now, seat.calendar) if due and open_ else None,
        orders=proceeding.orders_about,
        ended=clocks.full(proceeding.ended_at) if proceeding.ended_at else "",
        besides=besides,
    )


def _cells(line: Line) -> tuple[str, ...]:
    late = "是" if line.chip is not None and line.chip.card == "red" else ""
    about = (line.number, line.kind, line.title, line.state, line.unit, line.owner, line.opened, line.due)
    return (*about, late, str(line.orders), line.ended, *(text for _, text in line.besides))
