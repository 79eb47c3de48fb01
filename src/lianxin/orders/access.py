"""Who sees which orders, and who may take which action on them: one table, one function.

Everything that lists, counts, searches or opens an order starts from `Order.objects.visible_to(user)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import CENTRE, UNIT, Transition
from lianxin.rules.serving import serves

if TYPE_CHECKING:
    from lianxin.directory.models import Staff

    from .acts import Actor
    from .models import Order, Share

serves("C08", "D20")

#: Posts that see all orders of their centre.
SEES_CENTRE = CENTRE | {"analyst"}
#: Posts that see what was assigned to their unit, or to units below it.
SEES_UNIT = UNIT
#: Acts that concern no single order, by their id in the journal, and the posts that may take them.
JOURNAL_ACTS: dict[str, frozenset[str]] = {
    "bulletin.exported": SEES_CENTRE,
    "bulletin.article_written": frozenset({"leader", "analyst", "supervisor"}),
    "publication.issued": frozenset({"leader", "analyst", "supervisor"}),
    "orders.imported": frozenset({"dispatcher", "supervisor"}),
    "replies.exported": frozenset({"dispatcher", "supervisor"}),
    # A unit's leads hand over between people of their own unit only.
    "people.handed_over": frozenset({"admin", "dispatcher", "supervisor", "hotline_deputy", "principal"}),
    "units.handed_over": frozenset({"dispatcher", "supervisor"}),
    "clocks.recounted": frozenset({"admin"}),
}


def may(role: str, act: str) -> bool:
    """Whether a post of `role` may take an act of `JOURNAL_ACTS`."""
    return role in JOURNAL_ACTS[act]


class OrderQuerySet(models.QuerySet["Order"]):
    """The only starting point of a query over orders outside the ledger."""

    def visible_to(self, user: Staff | AnonymousUser) -> OrderQuerySet:
        """The orders that `user` may see through any post he holds as A or B; an outsider sees none."""
        if not user.is_authenticated or not user.is_active or user.centre_id is None:
            return self.none()
        directory = snapshot.of(user.centre_id)
        posts = [(post.role, post.unit) for post in directory.posts_of(user.pk)]
        return self.in_reach(user.centre_id, posts, directory)

    def in_reach(self, centre: int, posts: list[tuple[str, int]], directory: Snapshot | None = None) -> OrderQuerySet:
        """The orders of `centre` that someone with these (role, unit id) posts may see.

        `directory` is the centre's, if the caller has asked for it already.
        """
        return self.filter(reach(centre, posts, directory or snapshot.of(centre)))

    def openable(self, centre: int, posts: list[tuple[str, int]], directory: Snapshot) -> OrderQuerySet:
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


def refusal(
    actor: Actor,
    row: Transition,
    order: Order,
    shares: list[Share],
    share: Share | None,
    directory: Snapshot,
) -> str:
    """Why `actor` may not take the action of `row` on `order`, in Chinese; `""` if he may.

    `shares` are all shares of the order, `share` the one that the act is about.
    """
    if actor.centre != order.centre_id:
        return "没有这件工单"
    if actor.role not in row.posts or (actor.role in CENTRE and not of_centre(directory, actor.unit)):
        return f"您的岗位不能{row.title}"
    if actor.role == "system" or actor.role not in UNIT:
        return ""
    if share is not None:
        return "" if share.unit_id == actor.unit else "这一承办件不属于您的单位"
    return "" if any(s.unit_id == actor.unit for s in shares) else "没有这件工单"


def offered(
    actor: Actor, order: Order, shares: list[Share], directory: Snapshot
) -> list[tuple[Transition, Share | None]]:
    """The actions that `actor` may take on `order` now, each with the share that it is about."""
    found: list[tuple[Transition, Share | None]] = []
    for row in lifecycle.TABLE:
        candidates: list[Any] = [s for s in shares if s.is_running] if row.shares else [None]
        for share in candidates:
            fits = lifecycle.allowed(
                row,
                order=order.state,
                share=share.state if share else None,
                role=share.role if share else None,
            )
            if row.states and fits and not refusal(actor, row, order, shares, share, directory):
                found.append((row, share))
    return found
