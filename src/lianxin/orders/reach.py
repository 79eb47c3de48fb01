"""Who sees which orders: every list, count, search and page starts from `Order.objects.visible_to(user)`.

Two ways lead to an order.  By post and share (`reach`): posts of the centre see all of it, posts of a unit what their
unit has a share of; they see an order whole.  By a sight (`shown`): what an act has opened to a unit, a post or a
person (`models.Sight`), of which they see what the sight says (`sights`).  What shows words, callers or files starts
from the first; only what asks for the sight as well may start from both.  A patrol goes by post too, and sees of the
centre what its holder has found himself (C22).

Neither leads whom an order complains of (C64) to it, by whichever of his posts: each condition here names who looks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.rules.lifecycle import CENTRE, UNIT

if TYPE_CHECKING:
    from lianxin.directory.models import Staff

M = TypeVar("M", bound=models.Model)
#: (role, unit id) of each post that somebody holds.
Posts = list[tuple[str, int]]
#: Posts of the centre that see only what their holder has found himself (C22): outsiders who go their rounds.
SEES_OWN = frozenset({"patrol"})
#: Posts at a centre, whatever they see of its orders.
AT_CENTRE = CENTRE | {"analyst"}
#: Posts that see all orders of their centre.
SEES_CENTRE = AT_CENTRE - SEES_OWN
#: Posts that see what was assigned to their unit, or to units below it; at a body they see only what is shown to them.
SEES_UNIT = UNIT


class InReach(models.QuerySet[M]):
    """A query over orders that begins with what somebody may see."""

    def visible_to(self, user: Staff | AnonymousUser) -> Self:
        """The orders that `user` may see through any post he holds as A or B, or that are shown to him; an outsider
        sees none."""
        if not user.is_authenticated or not user.is_active or user.centre_id is None:
            return self.none()
        directory = snapshot.of(user.centre_id)
        posts = [(post.role, post.unit) for post in directory.posts_of(user.pk)]
        return self.seen_by(user.centre_id, posts, user.pk, directory)

    def seen_by(self, centre: int, posts: Posts, person: int, directory: Snapshot) -> Self:
        """The orders of `centre` that this person with these posts may see, wholly or through a sight."""
        return self.filter(either(centre, posts, person, directory))

    def in_reach(self, centre: int, posts: Posts, person: int | None, directory: Snapshot) -> Self:
        """The orders of `centre` that this person with these (role, unit id) posts sees whole."""
        return self.filter(reach(centre, posts, readers(person), directory))

    def openable(self, centre: int, posts: Posts, person: int, directory: Snapshot) -> Self:
        """For opening one order by its number: those in reach, and the repeats whose main order is in reach.

        Lists and counts start from what is in reach alone: a repeat stands on the page of its main order.
        """
        return self.filter(opened(centre, posts, person, directory), centre_id=centre)


def opened(centre: int, posts: Posts, person: int, directory: Snapshot) -> Q:
    """The orders whose page this person with these posts may open and see whole."""
    who = readers(person)
    # Who found the one has nothing to do with what others ask besides.
    handling = [(role, unit) for role, unit in posts if role not in SEES_OWN]
    mine = reach(centre, posts, who, directory) | reach(centre, handling, who, directory, "merged_into")
    return mine & not_of(centre, who) & not_of(centre, who, "merged_into")


def readers(*people: int | None) -> frozenset[int]:
    """Who looks."""
    return frozenset(person for person in people if person)


def not_of(centre: int, who: Collection[int], order: str = "") -> Q:
    """Orders that complain of none of these people, as a condition on orders, or on rows that hang on one by their
    column `order`."""
    if not who:
        return Q()
    if not order:
        return ~Q(recused__overlap=sorted(who))
    return Q(~Exists(complaining(centre, who).filter(pk=OuterRef(order))))


def complaining(centre: int, who: Collection[int]) -> models.QuerySet[Any]:
    """The orders of the centre that complain of one of these people: few, by an index of those alone."""
    orders = apps.get_model("orders", "Order")._base_manager
    return orders.filter(centre=centre, recused__isnull=False, recused__overlap=sorted(who))


def sees_all(posts: Posts, directory: Snapshot) -> bool:
    """Whether one of these posts sees every order of the centre."""
    return any(role in SEES_CENTRE and of_centre(directory, unit) for role, unit in posts)


def finds(posts: Posts, directory: Snapshot) -> bool:
    """Whether one of these posts sees what its holder has found."""
    return any(role in SEES_OWN and of_centre(directory, unit) for role, unit in posts)


def handles(posts: Posts, directory: Snapshot, shares: Iterable[Any]) -> bool:
    """Whether an order with these shares is the centre's or a unit's work that these posts see."""
    units = units_of(posts, directory)
    return sees_all(posts, directory) or any(share.unit_id in units for share in shares)


def sees_whole(posts: Posts, directory: Snapshot) -> bool:
    """Whether there may be an order that these posts see whole."""
    return sees_all(posts, directory) or finds(posts, directory) or bool(units_of(posts, directory))


def units_of(posts: Posts, directory: Snapshot) -> frozenset[int]:
    """The units whose shares these posts see: their own and those below.  A body has none."""
    handling = {unit for role, unit in posts if role in SEES_UNIT and directory.serves_as(unit) != "body"}
    return frozenset(below for unit in handling for below in directory.within(unit))


def reach(centre: int, posts: Posts, who: Collection[int], directory: Snapshot, order: str = "") -> Q:
    """What is seen whole by these (role, unit id) posts, as a condition on orders, or on rows that hang on one by their
    column `order`; `who` looks: the person, or the people of a group."""
    if not sees_whole(posts, directory):
        return Q(pk__in=[])
    free = not_of(centre, who, order)
    its = there(_of_centre(centre, order)) if order else Q(centre=centre)
    if sees_all(posts, directory):
        return its & free
    ways = []
    if units := units_of(posts, directory):
        given = _shares(units, order)
        ways.append(there(given) if order else Q(Exists(given)))
    if finds(posts, directory):
        ways.append(there(_found(who, order)) if order else Q(found_by__in=sorted(who)))
    return its & reduce(or_, ways) & free


def shown(centre: int, posts: Posts, person: int, order: str = "") -> Q:
    """What is shown to this person with these posts, as a condition on orders, or on rows that hang on one by their
    column `order`."""
    its = Q(Exists(_sights(posts, person, order))) & not_of(centre, readers(person), order)
    return Q(centre=centre) & its if not order else there(_of_centre(centre, order)) & its


def either(centre: int, posts: Posts, person: int, directory: Snapshot, order: str = "") -> Q:
    """`reach` or `shown`, as the union of two sets of ids, each looked up by its own index for each row that everything
    else has chosen: one subquery, which the database cannot be tempted to make a list of first."""
    units = units_of(posts, directory)
    if sees_all(posts, directory):
        return reach(centre, posts, readers(person), directory, order)
    more = [_shares(units, order).values("order")] if units else []
    more += [_found(readers(person), order).values("pk")] if finds(posts, directory) else []
    if not more:
        return shown(centre, posts, person, order)
    ids = _sights(posts, person, order).values("order").union(*more, all=True)
    both = Q(Exists(ids)) & not_of(centre, readers(person), order)
    return Q(centre=centre) & both if not order else there(_of_centre(centre, order)) & both


def running(posts: Posts, person: int) -> Q:
    """The running sights of this person with these posts, as a condition on sights."""
    mine = Q(to_person=person)
    for role, unit in sorted(set(posts)):
        mine |= Q(to_unit=unit, to_role__in=("", role))
    return Q(until=None) & mine


def shown_first(posts: Posts, person: int, most: int, before: int | None = None) -> list[int]:
    """The ids of the newest `most` orders that are shown to this person with these posts, older than order `before`.

    Of each of his units, and of himself, so many out of the index, and of those the first: however much is shown."""
    sights = apps.get_model("orders", "Sight")._base_manager.filter(until=None)
    if before is not None:
        sights = sights.filter(order__lt=before)
    roles: dict[int, set[str]] = {}
    for role, unit in posts:
        roles.setdefault(unit, {""}).add(role)
    mine = [sights.filter(to_person=person)]
    mine += [sights.filter(to_unit=unit, to_role__in=sorted(known)) for unit, known in sorted(roles.items())]
    first, *rest = (one.order_by("-order").values_list("order", flat=True)[:most] for one in mine)
    found = first.union(*rest).order_by("-order") if rest else first
    return list(dict.fromkeys(found[:most]))


def _shares(units: frozenset[int], order: str) -> models.QuerySet[Any]:
    # By name: this module is read before the models are.
    shares = apps.get_model("orders", "Share")._base_manager
    return shares.filter(order=OuterRef(order or "pk"), unit_id__in=units)


def _found(who: Collection[int], order: str) -> models.QuerySet[Any]:
    """The order, where one of these people found it on his round."""
    orders = apps.get_model("orders", "Order")._base_manager
    return orders.filter(pk=OuterRef(order or "pk"), found_by__in=sorted(who))


def _sights(posts: Posts, person: int, order: str) -> models.QuerySet[Any]:
    sights = apps.get_model("orders", "Sight")._base_manager
    return sights.filter(running(posts, person), order=OuterRef(order or "pk"))


def _of_centre(centre: int, order: str) -> models.QuerySet[Any]:
    # Looked up for each row that everything else has chosen.  A join would tempt the database to read the orders of
    # all years, of which few have such a row; and of "is there one" it expects that there mostly is.
    return apps.get_model("orders", "Order")._base_manager.filter(pk=OuterRef(order), centre=centre)


def there(rows: models.QuerySet[Any]) -> Q:
    """Whether the row is there that `rows` looks up, for each row that everything else has chosen."""
    return Q(IsNull(Subquery(rows.values("pk")[:1]), False))


def of_centre(directory: Snapshot, unit: int | None) -> bool:
    """Whether a unit is the centre itself or one of its sub-centres: only there do posts act for the centre."""
    return directory.serves_as(unit) in ("centre", "sub_centre")
