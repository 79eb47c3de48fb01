"""The weekly bulletin on the desk: read, opened number by number, taken away as .docx or .pdf, published."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from lianxin.bulletins import html, issue
from lianxin.bulletins.gather import Gathered, behind, gather, week_of
from lianxin.bulletins.models import Publication
from lianxin.bulletins.weekly import FiguresError
from lianxin.directory.models import Centre
from lianxin.orders import journal
from lianxin.orders.access import SEES_CENTRE
from lianxin.orders.models import Order
from lianxin.rules.worktime import SHANGHAI

from ..seats import DeskRequest, Seat, seated

#: Posts that may put a bulletin out.
PUBLISHERS = frozenset({"leader", "analyst", "supervisor"})
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
PAGE = 50


def name_of(day: date) -> str:
    """`2021-W43` of any day of that week."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


@require_GET
@seated
def latest(request: DeskRequest) -> HttpResponse:
    """The last week that has ended; a week typed into the page's field, if it is one."""
    asked = request.GET.get("week", "").strip().upper()
    week = asked or name_of(timezone.localdate() - timedelta(days=7))
    return redirect("desk:bulletin", week=week)


@require_GET
@seated
def bulletin(request: DeskRequest, week: str) -> HttpResponse:
    """The bulletin as a page; each number leads to the orders that it counts."""
    centre, first, last = _asked(request.seat, week)
    made, trouble = _made(centre, first, last)
    shown: dict[str, Any] = {
        "seat": request.seat,
        "here": "bulletins",
        "week": week,
        "before": name_of(first - timedelta(days=7)),
        "after": name_of(first + timedelta(days=7)) if last < timezone.localdate() else "",
        "first": first,
        "last": last,
        "trouble": trouble,
        "running": last >= timezone.localdate(),
        "publication": Publication.objects.filter(centre=centre, kind="weekly", first_day=first).first(),
        "may_publish": request.seat.role in PUBLISHERS and request.seat.acting and last < timezone.localdate(),
    }
    if made is not None:
        there = reverse("desk:behind", args=[week])
        shown |= html.context(made.bulletin, lambda key: f"{there}?{urlencode({'key': key})}")
    return render(request, "desk/bulletin.html", shown)


@require_GET
@seated
def download(request: DeskRequest, week: str, ending: str) -> HttpResponse:
    """The bulletin as a file; that it was taken is in the journal."""
    centre, first, last = _asked(request.seat, week)
    made, trouble = _made(centre, first, last)
    if made is None:
        messages.error(request, trouble)
        return redirect("desk:bulletin", week=week)
    body = issue.render(made.bulletin, f".{ending}")
    payload = {"kind": "weekly", "week": week, "ending": ending}
    journal.write(centre.pk, "export.bulletin", at=timezone.now(), staff=request.seat.staff.pk, payload=payload)
    disposition = f"attachment; filename*=UTF-8''{quote(f'{made.bulletin.name}.{ending}')}"
    return HttpResponse(body, content_type=MEDIA[ending], headers={"Content-Disposition": disposition})


@require_GET
@seated
def orders_behind(request: DeskRequest, week: str) -> HttpResponse:
    """The orders behind one printed number, as far as the person may see them."""
    centre, first, last = _asked(request.seat, week)
    key = request.GET.get("key", "")
    gathered = _gathered(centre, first, last)
    try:
        ids = behind(gathered, key)
    except (KeyError, ValueError):
        raise Http404 from None
    orders = request.seat.visible.filter(pk__in=ids).select_related("appeal").order_by("pk")
    page = Paginator(orders, PAGE).get_page(request.GET.get("page"))
    shown = {
        "seat": request.seat,
        "here": "bulletins",
        "week": week,
        "key": key,
        "page": page,
        "lines": [_line(request.seat, order) for order in page],
    }
    return render(request, "desk/behind.html", shown)


@require_POST
@seated
def publish(request: DeskRequest, week: str) -> HttpResponse:
    """Put the bulletin out: what it prints is frozen."""
    centre, first, last = _asked(request.seat, week)
    seat = request.seat
    if seat.role not in PUBLISHERS or not seat.acting:
        return render(
            request, "desk/refused.html", {"seat": seat, "problems": {"": "您的岗位不能发布周报"}}, status=403
        )
    if last >= timezone.localdate():
        messages.error(request, "本周还没有结束，周末 24:00 之后才能发布")
    else:
        try:
            issue.publish(centre, first, last, at=timezone.now(), staff=seat.staff.pk)
            messages.success(request, "已发布；此后的数据变化列入更正，不改动已发布的数字")
        except (ValueError, LookupError) as error:
            messages.error(request, str(error))
    return redirect("desk:bulletin", week=week)


def _asked(seat: Seat, week: str) -> tuple[Centre, date, date]:
    """The centre and the days of the week.  404 for what is no week, or for a post that sees no centre's figures."""
    if seat.role not in SEES_CENTRE:
        raise Http404
    try:
        first, last = week_of(week)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Centre, pk=seat.staff.centre_id), first, last


def _made(centre: Centre, first: date, last: date) -> tuple[issue.Weekly | None, str]:
    """The bulletin, or why there is none (Chinese)."""
    try:
        return issue.weekly(centre, first, last), ""
    except FiguresError as error:
        return None, str(error)
    except LookupError:
        return None, "这一周还没有生效的规则包，不能生成周报"


def _gathered(centre: Centre, first: date, last: date) -> Gathered:
    try:
        return gather(centre.pk, first, last)
    except LookupError:
        raise Http404 from None


def _line(seat: Seat, order: Order) -> dict[str, Any]:
    category = seat.book.categories.get(order.category_id or 0)
    return {
        "order": order,
        "url": reverse("desk:order", args=[order.number]),
        "category": " › ".join(category.path) if category else "",
        "state": order.get_state_display(),
        "at": order.registered_at.astimezone(SHANGHAI),
    }
