"""Petitions of a unit (申请): filed on its share, agreed to post by post as the pack says, decided by the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lianxin.ledger.deed import require
from lianxin.ledger.verbs import Follow
from lianxin.rules.lifecycle.states import OUT, OrderState

from .deed import Deed

#: In these an order may still be merged into another.
_MERGEABLE = OUT | {OrderState.REGISTERED}


def _judge(deed: Deed[Any]) -> None:
    deed.order.judged = deed.payload.judged


def _exclude(deed: Deed[Any]) -> None:
    deed.order.excluded = True
    deed.docket.set_facts(deed.recorded_at)


#: What a granted petition does to the order, by what its kind `grants`, pure as every effect; a merge follows from it.
_GRANTED: dict[str, Callable[[Deed[Any]], None]] = {"judged": _judge, "excluded": _exclude}


def granted(deed: Deed[Any]) -> None:
    """A petition of a kind that the pack names was granted."""
    if (effect := _GRANTED.get(deed.payload.grants)) is not None:
        effect(deed)


def merged(deed: Deed[Any]) -> Iterator[Follow]:
    """The acts by which an order goes into the one that its unit named: taken back from its units, then merged."""
    payload, order = deed.payload, deed.order
    if order.state in OUT:
        yield Follow("order.recalled", order.pk, {"reason": payload.reason})
    yield Follow("order.merged", order.pk, {"number": payload.into})


def mergeable(deed: Deed[Any]) -> None:
    """Refuse a merge of what is past its handling."""
    require(deed.order.state in _MERGEABLE, "approved", "工单已办理完毕，不能再并单，可改用“关联”")


def settled_here(deed: Deed[Any], kind: str) -> None:
    """Refuse that people grant what the order's pack has the upper platform agree to."""
    rule = deed.pack.raising(kind)
    ours = deed.actor.role == "system" or deed.order.upstream_number is None
    sentence = "须上级平台同意：请上报上级平台，答复登记后自动生效；办理照常进行"
    require(ours or rule is None or not rule.must, "approved", sentence)


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
