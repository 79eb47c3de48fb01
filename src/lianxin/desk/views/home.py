"""The home page of a post: its queues by due time."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from .. import queues, work
from ..queues import PAGE, Queue
from ..seats import DeskRequest, Seat, seated

#: A page number that no queue will ever have.
_FAR = 100_000


@seated
def home(request: DeskRequest) -> HttpResponse:
    """The page; asked by htmx only the queue, which the page fetches anew when it hears of news."""
    seat = request.seat
    mine = queues.queues_of(seat)
    if not mine:
        return render(request, "desk/home_empty.html", {"seat": seat, "here": "home"})
    counted = queues.counts(seat, mine)
    queue = _chosen(mine, request.GET.get("queue", ""), counted)
    number = _number(request.GET.get("page", ""))
    context = _queue(seat, queue, number, counted[queue.code])
    context["tabs"] = [(other, counted[other.code], other.code == queue.code) for other in mine]
    template = "desk/_queue.html" if request.headers.get("HX-Request") else "desk/home.html"
    return render(request, template, context)


def _chosen(mine: tuple[Queue, ...], code: str, counted: dict[str, int]) -> Queue:
    """The queue that was asked for; else the first that has anything in it."""
    first = next((queue for queue in mine if counted[queue.code]), mine[0])
    return next((queue for queue in mine if queue.code == code), first)


def _queue(seat: Seat, queue: Queue, number: int, total: int) -> dict[str, object]:
    last = max(1, -(-total // PAGE))
    number = min(number, last)
    rows = work.build(seat, queue, queues.page(seat, queue, number)) if total else []
    heads = queues.groups(seat, queue) if total else {}
    grouped = [(heads[code], [row for row in rows if row.group == code]) for code in heads]
    return {
        "seat": seat,
        "here": "home",
        "queue": queue,
        "groups": [(group, lines) for group, lines in grouped if lines],
        "total": total,
        "page": number,
        "before": number - 1,
        "after": number + 1 if number < last else 0,
        "last": last,
    }


def _number(text: str) -> int:
    return min(max(int(text), 1), _FAR) if text.isascii() and text.isdigit() and len(text) < 8 else 1
