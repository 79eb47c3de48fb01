"""The weekly bulletin on the desk: read, opened number by number, taken away, its article written, published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from lianxin.bulletins import drill, html, issue
from lianxin.bulletins.document import Article
from lianxin.bulletins.gather import Gathered, gather
from lianxin.bulletins.models import Publication, PublishedFigure
from lianxin.bulletins.weekly import FiguresError
from lianxin.directory.models import Centre
from lianxin.figures.choosing import Unready
from lianxin.figures.engines import Behind
from lianxin.figures.kept import kept
from lianxin.ledger import backdated
from lianxin.ledger.acts import Refused
from lianxin.orders.reach import SEES_CENTRE
from lianxin.rules.formulas import NOTHING

from .. import drafts, onward, taken
from ..engines import Against, choices, counting
from ..engines import named as named_engine
from ..seats import ONLY_LOOKING, SUPERVISES, DeskRequest, Seat, refuse, seated
from ..undisclosed import undisclosed
from ..weeks import WEEK, Week, moment_in, named, stamped, typed
from .act import TOKEN
from .behind import PAGE, listed

MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


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
    publication = issue.published(centre, asked.first)
    if named_engine(request) != "book":
        return _by_another(request, asked, centre, publication)
    # What has been corrected since counts corrected: in the comparison with what is out, or in the draft if asked for.
    later, trouble = (None, "") if asked.running else _made(centre, asked, request.seat.now)
    counted_in = "corrected" in request.GET and later is not None
    draft, trouble = (later, trouble) if publication or counted_in else _made(centre, asked)
    shown: dict[str, Any] = _frame(request.seat, asked) | {"trouble": trouble, "publication": publication}
    shown["writes"] = request.seat.may("bulletin.article_written")
    shown["publishes"] = request.seat.may("publication.issued")
    shown["engines"] = choices(request)
    paper = issue.as_published(publication) if publication else draft and draft.bulletin
    there = reverse("desk:behind", args=[asked.name])
    if paper:
        how = {"published": 1} if publication else {"corrected": 1} if counted_in else {}
        shown |= html.context(paper, lambda key: f"{there}?{urlencode({'key': key, **how})}")
    if later:
        plain = None if publication else _made(centre, asked)[0] if counted_in else draft
        lines = issue.corrections(publication, later) if publication else plain and issue.pending(plain, later)
        shown["corrections"] = [(line, _now(there, line)) for line in lines or ()]
        shown["counted_in"] = counted_in and not publication
    return render(request, "desk/bulletin.html", shown)


def _by_another(request: DeskRequest, asked: Week, centre: Centre, publication: Publication | None) -> HttpResponse:
    """The week as another engine than the book counts it, held against what was published or the book counts."""
    days, stamp = (asked.first, asked.last), (backdated.stamp(centre.pk), request.seat.directory.stamp)
    # Of what was published as it was known then.
    as_of = (publication.cutoff, publication.known) if publication else (None, None)
    try:
        with counting(request) as on:
            title, key = on.title, ("bulletin", centre.pk, asked.first, on.title, on.until, as_of)
            made = kept(key, stamp, lambda: issue.weekly(centre, *days, *as_of, on=on))
        cutoff = made.gathered.scope.cutoff
        ours = issue.as_published(publication) if publication else issue.weekly(centre, *days, cutoff).bulletin
    except (Unready, Behind, FiguresError) as error:
        messages.error(request, str(error))
    except LookupError:
        messages.error(request, NO_PACK)
    else:
        what = "已发布的周报" if publication else "账目"
        counted, told = issue.printed(made.bulletin), issue.printed(ours)
        against = Against.of(title, counted, told, lambda key: _called(made.gathered, key), what)
        there = reverse("desk:behind", args=[asked.name])
        at = {"at": stamped(cutoff)} if cutoff < made.gathered.scope.end else {}
        shown = _frame(request.seat, asked) | {"engines": choices(request), "against": against}
        shown |= html.context(made.bulletin, lambda key: f"{there}?{urlencode({'key': key, **at})}")
        return render(request, "desk/bulletin.html", shown)
    return redirect("desk:bulletin", week=asked.name)


def _called(gathered: Gathered, key: str) -> str:
    """What a printed number is, in words."""
    try:
        return drill.read(gathered, key).title
    except LookupError:
        return key


@require_GET
@seated
def download(request: DeskRequest, week: str, ending: str) -> HttpResponse:
    """The bulletin as a file, as it was published if it was; that it was taken is in the journal."""
    asked, centre = _asked(request.seat, week)
    publication = issue.published(centre, asked.first)
    made, trouble = (None, "") if publication else _made(centre, asked)
    paper = issue.as_published(publication) if publication else made.bulletin if made else None
    if paper is None:
        messages.error(request, trouble)
        return redirect("desk:bulletin", week=asked.name)
    body = issue.render(paper, f".{ending}")
    taken.note(request.seat, "bulletin.exported", kind="weekly", week=asked.name, ending=ending)
    disposition = f"attachment; filename*=UTF-8''{quote(f'{paper.name}.{ending}')}"
    return HttpResponse(body, content_type=MEDIA[ending], headers={"Content-Disposition": disposition})


@require_GET
@seated
def orders_behind(request: DeskRequest, week: str) -> HttpResponse:
    """The orders behind one number, as far as the person may see them; a unit asks for its own numbers only."""
    asked, seat, key = named(week), request.seat, request.GET.get("key", "")
    if ".dispatcher." in key and seat.role not in SUPERVISES and not key.endswith(f".dispatcher.{seat.staff.pk}"):
        raise Http404  # what others did is the supervisor's to see
    if seat.role not in SEES_CENTRE and not (seat.in_unit and key.endswith(f".unit.{seat.unit.id}")):
        raise Http404
    how = {name: request.GET[name] for name in ("published", "corrected", "at") if name in request.GET}
    cutoff = moment_in(how.get("at", ""), asked)
    known = seat.now if "corrected" in how and not asked.running else None
    try:
        found = _frozen(seat, asked, key) if "published" in how else _counted(seat, asked, key, cutoff, known)
    except LookupError:
        raise Http404 from None
    title, ids = found
    orders = seat.whole.filter(pk__in=ids).select_related("appeal").order_by("pk")
    page = Paginator(orders, PAGE).get_page(request.GET.get("page"))
    lines = [listed(seat, order) for order in page]
    shown: dict[str, Any] = {"title": title, "query": urlencode({"key": key} | how), "page": page, "lines": lines}
    shown["corrected"] = known is not None
    return render(request, "desk/behind.html", _frame(seat, asked) | shown)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def article(request: DeskRequest, week: str) -> HttpResponse:
    """The centre's own article (热线信息) of that week's bulletin."""
    (asked, centre), seat = _asked(request.seat, week), request.seat
    if not seat.may("bulletin.article_written"):
        return refuse(request, ONLY_LOOKING if not seat.acting else "您的岗位不能撰写热线信息。")
    slot = f"article:{asked.name}"
    if request.method != "POST":
        draft = drafts.take_up(seat.staff.pk, slot)
        mine, at = (draft.data, draft.at) if draft else (None, None)
        return _writing(request, asked, centre, slot, mine, restored_at=at)
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\0", "")
    try:
        if getattr(request, "only_shown", False):
            raise Refused({"text": TOKEN})
        issue.write_article(centre, asked.first, text, actor=seat.actor, at=seat.now, over=request.POST.get("over"))
    except Refused as refused:
        drafts.keep(seat.staff.pk, slot, request.POST, seat.now)
        problem = "；".join(refused.problems.values())
        return _writing(request, asked, centre, slot, request.POST, problem=problem)
    drafts.drop(seat.staff.pk, slot)
    messages.success(request, "文章已存入本期周报")
    return onward.go(request, reverse("desk:bulletin", args=[asked.name]))


def _writing(
    request: DeskRequest, asked: Week, centre: Centre, slot: str, mine: Any, *, problem: str = "", **more: Any
) -> HttpResponse:
    """The page on which the article is written: `mine` is what its person has typed, if anything, and over what.

    Where somebody else has changed the article meanwhile, both texts stand there, and the next click goes over theirs.
    """
    standing = issue.article_of(centre, asked.first)
    text = standing if mine is None else mine.get("text", "")
    stale = mine is not None and mine.get("over", issue.mark_of(standing)) != issue.mark_of(standing)
    shown = _frame(request.seat, asked) | {"text": text, "problem": problem or (issue.OVERTAKEN if stale else "")}
    shown |= {"theirs": standing if stale and text != standing else "", "over": issue.mark_of(standing)}
    shown |= {"tag": drafts.tag(request.seat.staff.pk, slot), **more}
    return render(request, "desk/article.html", shown, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def publish(request: DeskRequest, week: str) -> HttpResponse:
    """Put the bulletin out: what it prints is frozen.  First a page says what that means, then it is done."""
    (asked, centre), seat = _asked(request.seat, week), request.seat
    if not seat.may("publication.issued"):
        return refuse(request, ONLY_LOOKING if not seat.acting else "您的岗位不能发布周报。")
    back = redirect("desk:bulletin", week=asked.name)
    if issue.published(centre, asked.first):
        messages.error(request, issue.ALREADY)
        return back
    if asked.running:
        messages.error(request, issue.NOT_OVER)
        return back
    if request.method != "POST":
        return _confirm(request, asked, centre)
    read = request.POST.get("read")
    if not read:
        messages.error(request, NOT_READ)
        return _confirm(request, asked, centre, status=422)
    try:
        known = _until(request.POST.get("known", ""), seat.now)
        issue.publish(centre, asked.first, asked.last, actor=seat.actor, at=seat.now, known=known, read=read)
        messages.success(request, "已发布；此后的数据变化列入更正，不改动已发布的数字")
    except (Refused, FiguresError) as error:
        messages.error(request, str(error))
        return _confirm(request, asked, centre) if str(error) == issue.CHANGED else back
    except LookupError:
        messages.error(request, NO_PACK)
    return back


def _confirm(request: DeskRequest, week: Week, centre: Centre, status: int = 200) -> HttpResponse:
    """What is about to be frozen, and what has been corrected since the cut-off, to be counted in or not."""
    now = request.seat.now
    draft, trouble = _made(centre, week)
    later, _ = _made(centre, week, now)
    if draft is None or later is None:
        messages.error(request, trouble)
        return redirect("desk:bulletin", week=week.name)
    lines = issue.pending(draft, later)
    counted_in = bool(lines) and "corrected" in (request.POST or request.GET)
    made = later if counted_in else draft
    shown = {
        "made": made,
        "figures": made.gathered.figures,
        "corrections": [(line, "") for line in lines],
        "counted_in": counted_in,
        "known": stamped(now) if counted_in else "",
        "read": issue.fingerprint(made),
        "article": any(isinstance(block, Article) for block in made.bulletin.blocks),
        "undisclosed": undisclosed(request.seat, draft.gathered.scope),
    }
    return render(request, "desk/publish.html", _frame(request.seat, week) | shown, status=status)


def _until(text: str, now: datetime) -> datetime | None:
    """Up to when the draft that was read counted corrections in."""
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    return min(datetime.fromtimestamp(int(text) // 1_000_000, UTC) + timedelta(microseconds=int(text) % 1_000_000), now)


def _now(there: str, line: issue.Correction) -> str:
    """Where the orders stand that a corrected number counts; nowhere for none."""
    return "" if line.now in ("0", NOTHING) else f"{there}?{urlencode({'key': line.key, 'corrected': 1})}"


NOT_READ = "没有发布：须先核对本页列出的内容。请核对后再点“发布”。"
NO_PACK = "这一周还没有生效的规则包，不能生成周报"


def _asked(seat: Seat, week: str) -> tuple[Week, Centre]:
    """The week and the centre.  404 for what is no week, or for a post that does not see the centre's figures."""
    if seat.role not in SEES_CENTRE:
        raise Http404
    return named(week), Centre.objects.get(pk=seat.directory.centre_id)


