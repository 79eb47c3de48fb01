"""知识库: articles looked up, read with their versions and the orders that rest on them, drafted, approved."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.intake.knowledge import keeping, lookup
from lianxin.intake.knowledge.keeping import Overtaken
from lianxin.intake.models import Article

from .. import entered, knowledge
from ..seats import ONLY_LOOKING, DeskRequest, Seat, refuse, seated

PAGE = 50
CHANGED = "这篇文章刚刚被别人更改过，或者已有待审核的草稿，请核对最新内容后再提交"


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """A page of them, or what had no answer."""
    seat, asked = request.seat, knowledge.asked(request.GET)
    shown: dict[str, Any] = {"seat": seat, "here": "knowledge", "asked": asked, "query": asked.query}
    shown["states"] = [(code, title, code == asked.state) for code, title in knowledge.STATES.items()]
    shown["writes"] = seat.may(knowledge.DRAFTED)
    if asked.state == "gaps":
        shown["page"] = Paginator(knowledge.gaps(seat), PAGE).get_page(request.GET.get("page"))
    else:
        page = Paginator(knowledge.listed(seat, asked), PAGE).get_page(request.GET.get("page"))
        shown |= {"page": page, "lines": [(row, knowledge.marks_of(row, seat.now)) for row in page]}
    return render(request, "desk/knowledge.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def new(request: DeskRequest) -> HttpResponse:
    """A new article; of the category of a gap, if it comes from one."""
    seat = request.seat
    if not seat.may(knowledge.DRAFTED):
        return refuse(request, _why_not(seat))
    if request.method != "POST":
        category = entered.number(request.GET.get("category"), 12)
        first = {
            "valid_from": lookup.day_of(seat.now),
            "category": category if category in seat.directory.categories else None,
        }
        return _draw(request, [], knowledge.ArticleForm(seat, initial=first))
    return _drafted(request, [], None)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def page(request: DeskRequest, article: str) -> HttpResponse:
    """An article with its versions; to whoever keeps it, the form of the next."""
    seat, versions = request.seat, _versions(request.seat, article)
    last = versions[0]
    over = next((row for row in versions if row.since is not None and row.until is None), None)
    keeps = knowledge.keeps(seat, last) and over is not None and not last.is_draft
    if request.method == "POST":
        return _drafted(request, versions, over) if keeps else refuse(request, _why_not(seat))
    form = knowledge.ArticleForm(seat, initial=knowledge.initial(last)) if keeps else None
    return _draw(request, versions, form)


@require_POST
@seated
def decide(request: DeskRequest, article: str, verdict: str) -> HttpResponse:
    """The draft approved or dropped, the article taken out of use."""
    seat, versions = request.seat, _versions(request.seat, article)
    last = versions[0]
    if request.POST.get("version") != str(last.version):
        return _draw(request, versions, None, status=409, refusal=CHANGED)
    own = last.drafted_by_id == seat.staff.pk
    allowed = seat.may(knowledge.APPROVED) or (verdict == "drop" and own)
    if verdict not in _DECIDE or not allowed:
        return refuse(request, _why_not(seat))
    if verdict == "approve" and own:
        return _draw(request, versions, None, status=422, refusal="本人起草的文章由他人审核")
    try:
        _DECIDE[verdict][0](last, seat.staff.pk, seat.now)
    except Overtaken:
        return _draw(request, _versions(seat, article), None, status=409, refusal=CHANGED)
    messages.success(request, _DECIDE[verdict][1])
    return redirect("desk:knowledge")


_DECIDE: dict[str, tuple[Any, str]] = {
    "approve": (keeping.approve, "已审核，即时启用"),
    "drop": (keeping.drop, "草稿已撤销"),
    "retire": (keeping.retire, "已停用"),
}


# --- parts ----------------------------------------------------------------------------------------
def _versions(seat: Seat, code: str) -> list[Article]:
    """All versions of an article but dropped drafts, the newest first.  Raises Http404."""
    rows = Article.objects.filter(centre=seat.directory.centre_id, code=code, dropped_at=None)
    found = list(rows.select_related("unit", "category", "drafted_by", "approved_by").order_by("-version")[:50])
    if not found:
        raise Http404
    return found


def _drafted(request: DeskRequest, versions: list[Article], over: Article | None) -> HttpResponse:
    seat = request.seat
    form = knowledge.ArticleForm(seat, request.POST)
    if over is not None and request.POST.get("version") != str(over.version):
        return _draw(request, versions, form, status=409, refusal=CHANGED)
    if not form.is_valid():
        return _draw(request, versions, form, status=422)
    try:
        kept = keeping.draft(form.article(seat), over)
    except Overtaken:
        return _draw(request, versions, form, status=409, refusal=CHANGED)
    messages.success(request, "已保存草稿，审核以后启用")
    return redirect("desk:article", article=kept.code)


def _draw(
    request: DeskRequest,
    versions: list[Article],
    form: knowledge.ArticleForm | None,
    *,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    seat, last = request.seat, versions[0] if versions else None
    shown: dict[str, Any] = {"seat": seat, "here": "knowledge", "form": form, "refusal": refusal, "last": last}
    shown["versions"] = [(row, knowledge.marks_of(row, seat.now)) for row in versions]
    if last is not None:
        number, orders = knowledge.used(seat, versions)
        own, approves = last.drafted_by_id == seat.staff.pk, seat.may(knowledge.APPROVED)
        shown |= {"used": number, "orders": orders, "approves": approves and last.is_draft and not own}
        shown["drops"] = last.is_draft and seat.acting and (own or approves)
        shown["retires"] = approves and last.since is not None and last.until is None
    return render(request, "desk/knowledge_article.html", shown, status=status)


def _why_not(seat: Seat) -> str:
    if not seat.acting:
        return ONLY_LOOKING
    return "知识库文章由维护单位的经办人和负责人起草、更新，由中心的派单员、督办员审核。"
