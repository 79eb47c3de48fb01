"""First dispatches (首派): to whom each order went first, by whom, as which item, and whether it stayed there."""

from __future__ import annotations

from typing import Any

import ibis

from .relations import ended, facts, instant, orders, played
from .scope import Scope
from .tables import ENTRIES, FORMER_ROLES, ORDERS, SHARES, table


def first_dispatches(scope: Scope) -> Any:
    """The units that were to lead orders first dispatched in the period: one row a unit, two of a dual dispatch.

    `stayed`: by the cut-off it had neither been returned nor taken from that unit, nor did another lead in its place.
    An order that its caller withdrew, or that ended otherwise, stayed.
    """
    sent = sent_first(scope)
    rows = _led(scope)
    joined = rows.inner_join(sent, (rows.order_id == sent.sent_id) & (rows.given_at == sent.sent_at))
    joined = joined.mutate(person=joined.dispatcher)
    return joined.select("order_id", "unit_id", "category_id", "dispatcher", "person", "item", "stayed")


def sent_first(scope: Scope) -> Any:
    """Orders first dispatched in the period: when, by whom (0: by no person), as which item of the catalogue."""
    out, acts, cutoff = table(ORDERS), table(ENTRIES), instant(scope.cutoff)
    out = out.filter(
        (out.centre_id == scope.centre)
        & (out.dispatched_at >= instant(scope.start))
        & (out.dispatched_at < instant(scope.end))
        & (out.dispatched_recorded_at < cutoff)
        & ~played(out, scope)
    )
    out = out.select(sent_id=out.id, sent_at=out.dispatched_at, sent_recorded=out.dispatched_recorded_at)
    valid = facts(scope)
    out = out.inner_join(valid.filter(~valid.invalid), [("sent_id", "order_id")])
    acts = acts.filter(acts.action == "order.dispatched")
    acts = acts.select(
        "order_id",
        dispatcher=acts.staff_id.fill_null(0),
        said_at=acts.recorded_at,
        item=acts.said_item.fill_null(""),
    )
    return out.select("sent_id", "sent_at", "sent_recorded", "category_id").inner_join(
        acts, [("sent_id", "order_id"), ("sent_recorded", "said_at")]
    )


def _led(scope: Scope) -> Any:
    """The shares that led at first, and whether they still do, or did to the end."""
    rows, former, cutoff = table(SHARES), table(FORMER_ROLES), instant(scope.cutoff)
    former = former.filter(former.known_from < cutoff)
    first = former.group_by("share_id").agg(first_role=former.role.argmin(former.known_from))
    then = former.filter(former.known_to >= cutoff).select(of_share="share_id", then_role="role")
    rows = rows.filter(rows.depth == 0)
    rows = rows.left_join(first, rows.id == first.share_id)
    rows = rows.left_join(then, rows.id == then.of_share)
    rows = rows.filter(ibis.coalesce(rows.first_role, rows.role).isin(["lead", "dual"]))
    gone = ended(rows, scope) & ((rows.outcome == "returned") | rows.released)
    leads = ibis.coalesce(rows.then_role, rows.role) != "assist"
    return rows.select("order_id", "unit_id", given_at=rows.dispatched_at, stayed=~gone & leads)


def coordinated(scope: Scope) -> Any:
    """Orders registered in the period whose unit was unclear: coordination was asked for by the cut-off (C38)."""
    acts = table(ENTRIES)
    acts = acts.filter((acts.action == "order.coordinated") & (acts.recorded_at < instant(scope.cutoff)))
    rows = orders(scope)
    return rows.semi_join(acts, rows.order_id == acts.order_id)
