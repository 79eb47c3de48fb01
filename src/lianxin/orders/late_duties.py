"""The duties that a changed fact calls upon: an order that is found urgent after it was dispatched has its officer all
the same, and nobody gets round a duty by putting the fact in later."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from lianxin.ledger import unjudged
from lianxin.ledger.models import Task
from lianxin.rules import duties
from lianxin.rules.policy_tasks import TaskRule

from .deed import Deed
from .models import Share
from .recount import Before, Heard, Recount

#: (rule, share that it lies on or None for the order, the event by which it would have been laid)
Called = tuple[TaskRule, Share | None, str]


def called(deed: Deed[Any], before: Before) -> list[Called]:
    """Those whose rule calls only now: what would have laid them has happened, nothing has met them since, and none of
    their kind was laid there before."""
    return list(_Late(deed, before).all_of_them())


class _Late(Recount):
    """One act's consequences for the duties of its order."""

    def all_of_them(self) -> Iterator[Called]:
        rules = [rule for rule in self.world.pack.tasks if rule.when and not rule.petition and not rule.named]
        for share in (None, *self.docket.shares(running=True)):
            on = "share" if share else "order"
            mine = [rule for rule in rules if rule.on == on and self.decides(rule.when, share)]
            # What this act begins has its duties by itself.
            if mine and share not in self.deed.begun:
                yield from self._on(share, mine)

    def _on(self, share: Share | None, rules: list[TaskRule]) -> Iterator[Called]:
        found: dict[str, tuple[TaskRule, str]] = {}
        for heard, starts in self.heard(share):
            found = {kind: line for kind, line in found.items() if not self._met(line[0], heard, share)}
            if starts and any(heard.event in rule.start_on for rule in rules):
                was, now = (self._laid(heard, facts, share) for facts in (self.before, None))
                found |= {kind: (rule, heard.event) for kind, rule in now.items() if kind not in was}
        if found:
            there = Task.objects.filter(order=self.deed.order.pk, share=share.pk if share else None, kind__in=found)
            here = (task.kind for task in self.docket.owed_tasks() if task.share_id == (share.pk if share else None))
            laid = {*there.values_list("kind", flat=True), *here}
            yield from ((rule, share, event) for kind, (rule, event) in found.items() if kind not in laid)

    def _laid(self, heard: Heard, before: Before | None, share: Share | None) -> dict[str, TaskRule]:
        """The duties that an event calls upon by the facts before the act, or (None) by those after it, by kind."""
        context = self.context(heard.event, heard.entry.at, before, share, None, heard.entry)
        on, failed = "share" if share else "order", partial(unjudged.tell, self.deed)
        return {rule.kind: rule for rule in duties.laid(self.world.pack, heard.event, context, on=on, failed=failed)}

    def _met(self, rule: TaskRule, heard: Heard, share: Share | None) -> bool:
        """Whether an earlier act would have met the duty, or made it fall: what another than its post did would not
        meet it, where it lies on that post alone; where nobody holds it, what one of those did to whom it falls then.
        """
        if heard.event in rule.falls_with:
            return True
        if heard.event not in rule.ends_with:
            return False
        unit = share.unit_id if share else self.deed.order.home_id
        directory = self.world.directory
        held = any(directory.crew(post.id) for post in directory.posts_at(unit, rule.post))
        theirs = (rule.post,) if held else (rule.post, *rule.otherwise)
        return rule.whoever or heard.entry.post_role in theirs
