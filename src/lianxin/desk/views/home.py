"""The home page of a post: its queues by due time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from .. import affairs, duty, entered, morning, onward, presence, pulse, queues, rounds, rowdrawing, work
from ..asking import answers
from ..counting import Counted, Counting, Group
from ..queues import PAGE, Queue
from ..seats import ONLY_LOOKING, DeskRequest, Seat, refuse, seated
from .order import find

#: Up to which page people turn; each is a statement that is kept.
_LIKELY = 10


@seated
def home(request: DeskRequest) -> HttpResponse:
    """The page; asked by htmx only the queue, which the page fetches anew when it hears of news.  A unit's begins with
    its morning, unless it was a queue that was asked for."""
    seat = request.seat
    mine = queues.queues_of(seat)
    if not mine and seat.directory.serves_as(seat.post.unit) == "body":
        return redirect("desk:shown")
    if not mine:
        return render(request, "desk/home_empty.html", {"seat": seat, "here": "home"})
    counting, number = Counting(seat, mine, request.GET.get("queue", "")), entered.page(request.GET.get("page", ""))
    # All that can be asked before it is known how much there is; the page of a queue that is not chosen is dropped.
    # One of the first: it may be there, and a number that somebody made up makes no statement of its own.
    likely = min(number, _LIKELY)
    guessed = queues.page_question(seat, counting.guess, likely)
    whole = morning.there(seat) and not counting.code and not request.headers.get("HX-Request")
    early = morning.questions(seat) if whole else []
    asked = counting.questions()
    found = answers(*asked, guessed, duty.question(seat), pulse.question(seat), *early)
    counted = counting.read(found[: len(asked)])
    things, beside, counts, *first = found[len(asked) :]
    queue, numbers = counted.chosen, counted.numbers
    context = _queue(seat, counted, number, {likely: things} if queue is counting.guess else {})
    context["tabs"] = [(other, numbers[other.code], other.code == queue.code) for other in mine]
    context["pulse"] = counts
    if queue.worked and seat.acting:
        context["on_duty"], context["beside"] = beside
    if request.headers.get("HX-Request"):
        return render(request, "desk/_queue.html", context)
    if context.get("on_duty"):
        duty.seen(seat)
    context["owed"] = rounds.mine(seat)
    if whole:
        context["morning"] = morning.read(seat, first)
    return render(request, "desk/home.html", context)


@require_POST
@seated
def take_next(request: DeskRequest) -> HttpResponse:
    """领下一件: the first thing of the queue at which nobody else is, with its form open."""
    seat = request.seat
    queue = onward.named(seat, request.POST.get("queue", ""))
    if queue is None or not seat.acting:
        return refuse(request, ONLY_LOOKING if queue else "您的岗位没有这个队列。")
    there = onward.following(seat, queue)
    if not there:
        messages.info(request, f"{queue.title}没有可领的工单：都已分给别人或有人在处理，或已经办完。")
    return redirect(there or f"{reverse('desk:home')}?queue={queue.code}")


@require_POST
@seated
def change_duty(request: DeskRequest) -> HttpResponse:
    """当班, 离岗."""
    seat = request.seat
    if not seat.acting:
        return refuse(request, ONLY_LOOKING)
    if not any(queue.worked for queue in queues.queues_of(seat)):
        return refuse(request, "您的岗位没有可领的队列，不用登记当班。")
    if request.POST.get("on"):
        duty.begin(seat)
        messages.success(request, "您已当班，可以领下一件")
    else:
        duty.end(seat.staff.pk)
        messages.success(request, "您已离岗，分给您的工单已放回队列")
    return _back(request)


@require_POST
@seated
def give_back(request: DeskRequest) -> HttpResponse:
    """放回: what was handed out to this person is anybody's again."""
    order = find(request.seat, request.POST.get("order", "")).order
    if presence.give_back(request.seat, order.pk):
        messages.success(request, f"{order.number} 已放回队列")
    else:
        messages.info(request, f"{order.number} 已不在您名下，不用放回。")
    return _back(request)


def _back(request: DeskRequest) -> HttpResponse:
    queue = onward.queue_of(request)
    return redirect(f"{reverse('desk:home')}{f'?queue={queue}' if queue else ''}")


def _queue(seat: Seat, counted: Counted, number: int, read: dict[int, list[Any]]) -> dict[str, object]:
    """What a page of the chosen queue shows; `read` are the things of pages that were read already."""
    queue, heads = counted.chosen, counted.groups
    total = counted.numbers[queue.code]
    last = max(1, -(-total // PAGE))
    number = min(number, last)
    things = read.get(number) if total else []
    if things is None:
        things = queues.page(seat, queue, number)
    rows = _rows(seat, queue, things) if things else []
    grouped = [(heads[code], [row for row in rows if row["group"] == code]) for code in heads]
    if queue.first:
        # As it was promised, or as it came: not as it is due.
        grouped = [(Group(f"按{queue.first_title}", total), rows)]
    return {
        "seat": seat,
        "here": "home",
        "queue": queue,
        "groups": [(group, rowdrawing.draw(lines, queue.code)) for group, lines in grouped if lines],
        "total": total,
        "page": number,
        "before": number - 1,
        "after": number + 1 if number < last else 0,
        "last": last,
    }


def _rows(seat: Seat, queue: Queue, things: list[Any]) -> list[work.Row]:
    return affairs.rows(seat, things) if queue.base == "proceeding" else work.Sheet(seat, queue, things).rows()
