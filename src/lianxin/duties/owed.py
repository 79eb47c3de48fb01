"""Who owes what for which period, by the pack that is in force on the period's last day."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet

from lianxin.directory.history import known
from lianxin.directory.lines import UnitLine
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import unjudged
from lianxin.orders.models import Share
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.proceedings.models import Proceeding, ProceedingFacts
from lianxin.rules import periods
from lianxin.rules.context import complete
from lianxin.rules.pack import Pack
from lianxin.rules.periods import Period
from lianxin.rules.policy import PolicyError
from lianxin.rules.policy_rounds import DutyRule

#: From a period's end back to its last instant.
LAST = timedelta(microseconds=1)


#: What a unit has at work that duties speak of: measures of the unit, and what `DutyRule.each` may name.
RUNNING = {"promises": ("promise", "kept")}


class Owed(NamedTuple):
    """A duty of a period, and the unit that owes it."""

    rule: DutyRule
    period: Period
    unit: int

    @property
    def key(self) -> tuple[str, str, int]:
        """As a task has it: rule, period, unit."""
        return self.rule.id, self.period.code, self.unit


def pack_of(directory: Snapshot, period: Period) -> Pack | None:
    """The rule book of a period: the one in force on its last day.  None where there is none that can be read."""
    with suppress(LookupError, PolicyError):
        return directory.pack(period.end - LAST)
    return None


def rule_of(directory: Snapshot, rule: str, period: Period) -> DutyRule | None:
    """The duty of that id for a period; None where its pack has none of it."""
    pack = pack_of(directory, period)
    return next((duty for duty in pack.duties if duty.id == rule), None) if pack else None


def current(directory: Snapshot, at: datetime) -> Iterator[tuple[DutyRule, Period, Pack]]:
    """The duties of the periods in which `at` lies."""
    for kind in periods.KINDS:
        period = periods.of(kind, at)
        if (pack := pack_of(directory, period)) is not None:
            yield from ((rule, period, pack) for rule in pack.duties if rule.every == kind)


def owing(directory: Snapshot, rule: DutyRule, period: Period) -> Iterator[UnitLine]:
    """The units that owe a duty for a period, whatever its condition says: in use, of the types that the rule names (or
    else with the post), and there before the period began."""
    for unit in directory.units.values():
        of_it = unit.type in rule.among if rule.among else bool(directory.posts_at(unit.id, rule.post))
        if of_it and unit.active and known(unit, directory, period.start):
            yield unit


def missing(directory: Snapshot, at: datetime, there: set[tuple[str, str, int]]) -> Iterator[Owed]:
    """What is owed at `at` and not laid yet (`there`: what is, as `Owed.key`)."""
    for rule, period, pack in current(directory, at):
        wanted = [unit for unit in owing(directory, rule, period) if (rule.id, period.code, unit.id) not in there]
        if rule.when is None or not wanted:
            yield from (Owed(rule, period, unit.id) for unit in wanted)
            continue
        failed = partial(unjudged.note, rule, directory.centre_id, f"{pack.id}@{pack.version}", period.name, at)
        counts = _counts(rule, period, [unit.id for unit in wanted], pack.figures.not_handled)
        for unit in wanted:
            facts = {"type": unit.type, "group": unit.ranking_group, **counts.get(unit.id, {})}
            if rule.when.holds(complete(unit=facts), failed):
                yield Owed(rule, period, unit.id)


def _counts(
    rule: DutyRule, period: Period, units: list[int], not_handled: Sequence[str]
) -> Mapping[int, dict[str, int]]:
    """What the condition asks to be counted, by unit: what came in the period (but for what was taken back or returned,
    which figures do not count either), what is open now."""
    assert rule.when is not None
    shares = Share.objects.filter(unit__in=units)
    asked: dict[str, QuerySet[Any]] = {
        "received": shares.filter(dispatched_at__gte=period.start, dispatched_at__lt=period.end).exclude(
            outcome__in=not_handled
        ),
        "open": shares.filter(state__in=RUNNING_STATES),
        **{name: Proceeding.objects.filter(kind=k, state=s, unit__in=units) for name, (k, s) in RUNNING.items()},
    }
    found: dict[int, dict[str, int]] = {}
    for name, rows in asked.items():
        if ("unit", name) in rule.when.reads:
            for unit, number in rows.order_by().values_list("unit").annotate(n=Count("pk")).values_list("unit", "n"):
                found.setdefault(unit, {})[name] = number
    return found


def each_of(rule: DutyRule, units: Collection[int], period: Period) -> Mapping[int, set[str]]:
    """The numbers of what these units have at work and had before the period was over, by unit: each of them is owed
    its act."""
    assert rule.each is not None
    kind, state = RUNNING[rule.each]
    then = ProceedingFacts.objects.filter(proceeding=OuterRef("pk"), state=state, known_from__lt=period.end)
    its = Proceeding.objects.filter(Exists(then), kind=kind, state=state, unit__in=units)
    found: dict[int, set[str]] = {}
    for unit, number in its.values_list("unit", "number"):
        found.setdefault(unit, set()).add(number)
    return found
