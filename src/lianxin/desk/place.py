"""A unit's place in the ranking of its group, and what would change it: of the running week or month, up to now.

Counted by the one ruler, once a minute for all who look (`figures.kept`).  Which formulas rank is the pack's section
`[ranking]`; without any nothing is told.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from lianxin.bulletins.gather import period
from lianxin.directory import history
from lianxin.directory.snapshot import Snapshot
from lianxin.figures.count import count, lines_of, order_ids
from lianxin.figures.kept import kept
from lianxin.figures.ranking import IN_TIME, Change, League, Measures, Place
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Clock
from lianxin.ledger.moments import one_moment
from lianxin.orders.models import Share
from lianxin.rules import periods
from lianxin.rules.formulas import NOTHING
from lianxin.rules.measures import MEASURES, in_words
from lianxin.rules.periods import Period
from lianxin.rules.policy import Pack
from lianxin.rules.policy_rows import FormulaRule
from lianxin.rules.worktime import SHANGHAI

from .clocks import due_words
from .seats import Seat
from .weeks import stamped

EVERY: tuple[Literal["week", "month"], ...] = ("week", "month")
#: What a unit still has in hand of a share (nothing more can be done about one that awaits its audit).
IN_HAND = ("pending", "signed", "sent_back")
#: So many of its open shares are tried, those that are due first; and so many are named.
TRIED, NAMED = 60, 8
BEST = {"highest": "高的在前", "lowest": "低的在前"}


class Open(NamedTuple):
    """A share that its unit has in hand and that is not late: its order's number, and until when."""

    number: str
    due: datetime | None


@dataclass(frozen=True)
class Counted:
    """What was counted for all units of the centre."""

    period: Period
    scope: Scope
    pack: Pack
    by_unit: Mapping[int, Measures]
    #: the units of each ranking group
    groups: dict[str, frozenset[int]]

    def leagues(self, group: frozenset[int]) -> list[League]:
        """The units of a group by each formula, made once for all of them."""
        if group not in self._made:
            measures = {unit: self.by_unit.get(unit, {}) for unit in group}
            ranked = self.pack.ranking.by
            self._made[group] = [League(self.pack.formulas[by.of], by.best, measures) for by in ranked]
        return self._made[group]

    @cached_property
    def _made(self) -> dict[frozenset[int], list[League]]:
        return {}


@dataclass(frozen=True, slots=True)
class Standing:
    """One figure of the unit with its place, as the page says it."""

    code: str
    title: str
    shown: str
    #: `57/58`: of what it is made
    base: str
    definition: str
    #: `第 14 名`, `-`
    place: str
    among: str
    #: nobody of the group has a figure yet
    nobody: bool
    period: str
    #: where its orders stand; "" where nothing was counted
    url: str
    #: what would change it, and the orders that it speaks of
    change: str
    orders: tuple[tuple[str, str, str], ...]
    #: how many more than are named
    more: int
    #: what becomes of it if they are closed too late; "" where that changes nothing
    lapse: str


def drawn(seat: Seat, marked: int) -> SafeString:
    """The unit's figures with their places, drawn once a minute; nothing where the pack ranks by nothing, or the unit
    is in no group.  `marked` is the stamp of what was recorded for the past (`ledger.backdated`)."""
    stamp: Hashable = (marked, seat.directory.stamp)
    unit, day = seat.unit.id, seat.now.astimezone(SHANGHAI).date()
    found = kept(("league", seat.directory.centre_id, day), stamp, lambda: _counted(seat.directory, seat.now))
    if found is None:
        return SafeString()
    mine = ("standings", unit, found.period.code, found.scope.cutoff)
    return kept(mine, stamp, lambda: _drawn(_standings(seat, found)))


def _drawn(found: list[Standing]) -> SafeString:
    if not found:
        return SafeString()
    nobody = all(at.nobody for at in found)
    return render_to_string("desk/_places.html", {"places": found, "nobody": nobody, "period": found[0].period})


def _standings(seat: Seat, found: Counted) -> list[Standing]:
    unit = seat.unit.id
    group = next((units for units in found.groups.values() if unit in units), None)
    if group is None:
        return []
    open_ = _open(found.scope, unit)
    leagues = found.leagues(group)
    return [_standing(seat, found, league, open_) for league in leagues]


def measures_behind(seat: Seat, code: str, cutoff: datetime) -> tuple[str, list[int]]:
    """(title, ids of the orders) behind the unit's own figure `code` as it was counted at `cutoff`.  Raises LookupError
    for what is not ranked by."""
    found = _period(seat.directory, cutoff)
    if found is None or code not in {ranked.of for ranked in found[2].ranking.by}:
        raise LookupError(code)
    _, scope, pack = found
    rule, where = pack.formulas[code], {"unit_id": [seat.unit.id]}
    with one_moment():
        ids = {pk for name in sorted(rule.names & MEASURES.keys()) for pk in order_ids(scope, name, where)}
    return rule.title, sorted(ids)


def _period(directory: Snapshot, at: datetime) -> tuple[Period, Scope, Pack] | None:
    """The running period by which the pack that speaks for it ranks, cut off at `at`."""
    for every in EVERY:
        running = periods.of(every, at.astimezone(SHANGHAI).date())
        try:
            scope, pack = period(directory, running.first, running.last, at)
        except LookupError:
            continue
        if pack.ranking.every == every and pack.ranking.by:
            return running, scope, pack
    return None


