"""The one table of states and transitions of a work order.

Sources: 国办发〔2020〕53号 (closed loop), the states of hotline platforms in use, the founding documents.  Petitions,
supervision and clocks are overlays, never states: handling goes on beside them.

`TABLE` is data; `find` and `allowed` are the only code that walks it.  Who may act *on which order* is
a question of access (`orders.access`); this table says which post may take which action in which state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class OrderState(StrEnum):
    """State of a whole order (工单状态)."""

    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    TO_CALLBACK = "to_callback"
    CLOSED = "closed"
    ANSWERED = "answered"
    REDIRECTED = "redirected"
    MERGED = "merged"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"


class ShareState(StrEnum):
    """State of one unit's share of an order (承办件状态)."""

    PENDING = "pending"
    SIGNED = "signed"
    REPLIED = "replied"
    SENT_BACK = "sent_back"
    PASSED = "passed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


ORDER_TITLES: dict[str, str] = {
    OrderState.REGISTERED: "待派单",
    OrderState.DISPATCHED: "办理中",
    OrderState.TO_CALLBACK: "待回访",
    OrderState.CLOSED: "已办结",
    OrderState.ANSWERED: "已直接答复",
    OrderState.REDIRECTED: "已引导",
    OrderState.MERGED: "已并单",
    OrderState.SUSPENDED: "已挂账",
    OrderState.WITHDRAWN: "已撤单",
    OrderState.INVALID: "无效",
}

SHARE_TITLES: dict[str, str] = {
    ShareState.PENDING: "待签收",
    ShareState.SIGNED: "办理中",
    ShareState.REPLIED: "待审核",
    ShareState.SENT_BACK: "退回重报",
    ShareState.PASSED: "已办结",
    ShareState.RETURNED: "已退单",
    ShareState.WITHDRAWN: "已撤回",
}

#: An order in one of these still lacks its end, so it must have an owner (A32, B06).
OPEN = frozenset(
    {
        OrderState.REGISTERED,
        OrderState.DISPATCHED,
        OrderState.TO_CALLBACK,
        OrderState.SUSPENDED,
        OrderState.MERGED,
    }
)
#: A share in one of these still owes something to the centre.
RUNNING = frozenset(
    {
        ShareState.PENDING,
        ShareState.SIGNED,
        ShareState.REPLIED,
        ShareState.SENT_BACK,
    }
)
#: The unit has the work on its desk and may reply.
AT_WORK = frozenset({ShareState.SIGNED, ShareState.SENT_BACK})

