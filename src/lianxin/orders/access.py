"""Who may take which action on which order: one table, one function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Actor
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import CENTRE, OUTSIDE, UNIT_LEADS, Transition
from lianxin.rules.serving import serves

from .models import Order, Share, Sight
from .reach import SEES_CENTRE, SEES_OWN, of_centre
from .recusal import recused
from .sights import View, acting, view

serves("C08", "D20")

#: Acts that concern no single order, by their id in the journal, and the posts that may take them.
JOURNAL_ACTS: dict[str, frozenset[str]] = {
    "bulletin.exported": SEES_CENTRE,
    "bulletin.article_written": frozenset({"leader", "analyst", "supervisor"}),
    "publication.issued": frozenset({"leader", "analyst", "supervisor"}),
    "orders.imported": frozenset({"dispatcher", "supervisor"}),
    "proceedings.exported": SEES_CENTRE,
    # Who dispatches knows whose duty it is; what comes into force is for those who answer for the dispatches.
    "catalogue.written": frozenset({"dispatcher", "supervisor", "leader"}),
    "catalogue.enacted": frozenset({"supervisor", "leader"}),
    "catalogue.exported": SEES_CENTRE,
    # Who owns an article drafts and renews it; what agents may answer by is for the centre to say.
    "article.drafted": frozenset({"clerk", "hotline_deputy", "principal", "dispatcher", "supervisor"}),
    "article.approved": frozenset({"dispatcher", "supervisor"}),
    # Each unit keeps its own phrases, the centre those for everybody.
    "phrase.written": frozenset({"supervisor", "clerk", "hotline_deputy", "principal"}),
    "phrases.exported": frozenset({"supervisor", "clerk", "hotline_deputy", "principal"}),
    "units.staffing_exported": frozenset({"supervisor", "leader", "analyst"}),
    "replies.exported": frozenset({"dispatcher", "supervisor"}),
    # A unit's leads hand over between people of their own unit only.
    "people.handed_over": frozenset({"admin", "dispatcher", "supervisor", "hotline_deputy", "principal"}),
    "units.handed_over": frozenset({"dispatcher", "supervisor"}),
    "clocks.recounted": frozenset({"admin"}),
    # A unit's leads look after what was to reach their own unit only.
    "notices.resent": UNIT_LEADS | {"admin"},
    "notices.exported": UNIT_LEADS | {"admin"},
    "channel.tried": UNIT_LEADS | {"admin"},
    # A unit's leads take the rosters of their own unit only.
    "shifts.exported": UNIT_LEADS | {"supervisor", "leader", "admin"},
    # Who looked at what: only whoever looks after the people, and sees no order himself.
    "looks.read": frozenset({"admin"}),
    "looks.exported": frozenset({"admin"}),
}


def may(role: str, act: str) -> bool:
    """Whether a post of `role` may take an act of `JOURNAL_ACTS`."""
    return role in JOURNAL_ACTS[act]


@dataclass(frozen=True, slots=True)
class Grounds:
    """On what a right rests: the order, all its shares (of a repeat also those of its main order), the directory with
    the rules in force today, and the running sights, which are read only where they decide."""

    order: Order
    shares: Sequence[Share]
    directory: Snapshot
    sights: Callable[[], Iterable[Sight]]
    #: before its first entry it has no state yet
    is_new: bool = False

    def view(self, actor: Actor) -> View | None:
        """What is shown to `actor` at his post through sights; None for nothing."""
        return view(self.order, acting(self.sights(), actor))


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to an action: `why` he may not, and what that hangs on; both empty if he may."""

    against: Literal["", "stranger", "post", "share", "state"] = ""
    why: str = ""

    @property
    def may(self) -> bool:
        return not self.against

    @property
    def whose(self) -> str:
        """Why not, whatever the state of the order."""
        return "" if self.against == "state" else self.why


_MAY = Standing()
_STRANGER = Standing("stranger", "没有这件工单")
#: What shows the caller: through a sight only where that gives him.
_UNMASKED = "caller.unmasked"


