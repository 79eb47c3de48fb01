"""The rows of a policy pack: one model a kind of table (``[[clock]]``, ``[[formula]]``, …).

Every row carries ``id`` and either ``clause``, the original words of the document, or ``origin``, where a default comes
from. The id is the row of the founding documents that it fulfils (B10; a suffix after a dot tells apart rows of one
clause), S and a number of a default of the base pack, or ``PACK:name`` for what a pack adds by itself. No two rows of a
laid-over pack have one id. Whether a row is in force is never written down: see `rules.serving`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationInfo, field_validator
from pydantic import model_validator as model_check

from lianxin.rules import formulas
from lianxin.rules.conditions import Condition
from lianxin.rules.context import CLOCK_KINDS, EVENTS, MORE_EVENTS, OWN_KIND, known_event
from lianxin.rules.worktime import Span

#: The part of the context that only duties which come round look at.
UNIT = "unit"
Text = Annotated[str, Field(min_length=1)]
Texts = tuple[Text, ...]
Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,23}$")]
#: Codes that enter a column of an order, a share or a call-back are as short as the column.
BasisCode = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,15}$")]
ClassCode = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,15}$")]
#: Of a unit's type or group, a layer of call-backs, a reason for a return: columns of sixteen signs.
NameCode = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,15}$")]
GradeCode = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,19}$")]
RedirectCode = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,12}$")]
#: The founding documents (A to E) and how many rows each has.
MECHANISMS = {"A": 46, "B": 41, "C": 66, "D": 36, "E": 49}
_MECHANISM = re.compile(r"([A-ES])([0-9]{2})(\.[a-z_]{1,11})?")
_OF_PACK = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,23}):[a-z][a-z0-9_-]{0,23}(\.[a-z_]{1,11})?")


def _row_id(text: Any) -> str:
    said = text if isinstance(text, str) else ""
    if _OF_PACK.fullmatch(said):
        return said
    found = _MECHANISM.fullmatch(said)
    if not found:
        raise ValueError("“B10”“B10.urgent”一类的编号，或“规则包标识:名称”（如 zhoucun-2019:night）")
    most = MECHANISMS.get(found[1], 99)
    if not 1 <= int(found[2]) <= most:
        raise ValueError(f"{found[1]}01 至 {found[1]}{most} 之间的编号；依据文件之外自定的规则写“规则包标识:名称”")
    return said


RowId = Annotated[str, BeforeValidator(_row_id)]

_SPANS = "“60 minutes”“2 hours”“same day”“3 days”“3 workdays”一类的时限"


def span(text: Any, *, office: bool = False, backward: bool = False) -> Span:
    """A Span from a pack's text; ValueError in Chinese."""
    wanted = "“1 workday before”“30 minutes before”一类的提前量" if backward else _SPANS
    try:
        parsed = text if isinstance(text, Span) else Span.parse(str(text), office=office)
    except ValueError:
        raise ValueError(wanted + ("（办公时间只能用分钟或小时）" if office else "")) from None
    if parsed.backward != backward:
        raise ValueError(wanted)
    return parsed


def _forward(text: Any) -> Span:
    return span(text)


def _backward(text: Any) -> Span:
    return span(text, backward=True)


def _percent(text: Any) -> Fraction:
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)%", text, re.ASCII) if isinstance(text, str) else None
    if found is None:
        raise ValueError("“10%”一类的百分数（加引号）")
    return Fraction(found[1]) / 100


def condition(text: Any, info: ValidationInfo) -> Condition:
    """A condition from a pack's text that looks at an order and what hangs on it; ValueError in Chinese."""
    compiled = _condition(text, info)
    if any(part == UNIT for part, _ in compiled.reads):
        raise ValueError(f"不看 {UNIT} 的条件：单位一期的情形只有 [[duty]] 知道")
    return compiled


def _condition(text: Any, info: ValidationInfo) -> Condition:
    """Of a pack that was adopted nothing more is asked."""
    if not isinstance(text, str):
        raise ValueError("一条 CEL 条件（加引号）")
    compiled = Condition.compile(text)
    if (info.context or {}).get("adopted"):
        return compiled
    if problems := compiled.problems():
        raise ValueError("；".join(problems))
    return compiled


def condition_of_unit(text: Any, info: ValidationInfo) -> Condition:
    """A condition that looks at a unit's period alone."""
    compiled = _condition(text, info)
    if foreign := {part for part, _ in compiled.reads} - {UNIT}:
        raise ValueError(f"只看单位（{UNIT}）的条件，不看 {'、'.join(sorted(foreign))}")
    return compiled


def _formula(text: Any) -> formulas.Formula:
    if not isinstance(text, str):
        raise ValueError("一条算式（加引号）")
    return formulas.Formula.parse(text)


