"""Who sees which orders: every list, count, search and page starts from `Order.objects.visible_to(user)`."""

from __future__ import annotations

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
#: Posts that see all orders of their centre.
SEES_CENTRE = CENTRE | {"analyst"}
#: Posts that see what was assigned to their unit, or to units below it.
SEES_UNIT = UNIT


class InReach(models.QuerySet[M]):
    """A query over orders that begins with what somebody may see."""

    def visible_to(self, user: Staff | AnonymousUser) -> Self:
        """The orders that `user` may see through any post he holds as A or B; an outsider sees none."""
        if not user.is_authenticated or not user.is_active or user.centre_id is None:
            return self.none()
        directory = snapshot.of(user.centre_id)
        posts = [(post.role, post.unit) for post in directory.posts_of(user.pk)]
        return self.in_reach(user.centre_id, posts, directory)

    def in_reach(self, centre: int, posts: list[tuple[str, int]], directory: Snapshot | None = None) -> Self:
        """The orders of `centre` that someone with these (role, unit id) posts may see.

        `directory` is the centre's, if the caller has asked for it already.
        """
        return self.filter(reach(centre, posts, directory or snapshot.of(centre)))

    def openable(self, centre: int, posts: list[tuple[str, int]], directory: Snapshot) -> Self:
        """For opening one order by its number: those in reach, and the repeats whose main order is in reach.

        Lists and counts start from what is in reach alone: a repeat stands on the page of its main order.
        """
        own, main = (reach(centre, posts, directory, order) for order in ("", "merged_into"))
        return self.filter(own | main, centre_id=centre)


def reach(centre: int, posts: list[tuple[str, int]], directory: Snapshot, order: str = "") -> Q:
    """What someone with these (role, unit id) posts may see, as a condition on orders, or on rows that hang on one by
    their column `order`."""
    sees_all = any(role in SEES_CENTRE and of_centre(directory, unit) for role, unit in posts)
    units = {below for role, unit in posts if role in SEES_UNIT for below in directory.within(unit)}
    if not sees_all and not units:
        return Q(pk__in=[])
    # By name: this module is read before the models are.
    orders, shares = (apps.get_model("orders", name)._base_manager for name in ("Order", "Share"))
    given = shares.filter(order=OuterRef(order or "pk"), unit_id__in=units)
    if not order:
        return Q(centre=centre) if sees_all else Q(centre=centre) & Q(Exists(given))
    # Looked up for each row that everything else has chosen.  A join would tempt the database to read the orders of
    # all years, of which few have such a row; and of "is there one" it expects that there mostly is.
    its = orders.filter(pk=OuterRef(order), centre=centre)
    return _there(its) if sees_all else _there(its) & _there(given)


def _there(rows: models.QuerySet[Any]) -> Q:
    return Q(IsNull(Subquery(rows.values("pk")[:1]), False))


def of_centre(directory: Snapshot, unit: int | None) -> bool:
    """Whether a unit is the centre itself or one of its sub-centres: only there do posts act for the centre."""
    line = directory.units.get(unit or 0)
    return line is not None and (line.id == directory.root.id or line.type == "sub_centre")
