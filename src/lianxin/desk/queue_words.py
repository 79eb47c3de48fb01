"""What the computed words of a queue's condition are in the database: those that need more than a column.

`rules.queue_terms.COMPUTED` says for which queues each is there, and what it is called.  A word gets the seat, and how
to reach the order from the row (`""` or `"order__"`); one that takes an instant gets that too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, Q

from lianxin.followup.models import Callback
from lianxin.orders.holders import SIGNER
from lianxin.proceedings import kinds
from lianxin.proceedings.models import Proceeding
from lianxin.rules.chain import LINKS
from lianxin.rules.policy import PolicyError

from .seats import Seat


def at_centre(seat: Seat, at: str, since: Any) -> Q:
    """The order stands with the centre itself, with no unit."""
    return Q(**{f"{at}owner_unit": seat.directory.root.id})


def dissatisfied(seat: Seat, at: str, since: Any) -> Q:
    """Called back in this round since that instant, and the caller says that it is not solved or that he is not
    satisfied."""
    bad = Callback.objects.filter(Q(solved=False) | Q(result_satisfied=False), finished_at__gte=since)
    return Q(Exists(bad.filter(order=OuterRef(f"{at}pk"), round=OuterRef(f"{at}round"))))


def unit_audits_first(seat: Seat, at: str, since: Any) -> Q:
    """The order's own pack has its unit audit a reply itself, before the centre does."""
    return Q(**{f"{at}pack__in": packs_with_unit_audit(seat)})


def asked(seat: Seat, at: str = "", since: Any = None) -> Q:
    """The proceeding stands with this seat's post, or with its person, and asks something of it now."""
    unit = seat.post.unit if seat.in_unit else seat.directory.root.id
    posts = [post.id for post in seat.directory.posts_at(unit, seat.role)]
    asking = Q()
    for kind, states in kinds.asking():
        asking |= Q(kind=kind, state__in=states)
    return Proceeding.OPEN & (Q(owner_post__in=posts) | Q(owner_person=seat.staff.pk)) & asking


def in_chain(seat: Seat, at: str, since: Any) -> Q:
    """Whoever signed the share off has named one of this post (D22)."""
    post, found = seat.post, Q(pk__in=[])
    for link in (SIGNER, *LINKS):
        for person in seat.directory.crew(post.id):
            found |= Q(chain__contains=[[link, post.id, person]])
    return found


COMPUTED: dict[str, Callable[[Seat, str, Any], Q]] = {
    word.__name__: word for word in (at_centre, dissatisfied, unit_audits_first, asked, in_chain)
}


def packs_with_unit_audit(seat: Seat) -> list[str]:
    """The packs of this centre under which a unit audits its replies itself; one that cannot be read is none."""
    return [line.pack for line in seat.directory.policies if _asks_unit(seat, line.pack)]


def _asks_unit(seat: Seat, pack: str) -> bool:
    try:
        return seat.directory.find_pack(pack).reply.unit_audit
    except PolicyError:
        return False
