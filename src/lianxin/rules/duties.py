"""Which duties an event lays on whom under a pack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from lianxin.rules.conditions import prepared
from lianxin.rules.context import Context
from lianxin.rules.policy import Pack
from lianxin.rules.policy_tasks import TaskRule

#: Is told of a rule whose condition could not be judged, and why, in Chinese.
Failed = Callable[[TaskRule, str], None]


def laid(pack: Pack, event: str, context: Context, *, on: str, failed: Failed | None = None) -> Iterator[TaskRule]:
    """The duties that ``event`` lays on what ``context`` is about (an order, a share, a member of the matter): of each
    kind the first rule whose condition holds.  A condition that cannot be judged does not hold, and ``failed`` is told.
    """
    taken: set[str] = set()
    facts = None
    for rule in pack.tasks_on(event):
        if rule.on != on or rule.kind in taken:
            continue
        if rule.when is not None:
            facts = facts or prepared({**context, "event": {**context["event"], "name": event}}, pack.task_reads)
            if not rule.when.holds(facts, partial(failed, rule) if failed else None):
                continue
        taken.add(rule.kind)
        yield rule


def bars(rule: TaskRule | None, action: str, *, by_people: bool) -> bool:
    """Whether an open task of ``rule`` bars an action; what comes by import or platform only where the rule says so."""
    return rule is not None and action in rule.before and (by_people or rule.bars == "all")


def barring(rules: Iterable[TaskRule | None], action: str, *, by_people: bool) -> list[TaskRule]:
    """Those of the rules of open tasks that bar an action."""
    return [rule for rule in rules if rule is not None and bars(rule, action, by_people=by_people)]
