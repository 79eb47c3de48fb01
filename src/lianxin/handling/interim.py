"""What an interim reply (阶段性答复) and a reported progress must say: not a standing phrase, not the same again."""

from __future__ import annotations

from typing import Any

from lianxin.ledger.deed import require
from lianxin.orders.deed import Deed
from lianxin.orders.timeline import payload_of
from lianxin.rules.likeness import alike, beside
from lianxin.rules.policy import Pack
from lianxin.rules.worktime import SHANGHAI

SOUND = "请写明办到哪一步、为什么、下一步何时如何办：除“{}”一类的话以外至少 {} 个字"


def awaited(deed: Deed[Any], event: str) -> bool:
    """Whether an open duty of the share in hand waits for this event."""
    for task in deed.docket.open_tasks():
        rule = deed.pack.task(task.rule)
        mine = deed.share is None or task.share_id in (None, deed.share.id)
        if rule is not None and mine and event in rule.ends_with:
            return True
    return False


def sound(pack: Pack, text: str) -> bool:
    """Whether the text says as much as the pack wants beside its standing phrases."""
    return len(beside(text, pack.interim.hollow)) >= pack.interim.least


def says_something(deed: Deed[Any], text: str) -> None:
    """Refuse a text of standing phrases."""
    rule = deed.pack.interim
    require(sound(deed.pack, text), "text", SOUND.format("、".join(rule.hollow[:3]) or "已收到", rule.least))


def says_something_new(deed: Deed[Any], text: str) -> None:
    """Refuse what this order's caller was told before in an interim reply, whoever told it and in whichever round."""
    same = deed.pack.interim.alike
    for entry in deed.said("share.contacted"):
        said: Any = payload_of(entry) if entry.payload.get("interim") else None
        if said is not None and alike(said.text, text, same):
            sentence = "与 {:%m-%d} 的阶段性答复几乎相同，请写明此后的新进展"
            require(False, "text", sentence.format(entry.at.astimezone(SHANGHAI)))
