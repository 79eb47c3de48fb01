"""Whether this post may do this to this order now: whose order it is, its state, and what the post has seen of it."""

from __future__ import annotations

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import verbs
from lianxin.ledger.acts import Act, Payload, Refused
from lianxin.ledger.others import Others
from lianxin.rules import lifecycle

from .about import AboutShare, share_of
from .access import refusal
from .docket import Docket
from .models import Order, Share
from .neighbours import Neighbours
from .seen import require_seen


def permit(act: Act, payload: Payload, docket: Docket, others: Others, directory: Snapshot) -> Payload:
    """The payload with its share named.  Raises `Refused` if this post may not do this now."""
    row, order = lifecycle.find(act.verb), docket.order
    shares = list(docket.all_shares.values())
    if order.merged_into_id is not None:
        # Whoever handles the main order has to do with its repeats too.
        shares += others.by(Neighbours).shares_of(order.merged_into_id)
    # Whose order it is comes first: a stranger learns nothing about its shares.
    reason = refusal(act.actor, row, order, shares, None, directory)
    share: Share | None = None
    if not reason and isinstance(payload, AboutShare):
        share = share_of(payload, row, docket, act.actor)
        payload = payload.naming(share)
        reason = refusal(act.actor, row, order, shares, share, directory)
    if reason:
        raise Refused(reason)
    state = None if docket.is_new and order.head_number == 0 else str(order.state)
    if (state is None) != verbs.find(act.verb).opens:
        raise Refused("没有这件工单")
    state_of_share, role = (share.state, share.role) if share else (None, None)
    if not lifecycle.allowed(row, order=state, share=state_of_share, role=role):
        raise Refused(_not_now(row, order, share))
    if reason := verbs.bars_after_erasure(verbs.find(act.verb), order, files=bool(act.files)):
        raise Refused(reason)
    require_seen(act, share, docket, others.entries.get(order.pk, ()))
    return payload


def _not_now(row: lifecycle.Transition, order: Order, share: Share | None) -> str:
    if order.state not in row.states:
        return f"工单现在是“{lifecycle.ORDER_TITLES[order.state]}”，不能{row.title}"
    if share is None:
        return f"没有可以{row.title}的承办件"
    if row.share_roles and share.role not in row.share_roles:
        return "协办单位请提交协办意见，由主办单位答复" if row.action == "share.replied" else f"主办单位不能{row.title}"
    return f"承办件现在是“{lifecycle.SHARE_TITLES[share.state]}”，不能{row.title}"
