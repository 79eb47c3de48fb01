"""Who is on duty for a post at an instant, by the rosters in force: plain, and built once a snapshot."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from . import reading

#: What a roster of duty leads is (`models.Roster.Kind`), who answer where nobody else is on duty; and of a rapid team.
LEADS, RAPID = "leads", "rapid"


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A roster in force, with its shifts: (start, until, staff)."""

    post: int
    kind: str
    start: datetime
    until: datetime
    shifts: tuple[tuple[datetime, datetime, int], ...]


@dataclass(frozen=True)
class OnDuty:
    """The rosters in force of a centre."""

    rosters: tuple[RosterLine, ...] = ()

    def people(self, post: int, at: datetime) -> tuple[int, ...] | None:
        """Who has the shift at `at`, in the order of the roster; None where no roster in force speaks for the post."""
        starts, turns = self._turns.get(post, ((), ()))
        place = bisect_right(starts, at) - 1
        return turns[place] if place >= 0 else None

    def roster(self, post: int, at: datetime) -> RosterLine | None:
        """The roster in force that speaks for the post at `at`."""
        return next((line for line in self.rosters if line.post == post and line.start <= at < line.until), None)

    def relieved(self, post: int, staff: int, at: datetime) -> datetime | None:
        """When that person, on duty at `at`, is so no more; of anybody else when the shift changes next."""
        starts, turns = self._turns.get(post, ((), ()))
        place = bisect_right(starts, at)
        if staff in (self.people(post, at) or ()):
            while place < len(turns) and staff in (turns[place] or ()):
                place += 1
        return starts[place] if place < len(starts) else None

    def changed(self, post: int, at: datetime) -> datetime | None:
        """When the shift of the post changed last, from some people to others; None where it has not yet."""
        starts, turns = self._turns.get(post, ((), ()))
        place = bisect_right(starts, at) - 1
        while place > 0 and not (turns[place] and turns[place - 1] and turns[place] != turns[place - 1]):
            place -= 1
        return starts[place] if place > 0 else None

    def members(self, post: int) -> frozenset[int]:
        """Everybody who has a shift for that post at any time."""
        return self._members.get(post, frozenset())

    def posts_of(self, staff: int) -> tuple[int, ...]:
        """The posts for which that person has shifts."""
        return tuple(post for post, members in self._members.items() if staff in members)

    @cached_property
    def leads(self) -> frozenset[int]:
        """The posts of duty leads."""
        return frozenset(roster.post for roster in self.rosters if roster.kind == LEADS)

    def is_rapid(self, post: int, at: datetime) -> bool:
        """Whether a roster of a rapid team speaks for the post at `at`."""
        return any(roster.post == post and roster.start <= at < roster.until for roster in self._rapid)

    @cached_property
    def _rapid(self) -> tuple[RosterLine, ...]:
        return tuple(roster for roster in self.rosters if roster.kind == RAPID)

    def changes_after(self, at: datetime) -> datetime | None:
        """When a shift begins or ends next."""
        place = bisect_right(self._instants, at)
        return self._instants[place] if place < len(self._instants) else None

    @cached_property
    def _instants(self) -> tuple[datetime, ...]:
        return tuple(sorted({instant for starts, _ in self._turns.values() for instant in starts}))

    @cached_property
    def _members(self) -> Mapping[int, frozenset[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        for roster in self.rosters:
            found[roster.post].update(staff for _, _, staff in roster.shifts)
        return {post: frozenset(members) for post, members in found.items()}

    @cached_property
    def _turns(self) -> Mapping[int, tuple[tuple[datetime, ...], tuple[tuple[int, ...] | None, ...]]]:
        """Of each post the instants at which it changes who is on duty, and who is from then on."""
        found: dict[int, dict[datetime, tuple[int, ...] | None]] = defaultdict(dict)
        for roster in sorted(self.rosters, key=lambda roster: roster.start):
            found[roster.post] |= dict(_sweep(roster))
            found[roster.post].setdefault(roster.until, None)
        return {post: (tuple(turns), tuple(turns.values())) for post, turns in found.items()}


def _sweep(roster: RosterLine) -> Iterable[tuple[datetime, tuple[int, ...]]]:
    begin, end = defaultdict(list), defaultdict(list)
    for start, until, staff in roster.shifts:
        if start < roster.until and until > roster.start:
            begin[max(start, roster.start)].append(staff)
            end[until].append(staff)
    there: list[int] = []
    for instant in sorted({roster.start, *begin, *end}):
        if instant >= roster.until:
            return
        there = [staff for staff in there if staff not in end[instant]] + begin[instant]
        yield instant, tuple(there)


#: Where no roster is in force.
NOBODY_ASKED = OnDuty()


def read(rosters: Any, left_out: list[str]) -> OnDuty:
    """Those of a centre's rosters that are in force, with their shifts, in one query; what cannot be read is named in
    `left_out`."""
    in_force = rosters.filter(state="in_force").order_by("id", "shifts__start", "shifts__id")
    found: dict[tuple[int, str, datetime, datetime], list[tuple[datetime, datetime, int]]] = defaultdict(list)
    shift = ("shifts__withdrawn", "shifts__start", "shifts__until", "shifts__staff")
    read = reading.rows(in_force, "post", "kind", "start", "until", *shift, left_out=left_out)
    for post, kind, begins, ends, withdrawn, start, until, staff in read:
        shifts = found[post, kind, begins, ends]
        if withdrawn is False:
            shifts.append((start, until, staff))
    return OnDuty(tuple(RosterLine(*roster, shifts=tuple(shifts)) for roster, shifts in found.items()))