CENTRE = frozenset({"agent", "dispatcher", "auditor", "callback", "supervisor", "leader", "patrol"})
UNIT = frozenset({"clerk", "hotline_deputy", "line_deputy", "principal"})
UNIT_LEADS = frozenset({"hotline_deputy", "line_deputy", "principal"})
SYSTEM = frozenset({"system"})


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: `action` may be taken by `posts` while the order is in `states`.

    `to` is the order's next state where the action itself decides it (None: unchanged, or decided by
    the effect, which then names its reason in `note`).  `shares` are the states of the share the
    action is about (empty: the action is about the whole order); `share_to` is its next state.
    `share_roles` limits the action to shares of these roles.  `event` is what clocks of a pack
    hear (`from` / `until`).
    """

    action: str
    title: str
    posts: frozenset[str]
    states: frozenset[str] = frozenset()
    to: str | None = None
    shares: frozenset[str] = frozenset()
    share_to: str | None = None
    share_roles: frozenset[str] = frozenset()
    event: str | None = None
    note: str = ""


def _posts(*names: str) -> frozenset[str]:
    return frozenset(names)


_O, _A = OrderState, ShareState
_REGISTRARS = _posts("agent", "dispatcher", "patrol", "leader", "system")
_NOT_ENDED = frozenset({_O.REGISTERED, _O.DISPATCHED, _O.TO_CALLBACK, _O.SUSPENDED})
_OUT = frozenset({_O.DISPATCHED, _O.SUSPENDED})
_LEAD = _posts("lead", "dual", "called")

TABLE: tuple[Transition, ...] = (
    # --- intake -----------------------------------------------------------------------------
    Transition("order.registered", "登记", _REGISTRARS, to=_O.REGISTERED, event="register"),
    Transition("order.supplemented", "补充", _posts("agent", "dispatcher", "callback", "system"), OPEN),
    Transition(
        "order.corrected",
        "更正归类",
        _posts("agent", "dispatcher", "auditor", "callback", "supervisor", "system"),
        frozenset(_O),
        note="allowed after closing: the bulletin of a later cut-off shows the correction",
    ),
    Transition(
        "order.answered",
        "直接答复",
        _posts("agent", "dispatcher"),
        frozenset({_O.REGISTERED}),
        to=_O.ANSWERED,
        event="close",
    ),
    Transition(
        "order.redirected",
        "引导（不予受理）",
        _posts("agent", "dispatcher"),
        frozenset({_O.REGISTERED}),
        to=_O.REDIRECTED,
        event="close",
    ),
    Transition(
        "order.caller_corrected",
        "更正诉求人",
        _posts("agent", "dispatcher", "callback", "supervisor"),
        frozenset(_O),
    ),
    Transition(
        "order.words_corrected",
        "更正诉求内容",
        _posts("agent", "dispatcher", "callback", "supervisor"),
        frozenset(_O),
    ),
    Transition(
        "order.limit_set",
        "更正上级时限",
        _posts("dispatcher", "supervisor", "system"),
        OPEN,
        note="binds the running clocks of this round too",
    ),
    Transition(
        "order.urged",
        "催办",
        _posts("agent", "dispatcher", "callback", "supervisor", "leader", "patrol", "system"),
        OPEN,
        note="counted on the order, no new order; on a repeat also on its main order",
    ),
    Transition(
        "order.linked", "关联", _posts("agent", "dispatcher", "callback", "supervisor", "system"), frozenset(_O)
    ),
    Transition(
        "order.merged",
        "并单",
        _posts("agent", "dispatcher", "system"),
        frozenset({_O.REGISTERED, _O.MERGED}),
        to=_O.MERGED,
        note="keeps its caller, counts as accepted, never dispatched, closes with its own answer",
    ),
    Transition(
        "order.joined",
        "并入重复件",
        SYSTEM,
        _NOT_ENDED | {_O.CLOSED},
        note="the main order's side of a merge",
    ),
    Transition(
        "order.parted",
        "重复件离开",
        SYSTEM,
        frozenset(_O),
        note="the main order's side: the repeat is an order again, went elsewhere, was withdrawn, or was told",
    ),
    Transition(
        "order.unmerged",
        "撤销并单",
        _posts("agent", "dispatcher", "system"),
        frozenset({_O.MERGED}),
        to=_O.REGISTERED,
        event="register",
    ),
    Transition(
        "order.withdrawn",
        "撤单",
        _posts("agent", "dispatcher", "callback"),
        _NOT_ENDED | {_O.MERGED},
        to=_O.WITHDRAWN,
        event="close",
    ),
    Transition(
        "order.invalidated",
        "判为无效",
        _posts("dispatcher", "supervisor"),
        frozenset({_O.REGISTERED}),
        to=_O.INVALID,
        event="close",
    ),
    # --- dispatch ---------------------------------------------------------------------------
    Transition(
        "order.dispatched",
        "派单",
        _posts("dispatcher", "system"),
        frozenset({_O.REGISTERED}),
        to=_O.DISPATCHED,
        event="dispatch",
    ),
    Transition(
        "share.added",
        "加派",
        _posts("dispatcher", "supervisor"),
        frozenset({_O.DISPATCHED}),
        event="dispatch",
    ),
    Transition(
        "order.recalled",
        "撤回派单",
        _posts("dispatcher", "supervisor"),
        _OUT,
        to=_O.REGISTERED,
        event="register",
        note="all running shares end; the order stands at dispatch again",
    ),
    Transition(
        "share.reassigned",
        "改派",
        _posts("dispatcher", "supervisor"),
        _OUT,
        shares=RUNNING,
        event="dispatch",
        note="the share ends and the next owner is named in the same act; one that assists already takes the role over",
    ),
    Transition(
        "share.role_changed", "调整主协办", _posts("dispatcher", "supervisor"), _OUT, shares=AT_WORK | {_A.PENDING}
    ),
    Transition(
        "share.released",
        "解除承办",
        _posts("dispatcher", "supervisor"),
        _OUT,
        shares=RUNNING,
        share_roles=_posts("assist", "dual"),
    ),
    Transition(
        "return.decided",
        "审定退单",
        _posts("dispatcher", "supervisor"),
        frozenset({_O.DISPATCHED}),
        shares=RUNNING,
        event="return_decided",
        note="approved: the share ends and the next owner is named in the same act; refused: forced dispatch",
    ),
    # --- handling ---------------------------------------------------------------------------
    Transition(
        "share.signed",
        "签收",
        _posts("clerk", "hotline_deputy"),
        _OUT,
        shares=frozenset({_A.PENDING}),
        share_to=_A.SIGNED,
        event="sign",
    ),
    Transition("share.delegated", "下派", UNIT, _OUT, shares=AT_WORK, event="dispatch"),
    Transition("share.taken_back", "收回下派", UNIT, _OUT, shares=RUNNING),
    Transition(
        "remark.asked", "询问", CENTRE | UNIT, _OUT, shares=RUNNING, note="counts as no contact with the caller"
    ),
    Transition("remark.answered", "答复询问", CENTRE | UNIT, _OUT, shares=RUNNING),
    Transition("inner.assigned", "内部分派", UNIT, _OUT, shares=AT_WORK),
    Transition("inner.returned", "内部回退", UNIT, _OUT, shares=AT_WORK),
    Transition("inner.handled", "内部办理", UNIT, _OUT, shares=AT_WORK),
    Transition("inner.replied", "内部回复", UNIT, _OUT, shares=AT_WORK),
    Transition("inner.audited", "内部审核", UNIT_LEADS, _OUT, shares=AT_WORK),
    Transition("share.transferred", "转经办人", UNIT, _OUT, shares=AT_WORK | {_A.PENDING}),
    Transition("share.contacted", "联系诉求人", UNIT, _OUT, shares=AT_WORK, event="contact"),
    Transition("share.progressed", "记录进展", UNIT, _OUT, shares=AT_WORK),
    Transition(
        "share.opined",
        "提交协办意见",
        UNIT,
        _OUT,
        shares=AT_WORK,
        share_to=_A.PASSED,
        share_roles=_posts("assist"),
        event="reply",
        note="an assisting unit gives its opinion to the lead, who alone replies (A15)",
    ),
    Transition("return.filed", "申请退单", UNIT, _OUT, shares=AT_WORK | {_A.PENDING}, event="return_filed"),
    Transition("extension.filed", "申请延期", UNIT, _OUT, shares=AT_WORK, event="extension_filed"),
    Transition(
        "extension.decided",
        "审定延期",
        _posts("dispatcher", "auditor", "supervisor", "leader"),
        _OUT,
        shares=RUNNING,
        event="extension_decided",
    ),
    Transition(
        "share.replied",
        "提交答复",
        UNIT,
        _OUT,
        shares=AT_WORK,
        share_to=_A.REPLIED,
        share_roles=_LEAD,
        event="reply",
    ),
    Transition(
        "share.reply_imported",
        "导入答复",
        SYSTEM,
        _OUT,
        shares=AT_WORK | {_A.PENDING},
        share_to=_A.REPLIED,
        share_roles=_LEAD,
        event="reply",
        note="history of another system, only on a marked clock; where the reply ended it there, it ends here",
    ),
    Transition(
        "share.unit_audited",
        "单位审核",
        UNIT_LEADS,
        _OUT,
        shares=frozenset({_A.REPLIED}),
        event="audit",
        note="a refused unit audit puts the share back to signed",
    ),
    Transition(
        "share.passed",
        "审核通过",
        _posts("auditor", "system"),
        _OUT,
        shares=frozenset({_A.REPLIED}),
        share_to=_A.PASSED,
        event="pass",
        note="with the last running lead: to_callback, or closed where the pack closes by audit",
    ),
    Transition(
        "share.sent_back",
        "退回重报",
        _posts("auditor"),
        _OUT,
        shares=frozenset({_A.REPLIED}),
        share_to=_A.SENT_BACK,
        event="send_back",
    ),
    # --- followup ---------------------------------------------------------------------------
    Transition(
        "callback.tried",
        "回访未接通",
        _posts("callback", "system"),
        frozenset({_O.TO_CALLBACK, _O.CLOSED}),
    ),
    Transition(
        "callback.recorded",
        "回访",
        _posts("callback", "system"),
        frozenset({_O.DISPATCHED, _O.TO_CALLBACK, _O.CLOSED}),
        event="callback",
        note="a higher layer may call back at any time, also after closing",
    ),
    Transition(
        "order.rehandled",
        "重办",
        _posts("callback", "supervisor", "system"),
        frozenset({_O.TO_CALLBACK, _O.CLOSED}),
        to=_O.DISPATCHED,
        event="dispatch",
        note="opens round n+1; a closed order only after a call-back of this round",
    ),
    Transition(
        "order.closed",
        "办结",
        _posts("callback", "auditor", "supervisor", "system"),
        frozenset({_O.TO_CALLBACK, _O.MERGED}),
        to=_O.CLOSED,
        event="close",
    ),
    Transition(
        "order.reopened",
        "重新打开",
        _posts("supervisor", "leader"),
        frozenset({_O.CLOSED, _O.ANSWERED, _O.REDIRECTED, _O.WITHDRAWN, _O.INVALID}),
        to=_O.REGISTERED,
        event="register",
    ),
    Transition(
        "order.excluded",
        "剔除（不计入考核）",
        _posts("supervisor", "leader"),
        frozenset(_O),
    ),
    # --- the book itself --------------------------------------------------------------------
    Transition("clock.warned", "到期预警", SYSTEM, frozenset(_O)),
    Transition("clock.breached", "逾期", SYSTEM, frozenset(_O)),
    Transition("clock.recounted", "按放假安排重新推算时限", SYSTEM, OPEN),
    Transition("order.handed_over", "责任人交接", SYSTEM, OPEN),
    Transition("order.erased", "删除原文和诉求人信息（保存期满）", SYSTEM, frozenset(_O) - OPEN),
    Transition("order.unmarked", "转入实时时钟", SYSTEM, frozenset(_O)),
    Transition("caller.unmasked", "查看诉求人号码", CENTRE | UNIT, frozenset(_O)),
)

_BY_ACTION: dict[str, Transition] = {row.action: row for row in TABLE}


def find(action: str) -> Transition:
    """The row of `action`.  Raises KeyError for an action that the table does not know."""
    return _BY_ACTION[action]


def allowed(row: Transition, *, order: str | None, share: str | None, role: str | None) -> bool:
    """Whether `row` may be taken on an order in state `order` (None: not yet registered) and an
    share in state `share` with role `role` (None where the action is about the whole order)."""
    if order is not None and order not in row.states:
        return False
    if not row.shares:
        return True
    if share not in row.shares:
        return False
    return not row.share_roles or role in row.share_roles


def mermaid() -> str:
    """The order's states as a Mermaid diagram, for docs/architecture.md (generated, never by hand)."""
    lines = ["stateDiagram-v2", "    [*] --> registered: 登记"]
    lines += [f"    {state}: {ORDER_TITLES[state]}" for state in OrderState]
    for row in TABLE:
        if row.to is None or not row.states:
            continue
        lines += [f"    {state} --> {row.to}: {row.title}" for state in _sorted(row.states)]
    lines.append("    dispatched --> to_callback: 审核通过（末一家主办）")
    return "\n".join(lines)


def _sorted(states: Iterable[str]) -> Iterator[str]:
    order = {state.value: n for n, state in enumerate(OrderState)}
    return iter(sorted(states, key=lambda state: order[state]))
