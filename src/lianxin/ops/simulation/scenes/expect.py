"""What a scene says that holds: each kind of expectation looks at the book and says, in a sentence, what is otherwise.

The first key of a line says which kind it is (`KINDS`).  `on` names what an act has begun; left out, it is what the act
was on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from pydantic import BaseModel, ConfigDict, Field

from lianxin.desk import queues
from lianxin.desk.seats import Seat
from lianxin.directory.models import Staff
from lianxin.ledger.models import Clock, Entry, Notice, Root, Task
from lianxin.orders.models import Order
from lianxin.proceedings.models import About, Proceeding

from .names import Names

#: The text of a page of the site, as the holder of a post sees it: (person, address).
Look = Callable[[int, str], str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is looked at: the scene's names, what the act was on, and when; `look` where there is a site."""

    names: Names
    root: Root | None
    at: datetime
    look: Look | None = None

    def on(self, name: str) -> Root:
        if not name and self.root is None:
            raise ValueError("nothing is acted on: say `on`")
        return self.names.root(name) if name else self.names.root(self.names.begun(self.root))  # type: ignore[arg-type]

    def person(self, who: str) -> Staff:
        return Staff.objects.get(pk=self.names.person(who, self.at) or 0)

    def time(self, text: str) -> datetime:
        return self.names.times.at(text, self.at)


class Expected(BaseModel):
    """One line of `then`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    on: str = ""

    def wrong(self, seen: Seen) -> str:
        """What is otherwise; empty where it holds."""
        raise NotImplementedError

    def name(self, seen: Seen) -> None:
        """Give a name to what it finds, where the scene goes on with it."""


class Stands(Expected):
    """How an order or a proceeding stands: its state, who answers for it, its columns."""

    state: str = ""
    owner: str = ""
    values: Mapping[str, Any] = Field(default_factory=dict, alias="is")

    def wrong(self, seen: Seen) -> str:
        root = seen.on(self.on)
        wanted = {**({"state": self.state} if self.state else {}), **seen.names.meant(self.values, seen.at, root)}
        found = {name: _plain(getattr(root, name)) for name in wanted}
        if self.owner:
            wanted["owner"] = seen.person(self.owner).name
            found["owner"] = str(root.owner_person.name) if root.owner_person else ""
        return _differs(found, wanted)


class Limit(Expected):
    """A limit: by which rule and when it is due, and how it ended.  `running = false` alone: none of that kind runs."""

    limit: str
    of: str = ""
    rule: str = ""
    due: str = ""
    cause: str = ""
    running: bool = True
    end: str = ""
    late: bool | None = None

    def wrong(self, seen: Seen) -> str:
        root = seen.on(self.on)
        clocks = Clock.objects.filter(**{root.column: root.pk}, kind=self.limit)
        clocks = clocks.filter(share__unit=seen.names.units[self.of].id) if self.of else clocks
        clock = clocks.filter(ended_at=None).last() or clocks.order_by("pk").last()
        if not self.running and not self.end:
            return f"{self.limit} runs, due {clock.due}" if clock and clock.running else ""
        if clock is None:
            return f"there is no limit {self.limit!r}"
        wanted: dict[str, Any] = {"running": self.running and not self.end, "rule": self.rule, "cause": self.cause}
        wanted |= {"end": self.end, "due": seen.time(self.due) if self.due else None, "late": self.late}
        found = {"running": clock.running, "rule": clock.rule, "cause": clock.cause, "end": clock.end}
        return _differs(found | {"due": clock.due, "late": clock.breached_at is not None}, _said(wanted))


class Duty(Expected):
    """A task: on whom it lies, until when, what came of it.  `none`: there is none of that kind, or not yet."""

    task: str
    lies: str = ""
    due: str = ""
    outcome: str = ""
    open: bool = True
    none: bool = False

    def wrong(self, seen: Seen) -> str:
        root = seen.on(self.on)
        there = Q(comes_at=None) | Q(done_at__isnull=False)
        mine = Task.objects.filter(there, **{root.column: root.pk}, kind=self.task)
        task = mine.filter(done_at=None).last() or mine.order_by("pk").last()
        if task is None or self.none:
            return "" if (task is None) == self.none else f"task {self.task!r}: {task or 'none'}"
        wanted: dict[str, Any] = {"open": self.open and not self.outcome, "outcome": self.outcome}
        wanted |= {"due": seen.time(self.due) if self.due else None}
        found = {"open": task.done_at is None, "outcome": task.outcome, "due": task.due}
        if self.lies:
            post = seen.names.post(self.lies)
            wanted["lies"] = (post.unit, post.role, seen.names.person(self.lies, seen.at))
            found["lies"] = (task.unit_id, task.post_role, task.holder_id)
        return _differs(found, _said(wanted))


class Owes(Expected):
    """A duty that comes round, of a unit, as it stands on its file.  `none`: it owes none."""

    duty: str
    of: str
    outcome: str = ""
    none: bool = False

    def wrong(self, seen: Seen) -> str:
        task = Task.objects.filter(rule=self.duty, unit=seen.names.units[self.of].id).exclude(period="").last()
        if task is None or self.none:
            return "" if (task is None) == self.none else f"duty {self.duty} of {self.of}: {task or 'none'}"
        return _differs({"outcome": task.outcome}, {"outcome": self.outcome})


class Wrote(Expected):
    """What the ledger says: an act, so many times (`times = 0`: never), and what its last entry says publicly."""

    entry: str
    times: int = 1
    says: Mapping[str, Any] = Field(default_factory=dict)

    def wrong(self, seen: Seen) -> str:
        root = seen.on(self.on)
        entries = list(Entry.objects.filter(**{root.column: root.pk}, action=self.entry).order_by("number"))
        if len(entries) != self.times:
            return f"{self.entry} stands {len(entries)} times in the ledger, not {self.times}"
        said = entries[-1].payload if entries else {}
        wanted = seen.names.meant(self.says, seen.at, root)
        return _differs({name: said.get(name) for name in wanted}, wanted)


class Happened(Expected):
    """An event that the ledger heard, for which rules wait."""

    event: str
    yes: bool = True

    def wrong(self, seen: Seen) -> str:
        root = seen.on(self.on)
        heard = Entry.objects.filter(**{root.column: root.pk}, derived__events__has_key=self.event).exists()
        return "" if heard == self.yes else f"{self.event} was {'' if heard else 'not '}heard"


class Proposed(Expected):
    """A proceeding about it, and by which rule; `makes`: what it is called from now on.  `none`: there is none."""

    proceeding: str
    rule: str = ""
    role: str = ""
    state: str = ""
    of: str = ""
    none: bool = False
    makes: str = ""

    def wrong(self, seen: Seen) -> str:
        found = self._found(seen).order_by("pk").last()
        if found is None or self.none:
            return "" if (found is None) == self.none else f"proceeding {self.proceeding!r}: {found or 'none'}"
        return _differs({"state": found.state}, _said({"state": self.state}))

    def name(self, seen: Seen) -> None:
        if self.makes and (found := self._found(seen).order_by("pk").last()):
            seen.names.made[self.makes] = (Proceeding, found.pk)

    def _found(self, seen: Seen) -> QuerySet[Proceeding]:
        found = Proceeding.objects.filter(kind=self.proceeding, centre=seen.names.directory.centre_id)
        if self.on or seen.root is not None:
            root = seen.on(self.on)
            of = {f"to_{root.column}": root.pk, **({"role": self.role} if self.role else {})}
            found = found.filter(pk__in=About.objects.filter(**of).values("proceeding"))
        if self.rule:
            by_it = Entry.objects.filter(number=1, payload__rule=self.rule, proceeding__isnull=False)
            found = found.filter(pk__in=by_it.values("proceeding"))
        return found.filter(unit=seen.names.units[self.of].id) if self.of else found


class Queued(Expected):
    """Whether it stands in a queue of somebody's post."""

    queue: str
    of: str
    yes: bool = True

    def wrong(self, seen: Seen) -> str:
        root, staff, post = seen.on(self.on), seen.person(self.of), seen.names.post(self.of)
        seat = Seat(staff, post, (post,), True, seen.names.directory, seen.at)
        queue = next((queue for queue in queues.queues_of(seat) if queue.code == self.queue), None)
        if queue is None:
            return f"{self.of} has no queue {self.queue!r}"
        column = "pk" if queue.base in ("order", "proceeding") else root.column
        there = queues.in_turn(seat, queue).filter(**{column: root.pk}).exists()
        return "" if there == self.yes else f"{root} is {'' if there else 'not '}in {self.queue} of {self.of}"


