"""A proceeding: its page, the form of a step, opening one, its documents and files; the same for every kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lianxin.bulletins import html, issue, paper
from lianxin.bulletins.document import Bulletin
from lianxin.ledger import attachments, together, verbs
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.deed import World
from lianxin.ledger.models import Attachment, Entry
from lianxin.ledger.others import Others
from lianxin.orders.seen import SENTENCE, Overtaken
from lianxin.proceedings import kinds
from lianxin.proceedings.book import PROCEEDINGS
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.docket import Docket
from lianxin.proceedings.kinds import Kind, Step

from .. import drafts, entered, faults, onward, taken
from ..blocks import BLOCKS
from ..choices import Choices
from ..folio import Folio, Offer
from ..forms import PayloadForm, form_for
from ..seats import ONLY_LOOKING, DeskRequest, Seat, key_of, refuse, seated
from .act import TOKEN
from .behind import PAGE, listed
from .files import GUARD

MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Open:
    """A step's form as it stands open."""

    doing: Offer
    form: PayloadForm
    key: str
    seen: int
    tag: str


def find(seat: Seat, number: str) -> Folio:
    """The proceeding, or 404 without a word whether it exists."""
    folio = Folio.find(seat, number)
    if folio is None:
        raise Http404
    return folio


@require_safe
@seated
def page(request: DeskRequest, number: str) -> HttpResponse:
    """What it is, whom it concerns, what was done, and what this post may do."""
    return _page(request, find(request.seat, number))


@require_safe
@seated
def preview(request: DeskRequest, number: str) -> HttpResponse:
    """The proceeding in short, for the pane beside a queue or a list."""
    folio = find(request.seat, number)
    return render(
        request, "desk/proceeding/preview.html", {"seat": request.seat, "folio": folio, "proceeding": folio.proceeding}
    )


