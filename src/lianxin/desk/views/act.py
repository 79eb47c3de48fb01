"""Taking a verb: GET opens its form on the order page, POST does it through the ledger."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from lianxin.orders import callers, ledger, verbs
from lianxin.orders.access import offered, refusal
from lianxin.orders.acts import Act, Refused
from lianxin.orders.models import Share
from lianxin.rules import lifecycle

from .. import said
from ..choices import Choices
from ..dossier import Dossier
from ..forms import PayloadForm, form_for
from ..offers import LOOKS, UNMASK, Look, Offer
from ..seats import ONLY_LOOKING, DeskRequest, key_of, seated
from ..uploads import ASKED_BY
from .order import find, id_for_ledger, page


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def act(request: DeskRequest, number: str, action: str) -> HttpResponse:
    """A verb of an order, by its dotted id."""
    if action not in set(verbs.registered()) or (action not in LOOKS and action != UNMASK):
        raise Http404
    taking = Taking(request, number, action)
    return taking.do() if request.method == "POST" else taking.ask()


class Taking:
    """One verb on its way.  What only its page shows is read only when the page is drawn."""

    def __init__(self, request: DeskRequest, number: str, action: str) -> None:
        self.request, self.number, self.action = request, number, action
        self.seat, self.verb, self.row = request.seat, verbs.get(action), lifecycle.find(action)
        self.key = key_of(request)

    @cached_property
    def dossier(self) -> Dossier:
        return find(self.seat, self.number)

    @cached_property
    def share(self) -> Share | None:
        """The share that the verb is about: the one named, else the first of the seat's unit that can be meant."""
        if not self.row.shares:
            return None
        shares, asked = self.dossier.shares, self._named()
        if asked:
            return next((share for share in shares if share.pk == asked), None)
        mine = [s for s in shares if s.is_running and (not self.seat.in_unit or s.unit_id == self.seat.post.unit)]
        return next(iter([s for s in mine if s.state in self.row.shares] or mine), None)

    def ask(self) -> HttpResponse:
        """The form."""
        status, sentence = self.standing()
        if status != 200:
            return page(self.request, self.dossier, status=status, refusal=sentence)
        return self.draw(self.form())

    def do(self) -> HttpResponse:
        """Through the ledger; what it refuses stands beside the fields."""
        request, seat = self.request, self.seat
        form = self.form(request.POST, request.FILES)
        if not seat.acting:
            return self.draw(form, status=403, refusal=ONLY_LOOKING)
        if not form.is_valid():
            form.point_out()
            return self.draw(form, status=422)
        order = id_for_ledger(seat, self.number)
        payload, named = form.payload(), self._named() if self.row.shares else 0
        if named:
            payload["share"] = named
        act = Act(self.action, seat.actor, seat.now, payload, order=order, key=f"desk:{self.key}")
        try:
            done = ledger.record(replace(act, files=form.handed_in()))
        except Refused as refused:
            return self.refused(form, refused)
        if self.action == UNMASK:
            return _reveal(request, self.dossier, repeated=done.repeated)
        messages.success(request, said.done(seat, self.row, said.after(done)))
        return redirect(_next(request) or reverse("desk:order", args=[self.number]))

    def refused(self, form: PayloadForm, refused: Refused) -> HttpResponse:
        """403 for what is not his, 409 for what cannot be now, 422 for what was typed; the sentence is the ledger's."""
        status, sentence = self.standing()
        if status == 403:
            return page(self.request, self.dossier, status=status, refusal=sentence)
        if status == 200:
            form.blame(refused.problems)
            status = 409 if set(refused.problems) == {""} else 422
        return self.draw(form, status=status, refusal=sentence)

    def standing(self) -> tuple[int, str]:
        """(200, "") if the verb is on offer to this seat now; else the status and the sentence that explain it."""
        seat, dossier, row = self.seat, self.dossier, self.row
        if not seat.acting:
            return 403, ONLY_LOOKING
        reason = refusal(seat.actor, row, dossier.order, dossier.shares, self.share, seat.directory)
        if reason:
            return 403, f"{reason}。"
        found = offered(seat.actor, dossier.order, dossier.shares, seat.directory)
        if row.action not in {row.action for row, about in found if about == self.share}:
            return 409, f"工单现在是“{dossier.state_title}”，不能{row.title}。"
        return 200, ""

    def form(self, data: Any = None, sent: Any = None) -> PayloadForm:
        choices = cast(Choices, SimpleLazyObject(self._choices))
        return form_for(self.verb.payload, choices, data, sent, files=self.action in ASKED_BY)

    def draw(self, form: PayloadForm, status: int = 200, refusal: str = "") -> HttpResponse:
        """The order page with the verb's form open."""
        share = self.share.pk if self.share else None
        doing = Offer(self.action, self.row.title, LOOKS.get(self.action, Look("eye")), self.request.path, share)
        shown: dict[str, Any] = {"doing": doing, "form": form, "key": self.key, "refusal": refusal}
        return page(self.request, self.dossier, status=status, **shown)

    def _named(self) -> int:
        """The id of the share that the form or the address names; 0 for none."""
        asked = self.request.POST.get("share") or self.request.GET.get("share") or ""
        return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0

    def _choices(self) -> Choices:
        dossier = self.dossier
        return Choices(
            dossier.directory,
            dossier.pack,
            share=self.share,
            shares=tuple(dossier.shares),
            order=dossier.order,
            below=self.action == "share.delegated",
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
