"""What is kept of a page is the text of its statements, never what they found, nor who may see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.test import RequestFactory

from lianxin.desk import counting, inbox, pulse, queues, seats, statements
from lianxin.desk.seats import Seat
from lianxin.directory.models import Post
from lianxin.ledger.models import Entry, Notice, part_id
from lianxin.orders.models import Order
from lianxin.rules.worktime import Span

if TYPE_CHECKING:
    from tests.desk.web import Site


def text(answer: Any) -> str:
    return str(answer.content.decode())


def _seat(site: Site, who: str) -> Seat:
    request = RequestFactory().get("/")
    request.session = site.at("agent").session
    seat = seats.seat_of(request, site.cast.staff[who])
    assert seat is not None
    return seat


def test_the_present_is_filled_in_each_time(site: Site) -> None:
    site.dispatched()
    now = _seat(site, "supervisor")
    mine = queues.queues_of(now)
    late = next(queue for queue in mine if queue.code == "overdue")
    assert counting.count(now, mine, "overdue").numbers["overdue"] == 0
    assert queues.page(now, late, 1) == []
    # The same day or not: the same words of SQL, another present.
    then = replace(now, now=now.now + timedelta(days=60))
    for _ in range(2):
        assert counting.count(then, mine, "overdue").numbers["overdue"] == 1
        assert counting.count(then, mine, "overdue").groups["late"].count == 1
        assert len(queues.page(then, late, 1)) == 1
        assert counting.count(now, mine, "overdue").numbers["overdue"] == 0


def test_a_moment_within_the_day_is_filled_in_too(site: Site) -> None:
    order = site.dispatched()
    seat = _seat(site, "supervisor")
    assert order.due_at is not None or order.refresh_from_db() is None
    order.refresh_from_db()
    assert order.due_at is not None
    late = next(queue for queue in queues.queues_of(seat) if queue.code == "overdue")
    before, after = (replace(seat, now=order.due_at + timedelta(microseconds=step)) for step in (-1, 0))
    assert queues.page(before, late, 1) == []
    assert [found.pk for found in queues.page(after, late, 1)] == [order.pk]


def test_who_loses_his_post_sees_nothing_at_once(site: Site) -> None:
    order = site.dispatched()
    path = f"/orders/{order.number}/"
    for _ in range(2):
        assert site.get("clerk@heat", path).status_code == 200
    clerk = site.cast.staff["clerk@heat"]
    assert pulse.of(_seat(site, "clerk@heat")).waiting == 1
    Post.objects.filter(holder_a=clerk).update(holder_a=None)
    assert site.at("clerk@heat").get(path).status_code == 403


def test_another_unit_is_told_that_there_is_none(site: Site) -> None:
    order = site.dispatched()
    path = f"/orders/{order.number}/"
    assert site.get("clerk@heat", path).status_code == 200
    assert site.at("clerk@bureau").get(path).status_code == 404
    assert site.get("clerk@heat", path).status_code == 200


def test_what_is_recorded_meanwhile_stands_on_the_next_page(site: Site) -> None:
    order = site.dispatched()
    path = f"/orders/{order.number}/"
    assert "已联系物业" not in text(site.get("clerk@heat", path))
    site.done("clerk@heat", order, "share.signed")
    site.done("clerk@heat", order, "share.progressed", text="已联系物业")
    assert "已联系物业" in text(site.get("clerk@heat", path))


def test_so_many_texts_are_kept_and_no_more(site: Site) -> None:
    seat = _seat(site, "supervisor")
    most, statements.MOST = statements.MOST, 3
    try:
        for number in range(1, 6):
            queues.page(seat, queues.queues_of(seat)[0], number)
        assert len(statements._kept) <= 3
    finally:
        statements.MOST = most


def test_what_lies_a_span_before_now_is_reckoned_each_time(site: Site) -> None:
    seat = _seat(site, "supervisor")
    for words in ("14 days", "3 workdays", "90 minutes"):
        span = Span.parse(words)
        built = statements.built(seat, lambda seat, span=span: Order.objects.filter(closed_at__gte=seat.since(span)))
        for hours in (0, 1, 7, 200):
            now = seat.now + timedelta(hours=hours)
            assert built.filled(now, (), {}) == [span.before(now, seat.calendar)]
    moved = statements.built(seat, lambda seat: Order.objects.filter(closed_at__gte=seat.now - timedelta(hours=2)))
    assert moved.filled(seat.now + timedelta(hours=5), (), {}) == [seat.now + timedelta(hours=3)]


def test_who_can_see_nothing_has_nothing_waiting_and_no_page_fails(site: Site) -> None:
    """A centre's post at a unit that an administrator has made another kind of unit meanwhile."""
    site.order()
    assert pulse.of(_seat(site, "admin")) == pulse.Pulse(None, 0)
    post = Post.objects.get(role="dispatcher", unit__centre=site.cast.centre)
    Post.objects.filter(pk=post.pk).update(unit=site.cast.units["heat"])
    assert pulse.of(_seat(site, "dispatcher")) == pulse.Pulse(0, 0)
    for path in ("/", "/me/", "/search/"):
        assert site.get("dispatcher", path).status_code == 200


def test_what_waits_is_counted_no_further_than_a_badge_shows(site: Site) -> None:
    """Whoever has not read for years does not pay for it on every page."""
    order = site.order()
    seat, entry = _seat(site, "dispatcher"), Entry.objects.get(order=order)
    Notice.objects.all().delete()
    numbers = range(2, pulse.MOST + 20)
    fields = {f.attname: getattr(entry, f.attname) for f in Entry._meta.concrete_fields}
    for number in numbers:
        Entry(**{**fields, "id": part_id(order.pk, number), "number": number, "key": None}).save(force_insert=True)
    Notice.objects.bulk_create(
        Notice(
            order=order,
            entry_id=part_id(order.pk, number),
            staff=seat.staff,
            kind="order.registered",
            made_at=entry.at,
        )
        for number in numbers
    )
    assert (pulse.of(seat).unread, pulse.of(seat).bell) == (pulse.MOST + 1, "99+")


def test_whose_an_order_is_is_asked_of_that_order_and_not_of_all_that_one_may_see(site: Site) -> None:
    for who in ("dispatcher", "clerk@heat"):
        seat = _seat(site, who)
        for rows in (seat.openable.filter(number="1"), inbox.unread(seat), queues.rows(seat, "task")):
            assert "IN (SELECT" not in str(rows.query), who
