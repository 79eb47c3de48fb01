"""当班: who shares a queue at the moment.  A person says so, or takes the next thing; it is over when he says so, signs
out, or has done nothing for as long as the pack says.  What was handed out to him is free then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.auth.signals import user_logged_out
from django.db import connection
from django.dispatch import receiver

from lianxin.directory.models import Staff

from .asking import Question, answers
from .models import Duty, Presence
from .seats import Seat

#: A sign of life is written at most so often.
EVERY = timedelta(minutes=1)


def begin(seat: Seat) -> None:
    """The person is on duty at this post."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Duty._meta.db_table} AS d (staff_id, unit, role, since, seen_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (staff_id) DO UPDATE SET unit = EXCLUDED.unit, role = EXCLUDED.role,"
            " since = CASE WHEN d.seen_at > %s THEN d.since ELSE EXCLUDED.since END, seen_at = EXCLUDED.seen_at",
            [seat.staff.pk, seat.post.unit, seat.role, seat.now, seat.now, _alive_since(seat)],
        )


def end(staff: int) -> None:
    """The person is not on duty any more; what was handed out to him is anybody's."""
    Duty.objects.filter(staff=staff).delete()
    Presence.objects.filter(staff=staff).update(until=None)


def seen(seat: Seat) -> None:
    """The person does something: he stays on duty, if he is."""
    with connection.cursor() as cursor:  # on the path of every act: plain, as building the query costs more
        cursor.execute(
            f"UPDATE {Duty._meta.db_table} SET seen_at = %s WHERE staff_id = %s AND seen_at > %s AND seen_at < %s",
            [seat.now, seat.staff.pk, _alive_since(seat), seat.now - EVERY],
        )


#: Who (`d`) of a centre (`%s`) has done something since (`%s`).
ON_DUTY = (
    f"{Duty._meta.db_table} d JOIN {Staff._meta.db_table} s ON s.id = d.staff_id"
    " WHERE s.centre_id = %s AND d.seen_at > %s"
)


def on_duty(seat: Seat) -> list[Any]:
    """The values of `ON_DUTY`: those of this centre, by its own idle span."""
    return [seat.directory.centre_id, _alive_since(seat)]


def beside(seat: Seat) -> tuple[bool, list[str]]:
    """Whether the person is on duty at this post, and who else shares its queues."""
    (found,) = answers(question(seat))
    return cast(tuple[bool, list[str]], found)


def question(seat: Seat) -> Question:
    """Asks for `beside`."""

    def made(rows: list[Any]) -> tuple[bool, list[str]]:
        people, known = [pk for (pk,) in rows], seat.directory.staff
        return seat.staff.pk in people, [known[pk].name for pk in people if pk != seat.staff.pk and pk in known]

    asked = f"SELECT d.staff_id FROM {ON_DUTY} AND d.unit = %s AND d.role = %s ORDER BY d.since, d.staff_id"
    return Question((asked, [*on_duty(seat), seat.post.unit, seat.role]), made)


def _alive_since(seat: Seat) -> datetime:
    return seat.since(seat.pack.queues.off_duty_after)


@receiver(user_logged_out)
def _signed_out(sender: Any, user: Any, **_: Any) -> None:
    if isinstance(user, Staff):
        end(user.pk)


def forget(at: datetime) -> None:
    """Drop the lines of people who have done nothing since `at`."""
    Duty.objects.filter(seen_at__lt=at).delete()
