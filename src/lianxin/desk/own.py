"""Own figures (本人指标): what one person did, counted by the one ruler with the formulas of the pack.

Each sees his own, supervisor and leaders those of everybody; every number leads to the orders that it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from lianxin.bulletins.gather import period as scoped
from lianxin.directory.roles import Role
from lianxin.directory.snapshot import Snapshot
from lianxin.figures.count import Measures, count, order_ids
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Entry
from lianxin.ledger.moments import one_moment
from lianxin.oversight.kinds.language_check import CHECKED, KIND, OUTCOMES, WHOSE
from lianxin.proceedings import kinds
from lianxin.proceedings.models import About, Proceeding
from lianxin.rules import periods
from lianxin.rules.formulas import NOTHING
from lianxin.rules.measures import BY_PERSON, MEASURES, in_words
from lianxin.rules.pack import Pack
from lianxin.rules.periods import Kind, Period

from .folio import title_of
from .seats import Seat
from .weeks import stamped

#: So many of the newest checks are listed.
MOST_CHECKS = 20

#: The periods that stand beside each other, the running one of each kind.
SPANS: dict[Kind, str] = {"day": "今日", "week": "本周", "month": "本月"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of one period: as it is shown, from what, and where its orders stand (`""`: nowhere)."""

    shown: str
    base: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """A figure, or a person, with a cell for each column."""

    title: str
    hint: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one record of the person's own, and where he may still object."""

    number: str
    title: str
    state: str
    outcome: str
    objects: str


@dataclass(frozen=True)
class Counted:
    """What was counted of one period, by person."""

    period: Period
    scope: Scope
    pack: Pack
    by: Mapping[int, Measures]

    def cell(self, of: str, person: int) -> Cell:
        """A measure, or a formula of the pack with what it is made of."""
        measures = self.by.get(person) or dict.fromkeys(MEASURES, 0)
        said = {"of": of, "period": self.period.code, "at": str(stamped(self.scope.cutoff)), "person": str(person)}
        url = f"{reverse('desk:own_orders')}?{urlencode(said)}"
        if of in MEASURES:
            return Cell(str(measures[of]), "", url if measures[of] else "")
        rule = self.pack.formulas[of]
        shown = rule.show(measures)
        # In the order in which the formula names them: what is counted stands before what it is counted of.
        names = [name for name in dict.fromkeys(re.findall(r"\w+", rule.of.text)) if name in rule.names]
        base = "/".join(str(measures[name]) for name in names)
        return Cell(shown, base, "" if shown == NOTHING else url)


def counted(directory: Snapshot, span: Kind, names: Iterable[str], people: Iterable[int] | None = None) -> Counted:
    """The figures `names` in the running period of that kind; of `people` alone if they are named.  Raises LookupError
    where no pack is in force."""
    period = periods.of(span, _today())
    scope, pack = scoped(directory, period.first, period.last)
    measures = sorted(set(_measures(pack, names)))
    where = {"person": list(people)} if people is not None else None
    with one_moment():
        found = count(scope, measures, by=["person"], where=where) if measures else {}
    return Counted(period, scope, pack, {group[0]: line for group, line in found.items() if group[0]})


def _today() -> date:
    return timezone.localdate()


def _measures(pack: Pack, names: Iterable[str]) -> Iterable[str]:
    for name in names:
        yield from [name] if name in MEASURES else pack.formulas[name].names


def title(pack: Pack, of: str) -> str:
    """What a figure is called."""
    return MEASURES[of].title if of in MEASURES else pack.formulas[of].title


def words(pack: Pack, of: str) -> str:
    """What a figure counts."""
    if of in MEASURES:
        return MEASURES[of].definition
    return in_words(pack.formulas[of].of.text, pack.formulas[of].names)


def mine(seat: Seat) -> list[Line]:
    """The own figures of this post, a cell for each span.  Raises LookupError where no pack is in force."""
    person, names = seat.staff.pk, seat.own_figures
    spans = [counted(seat.directory, span, names, [person]) for span in SPANS]
    pack = spans[0].pack
    return [Line(title(pack, of), words(pack, of), tuple(span.cell(of, person) for span in spans)) for of in names]


def everybody(seat: Seat, span: Kind) -> list[tuple[str, list[str], list[Line]]]:
    """(post, headings, a line a person) for each post of which the pack shows own figures: whoever holds it, and
    whoever else did something in the period.  Raises LookupError where no pack is in force."""
    directory, shown = seat.directory, seat.pack.figures.own
    found = counted(directory, span, [name for each in shown for name in each.of])
    tables = []
    for each in shown:
        held = {who for post in directory.posts_with(each.post) for who in directory.crew(post.id)}
        did = {who for who, line in found.by.items() if any(line[name] for name in _measures(found.pack, each.of))}
        people = sorted((held | did) & directory.staff.keys(), key=lambda who: (directory.staff[who].name, who))
        lines = [Line(directory.staff[w].name, "", tuple(found.cell(of, w) for of in each.of)) for w in people]
        tables.append((str(Role(each.post).label), [title(found.pack, of) for of in each.of], lines))
    return tables


def orders_of(
    directory: Snapshot, of: str, period: Period, person: int, cutoff: datetime | None
) -> tuple[str, list[int]]:
    """The title and the orders of one number.  Raises LookupError for what is none."""
    scope, pack = scoped(directory, period.first, period.last, cutoff)
    measures = sorted(set(_measures(pack, [of])))
    if not {*measures} <= BY_PERSON:
        raise KeyError(of)
    who = directory.staff[person]
    with one_moment():
        ids = {pk for name in measures for pk in order_ids(scope, name, {"person": [person]})}
    return f"{who.name} {title(pack, of)}", sorted(ids)


def checks(seat: Seat) -> list[Check]:
    """The newest checks of this person's own records that he may see."""
    mine = About.objects.filter(to_person=seat.staff.pk, role="member", until=None, proceeding__isnull=False)
    found = seat.proceedings.filter(kind=KIND, pk__in=mine.values("proceeding")).select_related("wording")
    rows = list(found.order_by("-pk")[:MOST_CHECKS])
    said = Entry.objects.filter(proceeding__in=[row.pk for row in rows], action=CHECKED)
    until = {entry.proceeding_id: datetime.fromisoformat(entry.payload["objection_until"]) for entry in said}
    return [_check(seat, row, until[row.pk]) for row in rows]


def _check(seat: Seat, row: Proceeding, until: datetime) -> Check:
    may = seat.acting and seat.role in WHOSE and row.state == "checked" and seat.now < until
    action = f"{KIND}.objected"
    return Check(
        number=row.number,
        title=title_of(row, kinds.find(KIND)),
        state=kinds.find(KIND).state_title(row.state),
        outcome=OUTCOMES.get(row.outcome, ""),
        objects=reverse("desk:proceeding_act", args=[row.number, action]) if may else "",
    )
