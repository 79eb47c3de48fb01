"""Oversight: to whom an order is shown that neither the centre nor a handling unit is, and what he says of it; what a
caller is marked with; what an order is labelled with."""

from __future__ import annotations

from .states import NOT_ENDED, OBSERVERS, SYSTEM, UNIT, OrderState, Transition, posts

#: Who decides to whom an order is shown; what follows from an original submission does so by itself.
SHOWS = posts("dispatcher", "supervisor", "leader") | SYSTEM
#: Who marks a caller, and takes it back.
MARKS = posts("supervisor", "leader")

#: Of these the pack names who puts a label on an order, and who takes it off.
LABELS = UNIT | posts("dispatcher", "auditor", "callback", "supervisor", "leader")

ROWS: tuple[Transition, ...] = (
    Transition("order.shown", "开放查看", SHOWS, frozenset(OrderState), note="to a unit, a post or a person"),
    Transition("order.hidden", "收回查看", SHOWS, frozenset(OrderState)),
    Transition(
        "order.opinion",
        "代表意见",
        OBSERVERS | UNIT,
        frozenset(OrderState),
        whose="shown",
        note="of whoever sees it through a sight: the centre and the units that handle it read it",
    ),
    Transition(
        "caller.flagged",
        "标记诉求人",
        MARKS,
        frozenset(OrderState),
        note="seen by conditions and by whoever sees the caller; bars and hides nothing",
    ),
    Transition("caller.unflagged", "取消诉求人标记", MARKS, frozenset(OrderState)),
    Transition(
        "order.labelled",
        "标识工单",
        LABELS,
        NOT_ENDED,
        whose="involved",
        note="which posts put on which label says the pack; its event is labelled.CODE",
    ),
    Transition("order.unlabelled", "取消标识", LABELS, NOT_ENDED, whose="involved"),
    Transition("campaign.told", "专项行动", SYSTEM, frozenset(OrderState), note="taken into one, or that is over"),
    Transition(
        "order.exposed",
        "媒体曝光",
        SYSTEM,
        frozenset(OrderState),
        event="exposed",
        note="follows from what a media case puts down as published",
    ),
    Transition(
        "order.disclosed",
        "公开为模拟事项",
        SYSTEM,
        frozenset(OrderState),
        note="follows from the decision about a test item: out of every figure from now on",
    ),
    Transition("caller.flags_told", "诉求人标记变动", SYSTEM, frozenset(OrderState)),
)
