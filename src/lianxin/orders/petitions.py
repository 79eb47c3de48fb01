"""Petitions of a unit (申请): filed on its share, agreed to post by post as the pack says, decided by the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lianxin.ledger.deed import require

from .deed import Deed


def _judge(deed: Deed[Any]) -> None:
    deed.order.judged = deed.payload.judged


#: What a granted petition of a kind does to the order, pure as every effect; of all others its reason stands on it.
GRANTED: dict[str, Callable[[Deed[Any]], None]] = {}


def granted(kind: str, deed: Deed[Any]) -> None:
    """A petition of a kind that the pack names was granted."""
    GRANTED.get(kind, _judge)(deed)


def somebody_decides(deed: Deed[Any], kind: str, sentence: str) -> None:
    """Refuse with `sentence` where the order's pack lays a petition of this kind on nobody: it would be lost."""
    rules = (*deed.pack.tasks_on(f"{kind}_filed"), *deed.pack.tasks_on(f"filed.{kind}"))
    require(any(rule.kind == kind for rule in rules), "", sentence)


def none_waits(deed: Deed[Any], kind: str, sentence: str) -> None:
    """Refuse with `sentence` where one of this kind waits on the share already."""
    require(not deed.docket.open_tasks(deed.the_share().id, kind), "", sentence)


def to_decide(deed: Deed[Any], kind: str, sentence: str) -> None:
    """Refuse with `sentence` where no petition of this kind waits on the share; and where it has not been agreed to by
    everybody before."""
    waiting = deed.docket.open_tasks(deed.the_share().id, kind)
    require(waiting, "", sentence)
    for task in waiting:
        rule = deed.pack.task(task.rule)
        ready = rule is None or task.level >= len(rule.levels)
        require(ready, "", "这项申请还在逐级审签，审签完毕后再审定")


def decide(deed: Deed[Any], kind: str, *, approved: bool) -> None:
    """The petitions of this kind on the share are decided."""
    for task in deed.docket.open_tasks(deed.the_share().id, kind):
        deed.docket.finish(task, deed.at, "approved" if approved else "refused")