def _minutes(value: Any) -> Span:
    found = span(value)
    if found.unit not in ("minute", "hour") or not found.amount:
        raise ValueError("“30 minutes”“2 hours”一类的时长，须大于零")
    return found


MinuteSpan = Annotated[InstanceOf[Span], BeforeValidator(_minutes)]
ForwardSpan = Annotated[InstanceOf[Span], BeforeValidator(_forward)]
BackwardSpan = Annotated[InstanceOf[Span], BeforeValidator(_backward)]
Percent = Annotated[InstanceOf[Fraction], BeforeValidator(_percent)]


class Part(BaseModel):
    """Anything read from a pack: immutable, exact types, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


class Row(Part):
    """What every row has."""

    table: ClassVar[str]

    id: RowId = Field(description="对应机制的编号")
    title: Text = Field(description="规则的名称")
    clause: str = Field("", description="原文")
    origin: str = Field("", description="没有原文时的出处")
    note: str = ""
    replaces: tuple[str, ...] = Field((), description="所取代的下层规则的编号")

    #: whether any code acts upon rows of this kind
    served: ClassVar[bool] = True

    @property
    def key(self) -> str:
        """By what it is found, so that there is one of it: its id, a formula's name, a class's code."""
        return self.id

    @property
    def row(self) -> str:
        """The mechanism's id without the suffix: B09 of B09.urgent."""
        return self.id.partition(".")[0]

    @model_check(mode="after")
    def _has_words(self) -> Row:
        if not self.clause and not self.origin:
            raise ValueError("带有 clause（原文）或 origin（默认值的出处）的规则")
        return self


class ListRow(Row):
    """A row of a list that a pack may mean whole: with ``only`` no row of the base's list stays (`rules.layers`)."""

    only: bool = Field(False, description="本包所列即全部，不沿用下层规则包的同类规则")


class ClockRule(ListRow):
    """A deadline: what starts it, what stops it, how long it runs.

    ``end = "upstream_due"``: never later than the deadline that the upper platform set.  A kind that the product knows
    says itself what carries it (``on``) and what it is called (``title``); an invented one must.
    Within a kind the first rule whose ``when`` holds is taken.
    """

    table: ClassVar[str] = "clock"

    kind: Code = Field(description="时限种类")
    on: Literal["order", "share", "task"] = Field(description="时限挂在工单、承办件还是待办上")
    when: Annotated[InstanceOf[Condition], BeforeValidator(condition)] | None = None
    start_on: tuple[str, ...] = Field(alias="from", description="起算事件")
    until: tuple[str, ...] = Field(description="停止事件")
    office: bool = False
    allow: InstanceOf[Span] = Field(description="时限")
    warn: InstanceOf[Span] | None = None
    end: Literal["upstream_due"] | None = None

    @model_check(mode="before")
    @classmethod
    def _as_the_kind(cls, value: Any) -> Any:
        """What is not stated of a kind that the product knows is as it knows it."""
        kind = value.get("kind") if isinstance(value, Mapping) else None
        known = CLOCK_KINDS.get(kind) if isinstance(kind, str) else None
        return {"title": known.title, "on": known.on, **value} if known else value

    @field_validator("start_on", "until", mode="before")
    @classmethod
    def _events(cls, value: Any) -> tuple[str, ...]:
        events = value if isinstance(value, tuple) else (value,)
        if not events or any(not isinstance(event, str) or not known_event(event) for event in events):
            raise ValueError(f"{'、'.join(EVENTS)}，或 {MORE_EVENTS}")
        return events

    @field_validator("kind")
    @classmethod
    def _kind(cls, value: str) -> str:
        if value not in CLOCK_KINDS and not value.startswith(OWN_KIND):
            raise ValueError(f"{'、'.join(CLOCK_KINDS)} 之一，自定的种类以 {OWN_KIND} 开头")
        return value

    @field_validator("on")
    @classmethod
    def _on(cls, value: str, info: ValidationInfo) -> str:
        known = CLOCK_KINDS.get(info.data.get("kind", ""))
        if known and value != known.on:
            raise ValueError(f"与这种时限（{known.title}）相符的“{known.on}”")
        return value

    @model_check(mode="after")
    def _carried(self) -> ClockRule:
        """A clock on a share starts with what concerns a share."""
        if self.on == "task":
            raise ValueError("工单或承办件上的时限；待办的时限写在 [[task]] 的 allow")
        wrong = [event for event in self.start_on if self.on not in carriers(event)]
        if wrong:
            raise ValueError(f"由涉及“{self.on}”的事件起算的时限，{'、'.join(wrong)} 不涉及")
        return self

    @field_validator("allow", "warn", mode="before")
    @classmethod
    def _spans(cls, value: Any, info: ValidationInfo) -> Span:
        return span(value, office=info.data.get("office", False), backward=info.field_name == "warn")


