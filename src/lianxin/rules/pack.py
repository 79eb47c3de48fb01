"""A policy pack in hand, laid over its base: what its rows and settings say of an event, a code, a name."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, field_validator

from lianxin.rules import layers
from lianxin.rules.policy_labels import LabelRule
from lianxin.rules.policy_petitions import PetitionRule, RaisingRule
from lianxin.rules.policy_queues import QueueRule
from lianxin.rules.policy_reading import setting as _setting
from lianxin.rules.policy_rounds import DutyRule, WatchRule
from lianxin.rules.policy_rows import (
    AppealClass,
    ClockRule,
    Code,
    FormulaRule,
    LadderRule,
    Part,
    RedirectRule,
    Row,
    SystemRule,
    Text,
)
from lianxin.rules.policy_settings import Settings
from lianxin.rules.policy_sources import SourceRule
from lianxin.rules.policy_tasks import TaskRule

#: Between which days a pack may come into force, as everywhere in the directory (directory.dates).
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)

Version = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,15}$")]


class Header(Part):
    """The ``[pack]`` table."""

    id: Code = Field(description="规则包的标识，与文件名相同")
    title: Text = Field(description="文件的标题")
    version: Version = Field(description='版本，如 "1"')
    effective: date = Field(description="施行日期")
    extends: Code | None = None

    @field_validator("effective")
    @classmethod
    def _in_use(cls, value: date) -> date:
        if not FIRST <= value <= LAST:
            raise ValueError(f"{FIRST} 至 {LAST} 之间的日期")
        return value


class Pack(Settings):
    """One policy pack, laid over its base. Immutable; safe to share between threads.

    ``own`` holds every row that the file itself states, ``clocks`` and the other tables those and the base's.
    ``texts`` are the files that it was read from, its own and those of its bases, by id.
    """

    id: str
    title: str
    version: str
    effective: date
    extends: str | None
    base: Pack | None = Field(repr=False)
    own: tuple[Row, ...] = Field(repr=False)
    stated: dict[str, Any] = Field(repr=False)
    texts: dict[str, str] = Field(repr=False)
    clocks: tuple[ClockRule, ...]
    tasks: tuple[TaskRule, ...]
    duties: tuple[DutyRule, ...]
    watches: tuple[WatchRule, ...]
    petitions: tuple[PetitionRule, ...]
    raisings: tuple[RaisingRule, ...]
    queue_rules: tuple[QueueRule, ...]
    formulas: dict[str, FormulaRule]
    ladders: tuple[LadderRule, ...]
    redirects: dict[str, RedirectRule]
    classes: dict[str, AppealClass]
    sources: dict[str, SourceRule]
    labels: dict[str, LabelRule]
    systems: tuple[SystemRule, ...]

    @cached_property
    def rules(self) -> tuple[Row, ...]:
        """Every row, in words or numbers: the pack's own, then those of its base that stay."""
        if self.base is None:
            return self.own
        gone = {id(old) for _, old in self.replaced}
        return self.own + tuple(row for row in self.base.rules if id(row) not in gone)

    @cached_property
    def replaced(self) -> tuple[tuple[Row, Row], ...]:
        """(row, row of the base that gave way to it), in the order of the base."""
        return tuple(layers.replaced(self.own, self.base.rules)) if self.base else ()

    @cached_property
    def _by_event(self) -> dict[str, tuple[ClockRule, ...]]:
        events = {event for rule in self.clocks for event in rule.start_on}
        return {event: tuple(r for r in self.clocks if event in r.start_on) for event in events}

    @cached_property
    def _reads(self) -> dict[str, frozenset[tuple[str, str]]]:
        return {
            event: frozenset(pair for rule in rules if rule.when for pair in rule.when.reads)
            for event, rules in self._by_event.items()
        }

    @cached_property
    def _by_id(self) -> dict[str, ClockRule]:
        return {rule.id: rule for rule in self.limits}

    def clocks_on(self, event: str) -> tuple[ClockRule, ...]:
        """The clock rules that this event may start, in the order in which they are tried."""
        return self._by_event.get(event, ())

    def reads_on(self, event: str) -> frozenset[tuple[str, str]]:
        """The (part, field) pairs of the context that the conditions of ``clocks_on(event)`` look at."""
        return self._reads.get(event, frozenset())

    @cached_property
    def limits(self) -> tuple[ClockRule, ...]:
        """Every rule by which a clock may run: those of clocks, and the limits of duties."""
        duties = (rule.limit for rule in self.tasks)
        return (*self.clocks, *(clock for clock in duties if clock is not None))

    @cached_property
    def _tasks_by_event(self) -> dict[str, tuple[TaskRule, ...]]:
        events = {event for rule in self.tasks for event in rule.start_on}
        return {event: tuple(r for r in self.tasks if event in r.start_on) for event in events}

    @cached_property
    def _tasks_by_id(self) -> dict[str, TaskRule]:
        return {rule.id: rule for rule in self.tasks}

    @cached_property
    def task_reads(self) -> frozenset[tuple[str, str]]:
        """The (part, field) pairs of the context that the conditions of duties look at."""
        return frozenset(pair for rule in self.tasks if rule.when for pair in rule.when.reads)

    @cached_property
    def barred(self) -> frozenset[str]:
        """The actions that an open task of some rule may bar."""
        return frozenset(action for rule in self.tasks for action in rule.before)

    def tasks_on(self, event: str) -> tuple[TaskRule, ...]:
        """The duty rules that this event may call upon, in the order in which they are tried."""
        return self._tasks_by_event.get(event, ())

    def task(self, rule_id: str) -> TaskRule | None:
        """The duty rule of this id (as kept in a task); None where the task came from a verb itself."""
        return self._tasks_by_id.get(rule_id)

    def clock(self, rule_id: str) -> ClockRule:
        """The clock rule of this id (as kept in a running clock); KeyError if the pack has none."""
        return self._by_id[rule_id]

    def clock_like(self, rule_id: str, kind: str) -> ClockRule | None:
        """The rule of this id or, where its id is another now, the last of its kind: the one for all other cases."""
        alike = [rule for rule in self.clocks if rule.kind == kind]
        return self._by_id.get(rule_id) or (alike[-1] if alike else None)

    def petition_kind(self, code: str) -> PetitionRule | None:
        """The rule of a kind of petitions that the pack names itself; None for any other kind."""
        return next((rule for rule in self.petitions if rule.code == code), None)

    def raising(self, kind: str) -> RaisingRule | None:
        """The rule by which petitions of a kind, or promises, are raised to the upper platform; None where none are."""
        return next((rule for rule in self.raisings if rule.petition == kind), None)

    def petition_title(self, code: str) -> str:
        """What such a kind is called; the code itself where the pack has none of it."""
        rule = self.petition_kind(code)
        return rule.title if rule else code

    def petition_reason(self, kind: str, code: str) -> str:
        """What a reason of such a kind, or of a return, is called."""
        rule = self.petition_kind(kind)
        return rule.reason_title(code) if rule else self.petition.return_.reason_title(code)

    def judged_title(self, code: str) -> str:
        """What a granted petition has found, in words: 不合理诉求上报：无事实依据."""
        found = (rule for rule in self.petitions if code in {reason.code for reason in rule.reasons})
        rule = next(found, None)
        return f"{rule.title}：{rule.reason_title(code)}" if rule else code

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over the texts of the pack and of all that it stands on."""
        return hashlib.sha256(json.dumps(self.texts, sort_keys=True).encode()).hexdigest()

    def setting(self, path: str) -> Any:
        """The setting at a dotted path, such as ``callback.tries``; KeyError if there is none."""
        return _setting(self, path)