def standing(actor: Actor, action: str, grounds: Grounds, share: Share | None = None) -> Standing:
    """Whether `actor` may take `action` on the order now, on `share` if one is named.

    The one place that decides it: the ledger, the offers of a page, its forms and the rows of queues all ask here.
    Gates of duties come after it (`duties.barring`), and what the verb itself says.
    """
    row, order = lifecycle.find(action), grounds.order
    if actor.centre != order.centre_id or actor.staff in recused(order):
        return _STRANGER
    if not takes(actor, row, grounds.directory):
        return Standing("post", f"您的岗位不能{row.title}")
    found = _whose(actor, row, grounds, share)
    if not found.may:
        return found
    state = None if grounds.is_new else str(order.state)
    of_share, role = (share.state, share.role) if share else (None, None)
    if lifecycle.allowed(row, order=state, share=of_share, role=role):
        return _MAY
    return Standing("state", _not_now(row, order, share))


def takes(actor: Actor, row: Transition, directory: Snapshot) -> bool:
    """Whether the actor's post takes the action at all, on whichever orders: by the table, narrowed and widened by the
    pack in force today."""
    if _is_lent(actor, row, directory):
        return True
    pack = directory.pack_now
    posts = pack.posts.takers(row.action, row.posts) if pack else row.posts
    return actor.role in posts and (actor.role not in CENTRE or of_centre(directory, actor.unit))


def _is_lent(actor: Actor, row: Transition, directory: Snapshot) -> bool:
    """Whether the pack gives the action to this post of this unit beside those of the table."""
    unit, pack = directory.units.get(actor.unit or 0), directory.pack_now
    return unit is not None and pack is not None and (actor.role, unit.code) in pack.posts.lent(row.action)


def _whose(actor: Actor, row: Transition, grounds: Grounds, share: Share | None) -> Standing:
    """Whether the order, or this share, is one on which the post acts."""
    if actor.role in SEES_OWN and not grounds.is_new and grounds.order.found_by_id != actor.staff:
        return _through_sight(actor, row, grounds, involved=False)
    if actor.role not in OUTSIDE:
        return _MAY
    body = grounds.directory.serves_as(actor.unit) == "body"
    mine = [] if body else [s for s in grounds.shares if s.unit_id == actor.unit]
    if row.whose == "shown" or not mine:
        return _through_sight(actor, row, grounds, bool(mine))
    if share is None or share.unit_id == actor.unit or _is_lent(actor, row, grounds.directory):
        return _MAY
    return Standing("share", "这一承办件不属于您的单位")


def _through_sight(actor: Actor, row: Transition, grounds: Grounds, involved: bool) -> Standing:
    """For a post that has no share: it acts only on what it sees, and there only as the row or the pack says."""
    seen = grounds.view(actor)
    if seen is None:
        return Standing("post", f"没有向您开放查看，不能{row.title}") if involved else _STRANGER
    if row.action == _UNMASKED:
        return _MAY if seen.caller else Standing("post", "诉求人没有向您开放")
    if row.whose in ("shown", "involved") or _is_lent(actor, row, grounds.directory):
        return _MAY
    return Standing("share", "您的单位不承办这件工单")


def offered(actor: Actor, grounds: Grounds) -> list[tuple[Transition, Share | None]]:
    """The actions that `actor` may take on the order now, each with the share that it is about."""
    found: list[tuple[Transition, Share | None]] = []
    for row in lifecycle.TABLE:
        candidates: list[Any] = [s for s in grounds.shares if s.is_running] if row.shares else [None]
        found += [(row, share) for share in candidates if standing(actor, row.action, grounds, share).may]
    return found


def _not_now(row: Transition, order: Order, share: Share | None) -> str:
    if order.state not in row.states:
        return f"工单现在是“{lifecycle.ORDER_TITLES[order.state]}”，不能{row.title}"
    if share is None:
        return f"没有可以{row.title}的承办件"
    if row.share_roles and share.role not in row.share_roles:
        if row.action == "share.replied":
            return "协办单位请提交协办意见，由主办单位答复"
        return f"{'协办' if share.role == 'assist' else '主办'}单位不能{row.title}"
    return f"承办件现在是“{lifecycle.SHARE_TITLES[share.state]}”，不能{row.title}"
