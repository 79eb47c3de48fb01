"""What a channel may be told of: what its owner may see at this moment.

A unit's group sees what every post of the unit sees: the shares of the unit and of those below it; of the centre's own
group all of it; of a body what is shown to the body as such.  No group is told of what complains of one of its people,
or of the unit itself (C64): he reads there too.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from lianxin.directory.models import Channel
from lianxin.directory.snapshot import Snapshot
from lianxin.orders.models import Order
from lianxin.orders.reach import Posts, not_of, of_centre, reach, readers, shown, units_of
from lianxin.proceedings.models import Proceeding
from lianxin.proceedings.reach import of_no_complaint
from lianxin.proceedings.reach import reach as proceeding_reach


@dataclass(frozen=True, slots=True)
class Viewer:
    """`posts` by which orders are seen whole, `asked` by which sights are; `units` whose shares are his own."""

    directory: Snapshot
    posts: Posts
    asked: Posts
    person: int
    units: frozenset[int]
    #: whoever reads with him: the people of a group, and the unit whose group it is
    others: frozenset[int] = frozenset()
    group: int | None = None

    def whole(self, orders: set[int]) -> set[int]:
        """Which of these orders he sees whole."""
        seen = reach(self.directory.centre_id, self.posts, self._who, self.directory)
        mine = Order.objects.filter(pk__in=orders).filter(seen & self._not_of_the_group)
        return set(mine.values_list("pk", flat=True)) if orders else set()

    def shown(self, orders: set[int]) -> set[int]:
        """Which of these orders are shown to him."""
        seen = shown(self.directory.centre_id, self.asked, self.person)
        free = not_of(self.directory.centre_id, self._who) & self._not_of_the_group
        mine = Order.objects.filter(pk__in=orders).filter(seen & free)
        return set(mine.values_list("pk", flat=True)) if orders else set()

    @property
    def _who(self) -> frozenset[int]:
        return self.others | readers(self.person)

    @property
    def _not_of_the_group(self) -> Q:
        return ~Q(recused_units__contains=[self.group]) if self.group is not None else Q()

    def proceedings(self, ids: set[int]) -> set[int]:
        """Which of these proceedings he sees."""
        if not ids:
            return set()
        found = Proceeding.objects.filter(pk__in=ids)
        mine = found.filter(proceeding_reach(self.directory.centre_id, self.posts, self.directory, self.person))
        if self.others:
            mine = mine.filter(of_no_complaint(self.directory.centre_id, self.others))
        return set(mine.values_list("pk", flat=True))


def of_channel(directory: Snapshot, channel: Channel) -> Viewer:
    """Who reads what goes out by this channel."""
    return of_unit(directory, channel.unit_id) if channel.unit_id else of_person(directory, channel.staff_id or 0)


def of_person(directory: Snapshot, person: int) -> Viewer:
    """One person, by all his posts; nobody, once he has left."""
    line = directory.staff.get(person)
    held = directory.posts_of(person) if line is not None and line.active else ()
    posts = [(post.role, post.unit) for post in held]
    return Viewer(directory, posts, posts, person if held else 0, units_of(posts, directory))


def of_unit(directory: Snapshot, unit: int) -> Viewer:
    """A unit's group."""
    # The centre's group is read by all of its posts: nothing goes there of which only some may know.
    role = "agent" if of_centre(directory, unit) else "clerk"
    there = unit in directory.units and directory.units[unit].active
    posts = [(role, unit)] if there else []
    people = frozenset(person for person in directory.staff if directory.serves(person, unit))
    asked = [("", unit)] if there else []
    return Viewer(directory, posts, asked, 0, units_of(posts, directory), people, unit)
