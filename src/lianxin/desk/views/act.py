"""Taking a verb: GET opens its form on the order page, POST does it through the ledger."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from lianxin.orders import callers, ledger, verbs
from lianxin.orders.access import offered, refusal
from lianxin.orders.acts import Act, Refused
from lianxin.orders.models import Assignment
from lianxin.orders.verbs import Verb
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import Transition

from .. import said
from ..choices import Choices
from ..dossier import Dossier
from ..forms import PayloadForm, form_for
from ..offers import LOOKS, UNMASK, Look, Offer
from ..seats import ONLY_LOOKING, DeskRequest, Seat, key_of, seated
from ..uploads import ASKED_BY
from .order import find, page


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def act(request: DeskRequest, number: str, action: str) -> HttpResponse:
    """A verb of an order, by its dotted id."""
    dossier = find(request.seat, number, whole=request.method != "POST")
    if action not in set(verbs.registered()) or (action not in LOOKS and action != UNMASK):
        raise Http404
    verb, row = verbs.get(action), lifecycle.find(action)
    share = _share(dossier, row, request.POST.get("share") or request.GET.get("share") or "")
    doing = Offer(action, row.title, LOOKS.get(action, Look("eye")), request.path, share.pk if share else None)
    if request.method != "POST":
        return _ask(request, dossier, verb, doing, share)
    return _do(request, dossier, verb, doing, share)


def _ask(
    request: DeskRequest, dossier: Dossier, verb: Verb[Any], doing: Offer, share: Assignment | None
) -> HttpResponse:
    status, sentence = standing(request.seat, dossier, lifecycle.find(doing.action), share)
    if status != 200:
        return page(request, dossier, status=status, refusal=sentence)
    form = form_for(verb.payload, _choices(dossier, doing.action, share), files=doing.action in ASKED_BY)
    return page(request, dossier, doing=doing, form=form, key=uuid.uuid4().hex)


def _do(
    request: DeskRequest, dossier: Dossier, verb: Verb[Any], doing: Offer, share: Assignment | None
) -> HttpResponse:
    seat, key = request.seat, key_of(request)
    choices, asks = _choices(dossier, doing.action, share), doing.action in ASKED_BY
    form = form_for(verb.payload, choices, request.POST, request.FILES, files=asks)
    if not seat.acting:
        return page(request, dossier, status=403, doing=doing, form=form, key=key, refusal=ONLY_LOOKING)
    if not form.is_valid():
        form.point_out()
        return page(request, dossier, status=422, doing=doing, form=form, key=key)
    payload = form.payload()
    if share is not None:
        payload["assignment"] = share.pk
    try:
        pk, files = dossier.order.pk, form.handed_in()
        done = ledger.record(Act(doing.action, seat.actor, seat.now, payload, order=pk, key=f"desk:{key}", files=files))
    except Refused as refused:
        return _refused(request, dossier, doing, form, key, share, refused)
    if doing.action == UNMASK:
        return _reveal(request, find(seat, dossier.order.number), repeated=done.repeated)
    messages.success(request, said.done(seat, lifecycle.find(doing.action), said.after(done)))
    return redirect(_next(request) or dossier.order_url)


def _refused(
    request: DeskRequest,
    dossier: Dossier,
    doing: Offer,
    form: PayloadForm,
    key: str,
    share: Assignment | None,
    refused: Refused,
) -> HttpResponse:
    """403 for what is not his, 409 for what cannot be now, 422 for what was typed; the sentence is the ledger's."""
    status, sentence = standing(
        request.seat, find(request.seat, dossier.order.number), lifecycle.find(doing.action), share
    )
    if status == 403:
        return page(request, dossier, status=status, refusal=sentence)
    if status == 200:
        form.blame(refused.problems)
        status = 409 if set(refused.problems) == {""} else 422
    return page(request, dossier, status=status, doing=doing, form=form, key=key, refusal=sentence)


def standing(seat: Seat, dossier: Dossier, row: Transition, share: Assignment | None) -> tuple[int, str]:
    """(200, "") if the verb is on offer to this seat now; else the status and the sentence that explain it."""
    if not seat.acting:
        return 403, ONLY_LOOKING
    reason = refusal(seat.actor, row, dossier.order, dossier.shares, share, seat.book)
    if reason:
        return 403, f"{reason}。"
    found = {found.action for found, about in offered(seat.actor, dossier.order, dossier.shares) if about == share}
    if row.action not in found:
        return 409, f"工单现在是“{dossier.state_title}”，不能{row.title}。"
    return 200, ""


def _share(dossier: Dossier, row: Transition, asked: str) -> Assignment | None:
    """The assignment that the verb is about: the one named, else the only one of the seat's unit that can be meant."""
    if not row.shares:
        return None
    if asked.isascii() and asked.isdigit():
        return next((share for share in dossier.shares if str(share.pk) == asked), None)
    seat = dossier.seat
    mine = [s for s in dossier.shares if s.is_running and (not seat.in_unit or s.unit_id == seat.post.unit)]
    fitting = [s for s in mine if s.state in row.shares]
    return next(iter(fitting or mine), None)


def _choices(dossier: Dossier, action: str, share: Assignment | None) -> Choices:
    return Choices(
        dossier.book,
        dossier.pack,
        share=share,
        shares=tuple(dossier.shares),
        order=dossier.order,
        below=action == "assignment.delegated",
    )


def _reveal(request: DeskRequest, dossier: Dossier, *, repeated: bool) -> HttpResponse:
    """The caller's name and number, this once: sent again, the same form shows nothing."""
    if repeated:
        return page(request, dossier, refusal="号码只显示一次；再次查看请重新填写理由。")
    caller = dossier.order.caller
    shown = {"name": callers.decrypt(caller.name), "phone": callers.decrypt(caller.phone)}
    return page(request, dossier, revealed=shown)


def _next(request: DeskRequest) -> str:
    """Back to the queue from which the verb was taken, if that is a page of this site."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}) and target.isprintable()
    return target if safe and urlsplit(target).path == "/" else ""
