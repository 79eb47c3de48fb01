"""The duties that lie on an order: who must do what by when, what waits for it, and what this seat may do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

from lianxin.directory.roles import Role
from lianxin.ledger.models import Task
from lianxin.orders.duties import lies_on
from lianxin.proceedings import kinds
from lianxin.proceedings.upstairs import KIND
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import OPEN
from lianxin.rules.policy_tasks import TaskRule

from .dossier import Dossier
from .seats import Seat


@dataclass(slots=True)
class Todo:
    """One open duty.  `bars`: the titles of what waits for it; `may`: what this seat may do about it."""

    task: Task
    rule: TaskRule
    who: str
    #: the post that is vacant and for which another stands in
    vacant: str
    bars: tuple[str, ...]
    mine: bool
    late: bool
    may: list[str] = field(default_factory=list)
    #: where this seat raises it to the upper platform; "" where it does not
    raised: str = ""

    @property
    def to_decide(self) -> bool:
        """Whether it is a petition at its last level."""
        return self.task.petition and self.task.level >= len(self.rule.levels)


def todos(seat: Seat, dossier: Dossier) -> list[Todo]:
    """The open duties of an order that rules of its pack laid, those of this seat first, then due first."""
    found = []
    for task in dossier.tasks:
        rule = dossier.pack.task(task.rule)
        if rule is None:
            continue
        todo = Todo(
            task=task,
            rule=rule,
            who=_who(dossier, task),
            vacant=str(Role(task.vacant).label) if task.vacant else "",
            bars=tuple(lifecycle.find(action).title for action in rule.before),
            mine=lies_on(task, seat.actor, seat.directory, rule),
            late=task.due is not None and task.due <= seat.now,
        )
        todo.may, todo.raised = _may(seat, dossier, todo), _raised(seat, dossier, todo)
        found.append(todo)
    far = max((t.task.due for t in found if t.task.due), default=None)
    return sorted(found, key=lambda t: (not t.mine, t.task.due is None, t.task.due or far, t.task.pk))


def _raised(seat: Seat, dossier: Dossier, todo: Todo) -> str:
    """The form that raises a petition, of an order of the upper platform whose pack has such ones raised."""
    action = f"{KIND}.opened"
    theirs = dossier.order.upstream_number is not None and dossier.pack.raising(todo.task.kind) is not None
    if not (theirs and todo.to_decide and seat.acting and seat.role in kinds.step_of(action)[1].posts):
        return ""
    said = {"order": dossier.order.number, "level": todo.task.kind}
    return f"{reverse('desk:proceeding_new', args=[action])}?{urlencode(said)}"


def _who(dossier: Dossier, task: Task) -> str:
    names = [dossier.unit_name(task.unit_id), str(Role(task.post_role).label), dossier.person_name(task.holder_id)]
    return " ".join(name for name in names if name)


def _may(seat: Seat, dossier: Dossier, todo: Todo) -> list[str]:
    if not seat.acting:
        return []
    found = []
    if todo.mine and not todo.to_decide:
        if todo.task.petition:
            found.append("petition.endorsed")
        elif not todo.rule.ends_with or todo.task.vacant:
            found.append("task.done")
        if not todo.task.petition:
            found.append("task.noted")
        found.append("task.handed_on")
    if todo.mine and todo.to_decide and dossier.pack.petition_kind(todo.task.kind) and seat.takes("petition.decided"):
        # Return and extension are decided by the verbs of their kind, not here.
        found.append("petition.decided")
    open_ = dossier.order.state in OPEN
    if open_ and seat.takes("task.waived") and not todo.task.petition:
        found.append("task.waived")
    if open_ and seat.takes("task.dropped") and not todo.rule.before and not todo.task.petition:
        found.append("task.dropped")
    return found
