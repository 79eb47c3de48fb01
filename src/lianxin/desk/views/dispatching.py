"""按目录派单: orders that wait for their dispatch, each with what the catalogue clearly proposes, sent in one go."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lianxin.dispatch.catalogue.proposing import payload
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record_many
from lianxin.orders.models import Order
from lianxin.rules.lifecycle import OrderState

from .. import entered, proposed
from ..seats import ONLY_LOOKING, DeskRequest, Seat, fresh_key, key_of, refuse, seated

#: So many at once.
MOST = 200


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def page(request: DeskRequest) -> HttpResponse:
    """The orders that wait, those that have waited longest first; those that are ticked go out together."""
    seat = request.seat
    if not seat.takes(proposed.DISPATCH) or not seat.acting:
        return refuse(request, "按目录派单由派单员办理。" if seat.acting else ONLY_LOOKING)
    if request.method != "POST":
        return _draw(request, _waiting(seat))
    ticked = {entered.number(text, 18) for text in request.POST.getlist("order")[:MOST]}
    chosen = [order for order in _waiting(seat) if order.pk in ticked]
    if not chosen:
        return _draw(request, _waiting(seat), status=422, refusal="请勾选要派出的工单；已被别人派出的不再列出。")
    sent, refused = _send(seat, chosen, key_of(request), request.POST)
    if sent:
        messages.success(request, f"已按派单目录派出 {sent} 件")
    if not refused:
        return redirect("desk:dispatching")
    return _draw(request, _waiting(seat), status=409, refusal=f"有 {len(refused)} 件没有派出", refused=refused)


def _waiting(seat: Seat) -> list[Order]:
    orders = seat.whole.filter(state=OrderState.REGISTERED, erased_at=None)
    return list(orders.select_related("appeal").order_by("registered_at", "pk")[:MOST])


def _send(seat: Seat, orders: list[Order], key: str, data: Any) -> tuple[int, list[tuple[Order, str]]]:
    """Send each where the catalogue clearly sends it, as the person was shown it; how many, and what was refused."""
    acts, of, refused = list[Act](), list[Order](), list[tuple[Order, str]]()
    for row in proposed.rows(seat.directory, seat.pack, orders, seat.now):
        shown = data.get(f"item-{row.order.pk}", "")
        if row.best is None or row.best.code != shown:
            refused.append((row.order, row.why_not or "目录的建议已经改变，请重新核对"))
            continue
        said = payload(row.best.proposal, seat.pack)
        seen = entered.number(data.get(f"seen-{row.order.pk}", ""))
        acts.append(
            Act(
                proposed.DISPATCH, seat.actor, seat.now, said, row.order.pk, key=f"desk:{key}:{row.order.pk}", seen=seen
            )
        )
        of.append(row.order)
    results = record_many(acts, collect=True) if acts else []
    for order, result in zip(of, results, strict=True):
        if isinstance(result, Refused):
            refused.append((order, str(result)))
    return len(acts) - sum(isinstance(result, Refused) for result in results), refused


def _draw(request: DeskRequest, orders: list[Order], *, status: int = 200, **more: Any) -> HttpResponse:
    seat = request.seat
    rows = proposed.rows(seat.directory, seat.pack, orders, seat.now)
    shown: dict[str, Any] = {"seat": seat, "here": "home", "rows": rows, "key": fresh_key(), "most": MOST}
    shown["clear"] = sum(row.best is not None for row in rows)
    return render(request, "desk/dispatching.html", shown | more, status=status)
