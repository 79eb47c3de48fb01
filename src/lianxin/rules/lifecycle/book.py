"""The book itself: clocks, owners, erasure, looking at a number."""

from __future__ import annotations

from .states import CENTRE, OBSERVERS, OPEN, SYSTEM, UNIT, OrderState, Transition

ROWS: tuple[Transition, ...] = (
    Transition("clock.warned", "到期预警", SYSTEM, frozenset(OrderState)),
    Transition("clock.breached", "逾期", SYSTEM, frozenset(OrderState)),
    Transition("clock.recounted", "按放假安排重新推算时限", SYSTEM, OPEN),
    Transition("order.handed_over", "责任人交接", SYSTEM, OPEN),
    Transition("order.erased", "删除原文和诉求人信息（保存期满）", SYSTEM, frozenset(OrderState) - OPEN),
    Transition("order.quoted", "由公文引用", SYSTEM, frozenset(OrderState)),
    Transition("order.unmarked", "转入实时时钟", SYSTEM, frozenset(OrderState)),
    Transition(
        "caller.unmasked",
        "查看诉求人号码",
        CENTRE | UNIT | OBSERVERS,
        frozenset(OrderState),
        whose="involved",
        note="through a sight only where that gives the caller",
    ),
)
