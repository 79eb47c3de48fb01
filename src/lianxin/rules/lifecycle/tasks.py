"""Duties: what rules of a pack lay on a post, and petitions that several posts decide in turn."""

from __future__ import annotations

from .states import AT_WORK, CENTRE, LEADS, OPEN, OUT, SYSTEM, UNIT, WORKERS, OrderState, Transition, posts

#: On whose post a duty may lie.  The administrator keeps the directory and sees no order.  The analyst takes nothing
#: else: only what a rule laid on his own post (D20).
ANYBODY = CENTRE | UNIT | posts("analyst")

ROWS: tuple[Transition, ...] = (
    Transition("task.done", "办结待办", ANYBODY, frozenset(OrderState), whose="involved", note="its own post alone"),
    Transition(
        "task.noted",
        "记录跟进",
        ANYBODY,
        OPEN,
        whose="involved",
        note="its log: it stays open; its event is noted.KIND",
    ),
    Transition("task.handed_on", "转交待办", ANYBODY, frozenset(OrderState), whose="involved", note="within the unit"),
    Transition("task.waived", "免办", posts("leader"), OPEN, note="opens what an open task bars, with a reason"),
    Transition("task.dropped", "撤销待办", posts("supervisor", "leader"), OPEN),
    Transition(
        "petition.endorsed", "审签申请", ANYBODY, OPEN, whose="involved", note="every level but the last, which decides"
    ),
    Transition(
        "petition.filed",
        "上报、申请",
        WORKERS,
        OUT,
        shares=AT_WORK,
        share_roles=LEADS,
        whose="own",
        note="of a kind that the pack names; handling goes on, no clock stops",
    ),
    Transition(
        "petition.decided",
        "审定申请",
        posts("dispatcher", "auditor", "supervisor", "leader", "system"),
        OPEN,
        note="the last level of such a petition",
    ),
    Transition("task.came", "到时交办", SYSTEM, OPEN, note="a duty that its rule lays later than its event"),
    Transition("matter.told", "同一事项有变化", SYSTEM, frozenset(OrderState)),
)
