"""Everything about one order that its page needs, read once: a fixed number of statements however long its life."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

from django.urls import reverse

from lianxin.directory.snapshot import Snapshot
from lianxin.followup import answers
from lianxin.intake.actions.register import CHANNEL_TITLES
from lianxin.ledger.models import Attachment, Clock, Entry, Task
from lianxin.orders import callers, flags, recusal
from lianxin.orders.access import Grounds
from lianxin.orders.docket import Docket
from lianxin.orders.models import Order, Share, Sight
from lianxin.orders.nodes import NODE_TITLES
from lianxin.orders.reach import handles
from lianxin.orders.repeats import waiting
from lianxin.orders.sights import WHOLE, View, is_of, view
from lianxin.orders.timeline import Day, Timeline, payload_of
from lianxin.rules.lifecycle import ORDER_TITLES
from lianxin.rules.policy import Pack

from . import asking, clocks, grades, hanging, line_contacts, repeated, statements
from .asking import Question
from .clocks import ClockFace
from .folio import Folio
from .grades import Grade
from .line_contacts import Contacts
from .repeated import Repeated
from .seats import Seat
from .tree import Node, Round, Tree

#: The path that an order walks, as the head of its page shows it.
PATH = (
    ("dispatch", "派单"),
    ("sign", "签收"),
    ("handle", "办理"),
    ("audit", "审核"),
    ("callback", "回访"),
    ("ended", "办结"),
)


#: What others ask about the same: on record in the ledger of an order that somebody found on his round.
_OF_OTHERS = frozenset({"order.joined", "order.parted", "matter.told"})


class Dossier:
    """One order for one seat.  `find` has already asked whether the person may see it, `look` how much of it."""

    def __init__(self, seat: Seat, order: Order, *, is_whole: bool = True) -> None:
        self.seat, self.order, self.is_whole = seat, order, is_whole
        self.directory: Snapshot = seat.directory
        self.pack: Pack = self.directory.find_pack(order.pack)

    @classmethod
    def find(cls, seat: Seat, number: str) -> Dossier | None:
        """The order of that number, if the person sees it whole."""
        found = statements.rows(seat, "order", hanging.numbered, number=number)
        return cls(seat, found[0]) if found else None

    @classmethod
    def look(cls, seat: Seat, number: str) -> Dossier | None:
        """The same, also if it is only shown to him: whoever asks so must ask for its `view`."""
        found = statements.rows(seat, "looked at", hanging.looked_at, number=number)
        return cls(seat, found[0], is_whole=found[0].whole) if found else None

    # --- rows ---------------------------------------------------------------------------------
    @cached_property
    def _parts(self) -> list[list[Any]]:
        """Everything that hangs on the order, in one message."""
        return self._read()[0]

    def _read(self, *more: Question) -> tuple[list[list[Any]], list[Any]]:
        parts = [*hanging.PARTS.questions(self.order.pk), self._matter, self._affairs]
        found = asking.answers(*parts, *more)
        return found[: len(parts)], found[len(parts) :]

    def along(self, *more: Question) -> list[Any]:
        """The answers to further questions, asked in the same message as what hangs on the order."""
        self._parts, found = self._read(*more)
        return found

    @property
    def shares(self) -> list[Share]:
        return self._parts[0]

    @cached_property
    def shares_above(self) -> list[Share]:
        """The shares of the order into which this one was merged."""
        main = self.order.merged_into_id
        return list(Share.objects.filter(order=main).order_by("pk")) if main else []

    @property
    def sights(self) -> list[Sight]:
        """The running ones, whosoever they are."""
        return self._parts[5]

    @cached_property
    def view(self) -> View | None:
        """How much of the order the person sees; None where a sight has ended since."""
        if self.is_whole:
            return WHOLE
        return view(self.order, (s for s in self.sights if is_of(s, self.seat.held, self.seat.staff.pk)))

    @cached_property
    def grounds(self) -> Grounds:
        """On what rights on it rest.  Of a repeat also the shares of its main order: whoever handles that may look at
        the caller's number."""
        return Grounds(self.order, self.shares + self.shares_above, self.directory, lambda: self.sights)

    @property
    def clocks(self) -> list[Clock]:
        return self._parts[1]

    @property
    def tasks(self) -> list[Task]:
        return self._parts[2]

    @property
    def entries(self) -> list[Entry]:
        return self._parts[3]

    @cached_property
    def files(self) -> dict[int, list[Attachment]]:
        """The files of the order by their entry's id."""
        found: dict[int, list[Attachment]] = defaultdict(list)
        for file in self._parts[4]:
            found[file.entry_id].append(file)
        return found

    @cached_property
    def unhappy(self) -> bool:
        """Whether the caller said in this round that it is not solved, or that he is not satisfied with the result."""
        said = [grade for grade in self.grades if grade.round == self.order.round]
        return bool(said) and said[-1].unhappy

    def petitions_of(self, share: Share | None) -> frozenset[str]:
        """The kinds of open petitions about a share."""
        about = share.pk if share else None
        return frozenset(task.kind for task in self.tasks if task.share_id == about)

    def docket(self) -> Docket:
        """The order in hand, for asking a verb in advance; nothing is written from it."""
        running = [clock for clock in self.clocks if clock.running]
        return Docket(self.order, shares=self.shares, sights=self.sights, clocks=running, tasks=self.tasks)

    # --- what the page shows ------------------------------------------------------------------
    def unit_name(self, pk: int | None) -> str:
        unit = self.directory.units.get(pk or 0)
        return unit.short_name or unit.name if unit else ""

    def person_name(self, pk: int | None) -> str:
        person = self.directory.staff.get(pk or 0)
        return person.name if person else ""

    @cached_property
    def order_url(self) -> str:
        return reverse("desk:order", args=[self.order.number])

    @property
    def category(self) -> str:
        line = self.directory.categories.get(self.order.category_id or 0)
        return line.title if line else ""

    @property
    def area(self) -> str:
        line = self.directory.areas.get(self.order.area_id or 0)
        return line.name if line else ""

    @property
    def place(self) -> str:
        """Where it is: the address, and before it the area where the address does not begin with it."""
        address, area = self.order.appeal.address, self.area
        return address if area and address.startswith(area) else f"{area} {address}".strip()

    @property
    def class_title(self) -> str:
        found = self.pack.classes.get(self.order.cls)
        return found.title if found else self.order.cls

    @cached_property
    def line_contacts(self) -> Contacts | None:
        """Whom the centre turns to for orders of this line; None for an order of no line, and outside the centre."""
        line = self.pack.sources.get(self.order.source)
        return line_contacts.of(self.seat, self.order.source) if line and line.mode else None

    @property
    def source_title(self) -> str:
        found = self.pack.sources.get(self.order.source)
        return found.name if found else self.order.source

    @property
    def channel_title(self) -> str:
        return CHANNEL_TITLES.get(self.order.channel, self.order.channel)

    @property
    def state_title(self) -> str:
        return ORDER_TITLES[self.order.state]

    @property
    def owner(self) -> str:
        return self.seat.names(self.order.owner_unit_id, self.order.owner_person_id)

    @property
    def path(self) -> list[tuple[str, bool]]:
        """The steps of the order's life and which of them it is at."""
        here = {"unit_audit": "audit", "answer": "callback"}.get(self.order.node, self.order.node)
        steps = [step for step in PATH if step[0] != "callback" or self.pack.closing.mode == "callback"]
        return [(title, code == here) for code, title in steps]

    @property
    def node_title(self) -> str:
        return NODE_TITLES.get(self.order.node, "")

    @property
    def hidden_caller(self) -> bool:
        """A caller who asked for confidentiality is unknown to the handling unit, number and all."""
        return self.order.confidential and self.seat.in_unit

    @property
    def caller_name(self) -> str:
        return callers.masked_name(self.order.caller.name)

    @property
    def caller_phone(self) -> str:
        return callers.masked_phone(self.order.caller.phone)

    @property
    def flags(self) -> list[str]:
        """What the caller is marked with; nothing for whoever must not know him."""
        pack = self.directory.pack_now or self.pack
        return [] if self.hidden_caller else [pack.caller.title(code) for code in self.order.caller_flags]

    @property
    def labels(self) -> list[str]:
        """What the order is labelled with, by the titles of its pack."""
        known = self.pack.labels
        return [known[code].title if code in known else code for code in self.order.labels]

    @property
    def complained_of(self) -> str:
        """Of whom it complains, to whoever may see it: never he himself."""
        return recusal.named(self.directory, self.order)

    @property
    def judged(self) -> str:
        """What a granted petition has found of it, in the words of its own pack."""
        return self.pack.judged_title(self.order.judged) if self.order.judged else ""

    @cached_property
    def requests(self) -> list[tuple[int, str, str]]:
        """(number, request, the unit's last answer to it): the number is the same on every page."""
        answers = self.last_reply.get("answers", ())
        return [
            (n, text, answers[n - 1] if n <= len(answers) else "")
            for n, text in enumerate(self.order.appeal.requests, 1)
        ]

    @cached_property
    def last_reply(self) -> dict[str, Any]:
        """The newest reply of a lead: measures, progress, result, answers; empty before there is one."""
        for entry in reversed(self.entries):
            if entry.action == "share.replied":
                payload = payload_of(entry)
                return payload.model_dump() if payload else {}
        return {}

    @cached_property
    def grades(self) -> list[Grade]:
        """All call-backs, in the order in which they were made; each belongs to the round in which it was."""
        return grades.of(self.entries, {share.pk: share.unit_id for share in self.shares}, self.pack, self.unit_name)

    @cached_property
    def days(self) -> list[Day]:
        shares = {share.pk: share for share in self.shares}
        timeline = Timeline(self.directory, self.pack, shares, {clock.pk: clock for clock in self.clocks}, self.files)
        return timeline.days(self.told, self.seat.now)

    @cached_property
    def told(self) -> list[Entry]:
        """The entries that the page tells: a unit does not read by which other order a caller was marked, which may be
        nobody's business of its own, or the confidential one that it has itself; who has only found it, nothing that
        others ask about the same."""
        left_out = flags.ACTIONS if self.hidden_caller else {flags.TOLD} if self.seat.in_unit else frozenset[str]()
        if not handles(self.seat.held, self.directory, self.grounds.shares):
            left_out = left_out | _OF_OTHERS
        return [entry for entry in self.entries if entry.action not in left_out]

    @property
    def matter(self) -> list[Order]:
        """Other orders of the same matter, as far as the person may see them; main order and repeats stand by
        themselves."""
        beside = {self.order.merged_into_id, *(repeat["order"] for repeat in waiting(self.order))}
        return [order for order in self._parts[6] if order.pk not in beside]

    @property
    def _matter(self) -> Question:
        return statements.question(
            self.seat, "matter", hanging.same_matter, ids=(self.order.matter_id or 0, self.order.pk)
        )

    @property
    def affairs(self) -> list[Folio]:
        """The proceedings that are about this order, and its matter, as far as the person may see them."""
        return [Folio(self.seat, proceeding) for proceeding in self._parts[7]]

    @property
    def _affairs(self) -> Question:
        ids = (self.order.pk, self.order.matter_id or 0)
        return statements.question(self.seat, "affairs", hanging.about_order, ids=ids)

    @cached_property
    def repeats(self) -> list[Repeated]:
        """What was merged into this order and waits for its answer: who handles the one sees the other."""
        return repeated.waiting_at(self.seat, self.order)

    @cached_property
    def main(self) -> Order | None:
        """The order into which this one was merged, if the person may see it."""
        pk = self.order.merged_into_id
        return self.seat.whole.filter(pk=pk).first() if pk else None

    @cached_property
    def main_answer(self) -> str:
        """What this repeat's caller is to be told: the answer of its main order; `""` while there is none."""
        return answers.of_main(self.order) if self.main else ""

    # --- clocks and shares --------------------------------------------------------------------
    def _face(self, clock: Clock) -> ClockFace:
        share = next((s for s in self.shares if s.pk == clock.share_id), None)
        others = {s.unit_id for s in self.shares} != {self.seat.post.unit}
        of = self.unit_name(share.unit_id) if share and others else ""
        task = next((task for task in self.tasks if task.pk == clock.task_id), None)
        return clocks.face(clock, task, of, self.pack, self.seat.now, self.directory.calendar_under(self.pack))

    @cached_property
    def running(self) -> list[ClockFace]:
        """Running clocks: those of the reader's own unit first, then due first."""
        own = {share.pk for share in self.shares if share.unit_id == self.seat.post.unit}
        running = [clock for clock in self.clocks if clock.running]
        return [self._face(clock) for clock in sorted(running, key=lambda clock: clock.share_id not in own)]

    @cached_property
    def stopped(self) -> list[ClockFace]:
        """Clocks that were met, in time or late, newest first; cancelled ones say nothing any more."""
        ended = sorted((c for c in self.clocks if c.end == "met"), key=lambda c: c.ended_at or c.due, reverse=True)
        return [self._face(clock) for clock in ended]

    @property
    def pressing(self) -> ClockFace | None:
        """The clock that stands in the head of the page."""
        return next(iter(self.running), None)

    @cached_property
    def rounds(self) -> list[Round]:
        """The tree of shares, newest round first; what was handed down stands under its parent."""
        current = self.order.round if self.order.is_open else 0
        drawn = Tree(self.shares, self.clocks, self.seat, current, self.unit_name, self.person_name)
        return drawn.rounds()

    @property
    def current(self) -> list[Node]:
        """The shares of the present round, as they stand in the tree."""
        return self.rounds[0].nodes if self.rounds else []
