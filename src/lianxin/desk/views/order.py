"""The order page, and its short form beside a queue."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.orders.models import Order

from ..dossier import Dossier
from ..forms import PayloadForm
from ..offers import Offer, offers
from ..seats import DeskRequest, Seat, seated


@seated
def order(request: DeskRequest, number: str) -> HttpResponse:
    """Facts, requests, who has done what, and what this post may do."""
    return page(request, find(request.seat, number))


@seated
def preview(request: DeskRequest, number: str) -> HttpResponse:
    """The order in short, for the pane beside a queue."""
    shown = context(request.seat, find(request.seat, number))
    queue = request.GET.get("queue", "")
    return render(request, "desk/preview.html", shown | {"back": f"/?queue={queue}" if queue.isidentifier() else ""})


@require_safe
@seated
def slip(request: DeskRequest, number: str) -> HttpResponse:
    """The order as one sheet to hand over and to sign (交办单): what is asked, of whom, until when, by which clause."""
    dossier = find(request.seat, number)
    return render(request, "desk/slip.html", {"seat": request.seat, "dossier": dossier, "order": dossier.order})


def find(seat: Seat, number: str) -> Dossier:
    """The order, or 404 without a word whether it exists."""
    dossier = Dossier.find(seat, number) if "\x00" not in number else None
    if dossier is None:
        raise Http404
    return dossier


def id_for_ledger(seat: Seat, number: str) -> int:
    """The id of an order of the centre; 404 if there is none.

    Only for the ledger, which asks by itself whose order it is, and more strictly; a third of an act's time would go
    into asking twice.  What it refuses is answered by `find`.
    """
    if "\x00" in number:
        raise Http404
    found = list(Order.objects.filter(centre=seat.directory.centre_id, number=number).values_list("pk", flat=True))
    if not found:
        raise Http404
    return found[0]


def context(seat: Seat, dossier: Dossier) -> dict[str, Any]:
    """What every drawing of an order needs."""
    return {"seat": seat, "here": "order", "dossier": dossier, "order": dossier.order, "offers": offers(seat, dossier)}


def page(
    request: DeskRequest,
    dossier: Dossier,
    *,
    status: int = 200,
    doing: Offer | None = None,
    form: PayloadForm | None = None,
    key: str = "",
    refusal: str = "",
    revealed: dict[str, str] | None = None,
) -> HttpResponse:
    """The order page; with `doing` its form is open, with `revealed` the caller is shown this once."""
    shown = context(request.seat, dossier)
    shown |= {"doing": doing, "form": form, "key": key, "refusal": refusal, "revealed": revealed}
    return render(request, "desk/order.html", shown, status=status)
