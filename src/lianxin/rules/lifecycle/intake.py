"""Intake: registering, answering, correcting, merging."""

from __future__ import annotations

from .states import NOT_ENDED, OPEN, SYSTEM, OrderState, Transition, posts

REGISTRARS = posts("agent", "dispatcher", "patrol", "leader", "system")

ROWS: tuple[Transition, ...] = (
    Transition("order.registered", "登记", REGISTRARS, to=OrderState.REGISTERED, event="register"),
    Transition("order.supplemented", "补充", posts("agent", "dispatcher", "callback", "system"), OPEN),
    Transition(
        "order.corrected",
        "更正归类",
        posts("agent", "dispatcher", "auditor", "callback", "supervisor", "system"),
        frozenset(OrderState),
        note="allowed after closing: the bulletin of a later cut-off shows the correction",
    ),
    Transition(
        "order.answered",
        "直接答复",
        posts("agent", "dispatcher"),
        frozenset({OrderState.REGISTERED}),
        to=OrderState.ANSWERED,
        event="close",
    ),
    Transition(
        "order.call_joined",
        "三方通话",
        posts("agent", "dispatcher"),
        frozenset({OrderState.REGISTERED, OrderState.ANSWERED}),
        note="the record of a call; also after the answer, which may have ended it",
    ),
    Transition(
        "order.redirected",
        "引导（不予受理）",
        posts("agent", "dispatcher"),
        frozenset({OrderState.REGISTERED}),
        to=OrderState.REDIRECTED,
        event="close",
    ),
    Transition(
        "order.caller_corrected",
        "更正诉求人",
        posts("agent", "dispatcher", "callback", "supervisor"),
        frozenset(OrderState),
    ),
    Transition(
        "order.words_corrected",
        "更正诉求内容",
        posts("agent", "dispatcher", "callback", "supervisor"),
        frozenset(OrderState),
    ),
    Transition(
        "order.limit_set",
        "更正上级时限",
        posts("dispatcher", "supervisor", "system"),
        OPEN,
        note="binds the running clocks of this round too",
    ),
    Transition(
        "order.urged",
        "催办",
        posts("agent", "dispatcher", "callback", "supervisor", "leader", "patrol", "system"),
        OPEN,
        event="urge",
        note="counted on the order, no new order; on a repeat also on its main order",
    ),
    Transition(
        "order.linked",
        "关联",
        posts("agent", "dispatcher", "callback", "supervisor", "system"),
        frozenset(OrderState),
        event="matter_joined",
    ),
    Transition(
        "order.merged",
        "并单",
        posts("agent", "dispatcher", "system"),
        frozenset({OrderState.REGISTERED, OrderState.MERGED}),
        to=OrderState.MERGED,
        event="matter_joined",
        note="keeps its caller, counts as accepted, never dispatched, closes with its own answer",
    ),
    Transition(
        "order.joined",
        "并入重复件",
        SYSTEM,
        NOT_ENDED | {OrderState.CLOSED},
        note="the main order's side of a merge",
    ),
    Transition(
        "order.parted",
        "重复件离开",
        SYSTEM,
        frozenset(OrderState),
        note="the main order's side: the repeat is an order again, went elsewhere, was withdrawn, or was told",
    ),
    Transition(
        "order.unmerged",
        "撤销并单",
        posts("agent", "dispatcher", "system"),
        frozenset({OrderState.MERGED}),
        to=OrderState.REGISTERED,
        event="register",
    ),
    Transition(
        "order.withdrawn",
        "撤单",
        posts("agent", "dispatcher", "callback", "system"),
        NOT_ENDED | {OrderState.MERGED},
        to=OrderState.WITHDRAWN,
        event="close",
    ),
    Transition(
        "order.invalidated",
        "判为无效",
        posts("dispatcher", "supervisor"),
        frozenset({OrderState.REGISTERED}),
        to=OrderState.INVALID,
        event="close",
    ),
)
