"""Duties that come round (``[[duty]]``): laid as their period begins, met by what is new in the book, over at its end.

Nothing here is part of anybody's act: a job looks what is owed, what was written since it looked last (`ledger.feed`),
and records it on the unit's file.  It may be run twice, late, or on several machines.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import feed
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import Recorded, record_many
from lianxin.ledger.models import Entry, Task
from lianxin.proceedings.models import Proceeding
from lianxin.rules import periods
from lianxin.rules.periods import Period
from lianxin.rules.policy_rounds import DutyRule

from . import owed
from .everywhere import each_centre
from .evidence import Open, Proof, taken_back, written
from .owed import Owed
from .verbs import open_duties

_log = logging.getLogger(__name__)
#: At most so many acts in one transaction.
BATCH = 500
READER = "duties"


def run(at: datetime) -> int:
    """Lay, meet and end what is due by `at` in every centre.  Returns how many entries were made."""
    return each_centre(lambda centre: Round(centre, at).run())


@dataclass
class Round:
    """One look at a centre."""

    centre: int
    at: datetime
    _done: int = field(default=0, init=False)
    _rules: dict[tuple[str, str], DutyRule | None] = field(default_factory=dict, init=False)

    def run(self) -> int:
        if not self._concerned():
            return 0
        fresh = self._lay()
        feed.read(f"{READER}:{self.centre}", self.at, lambda since, until: self._meet(since, until, fresh))
        self._archive()
        return self._done

    @cached_property
    def directory(self) -> Snapshot:
        return snapshot.of(self.centre)

    def _concerned(self) -> bool:
        """Whether any rule book of the centre lays duties, or one lies there from before."""
        ruled = any(True for _ in owed.current(self.directory, self.at))
        return ruled or open_duties(proceeding__centre=self.centre).exists()

    # --- laying -----------------------------------------------------------------------------
    def _lay(self) -> set[tuple[str, str, int]]:
        """Lay what is owed and not there yet.  Returns what was laid now: what was done since its period began may be
        older than what the feed still shows."""
        running = {period.code: period for _, period, _ in owed.current(self.directory, self.at)}
        tasks = Task.objects.filter(proceeding__centre=self.centre, period__in=running)
        laid = Counter(tasks.values_list("rule", "period", "unit_id"))
        proved = tasks.exclude(pk__in=self._unproved(running.values()))
        missing = list(owed.missing(self.directory, self.at, set(proved.values_list("rule", "period", "unit_id"))))
        files = self._files({(thing.unit, thing.period.code[:4]) for thing in missing})
        acts = [self._laying(thing, files[thing.unit, thing.period.code[:4]], laid[thing.key]) for thing in missing]
        self._record([act for act in acts if act is not None])
        return {thing.key for thing in missing}

    def _unproved(self, running: Iterable[Period]) -> list[int]:
        """The tasks of these periods that are settled by what was taken back since: they are owed again."""
        since = min((period.start for period in running), default=self.at)
        wrong = taken_back().filter(centre=self.centre, ended_at__gte=since).values_list("number", flat=True)
        if not (numbers := list(wrong)):
            return []
        # What was taken back since then proved nothing before it was told.
        settled = Entry.objects.filter(written_at__gte=since, action="duty.settled", proceeding__centre=self.centre)
        return list(settled.filter(payload__evidence__has_any_keys=numbers).values_list("payload__task", flat=True))

    def _files(self, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], int | None]:
        """The file of each unit and year, opened if there is none."""
        found = self._known_files(wanted)
        acts = [self._opening(unit, year) for unit, year in sorted(wanted - found.keys())]
        self._record(acts)
        found |= self._known_files(wanted - found.keys())
        return {key: found.get(key) for key in wanted}

    def _known_files(self, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
        if not wanted:
            return {}
        files = Proceeding.objects.filter(centre=self.centre, kind="unit_file", ended_at=None)
        files = files.filter(unit__in={unit for unit, _ in wanted}, period__in={year for _, year in wanted})
        return {(unit, year): pk for pk, unit, year in files.values_list("pk", "unit_id", "period")}

    def _opening(self, unit: int, year: str) -> Act:
        name = self.directory.units[unit].name
        payload = {"title": f"{name}{year}年履职台账", "unit": unit, "period": year}
        return self._act("unit_file.opened", payload, key=f"unit_file:{self.centre}:{unit}:{year}")

    def _laying(self, thing: Owed, file: int | None, times: int) -> Act | None:
        """`times`: how often it was laid before."""
        if file is None:  # refused, which the log tells
            return None
        rule, period, unit = thing
        posts = self.directory.posts_at(unit, rule.post)
        # Of a post without A whoever has the shift: it is not vacant.
        holder = (posts[0].holder_a or self.directory.holder(posts[0].id, self.at)) if posts else None
        calendar = self.directory.calendar_at(period.start)
        warn = rule.warn.before(period.end, calendar) if rule.warn else None
        payload = {
            "rule": rule.id,
            "title": rule.title,
            "period": period.code,
            "post": rule.post,
            "due": period.end,
            "warn": max(warn, self.at) if warn else None,
            "holder": holder,
        }
        key = f"duty:{self.centre}:{unit}:{rule.id}:{period.code}"
        return self._act("duty.laid", payload, order=file, key=f"{key}:{times}" if times else key)

    # --- meeting and ending -----------------------------------------------------------------
    def _meet(self, since: datetime, until: datetime, fresh: set[tuple[str, str, int]]) -> None:
        """Settle what is proved by entries written since, what does not count, and what is over by `until`."""
        tasks = open_duties(proceeding__centre=self.centre).select_related("proceeding").order_by("pk")
        duties = [*self._with_each([self._open(task) for task in tasks])]
        seen = list(self._proofs([duty for duty in duties if duty.rule is not None], since, fresh))
        self._record([act for duty in duties if (act := self._settling(duty, duty.proofs(seen), until)) is not None])

    def _open(self, task: Task) -> Open:
        period, key = periods.parse(task.period), (task.rule, task.period)
        if key not in self._rules:
            self._rules[key] = owed.rule_of(self.directory, task.rule, period)
        return Open(task, period, self._rules[key])

    def _with_each(self, duties: Sequence[Open]) -> Iterator[Open]:
        """With what each unit has, of those that are owed for each of it."""
        asking: dict[tuple[str, str], set[int]] = defaultdict(set)
        for duty in duties:
            if duty.rule is not None and duty.rule.each is not None:
                asking[duty.rule.id, duty.period.code].add(duty.task.unit_id)
        found = {key: self._each_of(key, units) for key, units in asking.items()}
        for duty in duties:
            has = found.get(duty.key[:2], {}).get(duty.task.unit_id, ())
            yield replace(duty, each=frozenset(has))

    def _each_of(self, key: tuple[str, str], units: set[int]) -> Mapping[int, set[str]]:
        rule = self._rules[key]
        assert rule is not None
        return owed.each_of(rule, units, periods.parse(key[1]))

    def _proofs(self, duties: Sequence[Open], since: datetime, fresh: set[tuple[str, str, int]]) -> Iterator[Proof]:
        """What was written since, or since its period began of a duty that was only laid now, and of one that asks for
        several acts."""
        asking: dict[datetime, list[Open]] = defaultdict(list)
        for duty in duties:
            whole = duty.key in fresh or duty.several
            asking[min(since, duty.period.start) if whole else since].append(duty)
        for first, of_them in asking.items():
            yield from written(of_them, first)

    def _settling(self, duty: Open, proofs: list[Proof], until: datetime) -> Act | None:
        """The act that settles it now, if any."""
        if counted := duty.counted(proofs):
            late = any(proof.recorded_at >= duty.period.end for proof in counted)
            numbers = list(dict.fromkeys(proof.number for proof in counted))
            return self._settled(duty, "late" if late else "done", counted[-1].at, evidence=numbers)
        if (why := duty.does_not_count(self.directory)) and self.at < duty.period.end:
            return self._settled(duty, "exempt", self.at, why=why)
        if min(until, self.at) >= duty.closes(self.directory):
            if duty.rule is not None and duty.rule.each and not duty.each:
                return self._settled(duty, "exempt", self.at, why="期末没有须逐件履行的事项")
            return self._settled(duty, "unmet", self.at)
        return None

    def _settled(self, duty: Open, outcome: str, at: datetime, *, evidence: Sequence[str] = (), why: str = "") -> Act:
        payload = {
            "task": duty.task.pk,
            "title": duty.title,
            "period": duty.period.code,
            "outcome": outcome,
            "evidence": evidence,
            "why": why,
        }
        file = duty.task.proceeding
        assert file is not None
        return self._act("duty.settled", payload, order=file.pk, at=max(at, file.registered_at))

    def _archive(self) -> None:
        """Files of years that are over, in which nothing is open."""
        year = periods.of("year", self.at).code
        files = Proceeding.objects.filter(centre=self.centre, kind="unit_file", ended_at=None, period__lt=year)
        busy = open_duties(proceeding__centre=self.centre).values("proceeding")
        over = files.exclude(pk__in=busy).values_list("pk", flat=True)
        self._record([self._act("unit_file.closed", {}, order=pk) for pk in over])

    # --- the door ---------------------------------------------------------------------------
    def _act(self, verb: str, payload: dict[str, object], *, at: datetime | None = None, **more: Any) -> Act:
        return Act(verb=verb, actor=Actor.system(self.centre), at=at or self.at, payload=payload, **more)

    def _record(self, acts: Sequence[Act]) -> None:
        for start in range(0, len(acts), BATCH):
            results = record_many(acts[start : start + BATCH], collect=True)
            self._done += sum(isinstance(result, Recorded) and not result.repeated for result in results)
            for sentence, count in Counter(str(r) for r in results if isinstance(r, Refused)).items():
                _log.warning("%d duties could not be recorded: %s", count, sentence)
