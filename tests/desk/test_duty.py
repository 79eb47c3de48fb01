"""当班: a queue is shared among those on duty, no thing goes to two, and what somebody leaves comes back."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from tests.cast import Cast, make_cast
from tests.desk.web import Site
from tests.orders.stages import REPLY

from lianxin.desk import duty, presence, queues
from lianxin.desk.asking import at_once
from lianxin.desk.models import Duty, Presence
from lianxin.desk.seats import Seat
from lianxin.directory import snapshot
from lianxin.directory.models import Absence, Post, Staff
from lianxin.orders.models import Order


@pytest.fixture
def two(site: Site, base: Cast) -> tuple[str, str]:
    """Two who may both act: each holds a dispatchers' post of his own."""
    about = {"centre": base.centre, "unit": base.units["centre"], "role": "dispatcher", "name": "二号派单席"}
    Post.objects.create(**about, holder_a=base.staff["dispatcher:b"])
    Post.objects.filter(pk=base.posts["dispatcher"].pk).update(holder_b=None)
    return "dispatcher", "dispatcher:b"


def orders(base: Cast, count: int) -> list[Order]:
    at = timezone.now() - timedelta(hours=2)
    return [base.register(at + timedelta(minutes=n)) for n in range(count)]


def take(site: Site, who: str, queue: str = "dispatch") -> str:
    """The number of the order that somebody gets; `""` for none."""
    there = site.at(who).post("/next/", {"queue": queue})["Location"]
    return str(there.split("/")[2]) if there.startswith("/orders/") else ""


def page(site: Site, who: str, queue: str = "dispatch") -> str:
    return str(site.get(who, f"/?queue={queue}").content.decode())


def idle(minutes: int) -> None:
    """So long nobody has done anything."""
    Duty.objects.update(seen_at=timezone.now() - timedelta(minutes=minutes))


def test_two_on_duty_share_the_queue_and_each_row_says_whose_it_is(
    site: Site, base: Cast, two: tuple[str, str]
) -> None:
    made = [order.number for order in orders(base, 3)]
    one, other = two
    assert [take(site, one), take(site, other), take(site, one)] == made
    assert take(site, other) == made[1], "nothing is left but his own"
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    text = page(site, other)
    assert text.count(f"已分给{base.staff[one].name}") == 2
    assert text.count("已分给您") == 1
    assert f"同岗当班：{base.staff[one].name}" in text


def test_the_order_page_says_to_whom_it_was_handed_out(site: Site, base: Cast, two: tuple[str, str]) -> None:
    (order,) = orders(base, 1)
    one, other = two
    take(site, one)
    name, url = base.staff[one].name, f"/orders/{order.number}/"
    sign = {"number": order.number, "action": "order.dispatched"}
    assert f"<b>{name}正在处理</b>" in site.get(other, url).content.decode()
    assert site.at(other).post("/here/", sign).json() == {"others": f"{name}正在处理"}
    site.at(one).post("/here/", sign | {"gone": "1"})
    assert f"<b>已分给{name}</b>" in site.get(other, url).content.decode()
    assert f"已分给{name}" not in site.get(one, url).content.decode(), "he is not told of himself"
    assert site.at(other).post("/here/", sign).json() == {"others": f"已分给{name}"}
    assert f"已分给{name}" not in site.get("clerk@heat", url).content.decode()


def test_who_goes_off_duty_leaves_his_orders_to_the_others(site: Site, base: Cast, two: tuple[str, str]) -> None:
    (order,) = orders(base, 1)
    one, other = two
    assert (take(site, one), take(site, other)) == (order.number, "")
    site.at(one).post("/here/", {"number": order.number, "action": "order.dispatched", "gone": "1"})
    assert take(site, other) == "", "it is his though he has closed the form"
    assert "离岗" in page(site, one)
    site.at(one).post("/duty/", {"on": "", "queue": "dispatch"})
    assert "当班，领下一件" in page(site, one)
    assert take(site, other) == order.number


def test_signing_out_is_going_off_duty(site: Site, base: Cast, two: tuple[str, str]) -> None:
    (order,) = orders(base, 1)
    one, other = two
    take(site, one)
    site.at(one).post("/logout/")
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    assert not Duty.objects.filter(staff=base.staff[one]).exists()
    assert take(site, other) == order.number


