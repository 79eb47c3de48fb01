"""Erasing the words of a proceeding whose time is over, as those of orders are."""

from __future__ import annotations

import logging
from datetime import datetime

from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.ledger import erasing, verbs
from lianxin.ledger.acts import Refused
from lianxin.ledger.deed import require
from lianxin.ledger.verbs import verb
from lianxin.rules.policy import PolicyError
from lianxin.rules.worktime import SHANGHAI

from .book import PROCEEDINGS
from .deed import Deed
from .models import Proceeding
from .system import Nothing

AT_ONCE = 2_000
ACTION = "proceeding.erased"
_log = logging.getLogger(__name__)


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
    """Erase what the pack in force no longer keeps at `at`, oldest first; how many proceedings that were."""
    done = 0
    for centre in Centre.objects.filter(policies__effective_from__lte=at.astimezone(SHANGHAI).date()).distinct():
        try:
            before = snapshot.of(centre.pk).pack(at).retention.proceedings.before(at)
        except (PolicyError, LookupError):
            _log.exception("nothing was erased in centre %s", centre.code)
            continue
        if before is not None:
            ended = Proceeding.objects.filter(centre=centre, ended_at__lt=before, erased_at=None).order_by("ended_at")
            done += sum(_erased(proceeding, at) for proceeding in ended[:AT_ONCE])
    return done


def _erased(proceeding: Proceeding, at: datetime) -> bool:
    try:
        erasing.erase(proceeding, ACTION, at)
    except Refused as refused:
        _log.warning("proceeding %s was not erased: %s", proceeding.number, refused)
        return False
    return True
