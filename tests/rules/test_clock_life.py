"""The walk by which the check finds a clock that would count twice knows every act of the table of states."""

from __future__ import annotations

import pytest

from lianxin.rules import policy
from lianxin.rules.clock_life import _ORDER, _REPLIES, _SHARE, twice
from lianxin.rules.lifecycle import OPEN, RUNNING, TABLE, OrderState, ShareState, Transition

#: With these the share ends: whatever they start is another's.
ENDS = {"share.reassigned", "share.passed", "share.opined"}
SHARES = {ShareState.REPLIED: ("replied", "audited")}
ORDERS = {OrderState.DISPATCHED: "out", OrderState.SUSPENDED: "out"}


@pytest.mark.parametrize(
    "row", [r for r in TABLE if r.event and r.shares and r.action not in ENDS], ids=lambda r: r.action
)
def test_every_act_on_a_share_is_walked(row: Transition) -> None:
    acts = (*_SHARE, *_REPLIES[True], *_REPLIES[False])
    for state in row.shares & RUNNING:
        if row.action == "share.reply_imported" and state == ShareState.PENDING:
            continue  # history that was never signed for
        walked = SHARES.get(state, (str(state),))
        assert any(act.state in walked and row.event in act.events for act in acts), state


@pytest.mark.parametrize("row", [r for r in TABLE if r.event and r.to in OPEN | {None}], ids=lambda r: r.action)
def test_every_act_on_an_order_is_walked(row: Transition) -> None:
    for state in row.states & OPEN - {OrderState.MERGED}:
        if row.action == "callback.recorded" and state == OrderState.DISPATCHED:
            continue  # of another layer: no event
        walked = ORDERS.get(state, str(state))
        assert any(act.state == walked and row.event in act.events for act in _ORDER), state


def test_no_clock_of_a_shipped_pack_counts_twice() -> None:
    for name in policy.packs(policy.POLICIES):
        pack = policy.find(name)
        for kind in {rule.kind for rule in pack.clocks}:
            rules = [rule for rule in pack.clocks if rule.kind == kind]
            starts = {event: frozenset(r for r in rules if event in r.start_on) for r in rules for event in r.start_on}
            for unit_audit in (True, False):
                assert twice(starts, rules[0].on, unit_audit=unit_audit, once=kind == "handle") is None