def test_who_does_nothing_is_off_duty_after_the_packs_span(site: Site, base: Cast, two: tuple[str, str]) -> None:
    (order,) = orders(base, 1)
    one, other = two
    take(site, one)
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    idle(29)
    assert take(site, other) == ""
    Duty.objects.filter(staff=base.staff[one]).update(seen_at=timezone.now() - timedelta(minutes=31))
    assert take(site, other) == order.number
    assert "当班，领下一件" in page(site, one)
    # A page that renews itself and a form left open are no work; looking at the queue is.
    idle(20)
    site.get(other, "/?queue=dispatch", headers={"HX-Request": "true"})
    site.at(other).post("/here/", {"number": order.number, "action": "order.dispatched"})
    assert Duty.objects.get(staff=base.staff[other]).seen_at < timezone.now() - timedelta(minutes=19)
    page(site, other)
    assert Duty.objects.get(staff=base.staff[other]).seen_at > timezone.now() - timedelta(minutes=1)


def test_it_stays_his_for_the_packs_time_and_then_comes_back(site: Site, base: Cast, two: tuple[str, str]) -> None:
    (order,) = orders(base, 1)
    one, other = two
    take(site, one)
    until = Presence.objects.get().until
    assert until
    assert abs(until - timezone.now() - timedelta(minutes=30)) < timedelta(minutes=1)
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=5), until=timezone.now() - timedelta(seconds=1))
    assert take(site, other) == order.number


def test_what_is_given_back_is_the_others_and_comes_to_him_last(site: Site, base: Cast, two: tuple[str, str]) -> None:
    first, second = (order.number for order in orders(base, 2))
    one, other = two
    assert take(site, one) == first
    back = site.at(one).post("/give-back/", {"order": first, "queue": "dispatch"}, follow=True).content.decode()
    assert f"{first} 已放回队列" in back
    assert "已分给您" not in back
    assert take(site, one) == second
    assert take(site, other) == first
    again = site.at(one).post("/give-back/", {"order": first}, follow=True).content.decode()
    assert "已不在您名下" in again
    assert site.at("clerk@heat").post("/give-back/", {"order": first}).status_code == 404


def test_what_is_done_is_nobodys_any_more(site: Site, base: Cast, two: tuple[str, str]) -> None:
    (order,) = orders(base, 1)
    take(site, two[0])
    town = base.units["town"].name
    site.done(two[0], order, "order.dispatched", shares_unit=[town], shares_role=["lead"], basis="law")
    assert not Presence.objects.filter(order=order).exists()


def test_two_units_do_not_take_each_others_shares_away(site: Site, base: Cast) -> None:
    order = base.register(timezone.now() - timedelta(hours=1))
    base.dispatch(order, timezone.now() - timedelta(minutes=50), "town", "heat")
    assert take(site, "clerk@town", "all") == order.number
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    assert "已分给" not in page(site, "clerk@heat", "all")
    assert take(site, "clerk@heat", "all") == order.number


def test_who_only_looks_and_who_has_no_queue_is_not_on_duty(site: Site, base: Cast) -> None:
    assert site.at("callback:b").post("/duty/", {"on": "1"}).status_code == 403
    assert site.at("admin").post("/duty/", {"on": "1"}).status_code == 403
    assert site.get("dispatcher", "/duty/").status_code == 405
    assert not Duty.objects.exists()
    Absence.objects.create(staff=base.staff["callback"], start=timezone.now() - timedelta(hours=1))
    assert site.at("callback:b").post("/duty/", {"on": "1"}).status_code == 302


