"""What can be chosen in a form: units, categories, areas, colleagues, and the lists of the order's rule book.

What is too long for a list is picked by typing part of its name: signs, the letters of its sound, or both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone

from lianxin.directory.lines import StaffLine, UnitLine
from lianxin.directory.links import can_be
from lianxin.directory.pinyin import matches
from lianxin.directory.snapshot import Snapshot
from lianxin.orders.models import Order, Share
from lianxin.oversight.sampling import left_of
from lianxin.proceedings.models import Proceeding
from lianxin.rules.policy import Pack
from lianxin.rules.policy_tasks import TaskRule

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be picked, by the name that people read; `keys` say how it sounds."""

    id: int
    name: str
    keys: tuple[tuple[str, str], ...]

    def found_by(self, typed: str) -> bool:
        """Whether someone who typed this may mean it."""
        return typed in self.name or any(matches(typed, text, keys) for text, keys in self.keys)


@dataclass(frozen=True)
class Picks:
    """All options of one kind, in their order; `noun` names the kind."""

    noun: str
    options: tuple[Option, ...]

    @cached_property
    def by_name(self) -> dict[str, Option]:
        return {option.name: option for option in self.options}

    @cached_property
    def by_id(self) -> dict[int, Option]:
        return {option.id: option for option in self.options}

    def find(self, typed: str) -> list[Option]:
        """What `typed` may mean: the one of exactly that name; else all that it fits, those that begin so first."""
        text = typed.strip()
        if text in self.by_name:
            return [self.by_name[text]]
        own = [option for option in self.options if any(name == text for name, _ in option.keys)]
        if len(own) == 1:
            # 供暖 is that category, not those below it.
            return own
        found = [option for option in self.options if option.found_by(text)] if text else list(self.options)
        return sorted(found, key=lambda option: not option.name.startswith(text))


