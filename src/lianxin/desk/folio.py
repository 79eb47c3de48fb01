"""A proceeding as a page shows it: what it is, what it is about, what was done, and what this seat may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.urls import reverse

from lianxin.directory.roles import Role
from lianxin.ledger import verbs
from lianxin.ledger.models import Attachment, Clock, Entry, Notice
from lianxin.orders.models import Order
from lianxin.orders.reach import not_of, readers
from lianxin.orders.timeline import Day, day_title, payload_of
from lianxin.proceedings import kinds
from lianxin.proceedings.abouts import OfOrders
from lianxin.proceedings.book import refusal
from lianxin.proceedings.kinds import Kind, Step
from lianxin.proceedings.models import ROLES, About, Proceeding
from lianxin.proceedings.steps import StepVerb
from lianxin.rules.lifecycle import CENTRE
from lianxin.rules.policy import Pack
from lianxin.rules.worktime import SHANGHAI

from . import chosen, clocks, unread
from .clocks import Chip
from .items import Item, told
from .seats import Seat

#: The roles of the units and people that it names.
CALLS = ("called", "absent", "member")
GONE = "（原文已按期删除）"
#: So many of its orders are named on its page.
MOST_ORDERS = 50
#: So many numbers of orders stand in a line of what was done: of more the first, and how many they were.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that the seat may take now."""

    action: str
    title: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """One entry: who did what, what was filled in, its files, and the document that it issued."""

    number: int
    at: Any
    actor: str
    what: str
    said: list[tuple[str, str]]
    files: list[Attachment]
    paper: str
    turning: bool


@dataclass(frozen=True, slots=True)
class Concerned:
    """An order that it is about, as far as the person may see it."""

    number: str
    title: str
    state: str
    url: str


