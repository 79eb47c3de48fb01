"""Search by the number of an order or a proceeding, telephone number, its last four digits, or the caller's name; at
the centre also by the line or other source that orders came by (C06), alone or besides.

What was typed is posted and kept only as a keyed hash: no number stands in an address, a log or a session.  The source
stands in the address, so that a list can be kept and handed on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lianxin.directory import ciphers
from lianxin.ledger.numbers import upstream
from lianxin.orders import telephones
from lianxin.orders.models import Caller, Order
from lianxin.orders.models.order import OPEN_STATES, OrderQuerySet
from lianxin.orders.reach import SEES_CENTRE
from lianxin.orders.telephones import alike, masked

from .. import entered, glimpse, taken
from ..dossier import Dossier
from ..folio import Folio
from ..seats import DeskRequest, Seat, seated

KEPT = "search"
#: Somebody looked for a caller.
SEARCHED = "callers.searched"
LIMIT = 50
_NUMBER = re.compile(r"\d{8}-\d{1,8}")
TITLES = {"number": "编号或上级编号", "phone": "电话", "last4": "电话末四位", "name": "诉求人姓名"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: the number itself, or the hash of what belongs to a caller; `shown` is masked."""

    kind: str
    value: str
    shown: str
    #: what may also be an order's number, encrypted: the session keeps no telephone in plain
    typed: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def search(request: DeskRequest) -> HttpResponse:
    """POST takes the question and leads to its answer; GET shows the last answer."""
    if request.method == "POST":
        asked = understand(request.POST.get("q", ""))
        if asked and asked.kind != "number":
            # Which number or name it was stands nowhere: only that a caller was looked for, and by what.
            taken.note(request.seat, SEARCHED, by=asked.kind)
        request.session[KEPT] = [asked.kind, asked.value, asked.shown, asked.typed] if asked else None
        source = _source(request, request.POST.get("source", ""))
        return redirect(f"{reverse('desk:search')}?{urlencode({'source': source})}" if source else "desk:search")
    kept = request.session.get(KEPT)
    asked = Asked(*kept) if kept else None
    source = _source(request, request.GET.get("source", ""))
    before = entered.number(request.GET.get("before", ""), 19)
    found = _found(request.seat, asked, source, before)
    affairs = list(proceedings(request.seat, asked)) if asked else []
    # What is shown to somebody is found by its number alone: not by words, nor by what is known of its caller.
    seen = glimpse.numbered(request.seat, asked.value) if asked and asked.kind == "number" else []
    shown: dict[str, Any] = {
        "seat": request.seat,
        "here": "search",
        "asked": asked,
        "kind": TITLES.get(asked.kind, "") if asked else "",
        "found": [_line(request.seat, order) for order in found],
        "shown": seen,
        "affairs": [{"title": folio.title, "folio": folio} for folio in affairs],
        "full": len(found) == LIMIT,
        "sources": _sources(request.seat),
        "source": source,
        "source_title": _sources(request.seat).get(source, ""),
        "more": found[-1].pk if source and len(found) == LIMIT else None,
    }
    return render(request, "desk/search.html", shown)


def _sources(seat: Seat) -> dict[str, str]:
    """What orders may be looked for by: the sources of the pack, lines first; for posts of the centre alone, since a
    unit has few orders of a line and all of them in its own lists."""
    known = seat.pack.sources.items() if seat.role in SEES_CENTRE else ()
    return {code: line.name for code, line in sorted(known, key=lambda pair: not pair[1].mode)}


def _source(request: DeskRequest, code: str) -> str:
    """The source that was chosen; what is none is told and left out."""
    if code and code not in _sources(request.seat):
        messages.error(request, "没有这个来源，请从列表中选择")
        return ""
    return code


def _found(seat: Seat, asked: Asked | None, source: str, before: int | None) -> list[Order]:
    """What fits, newest first; of a source so many before an order that was shown last."""
    if asked is None and not source:
        return []
    orders = look_up(seat, asked) if asked else seat.whole.select_related("appeal").order_by("-pk")
    if source:
        orders = orders.filter(centre=seat.directory.centre_id, source=source)
    return list((orders.filter(pk__lt=before) if before else orders)[:LIMIT])


def understand(text: str) -> Asked | None:
    """What kind of thing was typed; None for nothing."""
    # Digits and letters of full width are what a Chinese keyboard types by itself.
    text = unicodedata.normalize("NFKC", text).replace("\x00", "").strip()[:64]
    if not text:
        return None
    if re.fullmatch(r"\d{4}", text):
        return Asked("last4", ciphers.fingerprint("last4", text), f"末四位 {text}", ciphers.encrypt(text))
    if not _NUMBER.fullmatch(text):
        try:
            phone = telephones.normalise(text)
        except ValueError:
            phone = ""
        if phone:
            return Asked("phone", ciphers.fingerprint("phone", phone), masked(phone), ciphers.encrypt(text))
    if re.search(r"\d", text):
        return Asked("number", text, text)
    return Asked("name", ciphers.fingerprint("name", text), f"{text[:1]}**")


def look_up(seat: Seat, asked: Asked) -> OrderQuerySet:
    """The visible orders that fit, newest first.  A handling unit does not find a confidential caller by his name."""
    orders = seat.whole.select_related("appeal").order_by("-pk")
    if asked.kind == "number":
        return orders.filter(_numbered(asked.value))
    column = {"phone": "phone_hash", "last4": "last4_hash", "name": "name_hash"}[asked.kind]
    hashes = _hashes(asked, seat.directory.area_code)
    found = Caller.objects.filter(**{f"{column}__in": [bytes.fromhex(found) for found in hashes]})
    if seat.in_unit:
        found = found.filter(order__confidential=False)
    ids: QuerySet[Any] = found.values("order")
    if asked.typed:
        # Upper platforms number their orders as they like: the number may look like a telephone.  Each by its own
        # index: for an "or" over two tables all orders would be read.
        numbered = Order.objects.filter(_numbered(ciphers.decrypt(asked.typed)), centre=seat.directory.centre_id)
        ids = ids.union(numbered.values("pk"), all=True)
    return orders.filter(pk__in=ids)


def proceedings(seat: Seat, asked: Asked) -> Iterator[Folio]:
    """The proceeding of that number, where it is one that the seat may see."""
    if asked.kind == "number" and (folio := Folio.find(seat, asked.value.upper())) is not None:
        yield folio


def _numbered(text: str) -> Q:
    return Q(number=text) | Q(upstream_number=upstream(text))


def _hashes(asked: Asked, area_code: str) -> list[str]:
    """The hashes to look for: a landline is kept with its area code, or, from before there was one, without."""
    if asked.kind != "phone" or not asked.typed:
        return [asked.value]
    typed = telephones.normalise(ciphers.decrypt(asked.typed))
    return [ciphers.fingerprint("phone", form) for form in alike(typed, area_code)]


def _line(seat: Seat, order: Order) -> dict[str, Any]:
    dossier = Dossier(seat, order)
    return {
        "order": order,
        "url": dossier.order_url,
        "state": dossier.state_title,
        "category": dossier.category or "未分类",
        "owner": dossier.owner if order.state in OPEN_STATES else "",
    }
