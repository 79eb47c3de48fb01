"""Who may take which action on which order: one table, one function."""

from __future__ import annotations

from typing import Any

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Actor
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import CENTRE, UNIT, Transition
from lianxin.rules.serving import serves

from .models import Order, Share
from .reach import SEES_CENTRE, of_centre

serves("C08", "D20")

#: Acts that concern no single order, by their id in the journal, and the posts that may take them.
JOURNAL_ACTS: dict[str, frozenset[str]] = {
    "bulletin.exported": SEES_CENTRE,
    "bulletin.article_written": frozenset({"leader", "analyst", "supervisor"}),
    "publication.issued": frozenset({"leader", "analyst", "supervisor"}),
    "orders.imported": frozenset({"dispatcher", "supervisor"}),
    "proceedings.exported": SEES_CENTRE,
    "replies.exported": frozenset({"dispatcher", "supervisor"}),
    # A unit's leads hand over between people of their own unit only.
    "people.handed_over": frozenset({"admin", "dispatcher", "supervisor", "hotline_deputy", "principal"}),
    "units.handed_over": frozenset({"dispatcher", "supervisor"}),
    "clocks.recounted": frozenset({"admin"}),
}


def may(role: str, act: str) -> bool:
    """Whether a post of `role` may take an act of `JOURNAL_ACTS`."""
    return role in JOURNAL_ACTS[act]


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
