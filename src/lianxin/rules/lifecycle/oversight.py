"""Oversight: to whom an order is shown that neither the centre nor a handling unit is, and what he says of it."""

from __future__ import annotations

from .states import OBSERVERS, UNIT, OrderState, Transition, posts

#: Who decides to whom an order is shown.
SHOWS = posts("dispatcher", "supervisor", "leader")

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
)
