"""A body to which 100,000 orders are shown, beside a unit that has as many: what each waits for its list of 50.

limit: 1.3 times the unit's list.  Both lists are the newest of what `visible_to` chooses among 200,000 orders, half of
them the unit's and the body's; 1,000 are made by the ledger, the others are copies.
"""

from __future__ import annotations

from typing import Any

from django.test import Client

from lianxin.directory.models import Post, Staff, Unit
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record, record_many
from lianxin.orders.models import Order, Sight

from . import acts
from .clock_sweep import multiply
from .ground import Ground, last_order, now, query
from .measured import Measured, best

SHOWN = 100_000
PATTERNS = 1_000
LIST = 50


def run(ground: Ground) -> list[Measured]:
    """Seconds of the body's list over those of the unit's, the best of twenty of each."""
    unit, other, *_ = ground.units()
    body = _body(ground)
    first = last_order()
    record_many(acts.lives(ground, PATTERNS, at=now(), keyed=False, units=[unit, other]))
    multiply(first, last_order(), 2 * SHOWN // PATTERNS - 1)
    _show(ground, unit, body)
    query("VACUUM ANALYZE")
    clerk, deputy = _person(ground, unit, "clerk"), _person(ground, body.pk, "clerk")
    there = Sight.objects.filter(to_unit=body, until=None).count()
    assert there == SHOWN, f"{there} sights"
    ours, theirs = best(lambda: _newest(deputy), 20), best(lambda: _newest(clerk), 20)
    more = {
        "sights": there,
        "orders": Order.objects.count(),
        "body's list ms": ours * 1000,
        "unit's list ms": theirs * 1000,
        "body's page ms": best(_page(deputy, "/shown/"), 10) * 1000,
        "body's last page ms": best(_page(deputy, f"/shown/?before={first + LIST}"), 10) * 1000,
        "an order's page through a sight ms": best(_page(deputy, f"/orders/{_shown_to(body).number}/"), 10) * 1000,
    }
    return [Measured("a body's list of 50 among 100,000 sights", ours / theirs, 1.3, "of a unit's list", more=more)]


def _newest(person: Staff) -> None:
    found = list(Order.objects.visible_to(person).select_related("appeal").order_by("-pk")[:LIST])
    assert len(found) == LIST


def _page(person: Staff, path: str) -> Any:
    client = Client(HTTP_HOST="localhost")
    client.force_login(person)

    def ask() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, answer.status_code

    ask()
    return ask


def _body(ground: Ground) -> Unit:
    """A body with a clerk."""
    root = Unit.objects.get(centre=ground.centre, parent=None)
    body = Unit.objects.create(centre=ground.centre, parent=root, code="body", name="督查室", type="body")
    people = [
        Staff.objects.create_user(username=f"body-{side}", password=None, name=f"督查{side}", centre=ground.centre)
        for side in "AB"
    ]
    Post.objects.create(centre=ground.centre, unit=body, role="clerk", holder_a=people[0], holder_b=people[1])
    return body


def _show(ground: Ground, unit: int, body: Unit) -> None:
    """One order is shown by the ledger, all others of the unit by copies of its sight."""
    order = Order.objects.filter(shares__unit=unit).earliest("pk")
    said = {"reason": "supervises", "units": [body.pk]}
    record(Act("order.shown", ground.actor("supervisor"), now(), said, order=order.pk))
    names = [field.column for field in Sight._meta.concrete_fields if field.column not in ("id", "order_id")]
    columns = ", ".join(f'"{name}"' for name in names)
    query("SET session_replication_role = replica")  # no checks of foreign keys: all of them are the first one's
    query(
        f"INSERT INTO orders_sight (id, order_id, {columns}) SELECT (h.order_id << 16) | 60000, h.order_id,"
        f" {', '.join(f's.{name}' for name in columns.split(', '))} FROM orders_sight s, orders_share h"
        " WHERE h.unit_id = %s AND h.order_id <> s.order_id",
        unit,
    )
    query("SET session_replication_role = origin")


def _shown_to(body: Unit) -> Order:
    return Sight.objects.filter(to_unit=body).earliest("order").order


def _person(ground: Ground, unit: int, role: str) -> Staff:
    return Staff.objects.get(pk=ground.actor(role, unit).staff)
