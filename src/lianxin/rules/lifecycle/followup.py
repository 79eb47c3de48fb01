"""Follow-up: call-backs, re-handling, closing, exclusion."""

from __future__ import annotations

from .states import OrderState, Transition, posts

ROWS: tuple[Transition, ...] = (
    Transition(
        "callback.tried",
        "回访未接通",
        posts("callback", "system"),
        frozenset({OrderState.TO_CALLBACK, OrderState.CLOSED}),
    ),
    Transition(
        "callback.recorded",
        "回访",
        posts("callback", "system"),
        frozenset({OrderState.DISPATCHED, OrderState.TO_CALLBACK, OrderState.CLOSED}),
        event="callback",
        note="a higher layer may call back at any time, also after closing",
    ),
    Transition(
        "callback.led",
        "领导回访",
        posts("principal"),
        frozenset({OrderState.TO_CALLBACK, OrderState.CLOSED}),
        whose="involved",
        note="a unit's principal calls back himself; whether its grades count is a setting of the pack",
    ),
    Transition(
        "order.rehandled",
        "重办",
        posts("callback", "supervisor", "system"),
        frozenset({OrderState.TO_CALLBACK, OrderState.CLOSED}),
        to=OrderState.DISPATCHED,
        event="dispatch",
        note="opens round n+1; a closed order only after a call-back of this round",
    ),
    Transition(
        "order.closed",
        "办结",
        posts("callback", "auditor", "supervisor", "system"),
        frozenset({OrderState.TO_CALLBACK, OrderState.MERGED}),
        to=OrderState.CLOSED,
        event="close",
    ),
    Transition(
        "order.reopened",
        "重新打开",
        posts("supervisor", "leader"),
        frozenset(
            {OrderState.CLOSED, OrderState.ANSWERED, OrderState.REDIRECTED, OrderState.WITHDRAWN, OrderState.INVALID}
        ),
        to=OrderState.REGISTERED,
        event="register",
    ),
    Transition(
        "order.excluded",
        "剔除（不计入考核）",
        posts("supervisor", "leader"),
        frozenset(OrderState),
    ),
)
