"""The one set of roles.  What a post of each may do stands in `rules.lifecycle` and `orders.access`."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What a post is there for. A post has exactly one role; one person may hold several posts."""

    AGENT = "agent", "坐席"
    DISPATCHER = "dispatcher", "派单员"
    CLERK = "clerk", "经办人"
    PRINCIPAL = "principal", "主要负责人"
    HOTLINE_DEPUTY = "hotline_deputy", "分管热线负责人"
    LINE_DEPUTY = "line_deputy", "其他分管负责人"
    SECTION_HEAD = "section_head", "片区书记、部门负责人"
    DISCIPLINE = "discipline", "纪委书记"
    CALLBACK = "callback", "回访员"
    SUPERVISOR = "supervisor", "督办员"
    ANALYST = "analyst", "分析员"
    LEADER = "leader", "中心领导"
    ADMIN = "admin", "系统管理员"
    AUDITOR = "auditor", "审核员"
    PATROL = "patrol", "巡查员"
    NPC_DEPUTY = "npc_deputy", "人大代表"


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