def _counted(directory: Snapshot, at: datetime) -> Counted | None:
    found = _period(directory, at)
    if found is None:
        return None
    running, scope, pack = found
    names = sorted({name for ranked in pack.ranking.by for name in pack.formulas[ranked.of].names})
    with one_moment():
        by_unit = count(scope, names, by=["unit_id"])
    then, groups = history.as_of(directory, scope.cutoff), dict[str, set[int]]()
    for line in then.units.values():
        counted = any(by_unit.get((line.id,), {}).values())
        if line.ranking_group and (line.active or counted):
            groups.setdefault(line.ranking_group, set()).add(line.id)
    measures: dict[int, Measures] = {unit: values for (unit,), values in by_unit.items() if unit}
    return Counted(running, scope, pack, measures, {code: frozenset(units) for code, units in groups.items()})


def _open(scope: Scope, unit: int) -> list[Open]:
    """What the unit has in hand of what the ruler counts as handled in the period and not late, due first."""
    # One drawing for all of the unit: without what complains of one of them (C64).
    own = Share.objects.filter(unit=unit, state__in=IN_HAND, depth=0, order__recused=None, order__recused_units=None)
    shares = own.values_list("pk", "order", "order__number")
    running = {pk: (order, number) for pk, order, number in shares}
    if not running:
        return []
    columns = ("order_id", "given_id", "unit_id", "late", "passed")
    orders = sorted({order for order, _ in running.values()})
    with one_moment():
        rows = lines_of(scope, "handled", columns, orders)
    mine = [share for _, share, of, late, passed in rows if of == unit and share in running and not (late or passed)]
    limits = Clock.objects.filter(share__in=mine, kind__in=("handle", "resubmit"), ended_at=None, task=None)
    due = dict(limits.order_by("-due").values_list("share", "due"))
    found = [Open(running[share][1], due.get(share)) for share in mine]
    return sorted(found, key=lambda each: (each.due is None, each.due or scope.cutoff, each.number))


def _standing(seat: Seat, found: Counted, league: League, open_: list[Open]) -> Standing:
    rule, unit = league.rule, seat.unit.id
    now, mine = league.place(unit), found.by_unit.get(unit, {})
    left = open_[:TRIED]
    lifted, lapsed = league.lifted(unit, len(left)), league.lapsed(unit, len(left))
    names = sorted(rule.names, key=rule.of.text.find)
    shown = rule.show_value(now.value)
    query = urlencode({"of": rule.name, "at": stamped(found.scope.cutoff)})
    return Standing(
        code=rule.name,
        title=rule.title,
        shown=shown,
        base="、".join(f"{MEASURES[name].title}\u00a0{mine.get(name, 0)}" for name in names),
        definition=f"{in_words(rule.of.text, rule.names)}，{BEST[league.best]}。",
        place=_place(now),
        nobody=not now.among,
        among=f"{found.pack.units.group_title(seat.unit.ranking_group)}共 {now.among} 家",
        period=f"{found.period.name}，截至 {found.scope.cutoff.astimezone(SHANGHAI):%m-%d %H:%M}",
        url="" if shown == NOTHING else f"{reverse('desk:place')}?{query}",
        change=_lifted(rule, now, lifted, len(left)),
        orders=_named(seat, left[: lifted.number]) if lifted else (),
        more=max(lifted.number - NAMED, 0) if lifted else 0,
        lapse=_lapsed(rule, lapsed),
    )


def _place(at: Place) -> str:
    """`第 14 名`, `第 1 名（并列）`; `-` where nothing was counted."""
    return f"第 {at.place} 名{'（并列）' if at.tied else ''}" if at.place else NOTHING


def _lifted(rule: FormulaRule, now: Place, change: Change | None, left: int) -> str:
    """`最早到期的 3 件在时限前办结，办结率由 82.14% 变为 86.00%，名次由第 14 名变为第 11 名（其他单位不变）。`"""
    if change is None:
        still = f"在手的 {left} 件都在时限前办结，{rule.title}仍是 {rule.show_value(now.value)}。"
        return still if left and now.place and rule.names & IN_TIME.keys() else ""
    which = f"最早到期的 {change.number} 件" if change.number < left else f"在手的 {left} 件都"
    became = f"{rule.title}由 {rule.show_value(now.value)} 变为 {rule.show_value(change.place.value)}"
    if now.place is None:
        place = f"排{_place(change.place)}"
    elif change.place.before(now):
        place = f"名次由{_place(now)}变为{_place(change.place)}"
    else:
        place = f"名次仍是{_place(change.place)}"
    return f"{which}在时限前办结，{became}，{place}（其他单位不变）。"


def _lapsed(rule: FormulaRule, change: Change | None) -> str:
    if change is None:
        return ""
    value = rule.show_value(change.place.value)
    return f"这 {change.number} 件都逾期才办结的，{rule.title}变为 {value}，{_place(change.place)}。"


def _named(seat: Seat, chosen: list[Open]) -> tuple[tuple[str, str, str], ...]:
    """(number, address, until when) of the first of them."""
    return tuple(
        (each.number, reverse("desk:order", args=[each.number]), due_words(each.due, seat.now) if each.due else "")
        for each in chosen[:NAMED]
    )