_OF_ORDER = ("register", "pass", "callback", "matter_joined", "coordinate", "duty_ruled")
#: What can carry a clock or a duty that the event starts: an order that is not closed by it, a share that goes on
#: after it.
EVENTS_ON: dict[str, tuple[str, ...]] = {
    event: () if event == "close" else ("order",) if event in _OF_ORDER else ("order", "share") for event in EVENTS
}


def carriers(event: str) -> tuple[str, ...]:
    """What can carry a clock or a task that the event starts; what a rule makes concerns whatever that lies on."""
    return EVENTS_ON.get(event, ("order", "share"))


class FormulaRule(Row):
    """A rate or mean: a formula over measures, and how it is shown."""

    table: ClassVar[str] = "formula"

    name: Code = Field(description="公式名")
    of: Annotated[InstanceOf[formulas.Formula], BeforeValidator(_formula)] = Field(description="算式")
    digits: int = Field(ge=0, le=6, description="小数位数")
    rounding: formulas.Rounding = "half_up"
    shown: formulas.Shown = Field(description="按百分数还是数显示")
    target: Percent | None = Field(None, description="目标：不低于多少")

    @property
    def key(self) -> str:
        return self.name

    @property
    def names(self) -> frozenset[str]:
        """The measures that it needs."""
        return self.of.names

    def value(self, measures: Mapping[str, int]) -> Fraction | None:
        """The exact value; None where something is divided by nothing."""
        return self.of.value(measures)

    def show(self, measures: Mapping[str, int]) -> str:
        """As it is printed: 17.40%, 273, or - for None."""
        return self.show_value(self.value(measures))

    def show_value(self, value: Fraction | None) -> str:
        """An already calculated value in this rule's form."""
        show = formulas.show_percent if self.shown == "percent" else formulas.show_number
        return show(value, self.digits, self.rounding)


class Consequence(Part):
    """What follows for the units taken by a ladder."""

    kind: Code
    by: Text


class LadderRule(ListRow):
    """A ranking and what follows for its first or last; groups are ranked apart, never together."""

    table: ClassVar[str] = "ladder"
    #: Nothing ranks and calls to account yet: whatever a pack says, it only stands there.
    served: ClassVar[bool] = False

    every: Literal["week", "month", "quarter", "half_year", "year"] = Field(description="排名周期")
    among: tuple[NameCode, ...] = Field(min_length=1, description="参加排名的分组")
    rank_by: Code = Field(description="据以排名的公式")
    take: str = Field(description="取前或后几位")
    min_handled: int = Field(0, ge=0)
    consequence: Consequence

    @field_validator("take")
    @classmethod
    def _take(cls, value: str) -> str:
        if not re.fullmatch(r"(first|last) [1-9][0-9]{0,2}", value):
            raise ValueError("“first 3”（前三位）或“last 2”（后两位）一类的名次，不能按分数线取")
        return value


class RedirectRule(ListRow):
    """A kind of request that the hotline does not take: whom to turn to, what to tell the caller."""

    table: ClassVar[str] = "redirect"

    code: RedirectCode = Field(description="引导代码")
    targets: tuple[Text, ...] = Field(min_length=1, description="应当找的单位")
    say: Text = Field(description="对诉求人的告知用语")
    immediate: bool = False

    @property
    def key(self) -> str:
        return self.code


class AppealClass(ListRow):
    """A class of requests (诉求类别); ``printed`` is its name in bulletins, shared by classes printed together."""

    table: ClassVar[str] = "class"

    code: ClassCode = Field(description="类别代码")
    printed: Text = Field(description="通报中的名称")
    covers: tuple[Text, ...] = ()

    @property
    def key(self) -> str:
        return self.code


class SystemRule(ListRow):
    """A system of work (制度) in words, for people to read (D23, B03); what carries it out are rows of other tables."""

    table: ClassVar[str] = "system"

    code: Code = Field(description="制度代码")
    text: Text = Field(description="制度内容")

    @property
    def key(self) -> str:
        return self.code


class Statement(Row):
    """A rule in words. ``sets`` names the settings that carry it, ``held_by`` says what else makes it true."""

    table: ClassVar[str] = "rule"

    sets: tuple[Text, ...] = ()
    held_by: str = ""


ROWS: dict[str, type[Row]] = {
    model.table: model
    for model in (ClockRule, FormulaRule, LadderRule, RedirectRule, AppealClass, SystemRule, Statement)
}
