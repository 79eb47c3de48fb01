"""派单台: what waits for its dispatch, in lanes, each with what the catalogue proposes and who would not have it.

One or many are sent by it in one go.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lianxin.dispatch.catalogue.proposing import payload
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record_many
from lianxin.orders.models import Order
from lianxin.rules.lifecycle import OrderState

from .. import clocks, entered, proposed
from ..seats import ONLY_LOOKING, DeskRequest, Seat, fresh_key, key_of, refuse, seated

#: So many on a page, and so many at once.
MOST = 200


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def page(request: DeskRequest) -> HttpResponse:
    """The orders that wait, the urgent first, then by their limits; those that are ticked go out together."""
    seat = request.seat
    if not seat.takes(proposed.DISPATCH) or not seat.acting:
        return refuse(request, "派单由派单员办理。" if seat.acting else ONLY_LOOKING)
    if request.method != "POST":
        return _draw(request)
    data = request.POST
    ticked = [entered.number(text, 18) for text in (data.getlist("one") or data.getlist("order"))[:MOST]]
    chosen = list(_waiting(seat).filter(pk__in=[pk for pk in ticked if pk is not None]))
    if not chosen:
        return _draw(request, status=422, refusal="请勾选要派出的工单；已被别人派出的不再列出。")
    sent, refused = _send(seat, chosen, key_of(request), data)
    if sent:
        messages.success(request, f"已按派单目录派出 {sent} 件")
    if not refused:
        return redirect("desk:dispatching")
    return _draw(request, status=409, refusal=f"有 {len(refused)} 件没有派出", refused=refused)


def _waiting(seat: Seat) -> QuerySet[Order]:
    orders = seat.whole.filter(state=OrderState.REGISTERED, erased_at=None)
    turn = Case(When(urgency="urgent", then=Value(0)), default=Value(1))
    found = orders.select_related("appeal").annotate(warn_at=clocks.warned("order"))
    return found.order_by(turn, "due_at", "registered_at", "pk")


def _send(seat: Seat, orders: list[Order], key: str, data: Any) -> tuple[int, list[tuple[Order, str]]]:
    """Send each as the person was shown it and chose; how many went, and what was refused."""
    acts, of, refused = list[Act](), list[Order](), list[tuple[Order, str]]()
    for row in proposed.rows(seat, orders):
        pk = row.order.pk
        taken = row.chosen(data.get(f"item-{pk}", ""))
        if taken is None or (row.best is not taken and not data.get(f"choice-{pk}")):
            refused.append((row.order, row.why_not or "目录的建议已经改变，请重新核对"))
            continue
        said, seen = payload(taken.proposal, seat.pack), entered.number(data.get(f"seen-{pk}", ""))
        acts.append(Act(proposed.DISPATCH, seat.actor, seat.now, said, pk, key=f"desk:{key}:{pk}", seen=seen))
        of.append(row.order)
    results = record_many(acts, collect=True) if acts else []
    for order, result in zip(of, results, strict=True):
        if isinstance(result, Refused):
            refused.append((order, str(result)))
    return len(acts) - sum(isinstance(result, Refused) for result in results), refused


def _draw(request: DeskRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    seat = request.seat
    found: Page[Order] = Paginator(_waiting(seat), MOST).get_page(entered.page(request.GET.get("page", "")))
    # What was ticked and picked stays so where something was refused.
    rows = proposed.rows(seat, list(found), request.POST if request.method == "POST" else None)
    lanes = [(code, title, [row for row in rows if row.lane == code]) for code, title in proposed.LANES.items()]
    shown: dict[str, Any] = {"seat": seat, "here": "home", "page": found, "key": fresh_key()}
    shown |= {"lanes": lanes, "clear": sum(row.best is not None for row in rows), "total": found.paginator.count}
    return render(request, "desk/dispatching.html", shown | more, status=status)
