"""受理台: taking a request in, with what is known of the caller beside it while the agent types."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.orders import callers, ledger, verbs
from lianxin.orders.acts import Act, Refused
from lianxin.orders.models import Order
from lianxin.orders.telephones import alike
from lianxin.rules import lifecycle
from lianxin.rules.policy import Pack

from .. import said
from ..choices import Choices
from ..forms import PayloadForm, form_for
from ..seats import ONLY_LOOKING, DeskRequest, Seat, key_of, refuse, seated

ACTION = "order.registered"
#: The order in which a call goes, not the order of the payload.
FLOW = ["caller_phone", "caller_name", "confidential", "cls", "title", "text", "requests", "address", "area"]
FLOW += ["category", "urgency", "told", "channel", "source", "upstream_number", "upstream_due"]
HISTORY = 8


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def register(request: DeskRequest) -> HttpResponse:
    """The form, and its registration."""
    seat = request.seat
    if seat.role not in lifecycle.find(ACTION).posts:
        return refuse(request, "您的岗位不能登记；需要登记请联系热线中心坐席。")
    if not seat.acting:
        return refuse(request, ONLY_LOOKING)
    try:
        pack = seat.directory.pack(seat.now)
    except LookupError:
        return refuse(request, "本中心还没有生效的规则包，请系统管理员先在基础资料中设置。")
    if request.method != "POST":
        return _draw(request, _form(seat, pack), uuid.uuid4().hex)
    return _take(request, pack)


def _take(request: DeskRequest, pack: Pack) -> HttpResponse:
    seat, key = request.seat, key_of(request)
    form = _form(seat, pack, request.POST, request.FILES)
    if not form.is_valid():
        form.point_out()
        return _draw(request, form, key, status=422)
    try:
        done = ledger.record(
            Act(ACTION, seat.actor, seat.now, form.payload(), key=f"desk:{key}", files=form.handed_in())
        )
    except Refused as refused:
        form.blame(refused.problems)
        return _draw(request, form, key, status=422)
    order = said.after(done)
    messages.success(request, said.done(seat, lifecycle.find(ACTION), order))
    return redirect("desk:order", number=order.number)


def _form(seat: Seat, pack: Pack, data: object = None, sent: object = None) -> PayloadForm:
    own = next((code for code, source in pack.sources.items() if not source.upstream), "")
    channel = "patrol" if seat.role == "patrol" else "phone"
    start = {"source": own, "channel": channel}
    form = form_for(verbs.get(ACTION).payload, Choices(seat.directory, pack), data, sent, initial=start, files=True)
    form.order_fields(FLOW)
    form.point_out()
    return form


def _draw(request: DeskRequest, form: PayloadForm, key: str, status: int = 200) -> HttpResponse:
    shown = {"seat": request.seat, "here": "register", "form": form, "key": key}
    return render(request, "desk/register.html", shown, status=status)


@require_POST
@seated
def caller(request: DeskRequest) -> HttpResponse:
    """The caller's past orders by his number, as far as this person may see them; by POST: no number in any log."""
    if request.seat.role not in lifecycle.find(ACTION).posts:
        return HttpResponse(status=403)
    found: list[Order] | None = None
    try:
        phone = callers.normalise(request.POST.get("caller_phone", ""))
    except ValueError:
        phone = ""
    if len(phone) >= 7:
        forms = alike(phone, request.seat.directory.area_code)
        digests = [bytes.fromhex(callers.fingerprint("phone", form)) for form in forms]
        past = request.seat.visible.filter(caller__phone_hash__in=digests).select_related("appeal")
        found = list(past.order_by("-pk")[:HISTORY])
    return render(request, "desk/_history.html", {"seat": request.seat, "found": found})
