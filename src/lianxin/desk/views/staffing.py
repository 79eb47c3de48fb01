"""单位配备: which units have the posts and people that the rules ask for (B27, D19), and the documents of their own
(`[units] documents`), as a page and as a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.directory import staffing
from lianxin.directory.staffing import Staffed
from lianxin.proceedings import documents

from .. import sheets, taken
from ..seats import DeskRequest, Seat, refuse, seated

PAGE = 100
EXPORTED = "units.staffing_exported"
#: What is listed.
STATES = {"": "全部", "short": "不齐的"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which units: those that lack something alone, and with which words in their names."""

    state: str
    words: str

    @property
    def query(self) -> str:
        return urlencode({"state": self.state, "q": self.words})


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """A page of them; to a unit's own leaders their own unit."""
    seat = request.seat
    if not seat.sees_staffing:
        return refuse(request, "单位配备由中心的督办员、分析员、领导查看；各单位的负责人查看本单位的。")
    asked, known = _asked(request), _known(seat)
    page = Paginator(_chosen(known, asked), PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"seat": seat, "here": "staffing", "asked": asked, "page": page, "query": asked.query}
    shown |= {
        "states": _states(known, asked),
        "rule": _rule(seat),
        "whole": not seat.in_unit,
    }
    shown["exports"] = seat.may(EXPORTED)
    return render(request, "desk/staffing.html", shown)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet; that it was taken is in the journal."""
    seat, asked = request.seat, _asked(request)
    if not seat.may(EXPORTED):
        return refuse(request, "您的岗位不能导出单位配备。")
    known = _known(seat)
    rows = _chosen(known, asked)[: sheets.MOST_ROWS]
    taken.note(seat, EXPORTED, view=f"staffing:{asked.state}", rows=len(rows))
    wanted = tuple(dict.fromkeys(document.title for document in seat.pack.units.documents))
    asked_posts = _posts(known)
    headings = ("单位", "类型", *asked_posts, "专职人员", "应有专职", *wanted, "提示")
    return sheets.answer("单位配备", headings, (_cells(seat, row, asked_posts, wanted) for row in rows), seat.now)


def _known(seat: Seat) -> list[Staffed]:
    """The units that this post looks after, with their documents."""
    if seat.in_unit:
        own = staffing.line(seat.directory, seat.pack, seat.unit, seat.now)
        rows = [own] if own else []
    else:
        of_centre = staffing.of_centre(seat.directory, seat.pack)
        rows = [*([of_centre] if of_centre else []), *staffing.lines(seat.directory, seat.pack, seat.now)]
    held = documents.of_units(seat.directory, seat.pack.units.documents, [row.unit for row in rows], seat.now)
    return [row.with_documents(held.get(row.unit.id, ())) for row in rows]


def _asked(request: DeskRequest) -> Asked:
    if request.seat.in_unit:
        return Asked("", "")  # one line alone
    state = request.GET.get("state", "")
    return Asked(state if state in STATES else "", request.GET.get("q", "").strip()[:60])


def _chosen(known: list[Staffed], asked: Asked) -> list[Staffed]:
    found = [row for row in known if row.missing] if asked.state == "short" else known
    return [row for row in found if asked.words in row.unit.name or asked.words in row.unit.short_name]


def _states(known: list[Staffed], asked: Asked) -> list[tuple[str, str, int, bool]]:
    """(code, title, how many, whether it is the present one)."""
    numbers = {code: len(_chosen(known, Asked(code, asked.words))) for code in STATES}
    return [(code, title, numbers[code], code == asked.state) for code, title in STATES.items()]


def _posts(known: list[Staffed]) -> tuple[str, ...]:
    """The posts that are asked for: the same of every unit."""
    return tuple(title for title, _ in known[-1].posts) if known else ()


def _rule(seat: Seat) -> tuple[int, str]:
    """How many must work for the hotline alone, and in which units."""
    units = seat.pack.units
    return units.staffing.full_time, "、".join(map(units.type_title, units.staffing.among)) or "各类单位"


def _cells(seat: Seat, row: Staffed, asked_posts: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    numbers = {document.title: document.number or "无" for document in row.documents}
    named = dict(row.posts)  # of the centre itself none are asked
    posts = ("、".join(named.get(title, ())) for title in asked_posts)
    full_time = ("、".join(row.full_time), str(row.wanted or ""))
    kept = (numbers.get(title, "") for title in wanted)
    return (row.unit.name, seat.pack.units.type_title(row.unit.type), *posts, *full_time, *kept, "；".join(row.missing))
