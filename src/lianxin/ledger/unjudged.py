"""Conditions of a pack that could not be judged on some order: the centre's administrator is told, once a version.

`policy check` tries each condition on thousands of contexts; should an order be unlike all of them, its rule does not
apply to it (`rules.conditions`).  That costs the order a deadline, so it may not stay in a log that nobody reads: the
first such order of a pack's version and rule is a line of the journal, and the administrator's first page says so for
as long as anything goes by that version.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from lianxin.directory import administration, snapshot
from lianxin.directory.models import Centre
from lianxin.rules.policy_rounds import DutyRule, WatchRule
from lianxin.rules.policy_rows import ClockRule
from lianxin.rules.policy_tasks import TaskRule

from . import journal
from .deed import Deed
from .models import Journal, roots
from .others import Unjudged

ACTION = "policy.condition_failed"
#: What this process knows to be in the journal.
_written: set[Unjudged] = set()


def tell(deed: Deed[Any], rule: ClockRule | TaskRule, sentence: str) -> None:
    """The condition of `rule` could not be judged on the order of `deed`; `sentence` says what it should have been.

    The line is part of the act's own transaction: it is there if the act is.
    """
    deed.failed.add(rule.id)
    root, others = deed.docket.root, deed.outside().others
    centre, pack = root.centre_id, root.pack
    condition = rule.when.text if rule.when else ""
    key = (centre, pack, rule.id, condition)
    if key in _written or key in others.unjudged:
        return
    others.unjudged.add(key)
    transaction.on_commit(lambda: _written.add(key))
    _write(key, rule.title, root.number, deed.at, sentence)


def note(rule: DutyRule | WatchRule, centre: int, pack: str, about: str, at: datetime, sentence: str) -> None:
    """The same of a condition that no act asks: `about` says of what it could not be judged."""
    key = (centre, pack, rule.id, rule.when.text if rule.when else "")
    if key not in _written:
        with transaction.atomic():
            transaction.on_commit(lambda: _written.add(key))
            _write(key, rule.title, about, at, sentence)


def _write(key: Unjudged, title: str, about: str, at: datetime, sentence: str) -> None:
    centre, pack, rule, condition = key
    # Of two processes that meet the same condition at once one writes.
    journal.turn(centre)
    known = Journal.objects.filter(centre=centre, action=ACTION, payload__pack=pack, payload__rule=rule)
    if known.filter(payload__condition=condition).exists():
        return
    payload = {"pack": pack, "rule": rule, "title": title, "condition": condition, "expected": sentence}
    journal.write(centre, ACTION, at=at, staff=None, payload=payload | {"order": about})


@administration.also
def notices(centre: Centre, at: datetime) -> list[str]:
    """A sentence for each rule that did not apply for want of a judgement, while its pack is in force or open orders
    go by it."""
    lines = Journal.objects.filter(centre=centre, action=ACTION).order_by("number").values_list("payload", flat=True)
    found = []
    for line in lines:
        if _in_use(centre, line["pack"], at):
            found.append(
                f"规则包“{line['pack']}”中 {line['rule']}（{line['title']}）的条件对有的工单不能判断"
                f"（最先是 {line['order']}），这条时限没有对其适用。条件“{line['condition']}”{line['expected']}。"
                "请改好规则包、提高 version，再到“规则版本”中采用。"
            )
    return found


def _in_use(centre: Centre, pack: str, at: datetime) -> bool:
    if snapshot.of(centre.pk).pack_id(at) == pack:
        return True
    return any(model._base_manager.filter(model.OPEN, centre=centre, pack=pack).exists() for model in roots())
