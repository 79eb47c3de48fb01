"""What units did with their shares in a period and what stands in acts alone: contacts, petitions for return."""

from __future__ import annotations

from typing import Any

import ibis

from lianxin.rules.lifecycle import HANDED_DOWN

from .relations import instant, no_test_items
from .scope import Scope
from .tables import ENTRIES, SHARES, TASKS, table


def contacts(scope: Scope) -> Any:
    """Contacts in the period in which the caller was reached: one row a contact, of the unit that answers for the share
    to the centre.  They stand in the entries alone: an order keeps only how many there were."""
    rows = table(ENTRIES)
    rows = rows.filter(
        (rows.action == "share.contacted")
        & (rows.at >= instant(scope.start))
        & (rows.at < instant(scope.end))
        & (rows.recorded_at < instant(scope.cutoff))
    )
    rows = rows.filter(rows.said_reached).select("order_id", about="said_share")
    rows = no_test_items(rows, scope)
    given = table(SHARES)
    for level in range(HANDED_DOWN):
        # By names of their own, since each level is the same table.
        above = given.select(**{f"given_{level}": given.id, f"above_{level}": given.parent_id})
        joined = rows.inner_join(above, [("about", f"given_{level}")])
        rows = joined.mutate(about=ibis.coalesce(joined[f"above_{level}"], joined.about)).select("order_id", "about")
    rows = rows.inner_join(given.select("unit_id", given_id=given.id), [("about", "given_id")])
    return rows.select("order_id", "unit_id")


def returns_asked(scope: Scope) -> Any:
    """Petitions for return filed in the period, with their reasons, codes of the order's pack: one row a petition."""
    rows, acts, given = table(TASKS), table(ENTRIES), table(SHARES)
    rows = rows.filter(
        (rows.kind == "return")
        & rows.petition
        # One that goes from post to post is a task at each level, and one petition.
        & (rows.level == 0)
        & (rows.made_at >= instant(scope.start))
        & (rows.made_at < instant(scope.end))
    )
    # When it was recorded stands in its entry.
    acts = acts.filter(acts.recorded_at < instant(scope.cutoff)).select(act_of=acts.order_id, act=acts.number)
    rows = rows.semi_join(acts, (rows.order_id == acts.act_of) & (rows.made_entry == acts.act))
    rows = no_test_items(rows, scope, "pack")
    given = given.select("unit_id", given_id=given.id)
    rows = rows.select("order_id", "share_id", "reason", "pack").inner_join(given, [("share_id", "given_id")])
    return rows.drop("share_id")
