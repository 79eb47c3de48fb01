"""What is done with rosters: drawn up from a pattern, put in force when there is no hole, ended; their holes found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from lianxin.rules.worktime import SHANGHAI

from .models.shifts import Roster, Shift

#: Between opening the form and sending it: a shift that begins now may be added so long after.
_LATE = timedelta(minutes=10)
#: A shift counts for its roster's time only, as far as its person serves and is not away.
_HOLES = """
WITH there AS (
    SELECT s.roster_id, tstzmultirange(tstzrange(s.start, s.until)) - COALESCE(
        (SELECT range_agg(tstzrange(a.start, a."end")) FROM directory_absence a WHERE a.staff_id = s.staff_id),
        '{}'::tstzmultirange) AS times
    FROM directory_shift s JOIN directory_staff p ON p.id = s.staff_id
    WHERE s.roster_id = ANY(%(rosters)s) AND NOT s.withdrawn AND p.is_active)
SELECT r.id, lower(hole), upper(hole)
FROM directory_roster r, LATERAL unnest(
    tstzmultirange(tstzrange(GREATEST(r.start, %(after)s), r.until)) - COALESCE(
        (SELECT range_agg(piece) FROM there, unnest(there.times) piece WHERE there.roster_id = r.id),
        '{}'::tstzmultirange)) AS hole
WHERE r.id = ANY(%(rosters)s) AND r.until > %(after)s
ORDER BY lower(hole), r.id
"""


@dataclass(frozen=True, slots=True)
class Hole:
    """A time of a roster in which nobody is on duty, `start` included and `until` not."""

    roster: int
    start: datetime
    until: datetime

    @property
    def in_words(self) -> str:
        """From when to when, as people write it."""
        return f"{_time(self.start)} 至 {_time(self.until)}"


def _time(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y年%m月%d日 %H:%M}"


def holes(rosters: Iterable[int], after: datetime) -> list[Hole]:
    """The holes of these rosters from `after` on, the earliest first.  One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLES, {"rosters": list(rosters), "after": after})
        return [Hole(*row) for row in cursor.fetchall()]


def rotate(roster: Roster, teams: Sequence[tuple[str, Sequence[int]]], length: timedelta) -> int:
    """Draw up the shifts of a draft: the teams, (name, people) each, one after the other for `length` until its end.

    Returns how many shifts were made.  ValidationError where it is no draft, or somebody is on duty elsewhere then.
    """
    _require_draft(roster)
    if not teams or length <= timedelta(0):
        raise ValidationError("请填写班组和每班的时长。")
    made, start, turn = list[Shift](), roster.start, 0
    while start < roster.until:
        name, people = teams[turn % len(teams)]
        until = min(start + length, roster.until)
        for staff in people:
            about = {"centre_id": roster.centre_id, "roster": roster, "team": name, "staff_id": staff}
            made.append(Shift(**about, start=start, until=until))
        start, turn = until, turn + 1
    with transaction.atomic():
        _require_free(roster, made)
        Shift.objects.bulk_create(made)
    return len(made)


def _require_free(roster: Roster, made: Sequence[Shift]) -> None:
    people = {shift.staff_id for shift in made}
    taken = Shift.objects.filter(staff__in=people, withdrawn=False, start__lt=roster.until, until__gt=roster.start)
    other = taken.select_related("staff").first()
    if other is not None:
        raise ValidationError(f"{other.staff}在 {Hole(0, other.start, other.until).in_words} 已有班次，请先调整。")


def _require_draft(roster: Roster) -> None:
    if roster.state != Roster.State.DRAFT:
        raise ValidationError("只有草稿可以这样处理。")


def enact(roster: Roster) -> None:
    """Put a draft in force.  ValidationError, which names the first hole, where there is a time without anybody."""
    with transaction.atomic():
        roster = Roster.objects.select_for_update().get(pk=roster.pk)
        _require_draft(roster)
        found = holes([roster.pk], roster.start)
        if found:
            more = f"（共 {len(found)} 处空档）" if len(found) > 1 else ""
            raise ValidationError(f"{found[0].in_words} 没有人值班{more}，请排好后再生效。")
        roster.state = Roster.State.IN_FORCE
        roster.validate_constraints()
        roster.save()


def end(roster: Roster, at: datetime) -> None:
    """Nobody is on duty by this roster from `at` on: what was until then stays on record."""
    with transaction.atomic():
        roster = Roster.objects.select_for_update().get(pk=roster.pk)
        shifts = Shift.objects.filter(roster=roster, withdrawn=False)
        shifts.filter(start__gte=at).update(withdrawn=True)
        shifts.filter(until__gt=at).update(until=at)
        if at <= roster.start:
            roster.state = Roster.State.ENDED
        elif at < roster.until:
            roster.until = at
        roster.save()


def withdraw(shift: Shift, at: datetime) -> None:
    """That person does not have the shift from `at` on: what he did of it until then stays on record.

    ValidationError where it is over.  A hole that it leaves is told as any (`oversight.shift_holes`).
    """
    with transaction.atomic():
        shift = Shift.objects.select_for_update().get(pk=shift.pk)
        if shift.until <= at or shift.withdrawn:
            raise ValidationError("这一班已经值完或者已撤下，不能再撤。")
        if shift.start < at:
            shift.until = at
        else:
            shift.withdrawn = True
        shift.save()


def require_to_come(shift: Shift, at: datetime) -> None:
    """ValidationError where the shift cannot be added: to a roster that has ended, or, of one in force, for a time that
    is past."""
    if shift.roster.state == Roster.State.ENDED:
        raise ValidationError("班表已停用，不能再加班次。")
    if shift.roster.state == Roster.State.IN_FORCE and shift.start < at - _LATE:
        raise ValidationError({"start": "班表已生效，不能补排已经过去的班次；请从现在起排。"})