def _page(
    request: DeskRequest, folio: Folio, *, status: int = 200, opened: Open | None = None, refusal: str = ""
) -> HttpResponse:
    shown: dict[str, Any] = {
        "seat": request.seat,
        "here": "proceedings",
        "folio": folio,
        "proceeding": folio.proceeding,
    }
    if (maker := BLOCKS.get(folio.kind.code)) is not None:
        shown |= {"further": maker.draw(folio), "further_template": maker.template}
    shown |= {"opened": opened, "form": opened.form if opened else None, "refusal": refusal}
    return render(request, "desk/proceeding.html", shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def act(request: DeskRequest, number: str, action: str) -> HttpResponse:
    """A step, by its dotted id."""
    folio = find(request.seat, number)
    step = folio.kind.by_step.get(action.partition(".")[2])
    if step is None or folio.kind.action(step) != action or step.by_itself or step.opens:
        raise Http404
    return Taking(request, folio.kind, step, folio).answer()


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def begin(request: DeskRequest, action: str) -> HttpResponse:
    """The form by which one is opened."""
    try:
        kind, step = kinds.step_of(action)
    except KeyError:
        raise Http404 from None
    if not step.opens or step.by_itself:
        raise Http404
    return Taking(request, kind, step, None).answer()


class Taking:
    """One step on its way; `folio` is None where it opens a proceeding."""

    def __init__(self, request: DeskRequest, kind: Kind, step: Step, folio: Folio | None) -> None:
        self.request, self.seat, self.kind, self.step, self.folio = request, request.seat, kind, step, folio
        self.action = kind.action(step)
        self.verb = verbs.get(self.action)
        self.key = key_of(request)
        self.slot = drafts.slot(self.action, folio.proceeding.pk if folio else None)

    def answer(self) -> HttpResponse:
        """GET opens the form, POST takes the step."""
        status, sentence = self._standing()
        if status != 200 and (self.folio is None or self.request.method != "POST"):
            return self._without_form(status, sentence)
        if self.request.method != "POST":
            return self._draw(self._fresh())
        form = self._form(self.request.POST, self.request.FILES)
        if getattr(self.request, "only_shown", False):
            return self._kept(form.restored(self.seat.now), 403, TOKEN)
        if status == 403:
            return self._without_form(status, sentence)
        return self._do(form)

    def _standing(self) -> tuple[int, str]:
        """(200, "") if this seat may take the step now; else the status and the sentence that explain it."""
        if not self.seat.acting:
            return 403, ONLY_LOOKING
        if self.seat.role not in self.step.posts:
            return 403, f"您的岗位不能{self.step.title}。"
        if self.folio is None and not self.kind.opened_in(self.seat.directory, self.seat.post.unit):
            return 403, f"您所在的单位不能{self.step.title}。"
        if self.folio is not None and not self.folio.may(self.step):
            return 409, f"现在是“{self.folio.state}”，不能{self.step.title}。"
        return 200, ""

    def _without_form(self, status: int, sentence: str) -> HttpResponse:
        if self.folio is None:
            return refuse(self.request, sentence)
        return _page(self.request, self.folio, status=status, refusal=sentence)

    # --- the form -----------------------------------------------------------------------------
    def _form(self, data: Any = None, sent: Any = None) -> PayloadForm:
        seat = self.seat
        choices = Choices(seat.directory, self.folio.pack if self.folio else seat.pack)
        choices.affair = self.folio.proceeding if self.folio else None
        known = self._known() if data is None else {}
        return form_for(self.verb.payload, choices, data, sent, initial=known, files=True)

    def _known(self) -> dict[str, Any]:
        """What the link that led here says: of which order, and what of it."""
        said = {name: self.request.GET.get(name, "") for name in ("order", "level")}
        numbers = {"numbers": [said["order"]]} if said["order"] else {}
        return numbers | ({"level": said["level"]} if said["level"] else {})

    def _fresh(self) -> PayloadForm:
        """The form as its person left it, else an empty one."""
        draft = drafts.take_up(self.seat.staff.pk, self.slot)
        if draft is None:
            return self._form()
        self.key = draft.key or self.key
        return self._form(draft.data).restored(draft.at)

    def _draw(self, form: PayloadForm, status: int = 200, refusal: str = "") -> HttpResponse:
        seat, folio = self.seat, self.folio
        tag = drafts.tag(seat.staff.pk, self.slot)
        if folio is not None:
            opened = Open(folio.offer(self.step), form, self.key, folio.proceeding.head_number, tag)
            return _page(self.request, folio, status=status, opened=opened, refusal=refusal)
        doing = Offer(self.action, self.step.title, self.step.icon, reverse("desk:proceeding_new", args=[self.action]))
        shown: dict[str, Any] = {"seat": seat, "here": "proceedings", "kind": self.kind, "form": form}
        shown |= {"opened": Open(doing, form, self.key, 0, tag), "refusal": refusal}
        return render(self.request, "desk/proceeding_new.html", shown, status=status)

    # --- the act ------------------------------------------------------------------------------
    def _do(self, form: PayloadForm) -> HttpResponse:
        """Through the ledger; what it refuses stands beside the fields, and what was typed stays."""
        request, seat, folio = self.request, self.seat, self.folio
        if not form.is_valid():
            form.blame(self._further(form))
            return self._kept(form, 422)
        number = folio.proceeding.number if folio else ""
        deed = Act(self.action, seat.actor, seat.now, form.payload(), number=number, key=f"desk:{self.key}")
        try:
            deed = replace(
                deed, files=form.handed_in(), seen=entered.number(request.POST.get("seen", "")) if folio else None
            )
            done = together.record(deed, [drafts.accepted(seat.staff.pk, self.key)])
        except Overtaken:
            return self._kept(form, 409, SENTENCE)
        except Refused as refused:
            form.blame(refused.problems | {k: v for k, v in self._further(form).items() if k not in refused.problems})
            return self._kept(form, 409 if set(refused.problems) == {""} else 422)
        root = done.after.root if done.after is not None else None
        messages.success(request, f"已{self.step.title}")
        where = number or (root.number if root is not None else "")
        return onward.go(request, reverse("desk:proceeding", args=[where]) if where else reverse("desk:proceedings"))

    def _further(self, form: PayloadForm) -> dict[str, str]:
        """What else is wrong with the form."""
        deed = self._asking()
        deed.file_count = len(form.handed_in())
        found = faults.all_of(deed, self.verb, form.payload())
        return {name: text for name, text in found.items() if not form.names(name)}

    def _asking(self) -> Deed[Any]:
        """A deed that only asks."""
        seat, folio = self.seat, self.folio
        directory = seat.directory
        if folio is not None:
            docket, pack = Docket(folio.proceeding), folio.pack
        else:
            pack = seat.pack
            facts = {"number": "", "pack": f"{pack.id}@{pack.version}", "home": directory.root.id}
            docket = PROCEEDINGS.begin(0, directory.centre_id, seat.now, facts)
        return Deed(
            docket=docket,
            actor=seat.actor,
            payload=None,
            at=seat.now,
            recorded_at=seat.now,
            entry_number=docket.root.head_number + 1,
            world=World(directory, pack, Others()),
        )

    def _kept(self, form: PayloadForm, status: int, refusal: str = "") -> HttpResponse:
        """The form again, as it was posted; what was typed is kept beyond this page too."""
        posted = self.request.POST
        drafts.keep_typed(self.seat.staff.pk, self.slot, posted, self.seat.now, form.typed(self._form()))
        form.point_out()
        return self._draw(form, status, refusal)


# --- the orders behind its numbers -------------------------------------------------------------
@require_safe
@seated
def orders_behind(request: DeskRequest, number: str) -> HttpResponse:
    """The orders behind a number of the block that its kind has, as far as the person may see them."""
    seat, folio = request.seat, find(request.seat, number)
    of, unit = request.GET.get("of", ""), request.GET.get("unit", "")
    try:
        title, ids = BLOCKS[folio.kind.code].behind(folio, of, unit)
    except KeyError:
        raise Http404 from None
    found = seat.whole.filter(pk__in=ids).select_related("appeal").order_by("pk")
    rows = Paginator(found, PAGE).get_page(request.GET.get("page"))
    lines = [listed(seat, order) for order in rows]
    shown: dict[str, Any] = {"seat": seat, "here": "proceedings", "folio": folio, "title": title, "page": rows}
    return render(request, "desk/behind.html", shown | {"lines": lines, "query": urlencode({"of": of, "unit": unit})})


# --- documents and files ----------------------------------------------------------------------
@require_safe
@seated
def document(request: DeskRequest, number: str, entry: int) -> HttpResponse:
    """A document as it was issued, as a page."""
    folio, bulletin, at = _issued(request.seat, number, entry)
    shown: dict[str, Any] = {"seat": request.seat, "here": "proceedings", "folio": folio, "entry": entry, "at": at}
    return render(request, "desk/paper.html", shown | html.context(bulletin))


@require_safe
@seated
def download(request: DeskRequest, number: str, entry: int, ending: str) -> HttpResponse:
    """The same as a file; that it was taken is in the journal."""
    seat = request.seat
    if ending not in MEDIA:
        raise Http404
    folio, bulletin, _ = _issued(seat, number, entry)
    body = issue.render(bulletin, f".{ending}")
    taken.note(seat, "proceeding.exported", number=folio.proceeding.number, entry=entry, ending=ending)
    name = f"{bulletin.title}{folio.proceeding.number}.{ending}"
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return HttpResponse(body, content_type=MEDIA[ending], headers={"Content-Disposition": disposition})


def _issued(seat: Seat, number: str, entry: int) -> tuple[Folio, Bulletin, datetime]:
    folio = find(seat, number)
    rows = Entry.objects.filter(proceeding=folio.proceeding, number=entry).select_related("enclosure", "proceeding")
    row = rows.first()
    bulletin = paper.issued(row, folio.proceeding.number, seat.directory.root.name) if row else None
    if bulletin is None or row is None:
        raise Http404
    return folio, bulletin, row.at


@require_safe
@seated
def file(request: DeskRequest, number: str, file: int) -> HttpResponseBase:
    """One file: an image is shown, all else is saved."""
    folio = find(request.seat, number)
    row = Attachment.objects.filter(proceeding=folio.proceeding, pk=file).first()
    if row is None:
        raise Http404
    try:
        opened = attachments.place_of(row.path).open("rb")
    except OSError as error:
        raise Http404 from error
    return FileResponse(
        opened, as_attachment=not row.is_image, filename=row.name, content_type=row.media_type, headers=GUARD
    )
