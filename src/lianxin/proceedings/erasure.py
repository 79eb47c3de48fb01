"""Erasing the words of a proceeding whose time is over, as those of orders are."""

from __future__ import annotations

from datetime import datetime

from lianxin.ledger import erasing, verbs
from lianxin.ledger.deed import require
from lianxin.ledger.verbs import verb

from .book import PROCEEDINGS
from .deed import Deed
from .models import Proceeding
from .system import Nothing

ACTION = "proceeding.erased"


@verb
class Erase(verbs.Verb[Nothing, Deed[Nothing]]):
    """Blanks its words; the enclosures and files go with it (`ledger.erasing`)."""

    book = PROCEEDINGS
    action = ACTION
    erases = True
    payload = Nothing

    def check(self, deed: Deed[Nothing]) -> None:
        require(deed.proceeding.erased_at is None, "", "原文已经删除")
        require(not deed.docket.is_open, "", "还没有办结，不能删除原文")

    def effect(self, deed: Deed[Nothing]) -> None:
        words = deed.docket.words()
        words.title = words.text = ""
        deed.proceeding.erased_at = deed.recorded_at


def erase_expired(at: datetime) -> int:
    """Erase what the pack in force no longer keeps at `at` (`erasing.erase_expired`); how many that were."""
    return erasing.erase_expired(Proceeding, "ended_at", ACTION, lambda pack: pack.retention.proceedings, at)
