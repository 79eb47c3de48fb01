"""The duty rules of a pack (``[[task]]``): what an event lays on a post, and what may not be done before it is met."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, InstanceOf, ValidationInfo, field_validator
from pydantic import model_validator as model_check

from lianxin.rules import lifecycle
from lianxin.rules.conditions import Condition
from lianxin.rules.context import CLOCK_KINDS, EVENTS, MORE_EVENTS, ROLES, known_event
from lianxin.rules.formulas import show_percent
from lianxin.rules.policy_rows import ClockRule, Code, ForwardSpan, Part, Row, Text, carriers, condition, span
from lianxin.rules.worktime import Span

#: Where the post is looked for: in the unit that has the share, at the centre, in the unit above it.
PLACES = ("unit", "centre", "above")
#: The kinds of petitions that verbs of their own file and decide, by the event that files one.
PETITIONS = {"return_filed": "return", "extension_filed": "extension"}
#: The events whose act names a person.
NAMING = frozenset({"planned", "promised", "milestone"})
#: Outcomes by which a task was not met, which no rule gives another meaning: it fell away, a leader opened it, its
#: period passed, it did not count, what it was owed for stands no more.
NOT_MET = frozenset({"cancelled", "waived", "unmet", "exempt", "void"})
#: What a task ends with where the rule names no outcomes.
DONE = "done"
#: What no rule may bar: who meets, passes on or opens a task, and what the book does by itself.
NEVER_BARRED = frozenset(row.action for row in lifecycle.TABLE if row.action.startswith(("task.", "clock.", "caller.")))
#: The posts on which a duty may lie, with their titles.
DOERS = {role: title for role, title in ROLES.items() if role in lifecycle.find("task.done").posts}


@dataclass(frozen=True, slots=True)
class PartOf:
    """A part of a limit that runs: ``50% of handle``, of the clock of that kind on the same thing."""

    part: Fraction
    kind: str

    @classmethod
    def parse(cls, text: str) -> PartOf | None:
        """None for anything else."""
        found = re.fullmatch(r"(100|[1-9]\d?)% of ([A-Za-z][A-Za-z0-9_-]{0,23})", text, re.ASCII)
        return cls(Fraction(int(found[1]), 100), found[2]) if found else None

    def not_before(self, other: PartOf) -> bool:
        """Whether it is of the same limit and passes when the other does, or later."""
        return self.kind == other.kind and self.part >= other.part

    def __str__(self) -> str:
        known = CLOCK_KINDS.get(self.kind)
        return f"不超过{known.title if known else self.kind}时限的{show_percent(self.part, 0)}"


def petition_of(event: str) -> str:
    """The kind of petition that the event files; `""` for any other event."""
    return PETITIONS.get(event) or (event.removeprefix("filed.") if event.startswith("filed.") else "")


def _role(value: Any) -> Any:
    if not isinstance(value, str) or value not in DOERS:
        raise ValueError(f"{'、'.join(DOERS)} 中的岗位")
    return value


PostRole = Annotated[str, BeforeValidator(_role)]
Place = Literal["unit", "centre", "above"]
OutcomeCode = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,15}$")]


class Element(Part):
    """What the answer to a task must contain."""

    title: Text
    min_length: int = Field(2, ge=1, le=2000)


class Outcome(Part):
    """How a task may end."""

    code: OutcomeCode
    title: Text

    @field_validator("code")
    @classmethod
    def _free(cls, value: str) -> str:
        if value in NOT_MET:
            raise ValueError(f"{'、'.join(sorted(NOT_MET))} 以外的代码")
        return value


class Level(Part):
    """Who decides a petition before the post of the rule does, in turn."""

    post: PostRole
    at: Place = "unit"
    allow: ForwardSpan | None = None


class TaskRule(Row):
    """A duty: ``from`` the event a task lies on ``post``; within ``allow``; ``before`` it is met these verbs wait.

    Within a kind the first rule whose ``when`` holds is taken, as with clocks.
    """

    table: ClassVar[str] = "task"

    kind: Code = Field(description="待办种类")
    on: Literal["order", "share", "members"] = Field(
        "share", description="挂在工单、承办件，还是同一事项其他工单的承办件上"
    )
    when: Annotated[InstanceOf[Condition], BeforeValidator(condition)] | None = None
    start_on: tuple[str, ...] = Field(alias="from", description="由什么事件产生")
    post: PostRole = Field(description="责任岗位")
    #: the post of the unit's rapid team that serves the order's area has it, where one is on duty
    team: bool = Field(False, description="由负责该区域的快速反应队伍承担")
    otherwise: tuple[PostRole, ...] = Field((), alias="else", description="岗位空缺时由谁承担")
    at: Place = Field("unit", description="哪里的岗位")
    office: bool = False
    #: whoever the act names has it: `post` says at which post of his unit he has it
    named: bool = Field(False, description="由交办的操作指定到人")
    allow: InstanceOf[Span] | InstanceOf[PartOf] | Literal["given"] | None = Field(None, description="时限")
    #: from when on it is shown and lies on somebody; a span counts from the event
    after: InstanceOf[Span] | InstanceOf[PartOf] | None = Field(None, description="过多久才交办")
    #: of a part of a limit: so long at least, however much of that limit has passed
    least: ForwardSpan | None = Field(None, description="至少给多久")
    warn: InstanceOf[Span] | None = None
    before: tuple[str, ...] = Field((), description="未办结之前不能做的动作")
    bars: Literal["people", "all"] = Field("people", description="只拦人工操作，还是导入、平台的也拦")
    elements: tuple[Element, ...] = Field((), description="办结时必须写明的要素")
    outcomes: tuple[Outcome, ...] = Field((), description="办结的几种结果")
    holds: bool = Field(False, description="办结之前工单停在该岗位")
    ends_with: tuple[str, ...] = Field((), description="由该岗位的哪些动作办结")
    #: what it was owed for stands no more (the result was sent back): it falls away, never as met
    falls_with: tuple[str, ...] = Field((), description="因哪些事件不再作数")
    not_handler: bool = Field(False, description="经办过该件的人不能办结")
    whoever: bool = Field(False, description="他人的同一动作也算")
    levels: tuple[Level, ...] = Field((), description="逐级审签")

    @field_validator("start_on", "ends_with", "falls_with", mode="before")
    @classmethod
    def _events(cls, value: Any) -> tuple[str, ...]:
        events = value if isinstance(value, tuple) else (value,)
        if any(not isinstance(event, str) or not known_event(event) for event in events):
            raise ValueError(f"{'、'.join(EVENTS)}，或 {MORE_EVENTS}")
        return events

    @field_validator("before")
    @classmethod
    def _verbs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = {row.action for row in lifecycle.TABLE} - NEVER_BARRED
        if strange := [action for action in value if action not in known]:
            raise ValueError(f"可以拦下的动作（{'、'.join(sorted(known))}），没有“{strange[0]}”")
        return value

    @field_validator("allow", "after", "warn", mode="before")
    @classmethod
    def _spans(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None or (value == "given" and info.field_name == "allow"):
            return value
        if info.field_name != "warn" and isinstance(value, str) and (part := PartOf.parse(value)):
            return part
        return span(value, office=info.data.get("office", False), backward=info.field_name == "warn")

    @model_check(mode="after")
    def _begins(self) -> TaskRule:
        if not self.start_on:
            raise ValueError("至少一个产生它的事件（from）")
        for event in self.start_on:
            if self.on == "members" and event != "matter_joined":
                raise ValueError("挂在同一事项其他工单上的，由 matter_joined 产生")
            if self.on != "members" and self.on not in carriers(event):
                raise ValueError(f"由涉及“{self.on}”的事件产生的待办，{event} 不涉及")
            if self.named and event not in NAMING:
                raise ValueError(f"指定到人的待办由 {'、'.join(sorted(NAMING))} 产生，{event} 不指定人")
            if self.team and (self.at != "unit" or self.named or self.levels):
                raise ValueError('由快速反应队伍承担的待办，在承办单位（at = "unit"）、不指定到人、不逐级审签')
            if self.kind != (kind := petition_of(event) or self.kind):
                raise ValueError(f"由 {event} 产生的待办种类是 {kind}")
        return self

    @model_check(mode="after")
    def _comes_and_goes(self) -> TaskRule:
        if both := sorted({*self.ends_with} & {*self.falls_with}):
            raise ValueError(f"一个事件或者办结它（ends_with）、或者使它不再作数（falls_with），{both[0]} 两处都写了")
        if self.petition and self.falls_with:
            raise ValueError("申请由审定结束，不写 falls_with")
        after, allow = self.after, self.allow
        if after is not None and (self.petition or self.named or allow == "given"):
            raise ValueError("申请、指定到人、由操作写明时限的待办，当时就交办，不写 after")
        if isinstance(after, PartOf) and isinstance(allow, PartOf) and after.not_before(allow):
            parts = (show_percent(part, 0) for part in (after.part, allow.part))
            raise ValueError(f"先交办（after）、后到期（allow），现为{'、'.join(parts)}")
        return self

    @property
    def petition(self) -> bool:
        """Whether it is decided, not done."""
        return bool(self.levels) or any(petition_of(event) for event in self.start_on)

    @property
    def personal(self) -> bool:
        """Whether it is one person's, not whoever's has the post: whom the act named, or who has not handled it."""
        return self.named or self.not_handler

    @property
    def limit(self) -> ClockRule | None:
        """Its time limit as a clock that runs on the task; None where it has none, or the act names the date."""
        return limit_of(self, len(self.levels))

    @cached_property
    def clocks(self) -> dict[Span, ClockRule]:
        """Its limits as clocks, made when first asked for: every task that is laid asks (`limit_of`)."""
        return {}

    def outcome(self, code: str) -> str:
        """The title of an outcome."""
        return next((known.title for known in self.outcomes if known.code == code), "办结" if code == DONE else code)


def limit_of(rule: TaskRule, level: int = 0) -> ClockRule | None:
    """The limit of a task of this rule at its `level` (of a petition: how many have agreed before); None where it has
    none, or the act names the date."""
    allow = rule.levels[level].allow if level < len(rule.levels) else rule.allow
    if not isinstance(allow, Span):
        return None
    if allow not in rule.clocks:
        rule.clocks[allow] = _as_clock(rule, allow)
    return rule.clocks[allow]


def _as_clock(rule: TaskRule, allow: Span) -> ClockRule:
    words = {name: getattr(rule, name) for name in ("id", "title", "clause", "origin", "kind", "start_on", "office")}
    return ClockRule.model_construct(
        **words, allow=allow, warn=rule.warn, on="task", until=(), when=rule.when, end=None
    )
