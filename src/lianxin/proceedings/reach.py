"""Who sees which proceedings: every list, count, search and page starts from `Proceeding.objects.visible_to(user)`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Self, TypeVar

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.orders.reach import SEES_UNIT, Posts, complaining, finds, of_centre, readers, sees_all, there, units_of

if TYPE_CHECKING:
    from lianxin.directory.models import Staff

M = TypeVar("M", bound=models.Model)
#: In which roles an `About` opens a proceeding to the unit or the person that it names.
OPENS_TO = ("member", "called")
#: In which roles it says something of an order; what is only counted or listed leaves out what complains of the reader.
SHOWS = ("subject", "evidence", "quoted")
#: The kinds that not every post of the centre sees, each with those that do (`Kind.known_to`).
_CONFINED: dict[str, frozenset[str]] = {}


def confine(kind: str, known_to: frozenset[str]) -> None:
    """Only these posts of the centre see proceedings of this kind, besides whoever is called to one."""
    _CONFINED[kind] = known_to


#: The kinds that whoever is complained of by one of the orders sees without that order (`Kind.without`).
_SHARED: set[str] = set()


def share(kind: str) -> None:
    """Of this kind nobody is kept out by what complains of him: it is shown to him without that."""
    _SHARED.add(kind)


def shared() -> list[str]:
    """Those kinds."""
    return sorted(_SHARED)


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
    himself, was called; a patrol what lies on him himself.  A unit sees those of the units below it as well; a body its
    own alone.  Of a confined kind only its posts see anything, and whoever was called himself.  Nobody sees one about
    an order that complains of him.
    """
    # By name: this module is read before the models are.
    if at:
        its = apps.get_model("proceedings", "Proceeding")._base_manager.filter(pk=OuterRef(at))
        return there(its.filter(reach(centre, posts, directory, person)))
    free = of_no_complaint(centre, readers(person))
    if sees_all(posts, directory):
        return Q(centre=centre) & _known(posts, directory, person) & free
    units = units_of(posts, directory) | {unit for role, unit in posts if role in SEES_UNIT}
    called = _calls(Q(to_unit__in=units) | Q(to_person=person))
    mine = Q(unit__in=units) | Q(owner_unit__in=units) | Q(Exists(called))
    if finds(posts, directory):
        # Who sees nothing of the centre but his own sees what he has to do himself.
        mine |= Q(owner_unit__in={unit for _, unit in posts}, owner_person=person)
    return Q(centre=centre) & mine & _known(posts, directory, person) & free


def hidden(posts: Posts, directory: Snapshot) -> list[str]:
    """The kinds of which somebody with these posts knows nothing, unless he was called to one himself."""
    mine = {role for role, unit in posts if of_centre(directory, unit)}
    return [kind for kind, known in _CONFINED.items() if not mine & known]


def _known(posts: Posts, directory: Snapshot, person: int) -> Q:
    """Proceedings of which this person may know at all."""
    kinds = hidden(posts, directory)
    return ~Q(kind__in=kinds) | Q(Exists(_calls(Q(to_person=person)))) if kinds else Q()


def _calls(whom: Q) -> models.QuerySet[models.Model]:
    """Where `whom` was called to a proceeding."""
    abouts = apps.get_model("proceedings", "About")._base_manager
    return abouts.filter(whom, proceeding=OuterRef("pk"), role__in=OPENS_TO, until=None)


def of_no_complaint(centre: int, who: Collection[int]) -> Q:
    """Proceedings about no order that complains of one of these people, or that are shown without it, as a condition on
    proceedings."""
    if not who:
        return Q()
    orders = complaining(centre, who)
    about = apps.get_model("proceedings", "About")._base_manager.filter(
        Exists(orders.filter(pk=OuterRef("to_order"))), proceeding=OuterRef("pk"), role__in=SHOWS
    )
    return Q(kind__in=shared()) | (Q(~Exists(about)) & Q(~Exists(orders.filter(matter=OuterRef("pk")))))
