"""The states of an order and of its shares, the posts that act, and what a row of the table says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


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
#: Of a handling unit those who handle, and with them whoever supervises in it (D22) and sees what it has.
WORKERS = frozenset({"clerk", "hotline_deputy", "line_deputy", "principal", "section_head"})
UNIT = WORKERS | {"discipline"}
UNIT_LEADS = frozenset({"hotline_deputy", "line_deputy", "principal"})
#: Posts that stand in no handling unit and see an order only where it is shown to them (人大代表、联络员).
OBSERVERS = frozenset({"npc_deputy"})
#: Posts outside the centre: on which orders they act is a question of each order (`Transition.whose`).
OUTSIDE = UNIT | OBSERVERS
SYSTEM = frozenset({"system"})
#: On which orders posts outside the centre may take an action.  Posts of the centre act on all of its orders.
Whose = Literal["centre", "own", "involved", "shown"]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: `action` may be taken by `posts` while the order is in `states`.

    `to` is the order's next state where the action itself decides it (None: unchanged, or decided by
    the effect, which then names its reason in `note`).  `shares` are the states of the share the
    action is about (empty: the action is about the whole order); `share_to` is its next state.
    `share_roles` limits the action to shares of these roles.  `event` is what clocks of a pack
    hear (`from` / `until`).  `whose` says on which orders posts outside the centre take it: on none ("centre"), on a
    share of their own unit ("own"), where their unit has a share of the order at all ("involved"), where the order is
    shown to them ("shown").
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
    #: the events that it makes by what its payload says, besides or instead
    also: tuple[str, ...] = ()
    whose: Whose = "centre"
    note: str = ""

    @property
    def makes(self) -> frozenset[str]:
        """Every event that it may make."""
        return frozenset((*self.also, *([self.event] if self.event else [])))


def posts(*names: str) -> frozenset[str]:
    """A set of posts, or of the roles of shares."""
    return frozenset(names)


#: The roles of shares whose units answer for the order.
LEADS = posts("lead", "dual", "called")
#: Not ended, and still an order of its own.
NOT_ENDED = frozenset({OrderState.REGISTERED, OrderState.DISPATCHED, OrderState.TO_CALLBACK, OrderState.SUSPENDED})
#: With the units.
OUT = frozenset({OrderState.DISPATCHED, OrderState.SUSPENDED})
#: Through how many hands below the unit that answers for it a share may go: figures walk up so far.
HANDED_DOWN = 3
