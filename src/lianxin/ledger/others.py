"""The other roots of a batch, as they stand in it.

So a batch and the same acts one by one see the same: what was registered or ended a moment ago in this batch is not yet
in the tables.  What a kind of root looks for among them is its own (`Others.by`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from .acts import Act, Refused
from .docket import Docket
from .models import Entry, Root, part_id

#: A condition that could not be judged: (centre, pack, rule, its text).
Unjudged = tuple[int, str, str, str]
S = TypeVar("S")


class Others:
    """The dockets of one batch.  `refs`: the caller's negative numbers of roots registered in it."""

    def __init__(self, acts: Sequence[Act] = (), dockets: Mapping[int, Docket[Any]] | None = None) -> None:
        self.acts = acts
        self.dockets: Mapping[int, Docket[Any]] = {} if dockets is None else dockets
        self.refs: dict[int, int] = {}
        self.spoilt: dict[int, Refused] = {}
        #: what this batch has written into each ledger so far
        self.entries: dict[int, list[Entry]] = {}
        #: what this batch has told of (`unjudged`)
        self.unjudged: set[Unjudged] = set()
        #: allots an id to a root that an act of this batch opens besides (the door)
        self.allot: Callable[[str, int, datetime], int] | None = None
        self._leaning: dict[int, set[int]] = defaultdict(set)
        self._seen: dict[Callable[[Others], Any], Any] = {}

    def by(self, seen: Callable[[Others], S]) -> S:
        """These, as that class looks at them: one view a batch."""
        if seen not in self._seen:
            self._seen[seen] = seen(self)
        found: S = self._seen[seen]
        return found

    def show(self, seen: Callable[[Others], Any], view: Any) -> None:
        """Have `by` answer `seen` with this view."""
        self._seen[seen] = view

    def reserve(self, verb: str, centre: int, at: datetime) -> int:
        """The id of a root that this act opens along with what it does, by a `Follow` of that verb and id.

        Only for `resolve`; 0 for one who only asks."""
        return self.allot(verb, centre, at) if self.allot is not None else 0

    def lean(self, one: int, on: int) -> None:
        """`one` relied on what `on` is in this batch: without the latter it is not written either."""
        self._leaning[on].add(one)

    def tie(self, one: int, other: int) -> None:
        """The two were changed by one act: without the one the other is not written either."""
        self.lean(one, other)
        self.lean(other, one)

    def said(self, root: Root, *actions: str) -> list[Entry]:
        """What its ledger says by these actions (none: by any), the oldest first: from the tables, and of this
        batch."""
        asked = {"action__in": actions} if actions else {}
        stored = Entry.objects.filter(**{root.column: root.pk}, **asked).select_related("enclosure").order_by("number")
        here = self.entries.get(root.pk, ()) if root.pk not in self.spoilt else ()
        return [*stored, *(entry for entry in here if not actions or entry.action in actions)]

    def entry(self, pk: int, number: int) -> Entry | None:
        """A line of a ledger, of this batch or from the tables."""
        here = next((entry for entry in self.entries.get(pk, ()) if entry.number == number), None)
        return here or Entry.objects.filter(pk=part_id(pk, number)).first()

    def spoil(self, pk: int, refused: Refused) -> None:
        """Nothing of the root `pk` is written in this batch, nor of those that relied on what it was here."""
        if pk not in self.spoilt:
            self.spoilt[pk] = refused
            for leaning in self._leaning.pop(pk, ()):
                self.spoil(leaning, refused)