def test_the_packs_numbers_decide(base: Cast, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold and idle span, each changed by itself."""
    orders(base, 1)
    seat, queue = seat_of(base, two[0])
    half_hour = seat.pack.queues.handed_out

    def under(**spans: Any) -> Seat:
        kept = seat.pack.queues.model_copy(update=spans)
        changed = replace(seat, now=timezone.now())
        changed.__dict__["pack"] = seat.pack.model_copy(update={"queues": kept})
        return changed

    longer = type(half_hour).parse("2 hours")
    presence.hand_out(under(handed_out=longer), queue, lambda thing: "order.dispatched")
    until = Presence.objects.get().until
    assert until
    assert until - timezone.now() > timedelta(minutes=110)
    idle(45)
    other = replace(seat, staff=base.staff[two[1]])
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    order = Order.objects.get().pk
    assert presence.others(other, order) == ""
    other.__dict__["pack"] = under(off_duty_after=longer).pack
    assert presence.others(other, order) == f"已分给{base.staff[two[0]].name}"


def test_who_is_on_duty_is_asked_of_this_centre_alone(base: Cast) -> None:
    """Another centre's idle span is not this one's."""
    seats = [seat_of(cast, "dispatcher")[0] for cast in (base, make_cast("other", "base"))]
    for seat in seats:
        duty.begin(seat)
    for seat in seats:
        (rows,) = at_once((f"SELECT d.staff_id FROM {duty.ON_DUTY}", duty.on_duty(seat)))
        assert rows == [(seat.staff.pk,)]


@pytest.mark.parametrize(("name", "code", "days"), [("recently_closed", "closed", 14), ("dissatisfied", "unhappy", 90)])
def test_the_packs_days_decide_how_far_a_queue_looks_back(cast: Cast, name: str, code: str, days: int) -> None:
    closed = timezone.now() - timedelta(days=days + 5)
    order = cast.register(closed)
    cast.dispatch(order, closed, "town")
    cast.do("clerk@town", "share.signed", order.pk, closed)
    cast.do("clerk@town", "share.replied", order.pk, closed, **REPLY)
    cast.do("hotline_deputy@town", "share.unit_audited", order.pk, closed, approved=True)
    cast.do("auditor", "share.passed", order.pk, closed)
    if code == "unhappy":
        grades = {"process_grade": "satisfied", "result_grade": "dissatisfied", "solved": False, "layer": "district"}
        cast.do("callback", "callback.recorded", order.pk, closed + timedelta(hours=1), **grades)
    seat, _ = seat_of(cast, "callback")
    queue = next(queue for queue in queues.queues_of(seat) if queue.code == code)
    assert list(queues.in_turn(seat, queue)) == []
    span = type(getattr(seat.pack.queues, name)).parse(f"{days + 10} days")
    seat.__dict__["pack"] = seat.pack.model_copy(update={"queues": seat.pack.queues.model_copy(update={name: span})})
    assert [found.pk for found in queues.in_turn(seat, queue)] == [order.pk]


def seat_of(cast: Cast, who: str, code: str = "dispatch") -> tuple[Seat, Any]:
    directory = snapshot.of(cast.centre.pk)
    staff = Staff.objects.get(pk=cast.staff[who].pk)
    line = directory.posts_of(staff.pk)[0]
    seat = Seat(staff, line, (line,), True, directory, timezone.now())
    return seat, next((queue for queue in queues.queues_of(seat) if queue.code == code), None)


@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_at_once_get_eight_things() -> None:
    cast = make_cast("chenghe", "base")
    made = orders(cast, 8)
    seat, queue = seat_of(cast, "dispatcher")
    people = list(Staff.objects.filter(centre=cast.centre).order_by("pk")[:8])
    got: list[int] = []
    start = threading.Barrier(len(people))

    def ask(person: Staff) -> None:
        start.wait()
        try:
            given = presence.hand_out(replace(seat, staff=person), queue, lambda thing: "order.dispatched")
            got.append(given[0].pk if given else 0)
        finally:
            connections.close_all()

    each = [threading.Thread(target=ask, args=[person]) for person in people]
    [thread.start() for thread in each]
    [thread.join() for thread in each]
    assert sorted(got) == sorted(order.pk for order in made)


def test_forgetting_keeps_what_counts(site: Site, base: Cast, two: tuple[str, str]) -> None:
    orders(base, 2)
    take(site, two[0])
    take(site, two[1])
    now = timezone.now()
    long_ago: datetime = now - timedelta(hours=1)
    Presence.objects.update(seen_at=long_ago)
    Presence.objects.filter(staff=base.staff[two[0]]).update(until=long_ago)
    Duty.objects.filter(staff=base.staff[two[0]]).update(seen_at=now - timedelta(days=2))
    presence.forget(now)
    assert list(Presence.objects.values_list("staff", flat=True)) == [base.staff[two[1]].pk]
    assert list(Duty.objects.values_list("staff", flat=True)) == [base.staff[two[1]].pk]
