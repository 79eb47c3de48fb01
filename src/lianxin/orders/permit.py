"""Whether this post may do this to this order now: whose order it is, its state, and what the post has seen of it."""

from __future__ import annotations

from lianxin.directory.roles import Role
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import verbs
from lianxin.ledger.acts import Act, Payload, Refused
from lianxin.ledger.deed import World
from lianxin.ledger.models import Task
from lianxin.rules import lifecycle
from lianxin.rules.policy_tasks import TaskRule

from .about import AboutShare, AboutTask, share_of, task_of
from .access import Grounds, standing
from .docket import Docket
from .duties import OF_PEOPLE, barring
from .models import Share
from .neighbours import Neighbours
from .seen import require_seen


def permit(act: Act, payload: Payload, docket: Docket, world: World) -> Payload:
    """The payload with its share named.  Raises `Refused` if this post may not do this now."""
    row, order = lifecycle.find(act.verb), docket.order
    others, directory, pack = world.others, world.directory, world.pack
    shares = list(docket.all_shares.values())
    if order.merged_into_id is not None:
        # Whoever handles the main order has to do with its repeats too.
        shares += others.by(Neighbours).shares_of(order.merged_into_id)
    is_new = docket.is_new and order.head_number == 0
    grounds = Grounds(order, shares, directory, docket.sights, is_new)
    # Whose order it is comes first: a stranger learns nothing about its shares.
    found = standing(act.actor, act.verb, grounds)
    share: Share | None = None
    if not found.whose and isinstance(payload, AboutShare):
        share = share_of(payload, row, docket, act.actor)
        payload = payload.naming(share)
        found = standing(act.actor, act.verb, grounds, share)
    if found.whose:
        raise Refused(found.whose)
    if isinstance(payload, AboutTask):
        payload = payload.naming(task_of(payload, docket))
    if is_new != verbs.find(act.verb).opens:
        raise Refused("没有这件工单")
    if not found.may:
        raise Refused(found.why)
    for task, rule in barring(docket, pack, row.action, share):
        if rule.bars == "all" or act.way in OF_PEOPLE:
            raise Refused(must_wait(row, task, rule, directory))
    if reason := verbs.bars_after_erasure(verbs.find(act.verb), order, files=bool(act.files)):
        raise Refused(reason)
    require_seen(act, share, docket, others.entries.get(order.pk, ()))
    return payload


def must_wait(row: lifecycle.Transition, task: Task, rule: TaskRule, directory: Snapshot) -> str:
    """Why the action must wait for an open task, and for whom."""
    unit = directory.units.get(task.unit_id)
    person = directory.staff.get(task.holder_id or 0)
    who = f"{unit.name if unit else ''}{Role(task.post_role).label}{f'（{person.name}）' if person else ''}"
    return f"“{rule.title}”还没有办结，不能{row.title}：请{who}先办理"
