"""Duties: what rules of a pack lay on a post, and petitions that several posts decide in turn."""

from __future__ import annotations

from .states import CENTRE, OPEN, SYSTEM, UNIT, OrderState, Transition, posts

#: On whose post a duty may lie.  The administrator keeps the directory and sees no order.  The analyst takes nothing
#: else: only what a rule laid on his own post (D20).
ANYBODY = CENTRE | UNIT | posts("analyst")

ROWS: tuple[Transition, ...] = (
    Transition("task.done", "办结待办", ANYBODY, frozenset(OrderState), whose="involved", note="its own post alone"),
    Transition("task.handed_on", "转交待办", ANYBODY, frozenset(OrderState), whose="involved", note="within the unit"),
    Transition("task.waived", "免办", posts("leader"), OPEN, note="opens what an open task bars, with a reason"),
    Transition("task.dropped", "撤销待办", posts("supervisor", "leader"), OPEN),
    Transition(
        "petition.endorsed", "审签申请", ANYBODY, OPEN, whose="involved", note="every level but the last, which decides"
    ),
    Transition("matter.told", "同一事项有变化", SYSTEM, frozenset(OrderState)),
)