def _frame(seat: Seat, week: Week) -> dict[str, Any]:
    return {"seat": seat, "here": "bulletins", "week": week}


def _counted(
    seat: Seat, week: Week, key: str, cutoff: datetime | None, known: datetime | None
) -> tuple[str, list[int]]:
    """What a figure is called, and the orders that it counts now.  Raises LookupError for none."""
    gathered = gather(seat.directory.centre_id, week.first, week.last, cutoff, known)
    question = drill.read(gathered, key)
    return question.title, drill.orders_of(gathered, question)


def _frozen(seat: Seat, week: Week, key: str) -> tuple[str, list[int]]:
    """The same of a published figure: the orders that it counted then."""
    figures = PublishedFigure.objects.filter(publication__centre=seat.directory.centre_id, publication__kind="weekly")
    figure = figures.filter(publication__first_day=week.first, key=key).first() if "\x00" not in key else None
    if figure is None:
        raise KeyError(key)
    return figure.title, figure.orders


def _made(centre: Centre, week: Week, known: datetime | None = None) -> tuple[issue.Weekly | None, str]:
    """The bulletin, or why there is none (Chinese); with what was corrected up to `known`."""
    try:
        return issue.weekly(centre, week.first, week.last, known=known), ""
    except FiguresError as error:
        return None, str(error)
    except LookupError:
        return None, NO_PACK
