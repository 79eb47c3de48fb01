"""What somebody finds on his round (C22): a short form for the telephone, and the list of his own findings.

For posts that have a source of their own in the pack: what they register is of that source, and nobody told it to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from lianxin.orders.models import Order

from .. import drafts, entered, uploads
from ..forms import PayloadForm
from ..seats import ONLY_LOOKING, DeskRequest, refuse, seated
from .behind import listed
from .register import ACTION, Intake

#: What is asked, in the order in which one finds it; all else is known.
SHORT = ("address", "area", "category", "text", "cls", "urgency", uploads.NAME)
TITLES = {"address": "地点", "text": "发现的情况", uploads.NAME: "照片"}
TOLD = "巡查中发现，没有诉求人。"
#: A title is so long, and an order takes none that is shorter; the most of a request that it keeps.
TITLE, LEAST, REQUEST = 40, 4, 500
MOST = 50
NONE_OF_THEIRS = "规则包没有给您的岗位设来源；需要登记请用受理台。"


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """The person's own findings with their states, newest first; fifty a page."""
    seat, before = request.seat, entered.number(request.GET.get("before", ""), 19)
    if not seat.finds:
        return refuse(request, NONE_OF_THEIRS)
    found = seat.whole.filter(found_by=seat.staff.pk)
    found = found.select_related("appeal").order_by("-pk")
    rows = list((found.filter(pk__lt=before) if before else found)[: MOST + 1])
    shown: dict[str, Any] = {"seat": seat, "here": "findings", "lines": [listed(seat, row) for row in rows[:MOST]]}
    return render(request, "desk/findings.html", shown | {"more": rows[MOST - 1].pk if len(rows) > MOST else None})


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def new(request: DeskRequest) -> HttpResponse:
    """The short form, and its registration."""
    seat = request.seat
    if not seat.finds:
        return refuse(request, NONE_OF_THEIRS)
    if not seat.acting:
        return refuse(request, ONLY_LOOKING)
    desk = Finding(request, seat.pack)
    if request.method != "POST":
        return desk.ask()
    return desk.show_again() if getattr(request, "only_shown", False) else desk.take()


class Finding(Intake):
    """One finding in hand."""

    @property
    def slot(self) -> str:
        return drafts.slot("finding")

    def ask(self) -> HttpResponse:
        """The form as its person left it, else an empty one."""
        draft = drafts.take_up(self.seat.staff.pk, self.slot)
        if draft is None:
            return self.draw(self.form())
        self.key = draft.key or self.key
        return self.draw(self.form(draft.data).restored(draft.at))

    def form(self, data: object = None, sent: object = None) -> PayloadForm:
        form = self.whole(data, sent)
        known = {name for name in form.fields if name not in SHORT}
        form.given |= known
        form.spare(frozenset(known))
        for name, title in TITLES.items():
            field = form.fields[name] = copy(form.fields[name])
            field.label = title
        form.order_fields(list(SHORT))
        form.focus = None  # an empty form points at a field that may not be asked here
        form.point_out()
        return form

    def asked(self, form: PayloadForm) -> dict[str, Any]:
        """What was found, and what is known of every finding."""
        said = form.payload()
        words = str(said.get("text", ""))
        known = {"source": self.seat.finds, "channel": "patrol", "told": TOLD}
        return said | known | ({"title": _title(words), "requests": [words[:REQUEST]]} if words else {})

    def done(self, order: Order) -> HttpResponse:
        return redirect("desk:findings")

    def draw(
        self,
        form: PayloadForm,
        status: int = 200,
        refusal: str = "",
        waiting: Mapping[str, tuple[datetime, dict[str, list[str]]]] | None = None,
    ) -> HttpResponse:
        shown: dict[str, Any] = {"seat": self.seat, "here": "findings", "form": form, "key": self.key}
        shown |= {"tag": drafts.tag(self.seat.staff.pk, self.slot), "refusal": refusal, "action": ACTION}
        return render(self.request, "desk/finding.html", shown, status=status)


def _title(words: str) -> str:
    """The first line of what was found, cut to a title; of a word that stands in a line of its own all of it."""
    first = next(iter(words.strip().splitlines()), "")
    return (first if len(first) >= LEAST else " ".join(words.split()))[:TITLE]
