"""A proceeding in hand: its facts, words and what it is about, beside what every root has."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lianxin.ledger import docket
from lianxin.ledger.models import part_id

from .models import COLUMNS, About, Proceeding, ProceedingFacts, Wording

#: The columns that facts keep, by their attribute.
_COLUMNS = tuple(f.attname for f in ProceedingFacts._meta.concrete_fields if f.name in (*COLUMNS, "state"))


class Docket(docket.Docket[Proceeding]):
    """One proceeding in hand."""

    def __init__(self, proceeding: Proceeding, **more: Any) -> None:
        super().__init__(proceeding, **more)
        #: what its current row of facts says
        self._kept = self._facts() if proceeding.facts_part else None

    @property
    def is_open(self) -> bool:
        return self.root.ended_at is None

    def end(self, at: datetime, recorded_at: datetime) -> None:
        """Nothing is owed any more."""
        self.root.ended_at, self.root.ended_recorded_at = at, recorded_at

    def resume(self) -> None:
        """It is taken up again: its end no longer stands."""
        self.root.ended_at = self.root.ended_recorded_at = None

    def _facts(self) -> dict[str, Any]:
        root = self.root
        return {name: getattr(root, name) for name in _COLUMNS} | {"ended": root.ended_at is not None}

    def keep_facts(self, known_from: datetime) -> None:
        """What it is and how far it has come, where that is no longer what was kept (as-of truth)."""
        now, root = self._facts(), self.root
        if now == self._kept:
            return
        if root.facts_part:
            self.patch(ProceedingFacts, part_id(root.id, root.facts_part), known_to=known_from)
        self.make(ProceedingFacts, known_from=known_from, **now)
        root.facts_part, self._kept = root.parts, now

    def said(self) -> Wording:
        """Its words, as they stand in this batch."""
        key = Wording, self.root.id
        words = self._new.get(key) or self.touched.get(key) or Wording.objects.get(pk=self.root.id)
        assert isinstance(words, Wording)
        return words

    def words(self) -> Wording:
        """Its words, to be changed."""
        words = self.said()
        self.touch(words)
        return words

    def orders(self) -> list[int]:
        """The ids of the orders that it is about, as it stands in this batch."""
        subject = About.objects.filter(proceeding=self.root.id, role="subject", until=None, to_order__isnull=False)
        stored = [] if self.is_new else list(subject.order_by("pk").values_list("to_order", flat=True))
        here = [row.to_order_id for row in self.added if isinstance(row, About) and row.role == "subject"]
        return list(dict.fromkeys(pk for pk in (*stored, *here) if pk is not None))

    def speak_of(self, role: str, entry: int, at: datetime, **to: int) -> About:
        """It is about this from now on: one of `to_order_id`, `to_proceeding_id`, `to_unit_id`, `to_person_id`."""
        return self.make(About, role=role, since=at, made_entry=entry, **to)
