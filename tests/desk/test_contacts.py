"""D36: contacts with the caller, counted on the order, in the figures and in a queue of those that had too few."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import Cast, later
from tests.desk.test_queue_rows import codes, seat_at, within
from tests.desk.web import Site
from tests.orders.stages import REASON, REPLY, TOLD

from lianxin.figures.count import count, order_ids
from lianxin.figures.scope import Scope
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.orders.recount import order_facts
from lianxin.rules import policy

MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)


def week(cast: Cast, cutoff: datetime | None = None) -> Scope:
    return Scope.of_days(cast.centre.pk, MONDAY, SUNDAY, "city", cutoff)


def contacts(scope: Scope) -> int:
    return count(scope, ["contacts"])[()]["contacts"]


def handled(cast: Cast, at: datetime, unit: str = "heat", contacted: int = 1, *, reached: bool = True) -> Order:
    """An order that was closed, its caller having been contacted so often."""
    order = cast.register(at)
    cast.dispatch(order, at, unit)
    cast.do(f"clerk@{unit}", "share.signed", order.pk, at)
    for n in range(contacted):
        contact(cast, order, later(at, minutes=10 + n), unit, reached=reached)
    cast.do(f"clerk@{unit}", "share.replied", order.pk, later(at, hours=1), **REPLY)
    cast.do(f"hotline_deputy@{unit}", "share.unit_audited", order.pk, later(at, hours=2), approved=True)
    cast.do("auditor", "share.passed", order.pk, later(at, hours=3))
    order.refresh_from_db()
    assert order.state == "closed"
    return order


def contact(cast: Cast, order: Order, at: datetime, unit: str = "heat", **more: Any) -> None:
    cast.do(f"clerk@{unit}", "share.contacted", order.pk, at, text="已电话联系，约定上门。", **more)


def test_d36_only_a_caller_who_was_reached_counts(cast: Cast, nine: datetime) -> None:
    twice = handled(cast, nine, contacted=2)
    never = handled(cast, nine, contacted=3, reached=False)
    assert (twice.contacts, never.contacts) == (2, 0)
    assert contacts(week(cast)) == 2
    assert order_ids(week(cast), "contacts") == [twice.pk]
    assert list(verify()) == []


def test_d36_a_remark_and_a_step_on_the_way_are_no_contact(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, nine)
    cast.do("clerk@heat", "share.progressed", order.pk, later(nine, hours=1), text="已电话联系诉求人，正在检修。")
    cast.do("dispatcher", "remark.asked", order.pk, later(nine, hours=2), text="是否联系诉求人？", of_unit=None)
    order.refresh_from_db()
    assert (order.contacts, contacts(week(cast))) == (0, 0)


def test_d36_who_calls_for_the_town_calls_once_and_for_the_town(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "town")
    cast.do("clerk@town", "share.signed", order.pk, nine)
    cast.do("clerk@town", "share.delegated", order.pk, nine, unit=cast.units["village"].pk)
    cast.do("clerk@village", "share.signed", order.pk, nine)
    contact(cast, order, later(nine, minutes=10), "village")
    order.refresh_from_db()
    assert order.contacts == 1
    assert count(week(cast), ["contacts"], by=["unit_id"]) == {(cast.units["town"].pk,): {"contacts": 1}}
    assert order_ids(week(cast), "contacts", {"unit_id": [cast.units["town"].pk]}) == [order.pk]


def test_d36_counted_as_known_at_the_cut_off_in_its_period_and_centre(cast: Cast, other: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, nine)
    for hours in (1, 2, 24 * 7):
        contact(cast, order, later(nine, hours=hours))
    assert contacts(week(cast)) == 2
    assert contacts(week(cast, later(nine, hours=2))) == 1
    assert contacts(replace(week(cast), start=later(nine, hours=2))) == 1
    assert contacts(week(other)) == 0
    Order.objects.filter(pk=order.pk).update(simulated=True)
    assert contacts(week(cast)) == 0


def test_d36_conditions_of_a_pack_see_the_count(cast: Cast, nine: datetime) -> None:
    from lianxin.directory import snapshot
    from lianxin.ledger.deed import World
    from lianxin.ledger.others import Others

    order = handled(cast, nine, contacted=2)
    directory = snapshot.of(cast.centre.pk)
    world = World(directory, directory.find_pack(order.pack), Others())
    assert order_facts(order, world, nine)["contacts"] == 2
    assert Entry.objects.filter(order=order, derived__counts__contacts=2).count() == 1


@pytest.fixture
def lately() -> datetime:
    return timezone.now() - timedelta(days=2)


def test_d36_closed_without_another_contact_is_listed(cast: Cast, lately: datetime) -> None:
    never, once, twice = (handled(cast, lately, contacted=n) for n in range(3))
    unreached = handled(cast, lately, contacted=4, reached=False)
    old = handled(cast, later(lately, days=-20))
    supervisor = seat_at(cast, cast.posts["supervisor"])
    assert set(within(supervisor, "contacts")) == {never.pk, once.pk, unreached.pk}
    assert not {twice.pk, old.pk} & set(within(supervisor, "contacts"))


def test_d36_the_leads_of_a_unit_see_their_own(cast: Cast, lately: datetime) -> None:
    mine, others = handled(cast, lately, "town"), handled(cast, lately, "heat")
    for post in ("principal@town", "hotline_deputy@town"):
        assert within(seat_at(cast, cast.posts[post]), "contacts") == [mine.pk]
    assert within(seat_at(cast, cast.posts["principal@heat"]), "contacts") == [others.pk]
    assert "contacts" not in codes(seat_at(cast, cast.posts["clerk@town"])).split()
    assert mine.number in str(Site(cast).get("principal@town", "/?queue=contacts").content.decode())


def test_d36_nobody_gets_off_the_list_after_the_end(cast: Cast, lately: datetime) -> None:
    """What is contacted after the closing is refused, and what was answered without a unit was never on it."""
    order = handled(cast, lately)
    with pytest.raises(Refused):
        contact(cast, order, later(lately, hours=5))
    order.refresh_from_db()
    assert order.contacts == 1
    direct = cast.register(lately)
    cast.do("agent", "order.answered", direct.pk, later(lately, minutes=5), told=TOLD)
    supervisor = seat_at(cast, cast.posts["supervisor"])
    assert within(supervisor, "contacts") == [order.pk]
    cast.do("supervisor", "order.reopened", order.pk, later(lately, hours=6), reason=REASON)
    assert within(supervisor, "contacts") == []


def test_d36_the_mean_stands_on_the_page_of_figures_with_its_orders(cast: Cast, lately: datetime) -> None:
    order = handled(cast, lately, contacted=3)
    handled(cast, lately, contacted=0)
    assert policy.find("junan-2021").formulas["contacts_mean"].of.text == "contacts / handled"
    site, name = Site(cast), f"{timezone.localtime(lately):%G-W%V}"
    page = site.get("supervisor", f"/figures/?week={name}").content.decode()
    assert "件均联系次数" in page
    assert "1.50" in page
    behind = site.get("supervisor", f"/bulletins/{name}/orders/?key=contacts").content.decode()
    assert order.number in behind
    assert "1 件工单" in behind
