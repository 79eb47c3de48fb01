"""某某正在处理, 已分给某某: who has an order's form open, to whom it was handed out, and a queue's next thing.

A sign is written when a form is opened and renewed while it stays open; without one for a minute and a half the
person is taken to have gone.  What was handed out stays his for as long as the pack says, while he is on duty.  It bars
nobody: what two people do all the same is settled by the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from django.db import connection, transaction
from django.db.models import Q

from lianxin.ledger.locks import Lock
from lianxin.orders.models import Order

from . import duty
from .asking import Asked, Question, answers
from .models import Presence
from .queues import Queue, in_turn
from .seats import Seat

#: How long after the last sign a person counts as being there; forms give one every half minute.
THERE = timedelta(seconds=90)
#: How far down a queue the next thing is looked for: more people than that do not work at one.
DEPTH = 100


class Sign(NamedTuple):
    """One person at one order: whether he has a form open; whose queue; until when it was handed out to him."""

    order: int
    staff: int
    there: bool
    unit: int | None
    until: datetime | None


def here(seat: Seat, order: int, action: str, *, until: datetime | None = None) -> None:
    """The person has this form open; until `until` the order is handed out to him."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Presence._meta.db_table} AS p (order_id, staff_id, action, seen_at, unit, until)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (order_id, staff_id) DO UPDATE SET action = EXCLUDED.action,"
            " seen_at = EXCLUDED.seen_at, unit = EXCLUDED.unit, until = COALESCE(EXCLUDED.until, p.until)",
            [order, seat.staff.pk, action, seat.now, place(seat), until],
        )


def gone(seat: Seat, order: int) -> None:
    """The person has left the form; what was handed out to him stays his."""
    mine = Presence.objects.filter(order=order, staff=seat.staff.pk)
    mine.filter(until=None, left_at=None).delete()
    mine.update(seen_at=seat.now - THERE)


def done(seat: Seat, number: str) -> Asked:
    """The person has done what he was at: the order of this number."""
    return (
        f"DELETE FROM {Presence._meta.db_table} p USING {Order._meta.db_table} o WHERE o.id = p.order_id"
        " AND p.staff_id = %s AND o.centre_id = %s AND o.number = %s",
        [seat.staff.pk, seat.directory.centre_id, number],
    )


def give_back(seat: Seat, order: int) -> bool:
    """The person leaves what was handed out to him to the others; whether it was his."""
    mine = Presence.objects.filter(order=order, staff=seat.staff.pk, until__gt=seat.now)
    return bool(mine.update(until=None, left_at=seat.now, seen_at=seat.now - THERE))


def place(seat: Seat) -> int:
    """Whose queues the person works through: his unit's, or the centre's."""
    return seat.post.unit if seat.in_unit else seat.directory.root.id


def signs(seat: Seat, orders: Iterable[int]) -> list[Sign]:
    """Who is at these orders now, or has them handed out; the person himself too."""
    (found,) = answers(question(seat, orders))
    return cast(list[Sign], found)


def question(seat: Seat, orders: Iterable[int]) -> Question:
    """Asks for `signs`."""
    here = seat.now - THERE

    def made(rows: list[Any]) -> list[Sign]:
        return [
            Sign(order, staff, seen > here, unit, until if until and until > seat.now else None)
            for order, staff, seen, unit, until in rows
        ]

    asked = (
        f"SELECT p.order_id, p.staff_id, p.seen_at, p.unit, p.until FROM {Presence._meta.db_table} p"
        " WHERE p.order_id = ANY(%s) AND (p.seen_at > %s OR (p.until > %s"
        f" AND EXISTS (SELECT FROM {duty.ON_DUTY} AND d.staff_id = p.staff_id))) ORDER BY p.id"
    )
    return Question((asked, [list(orders), here, seat.now, *duty.on_duty(seat)]), made)


def others(seat: Seat, order: int) -> str:
    """The sentence of who else is at one order, or has it handed out to him; `""` for nobody."""
    return sentence(seat, order, signs(seat, [order]))


def sentence(seat: Seat, order: int, found: list[Sign]) -> str:
    """The same of what was found."""
    return whose(seat, found)[0].get(order, "")


def _names(seat: Seat, found: list[Sign]) -> dict[int, str]:
    names: dict[int, list[str]] = {}
    for sign in found:
        line = seat.directory.staff.get(sign.staff)
        names.setdefault(sign.order, []).append(line.name if line else "其他人")
    return {order: "、".join(several) for order, several in names.items()}


def whose(seat: Seat, found: list[Sign]) -> tuple[dict[int, str], dict[int, datetime]]:
    """For the rows of a queue: by order the sentence of who is at it, and until when it was handed out to the person
    himself."""
    strange = [sign for sign in found if sign.staff != seat.staff.pk]
    there = _names(seat, [sign for sign in strange if sign.there])
    given = _names(seat, [sign for sign in strange if not sign.there and sign.unit == place(seat)])
    sentences = {order: f"已分给{names}" for order, names in given.items()}
    sentences |= {order: f"{names}正在处理" for order, names in there.items()}
    return sentences, {sign.order: sign.until for sign in found if sign.staff == seat.staff.pk and sign.until}


def hand_out(seat: Seat, queue: Queue, action_of: Any, *, but: int | None = None) -> tuple[Any, str] | None:
    """The first thing of a queue at which nobody else is, with its next verb; from now on it is this person's, who is
    on duty.

    `action_of(thing)` names the verb, `""` for none; order `but` is passed over.  What he has already, and what he gave
    back, come only when there is nothing else.  One hand-out of a centre at a time, so that two who ask at once get two
    things.  None if nothing is left.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [Lock.HAND_OUT, seat.directory.centre_id])
        duty.begin(seat)
        until = seat.pack.queues.handed_out.due(seat.now, seat.calendar)
        for thing in _free(seat, queue, but):
            action = action_of(thing)
            if action:
                here(seat, _order(thing), action, until=until)
                return thing, action
    return None


def _free(seat: Seat, queue: Queue, but: int | None) -> list[Any]:
    """What may be handed out, in turn: first what is nobody's, then what is his, last what he gave back."""
    things = [thing for thing in in_turn(seat, queue)[:DEPTH] if _order(thing) != but]
    orders = [_order(thing) for thing in things]
    found = [sign for sign in signs(seat, orders) if sign.unit in (None, place(seat))]
    taken = {sign.order for sign in found if sign.staff != seat.staff.pk}
    mine = {sign.order for sign in found if sign.staff == seat.staff.pk and sign.until}
    left = set(
        Presence.objects.filter(
            order__in=orders, staff=seat.staff.pk, left_at__gt=seat.since(seat.pack.queues.handed_out)
        ).values_list("order", flat=True)
    )
    free = [thing for thing in things if _order(thing) not in taken]
    return sorted(free, key=lambda thing: (_order(thing) in left, _order(thing) in mine))


def _order(thing: Any) -> int:
    return int(getattr(thing, "order_id", None) or thing.pk)


def forget(at: datetime) -> None:
    """Drop the signs of people who have long gone, and who was on duty the day before."""
    day = timedelta(days=1)
    old = Presence.objects.filter(seen_at__lt=at - 10 * THERE)
    old.filter(Q(until=None) | Q(until__lt=at), Q(left_at=None) | Q(left_at__lt=at - day)).delete()
    duty.forget(at - day)
