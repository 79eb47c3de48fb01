"""What was given to units (承办件): of which roles, how each ended, and whether in time."""

from __future__ import annotations

from typing import Any

import ibis

from .relations import KINDS, breached, day_of, due_as_known, ended, facts, instant, of_centre, overdue
from .scope import Scope
from .tables import CLOCKS, FORMER_ROLES, SHARES, table


def share_ends(scope: Scope) -> Any:
    """承办件 that ended in the period, whenever they were dispatched: one row a share."""
    rows = table(SHARES)
    rows = rows.filter((rows.ended_at >= instant(scope.start)) & (rows.ended_at < instant(scope.end)))
    rows = _handled(rows, scope)
    return rows.filter(ended(rows, scope)).select("order_id", "unit_id", day=day_of(rows.ended_at))


def shares_standing(scope: Scope) -> Any:
    """承办件 that ran when the period ended, as known at the cut-off: one row a share."""
    rows, end = table(SHARES), instant(scope.end)
    rows = _handled(rows.filter(rows.dispatched_at < end), scope)
    return rows.filter(~ended(rows, scope) | (rows.ended_at >= end)).select("order_id", "unit_id")


def _handled(rows: Any, scope: Scope) -> Any:
    """Of these shares those that are 承办件 of the centre's units as known at the cut-off (`shares`)."""
    rows = of_centre(rows, scope)
    rows = _of_roles(rows.filter((rows.dispatched_recorded_at < instant(scope.cutoff)) & (rows.depth == 0)), scope)
    return rows.filter(_is_handled(rows, scope))


def _is_handled(rows: Any, scope: Scope) -> Any:
    """Whether a share counts, however it ended by the cut-off."""
    outcome = ibis.ifelse((rows.outcome == "withdrawn") & rows.released, "released", rows.outcome)
    left_out = list(scope.counting.not_handled)
    return ~(ended(rows, scope) & outcome.isin(left_out)) if left_out else ibis.literal(True)


def shares(scope: Scope) -> Any:
    """Depth-0 shares of the roles that count, dispatched in the period, of any order and round: one row a share."""
    rows = table(SHARES)
    rows = rows.filter(
        (rows.dispatched_at >= instant(scope.start))
        & (rows.dispatched_at < instant(scope.end))
        & (rows.dispatched_recorded_at < instant(scope.cutoff))
        & (rows.depth == 0)
    )
    over = ended(rows, scope)
    # Before anything is joined: what an engine reads as codes of a file, a join makes texts.
    rows = rows.select(
        "id",
        "order_id",
        "unit_id",
        "round",
        "role",
        day=day_of(rows.dispatched_at),
        returned=over & (rows.outcome == "returned"),
        passed=over & (rows.outcome == "passed"),
        passed_reply_at=ibis.ifelse(over, rows.passed_reply_at, ibis.null("timestamp('UTC')")),
        handled=_is_handled(rows, scope),
    )
    return _of_roles(of_centre(rows, scope), scope).drop("role").rename(given_id="id")


def judged(rows: Any, scope: Scope) -> Any:
    """These `shares` with `late`: by what, the pack says (`Counting.on_time`)."""
    clocks = table(CLOCKS)
    clocks = clocks.filter(clocks.kind.isin(["handle", "resubmit"])).drop("order_id")
    # By share, since a clock of one kind may start more than once in its life.
    clocks = clocks.rename(clock_id="id")
    joined = due_as_known(rows.left_join(clocks, rows.given_id == clocks.share_id), "clock_id", scope)
    late = _LATE[scope.counting.on_time](joined, scope)
    return joined.group_by(rows.columns).agg(late=ibis.coalesce(late, False))


def of_kind(rows: Any, scope: Scope) -> Any:
    """These `shares` with what their orders are (`KINDS`), as known at the cut-off."""
    known = facts(scope).select(*KINDS, kind_of="order_id")
    return rows.left_join(known, rows.order_id == known.kind_of).drop("kind_of")


def _of_roles(shares: Any, scope: Scope) -> Any:
    """Those whose role, as known at the cut-off, counts: whoever leads or assists since then did not by then."""
    former, cutoff = table(FORMER_ROLES), instant(scope.cutoff)
    former = former.filter((former.known_from < cutoff) & (former.known_to >= cutoff))
    former = former.select(former_of=former.share_id, former_role=former.role)
    joined = shares.left_join(former, shares.id == former.former_of)
    joined = joined.filter(ibis.coalesce(joined.former_role, joined.role).isin(list(scope.counting.handled_roles)))
    return joined.drop("former_of", "former_role")


def _first_reply(clocks: Any, scope: Scope) -> Any:
    """The first reply that reached the centre stops the limit for good."""
    return ((clocks.kind == "handle") & overdue(clocks, scope)).any()


def _each_clock(clocks: Any, scope: Scope) -> Any:
    """In time where the limit was kept and that of every reply that was sent back as well."""
    return overdue(clocks, scope).any()


def _passed_reply(clocks: Any, scope: Scope) -> Any:
    """The reply that passed, or awaits its audit, must have come within the limit; one that was sent back does not.

    A share that was sent back has a clock for its next reply: while that runs there is no reply.
    """
    of_limit = clocks.kind == "handle"
    over = ended(clocks, scope)
    due = clocks.due.max(where=of_limit)
    owed = (of_limit & ~(over & (clocks.end == "cancelled"))).any()
    awaited = (~over & clocks.due.notnull()).any()
    came = ibis.greatest(clocks.ended_at.max(where=over & (clocks.end == "met")), clocks.passed_reply_at.max())
    too_late = ibis.coalesce(came >= due, True)
    return (of_limit & breached(clocks, scope)).any() | (owed & (due <= instant(scope.cutoff)) & (awaited | too_late))


_LATE = {"first_reply": _first_reply, "each_clock": _each_clock, "passed_reply": _passed_reply}
