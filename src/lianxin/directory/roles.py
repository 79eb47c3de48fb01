"""The one set of roles, and the office functions that each of them carries.

Source: docs/mechanisms.md, D20: 接收、转发、回复、回访、督导、考核 are the functions of a hotline office.
"""

from collections.abc import Mapping

from django.db.models import TextChoices


class Role(TextChoices):
    """What a post is there for. A post has exactly one role; one person may hold several posts."""

    AGENT = "agent", "坐席"
    DISPATCHER = "dispatcher", "派单员"
    CLERK = "clerk", "经办人"
    PRINCIPAL = "principal", "主要负责人"
    HOTLINE_DEPUTY = "hotline_deputy", "分管热线负责人"
    LINE_DEPUTY = "line_deputy", "其他分管负责人"
    CALLBACK = "callback", "回访员"
    SUPERVISOR = "supervisor", "督办员"
    ANALYST = "analyst", "分析员"
    LEADER = "leader", "中心领导"
    ADMIN = "admin", "系统管理员"
    AUDITOR = "auditor", "审核员"
    PATROL = "patrol", "巡查员"
    NPC_DEPUTY = "npc_deputy", "人大代表"


class OfficeFunction(TextChoices):
    """The six functions of a hotline office (D20)."""

    RECEIVE = "receive", "接收"
    FORWARD = "forward", "转发"
    REPLY = "reply", "回复"
    CALL_BACK = "call_back", "回访"
    SUPERVISE = "supervise", "督导"
    ASSESS = "assess", "考核"


# The work of the hotline centre itself: such a post stands in the centre or one of its sub-centres, never in a
# handling unit, so that no unit can dispatch, call back or administer its own orders.
CENTRE_ROLES = frozenset(
    {
        Role.AGENT,
        Role.DISPATCHER,
        Role.AUDITOR,
        Role.CALLBACK,
        Role.SUPERVISOR,
        Role.ANALYST,
        Role.LEADER,
        Role.ADMIN,
        Role.PATROL,
    }
)

FUNCTIONS: Mapping[Role, frozenset[OfficeFunction]] = {
    Role.AGENT: frozenset({OfficeFunction.RECEIVE}),
    Role.DISPATCHER: frozenset({OfficeFunction.RECEIVE, OfficeFunction.FORWARD}),
    Role.CLERK: frozenset({OfficeFunction.RECEIVE, OfficeFunction.FORWARD, OfficeFunction.REPLY}),
    Role.PRINCIPAL: frozenset({OfficeFunction.FORWARD, OfficeFunction.REPLY, OfficeFunction.SUPERVISE}),
    Role.HOTLINE_DEPUTY: frozenset({OfficeFunction.FORWARD, OfficeFunction.REPLY, OfficeFunction.SUPERVISE}),
    Role.LINE_DEPUTY: frozenset({OfficeFunction.REPLY}),
    Role.CALLBACK: frozenset({OfficeFunction.CALL_BACK}),
    Role.SUPERVISOR: frozenset({OfficeFunction.SUPERVISE}),
    Role.ANALYST: frozenset({OfficeFunction.ASSESS}),
    Role.LEADER: frozenset({OfficeFunction.SUPERVISE, OfficeFunction.ASSESS}),
    Role.ADMIN: frozenset(),
    Role.AUDITOR: frozenset({OfficeFunction.REPLY, OfficeFunction.CALL_BACK}),
    Role.PATROL: frozenset({OfficeFunction.RECEIVE}),
    Role.NPC_DEPUTY: frozenset(),
}


def may(role: str, function: OfficeFunction) -> bool:
    """Whether a post of this role carries that office function; an unknown role raises ValueError."""
    return function in FUNCTIONS[Role(role)]
