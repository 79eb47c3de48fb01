"""谁看过: who looked at what, the odd ones first; as a page and as a sheet.  For the administrator, who sees no orders:
he is told their numbers.  That he looked is noted too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from lianxin.directory.roles import Role

from .. import clocks, entered, looks, sheets, taken
from ..looks import KINDS, MOST_DAYS, USUAL, Asked, Look
from ..odd import Odd
from ..seats import DeskRequest, Seat, refuse, seated

PAGE = 50
READ, EXPORTED = "looks.read", "looks.exported"
VIEWS = {"odd": "异常", "all": "全部", "people": "按人"}
HEADINGS = ("时间", "人员", "岗位", "方式", "工单", "内容", "异常")
ROLES = dict(Role.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """One look as the page shows it; `url` only where the person may see the order himself."""

    at: str
    who: str
    post: str
    kind: str
    number: str
    url: str
    what: str
    odd: list[str]
    #: the same person's looks of that kind on that day
    day: str


@dataclass(frozen=True, slots=True)
class Person:
    """How often somebody looked, and how often oddly."""

    who: str
    unit: str
    numbers: list[int]
    odd: int
    url: str


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """A page of them."""
    seat = request.seat
    if not seat.may(READ):
        return refuse(request, "您的岗位不能查看谁看过。")
    asked, problem = _asked(request)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "all"
    told, full = _told(seat, asked)
    odd = [pair for pair in told if pair[1]]
    rows: list[Any] = _people(seat, asked, told) if view == "people" else odd if view == "odd" else told
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    taken.note(seat, READ, view=view, days=f"{asked.first} 至 {asked.last}", who=asked.who, kind=asked.kind)
    shown: dict[str, Any] = {"seat": seat, "here": "looks", "asked": asked, "view": view, "page": page, "full": full}
    shown["lines"] = list(page) if view == "people" else _lines(seat, asked, list(page))
    shown |= {"kinds": KINDS, "roles": ROLES, "problem": problem, "most": looks.MOST}
    numbers = {"odd": len(odd), "all": len(told), "people": len({look.staff for look, _ in told})}
    shown["views"] = [
        (looks.address(asked, view=code), title, numbers[code], code == view) for code, title in VIEWS.items()
    ]
    shown["query"] = looks.address(asked, view=view)[1:]
    return render(request, "desk/looks.html", shown)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet; that it was taken is in the journal."""
    seat = request.seat
    if not seat.may(EXPORTED):
        return refuse(request, "您的岗位不能导出谁看过。")
    asked, _ = _asked(request)
    told, _ = _told(seat, asked)
    if request.GET.get("view") == "odd":
        told = [pair for pair in told if pair[1]]
    chosen = told[: sheets.MOST_ROWS]
    taken.note(seat, EXPORTED, days=f"{asked.first} 至 {asked.last}", rows=len(chosen))
    return sheets.answer("谁看过", HEADINGS, (_cells(seat, *pair) for pair in chosen), seat.now)


def _told(seat: Seat, asked: Asked) -> tuple[list[tuple[Look, list[str]]], bool]:
    """Each look with why it is odd, the odd ones first, then the newest; and whether there are more."""
    found, full = looks.found(seat, asked)
    rules = Odd(seat, asked)
    told = [(look, rules.reasons(look)) for look in found]
    return sorted(told, key=lambda pair: -len(pair[1])), full


def _asked(request: DeskRequest) -> tuple[Asked, str]:
    """What is asked for; what is no period is said, and the usual one shown."""
    get = request.GET
    role, kind = get.get("post", ""), get.get("kind", "")
    who = get.get("who", "").replace("\x00", "").strip()[:30]
    first, last, problem = entered.days(get, USUAL, MOST_DAYS)
    return Asked(who, role if role in ROLES else "", kind if kind in KINDS else "", first, last), problem


def _lines(seat: Seat, asked: Asked, pairs: list[tuple[Look, list[str]]]) -> list[Line]:
    numbers = {look.number for look, _ in pairs if look.number}
    open_ = {*seat.openable.filter(number__in=numbers).values_list("number", flat=True)}
    return [_line(seat, asked, look, odd, look.number in open_) for look, odd in pairs]


def _line(seat: Seat, asked: Asked, look: Look, odd: list[str], opens: bool) -> Line:
    day = look.day.isoformat()
    who = _mention(seat, look.staff)
    same = looks.address(asked, view="all", who=who, post="", kind=look.kind, first=day, last=day)
    return Line(
        at=clocks.full(look.at),
        who=_name(seat, look),
        post=looks.post_title(seat, look),
        kind=KINDS[look.kind],
        number=look.number,
        url=reverse("desk:order", args=[look.number]) if opens else "",
        what=look.what,
        odd=odd,
        day=same if odd and who else "",
    )


def _cells(seat: Seat, look: Look, odd: list[str]) -> tuple[str, ...]:
    about = (clocks.full(look.at), _name(seat, look), looks.post_title(seat, look), KINDS[look.kind])
    return (*about, look.number, look.what, "；".join(odd))


def _people(seat: Seat, asked: Asked, told: Iterable[tuple[Look, list[str]]]) -> list[Person]:
    """Everybody who looked, whoever did so most oddly first."""
    numbers: dict[int | None, Counter[str]] = {}
    for look, odd in told:
        counted = numbers.setdefault(look.staff, Counter())
        counted[look.kind] += 1
        counted["odd"] += bool(odd)
    order = sorted(numbers, key=lambda pk: (-numbers[pk]["odd"], -numbers[pk].total(), pk or 0))
    found = []
    for pk in order:
        line = seat.directory.staff.get(pk or 0)
        name = line.name if line else _SYSTEM
        posts = seat.directory.posts_of(pk) if pk else ()
        unit = "、".join(dict.fromkeys(seat.names(post.unit, None) for post in posts))
        who = _mention(seat, pk)
        url = looks.address(asked, view="all", who=who) if who else ""
        found.append(Person(name, unit, [numbers[pk][kind] for kind in KINDS], numbers[pk]["odd"], url))
    return found


_SYSTEM = "系统"


def _mention(seat: Seat, pk: int | None) -> str:
    """How the page asks for this person alone: two may have one name.  Empty for the system."""
    line = seat.directory.staff.get(pk or 0)
    return f"@{line.username}" if line else ""


def _name(seat: Seat, look: Look) -> str:
    line = seat.directory.staff.get(look.staff or 0)
    return line.name if line else _SYSTEM