class Folio:
    """One proceeding, for one seat."""

    def __init__(self, seat: Seat, proceeding: Proceeding) -> None:
        self.seat, self.proceeding = seat, proceeding
        self.kind: Kind = kinds.find(proceeding.kind)
        self.url = reverse("desk:proceeding", args=[proceeding.number])

    @classmethod
    def find(cls, seat: Seat, number: str) -> Self | None:
        """The proceeding of this number, if the seat may see it."""
        found = seat.proceedings.select_related("wording").filter(number=number).first() if "\0" not in number else None
        return cls(seat, found) if found is not None else None

    # --- what it is ---------------------------------------------------------------------------
    @property
    def title(self) -> str:
        return title_of(self.proceeding, self.kind, self.first)

    @cached_property
    def first(self) -> str:
        """What the first order of a matter is called, which stands for it."""
        if self.proceeding.kind != "matter":
            return ""
        mine = self.seat.whole.filter(matter=self.proceeding).order_by("pk")
        return mine.values_list("appeal__title", flat=True).first() or ""

    @property
    def text(self) -> str:
        return str(unread.without(self.kind, {"text": self.proceeding.wording.text}, self.hidden)["text"])

    @cached_property
    def hidden(self) -> Mapping[int, str]:
        """What he reads it without (`unread`)."""
        return unread.hidden(self.seat, [self.proceeding]).get(self.proceeding.pk, {})

    @property
    def state(self) -> str:
        return self.kind.state_title(self.proceeding.state)

    @property
    def owner(self) -> str:
        root = self.proceeding
        return self.seat.names(root.owner_unit_id, root.owner_person_id) if root.is_open else ""

    @property
    def vacant(self) -> str:
        return str(Role(self.proceeding.vacant).label) if self.proceeding.vacant else ""

    @cached_property
    def pack(self) -> Pack:
        return self.seat.directory.find_pack(self.proceeding.pack)

    @property
    def path(self) -> list[tuple[str, bool]]:
        """The states of the way that it took and has before it; the one in which it stands is marked."""
        now = self.proceeding.state
        done = {entry.action for entry in self.entries}
        return [(self.kind.state_title(code), code == now) for code in self.kind.way(now, done)]

    @property
    def facts(self) -> Iterator[tuple[str, str]]:
        """(what, which) of its columns that are filled."""
        root, directory = self.proceeding, self.seat.directory
        if root.unit_id:
            yield self.kind.unit_title, self._unit(root.unit_id)
        for role in CALLS:
            if named := [self._named(about) for about in self._called if about.role == role]:
                yield ROLES[role], "、".join(named)
        if root.category_id and root.category_id in directory.categories:
            yield "分类", directory.categories[root.category_id].title
        if root.area_id and root.area_id in directory.areas:
            yield "区域", directory.areas[root.area_id].name
        level = ("level", self.kind.level_title)
        channel = ("channel", self.kind.channel_title)
        for name, title in (level, channel, ("period", "周期"), ("outcome", "结果")):
            if value := getattr(root, name):
                yield title, self._choice(name, value)
        for name, title in (("amount", "金额"), ("score", "分值")):
            if (number := getattr(root, name)) is not None:
                yield title, str(number)

    def _choice(self, name: str, value: str) -> str:
        """A code in the words of whichever step of the kind asks for it; of a post its name."""
        if name == "level" and any(state.by_level for state in self.kind.states.values()):
            return str(Role(value).label)
        asked = (item for step in self.kind.steps for item in told(step.payload) if item.name == name)
        return next((text for item in asked if (text := self.shown(item, value)) != value), value)

    # --- parts --------------------------------------------------------------------------------
    @cached_property
    def entries(self) -> list[Entry]:
        return list(Entry.objects.filter(proceeding=self.proceeding).select_related("enclosure").order_by("number"))

    @cached_property
    def _called(self) -> list[About]:
        """The units and people that it names."""
        return list(About.objects.filter(proceeding=self.proceeding, role__in=CALLS, until=None).order_by("pk"))

    @cached_property
    def files(self) -> Mapping[int, list[Attachment]]:
        found: dict[int, list[Attachment]] = {}
        for file in Attachment.objects.filter(proceeding=self.proceeding).order_by("pk"):
            found.setdefault(file.entry_id, []).append(file)
        return found

    @cached_property
    def deadlines(self) -> list[tuple[str, str, Chip]]:
        """(title, until when, chip) of its deadlines, the running one first."""
        rows = Clock.objects.filter(proceeding=self.proceeding).order_by("ended_at", "due")
        seat = self.seat
        # Of duties that come round those that run: a year has many.
        ordered = sorted((c for c in rows if c.running or c.task_id is None), key=lambda clock: not clock.running)
        titles = (self._duties.get(clock.rule, self.kind.due_title) for clock in ordered)
        return [
            (title, clocks.due_words(c.due, seat.now), clocks.chip(c, seat.now, seat.calendar))
            for title, c in zip(titles, ordered, strict=True)
        ]

    @cached_property
    def receipts(self) -> list[tuple[str, str, str]]:
        """(who, how, when) of the notices by which it was sent, where somebody was to get one."""
        issuing = [entry.pk for entry in self.entries if self._issued(entry)]
        found = Notice.objects.filter(proceeding=self.proceeding, entry__in=issuing).order_by("pk")
        words = {"sent": "已送达", "queued": "待发送", "sending": "发送中", "failed": "未送达", "unknown": "不明"}
        return [
            (
                self._person(n.staff_id),
                "已读" if n.read_at else words[n.state],
                clocks.moment(n.read_at or n.sent_at or n.made_at),
            )
            for n in found
        ]

    @cached_property
    def orders(self) -> list[Concerned]:
        """The orders that it is about: named all, told of as far as the person may see them."""
        named = dict(self._orders.values_list("pk", "number")[:MOST_ORDERS])
        seen = self.seat.lookable.filter(pk__in=named).select_related("appeal").in_bulk() if named else {}
        return [self._concerned(number, seen.get(pk)) for pk, number in named.items()]

    @cached_property
    def linked(self) -> list[tuple[str, Concerned]]:
        """(how, which) of the proceedings from which it was made, and of those made from it, as far as the person sees
        them."""
        root = self.proceeding
        pairs = About.objects.filter(
            Q(proceeding=root) | Q(to_proceeding=root), to_proceeding__isnull=False, until=None
        )
        others = {
            pk if up == root.pk else up: pk == root.pk for pk, up in pairs.values_list("proceeding", "to_proceeding")
        }
        rows = self.seat.proceedings.filter(pk__in=others).select_related("wording").order_by("pk")[:MOST_ORDERS]
        return [("本件的来源" if others[row.pk] else "由本件形成", self._concerned_by(row)) for row in rows]

    def _concerned_by(self, row: Proceeding) -> Concerned:
        kind = kinds.find(row.kind)
        title = f"{kind.title}：{title_of(row, kind)}"
        return Concerned(row.number, title, kind.state_title(row.state), reverse("desk:proceeding", args=[row.number]))

    @property
    def _orders(self) -> QuerySet[Order]:
        """All of them, the oldest first."""
        about = About.objects.filter(proceeding=self.proceeding, to_order__isnull=False).exclude(role="quoted")
        of_matter = Q(matter=self.proceeding)
        mine = of_matter if self.proceeding.kind == "matter" else Q(pk__in=about.values("to_order"))
        seat = self.seat
        return Order.objects.filter(mine, not_of(seat.directory.centre_id, readers(seat.staff.pk))).order_by("pk")

    @cached_property
    def orders_count(self) -> int:
        """How many they are, of which `orders` names the first."""
        return len(self.orders) if len(self.orders) < MOST_ORDERS else self._orders.count()

    def _concerned(self, number: str, order: Any) -> Concerned:
        if order is None:
            return Concerned(number, "不在您的查看范围", "", "")
        url = reverse("desk:order", args=[number])
        # How much of it is shown to him his own page of it says.
        title = order.appeal.title or GONE if order.whole else "向您开放查看的工单"
        return Concerned(number, title, str(order.get_state_display()), url)

    # --- what was done ------------------------------------------------------------------------
    @cached_property
    def days(self) -> list[Day]:
        """The entries by day, newest first."""
        today = self.seat.now.astimezone(SHANGHAI).date()
        lines: Any = sorted(self._lines(), key=lambda line: -line.number)
        groups = groupby(lines, key=lambda line: line.at.astimezone(SHANGHAI).date())
        return [Day(day_title(day, today), list(group)) for day, group in groups]

    def _lines(self) -> Iterator[Told]:
        owner: Any = None
        for entry in self.entries:
            now_owner = (entry.derived.get("owner") or [None] * 4)[1:]
            turning, owner = now_owner != owner, now_owner
            paper = f"{self.url}papers/{entry.number}/" if self._issued(entry) else ""
            what, said = self._told(entry)
            files = self.files.get(entry.pk, [])
            yield Told(entry.number, entry.at, self.actor(entry), what, said, files, paper, turning)

    def _told(self, entry: Entry) -> tuple[str, list[tuple[str, str]]]:
        """What was done, and what was said: of a step each thing by its title, of what the book does by itself the
        sentence of its verb."""
        verb = verbs.get(entry.action)
        if isinstance(verb, StepVerb):
            return verb.row().title, self._said(entry)
        payload = payload_of(entry)
        if payload is None:
            return verb.row().title, [("", GONE)]
        about = "、".join(self._duties[rule] for rule in getattr(payload, "rules", ()) if rule in self._duties)
        done, quote = verb.tell(payload)
        return (f"{done}：{about}" if about else done), ([("", quote)] if quote else [])

    @cached_property
    def _duties(self) -> dict[str, str]:
        """What the duties that were laid on it are called, by their rules."""
        return {e.payload["rule"]: e.payload["title"] for e in self.entries if e.action == "duty.laid"}

    def _issued(self, entry: Entry) -> bool:
        enclosure = getattr(entry, "enclosure", None)
        return bool(enclosure and enclosure.body.get("paper"))

    def _said(self, entry: Entry) -> list[tuple[str, str]]:
        payload = unread.read(self.kind, entry, self.hidden)
        if payload is None:
            return [("", GONE)]
        model = type(payload)
        values = ((item, getattr(payload, item.name)) for item in told(model))
        return [(item.title, text) for item, value in values if (text := self.shown(item, value))]

    def shown(self, item: Item, value: Any) -> str:
        """What was filled in, in words; `""` for nothing."""
        if item.kind == "verdict" and isinstance(value, bool):
            return str(item.schema["yes" if value else "no"])
        if value in (None, "", (), [], False):
            return ""
        if item.kind in ("unit", "units"):
            return "、".join(self._unit(pk) for pk in (value if item.kind == "units" else [value]))
        if item.kind in ("people", "colleague"):
            return "、".join(self._person(pk) for pk in (value if item.kind == "people" else [value]))
        if item.kind == "shares":
            titles = {"lead": "主办", "assist": "协办", "dual": "双派"}
            return "、".join(f"{self._unit(share.unit)}（{titles[share.role]}）" for share in value)
        if item.kind in chosen.OF_PACK:
            return chosen.titled(self.pack, item.kind, value)
        if isinstance(value, datetime):
            return clocks.full(value)
        if item.kind == "parts":
            return chosen.minuted(self.pack, self.proceeding.level, value)
        if "titles" in item.schema:
            return str(item.schema["titles"].get(value, value))
        if isinstance(value, tuple | list):
            more = f" 等 {len(value)} 件" if item.kind == "numbers" and len(value) > MOST_NAMED else ""
            return "、".join(map(str, value[:MOST_NAMED] if more else value)) + more
        return "是" if value is True else str(value)

    def actor(self, entry: Entry) -> str:
        """`热线中心 督办员 周启明`, or `系统`."""
        if entry.staff_id is None:
            return "系统"
        post = str(Role(entry.post_role).label) if entry.post_role in CENTRE else ""
        return " ".join(n for n in (self._unit(entry.unit_id or 0), post, self._person(entry.staff_id)) if n)

    def _named(self, about: About) -> str:
        return self._unit(about.to_unit_id) if about.to_unit_id else self._person(about.to_person_id or 0)

    def _unit(self, pk: int) -> str:
        line = self.seat.directory.units.get(pk)
        return line.short_name or line.name if line else ""

    def _person(self, pk: int) -> str:
        person = self.seat.directory.staff.get(pk)
        return person.name if person else ""

    # --- what may be done ---------------------------------------------------------------------
    @cached_property
    def offers(self) -> list[Offer]:
        """The steps that the seat may take now, in the order of the kind."""
        if not self.seat.acting:
            return []
        return [self.offer(step) for step in self.kind.steps if not step.opens and self.may(step)]

    @property
    def mine(self) -> bool:
        """Whether it is this seat's turn."""
        root, seat = self.proceeding, self.seat
        unit = seat.post.unit if seat.in_unit else seat.directory.root.id
        posts = {post.id for post in seat.directory.posts_at(unit, seat.role)}
        return root.is_open and (root.owner_post_id in posts or root.owner_person_id == seat.staff.pk)

    def offer(self, step: Step) -> Offer:
        action = self.kind.action(step)
        return Offer(action, step.title, step.icon, f"{self.url}{action}/")

    def may(self, step: Step) -> bool:
        """Whether this seat may take this step now."""
        if step.by_itself or self.proceeding.state not in step.states:
            return False
        return not refusal(self.seat.actor, kinds.row(self.kind.action(step)), self.proceeding, self.seat.directory)


def openings(seat: Seat, *, of_orders: bool = False) -> Iterator[tuple[str, str]]:
    """(action, title) of the kinds that this post may open; `of_orders`: about orders."""
    if not seat.acting:
        return
    for kind in (kind for kind in kinds.every() if kind.under(seat.pack)):
        for step in kind.openings:
            here = seat.role in step.posts and kind.opened_in(seat.directory, seat.post.unit)
            if here and (not of_orders or issubclass(step.payload, OfOrders)):
                yield kind.action(step), step.title


def title_of(proceeding: Proceeding, kind: Kind, first: str = "") -> str:
    """Its own title; where nobody gave it one that of its `first` order, else of its kind; none where it was erased."""
    if proceeding.erased_at is not None:
        return GONE
    return proceeding.wording.title or first or kind.title
