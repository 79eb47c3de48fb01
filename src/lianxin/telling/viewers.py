"""What a channel may be told of: what its owner may see at this moment.

A unit's group sees what every post of the unit sees: the shares of the unit and of those below it; of the centre's own
group all of it; of a body what is shown to the body as such.
"""

from __future__ import annotations

from dataclasses import dataclass

from lianxin.directory.models import Channel
from lianxin.directory.snapshot import Snapshot
from lianxin.orders.models import Order
from lianxin.orders.reach import Posts, of_centre, reach, shown, units_of
from lianxin.proceedings.models import Proceeding


@dataclass(frozen=True, slots=True)
class Viewer:
    """`posts` by which orders are seen whole, `asked` by which sights are; `units` whose shares are his own."""

    directory: Snapshot
    posts: Posts
    asked: Posts
    person: int
    units: frozenset[int]

    def whole(self, orders: set[int]) -> set[int]:
        """Which of these orders he sees whole."""
        mine = Order.objects.filter(pk__in=orders).filter(reach(self.directory.centre_id, self.posts, self.directory))
        return set(mine.values_list("pk", flat=True)) if orders else set()

    def shown(self, orders: set[int]) -> set[int]:
        """Which of these orders are shown to him."""
        mine = Order.objects.filter(pk__in=orders).filter(shown(self.directory.centre_id, self.asked, self.person))
        return set(mine.values_list("pk", flat=True)) if orders else set()

    def proceedings(self, ids: set[int]) -> set[int]:
        """Which of these proceedings he sees."""
        if not ids:
            return set()
        found = Proceeding.objects.filter(pk__in=ids)
        mine = found.in_reach(self.directory.centre_id, self.posts, self.directory, self.person)
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
    return Viewer(directory, posts, [("", unit)] if there else [], 0, units_of(posts, directory))
