"""未送达的通知: what did not reach units and people outside the desk, as page and sheet, and sending it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lianxin.directory.models import Channel
from lianxin.ledger.models import Delivery
from lianxin.telling import again as sending

from .. import entered, sheets, taken
from ..seats import ONLY_LOOKING, DeskRequest, Seat, refuse, seated
from ..undelivered import STATES, Line, known, lines

PAGE = 50
EXPORTED = "notices.exported"
NOT_YOURS = "未送达的通知由系统管理员查看；各单位的负责人查看本单位的。"
HEADINGS = ("编号", "事由", "单位、人员", "通知渠道", "时间", "状态", "原因")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which ones: in which state, by which kind of channel, of what number."""

    state: str
    kind: str
    words: str

    @property
    def query(self) -> str:
        return urlencode({"state": self.state, "kind": self.kind, "q": self.words})


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """A page of them, the newest first."""
    seat, asked = request.seat, _asked(request)
    if not seat.sees_undelivered:
        return refuse(request, NOT_YOURS)
    page = Paginator(_rows(seat, asked), PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"seat": seat, "here": "undelivered", "asked": asked, "page": page, "query": asked.query}
    shown |= {"lines": lines(seat, page), "states": _states(seat, asked), "kinds": Channel.KINDS}
    shown |= {"resends": seat.may(sending.RESENT), "exports": seat.may(EXPORTED)}
    return render(request, "desk/undelivered.html", shown)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet; that it was taken is in the journal."""
    seat, asked = request.seat, _asked(request)
    if not seat.may(EXPORTED):
        return refuse(request, NOT_YOURS)
    rows = lines(seat, _rows(seat, asked)[: sheets.MOST_ROWS])
    taken.note(seat, EXPORTED, view=f"undelivered:{asked.state}", kind=asked.kind, rows=len(rows))
    return sheets.answer("未送达的通知", HEADINGS, map(_cells, rows), seat.now)


@require_POST
@seated
def again(request: DeskRequest) -> HttpResponse:
    """重发: what is ticked goes out once more; what may have arrived only if that was ticked too."""
    seat = request.seat
    if not seat.may(sending.RESENT):
        return refuse(request, NOT_YOURS if seat.acting else ONLY_LOOKING)
    wanted = [pk for text in request.POST.getlist("delivery") if (pk := entered.number(text, 19)) is not None]
    mine = known(seat).filter(pk__in=wanted[:PAGE], state__in=("failed", "unknown"))
    states = dict(mine.values_list("pk", "state"))
    twice = bool(request.POST.get("twice"))
    done = sending.resend(seat.directory.centre_id, states, seat.staff.pk, seat.now, unknown=twice)
    _say(request, done, 0 if twice else sum(state == "unknown" for state in states.values()))
    return redirect(f"{reverse('desk:undelivered')}?{_asked(request).query}")


def _say(request: DeskRequest, done: int, held: int) -> None:
    if done:
        messages.success(request, f"{done} 条已放回待发送，一分钟内发出")
    if held:
        sentence = f"{held} 条状态不明的没有重发：对方可能已收到。确要重发的，请勾选“不明的也重发，对方可能收到两次”。"
        messages.error(request, sentence)
    if not done and not held:
        messages.info(request, "没有勾选可以重发的通知。")


def _asked(request: DeskRequest) -> Asked:
    given = request.POST if request.method == "POST" else request.GET
    state, kind = given.get("state", ""), given.get("kind", "")
    words = given.get("q", "").replace("\0", "").strip()[:32]
    return Asked(state if state in STATES else "", kind if kind in dict(Channel.KINDS) else "", words)


def _found(seat: Seat, asked: Asked) -> QuerySet[Delivery]:
    found = known(seat)
    if asked.kind:
        found = found.filter(channel__kind=asked.kind)
    if asked.words:
        found = found.filter(Q(order__number=asked.words) | Q(proceeding__number=asked.words))
    return found


def _rows(seat: Seat, asked: Asked) -> QuerySet[Delivery]:
    related = ("channel__unit", "channel__staff", "order", "proceeding")
    return _found(seat, asked).filter(STATES[asked.state][1]).select_related(*related).order_by("-pk")


def _states(seat: Seat, asked: Asked) -> list[tuple[str, str, int, bool]]:
    """(code, title, how many, whether it is the present one).  What has failed and what waits are counted apart, each
    by its own index: almost all that was ever to go out was sent."""
    found = _found(seat, asked).order_by()
    numbers = dict(found.filter(STATES[""][1]).values_list("state").annotate(n=Count("pk")))
    numbers |= {"": sum(numbers.values()), "waiting": found.filter(STATES["waiting"][1]).count()}
    return [(code, title, numbers.get(code, 0), code == asked.state) for code, (title, _) in STATES.items()]


def _cells(line: Line) -> tuple[str, ...]:
    return (line.number, line.what, line.owner, line.channel, line.at, line.state, line.why)
