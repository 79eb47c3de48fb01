"""Who sees which proceedings: every list, count, search and page starts from `Proceeding.objects.visible_to(user)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.orders.reach import SEES_UNIT, Posts, sees_all, there, units_of

if TYPE_CHECKING:
    from lianxin.directory.models import Staff

M = TypeVar("M", bound=models.Model)
#: In which roles an `About` opens a proceeding to the unit or the person that it names.
OPENS_TO = ("member", "called")
#: The kinds that not every post of the centre sees, each with those that do (`Kind.seen_by`).
_CONFINED: dict[str, frozenset[str]] = {}


def confine(kind: str, seen_by: frozenset[str]) -> None:
    """Only these posts of the centre see proceedings of this kind, besides whoever is called to one."""
    _CONFINED[kind] = seen_by


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

    Posts of the centre see all but those of a kind that is confined to others of them; a unit those about it, those
    that stand with it, and those to which it, or somebody himself, was called.  A unit sees those of the units below it
    as well; a body its own alone.
    """
    # By name: this module is read before the models are.
    if at:
        its = apps.get_model("proceedings", "Proceeding")._base_manager.filter(pk=OuterRef(at))
        return there(its.filter(reach(centre, posts, directory, person)))
    if sees_all(posts, directory):
        roles = {role for role, _ in posts}
        hidden = [kind for kind, seen_by in _CONFINED.items() if not roles & seen_by]
        called_himself = Q(Exists(_calls(Q(to_person=person))))
        return Q(centre=centre) & (~Q(kind__in=hidden) | called_himself) if hidden else Q(centre=centre)
    units = units_of(posts, directory) | {unit for role, unit in posts if role in SEES_UNIT}
    called = _calls(Q(to_unit__in=units) | Q(to_person=person))
    return Q(centre=centre) & (Q(unit__in=units) | Q(owner_unit__in=units) | Q(Exists(called)))


def _calls(whom: Q) -> models.QuerySet[models.Model]:
    """Where `whom` was called to a proceeding."""
    abouts = apps.get_model("proceedings", "About")._base_manager
    return abouts.filter(whom, proceeding=OuterRef("pk"), role__in=OPENS_TO, until=None)
