"""Dispatch: to whom an order goes, and back."""

from __future__ import annotations

from .states import AT_WORK, OUT, RUNNING, SYSTEM, OrderState, ShareState, Transition, posts

ROWS: tuple[Transition, ...] = (
    Transition(
        "order.dispatched",
        "派单",
        posts("dispatcher", "system"),
        frozenset({OrderState.REGISTERED}),
        to=OrderState.DISPATCHED,
        event="dispatch",
        also=("catalogued",),
    ),
    Transition(
        "order.coordinated",
        "提请协调",
        posts("dispatcher", "supervisor"),
        frozenset({OrderState.REGISTERED}),
        event="coordinate",
    ),
    Transition(
        "order.duty_ruled",
        "职责界定",
        SYSTEM,
        frozenset({OrderState.REGISTERED}),
        event="duty_ruled",
    ),
    Transition(
        "share.added",
        "加派",
        posts("dispatcher", "supervisor", "system"),
        frozenset({OrderState.DISPATCHED}),
        event="dispatch",
    ),
    Transition(
        "order.recalled",
        "撤回派单",
        posts("dispatcher", "supervisor", "system"),
        OUT,
        to=OrderState.REGISTERED,
        event="register",
        note="all running shares end; the order stands at dispatch again",
    ),
    Transition(
        "share.reassigned",
        "改派",
        posts("dispatcher", "supervisor", "system"),
        OUT,
        shares=RUNNING,
        event="dispatch",
        note="the share ends and the next owner is named in the same act; one that assists already takes the role over",
    ),
    Transition(
        "share.role_changed",
        "调整主协办",
        posts("dispatcher", "supervisor"),
        OUT,
        shares=AT_WORK | {ShareState.PENDING},
    ),
    Transition(
        "share.released",
        "解除承办",
        posts("dispatcher", "supervisor"),
        OUT,
        shares=RUNNING,
        share_roles=posts("assist", "dual"),
    ),
    Transition(
        "return.decided",
        "审定退单",
        posts("dispatcher", "supervisor", "system"),
        frozenset({OrderState.DISPATCHED}),
        shares=RUNNING,
        event="return_decided",
        note="approved: the share ends and the next owner is named in the same act; refused: forced dispatch",
    ),
)
