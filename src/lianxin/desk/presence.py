"""某某正在处理: who has the form of an order open; and the next thing of a queue for one who works through it.

A sign is written when a form is opened and renewed while it stays open; without one for a minute and a half the
person is taken to have gone.  It bars nobody: what two people do all the same is settled by the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from .models import Presence
from .queues import Queue, in_turn
from .seats import Seat

#: How long after the last sign a person counts as being there; forms give one every half minute.
THERE = timedelta(seconds=90)
#: How far down a queue the next thing is looked for: more people than that do not work at one.
DEPTH = 100


def here(seat: Seat, order: int, action: str) -> None:
    """The person has this form open."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Presence._meta.db_table} (order_id, staff_id, action, seen_at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (order_id, staff_id) DO UPDATE SET action = EXCLUDED.action, seen_at = EXCLUDED.seen_at",
            [order, seat.staff.pk, action, seat.now],
        )


def gone(seat: Seat, order: int) -> None:
    """The person has left it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {Presence._meta.db_table} WHERE order_id = %s AND staff_id = %s", [order, seat.staff.pk]
        )


def others(seat: Seat, orders: Iterable[int]) -> dict[int, str]:
    """Who else is at these orders now, by order: their names."""
    found: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT order_id, staff_id FROM {Presence._meta.db_table}"
            " WHERE order_id = ANY(%s) AND seen_at > %s AND staff_id <> %s ORDER BY id",
            [list(orders), seat.now - THERE, seat.staff.pk],
        )
        there = cursor.fetchall()
    for order, staff in there:
        line = seat.directory.staff.get(staff)
        found.setdefault(order, []).append(line.name if line else "其他人")
    return {order: "、".join(names) for order, names in found.items()}


def hand_out(seat: Seat, queue: Queue, action_of: Any, *, but: int | None = None) -> tuple[Any, str] | None:
    """The first thing of a queue at which nobody else is, with its next verb; from now on the person is at it.

    `action_of(thing)` names the verb, `""` for none; order `but` is passed over.  One hand-out of a centre at a time,
    so that two who ask at once get two things.  None if nothing is left.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_HAND_OUT, seat.directory.centre_id])
        things = list(in_turn(seat, queue)[:DEPTH])
        taken = others(seat, [_order(thing) for thing in things])
        for thing in things:
            pk = _order(thing)
            if pk in taken or pk == but:
                continue
            action = action_of(thing)
            if action:
                here(seat, pk, action)
                return thing, action
    return None


def _order(thing: Any) -> int:
    return int(getattr(thing, "order_id", None) or thing.pk)


#: First key of the advisory lock; any number that nobody else uses.
_HAND_OUT = 12345


def forget(at: Any) -> None:
    """Drop the signs of people who have long gone."""
    Presence.objects.filter(seen_at__lt=at - 10 * THERE).delete()
