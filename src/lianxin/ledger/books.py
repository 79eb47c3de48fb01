"""What the door must know of one kind of root: how one begins, who may do what to it, what follows from an act.

`orders.book` is that of orders.  The door, the replay and the proof ask it, and nothing else about what a root is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from lianxin.directory.snapshot import Snapshot
from lianxin.rules.lifecycle import Transition

from .acts import Act, Payload
from .deed import Deed, World
from .docket import Docket
from .models import Entry, Part, Root
from .others import Others


class Subject(NamedTuple):
    """What a clock may run on: `on` as the pack says it (order, share, task), its id (0: the root itself), and what
    conditions see of it (rules.context, but for the event)."""

    on: str
    id: int
    facts: Mapping[str, Any]


class Ahead(NamedTuple):
    """What a batch asks of the tables in the message that allots ids: statements, their values, and what takes the
    rows of the last of them."""

    statements: str
    values: Sequence[Any]
    keep: Callable[[list[Any]], None]


class Book(ABC):
    """One kind of root.  Its methods see a deed whose docket is of this kind."""

    model: ClassVar[type[Root]]
    #: what is loaded of a root besides its row, its running clocks and its open tasks: the parts, all of them
    parts: ClassVar[tuple[type[Part], ...]] = ()

    @abstractmethod
    def row(self, action: str) -> Transition:
        """Title, states and posts of an action.  Raises KeyError for one that is not of this kind."""

    @abstractmethod
    def docket(self, root: Root, parts: Sequence[Iterable[Any]], **running: Any) -> Docket[Any]:
        """A root in hand; `parts` are the rows of each of `self.parts`."""

    @abstractmethod
    def begin(self, pk: int, centre: int, at: datetime, facts: Mapping[str, Any]) -> Docket[Any]:
        """One that is about to be registered; `facts` is what the first entry's `derived` keeps of it: number, pack,
        home (the centre's unit), marked."""

    def ahead(self, acts: Sequence[Act], directory: Snapshot, others: Others) -> Ahead | None:
        """What these acts, which register roots of one centre, ask of the tables before any of them is done."""
        return None

    @abstractmethod
    def permit(
        self,
        act: Act,
        payload: Payload,
        docket: Docket[Any],
        world: World,
    ) -> Payload:
        """The payload with what it is about named.  Raises `Refused` if this post may not do this now."""

    def protect(self, payload: Payload, directory: Snapshot) -> Payload:
        """The payload with whoever must not be read in it sealed."""
        return payload

    @abstractmethod
    def deed(self, docket: Docket[Any], payload: Payload, **facts: Any) -> Deed[Any]:
        """An act on it, as the verb sees it."""

    def registered(self, docket: Docket[Any], others: Others) -> None:
        """It was registered in this batch."""
        return

    def passed(self, deed: Deed[Any], action: str) -> tuple[int, ...]:
        """The ids of the open tasks that should have come before this act, which was permitted all the same."""
        return ()

    def before(self, docket: Docket[Any]) -> Any:
        """The facts before an act of a verb that `moves_clocks`."""
        return None

    def derive(self, deed: Deed[Any], verb: Any, before: Any) -> dict[str, Any]:
        """What follows from the act of `verb` besides clocks and owner, JSON-ready: done, as in `apply`, and told."""
        return {}

    def duties(self, deed: Deed[Any], verb: Any, derived: dict[str, Any]) -> None:
        """Put into `derived` which tasks rules of the pack lay with this act (`laid`, with their limits in `start`),
        which it meets (`met`), and which it came past (`passed`); events of its own among the events."""
        return

    def limits(self, deed: Deed[Any], derived: dict[str, Any]) -> None:
        """Put into `derived` the limits that hang on other limits, once those are known."""
        return

    def follows(self, deed: Deed[Any], verb: Any) -> Iterator[Any]:
        """What the act brings about in other roots besides what its verb says (`verbs.Follow`)."""
        return iter(())

    def apply(self, deed: Deed[Any], derived: Mapping[str, Any]) -> None:
        """The same in a replay, from the entry."""
        return

    def hears(self, deed: Deed[Any], verb: Any) -> frozenset[int]:
        """The ids of the parts whose clocks the act stops besides the root's own; none named: all of them."""
        return frozenset()

    @abstractmethod
    def subjects(self, deed: Deed[Any], verb: Any) -> Iterator[Subject]:
        """What clocks may start on with this act."""

    @abstractmethod
    def owner(self, deed: Deed[Any]) -> tuple[list[Any] | None, str]:
        """([node, unit, post, person], the role that should answer and is vacant); None where it has ended.

        Raises `Refused` where nobody can answer for it."""

    def kept_from(self, deed: Deed[Any]) -> frozenset[int]:
        """Who is told nothing of this root."""
        return frozenset()

    def newly(self, deed: Deed[Any], entry: Entry) -> Iterator[int | None]:
        """Who answers for a part since this act."""
        return iter(())
