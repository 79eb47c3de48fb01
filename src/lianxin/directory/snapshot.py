"""The snapshot: a centre's whole directory as a read-only view in memory, for the paths that act thousands of times.

Units and areas stand in their own order and, within one position, by their sound; people by the sound of their names.

`snapshot.of(centre_id)` costs one query of one row (the stamp) as long as nothing changed, and fifteen after a change.
The stamp is set by triggers of the database (migration 0003) from a sequence: it changes whoever writes and however,
in every process, and a stamp of a transaction that was rolled back never comes again, so a view can never be stale.
A time-to-live was refused: within it a deactivated unit would still get work, and two processes would disagree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import connection

from lianxin.rules import policy
from lianxin.rules.worktime import SHANGHAI, Calendar, OfficeHours

from . import adopted, on_duty, places, reading
from .division import Division
from .lines import AreaLine, CategoryLine, ChargeLine, PolicyLine, PostLine, StaffLine, UnitLine
from .on_duty import LEADS, NOBODY_ASKED, OnDuty
from .places import NOWHERE, Places
from .presence import pick


@dataclass(frozen=True)
class Snapshot:
    """One centre's directory under one stamp. Read only; ask `of` again for every batch of work."""

    centre_id: int
    stamp: int
    area_code: str
    units: Mapping[int, UnitLine]
    categories: Mapping[int, CategoryLine]
    areas: Mapping[int, AreaLine]
    posts: Mapping[int, PostLine]
    charges: tuple[ChargeLine, ...]
    staff: Mapping[int, StaffLine]
    absences: Mapping[int, tuple[tuple[datetime, datetime | None], ...]]
    policies: tuple[PolicyLine, ...]
    #: the digest of every adopted pack, by “id@version”
    packs: Mapping[str, str]
    days: tuple[tuple[date, bool, str], ...]
    on_duty: OnDuty = NOBODY_ASKED
    places: Places = NOWHERE
    #: Rows that cannot be read, by title and number: the rest of the directory does not depend on them.
    left_out: tuple[str, ...] = ()

    @cached_property
    def root(self) -> UnitLine:
        """The unit that is the centre itself."""
        return next(unit for unit in self.units.values() if unit.parent is None)

    @cached_property
    def unit_by_code(self) -> Mapping[str, UnitLine]:
        """Every unit by its code."""
        return {unit.code: unit for unit in self.units.values()}

    @cached_property
    def category_by_path(self) -> Mapping[tuple[str, ...], CategoryLine]:
        """Every category by its names from the first level down."""
        return {category.path: category for category in self.categories.values()}

    @cached_property
    def _posts_at(self) -> Mapping[tuple[int, str], tuple[PostLine, ...]]:
        found: dict[tuple[int, str], list[PostLine]] = defaultdict(list)
        for post in self.posts.values():
            found[post.unit, post.role].append(post)
        return {place: tuple(posts) for place, posts in found.items()}

    @cached_property
    def _posts_of(self) -> Mapping[int, tuple[PostLine, ...]]:
        found: dict[int, list[PostLine]] = defaultdict(list)
        for post in self.posts.values():
            for holder in (post.holder_a, post.holder_b):
                if holder:
                    found[holder].append(post)
        for post in self.posts.values():
            for member in self.on_duty.members(post.id) - {post.holder_a, post.holder_b}:
                found[member].append(post)
        return {holder: tuple(posts) for holder, posts in found.items()}

    @cached_property
    def _below(self) -> Mapping[int | None, tuple[int, ...]]:
        found: dict[int | None, list[int]] = defaultdict(list)
        for unit in self.units.values():
            found[unit.parent].append(unit.id)
        return {parent: tuple(children) for parent, children in found.items()}

    @cached_property
    def _serving(self) -> frozenset[int]:
        return frozenset(person.id for person in self.staff.values() if person.active)

    def serves(self, staff_id: int, unit_id: int) -> bool:
        """Whether that person works for that unit: in service, and of the unit or a holder of one of its posts."""
        person = self.staff.get(staff_id)
        if person is None or not person.active:
            return False
        return person.unit == unit_id or any(post.unit == unit_id for post in self.posts_of(staff_id))

    def posts_at(self, unit_id: int, role: str) -> tuple[PostLine, ...]:
        """The posts of that role in that unit, oldest first; empty where there is none."""
        return self._posts_at.get((unit_id, str(role)), ())

    def posts_with(self, role: str) -> tuple[PostLine, ...]:
        """All posts of that role in the centre, oldest first."""
        return tuple(post for post in self.posts.values() if post.role == role)

    @cached_property
    def division(self) -> Division:
        """The units' own division of work."""
        return Division(self.charges, self.posts, self.within, (self.categories, self.areas))

    def charge(self, unit_id: int, category: int | None, area: int | None) -> ChargeLine | None:
        """Who of that unit is in charge of an order of this category in this area (D16), the most specific line; None
        where there is none.  Asks the database nothing."""
        return self.division.find(unit_id, category, area)

    def above(self, unit_id: int) -> Iterator[UnitLine]:
        """The unit's parent, its parent, and so on up to the centre."""
        parent = self.units[unit_id].parent
        while parent is not None:
            yield self.units[parent]
            parent = self.units[parent].parent

    def within(self, unit_id: int) -> frozenset[int]:
        """The ids of the unit and of all units below it."""
        found = [unit_id]
        for unit in found:
            found.extend(self._below.get(unit, ()))
        return frozenset(found)

    def away(self, staff_id: int, at: datetime) -> bool:
        """Whether that person is absent at `at`."""
        return any(start <= at and (end is None or at < end) for start, end in self.absences.get(staff_id, ()))

    def holder(self, post_id: int, at: datetime) -> int | None:
        """The id of the person who answers for the post at `at`: whoever has the shift by a roster in force, where he
        cannot the duty lead of that unit; else by the rule of `presence.pick`, so never nobody where it is held."""
        post = self.posts[post_id]
        if on_shift := self.on_shift(post_id, at):
            return on_shift[0]
        away = {person for person in (post.holder_a, post.holder_b) if person and self.away(person, at)}
        return pick(post.holder_a, post.holder_b, self._serving, away)

    def on_shift(self, post_id: int, at: datetime) -> tuple[int, ...]:
        """Who has the shift of the post at `at` and can, the duty leads of that unit after them; nobody where no roster
        in force speaks for it."""
        post, people = self.posts[post_id], self.on_duty.people(post_id, at)
        if people is None:
            return ()
        for place in self._leads_beside(post):
            people += self.on_duty.people(place, at) or ()
        return tuple(who for who in dict.fromkeys(people) if who in self._serving and not self.away(who, at))

    def lead_of(self, post_id: int, at: datetime) -> PostLine | None:
        """The duty lead's post beside this one, in the same unit, for which a roster of leads is in force at `at`."""
        rosters = ((lead, self.on_duty.roster(lead, at)) for lead in self._leads_beside(self.posts[post_id]))
        return next((self.posts[lead] for lead, roster in rosters if roster and roster.kind == LEADS), None)

    def _leads_beside(self, post: PostLine) -> tuple[int, ...]:
        return tuple(lead for lead in self.on_duty.leads if lead != post.id and self.posts[lead].unit == post.unit)

    def crew(self, post_id: int) -> tuple[int, ...]:
        """Whose post it is: A, B, and everybody who has shifts for it, each once."""
        post = self.posts[post_id]
        held = (post.holder_a, post.holder_b, *sorted(self.on_duty.members(post_id)))
        return tuple(dict.fromkeys(who for who in held if who is not None))

    def in_turn(self, post_id: int, at: datetime) -> tuple[int, ...]:
        """Who may answer for the post at `at`, in the order in which it falls to them: its holder, the others of the
        shift, then A and B; none who has left or is away."""
        post, holder = self.posts[post_id], self.holder(post_id, at)
        able = (*self.on_shift(post_id, at), post.holder_a, post.holder_b)
        others = (who for who in able if who in self._serving and not self.away(who, at))
        return tuple(who for who in dict.fromkeys((holder, *others)) if who is not None)

    def members(self, post_id: int) -> frozenset[int]:
        """Whoever may come to answer for the post as its own: A and B, who has shifts for it, and the duty leads."""
        post = self.posts[post_id]
        leads = self._leads_beside(post) if self.on_duty.members(post_id) else ()
        return frozenset(self.crew(post_id)).union(*(self.on_duty.members(lead) for lead in leads))

    def off(self, staff_id: int, post_id: int, at: datetime) -> bool:
        """Whether that person does not answer for the post at `at`, being away, or because another has the shift."""
        people = self.on_duty.people(post_id, at)
        return self.away(staff_id, at) or (
            people is not None and staff_id not in people and self.holder(post_id, at) != staff_id
        )

    def instead(self, staff_id: int | None, post_id: int | None, at: datetime) -> int | None:
        """Who else answers for the post at `at`, and not this one of its people (A31)."""
        post = self.posts.get(post_id or 0)
        if post is None or staff_id not in self.members(post.id):
            return None
        holder = self.holder(post.id, at)
        return holder if holder != staff_id else None

    def unattended(self, at: datetime) -> tuple[PostLine, ...]:
        """The posts both of whose holders are away at `at`, oldest first: they stay with A (A13)."""
        return tuple(
            post for post in self.posts.values() if (who := self.holder(post.id, at)) is not None and self.away(who, at)
        )

    def changes_after(self, at: datetime) -> datetime | None:
        """When somebody goes away or comes back next, or a shift begins or ends."""
        ends = [moment for spans in self.absences.values() for span in spans for moment in span if moment is not None]
        if (turn := self.on_duty.changes_after(at)) is not None:
            ends.append(turn)
        return min((moment for moment in ends if moment > at), default=None)

    def held_by(self, staff_id: int, at: datetime) -> tuple[PostLine, ...]:
        """The posts that this person may act for at `at`: his own as A; as B while A is absent, has left or is not
        named."""
        if staff_id not in self._serving:
            return ()
        own = [post for post in self._posts_of.get(staff_id, ()) if self._may_act(post, staff_id, at)]
        # A duty lead who stands in for a post that is not his own.
        for post in (self.posts[roster.post] for roster in self.on_duty.rosters):
            if post not in own and self.holder(post.id, at) == staff_id:
                own.append(post)
        return tuple(own)

    def posts_of(self, staff_id: int) -> tuple[PostLine, ...]:
        """The posts that this person holds as A or B or has shifts for, whether he may act for them or not."""
        return self._posts_of.get(staff_id, ())

    def _may_act(self, post: PostLine, staff_id: int, at: datetime) -> bool:
        first = post.holder_a
        if staff_id in (self.on_duty.people(post.id, at) or ()):
            return True
        if staff_id not in (first, post.holder_b):
            return False
        return first == staff_id or first not in self._serving or (first is not None and self.away(first, at))

    def calendar_at(self, at: datetime) -> Calendar:
        """The working calendar with the office hours of the pack in force at `at`; with the usual ones before the
        first."""
        try:
            return self.calendar_under(self.pack(at))
        except (LookupError, policy.PolicyError):
            # The days off do not depend on a pack.
            return self.calendar_under(None)

    def calendar_under(self, pack: policy.Pack | None) -> Calendar:
        """The working calendar with the office hours of that pack (None: the usual ones)."""
        office = pack.office.hours if pack else OfficeHours()
        if office not in self._calendars:
            works = {day: work for day, work, _ in self.days}
            self._calendars[office] = Calendar(works, office, {day: name for day, _, name in self.days if name})
        return self._calendars[office]

    @cached_property
    def _calendars(self) -> dict[OfficeHours, Calendar]:
        return {}

    def pack_id(self, at: datetime) -> str | None:
        """Which pack is in force at `at`, as “id@version”: what an order keeps. None before the first."""
        day = at.astimezone(SHANGHAI).date()
        return next((line.pack for line in self.policies if line.effective_from <= day), None)

    def pack(self, at: datetime) -> policy.Pack:
        """The pack in force at `at`; LookupError before the first, PolicyError where what is kept of it is damaged."""
        pack_id = self.pack_id(at)
        if pack_id is None:
            raise LookupError(f"centre {self.centre_id} has no policy in force at {at}")
        return self.find_pack(pack_id)

    def find_pack(self, pack: str) -> policy.Pack:
        """The adopted pack “id@version”; PolicyError where none was adopted, or what is kept of it is damaged."""
        return adopted.find(pack, self.packs.get(pack))

    def nearest_pack(self, at: datetime) -> policy.Pack:
        """The pack in force at `at`; else the first to come, else the newest that can be read.

        For what must be drawn although nothing is in force yet.  LookupError where there is none at all.
        """
        day = at.astimezone(SHANGHAI).date()
        begun = [line for line in self.policies if line.effective_from <= day]
        for line in (*begun[:1], *reversed(self.policies), *self.policies):
            with suppress(policy.PolicyError):
                return self.find_pack(line.pack)
        raise LookupError(f"centre {self.centre_id} has adopted no policy that can be read")

    @property
    def pack_now(self) -> policy.Pack | None:
        """The pack whose word on rights is good: the one in force today; None where there is none that can be read.

        By the clock of the wall, whatever time an act says that it happened: nobody gains a right by telling late.
        """
        today = datetime.now(SHANGHAI)
        if today.date() not in self._packs_of_day:
            with suppress(LookupError):
                self._packs_of_day[today.date()] = self.nearest_pack(today)
        return self._packs_of_day.get(today.date())

    @cached_property
    def _packs_of_day(self) -> dict[date, policy.Pack]:
        return {}

    def serves_as(self, unit_id: int | None) -> str:
        """What the rules in force today take a unit for: the centre, a sub_centre, a body that only sees what is shown
        to it, or a handling unit.  Of a type that they forgot the newest of the centre's packs that knows it is asked;
        without any it handles.  "" for none of this centre's."""
        line = self.units.get(unit_id or 0)
        if line is None or line.parent is None:
            return "centre" if line else ""
        now = self.pack_now
        named = now.units.type_of(line.type) if now else None
        if named is None:
            named = next((kind for pack in self._packs() if (kind := pack.units.type_of(line.type))), None)
        return "unit" if named is None or named.serves_as == "centre" else named.serves_as

    def _packs(self) -> Iterator[policy.Pack]:
        """Those of the centre that can be read, newest first."""
        for line in self.policies:
            with suppress(policy.PolicyError):
                yield self.find_pack(line.pack)