@dataclass
class Choices:
    """The choices of one form.  `below`: only units directly below the share's own (下派)."""

    directory: Snapshot
    pack: Pack
    share: Share | None = None
    shares: tuple[Share, ...] = ()
    order: Order | None = None
    below: bool = False
    #: (id, to whom) of each running sight of the order
    sights: tuple[tuple[int, str], ...] = ()
    #: the post that is asked
    post: str = ""
    #: the duty that a form is about
    duty: TaskRule | None = None
    #: the proceeding that a form is about
    affair: Proceeding | None = None

    @property
    def outcomes(self) -> Pairs:
        """How the duty may end."""
        return [(known.code, known.title) for known in self.duty.outcomes] if self.duty else []

    @property
    def elements(self) -> tuple[str, ...]:
        """What the answer to the duty must contain."""
        return tuple(element.title for element in self.duty.elements) if self.duty else ()

    @property
    def parts(self) -> tuple[str, ...]:
        """What is on the agenda of the meeting."""
        found = self.pack.reports.meeting(self.affair.level if self.affair else "")
        return found.parts if found is not None else ()

    @property
    def meeting(self) -> Pairs:
        """The meetings that people call by themselves."""
        return [(found.code, found.title) for found in self.pack.reports.meetings if not found.from_report]

    @property
    def report_reason(self) -> Pairs:
        """Why a unit reports at once."""
        return [(found.code, found.title) for found in self.pack.reports.reasons]

    @property
    def requests(self) -> tuple[str, ...]:
        """The order's numbered requests, read only where a form asks for their answers."""
        return tuple(self.order.appeal.requests) if self.order else ()

    @property
    def unit(self) -> Picks:
        """Active units that an order can be given to."""
        if self.below and self.share is not None:
            return units_below(self.directory, self.share.unit_id)
        return picks(self.directory, "unit")

    @property
    def category(self) -> Picks:
        return picks(self.directory, "category")

    @property
    def area(self) -> Picks:
        return picks(self.directory, "area")

    @property
    def people(self) -> Picks:
        """Everybody in service, by name and unit."""
        return picks(self.directory, "heir")

    @property
    def colleague(self) -> Pairs:
        """People who serve in the share's unit."""
        unit = self.share.unit_id if self.share else None
        people = [person for person in self.directory.staff.values() if person.active and person.unit == unit]
        return [(str(person.id), person.name) for person in people]

    def link(self, code: str) -> Pairs:
        """Who can be this link of the chain of responsibility, each once."""
        found = can_be(self.directory, code, self.share.unit_id) if self.share else ()
        people = dict.fromkeys(person for _, person in found)
        return [(str(person), self.directory.staff[person].name) for person in people]

    @property
    def basis(self) -> Pairs:
        return [(basis.code, basis.title) for basis in self.pack.basis.allowed]

    @property
    def classes(self) -> Pairs:
        return [(code, found.title) for code, found in self.pack.classes.items()]

    @property
    def covered(self) -> str:
        """What each class covers (C01), in a line: nobody need know the documents by heart."""
        known = self.pack.classes.values()
        return "；".join(f"{found.title}：{'、'.join(found.covers)}" for found in known if found.covers)

    @property
    def source(self) -> Pairs:
        """Those that take requests today, the centre's own and other platforms before single lines."""
        today = timezone.localdate()
        open_ = [(code, found) for code, found in self.pack.sources.items() if not found.closed(today)]
        return [(code, found.name) for code, found in sorted(open_, key=lambda pair: bool(pair[1].mode))]

    @property
    def call_reason(self) -> Pairs:
        """Why somebody is called in to the call with the caller."""
        return [(reason.code, reason.title) for reason in self.pack.knowledge.call_reasons]

    @property
    def redirect(self) -> Pairs:
        """With whom to turn to; what must be put through at once stands first."""
        rules = sorted(self.pack.redirects.values(), key=lambda rule: not rule.immediate)
        return [
            (rule.code, f"{rule.title}：{'立即转接' if rule.immediate else '请找'}{'、'.join(rule.targets)}")
            for rule in rules
        ]

    @property
    def layer(self) -> Pairs:
        return [(layer.code, layer.title) for layer in self.pack.callback.layers]

    @property
    def return_reason(self) -> Pairs:
        return [(reason.code, reason.title) for reason in self.pack.petition.return_.reasons]

    @property
    def petition_kind(self) -> Pairs:
        return [(rule.code, rule.title) for rule in self.pack.petitions]

    @property
    def raising(self) -> Pairs:
        """What is raised to the upper platform."""
        return [(rule.petition, rule.title) for rule in self.pack.raisings]

    @property
    def petition_reason(self) -> Pairs:
        """Of all kinds; where there are several, each is named by its kind."""
        several = len(self.pack.petitions) > 1
        return [
            (reason.code, f"{rule.title}：{reason.title}" if several else reason.title)
            for rule in self.pack.petitions
            for reason in rule.reasons
        ]

    @property
    def sight_reason(self) -> Pairs:
        """Why an order may be shown: of the pack in force today."""
        pack = self.directory.pack_now
        return [(reason.code, reason.title) for reason in pack.sight.reasons] if pack else []

    @property
    def caller_flag(self) -> Pairs:
        """What a caller may be marked with: by the pack in force today."""
        pack = self.directory.pack_now
        return [(flag.code, flag.title) for flag in pack.caller.flags] if pack else []

    @property
    def caller_flag_here(self) -> Pairs:
        """What the order's caller is marked with."""
        pack, found = self.directory.pack_now, self.order.caller_flags if self.order else []
        return [(code, pack.caller.title(code) if pack else code) for code in found]

    @property
    def label(self) -> Pairs:
        """What the order may be labelled with by this post: of its own pack, and not on it yet."""
        labels, has, post = self.pack.labels.values(), self.order.labels if self.order else [], self.post
        return [(found.code, found.title) for found in labels if post in found.by and found.code not in has]

    @property
    def label_here(self) -> Pairs:
        """What the order is labelled with, as far as this post takes it off."""
        labels, has = self.pack.labels, self.order.labels if self.order else []
        mine = (labels[code] for code in has if code in labels)
        return [(found.code, found.title) for found in mine if self.post in found.lifted_by]

    @property
    def sight_list(self) -> Pairs:
        """The running sights of the order."""
        return [(str(pk), words) for pk, words in self.sights]

    @property
    def inspection_type(self) -> Pairs:
        return [(known.code, known.title) for known in self.pack.inspection.types]

    @property
    def inspection_record(self) -> Pairs:
        """The records that this inspection must have and that are made by hand."""
        rules = self.pack.inspection
        kind = rules.type_of(self.affair.level) if self.affair else None
        known = (rules.record(code) for code in (kind.records if kind else ()))
        return [(record.code, record.title) for record in known if record is not None and not record.issued]

    @property
    def drawn(self) -> Pairs:
        """The orders of a sample that were not gone to yet."""
        return [(number, number) for number in left_of(self.affair)] if self.affair else []

    @property
    def grade(self) -> Pairs:
        return [(grade.code, grade.title) for grade in self.pack.callback.grades]

    @property
    def share_list(self) -> Pairs:
        """The shares of the order that can be graded, by unit and role."""
        return [
            (str(share.pk), f"{self.directory.units[share.unit_id].name}（{share.role_title}，第 {share.round} 轮）")
            for share in self.shares
            if share.unit_id in self.directory.units
        ]


