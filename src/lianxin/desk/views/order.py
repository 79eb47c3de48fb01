"""The order page, and its short form beside a queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from .. import faces, glimpse, knowledge, phrases, presence, proposed, pulse
from ..changes import Changes
from ..dossier import Dossier
from ..faces import UNMASK
from ..folio import openings
from ..forms import PayloadForm
from ..glimpse import Glimpse
from ..offers import Offer, Offers, offers
from ..proposed import DISPATCH
from ..seats import DeskRequest, Seat, fresh_key, seated


@seated
def order(request: DeskRequest, number: str) -> HttpResponse:
    """Facts, requests, who has done what, and what this post may do."""
    return page(request, look(request.seat, number))


@seated
def preview(request: DeskRequest, number: str) -> HttpResponse:
    """The order in short, for the pane beside a queue."""
    dossier = look(request.seat, number)
    if (glimpsed := through_sight(dossier)) is not None:
        return render(request, "desk/order/_glimpse.html", glimpsed | {"offers": offers(request.seat, dossier)})
    shown = context(request.seat, dossier)
    queue = request.GET.get("queue", "")
    code = queue if queue.isidentifier() else ""
    return render(request, "desk/preview.html", shown | {"back": f"/?queue={code}" if code else "", "queue_code": code})


@require_safe
@seated
def slip(request: DeskRequest, number: str) -> HttpResponse:
    """The order as one sheet to hand over and to sign (交办单): what is asked, of whom, until when, by which clause."""
    dossier = find(request.seat, number)
    return render(request, "desk/slip.html", {"seat": request.seat, "dossier": dossier, "order": dossier.order})


def look(seat: Seat, number: str) -> Dossier:
    """The order as far as the person may see it, or 404 without a word whether it exists."""
    dossier = Dossier.look(seat, number) if "\x00" not in number else None
    if dossier is None or (not dossier.is_whole and dossier.view is None):
        raise Http404
    return dossier


def through_sight(dossier: Dossier) -> dict[str, Any] | None:
    """What a page of an order shows that is only shown to the person; None where he sees it whole.  Noted down."""
    seen = dossier.view
    if dossier.is_whole or seen is None:
        return None
    glimpse.note(dossier.seat, dossier.order, seen)
    return {"seat": dossier.seat, "here": "shown", "dossier": dossier, "glimpse": Glimpse(dossier, seen)}


def find(seat: Seat, number: str) -> Dossier:
    """The order whole, or 404 without a word whether it exists."""
    dossier = Dossier.find(seat, number) if "\x00" not in number else None
    if dossier is None:
        raise Http404
    return dossier


@dataclass(frozen=True, slots=True)
class Open:
    """A verb's form as it stands open on the order's page."""

    doing: Offer
    form: PayloadForm
    key: str
    #: the last entry that this page shows
    seen: int
    #: whose form it is, and which (`drafts.tag`)
    tag: str
    #: what changed since the person opened it
    news: Changes | None
    #: the queue that he works through
    queue: str

    @property
    def again(self) -> str:
        """Where it opens anew."""
        said = {"share": self.doing.share, "queue": self.queue}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{self.doing.url}?{query}" if query else self.doing.url


def context(seat: Seat, dossier: Dossier) -> dict[str, Any]:
    """What every drawing of an order needs."""
    pk = dossier.order.pk
    signs, counted = dossier.along(presence.question(seat, [pk]), pulse.question(seat))
    busy = presence.sentence(seat, pk, signs)
    shown: dict[str, Any] = {"seat": seat, "here": "order", "dossier": dossier, "order": dossier.order}
    shown["openings"] = list(openings(seat, of_orders=True))
    if seat.takes("order.shown"):
        shown["shown_to"] = glimpse.shown_to(dossier)
    return shown | {"offers": offers(seat, dossier), "busy": busy, "pulse": counted}


def page(
    request: DeskRequest,
    dossier: Dossier,
    *,
    status: int = 200,
    opened: Open | None = None,
    refusal: str = "",
    revealed: dict[str, str] | None = None,
) -> HttpResponse:
    """The order page; with `opened` a form is open, with `revealed` the caller is shown this once."""
    template, shown = "desk/glimpse.html", through_sight(dossier)
    if shown is None:
        template, shown = "desk/order.html", context(request.seat, dossier)
    else:
        shown["offers"] = offers(request.seat, dossier)
    doing = opened.doing if opened else None
    shown |= {"opened": opened, "doing": doing, "form": opened.form if opened else None}
    if doing and dossier.is_whole and phrases.takes_texts(doing.action):
        shown["phrases_url"] = reverse("desk:phrases_for", args=[dossier.order.number, doing.action])
    shown["others"] = shown["offers"].instead_of(doing.action) if doing else []
    if dossier.is_whole:
        shown |= _proposed(dossier, shown["offers"], doing)
        if doing and doing.action == knowledge.ANSWER and dossier.pack.knowledge.named:
            shown["rests"] = knowledge.beside(dossier)
    shown |= {"refusal": refusal, "revealed": revealed, "asked_for": _asked_for(request, doing)}
    shown["taken_item"] = proposed.item(request.POST)
    shown["asked_share"] = request.POST.get("share") or request.GET.get("share") or ""
    return render(request, template, shown, status=status)


def _proposed(dossier: Dossier, offered: Offers, doing: Offer | None) -> dict[str, Any]:
    """What the catalogue proposes where this person dispatches the order now."""
    able = [offered.primary, *offered.main]
    dispatches = doing.action == DISPATCH if doing else any(one is not None and one.action == DISPATCH for one in able)
    if not dispatches:
        return {}
    url = reverse("desk:act", args=[dossier.order.number, DISPATCH])
    found, refusals = proposed.beside(dossier)
    shown = {"proposals": found, "refusals": refusals, "taking": doing is not None}
    return shown | {"take_url": url, "take_key": fresh_key()}


def _asked_for(request: DeskRequest, doing: Offer | None) -> str:
    """The verb whose form waits while the caller's number is asked for; it is open again with the number."""
    if doing is None or doing.action != UNMASK:
        return ""
    wanted = request.POST.get("for") or request.GET.get("for") or ""
    return wanted if wanted in faces.in_order() else ""
