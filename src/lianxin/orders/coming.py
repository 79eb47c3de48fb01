"""Duties that come later than the event that lays them (`after` of a rule): until then nobody has them, and they stand
in no list; what meets them before has met them, and what falls away with its share was never anybody's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import AwareDatetime, Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.models import Task
from lianxin.ledger.verbs import verb
from lianxin.rules.policy import Pack

from .deed import Deed
from .duty_limits import comes_at
from .holders import answering
from .recusal import recused
from .verbs import Verb


class Coming(Payload):
    """Whose time may have come."""

    tasks: tuple[int, ...] = Field(min_length=1)
    #: filled in by the ledger: those of them that come later than was thought, with when (the limit of which they are a
    #: part has been extended since), and the rules of those that come
    later: tuple[tuple[int, AwareDatetime], ...] = ()
    rules: tuple[str, ...] = ()


@verb
class Come(Verb[Coming]):
    """A duty lies on its post from now on, and is told like one that is laid now."""

    action = "task.came"
    payload = Coming
    alters = False

    def resolve(self, deed: Deed[Coming]) -> Coming:
        """Only those that are still to come: another sweep, or what has met them, may have come before us."""
        asked = {*deed.payload.tasks}
        ripe = [t for t in deed.docket.coming_tasks() if t.id in asked and t.comes_at and t.comes_at <= deed.at]
        require(ripe, "tasks", "这些待办已经交办或者已经结束")
        then = {task.id: _then(deed, task) for task in ripe}
        filled = {
            "tasks": tuple(task.id for task in ripe),
            "later": tuple((pk, at) for pk, at in then.items() if at is not None),
            "rules": tuple(task.rule for task in ripe if then[task.id] is None),
        }
        return deed.payload.model_copy(update=filled)

    def effect(self, deed: Deed[Coming]) -> None:
        later = dict(deed.payload.later)
        for task in (deed.docket.tasks[pk] for pk in deed.payload.tasks):
            task.comes_at = later.get(task.id)
            deed.docket.touch(task)
            if task.comes_at is None:
                task.made_at, task.made_entry = deed.at, deed.entry_number
                deed.came.append(task)

    def concerns(self, deed: Deed[Coming]) -> Iterator[int | None]:
        for task in deed.came:
            yield answering(deed.directory, task, deed.at, deed.pack.task(task.rule), recused(deed.order))

    def tell_under(self, payload: Coming, pack: Pack) -> tuple[str, str]:
        if not payload.rules:
            return "时限已延长，待办推后交办", ""
        titles = [rule.title for code in payload.rules if (rule := pack.task(code)) is not None]
        return f"交办：{'、'.join(titles) or '待办'}", ""


def _then(deed: Deed[Coming], task: Task) -> datetime | None:
    """When a task comes as its limit stands now; None where its time has come."""
    rule = deed.pack.task(task.rule)
    at = comes_at(deed, rule, task.share_id or 0, task.made_at) if rule is not None else None
    return at if at is not None and at > deed.at else None
