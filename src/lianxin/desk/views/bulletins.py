"""The weekly bulletin on the desk: read, opened number by number, taken away, its article written, published."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianxin.bulletins import drill, html, issue
from lianxin.bulletins.gather import gather
from lianxin.bulletins.models import Feature, PublishedFigure
from lianxin.bulletins.weekly import FiguresError
from lianxin.directory.models import Centre
from lianxin.orders import journal
from lianxin.orders.access import SEES_CENTRE
from lianxin.orders.acts import Refused
from lianxin.orders.models import Order

from ..dossier import Dossier
from ..seats import ONLY_LOOKING, DeskRequest, Seat, refuse, seated
from ..weeks import WEEK, Week, named, typed

MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
PAGE = 50


@require_GET
@seated
def latest(request: DeskRequest) -> HttpResponse:
    """The week that was typed, else the last one that has ended."""
    return redirect("desk:bulletin", week=typed(request, timezone.localdate() - WEEK).name)


@require_GET
@seated
def bulletin(request: DeskRequest, week: str) -> HttpResponse:
    """The bulletin as a page; each number leads to the orders that it counts."""
    asked, centre = _asked(request.seat, week)
    made, trouble = _made(centre, asked)
    publication = issue.published(centre, asked.first)
    shown: dict[str, Any] = _frame(request.seat, asked) | {"trouble": trouble, "publication": publication}
    shown["writes"] = request.seat.may("bulletin.article_written")
    shown["publishes"] = request.seat.may("publication.issued")
    paper = issue.as_published(publication) if publication else made and made.bulletin
    if paper:
        there = reverse("desk:behind", args=[asked.name])
        frozen = {"published": 1} if publication else {}
        shown |= html.context(paper, lambda key: f"{there}?{urlencode({'key': key, **frozen})}")
    if publication and made:
        shown["corrections"] = issue.corrections(publication, made)
    return render(request, "desk/bulletin.html", shown)


@require_GET
@seated
def download(request: DeskRequest, week: str, ending: str) -> HttpResponse:
    """The bulletin as a file, as it was published if it was; that it was taken is in the journal."""
    asked, centre = _asked(request.seat, week)
    publication = issue.published(centre, asked.first)
    made, trouble = (None, "") if publication else _made(centre, asked)
    paper = issue.as_published(publication) if publication else made and made.bulletin
    if paper is None:
        messages.error(request, trouble)
        return redirect("desk:bulletin", week=asked.name)
    body = issue.render(paper, f".{ending}")
    payload = {"kind": "weekly", "week": asked.name, "ending": ending}
    journal.write(centre.pk, "bulletin.exported", at=timezone.now(), staff=request.seat.staff.pk, payload=payload)
    disposition = f"attachment; filename*=UTF-8''{quote(f'{paper.name}.{ending}')}"
    return HttpResponse(body, content_type=MEDIA[ending], headers={"Content-Disposition": disposition})


@require_GET
@seated
def orders_behind(request: DeskRequest, week: str) -> HttpResponse:
    """The orders behind one number, as far as the person may see them; a unit asks for its own numbers only."""
    asked, seat, key = named(week), request.seat, request.GET.get("key", "")
    if seat.role not in SEES_CENTRE and not (seat.in_unit and key.endswith(f".unit.{seat.unit.id}")):
        raise Http404
    frozen = "published" in request.GET
    try:
        title, ids = (_frozen if frozen else _counted)(seat, asked, key)
    except LookupError:
        raise Http404 from None
    orders = seat.visible.filter(pk__in=ids).select_related("appeal").order_by("pk")
    page = Paginator(orders, PAGE).get_page(request.GET.get("page"))
    lines = [_line(seat, order) for order in page]
    query = urlencode({"key": key} | ({"published": 1} if frozen else {}))
    shown = {"title": title, "query": query, "page": page, "lines": lines}
    return render(request, "desk/behind.html", _frame(seat, asked) | shown)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def article(request: DeskRequest, week: str) -> HttpResponse:
    """The centre's own article (热线信息) of that week's bulletin."""
    (asked, centre), seat = _asked(request.seat, week), request.seat
    if not seat.may("bulletin.article_written"):
        return refuse(request, ONLY_LOOKING if not seat.acting else "您的岗位不能撰写热线信息。")
    kept = Feature.objects.filter(centre=centre, kind="weekly", first_day=asked.first).first()
    text, problems = kept.text if kept else "", {}
    if request.method == "POST":
        text = request.POST.get("text", "").replace("\r\n", "\n").replace("\0", "")
        try:
            issue.write_article(centre, asked.first, text, actor=seat.actor, at=seat.now)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, "文章已存入本期周报")
            return redirect("desk:bulletin", week=asked.name)
    shown = _frame(seat, asked) | {"text": text, "problem": "；".join(problems.values())}
    return render(request, "desk/article.html", shown, status=422 if problems else 200)


@require_POST
@seated
def publish(request: DeskRequest, week: str) -> HttpResponse:
    """Put the bulletin out: what it prints is frozen."""
    (asked, centre), seat = _asked(request.seat, week), request.seat
    if not seat.may("publication.issued"):
        return refuse(request, ONLY_LOOKING if not seat.acting else "您的岗位不能发布周报。")
    try:
        issue.publish(centre, asked.first, asked.last, actor=seat.actor, at=seat.now)
        messages.success(request, "已发布；此后的数据变化列入更正，不改动已发布的数字")
    except (Refused, FiguresError) as error:
        messages.error(request, str(error))
    except LookupError:
        messages.error(request, NO_PACK)
    return redirect("desk:bulletin", week=asked.name)


NO_PACK = "这一周还没有生效的规则包，不能生成周报"


def _asked(seat: Seat, week: str) -> tuple[Week, Centre]:
    """The week and the centre.  404 for what is no week, or for a post that does not see the centre's figures."""
    if seat.role not in SEES_CENTRE:
        raise Http404
    return named(week), Centre.objects.get(pk=seat.directory.centre_id)


def _frame(seat: Seat, week: Week) -> dict[str, Any]:
    return {"seat": seat, "here": "bulletins", "week": week}


def _counted(seat: Seat, week: Week, key: str) -> tuple[str, list[int]]:
    """What a figure is called, and the orders that it counts now.  Raises LookupError for none."""
    gathered = gather(seat.directory.centre_id, week.first, week.last)
    question = drill.read(gathered, key)
    return question.title, drill.orders_of(gathered, question)


def _frozen(seat: Seat, week: Week, key: str) -> tuple[str, list[int]]:
    """The same of a published figure: the orders that it counted then."""
    figures = PublishedFigure.objects.filter(publication__centre=seat.directory.centre_id, publication__kind="weekly")
    figure = figures.filter(publication__first_day=week.first, key=key).first() if "\x00" not in key else None
    if figure is None:
        raise KeyError(key)
    return figure.title, figure.orders


def _made(centre: Centre, week: Week) -> tuple[issue.Weekly | None, str]:
    """The bulletin, or why there is none (Chinese)."""
    try:
        return issue.weekly(centre, week.first, week.last), ""
    except FiguresError as error:
        return None, str(error)
    except LookupError:
        return None, NO_PACK


def _line(seat: Seat, order: Order) -> dict[str, Any]:
    dossier = Dossier(seat, order)
    return {"order": order, "url": dossier.order_url, "category": dossier.category, "state": dossier.state_title}