class Shown(Expected):
    """Whether somebody may see it."""

    shown: str
    yes: bool = True

    def wrong(self, seen: Seen) -> str:
        root = seen.on(self.on)
        model = Order if isinstance(root, Order) else Proceeding
        sees = model.objects.visible_to(seen.person(self.shown)).filter(pk=root.pk).exists()
        return "" if sees == self.yes else f"{self.shown} {'sees' if sees else 'does not see'} {root}"


class Told(Expected):
    """Whether somebody has a notice of an act."""

    told: str
    of: str
    yes: bool = True

    def wrong(self, seen: Seen) -> str:
        root = seen.on(self.on)
        mine = Notice.objects.filter(**{root.column: root.pk}, kind=self.of, staff=seen.person(self.told))
        return "" if mine.exists() == self.yes else f"{self.told} was {'not ' if self.yes else ''}told of {self.of}"


class Page(Expected):
    """What somebody reads on a page of the site, and does not; words in braces as in `Names.spelled`."""

    page: str
    of: str
    reads: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    def wrong(self, seen: Seen) -> str:
        if seen.look is None:
            return ""
        root = seen.on(self.on) if self.on or seen.root else None
        spelled = partial(seen.names.spelled, at=seen.at, root=root)
        text = seen.look(seen.person(self.of).pk, spelled(self.page))
        missing = [line for line in map(spelled, self.reads) if line not in text]
        strange = [line for line in map(spelled, self.lacks) if line in text]
        return f"{self.page}: without {missing}, with {strange}" if missing or strange else ""


KINDS: Mapping[str, type[Expected]] = {
    **dict.fromkeys(("state", "owner", "is"), Stands),
    "limit": Limit,
    "task": Duty,
    "duty": Owes,
    "entry": Wrote,
    "event": Happened,
    "proceeding": Proposed,
    "queue": Queued,
    "shown": Shown,
    "told": Told,
    "page": Page,
}


def _said(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is expected, without what the scene leaves open."""
    return {name: value for name, value in wanted.items() if value is not None and (value != "" or name == "outcome")}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | set) else value


def _differs(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    return "；".join(
        f"{name} is {found[name]!r}, not {value!r}" for name, value in wanted.items() if found[name] != value
    )