_kept: dict[int, Snapshot] = {}


def of(centre_id: int, stamp: int | None = None) -> Snapshot:
    """The directory of that centre as it is now; with `stamp`, which was read just now, nothing is asked.

    Raises Centre.DoesNotExist for an unknown id.
    """
    centre = _centre_model()
    if stamp is None:
        # By hand, because this is asked before every act: the ORM would double its cost.
        with connection.cursor() as cursor:
            cursor.execute("SELECT stamp FROM directory_revision WHERE centre_id = %s", [centre_id])
            row = cursor.fetchone()
        if row is None:
            _kept.pop(centre_id, None)
            raise centre.DoesNotExist(f"no centre {centre_id}")
        stamp = row[0]
    kept = _kept.get(centre_id)
    if kept is None or kept.stamp != stamp:
        # The stamp was read before the rows: what changes in between changes the stamp too, and is read next time.
        kept = _kept[centre_id] = _read(centre.objects.get(pk=centre_id), stamp)
    return kept


def _centre_model() -> Any:
    # The models ask the snapshot for calendars and packs, so the snapshot must not import them.
    return apps.get_model("directory", "Centre")


def _read(centre: Any, stamp: int) -> Snapshot:
    rows: Any = centre
    units = (
        UnitLine(*row) for row in rows.units.order_by("position", "sort_key", "code").values_list(*UnitLine.__slots__)
    )
    posts = (PostLine(*row) for row in rows.posts.order_by("id").values_list(*PostLine.__slots__))
    charges = (ChargeLine(*row) for row in rows.charges.order_by("id").values_list(*ChargeLine.__slots__))
    people = rows.staff.order_by("sort_key", "username").values_list(
        "id", "username", "name", "unit", "is_active", "full_time", "match_keys"
    )
    staff = (StaffLine(*row) for row in people)
    left_out: list[str] = []
    absences: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    away = apps.get_model("directory", "Absence")._default_manager.filter(staff__centre=centre)
    for person, start, end in reading.rows(away, "staff_id", "start", "end", left_out=left_out):
        absences[person].append((start, end))
    versions = rows.policies.order_by("-effective_from")
    policies = reading.rows(versions, *PolicyLine.__slots__, left_out=left_out)
    days = reading.rows(rows.holidays.all(), "day", "is_workday", "name", left_out=left_out)
    return Snapshot(
        centre_id=centre.pk,
        stamp=stamp,
        area_code=centre.area_code,
        units=reading.hung({unit.id: unit for unit in units}, left_out),
        categories=reading.categories(rows.categories.order_by("level", "position", "id"), left_out),
        areas=reading.areas(rows.areas.order_by("position", "sort_key", "id")),
        posts={post.id: post for post in posts},
        charges=tuple(charges),
        staff={person.id: person for person in staff},
        absences={person: tuple(spans) for person, spans in absences.items()},
        policies=tuple(PolicyLine(*row) for row in policies),
        packs=adopted.digests(),
        days=tuple((day, works, name) for day, works, name in days),
        on_duty=on_duty.read(
            rows.rosters.filter(state="in_force").order_by("id", "shifts__start", "shifts__id"), left_out
        ),
        places=places.read(rows, left_out),
        left_out=tuple(left_out),
    )
