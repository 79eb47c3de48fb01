"""Who sees which proceedings: every list, count, search and page starts from `Proceeding.objects.visible_to(user)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.orders.reach import SEES_UNIT, Posts, of_centre, sees_all, there, units_of

if TYPE_CHECKING:
    from lianxin.directory.models import Staff

M = TypeVar("M", bound=models.Model)
#: In which roles an `About` opens a proceeding to the unit or the person that it names.
OPENS_TO = ("member", "called")
#: Kinds of which only these posts of the centre know (`kinds.Kind.known_to`).
_CLOSED: dict[str, frozenset[str]] = {}


def close(kind: str, posts: frozenset[str]) -> None:
    """Only these posts of the centre know of proceedings of that kind."""
    _CLOSED[kind] = posts


def hidden(posts: Posts, directory: Snapshot) -> list[str]:
    """The kinds of which somebody with these posts knows nothing."""
    mine = {role for role, unit in posts if of_centre(directory, unit)}
    return [kind for kind, known in _CLOSED.items() if not mine & known]


class InReach(models.QuerySet[M]):
    """A query over proceedings that begins with what somebody may see."""

    def visible_to(self, user: Staff | AnonymousUser) -> Self:
        """The proceedings that `user` may see through any post he holds, or as one who was called to them."""
        if not user.is_authenticated or not user.is_active or user.centre_id is None:
            return self.none()
        directory = snapshot.of(user.centre_id)
        posts = [(post.role, post.unit) for post in directory.posts_of(user.pk)]
        return self.in_reach(user.centre_id, posts, directory, user.pk)

    def in_reach(self, centre: int, posts: Posts, directory: Snapshot, person: int) -> Self:
        """The proceedings of `centre` that this person with these (role, unit id) posts may see."""
        return self.filter(reach(centre, posts, directory, person))


def reach(centre: int, posts: Posts, directory: Snapshot, person: int, at: str = "") -> Q:
    """What this person may see, as a condition on proceedings, or on rows that hang on one by their column `at`.

    Posts of the centre see all; a unit those about it, those that stand with it, and those to which it, or somebody
    himself, was called.  A unit sees those of the units below it as well; a body its own alone.  Of a closed kind none
    but its posts sees anything.
    """
    # By name: this module is read before the models are.
    if at:
        its = apps.get_model("proceedings", "Proceeding")._base_manager.filter(pk=OuterRef(at))
        return there(its.filter(reach(centre, posts, directory, person)))
    closed = hidden(posts, directory)
    mine = Q(centre=centre) & ~Q(kind__in=closed) if closed else Q(centre=centre)
    if sees_all(posts, directory):
        return mine
    units = units_of(posts, directory) | {unit for role, unit in posts if role in SEES_UNIT}
    called = apps.get_model("proceedings", "About")._base_manager.filter(
        Q(to_unit__in=units) | Q(to_person=person), proceeding=OuterRef("pk"), role__in=OPENS_TO, until=None
    )
    return mine & (Q(unit__in=units) | Q(owner_unit__in=units) | Q(Exists(called)))