def picks(directory: Snapshot, kind: str) -> Picks:
    """All units, categories or areas of a centre.  Made once for a snapshot, which never changes."""
    kept: dict[str, Picks] = directory.__dict__.setdefault("_picks", {})
    if kind not in kept:
        kept[kind] = _MAKERS[kind](directory)
    return kept[kind]


def units_below(directory: Snapshot, parent: int) -> Picks:
    """The active units directly below one (下派)."""
    return _units(directory, [unit for unit in directory.units.values() if unit.parent == parent])


def _units(directory: Snapshot, lines: list[UnitLine] | None = None, *, gone: bool = False) -> Picks:
    """By the name that people read; a name that occurs twice carries its parent's."""
    given = directory.units.values() if lines is None else lines
    lines = [unit for unit in given if (unit.active or gone) and unit.parent is not None]
    times = Counter(unit.name for unit in lines)
    found = []
    for unit in lines:
        parent = directory.units.get(unit.parent or 0)
        name = f"{unit.name}（{parent.name}）" if times[unit.name] > 1 and parent else unit.name
        also = ((unit.short_name, ""),) if unit.short_name else ()
        found.append(Option(unit.id, name, ((unit.name, unit.match_keys), *also)))
    return Picks("单位", tuple(found))


def _categories(directory: Snapshot) -> Picks:
    """By their path, `居民生活 › 供暖`."""
    lines = (line for line in directory.categories.values() if line.active)
    found = (Option(line.id, line.title, ((line.name, line.match_keys),)) for line in lines)
    return Picks("分类", tuple(found))


def _areas(directory: Snapshot) -> Picks:
    """Those in use, by their path; two of one name under one parent cannot be told apart by anybody."""
    known = directory.areas
    found = []
    for area in (area for area in known.values() if area.active):
        above = known.get(area.parent or 0)
        name = f"{above.name} › {area.name}" if above else area.name
        found.append(Option(area.id, name, ((area.name, area.match_keys),)))
    return Picks("区域", tuple(found))


def people(directory: Snapshot, kind: str, unit: int | None = None) -> Picks:
    """People by name and unit, `周启明（热力公司）`: `heir`, those in service; `leaver`, all, since who goes may be out
    of service already.  `unit`: only those who are of it, or hold a post of it."""
    found = picks(directory, kind)
    if unit is None:
        return found
    near = {p.id for p in directory.staff.values() if p.unit == unit or _holds(directory, p.id, unit)}
    return Picks(found.noun, tuple(option for option in found.options if option.id in near))


def _holds(directory: Snapshot, person: int, unit: int) -> bool:
    return any(post.unit == unit for post in directory.posts_of(person))


def _people(directory: Snapshot, *, gone: bool) -> Picks:
    lines = [person for person in directory.staff.values() if person.active or gone]
    named = {person.id: _called(directory, person) for person in lines}
    times = Counter(named.values())
    found = []
    for person in lines:
        name = named[person.id]
        # Two of one name in one unit are told apart by what they sign in with.
        name = f"{name} {person.username}" if times[name] > 1 else name
        found.append(Option(person.id, name, ((person.name, person.match_keys),)))
    return Picks("人员", tuple(found))


def _called(directory: Snapshot, person: StaffLine) -> str:
    unit = directory.units.get(person.unit or 0)
    return (
        f"{person.name}（{unit.short_name or unit.name}{'' if person.active else '，已停用'}）" if unit else person.name
    )


_MAKERS: dict[str, Callable[[Snapshot], Picks]] = {
    "unit": _units,
    "category": _categories,
    "area": _areas,
    # A unit that is closed is out of use, and still has work.
    "closing": lambda directory: _units(directory, list(directory.units.values()), gone=True),
    "leaver": lambda directory: _people(directory, gone=True),
    "heir": lambda directory: _people(directory, gone=False),
}
